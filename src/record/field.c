/* SPDX-License-Identifier: MIT */
/* Looking things up in the tables of names and fields, and the addresses of a record. */
#include <chains/field.h>
#include <chains/layer/arp.h>
#include <chains/layer/ip.h>

#include <string.h>

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
    if (!arp || !(arp->has & CHAINS_ARP_HAS_ADDRS))
        return false;
    *src = &arp->src;
    *dst = &arp->dst;
    return true;
}
