/* SPDX-License-Identifier: MIT */
/*
 * A text as words. In: the text of a .chain file. Out: words, with the places they came from.
 * Kept: what was quoted or stands for a variable is never split and never an operator.
 */
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct split {
    const char *text, *at;
    unsigned line;
    const char *line_at; /* the first byte of the line */
    char *room;
    size_t used, size;
    size_t *start; /* of each word in `room`, which may move */
    struct words *words;
    const struct chains_parse_options *options;
    char *error;
    size_t error_size;
    bool failed;
};

static unsigned split_column(const struct split *in, const char *at)
{
    return (unsigned)(at - in->line_at);
}

static void split_fail(struct split *in, const char *from, const char *to, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

static void split_fail(struct split *in, const char *from, const char *to, const char *format,
                       ...)
{
    va_list args;
    if (in->failed)
        return;
    in->failed = true;
    unsigned column = split_column(in, from);
    int used = snprintf(in->error, in->error_size, "%.64s:%u:%u: ", in->words->origin, in->line,
                        column + 1);
    if (used < 0 || (size_t)used >= in->error_size)
        return;
    va_start(args, format);
    vsnprintf(in->error + used, in->error_size - (size_t)used, format, args);
    va_end(args);
    words_mark_text(in->text, in->line, column, column + (unsigned)(to - from), in->error,
                    in->error_size);
}

static void split_put(struct split *in, const char *text, size_t len)
{
    if (in->failed)
        return;
    if (in->size - in->used <= len) {
        size_t size = (in->size + len) * 2;
        char *room = size <= WORDS_TEXT * 4 ? realloc(in->room, size) : NULL;
        if (!room) {
            split_fail(in, in->at, in->at, "no memory for words as long as this");
            return;
        }
        in->room = room;
        in->size = size;
    }
    memcpy(in->room + in->used, text, len);
    in->used += len;
}

static bool split_is_name(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

static bool split_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value of the variable whose name begins at `name`, or of its default. */
static void split_value(struct split *in, const char *name, size_t len, const char *preset,
                        size_t preset_len)
{
    char copy[64];
    const char *value = NULL;
    if (len >= sizeof copy) {
        split_fail(in, name, name + len, "a variable has a name of at most %zu bytes",
                   sizeof copy - 1);
        return;
    }
    memcpy(copy, name, len);
    copy[len] = '\0';
    if (in->options && in->options->variable)
        value = in->options->variable(in->options->user, copy);
    if (value && (*value || !preset))
        split_put(in, value, strlen(value));
    else if (preset)
        split_put(in, preset, preset_len);
    else
        split_fail(in, in->at, name + len, "no value for $%s", copy);
}

/* At a '$': takes what it stands for. A '$' before something else is itself. */
static void split_variable(struct split *in)
{
    const char *name = in->at + 1, *end, *preset = NULL, *close;
    bool braces = *name == '{';
    name += braces;
    for (end = name; split_is_name(*end, end == name);)
        end++;
    if (!braces && end == name) {
        split_put(in, in->at++, 1);
        return;
    }
    close = end;
    if (braces && strncmp(end, ":-", 2) == 0) {
        preset = end + 2;
        close = preset + strcspn(preset, "}\n");
    }
    if (braces && (*close != '}' || end == name)) {
        split_fail(in, in->at, close, "expected ${NAME} or ${NAME:-DEFAULT}");
        return;
    }
    split_value(in, name, (size_t)(end - name), preset, preset ? (size_t)(close - preset) : 0);
    in->at = close + braces;
}

/* A backslash at the end of a line, as shells have it: no more than a blank here. */
static bool split_joins(const char *at)
{
    return at[0] == '\\' && (at[1] == '\n' || (at[1] == '\r' && at[2] == '\n'));
}

/* A new line begins at `at`. */
static void split_line(struct split *in, const char *at)
{
    in->line++;
    in->line_at = at;
}

/* At a quote: takes what stands inside. */
static void split_quoted(struct split *in)
{
    char quote = *in->at;
    const char *open = in->at++;
    unsigned line = in->line;
    const char *line_at = in->line_at;
    while (!in->failed && *in->at && *in->at != quote) {
        if (*in->at == '\n')
            split_line(in, in->at + 1);
        if (quote == '"' && *in->at == '$') {
            split_variable(in);
            continue;
        }
        if (quote == '"' && *in->at == '\\' && in->at[1] && strchr("\\\"$", in->at[1]))
            in->at++;
        split_put(in, in->at++, 1);
    }
    if (*in->at == quote) {
        in->at++;
        return;
    }
    in->line = line;
    in->line_at = line_at;
    split_fail(in, open, open + 1, "a %s that is not closed", quote == '"' ? "\"" : "'");
}

/* One more word, from `start` on in the room. */
static void split_add(struct split *in, size_t start, const struct word *word)
{
    struct words *words = in->words;
    if ((words->count & (words->count + 1)) == 0) { /* 0, 1, 3, 7: the room doubles */
        size_t size = (words->count + 1) * 2;
        struct word *more = realloc(words->word, size * sizeof *more);
        words->word = more ? more : words->word;
        size_t *starts = more ? realloc(in->start, size * sizeof *starts) : NULL;
        in->start = starts ? starts : in->start;
        if (!starts) {
            split_fail(in, in->at, in->at, "no memory for words");
            return;
        }
    }
    in->start[words->count] = start;
    words->word[words->count++] = *word;
    if (words->count > WORDS_MOST)
        split_fail(in, in->at, in->at, "a chain of more than %d words", WORDS_MOST);
}

static void split_word(struct split *in)
{
    struct word word = { .line = in->line, .from = split_column(in, in->at), .plain = true };
    const char *begin = in->at;
    size_t start = in->used;
    bool quoted = false;
    while (!in->failed && *in->at && !split_is_blank(*in->at)) {
        if (*in->at == '\'' || *in->at == '"') {
            word.plain = false;
            quoted = true;
            split_quoted(in);
        } else if (*in->at == '$') {
            word.plain = false;
            split_variable(in);
        } else if (split_joins(in->at)) {
            break;
        } else {
            if (*in->at == '\\' && in->at[1]) {
                word.plain = false;
                in->at++;
            }
            split_put(in, in->at++, 1);
        }
    }
    word.to = in->line == word.line ? split_column(in, in->at)
                                    : word.from + (unsigned)strcspn(begin, "\n");
    if (in->used == start && !quoted)
        return; /* a variable that is empty is no word */
    split_put(in, "", 1);
    if (!in->failed)
        split_add(in, start, &word);
}

static void split_all(struct split *in)
{
    while (!in->failed && *in->at) {
        if (*in->at == '\n') {
            split_line(in, ++in->at);
        } else if (split_joins(in->at)) {
            in->at += strcspn(in->at, "\n");
        } else if (split_is_blank(*in->at)) {
            in->at++;
        } else if (*in->at == '#') {
            in->at += strcspn(in->at, "\n");
        } else {
            split_word(in);
        }
    }
}

bool words_split(struct words *words, const char *text,
                 const struct chains_parse_options *options, char *error, size_t error_size)
{
    struct split in = {
        .text = text,
        .at = text,
        .line = 1,
        .line_at = text,
        .words = words,
        .options = options,
        .error = error,
        .error_size = error_size,
    };
    *words = (struct words){
        .source = text,
        .origin = options && options->origin ? options->origin : "chain",
    };
    if (strnlen(text, WORDS_TEXT + 1) > WORDS_TEXT)
        split_fail(&in, text, text, "a chain of more than %d bytes", WORDS_TEXT);
    split_all(&in);
    words->room = in.room;
    for (size_t i = 0; !in.failed && i < words->count; i++)
        words->word[i].text = in.room + in.start[i];
    free(in.start);
    if (in.failed)
        words_free(words);
    return !in.failed;
}

bool words_of(struct words *words, const char *const *word, size_t count, char *error,
              size_t error_size)
{
    unsigned column = 0;
    *words = (struct words){ .count = count };
    if (count <= WORDS_MOST)
        words->word = calloc(count + 1, sizeof *words->word);
    if (!words->word) {
        snprintf(error, error_size,
                 count > WORDS_MOST ? "a chain of too many words" : "no memory for words");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned len = (unsigned)strnlen(word[i], WORDS_TEXT);
        words->word[i] =
            (struct word){ .text = word[i], .plain = true, .from = column, .to = column + len };
        column += len + 1;
    }
    return true;
}

void words_free(struct words *words)
{
    free(words->word);
    free(words->room);
    *words = (struct words){ .count = 0 };
}
