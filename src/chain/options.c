/* SPDX-License-Identifier: MIT */
/*
 * The options of a component. In: the caller's struct, which may be older and shorter than
 * ours. Out: a copy of the size the class knows, with copies of every string that its table
 * names.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static void **options_member(void *options, const struct chains_field *field)
{
    return (void **)(void *)((char *)options + field->offset);
}

static void options_free_texts(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

static char **options_copy_texts(char *const *texts)
{
    size_t count = 0;
    while (texts[count])
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = strdup(texts[i]);
        if (!copy[i]) {
            options_free_texts(copy);
            return NULL;
        }
    }
    return copy;
}

void options_free(const struct chains_class *cls, void *copy)
{
    if (!copy)
        return;
    for (const struct chains_field *f = cls->options; f && f->name; f++) {
        if (f->type == CHAINS_TEXT)
            free(*options_member(copy, f));
        else if (f->type == CHAINS_TEXTS)
            options_free_texts(*options_member(copy, f));
    }
    free(copy);
}

/* Replaces each borrowed string of a copy by one of its own; false leaves none borrowed. */
static bool options_own(const struct chains_class *cls, void *copy)
{
    bool whole = true;
    for (const struct chains_field *f = cls->options; f && f->name; f++) {
        if (f->type != CHAINS_TEXT && f->type != CHAINS_TEXTS)
            continue;
        void **member = options_member(copy, f);
        void *borrowed = *member;
        *member = NULL;
        if (!borrowed)
            continue;
        if (whole)
            *member = f->type == CHAINS_TEXT ? (void *)strdup(borrowed)
                                             : (void *)options_copy_texts(borrowed);
        whole = whole && *member;
    }
    return whole;
}

void *options_copy(const struct chains_class *cls, const void *options)
{
    size_t size = cls->options_size < sizeof(size_t) ? sizeof(size_t) : cls->options_size;
    void *copy = calloc(1, size);
    if (!copy || !options)
        return copy;
    size_t given = 0;
    memcpy(&given, options, sizeof given);
    memcpy(copy, options, given < size ? given : size);
    if (options_own(cls, copy))
        return copy;
    options_free(cls, copy);
    return NULL;
}
