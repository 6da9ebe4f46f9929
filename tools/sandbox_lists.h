/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_LISTS_H
#define SANDBOX_LISTS_H

/* The calls of sandbox_calls.c, which includes this behind its other headers. */

#ifdef SYS_poll
#define CALLS_POLL "poll"
#else
#define CALLS_POLL "ppoll"
#endif

/*
 * How the C library that it will run with looks at a file: the one or the other, with its version. And
 * how another one than glibc reads.
 */
#ifdef __GLIBC__
#define CALLS_LIBC "fstat", "newfstatat"
#else
#define CALLS_LIBC "fstat", "newfstatat", "readv"
#endif

/*
 * A name that an architecture or a libseccomp does not know is passed over: the last lines of the
 * lists are for those of 32 bits.
 */
typedef const char *const call_list[];

/*
 * Of the thread that sees the packets; besides those that may say some things alone. To say why it
 * aborts glibc asks who it is and sets its signals.
 */
static call_list calls_packets = {
    "read",
    "pread64",
    "write",
    "writev",
    "lseek",
    "ftruncate",
    "close",
    CALLS_LIBC,
    CALLS_POLL,
    "munmap",
    "mremap",
    "brk",
    "madvise",
    "futex",
    "clock_gettime",
    "clock_nanosleep",
    "rt_sigreturn",
    "rt_sigprocmask",
    "restart_syscall",
    "getpid",
    "gettid",
    "exit_group",
    "getsockopt",
    "getsockname",
    "recvfrom",
    "recvmsg",
    "_llseek",
    "ftruncate64",
    "fstat64",
    "fstatat64",
    "futex_time64",
    "clock_gettime64",
    "clock_nanosleep_time64",
    "ppoll_time64",
    "sigreturn",
    NULL,
};

/* Where it opens files later; what it may open is for Landlock to say. */
static call_list calls_reads = { "open", "openat", "stat", "statx", "getrandom", NULL };
static call_list calls_writes = { "open",     "openat", "stat",     "statx",     "unlink",
                                  "unlinkat", "rename", "renameat", "renameat2", NULL };

/* Where it minds a program that it has started. */
static call_list calls_minds = { "shutdown", "waitid", "wait4", NULL };

/* Of the thread that asks for names. */
static call_list calls_resolver = {
    "read",         "write",           "writev",
    "readv",        "close",           "lseek",
    "fstat",        "newfstatat",      "statx",
    "poll",         "ppoll",           "connect",
    "bind",         "sendto",          "sendmsg",
    "recvfrom",     "recvmsg",         "setsockopt",
    "getsockopt",   "getsockname",     "getpid",
    "munmap",       "mremap",          "brk",
    "madvise",      "futex",           "clock_gettime",
    "gettimeofday", "getrandom",       "rt_sigprocmask",
    "futex_time64", "clock_gettime64", "ppoll_time64",
    "_llseek",      "fstat64",         "fstatat64",
    "rt_sigreturn", "restart_syscall", "uname",
    "exit",         "exit_group",      "gettid",
    NULL,
};

/* Tries that fail harmlessly. */
static const struct {
    const char *name;
    int error;
} calls_vain[] = {
    { "open", EACCES },       { "openat", EACCES },
    { "access", EACCES },     { "faccessat", EACCES },
    { "faccessat2", EACCES }, { "readlink", EACCES },
    { "readlinkat", EACCES }, { "stat", EACCES },
    { "statx", ENOSYS },      { "unlink", EACCES },
    { "unlinkat", EACCES },   { "ioctl", ENOTTY },
    { "sysinfo", EPERM },     { "sched_getaffinity", EPERM },
    { "mprotect", ENOMEM },   { NULL, 0 },
};

/*
 * Where programs are started, which need everything else: what none of them needs. It fails there,
 * for runtimes try some of it and can do without.
 */
static call_list calls_never = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "bpf",
    "perf_event_open",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "reboot",
    "swapon",
    "swapoff",
    "settimeofday",
    "clock_settime",
    "open_by_handle_at",
    "add_key",
    "request_key",
    "keyctl",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "acct",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "mount_setattr",
    "pidfd_getfd",
    "process_madvise",
    "kcmp",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "quotactl",
    "quotactl_fd",
    "syslog",
    "iopl",
    "ioperm",
    "lookup_dcookie",
    "vhangup",
    NULL,
};

#endif
