/* SPDX-License-Identifier: MIT */
/*
 * netwatch: packet_streamer ! packet_meta ! reverse_dns ! tagger ! a sink. In: arguments. Out:
 * a line, a full print or a JSON object for each packet.
 */
#include "netwatch.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum netwatch_format { NETWATCH_SUMMARY, NETWATCH_FULL, NETWATCH_JSON };
enum netwatch_color { NETWATCH_COLOR_AUTO, NETWATCH_COLOR_ALWAYS, NETWATCH_COLOR_NEVER };

struct netwatch {
    const char *interface, *resolver;
    const char **files, **local; /* ended by NULL; room for argc of them */
    size_t file_count, local_count;
    char *filter;
    uint64_t max_packets, snaplen, duration, buffer_kib;
    enum netwatch_format format;
    enum netwatch_color color;
    bool no_names, lookup, line_buffered, no_promiscuous, no_progress;
};

enum {
    OPTION_JSON = TOOL_LONG,
    OPTION_COLOR,
    OPTION_LOOKUP,
    OPTION_RESOLVER,
    OPTION_LOCAL,
    OPTION_DURATION,
    OPTION_SNAPLEN,
    OPTION_PROGRESS,
};

enum { NETWATCH_SOON_MS = 50 }; /* where somebody watches: packets are shown twice as soon */

static const struct option netwatch_options[] = {
    { "interface", required_argument, NULL, 'i' },
    { "read", required_argument, NULL, 'r' },
    { "filter", required_argument, NULL, 'f' },
    { "count", required_argument, NULL, 'c' },
    { "no-names", no_argument, NULL, 'n' },
    { "lookup", no_argument, NULL, OPTION_LOOKUP },
    { "resolver", required_argument, NULL, OPTION_RESOLVER },
    { "local", required_argument, NULL, OPTION_LOCAL },
    { "summary", no_argument, NULL, 's' },
    { "verbose", no_argument, NULL, 'v' },
    { "json", no_argument, NULL, OPTION_JSON },
    { "line-buffered", no_argument, NULL, 'l' },
    { "color", required_argument, NULL, OPTION_COLOR },
    { "progress", required_argument, NULL, OPTION_PROGRESS },
    { "snaplen", required_argument, NULL, OPTION_SNAPLEN },
    { "duration", required_argument, NULL, OPTION_DURATION },
    { "buffer-size", required_argument, NULL, 'B' },
    { "no-promiscuous-mode", no_argument, NULL, 'p' },
    { "list-interfaces", no_argument, NULL, 'D' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};

static const char netwatch_help[] =
    "netwatch: see who talks to whom, on an interface or in capture files\n"
    "\n"
    "usage: netwatch [-i INTERFACE | -r FILE...] [OPTION]... [EXPRESSION]\n"
    "\n"
    "  -i, --interface=NAME    watch this interface (default: the first that is up; see -D)\n"
    "  -r, --read=FILE...      read capture files (pcap, pcapng, also .gz and .zst), in time\n"
    "                          order; - is standard input; words behind it that name files "
    "are\n"
    "                          files too, unless they begin a filter (see -f)\n"
    "  -f, --filter=EXPRESSION only packets that pass, pcap-filter(7); the last words do as "
    "well\n"
    "  -c, --count=N           end after N packets\n"
    "      --duration=SECONDS  end after so many seconds of capture\n"
    "      --snaplen=BYTES     keep at most so many bytes of each packet\n"
    "\n"
    "  -s, --summary           one line for each packet (default)\n"
    "  -v, --verbose           all that is known of each packet\n"
    "      --json              one JSON object for each packet\n"
    "  -l, --line-buffered     write at once (default on an interface and on a terminal)\n"
    "      --color=WHEN        auto, always or never\n"
    "      --progress=WHEN     auto or never: per cent read, on a terminal's stderr\n"
    "\n"
    "  -n, --no-names          addresses without names\n"
    "      --lookup            with -r: ask the network for names (on an interface it is "
    "asked\n"
    "                          anyway; a file's names come from /etc/hosts and known ranges)\n"
    "      --resolver=ADDR[:PORT]  ask this server instead of the system's; with -r too\n"
    "      --local=PREFIX      addresses that are LOCAL besides the private ranges; "
    "repeatable\n"
    "\n"
    "  -p, --no-promiscuous-mode  only packets to and from this host\n"
    "  -B, --buffer-size=KIB   the kernel's buffer (default 65536)\n"
    "  -D, --list-interfaces   what can be watched\n"
    "  -h, --help              this text\n"
    "  -V, --version           this version, and those of the libraries in use\n"
    "\n"
    "Exit code: 0 fine, 1 failure (a damaged capture included), 2 wrong usage.\n"
    "Signals: INT and TERM end it, a second one at once; USR1 prints statistics.\n"
    "\n"
    "  netwatch                            what this machine is talking to, now\n"
    "  netwatch -r capture.pcap port 53    the DNS packets of a capture\n"
    "  tcpdump -w - | netwatch -r - --json\n";

static void netwatch_list_one(void *user, const struct chains_interface *interface)
{
    (void)user;
    tool_put(stdout, interface->name);
    printf("  %s%s%s",
           !interface->up       ? "down"
           : interface->running ? "running"
                                : "up",
           interface->loopback ? " loopback" : "", interface->is_default ? " (default)" : "");
    printf("%s%s", interface->addresses[0] ? "  " : "", interface->addresses);
    if (interface->description) {
        printf("  -- ");
        tool_put(stdout, interface->description);
    }
    putchar('\n');
}

static int netwatch_list(void)
{
    char error[512];
    int count = chains_interfaces(netwatch_list_one, NULL, error, sizeof error);
    return count < 0 ? tool_problem("%s", error) : TOOL_OK;
}

/* One word out of several; -1 with a sentence when `text` is none of them. */
static int netwatch_word(const char *option, const char *text, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    tool_usage("--%s is %s%s%s%s%s, not \"%s\"", option, words[0], words[2] ? ", " : " or ",
               words[1], words[2] ? " or " : "", words[2] ? words[2] : "", text);
    return -1;
}

static int netwatch_number(const char *option, uint64_t most, uint64_t *number)
{
    if (tool_number(optarg, 1, most, number))
        return TOOL_OK;
    if (most > UINT32_MAX)
        return tool_usage("%s takes a number from 1 on, not \"%s\"", option, optarg);
    return tool_usage("%s takes a number from 1 to %llu, not \"%s\"", option,
                      (unsigned long long)most, optarg);
}

static int netwatch_text_option(struct netwatch *netwatch, int option)
{
    static const char *const colors[] = { "auto", "always", "never", NULL };
    static const char *const progresses[] = { "auto", "never", NULL };
    int word = 0;
    switch (option) {
    case 'i':
        if (netwatch->interface || !*optarg)
            return tool_usage("-i takes one name of an interface; see -D");
        netwatch->interface = optarg;
        break;
    case 'r':
        if (!*optarg)
            return tool_usage("-r takes the name of a capture");
        netwatch->files[netwatch->file_count++] = optarg;
        break;
    case 'f':
        free(netwatch->filter);
        netwatch->filter = strdup(optarg);
        if (!netwatch->filter)
            return tool_problem("no memory for the arguments");
        break;
    case OPTION_RESOLVER:
        netwatch->resolver = optarg;
        break;
    case OPTION_LOCAL:
        netwatch->local[netwatch->local_count++] = optarg;
        break;
    case OPTION_COLOR:
        word = netwatch_word("color", optarg, colors);
        netwatch->color = (enum netwatch_color)word;
        break;
    default: /* OPTION_PROGRESS */
        word = netwatch_word("progress", optarg, progresses);
        netwatch->no_progress = word == 1;
        break;
    }
    return word < 0 ? TOOL_USAGE : TOOL_OK;
}

static int netwatch_option(struct netwatch *netwatch, int option, char **argv)
{
    switch (option) {
    case 'c':
        return netwatch_number("-c", UINT64_MAX / 16, &netwatch->max_packets);
    case 'B':
        return netwatch_number("-B", 1024 * 1024, &netwatch->buffer_kib);
    case OPTION_DURATION:
        return netwatch_number("--duration", UINT32_MAX, &netwatch->duration);
    case OPTION_SNAPLEN:
        return netwatch_number("--snaplen", 262144, &netwatch->snaplen);
    case 'n':
        netwatch->no_names = true;
        return TOOL_OK;
    case OPTION_LOOKUP:
        netwatch->lookup = true;
        return TOOL_OK;
    case 's':
        netwatch->format = NETWATCH_SUMMARY;
        return TOOL_OK;
    case 'v':
        netwatch->format = NETWATCH_FULL;
        return TOOL_OK;
    case OPTION_JSON:
        netwatch->format = NETWATCH_JSON;
        return TOOL_OK;
    case 'l':
        netwatch->line_buffered = true;
        return TOOL_OK;
    case 'p':
        netwatch->no_promiscuous = true;
        return TOOL_OK;
    case '?':
    case ':':
        return tool_unknown(netwatch_options, argv, option);
    default:
        return netwatch_text_option(netwatch, option);
    }
}

/* Words that begin a part of a filter, pcap-filter(7): with a file of that name they still do. */
static bool netwatch_is_keyword(const char *word)
{
    static const char *const keywords[] = {
        "arp",    "broadcast", "decnet",  "dst",  "ether",    "fddi", "gateway",
        "geneve", "greater",   "host",    "icmp", "icmp6",    "igmp", "inbound",
        "ip",     "ip6",       "ip6host", "iso",  "len",      "less", "link",
        "mpls",   "multicast", "net",     "not",  "outbound", "port", "portrange",
        "pppoed", "pppoes",    "proto",   "rarp", "sctp",     "src",  "tcp",
        "udp",    "vlan",      "vxlan",   "wlan", NULL,
    };
    for (const char *const *keyword = keywords; *keyword; keyword++)
        if (strcmp(*keyword, word) == 0)
            return true;
    return false;
}

static bool netwatch_is_file(const char *word)
{
    struct stat found;
    if (netwatch_is_keyword(word))
        return false;
    return strcmp(word, "-") == 0 || (stat(word, &found) == 0 && !S_ISDIR(found.st_mode));
}

/* A word that can only be meant as a capture, for no filter has such an end. */
static bool netwatch_looks_like_file(const char *word)
{
    static const char *const ends[] = {
        ".pcap", ".pcapng", ".cap", ".dmp", ".gz", ".zst", NULL
    };
    size_t len = strlen(word);
    for (const char *const *end = ends; *end; end++)
        if (len > strlen(*end) && strcmp(word + len - strlen(*end), *end) == 0)
            return true;
    return false;
}

/* What is behind the options: more files after -r, then the words of the filter. */
static int netwatch_words(struct netwatch *netwatch, char **words)
{
    size_t size = 1;
    while (netwatch->file_count > 0 && *words && netwatch_is_file(*words))
        netwatch->files[netwatch->file_count++] = *words++;
    if (!*words)
        return TOOL_OK;
    for (char **word = words; *word; word++)
        if (netwatch_looks_like_file(*word))
            return netwatch->file_count > 0
                       ? tool_usage("%s: neither a file nor a part of a filter", *word)
                       : tool_usage("to read a capture: -r %s", *word);
    if (netwatch->filter)
        return tool_usage("the filter is given twice, with -f and as \"%s\"", *words);
    for (char **word = words; *word; word++)
        size += strlen(*word) + 1;
    netwatch->filter = calloc(1, size);
    if (!netwatch->filter)
        return tool_problem("no memory for the arguments");
    for (char **word = words; *word; word++) {
        strcat(netwatch->filter, *word);
        if (word[1])
            strcat(netwatch->filter, " ");
    }
    return TOOL_OK;
}

static bool netwatch_colors(const struct netwatch *netwatch)
{
    const char *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM"),
               *no = getenv("NO_COLOR");
    if (netwatch->color != NETWATCH_COLOR_AUTO)
        return netwatch->color == NETWATCH_COLOR_ALWAYS;
    if (no && *no)
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static chains_component *netwatch_sink(const struct netwatch *netwatch)
{
    enum chains_flush flush =
        netwatch->line_buffered ? CHAINS_FLUSH_LINE : CHAINS_FLUSH_DEFAULT;
    if (netwatch->format == NETWATCH_JSON)
        return chains_json_lines(.flush = flush);
    if (netwatch->format == NETWATCH_FULL)
        return chains_packet_printer(.flush = flush, .color = netwatch_colors(netwatch));
    return chains_packet_summary(.flush = flush, .color = netwatch_colors(netwatch));
}

static int netwatch_run(const struct netwatch *netwatch)
{
    bool files = netwatch->file_count > 0, ask = netwatch->lookup || netwatch->resolver;
    const char *const *local = netwatch->local_count ? netwatch->local : NULL;
    chains_component *streamer =
        chains_packet_streamer(.iface_name = netwatch->interface, .no_file = true,
                               .files = files ? netwatch->files : NULL, .bpf = netwatch->filter,
                               .max_packets = netwatch->max_packets,
                               .snaplen = (uint32_t)netwatch->snaplen,
                               .duration = (uint32_t)netwatch->duration,
                               .buffer_kib = (uint32_t)netwatch->buffer_kib,
                               .timeout_ms = isatty(STDOUT_FILENO) || netwatch->line_buffered
                                                 ? NETWATCH_SOON_MS
                                                 : 0,
                               .no_promiscuous = netwatch->no_promiscuous);
    chains_component *meta = chains_packet_meta();
    chains_component *tagger = chains_tagger(.local = local);
    chains_component *sink = netwatch_sink(netwatch);
    chains_link(meta, streamer);
    if (netwatch->no_names) {
        chains_link(tagger, meta);
    } else {
        chains_component *names =
            chains_reverse_dns(.mode = ask ? CHAINS_NAMES_ACTIVE : CHAINS_NAMES_DEFAULT,
                               .resolver = netwatch->resolver, .local = local);
        chains_link(names, meta);
        chains_link(tagger, names);
    }
    chains_link(sink, tagger);
    struct tool_run run = {
        .last = sink,
        .live = !files,
        .progress = files && !netwatch->no_progress && isatty(STDERR_FILENO),
    };
    int code = sink ? tool_pull(&run) : tool_problem("%s", chains_error(NULL));
    chains_free(sink);
    return code;
}

static int netwatch_parse(struct netwatch *netwatch, int argc, char **argv)
{
    int option, code = TOOL_OK;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":i:r:f:c:nsvlB:pDhV", netwatch_options, NULL)) !=
           -1) {
        if (option == 'h') {
            fputs(netwatch_help, stdout);
            return -1;
        }
        if (option == 'V' || option == 'D') {
            code = option == 'V' ? tool_version() : netwatch_list();
            return code ? code : -1;
        }
        code = netwatch_option(netwatch, option, argv);
        if (code)
            return code;
    }
    code = netwatch_words(netwatch, argv + optind);
    if (code)
        return code;
    if (netwatch->interface && netwatch->file_count)
        return tool_usage("-i and -r exclude each other");
    if (netwatch->no_names && (netwatch->lookup || netwatch->resolver))
        return tool_usage("-n excludes --lookup and --resolver");
    return TOOL_OK;
}

int netwatch_main(int argc, char **argv)
{
    struct netwatch netwatch = { 0 };
    tool_name = "netwatch";
    netwatch.files = calloc((size_t)argc + 1, sizeof *netwatch.files);
    netwatch.local = calloc((size_t)argc + 1, sizeof *netwatch.local);
    int code = TOOL_FAILED;
    if (netwatch.files && netwatch.local) {
        code = netwatch_parse(&netwatch, argc, argv);
        if (code == TOOL_OK)
            code = netwatch_run(&netwatch);
        else if (code == -1)
            code = tool_printed();
    } else {
        tool_problem("no memory for the arguments");
    }
    free(netwatch.files);
    free(netwatch.local);
    free(netwatch.filter);
    return code;
}
