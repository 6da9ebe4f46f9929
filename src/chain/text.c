/* SPDX-License-Identifier: MIT */
/*
 * A chain as text. In: components. Out: the words that chains_parse_text() makes the same chain
 * from, quoted where they have to be.
 */
#include "internal.h"

#include "option_text.h"

#include <string.h>

struct text {
    char *out;
    size_t size, length;
};

static void text_put(struct text *text, const char *more, size_t len)
{
    for (size_t i = 0; i < len; i++, text->length++)
        if (text->length + 1 < text->size)
            text->out[text->length] = more[i];
}

static void text_word(struct text *text, const char *word)
{
    text_put(text, word, strlen(word));
}

/* A value as a word: as it is, in '...', or in "..." with backslashes where it has a quote. */
static void text_value(struct text *text, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:,@%+^~";
    if (*value && !value[strspn(value, plain)]) {
        text_word(text, value);
    } else if (!strchr(value, '\'')) {
        text_word(text, "'");
        text_word(text, value);
        text_word(text, "'");
    } else {
        text_word(text, "\"");
        for (; *value; value++) {
            if (strchr("\\\"$", *value))
                text_word(text, "\\");
            text_put(text, value, 1);
        }
        text_word(text, "\"");
    }
}

static void text_option(struct text *text, const struct chains_field *field, const char *value)
{
    text_word(text, " ");
    text_word(text, field->name);
    text_word(text, "=");
    text_value(text, value);
}

static void text_options(struct text *text, const chains_component *component)
{
    char value[128];
    const struct chains_field *field = component->cls->options;
    for (; field && field->name; field++) {
        const void *member = (const char *)component->options + field->offset;
        const char *one = NULL, *const *several = NULL;
        if (field->type == CHAINS_TEXT)
            memcpy(&one, member, sizeof one);
        else if (field->type == CHAINS_TEXTS)
            memcpy(&several, member, sizeof several);
        else if (options_text(field, component->options, value, sizeof value))
            one = value;
        if (one)
            text_option(text, field, one);
        for (; several && *several; several++)
            text_option(text, field, *several);
    }
}

/* A run from its first component on, arms included. */
static void text_run(struct text *text, const chains_component *last)
{
    const chains_component *c = last;
    while (c->upstream)
        c = c->upstream;
    if (chain_is_outlet(c) && c != last)
        c = c->downstream;
    for (;; c = c->downstream) {
        text_word(text, c->cls->name);
        text_options(text, c);
        for (size_t i = 0; chains_branch(c, i); i++) {
            text_word(text, " [ ");
            text_run(text, chains_branch(c, i));
            text_word(text, " ]");
        }
        if (c == last)
            return;
        text_word(text, " ! ");
    }
}

size_t chains_text(const chains_component *last, char *out, size_t size)
{
    struct text text = { out, size, 0 };
    if (last)
        text_run(&text, last);
    if (size > 0)
        out[text.length < size ? text.length : size - 1] = '\0';
    return text.length;
}
