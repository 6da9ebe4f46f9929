/* SPDX-License-Identifier: MIT */
/* flows that cannot be opened: it says why, has no numbers, and nothing of it is used any more. */
#include "flow_seen.h"

struct community_id;
struct community_id *__real_community_id_new(uint16_t seed);
struct community_id *__wrap_community_id_new(uint16_t seed);

static bool works;

/* The linker puts it in the place of the library's. */
struct community_id *__wrap_community_id_new(uint16_t seed)
{
    return works ? __real_community_id_new(seed) : NULL;
}

int main(void)
{
    static const struct packet packets[] = { { .time = 1, 1, 2, 3, 4, UDP } };
    for (int i = 0; i < 2; i++) {
        works = i > 0;
        PACKETS(packets);
        chains_component *flows = packet_chain(NULL);
        check_eq_u64(chains_pull(flows) == CHAINS_OK, works);
        check(works || chains_error_code(flows) == CHAINS_EMEM);
        check(works || strstr(chains_error(flows), "no_community_id"));
        struct chains_stats stats = { .size = sizeof stats };
        chains_stats(flows, &stats);
        check_eq_u64(stats.memory > 0, works);
        check_eq_u64(stats.limited, 0);
        chains_free(flows);
    }
    return check_done();
}
