/* SPDX-License-Identifier: MIT */
/* Certificates made here with libcrypto, and bytes that are none: what is told of them. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "../check.h"
#include "links/tls_certificate.h"
#include "links/tls_message.h"
#include "record/arena.h"

#define SECOND INT64_C(1000000000)

enum { NOW = 1600000000, DAY = 86400, DER_ROOM = 65536 };

/* What is to be made; NULL and 0: nothing of it. */
struct plan {
    const char *common_name, *issuer; /* NULL: the same as the subject */
    size_t common_len;                /* 0: up to the NUL */
    const char *names;                /* as openssl.cnf has it: "DNS:a.test,IP:192.0.2.1" */
    const char *nul_name;             /* 16 bytes */
    EVP_PKEY *key;
    const EVP_MD *hash;
    long from, to; /* seconds from NOW */
};

static struct chains_arena arena;
static struct crypto *crypto;
static EVP_PKEY *ec, *ed25519, *rsa1024, *rsa2048, *small_curve, *tiny_curve, *spelled_out,
    *x25519;

static void add_extension(X509 *x509, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

static void add_nul_name(X509 *x509, const char *name)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *one = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name, 16);
    GENERAL_NAME_set0_value(one, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, one);
    X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
}

static struct chains_bytes make(const struct plan *plan)
{
    static uint8_t der[DER_ROOM];
    uint8_t *at = der;
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    EVP_PKEY *key = plan->key ? plan->key : ec;
    size_t common_len = plan->common_len ? plan->common_len : strlen(plan->common_name);
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 0x1234);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"Gr\xc3\xbc, \x1b",
                               -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)plan->common_name,
                               (int)common_len, -1, 0);
    X509_NAME *issuer = X509_NAME_dup(name);
    if (plan->issuer)
        X509_NAME_add_entry_by_txt(issuer, "OU", MBSTRING_UTF8, (const uint8_t *)plan->issuer,
                                   -1, -1, 0);
    X509_set_issuer_name(x509, issuer);
    X509_NAME_free(issuer);
    ASN1_TIME_set(X509_getm_notBefore(x509), NOW + (plan->from ? plan->from : -DAY));
    ASN1_TIME_set(X509_getm_notAfter(x509), NOW + (plan->to ? plan->to : DAY));
    if (plan->names)
        add_extension(x509, plan->names);
    if (plan->nul_name)
        add_nul_name(x509, plan->nul_name);
    X509_set_pubkey(x509, key);
    key = key == x25519 ? ec : key; /* which cannot sign */
    bool own_hash = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    X509_sign(x509, key, own_hash ? NULL : plan->hash ? plan->hash : EVP_sha256());
    int len = i2d_X509(x509, NULL);
    check(len > 0 && len <= DER_ROOM);
    i2d_X509(x509, &at);
    X509_free(x509);
    return (struct chains_bytes){ der, (size_t)len };
}

/* ---- what is told ------------------------------------------------------------------------ */

static const char *const trouble_names[] = {
    "expired",        "not_yet",    "self_signed", "other_name", "weak_key",
    "weak_signature", "unreadable", "nul",         "odd_key",
};

static struct chains_tls_certificate told;
static enum tls_certificate_status status;

/* In a block of its own, so that a sanitizer sees who reads behind it. */
static void read_in(struct tls_certificates *certificates, struct chains_bytes der,
                    const char *name)
{
    uint8_t *copy = malloc(der.len ? der.len : 1);
    if (der.len)
        memcpy(copy, der.at, der.len);
    struct tls_certificate_about about = { .now_ns = NOW * SECOND };
    about.name = (struct chains_bytes){ (const uint8_t *)name, name ? strlen(name) : 0 };
    memset(&told, 0xaa, sizeof told);
    status = tls_certificate_read(certificates, (struct chains_bytes){ copy, der.len }, &about,
                                  &arena, &told);
    free(copy);
}

static struct tls_certificates *all;

static void read_one(struct chains_bytes der, const char *name)
{
    read_in(all, der, name);
}

/* The trouble of what was read last, as words. */
static void check_trouble(const char *want)
{
    char text[200] = "";
    for (unsigned i = 0; i < 9; i++)
        if (told.trouble >> i & 1) {
            strcat(text, text[0] ? " " : "");
            strcat(text, trouble_names[i]);
        }
    check_eq_text(text, want);
}

static void check_name(uint32_t i, const char *want)
{
    const struct chains_bytes *names = told.names.items;
    check(i < told.names.count);
    if (i < told.names.count)
        check_eq_bytes(names[i].at, names[i].len, want, strlen(want));
}

static void test_fields(void)
{
    read_one(make(&(const struct plan){ .common_name = "a.test",
                                        .issuer = "CA",
                                        .names = "IP:192.0.2.1,DNS:a.test,DNS:b.test,"
                                                 "email:x@a.test,IP:2001:db8::1" }),
             "b.test");
    check(status == TLS_CERTIFICATE_READ);
    check_trouble("");
    check_eq_bytes(told.subject.at, told.subject.len, "CN=a.test,O=Gr\xc3\xbc\\, \\1B", 22);
    check_eq_bytes(told.issuer.at, told.issuer.len, "OU=CA,CN=a.test,O=Gr\xc3\xbc\\, \\1B", 28);
    /* These have escapes of their own already, unlike the names. */
    const struct chains_field *rows = chains_field_find(chains_tls_type.fields, "tls")->fields;
    rows = chains_field_find(rows, "chain")->fields;
    check(chains_field_find(rows, "subject")->escaped);
    check(chains_field_find(rows, "issuer")->escaped);
    check(!chains_field_find(rows, "names")->escaped);
    check_eq_bytes(told.serial.at, told.serial.len, "\x12\x34", 2);
    check_eq_u64(told.sha256.len, 32);
    check_eq_u64(told.names.count, 4);
    check_name(0, "a.test");
    check_name(1, "b.test");
    check_name(2, "192.0.2.1");
    check_name(3, "2001:db8::1");
    check_eq_u64(told.has, CHAINS_CERTIFICATE_HAS_TIMES | CHAINS_CERTIFICATE_HAS_KEY);
    check(told.not_before == (NOW - DAY) * SECOND && told.not_after == (NOW + DAY) * SECOND);
    check_eq_text(told.key_type, "EC");
    check_eq_u64(told.key_bits, 256);
    check_eq_text(told.signature, "ecdsa-with-SHA256");
}

static void test_trouble(void)
{
    const struct {
        struct plan plan;
        const char *name, *trouble, *key_type;
        unsigned bits;
    } cases[] = {
        { { .common_name = "a.test" }, NULL, "self_signed", "EC", 256 },
        { { .common_name = "a.test", .key = ed25519 }, NULL, "self_signed", "Ed25519", 256 },
        { { .common_name = "a.test", .issuer = "CA", .key = rsa1024 },
          NULL,
          "weak_key",
          "RSA",
          1024 },
        { { .common_name = "a.test", .issuer = "CA", .key = rsa2048, .hash = EVP_sha1() },
          NULL,
          "weak_signature",
          "RSA",
          2048 },
        { { .common_name = "a.test", .key = rsa2048, .hash = EVP_md5() },
          NULL,
          "self_signed",
          "RSA",
          2048 },
        { { .common_name = "a.test", .issuer = "CA", .key = small_curve },
          NULL,
          "weak_key",
          "EC",
          192 },
        { { .common_name = "a.test", .issuer = "CA", .key = tiny_curve },
          NULL,
          "weak_key",
          "EC",
          112 },
        { { .common_name = "a.test", .issuer = "CA", .key = spelled_out },
          NULL,
          "odd_key",
          "EC",
          0 },
        { { .common_name = "a.test", .issuer = "CA", .key = x25519 }, NULL, "", "X25519", 253 },
        { { .common_name = "a.test", .issuer = "CA", .from = -2 * DAY, .to = -1 },
          NULL,
          "expired",
          "EC",
          256 },
        { { .common_name = "a.test", .issuer = "CA", .from = 1, .to = DAY },
          NULL,
          "not_yet",
          "EC",
          256 },
        { { .common_name = "a.test\0.evil.test", .common_len = 17, .issuer = "CA" },
          NULL,
          "nul",
          "EC",
          256 },
        { { .common_name = "x", .issuer = "CA", .nul_name = "a.test\0evil.test" },
          "a.test",
          "other_name nul",
          "EC",
          256 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_one(make(&cases[i].plan), cases[i].name);
        check(status == TLS_CERTIFICATE_READ);
        check_trouble(cases[i].trouble);
        check_eq_text(told.key_type, cases[i].key_type);
        check_eq_u64(told.key_bits, cases[i].bits);
    }
}

static void test_names(void)
{
    static const struct {
        const char *names, *asked;
        bool fits;
    } cases[] = {
        { "DNS:a.test", "A.Test", true },
        { "DNS:a.test", "a.test.", true },
        { "DNS:a.test", "b.test", false },
        { "DNS:a.test", "x.a.test", false },
        { "DNS:*.a.test", "x.a.test", true },
        { "DNS:*.a.test", "x.y.a.test", false },
        { "DNS:*.a.test", "a.test", false },
        { "DNS:*.a.test", ".a.test", false },
        { "DNS:*.test", "a.test", false },
        { "DNS:x*.a.test", "xy.a.test", false },
        { "DNS:x.*.test", "x.a.test", false },
        { "DNS:xn--mnchen-3ya.test", "XN--MNCHEN-3YA.test", true },
        { "IP:192.0.2.1", "192.0.2.1", true },
        { "IP:192.0.2.1", "192.0.2.2", false },
        { "DNS:a.test", "common.test", false },
        { NULL, "common.test", true },
        { NULL, "a.test", false },
        { NULL, NULL, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_one(make(&(const struct plan){
                     .common_name = "common.test", .issuer = "CA", .names = cases[i].names }),
                 cases[i].asked);
        check_trouble(cases[i].fits ? "" : "other_name");
    }
}

static void test_many_names(void)
{
    static char names[20000];
    size_t len = 0;
    for (unsigned i = 0; i < 300; i++)
        len += (size_t)snprintf(names + len, sizeof names - len, "%sDNS:n%u.test", i ? "," : "",
                                i);
    struct plan plan = { .common_name = "x", .issuer = "CA", .names = names };
    read_one(make(&plan), "n299.test");
    check(status == TLS_CERTIFICATE_LIMITED);
    check_eq_u64(told.names.count, TLS_CERTIFICATE_NAMES);
    check_name(255, "n255.test");
    check_trouble(""); /* it may well be one of those that are not told */
}

/* Cut, and with each byte changed: nothing but words come of it. */
static void test_broken(void)
{
    static uint8_t bytes[DER_ROOM];
    struct chains_bytes der = make(&(const struct plan){
        .common_name = "a.test", .issuer = "CA", .names = "DNS:a.test,IP:192.0.2.1" });
    size_t len = der.len;
    memcpy(bytes, der.at, len);
    for (size_t n = 0; n < len; n++) {
        read_one((struct chains_bytes){ bytes, n }, "a.test");
        check_trouble("unreadable");
        check(status == TLS_CERTIFICATE_READ && told.sha256.len == 32);
        check(!told.subject.len && !told.names.count && !told.has && !told.key_type);
    }
    unsigned readable = 0;
    for (size_t i = 0; i < len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1U << bit);
            read_one((struct chains_bytes){ bytes, len }, "a.test");
            readable += !(told.trouble & CHAINS_CERTIFICATE_UNREADABLE);
            bytes[i] ^= (uint8_t)(1U << bit);
            arena_reset(&arena);
        }
    check(readable > len && readable < 8 * len);
}

static void test_cache(void)
{
    enum { ONE_MORE = 4096 }; /* the new one is there before the old one goes */
    struct tls_certificates *few = tls_certificates_new(crypto, 3);
    size_t empty = tls_certificates_bytes(few), full = 0;
    char name[20];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "n%u.test", i);
        read_in(few, make(&(const struct plan){ .common_name = name, .issuer = "CA" }), name);
        check_trouble("");
        if (i == 2)
            full = tls_certificates_bytes(few);
        check(tls_certificates_bytes(few) <= (i < 2 ? empty + 65536 : full + ONE_MORE));
    }
    check(full > empty);
    /* The same bytes again are as good, whether they were kept or not; the moment counts anew. */
    static uint8_t bytes[DER_ROOM];
    struct chains_bytes der = make(&(const struct plan){ .common_name = "a", .issuer = "CA" });
    memcpy(bytes, der.at, der.len);
    der.at = bytes;
    for (unsigned i = 0; i < 3; i++) {
        struct tls_certificate_about about = { .now_ns =
                                                   (NOW + 2 * (int64_t)i * DAY) * SECOND };
        tls_certificate_read(few, der, &about, &arena, &told);
        check_trouble(i ? "expired" : "");
        check_eq_bytes(told.subject.at, told.subject.len < 4 ? told.subject.len : 4, "CN=a", 4);
    }
    check_eq_u64(tls_certificates_bytes(few) > full + ONE_MORE, 0);
    tls_certificates_free(few);
    /* No room in the arena for what is told: it is said, and the trouble is there. */
    struct chains_arena small;
    arena_init(&small, 1);
    struct tls_certificate_about about = { .now_ns = INT64_MAX };
    status = tls_certificate_read(all, der, &about, &small, &told);
    check(status == TLS_CERTIFICATE_LIMITED);
    check_trouble("expired");
    check(told.subject.len == 0 && told.sha256.len == 0);
    arena_free(&small);
}

/* The errors of the thread are the program's: none is taken, and none is left. */
static void test_errors(void)
{
    const unsigned long mine = ERR_PACK(ERR_LIB_USER, 0, ERR_R_MALLOC_FAILURE);
    for (int some = 0; some < 2; some++) {
        struct chains_bytes bad = { (const uint8_t *)(some ? "0\3\1\2" : "0\3\1\3"), 4 };
        ERR_clear_error();
        if (some)
            ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
        struct tls_certificates *few = tls_certificates_new(crypto, 2);
        read_in(few, bad, NULL);
        check(status == TLS_CERTIFICATE_READ);
        check_trouble("unreadable");
        tls_certificates_free(few);
        check_eq_u64(ERR_peek_error(), some ? mine : 0);
        ERR_get_error();
        check_eq_u64(ERR_peek_error(), 0);
    }
}

int main(void)
{
    arena_init(&arena, 256 * 1024 * 1024);
    crypto = crypto_new();
    all = tls_certificates_new(crypto, 64);
    ec = EVP_EC_gen("P-256");
    small_curve = EVP_EC_gen("P-192");
    tiny_curve = EVP_EC_gen("secp112r1");
    spelled_out = EVP_EC_gen("P-192");
    check(EVP_PKEY_set_utf8_string_param(spelled_out, OSSL_PKEY_PARAM_EC_ENCODING,
                                         OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1);
    x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    rsa1024 = EVP_RSA_gen(1024);
    rsa2048 = EVP_RSA_gen(2048);
    check(ec && small_curve && tiny_curve && spelled_out && x25519 && ed25519 && rsa1024 &&
          rsa2048);
    test_fields();
    test_trouble();
    test_names();
    test_many_names();
    test_broken();
    test_cache();
    test_errors();
    EVP_PKEY_free(ec);
    EVP_PKEY_free(small_curve);
    EVP_PKEY_free(tiny_curve);
    EVP_PKEY_free(spelled_out);
    EVP_PKEY_free(x25519);
    EVP_PKEY_free(ed25519);
    EVP_PKEY_free(rsa1024);
    EVP_PKEY_free(rsa2048);
    tls_certificates_free(all);
    crypto_free(crypto);
    arena_free(&arena);
    return check_done();
}
