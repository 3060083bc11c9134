/* passkeys. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/passkey_store.h"
#include "server/table.h"
#include "server/verbs.h"
#include "server/withdrawn.h"
#include "sync/base/text.h"
#include "sync/sys/clock.h"

static const char *state_of(const struct passkey *p, uint64_t now_ms)
{
    struct err err;

    if (p->revoked_ms != 0)
        return "withdrawn";
    return passkey_may(p, now_ms, &err) == RC_OK ? "in use" : "account ended";
}

static void passkey_row(struct table *t, const struct passkey *p)
{
    char at[20];

    table_printf(t, "%" PRIu32, p->number);
    table_printf(t, "%.*s", (int)p->user.n, (const char *)p->user.p);
    table_put(t, role_word(p->caller.role));
    table_printf(t, "%.*s", (int)p->name.n, (const char *)p->name.p);
    table_put(t, verb_when(p->enrolled_ms, at));
    table_put(t, verb_when(p->seen_ms, at));
    table_put(t, verb_when(p->revoked_ms, at));
    table_put(t, state_of(p, clock_wall_ms()));
}

static enum rc list(const char *dir, struct store *s, bool json,
                    struct err *err)
{
    static const char *const heads[] = {"#passkey",  "user",     "role",
                                        "name",      "enrolled", "signed_in",
                                        "withdrawn", "state",    NULL};
    struct arena mem = {0};
    struct table t;
    uint32_t *numbers;
    struct passkey p;
    size_t n, i;
    enum rc rc = passkey_numbers(s, &mem, &numbers, &n, err);

    table_init(&t, heads);
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = passkey_load(s, numbers[i], &mem, &p, err);
        if (rc == RC_OK)
            passkey_row(&t, &p);
    }
    if (rc == RC_OK)
        rc = verb_show(dir, "passkeys", &t, json, err);
    table_free(&t);
    arena_free(&mem);
    return rc;
}

static enum rc revoke(const char *dir, struct store *s, const char *text,
                      uint32_t number, struct err *err)
{
    enum rc rc = withdraw_passkey(dir, s, number, clock_wall_ms(), err);

    rc = verb_note(dir, "revoke.passkey", text, rc, err);
    if (rc == RC_OK)
        printf("passkey %" PRIu32 " is withdrawn, and all sessions of its user"
               " have ended\n",
               number);
    return rc;
}

int verb_passkeys(int argc, char **argv)
{
    const char *rest[3];
    bool json = false, ends;
    struct option_spec spec[] = {{"json", NULL, &json}};
    uint64_t number = 0;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 3, &n) || n == 0)
        return verb_usage(argv[0]);
    ends = n == 3 && strcmp(rest[1], "revoke") == 0 &&
           text_take_u64(bytes_of(rest[2]), UINT32_MAX, &number);
    if (n != 1 && !ends)
        return verb_usage(argv[0]);
    rc = store_open(rest[0], ends ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    rc = ends ? revoke(rest[0], &s, rest[2], (uint32_t)number, &err)
              : list(rest[0], &s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
