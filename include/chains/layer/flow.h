/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_FLOW_H
#define CHAINS_LAYER_FLOW_H

#include <chains/layer/stream.h>

/* How it is known who opened a flow. */
enum chains_flow_opener {
    CHAINS_OPENER_SYN,   /* a SYN was seen, or a request of a protocol that has them */
    CHAINS_OPENER_FIRST, /* the sender of the first packet seen */
    CHAINS_OPENER_PORT,  /* seen in the middle: the lower port is taken for the service */
};

/* Why a flow record was made; numbers of IPFIX flowEndReason in the comments. */
enum chains_flow_end {
    CHAINS_END_FIN,    /* 3: both sides have closed */
    CHAINS_END_RST,    /* 3: one side has reset it */
    CHAINS_END_IDLE,   /* 1: nothing came for long */
    CHAINS_END_ACTIVE, /* 2: it goes on; the next record counts from the beginning, too */
    CHAINS_END_EVICTED, /* 5: there was no room, and it was the one to go (flows in components.h) */
    CHAINS_END_INPUT,  /* 4: the input ended */
    CHAINS_END_REUSED, /* 3: its ports began a new connection */
};

enum {
    CHAINS_FLOW_HISTORY = 32, /* letters, with the NUL */
    CHAINS_COMMUNITY_ID = 32, /* "1:" and 28 letters of base64, with the NUL */
};

enum {
    CHAINS_FLOW_SIDE_HAS_PACKETS = 1, /* first and last */

    CHAINS_FLOW_HAS_PORTS = 1,
    CHAINS_FLOW_HAS_STATE = 2, /* TCP, UDP: state, history */
    CHAINS_FLOW_HAS_RTT = 4,
};

/*
 * One direction. The counts of TCP's troubles are left out where they are 0. Of an IP packet in
 * pieces only the one that completes it is counted, with the header of that piece and the payload
 * of the whole; of one that is never whole nothing is.
 */
struct chains_flow_side {
    uint32_t has;
    uint64_t packets;
    uint64_t ip_bytes;      /* of IP packets, headers included */
    uint64_t bytes;         /* payload as sent, retransmissions included */
    uint64_t stream_bytes;  /* TCP: payload handed on in order, each byte once */
    uint64_t lost;          /* TCP: bytes of gaps */
    uint64_t overlapping;   /* TCP: bytes here before, in packets that overlap (stream) */
    int64_t first, last;    /* time of the first and the last packet */
    uint32_t gaps;          /* TCP: holes that were given up */
    uint32_t retransmitted; /* TCP: packets with bytes that were here before */
    uint32_t out_of_order;  /* TCP: packets that came before their turn */
    uint32_t zero_windows;  /* TCP: times the window closed */
};

/*
 * Slot "flow": a connection, or whatever two ports have said to each other. In the record of a flow
 * that goes on (`end` is CHAINS_END_ACTIVE) and in the next ones all counts are since its beginning.
 */
struct chains_flow {
    uint32_t has;
    struct chains_flow_entry *entry; /* not shown; valid as long as the record */
    uint64_t flow;                   /* its number in its component flows, as in "stream" */
    struct chains_addr src, dst;     /* src opened it */
    uint16_t sport, dport;           /* ICMP: type and counterpart, as in its Community ID;
                                        chains_record_endpoints() has ports alone */
    uint8_t protocol;                /* IANA number */
    uint8_t opener;                  /* enum chains_flow_opener */
    uint8_t end;                     /* enum chains_flow_end */
    uint8_t interim;                 /* 1: it goes on */
    uint32_t part;                   /* which record of this flow, from 1 */
    const char *service;             /* what a parser has found: "dns", "http"; or NULL */
    const char *state; /* Zeek's conn_state: "SF", "S0", ...; of UDP SF, S0 or SHR */
    char history_text[CHAINS_FLOW_HISTORY]; /* Zeek's letters; of UDP D and d */
    const char *history;                    /* = history_text */
    int64_t start, last;                    /* time of its first and last packet */
    int64_t duration;                       /* nanoseconds between them */
    int64_t rtt;                            /* TCP handshake: SYN to the ACK of the SYN-ACK */
    struct chains_flow_side orig, resp;
    char community_text[CHAINS_COMMUNITY_ID];
    const char *community_id; /* = community_text; NULL without it */
};

#endif
