/* SPDX-License-Identifier: MIT */
#ifndef LINKS_VENDOR_LINE_H
#define LINKS_VENDOR_LINE_H

#include <chains/bytes.h>

/* A block of MAC addresses: those whose first `bits` bits, 24, 28 or 36, are those of `first`. */
struct vendor_block {
    uint64_t first; /* 48 bits */
    unsigned bits;
    struct chains_bytes name; /* as written, in the line */
};

/* What the lines before have begun: oui.txt says a block of 28 or 36 bits in two lines. */
struct vendor_lines {
    uint64_t begun; /* the first 24 bits, in the place where they have in 48 */
    bool any;
};

/*
 * Reads a line of oui.txt, mam.txt or oui36.txt, of the same as .csv, or of manuf. False when it
 * names no block, or not one of a maker.
 */
bool vendor_line(struct vendor_lines *lines, struct chains_bytes line,
                 struct vendor_block *block);

#endif
