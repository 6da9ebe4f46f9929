/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_DECOMPRESS_H
#define SOURCES_DECOMPRESS_H

#include <chains/chain.h>

/*
 * Bytes from a file descriptor: as they are, or unpacked when they begin as gzip or zstd data
 * do. Several gzip members or zstd frames after each other are one stream. Memory is flat
 * however far the data unpack.
 */

enum {
    DECOMPRESS_INPUT = 64 * 1024,
    DECOMPRESS_ERROR = 160,
    DECOMPRESS_WINDOW_LOG = 27, /* zstd data that need a larger window are refused: 128 MiB */
};

struct decompress;

/*
 * Takes over `fd`. `wait` says that it is not a regular file: reads are then preceded by a
 * poll(2). NULL for want of memory, and `fd` is closed.
 */
struct decompress *decompress_new(int fd, bool wait);

/*
 * At most `room` (not 0) more bytes into `out`: CHAINS_OK and their number, which may be 0.
 * CHAINS_END: no more. CHAINS_IDLE: nothing came for `timeout_ms` (-1: for ever) or a signal
 * came. Negative: a failure, whose sentence, without a path, is in decompress_error(). Whatever
 * could be unpacked before the damage has been given by then. An end or a failure stays.
 */
int decompress_read(struct decompress *self, uint8_t *out, size_t room, int timeout_ms,
                    size_t *got);

/* Bytes read from the descriptor so far. */
uint64_t decompress_position(const struct decompress *self);

const char *decompress_error(const struct decompress *self);

/* Frees, and gives the descriptor back, of a regular file at its beginning again. */
int decompress_give_back(struct decompress *self);

/* Frees and closes; NULL is ignored. */
void decompress_free(struct decompress *self);

/* "zlib 1.2.13, zstd 1.5.4" into `out`, cut to its size. */
void decompress_libraries(char *out, size_t size);

#endif
