/* SPDX-License-Identifier: MIT */
/*
 * dns_weird in a chain, over messages that the test writes: what is odd and what only looks so,
 * what takes many messages, the limits, and that a thing is said once.
 */
#include "links/dns_weird.h"

#include <chains/layer/weird.h>

#include "../check.h"
#include "dns_feed.h"
#include "links/weird_list.h"

#define HEX60   "70e401f500b86169c265a8005fb6c46a91cd422267a3fec51b44729dfdbe"
#define HEX56   "f8767e46814fc0505a75d13e5ac1484dff81b8d174753290fbce0142"
#define WORDS49 "the-pictures-and-the-letters-of-all-the-news-here"
#define WORDS50 "the-pictures-and-the-letters-of-all-the-news-heres"

static chains_component *chain_of(const struct chains_dns_weird_options *options)
{
    chains_component *weird = chains_dns_weird_new(options);
    chains_link(weird, chains_new(&feed_class, NULL));
    return weird;
}

/* The names of the oddities of a record, with their subjects: "zero_bit(a.example)". */
static void words_of(const struct chains_record *rec, char *out, size_t size)
{
    const struct chains_weird *layer = rec ? chains_get(rec, weird) : NULL;
    out[0] = '\0';
    if (!layer)
        return;
    const struct chains_weird_item *item = layer->weird.items;
    for (uint32_t i = 0; i < layer->weird.count; i++) {
        size_t len = strlen(out);
        snprintf(out + len, size - len, "%s%s%s%s%s", i ? " " : "", item[i].name,
                 item[i].about ? "(" : "", item[i].about ? item[i].about : "",
                 item[i].about ? ")" : "");
        if (item[i].detail)
            printf("#     %s: %s\n", item[i].name, item[i].detail);
    }
}

/*
 * ---- one message
 * -----------------------------------------------------------------------------
 */

static const struct {
    const char *want;
    struct feed_message message;
} row[] = {
    /* ordinary traffic */
    { "", { .name = "www.example.com" } },
    { "", { .name = "www.example.com", .type = 65 } },
    { "", { .name = "www.example.com", .type = 64 } },
    { "", { .name = "example.com", .type = 43 } },
    { "", { .name = "example.com", .type = 16 } },
    { "", { .name = "example.com", .type = 257 } },
    { "", { .name = "example.com", .type = 99 } },
    { "", { .name = "3600-ms-7.1-abc.example.com", .type = 249 } },
    { "", { .name = ".", .type = 2 } },
    { "",
      { .name = "_ldap._tcp.05b5292b-34b8-4fb7-85a3-8beef5fd2069.domains._msdcs.a.local",
        .type = 33 } },
    { "", { .name = "version.bind", .type = 16, .class_number = 3 } },
    { "", { .name = "ID.Server", .type = 16, .class_number = 3 } },
    { "", { .name = "host.local", .type = 255, .flavour = CHAINS_DNS_MULTICAST } },
    { "", { .name = "host.local", .tc = 1, .flavour = CHAINS_DNS_MULTICAST } },
    { "",
      { .name = "_http._tcp.local",
        .type = 12,
        .questions = 12,
        .flavour = CHAINS_DNS_MULTICAST } },
    { "", { .name = "B\\195\\188ro._ipp._tcp.local", .flavour = CHAINS_DNS_MULTICAST } },
    { "", { .name = "B\\195\\188ro._ipp._tcp.example.com", .type = 33 } },
    { "", { .name = "b\\195\\188ro", .flavour = CHAINS_DNS_LLMNR } },
    { "",
      { .name = "example.com",
        .opcode = 5,
        .type = 6,
        .answers_claimed = 2,
        .class_number = 1 } },
    { "", { .name = "example.com", .opcode = 4, .type = 6 } },
    { "", { .qr = 1, .rcode = 1 } },
    { "", { .plain = true } },

    /* the header */
    { "zero_bit(a.example)", { .name = "a.example", .z = 1 } },
    { "zero_bit", { .z = 1 } },
    { "", { .name = "a.example", .z = 1, .flavour = CHAINS_DNS_LLMNR } },
    { "truncated_response(a.example)", { .name = "a.example", .qr = 1, .tc = 1 } },
    { "", { .name = "a.example", .qr = 1, .tc = 1, .over_tcp = 1 } },
    { "truncated_query(a.example)", { .name = "a.example", .tc = 1 } },
    { "odd_opcode(a.example)", { .name = "a.example", .opcode = 1 } },
    { "odd_opcode(a.example)", { .name = "a.example", .opcode = 6 } },
    { "", { .name = "a.example", .opcode = 6, .over_tcp = 1 } },
    { "odd_opcode(a.example)", { .name = "a.example", .opcode = 15 } },

    /* what is asked for */
    { "odd_query_type(a.example)", { .name = "a.example", .type = 10 } },
    { "odd_query_type(a.example)", { .name = "a.example", .type = 65399 } },
    { "odd_query_type(a.example)", { .name = "a.example", .type = 41 } },
    { "odd_query_type(a.example)", { .name = "a.example", .type = 3 } },
    { "odd_query_type(a.example)", { .name = "a.example", .type = 38 } },
    { "query_any(a.example)", { .name = "a.example", .type = 255 } },
    { "zone_transfer(a.example)", { .name = "a.example", .type = 252, .over_tcp = 1 } },
    { "zone_transfer(a.example)", { .name = "a.example", .type = 251, .authorities = 1 } },
    { "odd_query_class(a.example)", { .name = "a.example", .class_number = 4 } },
    { "odd_query_class(a.example)", { .name = "a.example", .class_number = 3 } },
    { "odd_query_class(a.example)", { .name = "a.example", .class_number = 255 } },
    { "", { .name = "a.local", .class_number = 255, .flavour = CHAINS_DNS_MULTICAST } },
    { "many_questions(a.example)", { .name = "a.example", .questions = 2 } },
    { "records_in_query(a.example)", { .name = "a.example", .authorities = 1 } },
    { "", { .name = "a.example", .authorities = 1, .qr = 1 } },

    { "query_any(example.co.uk)", { .name = "a.b.example.co.uk", .type = 255 } },
    { "odd_query_type(example.co.uk)", { .name = "xyz.t.example.co.uk", .type = 10 } },
    { "odd_query_type(printer)", { .name = "printer", .type = 10 } },
    { "", { .name = "printer", .type = 255, .flavour = CHAINS_DNS_LLMNR } },

    /* records */
    { "many_answers(a.example)", { .name = "a.example", .qr = 1, .answers_claimed = 51 } },
    { "", { .name = "a.example", .qr = 1, .answers_claimed = 50 } },
    { "",
      { .name = "a.example",
        .qr = 1,
        .answer = { RR("A.example", 5, "b.example", 60), RR("B.EXAMPLE", 5, "c.example.", 60),
                    RR("c.example", 1, "5.6.7.8", 0) } } },
    { "",
      { .name = "a.b.example",
        .qr = 1,
        .answer = { RR("b.example", 39, "c.example", 60),
                    RR("a.b.example", 5, "a.c.example", 60),
                    RR("a.c.example", 1, "5.6.7.8", 60) } } },
    { "unasked_answer(a.example)",
      { .name = "a.example",
        .qr = 1,
        .answer = { RR("a.example", 1, "5.6.7.8", 60),
                    RR("bank.example", 1, "5.6.7.9", 60) } } },
    { "unasked_answer(a.example)",
      { .name = "a.example", .qr = 1, .answer = { RR("xa.example", 39, "c.example", 60) } } },
    { "odd_record_type(a.example)",
      { .name = "a.example",
        .qr = 1,
        .answer = { RR_RAW("a.example", 65399, NULL, 60, 4, 1) } } },
    { "odd_query_type(a.example) null_record(a.example)",
      { .name = "a.example",
        .type = 10,
        .qr = 1,
        .answer = { RR_RAW("a.example", 10, NULL, 60, 200, 1) } } },
    { "odd_record_class(a.example)",
      { .name = "a.example",
        .qr = 1,
        .answer = { RR_RAW("a.example", 1, "5.6.7.8", 60, 4, 4) } } },
    { "",
      { .name = "version.bind",
        .type = 16,
        .class_number = 3,
        .qr = 1,
        .answer = { RR_RAW("version.bind", 16, NULL, 0, 9, 3) } } },
    { "",
      { .name = "a.example",
        .type = 16,
        .qr = 1,
        .answer = { RR_RAW("a.example", 16, NULL, 60, 1024, 1) } } },
    { "long_txt(a.example)",
      { .name = "a.example",
        .type = 16,
        .qr = 1,
        .answer = { RR_RAW("a.example", 16, NULL, 60, 1025, 1) } } },
    { "",
      { .name = "a.example",
        .qr = 1,
        .answer = { RR("a.example", 1, "5.6.7.8", 0x7fffffff) } } },
    { "odd_ttl(a.example)",
      { .name = "a.example",
        .qr = 1,
        .answer = { RR("a.example", 1, "5.6.7.8", 0x80000000) } } },

    /* rebinding */
    { "private_answer(a.example.com)",
      { .name = "a.example.com",
        .qr = 1,
        .answer = { RR("a.example.com", 1, "192.168.1.1", 1) } } },
    { "private_answer(a.example.com)",
      { .name = "a.example.com",
        .type = 28,
        .qr = 1,
        .answer = { RR("a.example.com", 28, "::1", 1) } } },
    { "private_answer(a.example.com)",
      { .name = "a.example.com",
        .type = 28,
        .qr = 1,
        .answer = { RR("a.example.com", 28, "::ffff:10.0.0.1", 1) } } },
    { "private_answer(a.example.com)",
      { .name = "a.example.com",
        .qr = 1,
        .answer = { RR("a.example.com", 5, "b.example.com", 1),
                    RR("b.example.com", 1, "127.0.0.1", 1) } } },
    { "", { .name = "nas.lan", .qr = 1, .answer = { RR("nas.lan", 1, "192.168.1.5", 1) } } },
    { "", { .name = "nas", .qr = 1, .answer = { RR("nas", 1, "192.168.1.5", 1) } } },
    { "",
      { .name = "nas.home.arpa",
        .qr = 1,
        .answer = { RR("nas.home.arpa", 1, "192.168.1.5", 1) } } },
    { "",
      { .name = "a.example.com",
        .qr = 1,
        .answer = { RR("a.example.com", 1, "0.0.0.0", 1) } } },
    { "",
      { .name = "2.0.0.127.zen.example.org",
        .qr = 1,
        .answer = { RR("2.0.0.127.zen.example.org", 1, "127.0.0.2", 1) } } },
    { "private_answer(2.0.0.127.zen.example.org)",
      { .name = "2.0.0.127.zen.example.org",
        .qr = 1,
        .answer = { RR("2.0.0.127.zen.example.org", 1, "10.0.0.2", 1) } } },

    /* a DNAME above the name that a CNAME leads to */
    { "",
      { .name = "www.example.com",
        .qr = 1,
        .answer = { RR("www.example.com", 5, "www.old.test", 1),
                    RR("old.test", 39, "new.test", 1), RR("www.old.test", 5, "www.new.test", 1),
                    RR("www.new.test", 1, "11.0.0.1", 1) } } },
    { "unasked_answer(www.example.com)",
      { .name = "www.example.com",
        .qr = 1,
        .answer = { RR("www.example.com", 5, "www.old.test", 1),
                    RR("other.test", 39, "new.test", 1) } } },

    /* names */
    { "odd_name(example.com)", { .name = "a\\007.example.com" } },
    { "odd_name(example.com)", { .name = "a\\000.example.com" } },
    { "odd_name(example.com)", { .name = "a\\200.example.com" } },
    { "odd_name(a\\007.local)", { .name = "a\\007.local", .flavour = CHAINS_DNS_MULTICAST } },
    { "", { .name = "a\\\"b.example.com" } },
    { "long_subdomain(example.co.uk)", { .name = WORDS50 "." WORDS49 ".example.co.uk" } },
    { "", { .name = WORDS49 "." WORDS49 ".example.co.uk" } },
    { "", { .name = WORDS49 "." WORDS49 "._xmpp-server.example.co.uk" } },
    { "", { .name = WORDS50 "." WORDS50 ".example.co.uk", .flavour = CHAINS_DNS_LLMNR } },
    { "high_entropy_subdomain(example.com)", { .name = HEX60 ".example.com" } },
    { "high_entropy_subdomain(example.co.uk)", { .name = "DNScat." HEX60 ".t.EXAMPLE.co.uk" } },
    { "long_subdomain(example.com) high_entropy_subdomain(example.com)",
      { .name = "dnscat." HEX60 "." HEX56 ".example.com" } },
    { "", { .name = HEX60 ".example.com", .flavour = CHAINS_DNS_MULTICAST } },
    { "high_entropy_subdomain(.)", { .name = "dnscat." HEX60 } },
    { "long_subdomain(.) high_entropy_subdomain(.)", { .name = "dnscat." HEX60 "." HEX56 } },
    { "", { .name = "the-computer-in-the-corner" } },
    /* a word that says service, or an address, says nothing of the labels beside it */
    { "high_entropy_subdomain(example.com)",
      { .name = "_443._tcp." HEX60 ".example.com", .type = 52 } },
    { "high_entropy_subdomain(example.com)",
      { .name = HEX60 "._openpgpkey.example.com", .type = 61 } },
    { "high_entropy_subdomain(example.com)", { .name = "_" HEX60 ".example.com" } },
    { "high_entropy_subdomain(example.com)", { .name = "1.2.3.4." HEX60 ".example.com" } },
    { "long_subdomain(example.co.uk)",
      { .name = "1.2.3.4." WORDS50 "." WORDS49 ".example.co.uk" } },
    { "", { .name = "_ldap._tcp.Default-First-Site-Name._sites.dc._msdcs.example.com" } },
    { "", { .name = "2.0.0.127.abcdefghijklmnopqrstuvwxyz.zen.dq.example.net" } },
    { "", { .name = "05b5292b-34b8-4fb7-85a3-8beef5fd2069.example.com" } },
    { "", { .name = "d111111abcdef8.cloudfront.net" } },
    { "", { .name = WORDS50 ".example.com" } },
    { "",
      { .name = "b.a.9.8.7.6.5.4.3.2.1.0.f.e.d.c.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        .type = 12 } },

    /* what the layer found */
    { "bad_name(a.example)", { .name = "a.example", .faults = CHAINS_DNS_BAD_NAME } },
    { "bad_data(a.example)", { .name = "a.example", .faults = CHAINS_DNS_BAD_DATA } },
    { "trailing_bytes(a.example)", { .name = "a.example", .faults = CHAINS_DNS_TRAILING } },
    { "counts_lie(a.example)", { .name = "a.example", .faults = CHAINS_DNS_CUT } },
    { "counts_lie", { .faults = CHAINS_DNS_CUT } },
    { "", { .name = "a.example", .faults = CHAINS_DNS_CUT, .flags = CHAINS_SNAPPED } },
    { "", { .name = "a.example", .faults = CHAINS_DNS_CUT, .flags = CHAINS_FRAGMENT } },
    { "counts_lie(a.example)",
      { .name = "a.example",
        .faults = CHAINS_DNS_CUT,
        .flags = CHAINS_FRAGMENT | CHAINS_REASSEMBLED } },
    { "", { .name = "a.example", .faults = CHAINS_DNS_LIMITED } },
    /* of the message: about the domain, or each query would be news */
    { "zero_bit(example.com)", { .name = "x1.y.example.com", .z = 1 } },
    { "counts_lie(example.com)", { .name = "x1.y.example.com", .faults = CHAINS_DNS_CUT } },

    /* a query without an answer has been here before; an event is as good as a packet */
    { "", { .name = "a.example", .z = 1, .unanswered = 1, .kind = CHAINS_EVENTS } },
    { "zero_bit(a.example)", { .name = "a.example", .z = 1, .kind = CHAINS_EVENTS } },
};

static void test_messages(void)
{
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        char got[600];
        feed_plan = (struct feed_plan){ &row[i].message, 1, NULL };
        chains_component *weird = chain_of(NULL);
        const struct chains_record *rec = chains_next(weird);
        printf("# %zu %s\n", i, row[i].message.name ? row[i].message.name : "(no question)");
        check(rec != NULL);
        words_of(rec, got, sizeof(got));
        check_eq_text(got, row[i].want);
        check(rec && (chains_get(rec, weird) != NULL) == (row[i].want[0] != '\0'));
        check(chains_next(weird) == NULL && chains_error(weird) == NULL);
        chains_free(weird);
    }
}

/*
 * ---- many messages
 * ---------------------------------------------------------------------------
 */

static size_t names_per_domain, domains;
static unsigned step_ms, answers_rcode;
static enum shape { TUNNEL, FORWARD, REVERSE, BLOCK_LIST, HIDDEN, DOMAINS } shape;

static void make_names(size_t i, struct feed_message *message, char name[300])
{
    unsigned n = (unsigned)(i % names_per_domain),
             d = (unsigned)(i / names_per_domain % domains);
    switch (shape) {
    case TUNNEL:
        snprintf(name, 300, "n%u.d%u.example-tunnel.co.uk", n, d);
        break;
    case FORWARD:
        snprintf(name, 300, "n%u.domain%u.com", n, d);
        break;
    case REVERSE:
        snprintf(name, 300, "%u.%u.168.192.in-addr.arpa", n, d);
        break;
    case BLOCK_LIST:
        snprintf(name, 300, "10.20.30.%u.list%u.example.org", n, d);
        break;
    case HIDDEN:
        snprintf(name, 300, "10.20.30.%u.n%u.list%u.example.org", n % 250, n, d);
        break;
    case DOMAINS:
        snprintf(name, 300, "www.d%u-%u.com", n, d);
        break;
    }
    *message = (struct feed_message){ .ms = (int64_t)i * step_ms,
                                      .name = name,
                                      .qr = answers_rcode != 0,
                                      .rcode = answers_rcode };
}

/* How many records have the oddity, and which of them is the first, from 1; 0: none. */
struct found {
    size_t count, first, records;
    uint64_t limited;
    char about[100];
};

static struct found run(const struct chains_dns_weird_options *options, size_t count,
                        const char *what)
{
    struct found found = { .count = 0 };
    feed_plan = (struct feed_plan){ NULL, count, make_names };
    chains_component *weird = chain_of(options);
    for (const struct chains_record *rec; (rec = chains_next(weird)); found.records++) {
        const struct chains_weird *layer = chains_get(rec, weird);
        const struct chains_weird_item *item = layer ? layer->weird.items : NULL;
        for (uint32_t i = 0; layer && i < layer->weird.count; i++) {
            if (strcmp(item[i].name, what) != 0)
                continue;
            if (found.count++ == 0) {
                found.first = rec->number;
                snprintf(found.about, sizeof(found.about), "%s", item[i].about);
                printf("# %s %s: %s\n", what, found.about, item[i].detail);
            }
        }
    }
    check(chains_error(weird) == NULL);
    struct chains_stats stats = { .size = sizeof(stats) };
    chains_stats(weird, &stats);
    found.limited = stats.limited;
    check(stats.memory > 0);
    chains_free(weird);
    return found;
}

static void test_subdomains(void)
{
    shape = TUNNEL;
    names_per_domain = 1000, domains = 1, step_ms = 10, answers_rcode = 0;
    struct found found = run(NULL, 1000, "many_subdomains");
    check(found.first >= 95 && found.first <= 105);
    check_eq_u64(found.count, 1);
    check_eq_text(found.about, "example-tunnel.co.uk");

    /* the same names over and over are few; others are slow */
    names_per_domain = 50;
    check_eq_u64(run(NULL, 3000, "many_subdomains").count, 0);
    names_per_domain = 1000, step_ms = 1000;
    check_eq_u64(run(NULL, 1000, "many_subdomains").count, 0);
    found = run(CHAINS_OPTIONS(chains_dns_weird_options, .subdomains = 30), 1000,
                "many_subdomains");
    check(found.first >= 28 && found.first <= 32);
    check(found.count >= 8 && found.count <= 17); /* about once a minute in 1000 s */

    /* names that come in numbers by their nature */
    step_ms = 10;
    shape = REVERSE;
    check_eq_u64(run(NULL, 250, "many_subdomains").count, 0);
    shape = BLOCK_LIST;
    check_eq_u64(run(NULL, 250, "many_subdomains").count, 0);
    shape = HIDDEN; /* another name in front of the list each time */
    check_eq_u64(run(NULL, 250, "many_subdomains").count, 1);
    shape = DOMAINS;
    check_eq_u64(run(NULL, 500, "many_subdomains").count, 0);
}

/* A flood of domains pushes others out: it is bounded, and it is said. */
static void test_full(void)
{
    shape = FORWARD;
    names_per_domain = 1, domains = 5000, step_ms = 1, answers_rcode = 0;
    struct found small =
        run(CHAINS_OPTIONS(chains_dns_weird_options, .entries = 100), 5000, "many_subdomains");
    check_eq_u64(small.count, 0);
    check_eq_u64(small.limited, 4900);
    names_per_domain = 100, domains = 40;
    check_eq_u64(run(CHAINS_OPTIONS(chains_dns_weird_options, .entries = 40, .subdomains = 90),
                     4000, "many_subdomains")
                     .count,
                 40);
}

static void test_nxdomains(void)
{
    shape = DOMAINS;
    names_per_domain = 1000, domains = 1, step_ms = 100, answers_rcode = 3;
    struct found found = run(NULL, 100, "nxdomain_burst");
    check(found.first >= 18 && found.first <= 23); /* counted to within one in ten */
    check_eq_u64(found.count, 1);
    check_eq_text(found.about, "192.168.1.1"); /* where the answers go */
    names_per_domain = 1;                      /* one name, again and again */
    check_eq_u64(run(NULL, 100, "nxdomain_burst").count, 0);
    names_per_domain = 1000, step_ms = 5000;
    check_eq_u64(run(NULL, 100, "nxdomain_burst").count, 0);
    step_ms = 100, answers_rcode = 2;
    check_eq_u64(run(NULL, 100, "nxdomain_burst").count, 0);
    answers_rcode = 3;
    shape = REVERSE;
    check_eq_u64(run(NULL, 100, "nxdomain_burst").count, 0);
    shape = BLOCK_LIST; /* what is not listed does not exist */
    check_eq_u64(run(NULL, 100, "nxdomain_burst").count, 0);
}

/*
 * ---- once
 * ------------------------------------------------------------------------------------
 */

static void test_quiet(void)
{
    static const struct {
        const char *want;
        struct feed_message message;
    } once[] = {
        { "zero_bit(a.example)", { .ms = 0, .name = "a.example", .z = 1 } },
        { "", { .ms = 1000, .name = "A.Example", .z = 1 } },
        { "zero_bit(b.example)", { .ms = 2000, .name = "b.example", .z = 1 } },
        { "query_any(a.example)", { .ms = 3000, .name = "a.example", .z = 1, .type = 255 } },
        { "", { .ms = 59999, .name = "a.example", .z = 1 } },
        { "zero_bit(a.example)", { .ms = 60000, .name = "a.example", .z = 1 } },
        { "", { .ms = 500, .name = "a.example", .z = 1 } },
        { "zero_bit(a.example)", { .ms = -10, .name = "a.example", .z = 1 } },
    };
    enum { COUNT = sizeof(once) / sizeof(once[0]) };
    struct feed_message message[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        message[i] = once[i].message;
    feed_plan = (struct feed_plan){ message, COUNT, NULL };
    chains_component *weird = chain_of(NULL);
    for (size_t i = 0; i < COUNT; i++) {
        char got[600];
        words_of(chains_next(weird), got, sizeof(got));
        check_eq_text(got, once[i].want);
    }
    chains_free(weird);

    weird = chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .only = true));
    static const unsigned left[] = { 1, 3, 4, 6, 8 };
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        const struct chains_record *rec = chains_next(weird);
        check(rec && rec->number == left[i]);
    }
    check(chains_next(weird) == NULL);
    chains_free(weird);
    weird = chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .quiet = 1));
    unsigned said = 0;
    for (const struct chains_record *rec; (rec = chains_next(weird));)
        said += chains_get(rec, weird) != NULL;
    check_eq_u64(said, COUNT);
    chains_free(weird);
}

/* More in one message than is listed. */
static void test_crowded(void)
{
    struct feed_message message = { .name = "a.example", .qr = 1, .z = 1, .tc = 1 };
    static char name[FEED_RECORDS][20];
    for (unsigned i = 0; i < FEED_RECORDS; i++) {
        snprintf(name[i], sizeof(name[i]), "b%u.example", i);
        message.answer[i] = (struct feed_record)RR_RAW(name[i], 10, NULL, 0x80000000, 10, 4);
    }
    feed_plan = (struct feed_plan){ &message, 1, NULL };
    chains_component *weird = chain_of(NULL);
    const struct chains_record *rec = chains_next(weird);
    const struct chains_weird *layer = rec ? chains_get(rec, weird) : NULL;
    check(layer && layer->weird.count == WEIRD_ITEMS);
    struct chains_stats stats = { .size = sizeof(stats) };
    chains_stats(weird, &stats);
    check(stats.limited >= 4); /* twenty in all */
    chains_free(weird);
}

/*
 * ---- options
 * ---------------------------------------------------------------------------------
 */

static void check_refused(chains_component *weird, const char *sentence)
{
    check(chains_pull(weird) == CHAINS_EUSAGE);
    const char *error = chains_error(weird);
    if (!check(error && strstr(error, sentence)))
        printf("# got %s\n", error ? error : "(none)");
    chains_free(weird);
}

static const struct chains_class blind_class = {
    .name = "blind",
    .brief = "no DNS messages",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct feed),
    .next = feed_next,
};

static void test_refused(void)
{
    feed_plan = (struct feed_plan){ NULL, 0, NULL };
    check_refused(chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .subdomains = 10001)),
                  "subdomains 10001 is more than 10000");
    check_refused(chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .nxdomains = 10001)),
                  "nxdomains 10001 is more than 10000");
    check_refused(chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .entries = 1000000)),
                  "entries 1000000 is more than 262144");
    check_refused(chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .window = UINT64_MAX)),
                  "window is longer than 365 days");
    check_refused(chain_of(CHAINS_OPTIONS(chains_dns_weird_options, .quiet = UINT64_MAX)),
                  "quiet is longer than 365 days");
    chains_component *weird = chains_dns_weird_new(NULL);
    chains_link(weird, chains_new(&blind_class, NULL));
    check_refused(weird, "put dns_meta in front of it");
}

/* Every name is a word, and no two are the same. */
static void test_names(void)
{
    for (unsigned i = 0; i < WEIRD_NAMES; i++) {
        check(weird_names[i] && weird_names[i][0] &&
              weird_names[i][strspn(weird_names[i], "abcdefghijklmnopqrstuvwxyz_")] == '\0');
        for (unsigned k = 0; k < i; k++)
            check(strcmp(weird_names[i], weird_names[k]) != 0);
    }
}

int main(void)
{
    test_messages();
    test_subdomains();
    test_full();
    test_nxdomains();
    test_quiet();
    test_crowded();
    test_refused();
    test_names();
    return check_done();
}
