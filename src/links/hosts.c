/* SPDX-License-Identifier: MIT */
/*
 * Known names. In: a file of lines "ADDRESS NAME [alias ...] [# comment]". Out: one sorted
 * table of addresses and their first names. Kept: only names that are host names, only
 * addresses that may show one (a list of blocked hosts gives 0.0.0.0 a thousand names: none is
 * kept), never more than the ceilings in hosts.h. The file is read again when it changes, never
 * per packet.
 */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bytes/special.h"
#include "../bytes/time.h"
#include "ptr.h"

enum { LINE_MOST = 1024, FILE_MOST = 16 * 1024 * 1024, READ_SIZE = 4096 };

struct host {
    struct chains_addr addr;
    uint32_t line; /* earlier lines win */
    uint32_t name; /* offset into the text */
};

struct table {
    struct host *host;
    char *text;
    size_t count, room, text_len, text_room;
};

struct stamp {
    struct timespec changed;
    off_t size;
    ino_t inode;
    bool there;
};

struct hosts {
    char *path;
    struct table table;
    struct stamp stamp;
    int64_t looked_ns;
};

static void table_free(struct table *table)
{
    free(table->host);
    free(table->text);
    *table = (struct table){ .count = 0 };
}

/* Room for one more host and `len` bytes of text. False at a ceiling or without memory. */
static bool table_grow(struct table *table, size_t len)
{
    if (table->count == HOSTS_MOST || table->text_len + len > HOSTS_TEXT)
        return false;
    if (table->count == table->room) {
        size_t room = table->room ? table->room * 2 : 64;
        struct host *host = realloc(table->host, room * sizeof *host);
        if (!host)
            return false;
        table->host = host;
        table->room = room;
    }
    if (table->text_len + len > table->text_room) {
        size_t room = table->text_room ? table->text_room * 2 : 4096;
        char *text = realloc(table->text, room); /* doubling holds any one name */
        if (!text)
            return false;
        table->text = text;
        table->text_room = room;
    }
    return true;
}

static bool hosts_may_show(const struct chains_addr *addr)
{
    const struct special *special = special_of(addr);
    return !special || special->ask || special->class == SPECIAL_LOCAL;
}

/* The next word of a line, ended in place; NULL at the end or at a comment. */
static char *line_word(char **line)
{
    char *word = *line + strspn(*line, " \t\r\v\f");
    if (*word == '\0' || *word == '#')
        return NULL;
    char *end = word + strcspn(word, " \t\r\v\f#");
    *line = *end == '\0' || *end == '#' ? end : end + 1;
    if (*end == '#')
        *line = end + strlen(end);
    *end = '\0';
    return word;
}

static void table_read_line(struct table *table, char *line, uint32_t number)
{
    struct host host = { .line = number };
    const char *addr = line_word(&line), *name = line_word(&line);
    if (!name || !chains_addr_parse(addr, &host.addr) || !hosts_may_show(&host.addr))
        return;
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == '.')
        len--;
    if (!ptr_host_name(name, len) || !table_grow(table, len + 1))
        return;
    host.name = (uint32_t)table->text_len;
    memcpy(table->text + table->text_len, name, len);
    table->text[table->text_len + len] = '\0';
    table->text_len += len + 1;
    table->host[table->count++] = host;
}

static int addrs_compare(const struct chains_addr *a, const struct chains_addr *b)
{
    int order = (int)a->family - (int)b->family;
    return order ? order : memcmp(a->octets, b->octets, sizeof a->octets);
}

static int hosts_compare(const void *a, const void *b)
{
    const struct host *x = a, *y = b;
    int order = addrs_compare(&x->addr, &y->addr);
    return order ? order : x->line < y->line ? -1 : 1;
}

static void table_finish(struct table *table)
{
    size_t kept = 0;
    if (table->count)
        qsort(table->host, table->count, sizeof *table->host, hosts_compare);
    for (size_t i = 0; i < table->count; i++)
        if (kept == 0 || addrs_compare(&table->host[kept - 1].addr, &table->host[i].addr) != 0)
            table->host[kept++] = table->host[i];
    table->count = kept;
}

struct lines {
    char line[LINE_MOST];
    size_t len;
    bool too_long; /* a name of the line may be cut, so none of it is used */
    uint32_t number;
};

static void lines_take(struct lines *lines, struct table *table, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            if (lines->len + 1 < sizeof lines->line && bytes[i] != '\0')
                lines->line[lines->len++] = bytes[i];
            else
                lines->too_long = true;
            continue;
        }
        lines->line[lines->len] = '\0';
        if (!lines->too_long)
            table_read_line(table, lines->line, lines->number);
        lines->number++;
        lines->len = 0;
        lines->too_long = false;
    }
}

static void table_read(int fd, struct table *table)
{
    struct lines lines = { .len = 0 };
    char buffer[READ_SIZE];
    for (size_t total = 0; total < FILE_MOST;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        lines_take(&lines, table, buffer, (size_t)got);
        total += (size_t)got;
    }
    lines_take(&lines, table, "\n", 1);
    table_finish(table);
}

static struct stamp stamp_of(const struct stat *st)
{
#if defined(__APPLE__)
    return (struct stamp){ st->st_mtimespec, st->st_size, st->st_ino, true };
#else
    return (struct stamp){ st->st_mtim, st->st_size, st->st_ino, true };
#endif
}

static bool stamp_same(const struct stamp *a, const struct stamp *b)
{
    return a->there == b->there && a->size == b->size && a->inode == b->inode &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static void hosts_read(struct hosts *hosts)
{
    struct stat st;
    table_free(&hosts->table);
    hosts->stamp = (struct stamp){ .there = false };
    /* Not blocking, so that a pipe of that name cannot hold the chain. */
    int fd = open(hosts->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        hosts->stamp = stamp_of(&st);
        table_read(fd, &hosts->table);
    }
    close(fd);
}

struct hosts *hosts_new(const char *path)
{
    struct hosts *hosts = calloc(1, sizeof *hosts);
    if (!hosts)
        return NULL;
    hosts->path = strdup(path);
    if (!hosts->path) {
        free(hosts);
        return NULL;
    }
    hosts_read(hosts);
    return hosts;
}

bool hosts_refresh(struct hosts *hosts, int64_t now_ns)
{
    struct stat st;
    if (hosts->looked_ns && now_ns - hosts->looked_ns < TIME_SECOND_NS)
        return false;
    hosts->looked_ns = now_ns;
    struct stamp stamp = { .there = false };
    if (stat(hosts->path, &st) == 0 && S_ISREG(st.st_mode))
        stamp = stamp_of(&st);
    if (stamp_same(&stamp, &hosts->stamp))
        return false;
    hosts_read(hosts);
    return true;
}

const char *hosts_find(const struct hosts *hosts, const struct chains_addr *addr)
{
    const struct table *table = &hosts->table;
    size_t from = 0, to = table->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = addrs_compare(addr, &table->host[middle].addr);
        if (order == 0)
            return table->text + table->host[middle].name;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

bool hosts_there(const struct hosts *hosts)
{
    return hosts->stamp.there;
}

size_t hosts_bytes(const struct hosts *hosts)
{
    return sizeof *hosts + hosts->table.room * sizeof(struct host) + hosts->table.text_room;
}

void hosts_free(struct hosts *hosts)
{
    if (!hosts)
        return;
    table_free(&hosts->table);
    free(hosts->path);
    free(hosts);
}
