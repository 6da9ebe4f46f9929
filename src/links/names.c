/* SPDX-License-Identifier: MIT */
/*
 * The cache of names. In: addresses to find, answers from a resolver. Out: a name or the reason
 * why there is none, at once. Kept: a fixed table, hashed with a secret key, whose entries are
 * given to other addresses by second chance; an entry handed out in this batch or waiting for
 * its answer is not; what is asked is asked once at a time, within a rate and a number in
 * flight; a server that keeps silent is left alone for a minute, and then asked one question
 * until it speaks.
 */
#include "names.h"

#include <chains/layer/domains.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"
#include "../bytes/time.h"

enum {
    SMALLEST = 64,
    STEPS_MOST = 1024, /* entries looked at for one that may be given away */
    NAME_TTL_LEAST = 60,
    NAME_TTL_MOST = 3600,
    NO_TTL_LEAST = 30,
    NO_TTL_MOST = 600,
    FAILURE_TTL = 30,
};

struct entry {
    uint8_t octets[16];
    uint32_t expires_s; /* on the monotonic clock */
    uint32_t used;      /* the batch that last found it */
    uint32_t next;      /* in the chain of its hash: an index and one; 0 ends it */
    uint8_t family;
    uint8_t from;   /* enum chains_name_source */
    uint8_t asking; /* its question is in flight */
    uint8_t again;  /* found since the hand last passed: it gets a second chance */
};

_Static_assert(sizeof(struct entry) == 32, "two entries in a cache line");

enum start { NOT_STARTED, STARTED, CANNOT_START };

struct names {
    struct resolver *resolver;
    struct entry *entry;
    char (*text)[PTR_NAME]; /* of the entry with the same index */
    uint32_t *chain;        /* by hash: the first entry's index and one, 0 for none */
    uint32_t entries, filled, hand;
    struct siphash_key key;
    uint32_t batch;
    int64_t now_ns;
    uint32_t now_s;

    /* how much may be asked: a question costs `cost_ns` of `credit_ns`, which time refills */
    int64_t credit_ns, credit_most_ns, cost_ns;
    unsigned in_flight;
    enum start start;

    unsigned silent; /* questions without an answer in a row */
    bool dead;       /* too many of them */
    int64_t dead_until_ns;
    uint64_t answers;

    bool warn;
    char warning[NAMES_WARNING];
};

static uint32_t names_power_of_two(size_t n)
{
    uint32_t power = SMALLEST;
    while (power < n && power < NAMES_MOST)
        power *= 2;
    return power;
}

struct names *names_new(const struct names_options *options)
{
    struct names *names = calloc(1, sizeof *names);
    if (!names) {
        if (options->resolver)
            options->resolver->calls->free(options->resolver);
        return NULL;
    }
    uint32_t burst = options->rate > NAMES_BURST ? options->rate : NAMES_BURST;
    names->resolver = options->resolver;
    names->entries = names_power_of_two(options->entries ? options->entries : NAMES_DEFAULT);
    names->cost_ns = TIME_SECOND_NS / options->rate;
    names->credit_most_ns = names->credit_ns = names->cost_ns * burst;
    names->entry = calloc(names->entries, sizeof *names->entry);
    names->text = calloc(names->entries, sizeof *names->text);
    names->chain = calloc(names->entries, sizeof *names->chain);
    if (!names->entry || !names->text || !names->chain || !siphash_random_key(&names->key)) {
        names_free(names);
        return NULL;
    }
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    if (names->resolver)
        names->resolver->calls->free(names->resolver);
    free(names->entry);
    free(names->text);
    free(names->chain);
    free(names);
}

static uint32_t *names_chain_of(const struct names *names, const void *octets, uint8_t family)
{
    uint8_t key[17];
    memcpy(key, octets, 16);
    key[16] = family;
    return &names->chain[siphash13(&names->key, key, sizeof key) & (names->entries - 1)];
}

static struct entry *names_in_chain(const struct names *names, const uint32_t *chain,
                                    const struct chains_addr *addr)
{
    for (uint32_t at = *chain; at; at = names->entry[at - 1].next) {
        struct entry *entry = &names->entry[at - 1];
        if (entry->family == addr->family &&
            memcmp(entry->octets, addr->octets, sizeof addr->octets) == 0)
            return entry;
    }
    return NULL;
}

/* An entry never used, or one that nobody misses. NULL when none is found soon. */
static struct entry *names_spare(struct names *names)
{
    if (names->filled < names->entries)
        return &names->entry[names->filled];
    for (unsigned step = 0; step < STEPS_MOST; step++) {
        struct entry *entry = &names->entry[names->hand];
        names->hand = (names->hand + 1) & (names->entries - 1);
        if (entry->asking || entry->used == names->batch)
            continue;
        if (!entry->again)
            return entry;
        entry->again = 0;
    }
    return NULL;
}

/* Gives a spare entry to an address. */
static void names_take_over(struct names *names, struct entry *entry, uint32_t *chain,
                            const struct chains_addr *addr)
{
    uint32_t index = (uint32_t)(entry - names->entry) + 1;
    if (names->filled < names->entries) {
        names->filled++;
    } else {
        uint32_t *link = names_chain_of(names, entry->octets, entry->family);
        while (*link != index)
            link = &names->entry[*link - 1].next;
        *link = entry->next;
    }
    *entry = (struct entry){ .family = addr->family, .next = *chain };
    memcpy(entry->octets, addr->octets, sizeof entry->octets);
    *chain = index;
}

static char *names_text_of(const struct names *names, const struct entry *entry)
{
    return names->text[entry - names->entry];
}

static uint32_t names_between(uint32_t least, uint32_t value, uint32_t most)
{
    return value < least ? least : value > most ? most : value;
}

static uint32_t names_lifetime(const struct ptr_answer *says)
{
    if (says->from == CHAINS_NAME_PTR)
        return names_between(NAME_TTL_LEAST, says->ttl, NAME_TTL_MOST);
    if (says->from == CHAINS_NAME_NXDOMAIN || says->from == CHAINS_NAME_NODATA ||
        says->from == CHAINS_NAME_INVALID)
        return names_between(NO_TTL_LEAST, says->ttl, NO_TTL_MOST);
    return FAILURE_TTL;
}

/* What the last answer, or the lack of one, says about the server. */
static void names_judge_server(struct names *names, uint8_t from)
{
    if (from != CHAINS_NAME_TIMEOUT) {
        names->silent = 0;
        names->dead = false;
        names->answers++;
        return;
    }
    names->silent++;
    if (names->silent < NAMES_SILENT && !names->dead)
        return;
    if (!names->dead) {
        snprintf(names->warning, sizeof names->warning,
                 "the name server has not answered %u questions in a row; "
                 "asking again in %d seconds",
                 names->silent, NAMES_BACK_OFF_S);
        names->warn = true;
    }
    if (!names->dead || names->now_ns >= names->dead_until_ns)
        names->dead_until_ns = names->now_ns + NAMES_BACK_OFF_S * TIME_SECOND_NS;
    names->dead = true;
}

static void names_store(struct names *names, const struct resolver_answer *answer)
{
    const struct chains_addr *addr = &answer->addr;
    struct entry *entry =
        names_in_chain(names, names_chain_of(names, addr->octets, addr->family), addr);
    const struct ptr_answer *says = &answer->says;
    names->in_flight--;
    names_judge_server(names, says->from);
    if (!entry)
        return;
    entry->asking = 0;
    entry->expires_s = names->now_s;
    bool pinned = entry->from == CHAINS_NAME_PTR && entry->used == names->batch;
    if (says->from == CHAINS_NAME_PTR && pinned &&
        strcmp(names_text_of(names, entry), says->name) != 0)
        return; /* a record shows the old name: the new one is asked for once more, later */
    entry->from = says->from;
    entry->expires_s += names_lifetime(says);
    if (says->from == CHAINS_NAME_PTR)
        memcpy(names_text_of(names, entry), says->name, PTR_NAME);
}

void names_take(struct names *names, int64_t now_ns)
{
    struct resolver_answer answer;
    if (now_ns > names->now_ns && names->now_ns != 0) {
        names->credit_ns += now_ns - names->now_ns;
        if (names->credit_ns > names->credit_most_ns)
            names->credit_ns = names->credit_most_ns;
    }
    names->now_ns = now_ns;
    names->now_s = (uint32_t)(now_ns / TIME_SECOND_NS);
    while (names->in_flight && names->resolver->calls->poll(names->resolver, &answer))
        names_store(names, &answer);
}

void names_begin(struct names *names, int64_t now_ns)
{
    names->batch++;
    names_take(names, now_ns);
}

static void names_not_started(struct names *names, const char *error)
{
    names->start = CANNOT_START;
    snprintf(names->warning, sizeof names->warning, "names are not asked for: %s", error);
    names->warn = true;
}

void names_open(struct names *names)
{
    char error[NAMES_WARNING - 64];
    if (!names->resolver->calls->open(names->resolver, error, sizeof error))
        names_not_started(names, error);
}

void names_start(struct names *names, const struct resolver_begun *begun)
{
    char error[NAMES_WARNING - 64];
    if (names->start != NOT_STARTED)
        return;
    names->start = STARTED;
    if (!names->resolver->calls->start(names->resolver, begun, error, sizeof error))
        names_not_started(names, error);
}

/* Whether a question may be put now. With a dead server: one at a time, after the pause. */
static bool names_may_ask(const struct names *names)
{
    if (names->dead && (names->now_ns < names->dead_until_ns || names->in_flight))
        return false;
    return names->in_flight < NAMES_IN_FLIGHT && names->credit_ns >= names->cost_ns;
}

static bool names_ask(struct names *names, const struct chains_addr *addr)
{
    if (!names_may_ask(names) || !names->resolver->calls->submit(names->resolver, addr))
        return false;
    names->in_flight++;
    names->credit_ns -= names->cost_ns;
    return true;
}

static struct names_found names_show(struct names *names, struct entry *entry)
{
    entry->used = names->batch;
    entry->again = 1;
    return (struct names_found){
        .name = entry->from == CHAINS_NAME_PTR ? names_text_of(names, entry) : NULL,
        .from = entry->from,
        .soon = entry->from == CHAINS_NAME_PENDING,
    };
}

struct names_found names_find(struct names *names, const struct chains_addr *addr)
{
    const struct names_found nothing = { NULL, CHAINS_NAME_NOT_ASKED, false };
    if (addr->family == 0)
        return nothing;
    if (names->dead && names->answers == 0 && names->now_ns < names->dead_until_ns)
        return (struct names_found){ NULL, CHAINS_NAME_LIMITED, false }; /* nothing is known */
    uint32_t *chain = names_chain_of(names, addr->octets, addr->family);
    struct entry *entry = names_in_chain(names, chain, addr);
    if (entry && (entry->asking || names->now_s < entry->expires_s))
        return names_show(names, entry);
    if (names->start != STARTED || names->resolver->calls->serves(names->resolver, addr))
        return nothing;
    if (entry) { /* an old name is shown until there is a newer one */
        if (names_ask(names, addr)) {
            entry->asking = 1;
            if (entry->from != CHAINS_NAME_PTR)
                entry->from = CHAINS_NAME_PENDING;
        }
        return names_show(names, entry);
    }
    if (!names_may_ask(names))
        return (struct names_found){ NULL, CHAINS_NAME_LIMITED, true };
    entry = names_spare(names);
    if (!entry || !names_ask(names, addr))
        return (struct names_found){ NULL, CHAINS_NAME_LIMITED, entry != NULL };
    names_take_over(names, entry, chain, addr);
    entry->from = CHAINS_NAME_PENDING;
    entry->asking = 1;
    return names_show(names, entry);
}

void names_wait(struct names *names, unsigned ms)
{
    names->resolver->calls->wait(names->resolver, ms);
}

bool names_alive(const struct names *names)
{
    return names->start != CANNOT_START && !names->dead && names->silent < NAMES_SUSPICIOUS;
}

uint64_t names_answers(const struct names *names)
{
    return names->answers;
}

const char *names_warning(struct names *names)
{
    if (!names->warn)
        return NULL;
    names->warn = false;
    return names->warning;
}

size_t names_takes(size_t entries)
{
    return sizeof(struct names) +
           names_power_of_two(entries) * (sizeof(struct entry) + PTR_NAME + sizeof(uint32_t));
}

size_t names_bytes(const struct names *names)
{
    return sizeof *names +
           names->entries * (sizeof(struct entry) + PTR_NAME + sizeof *names->chain);
}
