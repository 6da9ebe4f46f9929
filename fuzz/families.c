/* SPDX-License-Identifier: MIT */
/*
 * One header, read alone. In: the dissector's number and any bytes. What must hold: it goes forward
 * and stays inside its bytes, it says the same a second time, every member of its layer is written
 * (the memory under it is filled with two different bytes), and the layer's JSON is valid and may be
 * shown. That every dissector of the walk is in a family is checked with the first input.
 */
#include "families.h"

#include "fuzz.h"
#include "printed.h"

#include "../src/record/arena.h"

#include <string.h>

enum { FAMILY_MOST = 24 };

const char *const family_names[FAMILIES] = { "link", "network", "transport", "tunnel" };

static const char *const families[FAMILIES][FAMILY_MOST] = {
    { "ether", "llc", "sll", "sll2", "ppp", "pppoe", "hdlc", "null", "raw", "wlan", "radiotap",
      "prism", "ppi", "nflog", "ipnet", "vlan", "mpls", "lldp", "cmd" },
    { "ipv4", "ipv6", "ip6ext", "ip6frag", "arp", "icmp4", "icmp6", "igmp", "ah", "protocol" },
    { "tcp", "udp", "sctp" },
    { "gre", "erspan", "geneve", "gtp", "l2tp", "mplsudp", "nsh", "teredo", "vxlan" },
};

static const struct chains_dissector *by_name(const char *name)
{
    for (size_t i = 0; dissect_all[i]; i++)
        if (strcmp(dissect_all[i]->name, name) == 0)
            return dissect_all[i];
    return NULL;
}

const struct chains_dissector *family_dissector(enum family family, size_t i)
{
    return i < FAMILY_MOST && families[family][i] ? by_name(families[family][i]) : NULL;
}

enum family family_of(const struct chains_dissector *dissector, size_t *place)
{
    for (unsigned family = 0; family < FAMILIES; family++)
        for (*place = 0; *place < FAMILY_MOST && families[family][*place]; ++*place)
            if (strcmp(families[family][*place], dissector->name) == 0)
                return (enum family)family;
    return FAMILIES;
}

/* Every dissector is in a family, and no family has one that is not there. */
static void families_are_whole(void)
{
    size_t listed = 0, place;
    for (unsigned family = 0; family < FAMILIES; family++)
        for (size_t i = 0; i < FAMILY_MOST && families[family][i]; i++, listed++)
            must(by_name(families[family][i]) != NULL);
    size_t there = 0;
    for (; dissect_all[there]; there++)
        must(family_of(dissect_all[there], &place) < FAMILIES);
    must(listed == there);
}

struct reading {
    enum chains_verdict verdict;
    struct chains_reader in;
    struct chains_key next;
    void *layer;
};

static struct reading family_read(const struct chains_dissector *dissector,
                                  struct chains_bytes bytes, struct chains_arena *arena,
                                  uint8_t fill)
{
    struct reading reading = { .in = chains_reader_over(bytes) };
    if (dissector->layer) {
        reading.layer = malloc(dissector->layer->size);
        must(reading.layer != NULL);
        memset(reading.layer, fill, dissector->layer->size);
    }
    reading.verdict = dissector->dissect(&reading.in, reading.layer, &reading.next, arena);
    must(reading.verdict <= CHAINS_LIMIT);
    must(reading.in.at >= bytes.at && reading.in.at <= reading.in.end);
    must(reading.in.end <= bytes.at + bytes.len);
    must(reading.next.space <= CHAINS_BY_PORT);
    if (reading.verdict == CHAINS_PARSED)
        must(!reading.in.failed && (bytes.len == 0 || reading.in.end > bytes.at));
    return reading;
}

static void families_agree(const struct chains_dissector *dissector, const struct reading *a,
                           const struct reading *b)
{
    must(a->verdict == b->verdict && a->in.at == b->in.at && a->in.end == b->in.end);
    must(a->in.failed == b->in.failed && a->in.lacking == b->in.lacking);
    if (!dissect_keeps_layer((int)a->verdict))
        return;
    must(a->next.space == b->next.space && a->next.number == b->next.number);
    if (dissector->layer)
        printed_layers_equal(dissector->layer, a->layer, b->layer);
}

int family_run(enum family family, const uint8_t *data, size_t size)
{
    static size_t counts[FAMILIES];
    if (!counts[family]) {
        families_are_whole();
        while (family_dissector(family, counts[family]))
            counts[family]++;
    }
    if (size == 0)
        return 0;
    const struct chains_dissector *dissector =
        family_dissector(family, data[0] % counts[family]);
    const size_t len = size - 1;
    uint8_t *copy = malloc(len ? len : 1); /* so that a sanitizer sees its end */
    must(copy != NULL);
    if (len)
        memcpy(copy, data + 1, len);
    struct chains_arena arena;
    arena_init(&arena, ARENA_CHUNK + 16 * len);
    struct chains_bytes bytes = { copy, len };
    struct reading first = family_read(dissector, bytes, &arena, 0xaa);
    struct reading second = family_read(dissector, bytes, &arena, 0x55);
    families_agree(dissector, &first, &second);
    free(first.layer);
    free(second.layer);
    arena_free(&arena);
    free(copy);
    return 0;
}
