/* SPDX-License-Identifier: MIT */
/* The one file that knows every room: what the library is made with. */
#include <chains/components.h>

#include <stdio.h>

#include "dissect/walk.h"
#include "links/resolver_cares.h"
#include "links/reverse_dns.h"
#include "links/tagger.h"
#include "record/layout.h"
#include "sinks/json_schema.h"
#include "sources/capture_live.h"
#include "sources/decompress.h"

size_t chains_version_libraries(char *out, size_t size)
{
    char inflaters[64];
    decompress_libraries(inflaters, sizeof inflaters);
    int length = snprintf(out, size, "%s, c-ares %s, %s", capture_live_library(),
                          resolver_cares_library(), inflaters);
    return length < 0 ? 0 : (size_t)length;
}

int chains_json_schema(FILE *out)
{
    struct chains_layout all; /* puts them in the order in which they are printed */
    layout_init(&all);
    bool whole = layout_add(&all, &chains_domains_type) && layout_add(&all, &chains_tags_type);
    for (size_t i = 0; dissect_layers[i]; i++)
        whole = whole && layout_add(&all, dissect_layers[i]);
    const struct chains_layer_type *types[CHAINS_IDS + 1] = { NULL };
    size_t count = 0;
    for (size_t id = 0; id < all.ids; id++)
        if (all.type[id])
            types[count++] = all.type[id];
    return whole && json_schema_write(out, types) ? CHAINS_OK : CHAINS_EIO;
}
