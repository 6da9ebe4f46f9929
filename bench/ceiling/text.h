/* SPDX-License-Identifier: MIT */
#ifndef CEILING_TEXT_H
#define CEILING_TEXT_H

#include "ceiling.h"

#include <time.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Text by hand, as fast as it goes without tricks that only one capture has. In: numbers,
 * addresses, times. Out: bytes at a pointer that moves on. Whoever writes asks for room once a
 * record. A date is made once a second, a number by two digits at a time.
 */

/* Small, so that who writes a record can have a copy of its own, which the compiler keeps in registers. */
struct out {
    char *at, *buffer;
};

/* What is looked up instead of being worked out. */
static struct {
    uint32_t second; /* whose date is in `date` */
    char date[20];   /* "2024-01-02 03:04:05" */
    char byte[256][4];
    uint8_t byte_len[256];
    char pair[100][2], hex[256][2];
} texts;

#define ALWAYS_INLINE static inline __attribute__((always_inline))

static inline void out_open(struct out *out)
{
    out->buffer = out->at = malloc(OUT_SIZE + OUT_SLACK);
    if (!out->buffer)
        fail("no memory");
    texts.second = UINT32_MAX;
    for (unsigned i = 0; i < 256; i++) {
        char text[8];
        texts.byte_len[i] = (uint8_t)snprintf(text, sizeof text, "%u", i);
        memcpy(texts.byte[i], text, 4);
        snprintf(text, sizeof text, "%02x", i);
        memcpy(texts.hex[i], text, 2);
        snprintf(text, sizeof text, "%02u", i % 100);
        memcpy(texts.pair[i % 100], text, 2);
    }
}

static inline void out_flush(struct out *out)
{
    const char *at = out->buffer;
    while (at < out->at) {
        ssize_t done = write(STDOUT_FILENO, at, (size_t)(out->at - at));
        if (done < 0)
            fail("standard output is gone");
        at += done;
    }
    out->at = out->buffer;
}

static inline void out_close(struct out *out)
{
    out_flush(out);
    free(out->buffer);
}

/* Room for what one record writes, OUT_SLACK bytes at most. */
static inline void out_room(struct out *out)
{
    if (out->at > out->buffer + OUT_SIZE)
        out_flush(out);
}

ALWAYS_INLINE void put(struct out *out, const void *bytes, size_t len)
{
    memcpy(out->at, bytes, len);
    out->at += len;
}

#define PUT(out, text) put(out, text, sizeof(text) - 1)

ALWAYS_INLINE char *two_digits(char *at, uint32_t value)
{
    memcpy(at, texts.pair[value], 2);
    return at + 2;
}

/* One digit or two, without a branch: the first of a pair is passed over. */
ALWAYS_INLINE char *one_or_two(char *at, uint32_t value)
{
    unsigned one = value < 10;
    memcpy(at, (const char *)texts.pair + 2 * value + one, 2);
    return at + 2 - one;
}

ALWAYS_INLINE char *four_digits(char *at, uint32_t value)
{
    return two_digits(two_digits(at, value / 100), value % 100);
}

ALWAYS_INLINE char *up_to_four(char *at, uint32_t value)
{
    if (value < 100)
        return one_or_two(at, value);
    return two_digits(one_or_two(at, value / 100), value % 100);
}

static __attribute__((noinline)) char *many_digits(char *at, uint64_t value)
{
    uint32_t low = (uint32_t)(value % 100000000);
    if (value < 100000000)
        return four_digits(up_to_four(at, low / 10000), low % 10000);
    uint64_t high = value / 100000000;
    at = high < 100 ? one_or_two(at, (uint32_t)high) : many_digits(at, high);
    return four_digits(four_digits(at, low / 10000), low % 10000);
}

ALWAYS_INLINE void put_number(struct out *out, uint64_t value)
{
    out->at =
        value < 10000 ? up_to_four(out->at, (uint32_t)value) : many_digits(out->at, value);
}

ALWAYS_INLINE void put_micro(struct out *out, uint32_t micro)
{
    out->at = four_digits(two_digits(out->at, micro / 10000 % 100), micro % 10000);
}

static __attribute__((noinline)) void date_make(uint32_t second)
{
    time_t seconds = second;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(texts.date, sizeof texts.date, "%Y-%m-%d %H:%M:%S", &tm);
    texts.second = second;
}

/* "2024-01-02 03:04:05", with `between` for the space. */
ALWAYS_INLINE void put_second(struct out *out, uint32_t second, char between)
{
    if (second != texts.second)
        date_make(second);
    memcpy(out->at, texts.date, sizeof texts.date);
    out->at[10] = between;
    out->at += 19;
}

ALWAYS_INLINE void put_mac(struct out *out, const uint8_t *mac)
{
    for (unsigned i = 0; i < 6; i++) {
        memcpy(out->at + 3 * i, texts.hex[mac[i]], 2);
        out->at[3 * i + 2] = ':';
    }
    out->at += 17;
}

ALWAYS_INLINE void put_ip4(struct out *out, const uint8_t *addr)
{
    for (unsigned i = 0; i < 4; i++) {
        memcpy(out->at, texts.byte[addr[i]], 4);
        out->at += texts.byte_len[addr[i]];
        *out->at++ = '.';
    }
    out->at--;
}

/* Without the zeros in front, and a colon behind it; whoever is next overwrites what is too much. */
ALWAYS_INLINE void put_group(struct out *out, const uint8_t *at)
{
    uint16_t high, low;
    memcpy(&high, texts.hex[at[0]], 2);
    memcpy(&low, texts.hex[at[1]], 2);
    unsigned group = net16(at), left_out = (unsigned)(__builtin_clz(group | 1) - 16) / 4;
    uint64_t text = (high | (uint64_t)low << 16 | (uint64_t)':' << 32) >> 8 * left_out;
    memcpy(out->at, &text, 8);
    out->at += 5 - left_out;
}

/* A bit for each group of zero. */
static inline unsigned groups_of_zero(const uint8_t *addr)
{
#ifdef __SSE2__
    __m128i none = _mm_setzero_si128(), groups = _mm_loadu_si128((const void *)addr);
    groups = _mm_cmpeq_epi16(groups, none);
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(groups, none));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < 8; i++)
        bits |= (net16(addr + 2 * i) == 0 ? 1u : 0u) << i;
    return bits;
#endif
}

/* With the longest row of zeros left out, if it has two groups at least. */
ALWAYS_INLINE void put_ip6(struct out *out, const uint8_t *addr)
{
    unsigned zero = groups_of_zero(addr), rows = zero & zero >> 1, len = 1, i = 0;
    for (unsigned longer = rows; longer; longer &= zero >> len) {
        rows = longer;
        len++;
    }
    unsigned first = rows ? (unsigned)__builtin_ctz(rows) : 8;
    for (; i < first; i++)
        put_group(out, addr + 2 * i);
    if (!rows) {
        out->at--;
        return;
    }
    if (first == 0)
        *out->at++ = ':';
    *out->at++ = ':';
    for (i += len; i < 8; i++)
        put_group(out, addr + 2 * i);
    out->at -= first + len < 8;
}

ALWAYS_INLINE void put_address(struct out *out, const struct headers *headers,
                               const uint8_t *addr)
{
    if (headers->version == 6)
        put_ip6(out, addr);
    else
        put_ip4(out, addr);
}

/* Of a private network, of this link, or of this host. */
static inline bool is_internal(const struct headers *headers, const uint8_t *addr)
{
    if (headers->version == 6)
        return (addr[0] & 0xfe) == 0xfc || (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80);
    return addr[0] == 10 || addr[0] == 127 || (addr[0] == 192 && addr[1] == 168) ||
           (addr[0] == 172 && (addr[1] & 0xf0) == 16) || (addr[0] == 169 && addr[1] == 254);
}

static inline bool is_group(const struct headers *headers, const uint8_t *addr)
{
    return headers->version == 6 ? addr[0] == 0xff : (addr[0] & 0xf0) == 224;
}

static inline bool is_broadcast(const struct headers *headers, const uint8_t *addr)
{
    return headers->version != 6 && host32(addr) == 0xffffffff;
}

/* "['internal']" */
ALWAYS_INLINE void put_tags(struct out *out, const struct headers *headers)
{
    bool group = is_group(headers, headers->dst), all = is_broadcast(headers, headers->dst);
    bool from = is_internal(headers, headers->src);
    bool to = group || all || is_internal(headers, headers->dst);
    if (from && to)
        PUT(out, "['internal'");
    else if (from)
        PUT(out, "['outgoing'");
    else if (to)
        PUT(out, "['incoming'");
    else
        PUT(out, "['external'");
    if (group)
        PUT(out, ", 'multicast'");
    if (all)
        PUT(out, ", 'broadcast'");
    *out->at++ = ']';
}

/* "UDP IP ", or "IP " where there is no header behind it */
ALWAYS_INLINE void put_types(struct out *out, const struct headers *headers)
{
    bool first = headers->version == 6 || (net16(headers->network + 6) & 0x1fff) == 0;
    if (first && headers->protocol == 6 && headers->transport_len >= 20)
        PUT(out, "TCP ");
    else if (first && headers->protocol == 17 && headers->transport_len >= 8)
        PUT(out, "UDP ");
    else if (first && headers->protocol == 1)
        PUT(out, "ICMP ");
    else if (first && headers->protocol == 58)
        PUT(out, "ICMP6 ");
    if (headers->version == 6)
        PUT(out, "IP6 ");
    else
        PUT(out, "IP ");
}

/* ARP as if it were a packet between the two; false: it is none. */
static inline bool headers_arp(struct headers *headers, const struct packet *packet)
{
    if (headers->type != 0x0806 || packet->data + packet->len - headers->network < 28)
        return false;
    headers->src = headers->network + 14;
    headers->dst = headers->network + 24;
    return true;
}

#endif
