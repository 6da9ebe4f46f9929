/* SPDX-License-Identifier: MIT */
/*
 * A name of the DNS, as one looks at it for tunnels. In: presentation format. Out: its labels,
 * what is in front of the registered domain, how long and how mixed that is. Kept: everything
 * is bounded by the 255 bytes of a name; entropy is worked out in whole numbers and measured
 * against what the alphabet in use can give, since hexadecimal digits never have more than 4
 * bits.
 */
#include "weird_name.h"

#include <string.h>

#include "suffix.h"

enum {
    DATA_LABEL = 16, /* shorter labels are words */
    WORDS_MOST = 4,  /* "_ldap._tcp.site._sites.dc._msdcs" */
    LOG_PLACES = 16, /* binary places of logarithms */
};

static bool name_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One byte of presentation format; moves `*at` behind it. */
static uint8_t name_byte(const char **at, bool *escaped)
{
    const char *p = *at;
    *escaped = p[0] == '\\' && p[1] != '\0';
    *at = p + 1;
    if (!*escaped)
        return (uint8_t)p[0];
    if (name_is_digit(p[1]) && name_is_digit(p[2]) && name_is_digit(p[3])) {
        *at = p + 4;
        return (uint8_t)((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
    }
    *at = p + 2;
    return (uint8_t)p[1];
}

static bool name_split(struct weird_name *name, const char *text)
{
    bool begins = true, escaped;
    for (const char *at = text; *at;) {
        size_t shown = (size_t)(at - text);
        uint8_t byte = name_byte(&at, &escaped);
        bool dot = byte == '.' && !escaped;
        if (name->len == WEIRD_NAME_MOST || (begins && name->labels == WEIRD_LABELS_MOST))
            return false;
        if (dot && *at == '\0')
            break; /* the root's */
        if (begins && !dot) {
            name->shown_begin[name->labels] = (uint16_t)shown;
            name->begin[name->labels++] = name->len;
        }
        begins = dot;
        bool hidden = byte == '\0' || (byte == '.' && escaped);
        name->odd |= byte < 32 || byte == 127 || hidden;
        name->high |= byte >= 128;
        if (byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte - 'A' + 'a');
        name->text[name->len++] = (char)(hidden ? '?' : byte);
    }
    name->text[name->len] = '\0';
    return true;
}

/* Length of the i-th label. */
static size_t name_label(const struct weird_name *name, unsigned i)
{
    size_t end = i + 1U < name->labels ? (size_t)name->begin[i + 1] - 1 : name->len;
    return end - name->begin[i];
}

/* Whether the last label is no ending that people know, but something long. */
static bool name_ends_in_data(const struct weird_name *name, const struct suffix_list *list)
{
    return name->labels && name_label(name, name->labels - 1U) >= DATA_LABEL &&
           !suffix_is_public(list, name->text);
}

static bool name_label_is_octet(const struct weird_name *name, unsigned i)
{
    const char *at = name->text + name->begin[i];
    size_t len = name_label(name, i);
    unsigned value = 0;
    for (size_t k = 0; k < len && k < 3; k++) {
        if (!name_is_digit(at[k]))
            return false;
        value = value * 10 + (unsigned)(at[k] - '0');
    }
    return len >= 1 && len <= 3 && value < 256;
}

static bool name_is_hex(char c)
{
    return name_is_digit(c) || (c >= 'a' && c <= 'f');
}

static uint8_t name_address(const struct weird_name *name)
{
    unsigned octets = 0, digits = 0;
    while (octets < 4 && octets < name->front && name_label_is_octet(name, octets))
        octets++;
    while (digits < 32 && digits < name->front && name_label(name, digits) == 1 &&
           name_is_hex(name->text[name->begin[digits]]))
        digits++;
    return digits == 32 ? 32 : octets == 4 ? 4 : 0;
}

bool weird_name_read(struct weird_name *name, const char *text, const struct suffix_list *list)
{
    name->len = 0;
    name->labels = name->front = name->address = 0;
    name->odd = name->high = false;
    name->domain = NULL;
    if (!name_split(name, text))
        return false;
    name->domain = suffix_registered(list, name->text);
    if (name_ends_in_data(name, list))
        name->domain = name->text + name->len;
    name->front = name->labels;
    while (name->domain && name->front > 0 &&
           name->text + name->begin[name->front - 1] >= name->domain)
        name->front--;
    name->address = name_address(name);
    name->shown =
        text + (name->front < name->labels ? name->shown_begin[name->front] : strlen(text));
    return true;
}

bool weird_name_ends(const struct weird_name *name, const char *ending)
{
    size_t len = strlen(ending);
    if (len > name->len || strcmp(name->text + name->len - len, ending) != 0)
        return false;
    return len == name->len || name->text[name->len - len - 1] == '.';
}

static bool name_label_is(const struct weird_name *name, unsigned i, const char *word)
{
    size_t len = strlen(word);
    return name_label(name, i) == len && memcmp(name->text + name->begin[i], word, len) == 0;
}

bool weird_name_is_service(const struct weird_name *name)
{
    static const char *const word[] = { "_tcp",    "_udp",        "_sctp",
                                        "_dccp",   "_msdcs",      "_domainkey",
                                        "_dns-sd", "_openpgpkey", "_smimecert" };
    for (unsigned i = 0; i < name->labels; i++)
        for (unsigned k = 0; k < sizeof word / sizeof word[0]; k++)
            if (name_label_is(name, i, word[k]))
                return true;
    return false;
}

size_t weird_name_front_length(const struct weird_name *name)
{
    size_t sum = 0;
    unsigned words = 0;
    for (unsigned i = name->address; i < name->front; i++) {
        size_t len = name_label(name, i);
        bool word = name->text[name->begin[i]] == '_' && len < DATA_LABEL;
        if (!word || ++words > WORDS_MOST)
            sum += len + 1;
    }
    return sum ? sum - 1 : 0;
}

/* log2(n) with LOG_PLACES binary places; n below 65536 and not 0. */
static uint32_t name_log2(uint32_t n)
{
    uint32_t whole = 0;
    while (n >> (whole + 1))
        whole++;
    uint64_t x = (uint64_t)n << 31 >> whole; /* from 1 to below 2, as 2^31 */
    uint32_t log = whole;
    for (unsigned i = 0; i < LOG_PLACES; i++) {
        x = x * x >> 31;
        log <<= 1;
        if (x >> 32) {
            x >>= 1;
            log |= 1;
        }
    }
    return log;
}

/* How many characters the smallest usual alphabet with all of these has. */
static unsigned name_alphabet(const uint8_t count[256])
{
    bool digits_only = true, hex = true, base32 = true, ascii = true;
    for (unsigned c = 0; c < 256; c++) {
        if (!count[c])
            continue;
        digits_only = digits_only && name_is_digit((char)c);
        hex = hex && c < 128 && name_is_hex((char)c);
        base32 = base32 && ((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'));
        ascii = ascii && c < 128;
    }
    return digits_only ? 10 : hex ? 16 : base32 ? 32 : ascii ? 36 : 128;
}

struct weird_mix weird_name_mix(const struct weird_name *name)
{
    uint8_t count[256] = { 0 };
    uint32_t characters = 0;
    for (unsigned i = name->address; i < name->front; i++) {
        size_t len = name_label(name, i);
        const char *at = name->text + name->begin[i];
        if (len < DATA_LABEL)
            continue;
        for (size_t k = 0; k < len; k++) {
            if (at[k] == '-' || at[k] == '_')
                continue;
            count[(uint8_t)at[k]]++;
            characters++;
        }
    }
    if (characters < 2)
        return (struct weird_mix){ characters, 0, 0 };
    unsigned alphabet = name_alphabet(count);
    uint64_t sum = 0; /* of count * log2(count) */
    for (unsigned c = 0; c < 256; c++)
        if (count[c] > 1)
            sum += (uint64_t)count[c] * name_log2(count[c]);
    uint64_t bits = (uint64_t)name_log2(characters) - sum / characters;
    uint64_t most = name_log2(characters < alphabet ? characters : alphabet);
    return (struct weird_mix){ characters, (unsigned)(bits * 1000 >> LOG_PLACES),
                               (unsigned)(most * 1000 >> LOG_PLACES) };
}
