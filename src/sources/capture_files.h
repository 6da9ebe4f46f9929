/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_CAPTURE_FILES_H
#define SOURCES_CAPTURE_FILES_H

#include "capture_file.h"

#include <chains/component.h>

/*
 * Several capture files as one stream in time order (a merge by the time stamp of each file's
 * next packet; within a file the order stays as it is). A regular file is looked at to learn its
 * first time stamp, and again when the stream reaches it, so that only files that overlap in time hold
 * a buffer; at most CAPTURE_FILES_OPEN do at once, and the stream fails with CHAINS_EUSAGE where it
 * would take more. Their descriptors are opened once and for all, as far as half of RLIMIT_NOFILE;
 * the files beyond are opened by their paths when they are wanted.
 */

enum { CAPTURE_FILES_OPEN = 32 };

struct capture_files;

/* As capture_file_open(), for `paths` ended by NULL: nothing is read. */
struct capture_files *capture_files_open(const char *const *paths, int *status, char *error,
                                         size_t error_size);

/*
 * As capture_file_begin(): every regular file is looked at, of pipes nothing is read. The first
 * capture_files_next() does it where it was not done.
 */
int capture_files_begin(struct capture_files *files);

/* The i-th of the paths that will be opened by their names, from 0; NULL when there are no more. */
const char *capture_files_later(const struct capture_files *files, size_t i);

/* Which files the paths that are regular ones lead to, into room for all; returns how many. */
size_t capture_files_regular(const char *const *paths, struct chains_input *inputs);

/*
 * As capture_file_next(). A damaged file does not end the stream: its packets before the damage
 * and those of the other files come out first, then the failure.
 */
int capture_files_next(struct capture_files *files, struct capture_packet *packet);

/*
 * As capture_file_fill(), for the files that need it; packets lent from any file are no longer
 * valid. The first packet of a pipe is awaited here too. Waits at most once for `timeout_ms`.
 */
int capture_files_fill(struct capture_files *files, int timeout_ms);

/* As capture_file_keep_secrets(), of each file when the stream reaches it. */
void capture_files_keep_secrets(struct capture_files *files, struct secrets *secrets);

uint64_t capture_files_position(const struct capture_files *files);
uint64_t capture_files_size(const struct capture_files *files);
const char *capture_files_error(const struct capture_files *files);
void capture_files_free(struct capture_files *files);

#endif
