/* SPDX-License-Identifier: MIT */
/*
 * A name for every address. In: records with network addresses, some of which say names. Out: the
 * same records with a "domains" layer: a name for each side or the reason why there is none, what
 * kind of address it is, and whose card. Kept: what a client was answered, or asked a server for,
 * names that address for this client, before any question of ours; what a local device says of
 * itself names it, and else it stays LOCAL; special-purpose addresses, the local network and the
 * name servers are never asked about; a batch waits at most once, for all of its names together,
 * and not at all for a server that keeps silent.
 */
#include "reverse_dns.h"

#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"
#include "../record/batch.h"
#include "names_sizes.h"
#include "naming.h"
#include "resolver_cares.h"

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

struct reverse_dns {
    struct naming naming;
    int64_t wait_ns;
    unsigned fruitless;
    uint64_t answers; /* when the last fruitless wait ended */
    uint32_t entries; /* of each table */
    uint64_t memory;  /* of the tables when they were closed */
    uint64_t lists;   /* of these, of what is read once */
};

static bool rdns_worth_waiting(const struct reverse_dns *rdns)
{
    if (rdns->wait_ns == 0 || !names_alive(rdns->naming.names))
        return false;
    return rdns->fruitless < FRUITLESS_MOST ||
           names_answers(rdns->naming.names) != rdns->answers;
}

/* One wait for all that the batch lacks: until it is there, the time is over, or it is vain. */
static void rdns_wait(chains_component *self, struct chains_batch *batch, int64_t now_ns)
{
    struct reverse_dns *rdns = chains_state(self);
    int64_t until_ns = now_ns + rdns->wait_ns;
    uint64_t answers = names_answers(rdns->naming.names);
    unsigned missing = 1;
    while (missing && now_ns < until_ns && names_alive(rdns->naming.names) &&
           !chains_stopping(self)) {
        int64_t left_ms = (until_ns - now_ns + ms_ns - 1) / ms_ns;
        names_wait(rdns->naming.names, left_ms < SLICE_MS ? (unsigned)left_ms : SLICE_MS);
        now_ns = time_coarse_ns();
        names_take(rdns->naming.names, now_ns);
        missing = naming_missing(&rdns->naming, batch);
    }
    bool fruitless = missing && names_answers(rdns->naming.names) == answers;
    rdns->fruitless = fruitless ? rdns->fruitless + 1 : 0;
    rdns->answers = names_answers(rdns->naming.names);
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

static int reverse_dns_many(chains_component *self, struct chains_batch *batch)
{
    struct reverse_dns *rdns = chains_state(self);
    int64_t now_ns = time_coarse_ns();
    rdns->naming.limited = false;
    shown_memo_begin(rdns->naming.memo);
    if (rdns->naming.names)
        names_begin(rdns->naming.names, now_ns);
    if (rdns->naming.hosts && hosts_refresh(rdns->naming.hosts, now_ns))
        shown_memo_forget(rdns->naming.memo);
    unsigned missing = naming_batch(self, &rdns->naming, batch);
    if (missing && rdns_worth_waiting(rdns))
        rdns_wait(self, batch, now_ns);
    if (rdns->naming.limited)
        rdns_count_limited(self, batch);
    const char *warning = rdns->naming.names ? names_warning(rdns->naming.names) : NULL;
    if (warning)
        chains_warn(self, "%s", warning);
    return CHAINS_OK;
}

static int rdns_open_hosts(chains_component *self, const char *path)
{
    struct reverse_dns *rdns = chains_state(self);
    if (path && *path == '\0')
        return CHAINS_OK;
    rdns->naming.hosts = hosts_new(path ? path : "/etc/hosts");
    if (!rdns->naming.hosts)
        return chains_fail(self, CHAINS_EMEM, "no memory for known names");
    if (path && !hosts_there(rdns->naming.hosts))
        return chains_fail(chains_about(self, "hosts", 0), CHAINS_EIO, "%s: cannot be read",
                           path);
    return CHAINS_OK;
}

static void rdns_news(void *memo, const struct chains_addr *addr,
                      const struct chains_addr *client)
{
    shown_memo_drop(memo, addr, client);
}

static int rdns_open_learned(chains_component *self)
{
    struct reverse_dns *rdns = chains_state(self);
    const struct name_news news = { rdns_news, rdns->naming.memo };
    bool learns = names_sizes_learns(self);
    rdns->naming.claims = claims_new(names_sizes_devices(rdns->entries));
    rdns->naming.learned = rdns->naming.claims && learns ? learned_new(rdns->entries) : NULL;
    if (!rdns->naming.claims || (learns && !rdns->naming.learned))
        return chains_fail(self, CHAINS_EMEM, "no memory for names");
    claims_tell(rdns->naming.claims, &news);
    if (learns)
        learned_tell(rdns->naming.learned, &news);
    return CHAINS_OK;
}

static int rdns_open_vendors(chains_component *self, const char *path)
{
    struct reverse_dns *rdns = chains_state(self);
    char error[VENDORS_ERROR];
    if (!path)
        return CHAINS_OK;
    int status = vendors_open(&rdns->naming.vendors, path, error);
    if (status != CHAINS_OK)
        return chains_fail(chains_about(self, "vendors", 0), status, "%s", error);
    if (error[0])
        chains_warn(self, "%s", error);
    return CHAINS_OK;
}

static int rdns_open_names(chains_component *self,
                           const struct chains_reverse_dns_options *options)
{
    struct reverse_dns *rdns = chains_state(self);
    struct names_options wanted = {
        .entries = rdns->entries,
        .rate = options->rate ? options->rate : DEFAULT_RATE,
    };
    wanted.resolver = resolver_cares_new(&(struct resolver_options){
        .server = options->resolver,
        .timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS,
        .tries = TRIES,
    });
    if (wanted.resolver)
        rdns->naming.names = names_new(&wanted);
    if (!rdns->naming.names)
        return chains_fail(self, CHAINS_EMEM, "no memory for names");
    names_open(rdns->naming.names);
    return CHAINS_OK;
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

static uint64_t rdns_lists(const struct reverse_dns *rdns)
{
    return (rdns->naming.hosts ? hosts_bytes(rdns->naming.hosts) : 0) +
           (rdns->naming.vendors ? vendors_bytes(rdns->naming.vendors) : 0) + rdns->lists;
}

static uint64_t rdns_memory(const struct reverse_dns *rdns)
{
    if (!rdns->naming.memo)
        return rdns->memory;
    return sizeof *rdns->naming.memo +
           (rdns->naming.names ? names_bytes(rdns->naming.names) : 0) +
           (rdns->naming.learned ? learned_bytes(rdns->naming.learned) : 0) +
           (rdns->naming.claims ? claims_bytes(rdns->naming.claims) : 0) + rdns_lists(rdns);
}

static void reverse_dns_close(chains_component *self)
{
    struct reverse_dns *rdns = chains_state(self);
    uint64_t memory = rdns_memory(rdns), lists = rdns_lists(rdns);
    names_free(rdns->naming.names);
    hosts_free(rdns->naming.hosts);
    learned_free(rdns->naming.learned);
    claims_free(rdns->naming.claims);
    vendors_free(rdns->naming.vendors);
    free(rdns->naming.memo);
    local_free(&rdns->naming.local);
    *rdns = (struct reverse_dns){ .memory = memory, .lists = lists };
}

static int rdns_open(chains_component *self, const struct chains_reverse_dns_options *options)
{
    struct reverse_dns *rdns = chains_state(self);
    bool live = chains_source_of(self).live;
    rdns->entries = names_sizes_entries(self);
    enum chains_names_mode mode = options->mode;
    if (mode == CHAINS_NAMES_DEFAULT)
        mode = live ? CHAINS_NAMES_ACTIVE : CHAINS_NAMES_PASSIVE;
    int status = rdns_check_options(self, options);
    rdns->naming.memo = shown_memo_new(mode != CHAINS_NAMES_OFF && names_sizes_learns(self));
    if (status == CHAINS_OK && !rdns->naming.memo)
        status = chains_fail(self, CHAINS_EMEM, "no memory for names");
    if (status == CHAINS_OK)
        status = local_open(&rdns->naming.local, self, options->local);
    if (status == CHAINS_OK && mode != CHAINS_NAMES_OFF)
        status = rdns_open_hosts(self, options->hosts);
    if (status == CHAINS_OK && mode != CHAINS_NAMES_OFF)
        status = rdns_open_learned(self);
    if (status == CHAINS_OK)
        status = rdns_open_vendors(self, options->vendors);
    if (status == CHAINS_OK && mode == CHAINS_NAMES_ACTIVE)
        status = rdns_open_names(self, options);
    uint32_t wait_ms = options->wait_ms ? options->wait_ms : live ? 0 : DEFAULT_FILE_WAIT_MS;
    rdns->wait_ns = options->no_wait ? 0 : wait_ms * ms_ns;
    return status;
}

/* What the program says to the resolver's thread, which it may bind. */
struct rdns_begun {
    const chains_component *self;
    int status;
};

static bool rdns_begun(void *user)
{
    struct rdns_begun *begun = user;
    begun->status = chains_thread_begun(begun->self, "resolver");
    return begun->status >= 0;
}

static int reverse_dns_start(chains_component *self)
{
    struct reverse_dns *rdns = chains_state(self);
    struct rdns_begun begun = { self, CHAINS_OK };
    const struct resolver_begun tell = { rdns_begun, &begun };
    if (rdns->naming.names)
        names_start(rdns->naming.names, &tell);
    return begun.status < 0 ? chains_fail(self, begun.status, "its thread was refused")
                            : CHAINS_OK;
}

/* The system's own list of hosts is not worth the right to open it again. */
static void reverse_dns_access(const chains_component *self, chains_access_teller tell,
                               void *user)
{
    const struct reverse_dns *rdns = chains_state(self);
    const struct chains_reverse_dns_options *options = chains_options(self);
    if (rdns->naming.names)
        tell(user, CHAINS_ACCESS_NETWORK, options->resolver ? NULL : RESOLVER_CARES_FILE);
    if (options->hosts && *options->hosts)
        tell(user, CHAINS_ACCESS_READ, options->hosts);
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
    stats->memory_most += rdns_lists(chains_state(self));
}

static const struct chains_name reverse_dns_modes[] = {
    { CHAINS_NAMES_DEFAULT, "default" },
    { CHAINS_NAMES_ACTIVE, "active" },
    { CHAINS_NAMES_PASSIVE, "passive" },
    { CHAINS_NAMES_OFF, "off" },
    { 0, NULL },
};

static const struct chains_field reverse_dns_options[] = {
    CHAINS_FIELD(chains_reverse_dns_options, mode, NAMED,
                 "active asks the network, passive takes names from the traffic alone, off "
                 "names special "
                 "addresses only",
                 .preset = "active on an interface, passive on a file",
                 .names = reverse_dns_modes),
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
    CHAINS_FIELD(
        chains_reverse_dns_options, vendors, TEXT,
        "file of MAC address blocks, to name the makers of local network cards: oui.txt "
        "or oui.csv of the IEEE, or Wireshark's manuf",
        .preset = "none"),
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
    .memory = names_sizes_memory,
    .open = reverse_dns_open,
    .start = reverse_dns_start,
    .access = reverse_dns_access,
    .many = reverse_dns_many,
    .close = reverse_dns_close,
    .stats = reverse_dns_stats,
};

chains_component *chains_reverse_dns_new(const struct chains_reverse_dns_options *options)
{
    return chains_new(&reverse_dns_class, options);
}
