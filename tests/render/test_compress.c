/* SPDX-License-Identifier: MIT */
/*
 * gzip and zstd data: every pattern of pieces, points and ends gives what zlib and zstd unpack to
 * the bytes that were fed, up to the last one at each point; what was cut off at any mark can be
 * ended; memory stays flat.
 */
#include "../../src/render/compress.h"
#include "unpack.h"

#include <malloc.h>

enum { ROOM = 4 * 1024 * 1024 };

struct packed {
    char *at;
    size_t len, parts;
};

static char *text, *noise; /* ROOM bytes each */

static const char *const kind_names[] = { "none", "gzip", "zstd" };

static struct unpacked unpack(enum compress_kind kind, const char *data, size_t len)
{
    return kind == COMPRESS_GZIP ? unpack_gzip(data, len, ROOM) : unpack_zstd(data, len, ROOM);
}

static void test_kinds(void)
{
    static const struct {
        const char *path;
        enum compress_kind kind;
    } rows[] = {
        { "a", COMPRESS_NONE },
        { "a.gz", COMPRESS_GZIP },
        { "a.zst", COMPRESS_ZSTD },
        { "a.gz.zst", COMPRESS_ZSTD },
        { "a.zst.gz", COMPRESS_GZIP },
        { "a.gzip", COMPRESS_NONE },
        { "agz", COMPRESS_NONE },
        { "a.GZ", COMPRESS_NONE },
        { ".gz", COMPRESS_NONE },
        { "gz", COMPRESS_NONE },
        { "", COMPRESS_NONE },
        { "x.gz/plain", COMPRESS_NONE },
        { "dir.x/a.zst", COMPRESS_ZSTD },
        { "a.zst ", COMPRESS_NONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!check(compress_kind_of(rows[i].path) == rows[i].kind))
            printf("# %s\n", rows[i].path);
}

/* Feeds and takes all that comes out. */
static void pack(struct output_compress *compress, const char *bytes, size_t len,
                 enum compress_until until, struct packed *packed)
{
    bool done = false, good = true;
    compress_feed(compress, bytes, len);
    for (unsigned turns = 0; !done && good && turns < 10000; turns++) {
        const char *out;
        size_t out_len;
        good = compress_next(compress, until, &out, &out_len, &done);
        memcpy(packed->at + packed->len, out, out_len);
        packed->len += out_len;
        packed->parts++;
    }
    check(good && done);
}

/* Pieces of `piece` bytes, a point behind every `point`th, an end behind every `end`th. */
static void test_pieces(enum compress_kind kind, const char *bytes, size_t piece,
                        unsigned point, unsigned end)
{
    struct output_compress *compress = compress_new(kind);
    struct packed packed = { .at = malloc(2 * ROOM) };
    size_t fed = 0;
    unsigned members = 0, good = 0, points = 0;
    check(compress_kind(compress) == kind);
    for (unsigned i = 1; i <= 40 && fed + piece <= ROOM; i++) {
        bool ends = i % end == 0;
        enum compress_until until = ends             ? COMPRESS_END
                                    : i % point == 0 ? COMPRESS_POINT
                                                     : COMPRESS_TAKEN;
        pack(compress, bytes + fed, piece, until, &packed);
        fed += piece;
        members += ends;
        if (until == COMPRESS_TAKEN)
            continue;
        struct unpacked got = unpack(kind, packed.at, packed.len);
        points++;
        good += got.len == fed && memcmp(got.at, bytes, fed) == 0 && got.whole == ends &&
                !got.bad && got.members == members && !compress_waits(compress) &&
                compress_inside(compress) == !ends;
        free(got.at);
    }
    check(points > 0);
    if (!check(good == points))
        printf("# %s, pieces of %zu: %u of %u points\n", kind_names[kind], piece, good, points);
    compress_free(compress);
    free(packed.at);
}

/* What is behind the last mark is cut off: with its ending, the rest is whole. */
static void test_endings(enum compress_kind kind, const char *bytes)
{
    struct output_compress *compress = compress_new(kind);
    struct packed packed = { .at = malloc(2 * ROOM) };
    char ending[COMPRESS_ENDING];
    size_t fed = 0, good = 0;
    check_eq_u64(compress_ending(compress, ending), 0);
    for (unsigned i = 0; i < 60; i++) {
        size_t piece = i * i * 37 % 30000 + 1;
        pack(compress, bytes + fed, piece, i % 7 == 6 ? COMPRESS_END : COMPRESS_POINT, &packed);
        fed += piece;
        compress_mark(compress);
        size_t at = packed.len;
        /* What comes now is lost, however far it got. */
        pack(compress, bytes + fed, 100, i % 2 ? COMPRESS_TAKEN : COMPRESS_POINT, &packed);
        size_t len = compress_ending(compress, ending);
        check(len <= COMPRESS_ENDING && (len == 0) == (i % 7 == 6));
        char *cut = malloc(at + len);
        memcpy(cut, packed.at, at);
        memcpy(cut + at, ending, len);
        struct unpacked got = unpack(kind, cut, at + len);
        good += got.whole && got.len == fed && memcmp(got.at, bytes, fed) == 0;
        free(got.at);
        free(cut);
        fed += 100;
    }
    check_eq_u64(good, 60);
    compress_free(compress);
    free(packed.at);
}

/* A file without a byte in it is still one of its kind; what is flushed twice does not grow. */
static void test_nothing(enum compress_kind kind)
{
    struct output_compress *compress = compress_new(kind);
    struct packed packed = { .at = malloc(ROOM) };
    check(!compress_waits(compress) && !compress_inside(compress));
    pack(compress, NULL, 0, COMPRESS_END, &packed);
    struct unpacked got = unpack(kind, packed.at, packed.len);
    check(packed.len > 0 && got.whole && got.members == 1);
    check_eq_u64(got.len, 0);
    free(got.at);
    pack(compress, "abc", 3, COMPRESS_TAKEN, &packed);
    check(compress_waits(compress) && compress_inside(compress));
    pack(compress, NULL, 0, COMPRESS_POINT, &packed);
    check(!compress_waits(compress) && compress_inside(compress));
    pack(compress, NULL, 0, COMPRESS_END, &packed);
    check(!compress_waits(compress) && !compress_inside(compress));
    got = unpack(kind, packed.at, packed.len);
    check(got.whole && got.members == 2);
    check_eq_bytes(got.at, got.len, "abc", 3);
    free(got.at);
    compress_free(compress);
    free(packed.at);
}

/* Memory is taken once. (A sanitizer's allocator does not tell; then both sides are 0.) */
static void test_flat(enum compress_kind kind)
{
    struct output_compress *compress = compress_new(kind);
    struct packed packed = { .at = malloc(2 * ROOM) };
    struct mallinfo2 before = mallinfo2();
    for (size_t fed = 0; fed + 100000 <= ROOM; fed += 100000) {
        pack(compress, noise + fed, 100000, fed % 3 ? COMPRESS_TAKEN : COMPRESS_POINT, &packed);
        packed.len = 0;
    }
    pack(compress, NULL, 0, COMPRESS_END, &packed);
    pack(compress, text, ROOM, COMPRESS_END, &packed);
    struct mallinfo2 after = mallinfo2();
    check_eq_u64(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd);
    compress_free(compress);
    free(packed.at);
}

int main(void)
{
    text = malloc(ROOM);
    noise = malloc(ROOM);
    srandom(7);
    for (size_t i = 0; i < ROOM; i++) {
        noise[i] = (char)random();
        text[i] = "{\"number\":0123456789,\"packet\":\n"[(i * i / 977 + i) % 31];
    }
    test_kinds();
    compress_free(NULL);
    for (enum compress_kind kind = COMPRESS_GZIP; kind <= COMPRESS_ZSTD; kind++) {
        static const size_t pieces[] = { 1, 2, 100, 4095, 65535, 65536, 65537, 300001 };
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            test_pieces(kind, text, pieces[i], 3, 7);
            test_pieces(kind, noise, pieces[i], 3, 7);
            test_pieces(kind, noise, pieces[i], 1, 1000);
            test_pieces(kind, noise, pieces[i], 1000, 1);
        }
        test_endings(kind, text);
        test_endings(kind, noise);
        test_nothing(kind);
        test_flat(kind);
    }
    free(text);
    free(noise);
    return check_done();
}
