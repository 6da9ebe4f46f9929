/* SPDX-License-Identifier: MIT */
/*
 * JA3, JA3S and JA4. In: a message of a hello with its lists. Out: text in the record's arena. The
 * strings that are hashed are as long as the hello makes them: short ones lie on the stack, others in
 * the arena. GREASE is left out everywhere, so that one client has one fingerprint.
 */
#include "tls_ja.h"

#include <string.h>

#include "../dissect/tls_hello.h"

enum {
    NUMBERS_AT_HAND = 256,
    TEXT_AT_HAND = 2048,
    SORT_BY_INSERTION = 64,
    JA4_HASH = 12,
    JA4_TEXT = 10 + 1 + JA4_HASH + 1 + JA4_HASH + 1,
};

static const char hex_digits[] = "0123456789abcdef";

static void *room(struct tls_message_list *list, void *at_hand, size_t size_at_hand,
                  size_t size)
{
    if (size <= size_at_hand)
        return at_hand;
    void *taken = chains_arena_take(list->arena, size);
    list->limited = list->limited || !taken;
    return taken;
}

static const uint16_t *numbers_of(struct chains_list list)
{
    return list.items;
}

/* Down from `root` until no child is larger. */
static void sift(uint16_t *numbers, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && numbers[child] < numbers[child + 1])
            child++;
        if (numbers[root] >= numbers[child])
            return;
        uint16_t number = numbers[root];
        numbers[root] = numbers[child];
        numbers[child] = number;
        root = child;
    }
}

/* Few at once, as nearly all hellos have; many in n log n, without memory. */
static void sort(uint16_t *numbers, size_t count)
{
    if (count <= SORT_BY_INSERTION) {
        for (size_t i = 1; i < count; i++) {
            uint16_t number = numbers[i];
            size_t at = i;
            for (; at > 0 && numbers[at - 1] > number; at--)
                numbers[at] = numbers[at - 1];
            numbers[at] = number;
        }
        return;
    }
    for (size_t root = count / 2; root-- > 0;)
        sift(numbers, root, count);
    for (size_t end = count - 1; end > 0; end--) {
        uint16_t number = numbers[0];
        numbers[0] = numbers[end];
        numbers[end] = number;
        sift(numbers, 0, end);
    }
}

static char *put_hex(char *out, uint16_t number)
{
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = hex_digits[number >> shift & 15];
    return out;
}

/* "002f,0035": five characters for each number but the last. */
static char *put_hex_list(char *out, const uint16_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            *out++ = ',';
        out = put_hex(out, numbers[i]);
    }
    return out;
}

/* Those of a list that count, sorted. */
static size_t collect(uint16_t *out, struct chains_list list, bool extensions)
{
    const uint16_t *numbers = numbers_of(list);
    size_t count = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        bool other = extensions && (numbers[i] == TLS_EXTENSION_SERVER_NAME ||
                                    numbers[i] == TLS_EXTENSION_ALPN);
        if (!tls_is_grease(numbers[i]) && !other)
            out[count++] = numbers[i];
    }
    sort(out, count);
    return count;
}

/* The first 12 digits of a SHA-256; zeros of nothing. */
static bool put_hash(struct tls_message_list *list, const char *text, size_t len, char *out)
{
    uint8_t hash[CRYPTO_SHA256_LEN] = { 0 };
    const struct chains_bytes in = { (const uint8_t *)text, len };
    if (len && !crypto_hash(list->crypto, CRYPTO_SHA256, in, hash)) {
        list->no_memory |= crypto_has_hash(list->crypto, CRYPTO_SHA256);
        return false;
    }
    for (int i = 0; i < JA4_HASH / 2; i++) {
        *out++ = hex_digits[hash[i] >> 4];
        *out++ = hex_digits[hash[i] & 15];
    }
    return true;
}

/* The hash of the ciphers, or of the extensions and the signature algorithms behind them. */
static bool put_part(struct tls_message_list *list, const struct chains_tls_message *hello,
                     bool extensions, char *out)
{
    uint16_t numbers_at_hand[NUMBERS_AT_HAND];
    char text_at_hand[TEXT_AT_HAND];
    struct chains_list what = extensions ? hello->extensions : hello->ciphers;
    struct chains_list more =
        extensions ? hello->signature_algorithms : (struct chains_list){ 0 };
    uint16_t *numbers =
        room(list, numbers_at_hand, sizeof numbers_at_hand, what.count * sizeof *numbers);
    char *text = room(list, text_at_hand, sizeof text_at_hand,
                      5 * ((size_t)what.count + more.count) + 1);
    if (!numbers || !text)
        return false;
    size_t count = collect(numbers, what, extensions);
    if (count == 0) /* nothing to hash, whatever stands behind it */
        return put_hash(list, text, 0, out);
    char *end = put_hex_list(text, numbers, count);
    char gap = '_';
    for (uint32_t i = 0; i < more.count; i++) {
        uint16_t number = numbers_of(more)[i];
        if (tls_is_grease(number))
            continue;
        *end++ = gap;
        end = put_hex(end, number);
        gap = ',';
    }
    return put_hash(list, text, (size_t)(end - text), out);
}

/*
 * JA4 takes the highest number, as it is described: a draft of TLS 1.3 beside TLS 1.3 itself is that
 * draft, and DTLS, which counts down, the oldest one.
 */
static uint16_t highest_version(const struct chains_tls_message *hello)
{
    uint16_t highest = 0;
    for (uint32_t i = 0; i < hello->versions.count; i++) {
        uint16_t version = numbers_of(hello->versions)[i];
        if (!tls_is_grease(version) && version > highest)
            highest = version;
    }
    return highest ? highest : hello->version;
}

static const char *version_text(uint16_t version)
{
    switch (version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case 0x0002:
        return "s2";
    case 0xfeff:
        return "d1";
    case 0xfefd:
        return "d2";
    case 0xfefc:
        return "d3";
    default:
        return "00";
    }
}

/* Two digits of how many are no GREASE, 99 at most. */
static char *put_count(char *out, struct chains_list list)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < list.count && count < 99; i++)
        count += !tls_is_grease(numbers_of(list)[i]);
    *out++ = (char)('0' + count / 10);
    *out++ = (char)('0' + count % 10);
    return out;
}

static bool is_alphanumeric(uint8_t c)
{
    uint8_t lower = c | 0x20;
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

/* The first one; RFC 8701 has GREASE among them, too. */
static const struct chains_bytes *first_protocol(struct chains_list alpn)
{
    const struct chains_bytes *protocol = alpn.items;
    for (uint32_t i = 0; i < alpn.count; i++)
        if (protocol[i].len != 2 || !tls_is_grease(chains_load_be16(protocol[i].at)))
            return &protocol[i];
    return NULL;
}

/* First and last character of the first protocol, or first and last digit of it in hexadecimal. */
static char *put_protocol(char *out, struct chains_list alpn)
{
    const struct chains_bytes *protocol = first_protocol(alpn);
    if (!protocol || protocol->len == 0) {
        *out++ = '0';
        *out++ = '0';
        return out;
    }
    uint8_t first = chains_byte(*protocol, 0), last = chains_byte(*protocol, protocol->len - 1);
    bool text = is_alphanumeric(first) && is_alphanumeric(last);
    *out++ = text ? (char)first : hex_digits[first >> 4];
    *out++ = text ? (char)last : hex_digits[last & 15];
    return out;
}

static bool has_server_name(const struct chains_tls_message *hello)
{
    for (uint32_t i = 0; i < hello->extensions.count; i++)
        if (numbers_of(hello->extensions)[i] == TLS_EXTENSION_SERVER_NAME)
            return true;
    return false;
}

const char *tls_ja4(struct tls_message_list *list, const struct chains_tls_message *hello)
{
    static const char over[] = {
        [CHAINS_TLS_OVER_TCP] = 't',
        [CHAINS_TLS_OVER_DTLS] = 'd',
        [CHAINS_TLS_OVER_QUIC] = 'q',
    };
    char *ja4 = list->crypto ? room(list, NULL, 0, JA4_TEXT) : NULL;
    if (!ja4)
        return NULL;
    const char *version = version_text(highest_version(hello));
    char *out = ja4;
    *out++ = over[hello->over];
    *out++ = version[0];
    *out++ = version[1];
    *out++ = has_server_name(hello) ? 'd' : 'i';
    out = put_count(out, hello->ciphers);
    out = put_count(out, hello->extensions);
    out = put_protocol(out, hello->alpn);
    *out++ = '_';
    if (!put_part(list, hello, false, out))
        return NULL;
    out += JA4_HASH;
    *out++ = '_';
    if (!put_part(list, hello, true, out))
        return NULL;
    out[JA4_HASH] = 0;
    return ja4;
}

static char *put_decimal(char *out, unsigned number)
{
    char digits[8];
    size_t len = 0;
    do {
        digits[len++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (len)
        *out++ = digits[--len];
    return out;
}

/* ",47-53": at most six characters for each number, and one. */
static char *put_decimals(char *out, struct chains_list list)
{
    bool more = false;
    *out++ = ',';
    for (uint32_t i = 0; i < list.count; i++) {
        uint16_t number = numbers_of(list)[i];
        if (tls_is_grease(number))
            continue;
        if (more)
            *out++ = '-';
        out = put_decimal(out, number);
        more = true;
    }
    return out;
}

static const char *md5_text(struct tls_message_list *list, const char *text, size_t len)
{
    uint8_t hash[CRYPTO_MD5_LEN];
    const struct chains_bytes in = { (const uint8_t *)text, len };
    if (!crypto_md5(list->crypto, in, hash)) {
        list->no_memory |= crypto_has_md5(list->crypto);
        return NULL;
    }
    char *ja3 = room(list, NULL, 0, 2 * CRYPTO_MD5_LEN + 1);
    for (size_t i = 0; ja3 && i < CRYPTO_MD5_LEN; i++) {
        ja3[2 * i] = hex_digits[hash[i] >> 4];
        ja3[2 * i + 1] = hex_digits[hash[i] & 15];
    }
    if (ja3)
        ja3[2 * CRYPTO_MD5_LEN] = 0;
    return ja3;
}

const char *tls_ja3(struct tls_message_list *list, const struct chains_tls_message *hello)
{
    char at_hand[TEXT_AT_HAND];
    const uint8_t *formats = hello->point_formats.items;
    size_t most =
        16 +
        6 * ((size_t)hello->ciphers.count + hello->extensions.count + hello->groups.count) +
        4 * (size_t)hello->point_formats.count;
    char *text = list->crypto ? room(list, at_hand, sizeof at_hand, most) : NULL;
    if (!text)
        return NULL;
    char *end = put_decimal(text, hello->version);
    end = put_decimals(end, hello->ciphers);
    end = put_decimals(end, hello->extensions);
    end = put_decimals(end, hello->groups);
    *end++ = ',';
    for (uint32_t i = 0; i < hello->point_formats.count; i++) {
        if (i)
            *end++ = '-';
        end = put_decimal(end, formats[i]);
    }
    return md5_text(list, text, (size_t)(end - text));
}

const char *tls_ja3s(struct tls_message_list *list, const struct chains_tls_message *hello)
{
    char at_hand[TEXT_AT_HAND];
    size_t most = 24 + 6 * (size_t)hello->extensions.count;
    char *text = list->crypto ? room(list, at_hand, sizeof at_hand, most) : NULL;
    if (!text)
        return NULL;
    char *end = put_decimal(text, hello->version);
    *end++ = ',';
    end = put_decimal(end, hello->cipher);
    end = put_decimals(end, hello->extensions);
    return md5_text(list, text, (size_t)(end - text));
}
