/* SPDX-License-Identifier: MIT */
/*
 * The oddities of one record. In: what was found, and about which name. Out: items in the
 * arena. Kept: the same thing is said about the same name once in a while, in packet time; what
 * was said is remembered as a keyed hash in a bounded table, the longest ago is forgotten
 * first.
 */
#include "weird_list.h"

#include <string.h>

#include "../bytes/text.h"
#include "../bytes/time.h"

const char *const weird_names[WEIRD_NAMES] = {
    [WEIRD_ZERO_BIT] = "zero_bit",
    [WEIRD_TRUNCATED_RESPONSE] = "truncated_response",
    [WEIRD_TRUNCATED_QUERY] = "truncated_query",
    [WEIRD_ODD_OPCODE] = "odd_opcode",
    [WEIRD_ODD_QUERY_TYPE] = "odd_query_type",
    [WEIRD_QUERY_ANY] = "query_any",
    [WEIRD_ZONE_TRANSFER] = "zone_transfer",
    [WEIRD_ODD_QUERY_CLASS] = "odd_query_class",
    [WEIRD_MANY_QUESTIONS] = "many_questions",
    [WEIRD_RECORDS_IN_QUERY] = "records_in_query",
    [WEIRD_MANY_ANSWERS] = "many_answers",
    [WEIRD_UNASKED_ANSWER] = "unasked_answer",
    [WEIRD_ODD_RECORD_TYPE] = "odd_record_type",
    [WEIRD_ODD_RECORD_CLASS] = "odd_record_class",
    [WEIRD_NULL_RECORD] = "null_record",
    [WEIRD_LONG_TXT] = "long_txt",
    [WEIRD_ODD_TTL] = "odd_ttl",
    [WEIRD_PRIVATE_ANSWER] = "private_answer",
    [WEIRD_ODD_NAME] = "odd_name",
    [WEIRD_LONG_SUBDOMAIN] = "long_subdomain",
    [WEIRD_HIGH_ENTROPY_SUBDOMAIN] = "high_entropy_subdomain",
    [WEIRD_MANY_SUBDOMAINS] = "many_subdomains",
    [WEIRD_NXDOMAIN_BURST] = "nxdomain_burst",
    [WEIRD_BAD_NAME] = "bad_name",
    [WEIRD_BAD_DATA] = "bad_data",
    [WEIRD_TRAILING_BYTES] = "trailing_bytes",
    [WEIRD_COUNTS_LIE] = "counts_lie",
};

enum { ABOUT_MOST = 1024 /* the longest name in presentation format has 1012 bytes */ };

void weird_text_part(struct weird_text *text, const char *words, size_t len)
{
    size_t room = sizeof text->text - 1 - text->len;
    if (len > room)
        len = room;
    memcpy(text->text + text->len, words, len);
    text->len += len;
    text->text[text->len] = '\0';
}

void weird_text_add(struct weird_text *text, const char *words)
{
    weird_text_part(text, words, strlen(words));
}

void weird_text_number(struct weird_text *text, uint64_t number)
{
    char digits[TEXT_U64 + 1];
    *text_u64(digits, number) = '\0';
    weird_text_add(text, digits);
}

/* Whether it was said not long ago; from now on it was. */
static bool weird_was_said(struct weird_list *list, uint64_t hash)
{
    enum weird_table_entry was;
    int64_t *said_ns = weird_table_find(list->said, hash, &was);
    int64_t ago_ns = was == WEIRD_TABLE_NEW ? INT64_MAX : time_minus(list->now_ns, *said_ns);
    bool quiet = ago_ns > -list->quiet_ns && ago_ns < list->quiet_ns;
    if (was == WEIRD_TABLE_OLD && quiet)
        return true;
    list->limited += was == WEIRD_TABLE_TAKEN && quiet;
    *said_ns = list->now_ns;
    return false;
}

static const char *weird_keep(struct weird_list *list, const char *text, size_t len)
{
    char *copy = chains_arena_take(list->arena, len + 1);
    if (!copy) {
        list->limited++;
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void weird_say(struct weird_list *list, enum weird_name_of what, const char *about,
               const struct weird_text *detail)
{
    char key[ABOUT_MOST + 1]; /* what it is, and about which name in lower case */
    size_t len = about ? strnlen(about, ABOUT_MOST) : 0;
    if (list->count == WEIRD_ITEMS || list->tries++ == WEIRD_TRIES) {
        list->limited++;
        return;
    }
    key[0] = (char)what;
    for (size_t i = 0; i < len; i++)
        key[i + 1] =
            (char)(about[i] >= 'A' && about[i] <= 'Z' ? about[i] - 'A' + 'a' : about[i]);
    if (weird_was_said(list, siphash13(list->key, key, len + 1)))
        return;
    list->item[list->count++] = (struct chains_weird_item){
        .name = weird_names[what],
        .about = about ? weird_keep(list, key + 1, len) : NULL,
        .detail = detail && detail->len ? weird_keep(list, detail->text, detail->len) : NULL,
    };
}

void weird_say_word(struct weird_list *list, enum weird_name_of what, const char *about,
                    const char *word)
{
    struct weird_text detail = { .len = 0 };
    if (word)
        weird_text_add(&detail, word);
    weird_say(list, what, about, &detail);
}
