/* SPDX-License-Identifier: MIT */
/*
 * A packet's tags and names as one line. In: a record. Out: printable ASCII of bounded length,
 * whose separators occur nowhere else: a name keeps no blank.
 */
#include "packet_comment.h"

#include <chains/layer/domains.h>
#include <chains/layer/tags.h>

static char *comment_tags(char *out, const struct chains_record *rec, uint64_t tags)
{
    out = text_literal(out, "tags: ");
    for (uint64_t bits = tags; bits; bits &= bits - 1) {
        const char *name = rec->layout->tag[__builtin_ctzll(bits)];
        out = text_copy(out, name, strlen(name));
        if (bits & (bits - 1))
            out = text_literal(out, ", ");
    }
    return out;
}

static char *comment_name(char *out, const struct chains_addr *addr, const char *name)
{
    out += chains_addr_text(addr, out);
    out = text_literal(out, " = ");
    for (size_t i = 0; i < PACKET_COMMENT_NAME && name[i]; i++) {
        uint8_t byte = (uint8_t)name[i];
        if (byte <= 0x20 || byte > 0x7e || byte == '\\')
            out = text_escape_hex(out, byte);
        else
            *out++ = name[i];
    }
    return out;
}

size_t packet_comment(char *out, const struct chains_record *rec)
{
    const struct chains_tags *tags = chains_get(rec, tags);
    const struct chains_domains *domains = chains_get(rec, domains);
    const struct chains_addr *src, *dst;
    char *start = out;
    if (tags && tags->tags)
        out = comment_tags(out, rec, tags->tags);
    if (!domains || (!domains->src && !domains->dst) ||
        !chains_record_addresses(rec, &src, &dst))
        return (size_t)(out - start);
    if (out != start)
        out = text_literal(out, "; ");
    out = text_literal(out, "names: ");
    if (domains->src)
        out = comment_name(out, src, domains->src);
    if (domains->src && domains->dst)
        out = text_literal(out, ", ");
    if (domains->dst)
        out = comment_name(out, dst, domains->dst);
    return (size_t)(out - start);
}
