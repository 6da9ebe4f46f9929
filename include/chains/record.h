/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_RECORD_H
#define CHAINS_RECORD_H

#include <chains/bytes.h>
#include <chains/field.h>

/*
 * Ownership and lifetimes
 *
 *   options given to a constructor     the caller's; copied before the call returns
 *   component                          its downstream's after chains_link(), else yours; lives
 *                                      until chains_free() of the last one
 *   record, its layers, bytes, rest,   the batch's; they live until the next pull (chains_next(),
 *   names in layers                    chains_step(), the return of each()): copy the values you
 *                                      want to keep
 *   text of chains_error()             the component's; until the next call on that component
 */

#ifdef __cplusplus
extern "C" {
#endif

/* What a record is; a component says which kinds it takes and gives. */
enum chains_kind {
    CHAINS_PACKETS = 1,
    CHAINS_STREAMS =
        2,             /* packets with the layer "stream": `rest` is what is new and in order */
    CHAINS_FLOWS = 4,  /* no packet: a flow that has ended, or goes on for long */
    CHAINS_EVENTS = 8, /* no packet: what a component noticed between packets */
};

/* Oddities of a record. They are data: the record walks on with the layers it has. */
enum chains_flag {
    CHAINS_SNAPPED = 1 << 0,     /* fewer bytes were captured than were on the wire */
    CHAINS_CUT = 1 << 1,         /* a header or its tail ends before it should */
    CHAINS_BROKEN = 1 << 2,      /* a header contradicts itself */
    CHAINS_FRAGMENT = 1 << 3,    /* one of several pieces of an IP packet */
    CHAINS_REASSEMBLED = 1 << 4, /* completed the pieces: transport and rest are the whole's */
    CHAINS_TOO_DEEP = 1 << 5,    /* more headers inside each other than the limit */
    CHAINS_NANOSECONDS = 1 << 6, /* the time stamp has nanosecond resolution */
    CHAINS_OVERLAP = 1 << 7,     /* pieces of an IP packet overlapped; the first copy won */
};

/* Number spaces that say what comes next. */
enum chains_space {
    CHAINS_BY_NOTHING,   /* unknown, or nothing */
    CHAINS_BY_LINKTYPE,  /* LINKTYPE_ numbers of the capture file formats */
    CHAINS_BY_ETHERTYPE, /* IEEE 802 numbers of 1536 and more */
    CHAINS_BY_LLC,       /* an 802.2 LLC header follows */
    CHAINS_BY_PPP,       /* PPP protocol numbers */
    CHAINS_BY_IPPROTO,   /* IANA protocol numbers */
    CHAINS_BY_FRAGMENT,  /* a piece of an IP packet whose protocol is the number */
    CHAINS_BY_TUNNEL,    /* UDP destination ports of tunnels */
    CHAINS_BY_PORT,      /* the destination port; the transport layer knows both */
};

struct chains_key {
    uint16_t space;
    uint32_t number;
};

/* Where a layer lies in a row. One slot may hold layers of several types, one at a time. */
enum chains_slot {
    CHAINS_SLOT_eth,
    CHAINS_SLOT_link,
    CHAINS_SLOT_mpls,
    CHAINS_SLOT_packet,
    CHAINS_SLOT_transport,
    CHAINS_SLOT_tunnel,
    CHAINS_SLOT_outer,
    CHAINS_SLOT_endpoints,
    CHAINS_SLOT_stream,
    CHAINS_SLOT_dns,
    CHAINS_SLOT_weird,
    CHAINS_SLOT_tls,
    CHAINS_SLOT_quic,
    CHAINS_SLOT_http,
    CHAINS_SLOT_flow,
    CHAINS_SLOT_domains,
    CHAINS_SLOT_tags,
    CHAINS_SLOTS_BUILT_IN,
    CHAINS_SLOTS = 64,
};

/*
 * Types of layers, a bit each in `present`, in the order in which they are printed. Types
 * beyond the built-in ones get their number when the chain is built.
 */
enum chains_layer_id {
    CHAINS_ID_DYNAMIC, /* of a type that is not built in: what is left out is this */
    CHAINS_ID_eth,
    CHAINS_ID_link,
    CHAINS_ID_mpls,
    CHAINS_ID_ip4,
    CHAINS_ID_ip6,
    CHAINS_ID_arp,
    CHAINS_ID_tcp,
    CHAINS_ID_udp,
    CHAINS_ID_icmp4,
    CHAINS_ID_icmp6,
    CHAINS_ID_igmp,
    CHAINS_ID_sctp,
    CHAINS_ID_protocol,
    CHAINS_ID_tunnel,
    CHAINS_ID_outer,
    CHAINS_ID_endpoints,
    CHAINS_ID_stream,
    CHAINS_ID_dns,
    CHAINS_ID_weird,
    CHAINS_ID_tls,
    CHAINS_ID_quic,
    CHAINS_ID_http,
    CHAINS_ID_flow,
    CHAINS_ID_domains,
    CHAINS_ID_tags,
    CHAINS_IDS_BUILT_IN,
    CHAINS_IDS = 64,
};

/* A type of layer. One static const of it for each; its address is its identity. */
struct chains_layer_type {
    const char *slot; /* the word in paths and JSON: "packet" */
    const char *name; /* shown as "type" when it differs from the slot: "IP" */
    size_t size;      /* of the C struct */
    const struct chains_field *fields;
    uint8_t id;      /* enum chains_layer_id; 0 for a type that is not built in */
    uint8_t slot_id; /* enum chains_slot; only of a built-in type */
};

/* Where layers lie in the rows of a chain; fixed when the chain is built. */
struct chains_layout {
    uint16_t offset[CHAINS_SLOTS];    /* from the record's first byte; 0: none */
    uint64_t slot_bits[CHAINS_SLOTS]; /* the types that share a slot, as bits of `present` */
    const struct chains_layer_type *type[CHAINS_IDS]; /* by number; NULL: none */
    uint8_t slot_of[CHAINS_IDS];
    uint32_t row_size;
    uint8_t ids, slots;
    uint8_t tag_count;
    const char *tag[64]; /* names of the tags, by bit */
};

struct chains_record {
    int64_t time_ns;           /* nanoseconds since 1970, UTC */
    uint64_t number;           /* from 1, counts every packet the source read; of an event that
                                  of the packet it is about; 0: none */
    struct chains_bytes bytes; /* as captured */
    struct chains_bytes rest;  /* what no component has read yet */
    struct chains_key next;    /* what `rest` claims to be */
    uint32_t wire_len;         /* bytes on the wire */
    uint16_t kind, flags;      /* enum chains_kind, enum chains_flag */
    uint32_t linktype;         /* LINKTYPE_ number of `bytes` */
    uint64_t present;          /* a bit for each type of layer attached */
    const struct chains_layout *layout;
};

/* The bits of `present` that mean "struct chains_NAME is there". */
#define CHAINS_BIT_(id)          (UINT64_C(1) << CHAINS_ID_##id)
#define CHAINS_PRESENT_eth       CHAINS_BIT_(eth)
#define CHAINS_PRESENT_linklayer CHAINS_BIT_(link)
#define CHAINS_PRESENT_mpls      CHAINS_BIT_(mpls)
#define CHAINS_PRESENT_ip        (CHAINS_BIT_(ip4) | CHAINS_BIT_(ip6))
#define CHAINS_PRESENT_arp       CHAINS_BIT_(arp)
#define CHAINS_PRESENT_tcp       CHAINS_BIT_(tcp)
#define CHAINS_PRESENT_udp       CHAINS_BIT_(udp)
#define CHAINS_PRESENT_icmp      (CHAINS_BIT_(icmp4) | CHAINS_BIT_(icmp6))
#define CHAINS_PRESENT_igmp      CHAINS_BIT_(igmp)
#define CHAINS_PRESENT_sctp      CHAINS_BIT_(sctp)
#define CHAINS_PRESENT_protocol  CHAINS_BIT_(protocol)
#define CHAINS_PRESENT_tunnel    CHAINS_BIT_(tunnel)
#define CHAINS_PRESENT_outer     CHAINS_BIT_(outer)
#define CHAINS_PRESENT_endpoints CHAINS_BIT_(endpoints)
#define CHAINS_PRESENT_stream    CHAINS_BIT_(stream)
#define CHAINS_PRESENT_dns       CHAINS_BIT_(dns)
#define CHAINS_PRESENT_weird     CHAINS_BIT_(weird)
#define CHAINS_PRESENT_tls       CHAINS_BIT_(tls)
#define CHAINS_PRESENT_quic      CHAINS_BIT_(quic)
#define CHAINS_PRESENT_http      CHAINS_BIT_(http)
#define CHAINS_PRESENT_flow      CHAINS_BIT_(flow)
#define CHAINS_PRESENT_domains   CHAINS_BIT_(domains)
#define CHAINS_PRESENT_tags      CHAINS_BIT_(tags)

#define CHAINS_SLOT_linklayer CHAINS_SLOT_link
#define CHAINS_SLOT_ip        CHAINS_SLOT_packet
#define CHAINS_SLOT_arp       CHAINS_SLOT_packet
#define CHAINS_SLOT_tcp       CHAINS_SLOT_transport
#define CHAINS_SLOT_udp       CHAINS_SLOT_transport
#define CHAINS_SLOT_icmp      CHAINS_SLOT_transport
#define CHAINS_SLOT_igmp      CHAINS_SLOT_transport
#define CHAINS_SLOT_sctp      CHAINS_SLOT_transport
#define CHAINS_SLOT_protocol  CHAINS_SLOT_transport

/*
 * The layer `name` of a record, typed, or NULL when it has none:
 *     const struct chains_udp *udp = chains_get(rec, udp);
 */
#define chains_get(rec, name)                                                                  \
    ((const struct chains_##name *)chains_get_(rec, CHAINS_PRESENT_##name, CHAINS_SLOT_##name))

static inline const void *chains_get_(const struct chains_record *rec, uint64_t bits,
                                      unsigned slot)
{
    return rec->present & bits ? (const char *)rec + rec->layout->offset[slot] : NULL;
}

/* What every record has, by name: number, timestamp, len, caplen, flags. */
CHAINS_API extern const struct chains_field chains_record_fields[];

/* The layer of a type that is not built in, or NULL. */
CHAINS_API const void *chains_find(const struct chains_record *rec,
                                   const struct chains_layer_type *type);

/*
 * The network addresses of a record: of its IP or IPv6 packet, or what an ARP packet speaks of; of
 * a record that is no packet, what its layer "endpoints" or "flow" says. Returns false when it has
 * none.
 */
CHAINS_API bool chains_record_addresses(const struct chains_record *rec,
                                        const struct chains_addr **src,
                                        const struct chains_addr **dst);

/*
 * Who speaks to whom, and over what. Also the slot "endpoints": who an event is about, which has no
 * packet to tell.
 */
struct chains_endpoints {
    struct chains_addr src, dst;
    uint16_t sport, dport; /* 0 where the protocol has none, as ICMP */
    uint8_t protocol;      /* IANA number */
};

/*
 * The two ends of a record with network addresses, from whichever layers say it; ARP has none.
 * Returns false when it has none.
 */
CHAINS_API bool chains_record_endpoints(const struct chains_record *rec,
                                        struct chains_endpoints *ends);

/* Number of the tag called `name` in this record's chain, or -1. */
CHAINS_API int chains_tag_number(const struct chains_record *rec, const char *name);

#ifdef __cplusplus
}
#endif
#endif
