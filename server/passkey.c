#include "server/passkey.h"

#include <jansson.h>
#include <string.h>

#include "sync/base/msg.h"
#include "sync/base/text.h"

/* -- clientDataJSON ------------------------------------------------------ */

static enum rc take_challenge(const json_t *j, struct arena *mem,
                              struct bytes *out, struct err *err)
{
    const char *text = json_string_value(json_object_get(j, "challenge"));
    struct buf raw = buf_make(PASSKEY_CHALLENGE_BYTES_MAX);
    bool fine = text != NULL && text_take_base64url(bytes_of(text), &raw);

    if (fine)
        *out = arena_bytes(mem, buf_view(&raw));
    buf_free(&raw);
    return fine ? RC_OK
                : err_set(err, RC_AUTH, "the browser names no challenge");
}

static bool says(const json_t *j, const char *key, const char *word)
{
    const char *text = json_string_value(json_object_get(j, key));

    return text != NULL && strcmp(text, word) == 0;
}

enum rc passkey_client(struct bytes client, enum passkey_act act,
                       const char *origin, struct arena *mem,
                       struct bytes *challenge, struct err *err)
{
    static const char *const types[] = {
        [PASSKEY_MAKE] = "webauthn.create", [PASSKEY_USE] = "webauthn.get"};
    json_t *j;
    enum rc rc;

    if (client.n > PASSKEY_CLIENT_BYTES_MAX)
        return err_set(err, RC_LIMIT, "the client data is too long");
    j = json_loadb((const char *)client.p, client.n, JSON_REJECT_DUPLICATES,
                   NULL);
    if (!json_is_object(j))
        rc = err_set(err, RC_INVALID, "the client data is no JSON object");
    else if (!says(j, "type", types[act]))
        rc = err_set(err, RC_AUTH, "a passkey did something else than asked");
    else if (!says(j, "origin", origin) ||
             json_is_true(json_object_get(j, "crossOrigin")) ||
             json_object_get(j, "topOrigin") != NULL)
        rc = err_set(err, RC_AUTH,
                     MSG("the passkey was used on another page than this"
                         " server's"));
    else
        rc = take_challenge(j, mem, challenge, err);
    json_decref(j);
    return rc;
}

/* -- authenticatorData --------------------------------------------------- */

/* rpIdHash 32 | flags 1 | counter 4 | [ AAGUID 16 | length 2 | credential |
 * COSE key ] | [ extensions ] */
enum {
    AT_FLAGS = 32,
    AT_COUNTER = 33,
    AT_REST = 37,
    AAGUID_BYTES = 16,
    FLAG_PRESENT = 0x01,
    FLAG_VERIFIED = 0x04,
    FLAG_MAY_BACK_UP = 0x08,
    FLAG_BACKED_UP = 0x10,
    FLAG_CREDENTIAL = 0x40,
    FLAG_EXTENSIONS = 0x80
};

static enum rc check_head(struct bytes data, const char *site, struct err *err)
{
    struct digest is = digest_of(bytes_of(site)), said;
    unsigned flags;

    if (data.n < AT_REST || data.n > PASSKEY_DATA_BYTES_MAX)
        return err_set(err, RC_INVALID, "the authenticator data is damaged");
    memcpy(said.b, data.p, sizeof said.b);
    flags = data.p[AT_FLAGS];
    if (!digest_eq(&is, &said))
        return err_set(err, RC_AUTH,
                       MSG("the passkey is of another site than this server"));
    if (!(flags & FLAG_PRESENT) || !(flags & FLAG_VERIFIED))
        return err_set(err, RC_AUTH,
                       MSG("the passkey did not ask for a finger, a face or a"
                           " PIN; set one on this device"));
    if ((flags & FLAG_BACKED_UP) && !(flags & FLAG_MAY_BACK_UP))
        return err_set(err, RC_INVALID,
                       "the passkey contradicts itself: a copy of what has no"
                       " copies");
    return RC_OK;
}

static uint32_t counter_of(struct bytes data)
{
    const uint8_t *p = data.p + AT_COUNTER;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* COSE_Key (RFC 9053) of ES256 in the canonical CBOR of CTAP2, which has one
 * form: {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
enum { COORDINATE = 32, COSE_BYTES = 10 + COORDINATE + 3 + COORDINATE };

static enum rc take_key(struct bytes cose, struct sign_public *out,
                        struct err *err)
{
    static const uint8_t head[] = {0xa5, 0x01, 0x02, 0x03, 0x26,
                                   0x20, 0x01, 0x21, 0x58, 0x20},
                         next[] = {0x22, 0x58, 0x20},
                         spki[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
                                   0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                   0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
                                   0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
    uint8_t der[sizeof spki + 2 * COORDINATE];

    if (cose.n < COSE_BYTES || memcmp(cose.p, head, sizeof head) != 0 ||
        memcmp(cose.p + sizeof head + COORDINATE, next, sizeof next) != 0)
        return err_set(err, RC_INVALID,
                       "the passkey has no key on P-256 for ES256");
    memcpy(der, spki, sizeof spki);
    memcpy(der + sizeof spki, cose.p + sizeof head, COORDINATE);
    memcpy(der + sizeof spki + COORDINATE,
           cose.p + sizeof head + COORDINATE + sizeof next, COORDINATE);
    return sign_public_read((struct bytes){der, sizeof der}, out, err);
}

enum rc passkey_made(struct bytes data, const char *site,
                     struct passkey_made *out, struct err *err)
{
    struct passkey_made made = {0};
    struct bytes rest;
    size_t n;
    enum rc rc = check_head(data, site, err);

    if (rc != RC_OK)
        return rc;
    rest = (struct bytes){data.p + AT_REST, data.n - AT_REST};
    if (!(data.p[AT_FLAGS] & FLAG_CREDENTIAL) || rest.n < AAGUID_BYTES + 2)
        return err_set(err, RC_INVALID, "there is no passkey in this");
    n = (size_t)rest.p[AAGUID_BYTES] << 8 | rest.p[AAGUID_BYTES + 1];
    rest.p += AAGUID_BYTES + 2;
    rest.n -= AAGUID_BYTES + 2;
    if (n == 0 || n > PASSKEY_ID_BYTES_MAX || n > rest.n)
        return err_set(err, RC_INVALID, "the name of the passkey is damaged");
    made.credential = (struct bytes){rest.p, n};
    made.counter = counter_of(data);
    rest.p += n;
    rest.n -= n;
    rc = take_key(rest, &made.key, err);
    if (rc == RC_OK && rest.n > COSE_BYTES &&
        !(data.p[AT_FLAGS] & FLAG_EXTENSIONS))
        rc = err_set(err, RC_INVALID, "there is more than a passkey in this");
    if (rc == RC_OK)
        *out = made;
    return rc;
}

enum rc passkey_used(const struct sign_public *key, struct bytes data,
                     struct bytes client, struct bytes signature,
                     const char *site, uint32_t *counter, struct err *err)
{
    struct digest of_client = digest_of(client), what;
    struct digest_run *run;
    enum rc rc = check_head(data, site, err);

    if (rc != RC_OK)
        return rc;
    run = digest_begin();
    digest_add(run, data);
    digest_add(run, digest_bytes(&of_client));
    what = digest_end(run);
    rc = sign_verify_der(key, &what, signature, err);
    if (rc == RC_OK)
        *counter = counter_of(data);
    return rc;
}
