#include "sync/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word, *text;
    bool retry;
} rcs[] = {
#define X(name, word, text, retry) [RC_##name] = {word, text, retry},
    RC_LIST(X)
#undef X
};

/* A text that filled its buffer may end in half a character: drop that. */
static void cut_at_character(char *s, size_t cap)
{
    size_t n = strlen(s), start = n;
    unsigned char lead;
    size_t want;

    if (n + 1 < cap)
        return;
    while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    lead = (unsigned char)s[start - 1];
    want = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (n - (start - 1) < want)
        s[start - 1] = '\0';
}

enum rc err_set(struct err *err, enum rc code, const char *fmt, ...)
{
    va_list ap;

    assert(code != RC_OK);
    if (err == NULL)
        return code;
    err->code = code;
    err->reason = NULL;
    err->wait_ms = 0;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    cut_at_character(err->text, sizeof err->text);
    return code;
}

enum rc err_wrap(struct err *err, enum rc code, const char *fmt, ...)
{
    struct err inner;
    va_list ap;
    size_t n;

    assert(code != RC_OK);
    if (err == NULL)
        return code;
    inner = *err;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", inner.text);
    cut_at_character(err->text, sizeof err->text);
    return code;
}

const char *rc_word(enum rc code)
{
    assert(code < countof(rcs));
    return rcs[code].word;
}

enum rc rc_of_word(const char *word)
{
    size_t i;

    for (i = 0; i < countof(rcs); i++)
        if (strcmp(rcs[i].word, word) == 0)
            return (enum rc)i;
    return RC_OK;
}

const char *rc_text(enum rc code)
{
    assert(code < countof(rcs));
    return rcs[code].text;
}

bool rc_retryable(enum rc code)
{
    assert(code < countof(rcs));
    return rcs[code].retry;
}
