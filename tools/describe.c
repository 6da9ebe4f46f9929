/* SPDX-License-Identifier: MIT */
/*
 * What there is to make a chain of. In: the classes of the library and of plugins. Out: a list of
 * them, or all about one: options with their types and defaults, as text or as JSON.
 */
#include "describe.h"

#include "tool.h"
#include "tool_json.h"
#include "topics.h"

#include <string.h>

enum { DESCRIBE_LINE = 2048 };

static const char *describe_role(const struct chains_class *cls)
{
    return cls->role == CHAINS_SOURCE ? "source" : cls->role == CHAINS_LINK ? "link" : "sink";
}

/* ---- list ---- */

static const char list_help[] =
    "chains list: the components there are\n"
    "\n"
    "usage: chains list [--json] [--plugin FILE.so]...\n"
    "\n"
    "      --json              one JSON document\n"
    "      --plugin=FILE.so    those of a shared object, too; repeatable\n"
    "  -h, --help              this text\n";

static void list_role(const struct describe *describe, enum chains_role role, const char *title)
{
    const struct chains_class *cls;
    printf("%s\n", title);
    for (size_t i = 0; (cls = tool_plugins_class(&describe->plugins, i)); i++) {
        if (cls->role != role)
            continue;
        fputs("  ", stdout);
        describe_pad(cls->name, 18);
        describe_wrap(cls->brief ? cls->brief : "", 20, 20);
    }
}

static void list_json(const struct describe *describe)
{
    struct tool_json json = { .out = stdout };
    const struct chains_class *cls;
    tool_json_begin(&json, NULL, '[');
    for (size_t i = 0; (cls = tool_plugins_class(&describe->plugins, i)); i++) {
        tool_json_begin(&json, NULL, '{');
        tool_json_text(&json, "name", cls->name);
        tool_json_text(&json, "role", describe_role(cls));
        tool_json_text(&json, "description", cls->brief);
        tool_json_end(&json);
    }
    tool_json_end(&json);
}

int list_main(int argc, char **argv)
{
    struct describe describe = { 0 };
    int code = describe_arguments(&describe, argc, argv);
    if (code == TOOL_OK && describe.word) {
        code =
            tool_usage("list takes no word; for one component: chains help %s", describe.word);
    } else if (code == TOOL_OK) {
        if (describe.help) {
            fputs(list_help, stdout);
        } else if (describe.json) {
            list_json(&describe);
        } else {
            list_role(&describe, CHAINS_SOURCE, "sources");
            list_role(&describe, CHAINS_LINK, "\nlinks");
            list_role(&describe, CHAINS_SINK, "\nsinks");
        }
        code = tool_printed();
    }
    describe_end(&describe);
    return code;
}

/* ---- help ---- */

static const char help_help[] =
    "chains help: all about a component\n"
    "\n"
    "usage: chains help COMPONENT [--json] [--plugin FILE.so]...\n"
    "       chains help words | expressions | COMMAND\n"
    "\n"
    "      --json              one JSON document\n"
    "      --plugin=FILE.so    components of a shared object, too; repeatable\n"
    "  -h, --help              this text\n";

/* A line of use for what is built in; for others one is made from the role. */
static const struct {
    const char *name, *line;
} help_examples[] = {
    { "packet_streamer",
      "packet_streamer capture.pcap bpf='udp port 53' max_packets=1000 ! packet_meta ! "
      "packet_summary" },
    { "merge", "merge [ inside.pcap ] [ outside.pcap ] ! packet_meta ! packet_summary" },
    { "packet_meta", "capture.pcap ! packet_meta ! packet_printer" },
    { "transport_meta", "capture.pcap ! packet_meta through=packet ! transport_meta ! "
                        "packet_printer" },
    { "reverse_dns", "capture.pcap ! packet_meta ! reverse_dns mode=passive ! packet_summary" },
    { "tagger",
      "capture.pcap ! packet_meta ! tagger rule='web: transport.dport in {80, 443}' ! "
      "packet_summary" },
    { "where", "capture.pcap ! packet_meta ! where 'transport.dport == 53' ! packet_summary" },
    { "flows", "capture.pcap ! packet_meta ! flows only=records ! flow_summary" },
    { "dns_meta", "capture.pcap ! packet_meta ! flows only=packets ! dns_meta ! where "
                  "'dns.rcode_name == \"NXDOMAIN\"' ! dns_printer" },
    { "dns_weird", "capture.pcap ! packet_meta ! flows only=packets ! dns_meta ! dns_weird "
                   "only=yes ! dns_printer" },
    { "http_meta", "capture.pcap ! packet_meta ! flows only=packets ! http_meta ! where http ! "
                   "json_lines" },
    { "tls_meta", "capture.pcap ! packet_meta ! flows only=packets ! tls_meta ! where tls ! "
                  "json_lines" },
    { "quic_meta", "capture.pcap ! packet_meta ! flows only=packets ! quic_meta ! where quic ! "
                   "json_lines" },
    { "hello_meta", "capture.pcap ! packet_meta ! hello_meta ! fields packet.dst,tls.sni" },
    { "exec", "capture.pcap ! packet_meta ! exec './tag.py' on_exit=restart ! json_lines" },
    { "tee",
      "capture.pcap ! packet_meta ! tee [ packet_summary ] [ json_lines path=all.jsonl ]" },
    { "packet_printer", "capture.pcap ! packet_meta ! packet_printer path=packets.txt" },
    { "packet_summary", "capture.pcap ! packet_meta ! packet_summary" },
    { "flow_summary", "capture.pcap ! packet_meta ! flows only=records ! reverse_dns ! "
                      "flow_summary" },
    { "url_printer", "capture.pcap ! packet_meta ! flows only=packets ! http_meta ! "
                     "url_printer path=urls.txt" },
    { "dns_printer", "capture.pcap ! packet_meta ! flows only=packets ! dns_meta ! "
                     "dns_printer" },
    { "json_lines", "capture.pcap ! packet_meta ! json_lines path=packets.jsonl.gz" },
    { "fields", "capture.pcap ! packet_meta ! fields number,packet.src,packet.dst format=csv" },
    { "count", "capture.pcap ! packet_meta ! count by=packet.src,transport.dport top=20" },
    { "pcap_writer", "capture.pcap ! packet_meta ! where udp ! pcap_writer path=udp.pcapng" },
};

static void help_example(const struct chains_class *cls, char *line, size_t size)
{
    line[0] = '\0';
    for (size_t i = 0; i < sizeof help_examples / sizeof *help_examples; i++)
        if (strcmp(cls->name, help_examples[i].name) == 0)
            describe_add(line, size, "chains run %s", help_examples[i].line);
    if (line[0])
        return;
    if (cls->role == CHAINS_SOURCE)
        describe_add(line, size, "chains run %s ! packet_meta ! packet_summary", cls->name);
    else
        describe_add(line, size, "chains run capture.pcap ! packet_meta ! %s%s", cls->name,
                     cls->role == CHAINS_LINK ? " ! packet_summary" : "");
}

/* "packets or flows" */
static void help_kinds(unsigned kinds, const char *none, char *out, size_t size)
{
    static const struct chains_name names[] = {
        { CHAINS_PACKETS, "packets" },
        { CHAINS_STREAMS, "streams" },
        { CHAINS_FLOWS, "flows" },
        { CHAINS_EVENTS, "events" },
        { 0, NULL },
    };
    out[0] = '\0';
    for (const struct chains_name *name = names; name->name; name++)
        if (kinds & name->value)
            describe_add(out, size, "%s%s", out[0] ? " or " : "", name->name);
    if (!out[0])
        describe_add(out, size, "%s", none);
}

/* " (IP, IP6, ARP)": the types that a class puts into the slot of its i-th layer. */
static void help_slot(const struct chains_class *cls, size_t i, char *out, size_t size)
{
    const char *slot = cls->attaches[i]->slot, *between = " (";
    for (; cls->attaches[i]; i++) {
        const struct chains_layer_type *type = cls->attaches[i];
        if (strcmp(type->slot, slot) != 0 || strcmp(type->name, slot) == 0)
            continue;
        describe_add(out, size, "%s%s", between, type->name);
        between = ", ";
    }
    describe_add(out, size, "%s", between[0] == ',' ? ")" : "");
}

/* "eth, packet (IP, IP6, ARP)": types that share a slot stand together. */
static void help_layers(const struct chains_class *cls, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; cls->attaches && cls->attaches[i]; i++) {
        size_t first = 0;
        while (strcmp(cls->attaches[first]->slot, cls->attaches[i]->slot) != 0)
            first++;
        if (first < i)
            continue;
        describe_add(out, size, "%s%s", i ? ", " : "", cls->attaches[i]->slot);
        help_slot(cls, i, out, size);
    }
    if (!out[0])
        describe_add(out, size, "nothing");
}

static const char *help_type(const struct chains_field *field)
{
    switch (field->type) {
    case CHAINS_BOOL:
        return "yes/no";
    case CHAINS_UINT:
        return "number";
    case CHAINS_REAL:
        return "decimal";
    case CHAINS_DURATION:
        return "duration";
    case CHAINS_SIZE:
        return "size";
    case CHAINS_NAMED:
        return "word";
    case CHAINS_TEXTS:
        return "list";
    default:
        return "text";
    }
}

/* "block|line", "NUMBER", "yes|no": what stands behind '='. */
static void help_value(const struct chains_field *field, char *out, size_t size)
{
    const char *type = help_type(field);
    out[0] = '\0';
    if (field->type == CHAINS_BOOL) {
        describe_add(out, size, "yes|no");
    } else if (field->type == CHAINS_NAMED) {
        for (const struct chains_name *name = field->names; name && name->name; name++)
            describe_add(out, size, "%s%s", name == field->names ? "" : "|", name->name);
    } else {
        if (field->type == CHAINS_TEXTS)
            type = "text";
        for (; *type && strlen(out) + 1 < size; type++)
            describe_add(out, size, "%c", *type - 'a' + 'A');
    }
}

/* What holds when nothing is said; NULL: nothing does. */
static const char *help_default(const struct chains_field *field)
{
    if (field->preset)
        return field->preset;
    if (field->type == CHAINS_BOOL)
        return "no";
    return field->type == CHAINS_NAMED ? chains_name_of(field->names, 0) : NULL;
}

/* The next row that can be given as text, from `field` on. */
static const struct chains_field *help_row(const struct chains_field *field)
{
    while (field && field->name && field->type == CHAINS_HANDLE)
        field++;
    return field && field->name ? field : NULL;
}

enum { HELP_WIDTH_MOST = 32 };

static size_t help_width(const struct chains_class *cls)
{
    char value[256];
    size_t width = 0;
    const struct chains_field *field = cls->options;
    for (; (field = help_row(field)); field++) {
        help_value(field, value, sizeof value);
        size_t len = strlen(field->name) + 1 + strlen(value) + 2;
        if (len > width && len <= HELP_WIDTH_MOST)
            width = len;
    }
    return width;
}

static void help_option(const struct chains_field *field, size_t width)
{
    char value[256], word[512] = "", line[DESCRIBE_LINE] = "";
    const char *preset = help_default(field);
    help_value(field, value, sizeof value);
    describe_add(word, sizeof word, "%s=%s", field->name, value);
    bool many = field->type == CHAINS_TEXTS;
    describe_add(line, sizeof line, "%s", field->help);
    if (many || preset)
        describe_add(line, sizeof line, " (%s%s%s%s)", many ? "repeatable" : "",
                     many && preset ? "; " : "", preset ? "default: " : "",
                     preset ? preset : "");
    fputs("  ", stdout);
    if (strlen(word) + 2 > width) {
        tool_put(stdout, word);
        printf("\n%*s", (int)width + 2, "");
    } else {
        describe_pad(word, width);
    }
    describe_wrap(line, width + 2, width + 2);
}

/* The option whose value may stand without its name. */
static const struct chains_field *help_bare(const struct chains_class *cls)
{
    const struct chains_field *field = help_row(cls->options);
    while (field && !field->bare)
        field = help_row(field + 1);
    return field;
}

/* What the capital words mean, where they are used. */
static void help_legend(const struct chains_class *cls)
{
    static const struct {
        uint8_t type;
        const char *line;
    } legends[] = {
        { CHAINS_SIZE, "SIZE is in bytes: 1500, 64K, 100M, 2G (K is 1024)." },
        { CHAINS_DURATION, "DURATION is a time: 10ms, 1.5s, 5m, 2h; alone, seconds." },
    };
    const struct chains_field *bare = help_bare(cls), *field;
    if (bare)
        printf("\nA word that is no NAME=VALUE is the value of %s.\n", bare->name);
    for (size_t i = 0; i < sizeof legends / sizeof *legends; i++) {
        for (field = cls->options; field && field->name; field++)
            if (field->type == legends[i].type)
                break;
        if (field && field->name)
            printf("%s%s\n", bare || i ? "" : "\n", legends[i].line);
    }
}

static void help_line(const char *title, const char *text)
{
    describe_pad(title, 10);
    describe_wrap(text, 10, 10);
}

static void help_text(const struct chains_class *cls)
{
    char line[DESCRIBE_LINE] = "";
    describe_add(line, sizeof line, "%s (%s): %s", cls->name, describe_role(cls),
                 cls->brief ? cls->brief : "");
    describe_wrap(line, 0, 4);
    putchar('\n');
    if (cls->role != CHAINS_SOURCE) {
        help_kinds(cls->takes, "any records", line, sizeof line);
        help_line("takes", line);
    }
    help_kinds(cls->gives, cls->role == CHAINS_SOURCE ? "records" : "what it takes", line,
               sizeof line);
    help_line("gives", line);
    help_layers(cls, line, sizeof line);
    help_line("adds", line);
    const struct chains_field *field = help_row(cls->options);
    printf("\noptions%s\n", field ? "" : ": none");
    for (size_t width = help_width(cls); field; field = help_row(field + 1))
        help_option(field, width);
    help_legend(cls);
    help_example(cls, line, sizeof line);
    printf("\nexample\n  ");
    tool_put(stdout, line);
    putchar('\n');
}

static void help_json_kinds(struct tool_json *json, const char *key, unsigned kinds)
{
    tool_json_begin(json, key, '[');
    for (unsigned kind = CHAINS_PACKETS; kind <= CHAINS_EVENTS; kind <<= 1) {
        char text[32];
        help_kinds(kind, "", text, sizeof text);
        if (kinds & kind)
            tool_json_text(json, NULL, text);
    }
    tool_json_end(json);
}

static void help_json_option(struct tool_json *json, const struct chains_field *field,
                             bool bare)
{
    tool_json_begin(json, NULL, '{');
    tool_json_text(json, "name", field->name);
    tool_json_text(json, "type", help_type(field));
    if (field->type == CHAINS_NAMED) {
        tool_json_begin(json, "values", '[');
        for (const struct chains_name *name = field->names; name && name->name; name++)
            tool_json_text(json, NULL, name->name);
        tool_json_end(json);
    }
    tool_json_text(json, "default", help_default(field));
    tool_json_bool(json, "repeatable", field->type == CHAINS_TEXTS);
    tool_json_bool(json, "bare", bare);
    tool_json_text(json, "description", field->help);
    tool_json_end(json);
}

static void help_json(const struct chains_class *cls)
{
    struct tool_json json = { .out = stdout };
    char line[DESCRIBE_LINE];
    tool_json_begin(&json, NULL, '{');
    tool_json_text(&json, "name", cls->name);
    tool_json_text(&json, "role", describe_role(cls));
    tool_json_text(&json, "description", cls->brief);
    help_json_kinds(&json, "takes", cls->takes);
    help_json_kinds(&json, "gives", cls->gives);
    tool_json_begin(&json, "layers", '[');
    for (size_t i = 0; cls->attaches && cls->attaches[i]; i++) {
        tool_json_begin(&json, NULL, '{');
        tool_json_text(&json, "slot", cls->attaches[i]->slot);
        tool_json_text(&json, "type", cls->attaches[i]->name);
        tool_json_end(&json);
    }
    tool_json_end(&json);
    tool_json_begin(&json, "options", '[');
    for (const struct chains_field *field = cls->options; (field = help_row(field)); field++)
        help_json_option(&json, field, field == help_bare(cls));
    tool_json_end(&json);
    help_example(cls, line, sizeof line);
    tool_json_text(&json, "example", line);
    tool_json_end(&json);
}

static int help_unknown(const struct describe *describe, const struct describe_others *others)
{
    struct tool_nearest nearest = { NULL, 0 };
    const struct chains_class *cls;
    for (size_t i = 0; (cls = tool_plugins_class(&describe->plugins, i)); i++)
        tool_nearest_try(&nearest, cls->name, describe->word);
    for (const struct topic *topic = topics; topic->name; topic++)
        tool_nearest_try(&nearest, topic->name, describe->word);
    for (size_t i = 0; others->name(i); i++)
        tool_nearest_try(&nearest, others->name(i), describe->word);
    if (nearest.word)
        return tool_usage("no component \"%s\"; did you mean %s?", describe->word,
                          nearest.word);
    return tool_usage("no component \"%s\"; see chains list", describe->word);
}

/* A component may have the name of a command. */
static int help_component(const struct describe *describe, const struct describe_others *others,
                          const struct chains_class *cls)
{
    if (describe->json) {
        help_json(cls);
        return tool_printed();
    }
    help_text(cls);
    for (size_t i = 0; others->name(i); i++)
        if (strcmp(others->name(i), cls->name) == 0)
            printf("\n`chains %s --help` is about the command of this name.\n", cls->name);
    return tool_printed();
}

static int help_word(const struct describe *describe, const struct describe_others *others)
{
    const struct chains_class *cls;
    for (size_t i = 0; (cls = tool_plugins_class(&describe->plugins, i)); i++)
        if (strcmp(cls->name, describe->word) == 0)
            return help_component(describe, others, cls);
    for (const struct topic *topic = topics; topic->name; topic++) {
        if (strcmp(topic->name, describe->word) != 0)
            continue;
        if (describe->json)
            return tool_usage("\"%s\" is a text; --json is for components", topic->name);
        fputs(topic->text, stdout);
        return tool_printed();
    }
    int code = others->help(describe->word);
    return code < 0 ? help_unknown(describe, others) : code;
}

int help_main(int argc, char **argv, const struct describe_others *others)
{
    struct describe describe = { 0 };
    int code = describe_arguments(&describe, argc, argv);
    if (code == TOOL_OK && describe.help) {
        fputs(help_help, stdout);
        code = tool_printed();
    } else if (code == TOOL_OK && describe.word) {
        code = help_word(&describe, others);
    } else if (code == TOOL_OK && describe.json) {
        code = tool_usage("help --json takes a component; see chains list --json");
    } else if (code == TOOL_OK) {
        code = others->help(NULL);
    }
    describe_end(&describe);
    return code;
}
