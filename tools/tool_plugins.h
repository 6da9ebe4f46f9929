/* SPDX-License-Identifier: MIT */
#ifndef TOOL_PLUGINS_H
#define TOOL_PLUGINS_H

#include <chains.h>

/* Shared objects given with --plugin, and the classes of them all. Begin with { 0 }. */
struct tool_plugins {
    struct chains_plugin_handle **handles;
    const struct chains_class **classes; /* ended by NULL; NULL while there are none */
    size_t count, class_count;
};

/* Loads one. Returns an exit code; the sentence is on stderr. */
int tool_plugins_add(struct tool_plugins *plugins, const char *path);

/* The i-th class of all there are: those of plugins, then the built-in ones; NULL at the end. */
const struct chains_class *tool_plugins_class(const struct tool_plugins *plugins, size_t i);

/* After every component of their classes is freed. */
void tool_plugins_close(struct tool_plugins *plugins);

#endif
