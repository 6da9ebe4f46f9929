/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_BYTES_H
#define CHAINS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef CHAINS_API
#if defined(__GNUC__)
#define CHAINS_API __attribute__((visibility("default")))
#else
#define CHAINS_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A slice of bytes that somebody else owns. In a record it lives as long as the record does:
 * until the next pull.
 */
struct chains_bytes {
    const uint8_t *at;
    size_t len;
};

/* The byte at place `i`, or 0 where the slice ends before it. */
static inline uint8_t chains_byte(struct chains_bytes bytes, size_t i)
{
    return i < bytes.len ? bytes.at[i] : 0;
}

/* What is behind the first `n` bytes: nothing where there are no more than `n`. */
static inline struct chains_bytes chains_behind(struct chains_bytes bytes, size_t n)
{
    if (n > bytes.len)
        n = bytes.len;
    if (n > 0) /* an empty slice may have no object to count in */
        bytes.at += n;
    bytes.len -= n;
    return bytes;
}

/* The first `n` bytes, or all where there are fewer. */
static inline struct chains_bytes chains_front(struct chains_bytes bytes, size_t n)
{
    bytes.len = n < bytes.len ? n : bytes.len;
    return bytes;
}

/*
 * A reader over a slice. It never reads past `end`. The first read that does not fit sets
 * `failed` and moves `at` to `end`; every later read gives zero, so that a parser is a straight
 * list of reads and one test at the end. It is the one gate to the bytes of a packet: what is
 * loaded from was taken here, at its full length, before.
 */
struct chains_reader {
    const uint8_t *at, *end;
    bool failed;
    bool lacking; /* a header promised more bytes than there are: see chains_limit() */
};

static inline struct chains_reader chains_reader_over(struct chains_bytes bytes)
{
    static const uint8_t nothing = 0; /* so that arithmetic on an empty slice has an object */
    const uint8_t *at = bytes.at ? bytes.at : &nothing;
    struct chains_reader in = { at, bytes.at ? at + bytes.len : at, false, false };
    return in;
}

/* Bytes not yet read. */
static inline size_t chains_left(const struct chains_reader *in)
{
    return (size_t)(in->end - in->at);
}

/* What is left, as a slice; the reader does not move. */
static inline struct chains_bytes chains_rest(const struct chains_reader *in)
{
    struct chains_bytes rest = { in->at, chains_left(in) };
    return rest;
}

/*
 * Takes `n` bytes at once: a pointer to all of them, or NULL and a failed reader. A fixed
 * header is taken once and then loaded from with chains_load_*, at offsets below `n`.
 */
static inline const uint8_t *chains_take(struct chains_reader *in, size_t n)
{
    const uint8_t *p = in->at;
    if (chains_left(in) < n) {
        in->at = in->end;
        in->failed = true;
        return NULL;
    }
    in->at += n;
    return p;
}

/* As chains_take, but the reader does not move and does not fail. */
static inline const uint8_t *chains_peek(const struct chains_reader *in, size_t n)
{
    return chains_left(in) < n ? NULL : in->at;
}

/* The next byte, which is not taken; 0 at the end. */
static inline uint8_t chains_next_byte(const struct chains_reader *in)
{
    return chains_left(in) > 0 ? *in->at : 0;
}

static inline uint16_t chains_load_be16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t chains_load_be24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t chains_load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t chains_load_be64(const uint8_t *p)
{
    return (uint64_t)chains_load_be32(p) << 32 | chains_load_be32(p + 4);
}

static inline uint16_t chains_load_le16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[1] << 8 | p[0]);
}

static inline uint32_t chains_load_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Reads of one number, for the parts of a header whose place varies. 0 after a failure. */
static inline uint8_t chains_read_u8(struct chains_reader *in)
{
    const uint8_t *p = chains_take(in, 1);
    return p ? *p : 0;
}

static inline uint16_t chains_read_be16(struct chains_reader *in)
{
    const uint8_t *p = chains_take(in, 2);
    return p ? chains_load_be16(p) : 0;
}

static inline uint32_t chains_read_be24(struct chains_reader *in)
{
    const uint8_t *p = chains_take(in, 3);
    return p ? chains_load_be24(p) : 0;
}

static inline uint32_t chains_read_be32(struct chains_reader *in)
{
    const uint8_t *p = chains_take(in, 4);
    return p ? chains_load_be32(p) : 0;
}

static inline uint16_t chains_read_le16(struct chains_reader *in)
{
    const uint8_t *p = chains_take(in, 2);
    return p ? chains_load_le16(p) : 0;
}

static inline uint32_t chains_read_le32(struct chains_reader *in)
{
    const uint8_t *p = chains_take(in, 4);
    return p ? chains_load_le32(p) : 0;
}

/* Moves past `n` bytes, or fails. */
static inline void chains_skip(struct chains_reader *in, size_t n)
{
    (void)chains_take(in, n);
}

/* The next `n` bytes as a slice; an empty slice and a failed reader when there are fewer. */
static inline struct chains_bytes chains_read_bytes(struct chains_reader *in, size_t n)
{
    const uint8_t *p = chains_take(in, n);
    struct chains_bytes bytes = { p, p ? n : 0 };
    return bytes;
}

/*
 * A reader over the next `n` bytes, which `in` then has behind it: what is nested cannot escape
 * its parent. When there are fewer, both readers have failed.
 */
static inline struct chains_reader chains_read_block(struct chains_reader *in, size_t n)
{
    const uint8_t *p = chains_take(in, n);
    struct chains_reader block = { p ? p : in->end, p ? p + n : in->end, p == NULL, false };
    return block;
}

/*
 * Shortens the reader to the `n` more bytes that a header promises (what is behind them is
 * padding). Never lengthens it: where there are fewer, `lacking` is set, since the packet was
 * captured cut, or its header lies.
 */
static inline void chains_limit(struct chains_reader *in, size_t n)
{
    size_t left = chains_left(in);
    if (left > n)
        in->end = in->at + n;
    else if (left < n)
        in->lacking = true;
}

/* An IPv4 or IPv6 address in network order. IPv4 uses the first four octets, the rest are 0. */
struct chains_addr {
    uint8_t octets[16];
    uint8_t family; /* 4, 6, or 0 for none */
};

/* The addresses whose first `bits` bits equal those of `addr`. */
struct chains_prefix {
    struct chains_addr addr;
    uint8_t bits; /* 0 to 32 for IPv4, 0 to 128 for IPv6 */
};

enum {
    CHAINS_ADDR_TEXT = 46, /* room for any address as text, with its NUL */
    CHAINS_MAC_TEXT = 18,
    CHAINS_TIME_TEXT = 32,
};

/*
 * Writes an address as text (RFC 5952 for IPv6, "" for family 0) and a NUL into `out`, which
 * has CHAINS_ADDR_TEXT bytes. Returns the length without the NUL.
 */
CHAINS_API size_t chains_addr_text(const struct chains_addr *addr, char *out);

/* Reads an address; the whole of `text` must be one. Returns false otherwise. */
CHAINS_API bool chains_addr_parse(const char *text, struct chains_addr *addr);

/* Reads "10.0.0.0/8", "2001:db8::/32" or a bare address; host bits must be clear. */
CHAINS_API bool chains_prefix_parse(const char *text, struct chains_prefix *prefix);

/* Whether `addr` lies inside `prefix`; false when the families differ. */
CHAINS_API bool chains_prefix_holds(const struct chains_prefix *prefix,
                                    const struct chains_addr *addr);

/* "6c:40:08:89:fc:08" and a NUL into CHAINS_MAC_TEXT bytes; returns 17. */
CHAINS_API size_t chains_mac_text(const uint8_t mac[6], char *out);

/*
 * Nanoseconds since 1970 as UTC text and a NUL into CHAINS_TIME_TEXT bytes:
 * "2015-05-27T01:17:07.919743Z" with `digits` 6, nine or no fraction digits with 9 or 0. `gap`
 * is the byte between date and time, 'T' (with a closing Z) or ' ' (without). No locale, no
 * time zone. Returns the length without the NUL.
 */
CHAINS_API size_t chains_time_text(int64_t time_ns, int digits, char gap, char *out);

/*
 * Edits between two words of at most 32 bytes, for suggestions: bytes put in, taken out or
 * replaced, or two neighbours that changed places. More than 32 when a word is longer than that.
 */
CHAINS_API size_t chains_distance(const char *a, size_t a_len, const char *b, size_t b_len);

#ifdef __cplusplus
}
#endif
#endif
