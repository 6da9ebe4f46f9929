/* SPDX-License-Identifier: MIT */
/*
 * Lists of texts and lists of numbers in a layer, and those of items inside of items: what holds for
 * one of them, for all and for none, and what is said of a comparison that makes no sense.
 */
#include "../check.h"
#include "records.h"

#include <stdlib.h>

#include "expression/expression.h"

/* Whether it holds for the record that has such lists; it never does for the one without. */
static const struct {
    const char *text;
    bool holds;
} rows[] = {
    /* "h2", "http/1.1", no bytes at all, and two that are no text. */
    { "dyn.words", true },
    { "dyn.words == \"h2\"", true },
    { "dyn.words == \"H2\"", false },
    { "dyn.words == \"h\"", false },
    { "dyn.words == \"\"", true },
    { "dyn.words == 00:ff", true },
    { "dyn.words == \"\\x00\\xff\"", true },
    { "dyn.words == 00", false },
    { "dyn.words != \"h3\"", true },
    { "dyn.words != \"h2\"", false },
    { "any dyn.words != \"h2\"", true },
    { "all dyn.words == \"h2\"", false },
    { "all dyn.words in {\"h2\", \"http/1.1\", \"\", 00:ff}", true },
    { "all dyn.words in {\"h2\", \"http/1.1\", 00:ff}", false },
    { "dyn.words in {\"spdy/3\", \"http/1.1\"}", true },
    { "dyn.words in {\"spdy/3\"}", false },
    { "dyn.words contains \"ttp/\"", true },
    { "dyn.words contains ff", true },
    { "dyn.words contains \"h2http\"", false },
    { "dyn.words matches \"^http/1\\.[01]$\"", true },
    { "dyn.words matches \"2h\"", false },
    { "dyn.words matches \"^$\"", true },
    { "dyn.words has {\"h2\", \"http/1.1\"}", true },
    { "dyn.words has {\"h2\", \"h3\"}", false },
    { "dyn.words == dyn.list.deep.marks", true },
    { "dyn.words contains dyn.text2", false },
    { "dyn.raw contains dyn.words", true }, /* the empty one */
    { "all dyn.words == dyn.list.deep.marks", false },

    /* 0x0a0a, 4865, 0xc02f, 4865 */
    { "dyn.codes", true },
    { "dyn.codes == 4865", true },
    { "dyn.codes == 0xc02f", true },
    { "dyn.codes == 4866", false },
    { "dyn.codes in {4865, 0x1302}", true },
    { "dyn.codes in {0x1302, 0x1303}", false },
    { "dyn.codes in 0xc000..0xcfff", true },
    { "dyn.codes != 1", true },
    { "dyn.codes != 4865", false },
    { "dyn.codes > 0xc02e", true },
    { "dyn.codes > 0xc02f", false },
    { "dyn.codes < 0x0a0a", false },
    { "all dyn.codes >= 0x0a0a", true },
    { "all dyn.codes > 0x0a0a", false },
    { "dyn.codes has {4865, 0xc02f}", true },
    { "dyn.codes has {4865, 1}", false },
    { "dyn.codes == dyn.u16", false },
    { "dyn.codes > dyn.u16", true },
    { "dyn.port < dyn.codes", true },

    /* "Three", 200 and "two words" */
    { "dyn.sorts == three", true },
    { "dyn.sorts == \"Three\"", true },
    { "dyn.sorts == \"two words\"", true },
    { "dyn.sorts == two", false },
    { "dyn.sorts == 200", true },
    { "dyn.sorts == 4", true },
    { "dyn.sorts != one", true },
    { "dyn.sorts in {one, \"two words\"}", true },
    { "dyn.sorts contains \"words\"", true },
    { "dyn.sorts matches \"^Thr\"", true },
    { "all dyn.sorts matches \".\"", false }, /* 200 has no name */
    { "dyn.sorts >= 200", true },
    { "dyn.sorts has {three, 200}", true },

    /* Lists in items of lists in items. */
    { "dyn.list.deep.marks", true },
    { "dyn.list.deep.marks == \"http/1.1\"", true },
    { "dyn.list.deep.marks == \"\"", false },
    { "all dyn.list.deep.marks contains \"h\"", true },
    { "dyn.list.deep.scores == 18446744073709551615", true },
    { "dyn.list.deep.scores == 0", true },
    { "dyn.list.deep.scores == 1", false },
    { "all dyn.list.deep.scores > 0", false },

    /* An empty list has no value. */
    { "dyn.nobody", false },
    { "dyn.nobody != 1", false },
    { "all dyn.nobody == 1", false },
    { "not dyn.nobody == 1 and dyn.codes", true },
};

static const struct {
    const char *text, *sentence;
} faults[] = {
    { "dyn.codes == 65536", "too large: dyn.codes is at most 65535" },
    { "dyn.codes == \"x\"", "not a number: dyn.codes is compared with a number like 53, 0x35 "
                            "or 64k" },
    { "dyn.codes contains \"1\"",
      "dyn.codes is a number; it takes ==, !=, <, <=, >, >= and in" },
    { "dyn.sorts == four", "no name \"four\" in dyn.sorts" },
    { "dyn.sorts == 256", "too large: dyn.sorts is at most 255" },
    { "dyn.words == 80", "" }, /* bytes, as for any field of bytes */
    { "dyn.words > \"a\"", "dyn.words is bytes; it takes ==, !=, in, contains and matches" },
    { "dyn.words.len == 1", "no field \"dyn.words.len\"" },
    { "dyn.list.deep.mark == 1", "did you mean \"dyn.list.deep.marks\"?" },
};

static void test_rows(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char error[EXPRESSION_ERROR] = "";
        int status = CHAINS_OK;
        struct expression *expression =
            expression_new(self, rows[i].text, true, &status, error, sizeof error);
        if (!check_that_(expression != NULL, rows[i].text, __FILE__, __LINE__)) {
            printf("# %s\n", error);
            continue;
        }
        check_that_(expression_holds(expression, records[REC_DYN]) == rows[i].holds,
                    rows[i].text, __FILE__, __LINE__);
        check_that_(!expression_holds(expression, records[REC_DYN_EMPTY]), rows[i].text,
                    __FILE__, __LINE__);
        check(expression_limited(expression) == 0);
        expression_free(expression);
    }
}

static void test_faults(chains_component *self)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char error[EXPRESSION_ERROR] = "";
        int status = CHAINS_OK;
        struct expression *expression =
            expression_new(self, faults[i].text, true, &status, error, sizeof error);
        bool good = !expression == (*faults[i].sentence != '\0') &&
                    strstr(error, faults[i].sentence) != NULL;
        if (!check_that_(good, faults[i].text, __FILE__, __LINE__))
            printf("# %s\n", error);
        expression_free(expression);
    }
}

/* Pairs of two long lists are counted as those of any others are: not all are compared. */
static void test_pairs(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    enum { ITEMS = 300 };
    static uint16_t codes[ITEMS];
    struct dyn *dyn = records_dyn(self, records[REC_DYN]);
    struct chains_list was = dyn->codes;
    char error[EXPRESSION_ERROR] = "";
    int status = CHAINS_OK;
    struct expression *expression =
        expression_new(self, "dyn.codes > dyn.codes", true, &status, error, sizeof error);
    if (!check(expression != NULL))
        return;
    dyn->codes = (struct chains_list){ codes, 256 };
    check(!expression_holds(expression, records[REC_DYN]));
    uint64_t before = expression_limited(expression);
    dyn->codes.count = ITEMS;
    check(!expression_holds(expression, records[REC_DYN]));
    check_eq_u64(expression_limited(expression), before + 1);
    codes[0] = 1;
    check(expression_holds(expression, records[REC_DYN]));
    dyn->codes = was;
    expression_free(expression);
}

static void test_all(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    test_rows(self, records);
    test_faults(self);
    test_pairs(self, records);
}

int main(void)
{
    check_eq_u64(records_run(test_all), CHAINS_OK);
    return check_done();
}
