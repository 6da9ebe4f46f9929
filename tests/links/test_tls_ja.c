/* SPDX-License-Identifier: MIT */
/*
 * JA4, JA3 and JA3S: the values that are published with JA4's description and of browsers, those that
 * other tools give for hellos of known programs, and what GREASE and odd hellos must not change.
 */
#include "../../src/links/tls_message.h"
#include "../../src/record/arena.h"
#include "../check.h"
#include "../dissect/tls_wire.h"

static struct tls_wire wire;
static struct chains_arena arena;
static struct crypto *crypto;

static const struct chains_tls_message *client_over(enum chains_tls_over over)
{
    arena_reset(&arena);
    struct tls_message_list list = { .arena = &arena, .crypto = crypto, .ja3 = true };
    const struct chains_tls_message *message =
        tls_message_client_hello(&list, over, tls_bytes(&wire));
    check(message && !list.limited);
    return message;
}

static const char *ja4(void)
{
    return client_over(CHAINS_TLS_OVER_TCP)->ja4;
}

/* The example of JA4's description, and what Chrome sends since: other settings, ECH, no padding. */
static void test_published(void)
{
    tls_browser(&wire, "4469", true, false);
    check_eq_text(ja4(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    tls_browser(&wire, "4469", false, false);
    check_eq_text(ja4(), "t13d1516h2_8daaf6152771_6d807ffa2a79");
    tls_browser(&wire, "4469", true, true);
    check_eq_text(ja4(), "t13d1516h2_8daaf6152771_02713d6af862");
    tls_browser(&wire, "44cd", true, true);
    check_eq_text(ja4(), "t13d1516h2_8daaf6152771_d8a2da3f94cd");
}

static void test_transport(void)
{
    tls_browser(&wire, "44cd", true, true);
    check_eq_text(client_over(CHAINS_TLS_OVER_QUIC)->ja4,
                  "q13d1516h2_8daaf6152771_d8a2da3f94cd");
    tls_head(&wire, 0xfefd, 0, 0, "c02b");
    check_eq_text(client_over(CHAINS_TLS_OVER_DTLS)->ja4,
                  "dd2i010000_648b5c445417_000000000000");
}

/* Extensions in JA3's order; the text and its MD5 are those published of a browser. */
static void test_ja3(void)
{
    tls_head(&wire, 0x0303, 32, -1,
             "1a1a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035");
    size_t all = tls_begin(&wire);
    tls_extension(&wire, 0x8a8a, "");
    tls_extension(&wire, 45, "0101");
    tls_list(&wire, 51, "3a3a 0001 00");
    tls_list(&wire, 16, "02 6832");
    tls_extension(&wire, 65037, "00");
    tls_extension(&wire, 23, "");
    tls_list(&wire, 17613, "02 6832");
    tls_name(&wire, "tls.example", 11);
    tls_extension(&wire, 11, "01 00");
    tls_list(&wire, 10, "dada,11ec,001d,0017,0018");
    tls_extension(&wire, 43, "06 aaaa,0304,0303");
    tls_extension(&wire, 65281, "00");
    tls_extension(&wire, 35, "");
    tls_extension(&wire, 18, "");
    tls_extension(&wire, 5, "0100000000");
    tls_list(&wire, 13, "0403,0804,0401,0503,0805,0501,0806,0601");
    tls_extension(&wire, 27, "020002");
    tls_end(&wire, all);
    const struct chains_tls_message *message = client_over(CHAINS_TLS_OVER_TCP);
    check_eq_text(message->ja3, "98487aa16281980e7d1120d399efb6a4");
    check_eq_text(message->ja4, "t13d1516h2_8daaf6152771_d8a2da3f94cd");

    /* "769,4-5-10-9-100-98-3-6-19-18-99,,,": the example of JA3 without extensions. */
    tls_head(&wire, 0x0301, 0, -1, "0004,0005,000a,0009,0064,0062,0003,0006,0013,0012,0063");
    message = client_over(CHAINS_TLS_OVER_TCP);
    check_eq_text(message->ja3, "de350869b8c85de67a350c8d186f11e6");
    check_eq_text(message->ja4, "t10i110000_3609b414f052_000000000000");
}

static void test_ja3s(void)
{
    static const struct {
        unsigned cipher;
        bool bare;
        const char *ja3s;
    } cases[] = {
        { 0x1302, false, "15af977ce25de452b96affa2addb1036" }, /* 771,4866,43-51: OpenSSL */
        { 0xc030, true, "7770094a92b1cbfa5a6de2017cfb682a" },  /* 771,49200, */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena_reset(&arena);
        struct tls_message_list list = { .arena = &arena, .crypto = crypto, .ja3 = true };
        tls_server_head(&wire, 0x0303, NULL, cases[i].cipher);
        size_t all = cases[i].bare ? 0 : tls_begin(&wire);
        if (!cases[i].bare) {
            tls_extension(&wire, 43, "0304");
            tls_extension(&wire, 51, "001d 0004 01020304");
            tls_end(&wire, all);
        }
        const struct chains_tls_message *message =
            tls_message_server_hello(&list, CHAINS_TLS_OVER_TCP, tls_bytes(&wire));
        check_eq_text(message->ja3s, cases[i].ja3s);
        check_eq_text(message->ja3, NULL);
        check_eq_text(message->ja4, NULL);
        list.ja3 = false;
        message = tls_message_server_hello(&list, CHAINS_TLS_OVER_TCP, tls_bytes(&wire));
        check_eq_text(message->ja3s, NULL);
    }
}

/* The first protocol's two characters: the examples of JA4's description, and the cases beside them. */
static void test_protocols(void)
{
    static const struct {
        const char *list, *text;
    } cases[] = {
        { "02 6832", "h2" },
        { "08 687474702f312e31 02 6832", "h1" },
        { "01 61", "aa" },
        { "01 ab", "ab" },
        { "02 abcd", "ad" },
        { "02 30ab", "3b" },
        { "04 3031abcd", "3d" },
        { "04 30abcd31", "01" },
        { "02 612e", "6e" }, /* "a." */
        { "02 4132", "A2" },
        { "00 02 6832", "00" },
        { "", "00" },
        { "02 0a0a 02 6832", "h2" }, /* GREASE */
        { "02 0a1a", "0a" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[3] = "";
        tls_head(&wire, 0x0303, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        tls_list(&wire, 16, cases[i].list);
        tls_end(&wire, all);
        memcpy(got, ja4() + 8, 2);
        check_eq_text(got, cases[i].text);
    }
}

static void test_version(void)
{
    static const struct {
        unsigned version;
        const char *offered, *text;
    } cases[] = {
        { 0x0303, NULL, "12" },           { 0x0302, NULL, "11" },
        { 0x0301, NULL, "10" },           { 0x0300, NULL, "s3" },
        { 0x0002, NULL, "s2" },           { 0x0305, NULL, "00" },
        { 0x0303, "04 0304 0303", "13" }, { 0x0303, "06 fafa 0303 0304", "13" },
        { 0x0303, "02 0301", "10" },      { 0x0303, "04 0304 7f1c", "00" },
        { 0x0303, "02 9a9a", "12" },      { 0x0303, "02 0505", "00" },
        { 0xfeff, NULL, "d1" },           { 0xfefd, NULL, "d2" },
        { 0xfefd, "02 fefc", "d3" },      { 0xfefd, "04 fefd fefc", "d2" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[3] = "";
        tls_head(&wire, cases[i].version, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        if (cases[i].offered)
            tls_extension(&wire, 43, cases[i].offered);
        tls_end(&wire, all);
        memcpy(got, ja4() + 1, 2);
        check_eq_text(got, cases[i].text);
    }
}

/* GREASE anywhere, in any place, makes no other client. */
static void test_grease(void)
{
    char plain[64] = "", greased[64] = "";
    for (int with = 0; with < 2; with++) {
        tls_head(&wire, 0x0303, 32, -1, with ? "1301,eaea,c02f" : "1301,c02f");
        size_t all = tls_begin(&wire);
        if (with)
            tls_extension(&wire, 0xcaca, "");
        tls_name(&wire, "a.example", 9);
        tls_list(&wire, 13, with ? "4a4a,0403,fafa,0804" : "0403,0804");
        tls_extension(&wire, 43, with ? "04 caca 0304" : "02 0304");
        if (with)
            tls_extension(&wire, 0x0a0a, "00");
        tls_end(&wire, all);
        snprintf(with ? greased : plain, sizeof plain, "%s", ja4());
    }
    check_eq_text(greased, plain);
    check_eq_u64(strlen(plain), 36);
}

/* Counts have two digits; SNI and ALPN count, and are not hashed. */
static void test_counts(void)
{
    static const unsigned counts[] = { 0, 1, 9, 10, 64, 65, 99, 100, 250, 257, 512, 5000 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char got[3] = "", want[8];
        tls_head(&wire, 0x0303, 0, -1, "");
        wire.len = 2 + 32 + 1;
        tls_u16(&wire, 2 * counts[i]);
        for (unsigned j = 0; j < counts[i]; j++)
            tls_u16(&wire, 0xc000 - j);
        tls_hex(&wire, "0100");
        const char *text = ja4();
        memcpy(got, text + 4, 2);
        snprintf(want, sizeof want, "%02u", counts[i] < 99 ? counts[i] : 99);
        check_eq_text(got, want);
        check(strncmp(text + 11, "000000000000_", 13) == 0 ? counts[i] == 0 : counts[i] > 0);
    }
    tls_head(&wire, 0x0303, 0, -1, "1301");
    size_t all = tls_begin(&wire);
    tls_name(&wire, "a.example", 9);
    tls_list(&wire, 16, "02 6832");
    tls_end(&wire, all);
    check_eq_text(ja4(), "t12d0102h2_0f2cb44170f4_000000000000");
}

/* The order of ciphers does not count, how many of each there are does; by both ways to sort. */
static void test_order(void)
{
    static const unsigned counts[] = { 2, 64, 65, 300 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char seen[4][64];
        for (unsigned way = 0; way < 4; way++) {
            unsigned n = counts[i];
            tls_head(&wire, 0x0303, 0, -1, "");
            wire.len = 2 + 32 + 1;
            tls_u16(&wire, 2 * n);
            for (unsigned j = 0; j < n; j++) {
                unsigned turned = way == 1 ? n - 1 - j : way == 2 ? (j + n / 2) % n : j;
                tls_u16(&wire, 0x1000 + 7 * (way == 3 && turned == 0 ? 1 : turned));
            }
            tls_hex(&wire, "0100");
            snprintf(seen[way], sizeof seen[way], "%s", ja4());
        }
        check_eq_text(seen[1], seen[0]);
        check_eq_text(seen[2], seen[0]);
        check(strcmp(seen[3], seen[0]) != 0);
    }
}

/* Only of a hello that is there to its end, or has no extensions, and where there is something to hash with. */
static void test_none(void)
{
    tls_browser(&wire, "4469", true, false);
    size_t whole = 2 + 32 + 1 + 32 + 2 + 32 + 2;
    for (size_t len = whole - 1; len <= whole + 1; len++) {
        arena_reset(&arena);
        struct tls_message_list list = { .arena = &arena, .crypto = crypto, .ja3 = true };
        const struct chains_tls_message *message = tls_message_client_hello(
            &list, CHAINS_TLS_OVER_TCP, (struct chains_bytes){ wire.bytes, len });
        check((message->ja4 != NULL) == (len == whole));
        check((message->ja3 != NULL) == (len == whole));
    }
    struct tls_message_list list = { .arena = &arena, .ja3 = true };
    const struct chains_tls_message *message =
        tls_message_client_hello(&list, CHAINS_TLS_OVER_TCP, tls_bytes(&wire));
    check(message && !message->ja4 && !message->ja3 && !list.limited);
    check_eq_u64(message->ciphers.count, 16);
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    crypto = crypto_new();
    if (check(crypto != NULL)) {
        test_published();
        test_transport();
        test_ja3();
        test_ja3s();
        test_protocols();
        test_version();
        test_grease();
        test_counts();
        test_order();
        test_none();
    }
    crypto_free(crypto);
    arena_free(&arena);
    return check_done();
}
