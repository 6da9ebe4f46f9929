/* SPDX-License-Identifier: MIT */
#ifndef UNPACK_H
#define UNPACK_H

/* What the libraries make of gzip and zstd data, for tests of what writes them. */

#include "../check.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct unpacked {
    char *at;
    size_t len;
    bool whole; /* the data end with a member or frame, and all of them are good */
    bool bad;   /* they are damaged, not only cut short */
    unsigned members;
};

static inline struct unpacked unpack_gzip(const char *data, size_t len, size_t room)
{
    struct unpacked got = { .at = malloc(room + 1), .whole = len == 0 };
    z_stream stream = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len };
    inflateInit2(&stream, 15 + 16);
    stream.next_out = (Bytef *)got.at;
    stream.avail_out = (uInt)room + 1;
    while (stream.avail_in > 0 && stream.avail_out > 0) {
        int result = inflate(&stream, Z_NO_FLUSH);
        got.whole = result == Z_STREAM_END;
        got.bad = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
        if (got.whole) {
            got.members++;
            inflateReset(&stream);
        } else if (got.bad || result == Z_BUF_ERROR) {
            break;
        }
    }
    got.len = (size_t)(stream.next_out - (Bytef *)got.at);
    inflateEnd(&stream);
    return got;
}

static inline struct unpacked unpack_zstd(const char *data, size_t len, size_t room)
{
    struct unpacked got = { .at = malloc(room + 1), .whole = len == 0 };
    ZSTD_DCtx *stream = ZSTD_createDCtx();
    ZSTD_inBuffer in = { data, len, 0 };
    ZSTD_outBuffer out = { got.at, room + 1, 0 };
    size_t left = 1;
    while (in.pos < in.size && out.pos < out.size) {
        left = ZSTD_decompressStream(stream, &out, &in);
        got.bad = ZSTD_isError(left);
        got.whole = left == 0;
        got.members += left == 0;
        if (got.bad)
            break;
    }
    got.len = out.pos;
    ZSTD_freeDCtx(stream);
    return got;
}

#endif
