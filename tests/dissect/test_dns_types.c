/* SPDX-License-Identifier: MIT */
/* Names of numbers. */
#include "../../src/dissect/dns_types.h"
#include "../check.h"

struct type_row {
    unsigned number;
    const char *name;
};

static const struct type_row types[] = {
    { 1, "A" },       { 2, "NS" },          { 5, "CNAME" },      { 6, "SOA" },
    { 12, "PTR" },    { 15, "MX" },         { 16, "TXT" },       { 23, "NSAP-PTR" },
    { 28, "AAAA" },   { 29, "LOC" },        { 33, "SRV" },       { 35, "NAPTR" },
    { 39, "DNAME" },  { 41, "OPT" },        { 42, "APL" },       { 43, "DS" },
    { 44, "SSHFP" },  { 46, "RRSIG" },      { 47, "NSEC" },      { 48, "DNSKEY" },
    { 50, "NSEC3" },  { 51, "NSEC3PARAM" }, { 52, "TLSA" },      { 53, "SMIMEA" },
    { 55, "HIP" },    { 60, "CDNSKEY" },    { 63, "ZONEMD" },    { 64, "SVCB" },
    { 65, "HTTPS" },  { 66, "DSYNC" },      { 68, "BRID" },      { 99, "SPF" },
    { 109, "EUI64" }, { 128, "NXNAME" },    { 249, "TKEY" },     { 252, "AXFR" },
    { 255, "ANY" },   { 257, "CAA" },       { 260, "AMTRELAY" }, { 264, "IPN" },
    { 32768, "TA" },  { 32769, "DLV" },
};

static const unsigned unnamed[] = { 0,   54,  69,   98,    110,   127,   129,
                                    248, 265, 4096, 32767, 32770, 65280, 65535 };

int main(void)
{
    const char *seen[128];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        check_eq_text(dns_type_name(types[i].number), types[i].name);
    for (size_t i = 0; i < sizeof unnamed / sizeof *unnamed; i++)
        check_eq_text(dns_type_name(unnamed[i]), NULL);
    unsigned named = 0, twice = 0;
    for (unsigned i = 0; i <= 65535; i++) {
        const char *name = dns_type_name(i);
        for (unsigned k = 0; name && k < named; k++)
            twice += strcmp(seen[k], name) == 0;
        if (name && named < sizeof seen / sizeof *seen)
            seen[named++] = name;
    }
    check_eq_u64(named, 97);
    check_eq_u64(twice, 0);
    check_eq_text(dns_class_name(3), "CH");
    check_eq_text(dns_class_name(2), NULL);
    check_eq_text(dns_class_name(255), "ANY");
    check_eq_text(dns_class_name(256), NULL);
    check_eq_text(dns_opcode_name(0), "QUERY");
    check_eq_text(dns_opcode_name(3), NULL);
    check_eq_text(dns_opcode_name(6), "DSO");
    check_eq_text(dns_opcode_name(7), NULL);
    check_eq_text(dns_rcode_name(3), "NXDOMAIN");
    check_eq_text(dns_rcode_name(11), "DSOTYPENI");
    check_eq_text(dns_rcode_name(12), NULL);
    check_eq_text(dns_rcode_name(16), "BADVERS");
    check_eq_text(dns_rcode_name(23), "BADCOOKIE");
    check_eq_text(dns_rcode_name(24), NULL);
    check_eq_text(dns_error_name(0), "Other Error");
    check_eq_text(dns_error_name(15), "Blocked");
    check_eq_text(dns_error_name(22), "No Reachable Authority");
    check_eq_text(dns_error_name(30), "Invalid Query Type");
    check_eq_text(dns_error_name(31), NULL);
    check_eq_text(dns_param_name(9), "tls-supported-groups");
    check_eq_text(dns_param_name(10), NULL);
    return check_done();
}
