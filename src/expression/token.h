/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_TOKEN_H
#define EXPRESSION_TOKEN_H

#include "fault.h"

#include <stdint.h>

/*
 * The words of an expression. In: its text. Out: one token after the other: names and values as
 * they stand, strings with their quotes, files of lists with their '@', and what joins them.
 */
enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_STRING,
    TOKEN_LIST,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_SET_OPEN,
    TOKEN_SET_CLOSE,
    TOKEN_COMMA,
    TOKEN_RANGE,
    TOKEN_NOT,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_ANY,
    TOKEN_ALL,
    /* What stands between a field and a value. */
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_IN,
    TOKEN_HAS,
    TOKEN_CONTAINS,
    TOKEN_MATCHES,
};

struct token {
    enum token_kind kind;
    uint32_t at, len;
};

/* The token that begins at or behind `from`; false with a fault. */
bool token_read(const char *text, size_t len, size_t from, struct token *token,
                struct fault *fault);

/* Whether a token of this kind stands between a field and a value. */
static inline bool token_compares(enum token_kind kind)
{
    return kind >= TOKEN_EQ;
}

/* How people write it: "==", "in". */
const char *token_text(enum token_kind kind);

#endif
