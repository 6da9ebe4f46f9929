/* SPDX-License-Identifier: MIT */
/*
 * DNS that is encrypted. In: a record, and the table of names under which public resolvers are known
 * to offer DNS over HTTPS. Out: whether it is of DNS over TLS, QUIC or HTTPS. Kept: DNS over HTTPS
 * looks like the rest of the web, so only a name tells it, and the name of a resolver is none on any
 * port but that of HTTPS unless the client itself asked for it there; a resolver that nobody knows
 * is not noticed. The table is searched by a hash that runs over a name from its end, unless the last
 * few letters tell that nothing in it ends so.
 */
#include "encrypted_dns.h"

#include <chains/layer/domains.h>
#include <chains/layer/http.h>
#include <chains/layer/tcp.h>
#include <chains/layer/tls.h>
#include <chains/layer/udp.h>

#include <string.h>

#include "host_port.h"

enum {
    PORT_HTTPS = 443,
    PORT_DOT = 853, /* and of DNS over QUIC */
    NAME_MOST = 253,
    ENDING = 8, /* bytes: names that are shorter are looked up */
};

/* One name, or with a dot in front of it whatever is below. All of it is public knowledge. */
static const struct resolver {
    const char *name, *who;
} resolvers[] = {
    { "dns.google", "Google" },
    { "dns.google.com", "Google" },
    { "dns64.dns.google", "Google" },
    { "8888.google", "Google" },
    { "cloudflare-dns.com", "Cloudflare" },
    { ".cloudflare-dns.com", "Cloudflare" }, /* mozilla., chrome., security., family. */
    { "one.one.one.one", "Cloudflare" },
    { ".cloudflare-gateway.com", "Cloudflare" },
    { "dns.quad9.net", "Quad9" },
    { "dns9.quad9.net", "Quad9" },
    { "dns10.quad9.net", "Quad9" },
    { "dns11.quad9.net", "Quad9" },
    { "dns12.quad9.net", "Quad9" },
    { "dns.nextdns.io", "NextDNS" },
    { ".dns.nextdns.io", "NextDNS" },
    { "dns1.nextdns.io", "NextDNS" },
    { "dns2.nextdns.io", "NextDNS" },
    { "doh.opendns.com", "Cisco OpenDNS" },
    { "dns.opendns.com", "Cisco OpenDNS" },
    { "doh.familyshield.opendns.com", "Cisco OpenDNS" },
    { "doh.sandbox.opendns.com", "Cisco OpenDNS" },
    { "doh.umbrella.com", "Cisco Umbrella" },
    { "dns.umbrella.com", "Cisco Umbrella" },
    { "dns.adguard.com", "AdGuard" },
    { "dns.adguard-dns.com", "AdGuard" },
    { "family.adguard-dns.com", "AdGuard" },
    { "unfiltered.adguard-dns.com", "AdGuard" },
    { "dns-family.adguard.com", "AdGuard" },
    { "dns-unfiltered.adguard.com", "AdGuard" },
    { ".d.adguard-dns.com", "AdGuard" },
    { "dns.controld.com", "Control D" },
    { "freedns.controld.com", "Control D" },
    { ".dns.controld.com", "Control D" },
    { "doh.cleanbrowsing.org", "CleanBrowsing" },
    { "family-filter-dns.cleanbrowsing.org", "CleanBrowsing" },
    { "adult-filter-dns.cleanbrowsing.org", "CleanBrowsing" },
    { "security-filter-dns.cleanbrowsing.org", "CleanBrowsing" },
    { "doh.xfinity.com", "Comcast" },
    { "dns.mullvad.net", "Mullvad" },
    { "adblock.dns.mullvad.net", "Mullvad" },
    { "base.dns.mullvad.net", "Mullvad" },
    { "extended.dns.mullvad.net", "Mullvad" },
    { "family.dns.mullvad.net", "Mullvad" },
    { "all.dns.mullvad.net", "Mullvad" },
    { "doh.mullvad.net", "Mullvad" },
    { "adblock.doh.mullvad.net", "Mullvad" },
    { "dns.alidns.com", "Alibaba" },
    { "doh.pub", "Tencent DNSPod" },
    { "dot.pub", "Tencent DNSPod" },
    { "sm2.doh.pub", "Tencent DNSPod" },
    { "doh.360.cn", "Qihoo 360" },
    { "dns.twnic.tw", "TWNIC" },
    { "public.dns.iij.jp", "IIJ" },
    { "common.dot.dns.yandex.net", "Yandex" },
    { "safe.dot.dns.yandex.net", "Yandex" },
    { "family.dot.dns.yandex.net", "Yandex" },
    { "ordns.he.net", "Hurricane Electric" },
    { "private.canadianshield.cira.ca", "CIRA" },
    { "protected.canadianshield.cira.ca", "CIRA" },
    { "family.canadianshield.cira.ca", "CIRA" },
    { "dns.switch.ch", "SWITCH" },
    { "odvr.nic.cz", "CZ.NIC" },
    { "dns0.eu", "dns0.eu" },
    { "zero.dns0.eu", "dns0.eu" },
    { "kids.dns0.eu", "dns0.eu" },
    { "open.dns0.eu", "dns0.eu" },
    { "unfiltered.joindns4.eu", "DNS4EU" },
    { "protective.joindns4.eu", "DNS4EU" },
    { "child.joindns4.eu", "DNS4EU" },
    { "noads.joindns4.eu", "DNS4EU" },
    { "child-noads.joindns4.eu", "DNS4EU" },
    { "doh.libredns.gr", "LibreDNS" },
    { "doh.applied-privacy.net", "Applied Privacy" },
    { "dns.digitale-gesellschaft.ch", "Digitale Gesellschaft" },
    { "dns.digitalcourage.de", "Digitalcourage" },
    { "doh.ffmuc.net", "Freifunk Munich" },
    { "dot.ffmuc.net", "Freifunk Munich" },
    { "anycast.uncensoreddns.org", "UncensoredDNS" },
    { "unicast.uncensoreddns.org", "UncensoredDNS" },
    { "doh.dns.sb", "DNS.SB" },
    { "doh.sb", "DNS.SB" },
    { "dns.rethinkdns.com", "Rethink" },
    { "max.rethinkdns.com", "Rethink" },
    { "basic.rethinkdns.com", "Rethink" },
    { "fi.doh.dns.snopyta.org", "Snopyta" },
    { "doh.la.ahadns.net", "AhaDNS" },
    { "doh.nl.ahadns.net", "AhaDNS" },
    { "blitz.ahadns.com", "AhaDNS" },
    { "doh.tiar.app", "Tiarap" },
    { "jp.tiar.app", "Tiarap" },
    { "jp.tiarap.org", "Tiarap" },
    { "dns.njal.la", "Njalla" },
    { "ns0.fdn.fr", "FDN" },
    { "ns1.fdn.fr", "FDN" },
    { "dns.bebasid.com", "BebasDNS" },
    { "doh.dnslify.com", "DNSlify" },
    { "doh.securedns.eu", "SecureDNS" },
    { "doh.powerdns.org", "PowerDNS" },
    { "doh.dns.apple.com", "Apple" },
    { "doh.cox.net", "Cox" },
    { "doh.quickline.ch", "Quickline" },
    { "wikimedia-dns.org", "Wikimedia" },
};

enum { RESOLVERS = sizeof resolvers / sizeof *resolvers };
_Static_assert(RESOLVERS < 256, "places are bytes, and 0 is none");

const char *encrypted_dns_known(size_t i, const char **who)
{
    if (i >= RESOLVERS)
        return NULL;
    *who = resolvers[i].who;
    return resolvers[i].name;
}

static uint8_t dns_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static uint32_t dns_hash(uint32_t hash, char c)
{
    return (hash ^ dns_lower((uint8_t)c)) * 16777619u;
}

#define HASH_BEGIN UINT32_C(0x811c9dc5)

static bool dns_may_know(const struct encrypted_dns *table, uint32_t hash)
{
    return table->known[hash >> 27] >> (hash >> 22 & 31) & 1;
}

/* A bit for the last letters of a name, in any case; `at` is where they begin. */
static uint32_t dns_ending(const char *at)
{
    const uint64_t lower = UINT64_C(0x2020202020202020);
    uint64_t letters = chains_load_be64((const uint8_t *)at) | lower;
    return (uint32_t)(letters * UINT64_C(0x9e3779b97f4a7c15) >> 54);
}

/* Whether something in the table ends as a name does. */
static bool dns_may_end(const struct encrypted_dns *table, const char *name, size_t len)
{
    if (len < ENDING)
        return true;
    uint32_t bit = dns_ending(name + len - ENDING);
    return table->ending[bit >> 5] >> (bit & 31) & 1;
}

/* One that is too short to have an ending is found by names that are as short. */
static void dns_keep_ending(struct encrypted_dns *table, const char *name)
{
    size_t len = strlen(name);
    if (len >= ENDING) {
        uint32_t bit = dns_ending(name + len - ENDING);
        table->ending[bit >> 5] |= UINT32_C(1) << (bit & 31);
    } else if (*name == '.') {
        memset(table->ending, 0xff, sizeof table->ending);
    }
}

void encrypted_dns_open(struct encrypted_dns *table)
{
    *table = (struct encrypted_dns){ .known = { 0 } };
    for (unsigned i = 0; i < RESOLVERS; i++) {
        dns_keep_ending(table, resolvers[i].name);
        uint32_t hash = HASH_BEGIN;
        for (size_t len = strlen(resolvers[i].name); len > 0; len--)
            hash = dns_hash(hash, resolvers[i].name[len - 1]);
        uint32_t place = hash % sizeof table->place;
        while (table->place[place])
            place = (place + 1) % sizeof table->place;
        table->place[place] = (uint8_t)(i + 1);
        table->known[hash >> 27] |= UINT32_C(1) << (hash >> 22 & 31);
    }
}

/* Whether the end of a name, from `at` on, is in the table. */
static bool dns_holds(const struct encrypted_dns *table, uint32_t hash, const char *at,
                      size_t len)
{
    if (!dns_may_know(table, hash))
        return false;
    for (uint32_t place = hash % sizeof table->place; table->place[place];
         place = (place + 1) % sizeof table->place) {
        const char *name = resolvers[table->place[place] - 1].name;
        size_t same = 0;
        while (same < len && dns_lower((uint8_t)at[same]) == (uint8_t)name[same])
            same++; /* what ends the one in the table is in no name */
        if (same == len && name[len] == '\0')
            return true;
    }
    return false;
}

bool encrypted_dns_is_resolver(const struct encrypted_dns *table, const char *name, size_t len)
{
    uint32_t hash = HASH_BEGIN;
    if (len > NAME_MOST || !dns_may_end(table, name, len))
        return false;
    for (size_t at = len; at > 0; at--) {
        hash = dns_hash(hash, name[at - 1]);
        if (name[at - 1] == '.' && at > 1 &&
            dns_holds(table, hash, name + at - 1, len - at + 1))
            return true;
    }
    return len > 0 && name[0] != '.' && dns_holds(table, hash, name, len);
}

static bool dns_is(struct chains_bytes bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.at, text, bytes.len) == 0;
}

static bool dns_names(const struct encrypted_dns *table, struct chains_bytes name)
{
    return encrypted_dns_is_resolver(table, (const char *)name.at, name.len);
}

/* What a handshake says: the protocol that it is for, and whom it asks for. */
static unsigned dns_of_tls(const struct encrypted_dns *table, const struct chains_tls *tls)
{
    const struct chains_tls_message *message = tls->tls.items;
    unsigned kinds = 0;
    for (uint32_t i = 0; i < tls->tls.count; i++) {
        const struct chains_bytes *alpn = message[i].alpn.items;
        for (uint32_t j = 0; j < message[i].alpn.count; j++) {
            kinds |= dns_is(alpn[j], "dot") ? ENCRYPTED_DOT : 0;
            kinds |= dns_is(alpn[j], "doq") ? ENCRYPTED_DOQ : 0;
        }
        kinds |= dns_names(table, message[i].sni) ? ENCRYPTED_DOH : 0;
    }
    return kinds;
}

static unsigned dns_of_http(const struct encrypted_dns *table, const struct chains_http *http)
{
    const struct chains_http_message *message = http->http.items;
    for (uint32_t i = 0; i < http->http.count; i++) {
        bool request = message[i].kind == CHAINS_HTTP_REQUEST;
        struct chains_bytes host = request ? message[i].host : message[i].request.host;
        if (dns_names(table, host_without_port(host)))
            return ENCRYPTED_DOH;
    }
    return 0;
}

static bool dns_is_found(uint8_t from)
{
    return from == CHAINS_NAME_TLS || from == CHAINS_NAME_HTTP || from == CHAINS_NAME_DNS ||
           from == CHAINS_NAME_PTR || from == CHAINS_NAME_HOSTS;
}

static bool dns_from(const struct encrypted_dns *table, const char *name, uint8_t from)
{
    return dns_is_found(from) && name && encrypted_dns_is_resolver(table, name, strlen(name));
}

/* An end on the port of HTTPS with the name of a resolver. */
static unsigned dns_of_ends(const struct encrypted_dns *table,
                            const struct chains_domains *domains, uint16_t sport,
                            uint16_t dport)
{
    bool found = (dport == PORT_HTTPS && dns_from(table, domains->dst, domains->dst_from)) ||
                 (sport == PORT_HTTPS && dns_from(table, domains->src, domains->src_from));
    return found ? ENCRYPTED_DOH : 0;
}

static unsigned dns_of_ports(const struct encrypted_dns *table, const struct chains_record *rec,
                             unsigned kinds)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    struct chains_endpoints ends;
    if (!chains_record_endpoints(rec, &ends))
        return kinds;
    bool udp = ends.protocol == 17, tcp = ends.protocol == 6;
    if (ends.sport == PORT_DOT || ends.dport == PORT_DOT)
        kinds |= tcp ? ENCRYPTED_DOT : udp ? ENCRYPTED_DOQ : 0;
    if (kinds & (ENCRYPTED_DOT | ENCRYPTED_DOQ))
        return kinds & ~(unsigned)ENCRYPTED_DOH; /* a resolver's name is no news there */
    if (!domains || kinds & ENCRYPTED_DOH || !(tcp || udp))
        return kinds;
    return kinds | dns_of_ends(table, domains, ends.sport, ends.dport);
}

/*
 * Most records end soon: the ports are those of other things, or one is that of HTTPS and no end has
 * a name that could be a resolver's.
 */
static bool dns_may_be(const struct encrypted_dns *table, const struct chains_record *rec,
                       uint16_t sport, uint16_t dport)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    if (sport == PORT_DOT || dport == PORT_DOT)
        return true;
    return (sport == PORT_HTTPS || dport == PORT_HTTPS) && domains &&
           dns_of_ends(table, domains, sport, dport);
}

unsigned encrypted_dns_of(const struct encrypted_dns *table, const struct chains_record *rec)
{
    static const uint64_t messages = CHAINS_PRESENT_tls | CHAINS_PRESENT_http;
    if (!(rec->present & messages)) {
        const struct chains_tcp *tcp = chains_get(rec, tcp);
        const struct chains_udp *udp = chains_get(rec, udp);
        if ((tcp && !dns_may_be(table, rec, tcp->sport, tcp->dport)) ||
            (udp && !dns_may_be(table, rec, udp->sport, udp->dport)))
            return 0;
    }
    const struct chains_tls *tls = chains_get(rec, tls);
    const struct chains_http *http = chains_get(rec, http);
    unsigned kinds = tls ? dns_of_tls(table, tls) : 0;
    kinds |= http ? dns_of_http(table, http) : 0;
    return dns_of_ports(table, rec, kinds);
}
