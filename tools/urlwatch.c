/* SPDX-License-Identifier: MIT */
/*
 * urlwatch: packet_streamer ! packet_meta ! flows ! dns_meta ! tls_meta ! quic_meta ! http_meta !
 * reverse_dns ! url_printer; dns_meta is there for the names that the traffic tells. In: arguments.
 * Out: a line for each request and response of HTTP, TLS and QUIC, or a JSON object for each packet
 * that ends one.
 */
#include "urlwatch.h"
#include "tool_source.h"

enum { OPTION_JSON = TOOL_OWN, OPTION_KEYLOG, OPTION_JA3 };

static const struct option urlwatch_options[] = {
    { "json", no_argument, NULL, OPTION_JSON },
    { "keylog", required_argument, NULL, OPTION_KEYLOG },
    { "ja3", no_argument, NULL, OPTION_JA3 },
    { NULL, 0, NULL, 0 },
};

static const char urlwatch_forms[] =
    "      --json              one JSON object for each packet that ends a message of HTTP or "
    "TLS\n"
    "      --keylog=FILE       keys of TLS, in the form that SSLKEYLOGFILE has: what they open "
    "is\n"
    "                          shown, too; the file may grow\n"
    "      --ja3               JA3 and JA3S beside JA4\n";

static const char urlwatch_examples[] =
    "A line for each request, when it has come whole, and for each response, on any port:\n"
    "\n"
    "  TIME - CLIENT --> SERVER METHOD URL  [USER AGENT]\n"
    "  TIME - CLIENT <-- SERVER STATUS REASON TYPE N bytes (TIME TAKEN) URL\n"
    "\n"
    "For TLS, DTLS and QUIC a line with the name that a client asks for, what it could speak\n"
    "inside and its JA4, and one when they have agreed; others only when there is trouble:\n"
    "\n"
    "  TIME - CLIENT --> SERVER TLS NAME (smtp, ech)  [h2,http/1.1] JA4\n"
    "  TIME - CLIENT <-- SERVER TLS 1.3 CIPHER PROTOCOL resumed (TIME TAKEN) NAME\n"
    "  TIME - CLIENT <-- SERVER TLS NAME certificate: expired (SUBJECT, until DATE)\n"
    "  TIME - CLIENT --> SERVER TLS NAME alert: unknown_ca\n"
    "  TIME - CLIENT <-- SERVER TLS NAME failed, without an answer\n"
    "\n"
    "NAME has its port where that is not 443; (smtp) is what was spoken before STARTTLS, "
    "(ech)\n"
    "an Encrypted Client Hello, or its dummy. Certificates are encrypted from TLS 1.3 on.\n"
    "Behind a line are WEIRD: and names where something is odd about it.\n"
    "\n"
    "  urlwatch                            what is fetched here, now\n"
    "  urlwatch -r capture.pcap            what was fetched in a capture\n"
    "  urlwatch -i eth0 --json port 8080   as JSON, of one port\n"
    "  urlwatch --keylog=/tmp/keys         with SSLKEYLOGFILE=/tmp/keys set for a browser\n";

struct urlwatch {
    bool json, ja3;
    const char *keylog;
};

static int urlwatch_option(void *user, int option)
{
    struct urlwatch *watch = user;
    if (option == OPTION_KEYLOG && !*optarg)
        return tool_usage("--keylog takes the name of a file");
    if (option == OPTION_KEYLOG)
        watch->keylog = optarg;
    watch->json = watch->json || option == OPTION_JSON;
    watch->ja3 = watch->ja3 || option == OPTION_JA3;
    return TOOL_OK;
}

/* The layers that lines are made of. */
static chains_component *urlwatch_layers(const struct tool_source *source,
                                         const struct urlwatch *watch, chains_component *last)
{
    last = tool_behind(last, chains_flows(.no_interim = true, .no_community_id = true));
    if (!source->no_names)
        last = tool_behind(last, chains_dns_meta(.no_unanswered = true));
    last = tool_behind(last, chains_tls_meta(.keylog = watch->keylog, .ja3 = watch->ja3));
    last = tool_behind(last, chains_quic_meta(.ja3 = watch->ja3));
    last = tool_behind(last, chains_http_meta());
    return tool_source_names(source, last);
}

/* Records with HTTP and TLS alone, as JSON: QUIC has the latter where anything is said. */
static chains_component *urlwatch_json(const struct tool_source *source, chains_component *last)
{
    last = tool_behind(last, chains_where(.expression = "http or tls"));
    last = tool_behind(last, chains_tagger(.local = tool_source_local(source)));
    return tool_behind(last, chains_json_lines(.flush = tool_source_flush(source)));
}

int urlwatch_main(int argc, char **argv)
{
    struct tool_source source;
    struct urlwatch watch = { 0 };
    const struct tool_command command = {
        .name = "urlwatch",
        .usage = "urlwatch",
        .brief =
            "see requests and responses of HTTP, TLS and QUIC, on an interface or in captures",
        .forms = urlwatch_forms,
        .examples = urlwatch_examples,
        .letters = "",
        .options = urlwatch_options,
        .option = urlwatch_option,
        .user = &watch,
    };
    int code;
    if (tool_source_begin(&source, &command, argc, argv, &code)) {
        chains_component *last =
            tool_behind(tool_source_streamer(&source), chains_packet_meta());
        last = urlwatch_layers(&source, &watch, last);
        if (watch.json)
            last = urlwatch_json(&source, last);
        else
            last = tool_behind(last, chains_url_printer(.flush = tool_source_flush(&source),
                                                        .color = tool_source_colors(&source)));
        code = tool_source_run(&source, last);
    }
    tool_source_end(&source);
    return code;
}
