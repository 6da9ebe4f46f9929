/* SPDX-License-Identifier: MIT */
#ifndef LINKS_WEIRD_NAME_H
#define LINKS_WEIRD_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct suffix_list;

enum {
    WEIRD_NAME_MOST = 255, /* bytes of a name on the wire */
    WEIRD_LABELS_MOST = 128,
};

/* A name taken apart. */
struct weird_name {
    /*
     * Lower case, one byte for each on the wire, no last dot, NUL at its end. Dots inside of a
     * label and NULs are '?', so that the dots are between labels.
     */
    char text[WEIRD_NAME_MOST + 1];
    uint16_t len;
    uint16_t begin[WEIRD_LABELS_MOST];       /* of each label in `text` */
    uint16_t shown_begin[WEIRD_LABELS_MOST]; /* and in the name that was read */
    uint8_t labels;
    uint8_t front; /* labels in front of the registered domain; all where there is none */
    /*
     * Of these the first ones that are an address written backwards, as names in block lists begin:
     * four numbers, 32 hexadecimal digits, or 0. What is behind them is a name as any other.
     */
    uint8_t address;
    bool odd;  /* control characters, NULs, dots inside of labels */
    bool high; /* bytes from 128 up */
    /*
     * In `text`: the registered domain; empty for a name that ends in data instead of a
     * top-level domain, all of whose labels are in front of it; NULL when there is none.
     */
    const char *domain;
    const char *shown; /* the same in the name that was read, in presentation format */
};

/* The domain as it is shown: "." for the empty one. Bytes of `text` are anybody's. */
static inline const char *weird_name_domain(const struct weird_name *name)
{
    return *name->shown ? name->shown : ".";
}

/*
 * Takes a name in presentation format apart, which `shown` then points into; false for one that
 * is longer than names are.
 */
bool weird_name_read(struct weird_name *name, const char *text, const struct suffix_list *list);

/* Whether the name's last label, or last two, are this: "arpa", "home.arpa". */
bool weird_name_ends(const struct weird_name *name, const char *ending);

/*
 * Whether a label says that what is in front of it names a service, not a host (RFC 6763,
 * 8552).
 */
bool weird_name_is_service(const struct weird_name *name);

/* The name without the address. */
static inline const char *weird_name_behind(const struct weird_name *name)
{
    return name->text + (name->address < name->labels ? name->begin[name->address] : 0);
}

/*
 * Bytes in front of the registered domain, without the address, and without the first four short
 * labels that begin with "_".
 */
size_t weird_name_front_length(const struct weird_name *name);

/*
 * How mixed the long labels in front of the registered domain are, without the address. `bits` is the entropy of a
 * character, `most` what the alphabet that they use can give over so many characters; both in
 * thousandths of a bit.
 */
struct weird_mix {
    unsigned characters, bits, most;
};
struct weird_mix weird_name_mix(const struct weird_name *name);

#endif
