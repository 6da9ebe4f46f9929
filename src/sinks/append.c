/* SPDX-License-Identifier: MIT */
/*
 * A look at a file before something is put behind it. In: a path. Out: its first bytes, and
 * whether its last block is whole, so that nothing is put where no reader would find it. Only
 * regular files are looked at: nobody waits at a named pipe here.
 */
#include "append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bytes/text.h"

enum { LENGTH_AT = 4, BLOCK_LEAST = 12 };

static const uint32_t SECTION = 0x0a0d0d0a;

/* The number of `order` at `at`; 0 when it cannot be read. */
static uint32_t append_number(int fd, off_t at, bool big_endian)
{
    uint8_t bytes[4];
    if (pread(fd, bytes, sizeof bytes, at) != (ssize_t)sizeof bytes)
        return 0;
    return big_endian ? chains_load_be32(bytes) : chains_load_le32(bytes);
}

/* Whether the last block says at both ends how long it is, in this byte order. */
static bool append_agrees(int fd, off_t size, bool big_endian)
{
    uint32_t length = append_number(fd, size - LENGTH_AT, big_endian);
    return length >= BLOCK_LEAST && length % 4 == 0 && (off_t)length <= size &&
           append_number(fd, size - (off_t)length + LENGTH_AT, big_endian) == length;
}

int append_look(struct append *append, chains_component *self, const char *path)
{
    struct stat about;
    *append = (struct append){ .head_len = 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return CHAINS_OK;
    if (fd < 0) {
        const char *why = strerror(errno);
        char name[TEXT_PATH + 1];
        text_path(name, path);
        return chains_fail(self, CHAINS_EIO, "cannot read %s, to append to it: %s", name, why);
    }
    ssize_t n = 0;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
        n = pread(fd, append->head, sizeof append->head, 0);
    append->head_len = n > 0 ? (size_t)n : 0;
    append->pcapng = n >= BLOCK_LEAST && chains_load_le32(append->head) == SECTION;
    append->whole = append->pcapng && (append_agrees(fd, about.st_size, false) ||
                                       append_agrees(fd, about.st_size, true));
    close(fd);
    return CHAINS_OK;
}
