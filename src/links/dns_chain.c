/* SPDX-License-Identifier: MIT */
/*
 * From a question over CNAME records. In: a message. Out: the names on the way. Kept: the
 * number of names and of passes over the records is limited, so that circles and long lists
 * cost little; in the order in which servers send records, one pass is enough.
 */
#include "dns_chain.h"

#include <string.h>

enum { TYPE_CNAME = 5, PASSES = 3 };

static struct chains_bytes chain_name(const void *text, size_t len)
{
    const uint8_t *at = text;
    if (len > 1 && at[len - 1] == '.' && at[len - 2] != '\\')
        len--;
    return (struct chains_bytes){ at, len };
}

static uint8_t chain_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool chain_same(struct chains_bytes a, struct chains_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (chain_lower(a.at[i]) != chain_lower(b.at[i]))
            return false;
    return true;
}

static bool chain_has(const struct dns_chain *chain, struct chains_bytes name)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (chain_same(chain->name[i], name))
            return true;
    return false;
}

void dns_chain_follow(struct dns_chain *chain, const struct chains_dns *dns)
{
    const struct chains_dns_question *question = dns->queries.items;
    const struct chains_dns_record *answer = dns->answers.items;
    chain->count = 0;
    if (dns->question_count != 1 || dns->queries.count != 1)
        return;
    chain->name[chain->count++] = chain_name(question->name, strlen(question->name));
    for (unsigned pass = 0, before = 0; pass < PASSES && before != chain->count; pass++) {
        before = chain->count;
        for (uint32_t i = 0; i < dns->answers.count && chain->count < DNS_CHAIN_MOST; i++) {
            if (answer[i].type_number != TYPE_CNAME || !dns_chain_holds(chain, answer[i].name))
                continue;
            struct chains_bytes to = chain_name(answer[i].rdata.at, answer[i].rdata.len);
            if (to.len && !chain_has(chain, to))
                chain->name[chain->count++] = to;
        }
    }
}

bool dns_chain_holds(const struct dns_chain *chain, const char *name)
{
    return chain_has(chain, chain_name(name, strlen(name)));
}

bool dns_chain_is_above(const struct dns_chain *chain, const char *name)
{
    struct chains_bytes above = chain_name(name, strlen(name));
    if (chain->count == 0 || above.len >= chain->name[0].len)
        return false;
    struct chains_bytes asked = chain->name[0], end = above;
    end.at = asked.at + asked.len - above.len;
    return end.at[-1] == '.' && chain_same(end, above);
}
