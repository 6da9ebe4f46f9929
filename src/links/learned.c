/* SPDX-License-Identifier: MIT */
/*
 * Names of servers by who used them. In: a client, a server, and what it is called; later the two
 * again. Out: the name. Kept: a table of second chances; one kind of entry is for all that two hosts say to each other and the
 * newest name counts there, the other is for a single flow; only names that are host names are
 * kept, in lower case.
 */
#include "learned.h"

#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"
#include "second_chance.h"

enum {
    LABEL_MOST = 63,
    TOUCH_S = 1, /* a flow that is in use says so of the two hosts so often */
};

_Static_assert(sizeof(struct learned_key) == 48, "keys are compared and hashed as bytes");

struct entry {
    struct second_chance_head head;
    struct learned_key key;
    int64_t learned_ns, until_ns;
    uint8_t from;
    char name[LEARNED_NAME];
};

_Static_assert(offsetof(struct entry, key) == SECOND_CHANCE_KEY, "a key lies behind the head");

struct learned {
    struct second_chance table;
    bool flows; /* there was ever an entry for a single flow */
    struct name_news news;
};

static bool learned_holds(const void *at, int64_t now_ns)
{
    const struct entry *entry = at;
    return now_ns <= entry->until_ns &&
           time_minus(entry->learned_ns, now_ns) < LEARNED_MOST_S * TIME_SECOND_NS;
}

static const struct second_chance_kind learned_kind = {
    .entry = sizeof(struct entry),
    .key = sizeof(struct learned_key),
    .steps = 1024,
    .holds = learned_holds,
};

struct learned *learned_new(uint32_t entries)
{
    struct learned *learned = calloc(1, sizeof *learned);
    if (!learned)
        return NULL;
    if (second_chance_open(&learned->table, &learned_kind, entries))
        return learned;
    learned_free(learned);
    return NULL;
}

void learned_free(struct learned *learned)
{
    if (!learned)
        return;
    second_chance_close(&learned->table);
    free(learned);
}

void learned_tell(struct learned *learned, const struct name_news *news)
{
    learned->news = *news;
}

static struct entry *learned_entry(const struct learned *learned, const struct learned_key *key)
{
    return second_chance_find(&learned->table, &learned_kind, key);
}

static bool learned_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool learned_host_name(char out[LEARNED_NAME], struct chains_bytes name)
{
    size_t label = 0, len = name.len;
    bool single = true;
    bool digits = true; /* the label so far */
    if (name.len >= LEARNED_NAME)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = (char)chains_byte(name, i);
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            digits = true;
            single = false;
        } else {
            if (c >= 'A' && c <= 'Z')
                c = (char)(c - 'A' + 'a');
            if (!((c >= 'a' && c <= 'z') || learned_is_digit(c) || c == '-' || c == '_') ||
                ++label > LABEL_MOST)
                return false;
            digits = digits && learned_is_digit(c);
        }
        out[i] = c;
    }
    if (single && len <= LABEL_MOST)
        out[len++] = '.';
    out[len] = '\0';
    return label > 0 && !digits;
}

static int64_t learned_after(int64_t at_ns, int64_t seconds)
{
    return time_minus(at_ns, -seconds * TIME_SECOND_NS);
}

bool learned_keep(struct learned *learned, const struct learned_key *key,
                  const struct learned_found *found, uint32_t ttl, int64_t now_ns)
{
    int64_t lifetime_s = ttl < LEARNED_LEAST_S  ? LEARNED_LEAST_S
                         : ttl > LEARNED_MOST_S ? LEARNED_MOST_S
                                                : (int64_t)ttl;
    struct entry *entry = learned_entry(learned, key);
    bool known = entry && learned_holds(entry, now_ns);
    bool news = !known || entry->from != found->from || strcmp(entry->name, found->name) != 0;
    if (!entry)
        entry = second_chance_add(&learned->table, key, now_ns);
    learned->flows |= key->flow != 0;
    entry->learned_ns = now_ns;
    entry->until_ns = learned_after(now_ns, lifetime_s);
    entry->from = found->from;
    if (news)
        memcpy(entry->name, found->name, strlen(found->name) + 1);
    if (news)
        name_news_tell(&learned->news, &key->server, &key->client);
    return news;
}

const struct learned_found *learned_look(const struct learned *learned,
                                         const struct learned_key *key, int64_t now_ns,
                                         struct learned_found *found)
{
    const struct entry *entry = learned_entry(learned, key);
    if (!entry || !learned_holds(entry, now_ns))
        return NULL;
    *found = (struct learned_found){ entry->name, entry->from, entry->until_ns, NULL };
    return found;
}

static bool learned_use(struct entry *entry, int64_t now_ns, struct learned_found *found)
{
    if (!entry || !learned_holds(entry, now_ns))
        return false;
    entry->head.again = true;
    int64_t until_ns = learned_after(now_ns, LEARNED_PAUSE_S);
    int64_t end_ns = learned_after(entry->learned_ns, LEARNED_END_S);
    if (until_ns > end_ns)
        until_ns = end_ns;
    if (until_ns > entry->until_ns)
        entry->until_ns = until_ns;
    *found =
        (struct learned_found){ entry->name, entry->from, entry->until_ns, &entry->head.again };
    return true;
}

uint64_t learned_ahead(const struct learned *learned, const struct learned_key *key)
{
    uint64_t hash = second_chance_hash(&learned->table, &learned_kind, key);
    second_chance_ahead_chain(&learned->table, hash);
    return hash;
}

void learned_ahead_entry(const struct learned *learned, uint64_t hash)
{
    second_chance_ahead_entry(&learned->table, &learned_kind, hash);
}

/* What the two have, in whatever flow. */
static struct entry *learned_of_both(const struct learned *learned,
                                     const struct learned_key *key, const uint64_t *hash)
{
    struct learned_key all = *key;
    all.flow = 0;
    return hash ? second_chance_find_by(&learned->table, &learned_kind, &all, *hash)
                : learned_entry(learned, &all);
}

bool learned_find_by(struct learned *learned, const struct learned_key *key,
                     const uint64_t *hash, int64_t now_ns, struct learned_found *found)
{
    struct learned_found both;
    if (!key->flow || !learned->flows)
        return learned_use(learned_of_both(learned, key, hash), now_ns, found);
    struct entry *own = learned_entry(learned, key);
    bool touched = own && own->until_ns > learned_after(now_ns, LEARNED_PAUSE_S - TOUCH_S);
    if (!learned_use(own, now_ns, found) || !*found->name)
        return learned_use(learned_of_both(learned, key, hash), now_ns, found);
    if (!touched) /* its packets keep the name of the two in use, too */
        (void)learned_use(learned_of_both(learned, key, hash), now_ns, &both);
    return true;
}

bool learned_is_empty(const struct learned *learned)
{
    return learned->table.filled == 0;
}

bool learned_has_flows(const struct learned *learned)
{
    return learned->flows;
}

uint64_t learned_lost(const struct learned *learned)
{
    return learned->table.lost;
}

size_t learned_takes(uint32_t entries)
{
    return sizeof(struct learned) + second_chance_takes(&learned_kind, entries);
}

size_t learned_bytes(const struct learned *learned)
{
    return sizeof *learned + second_chance_bytes(&learned->table);
}
