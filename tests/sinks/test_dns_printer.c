/* SPDX-License-Identifier: MIT */
/* Lines of DNS messages: each part of them, what is hostile, and what is long. */
#include <chains/layer/dns.h>
#include <chains/layer/domains.h>
#include <chains/layer/weird.h>

#include "rows.h"

enum { MANY = 70, LONG = 20000 };

static const int64_t start_ns = 1432946085123456789;

struct message {
    struct chains_dns dns;
    struct chains_weird weird;
    const char *src_name, *dst_name;
    bool nanoseconds, without, endless;
};

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
#define LAYER(word, tag)                                                                       \
    {                                                                                          \
        word, word, sizeof(struct tag), no_fields, CHAINS_ID_##tag, CHAINS_SLOT_##tag          \
    }
enum {
    CHAINS_ID_chains_dns = CHAINS_ID_dns,
    CHAINS_SLOT_chains_dns = CHAINS_SLOT_dns,
    CHAINS_ID_chains_weird = CHAINS_ID_weird,
    CHAINS_SLOT_chains_weird = CHAINS_SLOT_weird,
    CHAINS_ID_chains_domains = CHAINS_ID_domains,
    CHAINS_SLOT_chains_domains = CHAINS_SLOT_domains,
    CHAINS_ID_chains_endpoints = CHAINS_ID_endpoints,
    CHAINS_SLOT_chains_endpoints = CHAINS_SLOT_endpoints,
};
static const struct chains_layer_type dns_layer = LAYER("dns", chains_dns);
static const struct chains_layer_type weird_layer = LAYER("weird", chains_weird);
static const struct chains_layer_type domains_layer = LAYER("domains", chains_domains);
static const struct chains_layer_type ends_layer = LAYER("endpoints", chains_endpoints);
static const struct chains_layer_type *const message_layers[] = { &dns_layer, &weird_layer,
                                                                  &domains_layer, &ends_layer,
                                                                  NULL };

static struct {
    const struct message *at;
    size_t count;
} messages;

static int messages_next(chains_component *self, struct chains_batch *out)
{
    size_t *given = chains_state(self);
    if (*given == messages.count)
        return CHAINS_END;
    const struct message *message = &messages.at[(*given)++];
    struct chains_record *rec = chains_batch_add(out);
    rec->kind = CHAINS_EVENTS;
    rec->time_ns = start_ns;
    rec->flags = message->nanoseconds ? CHAINS_NANOSECONDS : 0;
    if (!message->endless) {
        struct chains_endpoints *ends = chains_attach(self, rec, &ends_layer);
        *ends = (struct chains_endpoints){ .sport = 40000, .dport = 53, .protocol = 17 };
        check(chains_addr_parse("192.168.1.9", &ends->src));
        check(chains_addr_parse("2001:db8::53", &ends->dst));
    }
    if (!message->without)
        memcpy(chains_attach(self, rec, &dns_layer), &message->dns, sizeof message->dns);
    if (message->weird.weird.count)
        memcpy(chains_attach(self, rec, &weird_layer), &message->weird, sizeof message->weird);
    if (message->src_name || message->dst_name) {
        struct chains_domains *domains = chains_attach(self, rec, &domains_layer);
        *domains =
            (struct chains_domains){ .src = message->src_name, .dst = message->dst_name };
    }
    return CHAINS_OK;
}

static const struct chains_class messages_class = {
    .name = "messages",
    .brief = "messages of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_EVENTS,
    .state_size = sizeof(size_t),
    .attaches = message_layers,
    .next = messages_next,
};

/* What is printed of some messages, to be freed. */
static char *printed(const struct message *at, size_t count, bool color)
{
    FILE *file = tmpfile();
    messages.at = at;
    messages.count = count;
    check_eq_text(pull_behind(chains_dns_printer(.out = file, .color = color),
                              chains_new(&messages_class, NULL), NULL),
                  "");
    char *text = text_of(file);
    fclose(file);
    return text;
}

/* The line of one message behind "... - UDP 192.168.1.9 --> 2001:db8::53 ". */
static void check_line(const struct message *message, const char *want)
{
    static const char begin[] =
        "2015-05-30 00:34:45.123456 - UDP 192.168.1.9 --> 2001:db8::53 ";
    char *text = printed(message, 1, false);
    check(strncmp(text, begin, sizeof begin - 1) == 0);
    check_eq_text(text + sizeof begin - 1, want);
    free(text);
}

#define BYTES(text)                                                                            \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }
#define LIST(array)                                                                            \
    {                                                                                          \
        (array), sizeof(array) / sizeof *(array)                                               \
    }

static const struct chains_dns_question www[] = { { "www.example.com", "A", "IN", 1, 1, 0 } };
static const struct chains_dns_question two[] = {
    { "a.local", "PTR", "IN", 12, 1, 1 },
    { "version.bind", "TXT", "CH", 16, 3, 0 },
};
static const struct chains_dns_record answers[] = {
    { .name = "www.example.com",
      .type = "CNAME",
      .class_name = "IN",
      .type_number = 5,
      .class_number = 1,
      .rdata = BYTES("example.com") },
    { .name = "example.com",
      .type = "A",
      .class_name = "IN",
      .type_number = 1,
      .class_number = 1,
      .rdata = BYTES("192.0.2.1") },
};

#define QUERY_ .id = 4660, .opcode_name = "QUERY", .rcode_name = "NOERROR"

static void test_parts(void)
{
    static const struct {
        struct message message;
        const char *line;
    } table[] = {
        { { .dns = { QUERY_, .queries = LIST(www) } }, "QUERY 4660 www.example.com A\n" },
        { { .dns = { QUERY_, .qr = 1, .queries = LIST(www), .answers = LIST(answers),
                     .has = CHAINS_DNS_HAS_RTT, .rtt = 12300000 } },
          "RESPONSE 4660 NOERROR www.example.com A: CNAME example.com, 192.0.2.1 (12.3ms)\n" },
        { { .dns = { .id = 1,
                     .qr = 1,
                     .opcode_name = "QUERY",
                     .rcode_name = "NXDOMAIN",
                     .queries = LIST(www),
                     .tc = 1 } },
          "RESPONSE 1 NXDOMAIN www.example.com A TRUNCATED\n" },
        { { .dns = { QUERY_, .queries = LIST(www), .unanswered = 1 } },
          "UNANSWERED 4660 www.example.com A\n" },
        { { .dns = { QUERY_, .queries = LIST(www), .retried = 1 } },
          "QUERY 4660 www.example.com A RETRIED\n" },
        { { .dns = { QUERY_, .queries = LIST(two), .flavour = CHAINS_DNS_MULTICAST } },
          "MDNS QUERY 4660 a.local PTR (QU), version.bind CH TXT\n" },
        { { .dns = { QUERY_, .qr = 1, .answers = LIST(answers), .flavour = CHAINS_DNS_LLMNR } },
          "LLMNR RESPONSE 4660 NOERROR www.example.com CNAME example.com, "
          "example.com A 192.0.2.1\n" },
        { { .dns = { .id = 2,
                     .opcode = 4,
                     .opcode_name = "NOTIFY",
                     .qr = 1,
                     .rcode_name = "REFUSED" } },
          "NOTIFY RESPONSE 2 REFUSED\n" },
        { { .dns = { .id = 2, .opcode = 4, .opcode_name = "NOTIFY", .unanswered = 1 } },
          "UNANSWERED NOTIFY 2\n" },
        { { .dns = { QUERY_, .faults = CHAINS_DNS_CUT } }, "QUERY 4660 MALFORMED\n" },
        { { .dns = { QUERY_, .faults = CHAINS_DNS_TRAILING } }, "QUERY 4660\n" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_line(&table[i].message, table[i].line);
}

static void test_begin(void)
{
    const struct message all[] = {
        { .dns = { QUERY_, .over_tcp = 1 }, .src_name = "LOCAL", .dst_name = "dns.example" },
        { .dns = { QUERY_ }, .nanoseconds = true, .dst_name = "x" },
        { .dns = { QUERY_ }, .endless = true },
        { .without = true },
    };
    char *text = printed(all, 4, false);
    check_eq_text(text, "2015-05-30 00:34:45.123456 - TCP 192.168.1.9(LOCAL) --> "
                        "2001:db8::53(dns.example) QUERY 4660\n"
                        "2015-05-30 00:34:45.123456789 - UDP 192.168.1.9 --> 2001:db8::53(x) "
                        "QUERY 4660\n"
                        "2015-05-30 00:34:45.123456 - UDP QUERY 4660\n");
    free(text);
}

static void test_weird(void)
{
    static const struct chains_weird_item items[] = {
        { "zero_bit", NULL, NULL },
        { "long_subdomain", "example.com", NULL },
        { "high_entropy", "example.com", "4.5 bits a letter" },
    };
    const struct message message = { .dns = { QUERY_ }, .weird = { LIST(items) } };
    check_line(&message, "QUERY 4660 WEIRD: zero_bit, long_subdomain(example.com), "
                         "high_entropy(4.5 bits a letter)\n");
    const struct message colored = { .dns = { QUERY_ },
                                     .weird = { LIST(items) },
                                     .src_name = "LOCAL" };
    char *text = printed(&colored, 1, true);
    check(strstr(text, "192.168.1.9(\033[36mLOCAL\033[0m)"));
    check(strstr(text, "\033[33m WEIRD: zero_bit"));
    check_eq_text(strstr(text, "a letter)"), "a letter)\033[0m\n");
    free(text);
}

/* A space inside of a name is not the end of it, wherever the name stands. */
static void test_forged(void)
{
    static const char forged[] = "a.com, 192.0.2.66 (1ms) WEIRD: none";
    static const char shown[] = "a.com,\\032192.0.2.66\\032(1ms)\\032WEIRD:\\032none";
    static const unsigned types[] = { 2, 3, 4, 5, 7, 8, 9, 12, 23, 39 };
    char line[300];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct chains_dns_record record = { .name = forged,
                                                  .type = "X",
                                                  .class_name = "IN",
                                                  .type_number = (uint16_t)types[i],
                                                  .class_number = 1,
                                                  .rdata = BYTES(forged) };
        const struct message message = {
            .dns = { QUERY_, .qr = 1, .queries = LIST(www), .answers = { &record, 1 } },
        };
        snprintf(line, sizeof line, "RESPONSE 4660 NOERROR www.example.com A: X %s\n", shown);
        check_line(&message, line);
    }
    const struct chains_dns_record unknown = { .name = "x",
                                               .type = "NS",
                                               .class_name = "IN",
                                               .type_number = 2,
                                               .class_number = 1,
                                               .rdata = BYTES("\\# 1 c0") };
    const struct message message = {
        .dns = { QUERY_, .qr = 1, .queries = LIST(www), .answers = { &unknown, 1 } },
    };
    check_line(&message, "RESPONSE 4660 NOERROR www.example.com A: NS \\# 1 c0\n");
    const struct chains_weird_item item = { "odd_name", forged, NULL };
    const struct message weird = { .dns = { QUERY_ }, .weird = { { &item, 1 } } };
    snprintf(line, sizeof line, "QUERY 4660 WEIRD: odd_name(%s)\n", shown);
    check_line(&weird, line);
}

/* Whatever a layer holds: one line, and nothing that a terminal would obey. */
static void test_hostile(void)
{
    static const char odd[] = "a\x1b[2J\nb\r\xc2\x9b\xe2\x80\xae\x7f \\032\\.";
    const struct chains_dns_question questions[] = { { odd, odd, odd, 99, 99, 0 } };
    const struct chains_dns_record records[] = {
        { .name = odd, .type = odd, .class_name = odd, .rdata = BYTES(odd) },
        { .name = "x", .type = "A", .class_name = "IN", .class_number = 1 },
    };
    const struct chains_weird_item items[] = { { odd, odd, NULL } };
    const struct message message = {
        .dns = { .qr = 1,
                 .opcode = 9,
                 .opcode_name = odd,
                 .rcode_name = odd,
                 .queries = LIST(questions),
                 .answers = LIST(records) },
        .weird = { LIST(items) },
        .src_name = odd,
    };
    char *text = printed(&message, 1, false);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            check(i == len - 1 && text[i] == '\n');
    check(strstr(text, " a\\x1b[2J\\x0ab\\x0d\\xc2\\x9b\\xe2\\x80\\xae\\x7f\\032\\032\\. "));
    free(text);
    /* And nothing at all. */
    const struct message empty = { .dns = { .qr = 1 } };
    check_line(&empty, "RESPONSE 0 \n");
}

/* Names and data longer than the room that is asked for at once, and more of them than are shown. */
static void test_long(void)
{
    static struct chains_dns_question questions[MANY];
    static struct chains_dns_record records[MANY];
    static char name[LONG + 1], data[LONG];
    memset(name, 'n', LONG);
    memset(data, 'd', LONG);
    data[LONG - 1] = '\x01';
    for (size_t i = 0; i < MANY; i++) {
        questions[i] = (struct chains_dns_question){ name, "A", "IN", 1, 1, 0 };
        records[i] = (struct chains_dns_record){ .name = name,
                                                 .type = "A",
                                                 .class_name = "IN",
                                                 .type_number = 1,
                                                 .class_number = 1,
                                                 .rdata = { (const uint8_t *)data, LONG } };
    }
    const struct message message = {
        .dns = { QUERY_, .qr = 1, .queries = LIST(questions), .answers = LIST(records) },
    };
    char *text = printed(&message, 1, false);
    check(strstr(text, ", 62 more: A d"));
    check_eq_text(strstr(text, ", 38 more"), ", 38 more\n");
    size_t names = 0, bytes = 0;
    for (const char *at = text; *at; at++) {
        names += *at == 'n';
        bytes += *at == 'd';
    }
    check_eq_u64(names, 8 * LONG);
    check_eq_u64(bytes, 32 * (LONG - 1) + 1); /* the other one is of the address */
    check(strstr(text, "d\\x01, A d"));
    free(text);
}

static void test_refused(void)
{
    check_eq_text(pull_behind(chains_dns_printer(), rows_chain(NULL, 0), NULL),
                  "dns_printer: no layer \"dns\" here: put dns_meta before it");
}

int main(void)
{
    test_parts();
    test_begin();
    test_weird();
    test_forged();
    test_hostile();
    test_long();
    test_refused();
    return check_done();
}
