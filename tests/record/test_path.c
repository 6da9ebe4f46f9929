/* SPDX-License-Identifier: MIT */
/*
 * Paths into records: what is found and where, what a walk gives and in which order, and what is
 * not a value. The layers are the built-in ones and one with every kind of nesting.
 */
#include "../../src/record/path.h"

#include <chains/component.h>
#include <chains/layer/eth.h>
#include <chains/layer/icmp.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>
#include <chains/layer/tcp.h>
#include <chains/layer/tunnel.h>
#include <chains/layer/udp.h>

#include "../../src/record/batch.h"
#include "../../src/record/layout.h"
#include "../../src/record/row.h"
#include "../check.h"

/* ---- a layer with every kind of nesting ----------------------------------------------------
 */

enum { HAS_NUMBER = 1, HAS_BOX = 2, HAS_ITEMS = 4, HAS_WORD = 1, HAS_INNER = 1, HAS_SIZE = 1 };

struct inner {
    uint32_t has;
    const char *word;
    uint8_t port_count;
    uint16_t port[3];
};

struct item {
    uint32_t has;
    uint16_t id;
    struct chains_addr addr;
    struct chains_list inner;
};

struct box {
    uint32_t has;
    uint8_t size;
    struct chains_list items;
};

struct mine {
    uint32_t has;
    uint32_t number;
    const char *text;
    struct chains_addr addr;
    struct chains_bytes raw;
    uint8_t count;
    uint8_t array[4];
    struct box box;
    struct chains_list items;
};

static const struct chains_field inner_fields[] = {
    CHAINS_FIELD(inner, word, TEXT, "a word", .has = HAS_WORD),
    CHAINS_FIELD_ARRAY(inner, port, port_count, "ports"),
    CHAINS_FIELDS_END,
};

static const struct chains_field item_fields[] = {
    CHAINS_FIELD(item, id, UINT, "number of the item"),
    CHAINS_FIELD(item, addr, ADDR, "an address"),
    CHAINS_FIELD_LIST(item, inner, inner, inner_fields, "lists in lists", .has = HAS_INNER),
    CHAINS_FIELDS_END,
};

static const struct chains_field box_fields[] = {
    CHAINS_FIELD(box, size, UINT, "a size", .has = HAS_SIZE),
    CHAINS_FIELD_LIST(box, items, item, item_fields, "a list in an object"),
    CHAINS_FIELDS_END,
};

static const struct chains_field mine_fields[] = {
    CHAINS_FIELD(mine, number, UINT, "a number", .has = HAS_NUMBER),
    CHAINS_FIELD(mine, text, TEXT, "a text"),
    CHAINS_FIELD(mine, addr, ADDR, "an address"),
    CHAINS_FIELD(mine, raw, RAW, "bytes"),
    CHAINS_FIELD_ARRAY(mine, array, count, "numbers"),
    CHAINS_FIELD(mine, box, OBJECT, "an object", .has = HAS_BOX, .fields = box_fields),
    CHAINS_FIELD_LIST(mine, items, item, item_fields, "a list", .has = HAS_ITEMS),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type mine_type = {
    .slot = "mine", .name = "mine", .size = sizeof(struct mine), .fields = mine_fields
};

/* Another type of the slot, with a field of its own, one of the same name, and a "type". */
struct other {
    uint64_t number;
    uint8_t type;
    uint8_t only;
};

static const struct chains_field other_fields[] = {
    CHAINS_FIELD(other, type, UINT, "a field called like the name of the type"),
    CHAINS_FIELD(other, only, UINT, "of this type alone"),
    CHAINS_FIELD(other, number, UINT, "of both"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type other_type = {
    .slot = "mine", .name = "Other", .size = sizeof(struct other), .fields = other_fields
};

/* A list of itself, as deep as one likes. */
struct deep {
    struct chains_list down;
    uint8_t value;
};

static const struct chains_field deep_fields[] = {
    CHAINS_FIELD_LIST(deep, down, deep, deep_fields, "one step down"),
    CHAINS_FIELD(deep, value, UINT, "a value"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type deep_type = {
    .slot = "deep", .name = "deep", .size = sizeof(struct deep), .fields = deep_fields
};

static struct chains_layout layout;
static struct chains_batch *batch;

static bool setup(void)
{
    const struct chains_layer_type *types[CHAINS_IDS];
    size_t count = chains_layer_types(types, CHAINS_IDS);
    layout_init(&layout);
    for (size_t i = 0; i < count; i++)
        layout_add(&layout, types[i]);
    bool good = layout_add(&layout, &mine_type) && layout_add(&layout, &other_type) &&
                layout_add(&layout, &deep_type) && layout_finish(&layout);
    batch = batch_new(&layout, 0);
    return good && batch;
}

/* A record whose layers hold nothing yet. */
static struct chains_record *new_record(void)
{
    batch_reset(batch);
    struct chains_record *rec = chains_batch_add(batch);
    rec->present = 0;
    for (unsigned slot = 0; slot < layout.slots; slot++)
        if (layout.offset[slot])
            memset((char *)rec + layout.offset[slot], 0, 16);
    return rec;
}

static void *attach(struct chains_record *rec, const struct chains_layer_type *type)
{
    int id = layout_id(&layout, type);
    void *layer = row_attach(rec, (unsigned)id, layout.slot_of[id]);
    memset(layer, 0, type->size);
    return layer;
}

static const struct chains_layer_type *built_in(unsigned id)
{
    return layout.type[id];
}

static bool find(struct path *path, const char *text)
{
    char error[512] = "";
    int status = path_find(path, &layout, UINT64_MAX, text, strlen(text), error, sizeof error);
    if (status == CHAINS_OK)
        return true;
    check(status == CHAINS_EUSAGE && error[0] != '\0');
    return false;
}

/* ---- finding -------------------------------------------------------------------------------
 */

static void test_kinds(void)
{
    static const struct {
        const char *text;
        enum path_kind kind;
        bool record, many;
        unsigned steps, places;
        uint64_t bits; /* 0: of dynamic types, or of the record */
    } table[] = {
        { "number", PATH_FIELD, true, false, 1, 1, 0 },
        { "timestamp", PATH_FIELD, true, false, 1, 1, 0 },
        { "caplen", PATH_FIELD, true, false, 1, 1, 0 },
        { "flags", PATH_FIELD, true, false, 1, 1, 0 },
        { "packet", PATH_LAYER, false, false, 0, 3, CHAINS_PRESENT_ip | CHAINS_PRESENT_arp },
        { "ip", PATH_LAYER, false, false, 0, 1, CHAINS_BIT_(ip4) },
        { "ip6", PATH_LAYER, false, false, 0, 1, CHAINS_BIT_(ip6) },
        { "arp", PATH_LAYER, false, false, 0, 1, CHAINS_PRESENT_arp },
        { "tcp", PATH_LAYER, false, false, 0, 1, CHAINS_PRESENT_tcp },
        { "eth", PATH_LAYER, false, false, 0, 1, CHAINS_PRESENT_eth },
        { "tags", PATH_FIELD, false, false, 1, 1, CHAINS_PRESENT_tags },
        { "outer", PATH_FIELD, false, true, 1, 1, CHAINS_PRESENT_outer },
        { "outer.src", PATH_FIELD, false, true, 2, 1, CHAINS_PRESENT_outer },
        { "outer.type", PATH_FIELD, false, true, 2, 1, CHAINS_PRESENT_outer },
        { "packet.type", PATH_TYPE, false, false, 0, 3,
          CHAINS_PRESENT_ip | CHAINS_PRESENT_arp },
        { "ip.type", PATH_TYPE, false, false, 0, 1, CHAINS_BIT_(ip4) },
        { "eth.type", PATH_FIELD, false, false, 1, 1, CHAINS_PRESENT_eth },
        { "eth.vlan", PATH_FIELD, false, true, 1, 1, CHAINS_PRESENT_eth },
        { "packet.src", PATH_FIELD, false, false, 1, 3,
          CHAINS_PRESENT_ip | CHAINS_PRESENT_arp },
        { "ip6.src", PATH_FIELD, false, false, 1, 1, CHAINS_BIT_(ip6) },
        { "packet.ttl", PATH_FIELD, false, false, 1, 2, CHAINS_PRESENT_ip },
        { "packet.flow_label", PATH_FIELD, false, false, 1, 1, CHAINS_BIT_(ip6) },
        { "transport.sport", PATH_FIELD, false, false, 1, 3,
          CHAINS_PRESENT_tcp | CHAINS_PRESENT_udp | CHAINS_PRESENT_sctp },
        { "tcp.window", PATH_FIELD, false, false, 1, 1, CHAINS_PRESENT_tcp },
        { "transport.quoted", PATH_FIELD, false, false, 1, 2, CHAINS_PRESENT_icmp },
        { "icmp.quoted.sport", PATH_FIELD, false, false, 2, 1, CHAINS_BIT_(icmp4) },
        { "mine", PATH_LAYER, false, false, 0, 2, 0 },
        { "other", PATH_LAYER, false, false, 0, 1, 0 },
        { "mine.number", PATH_FIELD, false, false, 1, 2, 0 },
        { "mine.only", PATH_FIELD, false, false, 1, 1, 0 },
        { "mine.text", PATH_FIELD, false, false, 1, 1, 0 },
        { "mine.array", PATH_FIELD, false, true, 1, 1, 0 },
        { "mine.box", PATH_FIELD, false, false, 1, 1, 0 },
        { "mine.box.size", PATH_FIELD, false, false, 2, 1, 0 },
        { "mine.box.items", PATH_FIELD, false, true, 2, 1, 0 },
        { "mine.box.items.id", PATH_FIELD, false, true, 3, 1, 0 },
        { "mine.items.inner.port", PATH_FIELD, false, true, 3, 1, 0 },
        { "mine.box.items.inner.word", PATH_FIELD, false, true, 4, 1, 0 },
        { "deep.down.down.down.down.down.down", PATH_FIELD, false, true, 6, 1, 0 },
        { "deep.down.down.down.down.down.value", PATH_FIELD, false, true, 6, 1, 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct path path;
        bool good = find(&path, table[i].text);
        good = good && path.kind == table[i].kind && path.record == table[i].record &&
               path.places == table[i].places &&
               (table[i].bits == 0 || path.bits == table[i].bits);
        for (unsigned j = 0; good && j < path.places; j++)
            good = path.place[j].steps == table[i].steps && path.place[j].many == table[i].many;
        if (!check(good))
            printf("# %s\n", table[i].text);
    }
}

static void test_not_found(void)
{
    static const char *const table[] = {
        "",
        ".",
        "..",
        "number.x",
        ".number",
        "number.",
        "packet.",
        "packet..src",
        "Packet",
        "packet.SRC",
        "TCP",
        "tcp.type.x",
        "eth.eth",
        "nothing",
        "packet.nothing",
        "ip.sport",
        "tcp.group",
        "mine.text.x",
        "mine.box.nothing",
        "mine.items.inner.word.x",
        "tags.x",
        "outer.nothing",
        "ip.flow_label",
        "other.text",
        "numbe",
        "numberr",
        "deep.down.down.down.down.down.down.down",
        "deep.down.down.down.down.down.down.value",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct path path;
        if (!check(!find(&path, table[i])))
            printf("# %s\n", table[i]);
    }
}

/* Only the types upstream count; the length counts, not a 0. */
static void test_types(void)
{
    struct path path;
    char error[512];
    check(path_find(&path, &layout, CHAINS_PRESENT_udp, "transport.sport", 15, error,
                    sizeof error) == CHAINS_OK);
    check_eq_u64(path.bits, CHAINS_PRESENT_udp);
    check(path_find(&path, &layout, CHAINS_PRESENT_udp, "transport.seq", 13, error,
                    sizeof error) == CHAINS_EUSAGE);
    check(path_find(&path, &layout, 0, "transport", 9, error, sizeof error) == CHAINS_EUSAGE);
    check(path_find(&path, &layout, 0, "number", 6, error, sizeof error) == CHAINS_OK);
    check(path_find(&path, &layout, UINT64_MAX, "tcp.window and", 10, error, sizeof error) ==
          CHAINS_OK);
    check(path_find(&path, &layout, UINT64_MAX, "tcp.window", 9, error, sizeof error) ==
          CHAINS_EUSAGE);
}

/* One type's own field "type" beside the name of another's type. */
static void test_type_of_its_own(void)
{
    struct path path;
    check(find(&path, "mine.type"));
    check_eq_u64(path.kind, PATH_FIELD); /* mine is called like its slot: it has no type */
    check(find(&path, "transport.type"));
    check_eq_u64(path.kind, PATH_TYPE);
    check(path.bits & CHAINS_PRESENT_protocol);
    const struct path_place *protocol = &path.place[path.place_of[CHAINS_ID_protocol]];
    const struct path_place *tcp = &path.place[path.place_of[CHAINS_ID_tcp]];
    check(protocol->steps == 1 && tcp->steps == 0);
    check_eq_text(path_field(protocol)->name, "type");
    check(path_field(tcp) == NULL);
}

/* ---- walking -------------------------------------------------------------------------------
 */

/* The values of a path in a record, with commas. */
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
        uint64_t number = 0;
        char addr[CHAINS_ADDR_TEXT];
        len += (size_t)snprintf(out + len, sizeof out - len, "%s", i ? "," : "");
        switch (walk.field->type) {
        case CHAINS_TEXT:
            len += (size_t)snprintf(out + len, sizeof out - len, "%s",
                                    *(const char *const *)walk.at);
            break;
        case CHAINS_ADDR:
            chains_addr_text(walk.at, addr);
            len += (size_t)snprintf(out + len, sizeof out - len, "%s", addr);
            break;
        case CHAINS_LIST:
            len += (size_t)snprintf(out + len, sizeof out - len, "[%u]",
                                    (unsigned)((const struct chains_list *)walk.at)->count);
            break;
        case CHAINS_OBJECT:
        case CHAINS_RAW:
            len += (size_t)snprintf(out + len, sizeof out - len, "{}");
            break;
        default:
            memcpy(&number, walk.at, walk.field->size); /* little-endian machines only */
            len += (size_t)snprintf(out + len, sizeof out - len, "%" PRIu64, number);
        }
    }
    return out;
}

static void test_record_fields(void)
{
    struct chains_record *rec = new_record();
    rec->number = 17;
    rec->wire_len = 0;
    check_eq_text(values(rec, "number"), "17");
    check_eq_text(values(rec, "len"), "0"); /* a number 0 is a value */
}

static void test_slots(void)
{
    struct chains_record *rec = new_record();
    struct path path;
    check(find(&path, "packet") && !path_holds(&path, rec));
    check_eq_text(values(rec, "packet.src"), "");
    struct chains_ip *ip = attach(rec, built_in(CHAINS_ID_ip6));
    chains_addr_parse("2001:db8::1", &ip->src);
    struct chains_udp *udp = attach(rec, built_in(CHAINS_ID_udp));
    *udp = (struct chains_udp){ .sport = 53, .dport = 5353 };
    check(path_holds(&path, rec));
    check_eq_text(values(rec, "packet.src"), "2001:db8::1");
    check_eq_text(values(rec, "ip6.src"), "2001:db8::1");
    check_eq_text(values(rec, "ip.src"), "");     /* of another type */
    check_eq_text(values(rec, "packet.dst"), ""); /* no address */
    check_eq_text(values(rec, "packet.ttl"), "0");
    check_eq_text(values(rec, "transport.dport"), "5353");
    check_eq_text(values(rec, "transport.window"), "");
    struct chains_tcp *tcp = attach(rec, built_in(CHAINS_ID_tcp)); /* instead of UDP */
    tcp->sport = 80;
    tcp->window = 1000;
    check_eq_text(values(rec, "transport.sport"), "80");
    check_eq_text(values(rec, "transport.window"), "1000");
    check_eq_text(values(rec, "udp.sport"), "");
    check(find(&path, "udp") && !path_holds(&path, rec));
    check(find(&path, "transport.type") && path_holds(&path, rec));
    check(find(&path, "udp.type") && !path_holds(&path, rec));
}

static void test_quoted(void)
{
    struct chains_record *rec = new_record();
    struct chains_icmp *icmp = attach(rec, built_in(CHAINS_ID_icmp4));
    icmp->quoted.sport = 4000;
    chains_addr_parse("10.0.0.1", &icmp->quoted.src);
    check_eq_text(values(rec, "transport.quoted"), "");
    check_eq_text(values(rec, "transport.quoted.src"), "");
    icmp->has = CHAINS_ICMP_HAS_QUOTED;
    check_eq_text(values(rec, "transport.quoted"), "{}");
    check_eq_text(values(rec, "transport.quoted.src"), "10.0.0.1");
    check_eq_text(values(rec, "icmp.quoted.src"), "10.0.0.1");
    check_eq_text(values(rec, "icmp6.quoted.src"), "");
    check_eq_text(values(rec, "icmp.quoted.sport"), ""); /* no ports were quoted */
    icmp->quoted.has = CHAINS_QUOTED_HAS_PORTS;
    check_eq_text(values(rec, "icmp.quoted.sport"), "4000");
    icmp->has = 0;
    check_eq_text(values(rec, "icmp.quoted.sport"), "");
}

static void test_bare_slots(void)
{
    struct chains_record *rec = new_record();
    struct chains_outer_packet packets[3] = { { .ttl = 1 }, { .ttl = 2 }, { .ttl = 3 } };
    chains_addr_parse("10.0.0.1", &packets[0].src);
    chains_addr_parse("::2", &packets[2].src);
    packets[1].has = CHAINS_OUTER_HAS_PORTS;
    packets[1].dport = 4789;
    struct chains_outer *outer = attach(rec, built_in(CHAINS_ID_outer));
    check_eq_text(values(rec, "outer"), "");
    check_eq_text(values(rec, "outer.ttl"), "");
    outer->outer = (struct chains_list){ packets, 3 };
    check_eq_text(values(rec, "outer"), "[3]");
    check_eq_text(values(rec, "outer.ttl"), "1,2,3");
    check_eq_text(values(rec, "outer.src"), "10.0.0.1,::2");
    check_eq_text(values(rec, "outer.dport"), "4789");
    struct chains_tags *tags = attach(rec, built_in(CHAINS_ID_tags));
    tags->tags = 5;
    check_eq_text(values(rec, "tags"), "5");
}

static void test_arrays(void)
{
    struct chains_record *rec = new_record();
    struct chains_eth *eth = attach(rec, built_in(CHAINS_ID_eth));
    check_eq_text(values(rec, "eth.vlan"), "");
    eth->vlan[0] = 100;
    eth->vlan[1] = 4094;
    eth->vlan_count = 1;
    check_eq_text(values(rec, "eth.vlan"), "100");
    eth->vlan_count = 2;
    check_eq_text(values(rec, "eth.vlan"), "100,4094");
}

static void test_absent(void)
{
    struct chains_record *rec = new_record();
    struct mine *mine = attach(rec, &mine_type);
    static const char *const empty[] = {
        "mine.number", "mine.text",     "mine.addr",
        "mine.array",  "mine.box",      "mine.box.size",
        "mine.items",  "mine.items.id", "mine.box.items.inner.word"
    };
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        check_eq_text(values(rec, empty[i]), "");
    check_eq_text(values(rec, "mine.raw"), "{}"); /* no bytes are a value too */
    mine->has = HAS_NUMBER | HAS_BOX | HAS_ITEMS;
    mine->text = "";
    check_eq_text(values(rec, "mine.number"), "0");
    check_eq_text(values(rec, "mine.box"), "{}");
    check_eq_text(values(rec, "mine.box.size"), "");
    check_eq_text(values(rec, "mine.items"), ""); /* an empty list is none */
    struct path path;
    check(find(&path, "mine.text") && path_holds(&path, rec)); /* an empty text is one */
    mine->box.has = HAS_SIZE;
    mine->box.size = 9;
    check_eq_text(values(rec, "mine.box.size"), "9");
    /* The same slot with another type in it. */
    struct other *other = attach(rec, &other_type);
    *other = (struct other){ .number = UINT64_MAX, .type = 3, .only = 4 };
    check_eq_text(values(rec, "mine.number"), "18446744073709551615");
    check_eq_text(values(rec, "mine.only"), "4");
    check_eq_text(values(rec, "other.type"), "3");
    check_eq_text(values(rec, "mine.text"), "");
}

static void test_lists_in_lists(void)
{
    struct inner a[] = { { .has = HAS_WORD, .word = "a0", .port_count = 2, .port = { 1, 2 } },
                         { .word = "hidden" },
                         { .has = HAS_WORD, .word = "a2", .port_count = 1, .port = { 3 } } };
    struct inner c[] = {
        { .has = HAS_WORD },
        { .has = HAS_WORD, .word = "c1", .port_count = 3, .port = { 4, 5, 6 } }
    };
    struct item items[] = { { .has = HAS_INNER, .id = 10, .inner = { a, 3 } },
                            { .has = HAS_INNER, .id = 11, .inner = { NULL, 0 } },
                            { .id = 12, .inner = { a, 3 } }, /* not there */
                            { .has = HAS_INNER, .id = 13, .inner = { c, 2 } } };
    chains_addr_parse("10.0.0.2", &items[1].addr);
    chains_addr_parse("10.0.0.3", &items[3].addr);
    struct chains_record *rec = new_record();
    struct mine *mine = attach(rec, &mine_type);
    mine->has = HAS_ITEMS | HAS_BOX;
    mine->items = (struct chains_list){ items, 4 };
    check_eq_text(values(rec, "mine.items"), "[4]");
    check_eq_text(values(rec, "mine.items.id"), "10,11,12,13");
    check_eq_text(values(rec, "mine.items.addr"), "10.0.0.2,10.0.0.3");
    check_eq_text(values(rec, "mine.items.inner"), "[3],[2]");
    check_eq_text(values(rec, "mine.items.inner.word"), "a0,a2,c1");
    check_eq_text(values(rec, "mine.items.inner.port"), "1,2,3,4,5,6");
    check_eq_text(values(rec, "mine.box.items.inner.port"), "");
    mine->box.items = (struct chains_list){ items + 1, 3 };
    check_eq_text(values(rec, "mine.box.items.id"), "11,12,13");
    check_eq_text(values(rec, "mine.box.items.inner.word"), "c1");
    check_eq_text(values(rec, "mine.box.items.inner.port"), "4,5,6");
    mine->box.items.count = 2; /* nothing inside of any of them */
    check_eq_text(values(rec, "mine.box.items.inner.port"), "");
    mine->has = HAS_ITEMS; /* the object is not there any more */
    check_eq_text(values(rec, "mine.box.items.id"), "");
}

/* A tree of lists, two and two: all values come, in order, at every depth. */
static void test_deep(void)
{
    struct deep level[6][64];
    memset(level, 0, sizeof level);
    for (unsigned depth = 0; depth < 6; depth++)
        for (unsigned i = 0; i < 2U << depth; i++) {
            level[depth][i].value = (uint8_t)(i + 1);
            if (depth < 5)
                level[depth][i].down = (struct chains_list){ &level[depth + 1][2 * i], 2 };
        }
    struct chains_record *rec = new_record();
    struct deep *deep = attach(rec, &deep_type);
    *deep = (struct deep){ .down = { level[0], 2 }, .value = 99 };
    char text[64] = "deep";
    for (unsigned depth = 0; depth < 5; depth++) {
        char want[200] = "";
        size_t len = 0;
        strcat(text, ".down");
        for (unsigned i = 0; i < 2U << depth; i++)
            len += (size_t)snprintf(want + len, sizeof want - len, "%s%u", i ? "," : "", i + 1);
        char path[80];
        snprintf(path, sizeof path, "%s.value", text);
        check_eq_text(values(rec, path), want);
    }
    check_eq_text(values(rec, "deep.value"), "99");
    /* All but the last of the first two have nothing. */
    level[0][0].down.count = 0;
    level[1][2].down = (struct chains_list){ NULL, 0 };
    check_eq_text(values(rec, "deep.down.down.down.value"), "7,8");
}

int main(void)
{
    if (!check(setup()))
        return check_done();
    test_kinds();
    test_not_found();
    test_types();
    test_type_of_its_own();
    test_record_fields();
    test_slots();
    test_quoted();
    test_bare_slots();
    test_arrays();
    test_absent();
    test_lists_in_lists();
    test_deep();
    chains_batch_free(batch);
    return check_done();
}
