/* SPDX-License-Identifier: MIT */
/*
 * The grammar. In: tokens. Out: parts of a program, joined as "not", "and" and "or" bind. Kept: no
 * recursion; what is open waits on a stack of EXPRESSION_NESTING levels, and what is wrong is said
 * where it stands.
 */
#include "parse.h"
#include "literal.h"

#include <chains/dissect.h>

#include <string.h>

/* What waits inside one pair of parentheses. */
struct level {
    struct part or_part, and_part;
    bool has_or, has_and;
    bool negate; /* an odd number of "not" stands before what comes next */
    struct token open;
};

static bool parse_next(struct compile *compile)
{
    size_t from = compile->token.at + compile->token.len;
    return token_read(compile->text, compile->len, from, &compile->token, &compile->fault);
}

static bool parse_fail(struct compile *compile, const struct token *token, const char *sentence)
{
    return fault_note(&compile->fault, token->at, token->len, "%s", sentence);
}

static bool parse_no_memory(struct compile *compile)
{
    return fault_status(&compile->fault, CHAINS_EMEM, compile->token.at, compile->token.len,
                        "no memory for an expression");
}

/* What stands between quotes from `at` on, into the arena. */
static bool parse_string(struct compile *compile, size_t at, size_t len, struct value *value)
{
    size_t used = 0;
    char *text = chains_arena_take(&compile->program->arena, len);
    if (!text)
        return parse_no_memory(compile);
    if (literal_string(compile->text + at, len, text, &used) != LITERAL_GOOD)
        return fault_note(&compile->fault, at + used, 2,
                          "no such escape; there are \\n \\t \\r \\\\ \\\" \\' and \\xNN");
    value->at = text;
    value->len = (uint32_t)used;
    value->quoted = true;
    return true;
}

/* The token at hand as a value, and the next one; `raw`: a pattern, whose escapes PCRE2 reads. */
static bool parse_value(struct compile *compile, bool raw, struct value *value)
{
    const struct token token = compile->token;
    const char *at = compile->text + token.at;
    *value = (struct value){ at, token.len, false, token.at, token.len };
    if (token.kind == TOKEN_STRING && raw)
        *value = (struct value){ at + 1, token.len - 2, true, token.at, token.len };
    else if (token.kind == TOKEN_STRING &&
             !parse_string(compile, token.at + 1, token.len - 2, value))
        return false;
    return parse_next(compile);
}

/* "@file" or @"file". */
static bool parse_file(struct compile *compile, struct item *item)
{
    const struct token token = compile->token;
    const char *at = compile->text + token.at + 1;
    item->file = true;
    item->low = (struct value){ at, token.len - 1, false, token.at, token.len };
    if ((*at == '"' || *at == '\'') &&
        !parse_string(compile, token.at + 2, token.len - 3, &item->low))
        return false;
    if (item->low.len == 0 || memchr(item->low.at, '\0', item->low.len))
        return parse_fail(compile, &token, "behind \"@\" stands the name of a file");
    return parse_next(compile);
}

static struct item *parse_item_new(struct compile *compile, struct comparison *comparison)
{
    if (comparison->items == comparison->item_room) {
        uint32_t room = comparison->item_room ? comparison->item_room * 2 : 1;
        struct item *more =
            chains_arena_take(&compile->program->arena, room * sizeof *comparison->item);
        if (!more) {
            parse_no_memory(compile);
            return NULL;
        }
        if (comparison->items > 0)
            memcpy(more, comparison->item, comparison->items * sizeof *more);
        comparison->item = more;
        comparison->item_room = room;
    }
    struct item *item = &comparison->item[comparison->items++];
    *item = (struct item){ .range = false };
    return item;
}

static bool parse_is_value(const struct compile *compile)
{
    return compile->token.kind == TOKEN_WORD || compile->token.kind == TOKEN_STRING;
}

/* A value, a range or a file. */
static bool parse_item(struct compile *compile, struct comparison *comparison)
{
    struct item *item = parse_item_new(compile, comparison);
    bool raw = comparison->sign.kind == TOKEN_MATCHES;
    bool in = comparison->sign.kind == TOKEN_IN || comparison->sign.kind == TOKEN_HAS;
    if (!item)
        return false;
    if (compile->token.kind == TOKEN_LIST && in)
        return parse_file(compile, item);
    if (compile->token.kind == TOKEN_LIST)
        return parse_fail(compile, &compile->token, "a file stands behind \"in\" only");
    if (!parse_is_value(compile)) {
        const char *before = comparison->items > 1 ? ","
                             : comparison->braces  ? "{"
                                                   : token_text(comparison->sign.kind);
        return fault_note(&compile->fault, compile->token.at, compile->token.len,
                          "a value is missing behind \"%s\"", before);
    }
    if (!parse_value(compile, raw, &item->low))
        return false;
    item->high = item->low;
    if (compile->token.kind != TOKEN_RANGE)
        return true;
    if (!in)
        return parse_fail(compile, &compile->token, "a range stands behind \"in\" only");
    item->range = true;
    if (!parse_next(compile))
        return false;
    if (!parse_is_value(compile))
        return parse_fail(compile, &compile->token, "the end of the range is missing");
    if (!parse_value(compile, raw, &item->high))
        return false;
    /* Faults of a range are shown under the whole of it. */
    item->low.span = item->high.from + item->high.span - item->low.from;
    return true;
}

/* "{a, b}" */
static bool parse_braces(struct compile *compile, struct comparison *comparison)
{
    const struct token open = compile->token;
    enum token_kind sign = comparison->sign.kind;
    comparison->braces = true;
    if (sign != TOKEN_IN && sign != TOKEN_HAS && sign != TOKEN_EQ && sign != TOKEN_NE)
        return fault_note(&compile->fault, open.at, open.len, "\"%s\" takes one value",
                          token_text(sign));
    do {
        if (!parse_next(compile))
            return false;
        if (compile->token.kind == TOKEN_SET_CLOSE && comparison->items == 0)
            return parse_fail(compile, &compile->token, "this set is empty");
        if (!parse_item(compile, comparison))
            return false;
    } while (compile->token.kind == TOKEN_COMMA);
    if (compile->token.kind == TOKEN_SET_CLOSE)
        return parse_next(compile);
    if (compile->token.kind == TOKEN_END)
        return parse_fail(compile, &open, "this \"{\" has no \"}\"");
    return parse_fail(compile, &compile->token, "a comma or \"}\" is missing here");
}

/* Braces behind == are for flags and tags alone. */
static bool parse_braces_fit(struct compile *compile, const struct comparison *comparison)
{
    if (!comparison->braces || comparison->sign.kind == TOKEN_IN ||
        comparison->sign.kind == TOKEN_HAS)
        return true;
    for (unsigned i = 0; i < comparison->operands; i++)
        if (comparison->operand[i].class == CLASS_FLAGS ||
            comparison->operand[i].class == CLASS_TAGS)
            return true;
    const struct value *name = &comparison->name;
    return fault_note(&compile->fault, comparison->sign.at, comparison->sign.len,
                      "a set of values stands behind \"in\": %s%.*s in {...}",
                      comparison->sign.kind == TOKEN_NE ? "not " : "", (int)name->len,
                      name->at);
}

static bool parse_right(struct compile *compile, struct comparison *comparison)
{
    comparison->sign = compile->token;
    if (!parse_next(compile))
        return false;
    if (compile->token.kind == TOKEN_SET_OPEN)
        return parse_braces(compile, comparison) && parse_braces_fit(compile, comparison);
    return parse_item(compile, comparison);
}

/* What is wrong where a field should stand. */
static bool parse_no_field(struct compile *compile, bool joined)
{
    const struct token *token = &compile->token;
    enum token_kind kind = token->kind;
    if (kind == TOKEN_END)
        return parse_fail(compile, token,
                          joined ? "something is missing at the end"
                                 : "the expression is empty");
    if (kind == TOKEN_STRING || kind == TOKEN_LIST || kind == TOKEN_SET_OPEN)
        return parse_fail(compile, token, "a comparison begins with a field, not with a value");
    if (kind == TOKEN_CLOSE)
        return parse_fail(compile, token,
                          joined ? "something is missing before this \")\""
                                 : "this \")\" closes nothing");
    return parse_fail(compile, token, "a field is missing here");
}

static bool parse_is_number(const struct compile *compile)
{
    char c = compile->text[compile->token.at];
    return (c >= '0' && c <= '9') || c == '-' || c == ':';
}

/* [any|all] FIELD [SIGN value] */
static bool parse_comparison(struct compile *compile, bool joined, struct part *part)
{
    struct comparison comparison = { .items = 0 };
    const struct token quantifier = compile->token;
    comparison.of = quantifier.kind == TOKEN_ANY   ? OF_ANY
                    : quantifier.kind == TOKEN_ALL ? OF_ALL
                                                   : OF_DEFAULT;
    if (comparison.of != OF_DEFAULT && !parse_next(compile))
        return false;
    if (compile->token.kind != TOKEN_WORD)
        return parse_no_field(compile, joined || comparison.of != OF_DEFAULT);
    if (parse_is_number(compile))
        return parse_fail(compile, &compile->token,
                          "a comparison begins with a field, not with a value");
    if (!parse_value(compile, false, &comparison.name) || !operands_find(compile, &comparison))
        return false;
    if (token_compares(compile->token.kind))
        return parse_right(compile, &comparison) && compare(compile, &comparison, part);
    if (comparison.of != OF_DEFAULT)
        return parse_fail(compile, &quantifier,
                          "\"any\" and \"all\" stand before a comparison");
    comparison.sign = (struct token){ TOKEN_END, comparison.name.from, comparison.name.span };
    return compare(compile, &comparison, part);
}

/* One more operand of "and" and "or" on a level. */
static void parse_put(struct compile *compile, struct level *level, struct part part)
{
    if (level->negate)
        part = program_not(part);
    level->negate = false;
    level->and_part =
        level->has_and ? program_and(compile->program, level->and_part, part) : part;
    level->has_and = true;
}

/* What is open of "and" goes to "or". */
static void parse_fold(struct compile *compile, struct level *level)
{
    level->or_part = level->has_or
                         ? program_or(compile->program, level->or_part, level->and_part)
                         : level->and_part;
    level->has_or = true;
    level->has_and = false;
}

/* What stands behind an operand, where neither "and" nor "or" nor ")" does. */
static bool parse_behind(struct compile *compile)
{
    const struct token *token = &compile->token;
    if (token->kind == TOKEN_NOT)
        return parse_fail(compile, token,
                          "\"not\" stands before a comparison: not FIELD in ...");
    if (token->kind == TOKEN_WORD && token->len == 1 && compile->text[token->at] == '-')
        return parse_fail(compile, token, "there is no arithmetic here");
    return parse_fail(compile, token, "\"and\" or \"or\" is missing here");
}

/* Opens levels and reads "not"s up to a comparison, whose part it gives. */
static bool parse_operand(struct compile *compile, struct level *level, unsigned *depth,
                          struct part *part, bool joined)
{
    for (;;) {
        if (compile->token.kind == TOKEN_NOT) {
            level[*depth].negate = !level[*depth].negate;
        } else if (compile->token.kind == TOKEN_OPEN) {
            if (*depth == EXPRESSION_NESTING)
                return fault_note(&compile->fault, compile->token.at, compile->token.len,
                                  "more than %d parentheses inside each other",
                                  EXPRESSION_NESTING);
            level[++*depth] = (struct level){ .open = compile->token };
        } else {
            return parse_comparison(compile, joined, part);
        }
        joined = true;
        if (!parse_next(compile))
            return false;
    }
}

bool parse(struct compile *compile)
{
    struct level level[EXPRESSION_NESTING + 1];
    unsigned depth = 0;
    bool joined = false;
    struct part part;
    level[0] = (struct level){ .negate = false };
    if (!parse_next(compile))
        return false;
    for (;;) {
        if (!parse_operand(compile, level, &depth, &part, joined))
            return false;
        parse_put(compile, &level[depth], part);
        while (compile->token.kind == TOKEN_CLOSE && depth > 0) {
            parse_fold(compile, &level[depth]);
            part = level[depth--].or_part;
            parse_put(compile, &level[depth], part);
            if (!parse_next(compile))
                return false;
        }
        if (compile->token.kind == TOKEN_END && depth > 0)
            return parse_fail(compile, &level[depth].open, "this \"(\" has no \")\"");
        if (compile->token.kind == TOKEN_CLOSE)
            return parse_fail(compile, &compile->token, "this \")\" closes nothing");
        if (compile->token.kind == TOKEN_END)
            break;
        if (compile->token.kind != TOKEN_AND && compile->token.kind != TOKEN_OR)
            return parse_behind(compile);
        if (compile->token.kind == TOKEN_OR)
            parse_fold(compile, &level[depth]);
        joined = true;
        if (!parse_next(compile))
            return false;
    }
    parse_fold(compile, &level[0]);
    program_patch(compile->program, level[0].or_part.yes, PROGRAM_YES);
    program_patch(compile->program, level[0].or_part.no, PROGRAM_NO);
    return true;
}
