/* SPDX-License-Identifier: MIT */
/*
 * Names in DNS messages, RFC 1035 3.1 and 4.1.4. In: a reader at a name, and the message for
 * pointers. Out: presentation format, with UTF-8 where the protocol has it (RFC 6762 16). Every
 * pointer leads before the labels that it ends, so that no name can lead into itself; the length
 * and the number of pointers have limits besides.
 *
 *     { 00 length 6 bits | label } ... { 0 | 11 offset 14 bits }
 */
#include "dns_name.h"

#include "../bytes/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* How a byte of a label is written. */
enum {
    LABEL_PLAIN,
    LABEL_BACKSLASH, /* \. */
    LABEL_DIGITS,    /* \DDD */
    LABEL_MARK,      /* of the language of zone files: as \" among other words, else plain */
    LABEL_SPACE,     /* as \032 among other words, else plain */
};

/* clang-format off */
#define P LABEL_PLAIN
#define D LABEL_DIGITS
#define B LABEL_BACKSLASH
#define M LABEL_MARK
#define S LABEL_SPACE
static const uint8_t label_kinds[256] = {
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    S, P, M, P, M, P, P, P, M, M, P, P, P, P, B, P,
    P, P, P, P, P, P, P, P, P, P, P, M, P, P, P, P,
    M, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, P, B, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D,
};
#undef P
#undef D
#undef B
#undef M
#undef S
/* clang-format on */

/* A byte that is not plain. */
static char *label_byte(char *out, uint8_t byte, enum dns_name_use use)
{
    unsigned kind = label_kinds[byte];
    bool among = use == DNS_NAME_AMONG;
    if (kind == LABEL_DIGITS || (kind == LABEL_SPACE && among))
        return dns_escape(out, byte);
    if (kind == LABEL_BACKSLASH || (kind == LABEL_MARK && among))
        *out++ = '\\';
    *out++ = (char)byte;
    return out;
}

enum { LABEL_STEP = 16 };

#ifdef __SSE2__
/* Bits of the bytes that may be other than LABEL_PLAIN; of the rare ones that are not so, some too. */
static unsigned label_odd(__m128i bytes)
{
    __m128i odd =
        _mm_cmplt_epi8(bytes, _mm_set1_epi8('*')); /* those from 0x80 on are below 0 */
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(';')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('@')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
    return (unsigned)_mm_movemask_epi8(odd);
}
#endif

/*
 * Copies plain bytes of the label of `len` bytes that `in` is at, many at a time: what is behind it is
 * read too, where it is there, and written, for which there is room. Returns how many are done; for
 * the others, all of them where the processor has nothing for this, each byte is looked at.
 */
static size_t label_plain(char *out, struct chains_reader in, size_t len)
{
    size_t done = 0;
#ifdef __SSE2__
    for (bool plain = true; plain && done < len;) {
        const uint8_t *p = chains_peek(&in, LABEL_STEP);
        size_t step = p ? LABEL_STEP : LABEL_STEP / 2;
        p = p ? p : chains_peek(&in, LABEL_STEP / 2);
        if (!p)
            break;
        __m128i bytes = step == LABEL_STEP ? _mm_loadu_si128((const void *)p)
                                           : _mm_loadl_epi64((const void *)p);
        _mm_storeu_si128((void *)(out + done), bytes);
        size_t wanted = len - done < step ? len - done : step;
        size_t good = (size_t)__builtin_ctz(label_odd(bytes) | 1U << wanted);
        plain = good == wanted;
        done += good;
        chains_skip(&in, step);
    }
#else
    (void)out, (void)in, (void)len;
#endif
    return done;
}

static void name_label(struct dns_text *out, struct chains_reader in, size_t len,
                       enum dns_name_use use, bool first)
{
    char *at = dns_text_room(out, 4 * len + 1);
    size_t i = 0;
    if (!at)
        return;
    if (!first)
        *at++ = '.';
    if ((size_t)(out->end - at) >= len + LABEL_STEP)
        i = label_plain(at, in, len);
    at += i;
    for (struct chains_bytes label = chains_read_bytes(&in, len); i < len;) {
        size_t wide = 0;
        if (out->utf8 && chains_byte(label, i) >= 0x80)
            wide = utf8_shown(chains_behind(label, i).at, label.len - i);
        if (label_kinds[chains_byte(label, i)] == LABEL_PLAIN)
            *at++ = (char)chains_byte(label, i++);
        else if (wide == 0)
            at = label_byte(at, chains_byte(label, i++), use);
        for (; wide > 0; wide--)
            *at++ = (char)chains_byte(label, i++);
    }
    dns_text_done(out, at);
}

/* Each turn takes a label or a pointer, and there are limits to both. */
enum dns_name_end dns_name_read(struct chains_reader *in, struct chains_bytes message,
                                enum dns_name_use use, struct dns_text *out)
{
    struct chains_reader at = *in, behind = *in;
    size_t start = (size_t)(in->at - message.at);
    unsigned octets = 1, jumps = 0;
    for (;;) {
        unsigned head = chains_read_u8(&at);
        if (head == 0 || at.failed)
            break;
        if (head >= 0xc0) {
            size_t target = (head & 0x3f) << 8 | chains_read_u8(&at);
            if (at.failed)
                break;
            if (jumps == 0)
                behind = at;
            if (target >= start || ++jumps > DNS_NAME_JUMPS)
                return DNS_NAME_BAD;
            start = target;
            at = chains_reader_over(message);
            chains_skip(&at, target);
            continue;
        }
        octets += head + 1;
        if (head > 63 || octets > DNS_NAME_OCTETS)
            return DNS_NAME_BAD;
        struct chains_reader label = at;
        chains_skip(&at, head);
        if (at.failed)
            break;
        name_label(out, label, head, use, octets == head + 2);
    }
    if (at.failed)
        return DNS_NAME_CUT;
    if (octets == 1)
        dns_put_char(out, '.');
    *in = jumps ? behind : at;
    return DNS_NAME_WHOLE;
}

enum dns_name_end dns_name_skip(struct chains_reader *in)
{
    struct chains_reader at = *in;
    unsigned octets = 1, head = 0;
    do {
        head = chains_read_u8(&at);
        if (head >= 0xc0) {
            chains_skip(&at, 1);
            break;
        }
        octets += head + 1;
        if (head > 63 || (head > 0 && octets > DNS_NAME_OCTETS))
            return DNS_NAME_BAD;
        chains_skip(&at, head);
    } while (head > 0);
    if (at.failed)
        return DNS_NAME_CUT;
    *in = at;
    return DNS_NAME_WHOLE;
}
