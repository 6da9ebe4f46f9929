/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the datagrams of a UDP flow, or as frames of an Initial that was opened, which chance
 * would not find the keys for. The input is a row of pieces: a byte that says whose, whether they are
 * frames, and whether more was on the wire; two bytes for how many; then they. Whatever they are:
 * counts stay within their bounds, what is kept within its ceiling, and everything is given back.
 *
 *     script/fuzz quic 60
 */
#include "../src/dissect/quic_frames.h"
#include "../src/links/quic_flow.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES = 2, CUT = 4, CRYPTO_MOST = 2048, MESSAGES_MOST = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Reads all of it, so that a sanitizer sees what is not there. */
static void touch(struct chains_bytes bytes)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum = (uint8_t)(sum + bytes.at[i]);
}

static void check_quic(const struct chains_quic *quic, size_t sent)
{
    touch(quic->dcid);
    touch(quic->scid);
    touch(quic->original_dcid);
    touch(
        (struct chains_bytes){ quic->versions.items, quic->versions.count * sizeof(uint32_t) });
    must(quic->original_dcid.len <= QUIC_ID_MOST && quic->dcid.len <= 255);
    must(quic->count >= 1 && quic->count <= QUIC_PACKETS && quic->opened <= quic->count);
    must(quic->token_len <= sent && quic->versions.count <= 64);
    must(quic->packets != 0 && quic->weird < CHAINS_QUIC_BAD_ID << 1);
}

static void check_messages(const struct tls_message_list *list)
{
    must(list->count <= MESSAGES_MOST);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct chains_tls_message *message = &list->items[i];
        must(message->over == CHAINS_TLS_OVER_QUIC);
        must(message->kind >= CHAINS_TLS_CLIENT_HELLO && message->kind <= CHAINS_TLS_FAILED);
        touch(message->sni);
        touch(message->server_name);
        if (message->ja4)
            must(strlen(message->ja4) < 64);
    }
}

static void check_kept(const struct quic_flow *flow)
{
    const size_t side = sizeof(struct quic_crypto) + CRYPTO_MOST;
    must(quic_flow_memory(flow) <=
         QUIC_CONNECTIONS * (sizeof(struct quic_connection) + 2 * side + 1024));
}

/* As if they had been opened. */
static void take_frames(struct quic_flow *flow, struct quic_flow_run *run, int side,
                        struct chains_bytes bytes)
{
    struct chains_reader in = chains_reader_over(bytes);
    struct quic_frame frame;
    enum quic_frame_kind kind;
    if (!flow->connection[0])
        flow->connection[0] = quic_connection_new(NULL, CHAINS_ORIG);
    if (!flow->connection[0])
        return;
    while ((kind = quic_frame_next(&in, &frame)) >= QUIC_FRAME_CRYPTO) {
        if (kind == QUIC_FRAME_CRYPTO)
            quic_connection_crypto(flow->connection[0], run, side, frame.offset, frame.data);
        else
            quic_connection_close(flow->connection[0], run, side, frame.error);
    }
}

/* One piece; how many bytes of the input it took. */
static size_t take(struct quic_flow *flow, struct quic_flow_run *run, const uint8_t *data,
                   size_t size)
{
    const uint8_t what = data[0];
    size_t n = (size_t)data[1] << 8 | data[2];
    n = n > size - 3 ? size - 3 : n;
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        return size;
    if (n)
        memcpy(copy, data + 3, n);
    run->wire_len = (uint32_t)n + (what & CUT ? 1000 : 0);
    run->whole = !(what & CUT);
    const struct chains_bytes bytes = { copy, n };
    if (what & FRAMES)
        take_frames(flow, run, what & 1, bytes);
    else
        quic_flow_take(flow, run, (enum chains_side)(what & 1), bytes);
    quic_is_plausible(bytes);
    if (run->attached)
        check_quic(&run->quic, n);
    check_messages(run->out);
    free(copy);
    return 3 + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto *crypto; /* slow to make, and the same for all inputs */
    static struct quic_opener *opener;
    crypto = crypto ? crypto : crypto_new();
    opener = opener || !crypto ? opener : quic_opener_new(crypto);
    if (!opener)
        return 0;
    struct quic_flow flow;
    struct chains_arena arena;
    memset(&flow, 0, sizeof flow);
    arena_init(&arena, 16 * 1024 * 1024);
    for (size_t at = 0;; arena_reset(&arena)) {
        struct tls_message_list list = { .arena = &arena, .crypto = crypto, .ja3 = true };
        struct quic_flow_run run = {
            .opener = opener, .out = &list, .crypto_most = CRYPTO_MOST, .time_ns = (int64_t)at
        };
        if (at + 3 > size) {
            quic_flow_end(&flow, &run);
            check_messages(&list);
            break;
        }
        at += take(&flow, &run, data + at, size - at);
        check_kept(&flow);
    }
    quic_flow_release(&flow);
    arena_free(&arena);
    return 0;
}
