/* forward: released signals to the municipality's own system. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/access.h"
#include "server/forward_http.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"

enum { KEY_BYTES_MAX = 4096 };

struct wish {
    const char *dir;
    bool run, json;
    struct server_conf conf;
};

/* -- listing ------------------------------------------------------------- */

static const char *state_of(const struct forwarded *f)
{
    if (f->number[0] != '\0')
        return "taken";
    if (f->unsure)
        return "sent, and the answer was lost";
    return f->tries > 0 ? f->fault : "to be sent";
}

static void put_one(struct table *t, const struct id *id, uint64_t noted_ms,
                    const char *state, const char *number)
{
    char text[ID_TEXT_CHARS + 1], at[20];

    table_put(t, id_text(id, text));
    table_put(t, verb_when(noted_ms, at));
    table_put(t, state);
    table_put(t, number);
}

static enum rc list(struct store *s, const struct wish *w, struct err *err)
{
    static const char *const heads[] = {"record", "noted", "state", "number",
                                        NULL};
    struct arena mem = {0};
    struct forwarded *noted;
    struct released *due;
    struct table t;
    size_t n = 0, due_n = 0, i;
    enum rc rc = forward_list(s, &mem, &noted, &n, err);

    if (rc == RC_OK)
        rc = forward_due(s, &w->conf, &mem, &due, &due_n, err);
    if (rc == RC_OK) {
        table_init(&t, heads);
        for (i = 0; i < n; i++)
            put_one(&t, &noted[i].id, noted[i].noted_ms, state_of(&noted[i]),
                    noted[i].number);
        for (i = 0; i < due_n; i++)
            put_one(&t, &due[i].id, 0, "released", "");
        rc = verb_show(w->dir, "forward.list", &t, w->json, err);
        table_free(&t);
    }
    arena_free(&mem);
    return rc;
}

/* -- sending ------------------------------------------------------------- */

/* Each signal that goes out leaves a line in the access log before it does. */
struct noting {
    const char *dir;
    struct forward_way http;
};

static enum rc note_and_post(void *ctx, const struct forward_post *p,
                             long *status, struct buf *answer, struct err *err)
{
    struct noting *n = ctx;
    struct access_line line = {
        .act = "forward", .type = "signal", .record = p->idempotency};
    enum rc rc = access_say(n->dir, &line, err);

    return rc == RC_OK ? n->http.post(n->http.ctx, p, status, answer, err) : rc;
}

/* The key stands in a file of its own, on its first line. */
static enum rc read_key(const struct wish *w, struct buf *out, struct err *err)
{
    enum rc rc = RC_OK;

    *out = buf_make(KEY_BYTES_MAX);
    if (w->conf.forward_key_file[0] != '\0')
        rc = file_read(w->conf.forward_key_file, KEY_BYTES_MAX, out, err);
    if (rc == RC_OK)
        out->n = strcspn(buf_text(out), "\r\n");
    return rc;
}

static enum rc run(struct store *s, const struct wish *w, struct err *err)
{
    struct noting n = {w->dir, forward_http()};
    struct forward_way way = {&n, note_and_post};
    struct forward_done done;
    struct buf key;
    enum rc rc = forward_check(&w->conf, err);

    if (rc != RC_OK)
        return rc;
    rc = read_key(w, &key, err);
    if (rc == RC_OK)
        rc = forward_run(s, &w->conf, buf_text(&key), &way, clock_wall_ms(),
                         &done, err);
    mem_wipe(key.p, key.n);
    buf_free(&key);
    if (rc != RC_OK)
        return rc;
    printf("%zu signals were taken, %zu were not\n", done.sent, done.failed);
    return done.failed == 0
               ? RC_OK
               : err_set(err, RC_NETWORK,
                         "`stoepd forward %s` says why; the next run tries"
                         " again",
                         w->dir);
}

/* One at a time, so that no signal is sent twice. */
static enum rc run_alone(struct store *s, const struct wish *w, struct err *err)
{
    char path[CONF_TEXT_BYTES + 32];
    int lock = -1;
    enum rc rc;

    snprintf(path, sizeof path, "%s/forward.lock", w->dir);
    rc = file_lock(path, &lock, err);
    if (rc == RC_OK)
        rc = run(s, w, err);
    file_unlock(lock);
    return rc;
}

int verb_forward(int argc, char **argv)
{
    struct wish w = {.run = false};
    struct option_spec spec[] = {{"run", NULL, &w.run},
                                 {"json", NULL, &w.json}};
    int none = 1;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 2, &w.dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    rc = verb_conf(w.dir, &none, NULL, &w.conf, &err);
    if (rc == RC_OK)
        rc =
            store_open(w.dir, w.run ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    rc = w.run ? run_alone(&s, &w, &err) : list(&s, &w, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
