/* SPDX-License-Identifier: MIT */
/*
 * Classes from shared objects: chains with them, and a sentence for each that does not fit. The
 * program is built twice: with the shared library, and with the static one, whose functions the
 * plugins must find in the program itself.
 */
#include "parts.h"

#include "../check.h"

#include <chains/components.h>

#include <unistd.h>

static char error[512];

static struct chains_plugin_handle *open_plugin(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", PLUGINS, name);
    error[0] = '\0';
    return chains_plugin_open(path, error, sizeof error);
}

static const struct chains_class *class_of(const struct chains_plugin_handle *plugin, size_t i)
{
    return plugin ? chains_plugin_classes(plugin)[i] : NULL;
}

/* The layer that its "half" attaches is found by its type, whoever asks. */
static uint64_t halves;

static int halves_each(chains_component *self, struct chains_record *rec)
{
    const struct chains_layout *layout = chains_layout_of(self);
    for (int id = CHAINS_IDS_BUILT_IN; id < layout->ids; id++) {
        const uint64_t *half = chains_find(rec, layout->type[id]);
        halves += half && *half == rec->number / 2;
    }
    return CHAINS_KEEP;
}

static const struct chains_class halves_class = {
    .name = "halves", .brief = "check halves", .role = CHAINS_LINK, .each = halves_each
};

static void test_good(const char *name)
{
    struct chains_plugin_handle *plugin = open_plugin(name);
    check_eq_text(error, "");
    if (!check(plugin != NULL))
        return;
    check_eq_text(class_of(plugin, 0)->name, "even");
    check_eq_text(class_of(plugin, 1)->name, "half");
    check(class_of(plugin, 2) == NULL);
    chains_component *even = chains_new(class_of(plugin, 0), NULL);
    chains_component *half = chains_new(class_of(plugin, 1), NULL);
    chains_component *look = chains_new(&halves_class, NULL), *last = count_new();
    chains_link(even, script_new("9e"));
    chains_link(half, even);
    chains_link(look, half);
    chains_link(last, look);
    halves = 0;
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_eq_u64(counted.records, 4);
    check_eq_u64(counted.sum, 2 + 4 + 6 + 8);
    check_eq_u64(halves, 4);
    chains_free(last);
    chains_plugin_close(plugin);
}

/* As words of a chain, with an option of its own. */
static void test_words(void)
{
    static const char *const words[] = { "script",  "steps=9e", "!",   "even",
                                         "odd=yes", "!",        "half" };
    struct chains_plugin_handle *plugin = open_plugin("good.so");
    const struct chains_class *classes[] = { &script_class, class_of(plugin, 0),
                                             class_of(plugin, 1), NULL };
    struct chains_parse_options options = { .size = sizeof options, .classes = classes };
    chains_component *last = chains_parse(words, 7, &options, error, sizeof error);
    check_eq_text(last ? "" : error, "");
    uint64_t count = 0;
    while (chains_next(last))
        count++;
    check_eq_u64(count, 5);
    chains_free(last);
    chains_plugin_close(plugin);
}

/* Two at once, whose insides have the same names. */
static void test_two(void)
{
    struct chains_plugin_handle *good = open_plugin("good.so"),
                                *other = open_plugin("other.so");
    chains_component *even = chains_new(class_of(good, 0), NULL);
    chains_component *below = chains_new(class_of(other, 0), NULL);
    chains_component *last = count_new();
    chains_link(even, script_new("99e"));
    chains_link(below, even);
    chains_link(last, below);
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_eq_u64(counted.sum, 2 + 4 + 6);
    chains_free(last);
    chains_plugin_close(good);
    chains_plugin_close(other);
}

static void test_wrong(void)
{
    static const struct {
        const char *name, *want; /* what follows the path */
    } table[] = {
        { "wrong_1.so", " was made for another version of chains: its interface is number 2 "
                        "instead of 1; build it again with the headers of this one" },
        { "wrong_2.so",
          " was made for another version of chains: its struct chains_class has " },
        { "wrong_3.so",
          " was made for another version of chains: its struct chains_record has " },
        { "wrong_4.so",
          " was made for another version of chains: its struct chains_field has " },
        { "wrong_5.so", " is no plugin: it has no components" },
        { "wrong_6.so", " is no plugin: it has no components" },
        { "wrong_7.so",
          " is no plugin: component 1 needs a name from a-z, 0-9 and _ that begins "
          "with a letter" },
        { "wrong_8.so",
          " is no plugin: component 1 needs a name from a-z, 0-9 and _ that begins "
          "with a letter" },
        { "wrong_9.so", " is no plugin: its component any says nothing about itself (.brief)" },
        { "wrong_10.so", " has a component called packet_meta, as chains itself has: give it "
                         "another name" },
        { "wrong_11.so", " has two components called any" },
        { "wrong_12.so", " is no plugin: it lacks CHAINS_PLUGIN()" },
        { "wrong_13.so", " cannot be loaded: " },
        { "../../../build.ninja", " cannot be loaded: " },
        { "there-is-none.so", " cannot be loaded: No such file or directory" },
        { "", " cannot be loaded: " }, /* a folder */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct chains_plugin_handle *plugin = open_plugin(table[i].name);
        check(plugin == NULL);
        const char *behind = strstr(error, table[i].name);
        behind = behind ? behind + strlen(table[i].name) : error;
        if (!table[i].name[0])
            behind = strstr(error, table[i].want);
        if (!check(behind && strncmp(behind, table[i].want, strlen(table[i].want)) == 0))
            printf("# %s\n", error);
        check(!strpbrk(error, "\n\033"));
        chains_plugin_close(plugin);
    }
    open_plugin("wrong_13.so");
    check(strstr(error, "undefined symbol: chains_of_another_version"));
}

/* Names of files: without a slash they are of this folder. Short room for the sentence. */
static void test_names(void)
{
    char long_path[5000], little[10];
    check_eq_u64((unsigned)chdir(PLUGINS), 0);
    struct chains_plugin_handle *plugin = chains_plugin_open("good.so", error, sizeof error);
    check(plugin != NULL);
    chains_plugin_close(plugin);
    check(!chains_plugin_open("none.so", error, sizeof error));
    check_eq_text(error, "./none.so cannot be loaded: No such file or directory");
    check(!chains_plugin_open("", error, sizeof error));
    check_eq_text(error, "a plugin needs the name of its file");
    check(!chains_plugin_open(NULL, error, sizeof error));
    check(!chains_plugin_open("none.so", little, sizeof little));
    check_eq_text(little, "./none.so");
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    check(!chains_plugin_open(long_path, error, sizeof error));
    check(strstr(error, "cannot be loaded: File name too long"));
    check(chains_plugin_classes(NULL) == NULL);
    chains_plugin_close(NULL);
}

int main(void)
{
    test_good("good.so");
#if !defined(ONE_COPY)
    test_good("good_linked.so"); /* linked with the shared library by its maker */
#endif
    test_words();
    test_two();
    test_wrong();
    test_names();
    return check_done();
}
