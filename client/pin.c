#include "client/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sync/base/mem.h"
#include "sync/base/text.h"
#include "sync/sys/secret.h"

enum { ROOM = VAULT_PIN_BYTES_MAX + 2 };

bool pin_from_person(const struct pin_source *s)
{
    const char *env = getenv("STOEP_PIN_FD");

    return !s->given && s->file == NULL && (env == NULL || env[0] == '\0');
}

/* A line without its end; what is too long is cut, and then refused. */
static bool read_line(int fd, char *out)
{
    size_t n = 0;
    ssize_t got;
    char c = '\0';

    while ((got = read(fd, &c, 1)) == 1 || (got < 0 && errno == EINTR))
        if (got == 1) {
            if (c == '\n')
                break;
            if (n + 1 < ROOM)
                out[n++] = c;
        }
    out[n] = '\0';
    return n > 0 || (got == 1 && c == '\n');
}

static enum rc ask_person(enum lang lang, const char *question, char *out,
                          struct err *err)
{
    struct termios before, quiet;
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    bool well;

    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0)
            close(fd);
        return err_set(err, RC_AUTH, "%s",
                       msg(lang, "this store is locked, and there is nobody to"
                                 " ask for its PIN: give --pin-file"));
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    tcsetattr(fd, TCSAFLUSH, &quiet);
    dprintf(fd, "%s: ", question);
    well = read_line(fd, out);
    dprintf(fd, "\n");
    tcsetattr(fd, TCSAFLUSH, &before);
    close(fd);
    return well ? RC_OK
                : err_set(err, RC_AUTH, "%s",
                          msg(lang, "this store is locked: its PIN, please"));
}

static enum rc open_source(struct pin_source *s, struct err *err)
{
    const char *env = getenv("STOEP_PIN_FD");
    uint64_t fd;

    if (s->file != NULL) {
        s->fd = open(s->file, O_RDONLY | O_CLOEXEC);
        return s->fd >= 0 ? RC_OK
                          : err_set(err, RC_NOTFOUND, "%s: %s", s->file,
                                    msg(s->lang, "cannot be read"));
    }
    if (!text_take_u64(bytes_of(env), 1024, &fd))
        return err_set(err, RC_INVALID, "STOEP_PIN_FD: %s",
                       msg(s->lang, "this is no number"));
    s->fd = (int)fd;
    return RC_OK;
}

static enum rc take_given(const struct pin_source *s, char *out,
                          struct err *err)
{
    if (s->pin == NULL)
        return err_set(err, RC_AUTH, "%s",
                       msg(s->lang, "this store is locked: its PIN, please"));
    snprintf(out, ROOM, "%s", s->pin);
    return RC_OK;
}

enum rc pin_ask(struct pin_source *s, const char *question, char out[ROOM],
                struct err *err)
{
    enum rc rc = RC_OK;

    secret_hold(out, ROOM);
    if (s->given)
        return take_given(s, out, err);
    if (pin_from_person(s))
        return ask_person(s->lang, question, out, err);
    if (s->fd < 0)
        rc = open_source(s, err);
    if (rc == RC_OK && !read_line(s->fd, out))
        rc = err_set(err, RC_AUTH, "%s",
                     msg(s->lang, "a PIN was to be read and there was none"));
    return rc;
}

enum rc pin_ask_new(struct pin_source *s, char out[ROOM], struct err *err)
{
    char again[ROOM];
    enum rc rc = pin_ask(s, msg(s->lang, "New PIN"), out, err);

    if (rc != RC_OK || !pin_from_person(s))
        return rc;
    rc = pin_ask(s, msg(s->lang, "The same again"), again, err);
    if (rc == RC_OK && strcmp(out, again) != 0)
        rc = err_set(err, RC_INVALID, "%s",
                     msg(s->lang, "these are not the same"));
    secret_drop(again, sizeof again);
    return rc;
}

void pin_source_close(struct pin_source *s)
{
    if (s->fd >= 0 && s->file != NULL)
        close(s->fd);
    s->fd = -1;
}
