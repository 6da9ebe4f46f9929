/* SPDX-License-Identifier: MIT */
/*
 * Tags that a program answers with. In: the words of a reply. Out: bits of the record's "tags"
 * layer, besides those that were there. Kept: the names live in the component's state, as long as
 * the chain shows them; what is no name for a tag never becomes one.
 */
#include "exec_tags.h"

#include <chains/layer/tags.h>

#include <string.h>

#include "tagger.h"

/* What chains_tag() takes, to tell its two reasons to refuse apart. */
static bool tags_name_is_good(const char *name)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-.:";
    size_t len = strnlen(name, EXEC_TAG_SIZE);
    return len > 0 && len < EXEC_TAG_SIZE && strspn(name, taken) == len;
}

/* The number of a tag; a new one is the chain's from now on. -1: the chain has no room. */
static int tags_number(struct exec_tags *tags, chains_component *self,
                       const struct chains_record *rec, const char *name)
{
    int number = chains_tag_number(rec, name);
    if (number >= 0 || tags->count == EXEC_TAGS)
        return number;
    char *own = tags->name[tags->count];
    memcpy(own, name, strlen(name) + 1);
    number = chains_tag(self, own);
    tags->count += number >= 0;
    return number;
}

struct exec_no_tag exec_tags_attach(struct exec_tags *tags, chains_component *self,
                                    struct chains_record *rec, const struct exec_reply *reply)
{
    const struct chains_tags *before = chains_get(rec, tags);
    uint64_t bits = before ? before->tags : 0;
    struct exec_no_tag failed = { 0 };
    const char *name;
    for (size_t i = 0; (name = exec_reply_tag(reply, i)); i++) {
        int number = tags_name_is_good(name) ? tags_number(tags, self, rec, name) : -1;
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
