/* SPDX-License-Identifier: MIT */
/*
 * The layer of slot "link", which all link types but Ethernet share. No dissector: each of
 * those that include link.h fills what its own header says.
 */
#include "link.h"

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
    CHAINS_FIELD(chains_linklayer, type, NAMED, "kind of link header", .names = link_names),
    CHAINS_FIELD(chains_linklayer, src, MAC, "hardware address of the sender",
                 .has = CHAINS_LINK_HAS_SRC),
    CHAINS_FIELD(chains_linklayer, dst, MAC, "hardware address of the receiver",
                 .has = CHAINS_LINK_HAS_DST),
    CHAINS_FIELD(chains_linklayer, protocol, UINT,
                 "EtherType, or PPP protocol in PPP and PPPoE frames",
                 .has = CHAINS_LINK_HAS_PROTOCOL),
    CHAINS_FIELD(chains_linklayer, direction, NAMED, "for whom the packet was, or whose it is",
                 .names = link_direction_names, .has = CHAINS_LINK_HAS_DIRECTION),
    CHAINS_FIELD(chains_linklayer, interface, UINT, "index of the interface",
                 .has = CHAINS_LINK_HAS_INTERFACE),
    CHAINS_FIELD(chains_linklayer, session, UINT, "PPPoE session",
                 .has = CHAINS_LINK_HAS_SESSION),
    CHAINS_FIELD(chains_linklayer, family, UINT,
                 "address family, as the capturing system counts",
                 .has = CHAINS_LINK_HAS_FAMILY),
    CHAINS_FIELD(chains_linklayer, frame, UINT, "802.11 frame: type times 16 plus subtype",
                 .has = CHAINS_LINK_HAS_FRAME),
    CHAINS_FIELD(chains_linklayer, linktype, UINT,
                 "LINKTYPE_ number of a link that is not known", .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type link_type = {
    .slot = "link",
    .name = "link",
    .size = sizeof(struct chains_linklayer),
    .fields = link_fields,
    .id = CHAINS_ID_link,
    .slot_id = CHAINS_SLOT_link,
};
