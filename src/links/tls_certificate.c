/* SPDX-License-Identifier: MIT */
/*
 * Certificates. In: DER of anybody. Out: what a person wants to know of it. libcrypto parses, in a
 * library context of its own, and the errors of the thread are the program's, as in crypto.h; what is
 * kept is a copy of ours, of bounded size. What depends on the moment or on who was asked for is worked out each time.
 */
#include "tls_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../bytes/siphash.h"
#include "../bytes/time.h"
#include "../record/pool.h"
#include "tls_certificate_key.h"

enum {
    SERIAL_MOST = 64,
    TEXT_ROOM = 24 * 1024, /* of all texts of one certificate */
    STRONG_MODULUS = 2048,
    STRONG_CURVE = 224,
    KEPT_USUAL = 4096, /* bytes of a certificate that is kept, where nobody says how many */
};

/* One certificate that is kept; its texts lie behind its names. */
struct kept {
    struct kept *next;          /* of the same bucket */
    struct kept *older, *newer; /* by when it was asked for */
    uint8_t sha256[CRYPTO_SHA256_LEN];
    struct chains_tls_certificate certificate;
    struct chains_bytes common_name;
    bool cut; /* it has more names */
    size_t size;
    struct chains_bytes names[];
};

/* Where a certificate is taken apart. */
struct parts {
    struct chains_tls_certificate certificate;
    struct chains_bytes common_name, names[TLS_CERTIFICATE_NAMES];
    uint32_t count;
    bool cut;
    size_t used;
    uint8_t text[TEXT_ROOM];
};

struct tls_certificates {
    struct crypto *crypto;
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *nothing; /* what keeps the library from looking for algorithms */
    BIO *out;
    struct siphash_key key;
    struct pool *pool;
    struct kept **bucket; /* `buckets` of them, a power of two */
    struct kept *oldest, *newest;
    uint32_t buckets, count, most;
    size_t bytes, bytes_most; /* of those that are kept */
    size_t pool_most;
    struct parts parts;
};

/*
 * A library context without algorithms: with them libcrypto would take the key apart, too, which is
 * ten times the work of the certificate. NULL: there is no memory.
 */
static bool library_open(struct tls_certificates *certificates)
{
    certificates->library = OSSL_LIB_CTX_new();
    if (certificates->library)
        certificates->nothing = OSSL_PROVIDER_load(certificates->library, "null");
    if (!certificates->nothing)
        return false;
    /* What it looks for with its first key it never looks for again: not on the way of a packet. */
    static const uint8_t any_key[] = { 0x30, 0x0e, 0x30, 0x09, 0x06, 0x07, 0x2a, 0x86,
                                       0x48, 0xce, 0x3d, 0x02, 0x01, 0x03, 0x01, 0x00 };
    const uint8_t *at = any_key;
    EVP_PKEY_free(d2i_PUBKEY_ex(NULL, &at, (long)sizeof any_key, certificates->library, NULL));
    return true;
}

static uint32_t buckets_of(uint32_t most)
{
    uint32_t buckets = 1;
    while (buckets < most)
        buckets *= 2;
    return buckets;
}

size_t tls_certificates_takes(uint32_t most)
{
    return sizeof(struct tls_certificates) + sizeof(struct pool) +
           buckets_of(most) * sizeof(struct kept *);
}

void tls_certificates_limit(struct tls_certificates *certificates, size_t bytes)
{
    certificates->bytes_most = bytes;
    certificates->pool_most = sizeof *certificates->pool + bytes + bytes / 8;
    pool_limit(certificates->pool, bytes);
}

struct tls_certificates *tls_certificates_new(struct crypto *crypto, uint32_t most)
{
    struct tls_certificates *certificates = calloc(1, sizeof *certificates);
    if (!certificates)
        return NULL;
    certificates->crypto = crypto;
    certificates->most = most ? most : 1;
    certificates->bytes_most = certificates->pool_most = SIZE_MAX;
    certificates->buckets = buckets_of(certificates->most);
    certificates->bucket = calloc(certificates->buckets, sizeof *certificates->bucket);
    ERR_set_mark();
    bool opened = library_open(certificates);
    certificates->out = BIO_new(BIO_s_mem());
    ERR_pop_to_mark();
    certificates->pool = pool_new(certificates->most * (size_t)KEPT_USUAL);
    if (certificates->bucket && certificates->pool && opened && certificates->out &&
        siphash_random_key(&certificates->key))
        return certificates;
    tls_certificates_free(certificates);
    return NULL;
}

void tls_certificates_free(struct tls_certificates *certificates)
{
    if (!certificates)
        return;
    while (certificates->oldest) {
        struct kept *kept = certificates->oldest;
        certificates->oldest = kept->newer;
        pool_give(kept);
    }
    pool_free(certificates->pool);
    BIO_free(certificates->out);
    if (certificates->nothing)
        OSSL_PROVIDER_unload(certificates->nothing);
    OSSL_LIB_CTX_free(certificates->library);
    free(certificates->bucket);
    free(certificates);
}

size_t tls_certificates_bytes(const struct tls_certificates *certificates)
{
    return certificates ? sizeof *certificates + pool_memory(certificates->pool) +
                              certificates->buckets * sizeof *certificates->bucket
                        : 0;
}

/* ---- taking one apart -------------------------------------------------------------------- */

/* A copy among the texts, at most `most` bytes of it; empty where there is no room. */
static struct chains_bytes parts_add(struct parts *parts, const void *from, size_t len,
                                     size_t most)
{
    uint8_t *at = parts->text + parts->used;
    if (len > most)
        len = most;
    if (len > TEXT_ROOM - parts->used) {
        parts->cut = true;
        return (struct chains_bytes){ at, 0 };
    }
    if (len > 0)
        memcpy(at, from, len);
    parts->used += len;
    return (struct chains_bytes){ at, len };
}

/* A subject or an issuer as RFC 4514 has it, but with its UTF-8 as it is. */
static struct chains_bytes parts_name(struct parts *parts, BIO *out, const X509_NAME *name)
{
    const unsigned long how = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    char *text = NULL;
    (void)BIO_reset(out);
    if (X509_NAME_print_ex(out, name, 0, how) < 0)
        return (struct chains_bytes){ parts->text, 0 };
    long len = BIO_get_mem_data(out, &text);
    return parts_add(parts, text, len > 0 ? (size_t)len : 0, TLS_CERTIFICATE_TEXT);
}

static void parts_nul(struct parts *parts, struct chains_bytes name)
{
    if (name.len && memchr(name.at, 0, name.len))
        parts->certificate.trouble |= CHAINS_CERTIFICATE_ANY_NAME_NUL;
}

/* The last common name of the subject, which is the one nearest to the host. */
static void parts_common_name(struct parts *parts, const X509_NAME *subject)
{
    int at = -1;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;)
        at = i;
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(subject, at) : NULL;
    unsigned char *text = NULL;
    int len = entry ? ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry)) : -1;
    if (len > 0)
        parts->common_name = parts_add(parts, text, (size_t)len, TLS_CERTIFICATE_TEXT);
    OPENSSL_free(text);
    parts_nul(parts, parts->common_name);
}

/* One of the other names of a subject, of kind `type`. */
static void parts_other_name(struct parts *parts, const GENERAL_NAME *name, int type)
{
    int found = GEN_DIRNAME;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &found);
    if (found != type || !value)
        return;
    if (parts->count == TLS_CERTIFICATE_NAMES) {
        parts->cut = true;
        return;
    }
    const uint8_t *at = ASN1_STRING_get0_data(value);
    size_t len = (size_t)ASN1_STRING_length(value);
    struct chains_bytes told;
    if (type == GEN_DNS) {
        told = parts_add(parts, at, len, TLS_CERTIFICATE_TEXT);
        parts_nul(parts, told);
    } else {
        struct chains_addr addr = { .family = len == 4 ? 4 : len == 16 ? 6 : 0 };
        char text[CHAINS_ADDR_TEXT];
        if (addr.family == 0)
            return;
        memcpy(addr.octets, at, len);
        told = parts_add(parts, text, chains_addr_text(&addr, text), sizeof text);
    }
    parts->names[parts->count++] = told;
}

static void parts_other_names(struct parts *parts, const X509 *x509)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    static const int types[] = { GEN_DNS, GEN_IPADD };
    for (size_t t = 0; t < 2; t++)
        for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
            parts_other_name(parts, sk_GENERAL_NAME_value(names, i), types[t]);
    GENERAL_NAMES_free(names);
}

/* Nanoseconds since 1970, held at the ends of what they can say: the years 1677 and 2262. */
static bool moment(const ASN1_TIME *from, int64_t *out)
{
    struct tm tm;
    if (!from || ASN1_TIME_to_tm(from, &tm) != 1)
        return false;
    /* Days of the calendar, with years that begin in March. */
    int64_t year = tm.tm_year + 1900 - (tm.tm_mon < 2);
    int64_t century = (year >= 0 ? year : year - 399) / 400;
    int64_t rest = year - century * 400;
    int64_t day = (153 * ((tm.tm_mon + 10) % 12) + 2) / 5 + tm.tm_mday - 1;
    int64_t days = century * 146097 + rest * 365 + rest / 4 - rest / 100 + day - 719468;
    int64_t seconds = ((days * 24 + tm.tm_hour) * 60 + tm.tm_min) * 60 + tm.tm_sec;
    const int64_t most = INT64_MAX / TIME_SECOND_NS;
    *out = seconds > most ? INT64_MAX : seconds < -most ? INT64_MIN : seconds * TIME_SECOND_NS;
    return true;
}

static void parts_key(struct parts *parts, const X509 *x509)
{
    struct chains_tls_certificate *certificate = &parts->certificate;
    int type = NID_undef;
    uint32_t bits = tls_certificate_key_bits(X509_get_X509_PUBKEY(x509), &type);
    bool curve = type == EVP_PKEY_EC;
    bool modulus = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS || type == EVP_PKEY_DSA;
    static const struct chains_name names[] = {
        { EVP_PKEY_RSA, "RSA" },
        { EVP_PKEY_RSA_PSS, "RSA-PSS" },
        { EVP_PKEY_DSA, "DSA" },
        { EVP_PKEY_EC, "EC" },
        { EVP_PKEY_ED25519, "Ed25519" },
        { EVP_PKEY_ED448, "Ed448" },
        { 0, NULL },
    };
    const char *name = chains_name_of(names, (uint32_t)type);
    certificate->key_type = name || type <= NID_undef ? name : OBJ_nid2sn(type);
    if (bits == 0 && (modulus || curve))
        certificate->trouble |= CHAINS_CERTIFICATE_ODD_KEY;
    if (bits == 0)
        return;
    certificate->key_bits = bits;
    certificate->has |= CHAINS_CERTIFICATE_HAS_KEY;
    if ((modulus && bits < STRONG_MODULUS) || (curve && bits < STRONG_CURVE))
        certificate->trouble |= CHAINS_CERTIFICATE_WEAK_KEY;
}

static void parts_signature(struct parts *parts, const X509 *x509)
{
    struct chains_tls_certificate *certificate = &parts->certificate;
    int type = X509_get_signature_nid(x509), hash = NID_undef;
    if (type == NID_undef)
        return;
    certificate->signature = OBJ_nid2ln(type);
    bool self = certificate->trouble & CHAINS_CERTIFICATE_SELF_SIGNED;
    bool weak = OBJ_find_sigid_algs(type, &hash, NULL) &&
                (hash == NID_md2 || hash == NID_md4 || hash == NID_md5 || hash == NID_sha1);
    if (weak && !self)
        certificate->trouble |= CHAINS_CERTIFICATE_WEAK_SIGNATURE;
}

static void parts_read(struct parts *parts, BIO *out, const X509 *x509)
{
    struct chains_tls_certificate *certificate = &parts->certificate;
    const X509_NAME *subject = X509_get_subject_name(x509);
    const X509_NAME *issuer = X509_get_issuer_name(x509);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    certificate->subject = parts_name(parts, out, subject);
    certificate->issuer = parts_name(parts, out, issuer);
    certificate->serial = parts_add(parts, ASN1_STRING_get0_data(serial),
                                    (size_t)ASN1_STRING_length(serial), SERIAL_MOST);
    if (moment(X509_get0_notBefore(x509), &certificate->not_before) &&
        moment(X509_get0_notAfter(x509), &certificate->not_after))
        certificate->has |= CHAINS_CERTIFICATE_HAS_TIMES;
    if (X509_NAME_cmp(subject, issuer) == 0)
        certificate->trouble |= CHAINS_CERTIFICATE_SELF_SIGNED;
    parts_common_name(parts, subject);
    parts_other_names(parts, x509);
    parts_key(parts, x509);
    parts_signature(parts, x509);
}

/*
 * Whether something failed for want of memory, and not for what was read. Errors are read from the
 * oldest on: that can be done only where none but ours are there.
 */
static bool no_memory(bool alone)
{
    bool lacking = false;
    for (unsigned long error; alone && (error = ERR_get_error()) != 0;)
        lacking = lacking || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    if (!alone)
        ERR_pop_to_mark();
    return lacking;
}

/* False: there is no memory. */
static bool take_apart(struct tls_certificates *certificates, struct chains_bytes der)
{
    struct parts *parts = &certificates->parts;
    memset(parts, 0, offsetof(struct parts, text));
    const bool alone = ERR_set_mark() == 0; /* no error of the program's is there */
    X509 *x509 = X509_new_ex(certificates->library, NULL);
    if (!x509) {
        ERR_pop_to_mark();
        return false;
    }
    const unsigned char *at = der.at;
    if (d2i_X509(&x509, &at, (long)der.len))
        parts_read(parts, certificates->out, x509);
    else
        parts->certificate.trouble = CHAINS_CERTIFICATE_UNREADABLE;
    X509_free(x509);
    return !no_memory(alone);
}

/* ---- what is kept ------------------------------------------------------------------------ */

static struct kept **place_of(struct tls_certificates *certificates, const uint8_t *sha256)
{
    uint64_t hash = siphash13(&certificates->key, sha256, CRYPTO_SHA256_LEN);
    struct kept **place = &certificates->bucket[hash & (certificates->buckets - 1)];
    while (*place && memcmp((*place)->sha256, sha256, CRYPTO_SHA256_LEN) != 0)
        place = &(*place)->next;
    return place;
}

static void unlist(struct tls_certificates *certificates, struct kept *kept)
{
    *(kept->older ? &kept->older->newer : &certificates->oldest) = kept->newer;
    *(kept->newer ? &kept->newer->older : &certificates->newest) = kept->older;
}

static void list_newest(struct tls_certificates *certificates, struct kept *kept)
{
    kept->older = certificates->newest;
    kept->newer = NULL;
    *(kept->older ? &kept->older->newer : &certificates->oldest) = kept;
    certificates->newest = kept;
}

static void drop_oldest(struct tls_certificates *certificates)
{
    struct kept *kept = certificates->oldest;
    *place_of(certificates, kept->sha256) = kept->next;
    unlist(certificates, kept);
    certificates->bytes -= kept->size;
    certificates->count--;
    pool_give(kept);
}

/* The same bytes at their new place. */
static struct chains_bytes moved(struct chains_bytes bytes, const uint8_t *from, uint8_t *to)
{
    return bytes.at ? (struct chains_bytes){ to + (bytes.at - from), bytes.len } : bytes;
}

/* What was taken apart, to keep. NULL: no memory. */
static struct kept *keep(struct tls_certificates *certificates, const uint8_t *sha256)
{
    const struct parts *parts = &certificates->parts;
    size_t names = parts->count * sizeof parts->names[0];
    size_t size = sizeof(struct kept) + names + parts->used;
    struct kept *kept = pool_take(certificates->pool, size);
    if (!kept)
        return NULL;
    while (certificates->oldest && (certificates->count >= certificates->most ||
                                    certificates->bytes + size > certificates->bytes_most ||
                                    pool_memory(certificates->pool) > certificates->pool_most))
        drop_oldest(certificates);
    uint8_t *text = (uint8_t *)kept + sizeof *kept + names;
    memcpy(text, parts->text, parts->used);
    kept->certificate = parts->certificate;
    kept->certificate.subject = moved(parts->certificate.subject, parts->text, text);
    kept->certificate.issuer = moved(parts->certificate.issuer, parts->text, text);
    kept->certificate.serial = moved(parts->certificate.serial, parts->text, text);
    kept->common_name = moved(parts->common_name, parts->text, text);
    for (uint32_t i = 0; i < parts->count; i++)
        kept->names[i] = moved(parts->names[i], parts->text, text);
    kept->certificate.names = (struct chains_list){ kept->names, parts->count };
    memcpy(kept->sha256, sha256, sizeof kept->sha256);
    kept->certificate.sha256 = (struct chains_bytes){ kept->sha256, sizeof kept->sha256 };
    kept->cut = parts->cut;
    kept->size = size;
    struct kept **place = place_of(certificates, sha256);
    kept->next = *place;
    *place = kept;
    list_newest(certificates, kept);
    certificates->count++;
    certificates->bytes += size;
    return kept;
}

/* ---- names ------------------------------------------------------------------------------- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool same(struct chains_bytes a, struct chains_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(chains_byte(a, i)) != lower(chains_byte(b, i)))
            return false;
    return true;
}

/* Without the dot that ends a name of DNS. */
static struct chains_bytes bare(struct chains_bytes name)
{
    if (name.len && chains_byte(name, name.len - 1) == '.')
        name.len--;
    return name;
}

/* Behind the first label, with the dot in front; empty: there is one label. */
static struct chains_bytes domain_of(struct chains_bytes name)
{
    const uint8_t *dot = name.len ? memchr(name.at, '.', name.len) : NULL;
    if (!dot)
        return (struct chains_bytes){ name.at, 0 };
    return chains_behind(name, (size_t)(dot - name.at));
}

static bool stands_for(struct chains_bytes pattern, struct chains_bytes name)
{
    pattern = bare(pattern);
    if (same(pattern, name))
        return true;
    struct chains_bytes domain = domain_of(name);
    bool wild =
        pattern.len > 2 && chains_byte(pattern, 0) == '*' && chains_byte(pattern, 1) == '.';
    bool deep = wild && memchr(chains_behind(pattern, 2).at, '.', pattern.len - 2) != NULL;
    return deep && domain.len > 0 && domain.at > name.at &&
           same(chains_behind(pattern, 1), domain);
}

static bool has_name(const struct kept *kept, struct chains_bytes name)
{
    const struct chains_list *names = &kept->certificate.names;
    name = bare(name);
    for (uint32_t i = 0; i < names->count; i++)
        if (stands_for(kept->names[i], name))
            return true;
    if (names->count == 0 && kept->common_name.len)
        return stands_for(kept->common_name, name);
    return false;
}

static uint32_t trouble_of(const struct kept *kept, const struct tls_certificate_about *about)
{
    const struct chains_tls_certificate *certificate = &kept->certificate;
    uint32_t trouble = certificate->trouble;
    if (certificate->has & CHAINS_CERTIFICATE_HAS_TIMES) {
        trouble |= about->now_ns > certificate->not_after ? CHAINS_CERTIFICATE_EXPIRED : 0u;
        trouble |= about->now_ns < certificate->not_before ? CHAINS_CERTIFICATE_NOT_YET : 0u;
    }
    bool readable = !(trouble & CHAINS_CERTIFICATE_UNREADABLE);
    if (readable && about->name.len && !kept->cut && !has_name(kept, about->name))
        trouble |= CHAINS_CERTIFICATE_OTHER_NAME;
    return trouble;
}

/* ---- telling ----------------------------------------------------------------------------- */

static bool copy(struct chains_bytes *bytes, struct chains_arena *arena)
{
    struct chains_bytes from = *bytes;
    *bytes = (struct chains_bytes){ NULL, 0 };
    if (from.len == 0)
        return true;
    uint8_t *at = chains_arena_take(arena, from.len);
    if (!at)
        return false;
    memcpy(at, from.at, from.len);
    *bytes = (struct chains_bytes){ at, from.len };
    return true;
}

/* A copy in the arena of all that is kept. False: it has no room for some of it. */
static bool tell(const struct kept *kept, struct chains_arena *arena,
                 struct chains_tls_certificate *out)
{
    *out = kept->certificate;
    out->names = (struct chains_list){ NULL, 0 };
    bool good = copy(&out->subject, arena);
    good = copy(&out->issuer, arena) && good;
    good = copy(&out->serial, arena) && good;
    good = copy(&out->sha256, arena) && good;
    uint32_t count = kept->certificate.names.count;
    if (!good || count == 0)
        return good;
    struct chains_bytes *names = chains_arena_take(arena, count * sizeof *names);
    for (uint32_t i = 0; good && names && i < count; i++) {
        names[i] = kept->names[i];
        good = copy(&names[i], arena);
    }
    if (good && names)
        out->names = (struct chains_list){ names, count };
    return good && names;
}

enum tls_certificate_status tls_certificate_read(struct tls_certificates *certificates,
                                                 struct chains_bytes der,
                                                 const struct tls_certificate_about *about,
                                                 struct chains_arena *arena,
                                                 struct chains_tls_certificate *out)
{
    uint8_t sha256[CRYPTO_SHA256_LEN];
    *out = (struct chains_tls_certificate){ .has = 0 };
    if (!crypto_hash(certificates->crypto, CRYPTO_SHA256, der, sha256))
        return TLS_CERTIFICATE_MEMORY;
    struct kept *kept = *place_of(certificates, sha256);
    if (kept) {
        unlist(certificates, kept);
        list_newest(certificates, kept);
    } else {
        kept = take_apart(certificates, der) ? keep(certificates, sha256) : NULL;
    }
    if (!kept)
        return TLS_CERTIFICATE_MEMORY;
    bool whole = tell(kept, arena, out) && !kept->cut;
    out->trouble = trouble_of(kept, about);
    return whole ? TLS_CERTIFICATE_READ : TLS_CERTIFICATE_LIMITED;
}
