/* SPDX-License-Identifier: MIT */
/*
 * urlwatch: packet_streamer ! packet_meta ! flows ! dns_meta ! http_meta ! reverse_dns ! url_printer;
 * dns_meta is there for the names that the traffic tells. In: arguments. Out: a line, or a JSON
 * object, for each HTTP request and response.
 */
#include "urlwatch.h"
#include "tool_source.h"

enum { OPTION_JSON = TOOL_OWN };

static const struct option urlwatch_options[] = {
    { "json", no_argument, NULL, OPTION_JSON },
    { NULL, 0, NULL, 0 },
};

static const char urlwatch_forms[] = "      --json              one JSON object for each "
                                     "packet that ends a request or response\n";

static const char urlwatch_examples[] =
    "A line for each request, when it has come whole, and for each response, on any port:\n"
    "\n"
    "  TIME - CLIENT --> SERVER METHOD URL  [USER AGENT]\n"
    "  TIME - CLIENT <-- SERVER STATUS REASON TYPE N bytes (TIME TAKEN) URL\n"
    "\n"
    "with WEIRD: and names behind it where something is odd about it.\n"
    "\n"
    "  urlwatch                            what is fetched here, now\n"
    "  urlwatch -r capture.pcap            what was fetched in a capture\n"
    "  urlwatch -i eth0 --json port 8080   as JSON, of one port\n";

static int urlwatch_option(void *user, int option)
{
    bool *json = user;
    *json = option == OPTION_JSON;
    return TOOL_OK;
}

/* Records with HTTP alone, as JSON. */
static chains_component *urlwatch_json(const struct tool_source *source, chains_component *last)
{
    last = tool_behind(last, chains_where(.expression = "http"));
    last = tool_behind(last, chains_tagger(.local = tool_source_local(source)));
    return tool_behind(last, chains_json_lines(.flush = tool_source_flush(source)));
}

int urlwatch_main(int argc, char **argv)
{
    struct tool_source source;
    bool json = false;
    const struct tool_command command = {
        .name = "urlwatch",
        .usage = "urlwatch",
        .brief = "see HTTP requests and responses, on an interface or in capture files",
        .forms = urlwatch_forms,
        .examples = urlwatch_examples,
        .letters = "",
        .options = urlwatch_options,
        .option = urlwatch_option,
        .user = &json,
    };
    int code;
    if (tool_source_begin(&source, &command, argc, argv, &code)) {
        chains_component *last =
            tool_behind(tool_source_streamer(&source), chains_packet_meta());
        last = tool_behind(last, chains_flows(.no_interim = true, .no_community_id = true));
        if (!source.no_names)
            last = tool_behind(last, chains_dns_meta(.no_unanswered = true));
        last = tool_behind(last, chains_http_meta());
        last = tool_source_names(&source, last);
        if (json)
            last = urlwatch_json(&source, last);
        else
            last = tool_behind(last, chains_url_printer(.flush = tool_source_flush(&source),
                                                        .color = tool_source_colors(&source)));
        code = tool_source_run(&source, last);
    }
    tool_source_end(&source);
    return code;
}
