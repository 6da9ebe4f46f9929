/* SPDX-License-Identifier: MIT */
/*
 * bench_worst: what the dearest packets cost. In: capture files and folders of them. Out: the packets
 * that took longest through the longest chain, and those that took longest for their size. Each
 * capture goes through a chain of its own, a packet at a time, several times; the least time of a
 * packet counts, so that what else the machine does does not. Which component took most of it comes
 * from rounds of their own, for asking takes time.
 */
#include <chains.h>
#include <chains/component.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, TELLING = 3, PARTS_MOST = 24, ERROR = 4096, FILES_MOST = 65536 };

static const char worst_chain[] =
    "packet_streamer $IN ! one ! packet_meta ! flows ! dns_meta ! tls_meta ! quic_meta "
    "! "
    "http_meta ! reverse_dns mode=passive ! tagger ! dns_weird ! json_lines $OUT ! "
    "packet_printer $OUT";

static struct {
    unsigned top;
    size_t least_size; /* captured bytes of a packet whose cost per byte counts */
    double most_ns, most_ratio;
} options = { .top = 10, .least_size = 256 };

struct cost {
    const char *file;
    uint64_t number;
    uint32_t size;
    double ns;
    double part_ns[PARTS_MOST];
};

static char **files;
static size_t file_count;
static struct cost *costs;
static size_t cost_count, cost_room;
static const char *part_name[PARTS_MOST];
static size_t part_count;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ---- a link that lets one packet through at a time ------------------------------------------- */

struct one {
    struct chains_batch *batch;
    size_t next;
    double waited_ns; /* for the source */
    uint64_t number;
    uint32_t size;
};

static int one_open(chains_component *self)
{
    struct one *one = chains_state(self);
    one->batch = chains_batch_new(self, 0);
    return one->batch ? CHAINS_OK : CHAINS_EMEM;
}

static int one_next(chains_component *self, struct chains_batch *out)
{
    struct one *one = chains_state(self);
    double begin = now_ns();
    one->waited_ns = 0;
    if (one->next == chains_batch_count(one->batch)) {
        one->next = 0;
        int status = chains_pull_into(self, one->batch);
        if (status != CHAINS_OK)
            return status;
    }
    const struct chains_record *from = chains_batch_record(one->batch, one->next++);
    struct chains_record *rec = chains_batch_add(out);
    const struct chains_layout *layout = rec->layout;
    *rec = *from;
    rec->layout = layout;
    one->number = rec->number;
    one->size = (uint32_t)rec->bytes.len;
    one->waited_ns = now_ns() - begin;
    return CHAINS_OK;
}

static void one_close(chains_component *self)
{
    struct one *one = chains_state(self);
    chains_batch_free(one->batch);
    one->batch = NULL;
}

static const struct chains_class one_class = {
    .name = "one",
    .brief = "one packet at a time",
    .role = CHAINS_LINK,
    .takes = CHAINS_PACKETS,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct one),
    .open = one_open,
    .next = one_next,
    .close = one_close,
};

/* ---- one capture ------------------------------------------------------------------------------ */

static const char *worst_variable(void *user, const char *name)
{
    return strcmp(name, "IN") == 0 ? user : "/dev/null";
}

static chains_component *worst_new(char *file)
{
    static const struct chains_class *const classes[] = { &one_class, NULL };
    char error[ERROR];
    struct chains_parse_options parse = {
        .size = sizeof parse, .classes = classes, .variable = worst_variable, .user = file
    };
    chains_component *last = chains_parse_text(worst_chain, &parse, error, sizeof error);
    if (!last) {
        fprintf(stderr, "bench_worst: %s\n", error);
        exit(2);
    }
    return last;
}

static struct one *worst_one(chains_component *last, chains_component *part[PARTS_MOST])
{
    struct one *one = NULL;
    part_count = 0;
    for (chains_component *at = last; at; at = chains_upstream(at)) {
        struct chains_stats stats = { .size = sizeof stats };
        chains_stats(at, &stats);
        if (strcmp(stats.name, "one") == 0) {
            one = chains_state(at);
            break;
        }
        part_name[part_count] = stats.name;
        part[part_count++] = at;
    }
    return one;
}

static struct cost *worst_cost(size_t i, const char *file, const struct one *one)
{
    if (i == cost_room) {
        cost_room = cost_room ? cost_room * 2 : 4096;
        costs = realloc(costs, cost_room * sizeof *costs);
        if (!costs)
            abort();
    }
    struct cost *cost = &costs[i];
    if (i == cost_count) {
        cost_count++;
        *cost =
            (struct cost){ .file = file, .number = one->number, .size = one->size, .ns = 1e18 };
        for (size_t part = 0; part < PARTS_MOST; part++)
            cost->part_ns[part] = 1e18;
    }
    return cost;
}

static void worst_tell(struct cost *cost, chains_component *part[PARTS_MOST],
                       uint64_t before[PARTS_MOST])
{
    for (size_t i = 0; i < part_count; i++) {
        struct chains_stats stats = { .size = sizeof stats };
        chains_stats(part[i], &stats);
        double took = (double)(stats.time_ns - before[i]);
        before[i] = stats.time_ns;
        cost->part_ns[i] = took < cost->part_ns[i] ? took : cost->part_ns[i];
    }
}

/* Packet after packet; where costs of the capture begin in the list. */
static void worst_round(char *file, size_t first, bool tells)
{
    chains_component *part[PARTS_MOST];
    uint64_t before[PARTS_MOST] = { 0 };
    chains_component *last = worst_new(file);
    struct one *one = worst_one(last, part);
    if (tells)
        chains_measure(last);
    if (chains_open(last) == CHAINS_OK)
        chains_start(last);
    for (size_t i = first;;) {
        double begin = now_ns();
        int status = chains_step(last);
        double took = now_ns() - begin - one->waited_ns;
        if (status != CHAINS_OK && status != CHAINS_IDLE)
            break;
        if (status == CHAINS_IDLE)
            continue;
        struct cost *cost = worst_cost(i++, file, one);
        if (tells)
            worst_tell(cost, part, before);
        else
            cost->ns = took < cost->ns ? took : cost->ns;
    }
    chains_free(last);
}

/* ---- what is said ----------------------------------------------------------------------------- */

static double per_byte(const struct cost *cost)
{
    return cost->ns / (cost->size ? cost->size : 1);
}

static int by_time(const void *a_, const void *b_)
{
    const struct cost *a = a_, *b = b_;
    return a->ns < b->ns ? 1 : a->ns > b->ns ? -1 : 0;
}

/* Packets that are too small for it stand behind all others. */
static int by_byte(const void *a_, const void *b_)
{
    const struct cost *a = a_, *b = b_;
    bool small_a = a->size < options.least_size, small_b = b->size < options.least_size;
    if (small_a != small_b)
        return small_a ? 1 : -1;
    return per_byte(a) < per_byte(b) ? 1 : per_byte(a) > per_byte(b) ? -1 : 0;
}

static void worst_print(double median)
{
    printf("%10s %8s %9s %7s  %-22s %s\n", "ns", "bytes", "ns/byte", "median", "most of it in",
           "packet");
    for (size_t i = 0; i < options.top && i < cost_count; i++) {
        const struct cost *cost = &costs[i];
        double all = 0;
        size_t most = 0;
        for (size_t part = 0; part < part_count; part++) {
            all += cost->part_ns[part];
            if (cost->part_ns[part] > cost->part_ns[most])
                most = part;
        }
        printf("%10.0f %8u %9.2f %6.1fx  %-17s %3.0f%% %s:%llu\n", cost->ns, cost->size,
               per_byte(cost), per_byte(cost) / median, part_name[most],
               all > 0 ? 100 * cost->part_ns[most] / all : 0, cost->file,
               (unsigned long long)cost->number);
    }
}

static int worst_say(void)
{
    size_t large = 0;
    qsort(costs, cost_count, sizeof *costs, by_byte);
    while (large < cost_count && costs[large].size >= options.least_size)
        large++;
    if (large == 0) {
        fprintf(stderr, "bench_worst: no packet of %zu bytes or more\n", options.least_size);
        return 2;
    }
    double median = per_byte(&costs[large / 2]), ratio = per_byte(&costs[0]) / median;
    printf("%zu packets of %zu captures, the least of %d rounds\n\nfor their size, of the %zu "
           "packets of %zu bytes or more (median %.2f ns a byte)\n",
           cost_count, file_count, ROUNDS, large, options.least_size, median);
    worst_print(median);
    qsort(costs, cost_count, sizeof *costs, by_time);
    printf("\nin all\n");
    worst_print(median);
    printf("\nworst packet %.3f ms; worst cost of a byte %.1f times the median\n",
           costs[0].ns / 1e6, ratio);
    bool dear = (options.most_ns > 0 && costs[0].ns > options.most_ns) ||
                (options.most_ratio > 0 && ratio > options.most_ratio);
    return dear;
}

/* ---- what is asked ---------------------------------------------------------------------------- */

static int worst_file(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)at;
    bool capture = strstr(path, ".pcap") || strstr(path, ".cap") || strstr(path, ".pcapng");
    if (kind != FTW_F || !capture || strstr(path, ".tsv") || strstr(path, ".err") ||
        file_count == FILES_MOST)
        return 0;
    files = realloc(files, (file_count + 1) * sizeof *files);
    if (!files || !(files[file_count++] = strdup(path)))
        abort();
    return 0;
}

static const char usage[] =
    "usage: bench_worst [top=N] [size=BYTES] [most-ms=N] [most-ratio=N] FILE|FOLDER...\n"
    "Which packets of these captures take longest. top: how many are shown, 10; size: least\n"
    "captured size of those whose cost for their size counts, 256. Exit code 1 where the "
    "worst\n"
    "takes more milliseconds, or more times the median of a byte, than given.\n";

static bool worst_option(const char *word)
{
    char *end = NULL;
    if (strncmp(word, "top=", 4) == 0)
        options.top = (unsigned)strtoul(word + 4, &end, 10);
    else if (strncmp(word, "size=", 5) == 0)
        options.least_size = strtoul(word + 5, &end, 10);
    else if (strncmp(word, "most-ms=", 8) == 0)
        options.most_ns = strtod(word + 8, &end) * 1e6;
    else if (strncmp(word, "most-ratio=", 11) == 0)
        options.most_ratio = strtod(word + 11, &end);
    return end && *end == '\0';
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!worst_option(argv[i]))
            nftw(argv[i], worst_file, 16, FTW_PHYS);
    if (file_count == 0) {
        fputs(usage, stderr);
        return 2;
    }
    for (size_t i = 0; i < file_count; i++) {
        size_t first = cost_count;
        for (unsigned round = 0; round < ROUNDS + TELLING; round++)
            worst_round(files[i], first, round >= ROUNDS);
    }
    return worst_say();
}
