/*
 * hlc.h - hybrid logical clock.
 *
 * A stamp orders writes made on machines whose clocks disagree.  It packs
 * wall time in ms (48 bits) and a counter (16 bits), so stamps compare as
 * integers and never run backwards on one device.  The caller supplies `now`:
 * this file never asks the system for the time.
 *
 * A stamp orders what is shown, never what is kept: a wrong clock loses
 * nothing.  (Kulkarni et al., "Logical Physical Clocks", 2014.)
 */
#pragma once

#include "sync/base/err.h"

typedef uint64_t hlc_stamp; /* 0 is "never" */

struct hlc {
    hlc_stamp last; /* greatest stamp issued or followed */
};

/* Issue a stamp greater than every stamp issued or followed before. */
hlc_stamp hlc_tick(struct hlc *c, uint64_t now_ms);

/* Take note of a stamp from elsewhere.  One that lies more than
 * clock_drift_ms_max ahead of now_ms is not followed: a device whose clock is
 * a year ahead must not pull everyone's clocks with it. */
void hlc_see(struct hlc *c, hlc_stamp remote, uint64_t now_ms);

uint64_t hlc_ms(hlc_stamp s); /* wall part, ms since 1970 */
