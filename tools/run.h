/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

/* chains run: a chain that is given as words or in a file. */
int run_main(int argc, char **argv);

#endif
