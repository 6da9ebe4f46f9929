/* SPDX-License-Identifier: MIT */
/*
 * flows: packet_streamer ! packet_meta ! flows ! reverse_dns ! flow_summary. In: arguments. Out: a
 * line, or a JSON object, for each flow that has ended. Packets go on behind flows only where
 * somebody needs them there: the parsers that know services, and reverse_dns, which learns names
 * from DNS answers and, on an interface, asks for them before the flow ends.
 */
#include "flows.h"
#include "tool_source.h"

enum { OPTION_JSON = TOOL_OWN, OPTION_INTERIM, OPTION_SERVICES, OPTION_MAX_FLOWS };

struct flows {
    bool json, interim, services;
    uint64_t most; /* 0: the default */
};

static const struct option flows_options[] = {
    { "json", no_argument, NULL, OPTION_JSON },
    { "interim", no_argument, NULL, OPTION_INTERIM },
    { "services", no_argument, NULL, OPTION_SERVICES },
    { "max-flows", required_argument, NULL, OPTION_MAX_FLOWS },
    { NULL, 0, NULL, 0 },
};

static const char flows_forms[] =
    "      --json              one JSON object for each flow\n"
    "      --interim           a line every 300 s for flows that go on, too (\"active\")\n"
    "      --services          what they carry: http, too, and with -n dns\n"
    "      --max-flows=N       held at once (default 131072, 200 to 400 bytes each); then the\n"
    "                          longest idle one ends (\"evicted\")\n";

static const char flows_examples[] =
    "A line for each flow that has ended, who opened it first; the time is its first "
    "packet's:\n"
    "\n"
    "  TIME - TCP SRC:PORT --> DST:PORT STATE DURATION N/N pkts N/N bytes SERVICE HISTORY\n"
    "         rtt TIME retransmitted N/N lost N/N END\n"
    "\n"
    "N/N are those of the side that opened it and of the other one; bytes are payload. State\n"
    "and history are Zeek's words: SF closed by both, S0 never answered, REJ refused, RSTO\n"
    "and RSTR reset, OTH seen in the middle; S h A D F R for SYN, SYN-ACK, ACK, data, FIN and\n"
    "RST, large from the opener. The end is fin, rst, idle, evicted, input or reused.\n"
    "\n"
    "  chains flows                        connections here, as they end\n"
    "  chains flows -r capture.pcap        those of a capture\n"
    "  chains flows -r capture.pcap --json --services port 80\n";

static int flows_option(void *user, int option)
{
    struct flows *flows = user;
    if (option == OPTION_MAX_FLOWS)
        return tool_source_number("--max-flows", 16 * 1024 * 1024, &flows->most);
    flows->json = flows->json || option == OPTION_JSON;
    flows->interim = flows->interim || option == OPTION_INTERIM;
    flows->services = flows->services || option == OPTION_SERVICES;
    return TOOL_OK;
}

static chains_component *flows_sink(const struct tool_source *source, const struct flows *flows,
                                    chains_component *last)
{
    enum chains_flush flush = tool_source_flush(source);
    if (!flows->json)
        return tool_behind(
            last, chains_flow_summary(.flush = flush, .color = tool_source_colors(source)));
    last = tool_behind(last, chains_where(.expression = "flow"));
    last = tool_behind(last, chains_tagger(.local = tool_source_local(source)));
    return tool_behind(last, chains_json_lines(.flush = flush));
}

static int flows_run(const struct tool_source *source, const struct flows *flows)
{
    bool packets = flows->services || !source->no_names;
    chains_component *last = tool_behind(tool_source_streamer(source), chains_packet_meta());
    last = tool_behind(
        last, chains_flows(.only = packets ? CHAINS_FLOWS_BOTH : CHAINS_FLOWS_RECORDS,
                           .no_interim = !flows->interim, .no_community_id = !flows->json,
                           .flows = (uint32_t)flows->most));
    if (packets)
        last = tool_behind(last, chains_dns_meta(.no_unanswered = true));
    if (flows->services)
        last = tool_behind(last, chains_http_meta());
    last = tool_source_names(source, last);
    return tool_source_run(source, flows_sink(source, flows, last));
}

int flows_main(int argc, char **argv)
{
    struct tool_source source;
    struct flows flows = { .most = 0 };
    const struct tool_command command = {
        .name = "flows",
        .usage = "chains flows",
        .brief = "see connections as they end, on an interface or in capture files",
        .forms = flows_forms,
        .examples = flows_examples,
        .letters = "",
        .options = flows_options,
        .option = flows_option,
        .user = &flows,
    };
    int code;
    if (tool_source_begin(&source, &command, argc, argv, &code))
        code = flows_run(&source, &flows);
    tool_source_end(&source);
    return code;
}
