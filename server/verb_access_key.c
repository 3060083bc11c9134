/* access-key: what programs of analysts sign in with. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/access_key.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/base/text.h"
#include "sync/sys/clock.h"

struct wish {
    const char *dir, *act, *what, *until;
    bool json;
};

/* -- list --------------------------------------------------------------- */

static const char *state_of(const struct access_key *k, uint64_t now_ms)
{
    if (k->revoked_ms != 0)
        return "revoked";
    if (k->ends_ms != 0 && k->ends_ms < now_ms)
        return "too old";
    return access_key_role(k->role) ? "in use" : "its role may not ask";
}

static enum rc list(struct store *s, const struct wish *w, struct err *err)
{
    static const char *const heads[] = {"#key",  "user",  "role", "made",
                                        "until", "state", NULL};
    uint64_t now_ms = clock_wall_ms();
    struct arena mem = {0};
    struct access_key *keys;
    struct table t;
    char made[20], ends[20];
    size_t n, i;
    enum rc rc = access_keys(s, &mem, &keys, &n, err);

    if (rc == RC_OK) {
        table_init(&t, heads);
        for (i = 0; i < n; i++) {
            table_printf(&t, "%" PRIu32, keys[i].number);
            table_printf(&t, "%.*s", (int)keys[i].user.n,
                         (const char *)keys[i].user.p);
            table_put(&t, role_word(keys[i].role));
            table_put(&t, verb_when(keys[i].made_ms, made));
            table_put(&t, verb_when(keys[i].ends_ms, ends));
            table_put(&t, state_of(&keys[i], now_ms));
        }
        table_print(&t, w->json);
        table_free(&t);
    }
    arena_free(&mem);
    return rc;
}

/* -- make and revoke ---------------------------------------------------- */

static enum rc make(struct store *s, const struct wish *w, struct err *err)
{
    char key[ACCESS_KEY_CHARS + 1], on[128];
    struct arena mem = {0};
    struct account a;
    uint64_t ends_ms = 0;
    uint32_t number = 0;
    enum rc rc = store_account(s, w->what, &mem, &a, err);

    if (rc == RC_OK && w->until != NULL)
        rc = verb_day(w->until, true, &ends_ms, err);
    if (rc == RC_OK)
        rc =
            access_key_make(s, &a, clock_wall_ms(), ends_ms, key, &number, err);
    snprintf(on, sizeof on, "%.90s key %" PRIu32, w->what, number);
    rc = verb_note(w->dir, "key.grant", on, rc, err);
    arena_free(&mem);
    if (rc != RC_OK)
        return rc;
    if (w->json)
        printf("{\"number\":%" PRIu32 ",\"user\":\"%s\",\"key\":\"%s\"}\n",
               number, w->what, key);
    else
        printf("%s\n\naccess key %" PRIu32 " of %s; it is shown this once, keep"
               " it like a password.\ncurl -u %s:KEY, and in Excel and Power BI"
               " the sign-in \"Basic\"\n",
               key, number, w->what, w->what);
    mem_wipe(key, sizeof key);
    return RC_OK;
}

static enum rc revoke(struct store *s, const struct wish *w, struct err *err)
{
    uint64_t number = 0;
    enum rc rc = RC_OK;

    if (!text_take_u64(bytes_of(w->what), UINT32_MAX, &number))
        rc = err_set(err, RC_INVALID, "\"%s\" is no number of an access key",
                     w->what);
    if (rc == RC_OK)
        rc = access_key_revoke(s, (uint32_t)number, clock_wall_ms(), err);
    rc = verb_note(w->dir, "key.revoke", w->what, rc, err);
    if (rc == RC_OK)
        printf("access key %" PRIu64 " opens nothing any more\n", number);
    return rc;
}

int verb_access_key(int argc, char **argv)
{
    const char *rest[3];
    struct wish w = {.act = "list"};
    struct option_spec spec[] = {{"until", &w.until, NULL},
                                 {"json", NULL, &w.json}};
    bool lists, makes, revokes;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 2, rest, 3, &n) || n == 0)
        return verb_usage(argv[0]);
    w.dir = rest[0];
    w.act = n > 1 ? rest[1] : "list";
    w.what = n > 2 ? rest[2] : NULL;
    lists = n < 3 && strcmp(w.act, "list") == 0 && w.until == NULL;
    makes = n == 3 && strcmp(w.act, "make") == 0;
    revokes = n == 3 && strcmp(w.act, "revoke") == 0 && w.until == NULL;
    if (!lists && !makes && !revokes)
        return verb_usage(argv[0]);
    if (store_open(w.dir, lists ? STORE_READ : STORE_WRITE, NULL, &s, &err) !=
        RC_OK)
        return verb_failed(&err);
    rc = lists   ? list(&s, &w, &err)
         : makes ? make(&s, &w, &err)
                 : revoke(&s, &w, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
