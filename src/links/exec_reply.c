/* SPDX-License-Identifier: MIT */
/*
 * What a program answered. In: one line of bytes that nobody has looked at. Out: the members that
 * the exec link knows, by type. jansson reads it: valid UTF-8, no NUL in text, no member twice, a
 * limit on depth; the length is limited by the caller.
 */
#include "exec_reply.h"

#include "../bytes/text.h"

#include <jansson.h>

#define REPLY_EXACT 9007199254740992.0 /* up to here a double holds every whole number */

void exec_reply_prepare(void)
{
    json_object_seed(0); /* from the system's random numbers, once in a process */
}

bool exec_reply_read(struct exec_reply *reply, const char *line, size_t len)
{
    json_error_t error;
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    /* An echo of our own line may hold numbers beyond the 63 bits of jansson's. */
    if (!object && json_error_code(&error) == json_error_numeric_overflow)
        object =
            json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    *reply = (struct exec_reply){ .object = object };
    if (!json_is_object(object)) {
        exec_reply_free(reply);
        return false;
    }
    struct exec_member number = exec_reply_member(reply, "number");
    reply->numbered = number.kind == EXEC_UINT;
    reply->number = number.uint;
    struct exec_member drop = exec_reply_member(reply, "drop");
    reply->drop = drop.kind == EXEC_BOOL && drop.yes;
    return true;
}

void exec_reply_free(struct exec_reply *reply)
{
    json_decref(reply->object);
    reply->object = NULL;
}

bool exec_reply_has_tags(const struct exec_reply *reply)
{
    return json_is_array(json_object_get(reply->object, "tags"));
}

const char *exec_reply_tag(const struct exec_reply *reply, size_t i)
{
    const json_t *tags = json_object_get(reply->object, "tags");
    if (i >= json_array_size(tags))
        return NULL;
    const char *tag = json_string_value(json_array_get(tags, i));
    return tag ? tag : "";
}

static struct exec_member reply_number(double real)
{
    struct exec_member member = { .kind = EXEC_REAL, .real = real };
    if (real >= 0 && real <= REPLY_EXACT && real == (double)(uint64_t)real) {
        member.kind = EXEC_UINT;
        member.uint = (uint64_t)real;
    }
    return member;
}

struct exec_member exec_reply_member(const struct exec_reply *reply, const char *name)
{
    const json_t *value = json_object_get(reply->object, name);
    struct exec_member member = { .kind = EXEC_NOTHING };
    if (json_is_boolean(value)) {
        member.kind = EXEC_BOOL;
        member.yes = json_is_true(value);
    } else if (json_is_integer(value) && json_integer_value(value) >= 0) {
        member.kind = EXEC_UINT;
        member.uint = (uint64_t)json_integer_value(value);
        member.real = (double)member.uint;
    } else if (json_is_number(value)) {
        member = reply_number(json_number_value(value));
    } else if (json_is_string(value)) {
        member.kind = EXEC_TEXT;
        member.text = json_string_value(value);
        member.len = json_string_length(value);
    }
    return member;
}

const char *exec_reply_library(void)
{
    return jansson_version_str();
}

void exec_reply_quote(char *out, const char *text, size_t len, size_t most)
{
    for (size_t i = 0; i < len && i < most; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte < 0x20 || byte > 0x7e)
            out = text_escape_hex(out, byte);
        else
            *out++ = (char)byte;
    }
    *out = '\0';
}
