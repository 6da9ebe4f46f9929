/* SPDX-License-Identifier: MIT */
/* What a class does with the output that its state begins with, when it does nothing else. */
#include "output.h"

int output_slot_idle(chains_component *self)
{
    return output_flush(chains_state(self));
}

int output_slot_reopen(chains_component *self)
{
    return output_reopen(chains_state(self));
}

int output_slot_finish(chains_component *self)
{
    return output_finish(chains_state(self));
}

void output_slot_close(chains_component *self)
{
    output_close(chains_state(self));
}
