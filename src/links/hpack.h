/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HPACK_H
#define LINKS_HPACK_H

#include <chains/bytes.h>

#include "../record/pool.h"

/*
 * The compressed headers of HTTP/2 (RFC 7541), of one direction of a connection. Blocks must come in
 * order, each byte of them: what one refers to, earlier ones have said. A table that was begun in the
 * middle of a connection holds what was said since; what is older it does not find, and that is an
 * error, never another header.
 */
struct hpack;

enum {
    HPACK_TABLE = 4096,           /* what a table holds when nothing else was said */
    HPACK_TABLE_MOST = 64 * 1024, /* and at most, whatever is said */
};

struct hpack_field {
    struct chains_bytes name, value; /* until the next call */
};

enum hpack_status {
    HPACK_FIELD,  /* a header; call again with the rest */
    HPACK_MORE,   /* all bytes are taken; the block goes on */
    HPACK_WHOLE,  /* the block is read */
    HPACK_LOST,   /* it cannot be read, nor any block behind it with this table */
    HPACK_MEMORY, /* there is no memory */
};

/* NULL for want of memory. */
struct hpack *hpack_new(struct pool *pool);
void hpack_free(struct hpack *hpack);

/* Between blocks: how large the sender may make the table. HPACK_MEMORY, HPACK_LOST or HPACK_MORE. */
enum hpack_status hpack_limit(struct hpack *hpack, size_t table);

/* The next bytes of a block, moving on; `last`: the block ends with them. */
enum hpack_status hpack_take(struct hpack *hpack, struct chains_bytes *bytes, bool last,
                             struct hpack_field *field);

/* Bytes of memory that it holds. */
size_t hpack_memory(const struct hpack *hpack);

#endif
