/* SPDX-License-Identifier: MIT */
/*
 * Frames of QUIC Initial packets. In: a reader over what was opened. Out: CRYPTO and
 * CONNECTION_CLOSE, one at a time; PADDING, PING and ACK are passed. Each frame takes at least a byte,
 * so that a packet's length bounds the work.
 */
#include "quic_frames.h"

#include "quic_header.h"

enum {
    FRAME_PADDING = 0x00,
    FRAME_PING = 0x01,
    FRAME_ACK = 0x02,
    FRAME_ACK_ECN = 0x03,
    FRAME_CRYPTO = 0x06,
    FRAME_CLOSE = 0x1c,
};

/* Most of a client's first packet is this. */
static void frame_padding(struct chains_reader *in)
{
    const uint8_t *eight = chains_peek(in, 8);
    while (eight && chains_load_be64(eight) == 0) {
        chains_skip(in, 8);
        eight = chains_peek(in, 8);
    }
    while (chains_left(in) > 0 && chains_next_byte(in) == FRAME_PADDING)
        chains_skip(in, 1);
}

static void frame_ack(struct chains_reader *in, uint64_t type)
{
    quic_read_number(in); /* largest */
    quic_read_number(in); /* delay */
    uint64_t ranges = quic_read_number(in);
    quic_read_number(in); /* first range */
    for (; ranges > 0 && !in->failed; ranges--) {
        quic_read_number(in);
        quic_read_number(in);
    }
    for (int i = 0; type == FRAME_ACK_ECN && i < 3; i++)
        quic_read_number(in);
}

static struct chains_bytes frame_bytes(struct chains_reader *in)
{
    uint64_t len = quic_read_number(in);
    if (!in->failed && len <= chains_left(in))
        return chains_read_bytes(in, (size_t)len);
    in->failed = true;
    return (struct chains_bytes){ in->at, 0 };
}

enum quic_frame_kind quic_frame_next(struct chains_reader *in, struct quic_frame *frame)
{
    *frame = (struct quic_frame){ 0 };
    while (chains_left(in) > 0 && !in->failed) {
        uint64_t type = quic_read_number(in);
        switch (type) {
        case FRAME_PADDING:
            frame_padding(in);
            break;
        case FRAME_PING:
            break;
        case FRAME_ACK:
        case FRAME_ACK_ECN:
            frame_ack(in, type);
            break;
        case FRAME_CRYPTO:
            frame->offset = quic_read_number(in);
            frame->data = frame_bytes(in);
            return in->failed ? QUIC_FRAME_BAD : QUIC_FRAME_CRYPTO;
        case FRAME_CLOSE:
            frame->error = quic_read_number(in);
            quic_read_number(in); /* the type of the frame that was wrong */
            frame_bytes(in);      /* a reason, for people */
            return in->failed ? QUIC_FRAME_BAD : QUIC_FRAME_CLOSE;
        default:
            return QUIC_FRAME_BAD;
        }
    }
    return in->failed ? QUIC_FRAME_BAD : QUIC_FRAME_END;
}
