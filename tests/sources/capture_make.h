/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_MAKE_H
#define CAPTURE_MAKE_H

/* Captures built in memory by the tests of src/sources/, written to a temporary file. */

#include "../check.h"
#include "../../src/sources/capture_file.h"

#include <stdlib.h>
#include <unistd.h>

struct made {
    uint8_t *at;
    size_t len, room;
    bool big; /* byte order of what is put */
    char path[64];
};

static inline void put(struct made *made, const void *bytes, size_t len)
{
    if (made->len + len > made->room) {
        made->room = 2 * (made->len + len);
        made->at = realloc(made->at, made->room);
    }
    if (len > 0)
        memcpy(made->at + made->len, bytes, len);
    made->len += len;
}

static inline void put_number(struct made *made, uint64_t value, unsigned size)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < size; i++)
        bytes[made->big ? size - 1 - i : i] = (uint8_t)(value >> 8 * i);
    put(made, bytes, size);
}

static inline void put_zeros(struct made *made, size_t len)
{
    while (len-- > 0)
        put(made, "", 1);
}

static inline void put16(struct made *made, unsigned value)
{
    put_number(made, value, 2);
}

static inline void put32(struct made *made, uint64_t value)
{
    put_number(made, value, 4);
}

static inline void put_pcap(struct made *made, uint32_t magic, unsigned major, unsigned minor,
                            uint32_t network)
{
    put32(made, magic);
    put16(made, major);
    put16(made, minor);
    put_zeros(made, 8);
    put32(made, 65535);
    put32(made, network);
}

/* A record whose bytes are 0, 1, 2, ... */
static inline void put_record(struct made *made, uint32_t seconds, uint32_t fraction,
                              uint32_t caplen, uint32_t wire_len)
{
    put32(made, seconds);
    put32(made, fraction);
    put32(made, caplen);
    put32(made, wire_len);
    for (uint32_t i = 0; i < caplen; i++)
        put_number(made, i & 0xff, 1);
}

/* Writes it to a temporary file, whose path it returns. Dropped by made_free(). */
static inline const char *made_write(struct made *made)
{
    snprintf(made->path, sizeof made->path, "/tmp/chains-test-XXXXXX");
    const int fd = mkstemp(made->path);
    size_t done = 0;
    while (fd >= 0 && done < made->len) {
        const ssize_t n = write(fd, made->at + done, made->len - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    check(fd >= 0 && done == made->len);
    close(fd);
    return made->path;
}

static inline void made_free(struct made *made)
{
    if (made->path[0])
        unlink(made->path);
    free(made->at);
    *made = (struct made){ .big = made->big };
}

/* The next packet, whatever has to be read for it. */
static inline int next_of(struct capture_file *file, struct capture_packet *packet)
{
    int status;
    while ((status = capture_file_next(file, packet)) == CHAINS_IDLE)
        capture_file_fill(file, -1);
    return status;
}

/* What comes out of a file: packets, the last one, the final status, the sentence without the
 * path. */
struct outcome {
    unsigned packets;
    uint64_t bytes;
    struct capture_packet last; /* without its data */
    int status;
    char error[1024];
};

static inline struct outcome read_path(const char *path)
{
    struct outcome out = { 0 };
    char error[1024] = "";
    struct capture_file *file = capture_file_open(path, &out.status, error, sizeof error);
    if (file) {
        struct capture_packet packet;
        while ((out.status = next_of(file, &packet)) == CHAINS_OK) {
            out.packets++;
            out.bytes += packet.caplen;
            out.last = packet;
            out.last.data = NULL;
        }
        const bool same = capture_file_next(file, &packet) == out.status;
        check(same);
        snprintf(error, sizeof error, "%s", capture_file_error(file));
    }
    const size_t prefix = strlen(path);
    const bool named =
        strncmp(error, path, prefix) == 0 && strncmp(error + prefix, ": ", 2) == 0;
    snprintf(out.error, sizeof out.error, "%s", named ? error + prefix + 2 : error);
    capture_file_free(file);
    return out;
}

/* As read_path() over a temporary file of what was made, which it frees. */
static inline struct outcome read_made(struct made *made)
{
    struct outcome out = read_path(made_write(made));
    made_free(made);
    return out;
}

#endif
