/* SPDX-License-Identifier: MIT */
/*
 * A look at a file before something is put behind it. In: a path. Out: its first bytes, and
 * whether its last block or packet is whole, so that nothing is put where no reader would find
 * it. Only regular files are looked at: nobody waits at a named pipe here.
 */
#include "append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bytes/text.h"
#include "../render/output.h"

enum { LENGTH_AT = 4, BLOCK_LEAST = 12, CAPLEN_AT = 8, WINDOW = 8192 };

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

/* Whether packet follows packet from the header to the last byte. */
static bool append_walk(int fd, off_t size)
{
    uint8_t window[WINDOW];
    off_t at = PCAP_FILE_HEADER, from = 0, end = 0; /* of what is in the window */
    while (at < size) {
        if (at + PCAP_FILE_RECORD > end) {
            ssize_t n = pread(fd, window, sizeof window, at);
            if (n < PCAP_FILE_RECORD)
                return false;
            from = at;
            end = at + n;
        }
        uint32_t caplen = chains_load_le32(window + (at - from) + CAPLEN_AT);
        if (caplen > PCAP_FILE_SNAPLEN)
            return false;
        at += PCAP_FILE_RECORD + (off_t)caplen;
    }
    return at == size;
}

static bool append_is_whole(const struct append *append, int fd)
{
    struct pcap_file file;
    char why[PCAP_FILE_WHY];
    off_t size = (off_t)append->size;
    if (append->pcapng)
        return append_agrees(fd, size, false) || append_agrees(fd, size, true);
    return pcap_file_adopt(&file, append->head, append->head_len, why) && append_walk(fd, size);
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
    int status = CHAINS_OK;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        status = output_refuse_input(self, path, &about);
        n = pread(fd, append->head, sizeof append->head, 0);
    }
    if (status == CHAINS_OK && n > 0) {
        append->head_len = (size_t)n;
        append->size = (uint64_t)about.st_size;
        append->pcapng = n >= BLOCK_LEAST && chains_load_le32(append->head) == SECTION;
        append->whole = append_is_whole(append, fd);
    }
    close(fd);
    return status;
}
