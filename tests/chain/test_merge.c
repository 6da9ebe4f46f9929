/* SPDX-License-Identifier: MIT */
/* Several chains as one in time order: equal times, ends, idling, failures, links, ownership. */
#include <chains/components.h>

#include "../check.h"
#include "parts.h"

/*
 * Gives records at the times in `times`: digits are seconds, '|' ends a batch, 'i' idles; E is an
 * event about the packet before, e about one that was never there, F a flow record.
 */
struct timed {
    size_t size;
    const char *times;
    uint32_t wire_len; /* whose it is */
    bool live;
};

struct timed_state {
    size_t at;
    uint64_t number;
    int64_t time_ns;
    struct chains_prefix local;
    struct chains_input input;
};

static int timed_open(chains_component *self)
{
    struct timed_state *state = chains_state(self);
    const struct timed *timed = chains_options(self);
    state->input = (struct chains_input){ timed->wire_len, 7 };
    chains_announce(self, &(struct chains_source_info){ .live = timed->live,
                                                        .local = &state->local,
                                                        .local_count = 1,
                                                        .inputs = &state->input,
                                                        .input_count = 1 });
    return CHAINS_OK;
}

static int timed_next(chains_component *self, struct chains_batch *out)
{
    struct timed_state *state = chains_state(self);
    const struct timed *timed = chains_options(self);
    char c;
    while ((c = timed->times[state->at])) {
        state->at++;
        if (c == '|')
            break;
        if (c == 'f')
            return chains_fail(self, CHAINS_EIO, "broken");
        if (c == 'i')
            return CHAINS_IDLE;
        struct chains_record *rec = chains_batch_add(out);
        if (c == 'E' || c == 'e' || c == 'F') { /* at the time of the packet before */
            rec->kind = c == 'F' ? CHAINS_FLOWS : CHAINS_EVENTS;
            rec->number = c == 'E' ? state->number : c == 'e' ? state->number + 5 : 0;
            rec->time_ns = state->time_ns;
            rec->wire_len = timed->wire_len;
            continue;
        }
        rec->number = ++state->number;
        rec->time_ns = state->time_ns = (int64_t)(c - '0') * 1000000000;
        rec->wire_len = timed->wire_len;
    }
    return chains_batch_count(out) ? CHAINS_OK : CHAINS_END;
}

static const struct chains_field timed_fields[] = {
    CHAINS_FIELD(timed, times, TEXT, "when"),
    CHAINS_FIELDS_END,
};

static const struct chains_class timed_class = {
    .name = "timed",
    .brief = "records at given times",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct timed_state),
    .options_size = sizeof(struct timed),
    .options = timed_fields,
    .open = timed_open,
    .next = timed_next,
};

static chains_component *timed_new(const char *times, uint32_t whose, bool live)
{
    return chains_new(&timed_class,
                      &(const struct timed){ sizeof(struct timed), times, whose, live });
}

/* "a1 b1 ": whose record, and its time; the numbers are checked on the way. */
static void merged(chains_component *last, char *out, size_t size)
{
    const struct chains_record *rec;
    size_t used = 0;
    uint64_t number = 0;
    out[0] = '\0';
    while ((rec = chains_next(last))) {
        check_eq_u64(rec->number, ++number);
        used += (size_t)snprintf(out + used, size - used, "%c%d ", (char)rec->wire_len,
                                 (int)(rec->time_ns / 1000000000));
    }
}

static void test_order(void)
{
    static const struct {
        const char *a, *b, *want;
    } cases[] = {
        { "135", "246", "a1 b2 a3 b4 a5 b6 " },
        { "111", "111", "a1 a1 a1 b1 b1 b1 " },
        { "1|3|5", "2|4|6", "a1 b2 a3 b4 a5 b6 " },
        { "1|1|9", "1|8", "a1 a1 b1 b8 a9 " },
        { "", "12", "b1 b2 " },
        { "", "", "" },
        { "19", "", "a1 a9 " },
        { "51", "3", "b3 a5 a1 " },          /* what is out of order in one input stays so */
        { "1|ii3", "2|i4", "a1 b2 a3 b4 " }, /* a file that idles is waited for */
        { "123456789", "5", "a1 a2 a3 a4 a5 b5 a6 a7 a8 a9 " },
    };
    char got[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        chains_component *merge = chains_merge();
        chains_link(merge, timed_new(cases[i].a, 'a', false));
        chains_link(merge, timed_new(cases[i].b, 'b', false));
        merged(merge, got, sizeof got);
        check_eq_text(got, cases[i].want);
        check(chains_error(merge) == NULL);
        chains_free(merge);
    }
}

/* Packets are numbered anew; what is none has the new number of its packet, or 0. */
static void test_numbers(void)
{
    static const struct {
        const char *a, *b, *want;
    } cases[] = {
        { "13E5F", "2E46E", "a1 b2 B2 a3 A3 b4 a5 a0 b6 B6 " },
        { "1F3e5", "2eE4F", "a1 a0 b2 b0 B2 a3 a0 b4 b0 a5 " },
        { "E1", "F2", "a0 b0 a1 b2 " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        chains_component *merge = chains_merge();
        const struct chains_record *rec;
        char got[256] = "";
        size_t used = 0;
        chains_link(merge, timed_new(cases[i].a, 'a', false));
        chains_link(merge, timed_new(cases[i].b, 'b', false));
        while ((rec = chains_next(merge))) {
            int whose = (int)rec->wire_len;
            if (rec->kind == CHAINS_EVENTS && rec->number)
                whose += 'A' - 'a';
            used += (size_t)snprintf(got + used, sizeof got - used, "%c%d ", whose,
                                     (int)rec->number);
        }
        check_eq_text(got, cases[i].want);
        chains_free(merge);
    }
}

/* Many, more than a batch each: nothing is lost, everything in order. */
static void test_many(void)
{
    chains_component *merge = chains_merge();
    for (int i = 0; i < 20; i++)
        chains_link(merge,
                    timed_new("11111222223333344444|55555666667777788888|9", 'a', false));
    const struct chains_record *rec;
    uint64_t count = 0;
    int64_t before = 0;
    while ((rec = chains_next(merge))) {
        check(rec->time_ns >= before);
        before = rec->time_ns;
        count++;
    }
    check_eq_u64(count, 20 * 41);
    chains_free(merge);
}

/* An interface without packets holds nobody up. */
static void test_live(void)
{
    char got[256];
    chains_component *merge = chains_merge();
    chains_link(merge, timed_new("iii1", 'a', true));
    chains_link(merge, timed_new("2|3|4", 'b', true));
    merged(merge, got, sizeof got);
    check_eq_text(got, "b2 b3 b4 a1 ");
    chains_free(merge);
}

static int info_each(chains_component *self, struct chains_record *rec)
{
    struct chains_source_info info = chains_source_of(self);
    (void)rec;
    check(info.live);
    check_eq_u64(info.local_count, 2);
    check_eq_u64(info.input_count, 2);
    check(info.inputs[0].device == 'a' && info.inputs[1].device == 'b');
    check(info.inputs[0].inode == 7 && info.inputs[1].inode == 7);
    return CHAINS_KEEP;
}

static void test_links_and_layers(void)
{
    static const struct chains_class info_class = { .name = "info",
                                                    .role = CHAINS_SINK,
                                                    .each = info_each };
    chains_component *merge = chains_merge(), *sink = chains_new(&info_class, NULL);
    chains_component *odd = odd_new(false);
    chains_link(odd, timed_new("1234", 'a', false));
    chains_link(merge, odd);
    chains_link(merge, timed_new("5", 'b', true));
    check_eq_u64(chains_link(sink, merge), CHAINS_OK);
    check(chains_branch(merge, 0) == odd);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(merge, &stats);
    check_eq_u64(stats.in, 3);
    check_eq_u64(stats.out, 3);
    chains_stats(odd, &stats);
    check_eq_u64(stats.dropped, 2);
    chains_free(odd); /* the merge's: nothing happens */
    chains_free(sink);
}

static void test_failures(void)
{
    char got[256];
    chains_component *merge = chains_merge();
    chains_link(merge, timed_new("12|f", 'a', false));
    chains_link(merge, timed_new("19", 'b', false));
    merged(merge, got, sizeof got);
    check_eq_text(got, "a1 b1 a2 b9 "); /* the others go on, and the failure is not forgotten */
    check_eq_text(chains_error(merge), "timed: broken");
    check(chains_error_code(merge) == CHAINS_EIO);
    chains_free(merge);

    merge = chains_merge();
    check(chains_pull(merge) == CHAINS_EUSAGE);
    check_eq_text(chains_error(merge), "merge: nothing is linked to it");
    chains_free(merge);

    merge = chains_merge();
    chains_component *one = timed_new("1", 'a', false);
    chains_link(merge, one);
    check(chains_link(merge, one) == CHAINS_EUSAGE);
    check(chains_pull(merge) == CHAINS_EUSAGE);
    check_eq_text(chains_error(merge), "merge: timed is linked already, to merge");
    check(chains_pull(one) == CHAINS_EUSAGE);
    chains_free(merge);

    merge = chains_merge();
    chains_component *link = odd_new(false);
    chains_link(link, merge);
    check(chains_link(merge, link) == CHAINS_EUSAGE); /* a circle */
    chains_free(link);

    /* What a tee gives cannot come back. */
    merge = chains_merge();
    chains_component *tee = chains_tee(), *branch = odd_new(false);
    chains_link(tee, script_new("1e"));
    chains_link(branch, tee);
    check(chains_link(merge, branch) == CHAINS_EUSAGE);
    check(chains_link(merge, tee) == CHAINS_EUSAGE);
    chains_free(merge);
    chains_free(tee);
}

static void test_stop(void)
{
    chains_component *merge = chains_merge(), *one = timed_new("1|2|3|4", 'a', false);
    chains_link(merge, one);
    chains_link(merge, timed_new("1|2|3|4", 'b', false));
    check(chains_next(merge) != NULL);
    chains_stop(one); /* of any: all of it */
    check(chains_next(merge) == NULL);
    check(chains_error(merge) == NULL);
    chains_free(merge);
}

int main(void)
{
    test_order();
    test_numbers();
    test_many();
    test_live();
    test_links_and_layers();
    test_failures();
    test_stop();
    return check_done();
}
