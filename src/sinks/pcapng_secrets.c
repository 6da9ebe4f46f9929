/* SPDX-License-Identifier: MIT */
/*
 * In: the texts of keys that sources announce, which grow. Out: Decryption Secrets Blocks with what
 * a section has not been told yet, so that each file of a rotation can be read by itself.
 */
#include "pcapng_secrets.h"

#include <stdlib.h>
#include <string.h>

#include "pcapng_blocks.h"

bool pcapng_secrets_open(struct pcapng_secrets *secrets, const chains_component *sink)
{
    secrets->source = chains_source_of(sink);
    secrets->written = calloc(secrets->source.secrets_count + 1, sizeof *secrets->written);
    return secrets->written != NULL;
}

void pcapng_secrets_forget(struct pcapng_secrets *secrets)
{
    if (secrets->written)
        memset(secrets->written, 0, secrets->source.secrets_count * sizeof *secrets->written);
}

static void pcapng_secrets_block(struct pcapng_secrets *secrets, struct output *output,
                                 const char *text, size_t len)
{
    char *out = output_room(output, PCAPNG_SECRETS_HEADER);
    output_put(output, pcapng_secrets_header(out, len));
    output_text(output, text, len);
    out = output_room(output, PCAPNG_SECRETS_TAIL);
    output_put(output, pcapng_secrets_tail(out, len));
    output_commit(output);
    secrets->bytes += pcapng_secrets_size(len);
}

void pcapng_secrets_put(struct pcapng_secrets *secrets, struct output *output)
{
    for (size_t i = 0; i < secrets->source.secrets_count; i++) {
        const struct chains_secrets *from = secrets->source.secrets[i];
        size_t written = secrets->written[i];
        if (from->len <= written)
            continue;
        secrets->written[i] = from->len;
        pcapng_secrets_block(secrets, output, from->text + written, from->len - written);
    }
}

void pcapng_secrets_close(struct pcapng_secrets *secrets)
{
    free(secrets->written);
    *secrets = (struct pcapng_secrets){ .written = NULL };
}
