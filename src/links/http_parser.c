/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1 messages by libhtp. In: the bytes of one direction from the first one of a message on. Out:
 * where the message ends, its head, how long its body is. Each message has a libhtp connection of its
 * own, which sees the head of it, up to the empty line, and nothing else, and is gone when that has
 * come. So libhtp's lists stay short, it has nothing to guess behind a message, and a hole or an error
 * costs one message. What comes behind a head is for http_parser_body.c. libhtp cannot say that memory
 * ran out; malloc() can.
 */
#include "http_parser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <htp/htp.h>

#include "http_head.h"
#include "http_parser_state.h"

enum {
    HEADERS_MOST = 128,   /* headers of one message; libhtp compares each with all */
    MEMORY_PARSER = 4096, /* of libhtp for one message, measured */
    MEMORY_HEADER = 160,  /* and for each of its headers, besides text */
    WANTED_MOST = 4096,   /* of a head that is not given to libhtp as it is */
};

const char *http_parser_library(void)
{
    const char *version = htp_get_version();
    const char *number = strchr(version, 'v');
    return number ? number + 1 : version;
}

static struct http_parser *parser_of(const htp_tx_t *tx)
{
    return htp_connp_get_user_data(tx->connp);
}

static int on_request_start(htp_tx_t *tx)
{
    parser_of(tx)->tx = tx;
    return HTP_OK;
}

/* libhtp has no request for this response, and takes the method from what it made up for it. */
static int on_response_start(htp_tx_t *tx)
{
    struct http_parser *parser = parser_of(tx);
    parser->tx = tx;
    if (parser->asked == HTTP_METHOD_HEAD)
        tx->request_method_number = HTP_M_HEAD;
    else if (parser->asked == HTTP_METHOD_CONNECT)
        tx->request_method_number = HTP_M_CONNECT;
    return HTP_OK;
}

/*
 * An interim response is a message of its own here. libhtp would read on behind 100, once, and calls
 * a second one an error; any other number below 200 it takes for a message. It reads a body where a
 * length promises one though the number forbids it, but not where the request was HEAD.
 */
static int on_response_line(htp_tx_t *tx)
{
    struct http_parser *parser = parser_of(tx);
    int status = tx->response_status_number;
    parser->status = status > 0 && status < 1000 ? (uint16_t)status : 0;
    if (status == 100)
        tx->response_status_number = 102;
    if ((status != 101 && status / 100 == 1) || status == 204 || status == 304)
        tx->request_method_number = HTP_M_HEAD;
    return HTP_OK;
}

static struct chains_bytes bytes_of(const bstr *text)
{
    struct chains_bytes none = { NULL, 0 };
    if (!text)
        return none;
    const uint8_t *own = (const uint8_t *)text + sizeof *text;
    return (struct chains_bytes){ bstr_realptr(text) ? bstr_realptr(text) : own,
                                  bstr_len(text) };
}

static const htp_table_t *headers_of(const struct http_parser *parser)
{
    if (!parser->tx)
        return NULL;
    return parser->kind == CHAINS_HTTP_REQUEST ? parser->tx->request_headers
                                               : parser->tx->response_headers;
}

/* Headers that are new: which of those are among them that are asked for by name. */
static void note_headers(struct http_parser *parser)
{
    const htp_table_t *headers = headers_of(parser);
    size_t count = headers ? htp_table_size(headers) : 0;
    for (; parser->seen < count; parser->seen++) {
        const htp_header_t *header = htp_table_get_index(headers, parser->seen, NULL);
        enum http_name name = header ? http_name_of(bytes_of(header->name)) : HTTP_NAMES;
        if (name != HTTP_NAMES && !parser->named[name])
            parser->named[name] = header;
    }
}

/* What the Content-Length of a message says. libhtp finds a number in anything. */
static enum http_length length_in(const struct http_parser *parser, uint64_t *number)
{
    const htp_header_t *header = parser->named[HTTP_NAME_CONTENT_LENGTH];
    *number = 0;
    return header ? http_length_of(bytes_of(header->value), header->flags & HTP_FIELD_REPEATED,
                                   number)
                  : HTTP_LENGTH_NONE;
}

/* Where the body ends (RFC 9112, 6.3), for a message that may have one. */
static void begin_body(struct http_parser *parser)
{
    bool request = parser->kind == CHAINS_HTTP_REQUEST;
    const htp_header_t *codings = parser->named[HTTP_NAME_TRANSFER_ENCODING];
    enum http_coding coding = http_coding_of(bytes_of(codings ? codings->value : NULL));
    enum http_length length = length_in(parser, &parser->left);
    if (coding == HTTP_CODING_CHUNKED)
        parser->phase = PHASE_CHUNKS;
    else if (coding == HTTP_CODING_OTHER)
        parser->phase = request ? PHASE_UNKNOWN : PHASE_CLOSE;
    else if (coding == HTTP_CODING_IDENTITY && request)
        parser->phase = PHASE_UNKNOWN;
    else if (length == HTTP_LENGTH_BAD)
        parser->phase = PHASE_UNKNOWN;
    else if (length == HTTP_LENGTH_NONE)
        parser->phase = request ? PHASE_WHOLE : PHASE_CLOSE;
    else
        parser->phase = parser->left ? PHASE_LENGTH : PHASE_WHOLE;
}

static int on_request_headers(htp_tx_t *tx)
{
    struct http_parser *parser = parser_of(tx);
    note_headers(parser);
    if (!parser->cut)
        begin_body(parser);
    return parser->phase == PHASE_UNKNOWN ? HTP_ERROR : HTP_OK;
}

static int on_response_headers(htp_tx_t *tx)
{
    struct http_parser *parser = parser_of(tx);
    uint16_t status = parser->status;
    note_headers(parser);
    bool none = parser->asked == HTTP_METHOD_HEAD || status / 100 == 1 || status == 204 ||
                status == 304 || (parser->asked == HTTP_METHOD_CONNECT && status / 100 == 2);
    if (!parser->cut && none)
        parser->phase = PHASE_WHOLE;
    else if (!parser->cut)
        begin_body(parser);
    return parser->phase == PHASE_UNKNOWN ? HTP_ERROR : HTP_OK;
}

static int on_complete(htp_tx_t *tx)
{
    struct http_parser *parser = parser_of(tx);
    if (parser->phase == PHASE_HEAD)
        parser->phase = PHASE_WHOLE;
    return HTP_OK;
}

struct http_library *http_library_new(size_t most)
{
    struct http_library *library = malloc(sizeof *library);
    errno = 0;
    htp_cfg_t *config = library ? htp_config_create() : NULL;
    if (!config) {
        free(library);
        return NULL;
    }
    *library = (struct http_library){ .config = config, .most = most, .users = 1 };
    htp_config_set_server_personality(config, HTP_SERVER_MINIMAL);
    htp_config_set_log_level(config, HTP_LOG_NONE);
    htp_config_set_response_decompression(config, 0);
    htp_config_set_request_decompression(config, 0);
    htp_config_set_parse_request_auth(config, 0);
    htp_config_set_parse_request_cookies(config, 0);
    htp_config_set_number_headers_limit(config, HEADERS_MOST - 1); /* it takes one more */
    htp_config_set_allow_space_uri(config, 1);
    htp_config_set_field_limits(config, most, 2 * most); /* `most` is ours to enforce */
    htp_config_register_request_start(config, on_request_start);
    htp_config_register_request_headers(config, on_request_headers);
    htp_config_register_request_complete(config, on_complete);
    htp_config_register_response_start(config, on_response_start);
    htp_config_register_response_line(config, on_response_line);
    htp_config_register_response_headers(config, on_response_headers);
    htp_config_register_response_complete(config, on_complete);
    if (errno != ENOMEM && siphash_random_key(&library->secret))
        return library;
    http_library_free(library);
    return NULL;
}

void http_library_free(struct http_library *library)
{
    if (!library || --library->users)
        return;
    htp_config_destroy(library->config);
    free(library);
}

struct siphash_key http_library_secret(const struct http_library *library)
{
    return library->secret;
}

struct http_parser *http_parser_new(struct http_library *library, struct pool *pool,
                                    enum chains_http_kind kind, enum http_method asked,
                                    bool headers)
{
    struct http_parser *parser = pool_take_zeros(pool, sizeof *parser);
    htp_connp_t *connection = parser ? htp_connp_create(library->config) : NULL;
    if (!connection) {
        pool_give(parser);
        return NULL;
    }
    parser->library = library;
    parser->pool = pool;
    parser->all = headers;
    library->users++;
    parser->connection = connection;
    parser->kind = parser->lines.kind = (uint8_t)kind;
    parser->asked = (uint8_t)asked;
    htp_connp_set_user_data(connection, parser);
    htp_connp_open(connection, NULL, 0, NULL, 0, NULL);
    return parser;
}

void http_parser_free(struct http_parser *parser)
{
    if (!parser)
        return;
    if (parser->connection)
        htp_connp_destroy_all(parser->connection);
    pool_give(parser->kept);
    http_library_free(parser->library);
    pool_give(parser);
}

/* Gives libhtp bytes, and says how many it read. False: it gave up. */
static bool feed(struct http_parser *parser, const uint8_t *at, size_t len, size_t *read)
{
    bool request = parser->kind == CHAINS_HTTP_REQUEST;
    int status = request ? htp_connp_req_data(parser->connection, NULL, at, len)
                         : htp_connp_res_data(parser->connection, NULL, at, len);
    *read = request ? htp_connp_req_data_consumed(parser->connection)
                    : htp_connp_res_data_consumed(parser->connection);
    if (*read > len)
        *read = len;
    note_headers(parser);
    return status == HTP_STREAM_DATA || parser->phase == PHASE_WHOLE;
}

static uint32_t weird_of_request(const struct http_parser *parser,
                                 const struct http_parser_head *head)
{
    uint64_t flags = parser->cut ? parser->htp_flags : parser->tx->flags;
    const htp_header_t *host = parser->named[HTTP_NAME_HOST];
    const struct http_request_line parts = {
        .line = bytes_of(parser->tx->request_line),
        .method = head->method,
        .uri = head->uri,
        .protocol = bytes_of(parser->tx->request_protocol),
    };
    uint32_t weird = http_weird_of_line(&parts) | http_weird_of_version(head->version);
    if (flags & HTP_HOST_MISSING)
        weird |= CHAINS_HTTP_NO_HOST;
    if (flags & HTP_HOST_AMBIGUOUS)
        weird |= CHAINS_HTTP_HOST_DIFFERS;
    if (host && host->flags & HTP_FIELD_REPEATED)
        weird |= CHAINS_HTTP_TWO_HOSTS;
    return weird;
}

static uint32_t weird_of_response(const struct http_parser *parser,
                                  const struct http_parser_head *head)
{
    uint32_t weird = http_weird_of_version(head->version);
    if (parser->status < 100)
        weird |= CHAINS_HTTP_BAD_STATUS_LINE;
    return weird;
}

static uint32_t weird_of_headers(const struct http_parser *parser)
{
    uint64_t flags = parser->cut ? parser->htp_flags : parser->tx->flags, number;
    const htp_header_t *codings = parser->named[HTTP_NAME_TRANSFER_ENCODING];
    uint32_t weird = 0;
    if (codings)
        weird |= http_weird_of_coding(bytes_of(codings->value));
    weird |= http_weird_of_length(length_in(parser, &number), codings != NULL);
    if (flags & (HTP_FIELD_UNPARSEABLE | HTP_FIELD_INVALID | HTP_INVALID_FOLDING))
        weird |= CHAINS_HTTP_BAD_HEADER;
    if (flags & HTP_HEADERS_TOO_MANY)
        weird |= CHAINS_HTTP_TOO_LONG;
    if (flags & HTP_REQUEST_SMUGGLING)
        weird |= CHAINS_HTTP_SMUGGLING;
    return weird;
}

/* What libhtp has read of the head. */
static void read_head(const struct http_parser *parser, struct http_parser_head *head)
{
    const htp_tx_t *tx = parser->tx;
    bool request = parser->kind == CHAINS_HTTP_REQUEST;
    if (length_in(parser, &head->content_length) == HTTP_LENGTH_GOOD)
        head->has |= CHAINS_HTTP_HAS_LENGTH;
    head->weird = weird_of_headers(parser);
    if (request) {
        head->method = bytes_of(tx->request_method);
        head->uri = bytes_of(tx->request_uri);
    } else {
        head->reason = bytes_of(tx->response_message);
        head->status = parser->status;
    }
    head->version =
        http_version_of(bytes_of(request ? tx->request_protocol : tx->response_protocol));
    if (parser->cut && !parser->lines.begun)
        return; /* not even its first line is whole */
    head->weird |= request ? weird_of_request(parser, head) : weird_of_response(parser, head);
}

static void let_go(struct http_parser *parser)
{
    htp_connp_destroy_all(parser->connection);
    parser->connection = NULL;
    parser->tx = NULL;
    memset(parser->named, 0, sizeof parser->named);
}

/* The head is as whole as it will be: what it says is kept, and libhtp is let go. False: no memory. */
static bool keep(struct http_parser *parser)
{
    struct chains_http_header headers[HEADERS_MOST];
    struct http_kept said = { .headers = headers };
    if (!parser->tx)
        return true;
    read_head(parser, &said.head);
    for (unsigned i = 0; i < HTTP_NAMES; i++)
        if (parser->named[i])
            said.named[i] = bytes_of(parser->named[i]->value);
    for (size_t i = 0; parser->all && i < parser->seen && i < HEADERS_MOST; i++) {
        const htp_header_t *header = htp_table_get_index(headers_of(parser), i, NULL);
        if (header)
            headers[said.count++] =
                (struct chains_http_header){ bytes_of(header->name), bytes_of(header->value) };
    }
    enum htp_method_t method = parser->tx->request_method_number;
    parser->asks = method == HTP_M_HEAD      ? HTTP_METHOD_HEAD
                   : method == HTP_M_CONNECT ? HTTP_METHOD_CONNECT
                                             : HTTP_METHOD_OTHER;
    parser->kept = http_kept_copy(parser->pool, &said);
    let_go(parser);
    return parser->kept != NULL;
}

/*
 * Gives libhtp a head, or the next bytes of one. Of most, which are whole and as they should be, only
 * what has a say or is shown: its lines cost a thousand times what their bytes do.
 */
static bool feed_head(struct http_parser *parser, struct chains_bytes head, size_t *read)
{
    uint8_t wanted[WANTED_MOST];
    bool whole = parser->lines.ended && parser->head_len == head.len;
    bool plain = whole && !parser->all && !parser->lines.weird && head.len <= sizeof wanted;
    size_t len =
        plain ? http_lines_wanted((enum chains_http_kind)parser->kind, head, wanted) : 0;
    if (len == 0)
        return feed(parser, head.at, head.len, read);
    bool good = feed(parser, wanted, len, read);
    if (*read == len)
        *read = head.len;
    return good;
}

static enum http_parser_status take_head(struct http_parser *parser, struct chains_bytes bytes,
                                         size_t *taken)
{
    size_t room = parser->library->most - parser->head_len;
    struct chains_bytes head = { bytes.at, bytes.len < room ? bytes.len : room };
    head.len = http_lines_span(&parser->lines, head);
    parser->head_len += head.len;
    bool good = head.len == 0 || feed_head(parser, head, taken);
    if (!good)
        return HTTP_PARSER_LOST;
    if (parser->phase != PHASE_HEAD)
        return keep(parser) ? HTTP_PARSER_HEAD : HTTP_PARSER_MEMORY;
    *taken = head.len;
    if (parser->head_len < parser->library->most)
        return HTTP_PARSER_MORE;
    parser->weird |= CHAINS_HTTP_TOO_LONG;
    return HTTP_PARSER_LOST;
}

enum http_parser_status http_parser_take(struct http_parser *parser, struct chains_bytes bytes,
                                         size_t *taken)
{
    *taken = 0;
    errno = 0;
    enum http_parser_status status = parser->phase == PHASE_HEAD
                                         ? take_head(parser, bytes, taken)
                                         : http_parser_body(parser, bytes, taken);
    return errno == ENOMEM ? HTTP_PARSER_MEMORY : status;
}

bool http_parser_cut(struct http_parser *parser)
{
    static const char end[] = "\r\n\r\n";
    size_t read;
    errno = 0;
    if (parser->phase == PHASE_HEAD && !parser->cut) {
        parser->cut = true;
        parser->htp_flags = parser->tx ? parser->tx->flags : 0;
        if (parser->lines.begun || parser->lines.line_len)
            feed(parser, (const uint8_t *)end, sizeof end - 1, &read);
    }
    return keep(parser) && errno != ENOMEM;
}

bool http_parser_has_head(const struct http_parser *parser)
{
    return parser->phase != PHASE_HEAD && !parser->cut;
}

bool http_parser_expects(const struct http_parser *parser)
{
    const struct http_chunks *chunks = &parser->chunks;
    bool body = parser->phase == PHASE_LENGTH || parser->phase == PHASE_CHUNKS;
    bool begun = parser->body_len || parser->body_gap || chunks->line_len || chunks->left;
    return body && !begun && http_parser_header(parser, HTTP_NAME_EXPECT).len > 0;
}

uint16_t http_parser_code(const struct http_parser *parser)
{
    return parser->status;
}

enum http_method http_parser_method(const struct http_parser *parser)
{
    bool request = parser->kind == CHAINS_HTTP_REQUEST;
    return request ? (enum http_method)parser->asks : HTTP_METHOD_OTHER;
}

struct chains_bytes http_parser_header(const struct http_parser *parser, enum http_name name)
{
    const struct chains_bytes none = { NULL, 0 };
    return parser->kept ? parser->kept->named[name] : none;
}

struct chains_list http_parser_headers(const struct http_parser *parser)
{
    const struct http_kept *kept = parser->kept;
    return (struct chains_list){ kept ? kept->headers : NULL,
                                 kept ? (uint32_t)kept->count : 0 };
}

void http_parser_head(const struct http_parser *parser, struct http_parser_head *head)
{
    *head = parser->kept ? parser->kept->head : (struct http_parser_head){ 0 };
    head->weird |= parser->weird | parser->lines.weird;
    head->body_len = parser->body_len;
    head->body_gap = parser->body_gap;
}

size_t http_parser_outside(const struct http_parser *parser)
{
    return parser->connection
               ? MEMORY_PARSER + 2 * parser->head_len + MEMORY_HEADER * parser->seen
               : 0;
}

size_t http_parser_memory(const struct http_parser *parser)
{
    size_t kept = parser->kept ? parser->kept->size : 0;
    return sizeof *parser + kept + http_parser_outside(parser);
}
