/* SPDX-License-Identifier: MIT */
/*
 * In: the path of a file that grows. Out: its lines, each once, when its end has been written; the
 * last one also without, when nothing more comes.
 * Nothing is waited for: only regular files are opened, and a look reads so much and no more. What
 * was read stays known by offset and inode; a file that is shorter than that begins anew.
 */
#include "tls_keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bytes/text.h"

/* The file at hand is behind; the next look opens the one that has its name then. */
static void keyfile_leave(struct tls_keyfile *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->at = 0;
    file->held = 0;
    file->skipping = file->tail = file->more = false;
}

void tls_keyfile_close(struct tls_keyfile *file)
{
    if (!file->path && !file->buffer)
        return;
    keyfile_leave(file);
    if (file->buffer)
        explicit_bzero(file->buffer, TLS_KEYFILE_PIECE + TLS_KEYFILE_LINE);
    free(file->path);
    free(file->buffer);
    *file = (struct tls_keyfile){ .fd = -1 };
}

/* Says once what is wrong; again only after the file could be read. */
static bool keyfile_fails(struct tls_keyfile *file, const char *what, char *why, size_t size)
{
    if (file->told)
        return true;
    char name[TEXT_PATH + 1];
    text_path(name, file->path);
    snprintf(why, size, "cannot read the key log %s: %s", name, what);
    file->told = true;
    return false;
}

/* Gives the lines that have ended, and moves what is left to the front. */
static void keyfile_give(struct tls_keyfile *file, tls_keyfile_line *line, void *user)
{
    char *at = file->buffer, *end = at + file->held;
    for (char *p = at; p < end; p++) {
        if (*p != '\n' && *p != '\r')
            continue;
        if (!file->skipping)
            line(user, (struct chains_bytes){ (uint8_t *)at, (size_t)(p - at) }, true);
        file->skipping = false;
        at = p + 1;
    }
    size_t left = (size_t)(end - at);
    if (left >= TLS_KEYFILE_LINE) {
        if (!file->skipping)
            line(user, (struct chains_bytes){ (uint8_t *)at, TLS_KEYFILE_LINE }, true);
        file->skipping = true;
        left = 0;
    }
    memmove(file->buffer, at, left);
    file->held = left;
}

/* Gives, once, the line that has not ended, of a file that has not grown since the latest look. */
static void keyfile_give_tail(struct tls_keyfile *file, tls_keyfile_line *line, void *user)
{
    if (!file->tail && !file->skipping && file->held > 0)
        line(user, (struct chains_bytes){ (uint8_t *)file->buffer, file->held }, false);
    file->tail = true;
}

/* Reads what is new in the file at hand, which has `size` bytes. 0, or what went wrong. */
static int keyfile_read(struct tls_keyfile *file, off_t size, tls_keyfile_line *line,
                        void *user)
{
    if (size < file->at) {
        file->at = 0;
        file->held = 0;
        file->skipping = false;
    }
    file->seen = true;
    off_t most = size - file->at, got = 0;
    while (got < most && got < TLS_KEYFILE_LOOK) {
        ssize_t n = pread(file->fd, file->buffer + file->held, TLS_KEYFILE_PIECE, file->at);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n <= 0)
            break;
        got += n;
        file->at += n;
        file->held += (size_t)n;
        keyfile_give(file, line, user);
    }
    file->more = got >= TLS_KEYFILE_LOOK && got < most;
    if (most <= 0)
        keyfile_give_tail(file, line, user);
    else if (got > 0)
        file->tail = false;
    return 0;
}

/* Opens the file that has the name now; its size, -1 where there is none. 0, or what went wrong. */
static int keyfile_take(struct tls_keyfile *file, off_t *size)
{
    struct stat about;
    *size = -1;
    file->fd = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file->fd < 0)
        return errno == ENOENT ? 0 : errno;
    if (fstat(file->fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        keyfile_leave(file); /* it was changed for a pipe this very moment */
        return 0;
    }
    *size = about.st_size;
    file->device = about.st_dev;
    file->inode = about.st_ino;
    return 0;
}

/* Opens and reads the file that has the name now. 0, or what went wrong. */
static int keyfile_begin(struct tls_keyfile *file, tls_keyfile_line *line, void *user)
{
    off_t size;
    int wrong = keyfile_take(file, &size);
    return size < 0 ? wrong : keyfile_read(file, size, line, user);
}

bool tls_keyfile_open(struct tls_keyfile *file, const char *path)
{
    off_t ignored;
    *file = (struct tls_keyfile){ .fd = -1, .path = strdup(path) };
    file->buffer = malloc(TLS_KEYFILE_PIECE + TLS_KEYFILE_LINE);
    if (file->path && file->buffer) {
        (void)keyfile_take(file,
                           &ignored); /* as long as it may; the first look says what is wrong */
        return true;
    }
    tls_keyfile_close(file);
    return false;
}

/* Reads what the file at hand got while it had no name any more, or another one. */
static int keyfile_read_old(struct tls_keyfile *file, tls_keyfile_line *line, void *user)
{
    struct stat about;
    if (fstat(file->fd, &about) != 0)
        return errno;
    return keyfile_read(file, about.st_size, line, user);
}

bool tls_keyfile_look(struct tls_keyfile *file, tls_keyfile_line *line, void *user, char *why,
                      size_t why_size)
{
    struct stat named;
    file->more = false;
    bool there = stat(file->path, &named) == 0;
    if (!there && errno != ENOENT && errno != ENOTDIR)
        return keyfile_fails(file, strerror(errno), why, why_size);
    if (there && !S_ISREG(named.st_mode))
        return keyfile_fails(file, "it is not a regular file", why, why_size);
    bool mine =
        there && file->fd >= 0 && file->device == named.st_dev && file->inode == named.st_ino;
    int wrong = 0;
    if (mine)
        wrong = keyfile_read(file, named.st_size, line, user);
    else if (file->fd >= 0)
        wrong = keyfile_read_old(file, line, user);
    if (wrong == 0 && there && !mine) {
        keyfile_leave(file);
        wrong = keyfile_begin(file, line, user);
    }
    if (wrong != 0)
        return keyfile_fails(file, strerror(wrong), why, why_size);
    if (file->fd >= 0)
        file->told = false;
    return true;
}
