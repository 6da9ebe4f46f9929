/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_NAMES_H
#define LINKS_HTTP_NAMES_H

#include <chains/bytes.h>

/* The headers that are asked for by name. */
enum http_name {
    HTTP_NAME_HOST,
    HTTP_NAME_EXPECT,
    HTTP_NAME_SERVER,
    HTTP_NAME_REFERER,
    HTTP_NAME_UPGRADE,
    HTTP_NAME_LOCATION,
    HTTP_NAME_USER_AGENT,
    HTTP_NAME_CONTENT_TYPE,
    HTTP_NAME_CONTENT_LENGTH,
    HTTP_NAME_HTTP2_SETTINGS,
    HTTP_NAME_TRANSFER_ENCODING,
    HTTP_NAMES, /* how many there are; as an answer: none of them */
};

/* In small letters. */
const char *http_name_text(enum http_name name);

/* Which one a name is, in any case; bytes of 0 in it do not count. */
enum http_name http_name_of(struct chains_bytes name);

#endif
