/* SPDX-License-Identifier: MIT */
#ifndef URLWATCH_H
#define URLWATCH_H

/* chains urlwatch, urlwatch: HTTP requests and responses as they happen. */
int urlwatch_main(int argc, char **argv);

#endif
