/* SPDX-License-Identifier: MIT */
#ifndef RENDER_COMPRESS_H
#define RENDER_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes into gzip or zstd data, one member or frame after the other. Memory is flat: all of it is
 * taken by compress_new().
 */

enum compress_kind { COMPRESS_NONE, COMPRESS_GZIP, COMPRESS_ZSTD };

/* What is to happen with all that was fed, besides being taken. */
enum compress_until {
    COMPRESS_TAKEN,
    COMPRESS_POINT, /* what comes out can be unpacked to the last byte that was fed */
    COMPRESS_END,   /* and the member or frame is over: the next byte begins another one */
};

enum { COMPRESS_ENDING = 10 };

struct output_compress;

/* By the suffix of a name: .gz or .zst. */
enum compress_kind compress_kind_of(const char *path);

/* NULL for want of memory. `kind` is not COMPRESS_NONE. */
struct output_compress *compress_new(enum compress_kind kind);

/* What it was made for. */
enum compress_kind compress_kind(const struct output_compress *self);

/* Takes `len` bytes, which live until compress_next() has said that it is done. */
void compress_feed(struct output_compress *self, const char *bytes, size_t len);

/*
 * Some of what comes out, in *out until the next call. *done tells that there is no more of it for
 * `until`. False: compressing itself failed, for want of memory.
 */
bool compress_next(struct output_compress *self, enum compress_until until, const char **out,
                   size_t *len, bool *done);

/* Whether bytes were fed since the last point or end that was reached. */
bool compress_waits(const struct output_compress *self);

/* Whether a member or frame was begun and is not over. */
bool compress_inside(const struct output_compress *self);

/* At a point or an end: what came out so far is safe, and compress_ending() speaks of this place. */
void compress_mark(struct output_compress *self);

/*
 * What ends the member or frame if it is cut off at the last mark; returns its length, which is 0
 * where no member or frame was begun there.
 */
size_t compress_ending(const struct output_compress *self, char out[COMPRESS_ENDING]);

void compress_free(struct output_compress *self);

#endif
