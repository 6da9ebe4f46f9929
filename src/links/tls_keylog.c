/* SPDX-License-Identifier: MIT */
/*
 * In: a line of a key log. Out: the secret in it. A label that nobody here asks for is no fault,
 * for programs write more of them every year; a line that is cut short or not hex is one, and is
 * passed over.
 */
#include "tls_keylog.h"

#include <string.h>

enum { KEYLOG_LABEL_MOST = 64, KEYLOG_MASTER = 48 };

static const char *const keylog_labels[TLS_SECRETS] = {
    [TLS_SECRET_MASTER] = "CLIENT_RANDOM",
    [TLS_SECRET_CLIENT_EARLY] = "CLIENT_EARLY_TRAFFIC_SECRET",
    [TLS_SECRET_CLIENT_HANDSHAKE] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    [TLS_SECRET_SERVER_HANDSHAKE] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    [TLS_SECRET_CLIENT_TRAFFIC] = "CLIENT_TRAFFIC_SECRET_0",
    [TLS_SECRET_SERVER_TRAFFIC] = "SERVER_TRAFFIC_SECRET_0",
};

static bool keylog_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Takes what is in front of the next blank, and the blanks behind it. */
static struct chains_bytes keylog_word(struct chains_bytes *line)
{
    struct chains_bytes word = { line->at, 0 };
    while (word.len < line->len && !keylog_is_blank(chains_byte(*line, word.len)))
        word.len++;
    size_t n = word.len;
    while (n < line->len && keylog_is_blank(chains_byte(*line, n)))
        n++;
    *line = chains_behind(*line, n);
    return word;
}

/* Editors put one in front of a file's first line. */
static void keylog_skip_mark(struct chains_bytes *line)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
    if (line->len < sizeof mark || memcmp(line->at, mark, sizeof mark) != 0)
        return;
    *line = chains_behind(*line, sizeof mark);
}

/* -1: not a hex digit. */
static int keylog_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As many bytes as `hex` has pairs of digits, at most `most`; 0 when it is not hex, or longer. */
static size_t keylog_hex(struct chains_bytes hex, uint8_t *out, size_t most)
{
    if (hex.len % 2 != 0 || hex.len / 2 > most)
        return 0;
    for (size_t i = 0; i < hex.len; i += 2) {
        int high = keylog_digit(chains_byte(hex, i)),
            low = keylog_digit(chains_byte(hex, i + 1));
        if (high < 0 || low < 0)
            return 0;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return hex.len / 2;
}

/* Whether two words in hex are there, of any length: who writes this format writes so. */
static bool keylog_is_pair(struct chains_bytes line)
{
    for (int i = 0; i < 2; i++) {
        struct chains_bytes word = keylog_word(&line);
        for (size_t j = 0; j < word.len; j++)
            if (keylog_digit(chains_byte(word, j)) < 0)
                return false;
        if (word.len == 0)
            return false;
    }
    return line.len == 0;
}

/* RFC 9850: letters, digits and underscores. */
static bool keylog_is_label(struct chains_bytes word)
{
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = chains_byte(word, i), small = c | 0x20;
        if (!(small >= 'a' && small <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return word.len > 0 && word.len <= KEYLOG_LABEL_MOST;
}

static int keylog_label(struct chains_bytes word)
{
    for (int i = 0; i < TLS_SECRETS; i++)
        if (strlen(keylog_labels[i]) == word.len &&
            memcmp(keylog_labels[i], word.at, word.len) == 0)
            return i;
    return -1;
}

/* The master secret of TLS 1.2 is 48 bytes, those of TLS 1.3 are as long as the hash. */
static bool keylog_fits(int label, size_t len)
{
    return len == CRYPTO_HASH_MOST || (len == CRYPTO_SHA256_LEN && label != TLS_SECRET_MASTER);
}
_Static_assert((int)CRYPTO_HASH_MOST == (int)KEYLOG_MASTER, "one check serves both");

enum tls_keylog_line tls_keylog_read(struct chains_bytes line, struct tls_keylog_entry *entry)
{
    keylog_skip_mark(&line);
    struct chains_bytes word = keylog_word(&line);
    if (word.len == 0 && line.len > 0)
        word = keylog_word(&line); /* there were blanks in front */
    if (word.len == 0 || chains_byte(word, 0) == '#')
        return TLS_KEYLOG_NOTHING;
    if (!keylog_is_label(word))
        return TLS_KEYLOG_BAD;
    int label = keylog_label(word);
    if (label < 0)
        return keylog_is_pair(line) ? TLS_KEYLOG_NOTHING : TLS_KEYLOG_BAD;
    if (keylog_hex(keylog_word(&line), entry->random, TLS_RANDOM) != TLS_RANDOM)
        return TLS_KEYLOG_BAD;
    size_t len = keylog_hex(keylog_word(&line), entry->secret.bytes, TLS_SECRET_MOST);
    if (!keylog_fits(label, len) || line.len > 0)
        return TLS_KEYLOG_BAD;
    entry->label = (uint8_t)label;
    entry->secret.len = (uint8_t)len;
    return TLS_KEYLOG_SECRET;
}
