/* SPDX-License-Identifier: MIT */
/*
 * Telling characters from stray bytes. In: bytes of anybody's. Out: whole characters of valid
 * UTF-8, without overlong forms and halves of pairs, and whether one may be shown as it is.
 */
#include "utf8.h"

size_t utf8_character(const uint8_t *p, size_t left, uint32_t *code)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = p[0] < 0x80       ? 1
                 : p[0] >> 5 == 6  ? 2
                 : p[0] >> 4 == 14 ? 3
                 : p[0] >> 3 == 30 ? 4
                                   : 0;
    if (len == 0 || len > left)
        return 0;
    uint32_t value = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        value = value << 6 | (p[i] & 0x3fu);
    }
    if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return len;
}

/*
 * Controls, and what Unicode calls format characters (General_Category Cf), default ignorable
 * (Default_Ignorable_Code_Point) or ends of lines: nobody sees them, or they move what one sees.
 * Private use (Co) and what is no character and never will be: each font shows them as it likes.
 */
static const struct {
    uint32_t first, last;
} utf8_hidden_ranges[] = {
    { 0x0000, 0x001f },   { 0x007f, 0x009f },    { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
    { 0x0600, 0x0605 },   { 0x061c, 0x061c },    { 0x06dd, 0x06dd },   { 0x070f, 0x070f },
    { 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },    { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
    { 0x180b, 0x180f },   { 0x200b, 0x200f },    { 0x2028, 0x202e },   { 0x2060, 0x206f },
    { 0x3164, 0x3164 },   { 0xe000, 0xf8ff },    { 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },
    { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },    { 0xfff0, 0xfffb },   { 0x110bd, 0x110bd },
    { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },  { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
    { 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
};

bool utf8_hidden(uint32_t code)
{
    if ((code & 0xfffe) == 0xfffe) /* the last two of each plane are no characters */
        return true;
    size_t low = 0, high = sizeof utf8_hidden_ranges / sizeof *utf8_hidden_ranges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > utf8_hidden_ranges[middle].last)
            low = middle + 1;
        else if (code < utf8_hidden_ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}
