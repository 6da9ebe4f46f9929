/* SPDX-License-Identifier: MIT */
/*
 * Classes out of a shared object. In: the name of a file. Out: its table of classes, once
 * everything that it says of itself fits this library; else a sentence and nothing loaded. What a
 * plugin says of its version is looked at before anything whose place depends on the version.
 */
#include <chains/component.h>
#include <chains/components.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLUGIN_CLASSES = 256 }; /* the most of one plugin: a table without its NULL is noticed */

struct chains_plugin_handle {
    void *object;
    const struct chains_plugin *plugin;
};

/* The loader's words, which hold names from the file, as one line of printable ASCII. */
static void plugin_say_loader(char *error, size_t error_size, const char *path)
{
    const char *why = dlerror();
    snprintf(error, error_size, "%.200s cannot be loaded: %.300s", path,
             why ? why : "the loader does not say why");
    for (char *c = error; error_size && *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

/* Whether it can be read, in this library's words: the loader's differ from system to system. */
static bool plugin_is_there(const char *path, char *error, size_t error_size)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        snprintf(error, error_size, "%.200s cannot be loaded: %s", path, strerror(errno));
        return false;
    }
    fclose(file);
    return true;
}

static bool plugin_size_fits(const char *path, const char *what, uint32_t theirs, size_t ours,
                             char *error, size_t error_size)
{
    if (theirs == ours)
        return true;
    snprintf(
        error, error_size,
        "%.200s was made for another version of chains: its struct %s has %u bytes instead "
        "of %zu; build it again with the headers of this one",
        path, what, theirs, ours);
    return false;
}

static bool plugin_fits(const char *path, const struct chains_plugin *plugin, char *error,
                        size_t error_size)
{
    if (plugin->abi != CHAINS_PLUGIN_ABI) {
        snprintf(error, error_size,
                 "%.200s was made for another version of chains: its interface is number %u "
                 "instead of %d; build it again with the headers of this one",
                 path, plugin->abi, CHAINS_PLUGIN_ABI);
        return false;
    }
    return plugin_size_fits(path, "chains_class", plugin->class_size,
                            sizeof(struct chains_class), error, error_size) &&
           plugin_size_fits(path, "chains_record", plugin->record_size,
                            sizeof(struct chains_record), error, error_size) &&
           plugin_size_fits(path, "chains_field", plugin->field_size,
                            sizeof(struct chains_field), error, error_size);
}

/* A word that stands for a component in a chain: [a-z][a-z0-9_]*. */
static bool plugin_name_is_plain(const char *name)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t len = strspn(name, taken);
    return *name >= 'a' && *name <= 'z' && len < 64 && !name[len];
}

/* Whether one of the first `count` classes, or of all up to the NULL, is called so. */
static bool plugin_has(const struct chains_class *const *classes, size_t count,
                       const char *name)
{
    for (size_t i = 0; i < count && classes[i]; i++)
        if (strcmp(classes[i]->name, name) == 0)
            return true;
    return false;
}

static bool plugin_class_fits(const char *path, const struct chains_class *const *classes,
                              size_t i, char *error, size_t error_size)
{
    const char *name = classes[i]->name;
    if (!name || !plugin_name_is_plain(name))
        snprintf(error, error_size,
                 "%.200s is no plugin: component %zu needs a name from a-z, 0-9 and _ that "
                 "begins with a letter",
                 path, i + 1);
    else if (!classes[i]->brief || !*classes[i]->brief)
        snprintf(error, error_size,
                 "%.200s is no plugin: its component %s says nothing about itself (.brief)",
                 path, name);
    else if (plugin_has(chains_classes(), SIZE_MAX, name))
        snprintf(error, error_size,
                 "%.200s has a component called %s, as chains itself has: give it another name",
                 path, name);
    else if (plugin_has(classes, i, name))
        snprintf(error, error_size, "%.200s has two components called %s", path, name);
    else
        return true;
    return false;
}

static bool plugin_classes_fit(const char *path, const struct chains_class *const *classes,
                               char *error, size_t error_size)
{
    size_t count = 0;
    for (; classes && classes[count]; count++) {
        if (count == PLUGIN_CLASSES) {
            snprintf(error, error_size, "%.200s is no plugin: it has more than %d components",
                     path, PLUGIN_CLASSES);
            return false;
        }
        if (!plugin_class_fits(path, classes, count, error, error_size))
            return false;
    }
    if (count == 0)
        snprintf(error, error_size, "%.200s is no plugin: it has no components", path);
    return count > 0;
}

/* Loads the object and looks at what it says of itself. */
static bool plugin_load(struct chains_plugin_handle *made, const char *path, char *error,
                        size_t error_size)
{
    if (!plugin_is_there(path, error, error_size))
        return false;
    made->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!made->object) {
        plugin_say_loader(error, error_size, path);
        return false;
    }
    made->plugin = dlsym(made->object, "chains_plugin");
    if (!made->plugin) {
        snprintf(error, error_size, "%.200s is no plugin: it lacks CHAINS_PLUGIN()", path);
        return false;
    }
    return plugin_fits(path, made->plugin, error, error_size) &&
           plugin_classes_fit(path, made->plugin->classes, error, error_size);
}

struct chains_plugin_handle *chains_plugin_open(const char *path, char *error,
                                                size_t error_size)
{
    /* Without a slash the loader would look everywhere but here. */
    size_t size = (path ? strlen(path) : 0) + sizeof "./";
    char *file = malloc(size);
    struct chains_plugin_handle *made = calloc(1, sizeof *made);
    bool good = false;
    if (!file || !made)
        snprintf(error, error_size, "no memory for a plugin");
    else if (!path || !*path)
        snprintf(error, error_size, "a plugin needs the name of its file");
    else {
        snprintf(file, size, "%s%s", strchr(path, '/') ? "" : "./", path);
        good = plugin_load(made, file, error, error_size);
    }
    free(file);
    if (good)
        return made;
    chains_plugin_close(made);
    return NULL;
}

const struct chains_class *const *
chains_plugin_classes(const struct chains_plugin_handle *plugin)
{
    return plugin ? plugin->plugin->classes : NULL;
}

void chains_plugin_close(struct chains_plugin_handle *plugin)
{
    if (plugin && plugin->object)
        dlclose(plugin->object);
    free(plugin);
}
