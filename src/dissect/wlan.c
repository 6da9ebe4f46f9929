/* SPDX-License-Identifier: MIT */
/*
 * IEEE 802.11 (LINKTYPE_IEEE802_11). In: a frame, with or without its check sequence. Out: type
 * and subtype, the addresses that it has; LLC follows in data frames that are not encrypted,
 * not a later fragment, not an aggregate (A-MSDU) and not empty.
 *
 *     frame control 2 | duration 2 | address 6 { address 6 { address 6 | sequence 2 } }
 *     { address 6 } { QoS 2 { HT control 4 } }          little-endian all
 */
#include "link.h"

#include <string.h>

enum {
    WLAN_MANAGEMENT,
    WLAN_CONTROL,
    WLAN_DATA,

    WLAN_CTS = 12, /* control frames with one address; all others have two */
    WLAN_ACK = 13,
    WLAN_WRAPPER = 7,

    WLAN_TO_DS = 0x0100,
    WLAN_FROM_DS = 0x0200,
    WLAN_PROTECTED = 0x4000,
    WLAN_ORDER = 0x8000,
    WLAN_QOS = 0x0080, /* subtype bits, seen in the frame control */
    WLAN_NO_DATA = 0x0040,
    WLAN_AGGREGATE = 0x80, /* in the QoS field */
};

static void wlan_addresses(struct chains_linklayer *link, const uint8_t *dst,
                           const uint8_t *src)
{
    link->has |= CHAINS_LINK_HAS_DST;
    memcpy(link->dst, dst, 6);
    if (src) {
        link->has |= CHAINS_LINK_HAS_SRC;
        memcpy(link->src, src, 6);
    }
}

/* Skips the two bytes that some hardware puts before the payload to align it. */
static void wlan_padding(struct chains_reader *in)
{
    const uint8_t *p = chains_peek(in, 5);
    if (p && chains_load_be24(p) != 0xaaaa03 && chains_load_be24(p + 2) == 0xaaaa03)
        chains_skip(in, 2);
}

/* Reads what a data frame has behind three addresses. */
static enum chains_verdict wlan_data(struct chains_reader *in, struct chains_linklayer *link,
                                     unsigned control, struct chains_key *next,
                                     const uint8_t p[static 24])
{
    bool to_ds = control & WLAN_TO_DS, from_ds = control & WLAN_FROM_DS;
    const uint8_t *src = from_ds ? p + 16 : p + 10;
    if (to_ds && from_ds) {
        src = chains_take(in, 6);
        if (!src)
            return CHAINS_CUT_SHORT;
    }
    unsigned qos = 0;
    if (control & WLAN_QOS) {
        qos = chains_read_le16(in);
        if (control & WLAN_ORDER)
            chains_skip(in, 4);
        if (in->failed)
            return CHAINS_CUT_SHORT;
    }
    wlan_addresses(link, to_ds ? p + 16 : p + 4, src);
    bool later_fragment = chains_load_le16(p + 22) & 0x0f;
    if (control & (WLAN_PROTECTED | WLAN_NO_DATA) || qos & WLAN_AGGREGATE || later_fragment)
        return CHAINS_PARSED;
    wlan_padding(in);
    *next = (struct chains_key){ CHAINS_BY_LLC, 0 };
    return CHAINS_PARSED;
}

static enum chains_verdict wlan_control(struct chains_reader *in, struct chains_linklayer *link,
                                        unsigned subtype)
{
    bool one = subtype == WLAN_CTS || subtype == WLAN_ACK || subtype == WLAN_WRAPPER;
    const uint8_t *p = chains_take(in, one ? 10 : 16);
    if (!p)
        return CHAINS_CUT_SHORT;
    wlan_addresses(link, p + 4, one ? NULL : p + 10);
    return CHAINS_PARSED;
}

static enum chains_verdict wlan_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_peek(in, 2);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    unsigned control = chains_load_le16(p);
    unsigned type = control >> 2 & 3, subtype = control >> 4 & 15;
    if (control & 3)
        return CHAINS_MALFORMED; /* a version that does not exist */
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_WLAN;
    link->has = CHAINS_LINK_HAS_FRAME;
    link->frame = (uint16_t)(type << 4 | subtype);
    if (type == WLAN_CONTROL)
        return wlan_control(in, link, subtype);
    p = chains_take(in, 24);
    if (!p)
        return CHAINS_CUT_SHORT;
    if (type == WLAN_DATA)
        return wlan_data(in, link, control, next, p);
    if (type == WLAN_MANAGEMENT)
        wlan_addresses(link, p + 4, p + 10);
    return CHAINS_PARSED;
}

static const struct chains_key wlan_keys[] = {
    { CHAINS_BY_LINKTYPE, 105 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_wlan = {
    .name = "wlan",
    .layer = &link_type,
    .keys = wlan_keys,
    .dissect = wlan_dissect,
};
