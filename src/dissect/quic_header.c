/* SPDX-License-Identifier: MIT */
/*
 * Headers of QUIC packets. In: a reader over a datagram. Out: one packet after the other, its kind,
 * IDs and where its packet number begins. Nothing is opened here, so that what lies behind the
 * number, and the four lowest bits of the first byte, mean nothing yet.
 */
#include "quic_header.h"

enum {
    LONG = 0x80,
    FIXED = 0x40,
    CLIENT_LEAST = 1200,  /* bytes of a client's first datagram, of any version */
    GQUIC_VERSION = 0x01, /* of the public header of gQUIC: it has a version, */
    GQUIC_ID = 0x08,      /* and an ID of 8 bytes */
};

static const uint32_t draft_first = 0xff000017, draft_last = 0xff000022, draft_any = 0xff000000;

const struct chains_name quic_version_names[] = {
    { QUIC_VERSION_1, "v1" },   { QUIC_VERSION_2, "v2" },
    { 0xff000017, "draft-23" }, { 0xff000018, "draft-24" },
    { 0xff000019, "draft-25" }, { 0xff00001a, "draft-26" },
    { 0xff00001b, "draft-27" }, { 0xff00001c, "draft-28" },
    { 0xff00001d, "draft-29" }, { 0xff00001e, "draft-30" },
    { 0xff00001f, "draft-31" }, { 0xff000020, "draft-32" },
    { 0xff000021, "draft-33" }, { 0xff000022, "draft-34" },
    { 0x51303433, "Q043" },     { 0x51303436, "Q046" },
    { 0x51303530, "Q050" },     { 0x54303530, "T050" },
    { 0x54303531, "T051" },     { 0xfaceb001, "mvfst-1" },
    { 0xfaceb002, "mvfst-2" },  { 0xfaceb00e, "mvfst-experimental" },
    { 0x709a50c4, "v2-draft" }, { 0, NULL },
};

static bool version_is_2(uint32_t version)
{
    return version == QUIC_VERSION_2 || version == QUIC_VERSION_2_DRAFT;
}

/* "Q0" or "T0" and two digits. */
static bool version_is_google(uint32_t version)
{
    uint32_t tens = version >> 8 & 0xff, ones = version & 0xff;
    bool begins = version >> 16 == 0x5130 || version >> 16 == 0x5430;
    return begins && tens >= '0' && tens <= '9' && ones >= '0' && ones <= '9';
}

/* To exercise version negotiation: nobody speaks it. */
static bool version_is_reserved(uint32_t version)
{
    return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

enum quic_version quic_version_of(uint32_t version)
{
    if (version == QUIC_VERSION_1 || version_is_2(version) ||
        (version >= draft_first && version <= draft_last))
        return QUIC_VERSION_READ;
    bool draft = version >= draft_any && version < draft_any + 64;
    bool facebook = version >> 4 == 0xfaceb00;
    if (version_is_reserved(version) || draft || facebook || version_is_google(version) ||
        version == 0x709a50c4)
        return QUIC_VERSION_RECOGNISED;
    return QUIC_VERSION_STRANGE;
}

uint64_t quic_read_number(struct chains_reader *in)
{
    uint64_t value = chains_read_u8(in);
    unsigned more = (1U << (value >> 6)) - 1;
    value &= 0x3f;
    for (; more > 0; more--)
        value = value << 8 | chains_read_u8(in);
    return value;
}

/* The two bits of a type, in the order of version 1. */
static enum chains_quic_packet header_kind(uint8_t first, uint32_t version)
{
    static const enum chains_quic_packet kinds[] = { CHAINS_QUIC_INITIAL, CHAINS_QUIC_ZERO_RTT,
                                                     CHAINS_QUIC_HANDSHAKE, CHAINS_QUIC_RETRY };
    unsigned type = first >> 4 & 3;
    return kinds[version_is_2(version) ? (type + 3) % 4 : type];
}

static void header_bytes(struct chains_reader *in, uint64_t len, struct chains_bytes *out)
{
    if (len > chains_left(in)) {
        in->at = in->end;
        in->failed = true;
        return;
    }
    *out = chains_read_bytes(in, (size_t)len);
}

/* An Initial's token, the length, and with it the end of the packet. */
static enum chains_verdict header_length(struct chains_reader *in, const uint8_t *start,
                                         struct quic_header *header)
{
    if (header->kind == CHAINS_QUIC_INITIAL)
        header_bytes(in, quic_read_number(in), &header->token);
    uint64_t len = quic_read_number(in);
    if (in->failed)
        return CHAINS_CUT_SHORT;
    header->number_at = (size_t)(in->at - start);
    if (len > chains_left(in)) {
        header->cut = true;
        len = chains_left(in);
    }
    chains_skip(in, (size_t)len);
    return CHAINS_PARSED;
}

static enum chains_verdict header_retry(struct chains_reader *in, struct quic_header *header)
{
    size_t left = chains_left(in);
    if (left < QUIC_RETRY_TAG)
        return CHAINS_CUT_SHORT;
    header->token = chains_read_bytes(in, left - QUIC_RETRY_TAG);
    chains_skip(in, QUIC_RETRY_TAG);
    return CHAINS_PARSED;
}

/* What a version negotiation, or a version that is not known, has behind the IDs. */
static enum chains_verdict header_all(struct chains_reader *in, struct quic_header *header)
{
    size_t left = chains_left(in);
    if (header->version == 0) {
        header->kind = CHAINS_QUIC_VERSION_NEGOTIATION;
        header->versions = chains_read_bytes(in, left - left % 4);
    }
    chains_skip(in, chains_left(in));
    return header->version == 0 && left < 4 ? CHAINS_CUT_SHORT : CHAINS_PARSED;
}

static enum chains_verdict header_long(struct chains_reader *in, struct quic_header *header)
{
    const uint8_t *start = in->at;
    uint8_t first = chains_read_u8(in);
    header->version = chains_read_be32(in);
    header_bytes(in, chains_read_u8(in), &header->dcid);
    header_bytes(in, chains_read_u8(in), &header->scid);
    if (in->failed)
        return CHAINS_CUT_SHORT;
    if (quic_version_of(header->version) != QUIC_VERSION_READ)
        return header_all(in, header);
    if (header->dcid.len > QUIC_ID_MOST || header->scid.len > QUIC_ID_MOST)
        header->weird |= CHAINS_QUIC_BAD_ID;
    header->kind = header_kind(first, header->version);
    return header->kind == CHAINS_QUIC_RETRY ? header_retry(in, header)
                                             : header_length(in, start, header);
}

/* Before version 44, gQUIC had the version behind an ID of 8 bytes, in a header of its own. */
static bool header_is_gquic(struct chains_bytes datagram, uint32_t *version)
{
    struct chains_reader in = chains_reader_over(datagram);
    const uint8_t *p = chains_take(&in, 13);
    if (!p || p[0] & LONG || (p[0] & (GQUIC_VERSION | GQUIC_ID)) != (GQUIC_VERSION | GQUIC_ID))
        return false;
    *version = chains_load_be32(p + 9);
    return *version >> 24 == 'Q' && version_is_google(*version);
}

enum chains_verdict quic_header_read(struct chains_reader *in, struct quic_header *header)
{
    struct chains_reader start = *in;
    enum chains_verdict verdict = CHAINS_PARSED;
    *header = (struct quic_header){ .kind = CHAINS_QUIC_OTHER };
    if (chains_left(in) == 0)
        return CHAINS_CUT_SHORT;
    if (chains_next_byte(in) & LONG) {
        verdict = header_long(in, header);
    } else if (header_is_gquic(chains_rest(in), &header->version)) {
        chains_skip(in, 1);
        header->dcid = chains_read_bytes(in, 8);
        chains_skip(in, chains_left(in));
    } else {
        header->kind = CHAINS_QUIC_SHORT;
        chains_skip(in, chains_left(in));
    }
    header->packet = chains_read_bytes(&start, (size_t)(in->at - start.at));
    return verdict;
}

static bool versions_are_plausible(struct chains_bytes versions)
{
    struct chains_reader in = chains_reader_over(versions);
    while (chains_left(&in) >= 4)
        if (quic_version_of(chains_read_be32(&in)) != QUIC_VERSION_STRANGE)
            return true;
    return false;
}

bool quic_is_plausible(struct chains_bytes datagram)
{
    struct chains_reader in = chains_reader_over(datagram);
    struct quic_header header;
    if (datagram.len == 0 || quic_header_read(&in, &header) != CHAINS_PARSED)
        return false;
    if (header.kind == CHAINS_QUIC_VERSION_NEGOTIATION)
        return versions_are_plausible(header.versions);
    if (header.kind == CHAINS_QUIC_SHORT)
        return false;
    if (version_is_reserved(header.version) && datagram.len < CLIENT_LEAST)
        return false; /* one pattern of 65536: not enough to tell by */
    enum quic_version version = quic_version_of(header.version);
    if (version == QUIC_VERSION_READ) /* the bit that only those who agreed on it may clear */
        return (chains_byte(datagram, 0) & FIXED) != 0;
    return version == QUIC_VERSION_RECOGNISED && header.dcid.len <= QUIC_ID_MOST &&
           header.scid.len <= QUIC_ID_MOST;
}
