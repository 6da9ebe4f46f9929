/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_RECORDS_H
#define LINKS_TLS_RECORDS_H

#include "tls_buffer.h"

/*
 * The record layer of one direction (RFC 8446, 5.1): a header of 5 bytes, and a payload. Payloads
 * come in parts, as the segments have cut them; who needs one whole has it collected.
 */
enum tls_content {
    TLS_CHANGE_CIPHER_SPEC = 20,
    TLS_ALERT,
    TLS_HANDSHAKE,
    TLS_APPLICATION_DATA,
    TLS_HEARTBEAT,
};

enum {
    TLS_RECORD_HEADER = 5,
    TLS_RECORD_MOST = 16384 + 2048, /* payload of an encrypted record, RFC 5246 */
};

struct tls_records {
    struct tls_buffer piece; /* of a payload that is collected */
    uint8_t head[TLS_RECORD_HEADER];
    uint8_t head_len;
    bool inside, begun;
    uint8_t type;
    uint16_t version, len, left;
};

struct tls_part {
    uint8_t type; /* enum tls_content */
    uint16_t version, len;
    bool first, last; /* of this record */
    struct chains_bytes bytes;
};

enum tls_records_found {
    TLS_RECORDS_MORE, /* all bytes are taken */
    TLS_RECORDS_PART,
    TLS_RECORDS_BAD, /* this is no header of a record */
};

/* The next part of a record in `bytes`, which then begins behind it. An empty record is one part. */
enum tls_records_found tls_records_next(struct tls_records *records, struct chains_bytes *bytes,
                                        struct tls_part *part);

/*
 * Collects the parts of a record, at most `most` bytes of it: with its last part `*whole` is what was
 * collected, borrowed until the next call. False: no memory.
 */
bool tls_records_collect(struct tls_records *records, const struct tls_part *part,
                         uint32_t most, struct chains_bytes *whole);

/* `gap` bytes are missing. False: nobody can say where the next record begins. */
bool tls_records_skip(struct tls_records *records, uint64_t gap);

#endif
