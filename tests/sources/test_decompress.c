/* SPDX-License-Identifier: MIT */

/* Plain, gzip and zstd bytes from files and pipes, whole, joined, cut and damaged. */

#include "capture_make.h"

#include "../../src/sources/decompress.h"

#include <fcntl.h>
#include <zlib.h>
#include <zstd.h>

enum packing { PLAIN, GZIP, ZSTD };

static void put_packed(struct made *made, enum packing packing, const struct made *plain)
{
    const size_t room = ZSTD_compressBound(plain->len) + compressBound(plain->len) + 64;
    uint8_t *out = malloc(room);
    size_t len = 0;
    if (packing == ZSTD) {
        ZSTD_CCtx *zstd = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
        len = ZSTD_compress2(zstd, out, room, plain->at, plain->len);
        ZSTD_freeCCtx(zstd);
    } else {
        z_stream gzip = { 0 };
        deflateInit2(&gzip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
        gzip.next_in = plain->at;
        gzip.avail_in = (unsigned)plain->len;
        gzip.next_out = out;
        gzip.avail_out = (unsigned)room;
        check(deflate(&gzip, Z_FINISH) == Z_STREAM_END);
        len = gzip.total_out;
        deflateEnd(&gzip);
    }
    if (packing == PLAIN)
        put(made, plain->at, plain->len);
    else
        put(made, out, len);
    free(out);
}

/* Some bytes that do not pack to nothing. */
static void put_noise(struct made *made, size_t len)
{
    uint32_t state = 1;
    for (size_t i = 0; i < len; i++) {
        state = state * 1103515245 + 12345;
        put_number(made, state >> 16 & 0x3f, 1);
    }
}

/* Reads everything from a descriptor in pieces of `room`. The error is kept in `error`. */
static int read_all(int fd, bool wait, size_t room, struct made *out, char *error)
{
    struct decompress *bytes = decompress_new(fd, wait);
    uint8_t *piece = malloc(room);
    int status;
    size_t got;
    while ((status = decompress_read(bytes, piece, room, -1, &got)) == CHAINS_OK)
        put(out, piece, got);
    check(got == 0 && decompress_read(bytes, piece, room, -1, &got) == status);
    snprintf(error, DECOMPRESS_ERROR, "%s", decompress_error(bytes));
    free(piece);
    decompress_free(bytes);
    return status;
}

static int read_packed(struct made *packed, size_t room, struct made *out, char *error)
{
    const int status =
        read_all(open(made_write(packed), O_RDONLY | O_CLOEXEC), false, room, out, error);
    made_free(packed);
    return status;
}

static void test_whole(void)
{
    static const size_t lengths[] = { 0, 1, 3, 4, 5, 65535, 65536, 700000 };
    static const size_t rooms[] = { 1000, 65536, CAPTURE_BUFFER };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int packing = PLAIN; packing <= ZSTD; packing++) {
            for (size_t r = 0; r < 3; r++) {
                struct made plain = { 0 }, packed = { 0 }, out = { 0 };
                char error[DECOMPRESS_ERROR];
                put_noise(&plain, lengths[i]);
                put(&plain, "", 0);
                put_packed(&packed, (enum packing)packing, &plain);
                check_eq_u64(read_packed(&packed, rooms[r], &out, error), CHAINS_END);
                check_eq_bytes(out.at, out.len, plain.at, plain.len);
                made_free(&plain);
                made_free(&out);
            }
        }
    }
}

static void test_joined(void)
{
    for (int packing = GZIP; packing <= ZSTD; packing++) {
        struct made plain = { 0 }, packed = { 0 }, out = { 0 };
        char error[DECOMPRESS_ERROR];
        put_noise(&plain, 100000);
        for (int i = 0; i < 5; i++)
            put_packed(&packed, (enum packing)packing, &plain);
        check_eq_u64(read_packed(&packed, CAPTURE_BUFFER, &out, error), CHAINS_END);
        check_eq_u64(out.len, 5 * plain.len);
        check(memcmp(out.at + 4 * plain.len, plain.at, plain.len) == 0);
        made_free(&plain);
        made_free(&out);
    }
}

/* gzip ignores what is behind a member, zstd does not; skippable frames are skipped. */
static void test_behind(void)
{
    struct made plain = { 0 }, packed = { 0 }, out = { 0 };
    char error[DECOMPRESS_ERROR];
    put_noise(&plain, 1000);
    put_packed(&packed, GZIP, &plain);
    put_zeros(&packed, 100000);
    check_eq_u64(read_packed(&packed, 4096, &out, error), CHAINS_END);
    check_eq_u64(out.len, 1000);
    put_packed(&packed, GZIP, &plain);
    put(&packed, "\x1f", 1);
    check_eq_u64(read_packed(&packed, 4096, &out, error), CHAINS_END);
    put32(&packed, 0x184d2a53);
    put32(&packed, 70000);
    put_zeros(&packed, 70000);
    put_packed(&packed, ZSTD, &plain);
    check_eq_u64(read_packed(&packed, 4096, &out, error), CHAINS_END);
    check_eq_u64(out.len, 3000);
    put_packed(&packed, ZSTD, &plain);
    put(&packed, "garbage", 7);
    check(read_packed(&packed, 4096, &out, error) == CHAINS_EFORMAT);
    check_eq_u64(out.len, 4000);
    check(strncmp(error, "zstd data are damaged at byte ", 30) == 0);
    made_free(&plain);
    made_free(&out);
}

/* Whatever can be unpacked before the end comes out. */
static void test_cut(void)
{
    for (int packing = GZIP; packing <= ZSTD; packing++) {
        struct made plain = { 0 }, packed = { 0 }, out = { 0 };
        char error[DECOMPRESS_ERROR], want[DECOMPRESS_ERROR];
        put_noise(&plain, 1000000);
        put_packed(&packed, (enum packing)packing, &plain);
        packed.len /= 2;
        snprintf(want, sizeof want, "%s data are cut short at byte %zu of the packed file",
                 packing == GZIP ? "gzip" : "zstd", packed.len);
        check(read_packed(&packed, CAPTURE_BUFFER, &out, error) == CHAINS_EFORMAT);
        check_eq_text(error, want);
        check(out.len > 300000 && memcmp(out.at, plain.at, out.len) == 0);
        made_free(&plain);
        made_free(&out);
    }
}

static void test_damaged(void)
{
    for (int packing = GZIP; packing <= ZSTD; packing++) {
        struct made plain = { 0 }, packed = { 0 }, out = { 0 };
        char error[DECOMPRESS_ERROR];
        put_noise(&plain, 1000000);
        put_packed(&packed, (enum packing)packing, &plain);
        memset(packed.at + packed.len / 2, 0xff, 2000);
        check(read_packed(&packed, CAPTURE_BUFFER, &out, error) == CHAINS_EFORMAT);
        check(strstr(error, "data are damaged at byte ") != NULL);
        check(out.len > 200000 && memcmp(out.at, plain.at, 200000) == 0);
        out.len = 0;

        put_packed(&packed, (enum packing)packing, &plain);
        packed.at[packed.len - (packing == GZIP ? 8 : 4)] ^= 1;
        check(read_packed(&packed, CAPTURE_BUFFER, &out, error) == CHAINS_EFORMAT);
        check_eq_u64(out.len, plain.len);
        made_free(&plain);
        made_free(&out);
    }
}

/*
 * A block, and behind it a header of none (type 3 is reserved): the block comes out, however much of
 * what is behind it was read together with it.
 */
static void test_damage_behind_a_block(void)
{
    enum { BLOCK = 1000 };
    for (int at_once = 0; at_once < 2; at_once++) {
        struct made packed = { 0 }, plain = { 0 }, out = { 0 };
        char error[DECOMPRESS_ERROR];
        int ends[2];
        put_noise(&plain, BLOCK);
        put32(&packed, ZSTD_MAGICNUMBER);
        put_number(&packed, 0, 1);
        put_number(&packed, 0x38, 1);       /* a window of 128 KiB */
        put_number(&packed, BLOCK << 3, 3); /* raw, not the last */
        put(&packed, plain.at, BLOCK);
        put_number(&packed, 0xffffff, 3);
        check(pipe(ends) == 0);
        size_t first = at_once ? packed.len : packed.len - 3;
        check(write(ends[1], packed.at, first) == (ssize_t)first);
        struct decompress *bytes = decompress_new(ends[0], true);
        uint8_t piece[2 * BLOCK];
        size_t got = 0;
        for (int i = 0; i < 8 && out.len < BLOCK; i++) {
            check_eq_u64(decompress_read(bytes, piece, sizeof piece, 0, &got), CHAINS_OK);
            put(&out, piece, got);
        }
        check_eq_bytes(out.at, out.len, plain.at, plain.len);
        check(write(ends[1], packed.at + first, packed.len - first) ==
              (ssize_t)(packed.len - first));
        close(ends[1]);
        int status = CHAINS_OK;
        while (status == CHAINS_OK)
            status = decompress_read(bytes, piece, sizeof piece, 0, &got);
        check(status == CHAINS_EFORMAT && got == 0);
        decompress_free(bytes);
        out.len = 0;
        check(read_packed(&packed, 4096, &out, error) == CHAINS_EFORMAT);
        check_eq_bytes(out.at, out.len, plain.at, plain.len);
        check(strstr(error, "zstd data are damaged at byte ") != NULL);
        made_free(&plain);
        made_free(&out);
    }
}

/* A frame that wants a window of 256 MiB: refused before the memory is asked for. */
static void test_window(void)
{
    struct made packed = { 0 }, out = { 0 };
    char error[DECOMPRESS_ERROR];
    put32(&packed, ZSTD_MAGICNUMBER);
    put_number(&packed, 0, 1);
    put_number(&packed, (28 - 10) << 3, 1);
    put_zeros(&packed, 100);
    check(read_packed(&packed, 4096, &out, error) == CHAINS_EFORMAT);
    check(strstr(error, "a window of more than 128 MiB") != NULL);
    made_free(&out);
}

static void test_pipe(void)
{
    for (int packing = PLAIN; packing <= ZSTD; packing++) {
        struct made plain = { 0 }, packed = { 0 };
        put_noise(&plain, 500);
        put_packed(&packed, (enum packing)packing, &plain);
        int ends[2];
        check(pipe(ends) == 0);
        struct decompress *bytes = decompress_new(ends[0], true);
        uint8_t out[1000];
        size_t got, all = 0, silent = 0;
        for (size_t i = 0; i <= packed.len; i++) {
            int status;
            while ((status = decompress_read(bytes, out + all, sizeof out - all, 0, &got)) ==
                   CHAINS_OK)
                all += got;
            silent += status == CHAINS_IDLE;
            if (i < packed.len)
                check(write(ends[1], packed.at + i, 1) == 1);
        }
        check_eq_u64(silent, packed.len + 1);
        check_eq_bytes(out, all, plain.at, plain.len);
        check_eq_u64(decompress_position(bytes), packed.len);
        close(ends[1]);
        check_eq_u64(decompress_read(bytes, out, sizeof out, 0, &got), CHAINS_END);
        decompress_free(bytes);
        made_free(&plain);
        made_free(&packed);
    }
}

/* Packed captures through the reader, and a bomb whose memory stays flat. */
static void test_captures(void)
{
    for (int packing = PLAIN; packing <= ZSTD; packing++) {
        struct made plain = { 0 }, packed = { 0 };
        put_pcap(&plain, 0xa1b2c3d4, 2, 4, 1);
        for (uint32_t i = 0; i < 40; i++)
            put_record(&plain, i, 0, CAPTURE_PACKET_MAX, CAPTURE_PACKET_MAX);
        put_packed(&packed, (enum packing)packing, &plain);
        struct outcome out = read_made(&packed);
        check_eq_u64(out.packets, 40);
        check_eq_u64(out.status, CHAINS_END);
        plain.len -= 100;
        put_packed(&packed, (enum packing)packing, &plain);
        out = read_made(&packed);
        check_eq_u64(out.packets, 39);
        check_eq_text(out.error,
                      "cut short at byte 10224264: a packet of 262144 bytes has only 262044");
        plain.len = 0;
        put_packed(&packed, (enum packing)packing, &plain);
        check_eq_text(read_made(&packed).error, "empty file, not a capture");
        made_free(&plain);
    }
}

static void test_read_error(void)
{
    struct made out = { 0 };
    char error[DECOMPRESS_ERROR];
    check(read_all(open("/", O_RDONLY | O_CLOEXEC), false, 100, &out, error) == CHAINS_EIO);
    check_eq_text(error, "Is a directory");
    made_free(&out);
}

int main(void)
{
    test_whole();
    test_joined();
    test_behind();
    test_cut();
    test_damaged();
    test_damage_behind_a_block();
    test_window();
    test_pipe();
    test_captures();
    test_read_error();
    return check_done();
}
