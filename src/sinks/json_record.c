/* SPDX-License-Identifier: MIT */
/* What json_lines, its schema and the full print agree on about records and layers. */
#include "json_record.h"

#include <string.h>

const struct chains_name json_record_flags[] = {
    { CHAINS_SNAPPED, "snapped" },         { CHAINS_CUT, "cut_short" },
    { CHAINS_BROKEN, "malformed" },        { CHAINS_FRAGMENT, "fragment" },
    { CHAINS_REASSEMBLED, "reassembled" }, { CHAINS_TOO_DEEP, "too_deep" },
    { CHAINS_OVERLAP, "overlap" },         { 0, NULL },
};

bool json_record_is_bare(const struct chains_layer_type *type)
{
    const struct chains_field *only = type->fields;
    return only->name && !only[1].name && strcmp(only->name, type->slot) == 0;
}
