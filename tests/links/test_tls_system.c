/* SPDX-License-Identifier: MIT */
/*
 * TLS and the system: no memory for a connection is said, a look at a key log that has not grown is one
 * stat(2), one question reads a bounded piece of it, and no secret is left in memory that is freed.
 */
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls_script.h"

#include "links/tls_keyfile.h"
#include "sources/secrets.h"

#define SECRET "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *at);
int __real_stat(const char *path, struct stat *about);
int __real_stat64(const char *path, struct stat64 *about);
int __real_fstat(int fd, struct stat *about);
int __real_fstat64(int fd, struct stat64 *about);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *at);
int __wrap_stat(const char *path, struct stat *about);
int __wrap_stat64(const char *path, struct stat64 *about);
int __wrap_fstat(int fd, struct stat *about);
int __wrap_fstat64(int fd, struct stat64 *about);

/* volatile: a compiler knows of free() that it changes none of these. */
static volatile bool no_memory;
static volatile unsigned stats, leaks;
static const char *volatile leak_text; /* what must not be left behind, as it is */
static volatile size_t leak_len;

/* What the test itself takes is smaller. */
void *__wrap_malloc(size_t size)
{
    return no_memory && size >= sizeof(struct tls_flow_open) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return no_memory ? NULL : __real_calloc(count, size);
}

void __wrap_free(void *at)
{
    if (at && leak_text && memmem(at, malloc_usable_size(at), leak_text, leak_len))
        leaks++;
    __real_free(at);
}

int __wrap_stat(const char *path, struct stat *about)
{
    stats++;
    return __real_stat(path, about);
}

int __wrap_stat64(const char *path, struct stat64 *about)
{
    stats++;
    return __real_stat64(path, about);
}

int __wrap_fstat(int fd, struct stat *about)
{
    stats++;
    return __real_fstat(fd, about);
}

int __wrap_fstat64(int fd, struct stat64 *about)
{
    stats++;
    return __real_fstat64(fd, about);
}

static char path[] = "/tmp/test_tls_system.XXXXXX";

/* ---- no memory --------------------------------------------------------------------------- */

static void test_no_memory(void)
{
    static struct script script;
    static struct wire wire, body;
    struct crypto *crypto = crypto_new();
    struct tls_certificates *certificates = tls_certificates_new(crypto, 16);
    script_new(&script, crypto, certificates);
    put_client(&body, &(const struct hello){ .name = "a.test" });
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    no_memory = true;
    script_give(&script, CHAINS_ORIG, &wire);
    no_memory = false;
    check(script.context.no_memory);
    check_eq_u64(script.status, TLS_FLOW_NO_MEMORY);
    script_end(&script);
    arena_free(&script.arena);
    tls_certificates_free(certificates);
    crypto_free(crypto);
}

/* ---- the key log ------------------------------------------------------------------------- */

/* `n` is the connection, behind `at` bytes of nothing. */
static void put_line(const char *mode, unsigned n, long at)
{
    FILE *file = fopen(path, mode);
    check(file != NULL);
    fseek(file, at, SEEK_SET);
    fprintf(file, "\nCLIENT_TRAFFIC_SECRET_0 %064x %s\n", n, SECRET);
    fclose(file);
}

static bool knows(struct tls_keys *keys, unsigned n)
{
    uint8_t random[TLS_RANDOM] = { [TLS_RANDOM - 1] = (uint8_t)n };
    return tls_keys_find(keys, TLS_SECRET_CLIENT_TRAFFIC, random) != NULL;
}

static void refresh(struct tls_keys *keys)
{
    char why[400];
    check(tls_keys_refresh(keys, NULL, why, sizeof why));
}

static void test_cheap(void)
{
    put_line("w", 1, 0);
    struct tls_keys *keys = tls_keys_new(8);
    check(tls_keys_follow(keys, path));
    refresh(keys);
    check(knows(keys, 1));
    stats = 0;
    for (unsigned i = 0; i < 10; i++)
        refresh(keys);
    check_eq_u64(stats, 10);
    put_line("a", 2, 0);
    refresh(keys);
    check(knows(keys, 2));
    tls_keys_free(keys);
}

/* One question reads no more than one look does; the next ones go on. */
static void test_bounded(void)
{
    put_line("w", 3, 3L * TLS_KEYFILE_LOOK);
    struct tls_keys *keys = tls_keys_new(8);
    check(tls_keys_follow(keys, path));
    refresh(keys);
    for (unsigned i = 0; i < 2; i++)
        check(!knows(keys, 3));
    check(knows(keys, 3));
    tls_keys_free(keys);
}

/* ---- what is left behind ----------------------------------------------------------------- */

static void test_nothing_left(void)
{
    uint8_t raw[32];
    for (unsigned i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(i % 16 * 0x11);
    put_line("w", 1, 0);
    struct tls_keys *keys = tls_keys_new(8);
    struct crypto *crypto = crypto_new();
    check(tls_keys_follow(keys, path));
    refresh(keys);
    struct tls_decrypt_about about = { .protocol = 0x0304, .cipher = 0x1301 };
    about.client_random[TLS_RANDOM - 1] = 1;
    bool memory;
    struct tls_decrypt *decrypt = tls_decrypt_new(&about, keys, crypto, &memory);
    struct chains_arena arena;
    struct chains_bytes out;
    static const uint8_t record[100];
    uint8_t type = 23;
    arena_init(&arena, 1 << 16);
    tls_decrypt_record(decrypt, CHAINS_ORIG, &type, 0x0303,
                       (struct chains_bytes){ record, sizeof record }, &arena, &out);
    leaks = 0;
    leak_text = (const char *)raw;
    leak_len = sizeof raw;
    /* The check sees what it is for; a compiler that knew free() would leave out the copy. */
    void (*volatile give_back)(void *) = free;
    char *copy = malloc(100);
    memcpy(copy + 60, raw, sizeof raw);
    give_back(copy);
    check_eq_u64(leaks, 1);
    tls_decrypt_free(decrypt);
    leak_text = NULL;
    check_eq_u64(leaks, 1);
    leak_text = (const char *)raw;
    tls_keys_free(keys);
    check_eq_u64(leaks, 1);
    arena_free(&arena);
    leak_text = SECRET;
    leak_len = strlen(SECRET);
    keys = tls_keys_new(8);
    check(tls_keys_follow(keys, path));
    refresh(keys);
    tls_keys_free(keys); /* and the buffer of its file */
    check_eq_u64(leaks, 1);
    leak_text = NULL;
    crypto_free(crypto);
}

/* Those of a capture file, which grow over their first room. */
static void test_nothing_left_of_source(void)
{
    struct secrets secrets = { .room = 0 };
    leaks = 0;
    leak_text = SECRET;
    leak_len = strlen(SECRET);
    for (unsigned i = 0; i < 1000; i++)
        check(secrets_add(&secrets, (const uint8_t *)SECRET "\n", strlen(SECRET) + 1));
    check_eq_u64(secrets.found.len, 1000 * (strlen(SECRET) + 1));
    check(memcmp(secrets.found.text + 999 * 65, SECRET "\n", 65) == 0);
    secrets_close(&secrets);
    leak_text = NULL;
    check_eq_u64(leaks, 0);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0) {
        printf("Bail out! no file\n");
        return 1;
    }
    close(fd);
    test_no_memory();
    test_cheap();
    test_bounded();
    test_nothing_left();
    test_nothing_left_of_source();
    unlink(path);
    return check_done();
}
