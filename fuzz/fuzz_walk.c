/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a packet, walked from any key that a dissector claims. Two bytes choose the key, one the
 * limits; the rest is the packet. What must hold: the walk ends inside its bytes, it says the same with
 * other bytes in the row under it, payloads lie in the packet or in the arena, and the record's JSON
 * is valid and may be shown. Build and run:
 *
 *     script/fuzz walk 60
 */
#include "fuzz.h"
#include "printed.h"

#include "../src/dissect/walk.h"
#include "../src/record/batch.h"

#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include <string.h>

enum { KEYS_MOST = 1024, HEAD = 3 };

static struct chains_key keys[KEYS_MOST];
static size_t key_count;

static void keys_collect(void)
{
    for (size_t i = 0; dissect_all[i]; i++) {
        const struct chains_key *key = dissect_all[i]->keys;
        for (; key->space != CHAINS_BY_NOTHING; key++) {
            must(key_count < KEYS_MOST);
            keys[key_count++] = *key;
        }
    }
}

static void must_be_inside(struct chains_bytes part, struct chains_bytes whole)
{
    must(part.len == 0 || (part.at >= whole.at && part.len <= whole.len &&
                           (size_t)(part.at - whole.at) <= whole.len - part.len));
}

/* A row whose layers have not been written, of these bytes. */
static struct chains_record *row_of(struct chains_batch *batch, struct chains_bytes bytes,
                                    uint8_t fill)
{
    batch_reset(batch);
    struct chains_record *rec = chains_batch_add(batch);
    must(rec != NULL);
    memset((char *)rec + sizeof *rec, fill, batch->layout->row_size - sizeof *rec);
    rec->number = 1;
    rec->bytes = rec->rest = bytes;
    rec->wire_len = (uint32_t)bytes.len;
    return rec;
}

static struct chains_bytes walk_one(unsigned which, struct chains_batch *batch,
                                    struct chains_bytes bytes, const uint8_t *head)
{
    const struct walk_limits limits = { .max_depth = head[2] & 15,
                                        .stop_before_transport = head[2] & 16,
                                        .first_piece = head[2] & 32 };
    struct chains_record *rec = row_of(batch, bytes, which ? 0x55 : 0xaa);
    struct chains_key key = keys[((size_t)head[0] << 8 | head[1]) % key_count];
    if (key.space == CHAINS_BY_TUNNEL)
        key.space = CHAINS_BY_PORT; /* as behind UDP; without it nobody reads on */
    rec->next = key;
    unsigned flags = dissect_walk(rec, &limits, &batch->arena) & ~(unsigned)WALK_LACKING;
    rec->flags = (uint16_t)flags;
    must(flags <= UINT16_MAX && rec->next.space <= CHAINS_BY_PORT);
    must_be_inside(rec->rest, bytes);
    const struct chains_tcp *tcp = chains_get(rec, tcp);
    const struct chains_udp *udp = chains_get(rec, udp);
    must_be_inside(tcp ? tcp->data : rec->rest, bytes);
    must_be_inside(udp ? udp->data : rec->rest, bytes);
    must(batch->arena.held <= 64 * 1024 + 64 * bytes.len);
    return printed_record(which, rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct chains_batch *batches[2];
    if (size < HEAD)
        return 0;
    if (!key_count)
        keys_collect();
    const size_t len = size - HEAD;
    uint8_t *copy = malloc(len ? len : 1);
    must(copy != NULL);
    if (len)
        memcpy(copy, data + HEAD, len);
    struct chains_bytes json[2];
    for (unsigned i = 0; i < 2; i++) {
        batches[i] = batches[i] ? batches[i] : batch_new(printed_layout(), 1);
        must(batches[i] != NULL);
        json[i] = walk_one(i, batches[i], (struct chains_bytes){ copy, len }, data);
    }
    must(json[0].len == json[1].len && memcmp(json[0].at, json[1].at, json[0].len) == 0);
    free(copy);
    return 0;
}
