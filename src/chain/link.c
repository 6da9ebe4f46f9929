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
    for (; component; component = chain_above(component)) {
        if (component->cls->gives)
            return component->cls->gives;
        unsigned gives = 0;
        for (size_t i = 0; chain_is_merge(component) && i < component->arms.count; i++)
            gives |= link_gives(component->arms.at[i]);
        if (gives)
            return gives;
    }
    return 0;
}

static const char *link_kinds_text(unsigned kinds, char *out, size_t size)
{
    static const char *const words[] = { "packets", "streams", "flows", "events" };
    size_t used = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (kinds >> i & 1 && used < size)
            used +=
                (size_t)snprintf(out + used, size - used, "%s%s", used ? " or " : "", words[i]);
    return out;
}

int link_kinds(chains_component *downstream, const chains_component *upstream)
{
    unsigned takes = downstream->cls->takes, gives = link_gives(upstream);
    char takes_text[64], gives_text[64];
    if (downstream->cls->role == CHAINS_SOURCE)
        return chains_fail(downstream, CHAINS_EUSAGE, "a source, nothing can be linked to it");
    if (!takes || !gives || (takes & gives))
        return CHAINS_OK;
    return chains_fail(downstream, CHAINS_EUSAGE, "takes %s, but %s gives %s",
                       link_kinds_text(takes, takes_text, sizeof takes_text),
                       upstream->cls->name,
                       link_kinds_text(gives, gives_text, sizeof gives_text));
}

/* What could not be linked is freed with `downstream`; a branch of a tee stays the tee's. */
static int link_keep_stray(chains_component *downstream, chains_component *upstream)
{
    if (chain_is_owned(upstream))
        return chains_error_code(downstream);
    upstream->downstream = downstream;
    upstream->next_stray = downstream->strays;
    downstream->strays = upstream;
    return chains_error_code(downstream);
}

/* Whether `wanted` is `from` or feeds it. */
static bool link_reaches(const chains_component *from, const chains_component *wanted)
{
    for (; from; from = chain_above(from)) {
        if (from == wanted)
            return true;
        for (size_t i = 0; chain_is_merge(from) && i < from->arms.count; i++)
            if (link_reaches(from->arms.at[i], wanted))
                return true;
    }
    return false;
}

/* One more input of a merge. */
static int link_input(chains_component *merge, chains_component *input)
{
    if (chain_is_owned(input)) /* and stays the tee's */
        return chains_fail(merge, CHAINS_EUSAGE, "a branch of a tee cannot be merged");
    if (!chain_arm_add(merge, input)) {
        chains_fail(merge, CHAINS_EMEM, "no memory for an input");
        return link_keep_stray(merge, input);
    }
    input->trunk = merge;
    return CHAINS_OK;
}

/* What is wrong with `first` as the beginning of a branch, or NULL. */
static const char *link_branch_fault(const chains_component *first)
{
    const chains_component *last = first;
    while (last->downstream)
        last = last->downstream;
    if (first->upstream)
        return "is linked already";
    if (chain_is_merge(first) || last->trunk)
        return "is merged: a branch of a tee cannot be";
    return NULL;
}

/* One more branch of a tee, which owns it from now on, also where the kinds disagree. */
static int link_branch(chains_component *first, chains_component *tee)
{
    const char *fault = link_branch_fault(first);
    if (tee->phase != COMPONENT_NEW || first->phase != COMPONENT_NEW)
        return chains_fail(tee, CHAINS_EUSAGE, "linked to %s after a pull", first->cls->name);
    if (fault)
        return chains_fail(tee, CHAINS_EUSAGE, "%s %s", first->cls->name, fault);
    chains_component *outlet = tee_outlet(tee);
    if (!outlet)
        return chains_fail(tee, CHAINS_EMEM, "no memory for a branch");
    outlet->downstream = first;
    first->upstream = outlet;
    return link_kinds(first, outlet);
}

/* One after the other, also where the kinds disagree: the failure sticks. */
static int link_row(chains_component *downstream, chains_component *upstream)
{
    if (downstream->upstream) {
        chains_fail(downstream, CHAINS_EUSAGE, "linked twice, to %s and to %s",
                    downstream->upstream->cls->name, upstream->cls->name);
        return link_keep_stray(downstream, upstream);
    }
    upstream->downstream = downstream;
    downstream->upstream = upstream;
    return link_kinds(downstream, upstream);
}

int chains_link(chains_component *downstream, chains_component *upstream)
{
    if (!downstream) {
        chains_free(upstream);
        return CHAINS_EMEM;
    }
    if (!upstream)
        return chains_fail(downstream, CHAINS_EMEM, "no memory for what is upstream of it");
    if (link_reaches(upstream, downstream))
        return chains_fail(downstream, CHAINS_EUSAGE, "linked to itself");
    if (chain_is_tee(upstream))
        return link_branch(downstream, upstream);
    if (upstream->downstream || upstream->trunk)
        return chains_fail(
            downstream, CHAINS_EUSAGE, "%s is linked already, to %s", upstream->cls->name,
            (upstream->downstream ? upstream->downstream : upstream->trunk)->cls->name);
    if (downstream->phase != COMPONENT_NEW || upstream->phase != COMPONENT_NEW) {
        chains_fail(downstream, CHAINS_EUSAGE, "linked to %s after a pull",
                    upstream->cls->name);
        return link_keep_stray(downstream, upstream);
    }
    int status = chain_is_merge(downstream) ? link_input(downstream, upstream)
                                            : link_row(downstream, upstream);
    if (downstream->log && !upstream->log)
        chains_on_log(upstream, downstream->log, downstream->log_user);
    return status;
}
