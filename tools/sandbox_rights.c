/* SPDX-License-Identifier: MIT */
/*
 * What this process may do. In: who it is, what its chain needs. Out: somebody with less. Root becomes
 * nobody, or whom the user names; it stays root, without a capability, where the chain will write files,
 * or read some that nobody may, or minds a program that is root's; but where files may be opened it
 * does so only if Landlock says which. Where an unprivileged user began it
 * set-user-ID, it is that user again. All capabilities go in any case.
 */
#include "sandbox_parts.h"

#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/fsuid.h>
#include <sys/prctl.h>
#endif
#ifdef SANDBOX_CAP_NG
#include <cap-ng.h>
#endif

enum { RIGHTS_NOBODY = 65534, RIGHTS_GROUPS = 64 };

/* Whom --user names; they are looked up while files can be opened. */
static struct rights_user {
    uid_t uid;
    gid_t gid;
    gid_t group[RIGHTS_GROUPS];
    int groups;
} rights_named;

int sandbox_rights_user(const char *name)
{
    uint64_t number = 0;
    const struct passwd *entry = getpwnam(name);
    bool numbered = !entry && tool_number(name, 0, UINT32_MAX - 1, &number);
    if (numbered) /* which need not have a name: in a container often nobody has */
        entry = getpwuid((uid_t)number);
    if (!entry && !numbered)
        return tool_usage("--user: there is no user \"%s\"", name);
    struct rights_user user = { .uid = entry ? entry->pw_uid : (uid_t)number,
                                .gid = entry ? entry->pw_gid : (gid_t)number,
                                .groups = entry ? RIGHTS_GROUPS : 0 };
    if (user.uid == 0)
        return tool_usage("--user: \"%s\" has all rights: name somebody else", name);
    if (geteuid() != 0)
        return tool_usage("--user is for root, to become somebody else");
    if (entry && getgrouplist(entry->pw_name, user.gid, user.group, &user.groups) < 0)
        return tool_usage("--user: \"%s\" is in more than %d groups", name, RIGHTS_GROUPS);
    rights_named = user;
    return TOOL_OK;
}

#ifdef __linux__

/* Whether nobody may read the files that the chain will open again. */
static bool rights_nobody_reads(const struct sandbox_need *need)
{
    gid_t group[RIGHTS_GROUPS];
    int groups = getgroups(RIGHTS_GROUPS, group);
    bool all = true;
    if (groups < 0 || setgroups(0, NULL) != 0)
        return false;
    setfsgid(RIGHTS_NOBODY);
    setfsuid(RIGHTS_NOBODY);
    for (size_t i = 0; i < need->paths && all; i++) {
        int fd = open(need->path[i].path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        all = fd >= 0 || errno == ENOENT;
        if (fd >= 0)
            close(fd);
    }
    setfsuid(0);
    setfsgid(getegid());
    (void)setgroups((size_t)groups, group);
    return all;
}

/* Whether a chain of root's has a reason to stay root's. */
static bool rights_stays(const struct sandbox_need *need)
{
    return need->writes || need->runs || need->minds ||
           (need->reads && !rights_nobody_reads(need));
}

/* Who to become; false: who it is. */
static bool rights_choose(const struct sandbox_options *options,
                          const struct sandbox_need *need, struct rights_user *user,
                          struct sandbox_lacks *lacks)
{
    bool opens = (need->writes || need->reads) && !need->runs;
    *user = (struct rights_user){ .uid = RIGHTS_NOBODY, .gid = RIGHTS_NOBODY };
    if (geteuid() != 0) {
        *user = (struct rights_user){ .uid = getuid(), .gid = getgid() };
        return geteuid() != getuid() || getegid() != getgid();
    }
    if (options->user)
        *user = rights_named;
    else if (getuid() != 0)
        *user = (struct rights_user){ .uid = getuid(), .gid = getgid() };
    else if (!rights_stays(need))
        return true;
    else if (opens && !sandbox_files_known())
        sandbox_lack(lacks,
                     "without Landlock root may not open files later, so that it is user %d "
                     "(or --user=NAME) who has to be able to",
                     RIGHTS_NOBODY);
    else
        return false;
    return true;
}

static bool rights_become(const struct rights_user *user, struct sandbox_lacks *lacks)
{
    bool done = geteuid() != 0 || setgroups((size_t)user->groups, user->group) == 0;
    done = done && setresgid(user->gid, user->gid, user->gid) == 0 &&
           setresuid(user->uid, user->uid, user->uid) == 0;
    if (!done)
        sandbox_lack(lacks, "cannot become user %u: %s", (unsigned)user->uid, strerror(errno));
    return done;
}

/* The bounding set needs a right of its own; without it, no new privileges has to do. */
static void rights_bound(void)
{
#ifdef SANDBOX_CAP_NG
    capng_clear(CAPNG_SELECT_BOUNDS);
    capng_apply(CAPNG_SELECT_BOUNDS);
#else
    for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
        ;
#endif
}

static bool rights_no_capabilities(struct sandbox_lacks *lacks)
{
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
#ifdef SANDBOX_CAP_NG
    capng_clear(CAPNG_SELECT_CAPS);
    /* What the kernel says then, and not what was asked of it. */
    if (capng_apply(CAPNG_SELECT_CAPS) == 0 && capng_get_caps_process() == 0 &&
        capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE)
        return true;
    sandbox_lack(lacks, "cannot give up capabilities: %s", strerror(errno));
#else
    sandbox_lack(lacks, "this build cannot give up capabilities (libcap-ng)");
#endif
    return false;
}

/* Each thread has rights of its own: one that is there already would keep what it has. */
static void rights_threads(struct sandbox_lacks *lacks)
{
    unsigned threads = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *task; tasks && (task = readdir(tasks));)
        threads += task->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    if (threads > 1)
        sandbox_lack(lacks, "%u threads were there before it, which keep what they have",
                     threads - 1);
}

bool sandbox_rights_drop(const struct sandbox_options *options, const struct sandbox_need *need,
                         struct sandbox_lacks *lacks, char *text, size_t size)
{
    struct rights_user user;
    rights_threads(lacks);
    bool becomes = rights_choose(options, need, &user, lacks), good = true;
    rights_bound();
    if (becomes)
        good = rights_become(&user, lacks);
    else if (geteuid() == 0)
        (void)setgroups(0, NULL); /* who stays root does so without root's other groups */
    bool none = rights_no_capabilities(lacks);
    bool last = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!last)
        sandbox_lack(lacks, "cannot forbid new privileges: %s", strerror(errno));
    const struct rlimit nothing = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &nothing); /* what is not dumpable leaves none either */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        sandbox_lack(lacks, "cannot keep others from looking into it: %s", strerror(errno));
    snprintf(text, size, "user %u%s%s", (unsigned)geteuid(), none ? ", no capabilities" : "",
             last ? ", no_new_privs" : "");
    return good;
}

void sandbox_rights_alone(void)
{
    const struct rlimit nothing = { 0, 0 };
    (void)setrlimit(RLIMIT_NPROC, &nothing);
}

#else

bool sandbox_rights_drop(const struct sandbox_options *options, const struct sandbox_need *need,
                         struct sandbox_lacks *lacks, char *text, size_t size)
{
    (void)need;
    sandbox_lack(lacks, "this system has no sandbox that is known here");
    snprintf(text, size, "user %u", (unsigned)geteuid());
    return !options->user;
}

void sandbox_rights_alone(void)
{
}

#endif
