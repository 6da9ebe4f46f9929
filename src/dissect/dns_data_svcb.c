/* SPDX-License-Identifier: MIT */
/*
 * Parameters of SVCB and HTTPS, RFC 9460 and 9461. In: what follows the target. Out:
 * "key=value" with spaces between; keys without a name are "key65333", with the value as a
 * string.
 *
 *     { key 2 | length 2 | value }, keys in order, each once
 */
#include "dns_data.h"

#include "dns_types.h"

enum {
    PARAM_MANDATORY,
    PARAM_ALPN,
    PARAM_NO_DEFAULT_ALPN,
    PARAM_PORT,
    PARAM_IPV4HINT,
    PARAM_ECH,
    PARAM_IPV6HINT,
    PARAM_DOHPATH,
    PARAM_OHTTP,
    PARAM_GROUPS,
};

static void param_key(struct dns_text *out, unsigned key)
{
    const char *name = dns_param_name(key);
    if (name) {
        dns_put_word(out, name);
        return;
    }
    dns_put_word(out, "key");
    dns_put_number(out, key);
}

/* A value without quotes: a space is \032, and a comma inside of an item of a list "\\,". */
static void param_text(struct dns_text *out, struct chains_bytes value, bool item)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = chains_byte(value, i);
        char *at = dns_text_room(out, 4);
        if (!at)
            return;
        if (c <= ' ' || c > '~')
            at = dns_escape(at, c);
        else if (item && c == ',')
            at = text_literal(at, "\\\\,");
        else if (item && c == '\\')
            at = text_literal(at, "\\\\\\\\");
        else if (c == '"' || c == '\\' || c == '(' || c == ')' || c == ';')
            at = text_literal(at, "\\"), *at++ = (char)c;
        else
            *at++ = (char)c;
        dns_text_done(out, at);
    }
}

static bool param_alpn(struct dns_text *out, struct chains_reader *in)
{
    bool first = true;
    do {
        struct chains_bytes name = chains_read_bytes(in, chains_read_u8(in));
        if (name.len == 0)
            return false;
        if (!first)
            dns_put_char(out, ',');
        first = false;
        param_text(out, name, true);
    } while (chains_left(in) > 0 && !out->full);
    return true;
}

/* A list of numbers, which for `mandatory` are keys in order. */
static bool param_numbers(struct dns_text *out, struct chains_reader *in, bool keys)
{
    int last = -1;
    do {
        int number = chains_read_be16(in);
        if (in->failed || (keys && number <= last))
            return false;
        if (last >= 0)
            dns_put_char(out, ',');
        last = number;
        if (keys)
            param_key(out, (unsigned)number);
        else
            dns_put_number(out, (unsigned)number);
    } while (chains_left(in) > 0 && !out->full);
    return true;
}

static bool param_addrs(struct dns_text *out, struct chains_reader *in, unsigned family)
{
    struct chains_addr addr;
    bool first = true;
    do {
        if (!dns_take_addr(in, family, &addr))
            return false;
        if (!first)
            dns_put_char(out, ',');
        first = false;
        dns_put_addr(out, &addr);
    } while (chains_left(in) > 0 && !out->full);
    return true;
}

static bool param_value(struct dns_text *out, unsigned key, struct chains_reader *in)
{
    if (key == PARAM_NO_DEFAULT_ALPN || key == PARAM_OHTTP)
        return chains_left(in) == 0;
    if (chains_left(in) == 0)
        return key >= PARAM_DOHPATH && key != PARAM_GROUPS;
    dns_put_char(out, '=');
    switch (key) {
    case PARAM_MANDATORY:
        return param_numbers(out, in, true);
    case PARAM_ALPN:
        return param_alpn(out, in);
    case PARAM_PORT:
        dns_put_number(out, chains_read_be16(in));
        return !in->failed && chains_left(in) == 0;
    case PARAM_IPV4HINT:
        return param_addrs(out, in, 4);
    case PARAM_ECH:
        dns_put_base64(out, chains_rest(in));
        return true;
    case PARAM_IPV6HINT:
        return param_addrs(out, in, 6);
    case PARAM_GROUPS:
        return param_numbers(out, in, false);
    default:
        param_text(out, chains_rest(in), false);
        return true;
    }
}

bool dns_data_params(struct dns_data *data)
{
    int last = -1;
    while (chains_left(&data->in) > 0 && !data->out->full) {
        int key = chains_read_be16(&data->in);
        struct chains_reader value = chains_read_block(&data->in, chains_read_be16(&data->in));
        if (data->in.failed || key <= last)
            return false;
        last = key;
        dns_data_gap(data);
        param_key(data->out, (unsigned)key);
        if (!param_value(data->out, (unsigned)key, &value))
            return false;
    }
    return true;
}
