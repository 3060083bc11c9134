/* What anybody may read: the description of the interface, and where to report
 * a weakness (server.h). */
#include <string.h>

#include "server/openapi.h"
#include "server/server.h"
#include "sync/civil.h"

enum { EXPIRES_DAYS = 180 };

void api_openapi(void *ctx, struct httpd_request *r)
{
    struct server *s = ctx;
    struct buf b = buf_make(OPENAPI_BYTES_MAX);
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(s, r, ENDPOINT_OPENAPI, &v, &err);

    if (rc == RC_OK)
        rc = openapi_write(&s->conf, &b, &err);
    if (rc == RC_OK) {
        httpd_header(r, "Access-Control-Allow-Origin", "*");
        httpd_reply(r, 200, "application/json", buf_view(&b));
    } else {
        server_problem(r, &err);
    }
    buf_free(&b);
}

/* RFC 9116. */
void api_security(void *ctx, struct httpd_request *r)
{
    struct server *s = ctx;
    struct civil until;
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(s, r, ENDPOINT_SECURITY, &v, &err);

    if (rc == RC_OK && s->conf.security_contact[0] == '\0')
        rc = err_set(&err, RC_NOTFOUND, "no security_contact is set here");
    if (rc != RC_OK) {
        server_problem(r, &err);
        return;
    }
    until = civil_date((int64_t)(v.now_ms / 86400000) + EXPIRES_DAYS);
    httpd_reply(
        r, 200, "text/plain; charset=utf-8",
        bytes_of(arena_printf(httpd_arena(r),
                              "Contact: %s\nExpires: %04d-%02u-%02uT00:00:00Z\n"
                              "Preferred-Languages: nl, en\n",
                              s->conf.security_contact, until.year % 10000,
                              until.month % 100, until.day % 100)));
}
