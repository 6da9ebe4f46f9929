/* SPDX-License-Identifier: MIT */
/*
 * Names taken apart: escapes, labels, what is in front of the registered domain, how mixed it
 * is.
 */
#include "links/weird_name.h"

#include "../check.h"
#include "links/suffix.h"

static struct suffix_list *list;

static void test_read(void)
{
    static const struct {
        const char *text, *plain, *domain;
        unsigned labels, front;
        bool odd, high;
    } row[] = {
        { "WWW.Example.COM", "www.example.com", "example.com", 3, 1, false, false },
        { "www.example.com.", "www.example.com", "example.com", 3, 1, false, false },
        { ".", "", NULL, 0, 0, false, false },
        { "com", "com", NULL, 1, 1, false, false },
        { "a\\.b.example.com", "a?b.example.com", "example.com", 3, 1, true, false },
        { "a\\000.example.com", "a?.example.com", "example.com", 3, 1, true, false },
        { "a\\007.example.com", "a\7.example.com", "example.com", 3, 1, true, false },
        { "a\\127.example.com", "a\177.example.com", "example.com", 3, 1, true, false },
        { "\\200x.example.com", "\310x.example.com", "example.com", 3, 1, false, true },
        { "My\\032Printer._ipp._tcp.local", "my printer._ipp._tcp.local", "_tcp.local", 4, 2,
          false, false },
        { "a\\\\b.example.com", "a\\b.example.com", "example.com", 3, 1, false, false },
        { "a\\", "a\\", NULL, 1, 1, false, false },
        { "co.uk", "co.uk", NULL, 2, 2, false, false },
        { "a.0123456789abcdef", "a.0123456789abcdef", "", 2, 2, false, false },
        { "0123456789abcdef", "0123456789abcdef", "", 1, 1, false, false },
        { "a.0123456789abcde", "a.0123456789abcde", "a.0123456789abcde", 2, 0, false, false },
        { "a.xn--vermgensberatung-pwb", "a.xn--vermgensberatung-pwb",
          "a.xn--vermgensberatung-pwb", 2, 0, false, false },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct weird_name name;
        printf("# %s\n", row[i].text);
        check(weird_name_read(&name, row[i].text, list));
        check_eq_text(name.text, row[i].plain);
        check_eq_text(name.domain, row[i].domain);
        check_eq_u64(name.labels, row[i].labels);
        check_eq_u64(name.front, row[i].front);
        check_eq_u64(name.odd, row[i].odd);
        check_eq_u64(name.high, row[i].high);
    }
}

/* What is shown is what was read, from where the domain begins. */
static void test_shown(void)
{
    static const struct {
        const char *text, *shown;
    } row[] = {
        { "www.Example.com", "Example.com" },
        { "\\000\\200\\..b\\007.local", "b\\007.local" },
        { "a.\\0270123456789abcdef", "." },
        { "b\\.c.com", "b\\.c.com" },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct weird_name name;
        check(weird_name_read(&name, row[i].text, list));
        check(name.domain != NULL);
        check_eq_text(weird_name_domain(&name), row[i].shown);
    }
}

static void test_limits(void)
{
    struct weird_name name;
    char text[1100];
    memset(text, 'a', sizeof(text));
    text[255] = '\0';
    check(weird_name_read(&name, text, list));
    check_eq_u64(name.len, 255);
    text[255] = 'a';
    text[256] = '\0';
    check(!weird_name_read(&name, text, list));
    for (unsigned i = 0; i < 254; i++)
        text[i] = i % 2 ? '.' : 'a';
    text[253] = '\0';
    check(weird_name_read(&name, text, list));
    check_eq_u64(name.labels, 127);
    check_eq_u64(name.front, 125);
    /* 255 bytes that each take four characters */
    for (unsigned i = 0; i < 255; i++)
        memcpy(text + 4 * i, "\\200", 5);
    check(weird_name_read(&name, text, list));
    check_eq_u64(name.len, 255);
}

static void test_kinds(void)
{
    struct weird_name name;
    static const struct {
        const char *text;
        bool service;
        unsigned address;
        bool arpa;
        size_t front;
    } row[] = {
        { "_ldap._tcp.dc._msdcs.example.com", true, 0, false, 2 },
        { "selector._domainkey.example.com", true, 0, false, 8 },
        { "_dmarc.example.com", false, 0, false, 0 },
        /* five, of which one counts, and one too long to be a word */
        { "_a._b._c._d._e.example.com", false, 0, false, 2 },
        { "_0123456789abcde.example.com", false, 0, false, 16 },
        { "_0123456789abcd.example.com", false, 0, false, 0 },
        { "2.0.0.127.zen.blocklist.example.org", false, 4, false, 13 },
        { "256.0.0.127.example.org", false, 0, false, 11 },
        { "2.0.0.127.example.org", false, 4, false, 0 },
        { "2.0.0.127.abcdefghijklmnop.example.org", false, 4, false, 16 },
        { "1.2.3.example.org", false, 0, false, 5 },
        { "1.2.3.4.5.org", false, 4, false, 0 },
        { "1.2.3.4.org", false, 0, false, 5 },
        { "4.3.2.1.in-addr.arpa", false, 0, true, 5 },
        { "a.b.c.d.e.f.0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.0.1.2.3.4.5.6.7.8.9.example.org", false,
          32, false, 0 },
        { "a.b.c.d.e.f.0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.0.1.2.3.4.5.6.7.8.example.org", false, 0,
          false, 61 },
        { "www.example.com", false, 0, false, 3 },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        printf("# %s\n", row[i].text);
        check(weird_name_read(&name, row[i].text, list));
        check_eq_u64(weird_name_is_service(&name), row[i].service);
        check_eq_u64(name.address, row[i].address);
        check_eq_u64(weird_name_ends(&name, "arpa"), row[i].arpa);
        if (!row[i].arpa)
            check_eq_u64(weird_name_front_length(&name), row[i].front);
    }
    check(weird_name_read(&name, "xarpa", list) && !weird_name_ends(&name, "arpa"));
}

/* Every sign of an alphabet equally often: as many bits as it can have, and half of that. */
static void test_mix(void)
{
    static const struct {
        const char *text;
        unsigned characters, bits, most;
    } row[] = {
        { "0123456789abcdef0123456789abcdef.example.com", 32, 4000, 4000 },
        { "01234567890123456789.example.com", 20, 3321, 3321 },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com", 32, 0, 4000 },
        { "aaaaaaaabbbbbbbbaaaaaaaabbbbbbbb.example.com", 32, 1000, 4000 },
        { "abcdefghijklmnopqrstuvwxyz234567.example.com", 32, 5000, 5000 },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567.example.com", 32, 5000, 5000 },
        { "abcdefghijklmnopqrstuvwxyz0189.example.com", 30, 4906, 4906 }, /* as many as signs */
        { "word.0123456789abcdef.word.example.com", 16, 4000, 4000 }, /* words do not count */
        { "01234567-89ab-cdef.example.com", 16, 4000, 4000 },         /* nor do dashes */
        { "_0123456789abcdef0.example.com", 17, 3969, 4000 },
        { "0123456789abcdef._tcp.example.com", 16, 4000, 4000 },
        { "1.2.3.4.0123456789abcdef.example.com", 16, 4000, 4000 },
        { "_0123456789abcd.example.com", 0, 0, 0 },
        { "www.example.com", 0, 0, 0 },
        { "example.com", 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct weird_name name;
        printf("# %s\n", row[i].text);
        check(weird_name_read(&name, row[i].text, list));
        struct weird_mix mix = weird_name_mix(&name);
        check_eq_u64(mix.characters, row[i].characters);
        check_eq_u64(mix.bits, row[i].bits);
        check_eq_u64(mix.most, row[i].most);
    }
}

int main(void)
{
    list = suffix_list_new();
    if (check(list != NULL)) {
        test_read();
        test_shown();
        test_limits();
        test_kinds();
        test_mix();
    }
    suffix_list_free(list);
    return check_done();
}
