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

bool value_teller(const struct chains_field *field, uint16_t *offset, uint8_t *size)
{
    size_t inside = 0, bytes = field->size;
    switch (field->type) {
    case CHAINS_TEXT:
        bytes = sizeof(const char *);
        break;
    case CHAINS_ARRAY:
        *offset = field->count;
        *size = 1;
        return true;
    case CHAINS_RAW:
    case CHAINS_HEX:
        inside = offsetof(struct chains_bytes, len);
        bytes = sizeof(size_t);
        break;
    case CHAINS_LIST:
    case CHAINS_RAWS:
    case CHAINS_NUMBERS:
        inside = offsetof(struct chains_list, count);
        bytes = sizeof(uint32_t);
        break;
    case CHAINS_ADDR:
        inside = offsetof(struct chains_addr, family);
        bytes = 1;
        break;
    case CHAINS_BOOL:
    case CHAINS_UINT:
    case CHAINS_NAMED:
    case CHAINS_FLAGS:
    case CHAINS_DURATION:
        break;
    default:
        return false;
    }
    *offset = (uint16_t)(field->offset + inside);
    *size = (uint8_t)bytes;
    return true;
}

bool value_is_empty(const struct chains_field *field, const void *base)
{
    uint16_t offset;
    uint8_t size;
    return value_teller(field, &offset, &size) &&
           number_load((const char *)base + offset, size) == 0;
}

bool value_shows_rest(const struct chains_field *field, const void *base)
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
