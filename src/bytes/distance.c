/* SPDX-License-Identifier: MIT */
/*
 * How far one word is from another. In: two words. Out: how many bytes must be put in, taken out
 * or replaced to make one of the other; two neighbours that changed places count as one. Kept:
 * words of more than 32 bytes are not measured, so that the table fits on the stack.
 */
#include <chains/bytes.h>

enum { WORD = 32 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Row `i` of the table out of the two rows before it; row[k][j] is row i - 2 + k, column j. */
static void distance_row(size_t row[3][WORD + 1], size_t i, const char *a, const char *b,
                         size_t b_len)
{
    row[2][0] = i;
    for (size_t j = 1; j <= b_len; j++) {
        size_t edits = least(row[1][j], row[2][j - 1]) + 1;
        edits = least(edits, row[1][j - 1] + (a[i - 1] != b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            edits = least(edits, row[0][j - 2] + 1);
        row[2][j] = edits;
    }
    for (size_t j = 0; j <= b_len; j++) {
        row[0][j] = row[1][j];
        row[1][j] = row[2][j];
    }
}

size_t chains_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[3][WORD + 1] = { { 0 } };
    if (a_len > WORD || b_len > WORD)
        return WORD + 1;
    for (size_t j = 0; j <= b_len; j++)
        row[1][j] = j;
    for (size_t i = 1; i <= a_len; i++)
        distance_row(row, i, a, b, b_len);
    return row[1][b_len];
}
