/* SPDX-License-Identifier: MIT */
/*
 * Words for what a packet is. In: records, with or without a "domains" layer. Out: the same
 * records with a "tags" layer, one bit for each word that holds. Kept: the built-in words come
 * first and in one order, then the caller's methods, then the rules, of which each sees what those
 * before it have said; without reverse_dns upstream the kind of an address comes from the same
 * table that reverse_dns uses; the caller's methods and their names are copied.
 */
#include "tagger.h"

#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/eth.h>
#include <chains/layer/tags.h>

#include <string.h>

#include "../record/batch.h"
#include "../record/layout.h"
#include "../record/row.h"
#include "encrypted_dns.h"
#include "local.h"
#include "rules.h"

enum {
    OUTGOING,
    INCOMING,
    INTERNAL,
    NXDOMAIN,
    MULTICAST,
    BROADCAST,
    DOT,
    DOQ,
    DOH,
    BUILT_IN,
    METHODS_MOST = 64 - BUILT_IN,
};

enum { CLASSES = 2 * CHAINS_CLASS_SPECIAL }; /* sets of bits of enum chains_addr_class */

static const char *const tagger_built_in[BUILT_IN] = {
    [OUTGOING] = "outgoing",
    [INCOMING] = "incoming",
    [INTERNAL] = "internal",
    [NXDOMAIN] = "nxdomain",
    [MULTICAST] = "multicast",
    [BROADCAST] = "broadcast",
    [DOT] = "dot",
    [DOQ] = "doq",
    [DOH] = "doh",
};

struct method {
    struct chains_tag_method call;
    char name[TAG_SIZE];
    uint64_t bit;
};

struct tagger {
    struct local local;
    struct local_known known[LOCAL_KNOWN];
    struct encrypted_dns encrypted;
    uint64_t bit[BUILT_IN];
    uint64_t direction[CLASSES][CLASSES]; /* by the kinds of source and destination */
    uint64_t group[CLASSES];              /* by the kind of the destination */
    struct method method[METHODS_MOST];
    size_t method_count;
    struct rules given, file; /* of the options `rule` and `rules` */
    size_t memory;            /* as it was when it closed */
    uint64_t limited;         /* of rules that are gone */
};

static bool tagger_is_local(unsigned class)
{
    return class & CHAINS_CLASS_LOCAL;
}

/* Where a packet goes, seen from this network. */
static uint64_t tagger_direction(const struct tagger *tagger, unsigned src, unsigned dst)
{
    if (tagger_is_local(src) && dst == 0)
        return tagger->bit[OUTGOING];
    if (src == 0 && tagger_is_local(dst))
        return tagger->bit[INCOMING];
    if (tagger_is_local(src) &&
        (dst & (CHAINS_CLASS_LOCAL | CHAINS_CLASS_MULTICAST | CHAINS_CLASS_BROADCAST)))
        return tagger->bit[INTERNAL];
    return 0;
}

static void tagger_prepare(struct tagger *tagger)
{
    for (unsigned dst = 0; dst < CLASSES; dst++) {
        if (dst & CHAINS_CLASS_MULTICAST)
            tagger->group[dst] |= tagger->bit[MULTICAST];
        if (dst & CHAINS_CLASS_BROADCAST)
            tagger->group[dst] |= tagger->bit[BROADCAST];
        for (unsigned src = 0; src < CLASSES; src++)
            tagger->direction[src][dst] = tagger_direction(tagger, src, dst);
    }
}

/* By the frame, for what has no IP destination: ARP speaks of addresses, but goes to a MAC. */
static uint64_t tagger_frame_tags(const struct tagger *tagger, const struct chains_record *rec)
{
    static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    const struct chains_eth *eth = chains_get(rec, eth);
    if (!eth || !(eth->dst[0] & 1))
        return 0;
    bool all = memcmp(eth->dst, everyone, sizeof everyone) == 0;
    return tagger->bit[all ? BROADCAST : MULTICAST];
}

static uint64_t tagger_address_tags(struct tagger *tagger, const struct chains_record *rec)
{
    const struct chains_addr *from, *to;
    const struct chains_domains *domains = chains_get(rec, domains);
    uint64_t tags = 0;
    if (!row_addresses(rec, &from, &to))
        return tagger_frame_tags(tagger, rec);
    unsigned src =
        domains ? domains->src_class : local_kind(&tagger->local, tagger->known, from);
    unsigned dst = domains ? domains->dst_class : local_kind(&tagger->local, tagger->known, to);
    tags |= tagger->direction[src % CLASSES][dst % CLASSES];
    if (domains && (domains->src_from == CHAINS_NAME_NXDOMAIN ||
                    domains->dst_from == CHAINS_NAME_NXDOMAIN))
        tags |= tagger->bit[NXDOMAIN];
    if (rec->present & CHAINS_PRESENT_arp)
        return tags | tagger_frame_tags(tagger, rec);
    return tags | tagger->group[dst % CLASSES];
}

/* DNS that only its outside gives away. */
static uint64_t tagger_encrypted_tags(const struct tagger *tagger,
                                      const struct chains_record *rec)
{
    unsigned kinds = encrypted_dns_of(&tagger->encrypted, rec);
    if (!kinds)
        return 0;
    return (kinds & ENCRYPTED_DOT ? tagger->bit[DOT] : 0) |
           (kinds & ENCRYPTED_DOQ ? tagger->bit[DOQ] : 0) |
           (kinds & ENCRYPTED_DOH ? tagger->bit[DOH] : 0);
}

/* Asks the rules in their order; what one says the next can ask for. */
static void tagger_ask(const struct rules *rules, const struct chains_record *rec,
                       struct chains_tags *layer)
{
    for (size_t i = 0; i < rules->count; i++)
        if (expression_holds(rules->rule[i].expression, rec))
            layer->tags |= rules->rule[i].bit;
}

static int tagger_many(chains_component *self, struct chains_batch *batch)
{
    struct tagger *tagger = chains_state(self);
    const struct chains_tagger_options *options = chains_options(self);
    bool rules = tagger->given.count + tagger->file.count > 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct chains_record *rec = batch->live[i];
        const struct chains_tags *before = chains_get(rec, tags); /* of a tagger upstream */
        uint64_t tags = before ? before->tags : 0;
        if (!options->no_built_in)
            tags |= tagger_address_tags(tagger, rec) | tagger_encrypted_tags(tagger, rec);
        for (size_t j = 0; j < tagger->method_count; j++) {
            const struct method *method = &tagger->method[j];
            if (method->call.holds(rec, method->call.user))
                tags |= method->bit;
        }
        struct chains_tags *layer = row_attach(rec, CHAINS_ID_tags, CHAINS_SLOT_tags);
        layer->tags = tags;
        if (rules) {
            tagger_ask(&tagger->given, rec, layer);
            tagger_ask(&tagger->file, rec, layer);
        }
    }
    return CHAINS_OK;
}

static int tagger_claim(chains_component *self, const char *name, uint64_t *bit)
{
    int number = chains_tag(self, name);
    if (number < 0)
        return chains_fail(self, CHAINS_EUSAGE, "no room for the tag \"%s\": 64 at most", name);
    *bit = UINT64_C(1) << number;
    return CHAINS_OK;
}

static int tagger_claim_all(chains_component *self, struct tagger *tagger)
{
    const struct chains_tagger_options *options = chains_options(self);
    int status = CHAINS_OK;
    for (size_t i = 0; !options->no_built_in && i < BUILT_IN && status == CHAINS_OK; i++)
        status = tagger_claim(self, tagger_built_in[i], &tagger->bit[i]);
    for (size_t i = 0; i < tagger->method_count && status == CHAINS_OK; i++)
        status = tagger_claim(self, tagger->method[i].name, &tagger->method[i].bit);
    return status;
}

/* The rules of the options, for the first time. */
static int tagger_rules(chains_component *self, struct tagger *tagger)
{
    const struct chains_tagger_options *options = chains_options(self);
    char error[RULES_ERROR];
    int status = CHAINS_OK;
    for (size_t i = 0; options->rule && options->rule[i]; i++) {
        status = rules_add(&tagger->given, self, options->rule[i], error, sizeof error);
        if (status < 0)
            return chains_fail(chains_about(self, "rule", i), status, "%s", error);
    }
    if (options->rules)
        status = rules_read(&tagger->file, self, options->rules, error, sizeof error);
    return status < 0 ? chains_fail(chains_about(self, "rules", 0), status, "%s", error)
                      : CHAINS_OK;
}

static int tagger_check(chains_component *self)
{
    const struct chains_tagger_options *options = chains_options(self);
    char error[RULES_ERROR];
    for (size_t i = 0; options->rule && options->rule[i]; i++) {
        int status = rules_check(self, options->rule[i], error, sizeof error);
        if (status < 0)
            return chains_fail(chains_about(self, "rule", i), status, "%s", error);
    }
    return CHAINS_OK;
}

static void tagger_free(struct tagger *tagger)
{
    local_free(&tagger->local);
    rules_free(&tagger->given);
    rules_free(&tagger->file);
}

static int tagger_open(chains_component *self)
{
    struct tagger *tagger = chains_state(self);
    const struct chains_tagger_options *options = chains_options(self);
    int status = local_open(&tagger->local, self, options->local);
    encrypted_dns_open(&tagger->encrypted);
    if (status == CHAINS_OK)
        status = tagger_claim_all(self, tagger);
    tagger_prepare(tagger);
    if (status == CHAINS_OK)
        status = tagger_rules(self, tagger);
    if (status != CHAINS_OK)
        tagger_free(tagger);
    return status;
}

static void tagger_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct tagger *tagger = chains_state(self);
    const struct chains_tagger_options *options = chains_options(self);
    rules_files(&tagger->given, tell, user);
    rules_files(&tagger->file, tell, user);
    if (options->rules)
        tell(user, CHAINS_ACCESS_READ, options->rules);
}

/* The file of rules anew; the old ones stay where it is wrong. Then the lists of the others. */
static int tagger_reopen(chains_component *self)
{
    struct tagger *tagger = chains_state(self);
    const struct chains_tagger_options *options = chains_options(self);
    struct rules file = { .rule = NULL };
    char error[RULES_ERROR];
    rules_reload(&tagger->given, self);
    if (!options->rules)
        return CHAINS_OK;
    if (rules_read(&file, self, options->rules, error, sizeof error) < 0) {
        chains_warn(self, "%.*s; the rules stay as they were", (int)strcspn(error, "\n"),
                    error);
        rules_free(&file);
        rules_reload(&tagger->file, self);
        return CHAINS_OK;
    }
    tagger->limited += rules_limited(&tagger->file);
    rules_free(&tagger->file);
    tagger->file = file;
    return CHAINS_OK;
}

static void tagger_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct tagger *tagger = chains_state(self);
    stats->memory = tagger->memory + rules_memory(&tagger->given) + rules_memory(&tagger->file);
    stats->memory_most =
        stats->memory; /* the user's lists: they do not grow with the traffic */
    stats->limited +=
        tagger->limited + rules_limited(&tagger->given) + rules_limited(&tagger->file);
}

static void tagger_close(chains_component *self)
{
    struct tagger *tagger = chains_state(self);
    tagger->memory = rules_memory(&tagger->given) + rules_memory(&tagger->file);
    tagger->limited += rules_limited(&tagger->given) + rules_limited(&tagger->file);
    tagger_free(tagger);
}

/* Copies the caller's methods, which live no longer than the call that makes the component. */
static int tagger_create(chains_component *self)
{
    struct tagger *tagger = chains_state(self);
    const struct chains_tagger_options *options = chains_options(self);
    size_t count = options->methods ? options->method_count : 0;
    if (count > METHODS_MOST)
        return chains_fail(self, CHAINS_EUSAGE, "%zu methods are more than %d", count,
                           METHODS_MOST);
    for (size_t i = 0; i < count; i++) {
        struct method *method = &tagger->method[i];
        method->call = options->methods[i];
        if (!method->call.name || !method->call.holds)
            return chains_fail(self, CHAINS_EUSAGE, "method %zu lacks a name or a function",
                               i + 1);
        /* What chains_tag() refuses is not fit to be shown. */
        size_t len = strnlen(method->call.name, TAG_SIZE);
        if (!tag_is_plain(method->call.name, len))
            return chains_fail(self, CHAINS_EUSAGE,
                               "the name of method %zu is not 1 to %d letters, digits, '_', "
                               "'-', '.' or ':'",
                               i + 1, TAG_SIZE - 1);
        memcpy(method->name, method->call.name, len + 1);
        method->call.name = method->name;
    }
    tagger->method_count = count;
    return CHAINS_OK;
}

static const struct chains_field tags_fields[] = {
    CHAINS_FIELD(chains_tags, tags, TAGS, "words that hold for the packet"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_tags_type = {
    .slot = "tags",
    .name = "tags",
    .size = sizeof(struct chains_tags),
    .fields = tags_fields,
    .id = CHAINS_ID_tags,
    .slot_id = CHAINS_SLOT_tags,
};

static const struct chains_field tagger_options[] = {
    CHAINS_FIELD(chains_tagger_options, methods, HANDLE, "tags of the caller's, in C only"),
    CHAINS_FIELD(chains_tagger_options, method_count, HANDLE, "number of the methods"),
    CHAINS_FIELD(
        chains_tagger_options, no_built_in, BOOL,
        "leave out outgoing, incoming, internal, nxdomain, multicast, broadcast, dot, doq "
        "and doh"),
    CHAINS_FIELD(chains_tagger_options, local, TEXTS,
                 "prefixes that are local besides the private ranges; needed only without "
                 "reverse_dns"),
    CHAINS_FIELD(chains_tagger_options, rule, TEXTS,
                 "a tag and what holds where it is set, as in 'web: transport.dport in {80, "
                 "443}'; a rule sees the tags of those before it",
                 .bare = 1),
    CHAINS_FIELD(chains_tagger_options, rules, TEXT,
                 "file of rules, one a line, '#' begins a comment; read again on SIGHUP"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const tagger_attaches[] = { &chains_tags_type, NULL };

const struct chains_class tagger_class = {
    .name = "tagger",
    .brief = "words for packets: outgoing, incoming, internal, nxdomain, multicast, broadcast, "
             "dot, doq and doh (encrypted DNS), and those of rules",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct tagger),
    .options_size = sizeof(struct chains_tagger_options),
    .options = tagger_options,
    .attaches = tagger_attaches,
    .create = tagger_create,
    .check = tagger_check,
    .open = tagger_open,
    .many = tagger_many,
    .reopen = tagger_reopen,
    .access = tagger_access,
    .close = tagger_close,
    .stats = tagger_stats,
};

chains_component *chains_tagger_new(const struct chains_tagger_options *options)
{
    return chains_new(&tagger_class, options);
}
