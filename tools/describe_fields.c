/* SPDX-License-Identifier: MIT */
/*
 * chains fields: what a record may hold. In: the tables of layers. Out: every path that an
 * expression or a list of fields may name, with its type and its sentence; what lies inside objects
 * and lists by its whole path.
 */
#include "describe.h"

#include "tool.h"
#include "tool_json.h"

#include <string.h>
#include <strings.h>

enum {
    FIELDS_PATH = 256,
    FIELDS_DEPTH = 6, /* objects and lists inside each other, as paths go */
    FIELDS_LINE = 2048,
    FIELDS_MANY = 100, /* names of values: of more than these only some are shown */
    FIELDS_SHOWN = 16,
};

static const char fields_help[] =
    "chains fields: what a record may hold\n"
    "\n"
    "usage: chains fields [LAYER] [--json] [--plugin FILE.so]...\n"
    "\n"
    "  LAYER                   a slot (packet, transport), a type (ip6, tcp), or record: what\n"
    "                          every record has; with the names of values\n"
    "      --json              one JSON document\n"
    "      --plugin=FILE.so    layers of a shared object, too; repeatable\n"
    "  -h, --help              this text\n";

struct fields {
    const struct describe *describe;
    const struct chains_layer_type *type[CHAINS_IDS]; /* the built-in ones, then others' */
    size_t count;
};

static void fields_add(struct fields *fields, const struct chains_layer_type *type)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->type[i] == type)
            return;
    if (fields->count < CHAINS_IDS)
        fields->type[fields->count++] = type;
}

static void fields_collect(struct fields *fields)
{
    const struct chains_class *cls;
    fields->count = chains_layer_types(fields->type, CHAINS_IDS);
    for (size_t i = 0; (cls = tool_plugins_class(&fields->describe->plugins, i)); i++)
        for (size_t j = 0; cls->attaches && cls->attaches[j]; j++)
            fields_add(fields, cls->attaches[j]);
}

static const char *fields_type(const struct chains_field *field)
{
    switch (field->type) {
    case CHAINS_BOOL:
        return "yes/no";
    case CHAINS_UINT:
        return "number";
    case CHAINS_TIME:
        return "time";
    case CHAINS_DURATION:
        return "duration";
    case CHAINS_MAC:
        return "MAC address";
    case CHAINS_ADDR:
        return "address";
    case CHAINS_RAW:
    case CHAINS_HEX:
        return "bytes";
    case CHAINS_NAMED:
        return "word";
    case CHAINS_FLAGS:
        return "flags";
    case CHAINS_TAGS:
        return "tags";
    case CHAINS_ARRAY:
    case CHAINS_NUMBERS:
        return "numbers";
    case CHAINS_RAWS:
        return "texts";
    case CHAINS_LIST:
        return "list";
    case CHAINS_OBJECT:
        return "object";
    default:
        return "text";
    }
}

typedef void (*fields_visit)(void *user, const char *path, const struct chains_field *field);

/* Visits every field of a table and what is inside of it, by its path. */
static void fields_walk(const struct chains_field *table, const char *prefix, unsigned depth,
                        fields_visit visit, void *user)
{
    for (const struct chains_field *field = table; field && field->name; field++) {
        char path[FIELDS_PATH] = "";
        describe_add(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", field->name);
        visit(user, path, field);
        if ((field->type == CHAINS_LIST || field->type == CHAINS_OBJECT) && depth > 1)
            fields_walk(field->fields, path, depth - 1, visit, user);
    }
}

/* A layer whose only field, but for other names of it, is called like its slot is that field. */
static bool fields_is_bare(const struct chains_layer_type *type)
{
    const struct chains_field *only = type->fields;
    size_t more = 1;
    while (only && only->name && only[more].name && only[more].alias)
        more++;
    return only && only->name && !only[more].name && strcmp(only->name, type->slot) == 0;
}

/* The field that one is another name of, or NULL. */
static const struct chains_field *fields_same(const struct chains_field *field)
{
    if (!field->alias)
        return NULL;
    while (field->alias)
        field--;
    return field;
}

static void fields_of_layer(const struct chains_layer_type *type, fields_visit visit,
                            void *user)
{
    static const struct chains_field name = { .name = "type",
                                              .type = CHAINS_TEXT,
                                              .help = "what the layer is, by its name" };
    char path[FIELDS_PATH] = "";
    if (fields_is_bare(type)) {
        fields_walk(type->fields, "", FIELDS_DEPTH, visit, user);
        return;
    }
    describe_add(path, sizeof path, "%s.type", type->slot);
    if (strcmp(type->slot, type->name) != 0 && !chains_field_find(type->fields, "type"))
        visit(user, path, &name);
    fields_walk(type->fields, type->slot, FIELDS_DEPTH, visit, user);
}

/* "packet_meta, transport_meta": the components that attach layers of a type. */
static void fields_from(const struct fields *fields, const struct chains_layer_type *type,
                        char *out, size_t size)
{
    const struct chains_class *cls;
    out[0] = '\0';
    for (size_t i = 0; (cls = tool_plugins_class(&fields->describe->plugins, i)); i++)
        for (size_t j = 0; cls->attaches && cls->attaches[j]; j++)
            if (cls->attaches[j] == type)
                describe_add(out, size, "%s%s", out[0] ? ", " : "", cls->name);
}

/* Whether a word from the command line means this layer; without one all are meant. */
static bool fields_wanted(const struct fields *fields, const struct chains_layer_type *type)
{
    const char *word = fields->describe->word;
    return !word || strcmp(word, type->slot) == 0 || strcasecmp(word, type->name) == 0;
}

static bool fields_record_wanted(const struct fields *fields)
{
    return !fields->describe->word || strcmp(fields->describe->word, "record") == 0;
}

/* ---- as text ---- */

struct fields_text {
    size_t width; /* of the longest path */
    bool names;   /* those of values, too */
};

static void fields_measure(void *user, const char *path, const struct chains_field *field)
{
    struct fields_text *text = user;
    (void)field;
    if (strlen(path) > text->width)
        text->width = strlen(path);
}

/* The names of a field's values, or the first ones of very many; JSON has them all. */
static void fields_names(char *line, size_t size, const struct chains_name *names)
{
    size_t count = 0;
    while (names[count].name)
        count++;
    size_t shown = count > FIELDS_MANY ? FIELDS_SHOWN : count;
    for (size_t i = 0; i < shown; i++)
        describe_add(line, size, "%s%s", i ? ", " : "", names[i].name);
    if (shown < count)
        describe_add(line, size, ", and %zu more (--json has them)", count - shown);
}

static void fields_print(void *user, const char *path, const struct chains_field *field)
{
    const struct fields_text *text = user;
    char line[FIELDS_LINE] = "";
    fputs("  ", stdout);
    describe_pad(path, text->width + 2);
    describe_pad(fields_type(field), 13);
    const struct chains_field *same = fields_same(field);
    fputs(same ? "same as " : "", stdout);
    tool_put(stdout, same ? same->name : field->help);
    putchar('\n');
    if (!text->names || !field->names || same)
        return;
    fields_names(line, sizeof line, field->names);
    size_t indent = text->width + 4 + 13;
    printf("%*s", (int)indent, "");
    describe_wrap(line, indent, indent);
}

static void fields_print_layer(const struct fields *fields,
                               const struct chains_layer_type *type)
{
    struct fields_text text = { 0, fields->describe->word != NULL };
    char from[512];
    fields_from(fields, type, from, sizeof from);
    tool_put(stdout, type->slot);
    if (strcmp(type->slot, type->name) != 0) {
        fputs(", type ", stdout);
        tool_put(stdout, type->name);
    }
    fputs(from[0] ? ", from " : "", stdout);
    tool_put(stdout, from);
    putchar('\n');
    fields_of_layer(type, fields_measure, &text);
    fields_of_layer(type, fields_print, &text);
}

static void fields_print_all(const struct fields *fields)
{
    bool some = fields_record_wanted(fields);
    if (some) {
        struct fields_text text = { 0, fields->describe->word != NULL };
        printf("every record\n");
        fields_walk(chains_record_fields, "", FIELDS_DEPTH, fields_measure, &text);
        fields_walk(chains_record_fields, "", FIELDS_DEPTH, fields_print, &text);
    }
    for (size_t i = 0; i < fields->count; i++) {
        if (!fields_wanted(fields, fields->type[i]))
            continue;
        fputs(some ? "\n" : "", stdout);
        some = true;
        fields_print_layer(fields, fields->type[i]);
    }
}

/* ---- as JSON ---- */

static void fields_json(void *user, const char *path, const struct chains_field *field)
{
    struct tool_json *json = user;
    tool_json_begin(json, NULL, '{');
    tool_json_text(json, "path", path);
    tool_json_text(json, "type", fields_type(field));
    tool_json_text(json, "description", field->help);
    if (field->names) {
        tool_json_begin(json, "names", '[');
        for (const struct chains_name *name = field->names; name->name; name++) {
            tool_json_begin(json, NULL, '{');
            tool_json_text(json, "name", name->name);
            tool_json_number(json, "value", name->value);
            tool_json_end(json);
        }
        tool_json_end(json);
    }
    tool_json_bool(json, "in_json_lines", !field->text_only && !field->alias);
    if (fields_same(field))
        tool_json_text(json, "same_as", fields_same(field)->name);
    tool_json_end(json);
}

static void fields_json_layer(const struct fields *fields, struct tool_json *json,
                              const struct chains_layer_type *type)
{
    const struct chains_class *cls;
    tool_json_begin(json, NULL, '{');
    tool_json_text(json, "slot", type->slot);
    tool_json_text(json, "type", type->name);
    tool_json_begin(json, "from", '[');
    for (size_t i = 0; (cls = tool_plugins_class(&fields->describe->plugins, i)); i++)
        for (size_t j = 0; cls->attaches && cls->attaches[j]; j++)
            if (cls->attaches[j] == type)
                tool_json_text(json, NULL, cls->name);
    tool_json_end(json);
    tool_json_begin(json, "fields", '[');
    fields_of_layer(type, fields_json, json);
    tool_json_end(json);
    tool_json_end(json);
}

static void fields_json_all(const struct fields *fields)
{
    struct tool_json json = { .out = stdout };
    tool_json_begin(&json, NULL, '{');
    tool_json_begin(&json, "record", '[');
    if (fields_record_wanted(fields))
        fields_walk(chains_record_fields, "", FIELDS_DEPTH, fields_json, &json);
    tool_json_end(&json);
    tool_json_begin(&json, "layers", '[');
    for (size_t i = 0; i < fields->count; i++)
        if (fields_wanted(fields, fields->type[i]))
            fields_json_layer(fields, &json, fields->type[i]);
    tool_json_end(&json);
    tool_json_end(&json);
}

/* ---- the command ---- */

/* Whether the word means anything; else a sentence with what is near it. */
static int fields_check(const struct fields *fields)
{
    const char *word = fields->describe->word;
    struct tool_nearest nearest = { NULL, 0 };
    char names[CHAINS_IDS][32];
    if (fields_record_wanted(fields))
        return TOOL_OK;
    for (size_t i = 0; i < fields->count; i++) {
        const struct chains_layer_type *type = fields->type[i];
        if (fields_wanted(fields, type))
            return TOOL_OK;
        snprintf(names[i], sizeof names[i], "%s", type->name);
        for (char *c = names[i]; *c; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        tool_nearest_try(&nearest, type->slot, word);
        tool_nearest_try(&nearest, names[i], word);
    }
    if (nearest.word)
        return tool_usage("no layer \"%s\"; did you mean %s?", word, nearest.word);
    return tool_usage("no layer \"%s\"; chains fields lists them", word);
}

int fields_main(int argc, char **argv)
{
    struct describe describe = { 0 };
    struct fields fields = { .describe = &describe };
    int code = describe_arguments(&describe, argc, argv);
    if (code == TOOL_OK && !describe.help) {
        fields_collect(&fields);
        code = fields_check(&fields);
    }
    if (code == TOOL_OK) {
        if (describe.help)
            fputs(fields_help, stdout);
        else if (describe.json)
            fields_json_all(&fields);
        else
            fields_print_all(&fields);
        code = tool_printed();
    }
    describe_end(&describe);
    return code;
}
