/* SPDX-License-Identifier: MIT */
/*
 * From a question over CNAME records. In: a message. Out: the names on the way. Kept: the
 * number of names, of answers and of passes over them is limited, and names are compared by
 * their hashes first, so that circles and long lists of long names cost little; in the order in
 * which servers send records, one pass is enough.
 */
#include "dns_chain.h"

#include <string.h>

enum { TYPE_CNAME = 5, PASSES = 3, WORD = 8 };

/* Eight bytes, of which those that are letters are the same in both cases. */
static uint64_t chain_word(struct chains_bytes bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes.at, bytes.len < WORD ? bytes.len : WORD);
    return word | UINT64_C(0x2020202020202020);
}

static uint64_t chain_hash(struct chains_bytes name)
{
    uint64_t hash = name.len;
    for (size_t i = 0; i < name.len; i += WORD) {
        hash = (hash ^ chain_word(chains_behind(name, i))) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

static struct dns_chain_name chain_name(const void *text, size_t len)
{
    const uint8_t *at = text;
    if (len > 1 && at[len - 1] == '.' && at[len - 2] != '\\')
        len--;
    struct chains_bytes name = { at, len };
    return (struct dns_chain_name){ name, chain_hash(name) };
}

static uint8_t chain_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool chain_same_text(struct chains_bytes a, struct chains_bytes b)
{
    size_t i = 0;
    if (a.len != b.len)
        return false;
    while (a.at != b.at && i < a.len) {
        if (a.len - i >= WORD &&
            memcmp(chains_behind(a, i).at, chains_behind(b, i).at, WORD) == 0)
            i += WORD;
        else if (chain_lower(chains_byte(a, i)) != chain_lower(chains_byte(b, i)))
            return false;
        else
            i++;
    }
    return true;
}

static bool chain_has(const struct dns_chain *chain, const struct dns_chain_name *name)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (chain->name[i].hash == name->hash &&
            chain_same_text(chain->name[i].text, name->text))
            return true;
    return false;
}

/* The CNAMEs among the answers that count: their owners and targets; how many. */
static unsigned chain_aliases(const struct chains_dns *dns, struct dns_chain_name (*alias)[2])
{
    const struct chains_dns_record *answer = dns->answers.items;
    unsigned count = 0;
    for (uint32_t i = 0; i < dns->answers.count && i < DNS_CHAIN_ANSWERS; i++) {
        if (answer[i].type_number != TYPE_CNAME || answer[i].rdata.len == 0)
            continue;
        alias[count][0] = chain_name(answer[i].name, strlen(answer[i].name));
        alias[count++][1] = chain_name(answer[i].rdata.at, answer[i].rdata.len);
    }
    return count;
}

void dns_chain_follow(struct dns_chain *chain, const struct chains_dns *dns)
{
    const struct chains_dns_question *question = dns->queries.items;
    struct dns_chain_name alias[DNS_CHAIN_ANSWERS][2];
    chain->count = 0;
    if (dns->question_count != 1 || dns->queries.count != 1)
        return;
    chain->name[chain->count++] = chain_name(question->name, strlen(question->name));
    unsigned aliases = chain_aliases(dns, alias);
    for (unsigned pass = 0, before = 0; pass < PASSES && before != chain->count; pass++) {
        before = chain->count;
        for (unsigned i = 0; i < aliases && chain->count < DNS_CHAIN_MOST; i++)
            if (chain_has(chain, &alias[i][0]) && !chain_has(chain, &alias[i][1]))
                chain->name[chain->count++] = alias[i][1];
    }
}

bool dns_chain_holds(const struct dns_chain *chain, const char *name)
{
    struct dns_chain_name sought = chain_name(name, strlen(name));
    return chain_has(chain, &sought);
}

static bool chain_is_above(struct chains_bytes name, struct chains_bytes above)
{
    if (above.len >= name.len)
        return false;
    size_t begin = name.len - above.len;
    return chains_byte(name, begin - 1) == '.' &&
           chain_same_text(chains_behind(name, begin), above);
}

bool dns_chain_is_above(const struct dns_chain *chain, const char *name)
{
    struct chains_bytes above = chain_name(name, strlen(name)).text;
    for (unsigned i = 0; i < chain->count; i++)
        if (chain_is_above(chain->name[i].text, above))
            return true;
    return false;
}
