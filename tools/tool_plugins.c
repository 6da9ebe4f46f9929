/* SPDX-License-Identifier: MIT */
/*
 * Components from shared objects. In: paths. Out: one list of classes. A plugin stays loaded until
 * the command has freed its components.
 */
#include "tool_plugins.h"

#include "tool.h"

#include <stdlib.h>

/* Room for one more handle and `more` classes; false for want of memory. */
static bool tool_plugins_room(struct tool_plugins *plugins, size_t more)
{
    struct chains_plugin_handle **handles =
        realloc(plugins->handles, (plugins->count + 1) * sizeof *handles);
    if (!handles)
        return false;
    plugins->handles = handles;
    const struct chains_class **classes =
        realloc(plugins->classes, (plugins->class_count + more + 1) * sizeof *classes);
    if (!classes)
        return false;
    plugins->classes = classes;
    return true;
}

int tool_plugins_add(struct tool_plugins *plugins, const char *path)
{
    char error[1024];
    struct chains_plugin_handle *handle = chains_plugin_open(path, error, sizeof error);
    if (!handle)
        return tool_problem("%s", error);
    const struct chains_class *const *classes = chains_plugin_classes(handle);
    size_t more = 0;
    while (classes[more])
        more++;
    if (!tool_plugins_room(plugins, more)) {
        chains_plugin_close(handle);
        return tool_problem("no memory for plugins");
    }
    plugins->handles[plugins->count++] = handle;
    for (size_t i = 0; i < more; i++)
        plugins->classes[plugins->class_count++] = classes[i];
    plugins->classes[plugins->class_count] = NULL;
    return TOOL_OK;
}

const struct chains_class *tool_plugins_class(const struct tool_plugins *plugins, size_t i)
{
    return i < plugins->class_count ? plugins->classes[i]
                                    : chains_classes()[i - plugins->class_count];
}

void tool_plugins_close(struct tool_plugins *plugins)
{
    for (size_t i = 0; i < plugins->count; i++)
        chains_plugin_close(plugins->handles[i]);
    free(plugins->handles);
    free(plugins->classes);
    *plugins = (struct tool_plugins){ 0 };
}
