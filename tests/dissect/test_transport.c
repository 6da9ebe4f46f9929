/* SPDX-License-Identifier: MIT */
/* IGMP, SCTP, AH, the protocols known by number, and IPv6 extension headers met late. */
#include <chains/layer/transport.h>

#include "../check.h"
#include "fixtures.h"

extern const struct chains_dissector dissect_igmp, dissect_sctp, dissect_ah, dissect_protocol,
    dissect_ip6ext, dissect_ip6frag;

#define RUN(name, number, bytes_, layer)                                                       \
    fixture_run(&dissect_##name, number, (struct chains_bytes){ bytes_, sizeof bytes_ }, layer)

static void igmp_versions(void)
{
    static const uint8_t report_3[] = { 0x22, 0, 0x12, 0x34, 0, 0, 0, 3 };
    static const uint8_t dvmrp[] = { 0x13, 1, 0, 0, 1, 2, 3, 4 };
    struct chains_igmp igmp;
    RUN(igmp, 2, bytes_igmp, &igmp);
    check_eq_u64(igmp.igmp_type, 0x16);
    check_eq_u64(igmp.max_resp, 0);
    check_eq_u64(igmp.sum, 0x0804);
    check_eq_u64(igmp.has, CHAINS_IGMP_HAS_GROUP);
    check_eq_u64(igmp.group.octets[0], 239);
    RUN(igmp, 2, report_3, &igmp);
    check_eq_u64(igmp.has, CHAINS_IGMP_HAS_GROUPS);
    check_eq_u64(igmp.group_count, 3);
    RUN(igmp, 2, dvmrp, &igmp);
    check_eq_u64(igmp.has, 0);
}

static void sctp_chunks(void)
{
    struct chains_sctp sctp;
    struct outcome got = RUN(sctp, 132, bytes_sctp, &sctp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(sctp.sport, 2905);
    check_eq_u64(sctp.dport, 2906);
    check_eq_u64(sctp.tag, 0x11223344);
    check_eq_u64(sctp.sum, 0xdeadbeef);
    check_eq_u64(sctp.chunk_count, 2);
    check_eq_u64(sctp.chunks[0], 10);
    check_eq_u64(sctp.chunks[1], 3);
    check_eq_u64(chains_left(&got.in), 12); /* rest begins with the first chunk */
    uint8_t bytes[sizeof bytes_sctp];
    memcpy(bytes, bytes_sctp, sizeof bytes);
    bytes[23] = 3; /* the second chunk is shorter than its own head */
    got = RUN(sctp, 132, bytes, &sctp);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL);
    check_eq_u64(sctp.chunk_count, 1);
    bytes[23] = 9; /* or longer than the packet */
    got = RUN(sctp, 132, bytes, &sctp);
    check_eq_u64(got.verdict, CHAINS_PARTIAL);
}

static void ah_lets_the_next_follow(void)
{
    struct chains_protocol protocol;
    struct outcome got = RUN(ah, 51, bytes_ah, &protocol);
    check_eq_u64(got.next.space, CHAINS_BY_IPPROTO);
    check_eq_u64(got.next.number, 6);
    check_eq_u64(protocol.type, 51);
    check_eq_u64(protocol.has, CHAINS_PROTOCOL_HAS_SPI | CHAINS_PROTOCOL_HAS_SEQ);
    check_eq_u64(protocol.spi, 5);
    check_eq_u64(protocol.seq, 9);
    check_eq_u64(chains_left(&got.in), 1);
    uint8_t bytes[sizeof bytes_ah];
    memcpy(bytes, bytes_ah, sizeof bytes);
    bytes[1] = 0; /* eight bytes, while twelve are fixed */
    check_eq_u64(RUN(ah, 51, bytes, &protocol).verdict, CHAINS_BAD_TAIL);
}

static void protocols_by_number(void)
{
    static const uint8_t ospf[] = { 2, 1, 0, 44 }, pim[] = { 0x20, 0 };
    static const uint8_t esp[] = { 0, 0, 0, 1, 0, 0, 0, 2, 0xff }, any[] = { 1 };
    struct chains_protocol protocol;
    RUN(protocol, 112, bytes_protocol, &protocol);
    check_eq_u64(protocol.type, 112);
    check_eq_u64(protocol.version, 2);
    check_eq_u64(protocol.kind, 1);
    check_eq_u64(protocol.group, 7);
    RUN(protocol, 89, ospf, &protocol);
    check_eq_u64(protocol.has, CHAINS_PROTOCOL_HAS_VERSION | CHAINS_PROTOCOL_HAS_KIND);
    check_eq_u64(protocol.version, 2);
    check_eq_u64(protocol.kind, 1);
    RUN(protocol, 103, pim, &protocol);
    check_eq_u64(protocol.version, 2);
    check_eq_u64(protocol.kind, 0);
    RUN(protocol, 50, esp, &protocol);
    check_eq_u64(protocol.spi, 1);
    check_eq_u64(protocol.seq, 2);
    check_eq_u64(RUN(protocol, 50, ospf, &protocol).verdict, CHAINS_CUT_SHORT);
    check_eq_u64(RUN(protocol, 136, any, &protocol).verdict, CHAINS_PARSED);
    check_eq_u64(protocol.type, 136);
    check_eq_u64(protocol.has, 0);
    const struct chains_field *type = dissect_protocol.layer->fields;
    for (const struct chains_key *key = dissect_protocol.keys; key->space; key++) {
        const struct chains_name *name = type->names;
        while (name->name && name->value != key->number)
            name++;
        check(name->name != NULL); /* a number that is claimed has a name */
    }
}

static void late_extension_headers(void)
{
    static const uint8_t piece[] = { 0x11, 0, 0, 0x01, 1, 2, 3, 4 };
    struct outcome got = RUN(ip6ext, 0, bytes_ip6ext, NULL);
    check_eq_u64(got.next.number, 6);
    check_eq_u64(chains_left(&got.in), 1);
    check_eq_u64(RUN(ip6frag, 44, bytes_ip6frag, NULL).next.number, 17);
    got = RUN(ip6frag, 44, piece, NULL);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
}

int main(void)
{
    igmp_versions();
    sctp_chunks();
    ah_lets_the_next_follow();
    protocols_by_number();
    late_extension_headers();
    return check_done();
}
