/* SPDX-License-Identifier: MIT */
/*
 * Queries that wait. In: queries, responses and the time. Out: how long a response took, and the
 * queries that nobody has answered. Kept: a fixed table, hashed with a secret key over what a
 * response has to repeat besides the question, and two lists in the order of arrival, of those that
 * wait and of those that are due. Of queries that differ in the question alone only a few are kept,
 * so that nobody can make a chain of the table long.
 */
#include "dns_pending.h"

#include <chains/bytes.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"
#include "../bytes/time.h"

enum {
    HEADER = 12,
    NAME_MOST = 255,
    QUESTION_MOST = NAME_MOST + 4,
    BUCKETS_LEAST = 64,
};

#define NONE UINT32_MAX /* no entry */

_Static_assert((int)HEADER + QUESTION_MOST == DNS_PENDING_KEPT, "what is kept of a query");

/* What a response has to repeat; hashed as it is, so without padding. */
struct dns_pending_key {
    uint8_t client[16], server[16];
    uint16_t client_port, server_port, id;
    uint8_t family, protocol;
};

_Static_assert(sizeof(struct dns_pending_key) == 40, "no padding is hashed");

struct dns_pending_entry {
    struct dns_pending_key key;
    uint32_t after, before; /* in the list: towards the younger, towards the older */
    uint32_t next_in_bucket;
    uint32_t size; /* of the message */
    uint32_t bucket;
    int64_t time_ns;
    uint64_t number;
    uint16_t question_len; /* 0: it could not be read */
    uint8_t header[HEADER];
    uint8_t question[QUESTION_MOST]; /* as sent */
};

struct dns_pending_list {
    uint32_t oldest, youngest, count;
};

struct dns_pending {
    struct dns_pending_entry *entry;
    uint32_t *bucket;
    uint32_t entries, buckets; /* buckets: a power of two */
    uint32_t queries;          /* the most that wait */
    uint32_t used, free;       /* entries never used lie behind `used`; free: a chain */
    struct dns_pending_list waiting, due;
    struct dns_pending_quiet quiet;
    struct siphash_key secret;
    int64_t timeout_ns;
    uint64_t untold;
};

/* The first question of a message; len 0: none, or not one that can be read. */
struct dns_pending_question {
    const uint8_t *at;
    uint16_t len;
    bool claimed; /* the header says that there is one */
};

static uint32_t dns_pending_buckets(uint32_t queries)
{
    uint32_t buckets = BUCKETS_LEAST;
    while (buckets < queries)
        buckets *= 2;
    return buckets;
}

uint64_t dns_pending_takes(uint32_t queries)
{
    return sizeof(struct dns_pending) +
           ((uint64_t)queries + DNS_PENDING_DUE) * sizeof(struct dns_pending_entry) +
           (uint64_t)dns_pending_buckets(queries) * sizeof(uint32_t);
}

/* The lists are other ones now. The ends of all time are never quiet: whoever looks there is exact. */
static void dns_pending_settle(struct dns_pending *pending)
{
    pending->quiet = (struct dns_pending_quiet){ INT64_MIN, INT64_MAX, pending->due.count > 0 };
    if (pending->waiting.count > 0) {
        int64_t oldest_ns = pending->entry[pending->waiting.oldest].time_ns;
        pending->quiet.from_ns = time_minus(oldest_ns, pending->timeout_ns);
        pending->quiet.until_ns = time_minus(oldest_ns, -pending->timeout_ns);
    }
}

const struct dns_pending_quiet *dns_pending_quiet(const struct dns_pending *pending)
{
    return &pending->quiet;
}

struct dns_pending *dns_pending_new(uint32_t queries, int64_t timeout_ns)
{
    struct dns_pending *pending = calloc(1, sizeof *pending);
    if (!pending)
        return NULL;
    pending->buckets = dns_pending_buckets(queries);
    pending->queries = queries;
    pending->entries = queries + DNS_PENDING_DUE;
    pending->timeout_ns = timeout_ns;
    pending->free = NONE;
    pending->waiting = pending->due = (struct dns_pending_list){ NONE, NONE, 0 };
    pending->entry = calloc(pending->entries, sizeof *pending->entry);
    pending->bucket = malloc(pending->buckets * sizeof *pending->bucket);
    if (!pending->entry || !pending->bucket || !siphash_random_key(&pending->secret)) {
        dns_pending_free(pending);
        return NULL;
    }
    memset(pending->bucket, 0xff, pending->buckets * sizeof *pending->bucket);
    dns_pending_settle(pending);
    return pending;
}

void dns_pending_free(struct dns_pending *pending)
{
    if (!pending)
        return;
    free(pending->entry);
    free(pending->bucket);
    free(pending);
}

/* A name without pointers, which a first question has no use for, then its type and class. */
static struct dns_pending_question dns_pending_question_of(struct chains_bytes message)
{
    struct chains_reader in = chains_reader_over(message);
    struct dns_pending_question question = { NULL, 0, false };
    const uint8_t *header = chains_take(&in, HEADER);
    if (!header || chains_load_be16(header + 4) == 0)
        return question;
    question.claimed = true;
    const uint8_t *at = in.at;
    unsigned length;
    do {
        length = chains_read_u8(&in);
        chains_skip(&in, length);
    } while (length > 0 && length < 64 && !in.failed && in.at - at < NAME_MOST);
    if (length > 0 || in.failed || in.at - at > NAME_MOST)
        return question;
    chains_skip(&in, 4);
    if (in.failed)
        return question;
    question.at = at;
    question.len = (uint16_t)(in.at - at);
    return question;
}

static uint8_t dns_pending_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/* Lengths of labels are below 64 and no letters; type and class are compared as they are. */
static bool dns_pending_same_question(const struct dns_pending_entry *entry,
                                      const struct dns_pending_question *question)
{
    if (entry->question_len != question->len)
        return false;
    if (question->len == 0 || memcmp(entry->question, question->at, question->len) == 0)
        return true; /* as it was sent: so it nearly always is */
    unsigned name = question->len > 4 ? question->len - 4U : 0;
    for (unsigned i = 0; i < name; i++)
        if (dns_pending_lower(entry->question[i]) != dns_pending_lower(question->at[i]))
            return false;
    return memcmp(entry->question + name, question->at + name, 4) == 0;
}

static struct dns_pending_key dns_pending_key_of(const struct dns_pending_message *message,
                                                 bool response)
{
    const struct chains_endpoints *ends = &message->ends;
    const struct chains_addr *client = response ? &ends->dst : &ends->src;
    const struct chains_addr *server = response ? &ends->src : &ends->dst;
    struct dns_pending_key key = {
        .client_port = response ? ends->dport : ends->sport,
        .server_port = response ? ends->sport : ends->dport,
        .id = chains_load_be16(message->message.at),
        .family = client->family,
        .protocol = ends->protocol,
    };
    memcpy(key.client, client->octets, sizeof key.client);
    memcpy(key.server, server->octets, sizeof key.server);
    return key;
}

static uint32_t dns_pending_bucket_of(const struct dns_pending *pending,
                                      const struct dns_pending_key *key)
{
    return (uint32_t)(siphash13(&pending->secret, key, sizeof *key) & (pending->buckets - 1));
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void dns_pending_append(struct dns_pending *pending, struct dns_pending_list *list,
                               uint32_t index)
{
    struct dns_pending_entry *entry = &pending->entry[index];
    entry->before = list->youngest;
    entry->after = NONE;
    if (list->youngest == NONE)
        list->oldest = index;
    else
        pending->entry[list->youngest].after = index;
    list->youngest = index;
    list->count++;
}

static void dns_pending_unlist(struct dns_pending *pending, struct dns_pending_list *list,
                               uint32_t index)
{
    const struct dns_pending_entry *entry = &pending->entry[index];
    if (entry->before == NONE)
        list->oldest = entry->after;
    else
        pending->entry[entry->before].after = entry->after;
    if (entry->after == NONE)
        list->youngest = entry->before;
    else
        pending->entry[entry->after].before = entry->before;
    list->count--;
}

static void dns_pending_put_back(struct dns_pending *pending, uint32_t index)
{
    pending->entry[index].after = pending->free;
    pending->free = index;
}

/* A query waits no longer: out of its bucket and out of the list. */
static void dns_pending_stop_waiting(struct dns_pending *pending, uint32_t index)
{
    uint32_t *link = &pending->bucket[pending->entry[index].bucket];
    while (*link != index)
        link = &pending->entry[*link].next_in_bucket;
    *link = pending->entry[index].next_in_bucket;
    dns_pending_unlist(pending, &pending->waiting, index);
}

static void dns_pending_make_due(struct dns_pending *pending, uint32_t index)
{
    dns_pending_stop_waiting(pending, index);
    dns_pending_append(pending, &pending->due, index);
}

/* An entry for a query, of which fewer than `queries` wait. Of those due the oldest is untold. */
static uint32_t dns_pending_take(struct dns_pending *pending)
{
    uint32_t index = pending->free;
    if (index != NONE) {
        pending->free = pending->entry[index].after;
        return index;
    }
    if (pending->used < pending->entries)
        return pending->used++;
    index = pending->due.oldest;
    dns_pending_unlist(pending, &pending->due, index);
    pending->untold++;
    return index;
}

/* ---- queries and responses ------------------------------------------------------------------ */

struct dns_pending_search {
    uint32_t bucket;
    uint32_t same;          /* the query with this question */
    uint32_t oldest, count; /* of those that agree in all but the question */
};

static struct dns_pending_search dns_pending_find(const struct dns_pending *pending,
                                                  const struct dns_pending_key *key,
                                                  const struct dns_pending_question *question)
{
    struct dns_pending_search found = { dns_pending_bucket_of(pending, key), NONE, NONE, 0 };
    uint32_t index = pending->bucket[found.bucket];
    for (; index != NONE; index = pending->entry[index].next_in_bucket) {
        const struct dns_pending_entry *entry = &pending->entry[index];
        if (memcmp(&entry->key, key, sizeof *key) != 0)
            continue;
        found.count++;
        found.oldest = index; /* the youngest stand in front */
        if (found.same == NONE && dns_pending_same_question(entry, question))
            found.same = index;
    }
    return found;
}

static void dns_pending_fill(struct dns_pending_entry *entry, const struct dns_pending_key *key,
                             const struct dns_pending_question *question,
                             const struct dns_pending_message *query)
{
    entry->key = *key;
    entry->time_ns = query->time_ns;
    entry->number = query->number;
    entry->size = (uint32_t)query->message.len;
    entry->question_len = question->len;
    memcpy(entry->header, query->message.at, HEADER);
    if (question->len > 0)
        memcpy(entry->question, question->at, question->len);
}

bool dns_pending_query(struct dns_pending *pending, const struct dns_pending_message *query,
                       bool *put_out)
{
    struct dns_pending_question question = dns_pending_question_of(query->message);
    struct dns_pending_key key = dns_pending_key_of(query, false);
    struct dns_pending_search found = dns_pending_find(pending, &key, &question);
    *put_out = false;
    if (found.same != NONE)
        return true;
    if (found.count == DNS_PENDING_ALIKE || pending->waiting.count == pending->queries) {
        bool alike = found.count == DNS_PENDING_ALIKE;
        dns_pending_make_due(pending, alike ? found.oldest : pending->waiting.oldest);
        *put_out = true;
    }
    uint32_t index = dns_pending_take(pending);
    struct dns_pending_entry *entry = &pending->entry[index];
    dns_pending_fill(entry, &key, &question, query);
    entry->bucket = found.bucket;
    entry->next_in_bucket = pending->bucket[found.bucket];
    pending->bucket[found.bucket] = index;
    dns_pending_append(pending, &pending->waiting, index);
    dns_pending_settle(pending);
    return false;
}

bool dns_pending_response(struct dns_pending *pending,
                          const struct dns_pending_message *response, int64_t *rtt_ns)
{
    struct dns_pending_question question = dns_pending_question_of(response->message);
    struct dns_pending_key key = dns_pending_key_of(response, true);
    struct dns_pending_search found = dns_pending_find(pending, &key, &question);
    uint32_t index = question.claimed ? found.same : found.oldest;
    if (index == NONE)
        return false;
    *rtt_ns = time_minus(response->time_ns, pending->entry[index].time_ns);
    dns_pending_stop_waiting(pending, index);
    dns_pending_put_back(pending, index);
    dns_pending_settle(pending);
    return true;
}

/* ---- the end of waiting --------------------------------------------------------------------- */

void dns_pending_expire(struct dns_pending *pending, int64_t now_ns)
{
    while (pending->waiting.count > 0) {
        int64_t waited = time_minus(now_ns, pending->entry[pending->waiting.oldest].time_ns);
        if (waited < pending->timeout_ns && waited > -pending->timeout_ns)
            break;
        dns_pending_make_due(pending, pending->waiting.oldest);
    }
    dns_pending_settle(pending);
}

void dns_pending_expire_all(struct dns_pending *pending)
{
    while (pending->waiting.count > 0)
        dns_pending_make_due(pending, pending->waiting.oldest);
    dns_pending_settle(pending);
}

bool dns_pending_is_due(const struct dns_pending *pending)
{
    return pending->due.count > 0;
}

static struct chains_endpoints dns_pending_ends(const struct dns_pending_key *key)
{
    struct chains_endpoints ends = {
        .src.family = key->family,
        .dst.family = key->family,
        .sport = key->client_port,
        .dport = key->server_port,
        .protocol = key->protocol,
    };
    memcpy(ends.src.octets, key->client, sizeof key->client);
    memcpy(ends.dst.octets, key->server, sizeof key->server);
    return ends;
}

bool dns_pending_next_due(struct dns_pending *pending, struct dns_pending_query *query,
                          uint8_t room[DNS_PENDING_KEPT])
{
    if (pending->due.count == 0)
        return false;
    uint32_t index = pending->due.oldest;
    const struct dns_pending_entry *entry = &pending->entry[index];
    query->ends = dns_pending_ends(&entry->key);
    query->number = entry->number;
    query->size = entry->size;
    query->questions = chains_load_be16(entry->header + 4);
    for (unsigned i = 0; i < 3; i++)
        query->records[i] = chains_load_be16(entry->header + 6 + 2 * i);
    memcpy(room, entry->header, HEADER);
    memset(room + 4, 0, HEADER - 4);
    room[5] = entry->question_len > 0;
    memcpy(room + HEADER, entry->question, entry->question_len);
    query->message = (struct chains_bytes){ room, (size_t)HEADER + entry->question_len };
    dns_pending_unlist(pending, &pending->due, index);
    dns_pending_put_back(pending, index);
    dns_pending_settle(pending);
    return true;
}

uint64_t dns_pending_untold(const struct dns_pending *pending)
{
    return pending->untold;
}

size_t dns_pending_waiting(const struct dns_pending *pending)
{
    return pending->waiting.count;
}

size_t dns_pending_bytes(const struct dns_pending *pending)
{
    return sizeof *pending + pending->entries * sizeof *pending->entry +
           pending->buckets * sizeof *pending->bucket;
}
