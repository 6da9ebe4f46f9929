/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_TEXT_H
#define DISSECT_DNS_TEXT_H

#include "../bytes/text.h"

/*
 * Text that is written into memory of a known end. What does not fit is left out and sets
 * `full`: the writer then begins again with more room, or gives up.
 */
struct dns_text {
    char *at, *end;
    bool full;
    bool utf8; /* names are UTF-8 by their protocol: characters stay what they are */
};

/* Place for `n` bytes, which the caller writes and then ends with dns_text_done(); or NULL. */
static inline char *dns_text_room(struct dns_text *text, size_t n)
{
    if ((size_t)(text->end - text->at) >= n)
        return text->at;
    text->full = true;
    return NULL;
}

static inline void dns_text_done(struct dns_text *text, char *end)
{
    text->at = end;
}

static inline void dns_put_char(struct dns_text *text, char c)
{
    char *out = dns_text_room(text, 1);
    if (out) {
        *out = c;
        text->at++;
    }
}

static inline void dns_put_number(struct dns_text *text, uint64_t value)
{
    char *out = dns_text_room(text, TEXT_U64);
    if (out)
        dns_text_done(text, text_u64(out, value));
}

void dns_put_word(struct dns_text *text, const char *word);
void dns_put_addr(struct dns_text *text, const struct chains_addr *addr);

/* "\DDD" */
static inline char *dns_escape(char *out, uint8_t byte)
{
    out[0] = '\\';
    out[1] = (char)('0' + byte / 100);
    return text_two(out + 2, byte % 100);
}

/* Lower-case digits; base64 with padding; base32hex without (RFC 5155). */
void dns_put_hex(struct dns_text *text, struct chains_bytes bytes);
void dns_put_base64(struct dns_text *text, struct chains_bytes bytes);
void dns_put_base32(struct dns_text *text, struct chains_bytes bytes);

/*
 * The inside of a character string, RFC 1035 5.1: \" and \\, and \DDD for what is no ASCII
 * text.
 */
void dns_put_string(struct dns_text *text, struct chains_bytes bytes);
void dns_put_quoted(struct dns_text *text, struct chains_bytes bytes);

#endif
