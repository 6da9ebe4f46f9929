/* SPDX-License-Identifier: MIT */
/*
 * In: layers and records. Out: their JSON, in a buffer without a file behind it. Tables are made once
 * and kept to the end of the process. What does not fit the buffer would be a fault of its own: no
 * layer of the walk is that large.
 */
#include "printed.h"
#include "fuzz.h"
#include "shown.h"

#include "../src/dissect/walk.h"
#include "../src/record/layout.h"
#include "../src/render/json_record.h"

#include <string.h>

static struct output outputs[2];

static struct output *printed_output(unsigned which)
{
    struct output *output = &outputs[which];
    if (!output->buffer)
        output->buffer = malloc(OUTPUT_BUFFER);
    must(output->buffer != NULL);
    output->used = output->whole = 0;
    return output;
}

static struct chains_bytes printed_whole(const struct output *output)
{
    must(output->used + OUTPUT_ROOM < OUTPUT_BUFFER);
    must(shown_json(output->buffer, output->used));
    return (struct chains_bytes){ (const uint8_t *)output->buffer, output->used };
}

static const struct json_table *printed_table(const struct chains_layer_type *type)
{
    static struct {
        const struct chains_layer_type *type;
        struct json_table *table;
    } known[CHAINS_IDS];
    size_t i = 0;
    while (known[i].type && known[i].type != type)
        i++;
    must(i < CHAINS_IDS - 1);
    if (!known[i].type) {
        must(json_table_new(type->fields, JSON_DEPTH, &known[i].table) == CHAINS_OK);
        known[i].type = type;
    }
    return known[i].table;
}

static struct chains_bytes printed_layer(unsigned which, const struct chains_layer_type *type,
                                         const void *layer)
{
    static const struct chains_record rec = { .kind = CHAINS_PACKETS };
    struct json_writer writer = { .output = printed_output(which), .rec = &rec };
    json_members(&writer, printed_table(type), layer, true);
    return printed_whole(writer.output);
}

void printed_layers_equal(const struct chains_layer_type *type, const void *a, const void *b)
{
    struct chains_bytes one = printed_layer(0, type, a), two = printed_layer(1, type, b);
    must(one.len == two.len && memcmp(one.at, two.at, one.len) == 0);
}

struct chains_bytes printed_record(unsigned which, const struct chains_record *rec)
{
    static struct json_record json[2];
    struct output *output = printed_output(which);
    if (!json[which].layers)
        must(json_record_open(&json[which], NULL, output, UINT64_MAX) == CHAINS_OK);
    must(json_record_write(&json[which], NULL, rec) == CHAINS_OK);
    return printed_whole(output);
}

const struct chains_layout *printed_layout(void)
{
    static struct chains_layout layout;
    if (layout.row_size)
        return &layout;
    layout_init(&layout);
    for (size_t i = 0; dissect_layers[i]; i++)
        must(layout_add(&layout, dissect_layers[i]));
    must(layout_finish(&layout));
    return &layout;
}
