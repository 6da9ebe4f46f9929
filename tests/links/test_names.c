/* SPDX-License-Identifier: MIT */
/* The cache of names over a resolver that answers what and when the test says. */
#include <chains/layer/domains.h>

#include "../../src/links/names.h"
#include "../check.h"

static const int64_t s = 1000000000;

struct fake {
    struct resolver base;
    struct chains_addr asked[8192];
    size_t asked_count, answered;
    struct resolver_answer ready[256];
    size_t ready_count, taken;
    unsigned opens, starts, frees;
    bool refuse_open, refuse_start, refuse_submit;
};

static struct fake fake;

static bool fake_open(struct resolver *self, char *error, size_t size)
{
    (void)self;
    fake.opens++;
    snprintf(error, size, "no pipes");
    return !fake.refuse_open;
}

static bool fake_start(struct resolver *self, const struct resolver_begun *begun, char *error,
                       size_t size)
{
    (void)self;
    fake.starts++;
    snprintf(error, size, "no luck");
    return !fake.refuse_start && begun->tell(begun->user);
}

static bool fake_begun(void *user)
{
    ++*(unsigned *)user;
    return true;
}

static void start_names(struct names *names)
{
    unsigned begun = 0;
    const struct resolver_begun tell = { fake_begun, &begun };
    names_open(names);
    names_start(names, &tell);
    check_eq_u64(begun, !fake.refuse_open && !fake.refuse_start);
}

static bool fake_submit(struct resolver *self, const struct chains_addr *addr)
{
    (void)self;
    if (fake.refuse_submit || fake.asked_count == 8192)
        return false;
    fake.asked[fake.asked_count++] = *addr;
    return true;
}

static bool fake_poll(struct resolver *self, struct resolver_answer *answer)
{
    (void)self;
    if (fake.taken == fake.ready_count)
        return false;
    *answer = fake.ready[fake.taken++];
    if (fake.taken == fake.ready_count)
        fake.taken = fake.ready_count = 0;
    return true;
}

static void fake_wait(struct resolver *self, unsigned ms)
{
    (void)self;
    (void)ms;
}

static bool fake_serves(const struct resolver *self, const struct chains_addr *addr)
{
    (void)self;
    return addr->family == 4 && memcmp(addr->octets, "\11\11\11\11", 4) == 0;
}

static void fake_free(struct resolver *self)
{
    (void)self;
    fake.frees++;
}

static const struct resolver_calls fake_calls = {
    .open = fake_open,
    .start = fake_start,
    .submit = fake_submit,
    .poll = fake_poll,
    .wait = fake_wait,
    .serves = fake_serves,
    .free = fake_free,
};

static struct names *make_names(size_t entries, uint32_t rate)
{
    fake = (struct fake){ .base = { &fake_calls } };
    struct names_options options = { &fake.base, entries, rate };
    return names_new(&options);
}

static struct names *new_names(size_t entries, uint32_t rate)
{
    struct names *names = make_names(entries, rate);
    start_names(names);
    return names;
}

static struct chains_addr ip(uint32_t number)
{
    struct chains_addr addr = { .family = 4 };
    for (unsigned i = 0; i < 4; i++)
        addr.octets[i] = (uint8_t)(number >> (24 - 8 * i));
    return addr;
}

static struct names_found find(struct names *names, uint32_t number)
{
    struct chains_addr addr = ip(number);
    return names_find(names, &addr);
}

static void say(uint32_t number, unsigned from, uint32_t ttl, const char *name)
{
    struct resolver_answer *answer = &fake.ready[fake.ready_count++];
    *answer = (struct resolver_answer){ .addr = ip(number) };
    answer->says.from = (uint8_t)from;
    answer->says.ttl = ttl;
    snprintf(answer->says.name, PTR_NAME, "%s", name);
}

static void test_life(void)
{
    struct names *names = new_names(64, 50);
    names_begin(names, 1 * s);
    check_eq_u64(fake.opens, 1);
    check_eq_u64(fake.starts, 1);
    struct names_found found = find(names, 1);
    check_eq_u64(found.from, CHAINS_NAME_PENDING);
    check(found.soon);
    check_eq_u64(find(names, 1).from, CHAINS_NAME_PENDING);
    check_eq_u64(fake.asked_count, 1); /* once while in flight */
    say(1, CHAINS_NAME_PTR, 5, "one.example");
    names_take(names, 1 * s);
    found = find(names, 1);
    check_eq_u64(found.from, CHAINS_NAME_PTR);
    check_eq_text(found.name, "one.example");
    check(!found.soon);
    names_begin(names, 60 * s); /* 5 seconds became a minute */
    check_eq_text(find(names, 1).name, "one.example");
    check_eq_u64(fake.asked_count, 1);
    names_begin(names, 62 * s);
    check_eq_text(find(names, 1).name, "one.example"); /* the old name, until there is a new */
    check_eq_u64(fake.asked_count, 2);
    say(1, CHAINS_NAME_PTR, 1000000, "new.example");
    names_begin(names, 63 * s);
    check_eq_text(find(names, 1).name, "new.example");
    names_begin(names, 63 * s + 3601 * s); /* at most an hour */
    find(names, 1);
    check_eq_u64(fake.asked_count, 3);
    say(1, CHAINS_NAME_TIMEOUT, 0, "");
    names_begin(names, 4000 * s);
    check_eq_u64(find(names, 1).from, CHAINS_NAME_TIMEOUT);
    check(find(names, 1).name == NULL);
    names_free(names);
    check_eq_u64(fake.frees, 1);
}

static void test_no_names(void)
{
    static const struct {
        unsigned from;
        uint32_t ttl;
        int lives;
    } row[] = {
        { CHAINS_NAME_NXDOMAIN, 1, 30 },    { CHAINS_NAME_NXDOMAIN, 9999, 600 },
        { CHAINS_NAME_NODATA, 100, 100 },   { CHAINS_NAME_INVALID, 0, 30 },
        { CHAINS_NAME_SERVFAIL, 9999, 30 }, { CHAINS_NAME_REFUSED, 0, 30 },
        { CHAINS_NAME_TIMEOUT, 0, 30 },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct names *names = new_names(64, 50);
        names_begin(names, 1 * s);
        find(names, 1);
        say(1, row[i].from, row[i].ttl, "");
        names_begin(names, 1 * s);
        check_eq_u64(find(names, 1).from, row[i].from);
        names_begin(names, row[i].lives * s);
        check_eq_u64(find(names, 1).from, row[i].from);
        check_eq_u64(fake.asked_count, 1);
        names_begin(names, (row[i].lives + 1) * s);
        check_eq_u64(find(names, 1).from, CHAINS_NAME_PENDING);
        check_eq_u64(fake.asked_count, 2);
        names_free(names);
    }
}

static void test_rate(void)
{
    struct names *names = new_names(1024, 10);
    unsigned limited = 0;
    names_begin(names, 1 * s);
    for (uint32_t i = 0; i < 200; i++)
        limited += find(names, i).from == CHAINS_NAME_LIMITED;
    check_eq_u64(fake.asked_count, 64); /* the burst, and all that may be in flight */
    check_eq_u64(limited, 200 - 64);
    check(find(names, 199).soon);
    for (uint32_t i = 0; i < 64; i++)
        say(i, CHAINS_NAME_NXDOMAIN, 60, "");
    names_begin(names, 1 * s);
    find(names, 100);
    check_eq_u64(fake.asked_count, 64); /* in flight are none, but the rate is used up */
    names_begin(names, 2 * s);
    for (uint32_t i = 100; i < 200; i++)
        find(names, i);
    check_eq_u64(fake.asked_count, 74); /* ten a second */
    names_free(names);

    names = new_names(1024, 1000);
    names_begin(names, 1 * s);
    for (uint32_t i = 0; i < 200; i++)
        find(names, i);
    check_eq_u64(fake.asked_count, NAMES_IN_FLIGHT);
    names_free(names);
}

/* Answers every question in flight: below 1000 with a name, else with "no such name". */
static void answer_all(void)
{
    for (; fake.answered < fake.asked_count; fake.answered++) {
        uint32_t number = chains_load_be32(fake.asked[fake.answered].octets);
        char name[32];
        snprintf(name, sizeof(name), "h%u.example", (unsigned)number);
        if (number < 1000)
            say(number, CHAINS_NAME_PTR, 60, name);
        else
            say(number, CHAINS_NAME_NXDOMAIN, 60, "");
    }
    fake.asked_count = fake.answered = 0;
}

/* A small table and many addresses: a name once shown stays for its batch, and is right. */
static void test_eviction(void)
{
    struct names *names = new_names(64, 1000000);
    unsigned wrong = 0, shown = 0;
    int64_t now = s;
    for (uint32_t round = 0; round < 4000; round++, now += s / 100) {
        const char *held[16];
        char want[32];
        uint32_t first = round / 4 % 30 * 8;
        names_begin(names, now);
        for (uint32_t i = 0; i < 16; i++)
            held[i] = find(names, first + i).name;
        answer_all();
        names_take(names, now);
        for (uint32_t i = 0; i < 48; i++)
            find(names, 1000 + round * 48 + i);
        for (uint32_t i = 0; i < 16; i++) {
            snprintf(want, sizeof(want), "h%u.example", (unsigned)(first + i));
            wrong += held[i] && strcmp(held[i], want) != 0;
            shown += held[i] != NULL;
        }
        answer_all();
    }
    check_eq_u64(wrong, 0);
    check(shown > 1000);
    check(names_bytes(names) < 64 * 300);
    names_free(names);
}

static void test_changed_while_shown(void)
{
    struct names *names = new_names(64, 50);
    names_begin(names, 1 * s);
    find(names, 1);
    say(1, CHAINS_NAME_PTR, 60, "old.example");
    names_begin(names, 1 * s);
    names_begin(names, 100 * s);
    const char *shown = find(names, 1).name;
    say(1, CHAINS_NAME_PTR, 60, "new.example");
    names_take(names, 100 * s);
    check_eq_text(shown, "old.example");
    names_begin(names, 101 * s);
    find(names, 1);
    say(1, CHAINS_NAME_PTR, 60, "new.example");
    names_begin(names, 102 * s);
    check_eq_text(find(names, 1).name, "new.example");
    names_free(names);
}

static void test_dead_server(void)
{
    struct names *names = new_names(1024, 1000);
    names_begin(names, 1 * s);
    check(names_alive(names));
    for (uint32_t i = 0; i < 20; i++)
        find(names, i);
    for (uint32_t i = 0; i < 3; i++)
        say(i, CHAINS_NAME_TIMEOUT, 0, "");
    names_begin(names, 4 * s);
    check(!names_alive(names)); /* no waiting any more, but still asking */
    check(names_warning(names) == NULL);
    check_eq_u64(find(names, 50).from, CHAINS_NAME_PENDING);
    for (uint32_t i = 3; i < 20; i++)
        say(i, CHAINS_NAME_TIMEOUT, 0, "");
    say(50, CHAINS_NAME_TIMEOUT, 0, "");
    names_begin(names, 5 * s);
    const char *warning = names_warning(names);
    check(warning && strstr(warning, "10 questions in a row"));
    check(names_warning(names) == NULL);
    size_t asked = fake.asked_count;
    check_eq_u64(find(names, 60).from, CHAINS_NAME_LIMITED);
    names_begin(names, 64 * s);
    find(names, 61);
    check_eq_u64(fake.asked_count, asked);
    names_begin(names, 66 * s); /* one question, to see */
    find(names, 62);
    find(names, 63);
    check_eq_u64(fake.asked_count, asked + 1);
    say(62, CHAINS_NAME_TIMEOUT, 0, "");
    names_begin(names, 69 * s);
    find(names, 64);
    check_eq_u64(fake.asked_count, asked + 1);
    check(names_warning(names) == NULL);
    names_begin(names, 130 * s);
    find(names, 65);
    check_eq_u64(fake.asked_count, asked + 2);
    say(65, CHAINS_NAME_NXDOMAIN, 60, "");
    names_begin(names, 131 * s);
    check(names_alive(names));
    find(names, 66);
    find(names, 67);
    check_eq_u64(fake.asked_count, asked + 4);
    names_free(names);
}

static void test_odd(void)
{
    struct names *names = new_names(64, 50);
    struct chains_addr none = { .family = 0 };
    names_begin(names, 1 * s);
    check_eq_u64(names_find(names, &none).from, CHAINS_NAME_NOT_ASKED);
    check_eq_u64(find(names, 0x09090909).from, CHAINS_NAME_NOT_ASKED); /* the server itself */
    fake.refuse_submit = true;
    check_eq_u64(find(names, 1).from, CHAINS_NAME_LIMITED);
    fake.refuse_submit = false;
    check_eq_u64(find(names, 1).from, CHAINS_NAME_PENDING);
    names_free(names);

    for (int start = 0; start < 2; start++) {
        names = make_names(64, 50);
        fake.refuse_start = start == 1;
        fake.refuse_open = start == 0;
        start_names(names);
        names_begin(names, 1 * s);
        check_eq_u64(find(names, 1).from, CHAINS_NAME_NOT_ASKED);
        check_eq_u64(find(names, 2).from, CHAINS_NAME_NOT_ASKED);
        check_eq_u64(fake.starts, start);
        check(!names_alive(names));
        check_eq_text(names_warning(names), start ? "names are not asked for: no luck"
                                                  : "names are not asked for: no pipes");
        names_free(names);
    }
    names_free(NULL);
}

int main(void)
{
    test_life();
    test_no_names();
    test_rate();
    test_eviction();
    test_changed_while_shown();
    test_dead_server();
    test_odd();
    return check_done();
}
