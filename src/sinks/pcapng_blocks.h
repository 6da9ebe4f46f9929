/* SPDX-License-Identifier: MIT */
#ifndef SINKS_PCAPNG_BLOCKS_H
#define SINKS_PCAPNG_BLOCKS_H

#include <chains/bytes.h>

/*
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian. Each function writes
 * one block at `out`, at most the bytes that the figure for it says, and returns the place
 * behind.
 */

enum {
    PCAPNG_SECTION_MOST = 28 + 4 + 64 + 4 + 4,
    PCAPNG_INTERFACE_MOST = 20 + 8 + 12 + 4 + 4,
    PCAPNG_NAME = 255, /* bytes of the longest name */
    PCAPNG_NAME_MOST = 12 + 4 + 16 + PCAPNG_NAME + 1 + 4 + 4,
    PCAPNG_PACKET_HEADER = 28,
    PCAPNG_PACKET_TAIL = 3 + 4 + 3 + 4 + 4, /* and the comment */
    PCAPNG_SECRETS_HEADER = 16,
    PCAPNG_SECRETS_TAIL = 3 + 4, /* behind the text */
    PCAPNG_STATISTICS_MOST = 24 + 5 * 12 + 4,
    PCAPNG_SNAPLEN = 262144, /* the longest packet that readers take */
};

/* Packets of one link type whose times are written in one way. */
struct pcapng_interface {
    uint16_t linktype;
    bool nanoseconds; /* else microseconds */
    bool early;       /* before 1970: the times count from PCAPNG_EARLY_S on */
};

/* A second before every time that 64 bits of nanoseconds around 1970 can say. */
#define PCAPNG_EARLY_S INT64_C(-9223372037)

struct pcapng_statistics {
    int64_t first_ns, last_ns;  /* time of the first and the last packet */
    uint64_t delivered;         /* packets written */
    uint64_t received, dropped; /* by the source, where that is known */
    bool source_known;
};

/* The beginning of a section; it says which program wrote it. */
char *pcapng_section(char *out);

char *pcapng_interface(char *out, const struct pcapng_interface *interface);

/* A name of an address, `len` bytes, at most PCAPNG_NAME; and how many bytes that takes. */
char *pcapng_name(char *out, const struct chains_addr *addr, const char *name, size_t len);
size_t pcapng_name_size(const struct chains_addr *addr, size_t len);

/*
 * A packet in three parts: its header, which says the size of all of it, the bytes themselves,
 * and what follows them.
 */
struct pcapng_packet {
    uint32_t interface, caplen, wire_len;
    uint64_t ticks;
    size_t comment; /* bytes, at most 65535; 0: none */
};
size_t pcapng_packet_size(const struct pcapng_packet *packet);
char *pcapng_packet_header(char *out, const struct pcapng_packet *packet);
char *pcapng_packet_tail(char *out, const struct pcapng_packet *packet, const char *comment);

/* Keys of TLS, lines of `len` bytes: what is in front of them, what follows; and all of it. */
char *pcapng_secrets_header(char *out, size_t len);
char *pcapng_secrets_tail(char *out, size_t len);
size_t pcapng_secrets_size(size_t len);

/* A time as an interface's packets have it. */
uint64_t pcapng_ticks(const struct pcapng_interface *interface, int64_t time_ns);

/* What there is to say of an interface at the end of a file. */
char *pcapng_statistics(char *out, uint32_t number, const struct pcapng_interface *interface,
                        const struct pcapng_statistics *statistics);

/* Of `len` bytes that begin with a block, those of whole blocks. */
size_t pcapng_whole(const char *bytes, size_t len);

#endif
