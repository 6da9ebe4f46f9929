/* SPDX-License-Identifier: MIT */
/*
 * Expressions and what is around them: the place in a chain, check before open, tags that are
 * claimed, and files that are listed, missing, damaged and read again.
 */
#include "../check.h"
#include "records.h"

#include <chains/layer/tags.h>

#include <stdlib.h>
#include <unistd.h>

#include "expression/expression.h"
#include "expression/regex.h"

static char folder[] = "/tmp/expression-XXXXXX";

/* A file of the test folder; its path lives until the next call but one. */
static const char *file_of(const char *name, const char *text)
{
    static char paths[2][64];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    if (!text)
        return path;
    FILE *out = fopen(path, "w");
    if (check(out != NULL)) {
        fputs(text, out);
        fclose(out);
    }
    return path;
}

static struct expression *made(chains_component *self, const char *text, bool load)
{
    char error[EXPRESSION_ERROR] = "";
    int status = -99;
    struct expression *expression =
        expression_new(self, text, load, &status, error, sizeof error);
    if (!check_that_(expression != NULL && status == CHAINS_OK, text, __FILE__, __LINE__))
        printf("# %s\n", error);
    return expression;
}

/* Which records an expression holds for, a letter each by their order. */
static const char *holds(const struct expression *expression,
                         struct chains_record *const records[REC_COUNT])
{
    static char letters[REC_COUNT + 1];
    unsigned count = 0;
    for (unsigned i = 0; expression && i < REC_COUNT; i++)
        if (expression_holds(expression, records[i]))
            letters[count++] = (char)('a' + i);
    letters[count] = '\0';
    return letters;
}

/* `text` with %s for a path. */
static void test_list(chains_component *self, struct chains_record *const records[REC_COUNT],
                      const char *before, const char *lines, const char *behind,
                      const char *want)
{
    char text[256];
    snprintf(text, sizeof text, "%s @\"%s\"%s", before, file_of("list.txt", lines), behind);
    struct expression *expression = made(self, text, true);
    check_text_(holds(expression, records), want, text, __FILE__, __LINE__);
    expression_free(expression);
}

static void test_lists(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    test_list(self, records, "packet.src in", "10.1.2.3\n192.0.2.0/24\n", "", "bde");
    test_list(self, records, "not packet.src in", "0.0.0.0/0\n", "", "acfjlmn");
    test_list(self, records, "packet.src in {2001:db8::1,", "10.1.2.3\n", "}", "bce");
    test_list(self, records, "packet.src in {172.16.0.0/12,", "10.1.2.3\n", ", 192.0.2.1}",
              "bdei");
    test_list(self, records, "all outer.src in {203.0.113.1,", "2001:db8::a\n", "}", "i");
    test_list(self, records, "all outer.src in {203.0.113.2,", "2001:db8::a\n", "}", "");
    test_list(self, records, "domains.dst in", "www.example.com\n", "", "b");
    test_list(self, records, "domains.dst in {\"multicast_dns\",", "www.example.com\n", "}",
              "bc");
    test_list(self, records, "transport.dport in", "80\n5353\n", "", "bcg");
    test_list(self, records, "eth.vlan in", "200\n", "", "b");
    test_list(self, records, "eth.vlan has {100,", "200\n", "}", "b");
    test_list(self, records, "eth.dst in", "02:11:22:33:44:55\n", "", "bc");
    test_list(self, records, "eth.dst in {ff:ff:ff:ff:ff:ff,", "02:11:22\n", "}", "bcef");
    test_list(self, records, "transport.word in", "syn_ack\nfin\n", "", "b");
    test_list(self, records, "packet.op in {request,", "rarp_request\n", "}", "ef");
}

/* A file is read once however often it is named, unless it is read as something else. */
static void test_sharing(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char text[512];
    const char *path = file_of("both.txt", "80\n");
    snprintf(text, sizeof text, "transport.dport in @%s or eth.vlan in @%s or number in @%s",
             path, path, path);
    struct expression *three = made(self, text, true);
    size_t memory = three ? expression_memory(three) : 0;
    snprintf(text, sizeof text, "transport.dport in @%s or eth.vlan == 1 or number == 1", path);
    struct expression *one = made(self, text, true);
    check(memory > 0 && one && expression_memory(one) == memory);
    check_eq_text(holds(three, records), "bg");
    expression_free(one);
    expression_free(three);
}

/* A list that cannot be read is a sentence with a caret; when it is read again, the old one stays. */
static void test_reload(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char text[256], error[EXPRESSION_ERROR] = "";
    const char *path = file_of("changing.txt", "10.1.2.3\n");
    snprintf(text, sizeof text, "packet.src in @%s or number == 1", path);
    struct expression *expression = made(self, text, true);
    check_eq_text(holds(expression, records), "abe");
    file_of("changing.txt", "192.0.2.1\n");
    check_eq_text(holds(expression, records), "abe");
    check_eq_u64(expression_reload(expression, error, sizeof error), CHAINS_OK);
    check_eq_text(holds(expression, records), "ad");
    unlink(path);
    check_eq_u64(expression_reload(expression, error, sizeof error), CHAINS_EIO);
    check(strstr(error, "changing.txt") && strstr(error, "\n    packet.src in @/tmp") &&
          strstr(error, "\n                  ^~~~"));
    check_eq_text(holds(expression, records), "ad");
    file_of("changing.txt", "not an address\n");
    check(expression_reload(expression, error, sizeof error) < 0);
    check_eq_text(holds(expression, records), "ad");
    file_of("changing.txt", "2001:db8::/32\n");
    check_eq_u64(expression_reload(expression, error, sizeof error), CHAINS_OK);
    check_eq_text(holds(expression, records), "ac");
    expression_free(expression);
}

static void test_missing(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    char text[256], error[EXPRESSION_ERROR] = "";
    int status = CHAINS_OK;
    (void)records;
    snprintf(text, sizeof text, "tcp and packet.src in @%s", file_of("missing.txt", NULL));
    check(!expression_new(self, text, true, &status, error, sizeof error));
    check_eq_u64(status, CHAINS_EIO);
    check(strstr(error, "missing.txt: ") && strstr(error, "\n                          ^~~~~"));
    struct expression *expression = made(self, text, false); /* only looked at as text */
    check_eq_text(holds(expression, records), "");
    expression_free(expression);
    snprintf(text, sizeof text, "packet.src in @%s",
             file_of("damaged.txt", "10.0.0.1\n10.0.0.256\n"));
    check(!expression_new(self, text, true, &status, error, sizeof error));
    check(status < 0 && strstr(error, "damaged.txt:2"));
}

/* Tags that nobody has claimed are claimed when the expression is loaded. */
static void test_tags(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    const struct chains_layout *layout = chains_layout_of(self);
    unsigned before = layout->tag_count;
    char error[EXPRESSION_ERROR] = "", *text = strdup("tags has later or tags has alpha");
    int status = CHAINS_OK;
    struct expression *looked_at = made(self, text, false);
    check_eq_u64(layout->tag_count, before);
    struct expression *expression = made(self, text, true);
    check_eq_u64(layout->tag_count, before + 1);
    free(text);
    check_eq_text(layout->tag[before], "later");
    check_eq_text(holds(expression, records), "j");
    check_eq_text(holds(looked_at, records), "j");
    struct chains_record *igmp = records[REC_IGMP];
    struct chains_tags *tags =
        (struct chains_tags *)((char *)igmp + layout->offset[CHAINS_SLOT_tags]);
    uint64_t was = tags->tags;
    tags->tags |= UINT64_C(1) << chains_tag(self, "later");
    check_eq_text(holds(expression, records), "jk");
    tags->tags = was;
    expression_free(looked_at);
    expression_free(expression);
    check_eq_text(layout->tag[before], "later"); /* the chain's own */
    for (unsigned i = layout->tag_count; i < 64; i++) {
        char name[16];
        snprintf(name, sizeof name, "tag-%u", i);
        check_eq_u64(chains_tag(self, name), i);
    }
    check(!expression_new(self, "tags has one_too_many", true, &status, error, sizeof error));
    check_eq_u64(status, CHAINS_EUSAGE);
    check_eq_text(error, "no room for the tag \"one_too_many\": a chain has 64 at most\n"
                         "    tags has one_too_many\n             ^~~~~~~~~~~~");
    expression_free(made(self, "tags has tag-63", true));
}

/* Regular expressions that reach their limit are counted; the record goes on. */
static void test_limited(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    static uint8_t hostile[REGEX_SUBJECT_MOST];
    struct expression *expression =
        made(self, "dyn.raw matches \"(a+)+$\" or number == 1", true);
    struct dyn *dyn = records_dyn(self, records[REC_DYN]);
    struct chains_bytes was = dyn->raw;
    memset(hostile, 'a', sizeof hostile);
    hostile[sizeof hostile - 1] = '!';
    dyn->raw = (struct chains_bytes){ hostile, sizeof hostile };
    check_eq_text(holds(expression, records), "a");
    check_eq_u64(expression_limited(expression), 1);
    check_eq_text(holds(expression, records), "a");
    check_eq_u64(expression_limited(expression), 2);
    dyn->raw = was;
    expression_free(expression);
}

/* Lists of a record that are long on both sides are not all compared. */
static void test_pairs(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    enum { ITEMS = 1000 };
    static struct dyn_item items[ITEMS];
    struct dyn *dyn = records_dyn(self, records[REC_DYN]);
    struct chains_list was = dyn->list;
    for (uint32_t i = 0; i < ITEMS; i++)
        items[i] = (struct dyn_item){ .number = 2 * i };
    struct expression *none = made(self, "dyn.list.number > dyn.list.number", true);
    dyn->list = (struct chains_list){ items, 200 };
    check_eq_text(holds(none, records), "l");
    check_eq_u64(expression_limited(none), 0);
    expression_free(none);
    for (uint32_t i = 0; i < ITEMS; i++)
        items[i].number = 1;
    none = made(self, "dyn.list.number > dyn.list.number", true);
    check_eq_text(holds(none, records), "");
    check_eq_u64(expression_limited(none), 0);
    dyn->list = (struct chains_list){ items, ITEMS };
    check_eq_text(holds(none, records), "");
    check_eq_u64(expression_limited(none), 1);
    expression_free(none);
    dyn->list = was;
}

static void test_all(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    test_lists(self, records);
    test_sharing(self, records);
    test_reload(self, records);
    test_missing(self, records);
    test_limited(self, records);
    test_pairs(self, records);
    test_tags(self, records); /* the last: no tags are left */
}

/* In check nothing is open: an expression is compiled, and nothing of the chain is changed. */
static void test_in_check(chains_component *self, struct chains_record *const *records)
{
    const struct chains_layout *layout = chains_layout_of(self);
    (void)records;
    struct expression *expression = made(
        self, "tags has fresh and packet.src in @/nonexistent/list and transport.dport == 53",
        false);
    check_eq_u64(layout->tag_count, 0);
    expression_free(expression);
}

int main(void)
{
    if (!check(mkdtemp(folder) != NULL))
        return check_done();
    check_eq_u64(records_run(test_all), CHAINS_OK);
    check_eq_u64(records_check(test_in_check), CHAINS_OK);
    static const char *const names[] = { "list.txt", "both.txt", "changing.txt",
                                         "damaged.txt" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(file_of(names[i], NULL));
    check(rmdir(folder) == 0);
    return check_done();
}
