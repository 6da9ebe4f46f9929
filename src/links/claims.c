/* SPDX-License-Identifier: MIT */
/*
 * Names that local devices give to themselves. In: records of any kind. Out: claims, kept in the
 * table of devices. Kept: only local senders are heard, about local addresses, and never out of a
 * tunnel, whose inside anybody writes who can reach its end; who answers others'
 * questions over multicast speaks for the address that he sends from; a name that DHCP's client
 * gives waits for the server's answer in a table of fixed size, whose places are found by a secret
 * key and taken by whoever comes last.
 */
#include "claims.h"

#include <chains/layer/dns.h>
#include <chains/layer/domains.h>
#include <chains/layer/ip.h>
#include <chains/layer/udp.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"
#include "../dissect/dhcp.h"
#include "../dissect/netbios.h"
#include "onlink.h"

enum {
    WISHES = 256,
    PORT_DHCP_SERVER = 67,
    PORT_DHCP_CLIENT = 68,
    PORT_DHCP6_CLIENT = 546,
    PORT_DHCP6_SERVER = 547,
    PORT_NETBIOS = 137,
    PORT_NETBIOS_DATAGRAM = 138,
    PORT_MDNS = 5353,
    PORT_LLMNR = 5355,
    ANSWERS_MOST = 64, /* looked at in each section of a message */
    CLASS_IN = 1,
};

/* An exchange of DHCP; set all of it, so that it can be compared as bytes. */
struct exchange {
    uint32_t id;
    uint8_t mac[6];
    uint8_t zero[2];
};
_Static_assert(sizeof(struct exchange) == 12, "exchanges are compared and hashed as bytes");

struct wish {
    struct exchange exchange;
    struct chains_addr addr;
    char name[DEVICES_NAME]; /* "": none */
};

struct claims {
    struct devices *devices;
    struct siphash_key key;
    struct wish wish[WISHES];
};

/* A datagram of which the sender is on the local network. */
struct heard {
    struct claims *claims;
    const struct local *local;
    const struct chains_record *rec;
    const struct chains_addr *src;
    const uint8_t *mac; /* of the sender, or NULL */
    struct chains_bytes data;
};

struct claims *claims_new(uint32_t entries)
{
    struct claims *claims = calloc(1, sizeof *claims);
    if (!claims)
        return NULL;
    claims->devices = devices_new(entries);
    if (claims->devices && siphash_random_key(&claims->key))
        return claims;
    claims_free(claims);
    return NULL;
}

void claims_free(struct claims *claims)
{
    if (!claims)
        return;
    devices_free(claims->devices);
    free(claims);
}

/* Whether an address is of the home network, and no other word fits it better. */
static bool claims_is_local(const struct local *local, const struct chains_addr *addr)
{
    const char *label;
    return local_class(local, addr, &label) == CHAINS_CLASS_LOCAL;
}

static bool claims_is_none(const struct chains_addr *addr)
{
    static const struct chains_addr none4 = { .family = 4 }, none6 = { .family = 6 };
    return memcmp(addr, &none4, sizeof *addr) == 0 || memcmp(addr, &none6, sizeof *addr) == 0;
}

static bool claims_same(const struct chains_addr *a, const struct chains_addr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool claims_keep(const struct heard *heard, const struct device_claim *claim)
{
    return claims_is_local(heard->local, &claim->addr) &&
           devices_keep(heard->claims->devices, claim, heard->rec->time_ns);
}

static struct chains_bytes claims_bytes_of(const char *text, size_t len)
{
    return (struct chains_bytes){ (const uint8_t *)text, len };
}

static struct wish *claims_wish(struct claims *claims, const struct dhcp *dhcp,
                                struct exchange *exchange)
{
    *exchange = (struct exchange){ .id = dhcp->id };
    memcpy(exchange->mac, dhcp->mac, sizeof exchange->mac);
    return &claims->wish[siphash13(&claims->key, exchange, sizeof *exchange) % WISHES];
}

static bool claims_release(const struct heard *heard, const struct dhcp *dhcp)
{
    return dhcp->client.family && claims_same(&dhcp->client, heard->src) &&
           devices_drop(heard->claims->devices, &dhcp->client, CHAINS_NAME_DHCP, NULL);
}

static bool claims_dhcp_client(const struct heard *heard, const struct dhcp *dhcp)
{
    struct exchange exchange;
    struct wish *wish = claims_wish(heard->claims, dhcp, &exchange);
    if (dhcp->kind == DHCP_RELEASE || dhcp->kind == DHCP_DECLINE)
        return claims_release(heard, dhcp);
    *wish = (struct wish){ .exchange = exchange, .addr = dhcp->wanted };
    if (!device_name(wish->name, claims_bytes_of(dhcp->name, dhcp->name_len))) {
        wish->name[0] = '\0';
        return false;
    }
    struct device_claim claim = {
        .addr = dhcp->client,
        .mac = dhcp->mac,
        .name = wish->name,
        .hold_s = DEVICES_HOLD_S,
        .from = CHAINS_NAME_DHCP,
    };
    bool news = false;
    if (dhcp->client.family && claims_same(&dhcp->client, heard->src))
        news = claims_keep(heard, &claim);
    if (heard->mac && memcmp(heard->mac, dhcp->mac, sizeof dhcp->mac) == 0) {
        claim.addr = devices_mac(dhcp->mac);
        news |= devices_keep(heard->claims->devices, &claim, heard->rec->time_ns);
    }
    if (dhcp->kind != DHCP_REQUEST || !dhcp->wanted.family)
        return news;
    claim.addr = dhcp->wanted;
    claim.hold_s = DEVICES_UNSURE_S;
    claim.unsure = true;
    return claims_keep(heard, &claim) || news;
}

static int64_t claims_lease(uint32_t lease_s)
{
    return lease_s == 0                ? DEVICES_HOLD_S
           : lease_s < DEVICES_LEAST_S ? DEVICES_LEAST_S
           : lease_s > DEVICES_MOST_S  ? DEVICES_MOST_S
                                       : (int64_t)lease_s;
}

static bool claims_dhcp_server(const struct heard *heard, const struct dhcp *dhcp)
{
    struct exchange exchange;
    struct devices *devices = heard->claims->devices;
    struct wish *wish = claims_wish(heard->claims, dhcp, &exchange);
    bool joined = memcmp(&wish->exchange, &exchange, sizeof exchange) == 0;
    if (dhcp->kind == DHCP_NAK)
        return joined && devices_refused(devices, &wish->addr, dhcp->mac);
    if (dhcp->kind != DHCP_ACK || !dhcp->given.family)
        return false;
    bool moved = joined && devices_moved(devices, &dhcp->given, dhcp->mac);
    if (!joined || !wish->name[0])
        return moved;
    const struct device_claim claim = {
        .addr = dhcp->given,
        .mac = dhcp->mac,
        .name = wish->name,
        .hold_s = claims_lease(dhcp->lease_s),
        .from = CHAINS_NAME_DHCP,
    };
    return claims_keep(heard, &claim) || moved;
}

static bool claims_dhcp(const struct heard *heard)
{
    struct dhcp dhcp;
    if (!dhcp_read(heard->data, &dhcp))
        return false;
    return dhcp.reply ? claims_dhcp_server(heard, &dhcp) : claims_dhcp_client(heard, &dhcp);
}

static bool claims_dhcp6(const struct heard *heard)
{
    struct dhcp6 dhcp;
    char name[DEVICES_NAME];
    if (!dhcp6_read(heard->data, &dhcp) ||
        !device_name(name, claims_bytes_of(dhcp.name, dhcp.name_len)))
        return false;
    struct device_claim claim = {
        .addr = *heard->src,
        .mac = heard->mac,
        .name = name,
        .hold_s = DEVICES_HOLD_S,
        .from = CHAINS_NAME_DHCP,
    };
    bool news = claims_keep(heard, &claim);
    claim.hold_s = DEVICES_UNSURE_S;
    claim.unsure = true;
    for (unsigned i = 0; i < dhcp.count; i++) {
        claim.addr = dhcp.addr[i];
        news |= claims_keep(heard, &claim);
    }
    return news;
}

static bool claims_netbios(const struct heard *heard, const struct netbios *netbios)
{
    char name[DEVICES_NAME];
    bool own = netbios->kind == NETBIOS_STATUS;
    for (unsigned i = 0; i < netbios->count; i++)
        own |= claims_same(&netbios->addr[i], heard->src);
    if (!own || !device_name(name, claims_bytes_of(netbios->name, netbios->name_len)))
        return false;
    if (netbios->kind == NETBIOS_RELEASE)
        return devices_drop(heard->claims->devices, heard->src, CHAINS_NAME_NETBIOS, name);
    const struct device_claim claim = {
        .addr = *heard->src,
        .mac = heard->mac,
        .name = name,
        .hold_s = DEVICES_HOLD_S,
        .from = CHAINS_NAME_NETBIOS,
    };
    return claims_keep(heard, &claim);
}

/* Letter for letter, and the case counts for nothing. */
static bool claims_ends_in_local(const char *name, size_t len)
{
    static const char end[] = ".local";
    if (len < sizeof end)
        return false;
    for (size_t i = 0; i < sizeof end - 1; i++)
        if ((name[len - (sizeof end - 1) + i] | 0x20) != (end[i] | 0x20))
            return false;
    return true;
}

/* A host's name: one label, in mDNS below "local", and nothing that had to be escaped. */
static bool claims_dns_name(char out[DEVICES_NAME], const char *name, bool multicast)
{
    size_t len = strlen(name), label = strcspn(name, ".\\");
    if (multicast ? !claims_ends_in_local(name, len) || label != len - 6 : label != len)
        return false;
    return device_name(out, claims_bytes_of(name, len));
}

static bool claims_is_address(const struct chains_dns_record *record)
{
    return record->has & CHAINS_DNS_RECORD_HAS_ADDR && record->class_number == CLASS_IN;
}

/* The record by which the sender names the address that it sends from. */
static const char *claims_own_name(const struct chains_list *section,
                                   const struct chains_addr *src)
{
    const struct chains_dns_record *record = section->items;
    for (uint32_t i = 0; i < section->count && i < ANSWERS_MOST; i++)
        if (claims_is_address(&record[i]) && claims_same(&record[i].addr, src))
            return record[i].name;
    return NULL;
}

static bool claims_give_up(const struct heard *heard, const struct device_claim *claim)
{
    struct devices *devices = heard->claims->devices;
    return claim->beside ? devices_drop_beside(devices, claim)
                         : devices_drop(devices, &claim->addr, claim->from, claim->name);
}

/*
 * The names that the sender gives to its own address and to others. Those others it is believed to
 * have as long as no other card has said anything of them.
 */
static bool claims_section(const struct heard *heard, const struct chains_list *section,
                           const char *own, const struct device_claim *sample)
{
    const struct chains_dns_record *record = section->items;
    bool news = false;
    for (uint32_t i = 0; i < section->count && i < ANSWERS_MOST; i++) {
        if (!claims_is_address(&record[i]) || strcmp(record[i].name, own) != 0)
            continue;
        struct device_claim claim = *sample;
        claim.addr = record[i].addr;
        claim.beside = !claims_same(&claim.addr, heard->src);
        news |= record[i].ttl == 0 ? claims_give_up(heard, &claim) : claims_keep(heard, &claim);
    }
    return news;
}

/* Responses of which the sender speaks for itself; over multicast nobody can ask for one name. */
static bool claims_dns(const struct heard *heard, const struct chains_dns *dns)
{
    struct chains_endpoints ends;
    char name[DEVICES_NAME];
    bool multicast = dns->flavour == CHAINS_DNS_MULTICAST;
    if (!dns->qr || dns->rcode || !chains_record_endpoints(heard->rec, &ends) ||
        ends.sport != (multicast ? PORT_MDNS : PORT_LLMNR))
        return false;
    const char *own = claims_own_name(&dns->answers, heard->src);
    if (!own)
        own = claims_own_name(&dns->additionals, heard->src);
    if (!own || !claims_dns_name(name, own, multicast))
        return false;
    const struct device_claim sample = {
        .mac = heard->mac,
        .name = name,
        .hold_s = DEVICES_HOLD_S,
        .from = multicast ? CHAINS_NAME_MDNS : CHAINS_NAME_LLMNR,
    };
    bool news = claims_section(heard, &dns->answers, own, &sample);
    return claims_section(heard, &dns->additionals, own, &sample) || news;
}

static bool claims_udp(struct heard *heard, const struct chains_udp *udp)
{
    struct netbios netbios;
    heard->data = udp->data;
    switch (udp->dport) {
    case PORT_DHCP_SERVER:
    case PORT_DHCP_CLIENT:
        return (udp->sport == PORT_DHCP_SERVER || udp->sport == PORT_DHCP_CLIENT) &&
               claims_dhcp(heard);
    case PORT_DHCP6_SERVER:
        return udp->sport == PORT_DHCP6_CLIENT && claims_dhcp6(heard);
    case PORT_NETBIOS_DATAGRAM:
        return netbios_read_datagram(heard->data, &netbios) && claims_netbios(heard, &netbios);
    default:
        return (udp->dport == PORT_NETBIOS || udp->sport == PORT_NETBIOS) &&
               netbios_read(heard->data, &netbios) && claims_netbios(heard, &netbios);
    }
}

/* Whether a record may have a claim in it: most have none, and are done with here. */
static bool claims_is_candidate(const struct chains_udp *udp, const struct chains_dns *dns)
{
    if (dns)
        return dns->flavour != CHAINS_DNS_UNICAST;
    if (!udp)
        return false;
    return udp->dport == PORT_DHCP_SERVER || udp->dport == PORT_DHCP_CLIENT ||
           udp->dport == PORT_DHCP6_SERVER || udp->dport == PORT_NETBIOS ||
           udp->dport == PORT_NETBIOS_DATAGRAM || udp->sport == PORT_NETBIOS;
}

bool claims_read(struct claims *claims, const struct local *local,
                 const struct chains_record *rec)
{
    const struct chains_udp *udp = chains_get(rec, udp);
    const struct chains_dns *dns = chains_get(rec, dns);
    const struct chains_addr *src, *dst;
    if (!claims_is_candidate(udp, dns) || onlink_is_inside(rec) ||
        !chains_record_addresses(rec, &src, &dst) ||
        !(claims_is_local(local, src) || claims_is_none(src)))
        return false;
    struct heard heard = { claims, local, rec, src, onlink_of(rec).src, { NULL, 0 } };
    return dns ? claims_dns(&heard, dns) : claims_udp(&heard, udp);
}

static bool claims_is_link_local(const struct chains_addr *addr)
{
    return addr->family == 6 && addr->octets[0] == 0xfe && (addr->octets[1] & 0xc0) == 0x80;
}

uint64_t claims_ahead(const struct claims *claims, const struct chains_addr *addr)
{
    return devices_ahead(claims->devices, addr);
}

void claims_ahead_entry(const struct claims *claims, uint64_t hash)
{
    devices_ahead_entry(claims->devices, hash);
}

bool claims_find_by(struct claims *claims, const struct chains_addr *addr, const uint8_t *mac,
                    const uint64_t *hash, int64_t now_ns, struct device_found *found)
{
    if (devices_find_by(claims->devices, addr, hash, now_ns, found))
        return true;
    if (!mac || !claims_is_link_local(addr))
        return false;
    struct chains_addr card = devices_mac(mac);
    return devices_find(claims->devices, &card, now_ns, found);
}

void claims_tell(struct claims *claims, const struct name_news *news)
{
    devices_tell(claims->devices, news);
}

bool claims_is_empty(const struct claims *claims)
{
    return devices_is_empty(claims->devices);
}

uint64_t claims_lost(const struct claims *claims)
{
    return devices_lost(claims->devices);
}

size_t claims_takes(uint32_t entries)
{
    return sizeof(struct claims) + devices_takes(entries);
}

size_t claims_bytes(const struct claims *claims)
{
    return sizeof *claims + devices_bytes(claims->devices);
}
