/* SPDX-License-Identifier: MIT */
/*
 * Pieces of DNSSEC records, RFC 4034 and 5155. In: what is left of a record's data. Out: times,
 * bitmaps of types, salts and hashes as text.
 */
#include "dns_data.h"

#include "../bytes/time.h"
#include "dns_types.h"

static void put_type(struct dns_text *out, unsigned number)
{
    const char *name = dns_type_name(number);
    if (name) {
        dns_put_word(out, name);
        return;
    }
    dns_put_word(out, "TYPE");
    dns_put_number(out, number);
}

bool dns_data_type(struct dns_data *data)
{
    unsigned number = chains_read_be16(&data->in);
    dns_data_gap(data);
    put_type(data->out, number);
    return !data->in.failed;
}

/* Seconds since 1970 in 32 bits, shown as the moment before 2106. */
bool dns_data_time(struct dns_data *data)
{
    struct text_clock clock = { .valid = false };
    int64_t second = chains_read_be32(&data->in);
    char iso[TEXT_TIME];
    if (data->in.failed)
        return false;
    dns_data_gap(data);
    const char *end = text_time(iso, &clock, second * TIME_SECOND_NS, 0, ' ');
    for (const char *at = iso; at < end; at++)
        if (*at >= '0' && *at <= '9')
            dns_put_char(data->out, *at);
    return true;
}

/* { window 1 | length 1, from 1 to 32 | bits }, windows in order. */
bool dns_data_bitmap(struct dns_data *data)
{
    int last = -1;
    while (chains_left(&data->in) > 0 && !data->out->full) {
        int window = chains_read_u8(&data->in);
        struct chains_bytes bits = chains_read_bytes(&data->in, chains_read_u8(&data->in));
        if (data->in.failed || window <= last || bits.len < 1 || bits.len > 32)
            return false;
        last = window;
        for (unsigned i = 0; i < bits.len * 8; i++) {
            if (!(chains_byte(bits, i / 8) & 0x80 >> i % 8))
                continue;
            dns_data_gap(data);
            put_type(data->out, (unsigned)window * 256 + i);
            if (data->out->full)
                return true;
        }
    }
    return true;
}

bool dns_data_salt(struct dns_data *data)
{
    struct chains_bytes salt = chains_read_bytes(&data->in, chains_read_u8(&data->in));
    dns_data_gap(data);
    if (salt.len > 0)
        dns_put_hex(data->out, salt);
    else
        dns_put_char(data->out, '-');
    return !data->in.failed;
}

bool dns_data_hash(struct dns_data *data)
{
    struct chains_bytes hash = chains_read_bytes(&data->in, chains_read_u8(&data->in));
    dns_data_gap(data);
    dns_put_base32(data->out, hash);
    return !data->in.failed && hash.len > 0;
}
