/* SPDX-License-Identifier: MIT */
/*
 * Names learned from DNS answers. In: records with answers; later a client and an address. Out:
 * the name that the client asked for. Kept: a fixed table, hashed with a secret key, whose
 * entries are given to others by second chance; only addresses that the question leads to
 * count, not what else is in a message; only answers to a query that was seen, so that one forged
 * datagram teaches nothing; only names that are host names are kept, in lower case.
 */
#include "learned.h"

#include <chains/layer/dns.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"
#include "../bytes/special.h"
#include "../bytes/time.h"
#include "dns_chain.h"

enum {
    STEPS_MOST = 1024, /* entries looked at for one that may be given away */
    LABEL_MOST = 63,
    CLASS_IN = 1,
};

struct pair {
    struct chains_addr client, addr;
};

struct entry {
    struct pair pair;
    int64_t learned_ns, until_ns;
    uint32_t next; /* in the chain of its hash: an index and one; 0 ends it */
    bool again;    /* found since the hand last passed: it gets a second chance */
    char name[LEARNED_NAME];
};

struct learned {
    struct entry *entry;
    uint32_t *chain; /* by hash: the first entry's index and one, 0 for none */
    uint32_t entries, filled, hand, mask;
    struct siphash_key key;
    uint64_t lost;
};

struct learned *learned_new(uint32_t entries)
{
    struct learned *learned = calloc(1, sizeof *learned);
    if (!learned)
        return NULL;
    learned->entries = entries;
    for (learned->mask = 1; learned->mask < entries; learned->mask *= 2)
        continue;
    learned->chain = calloc(learned->mask, sizeof *learned->chain);
    learned->mask--;
    learned->entry = calloc(entries, sizeof *learned->entry);
    if (learned->entry && learned->chain && siphash_random_key(&learned->key))
        return learned;
    learned_free(learned);
    return NULL;
}

void learned_free(struct learned *learned)
{
    if (!learned)
        return;
    free(learned->entry);
    free(learned->chain);
    free(learned);
}

static uint32_t *learned_chain_of(const struct learned *learned, const struct pair *pair)
{
    uint64_t hash = siphash13(&learned->key, pair, sizeof *pair);
    return &learned->chain[hash & learned->mask];
}

static struct entry *learned_in_chain(const struct learned *learned, const struct pair *pair)
{
    for (uint32_t at = *learned_chain_of(learned, pair); at; at = learned->entry[at - 1].next)
        if (memcmp(&learned->entry[at - 1].pair, pair, sizeof *pair) == 0)
            return &learned->entry[at - 1];
    return NULL;
}

static bool learned_holds(const struct entry *entry, int64_t now_ns)
{
    return now_ns <= entry->until_ns &&
           time_minus(entry->learned_ns, now_ns) < LEARNED_MOST_S * TIME_SECOND_NS;
}

/* An entry never used, or one that is over or that nobody misses. */
static uint32_t learned_spare(struct learned *learned, int64_t now_ns)
{
    if (learned->filled < learned->entries)
        return learned->filled++;
    uint32_t index = learned->hand;
    for (unsigned step = 0; step < STEPS_MOST; step++) {
        struct entry *entry = &learned->entry[index];
        if (!entry->again || !learned_holds(entry, now_ns))
            break;
        entry->again = false;
        index = index + 1 < learned->entries ? index + 1 : 0;
    }
    learned->hand = index + 1 < learned->entries ? index + 1 : 0;
    learned->lost += learned_holds(&learned->entry[index], now_ns);
    uint32_t *link = learned_chain_of(learned, &learned->entry[index].pair);
    while (*link != index + 1)
        link = &learned->entry[*link - 1].next;
    *link = learned->entry[index].next;
    return index;
}

static struct entry *learned_add(struct learned *learned, const struct pair *pair,
                                 int64_t now_ns)
{
    uint32_t index = learned_spare(learned, now_ns);
    uint32_t *chain = learned_chain_of(learned, pair);
    struct entry *entry = &learned->entry[index];
    entry->pair = *pair;
    entry->next = *chain;
    entry->again = false;
    entry->name[0] = '\0';
    *chain = index + 1;
    return entry;
}

static bool learned_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A host name in lower case into `out`; false when `name` is none, or looks like an address. */
static bool learned_host_name(char out[LEARNED_NAME], const char *name)
{
    size_t len = 0, label = 0;
    bool digits = true; /* the label so far */
    for (; name[len]; len++) {
        char c = name[len];
        if (len + 1 == LEARNED_NAME)
            return false;
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            digits = true;
        } else {
            if (c >= 'A' && c <= 'Z')
                c = (char)(c - 'A' + 'a');
            if (!((c >= 'a' && c <= 'z') || learned_is_digit(c) || c == '-' || c == '_') ||
                ++label > LABEL_MOST)
                return false;
            digits = digits && learned_is_digit(c);
        }
        out[len] = c;
    }
    out[len] = '\0';
    return label > 0 && !digits;
}

static int64_t learned_after(int64_t at_ns, int64_t seconds)
{
    return time_minus(at_ns, -seconds * TIME_SECOND_NS);
}

static bool learned_keep(struct learned *learned, const struct pair *pair, const char *name,
                         uint32_t ttl, int64_t now_ns)
{
    int64_t lifetime_s = ttl < LEARNED_LEAST_S  ? LEARNED_LEAST_S
                         : ttl > LEARNED_MOST_S ? LEARNED_MOST_S
                                                : (int64_t)ttl;
    struct entry *entry = learned_in_chain(learned, pair);
    bool news = !entry || !learned_holds(entry, now_ns) || strcmp(entry->name, name) != 0;
    if (!entry)
        entry = learned_add(learned, pair, now_ns);
    entry->learned_ns = now_ns;
    entry->until_ns = learned_after(now_ns, lifetime_s);
    if (news)
        memcpy(entry->name, name, strlen(name) + 1);
    return news;
}

static bool learned_is_answer(const struct chains_dns *dns)
{
    return dns->asked && dns->qr && dns->opcode == 0 && dns->rcode == 0 && dns->answers.count &&
           dns->flavour == CHAINS_DNS_UNICAST && dns->question_count == 1 &&
           dns->queries.count == 1;
}

bool learned_read(struct learned *learned, const struct chains_record *rec)
{
    const struct chains_dns *dns = chains_get(rec, dns);
    const struct chains_addr *server, *client;
    char name[LEARNED_NAME];
    if (!dns || !learned_is_answer(dns) || !chains_record_addresses(rec, &server, &client))
        return false;
    const struct chains_dns_question *question = dns->queries.items;
    if (question->class_number != CLASS_IN || !learned_host_name(name, question->name))
        return false;
    struct dns_chain chain;
    dns_chain_follow(&chain, dns);
    bool news = false;
    const struct chains_dns_record *answer = dns->answers.items;
    for (uint32_t i = 0; i < dns->answers.count && i < DNS_CHAIN_ANSWERS; i++) {
        if (!(answer[i].has & CHAINS_DNS_RECORD_HAS_ADDR) ||
            answer[i].class_number != CLASS_IN || !dns_chain_holds(&chain, answer[i].name))
            continue;
        const struct special *special = special_of(&answer[i].addr);
        if (special && special->class)
            continue; /* has a word of its own */
        struct pair pair = { *client, answer[i].addr };
        news |= learned_keep(learned, &pair, name, answer[i].ttl, rec->time_ns);
    }
    return news;
}

const char *learned_find(struct learned *learned, const struct chains_addr *client,
                         const struct chains_addr *addr, int64_t now_ns, int64_t *held_ns)
{
    struct pair pair = { *client, *addr };
    struct entry *entry = learned_in_chain(learned, &pair);
    if (!entry || !learned_holds(entry, now_ns))
        return NULL;
    entry->again = true;
    int64_t until_ns = learned_after(now_ns, LEARNED_PAUSE_S);
    int64_t end_ns = learned_after(entry->learned_ns, LEARNED_END_S);
    if (until_ns > end_ns)
        until_ns = end_ns;
    if (until_ns > entry->until_ns)
        entry->until_ns = until_ns;
    if (held_ns)
        *held_ns = entry->until_ns;
    return entry->name;
}

uint64_t learned_lost(const struct learned *learned)
{
    return learned->lost;
}

size_t learned_bytes(const struct learned *learned)
{
    return sizeof *learned + (size_t)learned->entries * sizeof *learned->entry +
           ((size_t)learned->mask + 1) * sizeof *learned->chain;
}
