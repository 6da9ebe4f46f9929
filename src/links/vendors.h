/* SPDX-License-Identifier: MIT */
#ifndef LINKS_VENDORS_H
#define LINKS_VENDORS_H

#include <chains/bytes.h>

/*
 * Who makes the network cards of a block of MAC addresses, by a file of the IEEE's (oui.txt, oui.csv,
 * and the files of smaller blocks) or Wireshark's manuf, which of them is told line by line.
 */
struct vendors;

enum {
    VENDORS_MOST = 100000,               /* blocks kept */
    VENDORS_TEXT_MOST = 8 * 1024 * 1024, /* bytes of names kept */
    VENDORS_FILE_MOST = 64 * 1024 * 1024,
    VENDORS_NAME = 64,   /* room for a name and its closing 0 */
    VENDORS_ERROR = 512, /* room for a sentence */
};

/*
 * CHAINS_OK, or a failure with a sentence in `error` (VENDORS_ERROR bytes): no memory, a file that
 * cannot be read, or one in which there is no block at all. CHAINS_OK with a sentence is a warning:
 * the file goes beyond what is kept, and its end was left out.
 */
int vendors_open(struct vendors **vendors, const char *path, char *error);

/*
 * Printable ASCII, or NULL: nobody has the block, or the address is not one that a maker gave (of a
 * group, or set by the host itself, as telephones do that do not want to be known again).
 */
const char *vendors_find(const struct vendors *vendors, const uint8_t mac[6]);

/* The number of blocks. */
size_t vendors_count(const struct vendors *vendors);

size_t vendors_bytes(const struct vendors *vendors);
void vendors_free(struct vendors *vendors);

#endif
