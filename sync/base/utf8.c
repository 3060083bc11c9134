#include "sync/base/utf8.h"

uint32_t utf8_next(struct bytes text, size_t *at)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const uint8_t *p = text.p + *at;
    size_t left = text.n - *at, more, i;
    uint32_t c = p[0];

    (*at)++;
    if (c < 0x80)
        return c;
    if (c < 0xc2 || c > 0xf4)
        return UTF8_BAD;
    more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if (left <= more)
        return UTF8_BAD;
    c &= 0x3fu >> more;
    for (i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return UTF8_BAD;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return UTF8_BAD;
    *at += more;
    return c;
}

bool utf8_valid(struct bytes text)
{
    size_t at = 0;

    while (at < text.n)
        if (utf8_next(text, &at) == UTF8_BAD)
            return false;
    return true;
}

size_t utf8_chars(struct bytes text)
{
    size_t at = 0, n = 0;

    for (; at < text.n; n++)
        (void)utf8_next(text, &at);
    return n;
}

/* Where capital and small letters stand in pairs, the capital is even in most
 * of Latin Extended-A and odd in the rest of it. */
static bool pair_even(uint32_t c)
{
    return (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) ||
           (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
           (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f) ||
           (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff);
}

static bool pair_odd(uint32_t c)
{
    return (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
}

uint32_t utf8_lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
        (c >= 0x391 && c <= 0x3ab && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if (c == 0x178)
        return 0xff;
    if (c == 0x386)
        return 0x3ac;
    if (c >= 0x388 && c <= 0x38a)
        return c + 37;
    if (c == 0x38c)
        return 0x3cc;
    if (c == 0x38e || c == 0x38f)
        return c + 63;
    if ((pair_even(c) && c % 2 == 0) || (pair_odd(c) && c % 2 == 1))
        return c + 1;
    return c;
}

bool utf8_is_upper(uint32_t c)
{
    return utf8_lower(c) != c;
}

bool utf8_is_lower(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xdf && c <= 0xff && c != 0xf7) ||
           (c >= 0x3ac && c <= 0x3ce) || (c >= 0x430 && c <= 0x45f) ||
           (pair_even(c) && c % 2 == 1) || (pair_odd(c) && c % 2 == 0);
}

bool utf8_same(struct bytes a, struct bytes b)
{
    size_t i = 0, j = 0;

    while (i < a.n && j < b.n) {
        size_t i0 = i, j0 = j;
        uint32_t c = utf8_next(a, &i), d = utf8_next(b, &j);

        if (c == UTF8_BAD || d == UTF8_BAD) {
            if (c != d || a.p[i0] != b.p[j0])
                return false;
        } else if (utf8_lower(c) != utf8_lower(d)) {
            return false;
        }
    }
    return i == a.n && j == b.n;
}
