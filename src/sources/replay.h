/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_REPLAY_H
#define SOURCES_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The pace of a capture: a packet is due when as much time has passed since the first one as their
 * time stamps say, divided by the speed.
 */
struct replay {
    double speed; /* 0: everything is due */
    bool begun;
    int64_t first_ns, began_ns; /* of the first packet: its time stamp, and when it was due */
};

/* What a speed may be: 0 or any positive number. */
bool replay_takes(double speed);

/*
 * Nanoseconds until a packet of this time stamp is due, 0 when it is; `now_ns` is that of
 * time_now_ns(). The first one that is asked for is due at once, and so is what lies before it.
 */
int64_t replay_left(struct replay *replay, int64_t time_ns, int64_t now_ns);

/* Sleeps for so long, or until a signal comes. */
void replay_sleep(int64_t left_ns);

#endif
