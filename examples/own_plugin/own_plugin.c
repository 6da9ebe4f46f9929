/* SPDX-License-Identifier: MIT */
/* A component of one's own for the command: chains run --plugin ./own_plugin.so ... ! big bytes=500 */
#include <chains.h>

struct big {
    size_t size;
    uint32_t bytes;
};

static int big_each(chains_component *self, struct chains_record *rec)
{
    const struct big *big = chains_options(self);
    return rec->wire_len >= (big->bytes ? big->bytes : 1000) ? CHAINS_KEEP : CHAINS_DROP;
}

static const struct chains_field big_options[] = {
    CHAINS_FIELD(big, bytes, UINT, "length from which on packets are kept", .preset = "1000",
                 .bare = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_class big_class = {
    .name = "big",
    .brief = "keep large packets",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct big),
    .options = big_options,
    .each = big_each,
};

CHAINS_PLUGIN(&big_class);
