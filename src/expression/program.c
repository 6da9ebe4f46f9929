/* SPDX-License-Identifier: MIT */
/*
 * Joining terms. In: parts of a program with jumps that lead nowhere yet. Out: larger parts. Kept:
 * a part is joined with one made behind it, so that jumps lead forward only.
 */
#include "program.h"

#include <stdlib.h>
#include <string.h>

struct term *program_term(struct expression *program, struct part *part)
{
    if (program->count == PROGRAM_TERMS)
        return NULL;
    if (program->count == program->room) {
        uint32_t room = program->room ? program->room * 2 : 8;
        struct term *more = realloc(program->terms, room * sizeof *more);
        if (!more)
            return NULL;
        program->terms = more;
        program->room = room;
    }
    uint32_t at = program->count++;
    struct term *term = &program->terms[at];
    memset(term, 0, sizeof *term);
    term->yes = term->no = PROGRAM_NONE;
    *part = (struct part){ at, { at * 2, at * 2 }, { at * 2 + 1, at * 2 + 1 } };
    return term;
}

static uint32_t *program_jump(struct expression *program, uint32_t jump)
{
    struct term *term = &program->terms[jump / 2];
    return jump & 1 ? &term->no : &term->yes;
}

void program_patch(struct expression *program, struct jumps jumps, uint32_t target)
{
    for (uint32_t at = jumps.first; at != PROGRAM_NONE;) {
        uint32_t *jump = program_jump(program, at);
        at = *jump;
        *jump = target;
    }
}

static struct jumps program_join(struct expression *program, struct jumps a, struct jumps b)
{
    if (a.first == PROGRAM_NONE)
        return b;
    if (b.first == PROGRAM_NONE)
        return a;
    *program_jump(program, a.last) = b.first;
    return (struct jumps){ a.first, b.last };
}

struct part program_and(struct expression *program, struct part a, struct part b)
{
    program_patch(program, a.yes, b.entry);
    return (struct part){ a.entry, b.yes, program_join(program, a.no, b.no) };
}

struct part program_or(struct expression *program, struct part a, struct part b)
{
    program_patch(program, a.no, b.entry);
    return (struct part){ a.entry, program_join(program, a.yes, b.yes), b.no };
}

struct part program_not(struct part part)
{
    return (struct part){ part.entry, part.no, part.yes };
}
