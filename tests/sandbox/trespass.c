/* SPDX-License-Identifier: MIT */
/*
 * A plugin that does what nobody may: a link that, with its first record or on a thread of its own,
 * tries one thing, and says on standard error how that came out.
 */
#include <chains/component.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct trespass_options {
    size_t size;
    const char *what, *path;
    bool thread; /* named as the resolver's is, and bound as that */
    bool socket; /* has one that packets come from, on "lo" */
    bool early;  /* begins a thread when it is opened */
};

struct trespass {
    const chains_component *self;
    bool done;
    int begun, socket;
    const char *path; /* of the file to open or to make */
};

enum { PAGE = 4096 };

static const struct trespass *trying;

static long try_open(void)
{
    return open(trying->path ? trying->path : "/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long try_own(void)
{
    return open("/proc/self/mem", O_RDWR | O_CLOEXEC);
}

static long try_create(void)
{
    const char *path = trying->path ? trying->path : "/tmp/chains-trespass";
    return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long try_unlink(void)
{
    return unlink("/tmp/chains-trespass");
}

static long try_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0);
}

static long try_packets(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}

static long try_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long try_execute(void)
{
    char path[] = "/bin/true";
    char *const words[] = { path, NULL };
    return execve(path, words, words + 1);
}

static long try_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long try_root(void)
{
    return syscall(SYS_setuid, 0);
}

static long try_kill(void)
{
    return kill(1, 0);
}

static long try_own_kill(void)
{
    return kill(getppid(), 0);
}

static long try_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long try_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_code(void)
{
    return (long)(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                      ? -1
                      : 0);
}

static long try_change(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : mprotect(page, PAGE, PROT_READ | PROT_EXEC);
}

static long try_limit(void)
{
    const struct rlimit limit = { 1, 1 };
    return setrlimit(RLIMIT_NPROC, &limit);
}

static long try_mode(void)
{
    return chmod("/etc/passwd", 0644);
}

static long try_namespace(void)
{
    return syscall(SYS_unshare, 0);
}

static long try_ring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL);
}

static long try_bpf(void)
{
    return syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, NULL, 0);
}

static const char frame[60];

static long try_send(void)
{
    return write(trying->socket, frame, sizeof frame);
}

static long try_send_parts(void)
{
    char copy[sizeof frame] = { 0 };
    const struct iovec part = { copy, sizeof copy };
    return writev(trying->socket, &part, 1);
}

/* As the kernel takes it: the upper half of an argument that is an int does not count. */
static long try_send_wide(void)
{
    return syscall(SYS_write, (1UL << 32) | (unsigned)trying->socket, frame, sizeof frame);
}

static long try_send_to(void)
{
    return send(trying->socket, frame, sizeof frame, 0);
}

static long try_send_address(void)
{
    const struct sockaddr_in at = { .sin_family = AF_INET };
    return sendto(trying->socket, frame, sizeof frame, 0, (const void *)&at, sizeof at);
}

static long try_double(void)
{
    return fcntl(trying->socket, F_DUPFD_CLOEXEC, 0);
}

static long try_owner(void)
{
    return fcntl(trying->socket, F_SETOWN, getppid());
}

static long try_connect(void)
{
    const struct sockaddr_in at = { .sin_family = AF_INET };
    return connect(-1, (const void *)&at, sizeof at);
}

static long try_fstat(void)
{
    char about[512];
    return syscall(SYS_fstat, STDERR_FILENO, about);
}

static long try_newfstatat(void)
{
    char about[512];
    return syscall(SYS_newfstatat, STDERR_FILENO, "", about, AT_EMPTY_PATH);
}

static long try_read_other(void)
{
    char byte;
    struct iovec here = { &byte, 1 }, there = { &byte, 1 };
    return syscall(SYS_process_vm_readv, getpid(), &here, 1UL, &there, 1UL, 0UL);
}

#ifdef __x86_64__
static long try_int80(void)
{
    long result = 20; /* getpid */
    __asm__ volatile("int $0x80" : "+a"(result)::"memory");
    return result;
}

static long try_x32(void)
{
    return syscall(0x40000000 | SYS_getpid);
}
#endif

static long try_abort(void)
{
    static _Alignas(16) size_t none[8]; /* a piece of memory of no size */
    void *volatile inside = &none[2];
    free(inside);
    return 0;
}

static long try_nothing(void)
{
    return 0;
}

static const struct {
    const char *name;
    long (*try)(void);
} tries[] = {
    { "open", try_open },
    { "own", try_own },
    { "create", try_create },
    { "unlink", try_unlink },
    { "socket", try_socket },
    { "packets", try_packets },
    { "unix", try_unix },
    { "execute", try_execute },
    { "fork", try_fork },
    { "root", try_root },
    { "kill", try_kill },
    { "own-kill", try_own_kill },
    { "dumpable", try_dumpable },
    { "trace", try_trace },
    { "code", try_code },
    { "change", try_change },
    { "limit", try_limit },
    { "mode", try_mode },
    { "namespace", try_namespace },
    { "ring", try_ring },
    { "bpf", try_bpf },
    { "nothing", try_nothing },
    { "send", try_send },
    { "send-parts", try_send_parts },
    { "send-wide", try_send_wide },
    { "send-to", try_send_to },
    { "send-address", try_send_address },
    { "double", try_double },
    { "owner", try_owner },
    { "connect", try_connect },
    { "fstat", try_fstat },
    { "newfstatat", try_newfstatat },
    { "read-other", try_read_other },
    { "abort", try_abort },
#ifdef __x86_64__
    { "int80", try_int80 },
    { "x32", try_x32 },
#endif
};

static void trespass(const chains_component *self)
{
    const struct trespass_options *options = chains_options(self);
    trying = chains_state(self);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        if (strcmp(tries[i].name, options->what) != 0)
            continue;
        errno = 0;
        char text[200];
        long result = tries[i].try();
        int len = snprintf(text, sizeof text, "%s: %s\n", tries[i].name,
                           result < 0 ? strerror(errno) : "done");
        if (write(STDERR_FILENO, text, (size_t)len) < 0)
            return;
    }
}

static int trespass_check(chains_component *self)
{
    const struct trespass_options *options = chains_options(self);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        if (options->what && strcmp(tries[i].name, options->what) == 0)
            return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE, "there is no such thing to try");
}

static void *trespass_sleeps(void *user)
{
    pause();
    return user;
}

static int trespass_open(chains_component *self)
{
    const struct trespass_options *options = chains_options(self);
    struct trespass *state = chains_state(self);
    struct sockaddr_ll at = { .sll_family = AF_PACKET,
                              .sll_ifindex = (int)if_nametoindex("lo") };
    pthread_t thread;
    state->path = options->path;
    state->socket = -1;
    if (options->early && pthread_create(&thread, NULL, trespass_sleeps, NULL) != 0)
        return chains_fail(self, CHAINS_EMEM, "no thread");
    if (!options->socket)
        return CHAINS_OK;
    state->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (state->socket < 0 || bind(state->socket, (const void *)&at, sizeof at) != 0)
        return chains_fail(self, CHAINS_EPERM, "no socket for packets");
    return CHAINS_OK;
}

static void *trespass_thread(void *user)
{
    struct trespass *state = user;
    state->begun = chains_thread_begun(state->self, "resolver");
    if (state->begun == CHAINS_OK)
        trespass(state->self);
    return NULL;
}

static int trespass_start(chains_component *self)
{
    const struct trespass_options *options = chains_options(self);
    struct trespass *state = chains_state(self);
    pthread_t thread;
    state->self = self;
    if (!options->thread)
        return CHAINS_OK;
    if (pthread_create(&thread, NULL, trespass_thread, state) != 0)
        return chains_fail(self, CHAINS_EMEM, "no thread");
    pthread_join(thread, NULL);
    return state->begun;
}

static int trespass_each(chains_component *self, struct chains_record *rec)
{
    const struct trespass_options *options = chains_options(self);
    struct trespass *state = chains_state(self);
    (void)rec;
    if (!options->thread && !state->done)
        trespass(self);
    state->done = true;
    return CHAINS_KEEP;
}

static void trespass_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct trespass_options *options = chains_options(self);
    if (options->thread)
        tell(user, CHAINS_ACCESS_NETWORK, "/etc/resolv.conf");
}

static const struct chains_field trespass_fields[] = {
    CHAINS_FIELD(trespass_options, what, TEXT, "what to try", .bare = 1),
    CHAINS_FIELD(trespass_options, path, TEXT, "the file to open or to make"),
    CHAINS_FIELD(trespass_options, thread, BOOL, "on a thread that asks the network"),
    CHAINS_FIELD(trespass_options, socket, BOOL, "with a socket of packets"),
    CHAINS_FIELD(trespass_options, early, BOOL, "with a thread from the beginning"),
    CHAINS_FIELDS_END,
};

static const struct chains_class trespass_class = {
    .name = "trespass",
    .brief = "does what nobody may",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct trespass),
    .options_size = sizeof(struct trespass_options),
    .options = trespass_fields,
    .check = trespass_check,
    .open = trespass_open,
    .start = trespass_start,
    .access = trespass_access,
    .each = trespass_each,
};

CHAINS_PLUGIN(&trespass_class);
