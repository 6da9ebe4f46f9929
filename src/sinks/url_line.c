/* SPDX-License-Identifier: MIT */
/*
 * Pieces of the lines of url_printer. In: a record and texts. Out: text in the sink's buffer,
 * in which nothing from the network is left that may not be shown.
 */
#include "url_line.h"

#include "../render/words.h"

#include <chains/layer/domains.h>

struct url_ends url_ends(const struct chains_record *rec, bool client_is_source,
                         struct chains_endpoints *of)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    const char *src = domains ? domains->src : NULL, *dst = domains ? domains->dst : NULL;
    if (!chains_record_endpoints(rec, of))
        return (struct url_ends){ .known = false };
    if (client_is_source)
        return (struct url_ends){ true, &of->src, &of->dst, src, dst, of->dport };
    return (struct url_ends){ true, &of->dst, &of->src, dst, src, of->sport };
}

void url_begin(struct url_lines *lines, const struct chains_record *rec,
               const struct url_ends *ends, bool from_client)
{
    char *out = output_room(&lines->output, OUTPUT_ROOM);
    out = text_time(out, &lines->clock, rec->time_ns, 0, ' ');
    out = text_literal(out, " -");
    if (ends->known) {
        *out++ = ' ';
        out = words_end(out, ends->client, ends->client_name, lines->color);
        out = from_client ? text_literal(out, " --> ") : text_literal(out, " <-- ");
        out = words_end(out, ends->server, ends->server_name, lines->color);
    }
    *out++ = ' ';
    output_put(&lines->output, out);
}

void url_end(struct url_lines *lines)
{
    url_put(lines, "\n");
    output_commit(&lines->output);
}

void url_put(struct url_lines *lines, const char *text)
{
    output_text(&lines->output, text, strlen(text));
}

void url_bytes(struct url_lines *lines, struct chains_bytes bytes)
{
    if (bytes.len > 0)
        plain_text(&lines->plain, (const char *)bytes.at, bytes.len);
}

void url_number(struct url_lines *lines, uint64_t number)
{
    char *out = output_room(&lines->output, TEXT_U64);
    output_put(&lines->output, text_u64(out, number));
}

void url_address(struct url_lines *lines, const struct url_ends *ends, uint16_t without)
{
    char *out = output_room(&lines->output, OUTPUT_ROOM);
    if (ends->known && ends->port != without) {
        out = words_end_port(out, ends->server, NULL, false, ends->port);
    } else if (ends->known) {
        bool brackets = ends->server->family == 6;
        out = brackets ? text_literal(out, "[") : out;
        out = text_addr(out, ends->server);
        out = brackets ? text_literal(out, "]") : out;
    }
    output_put(&lines->output, out);
}

void url_span(struct url_lines *lines, int64_t ns)
{
    char *out = text_literal(output_room(&lines->output, OUTPUT_ROOM), " (");
    output_put(&lines->output, text_literal(words_span(out, ns), ")"));
}

/* The names of bits, with `first` before the first one; false when there are none. */
static bool url_list(struct url_lines *lines, const struct chains_name *names, uint32_t bits,
                     const char *first, const char *between)
{
    const char *before = first;
    for (const struct chains_name *name = names; name && name->name; name++) {
        if (!(bits & name->value))
            continue;
        url_put(lines, before);
        url_put(lines, name->name);
        before = between;
    }
    return before == between;
}

bool url_flags(struct url_lines *lines, const struct chains_name *names, uint32_t bits)
{
    return url_list(lines, names, bits, "", ", ");
}

void url_weird(struct url_lines *lines, const struct chains_name *names, uint32_t weird)
{
    if (!weird)
        return;
    url_put(lines, lines->color ? WORDS_TAG_COLOR : "");
    if (url_list(lines, names, weird, " WEIRD: ['", "', '"))
        url_put(lines, "']");
    url_put(lines, lines->color ? WORDS_NO_COLOR : "");
}

const struct chains_name *url_names(const struct chains_field *fields, const char *field)
{
    const struct chains_field *found = fields ? chains_field_find(fields, field) : NULL;
    return found ? found->names : NULL;
}
