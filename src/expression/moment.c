/* SPDX-License-Identifier: MIT */
/*
 * Times and durations from words. In: a slice of text. Out: nanoseconds. Kept: what does not fit
 * into 64 bits (beyond 1677 to 2262) is refused, and UTC is the only time zone known.
 */
#include "literal.h"

#include <string.h>

#define MOMENT_SECOND INT64_C(1000000000)

struct moment {
    const char *at, *end;
};

static bool moment_is_digit(const struct moment *in)
{
    return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

static bool moment_take(struct moment *in, char c)
{
    bool there = in->at < in->end && *in->at == c;
    in->at += there;
    return there;
}

/* Exactly `digits` digits. */
static bool moment_digits(struct moment *in, unsigned digits, int *value)
{
    *value = 0;
    for (unsigned i = 0; i < digits; i++) {
        if (!moment_is_digit(in))
            return false;
        *value = *value * 10 + (*in->at++ - '0');
    }
    return true;
}

/* ".919743" as billionths: one to nine digits behind a point; without a point 0. */
static bool moment_fraction(struct moment *in, int64_t *billionths)
{
    int64_t scale = MOMENT_SECOND;
    *billionths = 0;
    if (!moment_take(in, '.'))
        return true;
    for (; moment_is_digit(in) && scale > 1; in->at++) {
        scale /= 10;
        *billionths += (*in->at - '0') * scale;
    }
    return scale < MOMENT_SECOND && !moment_is_digit(in);
}

/* A number with decimals: whole ones and billionths. */
static enum literal moment_decimal(struct moment *in, int64_t *whole, int64_t *billionths)
{
    *whole = 0;
    bool large = false, some = moment_is_digit(in);
    for (; moment_is_digit(in); in->at++) {
        large = large || *whole > (INT64_MAX - 9) / 10;
        *whole = large ? 0 : *whole * 10 + (*in->at - '0');
    }
    if (!some || !moment_fraction(in, billionths))
        return LITERAL_BAD;
    return large ? LITERAL_LARGE : LITERAL_GOOD;
}

/* whole * unit + billionths of a unit; false when it does not fit. */
static bool moment_scale(int64_t whole, int64_t billionths, int64_t unit, int64_t *ns)
{
    int64_t part = unit >= MOMENT_SECOND ? billionths * (unit / MOMENT_SECOND)
                                         : billionths / (MOMENT_SECOND / unit);
    return !__builtin_mul_overflow(whole, unit, ns) && !__builtin_add_overflow(*ns, part, ns);
}

enum literal literal_duration(const char *text, size_t len, int64_t *ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        { "", MOMENT_SECOND },
        { "s", MOMENT_SECOND },
        { "ms", 1000000 },
        { "us", 1000 },
        { "ns", 1 },
        { "m", 60 * MOMENT_SECOND },
        { "h", 3600 * MOMENT_SECOND },
        { "d", 86400 * MOMENT_SECOND },
    };
    struct moment in = { text, text + len };
    int64_t whole, billionths;
    bool negative = moment_take(&in, '-');
    enum literal literal = moment_decimal(&in, &whole, &billionths);
    if (literal == LITERAL_BAD)
        return literal;
    size_t left = (size_t)(in.end - in.at);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) != left || memcmp(units[i].name, in.at, left) != 0)
            continue;
        if (literal == LITERAL_LARGE || !moment_scale(whole, billionths, units[i].ns, ns))
            return LITERAL_LARGE;
        *ns = negative ? -*ns : *ns;
        return LITERAL_GOOD;
    }
    return LITERAL_BAD;
}

/* Days from 1970 to a day of the Gregorian calendar; years from 0 on. */
static int64_t moment_days(int year, int month, int day)
{
    /* Counted from 1 March 0000, so that a leap day is the last day of a year. */
    int64_t years = month > 2 ? year : year - 1;
    int64_t era = (years >= 0 ? years : years - 399) / 400;
    int64_t of_era = years - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool moment_date(struct moment *in, int64_t *days)
{
    static const int most[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;
    if (!moment_digits(in, 4, &year) || !moment_take(in, '-') ||
        !moment_digits(in, 2, &month) || !moment_take(in, '-') || !moment_digits(in, 2, &day))
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month < 1 || month > 12 || day < 1 || day > most[month - 1] + (leap && month == 2))
        return false;
    *days = moment_days(year, month, day);
    return true;
}

/* "01:17", "01:17:07", "01:17:07.919743": seconds of the day. */
static bool moment_clock(struct moment *in, int64_t *seconds, int64_t *billionths)
{
    int hour, minute, second = 0;
    *billionths = 0;
    if (!moment_digits(in, 2, &hour) || !moment_take(in, ':') || !moment_digits(in, 2, &minute))
        return false;
    if (moment_take(in, ':') &&
        (!moment_digits(in, 2, &second) || !moment_fraction(in, billionths)))
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second < 61;
}

/* "Z", "+02:00", "-0800", or nothing: seconds ahead of UTC. */
static bool moment_zone(struct moment *in, int64_t *ahead)
{
    int hour, minute;
    *ahead = 0;
    if (moment_take(in, 'Z') || in->at == in->end)
        return true;
    bool behind = moment_take(in, '-');
    if ((!behind && !moment_take(in, '+')) || !moment_digits(in, 2, &hour))
        return false;
    moment_take(in, ':');
    if (!moment_digits(in, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *ahead = (behind ? -1 : 1) * (hour * 3600 + minute * 60);
    return true;
}

static enum literal moment_epoch(const char *text, size_t len, int64_t *ns)
{
    struct moment in = { text, text + len };
    int64_t whole, billionths;
    bool negative = moment_take(&in, '-');
    enum literal literal = moment_decimal(&in, &whole, &billionths);
    if (literal == LITERAL_BAD || in.at != in.end)
        return LITERAL_BAD;
    if (literal == LITERAL_LARGE || !moment_scale(whole, billionths, MOMENT_SECOND, ns))
        return LITERAL_LARGE;
    *ns = negative ? -*ns : *ns;
    return LITERAL_GOOD;
}

enum literal literal_time(const char *text, size_t len, int64_t *ns)
{
    struct moment in = { text, text + len };
    int64_t days, seconds = 0, billionths = 0, ahead = 0;
    if (len < 10 || text[4] != '-')
        return moment_epoch(text, len, ns);
    if (!moment_date(&in, &days))
        return LITERAL_BAD;
    if (in.at < in.end) {
        if (!moment_take(&in, 'T') && !moment_take(&in, ' '))
            return LITERAL_BAD;
        if (!moment_clock(&in, &seconds, &billionths) || !moment_zone(&in, &ahead))
            return LITERAL_BAD;
    }
    if (in.at != in.end)
        return LITERAL_BAD;
    seconds += days * 86400 - ahead;
    /* Before 1970 the part of a second counts from the second before. */
    if (seconds < 0 && billionths > 0) {
        seconds++;
        billionths -= MOMENT_SECOND;
    }
    return moment_scale(seconds, billionths, MOMENT_SECOND, ns) ? LITERAL_GOOD : LITERAL_LARGE;
}
