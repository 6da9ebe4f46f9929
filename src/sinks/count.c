/* SPDX-License-Identifier: MIT */
/*
 * Counts of packets and bytes by the values of fields. In: records of any kind, which pass. Out: at
 * the end, and when it begins anew, a table: the highest counts first, equal ones by their key. Up
 * to `entries` keys the counts are exact; from then on they are a sketch, and the table says so.
 */
#include "count_print.h"

#include "../bytes/shares.h"
#include "../record/batch.h"

#include <stdlib.h>

enum {
    COUNT_TOP = 10,
    COUNT_ENTRIES = 65536,
    COUNT_ENTRIES_LEAST = 1024,
    COUNT_AT_ONCE = 32, /* keys made before the first of them is looked up */
};

struct count {
    struct output output;
    struct count_keys keys;
    struct count_table table;
    uint8_t *key; /* COUNT_AT_ONCE of them; NULL: no keys are wanted */
    char *cell;   /* a column as text */
    uint32_t top;
    uint64_t packets, bytes;
    size_t memory;
    size_t key_size; /* by the check: what the budget is asked for */
};

static const struct chains_field count_options[] = {
    CHAINS_FIELD(chains_count_options, by, TEXT,
                 "fields to count by: domains.dst,transport.dport; the values of one that has "
                 "several are counted together, text longer than 253 bytes by its beginning",
                 .preset = "all records together", .bare = 1),
    OUTPUT_OPTIONS(chains_count_options),
    CHAINS_FIELD(chains_count_options, top, UINT, "lines shown", .preset = "10"),
    CHAINS_FIELD(
        chains_count_options, entries, UINT,
        "keys counted exactly; with more of them the counts are a sketch that says how "
        "much too high they may be",
        .preset = "65536"),
    CHAINS_FIELD(chains_count_options, json, BOOL,
                 "one JSON object for each line of the table"),
    CHAINS_FIELDS_END,
};

static int count_create(chains_component *self)
{
    const struct chains_count_options *options = chains_options(self);
    size_t columns = columns_number(options->by);
    if (options->by && columns == 0)
        return chains_fail(chains_about(self, "by", 0), CHAINS_EUSAGE,
                           "by which fields? For example by=packet.src,transport.dport");
    if (columns > COUNT_COLUMNS)
        return chains_fail(chains_about(self, "by", 0), CHAINS_EUSAGE,
                           "%zu fields; it counts by at most %d", columns, COUNT_COLUMNS);
    if (options->entries > COUNT_ENTRIES_MOST)
        return chains_fail(chains_about(self, "entries", 0), CHAINS_EUSAGE,
                           "entries=%u; at most %d can be held", options->entries,
                           COUNT_ENTRIES_MOST);
    return CHAINS_OK;
}

/* Names of members that the columns of a JSON line must not have. */
static bool count_is_taken(const struct column *column)
{
    static const char *const taken[] = { "packets", "bytes", "percent", "exact", "error" };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strlen(taken[i]) == column->len && !memcmp(taken[i], column->name, column->len))
            return true;
    return false;
}

static bool count_is_twice(const struct columns *columns, size_t i)
{
    const struct column *column = &columns->at[i];
    for (size_t j = 0; j < i; j++)
        if (columns->at[j].len == column->len &&
            !memcmp(columns->at[j].name, column->name, column->len))
            return true;
    return false;
}

static int count_columns(chains_component *self, struct columns *columns)
{
    const struct chains_count_options *options = chains_options(self);
    int status = columns_open(columns, self, "by", options->by);
    for (size_t i = 0; i < columns->count && status == CHAINS_OK; i++) {
        const struct column *column = &columns->at[i];
        if (count_is_twice(columns, i))
            status = chains_fail(chains_about(self, "by", 0), CHAINS_EUSAGE,
                                 "%.*s is there twice", (int)column->len, column->name);
        else if (options->json && count_is_taken(column))
            status = chains_fail(chains_about(self, "by", 0), CHAINS_EUSAGE,
                                 "the lines with json have a member %.*s already",
                                 (int)column->len, column->name);
    }
    if (status < 0)
        columns_close(columns);
    return status;
}

static int count_check(chains_component *self)
{
    struct count *count = chains_state(self);
    struct count_keys keys;
    int status = count_columns(self, &keys.columns);
    if (status == CHAINS_OK)
        count_keys_prepare(&keys, chains_layout_of(self));
    count->key_size = status == CHAINS_OK ? keys.key_size : 0;
    columns_close(&keys.columns);
    return status;
}

/* What is held for keys: a table of so many, and what writes and prints them. */
static uint64_t count_takes(const void *self, uint64_t entries)
{
    const struct count *count = chains_state(self);
    const struct chains_count_options *options = chains_options(self);
    uint64_t top = options->top ? options->top : COUNT_TOP;
    top = top < entries ? top : entries;
    return count_table_takes((uint32_t)entries, count->key_size, (uint32_t)top) +
           COUNT_AT_ONCE * count->key_size + COUNT_CELL + OUTPUT_BUFFER;
}

static void count_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct chains_count_options *options = chains_options(self);
    uint32_t entries = options->entries;
    memory->least = memory->usual = OUTPUT_BUFFER;
    if (!options->by)
        return;
    memory->least = count_takes(self, entries ? entries : COUNT_ENTRIES_LEAST);
    memory->usual = count_takes(self, entries ? entries : COUNT_ENTRIES);
}

static uint32_t count_entries(const chains_component *self)
{
    const struct chains_count_options *options = chains_options(self);
    return options->entries ? options->entries
                            : (uint32_t)shares_fit(COUNT_ENTRIES_LEAST, COUNT_ENTRIES_MOST,
                                                   chains_share(self), count_takes, self);
}

static void count_close(chains_component *self)
{
    struct count *count = chains_state(self);
    columns_close(&count->keys.columns);
    count_table_close(&count->table);
    free(count->key);
    free(count->cell);
    count->key = NULL;
    count->cell = NULL;
    output_close(&count->output);
}

/* What is held for keys, all of it from the beginning. */
static int count_open_table(struct count *count, chains_component *self)
{
    const struct chains_count_options *options = chains_options(self);
    uint32_t entries = options->by ? count_entries(self) : 0;
    int status = count_columns(self, &count->keys.columns);
    if (status < 0 || !options->by)
        return status;
    count->top = options->top ? options->top : COUNT_TOP;
    count->top = count->top < entries ? count->top : entries;
    count_keys_prepare(&count->keys, chains_layout_of(self));
    count->key = malloc(COUNT_AT_ONCE * count->keys.key_size);
    count->cell = malloc(COUNT_CELL);
    if (!count->key || !count->cell ||
        !count_table_open(&count->table, entries, count->keys.key_size, count->top))
        return chains_fail(self, CHAINS_EMEM,
                           "no memory for %u keys of up to %zu bytes: entries= makes it less",
                           entries, count->keys.key_size);
    count->memory = count->table.memory + COUNT_AT_ONCE * count->keys.key_size + COUNT_CELL;
    return CHAINS_OK;
}

static int count_open(chains_component *self)
{
    struct count *count = chains_state(self);
    const struct chains_count_options *options = chains_options(self);
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    int status = count_open_table(count, self);
    if (status == CHAINS_OK)
        status = output_open(&count->output, self, &target);
    if (status < 0)
        count_close(self);
    return status;
}

/* Counts at most COUNT_AT_ONCE records: all keys first, so that their places are on the way. */
static void count_some(chains_component *self, struct chains_record *const *records, size_t n)
{
    struct count *count = chains_state(self);
    uint64_t hash[COUNT_AT_ONCE];
    size_t len[COUNT_AT_ONCE], size = count->keys.key_size;
    uint64_t taken_over = count->table.taken_over;
    for (size_t i = 0; i < n; i++) {
        bool cut;
        len[i] = count_keys_write(&count->keys, records[i], count->key + i * size, &cut);
        hash[i] = count_table_hash(&count->table, count->key + i * size, len[i]);
        if (cut)
            chains_count_limited(self);
    }
    for (size_t i = 0; i < n; i++)
        count_table_add(&count->table, hash[i], count->key + i * size, len[i],
                        records[i]->wire_len);
    for (; taken_over < count->table.taken_over; taken_over++)
        chains_count_limited(self);
}

static int count_many(chains_component *self, struct chains_batch *batch)
{
    struct count *count = chains_state(self);
    count->packets += batch->count;
    for (size_t i = 0; i < batch->count; i++)
        count->bytes += batch->live[i]->wire_len;
    for (size_t i = 0; count->key && i < batch->count; i += COUNT_AT_ONCE) {
        size_t left = batch->count - i;
        count_some(self, batch->live + i, left < COUNT_AT_ONCE ? left : COUNT_AT_ONCE);
    }
    return CHAINS_OK;
}

static int count_print(chains_component *self)
{
    struct count *count = chains_state(self);
    const struct chains_count_options *options = chains_options(self);
    const struct count_print print = {
        .output = &count->output,
        .keys = &count->keys,
        .table = count->key ? &count->table : NULL,
        .cell = count->cell,
        .lines = count->key ? count_table_top(&count->table, count->top) : 0,
        .packets = count->packets,
        .bytes = count->bytes,
    };
    if (options->json)
        count_print_json(&print);
    else
        count_print_text(&print);
    return output_flush(&count->output);
}

/* The table so far stays with the file that is left behind. */
static int count_reopen(chains_component *self)
{
    struct count *count = chains_state(self);
    int status = count_print(self);
    count->packets = count->bytes = 0;
    if (count->key)
        count_table_clear(&count->table);
    return status < 0 ? status : output_reopen(&count->output);
}

static int count_finish(chains_component *self)
{
    struct count *count = chains_state(self);
    int status = count_print(self), closed = output_close(&count->output);
    return status < 0 ? status : closed;
}

static void count_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct count *count = chains_state(self);
    stats->memory += count->memory + OUTPUT_BUFFER;
}

const struct chains_class count_class = {
    .name = "count",
    .brief = "count packets and bytes by the values of fields, and print the highest counts",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct count),
    .options_size = sizeof(struct chains_count_options),
    .options = count_options,
    .create = count_create,
    .check = count_check,
    .memory = count_memory,
    .open = count_open,
    .access = output_slot_access,
    .many = count_many,
    .reopen = count_reopen,
    .finish = count_finish,
    .close = count_close,
    .stats = count_stats,
};

chains_component *chains_count_new(const struct chains_count_options *options)
{
    return chains_new(&count_class, options);
}
