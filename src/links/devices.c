/* SPDX-License-Identifier: MIT */
/*
 * Names of local devices by address. In: claims. Out: the name of an address. Kept: a fixed table,
 * hashed with a secret key, whose entries are given to others by second chance; a claim of a worse
 * source never takes the place of a better one that holds, and one that is a mere wish of no other.
 */
#include "devices.h"

#include <chains/layer/domains.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/special.h"
#include "../bytes/time.h"
#include "second_chance.h"

enum {
    FAMILY_MAC = 2,
    LABEL_MOST = 63,
};

struct entry {
    struct second_chance_head head;
    struct chains_addr addr;
    uint8_t mac[6];
    bool has_mac, unsure;
    uint8_t from;
    int64_t learned_ns, until_ns;
    char name[DEVICES_NAME]; /* "": it was given up */
};

_Static_assert(offsetof(struct entry, addr) == SECOND_CHANCE_KEY, "a key lies behind the head");

struct devices {
    struct second_chance table;
    struct name_news news;
};

static bool devices_holds(const void *at, int64_t now_ns)
{
    const struct entry *entry = at;
    return entry->name[0] && now_ns <= entry->until_ns &&
           time_minus(entry->learned_ns, now_ns) < DEVICES_HOLD_S * TIME_SECOND_NS;
}

static const struct second_chance_kind devices_kind = {
    .entry = sizeof(struct entry),
    .key = sizeof(struct chains_addr),
    .steps = 256,
    .holds = devices_holds,
};

struct devices *devices_new(uint32_t entries)
{
    struct devices *devices = calloc(1, sizeof *devices);
    if (!devices)
        return NULL;
    if (second_chance_open(&devices->table, &devices_kind, entries))
        return devices;
    devices_free(devices);
    return NULL;
}

void devices_free(struct devices *devices)
{
    if (!devices)
        return;
    second_chance_close(&devices->table);
    free(devices);
}

void devices_tell(struct devices *devices, const struct name_news *news)
{
    devices->news = *news;
}

struct chains_addr devices_mac(const uint8_t mac[6])
{
    struct chains_addr addr = { .family = FAMILY_MAC };
    memcpy(addr.octets, mac, 6);
    return addr;
}

static struct entry *devices_entry(const struct devices *devices,
                                   const struct chains_addr *addr)
{
    return second_chance_find(&devices->table, &devices_kind, addr);
}

static bool devices_is_of(const struct entry *entry, const uint8_t *mac)
{
    return mac && entry->has_mac && memcmp(entry->mac, mac, sizeof entry->mac) == 0;
}

static unsigned devices_rank(uint8_t from)
{
    switch (from) {
    case CHAINS_NAME_DHCP:
        return 4;
    case CHAINS_NAME_MDNS:
        return 3;
    case CHAINS_NAME_LLMNR:
        return 2;
    default: /* NetBIOS */
        return 1;
    }
}

/* Whether a claim has to give way to what is there. */
static bool devices_loses(const struct entry *entry, const struct device_claim *claim)
{
    if (claim->unsure != entry->unsure)
        return claim->unsure;
    if (claim->beside && !devices_is_of(entry, claim->mac))
        return true;
    return devices_rank(claim->from) < devices_rank(entry->from);
}

bool devices_keep(struct devices *devices, const struct device_claim *claim, int64_t now_ns)
{
    struct entry *entry = devices_entry(devices, &claim->addr);
    bool held = entry && devices_holds(entry, now_ns);
    if (held && devices_loses(entry, claim))
        return false;
    bool news = !held || entry->from != claim->from || strcmp(entry->name, claim->name) != 0;
    if (!entry)
        entry = second_chance_add(&devices->table, &claim->addr, now_ns);
    entry->learned_ns = now_ns;
    entry->until_ns = time_minus(now_ns, -claim->hold_s * TIME_SECOND_NS);
    entry->from = claim->from;
    entry->unsure = claim->unsure;
    entry->has_mac = claim->mac != NULL;
    if (claim->mac)
        memcpy(entry->mac, claim->mac, sizeof entry->mac);
    if (news)
        memcpy(entry->name, claim->name, strlen(claim->name) + 1);
    if (news)
        name_news_tell(&devices->news, &claim->addr, NULL);
    return news;
}

/* It stays in its place, which the next claim about the address takes. */
static bool devices_end(const struct devices *devices, struct entry *entry)
{
    bool had = entry->name[0] != '\0';
    entry->name[0] = '\0';
    if (had)
        name_news_tell(&devices->news, &entry->addr, NULL);
    return had;
}

bool devices_drop(struct devices *devices, const struct chains_addr *addr, uint8_t from,
                  const char *name)
{
    struct entry *entry = devices_entry(devices, addr);
    if (!entry || entry->from != from || (name && strcmp(entry->name, name) != 0))
        return false;
    return devices_end(devices, entry);
}

bool devices_drop_beside(struct devices *devices, const struct device_claim *claim)
{
    const struct entry *entry = devices_entry(devices, &claim->addr);
    return entry && devices_is_of(entry, claim->mac) &&
           devices_drop(devices, &claim->addr, claim->from, claim->name);
}

bool devices_moved(struct devices *devices, const struct chains_addr *addr,
                   const uint8_t mac[6])
{
    struct entry *entry = devices_entry(devices, addr);
    if (!entry || !entry->has_mac || devices_is_of(entry, mac))
        return false;
    return devices_end(devices, entry);
}

bool devices_refused(struct devices *devices, const struct chains_addr *addr,
                     const uint8_t mac[6])
{
    struct entry *entry = devices_entry(devices, addr);
    if (!entry || !entry->unsure || !devices_is_of(entry, mac))
        return false;
    return devices_end(devices, entry);
}

bool devices_is_empty(const struct devices *devices)
{
    return devices->table.filled == 0;
}

uint64_t devices_ahead(const struct devices *devices, const struct chains_addr *addr)
{
    uint64_t hash = second_chance_hash(&devices->table, &devices_kind, addr);
    second_chance_ahead_chain(&devices->table, hash);
    return hash;
}

void devices_ahead_entry(const struct devices *devices, uint64_t hash)
{
    second_chance_ahead_entry(&devices->table, &devices_kind, hash);
}

bool devices_find_by(struct devices *devices, const struct chains_addr *addr,
                     const uint64_t *hash, int64_t now_ns, struct device_found *found)
{
    struct entry *entry =
        hash ? second_chance_find_by(&devices->table, &devices_kind, addr, *hash)
             : devices_entry(devices, addr);
    if (!entry || !devices_holds(entry, now_ns))
        return false;
    entry->head.again = true;
    *found =
        (struct device_found){ entry->name, entry->from, entry->until_ns, &entry->head.again };
    return true;
}

static bool device_is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool device_is_plain(uint8_t c)
{
    return device_is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static char device_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether a name is, or with `more` begins with, a word; case does not count. */
static bool device_is(const char *name, const char *word, bool more)
{
    while (*word && device_lower(*name) == device_lower(*word)) {
        name++;
        word++;
    }
    return !*word && (more || !*name);
}

/* The words that stand for names, and for a host as it sees itself. */
static bool device_is_word(const char *name)
{
    const char *word;
    if (device_is(name, "LOCAL", false) || device_is(name, "NXDOMAIN", false) ||
        device_is(name, "localhost", false) || device_is(name, "localhost.", true) ||
        device_is(name, "multicast", true))
        return true;
    for (size_t i = 0; (word = special_word(i)) != NULL; i++)
        if (device_is(name, word, false))
            return true;
    return false;
}

bool device_name(char out[DEVICES_NAME], struct chains_bytes sent)
{
    size_t len = 0, label = 0;
    bool letter = false;
    for (size_t i = 0; i < sent.len && chains_byte(sent, i) != '\0'; i++) {
        uint8_t c = chains_byte(sent, i);
        if (len + 1 == DEVICES_NAME || label > LABEL_MOST)
            return false;
        if (!device_is_plain(c) && c != '.')
            c = '-';
        if (label == 0 && (c == '.' || c == '-'))
            continue; /* nothing begins so */
        if (c == '-' && out[len - 1] == '-' && chains_byte(sent, i) != '-')
            continue; /* one for a run */
        label = c == '.' ? 0 : label + 1;
        letter |= device_is_letter(c);
        out[len++] = (char)c;
    }
    while (len && (out[len - 1] == '-' || out[len - 1] == '.'))
        len--;
    out[len] = '\0';
    return letter && label <= LABEL_MOST && !device_is_word(out);
}

uint64_t devices_lost(const struct devices *devices)
{
    return devices->table.lost;
}

size_t devices_takes(uint32_t entries)
{
    return sizeof(struct devices) + second_chance_takes(&devices_kind, entries);
}

size_t devices_bytes(const struct devices *devices)
{
    return sizeof *devices + second_chance_bytes(&devices->table);
}
