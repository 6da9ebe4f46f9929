/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as pieces of eight packets, in a table that is small. The first three bytes are its
 * ceilings and the arena's; then a piece is six bytes: which packet and whether more follow, how much
 * time went by, offset, length. What must hold: memory is what it was at the beginning, what is given
 * up is counted, and a packet that comes together has the first copy of each of its bytes, as a model
 * without ceilings says, as long as no ceiling was reached and nothing has timed out. Build and run:
 *
 *     script/fuzz fragments 60
 */
#include "fuzz.h"

#include "../src/links/fragments.h"
#include "../src/record/arena.h"

#include <string.h>

enum { PIECE = 6, PACKETS = 8, TIMEOUT_S = 4, PIECES_MOST = 2048 };

struct model_piece {
    uint16_t offset, len;
    uint8_t first; /* value of its first byte; the others go up by one */
};

/* What is known of one packet without a look into the table. */
struct model {
    struct model_piece pieces[FRAGMENTS_PIECES];
    unsigned count;
    uint32_t total;
    bool overlaps;
};

struct fuzz {
    struct fragments *table;
    struct chains_arena arena;
    struct model models[PACKETS];
    int64_t time_ns;
    bool sure; /* nothing was given up so far: the model holds */
    uint8_t number;
};

static uint8_t bytes[65536 + 256];

/* The packet as the model has it; false when it is not whole. */
static bool model_whole(const struct model *model, uint8_t *out)
{
    static uint8_t covered[65536];
    uint32_t missing = model->total;
    if (!model->total)
        return false;
    memset(covered, 0, model->total);
    for (unsigned i = 0; i < model->count; i++) {
        const struct model_piece *piece = &model->pieces[i];
        for (unsigned k = 0; k < piece->len; k++) {
            const unsigned at = piece->offset + k;
            must(at < model->total);
            if (covered[at])
                continue;
            covered[at] = 1;
            out[at] = (uint8_t)(piece->first + k);
            missing--;
        }
    }
    return missing == 0;
}

static void model_add(struct model *model, const struct model_piece *piece, bool last)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->pieces[i].offset == piece->offset && model->pieces[i].len == piece->len)
            return;
    must(model->count < FRAGMENTS_PIECES);
    model->pieces[model->count++] = *piece;
    if (last)
        model->total = (uint32_t)piece->offset + piece->len;
}

static void check_whole(struct fuzz *fuzz, struct model *model, struct chains_bytes whole)
{
    static uint8_t expected[65536];
    must(whole.len > 0 && whole.len <= FRAGMENTS_WHOLE);
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < whole.len; i++)
        sum = (uint8_t)(sum + whole.at[i]);
    if (fuzz->sure)
        must(model_whole(model, expected) && whole.len == model->total &&
             memcmp(expected, whole.at, whole.len) == 0);
}

static void add(struct fuzz *fuzz, const uint8_t *data)
{
    const unsigned who = data[0] & 7, offset = chains_load_be16(data + 2) & 0x1fff;
    const uint16_t len = chains_load_be16(data + 4);
    const bool last = data[0] & 8, six = who & 1;
    struct model *model = &fuzz->models[who];
    struct chains_ip ip = { .version = six ? 6 : 4,
                            .mf = !last,
                            .offset = (uint16_t)offset,
                            .id = who,
                            .header_len = six ? 48 : 20,
                            .protocol = 17 };
    ip.src.family = ip.dst.family = ip.version;
    ip.len = data[0] & 16 ? (uint32_t)len + (six ? 8 : 20) : 0;
    ip.len += data[0] & 32 ? 1 : 0; /* not captured whole */
    fuzz->time_ns += (int64_t)data[1] * 10000000;
    fuzz->sure = fuzz->sure && fuzz->time_ns < TIMEOUT_S * INT64_C(1000000000);
    const uint8_t first = fuzz->number++;
    uint8_t *copy = malloc(len ? len : 1);
    must(copy != NULL);
    memcpy(copy, bytes + first, len);
    struct fragments_piece piece = { fuzz->time_ns, &ip, first, { copy, len } };
    struct chains_bytes whole = { NULL, 0 };
    unsigned flags = 0, limited = 0;
    bool done = fragments_add(fuzz->table, &piece, &fuzz->arena, &whole, &flags, &limited);
    free(copy);
    must(!(flags & ~(unsigned)(CHAINS_BROKEN | CHAINS_OVERLAP)) && limited <= PACKETS + 1);
    fuzz->sure = fuzz->sure && limited == 0;
    const struct model_piece mine = { (uint16_t)(offset * 8), len, first };
    bool taken = !(flags & CHAINS_BROKEN) && !(data[0] & 32 && ip.len > 1);
    if (fuzz->sure && taken)
        model_add(model, &mine, last);
    if (done) {
        must(taken);
        check_whole(fuzz, model, whole);
        memset(model, 0, sizeof *model);
    } else if (fuzz->sure) {
        static uint8_t ignored[65536];
        must(!taken || !model_whole(model, ignored)); /* what is whole is given */
    }
    arena_reset(&fuzz->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz fuzz; /* large, and begun anew */
    if (size < 3)
        return 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    memset(&fuzz, 0, sizeof fuzz);
    fuzz.sure = true;
    fuzz.table = fragments_new(1 + data[0] % (2 * PACKETS), (size_t)data[1] * 1024,
                               TIMEOUT_S * INT64_C(1000000000));
    must(fuzz.table != NULL);
    arena_init(&fuzz.arena, data[2] & 1 ? 128 * 1024 : (size_t)data[2] * 256);
    const uint64_t memory = fragments_memory(fuzz.table);
    data += 3;
    size -= 3;
    for (unsigned i = 0; i < PIECES_MOST && size >= PIECE; i++, data += PIECE, size -= PIECE)
        add(&fuzz, data);
    must(fragments_memory(fuzz.table) == memory);
    fragments_free(fuzz.table);
    arena_free(&fuzz.arena);
    return 0;
}
