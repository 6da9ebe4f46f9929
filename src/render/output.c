/* SPDX-License-Identifier: MIT */
/*
 * Buffered writing for sinks. In: records as bytes. Out: the same through write(2), whole
 * records at a time as long as one fits the buffer, compressed on the way where the name says so.
 * A short write goes on, a signal does not end it; a disk that is full leaves a file that ends in
 * a whole record; a reader that is gone is CHAINS_EPIPE, which is not worth a sentence to the
 * caller.
 */
#include "output.h"

#include "../bytes/text.h"
#include "../bytes/time.h"
#include "compress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct chains_name output_flush_names[] = {
    { CHAINS_FLUSH_BLOCK, "block" },
    { CHAINS_FLUSH_LINE, "line" },
    { 0, NULL },
};

const struct chains_name output_exists_names[] = {
    { CHAINS_EXISTS_REFUSE, "refuse" },
    { CHAINS_EXISTS_APPEND, "append" },
    { CHAINS_EXISTS_REPLACE, "replace" },
    { 0, NULL },
};

/* ---- failures -------------------------------------------------------------------------------
 */

static const char *output_name(const struct output *output, char name[TEXT_PATH + 1])
{
    if (!output->path)
        return "the output";
    text_path(name, output->path);
    return name;
}

/* "cannot write out.jsonl: No space left on device", the first time. */
static int output_failed(struct output *output, const char *cannot, int error)
{
    char name[TEXT_PATH + 1];
    int status = error == ENOMEM ? CHAINS_EMEM : CHAINS_EIO;
    error = error ? error : EIO; /* stdio does not always say */
    if (!output->failed)
        output->failed = chains_fail(output->sink, status, "cannot %s %s: %s", cannot,
                                     output_name(output, name), strerror(error));
    return output->failed;
}

static int output_gone(struct output *output)
{
    char name[TEXT_PATH + 1];
    if (output->path)
        output->failed =
            chains_fail(output->sink, CHAINS_EPIPE, "the reader of %s has gone away",
                        output_name(output, name));
    else
        output->failed = chains_fail(output->sink, CHAINS_EPIPE, "the reader has gone away");
    return output->failed;
}

/* Of the first `len` bytes of the buffer, which begins with a record, those of whole ones. */
static size_t output_whole(const struct output *output, size_t len)
{
    if (!output->record_end)
        return output->whole_of(output->buffer, len);
    size_t end_len = strlen(output->record_end);
    while (len >= end_len &&
           memcmp(output->buffer + len - end_len, output->record_end, end_len) != 0)
        len--;
    return len < end_len ? 0 : len;
}

/*
 * Where a regular file is to end of which `written` bytes of the buffer were the last. -1: there,
 * or others have written behind it.
 */
static off_t output_end_of_whole(const struct output *output, size_t written)
{
    struct stat stat;
    off_t at = lseek(output->fd, 0, SEEK_CUR);
    if (at < 0 || fstat(output->fd, &stat) != 0 || stat.st_size != at)
        return -1;
    if (output->compress)
        return output->point_at;
    off_t part = output->split ? (off_t)(output->part + written)
                               : (off_t)(written - output_whole(output, written));
    return part > 0 ? at - part : -1;
}

/* Ends what was compressed up to the end of the file, if that finds room. */
static void output_write_ending(const struct output *output, off_t at)
{
    char ending[COMPRESS_ENDING];
    size_t len = compress_ending(output->compress, ending), done = 0;
    while (done < len) {
        ssize_t n = write(output->fd, ending + done, len - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    if (done < len)
        (void)!ftruncate(output->fd, at);
}

/* Takes back the bytes of a record of which only a part found room on the disk. */
static void output_take_back(const struct output *output, size_t written)
{
    off_t keep = output_end_of_whole(output, written);
    if (keep < 0 || ftruncate(output->fd, keep) != 0)
        return;
    (void)lseek(output->fd, keep, SEEK_SET);
    if (output->compress)
        output_write_ending(output, keep);
}

/* ---- writing --------------------------------------------------------------------------------
 */

/*
 * Before the first byte leaves, and when there is none: only now what is replaced is gone, so that a
 * chain that cannot be opened has done nothing.
 */
static int output_start(struct output *output)
{
    output->begun = true;
    if (output->replaces && ftruncate(output->fd, 0) != 0)
        return output_failed(output, "empty", errno);
    output->replaces = false;
    return CHAINS_OK;
}

/* Bytes of the buffer, or of what was compressed, leave. */
static int output_write(struct output *output, const char *bytes, size_t size)
{
    if (!output->begun && output_start(output) < 0)
        return output->failed;
    size_t written = 0;
    errno = 0;
    if (output->fd < 0) {
        written = fwrite(bytes, 1, size, output->file);
        if (written == size && fflush(output->file) == 0)
            return CHAINS_OK;
    }
    while (output->fd >= 0 && written < size) {
        ssize_t n = write(output->fd, bytes + written, size - written);
        if (n >= 0) {
            written += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd ready = { output->fd, POLLOUT, 0 };
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    if (output->fd >= 0 && written == size)
        return CHAINS_OK;
    int error = errno;
    if (output->regular)
        output_take_back(output, written);
    return error == EPIPE ? output_gone(output) : output_failed(output, "write", error);
}

/* What is written so far can be read whatever happens to the rest. */
static void output_mark(struct output *output)
{
    compress_mark(output->compress);
    output->point = output->bytes;
    if (output->regular)
        output->point_at = lseek(output->fd, 0, SEEK_CUR);
}

static int output_pack(struct output *output, const char *bytes, size_t size,
                       enum compress_until until)
{
    bool done = false;
    compress_feed(output->compress, bytes, size);
    while (!done && !output->failed) {
        const char *out;
        size_t len;
        if (!compress_next(output->compress, until, &out, &len, &done))
            return output_failed(output, "write", ENOMEM);
        if (len > 0)
            output_write(output, out, len);
    }
    if (!output->failed && until != COMPRESS_TAKEN)
        output_mark(output);
    return output->failed;
}

/* The first `size` bytes of the buffer leave. */
static int output_leave(struct output *output, size_t size)
{
    if (!output->compress) {
        int status = output_write(output, output->buffer, size);
        output->bytes += size;
        return status;
    }
    bool ends_whole = size <= output->whole;
    bool due = ends_whole && output->bytes + size - output->point >= OUTPUT_POINT;
    output->bytes += size;
    return output_pack(output, output->buffer, size, due ? COMPRESS_POINT : COMPRESS_TAKEN);
}

/* Sends whole records, or all of the buffer when one record is larger than it. */
static int output_send(struct output *output, bool all)
{
    size_t size = all || output->whole == 0 ? output->used : output->whole;
    if (!output->failed && size > 0)
        output_leave(output, size);
    if (output->failed)
        size = output->used;
    output->part = size > output->whole ? output->part + size - output->whole : 0;
    output->split = output->part > 0 && !output->failed;
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

/* So that the buffer begins with a record again. */
void output_commit_split(struct output *output)
{
    output_send(output, false);
    output->split = false;
    output->part = 0;
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

int output_flush(struct output *output)
{
    if (!output->buffer || (!output->begun && output_start(output) < 0))
        return output->failed;
    if (output->split && output->regular && !output->compress && !output->failed)
        output_take_back(output, 0);
    output->bytes -= output->part;
    output->used = output->whole; /* a record that failed half-way stays behind */
    output->split = false;
    output->part = 0;
    if (output->used > 0)
        output_send(output, false);
    if (!output->failed && output->compress && compress_waits(output->compress))
        output_pack(output, NULL, 0, COMPRESS_POINT);
    return output->failed;
}

int output_end(struct output *output)
{
    if (!output->eager || output->failed)
        return output->failed;
    if (output->paced) {
        int64_t now = time_coarse_ns();
        if (now < output->paced_ns)
            return output->failed;
        output->paced_ns = now + TIME_SECOND_NS;
    }
    return output_flush(output);
}

/* ---- files ----------------------------------------------------------------------------------
 */

/* A descriptor of its own, not one of the three that others take for theirs. -1: errno. */
static int output_descriptor(const struct output *output, int flags)
{
    int fd;
    do
        fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, OUTPUT_MODE);
    while (fd < 0 && errno == EINTR && !chains_stopping(output->sink));
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), error = errno;
    close(fd);
    errno = error;
    return above;
}

int output_refuse_input(chains_component *sink, const char *path, const struct stat *about)
{
    struct chains_source_info source = chains_source_of(sink);
    char name[TEXT_PATH + 1] = "the output";
    if (!S_ISREG(about->st_mode))
        return CHAINS_OK;
    if (path)
        text_path(name, path);
    for (size_t i = 0; i < source.input_count; i++)
        if (source.inputs[i].device == (uint64_t)about->st_dev &&
            source.inputs[i].inode == (uint64_t)about->st_ino)
            return chains_fail(chains_about(sink, "path", 0), CHAINS_EUSAGE,
                               "%s is being read by this chain: write to another file", name);
    return CHAINS_OK;
}

/* Whether a file ends in a whole line, as far as it can be read. */
static bool output_ends_line(const struct output *output, const struct stat *about)
{
    struct stat there;
    char last = '\n';
    int fd = open(output->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return true;
    if (fstat(fd, &there) == 0 && there.st_dev == about->st_dev &&
        there.st_ino == about->st_ino && pread(fd, &last, 1, about->st_size - 1) != 1)
        last = '\n';
    close(fd);
    return last == '\n';
}

/* One file is written by one sink, but standard output, which may be shared by lines of text. */
static int output_claim(struct output *output, const struct stat *about, bool shares)
{
    char name[TEXT_PATH + 1];
    if (chains_claim(output->sink, (uint64_t)about->st_dev, (uint64_t)about->st_ino, shares))
        return CHAINS_OK;
    return chains_fail(chains_about(output->sink, "path", 0), CHAINS_EUSAGE,
                       "%s is written by another sink of this chain: write to another file",
                       output_name(output, name));
}

/* Makes what a file holds already fit what is to come; nothing is lost before it may be. */
static int output_begin(struct output *output, enum chains_exists exists)
{
    struct stat about;
    if (fstat(output->fd, &about) != 0 || !S_ISREG(about.st_mode))
        return CHAINS_OK;
    output->failed = output_refuse_input(output->sink, output->path, &about);
    if (output->failed == CHAINS_OK)
        output->failed = output_claim(output, &about, false);
    if (output->failed || about.st_size == 0)
        return output->failed;
    output->replaces = exists == CHAINS_EXISTS_REPLACE;
    bool text = output->record_end && !output->compress;
    if (exists == CHAINS_EXISTS_APPEND && text && !output_ends_line(output, &about)) {
        char name[TEXT_PATH + 1];
        output->failed = chains_fail(output->sink, CHAINS_EUSAGE,
                                     "%s does not end in a whole line: end that line or take "
                                     "it away, or write to another file",
                                     output_name(output, name));
    }
    return output->failed;
}

/* What is there already, if it is nothing that could be lost: -1 and EEXIST for a regular file. */
static int output_descriptor_there(const struct output *output)
{
    struct stat there;
    if (stat(output->path, &there) != 0 || S_ISREG(there.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    int fd = output_descriptor(output, 0);
    if (fd >= 0 && fstat(fd, &there) == 0 && S_ISREG(there.st_mode)) {
        close(fd);
        errno = EEXIST;
        return -1;
    }
    return fd;
}

static int output_not_opened(struct output *output, int error)
{
    char name[TEXT_PATH + 1];
    if (error == EEXIST)
        output->failed =
            chains_fail(chains_about(output->sink, "path", 0), CHAINS_EIO,
                        "%s is there already: exists=append adds to it, exists=replace begins "
                        "it anew",
                        output_name(output, name));
    else if (error == ENOENT)
        output->failed = chains_fail(chains_about(output->sink, "path", 0), CHAINS_EIO,
                                     "cannot make %s: there is no such directory",
                                     output_name(output, name));
    else
        output_failed(output, "open", error);
    return output->failed;
}

/* Learns what a descriptor leads to. */
static void output_look(struct output *output)
{
    struct stat stat;
    bool known = output->fd >= 0 && fstat(output->fd, &stat) == 0;
    output->regular = known && S_ISREG(stat.st_mode);
    output->fresh = !output->regular || stat.st_size == 0 || output->replaces;
    output->bytes = output->point = 0;
    output->point_at = output->regular && !output->replaces ? stat.st_size : 0;
}

/* Makes ready to compress, or not to, what goes into the file at hand. False: no memory. */
static bool output_choose(struct output *output)
{
    enum compress_kind kind = compress_kind_of(output->path);
    if (output->compress && compress_kind(output->compress) == kind)
        return true; /* what it had begun was ended with the file before */
    compress_free(output->compress);
    output->compress = kind == COMPRESS_NONE ? NULL : compress_new(kind);
    return kind == COMPRESS_NONE || output->compress;
}

/* Opens the file called `path`. */
static int output_open_path(struct output *output, enum chains_exists exists)
{
    int append = exists == CHAINS_EXISTS_APPEND ? O_APPEND : 0;
    output->replaces = false;
    if (!output_choose(output))
        return output_failed(output, "write", ENOMEM);
    output->fd = output_descriptor(output, O_CREAT | O_EXCL | append);
    output->created = output->fd >= 0;
    output->begun = false;
    if (output->fd < 0 && errno == EEXIST)
        output->fd = exists == CHAINS_EXISTS_REFUSE
                         ? output_descriptor_there(output)
                         : output_descriptor(output, O_CREAT | append);
    if (output->fd < 0)
        return output_not_opened(output, errno);
    if (output_begin(output, exists) < 0) {
        close(output->fd);
        output->fd = -1;
        return output->failed;
    }
    output_look(output);
    return CHAINS_OK;
}

/* Ends the file of its own; what could not be written before is not written now. */
static int output_close_path(struct output *output)
{
    if (output->fd < 0 || !output->path)
        return output->failed;
    bool end = output->compress && !output->failed && output->begun &&
               (output->fresh || compress_inside(output->compress));
    if (end)
        output_pack(output, NULL, 0, COMPRESS_END);
    if (close(output->fd) != 0 && errno != EINTR)
        output_failed(output, "write", errno);
    output->fd = -1;
    return output->failed;
}

static int output_check(chains_component *sink, const struct output_target *target)
{
    if (target->flush > CHAINS_FLUSH_LINE)
        return chains_fail(sink, CHAINS_EUSAGE, "there is no flush=%u",
                           (unsigned)target->flush);
    if (target->exists > CHAINS_EXISTS_REPLACE)
        return chains_fail(sink, CHAINS_EUSAGE, "there is no exists=%u",
                           (unsigned)target->exists);
    if (target->path && !target->path[0])
        return chains_fail(chains_about(sink, "path", 0), CHAINS_EUSAGE, "path is empty");
    if (target->path && target->file)
        return chains_fail(sink, CHAINS_EUSAGE, "out and path exclude each other");
    return CHAINS_OK;
}

/* The caller's stream, or standard output. */
static int output_open_stream(struct output *output, const struct output_target *target)
{
    output->file = target->file ? target->file : stdout;
    output->fd = fileno(output->file);
    if (fflush(output->file) != 0)
        return output_failed(output, "write", errno);
    output_look(output);
    output->fresh = true; /* what stands before it there is somebody else's */
    struct stat about;
    if (output->fd < 0 || fstat(output->fd, &about) != 0 || S_ISCHR(about.st_mode))
        return CHAINS_OK;
    int status = output_refuse_input(output->sink, NULL, &about);
    return status < 0 ? status : output_claim(output, &about, output->record_end != NULL);
}

static int output_open_target(struct output *output, const struct output_target *target)
{
    bool named = target->path && strcmp(target->path, "-") != 0;
    output->buffer = malloc(OUTPUT_BUFFER);
    output->path = named ? strdup(target->path) : NULL;
    if (!output->buffer || (named && !output->path))
        return chains_fail(output->sink, CHAINS_EMEM, "no memory for output");
    int status =
        named ? output_open_path(output, target->exists) : output_open_stream(output, target);
    if (status < 0)
        return status;
    char name[TEXT_PATH + 1];
    bool terminal = output->fd >= 0 && isatty(output->fd);
    if (terminal && !output->record_end)
        return chains_fail(output->sink, CHAINS_EUSAGE,
                           "%s is a terminal, and this is not text: give path=FILE or redirect "
                           "it",
                           output_name(output, name));
    bool live = chains_source_of(output->sink).live;
    output->eager = target->flush == CHAINS_FLUSH_LINE ||
                    (target->flush == CHAINS_FLUSH_DEFAULT && (live || terminal));
    output->paced = output->compress && target->flush == CHAINS_FLUSH_DEFAULT;
    return CHAINS_OK;
}

int output_open(struct output *output, chains_component *sink,
                const struct output_target *target)
{
    int status = output_check(sink, target);
    if (status < 0)
        return status;
    *output = (struct output){
        .sink = sink,
        .fd = -1,
        .record_end = target->record_end,
        .whole_of = target->whole,
        .exists = target->exists,
    };
    status = output_open_target(output, target);
    if (status < 0)
        output_close(output);
    return status;
}

int output_reopen(struct output *output)
{
    int status = output_flush(output);
    if (status < 0 || !output->path || !output->regular) {
        output->fresh = false;
        return status;
    }
    int now = output->fd, next = output_descriptor(output, O_CREAT | O_APPEND);
    if (next < 0) {
        char name[TEXT_PATH + 1];
        chains_warn(output->sink, "cannot open %s anew: %s; going on in the file as it was",
                    output_name(output, name), strerror(errno));
        output->fresh = false;
        return CHAINS_OK;
    }
    close(next); /* it can be opened: what is at hand is ended before */
    output->fd = now;
    status = output_close_path(output);
    return status < 0 ? status : output_open_path(output, CHAINS_EXISTS_APPEND);
}

int output_continue(struct output *output, const char *path)
{
    int status = output_flush(output);
    if (status == CHAINS_OK)
        status = output_close_path(output);
    if (status < 0)
        return status;
    char *copy = strdup(path);
    if (!copy)
        return output_failed(output, "write", ENOMEM);
    free(output->path);
    output->path = copy;
    return output_open_path(output, output->exists);
}

int output_close(struct output *output)
{
    if (!output->buffer)
        return CHAINS_OK;
    bool unused = output->path && output->created && !output->begun;
    int status = output_close_path(output);
    if (unused) /* the chain could not be opened: as if nothing had been */
        (void)unlink(output->path);
    compress_free(output->compress);
    free(output->buffer);
    free(output->path);
    output->compress = NULL;
    output->buffer = output->path = NULL;
    output->used = output->whole = 0;
    return status;
}
