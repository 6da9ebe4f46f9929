/* SPDX-License-Identifier: MIT */
/*
 * What interfaces there are, through libpcap's list. In: nothing. Out: the list for people, the
 * one to take by default, the subnets of one.
 */
#include "interfaces.h"

#include <chains/components.h>

#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

/* All of them at once; what is watched when nothing else is up. */
static const char interface_any[] = "any";

/* Devices that libpcap lists and that carry no network traffic of this machine. */
static bool interface_is_odd(const char *name)
{
    static const char *const odd[] = { "bluetooth", "nflog",  "nfqueue", "dbus-",
                                       "usbmon",    "netmap", "dag",     "any" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (strncmp(name, odd[i], strlen(odd[i])) == 0)
            return true;
    return false;
}

static bool interface_addr(const struct sockaddr *from, struct chains_addr *to)
{
    memset(to, 0, sizeof *to);
    if (!from)
        return false;
    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        memcpy(to->octets, &in.sin_addr, 4);
        to->family = 4;
    } else if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        memcpy(to->octets, &in6.sin6_addr, 16);
        to->family = 6;
    }
    return to->family != 0;
}

static bool interface_has_address(const pcap_if_t *device)
{
    struct chains_addr addr;
    for (const pcap_addr_t *a = device->addresses; a; a = a->next)
        if (interface_addr(a->addr, &addr))
            return true;
    return false;
}

/* 0: not to be taken by default; else the larger the better. */
static int interface_rank(const pcap_if_t *device)
{
    unsigned status = device->flags & PCAP_IF_CONNECTION_STATUS;
    bool ready = (device->flags & PCAP_IF_UP) && (device->flags & PCAP_IF_RUNNING);
    if (!ready || device->flags & PCAP_IF_LOOPBACK || interface_is_odd(device->name) ||
        status == PCAP_IF_CONNECTION_STATUS_DISCONNECTED)
        return 0;
    return interface_has_address(device) ? 2 : 1;
}

static const pcap_if_t *interface_best(const pcap_if_t *devices)
{
    const pcap_if_t *best = NULL;
    for (const pcap_if_t *device = devices; device; device = device->next)
        if (interface_rank(device) > (best ? interface_rank(best) : 0))
            best = device;
    return best;
}

bool interfaces_default(char name[INTERFACE_NAME], char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *devices = NULL;
    if (pcap_findalldevs(&devices, reason) < 0) {
        snprintf(error, error_size, "cannot list the interfaces: %s", reason);
        return false;
    }
    const pcap_if_t *best = interface_best(devices);
    snprintf(name, INTERFACE_NAME, "%s", best ? best->name : interface_any);
    pcap_freealldevs(devices);
    return true;
}

bool interfaces_has(const char *name)
{
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *devices = NULL;
    if (pcap_findalldevs(&devices, reason) < 0)
        return false;
    const pcap_if_t *device = devices;
    while (device && strcmp(device->name, name) != 0)
        device = device->next;
    bool found = device != NULL;
    pcap_freealldevs(devices);
    return found;
}

void interfaces_names(char *out, size_t size)
{
    static const char more[] = ", ...";
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *devices = NULL;
    size_t used = 0;
    out[0] = '\0';
    if (pcap_findalldevs(&devices, reason) < 0)
        return;
    for (const pcap_if_t *d = devices; d; d = d->next) {
        if (interface_is_odd(d->name) && strcmp(d->name, interface_any) != 0)
            continue;
        const char *gap = used ? ", " : "";
        if (used + strlen(gap) + strlen(d->name) + sizeof more > size) {
            snprintf(out + used, size - used, "%s", used ? more : more + 2);
            break;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", gap, d->name);
    }
    pcap_freealldevs(devices);
}

static uint8_t interface_bits(const struct chains_addr *mask)
{
    uint8_t bits = 0;
    for (size_t i = 0; i < sizeof mask->octets; i++)
        bits = (uint8_t)(bits + __builtin_popcount(mask->octets[i]));
    return bits;
}

static void interface_add(struct interface_addresses *all, const pcap_addr_t *from)
{
    struct chains_addr addr, mask, broadcast;
    if (!interface_addr(from->addr, &addr) || !interface_addr(from->netmask, &mask))
        return;
    if (all->prefix_count < INTERFACE_PREFIXES) {
        struct chains_prefix *prefix = &all->prefixes[all->prefix_count++];
        prefix->addr = addr;
        prefix->bits = interface_bits(&mask);
        for (size_t i = 0; i < sizeof addr.octets; i++)
            prefix->addr.octets[i] &= mask.octets[i];
    }
    /* Linux repeats the address where there is no broadcast address. */
    if (addr.family == 4 && interface_addr(from->broadaddr, &broadcast) &&
        memcmp(&broadcast, &addr, sizeof addr) != 0 &&
        all->broadcast_count < INTERFACE_PREFIXES)
        all->broadcasts[all->broadcast_count++] = broadcast;
}

void interfaces_addresses(const char *name, struct interface_addresses *addresses)
{
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *devices = NULL;
    addresses->prefix_count = addresses->broadcast_count = 0;
    if (pcap_findalldevs(&devices, reason) < 0)
        return;
    for (const pcap_if_t *d = devices; d; d = d->next) {
        bool wanted = strcmp(name, interface_any) == 0 ? !(d->flags & PCAP_IF_LOOPBACK)
                                                       : strcmp(name, d->name) == 0;
        if (wanted)
            for (const pcap_addr_t *a = d->addresses; a; a = a->next)
                interface_add(addresses, a);
    }
    pcap_freealldevs(devices);
}

int chains_interfaces(void (*each)(void *user, const struct chains_interface *), void *user,
                      char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE], text[1024], addr_text[CHAINS_ADDR_TEXT];
    pcap_if_t *devices = NULL;
    int count = 0;
    if (pcap_findalldevs(&devices, reason) < 0) {
        snprintf(error, error_size, "cannot list the interfaces: %s", reason);
        return CHAINS_EIO;
    }
    const pcap_if_t *best = interface_best(devices);
    for (const pcap_if_t *d = devices; d; d = d->next) {
        size_t used = 0;
        text[0] = '\0';
        for (const pcap_addr_t *a = d->addresses; a && used < sizeof text - CHAINS_ADDR_TEXT;
             a = a->next) {
            struct chains_addr addr;
            if (!interface_addr(a->addr, &addr))
                continue;
            chains_addr_text(&addr, addr_text);
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "",
                                     addr_text);
        }
        each(user, &(struct chains_interface){
                       .name = d->name,
                       .description = d->description,
                       .addresses = text,
                       .up = d->flags & PCAP_IF_UP,
                       .running = d->flags & PCAP_IF_RUNNING,
                       .loopback = d->flags & PCAP_IF_LOOPBACK,
                       .is_default = best ? d == best : strcmp(d->name, interface_any) == 0,
                   });
        count++;
    }
    pcap_freealldevs(devices);
    return count;
}
