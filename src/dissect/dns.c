/* SPDX-License-Identifier: MIT */
/*
 * One DNS message, RFC 1035; mDNS, RFC 6762, and LLMNR, RFC 4795, have the same format. In: a
 * message. Out: its header, questions and records as text, EDNS on its own. A section ends at
 * its first record whose end cannot be found; what was read before stays. Text, with what was
 * written in vain, and the memory for it have each a ceiling of so many times the message, whatever
 * pointers say: what is beyond that, or beyond the ceilings of dns.h, is passed over and said to be.
 *
 *     id 2 | flags 2 | counts of questions, answers, authorities, additionals 2 each
 *     question: name | type 2 | class 2
 *     record:   name | type 2 | class 2 | time to live 4 | length 2 | data
 */
#include "dns.h"

#include "dns_data.h"
#include "dns_edns.h"
#include "dns_types.h"

enum {
    QUESTION_LEAST = 5, /* octets on the wire */
    RECORD_LEAST = 11,

    TYPE_A = 1,
    TYPE_OPT = 41,
    TYPE_AAAA = 28,
    CLASS_CH = 3,
    OPCODE_UPDATE = 5,
    OPCODE_DSO = 6,
    CLASS_TOP = 0x8000, /* mDNS: not part of the class */

    TEXT_LEAST = 512,        /* bytes of a piece of memory for text */
    TEXT_MOST = 4096,        /* unless one text needs more */
    TEXT_BUDGET = 16 * 1024, /* of all text, besides as much for each octet of the message: */
    TEXT_PER_OCTET = 8,
    MEMORY_PER_OCTET =
        6, /* of the pieces, besides TEXT_BUDGET: names are used more than once */

    NAMES = 16, /* places remembered */
};

/* A name that was written, by the offset at which it begins in the message. */
struct dns_place {
    uint16_t offset; /* 0: none */
    uint16_t len;
    const char *name;
};

/* A message while it is read. */
struct dns_message {
    struct chains_bytes bytes;
    struct chains_reader in;
    struct chains_dns *dns;
    struct chains_arena *arena;
    struct dns_text text;
    size_t budget; /* of text */
    size_t memory; /* for text that may still be taken */
    char *from;    /* where the last data, in the form of its type, begins */
    bool spent;    /* no more text: what follows is passed over */
    bool ended;    /* where the next record begins is not known */
    struct dns_place places[NAMES];
};

/* Another piece of memory for text, with room for `least` bytes. */
static bool message_more(struct dns_message *m, size_t least)
{
    size_t size = m->bytes.len * 3;
    if (size > TEXT_MOST)
        size = TEXT_MOST;
    if (size < TEXT_LEAST)
        size = TEXT_LEAST;
    if (size < least)
        size = least;
    char *at = size <= m->memory ? chains_arena_take(m->arena, size) : NULL;
    m->memory -= at ? size : 0;
    m->text = (struct dns_text){ at, at ? at + size : NULL, false, m->text.utf8 };
    m->spent = m->spent || !at;
    return at != NULL;
}

/* Counts text against the budget. Returns whether it may be kept. */
static bool message_charge(struct dns_message *m, size_t len)
{
    if (len > m->budget)
        m->spent = true;
    else
        m->budget -= len;
    return !m->spent;
}

/* The end of a text that begins at `start`: with a NUL and paid, or NULL. */
static const char *message_text(struct dns_message *m, const char *start)
{
    dns_put_char(&m->text, '\0');
    if (m->text.full || !message_charge(m, (size_t)(m->text.at - start)))
        return NULL;
    return start;
}

/* "TYPE65280"; NULL when there is no more text. */
static const char *message_numbered(struct dns_message *m, const char *word, unsigned number)
{
    enum { LONGEST = sizeof "OPCODE" + TEXT_U64 };
    if ((size_t)(m->text.end - m->text.at) < LONGEST && !message_more(m, LONGEST))
        return NULL;
    const char *start = m->text.at;
    dns_put_word(&m->text, word);
    dns_put_number(&m->text, number);
    return message_text(m, start);
}

static const char *message_type(struct dns_message *m, unsigned number)
{
    const char *name = dns_type_name(number);
    return name ? name : message_numbered(m, "TYPE", number);
}

static const char *message_class(struct dns_message *m, unsigned number)
{
    const char *name = dns_class_name(number);
    return name ? name : message_numbered(m, "CLASS", number);
}

/*
 * The name at the reader. Most names of a message are pointers to one that was read before, so
 * these are remembered. NULL when there is no more text, or, with `ended` set, when it is no
 * name.
 */
static const char *message_name(struct dns_message *m)
{
    const uint8_t *p = chains_peek(&m->in, 2);
    bool pointer = p && p[0] >= 0xc0;
    size_t offset = (size_t)(m->in.at - m->bytes.at);
    if (pointer)
        offset = (size_t)(p[0] & 0x3f) << 8 | p[1];
    struct dns_place *place = &m->places[offset % NAMES];
    if (pointer && offset > 0 && place->offset == offset) {
        chains_skip(&m->in, 2);
        return message_charge(m, place->len) ? place->name : NULL;
    }
    for (int tries = 0; tries < 2; tries++) {
        struct chains_reader in = m->in;
        char *start = m->text.at;
        enum dns_name_end end = dns_name_read(&in, m->bytes, DNS_NAME_ALONE, &m->text);
        if (end != DNS_NAME_WHOLE) {
            m->dns->faults |= end == DNS_NAME_CUT ? CHAINS_DNS_CUT : CHAINS_DNS_BAD_NAME;
            m->ended = true;
            return NULL;
        }
        const char *name = message_text(m, start);
        if (name) {
            m->in = in;
            if (offset <= UINT16_MAX)
                *place = (struct dns_place){ (uint16_t)offset, (uint16_t)(m->text.at - start),
                                             name };
            return name;
        }
        if (m->spent || !message_more(m, DNS_NAME_TEXT))
            break;
    }
    return NULL;
}

/* Takes back what was written from `start` on. It cost as much as if it were kept. */
static void message_undo(struct dns_message *m, char *start)
{
    (void)message_charge(m, (size_t)(m->text.at - start));
    m->text.at = start;
    m->text.full = false;
}

/* The data in the form of its type, if there is room for it; else nothing. */
static enum dns_data_kind message_form(struct dns_message *m,
                                       const struct chains_dns_record *record,
                                       struct chains_reader block, bool *fits)
{
    char *start = m->from = m->text.at;
    struct dns_data data = {
        block, m->bytes, &m->text, record->type_number, record->class_number, false
    };
    enum dns_data_kind kind = dns_data_write(&data);
    *fits = kind != DNS_DATA_WHOLE || !m->text.full;
    if (kind != DNS_DATA_WHOLE || m->text.full)
        message_undo(m, start);
    return kind;
}

/* The same, with more room where that helps. False: there is none. */
static bool message_known(struct dns_message *m, const struct chains_dns_record *record,
                          struct chains_reader block, enum dns_data_kind *kind)
{
    bool fits;
    *kind = message_form(m, record, block, &fits);
    if (!fits && !m->spent && message_more(m, 3 * DNS_NAME_TEXT + 4 * record->raw.len))
        *kind = message_form(m, record, block, &fits);
    if (!fits) {
        m->dns->faults |= CHAINS_DNS_LIMITED;
        *kind = DNS_DATA_UNKNOWN; /* the form that needs no luck */
    }
    return !m->spent;
}

/* What a record holds, as text. */
static bool message_data(struct dns_message *m, struct chains_dns_record *record,
                         struct chains_reader block)
{
    enum dns_data_kind kind = DNS_DATA_WHOLE;
    record->raw = chains_rest(&block);
    record->addr = (struct chains_addr){ .family = 0 };
    size_t generic = sizeof "\\# " + TEXT_U64 + 2 * record->raw.len;
    bool empty = record->raw.len == 0 && m->dns->opcode == OPCODE_UPDATE;
    m->from = m->text.at;
    if (!empty && !message_known(m, record, block, &kind))
        return false;
    if (kind != DNS_DATA_WHOLE) {
        if ((size_t)(m->text.end - m->text.at) < generic && !message_more(m, generic))
            return false;
        m->from = m->text.at;
        dns_data_generic(record->raw, &m->text);
    }
    if (kind == DNS_DATA_BAD)
        m->dns->faults |= CHAINS_DNS_BAD_DATA;
    record->rdata.at = (const uint8_t *)m->from;
    record->rdata.len = (size_t)(m->text.at - m->from);
    return message_charge(m, record->rdata.len);
}

static void record_addr(struct chains_dns_record *record)
{
    struct chains_reader in = chains_reader_over(record->raw);
    bool v4 = record->type_number == TYPE_A;
    const uint8_t *p = chains_take(&in, v4 ? 4 : 16);
    if (!p || chains_left(&in) > 0 || record->class_number == CLASS_CH)
        return;
    if (v4)
        memcpy(record->addr.octets, p, 4);
    else
        memcpy(record->addr.octets, p, 16);
    record->addr.family = v4 ? 4 : 6;
    record->has = CHAINS_DNS_RECORD_HAS_ADDR;
}

/* The `n` octets behind a name; when they are not there, the message ends here. */
static const uint8_t *message_fixed(struct dns_message *m, size_t n)
{
    const uint8_t *p = chains_take(&m->in, n);
    if (p)
        return p;
    m->dns->faults |= CHAINS_DNS_CUT;
    m->ended = true;
    return NULL;
}

/* The class without the bit that is mDNS's own, which goes to `top`. */
static uint16_t message_class_number(const struct dns_message *m, const uint8_t p[static 2],
                                     uint8_t *top)
{
    uint16_t number = chains_load_be16(p);
    *top = m->dns->flavour == CHAINS_DNS_MULTICAST && number & CLASS_TOP;
    return *top ? number & (uint16_t)~CLASS_TOP : number;
}

static struct chains_reader message_block(struct dns_message *m, size_t n)
{
    struct chains_reader block = chains_read_block(&m->in, n);
    if (block.failed) {
        m->dns->faults |= CHAINS_DNS_CUT;
        m->ended = true;
    }
    return block;
}

/* Whether the question is whole and there was text for it. */
static bool message_question(struct dns_message *m, struct chains_dns_question *question)
{
    question->name = message_name(m);
    const uint8_t *p = question->name ? message_fixed(m, 4) : NULL;
    if (!p)
        return false;
    question->type_number = chains_load_be16(p);
    question->class_number = message_class_number(m, p + 2, &question->unicast);
    question->type = message_type(m, question->type_number);
    question->class_name = message_class(m, question->class_number);
    return question->type && question->class_name;
}

static bool message_record(struct dns_message *m, struct chains_dns_record *record)
{
    record->has = 0;
    record->name = message_name(m);
    const uint8_t *p = record->name ? message_fixed(m, 10) : NULL;
    if (!p)
        return false;
    record->type_number = chains_load_be16(p);
    record->class_number = message_class_number(m, p + 2, &record->cache_flush);
    record->ttl = chains_load_be32(p + 4);
    struct chains_reader block = message_block(m, chains_load_be16(p + 8));
    if (block.failed)
        return false;
    record->type = message_type(m, record->type_number);
    record->class_name = message_class(m, record->class_number);
    if (!record->type || !record->class_name || !message_data(m, record, block))
        return false;
    if (record->type_number == TYPE_A || record->type_number == TYPE_AAAA)
        record_addr(record);
    return true;
}

/* Moves behind a question or a record that is not kept. */
static void message_pass(struct dns_message *m, bool question)
{
    enum dns_name_end end = dns_name_skip(&m->in);
    if (end != DNS_NAME_WHOLE) {
        m->dns->faults |= end == DNS_NAME_CUT ? CHAINS_DNS_CUT : CHAINS_DNS_BAD_NAME;
        m->ended = true;
        return;
    }
    const uint8_t *p = message_fixed(m, question ? 4 : 10);
    if (p && !question)
        (void)message_block(m, chains_load_be16(p + 8));
    if (!m->ended)
        m->dns->faults |= CHAINS_DNS_LIMITED;
}

/*
 * Room for as many items as are promised, fit the message and are kept; 0 when there is none.
 */
static uint32_t message_room(struct dns_message *m, uint32_t count, uint32_t most, size_t least,
                             size_t size, void **items)
{
    *items = NULL;
    if (count == 0 || m->ended)
        return 0;
    size_t room = chains_left(&m->in) / least;
    if (room > count)
        room = count;
    if (room > most)
        room = most;
    *items = room > 0 ? chains_arena_take(m->arena, room * size) : NULL;
    return *items ? (uint32_t)room : 0;
}

static struct chains_list message_questions(struct dns_message *m)
{
    void *items;
    uint32_t room = message_room(m, m->dns->question_count, DNS_MOST_QUESTIONS, QUESTION_LEAST,
                                 sizeof(struct chains_dns_question), &items);
    struct chains_dns_question *questions = items;
    struct chains_list list = { items, 0 };
    for (uint32_t i = 0; i < m->dns->question_count && !m->ended; i++) {
        struct chains_reader at = m->in;
        if (list.count < room && !m->spent && message_question(m, &questions[list.count])) {
            list.count++;
        } else if (!m->ended) {
            m->in = at;
            message_pass(m, true);
        }
    }
    return list;
}

/* EDNS: an OPT record of the root among the additionals. The first one counts. */
static bool message_is_opt(struct dns_message *m)
{
    const uint8_t *p = chains_peek(&m->in, 3);
    return p && p[0] == 0 && chains_load_be16(p + 1) == TYPE_OPT &&
           !(m->dns->has & CHAINS_DNS_HAS_EDNS);
}

static void message_opt(struct dns_message *m)
{
    const uint8_t *p = message_fixed(m, RECORD_LEAST);
    if (!p)
        return;
    uint32_t ttl = chains_load_be32(p + 5);
    struct chains_reader block = message_block(m, chains_load_be16(p + 9));
    if (block.failed)
        return;
    m->dns->faults |=
        (uint8_t)dns_edns_read(&block, chains_load_be16(p + 3), ttl, &m->dns->edns);
    m->dns->has |= CHAINS_DNS_HAS_EDNS;
    m->dns->rcode = (uint16_t)(m->dns->rcode | ttl >> 24 << 4);
}

static struct chains_list message_section(struct dns_message *m, uint32_t count,
                                          bool additional)
{
    void *items;
    uint32_t room = message_room(m, count, DNS_MOST_RECORDS, RECORD_LEAST,
                                 sizeof(struct chains_dns_record), &items);
    struct chains_dns_record *records = items;
    struct chains_list list = { items, 0 };
    for (uint32_t i = 0; i < count && !m->ended; i++) {
        struct chains_reader at = m->in;
        if (additional && message_is_opt(m)) {
            message_opt(m);
        } else if (list.count < room && !m->spent && message_record(m, &records[list.count])) {
            list.count++;
        } else if (!m->ended) {
            m->in = at;
            message_pass(m, false);
        }
    }
    return list;
}

static void message_header(struct chains_dns *dns, const uint8_t p[static DNS_HEADER])
{
    unsigned flags = chains_load_be16(p + 2);
    dns->id = chains_load_be16(p);
    dns->qr = flags >> 15 & 1;
    dns->opcode = flags >> 11 & 15;
    dns->aa = flags >> 10 & 1;
    dns->tc = flags >> 9 & 1;
    dns->rd = flags >> 8 & 1;
    dns->ra = flags >> 7 & 1;
    dns->z = flags >> 6 & 1;
    dns->ad = flags >> 5 & 1;
    dns->cd = flags >> 4 & 1;
    dns->rcode = flags & 15;
    dns->question_count = chains_load_be16(p + 4);
    dns->answer_count = chains_load_be16(p + 6);
    dns->authority_count = chains_load_be16(p + 8);
    dns->additional_count = chains_load_be16(p + 10);
}

/* Names of numbers that are complete only behind the last record. */
static void message_close(struct dns_message *m)
{
    struct chains_dns *dns = m->dns;
    const char *opcode = dns_opcode_name(dns->opcode), *rcode = dns_rcode_name(dns->rcode);
    if (!opcode)
        opcode = message_numbered(m, "OPCODE", dns->opcode);
    if (!rcode)
        rcode = message_numbered(m, "RCODE", dns->rcode);
    dns->opcode_name = opcode ? opcode : "OPCODE";
    dns->rcode_name = rcode ? rcode : "RCODE";
    if (dns->qr || dns->rcode)
        dns->has |= CHAINS_DNS_HAS_RCODE;
    if (chains_left(&m->in) > 0 && !m->ended && dns->opcode != OPCODE_DSO)
        dns->faults |= CHAINS_DNS_TRAILING;
}

static enum chains_verdict message_verdict(unsigned faults)
{
    if (faults & CHAINS_DNS_LIMITED)
        return CHAINS_LIMIT;
    if (faults & (CHAINS_DNS_BAD_NAME | CHAINS_DNS_BAD_DATA))
        return CHAINS_BAD_TAIL;
    return faults & CHAINS_DNS_CUT ? CHAINS_PARTIAL : CHAINS_PARSED;
}

enum chains_verdict dns_read(struct chains_reader *in, enum chains_dns_flavour flavour,
                             struct chains_dns *dns, struct chains_arena *arena)
{
    struct chains_bytes whole = chains_rest(in);
    struct dns_message m = { .bytes = whole,
                             .in = *in,
                             .dns = dns,
                             .arena = arena,
                             .text.utf8 = flavour != CHAINS_DNS_UNICAST,
                             .budget = TEXT_BUDGET + TEXT_PER_OCTET * whole.len,
                             .memory = TEXT_BUDGET + MEMORY_PER_OCTET * whole.len };
    const uint8_t *p = chains_take(&m.in, DNS_HEADER);
    in->at = in->end;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(dns, 0, sizeof *dns);
    dns->flavour = (uint8_t)flavour;
    dns->size = (uint32_t)whole.len;
    message_header(dns, p);
    (void)message_more(&m, 0);
    dns->queries = message_questions(&m);
    dns->answers = message_section(&m, dns->answer_count, false);
    dns->authorities = message_section(&m, dns->authority_count, false);
    dns->additionals = message_section(&m, dns->additional_count, true);
    message_close(&m);
    return message_verdict(dns->faults);
}
