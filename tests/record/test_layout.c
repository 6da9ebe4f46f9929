/* SPDX-License-Identifier: MIT */
/* Where layers lie in rows: built-in types, types of a user's own, and the limits. */
#include "../../src/record/layout.h"
#include "../check.h"

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type small = {
    "transport", "SMALL", 10, no_fields, CHAINS_ID_tcp, CHAINS_SLOT_transport
};
static const struct chains_layer_type large = { "transport",   "LARGE",
                                                500,           no_fields,
                                                CHAINS_ID_udp, CHAINS_SLOT_transport };
static const struct chains_layer_type other = { "eth",     "eth",         33,
                                                no_fields, CHAINS_ID_eth, CHAINS_SLOT_eth };
static const struct chains_layer_type mine = { "mine", "mine", 24, no_fields, CHAINS_ID_DYNAMIC,
                                               0 };
static const struct chains_layer_type same_slot = { "mine",    "other",           80,
                                                    no_fields, CHAINS_ID_DYNAMIC, 0 };
static const struct chains_layer_type unused = { "x", "x", 8, no_fields, CHAINS_ID_DYNAMIC, 0 };

static void test_slots(void)
{
    struct chains_layout layout;
    layout_init(&layout);
    check(layout_add(&layout, &small));
    check(layout_add(&layout, &large));
    check(layout_add(&layout, &other));
    check(layout_add(&layout, &mine));
    check(layout_add(&layout, &same_slot));
    check(layout_add(&layout, &mine));
    check(layout_finish(&layout));
    check_eq_u64(layout_id(&layout, &small), CHAINS_ID_tcp);
    check_eq_u64(layout_id(&layout, &mine), CHAINS_IDS_BUILT_IN);
    check_eq_u64(layout_id(&layout, &same_slot), CHAINS_IDS_BUILT_IN + 1);
    check(layout_id(&layout, &unused) == -1);
    check_eq_u64(layout.slot_of[CHAINS_IDS_BUILT_IN], layout.slot_of[CHAINS_IDS_BUILT_IN + 1]);
    unsigned slot = layout.slot_of[CHAINS_IDS_BUILT_IN];
    check(layout.offset[CHAINS_SLOT_eth] >= sizeof(struct chains_record));
    check(layout.offset[CHAINS_SLOT_transport] >= layout.offset[CHAINS_SLOT_eth] + 33u);
    check(layout.offset[slot] >= layout.offset[CHAINS_SLOT_transport] + 500u);
    check(layout.row_size >= layout.offset[slot] + 80u);
    check_eq_u64(layout.offset[CHAINS_SLOT_packet], 0);
    for (unsigned s = 0; s < layout.slots; s++)
        check_eq_u64(layout.offset[s] % 16, 0);
    check_eq_u64(layout.row_size % 64, 0);
}

static void test_too_many(void)
{
    static struct chains_layer_type types[CHAINS_IDS + 1];
    static char names[CHAINS_IDS + 1][8];
    struct chains_layout layout;
    layout_init(&layout);
    unsigned added = 0;
    for (unsigned i = 0; i <= CHAINS_IDS; i++) {
        snprintf(names[i], sizeof names[i], "t%u", i);
        types[i] = (struct chains_layer_type){ names[i],  names[i],          8,
                                               no_fields, CHAINS_ID_DYNAMIC, 0 };
        added += layout_add(&layout, &types[i]);
    }
    check(added > 0);
    check(added <= CHAINS_IDS - CHAINS_IDS_BUILT_IN);
    check(layout.ids <= CHAINS_IDS);
    check(layout.slots <= CHAINS_SLOTS);
    check(layout_add(&layout, &types[0]));
    check(layout_finish(&layout));
}

static void test_too_large(void)
{
    static const struct chains_layer_type huge = {
        "huge", "huge", 60000, no_fields, CHAINS_ID_DYNAMIC, 0
    };
    static const struct chains_layer_type more = {
        "more", "more", 60000, no_fields, CHAINS_ID_DYNAMIC, 0
    };
    static const struct chains_layer_type last = {
        "last", "last", 8, no_fields, CHAINS_ID_DYNAMIC, 0
    };
    struct chains_layout layout;
    layout_init(&layout);
    bool good = layout_add(&layout, &huge) && layout_add(&layout, &more) &&
                layout_add(&layout, &last) && layout_finish(&layout);
    check(!good);
}

static void test_tags(void)
{
    static char names[70][8];
    struct chains_layout layout;
    layout_init(&layout);
    for (int i = 0; i < 64; i++) {
        snprintf(names[i], sizeof names[i], "tag%d", i);
        check_eq_u64(layout_tag(&layout, names[i]), i);
    }
    check(layout_tag(&layout, "one_more") == -1);
    check_eq_u64(layout_tag(&layout, "tag63"), 63);
    struct chains_record rec = { .layout = &layout };
    check_eq_u64(chains_tag_number(&rec, "tag5"), 5);
    check(chains_tag_number(&rec, "one_more") == -1);
}

int main(void)
{
    test_slots();
    test_too_many();
    test_too_large();
    test_tags();
    return check_done();
}
