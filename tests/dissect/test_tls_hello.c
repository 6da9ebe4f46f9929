/* SPDX-License-Identifier: MIT */
/*
 * Hellos as they are sent: what is offered, what is chosen, names that are none. Those that lie stand
 * in test_tls_hostile.c.
 */
#include "../../src/dissect/tls_hello.h"
#include "../check.h"
#include "tls_wire.h"

static struct tls_wire wire;
static struct tls_hello hello;

static void read_client(void)
{
    tls_client_hello_read(tls_bytes(&wire), false, &hello);
}

static void read_server(void)
{
    tls_server_hello_read(tls_bytes(&wire), &hello);
}

static void check_numbers(struct tls_run run, const char *hex)
{
    static struct tls_wire want;
    want.len = 0;
    tls_hex(&want, hex);
    check_eq_bytes(run.bytes.at, run.bytes.len, want.bytes, want.len);
}

static void test_browser(void)
{
    tls_browser(&wire, "4469", true, true);
    read_client();
    check_eq_u64(hello.weird, 0);
    check(hello.whole);
    check_eq_u64(hello.has, CHAINS_TLS_HAS_VERSION | CHAINS_TLS_HAS_PROTOCOL);
    check_eq_u64(hello.version, 0x0303);
    check_eq_u64(hello.protocol, 0x0304);
    check_eq_u64(hello.ech, CHAINS_TLS_ECH_OFFERED);
    check_eq_u64(hello.resumption, 0); /* a session ID, but since TLS 1.3 all have one */
    check_eq_u64(hello.session_id.len, 32);
    check_eq_u64(hello.random.at[0], 0xa0);
    check_eq_u64(hello.retry, 0);
    check_eq_bytes(hello.sni.at, hello.sni.len, "www.example.org", 15);
    check_eq_u64(hello.ciphers.count, 16);
    check_eq_u64(hello.extensions.count, 18);
    check_numbers(hello.versions, "3a3a03040303");
    check_numbers(hello.groups, "4a4a001d00170018");
    check_eq_u64(hello.signature_algorithms.count, 8);
    check_numbers(hello.point_formats, "00");

    struct chains_reader in = chains_reader_over(hello.alpn.bytes);
    struct chains_bytes protocol;
    check_eq_u64(hello.alpn.count, 2);
    check(tls_next_protocol(&in, &protocol));
    check_eq_bytes(protocol.at, protocol.len, "h2", 2);
    check(tls_next_protocol(&in, &protocol));
    check_eq_bytes(protocol.at, protocol.len, "http/1.1", 8);
    check(!tls_next_protocol(&in, &protocol));

    in = chains_reader_over(hello.key_shares.bytes);
    uint16_t group = 0;
    check_eq_u64(hello.key_shares.count, 2);
    check(tls_next_key_share(&in, &group));
    check_eq_u64(group, 0x2a2a);
    check(tls_next_key_share(&in, &group));
    check_eq_u64(group, 0x001d);
    check(!tls_next_key_share(&in, &group));
}

/* SSL 3.0 and the first clients of TLS 1.0 have no extensions at all. */
static void test_old(void)
{
    tls_head(&wire, 0x0300, 16, -1, "0004,0005");
    read_client();
    check_eq_u64(hello.weird, CHAINS_TLS_OLD);
    check(hello.whole);
    check_eq_u64(hello.protocol, 0x0300);
    check_eq_u64(hello.resumption, CHAINS_TLS_BY_SESSION_ID);
    check_eq_u64(hello.extensions.count, 0);
    tls_head(&wire, 0x0301, 0, -1, "0004,0005");
    read_client();
    check_eq_u64(hello.weird, 0);
    check_eq_u64(hello.resumption, 0);
    check_eq_u64(hello.protocol, 0x0301);
}

static void test_ssl2(void)
{
    wire.len = 0;
    tls_hex(&wire, "0301 0009 0000 0010  010080 000004 0700c0");
    tls_fill(&wire, 0xcc, 16);
    tls_old_hello_read(tls_bytes(&wire), &hello);
    check_eq_u64(hello.weird, CHAINS_TLS_OLD);
    check(hello.whole && hello.old);
    check_eq_u64(hello.version, 0x0301);
    check_eq_u64(hello.protocol, 0x0301);
    check_eq_u64(hello.ciphers.count, 3);
    check_eq_u64(hello.random.len, 16);
    for (size_t cut = 0; cut < wire.len; cut++) {
        tls_old_hello_read((struct chains_bytes){ wire.bytes, cut }, &hello);
        check(hello.weird == (CHAINS_TLS_BAD_LENGTH | CHAINS_TLS_OLD) && !hello.whole);
        check(hello.ciphers.count == (cut < 8 ? 0 : cut < 17 ? (cut - 8) / 3 : 3));
    }
}

/* Which version, by which numbers. */
static void test_versions(void)
{
    static const struct {
        unsigned version;
        const char *offered; /* NULL: no such extension */
        unsigned protocol;
        uint32_t weird;
    } cases[] = {
        { 0x0303, "04 0303 0304", 0x0304, 0 },
        { 0x0303, "08 fafa 0302 0303 0301", 0x0303, 0 },
        { 0x0303, "04 7f1c 0303", 0x7f1c, 0 },      /* draft 28 of TLS 1.3 */
        { 0x0303, "06 7f17 0304 0303", 0x0304, 0 }, /* which is older than it is */
        { 0x0303, "02 1a1a", 0x0303, 0 },           /* nothing known: as without */
        { 0x0303, NULL, 0x0303, 0 },
        { 0x0304, NULL, 0x0304, 0 },
        { 0x0300, NULL, 0x0300, CHAINS_TLS_OLD },
        { 0x0303, "02 0300", 0x0300, CHAINS_TLS_OLD },
        { 0x0002, NULL, 0x0002, CHAINS_TLS_OLD },
        { 0xfefd, "04 fefd fefc", 0xfefc, 0 },
        { 0xfefd, "04 feff fefd", 0xfefd, 0 },
        { 0xfeff, NULL, 0xfeff, 0 },
        { 0x0599, NULL, 0x0599, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool dtls = cases[i].version >> 8 == 0xfe;
        tls_head(&wire, cases[i].version, 0, dtls ? 0 : -1, "1301");
        if (cases[i].offered) {
            size_t all = tls_begin(&wire);
            tls_extension(&wire, 43, cases[i].offered);
            tls_end(&wire, all);
        }
        tls_client_hello_read(tls_bytes(&wire), dtls, &hello);
        check_eq_u64(hello.protocol, cases[i].protocol);
        check_eq_u64(hello.weird, cases[i].weird);
    }
}

static void test_resumption(void)
{
    static const struct {
        unsigned type;
        const char *body;
        size_t id;
        uint32_t resumption;
    } cases[] = {
        { 35, "", 0, 0 }, /* asks for a ticket */
        { 35, "aabb", 0, CHAINS_TLS_BY_TICKET },
        { 35, "aabb", 32, CHAINS_TLS_BY_TICKET | CHAINS_TLS_BY_SESSION_ID },
        { 41, "0000", 0, CHAINS_TLS_BY_PSK },
        { 42, "", 0, CHAINS_TLS_EARLY_DATA },
        { 99, "", 32, CHAINS_TLS_BY_SESSION_ID },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tls_head(&wire, 0x0303, cases[i].id, -1, "c02f");
        size_t all = tls_begin(&wire);
        tls_extension(&wire, cases[i].type, cases[i].body);
        tls_end(&wire, all);
        read_client();
        check_eq_u64(hello.resumption, cases[i].resumption);
        check_eq_u64(hello.weird, 0);
    }
}

static void test_dtls(void)
{
    tls_head(&wire, 0xfefd, 0, 0, "c02b,c02f");
    tls_client_hello_read(tls_bytes(&wire), true, &hello);
    check_eq_u64(hello.weird, 0);
    check_eq_u64(hello.ciphers.count, 2);
    check_eq_u64(hello.retry, 0);
    tls_head(&wire, 0xfefd, 0, 20, "c02b,c02f"); /* the answer to a HelloVerifyRequest */
    tls_client_hello_read(tls_bytes(&wire), true, &hello);
    check_eq_u64(hello.weird, 0);
    check_eq_u64(hello.ciphers.count, 2);
    check_eq_u64(hello.retry, 1);
}

/* Names as sent, and what is odd about them. */
static void test_names(void)
{
    static const char long_name[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "a."
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "a."
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *name;
        size_t len;
        uint32_t weird;
    } cases[] = {
        { "a", 1, 0 },
        { "_dmarc.x-1.example", 18, 0 },
        { "1.2.3.4.example", 15, 0 },
        { "192.0.2.1", 9, CHAINS_TLS_BAD_NAME },
        { "192.0.2.256", 11, 0 }, /* no address, and so a name */
        { "2001:db8::1", 11, CHAINS_TLS_BAD_NAME },
        { "example.org:443", 15, CHAINS_TLS_BAD_NAME },
        { "good.org\0bad.org", 16, CHAINS_TLS_BAD_NAME },
        { "a\x1b[2J", 5, CHAINS_TLS_BAD_NAME },
        { "a b", 3, CHAINS_TLS_BAD_NAME },
        { "\xc3\xa4.de", 5, CHAINS_TLS_BAD_NAME },
        { "", 0, CHAINS_TLS_BAD_NAME },
        { long_name, 255, 0 },
        { long_name, 256, CHAINS_TLS_BAD_NAME },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tls_head(&wire, 0x0303, 0, -1, "c02f");
        size_t all = tls_begin(&wire);
        tls_name(&wire, cases[i].name, cases[i].len);
        tls_end(&wire, all);
        read_client();
        check_eq_bytes(hello.sni.at, hello.sni.len, cases[i].name, cases[i].len);
        check_eq_u64(hello.weird, cases[i].weird);
    }
}

/* Lists of names: several, other types, none. */
static void test_name_lists(void)
{
    static const struct {
        const char *body, *name;
        uint32_t weird;
    } cases[] = {
        { "", "", CHAINS_TLS_BAD_NAME },
        { "0000", "", CHAINS_TLS_BAD_NAME },
        { "0004 00 0001 61", "a", 0 },
        { "0008 00 0001 61 00 0001 62", "a", CHAINS_TLS_TWO_NAMES },
        { "0008 07 0001 61 00 0001 62", "b", CHAINS_TLS_TWO_NAMES | CHAINS_TLS_BAD_NAME },
        { "0004 07 0001 61", "", CHAINS_TLS_BAD_NAME },
        { "0005 00 0001 61", "a", CHAINS_TLS_BAD_LENGTH },
        { "0003 00 0001 61", "", CHAINS_TLS_BAD_LENGTH | CHAINS_TLS_BAD_NAME },
        { "0004 00 0002 61", "", CHAINS_TLS_BAD_LENGTH | CHAINS_TLS_BAD_NAME },
        { "0004 00 0001 61 00", "a", CHAINS_TLS_BAD_LENGTH },
        { "00", "", CHAINS_TLS_BAD_LENGTH | CHAINS_TLS_BAD_NAME },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tls_head(&wire, 0x0303, 0, -1, "c02f");
        size_t all = tls_begin(&wire);
        tls_extension(&wire, 0, cases[i].body);
        tls_end(&wire, all);
        read_client();
        check_eq_bytes(hello.sni.at, hello.sni.len, cases[i].name, strlen(cases[i].name));
        check_eq_u64(hello.weird, cases[i].weird);
        check(hello.whole);
    }
}

static void test_ech(void)
{
    static const struct {
        const char *name;
        unsigned type;
        unsigned ech;
    } cases[] = {
        { "example.org", 0xfe0d, CHAINS_TLS_ECH_OFFERED },
        { "cloudflare-ech.com", 0xfe0d, CHAINS_TLS_ECH_OUTER },
        { "CloudFlare-ECH.com", 0xfe0d, CHAINS_TLS_ECH_OUTER },
        { "cloudflare-ech.co", 0xfe0d, CHAINS_TLS_ECH_OFFERED },
        { "cloudflare-ech.com.", 0xfe0d, CHAINS_TLS_ECH_OFFERED },
        { "cloudflare-ech.com", 99, CHAINS_TLS_ECH_NONE },
        { "example.org", 0xffce, CHAINS_TLS_ECH_ESNI },
        { "cloudflare-ech.com", 0xffce, CHAINS_TLS_ECH_ESNI },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tls_head(&wire, 0x0303, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        tls_extension(&wire, cases[i].type, "00");
        tls_name(&wire, cases[i].name, strlen(cases[i].name));
        tls_end(&wire, all);
        read_client();
        check_eq_u64(hello.ech, cases[i].ech);
    }
}

static void test_server(void)
{
    tls_server_head(&wire, 0x0303, NULL, 0xc02f);
    size_t all = tls_begin(&wire);
    tls_list(&wire, 16, "02 6832");
    tls_extension(&wire, 11, "03 000102");
    tls_extension(&wire, 0, "");
    tls_end(&wire, all);
    read_server();
    check_eq_u64(hello.weird, 0);
    check_eq_u64(hello.has,
                 CHAINS_TLS_HAS_VERSION | CHAINS_TLS_HAS_PROTOCOL | CHAINS_TLS_HAS_CIPHER);
    check_eq_u64(hello.protocol, 0x0303);
    check_eq_u64(hello.cipher, 0xc02f);
    check_eq_u64(hello.alpn.count, 1);
    check_eq_u64(hello.point_formats.count, 3);
    check_eq_u64(hello.retry, 0);

    for (int resumed = 0; resumed < 2; resumed++) {
        tls_server_head(&wire, 0x0303, NULL, 0x1302);
        all = tls_begin(&wire);
        tls_extension(&wire, 43, "0304");
        tls_extension(&wire, 51, "001d 0004 01020304");
        if (resumed)
            tls_extension(&wire, 41, "0000");
        tls_end(&wire, all);
        read_server();
        check_eq_u64(hello.weird, 0);
        check_eq_u64(hello.protocol, 0x0304);
        check(hello.has & CHAINS_TLS_HAS_GROUP && hello.group == 0x001d);
        check(hello.has & CHAINS_TLS_HAS_RESUMED);
        check_eq_u64(hello.resumed, resumed);
    }
    tls_server_head(&wire, 0x0300, NULL, 0x0005);
    read_server();
    check_eq_u64(hello.weird, CHAINS_TLS_OLD);
}

static void test_retry(void)
{
    tls_server_head(&wire, 0x0303, TLS_RETRY_RANDOM, 0x1301);
    size_t all = tls_begin(&wire);
    tls_extension(&wire, 43, "0304");
    tls_extension(&wire, 51, "0018");
    tls_list(&wire, 44, "c00c1e");
    tls_end(&wire, all);
    read_server();
    check_eq_u64(hello.weird, 0);
    check_eq_u64(hello.retry, 1);
    check_eq_u64(hello.group, 0x0018);
    check(!(hello.has & CHAINS_TLS_HAS_RESUMED));
    wire.bytes[33] ^=
        1; /* one bit beside it is a random like any other: now a key is missing */
    read_server();
    check_eq_u64(hello.retry, 0);
    check_eq_u64(hello.weird, CHAINS_TLS_BAD_LENGTH);
    check_eq_u64(hello.group, 0x0018);

    tls_head(&wire, 0x0303, 0, -1, "1301");
    all = tls_begin(&wire);
    tls_list(&wire, 44, "c00c1e");
    tls_end(&wire, all);
    read_client();
    check_eq_u64(hello.retry, 1);
}

static void test_rank(void)
{
    static const uint16_t newer[] = { 0x0304, 0xfefc, 0x7f1c, 0x7f12 };
    static const uint16_t older[] = { 0, 2, 0x0300, 0x0303, 0xfefd, 0xfeff, 0x0305, 0x8000 };
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        check(tls_version_is_13(newer[i]));
    for (size_t i = 0; i < sizeof older / sizeof *older; i++)
        check(!tls_version_is_13(older[i]));
}

/* What follows from an extension that is not there is not said where it may be missing. */
static void test_cut(void)
{
    tls_head(&wire, 0x0300, 32, -1, "1301");
    read_client();
    check_eq_u64(hello.protocol, 0x0300);
    tls_hello_cut(&hello); /* in front of its extensions, which nobody can see */
    check(!hello.whole && hello.protocol == 0);
    check_eq_u64(hello.has, CHAINS_TLS_HAS_VERSION);
    check(hello.weird == 0 && hello.resumption == 0);
    size_t all = tls_begin(&wire);
    tls_extension(&wire, 23, "");
    tls_extension(&wire, 43, "02 0304");
    tls_end(&wire, all);
    for (size_t cut = 1; cut <= 7; cut++) { /* a cut that nobody knows of */
        wire.len--;
        read_client();
        check_eq_u64(hello.has, CHAINS_TLS_HAS_VERSION);
        check(hello.weird == CHAINS_TLS_BAD_LENGTH && hello.resumption == 0);
        tls_hello_cut(&hello);
        check_eq_u64(hello.weird, 0);
    }
    tls_server_head(&wire, 0x0303, NULL, 0x1301);
    all = tls_begin(&wire);
    tls_extension(&wire, 43, "0304");
    tls_end(&wire, all);
    read_server();
    check(hello.has & CHAINS_TLS_HAS_RESUMED);
    tls_hello_cut(&hello);
    check(hello.protocol == 0x0304 && !(hello.has & CHAINS_TLS_HAS_RESUMED));
}

static void test_grease(void)
{
    unsigned count = 0;
    for (unsigned number = 0; number < 65536; number++)
        count += tls_is_grease((uint16_t)number);
    check_eq_u64(count, 16);
    check(tls_is_grease(0x0a0a) && tls_is_grease(0xfafa));
    check(!tls_is_grease(0x0a1a) && !tls_is_grease(0x1a0a) && !tls_is_grease(0x0b0b));
}

int main(void)
{
    test_browser();
    test_old();
    test_ssl2();
    test_versions();
    test_resumption();
    test_dtls();
    test_names();
    test_name_lists();
    test_ech();
    test_server();
    test_retry();
    test_rank();
    test_cut();
    test_grease();
    return check_done();
}
