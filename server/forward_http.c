#include "server/forward_http.h"

#include <curl/curl.h>

enum { PATIENCE_S = 30 };

static size_t take(char *p, size_t one, size_t n, void *arg)
{
    buf_put(arg, p, one * n);
    return one * n;
}

static enum rc send_it(CURL *c, const struct forward_post *p, long *status,
                       struct buf *answer, struct err *err)
{
    struct arena mem = {0};
    struct curl_slist *h = NULL;
    CURLcode code;

    h = curl_slist_append(h, arena_printf(&mem, "Content-Type: %s", p->type));
    h = curl_slist_append(
        h, arena_printf(&mem, "Idempotency-Key: %s", p->idempotency));
    h = curl_slist_append(h, "Accept: application/json");
    h = curl_slist_append(h, "Expect:");
    curl_easy_setopt(c, CURLOPT_URL, p->url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, h);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, (const char *)p->body.p);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)p->body.n);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)PATIENCE_S);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, (void *)answer);
    code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(h);
    arena_free(&mem);
    if (code == CURLE_OK)
        return RC_OK;
    return err_set(err, RC_NETWORK, "the receiver was not reached: %s",
                   curl_easy_strerror(code));
}

static enum rc post(void *ctx, const struct forward_post *p, long *status,
                    struct buf *answer, struct err *err)
{
    CURL *c = curl_easy_init();
    enum rc rc;

    (void)ctx;
    if (c == NULL)
        return err_set(err, RC_NETWORK, "libcurl does not start");
    rc = send_it(c, p, status, answer, err);
    curl_easy_cleanup(c);
    return rc;
}

struct forward_way forward_http(void)
{
    return (struct forward_way){NULL, post};
}
