/* SPDX-License-Identifier: MIT */
/*
 * The QUIC connections of a UDP flow. In: datagrams of both sides, in the order of the capture. Out:
 * the layer "quic" of a datagram with long headers, and messages of TLS. Tries to open and to make
 * keys are counted for each datagram, so that its work is bounded whatever it holds; a flow with
 * nothing that opens is given up.
 */
#include "quic_flow.h"

#include <stdlib.h>
#include <string.h>

#include "../dissect/quic_frames.h"

enum {
    FLOW_OPENS = 16,          /* tries to open an Initial, for a datagram */
    FLOW_KEYS = 6,            /* and to make keys; those of a connection are kept */
    FLOW_FAILURES = 16,       /* Initials that do not open, in a flow without a connection */
    FLOW_VERSIONS = 64,       /* of a version negotiation */
    FLOW_CLIENT_ID_LEAST = 8, /* bytes of the ID that a client makes up (7.2) */
    FLOW_CLIENT_LEAST = 1200, /* bytes of a datagram with a client's Initial (RFC 9000, 14.1) */
};

/* ---- who a packet belongs to ---------------------------------------------------------------- */

/* Which side of the connection a side of the flow is. */
static int flow_side(const struct quic_connection *connection, enum chains_side from)
{
    return connection->client == from ? QUIC_CLIENT : QUIC_SERVER;
}

/* Whether a packet to this destination may be one of that side. */
static bool flow_fits(const struct quic_connection *connection, int side,
                      struct chains_bytes dcid)
{
    const struct quic_side *other =
        &connection->side[side == QUIC_CLIENT ? QUIC_SERVER : QUIC_CLIENT];
    if (other->has_id && quic_id_is(&other->id, dcid))
        return true;
    return side == QUIC_CLIENT &&
           (quic_id_is(&connection->first, dcid) || quic_id_is(&connection->original, dcid));
}

/*
 * How well a packet goes with a connection. A destination without bytes is that of all connections of
 * some clients: then the sender's ID says more.
 */
enum flow_fit { FIT_NONE, FIT_OTHER_SENDER, FIT_NEW_SENDER, FIT_SENDER, FIT_BEST = FIT_SENDER };

static enum flow_fit flow_fit(const struct quic_connection *connection, enum chains_side from,
                              const struct quic_header *header)
{
    const int which = flow_side(connection, from);
    const struct quic_side *sender = &connection->side[which];
    if (!flow_fits(connection, which, header->dcid))
        return FIT_NONE;
    if (!sender->has_id)
        return FIT_NEW_SENDER;
    return quic_id_is(&sender->id, header->scid) ? FIT_SENDER : FIT_OTHER_SENDER;
}

/* The connection that a packet goes with best, of several the newest. */
static struct quic_connection *flow_find(struct quic_flow *flow, enum chains_side from,
                                         const struct quic_header *header)
{
    struct quic_connection *found = NULL;
    enum flow_fit best = FIT_NONE;
    for (size_t i = 0; i < QUIC_CONNECTIONS && flow->connection[i]; i++) {
        enum flow_fit fit = flow_fit(flow->connection[i], from, header);
        if (fit <= best)
            continue;
        found = flow->connection[i];
        best = fit;
    }
    return found;
}

/* The oldest connection goes; of a hello that is not whole its part is told. */
static void flow_evict(struct quic_connection *oldest, struct quic_flow_run *run)
{
    const bool goes_on = run->goes_on;
    if (!oldest)
        return;
    run->limited |= !oldest->established;
    run->goes_on = true;
    quic_connection_end(oldest, run);
    run->goes_on = goes_on;
    quic_connection_free(oldest);
}

/* A place for a new connection, the first one. NULL: no memory. */
static struct quic_connection *flow_add(struct quic_flow *flow, struct quic_flow_run *run,
                                        enum chains_side client)
{
    struct quic_connection *connection = quic_connection_new(run->pool, client);
    if (!connection) {
        run->no_memory = true;
        return NULL;
    }
    flow_evict(flow->connection[QUIC_CONNECTIONS - 1], run);
    memmove(&flow->connection[1], &flow->connection[0],
            (QUIC_CONNECTIONS - 1) * sizeof flow->connection[0]);
    flow->connection[0] = connection;
    return connection;
}

/* ---- Initial packets ------------------------------------------------------------------------ */

static bool run_keys(struct quic_flow_run *run, uint32_t version, struct chains_bytes dcid,
                     int side, struct quic_keys *keys)
{
    if (run->keys == 0)
        return false;
    run->keys--;
    if (quic_opener_keys(run->opener, version, dcid, side == QUIC_CLIENT, keys))
        return true;
    run->no_memory = true;
    return false;
}

static bool run_open(struct quic_flow_run *run, const struct quic_keys *keys,
                     const struct quic_header *header, uint64_t *number,
                     struct chains_bytes *frames)
{
    if (run->opens == 0)
        return false;
    run->opens--;
    return quic_opener_open(run->opener, keys, header, number, frames);
}

/* Opened with the keys of its connection; of another version, those of that one (RFC 9368). */
static bool flow_open_known(struct quic_connection *connection, struct quic_flow_run *run,
                            int which, const struct quic_header *header,
                            struct chains_bytes *frames)
{
    struct quic_side *side = &connection->side[which];
    if (side->keys.version == header->version)
        return run_open(run, &side->keys, header, &side->number, frames);
    struct quic_keys keys;
    if (!run_keys(run, header->version, quic_id_bytes(&connection->first), which, &keys))
        return false;
    const bool opened = run_open(run, &keys, header, &side->number, frames);
    if (opened || side->keys.version == 0) /* what is the next one's, too, or may be */
        side->keys = keys;
    return opened;
}

/* The connection that a client begins anew because of a Retry, also of one that was not seen. */
static struct quic_connection *flow_retried(struct quic_flow *flow, enum chains_side from,
                                            const struct quic_header *header)
{
    for (size_t i = 0; i < QUIC_CONNECTIONS && flow->connection[i]; i++) {
        struct quic_connection *connection = flow->connection[i];
        const struct quic_side *client = &connection->side[QUIC_CLIENT];
        const bool same = client->id.len > 0 && quic_id_is(&client->id, header->scid);
        if (connection->client != from || connection->side[QUIC_SERVER].has_id)
            continue;
        if (connection->has_retry ? quic_id_is(&connection->retry, header->dcid)
                                  : same && header->token.len > 0)
            return connection;
    }
    return NULL;
}

/* Opened with keys from its own destination: a client's first, or its first after a Retry. */
static struct quic_connection *flow_begin(struct quic_flow *flow, struct quic_flow_run *run,
                                          enum chains_side from,
                                          const struct quic_header *header,
                                          struct chains_bytes *frames)
{
    struct quic_keys keys;
    uint64_t number = 0;
    if (!run_keys(run, header->version, header->dcid, QUIC_CLIENT, &keys) ||
        !run_open(run, &keys, header, &number, frames))
        return NULL;
    struct quic_connection *connection = flow_retried(flow, from, header);
    if (!connection) {
        connection = flow_add(flow, run, from);
        if (!connection)
            return NULL;
        connection->original = quic_id_of(header->dcid);
    }
    connection->has_retry = false;
    connection->first = quic_id_of(header->dcid);
    connection->side[QUIC_SERVER].keys.version = 0;
    connection->side[QUIC_CLIENT].keys = keys;
    if (number > connection->side[QUIC_CLIENT].number)
        connection->side[QUIC_CLIENT].number = number;
    return connection;
}

static struct quic_connection *flow_open(struct quic_flow *flow, struct quic_flow_run *run,
                                         enum chains_side from,
                                         const struct quic_header *header,
                                         struct chains_bytes *frames)
{
    for (enum flow_fit fit = FIT_BEST; fit > FIT_NONE; fit--) {
        /* Answers come in the order of what they answer: the oldest is the first to be tried. */
        for (size_t i = QUIC_CONNECTIONS; i-- > 0;) {
            struct quic_connection *connection = flow->connection[i];
            if (connection && flow_fit(connection, from, header) == fit &&
                flow_open_known(connection, run, flow_side(connection, from), header, frames))
                return connection;
        }
    }
    return flow_begin(flow, run, from, header, frames);
}

/*
 * A first Initial that was captured in part: it cannot be opened, but its IDs open what the server
 * answers, if it is a client's.
 */
static void flow_assume(struct quic_flow *flow, struct quic_flow_run *run,
                        enum chains_side from, const struct quic_header *header)
{
    if (run->whole || !header->cut || flow->connection[0] ||
        header->dcid.len < FLOW_CLIENT_ID_LEAST)
        return;
    struct quic_connection *connection = flow_add(flow, run, from);
    if (!connection)
        return;
    connection->original = connection->first = quic_id_of(header->dcid);
    connection->side[QUIC_CLIENT].id = quic_id_of(header->scid);
    connection->side[QUIC_CLIENT].has_id = true;
}

static void flow_frames(struct quic_connection *connection, struct quic_flow_run *run, int side,
                        struct chains_bytes frames)
{
    struct chains_reader in = chains_reader_over(frames);
    struct quic_frame frame;
    for (;;) {
        switch (quic_frame_next(&in, &frame)) {
        case QUIC_FRAME_CRYPTO:
            quic_connection_crypto(connection, run, side, frame.offset, frame.data);
            break;
        case QUIC_FRAME_CLOSE:
            quic_connection_close(connection, run, side, frame.error);
            return; /* nothing follows the end of a connection */
        case QUIC_FRAME_BAD:
            run->quic.weird |= CHAINS_QUIC_BAD_FRAME;
            return;
        case QUIC_FRAME_END:
            return;
        }
    }
}

static void flow_failed(struct quic_flow *flow)
{
    if (!flow->connection[0] && flow->failures < FLOW_FAILURES)
        flow->failures++;
}

static struct quic_connection *flow_initial(struct quic_flow *flow, struct quic_flow_run *run,
                                            enum chains_side from,
                                            const struct quic_header *header)
{
    struct chains_bytes frames;
    struct quic_connection *connection = flow_open(flow, run, from, header, &frames);
    if (!connection) {
        if (!header->cut)
            run->quic.weird |= CHAINS_QUIC_NOT_OPENED;
        flow_failed(flow);
        flow_assume(flow, run, from, header);
        return flow_find(flow, from, header);
    }
    const int which = flow_side(connection, from);
    struct quic_side *side = &connection->side[which];
    if (!side->has_id) {
        side->id = quic_id_of(header->scid);
        side->has_id = true;
    }
    if (which == QUIC_CLIENT && run->wire_len < FLOW_CLIENT_LEAST)
        run->quic.weird |= CHAINS_QUIC_SHORT_INITIAL;
    run->quic.opened++;
    flow_frames(connection, run, which, frames);
    return connection;
}

/* ---- packets -------------------------------------------------------------------------------- */

/* The numbers of a version negotiation. */
static void run_versions(struct quic_flow_run *run, struct chains_bytes versions)
{
    size_t count = versions.len / 4 < FLOW_VERSIONS ? versions.len / 4 : FLOW_VERSIONS;
    uint32_t *items = chains_arena_take(run->out->arena, count * sizeof *items);
    if (!items) {
        run->limited = true;
        return;
    }
    struct chains_reader in = chains_reader_over(versions);
    for (size_t i = 0; i < count; i++)
        items[i] = chains_read_be32(&in);
    run->quic.versions = (struct chains_list){ items, (uint32_t)count };
}

static void flow_retry(struct quic_connection *connection, enum chains_side from,
                       const struct quic_header *header)
{
    if (flow_side(connection, from) == QUIC_CLIENT || connection->side[QUIC_SERVER].has_id)
        return; /* a client heeds one, as its first answer */
    connection->retry = quic_id_of(header->scid);
    connection->has_retry = true;
}

/* The connection of a packet, if it is known. */
static struct quic_connection *flow_packet(struct quic_flow *flow, struct quic_flow_run *run,
                                           enum chains_side from,
                                           const struct quic_header *header)
{
    if (header->weird & CHAINS_QUIC_BAD_ID) { /* everybody drops it (RFC 9000, 17.2) */
        flow_failed(flow);
        return NULL;
    }
    if (header->kind == CHAINS_QUIC_INITIAL)
        return flow_initial(flow, run, from, header);
    struct quic_connection *connection = flow_find(flow, from, header);
    if (connection && header->kind == CHAINS_QUIC_HANDSHAKE)
        connection->side[flow_side(connection, from)].handshake = true;
    if (connection && header->kind == CHAINS_QUIC_RETRY)
        flow_retry(connection, from, header);
    if (connection && header->kind == CHAINS_QUIC_VERSION_NEGOTIATION)
        connection->begun = false; /* it has not failed: the client begins anew */
    return connection;
}

/* What the first packet says of all. */
static void run_begin(struct quic_flow_run *run, const struct quic_header *header)
{
    run->attached = true;
    run->quic.version = header->version;
    run->quic.dcid = header->dcid;
    run->quic.scid = header->scid;
    if (header->kind == CHAINS_QUIC_VERSION_NEGOTIATION)
        run_versions(run, header->versions);
}

static void run_packet(struct quic_flow_run *run, const struct quic_header *header)
{
    run->quic.packets |= header->kind;
    run->quic.count++;
    run->quic.weird |= header->weird;
    if (header->cut && run->whole)
        run->quic.weird |= CHAINS_QUIC_BAD_LENGTH;
    if (run->quic.token_len == 0)
        run->quic.token_len = (uint32_t)header->token.len;
}

/* A datagram, or the end of one, whose ID has no length to be seen. */
static void flow_short(struct quic_flow *flow, struct quic_flow_run *run, enum chains_side from,
                       struct chains_bytes packet)
{
    struct quic_connection *connection = NULL;
    for (size_t i = 0; i < QUIC_CONNECTIONS && flow->connection[i] && !connection; i++) {
        struct quic_connection *other = flow->connection[i];
        const struct quic_id *id = &other->side[QUIC_SERVER].id;
        if (id->len > 0 && packet.len > id->len &&
            memcmp(chains_behind(packet, 1).at, id->bytes, id->len) == 0)
            connection = other;
    }
    if (!connection) /* an ID that was given out later, in what cannot be read */
        connection = flow->connection[0];
    if (connection && flow_side(connection, from) == QUIC_CLIENT)
        quic_connection_short(connection, run);
}

/* Behind the first packet: only what goes to the same connection (RFC 9000, 12.2). */
static bool flow_goes_on(const struct quic_flow_run *run, const struct quic_header *header)
{
    return header->kind == CHAINS_QUIC_SHORT ||
           (header->dcid.len == run->quic.dcid.len &&
            (header->dcid.len == 0 ||
             memcmp(header->dcid.at, run->quic.dcid.at, header->dcid.len) == 0));
}

/* The connection that the packets of a datagram belong to. */
static struct quic_connection *flow_packets(struct quic_flow *flow, struct quic_flow_run *run,
                                            enum chains_side from, struct chains_reader *in)
{
    struct quic_connection *connection = NULL;
    while (chains_left(in) > 0 && run->quic.count < QUIC_PACKETS) {
        struct quic_header header;
        if (run->quic.count > 0 && chains_next_byte(in) == 0)
            break; /* filled up behind the packets */
        if (quic_header_read(in, &header) != CHAINS_PARSED) {
            run->broken = !run->attached;
            run->quic.weird |= run->attached && run->whole ? CHAINS_QUIC_BAD_LENGTH : 0;
            break;
        }
        if (!run->attached && header.kind == CHAINS_QUIC_SHORT)
            break; /* nothing to be seen in it */
        if (!run->attached)
            run_begin(run, &header);
        else if (!flow_goes_on(run, &header))
            break;
        run_packet(run, &header);
        if (header.kind == CHAINS_QUIC_SHORT) {
            flow_short(flow, run, from, header.packet);
            break;
        }
        struct quic_connection *found = flow_packet(flow, run, from, &header);
        connection = found ? found : connection;
    }
    return connection;
}

enum quic_flow_status quic_flow_take(struct quic_flow *flow, struct quic_flow_run *run,
                                     enum chains_side side, struct chains_bytes datagram)
{
    struct chains_reader in = chains_reader_over(datagram);
    run->opens = FLOW_OPENS;
    run->keys = FLOW_KEYS;
    run->quic = (struct chains_quic){ 0 };
    if (datagram.len == 0)
        return QUIC_FLOW_ON;
    if (!(chains_byte(datagram, 0) & 0x80) && flow->connection[0]) {
        flow_short(flow, run, side, datagram);
        return QUIC_FLOW_ON;
    }
    const struct quic_connection *connection = flow_packets(flow, run, side, &in);
    if (connection)
        run->quic.original_dcid =
            tls_message_bytes(run->out, quic_id_bytes(&connection->original));
    return flow->connection[0] || flow->failures < FLOW_FAILURES ? QUIC_FLOW_ON
                                                                 : QUIC_FLOW_DONE;
}

void quic_flow_end(struct quic_flow *flow, struct quic_flow_run *run)
{
    for (size_t i = QUIC_CONNECTIONS; i-- > 0;)
        if (flow->connection[i])
            quic_connection_end(flow->connection[i], run);
}

size_t quic_flow_memory(const struct quic_flow *flow)
{
    size_t bytes = 0;
    for (size_t i = 0; i < QUIC_CONNECTIONS && flow->connection[i]; i++)
        bytes += quic_connection_bytes(flow->connection[i]);
    return bytes;
}

void quic_flow_release(void *slot)
{
    struct quic_flow *flow = slot;
    for (size_t i = 0; i < QUIC_CONNECTIONS; i++)
        quic_connection_free(flow->connection[i]);
}
