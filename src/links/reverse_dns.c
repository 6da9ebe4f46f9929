/* SPDX-License-Identifier: MIT */
/*
 * A name for every address. In: records with network addresses, some of which are DNS answers.
 * Out: the same records with a "domains" layer: a name for each side or the reason why there is
 * none, and what kind of address it is. Kept: what a client was answered in the traffic names
 * an address for this client, before any question of ours; special-purpose addresses, the local
 * network and the name servers are never asked about; a batch waits at most once, for all of
 * its names together, and not at all for a server that keeps silent; the resolver starts with
 * the first question.
 */
#include "reverse_dns.h"

#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>

#include <string.h>

#include "../bytes/special.h"
#include "../bytes/time.h"
#include "../record/batch.h"
#include "../record/row.h"
#include "hosts.h"
#include "learned.h"
#include "local.h"
#include "names.h"
#include "resolver_cares.h"

_Static_assert((int)SPECIAL_LOCAL == (int)CHAINS_CLASS_LOCAL, "one set of class bits");
_Static_assert((int)SPECIAL_MULTICAST == (int)CHAINS_CLASS_MULTICAST, "one set of class bits");
_Static_assert((int)SPECIAL_BROADCAST == (int)CHAINS_CLASS_BROADCAST, "one set of class bits");
_Static_assert((int)SPECIAL_OTHER == (int)CHAINS_CLASS_SPECIAL, "one set of class bits");

enum {
    DEFAULT_RATE = 50,
    DEFAULT_TIMEOUT_MS = 600,
    LONGEST_TIMEOUT_MS = 60000,
    TRIES = 2,
    DEFAULT_FILE_WAIT_MS = 2000,
    SLICE_MS = 20,      /* so that a stop is seen, and the rate is used up, while waiting */
    FRUITLESS_MOST = 2, /* waits in a row without any answer, before waiting ends */
};

static const int64_t ms_ns = 1000000;
#define MEMO_NS TIME_SECOND_NS

/* What is shown for an address. */
struct shown {
    const char *name;
    uint8_t from, class;
    bool soon; /* waiting may bring more */
};

/*
 * Packets come in runs of the same two addresses; a name is for who speaks to its address. It is
 * that of one time, and of MEMO_NS after it at most: names that were learned come to an end.
 */
struct memo {
    struct chains_addr addr, client;
    int64_t since_ns, until_ns;
    struct shown shown;
};

struct reverse_dns {
    struct names *names;     /* NULL: nothing is asked */
    struct hosts *hosts;     /* NULL: none */
    struct learned *learned; /* NULL: nothing upstream reads DNS messages */
    struct local local;
    struct memo memo[2];
    int64_t wait_ns;
    unsigned fruitless;
    uint64_t answers; /* when the last fruitless wait ended */
    uint64_t lost;    /* names learned and given up, as counted so far */
    uint64_t memory;  /* of the tables when they were closed */
    bool limited;     /* a name of this batch could not be asked for */
};

static struct shown rdns_ask(struct reverse_dns *rdns, const struct chains_addr *addr)
{
    struct names_found found = names_find(rdns->names, addr);
    if (found.from == CHAINS_NAME_NXDOMAIN)
        found.name = "NXDOMAIN";
    if (found.from == CHAINS_NAME_LIMITED)
        rdns->limited = true;
    return (struct shown){ found.name, found.from, 0, found.soon };
}

/* The name that was learned and when it ends, as a copy that lives as long as the batch. */
static struct shown rdns_learned(chains_component *self, const struct chains_record *rec,
                                 const struct chains_addr *addr,
                                 const struct chains_addr *client, int64_t *until_ns)
{
    const struct reverse_dns *rdns = chains_state(self);
    const struct shown nothing = { NULL, CHAINS_NAME_NOT_ASKED, 0, false };
    const char *name = learned_find(rdns->learned, client, addr, rec->time_ns, until_ns);
    if (!name)
        return nothing;
    size_t size = strlen(name) + 1;
    char *copy = chains_arena_take(chains_arena_of(self), size);
    if (!copy) {
        chains_count_limited(self);
        return nothing;
    }
    memcpy(copy, name, size);
    return (struct shown){ copy, CHAINS_NAME_DNS, 0, false };
}

static struct shown rdns_look_up(chains_component *self, const struct chains_record *rec,
                                 const struct chains_addr *addr,
                                 const struct chains_addr *client, int64_t *until_ns)
{
    struct reverse_dns *rdns = chains_state(self);
    const struct chains_addr *seen = addr;
    const char *label;
    struct chains_addr room;
    uint8_t class = local_class(&rdns->local, addr, &label);
    if (class & (uint8_t)~CHAINS_CLASS_LOCAL)
        return (struct shown){ label, CHAINS_NAME_SPECIAL, class, false };
    addr = special_target(addr, &room);
    const char *host = rdns->hosts ? hosts_find(rdns->hosts, addr) : NULL;
    if (host)
        return (struct shown){ host, CHAINS_NAME_HOSTS, class, false };
    struct shown learned = { .name = NULL };
    if (class == 0 && rdns->learned)
        learned = rdns_learned(self, rec, seen, client, until_ns);
    if (learned.name)
        return learned;
    if (class == 0 && rdns->names)
        return rdns_ask(rdns, addr);
    uint8_t from = label ? CHAINS_NAME_SPECIAL : CHAINS_NAME_NOT_ASKED;
    return (struct shown){ label, from, class, false };
}

static struct shown rdns_shown(chains_component *self, const struct chains_record *rec,
                               const struct chains_addr *addr, const struct chains_addr *client)
{
    struct reverse_dns *rdns = chains_state(self);
    for (unsigned i = 0; i < 2; i++) {
        const struct memo *memo = &rdns->memo[i];
        if (memcmp(&memo->addr, addr, sizeof *addr) == 0 &&
            memcmp(&memo->client, client, sizeof *client) == 0 &&
            rec->time_ns >= memo->since_ns && rec->time_ns <= memo->until_ns)
            return memo->shown;
    }
    struct memo fresh = { .addr = *addr, .client = *client, .since_ns = rec->time_ns };
    int64_t until_ns = INT64_MAX;
    fresh.shown = rdns_look_up(self, rec, addr, client, &until_ns);
    fresh.until_ns = time_minus(rec->time_ns, -MEMO_NS);
    if (fresh.until_ns > until_ns)
        fresh.until_ns = until_ns;
    rdns->memo[1] = rdns->memo[0];
    rdns->memo[0] = fresh;
    return fresh.shown;
}

static void rdns_forget(struct reverse_dns *rdns)
{
    rdns->memo[0] = rdns->memo[1] = (struct memo){ .since_ns = INT64_MAX };
}

/* Names for both sides of a record; the number of them that waiting may change. */
static unsigned rdns_name(chains_component *self, struct chains_record *rec)
{
    const struct chains_addr *src, *dst;
    if (!chains_record_addresses(rec, &src, &dst))
        return 0;
    struct chains_domains *domains = row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
    struct shown from = rdns_shown(self, rec, src, dst), to = rdns_shown(self, rec, dst, src);
    *domains = (struct chains_domains){
        .src = from.name,
        .dst = to.name,
        .src_from = from.from,
        .dst_from = to.from,
        .src_class = from.class,
        .dst_class = to.class,
    };
    return (unsigned)from.soon + (unsigned)to.soon;
}

static bool rdns_may_change(uint8_t from)
{
    return from == CHAINS_NAME_PENDING || from == CHAINS_NAME_LIMITED;
}

/*
 * The same question again, for a side that may change. What the traffic says stays as it was when
 * the record came by: later answers are not for it.
 */
static bool rdns_ask_again(struct reverse_dns *rdns, const struct chains_addr *addr,
                           const char **name, uint8_t *from)
{
    struct chains_addr room;
    if (!rdns_may_change(*from))
        return false;
    struct shown shown = rdns_ask(rdns, special_target(addr, &room));
    *name = shown.name;
    *from = shown.from;
    return shown.soon;
}

/* Once more for the records that lack a name; how many may still come. */
static unsigned rdns_name_missing(chains_component *self, struct chains_batch *batch)
{
    struct reverse_dns *rdns = chains_state(self);
    unsigned missing = 0;
    rdns->limited = false;
    for (size_t i = 0; i < batch->count; i++) {
        struct chains_record *rec = batch->live[i];
        const struct chains_addr *src, *dst;
        if (!chains_get(rec, domains) || !chains_record_addresses(rec, &src, &dst))
            continue;
        struct chains_domains *domains = row_place(rec, CHAINS_SLOT_domains);
        missing += rdns_ask_again(rdns, src, &domains->src, &domains->src_from);
        missing += rdns_ask_again(rdns, dst, &domains->dst, &domains->dst_from);
    }
    return missing;
}

static bool rdns_worth_waiting(const struct reverse_dns *rdns)
{
    if (rdns->wait_ns == 0 || !names_alive(rdns->names))
        return false;
    return rdns->fruitless < FRUITLESS_MOST || names_answers(rdns->names) != rdns->answers;
}

/* One wait for all that the batch lacks: until it is there, the time is over, or it is vain. */
static void rdns_wait(chains_component *self, struct chains_batch *batch, int64_t now_ns)
{
    struct reverse_dns *rdns = chains_state(self);
    int64_t until_ns = now_ns + rdns->wait_ns;
    uint64_t answers = names_answers(rdns->names);
    unsigned missing = 1;
    while (missing && now_ns < until_ns && names_alive(rdns->names) && !chains_stopping(self)) {
        int64_t left_ms = (until_ns - now_ns + ms_ns - 1) / ms_ns;
        names_wait(rdns->names, left_ms < SLICE_MS ? (unsigned)left_ms : SLICE_MS);
        now_ns = time_coarse_ns();
        names_take(rdns->names, now_ns);
        missing = rdns_name_missing(self, batch);
    }
    bool fruitless = missing && names_answers(rdns->names) == answers;
    rdns->fruitless = fruitless ? rdns->fruitless + 1 : 0;
    rdns->answers = names_answers(rdns->names);
}

static void rdns_count_limited(chains_component *self, const struct chains_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_record *rec = batch->live[i];
        const struct chains_domains *domains = chains_get(rec, domains);
        if (domains && domains->src_from == CHAINS_NAME_LIMITED)
            chains_count_limited(self);
        if (domains && domains->dst_from == CHAINS_NAME_LIMITED)
            chains_count_limited(self);
    }
}

/* Names for a batch, in order: an answer names what comes with it and behind it. */
static unsigned rdns_name_all(chains_component *self, struct chains_batch *batch)
{
    struct reverse_dns *rdns = chains_state(self);
    unsigned missing = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (rdns->learned && learned_read(rdns->learned, batch->live[i]))
            rdns_forget(rdns);
        missing += rdns_name(self, batch->live[i]);
    }
    for (; rdns->learned && rdns->lost < learned_lost(rdns->learned); rdns->lost++)
        chains_count_limited(self);
    return missing;
}

static int reverse_dns_many(chains_component *self, struct chains_batch *batch)
{
    struct reverse_dns *rdns = chains_state(self);
    int64_t now_ns = time_coarse_ns();
    rdns->limited = false;
    rdns_forget(rdns);
    if (rdns->names)
        names_begin(rdns->names, now_ns);
    if (rdns->hosts)
        hosts_refresh(rdns->hosts, now_ns);
    unsigned missing = rdns_name_all(self, batch);
    if (missing && rdns_worth_waiting(rdns))
        rdns_wait(self, batch, now_ns);
    if (rdns->limited)
        rdns_count_limited(self, batch);
    const char *warning = rdns->names ? names_warning(rdns->names) : NULL;
    if (warning)
        chains_warn(self, "%s", warning);
    return CHAINS_OK;
}

static int rdns_open_hosts(chains_component *self, const char *path)
{
    struct reverse_dns *rdns = chains_state(self);
    if (path && *path == '\0')
        return CHAINS_OK;
    rdns->hosts = hosts_new(path ? path : "/etc/hosts");
    if (!rdns->hosts)
        return chains_fail(self, CHAINS_EMEM, "no memory for known names");
    if (path && !hosts_there(rdns->hosts))
        return chains_fail(chains_about(self, "hosts", 0), CHAINS_EIO, "%s: cannot be read",
                           path);
    return CHAINS_OK;
}

static int rdns_open_learned(chains_component *self,
                             const struct chains_reverse_dns_options *options)
{
    struct reverse_dns *rdns = chains_state(self);
    if (!(chains_upstream_types(self) & CHAINS_PRESENT_dns))
        return CHAINS_OK;
    rdns->learned = learned_new(options->cache_size ? options->cache_size : NAMES_DEFAULT);
    return rdns->learned ? CHAINS_OK : chains_fail(self, CHAINS_EMEM, "no memory for names");
}

static int rdns_open_names(chains_component *self,
                           const struct chains_reverse_dns_options *options)
{
    struct reverse_dns *rdns = chains_state(self);
    struct names_options wanted = {
        .entries = options->cache_size,
        .rate = options->rate ? options->rate : DEFAULT_RATE,
    };
    wanted.resolver = resolver_cares_new(&(struct resolver_options){
        .server = options->resolver,
        .timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS,
        .tries = TRIES,
    });
    if (wanted.resolver)
        rdns->names = names_new(&wanted);
    return rdns->names ? CHAINS_OK : chains_fail(self, CHAINS_EMEM, "no memory for names");
}

static int rdns_check_options(chains_component *self,
                              const struct chains_reverse_dns_options *options)
{
    struct chains_addr addr;
    uint16_t port;
    if (options->mode > CHAINS_NAMES_OFF)
        return chains_fail(self, CHAINS_EUSAGE, "there is no mode %u", (unsigned)options->mode);
    if (options->cache_size > NAMES_MOST)
        return chains_fail(chains_about(self, "cache_size", 0), CHAINS_EUSAGE,
                           "cache_size %u is more than %d", (unsigned)options->cache_size,
                           NAMES_MOST);
    if (options->rate > NAMES_RATE_MOST)
        return chains_fail(chains_about(self, "rate", 0), CHAINS_EUSAGE,
                           "rate %u is more than %d", (unsigned)options->rate, NAMES_RATE_MOST);
    if (options->timeout_ms > LONGEST_TIMEOUT_MS)
        return chains_fail(chains_about(self, "timeout_ms", 0), CHAINS_EUSAGE,
                           "timeout_ms %u is more than %d", (unsigned)options->timeout_ms,
                           LONGEST_TIMEOUT_MS);
    if (options->resolver && !resolver_server(options->resolver, &addr, &port))
        return chains_fail(self, CHAINS_EUSAGE,
                           "resolver \"%s\" is not ADDR, ADDR:PORT or [ADDR6]:PORT",
                           options->resolver);
    return CHAINS_OK;
}

static uint64_t rdns_memory(const struct reverse_dns *rdns)
{
    if (!rdns->names && !rdns->hosts && !rdns->learned)
        return rdns->memory;
    return (rdns->names ? names_bytes(rdns->names) : 0) +
           (rdns->hosts ? hosts_bytes(rdns->hosts) : 0) +
           (rdns->learned ? learned_bytes(rdns->learned) : 0);
}

static void reverse_dns_close(chains_component *self)
{
    struct reverse_dns *rdns = chains_state(self);
    uint64_t memory = rdns_memory(rdns);
    names_free(rdns->names);
    hosts_free(rdns->hosts);
    learned_free(rdns->learned);
    local_free(&rdns->local);
    *rdns = (struct reverse_dns){ .memory = memory };
}

static int rdns_open(chains_component *self, const struct chains_reverse_dns_options *options)
{
    struct reverse_dns *rdns = chains_state(self);
    bool live = chains_source_of(self).live;
    enum chains_names_mode mode = options->mode;
    if (mode == CHAINS_NAMES_DEFAULT)
        mode = live ? CHAINS_NAMES_ACTIVE : CHAINS_NAMES_PASSIVE;
    int status = rdns_check_options(self, options);
    if (status == CHAINS_OK)
        status = local_open(&rdns->local, self, options->local);
    if (status == CHAINS_OK && mode != CHAINS_NAMES_OFF)
        status = rdns_open_hosts(self, options->hosts);
    if (status == CHAINS_OK && mode != CHAINS_NAMES_OFF)
        status = rdns_open_learned(self, options);
    if (status == CHAINS_OK && mode == CHAINS_NAMES_ACTIVE)
        status = rdns_open_names(self, options);
    uint32_t wait_ms = options->wait_ms ? options->wait_ms : live ? 0 : DEFAULT_FILE_WAIT_MS;
    rdns->wait_ns = options->no_wait ? 0 : wait_ms * ms_ns;
    return status;
}

static int reverse_dns_open(chains_component *self)
{
    int status = rdns_open(self, chains_options(self));
    if (status != CHAINS_OK)
        reverse_dns_close(self);
    return status;
}

static void reverse_dns_stats(const chains_component *self, struct chains_stats *stats)
{
    stats->memory += rdns_memory(chains_state(self));
}

static const struct chains_name reverse_dns_sources[] = {
    { CHAINS_NAME_NOT_ASKED, "not_asked" },
    { CHAINS_NAME_SPECIAL, "special" },
    { CHAINS_NAME_HOSTS, "hosts" },
    { CHAINS_NAME_PTR, "ptr" },
    { CHAINS_NAME_DNS, "dns" },
    { CHAINS_NAME_NXDOMAIN, "nxdomain" },
    { CHAINS_NAME_NODATA, "nodata" },
    { CHAINS_NAME_SERVFAIL, "servfail" },
    { CHAINS_NAME_REFUSED, "refused" },
    { CHAINS_NAME_TIMEOUT, "timeout" },
    { CHAINS_NAME_PENDING, "pending" },
    { CHAINS_NAME_INVALID, "invalid" },
    { CHAINS_NAME_LIMITED, "limited" },
    { 0, NULL },
};

static const struct chains_name reverse_dns_classes[] = {
    { CHAINS_CLASS_LOCAL, "local" },
    { CHAINS_CLASS_MULTICAST, "multicast" },
    { CHAINS_CLASS_BROADCAST, "broadcast" },
    { CHAINS_CLASS_SPECIAL, "special" },
    { 0, NULL },
};

static const struct chains_field domains_fields[] = {
    CHAINS_FIELD(chains_domains, src, TEXT, "name of the source address", .omit_zero = 1),
    CHAINS_FIELD(chains_domains, dst, TEXT, "name of the destination address", .omit_zero = 1),
    CHAINS_FIELD(chains_domains, src_from, NAMED,
                 "where the source's name comes from, or why there is none",
                 .names = reverse_dns_sources),
    CHAINS_FIELD(chains_domains, dst_from, NAMED,
                 "where the destination's name comes from, or why there is none",
                 .names = reverse_dns_sources),
    CHAINS_FIELD(chains_domains, src_class, FLAGS, "what kind of address the source is",
                 .names = reverse_dns_classes, .text_only = 1, .omit_zero = 1),
    CHAINS_FIELD(chains_domains, dst_class, FLAGS, "what kind of address the destination is",
                 .names = reverse_dns_classes, .text_only = 1, .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_domains_type = {
    .slot = "domains",
    .name = "domains",
    .size = sizeof(struct chains_domains),
    .fields = domains_fields,
    .id = CHAINS_ID_domains,
    .slot_id = CHAINS_SLOT_domains,
};

static const struct chains_name reverse_dns_modes[] = {
    { CHAINS_NAMES_DEFAULT, "default" },
    { CHAINS_NAMES_ACTIVE, "active" },
    { CHAINS_NAMES_PASSIVE, "passive" },
    { CHAINS_NAMES_OFF, "off" },
    { 0, NULL },
};

static const struct chains_field reverse_dns_options[] = {
    CHAINS_FIELD(
        chains_reverse_dns_options, mode, NAMED,
        "active asks the network, passive takes names from DNS answers in the traffic, off "
        "names special addresses only",
        .preset = "active on an interface, passive on a file", .names = reverse_dns_modes),
    CHAINS_FIELD(chains_reverse_dns_options, wait_ms, UINT,
                 "longest wait for a batch's names in milliseconds",
                 .preset = "none on an interface, 2000 on a file"),
    CHAINS_FIELD(chains_reverse_dns_options, no_wait, BOOL, "never wait, on a file either"),
    CHAINS_FIELD(chains_reverse_dns_options, resolver, TEXT,
                 "server to ask: ADDR, ADDR:PORT or [ADDR6]:PORT", .preset = "the system's"),
    CHAINS_FIELD(chains_reverse_dns_options, cache_size, UINT, "names kept", .preset = "16384"),
    CHAINS_FIELD(chains_reverse_dns_options, rate, UINT, "questions a second", .preset = "50"),
    CHAINS_FIELD(chains_reverse_dns_options, timeout_ms, UINT,
                 "milliseconds to wait for the first of two tries, twice that for the second",
                 .preset = "600"),
    CHAINS_FIELD(chains_reverse_dns_options, local, TEXTS,
                 "prefixes that are LOCAL besides the private ranges"),
    CHAINS_FIELD(chains_reverse_dns_options, hosts, TEXT, "file of known names, empty for none",
                 .preset = "/etc/hosts"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const reverse_dns_attaches[] = { &chains_domains_type,
                                                                        NULL };

const struct chains_class reverse_dns_class = {
    .name = "reverse_dns",
    .brief = "names for addresses, without holding up packets",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct reverse_dns),
    .options_size = sizeof(struct chains_reverse_dns_options),
    .options = reverse_dns_options,
    .attaches = reverse_dns_attaches,
    .open = reverse_dns_open,
    .many = reverse_dns_many,
    .close = reverse_dns_close,
    .stats = reverse_dns_stats,
};

chains_component *chains_reverse_dns_new(const struct chains_reverse_dns_options *options)
{
    return chains_new(&reverse_dns_class, options);
}
