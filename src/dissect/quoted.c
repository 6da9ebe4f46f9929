/* SPDX-License-Identifier: MIT */
/*
 * The packet that an ICMP error speaks of (RFC 792, RFC 4443). In: what stands behind the
 * error's eight bytes. Out: addresses, protocol, ports as far as they are there. Lengths in the
 * quoted header mean nothing here, as the quote is cut anyway.
 */
#include "quoted.h"

#include <string.h>

enum { QUOTED_EXTENSIONS = 8 }; /* IPv6 extension headers looked over for the ports */

const struct chains_field quoted_fields[] = {
    CHAINS_FIELD(chains_quoted, src, ADDR, "source address"),
    CHAINS_FIELD(chains_quoted, dst, ADDR, "destination address"),
    CHAINS_FIELD(chains_quoted, protocol, UINT, "IANA number of the transport protocol"),
    CHAINS_FIELD(chains_quoted, sport, UINT, "source port", .has = CHAINS_QUOTED_HAS_PORTS),
    CHAINS_FIELD(chains_quoted, dport, UINT, "destination port",
                 .has = CHAINS_QUOTED_HAS_PORTS),
    CHAINS_FIELDS_END,
};

/* TCP, UDP, DCCP, SCTP and UDP-Lite begin with their ports. */
static bool quoted_has_ports(uint8_t protocol)
{
    return protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 ||
           protocol == 136;
}

static void quoted_ports(struct chains_reader *in, struct chains_quoted *quoted)
{
    const uint8_t *p = quoted_has_ports(quoted->protocol) ? chains_take(in, 4) : NULL;
    if (!p)
        return;
    quoted->has = CHAINS_QUOTED_HAS_PORTS;
    quoted->sport = chains_load_be16(p);
    quoted->dport = chains_load_be16(p + 2);
}

static bool quoted_read4(struct chains_reader in, struct chains_quoted *quoted)
{
    const uint8_t *p = chains_take(&in, 20);
    if (!p || p[0] >> 4 != 4 || (p[0] & 15) < 5)
        return false;
    memset(quoted, 0, sizeof *quoted);
    quoted->version = 4;
    quoted->protocol = p[9];
    memcpy(quoted->src.octets, p + 12, 4);
    memcpy(quoted->dst.octets, p + 16, 4);
    quoted->src.family = quoted->dst.family = 4;
    chains_skip(&in, (p[0] & 15u) * 4u - 20u);
    if ((chains_load_be16(p + 6) & 0x1fff) == 0)
        quoted_ports(&in, quoted);
    return true;
}

static bool quoted_read6(struct chains_reader in, struct chains_quoted *quoted)
{
    const uint8_t *p = chains_take(&in, 40);
    if (!p || p[0] >> 4 != 6)
        return false;
    memset(quoted, 0, sizeof *quoted);
    quoted->version = 6;
    quoted->protocol = p[6];
    memcpy(quoted->src.octets, p + 8, 16);
    memcpy(quoted->dst.octets, p + 24, 16);
    quoted->src.family = quoted->dst.family = 6;
    for (unsigned i = 0; i < QUOTED_EXTENSIONS; i++) {
        uint8_t kind = quoted->protocol;
        if (kind != 0 && kind != 43 && kind != 44 && kind != 60)
            break;
        p = chains_take(&in, 8);
        if (!p)
            return true;
        quoted->protocol = p[0];
        if (kind != 44)
            chains_skip(&in, p[1] * 8u);
        else if (chains_load_be16(p + 2) & 0xfff8)
            return true; /* a later fragment: no ports */
    }
    quoted_ports(&in, quoted);
    return true;
}

bool quoted_read(struct chains_reader in, unsigned version, struct chains_quoted *quoted)
{
    return version == 4 ? quoted_read4(in, quoted) : quoted_read6(in, quoted);
}
