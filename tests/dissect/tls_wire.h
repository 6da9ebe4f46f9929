/* SPDX-License-Identifier: MIT */
#ifndef TLS_WIRE_H
#define TLS_WIRE_H

/* Hellos written piece by piece, for tests. */

#include <chains/bytes.h>

#include <stdlib.h>
#include <string.h>

struct tls_wire {
    size_t len;
    uint8_t bytes[200 * 1024];
};

static inline void tls_u8(struct tls_wire *wire, unsigned value)
{
    if (wire->len < sizeof wire->bytes)
        wire->bytes[wire->len++] = (uint8_t)value;
}

static inline void tls_u16(struct tls_wire *wire, unsigned value)
{
    tls_u8(wire, value >> 8 & 255);
    tls_u8(wire, value & 255);
}

/* "0a 0b0c,0d": digits in pairs; blanks and commas between them where they help. */
static inline void tls_hex(struct tls_wire *wire, const char *hex)
{
    for (; *hex; hex++) {
        if (*hex == ' ' || *hex == ',')
            continue;
        char pair[3] = { hex[0], hex[1], '\0' };
        tls_u8(wire, (unsigned)strtoul(pair, NULL, 16));
        hex++;
    }
}

static inline void tls_fill(struct tls_wire *wire, unsigned value, size_t count)
{
    while (count--)
        tls_u8(wire, value);
}

/* A length of two bytes that is written when what it counts is: tls_begin() ... tls_end(). */
static inline size_t tls_begin(struct tls_wire *wire)
{
    tls_u16(wire, 0);
    return wire->len;
}

static inline void tls_end(struct tls_wire *wire, size_t begin)
{
    size_t len = wire->len - begin;
    wire->bytes[begin - 2] = (uint8_t)(len >> 8);
    wire->bytes[begin - 1] = (uint8_t)len;
}

static inline void tls_extension(struct tls_wire *wire, unsigned type, const char *hex)
{
    tls_u16(wire, type);
    size_t begin = tls_begin(wire);
    tls_hex(wire, hex);
    tls_end(wire, begin);
}

/* An extension that is one list with a length of two bytes. */
static inline void tls_list(struct tls_wire *wire, unsigned type, const char *hex)
{
    tls_u16(wire, type);
    size_t body = tls_begin(wire), list = tls_begin(wire);
    tls_hex(wire, hex);
    tls_end(wire, list);
    tls_end(wire, body);
}

static inline void tls_name(struct tls_wire *wire, const char *name, size_t len)
{
    tls_u16(wire, 0);
    size_t body = tls_begin(wire), list = tls_begin(wire);
    tls_u8(wire, 0);
    size_t text = tls_begin(wire);
    for (size_t i = 0; i < len; i++)
        tls_u8(wire, (uint8_t)name[i]);
    tls_end(wire, text);
    tls_end(wire, list);
    tls_end(wire, body);
}

/* Version, random, a session ID and, in DTLS, a cookie of so many bytes, ciphers, compression. */
static inline void tls_head(struct tls_wire *wire, unsigned version, size_t id, int cookie,
                            const char *ciphers)
{
    wire->len = 0;
    tls_u16(wire, version);
    for (unsigned i = 0; i < 32; i++)
        tls_u8(wire, 0xa0 + i);
    tls_u8(wire, (unsigned)id);
    tls_fill(wire, 0x1d, id);
    if (cookie >= 0) {
        tls_u8(wire, (unsigned)cookie);
        tls_fill(wire, 0xc0, (size_t)cookie);
    }
    size_t list = tls_begin(wire);
    tls_hex(wire, ciphers);
    tls_end(wire, list);
    tls_hex(wire, "0100");
}

/* Version, random, an empty session ID, cipher, compression. */
static inline void tls_server_head(struct tls_wire *wire, unsigned version, const char *random,
                                   unsigned cipher)
{
    wire->len = 0;
    tls_u16(wire, version);
    if (random)
        tls_hex(wire, random);
    else
        tls_fill(wire, 0x5e, 32);
    tls_u8(wire, 0);
    tls_u16(wire, cipher);
    tls_u8(wire, 0);
}

#define TLS_RETRY_RANDOM "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static inline struct chains_bytes tls_bytes(const struct tls_wire *wire)
{
    return (struct chains_bytes){ wire->bytes, wire->len };
}

/* A browser's hello as JA4's description has it, GREASE put in; and of later ones. */
static inline void tls_browser(struct tls_wire *wire, const char *settings, bool algorithms,
                               bool ech)
{
    tls_head(wire, 0x0303, 32, -1,
             "0a0a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035");
    size_t all = tls_begin(wire);
    tls_extension(wire, 0x1a1a, "");
    tls_extension(wire, 0x001b, "020002");
    tls_name(wire, "www.example.org", 15);
    tls_list(wire, 0x0033, "2a2a 0001 00  001d 0004 01020304");
    tls_list(wire, 0x0010, "02 6832  08 687474702f312e31");
    tls_list(wire, (unsigned)strtoul(settings, NULL, 16), "02 6832");
    tls_extension(wire, 0x0017, "");
    tls_extension(wire, 0x002d, "0101");
    tls_list(wire, 0x000d, algorithms ? "0403,0804,0401,0503,0805,0501,0806,0601" : "");
    tls_extension(wire, 0x0005, "0100000000");
    tls_extension(wire, 0x0023, "");
    tls_extension(wire, 0x0012, "");
    tls_extension(wire, 0x002b, "06 3a3a,0304,0303");
    tls_extension(wire, 0xff01, "00");
    tls_extension(wire, 0x000b, "01 00");
    tls_list(wire, 0x000a, "4a4a,001d,0017,0018");
    if (ech)
        tls_extension(wire, 0xfe0d, "00 0001 0001 2f 0000 0000");
    else
        tls_extension(wire, 0x0015, "0000000000");
    tls_extension(wire, 0x5a5a, "00");
    tls_end(wire, all);
}

#endif
