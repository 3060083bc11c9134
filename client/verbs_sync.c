/* enrol, sync, status. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/agent.h"
#include "client/app.h"
#include "client/witness.h"
#include "sync/civil.h"
#include "sync/sys/clock.h"

enum { TRIES_MAX = 5, PROGRESS_MS = 1000, WATCH_S = 60 };

/* -- enrol -------------------------------------------------------------- */

/* What a QR code holds: the address, "#" and the code. */
static bool cut_link(struct app *a, const char *link, const char **url,
                     const char **code)
{
    const char *hash = strchr(link, '#');

    if (hash == NULL)
        return false;
    *url = arena_text(&a->mem, link, (size_t)(hash - link));
    *code = hash + 1;
    return true;
}

int verb_enrol(struct app *a, int argc, char **argv)
{
    const char *name = "", *url, *code;
    char host[64] = "";
    const char *user, *role;
    struct err err;
    enum rc rc;

    if (argc > 3 && strcmp(argv[argc - 2], "--name") == 0) {
        name = argv[argc - 1];
        argc -= 2;
    }
    if (argc == 3) {
        url = argv[1];
        code = argv[2];
    } else if (argc != 2 || !cut_link(a, argv[1], &url, &code)) {
        return app_usage(a, argv[0]);
    }
    if (name[0] == '\0' && gethostname(host, sizeof host - 1) == 0)
        name = host;
    rc = agent_enrol(&a->l, a->vault, url, code, name, &err);
    if (rc == RC_OK)
        rc = local_get(&a->l, "user", &a->mem, &user, &err);
    if (rc == RC_OK)
        rc = local_get(&a->l, "role", &a->mem, &role, &err);
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (a->json)
        app_print_json(json_pack("{s:s, s:s}", "user", user, "role", role));
    else
        printf(msg(a->lang, "enrolled as %s (%s); now run `stoep sync`\n"),
               user, role);
    return EXIT_DONE;
}

/* -- sync --------------------------------------------------------------- */

struct watching {
    const struct app *a;
    bool terminal;
    uint64_t shown_ms; /* when progress was last shown */
};

static void on_progress(void *ctx, const struct agent_progress *p)
{
    struct watching *w = ctx;
    uint64_t now = clock_mono_ms();

    if (!w->terminal || now - w->shown_ms < PROGRESS_MS)
        return;
    w->shown_ms = now;
    fprintf(stderr,
            msg(w->a->lang, "\rhanded in %" PRIu64 ", taken in %" PRIu64 " "),
            p->pushed, p->pulled);
}

static void on_waiting(void *ctx, const struct err *why, uint32_t ms)
{
    struct watching *w = ctx;

    fprintf(stderr, msg(w->a->lang, "stoep: %s; trying again in %u s\n"),
            msg(w->a->lang, why->text), (unsigned)(ms / 1000 + 1));
}

static int report(struct app *a, const struct agent_progress *p,
                  struct watching *w)
{
    struct local_counts c;
    struct err err;

    if (local_count(&a->l, &c, &err) != RC_OK)
        return app_failed(a, &err);
    if (a->json) {
        app_print_json(json_pack(
            "{s:I, s:I, s:I, s:I, s:I, s:I}", "pushed", (json_int_t)p->pushed,
            "pulled", (json_int_t)p->pulled, "attachments",
            (json_int_t)p->attachments, "reviews", (json_int_t)c.reviews,
            "parked", (json_int_t)c.parked, "unkept", (json_int_t)c.unkept));
    } else {
        if (w->terminal)
            fputs("\r", stderr);
        printf(msg(a->lang, "handed in %" PRIu64 ", taken in %" PRIu64
                            ", to review %" PRIu64 "\n"),
               p->pushed, p->pulled, c.reviews);
        if (c.parked > 0)
            printf(msg(a->lang, "kept aside by the server: %" PRIu64
                                "; see `stoep status`\n"),
                   c.parked);
        if (c.unkept > 0)
            printf(msg(a->lang, "not kept by the server: %" PRIu64
                                "; see `stoep status`\n"),
                   c.unkept);
    }
    return c.reviews > 0 ? EXIT_REVIEW : EXIT_DONE;
}

/* *pause_s: until the next of --watch; the server may have asked for more. */
static int sync_once(struct app *a, time_t *pause_s)
{
    struct watching w = {.a = a,
                         .terminal = !a->json && isatty(STDERR_FILENO),
                         .shown_ms = clock_mono_ms()};
    struct agent_options o = {.tries_max = TRIES_MAX,
                              .progress = on_progress,
                              .waiting = on_waiting,
                              .ctx = &w};
    struct agent_progress p;
    struct err err;

    *pause_s = WATCH_S;
    if (agent_sync(&a->l, a->vault, &o, &p, &err) != RC_OK) {
        if (err.wait_ms / 1000 > WATCH_S)
            *pause_s = (time_t)(err.wait_ms / 1000);
        return app_failed(a, &err);
    }
    return report(a, &p, &w);
}

int verb_sync(struct app *a, int argc, char **argv)
{
    struct timespec pause = {0};
    bool watch = argc == 2 && strcmp(argv[1], "--watch") == 0;
    int code;

    if (argc != 1 && !watch)
        return app_usage(a, argv[0]);
    code = sync_once(a, &pause.tv_sec);
    while (watch && code != EXIT_FAILED && code != EXIT_USAGE) {
        fflush(stdout);
        if (nanosleep(&pause, NULL) != 0)
            break; /* a signal: enough */
        code = sync_once(a, &pause.tv_sec);
    }
    return code;
}

/* -- status ------------------------------------------------------------- */

struct standing {
    const char *user, *role, *url, *doubt;
    uint64_t device, synced_ms;
    bool pin, open; /* by its lease */
    uint64_t lease_ms;
    struct local_counts counts;
    struct local_area *areas;
    size_t areas_n;
};

static enum rc read_standing(struct app *a, struct standing *s, struct err *err)
{
    enum rc rc;

    s->user = s->role = s->url = s->doubt = "";
    if (a->l.db == NULL)
        return RC_OK;
    s->pin = vault_has_pin(a->vault);
    s->open = vault_lease_runs(a->vault, a->now_ms);
    s->lease_ms = vault_lease_until(a->vault);
    rc = local_get(&a->l, "user", &a->mem, &s->user, err);
    if (rc == RC_OK)
        rc = local_get(&a->l, "role", &a->mem, &s->role, err);
    if (rc == RC_OK)
        rc = local_get(&a->l, "url", &a->mem, &s->url, err);
    if (rc == RC_OK)
        rc = local_get_u64(&a->l, "device", &s->device, err);
    if (rc == RC_OK)
        rc = local_get_u64(&a->l, "synced_ms", &s->synced_ms, err);
    if (rc == RC_OK)
        rc = witness_doubt(&a->l, &a->mem, &s->doubt, err);
    if (rc == RC_OK)
        rc = local_count(&a->l, &s->counts, err);
    if (rc == RC_OK)
        rc = local_areas(&a->l, &a->mem, &s->areas, &s->areas_n, err);
    return rc;
}

static void status_json(const struct standing *s)
{
    json_t *areas = json_array();
    size_t i;

    for (i = 0; i < s->areas_n; i++)
        if (s->areas[i].granted)
            json_array_append_new(
                areas, json_stringn((const char *)s->areas[i].info.slug.p,
                                    s->areas[i].info.slug.n));
    app_print_json(json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:I,"
        " s:s, s:o}",
        "user", s->user, "role", s->role, "server", s->url, "device",
        (json_int_t)s->device, "synced_ms", (json_int_t)s->synced_ms, "waiting",
        (json_int_t)s->counts.waiting, "reviews", (json_int_t)s->counts.reviews,
        "parked", (json_int_t)s->counts.parked, "unkept",
        (json_int_t)s->counts.unkept, "withheld",
        (json_int_t)s->counts.withheld, "pin", s->pin, "open", s->open,
        "lease_ms", (json_int_t)s->lease_ms, "doubt", s->doubt, "areas",
        areas));
}

static enum rc print_parked(struct app *a, struct err *err)
{
    struct db_query *q = db_query(
        a->l.db, SQL("SELECT number, type, reason FROM journal WHERE acked > 0"
                     " AND version = 0 AND reason <> '' ORDER BY number"));

    while (db_row(q)) {
        const char *reason = db_text(q, "reason");

        printf(
            local_unkept(reason)
                ? msg(a->lang, "  not kept: number %" PRId64 " (%s): %s\n")
                : msg(a->lang, "  kept aside: number %" PRId64 " (%s): %s\n"),
            db_i64(q, "number"), db_text(q, "type"), msg(a->lang, reason));
    }
    return db_done(q, err);
}

static void lease_text(const struct app *a, const struct standing *s)
{
    struct civil c = civil_of((int64_t)(s->lease_ms / 1000));

    if (!s->open)
        puts(msg(a->lang, vault_closed));
    else if (s->lease_ms != 0)
        printf(msg(a->lang, "open without another sync until: %02u-%02u-%04d"
                            " %02u:%02u\n"),
               c.day, c.month, c.year, c.hour, c.minute);
}

static void status_text(struct app *a, const struct standing *s)
{
    struct civil c = civil_of((int64_t)(s->synced_ms / 1000));
    size_t i;

    if (s->device == 0) {
        puts(msg(a->lang, "this device is not enrolled yet: `stoep enrol URL"
                          " CODE`"));
        return;
    }
    printf(msg(a->lang, "%s (%s), device %" PRIu64 " of %s\n"), s->user,
           s->role, s->device, s->url);
    if (!s->pin)
        puts(msg(a->lang, "NOT PROTECTED by a PIN: whoever has the files of"
                          " this store can read them (`stoep pin`)"));
    else
        puts(msg(a->lang, "encrypted, with a PIN"));
    lease_text(a, s);
    for (i = 0; i < s->areas_n; i++)
        if (s->areas[i].granted)
            printf("  %-20.*s %.*s\n", (int)s->areas[i].info.slug.n,
                   (const char *)s->areas[i].info.slug.p,
                   (int)s->areas[i].info.name.n,
                   (const char *)s->areas[i].info.name.p);
    printf(msg(a->lang, "not handed in yet: %" PRIu64 "\n"), s->counts.waiting);
    printf(msg(a->lang, "to review: %" PRIu64 "\n"), s->counts.reviews);
    if (s->counts.withheld > 0)
        printf(msg(a->lang,
                   "waits for consent, on this device alone: %" PRIu64 "\n"),
               s->counts.withheld);
    if (s->synced_ms == 0)
        puts(msg(a->lang, "never synced"));
    else
        printf(msg(a->lang, "last sync: %02u-%02u-%04d %02u:%02u\n"), c.day,
               c.month, c.year, c.hour, c.minute);
    if (s->doubt[0] != '\0')
        printf(msg(a->lang, "the journal of the server is not the one that this"
                            " device saw before (%s): tell the privacy"
                            " officer\n"),
               s->doubt);
}

int verb_status(struct app *a, int argc, char **argv)
{
    struct standing s = {0};
    struct err err;
    enum rc rc;

    if (argc != 1)
        return app_usage(a, argv[0]);
    rc = read_standing(a, &s, &err);
    if (rc == RC_OK && a->json) {
        status_json(&s);
    } else if (rc == RC_OK) {
        status_text(a, &s);
        if (a->l.db != NULL && s.open)
            rc = print_parked(a, &err);
    }
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
