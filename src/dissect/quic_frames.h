/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_QUIC_FRAMES_H
#define DISSECT_QUIC_FRAMES_H

#include <chains/dissect.h>

/* The frames that an Initial packet may hold (RFC 9000, 12.4); what is of no interest is passed. */
enum quic_frame_kind {
    QUIC_FRAME_END, /* of the packet */
    QUIC_FRAME_BAD, /* one that may not be there, or contradicts itself: nothing follows */
    QUIC_FRAME_CRYPTO,
    QUIC_FRAME_CLOSE,
};

struct quic_frame {
    uint64_t offset;          /* of CRYPTO bytes */
    struct chains_bytes data; /* CRYPTO bytes */
    uint64_t error;           /* of a CONNECTION_CLOSE */
};

/* The next frame of a packet that was opened. */
enum quic_frame_kind quic_frame_next(struct chains_reader *in, struct quic_frame *frame);

#endif
