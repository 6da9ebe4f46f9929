/* SPDX-License-Identifier: MIT */
/*
 * Layers of a user's own: attached, found, printed and exported by their field tables; dissected
 * over what is in their slot already.
 */
#include <chains/components.h>
#include <chains/layer/udp.h>

#include "../check.h"
#include "parts.h"

struct weather {
    uint32_t has;
    uint8_t sky;
    bool windy;
    uint16_t degrees;
    const char *place;
    struct chains_bytes raw, digest;
    struct chains_addr station;
    uint32_t signs;
    uint8_t count;
    uint16_t hours[4];
};

static const struct chains_name skies[] = { { 1, "clear" }, { 2, "cloudy" }, { 0, NULL } };
static const struct chains_name signs[] = { { 1, "sun" }, { 2, "rain" }, { 0, NULL } };
static const struct chains_field weather_fields[] = {
    CHAINS_FIELD(weather, sky, NAMED, "what is above", .names = skies),
    CHAINS_FIELD(weather, windy, BOOL, "whether it blows"),
    CHAINS_FIELD(weather, degrees, UINT, "how warm", .has = 1),
    CHAINS_FIELD(weather, place, TEXT, "where", .omit_zero = 1),
    CHAINS_FIELD(weather, raw, RAW, "as sent"),
    CHAINS_FIELD(weather, digest, HEX, "in digits"),
    CHAINS_FIELD(weather, station, ADDR, "who says so", .omit_zero = 1),
    CHAINS_FIELD(weather, signs, FLAGS, "what to expect", .names = signs),
    CHAINS_FIELD_ARRAY(weather, hours, count, "when"),
    CHAINS_FIELDS_END,
};
static const struct chains_layer_type weather_type = {
    "weather", "weather", sizeof(struct weather), weather_fields, CHAINS_ID_DYNAMIC, 0
};
static const struct chains_layer_type never_type = {
    "never", "never", sizeof(struct weather), weather_fields, CHAINS_ID_DYNAMIC, 0
};
static const struct chains_layer_type *const weather_attaches[] = { &weather_type, NULL };

static int weather_each(chains_component *self, struct chains_record *rec)
{
    struct weather *weather = chains_attach(self, rec, &weather_type);
    if (!weather || chains_attach(self, rec, &never_type))
        return chains_fail(self, CHAINS_EUSAGE, "no place for the weather");
    *weather = (struct weather){
        .has = rec->number == 1,
        .sky = (uint8_t)rec->number,
        .windy = rec->number == 2,
        .degrees = 21,
        .place = rec->number == 1 ? "Ulm" : NULL,
        .raw = { (const uint8_t *)"a\x1b\"\n\xff", 5 },
        .digest = { (const uint8_t *)"\x00\xfe", 2 },
        .signs = 3,
        .count = 2,
        .hours = { 6, 18 },
    };
    if (rec->number == 1)
        chains_addr_parse("192.0.2.1", &weather->station);
    return CHAINS_KEEP;
}

static const struct chains_class weather_class = {
    .name = "weather",
    .brief = "say what the weather is",
    .role = CHAINS_LINK,
    .attaches = weather_attaches,
    .each = weather_each,
};

static char *text_of(chains_component *sink, FILE *out, char *text, size_t size)
{
    chains_component *weather = chains_new(&weather_class, NULL);
    chains_link(weather, script_new("3e"));
    chains_link(sink, weather);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check(chains_error(sink) == NULL);
    chains_free(sink);
    rewind(out);
    size_t len = fread(text, 1, size - 1, out);
    text[len] = '\0';
    fclose(out);
    return text;
}

static void test_json(void)
{
    FILE *out = tmpfile();
    char text[4096];
    text_of(chains_json_lines(.out = out), out, text, sizeof text);
    check_eq_text(
        text,
        "{\"number\":1,\"timestamp\":\"1970-01-01T00:00:01.000000Z\",\"len\":100,\"caplen\":0,"
        "\"weather\":{\"sky\":\"clear\",\"windy\":false,\"degrees\":21,\"place\":\"Ulm\","
        "\"raw\":\"a\\u001b\\\"\\u000a\\\\xff\",\"digest\":\"00fe\",\"station\":\"192.0.2.1\","
        "\"signs\":[\"sun\",\"rain\"],\"hours\":[6,18]}}\n"
        "{\"number\":2,\"timestamp\":\"1970-01-01T00:00:02.000000Z\",\"len\":200,\"caplen\":0,"
        "\"weather\":{\"sky\":\"cloudy\",\"windy\":true,"
        "\"raw\":\"a\\u001b\\\"\\u000a\\\\xff\",\"digest\":\"00fe\","
        "\"signs\":[\"sun\",\"rain\"],\"hours\":[6,18]}}\n"
        "{\"number\":3,\"timestamp\":\"1970-01-01T00:00:03.000000Z\",\"len\":300,\"caplen\":0,"
        "\"weather\":{\"sky\":3,\"windy\":false,"
        "\"raw\":\"a\\u001b\\\"\\u000a\\\\xff\",\"digest\":\"00fe\","
        "\"signs\":[\"sun\",\"rain\"],\"hours\":[6,18]}}\n");
}

static void test_print(void)
{
    FILE *out = tmpfile();
    char text[4096];
    text_of(chains_packet_printer(.out = out), out, text, sizeof text);
    check(strstr(text,
                 "{'sky': 'clear', 'windy': False, 'degrees': 21, 'place': 'Ulm', "
                 "'raw': 'a\\x1b\"\\n\\xff', 'digest': '\\x00\\xfe', "
                 "'station': '192.0.2.1', 'signs': ['sun', 'rain'], 'hours': [6, 18]}\n"));
    check(strstr(text, "{'sky': 3, 'windy': False, "));
    check(!strchr(text, '\x1b'));
}

static void test_find(void)
{
    chains_component *weather = chains_new(&weather_class, NULL);
    chains_link(weather, script_new("1e"));
    const struct chains_record *rec = chains_next(weather);
    check(rec != NULL);
    if (rec) {
        const struct weather *layer = chains_find(rec, &weather_type);
        check(layer != NULL && layer->degrees == 21);
        check(chains_find(rec, &never_type) == NULL);
    }
    chains_free(weather);
}

/* A transport of a user's own: the first byte of its bytes is the verdict. */
struct said {
    const char *text;
    char more[400];
};

static const struct chains_field said_fields[] = {
    CHAINS_FIELD(said, text, TEXT, "what was said"),
    CHAINS_FIELDS_END,
};
static const struct chains_layer_type said_type = { "transport",         "SAID",
                                                    sizeof(struct said), said_fields,
                                                    CHAINS_ID_DYNAMIC,   0 };
extern const struct chains_layer_type udp_type;
static const struct chains_layer_type *const said_attaches[] = { &said_type, &udp_type, NULL };

static enum chains_verdict said_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct said *said = layer;
    (void)arena;
    if (said) {
        memset(said, 0xee, sizeof *said);
        said->text = "new";
    }
    *next = (struct chains_key){ CHAINS_BY_PORT, 7 };
    return chains_read_u8(in);
}

static const struct chains_key no_keys[] = { { CHAINS_BY_NOTHING, 0 } };
static const struct chains_dissector said_dissector = { "said", &said_type, no_keys,
                                                        said_dissect };
static const struct chains_dissector bare_dissector = { "bare", NULL, no_keys, said_dissect };
static const struct chains_dissector never_dissector = { "never", &never_type, no_keys,
                                                         said_dissect };

/* What a verdict leaves. */
static const struct {
    enum chains_verdict verdict;
    bool keeps;
    unsigned flags;
} said_verdicts[] = {
    { CHAINS_PARSED, true, 0 },
    { CHAINS_PARTIAL, true, CHAINS_CUT },
    { CHAINS_NOT_MINE, false, 0 },
    { CHAINS_CUT_SHORT, false, CHAINS_CUT },
    { CHAINS_MALFORMED, false, CHAINS_BROKEN },
    { CHAINS_BAD_TAIL, true, CHAINS_BROKEN },
    { CHAINS_LIMIT, true, CHAINS_TOO_DEEP },
};
enum { SAID_VERDICTS = sizeof said_verdicts / sizeof said_verdicts[0] };

/* What is in the slot before. */
enum said_before { BEFORE_NOTHING, BEFORE_UDP, BEFORE_SAID, BEFORES };

static void said_put(chains_component *self, struct chains_record *rec, enum said_before before)
{
    if (before == BEFORE_UDP) {
        struct chains_udp *udp = chains_attach(self, rec, &udp_type);
        *udp = (struct chains_udp){ .sport = 53, .dport = 5353, .len = 8, .sum = 9 };
    } else if (before == BEFORE_SAID) {
        struct said *said = chains_attach(self, rec, &said_type);
        memset(said, 0x11, sizeof *said);
        said->text = "old";
    }
}

/* Whether the slot has what was put there, byte for byte, and nothing else. */
static bool said_stays(const struct chains_record *rec, enum said_before before)
{
    const struct chains_udp *udp = chains_get(rec, udp);
    const struct said *said = chains_find(rec, &said_type);
    if (before == BEFORE_NOTHING)
        return !udp && !said;
    if (before == BEFORE_UDP)
        return !said && udp && udp->sport == 53 && udp->dport == 5353 && udp->len == 8 &&
               udp->sum == 9;
    return !udp && said && strcmp(said->text, "old") == 0 && said->more[0] == 0x11 &&
           said->more[399] == 0x11;
}

static bool said_is_new(const struct chains_record *rec)
{
    const struct said *said = chains_find(rec, &said_type);
    return !chains_get(rec, udp) && said && strcmp(said->text, "new") == 0 &&
           (uint8_t)said->more[399] == 0xee;
}

static void said_check(chains_component *self, struct chains_record *rec, size_t i,
                       enum said_before before)
{
    uint8_t bytes[2] = { (uint8_t)said_verdicts[i].verdict, 1 };
    bool keeps = said_verdicts[i].keeps;
    const struct chains_dissector *dissectors[] = { &said_dissector, &bare_dissector };
    for (size_t d = 0; d < 2; d++) {
        rec->present = 0;
        rec->flags = 0;
        rec->rest = (struct chains_bytes){ bytes, 2 };
        rec->next = (struct chains_key){ CHAINS_BY_IPPROTO, 200 };
        said_put(self, rec, before);
        printf("# dissector %zu, verdict %zu, before %d\n", d, i, (int)before);
        check_eq_u64(chains_dissect(self, rec, dissectors[d]), said_verdicts[i].verdict);
        check(keeps && d == 0 ? said_is_new(rec) : said_stays(rec, before));
        check_eq_u64(rec->flags, said_verdicts[i].flags);
        check_eq_u64(rec->rest.len, keeps ? 1 : 2);
        check_eq_u64(rec->next.space, keeps ? CHAINS_BY_PORT : CHAINS_BY_IPPROTO);
        check_eq_u64(rec->next.number, keeps ? 7 : 200);
    }
}

/* A layer that the component has not spoken of; then one that finds no room in the arena. */
static void said_refuse(chains_component *self, struct chains_record *rec)
{
    static const uint8_t parsed[2] = { CHAINS_PARSED, 1 };
    rec->present = 0;
    rec->flags = 0;
    rec->rest = (struct chains_bytes){ parsed, 2 };
    said_put(self, rec, BEFORE_UDP);
    check_eq_u64(chains_dissect(self, rec, &never_dissector), CHAINS_NOT_MINE);
    check(said_stays(rec, BEFORE_UDP) && rec->rest.len == 2 && rec->flags == 0);
    while (chains_arena_take(chains_arena_of(self), sizeof(struct said)))
        ;
    check_eq_u64(chains_dissect(self, rec, &said_dissector), CHAINS_LIMIT);
    check(said_stays(rec, BEFORE_UDP) && rec->rest.len == 2);
    check_eq_u64(rec->flags, CHAINS_TOO_DEEP);
    rec->present = 0; /* a free slot needs none */
    check_eq_u64(chains_dissect(self, rec, &said_dissector), CHAINS_PARSED);
    check(said_is_new(rec));
}

static int said_each(chains_component *self, struct chains_record *rec)
{
    for (size_t i = 0; i < SAID_VERDICTS; i++)
        for (enum said_before before = BEFORE_NOTHING; before < BEFORES; before++)
            said_check(self, rec, i, before);
    said_refuse(self, rec);
    rec->rest = rec->bytes;
    return CHAINS_KEEP;
}

static const struct chains_class said_class = {
    .name = "said",
    .brief = "dissect in every way",
    .role = CHAINS_LINK,
    .attaches = said_attaches,
    .each = said_each,
};

/* Whatever the verdict: what is in the slot is the new layer whole, or the old one untouched. */
static void test_dissect(void)
{
    chains_component *said = chains_new(&said_class, NULL);
    chains_link(said, script_new("1e"));
    check_eq_u64(chains_pull(said), CHAINS_OK);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(said, &stats);
    check_eq_u64(stats.out, 1);
    check_eq_u64(stats.cut_short, 2 * 2 * BEFORES);
    check_eq_u64(stats.malformed, 2 * 2 * BEFORES);
    check_eq_u64(stats.limited, 2 * BEFORES + 1);
    chains_free(said);
}

int main(void)
{
    test_json();
    test_print();
    test_find();
    test_dissect();
    return check_done();
}
