/* SPDX-License-Identifier: MIT */
/*
 * Makers of network cards. In: a file of address blocks, read once; then MAC addresses. Out: whose
 * the smallest block is that an address lies in. Kept: blocks in one sorted table, names in one text,
 * both with a ceiling; of two lines about one block the first; names are printable ASCII and short.
 * A block that the registry has given away in smaller ones names nobody.
 */
#include "vendors.h"

#include <chains/chain.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bytes/text.h"
#include "vendor_line.h"

enum { READ_SIZE = 4096, LINE_MOST = 1024, NOT_GIVEN = 3 /* bits: of a group, of the host */ };

struct block {
    uint64_t key;  /* its first address and, below, its bits */
    uint32_t name; /* offset into the text */
    uint32_t line; /* which came first */
};

struct vendors {
    struct block *block;
    char *text;
    size_t count, room, text_len, text_room;
    struct vendor_lines lines;
    bool no_memory;
    bool full; /* there is more in the file than is kept */
};

void vendors_free(struct vendors *vendors)
{
    if (!vendors)
        return;
    free(vendors->block);
    free(vendors->text);
    free(vendors);
}

static uint64_t vendors_key(uint64_t first, unsigned bits)
{
    return (first >> (48 - bits)) << (48 - bits) << 8 | bits;
}

/* Room for one more block and name. False at a ceiling, or without memory. */
static bool vendors_grow(struct vendors *vendors)
{
    vendors->full |=
        vendors->count == VENDORS_MOST || vendors->text_len + VENDORS_NAME > VENDORS_TEXT_MOST;
    if (vendors->full)
        return false;
    if (vendors->count == vendors->room) {
        size_t room = vendors->room ? vendors->room * 2 : 1024;
        struct block *block = realloc(vendors->block, room * sizeof *block);
        vendors->no_memory |= !block;
        if (!block)
            return false;
        vendors->block = block;
        vendors->room = room;
    }
    if (vendors->text_len + VENDORS_NAME > vendors->text_room) {
        size_t room = vendors->text_room ? vendors->text_room * 2 : 32768;
        char *text = realloc(vendors->text, room);
        vendors->no_memory |= !text;
        if (!text)
            return false;
        vendors->text = text;
        vendors->text_room = room;
    }
    return true;
}

/* One blank for several, '?' for what is not ASCII, no quotation marks; its length. */
static size_t vendors_name(char out[VENDORS_NAME], struct chains_bytes name)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len + 1 < VENDORS_NAME; i++) {
        uint8_t c = chains_byte(name, i);
        char before = len ? out[len - 1] : ' ';
        if (c > 0x7e)
            c = '?';
        if (c < ' ')
            c = ' ';
        if (c == '"' || ((c == ' ' || c == '?') && (char)c == before))
            continue;
        out[len++] = (char)c;
    }
    while (len && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
    return len;
}

static void vendors_read_line(struct vendors *vendors, struct chains_bytes line)
{
    static const char registry[] = "IEEE Registration Authority";
    struct vendor_block block;
    char name[VENDORS_NAME];
    if (!vendor_line(&vendors->lines, line, &block))
        return;
    size_t len = vendors_name(name, block.name);
    if (len == 0 || strcmp(name, registry) == 0 || !vendors_grow(vendors))
        return;
    struct block *to = &vendors->block[vendors->count];
    *to = (struct block){ vendors_key(block.first, block.bits), (uint32_t)vendors->text_len,
                          (uint32_t)vendors->count };
    memcpy(vendors->text + vendors->text_len, name, len + 1);
    vendors->text_len += len + 1;
    vendors->count++;
}

static int vendors_compare(const void *a, const void *b)
{
    const struct block *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->line < y->line ? -1 : 1;
}

static void vendors_finish(struct vendors *vendors)
{
    size_t kept = 0;
    if (vendors->count)
        qsort(vendors->block, vendors->count, sizeof *vendors->block, vendors_compare);
    for (size_t i = 0; i < vendors->count; i++)
        if (kept == 0 || vendors->block[kept - 1].key != vendors->block[i].key)
            vendors->block[kept++] = vendors->block[i];
    vendors->count = kept;
}

struct lines {
    uint8_t line[LINE_MOST];
    size_t len; /* a line that is longer loses its end, which is an address */
};

static void vendors_take(struct vendors *vendors, struct lines *lines, const char *bytes,
                         size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            if (lines->len < sizeof lines->line)
                lines->line[lines->len++] = (uint8_t)bytes[i];
            continue;
        }
        vendors_read_line(vendors, (struct chains_bytes){ lines->line, lines->len });
        lines->len = 0;
    }
}

/* 0, or an errno. */
static int vendors_read(struct vendors *vendors, int fd)
{
    struct lines lines = { .len = 0 };
    char buffer[READ_SIZE];
    size_t total = 0;
    while (!vendors->full) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        total += (size_t)got;
        vendors->full = total > VENDORS_FILE_MOST;
        if (!vendors->full)
            vendors_take(vendors, &lines, buffer, (size_t)got);
    }
    vendors_take(vendors, &lines, "\n", 1);
    vendors_finish(vendors);
    return 0;
}

static int vendors_load(struct vendors *vendors, const char *path, const char *shown,
                        char *error)
{
    struct stat st = { .st_mode = 0 };
    /* Not blocking, so that a pipe of that name cannot hold the chain. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int fault = fd < 0 || fstat(fd, &st) != 0 ? errno : 0;
    bool regular = fault == 0 && S_ISREG(st.st_mode);
    if (regular)
        fault = vendors_read(vendors, fd);
    if (fd >= 0)
        close(fd);
    if (fault || !regular) {
        snprintf(error, VENDORS_ERROR, "%s: %s", shown,
                 fault ? strerror(fault) : "not a regular file");
        return CHAINS_EIO;
    }
    if (vendors->no_memory) {
        snprintf(error, VENDORS_ERROR, "no memory for the vendors of %s", shown);
        return CHAINS_EMEM;
    }
    if (vendors->count == 0) {
        snprintf(error, VENDORS_ERROR,
                 "%s: no block of MAC addresses in it; give an oui.txt or oui.csv of the "
                 "IEEE's, or Wireshark's manuf",
                 shown);
        return CHAINS_EFORMAT;
    }
    if (vendors->full)
        snprintf(error, VENDORS_ERROR,
                 "%s: more than is kept (%d blocks, %d MiB of names, %d MiB of file): the rest "
                 "of it names nobody",
                 shown, VENDORS_MOST, VENDORS_TEXT_MOST >> 20, VENDORS_FILE_MOST >> 20);
    return CHAINS_OK;
}

int vendors_open(struct vendors **vendors, const char *path, char *error)
{
    char shown[TEXT_PATH + 1];
    text_path(shown, path);
    error[0] = '\0';
    *vendors = calloc(1, sizeof **vendors);
    if (!*vendors) {
        snprintf(error, VENDORS_ERROR, "no memory for vendors");
        return CHAINS_EMEM;
    }
    int status = vendors_load(*vendors, path, shown, error);
    if (status == CHAINS_OK)
        return status;
    vendors_free(*vendors);
    *vendors = NULL;
    return status;
}

static const char *vendors_of(const struct vendors *vendors, uint64_t key)
{
    size_t from = 0, to = vendors->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (vendors->block[middle].key == key)
            return vendors->text + vendors->block[middle].name;
        if (vendors->block[middle].key > key)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

const char *vendors_find(const struct vendors *vendors, const uint8_t mac[6])
{
    static const unsigned bits[] = { 36, 28, 24 };
    if (mac[0] & NOT_GIVEN)
        return NULL;
    uint64_t card = (uint64_t)chains_load_be32(mac) << 16 | chains_load_be16(mac + 4);
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        const char *name = vendors_of(vendors, vendors_key(card, bits[i]));
        if (name)
            return name;
    }
    return NULL;
}

size_t vendors_count(const struct vendors *vendors)
{
    return vendors->count;
}

size_t vendors_bytes(const struct vendors *vendors)
{
    return sizeof *vendors + vendors->room * sizeof *vendors->block + vendors->text_room;
}
