/* SPDX-License-Identifier: MIT */
/*
 * Every prefix of every packet of the captures given as arguments, through the whole walk, with
 * the bytes directly before a page that cannot be read. A shorter packet never shows more: what
 * a prefix says of a fixed header is what the whole packet says.
 */
#include "../../src/dissect/walk.h"
#include "../../src/record/batch.h"
#include "../../src/record/layout.h"
#include "../../src/sources/capture_file.h"
#include "../check.h"

#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LONGEST = 1 << 20, PREFIXES = 400 };

/* The last byte before a page without permissions. */
static uint8_t *guard_end(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *area =
        mmap(NULL, LONGEST + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || mprotect(area + LONGEST, page, PROT_NONE) != 0)
        exit(1);
    return area + LONGEST;
}

static struct chains_record *walk_bytes(struct chains_batch *batch, const uint8_t *bytes,
                                        size_t len, uint32_t linktype)
{
    static const struct walk_limits limits = { .max_depth = 8 };
    batch_reset(batch);
    struct chains_record *rec = chains_batch_add(batch);
    rec->bytes = rec->rest = (struct chains_bytes){ bytes, len };
    rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, linktype };
    rec->flags = (uint16_t)dissect_walk(rec, &limits, &batch->arena);
    return rec;
}

/* `rest` and the payload of a layer lie inside the packet. */
static bool inside(const struct chains_record *rec, struct chains_bytes part)
{
    const uint8_t *from = rec->bytes.at, *to = from + rec->bytes.len;
    return part.len == 0 || (part.at >= from && part.len <= (size_t)(to - part.at));
}

static bool parts_inside(const struct chains_record *rec)
{
    const struct chains_tcp *tcp = chains_get(rec, tcp);
    const struct chains_udp *udp = chains_get(rec, udp);
    return inside(rec, rec->rest) && (!tcp || inside(rec, tcp->data)) &&
           (!udp || inside(rec, udp->data));
}

/* What two walks of the same packet say of its addresses and ports, where both say something. */
static bool agree(const struct chains_record *whole, const struct chains_record *prefix)
{
    const struct chains_ip *a = chains_get(whole, ip), *b = chains_get(prefix, ip);
    const struct chains_udp *u = chains_get(whole, udp), *v = chains_get(prefix, udp);
    if (a && b && chains_get(whole, outer) == NULL && chains_get(prefix, outer) == NULL &&
        (memcmp(&a->src, &b->src, sizeof a->src) != 0 || a->len != b->len || a->ttl != b->ttl))
        return false;
    return !u || !v || chains_get(whole, outer) || chains_get(prefix, outer) ||
           (u->sport == v->sport && u->dport == v->dport && u->len == v->len);
}

static size_t walk_prefixes(struct chains_batch *batch[2], uint8_t *end,
                            const struct capture_packet *packet)
{
    size_t bad = 0, step = packet->caplen > PREFIXES ? packet->caplen / PREFIXES : 1;
    struct chains_record *whole =
        walk_bytes(batch[0], packet->data, packet->caplen, packet->linktype);
    for (size_t len = 0; len <= packet->caplen; len += len < 200 ? 1 : step) {
        if (len > 0)
            memcpy(end - len, packet->data, len);
        struct chains_record *prefix = walk_bytes(batch[1], end - len, len, packet->linktype);
        bad += !parts_inside(prefix) || !agree(whole, prefix);
    }
    return bad;
}

static void walk_capture(const char *path, struct chains_batch *batch[2], uint8_t *end)
{
    char error[CAPTURE_ERROR];
    int status;
    size_t bad = 0, packets = 0;
    struct capture_packet packet;
    struct capture_file *file = capture_file_open(path, &status, error, sizeof error);
    if (!file)
        return; /* some of them are there to be refused */
    while ((status = capture_file_next(file, &packet)) == CHAINS_OK || status == CHAINS_IDLE) {
        if (status == CHAINS_IDLE) {
            capture_file_fill(file, -1);
            continue;
        }
        bad += walk_prefixes(batch, end, &packet);
        packets++;
    }
    capture_file_free(file);
    if (bad)
        printf("# %s: %zu of the prefixes of its %zu packets\n", path, bad, packets);
    check_eq_u64(bad, 0);
}

int main(int argc, char **argv)
{
    struct chains_layout layout;
    layout_init(&layout);
    for (size_t i = 0; dissect_layers[i]; i++)
        check(layout_add(&layout, dissect_layers[i]));
    check(layout_finish(&layout));
    struct chains_batch *batch[2] = { batch_new(&layout, 1), batch_new(&layout, 1) };
    uint8_t *end = guard_end();
    for (int i = 1; i < argc; i++)
        walk_capture(argv[i], batch, end);
    chains_batch_free(batch[0]);
    chains_batch_free(batch[1]);
    return check_done();
}
