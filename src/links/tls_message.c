/* SPDX-License-Identifier: MIT */
/*
 * Messages of TLS on their way into the layer. In: bodies of handshake messages. Out: struct
 * chains_tls_message whose lists are in host order, in the record's arena, with the fingerprints.
 * Where there is no room a list is empty, and the record counts as limited.
 */
#include "tls_message.h"

#include <string.h>

#include "tls_ja.h"

static void *take(struct tls_message_list *list, size_t size)
{
    void *taken = chains_arena_take(list->arena, size);
    list->limited = list->limited || !taken;
    return taken;
}

struct chains_tls_message *tls_message_add(struct tls_message_list *list,
                                           enum chains_tls_kind kind, enum chains_tls_over over)
{
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 1;
        struct chains_tls_message *items = take(list, room * sizeof *items);
        if (!items)
            return NULL;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    struct chains_tls_message *message = &list->items[list->count++];
    *message = (struct chains_tls_message){ .kind = (uint8_t)kind, .over = (uint8_t)over };
    return message;
}

struct chains_bytes tls_message_bytes(struct tls_message_list *list, struct chains_bytes bytes)
{
    uint8_t *out = bytes.len ? take(list, bytes.len) : NULL;
    if (!out)
        return (struct chains_bytes){ NULL, 0 };
    memcpy(out, bytes.at, bytes.len);
    return (struct chains_bytes){ out, bytes.len };
}

const char *tls_message_text(struct tls_message_list *list, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *out = size ? take(list, size) : NULL;
    return out ? memcpy(out, text, size) : NULL;
}

/* Room for the items of a list; NULL where there are none, or it is lacking. */
static void *list_new(struct tls_message_list *list, uint32_t count, size_t size,
                      struct chains_list *out)
{
    void *items = count ? take(list, count * size) : NULL;
    *out = (struct chains_list){ items, items ? count : 0 };
    return items;
}

static struct chains_list numbers(struct tls_message_list *list, struct tls_run run)
{
    struct chains_list out;
    struct chains_reader in = chains_reader_over(run.bytes);
    uint16_t *items = list_new(list, run.count, sizeof *items, &out);
    for (uint32_t i = 0; i < out.count; i++)
        items[i] = chains_read_be16(&in);
    return out;
}

/* Of SSL 2.0's form: those of its own are no numbers of the registry, and left out. */
static struct chains_list old_ciphers(struct tls_message_list *list, struct tls_run run)
{
    struct chains_list out;
    struct chains_reader in = chains_reader_over(run.bytes);
    uint16_t *items = list_new(list, run.count, sizeof *items, &out);
    uint32_t count = 0;
    for (uint32_t i = 0; i < out.count; i++) {
        uint32_t cipher = chains_read_be24(&in);
        if (cipher <= UINT16_MAX)
            items[count++] = (uint16_t)cipher;
    }
    out.count = count;
    return out;
}

static struct chains_list extensions(struct tls_message_list *list, struct tls_run run)
{
    struct chains_list out;
    struct tls_extension extension;
    struct chains_reader in = chains_reader_over(run.bytes);
    uint16_t *items = list_new(list, run.count, sizeof *items, &out);
    for (uint32_t i = 0; i < out.count && tls_next_extension(&in, &extension); i++)
        items[i] = extension.type;
    return out;
}

static struct chains_list key_shares(struct tls_message_list *list, struct tls_run run)
{
    struct chains_list out;
    struct chains_reader in = chains_reader_over(run.bytes);
    uint16_t *items = list_new(list, run.count, sizeof *items, &out);
    for (uint32_t i = 0; i < out.count && tls_next_key_share(&in, &items[i]); i++)
        ;
    return out;
}

/* The names lie in one copy of the whole list. */
static struct chains_list protocols(struct tls_message_list *list, struct tls_run run)
{
    struct chains_list out;
    struct chains_bytes copy = tls_message_bytes(list, run.bytes);
    struct chains_reader in = chains_reader_over(copy);
    struct chains_bytes *items = list_new(list, copy.len ? run.count : 0, sizeof *items, &out);
    for (uint32_t i = 0; i < out.count && tls_next_protocol(&in, &items[i]); i++)
        ;
    return out;
}

static struct chains_list octets(struct tls_message_list *list, struct tls_run run)
{
    struct chains_bytes copy = tls_message_bytes(list, run.bytes);
    return (struct chains_list){ copy.at, (uint32_t)copy.len };
}

/* What both hellos have. */
static void fill(struct tls_message_list *list, struct chains_tls_message *message,
                 const struct tls_hello *hello)
{
    message->has = hello->has;
    message->weird = hello->weird;
    message->version = hello->version;
    message->protocol = hello->protocol;
    message->retry = hello->retry;
    message->alpn = protocols(list, hello->alpn);
    message->extensions = extensions(list, hello->extensions);
    message->point_formats = octets(list, hello->point_formats);
}

static void fill_client(struct tls_message_list *list, struct chains_tls_message *message,
                        const struct tls_hello *hello)
{
    fill(list, message, hello);
    message->from = CHAINS_TLS_FROM_CLIENT;
    message->sni = tls_message_bytes(list, hello->sni);
    message->ech = hello->ech;
    message->resumption = hello->resumption;
    message->versions = numbers(list, hello->versions);
    message->ciphers =
        hello->old ? old_ciphers(list, hello->ciphers) : numbers(list, hello->ciphers);
    message->groups = numbers(list, hello->groups);
    message->key_shares = key_shares(list, hello->key_shares);
    message->signature_algorithms = numbers(list, hello->signature_algorithms);
}

struct chains_tls_message *tls_message_client_hello(struct tls_message_list *list,
                                                    enum chains_tls_over over,
                                                    struct chains_bytes body)
{
    struct tls_hello hello;
    tls_client_hello_read(body, over == CHAINS_TLS_OVER_DTLS, &hello);
    return tls_message_of_client(list, over, &hello);
}

struct chains_tls_message *tls_message_of_client(struct tls_message_list *list,
                                                 enum chains_tls_over over,
                                                 const struct tls_hello *hello)
{
    struct chains_tls_message *message = tls_message_add(list, CHAINS_TLS_CLIENT_HELLO, over);
    if (!message)
        return NULL;
    bool had_room = !list->limited;
    list->limited = false;
    fill_client(list, message, hello);
    if (hello->whole && !list->limited) { /* of less it would be another client's */
        message->ja4 = list->no_ja4 ? NULL : tls_ja4(list, message);
        message->ja3 = list->ja3 ? tls_ja3(list, message) : NULL;
    }
    list->limited =
        list->limited || !had_room || (hello->weird & CHAINS_TLS_MANY_EXTENSIONS) != 0;
    return message;
}

struct chains_tls_message *tls_message_old_hello(struct tls_message_list *list,
                                                 struct chains_bytes body)
{
    struct tls_hello hello;
    struct chains_tls_message *message =
        tls_message_add(list, CHAINS_TLS_CLIENT_HELLO, CHAINS_TLS_OVER_TCP);
    if (!message)
        return NULL;
    tls_old_hello_read(body, &hello);
    fill_client(list, message, &hello);
    return message;
}

struct chains_tls_message *tls_message_server_hello(struct tls_message_list *list,
                                                    enum chains_tls_over over,
                                                    struct chains_bytes body)
{
    struct tls_hello hello;
    tls_server_hello_read(body, &hello);
    return tls_message_of_server(list, over, &hello);
}

struct chains_tls_message *tls_message_of_server(struct tls_message_list *list,
                                                 enum chains_tls_over over,
                                                 const struct tls_hello *hello)
{
    struct chains_tls_message *message = tls_message_add(list, CHAINS_TLS_SERVER_HELLO, over);
    if (!message)
        return NULL;
    bool had_room = !list->limited;
    list->limited = false;
    fill(list, message, hello);
    message->from = CHAINS_TLS_FROM_SERVER;
    message->cipher = hello->cipher;
    message->group = hello->group;
    message->resumed = hello->resumed;
    if (hello->whole && list->ja3 && !list->limited)
        message->ja3s = tls_ja3s(list, message);
    list->limited =
        list->limited || !had_room || (hello->weird & CHAINS_TLS_MANY_EXTENSIONS) != 0;
    return message;
}

int tls_message_attach(chains_component *self, struct chains_record *rec,
                       const struct tls_message_list *list)
{
    if (list->limited)
        chains_count_limited(self);
    if (list->no_memory)
        return chains_fail(self, CHAINS_EMEM, "no memory for the fingerprint of a TLS hello");
    if (list->count == 0)
        return CHAINS_OK;
    struct chains_tls *tls = chains_attach(self, rec, &chains_tls_type);
    tls->tls = (struct chains_list){ list->items, list->count };
    return CHAINS_OK;
}
