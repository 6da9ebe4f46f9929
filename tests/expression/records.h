/* SPDX-License-Identifier: MIT */
#ifndef RECORDS_H
#define RECORDS_H

/*
 * Records to try expressions on, and a chain around them: a source that attaches every built-in
 * layer and one of its own, with every type of field, and a link that runs a test while the records
 * are there.
 */
#include <chains/chain.h>
#include <chains/component.h>

/* The names of the records, in order. */
enum record_name {
    REC_PLAIN,
    REC_TCP,
    REC_UDP6,
    REC_ICMP,
    REC_ARP,
    REC_RARP,
    REC_SCTP,
    REC_OSPF,
    REC_TUNNEL,
    REC_MPLS,
    REC_IGMP,
    REC_DYN,
    REC_DYN_EMPTY,
    REC_ALT,
    REC_COUNT,
};

extern const char *const record_names[REC_COUNT];

/* A layer that is not built in, with a field of each type. */
struct dyn_deep {
    uint8_t level;
    const char *word;
    struct chains_list marks;  /* struct chains_bytes */
    struct chains_list scores; /* uint64_t */
};

struct dyn_item {
    uint32_t has;
    uint32_t number;
    const char *name;
    struct chains_addr addr;
    uint8_t flags;
    bool good;
    struct chains_list deep;
};

struct dyn_box {
    uint32_t has;
    uint16_t size;
    const char *label;
    struct chains_addr addr;
};

enum {
    DYN_HAS_NUMBER = 1,
    DYN_HAS_TEXT = 2,
    DYN_HAS_BOX = 4,
    DYN_HAS_LIST = 8,
    DYN_HAS_SIZE = 1,  /* of a box */
    DYN_HAS_NAME = 16, /* of an item */
};

struct dyn {
    uint32_t has;
    bool yes, no;
    uint8_t u8;
    uint16_t u16, other16;
    uint32_t u32;
    uint64_t u64;
    int64_t time, duration, past;
    uint8_t mac[6], mac2[6];
    struct chains_addr addr, addr6;
    const char *text, *text2;
    struct chains_bytes raw, hex;
    uint8_t kind;
    uint16_t wide_kind;
    uint8_t flags;
    uint32_t flags32;
    uint8_t port_count, option_count;
    uint16_t port[4];
    uint8_t option[4];
    struct dyn_box box, bare_box;
    struct chains_list list;
    struct chains_list words;  /* struct chains_bytes */
    struct chains_list codes;  /* uint16_t */
    struct chains_list sorts;  /* uint8_t, with names */
    struct chains_list nobody; /* of either: never any */
    double real;
    uint64_t size;
};

extern const struct chains_layer_type dyn_type;

/* A layer in a built-in slot, whose fields are of other types than those of their namesakes. */
struct alt {
    const char *sport;
    uint32_t dport;
    uint8_t seq;
};

extern const struct chains_layer_type alt_type;

/* Runs `test` in a chain, with the records and the component that expressions are made for. */
typedef void (*records_test)(chains_component *self,
                             struct chains_record *const records[REC_COUNT]);
int records_run(records_test test);

/* The same, but `check` is called in the component's check, before anything is open. */
int records_check(records_test check);

/* The chain of records_run() alone, to be pulled and freed. */
chains_component *records_chain_new(records_test test, records_test check);

/* The place of the layer of our own in a record. */
struct dyn *records_dyn(const chains_component *self, struct chains_record *rec);

#endif
