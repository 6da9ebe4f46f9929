/* SPDX-License-Identifier: MIT */
/*
 * weird-dns: packet_streamer ! packet_meta ! flows ! dns_meta ! dns_weird ! reverse_dns ! dns_printer.
 * Names come last: asking for those of all packets would itself be odd DNS traffic. In: arguments.
 * Out: DNS messages with something odd about them, with the reason.
 */
#include "weird_dns.h"
#include "tool_source.h"

enum { OPTION_JSON = TOOL_OWN };

static const struct option weird_dns_options[] = {
    { "json", no_argument, NULL, OPTION_JSON },
    { NULL, 0, NULL, 0 },
};

static const char weird_dns_forms[] =
    "      --json              one JSON object for each of them\n";

static const char weird_dns_examples[] =
    "Only DNS messages with something odd about them, with the reasons. DNS is looked for on\n"
    "ports 53, 5353 (mDNS) and 5355 (LLMNR), over UDP and TCP.\n"
    "\n"
    "  chains weird-dns                    odd DNS here, now\n"
    "  chains weird-dns -r capture.pcap    in a capture\n"
    "  chains weird-dns -r capture.pcap --json\n";

static int weird_dns_option(void *user, int option)
{
    bool *json = user;
    *json = option == OPTION_JSON;
    return TOOL_OK;
}

int weird_dns_main(int argc, char **argv)
{
    struct tool_source source;
    bool json = false;
    const struct tool_command command = {
        .name = "weird-dns",
        .usage = "chains weird-dns",
        .brief = "see DNS messages that are odd, on an interface or in capture files",
        .forms = weird_dns_forms,
        .examples = weird_dns_examples,
        .letters = "",
        .options = weird_dns_options,
        .option = weird_dns_option,
        .user = &json,
    };
    int code;
    if (tool_source_begin(&source, &command, argc, argv, &code)) {
        enum chains_flush flush = tool_source_flush(&source);
        chains_component *last =
            tool_behind(tool_source_streamer(&source), chains_packet_meta());
        last = tool_behind(last,
                           chains_flows(.only = CHAINS_FLOWS_PACKETS, .no_community_id = true));
        last = tool_behind(last, chains_dns_meta());
        last = tool_behind(last, chains_dns_weird(.only = true));
        last = tool_source_names(&source, last);
        if (json)
            last = tool_behind(last, chains_tagger(.local = tool_source_local(&source)));
        last =
            json ? tool_behind(last, chains_json_lines(.flush = flush))
                 : tool_behind(last, chains_dns_printer(.flush = flush,
                                                        .color = tool_source_colors(&source)));
        code = tool_source_run(&source, last);
    }
    tool_source_end(&source);
    return code;
}
