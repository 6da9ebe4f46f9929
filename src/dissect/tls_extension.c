/* SPDX-License-Identifier: MIT */
/*
 * Extensions of hellos. In: what stands behind the compression methods. Out: members of the hello that
 * slice it. One that contradicts itself is marked and leaves what could be read; the others are read
 * all the same. Of several of one type the first counts, as for most servers.
 */
#include "tls_extension.h"

#include <chains/dissect.h>

/* Which of 65536 types have been there; a page is cleared when it is first used. */
struct seen {
    uint32_t pages;
    uint64_t bits[32][32];
};

static bool seen_before(struct seen *seen, uint16_t type)
{
    unsigned page = type >> 11;
    uint64_t *word = &seen->bits[page][type >> 6 & 31], bit = UINT64_C(1) << (type & 63);
    if (!(seen->pages >> page & 1)) {
        seen->pages |= UINT32_C(1) << page;
        for (unsigned i = 0; i < 32; i++)
            seen->bits[page][i] = 0;
    }
    bool before = *word & bit;
    *word |= bit;
    return before;
}

/* The one list that an extension is: its length, of 1 or 2 bytes, must be what is left. */
static struct chains_reader list_of(struct tls_hello *hello, struct chains_bytes body,
                                    unsigned length)
{
    struct chains_reader in = chains_reader_over(body);
    size_t len = length == 1 ? chains_read_u8(&in) : chains_read_be16(&in);
    if (in.failed || len < chains_left(&in))
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
    return tls_part(hello, &in, len);
}

static struct tls_run numbers_of(struct tls_hello *hello, struct chains_bytes body,
                                 unsigned length, size_t item)
{
    return tls_run_of(hello, list_of(hello, body, length), item);
}

/* What no host is called: IPv4 addresses (RFC 6066, 3). */
static bool name_is_address(struct chains_bytes name)
{
    char text[CHAINS_ADDR_TEXT];
    struct chains_addr addr;
    if (name.len >= sizeof text)
        return false;
    for (size_t i = 0; i < name.len; i++)
        text[i] = (char)chains_byte(name, i);
    text[name.len] = 0;
    return chains_addr_parse(text, &addr);
}

static bool name_is_bad(struct chains_bytes name)
{
    if (name.len == 0 || name.len > 255)
        return true;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = chains_byte(name, i);
        if (c <= ' ' || c >= 0x7f || c == ':') /* the colon of a port, or of an IPv6 address */
            return true;
    }
    uint8_t last = chains_byte(name, name.len - 1);
    return last >= '0' && last <= '9' && name_is_address(name);
}

static void read_server_name(struct tls_hello *hello, struct chains_bytes body)
{
    unsigned names = 0, hosts = 0;
    if (body.len == 0) {
        hello->weird |= CHAINS_TLS_BAD_NAME;
        return;
    }
    struct chains_reader list = list_of(hello, body, 2);
    while (chains_left(&list)) {
        uint8_t type = chains_read_u8(&list);
        struct chains_bytes name = chains_read_bytes(&list, chains_read_be16(&list));
        if (list.failed) {
            hello->weird |= CHAINS_TLS_BAD_LENGTH;
            break;
        }
        names++;
        if (type == 0 && hosts++ == 0)
            hello->sni = name;
    }
    if (names > 1)
        hello->weird |= CHAINS_TLS_TWO_NAMES;
    if (hosts < names || name_is_bad(hello->sni))
        hello->weird |= CHAINS_TLS_BAD_NAME;
}

static struct tls_run read_protocols(struct tls_hello *hello, struct chains_bytes body)
{
    struct chains_reader list = list_of(hello, body, 2);
    struct chains_bytes all = chains_rest(&list), protocol;
    struct tls_run run = { { all.at, 0 }, 0 };
    while (tls_next_protocol(&list, &protocol)) {
        run.count++;
        run.bytes.len = all.len - chains_left(&list);
        if (protocol.len == 0)
            hello->weird |= CHAINS_TLS_BAD_LENGTH;
    }
    if (list.failed)
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
    return run;
}

static struct tls_run read_key_shares(struct tls_hello *hello, struct chains_bytes body)
{
    struct chains_reader list = list_of(hello, body, 2);
    struct chains_bytes all = chains_rest(&list);
    struct tls_run run = { { all.at, 0 }, 0 };
    uint16_t group;
    while (chains_left(&list) && tls_next_key_share(&list, &group)) {
        run.count++;
        run.bytes.len = all.len - chains_left(&list);
    }
    if (list.failed)
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
    return run;
}

/* The newest that is known; none where no version is. */
static void read_versions(struct tls_hello *hello, struct chains_bytes body)
{
    hello->versions = numbers_of(hello, body, 1, 2);
    struct chains_reader in = chains_reader_over(hello->versions.bytes);
    while (chains_left(&in)) {
        uint16_t version = chains_read_be16(&in);
        if (tls_version_rank(version) <= tls_version_rank(hello->protocol))
            continue;
        hello->protocol = version;
        hello->has |= CHAINS_TLS_HAS_PROTOCOL;
    }
}

static void read_of_client(struct tls_hello *hello, const struct tls_extension *extension)
{
    struct chains_bytes body = extension->body;
    switch (extension->type) {
    case TLS_EXTENSION_SERVER_NAME:
        read_server_name(hello, body);
        break;
    case TLS_EXTENSION_GROUPS:
        hello->groups = numbers_of(hello, body, 2, 2);
        break;
    case TLS_EXTENSION_POINT_FORMATS:
        hello->point_formats = numbers_of(hello, body, 1, 1);
        break;
    case TLS_EXTENSION_SIGNATURE_ALGORITHMS:
        hello->signature_algorithms = numbers_of(hello, body, 2, 2);
        break;
    case TLS_EXTENSION_ALPN:
        hello->alpn = read_protocols(hello, body);
        break;
    case TLS_EXTENSION_SESSION_TICKET:
        hello->resumption |= body.len ? CHAINS_TLS_BY_TICKET : 0;
        break;
    case TLS_EXTENSION_PRE_SHARED_KEY:
        hello->resumption |= CHAINS_TLS_BY_PSK;
        break;
    case TLS_EXTENSION_EARLY_DATA:
        hello->resumption |= CHAINS_TLS_EARLY_DATA;
        break;
    case TLS_EXTENSION_VERSIONS:
        read_versions(hello, body);
        break;
    case TLS_EXTENSION_COOKIE: /* only a HelloRetryRequest gives one */
        hello->retry = 1;
        break;
    case TLS_EXTENSION_KEY_SHARE:
        hello->key_shares = read_key_shares(hello, body);
        break;
    case TLS_EXTENSION_ECH:
        hello->ech = CHAINS_TLS_ECH_OFFERED;
        break;
    case TLS_EXTENSION_ESNI:
        hello->ech = hello->ech ? hello->ech : CHAINS_TLS_ECH_ESNI;
        break;
    default:
        break;
    }
}

/* The group, and the server's share of the key unless it asks for another hello. */
static void read_key_share(struct tls_hello *hello, struct chains_bytes body)
{
    struct chains_reader in = chains_reader_over(body);
    uint16_t group = chains_read_be16(&in);
    if (!in.failed) {
        hello->group = group;
        hello->has |= CHAINS_TLS_HAS_GROUP;
    }
    if (!hello->retry)
        chains_skip(&in, chains_read_be16(&in));
    if (in.failed || chains_left(&in))
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
}

static void read_version(struct tls_hello *hello, struct chains_bytes body)
{
    struct chains_reader in = chains_reader_over(body);
    uint16_t version = chains_read_be16(&in);
    if (in.failed || chains_left(&in))
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
    if (in.failed)
        return;
    hello->protocol = version;
    hello->has |= CHAINS_TLS_HAS_PROTOCOL;
}

static void read_of_server(struct tls_hello *hello, const struct tls_extension *extension)
{
    struct chains_bytes body = extension->body;
    switch (extension->type) {
    case TLS_EXTENSION_POINT_FORMATS:
        hello->point_formats = numbers_of(hello, body, 1, 1);
        break;
    case TLS_EXTENSION_ALPN:
        hello->alpn = read_protocols(hello, body);
        break;
    case TLS_EXTENSION_PRE_SHARED_KEY:
        hello->resumed = 1;
        break;
    case TLS_EXTENSION_VERSIONS:
        read_version(hello, body);
        break;
    case TLS_EXTENSION_KEY_SHARE:
        read_key_share(hello, body);
        break;
    default:
        break;
    }
}

typedef void (*read_one)(struct tls_hello *hello, const struct tls_extension *extension);

static void read_extensions(struct tls_hello *hello, struct chains_reader *in, read_one read)
{
    struct tls_extension extension;
    struct seen seen;
    seen.pages = 0;
    if (!chains_left(in)) /* SSL 3.0, and old clients */
        return;
    size_t len = chains_read_be16(in);
    struct chains_reader list = tls_part(hello, in, len);
    struct chains_bytes all = chains_rest(&list);
    hello->extensions.bytes.at = all.at;
    hello->whole = hello->whole && !in->failed && all.len == len;
    if (in->failed || chains_left(in))
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
    while (chains_left(&list)) {
        if (hello->extensions.count == TLS_MOST_EXTENSIONS) {
            hello->weird |= CHAINS_TLS_MANY_EXTENSIONS;
            hello->whole = false;
            return;
        }
        if (!tls_next_extension(&list, &extension)) {
            hello->weird |= CHAINS_TLS_BAD_LENGTH;
            hello->whole = false;
            return;
        }
        if (seen_before(&seen, extension.type))
            hello->weird |= CHAINS_TLS_REPEATED_EXTENSION;
        else
            read(hello, &extension);
        hello->extensions.count++;
        hello->extensions.bytes.len = all.len - chains_left(&list);
    }
}

/* Names that stand in front of the true one; they are the same for all who use the provider. */
static bool name_is_public(struct chains_bytes name)
{
    static const char *const names[] = {
        "cloudflare-ech.com",
        "public.tls-ech.dev",
        "cover.defo.ie",
        "tls-outer.browserleaks.com",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *want = names[i];
        size_t at = 0;
        while (at < name.len && want[at] &&
               (chains_byte(name, at) | 0x20) == (uint8_t)(want[at] | 0x20))
            at++;
        if (at == name.len && !want[at])
            return true;
    }
    return false;
}

void tls_client_extensions(struct tls_hello *hello, struct chains_reader *in)
{
    read_extensions(hello, in, read_of_client);
    if (hello->ech == CHAINS_TLS_ECH_OFFERED && name_is_public(hello->sni))
        hello->ech = CHAINS_TLS_ECH_OUTER;
}

void tls_server_extensions(struct tls_hello *hello, struct chains_reader *in)
{
    read_extensions(hello, in, read_of_server);
}
