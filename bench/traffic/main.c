/* SPDX-License-Identifier: MIT */
/*
 * traffic: packets of conversations that never were. In: options. Out: a pcap file on standard
 * output, or packets on an interface. With --hold it says on standard error how far it is and waits
 * for a line, so that whoever reads can be looked at between two packets.
 */
#include "out.h"
#include "traffic.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOT_SAID UINT64_MAX

enum { ACTIVE_MOST = 2000000 };

struct arguments {
    uint64_t packets, flows, hosts, seed, rate, hold, seconds, active, v6, pace;
    const char *kinds, *templates, *send;
    const struct like *like;
};

static const char help[] =
    "traffic: packets of conversations that never were, the same ones every time\n"
    "\n"
    "usage: traffic [OPTION]... >FILE.pcap\n"
    "       traffic [OPTION]... --send=INTERFACE\n"
    "\n"
    "  --like=NAME        like a capture of these, see below; other options change it\n"
    "  --packets=N        so many packets (1000000)\n"
    "  --flows=N          of so many flows; then they begin again (a quarter of the packets)\n"
    "  --hosts=N          between so many hosts (two fifths of the flows)\n"
    "  --kinds=A,B:7,...  conversations of these kinds (all, by weight), as often as that\n"
    "  --active=N         conversations at a time (4096)\n"
    "  --v6=PERCENT       of them over IPv6 (15)\n"
    "  --rate=N           packets a second by their time stamps (20000)\n"
    "  --seed=N           other conversations (1)\n"
    "  --templates=A,B... pcap files with conversations of TLS, QUIC, HTTP and DNS (with\n"
    "                     --like tls.pcap and talk.pcap of the tests)\n"
    "  --hold=N           every N packets: a line \"PACKETS FLOWS\" on standard error, then\n"
    "                     wait for a line on standard input\n"
    "  --send=INTERFACE   as fast as it takes them; \"PACKETS REFUSED\" is printed at the end\n"
    "  --seconds=N        with --send: end after so many seconds\n"
    "  --pace=N           with --send: so many packets a second, 64 at a time\n"
    "\n";

static const struct option options[] = {
    { "like", required_argument, NULL, 'l' },    { "packets", required_argument, NULL, 'p' },
    { "flows", required_argument, NULL, 'f' },   { "hosts", required_argument, NULL, 'H' },
    { "kinds", required_argument, NULL, 'k' },   { "active", required_argument, NULL, 'a' },
    { "v6", required_argument, NULL, '6' },      { "rate", required_argument, NULL, 'r' },
    { "seed", required_argument, NULL, 's' },    { "templates", required_argument, NULL, 't' },
    { "hold", required_argument, NULL, 'o' },    { "send", required_argument, NULL, 'i' },
    { "seconds", required_argument, NULL, 'S' }, { "pace", required_argument, NULL, 'P' },
    { "help", no_argument, NULL, 'h' },          { NULL, 0, NULL, 0 },
};

static int wrong(const char *what, const char *why)
{
    fprintf(stderr, "traffic: %s: %s\n", what, why);
    return 2;
}

static int show_help(void)
{
    fputs(help, stdout);
    puts("captures:");
    for (const struct like *like = likes; like->name; like++)
        printf("  %-16s %s\n", like->name, like->brief);
    puts("\nkinds:");
    for (const struct talk_kind *kind = talk_kinds; kind->name; kind++)
        printf("  %-16s %s\n", kind->name, kind->brief);
    return 0;
}

/* "20M" is 20,000,000. */
static bool read_number(const char *text, uint64_t *number)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || value > UINT64_C(1000000000000))
        return false;
    if (*end == 'k' || *end == 'M')
        value *= *end++ == 'k' ? 1000 : 1000000;
    *number = value;
    return *end == '\0';
}

/* Where the number of an option goes; NULL: it has none. */
static uint64_t *option_number(struct arguments *arguments, int option)
{
    switch (option) {
    case 'p':
        return &arguments->packets;
    case 'f':
        return &arguments->flows;
    case 'H':
        return &arguments->hosts;
    case 'a':
        return &arguments->active;
    case '6':
        return &arguments->v6;
    case 'r':
        return &arguments->rate;
    case 's':
        return &arguments->seed;
    case 'o':
        return &arguments->hold;
    case 'S':
        return &arguments->seconds;
    case 'P':
        return &arguments->pace;
    default:
        return NULL;
    }
}

/* -1: go on. */
static int read_option(struct arguments *arguments, int option)
{
    uint64_t *number = option_number(arguments, option);
    if (number)
        return read_number(optarg, number) ? -1 : wrong(optarg, "no number");
    switch (option) {
    case 'l':
        arguments->like = like_of(optarg);
        return arguments->like ? -1 : wrong(optarg, "no capture of that name; try --help");
    case 'k':
        arguments->kinds = optarg;
        return -1;
    case 't':
        arguments->templates = optarg;
        return -1;
    case 'i':
        arguments->send = optarg;
        return -1;
    case 'h':
        return show_help();
    default:
        return 2;
    }
}

static void fill(uint64_t *number, uint64_t value)
{
    if (*number == NOT_SAID)
        *number = value;
}

/* What no option said. */
static void fill_arguments(struct arguments *arguments)
{
    static const struct like plain = {
        .packets = 1000000, .rate = 20000, .active = 4096, .v6_percent = 15
    };
    const struct like *like = arguments->like ? arguments->like : &plain;
    fill(&arguments->packets, like->packets);
    fill(&arguments->rate, like->rate);
    fill(&arguments->active, like->active);
    fill(&arguments->v6, like->v6_percent);
    if (arguments->like) {
        fill(&arguments->flows, UINT32_MAX);
        fill(&arguments->hosts, like->clients + like->servers);
        arguments->kinds = arguments->kinds ? arguments->kinds : like->kinds;
        arguments->templates = arguments->templates ? arguments->templates : TRAFFIC_TEMPLATES;
    }
    fill(&arguments->flows, arguments->packets / 4 + 1);
    fill(&arguments->hosts, arguments->flows * 2 / 5 + 2);
}

/* -1: go on. */
static int read_arguments(struct arguments *arguments, int argc, char **argv)
{
    int option, code;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if ((code = read_option(arguments, option)) != -1)
            return code;
    if (optind < argc)
        return wrong(argv[optind], "no option; try --help");
    fill_arguments(arguments);
    if (!arguments->rate || !arguments->active || arguments->active > ACTIVE_MOST)
        return wrong("--rate and --active", "are not 0, and --active at most 2000000");
    if (!arguments->packets || !arguments->flows || arguments->hosts < 4)
        return wrong("--packets and --flows", "are not 0, and --hosts at least 4");
    return -1;
}

/* Says how far it is and waits for a line; false: nobody is there any more. */
static bool held(uint64_t packets, const struct mix *mix)
{
    char line[16];
    fprintf(stderr, "%" PRIu64 " %" PRIu64 "\n", packets, mix_flows(mix));
    return fgets(line, sizeof line, stdin) != NULL;
}

static int write_capture(const struct arguments *arguments, struct mix *mix)
{
    struct frame frame;
    const int64_t start_ns = INT64_C(1704164645) * 1000000000; /* 2024-01-02 03:04:05 UTC */
    bool there = out_capture_begin();
    for (uint64_t i = 0; there && i < arguments->packets; i++) {
        mix_next(mix, &frame);
        double seconds = (double)i / (double)arguments->rate;
        there = out_capture(&frame, start_ns + (int64_t)(seconds * 1e9));
        if (there && arguments->hold && (i + 1) % arguments->hold == 0)
            there = out_capture_flush() && held(i + 1, mix);
    }
    return there && out_capture_flush() ? 0 : 1;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Looks at the clock until it is time: a sleep would be late by more than a packet's share. */
static void wait_until(double moment)
{
    while (now() < moment)
        ;
}

static int send_packets(const struct arguments *arguments, struct mix *mix)
{
    const char *problem = NULL;
    struct out_link *link = out_link_open(arguments->send, &problem);
    if (!link)
        return wrong(arguments->send, problem);
    double begin = now(), end = begin + (double)arguments->seconds;
    bool there = true;
    for (uint64_t i = 0; there && i < arguments->packets; i++) {
        if (arguments->pace && i % OUT_LINK_FRAMES == 0)
            wait_until(begin + (double)i / (double)arguments->pace);
        mix_next(mix, out_link_frame(link));
        there = out_link_send(link);
        if (arguments->seconds && i % 1024 == 0 && now() >= end)
            break;
    }
    there = out_link_flush(link) && there;
    printf("%" PRIu64 " %" PRIu64 "\n", out_link_sent(link), out_link_refused(link));
    out_link_close(link);
    return there ? 0 : 1;
}

/* How many hosts are clients, of `hosts`; 0: it is like no place. */
static uint64_t clients_of(const struct like *like, uint64_t hosts)
{
    if (!like)
        return 0;
    uint64_t clients = hosts * like->clients / (like->clients + like->servers);
    return clients ? clients : 1;
}

static int make_traffic(const struct arguments *arguments, const struct traffic *traffic)
{
    const struct mix_options of = { .packets = arguments->packets,
                                    .flows = arguments->flows,
                                    .seed = arguments->seed,
                                    .kinds = arguments->kinds,
                                    .active = (unsigned)arguments->active,
                                    .train = arguments->like ? arguments->like->train : 0,
                                    .rate = arguments->rate };
    const char *problem = NULL;
    struct mix *mix = mix_new(&of, traffic, &problem);
    if (!mix)
        return wrong("--kinds", problem);
    int code = arguments->send ? send_packets(arguments, mix) : write_capture(arguments, mix);
    mix_free(mix);
    return code;
}

int main(int argc, char **argv)
{
    struct arguments arguments = { .packets = NOT_SAID,
                                   .flows = NOT_SAID,
                                   .hosts = NOT_SAID,
                                   .rate = NOT_SAID,
                                   .active = NOT_SAID,
                                   .v6 = NOT_SAID,
                                   .seed = 1 };
    const char *problem = NULL;
    int code = read_arguments(&arguments, argc, argv);
    if (code >= 0)
        return code;
    struct templates *templates =
        arguments.templates ? templates_read(arguments.templates, &problem) : NULL;
    if (problem)
        return wrong(arguments.templates, problem);
    struct traffic traffic = { .hosts = arguments.hosts,
                               .clients = clients_of(arguments.like, arguments.hosts),
                               .salt = dice_mix(arguments.seed),
                               .v6_percent = (unsigned)arguments.v6,
                               .templates = templates };
    traffic.bodies = bodies_new(traffic.salt);
    code = traffic.bodies ? make_traffic(&arguments, &traffic) : wrong("bodies", "no memory");
    bodies_free(traffic.bodies);
    templates_free(templates);
    return code;
}
