/* SPDX-License-Identifier: MIT */
/*
 * Sets from files. In: a path and what its lines are. Out: a prefix tree or a table of names, and
 * whether a value is in it. Kept: the first line that is wrong ends the reading, with its number;
 * a list is whole or there is none.
 */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "name_set.h"
#include "range_tree.h"

struct list {
    enum list_kind kind;
    size_t entries;
    struct range_tree tree; /* IPv4 addresses, MAC addresses or numbers */
    struct range_tree wide; /* IPv6 addresses */
    struct name_set names;
};

/* A list that is being read. */
struct reading {
    struct list *list;
    struct lines lines;
    char *error;
    size_t error_size;
};

static int reading_wrong(struct reading *in, const char *text, const char *what)
{
    char quoted[LINES_QUOTED];
    snprintf(in->error, in->error_size, "%s:%u: %s %s", in->lines.path,
             (unsigned)in->lines.number, lines_quote(text, quoted), what);
    return CHAINS_EUSAGE;
}

static int reading_no_memory(struct reading *in)
{
    snprintf(in->error, in->error_size, "%s: no memory for its entries", in->lines.path);
    return CHAINS_EMEM;
}

/* Counts an entry that was added, or not for want of memory. */
static int reading_added(struct reading *in, bool added)
{
    if (!added)
        return reading_no_memory(in);
    if (++in->list->entries <= LIST_ENTRIES_MOST)
        return CHAINS_OK;
    snprintf(in->error, in->error_size, "%s: more than %d entries", in->lines.path,
             LIST_ENTRIES_MOST);
    return CHAINS_EUSAGE;
}

/*
 * The end of a range: ends `text` before "-" or ".." and returns what is behind it, both without
 * blanks around; NULL when there is none.
 */
static char *reading_range(char **text)
{
    char *dash = strchr(*text, '-'), *dots = strstr(*text, "..");
    char *behind = dash ? dash + 1 : dots ? dots + 2 : NULL;
    if (!behind)
        return NULL;
    *(dash ? dash : dots) = '\0';
    *text = lines_trim(*text);
    return lines_trim(behind);
}

static struct range_key addr_key(const struct chains_addr *addr)
{
    if (addr->family == 4)
        return (struct range_key){ (uint64_t)chains_load_be32(addr->octets) << 32, 0 };
    return (struct range_key){ chains_load_be64(addr->octets),
                               chains_load_be64(addr->octets + 8) };
}

/* The last address that begins with `bits` bits of `key`, of 32 or 128. */
static struct range_key addr_last(struct range_key key, unsigned bits)
{
    key.hi |= bits < 64 ? UINT64_MAX >> bits : 0;
    key.lo |= bits <= 64 ? UINT64_MAX : bits < 128 ? UINT64_MAX >> (bits - 64) : 0;
    return key;
}

static int reading_add_addrs(struct reading *in, unsigned family, struct range_key first,
                             struct range_key last)
{
    struct range_tree *tree = family == 4 ? &in->list->tree : &in->list->wide;
    return reading_added(in, range_tree_add(tree, first, last));
}

/* The prefix that was meant by one with bits set behind it: false when it is not that. */
static bool addr_meant(const char *text, char *out, size_t size)
{
    char addr[CHAINS_ADDR_TEXT];
    struct chains_prefix prefix;
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof addr)
        return false;
    memcpy(addr, text, (size_t)(slash - text));
    addr[slash - text] = '\0';
    if (!chains_addr_parse(addr, &prefix.addr))
        return false;
    char *end;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    if (end == slash + 1 || *end || bits > (prefix.addr.family == 4 ? 32 : 128))
        return false;
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits > 8UL * i ? (unsigned)bits - 8 * i : 0;
        prefix.addr.octets[i] &= (uint8_t)(kept < 8 ? ~(0xffU >> kept) : 0xffU);
    }
    chains_addr_text(&prefix.addr, addr);
    snprintf(out, size, "has bits set behind the prefix; did you mean %s/%lu?", addr, bits);
    return true;
}

static int reading_addr_range(struct reading *in, const char *from, const char *to)
{
    struct chains_addr first, last;
    if (!chains_addr_parse(from, &first))
        return reading_wrong(in, from, "is not an address");
    if (!chains_addr_parse(to, &last))
        return reading_wrong(in, to, "is not an address");
    if (first.family != last.family)
        return reading_wrong(in, to, "is of another family than the range's begin");
    if (memcmp(first.octets, last.octets, sizeof first.octets) > 0)
        return reading_wrong(in, to, "ends a range before it begins");
    return reading_add_addrs(in, first.family, addr_key(&first),
                             addr_last(addr_key(&last), first.family == 4 ? 32 : 128));
}

static int reading_addr(struct reading *in, char *text)
{
    struct chains_prefix prefix;
    char meant[120];
    if (chains_prefix_parse(text, &prefix)) {
        struct range_key first = addr_key(&prefix.addr);
        return reading_add_addrs(in, prefix.addr.family, first, addr_last(first, prefix.bits));
    }
    if (addr_meant(text, meant, sizeof meant))
        return reading_wrong(in, text, meant);
    const char *to = reading_range(&text);
    return to ? reading_addr_range(in, text, to)
              : reading_wrong(in, text, "is not an address, a prefix or a range");
}

/* The value of a hexadecimal or decimal digit, else a large number. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a' + 10);
    return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 99;
}

/* The whole of `text` as a number of at most 64 bits. */
static bool number_parse(const char *text, uint64_t *number)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    unsigned base = hex ? 16 : 10;
    text += hex ? 2 : 0;
    *number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = digit_value(*text);
        if (digit >= base || *number > (UINT64_MAX - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return true;
}

static int reading_number(struct reading *in, char *text)
{
    uint64_t first, last;
    const char *to = reading_range(&text);
    if (!number_parse(text, &first))
        return reading_wrong(in, text, "is not a number of at most 64 bits");
    if (!number_parse(to ? to : text, &last))
        return reading_wrong(in, to, "is not a number of at most 64 bits");
    if (last < first)
        return reading_wrong(in, to, "ends a range before it begins");
    return reading_added(in, range_tree_add(&in->list->tree, (struct range_key){ first, 0 },
                                            (struct range_key){ last, UINT64_MAX }));
}

static int reading_mac(struct reading *in, char *text)
{
    uint64_t mac = 0;
    unsigned bytes = 0;
    size_t len = strlen(text);
    bool good = len == 8 || len == 17;
    for (size_t at = 0; good && at < len; at += 3, bytes++) {
        unsigned high = digit_value(text[at]), low = digit_value(text[at + 1]);
        bool gap = at + 2 == len || (text[at + 2] == text[2] && strchr(":-", text[2]));
        good = high < 16 && low < 16 && gap;
        mac = mac << 8 | (high << 4 & 0xf0) | (low & 0xf);
    }
    if (!good)
        return reading_wrong(in, text, "is not a MAC address or the first three bytes of one");
    struct range_key first = { mac << (64 - 8 * bytes), 0 };
    return reading_added(in,
                         range_tree_add(&in->list->tree, first, addr_last(first, 8 * bytes)));
}

static int reading_name(struct reading *in, const char *text)
{
    const char *name = text;
    bool suffix = false;
    if (strncmp(name, "*.", 2) == 0 || name[0] == '.') {
        suffix = true;
        name += name[0] == '*' ? 2 : 1;
    }
    size_t len = strlen(name);
    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len == 0 || name[0] == '.')
        return reading_wrong(in, text, "is not a name");
    if (strpbrk(name, "*|^"))
        return reading_wrong(in, text,
                             "is not a name: a '*' can only stand before a dot at its "
                             "begin");
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return reading_wrong(in, text, "is not a name");
    return reading_added(in, name_set_add(&in->list->names, name, len, suffix));
}

/* The next word of a line, ended in place; NULL at its end. */
static char *reading_word(char **text)
{
    char *word = *text + strspn(*text, " \t\r\v\f");
    char *end = word + strcspn(word, " \t\r\v\f");
    if (word == end)
        return NULL;
    *text = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

/* Whether a word is an address, as a hosts file has it: also fe80::1%lo0. */
static bool reading_is_addr(const char *word)
{
    char text[CHAINS_ADDR_TEXT];
    struct chains_addr addr;
    size_t len = strcspn(word, "%");
    if (len >= sizeof text)
        return false;
    memcpy(text, word, len);
    text[len] = '\0';
    return chains_addr_parse(text, &addr);
}

/* One name, or those behind the address of a hosts file. */
static int reading_names(struct reading *in, char *text)
{
    const char *first = reading_word(&text), *word = reading_word(&text);
    int status = CHAINS_OK;
    if (!word)
        return reading_name(in, first);
    if (!reading_is_addr(first))
        return reading_wrong(in, word, "stands behind a name: one name a line");
    for (; word && status == CHAINS_OK; word = reading_word(&text))
        status = reading_name(in, word);
    return status;
}

static int reading_line(struct reading *in, char *line)
{
    line[strcspn(line, "#;")] = '\0';
    line = lines_trim(line);
    if (!*line)
        return CHAINS_OK;
    switch (in->list->kind) {
    case LIST_ADDRESSES:
        return reading_addr(in, line);
    case LIST_NAMES:
        return reading_names(in, line);
    case LIST_MACS:
        return reading_mac(in, line);
    case LIST_NUMBERS:
    default:
        return reading_number(in, line);
    }
}

static int reading_all(struct reading *in)
{
    struct list *list = in->list;
    char *line;
    int status;
    while ((status = lines_next(&in->lines, &line, in->error, in->error_size)) == CHAINS_OK) {
        status = reading_line(in, line);
        if (status < 0)
            break;
    }
    if (status < 0)
        return status;
    bool built = range_tree_build(&list->tree, false, list->kind != LIST_NUMBERS) &&
                 range_tree_build(&list->wide, true, true) && name_set_build(&list->names);
    return built ? CHAINS_OK : reading_no_memory(in);
}

struct list *list_read(const char *path, enum list_kind kind, int *status, char *error,
                       size_t error_size)
{
    struct reading in = { .error = error, .error_size = error_size };
    *status = lines_open(&in.lines, path, error, error_size);
    if (*status < 0)
        return NULL;
    in.list = calloc(1, sizeof *in.list);
    if (!in.list) {
        *status = reading_no_memory(&in);
    } else if (!name_set_begin(&in.list->names)) {
        snprintf(error, error_size, "%s: no random numbers for its table", path);
        *status = CHAINS_EIO;
    } else {
        in.list->kind = kind;
        *status = reading_all(&in);
    }
    lines_close(&in.lines);
    if (*status == CHAINS_OK)
        return in.list;
    list_free(in.list);
    return NULL;
}

bool list_has_addr(const struct list *list, const struct chains_addr *addr)
{
    if (addr->family == 4)
        return range_tree_has(&list->tree, (uint64_t)chains_load_be32(addr->octets) << 32);
    return addr->family == 6 && range_tree_has_wide(&list->wide, addr_key(addr));
}

bool list_has_name(const struct list *list, const char *name, size_t len)
{
    return name_set_has(&list->names, name, len);
}

bool list_has_mac(const struct list *list, const uint8_t mac[6])
{
    return range_tree_has(&list->tree, (uint64_t)chains_load_be32(mac) << 32 |
                                           (uint64_t)chains_load_be16(mac + 4) << 16);
}

bool list_has_number(const struct list *list, uint64_t number)
{
    return range_tree_has(&list->tree, number);
}

size_t list_entries(const struct list *list)
{
    return list->entries;
}

size_t list_memory(const struct list *list)
{
    return sizeof *list + range_tree_memory(&list->tree) + range_tree_memory(&list->wide) +
           name_set_memory(&list->names);
}

void list_free(struct list *list)
{
    if (!list)
        return;
    range_tree_free(&list->tree);
    range_tree_free(&list->wide);
    name_set_free(&list->names);
    free(list);
}
