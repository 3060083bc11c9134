#include "sync/base/text.h"

#include <string.h>

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_digits[] = "0123456789abcdef";

static void put64(struct buf *out, struct bytes b, const char *digits,
                  bool padded)
{
    size_t i, k;

    for (i = 0; i < b.n; i += 3) {
        size_t n = b.n - i < 3 ? b.n - i : 3;
        uint32_t v = (uint32_t)b.p[i] << 16;
        char four[4];

        if (n > 1)
            v |= (uint32_t)b.p[i + 1] << 8;
        if (n > 2)
            v |= b.p[i + 2];
        for (k = 0; k < 4; k++)
            four[k] = k <= n ? digits[v >> (18 - 6 * k) & 63] : '=';
        buf_put(out, four, padded ? 4 : n + 1);
    }
}

void text_put_base64(struct buf *out, struct bytes b)
{
    put64(out, b, base64_digits, true);
}

void text_put_base64url(struct buf *out, struct bytes b)
{
    put64(out, b, url_digits, false);
}

/* One group of 2 to 4 digits, none of them NUL; bits that stand for nothing
 * must be zero. */
static bool take_group(const uint8_t *p, size_t n, const char *digits,
                       struct buf *out)
{
    uint8_t three[3];
    uint32_t v = 0;
    size_t k;

    for (k = 0; k < 4; k++) {
        const char *d = k < n ? strchr(digits, p[k]) : digits;

        if (d == NULL)
            return false;
        v = v << 6 | (uint32_t)(d - digits);
    }
    if ((n == 2 && (v & 0xffff) != 0) || (n == 3 && (v & 0xff) != 0))
        return false;
    three[0] = (uint8_t)(v >> 16);
    three[1] = (uint8_t)(v >> 8);
    three[2] = (uint8_t)v;
    buf_put(out, three, n - 1);
    return true;
}

static bool take64(struct bytes text, const char *digits, struct buf *out)
{
    size_t i;

    if (text.n % 4 == 1 ||
        memchr(text.p ? text.p : (const uint8_t *)"", 0, text.n) != NULL)
        return false;
    for (i = 0; i < text.n; i += 4) {
        size_t n = text.n - i < 4 ? text.n - i : 4;

        if (!take_group(text.p + i, n, digits, out))
            return false;
    }
    return !out->full;
}

bool text_take_base64(struct bytes text, struct buf *out)
{
    size_t pads = 0;

    if (text.n % 4 != 0)
        return false;
    while (pads < 2 && pads < text.n && text.p[text.n - 1 - pads] == '=')
        pads++;
    text.n -= pads;
    return take64(text, base64_digits, out);
}

bool text_take_base64url(struct bytes text, struct buf *out)
{
    return take64(text, url_digits, out);
}

void text_put_hex(struct buf *out, struct bytes b)
{
    size_t i;

    for (i = 0; i < b.n; i++) {
        char two[2] = {hex_digits[b.p[i] >> 4], hex_digits[b.p[i] & 15]};

        buf_put(out, two, 2);
    }
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_take_hex(struct bytes text, uint8_t *out, size_t n)
{
    size_t i;

    if (text.n != 2 * n)
        return false;
    for (i = 0; i < text.n; i++)
        if (hex_value(text.p[i]) < 0)
            return false;
    for (i = 0; i < n; i++)
        out[i] = (uint8_t)(hex_value(text.p[2 * i]) << 4 |
                           hex_value(text.p[2 * i + 1]));
    return true;
}

bool text_ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

bool text_take_u64(struct bytes text, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    size_t i;

    if (text.n == 0 || (text.n > 1 && text.p[0] == '0'))
        return false;
    for (i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)text.p[i] - '0';

        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    if (v > max)
        return false;
    *out = v;
    return true;
}

bool text_take_i64(struct bytes text, int64_t *out)
{
    bool minus = text.n > 0 && text.p[0] == '-';
    uint64_t v;

    if (minus) {
        text.p++;
        text.n--;
    }
    if (!text_take_u64(text, (uint64_t)INT64_MAX + minus, &v) ||
        (minus && v == 0))
        return false;
    *out = minus ? (int64_t)(UINT64_C(0) - v) : (int64_t)v;
    return true;
}

/* -- lists -------------------------------------------------------------- */

bool text_lists(const char *list, const char *word)
{
    size_t n = strlen(word), one;
    const char *comma;

    for (; *list != '\0'; list += one + (comma != NULL)) {
        comma = strchr(list, ',');
        one = comma != NULL ? (size_t)(comma - list) : strlen(list);
        if (one == n && memcmp(list, word, n) == 0)
            return true;
    }
    return false;
}
