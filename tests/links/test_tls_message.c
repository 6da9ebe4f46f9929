/* SPDX-License-Identifier: MIT */
/*
 * Hellos on their way into the layer: everything is there in host order, and stays when the body goes;
 * too little room is counted, and gives less.
 */
#include "../../src/links/tls_message.h"
#include "../../src/record/arena.h"
#include "../check.h"
#include "../dissect/tls_wire.h"

static struct tls_wire wire;
static struct chains_arena arena;
static struct crypto *crypto;

/* Hands over a copy that is gone when the hello has been read. */
static struct chains_tls_message *read_client(struct tls_message_list *list,
                                              enum chains_tls_over over)
{
    uint8_t *copy = malloc(wire.len ? wire.len : 1);
    if (!copy)
        return NULL;
    memcpy(copy, wire.bytes, wire.len);
    struct chains_tls_message *message =
        tls_message_client_hello(list, over, (struct chains_bytes){ copy, wire.len });
    memset(copy, 0xee, wire.len);
    free(copy);
    return message;
}

static void check_numbers(struct chains_list list, const uint16_t *want, uint32_t count)
{
    check_eq_bytes(list.items, list.count * sizeof *want, want, count * sizeof *want);
}

static void check_protocol(struct chains_list list, uint32_t at, const char *want)
{
    const struct chains_bytes *items = list.items;
    if (check(at < list.count))
        check_eq_bytes(items[at].at, items[at].len, want, strlen(want));
}

#define NUMBERS(...)                                                                           \
    (const uint16_t[]){ __VA_ARGS__ }, sizeof((const uint16_t[]){ __VA_ARGS__ }) / 2

static void test_client(void)
{
    struct tls_message_list list = { .arena = &arena, .crypto = crypto };
    tls_browser(&wire, "4469", true, true);
    const struct chains_tls_message *message = read_client(&list, CHAINS_TLS_OVER_QUIC);
    if (!check(message != NULL))
        return;
    check_eq_u64(list.count, 1);
    check(!list.limited);
    check_eq_u64(message->kind, CHAINS_TLS_CLIENT_HELLO);
    check_eq_u64(message->over, CHAINS_TLS_OVER_QUIC);
    check_eq_u64(message->from, CHAINS_TLS_FROM_CLIENT);
    check_eq_u64(message->version, 771);
    check_eq_u64(message->protocol, 0x0304);
    check_eq_u64(message->ech, CHAINS_TLS_ECH_OFFERED);
    check_eq_u64(message->weird, 0);
    check_eq_bytes(message->sni.at, message->sni.len, "www.example.org", 15);
    check_eq_u64(message->alpn.count, 2);
    check_protocol(message->alpn, 0, "h2");
    check_protocol(message->alpn, 1, "http/1.1");
    check_numbers(message->versions, NUMBERS(0x3a3a, 0x0304, 0x0303));
    check_numbers(message->groups, NUMBERS(0x4a4a, 29, 23, 24));
    check_numbers(message->key_shares, NUMBERS(0x2a2a, 29));
    check_numbers(message->signature_algorithms,
                  NUMBERS(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601));
    check_numbers(message->ciphers,
                  NUMBERS(0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                          0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035));
    check_numbers(message->extensions, NUMBERS(0x1a1a, 0x001b, 0, 0x0033, 0x0010, 0x4469,
                                               0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
                                               0x002b, 0xff01, 0x000b, 0x000a, 0xfe0d, 0x5a5a));
    check_eq_bytes(message->point_formats.items, message->point_formats.count, "\0", 1);
    check(message->ja4 && message->ja3 == NULL);
}

static void test_server(void)
{
    struct tls_message_list list = { .arena = &arena, .crypto = crypto };
    tls_server_head(&wire, 0x0303, TLS_RETRY_RANDOM, 0x1301);
    size_t all = tls_begin(&wire);
    tls_extension(&wire, 43, "0304");
    tls_extension(&wire, 51, "0018");
    tls_end(&wire, all);
    const struct chains_tls_message *message =
        tls_message_server_hello(&list, CHAINS_TLS_OVER_TCP, tls_bytes(&wire));
    check_eq_u64(message->kind, CHAINS_TLS_SERVER_HELLO);
    check_eq_u64(message->from, CHAINS_TLS_FROM_SERVER);
    check_eq_u64(message->has, CHAINS_TLS_HAS_VERSION | CHAINS_TLS_HAS_PROTOCOL |
                                   CHAINS_TLS_HAS_CIPHER | CHAINS_TLS_HAS_GROUP);
    check_eq_u64(message->cipher, 0x1301);
    check_eq_u64(message->group, 0x0018);
    check_eq_u64(message->retry, 1);
    check_eq_u64(message->resumed, 0);
}

/* SSL 2.0's own ciphers have no number in the registry. */
static void test_old(void)
{
    struct tls_message_list list = { .arena = &arena, .crypto = crypto, .ja3 = true };
    wire.len = 0;
    tls_hex(&wire, "0301 000c 0000 0010  010080 000004 0700c0 00002f");
    tls_fill(&wire, 0xcc, 16);
    const struct chains_tls_message *message = tls_message_old_hello(&list, tls_bytes(&wire));
    check_eq_u64(message->weird, CHAINS_TLS_OLD);
    check_eq_u64(message->protocol, 0x0301);
    check_numbers(message->ciphers, NUMBERS(0x0004, 0x002f));
    check(message->ja4 == NULL && message->ja3 == NULL);
}

/* DTLS has a cookie where TLS has the ciphers. */
static void test_dtls(void)
{
    struct tls_message_list list = { .arena = &arena };
    tls_head(&wire, 0xfefd, 0, 16, "c02b");
    const struct chains_tls_message *message = read_client(&list, CHAINS_TLS_OVER_DTLS);
    check_numbers(message->ciphers, NUMBERS(0xc02b));
    check_eq_u64(message->retry, 1);
    check_eq_u64(message->weird, 0);
}

/* Several in one record: they move as the list grows, and keep what they say. */
static void test_several(void)
{
    struct tls_message_list list = { .arena = &arena };
    for (unsigned i = 0; i < 9; i++) {
        tls_head(&wire, 0x0303, 0, -1, "1301");
        size_t all = tls_begin(&wire);
        tls_name(&wire, &"abcdefghi"[i], 1);
        tls_end(&wire, all);
        check(read_client(&list, CHAINS_TLS_OVER_TCP) == &list.items[i]);
    }
    struct chains_tls_message *alert = tls_message_add(&list, CHAINS_TLS_ALERT, 0);
    check_eq_u64(alert->kind, CHAINS_TLS_ALERT);
    check_eq_u64(alert->has, 0);
    check_eq_u64(list.count, 10);
    for (unsigned i = 0; i < 9; i++)
        check(list.items[i].sni.len == 1 && list.items[i].sni.at[0] == 'a' + i);
}

static void test_copies(void)
{
    struct tls_message_list list = { .arena = &arena };
    char text[] = "history";
    struct chains_bytes bytes = { (const uint8_t *)text, 7 };
    struct chains_bytes copy = tls_message_bytes(&list, bytes);
    const char *same = tls_message_text(&list, text);
    memset(text, 'x', 7);
    check_eq_bytes(copy.at, copy.len, "history", 7);
    check_eq_text(same, "history");
    check_eq_text(tls_message_text(&list, NULL), NULL);
    check_eq_u64(tls_message_bytes(&list, (struct chains_bytes){ NULL, 0 }).len, 0);
    check(!list.limited);
}

/* With any amount of room: what is there is right, and what is lacking is counted. */
static void test_room(void)
{
    struct chains_tls_message whole;
    unsigned limited = 0, wrong = 0, silent = 0;
    struct tls_message_list first = { .arena = &arena, .crypto = crypto, .ja3 = true };
    tls_browser(&wire, "4469", true, true);
    whole = *read_client(&first, CHAINS_TLS_OVER_TCP);
    for (size_t ceiling = 0; ceiling < 2048; ceiling += 8) {
        struct chains_arena small;
        arena_init(&small, ceiling);
        struct tls_message_list list = { .arena = &small, .crypto = crypto, .ja3 = true };
        const struct chains_tls_message *message = read_client(&list, CHAINS_TLS_OVER_TCP);
        limited += list.limited;
        if (message) {
            wrong += message->ciphers.count && message->ciphers.count != whole.ciphers.count;
            wrong += message->alpn.count && message->alpn.count != whole.alpn.count;
            wrong += message->sni.len && message->sni.len != whole.sni.len;
            wrong += message->ja4 && strcmp(message->ja4, whole.ja4) != 0;
            wrong += message->ja3 && strcmp(message->ja3, whole.ja3) != 0;
        }
        bool complete = message && message->ciphers.count && message->groups.count &&
                        message->extensions.count && message->alpn.count && message->ja4 &&
                        message->ja3 && message->signature_algorithms.count &&
                        message->key_shares.count && message->versions.count &&
                        message->point_formats.count && message->sni.len;
        silent += complete == list.limited;
        arena_free(&small);
    }
    check_eq_u64(wrong, 0);
    check_eq_u64(silent, 0);
    check(limited > 32 && limited < 256);
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    crypto = crypto_new();
    if (check(crypto != NULL)) {
        test_client();
        test_server();
        test_old();
        test_dtls();
        test_several();
        test_copies();
        test_room();
    }
    crypto_free(crypto);
    arena_free(&arena);
    return check_done();
}
