/* SPDX-License-Identifier: MIT */
/*
 * In: a file descriptor. Out: its bytes, unpacked straight into the caller's buffer.
 * The first four bytes decide between plain, gzip and zstd. One call takes at most one input
 * buffer, so that a stream that unpacks to nothing cannot keep the caller waiting. What was
 * unpacked before damage is given first, the failure by the next call.
 */

#include "decompress.h"

#include <chains/bytes.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum packing {
    PACKING_UNKNOWN,
    PACKING_NONE,
    PACKING_GZIP,
    PACKING_ZSTD,
};

enum {
    MAGIC = 4,           /* bytes that tell the packings apart */
    ZSTD_FIRST_FEED = 5, /* the least that zstd can tell the size of a frame header from */
    ZSTD_BLOCK_HEADER = 3,
};

struct decompress {
    int fd;
    int status; /* CHAINS_OK, or the end or failure that stays */
    enum packing packing;
    bool wait;
    bool ended;         /* the descriptor has no more */
    bool inside;        /* in the middle of a member or frame */
    bool more;          /* the last call filled the room: more may wait in the unpacker */
    uint8_t *input;     /* DECOMPRESS_INPUT bytes */
    size_t at, end;     /* of what is in there */
    uint64_t position;  /* bytes read from the descriptor */
    size_t feed;        /* bytes that zstd asks for */
    ZSTD_DStream *zstd; /* NULL unless packing is PACKING_ZSTD */
    z_stream gzip;      /* set up if packing is PACKING_GZIP */
    char error[DECOMPRESS_ERROR];
};

struct decompress *decompress_new(int fd, bool wait)
{
    struct decompress *self = calloc(1, sizeof *self);
    if (!self) {
        close(fd);
        return NULL;
    }
    self->fd = fd;
    self->wait = wait;
    return self;
}

static int no_memory(struct decompress *self)
{
    snprintf(self->error, sizeof self->error, "no memory to unpack");
    return self->status = CHAINS_EMEM;
}

/* The offset is that of the byte which the unpacker would take next. */
static int damaged(struct decompress *self, const char *packing, const char *why)
{
    uint64_t offset = self->position - (self->end - self->at);
    snprintf(self->error, sizeof self->error,
             "%s data are damaged at byte %" PRIu64 " of the packed file: %s", packing, offset,
             why);
    return self->status = CHAINS_EFORMAT;
}

static int cut_short(struct decompress *self, const char *packing)
{
    snprintf(self->error, sizeof self->error,
             "%s data are cut short at byte %" PRIu64 " of the packed file", packing,
             self->position);
    return self->status = CHAINS_EFORMAT;
}

/* One read(2); on what is not a regular file after one poll(2). */
static int read_some(struct decompress *self, uint8_t *out, size_t room, int timeout_ms,
                     size_t *got)
{
    *got = 0;
    if (self->wait) {
        struct pollfd ready = { .fd = self->fd, .events = POLLIN };
        int count = poll(&ready, 1, timeout_ms);
        if (count == 0 || (count < 0 && errno == EINTR))
            return CHAINS_IDLE;
        if (count < 0)
            goto failed;
    }
    ssize_t n;
    do
        n = read(self->fd, out, room);
    while (n < 0 && errno == EINTR && !self->wait);
    if (n < 0) {
        if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)
            return CHAINS_IDLE;
        goto failed;
    }
    *got = (size_t)n;
    self->position += (uint64_t)n;
    self->ended = n == 0;
    return CHAINS_OK;
failed:
    snprintf(self->error, sizeof self->error, "%s", strerror(errno));
    return self->status = CHAINS_EIO;
}

/* Reads behind what is still in the input buffer, which has room. */
static int read_input(struct decompress *self, int timeout_ms)
{
    size_t left = self->end - self->at;
    if (self->at > 0 && left > 0)
        memmove(self->input, self->input + self->at, left);
    self->at = 0;
    self->end = left;
    size_t got;
    int status = read_some(self, self->input + left, DECOMPRESS_INPUT - left, timeout_ms, &got);
    self->end += got;
    return status;
}

static enum packing packing_of(const uint8_t *p, size_t len)
{
    if (len >= 2 && p[0] == 0x1f && p[1] == 0x8b)
        return PACKING_GZIP;
    if (len >= MAGIC && (chains_load_le32(p) == ZSTD_MAGICNUMBER ||
                         (chains_load_le32(p) & 0xfffffff0) == ZSTD_MAGIC_SKIPPABLE_START))
        return PACKING_ZSTD;
    return PACKING_NONE;
}

static int choose(struct decompress *self, int timeout_ms)
{
    if (!self->input && !(self->input = malloc(DECOMPRESS_INPUT)))
        return no_memory(self);
    while (self->end < MAGIC && !self->ended) {
        int status = read_input(self, timeout_ms);
        if (status != CHAINS_OK)
            return status;
    }
    enum packing packing = packing_of(self->input, self->end);
    if (packing == PACKING_GZIP) {
        /* 15: the largest window; 16: gzip and nothing else. */
        if (inflateInit2(&self->gzip, 15 + 16) != Z_OK)
            return no_memory(self);
    } else if (packing == PACKING_ZSTD) {
        self->zstd = ZSTD_createDStream();
        if (!self->zstd || ZSTD_isError(ZSTD_initDStream(self->zstd)) ||
            ZSTD_isError(
                ZSTD_DCtx_setParameter(self->zstd, ZSTD_d_windowLogMax, DECOMPRESS_WINDOW_LOG)))
            return no_memory(self);
        self->feed = ZSTD_FIRST_FEED;
    }
    self->packing = packing;
    return CHAINS_OK;
}

static int plain_read(struct decompress *self, uint8_t *out, size_t room, int timeout_ms,
                      size_t *got)
{
    size_t left = self->end - self->at;
    if (left > 0) {
        *got = left < room ? left : room;
        memcpy(out, self->input + self->at, *got);
        self->at += *got;
        return CHAINS_OK;
    }
    free(self->input);
    self->input = NULL;
    if (!self->ended) {
        int status = read_some(self, out, room, timeout_ms, got);
        if (status != CHAINS_OK || *got > 0)
            return status;
    }
    return self->status = CHAINS_END;
}

/*
 * Whether another gzip member begins here. Anything else behind a member is ignored, as gzip(1)
 * does: tapes and some writers pad with zeros. Such an end is CHAINS_END.
 */
static int gzip_member(struct decompress *self, int timeout_ms)
{
    while (self->end - self->at < 2 && !self->ended) {
        int status = read_input(self, timeout_ms);
        if (status != CHAINS_OK)
            return status;
    }
    const uint8_t *p = self->input + self->at;
    if (self->end - self->at < 2 || p[0] != 0x1f || p[1] != 0x8b)
        return self->status = CHAINS_END;
    if (inflateReset(&self->gzip) != Z_OK)
        return no_memory(self);
    self->inside = true;
    return CHAINS_OK;
}

static int gzip_read(struct decompress *self, uint8_t *out, size_t room, size_t *got)
{
    z_stream *gzip = &self->gzip;
    unsigned want = room < UINT32_MAX ? (unsigned)room : UINT32_MAX;
    gzip->next_in = self->input + self->at;
    gzip->avail_in = (unsigned)(self->end - self->at);
    gzip->next_out = out;
    gzip->avail_out = want;
    int result = inflate(gzip, Z_NO_FLUSH);
    *got = want - gzip->avail_out;
    self->at = self->end - gzip->avail_in;
    self->more = gzip->avail_out == 0 && result != Z_STREAM_END;
    if (result == Z_STREAM_END)
        self->inside = false;
    else if (result == Z_MEM_ERROR)
        no_memory(self);
    else if (result == Z_NEED_DICT)
        damaged(self, "gzip", "need dictionary");
    else if (result != Z_OK && result != Z_BUF_ERROR)
        damaged(self, "gzip", gzip->msg ? gzip->msg : "invalid data");
    else if (*got == 0 && self->at == self->end && self->ended)
        cut_short(self, "gzip");
    return *got > 0 ? CHAINS_OK : self->status;
}

static void zstd_fail(struct decompress *self, size_t result)
{
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_memory_allocation)
        no_memory(self);
    else if (code == ZSTD_error_frameParameter_windowTooLarge)
        damaged(self, "zstd", "they need a window of more than 128 MiB");
    else
        damaged(self, "zstd", ZSTD_getErrorString(code));
}

/*
 * Feeds one block: a call that fails gives nothing of what it had unpacked, and the blocks before
 * the damaged one must come out. What zstd asks for has the next block's header behind it, which
 * may be the damage.
 */
static int zstd_read(struct decompress *self, uint8_t *out, size_t room, size_t *got)
{
    ZSTD_outBuffer to = { .dst = out, .size = room, .pos = 0 };
    do {
        size_t left = self->end - self->at;
        size_t feed = left < self->feed ? left : self->feed;
        ZSTD_inBuffer from = { .src = self->input + self->at, .size = feed, .pos = 0 };
        size_t result = ZSTD_decompressStream(self->zstd, &to, &from);
        if (ZSTD_isError(result)) {
            zstd_fail(self, result);
            break;
        }
        self->at += from.pos;
        self->inside = result != 0;
        self->feed = result > ZSTD_BLOCK_HEADER ? result - ZSTD_BLOCK_HEADER : result;
        if (result == 0)
            self->feed = ZSTD_FIRST_FEED;
        self->more = self->inside && to.pos == room;
    } while (self->at < self->end && to.pos < room);
    *got = to.pos;
    if (self->status == CHAINS_OK && *got == 0 && self->at == self->end && self->ended &&
        self->inside)
        cut_short(self, "zstd");
    return *got > 0 ? CHAINS_OK : self->status;
}

int decompress_read(struct decompress *self, uint8_t *out, size_t room, int timeout_ms,
                    size_t *got)
{
    *got = 0;
    int status = self->status;
    if (status == CHAINS_OK && self->packing == PACKING_UNKNOWN)
        status = choose(self, timeout_ms);
    if (status != CHAINS_OK)
        return status;
    if (self->packing == PACKING_NONE)
        return plain_read(self, out, room, timeout_ms, got);
    if (!self->more && self->at == self->end && !self->ended)
        status = read_input(self, timeout_ms);
    if (status != CHAINS_OK)
        return status;
    if (self->packing == PACKING_ZSTD) {
        if (!self->inside && self->at == self->end)
            return self->ended ? self->status = CHAINS_END : CHAINS_OK;
        return zstd_read(self, out, room, got);
    }
    if (!self->inside)
        status = gzip_member(self, timeout_ms);
    return status == CHAINS_OK ? gzip_read(self, out, room, got) : status;
}

uint64_t decompress_position(const struct decompress *self)
{
    return self->position;
}

const char *decompress_error(const struct decompress *self)
{
    return self->error;
}

void decompress_free(struct decompress *self)
{
    if (!self)
        return;
    if (self->packing == PACKING_GZIP)
        inflateEnd(&self->gzip);
    ZSTD_freeDStream(self->zstd);
    free(self->input);
    if (self->fd >= 0)
        close(self->fd);
    free(self);
}

int decompress_give_back(struct decompress *self)
{
    int fd = self->fd;
    self->fd = -1;
    decompress_free(self);
    (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

void decompress_libraries(char *out, size_t size)
{
    snprintf(out, size, "zlib %s, zstd %s", zlibVersion(), ZSTD_versionString());
}
