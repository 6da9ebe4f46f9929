/* SPDX-License-Identifier: MIT */
/*
 * Names that count. In: a path. Out: the path with a number in front of its suffix, one after
 * the other, and the removal of those that were given long ago. Only names that were given are
 * ever removed.
 */
#include "rotation.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIGITS = 5, NUMBER_ROOM = 24 };

/* Where the last suffix of the `len` bytes begins, or `len`; a name may begin with a dot. */
static size_t rotation_last_dot(const char *path, size_t len)
{
    for (size_t i = len; i > 1 && path[i - 1] != '/'; i--)
        if (path[i - 1] == '.' && path[i - 2] != '/')
            return i - 1;
    return len;
}

size_t rotation_suffix(const char *path)
{
    size_t len = strlen(path), dot = rotation_last_dot(path, len);
    if (strcmp(path + dot, ".gz") == 0 || strcmp(path + dot, ".zst") == 0)
        return rotation_last_dot(path, dot);
    return dot;
}

static void rotation_text(const struct rotation *rotation, uint64_t number, char *out,
                          size_t size)
{
    snprintf(out, size, "%.*s-%0*" PRIu64 "%s", (int)rotation->stem, rotation->path, DIGITS,
             number, rotation->path + rotation->stem);
}

bool rotation_open(struct rotation *rotation, const char *path)
{
    size_t size = strlen(path) + NUMBER_ROOM;
    *rotation = (struct rotation){
        .name = malloc(size),
        .size = size,
        .stem = rotation_suffix(path),
        .path = path,
        .number = 1,
    };
    if (!rotation->name)
        return false;
    rotation_text(rotation, rotation->number, rotation->name, size);
    return true;
}

void rotation_next(struct rotation *rotation)
{
    rotation_text(rotation, ++rotation->number, rotation->name, rotation->size);
}

bool rotation_trim(struct rotation *rotation, uint64_t keep, char *name, size_t size)
{
    while (rotation->removed + keep < rotation->number) {
        rotation_text(rotation, ++rotation->removed, name, size);
        if (unlink(name) != 0 && errno != ENOENT)
            return false;
    }
    return true;
}

/* Whether `name`, of a file beside the path, is the path with a number in it. */
static bool rotation_is_of(const struct rotation *rotation, const char *name)
{
    const char *slash = strrchr(rotation->path, '/');
    const char *base = slash ? slash + 1 : rotation->path;
    size_t stem = rotation->stem - (size_t)(base - rotation->path);
    if (strncmp(name, base, stem) != 0 || name[stem] != '-')
        return false;
    const char *digits = name + stem + 1;
    size_t count = strspn(digits, "0123456789");
    return count >= DIGITS && strcmp(digits + count, rotation->path + rotation->stem) == 0;
}

bool rotation_finds(const struct rotation *rotation, char *name, size_t size)
{
    const char *slash = strrchr(rotation->path, '/');
    int folder = slash ? (int)(slash + 1 - rotation->path) : 0;
    snprintf(name, size, "%.*s.", folder, rotation->path);
    DIR *entries = opendir(name);
    const struct dirent *entry;
    bool found = false;
    while (entries && !found && (entry = readdir(entries))) {
        found = rotation_is_of(rotation, entry->d_name);
        if (found)
            snprintf(name, size, "%.*s%s", folder, rotation->path, entry->d_name);
    }
    if (entries)
        closedir(entries);
    return found;
}

void rotation_close(struct rotation *rotation)
{
    free(rotation->name);
    *rotation = (struct rotation){ .name = NULL };
}
