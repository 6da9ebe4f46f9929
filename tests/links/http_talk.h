/* SPDX-License-Identifier: MIT */
#ifndef HTTP_TALK_H
#define HTTP_TALK_H

/* Conversations and what must come out of them, and words to write them with. */
#include "http_script.h"

#define C      CHAINS_ORIG
#define S      CHAINS_RESP
#define CLOSES CHAINS_STREAM_CLOSES
#define RESETS CHAINS_STREAM_RESETS
#define JOINED CHAINS_STREAM_MIDSTREAM

#define GET(path)    "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define OK(body)     "HTTP/1.1 200 OK\r\nContent-Length: " body
#define CHUNKED      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define POST(head)   "POST /p HTTP/1.1\r\nHost: h\r\n" head "\r\n"
#define CHUNKS       "3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: t\r\n\r\n"
#define CHUNKED_POST POST("Transfer-Encoding: chunked\r\n")
#define NUL_HEADER   "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"

struct talk {
    const char *name;
    struct piece pieces[PIECES];
    const char *want;
};

static inline void check_talk(const struct talk *talk, size_t first, size_t most)
{
    static struct script script;
    script_begin(&script, 65536, 64);
    script_pieces(&script, talk->pieces, first, most);
    script_end(&script, false);
    script_free(&script);
    if (strcmp(script.out, talk->want) != 0)
        printf("# %s, first %zu, then %zu\n", talk->name, first, most);
    check_eq_text(script.out, talk->want);
}

#endif
