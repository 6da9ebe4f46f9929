/* SPDX-License-Identifier: MIT */
/*
 * Every dissector, over every fixture, cut at every length, with the input directly before a
 * page that cannot be read. Two rules are checked besides not crashing: fewer bytes than the
 * fixed part give no layer, and a layer holds nothing that was not written.
 */
#include "../../src/dissect/walk.h"
#include "../check.h"
#include "fixtures.h"

#include <sys/mman.h>
#include <unistd.h>

/* The end of one readable page, with a page behind it that is not. */
static uint8_t *guard_edge(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
        return NULL;
    return pages + page;
}

static bool inside(struct chains_bytes part, struct chains_bytes whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static bool same_fields(const struct chains_field *fields, const uint8_t *a, const uint8_t *b,
                        struct chains_bytes input);

static bool same_field(const struct chains_field *field, const uint8_t *a, const uint8_t *b,
                       struct chains_bytes input)
{
    const uint8_t *left = a + field->offset, *right = b + field->offset;
    struct chains_bytes slice;
    switch (field->type) {
    case CHAINS_OBJECT:
        return same_fields(field->fields, left, right, input);
    case CHAINS_ARRAY:
        return a[field->count] == b[field->count] &&
               memcmp(left, right, (size_t)a[field->count] * field->size) == 0;
    case CHAINS_RAW:
    case CHAINS_HEX:
        memcpy(&slice, left, sizeof slice);
        return memcmp(left, right, sizeof slice) == 0 && inside(slice, input);
    default:
        return memcmp(left, right, field->size) == 0;
    }
}

/* Whether everything that a field table shows is equal on both sides. */
static bool same_fields(const struct chains_field *fields, const uint8_t *a, const uint8_t *b,
                        struct chains_bytes input)
{
    for (const struct chains_field *field = fields; field->name; field++) {
        uint32_t has[2] = { 0, 0 };
        if (field->has) {
            memcpy(&has[0], a, sizeof has[0]);
            memcpy(&has[1], b, sizeof has[1]);
            if (has[0] != has[1])
                return false;
            if (!(has[0] & field->has))
                continue;
        }
        if (!same_field(field, a, b, input)) {
            printf("# field %s\n", field->name);
            return false;
        }
    }
    return true;
}

struct trial {
    const struct chains_dissector *dissector;
    const struct fixture *fixture;
    uint32_t number;
};

/* Whether one prefix of one fixture is treated as it must be. */
static bool prefix_is_good(const struct trial *trial, struct chains_bytes input)
{
    static union fixture_layer one, two;
    memset(&one, 0xaa, sizeof one);
    memset(&two, 0x55, sizeof two);
    const struct chains_dissector *dissector = trial->dissector;
    struct outcome first = fixture_run(dissector, trial->number, input, &one);
    struct outcome second = fixture_run(dissector, trial->number, input, &two);
    const uint8_t *end = input.at + input.len;
    if (first.verdict != second.verdict || first.next.space != second.next.space ||
        first.in.at != second.in.at || first.in.end != second.in.end)
        return false;
    if (first.in.at < input.at || first.in.at > first.in.end || first.in.end > end)
        return false;
    if (first.verdict != CHAINS_PARSED && first.verdict != CHAINS_BAD_TAIL &&
        first.next.space != CHAINS_BY_NOTHING)
        return false;
    if (dissector->layer && fixture_keeps(first.verdict) &&
        !same_fields(dissector->layer->fields, one.bytes, two.bytes, input))
        return false;
    if (strcmp(dissector->name, trial->fixture->name) != 0 ||
        trial->number != trial->fixture->number)
        return true;
    bool guess = dissector->keys[0].space == CHAINS_BY_TUNNEL;
    if (input.len < trial->fixture->fixed)
        return first.verdict == (guess ? CHAINS_NOT_MINE : CHAINS_CUT_SHORT);
    if (input.len < trial->fixture->len)
        return fixture_keeps(first.verdict);
    return first.verdict == CHAINS_PARSED && first.next.space == trial->fixture->next.space &&
           (first.next.space == CHAINS_BY_NOTHING ||
            first.next.number == trial->fixture->next.number);
}

/* Counts the prefixes of a fixture that go wrong, for every number that is claimed. */
static unsigned wrong_prefixes(const struct chains_dissector *dissector,
                               const struct fixture *fixture, uint8_t *edge)
{
    unsigned wrong = 0;
    for (const struct chains_key *key = dissector->keys; key->space; key++) {
        struct trial trial = { dissector, fixture, key->number };
        for (size_t len = 0; len <= fixture->len; len++) {
            struct chains_bytes input = { edge - len, len };
            memcpy(edge - len, fixture->bytes, len);
            if (!prefix_is_good(&trial, input)) {
                wrong++;
                printf("# %s by %" PRIu32 " over the first %zu bytes of %s\n", dissector->name,
                       key->number, len, fixture->name);
            }
        }
    }
    return wrong;
}

static bool has_fixture(const struct chains_dissector *dissector)
{
    for (size_t i = 0; i < FIXTURE_COUNT; i++)
        if (strcmp(fixtures[i].name, dissector->name) == 0)
            return true;
    printf("# %s has no fixture\n", dissector->name);
    return false;
}

int main(void)
{
    uint8_t *edge = guard_edge();
    if (!check(edge != NULL))
        return check_done();
    for (size_t i = 0; dissect_all[i]; i++) {
        check(has_fixture(dissect_all[i]));
        unsigned wrong = 0;
        for (size_t j = 0; j < FIXTURE_COUNT; j++)
            wrong += wrong_prefixes(dissect_all[i], &fixtures[j], edge);
        check_eq_u64(wrong, 0);
    }
    return check_done();
}
