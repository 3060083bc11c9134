#include "schema/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sync/limits.h"

/* -- suggestions -------------------------------------------------------- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein distance; words longer than the row are not compared. */
static size_t distance(const char *a, const char *b)
{
    size_t row[name_bytes_max + 1], n = strlen(b), i, j;

    if (n > name_bytes_max || strlen(a) > name_bytes_max)
        return SIZE_MAX;
    for (j = 0; j <= n; j++)
        row[j] = j;
    for (i = 0; a[i] != '\0'; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (j = 0; j < n; j++) {
            size_t swap = corner + (a[i] != b[j]);

            corner = row[j + 1];
            row[j + 1] = least(swap, least(corner, row[j]) + 1);
        }
    }
    return row[n];
}

const char *suggest(struct reader *r, const char *wrong,
                    const char *const *words, size_t n)
{
    size_t best = SIZE_MAX, i;
    const char *near = NULL, *all = NULL;

    for (i = 0; i < n; i++) {
        size_t d = distance(wrong, words[i]);

        if (d < best) {
            best = d;
            near = words[i];
        }
        all = all ? arena_printf(r->mem, "%s, %s", all, words[i]) : words[i];
    }
    if (near != NULL && best <= 2 && best < strlen(wrong))
        return arena_printf(r->mem, "did you mean `%s`?", near);
    if (n == 0)
        return "there is none to choose from";
    return n > 20 ? "use one that is declared; `stoep-schema doc` lists them"
                  : arena_printf(r->mem, "use one of %s", all);
}

/* -- keys --------------------------------------------------------------- */

static void complain_key(struct reader *r, const struct node *key,
                         const char *whose, const struct key *keys, size_t n)
{
    const char **words = arena_new(r->mem, n * sizeof *words);
    size_t i;

    for (i = 0; i < n; i++)
        words[i] = keys[i].name;
    complain(r, key, suggest(r, key->text, words, n), "%s has no setting `%s`",
             whose, key->text);
}

bool read_keys(struct reader *r, const struct node *map, const struct node *at,
               const char *whose, const struct key *keys, size_t n,
               const struct node **values)
{
    size_t i, k;

    for (k = 0; k < n; k++)
        values[k] = NULL;
    if (map->kind != NODE_MAP) {
        complain(r, map, "write its settings as `name: value`",
                 "%s must be a mapping", whose);
        return false;
    }
    for (i = 0; i < map->n; i++) {
        const struct node *key = map->items[2 * i];

        for (k = 0; k < n && strcmp(keys[k].name, key->text) != 0; k++)
            ;
        if (k < n)
            values[k] = map->items[2 * i + 1];
        else
            complain_key(r, key, whose, keys, n);
    }
    for (k = 0; k < n; k++)
        if (values[k] == NULL && keys[k].need != NULL)
            complain(r, at, keys[k].need, "%s has no `%s`", whose,
                     keys[k].name);
    return true;
}

/* -- values ------------------------------------------------------------- */

const char *read_text(struct reader *r, const struct node *n)
{
    if (n == NULL)
        return "";
    if (n->kind != NODE_TEXT)
        complain(r, n, "write one text", "a text is expected here");
    else if (*n->text == '\0')
        complain(r, n, "fill it in or leave the setting out",
                 "this text is empty");
    else if (strchr(n->text, '\n') != NULL)
        complain(r, n, "write it on one line", "this text has several lines");
    else
        return n->text;
    return "";
}

struct label read_label(struct reader *r, const struct node *n)
{
    static const struct key keys[] = {
        {"nl", "add the Dutch, `nl: ...`"},
        {"en", "add the English, `en: ...`"},
    };
    const struct node *v[countof(keys)];

    if (n == NULL)
        return (struct label){NULL, NULL};
    if (!read_keys(r, n, n, "this text", keys, countof(keys), v))
        return (struct label){"", ""};
    return (struct label){.nl = read_text(r, v[0]), .en = read_text(r, v[1])};
}

size_t read_word(struct reader *r, const struct node *n, const char *what,
                 const char *const *words, size_t words_n, size_t fallback)
{
    const char *word;
    size_t i;

    if (n == NULL)
        return fallback;
    word = read_text(r, n);
    if (*word == '\0')
        return fallback;
    for (i = 0; i < words_n; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    complain(r, n, suggest(r, word, words, words_n), "unknown %s `%s`", what,
             word);
    return fallback;
}

bool read_flag(struct reader *r, const struct node *n)
{
    static const char *const words[] = {"false", "true"};

    return read_word(r, n, "answer", words, 2, 0) == 1;
}

int64_t read_number(struct reader *r, const struct node *n, int64_t min,
                    int64_t max, int64_t fallback)
{
    const char *remedy, *text;
    char *end;
    long long v;

    if (n == NULL)
        return fallback;
    text = read_text(r, n);
    if (*text == '\0')
        return fallback;
    errno = 0;
    v = strtoll(text, &end, 10);
    if (errno == 0 && *end == '\0' && v >= min && v <= max)
        return v;
    remedy = arena_printf(r->mem, "write a whole number from %lld to %lld",
                          (long long)min, (long long)max);
    complain(r, n, remedy, "`%s` does not do here", text);
    return fallback;
}

size_t node_items_n(const struct node *n)
{
    if (n == NULL)
        return 0;
    return n->kind == NODE_LIST ? n->n : 1;
}

const struct node *node_item(const struct node *n, size_t i)
{
    return n->kind == NODE_LIST ? n->items[i] : n;
}

const char *const *read_names(struct reader *r, const struct node *n,
                              size_t *names_n)
{
    const char **names = arena_new(r->mem, node_items_n(n) * sizeof *names);
    size_t i;

    *names_n = 0;
    for (i = 0; i < node_items_n(n); i++) {
        const char *name = read_text(r, node_item(n, i));

        if (*name != '\0')
            names[(*names_n)++] = name;
    }
    return names;
}

role_set read_roles(struct reader *r, const struct node *n)
{
    const char *words[ROLES_N];
    role_set set = 0;
    size_t i;

    for (i = 0; i < ROLES_N; i++)
        words[i] = role_word((enum role)i);
    for (i = 0; i < node_items_n(n); i++) {
        size_t role =
            read_word(r, node_item(n, i), "role", words, ROLES_N, ROLES_N);

        if (role < ROLES_N)
            set |= 1U << role;
    }
    return set;
}

bool name_ok(const char *name, enum name_kind kind)
{
    size_t i;

    for (i = 0; name[i] != '\0'; i++) {
        bool letter = name[i] >= 'a' && name[i] <= 'z';
        bool digit = name[i] >= '0' && name[i] <= '9';
        bool joint = (name[i] == '-' && kind != NAME_SNAKE) ||
                     (name[i] == '_' && kind != NAME_KEBAB);

        if (!letter && !digit && !joint)
            return false;
        if (joint && (i == 0 || name[i + 1] == '\0' || name[i + 1] == '-' ||
                      name[i + 1] == '_'))
            return false;
        if (digit && i == 0 && kind != NAME_CODE)
            return false;
    }
    return i > 0 && i <= name_bytes_max;
}
