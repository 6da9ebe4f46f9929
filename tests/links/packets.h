/* SPDX-License-Identifier: MIT */
#ifndef PACKETS_H
#define PACKETS_H

/*
 * A source of UDP packets with the built-in layers, for links that look at fields: packet i, from 1,
 * comes from 10.0.0.i and goes to port i; ten in a batch, a hundred in all. And a file in /tmp.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>
#include <chains/layer/udp.h>

#include <stdlib.h>
#include <unistd.h>

#include "../check.h"

enum { PACKETS = 100, PACKETS_BATCH = 10 };

static const struct chains_layer_type *packets_attaches[3];
static int packets_opened;

static int packets_open(chains_component *self)
{
    (void)self;
    packets_opened++;
    return CHAINS_OK;
}

static int packets_next(chains_component *self, struct chains_batch *out)
{
    uint64_t *number = chains_state(self);
    if (*number == PACKETS)
        return CHAINS_END;
    for (int i = 0; i < PACKETS_BATCH; i++) {
        struct chains_record *rec = chains_batch_add(out);
        rec->kind = CHAINS_PACKETS;
        rec->number = ++*number;
        struct chains_ip *ip = chains_attach(self, rec, packets_attaches[0]);
        memset(ip, 0, sizeof *ip);
        ip->version = 4;
        chains_addr_parse("10.0.0.0", &ip->src);
        chains_addr_parse("8.8.8.8", &ip->dst);
        ip->src.octets[3] = (uint8_t)rec->number;
        struct chains_udp *udp = chains_attach(self, rec, packets_attaches[1]);
        memset(udp, 0, sizeof *udp);
        udp->dport = (uint16_t)rec->number;
    }
    return CHAINS_OK;
}

static const struct chains_class packets_class = {
    .name = "packets",
    .brief = "a hundred packets",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(uint64_t),
    .attaches = packets_attaches,
    .open = packets_open,
    .next = packets_next,
};

static inline chains_component *packets_new(void)
{
    const struct chains_layer_type *types[CHAINS_IDS];
    size_t count = chains_layer_types(types, CHAINS_IDS);
    for (size_t i = 0; i < count; i++)
        if (types[i]->id == CHAINS_ID_ip4)
            packets_attaches[0] = types[i];
        else if (types[i]->id == CHAINS_ID_udp)
            packets_attaches[1] = types[i];
    return chains_new(&packets_class, NULL);
}

static inline chains_component *packets_link(chains_component *last, chains_component *upstream)
{
    chains_link(last, upstream);
    return last;
}

static char packets_path[] = "/tmp/chains-packets-XXXXXX";

static inline bool packets_file(void)
{
    int fd = mkstemp(packets_path);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static inline void packets_write(const char *text)
{
    FILE *file = fopen(packets_path, "w");
    fputs(text, file);
    fclose(file);
}

/* The warnings of a chain, the last one and their number. */
static char packets_warning[600];
static unsigned packets_warnings;

static inline void packets_log(void *user, const char *sentence)
{
    (void)user;
    packets_warnings++;
    snprintf(packets_warning, sizeof packets_warning, "%s", sentence);
}

static inline chains_component *packets_logged(chains_component *last)
{
    packets_warnings = 0;
    packets_warning[0] = '\0';
    chains_on_log(last, packets_log, NULL);
    return last;
}

#endif
