/* SPDX-License-Identifier: MIT */
/*
 * An expression from the outside. In: a text and a place in a chain. Out: a program, or a sentence
 * with a caret. Kept: whatever goes wrong on the way, nothing stays behind.
 */
#include "expression.h"
#include "parse.h"

#include <chains/dissect.h>

#include <stdlib.h>
#include <string.h>

/* Where a text is too long to be looked at. */
static int expression_too_long(char *error, size_t error_size, const char *text)
{
    struct fault fault = { .status = 0 };
    fault_note(&fault, EXPRESSION_TEXT, 1, "an expression of more than %d bytes",
               EXPRESSION_TEXT);
    fault_show(&fault, text, EXPRESSION_TEXT + 1, error, error_size);
    return fault.status;
}

static struct expression *expression_blank(const char *text, size_t len)
{
    struct expression *new = calloc(1, sizeof *new);
    if (!new)
        return NULL;
    arena_init(&new->arena, PROGRAM_MEMORY);
    new->limited = chains_arena_take(&new->arena, sizeof *new->limited);
    char *copy = chains_arena_take(&new->arena, len + 1);
    if (!new->limited || !copy) {
        expression_free(new);
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *new->limited = 0;
    new->text = copy;
    new->text_len = len;
    return new;
}

struct expression *expression_new(chains_component *self, const char *text, bool load,
                                  int *status, char *error, size_t error_size)
{
    struct compile compile = { .self = self, .load = load };
    size_t len = strnlen(text, EXPRESSION_TEXT + 1);
    if (len > EXPRESSION_TEXT) {
        *status = expression_too_long(error, error_size, text);
        return NULL;
    }
    compile.program = expression_blank(text, len);
    if (!compile.program) {
        fault_status(&compile.fault, CHAINS_EMEM, 0, 0, "no memory for an expression");
        fault_show(&compile.fault, text, len, error, error_size);
        *status = CHAINS_EMEM;
        return NULL;
    }
    compile.layout = chains_layout_of(self);
    compile.types = chains_upstream_types(self);
    compile.text = compile.program->text;
    compile.len = len;
    if (parse(&compile)) {
        *status = CHAINS_OK;
        return compile.program;
    }
    *status = compile.fault.status;
    fault_show(&compile.fault, text, len, error, error_size);
    expression_free(compile.program);
    return NULL;
}

int expression_reload(struct expression *expression, char *error, size_t error_size)
{
    int status = CHAINS_OK;
    for (struct set_file *file = expression->files; file; file = file->next) {
        struct fault fault = { .status = CHAINS_OK };
        char reason[320];
        int why = CHAINS_OK;
        struct list *list = list_read(file->path, file->kind, &why, reason, sizeof reason);
        if (list) {
            list_free(file->list);
            file->list = list;
            continue;
        }
        if (status != CHAINS_OK)
            continue;
        status = why;
        fault_status(&fault, why, file->at, file->len, "%s", reason);
        fault_show(&fault, expression->text, expression->text_len, error, error_size);
    }
    return status;
}

void expression_files(const struct expression *expression, chains_access_teller tell,
                      void *user)
{
    for (const struct set_file *file = expression->files; file; file = file->next)
        tell(user, CHAINS_ACCESS_READ, file->path);
}

size_t expression_memory(const struct expression *expression)
{
    size_t bytes = sizeof *expression + expression->room * sizeof *expression->terms +
                   expression->arena.held;
    for (const struct set_file *file = expression->files; file; file = file->next)
        bytes += file->list ? list_memory(file->list) : 0;
    return bytes + (expression->regexes ? regexes_memory(expression->regexes) : 0);
}

uint64_t expression_limited(const struct expression *expression)
{
    return *expression->limited +
           (expression->regexes ? regexes_limited(expression->regexes) : 0);
}

void expression_free(struct expression *expression)
{
    if (!expression)
        return;
    for (struct set_file *file = expression->files; file; file = file->next)
        if (file->list)
            list_free(file->list);
    regexes_free(expression->regexes);
    arena_free(&expression->arena);
    free(expression->terms);
    free(expression);
}
