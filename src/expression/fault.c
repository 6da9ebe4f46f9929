/* SPDX-License-Identifier: MIT */
/*
 * From a fault to what people read. In: a sentence, a text, a place in it. Out: the sentence, the
 * text around the place, and a caret under it. Kept: no byte of the text that is not printable
 * ASCII gets out, neither in the line nor in the sentence.
 */
#include "fault.h"

#include <chains/chain.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FAULT_SHOWN = 120 };

static void fault_plain(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = *text == '\t' || *text == '\n' || *text == '\r' ? ' ' : '?';
}

static void __attribute__((format(printf, 5, 0)))
fault_write(struct fault *fault, int status, size_t at, size_t len, const char *format,
            va_list args)
{
    if (fault->status)
        return;
    fault->status = status;
    fault->at = at;
    fault->len = len;
    vsnprintf(fault->sentence, sizeof fault->sentence, format, args);
    fault_plain(fault->sentence);
}

bool fault_note(struct fault *fault, size_t at, size_t len, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_write(fault, CHAINS_EUSAGE, at, len, format, args);
    va_end(args);
    return false;
}

bool fault_status(struct fault *fault, int status, size_t at, size_t len, const char *format,
                  ...)
{
    va_list args;
    va_start(args, format);
    fault_write(fault, status, at, len, format, args);
    va_end(args);
    return false;
}

void fault_show(const struct fault *fault, const char *text, size_t text_len, char *error,
                size_t error_size)
{
    char shown[FAULT_SHOWN + 1], caret[FAULT_SHOWN + 1];
    if (fault->status == CHAINS_EMEM) {
        snprintf(error, error_size, "%s", fault->sentence);
        return;
    }
    size_t from = fault->at > FAULT_SHOWN / 2 ? fault->at - FAULT_SHOWN / 2 : 0;
    size_t left = text_len > from ? text_len - from : 0;
    size_t len = left < FAULT_SHOWN ? left : FAULT_SHOWN;
    memcpy(shown, text + from, len);
    for (size_t i = 0; i < len; i++)
        shown[i] = shown[i] ? shown[i] : '?';
    shown[len] = '\0';
    fault_plain(shown);
    size_t end = fault->at - from + (fault->len ? fault->len : 1);
    size_t most = fault->at - from < len ? len : fault->at - from + 1;
    end = end < most ? end : most;
    memset(caret, ' ', sizeof caret);
    memset(caret + (fault->at - from), '~', end - (fault->at - from));
    caret[fault->at - from] = '^';
    caret[end] = '\0';
    snprintf(error, error_size, "%s\n    %s\n    %s", fault->sentence, shown, caret);
}
