/* SPDX-License-Identifier: MIT */
/* Words common to the prints for people. In: a record. Out: printable ASCII. */
#include "words.h"

#include <chains/layer/eth.h>
#include <chains/layer/link.h>
#include <chains/layer/transport.h>

#include "../bytes/text.h"

enum { WORDS_SHORT = 8 }; /* bytes of a name that are looked at one by one */

_Static_assert((int)WORDS_SHORT < (int)WORDS_NAME, "the rest of a long name is not negative");

char *words_name(char *out, const char *name)
{
    /* Most names are a word: to look for its end first, and then at many bytes at once, costs more. */
    size_t i = 0;
    for (; i < WORDS_SHORT && name[i] > '"' && name[i] <= '~' && name[i] != '\\'; i++)
        *out++ = name[i];
    if (name[i] == '\0')
        return out;
    size_t len = i + strnlen(name + i, WORDS_NAME - i);
    for (; i < len; i++) {
        size_t plain = text_plain(out, name + i, len - i);
        out += plain;
        i += plain;
        if (i < len && name[i] == '"')
            *out++ = '"';
        else if (i < len)
            out = text_escape_hex(out, (uint8_t)name[i]);
    }
    return out;
}

char *words_in_parentheses(char *out, const char *name, bool color)
{
    *out++ = '(';
    out = color ? text_literal(out, WORDS_NAME_COLOR) : out;
    out = words_name(out, name);
    out = color ? text_literal(out, WORDS_NO_COLOR) : out;
    *out++ = ')';
    return out;
}

char *words_end_port(char *out, const struct chains_addr *addr, const char *name, bool color,
                     uint16_t port)
{
    if (addr->family == 6)
        *out++ = '[';
    out = text_addr(out, addr);
    if (addr->family == 6)
        *out++ = ']';
    out = name ? words_in_parentheses(out, name, color) : out;
    *out++ = ':';
    return text_u64(out, port);
}

/* A number of units, with one digit behind the point where there are few of them. */
static char *words_units(char *out, uint64_t ns, uint64_t unit, bool tenths)
{
    uint64_t tenth = ns % unit / (unit / 10);
    out = text_u64(out, ns / unit);
    if (!tenths || ns / unit >= 100 || tenth == 0)
        return out;
    *out++ = '.';
    *out++ = (char)('0' + tenth);
    return out;
}

char *words_span(char *out, int64_t ns)
{
    enum { MICROSECOND = 1000, MILLISECOND = 1000000, SECOND = 1000000000 };
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        *out++ = '-';
    if (size < MICROSECOND)
        return text_literal(text_u64(out, size), "ns");
    if (size < MILLISECOND)
        return text_literal(words_units(out, size, MICROSECOND, false), "us");
    if (size < SECOND)
        return text_literal(words_units(out, size, MILLISECOND, true), "ms");
    return text_literal(words_units(out, size, SECOND, true), "s");
}

const struct chains_layer_type *words_in_slot(const struct chains_record *rec, unsigned slot,
                                              const void **layer)
{
    const struct chains_layout *layout = rec->layout;
    const uint64_t bits = rec->present & layout->slot_bits[slot];
    if (!bits)
        return NULL;
    *layer = (const char *)rec + layout->offset[slot];
    return layout->type[__builtin_ctzll(bits)];
}

static char *words_type(char *out, const char *name, char gap)
{
    out = words_name(out, name);
    *out++ = gap;
    return out;
}

char *words_transport_rest(char *out, const struct chains_record *rec)
{
    const void *layer;
    const struct chains_layer_type *type = words_in_slot(rec, CHAINS_SLOT_transport, &layer);
    if (!type)
        return out;
    if (type->id != CHAINS_ID_protocol)
        return words_type(out, type->name, ' ');
    const struct chains_protocol *protocol = layer;
    const char *name = chains_name_of(type->fields[0].names, protocol->type);
    if (name)
        return words_type(out, name, ' ');
    out = text_u64(text_literal(out, "PROTOCOL-"), protocol->type);
    *out++ = ' ';
    return out;
}

char *words_packet_rest(char *out, const struct chains_record *rec)
{
    const void *layer;
    const struct chains_layer_type *type = words_in_slot(rec, CHAINS_SLOT_packet, &layer);
    return type ? words_type(out, type->name, ' ') : out;
}

char *words_frame(char *out, const struct chains_record *rec)
{
    const struct chains_eth *eth = chains_get(rec, eth);
    const struct chains_linklayer *link = chains_get(rec, linklayer);
    const void *layer;
    if (eth) {
        out = text_mac(text_literal(out, "ETH "), eth->src);
        out = text_mac(text_literal(out, " --> "), eth->dst);
        out = eth->has & CHAINS_ETH_HAS_TYPE
                  ? text_u64(text_literal(out, " (type: "), eth->type)
                  : text_u64(text_literal(out, " (length: "), eth->length);
        *out++ = ')';
        return out;
    }
    if (!link)
        return text_literal(text_u64(text_literal(out, "FRAME of "), rec->wire_len), " bytes");
    const struct chains_layer_type *type = words_in_slot(rec, CHAINS_SLOT_link, &layer);
    const struct chains_field *field = chains_field_find(type->fields, "type");
    const char *name = field ? chains_name_of(field->names, link->type) : NULL;
    out = words_name(out, name ? name : "LINK");
    if (link->has & CHAINS_LINK_HAS_SRC)
        out = text_mac(text_literal(out, " "), link->src);
    if (link->has & CHAINS_LINK_HAS_DST)
        out = text_mac(text_literal(out, " --> "), link->dst);
    if (link->type == CHAINS_LINK_UNKNOWN)
        out = text_u64(text_literal(out, " LINKTYPE "), link->linktype);
    if (link->has & CHAINS_LINK_HAS_PROTOCOL) {
        out = text_u64(text_literal(out, " (type: "), link->protocol);
        *out++ = ')';
    }
    return out;
}

/* 64 tags of at most 47 plain bytes each: chains_tag() sees to that. */
char *words_tags(char *out, const struct chains_record *rec, uint64_t tags)
{
    *out++ = '[';
    for (uint64_t bits = tags; bits; bits &= bits - 1) {
        const char *name = rec->layout->tag[__builtin_ctzll(bits)];
        *out++ = '\'';
        out = text_copy(out, name, strlen(name));
        *out++ = '\'';
        if (bits & (bits - 1))
            out = text_literal(out, ", ");
    }
    *out++ = ']';
    return out;
}
