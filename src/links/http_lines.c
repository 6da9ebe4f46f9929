/* SPDX-License-Identifier: MIT */
/*
 * The lines of a head. In: its bytes as they come. Out: where it ends, what is odd about the ends of
 * its lines, and, of one that is whole and has nothing odd, the lines that somebody has to judge: a
 * parser takes a thousand instructions and more for a line, most of them for what nobody asks about.
 */
#include "http_lines.h"

#include <string.h>

#include "http_names.h"
#include "http_start.h"

enum {
    LINES_MOST =
        64, /* of a head of which lines are left out: libhtp counts, and has limits above */
    VERSION = sizeof "HTTP/1.1" - 1,
};

/* A whole line of the head; `ended` is its '\n'. True: it is the empty one that ends the head. */
static bool head_line(struct http_lines *lines, const uint8_t *at, const uint8_t *ended)
{
    size_t len = (size_t)(ended - at);
    uint8_t last = len ? ended[-1] : lines->last;
    size_t line = lines->line_len + len - (last == '\r' && lines->line_len + len > 0);
    if (last != '\r')
        lines->weird |= CHAINS_HTTP_BARE_LF;
    bool ends = lines->begun && line == 0;
    lines->begun = lines->begun || line > 0;
    lines->line_len = 0;
    lines->last = 0;
    return ends;
}

/* A CR that ends no line: some readers take it for a line's end, some for text. */
static void note_cr(struct http_lines *lines, const uint8_t *at, const uint8_t *end)
{
    bool bare = lines->last == '\r' && *at != '\n';
    while (!bare && (at = memchr(at, '\r', (size_t)(end - at))) != NULL && ++at < end)
        bare = *at != '\n';
    if (!bare)
        return;
    bool request = lines->kind == CHAINS_HTTP_REQUEST;
    uint32_t line = request ? CHAINS_HTTP_BAD_REQUEST_LINE : CHAINS_HTTP_BAD_STATUS_LINE;
    lines->weird |= lines->begun ? (uint32_t)CHAINS_HTTP_BAD_HEADER : line;
}

size_t http_lines_span(struct http_lines *lines, struct chains_bytes bytes)
{
    const uint8_t *at = bytes.at, *end = bytes.at + bytes.len;
    lines->ended = false;
    while (at < end && !lines->ended) {
        const uint8_t *ended = memchr(at, '\n', (size_t)(end - at));
        if (lines->line_len == 0 && lines->begun && (*at == ' ' || *at == '\t'))
            lines->weird |= CHAINS_HTTP_FOLDED;
        note_cr(lines, at, ended ? ended + 1 : end);
        if (!ended) {
            lines->line_len += (size_t)(end - at);
            lines->last = end[-1];
            at = end;
            break;
        }
        lines->ended = head_line(lines, at, ended);
        at = ended + 1;
    }
    size_t len = (size_t)(at - bytes.at);
    if (len && memchr(bytes.at, 0, len))
        lines->weird |= CHAINS_HTTP_NUL;
    return len;
}

/* "HTTP/1.0" or "HTTP/1.1" */
static bool is_version(struct chains_bytes word)
{
    return word.len == VERSION && memcmp(word.at, "HTTP/1.", VERSION - 1) == 0 &&
           (chains_byte(word, VERSION - 1) | 1) == '1';
}

/* "HTTP/1.1 200", and a blank or the end behind it. */
static bool is_status_line(struct chains_bytes line)
{
    bool is = line.len > VERSION + 4 && is_version(chains_front(line, VERSION)) &&
              chains_byte(line, VERSION) == ' ' && chains_byte(line, VERSION + 4) <= ' ';
    for (size_t i = VERSION + 1; is && i < VERSION + 4; i++)
        is = chains_byte(line, i) >= '0' && chains_byte(line, i) <= '9';
    return is;
}

/* Three words with a blank between two, the last of them a version. */
static bool is_request_line(struct chains_bytes line)
{
    size_t end = line.len - 2, blanks = 0, last = 0;
    if (line.len < VERSION + 6)
        return false;
    for (size_t i = 0; i < end; i++) {
        if (chains_byte(line, i) > ' ')
            continue;
        if (chains_byte(line, i) != ' ' || i == 0 || (blanks && i == last + 1))
            return false;
        last = i;
        blanks++;
    }
    return blanks == 2 &&
           is_version(chains_front(chains_behind(line, last + 1), end - last - 1));
}

/*
 * Whether a first line, with its end, is one that headers follow. Those of HTTP/0.9 are not, and where
 * the version is missing libhtp looks at what comes to tell.
 */
static bool has_headers(enum chains_http_kind kind, struct chains_bytes line)
{
    return kind == CHAINS_HTTP_RESPONSE ? is_status_line(line) : is_request_line(line);
}

/* Whether a line is a header that nobody asks for, and nothing but that. */
static bool is_spare(struct chains_bytes line)
{
    size_t n = 0;
    while (n < line.len && http_is_token(chains_byte(line, n)))
        n++;
    return n > 0 && chains_byte(line, n) == ':' &&
           http_name_of(chains_front(line, n)) == HTTP_NAMES;
}

size_t http_lines_wanted(enum chains_http_kind kind, struct chains_bytes head, uint8_t *out)
{
    size_t len = 0;
    for (unsigned lines = 0; head.len; lines++) {
        const uint8_t *ended = memchr(head.at, '\n', head.len);
        size_t more = ended ? (size_t)(ended - head.at) + 1 : head.len;
        struct chains_bytes line = chains_front(head, more);
        if (lines == LINES_MOST || (lines == 0 && !has_headers(kind, line)))
            return 0;
        if (lines == 0 || !is_spare(line)) {
            memcpy(out + len, line.at, line.len);
            len += line.len;
        }
        head = chains_behind(head, more);
    }
    return len;
}
