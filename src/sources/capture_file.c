/* SPDX-License-Identifier: MIT */
/*
 * In: a path. Out: the packets of the pcap or pcapng file there, lent from one buffer.
 * capture_file_next() only looks at what is in the buffer and never reads; capture_file_fill()
 * reads and is the only place where what was lent dies. A record is given when it is whole, and
 * a failure only when every packet before it has been given.
 */

#include "capture_file.h"
#include "decompress.h"
#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bytes/text.h"
#include "../bytes/time.h"

enum format {
    FORMAT_UNKNOWN, /* the file's header has not been read */
    FORMAT_PCAP,
    FORMAT_PCAPNG,
};

/* Which of the two lengths of a pcap record comes first: it was the other one before 2.4. */
enum lengths {
    LENGTHS_CAPTURED_FIRST,
    LENGTHS_SMALLER_FIRST,
    LENGTHS_WIRE_FIRST,
};

enum {
    PCAP_HEADER = 24,
    RECORD_HEADER = 16,
    RECORD_HEADER_MODIFIED = 24,
};

struct capture_file {
    struct capture_stream in;
    enum format format;
    enum lengths lengths;
    bool big_endian, nanoseconds, regular;
    uint32_t record_header, linktype, unit_ns;

    bool ended;      /* no more bytes will come, */
    int source;      /* for this reason: CHAINS_OK, or the failure of what they come from */
    int status;      /* CHAINS_OK, or the end or failure that stays */
    uint8_t *buffer; /* CAPTURE_BUFFER bytes */
    struct decompress *bytes;
    struct pcapng *pcapng;
    uint64_t size;
    char name[TEXT_PATH + 1]; /* the path in printable ASCII */
    char error[CAPTURE_ERROR];
};

/* A path as one may print it. */
static void name_of(const char *path, char out[TEXT_PATH + 1])
{
    text_path(out, strcmp(path, "-") == 0 ? "standard input" : path);
}

static int fail(struct capture_file *file, int status, const char *why)
{
    snprintf(file->error, sizeof file->error, "%s: %.*s", file->name, CAPTURE_STREAM_PHRASE - 1,
             why);
    file->in.at = file->in.end;
    return file->status = status;
}

/* There is no whole record: because more bytes will come, or because none will. */
static int settle(struct capture_file *file, int status)
{
    struct capture_stream *in = &file->in;
    if (file->status != CHAINS_OK)
        return file->status;
    if (status != CHAINS_IDLE)
        return fail(file, status, in->phrase);
    if (!file->ended)
        return CHAINS_IDLE;
    if (file->source != CHAINS_OK)
        return fail(file, file->source, decompress_error(file->bytes));
    uint64_t end = capture_stream_offset(in, in->end);
    if (end == in->record)
        return file->status = CHAINS_END;
    capture_stream_refuse(
        in, "cut short at byte %" PRIu64 ": %s of %" PRIu64 " bytes has only %" PRIu64,
        in->record, in->what, in->need, end - in->part);
    return fail(file, CHAINS_EFORMAT, in->phrase);
}

/* There are bytes, and they are no capture. A few other formats are worth a word. */
static int not_a_capture(struct capture_file *file)
{
    static const struct {
        const char *magic, *name;
    } others[] = {
        { "snoop", "a snoop capture" },
        { "\xfd\x37zXZ", "xz data" },
        { "BZh", "bzip2 data" },
        { "\x04\x22\x4d\x18", "lz4 data" },
    };
    const uint8_t *p = file->in.at;
    size_t len = (size_t)(file->in.end - p);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n = strlen(others[i].magic);
        if (len >= n && memcmp(p, others[i].magic, n) == 0)
            return capture_stream_refuse(&file->in, "%s, not a pcap or pcapng capture",
                                         others[i].name);
    }
    char hex[4 * 3 + 1] = "";
    for (size_t i = 0; i < len && i < 4; i++)
        snprintf(hex + 3 * i, sizeof hex - 3 * i, " %02x", p[i]);
    return capture_stream_refuse(&file->in, "not a pcap or pcapng capture (begins with%s)",
                                 hex);
}

/* The magic of pcap: byte order, resolution and the length of record headers. */
static bool pcap_magic(struct capture_file *file, const uint8_t p[static 4])
{
    uint32_t magics[2] = { chains_load_le32(p), chains_load_be32(p) };
    for (int i = 0; i < 2; i++) {
        uint32_t magic = magics[i];
        if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d && magic != 0xa1b2cd34)
            continue;
        file->big_endian = i == 1;
        file->nanoseconds = magic == 0xa1b23c4d;
        file->unit_ns = file->nanoseconds ? 1 : 1000;
        file->record_header = magic == 0xa1b2cd34 ? RECORD_HEADER_MODIFIED : RECORD_HEADER;
        return true;
    }
    return false;
}

static int pcap_begin(struct capture_file *file)
{
    struct capture_stream *in = &file->in;
    const uint8_t *p = in->at;
    if ((size_t)(in->end - p) < PCAP_HEADER)
        return capture_stream_want(in, p, "a file header", PCAP_HEADER);
    bool big = file->big_endian;
    unsigned major = big ? chains_load_be16(p + 4) : chains_load_le16(p + 4);
    unsigned minor = big ? chains_load_be16(p + 6) : chains_load_le16(p + 6);
    uint32_t network = big ? chains_load_be32(p + 20) : chains_load_le32(p + 20);
    /* As libpcap: 2.0 to 2.4, and 543.0, which one old system wrote. */
    if (!(major == 2 && minor <= 4) && !(major == 543 && minor == 0))
        return capture_stream_refuse(in, "pcap version %u.%u is not supported", major, minor);
    if ((network & 0x03ff0000) != 0)
        return capture_stream_refuse(
            in, "the link type in the file header has reserved bits set (0x%08" PRIx32 ")",
            network);
    file->lengths = LENGTHS_CAPTURED_FIRST;
    if (major == 543 || minor < 3)
        file->lengths = LENGTHS_WIRE_FIRST;
    else if (minor == 3)
        file->lengths = LENGTHS_SMALLER_FIRST;
    /* Above: whether packets end with a frame check sequence and how long that is. */
    file->linktype = network & 0xffff;
    in->at += PCAP_HEADER;
    file->format = FORMAT_PCAP;
    return CHAINS_OK;
}

static int pcapng_begin(struct capture_file *file)
{
    struct capture_stream *in = &file->in;
    const uint8_t *p = in->at;
    if ((size_t)(in->end - p) < 12)
        return capture_stream_want(in, p, "a section header", 28);
    if (chains_load_le32(p + 8) != 0x1a2b3c4d && chains_load_be32(p + 8) != 0x1a2b3c4d)
        return not_a_capture(file);
    if (!file->pcapng)
        file->pcapng = pcapng_new();
    if (!file->pcapng) {
        capture_stream_refuse(in, "no memory");
        return CHAINS_EMEM;
    }
    struct capture_packet none;
    int status = pcapng_block(file->pcapng, in, &none);
    if (status != PCAPNG_PASSED)
        return status;
    file->format = FORMAT_PCAPNG;
    return CHAINS_OK;
}

/* Reads the file's header: CHAINS_OK when it is behind, CHAINS_IDLE when it is not whole. */
static int begin(struct capture_file *file)
{
    struct capture_stream *in = &file->in;
    const uint8_t *p = in->at;
    size_t left = (size_t)(in->end - p);
    if (left < 4 && (!file->ended || file->source != CHAINS_OK))
        return capture_stream_want(in, p, "a file header", 4);
    if (left == 0)
        return capture_stream_refuse(in, "empty file, not a capture");
    if (left < 4)
        return not_a_capture(file);
    if (pcap_magic(file, p))
        return pcap_begin(file);
    if (chains_load_be32(p) == 0x0a0d0d0a)
        return pcapng_begin(file);
    return not_a_capture(file);
}

static struct capture_file *file_new(const char *path)
{
    struct capture_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->buffer = malloc(CAPTURE_BUFFER);
    if (!file->buffer) {
        free(file);
        return NULL;
    }
    file->in.start = file->in.at = file->in.end = file->buffer;
    name_of(path, file->name);
    return file;
}

/* "PATH: WHY" */
static int refuse(const char *path, const char *why, char *error, size_t error_size)
{
    char name[TEXT_PATH + 1];
    name_of(path, name);
    snprintf(error, error_size, "%s: %s", name, why);
    return -1;
}

int capture_file_descriptor(const char *path, bool *regular, char *error, size_t error_size)
{
    bool standard = strcmp(path, "-") == 0;
    /* O_NONBLOCK: a named pipe without a writer opens, and is waited for like any other pipe. */
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return refuse(path, strerror(errno), error, error_size);
    struct stat about = { .st_size = 0 };
    int known = fstat(fd, &about);
    *regular = known == 0 && S_ISREG(about.st_mode);
    if (known != 0 || !S_ISDIR(about.st_mode))
        return fd;
    close(fd);
    return refuse(path, strerror(EISDIR), error, error_size);
}

struct capture_file *capture_file_of(int fd, const char *path, int *status, char *error,
                                     size_t error_size)
{
    struct stat about = { .st_size = 0 };
    struct capture_file *file = file_new(path);
    bool known = fstat(fd, &about) == 0, regular = known && S_ISREG(about.st_mode);
    *status = CHAINS_OK;
    if (file)
        file->bytes = decompress_new(fd, !regular);
    else
        close(fd);
    if (!file || !file->bytes) {
        capture_file_free(file);
        refuse(path, "no memory", error, error_size);
        *status = CHAINS_EMEM;
        return NULL;
    }
    file->regular = regular;
    if (regular && about.st_size > 0)
        file->size = (uint64_t)about.st_size;
    return file;
}

int capture_file_begin(struct capture_file *file)
{
    int status = file->status;
    if (!file->regular || file->format != FORMAT_UNKNOWN || status != CHAINS_OK)
        return status;
    while ((status = begin(file)) != CHAINS_OK) {
        status = settle(file, status);
        if (status == CHAINS_IDLE)
            status = capture_file_fill(file, 0);
        if (status != CHAINS_OK)
            return status;
    }
    return CHAINS_OK;
}

struct capture_file *capture_file_open(const char *path, int *status, char *error,
                                       size_t error_size)
{
    bool regular;
    int fd = capture_file_descriptor(path, &regular, error, error_size);
    *status = fd < 0 ? CHAINS_EIO : CHAINS_OK;
    return fd < 0 ? NULL : capture_file_of(fd, path, status, error, error_size);
}

bool capture_file_is_regular(const struct capture_file *file)
{
    return file->regular;
}

/* A record that does not lie in the buffer, or never will. */
static int pcap_short(struct capture_file *file, uint32_t caplen)
{
    struct capture_stream *in = &file->in;
    in->record = capture_stream_offset(in, in->at);
    if ((size_t)(in->end - in->at) < file->record_header)
        return capture_stream_want(in, in->at, "a record header", file->record_header);
    if (caplen > CAPTURE_PACKET_MAX)
        return capture_stream_damage(in, "a packet of %" PRIu32 " bytes is longer than %d",
                                     caplen, (int)CAPTURE_PACKET_MAX);
    return capture_stream_want(in, in->at + file->record_header, "a packet", caplen);
}

static inline void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

static inline int pcap_next(struct capture_file *file, struct capture_packet *packet)
{
    const uint8_t *p = file->in.at;
    size_t left = (size_t)(file->in.end - p), header = file->record_header;
    if (CAPTURE_STREAM_UNLIKELY(left < header))
        return pcap_short(file, 0);
    uint32_t seconds, fraction, caplen, wire_len;
    if (file->big_endian) {
        seconds = chains_load_be32(p);
        fraction = chains_load_be32(p + 4);
        caplen = chains_load_be32(p + 8);
        wire_len = chains_load_be32(p + 12);
    } else {
        seconds = chains_load_le32(p);
        fraction = chains_load_le32(p + 4);
        caplen = chains_load_le32(p + 8);
        wire_len = chains_load_le32(p + 12);
    }
    if (CAPTURE_STREAM_UNLIKELY(file->lengths != LENGTHS_CAPTURED_FIRST) &&
        (file->lengths == LENGTHS_WIRE_FIRST || caplen > wire_len))
        swap(&caplen, &wire_len);
    if (CAPTURE_STREAM_UNLIKELY(caplen > left - header || caplen > CAPTURE_PACKET_MAX))
        return pcap_short(file, caplen);
    file->in.at = p + header + caplen;
    /* A fraction of a second or more is carried on, as tshark shows it. */
    packet->time_ns = seconds * TIME_SECOND_NS + (int64_t)fraction * file->unit_ns;
    packet->data = p + header;
    packet->caplen = caplen;
    packet->wire_len = wire_len;
    packet->linktype = file->linktype;
    packet->nanoseconds = file->nanoseconds;
    return CHAINS_OK;
}

int capture_file_next(struct capture_file *file, struct capture_packet *packet)
{
    int status = CHAINS_OK;
    if (CAPTURE_STREAM_UNLIKELY(file->format == FORMAT_UNKNOWN) && file->status == CHAINS_OK)
        status = begin(file);
    if (status == CHAINS_OK) {
        switch (file->format) {
        case FORMAT_PCAP:
            status = pcap_next(file, packet);
            break;
        case FORMAT_PCAPNG:
            do
                status = pcapng_block(file->pcapng, &file->in, packet);
            while (status == PCAPNG_PASSED);
            break;
        case FORMAT_UNKNOWN:
            return file->status;
        }
    }
    return status == CHAINS_OK ? CHAINS_OK : settle(file, status);
}

size_t capture_file_some(struct capture_file *file, struct capture_packet *packets, size_t most)
{
    size_t count = 0;
    if (file->format != FORMAT_PCAP || file->status != CHAINS_OK)
        return 0;
    while (count < most && pcap_next(file, &packets[count]) == CHAINS_OK)
        count++;
    return count;
}

int capture_file_fill(struct capture_file *file, int timeout_ms)
{
    struct capture_stream *in = &file->in;
    if (file->status != CHAINS_OK || file->ended)
        return CHAINS_OK;
    size_t left = (size_t)(in->end - in->at);
    in->base = capture_stream_offset(in, in->at);
    /* A long record that trickles in through a pipe is moved once, not at every fill. */
    if (in->at != file->buffer)
        memmove(file->buffer, in->at, left);
    in->at = file->buffer;
    in->end = file->buffer + left;
    if (left == CAPTURE_BUFFER)
        return CHAINS_OK;
    size_t got;
    int status = decompress_read(file->bytes, file->buffer + left, CAPTURE_BUFFER - left,
                                 timeout_ms, &got);
    in->end += got;
    if (status == CHAINS_OK || status == CHAINS_IDLE)
        return status;
    file->ended = true;
    file->source = status == CHAINS_END ? CHAINS_OK : status;
    return CHAINS_OK;
}

void capture_file_keep_secrets(struct capture_file *file, struct secrets *secrets)
{
    file->in.secrets = secrets;
}

uint64_t capture_file_position(const struct capture_file *file)
{
    return decompress_position(file->bytes);
}

uint64_t capture_file_size(const struct capture_file *file)
{
    return file->size;
}

const char *capture_file_error(const struct capture_file *file)
{
    return file->error;
}

int capture_file_put_back(struct capture_file *file)
{
    int fd = decompress_give_back(file->bytes);
    file->bytes = NULL;
    capture_file_free(file);
    return fd;
}

void capture_file_free(struct capture_file *file)
{
    if (!file)
        return;
    decompress_free(file->bytes);
    pcapng_free(file->pcapng);
    free(file->buffer);
    free(file);
}
