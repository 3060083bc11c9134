#include "sync/base/msg.h"

#include <inttypes.h>
#include <string.h>

static const struct msg_entry entries[] = {
#define M(en, nl) {en, nl},
#include "sync/base/msg_nl.inc"
#undef M
};

const struct msg_entry *msg_table(size_t *n)
{
    *n = countof(entries);
    return entries;
}

const char *msg(enum lang lang, const char *english)
{
    size_t low = 0, high = countof(entries);

    if (lang == LANG_EN)
        return english;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int d = strcmp(english, entries[mid].en);

        if (d == 0)
            return entries[mid].nl;
        if (d < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return english;
}
