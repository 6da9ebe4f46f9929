/* SPDX-License-Identifier: MIT */
/*
 * Is this HTTP? In: the first bytes of one direction of any flow. Out: a request, a response,
 * HTTP/2, none of them, or too few bytes. It is asked of every flow, so it looks at the first few
 * bytes and, only where they could be a method, for the end of the first line. Nothing is kept.
 */
#include "http_start.h"

#include <string.h>

#include "http2_frame.h"

enum { METHOD_BYTES = 24 };

/* Bits: letters, digits, and "!#$%&'*+-.^_`|~". */
const uint32_t http_tokens[8] = { 0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff };

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/* Whether `bytes` and `word`, in small letters, agree as far as both go. */
static bool agrees(struct chains_bytes bytes, const char *word)
{
    for (size_t i = 0; i < bytes.len && word[i]; i++) {
        if (lower(chains_byte(bytes, i)) != (uint8_t)word[i])
            return false;
    }
    return true;
}

static bool is_known(struct chains_bytes method)
{
    static const char *const known[] = {
        "get",      "post",  "head",     "put",      "delete",    "options",
        "connect",  "patch", "trace",    "propfind", "proppatch", "mkcol",
        "copy",     "move",  "lock",     "unlock",   "search",    "report",
        "m-search", "purge", "checkout", "notify",   "subscribe", "unsubscribe",
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i]) == method.len && agrees(method, known[i]))
            return true;
    }
    return false;
}

static bool is_capitals(struct chains_bytes method)
{
    for (size_t i = 0; i < method.len; i++) {
        uint8_t c = chains_byte(method, i);
        if ((c < 'A' || c > 'Z') && c != '-' && c != '_')
            return false;
    }
    return method.len > 0;
}

/* Whether a first line, without its end, says that it is HTTP: " HTTP/" behind the target. */
static bool names_http(struct chains_bytes line)
{
    for (size_t i = 0; i + 6 <= line.len; i++) {
        struct chains_bytes word = chains_front(chains_behind(line, i + 1), 5);
        if ((chains_byte(line, i) == ' ' || chains_byte(line, i) == '\t') &&
            agrees(word, "http/"))
            return true;
    }
    return false;
}

/* Whether a line is what is left of the preface of HTTP/2 when its beginning is missing. */
static bool ends_preface(struct chains_bytes line)
{
    static const char end[] = "* HTTP/2.0\r";
    size_t n = sizeof end - 1;
    return line.len >= n && memcmp(chains_behind(line, line.len - n).at, end, n) == 0;
}

/* Whether something can be the beginning of a target: "/", "*", "http://". */
static bool is_target(struct chains_bytes target)
{
    if (target.len && (chains_byte(target, 0) == '/' || chains_byte(target, 0) == '*'))
        return true;
    return target.len && (agrees(target, "http://") || agrees(target, "https://"));
}

/* The methods of HTTP/0.9, where one word behind them is enough, and what some take for it. */
static bool is_old(struct chains_bytes method)
{
    static const char *const old[] = { "GET", "POST", "HEAD", "PUT" };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        if (strlen(old[i]) == method.len && memcmp(method.at, old[i], method.len) == 0)
            return true;
    }
    return false;
}

/* Whether a line goes on with one word, as in HTTP/0.9; SIP and RTSP have their version there. */
static bool is_word(struct chains_bytes target)
{
    size_t n = 0;
    while (n < target.len && chains_byte(target, n) > ' ' && chains_byte(target, n) < 0x7f)
        n++;
    return n && (n == target.len || (n + 1 == target.len && chains_byte(target, n) == '\r'));
}

static enum http_start request_start(struct chains_bytes bytes, bool whole)
{
    size_t n = 0;
    while (n < bytes.len && n <= METHOD_BYTES && http_is_token(chains_byte(bytes, n)))
        n++;
    if (n == bytes.len && n <= METHOD_BYTES)
        return whole ? HTTP_START_NONE : HTTP_START_OPEN;
    if (n == 0 || n > METHOD_BYTES ||
        (chains_byte(bytes, n) != ' ' && chains_byte(bytes, n) != '\t'))
        return HTTP_START_NONE;
    struct chains_bytes method = { bytes.at, n };
    if (n == 3 && memcmp(method.at, "PRI", 3) == 0)
        return HTTP_START_NONE;
    const uint8_t *end = memchr(bytes.at, '\n', bytes.len);
    struct chains_bytes line = { bytes.at, end ? (size_t)(end - bytes.at) : bytes.len };
    struct chains_bytes target = chains_behind(line, n + 1);
    if (ends_preface(line))
        return HTTP_START_NONE;
    if (names_http(line))
        return HTTP_START_REQUEST;
    if (whole)
        return HTTP_START_NONE;
    while (target.len && (chains_byte(target, 0) == ' ' || chains_byte(target, 0) == '\t'))
        target = chains_behind(target, 1);
    if (target.len == 0 && !end)
        return HTTP_START_OPEN;
    bool connects = n == 7 && agrees(method, "connect");
    if (is_known(method) && (is_target(target) || (connects && !end)))
        return HTTP_START_REQUEST;
    if (end && is_old(method) && is_word(target))
        return HTTP_START_REQUEST;
    return !end && is_capitals(method) && is_target(target) ? HTTP_START_REQUEST
                                                            : HTTP_START_NONE;
}

static enum http_start start_of(struct chains_bytes bytes, bool whole)
{
    while (bytes.len && (chains_byte(bytes, 0) == '\r' || chains_byte(bytes, 0) == '\n'))
        bytes = chains_behind(bytes, 1);
    if (bytes.len == 0)
        return whole ? HTTP_START_NONE : HTTP_START_OPEN;
    static const char version[] = "HTTP/";
    size_t most = bytes.len < 5 ? bytes.len : 5;
    if (memcmp(bytes.at, version, most) != 0)
        return request_start(bytes, whole);
    if (bytes.len < 6)
        return whole ? HTTP_START_NONE : HTTP_START_OPEN;
    return chains_byte(bytes, 5) == '1' || chains_byte(bytes, 5) == '0' ? HTTP_START_RESPONSE
                                                                        : HTTP_START_NONE;
}

enum http_start http_start_of(struct chains_bytes bytes)
{
    enum http2_look look = http2_look(bytes);
    if (look == HTTP2_LOOK_FRAMES)
        return HTTP_START_HTTP2;
    enum http_start start = look == HTTP2_LOOK_OPEN ? HTTP_START_OPEN : start_of(bytes, false);
    return start == HTTP_START_OPEN && bytes.len >= HTTP_START_BYTES ? HTTP_START_NONE : start;
}

enum http_start http_start_of_datagram(struct chains_bytes bytes)
{
    return start_of(bytes, true);
}
