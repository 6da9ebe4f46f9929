/* SPDX-License-Identifier: MIT */
/*
 * Hellos that lie: cut at every byte, with every byte changed, with too much of everything. They lie
 * directly before a page that cannot be read; slices stay inside, lists hold whole items, what was
 * read before is kept.
 */
#include "../../src/dissect/tls_hello.h"
#include "../check.h"
#include "tls_wire.h"

#include <sys/mman.h>
#include <unistd.h>

static struct tls_wire wire;
static struct tls_hello hello;

/* The end of readable pages, with a page behind it that is not. */
static uint8_t *guard_edge(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + 3 * page, page, PROT_NONE) != 0)
        return NULL;
    return pages + 3 * page;
}

static bool inside(struct chains_bytes part, struct chains_bytes whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static bool is_run(struct tls_run run, size_t item, struct chains_bytes body)
{
    return inside(run.bytes, body) && run.bytes.len == run.count * item;
}

/* Everything that a hello slices lies in the body, and each run can be walked to its end. */
static bool is_sound(struct chains_bytes body)
{
    struct tls_extension extension;
    struct chains_bytes protocol;
    uint16_t group;
    struct chains_reader in = chains_reader_over(hello.extensions.bytes);
    for (uint32_t i = 0; i < hello.extensions.count; i++)
        if (!tls_next_extension(&in, &extension))
            return false;
    if (chains_left(&in) || !inside(hello.extensions.bytes, body))
        return false;
    in = chains_reader_over(hello.alpn.bytes);
    for (uint32_t i = 0; i < hello.alpn.count; i++)
        if (!tls_next_protocol(&in, &protocol))
            return false;
    if (chains_left(&in) || !inside(hello.alpn.bytes, body))
        return false;
    in = chains_reader_over(hello.key_shares.bytes);
    for (uint32_t i = 0; i < hello.key_shares.count; i++)
        if (!tls_next_key_share(&in, &group))
            return false;
    return chains_left(&in) == 0 && inside(hello.key_shares.bytes, body) &&
           inside(hello.random, body) && inside(hello.session_id, body) &&
           inside(hello.sni, body) && is_run(hello.ciphers, hello.old ? 3 : 2, body) &&
           is_run(hello.versions, 2, body) && is_run(hello.groups, 2, body) &&
           is_run(hello.signature_algorithms, 2, body) && is_run(hello.point_formats, 1, body);
}

/* Reads it in each way that there is; the hello of the first one is left. */
static bool sound_in_all(struct chains_bytes body)
{
    tls_server_hello_read(body, &hello);
    bool sound = is_sound(body);
    tls_old_hello_read(body, &hello);
    sound = sound && is_sound(body);
    tls_client_hello_read(body, true, &hello);
    sound = sound && is_sound(body);
    tls_client_hello_read(body, false, &hello);
    return sound && is_sound(body);
}

/* Cut short it is marked, and lists only get shorter. */
static void test_prefixes(uint8_t *edge)
{
    unsigned unsound = 0, unmarked = 0, shrunk = 0;
    uint32_t ciphers = 0, extensions = 0;
    size_t whole_at = 2 + 32 + 1 + 32 + 2 + 32 + 2;
    tls_browser(&wire, "4469", true, false);
    for (size_t len = 0; len < wire.len; len++) {
        memcpy(edge - len, wire.bytes, len);
        unsound += !sound_in_all((struct chains_bytes){ edge - len, len });
        unmarked += !(hello.weird & CHAINS_TLS_BAD_LENGTH) && len != whole_at;
        unmarked += hello.whole != (len == whole_at);
        shrunk += hello.ciphers.count < ciphers || hello.extensions.count < extensions;
        ciphers = hello.ciphers.count;
        extensions = hello.extensions.count;
    }
    check_eq_u64(unsound, 0);
    check_eq_u64(unmarked, 0);
    check_eq_u64(shrunk, 0);
    check_eq_u64(ciphers, 16);
    check_eq_u64(extensions, 17);
}

static void test_server_prefixes(uint8_t *edge)
{
    unsigned unsound = 0, unmarked = 0;
    tls_server_head(&wire, 0x0303, NULL, 0x1302);
    size_t whole_at = wire.len, all = tls_begin(&wire);
    tls_extension(&wire, 43, "0304");
    tls_extension(&wire, 51, "001d 0004 01020304");
    tls_list(&wire, 16, "02 6832");
    tls_end(&wire, all);
    for (size_t len = 0; len < wire.len; len++) {
        struct chains_bytes body = { edge - len, len };
        memcpy(edge - len, wire.bytes, len);
        tls_server_hello_read(body, &hello);
        unsound += !is_sound(body);
        unmarked += !(hello.weird & CHAINS_TLS_BAD_LENGTH) && len != whole_at;
        unmarked += hello.whole != (len == whole_at);
        unmarked += !(hello.has & CHAINS_TLS_HAS_CIPHER) != (len < whole_at - 1);
    }
    check_eq_u64(unsound, 0);
    check_eq_u64(unmarked, 0);
}

/* Each byte takes some values that are hard for lengths. */
static void test_changes(uint8_t *edge)
{
    static const uint8_t values[] = { 0, 1, 2, 3, 0x10, 0x7f, 0x80, 0xfe, 0xff };
    unsigned unsound = 0;
    for (int kind = 0; kind < 2; kind++) {
        tls_browser(&wire, "44cd", kind, !kind);
        uint8_t *copy = edge - wire.len;
        memcpy(copy, wire.bytes, wire.len);
        for (size_t at = 0; at < wire.len; at++) {
            for (size_t i = 0; i < sizeof values; i++) {
                copy[at] = values[i];
                unsound += !sound_in_all((struct chains_bytes){ copy, wire.len });
            }
            copy[at] = wire.bytes[at];
        }
    }
    check_eq_u64(unsound, 0);
}

/* One length that is wrong in one extension leaves the others as they are. */
static void test_one_bad(void)
{
    static const struct {
        unsigned type;
        const char *body;
        uint32_t groups, formats, algorithms, versions, protocols, shares;
    } cases[] = {
        { 10, "0003 001d 00", 1, 0, 0, 0, 0, 0 },
        { 10, "0002 001d 0017", 1, 0, 0, 0, 0, 0 },
        { 10, "0006 001d 0017", 2, 0, 0, 0, 0, 0 },
        { 10, "00", 0, 0, 0, 0, 0, 0 },
        { 11, "02 00", 0, 1, 0, 0, 0, 0 },
        { 11, "", 0, 0, 0, 0, 0, 0 },
        { 13, "ffff 0403 08", 0, 0, 1, 0, 0, 0 },
        { 43, "03 0304 03", 0, 0, 0, 1, 0, 0 },
        { 16, "0006 02 6832 02 68", 0, 0, 0, 0, 1, 0 },
        { 16, "0004 02 6832 00", 0, 0, 0, 0, 2, 0 }, /* the second has no letters */
        { 51, "000c 001d 0001 ff 0017 ffff 00", 0, 0, 0, 0, 0, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tls_head(&wire, 0x0303, 0, -1, "1301,1302");
        size_t all = tls_begin(&wire);
        tls_extension(&wire, cases[i].type, cases[i].body);
        tls_name(&wire, "a.example", 9);
        tls_end(&wire, all);
        tls_client_hello_read(tls_bytes(&wire), false, &hello);
        check_eq_u64(hello.weird, CHAINS_TLS_BAD_LENGTH);
        check_eq_u64(hello.groups.count, cases[i].groups);
        check_eq_u64(hello.point_formats.count, cases[i].formats);
        check_eq_u64(hello.signature_algorithms.count, cases[i].algorithms);
        check_eq_u64(hello.versions.count, cases[i].versions);
        check_eq_u64(hello.alpn.count, cases[i].protocols);
        check_eq_u64(hello.key_shares.count, cases[i].shares);
        check_eq_bytes(hello.sni.at, hello.sni.len, "a.example", 9);
        check(hello.whole);
    }
}

/* The length of the whole list, and what stands behind it. */
static void test_list_length(void)
{
    for (int more = -1; more <= 1; more++) {
        tls_head(&wire, 0x0303, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        tls_name(&wire, "a.example", 9);
        tls_extension(&wire, 23, "");
        tls_end(&wire, all);
        wire.bytes[all - 1] = (uint8_t)(wire.bytes[all - 1] + more);
        tls_client_hello_read(tls_bytes(&wire), false, &hello);
        check_eq_u64(hello.weird, more ? CHAINS_TLS_BAD_LENGTH : 0);
        check_eq_u64(hello.extensions.count, more < 0 ? 1 : 2);
        check_eq_u64(hello.sni.len, 9);
    }
    tls_head(&wire, 0x0303, 0, -1, "1301");
    size_t all = tls_begin(&wire);
    tls_extension(&wire, 23, "");
    tls_end(&wire, all);
    tls_u8(&wire, 0);
    tls_client_hello_read(tls_bytes(&wire), false, &hello);
    check_eq_u64(hello.weird, CHAINS_TLS_BAD_LENGTH);
    check_eq_u64(hello.extensions.count, 1);
}

static void test_session_id(void)
{
    tls_head(&wire, 0x0303, 32, -1, "1301");
    tls_client_hello_read(tls_bytes(&wire), false, &hello);
    check_eq_u64(hello.weird, 0);
    tls_head(&wire, 0x0303, 33, -1, "1301");
    tls_client_hello_read(tls_bytes(&wire), false, &hello);
    check_eq_u64(hello.weird, CHAINS_TLS_BAD_LENGTH);
    check_eq_u64(hello.ciphers.count, 1);
}

/* As many extensions as there may be, one more; types that all differ, and one twice. */
static void test_many_extensions(void)
{
    for (unsigned count = TLS_MOST_EXTENSIONS - 1; count <= TLS_MOST_EXTENSIONS + 1; count++) {
        tls_head(&wire, 0x0303, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        for (unsigned i = 0; i < count; i++)
            tls_extension(&wire, 100 + 128 * i, "");
        tls_end(&wire, all);
        tls_client_hello_read(tls_bytes(&wire), false, &hello);
        bool many = count > TLS_MOST_EXTENSIONS;
        check_eq_u64(hello.weird, many ? CHAINS_TLS_MANY_EXTENSIONS : 0);
        check_eq_u64(hello.extensions.count, many ? TLS_MOST_EXTENSIONS : count);
        check(hello.whole == !many);
        check(!(hello.has & CHAINS_TLS_HAS_PROTOCOL) == many);
    }
    static const unsigned types[] = { 0, 63, 64, 2047, 2048, 0xfe0d, 0xffff };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        tls_head(&wire, 0x0303, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        tls_extension(&wire, types[i], "0004 00 0001 61");
        tls_extension(&wire, types[i] ^ 1, "");
        tls_extension(&wire, types[i], "0004 00 0001 62");
        tls_end(&wire, all);
        tls_client_hello_read(tls_bytes(&wire), false, &hello);
        check(hello.weird & CHAINS_TLS_REPEATED_EXTENSION);
        check_eq_u64(hello.extensions.count, 3);
        if (types[i] == 0)
            check_eq_bytes(hello.sni.at, hello.sni.len, "a", 1); /* the first counts */
    }
}

/* Ciphers to the end of the largest list that there can be. */
static void test_many_ciphers(void)
{
    tls_head(&wire, 0x0303, 0, -1, "");
    wire.len = 2 + 32 + 1;
    tls_u16(&wire, 65534);
    tls_fill(&wire, 0x13, 65534);
    tls_hex(&wire, "0100");
    tls_client_hello_read(tls_bytes(&wire), false, &hello);
    check_eq_u64(hello.weird, 0);
    check_eq_u64(hello.ciphers.count, 32767);
}

int main(void)
{
    uint8_t *edge = guard_edge();
    if (!check(edge != NULL))
        return check_done();
    test_prefixes(edge);
    test_server_prefixes(edge);
    test_changes(edge);
    test_one_bad();
    test_list_length();
    test_session_id();
    test_many_extensions();
    test_many_ciphers();
    return check_done();
}
