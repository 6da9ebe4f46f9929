/* SPDX-License-Identifier: MIT */
/* A plugin with two links: one drops, one tags and adds a layer of its own. */
#include <chains/component.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>

struct even {
    size_t size;
    bool odd;
};

static int even_each(chains_component *self, struct chains_record *rec)
{
    const struct even *even = chains_options(self);
    return rec->number % 2 == even->odd ? CHAINS_KEEP : CHAINS_DROP;
}

static const struct chains_field even_options[] = {
    CHAINS_FIELD(even, odd, BOOL, "keep the odd ones instead"),
    CHAINS_FIELDS_END,
};

static const struct chains_class even_class = {
    .name = "even",
    .brief = "keep records with an even number",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct even),
    .options = even_options,
    .each = even_each,
};

struct half {
    uint64_t value;
};

static const struct chains_field half_fields[] = {
    CHAINS_FIELD(half, value, UINT, "half the number of the record"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type half_type = {
    .slot = "half", .name = "half", .size = sizeof(struct half), .fields = half_fields
};

static const struct chains_layer_type *const half_attaches[] = { &half_type, NULL };

static int half_each(chains_component *self, struct chains_record *rec)
{
    struct half *half = chains_attach(self, rec, &half_type);
    half->value = rec->number / 2;
    const struct chains_ip *ip = chains_get(rec, ip);
    if (ip && ip->version != 4 && ip->version != 6)
        return chains_fail(self, CHAINS_EFORMAT, "record %u has no version",
                           (unsigned)rec->number);
    return CHAINS_KEEP;
}

static const struct chains_class half_class = {
    .name = "half",
    .brief = "say what half the number is",
    .role = CHAINS_LINK,
    .attaches = half_attaches,
    .each = half_each,
};

CHAINS_PLUGIN(&even_class, &half_class);
