/* SPDX-License-Identifier: MIT */
/*
 * netwatch: packet_streamer ! packet_meta ! dns_meta ! reverse_dns ! tagger ! a sink; for JSON with
 * flows and http_meta, too. In: arguments. Out: a line, a full print or a JSON
 * object for each packet, as JSON also one for each further message that ended with it.
 */
#include "netwatch.h"
#include "tool_source.h"

enum netwatch_format { NETWATCH_SUMMARY, NETWATCH_FULL, NETWATCH_JSON };

enum { OPTION_JSON = TOOL_OWN };

static const struct option netwatch_options[] = {
    { "summary", no_argument, NULL, 's' },
    { "verbose", no_argument, NULL, 'v' },
    { "json", no_argument, NULL, OPTION_JSON },
    { NULL, 0, NULL, 0 },
};

static const char netwatch_forms[] =
    "  -s, --summary           one line for each packet (default)\n"
    "  -v, --verbose           all that is known of each packet\n"
    "      --json              one JSON object for each packet\n";

static const char netwatch_examples[] =
    "  netwatch                            what this machine is talking to, now\n"
    "  netwatch -r capture.pcap port 53    the DNS packets of a capture\n"
    "  tcpdump -w - | netwatch -r - --json\n";

static int netwatch_option(void *user, int option)
{
    enum netwatch_format *format = user;
    *format = option == 's' ? NETWATCH_SUMMARY : option == 'v' ? NETWATCH_FULL : NETWATCH_JSON;
    return TOOL_OK;
}

static chains_component *netwatch_sink(const struct tool_source *source,
                                       enum netwatch_format format)
{
    enum chains_flush flush = tool_source_flush(source);
    if (format == NETWATCH_JSON)
        return chains_json_lines(.flush = flush);
    if (format == NETWATCH_FULL)
        return chains_packet_printer(.flush = flush, .color = tool_source_colors(source));
    return chains_packet_summary(.flush = flush, .color = tool_source_colors(source));
}

/* Every layer there is, on the packets, and on what has messages but no packet of its own. */
static chains_component *netwatch_streams(chains_component *last)
{
    last = tool_behind(last, chains_flows(.no_interim = true, .no_community_id = true));
    last = tool_behind(last, chains_dns_meta(.no_unanswered = true));
    last = tool_behind(last, chains_http_meta());
    return tool_behind(last,
                       chains_where(.expression = "not (endpoints or flow) or dns or http"));
}

int netwatch_main(int argc, char **argv)
{
    struct tool_source source;
    enum netwatch_format format = NETWATCH_SUMMARY;
    const struct tool_command command = {
        .name = "netwatch",
        .usage = "netwatch",
        .brief = "see who talks to whom, on an interface or in capture files",
        .forms = netwatch_forms,
        .examples = netwatch_examples,
        .letters = "sv",
        .options = netwatch_options,
        .option = netwatch_option,
        .user = &format,
    };
    int code;
    if (tool_source_begin(&source, &command, argc, argv, &code)) {
        chains_component *last =
            tool_behind(tool_source_streamer(&source), chains_packet_meta());
        if (format == NETWATCH_JSON)
            last = netwatch_streams(last);
        else if (format == NETWATCH_SUMMARY && !source.no_names) /* for the names alone */
            last = tool_behind(last, chains_dns_meta(.no_unanswered = true));
        last = tool_source_names(&source, last);
        last = tool_behind(last, chains_tagger(.local = tool_source_local(&source)));
        last = tool_behind(last, netwatch_sink(&source, format));
        code = tool_source_run(&source, last);
    }
    tool_source_end(&source);
    return code;
}
