/* SPDX-License-Identifier: MIT */
/* Dividing a number of bytes, and the largest number that fits. */
#include "../../src/bytes/shares.h"

#include "../check.h"

enum { MOST = 4 };

static void test_divide(void)
{
    static const struct {
        struct share share[MOST];
        size_t count;
        uint64_t room;
        uint64_t given[MOST]; /* all 0: it is too little */
        uint64_t least;
    } table[] = {
        { { { 0 } }, 0, 0, { 0 }, 0 },
        { { { 10, 30, false, 0 }, { 0, 80, false, 0 } }, 2, 60, { 20, 40 }, 10 },
        { { { 10, 30, false, 0 }, { 0, 80, false, 0 } }, 2, 10, { 10, 0 }, 10 },
        { { { 10, 30, false, 0 }, { 0, 80, false, 0 } }, 2, 9, { 0 }, 10 },
        { { { 10, 30, false, 0 }, { 0, 80, false, 0 } }, 2, 110, { 30, 80 }, 10 },
        { { { 10, 30, false, 0 }, { 0, 80, false, 0 } }, 2, 210, { 50, 160 }, 10 },
        { { { 10, 30, true, 0 }, { 0, 80, false, 0 } }, 2, 210, { 30, 180 }, 10 },
        { { { 10, 30, true, 0 }, { 7, 7, false, 0 } }, 2, 210, { 30, 7 }, 17 },
        { { { 7, 7, false, 0 }, { 5, 5, false, 0 } }, 2, 100, { 7, 5 }, 12 },
        { { { 7, 7, false, 0 }, { 0, 3, false, 0 }, { 0, 3, false, 0 } },
          3,
          12,
          { 7, 2, 2 },
          7 },
        { { { 0, UINT64_MAX, false, 0 }, { 0, UINT64_MAX, false, 0 } },
          2,
          UINT64_MAX,
          { UINT64_MAX / 2, UINT64_MAX / 2 },
          0 },
        { { { UINT64_MAX, UINT64_MAX, false, 0 }, { 1, 1, false, 0 } },
          2,
          UINT64_MAX,
          { 0 },
          UINT64_MAX },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct share share[MOST];
        uint64_t least = 1, sum = 0;
        memcpy(share, table[i].share, sizeof share);
        bool enough = shares_divide(share, table[i].count, table[i].room, &least);
        check(enough == (table[i].least <= table[i].room && i != 11));
        check_eq_u64(least, table[i].least);
        for (size_t j = 0; j < table[i].count; j++) {
            check_eq_u64(share[j].given, table[i].given[j]);
            sum += share[j].given;
        }
        check(sum <= table[i].room);
    }
}

/* As a table with a power of two of buckets takes. */
static uint64_t takes(const void *about, uint64_t number)
{
    uint64_t buckets = 1;
    (void)about;
    while (buckets < number)
        buckets *= 2;
    return 10 * number + buckets;
}

static void test_fit(void)
{
    check_eq_u64(shares_fit(1, 1000, 10 * 64 + 64, takes, NULL), 64);
    check_eq_u64(shares_fit(1, 1000, 10 * 64 + 63, takes, NULL), 63);
    check_eq_u64(shares_fit(1, 1000, 10 * 65 + 127, takes, NULL), 64);
    check_eq_u64(shares_fit(1, 1000, 10 * 65 + 128, takes, NULL), 65);
    check_eq_u64(shares_fit(5, 1000, 0, takes, NULL), 5);
    check_eq_u64(shares_fit(5, 1000, UINT64_MAX, takes, NULL), 1000);
    for (uint64_t room = 11; room < 3000; room++) {
        uint64_t number = shares_fit(1, 1000, room, takes, NULL);
        check(takes(NULL, number) <= room && takes(NULL, number + 1) > room);
    }
}

int main(void)
{
    test_divide();
    test_fit();
    return check_done();
}
