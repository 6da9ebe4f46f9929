/* SPDX-License-Identifier: MIT */
/*
 * Names of values. In: a word, and the tables of the fields it is compared with. Out: whether it is
 * one of them; if not, which there are and which is nearest.
 */
#include "compile.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_SHOWN = 12, NAMES_WORD = 32 };

static char names_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool names_equal(const struct value *value, const char *name)
{
    for (uint32_t i = 0; i < value->len; i++)
        if (!name[i] || names_lower(name[i]) != names_lower(value->at[i]))
            return false;
    return name[value->len] == '\0';
}

/* All names that the fields of a comparison know, one after the other. */
struct names {
    const struct ask *ask;
    unsigned operand, at;
    uint64_t bits;
    bool begun;
};

static const char *names_of_operand(struct names *names, const struct operand *operand)
{
    const struct chains_layout *layout = names->ask->compile->layout;
    if (operand->class == CLASS_TYPE) {
        if (!names->begun)
            names->bits = operand->access.bits;
        names->begun = true;
        if (!names->bits)
            return NULL;
        unsigned id = (unsigned)__builtin_ctzll(names->bits);
        names->bits &= names->bits - 1;
        return layout->type[id]->name;
    }
    if (!operand->field || !operand->field->names)
        return NULL;
    const char *name = operand->field->names[names->at].name;
    names->at += name != NULL;
    return name;
}

static const char *names_next(struct names *names)
{
    const struct comparison *comparison = names->ask->comparison;
    while (names->operand < comparison->operands) {
        const char *name = names_of_operand(names, &comparison->operand[names->operand]);
        if (name)
            return name;
        names->operand++;
        names->at = 0;
        names->begun = false;
    }
    return NULL;
}

static size_t names_copy_lower(char *out, const char *text, size_t len)
{
    len = len < NAMES_WORD ? len : NAMES_WORD;
    for (size_t i = 0; i < len; i++)
        out[i] = names_lower(text[i]);
    return len;
}

static const char *names_nearest(const struct ask *ask, const struct value *value)
{
    char word[NAMES_WORD], other[NAMES_WORD];
    size_t len = names_copy_lower(word, value->at, value->len);
    size_t best = len < 4 ? 1 : len < 8 ? 2 : 3;
    const char *nearest = NULL, *name;
    struct names names = { .ask = ask };
    if (value->len > NAMES_WORD)
        return NULL;
    while ((name = names_next(&names))) {
        size_t distance =
            chains_distance(word, len, other, names_copy_lower(other, name, strlen(name)));
        if (distance < best || (distance == best && !nearest)) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}

static void names_list(const struct ask *ask, char *out, size_t size)
{
    static const char more[] = ", ...";
    struct names names = { .ask = ask };
    const char *name;
    size_t used = 0, count = 0;
    out[0] = '\0';
    while ((name = names_next(&names)) && count++ < NAMES_SHOWN &&
           used + strlen(name) + 2 + sizeof more <= size)
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
    if (name)
        snprintf(out + used, size - used, "%s", used ? more : "");
}

enum fit names_refuse(const struct ask *ask, const struct value *value)
{
    char list[240];
    enum value_class class = ask->operand->class;
    const char *noun = class == CLASS_FLAGS ? "flag" : class == CLASS_TYPE ? "type" : "name";
    const char *nearest = names_nearest(ask, value);
    names_list(ask, list, sizeof list);
    fault_note(&ask->compile->soft, value->from, value->span,
               "no %s \"%.*s\" in %.*s%s%s%s%s%s%s", noun,
               (int)(value->len < 48 ? value->len : 48), value->at,
               (int)ask->comparison->name.len, ask->comparison->name.at,
               nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "",
               list[0] ? " (" : "", list, list[0] ? ")" : "");
    return FIT_PART;
}
