/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_LITERAL_H
#define EXPRESSION_LITERAL_H

#include <chains/bytes.h>

/*
 * Values as people write them. In: a word, or what stood in quotes. Out: numbers, times, addresses,
 * bytes. No locale, no time zone but UTC.
 */
enum literal {
    LITERAL_GOOD,
    LITERAL_BAD,   /* not one of these */
    LITERAL_LARGE, /* one, but beyond what fits */
};

/* "53", "0x35", "64k", "1MiB": k, M, G and T are powers of 1024. */
enum literal literal_number(const char *text, size_t len, uint64_t *value);

/* "10ms", "1.5s", "2h", also "-1s": nanoseconds. A number alone counts seconds. */
enum literal literal_duration(const char *text, size_t len, int64_t *ns);

/*
 * Nanoseconds since 1970: "2015-05-27T01:17:07.9Z", the same without its end ("2015-05-27T01:17",
 * "2015-05-27"), with a blank for the T, with "+02:00" for the Z, or seconds: "1432689427.9".
 */
enum literal literal_time(const char *text, size_t len, int64_t *ns);

/* "true", "yes", "1" and their opposites. */
enum literal literal_bool(const char *text, size_t len, bool *value);

/* Addresses from `low` to `high`, both of one family. */
struct literal_addresses {
    struct chains_addr low, high;
    bool prefix;  /* written with a length behind a slash */
    bool unclear; /* a prefix whose bits behind its length are not 0 */
    uint8_t bits; /* of the prefix; of an address all */
};

/* "10.0.0.1", "2001:db8::/32". An unclear prefix is LITERAL_BAD, with `unclear` set. */
enum literal literal_address(const char *text, size_t len, struct literal_addresses *range);

/* "02:00:00:00:00:01" or its first three bytes: numbers of 48 bits. */
enum literal literal_mac(const char *text, size_t len, uint64_t *low, uint64_t *high);

/* "01:02:ff" or "0102ff"; `out` has len / 2 + 1 bytes. */
enum literal literal_hex(const char *text, size_t len, uint8_t *out, size_t *out_len);

/*
 * What stands between quotes, its escapes \n \t \r \\ \" \' \xNN made bytes; `out` has `len` of
 * them. LITERAL_BAD with the place of a wrong escape in *out_len.
 */
enum literal literal_string(const char *text, size_t len, char *out, size_t *out_len);

#endif
