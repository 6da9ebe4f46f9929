/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PARTS_H
#define SANDBOX_PARTS_H

#include "sandbox.h"

#include <sys/types.h>

/* The parts of the sandbox: rights of the process, files, system calls. */

enum { SANDBOX_PATHS = 256, SANDBOX_SOCKETS = 16, SANDBOX_CHILDREN = 16, SANDBOX_WHY = 512 };

/* What the chain may still ask for. */
struct sandbox_need {
    struct sandbox_path {
        const char *path;
        bool write, makes; /* makes: other files beside it for sure */
    } path[SANDBOX_PATHS];
    size_t paths;
    bool too_many; /* paths: the others will not be opened */
    bool reads, writes, runs, minds, asks;
    const char *names; /* the file that the resolver's thread reads again, or NULL */
    /* Descriptors of packet sockets, which could send as well as receive. */
    int socket[SANDBOX_SOCKETS];
    size_t sockets;
    /* The programs that were begun; children_known: no others can be. */
    pid_t child[SANDBOX_CHILDREN];
    size_t children;
    bool children_known;
};

/* A part is not there: one sentence for each in `why`, "no Landlock in this kernel". */
struct sandbox_lacks {
    char why[SANDBOX_WHY];
};
void sandbox_lack(struct sandbox_lacks *lacks, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The user that `name` says, to be looked up before files can no longer be opened. */
int sandbox_rights_user(const char *name);

/*
 * The user, groups and capabilities; no new privileges, no core, nobody looks into this process. What
 * is in force is added to `text`. False: it is not the user that it was to become.
 */
bool sandbox_rights_drop(const struct sandbox_options *options, const struct sandbox_need *need,
                         struct sandbox_lacks *lacks, char *text, size_t size);

/* No process or thread from here on. */
void sandbox_rights_alone(void);

/* Landlock for this thread, and those that it begins: the files that are needed, and no others. */
struct sandbox_files {
    const struct sandbox_path *path;
    size_t count;
    bool signals; /* to other processes may be sent */
    bool network; /* connections may be made */
};
int sandbox_files_bind(const struct sandbox_files *files, struct sandbox_lacks *lacks);

/* Whether there is Landlock. */
bool sandbox_files_known(void);

/* Sentences about files that lie where they do not work later as they would elsewhere. */
void sandbox_files_notice(const struct sandbox_need *need);

/* seccomp for this thread. Gives the number of calls that it may make, 0 without. */
enum sandbox_calls { SANDBOX_PACKETS, SANDBOX_RESOLVER };
unsigned sandbox_calls_bind(enum sandbox_calls which, const struct sandbox_need *need,
                            struct sandbox_lacks *lacks);

#endif
