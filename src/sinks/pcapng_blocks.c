/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a pcapng file, block by block. In: numbers and text. Out: blocks whose lengths
 * are multiples of four and say the same at both ends, whose options end with opt_endofopt.
 * Times before 1970, for which the format has no sign, count from an offset that the interface
 * states, so that every reader gets them right.
 */
#include "pcapng_blocks.h"

#include "../bytes/time.h"
#include "store.h"

enum block {
    BLOCK_INTERFACE = 1,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    BLOCK_SECTION = 0x0a0d0d0a,
};

enum option {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_PROGRAM = 4,
    INTERFACE_RESOLUTION = 9,
    INTERFACE_OFFSET = 14,
    STATISTICS_FIRST = 2,
    STATISTICS_LAST = 3,
    STATISTICS_RECEIVED = 4,
    STATISTICS_DROPPED = 5,
    STATISTICS_DELIVERED = 8,
};

enum { NAMES_END = 0, NAMES_IP4 = 1, NAMES_IP6 = 2 };

enum { BLOCK_LEAST = 12, LENGTH_AT = 4, TRAILER = 4 };

static const uint32_t ORDER_MAGIC = 0x1a2b3c4d, SECRETS_TLS = 0x544c534b;

#define PROGRAM "chains " CHAINS_VERSION
_Static_assert(sizeof PROGRAM <= 64, "PCAPNG_SECTION_MOST has room for the program's name");

/* The length behind a block's body, and in front of it. */
static char *block_end(char *start, char *out)
{
    uint32_t length = (uint32_t)(out - start) + TRAILER;
    store32(start + LENGTH_AT, length);
    return store32(out, length);
}

static char *block_begin(char *out, uint32_t type)
{
    return store32(store32(out, type), 0);
}

static char *option(char *out, unsigned code, const void *value, size_t len)
{
    out = store16(store16(out, code), (unsigned)len);
    memcpy(out, value, len);
    return store_padding(out + len, len);
}

static char *option64(char *out, unsigned code, uint64_t value)
{
    return store64(store16(store16(out, code), sizeof value), value);
}

static char *options_end(char *out)
{
    return store16(store16(out, OPTION_END), 0);
}

/* Time stamps have their high half first, in either byte order. */
static char *store_ticks(char *out, uint64_t ticks)
{
    return store32(store32(out, (uint32_t)(ticks >> 32)), (uint32_t)ticks);
}

static char *option_ticks(char *out, unsigned code, uint64_t ticks)
{
    return store_ticks(store16(store16(out, code), sizeof ticks), ticks);
}

char *pcapng_section(char *out)
{
    char *start = out;
    out = block_begin(out, BLOCK_SECTION);
    out = store32(out, ORDER_MAGIC);
    out = store16(store16(out, 1), 0); /* version 1.0 */
    out = store64(out, UINT64_MAX);    /* its length is not known yet */
    out = option(out, SECTION_PROGRAM, PROGRAM, sizeof PROGRAM - 1);
    return block_end(start, options_end(out));
}

char *pcapng_interface(char *out, const struct pcapng_interface *interface)
{
    char *start = out, digits = interface->nanoseconds ? 9 : 6;
    out = block_begin(out, BLOCK_INTERFACE);
    out = store16(store16(out, interface->linktype), 0);
    out = store32(out, PCAPNG_SNAPLEN);
    out = option(out, INTERFACE_RESOLUTION, &digits, 1);
    if (interface->early)
        out = option64(out, INTERFACE_OFFSET, (uint64_t)PCAPNG_EARLY_S);
    return block_end(start, options_end(out));
}

size_t pcapng_name_size(const struct chains_addr *addr, size_t len)
{
    size_t value = (addr->family == 4 ? 4 : 16) + len + 1;
    return BLOCK_LEAST + 4 + (value + 3) / 4 * 4 + 4;
}

char *pcapng_name(char *out, const struct chains_addr *addr, const char *name, size_t len)
{
    char *start = out;
    size_t octets = addr->family == 4 ? 4 : 16, value = octets + len + 1;
    out = block_begin(out, BLOCK_NAMES);
    out = store16(out, addr->family == 4 ? NAMES_IP4 : NAMES_IP6);
    out = store16(out, (unsigned)value);
    memcpy(out, addr->octets, octets);
    memcpy(out + octets, name, len);
    out[octets + len] = '\0';
    out = store_padding(out + value, value);
    out = store16(store16(out, NAMES_END), 0);
    return block_end(start, out);
}

size_t pcapng_packet_size(const struct pcapng_packet *packet)
{
    size_t size = PCAPNG_PACKET_HEADER + ((size_t)packet->caplen + 3) / 4 * 4 + TRAILER;
    if (packet->comment)
        size += 4 + (packet->comment + 3) / 4 * 4 + 4;
    return size;
}

char *pcapng_packet_header(char *out, const struct pcapng_packet *packet)
{
    out = store32(out, BLOCK_PACKET);
    out = store32(out, (uint32_t)pcapng_packet_size(packet));
    out = store32(out, packet->interface);
    out = store_ticks(out, packet->ticks);
    return store32(store32(out, packet->caplen), packet->wire_len);
}

char *pcapng_packet_tail(char *out, const struct pcapng_packet *packet, const char *comment)
{
    out = store_padding(out, packet->caplen);
    if (packet->comment)
        out = options_end(option(out, OPTION_COMMENT, comment, packet->comment));
    return store32(out, (uint32_t)pcapng_packet_size(packet));
}

size_t pcapng_secrets_size(size_t len)
{
    return PCAPNG_SECRETS_HEADER + (len + 3) / 4 * 4 + TRAILER;
}

char *pcapng_secrets_header(char *out, size_t len)
{
    out = store32(out, BLOCK_SECRETS);
    out = store32(out, (uint32_t)pcapng_secrets_size(len));
    return store32(store32(out, SECRETS_TLS), (uint32_t)len);
}

char *pcapng_secrets_tail(char *out, size_t len)
{
    return store32(store_padding(out, len), (uint32_t)pcapng_secrets_size(len));
}

uint64_t pcapng_ticks(const struct pcapng_interface *interface, int64_t time_ns)
{
    uint64_t ticks = (uint64_t)time_ns;
    if (interface->early) /* modulo 2^64, in which the sum is positive again */
        ticks -= (uint64_t)PCAPNG_EARLY_S * (uint64_t)TIME_SECOND_NS;
    return interface->nanoseconds ? ticks : ticks / 1000;
}

char *pcapng_statistics(char *out, uint32_t number, const struct pcapng_interface *interface,
                        const struct pcapng_statistics *statistics)
{
    char *start = out;
    bool packets = statistics->delivered > 0;
    uint64_t first = packets ? pcapng_ticks(interface, statistics->first_ns) : 0;
    uint64_t last = packets ? pcapng_ticks(interface, statistics->last_ns) : 0;
    out = block_begin(out, BLOCK_STATISTICS);
    out = store_ticks(store32(out, number), last);
    if (packets) {
        out = option_ticks(out, STATISTICS_FIRST, first);
        out = option_ticks(out, STATISTICS_LAST, last);
    }
    if (statistics->source_known) {
        out = option64(out, STATISTICS_RECEIVED, statistics->received);
        out = option64(out, STATISTICS_DROPPED, statistics->dropped);
    }
    out = option64(out, STATISTICS_DELIVERED, statistics->delivered);
    return block_end(start, options_end(out));
}

size_t pcapng_whole(const char *bytes, size_t len)
{
    const uint8_t *p = (const uint8_t *)bytes;
    size_t at = 0;
    while (len - at >= BLOCK_LEAST) {
        uint32_t size = chains_load_le32(p + at + LENGTH_AT);
        if (size < BLOCK_LEAST || size > len - at)
            break;
        at += size;
    }
    return at;
}
