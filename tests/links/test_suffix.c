/* SPDX-License-Identifier: MIT */
/* Registered domains: the public suffix list as libpsl has it, and its edges. */
#include "links/suffix.h"

#include "../check.h"

static struct suffix_list *list;

static void test_registered(void)
{
    static const struct {
        const char *name, *domain;
    } row[] = {
        { "www.example.com", "example.com" },
        { "example.com", "example.com" },
        { "a.b.c.example.com", "example.com" },
        { "www.bbc.co.uk", "bbc.co.uk" },
        { "co.uk", NULL },
        { "com", NULL },
        { "a.city.kawasaki.jp", "city.kawasaki.jp" },       /* an exception of the list */
        { "a.b.other.kawasaki.jp", "b.other.kawasaki.jp" }, /* a wildcard of the list */
        { "d1.cloudfront.net", "d1.cloudfront.net" },       /* the list's private part */
        { "a.xn--p1ai", "a.xn--p1ai" },
        { "b.a.xn--p1ai", "a.xn--p1ai" },
        { "nas.lan", "nas.lan" },
        { "a.nas.lan", "nas.lan" },
        { "lan", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const char *got = suffix_registered(list, row[i].name);
        printf("# %s\n", row[i].name);
        check_eq_text(got, row[i].domain);
        if (got) /* it is a place in the name itself */
            check(got >= row[i].name && got + strlen(got) == row[i].name + strlen(row[i].name));
    }
}

/* 127 labels: what is asked does not grow with them. */
static void test_long(void)
{
    char name[256] = "";
    for (unsigned i = 0; i < 121; i++)
        strcat(name, "a.");
    strcat(name, "example.com");
    const char *got = suffix_registered(list, name);
    check_eq_text(got, "example.com");
    check(got == name + 242);
}

static void test_public(void)
{
    check(suffix_is_public(list, "www.example.com"));
    check(suffix_is_public(list, "com"));
    check(suffix_is_public(list, "a.xn--p1ai"));
    check(!suffix_is_public(list, "nas.lan"));
    check(!suffix_is_public(list, "printer.local"));
    check(!suffix_is_public(list, "lan"));
    check(!suffix_is_public(list, ""));
}

int main(void)
{
    list = suffix_list_new();
    if (check(list != NULL)) {
        test_registered();
        test_long();
        test_public();
    }
    check(suffix_library()[0] >= '0' && suffix_library()[0] <= '9');
    suffix_list_free(list);
    return check_done();
}
