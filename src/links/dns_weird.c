/* SPDX-License-Identifier: MIT */
/*
 * Judgements about DNS. In: records with the layer "dns". Out: the same records; those with
 * something odd have a layer "weird" that lists it. Kept: what takes more than one message
 * (subdomains that carry data, names asked for in vain) is counted in windows of packet time
 * and in tables of a fixed size; the same thing is said of the same name once in a while.
 */
#include "dns_weird.h"

#include <chains/component.h>
#include <chains/components.h>

#include <string.h>

#include "../bytes/shares.h"
#include "../bytes/siphash.h"
#include "../bytes/time.h"
#include "../record/row.h"
#include "suffix.h"
#include "weird_list.h"
#include "weird_message.h"
#include "weird_name.h"
#include "weird_watch.h"

enum {
    DEFAULT_SUBDOMAINS = 100,
    DEFAULT_NXDOMAINS = 20,
    DEFAULT_SECONDS = 60,
    DEFAULT_ENTRIES = 4096,
    ENTRIES_LEAST = 256,
    ENTRIES_MOST = 262144,
    LONGEST_DAYS = 365,
    RCODE_NXDOMAIN = 3,
};

struct dns_weird {
    struct suffix_list *suffixes;
    struct weird_table *said;
    struct weird_watch domains, clients;
    struct siphash_key key;
    uint32_t subdomains, nxdomains;
    int64_t quiet_ns;
    bool only;
    uint64_t lost;   /* as counted so far */
    uint64_t memory; /* of the tables when they were closed */
};

static uint64_t weird_hash_text(const struct dns_weird *weird, const char *text)
{
    return siphash13(&weird->key, text, strlen(text));
}

static void weird_add_span(struct weird_text *detail, struct weird_seen seen, int64_t now_ns)
{
    int64_t span_ns = time_minus(now_ns, seen.since_ns);
    weird_text_add(detail, " in ");
    weird_text_number(detail, span_ns > 0 ? (uint64_t)(span_ns / TIME_SECOND_NS) : 0);
    weird_text_add(detail, " s");
}

/* Many different names under one domain: data in names. */
static void weird_subdomain(struct dns_weird *weird, struct weird_list *list,
                            const struct chains_dns *dns, const struct weird_name *name)
{
    struct weird_text detail = { .len = 0 };
    if (name->front == name->address)
        return;
    struct weird_seen seen = weird_watch_add(
        &weird->domains, weird_hash_text(weird, name->domain),
        weird_hash_text(weird, weird_name_behind(name)), dns->size, list->now_ns);
    if (seen.things < weird->subdomains)
        return;
    weird_text_number(&detail, seen.things);
    weird_text_add(&detail, " names, ");
    weird_text_number(&detail, seen.bytes);
    weird_text_add(&detail, " bytes");
    weird_add_span(&detail, seen, list->now_ns);
    weird_say(list, WEIRD_MANY_SUBDOMAINS, weird_name_domain(name), &detail);
}

/* Many different names that a client asked for in vain: generated ones. */
static void weird_nxdomain(struct dns_weird *weird, struct weird_list *list,
                           const struct chains_record *rec, const struct chains_dns *dns,
                           const struct weird_name *name)
{
    const struct chains_addr *server, *client;
    char text[CHAINS_ADDR_TEXT];
    struct weird_text detail = { .len = 0 };
    if (!chains_record_addresses(rec, &server, &client))
        return;
    struct weird_seen seen = weird_watch_add(
        &weird->clients, siphash13(&weird->key, client->octets, sizeof client->octets),
        weird_hash_text(weird, weird_name_behind(name)), dns->size, list->now_ns);
    if (seen.things < weird->nxdomains)
        return;
    chains_addr_text(client, text);
    weird_text_number(&detail, seen.things);
    weird_text_add(&detail, " names");
    weird_add_span(&detail, seen, list->now_ns);
    weird_say(list, WEIRD_NXDOMAIN_BURST, text, &detail);
}

/*
 * What takes more than one message. Names that are addresses come in numbers by their nature: those
 * that differ in nothing else count as one.
 */
static void weird_over_time(struct dns_weird *weird, struct weird_list *list,
                            const struct chains_record *rec, const struct chains_dns *dns,
                            const struct weird_name *name)
{
    if (dns->flavour != CHAINS_DNS_UNICAST || weird_name_ends(name, "arpa"))
        return;
    if (name->domain)
        weird_subdomain(weird, list, dns, name);
    if (dns->qr && dns->rcode == RCODE_NXDOMAIN)
        weird_nxdomain(weird, list, rec, dns, name);
}

static void weird_count_limited(chains_component *self, const struct weird_list *list)
{
    struct dns_weird *weird = chains_state(self);
    uint64_t lost = weird->domains.lost + weird->clients.lost;
    for (uint64_t i = list->limited + (lost - weird->lost); i > 0; i--)
        chains_count_limited(self);
    weird->lost = lost;
}

static void weird_attach(chains_component *self, struct chains_record *rec,
                         const struct weird_list *list)
{
    size_t size = list->count * sizeof list->item[0];
    struct chains_weird_item *items = chains_arena_take(list->arena, size);
    if (!items) {
        chains_count_limited(self);
        return;
    }
    memcpy(items, list->item, size);
    struct chains_weird *layer = row_attach(rec, CHAINS_ID_weird, CHAINS_SLOT_weird);
    layer->weird = (struct chains_list){ items, list->count };
}

static int dns_weird_each(chains_component *self, struct chains_record *rec)
{
    struct dns_weird *weird = chains_state(self);
    const struct chains_dns *dns = chains_get(rec, dns);
    if (!dns || dns->unanswered) /* the query has been here */
        return weird->only ? CHAINS_DROP : CHAINS_KEEP;
    struct weird_list list = {
        .arena = chains_arena_of(self),
        .said = weird->said,
        .key = &weird->key,
        .now_ns = rec->time_ns,
        .quiet_ns = weird->quiet_ns,
    };
    const struct chains_dns_question *question = dns->queries.items;
    struct weird_name name;
    bool named = dns->queries.count && weird_name_read(&name, question->name, weird->suffixes);
    weird_message(&list, rec, dns, named ? &name : NULL, weird->suffixes);
    if (named)
        weird_over_time(weird, &list, rec, dns, &name);
    weird_count_limited(self, &list);
    if (list.count)
        weird_attach(self, rec, &list);
    return weird->only && !list.count ? CHAINS_DROP : CHAINS_KEEP;
}

static int weird_check_span(chains_component *self, const char *option, uint64_t ns)
{
    if (ns <= (uint64_t)(LONGEST_DAYS * 86400 * TIME_SECOND_NS))
        return CHAINS_OK;
    return chains_fail(chains_about(self, option, 0), CHAINS_EUSAGE,
                       "%s is longer than %d days", option, LONGEST_DAYS);
}

static int weird_check_count(chains_component *self, const char *option, uint32_t count,
                             uint32_t most)
{
    if (count <= most)
        return CHAINS_OK;
    return chains_fail(chains_about(self, option, 0), CHAINS_EUSAGE, "%s %u is more than %u",
                       option, (unsigned)count, (unsigned)most);
}

static int dns_weird_create(chains_component *self)
{
    const struct chains_dns_weird_options *options = chains_options(self);
    int status = weird_check_count(self, "subdomains", options->subdomains, WEIRD_WATCH_MOST);
    if (status == CHAINS_OK)
        status = weird_check_count(self, "nxdomains", options->nxdomains, WEIRD_WATCH_MOST);
    if (status == CHAINS_OK)
        status = weird_check_count(self, "entries", options->entries, ENTRIES_MOST);
    if (status == CHAINS_OK)
        status = weird_check_span(self, "window", options->window);
    if (status == CHAINS_OK)
        status = weird_check_span(self, "quiet", options->quiet);
    return status;
}

static int dns_weird_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_dns)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE,
                       "nothing upstream reads DNS messages; put dns_meta in front of it");
}

static uint64_t weird_takes(const void *about, uint64_t entries)
{
    (void)about;
    return weird_table_takes((uint32_t)entries, sizeof(int64_t)) +
           2 * weird_table_takes((uint32_t)entries, WEIRD_WATCH_PAYLOAD);
}

static void dns_weird_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct chains_dns_weird_options *options = chains_options(self);
    uint32_t entries = options->entries;
    memory->least = weird_takes(NULL, entries ? entries : ENTRIES_LEAST);
    memory->usual = weird_takes(NULL, entries ? entries : DEFAULT_ENTRIES);
}

static uint32_t weird_entries(const chains_component *self)
{
    const struct chains_dns_weird_options *options = chains_options(self);
    return options->entries ? options->entries
                            : (uint32_t)shares_fit(ENTRIES_LEAST, ENTRIES_MOST,
                                                   chains_share(self), weird_takes, NULL);
}

static uint64_t weird_memory(const struct dns_weird *weird)
{
    if (!weird->said)
        return weird->memory;
    return weird_table_bytes(weird->said) + weird_table_bytes(weird->domains.table) +
           weird_table_bytes(weird->clients.table);
}

static void weird_free(struct dns_weird *weird)
{
    suffix_list_free(weird->suffixes);
    weird_table_free(weird->said);
    weird_table_free(weird->domains.table);
    weird_table_free(weird->clients.table);
}

static void dns_weird_close(chains_component *self)
{
    struct dns_weird *weird = chains_state(self);
    uint64_t memory = weird_memory(weird);
    weird_free(weird);
    *weird = (struct dns_weird){ .memory = memory };
}

static int64_t weird_span(uint64_t ns)
{
    return ns ? (int64_t)ns : DEFAULT_SECONDS * TIME_SECOND_NS;
}

static int dns_weird_open(chains_component *self)
{
    struct dns_weird *weird = chains_state(self);
    const struct chains_dns_weird_options *options = chains_options(self);
    uint32_t entries = weird_entries(self);
    int64_t window_ns = weird_span(options->window);
    *weird = (struct dns_weird){
        .suffixes = suffix_list_new(),
        .said = weird_table_new(entries, sizeof(int64_t)),
        .domains = { weird_table_new(entries, WEIRD_WATCH_PAYLOAD), window_ns, 0 },
        .clients = { weird_table_new(entries, WEIRD_WATCH_PAYLOAD), window_ns, 0 },
        .subdomains = options->subdomains ? options->subdomains : DEFAULT_SUBDOMAINS,
        .nxdomains = options->nxdomains ? options->nxdomains : DEFAULT_NXDOMAINS,
        .quiet_ns = weird_span(options->quiet),
        .only = options->only,
    };
    const char *lacks = NULL;
    int why = CHAINS_EIO;
    if (!weird->said || !weird->domains.table || !weird->clients.table)
        lacks = "no memory for what is watched", why = CHAINS_EMEM;
    else if (!weird->suffixes)
        lacks = "libpsl was built without a public suffix list, by which domains are told from "
                "names under them; install one that has it";
    else if (!siphash_random_key(&weird->key))
        lacks = "the system gives no random numbers";
    if (!lacks)
        return CHAINS_OK;
    weird_free(weird);
    *weird = (struct dns_weird){ .memory = 0 };
    return chains_fail(self, why, "%s", lacks);
}

static void dns_weird_stats(const chains_component *self, struct chains_stats *stats)
{
    stats->memory += weird_memory(chains_state(self));
}

static const struct chains_field weird_item_fields[] = {
    CHAINS_FIELD(chains_weird_item, name, TEXT, "what is odd, a word of docs/weird.md"),
    CHAINS_FIELD(chains_weird_item, about, TEXT, "the domain, name or address that it is about",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_weird_item, detail, TEXT, "more about it, for people", .omit_zero = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_field weird_fields[] = {
    CHAINS_FIELD_LIST(chains_weird, weird, chains_weird_item, weird_item_fields,
                      "what is odd about the record"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_weird_type = {
    .slot = "weird",
    .name = "weird",
    .size = sizeof(struct chains_weird),
    .fields = weird_fields,
    .id = CHAINS_ID_weird,
    .slot_id = CHAINS_SLOT_weird,
};

static const struct chains_field dns_weird_options[] = {
    CHAINS_FIELD(chains_dns_weird_options, only, BOOL,
                 "drop every record without something weird"),
    CHAINS_FIELD(chains_dns_weird_options, subdomains, UINT,
                 "different names under one registered domain within the window",
                 .preset = "100"),
    CHAINS_FIELD(chains_dns_weird_options, nxdomains, UINT,
                 "different names that one client asks for in vain within the window",
                 .preset = "20"),
    CHAINS_FIELD(chains_dns_weird_options, window, DURATION, "how long names are counted",
                 .preset = "60s"),
    CHAINS_FIELD(chains_dns_weird_options, entries, UINT,
                 "domains, clients, and names already spoken of, watched at once",
                 .preset = "4096"),
    CHAINS_FIELD(chains_dns_weird_options, quiet, DURATION,
                 "the same thing is said of the same name once in this time", .preset = "60s"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const dns_weird_attaches[] = { &chains_weird_type,
                                                                      NULL };

const struct chains_class dns_weird_class = {
    .name = "dns_weird",
    .brief = "what is odd about DNS messages",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct dns_weird),
    .options_size = sizeof(struct chains_dns_weird_options),
    .options = dns_weird_options,
    .attaches = dns_weird_attaches,
    .create = dns_weird_create,
    .check = dns_weird_check,
    .memory = dns_weird_memory,
    .open = dns_weird_open,
    .each = dns_weird_each,
    .close = dns_weird_close,
    .stats = dns_weird_stats,
};

chains_component *chains_dns_weird_new(const struct chains_dns_weird_options *options)
{
    return chains_new(&dns_weird_class, options);
}
