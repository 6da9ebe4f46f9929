/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as one header below the network; the first one says which (families.c, with what must
 * hold). Build and run:
 *
 *     script/fuzz link 60
 */
#include "families.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return family_run(FAMILY_LINK, data, size);
}
