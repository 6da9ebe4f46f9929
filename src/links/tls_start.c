/* SPDX-License-Identifier: MIT */
/*
 * Is this TLS, or may it become TLS? In: the first bytes of a run of one direction, of any flow. Out: a
 * word. It is asked of every flow, so that one byte mostly decides. Nothing is kept.
 */
#include "tls_start.h"

#include <string.h>

#include "tls_handshake.h"
#include "tls_records.h"

enum {
    SSL2_HEADER = 2,
    SSL2_HELLO = 9, /* without ciphers, session id and challenge */
    SSL2_CHALLENGE_LEAST = 16,
    SSL2_CHALLENGE_MOST = 32,
    SSL2_SESSION_ID = 16,
    FIRST_LINE = 128, /* where a word of a greeting is looked for */
    LEAST_ENCRYPTED = 16,
};

/* A handshake record that begins with a hello, as far as the bytes go. */
static enum tls_start hello_start(struct chains_bytes bytes)
{
    if (bytes.len > 1 && chains_byte(bytes, 1) != 3)
        return TLS_START_NONE;
    if (bytes.len > 2 && chains_byte(bytes, 2) > 4)
        return TLS_START_NONE;
    /* Empty records in front are no reason to look away. */
    struct chains_bytes next = bytes;
    while (next.len > TLS_RECORD_HEADER && chains_byte(next, 0) == TLS_HANDSHAKE &&
           chains_byte(next, 1) == 3 && chains_byte(next, 3) == 0 && chains_byte(next, 4) == 0)
        next = chains_behind(next, TLS_RECORD_HEADER);
    bool handshake = chains_byte(next, 0) == TLS_HANDSHAKE;
    if (next.len <= TLS_RECORD_HEADER || !handshake)
        return handshake ? TLS_START_CLIENT : TLS_START_NONE;
    uint8_t type = chains_byte(next, TLS_RECORD_HEADER);
    if (chains_byte(next, 1) != 3 || (type != TLS_CLIENT_HELLO && type != TLS_SERVER_HELLO))
        return TLS_START_NONE;
    return type == TLS_CLIENT_HELLO ? TLS_START_CLIENT : TLS_START_SERVER;
}

uint32_t tls_ssl2_len(struct chains_bytes bytes)
{
    if (bytes.len < SSL2_HEADER || !(chains_byte(bytes, 0) & 0x80))
        return 0;
    return chains_load_be16(bytes.at) & 0x7fffu;
}

/* RFC 5246, E.2. */
static bool is_ssl2(struct chains_bytes bytes)
{
    struct chains_reader in = chains_reader_over(bytes);
    uint32_t len = chains_read_be16(&in) & 0x7fffu;
    uint8_t type = chains_read_u8(&in);
    uint16_t version = chains_read_be16(&in);
    uint16_t ciphers = chains_read_be16(&in);
    uint16_t session_id = chains_read_be16(&in);
    uint16_t challenge = chains_read_be16(&in);
    bool old = version == 0x0002 || (version >= 0x0300 && version <= 0x0304);
    return !in.failed && chains_byte(bytes, 0) & 0x80 && type == 1 && old && ciphers > 0 &&
           ciphers % 3 == 0 && (session_id == 0 || session_id == SSL2_SESSION_ID) &&
           challenge >= SSL2_CHALLENGE_LEAST && challenge <= SSL2_CHALLENGE_MOST &&
           len == (uint32_t)SSL2_HELLO + ciphers + session_id + challenge;
}

/* Encrypted records: a header that can be one, and where its payload ends here, the next header. */
static bool is_records(struct chains_bytes bytes)
{
    struct chains_reader in = chains_reader_over(bytes);
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *p = chains_take(&in, TLS_RECORD_HEADER);
        if (!p)
            return i > 0;
        unsigned len = chains_load_be16(p + 3);
        bool ccs = p[0] == TLS_CHANGE_CIPHER_SPEC && len == 1;
        bool encrypted = p[0] > TLS_CHANGE_CIPHER_SPEC && p[0] <= TLS_APPLICATION_DATA &&
                         len >= LEAST_ENCRYPTED && len <= TLS_RECORD_MOST;
        if (!(ccs || encrypted) || p[1] != 3 || p[2] > 3)
            return false;
        if (chains_left(&in) <= len)
            return i > 0 || encrypted;
        chains_skip(&in, len);
    }
    return true;
}

enum tls_start tls_start_of(struct chains_bytes bytes)
{
    if (bytes.len == 0)
        return TLS_START_NONE;
    enum tls_start start = TLS_START_NONE;
    if (chains_byte(bytes, 0) == TLS_HANDSHAKE)
        start = hello_start(bytes);
    if (chains_byte(bytes, 0) & 0x80 && is_ssl2(bytes))
        return TLS_START_SSL2;
    if (start == TLS_START_NONE && chains_byte(bytes, 0) >= TLS_CHANGE_CIPHER_SPEC &&
        chains_byte(bytes, 0) <= TLS_APPLICATION_DATA && is_records(bytes))
        return TLS_START_RECORDS;
    return start;
}

/* ---- what may become TLS ----------------------------------------------------------------- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool begins(struct chains_bytes bytes, const char *word)
{
    size_t n = strlen(word);
    if (bytes.len < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(chains_byte(bytes, i)) != (uint8_t)word[i])
            return false;
    return true;
}

/* Whether a word, in small letters, stands in the first line. */
static bool names(struct chains_bytes bytes, const char *word)
{
    size_t most = bytes.len < FIRST_LINE ? bytes.len : FIRST_LINE;
    for (size_t i = 0; i < most && chains_byte(bytes, i) != '\n'; i++)
        if (begins(chains_behind(bytes, i), word))
            return true;
    return false;
}

/* A greeting of SMTP or FTP: they begin alike, and mostly say which. */
static enum chains_tls_starttls greeting(struct chains_bytes bytes)
{
    bool mail = names(bytes, "smtp") || names(bytes, "mail");
    return !mail && names(bytes, "ftp") ? CHAINS_STARTTLS_FTP : CHAINS_STARTTLS_SMTP;
}

/* What is no text: PostgreSQL's SSLRequest, and the first words of SOCKS clients. */
static enum chains_tls_starttls binary(struct chains_bytes bytes)
{
    static const uint8_t request[] = { 0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f };
    uint8_t first = chains_byte(bytes, 0), second = chains_byte(bytes, 1);
    if (bytes.len == sizeof request && memcmp(bytes.at, request, sizeof request) == 0)
        return CHAINS_STARTTLS_POSTGRESQL;
    bool socks5 = bytes.len >= 3 && first == 5 && second > 0 && bytes.len == 2u + second;
    bool socks4 =
        bytes.len >= 9 && first == 4 && second == 1 && chains_byte(bytes, bytes.len - 1) == 0;
    return socks5 || socks4 ? CHAINS_STARTTLS_SOCKS : CHAINS_STARTTLS_NONE;
}

bool tls_starttls_is_ftp(struct chains_bytes bytes)
{
    return begins(bytes, "auth tls") || begins(bytes, "auth ssl");
}

enum chains_tls_starttls tls_starttls_of(struct chains_bytes bytes)
{
    static const struct {
        const char *word;
        enum chains_tls_starttls protocol;
    } words[] = {
        { "* ok", CHAINS_STARTTLS_IMAP },     { "* preauth", CHAINS_STARTTLS_IMAP },
        { "+ok", CHAINS_STARTTLS_POP3 },      { "<?xml", CHAINS_STARTTLS_XMPP },
        { "<stream:", CHAINS_STARTTLS_XMPP }, { "connect ", CHAINS_STARTTLS_HTTP },
        { "options ", CHAINS_STARTTLS_HTTP }, { "ehlo ", CHAINS_STARTTLS_SMTP },
    };
    if (bytes.len < 3)
        return CHAINS_STARTTLS_NONE;
    if (chains_byte(bytes, 0) < ' ')
        return binary(bytes);
    if (begins(bytes, "220 ") || begins(bytes, "220-"))
        return greeting(bytes);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (begins(bytes, words[i].word))
            return words[i].protocol;
    return CHAINS_STARTTLS_NONE;
}
