/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_DNS_H
#define CHAINS_LAYER_DNS_H

#include <chains/record.h>

enum {
    CHAINS_DNS_HAS_RTT = 1,  /* a response whose query was seen, by a clock that went on */
    CHAINS_DNS_HAS_EDNS = 2, /* an OPT record: edns */
    CHAINS_DNS_HAS_CLIENT_SUBNET = 4,
    CHAINS_DNS_HAS_ERROR = 8,
    CHAINS_DNS_HAS_RCODE = 16, /* a response, or a query with a code other than 0 */
    CHAINS_DNS_HAS_COOKIE = 32,
    CHAINS_DNS_HAS_NSID = 64,
    CHAINS_DNS_HAS_ERROR_TEXT = 128,

    CHAINS_DNS_RECORD_HAS_ADDR = 1,
};

/* Which of the protocols with this format it is. */
enum chains_dns_flavour {
    CHAINS_DNS_UNICAST,   /* RFC 1035 */
    CHAINS_DNS_MULTICAST, /* mDNS, RFC 6762 */
    CHAINS_DNS_LLMNR,     /* RFC 4795 */
};

/*
 * Names are in presentation format (RFC 1035 5.1, RFC 4343): printable ASCII, in mDNS and LLMNR also
 * UTF-8 (RFC 6762 16), "\\DDD" and "\\." for the rest, without the last dot; the root is ".". They
 * keep the case that was sent.
 */
struct chains_dns_question {
    const char *name;
    const char *type;                   /* "A", "HTTPS", "TYPE65280" (RFC 3597) */
    const char *class_name;             /* "IN", "CLASS42"; the field "class" */
    uint16_t type_number, class_number; /* without mDNS's top bit */
    uint8_t unicast;                    /* mDNS: the QU bit */
};

struct chains_dns_record {
    uint32_t has;
    const char *name, *type, *class_name;
    uint16_t type_number, class_number;
    uint8_t cache_flush; /* mDNS */
    uint32_t ttl;
    struct chains_addr addr; /* of A and AAAA */
    struct chains_bytes
        rdata;               /* presentation format of its type; "\\# 3 0a0b0c" where unknown */
    struct chains_bytes raw; /* not shown: as on the wire, names in it not expanded */
};

/* EDNS (RFC 6891), from the OPT record. */
struct chains_dns_edns {
    uint32_t has;
    uint8_t version;
    uint8_t dnssec_ok;         /* DO */
    uint16_t size;             /* UDP payload that the sender takes */
    uint16_t error;            /* RFC 8914 */
    const char *error_name;    /* "Stale Answer"; NULL for a code without a name */
    struct chains_addr subnet; /* RFC 7871 */
    uint8_t subnet_bits, scope_bits;
    struct chains_bytes cookie;     /* RFC 7873, shown in hexadecimal */
    struct chains_bytes error_text; /* RFC 8914 */
    struct chains_bytes nsid;       /* RFC 5001 */
    uint8_t option_count;
    uint16_t options[16]; /* codes, in order */
};

/* What is wrong with a message, besides what flags say. Bits. */
enum chains_dns_fault {
    CHAINS_DNS_CUT = 1,      /* a section ends before its count */
    CHAINS_DNS_BAD_NAME = 2, /* a pointer forwards or to itself, a name over 255 bytes */
    CHAINS_DNS_BAD_DATA = 4, /* record data that its type cannot have */
    CHAINS_DNS_TRAILING = 8, /* bytes behind the last record */
    CHAINS_DNS_LIMITED = 16, /* more records, or longer text, than are kept */
};

/*
 * Slot "dns": one message. Of several that end in one packet the first is on the packet, each
 * other one on an event behind it. An event without them says that a query went unanswered.
 */
struct chains_dns {
    uint32_t has;
    uint16_t id;
    uint8_t qr; /* 1: a response */
    uint8_t opcode;
    uint8_t aa, tc, rd, ra, z, ad, cd;
    uint8_t flavour; /* enum chains_dns_flavour */
    uint8_t over_tcp;
    uint8_t faults;          /* enum chains_dns_fault */
    uint8_t unanswered;      /* 1: no response before the timeout or the end of the input; the
                              * message is the query */
    uint8_t asked;           /* 1: a response to a query that was seen; not shown */
    uint8_t retried;         /* 1: the same query again, before an answer */
    uint16_t rcode;          /* with the bits of EDNS */
    const char *rcode_name;  /* "NOERROR", "NXDOMAIN", "RCODE42" */
    const char *opcode_name; /* "QUERY" */
    uint16_t question_count, answer_count, authority_count, additional_count; /* as sent */
    uint32_t size;              /* bytes of the message */
    int64_t rtt;                /* nanoseconds from the query to this response */
    struct chains_list queries; /* struct chains_dns_question */
    struct chains_list answers; /* struct chains_dns_record */
    struct chains_list authorities;
    struct chains_list additionals; /* without OPT */
    struct chains_dns_edns edns;
};

#endif
