/* SPDX-License-Identifier: MIT */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

/* DNS messages written piece by piece, for tests, and a batch's arena to read them with. */

#include "../../src/bytes/utf8.h"
#include "../../src/dissect/dns.h"
#include "../../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

struct wire {
    size_t len;
    uint8_t bytes[65535];
};

static struct chains_arena wire_arena;

static inline void wire_u8(struct wire *wire, unsigned value)
{
    if (wire->len < sizeof wire->bytes)
        wire->bytes[wire->len++] = (uint8_t)value;
}

static inline void wire_u16(struct wire *wire, unsigned value)
{
    wire_u8(wire, value >> 8 & 255);
    wire_u8(wire, value & 255);
}

static inline void wire_u32(struct wire *wire, uint32_t value)
{
    wire_u16(wire, value >> 16);
    wire_u16(wire, value & 0xffff);
}

/* "0a 0b0c": digits in pairs, spaces between where they help. */
static inline void wire_hex(struct wire *wire, const char *hex)
{
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        char pair[3] = { hex[0], hex[1], '\0' };
        wire_u8(wire, (unsigned)strtoul(pair, NULL, 16));
        hex++;
    }
}

/* "www.example.test", with the root at the end; labels without escapes. */
static inline void wire_name(struct wire *wire, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");
        wire_u8(wire, (unsigned)len);
        for (size_t i = 0; i < len; i++)
            wire_u8(wire, (uint8_t)name[i]);
        name += len + (name[len] == '.');
    }
    wire_u8(wire, 0);
}

static inline void wire_header(struct wire *wire, unsigned flags, unsigned questions,
                               unsigned answers, unsigned authorities, unsigned additionals)
{
    wire->len = 0;
    wire_u16(wire, 0x1234);
    wire_u16(wire, flags);
    wire_u16(wire, questions);
    wire_u16(wire, answers);
    wire_u16(wire, authorities);
    wire_u16(wire, additionals);
}

static inline void wire_question(struct wire *wire, const char *name, unsigned type)
{
    wire_name(wire, name);
    wire_u16(wire, type);
    wire_u16(wire, 1);
}

/* Behind a name: type, class, 3600 seconds, the data. */
static inline void wire_data(struct wire *wire, unsigned type, unsigned class_number,
                             const char *hex)
{
    wire_u16(wire, type);
    wire_u16(wire, class_number);
    wire_u32(wire, 3600);
    size_t at = wire->len;
    wire_u16(wire, 0);
    wire_hex(wire, hex);
    size_t len = wire->len - at - 2;
    wire->bytes[at] = (uint8_t)(len >> 8);
    wire->bytes[at + 1] = (uint8_t)len;
}

/* Reads an exact copy, so that a sanitizer sees its end. The copy lives until the next call. */
static inline enum chains_verdict
wire_read_as(const struct wire *wire, enum chains_dns_flavour flavour, struct chains_dns *dns)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(wire->len ? wire->len : 1);
    if (!copy)
        abort();
    memcpy(copy, wire->bytes, wire->len);
    arena_free(&wire_arena);
    arena_init(&wire_arena, 24 * 1024 * 1024);
    memset(dns, 0xaa, sizeof *dns);
    struct chains_bytes bytes = { copy, wire->len };
    struct chains_reader in = chains_reader_over(bytes);
    enum chains_verdict verdict = dns_read(&in, flavour, dns, &wire_arena);
    if (wire->len == 0) {
        free(copy);
        copy = NULL;
    }
    return verdict;
}

static inline enum chains_verdict wire_read(const struct wire *wire, struct chains_dns *dns)
{
    return wire_read_as(wire, CHAINS_DNS_UNICAST, dns);
}

static inline const struct chains_dns_question *wire_query(const struct chains_dns *dns,
                                                           uint32_t i)
{
    static const struct chains_dns_question none = { .name = "none" };
    return i < dns->queries.count ? (const struct chains_dns_question *)dns->queries.items + i
                                  : &none;
}

static inline const struct chains_dns_record *wire_record(struct chains_list list, uint32_t i)
{
    static const struct chains_dns_record none = { .name = "none" };
    return i < list.count ? (const struct chains_dns_record *)list.items + i : &none;
}

/* A record's data with a NUL behind it. */
static inline const char *wire_rdata(const struct chains_dns_record *record)
{
    static char text[70000];
    size_t len = record->rdata.len < sizeof text ? record->rdata.len : sizeof text - 1;
    if (len)
        memcpy(text, record->rdata.at, len);
    text[len] = '\0';
    return text;
}

/* Whether a text is printable ASCII. */
static inline bool wire_is_clean(const char *text, size_t len)
{
    size_t at = 0, shown = 1;
    for (; at < len && shown > 0; at += shown)
        shown = utf8_shown((const uint8_t *)text + at, len - at);
    return shown > 0;
}

static inline void wire_done(void)
{
    struct wire *none = calloc(1, sizeof *none);
    struct chains_dns dns;
    if (none)
        (void)wire_read(none, &dns); /* gives the last copy back */
    free(none);
    arena_free(&wire_arena);
}

#endif
