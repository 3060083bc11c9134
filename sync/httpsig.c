#include "sync/httpsig.h"

#include <inttypes.h>
#include <string.h>

#include "sync/base/text.h"

#define COMPONENTS "(\"@method\" \"@authority\" \"@path\" \"content-digest\")"
#define ALG        "ecdsa-p256-sha256"

/* -- writing ------------------------------------------------------------ */

static void put_view(struct buf *out, struct bytes b)
{
    buf_put(out, b.p, b.n);
}

static void put_line(struct buf *out, const char *name, struct bytes value)
{
    buf_printf(out, "\"%s\": ", name);
    put_view(out, value);
    buf_puts(out, "\n");
}

/* The list of components with its parameters: the end of the base and the
 * value of the header are this same text. */
static void put_params(struct buf *out, const struct httpsig_params *p)
{
    buf_printf(out, COMPONENTS ";created=%" PRIu64 ";nonce=\"", p->created_s);
    put_view(out, p->nonce);
    buf_puts(out, "\";keyid=\"");
    put_view(out, p->keyid);
    buf_puts(out, "\";alg=\"" ALG "\"");
}

void httpsig_base(struct buf *out, const struct httpsig_request *r,
                  const struct httpsig_params *p)
{
    put_line(out, "@method", r->method);
    put_line(out, "@authority", r->authority);
    put_line(out, "@path", r->path);
    put_line(out, "content-digest", r->digest);
    buf_puts(out, "\"@signature-params\": ");
    put_params(out, p);
}

void httpsig_put_input(struct buf *out, const struct httpsig_params *p)
{
    buf_puts(out, "sig=");
    put_params(out, p);
}

void httpsig_put_signature(struct buf *out, const uint8_t sig[HTTPSIG_BYTES])
{
    buf_puts(out, "sig=:");
    text_put_base64(out, (struct bytes){sig, HTTPSIG_BYTES});
    buf_puts(out, ":");
}

void httpsig_put_digest(struct buf *out,
                        const uint8_t sha256[HTTPSIG_DIGEST_BYTES])
{
    buf_puts(out, "sha-256=:");
    text_put_base64(out, (struct bytes){sha256, HTTPSIG_DIGEST_BYTES});
    buf_puts(out, ":");
}

/* -- reading ------------------------------------------------------------ */

static bool skip(struct bytes *in, const char *literal)
{
    size_t n = strlen(literal);

    if (in->n < n || memcmp(in->p, literal, n) != 0)
        return false;
    in->p += n;
    in->n -= n;
    return true;
}

/* Up to the next quote, which is skipped. */
static bool quoted(struct bytes *in, size_t max, struct bytes *out)
{
    size_t i;

    for (i = 0; i < in->n && i <= max; i++) {
        uint8_t c = in->p[i];

        if (c == '"') {
            *out = (struct bytes){in->p, i};
            in->p += i + 1;
            in->n -= i + 1;
            return i > 0;
        }
        if (c < 0x20 || c > 0x7e || c == '\\')
            return false;
    }
    return false;
}

/* The digits of a number, up to the ';' that stays. */
static bool take_number(struct bytes *in, uint64_t *out)
{
    size_t n = 0;

    while (n < in->n && in->p[n] >= '0' && in->p[n] <= '9')
        n++;
    if (!text_take_u64((struct bytes){in->p, n}, INT64_MAX, out))
        return false;
    in->p += n;
    in->n -= n;
    return true;
}

enum rc httpsig_take_input(struct bytes value, struct httpsig_params *out,
                           struct err *err)
{
    struct httpsig_params p = {0};

    if (value.n > HTTPSIG_HEADER_CHARS_MAX)
        return err_set(err, RC_AUTH, "Signature-Input is too long");
    if (!skip(&value, "sig="))
        return err_set(err, RC_AUTH, "Signature-Input has no label sig");
    if (!skip(&value, COMPONENTS))
        return err_set(err, RC_AUTH, "Signature-Input must cover exactly %s",
                       COMPONENTS);
    if (!skip(&value, ";created=") || !take_number(&value, &p.created_s))
        return err_set(err, RC_AUTH, "Signature-Input lacks created");
    if (!skip(&value, ";nonce=\"") ||
        !quoted(&value, HTTPSIG_NONCE_CHARS_MAX, &p.nonce))
        return err_set(err, RC_AUTH, "Signature-Input lacks a lawful nonce");
    if (!skip(&value, ";keyid=\"") ||
        !quoted(&value, HTTPSIG_KEYID_CHARS_MAX, &p.keyid))
        return err_set(err, RC_AUTH, "Signature-Input lacks a lawful keyid");
    if (!skip(&value, ";alg=\"" ALG "\"") || value.n != 0)
        return err_set(err, RC_AUTH, "Signature-Input must end in alg=\"%s\"",
                       ALG);
    *out = p;
    return RC_OK;
}

/* `prefix`:BASE64: of exactly n bytes. */
static bool take_bytes(struct bytes value, const char *prefix, uint8_t *out,
                       size_t n)
{
    struct buf b = buf_make(n);
    bool ok;

    if (value.n > HTTPSIG_HEADER_CHARS_MAX || !skip(&value, prefix) ||
        value.n == 0 || value.p[value.n - 1] != ':')
        return false;
    value.n--;
    ok = text_take_base64(value, &b) && b.n == n;
    if (ok)
        memcpy(out, b.p, n);
    buf_free(&b);
    return ok;
}

enum rc httpsig_take_signature(struct bytes value, uint8_t out[HTTPSIG_BYTES],
                               struct err *err)
{
    if (take_bytes(value, "sig=:", out, HTTPSIG_BYTES))
        return RC_OK;
    return err_set(err, RC_AUTH, "Signature must be sig=:BASE64: of %d bytes",
                   HTTPSIG_BYTES);
}

enum rc httpsig_take_digest(struct bytes value,
                            uint8_t out[HTTPSIG_DIGEST_BYTES], struct err *err)
{
    if (take_bytes(value, "sha-256=:", out, HTTPSIG_DIGEST_BYTES))
        return RC_OK;
    return err_set(err, RC_AUTH,
                   "Content-Digest must be sha-256=:BASE64: of %d bytes",
                   HTTPSIG_DIGEST_BYTES);
}
