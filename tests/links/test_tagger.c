/* SPDX-License-Identifier: MIT */
/* tagger in a chain, with and without reverse_dns upstream. */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/arp.h>
#include <chains/layer/domains.h>
#include <chains/layer/eth.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>
#include <chains/layer/tcp.h>

#include <stdlib.h>
#include <unistd.h>

#include "../check.h"

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type eth_type = {
    "eth", "eth", sizeof(struct chains_eth), no_fields, CHAINS_ID_eth, CHAINS_SLOT_eth
};
static const struct chains_layer_type ip_type = {
    "packet", "IP", sizeof(struct chains_ip), no_fields, CHAINS_ID_ip4, CHAINS_SLOT_packet
};
static const struct chains_layer_type arp_type = {
    "packet", "ARP", sizeof(struct chains_arp), no_fields, CHAINS_ID_arp, CHAINS_SLOT_packet
};
static const struct chains_layer_type tcp_type = {
    "transport", "TCP",         sizeof(struct chains_tcp),
    no_fields,   CHAINS_ID_tcp, CHAINS_SLOT_transport
};
static const struct chains_layer_type *const source_attaches[] = { &eth_type, &ip_type,
                                                                   &arp_type, &tcp_type, NULL };

/* The one packet of the next chain. */
static struct {
    const char *src, *dst; /* NULL: no addresses */
    bool arp;
    uint8_t mac;   /* every octet of the frame's destination */
    uint16_t port; /* of the destination, over TCP; 0: no transport */
} packet;

static int source_next(chains_component *self, struct chains_batch *out)
{
    bool *done = chains_state(self);
    if (*done)
        return CHAINS_END;
    *done = true;
    struct chains_record *rec = chains_batch_add(out);
    rec->kind = CHAINS_PACKETS;
    struct chains_eth *eth = chains_attach(self, rec, &eth_type);
    memset(eth, 0, sizeof(*eth));
    memset(eth->dst, packet.mac, sizeof(eth->dst));
    if (packet.arp) {
        struct chains_arp *arp = chains_attach(self, rec, &arp_type);
        *arp = (struct chains_arp){ .has = CHAINS_ARP_HAS_ADDRS };
        chains_addr_parse(packet.src, &arp->src);
        chains_addr_parse(packet.dst, &arp->dst);
    } else if (packet.src) {
        struct chains_ip *ip = chains_attach(self, rec, &ip_type);
        *ip = (struct chains_ip){ .version = 4, .protocol = packet.port ? 6 : 0 };
        chains_addr_parse(packet.src, &ip->src);
        chains_addr_parse(packet.dst, &ip->dst);
    }
    if (packet.port) {
        struct chains_tcp *tcp = chains_attach(self, rec, &tcp_type);
        *tcp = (struct chains_tcp){ .sport = 40000, .dport = packet.port };
    }
    return CHAINS_OK;
}

static const struct chains_class source_class = {
    .name = "test_source",
    .brief = "One packet.",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(bool),
    .attaches = source_attaches,
    .next = source_next,
};

/* A reverse_dns that says NXDOMAIN, for what the real one needs a server. */
static const struct chains_layer_type domains_type = {
    "domains", "domains",         sizeof(struct chains_domains),
    no_fields, CHAINS_ID_domains, CHAINS_SLOT_domains
};
static const struct chains_layer_type *const says_no_attaches[] = { &domains_type, NULL };

static int says_no_each(chains_component *self, struct chains_record *rec)
{
    struct chains_domains *domains = chains_attach(self, rec, &domains_type);
    *domains = (struct chains_domains){ .src = "LOCAL",
                                        .dst = "NXDOMAIN",
                                        .src_from = CHAINS_NAME_SPECIAL,
                                        .dst_from = CHAINS_NAME_NXDOMAIN,
                                        .src_class = CHAINS_CLASS_LOCAL };
    return CHAINS_KEEP;
}

static const struct chains_class says_no_class = {
    .name = "says_no",
    .brief = "Knows no name.",
    .role = CHAINS_LINK,
    .attaches = says_no_attaches,
    .each = says_no_each,
};

/* The tags of the chain's one record, with commas; frees the chain. */
static const char *tags_of(chains_component *last)
{
    static char text[400];
    text[0] = '\0';
    const struct chains_record *rec = chains_next(last);
    const struct chains_tags *tags = rec ? chains_get(rec, tags) : NULL;
    for (unsigned i = 0; tags && i < rec->layout->tag_count; i++) {
        if (!(tags->tags >> i & 1))
            continue;
        if (text[0])
            strcat(text, ",");
        strcat(text, rec->layout->tag[i]);
    }
    if (!tags)
        snprintf(text, sizeof(text), "(no tags: %s)", chains_error(last));
    chains_free(last);
    return text;
}

static chains_component *link_to(chains_component *last, chains_component *upstream)
{
    chains_link(last, upstream);
    return last;
}

static void check_tags(const char *src, const char *dst, const char *want)
{
    packet.src = src;
    packet.dst = dst;
    check_eq_text(tags_of(link_to(chains_tagger(), chains_new(&source_class, NULL))), want);
    chains_component *rdns =
        link_to(chains_reverse_dns(.mode = CHAINS_NAMES_OFF), chains_new(&source_class, NULL));
    check_eq_text(tags_of(link_to(chains_tagger(), rdns)), want);
}

static void test_directions(void)
{
    check_tags("192.168.1.9", "54.197.119.105", "outgoing");
    check_tags("54.197.119.105", "192.168.1.9", "incoming");
    check_tags("192.168.1.9", "10.0.0.1", "internal");
    check_tags("127.0.0.1", "127.0.0.1", "internal");
    check_tags("192.168.1.9", "224.0.0.251", "internal,multicast");
    check_tags("fe80::1", "ff02::fb", "internal,multicast");
    check_tags("8.8.8.8", "224.0.0.251", "multicast");
    check_tags("192.168.1.9", "255.255.255.255", "internal,broadcast");
    check_tags("0.0.0.0", "255.255.255.255", "broadcast");
    check_tags("8.8.8.8", "9.9.9.9", "");
    check_tags("192.168.1.9", "192.0.2.1", "");
    check_tags("192.168.1.9", "100.64.0.1", "");
}

/* DNS that is encrypted: by its port, and by the name of who is asked. */
static void test_encrypted(void)
{
    char path[] = "/tmp/chains-tagger-XXXXXX";
    static const char text[] = "8.8.8.8 dns.google\n9.9.9.9 www.example.com\n";
    int fd = mkstemp(path);
    check(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    packet.port = 853;
    check_tags("192.168.1.9", "11.0.0.1", "outgoing,dot");
    packet.port = 443;
    check_tags("192.168.1.9", "8.8.8.8", "outgoing"); /* without its name */
    static const char *const want[2][2] = { { "8.8.8.8", "outgoing,doh" },
                                            { "9.9.9.9", "outgoing" } };
    for (unsigned i = 0; i < 2; i++) {
        packet.src = "192.168.1.9";
        packet.dst = want[i][0];
        chains_component *rdns =
            link_to(chains_reverse_dns(.mode = CHAINS_NAMES_PASSIVE, .hosts = path),
                    chains_new(&source_class, NULL));
        check_eq_text(tags_of(link_to(chains_tagger(), rdns)), want[i][1]);
    }
    chains_component *plain =
        link_to(chains_tagger(.no_built_in = true), chains_new(&source_class, NULL));
    packet.port = 853;
    check_eq_text(tags_of(plain), "");
    packet.port = 0;
    unlink(path);
}

static void test_frames(void)
{
    packet.src = packet.dst = NULL;
    packet.mac = 0xff;
    check_tags(NULL, NULL, "broadcast");
    packet.mac = 0x01;
    check_tags(NULL, NULL, "multicast");
    packet.mac = 0x02;
    check_tags(NULL, NULL, "");
    packet.mac = 0xff;
    packet.arp = true;
    check_tags("192.168.1.9", "192.168.1.1", "internal,broadcast");
    packet.arp = false;
    packet.mac = 0;
}

static void test_nxdomain(void)
{
    packet.src = "192.168.1.9";
    packet.dst = "12.226.156.82";
    chains_component *says_no =
        link_to(chains_new(&says_no_class, NULL), chains_new(&source_class, NULL));
    check_eq_text(tags_of(link_to(chains_tagger(), says_no)), "outgoing,nxdomain");
}

static void test_local(void)
{
    static const char *const local[] = { "8.8.8.0/24", NULL };
    static const char *const wrong[] = { "8.8.8.8/24", NULL };
    packet.src = "8.8.8.8";
    packet.dst = "9.9.9.9";
    check_eq_text(
        tags_of(link_to(chains_tagger(.local = local), chains_new(&source_class, NULL))),
        "outgoing");
    chains_component *tagger =
        link_to(chains_tagger(.local = wrong), chains_new(&source_class, NULL));
    check(chains_pull(tagger) < 0);
    check_eq_text(chains_error(tagger), "tagger: local \"8.8.8.8/24\" is not ADDR/BITS");
    chains_free(tagger);
}

static bool to_dns(const struct chains_record *rec, void *user)
{
    const struct chains_addr *src, *dst;
    struct chains_addr dns;
    return chains_record_addresses(rec, &src, &dst) && chains_addr_parse(user, &dns) &&
           memcmp(dst, &dns, sizeof(dns)) == 0;
}

static void test_methods(void)
{
    static char dns[] = "9.9.9.9", other[] = "1.1.1.1";
    char name[] = "quad9";
    struct chains_tag_method methods[] = { { "one", to_dns, other },
                                           { name, to_dns, dns },
                                           { "outgoing", to_dns, dns } };
    packet.src = "192.168.1.9";
    packet.dst = "9.9.9.9";
    chains_component *tagger = chains_tagger(.methods = methods, .method_count = 3);
    name[0] = 'X'; /* names and methods are copied */
    memset(methods, 0, sizeof(methods));
    check_eq_text(tags_of(link_to(tagger, chains_new(&source_class, NULL))), "outgoing,quad9");

    methods[0] = (struct chains_tag_method){ "only", to_dns, dns };
    tagger = chains_tagger(.methods = methods, .method_count = 1, .no_built_in = true);
    check_eq_text(tags_of(link_to(tagger, chains_new(&source_class, NULL))), "only");

    /* Two taggers: the second keeps what the first has said. */
    tagger = link_to(chains_tagger(.methods = methods, .method_count = 1, .no_built_in = true),
                     link_to(chains_tagger(), chains_new(&source_class, NULL)));
    const char *tags = tags_of(tagger);
    check(strstr(tags, "only") && strstr(tags, "outgoing"));
}

static void test_wrong_methods(void)
{
    char name[100];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct chains_tag_method methods[100] = { { name, to_dns, NULL } };
    static const struct {
        size_t from, count;
        const char *want;
    } table[] = {
        { 0, 1,
          "tagger: the name of method 1 is not 1 to 47 letters, digits, '_', '-', '.' or ':'" },
        { 1, 2, "tagger: method 1 lacks a name or a function" },
        { 2, 2, "tagger: method 2 lacks a name or a function" },
        { 0, 100, "tagger: 100 methods are more than 55" },
    };
    methods[2] = (struct chains_tag_method){ "good", to_dns, NULL };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        chains_component *tagger =
            chains_tagger(.methods = methods + table[i].from, .method_count = table[i].count);
        check_eq_text(chains_error(tagger), table[i].want); /* as soon as it is made */
        tagger = link_to(tagger, chains_new(&source_class, NULL));
        check_eq_u64(chains_pull(tagger), CHAINS_EUSAGE);
        check_eq_text(chains_error(tagger), table[i].want);
        chains_free(tagger);
    }
}

int main(void)
{
    test_directions();
    test_encrypted();
    test_frames();
    test_nxdomain();
    test_local();
    test_methods();
    test_wrong_methods();
    return check_done();
}
