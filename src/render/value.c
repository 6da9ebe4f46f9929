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

/*
 * The number in a field's struct that is 0 where the field is 0, empty or NULL: where it lies, and of
 * how many bytes it is. False where there is none: it is never empty.
 */
static bool value_teller(const struct chains_field *field, uint16_t *offset, uint8_t *size)
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

struct value_when value_when(const struct chains_field *field)
{
    struct value_when when = { .has = field->has };
    if (field->alias)
        when.when = VALUE_NEVER;
    else
        when.when = field->has ? VALUE_IF_THERE : 0;
    if (field->omit_zero && !field->alias && value_teller(field, &when.tell, &when.tell_size))
        when.when |= VALUE_IF_SET;
    return when;
}
