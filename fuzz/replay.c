/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files, for compilers without a fuzzer: the ordinary tests. In: files, and
 * folders of files. Each input lies in memory of its own size, so that a sanitizer sees its end. A
 * folder without a file is a failure.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { REPLAY_MOST = 1 << 20 };

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(REPLAY_MOST);
    if (!file || !data) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    size_t size = fread(data, 1, REPLAY_MOST, file);
    fclose(file);
    uint8_t *exact = malloc(size ? size : 1);
    for (size_t i = 0; exact && i < size; i++)
        exact[i] = data[i];
    free(data);
    fprintf(stderr, "%s\n", path); /* so that a log ends with the one that failed */
    if (exact)
        LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;
    int failed = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char *name = NULL;
        if (entry->d_name[0] == '.' || asprintf(&name, "%s/%s", path, entry->d_name) < 0)
            continue;
        failed |= replay(name);
        free(name);
        count++;
    }
    if (folder)
        closedir(folder);
    if (count == 0)
        fprintf(stderr, "%s: has no inputs\n", path);
    return failed || count == 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        struct stat about;
        bool folder = stat(argv[i], &about) == 0 && S_ISDIR(about.st_mode);
        failed |= folder ? replay_folder(argv[i]) : replay(argv[i]);
    }
    return failed;
}
