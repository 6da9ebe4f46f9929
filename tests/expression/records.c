/* SPDX-License-Identifier: MIT */
/*
 * What the records hold that expressions are tried on. In: a row. Out: the row with layers written
 * by hand, every member of them, as a dissector does.
 */
#include "records.h"

#include <chains/layer/arp.h>
#include <chains/layer/domains.h>
#include <chains/layer/eth.h>
#include <chains/layer/icmp.h>
#include <chains/layer/ip.h>
#include <chains/layer/mpls.h>
#include <chains/layer/tags.h>
#include <chains/layer/tcp.h>
#include <chains/layer/transport.h>
#include <chains/layer/tunnel.h>
#include <chains/layer/udp.h>

#include <stdlib.h>
#include <string.h>

#include "dissect/walk.h"
#include "links/reverse_dns.h"
#include "links/tagger.h"
#include "record/batch.h"
#include "record/row.h"

const char *const record_names[REC_COUNT] = {
    "plain", "tcp",    "udp6", "icmp", "arp", "rarp",  "sctp",
    "ospf",  "tunnel", "mpls", "igmp", "dyn", "empty", "alt",
};

static const struct chains_name dyn_kinds[] = {
    { 1, "one" }, { 2, "two" }, { 3, "Three" }, { 4, "two words" }, { 22, "two" }, { 0, NULL },
};
static const struct chains_name dyn_flag_names[] = {
    { 1, "red" },
    { 2, "green" },
    { 4, "blue" },
    { 0, NULL },
};

static const struct chains_field dyn_deep_fields[] = {
    CHAINS_FIELD(dyn_deep, level, UINT, "number"),
    CHAINS_FIELD(dyn_deep, word, TEXT, "word"),
    CHAINS_FIELD_RAWS(dyn_deep, marks, "marks"),
    CHAINS_FIELD_NUMBERS(dyn_deep, scores, uint64_t, "scores"),
    CHAINS_FIELDS_END,
};

static const struct chains_field dyn_item_fields[] = {
    CHAINS_FIELD(dyn_item, number, UINT, "number"),
    CHAINS_FIELD(dyn_item, name, TEXT, "name", .has = DYN_HAS_NAME),
    CHAINS_FIELD(dyn_item, addr, ADDR, "address"),
    CHAINS_FIELD(dyn_item, flags, FLAGS, "colours", .names = dyn_flag_names),
    CHAINS_FIELD(dyn_item, good, BOOL, "whether it is good"),
    CHAINS_FIELD_LIST(dyn_item, deep, dyn_deep, dyn_deep_fields, "more"),
    CHAINS_FIELDS_END,
};

static const struct chains_field dyn_box_fields[] = {
    CHAINS_FIELD(dyn_box, size, UINT, "size", .has = DYN_HAS_SIZE),
    CHAINS_FIELD(dyn_box, label, TEXT, "label"),
    CHAINS_FIELD(dyn_box, addr, ADDR, "address"),
    CHAINS_FIELDS_END,
};

static const struct chains_field dyn_fields[] = {
    CHAINS_FIELD(dyn, yes, BOOL, "true"),
    CHAINS_FIELD(dyn, no, BOOL, "false"),
    CHAINS_FIELD(dyn, u8, UINT, "8 bits"),
    CHAINS_FIELD(dyn, u16, UINT, "16 bits", .has = DYN_HAS_NUMBER),
    CHAINS_FIELD(dyn, other16, UINT, "16 bits"),
    CHAINS_FIELD(dyn, u32, UINT, "32 bits"),
    CHAINS_FIELD(dyn, u64, UINT, "64 bits"),
    CHAINS_FIELD(dyn, time, TIME, "time"),
    CHAINS_FIELD(dyn, past, TIME, "time before 1970"),
    CHAINS_FIELD(dyn, duration, DURATION, "duration"),
    CHAINS_FIELD(dyn, mac, MAC, "hardware address"),
    CHAINS_FIELD(dyn, mac2, MAC, "another"),
    CHAINS_FIELD(dyn, addr, ADDR, "address"),
    CHAINS_FIELD(dyn, addr6, ADDR, "address"),
    CHAINS_FIELD(dyn, text, TEXT, "text", .has = DYN_HAS_TEXT),
    CHAINS_FIELD(dyn, text2, TEXT, "text"),
    CHAINS_FIELD(dyn, raw, RAW, "bytes"),
    CHAINS_FIELD(dyn, hex, HEX, "bytes"),
    CHAINS_FIELD(dyn, kind, NAMED, "kind", .names = dyn_kinds),
    CHAINS_FIELD(dyn, wide_kind, NAMED, "kind", .names = dyn_kinds),
    CHAINS_FIELD(dyn, flags, FLAGS, "colours", .names = dyn_flag_names),
    CHAINS_FIELD(dyn, flags32, FLAGS, "colours", .names = dyn_flag_names),
    CHAINS_FIELD_ARRAY(dyn, port, port_count, "ports"),
    CHAINS_FIELD_ARRAY(dyn, option, option_count, "options", .names = dyn_kinds),
    CHAINS_FIELD(dyn, box, OBJECT, "box", .fields = dyn_box_fields, .has = DYN_HAS_BOX),
    CHAINS_FIELD(dyn, bare_box, OBJECT, "box that is always there", .fields = dyn_box_fields),
    CHAINS_FIELD_LIST(dyn, list, dyn_item, dyn_item_fields, "items", .has = DYN_HAS_LIST),
    CHAINS_FIELD_RAWS(dyn, words, "words", .has = DYN_HAS_LIST),
    CHAINS_FIELD_NUMBERS(dyn, codes, uint16_t, "codes"),
    CHAINS_FIELD_NUMBERS(dyn, sorts, uint8_t, "sorts", .names = dyn_kinds),
    CHAINS_FIELD_NUMBERS(dyn, nobody, uint32_t, "of these there are none"),
    CHAINS_FIELD(dyn, real, REAL, "a number that is an option's"),
    CHAINS_FIELD(dyn, size, SIZE, "bytes"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type dyn_type = {
    .slot = "dyn",
    .name = "DYN",
    .size = sizeof(struct dyn),
    .fields = dyn_fields,
};

static const struct chains_field alt_fields[] = {
    CHAINS_FIELD(alt, sport, TEXT, "source port, in words"),
    CHAINS_FIELD(alt, dport, UINT, "destination port, wider"),
    CHAINS_FIELD(alt, seq, UINT, "sequence number, narrower"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type alt_type = {
    .slot = "transport",
    .name = "ALT",
    .size = sizeof(struct alt),
    .fields = alt_fields,
};

static struct chains_addr addr_of(const char *text)
{
    struct chains_addr addr;
    chains_addr_parse(text, &addr);
    return addr;
}

static struct chains_bytes bytes_of(const char *text, size_t len)
{
    return (struct chains_bytes){ (const uint8_t *)text, len };
}

static void fill_eth(struct chains_record *rec, uint16_t type, unsigned vlans)
{
    struct chains_eth *eth = row_attach(rec, CHAINS_ID_eth, CHAINS_SLOT_eth);
    memset(eth, 0, sizeof *eth);
    eth->has = CHAINS_ETH_HAS_TYPE;
    eth->type = type;
    memcpy(eth->src, "\x02\x00\x00\x00\x00\x01", 6);
    memcpy(eth->dst, type == 0x806 ? "\xff\xff\xff\xff\xff\xff" : "\x02\x11\x22\x33\x44\x55",
           6);
    for (unsigned i = 0; i < vlans; i++)
        eth->vlan[eth->vlan_count++] = (uint16_t)(100 + 100 * i);
}

static struct chains_ip *fill_ip(struct chains_record *rec, const char *src, const char *dst)
{
    struct chains_addr from = addr_of(src);
    struct chains_ip *ip =
        row_attach(rec, from.family == 4 ? CHAINS_ID_ip4 : CHAINS_ID_ip6, CHAINS_SLOT_packet);
    memset(ip, 0, sizeof *ip);
    ip->version = from.family;
    ip->src = from;
    ip->dst = addr_of(dst);
    ip->ttl = 64;
    ip->len = 1500;
    return ip;
}

static void fill_tcp(struct chains_record *rec)
{
    static const char request[] = "GET /index.html HTTP/1.1\r\nHost: example.com\r\n\r\n";
    struct chains_ip *ip = fill_ip(rec, "10.1.2.3", "93.184.216.34");
    ip->df = 1;
    ip->protocol = 6;
    ip->option_count = 2;
    ip->options[0] = 148;
    ip->options[1] = 7;
    struct chains_tcp *tcp = row_attach(rec, CHAINS_ID_tcp, CHAINS_SLOT_transport);
    memset(tcp, 0, sizeof *tcp);
    tcp->has = CHAINS_TCP_HAS_MSS;
    tcp->sport = 40000;
    tcp->dport = 80;
    tcp->seq = 4000000000;
    tcp->flags = CHAINS_TCP_SYN | CHAINS_TCP_ACK;
    tcp->word = CHAINS_TCP_WORD_SYN_ACK;
    tcp->window = 65535;
    tcp->mss = 1460;
    tcp->sack_count = 2;
    tcp->sack[0] = 1000;
    tcp->sack[1] = 2000;
    tcp->data = bytes_of(request, sizeof request - 1);
    struct chains_domains *domains = row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
    *domains = (struct chains_domains){ .src = "LOCAL",
                                        .dst = "www.Example.com",
                                        .src_from = CHAINS_NAME_SPECIAL,
                                        .dst_from = CHAINS_NAME_PTR,
                                        .src_class = CHAINS_CLASS_LOCAL };
}

static void fill_udp6(struct chains_record *rec)
{
    struct chains_ip *ip = fill_ip(rec, "2001:db8::1", "ff02::fb");
    ip->protocol = 17;
    ip->has = CHAINS_IP_HAS_FRAGMENT;
    ip->id = 77;
    ip->ttl = 255;
    ip->option_count = 1;
    ip->options[0] = 44;
    struct chains_udp *udp = row_attach(rec, CHAINS_ID_udp, CHAINS_SLOT_transport);
    *udp = (struct chains_udp){ .sport = 5353, .dport = 5353, .len = 100 };
    struct chains_domains *domains = row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
    *domains = (struct chains_domains){ .dst = "multicast_dns",
                                        .src_from = CHAINS_NAME_NXDOMAIN,
                                        .dst_from = CHAINS_NAME_SPECIAL,
                                        .dst_class = CHAINS_CLASS_MULTICAST };
}

static void fill_icmp(struct chains_record *rec)
{
    fill_ip(rec, "192.0.2.1", "10.1.2.3")->protocol = 1;
    struct chains_icmp *icmp = row_attach(rec, CHAINS_ID_icmp4, CHAINS_SLOT_transport);
    memset(icmp, 0, sizeof *icmp);
    icmp->has = CHAINS_ICMP_HAS_QUOTED | CHAINS_ICMP_HAS_MTU;
    icmp->icmp_type = 3;
    icmp->icmp_code = 4;
    icmp->mtu = 1400;
    icmp->quoted.has = CHAINS_QUOTED_HAS_PORTS;
    icmp->quoted.protocol = 6;
    icmp->quoted.sport = 40000;
    icmp->quoted.dport = 443;
    icmp->quoted.src = addr_of("10.1.2.3");
    icmp->quoted.dst = addr_of("198.51.100.7");
}

static void fill_arp(struct chains_record *rec, bool whole)
{
    struct chains_arp *arp = row_attach(rec, CHAINS_ID_arp, CHAINS_SLOT_packet);
    memset(arp, 0, sizeof *arp);
    arp->op = whole ? 1 : 3;
    arp->hardware = whole ? 1 : 6;
    arp->protocol = 0x800;
    if (!whole)
        return;
    arp->has = CHAINS_ARP_HAS_MACS | CHAINS_ARP_HAS_ADDRS;
    memcpy(arp->src_mac, "\x02\x00\x00\x00\x00\x01", 6);
    arp->src = addr_of("10.1.2.3");
    arp->dst = addr_of("10.1.2.1");
}

static void fill_sctp(struct chains_record *rec)
{
    fill_ip(rec, "10.9.9.9", "10.9.9.10")->protocol = 132;
    struct chains_sctp *sctp = row_attach(rec, CHAINS_ID_sctp, CHAINS_SLOT_transport);
    *sctp = (struct chains_sctp){ .sport = 2905, .dport = 80, .tag = 7, .chunk_count = 2 };
    sctp->chunks[0] = 1;
    sctp->chunks[1] = 200;
}

static void fill_ospf(struct chains_record *rec)
{
    fill_ip(rec, "10.0.0.1", "224.0.0.5")->protocol = 89;
    struct chains_protocol *protocol =
        row_attach(rec, CHAINS_ID_protocol, CHAINS_SLOT_transport);
    *protocol = (struct chains_protocol){ .has = CHAINS_PROTOCOL_HAS_VERSION,
                                          .type = 89,
                                          .version = 2 };
}

static void fill_tunnel(struct chains_record *rec, struct chains_arena *arena)
{
    struct chains_outer_packet *packet = chains_arena_take(arena, 2 * sizeof *packet);
    fill_ip(rec, "172.16.0.1", "172.16.0.2")->ttl = 1;
    memset(packet, 0, 2 * sizeof *packet);
    packet[0].version = 4;
    packet[0].src = addr_of("203.0.113.1");
    packet[0].dst = addr_of("203.0.113.2");
    packet[0].has = CHAINS_OUTER_HAS_PORTS | CHAINS_OUTER_HAS_TUNNEL | CHAINS_OUTER_HAS_ID;
    packet[0].sport = 50000;
    packet[0].dport = 4789;
    packet[0].tunnel = CHAINS_TUNNEL_VXLAN;
    packet[0].id = 4242;
    packet[0].ttl = 64;
    packet[1].version = 6;
    packet[1].src = addr_of("2001:db8::a");
    packet[1].dst = addr_of("2001:db8::b");
    packet[1].ttl = 10;
    struct chains_outer *outer = row_attach(rec, CHAINS_ID_outer, CHAINS_SLOT_outer);
    outer->outer = (struct chains_list){ packet, 2 };
    struct chains_tags *tags = row_attach(rec, CHAINS_ID_tags, CHAINS_SLOT_tags);
    tags->tags = 0;
}

static void fill_mpls(struct chains_record *rec)
{
    struct chains_mpls *mpls = row_attach(rec, CHAINS_ID_mpls, CHAINS_SLOT_mpls);
    memset(mpls, 0, sizeof *mpls);
    mpls->label_count = 3;
    mpls->label[0] = 16;
    mpls->label[1] = 1000;
    mpls->label[2] = 1048575;
    mpls->ttl = 64;
    rec->flags = CHAINS_CUT | CHAINS_FRAGMENT;
    struct chains_tags *tags = row_attach(rec, CHAINS_ID_tags, CHAINS_SLOT_tags);
    tags->tags = 5; /* alpha and gamma */
}

static void fill_igmp(struct chains_record *rec)
{
    fill_ip(rec, "10.0.0.1", "224.0.0.22")->protocol = 2;
    struct chains_igmp *igmp = row_attach(rec, CHAINS_ID_igmp, CHAINS_SLOT_transport);
    memset(igmp, 0, sizeof *igmp);
    igmp->igmp_type = 0x22;
    rec->flags = CHAINS_NANOSECONDS;
    struct chains_tags *tags = row_attach(rec, CHAINS_ID_tags, CHAINS_SLOT_tags);
    tags->tags = 2; /* beta */
}

static void fill_dyn_list(struct dyn *dyn, struct chains_arena *arena)
{
    struct dyn_item *item = chains_arena_take(arena, 3 * sizeof *item);
    struct dyn_deep *deep = chains_arena_take(arena, 2 * sizeof *deep);
    memset(item, 0, 3 * sizeof *item);
    struct chains_bytes *words = chains_arena_take(arena, 4 * sizeof *words);
    uint64_t *scores = chains_arena_take(arena, 2 * sizeof *scores);
    words[0] = bytes_of("h2", 2);
    words[1] = bytes_of("http/1.1", 8);
    words[2] = bytes_of(NULL, 0);
    words[3] = bytes_of("\0\xff", 2);
    scores[0] = UINT64_MAX;
    scores[1] = 0;
    dyn->words = (struct chains_list){ words, 4 };
    deep[0] = (struct dyn_deep){ .level = 1, .word = "shallow", .scores = { scores, 2 } };
    deep[1] = (struct dyn_deep){ .level = 9, .marks = { words, 2 } };
    item[0] = (struct dyn_item){ .has = DYN_HAS_NAME, .number = 10, .name = "ten", .flags = 1 };
    item[0].addr = addr_of("10.0.0.10");
    item[1] = (struct dyn_item){ .number = 20, .flags = 3, .good = true };
    item[1].deep = (struct chains_list){ deep, 2 };
    item[2] =
        (struct dyn_item){ .has = DYN_HAS_NAME, .number = 30, .name = "thirty", .flags = 5 };
    item[2].addr = addr_of("2001:db8::30");
    dyn->list = (struct chains_list){ item, 3 };
}

static void fill_dyn(chains_component *self, struct chains_record *rec, bool whole,
                     struct chains_arena *arena)
{
    struct dyn *dyn = chains_attach(self, rec, &dyn_type);
    memset(dyn, 0, sizeof *dyn);
    dyn->flags = 8; /* a bit without a name */
    if (!whole)
        return;
    dyn->has = DYN_HAS_NUMBER | DYN_HAS_TEXT | DYN_HAS_BOX | DYN_HAS_LIST;
    dyn->yes = true;
    dyn->u8 = 200;
    dyn->u16 = 1000;
    dyn->other16 = 1000;
    dyn->u32 = 4000000000;
    dyn->u64 = UINT64_MAX;
    dyn->time = INT64_C(1432689427919743000);
    dyn->past = -1500000000;
    dyn->duration = 10500000; /* 10.5 ms */
    memcpy(dyn->mac, "\x02\xab\xcd\x00\x00\x01", 6);
    memcpy(dyn->mac2, "\x02\xab\xcd\x00\x00\x01", 6);
    dyn->addr = addr_of("10.1.2.3");
    dyn->addr6 = addr_of("2001:db8::ff");
    dyn->text = "a \"quoted\" t\xc3\xa9xt";
    dyn->text2 = "ten";
    dyn->raw = bytes_of("ab\0\x01ten\xff\n", 9);
    dyn->hex = bytes_of("\x01\x02\xff", 3);
    dyn->kind = 22;
    dyn->wide_kind = 999;
    dyn->flags = 1 | 4 | 8;
    dyn->flags32 = 1 | 2 | 4;
    dyn->port_count = 3;
    memcpy(dyn->port, (const uint16_t[]){ 80, 443, 8080 }, 6);
    dyn->option_count = 2;
    dyn->option[0] = 1;
    dyn->option[1] = 4;
    dyn->box = (struct dyn_box){ DYN_HAS_SIZE, 512, "crate", addr_of("10.5.5.5") };
    dyn->bare_box = (struct dyn_box){ 0, 7, "bare", addr_of("10.6.6.6") };
    dyn->size = 4096;
    static const uint16_t codes[] = { 0x0a0a, 4865, 0xc02f, 4865 };
    static const uint8_t sorts[] = { 3, 200, 4 };
    dyn->codes = (struct chains_list){ codes, 4 };
    dyn->sorts = (struct chains_list){ sorts, 3 };
    fill_dyn_list(dyn, arena);
}

static void fill_frame(struct chains_record *rec, enum record_name name)
{
    rec->number = (uint64_t)name + 1;
    rec->time_ns = INT64_C(1432689427000000000) + (int64_t)name * 100000000;
    rec->wire_len = 60 + 100 * (uint32_t)name;
    rec->bytes = rec->rest = (struct chains_bytes){ (const uint8_t *)"", 0 };
}

static void fill_layers(struct chains_record *rec, enum record_name name,
                        struct chains_arena *arena)
{
    switch (name) {
    case REC_TCP:
        fill_eth(rec, 0x800, 2);
        fill_tcp(rec);
        break;
    case REC_UDP6:
        fill_eth(rec, 0x86dd, 0);
        fill_udp6(rec);
        break;
    case REC_ICMP:
        fill_icmp(rec);
        break;
    case REC_ARP:
    case REC_RARP:
        fill_eth(rec, 0x806, 1);
        fill_arp(rec, name == REC_ARP);
        break;
    case REC_SCTP:
        fill_sctp(rec);
        break;
    case REC_OSPF:
        fill_ospf(rec);
        break;
    case REC_TUNNEL:
        fill_tunnel(rec, arena);
        break;
    case REC_MPLS:
        fill_mpls(rec);
        break;
    case REC_IGMP:
        fill_igmp(rec);
        break;
    case REC_PLAIN:
    case REC_DYN:
    case REC_DYN_EMPTY:
    case REC_ALT:
    case REC_COUNT:
        break;
    }
}

static int feed_next(chains_component *self, struct chains_batch *out)
{
    bool *done = chains_state(self);
    struct chains_arena *arena = chains_batch_arena(out);
    if (*done)
        return CHAINS_END;
    *done = true;
    for (unsigned name = 0; name < REC_COUNT; name++) {
        struct chains_record *rec = chains_batch_add(out);
        fill_frame(rec, (enum record_name)name);
        fill_layers(rec, (enum record_name)name, arena);
        if (name == REC_DYN || name == REC_DYN_EMPTY)
            fill_dyn(self, rec, name == REC_DYN, arena);
        if (name == REC_ALT) {
            struct alt *alt = chains_attach(self, rec, &alt_type);
            *alt = (struct alt){ "http", 70000, 200 };
        }
    }
    return CHAINS_OK;
}

/* Three tags that are there before any expression is made. */
static int feed_open(chains_component *self)
{
    return chains_tag(self, "alpha") == 0 && chains_tag(self, "beta") == 1 &&
                   chains_tag(self, "gamma") == 2
               ? CHAINS_OK
               : CHAINS_EUSAGE;
}

static const struct chains_layer_type *feed_attaches[CHAINS_IDS + 1];

static const struct chains_class feed_class = {
    .name = "feed",
    .brief = "records made by hand",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(bool),
    .attaches = feed_attaches,
    .open = feed_open,
    .next = feed_next,
};

static records_test probe_test, probe_check;

static int probe_check_now(chains_component *self)
{
    if (probe_check)
        probe_check(self, NULL);
    return CHAINS_OK;
}

static int probe_many(chains_component *self, struct chains_batch *batch)
{
    if (probe_test)
        probe_test(self, batch->live);
    return CHAINS_OK;
}

static const struct chains_class probe_class = {
    .name = "probe",
    .brief = "runs a test",
    .role = CHAINS_SINK,
    .check = probe_check_now,
    .many = probe_many,
};

struct dyn *records_dyn(const chains_component *self, struct chains_record *rec)
{
    const struct chains_layout *layout = chains_layout_of(self);
    unsigned id = 0;
    while (layout->type[id] != &dyn_type)
        id++;
    return (struct dyn *)(void *)((char *)rec + layout->offset[layout->slot_of[id]]);
}

chains_component *records_chain_new(records_test test, records_test check)
{
    size_t count = 0;
    for (size_t i = 0; dissect_layers[i]; i++)
        feed_attaches[count++] = dissect_layers[i];
    feed_attaches[count++] = &chains_domains_type;
    feed_attaches[count++] = &chains_tags_type;
    feed_attaches[count++] = &dyn_type;
    feed_attaches[count++] = &alt_type;
    feed_attaches[count] = NULL;
    probe_test = test;
    probe_check = check;
    chains_component *probe = chains_new(&probe_class, NULL);
    chains_link(probe, chains_new(&feed_class, NULL));
    return probe;
}

static int records_pull(chains_component *probe)
{
    int status = chains_pull(probe);
    chains_free(probe);
    return status;
}

int records_run(records_test test)
{
    return records_pull(records_chain_new(test, NULL));
}

int records_check(records_test check)
{
    return records_pull(records_chain_new(NULL, check));
}
