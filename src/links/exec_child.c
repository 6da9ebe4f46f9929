/* SPDX-License-Identifier: MIT */
/*
 * A program at two descriptors. In: a command for sh, bytes to feed. Out: its answers by lines, and
 * how it ended. Kept: it is started by posix_spawn(), since the library has threads; a child is
 * waited for without taking its exit code until its group has been told to end, so that the number
 * of the group cannot be somebody else's by then; no child is left, and no descriptor.
 */
#include "exec_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bytes/time.h"

#define CHILD_GRACE_NS (TIME_SECOND_NS / 2) /* between SIGTERM and SIGKILL */

enum { CHILD_SLICE_MS = 20, CHILD_FIRST_FD = 3 };

bool exec_child_init(struct exec_child *child)
{
    *child = (struct exec_child){ .feed = -1, .answers = -1, .mute = true };
    child->buffer = malloc(EXEC_LINE + 1);
    return child->buffer != NULL;
}

void exec_child_free(struct exec_child *child)
{
    struct exec_end end;
    if (child->pid)
        exec_child_end(child, 0, &end);
    free(child->buffer);
    child->buffer = NULL;
}

static void child_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/*
 * The four ends: ours do not block, the child's are beyond the standard descriptors, where dup2()
 * would find one of them in the way of the other. False with errno.
 */
static bool child_ends(int ours[2], int its[2])
{
    int sockets[2] = { -1, -1 }, pipes[2] = { -1, -1 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0 &&
        pipe2(pipes, O_CLOEXEC) == 0) {
        its[0] = fcntl(sockets[1], F_DUPFD_CLOEXEC, CHILD_FIRST_FD);
        its[1] = fcntl(pipes[1], F_DUPFD_CLOEXEC, CHILD_FIRST_FD);
    }
    int error = errno;
    bool good = its[0] >= 0 && its[1] >= 0 && fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0;
    child_close(&sockets[1]);
    child_close(&pipes[1]);
    ours[0] = sockets[0];
    ours[1] = pipes[0];
    errno = error ? error : EIO;
    return good;
}

/* The environment with `unbuffered`, unless the user has set that. NULL: no memory. */
static char **child_environment(char *unbuffered)
{
    size_t name_len = strcspn(unbuffered, "=") + 1;
    size_t count = 0;
    bool said = false;
    for (; environ && environ[count]; count++)
        said = said || strncmp(environ[count], unbuffered, name_len) == 0;
    char **made = calloc(count + 2, sizeof *made);
    if (!made)
        return NULL;
    if (count)
        memcpy(made, environ, count * sizeof *made);
    if (!said)
        made[count] = unbuffered;
    return made;
}

static int child_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    sigemptyset(&none);
    int error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    error = error ? error : posix_spawnattr_setpgroup(attributes, 0);
    error = error ? error : posix_spawnattr_setsigdefault(attributes, &all);
    return error ? error : posix_spawnattr_setsigmask(attributes, &none);
}

static int child_descriptors(posix_spawn_file_actions_t *actions, const int its[2])
{
    int error = posix_spawn_file_actions_adddup2(actions, its[0], STDIN_FILENO);
    error = error ? error : posix_spawn_file_actions_adddup2(actions, its[1], STDOUT_FILENO);
#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 34) /* elsewhere O_CLOEXEC has to do */
    error = error ? error : posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FIRST_FD);
#endif
#endif
    return error;
}

static int child_spawn(struct exec_child *child, char *cmd, const int its[2])
{
    char sh[] = "sh", dash_c[] = "-c", unbuffered[] = "PYTHONUNBUFFERED=1";
    char *const words[] = { sh, dash_c, cmd, NULL };
    char **environment = child_environment(unbuffered);
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    if (!environment)
        return ENOMEM;
    int error = posix_spawnattr_init(&attributes);
    if (error)
        goto no_attributes;
    error = posix_spawn_file_actions_init(&actions);
    if (error)
        goto no_actions;
    error = child_attributes(&attributes);
    if (!error)
        error = child_descriptors(&actions, its);
    if (!error)
        error = posix_spawn(&child->pid, "/bin/sh", &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
no_actions:
    posix_spawnattr_destroy(&attributes);
no_attributes:
    free(environment);
    return error;
}

int exec_child_start(struct exec_child *child, const char *cmd)
{
    int ours[2] = { -1, -1 }, its[2] = { -1, -1 };
    char *copy = strdup(cmd);
    int error = copy ? 0 : ENOMEM;
    if (!error && !child_ends(ours, its))
        error = errno;
    if (!error)
        error = child_spawn(child, copy, its);
    free(copy);
    child_close(&its[0]);
    child_close(&its[1]);
    child->feed = ours[0];
    child->answers = ours[1];
    child->deaf = child->mute = error != 0;
    child->begin = child->end = 0;
    child->skipping = false;
    if (error) {
        child->pid = 0;
        child_close(&child->feed);
        child_close(&child->answers);
        return error;
    }
    shutdown(child->feed, SHUT_RD); /* nothing that it writes into its input piles up */
    return 0;
}

size_t exec_child_feed(struct exec_child *child, const char *bytes, size_t len)
{
    size_t fed = 0;
    while (fed < len && !child->deaf) {
        ssize_t n = send(child->feed, bytes + fed, len - fed, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            fed += (size_t)n;
        else if (n == 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            break;
        else if (errno != EINTR)
            child->deaf = true;
    }
    return fed;
}

size_t exec_child_read(struct exec_child *child)
{
    if (child->begin > 0) {
        memmove(child->buffer, child->buffer + child->begin, child->end - child->begin);
        child->end -= child->begin;
        child->begin = 0;
    }
    size_t room = EXEC_LINE + 1 - child->end;
    if (child->mute || room == 0)
        return 0;
    ssize_t n = read(child->answers, child->buffer + child->end, room);
    if (n > 0) {
        child->end += (size_t)n;
        return (size_t)n;
    }
    child->mute = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    return 0;
}

/* A line longer than the buffer is given once, by its beginning, and then passed over. */
static bool child_long_line(struct exec_child *child, struct exec_line *line)
{
    *line = (struct exec_line){ child->buffer + child->begin, EXEC_LINE, true };
    child->begin = child->end = 0;
    child->skipping = true;
    return true;
}

bool exec_child_line(struct exec_child *child, struct exec_line *line)
{
    const char *at = child->buffer + child->begin;
    size_t have = child->end - child->begin;
    const char *end = have ? memchr(at, '\n', have) : NULL;
    if (child->skipping && end) {
        child->skipping = false;
        child->begin += (size_t)(end - at) + 1;
        at = end + 1;
        have = child->end - child->begin;
        end = have ? memchr(at, '\n', have) : NULL;
    }
    if (child->skipping) {
        child->begin = child->end;
        return false;
    }
    if (!end && have > EXEC_LINE)
        return child_long_line(child, line);
    if (!end && (!child->mute || have == 0))
        return false;
    *line = (struct exec_line){ at, end ? (size_t)(end - at) : have, false };
    child->begin += line->len + (end != NULL);
    return true;
}

bool exec_child_has_ended(const struct exec_child *child)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        return info.si_pid == child->pid;
    return errno == ECHILD;
}

void exec_child_wait(const struct exec_child *child, bool to_feed, int ms)
{
    struct pollfd fds[2] = {
        { child->mute ? -1 : child->answers, POLLIN, 0 },
        { to_feed && !child->deaf ? child->feed : -1, POLLOUT, 0 },
    };
    (void)poll(fds, 2, ms);
}

/* Until it has ended, or what holds its output has, or the time is up. False: the time is up. */
static bool child_await(struct exec_child *child, int64_t patience_ns, bool whole_group)
{
    int64_t until = time_now_ns() + patience_ns;
    int pause = 1;
    for (;;) {
        while (exec_child_read(child) > 0 && time_now_ns() < until)
            child->begin = child->end;
        child->begin = child->end;
        if (whole_group ? child->mute : exec_child_has_ended(child))
            return true;
        if (time_now_ns() >= until)
            return false;
        exec_child_wait(child, false, pause);
        pause = pause < CHILD_SLICE_MS ? pause * 2 : pause;
    }
}

bool exec_child_ends(struct exec_child *child, int64_t patience_ns)
{
    return child_await(child, patience_ns, false);
}

/* Takes the exit code, which is what makes the number of the process free. */
static void child_reap(pid_t pid, struct exec_end *end)
{
    int status = 0;
    pid_t reaped;
    do
        reaped = waitpid(pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    if (reaped != pid) {
        end->how = EXEC_LOST;
        end->code = 0;
    } else if (WIFSIGNALED(status)) {
        end->how = EXEC_KILLED;
        end->code = WTERMSIG(status);
    } else {
        end->how = EXEC_EXITED;
        end->code = WEXITSTATUS(status);
    }
}

/* Whether it has ended and its exit code was taken: its number may be another's. */
static bool child_is_taken(const struct exec_child *child)
{
    siginfo_t info;
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
           errno == ECHILD;
}

void exec_child_end(struct exec_child *child, int64_t patience_ns, struct exec_end *end)
{
    if (child->feed >= 0)
        shutdown(child->feed, SHUT_RDWR); /* the end for it, whoever else may hold our end */
    child_close(&child->feed);
    child->deaf = true;
    bool ended = child_await(child, patience_ns, false);
    *end = (struct exec_end){ .forced = !ended };
    if (!child_is_taken(child)) {
        /* Children of its own that still hold its output get the same moment. */
        if (!ended || !child->mute)
            kill(-child->pid, SIGTERM);
        if (!ended)
            child_await(child, CHILD_GRACE_NS, false);
        if (!child->mute && exec_child_has_ended(child))
            child_await(child, ended ? CHILD_GRACE_NS : 0, true);
        kill(-child->pid, SIGKILL);
    }
    child_reap(child->pid, end);
    child->pid = 0;
    child->mute = true;
    child_close(&child->answers);
    child->begin = child->end = 0;
}
