/* key: which key this server has, and changing it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/device_key.h"
#include "server/tls.h"
#include "server/verbs.h"
#include "sync/base/text.h"

struct keys {
    struct server_conf conf;
    uint8_t pin[TLS_PIN_BYTES], next[TLS_PIN_BYTES];
    bool has_next;
    struct store store;
    struct arena mem;
    uint32_t *unheard; /* devices that know nothing of the next key */
    size_t unheard_n;
};

static enum rc read_pins(struct keys *k, struct err *err)
{
    struct tls *tls;
    enum rc rc = tls_open(k->conf.certificate, k->conf.key, &tls, err);

    if (rc != RC_OK)
        return rc;
    tls_pin(tls, k->pin);
    k->has_next = tls_next(tls, k->next);
    tls_close(tls);
    return RC_OK;
}

static enum rc ask_devices(struct keys *k, struct err *err)
{
    if (!k->has_next)
        return RC_OK;
    return device_unheard(&k->store, (struct bytes){k->next, TLS_PIN_BYTES},
                          &k->mem, &k->unheard, &k->unheard_n, err);
}

static void print_pin(const char *what, const uint8_t *pin)
{
    struct buf b = buf_make(64);

    text_put_base64(&b, (struct bytes){pin, TLS_PIN_BYTES});
    printf("%s sha256//%s\n", what, buf_text(&b));
    buf_free(&b);
}

static void print_unheard(const struct keys *k)
{
    size_t i;

    if (k->unheard_n == 0) {
        puts("every device in use knows the next key");
        return;
    }
    fputs("devices that do not know the next key yet:", stdout);
    for (i = 0; i < k->unheard_n; i++)
        printf(" %" PRIu32, k->unheard[i]);
    puts("\na device hears of it at one sync and says so at the next");
    puts("one that missed it refuses this server: enrol it again, with a new"
         " code;\nit keeps its records, and what waits is handed in then");
}

static void print_keys(const struct keys *k)
{
    print_pin("in force:", k->pin);
    if (!k->has_next) {
        puts("no next key");
        return;
    }
    print_pin("next:    ", k->next);
    print_unheard(k);
}

static enum rc rotate(struct keys *k, struct err *err)
{
    enum rc rc = tls_next_make(k->conf.certificate, k->conf.key, err);

    if (rc == RC_OK)
        rc = read_pins(k, err);
    if (rc == RC_OK) {
        print_pin("next:", k->next);
        puts("send the server a SIGHUP: from then on each device hears of it at"
             " its sync");
    }
    return rc;
}

static enum rc finish(struct keys *k, bool yes, struct err *err)
{
    enum rc rc;

    if (k->has_next)
        print_unheard(k);
    if (k->has_next && k->unheard_n > 0 && !yes)
        return err_set(err, RC_DENIED,
                       "nothing was changed; wait for their syncs, or say"
                       " --yes");
    rc = tls_next_finish(k->conf.certificate, k->conf.key, err);
    if (rc == RC_OK)
        rc = read_pins(k, err);
    if (rc == RC_OK) {
        print_pin("in force:", k->pin);
        puts("send the server a SIGHUP: new connections get this key; codes"
             " that were given\nout before do not fit it, make new ones");
    }
    return rc;
}

static enum rc act(struct keys *k, const char *what, bool yes, struct err *err)
{
    enum rc rc = tls_next_mend(k->conf.certificate, k->conf.key, err);

    if (rc == RC_OK)
        rc = read_pins(k, err);
    if (rc == RC_OK)
        rc = ask_devices(k, err);
    if (rc != RC_OK)
        return rc;
    if (strcmp(what, "rotate") == 0)
        return rotate(k, err);
    if (strcmp(what, "finish") == 0)
        return finish(k, yes, err);
    print_keys(k);
    return RC_OK;
}

int verb_key(int argc, char **argv)
{
    const char *rest[2];
    bool yes = false;
    struct option_spec spec[] = {{"yes", NULL, &yes}};
    struct keys k = {.has_next = false};
    int none = 1;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 2, &n) || n == 0 ||
        (n == 2 && strcmp(rest[1], "rotate") != 0 &&
         strcmp(rest[1], "finish") != 0) ||
        (yes && (n != 2 || strcmp(rest[1], "finish") != 0)))
        return verb_usage(argv[0]);
    rc = verb_conf(rest[0], &none, NULL, &k.conf, &err);
    if (rc == RC_OK)
        rc = store_open(rest[0], STORE_READ, NULL, &k.store, &err);
    if (rc == RC_OK) {
        rc = act(&k, n == 2 ? rest[1] : "", yes, &err);
        store_close(&k.store);
        if (n == 2)
            rc = verb_note(rest[0], "key.server", rest[1], rc, &err);
    }
    arena_free(&k.mem);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
