/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_DATA_H
#define DISSECT_DNS_DATA_H

#include "dns_name.h"

enum dns_data_kind {
    DNS_DATA_WHOLE,
    DNS_DATA_UNKNOWN, /* a type or class whose data has no known form: nothing was written */
    DNS_DATA_BAD,     /* data that its type cannot have */
};

/* The data of one record while it is written. */
struct dns_data {
    struct chains_reader in;     /* what is left of it */
    struct chains_bytes message; /* for the pointers in names */
    struct dns_text *out;
    uint16_t type, class_number;
    bool behind; /* a word was written: a space goes before the next */
};

/*
 * Writes the data in the presentation format of its type: one line, names without their last
 * dot, hexadecimal digits in lower case, nothing broken up by spaces. Look at out->full.
 */
enum dns_data_kind dns_data_write(struct dns_data *data);

/* Any data, RFC 3597: "\# 3 0a0b0c". */
void dns_data_generic(struct chains_bytes raw, struct dns_text *out);

/*
 * One word, or several, of a record's data, in files by their kind. Each returns false when the
 * data cannot be that; they may have written something then.
 */

static inline void dns_data_gap(struct dns_data *data)
{
    if (data->behind)
        dns_put_char(data->out, ' ');
    data->behind = true;
}

bool dns_data_number(struct dns_data *data, unsigned octets);
bool dns_data_addr(struct dns_data *data, unsigned family);

/* The next 4 or 16 bytes as an address; false: they are not there. */
bool dns_take_addr(struct chains_reader *in, unsigned family, struct chains_addr *addr);
bool dns_data_name(struct dns_data *data, enum dns_name_use use);
bool dns_data_base64(struct dns_data *data); /* all that is left; nothing for nothing */

bool dns_data_type(struct dns_data *data);
bool dns_data_time(struct dns_data *data);   /* YYYYMMDDHHMMSS */
bool dns_data_bitmap(struct dns_data *data); /* types, RFC 4034 4.1.2 */
bool dns_data_salt(struct dns_data *data);   /* length and octets, "-" for none */
bool dns_data_hash(struct dns_data *data);   /* length and octets in base32hex */

bool dns_data_params(struct dns_data *data); /* of SVCB and HTTPS */

bool dns_data_location(struct dns_data *data); /* LOC */
bool dns_data_prefixes(struct dns_data *data); /* APL */
bool dns_data_ipseckey(struct dns_data *data);
bool dns_data_amtrelay(struct dns_data *data);
bool dns_data_hip(struct dns_data *data);

#endif
