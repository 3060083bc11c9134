#include "server/invite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/passkey_store.h"
#include "server/qr.h"
#include "server/verbs.h"
#include "server/withdrawn.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/random.h"

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
    char listens[INVITE_URL_BYTES];
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
    if (strncmp(url, scheme, strlen(scheme)) != 0 || n >= INVITE_URL_BYTES ||
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

static enum rc make_code(struct store *s, const uint8_t *pin,
                         struct invitation *i, struct err *err)
{
    struct digest secret;
    struct code code;

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

enum rc invite(struct store *s, const struct wish *w,
               const struct server_conf *conf, const uint8_t *pin,
               struct invitation *i, struct err *err)
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
        rc = make_code(s, pin, i, err);
    if (rc == RC_OK)
        rc = make_link(w, conf, i, err);
    if (rc == RC_OK && w->png != NULL)
        rc = qr_png(w->png, i->link, err);
    if (rc == RC_OK) /* last: it is noted for good */
        rc = replace(s, w, i, err);
    return db_end(s->db, rc, err);
}
