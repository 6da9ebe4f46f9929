/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DEVICES_H
#define LINKS_DEVICES_H

#include <chains/record.h>

#include "name_news.h"

/*
 * What the devices of the local network call themselves, by address. A name is a claim of whoever
 * sent it, and nobody on a local network proves who he is: it is believed about local addresses
 * alone, and from senders there. Of claims about one address that of the better source counts, DHCP
 * before mDNS before LLMNR before NetBIOS, and of one source the newest.
 *
 * A claim holds for DEVICES_HOLD_S, one of DHCP for its lease, at least DEVICES_LEAST_S and at most
 * DEVICES_MOST_S. Time is packet time.
 */
struct devices;

enum {
    DEVICES_DEFAULT = 4096,
    DEVICES_NAME = 128, /* room for a name and its closing 0 */
    DEVICES_HOLD_S = 4 * 3600,
    DEVICES_UNSURE_S = 300,
    DEVICES_LEAST_S = 300,
    DEVICES_MOST_S = 86400,
};

struct device_claim {
    struct chains_addr addr; /* may be that of devices_mac() */
    const uint8_t *mac;      /* whose it is; NULL: not known */
    const char *name;        /* as device_name() makes it */
    int64_t hold_s;
    uint8_t from; /* enum chains_name_source */
    bool unsure;  /* wished for, not granted: takes no other's place, and others take its */
    bool beside;  /* about another address than the sender's: takes no other card's place */
};

struct device_found {
    const char *name; /* lives until the next claim */
    uint8_t from;
    int64_t until_ns;
    bool *used; /* to be set where it is shown again */
};

/* All the memory it ever takes. NULL when there is none, or no random key. */
struct devices *devices_new(uint32_t entries);

/* Who is told from now on. */
void devices_tell(struct devices *devices, const struct name_news *news);

/* True when that is news. */
bool devices_keep(struct devices *devices, const struct device_claim *claim, int64_t now_ns);

/* The device has given up a name of this source, or all of them (`name` NULL). True: it had it. */
bool devices_drop(struct devices *devices, const struct chains_addr *addr, uint8_t from,
                  const char *name);

/* The same for an address beside the sender's own, which must be of the claim's card. */
bool devices_drop_beside(struct devices *devices, const struct device_claim *claim);

/* The address belongs to `mac` now: what another card said is over. True: there was something. */
bool devices_moved(struct devices *devices, const struct chains_addr *addr,
                   const uint8_t mac[6]);

/* The wish of `mac` for an address was not granted. True: it was there. */
bool devices_refused(struct devices *devices, const struct chains_addr *addr,
                     const uint8_t mac[6]);

/* Whether nothing was ever kept. */
bool devices_is_empty(const struct devices *devices);

/* Of an address that is sought soon: the first call fetches memory, the second what that led to. */
uint64_t devices_ahead(const struct devices *devices, const struct chains_addr *addr);
void devices_ahead_entry(const struct devices *devices, uint64_t hash);

/* `hash` is what devices_ahead() gave, or NULL. */
bool devices_find_by(struct devices *devices, const struct chains_addr *addr,
                     const uint64_t *hash, int64_t now_ns, struct device_found *found);

static inline bool devices_find(struct devices *devices, const struct chains_addr *addr,
                                int64_t now_ns, struct device_found *found)
{
    return devices_find_by(devices, addr, NULL, now_ns, found);
}

/* A network card in the place of an address: names that hold whatever its address is. */
struct chains_addr devices_mac(const uint8_t mac[6]);

/*
 * What a device sent as a name that is fit to be shown: letters, digits, '.', '-' and '_', and a '-'
 * for each run of others. False when nothing is left of it, it looks like an address, or it is a
 * word that addresses are shown by, as "LOCAL".
 */
bool device_name(char out[DEVICES_NAME], struct chains_bytes sent);

/* Claims that had to go while they still held. */
uint64_t devices_lost(const struct devices *devices);

/* Bytes that it takes for so many addresses. */
size_t devices_takes(uint32_t entries);

size_t devices_bytes(const struct devices *devices);
void devices_free(struct devices *devices);

#endif
