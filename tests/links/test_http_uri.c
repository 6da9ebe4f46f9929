/* SPDX-License-Identifier: MIT */
/* http_uri: parts, decoding, oddities, redaction; and what looks like HTTP (http_start). */
#include "../check.h"

#include <chains/layer/http.h>

#include "links/http_start.h"
#include "links/http_uri.h"
#include "record/arena.h"

static struct chains_arena arena;

static struct chains_bytes of(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
}

static const char *text(struct chains_bytes bytes)
{
    static char out[4][256];
    static int turn;
    char *at = out[turn = (turn + 1) % 4];
    memcpy(at, bytes.len ? (const char *)bytes.at : "", bytes.len);
    at[bytes.len] = 0;
    return at;
}

static void test_split(void)
{
    static const struct {
        const char *uri, *userinfo, *authority, *path;
    } table[] = {
        { "/", "", "", "/" },
        { "", "", "", "" },
        { "*", "", "", "*" },
        { "/a/b?c=/d#e", "", "", "/a/b" },
        { "/a#b?c", "", "", "/a" },
        { "http://h", "", "h", "" },
        { "http://h/p?q", "", "h", "/p" },
        { "HTTPS://h:8443/p", "", "h:8443", "/p" },
        { "http://u@h/p", "u", "h", "/p" },
        { "http://u:p@h/p@q", "u:p", "h", "/p@q" },
        { "http://u:p@x@h/", "u:p@x", "h", "/" },
        { "http://[2001:db8::1]:80/", "", "[2001:db8::1]:80", "/" },
        { "http:/h/p", "", "", "http:/h/p" },
        { "h:443", "", "", "h:443" },
        { "://u@h/", "", "", "://u@h/" },
        { "/http://u@h/", "", "", "/http://u@h/" },
        { "http://?q", "", "", "" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct http_uri parts = http_uri_split(of(table[i].uri));
        check_eq_text(text(parts.userinfo), table[i].userinfo);
        check_eq_text(text(parts.authority), table[i].authority);
        check_eq_text(text(parts.path), table[i].path);
    }
}

static void test_decode(void)
{
    static const struct {
        const char *path, *want;
        size_t len;
    } table[] = {
        { "/a", "", 0 },
        { "", "", 0 },
        { "/%61", "/a", 2 },
        { "/%2541", "/%41", 4 }, /* once */
        { "/a+b%20c", "/a+b c", 6 },
        { "/%zz%41", "/%zzA", 5 },
        { "/%", "", 0 },
        { "/%4", "", 0 },
        { "/%4%41", "/%4A", 4 },
        { "/%00%0d%0A%1b%ff", "/\0\r\n\x1b\xff", 6 },
        { "%41", "A", 1 },
        { "%%41", "%A", 2 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct chains_bytes got = http_uri_decode(of(table[i].path), &arena);
        check_eq_bytes(got.at, got.len, table[i].want, table[i].len);
    }
}

static void test_weird(void)
{
    const uint32_t control = CHAINS_HTTP_ENCODED_CONTROL, bad = CHAINS_HTTP_BAD_ENCODING;
    const struct {
        const char *uri;
        uint32_t want;
    } table[] = {
        { "/", 0 },
        { "/%20", 0 },
        { "/%1f", control },
        { "/%00", control },
        { "/%7f", 0 },
        { "/%zz", bad },
        { "/%", bad },
        { "/%1", bad },
        { "/?a=%0a", control },
        { "/%1g%0d", bad | control },
        { "/%ff", 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_eq_u64(http_uri_weird(of(table[i].uri)), table[i].want);
}

static const char *redact(const char *uri, enum http_text where)
{
    static uint8_t out[256];
    size_t len = http_redact(of(uri), where, NULL);
    memset(out, 0xaa, sizeof out);
    check_eq_u64(http_redact(of(uri), where, out), len); /* counted as it is written */
    check_eq_u64(out[len], 0xaa);
    return text((struct chains_bytes){ out, len });
}

static void test_redact(void)
{
    static const char *const table[][3] = {
        { "http://u:p@h/p?q", "http://[redacted]@h/p?q", NULL },
        { "http://u@h", "http://[redacted]@h", NULL },
        { "http://h/u@p", "http://h/u@p", NULL },
        { "http://@h/", "http://@h/", NULL },
        { "/u:p@h", "/u:p@h", NULL },
        { "ftp://a:b@c@h/", "ftp://[redacted]@h/", NULL },
        { "svn+ssh://u:p@h/", "svn+ssh://[redacted]@h/", NULL },
        { "//u:p@h/", "//[redacted]@h/", NULL },
        { "///u:p@h/", "///[redacted]@h/", NULL },
        { "/a?to=http://u:p@h/", "/a?to=http://[redacted]@h/", NULL },
        { "http://u:p@h/, http://v:q@i/", "http://[redacted]@h/, http://[redacted]@i/", NULL },
        { "<http://u:p@h/a>; rel=x", "<http://[redacted]@h/a>; rel=x", NULL },
        { "5; url=https://u:p@h", "5; url=https://[redacted]@h", NULL },
        { "bot (+http://h a@b)", "bot (+http://h a@b)", "bot (+http://h [redacted]@b)" },
        { "u:p@h:443", "u:p@h:443", "[redacted]@h:443" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        check_eq_text(redact(table[i][0], HTTP_TEXT), table[i][1]);
        check_eq_text(redact(table[i][0], HTTP_TEXT_AUTHORITY),
                      table[i][2] ? table[i][2] : table[i][1]);
    }
    check_eq_text(redact("u:p@h, v@i", HTTP_TEXT_AUTHORITY), "[redacted]@h, [redacted]@i");
    check_eq_text(redact("", HTTP_TEXT_AUTHORITY), "");
}

static void test_start(void)
{
    static const struct {
        const char *bytes;
        enum http_start want, datagram;
    } table[] = {
        { "GET / HTTP/1.1\r\n", HTTP_START_REQUEST, HTTP_START_REQUEST },
        { "GET / HTTP/1.0", HTTP_START_REQUEST, HTTP_START_REQUEST },
        { "get\t/\thttp/1.1\n", HTTP_START_REQUEST, HTTP_START_REQUEST },
        { "\r\n\r\nGET / HTTP/1.1\r\n", HTTP_START_REQUEST, HTTP_START_REQUEST },
        { "FROB x HTTP/1.1\r\n", HTTP_START_REQUEST, HTTP_START_REQUEST },
        { "GET /\r\n", HTTP_START_REQUEST, HTTP_START_NONE }, /* HTTP/0.9 */
        { "POST abcd12345\n", HTTP_START_REQUEST, HTTP_START_NONE },
        { "get key\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "GET a b\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "GET /a/long/one", HTTP_START_REQUEST, HTTP_START_NONE },
        { "GET http", HTTP_START_REQUEST, HTTP_START_NONE },
        { "CONNECT h:443 ", HTTP_START_REQUEST, HTTP_START_NONE },
        { "FROB /x", HTTP_START_REQUEST, HTTP_START_NONE },
        { "frob /x", HTTP_START_NONE, HTTP_START_NONE },
        { "HTTP/1.1 200 OK\r\n", HTTP_START_RESPONSE, HTTP_START_RESPONSE },
        { "HTTP/1", HTTP_START_RESPONSE, HTTP_START_RESPONSE },
        { "HTTP/2 200", HTTP_START_NONE, HTTP_START_NONE },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n", HTTP_START_OPEN, HTTP_START_NONE },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_START_HTTP2, HTTP_START_NONE },
        { "PRI * HTTP/1.1\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "G", HTTP_START_OPEN, HTTP_START_NONE },
        { "GET", HTTP_START_OPEN, HTTP_START_NONE },
        { "GET ", HTTP_START_OPEN, HTTP_START_NONE },
        { "HTTP/", HTTP_START_OPEN, HTTP_START_NONE },
        { "\r\n", HTTP_START_OPEN, HTTP_START_NONE },
        { "", HTTP_START_OPEN, HTTP_START_NONE },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", HTTP_START_NONE, HTTP_START_NONE },
        { "SSH-2.0-OpenSSH_9.2\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "220 mail.test ESMTP\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "EHLO h\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "USER anonymous\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "* OK IMAP4\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "OPTIONS sip:a@b SIP/2.0\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "NOTIFY sip:a@b SIP/2.0", HTTP_START_NONE, HTTP_START_NONE },
        { "OPTIONS rtsp://h/s RTSP/1.0\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "RTSP/1.0 200 OK\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "\x16\x03\x01\x02\x01\x01", HTTP_START_NONE, HTTP_START_NONE },
        { " GET / HTTP/1.1\r\n", HTTP_START_NONE, HTTP_START_NONE },
        { "M-SEARCH * HTTP/1.1\r\n", HTTP_START_REQUEST, HTTP_START_REQUEST },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (http_start_of(of(table[i].bytes)) != table[i].want ||
            http_start_of_datagram(of(table[i].bytes)) != table[i].datagram)
            printf("# %s\n", table[i].bytes);
        check_eq_u64(http_start_of(of(table[i].bytes)), table[i].want);
        check_eq_u64(http_start_of_datagram(of(table[i].bytes)), table[i].datagram);
    }
    /* Too few bytes are never said to be too few for long. */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t n = 0; n <= strlen(table[i].bytes); n++) {
            struct chains_bytes cut = { (const uint8_t *)table[i].bytes, n };
            if (table[i].want == HTTP_START_REQUEST && n < 4)
                check_eq_u64(http_start_of(cut), HTTP_START_OPEN);
            if (http_start_of(cut) == HTTP_START_OPEN)
                check(n < HTTP_START_BYTES);
        }
}

static void test_arena(void)
{
    struct chains_arena small;
    arena_init(&small, 0);
    check_eq_u64(http_uri_decode(of("/%41"), &small).len, 0);
    arena_free(&small);
}

int main(void)
{
    arena_init(&arena, 1024 * 1024);
    test_split();
    test_decode();
    test_weird();
    test_redact();
    test_start();
    test_arena();
    arena_free(&arena);
    return check_done();
}
