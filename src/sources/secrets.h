/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_SECRETS_H
#define SOURCES_SECRETS_H

#include <chains/component.h>

/* The keys that the capture files of one source carry, as text, to be announced. */

enum { SECRETS_MOST = 1024 * 1024 /* bytes; what comes then is left out */ };

struct secrets {
    struct chains_secrets found;
    char *text;
    size_t room;
    bool full; /* some were left out */
};

/* Adds lines; the last one is ended where it is not. Whole lines or nothing. False: no memory. */
bool secrets_add(struct secrets *secrets, const uint8_t *lines, size_t len);

void secrets_close(struct secrets *secrets);

#endif
