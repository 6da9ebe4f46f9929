/* SPDX-License-Identifier: MIT */
/* A flow table that is nearly full: when that begins, who ends early, when it is over. */
#include "flow_seen.h"

#include "../../src/links/flow_emergency.h"
#include "../../src/links/flow_list.h"

enum { FLOWS = 100, BEGINS = 90, ENDS = 80, ENDED = BEGINS - ENDS + 1 };

static char told[4][256];
static size_t told_count;

static void tell(void *user, const char *sentence)
{
    (void)user;
    if (told_count < 4)
        snprintf(told[told_count++], sizeof told[0], "%s", sentence);
}

/* So many flows, a millisecond apart, of which the first `udp` are no TCP; then one look a batch. */
static struct {
    uint64_t udp, flows;
    int64_t later; /* when nothing but other packets comes */
} plan;

static void make(struct packet *packet, uint64_t i)
{
    *packet = (struct packet){ .time = (int64_t)i * MS, .protocol = NO_PACKET };
    if (i >= plan.flows) {
        packet->time = plan.later + (int64_t)(i - plan.flows) * MS / 10;
        return;
    }
    packet->src = 0x0a000001;
    packet->dst = 0x0a000002;
    packet->sport = (uint16_t)(1000 + i);
    packet->dport = 53;
    packet->protocol = i < plan.udp ? UDP : TCP;
    packet->tcp = SYN;
}

struct ended {
    uint64_t evicted, idle, input, tcp_evicted, limited;
};

static struct ended run(uint64_t udp, uint64_t flows, int64_t later)
{
    struct ended ended = { 0 };
    plan.udp = udp;
    plan.flows = flows;
    plan.later = later;
    packet_plan = (struct packet_plan){ .make = make, .count = flows + 100, .batch = 1 };
    chains_component *chain = packet_chain(&(const struct chains_flows_options){
        .size = sizeof(struct chains_flows_options), .flows = FLOWS, .half_open = 100 });
    const struct chains_record *rec;
    told_count = 0;
    chains_on_log(chain, tell, NULL);
    while ((rec = chains_next(chain))) {
        const struct chains_flow *flow = chains_get(rec, flow);
        if (!flow)
            continue;
        ended.evicted += flow->end == CHAINS_END_EVICTED;
        ended.tcp_evicted += flow->end == CHAINS_END_EVICTED && flow->protocol == TCP;
        ended.idle += flow->end == CHAINS_END_IDLE;
        ended.input += flow->end == CHAINS_END_INPUT;
    }
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chain, &stats);
    ended.limited = stats.limited;
    check_eq_u64((uint64_t)chains_error_code(chain), CHAINS_OK);
    chains_free(chain);
    return ended;
}

static void check_ended(struct ended got, struct ended want)
{
    check_eq_u64(got.evicted, want.evicted);
    check_eq_u64(got.tcp_evicted, want.tcp_evicted);
    check_eq_u64(got.idle, want.idle);
    check_eq_u64(got.input, want.input);
    check_eq_u64(got.limited, want.limited);
}

/* One flow less than nine tenths: everything has its own time. */
static void test_not_full(void)
{
    check_ended(run(BEGINS - 1, BEGINS - 1, 7 * S), (struct ended){ .input = BEGINS - 1 });
    check_eq_u64(told_count, 0);
}

/* UDP has 60 s, and 6 s now; fewer than eight tenths are left, and have their 60 s again. */
static void test_idle(void)
{
    check_ended(run(BEGINS, BEGINS, 7 * S),
                (struct ended){ .evicted = ENDED, .input = ENDS - 1, .limited = ENDED });
    check_eq_u64(told_count, 2);
    check_eq_text(told[0],
                  "flows: 90 of 100 flows are in use: those that nobody answers have a tenth "
                  "of their time, until fewer than 80 are");
    check_eq_text(told[1],
                  "flows: fewer than 80 of 100 flows are in use again: timeouts are what "
                  "they were; 11 flows have ended early");
}

/* Nothing was idle for 6 s: nothing ends. */
static void test_busy(void)
{
    check_ended(run(BEGINS, BEGINS, 5 * S), (struct ended){ .input = BEGINS });
    check_eq_u64(told_count, 1);
}

/* Half-open connections, of a second, go before others that are older. */
static void test_half_open_first(void)
{
    check_ended(run(40, BEGINS, 7 * S), (struct ended){ .evicted = ENDED,
                                                        .tcp_evicted = ENDED,
                                                        .input = ENDS - 1,
                                                        .limited = ENDED });
    check_ended(run(80, BEGINS, 7 * S),
                (struct ended){
                    .evicted = ENDED, .tcp_evicted = 10, .input = ENDS - 1, .limited = ENDED });
}

/* What its own time is up for has not been evicted. */
static void test_its_own_time(void)
{
    check_ended(run(40, BEGINS, 11 * S), (struct ended){ .idle = 50, .input = 40 });
}

/* The table, by itself: the lines in flows, for sizes that no tenth divides. */
static void test_lines(void)
{
    static const struct {
        uint32_t flows, begins, ends;
    } table[] = {
        { 63, UINT32_MAX, 0 },
        { 64, 58, 51 },
        { 65, 59, 52 },
        { 100, 90, 80 },
        { 131072, 117965, 104857 },
        { 16777216, 15099495, 13421772 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct flow_table lines = { .limits.flows = table[i].flows };
        flow_emergency_init(&lines);
        check_eq_u64(lines.emergency.begins, table[i].begins);
        check_eq_u64(lines.emergency.ends, table[i].ends);
    }
}

/* Whose timeouts are a tenth: those of two sides only where hardly anybody else is there. */
static void test_who_pays(void)
{
    struct flow_table table = { .limits = { .flows = 640 } };
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        table.limits.timeout[i] = 100 * S;
    flow_emergency_init(&table);
    static const struct {
        uint32_t opening, other;
        bool both;
    } rows[] = { { 40, 0, false }, { 39, 0, true }, { 39, 1, false }, { 0, 0, true } };
    flow_emergency_begin(&table);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        table.list[FLOW_OPENING].count = rows[row].opening;
        table.list[FLOW_OTHER_ONE].count = rows[row].other;
        flow_emergency_weigh(&table);
        for (unsigned i = 0; i < FLOW_CLASSES; i++) {
            bool two = i == FLOW_TCP || i == FLOW_UDP || i == FLOW_OTHER;
            check_eq_u64((uint64_t)table.list[i].timeout,
                         two && !rows[row].both ? 100 * S : 10 * S);
        }
    }
    flow_emergency_end(&table);
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        check_eq_u64((uint64_t)table.list[i].timeout, 100 * S);
}

/* The clock is set back by a day behind the first emergency: the next one is told all the same. */
static void make_two(struct packet *packet, uint64_t i)
{
    make(packet, i % (plan.flows + 100));
    if (packet->protocol)
        packet->dport = (uint16_t)(53 + i / (plan.flows + 100));
    packet->time += i < plan.flows + 100 ? 86400 * S : 100 * S;
}

static void test_told_again(void)
{
    plan.udp = plan.flows = BEGINS;
    plan.later = 7 * S;
    packet_plan =
        (struct packet_plan){ .make = make_two, .count = 2 * (BEGINS + 100), .batch = 1 };
    told_count = 0;
    chains_component *chain = packet_chain(&(const struct chains_flows_options){
        .size = sizeof(struct chains_flows_options), .flows = FLOWS, .half_open = 100 });
    chains_on_log(chain, tell, NULL);
    while (chains_next(chain))
        ;
    chains_free(chain);
    check_eq_u64(told_count, 4);
}

static void test_timeouts(void)
{
    struct flow_table table = { .limits = { .flows = 64,
                                            .timeout = { [FLOW_TCP] = 300 * S } } };
    flow_emergency_init(&table);
    table.live = 57;
    flow_emergency_more(&table);
    check(!table.emergency.now);
    table.live = 58;
    flow_emergency_more(&table);
    flow_emergency_more(&table);
    check(table.emergency.now && table.emergency.both);
    check_eq_u64((uint64_t)table.list[FLOW_TCP].timeout, 30 * S);
    check_eq_u64(table.list[FLOW_TCP].step, flow_list_step(30 * S));
    table.live = 51;
    flow_emergency_less(&table);
    check(table.emergency.now);
    table.live = 50;
    flow_emergency_less(&table);
    check(!table.emergency.now);
    check_eq_u64((uint64_t)table.list[FLOW_TCP].timeout, 300 * S);
}

int main(void)
{
    test_not_full();
    test_idle();
    test_busy();
    test_half_open_first();
    test_its_own_time();
    test_lines();
    test_timeouts();
    test_who_pays();
    test_told_again();
    return check_done();
}
