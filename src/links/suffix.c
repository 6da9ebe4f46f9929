/* SPDX-License-Identifier: MIT */
/*
 * Registered domains, by libpsl. In: a name in lower case. Out: where in it the domain begins
 * that somebody has registered. Kept: libpsl sees the last labels of a name only, so that what
 * it costs does not depend on how many labels somebody puts into one; the list is read once.
 */
#include "suffix.h"

#include <libpsl.h>
#include <stddef.h>
#include <string.h>

enum { LABELS_MOST = 12 /* no rule of the list has half as many */ };

struct suffix_list *suffix_list_new(void)
{
    return (struct suffix_list *)psl_latest(NULL);
}

void suffix_list_free(struct suffix_list *list)
{
    psl_free((psl_ctx_t *)list);
}

static const psl_ctx_t *suffix_psl(const struct suffix_list *list)
{
    return (const psl_ctx_t *)list;
}

/* The last `labels` labels of a name. */
static const char *suffix_tail(const char *name, unsigned labels)
{
    const char *at = name + strlen(name);
    for (; at > name; at--)
        if (at[-1] == '.' && --labels == 0)
            break;
    return at;
}

const char *suffix_registered(const struct suffix_list *list, const char *name)
{
    return psl_registrable_domain(suffix_psl(list), suffix_tail(name, LABELS_MOST));
}

bool suffix_is_public(const struct suffix_list *list, const char *name)
{
    return psl_is_public_suffix2(suffix_psl(list), suffix_tail(name, 1),
                                 PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}

const char *suffix_library(void)
{
    return PSL_VERSION;
}
