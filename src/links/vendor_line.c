/* SPDX-License-Identifier: MIT */
/*
 * Lines of files of MAC address blocks. In: a line. Out: the block that it names, and whose it is.
 * Kept: three forms are told by how a line begins, and whatever begins otherwise says nothing; only
 * blocks of 24, 28 and 36 bits are of makers.
 *
 *   00-1B-C5   (hex)       IEEE Registration Authority      oui.txt, mam.txt, oui36.txt: the
 *   001BC5     (base 16)   ...                              second line counts, with the first
 *   900000-9FFFFF (base 16) Private                         one where it is a range
 *   MA-M,741AE09,"Name, Inc.",Street                        .csv
 *   00:1B:C5:00:00:00/36   Short   Long name                manuf, parted by tabs
 */
#include "vendor_line.h"

#include <string.h>

enum { MAC_BITS = 48, OUI_DIGITS = 6 };

static int line_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits from the front of `line`, at most 12; their number. */
static unsigned line_digits(struct chains_bytes *line, uint64_t *value)
{
    unsigned count = 0;
    *value = 0;
    for (; line->len && count < 12 && line_digit(chains_byte(*line, 0)) >= 0;
         count++, *line = chains_behind(*line, 1))
        *value = *value << 4 | (unsigned)line_digit(chains_byte(*line, 0));
    return count;
}

static void line_skip(struct chains_bytes *line, size_t count)
{
    *line = chains_behind(*line, count);
}

static bool line_starts(const struct chains_bytes *line, const char *text)
{
    size_t len = strlen(text);
    return line->len >= len && memcmp(line->at, text, len) == 0;
}

static void line_blanks(struct chains_bytes *line)
{
    while (line->len && (chains_byte(*line, 0) == ' ' || chains_byte(*line, 0) == '\t'))
        line_skip(line, 1);
}

/* What is in front of the next `end`, which is passed over, or all of it. */
static struct chains_bytes line_part(struct chains_bytes *line, char end)
{
    const uint8_t *at = memchr(line->at, end, line->len);
    size_t len = at ? (size_t)(at - line->at) : line->len;
    struct chains_bytes part = { line->at, len };
    line_skip(line, at ? len + 1 : len);
    return part;
}

static bool line_block(struct vendor_block *block, uint64_t first, unsigned bits)
{
    static const uint64_t group_or_local = UINT64_C(3) << 40;
    block->first = first;
    block->bits = bits;
    return (bits == 24 || bits == 28 || bits == 36) && !(first & group_or_local);
}

/* A comma ends a field, unless the field is in quotation marks; two of those inside are left two. */
static struct chains_bytes line_csv_field(struct chains_bytes *line)
{
    if (!line_starts(line, "\""))
        return line_part(line, ',');
    line_skip(line, 1);
    size_t len = 0;
    while (len < line->len && (chains_byte(*line, len) != '"' ||
                               (len + 1 < line->len && chains_byte(*line, len + 1) == '"')))
        len += chains_byte(*line, len) == '"' ? 2 : 1;
    struct chains_bytes field = { line->at, len };
    line_skip(line, len);
    line_part(line, ',');
    return field;
}

static bool line_csv(struct chains_bytes line, struct vendor_block *block)
{
    uint64_t first;
    line_part(&line, ',');
    struct chains_bytes assignment = line_csv_field(&line);
    unsigned digits = line_digits(&assignment, &first);
    if (assignment.len > 0 || digits < OUI_DIGITS)
        return false;
    block->name = line_csv_field(&line);
    return line_block(block, first << (MAC_BITS - 4 * digits), 4 * digits);
}

/* Three or six pairs of digits, and perhaps how many bits of them count. */
static bool line_pairs(struct chains_bytes *line, uint64_t *first, unsigned *bits)
{
    unsigned pairs = 0;
    uint64_t value;
    *first = 0;
    for (; pairs < 6; pairs++) {
        if (pairs && line->len &&
            (chains_byte(*line, 0) == ':' || chains_byte(*line, 0) == '-' ||
             chains_byte(*line, 0) == '.'))
            line_skip(line, 1);
        else if (pairs)
            break;
        if (line->len < 2 || line_digit(chains_byte(*line, 0)) < 0 ||
            line_digit(chains_byte(*line, 1)) < 0)
            return false;
        struct chains_bytes pair = { line->at, 2 };
        line_digits(&pair, &value);
        *first = *first << 8 | value;
        line_skip(line, 2);
    }
    *first <<= MAC_BITS - 8 * pairs;
    *bits = 8 * pairs;
    if (!line_starts(line, "/"))
        return pairs == 3;
    line_skip(line, 1);
    for (*bits = 0; line->len && chains_byte(*line, 0) >= '0' && chains_byte(*line, 0) <= '9' &&
                    *bits < 100;
         line_skip(line, 1))
        *bits = *bits * 10 + (unsigned)(chains_byte(*line, 0) - '0');
    return true;
}

static bool line_manuf(struct vendor_lines *lines, struct chains_bytes line,
                       struct vendor_block *block)
{
    uint64_t first;
    unsigned bits;
    if (!line_pairs(&line, &first, &bits))
        return false;
    struct chains_bytes behind = line;
    line_blanks(&behind);
    if (line_starts(&behind, "(hex)")) {
        *lines = (struct vendor_lines){ first, true };
        return false;
    }
    if (behind.len == line.len)
        return false; /* it went on without a blank */
    struct chains_bytes name = line_part(&behind, '\t'), more = line_part(&behind, '\t');
    block->name = more.len ? more : name;
    return line_block(block, first, bits);
}

/* "900000-9FFFFF": the last 24 bits of a range, which is a block when it is one of 2 to the n. */
static bool line_range(const struct vendor_lines *lines, uint64_t from, uint64_t to,
                       struct vendor_block *block)
{
    bool block28 = to - from == 0xfffff && !(from & 0xfffff);
    bool block36 = to - from == 0xfff && !(from & 0xfff);
    return lines->any && from < to && (block28 || block36) &&
           line_block(block, lines->begun | from, block28 ? 28 : 36);
}

static bool line_base16(struct vendor_lines *lines, struct chains_bytes line,
                        struct vendor_block *block)
{
    uint64_t from, to = 0;
    if (line_digits(&line, &from) != OUI_DIGITS)
        return false;
    bool range = line_starts(&line, "-");
    if (range) {
        line_skip(&line, 1);
        if (line_digits(&line, &to) != OUI_DIGITS)
            return false;
    }
    line_blanks(&line);
    if (!line_starts(&line, "(base 16)"))
        return false;
    line_skip(&line, strlen("(base 16)"));
    block->name = line;
    bool good = range ? line_range(lines, from, to, block) : line_block(block, from << 24, 24);
    lines->any = false;
    return good;
}

bool vendor_line(struct vendor_lines *lines, struct chains_bytes line,
                 struct vendor_block *block)
{
    static const char *const registries[] = { "MA-L,", "MA-M,", "MA-S,", "IAB," };
    for (size_t i = 0; i < sizeof registries / sizeof *registries; i++)
        if (line_starts(&line, registries[i]))
            return line_csv(line, block);
    if (line.len > 2 && (chains_byte(line, 2) == ':' || chains_byte(line, 2) == '-' ||
                         chains_byte(line, 2) == '.'))
        return line_manuf(lines, line, block);
    return line_base16(lines, line, block);
}
