/* SPDX-License-Identifier: MIT */
/* A second plugin, with functions and a table of the same names as the first. */
#include <chains/component.h>

static int even_each(chains_component *self, struct chains_record *rec)
{
    return chains_stopping(self) || rec->number > 6 ? CHAINS_DROP : CHAINS_KEEP;
}

static const struct chains_class even_class = {
    .name = "below_seven",
    .brief = "keep the first six",
    .role = CHAINS_LINK,
    .each = even_each,
};

CHAINS_PLUGIN(&even_class);
