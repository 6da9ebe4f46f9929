/* SPDX-License-Identifier: MIT */
/*
 * In: the command of a program, and how it ended. Out: words for a sentence about it. Whatever stands
 * in the command, what is said of it is one line.
 */
#include "exec_sentence.h"

#include "../bytes/text.h"

void exec_sentence_command(char out[EXEC_COMMAND], const char *cmd)
{
    enum { ESCAPED = 4 }; /* bytes of an escape, and room for "..." and the end behind it */
    size_t room = EXEC_COMMAND - 2 * ESCAPED;
    for (; *cmd && room >= ESCAPED; cmd++) {
        uint8_t byte = (uint8_t)*cmd;
        char *end =
            byte < 0x20 || byte > 0x7e ? text_escape_hex(out, byte) : text_copy(out, cmd, 1);
        room -= (size_t)(end - out);
        out = end;
    }
    if (*cmd)
        out = text_literal(out, "...");
    *out = '\0';
}

void exec_sentence_end(char out[EXEC_END], const struct exec_end *end)
{
    char *at = out;
    if (end->how == EXEC_LOST) {
        at = text_literal(at, "ended");
    } else if (end->how == EXEC_EXITED && end->code == 127) {
        at = text_literal(at, "cannot be started: there is no such program (exit code 127)");
    } else if (end->how == EXEC_EXITED && end->code == 126) {
        at = text_literal(at, "cannot be started: it is not executable (exit code 126)");
    } else {
        at = end->how == EXEC_KILLED ? text_literal(at, "was killed by signal ")
                                     : text_literal(at, "ended with exit code ");
        at = text_u64(at, (uint64_t)end->code);
    }
    *at = '\0';
}
