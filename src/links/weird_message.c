/* SPDX-License-Identifier: MIT */
/*
 * What is odd about one DNS message. In: its layer, and the name asked for, taken apart. Out:
 * items. Kept: what ordinary resolvers, browsers, mail servers and printers send all day is not
 * odd: HTTPS, TXT, DS, service names, reverse zones, block lists, mDNS with its own rules.
 */
#include "weird_message.h"

#include <string.h>

#include "../bytes/special.h"
#include "dns_chain.h"
#include "suffix.h"

enum {
    OPCODE_QUERY = 0,
    OPCODE_NOTIFY = 4,
    OPCODE_UPDATE = 5,
    OPCODE_DSO = 6,

    TYPE_NULL = 10,
    TYPE_TXT = 16,
    TYPE_SIG = 24,
    TYPE_DNAME = 39,
    TYPE_OPT = 41,
    TYPE_RRSIG = 46,
    TYPE_TKEY = 249,
    TYPE_TSIG = 250,
    TYPE_IXFR = 251,
    TYPE_AXFR = 252,
    TYPE_ANY = 255,

    CLASS_IN = 1,
    CLASS_CH = 3,
    CLASS_ANY = 255,
};

/*
 * Types that are in use: first and last of each run. All others are obsolete, meta or unknown.
 */
static const struct {
    uint16_t first, last;
} message_types[] = {
    { 1, 2 },     { 5, 6 },     { 12, 13 },   { 15, 18 },   { 28, 29 }, { 33, 33 },
    { 35, 37 },   { 39, 39 },   { 42, 53 },   { 55, 55 },   { 59, 68 }, { 99, 99 },
    { 104, 109 }, { 249, 249 }, { 256, 258 }, { 260, 262 },
};

static bool message_type_is_used(unsigned type)
{
    for (unsigned i = 0; i < sizeof message_types / sizeof message_types[0]; i++)
        if (type >= message_types[i].first && type <= message_types[i].last)
            return true;
    return false;
}

static const struct chains_dns_question *message_question(const struct chains_dns *dns)
{
    return dns->queries.count ? dns->queries.items : NULL;
}

/*
 * What an oddity of data is about: the registered domain, so that a tunnel, which has another
 * name in every message, is spoken of once; where there is none, the name.
 */
static const char *message_subject(const struct weird_name *name, const char *text)
{
    return name && name->domain ? weird_name_domain(name) : text;
}

static void message_header(struct weird_list *list, const struct chains_dns *dns,
                           const char *about)
{
    bool unicast = dns->flavour == CHAINS_DNS_UNICAST;
    bool known = dns->opcode == OPCODE_QUERY || dns->opcode == OPCODE_NOTIFY ||
                 dns->opcode == OPCODE_UPDATE || (dns->opcode == OPCODE_DSO && dns->over_tcp);
    if (dns->z && dns->flavour != CHAINS_DNS_LLMNR)
        weird_say(list, WEIRD_ZERO_BIT, about, NULL);
    if (dns->tc && unicast && !dns->qr)
        weird_say(list, WEIRD_TRUNCATED_QUERY, about, NULL);
    else if (dns->tc && dns->flavour != CHAINS_DNS_MULTICAST && !dns->over_tcp && dns->qr)
        weird_say(list, WEIRD_TRUNCATED_RESPONSE, about, NULL);
    if (!known)
        weird_say_word(list, WEIRD_ODD_OPCODE, about, dns->opcode_name);
}

static void message_counts(struct weird_list *list, const struct chains_dns *dns,
                           const char *about)
{
    const struct chains_dns_question *question = message_question(dns);
    struct weird_text detail = { .len = 0 };
    if (dns->flavour == CHAINS_DNS_MULTICAST || dns->opcode != OPCODE_QUERY)
        return;
    bool transfer =
        question && (question->type_number == TYPE_AXFR || question->type_number == TYPE_IXFR);
    if (dns->question_count > 1) {
        weird_text_number(&detail, dns->question_count);
        weird_say(list, WEIRD_MANY_QUESTIONS, about, &detail);
    } else if (!dns->qr && !transfer && (dns->answer_count || dns->authority_count)) {
        weird_say(list, WEIRD_RECORDS_IN_QUERY, about, NULL);
    } else if (dns->qr && dns->answer_count > WEIRD_ANSWERS_MOST && question && !transfer) {
        weird_text_number(&detail, dns->answer_count);
        weird_say(list, WEIRD_MANY_ANSWERS, about, &detail);
    }
}

/* Servers tell what they are in class CH, under names of their own. */
static bool message_is_server_name(const struct weird_name *name)
{
    return name && (weird_name_ends(name, "bind") || weird_name_ends(name, "server") ||
                    weird_name_ends(name, "unbound"));
}

static void message_class_asked(struct weird_list *list, const struct chains_dns *dns,
                                const struct chains_dns_question *question,
                                const struct weird_name *name)
{
    unsigned class = question->class_number;
    if (class == CLASS_IN || dns->opcode == OPCODE_UPDATE)
        return;
    if (class == CLASS_ANY && dns->flavour == CHAINS_DNS_MULTICAST)
        return;
    if (class != CLASS_CH || !message_is_server_name(name))
        weird_say_word(list, WEIRD_ODD_QUERY_CLASS, message_subject(name, question->name),
                       question->class_name);
}

static void message_asked(struct weird_list *list, const struct chains_dns *dns,
                          const struct chains_dns_question *question,
                          const struct weird_name *name)
{
    unsigned type = question->type_number;
    const char *about = message_subject(name, question->name);
    message_class_asked(list, dns, question, name);
    if (dns->opcode == OPCODE_UPDATE || message_type_is_used(type))
        return;
    if (type == TYPE_ANY) {
        if (dns->flavour == CHAINS_DNS_UNICAST) /* others ask so whether a name is taken */
            weird_say(list, WEIRD_QUERY_ANY, about, NULL);
    } else if (type == TYPE_AXFR || type == TYPE_IXFR) {
        weird_say_word(list, WEIRD_ZONE_TRANSFER, question->name, question->type);
    } else {
        weird_say_word(list, WEIRD_ODD_QUERY_TYPE, about, question->type);
    }
}

/* Questions behind the first one. Servers answer none of them: only odd ones are looked at. */
static void message_asked_too(struct weird_list *list, const struct chains_dns *dns,
                              const struct suffix_list *suffixes)
{
    const struct chains_dns_question *question = dns->queries.items;
    struct weird_name name;
    for (uint32_t i = 1; i < dns->queries.count && list->count < WEIRD_ITEMS; i++) {
        if (message_type_is_used(question[i].type_number) &&
            question[i].class_number == CLASS_IN)
            continue;
        bool named = weird_name_read(&name, question[i].name, suffixes);
        message_asked(list, dns, &question[i], named ? &name : NULL);
    }
}

/* The name asked for: its bytes, and what is in front of the registered domain. */
static void message_name(struct weird_list *list, const struct chains_dns *dns,
                         const char *about, const struct weird_name *name)
{
    struct weird_text detail = { .len = 0 };
    bool unicast = dns->flavour == CHAINS_DNS_UNICAST;
    bool service = weird_name_is_service(name);
    if (name->odd)
        weird_say_word(list, WEIRD_ODD_NAME, about, "control characters");
    else if (name->high && unicast && !service)
        weird_say_word(list, WEIRD_ODD_NAME, about, "bytes beyond ASCII");
    if (!unicast || !name->domain || weird_name_ends(name, "arpa"))
        return;
    size_t front = weird_name_front_length(name);
    struct weird_mix mix = weird_name_mix(name);
    if (front >= WEIRD_FRONT_MOST) {
        weird_text_number(&detail, front);
        weird_text_add(&detail, " bytes in front of the registered domain");
        weird_say(list, WEIRD_LONG_SUBDOMAIN, weird_name_domain(name), &detail);
    }
    if (mix.characters < WEIRD_MIX_LEAST || mix.bits * 1000 < mix.most * WEIRD_MIX_MOST)
        return;
    detail.len = 0;
    weird_text_number(&detail, mix.characters);
    weird_text_add(&detail, " characters, each with ");
    weird_text_number(&detail, mix.bits * 100 / mix.most);
    weird_text_add(&detail, " % of the bits that their alphabet has");
    weird_say(list, WEIRD_HIGH_ENTROPY_SUBDOMAIN, weird_name_domain(name), &detail);
}

static void message_class(struct weird_list *list, const struct chains_dns *dns,
                          const struct chains_dns_record *record)
{
    const struct chains_dns_question *question = message_question(dns);
    unsigned type = record->type_number;
    if (record->class_number == CLASS_IN || dns->opcode == OPCODE_UPDATE || type == TYPE_OPT ||
        type == TYPE_TSIG || type == TYPE_TKEY || type == TYPE_SIG)
        return;
    if (!question || question->class_number != record->class_number)
        weird_say_word(list, WEIRD_ODD_RECORD_CLASS, record->name, record->class_name);
}

static void message_size(struct weird_list *list, enum weird_name_of what,
                         const struct chains_dns_record *record, const struct weird_name *name)
{
    struct weird_text detail = { .len = 0 };
    weird_text_number(&detail, record->raw.len);
    weird_text_add(&detail, " bytes");
    weird_say(list, what, message_subject(name, record->name), &detail);
}

static void message_type(struct weird_list *list, const struct chains_dns *dns,
                         const struct chains_dns_record *record, const struct weird_name *name)
{
    const struct chains_dns_question *question = message_question(dns);
    unsigned type = record->type_number;
    if (type == TYPE_NULL)
        message_size(list, WEIRD_NULL_RECORD, record, name);
    else if (!message_type_is_used(type) && type != TYPE_TSIG && type != TYPE_OPT &&
             type != TYPE_SIG && !(question && question->type_number == type))
        weird_say_word(list, WEIRD_ODD_RECORD_TYPE, message_subject(name, record->name),
                       record->type);
    if (type == TYPE_TXT && record->raw.len > WEIRD_TXT_MOST)
        message_size(list, WEIRD_LONG_TXT, record, name);
}

static void message_record(struct weird_list *list, const struct chains_dns *dns,
                           const struct chains_dns_record *record,
                           const struct weird_name *name)
{
    struct weird_text detail = { .len = 0 };
    message_class(list, dns, record);
    message_type(list, dns, record, name);
    if (record->ttl > INT32_MAX && record->type_number != TYPE_OPT) {
        weird_text_number(&detail, record->ttl);
        weird_text_add(&detail, " seconds");
        weird_say(list, WEIRD_ODD_TTL, record->name, &detail);
    }
}

/*
 * A public name with an address of somebody's own network: how DNS rebinding begins. Whether it is
 * one.
 */
static bool message_address(struct weird_list *list, const struct chains_dns_record *record,
                            const char *about, const struct weird_name *name)
{
    struct weird_text detail = { .len = 0 };
    char text[CHAINS_ADDR_TEXT];
    if (!(record->has & CHAINS_DNS_RECORD_HAS_ADDR))
        return false;
    const struct special *special = special_of(&record->addr);
    if (!special || !(special->class & SPECIAL_LOCAL))
        return false;
    if (record->addr.octets[0] == 127 && name->address)
        return false; /* how a block list answers */
    chains_addr_text(&record->addr, text);
    weird_text_add(&detail, text);
    weird_say(list, WEIRD_PRIVATE_ANSWER, about, &detail);
    return true;
}

static bool message_is_asked_for(const struct dns_chain *chain,
                                 const struct chains_dns_record *record)
{
    bool above = record->type_number == TYPE_DNAME || record->type_number == TYPE_RRSIG;
    return dns_chain_holds(chain, record->name) ||
           (above && dns_chain_is_above(chain, record->name));
}

/* A name among words: what came over the wire does not look like two of them. */
static void message_unasked(struct weird_list *list, const struct chains_dns_question *question,
                            const struct chains_dns_record *record)
{
    struct weird_text detail = { .len = 0 };
    const char *at = record->name;
    for (const char *space; (space = strchr(at, ' ')) != NULL; at = space + 1) {
        weird_text_part(&detail, at, (size_t)(space - at));
        weird_text_add(&detail, "\\032");
    }
    weird_text_add(&detail, at);
    weird_say(list, WEIRD_UNASKED_ANSWER, question->name, &detail);
}

static void message_answers(struct weird_list *list, const struct chains_dns *dns,
                            const struct weird_name *name, const struct suffix_list *suffixes)
{
    const struct chains_dns_question *question = message_question(dns);
    const struct chains_dns_record *record = dns->answers.items;
    struct dns_chain chain;
    bool public = name && name->domain && suffix_is_public(suffixes, name->text) &&
                  !weird_name_ends(name, "arpa");
    dns_chain_follow(&chain, dns);
    bool about_one =
        chain.count && question->type_number != TYPE_AXFR && question->type_number != TYPE_IXFR;
    for (uint32_t i = 0; i < dns->answers.count && i < DNS_CHAIN_ANSWERS; i++) {
        if (about_one && !message_is_asked_for(&chain, &record[i])) {
            message_unasked(list, question, &record[i]);
            about_one = false; /* once in a message */
        }
        if (public && message_address(list, &record[i], question->name, name))
        public = false;
    }
}

static void message_sections(struct weird_list *list, const struct chains_dns *dns,
                             const struct weird_name *name)
{
    const struct chains_list *section[] = { &dns->answers, &dns->authorities,
                                            &dns->additionals };
    for (unsigned i = 0; i < 3; i++) {
        const struct chains_dns_record *record = section[i]->items;
        for (uint32_t k = 0; k < section[i]->count; k++)
            message_record(list, dns, &record[k], name);
    }
}

static void message_faults(struct weird_list *list, const struct chains_record *rec,
                           const struct chains_dns *dns, const char *about)
{
    if (dns->faults & CHAINS_DNS_BAD_NAME)
        weird_say(list, WEIRD_BAD_NAME, about, NULL);
    if (dns->faults & CHAINS_DNS_BAD_DATA)
        weird_say(list, WEIRD_BAD_DATA, about, NULL);
    if (dns->faults & CHAINS_DNS_TRAILING)
        weird_say(list, WEIRD_TRAILING_BYTES, about, NULL);
    bool piece = rec->flags & CHAINS_FRAGMENT && !(rec->flags & CHAINS_REASSEMBLED);
    bool cut_by_us = rec->flags & CHAINS_SNAPPED || piece;
    if (dns->faults & CHAINS_DNS_CUT && !cut_by_us && !dns->tc)
        weird_say(list, WEIRD_COUNTS_LIE, about, NULL);
}

void weird_message(struct weird_list *list, const struct chains_record *rec,
                   const struct chains_dns *dns, const struct weird_name *name,
                   const struct suffix_list *suffixes)
{
    const struct chains_dns_question *question = message_question(dns);
    const char *about = question ? message_subject(name, question->name) : NULL;
    message_header(list, dns, about);
    message_counts(list, dns, about);
    message_faults(list, rec, dns, about);
    if (question)
        message_asked(list, dns, question, name);
    message_asked_too(list, dns, suffixes);
    if (name)
        message_name(list, dns, about, name);
    if (dns->qr && dns->flavour == CHAINS_DNS_UNICAST)
        message_answers(list, dns, name, suffixes);
    message_sections(list, dns, name);
}
