/* SPDX-License-Identifier: MIT */
/* The longer halves of text.h, and time stamps. */
#include "text.h"

#include "time.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

const char text_digit_pairs[201] = "00010203040506070809"
                                   "10111213141516171819"
                                   "20212223242526272829"
                                   "30313233343536373839"
                                   "40414243444546474849"
                                   "50515253545556575859"
                                   "60616263646566676869"
                                   "70717273747576777879"
                                   "80818283848586878889"
                                   "90919293949596979899";
const char text_hex_digits[17] = "0123456789abcdef";

#define HEX_ROW(d)                                                                             \
    d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9" d "a" d "b" d "c" d "d" d      \
      "e" d "f"
const char text_hex_pairs[513] = HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3")
    HEX_ROW("4") HEX_ROW("5") HEX_ROW("6") HEX_ROW("7") HEX_ROW("8") HEX_ROW("9") HEX_ROW("a")
        HEX_ROW("b") HEX_ROW("c") HEX_ROW("d") HEX_ROW("e") HEX_ROW("f");

/* Four digits of a number below 10,000. */
static inline char *text_four(char *out, uint32_t value)
{
    return text_two(text_two(out, value / 100), value % 100);
}

/* Eight digits of a number below 100,000,000. */
static inline char *text_eight(char *out, uint32_t value)
{
    return text_four(text_four(out, value / 10000), value % 10000);
}

/* Of a number that does not fit 32 bits. */
static __attribute__((noinline)) char *text_u64_huge(char *out, uint64_t value)
{
    out = text_u64(out, value / 100000000);
    return text_eight(out, (uint32_t)(value % 100000000));
}

char *text_u64_large(char *out, uint64_t value)
{
    uint32_t low = (uint32_t)value, high = low / 100000000;
    if (value < 100000000)
        return text_four(text_u64(out, low / 10000), low % 10000);
    if (value > UINT32_MAX)
        return text_u64_huge(out, value);
    /* One digit or two: which cannot be foreseen, so two are copied and one may be overwritten. */
    unsigned one = high < 10;
    memcpy(out, text_digit_pairs + 2 * (size_t)high + one, 2);
    return text_eight(out + 2 - one, low % 100000000);
}

static bool text_is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static size_t text_plain_bytes(char *out, const char *text, size_t len)
{
    size_t at = 0;
    for (; at < len && text_is_plain(text[at]); at++)
        out[at] = text[at];
    return at;
}

#ifdef __SSE2__
/* Copies 16 bytes; a bit for each that is not plain: bytes from 0x80 on are negative. */
static inline unsigned text_plain_16(char *out, const char *text)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
    _mm_storeu_si128((__m128i *)(void *)out, bytes);
    __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    __m128i end = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i any = _mm_or_si128(_mm_or_si128(low, end), _mm_or_si128(quote, slash));
    return (unsigned)_mm_movemask_epi8(any);
}

/* At least a half of 16 bytes, or of 8: both ends together are all of them. */
static inline size_t text_plain_ends(char *out, const char *text, size_t len, size_t half)
{
    char ends[16] = "0000000000000000", copy[16];
    memcpy(ends, text, half);
    memcpy(ends + half, text + len - half, half);
    unsigned odd = text_plain_16(copy, ends);
    memcpy(out, text, half);
    memcpy(out + len - half, text + len - half, half);
    unsigned first = odd ? (unsigned)__builtin_ctz(odd) : 16;
    return first < half ? first : odd ? len - 2 * half + first : len;
}

size_t text_plain(char *out, const char *text, size_t len)
{
    size_t at = 0;
    if (len >= 8 && len < 16)
        return text_plain_ends(out, text, len, 8);
    if (len < 16)
        return len < 4 ? text_plain_bytes(out, text, len) : text_plain_ends(out, text, len, 4);
    while (at < len) {
        unsigned odd = text_plain_16(out + at, text + at);
        if (odd)
            return at + (unsigned)__builtin_ctz(odd);
        at = len - at < 32 && len - at > 16 ? len - 16 : at + 16; /* the last ones again */
    }
    return len;
}
#else
size_t text_plain(char *out, const char *text, size_t len)
{
    return text_plain_bytes(out, text, len);
}
#endif

/* Days since 1970 to a date of the proleptic Gregorian calendar, by eras of 400 years. */
static void time_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t shifted = days + 719468; /* days since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    unsigned day_of_era = (unsigned)(shifted - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

uint64_t text_clock_set(struct text_clock *clock, int64_t time_ns)
{
    int64_t second = time_ns / TIME_SECOND_NS, fraction = time_ns % TIME_SECOND_NS;
    if (fraction < 0) {
        fraction += TIME_SECOND_NS;
        second--;
    }
    int64_t days = second / 86400, rest = second % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t year;
    unsigned month, day, of_day = (unsigned)rest;
    time_date(days, &year, &month, &day);
    char *out = clock->text; /* int64_t nanoseconds end in the year 2262: four digits do */
    out = text_two(out, (unsigned)(year / 100));
    out = text_two(out, (unsigned)(year % 100));
    *out++ = '-';
    out = text_two(out, month);
    *out++ = '-';
    out = text_two(out, day);
    *out++ = 'T';
    out = text_two(out, of_day / 3600);
    *out++ = ':';
    out = text_two(out, of_day / 60 % 60);
    *out++ = ':';
    text_two(out, of_day % 60);
    clock->begin_ns = (uint64_t)time_ns - (uint64_t)fraction;
    clock->valid = true;
    return (uint64_t)fraction;
}

char *text_fraction(char *out, unsigned ns, int digits)
{
    unsigned micro = ns / 1000, nano = ns % 1000;
    *out++ = '.';
    out = text_two(out, micro / 10000);
    out = text_two(out, micro / 100 % 100);
    out = text_two(out, micro % 100);
    if (digits <= 6)
        return out;
    *out++ = (char)('0' + nano / 100);
    return text_two(out, nano % 100);
}

/* What a byte of a path takes. */
static size_t path_width(char c)
{
    return c >= 0x20 && c < 0x7f ? 1 : 4;
}

static char *path_put(char *out, const char *from, const char *end)
{
    for (; from < end; from++)
        if (path_width(*from) == 1)
            *out++ = *from;
        else
            out = text_escape_hex(out, (uint8_t)*from);
    return out;
}

char *text_path(char *out, const char *path)
{
    enum { SIDE = (TEXT_PATH - 3) / 2 };
    const char *end = path + strlen(path), *head = path, *tail = end;
    size_t whole = 0;
    for (const char *p = path; p < end; p++)
        whole += path_width(*p);
    if (whole <= TEXT_PATH) {
        out = path_put(out, path, end);
        *out = '\0';
        return out;
    }
    for (size_t used = path_width(*head); used <= SIDE; used += path_width(*head))
        head++;
    for (size_t used = path_width(tail[-1]); used <= SIDE; used += path_width(tail[-1]))
        tail--;
    out = text_literal(path_put(out, path, head), "...");
    out = path_put(out, tail, end);
    *out = '\0';
    return out;
}

size_t chains_time_text(int64_t time_ns, int digits, char gap, char *out)
{
    struct text_clock clock = { .valid = false };
    char *end = text_time(out, &clock, time_ns, digits, gap);
    *end = '\0';
    return (size_t)(end - out);
}
