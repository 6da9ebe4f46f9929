/* SPDX-License-Identifier: MIT */
/*
 * In: the bytes of a pcapng file. Out: its packets, lent in place, their time in nanoseconds.
 * A block is taken when it lies whole in the buffer and both its lengths agree. Blocks that
 * hold no packet, however long, are passed over as their bytes come; only the interfaces of the
 * section at hand are kept, and the keys that a block brings for TLS. Lengths and limits are read as
 * Wireshark reads them.
 */

#include "pcapng.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"
#include "secrets.h"

enum block {
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in both byte orders */
};

enum {
    BLOCK_HEADER = 8,
    BLOCK_TRAILER = 4,
    BLOCK_LEAST = BLOCK_HEADER + BLOCK_TRAILER,
    SECTION_HEADER = BLOCK_HEADER + 16,
    INTERFACE_HEADER = BLOCK_HEADER + 8,
    PACKET_HEADER = BLOCK_HEADER + 20,
    SIMPLE_HEADER = BLOCK_HEADER + 4,
    SECRETS_HEADER = BLOCK_HEADER + 8,
    OPTION_END = 0,
    OPTION_RESOLUTION = 9,
    OPTION_OFFSET = 14,
};

static const uint32_t ORDER_MAGIC = 0x1a2b3c4d, SECRETS_TLS = 0x544c534b;

struct interface {
    uint64_t units;   /* per second */
    uint64_t plain;   /* below that many, ticks times `times` is the time */
    int64_t offset_s; /* added to every time stamp */
    uint32_t times;   /* nanoseconds of a unit, 0 when they are not a whole number */
    uint32_t snaplen; /* 0: no limit */
    uint16_t linktype;
};

struct pcapng {
    bool big_endian;
    bool passing;    /* in the middle of a block that is passed over */
    uint32_t passed; /* bytes of it still to come, without the trailer, */
    uint32_t length; /* and what the trailer must say */
    uint32_t keys;   /* those of them that are to be kept, */
    size_t looked;   /* and how many of these are there without the end of a line */
    uint32_t count, room;
    struct interface *interfaces;
};

struct pcapng *pcapng_new(void)
{
    return calloc(1, sizeof(struct pcapng));
}

void pcapng_free(struct pcapng *self)
{
    if (!self)
        return;
    free(self->interfaces);
    free(self);
}

static inline uint16_t load16(const struct pcapng *self, const uint8_t p[static 2])
{
    return self->big_endian ? chains_load_be16(p) : chains_load_le16(p);
}

static inline uint32_t load32(const struct pcapng *self, const uint8_t p[static 4])
{
    return self->big_endian ? chains_load_be32(p) : chains_load_le32(p);
}

static inline uint64_t load64(const struct pcapng *self, const uint8_t p[static 8])
{
    uint64_t first = load32(self, p), second = load32(self, p + 4);
    return self->big_endian ? first << 32 | second : second << 32 | first;
}

/* Some writers leave the padding out of the length but not out of the file. */
static inline uint64_t padded(uint32_t len)
{
    return ((uint64_t)len + 3) & ~(uint64_t)3;
}

/* seconds * 10^9 + nanoseconds, held at the ends of int64_t. */
static int64_t saturate(int64_t seconds, int64_t nanoseconds)
{
    if (seconds >= INT64_MAX / TIME_SECOND_NS)
        return INT64_MAX;
    if (seconds <= INT64_MIN / TIME_SECOND_NS)
        return INT64_MIN;
    return seconds * TIME_SECOND_NS + nanoseconds;
}

/* For units that are no whole number of nanoseconds, and for what is far from our time. */
static int64_t time_of_slow(const struct interface *interface, uint64_t ticks)
{
    uint64_t units = interface->units, seconds = ticks / units, rest = ticks % units;
    int64_t nanoseconds = 0;
    if (units % (uint64_t)TIME_SECOND_NS == 0) {
        nanoseconds = (int64_t)(rest / (units / (uint64_t)TIME_SECOND_NS));
    } else {
        /* Long division, nine digits. Below 10^-18 s the lowest bits carry no nanosecond. */
        while (units > UINT64_MAX / 10) {
            units >>= 1;
            rest >>= 1;
        }
        for (int digit = 0; digit < 9; digit++) {
            nanoseconds = nanoseconds * 10 + (int64_t)(rest * 10 / units);
            rest = rest * 10 % units;
        }
    }
    if (seconds > INT64_MAX)
        seconds = INT64_MAX;
    int64_t sum = (int64_t)seconds;
    if (interface->offset_s > 0 && sum > INT64_MAX - interface->offset_s)
        sum = INT64_MAX;
    else
        sum += interface->offset_s;
    return saturate(sum, nanoseconds);
}

static inline int64_t time_of(const struct interface *interface, uint64_t ticks)
{
    if (CAPTURE_STREAM_UNLIKELY(ticks >= interface->plain))
        return time_of_slow(interface, ticks);
    return (int64_t)(ticks * interface->times);
}

/* An interface option that matters here. Others, and wrong lengths, change nothing. */
static void interface_option(const struct pcapng *self, struct interface *interface,
                             unsigned code, struct chains_bytes value)
{
    if (code == OPTION_OFFSET && value.len == 8) {
        uint64_t offset = load64(self, value.at);
        memcpy(&interface->offset_s, &offset, sizeof offset);
    } else if (code == OPTION_RESOLUTION && value.len == 1) {
        uint8_t byte = chains_byte(value, 0);
        unsigned base = byte & 0x80 ? 2 : 10, exponent = byte & 0x7f;
        uint64_t units = 1;
        for (unsigned i = 0; i < exponent; i++) {
            if (units > UINT64_MAX / base) {
                units = UINT64_MAX;
                break;
            }
            units *= base;
        }
        interface->units = units;
    }
}

/* Walks the options in a block; `interface` takes those it knows, or is NULL. */
static int options(const struct pcapng *self, struct capture_stream *in,
                   struct chains_reader block, struct interface *interface)
{
    while (chains_left(&block) >= 4) {
        const uint8_t *p = chains_take(&block, 4);
        unsigned code = load16(self, p), size = load16(self, p + 2);
        if (code == OPTION_END)
            break;
        if (padded(size) > chains_left(&block))
            return capture_stream_damage(in, "an option of %u bytes has only %zu", size,
                                         chains_left(&block));
        if (interface)
            interface_option(self, interface, code, chains_front(chains_rest(&block), size));
        chains_skip(&block, (size_t)padded(size));
    }
    return PCAPNG_PASSED;
}

/* The block without its trailer; what is fixed in it was in its least length. */
static int section_block(struct pcapng *self, struct capture_stream *in,
                         struct chains_reader block)
{
    const uint8_t *p = chains_take(&block, SECTION_HEADER);
    if (!p)
        return capture_stream_damage(in, "a section header that is cut");
    unsigned major = load16(self, p + 12), minor = load16(self, p + 14);
    /* Some writers say 1.2, with no difference. */
    if (major != 1 || (minor != 0 && minor != 2))
        return capture_stream_refuse(
            in, "pcapng version %u.%u, of the section at byte %" PRIu64 ", is not supported",
            major, minor, in->record);
    self->count = 0;
    return options(self, in, block, NULL);
}

static int interface_block(struct pcapng *self, struct capture_stream *in,
                           struct chains_reader block)
{
    const uint8_t *p = chains_take(&block, INTERFACE_HEADER);
    if (!p)
        return capture_stream_damage(in, "an interface block that is cut");
    if (self->count == PCAPNG_INTERFACES_MAX)
        return capture_stream_damage(in, "more than %d interfaces in one section",
                                     (int)PCAPNG_INTERFACES_MAX);
    if (self->count == self->room) {
        uint32_t room = self->room ? 2 * self->room : 4;
        struct interface *grown =
            realloc(self->interfaces, (size_t)room * sizeof *self->interfaces);
        if (!grown) {
            capture_stream_refuse(in, "no memory for %u interfaces", (unsigned)room);
            return CHAINS_EMEM;
        }
        self->interfaces = grown;
        self->room = room;
    }
    struct interface *interface = &self->interfaces[self->count++];
    *interface = (struct interface){ .units = 1000000,
                                     .snaplen = load32(self, p + 12),
                                     .linktype = load16(self, p + 8) };
    int status = options(self, in, block, interface);
    if (interface->units <= (uint64_t)TIME_SECOND_NS &&
        (uint64_t)TIME_SECOND_NS % interface->units == 0)
        interface->times = (uint32_t)((uint64_t)TIME_SECOND_NS / interface->units);
    /* 2^62 nanoseconds is the year 2116: no overflow below. */
    if (interface->times != 0 && interface->offset_s == 0)
        interface->plain = ((uint64_t)1 << 62) / interface->times;
    return status;
}

static int lengths_disagree(struct capture_stream *in, uint32_t first, uint32_t second)
{
    return capture_stream_damage(
        in, "a block begins with length %" PRIu32 " and ends with %" PRIu32, first, second);
}

/*
 * Keeps what is there of the text at hand: whole lines, so that the blocks of several files may come
 * in pieces at once. What fills the buffer without an end is no line, and is passed over.
 */
static int keep_secrets(struct pcapng *self, struct capture_stream *in)
{
    size_t left = (size_t)(in->end - in->at), n = self->keys;
    bool line = true;
    if (n > left) {
        for (n = left; n > self->looked && in->at[n - 1] != '\n';)
            n--;
        line = n > self->looked;
        self->looked = left;
        if (!line && left < CAPTURE_BUFFER)
            return CHAINS_IDLE;
        n = line ? n : left;
    }
    self->looked = 0;
    if (line && !secrets_add(in->secrets, in->at, n)) {
        capture_stream_refuse(in, "no memory for %zu bytes of keys", n);
        return CHAINS_EMEM;
    }
    in->at += n;
    self->keys -= (uint32_t)n;
    self->passed -= (uint32_t)n;
    return self->keys ? CHAINS_IDLE : CHAINS_OK;
}

/* Passes over what is there of the block at hand. */
static int pass(struct pcapng *self, struct capture_stream *in)
{
    int status = self->keys ? keep_secrets(self, in) : CHAINS_OK;
    if (status != CHAINS_OK)
        return status;
    size_t left = (size_t)(in->end - in->at);
    size_t n = self->passed < left ? self->passed : left;
    self->passed -= (uint32_t)n;
    in->at += n;
    if (left - n < BLOCK_TRAILER)
        return CHAINS_IDLE;
    self->passing = false;
    uint32_t length = load32(self, in->at);
    if (padded(length) != padded(self->length))
        return lengths_disagree(in, self->length, length);
    in->at += BLOCK_TRAILER;
    return PCAPNG_PASSED;
}

/* Passes over the rest of a block of which `done` bytes have been read. */
static void pass_rest(struct pcapng *self, uint32_t length, size_t done)
{
    self->passing = true;
    self->length = length;
    self->passed = (uint32_t)(padded(length) - done - BLOCK_TRAILER);
}

/* Takes a block that is whole in the buffer; of one that never will be, up to its options. */
static int take_packet(struct pcapng *self, struct capture_stream *in, uint32_t length,
                       size_t done)
{
    const uint8_t *p = in->at;
    size_t left = (size_t)(in->end - p), whole = (size_t)padded(length);
    if (whole <= CAPTURE_BUFFER) {
        if (CAPTURE_STREAM_UNLIKELY(left < whole))
            return capture_stream_want(in, p, "a block", whole);
        uint32_t again = load32(self, p + whole - BLOCK_TRAILER);
        if (CAPTURE_STREAM_UNLIKELY(again != length) && padded(again) != whole)
            return lengths_disagree(in, length, again);
        in->at += whole;
        return CHAINS_OK;
    }
    if (left < done)
        return capture_stream_want(in, p, "a block", whole);
    in->at += done;
    pass_rest(self, length, done);
    capture_stream_want(in, p, "a block", whole);
    return CHAINS_OK;
}

static int unknown_interface(const struct pcapng *self, struct capture_stream *in,
                             uint32_t number)
{
    return capture_stream_damage(
        in, "a packet of interface %" PRIu32 ", but the section has %" PRIu32, number,
        self->count);
}

/* Checks that `caplen` is legal and inside a block of `length` bytes behind its header. */
static inline int check_caplen(struct capture_stream *in, uint32_t caplen, uint32_t length,
                               uint32_t header)
{
    if (CAPTURE_STREAM_UNLIKELY(caplen > CAPTURE_PACKET_MAX))
        return capture_stream_damage(in, "a packet of %" PRIu32 " bytes is longer than %d",
                                     caplen, (int)CAPTURE_PACKET_MAX);
    if (CAPTURE_STREAM_UNLIKELY(padded(length) - header - BLOCK_TRAILER < padded(caplen)))
        return capture_stream_damage(
            in, "a block of %" PRIu32 " bytes has no room for its packet of %" PRIu32, length,
            caplen);
    return CHAINS_OK;
}

static inline int packet_block(struct pcapng *self, struct capture_stream *in, uint32_t type,
                               uint32_t length, struct capture_packet *packet)
{
    const uint8_t *p = in->at;
    if (CAPTURE_STREAM_UNLIKELY((size_t)(in->end - p) < PACKET_HEADER))
        return capture_stream_want(in, p, "a block", padded(length));
    uint32_t number = type == BLOCK_PACKET ? load32(self, p + 8) : load16(self, p + 8);
    uint32_t caplen = load32(self, p + 20);
    if (CAPTURE_STREAM_UNLIKELY(number >= self->count))
        return unknown_interface(self, in, number);
    int status = check_caplen(in, caplen, length, PACKET_HEADER);
    if (status == CHAINS_OK)
        status = take_packet(self, in, length, PACKET_HEADER + caplen);
    if (CAPTURE_STREAM_UNLIKELY(status != CHAINS_OK))
        return status;
    const struct interface *interface = &self->interfaces[number];
    uint64_t ticks = (uint64_t)load32(self, p + 12) << 32 | load32(self, p + 16);
    packet->time_ns = time_of(interface, ticks);
    packet->data = p + PACKET_HEADER;
    packet->caplen = caplen;
    packet->wire_len = load32(self, p + 24);
    packet->linktype = interface->linktype;
    packet->nanoseconds = interface->units > 1000000;
    return CHAINS_OK;
}

/* A simple packet has no time stamp, which is 0 here, and belongs to the first interface. */
static int simple_block(struct pcapng *self, struct capture_stream *in, uint32_t length,
                        struct capture_packet *packet)
{
    const uint8_t *p = in->at;
    if (self->count == 0)
        return unknown_interface(self, in, 0);
    if ((size_t)(in->end - p) < SIMPLE_HEADER)
        return capture_stream_want(in, p, "a block", padded(length));
    const struct interface *interface = &self->interfaces[0];
    uint32_t wire_len = load32(self, p + 8);
    bool cut = interface->snaplen != 0 && interface->snaplen < wire_len;
    uint32_t caplen = cut ? interface->snaplen : wire_len;
    int status = check_caplen(in, caplen, length, SIMPLE_HEADER);
    if (status == CHAINS_OK)
        status = take_packet(self, in, length, SIMPLE_HEADER + caplen);
    if (status != CHAINS_OK)
        return status;
    *packet = (struct capture_packet){ .data = p + SIMPLE_HEADER,
                                       .caplen = caplen,
                                       .wire_len = wire_len,
                                       .linktype = interface->linktype };
    return CHAINS_OK;
}

/* The blocks that are read as a whole. Longer ones than the buffer are not of this world. */
static int whole_block(struct pcapng *self, struct capture_stream *in, uint32_t type,
                       uint32_t length)
{
    const uint8_t *p = in->at;
    uint64_t whole = padded(length);
    if (whole > CAPTURE_BUFFER)
        return capture_stream_damage(in,
                                     "a header block of %" PRIu32 " bytes is longer than %d",
                                     length, (int)CAPTURE_BUFFER);
    if ((size_t)(in->end - p) < whole)
        return capture_stream_want(in, p, "a block", whole);
    uint32_t again = load32(self, p + whole - BLOCK_TRAILER);
    if (padded(again) != whole)
        return lengths_disagree(in, length, again);
    in->at += whole;
    struct chains_bytes bytes = { p, (size_t)whole - BLOCK_TRAILER };
    struct chains_reader block = chains_reader_over(bytes);
    return type == BLOCK_SECTION ? section_block(self, in, block)
                                 : interface_block(self, in, block);
}

/* Keys of the packets that follow. Those of other protocols, and of TLS where nobody keeps them,
 * are passed over like any block. */
static int secrets_block(struct pcapng *self, struct capture_stream *in, uint32_t length)
{
    const uint8_t *p = in->at;
    if ((size_t)(in->end - p) < SECRETS_HEADER)
        return capture_stream_want(in, p, "a block", padded(length));
    uint32_t len = load32(self, p + 12);
    if (len > padded(length) - SECRETS_HEADER - BLOCK_TRAILER)
        return capture_stream_damage(
            in, "a block of %" PRIu32 " bytes has no room for its keys of %" PRIu32, length,
            len);
    in->at += SECRETS_HEADER;
    pass_rest(self, length, SECRETS_HEADER);
    self->keys = in->secrets && load32(self, p + 8) == SECRETS_TLS ? len : 0;
    capture_stream_want(in, p, "a block", padded(length));
    return pass(self, in);
}

/* A section names its byte order before anything else in it can be read. */
static int section_order(struct pcapng *self, struct capture_stream *in)
{
    const uint8_t *magic = in->at + BLOCK_HEADER;
    if (chains_load_le32(magic) == ORDER_MAGIC)
        self->big_endian = false;
    else if (chains_load_be32(magic) == ORDER_MAGIC)
        self->big_endian = true;
    else
        return capture_stream_damage(in, "a section header without a byte order");
    return CHAINS_OK;
}

static uint32_t least_length(uint32_t type)
{
    switch (type) {
    case BLOCK_PACKET:
    case BLOCK_OLD_PACKET:
        return PACKET_HEADER + BLOCK_TRAILER;
    case BLOCK_SECTION:
        return SECTION_HEADER + BLOCK_TRAILER;
    case BLOCK_INTERFACE:
        return INTERFACE_HEADER + BLOCK_TRAILER;
    case BLOCK_SIMPLE_PACKET:
        return SIMPLE_HEADER + BLOCK_TRAILER;
    case BLOCK_SECRETS:
        return SECRETS_HEADER + BLOCK_TRAILER;
    default:
        return BLOCK_LEAST;
    }
}

int pcapng_block(struct pcapng *self, struct capture_stream *in, struct capture_packet *packet)
{
    if (CAPTURE_STREAM_UNLIKELY(self->passing))
        return pass(self, in);
    const uint8_t *p = in->at;
    in->record = capture_stream_offset(in, p);
    if (CAPTURE_STREAM_UNLIKELY((size_t)(in->end - p) < BLOCK_LEAST))
        return capture_stream_want(in, p, "a block header", BLOCK_LEAST);
    uint32_t type = load32(self, p);
    if (type == BLOCK_SECTION && section_order(self, in) != CHAINS_OK)
        return CHAINS_EFORMAT;
    uint32_t length = load32(self, p + 4);
    if (CAPTURE_STREAM_UNLIKELY(length < least_length(type)))
        return capture_stream_damage(in, "a block of length %" PRIu32, length);
    switch (type) {
    case BLOCK_PACKET:
    case BLOCK_OLD_PACKET:
        return packet_block(self, in, type, length, packet);
    case BLOCK_SIMPLE_PACKET:
        return simple_block(self, in, length, packet);
    case BLOCK_SECTION:
    case BLOCK_INTERFACE:
        return whole_block(self, in, type, length);
    case BLOCK_SECRETS:
        return secrets_block(self, in, length);
    default:
        in->at += BLOCK_HEADER;
        pass_rest(self, length, BLOCK_HEADER);
        capture_stream_want(in, p, "a block", padded(length));
        return pass(self, in);
    }
}
