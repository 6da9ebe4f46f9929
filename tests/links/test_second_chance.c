/* SPDX-License-Identifier: MIT */
/* A table of fixed size: what is found, what has to go, and that no chain is ever broken. */
#include "links/second_chance.h"

#include "../check.h"

struct entry {
    struct second_chance_head head;
    uint32_t key;
    int64_t until;
    uint32_t value;
};

static bool holds(const void *at, int64_t now_ns)
{
    const struct entry *entry = at;
    return now_ns <= entry->until;
}

static const struct second_chance_kind kind = {
    .entry = sizeof(struct entry), .key = sizeof(uint32_t), .steps = 8, .holds = holds
};

static struct entry *find(const struct second_chance *table, uint32_t key)
{
    return second_chance_find(table, &kind, &key);
}

static struct entry *add(struct second_chance *table, uint32_t key, int64_t until, int64_t now)
{
    struct entry *entry = second_chance_add(table, &key, now);
    entry->until = until;
    entry->value = key * 3;
    return entry;
}

static void test_few(void)
{
    struct second_chance table;
    check(second_chance_open(&table, &kind, 4));
    check(find(&table, 0) == NULL);
    for (uint32_t key = 0; key < 4; key++)
        check(add(&table, key, 10, 0)->key == key);
    for (uint32_t key = 0; key < 4; key++)
        check(find(&table, key) && find(&table, key)->value == 3 * key);
    check(find(&table, 4) == NULL);
    find(&table, 0)->head.again = true;
    find(&table, 2)->head.again = true;
    add(&table, 4, 10, 5); /* the hand passes 0, and takes 1 */
    check(find(&table, 0) && !find(&table, 1) && find(&table, 2) && find(&table, 3));
    check_eq_u64(table.lost, 1);
    check(!find(&table, 4)->head.again);
    add(&table, 5, 30, 5); /* 3 */
    check(find(&table, 2) && !find(&table, 3) && !find(&table, 2)->head.again);
    check_eq_u64(table.lost, 2);
    find(&table, 0)->head.again = true;
    add(&table, 6, 30, 11); /* 0 is over, though it was used */
    check(!find(&table, 0));
    check_eq_u64(table.lost, 2);
    second_chance_close(&table);
}

/* All of them used: the hand gives up after its steps, and takes where it is. */
static void test_steps(void)
{
    struct second_chance table;
    check(second_chance_open(&table, &kind, 64));
    for (uint32_t key = 0; key < 64; key++)
        add(&table, key, 10, 0)->head.again = true;
    add(&table, 100, 10, 0);
    check(!find(&table, kind.steps) && find(&table, kind.steps - 1) && find(&table, 63));
    check(!find(&table, 0)->head.again && find(&table, 63)->head.again);
    second_chance_close(&table);
}

/* Many more than there are places: the newest are there, with what was said of them. */
static void test_many(void)
{
    enum { PLACES = 100, MANY = 20000 };
    struct second_chance table;
    check(second_chance_open(&table, &kind, PLACES));
    size_t bytes = second_chance_bytes(&table);
    bool sound = true;
    for (uint32_t key = 0; key < MANY; key++) {
        sound = sound && !find(&table, key);
        add(&table, key, 10, 0);
        for (uint32_t old = key < PLACES ? 0 : key - PLACES + 1; old <= key; old += 33)
            sound = sound && find(&table, old) && find(&table, old)->value == old * 3;
        sound = sound && (key < PLACES || !find(&table, key - PLACES));
    }
    check(sound);
    check_eq_u64(table.lost, MANY - PLACES);
    check_eq_u64(second_chance_bytes(&table), bytes);
    check(bytes >= PLACES * sizeof(struct entry));
    second_chance_close(&table);
    second_chance_close(&table); /* as it was left */
}

int main(void)
{
    test_few();
    test_steps();
    test_many();
    return check_done();
}
