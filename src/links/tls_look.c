/* SPDX-License-Identifier: MIT */
/*
 * Where TLS begins on a connection. In: new bytes of either direction. Out: reading has begun, or goes
 * on waiting for a ClientHello behind STARTTLS and the like, or it is not TLS. It is asked of every
 * flow: most are left at the first look, and none is waited for without end.
 */
#include "tls_look.h"

#include "tls_start.h"

enum {
    WAITING_TRIES = 64,       /* runs of bytes in front of a ClientHello behind STARTTLS, */
    WAITING_BYTES = 64 << 10, /* and bytes of them */
    HUNTING_TRIES = 8,
};

bool tls_look_wants(struct chains_bytes bytes, bool joined)
{
    enum tls_start start = tls_start_of(bytes);
    return joined || (start != TLS_START_NONE && start != TLS_START_RECORDS) ||
           tls_starttls_of(bytes) != CHAINS_STARTTLS_NONE;
}

/* The first look. False: this is nothing for us. */
static bool begin(struct tls_flow *flow, struct chains_bytes bytes, bool joined)
{
    if (flow->phase != TLS_FLOW_NEW)
        return true;
    flow->starttls = (uint8_t)tls_starttls_of(bytes);
    flow->phase = flow->starttls ? TLS_FLOW_WAITING : TLS_FLOW_HUNTING;
    return tls_look_wants(bytes, joined);
}

static enum tls_flow_status go_on_looking(struct tls_flow *flow, struct chains_bytes bytes)
{
    bool waiting = flow->phase == TLS_FLOW_WAITING;
    flow->tries++;
    flow->seen += (uint32_t)(bytes.len < WAITING_BYTES ? bytes.len : WAITING_BYTES);
    /* FTP and SMTP greet alike; what their clients ask for is not alike. */
    if (flow->starttls == CHAINS_STARTTLS_SMTP && tls_starttls_is_ftp(bytes))
        flow->starttls = CHAINS_STARTTLS_FTP;
    bool enough = waiting ? flow->tries >= WAITING_TRIES || flow->seen >= WAITING_BYTES
                          : flow->tries >= HUNTING_TRIES;
    return enough ? TLS_FLOW_DONE : TLS_FLOW_ON;
}

enum tls_flow_status tls_look(struct tls_flow *flow, struct pool *pool,
                              const struct chains_stream *stream, struct chains_bytes bytes)
{
    bool joined = stream->gap || stream->marks & CHAINS_STREAM_MIDSTREAM;
    if (bytes.len == 0)
        return TLS_FLOW_ON;
    if (!begin(flow, bytes, joined))
        return TLS_FLOW_DONE;
    enum tls_start start = tls_start_of(bytes);
    bool hunting = flow->phase == TLS_FLOW_HUNTING;
    if (hunting && start == TLS_START_RECORDS) {
        flow->phase = TLS_FLOW_HIDING;
        return TLS_FLOW_ON;
    }
    bool begins = start == TLS_START_CLIENT ||
                  (hunting && (start == TLS_START_SERVER || start == TLS_START_SSL2));
    if (!begins)
        return go_on_looking(flow, bytes);
    flow->open = pool_take_zeros(pool, sizeof *flow->open);
    if (!flow->open)
        return TLS_FLOW_NO_MEMORY;
    for (size_t i = 0; i < 2; i++)
        flow->open->side[i].records.piece.pool = flow->open->side[i].handshake.piece.pool =
            pool;
    flow->phase = TLS_FLOW_READING;
    flow->open->connection.over = CHAINS_TLS_OVER_TCP;
    flow->open->connection.starttls = flow->starttls;
    flow->open->ssl2 = flow->open->sure = start == TLS_START_SSL2;
    return TLS_FLOW_ON;
}
