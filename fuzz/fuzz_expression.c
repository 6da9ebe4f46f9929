/* SPDX-License-Identifier: MIT */
/*
 * Any text as an expression, over records with every type of field. What is no expression gets a
 * sentence and a caret, in printable ASCII; what is one says the same twice, and "not" of it the
 * opposite. Bytes behind a 0 are the value that it looks at. No file is opened. Build and run:
 *
 *     script/fuzz expression 180
 *
 * or by hand, with the library's private archive:
 *
 *     clang -g -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -Iinclude -Isrc \
 *         fuzz/fuzz_expression.c BUILD/src/libchains_private.a \
 *         -lpcre2-8 -lpcap -lcares -lz -lzstd -pthread
 */
#include "../tests/expression/records.c" /* the records, and the chain around them */

#include <stdio.h>

#include "expression/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static chains_component *place;
static struct chains_record *all[REC_COUNT];

static void keep_place(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    place = self;
    memcpy(all, records, sizeof all);
}

/* A message is a sentence and two lines more, and has nothing in it that a terminal minds. */
static void check_message(const char *error)
{
    unsigned lines = 0;
    for (const char *c = error; *c; c++) {
        lines += *c == '\n';
        if ((*c < ' ' || *c > '~') && *c != '\n')
            abort();
    }
    if (lines != 2 || error[0] == '\n')
        abort();
}

static struct expression *compiled(const char *text)
{
    char error[EXPRESSION_ERROR] = "";
    int status = 1;
    struct expression *expression =
        expression_new(place, text, false, &status, error, sizeof error);
    if (expression ? status != CHAINS_OK : status >= 0)
        abort();
    if (!expression)
        check_message(error);
    return expression;
}

static void check_not(const char *text, const bool *holds)
{
    size_t size = strlen(text) + 8;
    char *not_text = malloc(size);
    if (!not_text)
        return;
    snprintf(not_text, size, "not (%s)", text);
    struct expression *not_expression = compiled(not_text); /* NULL: too deep, or too long */
    for (unsigned i = 0; not_expression && i < REC_COUNT; i++)
        if (expression_holds(not_expression, all[i]) == holds[i])
            abort();
    expression_free(not_expression);
    free(not_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static chains_component *probe; /* one chain for all inputs, its first batch at hand */
    if (!probe) {
        probe = records_chain_new(keep_place, NULL);
        if (!chains_next(probe) || !place)
            abort();
    }
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t len = strlen(text);
    struct dyn *dyn = records_dyn(place, all[REC_DYN]);
    dyn->raw = (struct chains_bytes){ data + len, size - len };
    struct expression *expression = compiled(text);
    bool holds[REC_COUNT];
    for (unsigned i = 0; expression && i < REC_COUNT; i++) {
        holds[i] = expression_holds(expression, all[i]);
        if (expression_holds(expression, all[i]) != holds[i])
            abort();
    }
    if (expression)
        check_not(text, holds);
    expression_free(expression);
    free(text);
    return 0;
}
