/* SPDX-License-Identifier: MIT */
/*
 * Walks over lists of texts and of numbers: in a layer, as a layer, in items of lists inside of
 * lists. Each item is a value, also one of no bytes and a 0; a list without items is none.
 */
#include "../../src/record/path.h"

#include <chains/component.h>

#include "../../src/record/batch.h"
#include "../../src/record/layout.h"
#include "../../src/record/row.h"
#include "../check.h"

enum { HAS_CODES = 1, HAS_INNER = 1 };

struct inner {
    uint32_t has;
    struct chains_list texts, codes; /* struct chains_bytes; uint32_t */
};

struct item {
    uint32_t has;
    struct chains_list inner;
};

struct mine {
    struct chains_list items;
    struct chains_list texts, codes, wide, small; /* numbers of 2, 8 and 1 byte */
};

struct bare {
    struct chains_list bare;
};

static const struct chains_field inner_fields[] = {
    CHAINS_FIELD_RAWS(inner, texts, "texts"),
    CHAINS_FIELD_NUMBERS(inner, codes, uint32_t, "codes", .has = HAS_CODES),
    CHAINS_FIELDS_END,
};

static const struct chains_field item_fields[] = {
    CHAINS_FIELD_LIST(item, inner, inner, inner_fields, "lists in lists", .has = HAS_INNER),
    CHAINS_FIELDS_END,
};

static const struct chains_field mine_fields[] = {
    CHAINS_FIELD_LIST(mine, items, item, item_fields, "a list"),
    CHAINS_FIELD_RAWS(mine, texts, "texts"),
    CHAINS_FIELD_NUMBERS(mine, codes, uint16_t, "codes"),
    CHAINS_FIELD_NUMBERS(mine, wide, uint64_t, "large numbers"),
    CHAINS_FIELD_NUMBERS(mine, small, uint8_t, "small numbers"),
    CHAINS_FIELDS_END,
};

static const struct chains_field bare_fields[] = {
    CHAINS_FIELD_NUMBERS(bare, bare, uint8_t, "numbers alone"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type mine_type = {
    .slot = "mine", .name = "mine", .size = sizeof(struct mine), .fields = mine_fields
};
static const struct chains_layer_type bare_type = {
    .slot = "bare", .name = "bare", .size = sizeof(struct bare), .fields = bare_fields
};

static struct chains_layout layout;
static struct chains_batch *batch;

static bool setup(void)
{
    layout_init(&layout);
    bool good = layout_add(&layout, &mine_type) && layout_add(&layout, &bare_type) &&
                layout_finish(&layout);
    batch = batch_new(&layout, 0);
    return good && batch;
}

static struct chains_record *new_record(void)
{
    batch_reset(batch);
    struct chains_record *rec = chains_batch_add(batch);
    rec->present = 0;
    return rec;
}

static void *attach(struct chains_record *rec, const struct chains_layer_type *type)
{
    int id = layout_id(&layout, type);
    void *layer = row_attach(rec, (unsigned)id, layout.slot_of[id]);
    memset(layer, 0, type->size);
    return layer;
}

static bool find(struct path *path, const char *text)
{
    char error[512] = "";
    return path_find(path, &layout, UINT64_MAX, text, strlen(text), error, sizeof error) ==
           CHAINS_OK;
}

static uint64_t number_at(const struct path_walk *walk)
{
    uint64_t number = 0; /* little-endian machines only */
    memcpy(&number, walk->at, walk->field->size);
    return number;
}

/* The values of a path in a record, with commas; texts in angles. */
static const char *values(const struct chains_record *rec, const char *text)
{
    static char out[512];
    struct path path;
    struct path_walk walk;
    size_t len = 0;
    out[0] = '\0';
    if (!find(&path, text))
        return "(no path)";
    bool more = path_first(&walk, &path, rec);
    if (more != path_holds(&path, rec))
        return "(holds differs)";
    for (unsigned i = 0; more && i < 100; i++, more = path_next(&walk)) {
        const struct chains_bytes *bytes = walk.at;
        const char *gap = i ? "," : "";
        if (walk.field->type == CHAINS_RAWS)
            len += (size_t)snprintf(out + len, sizeof out - len, "%s<%.*s>", gap,
                                    (int)bytes->len, (const char *)bytes->at);
        else
            len += (size_t)snprintf(out + len, sizeof out - len, "%s%" PRIu64, gap,
                                    number_at(&walk));
    }
    return out;
}

static void test_found(void)
{
    static const struct {
        const char *text;
        unsigned steps; /* 0: there is no such path */
    } table[] = {
        { "mine.texts", 1 },
        { "mine.codes", 1 },
        { "mine.items.inner.texts", 3 },
        { "mine.items.inner.codes", 3 },
        { "bare", 1 },
        { "mine.texts.x", 0 },
        { "mine.codes.codes", 0 },
        { "mine.items.inner.texts.texts", 0 },
        { "bare.x", 0 },
        { "bare.bare.x", 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct path path;
        bool found = find(&path, table[i].text);
        check_that_(found == (table[i].steps > 0), table[i].text, __FILE__, __LINE__);
        if (found)
            check(path.place[0].many && path.place[0].steps == table[i].steps);
    }
}

#define TEXT(text_)                                                                            \
    {                                                                                          \
        (const uint8_t *)(text_), sizeof(text_) - 1                                            \
    }

static const struct chains_bytes texts[] = { TEXT("h2"), { NULL, 0 }, TEXT("x") };

static void test_layer(void)
{
    static const uint16_t codes[] = { 4865, 0, 65535 };
    static const uint64_t wide[] = { UINT64_MAX, 1 };
    static const uint8_t small[] = { 255, 1 };
    struct chains_record *rec = new_record();
    struct mine *mine = attach(rec, &mine_type);
    struct bare *bare = attach(rec, &bare_type);
    check_eq_text(values(rec, "mine.texts"), "");
    check_eq_text(values(rec, "mine.codes"), "");
    check_eq_text(values(rec, "bare"), "");
    mine->texts = (struct chains_list){ texts, 3 };
    mine->codes = (struct chains_list){ codes, 3 };
    mine->wide = (struct chains_list){ wide, 2 };
    mine->small = (struct chains_list){ small, 2 };
    bare->bare = (struct chains_list){ small, 2 };
    check_eq_text(values(rec, "mine.texts"), "<h2>,<>,<x>");
    check_eq_text(values(rec, "mine.codes"), "4865,0,65535");
    check_eq_text(values(rec, "mine.wide"), "18446744073709551615,1");
    check_eq_text(values(rec, "mine.small"), "255,1");
    check_eq_text(values(rec, "bare"), "255,1");
    mine->codes.count = 1;
    check_eq_text(values(rec, "mine.codes"), "4865");
}

static void test_lists_in_lists(void)
{
    static const uint32_t codes[] = { 4000000000, 7 };
    struct inner inner[] = {
        { .texts = { texts, 2 }, .codes = { codes, 2 } }, /* the codes are not there */
        { .has = HAS_CODES, .codes = { codes, 0 } },
        { .has = HAS_CODES, .texts = { texts + 2, 1 }, .codes = { codes, 2 } },
    };
    struct item items[] = { { .has = HAS_INNER, .inner = { inner, 1 } },
                            { .inner = { inner, 3 } }, /* not there */
                            { .has = HAS_INNER, .inner = { inner + 1, 2 } } };
    struct chains_record *rec = new_record();
    struct mine *mine = attach(rec, &mine_type);
    mine->items = (struct chains_list){ items, 3 };
    check_eq_text(values(rec, "mine.items.inner.texts"), "<h2>,<>,<x>");
    check_eq_text(values(rec, "mine.items.inner.codes"), "4000000000,7");
    mine->items.count = 2;
    check_eq_text(values(rec, "mine.items.inner.texts"), "<h2>,<>");
    check_eq_text(values(rec, "mine.items.inner.codes"), "");
    mine->items = (struct chains_list){ items + 1, 1 };
    check_eq_text(values(rec, "mine.items.inner.texts"), "");
}

/* What is near is proposed in front of such a list and behind a list, but nothing inside of it. */
static void test_explained(void)
{
    static const struct {
        const char *text, *said;
    } table[] = {
        { "mine.text", "no field \"mine.text\"; did you mean \"mine.texts\"?" },
        { "mine.items.inner.code",
          "no field \"mine.items.inner.code\"; did you mean \"mine.items.inner.codes\"?" },
        { "mine.texts.len", "no field \"mine.texts.len\": there is nothing inside mine.texts" },
        { "bare.x", "no field \"bare.x\": there is nothing inside bare" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct path path;
        char error[512] = "";
        path_find(&path, &layout, UINT64_MAX, table[i].text, strlen(table[i].text), error,
                  sizeof error);
        check_eq_text(error, table[i].said);
    }
}

int main(void)
{
    if (!check(setup()))
        return check_done();
    test_found();
    test_layer();
    test_lists_in_lists();
    test_explained();
    chains_batch_free(batch);
    return check_done();
}
