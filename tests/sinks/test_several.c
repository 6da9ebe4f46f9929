/* SPDX-License-Identifier: MIT */
/*
 * Lists of texts and of numbers in everything that is made from field tables: JSON, its schema, the
 * full print, columns, counts. The layer is the test's own, shaped like one of handshakes: messages
 * with such lists, and certificates inside of them that have names.
 */
#include <chains/component.h>
#include <chains/components.h>

#include "../../src/render/json_schema.h"
#include "../check.h"

#include <stdlib.h>

enum { RECORDS = 3, MANY = 5000, SHOWN = 4096 };

struct certificate {
    struct chains_bytes subject;
    struct chains_list names;
};

struct hello {
    uint8_t kind;
    struct chains_list alpn, versions, ciphers, formats, wide, odd, sorts, marks;
    struct chains_list chain;
};

struct hand {
    struct chains_list hand;
};

static const struct chains_name versions[] = { { 0x0303, "TLS 1.2" },
                                               { 0x0304, "TLS \"1.3\"" }, /* to be escaped */
                                               { 0, NULL } };
static const struct chains_name sorts[] = { { 7, "seven_is_a_rather_long_name_of_a_number" },
                                            { 1, "one" },
                                            { 0, NULL } };
static const struct chains_field certificate_fields[] = {
    CHAINS_FIELD(certificate, subject, RAW, "whose it is"),
    CHAINS_FIELD_RAWS(certificate, names, "names it is for"),
    CHAINS_FIELDS_END,
};
static const struct chains_field hello_fields[] = {
    CHAINS_FIELD(hello, kind, UINT, "what it is"),
    CHAINS_FIELD_RAWS(hello, alpn, "protocols"),
    CHAINS_FIELD_NUMBERS(hello, versions, uint16_t, "versions", .names = versions),
    CHAINS_FIELD_NUMBERS(hello, ciphers, uint16_t, "ciphers"),
    CHAINS_FIELD_NUMBERS(hello, formats, uint8_t, "formats"),
    CHAINS_FIELD_NUMBERS(hello, wide, uint64_t, "large numbers"),
    CHAINS_FIELD_NUMBERS(hello, odd, uint64_t, "large numbers with names", .names = versions),
    CHAINS_FIELD_NUMBERS(hello, sorts, uint16_t, "plain names", .names = sorts),
    CHAINS_FIELD_RAWS(hello, marks, "texts with escapes", .escaped = 1),
    CHAINS_FIELD_LIST(hello, chain, certificate, certificate_fields, "certificates"),
    CHAINS_FIELDS_END,
};
static const struct chains_field hand_fields[] = {
    CHAINS_FIELD_LIST(hand, hand, hello, hello_fields, "messages"),
    CHAINS_FIELDS_END,
};
/* One list that is left out when it is empty, and one that is not. */
static const struct chains_field bare_fields[] = {
    { .name = "bare",
      .type = CHAINS_NUMBERS,
      .offset = CHAINS_OFFSETOF_(hand, hand),
      .size = 4,
      .help = "numbers alone" },
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type hand_type = { "hand",      "hand", sizeof(struct hand),
                                                    hand_fields, 0,      0 };
static const struct chains_layer_type bare_type = { "bare",      "bare", sizeof(struct hand),
                                                    bare_fields, 0,      0 };
static const struct chains_layer_type *const several_attaches[] = { &hand_type, &bare_type,
                                                                    NULL };

#define BYTES(text)                                                                            \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }
#define LIST(items_)                                                                           \
    {                                                                                          \
        .items = (items_), .count = sizeof(items_) / sizeof *(items_)                          \
    }

static const struct chains_bytes alpn[] = { BYTES("h2"), BYTES("http/1.1") };
/* What only an attacker sends: no bytes, quotes, controls, stray bytes, a bidirectional mark. */
static const struct chains_bytes hostile[] = {
    { NULL, 0 },       BYTES("a\"b\\c"),       BYTES("\x1b[31m\n"),
    BYTES("\xff\xc3"), BYTES("\xe2\x80\xaex"), BYTES("\0")
};
static const struct chains_bytes escaped[] = { BYTES("a\\000b") };
static const struct chains_bytes names[] = { BYTES("example.org"), BYTES("*.example.org") };
static const struct chains_bytes other_names[] = { BYTES("ca.example") };
static const uint16_t offered[] = { 0x7a7a, 0x0304, 0x0303 };
static const uint16_t ciphers[] = { 0, 9, 10, 4865, 65535 };
static const uint8_t formats[] = { 0, 255 };
static const uint64_t wide[] = { UINT64_MAX, UINT64_C(0x100000303) };
static const struct certificate chain[] = { { BYTES("CN=example.org"), LIST(names) },
                                            { BYTES("CN=nobody"), { NULL, 0 } },
                                            { BYTES("CN=ca"), LIST(other_names) } };
static const struct hello hellos[] = {
    { .kind = 1,
      .alpn = LIST(alpn),
      .versions = LIST(offered),
      .ciphers = LIST(ciphers),
      .formats = LIST(formats) },
    { .kind = 2,
      .alpn = LIST(hostile),
      .wide = LIST(wide),
      .odd = LIST(wide),
      .marks = LIST(escaped),
      .chain = LIST(chain) },
};
static const uint32_t last[] = { UINT32_MAX, 4999 };
static uint64_t many[MANY];       /* of twenty digits each */
static uint16_t many_sorts[MANY]; /* 7, 1 and 2, in turn */
static struct chains_bytes many_texts[MANY];
static const struct hello large[] = { { .alpn = LIST(many_texts), .wide = LIST(many) },
                                      { .wide = LIST(many), .sorts = LIST(many_sorts) },
                                      { .wide = LIST(many), .chain = LIST(chain) } };

/* A record with two messages, one with long lists, one without any list. */
static int several_next(chains_component *self, struct chains_batch *out)
{
    bool *given = chains_state(self);
    if (*given)
        return CHAINS_END;
    *given = true;
    for (int i = 0; i < RECORDS; i++) {
        struct chains_record *rec = chains_batch_add(out);
        rec->kind = CHAINS_PACKETS;
        rec->number = (uint64_t)i + 1;
        rec->wire_len = 60;
        if (i == 0)
            *(struct hand *)chains_attach(self, rec, &hand_type) =
                (struct hand){ LIST(hellos) };
        if (i == 1)
            *(struct hand *)chains_attach(self, rec, &hand_type) = (struct hand){ LIST(large) };
        *(struct hand *)chains_attach(self, rec, &bare_type) =
            (struct hand){ { last, i == 2 ? 2 : 0 } };
    }
    return CHAINS_OK;
}

static const struct chains_class several_class = {
    .name = "several",
    .brief = "records of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(bool),
    .attaches = several_attaches,
    .next = several_next,
};

static char *text; /* what was written last */
static size_t text_len;

static FILE *opened(void)
{
    free(text);
    return open_memstream(&text, &text_len);
}

/* What a sink, made with `out`, writes behind the source and `where`. */
static const char *pulled(chains_component *sink, FILE *out, const char *expression)
{
    chains_component *where = chains_where(.expression = expression);
    chains_link(where, chains_new(&several_class, NULL));
    chains_link(sink, where);
    if (chains_pull(sink) < 0)
        fprintf(out, "%s", chains_error(sink));
    chains_free(sink);
    fclose(out);
    return text;
}

static void check_json(const char *expression, const char *number, const char *layers)
{
    char want[1024];
    FILE *out = opened();
    snprintf(want, sizeof want,
             "{\"number\":%s,\"timestamp\":\"1970-01-01T00:00:00.000000Z\",\"len\":60,"
             "\"caplen\":0,%s}\n",
             number, layers);
    check_eq_text(pulled(chains_json_lines(.out = out), out, expression), want);
}

static void test_json(void)
{
    check_json("number == 1", "1",
               "\"hand\":[{\"kind\":1,\"alpn\":[\"h2\",\"http/1.1\"],"
               "\"versions\":[31354,\"TLS \\\"1.3\\\"\",\"TLS 1.2\"],"
               "\"ciphers\":[0,9,10,4865,65535],\"formats\":[0,255]},"
               "{\"kind\":2,\"alpn\":[\"\",\"a\\\"b\\\\\\\\c\",\"\\u001b[31m\\u000a\","
               "\"\\\\xff\\\\xc3\",\"\\u202ex\",\"\\u0000\"],"
               "\"wide\":[18446744073709551615,4294968067],"
               "\"odd\":[18446744073709551615,4294968067],\"marks\":[\"a\\\\000b\"],"
               "\"chain\":[{\"subject\":\"CN=example.org\","
               "\"names\":[\"example.org\",\"*.example.org\"]},{\"subject\":\"CN=nobody\"},"
               "{\"subject\":\"CN=ca\",\"names\":[\"ca.example\"]}]}],\"bare\":[]");
    check_json("number == 3", "3", "\"bare\":[4294967295,4999]");
}

/* Goes on behind the next `word`; NULL, a failure, when there is none. */
static const char *behind(const char *at, const char *word)
{
    at = at ? strstr(at, word) : NULL;
    check(at != NULL);
    return at ? at + strlen(word) : NULL;
}

/* Whether the numbers of `many` that are shown stand at `at` with `gap` between them, and no more. */
static bool counts_up(const char *at, const char *gap)
{
    for (size_t i = 0; at && i < SHOWN; i++) {
        char *end;
        const char *want = i + 1 < SHOWN ? gap : "]";
        if (strtoull(at, &end, 10) != many[i] || strncmp(end, want, strlen(want)) != 0)
            return false;
        at = end + strlen(want);
    }
    return at != NULL;
}

/* Behind a value and what follows it; NULL when something else stands there. */
static const char *starts(const char *at, const char *value, const char *gap)
{
    size_t len = strlen(value), more = strlen(gap);
    return strncmp(at, value, len) == 0 && strncmp(at + len, gap, more) == 0 ? at + len + more
                                                                             : NULL;
}

/* Lists longer than what is written at once, and than what is written at all. */
static void test_long(void)
{
    FILE *out = opened();
    const char *at = pulled(chains_json_lines(.out = out), out, "number == 2");
    const char *end = behind(at, "],\"wide\":[");
    unsigned texts = 0;
    for (at = behind(at, "\"alpn\":["); at && at < end; at++)
        texts += strncmp(at, "\"t\"", 3) == 0;
    check_eq_u64(texts, SHOWN);
    check(counts_up(end, ","));
    at = behind(end, "\"wide\":[");
    check(counts_up(at, ","));
    at = behind(at, "\"sorts\":[");
    for (size_t i = 0; at && i < SHOWN; i++)
        at = starts(at,
                    many_sorts[i] == 7   ? "\"seven_is_a_rather_long_name_of_a_number\""
                    : many_sorts[i] == 1 ? "\"one\""
                                         : "2",
                    i + 1 < SHOWN ? "," : "]");
    check(at != NULL);
    at = behind(at, "\"wide\":[");
    check(counts_up(at, ","));
    check(behind(at, "],\"chain\":[{\"subject\":\"CN=example.org\",") != NULL);
    check_eq_text(text + text_len - 2, "}\n");
    out = opened();
    at = pulled(chains_packet_printer(.out = out), out, "number == 2");
    at = behind(behind(behind(at, "'wide': ["), "'wide': ["), "'wide': [");
    check(counts_up(at, ", "));
    out = opened();
    at = pulled(chains_fields(.out = out, .fields = "hand.wide", .no_header = true), out,
                "number == 2");
    unsigned values = 1;
    for (; *at; at++)
        values += *at == ',';
    check_eq_u64(values, SHOWN); /* of all three together */
}

static void check_fields(const char *fields, bool csv, const char *expression, const char *want)
{
    FILE *out = opened();
    check_eq_text(pulled(chains_fields(.out = out, .fields = fields, .no_header = true,
                                       .format = csv ? CHAINS_FIELDS_CSV : CHAINS_FIELDS_TSV),
                         out, expression),
                  want);
}

static void test_columns(void)
{
    const char *none = "not hand.kind == 0";
    check_fields("number,hand.versions,hand.ciphers,hand.formats", false, none,
                 "1\t31354,TLS \"1.3\",TLS 1.2\t0,9,10,4865,65535\t0,255\n3\t\t\t\n");
    check_fields("hand.alpn", false, "number == 1",
                 "h2,http/1.1,,a\"b\\\\c,\\x1b[31m\\n,\\xff\\xc3,\\xe2\\x80\\xaex,\\x00\n");
    check_fields("hand.chain.names,number", false, none,
                 "example.org,*.example.org,ca.example\t1\n\t3\n");
    check_fields("hand.versions,bare", true, none,
                 "\"31354,TLS \"\"1.3\"\",TLS 1.2\",\n,\"4294967295,4999\"\n");
    check_fields("hand.chain.name", false, none,
                 "fields: no field \"hand.chain.name\"; did you mean \"hand.chain.names\"?");
}

static void check_counted(const char *by, bool json, const char *want)
{
    FILE *out = opened();
    check(strstr(pulled(chains_count(.out = out, .by = by, .json = json), out, "number != 2"),
                 want) != NULL);
    if (!strstr(text, want))
        printf("# got %s# want %s\n", text, want);
}

/* All values of a record are its key. */
static void test_counts(void)
{
    check_counted("hand.chain.names", true,
                  "\"hand.chain.names\":[\"example.org\",\"*.example.org\",\"ca.example\"]");
    check_counted("hand.chain.names", true, "\"hand.chain.names\":null");
    check_counted("hand.versions", true,
                  "\"hand.versions\":[31354,\"TLS \\\"1.3\\\"\",\"TLS 1.2\"]");
    check_counted("hand.ciphers", true, "\"hand.ciphers\":[0,9,10,4865,65535]");
    check_counted("hand.wide", true, "\"hand.wide\":[18446744073709551615,4294968067]");
    check_counted("hand.odd", true, "\"hand.odd\":[18446744073709551615,4294968067]");
    check_counted("bare", true, "\"bare\":[4294967295,4999]");
    check_counted("hand.alpn", true,
                  "\"hand.alpn\":[\"h2\",\"http/1.1\",\"\",\"a\\\"b\\\\\\\\c\",");
    check_counted("hand.formats", false, "0,255");
    check_counted("hand.chain.names", false, "example.org,*.example.org,ca.example");
}

static void test_schema(void)
{
    FILE *out = opened();
    check(json_schema_write(out, several_attaches));
    fclose(out);
    check(strstr(text, "\"alpn\": {\"description\": \"protocols\", \"allOf\": [{\"type\": "
                       "\"array\", \"items\": {\"type\": \"string\"}}]}") != NULL);
    check(strstr(text,
                 "\"ciphers\": {\"description\": \"ciphers\", \"allOf\": [{\"type\": "
                 "\"array\", \"items\": {\"type\": \"integer\", \"minimum\": 0}}]}") != NULL);
    check(strstr(text,
                 "\"versions\": {\"description\": \"versions\", \"allOf\": [{\"type\": "
                 "\"array\", \"items\": {\"anyOf\": [{\"enum\": [\"TLS 1.2\", \"TLS "
                 "\\\"1.3\\\"\"]}, {\"type\": \"integer\", \"minimum\": 0}]}}]}") != NULL);
    check(strstr(text, "\"names\": {\"description\": \"names it is for\", \"allOf\": "
                       "[{\"type\": \"array\", \"items\": {\"type\": \"string\"}}]}") != NULL);
    check(strstr(text, "\"bare\": {\"oneOf\": [\n      {\"type\": \"array\", \"items\": "
                       "{\"type\": \"integer\"") != NULL);
}

static void test_print(void)
{
    FILE *out = opened();
    pulled(chains_packet_printer(.out = out), out, "number == 1");
    check(strstr(text, "Application: hand [{'kind': 1, 'alpn': ['h2', 'http/1.1'], 'versions': "
                       "[31354, 'TLS \"1.3\"', 'TLS 1.2'], 'ciphers': [0, 9, 10, 4865, 65535], "
                       "'formats': [0, 255]}, {'kind': 2, 'alpn': ['', 'a\"b\\\\c', "
                       "'\\x1b[31m\\n', '\\xff\\xc3', '\\xe2\\x80\\xaex', '\\x00'], 'wide': "
                       "[18446744073709551615, 4294968067], 'odd': [18446744073709551615, "
                       "4294968067], 'marks': ['a\\\\000b'], 'chain': "
                       "[{'subject': 'CN=example.org', 'names': ['example.org', "
                       "'*.example.org']}, {'subject': 'CN=nobody'}, {'subject': 'CN=ca', "
                       "'names': ['ca.example']}]}]\n") != NULL);
    check(strstr(text, "Application: bare []\n") != NULL);
}

int main(void)
{
    for (size_t i = 0; i < MANY; i++) {
        many[i] = UINT64_MAX - MANY + i;
        many_sorts[i] = i % 3 == 0 ? 7 : (uint16_t)(i % 3);
        many_texts[i] = (struct chains_bytes)BYTES("t");
    }
    test_json();
    test_long();
    test_columns();
    test_counts();
    test_schema();
    test_print();
    free(text);
    return check_done();
}
