/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_TCP_H
#define CHAINS_LAYER_TCP_H

#include <chains/record.h>

enum chains_tcp_flag {
    CHAINS_TCP_FIN = 1,
    CHAINS_TCP_SYN = 2,
    CHAINS_TCP_RST = 4,
    CHAINS_TCP_PSH = 8,
    CHAINS_TCP_ACK = 16,
    CHAINS_TCP_URG = 32,
    CHAINS_TCP_ECE = 64,
    CHAINS_TCP_CWR = 128,
    CHAINS_TCP_AE = 256,
};

enum {
    CHAINS_TCP_HAS_MSS = 1,
    CHAINS_TCP_HAS_WSCALE = 2,
    CHAINS_TCP_HAS_TIMESTAMPS = 4,
    CHAINS_TCP_SACK_EDGES = 8,
};

/* The flags in one word: SYN before FIN before RST before PSH; a bare ACK has none. */
enum chains_tcp_word {
    CHAINS_TCP_NO_WORD,
    CHAINS_TCP_WORD_SYN,
    CHAINS_TCP_WORD_SYN_ACK,
    CHAINS_TCP_WORD_FIN,
    CHAINS_TCP_WORD_FIN_ACK,
    CHAINS_TCP_WORD_RST,
    CHAINS_TCP_WORD_PSH,
};

/* Slot "transport", type TCP: RFC 9293, options of RFC 7323 and RFC 2018. */
struct chains_tcp {
    uint32_t has;
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint16_t flags;     /* enum chains_tcp_flag */
    uint8_t word;       /* enum chains_tcp_word */
    uint8_t header_len; /* bytes, with options */
    uint16_t window, sum, urgent;
    uint16_t mss;
    uint8_t wscale;
    uint8_t sack_permitted; /* 0 or 1 */
    uint8_t sack_count;     /* edges recorded, two a block */
    uint32_t sack[CHAINS_TCP_SACK_EDGES];
    uint32_t ts_val, ts_ecr;
    struct chains_bytes data; /* payload as captured */
    uint32_t data_len;        /* bytes of payload as captured */
};

#endif
