/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_QUIC_H
#define CHAINS_LAYER_QUIC_H

#include <chains/record.h>

/* Packets of a datagram (RFC 9000, 17). */
enum chains_quic_packet {
    CHAINS_QUIC_INITIAL = 1 << 0,
    CHAINS_QUIC_ZERO_RTT = 1 << 1,
    CHAINS_QUIC_HANDSHAKE = 1 << 2,
    CHAINS_QUIC_RETRY = 1 << 3,
    CHAINS_QUIC_VERSION_NEGOTIATION = 1 << 4,
    CHAINS_QUIC_SHORT = 1 << 5, /* behind others in one datagram */
    CHAINS_QUIC_OTHER = 1 << 6, /* a long header of a version that is not known */
};

enum chains_quic_weird {
    CHAINS_QUIC_BAD_LENGTH = 1 << 0,    /* a length that leads out of the datagram */
    CHAINS_QUIC_BAD_FRAME = 1 << 1,     /* a frame that may not be there, or is broken */
    CHAINS_QUIC_SHORT_INITIAL = 1 << 2, /* a client's Initial in less than 1200 bytes */
    CHAINS_QUIC_NOT_OPENED = 1 << 3, /* an Initial whose keys fit not: joined late, or forged */
    CHAINS_QUIC_LIMITED = 1 << 4,    /* CRYPTO bytes beyond what is kept */
    CHAINS_QUIC_OVERLAP = 1 << 5,    /* CRYPTO bytes sent twice and not the same */
    CHAINS_QUIC_BAD_ID = 1 << 6,     /* a connection ID longer than 20 bytes */
};

enum { CHAINS_QUIC_HAS_CLOSE = 1 };

/*
 * Slot "quic": the long headers of a datagram. IDs and version are the first packet's; bytes as on
 * the wire.
 */
struct chains_quic {
    uint32_t has;
    uint32_t version; /* 1, 0x6b3343cf (version 2), 0: version negotiation */
    uint32_t packets; /* enum chains_quic_packet */
    uint8_t count;    /* how many packets */
    uint8_t opened;   /* Initial packets that were opened */
    struct chains_bytes dcid, scid;
    struct chains_bytes original_dcid; /* the client's first: what the Initial keys come from */
    struct chains_list versions;       /* uint32_t, of a version negotiation */
    uint32_t token_len;                /* of an Initial or a Retry */
    uint64_t
        close; /* CONNECTION_CLOSE seen in an Initial: its error code (0x100 and more: an alert) */
    uint32_t weird; /* enum chains_quic_weird */
};

#endif
