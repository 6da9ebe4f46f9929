/* SPDX-License-Identifier: MIT */
/*
 * Names for the two addresses of a record. In: a batch, some records of which say names. Out: layers
 * "domains". Kept: what a client was answered, or asked a server for, names that address for this
 * client, before any question of ours; what a local device says of itself names it, and else it
 * stays LOCAL; what was shown last is not looked up again, and what has to be is fetched for many
 * records at once, so that memory is waited for once and not for each.
 */
#include "naming.h"

#include <chains/layer/domains.h>
#include <chains/layer/flow.h>

#include <string.h>

#include "../bytes/special.h"
#include "../record/batch.h"
#include "../record/row.h"
#include "onlink.h"

_Static_assert((int)SPECIAL_LOCAL == (int)CHAINS_CLASS_LOCAL, "one set of class bits");
_Static_assert((int)SPECIAL_MULTICAST == (int)CHAINS_CLASS_MULTICAST, "one set of class bits");
_Static_assert((int)SPECIAL_BROADCAST == (int)CHAINS_CLASS_BROADCAST, "one set of class bits");
_Static_assert((int)SPECIAL_OTHER == (int)CHAINS_CLASS_SPECIAL, "one set of class bits");

/* One end of a record that comes soon: where it is known, or else what it takes to look it up. */
struct naming_end {
    const struct chains_addr *addr; /* NULL: the record has none */
    struct shown_memo_place *place;
    const char *label; /* of its class */
    uint64_t hash;     /* of the key by which it is sought, in `learned` or in `claims` */
    uint8_t class;
    bool prepared; /* the last three are known */
};

enum { NAMING_ENDS = 2 * BATCH_RECORDS };

/* The component and the records at hand. */
struct naming_run {
    chains_component *self;
    struct naming *naming;
    struct naming_end ends[NAMING_ENDS];      /* of one record after the other */
    struct naming_end *prepared[NAMING_ENDS]; /* some of them */
    size_t prepared_count;
    uint64_t seen; /* bits of their places */
    bool cards;    /* of link-local addresses matter */
    bool flows;    /* tell names apart */
};

static struct shown naming_ask(struct naming *naming, const struct chains_addr *addr)
{
    struct names_found found = names_find(naming->names, addr);
    if (found.from == CHAINS_NAME_NXDOMAIN)
        found.name = "NXDOMAIN";
    if (found.from == CHAINS_NAME_LIMITED)
        naming->limited = true;
    return (struct shown){ found.name, found.from, 0, found.soon };
}

/* A name that may be given up by the next record, as a copy that lives as long as the batch. */
static const char *naming_copy(chains_component *self, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = chains_arena_take(chains_arena_of(self), size);
    if (!copy)
        chains_count_limited(self);
    return copy ? memcpy(copy, name, size) : NULL;
}

/* Whether what the traffic says is asked for an address; by its class. */
static bool naming_hears(const struct naming *naming, uint8_t class)
{
    return class == 0 ? naming->learned != NULL
                      : naming->claims && !(class & (uint8_t)~CHAINS_CLASS_LOCAL);
}

/* What the traffic says: what was learned of a public address, what a local device calls itself. */
static const char *naming_said(const struct naming *naming, const struct end *end,
                               const struct naming_end *known, struct shown_terms *terms,
                               uint8_t *from)
{
    const uint64_t *hash = known->prepared ? &known->hash : NULL;
    if (!naming_hears(naming, known->class))
        return NULL;
    if (known->class != 0) {
        struct device_found device;
        if (!claims_find_by(naming->claims, end->addr, end->mac, hash, terms->now_ns, &device))
            return NULL;
        terms->until_ns = device.until_ns;
        terms->used = device.used;
        *from = device.from;
        return device.name;
    }
    const struct learned_key key = { end->flow, *end->client, *end->addr, { 0 } };
    struct learned_found found;
    if (!learned_find_by(naming->learned, &key, hash, terms->now_ns, &found))
        return NULL;
    terms->until_ns = found.until_ns;
    terms->used = found.used;
    *from = found.from;
    return found.name;
}

static struct shown naming_look_up(struct naming *naming, const struct end *end,
                                   const struct naming_end *known, struct shown_terms *terms)
{
    const struct chains_addr *addr = end->addr;
    struct chains_addr room;
    uint8_t class = known->class, from;
    if (class & (uint8_t)~CHAINS_CLASS_LOCAL)
        return (struct shown){ known->label, CHAINS_NAME_SPECIAL, class, false };
    addr = special_target(addr, &room);
    const char *name = naming->hosts ? hosts_find(naming->hosts, addr) : NULL;
    if (name)
        return (struct shown){ name, CHAINS_NAME_HOSTS, class, false };
    name = naming_said(naming, end, known, terms, &from);
    terms->borrowed = name != NULL;
    if (name)
        return (struct shown){ name, from, class, false };
    terms->lasting = class != 0 || !naming->names;
    if (!terms->lasting)
        return naming_ask(naming, addr);
    from = known->label ? CHAINS_NAME_SPECIAL : CHAINS_NAME_NOT_ASKED;
    return (struct shown){ known->label, from, class, false };
}

static void naming_anew(const struct naming_run *run, struct naming_end *known,
                        const struct end *end, int64_t now_ns, struct shown *shown)
{
    struct naming *naming = run->naming;
    struct shown_terms terms = { .now_ns = now_ns, .until_ns = INT64_MAX, .lasting = true };
    if (!known->prepared)
        known->class = local_class(&naming->local, end->addr, &known->label);
    *shown = naming_look_up(naming, end, known, &terms);
    terms.any = shown->class != 0 || !naming->learned || learned_is_empty(naming->learned);
    const char *name = shown_memo_keep(naming->memo, known->place, end, shown, &terms);
    if (terms.borrowed && !name) {
        name = naming_copy(run->self, shown->name);
        shown->from = name ? shown->from : CHAINS_NAME_NOT_ASKED;
    }
    shown->name = name;
}

static inline const struct shown *naming_shown(const struct naming_run *run,
                                               struct naming_end *known, const struct end *end,
                                               int64_t now_ns, struct shown *room)
{
    const struct shown *shown = shown_memo_find(run->naming->memo, known->place, end, now_ns);
    if (__builtin_expect(shown != NULL, 1))
        return shown;
    naming_anew(run, known, end, now_ns, room);
    return room;
}

static uint64_t naming_flow(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    return stream ? stream->flow : flow ? flow->flow : 0;
}

/*
 * Whose card it is, for a host of this link: behind a public address there is a router's. A host
 * without an address yet is on this link, too.
 */
static const char *naming_vendor(const struct naming *naming, const struct end *end,
                                 uint8_t class)
{
    static const struct chains_addr none4 = { .family = 4 }, none6 = { .family = 6 };
    if (!naming->vendors || !end->mac)
        return NULL;
    bool local = class == CHAINS_CLASS_LOCAL || memcmp(end->addr, &none4, sizeof none4) == 0 ||
                 memcmp(end->addr, &none6, sizeof none6) == 0;
    return local ? vendors_find(naming->vendors, end->mac) : NULL;
}

static bool naming_is_by_card(const struct chains_addr *addr)
{
    return addr->family == 6 && addr->octets[0] == 0xfe;
}

/* Whose cards matter for the names of a record: a card names a link-local address. */
static struct onlink naming_cards(const struct naming_run *run, const struct chains_record *rec,
                                  const struct chains_addr *src, const struct chains_addr *dst)
{
    const bool named = run->cards && (naming_is_by_card(src) || naming_is_by_card(dst));
    return named || run->naming->vendors ? onlink_of(rec) : (struct onlink){ NULL, NULL };
}

/* Names for both sides of a record; the number of them that waiting may change. */
static unsigned naming_record(const struct naming_run *run, struct chains_record *rec,
                              struct naming_end known[2])
{
    const struct chains_addr *src = known[0].addr, *dst = known[1].addr;
    if (!src)
        return 0;
    const struct onlink cards = naming_cards(run, rec, src, dst);
    const uint64_t flow = run->flows ? naming_flow(rec) : 0;
    const struct end ends[2] = { { src, dst, flow, cards.src }, { dst, src, flow, cards.dst } };
    struct shown rooms[2];
    struct chains_domains *domains = row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
    const struct shown *from = naming_shown(run, &known[0], &ends[0], rec->time_ns, &rooms[0]);
    domains->src = from->name;
    domains->src_from = from->from;
    domains->src_class = from->class;
    domains->src_vendor = naming_vendor(run->naming, &ends[0], from->class);
    const unsigned soon = from->soon;
    const struct shown *to = naming_shown(run, &known[1], &ends[1], rec->time_ns, &rooms[1]);
    domains->dst = to->name;
    domains->dst_from = to->from;
    domains->dst_class = to->class;
    domains->dst_vendor = naming_vendor(run->naming, &ends[1], to->class);
    return soon + to->soon;
}

static bool naming_may_change(uint8_t from)
{
    return from == CHAINS_NAME_PENDING || from == CHAINS_NAME_LIMITED;
}

/*
 * The same question again, for a side that may change. What the traffic says stays as it was when
 * the record came by: later answers are not for it.
 */
static bool naming_ask_again(struct naming *naming, const struct chains_addr *addr,
                             const char **name, uint8_t *from)
{
    struct chains_addr room;
    if (!naming_may_change(*from))
        return false;
    struct shown shown = naming_ask(naming, special_target(addr, &room));
    *name = shown.name;
    *from = shown.from;
    return shown.soon;
}

/* Once more for the records that lack a name; how many may still come. */
unsigned naming_missing(struct naming *naming, struct chains_batch *batch)
{
    unsigned missing = 0;
    naming->limited = false;
    for (size_t i = 0; i < batch->count; i++) {
        struct chains_record *rec = batch->live[i];
        const struct chains_addr *src, *dst;
        if (!chains_get(rec, domains) || !chains_record_addresses(rec, &src, &dst))
            continue;
        struct chains_domains *domains = row_place(rec, CHAINS_SLOT_domains);
        missing += naming_ask_again(naming, src, &domains->src, &domains->src_from);
        missing += naming_ask_again(naming, dst, &domains->dst, &domains->dst_from);
    }
    return missing;
}

/* What was heard so far decides what there is to look for. */
static void naming_heard(struct naming_run *run)
{
    const struct naming *naming = run->naming;
    run->cards = naming->claims && !claims_is_empty(naming->claims);
    run->flows = naming->learned && learned_has_flows(naming->learned);
}

/* What a record says about names; who shows them is told what is news. */
static void naming_listen(struct naming_run *run, const struct chains_record *rec)
{
    static const uint64_t messages =
        CHAINS_PRESENT_dns | CHAINS_PRESENT_tls | CHAINS_PRESENT_http;
    struct naming *naming = run->naming;
    bool news =
        naming->learned && rec->present & messages && learned_read(naming->learned, rec);
    if (naming->claims && rec->present & (CHAINS_PRESENT_dns | CHAINS_PRESENT_udp))
        news |= claims_read(naming->claims, &naming->local, rec);
    if (news)
        naming_heard(run);
}

/*
 * Where an end is to be sought that was not shown last. Of several with one place the first one will
 * be kept there.
 */
static void naming_prepare(struct naming_run *run, struct naming_end *end,
                           const struct chains_addr *client)
{
    const struct naming *naming = run->naming;
    const uint64_t bit = UINT64_C(1) << (end->place - naming->memo->place) % 64;
    if (run->seen & bit)
        return;
    run->seen |= bit;
    end->class = local_class(&naming->local, end->addr, &end->label);
    if (!naming_hears(naming, end->class))
        return;
    const struct learned_key key = { 0, *client, *end->addr, { 0 } };
    end->hash = end->class ? claims_ahead(naming->claims, end->addr)
                           : learned_ahead(naming->learned, &key);
    end->prepared = true;
    run->prepared[run->prepared_count++] = end;
}

/* Of some records: the places of what was shown last, then the keys of what was not, then entries. */
static void naming_ahead(struct naming_run *run, struct chains_record *const *live,
                         size_t count)
{
    const struct naming *naming = run->naming;
    for (size_t i = 0; i < count; i++) {
        struct naming_end *end = &run->ends[2 * i];
        end[0].prepared = end[1].prepared = false;
        end[0].addr = NULL;
        if (!row_addresses(live[i], &end[0].addr, &end[1].addr))
            continue;
        end[0].place = shown_memo_ahead(naming->memo, end[0].addr, end[1].addr);
        end[1].place = shown_memo_ahead(naming->memo, end[1].addr, end[0].addr);
    }
    run->prepared_count = 0;
    run->seen = 0;
    for (size_t i = 0; i < count; i++) {
        struct naming_end *end = &run->ends[2 * i];
        if (end[0].addr && !shown_memo_is_likely(end[0].place, end[0].addr))
            naming_prepare(run, &end[0], end[1].addr);
        if (end[0].addr && !shown_memo_is_likely(end[1].place, end[1].addr))
            naming_prepare(run, &end[1], end[0].addr);
    }
    for (size_t i = 0; i < run->prepared_count; i++)
        if (run->prepared[i]->class)
            claims_ahead_entry(naming->claims, run->prepared[i]->hash);
        else
            learned_ahead_entry(naming->learned, run->prepared[i]->hash);
}

unsigned naming_batch(chains_component *self, struct naming *naming, struct chains_batch *batch)
{
    static const uint64_t says =
        CHAINS_PRESENT_dns | CHAINS_PRESENT_tls | CHAINS_PRESENT_http | CHAINS_PRESENT_udp;
    struct naming_run run; /* its ends are written where they are read */
    run.self = self;
    run.naming = naming;
    naming_heard(&run);
    unsigned missing = 0;
    for (size_t i = 0; i < batch->count; i++) {
        size_t at = i % BATCH_RECORDS, left = batch->count - i;
        if (at == 0)
            naming_ahead(&run, &batch->live[i], left < BATCH_RECORDS ? left : BATCH_RECORDS);
        if (batch->live[i]->present & says)
            naming_listen(&run, batch->live[i]);
        missing += naming_record(&run, batch->live[i], &run.ends[2 * at]);
    }
    uint64_t lost = (naming->learned ? learned_lost(naming->learned) : 0) +
                    (naming->claims ? claims_lost(naming->claims) : 0);
    for (; naming->lost < lost; naming->lost++)
        chains_count_limited(self);
    return missing;
}
