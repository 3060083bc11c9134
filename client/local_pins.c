#include "client/local_pins.h"

#include <string.h>

#include "sync/base/text.h"

/* *n: 32, or 0 if there is none. */
static enum rc get(struct local *l, const char *key, uint8_t out[32], size_t *n,
                   struct err *err)
{
    struct arena mem = {0};
    const char *hex;
    enum rc rc = local_get(l, key, &mem, &hex, err);

    *n = 0;
    if (rc == RC_OK && hex[0] != '\0') {
        *n = 32;
        if (!text_take_hex(bytes_of(hex), out, 32))
            rc = err_set(err, RC_CORRUPT, "the store has a damaged %s", key);
    }
    arena_free(&mem);
    return rc;
}

static enum rc put(struct local *l, const char *key, struct bytes pin,
                   struct err *err)
{
    struct buf hex = buf_make(2 * 32);
    enum rc rc;

    text_put_hex(&hex, pin);
    rc = local_put(l, key, buf_text(&hex), err);
    buf_free(&hex);
    return rc;
}

enum rc pins_read(struct local *l, struct server_pins *out, struct err *err)
{
    struct server_pins p = {.has_next = false};
    size_t n, next = 0;
    enum rc rc = get(l, "pin", p.now, &n, err);

    if (rc == RC_OK && n == 0)
        rc = err_set(err, RC_CORRUPT,
                     "the store has lost the pin of its server; enrol anew");
    if (rc == RC_OK)
        rc = get(l, "pin_next", p.next, &next, err);
    p.has_next = next > 0;
    if (rc == RC_OK)
        *out = p;
    return rc;
}

enum rc pins_enrolled(struct local *l, const uint8_t pin[32], struct err *err)
{
    enum rc rc = put(l, "pin", (struct bytes){pin, 32}, err);

    return rc == RC_OK ? put(l, "pin_next", (struct bytes){0}, err) : rc;
}

enum rc pins_welcome(struct local *l, const struct welcome *w, struct err *err)
{
    uint8_t next[32];
    struct bytes had = {next, 0};
    enum rc rc = get(l, "pin_next", next, &had.n, err);

    if (rc == RC_OK && had.n > 0 && bytes_eq(w->pin, had))
        rc = put(l, "pin", had, err);
    if (rc == RC_OK && !bytes_eq(w->next, had))
        rc = put(l, "pin_next", w->next, err);
    return rc;
}

enum rc pins_told(struct local *l, struct session_self *out, struct err *err)
{
    return get(l, "pin_next", out->next, &out->next_n, err);
}
