/* SPDX-License-Identifier: MIT */
/* Who belongs to whom, also after links that fail; leaks are the sanitizer's to find. */
#include "../check.h"
#include "parts.h"

static const struct chains_class flows_class = {
    .name = "flows_only",
    .brief = "takes flows",
    .role = CHAINS_LINK,
    .takes = CHAINS_FLOWS,
    .each = odd_each,
};
static const struct chains_class streams_class = {
    .name = "streams_only",
    .brief = "takes streams or flows",
    .role = CHAINS_LINK,
    .takes = CHAINS_STREAMS | CHAINS_FLOWS,
    .each = odd_each,
};

static void test_good(void)
{
    chains_component *source = script_new("3e"), *link = odd_new(false), *sink = count_new();
    check_eq_u64(chains_link(link, source), CHAINS_OK);
    check_eq_u64(chains_link(sink, link), CHAINS_OK);
    check(chains_upstream(sink) == link);
    check(chains_upstream(link) == source);
    check(chains_upstream(source) == NULL);
    check(chains_error(sink) == NULL);
    check_eq_u64(chains_error_code(sink), 0);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check_eq_u64(counted.records, 2);
    chains_free(link); /* given away: nothing happens */
    chains_free(source);
    chains_free(sink);
}

static void test_kinds(void)
{
    chains_component *sink = chains_new(&flows_class, NULL);
    check(chains_link(sink, script_new("1")) == CHAINS_EUSAGE);
    check_eq_text(chains_error(sink), "flows_only: takes flows, but script gives packets");
    check(chains_pull(sink) == CHAINS_EUSAGE);
    chains_free(sink);

    /* The kind is known only when the whole chain is. */
    chains_component *middle = odd_new(false);
    sink = chains_new(&streams_class, NULL);
    check_eq_u64(chains_link(sink, middle), CHAINS_OK);
    chains_link(middle, script_new("1"));
    check(chains_pull(sink) == CHAINS_EUSAGE);
    check_eq_text(chains_error(sink),
                  "streams_only: takes streams or flows, but odd gives packets");
    chains_free(sink);
}

static void test_twice(void)
{
    chains_component *source = script_new("1"), *first = count_new(), *second = count_new();
    check_eq_u64(chains_link(first, source), CHAINS_OK);
    check(chains_link(second, source) == CHAINS_EUSAGE);
    check_eq_text(chains_error(second), "count: script is linked already, to count");
    check(chains_error(first) == NULL);
    check_eq_u64(chains_pull(first), CHAINS_OK);
    check(chains_pull(second) == CHAINS_EUSAGE);
    check(chains_link(first, script_new("1")) == CHAINS_EUSAGE);
    chains_free(first);
    chains_free(second);

    chains_component *sink = count_new();
    chains_link(sink, script_new("1"));
    check(chains_link(sink, script_new("2")) == CHAINS_EUSAGE);
    check_eq_text(chains_error(sink), "count: linked twice, to script and to script");
    check(chains_pull(sink) == CHAINS_EUSAGE);
    check_eq_u64(counted.records, 0);
    chains_free(sink);
}

static void test_self_and_cycle(void)
{
    chains_component *link = odd_new(false);
    check(chains_link(link, link) == CHAINS_EUSAGE);
    check_eq_text(chains_error(link), "odd: linked to itself");
    chains_free(link);
    chains_component *a = odd_new(false), *b = odd_new(false);
    check_eq_u64(chains_link(b, a), CHAINS_OK);
    check(chains_link(a, b) == CHAINS_EUSAGE);
    check(chains_pull(b) == CHAINS_EUSAGE);
    chains_free(b);
}

static void test_source_and_alone(void)
{
    chains_component *source = script_new("1");
    check(chains_link(source, script_new("1")) == CHAINS_EUSAGE);
    check_eq_text(chains_error(source), "script: a source, nothing can be linked to it");
    chains_free(source);
    chains_component *sink = count_new();
    check(chains_pull(sink) == CHAINS_EUSAGE);
    check_eq_text(chains_error(sink), "count: nothing is linked upstream of it");
    chains_free(sink);
}

static void test_null(void)
{
    check(chains_link(NULL, NULL) == CHAINS_EMEM);
    check(chains_link(NULL, script_new("1")) == CHAINS_EMEM);
    chains_component *sink = count_new();
    check(chains_link(sink, NULL) == CHAINS_EMEM);
    check(chains_pull(sink) == CHAINS_EMEM);
    check(strstr(chains_error(sink), "no memory") != NULL);
    chains_free(sink);
    check(chains_pull(NULL) == CHAINS_EMEM);
    check(chains_step(NULL) == CHAINS_EMEM);
    check(chains_next(NULL) == NULL);
    check(chains_error(NULL) != NULL);
    check(chains_error_code(NULL) == CHAINS_EMEM);
    check(chains_upstream(NULL) == NULL);
    chains_stop(NULL);
    chains_on_log(NULL, NULL, NULL);
    chains_free(NULL);
    struct chains_stats stats = { .size = sizeof stats };
    check(chains_stats(NULL, &stats) == CHAINS_EMEM);
}

static void test_after_pull(void)
{
    chains_component *sink = count_new(), *source = script_new("1");
    chains_link(sink, source);
    check_eq_u64(chains_step(sink), CHAINS_OK);
    check(chains_link(sink, script_new("1")) == CHAINS_EUSAGE);
    chains_component *late = count_new();
    check(chains_link(late, sink) == CHAINS_EUSAGE);
    chains_free(late);
}

static void test_wrong_class(void)
{
    static const struct chains_class nothing = { .name = "nothing", .role = CHAINS_LINK };
    chains_component *sink = chains_new(&nothing, NULL);
    chains_link(sink, script_new("1"));
    check(chains_pull(sink) == CHAINS_EUSAGE);
    check(strncmp(chains_error(sink), "nothing: ", 9) == 0);
    chains_free(sink);
}

int main(void)
{
    test_good();
    test_kinds();
    test_twice();
    test_self_and_cycle();
    test_source_and_alone();
    test_null();
    test_after_pull();
    test_wrong_class();
    return check_done();
}
