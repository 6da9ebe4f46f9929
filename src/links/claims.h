/* SPDX-License-Identifier: MIT */
#ifndef LINKS_CLAIMS_H
#define LINKS_CLAIMS_H

#include "devices.h"
#include "local.h"

/*
 * What packets say about the names of local devices:
 *
 *   DHCP      the name that a client gives, for the address that the server's ACK gives to it (the
 *             two are joined by the number of the exchange and the card), for the one it has
 *             already and sends from, and, until that is known, for the one it wishes for
 *   DHCPv6    the same for the address that the client sends from and those it wishes for
 *   mDNS      a name in ".local" for the addresses in a response, if that of the sender is there
 *   LLMNR     the same, for any name of one label
 *   NetBIOS   the name that a host registers, answers to or sends from, for its own address
 *
 * Each of them from senders on the local network and for local addresses alone, in no tunnel.
 */
struct claims;

/* NULL: no memory, or no random key. */
struct claims *claims_new(uint32_t entries);

/* Who is told from now on: of addresses, and of cards. */
void claims_tell(struct claims *claims, const struct name_news *news);

/* Learns from a record; true when something is known that was not, or was otherwise. */
bool claims_read(struct claims *claims, const struct local *local,
                 const struct chains_record *rec);

/* Whether no claim was ever heard: then nobody has a name. */
bool claims_is_empty(const struct claims *claims);

/* Of an address that is sought soon: the first call fetches memory, the second what that led to. */
uint64_t claims_ahead(const struct claims *claims, const struct chains_addr *addr);
void claims_ahead_entry(const struct claims *claims, uint64_t hash);

/*
 * The name of a local address. `mac` is its card, or NULL: that counts for link-local IPv6 addresses,
 * which no router passes on. `hash` is what claims_ahead() gave, or NULL.
 */
bool claims_find_by(struct claims *claims, const struct chains_addr *addr, const uint8_t *mac,
                    const uint64_t *hash, int64_t now_ns, struct device_found *found);

static inline bool claims_find(struct claims *claims, const struct chains_addr *addr,
                               const uint8_t *mac, int64_t now_ns, struct device_found *found)
{
    return claims_find_by(claims, addr, mac, NULL, now_ns, found);
}

uint64_t claims_lost(const struct claims *claims);
/* Bytes that it takes for so many addresses. */
size_t claims_takes(uint32_t entries);
size_t claims_bytes(const struct claims *claims);
void claims_free(struct claims *claims);

#endif
