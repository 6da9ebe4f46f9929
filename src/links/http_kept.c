/* SPDX-License-Identifier: MIT */
/*
 * Heads while their bodies come. In: what a reader has found, in memory of its own. Out: one block with
 * copies. So the reader can go when the head is whole: what comes and goes in many small pieces does so
 * while it is in the cache, and a body of a day keeps no more than this.
 */
#include "http_kept.h"

#include <string.h>

/* Copies of text behind each other; only counted while there is no block. */
struct text {
    uint8_t *at;
    size_t len;
};

static struct chains_bytes put(struct text *text, struct chains_bytes from)
{
    uint8_t *at = text->at ? text->at + text->len : NULL;
    if (at && from.len)
        memcpy(at, from.at, from.len);
    text->len += from.len;
    return (struct chains_bytes){ at, from.len };
}

/* All text of `said`, to `kept` with its place in the block. */
static void put_all(struct text *text, struct http_kept *kept, const struct http_kept *said,
                    struct chains_http_header *headers)
{
    kept->head.method = put(text, said->head.method);
    kept->head.uri = put(text, said->head.uri);
    kept->head.version = put(text, said->head.version);
    kept->head.reason = put(text, said->head.reason);
    for (unsigned i = 0; i < HTTP_NAMES; i++)
        kept->named[i] = put(text, said->named[i]);
    for (size_t i = 0; i < said->count; i++) {
        struct chains_http_header header = said->headers[i];
        header.name = put(text, header.name);
        header.value = put(text, header.value);
        if (headers)
            headers[i] = header;
    }
}

struct http_kept *http_kept_copy(struct pool *pool, const struct http_kept *said)
{
    struct http_kept counted = *said;
    struct text text = { NULL, 0 };
    put_all(&text, &counted, said, NULL);
    size_t before = sizeof *said + said->count * sizeof *said->headers;
    struct http_kept *kept = pool_take(pool, before + text.len);
    if (!kept)
        return NULL;
    struct chains_http_header *headers = (struct chains_http_header *)(kept + 1);
    *kept = *said;
    kept->size = before + text.len;
    kept->headers = headers;
    text = (struct text){ (uint8_t *)kept + before, 0 };
    put_all(&text, kept, said, headers);
    return kept;
}
