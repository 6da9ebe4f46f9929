/* SPDX-License-Identifier: MIT */
/*
 * TCP, RFC 9293, with the options MSS, window scale and timestamps (RFC 7323) and SACK
 * (RFC 2018). In: the payload of an IP packet. Out: the header, every flag, the payload.
 *
 *     source port 2 | destination port 2 | sequence 4 | acknowledgement 4 |
 *     data offset 4 bits, reserved 3, AE CWR ECE URG ACK PSH RST SYN FIN | window 2 |
 *     checksum 2 | urgent 2 | options
 */
#include "hot.h"

#include <chains/dissect.h>
#include <chains/layer/tcp.h>

static const struct chains_name tcp_flag_names[] = {
    { CHAINS_TCP_FIN, "fin" }, { CHAINS_TCP_SYN, "syn" },
    { CHAINS_TCP_RST, "rst" }, { CHAINS_TCP_PSH, "psh" },
    { CHAINS_TCP_ACK, "ack" }, { CHAINS_TCP_URG, "urg" },
    { CHAINS_TCP_ECE, "ece" }, { CHAINS_TCP_CWR, "cwr" },
    { CHAINS_TCP_AE, "ae" },   { 0, NULL },
};

static const struct chains_name tcp_words[] = {
    { CHAINS_TCP_WORD_SYN, "syn" },
    { CHAINS_TCP_WORD_SYN_ACK, "syn_ack" },
    { CHAINS_TCP_WORD_FIN, "fin" },
    { CHAINS_TCP_WORD_FIN_ACK, "fin_ack" },
    { CHAINS_TCP_WORD_RST, "rst" },
    { CHAINS_TCP_WORD_PSH, "psh" },
    { 0, NULL },
};

static const struct chains_field tcp_fields[] = {
    CHAINS_FIELD(chains_tcp, sport, UINT, "source port"),
    CHAINS_FIELD(chains_tcp, dport, UINT, "destination port"),
    CHAINS_FIELD(chains_tcp, flags, FLAGS, "every flag that is set", .names = tcp_flag_names),
    CHAINS_FIELD(chains_tcp, word, NAMED,
                 "the flags in one word: syn, syn_ack, fin, fin_ack, rst or psh",
                 .names = tcp_words, .omit_zero = 1),
    CHAINS_FIELD(chains_tcp, seq, UINT, "sequence number as sent"),
    CHAINS_FIELD(chains_tcp, ack, UINT, "acknowledgement number as sent"),
    CHAINS_FIELD(chains_tcp, window, UINT, "window as sent, not scaled"),
    CHAINS_FIELD(chains_tcp, sum, UINT, "checksum as sent"),
    CHAINS_FIELD(chains_tcp, urgent, UINT, "urgent pointer", .omit_zero = 1),
    CHAINS_FIELD(chains_tcp, header_len, UINT, "bytes of header, options included"),
    CHAINS_FIELD(chains_tcp, data_len, UINT, "bytes of payload as captured"),
    CHAINS_FIELD(chains_tcp, mss, UINT, "option: maximum segment size",
                 .has = CHAINS_TCP_HAS_MSS),
    CHAINS_FIELD(chains_tcp, wscale, UINT, "option: window scale, as a shift",
                 .has = CHAINS_TCP_HAS_WSCALE),
    CHAINS_FIELD(chains_tcp, sack_permitted, BOOL, "option: SACK permitted", .omit_zero = 1),
    CHAINS_FIELD_ARRAY(chains_tcp, sack, sack_count, "option: SACK, two edges a block"),
    CHAINS_FIELD(chains_tcp, ts_val, UINT, "option: timestamp",
                 .has = CHAINS_TCP_HAS_TIMESTAMPS),
    CHAINS_FIELD(chains_tcp, ts_ecr, UINT, "option: timestamp echoed",
                 .has = CHAINS_TCP_HAS_TIMESTAMPS),
    CHAINS_FIELD(chains_tcp, data, RAW, "payload as captured", .text_only = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type tcp_type = {
    .slot = "transport",
    .name = "TCP",
    .size = sizeof(struct chains_tcp),
    .fields = tcp_fields,
    .id = CHAINS_ID_tcp,
    .slot_id = CHAINS_SLOT_transport,
};

/* The original's one word: SYN before FIN before RST before PSH; a bare ACK has none. */
#define TCP_WORD(flags)                                                                        \
    ((flags)&CHAINS_TCP_SYN                                                                    \
         ? (flags)&CHAINS_TCP_ACK ? CHAINS_TCP_WORD_SYN_ACK : CHAINS_TCP_WORD_SYN              \
     : (flags)&CHAINS_TCP_FIN                                                                  \
         ? (flags)&CHAINS_TCP_ACK ? CHAINS_TCP_WORD_FIN_ACK : CHAINS_TCP_WORD_FIN              \
     : (flags)&CHAINS_TCP_RST ? CHAINS_TCP_WORD_RST                                            \
     : (flags)&CHAINS_TCP_PSH ? CHAINS_TCP_WORD_PSH                                            \
                              : CHAINS_TCP_NO_WORD)
#define TCP_WORDS(flags)                                                                       \
    TCP_WORD(flags), TCP_WORD((flags) + 1), TCP_WORD((flags) + 2), TCP_WORD((flags) + 3)
static const uint8_t tcp_word_of[32] = { /* by the five lowest flags */
                                         TCP_WORDS(0),  TCP_WORDS(4),  TCP_WORDS(8),
                                         TCP_WORDS(12), TCP_WORDS(16), TCP_WORDS(20),
                                         TCP_WORDS(24), TCP_WORDS(28)
};

static void tcp_sack(struct chains_reader *body, struct chains_tcp *tcp)
{
    while (chains_left(body) >= 8 && tcp->sack_count + 2 <= CHAINS_TCP_SACK_EDGES) {
        tcp->sack[tcp->sack_count++] = chains_read_be32(body);
        tcp->sack[tcp->sack_count++] = chains_read_be32(body);
    }
}

static inline void tcp_timestamps(struct chains_tcp *tcp, const uint8_t p[static 8])
{
    tcp->has |= CHAINS_TCP_HAS_TIMESTAMPS;
    tcp->ts_val = chains_load_be32(p);
    tcp->ts_ecr = chains_load_be32(p + 4);
}

/* The option `kind` whose body is whole; one of a wrong length is passed over. */
static inline void tcp_option(struct chains_tcp *tcp, unsigned kind, struct chains_reader *body)
{
    size_t len = chains_left(body);
    if (kind == 8 && len == 8) {
        tcp_timestamps(tcp, chains_take(body, 8));
    } else if (kind == 2 && len == 2) {
        tcp->has |= CHAINS_TCP_HAS_MSS;
        tcp->mss = chains_read_be16(body);
    } else if (kind == 3 && len == 1) {
        tcp->has |= CHAINS_TCP_HAS_WSCALE;
        tcp->wscale = chains_read_u8(body);
    } else if (kind == 4 && len == 0) {
        tcp->sack_permitted = 1;
    } else if (kind == 5) {
        tcp_sack(body, tcp);
    }
}

/* Options that are whole and of the right length; false when one is not whole. */
static bool tcp_options(struct chains_reader in, struct chains_tcp *tcp)
{
    const uint8_t *p = chains_peek(&in, 12);
    if (p && chains_left(&in) == 12 && chains_load_be32(p) == 0x0101080a) {
        tcp_timestamps(tcp, p + 4); /* behind two fillers: what most segments carry */
        return true;
    }
    while (chains_left(&in) > 0) {
        uint8_t kind = chains_read_u8(&in);
        if (kind == 0)
            return true;
        if (kind == 1)
            continue;
        uint8_t len = chains_read_u8(&in);
        if (in.failed || len < 2)
            return false;
        struct chains_reader body = chains_read_block(&in, len - 2u);
        if (body.failed)
            return false;
        tcp_option(tcp, kind, &body);
    }
    return true;
}

/* The layer, from the 20 bytes at `p`; options and payload are still to come. */
static inline void tcp_fill(struct chains_tcp *tcp, const uint8_t p[static 20])
{
    unsigned offset_flags = chains_load_be16(p + 12);
    tcp->has = 0;
    tcp->sport = chains_load_be16(p);
    tcp->dport = chains_load_be16(p + 2);
    tcp->seq = chains_load_be32(p + 4);
    tcp->ack = chains_load_be32(p + 8);
    tcp->flags = offset_flags & 0x1ff;
    tcp->word = tcp_word_of[offset_flags & 31];
    tcp->header_len = (uint8_t)((offset_flags >> 12) * 4);
    tcp->window = chains_load_be16(p + 14);
    tcp->sum = chains_load_be16(p + 16);
    tcp->urgent = chains_load_be16(p + 18);
    tcp->sack_permitted = 0;
    tcp->sack_count = 0;
}

static inline void tcp_payload(struct chains_tcp *tcp, const uint8_t *at, size_t len)
{
    tcp->data = (struct chains_bytes){ at, len };
    tcp->data_len = (uint32_t)len;
}

DISSECT_HOT enum chains_verdict tcp_dissect(struct chains_reader *in, void *layer,
                                            struct chains_key *next, struct chains_arena *arena)
{
    struct chains_tcp *tcp = layer;
    const uint8_t *p = chains_take(in, 20);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    unsigned header_len = (p[12] >> 4) * 4u, dport = chains_load_be16(p + 2);
    tcp_fill(tcp, p);
    if (__builtin_expect(header_len < 20, 0)) {
        tcp_payload(tcp, in->end, 0);
        return CHAINS_BAD_TAIL;
    }
    bool clean = true;
    if (header_len > 20) {
        size_t size = header_len - 20, left = chains_left(in);
        bool whole = left >= size;
        struct chains_reader options = chains_read_block(in, whole ? size : left);
        clean = tcp_options(options, tcp);
        if (!whole) {
            tcp_payload(tcp, in->end, 0);
            return CHAINS_PARTIAL;
        }
    }
    tcp_payload(tcp, in->at, chains_left(in));
    *next = (struct chains_key){ CHAINS_BY_PORT, dport };
    return clean ? CHAINS_PARSED : CHAINS_BAD_TAIL;
}

static const struct chains_key tcp_keys[] = {
    { CHAINS_BY_IPPROTO, 6 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_tcp = {
    .name = "tcp",
    .layer = &tcp_type,
    .keys = tcp_keys,
    .dissect = tcp_dissect,
};
