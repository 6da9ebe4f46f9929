/* SPDX-License-Identifier: MIT */
/*
 * Which addresses are of this network. In: the prefixes of an option, and those that the source
 * announced. Out: the class of an address and its word. A prefix given here wins over a
 * special-purpose block (a test network, 100.64.0.0/10 at home), never over multicast,
 * broadcast or loopback.
 */
#include "local.h"

#include <chains/layer/domains.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/special.h"

int local_open(struct local *local, chains_component *self, const char *const *prefixes)
{
    size_t count = 0;
    local->source = chains_source_of(self);
    while (prefixes && prefixes[count])
        count++;
    if (count == 0)
        return CHAINS_OK;
    local->prefix = calloc(count, sizeof *local->prefix);
    if (!local->prefix)
        return chains_fail(self, CHAINS_EMEM, "no memory for prefixes");
    for (; local->count < count; local->count++)
        if (!chains_prefix_parse(prefixes[local->count], &local->prefix[local->count]))
            return chains_fail(chains_about(self, "local", 0), CHAINS_EUSAGE,
                               "local \"%s\" is not ADDR/BITS", prefixes[local->count]);
    return CHAINS_OK;
}

void local_free(struct local *local)
{
    free(local->prefix);
    *local = (struct local){ .prefix = NULL };
}

static bool local_any_holds(const struct chains_prefix *prefix, size_t count,
                            const struct chains_addr *addr)
{
    for (size_t i = 0; i < count; i++)
        if (chains_prefix_holds(&prefix[i], addr))
            return true;
    return false;
}

static bool local_is_broadcast(const struct chains_source_info *source,
                               const struct chains_addr *addr)
{
    for (size_t i = 0; i < source->broadcast_count; i++)
        if (memcmp(&source->broadcast[i], addr, sizeof *addr) == 0)
            return true;
    return false;
}

uint8_t local_class(const struct local *local, const struct chains_addr *addr,
                    const char **label)
{
    const struct special *special = special_of(addr);
    uint8_t class = special ? special->class : 0;
    *label = special ? special->label : NULL;
    if (local_is_broadcast(&local->source, addr)) {
        *label = "broadcast";
        return CHAINS_CLASS_BROADCAST;
    }
    if ((class == 0 || class == CHAINS_CLASS_SPECIAL) &&
        (local_any_holds(local->prefix, local->count, addr) ||
         local_any_holds(local->source.local, local->source.local_count, addr))) {
        *label = "LOCAL";
        return CHAINS_CLASS_LOCAL;
    }
    return class;
}

uint8_t local_kind_anew(const struct local *local, struct local_known *place,
                        const struct chains_addr *addr)
{
    const char *label;
    place->class = local_class(local, addr, &label);
    place->family = addr->family;
    memcpy(&place->high, addr->octets, sizeof place->high);
    memcpy(&place->low, addr->octets + sizeof place->high, sizeof place->low);
    return place->class;
}
