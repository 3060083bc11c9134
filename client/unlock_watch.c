/* Who takes the key out of memory when nobody used it for so long (unlock.h):
 * a process of its own that holds no key and sleeps. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "client/unlock.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"

enum { FDS_MAX = 256, PATH_BYTES = PATH_MAX + 16 };

/* Until the file changes, or so long; time asleep counts, too. */
static bool wait_for(int changes, int timer, uint64_t ms)
{
    struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(ms / 1000),
                     .tv_nsec = (long)(ms % 1000) * 1000000}};
    struct pollfd fds[2] = {{.fd = changes, .events = POLLIN},
                            {.fd = timer, .events = POLLIN}};
    char drained[4096];

    if (timerfd_settime(timer, 0, &at, NULL) != 0 || poll(fds, 2, -1) < 0)
        return false;
    while (read(changes, drained, sizeof drained) > 0)
        ;
    return true;
}

static void watch(const char *dir, int changes, int timer)
{
    char path[PATH_BYTES];
    uint64_t ms;
    int wd;

    do {
        wd = unlock_path(dir, path, sizeof path)
                 ? inotify_add_watch(changes, path,
                                     IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
                 : -1;
        /* First the watch, then the look: nothing falls between. */
        if (!unlock_expire(dir, clock_boot_ms(), &ms) || wd < 0)
            break;
    } while (wait_for(changes, timer, ms) &&
             (inotify_rm_watch(changes, wd) == 0 || true));
    unlock_forget(dir); /* also if it cannot be watched */
}

void unlock_watch(const char *dir)
{
    int changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);

    watch(dir, changes, timer);
    if (changes >= 0)
        close(changes);
    if (timer >= 0)
        close(timer);
}

/* Nothing of ours stays with it: no terminal, no file, no folder. */
static void leave(void)
{
    int fd, null = open("/dev/null", O_RDWR);

    setsid();
    for (fd = 0; fd < 3; fd++)
        dup2(null, fd);
    for (fd = 3; fd < FDS_MAX; fd++)
        close(fd);
    if (chdir("/") != 0)
        _exit(1);
}

enum rc unlock_watch_start(const char *dir, struct err *err)
{
    char lock[PATH_BYTES], *whole = realpath(dir, NULL);
    int held = -1;
    pid_t pid = whole == NULL ? -1 : fork();

    if (pid == 0) {
        leave();
        snprintf(lock, sizeof lock, "%s/vault.watch", whole);
        if (file_lock(lock, &held, NULL) == RC_OK) /* else there is one */
            unlock_watch(whole);
        _exit(0);
    }
    free(whole);
    return pid > 0 ? RC_OK
                   : err_set(err, RC_IO, "nobody can be set to watch the key");
}
