/* SPDX-License-Identifier: MIT */
/*
 * netwatch: packet_streamer ! packet_meta ! dns_meta ! hello_meta ! reverse_dns ! tagger ! a sink; for
 * JSON with flows, tls_meta, quic_meta and http_meta instead of hello_meta. In: arguments. Out: a line, a full print or a JSON
 * object for each packet, as JSON also one for each further message that ended with it.
 */
#include "netwatch.h"
#include "tool_source.h"

enum netwatch_format { NETWATCH_SUMMARY, NETWATCH_FULL, NETWATCH_JSON };

enum { OPTION_JSON = TOOL_OWN, OPTION_KEYLOG };

static const struct option netwatch_options[] = {
    { "summary", no_argument, NULL, 's' },
    { "verbose", no_argument, NULL, 'v' },
    { "json", no_argument, NULL, OPTION_JSON },
    { "keylog", required_argument, NULL, OPTION_KEYLOG },
    { NULL, 0, NULL, 0 },
};

static const char netwatch_forms[] =
    "  -s, --summary           one line for each packet (default)\n"
    "  -v, --verbose           all that is known of each packet\n"
    "      --json              one JSON object for each packet\n"
    "      --keylog=FILE       with --json: keys of TLS, in the form that SSLKEYLOGFILE has, "
    "to\n"
    "                          see the HTTP inside\n";

static const char netwatch_examples[] =
    "  netwatch                            what this machine is talking to, now\n"
    "  netwatch -r capture.pcap port 53    the DNS packets of a capture\n"
    "  tcpdump -w - | netwatch -r - --json\n";

struct netwatch {
    enum netwatch_format format;
    const char *keylog;
};

static int netwatch_option(void *user, int option)
{
    struct netwatch *watch = user;
    if (option == OPTION_KEYLOG && !*optarg)
        return tool_usage("--keylog takes the name of a file");
    if (option == OPTION_KEYLOG)
        watch->keylog = optarg;
    else
        watch->format = option == 's'   ? NETWATCH_SUMMARY
                        : option == 'v' ? NETWATCH_FULL
                                        : NETWATCH_JSON;
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
static chains_component *netwatch_streams(const struct netwatch *watch, chains_component *last)
{
    last = tool_behind(last, chains_flows(.no_interim = true, .no_community_id = true));
    last = tool_behind(last, chains_dns_meta(.no_unanswered = true));
    last = tool_behind(last, chains_tls_meta(.keylog = watch->keylog));
    last = tool_behind(last, chains_quic_meta());
    last = tool_behind(last, chains_http_meta());
    return tool_behind(
        last, chains_where(.expression = "not (endpoints or flow) or dns or http or tls"));
}

/* The whole chain. */
static chains_component *netwatch_chain(const struct tool_source *source,
                                        const struct netwatch *watch)
{
    chains_component *last = tool_behind(tool_source_streamer(source), chains_packet_meta());
    if (watch->format == NETWATCH_JSON)
        last = netwatch_streams(watch, last);
    else if (watch->format == NETWATCH_SUMMARY && !source->no_names) /* for the names alone */
        last = tool_behind(tool_behind(last, chains_dns_meta(.no_unanswered = true)),
                           chains_hello_meta(.no_ja4 = true));
    last = tool_source_names(source, last);
    last = tool_behind(last, chains_tagger(.local = tool_source_local(source)));
    return tool_behind(last, netwatch_sink(source, watch->format));
}

int netwatch_main(int argc, char **argv)
{
    struct tool_source source;
    struct netwatch watch = { .format = NETWATCH_SUMMARY };
    const struct tool_command command = {
        .name = "netwatch",
        .usage = "netwatch",
        .brief = "see who talks to whom, on an interface or in capture files",
        .forms = netwatch_forms,
        .examples = netwatch_examples,
        .letters = "sv",
        .options = netwatch_options,
        .option = netwatch_option,
        .user = &watch,
    };
    int code;
    if (tool_source_begin(&source, &command, argc, argv, &code)) {
        if (watch.keylog && watch.format != NETWATCH_JSON)
            code = tool_usage("--keylog is for --json: what it opens is in no other form");
        else
            code = tool_source_run(&source, netwatch_chain(&source, &watch));
    }
    tool_source_end(&source);
    return code;
}
