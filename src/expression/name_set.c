/* SPDX-License-Identifier: MIT */
/*
 * Names in a hash table. In: names in any order, some of them twice. Out: whether a name, or one
 * that it ends in, is among them. Kept: the work for a name is bounded by what is in the set, not
 * by the name: only its last labels and bytes, as many as a name in the set has, are looked at.
 */
#include "name_set.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_HEAD = 3, NAME_EXACT = 1, NAME_SUFFIX = 2, LABEL_BITS = 64 };

bool name_set_begin(struct name_set *set)
{
    *set = (struct name_set){ .slot = NULL };
    return siphash_random_key(&set->key);
}

static void name_fold(char *out, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned c = (unsigned char)name[i];
        out[i] = (char)(c - 'A' < 26U ? c | 0x20 : c);
    }
}

static unsigned name_labels(const char *name, size_t len)
{
    unsigned labels = 1;
    for (size_t i = 0; i < len; i++)
        labels += name[i] == '.';
    return labels;
}

static uint64_t name_label_bit(unsigned labels)
{
    return UINT64_C(1) << (labels < LABEL_BITS ? labels : LABEL_BITS - 1);
}

bool name_set_add(struct name_set *set, const char *name, size_t len, bool suffix)
{
    size_t need = set->text_len + NAME_HEAD + len;
    if (need >= UINT32_MAX)
        return false;
    if (need > set->text_room) {
        size_t room = set->text_room ? set->text_room * 2 : 2 * NAME_SET_MOST;
        char *text = realloc(set->text, room); /* doubling holds any one name */
        if (!text)
            return false;
        set->text = text;
        set->text_room = room;
    }
    char *head = set->text + set->text_len;
    uint16_t bytes = (uint16_t)len;
    head[0] = suffix ? NAME_EXACT | NAME_SUFFIX : NAME_EXACT;
    memcpy(head + 1, &bytes, sizeof bytes);
    name_fold(head + NAME_HEAD, name, len);
    set->text_len = need;
    set->count++;
    set->longest = len > set->longest ? len : set->longest;
    if (suffix) {
        unsigned labels = name_labels(name, len);
        set->longest_suffix = len > set->longest_suffix ? len : set->longest_suffix;
        set->labels_most = labels > set->labels_most ? labels : set->labels_most;
        set->labels |= name_label_bit(labels);
    }
    return true;
}

/* The slot of a folded name, or the free one where it belongs. */
static struct name_slot *name_slot(const struct name_set *set, const char *name, size_t len,
                                   uint32_t *tag)
{
    uint64_t hash = siphash13(&set->key, name, len);
    size_t mask = set->slots - 1, i = (size_t)hash & mask;
    *tag = (uint32_t)(hash >> 32);
    for (;; i = (i + 1) & mask) {
        struct name_slot *slot = &set->slot[i];
        if (slot->at == 0)
            return slot;
        if (slot->tag != *tag)
            continue;
        const char *head = set->text + slot->at - 1;
        uint16_t bytes;
        memcpy(&bytes, head + 1, sizeof bytes);
        if (bytes == len && memcmp(head + NAME_HEAD, name, len) == 0)
            return slot;
    }
}

bool name_set_build(struct name_set *set)
{
    set->slots = 8;
    while (set->slots < 2 * set->count)
        set->slots *= 2;
    set->slot = calloc(set->slots, sizeof *set->slot);
    if (!set->slot)
        return false;
    for (size_t at = 0; at < set->text_len;) {
        char *head = set->text + at;
        uint16_t bytes;
        uint32_t tag;
        memcpy(&bytes, head + 1, sizeof bytes);
        struct name_slot *slot = name_slot(set, head + NAME_HEAD, bytes, &tag);
        if (slot->at)
            set->text[slot->at - 1] |= head[0];
        else
            *slot = (struct name_slot){ (uint32_t)at + 1, tag };
        at += NAME_HEAD + (size_t)bytes;
    }
    char *text = set->text_len ? realloc(set->text, set->text_len) : NULL;
    if (text) {
        set->text = text;
        set->text_room = set->text_len;
    }
    return true;
}

/* The flags of a folded name, 0 when it is not there. */
static int name_flags(const struct name_set *set, const char *name, size_t len)
{
    uint32_t tag;
    const struct name_slot *slot = name_slot(set, name, len, &tag);
    return slot->at ? set->text[slot->at - 1] : 0;
}

/* Whether the folded name ends, behind a dot, in one of which that is enough. */
static bool name_ends(const struct name_set *set, const char *name, size_t len)
{
    unsigned labels = 0;
    for (size_t at = len; at-- > 0 && len - at - 1 <= set->longest_suffix;) {
        if (name[at] != '.')
            continue;
        if (++labels > set->labels_most)
            return false;
        if ((set->labels & name_label_bit(labels)) &&
            (name_flags(set, name + at + 1, len - at - 1) & NAME_SUFFIX))
            return true;
    }
    return false;
}

bool name_set_has(const struct name_set *set, const char *name, size_t len)
{
    char folded[NAME_SET_MOST + 1];
    if (len > 0 && name[len - 1] == '.')
        len--;
    if (set->count == 0 || len == 0)
        return false;
    bool whole = len <= set->longest;
    size_t most = whole ? len : set->longest_suffix + 1; /* the dot before it */
    if (most < len)
        name += len - most;
    most = most < len ? most : len;
    name_fold(folded, name, most);
    return (whole && name_flags(set, folded, most)) || name_ends(set, folded, most);
}

size_t name_set_memory(const struct name_set *set)
{
    return set->slots * sizeof *set->slot + set->text_room;
}

void name_set_free(struct name_set *set)
{
    free(set->slot);
    free(set->text);
    *set = (struct name_set){ .slot = NULL };
}
