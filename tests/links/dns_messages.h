/* SPDX-License-Identifier: MIT */
#ifndef DNS_MESSAGES_H
#define DNS_MESSAGES_H

/* DNS messages made by hand, for tests of what reads and joins them. */

#include <chains/bytes.h>

#include <string.h>

enum { DNS_MADE_MOST = 70000, DNS_QR = 0x8000, DNS_RD = 0x0100, DNS_TC = 0x0200 };

struct dns_made {
    size_t len;
    uint8_t at[DNS_MADE_MOST];
};

static inline struct chains_bytes dns_made_bytes(const struct dns_made *made)
{
    return (struct chains_bytes){ made->at, made->len };
}

static inline void dns_made_u16(struct dns_made *made, unsigned value)
{
    made->at[made->len++] = (uint8_t)(value >> 8);
    made->at[made->len++] = (uint8_t)value;
}

/* "www.example.com" as labels and the root's. */
static inline void dns_made_name(struct dns_made *made, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");
        made->at[made->len++] = (uint8_t)len;
        memcpy(made->at + made->len, name, len);
        made->len += len;
        name += len + (name[len] == '.');
    }
    made->at[made->len++] = 0;
}

/* A header, and a question where there is a name. */
static inline void dns_made_begin(struct dns_made *made, unsigned id, unsigned flags,
                                  const char *name, unsigned type)
{
    made->len = 0;
    dns_made_u16(made, id);
    dns_made_u16(made, flags);
    dns_made_u16(made, name != NULL);
    for (int i = 0; i < 3; i++)
        dns_made_u16(made, 0);
    if (!name)
        return;
    dns_made_name(made, name);
    dns_made_u16(made, type);
    dns_made_u16(made, 1);
}

/* One more answer: an A record of the name that is asked for. */
static inline void dns_made_answer(struct dns_made *made, uint32_t addr)
{
    made->at[7]++;
    dns_made_u16(made, 0xc00c);
    dns_made_u16(made, 1);
    dns_made_u16(made, 1);
    dns_made_u16(made, 0);
    dns_made_u16(made, 60);
    dns_made_u16(made, 4);
    dns_made_u16(made, addr >> 16);
    dns_made_u16(made, addr & 0xffff);
}

#endif
