/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over the files named, for compilers without a fuzzer: the ordinary tests. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    if (!file || !data) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    size_t size = fread(data, 1, 1 << 20, file);
    fclose(file);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees its end */
    for (size_t i = 0; exact && i < size; i++)
        exact[i] = data[i];
    free(data);
    if (exact)
        LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    return failed;
}
