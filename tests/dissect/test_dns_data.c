/* SPDX-License-Identifier: MIT */
/*
 * The data of records, type by type: exact text. What a type cannot have is shown as unknown
 * data and is a fault.
 */
#include "../check.h"
#include "dns_wire.h"

struct data_row {
    unsigned type;
    const char *hex, *text;
};

/* Names in it: 03666f6f00 is "foo", c00c leads to the question, "example.test". */
/* clang-format off */
static const struct data_row good[] = {
    { 1, "c0000207", "192.0.2.7" },
    { 2, "026e73c00c", "ns.example.test" },
    { 3, "03666f6f00", "foo" },
    { 4, "03666f6f00", "foo" },
    { 5, "00", "." },
    { 5, "c00c", "example.test" },
    { 6, "026e73c00c 0568 6f 73 74 6d c00c 78000001 00001c20 00000e10 00127500 ffffffff",
      "ns.example.test hostm.example.test 2013265921 7200 3600 1209600 4294967295" },
    { 6, "00 03612e6200 00000000 00000000 00000000 00000000 00000000", ". a\\.b 0 0 0 0 0" },
    { 7, "c00c", "example.test" },
    { 8, "c00c", "example.test" },
    { 9, "c00c", "example.test" },
    { 10, "0a0b0c", "\\# 3 0a0b0c" },
    { 11, "c0000201 06 40", "\\# 6 c00002010640" },
    { 12, "0b4c6976696e6720526f6f6d 055f68747470 045f746370 c00c",
      "Living Room._http._tcp.example.test" },
    { 13, "03783836 054c696e7578", "\"x86\" \"Linux\"" },
    { 14, "03666f6f00 c00c", "foo example.test" },
    { 15, "000a 046d61696c c00c", "10 mail.example.test" },
    { 15, "0000 00", "0 ." },
    { 15, "0001 03612062 00", "1 a\\032b" },
    { 15, "0001 0a2228293b40245c7f00ff 00", "1 \\\"\\(\\)\\;\\@\\$\\\\\\127\\000\\255" },
    { 12, "0a2228293b40245c7f00ff 00", "\"();@$\\\\\\127\\000\\255" },
    { 16, "05 763d73 7066 00 04 22 5c 07 c3", "\"v=spf\" \"\" \"\\\"\\\\\\007\\195\"" },
    { 17, "03666f6f00 00", "foo ." },
    { 18, "0001 c00c", "1 example.test" },
    { 19, "0a33313130 36313730 3030", "\"3110617000\"" },
    { 20, "0431353038 0230 31", "\"1508\" \"01\"" },
    { 21, "0001 c00c", "1 example.test" },
    { 22, "47000580", "0x47000580" },
    { 23, "c00c", "example.test" },
    { 24, "0001 05 02 00000e10 38bcc7c0 38959180 0000 c00c 010203",
      "A 5 2 3600 20000301073320 20000131134328 0 example.test AQID" },
    { 25, "0200 03 05 0103d22a6c", "512 3 5 AQPSKmw=" },
    { 25, "c100 03 01", "49408 3 1" },
    { 26, "000a 03666f6f00 c00c", "10 foo example.test" },
    { 27, "052d33322e36 053131362e 38 0431302e30", "\"-32.6\" \"116.8\" \"10.0\"" },
    { 28, "20010db8 00000000 00000000 00000001", "2001:db8::1" },
    { 29, "00 12 16 13 8b0d2b8c 7ff8fcfb 0098967b",
      "51 30 12.492 N 0 7 39.525 W -0.05m 1m 10000m 10m" },
    { 29, "00 00 99 13 80000000 80000000 00989680",
      "0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 90000000m 10m" },
    { 33, "0000 0005 13c4 03736970 c00c", "0 5 5060 sip.example.test" },
    { 35, "0064 000a 01 75 07 4532552b736970 16 215e2e2a24217369703a696e666f406578616d702121 00",
      "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@examp!!\" ." },
    { 36, "000a c00c", "10 example.test" },
    { 37, "0001 0002 08 010203ff", "1 2 8 AQID/w==" },
    { 39, "c00c", "example.test" },
    { 42, "0001 15 03 c0a820 0001 1c 83 c0a826", "1:192.168.32.0/21 !1:192.168.38.0/28" },
    { 42, "0002 08 01 ff", "2:ff00::/8" },
    { 42, "0001 00 00", "1:0.0.0.0/0" },
    { 42, "", "" },
    { 43, "ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118",
      "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118" },
    { 44, "04 02 0123456789abcdef", "4 2 0123456789abcdef" },
    { 45, "0a 01 02 c0000226 0103", "10 1 2 192.0.2.38 AQM=" },
    { 45, "0a 00 02 0103", "10 0 2 . AQM=" },
    { 45, "0a 02 02 20010db8000000000000000000000001 0103", "10 2 2 2001:db8::1 AQM=" },
    { 45, "0a 03 02 03666f6f00 0103", "10 3 2 foo AQM=" },
    { 46, "0001 0d 02 00015180 5dbfb146 5da46832 dcff 07 6578616d706c65 00 02bb",
      "A 13 2 86400 20191104050406 20191014122106 56575 example Ars=" },
    { 46, "fe00 ff 00 00000000 ffffffff 00000000 0000 00 ff",
      "TYPE65024 255 0 0 21060207062815 19700101000000 0 . /w==" },
    { 47, "04686f7374 c00c 00 06 4001 0000 0003 04 1b 000000000000000000000000000000000000000000000000000020",
      "host.example.test A MX RRSIG NSEC TYPE1234" },
    { 47, "00", "." },
    { 48, "0101 03 08 03010001", "257 3 8 AwEAAQ==" },
    { 49, "000201636f", "AAIBY28=" },
    { 50, "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 00 06 400000000002",
      "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG" },
    { 50, "01 00 0000 00 01 ff", "1 0 0 - vs" },
    { 51, "01 00 000c 04 aabbccdd", "1 0 12 aabbccdd" },
    { 51, "01 00 0000 00", "1 0 0 -" },
    { 52, "03 01 01 d2abde24", "3 1 1 d2abde24" },
    { 53, "03 00 00 01ab", "3 0 0 01ab" },
    { 55, "04 02 0003 20010010 010203 03666f6f00 c00c", "2 20010010 AQID foo example.test" },
    { 56, "0161 0162", "\"a\" \"b\"" },
    { 57, "0000 01 05 0103", "0 1 5 AQM=" },
    { 58, "c00c 00", "example.test ." },
    { 59, "0000 00 00 00", "0 0 0 00" },
    { 60, "0000 03 00 00", "0 3 0 AA==" },
    { 61, "9901a2", "mQGi" },
    { 62, "00000042 0003 00 04 60000008", "66 3 A NS AAAA" },
    { 63, "7849b70c 01 01 0123456789abcdef01234567", "2018096908 1 1 0123456789abcdef01234567" },
    { 64, "0000 03666f6f00", "0 foo" },
    { 64, "0010 00 0001 0006 026832 026833 0003 0002 01bb 0004 0008 c0000201 c0000202",
      "16 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1,192.0.2.2" },
    { 65, "0001 00 0000 0004 0001 0004 0001 0003 026833 0002 0000 0004 0004 c0000201",
      "1 . mandatory=alpn,ipv4hint alpn=h3 no-default-alpn ipv4hint=192.0.2.1" },
    { 65, "0001 00 0005 0004 fe0d0041 0006 0010 20010db8000000000000000000000001",
      "1 . ech=/g0AQQ== ipv6hint=2001:db8::1" },
    { 64, "0001 00 0007 0010 2f646e732d71756572797b3f646e737d 0008 0000 0009 0004 001d 0017",
      "1 . dohpath=/dns-query{?dns} ohttp tls-supported-groups=29,23" },
    { 64, "0001 00 029b 0000 029c 0009 68656c6c6f d2 20 22 5c",
      "1 . key667 key668=hello\\210\\032\\\"\\\\" },
    { 64, "0001 00 0001 000c 08 66 5c 6f 6f 2c 62 61 72 02 68 32",
      "1 . alpn=f\\\\\\\\oo\\\\,bar,h2" },
    { 66, "003b 01 14eb 03666f6f00", "CDS 1 5355 foo" },
    { 67, "0102", "AQI=" },
    { 68, "010203", "AQID" },
    { 99, "0161", "\"a\"" },
    { 100, "01", "\\# 1 01" },
    { 104, "000a 00144fffff20ee64", "10 14:4fff:ff20:ee64" },
    { 105, "000a 0a010800", "10 10.1.8.0" },
    { 106, "000a 20010db800000001", "10 2001:db8:0:1" },
    { 107, "000a c00c", "10 example.test" },
    { 108, "00005e00532a", "00-00-5e-00-53-2a" },
    { 109, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a" },
    { 249, "03666f6f00 00000001 00000002 0003 0012 0001 ff 0000",
      "foo 1 2 3 BADTIME 1 /w== 0" },
    { 250, "0b686d61632d736861323536 00 000065a0b0c0 012c 0003 010203 abcd 0010 0000",
      "hmac-sha256 1705029824 300 3 AQID 43981 BADSIG 0" },
    { 250, "00 ffffffffffff 0000 0000 0000 0018 0001 aa", ". 281474976710655 0 0 0 24 1 qg==" },
    { 256, "000a 0001 6674703a2f2f22", "10 1 \"ftp://\\\"\"" },
    { 257, "00 05 6973737565 6c657473656e63727970742e6f7267",
      "0 issue \"letsencrypt.org\"" },
    { 257, "80 03 746273 ", "128 tbs \"\"" },
    { 258, "0161 0162", "\"a\" \"b\"" },
    { 259, "00000001 00000002 03 0a 746578742f706c61696e 0102",
      "1 2 3 \"text/plain\" AQI=" },
    { 260, "0a 82 20010db8000000000000000000000001", "10 1 2 2001:db8::1" },
    { 260, "00 00", "0 0 0 ." },
    { 260, "80 03 03666f6f00", "128 0 3 foo" },
    { 261, "0161", "\"a\"" },
    { 262, "0161", "\"a\"" },
    { 263, "0161", "\"a\"" },
    { 264, "ffffffffffffffff", "18446744073709551615" },
    { 32768, "ec45 05 01 2bb1", "60485 5 1 2bb1" },
    { 32769, "ec45 05 01 2bb1", "60485 5 1 2bb1" },
    { 65280, "0a0b0c", "\\# 3 0a0b0c" },
    { 65280, "", "\\# 0" },
    { 41, "0003 0000", "\\# 4 00030000" }, /* OPT is no answer */
};

static const struct data_row bad[] = {
    { 1, "c00002", NULL },
    { 1, "c000020700", NULL },
    { 28, "c0000207", NULL },
    { 2, "", NULL },
    { 2, "03666f", NULL },             /* ends within a label */
    { 2, "03666f6f", NULL },         /* no root */
    { 2, "c0", NULL },                     /* half a pointer */
    { 2, "c02a", NULL },                 /* to itself: the data is at 42 */
    { 2, "c02b", NULL },
    { 2, "ffff", NULL },
    { 2, "01 61 c02a", NULL },       /* to its own first label */
    { 2, "40", NULL },
    { 2, "c00c 00", NULL },
    { 6, "00 00 0000000100000001000000010000000100", NULL },
    { 13, "03783836", NULL },
    { 15, "000a", NULL },
    { 16, "", NULL },
    { 16, "0561", NULL },
    { 29, "01 12 16 13 8b0d2b8c 7ff8fcfb 0098967b", NULL },
    { 29, "00 a2 16 13 8b0d2b8c 7ff8fcfb 0098967b", NULL },
    { 29, "00 12 16 13 ffffffff 7ff8fcfb 0098967b", NULL },
    { 42, "0003 08 01 ff", NULL },
    { 42, "0001 21 01 ff", NULL },
    { 42, "0001 20 05 0102030405", NULL },
    { 45, "0a 04 02", NULL },
    { 47, "00 00 00", NULL },                 /* a window of nothing */
    { 47, "00 00 21 ff", NULL },
    { 47, "00 01 01 ff 00 01 ff", NULL }, /* windows out of order */
    { 50, "01 01 000c 00 00", NULL },
    { 51, "01 00 0000 01", NULL },
    { 55, "00 02 0003 010203", NULL },
    { 64, "0001 00 0003 0001 01", NULL },
    { 64, "0001 00 0003 0002 01bb 0003 0002 01bb", NULL },
    { 64, "0001 00 0003 0002 01bb 0001 0003 026832", NULL },
    { 64, "0001 00 0001 0002 0268", NULL },
    { 64, "0001 00 0001 0001 00", NULL },
    { 64, "0001 00 0002 0001 00", NULL },
    { 64, "0001 00 0004 0005 c000020101", NULL },
    { 64, "0001 00 0000 0004 0004 0001", NULL },
    { 64, "0001 00 0004 0000", NULL },
    { 64, "0001 00 0004 00", NULL },
    { 64, "0001 00 029b 00", NULL }, /* no length */
    { 64, "0001 00 02", NULL },
    { 108, "00005e005300ff", NULL },
    { 109, "00005e00532a", NULL },
    { 250, "00 ffffffffffff 0000 0005 aa", NULL },
    { 257, "00 05 69737375", NULL },
    { 257, "00 00 6c", NULL },
    { 257, "00 02 693d 6c", NULL },
    { 260, "0a 04", NULL },
    { 264, "ffffffffffffff", NULL },
};
/* clang-format on */

/* The text of one record's data, with the verdict and faults that go with it. */
static const char *row_text(const struct data_row *row, unsigned class_number,
                            struct chains_dns *dns, enum chains_verdict *verdict)
{
    static struct wire wire;
    wire_header(&wire, 0x8180, 1, 1, 0, 1);
    wire_question(&wire, "example.test", row->type);
    wire_hex(&wire, "c00c");
    wire_data(&wire, row->type, class_number, row->hex);
    wire_hex(&wire, "c00c"); /* what comes behind is read, whatever the data is */
    wire_data(&wire, 1, 1, "c0000201");
    *verdict = wire_read(&wire, dns);
    return wire_rdata(wire_record(dns->answers, 0));
}

static void test_good(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct chains_dns dns;
        enum chains_verdict verdict;
        check_eq_text(row_text(&good[i], 1, &dns, &verdict), good[i].text);
        check_eq_u64(verdict, CHAINS_PARSED);
        check_eq_u64(dns.faults, 0);
        check_eq_text(wire_rdata(wire_record(dns.additionals, 0)), "192.0.2.1");
    }
}

/* RFC 3597 by other means than the ones on trial. */
static const char *unknown_form(const char *hex)
{
    static char text[400];
    char digits[300];
    size_t len = 0;
    for (; *hex && len + 1 < sizeof digits; hex++)
        if (*hex != ' ')
            digits[len++] = *hex;
    digits[len] = '\0';
    snprintf(text, sizeof text, "\\# %zu%s%s", len / 2, len ? " " : "", digits);
    return text;
}

static void test_bad(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct chains_dns dns;
        enum chains_verdict verdict;
        check_eq_text(row_text(&bad[i], 1, &dns, &verdict), unknown_form(bad[i].hex));
        check_eq_u64(verdict, CHAINS_BAD_TAIL);
        check_eq_u64(dns.faults, CHAINS_DNS_BAD_DATA);
        check_eq_u64(wire_record(dns.answers, 0)->has, 0);
        check_eq_text(wire_rdata(wire_record(dns.additionals, 0)), "192.0.2.1");
    }
}

/* Every good row with its last octet missing, and with one more: no crash, clean text. */
static void test_lengths(void)
{
    unsigned unclean = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char hex[400];
        struct data_row row = good[i];
        size_t len = strlen(row.hex);
        row.hex = hex;
        for (size_t cut = 0; cut <= len; cut++) {
            snprintf(hex, sizeof hex, "%.*s", (int)cut, good[i].hex);
            struct chains_dns dns;
            enum chains_verdict verdict;
            const char *text = row_text(&row, 1, &dns, &verdict);
            unclean += !wire_is_clean(text, strlen(text));
            unclean += dns.additionals.count != 1;
        }
        snprintf(hex, sizeof hex, "%s00", good[i].hex);
        struct chains_dns dns;
        enum chains_verdict verdict;
        const char *text = row_text(&row, 1, &dns, &verdict);
        unclean += !wire_is_clean(text, strlen(text));
    }
    check_eq_u64(unclean, 0);
}

static void test_addresses(void)
{
    static const struct data_row v4 = { 1, "c0000207", "" };
    static const struct data_row v6 = { 28, "20010db8000000000000000000000001", "" };
    struct chains_dns dns;
    enum chains_verdict verdict;
    char text[CHAINS_ADDR_TEXT];
    row_text(&v4, 1, &dns, &verdict);
    const struct chains_dns_record *record = wire_record(dns.answers, 0);
    check_eq_u64(record->has, CHAINS_DNS_RECORD_HAS_ADDR);
    chains_addr_text(&record->addr, text);
    check_eq_text(text, "192.0.2.7");
    row_text(&v6, 1, &dns, &verdict);
    record = wire_record(dns.answers, 0);
    chains_addr_text(&record->addr, text);
    check_eq_text(text, "2001:db8::1");
    check_eq_bytes(record->raw.at, record->raw.len, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
                   16);
    /* Chaosnet has other addresses. */
    check_eq_text(row_text(&v4, 3, &dns, &verdict), "\\# 4 c0000207");
    check_eq_u64(verdict, CHAINS_PARSED);
    check_eq_u64(wire_record(dns.answers, 0)->has, 0);
}

/* Bitmaps make eighty bytes out of one: what is more than is kept has the unknown form. */
static void test_wide_bitmap(void)
{
    static struct wire wire;
    static char hex[40000];
    char *at = hex;
    at += sprintf(at, "00");
    for (unsigned window = 0; window < 256; window++) {
        at += sprintf(at, "%02x20", window);
        for (unsigned i = 0; i < 32; i++)
            at += sprintf(at, "ff");
    }
    wire_header(&wire, 0x8180, 0, 1, 0, 0);
    wire_hex(&wire, "00");
    wire_data(&wire, 47, 1, hex);
    struct chains_dns dns;
    check_eq_u64(wire_read(&wire, &dns), CHAINS_LIMIT);
    check_eq_u64(dns.faults, CHAINS_DNS_LIMITED);
    check_eq_u64(dns.answers.count, 1);
    check(strncmp(wire_rdata(wire_record(dns.answers, 0)), "\\# 8705 000020ffff", 18) == 0);
}

int main(void)
{
    test_good();
    test_bad();
    test_lengths();
    test_addresses();
    test_wide_bitmap();
    wire_done();
    return check_done();
}
