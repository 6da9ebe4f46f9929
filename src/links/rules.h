/* SPDX-License-Identifier: MIT */
#ifndef LINKS_RULES_H
#define LINKS_RULES_H

#include <chains/component.h>

#include "../expression/expression.h"

/* "NAME: EXPRESSION", a tag each; of options, or a line each of a file. */

enum {
    RULES_MOST =
        1024, /* in one set: several may have one name, and then one of them is enough */
    RULES_ERROR = EXPRESSION_ERROR + 256,
};

struct rule {
    struct expression *expression;
    uint64_t bit;
};

struct rules {
    struct rule *rule;
    size_t count, room;
};

/*
 * Whether `text` is a rule, in check, when nothing is open. CHAINS_OK, or a status and a sentence,
 * which is followed by a line break, the expression and a caret where that is at fault.
 */
int rules_check(chains_component *self, const char *text, char *error, size_t error_size);

/* Adds a rule and reads the lists of its expression; in open. As above. */
int rules_add(struct rules *rules, chains_component *self, const char *text, char *error,
              size_t error_size);

/*
 * Adds the rules of a file, '#' begins a comment. As above, with "FILE:LINE: " in front; the rules
 * before the one at fault are there then.
 */
int rules_read(struct rules *rules, chains_component *self, const char *path, char *error,
               size_t error_size);

/* Reads the lists of all expressions again; warns of those that cannot be read and stay. */
void rules_reload(const struct rules *rules, chains_component *self);

/* Calls `tell` for each file that a reload reads. */
void rules_files(const struct rules *rules, chains_access_teller tell, void *user);

size_t rules_memory(const struct rules *rules);
uint64_t rules_limited(const struct rules *rules);
void rules_free(struct rules *rules);

#endif
