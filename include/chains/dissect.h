/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_DISSECT_H
#define CHAINS_DISSECT_H

#include <chains/record.h>

/*
 * For authors of protocols. A dissector is one pure function over a reader: it reads its
 * header, fills its layer, says what comes next. It keeps no state, allocates only from the
 * arena, and touches bytes only through the reader.
 */

#ifdef __cplusplus
extern "C" {
#endif

enum chains_verdict {
    CHAINS_PARSED,  /* layer filled, `in` stands behind the header, `next` says what follows */
    CHAINS_PARTIAL, /* fixed part whole, tail cut: layer filled, its lists hold whole entries */
    CHAINS_NOT_MINE,  /* not this protocol: nothing was read */
    CHAINS_CUT_SHORT, /* not even the fixed part was captured: no layer */
    CHAINS_MALFORMED, /* the header contradicts itself: no layer */
    CHAINS_BAD_TAIL,  /* fixed part filled, the rest contradicts it: layer; `next` may go on */
    CHAINS_LIMIT,     /* a limit of ours was reached: layer filled; `next` may go on */
};

/* Memory for what varies in length; it is given back when the batch is reused. Never freed. */
struct chains_arena;

/* `size` bytes, aligned to 8, not zeroed; NULL when the arena's ceiling is reached. */
CHAINS_API void *chains_arena_take(struct chains_arena *arena, size_t size);

/*
 * One static const per protocol, last thing in its file.
 *
 * dissect: `layer` has room for the layer type's struct; write every member of it, for the row
 * is not cleared. Without a layer type it is NULL. `next` is CHAINS_BY_NOTHING on entry. Leave
 * `in` behind the header; shorten it with chains_limit() to the length the header gives, so
 * that padding is not taken for payload.
 */
struct chains_dissector {
    const char *name;
    const struct chains_layer_type *layer; /* NULL: reads a header, attaches nothing */
    const struct chains_key *keys;         /* what it claims, ended by CHAINS_BY_NOTHING */
    enum chains_verdict (*dissect)(struct chains_reader *in, void *layer,
                                   struct chains_key *next, struct chains_arena *arena);
};

#ifdef __cplusplus
}
#endif
#endif
