/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_H
#define DISSECT_DNS_H

#include <chains/dissect.h>
#include <chains/layer/dns.h>

/* Slot "dns". */
extern const struct chains_layer_type dns_type;

enum {
    DNS_HEADER = 12,
    DNS_MOST_QUESTIONS = 64, /* kept of one message */
    DNS_MOST_RECORDS = 512,  /* kept of one section */
};

/*
 * Reads one message: the whole of `in`, without the length that goes before it over TCP. Writes
 * every member of `dns`. `flavour` decides whether the top bit of a class is mDNS's; it is
 * copied. rtt, over_tcp, unanswered, asked and retried are the caller's: they are 0, and has lacks
 * its bit.
 *
 * CHAINS_PARSED      everything was read; bytes behind the last record are only a fault
 * CHAINS_PARTIAL     the message ends before it should: what was whole is there
 * CHAINS_BAD_TAIL    a name or the data of a record cannot be
 * CHAINS_LIMIT       more than is kept: questions, records or text
 * CHAINS_CUT_SHORT   fewer bytes than a header: nothing was written
 *
 * Slices (raw, cookie, error_text, nsid) lie in the message; all else is in the arena.
 */
enum chains_verdict dns_read(struct chains_reader *in, enum chains_dns_flavour flavour,
                             struct chains_dns *dns, struct chains_arena *arena);

/*
 * Whether bytes on any port look like one message: header and counts that go together, and a
 * first question or record with a name, a known type and class. For guessing; reads no further.
 */
bool dns_is_plausible(struct chains_bytes message);

/* The same of a message of `whole` bytes that begins so: header and first question, if not more. */
bool dns_begins_plausible(struct chains_bytes begin, size_t whole);

/*
 * Whether a message of `whole` bytes can begin so: as many records as the header promises fit into
 * it, and its operation is one that there is. Text never passes, nor what has less than a header;
 * odd messages do. For ports of DNS.
 */
bool dns_begins_possible(struct chains_bytes begin, size_t whole);

#endif
