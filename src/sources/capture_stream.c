/* SPDX-License-Identifier: MIT */
/*
 * What to say when the bytes of a capture are not as they should be. In: the stream and a
 * reason. Out: the phrase in it, to which capture_file.c puts the name of the file.
 */
#include "capture_stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static int stream_phrase(struct capture_stream *in, int used, const char *format,
                         va_list arguments) CAPTURE_STREAM_FORMAT(3, 0);

static int stream_phrase(struct capture_stream *in, int used, const char *format,
                         va_list arguments)
{
    vsnprintf(in->phrase + used, sizeof in->phrase - (size_t)used, format, arguments);
    return CHAINS_EFORMAT;
}

int capture_stream_refuse(struct capture_stream *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int status = stream_phrase(in, 0, format, arguments);
    va_end(arguments);
    return status;
}

int capture_stream_damage(struct capture_stream *in, const char *format, ...)
{
    int used =
        snprintf(in->phrase, sizeof in->phrase, "damaged at byte %" PRIu64 ": ", in->record);
    va_list arguments;
    va_start(arguments, format);
    int status = stream_phrase(in, used, format, arguments);
    va_end(arguments);
    return status;
}
