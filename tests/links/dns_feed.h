/* SPDX-License-Identifier: MIT */
#ifndef DNS_FEED_H
#define DNS_FEED_H

/*
 * A source for tests: packets whose layer "dns" the test writes itself, as a component upstream
 * would attach it. The plan is read when the chain is opened.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/dns.h>
#include <chains/layer/ip.h>
#include <string.h>

enum { FEED_RECORDS = 8 };

struct feed_record {
    const char *name;
    unsigned type;
    const char *rdata; /* of A and AAAA: the address */
    uint32_t ttl, raw_len;
    unsigned class_number; /* 0: IN */
};

#define RR(name_, type_, rdata_, ttl_) RR_RAW(name_, type_, rdata_, ttl_, 0, 1)
#define RR_RAW(name_, type_, rdata_, ttl_, raw_len_, class_)                                   \
    {                                                                                          \
        .name = name_, .type = type_, .rdata = rdata_, .ttl = ttl_, .raw_len = raw_len_,       \
        .class_number = class_                                                                 \
    }

struct feed_message {
    int64_t ms;
    const char *src, *dst;       /* of the packet; NULL: 192.168.1.9 and 192.168.1.1 */
    bool plain;                  /* no layer "dns" */
    unsigned kind, flags;        /* of the record; 0: a packet */
    const char *name;            /* asked for; NULL: no question */
    unsigned type, class_number; /* 0: A, IN */
    unsigned qr, opcode, z, tc, over_tcp, unanswered, rcode, flavour, faults;
    bool unasked;       /* a response to no query that was seen */
    unsigned questions; /* claimed; 0: as many as there are */
    unsigned authorities, answers_claimed;
    struct feed_record answer[FEED_RECORDS];
};

static struct feed_plan {
    const struct feed_message *message;
    size_t count;
    /* Instead of `message`: the i-th; `name` has room for the name asked for. */
    void (*make)(size_t i, struct feed_message *message, char name[300]);
} feed_plan;

struct feed {
    struct feed_plan plan;
    size_t at;
};

static const struct chains_field feed_no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type feed_ip_type = {
    "packet", "IP", sizeof(struct chains_ip), feed_no_fields, CHAINS_ID_ip4, CHAINS_SLOT_packet
};
static const struct chains_layer_type feed_dns_type = {
    "dns", "dns", sizeof(struct chains_dns), feed_no_fields, CHAINS_ID_dns, CHAINS_SLOT_dns
};
static const struct chains_layer_type *const feed_attaches[] = { &feed_ip_type, &feed_dns_type,
                                                                 NULL };

static int feed_open(chains_component *self)
{
    struct feed *feed = chains_state(self);
    feed->plan = feed_plan;
    return CHAINS_OK;
}

static const char *feed_class_name(unsigned number)
{
    return number == 1 ? "IN" : number == 3 ? "CH" : "CLASS";
}

static void feed_answers(struct chains_dns *dns, const struct feed_message *from,
                         struct chains_arena *arena)
{
    struct chains_dns_record *record = chains_arena_take(arena, FEED_RECORDS * sizeof(*record));
    uint32_t count = 0;
    for (; count < FEED_RECORDS && from->answer[count].name; count++) {
        const struct feed_record *plan = &from->answer[count];
        record[count] = (struct chains_dns_record){
            .name = plan->name,
            .type = "TYPE",
            .class_name = feed_class_name(plan->class_number ? plan->class_number : 1),
            .type_number = (uint16_t)plan->type,
            .class_number = (uint16_t)(plan->class_number ? plan->class_number : 1),
            .ttl = plan->ttl,
            .raw = { (const uint8_t *)plan->rdata, plan->raw_len },
        };
        if (plan->rdata)
            record[count].rdata =
                (struct chains_bytes){ (const uint8_t *)plan->rdata, strlen(plan->rdata) };
        if (plan->type == 1 || plan->type == 28) {
            record[count].has = CHAINS_DNS_RECORD_HAS_ADDR;
            chains_addr_parse(plan->rdata, &record[count].addr);
        }
    }
    dns->answers = (struct chains_list){ record, count };
    dns->answer_count = (uint16_t)(from->answers_claimed ? from->answers_claimed : count);
}

static void feed_dns(chains_component *self, struct chains_record *rec,
                     const struct feed_message *from, struct chains_arena *arena)
{
    struct chains_dns *dns = chains_attach(self, rec, &feed_dns_type);
    *dns = (struct chains_dns){
        .qr = (uint8_t)from->qr,
        .asked = from->qr && !from->unasked,
        .opcode = (uint8_t)from->opcode,
        .z = (uint8_t)from->z,
        .tc = (uint8_t)from->tc,
        .over_tcp = (uint8_t)from->over_tcp,
        .unanswered = (uint8_t)from->unanswered,
        .rcode = (uint16_t)from->rcode,
        .flavour = (uint8_t)from->flavour,
        .faults = (uint8_t)from->faults,
        .rcode_name = "RCODE",
        .opcode_name = "OPCODE",
        .question_count = (uint16_t)(from->questions ? from->questions : from->name != NULL),
        .authority_count = (uint16_t)from->authorities,
        .size = 100,
    };
    feed_answers(dns, from, arena);
    if (!from->name)
        return;
    struct chains_dns_question *question = chains_arena_take(arena, sizeof(*question));
    char *name = chains_arena_take(arena, strlen(from->name) + 1);
    strcpy(name, from->name);
    *question = (struct chains_dns_question){
        .name = name,
        .type = "TYPE",
        .class_name = feed_class_name(from->class_number ? from->class_number : 1),
        .type_number = (uint16_t)(from->type ? from->type : 1),
        .class_number = (uint16_t)(from->class_number ? from->class_number : 1),
    };
    dns->queries = (struct chains_list){ question, 1 };
}

static int feed_next(chains_component *self, struct chains_batch *out)
{
    struct feed *feed = chains_state(self);
    while (feed->at < feed->plan.count) {
        struct chains_record *rec = chains_batch_add(out);
        if (!rec)
            return CHAINS_OK;
        char name[300];
        struct feed_message message = { .ms = 0 };
        if (feed->plan.make)
            feed->plan.make(feed->at, &message, name);
        else
            message = feed->plan.message[feed->at];
        rec->number = ++feed->at;
        rec->time_ns = message.ms * 1000000;
        rec->kind = (uint16_t)(message.kind ? message.kind : CHAINS_PACKETS);
        rec->flags = (uint16_t)message.flags;
        struct chains_ip *ip = chains_attach(self, rec, &feed_ip_type);
        *ip = (struct chains_ip){ .version = 4 };
        chains_addr_parse(message.src ? message.src : "192.168.1.9", &ip->src);
        chains_addr_parse(message.dst ? message.dst : "192.168.1.1", &ip->dst);
        if (!message.plain)
            feed_dns(self, rec, &message, chains_batch_arena(out));
    }
    return CHAINS_END;
}

static const struct chains_class feed_class = {
    .name = "feed",
    .brief = "DNS messages of a test",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct feed),
    .attaches = feed_attaches,
    .open = feed_open,
    .next = feed_next,
};

#endif
