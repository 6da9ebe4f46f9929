/* SPDX-License-Identifier: MIT */
/* Names of local devices: which claim counts, how long, and what may be shown. */
#include "links/devices.h"

#include <chains/layer/domains.h>
#include <stdlib.h>

#include "../check.h"

enum {
    DHCP = CHAINS_NAME_DHCP,
    MDNS = CHAINS_NAME_MDNS,
    LLMNR = CHAINS_NAME_LLMNR,
    NETBIOS = CHAINS_NAME_NETBIOS
};

static const uint8_t mac1[6] = { 2, 0, 0, 0, 0, 1 }, mac2[6] = { 2, 0, 0, 0, 0, 2 };

static struct chains_addr addr_of(const char *text)
{
    struct chains_addr addr;
    chains_addr_parse(text, &addr);
    return addr;
}

static bool keep(struct devices *devices, const char *addr, const char *name, unsigned from,
                 int64_t s)
{
    struct device_claim claim = { .addr = addr_of(addr),
                                  .name = name,
                                  .mac = mac1,
                                  .hold_s = DEVICES_HOLD_S,
                                  .from = (uint8_t)from };
    return devices_keep(devices, &claim, s * 1000000000);
}

static const char *find(struct devices *devices, const char *addr, int64_t s)
{
    struct chains_addr at = addr_of(addr);
    struct device_found found = { .name = NULL };
    bool known = devices_find(devices, &at, s * 1000000000, &found);
    check(known == (found.name != NULL));
    return found.name;
}

static const char me[] = "192.168.1.9";

/* Of two claims about one address: which one is there afterwards. */
static void test_ranks(void)
{
    static const unsigned order[] = { NETBIOS, LLMNR, MDNS, DHCP };
    for (unsigned first = 0; first < 4; first++)
        for (unsigned second = 0; second < 4; second++) {
            struct devices *devices = devices_new(8);
            check(keep(devices, me, "first", order[first], 0));
            check_eq_u64(keep(devices, me, "second", order[second], 1), second >= first);
            check_eq_text(find(devices, me, 2), second >= first ? "second" : "first");
            /* When the better one is over, the other one comes in. */
            check_eq_u64(keep(devices, me, "third", order[second], DEVICES_HOLD_S + 10), true);
            check_eq_text(find(devices, me, DEVICES_HOLD_S + 10), "third");
            devices_free(devices);
        }
}

static void test_unsure(void)
{
    struct devices *devices = devices_new(8);
    struct device_claim wish = { .addr = addr_of(me),
                                 .name = "wish",
                                 .mac = mac2,
                                 .hold_s = DEVICES_UNSURE_S,
                                 .from = DHCP,
                                 .unsure = true };
    check(keep(devices, me, "there", NETBIOS, 0));
    check(!devices_keep(devices, &wish, 0)); /* a wish takes nobody's place */
    check_eq_text(find(devices, me, 0), "there");
    struct chains_addr at = addr_of(me);
    check(!devices_refused(devices, &at, mac2));
    check(!devices_drop(devices, &at, MDNS, NULL));
    check(!devices_drop(devices, &at, NETBIOS, "other"));
    check(devices_drop(devices, &at, NETBIOS, "there"));
    check_eq_text(find(devices, me, 0), NULL);
    check(devices_keep(devices, &wish, 0));
    check_eq_text(find(devices, me, DEVICES_UNSURE_S), "wish");
    check_eq_text(find(devices, me, DEVICES_UNSURE_S + 1), NULL);
    check(!devices_refused(devices, &at, mac1));
    check(devices_refused(devices, &at, mac2));
    check_eq_text(find(devices, me, 0), NULL);
    check(devices_keep(devices, &wish, 0));
    check(keep(devices, me, "real", NETBIOS, 0)); /* but anybody takes its */
    check_eq_text(find(devices, me, 0), "real");
    check(!devices_moved(devices, &at, mac1));
    check(devices_moved(devices, &at, mac2));
    check_eq_text(find(devices, me, 0), NULL);
    devices_free(devices);
}

static void test_time(void)
{
    struct devices *devices = devices_new(8);
    check(keep(devices, me, "name", MDNS, 100000));
    check(!keep(devices, me, "name", MDNS, 100001)); /* no news, but it begins anew */
    check_eq_text(find(devices, me, 100001 + DEVICES_HOLD_S), "name");
    check_eq_text(find(devices, me, 100002 + DEVICES_HOLD_S), NULL);
    check_eq_text(find(devices, me, 100002 - DEVICES_HOLD_S), "name");
    check_eq_text(find(devices, me, 100001 - DEVICES_HOLD_S), NULL); /* a clock gone wrong */
    check_eq_text(find(devices, "192.168.1.8", 100001), NULL);
    devices_free(devices);
}

static void test_full(void)
{
    struct devices *devices = devices_new(100);
    size_t bytes = devices_bytes(devices);
    char addr[40];
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(addr, sizeof addr, "10.0.%u.%u", i >> 8, i & 255);
        check(keep(devices, addr, "name", MDNS, 0));
        if (i > 0)
            check_eq_text(find(devices, "10.0.0.0", 0), "name"); /* in use: it stays */
    }
    check_eq_text(find(devices, addr, 0), "name");
    check_eq_text(find(devices, "10.0.0.1", 0), NULL);
    check_eq_u64(devices_lost(devices), 9900);
    check_eq_u64(devices_bytes(devices), bytes);
    struct chains_addr card = devices_mac(mac1);
    struct device_claim claim = { .addr = card, .name = "card", .hold_s = 60, .from = DHCP };
    struct device_found found;
    check(devices_keep(devices, &claim, 0) && devices_find(devices, &card, 0, &found));
    check_eq_text(found.name, "card");
    card = devices_mac(mac2);
    check(!devices_find(devices, &card, 0, &found));
    devices_free(devices);
}

static void test_names(void)
{
    static char label63[] = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg";
    static char label64[] = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg";
    static char longest[200], too_long[200];
    for (unsigned i = 0; i < DEVICES_NAME; i++)
        longest[i] = too_long[i] = i % 2 ? '.' : 'a';
    longest[DEVICES_NAME - 1] = '\0';
    too_long[DEVICES_NAME] = 'a';
    const struct {
        const char *sent, *shown;
    } row[] = {
        { "nas", "nas" },
        { "Johns-iPhone.local", "Johns-iPhone.local" },
        { "John's iPhone", "John-s-iPhone" },
        { "B\xc3\xbcro PC", "B-ro-PC" },
        { "a--b", "a--b" },
        { "a \x1b[31mb", "a-31mb" },
        { "  <script>  ", "script" },
        { "a.b.", "a.b" },
        { "a..b", "a.b" },
        { ".a", "a" },
        { "-a-", "a" },
        { "pc\r\nlocal", "pc-local" },
        { "7", NULL },
        { "192.168.1.1", NULL },
        { "192-168-1-1", NULL },
        { "fe80::1", "fe80-1" },
        { "", NULL },
        { "\x1b\x1b", NULL },
        { "...", NULL },
        { "LOCAL", NULL },
        { "local", NULL },
        { "Local!", NULL },
        { "NxDomain", NULL },
        { "localhost", NULL },
        { "LOCALHOST.localdomain", NULL },
        { "localhosts", "localhosts" },
        { "multicast_dns", NULL },
        { "Multicast", NULL },
        { "broadcast", NULL },
        { "loopback", NULL },
        { "link_local", NULL },
        { "locals", "locals" },
        { label63, label63 },
        { label64, NULL },
        { longest, longest },
        { too_long, NULL },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char out[DEVICES_NAME];
        printf("# %zu\n", i);
        bool good = device_name(
            out, (struct chains_bytes){ (const uint8_t *)row[i].sent, strlen(row[i].sent) });
        check_eq_u64(good, row[i].shown != NULL);
        if (good)
            check_eq_text(out, row[i].shown);
    }
}

int main(void)
{
    test_ranks();
    test_unsure();
    test_time();
    test_full();
    test_names();
    return check_done();
}
