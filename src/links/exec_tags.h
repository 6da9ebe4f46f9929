/* SPDX-License-Identifier: MIT */
#ifndef LINKS_EXEC_TAGS_H
#define LINKS_EXEC_TAGS_H

#include <chains/component.h>

#include "exec_reply.h"

/* Tags whose names come with the records: each becomes one of the chain's when it comes first. */

enum {
    EXEC_TAGS = 64,     /* the most that a chain has */
    EXEC_TAG_MOST = 47, /* letters of a name */
};

/* What could not become a tag. */
struct exec_no_tag {
    unsigned bad_names; /* not what chains_tag() takes */
    unsigned too_many;
    const char *name; /* the last of `too_many`, as in the reply */
};

/* Adds the tags of a reply, which has some or an empty list, to those of a record. */
struct exec_no_tag exec_tags_attach(chains_component *self, struct chains_record *rec,
                                    const struct exec_reply *reply);

#endif
