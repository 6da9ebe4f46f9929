/* SPDX-License-Identifier: MIT */
/* where: which records stay, what is said about a wrong expression, and lists that are reloaded. */
#include "packets.h"

/* The numbers of the records that come out, with commas; then the chain is freed. */
static const char *numbers(chains_component *last)
{
    static char out[512];
    const struct chains_record *rec;
    size_t len = 0;
    out[0] = '\0';
    while ((rec = chains_next(last)) && len < sizeof out - 30)
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%" PRIu64, len ? "," : "",
                                rec->number);
    if (chains_error(last))
        snprintf(out, sizeof out, "%s", chains_error(last));
    chains_free(last);
    return out;
}

static chains_component *where(const char *expression)
{
    return packets_link(chains_where(.expression = expression), packets_new());
}

static void test_keeps(void)
{
    static const struct {
        const char *expression, *want;
    } table[] = {
        { "transport.dport == 53", "53" },
        { "transport.dport in {1, 10, 11, 100, 101}", "1,10,11,100" },
        { "number <= 3 or number > 99", "1,2,3,100" },
        { "packet.src == 10.0.0.7", "7" },
        { "packet.ttl > 0", "" },
        { "not udp", "" },
        { "transport.dport > 200", "" },
        { "udp and number == 20..22", NULL }, /* whatever that is, it is an error */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].want)
            check_eq_text(numbers(where(table[i].expression)), table[i].want);
        else
            check(strstr(numbers(where(table[i].expression)), "where: ") != NULL);
}

static void test_all(void)
{
    chains_component *last = where("udp");
    uint64_t count = 0;
    const struct chains_record *rec;
    while ((rec = chains_next(last)))
        check(rec->number == ++count);
    check_eq_u64(count, PACKETS);
    chains_free(last);
    /* One behind the other. */
    last = packets_link(chains_where(.expression = "number < 60"), where("number > 57"));
    check_eq_text(numbers(last), "58,59");
}

static void test_stats(void)
{
    chains_component *last = where("number in {1, 2, 50}");
    struct chains_stats stats = { .size = sizeof stats };
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_eq_u64(chains_stats(last, &stats), CHAINS_OK);
    check_eq_u64(stats.in, PACKETS);
    check_eq_u64(stats.out, 3);
    check_eq_u64(stats.dropped, PACKETS - 3);
    check(stats.memory > 0); /* as it was before it closed */
    check_eq_u64(stats.limited, 0);
    chains_free(last);
}

static void test_no_expression(void)
{
    static const char *const nothing[] = { NULL, "", " \t\n" };
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        chains_component *last = where(nothing[i]);
        check_eq_u64(chains_error_code(last), CHAINS_EUSAGE);
        check_eq_text(chains_error(last), "where: needs an expression, for example where "
                                          "'transport.dport == 53'");
        check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
        chains_free(last);
    }
    chains_component *last = packets_link(chains_where_new(NULL), packets_new());
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    chains_free(last);
}

/* Before anything is open, with the place of the fault. */
static void test_wrong_expression(void)
{
    packets_opened = 0;
    chains_component *last = where("transport.dprot == 53");
    check_eq_u64(chains_check(last), CHAINS_EUSAGE);
    check_eq_text(chains_error(last),
                  "where: no field \"transport.dprot\"; did you mean \"transport.dport\"?\n"
                  "    transport.dprot == 53\n"
                  "    ^~~~~~~~~~~~~~~");
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    check_eq_u64(packets_opened, 0);
    chains_free(last);
    last = where("domains.dst == \"dns.example\"");
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    check(strstr(chains_error(last), "no layer \"domains\" here: put reverse_dns before it"));
    check_eq_u64(packets_opened, 0);
    chains_free(last);
}

static void test_lists(void)
{
    char expression[100], error[200];
    snprintf(expression, sizeof expression, "packet.src in @%s", packets_path);
    packets_write("10.0.0.4/31\n10.0.0.9 # nine\n");
    check_eq_text(numbers(where(expression)), "4,5,9");
    packets_write("10.0.0.4/31\nnine\n");
    chains_component *last = where(expression);
    check_eq_u64(chains_check(last), CHAINS_OK); /* no file is read to check a chain */
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    snprintf(error, sizeof error, "where: %s:2: \"nine\" is not an address", packets_path);
    check(strncmp(chains_error(last), error, strlen(error)) == 0);
    chains_free(last);
    last = where("packet.src in @/nowhere/list");
    check_eq_u64(chains_pull(last), CHAINS_EIO);
    check(strstr(chains_error(last), "/nowhere/list: No such file or directory") != NULL);
    chains_free(last);
}

/* The number of the next record, 0 at the end. */
static uint64_t next_number(chains_component *last)
{
    const struct chains_record *rec = chains_next(last);
    return rec ? rec->number : 0;
}

static void test_reopen(void)
{
    char expression[100], warning[200];
    snprintf(expression, sizeof expression, "transport.dport in @%s", packets_path);
    packets_write("1\n11\n");
    chains_component *last = packets_logged(where(expression));
    check_eq_u64(next_number(last), 1);
    packets_write("12\n13\n22\n");
    check_eq_u64(next_number(last), 11); /* not read again by itself */
    chains_reopen(last);
    check_eq_u64(next_number(last), 22); /* 12 and 13 are gone with their batch */
    check_eq_u64(packets_warnings, 0);

    packets_write("twelve\n");
    chains_reopen(last);
    check_eq_u64(next_number(last), 0); /* nothing of 22 behind it, and the old list holds */
    snprintf(warning, sizeof warning,
             "where: %s:1: \"twelve\" is not a number of at most 64 bits; the list stays as it "
             "was",
             packets_path);
    check_eq_text(packets_warning, warning);
    check_eq_u64(packets_warnings, 1);
    check(chains_error(last) == NULL);
    chains_free(last);
}

static void test_reopen_without_file(void)
{
    char expression[100];
    snprintf(expression, sizeof expression, "transport.dport in @%s", packets_path);
    packets_write("1\n31\n51\n");
    chains_component *last = packets_logged(where(expression));
    check_eq_u64(next_number(last), 1);
    unlink(packets_path);
    chains_reopen(last);
    check_eq_u64(next_number(last), 31); /* the old list */
    check_eq_u64(packets_warnings, 1);
    check(strstr(packets_warning, "No such file or directory; the list stays as it was"));
    packets_write("41\n");
    chains_reopen(last);
    check_eq_u64(next_number(last), 41); /* and the new one, as soon as it is there */
    check_eq_u64(next_number(last), 0);
    check_eq_u64(packets_warnings, 1);
    chains_free(last);
}

static void test_memory(void)
{
    char expression[100], line[40];
    struct chains_stats before = { .size = sizeof before }, after = { .size = sizeof after };
    snprintf(expression, sizeof expression, "packet.src in @%s", packets_path);
    packets_write("10.0.0.1\n");
    chains_component *last = where(expression);
    check_eq_u64(next_number(last), 1);
    chains_stats(last, &before);
    FILE *file = fopen(packets_path, "w");
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(line, sizeof line, "10.%u.%u.%u\n", i / 200, i % 200, i % 100 * 2);
        fputs(line, file);
    }
    fclose(file);
    chains_reopen(last);
    next_number(last);
    chains_stats(last, &after);
    check(before.memory > 0 && after.memory > before.memory + 20000 * 4);
    chains_free(last);
}

int main(void)
{
    if (!check(packets_file()))
        return check_done();
    test_keeps();
    test_all();
    test_stats();
    test_no_expression();
    test_wrong_expression();
    test_lists();
    test_reopen();
    test_reopen_without_file();
    test_memory();
    unlink(packets_path);
    return check_done();
}
