/* SPDX-License-Identifier: MIT */
/*
 * In: the texts of a capture's Decryption Secrets Blocks. Out: one text of whole lines that grows
 * up to a ceiling. Below it nothing is left out, above it whole lines are.
 */
#include "secrets.h"

#include <stdlib.h>
#include <string.h>

enum { SECRETS_FIRST = 4096 };

/* Of `len` bytes those that end with a line, when no more than `most` fit. */
static size_t secrets_fit(const uint8_t *lines, size_t len, size_t most)
{
    if (len <= most)
        return len;
    while (most > 0 && lines[most - 1] != '\n')
        most--;
    return most;
}

/* Another text, or none, is put in the place of the one at hand, of which nothing is left behind. */
static void secrets_forget(struct secrets *secrets, char *text)
{
    size_t len = secrets->found.len;
    if (text && len)
        memcpy(text, secrets->text, len);
    if (len)
        explicit_bzero(secrets->text, len);
    free(secrets->text);
    secrets->text = text;
}

static bool secrets_grow(struct secrets *secrets, size_t size)
{
    size_t room = secrets->room ? secrets->room : SECRETS_FIRST;
    while (room < size)
        room *= 2;
    if (room == secrets->room)
        return true;
    char *text = malloc(room);
    if (!text)
        return false;
    secrets_forget(secrets, text);
    secrets->found.text = text;
    secrets->room = room;
    return true;
}

bool secrets_add(struct secrets *secrets, const uint8_t *lines, size_t len)
{
    /* One byte is kept for the end of the last line. */
    size_t most = secrets->full ? 0 : SECRETS_MOST - secrets->found.len;
    size_t n = secrets_fit(lines, len, most ? most - 1 : 0);
    secrets->full = secrets->full || n < len;
    if (n == 0)
        return true;
    if (!secrets_grow(secrets, secrets->found.len + n + 1))
        return false;
    memcpy(secrets->text + secrets->found.len, lines, n);
    secrets->found.len += n;
    if (lines[n - 1] != '\n')
        secrets->text[secrets->found.len++] = '\n';
    return true;
}

void secrets_close(struct secrets *secrets)
{
    secrets_forget(secrets, NULL);
    *secrets = (struct secrets){ .full = secrets->full };
}
