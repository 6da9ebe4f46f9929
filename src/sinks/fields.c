/* SPDX-License-Identifier: MIT */
/*
 * Chosen fields, one record a line. In: records and names of fields. Out: their values as columns
 * behind tabs or commas, an absent one empty, several of one field joined. Every record has its
 * line. Lines end with LF in CSV too, as those of most tools do; a line of one empty column is ""
 * there, since readers skip empty lines.
 */
#include "../render/columns.h"

#include "../record/batch.h"

enum {
    FIELDS_MOST = 64,      /* columns */
    FIELDS_SEPARATOR = 16, /* bytes of the option */
};

struct fields {
    struct output output; /* first: the slots of output.h find it there */
    struct columns columns;
    struct plain plain;
    bool header; /* wanted */
};

static const struct chains_name fields_formats[] = {
    { CHAINS_FIELDS_TSV, "tsv" },
    { CHAINS_FIELDS_CSV, "csv" },
    { 0, NULL },
};

static const struct chains_field fields_options[] = {
    CHAINS_FIELD(chains_fields_options, fields, TEXT,
                 "fields in the order of their columns, at most 64: packet.src,transport.dport",
                 .bare = 1),
    OUTPUT_OPTIONS(chains_fields_options),
    CHAINS_FIELD(
        chains_fields_options, format, NAMED,
        "tabs between columns, or commas and quotes as RFC 4180 has it, lines ended by LF",
        .names = fields_formats, .preset = "tsv"),
    CHAINS_FIELD(chains_fields_options, no_header, BOOL, "leave out the line with the names"),
    CHAINS_FIELD(chains_fields_options, separator, TEXT, "between several values of one field",
                 .preset = ","),
    CHAINS_FIELDS_END,
};

/* A separator is text that stands for itself. */
static bool fields_separates(const char *separator)
{
    char escaped[PLAIN_PER_BYTE * FIELDS_SEPARATOR];
    size_t len = strlen(separator);
    return len > 0 && len <= FIELDS_SEPARATOR &&
           plain_escape(escaped, separator, len) == escaped + len;
}

static int fields_create(chains_component *self)
{
    const struct chains_fields_options *options = chains_options(self);
    size_t count = columns_number(options->fields);
    if (count == 0)
        return chains_fail(chains_about(self, "fields", 0), CHAINS_EUSAGE,
                           "which fields? For example fields=packet.src,transport.dport");
    if (count > FIELDS_MOST)
        return chains_fail(chains_about(self, "fields", 0), CHAINS_EUSAGE,
                           "%zu fields; at most %d have a column", count, FIELDS_MOST);
    if (options->format > CHAINS_FIELDS_CSV)
        return chains_fail(self, CHAINS_EUSAGE, "there is no format=%u",
                           (unsigned)options->format);
    if (options->separator && !fields_separates(options->separator))
        return chains_fail(chains_about(self, "separator", 0), CHAINS_EUSAGE,
                           "separator= takes 1 to %d bytes without backslashes and control "
                           "characters",
                           FIELDS_SEPARATOR);
    return CHAINS_OK;
}

static int fields_check(chains_component *self)
{
    const struct chains_fields_options *options = chains_options(self);
    struct columns columns;
    int status = columns_open(&columns, self, "fields", options->fields);
    columns_close(&columns);
    return status;
}

static void fields_close(chains_component *self)
{
    struct fields *fields = chains_state(self);
    columns_close(&fields->columns);
    output_close(&fields->output);
}

/* The line with the names, where nothing stands before it. */
static void fields_header(struct fields *fields)
{
    if (!fields->header || !fields->output.fresh)
        return;
    for (size_t i = 0; i < fields->columns.count; i++) {
        if (i > 0)
            output_text(&fields->output, fields->plain.csv ? "," : "\t", 1);
        plain_text(&fields->plain, fields->columns.at[i].name, fields->columns.at[i].len);
    }
    output_text(&fields->output, "\n", 1);
    output_commit(&fields->output);
}

static int fields_open(chains_component *self)
{
    struct fields *fields = chains_state(self);
    const struct chains_fields_options *options = chains_options(self);
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    int status = columns_open(&fields->columns, self, "fields", options->fields);
    if (status == CHAINS_OK)
        status = output_open(&fields->output, self, &target);
    if (status < 0) {
        fields_close(self);
        return status;
    }
    fields->header = !options->no_header;
    fields->plain.output = &fields->output;
    fields->plain.csv = options->format == CHAINS_FIELDS_CSV;
    fields->plain.separator = options->separator ? options->separator : ",";
    fields->plain.separator_len = strlen(fields->plain.separator);
    fields_header(fields);
    return CHAINS_OK;
}

/* One room check serves all columns of fixed length. */
static void fields_record(struct fields *fields, const struct chains_record *rec)
{
    _Static_assert(FIELDS_MOST * (PLAIN_SHORT + 1) + 3 <= OUTPUT_ROOM, "one check a line");
    struct output *output = &fields->output;
    const struct column *column = fields->columns.at, *end = column + fields->columns.count;
    const char gap = fields->plain.csv ? ',' : '\t';
    const int digits = plain_digits(rec);
    char *out = output_room(output, OUTPUT_ROOM);
    bool empty = true;
    for (; column < end; column++) {
        const void *base;
        const struct column_cell *cell = column_cell(column, rec, &base);
        if (cell && cell->op != VALUE_OP_LONG) {
            const char *before = out;
            out = plain_short(out, cell->op, (const char *)base + cell->offset,
                              &fields->plain.clock, digits);
            empty = empty && out == before;
        } else if (cell) {
            output_put(output, out);
            plain_column(&fields->plain, &column->path, rec);
            empty = empty && output->used == output->whole;
            out = output_room(output, OUTPUT_ROOM);
        }
        *out++ = gap;
    }
    out--; /* the gap behind the last column */
    if (empty && fields->plain.csv && fields->columns.count == 1)
        out = text_literal(out, "\"\"");
    *out++ = '\n';
    output_put(output, out);
    output_commit(output);
}

static int fields_many(chains_component *self, struct chains_batch *batch)
{
    struct fields *fields = chains_state(self);
    for (size_t i = 0; i < batch->count; i++)
        fields_record(fields, batch->live[i]);
    return output_end(&fields->output);
}

static int fields_reopen(chains_component *self)
{
    struct fields *fields = chains_state(self);
    int status = output_reopen(&fields->output);
    if (status == CHAINS_OK)
        fields_header(fields);
    return status;
}

const struct chains_class fields_class = {
    .name = "fields",
    .brief = "print chosen fields, one record a line",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct fields),
    .options_size = sizeof(struct chains_fields_options),
    .options = fields_options,
    .create = fields_create,
    .check = fields_check,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = fields_open,
    .access = output_slot_access,
    .many = fields_many,
    .idle = output_slot_idle,
    .reopen = fields_reopen,
    .finish = output_slot_finish,
    .close = fields_close,
};

chains_component *chains_fields_new(const struct chains_fields_options *options)
{
    return chains_new(&fields_class, options);
}
