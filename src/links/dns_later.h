/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_LATER_H
#define LINKS_DNS_LATER_H

#include <chains/record.h>

/*
 * DNS messages for which a batch had no row: copies, in order, until there is one. They are taken
 * before anything is put again behind them, so that this is as large as what one batch brings.
 */
struct dns_later {
    uint8_t *bytes;
    size_t used, taken, capacity;
    size_t most; /* of `capacity` */
};

enum { DNS_LATER_LEAST = 512 * 1024, DNS_LATER_USUAL = 4 * 1024 * 1024 };

struct dns_later_message {
    struct chains_endpoints ends;
    int64_t time_ns, rtt_ns;
    uint64_t number;
    uint16_t flags;  /* of the record, enum chains_flag */
    uint8_t flavour; /* enum chains_dns_flavour */
    bool has_rtt, retried, asked;
    struct chains_bytes message;
};

enum dns_later_put {
    DNS_LATER_KEPT,
    DNS_LATER_FULL, /* as many bytes wait as may */
    DNS_LATER_NO_MEMORY,
};

/* With room for what most batches bring; at most `most` bytes. False: no memory. */
bool dns_later_begin(struct dns_later *later, size_t most);

enum dns_later_put dns_later_put(struct dns_later *later,
                                 const struct dns_later_message *message);

/* The oldest, which is forgotten; its bytes live until the next call. False: none. */
bool dns_later_take(struct dns_later *later, struct dns_later_message *message);

bool dns_later_is_empty(const struct dns_later *later);

void dns_later_free(struct dns_later *later);

#endif
