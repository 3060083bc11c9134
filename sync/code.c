#include "sync/code.h"

#include <string.h>

#include "sync/base/msg.h"

enum {
    DATA_BYTES = CODE_SECRET_BYTES + CODE_PIN_BYTES,
    DATA_CHARS = (DATA_BYTES * 8 + 4) / 5,
    CHECK_CHARS = 2,
    CHARS = DATA_CHARS + CHECK_CHARS,
    GROUP = 5,
    PRIME = 1021, /* the largest below 32 x 32 */
};

static_assert(CHARS + CHARS / GROUP + 1 <= CODE_TEXT_BYTES, "room for it");

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* A polynomial over a prime field, whose base is neither 0 nor 1 there: any
 * one changed digit and any swap of two unequal neighbours changes it. */
static unsigned check_of(const uint8_t *values)
{
    unsigned sum = 7;
    size_t i;

    for (i = 0; i < DATA_CHARS; i++)
        sum = (sum * 37 + values[i] + 1) % PRIME;
    return sum;
}

static void spread(const uint8_t *bytes, uint8_t *values)
{
    size_t i, bit;

    memset(values, 0, DATA_CHARS);
    for (i = 0; i < DATA_BYTES; i++)
        for (bit = 0; bit < 8; bit++) {
            size_t at = i * 8 + bit;

            if (bytes[i] & 0x80 >> bit)
                values[at / 5] = (uint8_t)(values[at / 5] | 0x10 >> at % 5);
        }
}

static void gather(const uint8_t *values, uint8_t *bytes)
{
    size_t at;

    memset(bytes, 0, DATA_BYTES);
    for (at = 0; at < DATA_BYTES * 8; at++)
        if (values[at / 5] & 0x10 >> at % 5)
            bytes[at / 8] = (uint8_t)(bytes[at / 8] | 0x80 >> at % 8);
}

const char *code_write(const struct code *c, char *out)
{
    uint8_t bytes[DATA_BYTES], values[CHARS];
    unsigned check;
    size_t i, n = 0;

    memcpy(bytes, c->secret, CODE_SECRET_BYTES);
    memcpy(bytes + CODE_SECRET_BYTES, c->pin, CODE_PIN_BYTES);
    spread(bytes, values);
    check = check_of(values);
    values[DATA_CHARS] = (uint8_t)(check / 32);
    values[DATA_CHARS + 1] = (uint8_t)(check % 32);
    for (i = 0; i < CHARS; i++) {
        if (i > 0 && i % GROUP == 0)
            out[n++] = '-';
        out[n++] = digits[values[i]];
    }
    out[n] = '\0';
    return out;
}

/* The value of a character as people type it; -1: not one of ours. */
static int value_of(uint8_t c)
{
    const char *d;

    if (c >= 'a' && c <= 'z')
        c = (uint8_t)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    d = c == '\0' ? NULL : strchr(digits, c);
    return d == NULL ? -1 : (int)(d - digits);
}

enum rc code_read(struct bytes typed, struct code *out, struct err *err)
{
    uint8_t values[CHARS], bytes[DATA_BYTES];
    size_t i, n = 0;

    for (i = 0; i < typed.n; i++) {
        int v = value_of(typed.p[i]);

        if (strchr(" -\t\r\n", typed.p[i]) != NULL && typed.p[i] != '\0')
            continue;
        if (v < 0)
            return err_set(err, RC_INVALID,
                           "the code holds a character that no code has, in"
                           " place %zu",
                           i + 1);
        if (n < CHARS)
            values[n] = (uint8_t)v;
        n++;
    }
    if (n != CHARS)
        return err_set(err, RC_INVALID,
                       "a code has %d characters, this one has %zu", CHARS, n);
    /* The last data digit stands for three bits only. */
    if ((values[DATA_CHARS - 1] & 3) != 0 ||
        check_of(values) != values[DATA_CHARS] * 32U + values[DATA_CHARS + 1])
        return err_set(err, RC_INVALID,
                       MSG("there is a typing mistake in the code; compare it"
                           " with the one you were given"));
    gather(values, bytes);
    memcpy(out->secret, bytes, CODE_SECRET_BYTES);
    memcpy(out->pin, bytes + CODE_SECRET_BYTES, CODE_PIN_BYTES);
    return RC_OK;
}
