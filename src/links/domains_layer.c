/* SPDX-License-Identifier: MIT */
/*
 * The layer "domains". In: nothing. Out: its type, with the words for where a name came from and
 * for kinds of addresses; the words are stable, as they stand in JSON and in expressions.
 */
#include "reverse_dns.h"

#include <chains/layer/domains.h>

static const struct chains_name domains_sources[] = {
    { CHAINS_NAME_NOT_ASKED, "not_asked" },
    { CHAINS_NAME_SPECIAL, "special" },
    { CHAINS_NAME_HOSTS, "hosts" },
    { CHAINS_NAME_PTR, "ptr" },
    { CHAINS_NAME_DNS, "dns" },
    { CHAINS_NAME_NXDOMAIN, "nxdomain" },
    { CHAINS_NAME_NODATA, "nodata" },
    { CHAINS_NAME_SERVFAIL, "servfail" },
    { CHAINS_NAME_REFUSED, "refused" },
    { CHAINS_NAME_TIMEOUT, "timeout" },
    { CHAINS_NAME_PENDING, "pending" },
    { CHAINS_NAME_INVALID, "invalid" },
    { CHAINS_NAME_LIMITED, "limited" },
    { CHAINS_NAME_TLS, "tls" },
    { CHAINS_NAME_HTTP, "http" },
    { CHAINS_NAME_DHCP, "dhcp" },
    { CHAINS_NAME_MDNS, "mdns" },
    { CHAINS_NAME_LLMNR, "llmnr" },
    { CHAINS_NAME_NETBIOS, "netbios" },
    { 0, NULL },
};

static const struct chains_name domains_classes[] = {
    { CHAINS_CLASS_LOCAL, "local" },
    { CHAINS_CLASS_MULTICAST, "multicast" },
    { CHAINS_CLASS_BROADCAST, "broadcast" },
    { CHAINS_CLASS_SPECIAL, "special" },
    { 0, NULL },
};

static const struct chains_field domains_fields[] = {
    CHAINS_FIELD(chains_domains, src, TEXT, "name of the source address", .omit_zero = 1),
    CHAINS_FIELD(chains_domains, dst, TEXT, "name of the destination address", .omit_zero = 1),
    CHAINS_FIELD(chains_domains, src_from, NAMED,
                 "where the source's name comes from, or why there is none",
                 .names = domains_sources),
    CHAINS_FIELD(chains_domains, dst_from, NAMED,
                 "where the destination's name comes from, or why there is none",
                 .names = domains_sources),
    CHAINS_FIELD(chains_domains, src_class, FLAGS, "what kind of address the source is",
                 .names = domains_classes, .text_only = 1, .omit_zero = 1),
    CHAINS_FIELD(chains_domains, dst_class, FLAGS, "what kind of address the destination is",
                 .names = domains_classes, .text_only = 1, .omit_zero = 1),
    CHAINS_FIELD(chains_domains, src_vendor, TEXT,
                 "who made the network card of a local source, by its MAC address; only where "
                 "the option vendors is given",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_domains, dst_vendor, TEXT,
                 "who made the network card of a local destination", .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_domains_type = {
    .slot = "domains",
    .name = "domains",
    .size = sizeof(struct chains_domains),
    .fields = domains_fields,
    .id = CHAINS_ID_domains,
    .slot_id = CHAINS_SLOT_domains,
};
