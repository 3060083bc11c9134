#include "sync/reach.h"

#include <string.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool reach_is_phone(struct bytes b)
{
    size_t i;

    if (b.n < 1 + 8 || b.n > 1 + 15 || b.p[0] != '+' || b.p[1] == '0')
        return false;
    for (i = 1; i < b.n; i++)
        if (!is_digit(b.p[i]))
            return false;
    return true;
}

struct bytes reach_phone(struct bytes typed, struct arena *mem)
{
    struct buf b = buf_make(typed.n + 8);
    struct bytes digits, out;
    size_t i, n = 0;
    uint8_t *p = arena_new(mem, typed.n);

    for (i = 0; i < typed.n; i++) {
        if (typed.n - i >= 3 && memcmp(typed.p + i, "(0)", 3) == 0)
            i += 2;
        else if (strchr(" -.()/", typed.p[i]) == NULL)
            p[n++] = typed.p[i];
    }
    digits = (struct bytes){p, n};
    if (n > 2 && p[0] == '0' && p[1] == '0') {
        buf_puts(&b, "+");
        digits = (struct bytes){p + 2, n - 2};
    } else if (n == 10 && p[0] == '0') {
        buf_puts(&b, "+31");
        digits = (struct bytes){p + 1, n - 1};
    }
    buf_put(&b, digits.p, digits.n);
    out = reach_is_phone(buf_view(&b)) ? arena_bytes(mem, buf_view(&b)) : typed;
    buf_free(&b);
    return out;
}

/* Parts with single dots between, each character one that `also` names, a
 * letter or a digit. */
static bool is_dotted(struct bytes b, const char *also, size_t *dots)
{
    size_t i;
    bool dot = true;

    *dots = 0;
    for (i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (c == '.' && dot)
            return false;
        dot = c == '.';
        *dots += dot;
        if (!dot && !letter && !is_digit(c) &&
            (c == '\0' || strchr(also, c) == NULL))
            return false;
    }
    return !dot;
}

bool reach_is_email(struct bytes b)
{
    const uint8_t *at = b.n > 0 ? memchr(b.p, '@', b.n) : NULL;
    struct bytes local, domain;
    size_t dots = 0, i;

    if (at == NULL || b.n > 254)
        return false;
    local = (struct bytes){b.p, (size_t)(at - b.p)};
    domain = (struct bytes){at + 1, b.n - local.n - 1};
    if (local.n > 64 || !is_dotted(local, "!#$%&'*+-/=?^_`{|}~", &dots) ||
        !is_dotted(domain, "-", &dots) || dots == 0)
        return false;
    for (i = 0; i < domain.n; i++)
        if (domain.p[i] == '-' &&
            (i == 0 || i + 1 == domain.n || domain.p[i - 1] == '.' ||
             domain.p[i + 1] == '.'))
            return false;
    return true;
}
