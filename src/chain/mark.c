/* SPDX-License-Identifier: MIT */
/*
 * Where a fault is, for people. In: a sentence and a word. Out: the sentence, the words around it
 * on a line of their own, and a mark under the word. Long lines show a part; what is not
 * printable ASCII shows as '?', so that the mark stands under what it means.
 */
#include "words.h"

#include <stdio.h>
#include <string.h>

enum { MARK_WIDTH = 100, MARK_BEFORE = 60 };

void words_place(const struct words *words, size_t i, char *place, size_t size)
{
    if (!words->source) {
        snprintf(place, size, "word %zu", i + 1);
        return;
    }
    unsigned line = 1, column = 0;
    if (i < words->count) {
        line = words->word[i].line;
        column = words->word[i].from;
    } else if (words->count > 0) {
        line = words->word[words->count - 1].line;
        column = words->word[words->count - 1].to;
    }
    snprintf(place, size, "%.64s:%u:%u", words->origin, line, column + 1);
}

/* Adds `line` (`len` bytes) and the mark from column `from` to `to`. */
static void mark_line(const char *line, size_t len, size_t from, size_t to, char *error,
                      size_t error_size)
{
    char shown[MARK_WIDTH + 1], mark[MARK_WIDTH + 2];
    size_t begin = from > MARK_BEFORE && len > MARK_WIDTH ? from - MARK_BEFORE : 0;
    size_t part = len - begin < MARK_WIDTH ? len - begin : MARK_WIDTH;
    for (size_t i = 0; i < part; i++) {
        char c = line[begin + i];
        shown[i] = c >= 0x20 && c < 0x7f ? c : c == '\t' ? ' ' : '?';
    }
    shown[part] = '\0';
    size_t at = from - begin < MARK_WIDTH ? from - begin : MARK_WIDTH;
    size_t end = to - begin < MARK_WIDTH ? to - begin : MARK_WIDTH;
    memset(mark, ' ', at);
    mark[at] = '^';
    for (size_t i = at + 1; i < end; i++)
        mark[i] = '~';
    mark[end > at ? end : at + 1] = '\0';
    size_t used = strlen(error);
    snprintf(error + used, error_size - used, "\n    %s\n    %s", shown, mark);
}

void words_mark_text(const char *source, unsigned line, unsigned from, unsigned to, char *error,
                     size_t error_size)
{
    for (unsigned i = 1; i < line; i++)
        source += strcspn(source, "\n") + 1;
    size_t len = strcspn(source, "\r\n");
    if (from > len)
        from = (unsigned)len;
    mark_line(source, len, from, to < from ? from : to, error, error_size);
}

/* The words of a command line around word `i`, joined by blanks. */
static void mark_words(const struct words *words, size_t i, char *error, size_t error_size)
{
    char line[1024];
    size_t used = 0, from = 0, to = 0, first = i > 12 ? i - 12 : 0;
    for (size_t j = first; j < words->count && j < i + 12; j++) {
        const char *text = words->word[j].text;
        bool blank = text[strcspn(text, " \t\n'\"")] || !*text;
        size_t len = strnlen(text, sizeof line);
        size_t most = sizeof line - used > 4 ? sizeof line - used - 4 : 0;
        len = len < most ? len : most;
        if (j == i)
            from = used;
        if (blank && most)
            line[used++] = '\'';
        memcpy(line + used, text, len);
        used += len;
        if (blank && most)
            line[used++] = '\'';
        if (j == i)
            to = used;
        if (most)
            line[used++] = ' ';
    }
    if (i >= words->count)
        from = to = used;
    else if (used > 0)
        used--;
    mark_line(line, used, from, to, error, error_size);
}

void words_mark(const struct words *words, size_t i, char *error, size_t error_size)
{
    if (words->count == 0)
        return;
    if (!words->source) {
        mark_words(words, i, error, error_size);
        return;
    }
    const struct word *word = &words->word[words->count - 1];
    if (i < words->count)
        words_mark_text(words->source, words->word[i].line, words->word[i].from,
                        words->word[i].to, error, error_size);
    else
        words_mark_text(words->source, word->line, word->to, word->to, error, error_size);
}
