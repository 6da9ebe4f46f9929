/* SPDX-License-Identifier: MIT */
/*
 * From text to tokens. In: the text and a place. Out: the next token. Kept: a word holds letters,
 * digits and . _ : / - only, and ends before "..", so that 1000..2000 are three tokens; a string
 * ends on its own quote, and control characters are refused everywhere but as blanks.
 */
#include "token.h"

#include <string.h>

static const struct {
    const char *text;
    enum token_kind kind;
} token_words[] = {
    { "and", TOKEN_AND },         { "or", TOKEN_OR },
    { "not", TOKEN_NOT },         { "any", TOKEN_ANY },
    { "all", TOKEN_ALL },         { "eq", TOKEN_EQ },
    { "ne", TOKEN_NE },           { "lt", TOKEN_LT },
    { "le", TOKEN_LE },           { "gt", TOKEN_GT },
    { "ge", TOKEN_GE },           { "in", TOKEN_IN },
    { "has", TOKEN_HAS },         { "contains", TOKEN_CONTAINS },
    { "matches", TOKEN_MATCHES },
};

/* The longer ones first. */
static const struct {
    char text[3];
    enum token_kind kind;
} token_signs[] = {
    { "==", TOKEN_EQ },    { "!=", TOKEN_NE },      { "<=", TOKEN_LE },
    { ">=", TOKEN_GE },    { "&&", TOKEN_AND },     { "||", TOKEN_OR },
    { "..", TOKEN_RANGE }, { "<", TOKEN_LT },       { ">", TOKEN_GT },
    { "!", TOKEN_NOT },    { "~", TOKEN_MATCHES },  { "(", TOKEN_OPEN },
    { ")", TOKEN_CLOSE },  { "{", TOKEN_SET_OPEN }, { "}", TOKEN_SET_CLOSE },
    { ",", TOKEN_COMMA },
};

const char *token_text(enum token_kind kind)
{
    for (size_t i = 0; i < sizeof token_signs / sizeof *token_signs; i++)
        if (token_signs[i].kind == kind)
            return kind == TOKEN_MATCHES ? "matches" : token_signs[i].text;
    for (size_t i = 0; i < sizeof token_words / sizeof *token_words; i++)
        if (token_words[i].kind == kind)
            return token_words[i].text;
    return "";
}

static bool token_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool token_is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

static bool token_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == ':' || c == '/' || c == '-';
}

/* The bytes of a quoted string, its quotes included; 0 with a fault. */
static size_t token_string(const char *text, size_t len, size_t at, struct fault *fault)
{
    for (size_t i = at + 1; i < len; i++) {
        if (token_is_control(text[i])) {
            fault_note(fault, i, 1,
                       "a control character in a string; write \\n, \\t or \\xNN instead");
            return 0;
        }
        if (text[i] == text[at])
            return i + 1 - at;
        if (text[i] == '\\' && i + 1 < len && !token_is_control(text[i + 1]))
            i++;
    }
    fault_note(fault, at, len - at, "the string that begins here has no end");
    return 0;
}

/* "@file" up to what ends a word, or @"any name". */
static bool token_list(const char *text, size_t len, struct token *token, struct fault *fault)
{
    size_t at = token->at + 1, end = at;
    token->kind = TOKEN_LIST;
    if (at < len && (text[at] == '"' || text[at] == '\'')) {
        size_t string = token_string(text, len, at, fault);
        token->len = (uint32_t)(string + 1);
        return string > 0;
    }
    while (end < len && text[end] > ' ' && text[end] != 0x7f && !strchr("(){},\"'", text[end]))
        end++;
    token->len = (uint32_t)(end - token->at);
    if (end == at)
        return fault_note(fault, token->at, 1, "behind \"@\" stands the name of a file");
    return true;
}

static bool token_sign(const char *text, size_t len, struct token *token, struct fault *fault)
{
    const char *at = text + token->at;
    size_t left = len - token->at;
    for (size_t i = 0; i < sizeof token_signs / sizeof *token_signs; i++) {
        size_t sign = strlen(token_signs[i].text);
        if (sign <= left && memcmp(token_signs[i].text, at, sign) == 0) {
            token->kind = token_signs[i].kind;
            token->len = (uint32_t)sign;
            return true;
        }
    }
    if (*at == '=')
        return fault_note(fault, token->at, 1, "write \"==\" to compare");
    if (*at == '&' || *at == '|')
        return fault_note(fault, token->at, 1, "write \"%s\" or \"%s\"",
                          *at == '&' ? "&&" : "||", *at == '&' ? "and" : "or");
    if (*at > ' ' && *at <= '~')
        return fault_note(fault, token->at, 1, "'%c' means nothing here", *at);
    return fault_note(fault, token->at, 1, "the byte 0x%02x means nothing here",
                      (unsigned)(unsigned char)*at);
}

static void token_word(const char *text, size_t len, struct token *token)
{
    size_t end = token->at;
    while (end < len && token_is_word(text[end]) &&
           !(text[end] == '.' && end + 1 < len && text[end + 1] == '.'))
        end++;
    token->kind = TOKEN_WORD;
    token->len = (uint32_t)(end - token->at);
    for (size_t i = 0; i < sizeof token_words / sizeof *token_words; i++)
        if (strlen(token_words[i].text) == token->len &&
            memcmp(token_words[i].text, text + token->at, token->len) == 0)
            token->kind = token_words[i].kind;
}

bool token_read(const char *text, size_t len, size_t from, struct token *token,
                struct fault *fault)
{
    while (from < len && token_is_blank(text[from]))
        from++;
    *token = (struct token){ TOKEN_END, (uint32_t)from, 0 };
    if (from == len)
        return true;
    if (text[from] == '@')
        return token_list(text, len, token, fault);
    if (text[from] == '"' || text[from] == '\'') {
        token->kind = TOKEN_STRING;
        token->len = (uint32_t)token_string(text, len, from, fault);
        return token->len > 0;
    }
    token_word(text, len, token);
    return token->len > 0 || token_sign(text, len, token, fault);
}
