/*
 * confine.h - a server that gives up what it does not need, before it listens:
 * whoever takes it over gets no further than it could go itself.
 *
 *   no new privileges   nothing it could start would have more rights
 *   landlock            files beneath its folder and the one it publishes in,
 *                       and to read those beside its certificate and key; no
 *                       others, whatever their rights
 *   seccomp             no other program, no look into other processes, no
 *                       mounts, no keyrings, no modules, no call to others over
 *                       the network: such a system call fails with EPERM
 *
 * For the thread that calls and all that it starts, for good.  A kernel that
 * lacks something is no fault: it is said which.  Built with CONFINE_OFF (the
 * sanitizers and the measuring of coverage need what this takes away) all of it
 * is off, and says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct confined {
    const char *privileges, *files, *calls; /* "yes", or why not; for ever */
};

/* `work`: folders to write in, that are there.  `beside`: files whose folders
 * may be read, and those they point to.  Of links, what they point to later
 * must lie in one of these. */
struct confined confine(const char *const *work, size_t work_n,
                        const char *const *beside, size_t beside_n);
