/* SPDX-License-Identifier: MIT */
/*
 * Messages out of a stream. In: new bytes in order, and what is missing in front of them. Out: whole
 * messages, borrowed where they lie in one piece, else put together. Kept: at most one message of
 * each direction, in memory that grows with what has come and not with what a length promises; the
 * bytes of a message are looked at when it is whole, or when it is to be guessed what they are.
 */
#include "dns_stream.h"

#include <string.h>

#include "../dissect/dns.h"

enum {
    PIECE_LEAST = 256,
    /* A header, the longest question, and a record behind it: enough for a guess. */
    GUESS_BYTES = 600,
};

static void dns_stream_free_piece(struct dns_stream_side *side)
{
    pool_give(side->piece);
    side->piece = NULL;
    side->capacity = side->held = 0;
}

static bool dns_stream_lose(struct dns_stream_side *side)
{
    dns_stream_free_piece(side);
    side->lost = true;
    side->left = 0;
    side->has_head = false;
    return false;
}

/*
 * Bytes are missing. Where the message that they end in has an end that is known, reading goes on
 * there; else what comes next is taken for the beginning of a message if it looks like one.
 */
static void dns_stream_gap(struct dns_stream_side *side, uint64_t gap)
{
    bool known = side->left > 0 && gap <= side->left && !side->guessing;
    dns_stream_free_piece(side);
    side->left = known ? side->left - (uint32_t)gap : 0;
    side->skipping = side->left > 0;
    side->has_head = false;
    side->guessing = !known;
    side->odd = false;
}

bool dns_stream_begin(struct dns_stream *stream, const struct chains_stream *layer, bool guess)
{
    struct dns_stream_side *side = &stream->side[layer->side];
    if (side->lost)
        return false;
    if (!side->begun) {
        side->begun = true;
        bool middle = layer->marks & CHAINS_STREAM_MIDSTREAM;
        side->guessing = !stream->known || middle;
        side->odd = !guess && !middle;
    }
    if (layer->gap > 0)
        dns_stream_gap(side, layer->gap);
    return true;
}

/* Room for `more` bytes behind what is held, if there is memory. */
static bool dns_stream_grow(struct dns_stream_side *side, struct pool *pool, uint32_t more)
{
    uint32_t needed = side->held + more, most = side->held + side->left;
    if (needed <= side->capacity)
        return true;
    uint32_t capacity = side->capacity ? 2 * side->capacity : PIECE_LEAST;
    capacity = capacity < needed ? needed : capacity > most ? most : capacity;
    uint8_t *piece = pool_resize(pool, side->piece, capacity);
    if (!piece)
        return false;
    side->piece = piece;
    side->capacity = capacity;
    return true;
}

/* Takes bytes of the message at hand, as many as there are. False: it cannot be kept. */
static bool dns_stream_collect(struct dns_stream_side *side, struct pool *pool,
                               struct chains_reader *in)
{
    uint32_t count = chains_left(in) < side->left ? (uint32_t)chains_left(in) : side->left;
    struct chains_bytes part = chains_read_bytes(in, count);
    bool kept = !side->skipping && dns_stream_grow(side, pool, count);
    if (kept && count > 0)
        memcpy(side->piece + side->held, part.at, count);
    side->held += kept ? count : 0;
    side->left -= count;
    if (kept || side->skipping)
        return true;
    dns_stream_free_piece(side);
    side->skipping = side->left > 0;
    return false;
}

/* The length of the next message, when both of its bytes have come. */
static bool dns_stream_length(struct dns_stream_side *side, struct chains_reader *in)
{
    if (chains_left(in) + side->has_head < 2) {
        if (chains_left(in) == 1) {
            side->head = chains_read_u8(in);
            side->has_head = true;
        }
        return false;
    }
    unsigned high = side->has_head ? side->head : chains_read_u8(in);
    side->has_head = false;
    side->left = high << 8 | chains_read_u8(in);
    return true;
}

/*
 * While it is guessed: false when the message of `whole` bytes, as far as it has come, is none.
 */
static bool dns_stream_passes(struct dns_stream_side *side, struct chains_bytes so_far,
                              size_t whole)
{
    const size_t enough = side->odd ? (size_t)DNS_HEADER : (size_t)GUESS_BYTES;
    if (!side->guessing)
        return true;
    if (so_far.len < whole && so_far.len < enough)
        return true; /* to be said later */
    if (side->odd && whole < DNS_HEADER)
        return true; /* by the next message */
    if (side->odd ? !dns_begins_possible(so_far, whole) : !dns_begins_plausible(so_far, whole))
        return dns_stream_lose(side);
    side->guessing = false;
    return true;
}

/* A message that began with an earlier packet. */
static enum dns_stream_found dns_stream_go_on(struct dns_stream *stream,
                                              struct dns_stream_side *side,
                                              struct chains_reader *in,
                                              struct chains_arena *arena,
                                              struct chains_bytes *message)
{
    bool skipped = side->skipping;
    if (!dns_stream_collect(side, stream->pool, in))
        return DNS_STREAM_NO_MEMORY;
    if (!skipped && !dns_stream_passes(side, (struct chains_bytes){ side->piece, side->held },
                                       side->held + side->left))
        return DNS_STREAM_NOT_DNS;
    if (side->left > 0)
        return DNS_STREAM_MORE;
    side->skipping = false;
    if (skipped)
        return DNS_STREAM_MORE;
    uint32_t len = side->held;
    uint8_t *whole = chains_arena_take(arena, len);
    if (whole)
        memcpy(whole, side->piece, len);
    dns_stream_free_piece(side);
    if (!whole)
        return DNS_STREAM_LIMITED;
    *message = (struct chains_bytes){ whole, len };
    stream->known |= !side->guessing;
    return DNS_STREAM_MESSAGE;
}

/* The message at hand lies in the new bytes as a whole. */
static enum dns_stream_found dns_stream_in_place(struct dns_stream *stream,
                                                 struct dns_stream_side *side,
                                                 struct chains_reader *in,
                                                 struct chains_bytes *message)
{
    *message = chains_read_bytes(in, side->left);
    side->left = 0;
    if (!dns_stream_passes(side, *message, message->len))
        return DNS_STREAM_NOT_DNS;
    stream->known |= !side->guessing;
    return DNS_STREAM_MESSAGE;
}

enum dns_stream_found dns_stream_next(struct dns_stream *stream, enum chains_side which,
                                      struct chains_bytes *bytes, struct chains_arena *arena,
                                      struct chains_bytes *message)
{
    struct dns_stream_side *side = &stream->side[which];
    struct chains_reader in = chains_reader_over(*bytes);
    enum dns_stream_found found = DNS_STREAM_MORE;
    while (found == DNS_STREAM_MORE && chains_left(&in) > 0) {
        bool fresh = side->left == 0;
        if (fresh && !dns_stream_length(side, &in))
            break;
        if (fresh && side->left <= chains_left(&in))
            found = dns_stream_in_place(stream, side, &in, message);
        else
            found = dns_stream_go_on(stream, side, &in, arena, message);
    }
    *bytes = chains_rest(&in);
    return found;
}

uint32_t dns_stream_memory(const struct dns_stream *stream)
{
    return stream->side[0].capacity + stream->side[1].capacity;
}

bool dns_stream_is_lost(const struct dns_stream *stream)
{
    return stream->side[0].lost && stream->side[1].lost;
}

void dns_stream_release(void *slot)
{
    struct dns_stream *stream = slot;
    dns_stream_free_piece(&stream->side[0]);
    dns_stream_free_piece(&stream->side[1]);
}
