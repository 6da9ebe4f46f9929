/* SPDX-License-Identifier: MIT */
/*
 * A pcapng file from records. In: packets, with or without tags and names. Out: sections whose
 * interfaces stand before their packets, one for each link type and kind of time; a name once
 * before the first packet it belongs to; keys before the first packet behind their arrival;
 * statistics at the end. The tables have a fixed size: a section that has no room for one more
 * interface is followed by another.
 */
#include "pcapng_file.h"

#include <chains/layer/domains.h>

#include <inttypes.h>
#include <stdio.h>

enum { ETHERNET = 1 };

bool pcapng_file_fits(const struct chains_record *rec, char why[PCAPNG_FILE_WHY])
{
    if (rec->linktype > UINT16_MAX)
        snprintf(why, PCAPNG_FILE_WHY, "is of link type %" PRIu32 ", more than 16 bits",
                 rec->linktype);
    else if (rec->bytes.len > PCAPNG_SNAPLEN)
        snprintf(why, PCAPNG_FILE_WHY, "has %zu bytes, and a capture file holds at most %d",
                 rec->bytes.len, (int)PCAPNG_SNAPLEN);
    else
        return true;
    return false;
}

/* A whole block ends at `end`. */
static void pcapng_file_wrote(struct output *output, const char *end)
{
    output_put(output, end);
    output_commit(output);
}

void pcapng_file_forget(struct pcapng_file *file)
{
    file->count = file->last = 0;
    known_names_forget(&file->names);
    pcapng_secrets_forget(&file->secrets);
}

void pcapng_file_begin(struct pcapng_file *file, struct output *output)
{
    pcapng_file_forget(file);
    char *out = output_room(output, PCAPNG_SECTION_MOST);
    pcapng_file_wrote(output, pcapng_section(out));
}

/* Link type, resolution and era in one number. */
static uint32_t pcapng_file_key(const struct chains_record *rec)
{
    bool nanoseconds = rec->flags & CHAINS_NANOSECONDS || rec->time_ns % 1000 != 0;
    return rec->linktype | (uint32_t)nanoseconds << 16 | (uint32_t)(rec->time_ns < 0) << 17;
}

static void pcapng_file_add(struct pcapng_file *file, struct output *output, uint32_t key)
{
    struct pcapng_file_interface *interface = &file->interfaces[file->count];
    *interface = (struct pcapng_file_interface){
        .key = key,
        .about = {
            .linktype = (uint16_t)(key & UINT16_MAX),
            .nanoseconds = key >> 16 & 1,
            .early = key >> 17 & 1,
        },
    };
    char *out = output_room(output, PCAPNG_INTERFACE_MOST);
    pcapng_file_wrote(output, pcapng_interface(out, &interface->about));
    file->last = file->count++;
}

/* Bytes of a name that Wireshark may show for an address; 0: it is none, or a label of ours. */
static size_t pcapng_file_name(const char *name, unsigned from)
{
    size_t len = 0;
    if (!name ||
        (from != CHAINS_NAME_HOSTS && from != CHAINS_NAME_PTR && from != CHAINS_NAME_DNS))
        return 0;
    for (; name[len]; len++)
        if (len == PCAPNG_NAME || name[len] <= 0x20 || name[len] > 0x7e)
            return 0;
    return len;
}

/* The names of a record's two addresses: their bytes, 0 for none. */
static bool pcapng_file_names(const struct chains_record *rec,
                              const struct chains_addr *addr[2], const char *name[2],
                              size_t len[2])
{
    const struct chains_domains *domains = chains_get(rec, domains);
    if (!domains || !chains_record_addresses(rec, &addr[0], &addr[1]))
        return false;
    name[0] = domains->src;
    name[1] = domains->dst;
    len[0] = pcapng_file_name(name[0], domains->src_from);
    len[1] = pcapng_file_name(name[1], domains->dst_from);
    return true;
}

static size_t pcapng_file_plan_names(struct pcapng_file *file, const struct chains_record *rec)
{
    const struct chains_addr *addr[2];
    const char *name[2];
    size_t len[2], size = 0;
    if (!pcapng_file_names(rec, addr, name, len))
        return 0;
    for (int i = 0; i < 2; i++) {
        uint64_t hash = len[i] ? known_names_hash(&file->names, addr[i], name[i], len[i]) : 0;
        if (hash == 0 || known_names_has(&file->names, hash))
            continue;
        file->plan.name[i] = hash;
        size += pcapng_name_size(addr[i], len[i]);
    }
    return size;
}

static unsigned pcapng_file_find(const struct pcapng_file *file, uint32_t key)
{
    if (file->last < file->count && file->interfaces[file->last].key == key)
        return file->last;
    unsigned i = 0;
    while (i < file->count && file->interfaces[i].key != key)
        i++;
    return i;
}

size_t pcapng_file_plan(struct pcapng_file *file, const struct chains_record *rec)
{
    size_t size = 0;
    file->plan.key = pcapng_file_key(rec);
    file->plan.interface = pcapng_file_find(file, file->plan.key);
    file->plan.name[0] = file->plan.name[1] = 0;
    file->plan.packet = (struct pcapng_packet){
        .caplen = (uint32_t)rec->bytes.len,
        .wire_len = rec->wire_len,
    };
    if (file->plan.interface == file->count)
        size += PCAPNG_INTERFACE_MOST + (file->comments ? (size_t)PCAPNG_STATISTICS_MOST : 0);
    if (file->plan.interface == PCAPNG_FILE_INTERFACES)
        size += PCAPNG_SECTION_MOST;
    if (file->comments) {
        size += pcapng_file_plan_names(file, rec);
        file->plan.packet.comment = packet_comment(file->comment, rec);
    }
    return size + pcapng_packet_size(&file->plan.packet);
}

static void pcapng_file_put_names(struct pcapng_file *file, struct output *output,
                                  const struct chains_record *rec)
{
    const struct chains_addr *addr[2];
    const char *name[2];
    size_t len[2];
    if (!pcapng_file_names(rec, addr, name, len))
        return;
    for (int i = 0; i < 2; i++) {
        if (file->plan.name[i] == 0 || known_names_has(&file->names, file->plan.name[i]))
            continue;
        char *out = output_room(output, PCAPNG_NAME_MOST);
        pcapng_file_wrote(output, pcapng_name(out, addr[i], name[i], len[i]));
        known_names_add(&file->names, file->plan.name[i]);
    }
}

static void pcapng_file_put_packet(struct pcapng_file *file, struct output *output,
                                   const struct chains_record *rec)
{
    struct pcapng_file_interface *interface = &file->interfaces[file->plan.interface];
    struct pcapng_packet *packet = &file->plan.packet;
    packet->interface = file->plan.interface;
    packet->ticks = pcapng_ticks(&interface->about, rec->time_ns);
    output_put(output, pcapng_packet_header(output_room(output, PCAPNG_PACKET_HEADER), packet));
    output_text(output, (const char *)rec->bytes.at, rec->bytes.len);
    char *out = output_room(output, PCAPNG_PACKET_TAIL + packet->comment);
    output_put(output, pcapng_packet_tail(out, packet, file->comment));
    output_commit(output);
    if (interface->statistics.delivered++ == 0)
        interface->statistics.first_ns = rec->time_ns;
    interface->statistics.last_ns = rec->time_ns;
}

void pcapng_file_put(struct pcapng_file *file, struct output *output,
                     const struct chains_record *rec)
{
    if (file->plan.interface == PCAPNG_FILE_INTERFACES) {
        pcapng_file_end(file, output, NULL);
        pcapng_file_begin(file, output);
        file->plan.interface = 0;
    }
    pcapng_secrets_put(&file->secrets, output);
    if (file->plan.interface == file->count)
        pcapng_file_add(file, output, file->plan.key);
    file->last = file->plan.interface;
    if (file->plan.name[0] | file->plan.name[1])
        pcapng_file_put_names(file, output, rec);
    pcapng_file_put_packet(file, output, rec);
}

size_t pcapng_file_end_size(const struct pcapng_file *file)
{
    return file->comments ? file->count * (size_t)PCAPNG_STATISTICS_MOST : 0;
}

void pcapng_file_end(struct pcapng_file *file, struct output *output,
                     const struct pcapng_statistics *source)
{
    /* Some readers refuse a section without an interface. */
    if (file->count == 0)
        pcapng_file_add(file, output, ETHERNET);
    for (unsigned i = 0; i < file->count && file->comments; i++) {
        struct pcapng_file_interface *interface = &file->interfaces[i];
        if (i == 0 && source) {
            interface->statistics.source_known = source->source_known;
            interface->statistics.received = source->received;
            interface->statistics.dropped = source->dropped;
        }
        char *out = output_room(output, PCAPNG_STATISTICS_MOST);
        pcapng_file_wrote(output,
                          pcapng_statistics(out, i, &interface->about, &interface->statistics));
    }
}
