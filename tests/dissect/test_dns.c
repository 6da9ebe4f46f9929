/* SPDX-License-Identifier: MIT */
/* Whole messages: header, questions, sections, the flavours, what the field tables promise. */
#include "../check.h"
#include "dns_wire.h"

static void test_header(void)
{
    static struct wire wire;
    struct chains_dns dns;
    for (unsigned bit = 0; bit < 16; bit++) {
        wire_header(&wire, 1U << bit, 0, 0, 0, 0);
        check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
        unsigned back = (unsigned)dns.qr << 15 | (unsigned)dns.opcode << 11 |
                        (unsigned)dns.aa << 10 | (unsigned)dns.tc << 9 | (unsigned)dns.rd << 8 |
                        (unsigned)dns.ra << 7 | (unsigned)dns.z << 6 | (unsigned)dns.ad << 5 |
                        (unsigned)dns.cd << 4 | dns.rcode;
        check_eq_u64(back, 1U << bit);
        check_eq_u64(dns.id, 0x1234);
        check_eq_u64(dns.size, 12);
        check_eq_u64(dns.has, bit == 15 || bit < 4 ? CHAINS_DNS_HAS_RCODE : 0);
        check_eq_u64(dns.queries.count + dns.answers.count + dns.authorities.count +
                         dns.additionals.count,
                     0);
    }
}

static void test_names_of_numbers(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x8003, 0, 0, 0, 0);
    wire_read(&wire, &dns);
    check_eq_text(dns.rcode_name, "NXDOMAIN");
    check_eq_text(dns.opcode_name, "QUERY");
    wire_header(&wire, 0xf80f, 0, 0, 0, 0);
    wire_read(&wire, &dns);
    check_eq_text(dns.rcode_name, "RCODE15");
    check_eq_text(dns.opcode_name, "OPCODE15");
    wire_header(&wire, 0x0100, 1, 0, 0, 0);
    wire_name(&wire, "x");
    wire_hex(&wire, "ff00 002a");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
    check_eq_text(wire_query(&dns, 0)->type, "TYPE65280");
    check_eq_text(wire_query(&dns, 0)->class_name, "CLASS42");
    check_eq_u64(wire_query(&dns, 0)->type_number, 65280);
    check_eq_u64(wire_query(&dns, 0)->class_number, 42);
}

/* One of every section, the question's name and one inside data pointed to. */
static void full_message(struct wire *wire)
{
    wire_header(wire, 0x8580, 1, 2, 1, 2);
    wire_question(wire, "wWw.Example.test", 1);
    wire_hex(wire, "c00c");
    wire_data(wire, 5, 1, "03636e 61 c010"); /* cna.Example.test, at 46 */
    wire_hex(wire, "c02e");
    wire_data(wire, 1, 1, "c0000201");
    wire_hex(wire, "c010");
    wire_data(wire, 2, 1, "026e73 c010");
    wire_hex(wire, "026e73 c010");
    wire_data(wire, 28, 1, "20010db8000000000000000000000035");
    wire_hex(wire, "00 0029 04d0 00 00 8000 0000");
}

static void test_sections(void)
{
    static struct wire wire;
    struct chains_dns dns;
    full_message(&wire);
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
    check_eq_u64(dns.faults, 0);
    check_eq_u64(dns.has, CHAINS_DNS_HAS_EDNS | CHAINS_DNS_HAS_RCODE);
    check_eq_u64(dns.queries.count, 1);
    check_eq_text(wire_query(&dns, 0)->name, "wWw.Example.test");
    check_eq_text(wire_query(&dns, 0)->type, "A");
    check_eq_text(wire_query(&dns, 0)->class_name, "IN");
    check_eq_u64(dns.answers.count, 2);
    const struct chains_dns_record *record = wire_record(dns.answers, 0);
    check_eq_text(record->name, "wWw.Example.test");
    check_eq_text(record->type, "CNAME");
    check_eq_u64(record->ttl, 3600);
    check_eq_text(wire_rdata(record), "cna.Example.test");
    record = wire_record(dns.answers, 1);
    check_eq_text(record->name, "cna.Example.test");
    check_eq_text(wire_rdata(record), "192.0.2.1");
    check_eq_u64(dns.authorities.count, 1);
    record = wire_record(dns.authorities, 0);
    check_eq_text(record->name, "Example.test");
    check_eq_text(wire_rdata(record), "ns.Example.test");
    check_eq_u64(dns.additionals.count, 1);
    record = wire_record(dns.additionals, 0);
    check_eq_text(record->name, "ns.Example.test");
    check_eq_text(record->type, "AAAA");
    check_eq_u64(dns.additional_count, 2);
    check_eq_u64(dns.edns.size, 1232);
    check_eq_u64(dns.edns.dnssec_ok, 1);
}

static void test_flavours(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x0000, 1, 1, 0, 0);
    wire_name(&wire, "host.local");
    wire_hex(&wire, "00ff 8001 c00c");
    wire_data(&wire, 1, 0x8001, "c0000201");
    check_eq_u64(wire_read_as(&wire, CHAINS_DNS_MULTICAST, &dns), CHAINS_PARSED);
    check_eq_u64(dns.flavour, CHAINS_DNS_MULTICAST);
    check_eq_u64(wire_query(&dns, 0)->unicast, 1);
    check_eq_u64(wire_query(&dns, 0)->class_number, 1);
    check_eq_text(wire_query(&dns, 0)->class_name, "IN");
    check_eq_text(wire_query(&dns, 0)->type, "ANY");
    check_eq_u64(wire_record(dns.answers, 0)->cache_flush, 1);
    check_eq_text(wire_record(dns.answers, 0)->class_name, "IN");
    wire_read_as(&wire, CHAINS_DNS_LLMNR, &dns);
    check_eq_u64(dns.flavour, CHAINS_DNS_LLMNR);
    check_eq_u64(wire_query(&dns, 0)->unicast, 0);
    check_eq_u64(wire_query(&dns, 0)->class_number, 0x8001);
    check_eq_text(wire_record(dns.answers, 0)->class_name, "CLASS32769");
    check_eq_u64(wire_record(dns.answers, 0)->cache_flush, 0);
}

static void test_ends(void)
{
    static struct wire wire;
    struct chains_dns dns;
    full_message(&wire);
    wire_u8(&wire, 0);
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
    check_eq_u64(dns.faults, CHAINS_DNS_TRAILING);
    /* DNS stateful operations have no sections: what follows is theirs. */
    wire_header(&wire, 6 << 11, 0, 0, 0, 0);
    wire_hex(&wire, "0001 0008 00003a98 00003a98");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
    check_eq_u64(dns.faults, 0);
    check_eq_text(dns.opcode_name, "DSO");
    /* Data longer than the message. */
    wire_header(&wire, 0x8180, 0, 2, 0, 0);
    wire_hex(&wire, "00 0001 0001 00000001 0004 c0000201");
    wire_hex(&wire, "00 0001 0001 00000001 ffff 01");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARTIAL);
    check_eq_u64(dns.faults, CHAINS_DNS_CUT);
    check_eq_u64(dns.answers.count, 1);
    /* A name that cannot be ends everything, data that cannot be does not. */
    wire_header(&wire, 0x8180, 0, 3, 1, 0);
    wire_hex(&wire, "00 0001 0001 00000001 0003 c00002");
    wire_hex(&wire, "00 0001 0001 00000001 0004 c0000201");
    wire_hex(&wire, "c0ff 0001 0001 00000001 0004 c0000201");
    wire_hex(&wire, "00 0001 0001 00000001 0004 c0000201");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_BAD_TAIL);
    check_eq_u64(dns.faults, CHAINS_DNS_BAD_DATA | CHAINS_DNS_BAD_NAME);
    check_eq_u64(dns.answers.count, 2);
    check_eq_u64(dns.authorities.count, 0);
}

/* An update deletes by records without data, RFC 2136 2.5. */
static void test_update(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 5 << 11, 1, 0, 1, 0);
    wire_question(&wire, "example.test", 6);
    wire_hex(&wire, "c00c");
    wire_data(&wire, 1, 255, "");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
    check_eq_text(dns.opcode_name, "UPDATE");
    check_eq_text(wire_record(dns.authorities, 0)->class_name, "ANY");
    check_eq_text(wire_rdata(wire_record(dns.authorities, 0)), "");
    check_eq_u64(wire_record(dns.authorities, 0)->has, 0);
}

/* Every prefix: what is whole stays, and nothing else appears. */
static void test_prefixes(void)
{
    static struct wire wire, part;
    struct chains_dns dns;
    full_message(&wire);
    uint32_t last = 0;
    for (size_t len = 0; len < wire.len; len++) {
        memcpy(part.bytes, wire.bytes, len);
        part.len = len;
        enum chains_verdict verdict = wire_read(&part, &dns);
        check_eq_u64(verdict, len < DNS_HEADER ? CHAINS_CUT_SHORT : CHAINS_PARTIAL);
        if (len < DNS_HEADER)
            continue;
        check_eq_u64(dns.faults, CHAINS_DNS_CUT);
        uint32_t whole = dns.queries.count + dns.answers.count + dns.authorities.count +
                         dns.additionals.count;
        check(whole >= last && whole <= 5);
        check((dns.has & CHAINS_DNS_HAS_EDNS) == 0);
        last = whole;
    }
    check_eq_u64(last, 5);
}

/* What the caller fills in begins at nothing, on a row that was not cleared. */
static void test_callers_part(void)
{
    static struct wire wire;
    struct chains_dns dns;
    full_message(&wire);
    wire_read(&wire, &dns);
    check_eq_u64(dns.over_tcp, 0);
    check_eq_u64(dns.unanswered, 0);
    check_eq_u64(dns.retried, 0);
    check_eq_u64((uint64_t)dns.rtt, 0);
    check_eq_u64(dns.flavour, CHAINS_DNS_UNICAST);
}

static void test_table(void)
{
    check_eq_text(dns_type.slot, "dns");
    check_eq_u64(dns_type.size, sizeof(struct chains_dns));
    const struct chains_field *answers = chains_field_find(dns_type.fields, "answers");
    if (!check(answers && answers->fields))
        return;
    const struct chains_field *rdata = chains_field_find(answers->fields, "rdata");
    const struct chains_field *data = chains_field_find(answers->fields, "data");
    check(rdata && data && data == rdata + 1 && data->alias && data->offset == rdata->offset);
    check(chains_field_find(answers->fields, "class") != NULL);
}

int main(void)
{
    test_header();
    test_names_of_numbers();
    test_sections();
    test_flavours();
    test_ends();
    test_update();
    test_prefixes();
    test_callers_part();
    test_table();
    wire_done();
    return check_done();
}
