/* SPDX-License-Identifier: MIT */
/*
 * Connections that move bytes. In: a script that says who sends how much next. Out: segment after
 * segment: three that open it, full ones with an ACK for every second one, now and then one that
 * is lost and sent again, and an end, which is a reset or none at all in a small part.
 */
#include "talk.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY = 64 * 1024, /* bytes of one; a segment may begin at any of them */
    RECORD = 16384 + 17,
    RECORD_HEADER = 5,
    CHUNK = 4096,
    CHUNK_HEADER = 6,
    CHUNK_WHOLE = CHUNK + CHUNK_HEADER + 2,
    HEAD_END = 4,            /* two ends of lines */
    LOSS_IN = 150,           /* one of so many full segments that have others behind them */
    LOSS_SEEN = 3,           /* ACKs of the same byte, before it is sent again */
    BODY_LARGEST = 16 << 20, /* bytes of a message */
};

enum phase { PHASE_TALK, PHASE_CLOSE };

struct bodies {
    uint8_t random[BODY + 2048], text[BODY + 2048], cookie[BODY + 2048];
    uint8_t head[STREAM_HEAD_MOST];
};

struct bodies *bodies_new(uint64_t salt)
{
    static const char *const words[16] = { "<p>",   "</p>\n", "the ",    "of ",
                                           "and ",  "to ",    "packet ", "chain ",
                                           "a ",    "in ",    "is ",     "<b>",
                                           "</b> ", "every ", "stream ", "that " };
    struct bodies *bodies = malloc(sizeof *bodies);
    struct dice dice = { salt };
    if (!bodies)
        return NULL;
    for (size_t i = 0; i < sizeof bodies->random; i++)
        bodies->random[i] = (uint8_t)(dice_next(&dice) >> 56);
    for (size_t i = 0; i < sizeof bodies->text;) {
        const char *word = words[dice_below(&dice, 16)];
        while (*word && i < sizeof bodies->text)
            bodies->text[i++] = (uint8_t)*word++;
    }
    for (size_t i = 0; i < sizeof bodies->cookie; i++)
        bodies->cookie[i] = (uint8_t) "abcdefghijklmnopqrstuvwxyz012345"[dice_below(&dice, 32)];
    return bodies;
}

void bodies_free(struct bodies *bodies)
{
    free(bodies);
}

uint8_t *bodies_head(const struct traffic *traffic)
{
    return traffic->bodies->head;
}

void bodies_copy(const struct traffic *traffic, struct talk *talk, uint8_t *out, size_t len)
{
    memcpy(out, traffic->bodies->random + dice_below(&talk->dice, BODY), len);
}

/*
 * A log-normal size with a median of 4 KiB and a mean of about 24 KB. That sizes of what is asked
 * for on the web are log-normal is Barford's and Crovella's finding ("Generating Representative
 * Web Workloads", 1998). The mean is between what the HTTP Archive's Web Almanac 2024 has for a
 * page of the median weight (2,652 KB in 71 requests, 37 KB each; 18 KB of HTML) and what is left
 * when half of the large files come from the browser's own cache.
 */
uint32_t stream_size(struct talk *talk)
{
    const int64_t median = INT64_C(12) << 16,
                  deviation = 177209; /* powers of two, times 2^16 */
    int64_t sum = -6 * 65536;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t draw = dice_next(&talk->dice);
        for (unsigned k = 0; k < 4; k++)
            sum += (int64_t)(draw >> (16 * k) & 0xffff);
    }
    int64_t power = median + (sum * deviation >> 16);
    if (power < 5 << 16)
        power = 5 << 16;
    uint64_t size = (UINT64_C(65536) + (uint64_t)(power & 0xffff)) << (power >> 16) >> 16;
    return size < BODY_LARGEST ? (uint32_t)size : BODY_LARGEST;
}

void stream_begin(struct talk *talk, unsigned side, size_t head, uint32_t body,
                  enum stream_frames frames, bool text)
{
    struct stream *stream = &talk->stream;
    uint32_t more = 0;
    if (frames == STREAM_RECORDS)
        more = (body + RECORD - 1) / RECORD * RECORD_HEADER;
    if (frames == STREAM_COOKIE)
        more = HEAD_END;
    if (frames == STREAM_CHUNKS) { /* whole ones, and the one that ends them */
        body -= body % CHUNK;
        more = body / CHUNK * (CHUNK_WHOLE - CHUNK) + 5;
    }
    stream->side = side & 1;
    stream->head = (uint32_t)head;
    stream->len = (uint32_t)head + body + more;
    stream->at = 0;
    stream->frames = (uint8_t)frames;
    stream->text = text;
    stream->body = dice_below(&talk->dice, BODY);
}

/* Those of `bytes`, which stand at `place` of a body, that lie in the `len` from `from` on. */
static void body_put(uint8_t *out, uint32_t from, uint32_t len, uint32_t place,
                     const char *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (place + i >= from && place + i < from + len)
            out[place + i - from] = (uint8_t)bytes[i];
}

static void body_records(const struct stream *stream, uint8_t *out, uint32_t from, uint32_t len)
{
    const uint32_t whole = RECORD + RECORD_HEADER, all = stream->len - stream->head;
    for (uint32_t at = from / whole * whole; at < from + len; at += whole) {
        uint32_t size = (all - at < whole ? all - at : whole) - RECORD_HEADER;
        const char header[RECORD_HEADER] = { 23, 3, 3, (char)(size >> 8), (char)size };
        body_put(out, from, len, at, header, RECORD_HEADER);
    }
}

static void body_chunks(const struct stream *stream, uint8_t *out, uint32_t from, uint32_t len)
{
    const uint32_t end = stream->len - stream->head - 5;
    for (uint32_t at = from / CHUNK_WHOLE * CHUNK_WHOLE; at < from + len; at += CHUNK_WHOLE) {
        if (at == end) {
            body_put(out, from, len, at, "0\r\n\r\n", 5);
            return;
        }
        body_put(out, from, len, at, "1000\r\n", CHUNK_HEADER);
        body_put(out, from, len, at + CHUNK_HEADER + CHUNK, "\r\n", 2);
    }
}

/* The bytes of a message from `at` on; what a script wrote of its head is in its first segment. */
static void stream_bytes(const struct traffic *traffic, const struct stream *stream,
                         uint32_t at, uint8_t *out, uint32_t len)
{
    const struct bodies *bodies = traffic->bodies;
    const uint8_t *body = stream->frames == STREAM_COOKIE ? bodies->cookie
                          : stream->text                  ? bodies->text
                                                          : bodies->random;
    uint32_t head = at == 0 ? stream->head : 0, from = at + head - stream->head;
    memcpy(out, bodies->head, head);
    out += head;
    len -= head;
    if (len == 0)
        return;
    memcpy(out, body + (stream->body + from) % BODY, len);
    if (stream->frames == STREAM_RECORDS)
        body_records(stream, out, from, len);
    else if (stream->frames == STREAM_CHUNKS)
        body_chunks(stream, out, from, len);
    else if (stream->frames == STREAM_COOKIE)
        body_put(out, from, len, stream->len - stream->head - HEAD_END, "\r\n\r\n", HEAD_END);
}

static void stream_segment(const struct traffic *traffic, struct talk *talk, uint32_t seq,
                           uint32_t at, struct frame *out)
{
    struct stream *stream = &talk->stream;
    unsigned side = stream->side;
    uint32_t most = frame_segment_most(talk), left = stream->len - at;
    uint32_t len = left < most ? left : most;
    unsigned flags = TCP_ACK | (left == len ? TCP_PSH : 0);
    stream_bytes(traffic, stream, at,
                 frame_segment(out, talk, side, flags, seq, talk->seq[!side], len), len);
    frame_segment_done(out, talk, side);
}

/* What the other side answers: all there is, or the byte before the hole and what is behind it. */
static void stream_ack(struct talk *talk, struct frame *out)
{
    struct stream *stream = &talk->stream;
    unsigned side = stream->side;
    if (stream->lost)
        frame_hole(out, talk, !side, stream->lost_seq,
                   stream->lost_seq + frame_segment_most(talk), talk->seq[side]);
    else
        frame_tcp(out, talk, !side, TCP_ACK, NULL, 0);
    stream->owes_ack = false;
    stream->unseen = 0;
}

/* The segment that comes next, or the lost one. */
static void stream_send(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    struct stream *stream = &talk->stream;
    uint32_t *seq = &talk->seq[stream->side];
    uint32_t most = frame_segment_most(talk), left = stream->len - stream->at;
    if (stream->lost > LOSS_SEEN) {
        stream_segment(traffic, talk, stream->lost_seq, stream->lost_at, out);
        stream->lost = 0;
        stream->owes_ack = true;
        return;
    }
    if (!stream->lost && stream->at > 0 && left > (LOSS_SEEN + 1) * most &&
        dice_below(&talk->dice, LOSS_IN) == 0) {
        stream->lost = 1;
        stream->lost_at = stream->at;
        stream->lost_seq = *seq;
        stream->at += most;
        *seq += most;
        left -= most;
    }
    uint32_t len = left < most ? left : most;
    stream_segment(traffic, talk, *seq, stream->at, out);
    stream->at += len;
    *seq += len;
    stream->unseen++;
    if (stream->lost)
        stream->lost++;
    /* A message that fits into one segment is often answered before an ACK of its own. */
    bool ends = stream->at == stream->len;
    stream->owes_ack = stream->lost || stream->unseen >= 2 ||
                       (ends && (stream->len > most || dice_below(&talk->dice, 3) == 0));
}

/* The last three; in a small part a reset, or nothing. */
static bool stream_close(struct talk *talk, struct frame *out)
{
    unsigned first = talk->flow & 1, fate = (unsigned)(dice_mix(talk->flow) >> 40) % 40;
    if (fate == 0) {
        frame_tcp(out, talk, first, TCP_RST | TCP_ACK, NULL, 0);
        return false;
    }
    frame_tcp(out, talk, talk->left == 1 ? !first : first,
              talk->left < 2 ? TCP_FIN | TCP_ACK : TCP_ACK, NULL, 0);
    return fate > 1 && ++talk->left < 3;
}

bool stream_opened(const struct traffic *traffic, struct talk *talk, stream_script script,
                   struct frame *out)
{
    struct stream *stream = &talk->stream;
    if (stream->phase == PHASE_TALK && stream->owes_ack) {
        stream_ack(talk, out);
        return true;
    }
    if (stream->phase == PHASE_TALK && stream->at == stream->len && !stream->lost &&
        !script(traffic, talk)) {
        stream->phase = PHASE_CLOSE;
        talk->left = 0;
    }
    if (stream->phase == PHASE_CLOSE)
        return stream_close(talk, out);
    stream_send(traffic, talk, out);
    return true;
}

bool stream_step(const struct traffic *traffic, struct talk *talk, stream_script script,
                 struct frame *out)
{
    if (talk->step >= 3)
        return stream_opened(traffic, talk, script, out);
    unsigned side = talk->step == 1;
    unsigned flags = talk->step == 0 ? TCP_SYN : side ? TCP_SYN | TCP_ACK : TCP_ACK;
    frame_tcp(out, talk, side, flags, NULL, 0);
    return true;
}
