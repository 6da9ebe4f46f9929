/* SPDX-License-Identifier: MIT */
/* Layers of a user's own: attached, found, printed and exported by their field tables. */
#include <chains/components.h>

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

int main(void)
{
    test_json();
    test_print();
    test_find();
    return check_done();
}
