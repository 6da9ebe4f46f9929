/* SPDX-License-Identifier: MIT */
/*
 * Lines of url_printer for TLS, DTLS and QUIC: each kind of message with and without every
 * part, what has no line, which side is the client, hostile names. The layers are the test's
 * own.
 */
#include "url_rows.h"

#define MESSAGE(...) .tls = &(const struct chains_tls_message){ __VA_ARGS__ }, .tls_count = 1
#define HELLO(...)                                                                             \
    MESSAGE(.kind = CHAINS_TLS_CLIENT_HELLO, .from = CHAINS_TLS_FROM_CLIENT, __VA_ARGS__),     \
        .port = 443
#define SERVER(kind_, ...)                                                                     \
    MESSAGE(.kind = CHAINS_TLS_##kind_, .from = CHAINS_TLS_FROM_SERVER, __VA_ARGS__),          \
        .swapped = true, .port = 443
#define LIST(array)                                                                            \
    {                                                                                          \
        array, sizeof(array) / sizeof *(array)                                                 \
    }

static const struct chains_bytes two[] = { BYTES("h2"), BYTES("http/1.1") };
static const struct chains_bytes one[] = { BYTES("h2") };
static const struct chains_bytes odd[] = { BYTES("a\n"), BYTES(""), BYTES("\xff") };
static const char ja4[] = "t13d1516h2_8daaf6152771_e5627efa2ab1";
static const char ja3[] = "0123456789abcdef0123456789abcdef";

static void test_hellos(void)
{
    const struct row rows[] = {
        { HELLO(.sni = BYTES("example.org"), .alpn = LIST(two), .ja4 = ja4), .named = true,
          .want = "2015-05-30 00:34:45 - 10.0.0.1(LOCAL) --> 10.0.0.2(www.example) TLS "
                  "example.org  [h2,http/1.1] t13d1516h2_8daaf6152771_e5627efa2ab1\n" },
        { HELLO(.sni = BYTES("example.org"), .alpn = LIST(one), .ja4 = ja4, .ja3 = ja3),
          .want = ASKS "TLS example.org  [h2] t13d1516h2_8daaf6152771_e5627efa2ab1 "
                       "0123456789abcdef0123456789abcdef\n" },
        { HELLO(.ja4 = ja4),
          .want = ASKS "TLS 10.0.0.2  t13d1516h2_8daaf6152771_e5627efa2ab1\n" },
        { HELLO(.ech = CHAINS_TLS_ECH_OFFERED, .resumption = CHAINS_TLS_EARLY_DATA),
          .want = ASKS "TLS 10.0.0.2 (ech, early data)\n" },
        { HELLO(.sni = BYTES("public.example"), .ech = CHAINS_TLS_ECH_OUTER),
          .want = ASKS "TLS public.example (ech outer)\n" },
        { HELLO(.ech = CHAINS_TLS_ECH_ESNI, .resumption = CHAINS_TLS_BY_PSK),
          .want = ASKS "TLS 10.0.0.2 (esni)\n" },
        { HELLO(.sni = BYTES("quic.example"), .over = CHAINS_TLS_OVER_QUIC, .alpn = LIST(one)),
          .want = ASKS "QUIC quic.example  [h2]\n" },
        { HELLO(.sni = BYTES("dtls.example"), .over = CHAINS_TLS_OVER_DTLS),
          .want = ASKS "DTLS dtls.example\n" },
        { MESSAGE(.kind = CHAINS_TLS_CLIENT_HELLO, .from = CHAINS_TLS_FROM_CLIENT,
                  .sni = BYTES("mail.example"), .starttls = CHAINS_STARTTLS_SMTP),
          .port = 25, .want = ASKS "TLS mail.example:25 (smtp)\n" },
        { MESSAGE(.kind = CHAINS_TLS_CLIENT_HELLO, .from = CHAINS_TLS_FROM_CLIENT,
                  .starttls = CHAINS_STARTTLS_XMPP), /* a name that the table lacks */
          .port = 5222, .want = ASKS "TLS 10.0.0.2:5222\n" },
        { HELLO(.sni = BYTES("\x1b[31m\n\xff\\\0"), .alpn = LIST(odd),
                .weird = CHAINS_TLS_BAD_NAME),
          .want = ASKS "TLS \\x1b[31m\\n\\xff\\\\\\x00  [a\\n,,\\xff] WEIRD: ['bad_name']\n" },
        { HELLO(.sni = BYTES("again.example"), .retry = 1), .want = "" },
        { HELLO(.sni = BYTES("again.example"), .retry = 1, .weird = CHAINS_TLS_BAD_NAME),
          .want = ASKS "TLS again.example WEIRD: ['bad_name']\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

#define AGREED .has = CHAINS_TLS_HAS_CIPHER | CHAINS_TLS_HAS_PROTOCOL

static void test_answers(void)
{
    const struct row rows[] = {
        { SERVER(ESTABLISHED, AGREED | CHAINS_TLS_HAS_TOOK | CHAINS_TLS_HAS_RESUMED,
                 .protocol = 0x0304, .cipher = 0x1301, .alpn = LIST(one), .took = 12300000,
                 .sni = BYTES("example.org")),
          .named = true,
          .want = "2015-05-30 00:34:45 - 10.0.0.1(LOCAL) <-- 10.0.0.2(www.example) TLS 1.3 "
                  "TLS_AES_128_GCM_SHA256 h2 (12.3ms) example.org\n" },
        { SERVER(ESTABLISHED, AGREED | CHAINS_TLS_HAS_RESUMED, .protocol = 0x0303,
                 .cipher = 0xc02f, .resumed = 1, .ja3s = ja3),
          .want = ANSWERS "TLS 1.2 ECDHE_RSA resumed 0123456789abcdef0123456789abcdef "
                          "10.0.0.2\n" },
        { SERVER(ESTABLISHED, AGREED, .protocol = 0x0300, .cipher = 0xabc),
          .want = ANSWERS "SSL 3.0 0x0abc 10.0.0.2\n" },
        { SERVER(ESTABLISHED, AGREED, .protocol = 0xfefd, .over = CHAINS_TLS_OVER_DTLS),
          .want = ANSWERS "DTLS 1.2 0x0000 10.0.0.2\n" },
        { SERVER(ESTABLISHED, AGREED, .protocol = 0x7f1c, .cipher = 0x1301), /* a draft */
          .want = ANSWERS "TLS TLS_AES_128_GCM_SHA256 10.0.0.2\n" },
        { SERVER(ESTABLISHED, .alpn = LIST(two),
                 .protocol = 0x0304), /* offered, not agreed on */
          .want = ANSWERS "TLS 10.0.0.2\n" },
        { SERVER(SERVER_HELLO, AGREED, .protocol = 0x0304, .cipher = 0x1301), .want = "" },
        { SERVER(SERVER_HELLO, AGREED, .protocol = 0x0304, .cipher = 0x1301,
                 .weird = CHAINS_TLS_UNFINISHED),
          .want = ANSWERS "TLS 1.3 TLS_AES_128_GCM_SHA256 10.0.0.2 WEIRD: ['unfinished']\n" },
        { SERVER(SERVER_HELLO, AGREED, .over = CHAINS_TLS_OVER_QUIC, .retry = 1), .want = "" },
        { SERVER(ESTABLISHED, AGREED, .protocol = 0x0304, .cipher = 0x1301,
                 .over = CHAINS_TLS_OVER_QUIC, .sni = BYTES("quic.example")),
          .want = ANSWERS "QUIC TLS_AES_128_GCM_SHA256 quic.example\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static const struct chains_bytes names[] = { BYTES("a.example"), BYTES("b.example") };
enum { YEAR_2020 = 1577836800 };
static const struct chains_tls_certificate chain[] = {
    { .subject = BYTES("CN=good"), .has = CHAINS_CERTIFICATE_HAS_TIMES },
    { .subject = BYTES("CN=\x1b[2J"),
      .has = CHAINS_CERTIFICATE_HAS_TIMES,
      .not_after = YEAR_2020 * INT64_C(1000000000),
      .trouble = CHAINS_CERTIFICATE_EXPIRED },
};
static const struct chains_tls_certificate early[] = {
    { .names = LIST(names),
      .has = CHAINS_CERTIFICATE_HAS_TIMES,
      .not_before = INT64_MAX,
      .not_after = INT64_MAX,
      .trouble = CHAINS_CERTIFICATE_NOT_YET | CHAINS_CERTIFICATE_OTHER_NAME },
};
static const struct chains_tls_certificate whole[] = { { .subject = BYTES("CN=leaf") } };
static const struct chains_tls_certificate nothing[1];
/* The escapes of its own are shown as they are; what may not be shown is escaped besides. */
static const struct chains_tls_certificate comma[] = {
    { .subject = BYTES("O=A\\, B\\0A\n\xc3\xbc\xff"), .trouble = CHAINS_CERTIFICATE_EXPIRED },
};

static void test_certificates(void)
{
    const struct row rows[] = {
        { SERVER(CERTIFICATE, .chain = LIST(chain)), .want = "" }, /* no trouble */
        { SERVER(CERTIFICATE, .chain = LIST(chain), .sni = BYTES("good"),
                 .trouble = CHAINS_CERTIFICATE_EXPIRED),
          .want = ANSWERS "TLS good certificate: expired (CN=\\x1b[2J, until 2020-01-01)\n" },
        { SERVER(CERTIFICATE, .chain = LIST(early),
                 .trouble = CHAINS_CERTIFICATE_NOT_YET | CHAINS_CERTIFICATE_OTHER_NAME),
          .want = ANSWERS "TLS certificate: not_yet, other_name (a.example, from "
                          "2262-04-11)\n" },
        { SERVER(CERTIFICATE, .chain = LIST(whole), .trouble = CHAINS_CERTIFICATE_OTHER_NAME),
          .want = ANSWERS "TLS certificate: other_name (CN=leaf)\n" },
        { SERVER(CERTIFICATE, .chain = LIST(nothing), .trouble = UINT32_C(1) << 31),
          .want = ANSWERS "TLS certificate: unusual\n" },
        { SERVER(CERTIFICATE, .chain = LIST(comma), .trouble = CHAINS_CERTIFICATE_EXPIRED),
          .want = ANSWERS "TLS certificate: expired (O=A\\, B\\0A\\n\xc3\xbc\\xff)\n" },
        { SERVER(CERTIFICATE, .weird = CHAINS_TLS_GAP | CHAINS_TLS_UNFINISHED), .want = "" },
        { SERVER(CERTIFICATE, .weird = CHAINS_TLS_UNFINISHED | CHAINS_TLS_BAD_NAME),
          .want = ANSWERS "TLS certificate WEIRD: ['bad_name', 'unfinished']\n" },
        { SERVER(CERTIFICATE, .trouble = CHAINS_CERTIFICATE_EXPIRED),
          .want = ANSWERS "TLS certificate: expired\n" },
        { MESSAGE(.kind = CHAINS_TLS_CERTIFICATE, .from = CHAINS_TLS_FROM_CLIENT,
                  .trouble = CHAINS_CERTIFICATE_EXPIRED, .chain = LIST(whole)),
          .port = 443, .want = ASKS "TLS client's certificate: expired (CN=leaf)\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_failures(void)
{
    const struct row rows[] = {
        { SERVER(ALERT, .has = CHAINS_TLS_HAS_ALERT, .alert = 40, .sni = BYTES("h")),
          .want = ANSWERS "TLS h alert: handshake_failure\n" },
        { MESSAGE(.kind = CHAINS_TLS_ALERT, .from = CHAINS_TLS_FROM_CLIENT,
                  .has = CHAINS_TLS_HAS_ALERT, .alert = 48),
          .port = 8443, .want = ASKS "TLS alert: unknown_ca\n" },
        { SERVER(ALERT, .has = CHAINS_TLS_HAS_ALERT, .alert = 255),
          .want = ANSWERS "TLS alert: 0x00ff\n" },
        { SERVER(ALERT, .has = CHAINS_TLS_HAS_ALERT, .alert = 0), .want = "" },
        { SERVER(FAILED, .history = "CsL", .weird = CHAINS_TLS_UNFINISHED), .want = "" },
        { SERVER(FAILED, .history = "Cl"), .want = "" },
        { MESSAGE(.kind = CHAINS_TLS_FAILED, .sni = BYTES("h"), .history = "C"),
          .where = ON_FLOW, .port = 443, .want = ANSWERS "TLS h failed, without an answer\n" },
        { MESSAGE(.kind = CHAINS_TLS_FAILED, AGREED, .protocol = 0x0303,
                  .weird = CHAINS_TLS_UNFINISHED),
          .where = ON_FLOW, .port = 443,
          .want = ANSWERS "TLS 1.2 failed WEIRD: ['unfinished']\n" },
        { .quic = &(const struct chains_quic){ .has = CHAINS_QUIC_HAS_CLOSE, .close = 0x128 },
          .port = 443,
          .side = CHAINS_RESP,
          .swapped = true,
          .want = ANSWERS "QUIC 10.0.0.2 closed: handshake_failure\n" },
        { .quic = &(const struct chains_quic){ .has = CHAINS_QUIC_HAS_CLOSE,
                                               .close = UINT64_MAX,
                                               .weird = CHAINS_QUIC_BAD_FRAME },
          .port = 4433,
          .want = ASKS "QUIC 10.0.0.2:4433 closed: 0xffffffff WEIRD: ['bad_frame']\n" },
        { .quic = &(const struct chains_quic){ .has = CHAINS_QUIC_HAS_CLOSE, .close = 2 },
          .port = 443,
          .want = ASKS "QUIC 10.0.0.2 closed: connection_refused\n" },
        { .quic = &(const struct chains_quic){ .has = CHAINS_QUIC_HAS_CLOSE, .close = 3 },
          .port = 443,
          .want = ASKS "QUIC 10.0.0.2 closed: 0x0003\n" },
        { .quic = &(const struct chains_quic){ .has = CHAINS_QUIC_HAS_CLOSE }, .want = "" },
        { .quic = &(const struct chains_quic){ .close = 2 }, .want = "" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

/* Who the client is: by the sender, by who opened the flow, by the ports. */
static void test_sides(void)
{
    const struct row rows[] = {
        { HELLO(.sni = BYTES("1")), .side = CHAINS_RESP, .want = ASKS "TLS 1\n" },
        { SERVER(ESTABLISHED, .sni = BYTES("2")), .want = ANSWERS "TLS 2\n" },
        { HELLO(.sni = BYTES("3")), .where = ON_EVENT, .want = ASKS "TLS 3\n" },
        { MESSAGE(.kind = CHAINS_TLS_ESTABLISHED, .sni = BYTES("4")), .side = CHAINS_ORIG,
          .port = 443, .want = ANSWERS "TLS 4\n" },
        { MESSAGE(.kind = CHAINS_TLS_ESTABLISHED, .sni = BYTES("5")), .side = CHAINS_RESP,
          .swapped = true, .port = 443, .want = ANSWERS "TLS 5\n" },
        { MESSAGE(.kind = CHAINS_TLS_ESTABLISHED, .sni = BYTES("6")), .where = WITHOUT_STREAM,
          .swapped = true, .port = 443, .want = ANSWERS "TLS 6\n" },
        { MESSAGE(.kind = CHAINS_TLS_ESTABLISHED, .sni = BYTES("7")), .where = WITHOUT_STREAM,
          .port = 443, .want = ANSWERS "TLS 7\n" },
        { MESSAGE(.kind = CHAINS_TLS_CLIENT_HELLO, .from = CHAINS_TLS_FROM_CLIENT),
          .where = NOWHERE, .want = "2015-05-30 00:34:45 - TLS \n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_color(void)
{
    const struct row row = {
        SERVER(CERTIFICATE, .chain = LIST(whole), .trouble = CHAINS_CERTIFICATE_EXPIRED),
        .want = "",
    };
    char *text = printed(&row, 1, true);
    check_eq_text(text, ANSWERS "TLS\033[33m certificate: expired\033[0m (CN=leaf)\n");
    free(text);
}

/* Several messages with one record, and HTTP inside. */
static void test_several(void)
{
    static const struct chains_tls_message messages[] = {
        { .kind = CHAINS_TLS_SERVER_HELLO, .from = CHAINS_TLS_FROM_SERVER },
        { .kind = CHAINS_TLS_CERTIFICATE,
          .from = CHAINS_TLS_FROM_SERVER,
          .trouble = CHAINS_CERTIFICATE_EXPIRED },
        { .kind = CHAINS_TLS_ALERT,
          .from = CHAINS_TLS_FROM_SERVER,
          .has = CHAINS_TLS_HAS_ALERT,
          .alert = 40 },
    };
    const struct row row = {
        .tls = messages,
        .tls_count = 3,
        .swapped = true,
        .port = 443,
        .want = ANSWERS "TLS certificate: expired\n" ANSWERS "TLS alert: handshake_failure\n",
    };
    check_rows(&row, 1);
}

int main(void)
{
    test_hellos();
    test_answers();
    test_certificates();
    test_failures();
    test_sides();
    test_color();
    test_several();
    return check_done();
}
