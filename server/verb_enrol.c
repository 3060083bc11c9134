/* enrol, accounts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/invite.h"
#include "server/qr.h"
#include "server/table.h"
#include "server/tls.h"
#include "server/verbs.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"

static enum rc read_pin(const struct server_conf *conf, uint8_t *pin,
                        struct err *err)
{
    struct tls *tls;
    enum rc rc = tls_next_mend(conf->certificate, conf->key, err);

    if (rc == RC_OK)
        rc = tls_open(conf->certificate, conf->key, &tls, err);
    if (rc == RC_OK) {
        tls_pin(tls, pin);
        tls_close(tls);
    }
    return rc;
}

/* -- telling ------------------------------------------------------------ */

static enum rc tell(const struct wish *w, const struct invitation *i,
                    struct err *err)
{
    char at[20];
    enum rc rc = RC_OK;

    if (w->qr && !w->json)
        rc = qr_print(stdout, i->link, err);
    if (rc == RC_OK && w->json)
        printf("{\"code\": \"%s\", \"expires\": \"%s\", \"link\": \"%s\"}\n",
               i->code, verb_when(i->expires_ms, at), i->link);
    else if (rc == RC_OK)
        puts(w->qr || w->browser ? i->link : i->code);
    if (rc == RC_OK && i->replaces != 0)
        fprintf(stderr,
                "stoepd: device %" PRIu32 " is withdrawn, and wipes itself at"
                " its next contact; what was on it: `stoepd devices %s report"
                " %" PRIu32 "`\n",
                i->replaces, w->dir, i->replaces);
    return rc;
}

static enum rc enrol(const struct wish *w, struct invitation *i,
                     struct err *err)
{
    uint8_t pin[TLS_PIN_BYTES];
    struct server_conf conf;
    char granted[1024];
    struct store s;
    int none = 1;
    enum rc rc = verb_conf(w->dir, &none, NULL, &conf, err);

    if (rc == RC_OK)
        rc = store_open(w->dir, STORE_WRITE, NULL, &s, err);
    if (rc != RC_OK)
        return rc;
    rc = read_pin(&conf, pin, err);
    if (rc == RC_OK)
        rc = invite(&s, w, &conf, pin, i, err);
    store_close(&s);
    snprintf(granted, sizeof granted, "%s %s %s", w->user,
             w->role == NULL ? "" : w->role, w->areas == NULL ? "" : w->areas);
    rc = verb_note(w->dir, "grant", granted, rc, err);
    if (rc == RC_OK && i->replaces != 0)
        rc = verb_note(w->dir, "revoke", w->replaces, rc, err);
    return rc == RC_OK ? tell(w, i, err) : rc;
}

int verb_enrol(int argc, char **argv)
{
    struct wish w = {0};
    struct option_spec spec[] = {{"user", &w.user, NULL},
                                 {"role", &w.role, NULL},
                                 {"area", &w.areas, NULL},
                                 {"days", &w.days, NULL},
                                 {"until", &w.until, NULL},
                                 {"worker-type", &w.type, NULL},
                                 {"rules-signed", &w.rules, NULL},
                                 {"replaces", &w.replaces, NULL},
                                 {"url", &w.url, NULL},
                                 {"png", &w.png, NULL},
                                 {"qr", NULL, &w.qr},
                                 {"browser", NULL, &w.browser},
                                 {"json", NULL, &w.json}};
    struct invitation i = {.now_ms = clock_wall_ms()};
    struct err err;
    size_t n;
    enum rc rc;

    i.expires_ms = i.now_ms + UINT64_C(1000) * code_age_s_max;
    if (!verb_options(argc, argv, spec, countof(spec), &w.dir, 1, &n) ||
        n != 1 || w.user == NULL || (w.days != NULL && w.until != NULL))
        return verb_usage(argv[0]);
    rc = enrol(&w, &i, &err);
    arena_free(&i.mem);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}

/* -- accounts ----------------------------------------------------------- */

static const char *slugs(struct arena *mem, const struct account *a,
                         const struct area_info *areas, size_t n)
{
    struct buf b = buf_make(64 * 1024);
    const char *text;
    size_t i, k;

    for (i = 0; i < a->areas_n; i++)
        for (k = 0; k < n; k++)
            if (areas[k].number == a->areas[i])
                buf_printf(&b, "%s%.*s", b.n > 0 ? "," : "",
                           (int)areas[k].slug.n, (const char *)areas[k].slug.p);
    text = arena_text(mem, buf_text(&b), b.n);
    buf_free(&b);
    return text;
}

static const char *day(uint64_t ms, char out[20])
{
    verb_when(ms, out);
    if (ms == 0)
        return "-";
    out[10] = '\0';
    return out;
}

static void account_row(struct table *t, const struct account *a,
                        const char *areas, uint64_t now_ms)
{
    bool ended = a->ends_ms != 0 && a->ends_ms < now_ms;
    char at[20];

    table_printf(t, "%.*s", (int)a->user.n, (const char *)a->user.p);
    table_put(t, role_word(a->role));
    table_printf(t, "%.*s", (int)a->worker_type.n,
                 (const char *)a->worker_type.p);
    table_put(t, areas);
    table_put(t, day(a->rules_ms, at));
    /* An end is the last moment; people say the last day. */
    table_put(t, day(a->ends_ms == 0 ? 0 : a->ends_ms - 1, at));
    table_printf(t, "%" PRIu64, a->devices);
    table_put(t, ended ? "ended" : "in force");
}

static enum rc accounts_print(const char *dir, struct store *s, bool json,
                              struct err *err)
{
    static const char *const heads[] = {
        "user",  "role",     "worker_type", "areas", "rules_signed",
        "until", "#devices", "state",       NULL};
    uint64_t now_ms = clock_wall_ms();
    struct arena mem = {0};
    struct account *list;
    struct area_info *areas;
    struct table t;
    size_t n, areas_n, i;
    enum rc rc = store_accounts(s, &mem, &list, &n, err);

    if (rc == RC_OK)
        rc = store_areas(s, &mem, &areas, &areas_n, err);
    table_init(&t, heads);
    for (i = 0; rc == RC_OK && i < n; i++)
        account_row(&t, &list[i], slugs(&mem, &list[i], areas, areas_n),
                    now_ms);
    if (rc == RC_OK)
        rc = verb_show(dir, "accounts", &t, json, err);
    table_free(&t);
    arena_free(&mem);
    return rc;
}

int verb_accounts(int argc, char **argv)
{
    const char *dir;
    bool json = false;
    struct option_spec spec[] = {{"json", NULL, &json}};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    rc = store_open(dir, STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    rc = accounts_print(dir, &s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
