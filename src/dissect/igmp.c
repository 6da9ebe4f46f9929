/* SPDX-License-Identifier: MIT */
/*
 * IGMP versions 1 to 3, RFC 1112, 2236 and 3376. In: the payload of an IPv4 packet. Out: the
 * type, the group it is about, or how many groups a version 3 report lists.
 *
 *     type 1 | response time or code 1 | checksum 2 | group 4, or 0 2 and groups 2 | ...
 */
#include <chains/dissect.h>
#include <chains/layer/transport.h>

#include <string.h>

enum {
    IGMP_QUERY = 0x11,
    IGMP_REPORT_1 = 0x12,
    IGMP_REPORT_2 = 0x16,
    IGMP_LEAVE = 0x17,
    IGMP_REPORT_3 = 0x22,
};

static const struct chains_name igmp_type_names[] = {
    { IGMP_QUERY, "query" }, { IGMP_REPORT_1, "report_v1" }, { IGMP_REPORT_2, "report_v2" },
    { IGMP_LEAVE, "leave" }, { IGMP_REPORT_3, "report_v3" }, { 0, NULL },
};

static const struct chains_field igmp_fields[] = {
    CHAINS_FIELD(chains_igmp, igmp_type, NAMED, "query, report_v1, report_v2, report_v3, leave",
                 .names = igmp_type_names),
    CHAINS_FIELD(chains_igmp, max_resp, UINT, "time to answer in tenths of a second, as sent"),
    CHAINS_FIELD(chains_igmp, sum, UINT, "checksum as sent"),
    CHAINS_FIELD(chains_igmp, group, ADDR, "multicast group", .has = CHAINS_IGMP_HAS_GROUP),
    CHAINS_FIELD(chains_igmp, group_count, UINT, "version 3 report: groups listed",
                 .has = CHAINS_IGMP_HAS_GROUPS),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type igmp_type = {
    .slot = "transport",
    .name = "IGMP",
    .size = sizeof(struct chains_igmp),
    .fields = igmp_fields,
    .id = CHAINS_ID_igmp,
    .slot_id = CHAINS_SLOT_transport,
};

static enum chains_verdict igmp_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_igmp *igmp = layer;
    const uint8_t *p = chains_take(in, 8);
    (void)next;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(igmp, 0, sizeof *igmp);
    igmp->igmp_type = p[0];
    igmp->max_resp = p[1];
    igmp->sum = chains_load_be16(p + 2);
    switch (p[0]) {
    case IGMP_QUERY:
    case IGMP_REPORT_1:
    case IGMP_REPORT_2:
    case IGMP_LEAVE:
        igmp->has = CHAINS_IGMP_HAS_GROUP;
        memcpy(igmp->group.octets, p + 4, 4);
        igmp->group.family = 4;
        break;
    case IGMP_REPORT_3:
        igmp->has = CHAINS_IGMP_HAS_GROUPS;
        igmp->group_count = chains_load_be16(p + 6);
        break;
    default:
        break;
    }
    return CHAINS_PARSED;
}

static const struct chains_key igmp_keys[] = {
    { CHAINS_BY_IPPROTO, 2 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_igmp = {
    .name = "igmp",
    .layer = &igmp_type,
    .keys = igmp_keys,
    .dissect = igmp_dissect,
};
