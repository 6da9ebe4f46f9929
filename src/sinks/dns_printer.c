/* SPDX-License-Identifier: MIT */
/*
 * One line for each DNS message, in the words of the other prints:
 *
 *     2015-05-30 00:34:45.123456 - UDP 192.168.1.9(LOCAL) --> 8.8.8.8 QUERY 4660 www.example.com A
 *     2015-05-30 00:34:45.135801 - UDP 8.8.8.8 --> 192.168.1.9(LOCAL) RESPONSE 4660 NOERROR
 *         www.example.com A: CNAME example.com, 192.0.2.1 (12.3ms) WEIRD: odd_name(example.com)
 *
 * An answer of another type than the question's has its type in front, a class stands there when it
 * is not IN. Names and data are presentation format, at any length; a space in a name is \032, so
 * that no name looks like two parts of a line; what is not a character that can be shown is escaped.
 * Records without DNS pass without a line.
 */
#include "../render/output.h"
#include "../render/plain.h"
#include "../render/words.h"

#include <chains/layer/dns.h>
#include <chains/layer/domains.h>
#include <chains/layer/weird.h>

#include "../bytes/utf8.h"
#include "../record/batch.h"

enum {
    QUESTIONS_SHOWN = 8,
    ANSWERS_SHOWN = 32,
    PIECE = OUTPUT_ROOM / PLAIN_PER_BYTE, /* bytes of text escaped at once */
    CLASS_IN = 1,
    TYPE_NS = 2,
    TYPE_MD = 3,
    TYPE_MF = 4,
    TYPE_CNAME = 5,
    TYPE_MB = 7,
    TYPE_MG = 8,
    TYPE_MR = 9,
    TYPE_PTR = 12,
    TYPE_NSAP_PTR = 23,
    TYPE_DNAME = 39,
};

struct dns_printer {
    struct output output; /* first: the slots of output.h find it there */
    struct text_clock clock;
    bool color;
};

static const struct chains_field dns_printer_options[] = {
    OUTPUT_OPTIONS(chains_dns_printer_options),
    CHAINS_FIELD(chains_dns_printer_options, color, BOOL, "colours for a terminal"),
    CHAINS_FIELDS_END,
};

static int dns_printer_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_dns)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE, "no layer \"dns\" here: put dns_meta before it");
}

static int dns_printer_open(chains_component *self)
{
    struct dns_printer *printer = chains_state(self);
    const struct chains_dns_printer_options *options = chains_options(self);
    printer->color = options->color;
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    return output_open(&printer->output, self, &target);
}

static void dns_put(struct output *output, const char *text)
{
    output_text(output, text, strlen(text));
}

static void dns_number(struct output *output, uint64_t number)
{
    output_put(output, text_u64(output_room(output, TEXT_U64), number));
}

/* Text of any length. A space in a name would look like its end. */
static void dns_text(struct output *output, const char *text, size_t len, bool name)
{
    for (size_t done = 0; done < len;) {
        size_t end = len - done < PIECE ? len : done + PIECE;
        char *out = output_room(output, OUTPUT_ROOM);
        while (done < end) {
            size_t wide = utf8_shown((const uint8_t *)text + done, len - done);
            uint8_t byte = (uint8_t)text[done];
            if (name && byte == ' ')
                out = text_literal(out, "\\032");
            else if (wide > 0)
                out = text_copy(out, text + done, wide);
            else
                out = text_escape_hex(out, byte);
            done += wide ? wide : 1;
        }
        output_put(output, out);
    }
}

static void dns_name(struct output *output, const char *name)
{
    if (name)
        dns_text(output, name, strlen(name), true);
}

/* "2015-05-30 00:34:45.123456 - UDP 192.168.1.9(LOCAL) --> 8.8.8.8 " */
static void dns_begin(struct dns_printer *printer, const struct chains_record *rec,
                      const struct chains_dns *dns)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    struct chains_endpoints ends;
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = text_time(out, &printer->clock, rec->time_ns, plain_digits(rec), ' ');
    out = dns->over_tcp ? text_literal(out, " - TCP ") : text_literal(out, " - UDP ");
    if (chains_record_endpoints(rec, &ends)) {
        out = words_end(out, &ends.src, domains ? domains->src : NULL, printer->color);
        out = text_literal(out, " --> ");
        out = words_end(out, &ends.dst, domains ? domains->dst : NULL, printer->color);
        *out++ = ' ';
    }
    output_put(&printer->output, out);
}

/* "QUERY 4660 ", "MDNS RESPONSE 0 NOERROR ", "NOTIFY RESPONSE 1 REFUSED ", "UNANSWERED 4660 " */
static void dns_kind(struct output *output, const struct chains_dns *dns)
{
    if (dns->flavour == CHAINS_DNS_MULTICAST)
        dns_put(output, "MDNS ");
    if (dns->flavour == CHAINS_DNS_LLMNR)
        dns_put(output, "LLMNR ");
    if (dns->unanswered)
        dns_put(output, "UNANSWERED ");
    if (dns->opcode != 0 || (!dns->qr && !dns->unanswered)) {
        dns_name(output, dns->opcode_name);
        dns_put(output, " ");
    }
    if (dns->qr)
        dns_put(output, "RESPONSE ");
    dns_number(output, dns->id);
    if (dns->qr) {
        dns_put(output, " ");
        dns_name(output, dns->rcode_name);
    }
}

static void dns_class(struct output *output, const char *name, unsigned number)
{
    if (number == CLASS_IN)
        return;
    dns_put(output, " ");
    dns_name(output, name);
}

/* " www.example.com A", each with a comma behind it but the last */
static void dns_questions(struct output *output, const struct chains_dns *dns)
{
    const struct chains_dns_question *question = dns->queries.items;
    for (uint32_t i = 0; i < dns->queries.count && i < QUESTIONS_SHOWN; i++, question++) {
        dns_put(output, i ? ", " : " ");
        dns_name(output, question->name);
        dns_class(output, question->class_name, question->class_number);
        dns_put(output, " ");
        dns_name(output, question->type);
        if (question->unicast)
            dns_put(output, " (QU)");
    }
}

/* What was left out of a list of `count`. */
static void dns_more(struct output *output, uint32_t count, uint32_t shown)
{
    if (count <= shown)
        return;
    dns_put(output, ", ");
    dns_number(output, count - shown);
    dns_put(output, " more");
}

/* Whether one name of a question says whose record it is. */
static bool dns_is_asked_for(const struct chains_dns *dns,
                             const struct chains_dns_record *record)
{
    const struct chains_dns_question *question = dns->queries.items;
    return dns->queries.count == 1 && question->type_number == record->type_number;
}

/* Whether the data is one name, in which spaces are part of it. */
static bool dns_is_name(const struct chains_dns_record *record)
{
    static const uint16_t types[] = { TYPE_NS, TYPE_MD, TYPE_MF,  TYPE_CNAME,    TYPE_MB,
                                      TYPE_MG, TYPE_MR, TYPE_PTR, TYPE_NSAP_PTR, TYPE_DNAME };
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++)
        if (record->type_number == types[i])
            return !(record->rdata.len > 1 && chains_byte(record->rdata, 0) == '\\' &&
                     chains_byte(record->rdata, 1) == '#');
    return false;
}

/* ": CNAME example.com, 192.0.2.1"; without a question each has its name: " a.local A 192.0.2.1" */
static void dns_answers(struct output *output, const struct chains_dns *dns)
{
    const struct chains_dns_record *record = dns->answers.items;
    bool asked = dns->queries.count > 0;
    for (uint32_t i = 0; i < dns->answers.count && i < ANSWERS_SHOWN; i++, record++) {
        dns_put(output, i ? ", " : asked ? ": " : " ");
        if (!asked) {
            dns_name(output, record->name);
            dns_class(output, record->class_name, record->class_number);
            dns_put(output, " ");
        }
        if (!dns_is_asked_for(dns, record)) {
            dns_name(output, record->type);
            dns_put(output, " ");
        }
        dns_text(output, (const char *)record->rdata.at, record->rdata.len,
                 dns_is_name(record));
    }
    dns_more(output, dns->answers.count, ANSWERS_SHOWN);
}

static void dns_notes(struct output *output, const struct chains_dns *dns)
{
    if (dns->has & CHAINS_DNS_HAS_RTT) {
        char *out = output_room(output, OUTPUT_ROOM);
        out = words_span(text_literal(out, " ("), dns->rtt);
        output_put(output, text_literal(out, ")"));
    }
    if (dns->tc)
        dns_put(output, " TRUNCATED");
    if (dns->retried)
        dns_put(output, " RETRIED");
    if (dns->faults & (CHAINS_DNS_CUT | CHAINS_DNS_BAD_NAME | CHAINS_DNS_BAD_DATA))
        dns_put(output, " MALFORMED");
}

/* " WEIRD: name(detail), name" */
static void dns_weird(struct dns_printer *printer, const struct chains_weird *weird)
{
    struct output *output = &printer->output;
    const struct chains_weird_item *item = weird->weird.items;
    dns_put(output, printer->color ? WORDS_TAG_COLOR " WEIRD: " : " WEIRD: ");
    for (uint32_t i = 0; i < weird->weird.count; i++, item++) {
        const char *about = item->detail ? item->detail : item->about;
        dns_put(output, i ? ", " : "");
        dns_name(output, item->name);
        if (!about)
            continue;
        dns_put(output, "(");
        dns_text(output, about, strlen(about), !item->detail);
        dns_put(output, ")");
    }
    dns_put(output, printer->color ? WORDS_NO_COLOR : "");
}

static void dns_line(struct dns_printer *printer, const struct chains_record *rec,
                     const struct chains_dns *dns)
{
    struct output *output = &printer->output;
    const struct chains_weird *weird = chains_get(rec, weird);
    dns_begin(printer, rec, dns);
    dns_kind(output, dns);
    dns_questions(output, dns);
    dns_more(output, dns->queries.count, QUESTIONS_SHOWN);
    dns_answers(output, dns);
    dns_notes(output, dns);
    if (weird && weird->weird.count > 0)
        dns_weird(printer, weird);
    dns_put(output, "\n");
    output_commit(output);
}

static int dns_printer_many(chains_component *self, struct chains_batch *batch)
{
    struct dns_printer *printer = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_dns *dns = chains_get(batch->live[i], dns);
        if (dns)
            dns_line(printer, batch->live[i], dns);
    }
    return output_end(&printer->output);
}

const struct chains_class dns_printer_class = {
    .name = "dns_printer",
    .brief = "print one line for each DNS message",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct dns_printer),
    .options_size = sizeof(struct chains_dns_printer_options),
    .options = dns_printer_options,
    .check = dns_printer_check,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = dns_printer_open,
    .access = output_slot_access,
    .many = dns_printer_many,
    .idle = output_slot_idle,
    .reopen = output_slot_reopen,
    .finish = output_slot_finish,
    .close = output_slot_close,
};

chains_component *chains_dns_printer_new(const struct chains_dns_printer_options *options)
{
    return chains_new(&dns_printer_class, options);
}
