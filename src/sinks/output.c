/* SPDX-License-Identifier: MIT */
/*
 * Buffered writing for sinks. In: records as bytes. Out: the same through write(2), whole
 * records at a time as long as one fits the buffer. A short write goes on, a signal does not
 * end it; a disk that is full leaves a file that ends in a whole record; a reader that is gone
 * is CHAINS_EPIPE, which is not worth a sentence to the caller.
 */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int output_open(struct output *output, chains_component *sink, FILE *file,
                enum chains_flush flush, const char *record_end)
{
    struct stat stat;
    if (flush > CHAINS_FLUSH_LINE)
        return chains_fail(sink, CHAINS_EUSAGE, "there is no flush=%u", (unsigned)flush);
    output->sink = sink;
    output->record_end = record_end;
    output->file = file ? file : stdout;
    output->fd = fileno(output->file);
    output->eager = flush == CHAINS_FLUSH_LINE ||
                    (flush == CHAINS_FLUSH_DEFAULT &&
                     (chains_source_of(sink).live || (output->fd >= 0 && isatty(output->fd))));
    output->regular = output->fd >= 0 && fstat(output->fd, &stat) == 0 && S_ISREG(stat.st_mode);
    output->buffer = malloc(OUTPUT_BUFFER);
    if (!output->buffer)
        return chains_fail(sink, CHAINS_EMEM, "no memory for output");
    if (fflush(output->file) != 0) {
        chains_fail(sink, CHAINS_EIO, "cannot write the output: %s", strerror(errno));
        output_close(output);
        return CHAINS_EIO;
    }
    return CHAINS_OK;
}

/*
 * Takes back the bytes of a record of which only a part found room on the disk; where others have
 * written behind it, it stays.
 */
static void output_take_back(const struct output *output, size_t written)
{
    struct stat stat;
    off_t at = lseek(output->fd, 0, SEEK_CUR);
    size_t end_len = strlen(output->record_end), whole = written;
    while (whole >= end_len &&
           memcmp(output->buffer + whole - end_len, output->record_end, end_len) != 0)
        whole--;
    if (whole < end_len)
        whole = 0;
    off_t keep = at - (off_t)(written - whole);
    if (at < 0 || whole == written || fstat(output->fd, &stat) != 0 || stat.st_size != at)
        return;
    if (ftruncate(output->fd, keep) == 0)
        (void)lseek(output->fd, keep, SEEK_SET);
}

static int output_fail(struct output *output, size_t written)
{
    int error = errno;
    if (output->regular)
        output_take_back(output, written);
    if (error == EPIPE)
        output->failed = chains_fail(output->sink, CHAINS_EPIPE, "the reader has gone away");
    else
        output->failed = chains_fail(output->sink, CHAINS_EIO, "cannot write the output: %s",
                                     strerror(error));
    return output->failed;
}

/* The first `size` bytes of the buffer leave. */
static int output_write(struct output *output, size_t size)
{
    size_t written = 0;
    if (output->fd < 0) {
        written = fwrite(output->buffer, 1, size, output->file);
        return written == size && fflush(output->file) == 0 ? CHAINS_OK
                                                            : output_fail(output, written);
    }
    while (written < size) {
        ssize_t n = write(output->fd, output->buffer + written, size - written);
        if (n >= 0) {
            written += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd ready = { output->fd, POLLOUT, 0 };
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return output_fail(output, written);
        }
    }
    return CHAINS_OK;
}

/* Sends whole records, or all of the buffer when one record is larger than it. */
static int output_send(struct output *output, bool all)
{
    size_t size = all || output->whole == 0 ? output->used : output->whole;
    if (!output->failed && size > 0)
        output_write(output, size);
    if (output->failed)
        size = output->used;
    memmove(output->buffer, output->buffer + size, output->used - size);
    output->used -= size;
    output->whole = output->whole > size ? output->whole - size : 0;
    return output->failed;
}

char *output_room_slow(struct output *output)
{
    output_send(output, false);
    if (OUTPUT_BUFFER - output->used < OUTPUT_ROOM)
        output_send(output, true);
    return output->buffer + output->used;
}

void output_text(struct output *output, const char *text, size_t len)
{
    while (len > 0) {
        size_t part = len < OUTPUT_ROOM ? len : OUTPUT_ROOM;
        char *out = output_room(output, part);
        memcpy(out, text, part);
        output_put(output, out + part);
        text += part;
        len -= part;
    }
}

int output_end(struct output *output)
{
    return output->eager && output->used > 0 ? output_send(output, true) : output->failed;
}

int output_flush(struct output *output)
{
    output->used = output->whole; /* a record that failed half-way stays behind */
    return output->buffer && output->used > 0 ? output_send(output, true) : output->failed;
}

void output_close(struct output *output)
{
    free(output->buffer);
    output->buffer = NULL;
}
