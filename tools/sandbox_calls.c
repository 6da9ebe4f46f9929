/* SPDX-License-Identifier: MIT */
/*
 * System calls, by seccomp. In: what a thread is for, what the chain may still ask for. Out: a thread
 * that can make the calls in these lists; any other kills the process, but for those by which
 * libraries look for files that they can do without: these fail. The lists are in sandbox_lists.h and
 * docs/security.md; tests/sandbox holds both together.
 */
#include "sandbox_parts.h"

#include <errno.h>
#include <string.h>

#ifdef SANDBOX_SECCOMP

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox_lists.h"

enum { CALLS_MOST = 1024, CALLS_CODE = 512 };
enum { SOL_PACKET_ = 263, RX_RING_ = 5 }; /* of linux/if_packet.h */

/*
 * A filter that is being made: the call's number is compared with one after the other. It is written
 * here and not by libseccomp, which crashes, or makes another filter, where memory is lacking; that
 * knows the numbers.
 */
struct calls {
    struct sock_filter code[CALLS_CODE];
    unsigned short len;
    bool has[CALLS_MOST]; /* by number: it is decided */
    unsigned count;       /* of those that its lists name */
};

static void calls_put(struct calls *calls, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    if (calls->len < CALLS_CODE)
        calls->code[calls->len] = (struct sock_filter){ code, yes, no, k };
    calls->len = (unsigned short)(calls->len + (calls->len < CALLS_CODE));
}

static void calls_load(struct calls *calls, size_t offset)
{
    calls_put(calls, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void calls_return(struct calls *calls, uint32_t what)
{
    calls_put(calls, BPF_RET | BPF_K, what, 0, 0);
}

/* Whether a name is to be decided: it is a call here, and has not been yet. */
static bool calls_take(struct calls *calls, const char *name, int *number)
{
    *number = seccomp_syscall_resolve_name(name);
    if (*number < 0 || *number >= CALLS_MOST || calls->has[*number])
        return false;
    calls->has[*number] = true;
    return true;
}

/* This call has this answer. */
static void calls_add(struct calls *calls, const char *name, uint32_t answer)
{
    int number;
    if (!calls_take(calls, name, &number))
        return;
    calls_put(calls, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    calls_return(calls, answer);
    calls->count += answer == SECCOMP_RET_ALLOW;
}

static void calls_add_all(struct calls *calls, call_list names, uint32_t answer)
{
    for (size_t i = 0; names[i]; i++)
        calls_add(calls, names[i], answer);
}

/* What an argument has to be. 32 bits of each count: the kernel takes no more of these. */
struct calls_argument {
    unsigned index;
    enum { CALLS_AMONG, CALLS_NOT_AMONG, CALLS_WITHOUT } how; /* without: none of these bits */
    const uint32_t *values;
    unsigned count;
};

static void calls_test(struct calls *calls, const struct calls_argument *argument,
                       uint32_t answer)
{
    const size_t low = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : sizeof(uint32_t);
    const uint16_t test = argument->how == CALLS_WITHOUT ? BPF_JSET : BPF_JEQ;
    calls_load(calls,
               offsetof(struct seccomp_data, args) + argument->index * sizeof(uint64_t) + low);
    for (unsigned i = 0; i < argument->count; i++) {
        if (argument->how == CALLS_AMONG) { /* behind the answer that stands at the end */
            calls_put(calls, BPF_JMP | BPF_JEQ | BPF_K, argument->values[i],
                      (uint8_t)(argument->count - i), 0);
        } else {
            calls_put(calls, (uint16_t)(BPF_JMP | test | BPF_K), argument->values[i], 0, 1);
            calls_return(calls, answer);
        }
    }
    if (argument->how == CALLS_AMONG)
        calls_return(calls, answer);
}

/* This call is allowed as its arguments say, and else has this answer. */
static void calls_add_when(struct calls *calls, const char *name, uint32_t answer,
                           const struct calls_argument *argument, unsigned count)
{
    const unsigned short jump = calls->len;
    int number;
    if (jump == CALLS_CODE || !calls_take(calls, name, &number))
        return;
    calls_put(calls, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
    for (unsigned i = 0; i < count; i++)
        calls_test(calls, &argument[i], answer);
    calls_return(calls, SECCOMP_RET_ALLOW);
    calls->code[jump].jf = (uint8_t)(calls->len - jump - 1);
    calls->count++;
}

/* One value, of an argument that has one. */
static void calls_add_one(struct calls *calls, const char *name, uint32_t answer,
                          unsigned index, uint32_t value)
{
    const struct calls_argument is = { index, CALLS_AMONG, &value, 1 };
    calls_add_when(calls, name, answer, &is, 1);
}

/* Memory that cannot be run; a signal to itself, with which it aborts; an interface's and its ring's end. */
static void calls_add_narrow(struct calls *calls, enum sandbox_calls which)
{
    static const uint32_t exec = PROT_EXEC, internet[] = { AF_INET, AF_INET6 };
    static const uint32_t packet = SOL_PACKET_, ring = RX_RING_;
    const struct calls_argument no_exec = { 2, CALLS_WITHOUT, &exec, 1 };
    const struct calls_argument family = { 0, CALLS_AMONG, internet, 2 };
    const struct calls_argument rings[] = { { 1, CALLS_AMONG, &packet, 1 },
                                            { 2, CALLS_AMONG, &ring, 1 } };
    calls_add_when(calls, "mmap", SECCOMP_RET_KILL_PROCESS, &no_exec, 1);
    calls_add_when(calls, "mmap2", SECCOMP_RET_KILL_PROCESS, &no_exec, 1);
    calls_add_one(calls, "tgkill", SECCOMP_RET_KILL_PROCESS, 0, (uint32_t)getpid());
    if (which == SANDBOX_PACKETS) {
        /* What libpcap says when it gives its ring back, and asks when an interface fails. */
        calls_add_when(calls, "setsockopt", SECCOMP_RET_KILL_PROCESS, rings, 2);
        calls_add_one(calls, "ioctl", SECCOMP_RET_ERRNO | ENOTTY, 1, SIOCGIFFLAGS);
    } else {
        calls_add_when(calls, "mprotect", SECCOMP_RET_KILL_PROCESS, &no_exec, 1);
        calls_add_when(calls, "socket", SECCOMP_RET_KILL_PROCESS, &family, 1);
    }
}

/*
 * What sends does not do so on the sockets that packets come from. Their numbers name them for good,
 * since no descriptor can be doubled.
 */
static void calls_add_sending(struct calls *calls, enum sandbox_calls which,
                              const struct sandbox_need *need)
{
    static const uint32_t none = 0;
    uint32_t sockets[SANDBOX_SOCKETS];
    for (size_t i = 0; i < need->sockets; i++)
        sockets[i] = (uint32_t)need->socket[i];
    /* And exec not to an address. */
    const struct calls_argument others[] = {
        { 0, CALLS_NOT_AMONG, sockets, (unsigned)need->sockets }, { 5, CALLS_AMONG, &none, 1 }
    };
    const uint32_t answer = SECCOMP_RET_ERRNO | EPERM;
    if (need->sockets > 0) {
        calls_add_when(calls, "write", answer, others, 1);
        calls_add_when(calls, "writev", answer, others, 1);
    }
    if (which == SANDBOX_RESOLVER) {
        calls_add_when(calls, "sendto", answer, others, 1);
        calls_add_when(calls, "sendmsg", answer, others, 1);
    } else if (need->minds) {
        calls_add_when(calls, "sendto", answer, others, 2);
    }
}

/* Flags of a descriptor; signals to the programs that were begun. */
static void calls_add_minding(struct calls *calls, enum sandbox_calls which,
                              const struct sandbox_need *need)
{
    static const uint32_t flags[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL };
    const struct calls_argument command = { 1, CALLS_AMONG, flags, 4 };
    uint32_t groups[SANDBOX_CHILDREN];
    for (size_t i = 0; i < need->children; i++)
        groups[i] = (uint32_t)-need->child[i];
    const struct calls_argument group = { 0, CALLS_AMONG, groups, (unsigned)need->children };
    if (which == SANDBOX_RESOLVER || need->writes || need->minds) {
        calls_add_when(calls, "fcntl", SECCOMP_RET_KILL_PROCESS, &command, 1);
        calls_add_when(calls, "fcntl64", SECCOMP_RET_KILL_PROCESS, &command, 1);
    }
    if (which == SANDBOX_PACKETS && need->minds && need->children_known)
        calls_add_when(calls, "kill", SECCOMP_RET_KILL_PROCESS, &group, 1);
    else if (which == SANDBOX_PACKETS && need->minds)
        calls_add(calls, "kill", SECCOMP_RET_ALLOW);
}

static void calls_allow(struct calls *calls, enum sandbox_calls which,
                        const struct sandbox_need *need)
{
    bool resolver = which == SANDBOX_RESOLVER;
    calls_add_narrow(calls, which);
    calls_add_sending(calls, which, need);
    calls_add_minding(calls, which, need);
    if (resolver)
        calls_add_all(calls, calls_resolver, SECCOMP_RET_ALLOW);
    else
        calls_add_all(calls, calls_packets, SECCOMP_RET_ALLOW);
    if (resolver ? need->names != NULL : need->reads)
        calls_add_all(calls, calls_reads, SECCOMP_RET_ALLOW);
    if (!resolver && need->writes)
        calls_add_all(calls, calls_writes, SECCOMP_RET_ALLOW);
    if (!resolver && need->minds)
        calls_add_all(calls, calls_minds, SECCOMP_RET_ALLOW);
    for (size_t i = 0; calls_vain[i].name; i++)
        calls_add(calls, calls_vain[i].name, SECCOMP_RET_ERRNO | (uint32_t)calls_vain[i].error);
    calls_return(calls, SECCOMP_RET_KILL_PROCESS);
}

/* All but what no program needs, and namespaces of its own. */
static void calls_forbid(struct calls *calls)
{
    /* CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET */
    static const uint32_t namespaces = 0x7e020000;
#ifdef __s390__
    const struct calls_argument flags = { 1, CALLS_WITHOUT, &namespaces, 1 };
#else
    const struct calls_argument flags = { 0, CALLS_WITHOUT, &namespaces, 1 };
#endif
    calls_add_when(calls, "clone", SECCOMP_RET_ERRNO | EPERM, &flags, 1);
    calls_add(calls, "clone3", SECCOMP_RET_ERRNO | ENOSYS); /* its flags cannot be seen */
    calls_add_all(calls, calls_never, SECCOMP_RET_ERRNO | EPERM);
    calls_return(calls, SECCOMP_RET_ALLOW);
    calls->count = 0;
    for (size_t i = 0; i < CALLS_MOST; i++)
        calls->count += calls->has[i];
}

unsigned sandbox_calls_bind(enum sandbox_calls which, const struct sandbox_need *need,
                            struct sandbox_lacks *lacks)
{
    bool open = need->runs && which == SANDBOX_PACKETS;
    struct calls calls = { .len = 0 };
    calls_load(&calls, offsetof(struct seccomp_data, arch));
    calls_put(&calls, BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0);
    calls_return(&calls, SECCOMP_RET_KILL_PROCESS);
    calls_load(&calls, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    calls_put(&calls, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* those of x32 */
    calls_return(&calls, SECCOMP_RET_KILL_PROCESS);
#endif
    if (open)
        calls_forbid(&calls);
    else
        calls_allow(&calls, which, need);
    const struct sock_fprog program = { calls.len, calls.code };
    if (calls.len < CALLS_CODE &&
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
        return calls.count;
    sandbox_lack(lacks, "no seccomp in this kernel (%s)", strerror(errno));
    return 0;
}

#else

unsigned sandbox_calls_bind(enum sandbox_calls which, const struct sandbox_need *need,
                            struct sandbox_lacks *lacks)
{
    (void)which;
    (void)need;
    sandbox_lack(lacks, "this build cannot narrow system calls (libseccomp)");
    return 0;
}

#endif
