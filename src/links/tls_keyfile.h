/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_KEYFILE_H
#define LINKS_TLS_KEYFILE_H

#include <chains/bytes.h>

#include <sys/stat.h>

/*
 * A text file that another program writes to, as tail -F follows it: whole lines as they come. It
 * may be missing at first, be cut back, or be replaced by another one of its name.
 */

enum {
    TLS_KEYFILE_PIECE = 64 * 1024,      /* read at once */
    TLS_KEYFILE_LOOK = 16 * 1024 * 1024 /* and in one look at the file */
};

struct tls_keyfile {
    char *path; /* NULL: none */
    char *buffer;
    size_t held;   /* of a line that has not ended */
    bool skipping; /* the line at hand is too long, and its beginning has been given */
    bool tail;     /* the one at hand has been given as it is */
    bool seen;     /* the file was there at some time */
    bool told;
    bool more; /* the last look has not come to the end */
    int fd;    /* -1: not open */
    dev_t device;
    ino_t inode;
    off_t at;
};

enum { TLS_KEYFILE_LINE = 4096 /* of a longer one only so much is given */ };

/*
 * A line without what ends it: LF, CRLF or CR; there may be empty ones. One that has not ended is
 * given, too, by a look that finds nothing new behind it; and again, whole, when it ends.
 */
typedef void tls_keyfile_line(void *user, struct chains_bytes line, bool ended);

/* Opens nothing yet; `path` is copied. False for want of memory. */
bool tls_keyfile_open(struct tls_keyfile *file, const char *path);

/*
 * Gives the lines that are new, of at most TLS_KEYFILE_LOOK bytes: one stat(2) when there are
 * none. False, with a sentence in `why`, the first time that the file is there and cannot be read.
 */
bool tls_keyfile_look(struct tls_keyfile *file, tls_keyfile_line *line, void *user, char *why,
                      size_t why_size);

void tls_keyfile_close(struct tls_keyfile *file);

#endif
