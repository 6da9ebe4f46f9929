/* SPDX-License-Identifier: MIT */
/*
 * What the layer "dns" contains. Out: its type and its tables, from which it is printed,
 * exported and searched. Names and numbers stand side by side; JSON lines have the numbers of
 * the header and the names of types and classes.
 */
#include "dns.h"
#include "dns_edns.h"

static const struct chains_name dns_flavours[] = {
    { CHAINS_DNS_UNICAST, "DNS" },
    { CHAINS_DNS_MULTICAST, "mDNS" },
    { CHAINS_DNS_LLMNR, "LLMNR" },
    { 0, NULL },
};

static const struct chains_name dns_faults[] = {
    { CHAINS_DNS_CUT, "cut_short" },     { CHAINS_DNS_BAD_NAME, "bad_name" },
    { CHAINS_DNS_BAD_DATA, "bad_data" }, { CHAINS_DNS_TRAILING, "trailing" },
    { CHAINS_DNS_LIMITED, "limited" },   { 0, NULL },
};

static const struct chains_field question_fields[] = {
    CHAINS_FIELD(chains_dns_question, name, TEXT, "name that is asked for"),
    CHAINS_FIELD(chains_dns_question, type, TEXT, "type of the records wanted"),
    CHAINS_FIELD(chains_dns_question, type_number, UINT, "number of the type", .text_only = 1),
    CHAINS_FIELD_AS(chains_dns_question, "class", class_name, TEXT, "their class"),
    CHAINS_FIELD(chains_dns_question, class_number, UINT, "number of the class",
                 .text_only = 1),
    CHAINS_FIELD(chains_dns_question, unicast, BOOL, "mDNS: an answer to the asker alone",
                 .omit_zero = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_field record_fields[] = {
    CHAINS_FIELD(chains_dns_record, name, TEXT, "name that has the record"),
    CHAINS_FIELD(chains_dns_record, type, TEXT, "type of the record"),
    CHAINS_FIELD(chains_dns_record, type_number, UINT, "number of the type", .text_only = 1),
    CHAINS_FIELD_AS(chains_dns_record, "class", class_name, TEXT, "its class"),
    CHAINS_FIELD(chains_dns_record, class_number, UINT, "number of the class", .text_only = 1),
    CHAINS_FIELD(chains_dns_record, cache_flush, BOOL, "mDNS: replaces what was known",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_dns_record, ttl, UINT, "seconds for which it holds"),
    CHAINS_FIELD(chains_dns_record, rdata, RAW, "its data, as in a zone file", .escaped = 1),
    CHAINS_FIELD_AS(chains_dns_record, "data", rdata, RAW, "the same as rdata", .alias = 1,
                    .escaped = 1),
    CHAINS_FIELD(chains_dns_record, addr, ADDR, "address that it holds",
                 .has = CHAINS_DNS_RECORD_HAS_ADDR, .text_only = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_field dns_fields[] = {
    CHAINS_FIELD(chains_dns, flavour, NAMED, "which protocol it is, when not DNS itself",
                 .names = dns_flavours, .omit_zero = 1),
    CHAINS_FIELD(chains_dns, id, UINT, "identifier: the same in query and response"),
    CHAINS_FIELD(chains_dns, qr, UINT, "0: a query; 1: a response"),
    CHAINS_FIELD(chains_dns, opcode, UINT, "kind of query"),
    CHAINS_FIELD(chains_dns, opcode_name, TEXT, "name of the kind"),
    CHAINS_FIELD(chains_dns, rcode, UINT, "how it went, with the bits of EDNS",
                 .has = CHAINS_DNS_HAS_RCODE),
    CHAINS_FIELD(chains_dns, rcode_name, TEXT, "name of how it went",
                 .has = CHAINS_DNS_HAS_RCODE),
    CHAINS_FIELD(chains_dns, aa, BOOL, "the server is an authority for the name"),
    CHAINS_FIELD(chains_dns, tc, BOOL, "truncated: there is more than fits"),
    CHAINS_FIELD(chains_dns, rd, BOOL, "the server shall ask others"),
    CHAINS_FIELD(chains_dns, ra, BOOL, "the server may be told to ask others"),
    CHAINS_FIELD(chains_dns, z, BOOL, "the bit that must be zero"),
    CHAINS_FIELD(chains_dns, ad, BOOL, "the server has verified the data"),
    CHAINS_FIELD(chains_dns, cd, BOOL, "data need not be verified"),
    CHAINS_FIELD(chains_dns, over_tcp, BOOL, "came over TCP", .omit_zero = 1),
    CHAINS_FIELD(chains_dns, unanswered, BOOL,
                 "no response before the timeout or the end of the input", .omit_zero = 1),
    CHAINS_FIELD(chains_dns, retried, BOOL, "the same query again, before an answer",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_dns, rtt, DURATION, "from the query to this response",
                 .has = CHAINS_DNS_HAS_RTT),
    CHAINS_FIELD(chains_dns, faults, FLAGS, "what is wrong with the message",
                 .names = dns_faults, .omit_zero = 1),
    CHAINS_FIELD(chains_dns, size, UINT, "bytes of the message"),
    CHAINS_FIELD(chains_dns, question_count, UINT, "questions as the header says",
                 .text_only = 1),
    CHAINS_FIELD(chains_dns, answer_count, UINT, "answers as the header says", .text_only = 1),
    CHAINS_FIELD(chains_dns, authority_count, UINT, "authorities as the header says",
                 .text_only = 1),
    CHAINS_FIELD(chains_dns, additional_count, UINT, "additionals as the header says",
                 .text_only = 1),
    CHAINS_FIELD_LIST(chains_dns, queries, chains_dns_question, question_fields, "questions"),
    CHAINS_FIELD_LIST(chains_dns, answers, chains_dns_record, record_fields, "answers"),
    CHAINS_FIELD_LIST(chains_dns, authorities, chains_dns_record, record_fields,
                      "records of the servers that know the name"),
    CHAINS_FIELD_LIST(chains_dns, additionals, chains_dns_record, record_fields,
                      "records that may be of use; without that of EDNS"),
    CHAINS_FIELD(chains_dns, edns, OBJECT, "what the OPT record says",
                 .fields = dns_edns_fields, .has = CHAINS_DNS_HAS_EDNS),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type dns_type = {
    .slot = "dns",
    .name = "dns",
    .size = sizeof(struct chains_dns),
    .fields = dns_fields,
    .id = CHAINS_ID_dns,
    .slot_id = CHAINS_SLOT_dns,
};
