/* SPDX-License-Identifier: MIT */
/*
 * Tags that a program answers with. In: the words of a reply. Out: bits of the record's "tags"
 * layer, besides those that were there. Kept: what is no name for a tag never becomes one, and
 * what the chain has no room for is told apart from that.
 */
#include "exec_tags.h"

#include <chains/layer/tags.h>

#include <string.h>

#include "tagger.h"

/* What chains_tag() takes: it has two reasons to refuse. */
static bool tags_name_is_good(const char *name)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-.:";
    size_t len = strspn(name, taken);
    return len > 0 && len <= EXEC_TAG_MOST && !name[len];
}

struct exec_no_tag exec_tags_attach(chains_component *self, struct chains_record *rec,
                                    const struct exec_reply *reply)
{
    const struct chains_tags *before = chains_get(rec, tags);
    uint64_t bits = before ? before->tags : 0;
    struct exec_no_tag failed = { 0 };
    const char *name;
    for (size_t i = 0; (name = exec_reply_tag(reply, i)); i++) {
        int number = chains_tag(self, name);
        if (number >= 0) {
            bits |= UINT64_C(1) << number;
        } else if (tags_name_is_good(name)) {
            failed.too_many++;
            failed.name = name;
        } else {
            failed.bad_names++;
        }
    }
    struct chains_tags *layer = chains_attach(self, rec, &chains_tags_type);
    layer->tags = bits;
    return failed;
}
