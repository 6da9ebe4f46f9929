/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HOST_PORT_H
#define LINKS_HOST_PORT_H

#include <chains/bytes.h>

/* What a Host header names, without the port behind it: a colon and at most five digits. */
static inline struct chains_bytes host_without_port(struct chains_bytes host)
{
    enum { PORT_DIGITS = 5 };
    for (size_t digits = 0; digits <= PORT_DIGITS && digits < host.len; digits++) {
        uint8_t c = chains_byte(host, host.len - 1 - digits);
        if (c == ':')
            return (struct chains_bytes){ host.at, host.len - 1 - digits };
        if (c < '0' || c > '9')
            break;
    }
    return host;
}

#endif
