/* SPDX-License-Identifier: MIT */
#ifndef RENDER_SHOWN_H
#define RENDER_SHOWN_H

#include <chains/field.h>

#include <string.h>

/*
 * What was written for the values of fields with names, kept to be copied when they come again: few of
 * all values do, and again and again. One place for a few bits of field and value; who meets there
 * is written anew.
 */

enum {
    SHOWN_PLACES = 64, /* a power of two */
    SHOWN_TEXT = 46,   /* what is copied of every text; a longer one is not kept */
};

struct shown_value {
    const struct chains_field *field; /* NULL: none yet */
    uint64_t value;
    uint8_t len;
    char text[SHOWN_TEXT];
};

/* Zeroed at first. */
struct shown {
    struct shown_value at[SHOWN_PLACES];
};

/* A field's small values have a place each, and those of its neighbours others. */
static inline struct shown_value *shown_place(struct shown *shown,
                                              const struct chains_field *field, uint64_t value)
{
    size_t place = (uintptr_t)field / sizeof *field * 31 + (size_t)value;
    return &shown->at[place % SHOWN_PLACES];
}

/* Writes SHOWN_TEXT bytes at `out`, and returns the place behind those that count; NULL: not kept. */
static inline char *shown_copy(const struct shown_value *place,
                               const struct chains_field *field, uint64_t value, char *out)
{
    if (place->field != field || place->value != value)
        return NULL;
    memcpy(out, place->text, SHOWN_TEXT);
    return out + place->len;
}

static inline void shown_keep(struct shown_value *place, const struct chains_field *field,
                              uint64_t value, const char *text, size_t len)
{
    if (len > SHOWN_TEXT)
        return;
    place->field = field;
    place->value = value;
    place->len = (uint8_t)len;
    memcpy(place->text, text, len);
}

#endif
