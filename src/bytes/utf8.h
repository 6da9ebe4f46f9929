/* SPDX-License-Identifier: MIT */
#ifndef BYTES_UTF8_H
#define BYTES_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the valid UTF-8 character at `p`, of which `left` (at least one) are there; its number
 * in *code. 0 when there is none.
 */
size_t utf8_character(const uint8_t *p, size_t left, uint32_t *code);

/* Characters that must not reach a terminal or fool a reader's eye: control, direction, no width. */
bool utf8_hidden(uint32_t code);

/* Bytes of the character at `p` when it may be shown as it is; 0: it may not, or there is none. */
static inline size_t utf8_shown(const uint8_t *p, size_t left)
{
    uint32_t code;
    size_t len = utf8_character(p, left, &code);
    return len > 0 && !utf8_hidden(code) ? len : 0;
}

#endif
