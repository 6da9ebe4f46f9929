/* SPDX-License-Identifier: MIT */
/*
 * Linux cooked capture (LINKTYPE_LINUX_SLL). In: what stands in the place of a link header when
 * Linux captures on all interfaces at once. Out: direction, sender, EtherType. The layer type
 * of slot "link", which many link types share, lies here.
 *
 *     packet type 2 | ARPHRD_ 2 | address length 2 | address 8 | protocol 2
 */
#include "link.h"

#include <string.h>

static const struct chains_name link_names[] = {
    { CHAINS_LINK_UNKNOWN, "unknown" }, { CHAINS_LINK_SLL, "SLL" },
    { CHAINS_LINK_SLL2, "SLL2" },       { CHAINS_LINK_NULL, "NULL" },
    { CHAINS_LINK_RAW, "RAW" },         { CHAINS_LINK_PPP, "PPP" },
    { CHAINS_LINK_PPPOE, "PPPOE" },     { CHAINS_LINK_HDLC, "HDLC" },
    { CHAINS_LINK_WLAN, "WLAN" },       { CHAINS_LINK_NFLOG, "NFLOG" },
    { CHAINS_LINK_IPNET, "IPNET" },     { 0, NULL },
};

static const struct chains_name link_direction_names[] = {
    { 0, "to_us" }, { 1, "broadcast" }, { 2, "multicast" },
    { 3, "other" }, { 4, "from_us" },   { 0, NULL },
};

static const struct chains_field link_fields[] = {
    CHAINS_FIELD(chains_link, type, NAMED, "kind of link header", .names = link_names),
    CHAINS_FIELD(chains_link, src, MAC, "hardware address of the sender",
                 .has = CHAINS_LINK_HAS_SRC),
    CHAINS_FIELD(chains_link, dst, MAC, "hardware address of the receiver",
                 .has = CHAINS_LINK_HAS_DST),
    CHAINS_FIELD(chains_link, protocol, UINT,
                 "EtherType, or PPP protocol in PPP and PPPoE frames",
                 .has = CHAINS_LINK_HAS_PROTOCOL),
    CHAINS_FIELD(chains_link, direction, NAMED, "for whom the packet was, or whose it is",
                 .names = link_direction_names, .has = CHAINS_LINK_HAS_DIRECTION),
    CHAINS_FIELD(chains_link, interface, UINT, "index of the interface",
                 .has = CHAINS_LINK_HAS_INTERFACE),
    CHAINS_FIELD(chains_link, session, UINT, "PPPoE session", .has = CHAINS_LINK_HAS_SESSION),
    CHAINS_FIELD(chains_link, family, UINT, "address family, as the capturing system counts",
                 .has = CHAINS_LINK_HAS_FAMILY),
    CHAINS_FIELD(chains_link, frame, UINT, "802.11 frame: type times 16 plus subtype",
                 .has = CHAINS_LINK_HAS_FRAME),
    CHAINS_FIELD(chains_link, linktype, UINT, "LINKTYPE_ number of a link that is not known",
                 .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type link_type = {
    .slot = "link",
    .name = "link",
    .size = sizeof(struct chains_link),
    .fields = link_fields,
    .id = CHAINS_ID_link,
    .slot_id = CHAINS_SLOT_link,
};

static enum chains_verdict sll_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_link *link = layer;
    const uint8_t *p = chains_take(in, 16);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_SLL;
    link->has = CHAINS_LINK_HAS_PROTOCOL | CHAINS_LINK_HAS_DIRECTION;
    link->direction = p[1];
    if (chains_load_be16(p + 4) == 6) {
        link->has |= CHAINS_LINK_HAS_SRC;
        memcpy(link->src, p + 6, 6);
    }
    link->protocol = chains_load_be16(p + 14);
    *next = link_ethertype(link->protocol);
    return CHAINS_PARSED;
}

static const struct chains_key sll_keys[] = {
    { CHAINS_BY_LINKTYPE, 113 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_sll = {
    .name = "sll",
    .layer = &link_type,
    .keys = sll_keys,
    .dissect = sll_dissect,
};
