/* SPDX-License-Identifier: MIT */
#ifndef ROWS_H
#define ROWS_H

/*
 * For tests of fields and count: a source that gives records from a table, with a layer "odd" of
 * its own, and what a sink behind it, or behind a capture, writes.
 */
#include <chains/component.h>
#include <chains/components.h>

#include "../check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct row_item {
    uint32_t number;
};

struct row {
    uint32_t has; /* 1: maybe */
    uint32_t maybe;
    struct chains_addr addr;
    bool without; /* the layer */
    const char *name;
    struct chains_bytes raw;
    uint64_t number;
    int64_t took;
    uint16_t flags;
    uint8_t kind;
    struct chains_list list; /* of struct row_item */
    uint32_t wire_len;
    uint16_t record_flags;
    void (*before)(chains_component *source); /* called before the row is given */
};

static const struct chains_name row_kinds[] = { { 1, "one" }, { 2, "two" }, { 0, NULL } };
static const struct chains_name row_flags[] = {
    { 1, "syn" }, { 2, "a,ck" }, { 4, "fin" }, { 0, NULL }
};
static const struct chains_field row_item_fields[] = {
    CHAINS_FIELD(row_item, number, UINT, "a number"),
    CHAINS_FIELDS_END,
};
static const struct chains_field row_fields[] = {
    CHAINS_FIELD(row, name, TEXT, "a text"),
    CHAINS_FIELD(row, addr, ADDR, "an address"),
    CHAINS_FIELD(row, maybe, UINT, "a number that may be there", .has = 1),
    CHAINS_FIELD(row, raw, RAW, "bytes as text"),
    CHAINS_FIELD_AS(row, "hex", raw, HEX, "bytes as digits"),
    CHAINS_FIELD(row, number, UINT, "a number"),
    CHAINS_FIELD(row, took, DURATION, "a span of time"),
    CHAINS_FIELD(row, flags, FLAGS, "flags", .names = row_flags),
    CHAINS_FIELD(row, kind, NAMED, "a name", .names = row_kinds),
    CHAINS_FIELD(row, without, BOOL, "always false"),
    CHAINS_FIELD_LIST(row, list, row_item, row_item_fields, "a list"),
    CHAINS_FIELDS_END,
};
static const struct chains_layer_type row_type = { "odd",      "odd", sizeof(struct row),
                                                   row_fields, 0,     0 };
static const struct chains_layer_type *const rows_attach[] = { &row_type, NULL };

/* What the next chain reads. */
static struct {
    const struct row *rows;
    size_t count;
} rows;

/* One record a batch, so that what is done before it is done between batches. */
static int rows_next(chains_component *self, struct chains_batch *out)
{
    size_t *at = chains_state(self);
    if (*at == rows.count)
        return CHAINS_END;
    const struct row *row = &rows.rows[(*at)++];
    struct chains_record *rec = chains_batch_add(out);
    rec->number = *at;
    rec->wire_len = row->wire_len;
    rec->time_ns = (int64_t)*at * 1000000000;
    rec->flags = row->record_flags;
    if (!row->without)
        memcpy(chains_attach(self, rec, &row_type), row, sizeof *row);
    if (row->before)
        row->before(self);
    return CHAINS_OK;
}

static const struct chains_class rows_class = {
    .name = "rows",
    .brief = "records of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(size_t),
    .attaches = rows_attach,
    .next = rows_next,
};

/* What is in a file from its beginning on, as text to be freed; NULL when there is none. */
static inline char *text_of(FILE *file)
{
    size_t size = 1 << 22;
    char *text = malloc(size);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    return text;
}

static inline char *text_of_path(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = file ? text_of(file) : NULL;
    if (file)
        fclose(file);
    return text;
}

/* Links and pulls `sink` behind `upstream` and frees both; the error, or "" */
static inline const char *pull_behind(chains_component *sink, chains_component *upstream,
                                      struct chains_stats *stats)
{
    static char why[1024];
    chains_link(sink, upstream);
    int status = chains_pull(sink);
    snprintf(why, sizeof why, "%s", status < 0 ? chains_error(sink) : "");
    if (stats) {
        stats->size = sizeof *stats;
        chains_stats(sink, stats);
    }
    chains_free(sink);
    return why;
}

/* packet_streamer ! packet_meta ! tagger over a capture of tests/pcap. */
static inline chains_component *capture_chain(const char *folder, const char *name,
                                              uint64_t packets)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    chains_component *meta = chains_packet_meta(), *tagger = chains_tagger();
    chains_link(meta, chains_packet_streamer(.iface_name = path, .max_packets = packets));
    chains_link(tagger, meta);
    return tagger;
}

static inline chains_component *rows_chain(const struct row *table, size_t count)
{
    rows.rows = table;
    rows.count = count;
    return chains_new(&rows_class, NULL);
}

static inline void check_file(const char *path, const char *want)
{
    char *text = text_of_path(path);
    check_eq_text(text, want);
    free(text);
}

#endif
