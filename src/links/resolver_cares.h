/* SPDX-License-Identifier: MIT */
#ifndef LINKS_RESOLVER_CARES_H
#define LINKS_RESOLVER_CARES_H

#include "resolver.h"

/* What names the system's servers; its thread reads it again. */
#define RESOLVER_CARES_FILE "/etc/resolv.conf"

/* c-ares on a thread of its own. Options are copied; `server` must parse. NULL: no memory. */
struct resolver *resolver_cares_new(const struct resolver_options *options);

/* The version of c-ares in use: "1.18.1". */
const char *resolver_cares_library(void);

#endif
