#include "client/wipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/unlock.h"
#include "sync/base/msg.h"
#include "sync/base/text.h"
#include "sync/sys/file.h"

enum { PATH_BYTES = 1024, NOTE_BYTES_MAX = 4096, LINES = 4 };

static const char mark[] = "This device was withdrawn and emptied.\n";

static const char *path_in(const char *dir, const char *name, char *out)
{
    snprintf(out, PATH_BYTES, "%s/%s", dir, name);
    return out;
}

/* What cannot be read is no order to destroy anything. */
static bool is_there(const char *dir, const char *name)
{
    char path[PATH_BYTES];
    struct buf b = {0};
    enum rc rc = file_read(path_in(dir, name, path), NOTE_BYTES_MAX, &b, NULL);

    if (b.p != NULL)
        mem_wipe(b.p, b.cap);
    buf_free(&b);
    return rc == RC_OK;
}

enum wipe_state wipe_state(const char *dir)
{
    if (is_there(dir, "wipe"))
        return WIPE_BEGUN;
    return is_there(dir, "wiped") && !is_there(dir, "vault") ? WIPE_DONE
                                                             : WIPE_NONE;
}

/* -- the note: four lines, then the key as PEM -------------------------- */

static enum rc put_note(const char *dir, const struct wipe_order *o,
                        struct err *err)
{
    struct buf b = buf_make(NOTE_BYTES_MAX);
    char path[PATH_BYTES];
    enum rc rc;

    buf_printf(&b, "%s\n", o->url);
    text_put_hex(&b, (struct bytes){o->pin, sizeof o->pin});
    if (o->has_next)
        text_put_hex(&b, (struct bytes){o->next, sizeof o->next});
    buf_printf(&b, "\n%" PRIu32 "\n%" PRIu64 "\n", o->device, o->lost);
    sign_key_write(o->key, &b);
    rc = b.full ? err_set(err, RC_LIMIT, "the address of the server is long")
                : file_replace(path_in(dir, "wipe", path), buf_view(&b), 0600,
                               err);
    mem_wipe(b.p, b.cap);
    buf_free(&b);
    return rc;
}

/* Cut `text` into lines; what follows them is returned, NULL: too few. */
static char *cut_lines(char *text, const char *lines[LINES])
{
    size_t i;

    for (i = 0; i < LINES && text != NULL; i++) {
        lines[i] = text;
        text = strchr(text, '\n');
        if (text != NULL)
            *text++ = '\0';
    }
    return text;
}

static bool read_pins(const char *hex, struct wipe_order *o)
{
    size_t digits = 2 * sizeof o->pin, n = strlen(hex);

    o->has_next = n > digits;
    if (o->has_next &&
        !text_take_hex(bytes_of(hex + digits), o->next, sizeof o->next))
        return false;
    return n >= digits &&
           text_take_hex((struct bytes){(const uint8_t *)hex, digits}, o->pin,
                         sizeof o->pin);
}

static enum rc read_note(char *text, struct wipe_order *o, struct err *err)
{
    const char *lines[LINES] = {"", "", "", ""};
    char *pem = cut_lines(text, lines);
    uint64_t device = 0;
    enum rc rc;

    if (pem == NULL || !read_pins(lines[1], o) ||
        !text_take_u64(bytes_of(lines[2]), UINT32_MAX, &device) ||
        !text_take_u64(bytes_of(lines[3]), INT64_MAX, &o->lost))
        return err_set(err, RC_CORRUPT, "the note of the wipe is damaged");
    o->url = lines[0];
    o->device = (uint32_t)device;
    rc = sign_key_read(bytes_of(pem), &o->key, err);
    mem_wipe(pem, strlen(pem));
    return rc;
}

enum rc wipe_load(const char *dir, struct arena *mem, struct wipe_order *out,
                  struct err *err)
{
    struct wipe_order o = {0};
    char path[PATH_BYTES], *text;
    struct buf b;
    enum rc rc = file_read(path_in(dir, "wipe", path), NOTE_BYTES_MAX, &b, err);

    if (rc != RC_OK)
        return rc;
    text = arena_text(mem, buf_text(&b), b.n);
    mem_wipe(b.p, b.cap);
    buf_free(&b);
    rc = read_note(text, &o, err);
    if (rc == RC_OK)
        *out = o;
    return rc;
}

/* -- destroying --------------------------------------------------------- */

static bool named(const char *path, const char *prefix)
{
    return strncmp(strrchr(path, '/') + 1, prefix, strlen(prefix)) == 0;
}

/* Files of the folder whose names begin so, and what a crash left of them. */
static enum rc destroy(const char *dir, const char *prefix,
                       enum rc (*how)(const char *path, struct err *err),
                       struct err *err)
{
    struct arena mem = {0};
    char **list;
    size_t n, i;
    enum rc rc = file_list(dir, "", &mem, &list, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (named(list[i], prefix))
            rc = how(list[i], err);
    arena_free(&mem);
    return rc;
}

enum rc wipe_destroy(const char *dir, struct err *err)
{
    enum rc rc;

    unlock_forget(dir);
    rc = destroy(dir, "vault", file_shred, err);
    if (rc == RC_OK)
        rc = destroy(dir, "stoep.db", file_remove, err);
    if (rc == RC_OK)
        rc = destroy(dir, "sync.lock", file_remove, err);
    if (rc == RC_OK)
        rc = destroy(dir, "store.lock", file_remove, err);
    if (rc != RC_OK)
        err_wrap(err, rc,
                 "this device was withdrawn and is not empty yet; run"
                 " `stoep sync` again");
    return rc;
}

enum rc wipe_begin(const char *dir, const struct wipe_order *o, struct err *err)
{
    bool noted = put_note(dir, o, err) == RC_OK;
    enum rc rc = wipe_destroy(dir, err);

    if (rc == RC_OK && !noted) /* there is room now */
        rc = put_note(dir, o, err);
    return rc;
}

/* -- the end ------------------------------------------------------------ */

enum rc wipe_end(const char *dir, struct err *err)
{
    char path[PATH_BYTES];
    enum rc rc =
        file_replace(path_in(dir, "wiped", path), bytes_of(mark), 0600, err);

    if (rc == RC_OK)
        rc = destroy(dir, "wipe.", file_shred, err);
    return rc == RC_OK ? file_shred(path_in(dir, "wipe", path), err) : rc;
}

enum rc wipe_confirm(const char *dir,
                     enum rc (*say)(void *ctx, const struct wipe_order *o,
                                    struct err *err),
                     void *ctx, struct err *err)
{
    struct wipe_order o = {0};
    struct arena mem = {0};
    enum rc rc = wipe_load(dir, &mem, &o, err);

    if (rc == RC_OK)
        rc = say(ctx, &o, err);
    else if (rc == RC_CORRUPT) /* overwritten in part: it was confirmed */
        rc = RC_OK;
    sign_key_free(o.key);
    arena_free(&mem);
    return rc == RC_OK ? wipe_end(dir, err) : rc;
}

enum rc wipe_forget(const char *dir, struct err *err)
{
    char path[PATH_BYTES];

    return file_remove(path_in(dir, "wiped", path), err);
}

enum rc wipe_told(bool server_knows, struct err *err)
{
    enum rc rc = err_set(
        err, RC_DENIED, "%s",
        server_knows
            ? MSG("your organisation has withdrawn this device: everything that"
                  " Stoep kept here has been destroyed, also what was not"
                  " handed in. Ask your team lead; with a new code `stoep"
                  " enrol` starts afresh")
            : MSG("your organisation has withdrawn this device: everything that"
                  " Stoep kept here has been destroyed, also what was not"
                  " handed in. The server does not know yet: run `stoep sync`"
                  " where there is a network"));

    if (err != NULL)
        err->reason = "wiped";
    return rc;
}
