#include "sync/id.h"

#include <string.h>

#include "sync/base/text.h"

struct id id_make(uint64_t now_ms, const uint8_t *random)
{
    struct id id;
    int i;

    for (i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(now_ms >> (40 - 8 * i));
    memcpy(id.b + 6, random, ID_RANDOM_BYTES);
    id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f)); /* version 7 */
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f)); /* variant 10 */
    return id;
}

static bool dash_before(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

const char *id_text(const struct id *id, char *out)
{
    static const char hex[] = "0123456789abcdef";
    char *p = out;
    int i;

    for (i = 0; i < ID_BYTES; i++) {
        if (dash_before(i))
            *p++ = '-';
        *p++ = hex[id->b[i] >> 4];
        *p++ = hex[id->b[i] & 0x0f];
    }
    *p = '\0';
    return out;
}

static bool parse(struct bytes text, struct id *id)
{
    uint8_t digits[2 * ID_BYTES];
    size_t i, n = 0;

    if (text.n != ID_TEXT_CHARS)
        return false;
    for (i = 0; i < text.n; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text.p[i] != '-')
                return false;
        } else {
            digits[n++] = text.p[i];
        }
    return text_take_hex((struct bytes){digits, n}, id->b, ID_BYTES);
}

enum rc id_parse(struct bytes text, struct id *out, struct err *err)
{
    struct id id;

    if (!parse(text, &id))
        return err_set(err, RC_INVALID, "'%.*s' is not the id of a record",
                       (int)(text.n < 64 ? text.n : 64), (const char *)text.p);
    *out = id;
    return RC_OK;
}

uint64_t id_ms(const struct id *id)
{
    uint64_t ms = 0;
    int i;

    for (i = 0; i < 6; i++)
        ms = ms << 8 | id->b[i];
    return ms;
}

bool id_eq(const struct id *a, const struct id *b)
{
    return memcmp(a->b, b->b, ID_BYTES) == 0;
}

bool id_is_null(const struct id *id)
{
    static const struct id none;

    return id_eq(id, &none);
}

struct bytes id_bytes(const struct id *id)
{
    return (struct bytes){id->b, ID_BYTES};
}
