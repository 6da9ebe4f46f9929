/* SPDX-License-Identifier: MIT */
/*
 * EDNS, RFC 6891: the OPT record. In: its fixed part and its data. Out: the size that the
 * sender takes, DO, the options' codes, and what is in the options that people ask for: the
 * first of each kind.
 *
 *     { code 2 | length 2 | data }
 */
#include "dns_edns.h"

#include "dns_types.h"

#include <string.h>

enum {
    OPTION_NSID = 3,   /* RFC 5001 */
    OPTION_SUBNET = 8, /* RFC 7871 */
    OPTION_COOKIE = 10,
    OPTION_ERROR = 15, /* RFC 8914 */
    EDNS_DO = 0x8000,
    EDNS_OPTIONS = sizeof(((struct chains_dns_edns *)0)->options) / sizeof(uint16_t),
};

const struct chains_field dns_edns_fields[] = {
    CHAINS_FIELD(chains_dns_edns, version, UINT, "version of EDNS"),
    CHAINS_FIELD(chains_dns_edns, dnssec_ok, BOOL, "DO: records of DNSSEC are wanted"),
    CHAINS_FIELD(chains_dns_edns, size, UINT, "bytes of a UDP payload that the sender takes"),
    CHAINS_FIELD(chains_dns_edns, error, UINT, "extended error (RFC 8914)",
                 .has = CHAINS_DNS_HAS_ERROR),
    CHAINS_FIELD(chains_dns_edns, error_name, TEXT, "name of the extended error",
                 .has = CHAINS_DNS_HAS_ERROR, .omit_zero = 1),
    CHAINS_FIELD(chains_dns_edns, error_text, RAW, "what was said of the extended error",
                 .has = CHAINS_DNS_HAS_ERROR_TEXT),
    CHAINS_FIELD(chains_dns_edns, subnet, ADDR, "the client's network (RFC 7871)",
                 .has = CHAINS_DNS_HAS_CLIENT_SUBNET),
    CHAINS_FIELD(chains_dns_edns, subnet_bits, UINT, "bits of it that were sent",
                 .has = CHAINS_DNS_HAS_CLIENT_SUBNET),
    CHAINS_FIELD(chains_dns_edns, scope_bits, UINT, "bits of it that the answer holds for",
                 .has = CHAINS_DNS_HAS_CLIENT_SUBNET),
    CHAINS_FIELD(chains_dns_edns, cookie, HEX, "cookie (RFC 7873)",
                 .has = CHAINS_DNS_HAS_COOKIE),
    CHAINS_FIELD(chains_dns_edns, nsid, RAW, "identifier of the server (RFC 5001)",
                 .has = CHAINS_DNS_HAS_NSID),
    CHAINS_FIELD_ARRAY(chains_dns_edns, options, option_count, "codes of the options"),
    CHAINS_FIELDS_END,
};

/* family 2 | bits 1 | bits of the answer 1 | as many octets of the address as the bits need */
static unsigned edns_subnet(struct chains_reader *option, struct chains_dns_edns *edns)
{
    const uint8_t *p = chains_take(option, 4);
    unsigned family = p ? chains_load_be16(p) : 0, bits = p ? p[2] : 0;
    struct chains_bytes part = chains_rest(option);
    struct chains_addr addr = { .family = family == 1 ? 4 : 6 };
    if (family == 0 && p && bits == 0 && part.len == 0)
        return 0; /* none is told, RFC 7871 7.1.2 */
    if (family < 1 || family > 2 || bits > (family == 1 ? 32U : 128U) ||
        p[3] > (family == 1 ? 32U : 128U) || part.len != (bits + 7) / 8)
        return CHAINS_DNS_BAD_DATA;
    for (size_t i = 0; i < part.len; i++)
        addr.octets[i] = chains_byte(part, i);
    edns->has |= CHAINS_DNS_HAS_CLIENT_SUBNET;
    edns->subnet = addr;
    edns->subnet_bits = (uint8_t)bits;
    edns->scope_bits = p[3];
    return 0;
}

static unsigned edns_error(struct chains_reader *option, struct chains_dns_edns *edns)
{
    edns->error = chains_read_be16(option);
    if (option->failed)
        return CHAINS_DNS_BAD_DATA;
    edns->error_name = dns_error_name(edns->error);
    edns->error_text = chains_rest(option);
    edns->has |= CHAINS_DNS_HAS_ERROR;
    if (edns->error_text.len > 0)
        edns->has |= CHAINS_DNS_HAS_ERROR_TEXT;
    return 0;
}

/* A client's cookie has 8 octets, with the server's 16 to 40. */
static unsigned edns_cookie(struct chains_reader *option, struct chains_dns_edns *edns)
{
    struct chains_bytes cookie = chains_rest(option);
    if (cookie.len != 8 && (cookie.len < 16 || cookie.len > 40))
        return CHAINS_DNS_BAD_DATA;
    edns->has |= CHAINS_DNS_HAS_COOKIE;
    edns->cookie = cookie;
    return 0;
}

static unsigned edns_option(unsigned code, struct chains_reader option,
                            struct chains_dns_edns *edns)
{
    if (code == OPTION_SUBNET && !(edns->has & CHAINS_DNS_HAS_CLIENT_SUBNET))
        return edns_subnet(&option, edns);
    if (code == OPTION_ERROR && !(edns->has & CHAINS_DNS_HAS_ERROR))
        return edns_error(&option, edns);
    if (code == OPTION_COOKIE && !(edns->has & CHAINS_DNS_HAS_COOKIE))
        return edns_cookie(&option, edns);
    if (code == OPTION_NSID && !(edns->has & CHAINS_DNS_HAS_NSID)) {
        edns->has |= CHAINS_DNS_HAS_NSID;
        edns->nsid = chains_rest(&option);
    }
    return 0;
}

unsigned dns_edns_read(struct chains_reader *data, uint16_t size, uint32_t ttl,
                       struct chains_dns_edns *edns)
{
    unsigned faults = 0;
    memset(edns, 0, sizeof *edns);
    edns->size = size;
    edns->version = (uint8_t)(ttl >> 16);
    edns->dnssec_ok = (ttl & EDNS_DO) != 0;
    while (chains_left(data) > 0) {
        uint16_t code = chains_read_be16(data);
        struct chains_reader option = chains_read_block(data, chains_read_be16(data));
        if (data->failed)
            return faults | CHAINS_DNS_BAD_DATA;
        if (edns->option_count < EDNS_OPTIONS)
            edns->options[edns->option_count++] = code;
        else
            faults |= CHAINS_DNS_LIMITED;
        faults |= edns_option(code, option, edns);
    }
    return faults;
}
