/* SPDX-License-Identifier: MIT */
/*
 * Linux netfilter log (LINKTYPE_NFLOG). In: a header, then attributes in the byte order of the
 * capturing machine, one of which is the packet. Out: the family, the interfaces' index; the
 * reader is cut to the packet. The byte order is the one in which a type is small.
 *
 *     family 1 | version 1 | resource 2 |
 *     { length 2, these four included | type 2 | value, padded to 4 }
 */
#include "link.h"

#include <string.h>

enum { NFLOG_INDEV = 4, NFLOG_OUTDEV = 5, NFLOG_PAYLOAD = 9, NFLOG_TYPE_MASK = 0x7fff };

struct nflog_attribute {
    uint16_t len, type;
};

static struct nflog_attribute nflog_read_head(struct chains_reader *in)
{
    struct nflog_attribute head = { 0, 0 };
    const uint8_t *p = chains_take(in, 4);
    if (!p)
        return head;
    bool little = chains_load_le16(p + 2) < chains_load_be16(p + 2);
    head.len = little ? chains_load_le16(p) : chains_load_be16(p);
    head.type = little ? chains_load_le16(p + 2) : chains_load_be16(p + 2);
    head.type &= NFLOG_TYPE_MASK;
    return head;
}

/* Walks to the packet. */
static enum chains_verdict nflog_attributes(struct chains_reader *in,
                                            struct chains_linklayer *link)
{
    while (chains_left(in) > 0) {
        struct nflog_attribute head = nflog_read_head(in);
        if (in->failed)
            return CHAINS_PARTIAL;
        if (head.len < 4)
            return CHAINS_BAD_TAIL;
        size_t size = head.len - 4u;
        if (head.type == NFLOG_PAYLOAD) {
            chains_limit(in, size);
            return CHAINS_PARSED;
        }
        const uint8_t *p = chains_peek(in, 4);
        if ((head.type == NFLOG_INDEV || head.type == NFLOG_OUTDEV) && size == 4 && p) {
            link->has |= CHAINS_LINK_HAS_INTERFACE;
            link->interface = chains_load_be32(p);
        }
        size_t padded = (size + 3) & ~(size_t)3;
        if (chains_left(in) < size)
            return CHAINS_PARTIAL;
        chains_skip(in, chains_left(in) < padded ? size : padded);
    }
    return CHAINS_PARTIAL;
}

static enum chains_verdict nflog_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    if (p[1] != 0)
        return CHAINS_MALFORMED;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_NFLOG;
    link->has = CHAINS_LINK_HAS_FAMILY;
    link->family = p[0];
    enum chains_verdict verdict = nflog_attributes(in, link);
    if (verdict == CHAINS_PARSED && link->family == 2)
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x0800 };
    else if (verdict == CHAINS_PARSED && link->family == 10)
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x86dd };
    return verdict;
}

static const struct chains_key nflog_keys[] = {
    { CHAINS_BY_LINKTYPE, 239 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_nflog = {
    .name = "nflog",
    .layer = &link_type,
    .keys = nflog_keys,
    .dissect = nflog_dissect,
};
