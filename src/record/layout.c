/* SPDX-License-Identifier: MIT */
/*
 * Where layers lie in the rows of one chain. In: the layer types that its components attach.
 * Out: a number for each type and an offset for each slot. Types of one slot share its place;
 * built-in types have their numbers from record.h, others get the next ones.
 */
#include "layout.h"

#include <string.h>

enum { LAYOUT_ALIGN = 16 };

void layout_init(struct chains_layout *layout)
{
    memset(layout, 0, sizeof *layout);
    layout->ids = CHAINS_IDS_BUILT_IN;
    layout->slots = CHAINS_SLOTS_BUILT_IN;
}

int layout_id(const struct chains_layout *layout, const struct chains_layer_type *type)
{
    if (type->id != CHAINS_ID_DYNAMIC)
        return type->id < layout->ids && layout->type[type->id] ? type->id : -1;
    for (int id = CHAINS_IDS_BUILT_IN; id < layout->ids; id++)
        if (layout->type[id] == type)
            return id;
    return -1;
}

/* The slot of this name, a new one when no type so far has it. */
static int layout_slot(struct chains_layout *layout, const char *name)
{
    for (int id = 0; id < layout->ids; id++)
        if (layout->type[id] && strcmp(layout->type[id]->slot, name) == 0)
            return layout->slot_of[id];
    return layout->slots < CHAINS_SLOTS ? layout->slots++ : -1;
}

bool layout_add(struct chains_layout *layout, const struct chains_layer_type *type)
{
    if (layout_id(layout, type) >= 0)
        return true;
    if (type->id != CHAINS_ID_DYNAMIC) {
        layout->type[type->id] = type;
        layout->slot_of[type->id] = type->slot_id;
        return true;
    }
    if (layout->ids == CHAINS_IDS)
        return false;
    int slot = layout_slot(layout, type->slot);
    if (slot < 0)
        return false;
    layout->type[layout->ids] = type;
    layout->slot_of[layout->ids] = (uint8_t)slot;
    layout->ids++;
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
    layout->row_size = (uint32_t)((end + 63) & ~(size_t)63);
    return true;
}

int layout_tag(struct chains_layout *layout, const char *name)
{
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
