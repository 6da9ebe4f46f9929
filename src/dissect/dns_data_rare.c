/* SPDX-License-Identifier: MIT */
/*
 * Records whose form depends on what is in them: LOC (RFC 1876), APL (RFC 3123), IPSECKEY
 * (RFC 4025), AMTRELAY (RFC 8777), HIP (RFC 8005). In: a record's data. Out: its text.
 */
#include "dns_data.h"

/* In thousandths of a second; also the meridian of Greenwich. */
#define LOC_EQUATOR UINT32_C(0x80000000)

enum {
    LOC_GROUND = 10000000, /* centimetres below the spheroid */
    LOC_DEGREE = 3600000,
};

/* "51 30 12.748 N " */
static bool loc_angle(struct dns_text *out, uint32_t raw, unsigned most, const char *sides)
{
    bool positive = raw >= LOC_EQUATOR;
    uint32_t size = positive ? raw - LOC_EQUATOR : LOC_EQUATOR - raw;
    uint32_t thousandths = size % 1000;
    if (size > most * (uint32_t)LOC_DEGREE)
        return false;
    dns_put_number(out, size / LOC_DEGREE);
    dns_put_char(out, ' ');
    dns_put_number(out, size / 60000 % 60);
    dns_put_char(out, ' ');
    dns_put_number(out, size / 1000 % 60);
    dns_put_char(out, '.');
    dns_put_char(out, (char)('0' + thousandths / 100));
    dns_put_char(out, (char)('0' + thousandths / 10 % 10));
    dns_put_char(out, (char)('0' + thousandths % 10));
    dns_put_char(out, ' ');
    dns_put_char(out, sides[positive ? 0 : 1]);
    dns_put_char(out, ' ');
    return true;
}

static void loc_metres(struct dns_text *out, uint64_t centimetres, bool fraction)
{
    dns_put_number(out, centimetres / 100);
    if (!fraction) {
        dns_put_char(out, 'm');
        return;
    }
    dns_put_char(out, '.');
    dns_put_char(out, (char)('0' + centimetres / 10 % 10));
    dns_put_char(out, (char)('0' + centimetres % 10));
    dns_put_char(out, 'm');
}

/* A digit and a power of ten in half an octet each. */
static bool loc_precision(struct dns_text *out, uint8_t raw)
{
    uint64_t centimetres = raw >> 4;
    if (raw >> 4 > 9 || (raw & 15) > 9)
        return false;
    for (int i = 0; i < (raw & 15); i++)
        centimetres *= 10;
    dns_put_char(out, ' ');
    loc_metres(out, centimetres, (raw & 15) < 2);
    return true;
}

/* version 1 | size 1 | precision 1, 1 | latitude 4 | longitude 4 | altitude 4 */
bool dns_data_location(struct dns_data *data)
{
    const uint8_t *p = chains_take(&data->in, 16);
    if (!p || p[0] != 0)
        return false;
    if (!loc_angle(data->out, chains_load_be32(p + 4), 90, "NS") ||
        !loc_angle(data->out, chains_load_be32(p + 8), 180, "EW"))
        return false;
    uint32_t height = chains_load_be32(p + 12);
    if (height < LOC_GROUND)
        dns_put_char(data->out, '-');
    loc_metres(data->out, height < LOC_GROUND ? LOC_GROUND - height : height - LOC_GROUND,
               true);
    return loc_precision(data->out, p[1]) && loc_precision(data->out, p[2]) &&
           loc_precision(data->out, p[3]);
}

/* { family 2 | prefix 1 | not 1 bit, length 7 | address without its last zeros } */
bool dns_data_prefixes(struct dns_data *data)
{
    while (chains_left(&data->in) > 0 && !data->out->full) {
        unsigned family = chains_read_be16(&data->in);
        unsigned bits = chains_read_u8(&data->in);
        unsigned length = chains_read_u8(&data->in);
        struct chains_bytes part = chains_read_bytes(&data->in, length & 0x7f);
        size_t most = family == 1 ? 4 : 16;
        struct chains_addr addr = { .family = family == 1 ? 4 : 6 };
        if (data->in.failed || family < 1 || family > 2 || part.len > most || bits > most * 8)
            return false;
        for (size_t i = 0; i < part.len; i++)
            addr.octets[i] = chains_byte(part, i);
        dns_data_gap(data);
        if (length & 0x80)
            dns_put_char(data->out, '!');
        dns_put_number(data->out, family);
        dns_put_char(data->out, ':');
        dns_put_addr(data->out, &addr);
        dns_put_char(data->out, '/');
        dns_put_number(data->out, bits);
    }
    return true;
}

/* What a gateway or a relay is: nothing, an address, a name. */
static bool data_gateway(struct dns_data *data, unsigned kind)
{
    switch (kind) {
    case 0:
        dns_data_gap(data);
        dns_put_char(data->out, '.');
        return true;
    case 1:
        return dns_data_addr(data, 4);
    case 2:
        return dns_data_addr(data, 6);
    case 3:
        return dns_data_name(data, DNS_NAME_AMONG);
    default:
        return false;
    }
}

/* precedence 1 | kind of gateway 1 | algorithm 1 | gateway | key */
bool dns_data_ipseckey(struct dns_data *data)
{
    const uint8_t *p = chains_peek(&data->in, 2);
    unsigned kind = p ? p[1] : 0;
    for (int i = 0; i < 3; i++)
        if (!dns_data_number(data, 1))
            return false;
    return data_gateway(data, kind) && dns_data_base64(data);
}

/* precedence 1 | discovery 1 bit, kind of relay 7 | relay */
bool dns_data_amtrelay(struct dns_data *data)
{
    if (!dns_data_number(data, 1))
        return false;
    unsigned kind = chains_read_u8(&data->in);
    if (data->in.failed)
        return false;
    dns_data_gap(data);
    dns_put_number(data->out, kind >> 7);
    dns_data_gap(data);
    dns_put_number(data->out, kind & 0x7f);
    return data_gateway(data, kind & 0x7f);
}

/* length of tag 1 | algorithm 1 | length of key 2 | tag | key | servers */
bool dns_data_hip(struct dns_data *data)
{
    size_t tag_len = chains_read_u8(&data->in);
    if (!dns_data_number(data, 1))
        return false;
    size_t key_len = chains_read_be16(&data->in);
    struct chains_bytes tag = chains_read_bytes(&data->in, tag_len);
    struct chains_bytes key = chains_read_bytes(&data->in, key_len);
    if (tag.len == 0 || key.len == 0)
        return false;
    dns_data_gap(data);
    dns_put_hex(data->out, tag);
    dns_data_gap(data);
    dns_put_base64(data->out, key);
    while (chains_left(&data->in) > 0 && !data->out->full)
        if (!dns_data_name(data, DNS_NAME_AMONG))
            return false;
    return true;
}
