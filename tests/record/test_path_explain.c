/* SPDX-License-Identifier: MIT */
/* What is said about a name that is no field, in chains that lack this or that component. */
#include "../../src/record/path.h"

#include <chains/component.h>

#include "../../src/record/layout.h"
#include "../check.h"

static const struct chains_field asn_fields[] = {
    { .name = "number", .help = "a number", .type = CHAINS_UINT, .size = 4 },
    { .name = "name", .help = "a name", .type = CHAINS_TEXT, .offset = 8, .size = 8 },
    CHAINS_FIELDS_END,
};
static const struct chains_layer_type asn_type = {
    .slot = "asn", .name = "asn", .size = 16, .fields = asn_fields
};

static struct chains_layout layout;
static uint64_t all; /* the types of the built-in components */

static void setup(void)
{
    const struct chains_layer_type *types[CHAINS_IDS];
    size_t count = chains_layer_types(types, CHAINS_IDS);
    layout_init(&layout);
    for (size_t i = 0; i < count; i++) {
        layout_add(&layout, types[i]);
        all |= UINT64_C(1) << layout_id(&layout, types[i]);
    }
    layout_add(&layout, &asn_type);
    layout_finish(&layout);
}

static void check_explained(uint64_t types, const char *text, const char *want)
{
    struct path path;
    char error[512] = "";
    check(path_find(&path, &layout, types, text, strlen(text), error, sizeof error) ==
          CHAINS_EUSAGE);
    check_eq_text(error, want);
}

static void test_near(void)
{
    static const struct {
        const char *text, *want;
    } table[] = {
        { "transport.dprot", "transport.dport" },
        { "transport.dst_port", "transport.dport" },
        { "transprot.dport", "transport.dport" },
        { "transprot.dprot", "transport.dport" },
        { "Transport.Dport", "transport.dport" },
        { "TCP", "tcp" },
        { "tcp.windw", "tcp.window" },
        { "packet.source", "packet.src" },
        { "pakcet.src", "packet.src" },
        { "icmp.quotd.sport", "icmp.quoted.sport" },
        { "icmp.quoted.sprot", "icmp.quoted.sport" },
        { "icmp.quotd.nothing", "icmp.quoted" },
        { "outer.scr", "outer.src" },
        { "domain.dst", "domains.dst" },
        { "timestmap", "timestamp" },
        { "lenght", "len" },
        { "tag", "tags" },
        { "upd", "udp" },
        { "window", "transport.window" },
        { "chassis", "lldp.chassis" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char want[200];
        snprintf(want, sizeof want, "no field \"%s\"; did you mean \"%s\"?", table[i].text,
                 table[i].want);
        check_explained(all, table[i].text, want);
    }
}

static void test_other_names(void)
{
    static const struct {
        const char *text, *want, *second;
    } table[] = {
        { "ip.addr", "packet.src", "packet.dst" },
        { "IP.ADDR", "packet.src", "packet.dst" },
        { "ipv6.src", "packet.src", NULL },
        { "ip.proto", "packet.protocol", NULL },
        { "tcp.port", "tcp.sport", "tcp.dport" },
        { "tcp.dstport", "tcp.dport", NULL },
        { "tcp.srcport", "tcp.sport", NULL },
        { "udp.port", "udp.sport", "udp.dport" },
        { "udp.dstport", "udp.dport", NULL },
        { "eth.addr", "eth.src", "eth.dst" },
        { "vlan.id", "eth.vlan", NULL },
        { "frame.len", "len", NULL },
        { "frame.time", "timestamp", NULL },
        { "frame.number", "number", NULL },
        { "icmpv6.type", "icmp6.icmp_type", NULL },
        { "host", "packet.src", "packet.dst" },
        { "port", "transport.sport", "transport.dport" },
        { "dport", "transport.dport", NULL },
        { "src", "packet.src", NULL },
        { "ttl", "packet.ttl", NULL },
        { "dns.qry.name", "dns.queries.name", NULL },
        { "dns.flags.truncated", "dns.tc", NULL },
        { "http.response.code", "http.status", NULL },
        { "tcp.stream", "stream.flow", NULL },
        { "communityid", "flow.community_id", NULL },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char want[200];
        const char *second = table[i].second;
        snprintf(want, sizeof want, "no field \"%s\"; did you mean \"%s\"%s%s%s?",
                 table[i].text, table[i].want, second ? " or \"" : "", second ? second : "",
                 second ? "\"" : "");
        check_explained(all, table[i].text, want);
    }
}

static const char *const wireshark[] = {
    "frame.number",
    "frame.len",
    "frame.cap_len",
    "frame.time",
    "frame.time_epoch",
    "eth.addr",
    "eth.len",
    "vlan.id",
    "arp.opcode",
    "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4",
    "arp.src.hw_mac",
    "arp.dst.hw_mac",
    "ip.addr",
    "ip.proto",
    "ip.hdr_len",
    "ip.flags.df",
    "ip.flags.mf",
    "ip.frag_offset",
    "ip.dsfield",
    "ip.host",
    "ip.src_host",
    "ip.dst_host",
    "ipv6.addr",
    "ipv6.src",
    "ipv6.dst",
    "ipv6.nxt",
    "ipv6.hlim",
    "ipv6.plen",
    "ipv6.flow",
    "ipv6.tclass",
    "ipv6",
    "tcp.port",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.len",
    "tcp.hdr_len",
    "tcp.window_size",
    "tcp.window_size_value",
    "tcp.checksum",
    "tcp.payload",
    "tcp.urgent_pointer",
    "tcp.options.mss_val",
    "udp.port",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "udp.checksum",
    "udp.payload",
    "sctp.port",
    "sctp.srcport",
    "sctp.dstport",
    "icmp.code",
    "icmp.ident",
    "icmp.checksum",
    "icmpv6",
    "icmpv6.type",
    "icmpv6.code",
    "icmpv6.checksum",
    "vxlan.vni",
    "gre.key",
    "ether",
    "ether.src",
    "ether.dst",
    "host",
    "net",
    "addr",
    "src",
    "dst",
    "port",
    "portrange",
    "sport",
    "dport",
    "proto",
    "vlan",
    "mac",
    "length",
    "time",
    "dns.qname",
    "dns.qtype",
    "dns.qry.name",
    "dns.qry.type",
    "dns.qry.class",
    "dns.resp.name",
    "dns.resp.type",
    "dns.resp.ttl",
    "dns.a",
    "dns.aaaa",
    "dns.cname",
    "dns.time",
    "dns.flags.response",
    "dns.flags.opcode",
    "dns.flags.rcode",
    "dns.flags.authoritative",
    "dns.flags.truncated",
    "dns.flags.recdesired",
    "dns.flags.recavail",
    "dns.count.queries",
    "dns.count.answers",
    "http.request.full_uri",
    "http.request.version",
    "http.response.code",
    "http.response.phrase",
    "http.referer",
    "http.time",
    "http.content_length_header",
    "http.url",
    "tls.handshake.type",
    "tls.handshake.version",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_alpn_str",
    "tls.handshake.ciphersuite",
    "tls.handshake.ja3",
    "tls.handshake.ja3s",
    "tls.alert_message.desc",
    "sni",
    "tcp.stream",
    "udp.stream",
    "communityid",
};

/* No name of another program stands for a path that is not there, or is a path itself. */
static void test_other_names_are_there(void)
{
    for (size_t i = 0; i < sizeof wireshark / sizeof *wireshark; i++) {
        struct path path;
        char error[512] = "", meant[64];
        const char *text = wireshark[i], *quote;
        check(path_find(&path, &layout, all, text, strlen(text), error, sizeof error) ==
              CHAINS_EUSAGE);
        quote = strstr(error, "did you mean \"");
        unsigned paths = 0;
        for (; quote; quote = strstr(quote, " or \""), paths++) {
            quote = strchr(quote, '"') + 1;
            snprintf(meant, sizeof meant, "%.*s", (int)strcspn(quote, "\""), quote);
            if (!check(path_find(&path, &layout, all, meant, strlen(meant), error, 0) ==
                       CHAINS_OK))
                printf("# %s: %s\n", text, meant);
        }
        if (!check(paths > 0))
            printf("# %s: %s\n", text, error);
    }
}

static void test_absent_layers(void)
{
    const uint64_t packets = all & ~(CHAINS_PRESENT_domains | CHAINS_PRESENT_tags);
    check_explained(packets, "domains.dst",
                    "no layer \"domains\" here: put reverse_dns before it");
    check_explained(packets, "domains", "no layer \"domains\" here: put reverse_dns before it");
    check_explained(packets, "tags", "no layer \"tags\" here: put tagger before it");
    check_explained(packets, "ip.host", "no layer \"domains\" here: put reverse_dns before it");
    check_explained(packets, "domain.dst",
                    "no field \"domain.dst\"; did you mean \"domains\"? Put reverse_dns before "
                    "it then");
    const uint64_t plain = packets & ~(CHAINS_PRESENT_dns | CHAINS_PRESENT_http |
                                       CHAINS_PRESENT_stream | CHAINS_PRESENT_flow);
    check_explained(plain, "dns.qry.name", "no layer \"dns\" here: put dns_meta before it");
    check_explained(plain, "http.host", "no layer \"http\" here: put http_meta before it");
    check_explained(plain, "tcp.stream", "no layer \"stream\" here: put flows before it");
    check_explained(plain, "communityid", "no layer \"flow\" here: put flows before it");
    check_explained(0, "packet.src", "no layer \"packet\" here: put packet_meta before it");
    check_explained(0, "tcp.dport", "no layer \"tcp\" here: put packet_meta before it");
    check_explained(0, "ip.addr", "no layer \"packet\" here: put packet_meta before it");
    check_explained(0, "ipv6.src", "no layer \"packet\" here: put packet_meta before it");
    check_explained(0, "port", "no layer \"transport\" here: put packet_meta before it");
    check_explained(0, "frame.len", "no field \"frame.len\"; did you mean \"len\"?");
    check_explained(all, "asn.number",
                    "no layer \"asn\" here: the component that adds it stands further behind");
    check_explained(UINT64_MAX, "asn.nmae",
                    "no field \"asn.nmae\"; did you mean \"asn.name\"?");
    check_explained(UINT64_MAX, "asn.country",
                    "no field \"asn.country\"; asn has number, name");
}

static void test_inside(void)
{
    check_explained(all, "transport.nothing_like_it",
                    "no field \"transport.nothing_like_it\"; transport has type, sport, dport, "
                    "flags, word, seq, ack, window, and more");
    check_explained(all, "outer.nothing_like_it",
                    "no field \"outer.nothing_like_it\"; outer has type, src, dst, len, ttl, "
                    "protocol, sport, dport, and more");
    check_explained(all, "mpls.nothing", "no field \"mpls.nothing\"; mpls has label, ttl");
    check_explained(all, "mpls.", "no field \"mpls.\"; mpls has label, ttl");
    check_explained(all, "icmp.quoted.nothing",
                    "no field \"icmp.quoted.nothing\"; icmp.quoted has src, dst, protocol, "
                    "sport, dport");
    check_explained(all, "packet.src.host",
                    "no field \"packet.src.host\": there is nothing inside packet.src");
    check_explained(all, "number.x", "no field \"number.x\": there is nothing inside number");
    check_explained(all, "tags.x", "no field \"tags.x\": there is nothing inside tags");
}

static void test_far(void)
{
    char text[300], want[400];
    check_explained(all, "frobnicate",
                    "no field and no layer \"frobnicate\"; see chains fields");
    check_explained(all, "", "no field and no layer \"\"; see chains fields");
    check_explained(all, ".", "no field and no layer \".\"; see chains fields");
    check_explained(all, "..nothing", "no field and no layer \"..nothing\"; see chains fields");
    check_explained(all, "\033[31m\x7f\xff",
                    "no field and no layer \"?[31m??\"; see chains fields");
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    snprintf(want, sizeof want, "no field and no layer \"%.64s...\"; see chains fields", text);
    check_explained(all, text, want);
    memcpy(text, "packet.", 7);
    snprintf(want, sizeof want, "no field and no layer \"%.64s...\"; see chains fields", text);
    check_explained(all, text, want);
    text[80] = '\0'; /* short enough to be looked at */
    snprintf(want, sizeof want,
             "no field \"%.64s...\"; packet has type, src, dst, len, ttl, df, mf, offset, and "
             "more",
             text);
    check_explained(all, text, want);
}

/* A sentence that does not fit is cut, not written past its end. */
static void test_room(void)
{
    struct path path;
    char error[32];
    for (size_t size = 1; size < 20; size++) {
        memset(error, 'x', sizeof error);
        path_find(&path, &layout, all, "ip.addr", 7, error, size);
        check(strnlen(error, size) == size - 1 && error[size] == 'x');
    }
}

int main(void)
{
    setup();
    test_near();
    test_other_names();
    test_other_names_are_there();
    test_absent_layers();
    test_inside();
    test_far();
    test_room();
    return check_done();
}
