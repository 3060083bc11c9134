#include "server/access_key.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sync/base/msg.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/random.h"

enum { KEY_BYTES = 32, CREDENTIALS_MAX = 512 };

bool access_key_role(enum role role)
{
    switch (role) {
    case ROLE_LEAD:
    case ROLE_ANALYST:
    case ROLE_PRIVACY: return true;
    case ROLE_WORKER:
    case ROLE_EXTERNAL:
    case ROLE_ADMIN:
    case ROLES_N: break;
    }
    return false;
}

/* 256 random bits need no slow digest. */
static struct digest digest_key(struct bytes text)
{
    return digest_hmac(bytes_of("stoep access key"), text);
}

/* -- making and revoking ------------------------------------------------ */

static void make_text(char text[ACCESS_KEY_CHARS + 1])
{
    struct buf b = buf_make(ACCESS_KEY_CHARS);
    uint8_t random[KEY_BYTES];

    random_bytes(random, sizeof random);
    buf_puts(&b, ACCESS_KEY_START);
    text_put_base64url(&b, (struct bytes){random, sizeof random});
    mem_wipe(random, sizeof random);
    memcpy(text, b.p, ACCESS_KEY_CHARS);
    text[ACCESS_KEY_CHARS] = '\0';
    mem_wipe(b.p, b.n);
    buf_free(&b);
}

enum rc access_key_make(struct store *s, const struct account *a,
                        uint64_t now_ms, uint64_t ends_ms,
                        char text[ACCESS_KEY_CHARS + 1], uint32_t *number,
                        struct err *err)
{
    char made[ACCESS_KEY_CHARS + 1];
    struct digest d;
    struct db_query *q;
    uint32_t n = 0;
    enum rc rc;

    if (!access_key_role(a->role))
        return err_set(err, RC_DENIED,
                       "a %s may not ask for protected figures: an access key"
                       " is for an analyst, a lead or a privacy officer",
                       role_word(a->role));
    make_text(made);
    d = digest_key(bytes_of(made));
    q = db_query(s->db, SQL("INSERT INTO access_key(account, digest, made_ms,"
                            " ends_ms, revoked_ms)"
                            " VALUES (:account, :digest, :made, :ends, 0)"));
    db_bind_i64(q, "account", a->number);
    db_bind_blob(q, "digest", digest_bytes(&d));
    db_bind_i64(q, "made", (int64_t)now_ms);
    db_bind_i64(q, "ends", (int64_t)ends_ms);
    rc = db_done(db_run_at(q), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(s->db,
                 SQL("SELECT number FROM access_key WHERE digest = :digest"));
    db_bind_blob(q, "digest", digest_bytes(&d));
    if (db_row(q))
        n = (uint32_t)db_i64(q, "number");
    rc = db_done(q, err);
    if (rc == RC_OK) {
        memcpy(text, made, sizeof made);
        *number = n;
    }
    mem_wipe(made, sizeof made);
    return rc;
}

enum rc access_key_revoke(struct store *s, uint32_t number, uint64_t now_ms,
                          struct err *err)
{
    return store_revoke(
        s,
        db_query(s->db, SQL("UPDATE access_key SET revoked_ms = :now"
                            " WHERE number = :number AND revoked_ms = 0")),
        number, now_ms, "access key", "access-key", err);
}

/* -- looking ------------------------------------------------------------ */

static struct access_key read_key(struct db_query *q, struct arena *mem)
{
    return (struct access_key){.number = (uint32_t)db_i64(q, "number"),
                               .user = arena_bytes(mem, db_blob(q, "user")),
                               .role = role_kept(db_text(q, "role")),
                               .made_ms = (uint64_t)db_i64(q, "made_ms"),
                               .ends_ms = (uint64_t)db_i64(q, "ends_ms"),
                               .revoked_ms = (uint64_t)db_i64(q, "revoked_ms")};
}

enum rc access_keys(struct store *s, struct arena *mem, struct access_key **out,
                    size_t *n, struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT k.number AS number, a.name AS user, a.role AS role,"
            " k.made_ms AS made_ms, k.ends_ms AS ends_ms,"
            " k.revoked_ms AS revoked_ms FROM access_key k"
            " JOIN account a ON a.number = k.account ORDER BY k.number"));
    struct access_key *list = NULL;
    size_t cap = 0;

    *n = 0;
    while (db_row(q)) {
        if (*n == cap) {
            cap = 2 * cap + 64;
            list = mem_resize(list, cap * sizeof *list);
        }
        list[(*n)++] = read_key(q, mem);
    }
    *out = arena_new(mem, (*n + 1) * sizeof **out);
    if (*n > 0)
        memcpy(*out, list, *n * sizeof **out);
    free(list);
    return db_done(q, err);
}

/* -- a request ---------------------------------------------------------- */

/* What follows a scheme, whose case is free (RFC 9110, 11.1); NULL: another. */
static const char *after_scheme(const char *header, const char *scheme)
{
    size_t n = strlen(scheme);

    if (header == NULL || strncasecmp(header, scheme, n) != 0 ||
        header[n] != ' ')
        return NULL;
    return header + n + strspn(header + n, " ");
}

bool access_key_shown(struct httpd_request *r)
{
    const char *h = httpd_header_in(r, "authorization");
    const char *bearer = after_scheme(h, "Bearer");

    return after_scheme(h, "Basic") != NULL ||
           (bearer != NULL && strncmp(bearer, ACCESS_KEY_START,
                                      sizeof ACCESS_KEY_START - 1) == 0);
}

/* User name (NULL: not said) and key, in the request's arena. */
static bool credentials(struct httpd_request *r, const char **user,
                        const char **key)
{
    const char *h = httpd_header_in(r, "authorization");
    const char *basic = after_scheme(h, "Basic");
    struct buf b = buf_make(CREDENTIALS_MAX);
    char *text, *colon;

    *user = NULL;
    *key = after_scheme(h, "Bearer");
    if (basic == NULL)
        return *key != NULL;
    if (!text_take_base64(bytes_of(basic), &b) ||
        memchr(b.p, '\0', b.n) != NULL) {
        buf_free(&b);
        return false;
    }
    text = arena_text(httpd_arena(r), (const char *)b.p, b.n);
    buf_free(&b);
    colon = strchr(text, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    *user = text;
    *key = colon + 1;
    return true;
}

static enum rc key_may(const struct access_key *k, uint64_t now_ms,
                       struct err *err)
{
    if (k->revoked_ms != 0)
        return err_set(err, RC_AUTH,
                       MSG("this access key has been revoked; ask for a new"
                           " one"));
    if (k->ends_ms != 0 && k->ends_ms < now_ms)
        return err_set(err, RC_AUTH,
                       MSG("this access key is too old; ask for a new one"));
    return RC_OK;
}

/* Only who has the key hears why it does not work. */
static enum rc find(struct store *s, const char *user, const char *key,
                    struct arena *mem, struct access_key *out,
                    uint64_t *account_ends_ms, struct err *err)
{
    struct digest d = digest_key(bytes_of(key));
    struct db_query *q = db_query(
        s->db, SQL("SELECT k.number AS number, a.name AS user, a.role AS role,"
                   " k.made_ms AS made_ms, k.ends_ms AS ends_ms,"
                   " k.revoked_ms AS revoked_ms, a.ends_ms AS account_ends_ms"
                   " FROM access_key k JOIN account a ON a.number = k.account"
                   " WHERE k.digest = :digest"));
    bool found;
    enum rc rc;

    db_bind_blob(q, "digest", digest_bytes(&d));
    found = db_row(q);
    if (found) {
        *out = read_key(q, mem);
        *account_ends_ms = (uint64_t)db_i64(q, "account_ends_ms");
    }
    rc = db_done(q, err);
    if (rc != RC_OK ||
        (found && (user == NULL || bytes_eq(out->user, bytes_of(user)))))
        return rc;
    return err_set(err, RC_AUTH,
                   MSG("there is no such access key of this user"));
}

enum rc access_key_who(struct store *s, struct httpd_request *r,
                       uint64_t now_ms, struct device *device, uint32_t *number,
                       struct err *err)
{
    const char *user, *key;
    struct access_key k = {0};
    struct device d = {0};
    enum rc rc;

    if (!credentials(r, &user, &key))
        return err_set(err, RC_AUTH,
                       MSG("sign in with a user name and an access key"));
    rc = find(s, user, key, httpd_arena(r), &k, &d.ends_ms, err);
    if (rc == RC_OK)
        rc = key_may(&k, now_ms, err);
    if (rc == RC_OK)
        rc = device_may(&d, now_ms, err);
    if (rc != RC_OK)
        return rc;
    d.user = k.user;
    d.caller.role = k.role;
    *device = d;
    *number = k.number;
    return RC_OK;
}
