/* SPDX-License-Identifier: MIT */
/*
 * Compressed headers by nghttp2. In: header blocks of one direction, in pieces. Out: the headers, one
 * after the other. All memory is counted: the table, whose size a sender chooses up to a limit, and
 * what a name or a value needs while it comes. A block that expands gives many headers, each of
 * which lies in the table once: how many of them are kept is the caller's to decide.
 */
#include "hpack.h"

#include <string.h>

#include <nghttp2/nghttp2.h>

struct hpack {
    nghttp2_hd_inflater *inflater;
    nghttp2_mem memory;
    struct pool *pool;
    size_t bytes;   /* of memory in use, besides this */
    bool no_memory; /* an allocation has failed */
};

/* In front of each block of memory: how large it is, aligned for anything. */
union block {
    size_t size;
    max_align_t align;
};

static void *note(struct hpack *hpack, union block *block, size_t size)
{
    if (!block) {
        hpack->no_memory = true;
        return NULL;
    }
    block->size = size;
    hpack->bytes += size;
    return block + 1;
}

static void *take(size_t size, void *of)
{
    const struct hpack *hpack = of;
    return note(of, pool_take(hpack->pool, sizeof(union block) + size), size);
}

static void *take_zeros(size_t count, size_t size, void *of)
{
    const struct hpack *hpack = of;
    if (size && count > (SIZE_MAX - sizeof(union block)) / size)
        return note(of, NULL, 0);
    return note(of, pool_take_zeros(hpack->pool, sizeof(union block) + count * size),
                count * size);
}

static void give_back(void *at, void *of)
{
    struct hpack *hpack = of;
    union block *block = at;
    if (!block)
        return;
    hpack->bytes -= block[-1].size;
    pool_give(block - 1);
}

static void *resize(void *at, size_t size, void *of)
{
    struct hpack *hpack = of;
    union block *block = at;
    if (!block)
        return take(size, of);
    size_t old = block[-1].size;
    union block *grown = pool_resize(hpack->pool, block - 1, sizeof(union block) + size);
    if (grown)
        hpack->bytes -= old;
    return note(hpack, grown, size);
}

struct hpack *hpack_new(struct pool *pool)
{
    struct hpack *hpack = pool_take_zeros(pool, sizeof *hpack);
    if (!hpack)
        return NULL;
    hpack->pool = pool;
    hpack->memory = (nghttp2_mem){ hpack, take, give_back, take_zeros, resize };
    if (nghttp2_hd_inflate_new2(&hpack->inflater, &hpack->memory) == 0)
        return hpack;
    pool_give(hpack);
    return NULL;
}

void hpack_free(struct hpack *hpack)
{
    if (!hpack)
        return;
    nghttp2_hd_inflate_del(hpack->inflater);
    pool_give(hpack);
}

static enum hpack_status failed(const struct hpack *hpack, ssize_t code)
{
    return hpack->no_memory || code == NGHTTP2_ERR_NOMEM ? HPACK_MEMORY : HPACK_LOST;
}

enum hpack_status hpack_limit(struct hpack *hpack, size_t table)
{
    if (table > HPACK_TABLE_MOST)
        table = HPACK_TABLE_MOST;
    int code = nghttp2_hd_inflate_change_table_size(hpack->inflater, table);
    return code == 0 ? HPACK_MORE : failed(hpack, code);
}

enum hpack_status hpack_take(struct hpack *hpack, struct chains_bytes *bytes, bool last,
                             struct hpack_field *field)
{
    static const uint8_t nothing[1] = { 0 };
    nghttp2_nv nv;
    int flags = 0;
    ssize_t read = nghttp2_hd_inflate_hd2(hpack->inflater, &nv, &flags,
                                          bytes->len ? bytes->at : nothing, bytes->len, last);
    if (read < 0 || (size_t)read > bytes->len)
        return failed(hpack, read);
    if (read > 0)
        *bytes = chains_behind(*bytes, (size_t)read);
    if (flags & NGHTTP2_HD_INFLATE_EMIT) {
        field->name = (struct chains_bytes){ nv.name, nv.namelen };
        field->value = (struct chains_bytes){ nv.value, nv.valuelen };
        return HPACK_FIELD;
    }
    if (!(flags & NGHTTP2_HD_INFLATE_FINAL))
        return bytes->len ? HPACK_LOST : HPACK_MORE;
    nghttp2_hd_inflate_end_headers(hpack->inflater);
    return HPACK_WHOLE;
}

size_t hpack_memory(const struct hpack *hpack)
{
    return hpack ? sizeof *hpack + hpack->bytes : 0;
}
