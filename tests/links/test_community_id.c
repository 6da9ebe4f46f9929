/* SPDX-License-Identifier: MIT */
/* Community ID v1: the vectors of its specification and those of other tools, both directions. */
#include "flow_seen.h"

struct vector {
    uint8_t protocol;
    const char *src;
    uint16_t sport;
    const char *dst;
    uint16_t dport;
    uint16_t seed;
    const char *id;
};

static const struct vector vectors[] = {
    { TCP, "128.232.110.120", 34855, "66.35.250.204", 80, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
    { TCP, "66.35.250.204", 80, "128.232.110.120", 34855, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
    { TCP, "128.232.110.120", 34855, "66.35.250.204", 80, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc=" },
    { UDP, "192.168.1.52", 54585, "8.8.8.8", 53, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
    { UDP, "8.8.8.8", 53, "192.168.1.52", 54585, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
    { TCP, "1.2.3.4", 1122, "5.6.7.8", 3344, 0, "1:wCb3OG7yAFWelaUydu0D+125CLM=" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];
        const struct packet packet = {
            .time = 1,
            .src_text = v->src,
            .dst_text = v->dst,
            .sport = v->sport,
            .dport = v->dport,
            .protocol = v->protocol,
            .tcp = SYN,
        };
        for (int with = 0; with < 2; with++) {
            packet_list(&packet, 1);
            chains_component *flows =
                chains_flows(.community_seed = v->seed, .no_community_id = !with);
            chains_link(flows, chains_new(&packet_class, NULL));
            check_eq_u64(seen_run(flows), CHAINS_OK);
            check_eq_text(seen_of(CHAINS_FLOWS, 0)->community, with ? v->id : "");
        }
    }
    return check_done();
}
