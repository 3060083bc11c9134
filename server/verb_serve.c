/* init, serve, -n, restored. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "schema/schema.h"
#include "server/access_check.h"
#include "server/apart.h"
#include "server/confine.h"
#include "server/erasure.h"
#include "server/night.h"
#include "server/notary.h"
#include "server/publish.h"
#include "server/server.h"
#include "server/verbs.h"
#include "server/withdrawn.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/log.h"

static const char conf_text[] =
    "# Settings of stoepd; `stoepd help` lists them all.\n"
    "# listen 127.0.0.1:8443\n";

enum rc verb_conf(const char *dir, int *argc, char **argv,
                  struct server_conf *conf, struct err *err)
{
    char path[CONF_TEXT_BYTES];
    enum log_level level;
    enum rc rc;
    int r;

    conf_defaults(&server_conf_table, conf);
    snprintf(path, sizeof path, "%s/stoepd.conf", dir);
    rc = conf_file(&server_conf_table, path, conf, err);
    if (rc == RC_NOTFOUND)
        return err_set(err, rc,
                       "%s holds no server: make one with `stoepd init %s`",
                       dir, dir);
    if (rc == RC_OK)
        rc = conf_args(&server_conf_table, argc, argv, conf, err);
    if (rc != RC_OK)
        return rc;
    if (conf->certificate[0] == '\0')
        snprintf(conf->certificate, sizeof conf->certificate, "%s/server.crt",
                 dir);
    if (conf->key[0] == '\0')
        snprintf(conf->key, sizeof conf->key, "%s/server.key", dir);
    if (!log_level_parse(conf->log, &level))
        return err_set(err, RC_INVALID,
                       "log: \"%s\" is not debug, info, warn or error",
                       conf->log);
    log_level_set(level);
    if (conf->publish[0] != '\0' && publish_check(conf, err) != RC_OK)
        return err->code;
    for (r = 0; r < ROLES_N; r++)
        if (server_conf_lease_s(conf, (enum role)r) > lease_s_max)
            return err_set(err, RC_INVALID, "lease_%s_h: at most %d hours",
                           role_word((enum role)r), lease_s_max / 3600);
    return RC_OK;
}

/* -- init --------------------------------------------------------------- */

static enum rc init(const char *dir, const char *name, struct err *err)
{
    char cert[512], key[512], conf[512];
    enum rc rc = file_mkdir(dir, 0700, err);

    snprintf(cert, sizeof cert, "%s/server.crt", dir);
    snprintf(key, sizeof key, "%s/server.key", dir);
    snprintf(conf, sizeof conf, "%s/stoepd.conf", dir);
    if (rc == RC_OK)
        rc = store_create(dir, schema_builtin_bundle(), err);
    if (rc == RC_OK)
        rc = tls_make(cert, key, name, err);
    if (rc == RC_OK)
        rc = file_replace(conf, bytes_of(conf_text), 0640, err);
    return rc;
}

int verb_init(int argc, char **argv)
{
    const char *dir, *name = "stoep";
    struct option_spec spec[] = {{"name", &name, NULL}};
    size_t n;
    struct err err;

    if (!verb_options(argc, argv, spec, 1, &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    if (strlen(dir) > 400) {
        err_set(&err, RC_LIMIT, "the name of the folder is too long");
        return verb_failed(&err);
    }
    if (init(dir, name, &err) != RC_OK)
        return verb_failed(&err);
    printf("%s is ready; next: `stoepd areas %s add ...`,"
           " `stoepd enrol %s ...`, `stoepd serve %s`\n",
           dir, dir, dir, dir);
    return EXIT_DONE;
}

/* -- serve -------------------------------------------------------------- */

/* One server per folder. */
static enum rc lock_folder(const char *dir, int *lock, struct err *err)
{
    char path[512];
    enum rc rc;

    snprintf(path, sizeof path, "%s/stoepd.lock", dir);
    rc = file_lock(path, lock, err);
    if (rc == RC_BUSY)
        err_wrap(err, rc, "another stoepd serves this folder");
    return rc;
}

/* Whatever goes wrong with it, the server goes on. */
static void note_journal(const char *dir)
{
    struct store store;
    bool noted = false;
    unsigned months = 0;
    struct err err;
    enum rc rc = store_open(dir, STORE_READ, NULL, &store, &err);

    if (rc == RC_OK) {
        rc = access_expire(dir, clock_wall_ms(), access_days(store.shape),
                           &months, &err);
        if (months > 0)
            log_info("access.expired", "months=%u", months);
        if (rc == RC_OK)
            rc = notary_note(dir, &store, &noted, &err);
        store_close(&store);
    }
    if (rc != RC_OK)
        log_error("journal.not_noted", "err=%s", LOG_QUOTE(err.text));
    else if (noted)
        log_info("journal.noted", "dir=%s", dir);
}

/* What is done by a timer, once a minute at most. */
static void by_timer(struct server *s, uint64_t *noted_ms)
{
    uint64_t now_ms = clock_mono_ms();

    if (s->conf.note_s > 0 && now_ms - *noted_ms >= s->conf.note_s * 1000) {
        note_journal(s->dir);
        *noted_ms = now_ms;
    }
}

static void wait_for_signals(struct server *s, const sigset_t *set)
{
    uint64_t s_max =
        s->conf.note_s > 0 && s->conf.note_s < 60 ? s->conf.note_s : 60;
    struct timespec every = {.tv_sec = (time_t)s_max};
    uint64_t noted_ms = clock_mono_ms();
    struct err err;
    int sig;

    for (;;) {
        sig = sigtimedwait(set, NULL, &every);
        if (sig < 0 && errno == EAGAIN)
            by_timer(s, &noted_ms);
        if (sig < 0)
            continue;
        if (sig != SIGHUP) {
            log_info("server.stopping", "signal=%d", sig);
            return;
        }
        if (tls_reload(s->tls, &err) == RC_OK)
            log_info("certificate.read", "path=%s", s->conf.certificate);
        else
            log_error("certificate.failed", "err=%s", LOG_QUOTE(err.text));
    }
}

/* Threads are started after this. */
static void confine_to(const char *dir, const struct server_conf *conf)
{
    const char *beside[] = {conf->certificate, conf->key};
    const char *work[] = {dir, conf->publish};
    struct confined c = confine(work, conf->publish[0] == '\0' ? 1 : 2, beside,
                                countof(beside));

    log_info("server.confined", "no_new_privileges=%s files=%s calls=%s",
             LOG_QUOTE(c.privileges), LOG_QUOTE(c.files), LOG_QUOTE(c.calls));
}

static enum rc serve(const char *dir, const struct server_conf *conf,
                     struct err *err)
{
    char address[CONF_TEXT_BYTES];
    struct server *s = NULL;
    struct night *night;
    sigset_t set;
    int lock = -1;
    enum rc rc;

    rc = lock_folder(dir, &lock, err);
    if (rc != RC_OK)
        return rc;
    /* Before any thread is made, so that all of them leave signals alone. */
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    rc = tls_next_mend(conf->certificate, conf->key, err);
    if (rc == RC_OK && conf->publish[0] != '\0')
        rc = deposit_make(conf->publish, err);
    confine_to(dir, conf);
    if (rc == RC_OK)
        rc = server_start(dir, conf, &s, err);
    if (rc == RC_OK) {
        snprintf(address, sizeof address, "%s", conf->listen);
        *strrchr(address, ':') = '\0';
        printf("listening on https://%s:%u\n", address, httpd_port(s->httpd));
        fflush(stdout);
        log_info("server.started", "port=%u loops=%u", httpd_port(s->httpd),
                 httpd_loops(s->httpd));
        night = night_begin(s);
        wait_for_signals(s, &set);
        night_end(night);
        server_stop(s);
        note_journal(dir);
        log_info("server.stopped", "dir=%s", dir);
    }
    file_unlock(lock);
    return rc;
}

int verb_serve(int argc, char **argv)
{
    struct server_conf conf;
    struct err err;

    if (argc < 2 || argv[1][0] == '-')
        return verb_usage(argv[0]);
    if (verb_conf(argv[1], &argc, argv, &conf, &err) != RC_OK)
        return verb_failed(&err);
    if (argc != 2)
        return verb_usage(argv[0]);
    if (serve(argv[1], &conf, &err) != RC_OK)
        return verb_failed(&err);
    return EXIT_DONE;
}

/* -- -n ----------------------------------------------------------------- */

int verb_check(int argc, char **argv)
{
    struct server_conf conf;
    struct store store;
    struct tls *tls;
    struct err err;
    enum rc rc;

    if (argc < 2 || argv[1][0] == '-')
        return verb_usage(argv[0]);
    rc = verb_conf(argv[1], &argc, argv, &conf, &err);
    if (rc == RC_OK && argc != 2)
        return verb_usage(argv[0]);
    if (rc == RC_OK)
        rc = tls_open(conf.certificate, conf.key, &tls, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    tls_close(tls);
    if (store_open(argv[1], STORE_READ, NULL, &store, &err) != RC_OK)
        return verb_failed(&err);
    rc = db_quick_check(store.db, &err);
    if (rc == RC_OK)
        rc = apart_check(&store, argv[1], &err);
    if (rc == RC_OK)
        printf("settings, certificate and store are in order; record types"
               " %s\n",
               store.shape->version);
    store_close(&store);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}

/* -- restored ----------------------------------------------------------- */

static enum rc restore(const char *dir, struct store *s, bool without_keys,
                       struct err *err)
{
    struct erased done;
    uint64_t withdrawn;
    enum rc rc = apart_check(s, dir, err);

    if (rc == RC_NOTFOUND && without_keys)
        rc = keys_anew(s->keys, err);
    if (rc == RC_OK)
        rc = erase_again(dir, s, clock_wall_ms(), &done, err);
    if (rc == RC_OK)
        rc = withdraw_again(dir, s, clock_wall_ms(), &withdrawn, err);
    return rc == RC_OK ? store_new_epoch(s, err) : rc;
}

int verb_restored(int argc, char **argv)
{
    bool without_keys = false;
    struct option_spec spec[] = {{"without-keys", NULL, &without_keys}};
    struct store store;
    const char *dir;
    struct err err;
    int lock = -1;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    rc = lock_folder(dir, &lock, &err);
    if (rc == RC_OK)
        rc = store_open(dir, STORE_WRITE, NULL, &store, &err);
    if (rc == RC_OK) {
        rc = restore(dir, &store, without_keys, &err);
        store_close(&store);
    }
    file_unlock(lock);
    rc = verb_note(dir, "restored", NULL, rc, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    puts("noted: at their next contact devices hand in again what this store"
         " lacks");
    return EXIT_DONE;
}
