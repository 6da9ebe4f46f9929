/* SPDX-License-Identifier: MIT */
/* A record that cannot be shown ends the chain: those before it are written and passed on. */
#include <chains/component.h>
#include <chains/components.h>

#include "../check.h"

#include <stdlib.h>

struct odd {
    uint8_t one;
};

static const struct chains_field odd_fields[] = {
    CHAINS_FIELD_AS(odd, "a\"b", one, UINT, "no name for JSON"),
    CHAINS_FIELDS_END,
};
static const struct chains_layer_type odd_type = { "odd",      "odd", sizeof(struct odd),
                                                   odd_fields, 0,     0 };
static const struct chains_layer_type *const odd_attaches[] = { &odd_type, NULL };

enum { RECORDS = 5 };

static uint64_t odd_number; /* the record with the layer; 0: none */

/* One batch of records. */
static int few_next(chains_component *self, struct chains_batch *out)
{
    bool *given = chains_state(self);
    if (*given)
        return CHAINS_END;
    *given = true;
    for (uint64_t i = 1; i <= RECORDS; i++) {
        struct chains_record *rec = chains_batch_add(out);
        rec->number = i;
        if (i == odd_number)
            *(struct odd *)chains_attach(self, rec, &odd_type) = (struct odd){ 1 };
    }
    return CHAINS_OK;
}

static const struct chains_class few_class = {
    .name = "few",
    .brief = "records",
    .role = CHAINS_SOURCE,
    .state_size = sizeof(bool),
    .attaches = odd_attaches,
    .next = few_next,
};

int main(void)
{
    for (odd_number = 0; odd_number <= RECORDS; odd_number++) {
        uint64_t whole = odd_number ? odd_number - 1 : RECORDS, lines = 0;
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        chains_component *sink = chains_json_lines(.out = out);
        chains_link(sink, chains_new(&few_class, NULL));
        check_eq_u64(chains_pull(sink), odd_number ? CHAINS_EUSAGE : CHAINS_OK);
        struct chains_stats stats = { .size = sizeof stats };
        chains_stats(sink, &stats);
        check_eq_u64(stats.in, RECORDS);
        check_eq_u64(stats.out, whole);
        chains_free(sink);
        fclose(out);
        for (size_t i = 0; i < len; i++)
            lines += text[i] == '\n';
        check_eq_u64(lines, whole);
        check(len == 0 || text[len - 1] == '\n');
        free(text);
    }
    return check_done();
}
