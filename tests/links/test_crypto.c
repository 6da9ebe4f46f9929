/* SPDX-License-Identifier: MIT */
/*
 * Cryptography against what its specifications print: RFC 1321, FIPS 180 and 197, RFC 5869, RFC 8448,
 * RFC 9001, RFC 8439, the vectors of GCM and those of the PRF of TLS 1.2; and without memory.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "../check.h"
#include "links/crypto.h"

enum { MOST = 160 };

struct octets {
    uint8_t at[MOST];
    size_t len;
};

static struct octets from_hex(const char *hex)
{
    struct octets out = { .len = strlen(hex) / 2 };
    for (size_t i = 0; i < out.len; i++) {
        unsigned value = 0;
        sscanf(hex + 2 * i, "%2x", &value);
        out.at[i] = (uint8_t)value;
    }
    return out;
}

static struct chains_bytes bytes_of(const struct octets *octets)
{
    return (struct chains_bytes){ octets->at, octets->len };
}

static struct octets counting(uint8_t first, size_t len)
{
    struct octets out = { .len = len };
    for (size_t i = 0; i < len; i++)
        out.at[i] = (uint8_t)(first + i);
    return out;
}

static void check_hex(const uint8_t *got, size_t len, const char *want)
{
    const struct octets octets = from_hex(want);
    check_eq_bytes(got, len, octets.at, octets.len);
}

static void check_sums(struct crypto *crypto)
{
    static const struct chains_bytes abc = { (const uint8_t *)"abc", 3 }, none = { NULL, 0 };
    uint8_t out[CRYPTO_HASH_MOST];
    for (int twice = 0; twice < 2; twice++) {
        check(crypto_md5(crypto, abc, out));
        check_hex(out, CRYPTO_MD5_LEN, "900150983cd24fb0d6963f7d28e17f72");
        check(crypto_sha1(crypto, abc, out));
        check_hex(out, CRYPTO_SHA1_LEN, "a9993e364706816aba3e25717850c26c9cd0d89d");
        check(crypto_hash(crypto, CRYPTO_SHA256, abc, out));
        check_hex(out, CRYPTO_SHA256_LEN,
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        check(crypto_hash(crypto, CRYPTO_SHA384, abc, out));
        check_hex(out, crypto_hash_len(CRYPTO_SHA384),
                  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                  "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
        check(crypto_md5(crypto, none, out));
        check_hex(out, CRYPTO_MD5_LEN, "d41d8cd98f00b204e9800998ecf8427e");
    }
}

/* RFC 5869, A.1 to A.3: a salt shorter and longer than a block of the hash, and none. */
static void check_extract(struct crypto *crypto)
{
    struct octets key = { .len = 22 }, salt = counting(0, 13);
    memset(key.at, 0x0b, key.len);
    uint8_t out[CRYPTO_HASH_MOST];
    check(crypto_hkdf_extract(crypto, CRYPTO_SHA256, bytes_of(&salt), bytes_of(&key), out));
    check_hex(out, CRYPTO_SHA256_LEN,
              "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    check(crypto_hkdf_extract(crypto, CRYPTO_SHA256, (struct chains_bytes){ NULL, 0 },
                              bytes_of(&key), out));
    check_hex(out, CRYPTO_SHA256_LEN,
              "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    key = counting(0, 80);
    salt = counting(0x60, 80);
    check(crypto_hkdf_extract(crypto, CRYPTO_SHA256, bytes_of(&salt), bytes_of(&key), out));
    check_hex(out, CRYPTO_SHA256_LEN,
              "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
}

struct label {
    const char *secret, *label, *out;
};

static const struct label labels[] = {
    /* RFC 8448, 3: the server's handshake keys. */
    { "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", "key",
      "3fce516009c21727d0f2e4e86ee403bc" },
    { "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", "iv",
      "5d313eb2671276ee13000b30" },
    /* RFC 9001, A.1. */
    { "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44", "client in",
      "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea" },
    { "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44", "server in",
      "3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b" },
    { "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "quic key",
      "1f369613dd76d5467730efcbe3b1a22d" },
    { "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "quic iv",
      "fa044b2f42a3fd3b46fb255c" },
    { "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", "quic hp",
      "9f50449e04a0e810283a1e9933adedd2" },
    /* RFC 9001, A.5. */
    { "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b", "quic key",
      "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8" },
    { "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b", "quic ku",
      "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9" },
};

static void check_labels(struct crypto *crypto)
{
    uint8_t out[300];
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const struct octets secret = from_hex(labels[i].secret);
        size_t len = strlen(labels[i].out) / 2;
        check(crypto_expand_label(crypto, CRYPTO_SHA256, secret.at, labels[i].label, out, len));
        check_hex(out, len, labels[i].out);
    }
    const struct octets secret = from_hex(labels[0].secret);
    char label[80] = "";
    memset(label, 'a', sizeof label - 1);
    check(crypto_expand_label(crypto, CRYPTO_SHA256, secret.at, "key", out, 255));
    check(!crypto_expand_label(crypto, CRYPTO_SHA256, secret.at, "key", out, 256));
    check(!crypto_expand_label(crypto, CRYPTO_SHA256, secret.at, label, out, 16));
    label[58] = '\0'; /* with "tls13 " the longest */
    check(crypto_expand_label(crypto, CRYPTO_SHA256, secret.at, label, out, 16));
}

struct prf {
    enum crypto_hash hash;
    const char *secret, *seed, *out;
};

static const struct prf prfs[] = {
    { CRYPTO_SHA256, "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
      "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
      "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
      "87347b66" },
    { CRYPTO_SHA384, "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
      "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
      "e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
      "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
      "9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
      "91c8f3a26854308d5eaa3be85e0990703d73e56f" },
};

static void check_prf(struct crypto *crypto)
{
    for (size_t i = 0; i < sizeof prfs / sizeof prfs[0]; i++) {
        const struct octets secret = from_hex(prfs[i].secret), seed = from_hex(prfs[i].seed);
        const struct octets want = from_hex(prfs[i].out);
        for (size_t len = 0; len <= want.len; len++) {
            uint8_t out[MOST] = { 0 };
            if (!crypto_tls12_prf(crypto, prfs[i].hash, bytes_of(&secret), "test label",
                                  bytes_of(&seed), out, len) ||
                memcmp(out, want.at, len) != 0 || out[len] != 0)
                check_eq_u64(len, MOST); /* says which */
        }
        check_eq_u64(want.len, i ? 148 : 100);
    }
}

struct aead {
    enum crypto_cipher cipher;
    const char *key, *nonce, *more, *plain, *hidden; /* with its tag */
};

static const struct aead aeads[] = {
    /* Test cases 1, 2 and 4 of the specification of GCM, and 14 with the long key. */
    { CRYPTO_AES_128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
      "", "58e2fccefa7e3061367f1d57a4e7455a" },
    { CRYPTO_AES_128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
      "00000000000000000000000000000000",
      "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf" },
    { CRYPTO_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
      "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
      "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
      "5bc94fbc3221a5db94fae95ae7121a47" },
    { CRYPTO_AES_256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
      "000000000000000000000000", "", "00000000000000000000000000000000",
      "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
    /* RFC 8439, 2.8.2, and RFC 9001, A.5. */
    { CRYPTO_CHACHA20_POLY1305,
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
      "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
      "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
      "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
      "637265656e20776f756c642062652069742e",
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
      "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691" },
    { CRYPTO_CHACHA20_POLY1305,
      "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8",
      "e0459b3474bdd0e46d417eb0", "4200bff4", "01", "655e5cd55c41f69080575d7999c25a5bfb" },
};

/* Opened, and again after what could not be: a byte changed, what goes with it changed, cut. */
static void check_aead(struct crypto *crypto, const struct aead *aead)
{
    const struct octets key = from_hex(aead->key), nonce = from_hex(aead->nonce);
    const struct octets more = from_hex(aead->more), hidden = from_hex(aead->hidden);
    struct octets wrong = hidden, other = more;
    uint8_t out[MOST];
    check_eq_u64(crypto_key_len(aead->cipher), key.len);
    struct crypto_aead *open = crypto_aead_new(crypto, aead->cipher, key.at);
    if (!check(open))
        return;
    for (size_t i = 0; i < hidden.len; i++) {
        wrong.at[i] ^= 1;
        check(!crypto_aead_open(open, nonce.at, bytes_of(&more), bytes_of(&wrong), out));
        wrong.at[i] ^= 1;
    }
    for (size_t i = 0; i < more.len; i++) {
        other.at[i] ^= 1;
        check(!crypto_aead_open(open, nonce.at, bytes_of(&other), bytes_of(&hidden), out));
        other.at[i] ^= 1;
    }
    for (wrong.len = 0; wrong.len < hidden.len; wrong.len++)
        check(!crypto_aead_open(open, nonce.at, bytes_of(&more), bytes_of(&wrong), out));
    check(crypto_aead_open(open, nonce.at, bytes_of(&more), bytes_of(&hidden), out));
    check_hex(out, hidden.len - CRYPTO_TAG, aead->plain);
    uint8_t not_key[32] = { 7 };
    check(crypto_aead_key(open, not_key));
    check(!crypto_aead_open(open, nonce.at, bytes_of(&more), bytes_of(&hidden), out));
    check(crypto_aead_key(open, key.at));
    check(crypto_aead_open(open, nonce.at, bytes_of(&more), bytes_of(&hidden), out));
    check_hex(out, hidden.len - CRYPTO_TAG, aead->plain);
    crypto_aead_free(open);
}

/* FIPS 197, and the mask of RFC 9001, A.2. */
static void check_block(struct crypto *crypto)
{
    const struct octets key = from_hex("000102030405060708090a0b0c0d0e0f");
    const struct octets in = from_hex("00112233445566778899aabbccddeeff");
    const struct octets hp = from_hex("9f50449e04a0e810283a1e9933adedd2");
    const struct octets sample = from_hex("d1b1c98dd7689fb8ec11d242b123dc9b");
    uint8_t out[CRYPTO_BLOCK];
    for (int twice = 0; twice < 2; twice++) {
        check(crypto_aes128_block(crypto, key.at, in.at, out));
        check_hex(out, sizeof out, "69c4e0d86a7b0430d8cdb78070b4c55a");
        check(crypto_aes128_block(crypto, hp.at, sample.at, out));
        check_hex(out, 5, "437b9aec36");
    }
}

/* ---- without memory ------------------------------------------------------------------------- */

/* Where an allocation fails, libcrypto itself loses some others: they are not looked for. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define FORGET() __lsan_disable()
#define LOOK()   __lsan_enable()
#endif
#endif
#ifndef FORGET
#define FORGET()
#define LOOK()
#endif

static unsigned long allocations, fails_at; /* 0: none fails */
static bool fails_on;                       /* and every one behind it */

static bool allocation_fails(void)
{
    allocations++;
    return fails_at && (allocations == fails_at || (fails_on && allocations > fails_at));
}

static void *test_realloc(void *at, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (allocation_fails())
        return NULL;
    FORGET();
    void *moved = realloc(at, size);
    LOOK();
    return moved;
}

static void *test_malloc(size_t size, const char *file, int line)
{
    return test_realloc(NULL, size, file, line);
}

static void test_free(void *at, const char *file, int line)
{
    (void)file;
    (void)line;
    free(at);
}

/* Everything once: what could be done. */
static unsigned use_all(void)
{
    struct crypto *crypto = crypto_new();
    if (!crypto)
        return 0;
    static const uint8_t key[32];
    const struct chains_bytes in = { key, sizeof key };
    uint8_t out[CRYPTO_HASH_MOST];
    unsigned done = 1;
    done += crypto_md5(crypto, in, out);
    done += crypto_sha1(crypto, in, out);
    done += crypto_hash(crypto, CRYPTO_SHA384, in, out);
    done += crypto_expand_label(crypto, CRYPTO_SHA256, key, "quic key", out, 16);
    done += crypto_tls12_prf(crypto, CRYPTO_SHA256, in, "key expansion", in, out, 40);
    done += crypto_aes128_block(crypto, key, key, out);
    for (int i = 0; i < CRYPTO_CIPHERS; i++) {
        struct crypto_aead *aead = crypto_aead_new(crypto, (enum crypto_cipher)i, key);
        done += aead != NULL;
        if (aead)
            crypto_aead_open(aead, key, in, in, out);
        crypto_aead_free(aead);
    }
    crypto_free(crypto);
    return done;
}

static void check_memory(void)
{
    unsigned whole = use_all(), less = 0;
    check_eq_u64(whole, 7 + CRYPTO_CIPHERS);
    allocations = 0;
    use_all();
    const unsigned long count = allocations;
    check(count > 100);
    for (int on = 0; on < 2; on++) {
        for (unsigned long at = 1; at <= count; at += on ? 29 : 2) {
            allocations = 0;
            fails_on = on;
            fails_at = at;
            unsigned done = use_all();
            fails_at = 0;
            less += done < whole;
        }
    }
    check(less > 0);
    check_eq_u64(use_all(), whole);
}

/* The errors of the thread are the program's: none is taken, and none is left. */
static void check_errors(bool some)
{
    static const uint8_t zeros[64];
    static const struct chains_bytes in = { zeros, sizeof zeros }, none = { NULL, 0 };
    const unsigned long mine = ERR_PACK(ERR_LIB_USER, 0, ERR_R_INTERNAL_ERROR);
    uint8_t out[256], other[256];
    ERR_clear_error();
    if (some)
        ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    struct crypto *crypto = crypto_new();
    check(crypto_sha1(crypto, in, out) && crypto_hash(crypto, CRYPTO_SHA384, in, out));
    check(crypto_expand_label(crypto, CRYPTO_SHA256, zeros, "x", out, 32));
    check(crypto_aes128_block(crypto, zeros, zeros, out));
    for (int cipher = 0; cipher < CRYPTO_CIPHERS; cipher++) {
        struct crypto_aead *aead = crypto_aead_new(crypto, (enum crypto_cipher)cipher, zeros);
        check(aead && crypto_aead_key(aead, zeros));
        check(!crypto_aead_open(aead, zeros, none, in, other));
        crypto_aead_free(aead);
    }
    crypto_free(crypto);
    check_eq_u64(ERR_peek_error(), some ? mine : 0);
    ERR_get_error();
    check_eq_u64(ERR_peek_error(), 0);
}

int main(void)
{
    check(CRYPTO_set_mem_functions(test_malloc, test_realloc, test_free) == 1);
    struct crypto *crypto = crypto_new();
    if (!check(crypto))
        return check_done();
    check_sums(crypto);
    check_extract(crypto);
    check_labels(crypto);
    check_prf(crypto);
    for (size_t i = 0; i < sizeof aeads / sizeof aeads[0]; i++)
        check_aead(crypto, &aeads[i]);
    check_block(crypto);
    crypto_free(crypto);
    crypto_free(NULL);
    crypto_aead_free(NULL);
    check(crypto_library()[0] == '3');
    check_errors(false);
    check_errors(true);
    check_memory();
    return check_done();
}
