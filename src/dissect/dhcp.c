/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts in DHCP. In: a datagram of ports 67 and 68, or 546 and 547. Out: who asks, for
 * which address, and the name it gives. Kept: options are read one behind the other, each of them
 * a block of its own, so that the work is linear in the bytes; the first of several equal options
 * counts; a fully qualified name goes before a bare one.
 *
 *    0: op, htype, hlen, hops   4: xid   8: secs, flags   12: ciaddr   16: yiaddr   20: siaddr
 *   24: giaddr   28: chaddr (16)   44: sname (64)   108: file (128)   236: cookie   240: options
 */
#include "dhcp.h"

#include <string.h>

enum {
    HEADER = 240,
    SNAME = 44,
    SNAME_LEN = 64,
    FILE_AT = 108,
    FILE_LEN = 128,
    COOKIE_AT = 236,
    COOKIE = 0x63825363,
    OP_REQUEST = 1,
    OP_REPLY = 2,
    ETHERNET = 1,
    MAC_LEN = 6,

    OPTION_PAD = 0,
    OPTION_HOST_NAME = 12,
    OPTION_WANTED = 50,
    OPTION_LEASE = 51,
    OPTION_OVERLOAD = 52,
    OPTION_KIND = 53,
    OPTION_FQDN = 81,
    OPTION_END = 255,
    OVERLOAD_FILE = 1,
    OVERLOAD_SNAME = 2,

    FQDN_HEAD = 3, /* flags and two bytes that mean nothing any more */
    FQDN_ENCODED = 4,
    LABEL_MOST = 63,

    OPTION6_IA_NA = 3,
    OPTION6_IA_TA = 4,
    OPTION6_ADDRESS = 5,
    OPTION6_FQDN = 39,
};

/* What the options of a message have said; options may lie in three places. */
struct options {
    struct chains_bytes host, fqdn;
    unsigned overload;
};

static void dhcp_address(struct chains_reader *in, struct chains_addr *addr)
{
    const uint8_t *p = chains_take(in, 4);
    *addr = (struct chains_addr){ .family = 0 };
    if (!p || chains_load_be32(p) == 0)
        return;
    memcpy(addr->octets, p, 4);
    addr->family = 4;
}

static void dhcp_option(struct dhcp *dhcp, struct options *options, unsigned code,
                        struct chains_reader value)
{
    switch (code) {
    case OPTION_HOST_NAME:
        if (!options->host.len)
            options->host = chains_rest(&value);
        break;
    case OPTION_FQDN:
        if (!options->fqdn.len)
            options->fqdn = chains_rest(&value);
        break;
    case OPTION_WANTED:
        if (!dhcp->wanted.family)
            dhcp_address(&value, &dhcp->wanted);
        break;
    case OPTION_LEASE:
        if (!dhcp->lease_s)
            dhcp->lease_s = chains_read_be32(&value);
        break;
    case OPTION_OVERLOAD:
        if (!options->overload)
            options->overload = chains_read_u8(&value);
        break;
    case OPTION_KIND:
        if (!dhcp->kind)
            dhcp->kind = chains_read_u8(&value);
        break;
    default:
        break;
    }
}

static void dhcp_options(struct dhcp *dhcp, struct options *options, struct chains_reader in)
{
    while (chains_left(&in) > 0) {
        unsigned code = chains_read_u8(&in);
        if (code == OPTION_PAD)
            continue;
        if (code == OPTION_END)
            return;
        unsigned len = chains_read_u8(&in);
        struct chains_reader value = chains_read_block(&in, len);
        if (in.failed)
            return;
        dhcp_option(dhcp, options, code, value);
    }
}

static void dhcp_put(char *name, size_t *len, uint8_t byte)
{
    if (*len < DHCP_NAME - 1)
        name[(*len)++] = byte > ' ' && byte < 0x7f ? (char)byte : '?';
}

static void dhcp_text(char *name, size_t *len, struct chains_bytes text)
{
    while (text.len &&
           (chains_byte(text, text.len - 1) == '\0' || chains_byte(text, text.len - 1) == '.'))
        text.len--; /* some end it as C does, some as zone files do */
    for (size_t i = 0; i < text.len; i++)
        dhcp_put(name, len, chains_byte(text, i));
    name[*len] = '\0';
}

/* Labels as in the DNS, without pointers; the last one may lack its end (RFC 4704, 4.2). */
static void dhcp_labels(char *name, size_t *len, struct chains_reader in)
{
    while (chains_left(&in) > 0) {
        unsigned size = chains_read_u8(&in);
        struct chains_bytes label = chains_read_bytes(&in, size);
        if (size == 0 || size > LABEL_MOST || in.failed)
            break;
        if (*len)
            dhcp_put(name, len, '.');
        for (size_t i = 0; i < label.len; i++)
            dhcp_put(name, len, chains_byte(label, i) == '.' ? '?' : chains_byte(label, i));
    }
    name[*len] = '\0';
}

static void dhcp_name(struct dhcp *dhcp, const struct options *options)
{
    struct chains_reader in = chains_reader_over(options->fqdn);
    unsigned flags = chains_read_u8(&in);
    chains_skip(&in, FQDN_HEAD - 1);
    if (!in.failed && flags & FQDN_ENCODED)
        dhcp_labels(dhcp->name, &dhcp->name_len, in);
    else if (!in.failed)
        dhcp_text(dhcp->name, &dhcp->name_len, chains_rest(&in));
    if (dhcp->name_len == 0)
        dhcp_text(dhcp->name, &dhcp->name_len, options->host);
}

static struct chains_reader dhcp_part(const uint8_t *header, size_t at, size_t len)
{
    return chains_reader_over((struct chains_bytes){ header + at, len });
}

bool dhcp_read(struct chains_bytes datagram, struct dhcp *dhcp)
{
    struct chains_reader in = chains_reader_over(datagram);
    struct options options = { .overload = 0 };
    const uint8_t *p = chains_take(&in, HEADER);
    *dhcp = (struct dhcp){ .kind = 0 };
    if (!p || chains_load_be32(p + COOKIE_AT) != COOKIE || p[1] != ETHERNET ||
        p[2] != MAC_LEN || (p[0] != OP_REQUEST && p[0] != OP_REPLY))
        return false;
    dhcp->reply = p[0] == OP_REPLY;
    dhcp->id = chains_load_be32(p + 4);
    struct chains_reader addresses = dhcp_part(p, 12, 8);
    dhcp_address(&addresses, &dhcp->client);
    dhcp_address(&addresses, &dhcp->given);
    memcpy(dhcp->mac, p + 28, 6);
    dhcp_options(dhcp, &options, in);
    if (options.overload & OVERLOAD_FILE)
        dhcp_options(dhcp, &options, dhcp_part(p, FILE_AT, FILE_LEN));
    if (options.overload & OVERLOAD_SNAME)
        dhcp_options(dhcp, &options, dhcp_part(p, SNAME, SNAME_LEN));
    dhcp_name(dhcp, &options);
    return dhcp->kind != 0;
}

static void dhcp6_address(struct dhcp6 *dhcp, struct chains_reader in)
{
    const uint8_t *p = chains_take(&in, 16);
    if (!p || dhcp->count == DHCP_ADDRESSES)
        return;
    struct chains_addr *addr = &dhcp->addr[dhcp->count++];
    *addr = (struct chains_addr){ .family = 6 };
    memcpy(addr->octets, p, 16);
}

/* The addresses inside of an option for an association: what it lies in has `skip` bytes first. */
static void dhcp6_association(struct dhcp6 *dhcp, struct chains_reader in, size_t skip)
{
    chains_skip(&in, skip);
    while (!in.failed && chains_left(&in) > 0) {
        unsigned code = chains_read_be16(&in), len = chains_read_be16(&in);
        struct chains_reader value = chains_read_block(&in, len);
        if (!in.failed && code == OPTION6_ADDRESS)
            dhcp6_address(dhcp, value);
    }
}

static void dhcp6_option(struct dhcp6 *dhcp, unsigned code, struct chains_reader value)
{
    if (code == OPTION6_IA_NA)
        dhcp6_association(dhcp, value, 12);
    if (code == OPTION6_IA_TA)
        dhcp6_association(dhcp, value, 4);
    if (code == OPTION6_FQDN && dhcp->name_len == 0) {
        chains_skip(&value, 1); /* flags */
        dhcp_labels(dhcp->name, &dhcp->name_len, value);
    }
}

bool dhcp6_read(struct chains_bytes datagram, struct dhcp6 *dhcp)
{
    struct chains_reader in = chains_reader_over(datagram);
    *dhcp = (struct dhcp6){ .kind = chains_read_u8(&in) };
    chains_skip(&in, 3);
    if (in.failed || !((dhcp->kind >= DHCP6_REQUEST && dhcp->kind <= DHCP6_REBIND) ||
                       dhcp->kind == DHCP6_SOLICIT || dhcp->kind == DHCP6_INFORMATION))
        return false;
    while (!in.failed && chains_left(&in) > 0) {
        unsigned code = chains_read_be16(&in), len = chains_read_be16(&in);
        struct chains_reader value = chains_read_block(&in, len);
        if (!in.failed)
            dhcp6_option(dhcp, code, value);
    }
    return true;
}
