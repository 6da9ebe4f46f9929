/* SPDX-License-Identifier: MIT */
/*
 * Options from text and back. In: the row of an option table and a text. Out: the member's value;
 * or the text that gives it again. Numbers are read by hand: no locale has a say.
 */
#include "option_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bytes/number.h"

struct unit {
    const char *name;
    uint64_t value;
};

static const struct unit option_sizes[] = {
    { "T", UINT64_C(1) << 40 }, { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 },
    { "k", 1 << 10 },           { "B", 1 },       { NULL, 0 },
};

static const struct unit option_durations[] = {
    { "d", UINT64_C(86400000000000) },
    { "h", UINT64_C(3600000000000) },
    { "m", UINT64_C(60000000000) },
    { "s", 1000000000 },
    { "ms", 1000000 },
    { "us", 1000 },
    { "ns", 1 },
    { NULL, 0 },
};

void *options_blank(const struct chains_class *cls)
{
    size_t size = cls->options_size < sizeof(size_t) ? sizeof(size_t) : cls->options_size;
    void *options = calloc(1, size);
    if (options)
        memcpy(options, &size, sizeof size);
    return options;
}

static bool option_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at the front of *text; false when there are none, or too many. */
static bool option_digits(const char **text, uint64_t *value)
{
    const char *at = *text;
    *value = 0;
    for (; option_is_digit(*at); at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    bool some = at != *text;
    *text = at;
    return some;
}

static bool option_number(const char *text, uint64_t most, uint64_t *value)
{
    return option_digits(&text, value) && !*text && *value <= most;
}

/* "1.5s": a number with up to nine decimals and a unit; without one, of `plain`. */
static bool option_measure(const char *text, const struct unit *units, uint64_t plain,
                           uint64_t *value)
{
    uint64_t whole, part = 0, scale = 1;
    if (!option_digits(&text, &whole))
        return false;
    if (*text == '.') {
        for (text++; option_is_digit(*text); text++) {
            if (scale == 1000000000)
                return false;
            part = part * 10 + (uint64_t)(*text - '0');
            scale *= 10;
        }
        if (scale == 1)
            return false;
    }
    uint64_t unit = *text ? 0 : plain;
    for (; *text && units->name; units++)
        if (strcmp(units->name, text) == 0)
            unit = units->value;
    if (unit == 0 || whole > (uint64_t)INT64_MAX / unit)
        return false;
    /* part * unit / scale, without a product of more than 64 bits: both factors are below 10^9. */
    *value = whole * unit + part * (unit / scale) + part * (unit % scale) / scale;
    return *value <= INT64_MAX && (*value > 0 || (whole == 0 && part == 0));
}

/* A decimal number; with a sign, so that the component can say what it thinks of it. */
static bool option_real(const char *text, double *value)
{
    bool negative = *text == '-';
    double scale = 1;
    text += negative;
    if (!option_is_digit(*text) && !(*text == '.' && option_is_digit(text[1])))
        return false;
    *value = 0;
    for (; option_is_digit(*text); text++)
        *value = *value * 10 + (*text - '0');
    if (*text == '.')
        for (text++; option_is_digit(*text); text++)
            *value += (*text - '0') / (scale *= 10);
    bool good = !*text && *value < 1e18 && (*value == 0 || *value >= 1e-9);
    *value = negative ? -*value : *value;
    return good;
}

static bool option_bool(const char *text, bool *value)
{
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], text) == 0) {
            *value = i & 1;
            return true;
        }
    }
    return false;
}

static uint64_t option_most(const struct chains_field *field)
{
    return field->size >= 8 ? UINT64_MAX : (UINT64_C(1) << field->size * 8) - 1;
}

/* "yes or no", "block or line": what an option takes, for a sentence. */
static void option_expects(const struct chains_field *field, char *out, size_t size)
{
    size_t used = 0;
    switch (field->type) {
    case CHAINS_BOOL:
        snprintf(out, size, "yes or no");
        break;
    case CHAINS_DURATION:
        snprintf(out, size, "a time such as 10ms, 1.5s, 5m or 2h");
        break;
    case CHAINS_SIZE:
        snprintf(out, size, "a size in bytes such as 1500, 64K, 100M or 2G");
        break;
    case CHAINS_REAL:
        snprintf(out, size, "a number such as 1 or 0.5");
        break;
    case CHAINS_NAMED:
        out[0] = '\0';
        for (const struct chains_name *name = field->names; name->name && used < size; name++) {
            const char *between = name == field->names ? "" : name[1].name ? ", " : " or ";
            used += (size_t)snprintf(out + used, size - used, "%s%s", between, name->name);
        }
        break;
    default:
        snprintf(out, size, "a number from 0 to %" PRIu64, option_most(field));
    }
}

static int option_refuse(const struct chains_class *cls, const struct chains_field *field,
                         const char *text, char *error, size_t error_size)
{
    char expects[256];
    option_expects(field, expects, sizeof expects);
    snprintf(error, error_size, "%s of %s is %s, not \"%.200s\"", field->name, cls->name,
             expects, text);
    return CHAINS_EUSAGE;
}

static bool option_append(void *member, const char *text)
{
    char **texts, **more;
    size_t count = 0;
    memcpy(&texts, member, sizeof texts);
    while (texts && texts[count])
        count++;
    char *copy = strdup(text);
    more = copy ? realloc(texts, (count + 2) * sizeof *more) : NULL;
    if (!more) {
        free(copy);
        return false;
    }
    more[count] = copy;
    more[count + 1] = NULL;
    memcpy(member, &more, sizeof more);
    return true;
}

static int option_set_text(void *member, const struct chains_field *field, const char *text,
                           char *error, size_t error_size)
{
    bool done;
    if (field->type == CHAINS_TEXTS) {
        done = option_append(member, text);
    } else {
        char *copy = strdup(text);
        done = copy != NULL;
        if (done)
            memcpy(member, &copy, sizeof copy);
    }
    if (!done)
        snprintf(error, error_size, "no memory for options");
    return done ? CHAINS_OK : CHAINS_EMEM;
}

int options_set(const struct chains_class *cls, void *options, const struct chains_field *field,
                const char *text, char *error, size_t error_size)
{
    void *member = (char *)options + field->offset;
    const struct chains_name *name = field->names;
    uint64_t number = 0;
    double real = 0;
    bool yes = false, good = false;
    switch (field->type) {
    case CHAINS_TEXT:
    case CHAINS_TEXTS:
        return option_set_text(member, field, text, error, error_size);
    case CHAINS_BOOL:
        good = option_bool(text, &yes);
        number = yes;
        break;
    case CHAINS_UINT:
        good = option_number(text, option_most(field), &number);
        break;
    case CHAINS_SIZE:
        good = option_measure(text, option_sizes, 1, &number);
        break;
    case CHAINS_DURATION:
        good = option_measure(text, option_durations, 1000000000, &number);
        break;
    case CHAINS_REAL:
        good = option_real(text, &real);
        memcpy(&number, &real, sizeof number);
        break;
    case CHAINS_NAMED:
        while (name->name && strcmp(name->name, text) != 0)
            name++;
        good = name->name != NULL;
        number = name->value;
        break;
    default:
        snprintf(error, error_size, "%s of %s can be given in C only", field->name, cls->name);
        return CHAINS_EUSAGE;
    }
    if (!good)
        return option_refuse(cls, field, text, error, error_size);
    number_store(member, field->size, number);
    return CHAINS_OK;
}

/* A measure in the largest unit that leaves no remainder. */
static void option_measure_text(uint64_t value, const struct unit *units, char *out,
                                size_t size)
{
    while (units[1].name && value % units->value != 0)
        units++;
    snprintf(out, size, "%" PRIu64 "%s", value / units->value, units->name);
}

bool options_text(const struct chains_field *field, const void *options, char *out, size_t size)
{
    const void *member = (const char *)options + field->offset;
    double real;
    uint64_t number = field->size <= 8 ? number_load(member, field->size) : 0;
    const char *name = NULL;
    if (number == 0 || field->type == CHAINS_HANDLE || field->type == CHAINS_TEXT ||
        field->type == CHAINS_TEXTS)
        return false;
    switch (field->type) {
    case CHAINS_BOOL:
        snprintf(out, size, "yes");
        break;
    case CHAINS_SIZE:
        option_measure_text(number, option_sizes, out, size);
        break;
    case CHAINS_DURATION:
        option_measure_text(number, option_durations, out, size);
        break;
    case CHAINS_REAL:
        memcpy(&real, &number, sizeof real);
        snprintf(out, size, "%.9f", real);
        for (char *c = out; *c; c++)
            *c = *c == ',' ? '.' : *c;
        break;
    case CHAINS_NAMED:
        name = chains_name_of(field->names, (uint32_t)number);
        snprintf(out, size, "%s", name ? name : "");
        return name != NULL;
    default:
        snprintf(out, size, "%" PRIu64, number);
    }
    return true;
}
