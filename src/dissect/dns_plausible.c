/* SPDX-License-Identifier: MIT */
/*
 * Whether bytes on any port are a DNS message. In: a datagram, or how the first message of a
 * stream begins. Out: a guess that random bytes, text and other protocols do not pass: the header's
 * fields must go together, and the first question, or the first record, must be one that is in
 * use.
 */
#include "dns.h"
#include "dns_types.h"

enum {
    FLAGS_QR = 0x8000,
    FLAGS_AA = 0x0400,
    FLAGS_RA = 0x0080,
    FLAGS_Z = 0x0040,
    OPCODE_QUERY = 0,
    OPCODE_NOTIFY = 4,
    OPCODE_UPDATE = 5,
    OPCODE_LAST = 6, /* stateful operations, RFC 8490 */
    MOST_RCODE = 11,
    CLASS_TOP = 0x8000,
    QUESTION_LEAST = 5,
    RECORD_LEAST = 11,
};

/* NetBIOS names, RFC 1001 14.1, come in messages of the same form: 32 letters from A to P. */
static bool netbios_label(struct chains_bytes label)
{
    for (size_t i = 0; i < label.len; i++)
        if (chains_byte(label, i) < 'A' || chains_byte(label, i) > 'P')
            return false;
    return label.len == 32;
}

/* Labels of printable ASCII or UTF-8, then the root or a pointer backwards into the message. */
static bool plausible_name(struct chains_reader *in, size_t before)
{
    unsigned octets = 1;
    for (;;) {
        unsigned head = chains_read_u8(in);
        if (head >= 0xc0) {
            size_t target = (size_t)(head & 0x3f) << 8 | chains_read_u8(in);
            return !in->failed && target >= DNS_HEADER && target < before;
        }
        octets += head + 1;
        if (in->failed || head > 63 || octets > 256)
            return false;
        if (head == 0)
            return true;
        struct chains_bytes label = chains_read_bytes(in, head);
        if (octets == head + 2 && netbios_label(label))
            return false;
        for (size_t i = 0; i < label.len; i++)
            if (chains_byte(label, i) < ' ' || chains_byte(label, i) == 0x7f)
                return false;
    }
}

/* Behind a name: a type and a class that IANA knows; an OPT record has a size there. */
static bool plausible_kind(struct chains_reader *in)
{
    unsigned type = chains_read_be16(in), class_number = chains_read_be16(in);
    if (in->failed || !dns_type_name(type))
        return false;
    return dns_class_name(class_number & ~(unsigned)CLASS_TOP) || type == 41;
}

/* Whether a message has room for what its header counts. */
static bool counts_fit(const uint8_t header[static DNS_HEADER], size_t whole)
{
    size_t questions = chains_load_be16(header + 4);
    size_t records = (size_t)chains_load_be16(header + 6) + chains_load_be16(header + 8) +
                     chains_load_be16(header + 10);
    return DNS_HEADER + QUESTION_LEAST * questions + RECORD_LEAST * records <= whole;
}

/* One question, but for mDNS, whose messages have no identifier. */
static bool plausible_counts(const uint8_t header[static DNS_HEADER], size_t whole)
{
    bool response = header[2] & 0x80, multicast = chains_load_be16(header) == 0;
    unsigned questions = chains_load_be16(header + 4), answers = chains_load_be16(header + 6);
    unsigned authorities = chains_load_be16(header + 8);
    unsigned additionals = chains_load_be16(header + 10);
    if (questions > (multicast ? 32U : 1U) || (questions == 0 && (!response || answers == 0)))
        return false;
    if (!counts_fit(header, whole))
        return false;
    bool query = !response && (header[2] >> 3 & 15) == OPCODE_QUERY && !multicast;
    return !query || (answers == 0 && authorities <= 1 && additionals <= 3);
}

static bool plausible_flags(unsigned flags)
{
    unsigned opcode = flags >> 11 & 15, rcode = flags & 15;
    if (flags & FLAGS_Z || rcode > MOST_RCODE)
        return false;
    if (opcode != OPCODE_QUERY && opcode != OPCODE_NOTIFY && opcode != OPCODE_UPDATE)
        return false;
    return flags & FLAGS_QR || (rcode == 0 && !(flags & FLAGS_RA) &&
                                (opcode == OPCODE_NOTIFY || !(flags & FLAGS_AA)));
}

bool dns_begins_possible(struct chains_bytes begin, size_t whole)
{
    return begin.len >= DNS_HEADER && (chains_byte(begin, 2) >> 3 & 15) <= OPCODE_LAST &&
           counts_fit(begin.at, whole);
}

bool dns_begins_plausible(struct chains_bytes begin, size_t whole)
{
    struct chains_reader in = chains_reader_over(begin);
    const uint8_t *p = chains_take(&in, DNS_HEADER);
    if (!p)
        return false;
    unsigned flags = chains_load_be16(p + 2);
    if (!plausible_flags(flags) || !plausible_counts(p, whole))
        return false;
    return plausible_name(&in, DNS_HEADER) && plausible_kind(&in);
}

bool dns_is_plausible(struct chains_bytes message)
{
    return dns_begins_plausible(message, message.len);
}
