/* SPDX-License-Identifier: MIT */
/*
 * bench_tls: nanoseconds to read a hello into the layer, without and with its fingerprints: the one of
 * a browser (517 bytes and more as sent; the key here is short), and a ServerHello. The fastest of
 * nine rounds counts.
 */
#include <stdio.h>
#include <time.h>

#include "../src/links/tls_message.h"
#include "../src/record/arena.h"
#include "../tests/dissect/tls_wire.h"

enum { PASSES = 20000, ROUNDS = 9 };

static struct tls_wire wire;
static struct chains_arena arena;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const char *what, bool server, struct crypto *crypto, bool ja3)
{
    double best = 1e18;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double begin = now_ns();
        for (unsigned pass = 0; pass < PASSES; pass++) {
            struct tls_message_list list = { .arena = &arena, .crypto = crypto, .ja3 = ja3 };
            arena_reset(&arena);
            if (server)
                tls_message_server_hello(&list, CHAINS_TLS_OVER_TCP, tls_bytes(&wire));
            else
                tls_message_client_hello(&list, CHAINS_TLS_OVER_TCP, tls_bytes(&wire));
        }
        double took = now_ns() - begin;
        best = took < best ? took : best;
    }
    printf("%7.0f ns  %s\n", best / PASSES, what);
}

int main(void)
{
    struct crypto *crypto = crypto_new();
    arena_init(&arena, 1024 * 1024);
    if (!crypto)
        return 1;
    tls_browser(&wire, "44cd", true, true);
    measure("ClientHello, no fingerprint", false, NULL, false);
    measure("ClientHello, JA4", false, crypto, false);
    measure("ClientHello, JA4 and JA3", false, crypto, true);
    tls_server_head(&wire, 0x0303, NULL, 0x1302);
    size_t all = tls_begin(&wire);
    tls_extension(&wire, 43, "0304");
    tls_extension(&wire, 51, "001d 0004 01020304");
    tls_end(&wire, all);
    measure("ServerHello", true, crypto, false);
    measure("ServerHello, JA3S", true, crypto, true);
    crypto_free(crypto);
    arena_free(&arena);
    return 0;
}
