/* SPDX-License-Identifier: MIT */
/* The one file that knows every room: what the library is made with. */
#include <chains/components.h>

#include <stdio.h>

#include "dissect/walk.h"
#include "links/resolver_cares.h"
#include "links/reverse_dns.h"
#include "links/tagger.h"
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
    const struct chains_layer_type *types[CHAINS_IDS + 1] = { NULL };
    for (size_t i = 0; dissect_layers[i]; i++)
        types[dissect_layers[i]->id] = dissect_layers[i];
    types[CHAINS_ID_domains] = &chains_domains_type;
    types[CHAINS_ID_tags] = &chains_tags_type;
    size_t count = 0;
    for (size_t i = 0; i < CHAINS_IDS; i++)
        if (types[i])
            types[count++] = types[i];
    types[count] = NULL;
    return json_schema_write(out, types) ? CHAINS_OK : CHAINS_EIO;
}
