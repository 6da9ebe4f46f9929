/* SPDX-License-Identifier: MIT */
/* http_names: every name in either case, with bytes of 0 in it, and what is almost one. */
#include "../check.h"

#include "links/http_names.h"

enum { MOST = 40 };

static enum http_name of(const char *name, size_t len)
{
    return http_name_of((struct chains_bytes){ (const uint8_t *)name, len });
}

static void test_name(enum http_name name)
{
    const char *text = http_name_text(name);
    size_t len = strlen(text);
    char upper[MOST], zeros[MOST * 2] = { 0 };
    for (size_t i = 0; i < len; i++) {
        upper[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
        zeros[2 * i + 1] = text[i];
    }
    check_eq_u64(of(text, len), name);
    check_eq_u64(of(upper, len), name);
    check_eq_u64(of(zeros, 2 * len + 3), name);
    check_eq_u64(of(text, len - 1), HTTP_NAMES);
    for (size_t i = 0; i < len; i++) {
        char other[MOST];
        memcpy(other, text, len);
        other[i] = (char)(other[i] ^ 0x40);
        check_eq_u64(of(other, len), HTTP_NAMES);
        other[i] = text[i];
        other[len] = 'x';
        check_eq_u64(of(other, len + 1), HTTP_NAMES);
    }
}

int main(void)
{
    static const char none[MOST] = { 0 };
    for (unsigned i = 0; i < HTTP_NAMES; i++)
        test_name((enum http_name)i);
    check_eq_u64(of(NULL, 0), HTTP_NAMES);
    check_eq_u64(of(none, sizeof none), HTTP_NAMES);
    check_eq_u64(of("accept-encoding", 15), HTTP_NAMES);
    check_eq_u64(of("a name that is much longer than any", 35), HTTP_NAMES);
    return check_done();
}
