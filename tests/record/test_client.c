/* SPDX-License-Identifier: MIT */
/* Which end of a record the client of a message is: by who knows it, and by who guesses. */
#include "../../src/record/client.h"
#include "../../src/record/layout.h"
#include "../check.h"

#include <chains/layer/flow.h>
#include <chains/layer/ip.h>
#include <chains/layer/stream.h>
#include <chains/layer/tcp.h>

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };

#define TYPE(name, slot)                                                                       \
    {                                                                                          \
#slot, #name, 512, no_fields, CHAINS_ID_##name, CHAINS_SLOT_##slot                     \
    }
static const struct chains_layer_type types[] = { TYPE(ip4, packet), TYPE(tcp, transport),
                                                  TYPE(stream, stream), TYPE(flow, flow) };

static _Alignas(64) char row[4096];
static struct chains_layout layout;
static struct chains_record *const rec = (struct chains_record *)(void *)row;

static void *place(unsigned slot)
{
    return row + layout.offset[slot];
}

enum where { ON_ORIG, ON_RESP, ON_FLOW, ALONE };

/* A record to a port above or below its own. */
static void record(enum where where, bool to_low)
{
    struct chains_stream *stream = place(CHAINS_SLOT_stream);
    struct chains_tcp *tcp = place(CHAINS_SLOT_transport);
    struct chains_ip *ip = place(CHAINS_SLOT_packet);
    rec->present = where == ON_FLOW ? CHAINS_BIT_(flow) : CHAINS_BIT_(ip4) | CHAINS_BIT_(tcp);
    rec->present |= where == ON_ORIG || where == ON_RESP ? CHAINS_BIT_(stream) : 0;
    stream->side = where == ON_RESP ? CHAINS_RESP : CHAINS_ORIG;
    *ip = (struct chains_ip){ .protocol = 6 };
    tcp->sport = to_low ? 5000 : 80;
    tcp->dport = to_low ? 80 : 5000;
}

static void check_client(struct client client, bool is_source, bool sure)
{
    check_eq_u64(client.is_source, is_source);
    check_eq_u64(client.sure, sure);
}

/* A reader that knows the side is right, whatever lies where. */
static void test_known(void)
{
    for (unsigned i = 0; i < 48; i++) {
        enum where where = i % 3; /* no ALONE */
        const uint8_t side = i / 3 % 2;
        const struct chains_http_message http = { .kind = (uint8_t)(i / 6 % 2),
                                                  .complete = (uint8_t)(i / 12 % 2),
                                                  .pushed = (uint8_t)(i / 24),
                                                  .client = (uint8_t)(side + 1u) };
        const struct chains_tls_message tls = {
            .from = i / 6 % 2 ? CHAINS_TLS_FROM_CLIENT : CHAINS_TLS_FROM_SERVER,
            .weird = i / 12 % 2 ? CHAINS_TLS_UNFINISHED : 0,
            .client = (uint8_t)(side + 1),
        };
        printf("# %u\n", i);
        record(where, true);
        bool is_source = (where == ON_RESP) == (side == CHAINS_RESP);
        check_client(client_of_http(rec, &http), is_source, true);
        check_client(client_of_tls(rec, &tls), is_source, true);
    }
}

/* Nobody said it: what is whole is its sender's, and all else a guess. */
static void test_not_known(void)
{
    static const struct {
        uint8_t kind, complete, pushed;
        enum where where;
        bool is_source, sure;
    } rows[] = {
        { CHAINS_HTTP_REQUEST, 1, 0, ON_RESP, true, true },
        { CHAINS_HTTP_REQUEST, 1, 0, ALONE, true, true },
        { CHAINS_HTTP_RESPONSE, 1, 0, ON_ORIG, false, true },
        { CHAINS_HTTP_REQUEST, 1, 1, ON_ORIG, false, true },
        { CHAINS_HTTP_REQUEST, 0, 0, ON_ORIG, true, false },
        { CHAINS_HTTP_REQUEST, 0, 0, ON_RESP, false, false },
        { CHAINS_HTTP_RESPONSE, 0, 0, ON_RESP, false, false },
        { CHAINS_HTTP_REQUEST, 0, 0, ALONE, true, false },
        { CHAINS_HTTP_RESPONSE, 0, 0, ALONE, false, false },
        { CHAINS_HTTP_REQUEST, 1, 0, ON_FLOW, true, false },
        { CHAINS_HTTP_RESPONSE, 1, 0, ON_FLOW, true, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct chains_http_message http = { .kind = rows[i].kind,
                                                  .complete = rows[i].complete,
                                                  .pushed = rows[i].pushed };
        bool asks = rows[i].kind == CHAINS_HTTP_REQUEST && !rows[i].pushed;
        const struct chains_tls_message tls = {
            .from = asks ? CHAINS_TLS_FROM_CLIENT : CHAINS_TLS_FROM_SERVER,
            .weird = rows[i].complete ? 0 : CHAINS_TLS_UNFINISHED,
        };
        printf("# row %zu\n", i);
        record(rows[i].where, false);
        check_client(client_of_http(rec, &http), rows[i].is_source, rows[i].sure);
        bool by_sender = !rows[i].complete && rows[i].where == ON_RESP;
        check_client(client_of_tls(rec, &tls), by_sender ? asks : rows[i].is_source,
                     rows[i].sure);
    }
}

static void test_guess(void)
{
    const struct chains_tls_message nobody = { .from = 0 };
    for (unsigned i = 0; i < 8; i++) {
        record(i % 4, i / 4);
        bool is_source = i % 4 == ON_ORIG || i % 4 == ON_FLOW || (i % 4 == ALONE && i / 4);
        check_client(client_of_flow(rec), is_source, false);
        check_client(client_of_tls(rec, &nobody), is_source, false);
    }
    rec->present = 0;
    check_client(client_of_flow(rec), false, false);
}

int main(void)
{
    layout_init(&layout);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        check(layout_add(&layout, &types[i]));
    check(layout_finish(&layout) && layout.row_size <= sizeof row);
    rec->layout = &layout;
    test_known();
    test_not_known();
    test_guess();
    return check_done();
}
