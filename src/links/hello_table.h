/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HELLO_TABLE_H
#define LINKS_HELLO_TABLE_H

#include <chains/record.h>

#include "hello_stream.h"
#include "quic_flow.h"

/*
 * Hellos of which a part has come: a fixed number of entries, made as they are needed, and a ceiling
 * of their bytes together. The oldest goes where there is no room, and each that has waited too long
 * in packet time. Whatever is no hello costs a look into the ports, which are of a fixed size.
 */
enum hello_protocol { HELLO_TCP = 6, HELLO_UDP = 17 };

/* One direction; without holes, for it is hashed and compared as bytes. */
struct hello_key {
    uint8_t src[16], dst[16];
    uint16_t sport, dport;
    uint8_t family, protocol; /* enum hello_protocol */
    uint8_t none[2];
};

struct hello_entry {
    struct hello_key key;
    uint64_t hash;
    int64_t time_ns; /* of its first packet */
    struct hello_entry *in_bucket, *older, *newer;
    size_t charged;
    union {
        struct hello_stream stream; /* HELLO_TCP */
        struct quic_flow quic;      /* HELLO_UDP */
    };
};

/* What is known of all connections whose ports fall together. */
struct hello_ports {
    uint32_t next;         /* sequence number of the first byte, of the last SYN, */
    uint16_t sport, dport; /* whose ports these are, */
    uint8_t early;         /* if nothing has come behind it yet: segments that may be kept */
    uint16_t waiting;      /* entries */
};

struct hello_table;

/* NULL for want of memory, or of random bytes. */
struct hello_table *hello_table_new(uint32_t entries, size_t bytes);
void hello_table_free(struct hello_table *table);
/* Bytes that a table takes at most; of it those of the entries and what they hold are `bytes`. */
size_t hello_table_takes(uint32_t entries, size_t bytes);
/* Where what the entries hold is taken from. */
struct pool *hello_table_pool(const struct hello_table *table);
size_t hello_table_bytes(const struct hello_table *table);
size_t hello_table_count(const struct hello_table *table);

struct hello_ports *hello_table_ports(struct hello_table *table, uint16_t sport,
                                      uint16_t dport);

/* False: the record has no addresses. */
bool hello_key_of(const struct chains_record *rec, struct hello_key *key);

/* NULL: there is none. */
struct hello_entry *hello_table_find(struct hello_table *table, const struct hello_key *key);

/* One more, which is not there yet; all 0 but for its key. NULL: no memory. */
struct hello_entry *hello_table_add(struct hello_table *table, const struct hello_key *key,
                                    int64_t time_ns);
void hello_table_remove(struct hello_table *table, struct hello_entry *entry);

/* What an entry refers to has grown: others go, if it is too much. */
void hello_table_charge(struct hello_table *table, struct hello_entry *entry);

/* Whether two times are near enough to each other to be of one hello. */
bool hello_is_recent(int64_t then_ns, int64_t now_ns);

/* Those that have waited too long go. */
void hello_table_expire(struct hello_table *table, int64_t now_ns);

/* How many went for want of room since it was asked last. */
uint64_t hello_table_lost(struct hello_table *table);

#endif
