/* SPDX-License-Identifier: MIT */
#ifndef RENDER_WORDS_H
#define RENDER_WORDS_H

#include <chains/field.h>
#include <chains/record.h>

#include "../bytes/text.h"

/*
 * The words that the two prints for people have in common. Each function writes at `out` and
 * returns the place behind; together they stay far below OUTPUT_ROOM for one line.
 */

#define WORDS_NAME_COLOR "\033[36m"
#define WORDS_TAG_COLOR  "\033[33m"
#define WORDS_NO_COLOR   "\033[0m"

enum {
    WORDS_NAME = 255, /* the most of a name that is printed */
};

/* Whether a record is a packet: the prints of packets have no line for others. */
static inline bool words_is_packet(const struct chains_record *rec)
{
    return rec->kind & (CHAINS_PACKETS | CHAINS_STREAMS);
}

/* A name from the network: what is not printable ASCII is escaped, what is too long is cut. */
char *words_name(char *out, const char *name);

char *words_in_parentheses(char *out, const char *name, bool color);

/* "192.168.1.9(LOCAL)": an address with its name, in parentheses where there is one. */
static inline char *words_end(char *out, const struct chains_addr *addr, const char *name,
                              bool color)
{
    out = text_addr(out, addr);
    return name ? words_in_parentheses(out, name, color) : out;
}

/* "192.168.1.9(LOCAL):80", "[fe80::1](LOCAL):80" */
char *words_end_port(char *out, const struct chains_addr *addr, const char *name, bool color,
                     uint16_t port);

/* "850us", "12.3ms", "1.2s", "345s": a span of time, cut to what tells it from others. */
char *words_span(char *out, int64_t ns);

/* The rest of words_transport(), of a record without tcp and udp. */
char *words_transport_rest(char *out, const struct chains_record *rec);

/* "TCP "; nothing when there is no transport. */
static inline char *words_transport(char *out, const struct chains_record *rec)
{
    if (rec->present & CHAINS_PRESENT_tcp)
        return text_literal(out, "TCP ");
    if (rec->present & CHAINS_PRESENT_udp)
        return text_literal(out, "UDP ");
    return words_transport_rest(out, rec);
}

/* The rest of words_packet(), of a record without ip4 and ip6. */
char *words_packet_rest(char *out, const struct chains_record *rec);

/* "IP ", "IP6 " or "ARP "; nothing when there is no packet. */
static inline char *words_packet(char *out, const struct chains_record *rec)
{
    if (rec->present & CHAINS_BIT_(ip4))
        return text_literal(out, "IP ");
    if (rec->present & CHAINS_BIT_(ip6))
        return text_literal(out, "IP6 ");
    return words_packet_rest(out, rec);
}

/* What is known of a record without addresses: its frame and the EtherType, or its link. */
char *words_frame(char *out, const struct chains_record *rec);

/* "['outgoing', 'nxdomain']" */
char *words_tags(char *out, const struct chains_record *rec, uint64_t tags);

/* The type of layer in a slot, or NULL when there is none; its place in *layer. */
const struct chains_layer_type *words_in_slot(const struct chains_record *rec, unsigned slot,
                                              const void **layer);

#endif
