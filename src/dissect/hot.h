/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_HOT_H
#define DISSECT_HOT_H

/* Before the function of a protocol that most packets have: walk.c then holds it inline. */
#define DISSECT_HOT static inline __attribute__((always_inline))

#endif
