/* enrol, accounts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/passkey_store.h"
#include "server/qr.h"
#include "server/table.h"
#include "server/tls.h"
#include "server/verbs.h"
#include "server/withdrawn.h"
#include "sync/base/text.h"
#include "sync/code.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/random.h"

enum { URL_BYTES = 320, LINK_BYTES = URL_BYTES + CODE_TEXT_BYTES };

struct wish { /* as typed; NULL: not said */
    const char *dir, *user, *role, *areas, *days, *until, *type, *rules,
        *replaces, *url, *png;
    bool qr, browser, json;
};

struct invitation {
    struct arena mem;
    struct account account; /* as it is to be */
    uint64_t now_ms, expires_ms;
    uint32_t replaces; /* 0: none */
    char code[CODE_TEXT_BYTES];
    char link[LINK_BYTES]; /* address and code; "": no address is known */
};

/* -- what was typed ----------------------------------------------------- */

static enum rc find_areas(struct store *s, const char *list, uint32_t *out,
                          size_t *n, struct err *err)
{
    char *text = mem_text(list), *rest, *slug;
    enum rc rc = RC_OK;

    *n = 0;
    for (slug = strtok_r(text, ",", &rest); slug != NULL && rc == RC_OK;
         slug = strtok_r(NULL, ",", &rest)) {
        if (*n == areas_per_device_max)
            rc = err_set(err, RC_LIMIT, "at most %d areas for one user",
                         areas_per_device_max);
        else
            rc = store_area_find(s, slug, &out[(*n)++], err);
    }
    free(text);
    return rc;
}

static enum rc find_role(const char *word, enum role *out, struct err *err)
{
    int r;

    for (r = 0; r < ROLES_N; r++)
        if (strcmp(word, role_word((enum role)r)) == 0) {
            *out = (enum role)r;
            return RC_OK;
        }
    return err_set(err, RC_INVALID,
                   "\"%s\" is no role: worker, external, lead, analyst,"
                   " privacy or admin",
                   word);
}

static enum rc take_end(const struct wish *w, struct invitation *i,
                        struct err *err)
{
    uint64_t n = 0;

    if (w->until != NULL && strcmp(w->until, "never") == 0)
        i->account.ends_ms = 0;
    else if (w->until != NULL)
        return verb_day(w->until, true, &i->account.ends_ms, err);
    if (w->days == NULL)
        return RC_OK;
    if (!text_take_u64(bytes_of(w->days), 36500, &n))
        return err_set(err, RC_INVALID, "--days: \"%s\" is no number of days",
                       w->days);
    i->account.ends_ms = i->now_ms + n * 24 * 3600 * 1000;
    return RC_OK;
}

static enum rc take_rules(const struct wish *w, struct invitation *i,
                          struct err *err)
{
    enum rc rc = RC_OK;

    if (w->type != NULL)
        i->account.worker_type = bytes_of(w->type);
    else if (i->account.worker_type.n == 0) /* nobody said so far */
        i->account.worker_type =
            bytes_of(i->account.role == ROLE_EXTERNAL ? "bewonersorganisatie"
                                                      : "beroepskracht");
    if (w->rules != NULL)
        rc = verb_day(w->rules, false, &i->account.rules_ms, err);
    if (rc == RC_OK && i->account.rules_ms > i->now_ms)
        rc =
            err_set(err, RC_INVALID,
                    "rules that are signed on %s are not signed yet", w->rules);
    return rc;
}

/* Somebody new: role and areas have to be said. */
static enum rc somebody_new(const struct wish *w, struct invitation *i,
                            struct err *err)
{
    i->account = (struct account){.user = bytes_of(w->user)};
    i->account.areas =
        arena_new(&i->mem, areas_per_device_max * sizeof(uint32_t));
    if (w->role == NULL || w->areas == NULL)
        return err_set(err, RC_INVALID,
                       "\"%s\" is new here: say --role and --area", w->user);
    return RC_OK;
}

static enum rc take_wish(struct store *s, const struct wish *w,
                         struct invitation *i, struct err *err)
{
    enum rc rc = store_account(s, w->user, &i->mem, &i->account, err);

    if (rc == RC_NOTFOUND)
        rc = somebody_new(w, i, err);
    if (rc == RC_OK && w->role != NULL)
        rc = find_role(w->role, &i->account.role, err);
    if (rc == RC_OK && w->areas != NULL)
        rc =
            find_areas(s, w->areas, i->account.areas, &i->account.areas_n, err);
    if (rc == RC_OK)
        rc = take_end(w, i, err);
    return rc == RC_OK ? take_rules(w, i, err) : rc;
}

/* -- the code ----------------------------------------------------------- */

/* An address that a device can call. */
static enum rc make_link(const struct wish *w, const struct server_conf *conf,
                         struct invitation *i, struct err *err)
{
    static const char scheme[] = "https://";
    const char *url = w->url != NULL ? w->url : conf->url;
    char listens[URL_BYTES];
    size_t n;

    if (url[0] == '\0' && strncmp(conf->listen, "0.0.0.0:", 8) != 0 &&
        strncmp(conf->listen, "[::]:", 5) != 0 &&
        strcmp(strrchr(conf->listen, ':') == NULL ? ":0"
                                                  : strrchr(conf->listen, ':'),
               ":0") != 0) {
        snprintf(listens, sizeof listens, "https://%s", conf->listen);
        url = listens;
    }
    n = strlen(url);
    if (n == 0 && !w->qr && !w->browser && w->png == NULL)
        return RC_OK; /* nobody asked */
    if (n == 0)
        return err_set(err, RC_INVALID,
                       "a link holds the address of the server: say --url"
                       " https://..., or set `url` in %s/stoepd.conf",
                       w->dir);
    if (strncmp(url, scheme, strlen(scheme)) != 0 || n >= URL_BYTES ||
        strpbrk(url, "# \"\\") != NULL)
        return err_set(err, RC_INVALID,
                       "\"%s\" is no address of a server; it looks like"
                       " https://stoep.example:8443",
                       url);
    if (url[n - 1] == '/')
        n--;
    snprintf(i->link, sizeof i->link, "%.*s/#%s", (int)n, url, i->code);
    return RC_OK;
}

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

static enum rc make_code(struct store *s, const struct server_conf *conf,
                         struct invitation *i, struct err *err)
{
    uint8_t pin[TLS_PIN_BYTES];
    struct digest secret;
    struct code code;
    enum rc rc = read_pin(conf, pin, err);

    if (rc != RC_OK)
        return rc;
    random_bytes(code.secret, sizeof code.secret);
    memcpy(code.pin, pin, sizeof code.pin);
    secret = digest_of((struct bytes){code.secret, sizeof code.secret});
    code_write(&code, i->code);
    return store_code_put(s, &secret, i->account.number, i->expires_ms, err);
}

static enum rc account_put(struct store *s, struct invitation *i,
                           struct err *err)
{
    struct account *a = &i->account;
    const char *user = arena_text(&i->mem, (const char *)a->user.p, a->user.n);
    const char *type =
        arena_text(&i->mem, (const char *)a->worker_type.p, a->worker_type.n);
    enum rc rc = store_account_put(s, user, a->role, a->areas, a->areas_n,
                                   a->ends_ms, &a->number, err);

    return rc == RC_OK
               ? store_account_rules(s, a->number, type, a->rules_ms, err)
               : rc;
}

/* The one that is replaced is of the same user; withdrawn before is fine. */
static enum rc replace(struct store *s, const struct wish *w,
                       struct invitation *i, struct err *err)
{
    struct device d;
    uint64_t number = 0;
    enum rc rc = RC_OK;

    if (w->replaces == NULL)
        return RC_OK;
    if (!text_take_u64(bytes_of(w->replaces), UINT32_MAX, &number))
        return err_set(err, RC_INVALID,
                       "--replaces: \"%s\" is no number of a device",
                       w->replaces);
    i->replaces = (uint32_t)number;
    rc = store_device(s, i->replaces, &i->mem, &d, err);
    if (rc == RC_OK && !bytes_eq(d.user, bytes_of(w->user)))
        rc = err_set(err, RC_INVALID, "device %" PRIu32 " is not of %s",
                     i->replaces, w->user);
    if (rc == RC_OK && d.revoked_ms == 0)
        rc = withdraw(w->dir, s, i->replaces, i->now_ms, err);
    return rc;
}

static enum rc invite(struct store *s, const struct wish *w,
                      const struct server_conf *conf, struct invitation *i,
                      struct err *err)
{
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = take_wish(s, w, i, err);
    if (rc == RC_OK && w->browser && !passkey_role(i->account.role))
        rc = err_set(err, RC_INVALID,
                     "a %s works with the app: there are no pages for that"
                     " role",
                     role_word(i->account.role));
    if (rc == RC_OK)
        rc = account_put(s, i, err);
    if (rc == RC_OK)
        rc = make_code(s, conf, i, err);
    if (rc == RC_OK)
        rc = make_link(w, conf, i, err);
    if (rc == RC_OK && w->png != NULL)
        rc = qr_png(w->png, i->link, err);
    if (rc == RC_OK) /* last: it is noted for good */
        rc = replace(s, w, i, err);
    return db_end(s->db, rc, err);
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
    struct server_conf conf;
    char granted[1024];
    struct store s;
    int none = 1;
    enum rc rc = verb_conf(w->dir, &none, NULL, &conf, err);

    if (rc == RC_OK)
        rc = store_open(w->dir, STORE_WRITE, NULL, &s, err);
    if (rc != RC_OK)
        return rc;
    rc = invite(&s, w, &conf, i, err);
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
