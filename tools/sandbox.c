/* SPDX-License-Identifier: MIT */
/*
 * The order in which rights are given up. In: an open chain, and what it may still ask for. Out: the
 * same chain, started, in a process that can do little else. First the user and the capabilities,
 * which threads and programs that begin now inherit; each thread then binds itself, and this one
 * last. Nothing of this is undone.
 */
#include "sandbox.h"

#include "sandbox_parts.h"
#include "tool.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AF_PACKET_ = 17 }; /* of linux/socket.h */

#ifndef SANDBOX_NONE
#define SANDBOX_NONE NULL
#endif

static const char *const sandbox_none = SANDBOX_NONE; /* why this build has none */
static char sandbox_state[256] = "off";

int sandbox_mode(struct sandbox_options *options, const char *text)
{
    static const char *const words[] = { "on", "off", "require", NULL };
    for (int i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            options->mode = (enum sandbox_mode)i;
            return TOOL_OK;
        }
    }
    return tool_usage("--sandbox is on, off or require, not \"%s\"", text);
}

int sandbox_user(struct sandbox_options *options, const char *text)
{
    options->user = text;
    return sandbox_rights_user(text);
}

int sandbox_check(const struct sandbox_options *options)
{
    return options->user && options->mode == SANDBOX_OFF
               ? tool_usage("--user and --sandbox=off exclude each other")
               : TOOL_OK;
}

const char *sandbox_text(void)
{
    return sandbox_state;
}

void sandbox_lack(struct sandbox_lacks *lacks, const char *format, ...)
{
    size_t used = strlen(lacks->why);
    va_list args;
    va_start(args, format);
    if (used > 0 && used + 2 < sizeof lacks->why)
        used += (size_t)snprintf(lacks->why + used, sizeof lacks->why - used, "; ");
    vsnprintf(lacks->why + used, sizeof lacks->why - used, format, args);
    va_end(args);
}

static void sandbox_told(void *user, enum chains_access what, const char *path)
{
    struct sandbox_need *need = user;
    bool read = what == CHAINS_ACCESS_READ, write = what == CHAINS_ACCESS_WRITE;
    need->reads = need->reads || read;
    need->writes = need->writes || write;
    need->runs = need->runs || what == CHAINS_ACCESS_RUN;
    need->minds = need->minds || what == CHAINS_ACCESS_CHILD;
    if (what == CHAINS_ACCESS_NETWORK) {
        need->asks = true;
        need->names = path ? path : need->names;
    }
    if (what == CHAINS_ACCESS_MAKE && need->paths > 0 &&
        strcmp(need->path[need->paths - 1].path, path) == 0)
        need->path[need->paths - 1].makes = true; /* told with the path itself */
    if (!read && !write)
        return;
    need->too_many = need->too_many || need->paths == SANDBOX_PATHS;
    if (!need->too_many)
        need->path[need->paths++] = (struct sandbox_path){ path, write, false };
}

/* What a thread of the chain's is told, which binds itself; it lives as long as they. */
static struct sandbox_thread {
    struct sandbox_need need;
    bool required;
    pthread_mutex_t lock; /* threads may begin at the same time */
    struct sandbox_lacks lacks;
} sandbox_thread = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int sandbox_on_thread(void *user, const char *name)
{
    struct sandbox_thread *thread = user;
    bool resolver = strcmp(name, "resolver") == 0;
    const struct sandbox_path names = { thread->need.names, false, false };
    const struct sandbox_files files = {
        .path = resolver ? &names : thread->need.path,
        .count = resolver ? names.path != NULL : thread->need.paths,
        .network = resolver,
    };
    struct sandbox_lacks lacks = { "" };
    sandbox_files_bind(&files, &lacks);
    sandbox_calls_bind(resolver ? SANDBOX_RESOLVER : SANDBOX_PACKETS, &thread->need, &lacks);
    if (!lacks.why[0])
        return CHAINS_OK;
    pthread_mutex_lock(&thread->lock);
    thread->lacks = lacks;
    pthread_mutex_unlock(&thread->lock);
    return thread->required ? CHAINS_EPERM : CHAINS_OK;
}

/* Adds to what is in force. */
static void sandbox_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void sandbox_note(const char *format, ...)
{
    size_t used = strlen(sandbox_state);
    va_list args;
    va_start(args, format);
    vsnprintf(sandbox_state + used, sizeof sandbox_state - used, format, args);
    va_end(args);
}

/* What this process has that can send packets; each thread is to be kept from that. */
static void sandbox_find_sockets(struct sandbox_need *need, struct sandbox_lacks *lacks)
{
#ifdef SO_DOMAIN
    enum { GAP = 256 }; /* numbers are given from below */
    for (int fd = 0, last = 0; fd - last < GAP; fd++) {
        int domain;
        socklen_t size = sizeof domain;
        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) {
            last = errno == EBADF ? last : fd;
            continue;
        }
        last = fd;
        if (domain != AF_PACKET_)
            continue;
        if (need->sockets == SANDBOX_SOCKETS) {
            sandbox_lack(lacks, "more than %d interfaces: those beyond could be sent on",
                         SANDBOX_SOCKETS);
            return;
        }
        need->socket[need->sockets++] = fd;
    }
#else
    (void)need;
    (void)lacks;
#endif
}

/* The programs that have been begun: later on this process may end these, and no others. */
static void sandbox_find_children(struct sandbox_need *need)
{
    char path[64], text[SANDBOX_CHILDREN * 12] = "", *end = text;
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *children = need->minds && !need->runs ? fopen(path, "re") : NULL;
    if (!children)
        return;
    /* One line of numbers, which is read whole or is none of use. */
    bool whole = fgets(text, sizeof text, children) && strlen(text) + 1 < sizeof text;
    for (long pid; whole && need->children < SANDBOX_CHILDREN; end++) {
        pid = strtol(end, &end, 10);
        if (pid <= 0)
            break;
        need->child[need->children++] = (pid_t)pid;
        if (*end != ' ')
            break;
    }
    need->children_known = whole && need->children > 0 && need->children < SANDBOX_CHILDREN;
    fclose(children);
}

/* The last of it: this thread, which is to see the packets. */
static void sandbox_bind(const struct sandbox_need *need, struct sandbox_lacks *lacks)
{
    const struct sandbox_files files = {
        .path = need->path,
        .count = need->paths,
        .signals = need->minds,
    };
    int landlock = 0;
    if (!need->runs) { /* else a program inherits it, and could not be started */
        sandbox_rights_alone();
        landlock = sandbox_files_bind(&files, lacks);
    }
    if (landlock > 0)
        sandbox_note(", Landlock %d%s", landlock, need->paths ? " but for its files" : "");
    unsigned calls = sandbox_calls_bind(SANDBOX_PACKETS, need, lacks);
    if (calls > 0)
        sandbox_note(need->runs ? ", seccomp (all but %u calls)" : ", seccomp (%u calls)",
                     calls);
}

/* The limit of descriptors that there was; a program that is begun gets that one. */
static struct rlimit sandbox_descriptors;
static bool sandbox_has_more; /* than that */

void sandbox_prepare(const struct sandbox_options *options)
{
    enum { MOST = 65536 };
    struct rlimit more;
    if (options->mode == SANDBOX_OFF || sandbox_none || getrlimit(RLIMIT_NOFILE, &more) != 0)
        return;
    sandbox_descriptors = more;
    more.rlim_cur = more.rlim_max < MOST ? more.rlim_max : MOST;
    sandbox_has_more =
        more.rlim_cur > sandbox_descriptors.rlim_cur && setrlimit(RLIMIT_NOFILE, &more) == 0;
}

static void sandbox_descriptors_back(const struct sandbox_need *need)
{
    if (sandbox_has_more && (need->minds || need->runs))
        (void)setrlimit(RLIMIT_NOFILE, &sandbox_descriptors);
}

/* What the system could not give: an exit code where all of it is required, else a notice. */
static int sandbox_judge(const struct sandbox_lacks *lacks, bool required)
{
    if (!lacks->why[0])
        return TOOL_OK;
    if (required)
        return tool_problem("--sandbox=require: %s", lacks->why);
    tool_problem("the sandbox is not complete: %s", lacks->why);
    return TOOL_OK;
}

static int sandbox_start(const struct sandbox_options *options, chains_component *last)
{
    struct sandbox_thread *thread = &sandbox_thread;
    struct sandbox_need *need = &thread->need;
    bool required = thread->required = options->mode == SANDBOX_REQUIRE;
    struct sandbox_lacks lacks = { "" };
    if (need->runs && required)
        sandbox_lack(&lacks, "a program that is started again (on_exit=restart) must be able "
                             "to do what it likes");
    sandbox_find_sockets(need, &lacks);
    if (!need->runs && sandbox_files_known())
        sandbox_files_notice(need);
    if (!sandbox_rights_drop(options, need, &lacks, sandbox_state, sizeof sandbox_state) &&
        options->user)
        return tool_problem("--user=%s: %s", options->user, lacks.why);
    if (need->too_many)
        sandbox_lack(&lacks, "more than %d files are to be opened later", SANDBOX_PATHS);
    if (required && lacks.why[0])
        return sandbox_judge(&lacks, required);
    chains_on_thread(last, sandbox_on_thread, thread);
    sandbox_descriptors_back(need);
    if (chains_start(last) == CHAINS_OK) {
        sandbox_find_children(need);
        sandbox_bind(need, &lacks);
    }
    return sandbox_judge(lacks.why[0] ? &lacks : &thread->lacks, required);
}

int sandbox_enter(const struct sandbox_options *options, chains_component *last)
{
    if (options->mode == SANDBOX_OFF)
        return TOOL_OK;
    if (sandbox_none && options->mode == SANDBOX_REQUIRE)
        return tool_problem("--sandbox=require: this build has none: %s", sandbox_none);
    if (sandbox_none && options->user)
        return tool_problem("--user: this build does not give up rights: %s", sandbox_none);
    if (sandbox_none)
        return TOOL_OK;
    chains_accesses(last, sandbox_told, &sandbox_thread.need);
    return sandbox_start(options, last);
}
