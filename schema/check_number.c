/*
 * The number of a citizen may be held by those whom the law names (UAVG,
 * article 46), and Stoep serves none of its purposes: no field may be for it.
 */
#include <string.h>

#include "schema/check.h"
#include "sync/base/utf8.h"

/* As they stand within a text whose letters were put together. */
static const char *const within[] = {
    "burgerservice",  "sofinummer",     "sofinr",   "sofinumber",
    "citizenservice", "socialsecurity", "elfproef",
};

/* Small enough to stand within a word that means something else. */
static const char *const at_an_end[] = {"bsn", "sofi"};

static bool letter_or_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || utf8_is_lower(c);
}

static bool ends_with(const char *word, size_t n, const char *with)
{
    size_t m = strlen(with);

    return n >= m &&
           (memcmp(word, with, m) == 0 || memcmp(word + n - m, with, m) == 0);
}

/* Each word of `text`, its letters small and what is not ASCII left out, by
 * itself and joined to those before it. */
static bool names_it(const char *text)
{
    struct bytes b = bytes_of(text);
    char all[512];
    size_t n = 0, word = 0, at = 0, i;

    while (at <= b.n && n + 1 < sizeof all) {
        uint32_t c = at < b.n ? utf8_lower(utf8_next(b, &at)) : ' ';

        if (letter_or_digit(c)) {
            if (c < 0x80)
                all[n++] = (char)c;
            continue;
        }
        for (i = 0; i < countof(at_an_end); i++)
            if (ends_with(all + word, n - word, at_an_end[i]))
                return true;
        word = n;
        at += at == b.n;
    }
    all[n] = '\0';
    for (i = 0; i < countof(within); i++)
        if (strstr(all, within[i]) != NULL)
            return true;
    return false;
}

static void look(struct reader *r, const struct node *n)
{
    if (n != NULL && n->kind == NODE_TEXT && names_it(n->text))
        complain(r, n, "leave it out; ask for what you need to know itself",
                 "`%s`: the number of a citizen may not be held", n->text);
}

void check_number(struct reader *r, const struct node *key,
                  const struct node *settings)
{
    static const char *const texts[] = {"label", "ask"};
    size_t i;

    look(r, key);
    look(r, node_value(settings, "format"));
    for (i = 0; i < countof(texts); i++) {
        const struct node *label = node_value(settings, texts[i]);

        if (label == NULL)
            continue;
        look(r, node_value(label, "nl"));
        look(r, node_value(label, "en"));
    }
}
