/* endpoint_stage.h - a real server on loopback with one device per role, and
 * requests to it as anybody may make them; answers are kept whole. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "schema/schema.h"
#include "server/attachment.h"
#include "server/regions.h"
#include "server/server.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

/* Stands in every area's attachment, and in no refusal. */
#define SECRET "Een geheim van de Eikenlaan 5001"

/* What browsers call it. */
#define STAGE_URL "https://stoep.test"

enum { OWN = 1, OTHER = 2, WITHDRAWN = 3, AREAS = 3, UNKNOWN = 99 };

struct stage {
    char dir[256], url[64], authority[64];
    const char *regions; /* version of the neighbourhoods */
    struct server *server;
    CURL *curl;
    struct arena mem;
    struct sign_key *key[ROLES_N]; /* of device 1 + role */
    char file[DIGEST_HEX_CHARS + 1];
    unsigned nonce;
};

static inline void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static inline void stage_account(struct store *st, enum role role,
                                 const uint32_t *areas, size_t n,
                                 uint64_t ends_ms, int64_t *account)
{
    struct err err;

    ok(store_account_put(st, role_word(role), role, areas, n, ends_ms, account,
                         &err),
       &err);
}

/* Each has the areas OWN and WITHDRAWN, and then only OWN. */
static inline void stage_enrol(struct stage *s, struct store *st,
                               enum role role)
{
    static const uint32_t areas[] = {OWN, WITHDRAWN};
    struct digest secret = {{(uint8_t)(1 + role)}};
    struct sign_public public;
    struct enrolled e;
    int64_t account;
    struct err err;

    s->key[role] = sign_key_new();
    public = sign_key_public(s->key[role]);
    stage_account(st, role, areas, 2, 0, &account);
    ok(store_code_put(st, &secret, account, 5000, &err), &err);
    ok(store_enrol(st, &secret, &public, "", 1000, &s->mem, &e, &err), &err);
    assert_int_equal(e.device, 1 + role);
    stage_account(st, role, areas, 1, 0, &account);
}

static inline void stage_fill(struct stage *s)
{
    struct digest d = digest_of(bytes_of(SECRET));
    struct attachment a;
    struct store st;
    struct bytes v;
    uint32_t area;
    uint64_t have;
    size_t n;
    int i;
    struct err err;

    digest_hex(&d, s->file);
    ok(store_create(s->dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    for (i = 1; i <= AREAS; i++) {
        ok(store_area_put(&st, arena_printf(&s->mem, "area-%d", i), "", "",
                          &area, &err),
           &err);
        ok(attachment_name(s->dir, area, s->file, &a, &err), &err);
        ok(attachment_put(&a, 0, strlen(SECRET), bytes_of(SECRET), &have, &err),
           &err);
    }
    for (i = 0; i < ROLES_N; i++)
        stage_enrol(s, &st, (enum role)i);
    ok(regions_import_crosswalk(&st, "from,to\n2016BU00090000,2022BU00141500\n",
                                &n, &err),
       &err);
    ok(regions_told_version(&st, &s->mem, &v, &err), &err);
    s->regions = arena_text(&s->mem, (const char *)v.p, v.n);
    store_close(&st);
}

static inline int stage_set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct server_conf conf;
    struct err err;

    log_level_set(LOG_ERROR);
    snprintf(s->dir, sizeof s->dir, "%s/endpoint.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    stage_fill(s);
    conf_defaults(&server_conf_table, &conf);
    snprintf(conf.security_contact, sizeof conf.security_contact,
             "mailto:weak@example.org");
    snprintf(conf.open311_jurisdiction, sizeof conf.open311_jurisdiction,
             "example.org");
    snprintf(conf.listen, sizeof conf.listen, "127.0.0.1:0");
    snprintf(conf.url, sizeof conf.url, "%s", STAGE_URL);
    snprintf(conf.certificate, sizeof conf.certificate, "%.200s/c", s->dir);
    snprintf(conf.key, sizeof conf.key, "%.200s/k", s->dir);
    ok(tls_make(conf.certificate, conf.key, "test", &err), &err);
    ok(server_start(s->dir, &conf, &s->server, &err), &err);
    snprintf(s->authority, sizeof s->authority, "127.0.0.1:%u",
             httpd_port(s->server->httpd));
    snprintf(s->url, sizeof s->url, "https://%s", s->authority);
    s->curl = curl_easy_init();
    *state = s;
    return 0;
}

static inline int stage_tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];
    int i;

    curl_easy_cleanup(s->curl);
    server_stop(s->server);
    for (i = 0; i < ROLES_N; i++)
        sign_key_free(s->key[i]);
    arena_free(&s->mem);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* -- requests ----------------------------------------------------------- */

struct asked {
    enum httpd_method method;
    const char *path; /* with its query */
    const char *token;
    const char *authorization; /* the header, in place of a token's */
    uint32_t signer;           /* a device; 0: nobody */
    struct bytes body;
    bool upload;       /* say where the body goes */
    const char *from;  /* an address of ours; NULL: any */
    bool forged;       /* signed with a key of nobody */
    const char *keyid; /* NULL: that of the signer */
    /* Of a browser; NULL: does not say. */
    const char *cookie, *origin, *fetch_site, *accept;
};

struct answered {
    long status;
    char type[64];
    curl_off_t retry_s; /* Retry-After; 0: none */
    char cookie[128];   /* what a browser is to keep; "": nothing */
    struct buf body;    /* freed by the caller */
};

static inline size_t stage_take(char *p, size_t one, size_t n, void *arg)
{
    buf_put(arg, p, one * n);
    return one * n;
}

static inline struct curl_slist *stage_line(struct curl_slist *list,
                                            const char *name, struct buf *value)
{
    char line[2048];

    snprintf(line, sizeof line, "%s: %s", name, buf_text(value));
    buf_free(value);
    return curl_slist_append(list, line);
}

static inline struct curl_slist *stage_sign(struct stage *s,
                                            const struct asked *a,
                                            struct curl_slist *list)
{
    struct buf digest = buf_make(256), text = buf_make(4096);
    struct buf input = buf_make(1024), value = buf_make(1024);
    struct digest body = digest_of(a->body), base;
    struct httpsig_params p = {
        clock_wall_ms() / 1000,
        bytes_of(arena_printf(&s->mem, "%s%u", auth_salt(s->server->auth),
                              ++s->nonce)),
        bytes_of(a->keyid != NULL ? a->keyid
                                  : arena_printf(&s->mem, "device-%u",
                                                 (unsigned)a->signer))};
    struct httpsig_request r = {
        bytes_of(httpd_method_text(a->method)),
        bytes_of(s->authority),
        (struct bytes){(const uint8_t *)a->path, strcspn(a->path, "?")},
        {0}};
    uint8_t sig[SIGN_BYTES];

    httpsig_put_digest(&digest, body.b);
    r.digest = buf_view(&digest);
    httpsig_base(&text, &r, &p);
    base = digest_of(buf_view(&text));
    sign_make(s->key[a->signer - 1], &base, sig);
    sig[0] ^= a->forged ? 1 : 0;
    httpsig_put_input(&input, &p);
    httpsig_put_signature(&value, sig);
    buf_free(&text);
    list = stage_line(list, "Content-Digest", &digest);
    list = stage_line(list, "Signature-Input", &input);
    return stage_line(list, "Signature", &value);
}

static inline struct curl_slist *stage_browser(struct stage *s,
                                               const struct asked *a,
                                               struct curl_slist *list)
{
    const char *const all[] = {"Cookie",  a->cookie,        "Origin",
                               a->origin, "Sec-Fetch-Site", a->fetch_site,
                               "Accept",  a->accept};
    size_t i;

    for (i = 0; i < countof(all); i += 2)
        if (all[i + 1] != NULL)
            list = curl_slist_append(
                list, arena_printf(&s->mem, "%s: %s", all[i], all[i + 1]));
    return list;
}

static inline struct curl_slist *stage_headers(struct stage *s,
                                               const struct asked *a)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    if (a->token != NULL)
        list = curl_slist_append(
            list, arena_printf(&s->mem, "Authorization: Bearer %s", a->token));
    if (a->authorization != NULL)
        list = curl_slist_append(
            list, arena_printf(&s->mem, "Authorization: %s", a->authorization));
    if (a->upload) {
        list = curl_slist_append(list, "Upload-Offset: 0");
        list = curl_slist_append(
            list, arena_printf(&s->mem, "Upload-Length: %zu", a->body.n));
    }
    list = stage_browser(s, a, list);
    return a->signer == 0 ? list : stage_sign(s, a, list);
}

/* "Set-Cookie: NAME=VALUE; ..." */
static inline size_t stage_take_header(char *p, size_t one, size_t n, void *arg)
{
    static const char name[] = "set-cookie: ";
    struct answered *out = arg;

    if (one * n > sizeof name && strncasecmp(p, name, sizeof name - 1) == 0)
        snprintf(out->cookie, sizeof out->cookie, "%.*s",
                 (int)strcspn(p + sizeof name - 1, ";"), p + sizeof name - 1);
    return one * n;
}

static inline struct answered stage_ask(struct stage *s, const struct asked *a)
{
    struct answered out = {.body = buf_make(1 << 20)};
    struct curl_slist *headers = stage_headers(s, a);
    const char *type = NULL;
    CURLcode code;

    curl_easy_reset(s->curl);
    curl_easy_setopt(s->curl, CURLOPT_URL,
                     arena_printf(&s->mem, "%s%s", s->url, a->path));
    curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
    if (a->from != NULL)
        curl_easy_setopt(s->curl, CURLOPT_INTERFACE, a->from);
    curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, stage_take);
    curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, (void *)&out.body);
    curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, stage_take_header);
    curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, (void *)&out);
    if (a->body.n > 0) {
        curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, (const char *)a->body.p);
        curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE, (long)a->body.n);
    }
    if (a->method == HTTPD_HEAD)
        curl_easy_setopt(s->curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST,
                         httpd_method_text(a->method));
    code = curl_easy_perform(s->curl);
    if (code != CURLE_OK)
        fail_msg("%s %s: %s", httpd_method_text(a->method), a->path,
                 curl_easy_strerror(code));
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &out.status);
    curl_easy_getinfo(s->curl, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(s->curl, CURLINFO_RETRY_AFTER, &out.retry_s);
    snprintf(out.type, sizeof out.type, "%s", type == NULL ? "" : type);
    curl_slist_free_all(headers);
    return out;
}

static inline const char *stage_token(struct stage *s, uint32_t device,
                                      uint64_t now_ms)
{
    struct bytes t = auth_token_make(s->server->auth, device, now_ms, &s->mem);

    return arena_text(&s->mem, (const char *)t.p, t.n);
}
