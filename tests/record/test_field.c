/* SPDX-License-Identifier: MIT */
/* Looking things up in tables, and the addresses of a record. */
#include <chains/layer/arp.h>
#include <chains/layer/ip.h>

#include "../../src/record/layout.h"
#include "../check.h"

static const struct chains_name names[] = { { 1, "one" }, { 7, "seven" }, { 0, NULL } };
static const struct chains_field fields[] = {
    CHAINS_FIELD(chains_ip, src, ADDR, "source"),
    CHAINS_FIELD_AS(chains_ip, "lifetime", ttl, UINT, "hops left"),
    CHAINS_FIELDS_END,
};

static void test_tables(void)
{
    check_eq_text(chains_name_of(names, 7), "seven");
    check(chains_name_of(names, 0) == NULL);
    check(chains_name_of(NULL, 1) == NULL);
    check(chains_field_find(fields, "src") == &fields[0]);
    check(chains_field_find(fields, "lifetime") == &fields[1]);
    check(chains_field_find(fields, "ttl") == NULL);
    check(chains_field_find(NULL, "src") == NULL);
    check_eq_u64(fields[1].offset, offsetof(struct chains_ip, ttl));
    check_eq_u64(fields[1].size, 1);
}

static void test_addresses(void)
{
    static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
    static const struct chains_layer_type ip = {
        "packet", "IP", sizeof(struct chains_ip), no_fields, CHAINS_ID_ip4, CHAINS_SLOT_packet
    };
    static const struct chains_layer_type arp = {
        "packet", "ARP", sizeof(struct chains_arp), no_fields, CHAINS_ID_arp, CHAINS_SLOT_packet
    };
    static _Alignas(64) char row[4096];
    struct chains_layout layout;
    const struct chains_addr *src, *dst;
    layout_init(&layout);
    check(layout_add(&layout, &ip) && layout_add(&layout, &arp) && layout_finish(&layout));
    struct chains_record *rec = (struct chains_record *)(void *)row;
    rec->layout = &layout;
    check(!chains_record_addresses(rec, &src, &dst));
    check(chains_get(rec, ip) == NULL);
    struct chains_ip *packet =
        (struct chains_ip *)(void *)(row + layout.offset[CHAINS_SLOT_packet]);
    rec->present = CHAINS_BIT_(ip4);
    check(chains_get(rec, ip) == packet);
    check(chains_get(rec, arp) == NULL);
    check(chains_find(rec, &ip) == packet);
    check(chains_find(rec, &arp) == NULL);
    check(chains_record_addresses(rec, &src, &dst));
    check(src == &packet->src && dst == &packet->dst);
    struct chains_arp *asked = (struct chains_arp *)(void *)packet;
    rec->present = CHAINS_BIT_(arp);
    asked->has = 0;
    check(!chains_record_addresses(rec, &src, &dst));
    asked->has = CHAINS_ARP_HAS_ADDRS;
    check(chains_record_addresses(rec, &src, &dst));
    check(src == &asked->src && dst == &asked->dst);
}

int main(void)
{
    test_tables();
    test_addresses();
    return check_done();
}
