/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the DNS and their names, from IANA's registry "Domain Name System (DNS)
 * Parameters" and that of the keys of SVCB. In: a number. Out: a literal, or NULL; names that
 * stand for a range or for private use are left out, since a number says more.
 */
#include "dns_types.h"

#include <stddef.h>

#define COUNT(names) (sizeof(names) / sizeof *(names))

static const char *const type_names[] = {
    [1] = "A",         [2] = "NS",      [3] = "MD",          [4] = "MF",
    [5] = "CNAME",     [6] = "SOA",     [7] = "MB",          [8] = "MG",
    [9] = "MR",        [10] = "NULL",   [11] = "WKS",        [12] = "PTR",
    [13] = "HINFO",    [14] = "MINFO",  [15] = "MX",         [16] = "TXT",
    [17] = "RP",       [18] = "AFSDB",  [19] = "X25",        [20] = "ISDN",
    [21] = "RT",       [22] = "NSAP",   [23] = "NSAP-PTR",   [24] = "SIG",
    [25] = "KEY",      [26] = "PX",     [27] = "GPOS",       [28] = "AAAA",
    [29] = "LOC",      [30] = "NXT",    [31] = "EID",        [32] = "NIMLOC",
    [33] = "SRV",      [34] = "ATMA",   [35] = "NAPTR",      [36] = "KX",
    [37] = "CERT",     [38] = "A6",     [39] = "DNAME",      [40] = "SINK",
    [41] = "OPT",      [42] = "APL",    [43] = "DS",         [44] = "SSHFP",
    [45] = "IPSECKEY", [46] = "RRSIG",  [47] = "NSEC",       [48] = "DNSKEY",
    [49] = "DHCID",    [50] = "NSEC3",  [51] = "NSEC3PARAM", [52] = "TLSA",
    [53] = "SMIMEA",   [55] = "HIP",    [56] = "NINFO",      [57] = "RKEY",
    [58] = "TALINK",   [59] = "CDS",    [60] = "CDNSKEY",    [61] = "OPENPGPKEY",
    [62] = "CSYNC",    [63] = "ZONEMD", [64] = "SVCB",       [65] = "HTTPS",
    [66] = "DSYNC",    [67] = "HHIT",   [68] = "BRID",       [99] = "SPF",
    [100] = "UINFO",   [101] = "UID",   [102] = "GID",       [103] = "UNSPEC",
    [104] = "NID",     [105] = "L32",   [106] = "L64",       [107] = "LP",
    [108] = "EUI48",   [109] = "EUI64", [128] = "NXNAME",    [249] = "TKEY",
    [250] = "TSIG",    [251] = "IXFR",  [252] = "AXFR",      [253] = "MAILB",
    [254] = "MAILA",   [255] = "ANY",   [256] = "URI",       [257] = "CAA",
    [258] = "AVC",     [259] = "DOA",   [260] = "AMTRELAY",  [261] = "RESINFO",
    [262] = "WALLET",  [263] = "CLA",   [264] = "IPN",
};

/* From 32768 on. */
static const char *const high_type_names[] = { "TA", "DLV" };

static const char *const class_names[] = {
    [1] = "IN", [3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY",
};

static const char *const opcode_names[] = {
    [0] = "QUERY", [1] = "IQUERY", [2] = "STATUS", [4] = "NOTIFY", [5] = "UPDATE", [6] = "DSO",
};

static const char *const rcode_names[] = {
    [0] = "NOERROR",  [1] = "FORMERR", [2] = "SERVFAIL",  [3] = "NXDOMAIN",
    [4] = "NOTIMP",   [5] = "REFUSED", [6] = "YXDOMAIN",  [7] = "YXRRSET",
    [8] = "NXRRSET",  [9] = "NOTAUTH", [10] = "NOTZONE",  [11] = "DSOTYPENI",
    [16] = "BADVERS", [17] = "BADKEY", [18] = "BADTIME",  [19] = "BADMODE",
    [20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC", [23] = "BADCOOKIE",
};

static const char *const error_names[] = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
};

static const char *const param_names[] = {
    "mandatory", "alpn",     "no-default-alpn", "port",  "ipv4hint",
    "ech",       "ipv6hint", "dohpath",         "ohttp", "tls-supported-groups",
};

#define NAME(names, number) ((number) < COUNT(names) ? (names)[number] : NULL)

const char *dns_type_name(unsigned number)
{
    const char *name = NAME(type_names, number);
    return name || number < 32768 ? name : NAME(high_type_names, number - 32768);
}

const char *dns_class_name(unsigned number)
{
    return NAME(class_names, number);
}

const char *dns_opcode_name(unsigned number)
{
    return NAME(opcode_names, number);
}

const char *dns_rcode_name(unsigned number)
{
    return NAME(rcode_names, number);
}

const char *dns_error_name(unsigned number)
{
    return NAME(error_names, number);
}

const char *dns_param_name(unsigned number)
{
    return NAME(param_names, number);
}
