/* SPDX-License-Identifier: MIT */
/*
 * Who is upstream of whom. In: two components. Out: the upstream belongs to the downstream,
 * also when the link makes no sense; then the downstream remembers why. Kinds are compared as
 * soon as they are known, and once more when the chain is opened.
 */
#include "internal.h"

#include <stdio.h>

/* The kinds of records that come out of a component; 0 while that is not known. */
static unsigned link_gives(const chains_component *component)
{
    for (; component; component = component->upstream)
        if (component->cls->gives)
            return component->cls->gives;
    return 0;
}

static const char *link_kinds_text(unsigned kinds, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s%s%s", kinds & CHAINS_PACKETS ? "packets" : "",
             kinds & CHAINS_PACKETS && kinds & ~(unsigned)CHAINS_PACKETS ? " or " : "",
             kinds & CHAINS_STREAMS ? "streams" : "",
             kinds & CHAINS_STREAMS && kinds & CHAINS_FLOWS ? " or " : "",
             kinds & CHAINS_FLOWS ? "flows" : "");
    return out;
}

int link_kinds(chains_component *downstream, const chains_component *upstream)
{
    unsigned takes = downstream->cls->takes, gives = link_gives(upstream);
    char takes_text[40], gives_text[40];
    if (downstream->cls->role == CHAINS_SOURCE)
        return chains_fail(downstream, CHAINS_EUSAGE, "a source, nothing can be linked to it");
    if (!takes || !gives || (takes & gives))
        return CHAINS_OK;
    return chains_fail(downstream, CHAINS_EUSAGE, "takes %s, but %s gives %s",
                       link_kinds_text(takes, takes_text, sizeof takes_text),
                       upstream->cls->name,
                       link_kinds_text(gives, gives_text, sizeof gives_text));
}

static int link_keep_stray(chains_component *downstream, chains_component *upstream)
{
    upstream->downstream = downstream;
    upstream->next_stray = downstream->strays;
    downstream->strays = upstream;
    return chains_error_code(downstream);
}

int chains_link(chains_component *downstream, chains_component *upstream)
{
    if (!downstream) {
        chains_free(upstream);
        return CHAINS_EMEM;
    }
    if (!upstream)
        return chains_fail(downstream, CHAINS_EMEM, "no memory for what is upstream of it");
    for (const chains_component *c = upstream; c; c = c->upstream)
        if (c == downstream)
            return chains_fail(downstream, CHAINS_EUSAGE, "linked to itself");
    if (upstream->downstream)
        return chains_fail(downstream, CHAINS_EUSAGE, "%s is linked already, to %s",
                           upstream->cls->name, upstream->downstream->cls->name);
    if (downstream->upstream) {
        chains_fail(downstream, CHAINS_EUSAGE, "linked twice, to %s and to %s",
                    downstream->upstream->cls->name, upstream->cls->name);
        return link_keep_stray(downstream, upstream);
    }
    if (downstream->phase != COMPONENT_NEW || upstream->phase != COMPONENT_NEW) {
        chains_fail(downstream, CHAINS_EUSAGE, "linked to %s after a pull",
                    upstream->cls->name);
        return link_keep_stray(downstream, upstream);
    }
    if (link_kinds(downstream, upstream) < 0)
        return link_keep_stray(downstream, upstream);
    upstream->downstream = downstream;
    downstream->upstream = upstream;
    if (downstream->log && !upstream->log)
        chains_on_log(upstream, downstream->log, downstream->log_user);
    return CHAINS_OK;
}
