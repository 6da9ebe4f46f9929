/* SPDX-License-Identifier: MIT */
/* Reading a member by its row in a field table. */
#include "value.h"

#include "../bytes/text.h"
#include "../bytes/time.h"

uint8_t value_op(const struct chains_field *field)
{
    switch (field->type) {
    case CHAINS_UINT:
        return field->size == 1   ? VALUE_OP_U8
               : field->size == 2 ? VALUE_OP_U16
               : field->size == 4 ? VALUE_OP_U32
                                  : VALUE_OP_U64;
    case CHAINS_BOOL:
        return VALUE_OP_BOOL;
    case CHAINS_MAC:
        return VALUE_OP_MAC;
    case CHAINS_ADDR:
        return VALUE_OP_ADDR;
    case CHAINS_TIME:
        return VALUE_OP_TIME;
    case CHAINS_DURATION:
        return VALUE_OP_DURATION;
    default:
        return VALUE_OP_LONG;
    }
}

char *value_seconds(char *out, int64_t ns)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t fraction = size % TIME_SECOND_NS;
    if (ns < 0)
        *out++ = '-';
    out = text_u64(out, size / TIME_SECOND_NS);
    if (fraction == 0)
        return out;
    *out++ = '.';
    for (uint64_t unit = TIME_SECOND_NS / 10; fraction > 0; unit /= 10) {
        *out++ = (char)('0' + fraction / unit);
        fraction %= unit;
    }
    return out;
}

bool value_is_empty(const struct chains_field *field, const void *base)
{
    const char *at = (const char *)base + field->offset;
    const void *pointer;
    struct chains_bytes bytes;
    struct chains_list list;
    switch (field->type) {
    case CHAINS_TEXT:
        memcpy(&pointer, at, sizeof pointer);
        return pointer == NULL;
    case CHAINS_ARRAY:
        return *((const uint8_t *)base + field->count) == 0;
    case CHAINS_RAW:
    case CHAINS_HEX:
        memcpy(&bytes, at, sizeof bytes);
        return bytes.len == 0;
    case CHAINS_LIST:
    case CHAINS_RAWS:
    case CHAINS_NUMBERS:
        memcpy(&list, at, sizeof list);
        return list.count == 0;
    case CHAINS_ADDR:
        return ((const struct chains_addr *)(const void *)at)->family == 0;
    case CHAINS_BOOL:
    case CHAINS_UINT:
    case CHAINS_NAMED:
    case CHAINS_FLAGS:
    case CHAINS_DURATION:
        return number_load(at, field->size) == 0;
    default:
        return false;
    }
}

bool value_may_show(const struct chains_field *field, const void *base)
{
    uint32_t has;
    if (field->alias)
        return false;
    if (field->has) {
        memcpy(&has, base, sizeof has);
        if (!(has & field->has))
            return false;
    }
    return !field->omit_zero || !value_is_empty(field, base);
}
