/* SPDX-License-Identifier: MIT */
/* The one file that knows every room: what the library is made with. */
#include <chains/chain.h>

#include <stdio.h>

#include "links/resolver.h"
#include "sources/capture_live.h"
#include "sources/decompress.h"

size_t chains_version_libraries(char *out, size_t size)
{
    char inflaters[64];
    decompress_libraries(inflaters, sizeof inflaters);
    int length = snprintf(out, size, "%s, c-ares %s, %s", capture_live_library(),
                          resolver_library(), inflaters);
    return length < 0 ? 0 : (size_t)length;
}
