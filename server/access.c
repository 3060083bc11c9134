#define _DEFAULT_SOURCE
#include "server/access.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/access_file.h"
#include "sync/base/text.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/log.h"

enum {
    SYNC_S = 1,                 /* until a line is on the disk */
    STRANGERS_PER_MINUTE = 600, /* lines; more are counted */
    MINUTE_MS = 60000
};

struct access {
    pthread_mutex_t lock; /* of all below but `syncer` */
    pthread_cond_t wake;
    pthread_t syncer;
    struct access_file file;
    bool dirty, stopping;
    uint64_t lost; /* lines, since the last one */
    uint64_t minute_ms, strangers, more_strangers; /* of this minute */
};

/* -- a line as JSON ----------------------------------------------------- */

/* Refused, or failed on our side. */
static const char *result_of(enum rc rc)
{
    switch (rc) {
    case RC_OK: return "ok";
    case RC_INVALID:
    case RC_CORRUPT:
    case RC_CONFLICT:
    case RC_NOTFOUND:
    case RC_AUTH:
    case RC_DENIED:
    case RC_OUTDATED:
    case RC_EXPIRED:
    case RC_LIMIT: return "denied";
    case RC_FULL:
    case RC_IO:
    case RC_BUSY:
    case RC_NETWORK: return "failed";
    }
    return "failed";
}

static void set_text(json_t *j, const char *member, struct bytes text)
{
    if (text.n > 0)
        (void)json_object_set_new(j, member,
                                  json_stringn((const char *)text.p, text.n));
}

static void set_word(json_t *j, const char *member, const char *text)
{
    if (text != NULL)
        set_text(j, member, bytes_of(text));
}

static void set_number(json_t *j, const char *member, uint64_t n)
{
    (void)json_object_set_new(j, member, json_integer((json_int_t)n));
}

/* Who the system says is at the command line: the user of this process, and
 * who signed in at first, if that is known and another. */
static void set_operator(json_t *j)
{
    struct buf b;
    uint64_t login;
    struct err err;
    struct passwd *who = getpwuid(getuid());

    if (who != NULL)
        set_word(j, "os", who->pw_name);
    else
        set_number(j, "uid", getuid());
    if (file_read("/proc/self/loginuid", 64, &b, &err) != RC_OK)
        return;
    if (text_take_u64(buf_view(&b), UINT32_MAX - 1, &login) &&
        login != getuid()) {
        who = getpwuid((uid_t)login);
        if (who != NULL)
            set_word(j, "login", who->pw_name);
        else
            set_number(j, "login_uid", login);
    }
    buf_free(&b);
}

static void set_who(json_t *j, const struct access_line *l)
{
    if (l->from == NULL) {
        set_operator(j);
        return;
    }
    set_text(j, "user", l->user);
    set_word(j, "role", l->role);
    if (l->device != 0)
        set_number(j, "device", l->device);
    else if (l->key != 0)
        set_number(j, "key", l->key);
    else if (l->passkey != 0)
        set_number(j, "passkey", l->passkey);
    else if (l->claims != 0)
        set_number(j, "claims", l->claims);
    set_word(j, "from", l->from);
}

/* Without the braces. */
static void members(const struct access_line *l, uint64_t now_ms,
                    struct buf *out)
{
    char at[ACCESS_TIME_BYTES], text[ACCESS_LINE_BYTES_MAX];
    json_t *j = json_object();
    size_t n;

    set_word(j, "at", access_time(now_ms, at));
    set_word(j, "do", l->act);
    set_word(j, "result", result_of(l->rc));
    if (l->rc != RC_OK)
        set_word(j, "code", rc_word(l->rc));
    set_who(j, l);
    if (l->area != 0)
        set_number(j, "area", l->area);
    set_word(j, "type", l->type);
    set_word(j, "record", l->record);
    set_word(j, "file", l->file);
    set_word(j, "on", l->on);
    if (l->range != ACCESS_NO_RANGE) {
        bool versions = l->range == ACCESS_VERSIONS;

        set_number(j, versions ? "after" : "first", l->low);
        set_number(j, versions ? "upto" : "last", l->high);
    }
    if (l->counted)
        set_number(j, "hits", l->hits);
    n = json_dumpb(j, text, sizeof text, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(j);
    if (n >= 2 && n <= sizeof text)
        buf_put(out, text + 1, n - 2);
    else
        out->full = true;
}

/* -- writing ------------------------------------------------------------ */

/* With the lock. */
static enum rc put(struct access *a, const struct access_line *l,
                   uint64_t now_ms, struct err *err)
{
    struct buf b = buf_make(ACCESS_LINE_BYTES_MAX);
    enum rc rc;

    members(l, now_ms, &b);
    rc = b.full ? err_set(err, RC_LIMIT, "a line of the access log is too long")
                : access_file_add(&a->file, now_ms, buf_view(&b), err);
    buf_free(&b);
    a->dirty |= rc == RC_OK;
    return rc;
}

static void put_count(struct access *a, const char *act, uint64_t *n,
                      uint64_t now_ms)
{
    struct access_line l = {
        .act = act, .from = "", .counted = true, .hits = *n};
    struct err err;

    if (*n > 0 && put(a, &l, now_ms, &err) == RC_OK)
        *n = 0;
}

static enum rc note(struct access *a, const struct access_line *l,
                    uint64_t now_ms, struct err *err)
{
    enum rc rc;

    put_count(a, "log.lost", &a->lost, now_ms);
    if (now_ms - a->minute_ms >= MINUTE_MS) {
        put_count(a, "strangers", &a->more_strangers, now_ms);
        a->minute_ms = now_ms;
        a->strangers = 0;
    }
    rc = put(a, l, now_ms, err);
    if (rc != RC_OK)
        log_error("access.failed", "do=%s err=%s", l->act,
                  LOG_QUOTE(err->text));
    return rc;
}

enum rc access_note(struct access *a, const struct access_line *l,
                    struct err *err)
{
    enum rc rc;

    pthread_mutex_lock(&a->lock);
    rc = note(a, l, clock_wall_ms(), err);
    pthread_mutex_unlock(&a->lock);
    return rc;
}

void access_try(struct access *a, const struct access_line *l)
{
    struct err err;

    pthread_mutex_lock(&a->lock);
    a->lost += note(a, l, clock_wall_ms(), &err) != RC_OK;
    pthread_mutex_unlock(&a->lock);
}

void access_stranger(struct access *a, const struct access_line *l)
{
    uint64_t now_ms = clock_wall_ms();
    struct err err;

    pthread_mutex_lock(&a->lock);
    if (now_ms - a->minute_ms < MINUTE_MS &&
        a->strangers >= STRANGERS_PER_MINUTE)
        a->more_strangers++;
    else
        a->lost += note(a, l, now_ms, &err) != RC_OK;
    a->strangers++;
    pthread_mutex_unlock(&a->lock);
}

/* -- to the disk -------------------------------------------------------- */

/* With the lock; without it while the disk works, so that nobody waits. */
static void sync_now(struct access *a)
{
    int fd = dup(a->file.fd);

    a->dirty = false;
    pthread_mutex_unlock(&a->lock);
    if (fd < 0 || fdatasync(fd) != 0)
        log_error("access.failed", "do=sync err=%s",
                  LOG_QUOTE("the access log cannot be put on the disk"));
    if (fd >= 0)
        close(fd);
    pthread_mutex_lock(&a->lock);
}

static void *sync_thread(void *arg)
{
    struct access *a = arg;
    struct timespec until;

    pthread_mutex_lock(&a->lock);
    while (!a->stopping) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += SYNC_S;
        (void)pthread_cond_timedwait(&a->wake, &a->lock, &until);
        if (a->dirty)
            sync_now(a);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* -- open and close ----------------------------------------------------- */

enum rc access_open(const char *dir, struct access **out, struct err *err)
{
    struct access *a = mem_new(sizeof *a);
    enum rc rc = access_file_open(dir, clock_wall_ms(), &a->file, err);

    if (rc != RC_OK) {
        free(a);
        return rc;
    }
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->wake, NULL);
    if (pthread_create(&a->syncer, NULL, sync_thread, a) != 0) {
        access_file_close(&a->file);
        free(a);
        return err_set(err, RC_IO, "cannot start a thread");
    }
    *out = a;
    return RC_OK;
}

void access_close(struct access *a)
{
    struct err err;

    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    put_count(a, "log.lost", &a->lost, clock_wall_ms());
    put_count(a, "strangers", &a->more_strangers, clock_wall_ms());
    a->stopping = true;
    pthread_cond_signal(&a->wake);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->syncer, NULL);
    if (a->dirty && access_file_sync(&a->file, &err) != RC_OK)
        log_error("access.failed", "do=sync err=%s", LOG_QUOTE(err.text));
    pthread_cond_destroy(&a->wake);
    pthread_mutex_destroy(&a->lock);
    access_file_close(&a->file);
    free(a);
}

enum rc access_say(const char *dir, const struct access_line *l,
                   struct err *err)
{
    uint64_t now_ms = clock_wall_ms();
    struct access a = {0};
    enum rc rc = access_file_open(dir, now_ms, &a.file, err);

    if (rc != RC_OK)
        return rc;
    rc = put(&a, l, now_ms, err);
    if (rc == RC_OK)
        rc = access_file_sync(&a.file, err);
    access_file_close(&a.file);
    return rc;
}
