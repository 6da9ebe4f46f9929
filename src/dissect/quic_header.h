/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_QUIC_HEADER_H
#define DISSECT_QUIC_HEADER_H

#include <chains/dissect.h>
#include <chains/layer/quic.h>

/*
 * QUIC, as far as nothing is encrypted: the invariants (RFC 8999), the long headers of version 1 and
 * its drafts (RFC 9000, 17.2) and of version 2 (RFC 9369).
 */
enum {
    QUIC_VERSION_1 = 1,
    QUIC_VERSION_2 = 0x6b3343cf,
    QUIC_VERSION_2_DRAFT = 0x709a50c4, /* and the way it was in its drafts */
    QUIC_ID_MOST = 20,                 /* bytes of a connection ID */
    QUIC_RETRY_TAG = 16,
};

/* What is known of a version. */
enum quic_version {
    QUIC_VERSION_STRANGE,    /* nothing: bytes that may be anything */
    QUIC_VERSION_RECOGNISED, /* somebody's QUIC, or reserved to be refused; not read */
    QUIC_VERSION_READ,       /* 1, 2, their drafts from 23 on */
};

enum quic_version quic_version_of(uint32_t version);

/* Of all versions that are recognised by their number: "v1", "v2", "draft-29", "Q046". */
extern const struct chains_name quic_version_names[];

/* A packet of a datagram. What does not belong to its kind is empty. */
struct quic_header {
    enum chains_quic_packet kind;
    uint32_t version;           /* 0 of a version negotiation and of a short header */
    struct chains_bytes packet; /* all of it, to where the next one begins */
    struct chains_bytes dcid, scid;
    struct chains_bytes token;    /* of an Initial; of a Retry without its tag */
    struct chains_bytes versions; /* of a version negotiation: 4 bytes each */
    size_t number_at; /* where the packet number begins: Initial, 0-RTT, Handshake */
    uint32_t weird;   /* enum chains_quic_weird */
    bool cut;         /* its length leads out of the datagram */
};

/*
 * Reads the next packet and leaves the reader behind it: all that is left, of a packet without a
 * length. CHAINS_PARSED; or CHAINS_CUT_SHORT, and then nothing in `header` holds.
 */
enum chains_verdict quic_header_read(struct chains_reader *in, struct quic_header *header);

/* A number of 1 to 8 bytes (RFC 9000, 16). */
uint64_t quic_read_number(struct chains_reader *in);

/*
 * Whether a datagram of which nothing else is known may be the first of QUIC: a long header with
 * a version that is recognised, or the public header of gQUIC with one.
 */
bool quic_is_plausible(struct chains_bytes datagram);

#endif
