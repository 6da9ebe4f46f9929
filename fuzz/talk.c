/* SPDX-License-Identifier: MIT */
/*
 * In: a script (talk.h). Out: packets of LINKTYPE_RAW. The sequence numbers that are next are kept for
 * each flow, so that chance makes talks rather than noise.
 */
#include "talk.h"
#include "fuzz.h"

#include <string.h>

enum { LINKTYPE_RAW = 101, HEADERS = 60, PAYLOAD_MOST = 2000, TCP = 6, UDP = 17 };

const uint16_t talk_ports[2][TALK_FLOWS] = { { 80, 443, 53, 25 }, { 53, 443, 5353, 4789 } };

struct talk_side {
    uint32_t next; /* sequence number */
};

struct talk {
    size_t at;
    uint64_t number;
    int64_t time_ns;
    struct talk_side sides[2][TALK_FLOWS][2];
};

static const struct chains_field talk_fields[] = {
    CHAINS_FIELD(talk_options, script, HANDLE, "the script"),
    CHAINS_FIELD(talk_options, len, HANDLE, "its length"),
    CHAINS_FIELDS_END,
};

static uint8_t *put16(uint8_t *out, unsigned value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return out + 2;
}

static uint8_t *put32(uint8_t *out, uint32_t value)
{
    return put16(put16(out, value >> 16), value & 0xffff);
}

/* An address of one of two ends: 10.0.0.x, fd00::x. */
static uint8_t *put_address(uint8_t *out, bool six, unsigned end)
{
    memset(out, 0, 16);
    out[0] = six ? 0xfd : 10;
    out[six ? 15 : 3] = (uint8_t)(1 + end);
    return out + (six ? 16 : 4);
}

static uint8_t *put_ip(uint8_t *out, bool six, unsigned protocol, unsigned from, size_t len)
{
    if (six) {
        out = put32(out, 0x60000000);
        out = put16(out, (unsigned)len);
        *out++ = (uint8_t)protocol;
        *out++ = 64;
    } else {
        out = put16(out, 0x4500);
        out = put16(out, (unsigned)len + 20);
        out = put32(out, 0x4000);
        *out++ = 64;
        *out++ = (uint8_t)protocol;
        out = put16(out, 0);
    }
    return put_address(put_address(out, six, from), six, !from);
}

static uint8_t *put_tcp(uint8_t *out, struct talk_side *mine, const struct talk_side *other,
                        const uint8_t *entry, size_t len)
{
    const uint8_t flags = entry[0];
    const int16_t step = (int16_t)chains_load_be16(entry + 1);
    const uint32_t seq = (uint32_t)((int64_t)mine->next + step);
    const uint32_t ack = (uint32_t)((int64_t)other->next + (int8_t)entry[3]);
    out = put32(put32(out, seq), ack);
    out = put16(out, 0x5000u | flags);
    out = put32(put16(out, 8192), 0);
    const uint32_t end = seq + (uint32_t)len + (flags & 2 ? 1 : 0) + (flags & 1);
    if ((int32_t)(end - mine->next) > 0 && step >= 0 && step < 64)
        mine->next = end; /* what is far ahead leaves a hole */
    return out;
}

/* One entry as a packet; false when the script ends in the middle of one. */
static bool talk_packet(struct talk *talk, struct chains_reader *in, struct chains_record *rec,
                        struct chains_arena *arena)
{
    const uint8_t what = chains_read_u8(in), time = chains_read_u8(in);
    const bool udp = what & TALK_UDP, six = what & TALK_IP6;
    const unsigned side = what & TALK_RESP, flow = what >> 1 & 3;
    const uint8_t *tcp = udp ? NULL : chains_take(in, 4);
    size_t len = chains_read_be16(in) % PAYLOAD_MOST;
    if (in->failed)
        return false;
    len = len < chains_left(in) ? len : chains_left(in);
    const uint8_t *payload = chains_take(in, len);
    struct talk_side *sides = talk->sides[six][flow];
    const uint16_t ports[2] = { (uint16_t)(40000 + flow), talk_ports[udp][flow] };
    uint8_t headers[HEADERS], *out = headers;
    out = put_ip(out, six, udp ? UDP : TCP, side, len + (udp ? 8 : 20));
    out = put16(put16(out, ports[side]), ports[!side]);
    if (udp)
        out = put16(put16(out, (unsigned)len + 8), 0);
    else
        out = put_tcp(out, &sides[side], &sides[!side], tcp, len);
    const size_t head = (size_t)(out - headers);
    const size_t captured = head + (what & TALK_CUT ? len - len / 4 : len);
    uint8_t *copy = chains_arena_take(arena, captured);
    must(copy != NULL);
    memcpy(copy, headers, head);
    if (captured > head)
        memcpy(copy + head, payload, captured - head);
    int64_t step = (int64_t)time * (what & TALK_LONG ? 1000000000 : 1000000);
    talk->time_ns += what & TALK_BACK ? -step : step;
    rec->time_ns = talk->time_ns;
    rec->number = ++talk->number;
    rec->bytes = rec->rest = (struct chains_bytes){ copy, captured };
    rec->wire_len = (uint32_t)(head + len);
    rec->flags = captured < rec->wire_len ? CHAINS_SNAPPED : 0;
    rec->linktype = LINKTYPE_RAW;
    rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, LINKTYPE_RAW };
    return true;
}

static int talk_open(chains_component *self)
{
    struct talk *talk = chains_state(self);
    talk->time_ns = INT64_C(1700000000) * 1000000000;
    return CHAINS_OK;
}

static int talk_next(chains_component *self, struct chains_batch *out)
{
    struct talk *talk = chains_state(self);
    const struct talk_options *options = chains_options(self);
    const uint8_t *script = options->script;
    struct chains_record *rec;
    while ((rec = chains_batch_add(out))) {
        struct chains_reader in = chains_reader_over(
            (struct chains_bytes){ script + talk->at, options->len - talk->at });
        if (!talk_packet(talk, &in, rec, chains_batch_arena(out))) {
            chains_batch_undo(out);
            return CHAINS_END;
        }
        talk->at = (size_t)(in.at - script);
    }
    return CHAINS_OK;
}

const struct chains_class talk_class = {
    .name = "talk",
    .brief = "packets of a script",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct talk),
    .options_size = sizeof(struct talk_options),
    .options = talk_fields,
    .open = talk_open,
    .next = talk_next,
};
