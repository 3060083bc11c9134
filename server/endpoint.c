#include "server/endpoint.h"

#include <string.h>

#include "server/access_key.h"
#include "server/browser.h"
#include "server/desk.h"
#include "server/limits.h"
#include "server/passkey_store.h"
#include "server/question.h"
#include "server/server.h"
#include "sync/base/msg.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"

const struct endpoint endpoints[ENDPOINTS_N] = {
    [ENDPOINT_HEALTH] = {.route = {HTTPD_GET, "/healthz", api_health, 0}},
    [ENDPOINT_PIN] = {.route = {HTTPD_GET, "/v1/pin", api_pin, 0}},
    [ENDPOINT_OPENAPI] = {.route = {HTTPD_GET, "/v1/openapi.json", api_openapi,
                                    0}},
    [ENDPOINT_SECURITY] = {.route = {HTTPD_GET, "/.well-known/security.txt",
                                     api_security, 0}},
    [ENDPOINT_COLUMNS] = {.route = {HTTPD_GET, "/v1/*-metadata.json",
                                    api_columns, 0},
                          .asks = true},
    [ENDPOINT_OPEN311] = {.route = {HTTPD_GET, "/v1/open311/*", api_open311,
                                    0}},
    [ENDPOINT_OPEN311_ONE] = {.route = {HTTPD_GET, "/v1/open311/requests/*",
                                        api_open311_one, 0}},
    [ENDPOINT_ENROL] = {.route = {HTTPD_POST, "/v1/enrol", api_enrol, 4096},
                        .act = "enrol",
                        .need = NEED_CODE},
    [ENDPOINT_SESSION] = {.route = {HTTPD_POST, "/v1/session", api_session,
                                    4096},
                          .act = "session",
                          .need = NEED_SIGNATURE,
                          .withdrawn = true}, /* to be told to wipe itself */
    [ENDPOINT_WIPED] = {.route = {HTTPD_POST, "/v1/wiped", api_wiped, 4096},
                        .act = "wiped",
                        .need = NEED_SIGNATURE,
                        .withdrawn = true},
    [ENDPOINT_KEY] = {.route = {HTTPD_POST, "/v1/key", api_key, 256},
                      .act = "key",
                      .need = NEED_EITHER},
    [ENDPOINT_PUSH] = {.route = {HTTPD_POST, "/v1/push", api_push,
                                 message_bytes_max},
                       .act = "push",
                       .need = NEED_BOTH},
    [ENDPOINT_PULL] = {.route = {HTTPD_GET, "/v1/pull", api_pull, 0},
                       .act = "pull",
                       .need = NEED_TOKEN,
                       .roles = ROLES_READING,
                       .area = AREA_IN_QUERY},
    [ENDPOINT_CHAIN] = {.route = {HTTPD_GET, "/v1/chain", api_chain, 0},
                        .act = "chain",
                        .need = NEED_TOKEN,
                        .roles = ROLES_READING,
                        .area = AREA_IN_QUERY},
    [ENDPOINT_TYPES] = {.route = {HTTPD_GET, "/v1/types/*", api_types, 0},
                        .act = "types",
                        .need = NEED_TOKEN},
    [ENDPOINT_REGIONS] = {.route = {HTTPD_GET, "/v1/regions/*", api_regions, 0},
                          .act = "regions",
                          .need = NEED_TOKEN,
                          .roles = ROLES_READING},
    [ENDPOINT_SEARCH] = {.route = {HTTPD_GET, "/v1/search", api_search, 0},
                         .act = "search",
                         .need = NEED_TOKEN,
                         .roles = ROLES_LEAD,
                         .area = AREA_IN_QUERY},
    [ENDPOINT_FILE_HEAD] = {.route = {HTTPD_HEAD, "/v1/areas/*/attachments/*",
                                      api_attachment_head, 0},
                            .act = "file.ask",
                            .need = NEED_TOKEN,
                            .roles = ROLES_SEE_FILES,
                            .area = AREA_IN_PATH},
    [ENDPOINT_FILE_PATCH] = {.route = {HTTPD_PATCH, "/v1/areas/*/attachments/*",
                                       api_attachment_patch,
                                       attachment_piece_bytes},
                             .act = "file.put",
                             .need = NEED_TOKEN,
                             .roles = ROLES_WRITE_FILES,
                             .area = AREA_IN_PATH},
    [ENDPOINT_FILE_GET] = {.route = {HTTPD_GET, "/v1/areas/*/attachments/*",
                                     api_attachment_get, 0},
                           .act = "file.get",
                           .need = NEED_TOKEN,
                           .roles = ROLES_SEE_FILES,
                           .area = AREA_IN_PATH},
    [ENDPOINT_QUESTIONS] = {.route = {HTTPD_GET, "/v1/questions", api_questions,
                                      0},
                            .act = "questions",
                            .need = NEED_ANALYST,
                            .roles = ROLES_ASK},
    [ENDPOINT_ASK] = {.route = {HTTPD_GET, "/v1/*", api_ask, 0},
                      .act = "ask",
                      .need = NEED_ANALYST,
                      .roles = ROLES_ASK,
                      .asks = true},
    [ENDPOINT_ODATA] = {.route = {HTTPD_GET, "/v1/odata", api_odata_service, 0},
                        .act = "ask",
                        .need = NEED_ANALYST,
                        .roles = ROLES_ASK,
                        .odata = true},
    [ENDPOINT_ODATA_ROOT] = {.route = {HTTPD_GET, "/v1/odata/",
                                       api_odata_service, 0},
                             .act = "ask",
                             .need = NEED_ANALYST,
                             .roles = ROLES_ASK,
                             .odata = true},
    [ENDPOINT_ODATA_METADATA] = {.route = {HTTPD_GET, "/v1/odata/$metadata",
                                           api_odata_metadata, 0},
                                 .act = "ask",
                                 .need = NEED_ANALYST,
                                 .roles = ROLES_ASK,
                                 .odata = true},
    [ENDPOINT_ODATA_SET] = {.route = {HTTPD_GET, "/v1/odata/*", api_odata_set,
                                      0},
                            .act = "ask",
                            .need = NEED_ANALYST,
                            .roles = ROLES_ASK,
                            .odata = true},
    [ENDPOINT_ODATA_COUNT] = {.route = {HTTPD_GET, "/v1/odata/*/$count",
                                        api_odata_count, 0},
                              .act = "ask",
                              .need = NEED_ANALYST,
                              .roles = ROLES_ASK,
                              .odata = true},
    [ENDPOINT_HOME] = {.route = {HTTPD_GET, "/", api_home, 0}},
    [ENDPOINT_ASSET] = {.route = {HTTPD_GET, "/desk/*", api_asset, 0}},
    [ENDPOINT_COMMON] = {.route = {HTTPD_GET, "/common/*", api_asset, 0}},
    [ENDPOINT_LIB] = {.route = {HTTPD_GET, "/lib/*", api_asset, 0}},
    [ENDPOINT_MISSING] = {.route = {HTTPD_GET, "/*", api_missing, 0}},
    [ENDPOINT_CHALLENGE] = {.route = {HTTPD_POST, "/web/challenge",
                                      api_challenge, 256},
                            .act = "challenge",
                            .ours = true},
    [ENDPOINT_PASSKEY] = {.route = {HTTPD_POST, "/web/passkey", api_passkey,
                                    16384},
                          .act = "passkey",
                          .need = NEED_CODE,
                          .ours = true},
    [ENDPOINT_SIGN_IN] = {.route = {HTTPD_POST, "/web/sign-in", api_sign_in,
                                    16384},
                          .act = "sign-in",
                          .need = NEED_PASSKEY,
                          .ours = true},
    [ENDPOINT_SIGN_OUT] = {.route = {HTTPD_POST, "/web/sign-out", api_sign_out,
                                     256},
                           .act = "sign-out",
                           .need = NEED_SESSION,
                           .roles = ROLES_PAGES,
                           .ours = true},
    [ENDPOINT_DESK] = {.route = {HTTPD_POST, "/web/do/*", api_desk,
                                 DESK_BYTES_MAX},
                       .act = "desk",
                       .need = NEED_SESSION,
                       .roles = ROLES_PAGES,
                       .ours = true},
};

void endpoint_routes(struct arena *mem, struct httpd_route **out, size_t *n)
{
    struct httpd_route *list =
        arena_new(mem, ENDPOINTS_N * (questions_n + 1) * sizeof *list);
    size_t i, k;

    *n = 0;
    for (i = 0; i < ENDPOINTS_N; i++) {
        const struct endpoint *e = &endpoints[i];
        const char *star = strchr(e->route.path, '*');

        for (k = 0; k < (e->asks ? questions_n : 1); k++) {
            list[*n] = e->route;
            if (e->asks)
                list[*n].path =
                    arena_printf(mem, "%.*s%s%s", (int)(star - e->route.path),
                                 e->route.path, questions[k]->name, star + 1);
            ++*n;
        }
    }
    *out = list;
}

/* -- roles -------------------------------------------------------------- */

static bool has_files(const struct shape *shape, enum role role, bool writes)
{
    size_t t, f;

    for (t = 0; t < shape->types_n; t++)
        for (f = 0; f < shape->types[t].fields_n; f++) {
            const struct shape_type *type = &shape->types[t];

            if (type->fields[f].kind == FIELD_ATTACHMENT &&
                type->fields[f].see >> role & 1U &&
                (writes ? type->write : type->see) >> role & 1U)
                return true;
        }
    return false;
}

bool endpoint_may(const struct endpoint *e, const struct shape *shape,
                  enum role role)
{
    switch (e->roles) {
    case ROLES_ALL: return true;
    case ROLES_READING: return serve_reads(role);
    case ROLES_LEAD: return role == ROLE_LEAD;
    case ROLES_SEE_FILES:
        return serve_reads(role) && has_files(shape, role, false);
    case ROLES_WRITE_FILES:
        return serve_reads(role) && has_files(shape, role, true);
    case ROLES_ASK: return access_key_role(role);
    case ROLES_PAGES: return passkey_role(role);
    }
    return false;
}

/* -- the gate ----------------------------------------------------------- */

static enum rc both(struct server *srv, struct httpd_request *r,
                    struct visit *v, struct err *err)
{
    struct store *s = server_store(srv, r);
    struct device by_token;
    enum rc rc = auth_token(srv->auth, s, r, v->now_ms, &by_token, err);

    if (rc == RC_OK)
        rc = limits_device(srv, r, by_token.caller.device, err);
    if (rc == RC_OK)
        rc =
            auth_signed(srv->auth, s, r, v->now_ms, &v->device, &v->proof, err);
    if (rc == RC_OK && v->device.caller.device != by_token.caller.device)
        rc = err_set(err, RC_AUTH, "session and signature are of two devices");
    return rc;
}

static enum rc known_or_withdrawn(struct server *srv, struct httpd_request *r,
                                  struct visit *v, struct err *err)
{
    enum rc rc = auth_who(srv->auth, server_store(srv, r), r, v->now_ms,
                          &v->device, &v->proof, err);

    if (rc == RC_OK && v->device.revoked_ms == 0)
        rc = device_may(&v->device, v->now_ms, err);
    return rc;
}

/* The session of a browser; its passkey is looked up for every call, so who was
 * withdrawn a second ago is out. */
static enum rc who_sits(struct server *srv, struct httpd_request *r,
                        struct visit *v, struct err *err)
{
    uint64_t began_ms = 0;
    uint32_t number = 0;
    struct passkey p;
    enum rc rc =
        browser_who(srv->browsers, r, v->now_ms, srv->conf.session_idle_s,
                    srv->conf.session_s, &number, &began_ms, err);

    if (rc == RC_OK)
        rc =
            passkey_load(server_store(srv, r), number, httpd_arena(r), &p, err);
    if (rc == RC_OK)
        rc = passkey_may(&p, v->now_ms, err);
    if (rc == RC_OK && began_ms <= p.since_ms) /* the same ms counts */
        rc = err_set(err, RC_AUTH, MSG("you are not signed in, or no longer"));
    if (rc == RC_NOTFOUND)
        rc = err_set(err, RC_AUTH, MSG("you are not signed in, or no longer"));
    if (rc == RC_OK)
        visit_passkey(v, &p);
    return rc;
}

/* What a page reads with an address: never for a page of another site. */
static enum rc sits_and_reads(struct server *srv, struct httpd_request *r,
                              struct visit *v, struct err *err)
{
    enum rc rc = browser_ours(r, "", false, err);

    return rc == RC_OK ? who_sits(srv, r, v, err) : rc;
}

void visit_passkey(struct visit *v, const struct passkey *p)
{
    v->passkey = p->number;
    v->device = (struct device){
        .caller = p->caller, .user = p->user, .ends_ms = p->ends_ms};
}

/* What comes from somebody else's page is looked at no further. */
static enum rc from_ours(struct server *srv, struct httpd_request *r,
                         const struct visit *v, struct err *err)
{
    const char *origin, *site;
    enum rc rc;

    if (!v->endpoint->ours)
        return RC_OK;
    rc = browser_place(srv->conf.url, r, &origin, &site, err);
    return rc == RC_OK ? browser_ours(r, origin, true, err) : rc;
}

static enum rc who_calls(struct server *srv, struct httpd_request *r,
                         struct visit *v, struct err *err)
{
    struct store *s = server_store(srv, r);

    switch (v->endpoint->need) {
    case NEED_NOTHING:
    case NEED_CODE: /* read from the body, by the handler */
    case NEED_PASSKEY: return RC_OK;
    case NEED_SESSION: return who_sits(srv, r, v, err);
    case NEED_SIGNATURE:
        return v->endpoint->withdrawn ? known_or_withdrawn(srv, r, v, err)
                                      : auth_signed(srv->auth, s, r, v->now_ms,
                                                    &v->device, &v->proof, err);
    case NEED_EITHER:
        return auth_signed_either(srv->auth, s, r, v->now_ms, &v->device,
                                  &v->proof, &v->by_next, err);
    case NEED_TOKEN:
        return auth_token(srv->auth, s, r, v->now_ms, &v->device, err);
    case NEED_BOTH: return both(srv, r, v, err);
    case NEED_ANALYST:
        if (!v->shows_key && browser_shown(r))
            return sits_and_reads(srv, r, v, err);
        if (httpd_header_in(r, "authorization") == NULL)
            return err_set(err, RC_AUTH,
                           "this call needs an access key, as user name and"
                           " password or as a bearer token; the administrator"
                           " makes one (`stoepd access-key`)");
        return v->shows_key
                   ? access_key_who(s, r, v->now_ms, &v->device, &v->key, err)
                   : auth_token(srv->auth, s, r, v->now_ms, &v->device, err);
    }
    return err_set(err, RC_AUTH, "this call needs a session");
}

static enum rc take_area(struct httpd_request *r, struct visit *v,
                         struct err *err)
{
    bool query = v->endpoint->area == AREA_IN_QUERY;
    const char *text = query ? httpd_query(r, "area") : httpd_segment(r, 0);
    uint64_t area;

    if (v->endpoint->area == AREA_NOT_NAMED)
        return RC_OK;
    if (text == NULL || !text_take_u64(bytes_of(text), UINT32_MAX, &area))
        return err_set(err, RC_INVALID,
                       query ? "the query lacks area=NUMBER"
                             : "an area is a number");
    v->area = (uint32_t)area;
    if (caller_has_area(&v->device.caller, v->area))
        return RC_OK;
    return err_set(err, RC_DENIED, "this device has no rights in area %u",
                   (unsigned)v->area);
}

enum rc endpoint_enter(struct server *srv, struct httpd_request *r,
                       enum endpoint_id id, struct visit *out, struct err *err)
{
    enum rc rc;

    *out =
        (struct visit){.endpoint = &endpoints[id], .now_ms = clock_wall_ms()};
    out->shows_key = out->endpoint->need == NEED_ANALYST && access_key_shown(r);
    rc = limits_address(srv, r, out, err);
    if (rc == RC_OK)
        rc = from_ours(srv, r, out, err);
    if (rc != RC_OK)
        return rc;
    rc = who_calls(srv, r, out, err);
    if (rc == RC_AUTH && out->device.caller.device == 0 && err->reason == NULL)
        limits_failed(srv, r, out);
    if (rc == RC_OK && out->device.caller.device != 0 &&
        out->endpoint->need != NEED_BOTH)
        rc = limits_device(srv, r, out->device.caller.device, err);
    if (rc == RC_OK && out->key != 0)
        rc = limits_key(srv, r, out->key, err);
    if (rc == RC_OK && out->passkey != 0)
        rc = limits_passkey(srv, r, out->passkey, err);
    if (rc == RC_OK && !endpoint_may(out->endpoint, server_store(srv, r)->shape,
                                     out->device.caller.role))
        rc = err_set(err, RC_DENIED, "this call is not for the role of %s",
                     role_word(out->device.caller.role));
    return rc == RC_OK ? take_area(r, out, err) : rc;
}

/* -- the access log ----------------------------------------------------- */

struct access_line visit_line(const struct visit *v, struct httpd_request *r)
{
    uint32_t device = v->device.caller.device;

    return (struct access_line){.act = v->endpoint->act,
                                .user = v->device.user,
                                .role = device == 0 && v->key == 0 &&
                                                v->passkey == 0
                                            ? NULL
                                            : role_word(v->device.caller.role),
                                .device = device,
                                .key = v->key,
                                .passkey = v->passkey,
                                .claims = device == 0 ? auth_claimed(r) : 0,
                                .from = httpd_remote(r),
                                .area = v->area};
}

void visit_refuse(struct server *srv, struct httpd_request *r,
                  const struct visit *v, const struct err *err)
{
    struct access_line line = visit_line(v, r);

    line.rc = err->code;
    /* A page of ours asks for a passkey; no browser is to ask for a password.
     */
    if (v->endpoint->need == NEED_ANALYST && err->code == RC_AUTH &&
        httpd_header_in(r, "sec-fetch-site") == NULL)
        httpd_header(r, "WWW-Authenticate",
                     "Basic realm=\"stoep\", charset=\"UTF-8\"");
    if (line.device == 0 && line.key == 0 && line.passkey == 0)
        access_stranger(srv->access, &line);
    else
        access_try(srv->access, &line);
    if (v->endpoint->odata)
        server_problem_odata(r, err);
    else
        server_problem(r, err);
}
