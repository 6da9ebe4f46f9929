/* SPDX-License-Identifier: MIT */
/*
 * Files, by Landlock. In: paths that will be opened later. Out: a thread that can open these and no
 * others, connect nowhere and signal nobody, as far as this kernel knows how. The file may be another
 * one of its name by then, so that it is its folder, with all below it; but not where that is one of
 * the system's own, or somebody's home, in which everything lies: there it is the file as it is now,
 * unless the chain is sure to make others.
 *
 * The kernel's interface stands here, so that what is in force does not depend on the headers of the
 * system that this was built on.
 */
#include "sandbox_parts.h"

#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__

#include <sys/stat.h>
#include <sys/syscall.h>

/* Where the headers are older than these calls: nearly every architecture has these numbers. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum { LANDLOCK_VERSION = 1, LANDLOCK_BENEATH = 1, LANDLOCK_KNOWN = 6 };

enum {
    ACCESS_WRITE_FILE = 1 << 1,
    ACCESS_READ_FILE = 1 << 2,
    ACCESS_REMOVE_FILE = 1 << 5,
    ACCESS_MAKE_REG = 1 << 8,
    ACCESS_TRUNCATE = 1 << 14,
};

struct landlock_rules {
    uint64_t files, network, scoped;
};

struct landlock_beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

/* What this kernel knows, of what is known here; 0: none, and errno says why. */
static int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
    return version < 0 ? 0 : version < LANDLOCK_KNOWN ? (int)version : LANDLOCK_KNOWN;
}

bool sandbox_files_known(void)
{
    return landlock_version() > 0;
}

/* Every access that a version of the interface knows. */
static struct landlock_rules landlock_all(int version, const struct sandbox_files *files,
                                          size_t *size)
{
    static const unsigned bits[LANDLOCK_KNOWN + 1] = { 0, 13, 14, 15, 15, 16, 16 };
    struct landlock_rules all = { .files = ((uint64_t)1 << bits[version]) - 1 };
    *size = version >= 6   ? sizeof all
            : version >= 4 ? offsetof(struct landlock_rules, scoped)
                           : sizeof all.files;
    if (version >= 4 && !files->network)
        all.network = 3; /* TCP: to bind, to connect */
    if (version >= 6)
        all.scoped = files->signals ? 1 : 3; /* abstract sockets, signals */
    return all;
}

static void landlock_allow(int rules, const char *path, uint64_t allowed, uint64_t handled)
{
    struct stat about;
    struct landlock_beneath rule = { .folder = open(path, O_PATH | O_CLOEXEC) };
    if (rule.folder < 0)
        return; /* nothing there to be opened */
    bool folder = fstat(rule.folder, &about) == 0 && S_ISDIR(about.st_mode);
    rule.allowed = allowed & handled;
    if (!folder)
        rule.allowed &= ACCESS_READ_FILE | ACCESS_WRITE_FILE | ACCESS_TRUNCATE;
    (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_BENEATH, &rule, 0);
    close(rule.folder);
}

/* Somebody's home; that of a program's user, in /var, holds what the program does. */
static bool folder_is_home(const char *folder)
{
    char home[PATH_MAX];
    const char *named = getenv("HOME");
    if (strncmp(folder, "/home", 5) == 0 && folder[5] == '/' && !strchr(folder + 6, '/'))
        return true;
    return named && realpath(named, home) && strncmp(home, "/var/", 5) != 0 &&
           strcmp(home, folder) == 0;
}

/* Folders in which there is everything. */
static bool folder_is_common(const char *folder)
{
    static const char *const common[] = {
        "/",    "/bin",     "/boot",    "/dev",     "/dev/shm",   "/etc",       "/home",
        "/lib", "/mnt",     "/opt",     "/proc",    "/root",      "/run",       "/srv",
        "/sys", "/tmp",     "/usr",     "/usr/bin", "/usr/lib",   "/usr/share", "/usr/local",
        "/var", "/var/lib", "/var/log", "/var/run", "/var/spool", "/var/tmp",   NULL
    };
    for (const char *const *one = common; *one; one++)
        if (strcmp(*one, folder) == 0)
            return true;
    return folder_is_home(folder);
}

/* The folder of a path, as a path without links. False when there is none. */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    char copy[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + (slash == path) : 0;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, path, len);
    copy[len] = '\0';
    return realpath(len ? copy : ".", folder) != NULL;
}

static void landlock_allow_path(int rules, const struct sandbox_path *path, uint64_t handled)
{
    const uint64_t to_write = ACCESS_READ_FILE | ACCESS_WRITE_FILE | ACCESS_REMOVE_FILE |
                              ACCESS_MAKE_REG | ACCESS_TRUNCATE;
    uint64_t allowed = path->write ? to_write : ACCESS_READ_FILE;
    char folder[PATH_MAX], target[PATH_MAX];
    landlock_allow(rules, path->path, allowed, handled);
    if (folder_of(path->path, folder) && (path->makes || !folder_is_common(folder)))
        landlock_allow(rules, folder, allowed, handled);
    /* What a link leads to may be replaced as well. */
    if (realpath(path->path, target) && folder_of(target, folder) && !folder_is_common(folder))
        landlock_allow(rules, folder, allowed, handled);
}

/* Why there is none: errno of the question for its version. */
static void landlock_lacks(struct sandbox_lacks *lacks)
{
    const char *why = errno == EOPNOTSUPP ? "it is switched off, see lsm= of the kernel"
                      : errno == ENOSYS   ? "the kernel is without it"
                      : errno == EPERM || errno == EACCES
                          ? "asking for it is forbidden, as in some containers"
                          : strerror(errno);
    sandbox_lack(lacks, "no Landlock in this kernel (%s)", why);
}

int sandbox_files_bind(const struct sandbox_files *files, struct sandbox_lacks *lacks)
{
    int version = landlock_version();
    if (version == 0) {
        landlock_lacks(lacks);
        return 0;
    }
    size_t size;
    const struct landlock_rules all = landlock_all(version, files, &size);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
    for (size_t i = 0; rules >= 0 && i < files->count; i++)
        landlock_allow_path(rules, &files->path[i], all.files);
    bool bound = rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!bound)
        sandbox_lack(lacks, "Landlock: %s", strerror(errno));
    if (rules >= 0)
        close(rules);
    return bound ? version : 0;
}

/* Once for each kind: what will not work, or what is wide, because of where a file lies. */
void sandbox_files_notice(const struct sandbox_need *need)
{
    bool told[2] = { false };
    char folder[PATH_MAX];
    for (size_t i = 0; i < need->paths; i++) {
        const struct sandbox_path *path = &need->path[i];
        if (!folder_of(path->path, folder) || !folder_is_common(folder))
            continue;
        if (path->makes && !told[0]) {
            told[0] = true;
            tool_problem(
                "%s: since its files follow each other, all in %s and below can be written "
                "by this process: better give them a folder of their own",
                path->path, folder);
        } else if (path->write && !path->makes && need->sockets > 0 && !told[1]) {
            told[1] = true;
            tool_problem(
                "%s: it lies in %s among other things, where no file can be begun anew "
                "(SIGHUP): better give it a folder of its own",
                path->path, folder);
        }
    }
}

#else

int sandbox_files_bind(const struct sandbox_files *files, struct sandbox_lacks *lacks)
{
    (void)files;
    (void)lacks;
    return 0;
}

bool sandbox_files_known(void)
{
    return false;
}

void sandbox_files_notice(const struct sandbox_need *need)
{
    (void)need;
}

#endif
