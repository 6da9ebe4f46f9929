/* SPDX-License-Identifier: MIT */
/*
 * Secrets by the client's random. In: lines of a key log that grows and of the texts that capture
 * files carry. Out: the secret that a connection asks for. The table has a fixed number of places,
 * which are filled in a circle, so that the oldest goes; chains of places hang in buckets, hashed
 * with a random key. What comes twice stands once, as it came last.
 */
#include "tls_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bytes/siphash.h"
#include "../bytes/text.h"
#include "../bytes/time.h"
#include "tls_keyfile.h"
#include "tls_keylog.h"

enum { KEYS_WHY = 320, KEYS_SOURCES = 64 /* captures that bring some, as counted ahead */ };

/* How long a miss may rely on the latest look at the file. */
static const int64_t KEYS_LOOK_NS = 5 * TIME_SECOND_NS / 1000;

struct keys_place {
    struct tls_keylog_entry entry;
    uint32_t next; /* in its bucket: number of a place, from 1; 0: none */
};

struct tls_keys {
    struct siphash_key key;
    struct keys_place *places;
    uint32_t *buckets;
    uint32_t most, used, oldest; /* used: places that are filled; oldest: the next to go */
    uint32_t mask;
    struct tls_keyfile file;
    int64_t looked_ns;
    size_t *taken; /* bytes read of each source's text */
    size_t taken_count;
    uint64_t bad, lost;
    uint64_t file_bad, file_keys; /* lines of the file */
    bool tail_bad;                /* its last one has not ended, and is no key as it is */
};

static uint32_t keys_buckets(uint32_t most)
{
    uint32_t buckets = 1;
    while (buckets < most && buckets < UINT32_C(1) << 31)
        buckets *= 2;
    return buckets;
}

size_t tls_keys_takes(uint32_t most)
{
    return sizeof(struct tls_keys) + most * sizeof(struct keys_place) +
           (size_t)keys_buckets(most) * sizeof(uint32_t) + KEYS_SOURCES * sizeof(size_t) +
           TLS_KEYFILE_PIECE + TLS_KEYFILE_LINE;
}

struct tls_keys *tls_keys_new(uint32_t most)
{
    uint32_t buckets = keys_buckets(most);
    struct tls_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->file.fd = -1;
    keys->most = most ? most : 1;
    keys->mask = buckets - 1;
    keys->places = calloc(keys->most, sizeof *keys->places);
    keys->buckets = calloc(buckets, sizeof *keys->buckets);
    if (keys->places && keys->buckets && siphash_random_key(&keys->key))
        return keys;
    tls_keys_free(keys);
    return NULL;
}

void tls_keys_free(struct tls_keys *keys)
{
    if (!keys)
        return;
    tls_keyfile_close(&keys->file);
    if (keys->places)
        explicit_bzero(keys->places, keys->used * sizeof *keys->places);
    free(keys->places);
    free(keys->buckets);
    free(keys->taken);
    free(keys);
}

static uint32_t *keys_bucket(const struct tls_keys *keys, unsigned label, const uint8_t *random)
{
    uint8_t about[TLS_RANDOM + 1];
    memcpy(about, random, TLS_RANDOM);
    about[TLS_RANDOM] = (uint8_t)label;
    return &keys->buckets[siphash13(&keys->key, about, sizeof about) & keys->mask];
}

static struct keys_place *keys_place(const struct tls_keys *keys, unsigned label,
                                     const uint8_t *random)
{
    for (uint32_t i = *keys_bucket(keys, label, random); i; i = keys->places[i - 1].next) {
        struct keys_place *place = &keys->places[i - 1];
        if (place->entry.label == label && memcmp(place->entry.random, random, TLS_RANDOM) == 0)
            return place;
    }
    return NULL;
}

/* Takes the oldest out of its bucket. */
static void keys_lose(struct tls_keys *keys)
{
    const struct keys_place *old = &keys->places[keys->oldest];
    uint32_t *link = keys_bucket(keys, old->entry.label, old->entry.random);
    while (*link != keys->oldest + 1)
        link = &keys->places[*link - 1].next;
    *link = old->next;
    keys->lost++;
}

static void keys_add(struct tls_keys *keys, const struct tls_keylog_entry *entry)
{
    struct keys_place *place = keys_place(keys, entry->label, entry->random);
    if (place) {
        place->entry.secret = entry->secret;
        return;
    }
    uint32_t number = keys->used;
    if (keys->used == keys->most) {
        keys_lose(keys);
        number = keys->oldest;
        keys->oldest = (keys->oldest + 1) % keys->most;
    } else {
        keys->used++;
    }
    uint32_t *bucket = keys_bucket(keys, entry->label, entry->random);
    keys->places[number] = (struct keys_place){ .entry = *entry, .next = *bucket };
    *bucket = number + 1;
}

static enum tls_keylog_line keys_line(struct tls_keys *keys, struct chains_bytes line)
{
    struct tls_keylog_entry entry;
    enum tls_keylog_line kind = tls_keylog_read(line, &entry);
    switch (kind) {
    case TLS_KEYLOG_SECRET:
        keys_add(keys, &entry);
        break;
    case TLS_KEYLOG_BAD:
    case TLS_KEYLOG_NOTHING:
        break;
    }
    explicit_bzero(&entry, sizeof entry);
    return kind;
}

/* What has not ended is a key or not yet one: only the right lengths make one. */
static void keys_file_line(void *user, struct chains_bytes line, bool ended)
{
    struct tls_keys *keys = user;
    enum tls_keylog_line kind = keys_line(keys, line);
    keys->file_keys += kind == TLS_KEYLOG_SECRET;
    keys->tail_bad = kind == TLS_KEYLOG_BAD && !ended;
    if (kind == TLS_KEYLOG_BAD && ended) {
        keys->file_bad++;
        keys->bad++;
    }
}

bool tls_keys_follow(struct tls_keys *keys, const char *path)
{
    tls_keyfile_close(&keys->file);
    keys->file_bad = keys->file_keys = 0;
    keys->tail_bad = false;
    return tls_keyfile_open(&keys->file, path);
}

static bool keys_look(struct tls_keys *keys, char *why, size_t why_size)
{
    bool good = tls_keyfile_look(&keys->file, keys_file_line, keys, why, why_size);
    keys->looked_ns = time_coarse_ns();
    return good;
}

/* Lines of a source are whole; what ends them is as in a file. */
static void keys_text(struct tls_keys *keys, const char *text, size_t len)
{
    const char *end = text + len, *at = text;
    for (const char *p = text; p <= end; p++) {
        if (p < end && *p != '\n' && *p != '\r')
            continue;
        const struct chains_bytes line = { (const uint8_t *)at, (size_t)(p - at) };
        keys->bad += keys_line(keys, line) == TLS_KEYLOG_BAD;
        at = p + 1;
    }
}

static bool keys_sources(struct tls_keys *keys, const struct chains_source_info *source)
{
    if (keys->taken_count < source->secrets_count) {
        size_t *taken = realloc(keys->taken, source->secrets_count * sizeof *taken);
        if (!taken)
            return false;
        keys->taken = taken;
        while (keys->taken_count < source->secrets_count)
            taken[keys->taken_count++] = 0;
    }
    for (size_t i = 0; i < source->secrets_count; i++) {
        const struct chains_secrets *secrets = source->secrets[i];
        size_t from = keys->taken[i];
        if (secrets->len <= from)
            continue;
        keys->taken[i] = secrets->len;
        keys_text(keys, secrets->text + from, secrets->len - from);
    }
    return true;
}

bool tls_keys_refresh(struct tls_keys *keys, const struct chains_source_info *source, char *why,
                      size_t why_size)
{
    if (source && !keys_sources(keys, source)) {
        *why = '\0';
        return false;
    }
    return !keys->file.path || keys_look(keys, why, why_size);
}

/* The second look finds what has not ended. */
static bool keys_look_twice(struct tls_keys *keys, char *why, size_t why_size)
{
    return keys_look(keys, why, why_size) && keys_look(keys, why, why_size);
}

bool tls_keys_load(struct tls_keys *keys, char *why, size_t why_size)
{
    char name[TEXT_PATH + 1];
    if (!keys_look_twice(keys, why, why_size))
        return false;
    if (keys->file.seen)
        return true;
    text_path(name, keys->file.path);
    snprintf(why, why_size, "cannot read the key log %s: %s", name, strerror(ENOENT));
    return false;
}

bool tls_keys_end(struct tls_keys *keys, char *why, size_t why_size)
{
    char name[TEXT_PATH + 1];
    if (!keys->file.path)
        return true;
    if (!keys_look_twice(keys, why, why_size))
        return false;
    text_path(name, keys->file.path);
    keys->bad += keys->tail_bad;
    keys->file_bad += keys->tail_bad;
    keys->tail_bad = false;
    if (!keys->file.seen && !keys->file.told) {
        snprintf(why, why_size, "the key log %s was never there: nothing was opened with it",
                 name);
        return false;
    }
    if (keys->file_keys > 0 || keys->file_bad == 0)
        return true;
    snprintf(why, why_size,
             "no key was found in the key log %s; lines that are not in the SSLKEYLOGFILE "
             "format: %" PRIu64,
             name, keys->file_bad);
    return false;
}

bool tls_keys_follows(const struct tls_keys *keys)
{
    return keys->file.path != NULL;
}

bool tls_keys_any(const struct tls_keys *keys)
{
    return keys->used > 0 || tls_keys_follows(keys);
}

bool tls_keys_knows(const struct tls_keys *keys, const uint8_t random[TLS_RANDOM])
{
    for (unsigned label = 0; label < TLS_SECRETS; label++)
        if (keys_place(keys, label, random))
            return true;
    return false;
}

/* Whether the file may have more by now than when it was looked at. */
static bool keys_may_have_more(const struct tls_keys *keys)
{
    return keys->file.path &&
           (keys->file.more || time_coarse_ns() - keys->looked_ns >= KEYS_LOOK_NS);
}

const struct tls_secret *tls_keys_find(struct tls_keys *keys, enum tls_secret_label label,
                                       const uint8_t random[TLS_RANDOM])
{
    char why[KEYS_WHY];
    const struct keys_place *place = keys_place(keys, label, random);
    if (!place && keys_may_have_more(keys)) {
        /* What is wrong with it is for tls_keys_refresh() to say. */
        bool told = keys->file.told;
        keys_look(keys, why, sizeof why);
        keys->file.told = told;
        place = keys_place(keys, label, random);
    }
    return place ? &place->entry.secret : NULL;
}

uint64_t tls_keys_bad(const struct tls_keys *keys)
{
    return keys->bad;
}

uint64_t tls_keys_lost(const struct tls_keys *keys)
{
    return keys->lost;
}

size_t tls_keys_bytes(const struct tls_keys *keys)
{
    size_t bytes = sizeof *keys + keys->most * sizeof *keys->places +
                   ((size_t)keys->mask + 1) * sizeof *keys->buckets +
                   keys->taken_count * sizeof *keys->taken;
    return keys->file.path ? bytes + TLS_KEYFILE_PIECE + TLS_KEYFILE_LINE : bytes;
}
