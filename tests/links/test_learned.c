/* SPDX-License-Identifier: MIT */
/*
 * Names from answers: which are learned, for whom, how long they hold, and what a full table
 * does.
 */
#include "links/learned.h"

#include <chains/layer/dns.h>
#include <chains/layer/domains.h>
#include <chains/layer/ip.h>
#include <stdlib.h>

#include "../check.h"
#include "record/layout.h"
#include "record/row.h"

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type ip_type = {
    "packet", "IP", sizeof(struct chains_ip), no_fields, CHAINS_ID_ip4, CHAINS_SLOT_packet
};
static const struct chains_layer_type dns_layer = {
    "dns", "dns", sizeof(struct chains_dns), no_fields, CHAINS_ID_dns, CHAINS_SLOT_dns
};

static struct chains_layout layout;
static struct chains_record *rec;
static struct chains_dns *dns;
static struct chains_dns_question question;
static struct chains_dns_record answer[8];

/* An answer to 192.168.1.9 about `name`, without records. */
static void begin(const char *name, int64_t s)
{
    rec->time_ns = s * 1000000000;
    rec->present = 0;
    struct chains_ip *ip = row_attach(rec, CHAINS_ID_ip4, CHAINS_SLOT_packet);
    *ip = (struct chains_ip){ .version = 4 };
    chains_addr_parse("192.168.1.1", &ip->src);
    chains_addr_parse("192.168.1.9", &ip->dst);
    question = (struct chains_dns_question){
        .name = name, .type = "A", .class_name = "IN", .type_number = 1, .class_number = 1
    };
    dns = row_attach(rec, CHAINS_ID_dns, CHAINS_SLOT_dns);
    *dns = (struct chains_dns){
        .qr = 1,
        .asked = 1,
        .question_count = 1,
        .queries = { &question, 1 },
        .answers = { answer, 0 },
    };
}

static void add(const char *owner, unsigned type, const char *data, uint32_t ttl)
{
    struct chains_dns_record *to = &answer[dns->answers.count++];
    *to = (struct chains_dns_record){
        .name = owner,
        .type_number = (uint16_t)type,
        .class_number = 1,
        .ttl = ttl,
        .rdata = { (const uint8_t *)data, strlen(data) },
    };
    if (type == 1 || type == 28) {
        to->has = CHAINS_DNS_RECORD_HAS_ADDR;
        chains_addr_parse(data, &to->addr);
    }
}

static const char *find(struct learned *learned, const char *client, const char *addr,
                        int64_t s)
{
    struct chains_addr from, to;
    chains_addr_parse(client, &from);
    chains_addr_parse(addr, &to);
    struct learned_key key = { 0, from, to, { 0 } };
    struct learned_found found = { .until_ns = -1 };
    bool known = learned_find(learned, &key, s * 1000000000, &found);
    check_eq_u64(found.until_ns >= s * 1000000000, known);
    check(!known || found.from == CHAINS_NAME_DNS);
    return found.name;
}

static const char me[] = "192.168.1.9", there[] = "11.0.0.1";

static void test_chain(void)
{
    struct learned *learned = learned_new(16);
    begin("WWW.Example.com", 0);
    add("www.example.com", 5, "cdn.example.net", 60);
    add("CDN.example.net", 5, "edge.example.org.", 60);
    add("edge.example.org", 1, there, 60);
    add("edge.example.org", 28, "2600::1", 60);
    add("bank.example", 1, "11.0.0.2", 60);
    check(learned_read(learned, rec));
    check_eq_text(find(learned, me, there, 1), "www.example.com");
    check_eq_text(find(learned, me, "2600::1", 1), "www.example.com");
    check_eq_text(find(learned, me, "11.0.0.2", 1), NULL); /* nobody asked for it */
    check_eq_text(find(learned, "192.168.1.8", there, 1), NULL);
    check_eq_text(find(learned, there, me, 1), NULL);
    check(!learned_read(learned, rec)); /* nothing new */

    begin("other.example", 2); /* the newest answer counts */
    add("other.example", 1, there, 60);
    check(learned_read(learned, rec));
    check_eq_text(find(learned, me, there, 2), "other.example");

    begin("circle.example", 3);
    add("circle.example", 5, "a.example", 60);
    add("a.example", 5, "circle.example", 60);
    add("a.example", 1, "11.0.0.3", 60);
    check(learned_read(learned, rec));
    check_eq_text(find(learned, me, "11.0.0.3", 3), "circle.example");

    begin("backwards.example", 4); /* the records in the wrong order */
    add("c.example", 1, "11.0.0.4", 60);
    add("b.example", 5, "c.example", 60);
    add("backwards.example", 5, "b.example", 60);
    check(learned_read(learned, rec));
    check_eq_text(find(learned, me, "11.0.0.4", 4), "backwards.example");
    learned_free(learned);
}

/* What is not learned: each row changes one thing of an answer that would be. */
static void test_refused(void)
{
    for (unsigned i = 0; i <= 13; i++) {
        struct learned *learned = learned_new(16);
        begin("www.example.com", 0);
        add("www.example.com", 1, i == 11 ? "10.0.0.1" : there, 60);
        switch (i) {
        case 1:
            dns->qr = 0;
            break;
        case 2:
            dns->rcode = 3;
            break;
        case 3:
            dns->opcode = 5;
            break;
        case 4:
            dns->flavour = CHAINS_DNS_MULTICAST;
            break;
        case 5:
            dns->flavour = CHAINS_DNS_LLMNR;
            break;
        case 6:
            dns->question_count = 2;
            break;
        case 7:
            dns->queries.count = 0;
            break;
        case 8:
            question.class_number = 3;
            break;
        case 9:
            answer[0].class_number = 3;
            break;
        case 10:
            rec->present &= ~CHAINS_PRESENT_dns;
            break;
        case 12:
            rec->present &= ~CHAINS_PRESENT_ip;
            break;
        case 13: /* nobody asked: one forged datagram */
            dns->asked = 0;
            break;
        default:
            break;
        }
        printf("# row %u\n", i);
        check_eq_u64(learned_read(learned, rec), i == 0);
        check_eq_text(find(learned, me, i == 11 ? "10.0.0.1" : there, 0),
                      i == 0 ? "www.example.com" : NULL);
        learned_free(learned);
    }
}

static void test_names(void)
{
    static char label63[] =
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg.example";
    static char label63_alone[] =
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg";
    static char label63_alone_shown[] =
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg.";
    static char label64[] =
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.example";
    static char longest[256], too_long[256];
    for (unsigned i = 0; i < 254; i++)
        longest[i] = too_long[i] = i % 2 ? '.' : 'a';
    longest[253] = '\0'; /* a.a. ... .a */
    memcpy(too_long + 253, "a", 2);
    const struct {
        const char *name, *learned;
    } row[] = {
        { "nas", "nas." },
        { "LOCAL", "local." },
        { label63_alone, label63_alone_shown },
        { "123", NULL },
        { "_srv.My-Host.example", "_srv.my-host.example" },
        { "1.example", "1.example" },
        { "example.1a", "example.1a" },
        { label63, label63 },
        { longest, longest },
        { label64, NULL },
        { too_long, NULL },
        { ".", NULL },
        { "", NULL },
        { ".example", NULL },
        { "a..example", NULL },
        { "example.", NULL },
        { "8.8.8.8", NULL },
        { "a\\.b.example", NULL },
        { "a\\032b.example", NULL },
        { "a b.example", NULL },
        { "a\x1b[31m.example", NULL },
        { "a\xc3\xbc.example", NULL },
        { "*.example", NULL },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct learned *learned = learned_new(16);
        begin(row[i].name, 0);
        add(row[i].name, 1, there, 60);
        printf("# %zu\n", i);
        check_eq_u64(learned_read(learned, rec), row[i].learned != NULL);
        check_eq_text(find(learned, me, there, 0), row[i].learned);
        learned_free(learned);
    }
}

/* With this TTL, asked for once so many seconds later. */
static bool holds(uint32_t ttl, int64_t learned_s, int64_t asked_s)
{
    struct learned *learned = learned_new(16);
    begin("www.example.com", learned_s);
    add("www.example.com", 1, there, ttl);
    learned_read(learned, rec);
    bool found = find(learned, me, there, asked_s) != NULL;
    learned_free(learned);
    return found;
}

static void test_time(void)
{
    check(holds(0, 1000, 1060) && !holds(0, 1000, 1061));
    check(holds(600, 1000, 1600) && !holds(600, 1000, 1601));
    check(holds(UINT32_MAX, 1000, 4600) && !holds(UINT32_MAX, 1000, 4601));
    check(holds(60, 10000, 10000 - 3599) && !holds(60, 10000, 10000 - 3600));
    check(holds(60, INT64_MAX / 1000000000, INT64_MAX / 1000000000));

    /* In use it holds on, a day at most; after a pause it is gone. */
    struct learned *learned = learned_new(16);
    begin("www.example.com", 0);
    add("www.example.com", 1, there, 60);
    learned_read(learned, rec);
    int64_t s = 50, last = 0;
    for (; s < 200000; s += 250)
        if (find(learned, me, there, s))
            last = s;
    printf("# in use until %d s\n", (int)last);
    check(last > LEARNED_END_S - 250 && last <= LEARNED_END_S);
    learned_read(learned, rec);
    check(find(learned, me, there, 60) != NULL);
    check(find(learned, me, there, 360) != NULL);
    check(find(learned, me, there, 661) == NULL);
    learned_free(learned);
}

static const char *address(unsigned i)
{
    static char text[32];
    snprintf(text, sizeof(text), "11.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
    return text;
}

static void learn(struct learned *learned, unsigned i, int64_t s)
{
    begin("www.example.com", s);
    add("www.example.com", 1, address(i), 60);
    check(learned_read(learned, rec));
}

static void test_full(void)
{
    struct learned *learned = learned_new(100);
    size_t bytes = learned_bytes(learned);
    for (unsigned i = 0; i < 100; i++)
        learn(learned, i, 0);
    for (unsigned i = 0; i < 50; i++) /* these are in use */
        find(learned, me, address(i), 1);
    for (unsigned i = 1000; i < 1050; i++)
        learn(learned, i, 1);
    unsigned used = 0, unused = 0, new = 0;
    for (unsigned i = 0; i < 100; i++)
        *(i < 50 ? &used : &unused) += find(learned, me, address(i), 1) != NULL;
    for (unsigned i = 1000; i < 1050; i++)
        new += find(learned, me, address(i), 1) != NULL;
    check_eq_u64(used, 50);
    check_eq_u64(unused, 0);
    check_eq_u64(new, 50);
    check_eq_u64(learned_lost(learned), 50);
    for (unsigned i = 2000; i < 2100; i++) /* all of the others are over */
        learn(learned, i, 5000);
    check_eq_u64(learned_lost(learned), 50);
    for (unsigned i = 0; i < 100000; i++) {
        begin("www.example.com", 6000);
        add("www.example.com", 1, address(i * 7919), 60);
        learned_read(learned, rec);
    }
    check(find(learned, me, address(99999 * 7919u), 6000) != NULL);
    check_eq_u64(learned_bytes(learned), bytes);
    learned_free(learned);
    learned = learned_new(1);
    learn(learned, 1, 0);
    learn(learned, 2, 0);
    check(find(learned, me, address(1), 0) == NULL && find(learned, me, address(2), 0) != NULL);
    learned_free(learned);
}

int main(void)
{
    layout_init(&layout);
    layout_add(&layout, &ip_type);
    layout_add(&layout, &dns_layer);
    layout_finish(&layout);
    rec = calloc(1, layout.row_size);
    rec->layout = &layout;
    rec->kind = CHAINS_PACKETS;
    test_chain();
    test_refused();
    test_names();
    test_time();
    test_full();
    free(rec);
    return check_done();
}
