/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_URI_H
#define LINKS_HTTP_URI_H

#include <chains/dissect.h>

#include <string.h>

/* The parts of a request's target, or of any URI; empty where there is none. */
struct http_uri {
    struct chains_bytes userinfo;  /* "user:secret", in front of the '@' */
    struct chains_bytes authority; /* "www.example.com:8080" */
    struct chains_bytes path;      /* "/a%20b", without query and fragment */
};

/* Only what has a scheme ("http://...") has an authority; the target of CONNECT is one. */
struct http_uri http_uri_split(struct chains_bytes uri);

/*
 * A path with its "%41" replaced by their bytes, once; what is no escape stays as it is, and '+'
 * too. Empty where there is nothing to replace, and where the arena has no room.
 */
struct chains_bytes http_uri_decode(struct chains_bytes path, struct chains_arena *arena);

/* CHAINS_HTTP_ENCODED_CONTROL and CHAINS_HTTP_BAD_ENCODING, of the whole of a URI. */
uint32_t http_uri_weird(struct chains_bytes uri);

/* Where userinfo can stand in a text, besides behind "//", where it can stand in any. */
enum http_text {
    HTTP_TEXT,           /* nowhere else */
    HTTP_TEXT_AUTHORITY, /* in front, unless it begins with '/': a target, a host */
};

/* Whether there is anything that http_redact() could take out. */
static inline bool http_may_redact(struct chains_bytes text)
{
    return text.len && memchr(text.at, '@', text.len);
}

/*
 * A copy with "[redacted]" for whatever stands in front of an '@' where userinfo can; `out` may be
 * NULL. How long it is.
 */
size_t http_redact(struct chains_bytes text, enum http_text where, uint8_t *out);

#endif
