/* SPDX-License-Identifier: MIT */
#ifndef LINKS_WEIRD_LIST_H
#define LINKS_WEIRD_LIST_H

#include <chains/component.h>
#include <chains/layer/weird.h>

#include "../bytes/siphash.h"
#include "weird_table.h"

/* The oddities that dns_weird knows; docs/weird.md says what each means. */
enum weird_name_of {
    WEIRD_ZERO_BIT,
    WEIRD_TRUNCATED_RESPONSE,
    WEIRD_TRUNCATED_QUERY,
    WEIRD_ODD_OPCODE,
    WEIRD_ODD_QUERY_TYPE,
    WEIRD_QUERY_ANY,
    WEIRD_ZONE_TRANSFER,
    WEIRD_ODD_QUERY_CLASS,
    WEIRD_MANY_QUESTIONS,
    WEIRD_RECORDS_IN_QUERY,
    WEIRD_MANY_ANSWERS,
    WEIRD_UNASKED_ANSWER,
    WEIRD_ODD_RECORD_TYPE,
    WEIRD_ODD_RECORD_CLASS,
    WEIRD_NULL_RECORD,
    WEIRD_LONG_TXT,
    WEIRD_ODD_TTL,
    WEIRD_PRIVATE_ANSWER,
    WEIRD_ODD_NAME,
    WEIRD_LONG_SUBDOMAIN,
    WEIRD_HIGH_ENTROPY_SUBDOMAIN,
    WEIRD_MANY_SUBDOMAINS,
    WEIRD_NXDOMAIN_BURST,
    WEIRD_BAD_NAME,
    WEIRD_BAD_DATA,
    WEIRD_TRAILING_BYTES,
    WEIRD_COUNTS_LIE,
    WEIRD_NAMES,
};

extern const char *const weird_names[WEIRD_NAMES];

/* A few words with numbers, cut where there is no more room. */
struct weird_text {
    char text[128];
    size_t len;
};
void weird_text_add(struct weird_text *text, const char *words);
void weird_text_part(struct weird_text *text, const char *words, size_t len);
void weird_text_number(struct weird_text *text, uint64_t number);

/* Of one record: items, and how often something may be said, also what was said already. */
enum { WEIRD_ITEMS = 16, WEIRD_TRIES = 64 };

/* What has been found odd about the record at hand. */
struct weird_list {
    struct chains_arena *arena;
    struct weird_table *said; /* with a payload of an int64_t: when it was */
    const struct siphash_key *key;
    int64_t now_ns, quiet_ns;
    struct chains_weird_item item[WEIRD_ITEMS];
    uint32_t count, tries;
    uint32_t limited; /* items without room, names forgotten too early */
};

/*
 * Adds an item, unless the same was said of the same name within `quiet_ns`. `about` may be
 * NULL; it is copied in lower case. `detail`, which may be NULL, is copied too.
 */
void weird_say(struct weird_list *list, enum weird_name_of what, const char *about,
               const struct weird_text *detail);

/* The same with these words as detail. */
void weird_say_word(struct weird_list *list, enum weird_name_of what, const char *about,
                    const char *word);

#endif
