/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <chains.h>

/*
 * Giving up rights: between chains_open() and the first byte that a stranger has sent. What is given
 * up, and what a chain keeps because it says that it will ask for it (chains_accesses()), is
 * described in docs/security.md.
 */

enum sandbox_mode {
    SANDBOX_ON, /* what the system lacks is a notice */
    SANDBOX_OFF,
    SANDBOX_REQUIRE, /* what it lacks is a failure */
};

struct sandbox_options {
    enum sandbox_mode mode;
    const char *user; /* to become, where root began; NULL: nobody, where the chain allows it */
};

/* The lines of --help about it. */
#define SANDBOX_HELP                                                                           \
    "      --sandbox=WHEN      on (default), off, or require: fail where the system cannot\n"  \
    "                          give all of it\n"                                               \
    "      --user=NAME         begun by root: the user to become once all is open (default:\n" \
    "                          nobody, unless files are to be opened later that are root's)\n"

/* The value of --sandbox, of --user, and whether both fit. TOOL_OK, or a sentence and TOOL_USAGE. */
int sandbox_mode(struct sandbox_options *options, const char *text);
int sandbox_user(struct sandbox_options *options, const char *text);
int sandbox_check(const struct sandbox_options *options);

/* Before a chain is opened: room for descriptors, so that as little as can be is opened later. */
void sandbox_prepare(const struct sandbox_options *options);

/*
 * For an open chain: gives up rights and starts it. TOOL_OK, also where the chain could not be started,
 * which its next step says, or an exit code and a sentence.
 */
int sandbox_enter(const struct sandbox_options *options, chains_component *last);

/* What is in force, for statistics: "user 65534, no capabilities, ...", or "off". */
const char *sandbox_text(void);

#endif
