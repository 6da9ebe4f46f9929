/* SPDX-License-Identifier: MIT */
/*
 * Names that local devices give to themselves, in packets on Ethernet through a whole chain: who is
 * believed, about which address, and whose card it is.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <stdlib.h>
#include <unistd.h>

#include "../check.h"

enum { FRAMES = 24, FRAME = 600 };

static struct {
    uint8_t bytes[FRAMES][FRAME];
    size_t len[FRAMES];
    int64_t s[FRAMES];
    unsigned count;
} plan;

static int frames_next(chains_component *self, struct chains_batch *out)
{
    unsigned *given = chains_state(self);
    if (*given == plan.count)
        return CHAINS_END;
    for (; *given < plan.count; ++*given) {
        struct chains_record *rec = chains_batch_add(out);
        rec->number = *given + 1;
        rec->time_ns = plan.s[*given] * 1000000000;
        rec->bytes = rec->rest = (struct chains_bytes){ plan.bytes[*given], plan.len[*given] };
        rec->wire_len = (uint32_t)plan.len[*given];
        rec->linktype = 1;
        rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
    }
    return CHAINS_OK;
}

static const struct chains_class frames_class = {
    .name = "frames",
    .brief = "frames of a test",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(unsigned),
    .next = frames_next,
};

static uint8_t *put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
    return p + 2;
}

struct ends {
    const char *src, *dst;
    unsigned sport, dport;
    uint8_t mac; /* last octet of the sender's card, 10:00:00:00:00:XX */
};

/* One more frame: Ethernet, IPv4 or IPv6, UDP. */
static void frame(int64_t s, struct ends ends, const void *data, size_t len)
{
    struct chains_addr src, dst;
    uint8_t *p = plan.bytes[plan.count], *start = p;
    chains_addr_parse(ends.src, &src);
    chains_addr_parse(ends.dst, &dst);
    bool six = src.family == 6;
    memcpy(p, "\x10\0\0\0\0\xfe\x10\0\0\0\0", 11);
    p[11] = ends.mac;
    p = put16(p + 12, six ? 0x86dd : 0x0800);
    size_t address = six ? 16 : 4, header = six ? 40 : 20;
    memset(p, 0, header);
    p[0] = six ? 0x60 : 0x45;
    put16(p + (six ? 4 : 2), (six ? 8 : 28) + len);
    p[six ? 6 : 9] = 17;
    p[six ? 7 : 8] = 64;
    memcpy(p + header - 2 * address, src.octets, address);
    memcpy(p + header - address, dst.octets, address);
    p = put16(put16(put16(put16(p + header, ends.sport), ends.dport), 8 + len), 0);
    memcpy(p, data, len);
    plan.len[plan.count] = (size_t)(p - start) + len;
    plan.s[plan.count++] = s;
}

#define FRAME_(s, ends, text) frame(s, ends, text, sizeof(text) - 1)

/* Something that says nothing, from one address to another. */
static void plain(int64_t s, const char *src, const char *dst, uint8_t mac)
{
    FRAME_(s, ((struct ends){ src, dst, 1000, 2000, mac }), "x");
}

struct lease {
    const char *from, *to; /* of the packet */
    unsigned kind, id;
    uint8_t mac;
    uint8_t client, given, wanted; /* last octets of 192.168.1.0/24; 0: none */
    const char *name;              /* NULL: none */
    uint32_t seconds;
};

static void dhcp(int64_t s, struct lease lease)
{
    uint8_t message[300] = { 0 }, *p = message + 240;
    bool reply = lease.kind == 5 || lease.kind == 6;
    memcpy(message, reply ? "\2\1\6" : "\1\1\6", 3);
    message[7] = (uint8_t)lease.id;
    if (lease.client)
        memcpy(message + 12, (uint8_t[]){ 192, 168, 1, lease.client }, 4);
    if (lease.given)
        memcpy(message + 16, (uint8_t[]){ 192, 168, 1, lease.given }, 4);
    memcpy(message + 28, (uint8_t[]){ 0x10, 0, 0, 0, 0, lease.mac }, 6);
    memcpy(message + 236, "\x63\x82\x53\x63", 4);
    memcpy(p, (uint8_t[]){ 53, 1, (uint8_t)lease.kind }, 3);
    p += 3;
    if (lease.wanted) {
        memcpy(p, (uint8_t[]){ 50, 4, 192, 168, 1, lease.wanted }, 6);
        p += 6;
    }
    if (lease.seconds) {
        memcpy(p, (uint8_t[]){ 51, 4, 0, 0 }, 4);
        p = put16(p + 4, lease.seconds);
    }
    if (lease.name) {
        *p++ = 12;
        *p++ = (uint8_t)strlen(lease.name);
        memcpy(p, lease.name, strlen(lease.name));
        p += strlen(lease.name);
    }
    *p++ = 255;
    frame(s,
          (struct ends){ lease.from, lease.to, reply ? 67 : 68, reply ? 68 : 67,
                         reply ? 1 : lease.mac },
          message, (size_t)(p - message));
}

static const char everyone[] = "255.255.255.255", nobody[] = "0.0.0.0";
static const char router[] = "192.168.1.1";
static const char *vendors; /* a file, or NULL */

/* The names of the last frame's two ends. */
static void check_last(const char *src, unsigned src_from, const char *dst, unsigned dst_from)
{
    chains_component *meta = chains_packet_meta();
    chains_component *dns = chains_dns_meta();
    chains_component *rdns = chains_reverse_dns(.hosts = "", .vendors = vendors);
    chains_link(meta, chains_new(&frames_class, NULL));
    chains_link(dns, meta);
    chains_link(rdns, dns);
    const struct chains_record *rec;
    bool seen = false;
    while ((rec = chains_next(rdns)) != NULL) {
        const struct chains_domains *domains = chains_get(rec, domains);
        if (rec->number != plan.count || rec->kind != CHAINS_PACKETS || !check(domains != NULL))
            continue;
        seen = true;
        check_eq_text(domains->src, src);
        check_eq_u64(domains->src_from, src_from);
        check_eq_text(domains->dst, dst);
        check_eq_u64(domains->dst_from, dst_from);
        check((domains->src_class & CHAINS_CLASS_LOCAL) != 0); /* a name takes no class away */
    }
    check(seen && chains_error(rdns) == NULL);
    chains_free(rdns);
    plan.count = 0;
}

enum {
    SPECIAL = CHAINS_NAME_SPECIAL,
    DHCP = CHAINS_NAME_DHCP,
    MDNS = CHAINS_NAME_MDNS,
    LLMNR = CHAINS_NAME_LLMNR,
    NETBIOS = CHAINS_NAME_NETBIOS,
};

static const char device[] = "192.168.1.42", other[] = "192.168.1.43";

static void request(int64_t s, unsigned id, uint8_t mac, const char *name)
{
    dhcp(s, (struct lease){ .from = nobody,
                            .to = everyone,
                            .kind = 3,
                            .id = id,
                            .mac = mac,
                            .wanted = 42,
                            .name = name });
}

static void ack(int64_t s, unsigned id, uint8_t mac, const char *from)
{
    dhcp(s, (struct lease){ .from = from,
                            .to = everyone,
                            .kind = 5,
                            .id = id,
                            .mac = mac,
                            .given = 42,
                            .seconds = 3600 });
}

static void test_dhcp(void)
{
    request(0, 1, 5, "Kevin's PC");
    ack(0, 1, 5, router);
    plain(3600, device, other, 5);
    check_last("Kevin-s-PC", DHCP, "LOCAL", SPECIAL);

    request(0, 1, 5, "kevin"); /* the lease is over */
    ack(0, 1, 5, router);
    plain(3601, other, device, 6);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);

    request(0, 1, 5, "kevin"); /* not granted yet: for a while */
    plain(300, device, other, 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
    request(0, 1, 5, "kevin");
    plain(301, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);

    request(0, 1, 5, "kevin"); /* refused */
    dhcp(1, (struct lease){ .from = router, .to = everyone, .kind = 6, .id = 1, .mac = 5 });
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);

    /* An ACK to somebody else, of another exchange, or from outside, grants nothing: what is
     * left is the wish, which ends sooner. */
    static const struct {
        unsigned id;
        uint8_t mac;
        const char *from;
    } wrong[] = { { 2, 5, router }, { 1, 6, router }, { 1, 5, "11.0.0.1" } };
    for (unsigned i = 0; i < 3; i++) {
        request(0, 1, 5, "kevin");
        ack(0, wrong[i].id, wrong[i].mac, wrong[i].from);
        plain(301, device, other, 5);
        check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    }

    /* Another card gets the address, without a name: the old one is over. */
    request(0, 1, 5, "kevin");
    ack(0, 1, 5, router);
    request(10, 2, 6, NULL);
    ack(10, 2, 6, router);
    plain(11, device, other, 6);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);

    /* A wish for the address of another one does not take its name. */
    request(0, 1, 5, "kevin");
    ack(0, 1, 5, router);
    request(10, 2, 6, "evil");
    plain(11, device, other, 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
}

/* Who has his address already says so from there. */
static void test_renewal(void)
{
    struct lease lease = { .from = device,
                           .to = router,
                           .kind = 3,
                           .id = 1,
                           .mac = 5,
                           .client = 42,
                           .name = "kevin" };
    dhcp(0, lease);
    plain(3600, device, other, 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
    lease.from = other; /* it speaks for another one */
    dhcp(0, lease);
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    lease.from = device;
    dhcp(0, lease);
    lease.kind = 7; /* released, by somebody else, and by itself */
    lease.from = other;
    dhcp(1, lease);
    plain(2, device, other, 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
    lease.kind = 3;
    lease.from = device;
    dhcp(0, lease);
    lease.kind = 7;
    dhcp(1, lease);
    plain(2, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    lease.kind = 3;
    lease.from = "11.0.0.9"; /* who is not local names nobody */
    dhcp(0, lease);
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
}

/* The card's name is that of its link-local address, too; and DHCPv6. */
static void test_six(void)
{
    request(0, 1, 5, "kevin");
    plain(1, "fe80::5", "fe80::6", 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
    request(0, 1, 5, "kevin");
    plain(1, "fd00::5", "fe80::6", 5); /* a router may be in between */
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    request(0, 1, 5, "evil"); /* the same address from another card, right behind it */
    plain(1, "fe80::9", "fe80::6", 5);
    plain(1, "fe80::9", "fe80::6", 6);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);

    static const char solicit[] =
        "\1\1\2\3\0\x27\0\x04\0\2pc"
        "\0\3\0\x28\0\0\0\1\0\0\0\2\0\0\0\3"
        "\0\5\0\x18\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0\2";
    FRAME_(0, ((struct ends){ "fe80::5", "ff02::1:2", 546, 547, 5 }), solicit);
    plain(1, "fe80::5", "fd00::7", 5);
    check_last("pc", DHCP, "pc", DHCP);
    FRAME_(0, ((struct ends){ "2600::5", "ff02::1:2", 546, 547, 5 }), solicit);
    plain(1, "fe80::5", "fd00::7", 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
}

/* A response with one address: 192.168.1.`last`. */
static void answer(int64_t s, struct ends ends, const char *name, size_t len, uint8_t last,
                   uint32_t ttl)
{
    uint8_t message[200] = { 0, 0, 0x84, 0, 0, 0, 0, 1 }, *p = message + 12;
    memcpy(p, name, len);
    p = put16(put16(p + len, 1), 1);
    memcpy(p, (uint8_t[]){ 0, 0, (uint8_t)(ttl >> 8), (uint8_t)ttl, 0, 4, 192, 168, 1, last },
           10);
    frame(s, ends, message, (size_t)(p + 10 - message));
}

#define NAMED(text) text, sizeof(text)

static const struct ends mdns = { device, "224.0.0.251", 5353, 5353, 5 };
static const struct ends llmnr = { device, other, 5355, 4000, 5 };

static void test_mdns(void)
{
    answer(0, mdns, NAMED("\6iPhone\5local"), 42, 120);
    plain(4 * 3600, device, other, 5);
    check_last("iPhone.local", MDNS, "LOCAL", SPECIAL);

    static const struct ends other_port = { device, "224.0.0.251", 4000, 5353, 5 };
    static const struct ends outside = { "11.0.0.1", "224.0.0.251", 5353, 5353, 5 };
    static const struct {
        const struct ends *ends;
        const char *name;
        size_t len;
        uint8_t last;
    } wrong[] = {
        { &mdns, NAMED("\6iPhone\5local"), 43 }, /* it speaks of another one alone */
        { &other_port, NAMED("\6iPhone\5local"), 42 },
        { &outside, NAMED("\6iPhone\5local"), 42 },
        { &mdns, NAMED("\6iPhone\7example"), 42 },
        { &mdns, NAMED("\1a\1b\5local"), 42 },
        { &mdns, NAMED("\5LOCAL"), 42 },
        { &mdns, NAMED("\4a\\.b\5local"), 42 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        printf("# row %zu\n", i);
        answer(0, *wrong[i].ends, wrong[i].name, wrong[i].len, wrong[i].last, 120);
        plain(1, device, other, 5);
        check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    }

    answer(0, mdns, NAMED("\6iPhone\5local"), 42, 120);
    answer(1, mdns, NAMED("\6iPhone\5local"), 42, 0); /* it takes its leave */
    plain(2, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);

    answer(0, mdns, NAMED("\6iPhone\5local"), 42, 120);
    request(0, 1, 5, "kevin"); /* not sure: it has to give way */
    plain(1, device, other, 5);
    check_last("iPhone.local", MDNS, "LOCAL", SPECIAL);
    answer(0, mdns, NAMED("\6iPhone\5local"), 42, 120);
    request(0, 1, 5, "kevin");
    ack(0, 1, 5, router);
    answer(1, mdns, NAMED("\4evil\5local"), 42, 120);
    plain(2, device, other, 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
}

/* The same with a second address, 192.168.1.`second`, for the same name. */
static void answer_both(int64_t s, struct ends ends, const char *name, size_t len,
                        uint8_t second, uint32_t ttl)
{
    answer(s, ends, name, len, 42, 120);
    uint8_t *at = plan.bytes[--plan.count] + 42, message[300];
    size_t first = plan.len[plan.count] - 42, more = first - 12;
    memcpy(message, at, first);
    memcpy(message + first, at + 12, more);
    message[7] = 2;
    message[first + more - 1] = second;
    put16(message + first + more - 8, ttl);
    frame(s, ends, message, first + more);
}

/* A host may have other addresses, but those of other cards are not its to name. */
static void test_beside(void)
{
    static const struct ends owner = { other, "224.0.0.251", 5353, 5353, 6 };
    answer_both(0, mdns, NAMED("\7mallory\5local"), 43, 120);
    plain(1, device, other, 5);
    check_last("mallory.local", MDNS, "mallory.local", MDNS);

    answer(0, owner, NAMED("\5alice\5local"), 43, 120);
    answer_both(1, mdns, NAMED("\7mallory\5local"), 43, 120);
    plain(2, device, other, 5);
    check_last("mallory.local", MDNS, "alice.local", MDNS);

    answer_both(0, mdns, NAMED("\7mallory\5local"), 43, 120); /* the owner has the last word */
    answer(1, owner, NAMED("\5alice\5local"), 43, 120);
    answer_both(2, mdns, NAMED("\7mallory\5local"), 43, 120);
    plain(3, device, other, 5);
    check_last("mallory.local", MDNS, "alice.local", MDNS);

    answer(0, owner, NAMED("\5alice\5local"), 43, 120); /* nor to end */
    answer_both(1, mdns, NAMED("\5alice\5local"), 43, 0);
    plain(2, device, other, 5);
    check_last("alice.local", MDNS, "alice.local", MDNS);

    answer_both(0, mdns, NAMED("\4host\5local"), 43, 120); /* its own second one is */
    answer_both(1, mdns, NAMED("\4host\5local"), 43, 0);
    plain(2, device, other, 5);
    check_last("host.local", MDNS, "LOCAL", SPECIAL);

    answer_both(0, mdns, NAMED("\3old\5local"), 43, 120);
    answer_both(1, mdns, NAMED("\3new\5local"), 43, 120);
    plain(2, device, other, 5);
    check_last("new.local", MDNS, "new.local", MDNS);
}

#define CODED                                                                                  \
    "\x20"                                                                                     \
    "EMEBECDBDBDBCACACACACACACACACAAA"                                                         \
    "\0"
#define CLAIM(op)                                                                              \
    "\x12\x34" op "\0\1\0\0\0\0\0\1" CODED "\0\x20\0\1\xc0\x0c\0\x20\0\1"                      \
    "\0\0\0\0\0\6\0\0\xc0\xa8\1\x2a"

/* Puts the last frame into a tunnel: VXLAN, from an address outside. */
static void tunnel(void)
{
    uint8_t message[FRAME] = { 8 };
    size_t len = plan.len[--plan.count];
    memcpy(message + 8, plan.bytes[plan.count], len);
    frame(plan.s[plan.count], (struct ends){ "11.0.0.1", other, 5000, 4789, 9 }, message,
          8 + len);
}

/* Whoever can send a datagram can write a packet into it: of that nothing is believed. */
static void test_tunnel(void)
{
    answer(0, mdns, NAMED("\4evil\5local"), 42, 120);
    tunnel();
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    answer(0, llmnr, NAMED("\4evil"), 42, 30);
    tunnel();
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    request(0, 1, 5, "evil");
    tunnel();
    ack(0, 1, 5, router);
    tunnel();
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    request(0, 1, 5, "kevin"); /* a good one is not ended either */
    ack(0, 1, 5, router);
    ack(1, 2, 6, router);
    tunnel();
    plain(2, device, other, 5);
    check_last("kevin", DHCP, "LOCAL", SPECIAL);
    FRAME_(0, ((struct ends){ device, "192.168.1.255", 137, 137, 5 }), CLAIM("\x29\x10"));
    tunnel();
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
}

static void test_llmnr(void)
{
    answer(0, llmnr, NAMED("\2pc"), 42, 30);
    plain(1, other, device, 6);
    check_last("LOCAL", SPECIAL, "pc", LLMNR);
    answer(0, llmnr, NAMED("\2pc"), 43, 30);
    plain(1, other, device, 6);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
}

static void test_netbios(void)
{
    static const struct ends from = { device, "192.168.1.255", 137, 137, 5 };
    static const struct ends false_one = { other, "192.168.1.255", 137, 137, 6 };
    FRAME_(0, from, CLAIM("\x29\x10"));
    plain(1, device, other, 5);
    check_last("LAB111", NETBIOS, "LOCAL", SPECIAL);
    FRAME_(0, false_one, CLAIM("\x29\x10"));
    plain(1, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    FRAME_(0, from, CLAIM("\x29\x10"));
    FRAME_(1, from, CLAIM("\x31\x10")); /* released */
    plain(2, device, other, 5);
    check_last("LOCAL", SPECIAL, "LOCAL", SPECIAL);
    FRAME_(0, ((struct ends){ device, other, 137, 4000, 5 }),
           "\x12\x34\x84\0\0\0\0\1\0\0\0\0" CODED "\0\x21\0\1\0\0\0\0\0\x13\1"
           "LAB222         \0\4\0");
    plain(1, device, other, 5);
    check_last("LAB222", NETBIOS, "LOCAL", SPECIAL);
    FRAME_(0, ((struct ends){ device, "192.168.1.255", 138, 138, 5 }),
           "\x11\2\x12\x34\xc0\xa8\1\x2a\0\x8a\0\x44\0\0" CODED CODED);
    plain(1, device, other, 5);
    check_last("LAB111", NETBIOS, "LOCAL", SPECIAL);
}

static void check_vendors(const char *src, const char *dst)
{
    chains_component *meta = chains_packet_meta();
    chains_component *rdns = chains_reverse_dns(.hosts = "", .vendors = vendors);
    chains_link(meta, chains_new(&frames_class, NULL));
    chains_link(rdns, meta);
    const struct chains_record *rec = chains_next(rdns);
    const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
    if (check(domains != NULL)) {
        check_eq_text(domains->src_vendor, src);
        check_eq_text(domains->dst_vendor, dst);
    } else {
        printf("# %s\n", chains_error(rdns));
    }
    chains_free(rdns);
    plan.count = 0;
}

static void arp(const uint8_t sender[6], const uint8_t target[6])
{
    uint8_t *p = plan.bytes[0];
    memcpy(p, "\xff\xff\xff\xff\xff\xff\x10\0\0\0\0\x77\x08\x06\0\1\x08\0\6\4\0\1", 22);
    memcpy(p + 22, sender, 6);
    memcpy(p + 28, "\xc0\xa8\1\x2a", 4);
    memcpy(p + 32, target, 6);
    memcpy(p + 38, "\xc0\xa8\1\1", 4);
    plan.len[0] = 42;
    plan.count = 1;
}

static void test_vendors(void)
{
    char path[] = "/tmp/chains-vendors-XXXXXX";
    static const char text[] = "10:00:00\tAcme\tAcme Network Cards\n";
    int fd = mkstemp(path);
    check(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    vendors = path;
    plain(0, device, other, 5);
    check_vendors("Acme Network Cards", "Acme Network Cards");
    plain(0, device, "11.0.0.1", 5); /* the router's */
    check_vendors("Acme Network Cards", NULL);
    plain(0, "192.0.2.1", "100.64.0.1", 5);
    check_vendors(NULL, NULL);
    plain(0, nobody, everyone, 5); /* no address yet, so it is here */
    check_vendors("Acme Network Cards", NULL);
    plain(0, "fe80::1", "ff02::fb", 5);
    check_vendors("Acme Network Cards", NULL);
    plain(0, device, other, 5);
    plan.bytes[0][6] |= 2; /* a card that gave itself its address */
    check_vendors(NULL, "Acme Network Cards");
    arp((const uint8_t[]){ 0x10, 0, 0, 1, 2, 3 }, (const uint8_t[6]){ 0 });
    check_vendors("Acme Network Cards", NULL);
    arp((const uint8_t[]){ 0x20, 0, 0, 1, 2, 3 }, (const uint8_t[]){ 0x10, 0, 0, 1, 2, 3 });
    check_vendors(NULL, "Acme Network Cards");
    vendors = NULL;
    plain(0, device, other, 5);
    check_vendors(NULL, NULL);
    unlink(path);
    vendors = path;
    plan.count = 0;
    chains_component *rdns = chains_reverse_dns(.vendors = path);
    chains_link(rdns, chains_new(&frames_class, NULL));
    check_eq_u64(chains_step(rdns), CHAINS_EIO);
    check(strstr(chains_error(rdns), path) != NULL);
    chains_free(rdns);
    vendors = NULL;
}

int main(void)
{
    test_dhcp();
    test_renewal();
    test_six();
    test_mdns();
    test_beside();
    test_tunnel();
    test_llmnr();
    test_netbios();
    test_vendors();
    return check_done();
}
