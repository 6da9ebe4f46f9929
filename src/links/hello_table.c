/* SPDX-License-Identifier: MIT */
/*
 * Hellos that wait for their rest. In: keys of connections. Out: entries. Each is in one bucket, by a
 * hash that nobody outside can foresee, and in one list by age. What the entries hold together never
 * stays above the ceiling, but for the one at hand.
 */
#include "hello_table.h"

#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"

enum { TABLE_PORTS = 512, POOL_PART = 8 /* of what entries hold, for the pool itself */ };

static const uint64_t table_timeout_ns = UINT64_C(10) * 1000 * 1000 * 1000;

struct hello_table {
    struct siphash_key secret;
    struct pool *pool;
    uint32_t count, most, mask;
    size_t bytes, bytes_most; /* of the entries */
    size_t pool_most;
    uint64_t lost;
    struct hello_entry *oldest, *newest;
    struct hello_ports ports[TABLE_PORTS];
    struct hello_entry *bucket[];
};

static uint32_t table_buckets(uint32_t entries)
{
    uint32_t buckets = 1;
    while (buckets < entries)
        buckets *= 2;
    return buckets;
}

size_t hello_table_takes(uint32_t entries, size_t bytes)
{
    return sizeof(struct hello_table) + sizeof(struct pool) +
           (size_t)table_buckets(entries) * sizeof(struct hello_entry *) + bytes +
           bytes / POOL_PART;
}

struct hello_table *hello_table_new(uint32_t entries, size_t bytes)
{
    uint32_t buckets = table_buckets(entries);
    struct hello_table *table =
        calloc(1, sizeof *table + (size_t)buckets * sizeof table->bucket[0]);
    if (!table)
        return NULL;
    table->most = entries;
    table->mask = buckets - 1;
    table->bytes_most = bytes;
    table->pool_most = sizeof *table->pool + bytes + bytes / POOL_PART;
    table->pool = pool_new(bytes);
    if (table->pool && siphash_random_key(&table->secret))
        return table;
    hello_table_free(table);
    return NULL;
}

void hello_table_free(struct hello_table *table)
{
    while (table && table->oldest)
        hello_table_remove(table, table->oldest);
    if (table)
        pool_free(table->pool);
    free(table);
}

struct pool *hello_table_pool(const struct hello_table *table)
{
    return table->pool;
}

size_t hello_table_bytes(const struct hello_table *table)
{
    return sizeof *table + ((size_t)table->mask + 1) * sizeof table->bucket[0] +
           pool_memory(table->pool);
}

size_t hello_table_count(const struct hello_table *table)
{
    return table->count;
}

struct hello_ports *hello_table_ports(struct hello_table *table, uint16_t sport, uint16_t dport)
{
    return &table->ports[(sport ^ dport * 31u) % TABLE_PORTS];
}

bool hello_key_of(const struct chains_record *rec, struct hello_key *key)
{
    struct chains_endpoints ends;
    if (!chains_record_endpoints(rec, &ends))
        return false;
    const size_t len = ends.src.family == 4 ? 4 : sizeof key->src;
    *key = (struct hello_key){
        .sport = ends.sport,
        .dport = ends.dport,
        .family = ends.src.family,
        .protocol = ends.protocol,
    };
    memcpy(key->src, ends.src.octets, len);
    memcpy(key->dst, ends.dst.octets, len);
    return true;
}

struct hello_entry *hello_table_find(struct hello_table *table, const struct hello_key *key)
{
    const uint64_t hash = siphash13(&table->secret, key, sizeof *key);
    struct hello_entry *entry = table->bucket[hash & table->mask];
    while (entry && (entry->hash != hash || memcmp(&entry->key, key, sizeof *key) != 0))
        entry = entry->in_bucket;
    return entry;
}

static void entry_release(struct hello_entry *entry)
{
    if (entry->key.protocol == HELLO_TCP)
        hello_stream_free(&entry->stream);
    else
        quic_flow_release(&entry->quic);
}

void hello_table_remove(struct hello_table *table, struct hello_entry *entry)
{
    struct hello_entry **at = &table->bucket[entry->hash & table->mask];
    while (*at != entry)
        at = &(*at)->in_bucket;
    *at = entry->in_bucket;
    *(entry->older ? &entry->older->newer : &table->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &table->newest) = entry->older;
    hello_table_ports(table, entry->key.sport, entry->key.dport)->waiting--;
    table->count--;
    table->bytes -= entry->charged;
    entry_release(entry);
    pool_give(entry);
}

struct hello_entry *hello_table_add(struct hello_table *table, const struct hello_key *key,
                                    int64_t time_ns)
{
    struct hello_entry *entry = pool_take_zeros(table->pool, sizeof *entry);
    if (!entry)
        return NULL;
    if (table->count == table->most) {
        hello_table_remove(table, table->oldest);
        table->lost++;
    }
    entry->key = *key;
    entry->hash = siphash13(&table->secret, key, sizeof *key);
    entry->time_ns = time_ns;
    struct hello_entry **at = &table->bucket[entry->hash & table->mask];
    entry->in_bucket = *at;
    *at = entry;
    entry->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = entry;
    table->newest = entry;
    table->count++;
    hello_table_ports(table, key->sport, key->dport)->waiting++;
    hello_table_charge(table, entry);
    return entry;
}

void hello_table_charge(struct hello_table *table, struct hello_entry *entry)
{
    const size_t behind = entry->key.protocol == HELLO_TCP ? hello_stream_bytes(&entry->stream)
                                                           : quic_flow_memory(&entry->quic);
    table->bytes -= entry->charged;
    entry->charged = sizeof *entry + behind;
    table->bytes += entry->charged;
    while (table->count > 1 &&
           (table->bytes > table->bytes_most || pool_memory(table->pool) > table->pool_most)) {
        struct hello_entry *goes = table->oldest == entry ? entry->newer : table->oldest;
        hello_table_remove(table, goes);
        table->lost++;
    }
}

/* Far behind is no less wrong than far ahead: the clock was set, or another file begins. */
bool hello_is_recent(int64_t then_ns, int64_t now_ns)
{
    const uint64_t waited = (uint64_t)now_ns - (uint64_t)then_ns;
    return waited + table_timeout_ns <= 2 * table_timeout_ns;
}

void hello_table_expire(struct hello_table *table, int64_t now_ns)
{
    while (table->oldest && !hello_is_recent(table->oldest->time_ns, now_ns))
        hello_table_remove(table, table->oldest);
}

uint64_t hello_table_lost(struct hello_table *table)
{
    const uint64_t lost = table->lost;
    table->lost = 0;
    return lost;
}
