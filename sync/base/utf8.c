#include "sync/base/utf8.h"

/* How many bytes follow a first byte, and its own bits; 0 bits: no first. */
static unsigned follow(uint8_t b, uint32_t *bits)
{
    if (b >= 0xc2 && b <= 0xdf) {
        *bits = b & 0x1fU;
        return 1;
    }
    if (b >= 0xe0 && b <= 0xef) {
        *bits = b & 0x0fU;
        return 2;
    }
    *bits = b & 0x07U;
    return b >= 0xf0 && b <= 0xf4 ? 3 : 0;
}

uint32_t utf8_next(struct bytes text, size_t *at)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint8_t first = text.p[*at];
    uint32_t c;
    unsigned n, i;

    if (first < 0x80)
        return text.p[(*at)++];
    n = follow(first, &c);
    if (n == 0 || text.n - *at <= n) {
        (*at)++;
        return UTF8_BAD;
    }
    for (i = 1; i <= n; i++) {
        uint8_t b = text.p[*at + i];

        if ((b & 0xc0) != 0x80) {
            (*at)++;
            return UTF8_BAD;
        }
        c = c << 6 | (b & 0x3fU);
    }
    if (c < least[n] || c >= UTF8_BAD || (c >= 0xd800 && c <= 0xdfff)) {
        (*at)++;
        return UTF8_BAD;
    }
    *at += n + 1;
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

static bool between(uint32_t c, uint32_t low, uint32_t high)
{
    return c >= low && c <= high;
}

uint32_t utf8_lower(uint32_t c)
{
    if (between(c, 'A', 'Z') || (between(c, 0xc0, 0xde) && c != 0xd7) ||
        (between(c, 0x391, 0x3ab) && c != 0x3a2) || between(c, 0x410, 0x42f))
        return c + 0x20;
    if (between(c, 0x400, 0x40f))
        return c + 0x50;
    /* Pairs of upper and lower case, upper even or upper odd. */
    if ((between(c, 0x100, 0x137) && c != 0x130) || between(c, 0x14a, 0x177) ||
        between(c, 0x460, 0x481) || between(c, 0x48a, 0x4bf) ||
        between(c, 0x4d0, 0x52f) || between(c, 0x1e00, 0x1e95) ||
        between(c, 0x1ea0, 0x1eff))
        return c | 1;
    if (between(c, 0x139, 0x148) || between(c, 0x179, 0x17e))
        return c % 2 == 1 ? c + 1 : c;
    switch (c) {
    case 0x130: return 'i';
    case 0x178: return 0xff;
    case 0x386: return 0x3ac;
    case 0x388:
    case 0x389:
    case 0x38a: return c + 0x25;
    case 0x38c: return 0x3cc;
    case 0x38e:
    case 0x38f: return c + 0x3f;
    default: return c;
    }
}

bool utf8_is_upper(uint32_t c)
{
    return utf8_lower(c) != c;
}

bool utf8_is_lower(uint32_t c)
{
    if (utf8_lower(c) != c)
        return false;
    return between(c, 'a', 'z') || (between(c, 0xdf, 0xff) && c != 0xf7) ||
           between(c, 0x101, 0x17f) || between(c, 0x3ac, 0x3ce) ||
           between(c, 0x430, 0x45f) || between(c, 0x461, 0x52f) ||
           between(c, 0x1e01, 0x1eff);
}

bool utf8_same(struct bytes a, struct bytes b)
{
    size_t i = 0, j = 0;

    while (i < a.n && j < b.n)
        if (utf8_lower(utf8_next(a, &i)) != utf8_lower(utf8_next(b, &j)))
            return false;
    return i == a.n && j == b.n;
}
