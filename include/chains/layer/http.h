/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_HTTP_H
#define CHAINS_LAYER_HTTP_H

#include <chains/record.h>

enum {
    CHAINS_HTTP_HAS_STATUS = 1,
    CHAINS_HTTP_HAS_LENGTH = 2, /* content_length */
    CHAINS_HTTP_HAS_LATENCY = 4,
    CHAINS_HTTP_HAS_REQUEST = 8, /* a response whose request was seen: request */
};

enum chains_http_kind {
    CHAINS_HTTP_REQUEST,
    CHAINS_HTTP_RESPONSE,
};

/* Oddities; bits, stable names in JSON. */
enum chains_http_weird {
    CHAINS_HTTP_SMUGGLING = 1 << 0,   /* two readers could see two different messages */
    CHAINS_HTTP_TWO_LENGTHS = 1 << 1, /* several Content-Length, or one with several values */
    CHAINS_HTTP_LENGTH_AND_CHUNKED = 1 << 2,
    CHAINS_HTTP_BAD_LENGTH = 1 << 3, /* no number */
    CHAINS_HTTP_BAD_CHUNK = 1 << 4,
    CHAINS_HTTP_BARE_LF = 1 << 5, /* lines end in LF alone */
    CHAINS_HTTP_FOLDED = 1 << 6,  /* a header goes on in the next line */
    CHAINS_HTTP_TWO_HOSTS = 1 << 7,
    CHAINS_HTTP_NO_HOST = 1 << 8,      /* HTTP/1.1 without Host */
    CHAINS_HTTP_HOST_DIFFERS = 1 << 9, /* from the one in the request line */
    CHAINS_HTTP_BAD_HEADER = 1 << 10,
    CHAINS_HTTP_BAD_REQUEST_LINE = 1 << 11,
    CHAINS_HTTP_BAD_STATUS_LINE = 1 << 12,
    CHAINS_HTTP_BAD_VERSION = 1 << 13,
    CHAINS_HTTP_NUL = 1 << 14,        /* a NUL byte in a header, or in the request line */
    CHAINS_HTTP_TOO_LONG = 1 << 15,   /* a line or the headers beyond the limit */
    CHAINS_HTTP_NO_REQUEST = 1 << 16, /* a response whose request is not known for sure */
    CHAINS_HTTP_OVER_UDP = 1 << 17,
    CHAINS_HTTP_GAP = 1 << 18,             /* bytes of it are missing in the capture */
    CHAINS_HTTP_UNFINISHED = 1 << 19,      /* the flow ended before it */
    CHAINS_HTTP_ENCODED_CONTROL = 1 << 20, /* %00 to %1f in the URI */
    CHAINS_HTTP_BAD_ENCODING = 1 << 21,    /* "%zz" in the URI */
    /* Of HTTP/2. */
    CHAINS_HTTP_HOP_HEADER =
        1 << 22, /* a header that HTTP/2 has no connection for, as Upgrade */
    CHAINS_HTTP_UPPERCASE = 1 << 23,  /* in the name of a header */
    CHAINS_HTTP_NO_PSEUDO = 1 << 24,  /* one that must be there is not */
    CHAINS_HTTP_BAD_PSEUDO = 1 << 25, /* twice, too late, unknown, another kind's, no value */
    CHAINS_HTTP_HPACK_LOST =
        1 << 26, /* headers that are missing here: they refer to earlier ones
                                         that are not known, or are broken */
    CHAINS_HTTP_BAD_FRAME = 1 << 27,      /* where no frame can be, or not of this length */
    CHAINS_HTTP_CONTINUATIONS = 1 << 28,  /* headers in very many frames */
    CHAINS_HTTP_LENGTH_DIFFERS = 1 << 29, /* the body is not as long as Content-Length says */
    CHAINS_HTTP_RESET = 1 << 30,          /* its stream was ended before it */
};

struct chains_http_header {
    struct chains_bytes name, value;
};

/* The request that a response answers. */
struct chains_http_asked {
    struct chains_bytes method, host, uri;
};

/* One request or response. Bytes are as sent: sinks escape them. */
struct chains_http_message {
    uint32_t has;
    uint8_t kind;     /* enum chains_http_kind */
    uint8_t complete; /* 1: seen to its end */
    uint16_t status;
    uint8_t upgraded; /* 1: what follows is another protocol's: the connection, or the stream */
    uint8_t pushed;   /* 1: a request that a server has promised to answer, unasked */
    uint8_t client;   /* enum chains_side of who asks, and one; 0: not known. Not shown */
    uint32_t depth;   /* which transaction of its connection, from 1 */
    uint32_t stream;  /* of HTTP/2; 0: of none */
    uint32_t weird;   /* enum chains_http_weird */
    struct chains_bytes method;
    struct chains_bytes host;    /* Host, or of the request line */
    struct chains_bytes uri;     /* as sent */
    struct chains_bytes path;    /* its path, decoded once; empty where that changes nothing */
    struct chains_bytes version; /* "1.1", "2" */
    struct chains_bytes user_agent, referrer;
    struct chains_bytes reason, server, location;
    struct chains_bytes content_type;
    uint64_t content_length;
    uint64_t body_len; /* bytes of the body seen, as sent (chunk sizes not counted) */
    uint64_t body_gap; /* bytes of the body that are missing in the capture */
    int64_t latency;   /* response: nanoseconds from the end of the request to its head */
    uint16_t interim;  /* response: the last 1xx before it; 0: none */
    struct chains_http_asked request;
    struct chains_list headers; /* struct chains_http_header, where they are asked for */
};

/* Slot "http": the messages that ended with this packet. */
struct chains_http {
    struct chains_list http; /* struct chains_http_message */
};

#endif
