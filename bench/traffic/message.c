/* SPDX-License-Identifier: MIT */
/*
 * Messages of TLS and DNS with new names. In: a conversation, whose number is in the names. Out:
 * bytes as a client or a server writes them.
 */
#include "talk.h"

#include <stdio.h>
#include <string.h>

/* Where the next byte goes. */
struct writer {
    uint8_t *at;
};

static void put8(struct writer *out, unsigned value)
{
    *out->at++ = (uint8_t)value;
}

static void put16(struct writer *out, unsigned value)
{
    put8(out, value >> 8);
    put8(out, value);
}

static void put32(struct writer *out, uint32_t value)
{
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

static void put(struct writer *out, const void *bytes, size_t len)
{
    memcpy(out->at, bytes, len);
    out->at += len;
}

static void put_dice(struct writer *out, struct talk *talk, size_t len)
{
    for (; len > 0; len--)
        put8(out, dice_below(&talk->dice, 256));
}

/* Leaves room for a length of two bytes, which put_end() writes. */
static uint8_t *put_begin(struct writer *out)
{
    uint8_t *at = out->at;
    out->at += 2;
    return at;
}

static void put_end(struct writer *out, uint8_t *at)
{
    size_t len = (size_t)(out->at - at - 2);
    at[0] = (uint8_t)(len >> 8);
    at[1] = (uint8_t)len;
}

size_t talk_server_name(uint32_t server, char *out)
{
    static const char *const first[8] = { "www",    "cdn", "static", "api",
                                          "images", "img", "assets", "eu-west" };
    static const char *const last[4] = { "example", "example", "example", "test" };
    uint64_t draw = dice_mix(server);
    char site[16];
    size_t len = 0, most = 4 + (draw & 7);
    for (draw >>= 3; len < most; draw = dice_mix(draw)) {
        site[len++] = "bcdfghklmnprstvz"[draw & 15];
        site[len++] = "aeiouaeo"[draw >> 4 & 7];
    }
    /* With its number no two servers have one name. */
    return (size_t)snprintf(out, TALK_NAME, "%s.%.*s%x.%s", first[draw >> 20 & 7], (int)len,
                            site, server, last[draw >> 30 & 3]);
}

/* "c12345.soak.example" */
static size_t server_name(const struct talk *talk, char *name, size_t size)
{
    if (talk->real)
        return talk_server_name(talk->server, name);
    return (size_t)snprintf(name, size, "c%llu.soak%llu.example",
                            (unsigned long long)(talk->flow * 3),
                            (unsigned long long)(talk->flow % 977));
}

static void put_server_name(struct writer *out, const struct talk *talk)
{
    char name[64];
    size_t len = server_name(talk, name, sizeof name);
    put16(out, 0);
    put16(out, (unsigned)len + 5);
    put16(out, (unsigned)len + 3);
    put8(out, 0);
    put16(out, (unsigned)len);
    put(out, name, len);
}

static void put_client_extensions(struct writer *out, struct talk *talk)
{
    static const uint8_t groups[] = { 0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24 };
    static const uint8_t algorithms[] = { 0, 13, 0, 10, 0, 8, 4, 3, 8, 4, 4, 1, 5, 3 };
    static const uint8_t alpn[] = { 0, 16,  0,   14,  0,   12,  2,   'h', '2',
                                    8, 'h', 't', 't', 'p', '/', '1', '.', '1' };
    static const uint8_t versions[] = { 0, 43, 0, 5, 4, 3, 4, 3, 3 };
    static const uint8_t share[] = { 0, 51, 0, 38, 0, 36, 0, 29, 0, 32 };
    uint8_t *all = put_begin(out);
    put_server_name(out, talk);
    put(out, groups, sizeof groups);
    put(out, algorithms, sizeof algorithms);
    put(out, alpn, sizeof alpn);
    put(out, versions, sizeof versions);
    put(out, share, sizeof share);
    put_dice(out, talk, 32);
    put_end(out, all);
}

size_t talk_client_hello(struct talk *talk, uint8_t *out)
{
    struct writer writer = { out };
    static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c };
    put8(&writer, 22);
    put16(&writer, 0x0301);
    uint8_t *record = put_begin(&writer);
    put16(&writer, 0x0100); /* a hello, and the first byte of its length */
    uint8_t *hello = put_begin(&writer);
    put16(&writer, 0x0303);
    put_dice(&writer, talk, 32);
    put8(&writer, 32);
    put_dice(&writer, talk, 32);
    uint8_t *list = put_begin(&writer);
    /* Clients differ, and so do their fingerprints. */
    size_t count = 3 + talk->flow % 4;
    for (size_t i = 0; i < count; i++)
        put16(&writer, suites[i]);
    put_end(&writer, list);
    put16(&writer, 0x0100);
    put_client_extensions(&writer, talk);
    put_end(&writer, hello);
    put_end(&writer, record);
    return (size_t)(writer.at - out);
}

size_t talk_tls_data(struct talk *talk, uint8_t *out, size_t len)
{
    struct writer writer = { out };
    put8(&writer, 23);
    put16(&writer, 0x0303);
    put16(&writer, (unsigned)len);
    put_dice(&writer, talk, 16);
    memset(writer.at, 0x5a, len - 16);
    return len + 5;
}

size_t talk_server_hello(struct talk *talk, uint8_t *out)
{
    static const uint8_t tail[] = { 0, 46, 0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32 };
    static const uint8_t change[] = { 20, 3, 3, 0, 1, 1 };
    struct writer writer = { out };
    put8(&writer, 22);
    put16(&writer, 0x0303);
    uint8_t *record = put_begin(&writer);
    put16(&writer, 0x0200);
    uint8_t *hello = put_begin(&writer);
    put16(&writer, 0x0303);
    put_dice(&writer, talk, 32);
    put8(&writer, 0);
    put16(&writer, 0x1301);
    put8(&writer, 0);
    put(&writer, tail, sizeof tail);
    put_dice(&writer, talk, 32);
    put_end(&writer, hello);
    put_end(&writer, record);
    put(&writer, change, sizeof change);
    writer.at += talk_tls_data(talk, writer.at, 500);
    return (size_t)(writer.at - out);
}

static void put_label(struct writer *out, const char *text)
{
    put8(out, (unsigned)strlen(text));
    put(out, text, strlen(text));
}

size_t talk_dns_message(struct talk *talk, bool response, uint8_t *out)
{
    struct writer writer = { out };
    char label[64];
    bool v6 = talk->flow & 1;
    put16(&writer, (unsigned)(talk->flow * 31) & 0xffff);
    put16(&writer, response ? 0x8180 : 0x0100);
    put16(&writer, 1);
    put16(&writer, response ? 1 : 0);
    put32(&writer, 0);
    snprintf(label, sizeof label, "n%llu", (unsigned long long)talk->flow);
    put_label(&writer, label);
    snprintf(label, sizeof label, "zone%llu", (unsigned long long)(talk->flow % 50021));
    put_label(&writer, label);
    put_label(&writer, "example");
    put8(&writer, 0);
    put16(&writer, v6 ? 28 : 1);
    put16(&writer, 1);
    if (!response)
        return (size_t)(writer.at - out);
    put16(&writer, 0xc00c);
    put16(&writer, v6 ? 28 : 1);
    put16(&writer, 1);
    put32(&writer, 300);
    put16(&writer, v6 ? 16 : 4);
    if (v6)
        put32(&writer, 0x2a000050), put32(&writer, 0), put32(&writer, 0);
    put32(&writer, (v6 ? 0 : 0x0b000000) + (uint32_t)(talk->flow & 0xfffff));
    return (size_t)(writer.at - out);
}
