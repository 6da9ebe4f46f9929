/* SPDX-License-Identifier: MIT */
/*
 * without NAME COMMAND...: runs a command on a system that lacks something: landlock (or has it switched
 * off, or forbidden), seccomp, setuid, capset. The calls fail as they do where the kernel does not know them, or does not allow them.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LANDLOCK_CREATE = 444 };

static const struct {
    const char *name;
    unsigned call;
    int argument; /* the first one, or -1 for any */
    unsigned error;
} lacks[] = {
    { "landlock", LANDLOCK_CREATE, -1, ENOSYS },
    { "landlock-off", LANDLOCK_CREATE, -1, EOPNOTSUPP },
    { "landlock-forbidden", LANDLOCK_CREATE, -1, EPERM },
    { "seccomp", SYS_seccomp, -1, ENOSYS },
    { "seccomp", SYS_prctl, PR_SET_SECCOMP, EINVAL },
    { "setuid", SYS_setresuid, -1, EPERM },
    { "capset", SYS_capset, -1, EPERM },
};

/* Lets every call through but one, which fails. */
static int lack(unsigned call, int argument, unsigned error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)argument, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    if (argument < 0)
        code[3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0);
    const struct sock_fprog program = { sizeof code / sizeof *code, code };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

int main(int argc, char **argv)
{
    if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return 77;
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++)
        if (strcmp(lacks[i].name, argv[1]) == 0 &&
            lack(lacks[i].call, lacks[i].argument, lacks[i].error) != 0)
            return 77;
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 77;
}
