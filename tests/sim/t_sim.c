#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
/*
 * t_sim: thousands of pretend worlds, each from one number.
 *
 *     t_sim                                  every plan, as a test
 *     t_sim --seeds N [--from S] [--plan P]  a long run; P: one plan alone
 *     t_sim --seed S --plan P                one world, with its trace
 *
 * --brief yes: end at the first failure, untold.
 *
 * A seed that fails is made as small as it gets, by leaving out what it does
 * not need to fail, and told step by step.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/base/def.h"
#include "tests/sim/world.h"

#define BIT(e)     (1U << EVENT_##e)
#define BAD_LINE   (BIT(CUT) | BIT(LATE) | BIT(TWICE) | BIT(REFUSED))
#define EVERYTHING ((1U << EVENTS_N) - 1)

enum { WORKERS_MAX = 64 };

/* `seeds` are those of `make test`. */
static const struct {
    struct plan plan;
    unsigned seeds;
} plans[] = {
    {{"nothing fails", 6, 3, 160, 0}, 160},
    {{"the line is bad", 5, 3, 160, BAD_LINE}, 260},
    {{"devices die at any disk call", 4, 2, 160,
      BIT(DEVICE_KILL) | BIT(DEVICE_POWER) | BIT(TWO_PROGRAMS) | BIT(CUT) |
          BIT(REGIONS)},
     310},
    {{"the server dies at any disk call", 4, 2, 160,
      BIT(SERVER_KILL) | BIT(SERVER_POWER) | BIT(LATE) | BIT(TWICE) |
          BIT(EMPTY)},
     310},
    {{"disks fail and fill up", 4, 2, 160,
      BIT(DISK_ERROR) | BIT(DISK_FULL) | BIT(EMPTY)},
     260},
    {{"clocks are off by years", 4, 2, 160,
      BIT(CLOCK) | BIT(CUT) | BIT(EMPTY) | BIT(TIME)},
     160},
    {{"rights and record types change", 5, 4, 200,
      BIT(GRANT) | BIT(REVOKE) | BIT(TYPES) | BIT(REGIONS) | BIT(ERASE) |
          BIT(EMPTY) | BIT(TIME) | BAD_LINE},
     260},
    {{"devices are withdrawn", 6, 2, 200,
      BIT(REVOKE) | BIT(DEVICE_KILL) | BIT(DEVICE_POWER) | BIT(DISK_ERROR) |
          BIT(DISK_FULL) | BIT(SERVER_KILL) | BIT(CUT) | BIT(LATE)},
     260},
    {{"old copies are put back", 4, 3, 200,
      BIT(SERVER_RESTORE) | BIT(DEVICE_RESTORE) | BIT(DEVICE_CLONE) |
          BIT(TWICE) | BIT(LATE) | BIT(GRANT) | BIT(ERASE) | BIT(EMPTY)},
     350},
    {{"everything happens at once", 8, 4, 300, EVERYTHING}, 310},
    {{"dozens of devices", 26, 4, 900, EVERYTHING}, 12},
};
enum { PLANS = sizeof plans / sizeof plans[0] };

/* Sanitizers are slow, and `make test` without them has run the rest. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SHARE = 10 };
#else
enum { SHARE = 1 };
#endif

struct result {
    struct tally tally;
    uint64_t now;    /* the seed under way */
    uint64_t failed; /* 0: none */
    bool done;
};

/* -- many --------------------------------------------------------------- */

static void add(struct tally *to, const struct tally *t)
{
    uint64_t *a = (uint64_t *)to;
    const uint64_t *b = (const uint64_t *)t;
    size_t i;

    for (i = 0; i < sizeof *to / sizeof *a; i++)
        a[i] += b[i];
}

static NORETURN void work(const struct plan *p, uint64_t from, uint64_t to,
                          uint64_t by, struct result *r)
{
    uint64_t seed;

    for (seed = from; seed < to && r->failed == 0; seed += by) {
        r->now = seed;
        if (world_run(seed, p, &r->tally) != NULL)
            r->failed = seed;
    }
    r->done = true;
    exit(0); /* not _exit(): what was covered is counted, leaks are found */
}

/* One process per processor.  *failed: the lowest seed that failed, or took
 * its process with it (*died). */
static void run_many(const struct plan *p, uint64_t from, uint64_t n,
                     struct tally *t, uint64_t *failed, bool *died)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t workers = cpus < 1 || cpus > WORKERS_MAX ? 4 : (size_t)cpus, i;
    struct result *r = mmap(NULL, workers * sizeof *r, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* all zero */
    int how, leaks = 0;

    if (r == MAP_FAILED)
        abort();
    fflush(stdout);
    for (i = 0; i < workers; i++)
        if (fork() == 0)
            work(p, from + i, from + n, workers, &r[i]);
    while (wait(&how) > 0)
        leaks |= how;
    *failed = 0;
    for (i = 0; i < workers; i++) {
        uint64_t seed = r[i].done ? r[i].failed : r[i].now;

        add(t, &r[i].tally);
        if (seed != 0 && (*failed == 0 || seed < *failed)) {
            *failed = seed;
            *died = !r[i].done;
        }
    }
    if (*failed == 0 && leaks != 0) { /* no seed by itself, and told above */
        *failed = from;
        *died = true;
    }
    munmap(r, workers * sizeof *r);
}

/* -- one that failed ---------------------------------------------------- */

static const char *const events[] = {
#define X(name, text) #name,
    WORLD_EVENTS(X)
#undef X
};

/* Leave out whatever it fails without. */
static struct plan shrink(uint64_t seed, const struct plan *p)
{
    struct plan small = *p, less;
    struct tally t = {0};
    unsigned e;

    for (e = 0; e < EVENTS_N; e++) {
        less = small;
        less.events &= ~(1U << e);
        if (less.events != small.events && world_run(seed, &less, &t) != NULL)
            small = less;
    }
    for (less = small; less.devices > 2; less.devices--)
        if (world_run(seed, &less, &t) != NULL)
            small = less;
    return small;
}

static void tell(uint64_t seed, const struct plan *p, const char *fault)
{
    unsigned e;

    printf("%s\nplan \"%s\", seed %" PRIu64 ", %u devices at most, with",
           world_trace(), p->name, seed, p->devices);
    for (e = 0; e < EVENTS_N; e++)
        if (p->events >> e & 1U)
            printf(" %s", events[e]);
    printf("\n%s\n", fault != NULL ? fault : "all promises kept");
}

static void tell_smallest(uint64_t seed, const struct plan *p)
{
    struct plan small = shrink(seed, p);
    struct tally t = {0};
    const char *fault = world_run(seed, &small, &t);

    tell(seed, &small, fault);
    printf("again: make sim SEED=%" PRIu64 " PLAN='%s'\n", seed, p->name);
}

/* -- figures ------------------------------------------------------------ */

static void print_tally(const struct tally *t)
{
    static const char *const texts[] = {
#define X(name, text) text,
        WORLD_EVENTS(X)
#undef X
    };
    unsigned e;

    printf("# %" PRIu64 " worlds (%" PRIu64 " with encrypted devices), %" PRIu64
           " steps, %" PRIu64 " disk calls, %" PRIu64
           " records compared with the model\n"
           "# %" PRIu64 " saves, %" PRIu64 " syncs, %" PRIu64
           " batches of %" PRIu64 " changesets (%" PRIu64 " parked), %" PRIu64
           " pieces pulled, %" PRIu64 " enrolled anew\n"
           "# %" PRIu64 " times a lease had run out, %" PRIu64
           " devices wiped\n",
           t->runs, t->encrypted, t->steps, t->disk_calls, t->compared,
           t->saves, t->syncs, t->batches, t->changesets, t->parked, t->pieces,
           t->reenrolled, t->closed, t->wiped);
    printf("# %" PRIu64 " times a piece was searched for a record that is kept"
           " apart and not given; %" PRIu64 " taken off a device\n",
           t->kept_apart, t->recalled);
    for (e = 0; e < EVENTS_N; e++)
        if (t->events[e] > 0)
            printf("# %8" PRIu64 " %s\n", t->events[e], texts[e]);
}

static bool run_plan(size_t i, uint64_t from, uint64_t n, struct tally *t,
                     bool brief)
{
    uint64_t failed;
    bool died = false;

    run_many(&plans[i].plan, from, n, t, &failed, &died);
    printf("%s %zu - all promises are kept while %s (%" PRIu64 " seeds)\n",
           failed == 0 ? "ok" : "not ok", i + 1, plans[i].plan.name, n);
    if (brief)
        ;
    else if (died)
        printf("the program died: make sim SEED=%" PRIu64 " PLAN='%s'\n",
               failed, plans[i].plan.name);
    else if (failed != 0)
        tell_smallest(failed, &plans[i].plan);
    fflush(stdout);
    return failed == 0;
}

static int run_all(const char *only, uint64_t from, uint64_t n, bool brief)
{
    struct tally t = {0};
    bool well = true;
    size_t i, ran = 0;

    for (i = 0; i < PLANS; i++) {
        if (only != NULL && strcmp(only, plans[i].plan.name) != 0)
            continue;
        ran++;
        well &=
            run_plan(i, from, n != 0 ? n : (plans[i].seeds + SHARE - 1) / SHARE,
                     &t, brief);
        if (brief && !well)
            return 1;
    }
    if (ran == 0) {
        fprintf(stderr, "there is no plan \"%s\"; there are:\n", only);
        for (i = 0; i < PLANS; i++)
            fprintf(stderr, "  %s\n", plans[i].plan.name);
        return 2;
    }
    print_tally(&t);
    return well ? 0 : 1;
}

/* It dies of what it did last. */
static void on_death(int signal)
{
    const char *trace = world_trace();
    ssize_t n = write(STDOUT_FILENO, trace, strlen(trace));

    (void)n;
    raise(signal);
}

static int run_one(const char *only, uint64_t seed)
{
    struct tally t = {0};
    const char *fault;
    struct sigaction die = {.sa_handler = on_death,
                            .sa_flags = (int)SA_RESETHAND};
    size_t i;

    sigaction(SIGSEGV, &die, NULL);
    sigaction(SIGABRT, &die, NULL);
    for (i = 0; i < PLANS; i++)
        if (only == NULL || strcmp(only, plans[i].plan.name) == 0) {
            fault = world_run(seed, &plans[i].plan, &t);
            tell(seed, &plans[i].plan, fault);
            if (fault != NULL)
                return 1;
        }
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t seeds = 0, from = 1, seed = 0;
    const char *plan = NULL;
    bool brief = false;
    int i;

    for (i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seeds") == 0)
            seeds = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--from") == 0)
            from = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--plan") == 0)
            plan = argv[i + 1];
        else if (strcmp(argv[i], "--brief") == 0)
            brief = true;
        else
            break;
    }
    if (i < argc || from == 0) {
        fputs("usage: t_sim [--seeds N] [--from S] [--seed S] [--plan P]"
              " [--brief yes]\n",
              stderr);
        return 2;
    }
    world_set_up();
    if (seed != 0)
        return run_one(plan, seed);
    if (argc == 1)
        printf("1..%d\n", PLANS);
    return run_all(plan, from, seeds, brief);
}
