#define _DEFAULT_SOURCE /* madvise() */
#include "sync/sys/secret.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sync/base/mem.h"

static size_t whole_pages(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (n + page - 1) / page * page;
}

void secret_process(void)
{
    struct rlimit none = {0, 0};

    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

void *secret_new(size_t n)
{
    size_t room = whole_pages(n);
    void *p = mmap(NULL, room, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        abort(); /* see base/mem.h */
    (void)mlock(p, room);
    (void)madvise(p, room, MADV_DONTDUMP);
    return p;
}

void secret_free(void *p, size_t n)
{
    if (p == NULL)
        return;
    mem_wipe(p, n);
    (void)munmap(p, whole_pages(n)); /* which unlocks it */
}

void secret_hold(void *p, size_t n)
{
    (void)mlock(p, n);
}

void secret_drop(void *p, size_t n)
{
    mem_wipe(p, n);
    (void)munlock(p, n);
}
