/* SPDX-License-Identifier: MIT */
#ifndef NETWATCH_H
#define NETWATCH_H

/* chains netwatch, netwatch: who talks to whom, on an interface or in capture files. */
int netwatch_main(int argc, char **argv);

#endif
