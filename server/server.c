#include "server/server.h"

#include <stdlib.h>

#include "server/apart.h"
#include "server/browser.h"
#include "server/erasure.h"
#include "server/withdrawn.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

/* With every answer.  Most are for browsers: no page of ours is to be shown by
 * one, kept by one, or asked for without TLS. */
static const char *const headers[] = {"API-Version",
                                      API_VERSION,
                                      "Strict-Transport-Security",
                                      "max-age=31536000",
                                      "Cache-Control",
                                      "no-store",
                                      "Content-Security-Policy",
                                      "frame-ancestors 'none'",
                                      "X-Content-Type-Options",
                                      "nosniff",
                                      "X-Frame-Options",
                                      "DENY",
                                      NULL};

static enum rc loop_start(void *ctx, unsigned loop, struct err *err)
{
    struct server *s = ctx;

    return store_open(s->dir, STORE_READ, merger_shape(s->merger),
                      &s->stores[loop], err);
}

static void loop_stop(void *ctx, unsigned loop)
{
    struct server *s = ctx;

    store_close(&s->stores[loop]);
}

static enum rc listen_on(struct server *s, struct err *err)
{
    struct httpd_route *routes;
    struct httpd_options o = {
        .listen = s->conf.listen,
        .loops = (unsigned)(s->conf.loops > HTTPD_LOOPS_MAX ? HTTPD_LOOPS_MAX
                                                            : s->conf.loops),
        .connections_max = (size_t)s->conf.connections_max,
        .address_connections_max = (size_t)s->conf.address_connections,
        .headers = headers,
        .idle_s = (unsigned)s->conf.idle_s,
        .tls = tls_httpd(s->tls),
        .ctx = s,
        .loop_start = loop_start,
        .loop_stop = loop_stop};

    endpoint_routes(&s->mem, &routes, &o.routes);
    o.route = routes;
    return httpd_start(&s->httpd, &o, err);
}

/* A backup that was put back may hold what was erased since, and devices that
 * were withdrawn since: before anything is served, that goes again.  If its
 * keys were not put back nothing is served: what came in for the records that
 * they are of could not be kept. */
static enum rc erase_first(const char *dir, struct err *err)
{
    struct store store;
    struct erased done;
    uint64_t withdrawn = 0;
    enum rc rc = store_open(dir, STORE_WRITE, NULL, &store, err);

    if (rc != RC_OK)
        return rc;
    rc = apart_check(&store, dir, err);
    if (rc == RC_OK)
        rc = erase_again(dir, &store, clock_wall_ms(), &done, err);
    if (rc == RC_OK && done.records > 0)
        log_warn("erasure.again", "records=%llu",
                 (unsigned long long)done.records);
    if (rc == RC_OK)
        rc = withdraw_again(dir, &store, clock_wall_ms(), &withdrawn, err);
    if (rc == RC_OK && withdrawn > 0)
        log_warn("device.withdrawn_again", "devices=%llu",
                 (unsigned long long)withdrawn);
    store_close(&store);
    return rc;
}

enum rc server_start(const char *dir, const struct server_conf *conf,
                     struct server **out, struct err *err)
{
    struct server *s = mem_new(sizeof *s);
    enum rc rc;

    s->dir = dir;
    s->conf = *conf;
    s->auth = auth_new(clock_wall_ms());
    s->quota = quota_new();
    s->browsers = browsers_new();
    rc = tls_open(conf->certificate, conf->key, &s->tls, err);
    if (rc == RC_OK)
        rc = access_open(dir, &s->access, err);
    if (rc == RC_OK)
        rc = erase_first(dir, err);
    if (rc == RC_OK) {
        rc = merger_start(dir, (size_t)conf->waiting_max, &s->merger, err);
    }
    if (rc == RC_OK)
        rc = asker_start(dir, merger_shape(s->merger), &s->asker, err);
    if (rc == RC_OK)
        rc = listen_on(s, err);
    if (rc == RC_OK)
        *out = s;
    else
        server_stop(s);
    return rc;
}

void server_stop(struct server *s)
{
    if (s == NULL)
        return;
    /* Requests wait for these two, so they go on until all are answered. */
    httpd_stop(s->httpd, (unsigned)(s->conf.grace_s * 1000));
    asker_stop(s->asker);
    merger_stop(s->merger);
    access_close(s->access);
    tls_close(s->tls);
    auth_free(s->auth);
    quota_free(s->quota);
    arena_free(&s->mem);
    browsers_free(s->browsers);
    free(s);
}

struct store *server_store(struct server *s, struct httpd_request *r)
{
    return &s->stores[httpd_loop(r)];
}
