/* SPDX-License-Identifier: MIT */
/* Looking things up in the tables of names and fields, and the addresses of a record. */
#include <chains/field.h>
#include <chains/layer/arp.h>
#include <chains/layer/flow.h>
#include <chains/layer/ip.h>

#include <string.h>

/* The resolution of the time stamp is not among them: it shows in the time stamp itself. */
static const struct chains_name record_flags[] = {
    { CHAINS_SNAPPED, "snapped" },         { CHAINS_CUT, "cut_short" },
    { CHAINS_BROKEN, "malformed" },        { CHAINS_FRAGMENT, "fragment" },
    { CHAINS_REASSEMBLED, "reassembled" }, { CHAINS_TOO_DEEP, "too_deep" },
    { CHAINS_OVERLAP, "overlap" },         { 0, NULL },
};

const struct chains_field chains_record_fields[] = {
    CHAINS_FIELD(chains_record, number, UINT, "which record of its source, from 1"),
    CHAINS_FIELD_AS(chains_record, "timestamp", time_ns, TIME, "when it was captured, UTC"),
    CHAINS_FIELD_AS(chains_record, "len", wire_len, UINT, "bytes on the wire"),
    CHAINS_FIELD_AS(chains_record, "caplen", bytes.len, UINT, "bytes captured"),
    CHAINS_FIELD(chains_record, flags, FLAGS, "oddities of the record", .names = record_flags,
                 .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const char *chains_name_of(const struct chains_name *names, uint32_t value)
{
    for (; names && names->name; names++)
        if (names->value == value)
            return names->name;
    return NULL;
}

const struct chains_field *chains_field_find(const struct chains_field *fields,
                                             const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

bool chains_record_addresses(const struct chains_record *rec, const struct chains_addr **src,
                             const struct chains_addr **dst)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (ip) {
        *src = &ip->src;
        *dst = &ip->dst;
        return true;
    }
    const struct chains_arp *arp = chains_get(rec, arp);
    if (arp && arp->has & CHAINS_ARP_HAS_ADDRS) {
        *src = &arp->src;
        *dst = &arp->dst;
        return true;
    }
    const struct chains_endpoints *ends = chains_get(rec, endpoints);
    const struct chains_flow *flow = chains_get(rec, flow);
    if (!ends && !flow)
        return false;
    *src = ends ? &ends->src : &flow->src;
    *dst = ends ? &ends->dst : &flow->dst;
    return true;
}
