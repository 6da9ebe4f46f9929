/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a capture file. The first byte says how they come: as one file, packed by gzip or by
 * zstd before they are read, through a pipe in small parts, or cut into several files that are read
 * in time order. What must hold: packets are no longer than the ceiling and can be read, times in
 * one file come as they stand, a failure has a sentence fit to be shown and stays, and the same bytes
 * give the same packets from a file and through a pipe. Build and run:
 *
 *     script/fuzz capture 60
 */
#include "fuzz.h"
#include "shown.h"

#include "../src/sources/capture_file.h"
#include "../src/sources/capture_files.h"
#include "../src/sources/secrets.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { FILES = 3, STEPS_MOST = 1 << 20, PIPE_MOST = 4096 };

/* What a reading has said, to be compared. */
struct told {
    uint64_t packets, sum;
    int status;
    char error[CAPTURE_ERROR];
};

static void told_packet(struct told *told, const struct capture_packet *packet)
{
    must(packet->caplen <= CAPTURE_PACKET_MAX);
    told->packets++;
    told->sum = told->sum * 31 + (uint64_t)packet->time_ns + packet->wire_len;
    told->sum = told->sum * 31 + packet->linktype + packet->nanoseconds;
    for (uint32_t i = 0; i < packet->caplen; i++)
        told->sum = told->sum * 31 + packet->data[i];
}

static int file_of(const uint8_t *data, size_t size, char path[64])
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* Sentences begin with the path, which differs. */
static void told_failure(struct told *told, const char *sentence, const char *path)
{
    size_t len = strlen(path);
    must(sentence && strlen(sentence) > len && shown_ascii(sentence, strlen(sentence), ""));
    snprintf(told->error, sizeof told->error, "%s",
             strncmp(sentence, path, len) == 0 ? sentence + len : sentence);
}

static struct told read_one(const char *path, int feed, const uint8_t *data, size_t size)
{
    struct told told = { .packets = 0 };
    char error[CAPTURE_ERROR] = "";
    struct secrets secrets = { .full = false };
    struct capture_packet packet;
    struct capture_file *file = capture_file_open(path, &told.status, error, sizeof error);
    if (!file) {
        must(told.status < 0);
        told_failure(&told, error, path);
        return told;
    }
    capture_file_keep_secrets(file, &secrets);
    for (size_t step = 0;; step++) {
        must(step < STEPS_MOST);
        told.status = capture_file_next(file, &packet);
        if (told.status == CHAINS_OK) {
            told_packet(&told, &packet);
            continue;
        }
        if (told.status != CHAINS_IDLE)
            break;
        if (feed >= 0) {
            size_t part = size < 1 + step % 37 ? size : 1 + step % 37;
            must(part == 0 || write(feed, data, part) == (ssize_t)part);
            data += part;
            size -= part;
            if (size == 0) {
                close(feed);
                feed = -1;
            }
        }
        must(capture_file_fill(file, 0) >= CHAINS_OK);
    }
    must(capture_file_next(file, &packet) == told.status);
    must(told.status == CHAINS_END || told.status < 0);
    if (told.status < 0)
        told_failure(&told, capture_file_error(file), path);
    if (feed >= 0)
        close(feed);
    capture_file_free(file);
    secrets_close(&secrets);
    return told;
}

static struct told read_file(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = file_of(data, size, path);
    struct told told = read_one(path, -1, NULL, 0);
    close(fd);
    return told;
}

static void read_pipe(const uint8_t *data, size_t size)
{
    struct told file = read_file(data, size);
    int ends[2];
    char path[64];
    must(pipe2(ends, 0) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    struct told piped = read_one(path, ends[1], data, size);
    close(ends[0]);
    must(file.packets == piped.packets && file.sum == piped.sum);
    must(file.status == piped.status);
    if (!strstr(file.error,
                "packed file")) /* which says how far was read, in parts as it was */
        must(strcmp(file.error, piped.error) == 0);
}

static void read_packed(const uint8_t *data, size_t size, bool zstd)
{
    const size_t room = zstd ? ZSTD_compressBound(size) : compressBound(size) + 32;
    uint8_t *packed = malloc(room);
    size_t len = 0;
    must(packed != NULL);
    if (zstd) {
        len = ZSTD_compress(packed, room, data, size, 1);
    } else {
        z_stream z = { .next_in = (Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)size,
                       .next_out = packed,
                       .avail_out = (uInt)room };
        must(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
        must(deflate(&z, Z_FINISH) == Z_STREAM_END);
        len = z.total_out;
        deflateEnd(&z);
    }
    struct told one = read_file(data, size), other = read_file(packed, len);
    free(packed);
    if (size > 4) /* what is packed may be nothing, or packed itself, which is read as it is */
        must(one.packets == other.packets || other.status < 0);
}

static void read_several(const uint8_t *data, size_t size)
{
    char names[FILES][64], error[CAPTURE_ERROR] = "";
    const char *paths[FILES + 1] = { NULL };
    int fds[FILES], status = CHAINS_OK;
    for (size_t i = 0; i < FILES; i++) {
        size_t part = i + 1 < FILES && size > 2 ? chains_load_be16(data) : size;
        data += size > 2 ? 2 : 0;
        size -= size > 2 ? 2 : 0;
        part = part < size ? part : size;
        fds[i] = file_of(data, part, names[i]);
        paths[i] = names[i];
        data += part;
        size -= part;
    }
    struct told told = { .packets = 0 };
    struct secrets secrets = { .full = false };
    struct capture_files *files = capture_files_open(paths, &status, error, sizeof error);
    must(files || (status < 0 && error[0]));
    if (files)
        capture_files_keep_secrets(files, &secrets);
    for (size_t step = 0; files; step++) {
        struct capture_packet packet;
        must(step < STEPS_MOST);
        status = capture_files_next(files, &packet);
        if (status == CHAINS_OK)
            told_packet(&told, &packet);
        else if (status != CHAINS_IDLE)
            break;
        else
            must(capture_files_fill(files, 0) >= CHAINS_OK);
    }
    if (files && status < 0)
        must(shown_ascii(capture_files_error(files), strlen(capture_files_error(files)), ""));
    capture_files_free(files);
    secrets_close(&secrets);
    for (size_t i = 0; i < FILES; i++)
        close(fds[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const uint8_t how = data[0] % 8;
    data++;
    size--;
    if (how == 1 && size <= PIPE_MOST)
        read_pipe(data, size);
    else if (how == 2 || how == 3)
        read_packed(data, size, how == 3);
    else if (how == 4 || how == 5)
        read_several(data, size);
    else
        read_file(data, size);
    return 0;
}
