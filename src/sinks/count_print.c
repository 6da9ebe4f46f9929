/* SPDX-License-Identifier: MIT */
/*
 * A table of counts, for people and for machines. In: the entries with the highest counts. Out: a
 * line that says how far they can be relied on, one with names, and one for each entry; or a JSON
 * object for each, which says it in itself.
 */
#include "count_print.h"

#include "../render/json_layer.h"

#include <stdio.h>

enum {
    COUNT_WIDE = 60,  /* wider columns are not aligned */
    COUNT_LINE = 160, /* a line of text without the keys */
};

/* A thousandth of all packets, rounded. */
static uint64_t count_permille(const struct count_print *print, const struct count_entry *entry)
{
    return (entry->packets * 1000 + print->packets / 2) / print->packets;
}

static void count_put(const struct count_print *print, const char *text)
{
    output_text(print->output, text, strlen(text));
}

static void count_line_end(const struct count_print *print)
{
    count_put(print, "\n");
    output_commit(print->output);
}

/* ---- the table as text ---- */

/* Places on a screen that valid UTF-8 takes. */
static size_t count_width(const char *text, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len; i++)
        width += ((uint8_t)text[i] & 0xc0) != 0x80;
    return width;
}

/*
 * Column `i` at *key as text in print->cell; its length. The next column is at *key then. Without
 * a value it is "-", with an empty one '""'.
 */
static size_t count_cell(const struct count_print *print, size_t i, const uint8_t **key)
{
    char *end;
    bool any = **key != 0;
    *key = count_keys_plain(print->keys, i, *key, print->cell, &end);
    if (end == print->cell)
        end = any ? text_literal(end, "\"\"") : text_literal(end, "-");
    return (size_t)(end - print->cell);
}

/* Text behind a gap, filled up to `width` unless it is the last of its line. */
static void count_left(const struct count_print *print, const char *text, size_t len,
                       size_t width, bool last)
{
    count_put(print, "  ");
    output_text(print->output, text, len);
    for (size_t i = count_width(text, len); i < width && !last; i++)
        count_put(print, " ");
}

static size_t count_wider(size_t width, size_t other)
{
    other = other < COUNT_WIDE ? other : COUNT_WIDE;
    return width > other ? width : other;
}

/* Finds the width of each column of keys in the first `lines` lines. */
static void count_widths(const struct count_print *print, size_t width[COUNT_COLUMNS])
{
    const struct columns *columns = &print->keys->columns;
    for (size_t i = 0; i < columns->count; i++)
        width[i] = count_wider(0, columns->at[i].len);
    for (uint32_t line = 0; line < print->lines; line++) {
        const uint8_t *key = count_table_at(print->table, line)->key;
        for (size_t i = 0; i < columns->count; i++) {
            size_t len = count_cell(print, i, &key);
            width[i] = count_wider(width[i], count_width(print->cell, len));
        }
    }
}

/* Says how far the counts can be relied on. */
static void count_print_remark(const struct count_print *print)
{
    char text[COUNT_LINE];
    uint64_t error = 0;
    for (uint32_t i = 0; i < print->lines; i++)
        if (count_table_at(print->table, i)->error > error)
            error = count_table_at(print->table, i)->error;
    if (!print->table)
        snprintf(text, sizeof text, "# exact\n");
    else if (print->table->sketch)
        snprintf(text, sizeof text,
                 "# space-saving sketch of %u keys: counts are at most %llu too high, bytes "
                 "are estimates\n",
                 print->table->most, (unsigned long long)error);
    else
        snprintf(text, sizeof text, "# exact, %u key%s\n", print->table->used,
                 print->table->used == 1 ? "" : "s");
    count_put(print, text);
    output_commit(print->output);
}

static void count_print_line(const struct count_print *print, const struct count_entry *entry,
                             const int number[2], const size_t *width)
{
    char text[COUNT_LINE];
    uint64_t permille = count_permille(print, entry);
    const uint8_t *key = entry->key;
    snprintf(text, sizeof text, "%*llu  %*llu  %5llu.%llu", number[0],
             (unsigned long long)entry->packets, number[1], (unsigned long long)entry->bytes,
             (unsigned long long)(permille / 10), (unsigned long long)(permille % 10));
    count_put(print, text);
    for (size_t i = 0; i < print->keys->columns.count; i++) {
        size_t len = count_cell(print, i, &key);
        count_left(print, print->cell, len, width[i], i + 1 == print->keys->columns.count);
    }
    count_line_end(print);
}

static int count_digits(uint64_t value, int least)
{
    int digits = 1;
    while (value >= 10) {
        value /= 10;
        digits++;
    }
    return digits > least ? digits : least;
}

void count_print_text(const struct count_print *print)
{
    const struct columns *columns = &print->keys->columns;
    const int number[2] = { count_digits(print->packets, 7), count_digits(print->bytes, 5) };
    size_t width[COUNT_COLUMNS] = { 0 };
    char text[COUNT_LINE];
    count_print_remark(print);
    count_widths(print, width);
    snprintf(text, sizeof text, "%*s  %*s%s", number[0], "packets", number[1], "bytes",
             print->table ? "  percent" : "");
    count_put(print, text);
    for (size_t i = 0; i < columns->count; i++)
        count_left(print, columns->at[i].name, columns->at[i].len, width[i],
                   i + 1 == columns->count);
    count_line_end(print);
    for (uint32_t i = 0; i < print->lines; i++)
        count_print_line(print, count_table_at(print->table, i), number, width);
    if (print->table)
        return;
    snprintf(text, sizeof text, "%*llu  %*llu", number[0], (unsigned long long)print->packets,
             number[1], (unsigned long long)print->bytes);
    count_put(print, text);
    count_line_end(print);
}

/* ---- the table as JSON ---- */

static void count_json_line(const struct count_print *print, const struct count_entry *entry)
{
    char text[COUNT_LINE];
    uint64_t permille = count_permille(print, entry);
    const uint8_t *key = entry->key;
    snprintf(text, sizeof text,
             "{\"packets\":%llu,\"bytes\":%llu,\"percent\":%llu.%llu,\"exact\":%s,"
             "\"error\":%llu",
             (unsigned long long)entry->packets, (unsigned long long)entry->bytes,
             (unsigned long long)(permille / 10), (unsigned long long)(permille % 10),
             print->table->sketch ? "false" : "true", (unsigned long long)entry->error);
    count_put(print, text);
    for (size_t i = 0; i < print->keys->columns.count; i++) {
        count_put(print, ",");
        json_text(print->output, print->keys->columns.at[i].name,
                  print->keys->columns.at[i].len);
        count_put(print, ":");
        key = count_keys_json(print->keys, i, key, print->output);
    }
    count_put(print, "}");
    count_line_end(print);
}

void count_print_json(const struct count_print *print)
{
    char text[COUNT_LINE];
    for (uint32_t i = 0; i < print->lines; i++)
        count_json_line(print, count_table_at(print->table, i));
    if (print->table)
        return;
    snprintf(text, sizeof text, "{\"packets\":%llu,\"bytes\":%llu,\"exact\":true,\"error\":0}",
             (unsigned long long)print->packets, (unsigned long long)print->bytes);
    count_put(print, text);
    count_line_end(print);
}
