/* SPDX-License-Identifier: MIT */
/* What the layers stream and flow contain, by their tables. */
#include "flow_layers.h"

#include "../record/endpoints.h"

static const struct chains_name flow_sides[] = {
    { CHAINS_ORIG, "orig" },
    { CHAINS_RESP, "resp" },
    { 0, NULL },
};

static const struct chains_name flow_marks[] = {
    { CHAINS_STREAM_OPENS, "opens" },
    { CHAINS_STREAM_CLOSES, "closes" },
    { CHAINS_STREAM_RESETS, "resets" },
    { CHAINS_STREAM_MIDSTREAM, "midstream" },
    { CHAINS_STREAM_GAP, "gap" },
    { CHAINS_STREAM_WAITS, "waits" },
    { CHAINS_STREAM_RETRANSMIT, "retransmit" },
    { CHAINS_STREAM_OVERLAP, "overlap" },
    { CHAINS_STREAM_LIMITED, "limited" },
    { CHAINS_STREAM_REFUSED, "refused" },
    { CHAINS_STREAM_INNER, "inner" },
    { 0, NULL },
};

static const struct chains_name flow_openers[] = {
    { CHAINS_OPENER_SYN, "syn" },
    { CHAINS_OPENER_FIRST, "first" },
    { CHAINS_OPENER_PORT, "port" },
    { 0, NULL },
};

static const struct chains_name flow_ends[] = {
    { CHAINS_END_FIN, "fin" },         { CHAINS_END_RST, "rst" },
    { CHAINS_END_IDLE, "idle" },       { CHAINS_END_ACTIVE, "active" },
    { CHAINS_END_EVICTED, "evicted" }, { CHAINS_END_INPUT, "input" },
    { CHAINS_END_REUSED, "reused" },   { 0, NULL },
};

/* All values from 0 on have a name, and struct chains_flow_entry has four bits for each of the two. */
_Static_assert(sizeof flow_openers / sizeof flow_openers[0] <= 16 + 1,
               "chains_flow_entry.opener");
_Static_assert(sizeof flow_ends / sizeof flow_ends[0] <= 16 + 1, "chains_flow_entry.end");

static const struct chains_field flow_stream_fields[] = {
    CHAINS_FIELD(chains_stream, flow, UINT, "number of the flow, from 1"),
    CHAINS_FIELD(chains_stream, side, NAMED, "who sent it: orig opened the flow, or resp",
                 .names = flow_sides),
    CHAINS_FIELD(chains_stream, offset, UINT,
                 "bytes of this direction before the new ones, lost ones too"),
    CHAINS_FIELD(chains_stream, len, UINT, "new bytes in order"),
    CHAINS_FIELD(chains_stream, gap, UINT, "bytes lost directly in front of them",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_stream, marks, FLAGS, "what the packet meant to its stream",
                 .names = flow_marks, .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_stream_type = {
    .slot = "stream",
    .name = "stream",
    .size = sizeof(struct chains_stream),
    .fields = flow_stream_fields,
    .id = CHAINS_ID_stream,
    .slot_id = CHAINS_SLOT_stream,
};

static const struct chains_field flow_side_fields[] = {
    CHAINS_FIELD(chains_flow_side, packets, UINT, "packets sent"),
    CHAINS_FIELD(chains_flow_side, ip_bytes, UINT, "bytes of IP packets, headers included"),
    CHAINS_FIELD(chains_flow_side, bytes, UINT,
                 "payload as sent, retransmissions included, in bytes"),
    CHAINS_FIELD(chains_flow_side, stream_bytes, UINT,
                 "TCP: payload in order, each byte once, in bytes", .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, gaps, UINT, "TCP: holes that nothing filled",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, lost, UINT, "TCP: bytes of these holes", .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, retransmitted, UINT,
                 "TCP: packets with bytes that were here before", .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, overlapping, UINT,
                 "TCP: bytes here before, in packets that overlap", .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, out_of_order, UINT,
                 "TCP: packets that came before their turn", .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, zero_windows, UINT, "TCP: times the window closed",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_flow_side, first, TIME, "time of the first packet",
                 .has = CHAINS_FLOW_SIDE_HAS_PACKETS),
    CHAINS_FIELD(chains_flow_side, last, TIME, "time of the last packet",
                 .has = CHAINS_FLOW_SIDE_HAS_PACKETS),
    CHAINS_FIELDS_END,
};

static const struct chains_field flow_fields[] = {
    CHAINS_FIELD_AS(chains_flow, "id", flow, UINT, "number of the flow, as in stream.flow"),
    CHAINS_FIELD(chains_flow, src, ADDR, "address of who opened it"),
    CHAINS_FIELD(chains_flow, dst, ADDR, "address of the other one"),
    CHAINS_FIELD(chains_flow, sport, UINT, "port of src; ICMP: type",
                 .has = CHAINS_FLOW_HAS_PORTS),
    CHAINS_FIELD(chains_flow, dport, UINT, "port of dst; ICMP: type of the answer, or code",
                 .has = CHAINS_FLOW_HAS_PORTS),
    CHAINS_FIELD(chains_flow, protocol, NAMED, "what it is carried over",
                 .names = endpoints_protocols),
    CHAINS_FIELD(chains_flow, opener, NAMED, "how it is known who opened it",
                 .names = flow_openers),
    CHAINS_FIELD(chains_flow, service, TEXT, "what it carries, as a parser has found",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_flow, state, TEXT, "TCP and UDP: what became of it, in Zeek's words",
                 .has = CHAINS_FLOW_HAS_STATE),
    CHAINS_FIELD(chains_flow, history, TEXT,
                 "TCP and UDP: what has happened, in Zeek's letters",
                 .has = CHAINS_FLOW_HAS_STATE),
    CHAINS_FIELD(chains_flow, end, NAMED, "why there is this record", .names = flow_ends),
    CHAINS_FIELD(chains_flow, interim, BOOL, "the flow goes on", .omit_zero = 1),
    CHAINS_FIELD(chains_flow, part, UINT, "which record of this flow, from 1"),
    CHAINS_FIELD(chains_flow, start, TIME, "time of the first packet"),
    CHAINS_FIELD(chains_flow, last, TIME, "time of the last packet"),
    CHAINS_FIELD(chains_flow, duration, DURATION, "time between these two"),
    CHAINS_FIELD(chains_flow, rtt, DURATION,
                 "TCP handshake: from the SYN to the ACK of the SYN-ACK",
                 .has = CHAINS_FLOW_HAS_RTT),
    CHAINS_FIELD(chains_flow, orig, OBJECT, "sent by src", .fields = flow_side_fields),
    CHAINS_FIELD(chains_flow, resp, OBJECT, "sent by dst", .fields = flow_side_fields),
    CHAINS_FIELD(chains_flow, community_id, TEXT, "Community ID, version 1", .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_flow_type = {
    .slot = "flow",
    .name = "flow",
    .size = sizeof(struct chains_flow),
    .fields = flow_fields,
    .id = CHAINS_ID_flow,
    .slot_id = CHAINS_SLOT_flow,
};
