/* SPDX-License-Identifier: MIT */
/* Rules of a tagger: of options and of a file, what is wrong with them, and a file read again. */
#include "packets.h"

#include "../../src/links/rules.h"

/* The tags of a record, with commas. */
static const char *tags_of(const struct chains_record *rec)
{
    static char out[64 * 50];
    const struct chains_tags *tags = rec ? chains_get(rec, tags) : NULL;
    out[0] = '\0';
    for (unsigned i = 0; tags && i < rec->layout->tag_count; i++) {
        if (!(tags->tags >> i & 1))
            continue;
        if (out[0])
            strcat(out, ",");
        strcat(out, rec->layout->tag[i]);
    }
    return tags ? out : "(no tags)";
}

static chains_component *tagger(const char *const *rule, const char *rules)
{
    return packets_link(chains_tagger(.rule = rule, .rules = rules, .no_built_in = true),
                        packets_new());
}

/* The next record, of number `number`, has these tags. */
static void check_next(chains_component *last, uint64_t number, const char *want)
{
    const struct chains_record *rec;
    do
        rec = chains_next(last);
    while (rec && rec->number < number);
    if (!check(rec && rec->number == number))
        printf("# %s\n", chains_error(last) ? chains_error(last) : "the end");
    check_eq_text(tags_of(rec), want);
}

static void test_options(void)
{
    static const char *const rule[] = {
        "one: transport.dport == 1",
        "  low:transport.dport <= 3",
        "odd : transport.dport in {1, 3, 5}",
        "odd: number == 8", /* one of them is enough */
        "a:b.c-d_e: packet.dst == 8.8.8.8",
        "low-and-odd: tags has low and tags has odd",
        "not-low: not tags has low",
        "before: tags has behind", /* the rule comes too late */
        "behind: udp",
        NULL,
    };
    chains_component *last = tagger(rule, NULL);
    check_next(last, 1, "one,low,odd,a:b.c-d_e,low-and-odd,behind");
    check_next(last, 2, "low,a:b.c-d_e,behind");
    check_next(last, 5, "odd,a:b.c-d_e,not-low,behind");
    check_next(last, 8, "odd,a:b.c-d_e,not-low,behind");
    check_next(last, 9, "a:b.c-d_e,not-low,behind");
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(last, &stats);
    check(stats.memory > 0);
    chains_free(last);
}

static void test_beside_the_built_in(void)
{
    static const char *const rule[] = { "web: tags has outgoing and number == 2", NULL };
    static const char *const more[] = { "seen: tags has web", NULL };
    chains_component *last = packets_link(chains_tagger(.rule = rule), packets_new());
    last = packets_link(chains_tagger(.rule = more, .no_built_in = true), last);
    check_next(last, 1, "outgoing");
    check_next(last, 2, "outgoing,web,seen");
    chains_free(last);
}

static bool even(const struct chains_record *rec, void *user)
{
    (void)user;
    return rec->number % 2 == 0;
}

static void test_beside_methods(void)
{
    const struct chains_tag_method method = { "even", even, NULL };
    static const char *const rule[] = { "even4: tags has even and number == 4", NULL };
    chains_component *last = packets_link(
        chains_tagger(.methods = &method, .method_count = 1, .rule = rule, .no_built_in = true),
        packets_new());
    check_next(last, 3, "");
    check_next(last, 4, "even,even4");
    chains_free(last);
}

static void test_file(void)
{
    packets_write("\xef\xbb\xbf# rules\r\n"
                  "\r\n"
                  "   \t\n"
                  "one: number == 1   # a comment\n"
                  "  two :number==2\r\n"
                  "#three: number == 3\n"
                  "hash: domains.src == \"a # b\" or number == 1 # \"\n");
    chains_component *last = tagger(NULL, packets_path);
    check_eq_u64(chains_check(last), CHAINS_OK);
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE); /* no reverse_dns: the text was whole */
    check(strstr(chains_error(last), "no layer \"domains\" here") != NULL);
    check(strstr(chains_error(last), "domains.src == \"a # b\" or number == 1\n") != NULL);
    chains_free(last);

    packets_write("\xef\xbb\xbf# rules\r\none: number == 1   # a comment\n  two :number==2\r\n"
                  "#three: number == 3\n\nboth: tags has given and number in {1,4}");
    static const char *const rule[] = { "given: number >= 4", NULL };
    last = tagger(rule, packets_path);
    check_next(last, 1, "one");
    check_next(last, 2, "two");
    check_next(last, 3, "");
    check_next(last, 4, "given,both");
    chains_free(last);

    packets_write("# nothing\n");
    last = tagger(NULL, packets_path);
    check_next(last, 1, "");
    chains_free(last);
}

static void check_wrong(const char *rule, const char *want)
{
    const char *const rules[] = { "fine: udp", rule, NULL };
    char whole[1200];
    packets_opened = 0;
    chains_component *last = tagger(rules, NULL);
    check_eq_u64(chains_check(last), CHAINS_EUSAGE);
    snprintf(whole, sizeof whole, "tagger: %s", want);
    check_eq_text(chains_error(last), whole);
    check_eq_u64(packets_opened, 0);
    chains_free(last);
    /* The same from a file, which is read when the chain is opened. */
    snprintf(whole, sizeof whole, "fine: udp\n\n%s\n", rule);
    packets_write(whole);
    last = tagger(NULL, packets_path);
    check_eq_u64(chains_check(last), CHAINS_OK);
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    snprintf(whole, sizeof whole, "tagger: %s:3: %s", packets_path, want);
    check_eq_text(chains_error(last), whole);
    chains_free(last);
}

static void test_wrong(void)
{
    static const char good_name[] = "the name of a tag is 1 to 47 letters, digits, '_', '-', "
                                    "'.' and ':'";
    char rule[200], want[300];
    check_wrong("udp", "\"udp\" is not a rule: write NAME: EXPRESSION");
    check_wrong("two words: udp", "\"two words: udp\" is not a rule: write NAME: EXPRESSION");
    snprintf(want, sizeof want, "\": udp\": %s", good_name);
    check_wrong(": udp", want);
    snprintf(want, sizeof want, "\"a/b: udp\": %s", good_name);
    check_wrong("a/b: udp", want);
    check_wrong("name:", "the rule name lacks an expression");
    memset(rule, 'x', 48);
    strcpy(rule + 48, ": udp");
    snprintf(want, sizeof want, "\"%.40s...\": %s", rule, good_name);
    check_wrong(rule, want);
}

/* The rest of the sentence is the expression's, with its caret. */
static void test_wrong_expression(void)
{
    const char *const rule[] = { "dns: transport.dprot == 53", NULL };
    char want[400];
    static const char sentence[] =
        "no field \"transport.dprot\"; did you mean \"transport.dport\"?\n"
        "    transport.dprot == 53\n"
        "    ^~~~~~~~~~~~~~~";
    chains_component *last = tagger(rule, NULL);
    check_eq_u64(chains_check(last), CHAINS_EUSAGE);
    snprintf(want, sizeof want, "tagger: %s", sentence);
    check_eq_text(chains_error(last), want);
    chains_free(last);
    packets_write("fine: udp\ndns: transport.dprot == 53 # typed in a hurry\n");
    last = tagger(NULL, packets_path);
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    snprintf(want, sizeof want, "tagger: %s:2: %s", packets_path, sentence);
    check_eq_text(chains_error(last), want);
    chains_free(last);
}

static void test_wrong_files(void)
{
    chains_component *last = tagger(NULL, "/nowhere/rules");
    check_eq_u64(chains_pull(last), CHAINS_EIO);
    check_eq_text(chains_error(last), "tagger: /nowhere/rules: No such file or directory");
    chains_free(last);
    last = tagger(NULL, "/tmp");
    check_eq_u64(chains_pull(last), CHAINS_EIO);
    chains_free(last);
    packets_write("fine: udp\nlisted: packet.src in @/nowhere/list\n");
    last = tagger(NULL, packets_path);
    check_eq_u64(chains_pull(last), CHAINS_EIO);
    check(strstr(chains_error(last), ":2: /nowhere/list: No such file or directory") != NULL);
    chains_free(last);
    const char *const rule[] = { "listed: packet.src in @/nowhere/list", NULL };
    last = tagger(rule, NULL);
    check_eq_u64(chains_check(last), CHAINS_OK); /* no file is read to check a chain */
    check_eq_u64(chains_pull(last), CHAINS_EIO);
    chains_free(last);
}

/* Sixty-four tags are in a chain; several rules of one name take one of them. */
static void test_many(void)
{
    static char text[RULES_MOST * 40];
    size_t len = 0;
    for (unsigned i = 0; i < RULES_MOST; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "tag%u: number == %u\n", i % 64,
                                i + 1);
    packets_write(text);
    chains_component *last = tagger(NULL, packets_path);
    check_next(last, 1, "tag0");
    check_next(last, 64, "tag63");
    check_next(last, 65, "tag0");
    chains_free(last);

    FILE *file = fopen(packets_path, "a");
    fputs("tag1: udp\n", file);
    fclose(file);
    last = tagger(NULL, packets_path);
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    check(strstr(chains_error(last), ":1025: more than 1024 rules") != NULL);
    chains_free(last);

    len = 0;
    for (unsigned i = 0; i <= 64; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "tag%u: udp\n", i);
    packets_write(text);
    last = tagger(NULL, packets_path);
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    check(strstr(chains_error(last),
                 ":65: no room for the tag \"tag64\": a chain has 64 at most") != NULL);
    chains_free(last);
}

static void test_reopen(void)
{
    char warning[300];
    static const char *const rule[] = { "given: number == 11", NULL };
    packets_write("old: udp\nboth: number in {1, 11, 21}\n");
    chains_component *last = packets_logged(tagger(rule, packets_path));
    check_next(last, 1, "old,both");
    packets_write("both: number == 12\nnew: udp\nnewer: number == 32\n");
    check_next(last, 10, "old"); /* not read again by itself */
    chains_reopen(last);
    check_next(last, 11, "given,new");
    check_next(last, 12, "both,new");
    check_eq_u64(packets_warnings, 0);

    packets_write("newest: udp\nnew: number = 4\n"); /* the second is wrong: all stay */
    chains_reopen(last);
    check_next(last, 22, "new");
    check_eq_u64(packets_warnings, 1);
    snprintf(warning, sizeof warning, "tagger: %s:2: ", packets_path);
    check(strncmp(packets_warning, warning, strlen(warning)) == 0);
    check(strstr(packets_warning, "; the rules stay as they were") != NULL);
    check(strchr(packets_warning, '\n') == NULL);

    unlink(packets_path);
    chains_reopen(last);
    check_next(last, 32, "new,newer");
    check_eq_u64(packets_warnings, 2);
    packets_write("last: udp\n");
    chains_reopen(last);
    check_next(last, 42, "last");
    check_eq_u64(packets_warnings, 2);
    check(chains_error(last) == NULL);
    chains_free(last);
}

/* The lists of rules are read again too, also where the file of rules is wrong by then. */
static void test_reopen_lists(void)
{
    char list[] = "/tmp/chains-rules-XXXXXX", rule[100], text[100];
    int fd = mkstemp(list);
    check(fd >= 0 && write(fd, "11\n21\n", 6) == 6);
    snprintf(rule, sizeof rule, "given: transport.dport in @%s", list);
    snprintf(text, sizeof text, "file: transport.dport in @%s\n", list);
    const char *const rules[] = { rule, NULL };
    packets_write(text);
    chains_component *last = packets_logged(tagger(rules, packets_path));
    check_next(last, 1, "");
    check(ftruncate(fd, 0) == 0 && pwrite(fd, "12\n22\n32\n", 9, 0) == 9);
    chains_reopen(last);
    check_next(last, 11, "");
    check_next(last, 12, "given,file");
    packets_write("not a rule\n");
    check(ftruncate(fd, 0) == 0 && pwrite(fd, "23\n", 3, 0) == 3);
    chains_reopen(last);
    check_next(last, 22, "");
    check_next(last, 23, "given,file");
    check_eq_u64(packets_warnings, 1);
    check(ftruncate(fd, 0) == 0 && pwrite(fd, "none\n", 5, 0) == 5);
    packets_write(text);
    chains_reopen(last);
    check_next(last, 31, "");          /* both keep the list that says 23 */
    check_eq_u64(packets_warnings, 4); /* of the option's list, the file, and its list */
    chains_free(last);
    close(fd);
    unlink(list);
}

/* Tags of a file that come and go do not take more than their 64 bits. */
static void test_reopen_full(void)
{
    char text[64 * 40];
    size_t len = 0;
    for (unsigned i = 0; i < 63; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "tag%u: number == %u\n", i, i);
    packets_write(text);
    chains_component *last = packets_logged(tagger(NULL, packets_path));
    check_next(last, 1, "tag1");
    packets_write("a: udp\nb: udp\n");
    chains_reopen(last);
    check_next(last, 11, "tag11"); /* b is one too many */
    check_eq_u64(packets_warnings, 1);
    check(strstr(packets_warning, "no room for the tag \"b\"") != NULL);
    packets_write("a: udp\ntag5: udp\n");
    chains_reopen(last);
    check_next(last, 21, "tag5,a");
    check_eq_u64(packets_warnings, 1);
    chains_free(last);
}

int main(void)
{
    if (!check(packets_file()))
        return check_done();
    test_options();
    test_beside_the_built_in();
    test_beside_methods();
    test_file();
    test_wrong();
    test_wrong_expression();
    test_wrong_files();
    test_many();
    test_reopen();
    test_reopen_lists();
    test_reopen_full();
    unlink(packets_path);
    return check_done();
}
