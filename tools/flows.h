/* SPDX-License-Identifier: MIT */
#ifndef FLOWS_H
#define FLOWS_H

/* chains flows: a line for each connection that has ended. */
int flows_main(int argc, char **argv);

#endif
