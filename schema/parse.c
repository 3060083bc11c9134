#include "schema/parse.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct parse {
    yaml_parser_t yaml;
    yaml_event_t event; /* the current one, if `have` */
    bool have;
    const char *file;
    struct arena *mem;
    struct diags *diags;
    bool failed; /* sticky: the first fault of a file is the one to mend */
};

static const struct node *parse_node(struct parse *p, unsigned depth);

static void fail(struct parse *p, const yaml_mark_t *at, const char *remedy,
                 const char *what)
{
    if (!p->failed)
        diags_add(p->diags, p->file, at->line + 1, at->column + 1, remedy, "%s",
                  what);
    p->failed = true;
}

/* Take the next event; false once the file has failed. */
static bool next(struct parse *p)
{
    if (p->have)
        yaml_event_delete(&p->event);
    p->have = false;
    if (p->failed)
        return false;
    if (!yaml_parser_parse(&p->yaml, &p->event)) {
        char what[200];

        snprintf(what, sizeof what, "this is not YAML, %s",
                 p->yaml.problem ? p->yaml.problem : "it cannot be read");
        fail(p, &p->yaml.problem_mark,
             "look at the indentation, colons and quotes here and just above",
             what);
        return false;
    }
    p->have = true;
    return true;
}

static struct node *make(struct parse *p, enum node_kind kind)
{
    struct node *n = arena_new(p->mem, sizeof *n);

    *n = (struct node){.kind = kind,
                       .file = p->file,
                       .line = p->event.start_mark.line + 1,
                       .column = p->event.start_mark.column + 1,
                       .text = ""};
    return n;
}

static void refuse_extras(struct parse *p, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor != NULL || tag != NULL)
        fail(p, &p->event.start_mark, "write the value out in full",
             "anchors and tags are not used here");
}

static const struct node *parse_text(struct parse *p)
{
    const char *text = (const char *)p->event.data.scalar.value;
    size_t i, length = p->event.data.scalar.length;
    struct node *n = make(p, NODE_TEXT);

    refuse_extras(p, p->event.data.scalar.anchor, p->event.data.scalar.tag);
    for (i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n')
            fail(p, &p->event.start_mark, "leave it out",
                 "there is a control character in this text");
    n->text = arena_text(p->mem, text, length);
    return n;
}

struct items { /* while their number is not known yet */
    const struct node **p;
    size_t n, cap;
};

static void push(struct items *l, const struct node *n)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 16;
        // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant
        l->p = mem_resize(l->p, l->cap * sizeof *l->p);
    }
    l->p[l->n++] = n;
}

static const struct node **kept(struct items *l, struct arena *mem)
{
    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant
    const struct node **p = arena_new(mem, l->n * sizeof *p);
    size_t i;

    for (i = 0; i < l->n; i++)
        p[i] = l->p[i];
    free(l->p);
    return p;
}

static const struct node *parse_list(struct parse *p, unsigned depth)
{
    struct node *list = make(p, NODE_LIST);
    struct items items = {0};

    refuse_extras(p, p->event.data.sequence_start.anchor,
                  p->event.data.sequence_start.tag);
    while (next(p) && p->event.type != YAML_SEQUENCE_END_EVENT) {
        const struct node *item = parse_node(p, depth + 1);

        if (item != NULL)
            push(&items, item);
    }
    list->n = items.n;
    list->items = kept(&items, p->mem);
    return list;
}

static void refuse_twice(struct parse *p, const struct items *seen,
                         const struct node *key)
{
    size_t i;

    for (i = 0; i < seen->n; i += 2)
        if (strcmp(seen->p[i]->text, key->text) == 0) {
            diags_add(p->diags, p->file, key->line, key->column,
                      "keep one of the two", "`%s` stands here twice",
                      key->text);
            return;
        }
}

static const struct node *parse_map(struct parse *p, unsigned depth)
{
    struct node *map = make(p, NODE_MAP);
    struct items items = {0};

    refuse_extras(p, p->event.data.mapping_start.anchor,
                  p->event.data.mapping_start.tag);
    while (next(p) && p->event.type != YAML_MAPPING_END_EVENT) {
        const struct node *key, *value;

        if (p->event.type != YAML_SCALAR_EVENT) {
            fail(p, &p->event.start_mark, "use a name",
                 "a key must be a plain word");
            break;
        }
        key = parse_text(p);
        refuse_twice(p, &items, key);
        if (!next(p))
            break;
        value = parse_node(p, depth + 1);
        if (value == NULL)
            break;
        push(&items, key);
        push(&items, value);
    }
    map->n = items.n / 2;
    map->items = kept(&items, p->mem);
    return map;
}

/* The current event and what belongs to it; NULL after a fault. */
static const struct node *parse_node(struct parse *p, unsigned depth)
{
    if (depth > PARSE_DEPTH_MAX)
        fail(p, &p->event.start_mark, "definitions need no such depth",
             "this is nested too deeply");
    if (p->failed)
        return NULL;
    switch (p->event.type) {
    case YAML_SCALAR_EVENT: return parse_text(p);
    case YAML_SEQUENCE_START_EVENT: return parse_list(p, depth);
    case YAML_MAPPING_START_EVENT: return parse_map(p, depth);
    case YAML_ALIAS_EVENT:
        fail(p, &p->event.start_mark, "write the value out in full",
             "anchors and tags are not used here");
        return NULL;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: break;
    }
    return NULL;
}

/* One file: exactly one document. */
static const struct node *parse_file(struct parse *p, struct bytes text)
{
    const struct node *root = NULL;

    if (!yaml_parser_initialize(&p->yaml))
        abort(); /* out of memory */
    yaml_parser_set_encoding(&p->yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p->yaml, text.p, text.n);
    while (next(p) && p->event.type != YAML_STREAM_END_EVENT) {
        if (p->event.type != YAML_DOCUMENT_START_EVENT)
            continue;
        if (root != NULL)
            fail(p, &p->event.start_mark, "use one file for each",
                 "a second document in one file");
        if (next(p))
            root = parse_node(p, 1);
    }
    if (p->have)
        yaml_event_delete(&p->event);
    yaml_parser_delete(&p->yaml);
    if (root == NULL && !p->failed)
        diags_add(p->diags, p->file, 0, 0, "write a definition or remove it",
                  "the file is empty");
    return p->failed ? NULL : root;
}

static const char mark[] = "--- # ";

/* The place of the next line that starts with the mark, or the end. */
static size_t find_mark(struct bytes b, size_t from)
{
    const size_t n = sizeof mark - 1;
    size_t i;

    for (i = from; i + n <= b.n; i++)
        if ((i == 0 || b.p[i - 1] == '\n') && memcmp(b.p + i, mark, n) == 0)
            return i;
    return b.n;
}

static size_t count_marks(struct bytes b)
{
    size_t at, n = 0;

    for (at = find_mark(b, 0); at < b.n; at = find_mark(b, at + 1))
        n++;
    return n;
}

void parse_bundle(struct bytes bundle, const char *dir, struct arena *mem,
                  struct diags *diags, struct tree **out, size_t *n)
{
    const char *bytes = (const char *)bundle.p;
    size_t at = find_mark(bundle, 0);

    *n = 0;
    *out = arena_new(mem, count_marks(bundle) * sizeof **out);
    while (at < bundle.n) {
        size_t end = find_mark(bundle, at + 1), eol = at;
        struct parse p = {.mem = mem, .diags = diags};
        const char *path, *name;

        while (eol < end && bundle.p[eol] != '\n')
            eol++;
        at += sizeof mark - 1;
        path = arena_text(mem, bytes + at, eol - at);
        name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        p.file = *dir ? arena_printf(mem, "%s/%s", dir, name) : name;
        if (eol < end)
            eol++;
        (*out)[*n].root =
            parse_file(&p, (struct bytes){bundle.p + eol, end - eol});
        (*out)[*n].name = name;
        if ((*out)[*n].root != NULL)
            (*n)++;
        at = end;
    }
}
