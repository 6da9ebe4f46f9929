/* SPDX-License-Identifier: MIT */
/*
 * Where layers lie in the rows of one chain. In: the layer types that its components attach.
 * Out: a number for each type and an offset for each slot. Types of one slot share its place;
 * built-in types have their numbers from record.h, others get the next ones.
 */
#include "layout.h"

#include <string.h>

enum { LAYOUT_ALIGN = 16, LAYOUT_LAYER_MOST = 16384 };

void layout_init(struct chains_layout *layout)
{
    memset(layout, 0, sizeof *layout);
    layout->ids = CHAINS_IDS_BUILT_IN;
    layout->slots = CHAINS_SLOTS_BUILT_IN;
}

int layout_id(const struct chains_layout *layout, const struct chains_layer_type *type)
{
    if (type->id != CHAINS_ID_DYNAMIC)
        return type->id < CHAINS_IDS_BUILT_IN && layout->type[type->id] == type ? type->id : -1;
    for (int id = CHAINS_IDS_BUILT_IN; id < layout->ids; id++)
        if (layout->type[id] == type)
            return id;
    return -1;
}

/* The slot of this name: a built-in one, that of an earlier type, or a new one. */
static int layout_slot(struct chains_layout *layout, const char *name)
{
    static const char *const built_in[CHAINS_SLOTS_BUILT_IN] = {
        [CHAINS_SLOT_eth] = "eth",
        [CHAINS_SLOT_link] = "link",
        [CHAINS_SLOT_mpls] = "mpls",
        [CHAINS_SLOT_packet] = "packet",
        [CHAINS_SLOT_transport] = "transport",
        [CHAINS_SLOT_tunnel] = "tunnel",
        [CHAINS_SLOT_outer] = "outer",
        [CHAINS_SLOT_endpoints] = "endpoints",
        [CHAINS_SLOT_stream] = "stream",
        [CHAINS_SLOT_dns] = "dns",
        [CHAINS_SLOT_weird] = "weird",
        [CHAINS_SLOT_tls] = "tls",
        [CHAINS_SLOT_quic] = "quic",
        [CHAINS_SLOT_http] = "http",
        [CHAINS_SLOT_flow] = "flow",
        [CHAINS_SLOT_domains] = "domains",
        [CHAINS_SLOT_tags] = "tags",
    };
    for (int slot = 0; slot < CHAINS_SLOTS_BUILT_IN; slot++)
        if (strcmp(built_in[slot], name) == 0)
            return slot;
    for (int id = CHAINS_IDS_BUILT_IN; id < layout->ids; id++)
        if (strcmp(layout->type[id]->slot, name) == 0)
            return layout->slot_of[id];
    return layout->slots < CHAINS_SLOTS ? layout->slots++ : -1;
}

bool layout_add(struct chains_layout *layout, const struct chains_layer_type *type)
{
    if (layout_id(layout, type) >= 0)
        return true;
    if (type->size > LAYOUT_LAYER_MOST)
        return false;
    int id = type->id, slot = type->slot_id;
    if (id == CHAINS_ID_DYNAMIC) {
        slot = layout_slot(layout, type->slot);
        if (layout->ids == CHAINS_IDS || slot < 0)
            return false;
        id = layout->ids++;
    } else if (id >= CHAINS_IDS_BUILT_IN || slot >= CHAINS_SLOTS_BUILT_IN || layout->type[id]) {
        return false; /* not a number of ours, or one that another type has */
    }
    layout->type[id] = type;
    layout->slot_of[id] = (uint8_t)slot;
    layout->slot_bits[slot] |= UINT64_C(1) << id;
    return true;
}

bool layout_finish(struct chains_layout *layout)
{
    size_t end = sizeof(struct chains_record);
    for (unsigned slot = 0; slot < layout->slots; slot++) {
        size_t size = 0;
        for (unsigned id = 0; id < layout->ids; id++)
            if (layout->type[id] && layout->slot_of[id] == slot &&
                layout->type[id]->size > size)
                size = layout->type[id]->size;
        if (size == 0)
            continue;
        end = (end + LAYOUT_ALIGN - 1) & ~(size_t)(LAYOUT_ALIGN - 1);
        if (end > UINT16_MAX)
            return false;
        layout->offset[slot] = (uint16_t)end;
        end += size;
    }
    /* An odd number of cache lines, so that what many rows have in one place does not meet in few sets. */
    layout->row_size = (uint32_t)(((end + 63) & ~(size_t)63) | 64);
    return true;
}

bool tag_is_plain(const char *name, size_t len)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-.:";
    size_t good = 0;
    while (good < len && name[good] && strchr(plain, name[good]))
        good++;
    return len > 0 && len < TAG_SIZE && good == len;
}

bool layer_is_bare(const struct chains_layer_type *type)
{
    const struct chains_field *only = type->fields, *more = only->name ? only + 1 : only;
    while (more->name && more->alias)
        more++;
    return only->name && !more->name && strcmp(only->name, type->slot) == 0;
}

int layout_tag(struct chains_layout *layout, const char *name)
{
    if (!tag_is_plain(name, strnlen(name, TAG_SIZE)))
        return -1;
    for (int bit = 0; bit < layout->tag_count; bit++)
        if (strcmp(layout->tag[bit], name) == 0)
            return bit;
    if (layout->tag_count == 64)
        return -1;
    layout->tag[layout->tag_count] = name;
    return layout->tag_count++;
}

const void *chains_find(const struct chains_record *rec, const struct chains_layer_type *type)
{
    int id = layout_id(rec->layout, type);
    if (id < 0 || !(rec->present >> id & 1))
        return NULL;
    return (const char *)rec + rec->layout->offset[rec->layout->slot_of[id]];
}

int chains_tag_number(const struct chains_record *rec, const char *name)
{
    for (int bit = 0; bit < rec->layout->tag_count; bit++)
        if (strcmp(rec->layout->tag[bit], name) == 0)
            return bit;
    return -1;
}
