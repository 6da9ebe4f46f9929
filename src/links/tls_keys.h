/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_KEYS_H
#define LINKS_TLS_KEYS_H

#include <chains/component.h>

#include "crypto.h"

/*
 * Secrets of TLS connections, by the client's random: lines in the SSLKEYLOGFILE format (RFC 9850),
 * of a file that is followed while it grows, and of the capture files. A fixed number; the oldest goes.
 */
struct tls_keys;

enum { TLS_RANDOM = 32, TLS_SECRET_MOST = 64 };

enum tls_secret_label {
    TLS_SECRET_MASTER, /* CLIENT_RANDOM: up to TLS 1.2, 48 bytes */
    TLS_SECRET_CLIENT_EARLY,
    TLS_SECRET_CLIENT_HANDSHAKE,
    TLS_SECRET_SERVER_HANDSHAKE,
    TLS_SECRET_CLIENT_TRAFFIC, /* ..._0 */
    TLS_SECRET_SERVER_TRAFFIC,
    TLS_SECRETS,
};

struct tls_secret {
    uint8_t len; /* 0: not known */
    uint8_t bytes[TLS_SECRET_MOST];
};

/*
 * `most` secrets, 108 bytes each: of the default 7 MB, which are touched only as secrets come. NULL
 * for want of memory, or of a random key.
 */
struct tls_keys *tls_keys_new(uint32_t most);
/* Bytes that it takes for so many secrets, at most. */
size_t tls_keys_takes(uint32_t most);
void tls_keys_free(struct tls_keys *keys);

/* Follows a file from now on: it need not exist yet. `path` is copied. False: no memory. */
bool tls_keys_follow(struct tls_keys *keys, const char *path);

/*
 * What is new in the file, and in the sources' secrets; of a file at most 16 MiB at once, here and in
 * tls_keys_find(). Cheap when nothing is, one stat(2): call it once a batch. False with a sentence in `why` the first time that
 * a file cannot be read (it is no fault that there is none), or with an empty one when there is no
 * memory. Only regular files are read. `source` may be NULL.
 */
bool tls_keys_refresh(struct tls_keys *keys, const struct chains_source_info *source, char *why,
                      size_t why_size);

/*
 * The same for a file that has to be there now, and is taken not to grow any more: its last line
 * counts without an end. False with a sentence in `why` when it is not there, or cannot be read.
 */
bool tls_keys_load(struct tls_keys *keys, char *why, size_t why_size);

/*
 * A last look at the file, when nobody will ask any more. False with a sentence in `why` where it
 * was of no use: it was never there, or there were lines in it and none was a key.
 */
bool tls_keys_end(struct tls_keys *keys, char *why, size_t why_size);

/* Whether a file is followed, so that keys may come at any time. */
bool tls_keys_follows(const struct tls_keys *keys);

/* Whether there may be a secret for anybody: a file is followed, or some are held. */
bool tls_keys_any(const struct tls_keys *keys);

/* Whether any secret of this connection is held. */
bool tls_keys_knows(const struct tls_keys *keys, const uint8_t random[TLS_RANDOM]);

/*
 * The secret of a connection, or NULL. It lives until the next call of this or of refresh. When it is
 * not there, the file is looked at again, at most once in a few milliseconds, or where the latest look
 * has not come to its end: a client writes its keys at about the time of its packets.
 */
const struct tls_secret *tls_keys_find(struct tls_keys *keys, enum tls_secret_label label,
                                       const uint8_t random[TLS_RANDOM]);

/* Lines that could not be read; secrets that had to go; bytes it takes. */
uint64_t tls_keys_bad(const struct tls_keys *keys);
uint64_t tls_keys_lost(const struct tls_keys *keys);
size_t tls_keys_bytes(const struct tls_keys *keys);

#endif
