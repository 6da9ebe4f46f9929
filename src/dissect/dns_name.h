/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_NAME_H
#define DISSECT_DNS_NAME_H

#include "dns_text.h"

enum {
    DNS_NAME_OCTETS = 255, /* of a name on the wire, expanded, with the root's */
    DNS_NAME_JUMPS = 20,
    DNS_NAME_TEXT = 4 * DNS_NAME_OCTETS, /* room for any name as text, and a NUL */
};

enum dns_name_end {
    DNS_NAME_WHOLE,
    DNS_NAME_CUT, /* the reader ends inside the name */
    DNS_NAME_BAD, /* a pointer that leads not backwards, a label of another kind, too long */
};

enum dns_name_use {
    DNS_NAME_ALONE, /* the text is a name and nothing else */
    DNS_NAME_AMONG, /* between other words of a record's data: a space in it is \032 */
};

/*
 * Reads a name that begins at `in`, which lies in `message`; pointers lead into that. Writes it
 * to `out` without a NUL: labels with dots between them, "." for the root, no dot at the end,
 * in the case that was sent; "\." and "\\" inside a label, "\DDD" for what is not printable
 * ASCII. When the name is whole, `in` stands behind it, else it is where it was. Look at
 * out->full.
 */
enum dns_name_end dns_name_read(struct chains_reader *in, struct chains_bytes message,
                                enum dns_name_use use, struct dns_text *out);

/* Moves behind a name, whose pointers are not followed. */
enum dns_name_end dns_name_skip(struct chains_reader *in);

#endif
