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
#include <chains/layer/flow.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/special.h"
#include "../bytes/time.h"
#include "../record/batch.h"
#include "../record/row.h"
#include "claims.h"
#include "hosts.h"
#include "learned.h"
#include "local.h"
#include "names.h"
#include "names_sizes.h"
#include "onlink.h"
#include "resolver_cares.h"
#include "shown_memo.h"
#include "vendors.h"

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

struct reverse_dns {
    struct names *names;     /* NULL: nothing is asked */
    struct hosts *hosts;     /* NULL: none */
    struct learned *learned; /* NULL: nothing upstream reads messages with names */
    struct claims *claims;   /* NULL: none are heard */
    struct vendors *vendors; /* NULL: none were asked for */
    struct local local;
    struct shown_memo *memo;
    int64_t wait_ns;
    unsigned fruitless;
    uint64_t answers; /* when the last fruitless wait ended */
    uint64_t lost;    /* names learned or claimed and given up, as counted so far */
    uint32_t entries; /* of each table */
    uint64_t memory;  /* of the tables when they were closed */
    uint64_t lists;   /* of these, of what is read once */
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

/* A name that may be given up by the next record, as a copy that lives as long as the batch. */
static const char *rdns_copy(chains_component *self, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = chains_arena_take(chains_arena_of(self), size);
    if (!copy)
        chains_count_limited(self);
    return copy ? memcpy(copy, name, size) : NULL;
}

/* What the traffic says: what was learned of a public address, what a local device calls itself. */
static const char *rdns_said(const struct reverse_dns *rdns, const struct end *end,
                             uint8_t class, struct shown_terms *terms, uint8_t *from)
{
    if (class != 0) {
        struct device_found device;
        if (!rdns->claims ||
            !claims_find(rdns->claims, end->addr, end->mac, terms->now_ns, &device))
            return NULL;
        terms->until_ns = device.until_ns;
        terms->used = device.used;
        *from = device.from;
        return device.name;
    }
    const struct learned_key key = { end->flow, *end->client, *end->addr, { 0 } };
    struct learned_found found;
    if (!rdns->learned || !learned_find(rdns->learned, &key, terms->now_ns, &found))
        return NULL;
    terms->until_ns = found.until_ns;
    terms->used = found.used;
    *from = found.from;
    return found.name;
}

static struct shown rdns_look_up(struct reverse_dns *rdns, const struct end *end,
                                 struct shown_terms *terms)
{
    const struct chains_addr *addr = end->addr;
    const char *label;
    struct chains_addr room;
    uint8_t class = local_class(&rdns->local, addr, &label), from;
    if (class & (uint8_t)~CHAINS_CLASS_LOCAL)
        return (struct shown){ label, CHAINS_NAME_SPECIAL, class, false };
    addr = special_target(addr, &room);
    const char *name = rdns->hosts ? hosts_find(rdns->hosts, addr) : NULL;
    if (name)
        return (struct shown){ name, CHAINS_NAME_HOSTS, class, false };
    name = rdns_said(rdns, end, class, terms, &from);
    terms->borrowed = name != NULL;
    if (name)
        return (struct shown){ name, from, class, false };
    terms->lasting = class != 0 || !rdns->names;
    if (!terms->lasting)
        return rdns_ask(rdns, addr);
    from = label ? CHAINS_NAME_SPECIAL : CHAINS_NAME_NOT_ASKED;
    return (struct shown){ label, from, class, false };
}

static struct shown rdns_shown_anew(chains_component *self, struct reverse_dns *rdns,
                                    const struct end *end, int64_t now_ns)
{
    struct shown_terms terms = { .now_ns = now_ns, .until_ns = INT64_MAX, .lasting = true };
    struct shown shown = rdns_look_up(rdns, end, &terms);
    terms.any = shown.class != 0 || !rdns->learned || learned_is_empty(rdns->learned);
    const char *name = shown_memo_keep(rdns->memo, end, &shown, &terms);
    if (terms.borrowed && !name) {
        name = rdns_copy(self, shown.name);
        shown.from = name ? shown.from : CHAINS_NAME_NOT_ASKED;
    }
    shown.name = name;
    return shown;
}

static inline struct shown rdns_shown(chains_component *self, struct reverse_dns *rdns,
                                      const struct end *end, int64_t now_ns)
{
    const struct shown *known = shown_memo_find(rdns->memo, end, now_ns);
    return known ? *known : rdns_shown_anew(self, rdns, end, now_ns);
}

static uint64_t rdns_flow(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    return stream ? stream->flow : flow ? flow->flow : 0;
}

/*
 * Whose card it is, for a host of this link: behind a public address there is a router's. A host
 * without an address yet is on this link, too.
 */
static const char *rdns_vendor(const struct reverse_dns *rdns, const struct end *end,
                               uint8_t class)
{
    static const struct chains_addr none4 = { .family = 4 }, none6 = { .family = 6 };
    if (!rdns->vendors || !end->mac)
        return NULL;
    bool local = class == CHAINS_CLASS_LOCAL || memcmp(end->addr, &none4, sizeof none4) == 0 ||
                 memcmp(end->addr, &none6, sizeof none6) == 0;
    return local ? vendors_find(rdns->vendors, end->mac) : NULL;
}

/* Names for both sides of a record; the number of them that waiting may change. */
static unsigned rdns_name(chains_component *self, struct reverse_dns *rdns,
                          struct chains_record *rec)
{
    const struct chains_addr *src, *dst;
    if (!row_addresses(rec, &src, &dst))
        return 0;
    struct onlink cards = { NULL, NULL };
    bool named = rdns->claims && !claims_is_empty(rdns->claims);
    if (rdns->vendors || (named && src->family == 6)) /* a card names a link-local address */
        cards = onlink_of(rec);
    uint64_t flow = rdns->learned && learned_has_flows(rdns->learned) ? rdns_flow(rec) : 0;
    const struct end ends[2] = { { src, dst, flow, cards.src }, { dst, src, flow, cards.dst } };
    struct chains_domains *domains = row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
    struct shown from = rdns_shown(self, rdns, &ends[0], rec->time_ns);
    struct shown to = rdns_shown(self, rdns, &ends[1], rec->time_ns);
    *domains = (struct chains_domains){
        .src = from.name,
        .dst = to.name,
        .src_from = from.from,
        .dst_from = to.from,
        .src_class = from.class,
        .dst_class = to.class,
        .src_vendor = rdns_vendor(rdns, &ends[0], from.class),
        .dst_vendor = rdns_vendor(rdns, &ends[1], to.class),
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

/* What a record says about names; who shows them is told what is news. */
static void rdns_listen(struct reverse_dns *rdns, const struct chains_record *rec)
{
    static const uint64_t messages =
        CHAINS_PRESENT_dns | CHAINS_PRESENT_tls | CHAINS_PRESENT_http;
    if (rdns->learned && rec->present & messages)
        learned_read(rdns->learned, rec);
    if (rdns->claims && rec->present & (CHAINS_PRESENT_dns | CHAINS_PRESENT_udp))
        claims_read(rdns->claims, &rdns->local, rec);
}

static void rdns_news(void *memo, const struct chains_addr *addr)
{
    shown_memo_drop(memo, addr);
}

/* Names for a batch, in order: an answer names what comes with it and behind it. */
static unsigned rdns_name_all(chains_component *self, struct chains_batch *batch)
{
    struct reverse_dns *rdns = chains_state(self);
    unsigned missing = 0;
    for (size_t i = 0; i < batch->count; i++) {
        rdns_listen(rdns, batch->live[i]);
        missing += rdns_name(self, rdns, batch->live[i]);
    }
    uint64_t lost = (rdns->learned ? learned_lost(rdns->learned) : 0) +
                    (rdns->claims ? claims_lost(rdns->claims) : 0);
    for (; rdns->lost < lost; rdns->lost++)
        chains_count_limited(self);
    return missing;
}

static int reverse_dns_many(chains_component *self, struct chains_batch *batch)
{
    struct reverse_dns *rdns = chains_state(self);
    int64_t now_ns = time_coarse_ns();
    rdns->limited = false;
    shown_memo_begin(rdns->memo);
    if (rdns->names)
        names_begin(rdns->names, now_ns);
    if (rdns->hosts && hosts_refresh(rdns->hosts, now_ns))
        shown_memo_forget(rdns->memo);
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

static int rdns_open_learned(chains_component *self)
{
    struct reverse_dns *rdns = chains_state(self);
    const struct name_news news = { rdns_news, rdns->memo };
    bool learns = names_sizes_learns(self);
    rdns->claims = claims_new(names_sizes_devices(rdns->entries));
    rdns->learned = rdns->claims && learns ? learned_new(rdns->entries) : NULL;
    if (!rdns->claims || (learns && !rdns->learned))
        return chains_fail(self, CHAINS_EMEM, "no memory for names");
    claims_tell(rdns->claims, &news);
    if (learns)
        learned_tell(rdns->learned, &news);
    return CHAINS_OK;
}

static int rdns_open_vendors(chains_component *self, const char *path)
{
    struct reverse_dns *rdns = chains_state(self);
    char error[VENDORS_ERROR];
    if (!path)
        return CHAINS_OK;
    int status = vendors_open(&rdns->vendors, path, error);
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
        rdns->names = names_new(&wanted);
    if (!rdns->names)
        return chains_fail(self, CHAINS_EMEM, "no memory for names");
    names_open(rdns->names);
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
    return (rdns->hosts ? hosts_bytes(rdns->hosts) : 0) +
           (rdns->vendors ? vendors_bytes(rdns->vendors) : 0) + rdns->lists;
}

static uint64_t rdns_memory(const struct reverse_dns *rdns)
{
    if (!rdns->memo)
        return rdns->memory;
    return sizeof *rdns->memo + (rdns->names ? names_bytes(rdns->names) : 0) +
           (rdns->learned ? learned_bytes(rdns->learned) : 0) +
           (rdns->claims ? claims_bytes(rdns->claims) : 0) + rdns_lists(rdns);
}

static void reverse_dns_close(chains_component *self)
{
    struct reverse_dns *rdns = chains_state(self);
    uint64_t memory = rdns_memory(rdns), lists = rdns_lists(rdns);
    names_free(rdns->names);
    hosts_free(rdns->hosts);
    learned_free(rdns->learned);
    claims_free(rdns->claims);
    vendors_free(rdns->vendors);
    free(rdns->memo);
    local_free(&rdns->local);
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
    rdns->memo = shown_memo_new();
    if (status == CHAINS_OK && !rdns->memo)
        status = chains_fail(self, CHAINS_EMEM, "no memory for names");
    if (status == CHAINS_OK)
        status = local_open(&rdns->local, self, options->local);
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
    if (rdns->names)
        names_start(rdns->names, &tell);
    return begun.status < 0 ? chains_fail(self, begun.status, "its thread was refused")
                            : CHAINS_OK;
}

/* The system's own list of hosts is not worth the right to open it again. */
static void reverse_dns_access(const chains_component *self, chains_access_teller tell,
                               void *user)
{
    const struct reverse_dns *rdns = chains_state(self);
    const struct chains_reverse_dns_options *options = chains_options(self);
    if (rdns->names)
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
