/* SPDX-License-Identifier: MIT */
/*
 * Whose network cards a packet has on it. In: a record. Out: the MAC addresses of the two ends, from
 * whichever layer says it: what ARP speaks of, the frame, or what the kernel says in its stead.
 */
#include "onlink.h"

#include <chains/layer/arp.h>
#include <chains/layer/eth.h>
#include <chains/layer/link.h>

#include <string.h>

enum { GROUP = 1 };

static const uint8_t *onlink_card(const uint8_t mac[6])
{
    static const uint8_t none[6];
    return mac[0] & GROUP || memcmp(mac, none, sizeof none) == 0 ? NULL : mac;
}

bool onlink_is_inside(const struct chains_record *rec)
{
    static const uint64_t inside =
        CHAINS_PRESENT_outer | CHAINS_PRESENT_tunnel | CHAINS_PRESENT_mpls;
    return rec->present & inside;
}

struct onlink onlink_of(const struct chains_record *rec)
{
    struct onlink ends = { NULL, NULL };
    if (onlink_is_inside(rec))
        return ends;
    const struct chains_linklayer *link = chains_get(rec, linklayer);
    const struct chains_eth *eth = chains_get(rec, eth);
    const struct chains_arp *arp = chains_get(rec, arp);
    if (arp && arp->has & CHAINS_ARP_HAS_MACS) {
        ends.src = onlink_card(arp->src_mac);
        ends.dst = onlink_card(arp->dst_mac);
    } else if (link && (link->type == CHAINS_LINK_SLL || link->type == CHAINS_LINK_SLL2 ||
                        link->type == CHAINS_LINK_WLAN)) {
        ends.src = link->has & CHAINS_LINK_HAS_SRC ? onlink_card(link->src) : NULL;
        ends.dst = link->has & CHAINS_LINK_HAS_DST ? onlink_card(link->dst) : NULL;
    } else if (eth && !link) {
        ends.src = onlink_card(eth->src);
        ends.dst = onlink_card(eth->dst);
    }
    return ends;
}
