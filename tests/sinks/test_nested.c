/* SPDX-License-Identifier: MIT */
/*
 * Lists and objects inside each other, other names of fields, and records that are no packets, in
 * everything that is made from field tables: JSON, its schema, the full print, columns, counts and
 * expressions. The layers are the test's own, shaped like those of HTTP, DNS and flows.
 */
#include <chains/component.h>
#include <chains/components.h>

#include "../../src/render/dict.h"
#include "../../src/render/json_schema.h"
#include "../check.h"

#include <stdlib.h>

enum { TALK_HAS_STATUS = 1, TALK_HAS_REQUEST = 2, NAME_HAS_EDNS = 1, RECORDS = 5 };

struct header {
    struct chains_bytes name, value;
};

struct asked {
    struct chains_bytes host, uri;
};

struct message {
    uint32_t has;
    uint16_t status;
    uint32_t weird;
    struct chains_bytes host, agent;
    struct asked request;
    struct chains_list headers;
};

struct talk {
    struct chains_list talk;
};

struct answer {
    const char *name;
    struct chains_bytes rdata;
};

struct edns {
    uint16_t size;
};

struct name {
    uint32_t has;
    uint16_t id, count;
    struct chains_list queries, answers;
    struct edns edns;
};

struct side {
    uint64_t bytes;
};

struct pair {
    struct side orig, resp;
};

static const struct chains_name weirds[] = { { 1, "odd" }, { 2, "long" }, { 0, NULL } };
static const struct chains_field header_fields[] = {
    CHAINS_FIELD(header, name, RAW, "name of it"),
    CHAINS_FIELD(header, value, RAW, "value of it"),
    CHAINS_FIELDS_END,
};
static const struct chains_field asked_fields[] = {
    CHAINS_FIELD(asked, host, RAW, "host asked"),
    CHAINS_FIELD(asked, uri, RAW, "target asked for"),
    CHAINS_FIELDS_END,
};
static const struct chains_field message_fields[] = {
    CHAINS_FIELD(message, status, UINT, "number of the answer", .has = TALK_HAS_STATUS),
    CHAINS_FIELD(message, host, RAW, "host", .omit_zero = 1),
    CHAINS_FIELD(message, agent, RAW, "program"),
    CHAINS_FIELD_AS(message, "user_agent", agent, RAW, "program", .alias = 1),
    CHAINS_FIELD(message, weird, FLAGS, "oddities", .names = weirds, .omit_zero = 1),
    CHAINS_FIELD(message, request, OBJECT, "what was asked", .fields = asked_fields,
                 .has = TALK_HAS_REQUEST),
    CHAINS_FIELD_LIST(message, headers, header, header_fields, "all headers"),
    CHAINS_FIELDS_END,
};
static const struct chains_field talk_fields[] = {
    CHAINS_FIELD_LIST(talk, talk, message, message_fields, "messages"),
    CHAINS_FIELDS_END,
};
static const struct chains_field answer_fields[] = {
    CHAINS_FIELD(answer, name, TEXT, "owner"),
    CHAINS_FIELD(answer, rdata, RAW, "data"),
    CHAINS_FIELDS_END,
};
static const struct chains_field edns_fields[] = {
    CHAINS_FIELD(edns, size, UINT, "payload taken"),
    CHAINS_FIELDS_END,
};
static const struct chains_field name_fields[] = {
    CHAINS_FIELD(name, id, UINT, "identifier"),
    CHAINS_FIELD_LIST(name, queries, answer, answer_fields, "questions"),
    CHAINS_FIELD_LIST(name, answers, answer, answer_fields, "answers"),
    CHAINS_FIELD_AS(name, "qr", id, UINT, "another name of id", .alias = 1),
    CHAINS_FIELD(name, edns, OBJECT, "extension", .fields = edns_fields, .has = NAME_HAS_EDNS),
    CHAINS_FIELDS_END,
};
static const struct chains_field side_fields[] = {
    CHAINS_FIELD(side, bytes, UINT, "payload"),
    CHAINS_FIELDS_END,
};
static const struct chains_field pair_fields[] = {
    CHAINS_FIELD(pair, orig, OBJECT, "one side", .fields = side_fields),
    CHAINS_FIELD(pair, resp, OBJECT, "the other", .fields = side_fields),
    CHAINS_FIELDS_END,
};
/* A bare layer stays bare with another name for its field. */
static const struct chains_field odd_fields[] = {
    CHAINS_FIELD_AS(edns, "odd", size, UINT, "a number"),
    CHAINS_FIELD_AS(edns, "strange", size, UINT, "the same", .alias = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type talk_type = { "talk",      "talk", sizeof(struct talk),
                                                    talk_fields, 0,      0 };
static const struct chains_layer_type name_type = { "name",      "name", sizeof(struct name),
                                                    name_fields, 0,      0 };
static const struct chains_layer_type pair_type = { "pair",      "pair", sizeof(struct pair),
                                                    pair_fields, 0,      0 };
static const struct chains_layer_type odd_type = { "odd",      "odd", sizeof(struct edns),
                                                   odd_fields, 0,     0 };
static const struct chains_layer_type *const nested_attaches[] = { &talk_type, &name_type,
                                                                   &pair_type, &odd_type,
                                                                   NULL };

#define BYTES(text)                                                                            \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }
#define LIST(items_)                                                                           \
    {                                                                                          \
        .items = (items_), .count = sizeof(items_) / sizeof *(items_)                          \
    }

static const struct header headers[] = { { BYTES("Host"), BYTES("a.example") },
                                         { BYTES("X-\"Y"), BYTES("1\x1b") } };
static const struct message messages[] = {
    { .host = BYTES("a.example"), .agent = BYTES("curl"), .headers = LIST(headers) },
    { .has = TALK_HAS_STATUS | TALK_HAS_REQUEST,
      .status = 404,
      .weird = 3,
      .agent = BYTES(""),
      .request = { BYTES("b.example"), BYTES("/x y") } },
};
static const struct answer queries[] = { { "q.example", BYTES("") } };
static const struct answer answers[] = { { "q.example", BYTES("192.0.2.1") },
                                         { "q.example", BYTES("192.0.2.2") } };

/* A packet with all layers, an event about it, an event about nothing, a flow, a bare packet. */
static int nested_next(chains_component *self, struct chains_batch *out)
{
    bool *given = chains_state(self);
    static const uint16_t kinds[RECORDS] = { CHAINS_STREAMS, CHAINS_EVENTS, CHAINS_EVENTS,
                                             CHAINS_FLOWS, CHAINS_PACKETS };
    static const uint64_t numbers[RECORDS] = { 7, 7, 0, 0, 8 };
    if (*given)
        return CHAINS_END;
    *given = true;
    for (int i = 0; i < RECORDS; i++) {
        struct chains_record *rec = chains_batch_add(out);
        rec->kind = kinds[i];
        rec->number = numbers[i];
        rec->time_ns = i * INT64_C(1000000000);
        rec->wire_len = i == 0 || i == 4 ? 60 : 0;
        if (i == 0)
            *(struct talk *)chains_attach(self, rec, &talk_type) =
                (struct talk){ LIST(messages) };
        if (i == 0 || i == 1)
            *(struct name *)chains_attach(self, rec, &name_type) = (struct name){
                .has = i == 0 ? NAME_HAS_EDNS : 0,
                .id = (uint16_t)(100 + i),
                .queries = LIST(queries),
                .answers = { answers, i == 0 ? 2 : 0 },
                .edns = { 1232 },
            };
        if (i == 3)
            *(struct pair *)chains_attach(self, rec, &pair_type) =
                (struct pair){ { 10 }, { 2000 } };
        if (i == 4)
            *(struct edns *)chains_attach(self, rec, &odd_type) = (struct edns){ 3 };
    }
    return CHAINS_OK;
}

static const struct chains_class nested_class = {
    .name = "nested",
    .brief = "records of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_STREAMS | CHAINS_EVENTS | CHAINS_FLOWS,
    .state_size = sizeof(bool),
    .attaches = nested_attaches,
    .next = nested_next,
};

/* What a sink, made with `out`, writes behind the source and `where`; to be freed. */
static chains_component *nested_chain(const char *expression)
{
    chains_component *source = chains_new(&nested_class, NULL);
    if (!expression)
        return source;
    chains_component *where = chains_where(.expression = expression);
    chains_link(where, source);
    return where;
}

static char *text;
static size_t text_len;

static const char *pulled(chains_component *sink, FILE *out, const char *expression)
{
    chains_link(sink, nested_chain(expression));
    int status = chains_pull(sink);
    if (status < 0)
        fprintf(out, "%s", chains_error(sink));
    chains_free(sink);
    fclose(out);
    return text;
}

static FILE *opened(void)
{
    free(text);
    return open_memstream(&text, &text_len);
}

static void check_json(const char *expression, const char *want)
{
    FILE *out = opened();
    check_eq_text(pulled(chains_json_lines(.out = out), out, expression), want);
}

static void check_fields(const char *fields, const char *expression, const char *want)
{
    FILE *out = opened();
    check_eq_text(
        pulled(chains_fields(.out = out, .fields = fields, .no_header = true), out, expression),
        want);
}

#define TALK                                                                                   \
    "\"talk\":[{\"host\":\"a.example\",\"agent\":\"curl\",\"headers\":[{\"name\":\"Host\","    \
    "\"value\":\"a.example\"},{\"name\":\"X-\\\"Y\",\"value\":\"1\\u001b\"}]},{\"status\":"    \
    "404,\"agent\":\"\",\"weird\":[\"odd\",\"long\"],\"request\":{\"host\":\"b.example\","     \
    "\"uri\":\"/x y\"}}]"

static void test_json(void)
{
    check_json(
        "talk",
        "{\"number\":7,\"timestamp\":\"1970-01-01T00:00:00.000000Z\",\"len\":60,"
        "\"caplen\":0," TALK ",\"name\":{\"id\":100,\"queries\":[{\"name\":\"q.example\""
        ",\"rdata\":\"\"}],\"answers\":[{\"name\":\"q.example\",\"rdata\":\"192.0.2.1\"}"
        ",{\"name\":\"q.example\",\"rdata\":\"192.0.2.2\"}],\"edns\":{\"size\":1232}}}\n");
    check_json(
        "timestamp >= 1970-01-01T00:00:01Z",
        "{\"number\":7,\"timestamp\":\"1970-01-01T00:00:01.000000Z\",\"name\":{\"id\":101"
        ",\"queries\":[{\"name\":\"q.example\",\"rdata\":\"\"}]}}\n"
        "{\"timestamp\":\"1970-01-01T00:00:02.000000Z\"}\n"
        "{\"timestamp\":\"1970-01-01T00:00:03.000000Z\",\"pair\":{\"orig\":{\"bytes\":10}"
        ",\"resp\":{\"bytes\":2000}}}\n"
        "{\"number\":8,\"timestamp\":\"1970-01-01T00:00:04.000000Z\",\"len\":60,"
        "\"caplen\":0,\"odd\":3}\n");
}

/* Each expression, and the seconds of the records that it holds for. */
static void test_expressions(void)
{
    static const struct {
        const char *expression, *want;
    } rows[] = {
        { "talk", "0" },
        { "talk.request.host == \"b.example\"", "0" },
        { "talk.request.host == \"a.example\"", "" },
        { "talk.headers.value contains \"a.ex\"", "0" },
        { "talk.headers.name matches \"^X\"", "0" },
        { "talk.status >= 400", "0" },
        { "talk.request", "0" },
        { "talk.weird has {odd, long}", "0" },
        { "talk.user_agent == \"curl\"", "0" }, /* another name */
        { "name.answers.rdata == \"192.0.2.2\"", "0" },
        { "name.answers", "0" },
        { "name.queries.name == \"q.example\"", "0\n1" },
        { "name.qr == 101", "1" },
        { "name.edns.size == 1232", "0" },
        { "pair.orig.bytes < pair.resp.bytes", "3" },
        { "pair.resp.bytes == 2000", "3" },
        { "odd == 3", "4" },
        { "odd.strange == 3", "4" },
        { "number == 0", "2\n3" },
        { "talk.host == \"\"", "" }, /* left out when it is empty: no value */
        { "talk.agent == \"\"", "0" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char want[64] = "";
        for (const char *c = rows[i].want; *c; c++)
            snprintf(want + strlen(want), sizeof want - strlen(want),
                     *c == '\n' ? "\n" : "1970-01-01T00:00:0%c.000000Z", *c);
        if (*want)
            strcat(want, "\n");
        check_fields("timestamp", rows[i].expression, want);
    }
}

static void test_columns(void)
{
    check_fields("talk.request.host,talk.headers.name,talk.headers.value,talk.host", "talk",
                 "b.example\tHost,X-\"Y\ta.example,1\\x1b\ta.example\n");
    check_fields("name.answers.rdata,name.edns.size,talk.user_agent", "name",
                 "192.0.2.1,192.0.2.2\t1232\tcurl,\n\t\t\n");
    check_fields("pair.orig.bytes,pair.resp.bytes,pair.orig", "pair", "10\t2000\ttrue\n");
    FILE *out = opened();
    check(strstr(pulled(chains_count(.out = out, .by = "talk.request.host"), out, NULL),
                 "b.example") != NULL);
    out = opened(); /* every record counts, whatever its kind */
    check(strstr(pulled(chains_count(.out = out, .json = true), out, NULL),
                 "{\"packets\":5,\"bytes\":120,") == text);
    check_fields("name.qt", NULL, "fields: no field \"name.qt\"; did you mean \"name.qr\"?");
    check_fields("talk.request.hots", NULL,
                 "fields: no field \"talk.request.hots\"; did you mean \"talk.request.host\"?");
}

static void test_schema(void)
{
    FILE *out = opened();
    check(json_schema_write(out, nested_attaches));
    fclose(out);
    check(strstr(text, "\"headers\": {\"description\": \"all headers\"") != NULL);
    check(strstr(text, "\"value\": {\"description\": \"value of it\"") != NULL);
    check(strstr(text, "\"uri\": {\"description\": \"target asked for\"") != NULL);
    check(strstr(text, "user_agent") == NULL);
    check(strstr(text, "\"qr\"") == NULL);
    check(strstr(text, "strange") == NULL);
    check(strstr(text, "\"odd\": {\"oneOf\": [\n      {\"type\": \"integer\"") != NULL);
    check(strstr(text, "\"required\": [\"timestamp\"]") != NULL);
}

/* The prints for people: packets alone, and no other names. */
static void test_prints(void)
{
    FILE *out = opened();
    pulled(chains_packet_summary(.out = out), out, NULL);
    check_eq_text(text, "1970-01-01 00:00:00 - FRAME of 60 bytes\n"
                        "1970-01-01 00:00:04 - FRAME of 60 bytes\n");
    out = opened();
    pulled(chains_packet_printer(.out = out), out, NULL);
    check(strstr(text, "Application: talk [{'host': 'a.example', 'agent': 'curl', 'headers': "
                       "[{'name': 'Host', 'value': 'a.example'}, {'name': 'X-\"Y', 'value': "
                       "'1\\x1b'}]}, {'status': 404, 'agent': '', 'weird': ['odd', 'long'], "
                       "'request': {'host': 'b.example', 'uri': '/x y'}}]\n") != NULL);
    check(strstr(text, "Application: odd 3\n") != NULL);
    check(strstr(text, "user_agent") == NULL && strstr(text, "qr") == NULL);
    unsigned prints = 0;
    for (const char *at = text; (at = strstr(at, "Timestamp: ")); at++)
        prints++;
    check_eq_u64(prints, 2);
}

int main(void)
{
    test_json();
    test_expressions();
    test_columns();
    test_schema();
    test_prints();
    free(text);
    return check_done();
}
