/* SPDX-License-Identifier: MIT */
/*
 * In: bytes. Out: gzip or zstd data, in parts of at most COMPRESS_OUT bytes. A point is a full
 * flush of blocks, so both formats are at a byte boundary there and can be ended by hand: gzip by
 * an empty last block, the checksum and the length of what came before, zstd by an empty last
 * block. For that reason zstd frames carry no checksum.
 */
#include "compress.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

enum {
    COMPRESS_OUT = 64 * 1024,
    GZIP_LEVEL = 6,
    GZIP_WINDOW = 15 + 16, /* the largest; and gzip's header and trailer */
    GZIP_MEMORY = 8,
    ZSTD_LEVEL = 3,
};

struct output_compress {
    enum compress_kind kind;
    bool inside, waits;
    z_stream gzip;
    ZSTD_CCtx *zstd;
    ZSTD_inBuffer in;
    /* at the last mark */
    bool marked; /* it lies inside a member or frame */
    uint32_t crc, length;
    char out[COMPRESS_OUT];
};

static bool compress_ends(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);
    return len > end_len && strcmp(path + len - end_len, end) == 0;
}

enum compress_kind compress_kind_of(const char *path)
{
    if (compress_ends(path, ".gz"))
        return COMPRESS_GZIP;
    return compress_ends(path, ".zst") ? COMPRESS_ZSTD : COMPRESS_NONE;
}

/* One empty frame: zstd takes its memory with the first block. */
static bool zstd_warm(struct output_compress *self)
{
    ZSTD_outBuffer out = { self->out, sizeof self->out, 0 };
    ZSTD_inBuffer in = { "", 1, 0 };
    return !ZSTD_isError(ZSTD_compressStream2(self->zstd, &out, &in, ZSTD_e_flush)) &&
           !ZSTD_isError(ZSTD_CCtx_reset(self->zstd, ZSTD_reset_session_only));
}

static bool zstd_begin(struct output_compress *self)
{
    self->zstd = ZSTD_createCCtx();
    return self->zstd &&
           !ZSTD_isError(
               ZSTD_CCtx_setParameter(self->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(self->zstd, ZSTD_c_checksumFlag, 0)) &&
           zstd_warm(self);
}

struct output_compress *compress_new(enum compress_kind kind)
{
    struct output_compress *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    bool good = kind == COMPRESS_GZIP
                    ? deflateInit2(&self->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
                                   GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK
                    : zstd_begin(self);
    if (good || kind == COMPRESS_ZSTD)
        self->kind = kind;
    if (good)
        return self;
    compress_free(self);
    return NULL;
}

enum compress_kind compress_kind(const struct output_compress *self)
{
    return self->kind;
}

void compress_feed(struct output_compress *self, const char *bytes, size_t len)
{
    self->in = (ZSTD_inBuffer){ len > 0 ? bytes : "", len, 0 };
    self->inside = self->inside || len > 0;
    self->waits = self->waits || len > 0;
}

static bool gzip_next(struct output_compress *self, enum compress_until until, size_t *len,
                      bool *done)
{
    static const int flushes[] = {
        [COMPRESS_TAKEN] = Z_NO_FLUSH,
        [COMPRESS_POINT] = Z_SYNC_FLUSH,
        [COMPRESS_END] = Z_FINISH,
    };
    z_stream *gzip = &self->gzip;
    size_t left = self->in.size - self->in.pos;
    unsigned part = left < UINT32_MAX ? (unsigned)left : UINT32_MAX;
    gzip->next_in = (const Bytef *)self->in.src + self->in.pos;
    gzip->avail_in = part;
    gzip->next_out = (Bytef *)self->out;
    gzip->avail_out = COMPRESS_OUT;
    int result = deflate(gzip, part == left ? flushes[until] : Z_NO_FLUSH);
    self->in.pos += part - gzip->avail_in;
    *len = COMPRESS_OUT - gzip->avail_out;
    if (result == Z_STREAM_ERROR)
        return false;
    if (until == COMPRESS_END)
        *done = result == Z_STREAM_END;
    else
        *done = self->in.pos == self->in.size && gzip->avail_out > 0;
    return true;
}

static bool zstd_next(struct output_compress *self, enum compress_until until, size_t *len,
                      bool *done)
{
    static const ZSTD_EndDirective flushes[] = {
        [COMPRESS_TAKEN] = ZSTD_e_continue,
        [COMPRESS_POINT] = ZSTD_e_flush,
        [COMPRESS_END] = ZSTD_e_end,
    };
    ZSTD_outBuffer out = { self->out, COMPRESS_OUT, 0 };
    size_t left = ZSTD_compressStream2(self->zstd, &out, &self->in, flushes[until]);
    *len = out.pos;
    *done = until == COMPRESS_TAKEN ? self->in.pos == self->in.size : left == 0;
    return !ZSTD_isError(left);
}

/* A point was reached, or an end. */
static void compress_reached(struct output_compress *self, enum compress_until until)
{
    self->waits = false;
    if (until != COMPRESS_END)
        return;
    self->inside = false;
    if (self->kind == COMPRESS_GZIP)
        deflateReset(&self->gzip);
}

bool compress_next(struct output_compress *self, enum compress_until until, const char **out,
                   size_t *len, bool *done)
{
    *out = self->out;
    bool good = self->kind == COMPRESS_GZIP ? gzip_next(self, until, len, done)
                                            : zstd_next(self, until, len, done);
    if (good && *done && until != COMPRESS_TAKEN)
        compress_reached(self, until);
    return good;
}

bool compress_waits(const struct output_compress *self)
{
    return self->waits;
}

bool compress_inside(const struct output_compress *self)
{
    return self->inside;
}

void compress_mark(struct output_compress *self)
{
    self->marked = self->inside;
    self->crc = (uint32_t)self->gzip.adler;
    self->length = (uint32_t)self->gzip.total_in;
}

static char *compress_le32(char *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        *out++ = (char)(value >> 8 * i & 0xff);
    return out;
}

size_t compress_ending(const struct output_compress *self, char out[COMPRESS_ENDING])
{
    if (!self->marked)
        return 0;
    if (self->kind == COMPRESS_ZSTD) {
        memcpy(out, "\1\0\0", 3);
        return 3;
    }
    memcpy(out, "\3\0", 2);
    return (size_t)(compress_le32(compress_le32(out + 2, self->crc), self->length) - out);
}

void compress_free(struct output_compress *self)
{
    if (!self)
        return;
    if (self->kind == COMPRESS_GZIP)
        deflateEnd(&self->gzip);
    ZSTD_freeCCtx(self->zstd);
    free(self);
}
