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

void output_slot_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct output *output = chains_state(self);
    if (output->path && output->regular)
        tell(user, CHAINS_ACCESS_WRITE, output->path);
}

void output_slot_memory(const chains_component *self, struct chains_memory *memory)
{
    (void)self;
    memory->least = memory->usual = OUTPUT_BUFFER;
}

void output_slot_stats(const chains_component *self, struct chains_stats *stats)
{
    (void)self;
    stats->memory += OUTPUT_BUFFER;
}
