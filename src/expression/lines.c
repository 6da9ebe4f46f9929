/* SPDX-License-Identifier: MIT */
/*
 * Lines of a file. In: a path. Out: one line after the other with its number. Kept: a fixed
 * amount of memory whatever the file is, and nothing in a message that a terminal would obey.
 */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_BUFFER = 64 * 1024 };

int lines_open(struct lines *lines, const char *path, char *error, size_t error_size)
{
    struct stat st;
    *lines = (struct lines){ .path = path, .fd = -1 };
    lines->buffer = malloc(LINES_BUFFER);
    if (!lines->buffer) {
        snprintf(error, error_size, "%s: no memory to read it", path);
        return CHAINS_EMEM;
    }
    do
        lines->fd = open(path, O_RDONLY | O_CLOEXEC);
    while (lines->fd < 0 && errno == EINTR);
    if (lines->fd < 0)
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
    else if (fstat(lines->fd, &st) == 0 && S_ISDIR(st.st_mode))
        snprintf(error, error_size, "%s is a directory, not a file with one entry a line",
                 path);
    else
        return CHAINS_OK;
    lines_close(lines);
    return CHAINS_EIO;
}

void lines_close(struct lines *lines)
{
    if (lines->fd >= 0)
        close(lines->fd);
    free(lines->buffer);
    lines->buffer = NULL;
    lines->fd = -1;
}

/* Makes sure of a byte in the buffer, unless the file has ended; false: it cannot be read. */
static bool lines_fill(struct lines *lines)
{
    if (lines->at < lines->held || lines->ended)
        return true;
    ssize_t got;
    do
        got = read(lines->fd, lines->buffer, LINES_BUFFER);
    while (got < 0 && errno == EINTR);
    lines->at = 0;
    lines->held = got > 0 ? (size_t)got : 0;
    lines->ended = got == 0;
    return got >= 0;
}

static int lines_wrong(const struct lines *lines, const char *what, char *error,
                       size_t error_size)
{
    snprintf(error, error_size, "%s:%u: %s", lines->path, (unsigned)lines->number, what);
    return CHAINS_EUSAGE;
}

/* Ends the line of `len` bytes; without what does not belong to it. */
static int lines_finish(struct lines *lines, size_t len, char **line, char *error,
                        size_t error_size)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t skipped = 0;
    if (len > 0 && lines->line[len - 1] == '\r')
        len--;
    lines->line[len] = '\0';
    if (strlen(lines->line) != len)
        return lines_wrong(lines, "a byte 0: this is not a text file", error, error_size);
    if (lines->number == 1 && strncmp(lines->line, mark, sizeof mark - 1) == 0)
        skipped = sizeof mark - 1;
    *line = lines->line + skipped;
    return CHAINS_OK;
}

int lines_next(struct lines *lines, char **line, char *error, size_t error_size)
{
    size_t len = 0;
    bool ended = false;
    lines->number++;
    while (!ended) {
        if (!lines_fill(lines)) {
            snprintf(error, error_size, "%s: %s", lines->path, strerror(errno));
            return CHAINS_EIO;
        }
        if (lines->at == lines->held)
            break;
        const char *from = lines->buffer + lines->at;
        size_t there = lines->held - lines->at;
        const char *end = memchr(from, '\n', there);
        size_t taken = end ? (size_t)(end - from) : there;
        if (taken > LINES_MOST - len)
            return lines_wrong(lines, "longer than 4096 bytes", error, error_size);
        memcpy(lines->line + len, from, taken);
        len += taken;
        lines->at += taken + (end ? 1 : 0);
        ended = end;
    }
    if (len == 0 && !ended)
        return CHAINS_END;
    return lines_finish(lines, len, line, error, error_size);
}

char *lines_trim(char *line)
{
    static const char blanks[] = " \t\r\v\f";
    line += strspn(line, blanks);
    size_t len = strlen(line);
    while (len > 0 && strchr(blanks, line[len - 1]))
        len--;
    line[len] = '\0';
    return line;
}

const char *lines_quote(const char *text, char out[LINES_QUOTED])
{
    size_t len = 0;
    out[len++] = '"';
    for (; *text && len <= 40; text++)
        out[len++] = *text < 0x20 || *text > 0x7e ? '?' : *text;
    memcpy(out + len, *text ? "...\"" : "\"", *text ? 5 : 2);
    return out;
}
