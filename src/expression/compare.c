/* SPDX-License-Identifier: MIT */
/*
 * From a comparison to terms. In: a field, a sign, values. Out: a term for each group of layers
 * that agree on the field, joined by "or", since a slot holds one layer at a time. Kept: a
 * comparison that makes sense nowhere is a fault that says what the field is and what it takes.
 */
#include "compile.h"

#include <chains/dissect.h>

#include <string.h>

enum fit compare_no_memory(const struct ask *ask)
{
    const struct token *sign = &ask->comparison->sign;
    fault_status(&ask->compile->fault, CHAINS_EMEM, sign->at, sign->len,
                 "no memory for an expression");
    return FIT_FAILED;
}

struct term *compare_term(const struct ask *ask, enum op op, struct part *part)
{
    struct expression *program = ask->compile->program;
    const struct value *name = &ask->comparison->name;
    struct term *term = program_term(program, part);
    if (!term) {
        if (program->count == PROGRAM_TERMS)
            fault_note(&ask->compile->fault, name->from, name->span, "more than %d comparisons",
                       PROGRAM_TERMS);
        else
            compare_no_memory(ask);
        return NULL;
    }
    term->access = ask->operand->access;
    term->op = (uint8_t)op;
    term->negate = ask->sign == TOKEN_NE;
    term->all = ask->comparison->of == OF_ALL ||
                (ask->comparison->of == OF_DEFAULT && ask->sign == TOKEN_NE);
    return term;
}

struct set *compare_set(const struct ask *ask)
{
    struct set *set = chains_arena_take(&ask->compile->program->arena, sizeof *set);
    if (set)
        *set = (struct set){ .numbers = 0 };
    else
        compare_no_memory(ask);
    return set;
}

enum fit compare_refuse(const struct ask *ask, const struct value *value)
{
    const struct value *name = &ask->comparison->name;
    enum value_class class = ask->operand->class;
    fault_note(&ask->compile->hard, value->from, value->span,
               "not %s: %.*s is compared with %s", class_name(class), (int)name->len, name->at,
               class_wants(class));
    return FIT_NOT;
}

enum fit compare_quotes(const struct ask *ask, const struct value *value)
{
    fault_note(&ask->compile->hard, value->from, value->span, "\"%s\" takes text in quotes",
               token_text(ask->sign));
    return FIT_NOT;
}

enum fit compare_too_large(const struct ask *ask, const struct value *value, uint64_t most)
{
    const struct value *name = &ask->comparison->name;
    fault_note(&ask->compile->soft, value->from, value->span, "too large: %.*s is at most %llu",
               (int)name->len, name->at, (unsigned long long)most);
    return FIT_PART;
}

/* A file of the expression, read once for each kind. */
static struct set_file *compare_find_file(const struct ask *ask, const struct value *value,
                                          enum list_kind kind)
{
    struct expression *program = ask->compile->program;
    for (struct set_file *file = program->files; file; file = file->next)
        if (file->kind == kind && strlen(file->path) == value->len &&
            memcmp(file->path, value->at, value->len) == 0)
            return file;
    struct set_file *file = chains_arena_take(&program->arena, sizeof *file);
    char *path = chains_arena_take(&program->arena, value->len + 1);
    if (!file || !path) {
        compare_no_memory(ask);
        return NULL;
    }
    memcpy(path, value->at, value->len);
    path[value->len] = '\0';
    *file = (struct set_file){ program->files, path, kind, NULL, value->from, value->span };
    program->files = file;
    return file;
}

bool compare_file(const struct ask *ask, const struct value *value, enum list_kind kind,
                  struct set *set)
{
    char error[320];
    int status = CHAINS_OK;
    struct set_file *file = compare_find_file(ask, value, kind);
    if (!file)
        return false;
    if (ask->compile->load && !file->list) {
        file->list = list_read(file->path, kind, &status, error, sizeof error);
        if (!file->list)
            return fault_status(&ask->compile->fault, status, value->from, value->span, "%s",
                                error);
    }
    if (set_add_file(set, &ask->compile->program->arena, file))
        return true;
    compare_no_memory(ask);
    return false;
}

/* "has" of a field with several values: each of the items is one of them. */
static enum fit compare_has(const struct ask *ask, struct part *part)
{
    enum fit fit = FIT_GOOD;
    if (ask->comparison->of != OF_DEFAULT) {
        fault_note(&ask->compile->hard, ask->comparison->sign.at, ask->comparison->sign.len,
                   "\"has\" asks about all values at once; leave out \"any\" and \"all\"");
        return FIT_NOT;
    }
    for (uint32_t i = 0; i < ask->items; i++) {
        struct ask one = *ask;
        struct part more;
        one.item = &ask->item[i];
        one.items = 1;
        one.sign = one.item->range || one.item->file ? TOKEN_IN : TOKEN_EQ;
        enum value_class class = one.operand->class;
        enum fit next = class == CLASS_ADDRESS ? compare_addresses(&one, &more)
                        : class == CLASS_TEXT || class == CLASS_RAW || class == CLASS_HEX
                            ? compare_bytes(&one, &more)
                            : compare_numbers(&one, &more);
        if (next <= FIT_NOT)
            return next;
        *part = i > 0 ? program_and(ask->compile->program, *part, more) : more;
        fit = next < fit ? next : fit;
    }
    return fit;
}

static enum fit compare_sign_refuse(const struct ask *ask)
{
    const struct comparison *comparison = ask->comparison;
    const struct value *name = &comparison->name;
    enum value_class class = ask->operand->class;
    struct fault *hard = &ask->compile->hard;
    if (class == CLASS_LAYER)
        fault_note(hard, name->from, name->span,
                   "%.*s is a group of fields; compare one of them", (int)name->len, name->at);
    else if (class == CLASS_OTHER)
        fault_note(hard, name->from, name->span, "%.*s is %s", (int)name->len, name->at,
                   class_name(class));
    else
        fault_note(hard, comparison->sign.at, comparison->sign.len, "%.*s is %s; it takes %s",
                   (int)name->len, name->at, class_name(class), class_signs(class));
    return FIT_NOT;
}

static enum fit compare_ask(const struct ask *ask, struct part *part)
{
    enum value_class class = ask->operand->class;
    bool has = ask->sign == TOKEN_HAS && class < CLASS_TYPE &&
               (ask->operand->many || class == CLASS_FLAGS || class == CLASS_TAGS);
    if (!has && (ask->sign == TOKEN_HAS || !class_takes(class, ask->sign)))
        return compare_sign_refuse(ask);
    switch (class) {
    case CLASS_FLAGS:
    case CLASS_TAGS:
        return compare_flags(ask, part);
    case CLASS_TYPE:
        return compare_type(ask, part);
    case CLASS_ADDRESS:
        return has ? compare_has(ask, part) : compare_addresses(ask, part);
    case CLASS_TEXT:
    case CLASS_RAW:
    case CLASS_HEX:
        return has ? compare_has(ask, part) : compare_bytes(ask, part);
    case CLASS_NUMBER:
    case CLASS_NAMED:
    case CLASS_BOOL:
    case CLASS_TIME:
    case CLASS_DURATION:
    case CLASS_MAC:
        return has ? compare_has(ask, part) : compare_numbers(ask, part);
    case CLASS_LAYER:
    case CLASS_OTHER:
        break;
    }
    return compare_sign_refuse(ask);
}

/* A field alone: it is there; what is true or false is true; of flags and tags one is set. */
static enum fit compare_presence(const struct ask *ask, struct part *part)
{
    enum value_class class = ask->operand->class;
    bool bits = class == CLASS_FLAGS || class == CLASS_TAGS;
    struct term *term = compare_term(ask,
                                     class == CLASS_BOOL ? OP_U8
                                     : bits              ? OP_BITS
                                                         : OP_THERE,
                                     part);
    if (!term)
        return FIT_FAILED;
    if (class == CLASS_BOOL) {
        term->with.range.low = 1;
        term->with.range.span = UINT8_MAX - 1;
    }
    if (bits) {
        const struct chains_name *name = ask->operand->field->names;
        term->with.bits.mask = class == CLASS_TAGS ? UINT64_MAX : 0;
        for (; class == CLASS_FLAGS && name && name->name; name++)
            term->with.bits.mask |= name->value;
        term->negate = true;
    }
    return FIT_GOOD;
}

/* Asks every operand; how well the best one fits. */
static enum fit compare_all(struct compile *compile, const struct comparison *comparison,
                            struct part *part)
{
    enum fit best = FIT_NOT;
    for (unsigned i = 0; i < comparison->operands; i++) {
        const struct ask ask = {
            compile,          comparison,       &comparison->operand[i], comparison->sign.kind,
            comparison->item, comparison->items
        };
        struct part more;
        uint32_t before = compile->program->count;
        enum fit fit =
            ask.sign == TOKEN_END ? compare_presence(&ask, &more) : compare_ask(&ask, &more);
        if (fit == FIT_FAILED)
            return fit;
        if (fit == FIT_NOT) {
            compile->program->count = before;
            continue;
        }
        for (uint32_t j = 0; j < comparison->items && fit == FIT_GOOD; j++)
            comparison->item[j].fits = true;
        *part = best == FIT_NOT ? more : program_or(compile->program, *part, more);
        best = fit > best ? fit : best;
    }
    return best;
}

/*
 * What to say. A value that does not fit comes first, but where names of types and a field are mixed
 * (transport.type) what is wrong with the comparison does.
 */
static struct fault compare_fault(const struct compile *compile,
                                  const struct comparison *comparison)
{
    bool hard = compile->hard.status && comparison->path.kind == PATH_TYPE;
    return compile->soft.status && !hard ? compile->soft : compile->hard;
}

bool compare(struct compile *compile, struct comparison *comparison, struct part *part)
{
    uint32_t before = compile->program->count;
    compile->soft.status = compile->hard.status = 0;
    enum fit fit = compare_all(compile, comparison, part);
    if (fit == FIT_FAILED)
        return false;
    bool fits = fit != FIT_NOT;
    for (uint32_t i = 0; i < comparison->items; i++)
        fits = fits && comparison->item[i].fits;
    if (fits)
        return true;
    compile->program->count = before;
    fit = compare_fields(compile, comparison, part);
    if (fit == FIT_NOT)
        compile->fault = compare_fault(compile, comparison);
    return fit == FIT_GOOD;
}
