/* SPDX-License-Identifier: MIT */
/* DNS over TLS, QUIC and HTTPS: which packets are noticed, and which names are known. */
#include "links/encrypted_dns.h"

#include <chains/layer/domains.h>
#include <chains/layer/http.h>
#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/tls.h>
#include <chains/layer/udp.h>
#include <stdlib.h>

#include "../check.h"
#include "record/layout.h"
#include "record/row.h"

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
#define TYPE(name_, id_)                                                                       \
    static const struct chains_layer_type name_##_type = {                                     \
        #name_,    #name_,          sizeof(struct chains_##name_),                             \
        no_fields, CHAINS_ID_##id_, CHAINS_SLOT_##name_                                        \
    }
TYPE(ip, ip4);
TYPE(tcp, tcp);
TYPE(udp, udp);
TYPE(tls, tls);
TYPE(http, http);
TYPE(domains, domains);

static struct chains_layout layout;
static struct chains_record *rec;
static struct encrypted_dns table;

static struct chains_bytes bytes_of(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

struct packet {
    unsigned protocol, sport, dport; /* 17: UDP, 6: TCP */
    const char *sni, *alpn, *host, *asked;
    const char *src, *dst;
    unsigned from; /* where both names come from */
    unsigned want;
};

static struct chains_tls_message hello;
static struct chains_http_message request;
static struct chains_bytes alpn;

static void attach(const struct packet *packet)
{
    rec->present = 0;
    struct chains_ip *ip = row_attach(rec, CHAINS_ID_ip4, CHAINS_SLOT_packet);
    *ip = (struct chains_ip){ .version = 4, .protocol = (uint8_t)packet->protocol };
    if (packet->protocol == 6) {
        struct chains_tcp *tcp = row_attach(rec, CHAINS_ID_tcp, CHAINS_SLOT_transport);
        *tcp = (struct chains_tcp){ .sport = (uint16_t)packet->sport,
                                    .dport = (uint16_t)packet->dport };
    } else if (packet->protocol == 17) {
        struct chains_udp *udp = row_attach(rec, CHAINS_ID_udp, CHAINS_SLOT_transport);
        *udp = (struct chains_udp){ .sport = (uint16_t)packet->sport,
                                    .dport = (uint16_t)packet->dport };
    }
    if (packet->sni || packet->alpn) {
        alpn = bytes_of(packet->alpn);
        hello = (struct chains_tls_message){ .kind = CHAINS_TLS_CLIENT_HELLO,
                                             .sni = bytes_of(packet->sni),
                                             .alpn = { &alpn, packet->alpn != NULL } };
        struct chains_tls *tls = row_attach(rec, CHAINS_ID_tls, CHAINS_SLOT_tls);
        *tls = (struct chains_tls){ { &hello, 1 } };
    }
    if (packet->host || packet->asked) {
        request = (struct chains_http_message){
            .kind = packet->host ? CHAINS_HTTP_REQUEST : CHAINS_HTTP_RESPONSE,
            .host = bytes_of(packet->host),
            .request = { .host = bytes_of(packet->asked) },
        };
        struct chains_http *http = row_attach(rec, CHAINS_ID_http, CHAINS_SLOT_http);
        *http = (struct chains_http){ { &request, 1 } };
    }
    if (packet->from) {
        struct chains_domains *domains =
            row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
        *domains = (struct chains_domains){ .src = packet->src,
                                            .dst = packet->dst,
                                            .src_from = (uint8_t)packet->from,
                                            .dst_from = (uint8_t)packet->from };
    }
}

static void test_packets(void)
{
    enum { DNS = CHAINS_NAME_DNS, PTR = CHAINS_NAME_PTR, MDNS = CHAINS_NAME_MDNS };
    static const char google[] = "dns.google";
    static const struct packet row[] = {
        { 6, 4000, 853, .want = ENCRYPTED_DOT },
        { 6, 853, 4000, .want = ENCRYPTED_DOT },
        { 17, 4000, 853, .want = ENCRYPTED_DOQ },
        { 17, 853, 4000, .want = ENCRYPTED_DOQ },
        { 132, 0, 0, .want = 0 },
        { 6, 4000, 443, .want = 0 },
        { 6, 4000, 443, .alpn = "dot", .want = ENCRYPTED_DOT },
        { 17, 4000, 443, .alpn = "doq", .want = ENCRYPTED_DOQ },
        { 17, 4000, 443, .alpn = "doq-i02", .want = 0 },
        { 17, 4000, 443, .alpn = "h3", .sni = "dns.google", .want = ENCRYPTED_DOH },
        { 6, 4000, 443, .alpn = "h2", .sni = "www.google.com", .want = 0 },
        { 6, 4000, 8443, .sni = "DNS.Google", .want = ENCRYPTED_DOH },
        { 6, 4000, 853, .sni = "dns.google", .want = ENCRYPTED_DOT },
        { 6, 4000, 443, .sni = "", .want = 0 },
        { 6, 4000, 80, .host = "dns.google:80", .want = ENCRYPTED_DOH },
        { 6, 80, 4000, .asked = "cloudflare-dns.com", .want = ENCRYPTED_DOH },
        { 6, 4000, 80, .host = "example.com", .want = 0 },
        { 6, 4000, 443, .dst = google, .from = DNS, .want = ENCRYPTED_DOH },
        { 6, 443, 4000, .src = google, .from = PTR, .want = ENCRYPTED_DOH },
        { 17, 443, 4000, .src = google, .from = DNS, .want = ENCRYPTED_DOH },
        { 6, 443, 4000, .dst = google, .from = DNS, .want = 0 }, /* the client's name */
        { 17, 4000, 53, .dst = google, .from = DNS, .want = 0 }, /* DNS that all can read */
        { 6, 4000, 53, .dst = google, .from = DNS, .want = 0 },
        { 1, 0, 0, .dst = google, .from = DNS, .want = 0 },
        { 6, 4000, 443, .dst = google, .from = MDNS, .want = 0 },
        { 6, 4000, 443, .dst = NULL, .from = DNS, .want = 0 },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        printf("# row %zu\n", i);
        attach(&row[i]);
        check_eq_u64(encrypted_dns_of(&table, rec), row[i].want);
    }
    rec->present = 0; /* no addresses at all */
    check_eq_u64(encrypted_dns_of(&table, rec), 0);
}

static bool known(const char *name)
{
    return encrypted_dns_is_resolver(&table, name, strlen(name));
}

/* Each name of the table is found, once, in any case; what only looks like it is not. */
static void test_table(void)
{
    const char *name, *who;
    char text[300];
    size_t count = 0;
    for (; (name = encrypted_dns_known(count, &who)) != NULL; count++) {
        bool below = *name == '.';
        check(*who && strlen(name) < 64);
        snprintf(text, sizeof text, "%s%s", below ? "abc123" : "", name);
        check(known(text));
        for (char *c = text; *c; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        check(known(text));
        snprintf(text, sizeof text, "%sx", name);
        check(!known(text));
        snprintf(text, sizeof text, "x%s", name + below);
        check(below || !known(text));
        for (size_t i = 0; i < count; i++)
            check(strcmp(encrypted_dns_known(i, &who), name) != 0);
        bool lower = true;
        for (const char *c = name; *c; c++)
            lower &= !(*c >= 'A' && *c <= 'Z');
        check(lower);
    }
    check(count > 50);
    check(known("a1b2c3.dns.nextdns.io") && known("x.y.dns.nextdns.io"));
    check(!known("") && !known(".") && !known("google") && !known("io"));
    check(!known(".dns.nextdns.io") && !known("nextdns.io") && !known("www.nextdns.io"));
    check(!known("dns.google.evil.example") && !known("evil.example.dns.googl"));
    memset(text, 'a', sizeof text);
    check(!encrypted_dns_is_resolver(&table, text, sizeof text));
}

int main(void)
{
    encrypted_dns_open(&table);
    layout_init(&layout);
    static const struct chains_layer_type *const types[] = { &ip_type,   &tcp_type,
                                                             &udp_type,  &tls_type,
                                                             &http_type, &domains_type };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        layout_add(&layout, types[i]);
    layout_finish(&layout);
    rec = calloc(1, layout.row_size);
    rec->layout = &layout;
    rec->kind = CHAINS_PACKETS;
    test_packets();
    test_table();
    free(rec);
    return check_done();
}
