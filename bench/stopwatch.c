/* SPDX-License-Identifier: MIT */
/*
 * stopwatch CPU SECONDS COMMAND...: what a command costs. In: the processor it may use (-1: any), the
 * time it may take. Out: one line, "WALL_NS USER_US SYSTEM_US PEAK_KIB PREEMPTED STATUS"; the status is
 * the exit code, 128 and a signal's number, or -1 when its time was over. The command reads and
 * writes /dev/null. It is small, because the peak of a process counts from before its exec().
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t microseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void become(char **command, int cpu, const sigset_t *signals)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu >= 0)
        CPU_SET((unsigned)cpu, &set);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        (cpu >= 0 && sched_setaffinity(0, sizeof set, &set) < 0) || setpgid(0, 0) < 0)
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, signals, NULL);
    execvp(command[0], command);
    _exit(errno == ENOENT ? 127 : 126);
}

/* Waits for the child, or ends it and what it has begun when its time is over. */
static bool in_time(pid_t child, long seconds, const sigset_t *child_ended)
{
    struct timespec left = { .tv_sec = seconds };
    while (sigtimedwait(child_ended, NULL, &left) < 0) {
        if (errno == EINTR)
            continue;
        kill(-child, SIGKILL);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: stopwatch CPU SECONDS COMMAND...\n", stderr);
        return 2;
    }
    sigset_t child_ended, before;
    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_ended, &before);
    int64_t begin = now_ns();
    pid_t child = fork();
    if (child < 0) {
        perror("stopwatch");
        return 1;
    }
    if (child == 0)
        become(argv + 3, atoi(argv[1]), &before);
    bool ended = in_time(child, atol(argv[2]), &child_ended);
    struct rusage used;
    int status = 0;
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR)
        ;
    int64_t wall = now_ns() - begin;
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    printf("%" PRId64 " %" PRId64 " %" PRId64 " %ld %ld %d\n", wall,
           microseconds(used.ru_utime), microseconds(used.ru_stime), used.ru_maxrss,
           used.ru_nivcsw, ended ? code : -1);
    return 0;
}
