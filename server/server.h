/*
 * server.h - one running server: what its parts share.
 *
 * Loops read, each on a store of its own; the merger writes.  Handlers
 * (api_*.c) translate between HTTP and sync/serve.h and decide nothing; who may
 * make which call stands in one table (endpoint.h).
 */
#pragma once

#include "server/access.h"
#include "server/asker.h"
#include "server/conf.h"
#include "server/endpoint.h"
#include "server/merger.h"
#include "server/quota.h"
#include "server/tls.h"

struct server {
    const char *dir; /* foreign */
    struct server_conf conf;
    struct httpd *httpd;
    struct tls *tls;
    struct merger *merger;
    struct asker *asker;
    struct auth *auth;
    struct access *access;
    struct quota *quota;
    struct browsers *browsers;
    struct arena mem;                     /* own; as long as the server */
    struct store stores[HTTPD_LOOPS_MAX]; /* one per loop, reading */
};

/* Listening once it returns RC_OK. */
MUST_USE enum rc server_start(const char *dir, const struct server_conf *conf,
                              struct server **out, struct err *err);
/* Finish what was accepted.  NULL is fine. */
void server_stop(struct server *s);

/* For the handlers. */
struct store *server_store(struct server *s, struct httpd_request *r);
/* Answer with a fault: application/problem+json with its code. */
void server_problem(struct httpd_request *r, const struct err *err);
/* The same with what OData wants of a refusal (JSON Format 4.0, 19). */
void server_problem_odata(struct httpd_request *r, const struct err *err);

/* Handlers of endpoints[]; `ctx` is the struct server. */
void api_health(void *ctx, struct httpd_request *r);
void api_openapi(void *ctx, struct httpd_request *r);
void api_security(void *ctx, struct httpd_request *r);
void api_pin(void *ctx, struct httpd_request *r);
/* Questions (question.h), and what their columns mean. */
void api_questions(void *ctx, struct httpd_request *r);
void api_columns(void *ctx, struct httpd_request *r);
void api_ask(void *ctx, struct httpd_request *r);
/* The same as tables of OData 4.0. */
void api_odata_service(void *ctx, struct httpd_request *r);
void api_odata_metadata(void *ctx, struct httpd_request *r);
void api_odata_set(void *ctx, struct httpd_request *r);
/* Released signals, for everybody (Open311). */
void api_open311(void *ctx, struct httpd_request *r);
void api_open311_one(void *ctx, struct httpd_request *r);
void api_odata_count(void *ctx, struct httpd_request *r);
void api_enrol(void *ctx, struct httpd_request *r);
/* Changes the key of a device. */
void api_key(void *ctx, struct httpd_request *r);
void api_session(void *ctx, struct httpd_request *r);
void api_wiped(void *ctx, struct httpd_request *r);
void api_push(void *ctx, struct httpd_request *r);
void api_pull(void *ctx, struct httpd_request *r);
void api_chain(void *ctx, struct httpd_request *r);
void api_search(void *ctx, struct httpd_request *r);
void api_regions(void *ctx, struct httpd_request *r);
void api_types(void *ctx, struct httpd_request *r);
void api_attachment_head(void *ctx, struct httpd_request *r);
void api_attachment_patch(void *ctx, struct httpd_request *r);
void api_attachment_get(void *ctx, struct httpd_request *r);
/* Pages: files that hold no data. */
void api_home(void *ctx, struct httpd_request *r);
void api_asset(void *ctx, struct httpd_request *r);
void api_missing(void *ctx, struct httpd_request *r);
/* Who comes in with a browser. */
void api_challenge(void *ctx, struct httpd_request *r);
void api_passkey(void *ctx, struct httpd_request *r);
void api_sign_in(void *ctx, struct httpd_request *r);
void api_sign_out(void *ctx, struct httpd_request *r);
/* What the pages ask for and do (desk.h). */
void api_desk(void *ctx, struct httpd_request *r);

/* Of what anybody may build on (semver): openapi.h describes it. */
#define API_VERSION "1.0.0"

#define API_WIRE "application/vnd.stoep+msgpack"
