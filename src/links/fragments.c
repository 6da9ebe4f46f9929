/* SPDX-License-Identifier: MIT */
/*
 * IP fragments. In: pieces, in any order. Out: whole packets. A packet in pieces is an entry of
 * a fixed table; its bytes lie in blocks of a fixed pool, in order of arrival. Entries are in a
 * list by age, whose head is what times out or makes room. The whole is put together latest
 * piece first, so that the first copy of every byte wins.
 */
#include "fragments.h"

#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"
#include "../bytes/time.h"

enum { BLOCK_BYTES = 1020, NONE = -1 };

struct fragment_block {
    int32_t next;
    uint8_t bytes[BLOCK_BYTES];
};

struct fragment_piece {
    uint16_t offset, len;
    int32_t block; /* the first of its blocks */
};

struct fragment_key {
    uint8_t src[16], dst[16];
    uint32_t id;
    uint8_t version, protocol; /* IPv4 only: RFC 8200 leaves the protocol out */
    uint8_t zero[2];
};

struct fragment_packet {
    struct fragment_key key;
    int64_t time_ns;
    uint32_t total; /* bytes, known with the last piece; 0 before */
    uint32_t held;  /* bytes in pieces, overlaps counted twice */
    uint32_t first_protocol;
    bool overlap;
    uint8_t count;
    int32_t older, newer; /* by age */
    int32_t chain;        /* next in the bucket, or in the free list */
    struct fragment_piece pieces[FRAGMENTS_PIECES];
};

struct fragments {
    struct siphash_key hash_key;
    int64_t timeout_ns;
    size_t packet_count, block_count, bucket_count;
    struct fragment_packet *packets;
    struct fragment_block *blocks;
    int32_t *buckets;
    int32_t free_packet, free_block;     /* heads of the free lists */
    int32_t unused_packet, unused_block; /* never used so far, from here on */
    int32_t oldest, newest;
    uint64_t memory;
};

static size_t fragments_blocks(size_t max_bytes)
{
    return max_bytes / sizeof(struct fragment_block) + 1;
}

static size_t fragments_buckets(size_t max_packets)
{
    size_t buckets = 64;
    while (buckets < 2 * max_packets)
        buckets *= 2;
    return buckets;
}

uint64_t fragments_bytes(size_t max_packets, size_t max_bytes)
{
    return sizeof(struct fragments) + max_packets * sizeof(struct fragment_packet) +
           fragments_blocks(max_bytes) * sizeof(struct fragment_block) +
           fragments_buckets(max_packets) * sizeof(int32_t);
}

struct fragments *fragments_new(size_t max_packets, size_t max_bytes, int64_t timeout_ns)
{
    struct fragments *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->timeout_ns = timeout_ns;
    f->packet_count = max_packets;
    f->block_count = fragments_blocks(max_bytes);
    f->bucket_count = fragments_buckets(max_packets);
    f->packets = malloc(f->packet_count * sizeof *f->packets);
    f->blocks = malloc(f->block_count * sizeof *f->blocks);
    f->buckets = malloc(f->bucket_count * sizeof *f->buckets);
    f->memory = fragments_bytes(max_packets, max_bytes);
    f->free_packet = f->free_block = f->oldest = f->newest = NONE;
    if (!f->packets || !f->blocks || !f->buckets || !siphash_random_key(&f->hash_key)) {
        fragments_free(f);
        return NULL;
    }
    for (size_t i = 0; i < f->bucket_count; i++)
        f->buckets[i] = NONE;
    return f;
}

void fragments_free(struct fragments *f)
{
    if (!f)
        return;
    free(f->packets);
    free(f->blocks);
    free(f->buckets);
    free(f);
}

uint64_t fragments_memory(const struct fragments *f)
{
    return f->memory;
}

static int32_t *fragments_bucket(struct fragments *f, const struct fragment_key *key)
{
    return &f->buckets[siphash13(&f->hash_key, key, sizeof *key) & (f->bucket_count - 1)];
}

static void fragments_free_blocks(struct fragments *f, int32_t first)
{
    while (first != NONE) {
        int32_t next = f->blocks[first].next;
        f->blocks[first].next = f->free_block;
        f->free_block = first;
        first = next;
    }
}

/* Takes a packet out of the bucket and the list by age, and gives its blocks back. */
static void fragments_drop(struct fragments *f, int32_t index)
{
    struct fragment_packet *packet = &f->packets[index];
    int32_t *link = fragments_bucket(f, &packet->key);
    while (*link != index)
        link = &f->packets[*link].chain;
    *link = packet->chain;
    *(packet->older == NONE ? &f->oldest : &f->packets[packet->older].newer) = packet->newer;
    *(packet->newer == NONE ? &f->newest : &f->packets[packet->newer].older) = packet->older;
    for (unsigned i = 0; i < packet->count; i++)
        fragments_free_blocks(f, packet->pieces[i].block);
    packet->chain = f->free_packet;
    f->free_packet = index;
}

static void fragments_expire(struct fragments *f, int64_t now_ns)
{
    while (f->oldest != NONE &&
           f->packets[f->oldest].time_ns < time_minus(now_ns, f->timeout_ns))
        fragments_drop(f, f->oldest);
}

static int32_t fragments_take_packet(struct fragments *f)
{
    int32_t index = f->free_packet;
    if (index != NONE) {
        f->free_packet = f->packets[index].chain;
        return index;
    }
    return (size_t)f->unused_packet < f->packet_count ? f->unused_packet++ : NONE;
}

static int32_t fragments_take_block(struct fragments *f)
{
    int32_t index = f->free_block;
    if (index != NONE) {
        f->free_block = f->blocks[index].next;
        return index;
    }
    return (size_t)f->unused_block < f->block_count ? f->unused_block++ : NONE;
}

static struct fragment_key fragments_key(const struct chains_ip *ip)
{
    struct fragment_key key;
    memset(&key, 0, sizeof key);
    memcpy(key.src, ip->src.octets, 16);
    memcpy(key.dst, ip->dst.octets, 16);
    key.id = ip->id;
    key.version = ip->version;
    key.protocol = ip->version == 4 ? ip->protocol : 0;
    return key;
}

/* The packet of a piece, a new one when it is the first to come. */
static int32_t fragments_packet(struct fragments *f, const struct fragments_piece *piece,
                                unsigned *limited)
{
    struct fragment_key key = fragments_key(piece->ip);
    int32_t *bucket = fragments_bucket(f, &key);
    for (int32_t i = *bucket; i != NONE; i = f->packets[i].chain)
        if (memcmp(&f->packets[i].key, &key, sizeof key) == 0)
            return i;
    int32_t index = fragments_take_packet(f);
    if (index == NONE) {
        fragments_drop(f, f->oldest);
        ++*limited;
        index = fragments_take_packet(f);
    }
    struct fragment_packet *packet = &f->packets[index];
    packet->key = key;
    packet->time_ns = piece->time_ns;
    packet->total = packet->held = 0;
    packet->first_protocol = piece->protocol;
    packet->overlap = false;
    packet->count = 0;
    packet->chain = *bucket;
    *bucket = index;
    packet->older = f->newest;
    packet->newer = NONE;
    *(f->newest == NONE ? &f->oldest : &f->packets[f->newest].newer) = index;
    f->newest = index;
    return index;
}

/* Copies bytes into blocks; older packets make room, never the packet `keep` itself. */
static int32_t fragments_store(struct fragments *f, struct chains_bytes bytes, int32_t keep,
                               unsigned *limited)
{
    int32_t first = NONE, *link = &first;
    for (size_t done = 0; done < bytes.len;) {
        int32_t block = fragments_take_block(f);
        while (block == NONE && f->oldest != NONE && f->oldest != keep) {
            fragments_drop(f, f->oldest);
            ++*limited;
            block = fragments_take_block(f);
        }
        if (block == NONE) {
            *link = NONE;
            fragments_free_blocks(f, first);
            return NONE;
        }
        size_t part = bytes.len - done < BLOCK_BYTES ? bytes.len - done : BLOCK_BYTES;
        memcpy(f->blocks[block].bytes, chains_behind(bytes, done).at, part);
        done += part;
        *link = block;
        link = &f->blocks[block].next;
    }
    *link = NONE;
    return first;
}

/* Whether the pieces cover the whole. */
static bool fragments_complete(const struct fragment_packet *packet)
{
    uint32_t reached = 0;
    bool moved = true;
    if (!packet->total || packet->held < packet->total)
        return false;
    while (moved && reached < packet->total) {
        moved = false;
        for (unsigned i = 0; i < packet->count; i++) {
            uint32_t end = (uint32_t)packet->pieces[i].offset + packet->pieces[i].len;
            if (packet->pieces[i].offset <= reached && end > reached) {
                reached = end;
                moved = true;
            }
        }
    }
    return reached >= packet->total;
}

static bool fragments_whole(const struct fragments *f, const struct fragment_packet *packet,
                            struct chains_arena *arena, struct chains_bytes *whole)
{
    uint8_t *bytes = chains_arena_take(arena, packet->total);
    if (!bytes)
        return false;
    for (unsigned i = packet->count; i-- > 0;) {
        const struct fragment_piece *piece = &packet->pieces[i];
        size_t done = 0;
        for (int32_t block = piece->block; done < piece->len; block = f->blocks[block].next) {
            size_t left = piece->len - done;
            size_t part = left < BLOCK_BYTES ? left : BLOCK_BYTES;
            memcpy(bytes + piece->offset + done, f->blocks[block].bytes, part);
            done += part;
        }
    }
    *whole = (struct chains_bytes){ bytes, packet->total };
    return true;
}

/* The bytes that the header promises; a piece that was not captured whole is of no use. */
static bool fragments_piece_is_whole(const struct fragments_piece *piece)
{
    const struct chains_ip *ip = piece->ip;
    uint32_t header = ip->version == 4 ? ip->header_len : ip->header_len - 40u;
    return ip->len == 0 || piece->bytes.len + header >= ip->len;
}

/* Whether a piece contradicts its own header or what is known of its packet. */
static bool fragments_piece_is_odd(const struct fragment_packet *packet, uint32_t offset,
                                   uint32_t len, bool last)
{
    if (len == 0 || offset + len > FRAGMENTS_WHOLE || (!last && len % 8))
        return true;
    if (packet->total)
        return last ? offset + len != packet->total : offset + len > packet->total;
    if (last)
        for (unsigned i = 0; i < packet->count; i++)
            if (packet->pieces[i].offset + packet->pieces[i].len > (int)(offset + len))
                return true;
    return false;
}

enum fragment_place { FRAGMENT_NEW, FRAGMENT_AGAIN, FRAGMENT_OVERLAPS };

static enum fragment_place fragments_place(const struct fragment_packet *packet,
                                           uint32_t offset, uint32_t len)
{
    enum fragment_place place = FRAGMENT_NEW;
    for (unsigned i = 0; i < packet->count; i++) {
        uint32_t at = packet->pieces[i].offset, end = at + packet->pieces[i].len;
        if (at == offset && end == offset + len)
            return FRAGMENT_AGAIN;
        if (at < offset + len && offset < end)
            place = FRAGMENT_OVERLAPS;
    }
    return place;
}

bool fragments_add(struct fragments *f, struct fragments_piece *piece,
                   struct chains_arena *arena, struct chains_bytes *whole, unsigned *flags,
                   unsigned *limited)
{
    fragments_expire(f, piece->time_ns);
    if (!fragments_piece_is_whole(piece))
        return false;
    int32_t index = fragments_packet(f, piece, limited);
    struct fragment_packet *packet = &f->packets[index];
    uint32_t offset = piece->ip->offset * 8u, len = (uint32_t)piece->bytes.len;
    bool last = !piece->ip->mf;
    if (piece->bytes.len > FRAGMENTS_WHOLE ||
        fragments_piece_is_odd(packet, offset, len, last)) {
        *flags |= CHAINS_BROKEN;
        return false;
    }
    enum fragment_place place = fragments_place(packet, offset, len);
    if (place == FRAGMENT_AGAIN)
        return false;
    if (place == FRAGMENT_OVERLAPS) {
        packet->overlap = true;
        *flags |= CHAINS_OVERLAP;
    }
    int32_t block = NONE;
    if (packet->count < FRAGMENTS_PIECES)
        block = fragments_store(f, piece->bytes, index, limited);
    if (block == NONE) {
        fragments_drop(f, index);
        ++*limited;
        return false;
    }
    packet->pieces[packet->count++] =
        (struct fragment_piece){ (uint16_t)offset, (uint16_t)len, block };
    packet->held += len;
    if (last)
        packet->total = offset + len;
    if (offset == 0)
        packet->first_protocol = piece->protocol;
    if (!fragments_complete(packet))
        return false;
    bool done = fragments_whole(f, packet, arena, whole);
    *limited += !done;
    *flags |= packet->overlap ? CHAINS_OVERLAP : 0;
    piece->protocol = packet->first_protocol;
    fragments_drop(f, index);
    return done;
}
