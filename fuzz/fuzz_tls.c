/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the body of a hello. The first byte says whose, in which form, over what, and how much
 * room there is; the rest is the body. Whatever it is: lists are no longer than what was sent, all of
 * them can be read, fingerprints have their form, and a second reading says the same. Build and run:
 *
 *     script/fuzz tls 60
 */
#include "../src/dissect/tls_hello.h"
#include "../src/links/tls_message.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Reads all of it, so that a sanitizer sees what is not there. */
static void touch(const void *items, size_t size)
{
    const uint8_t *bytes = items;
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
}

static void check_list(struct chains_list list, size_t item, size_t most)
{
    must(list.count <= most && (list.count == 0 || list.items));
    touch(list.items, list.count * item);
}

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

static void check_fingerprints(const struct chains_tls_message *message)
{
    if (message->ja4)
        must(strlen(message->ja4) == 36 && strchr("tqd", message->ja4[0]) &&
             message->ja4[10] == '_' && is_hex(message->ja4 + 11, 12) &&
             message->ja4[23] == '_' && is_hex(message->ja4 + 24, 12));
    if (message->ja3)
        must(strlen(message->ja3) == 32 && is_hex(message->ja3, 32));
    if (message->ja3s)
        must(strlen(message->ja3s) == 32 && is_hex(message->ja3s, 32));
}

static void check_message(const struct chains_tls_message *message, size_t size)
{
    const struct chains_bytes *protocol = message->alpn.items;
    check_list(message->ciphers, 2, size / 2);
    check_list(message->versions, 2, 127);
    check_list(message->groups, 2, size / 2);
    check_list(message->key_shares, 2, size / 4);
    check_list(message->signature_algorithms, 2, size / 2);
    check_list(message->extensions, 2, TLS_MOST_EXTENSIONS);
    check_list(message->point_formats, 1, 255);
    must(message->extensions.count <= size / 4);
    must(message->alpn.count <= size);
    for (uint32_t i = 0; i < message->alpn.count; i++) {
        must(protocol[i].len < 256);
        touch(protocol[i].at, protocol[i].len);
    }
    must(message->sni.len <= size);
    touch(message->sni.at, message->sni.len);
    must(message->weird < CHAINS_TLS_HEARTBLEED << 1);
    must(message->ech <= CHAINS_TLS_ECH_ESNI && message->retry <= 1 && message->resumed <= 1);
    must(!(message->weird & CHAINS_TLS_MANY_EXTENSIONS) ||
         message->extensions.count == TLS_MOST_EXTENSIONS || message->extensions.count == 0);
    check_fingerprints(message);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What is known to be cut is no fingerprint of anybody, and no version that it does not say. */
static const struct chains_tls_message *
read_cut(struct tls_message_list *list, enum chains_tls_over over, struct chains_bytes body)
{
    struct tls_hello hello;
    tls_client_hello_read(body, over == CHAINS_TLS_OVER_DTLS, &hello);
    tls_hello_cut(&hello);
    const struct chains_tls_message *message = tls_message_of_client(list, over, &hello);
    if (message)
        must(!message->ja4 && !message->ja3 && !message->ja3s);
    must(!(hello.has & CHAINS_TLS_HAS_PROTOCOL) || hello.versions.count > 0);
    must(!(hello.weird & CHAINS_TLS_BAD_LENGTH) && !hello.whole);
    return message;
}

/* Body and room as the first byte says. */
static const struct chains_tls_message *read_one(struct tls_message_list *list, uint8_t what,
                                                 struct chains_bytes body)
{
    enum chains_tls_over over = (enum chains_tls_over)((what >> 2 & 3) % 3);
    switch (what & 3) {
    case 0:
        return tls_message_client_hello(list, over, body);
    case 3:
        return read_cut(list, over, body);
    case 1:
        return tls_message_server_hello(list, over, body);
    default:
        return tls_message_old_hello(list, body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto *crypto; /* fetched once: it takes longer than all the rest */
    struct chains_arena arena;
    if (size == 0)
        return 0;
    crypto = crypto ? crypto : crypto_new();
    arena_init(&arena, data[0] & 0x80 ? 64 + 8 * (size_t)(data[0] & 0x70) : 1024 * 1024);
    size_t len = size - 1;
    uint8_t *body = malloc(len ? len : 1);
    const struct chains_tls_message *message = NULL, *again = NULL;
    struct tls_message_list first = { .arena = &arena, .crypto = crypto, .ja3 = true };
    struct tls_message_list second = first;
    if (body) {
        if (len)
            memcpy(body, data + 1, len);
        message = read_one(&first, data[0], (struct chains_bytes){ body, len });
        again = read_one(&second, data[0], (struct chains_bytes){ body, len });
        if (len)
            memset(body, 0xee, len);
        free(body);
    }
    if (message)
        check_message(message, len);
    if (message && again && !first.limited && !second.limited) {
        must(same_text(message->ja4, again->ja4) && same_text(message->ja3, again->ja3));
        must(message->weird == again->weird && message->ciphers.count == again->ciphers.count);
    }
    arena_free(&arena);
    return 0;
}
