/* SPDX-License-Identifier: MIT */
#ifndef SINKS_ROTATION_H
#define SINKS_ROTATION_H

#include <chains/component.h>

/*
 * Names of files that follow each other: of "out.pcap.gz" out-00001.pcap.gz, out-00002.pcap.gz
 * and so on. Numbers of more than five digits are written as they are.
 */
struct rotation {
    char *name;        /* of the file at hand */
    size_t size, stem; /* bytes of `name`; of the path, in front of the number */
    const char *path;  /* the name that was asked for */
    uint64_t number, removed;
};

/* The first name. `path` lives as long. False for want of memory. */
bool rotation_open(struct rotation *rotation, const char *path);

/* The next name, which is in `name` from then on. */
void rotation_next(struct rotation *rotation);

/*
 * Removes the oldest files of this run, so that `keep` are left with the one at hand. Those
 * that are gone already are no failure; false, with the name in `name` of one that cannot be
 * removed.
 */
bool rotation_trim(struct rotation *rotation, uint64_t keep, char *name, size_t size);

/* Whether there is a file with one of the names; the first that is found is in `name`. */
bool rotation_finds(const struct rotation *rotation, char *name, size_t size);

void rotation_close(struct rotation *rotation);

/* Where the suffix of a name begins, .gz and .zst taken with what is before them. */
size_t rotation_suffix(const char *path);

#endif
