/* SPDX-License-Identifier: MIT */
#ifndef RECORD_PATH_H
#define RECORD_PATH_H

#include <chains/record.h>

/*
 * A named value of records: "transport.dport", "outer.src", "tags", "number". In: words and the
 * layout of a chain. Out: where the value lies in each type of layer that has it, found once, so
 * that reading it takes a bit test and an addition.
 *
 *   number, timestamp, len, caplen, flags     what every record has (chains_record_fields)
 *   SLOT                                      a layer is there: packet, dns
 *   TYPE                                      a layer of this type is there: tcp, ip6, arp
 *   SLOT.type                                 its name: "TCP"
 *   SLOT.FIELD[.FIELD]...                     a field, also inside objects and lists
 *   TYPE.FIELD...                             of this type alone: tcp.window
 *
 * A slot whose layer is shown as its only field (tags, outer) stands for that field. A field may be
 * found by other names, too, that are not shown (struct chains_field, `alias`).
 */

enum {
    PATH_STEPS = 6,  /* objects and lists inside each other */
    PATH_TYPES = 16, /* types of layers that may share a path */
};

enum path_kind {
    PATH_LAYER, /* presence of a layer alone */
    PATH_TYPE, /* the name of the layer's type, text; where a place has steps, the value of that
                   type's own field "type" (transport.type is TCP, and OSPF) */
    PATH_FIELD,
};

/*
 * Where the value lies in layers of one type: the fields on the way, each in the struct that the
 * one before is. All but the last are objects and lists; the last one is the value.
 */
struct path_place {
    const struct chains_field *step[PATH_STEPS];
    uint8_t steps;
    bool
        many; /* it may have several values: a list on the way, an array or a list at its end */
};

struct path {
    enum path_kind kind;
    bool record;                  /* a field of the record itself: place[0] */
    uint64_t bits;                /* types of layers that have it */
    uint8_t place_of[CHAINS_IDS]; /* by type number */
    struct path_place place[PATH_TYPES];
    uint8_t places;
    uint8_t slot; /* of the layers, when they share one: they all do */
};

/*
 * Finds `text` (`len` bytes) among the types in `layout` whose bits are in `types`. CHAINS_OK, or
 * CHAINS_EUSAGE with a sentence in `error`: no such layer or field, with the nearest spelling, what
 * Wireshark calls so, or the component that would attach it.
 */
int path_find(struct path *path, const struct chains_layout *layout, uint64_t types,
              const char *text, size_t len, char *error, size_t error_size);

/* The field at the end of a place; NULL for PATH_LAYER and PATH_TYPE. */
static inline const struct chains_field *path_field(const struct path_place *place)
{
    return place->steps ? place->step[place->steps - 1] : NULL;
}

/* The place of a path in a record and the struct it begins in, or NULL when no layer has it. */
static inline const struct path_place *
path_place(const struct path *path, const struct chains_record *rec, const void **base)
{
    if (path->record) {
        *base = rec;
        return &path->place[0];
    }
    uint64_t bits = rec->present & path->bits;
    if (!bits)
        return NULL;
    *base = (const char *)rec + rec->layout->offset[path->slot];
    return &path->place[path->place_of[__builtin_ctzll(bits)]];
}

/* One value after the other. */
struct path_walk {
    const struct chains_field *field; /* of the value: its type, size and names */
    const void *at; /* the value; of ARRAY, RAWS, NUMBERS one item of `field->size` bytes */
    /* inside */
    const struct path_place *place;
    struct {
        const char *base;
        uint32_t index, count;
    } level[PATH_STEPS];
    uint32_t item, items;
};

/*
 * Begins a walk over the values of a PATH_FIELD in a record, then goes on; false at the end. A
 * value whose `has` bit is not set, an absent text, an address without family, an empty list, and
 * no bytes at all in a field that is left out then are not values; a number 0 is, and so is each
 * item of a list, of no bytes too.
 */
bool path_first(struct path_walk *walk, const struct path *path,
                const struct chains_record *rec);
bool path_next(struct path_walk *walk);

/* Whether a record has the layer, or a value of the field. */
bool path_holds(const struct path *path, const struct chains_record *rec);

#endif
