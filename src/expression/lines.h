/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_LINES_H
#define EXPRESSION_LINES_H

#include <chains/chain.h>

/*
 * The lines of a file of a user's: lists and rules. A regular file or a pipe, read once from its
 * begin to its end. A byte order mark, CR before LF and a last line without LF are fine; a byte 0
 * and a line that is too long are not.
 */
enum { LINES_MOST = 4096 /* bytes of a line */ };

struct lines {
    const char *path;
    int fd;
    uint32_t number; /* of the line that was given last, from 1 */
    size_t at, held; /* of the buffer */
    bool ended;
    char *buffer;
    char line[LINES_MOST + 1];
};

/*
 * Opens `path`, which lives as long as `lines`. CHAINS_OK, or CHAINS_EIO or CHAINS_EMEM and a
 * sentence; then there is nothing to close.
 */
int lines_open(struct lines *lines, const char *path, char *error, size_t error_size);

/*
 * The next line, ended by a 0, to be changed by the caller as it likes: CHAINS_OK, CHAINS_END, or
 * a failure and a sentence.
 */
int lines_next(struct lines *lines, char **line, char *error, size_t error_size);

void lines_close(struct lines *lines);

/* Takes the blanks off both ends. */
char *lines_trim(char *line);

/* At most 40 bytes of `text` that may be shown, in quotes, into `out`, which it returns. */
enum { LINES_QUOTED = 48 };
const char *lines_quote(const char *text, char out[LINES_QUOTED]);

#endif
