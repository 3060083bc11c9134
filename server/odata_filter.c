#include "server/odata_filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum truth { FALSE, TRUE, UNKNOWN };

/* A column, or something written out. */
struct operand {
    enum { OPERAND_COLUMN, OPERAND_TEXT, OPERAND_NUMBER, OPERAND_NULL } kind;
    size_t column;
    const char *text;
    double number;
};

enum verb { EQ, NE, GT, GE, LT, LE, CONTAINS, STARTS, ENDS };

struct node {
    enum { NODE_AND, NODE_OR, NODE_NOT, NODE_TEST, NODE_CONSTANT } kind;
    const struct node *a, *b;
    enum verb verb;
    struct operand left, right;
    enum truth value;
};

struct odata_filter {
    const struct node *root;
    const struct dataset_column *columns;
};

/* -- reading ------------------------------------------------------------- */

struct reader {
    const char *start, *at;
    const struct dataset_column *columns;
    size_t columns_n;
    struct arena *mem;
    struct err *err;
    unsigned deep;
};

static enum rc not_understood(struct reader *r, const char *what)
{
    return err_set(r->err, RC_INVALID, "$filter: %s, at \"%.30s\"", what,
                   *r->at == '\0' ? "(its end)" : r->at);
}

static void skip_spaces(struct reader *r)
{
    r->at += strspn(r->at, " \t");
}

static size_t word_length(const struct reader *r)
{
    size_t n = 0;

    while (isalnum((unsigned char)r->at[n]) || r->at[n] == '_')
        n++;
    return n;
}

/* Take this word, if it comes next as a whole. */
static bool take_word(struct reader *r, const char *word)
{
    size_t n = word_length(r);

    if (n != strlen(word) || memcmp(r->at, word, n) != 0)
        return false;
    r->at += n;
    skip_spaces(r);
    return true;
}

static bool take_mark(struct reader *r, char mark)
{
    if (*r->at != mark)
        return false;
    r->at++;
    skip_spaces(r);
    return true;
}

static struct node *new_node(struct reader *r, struct node n)
{
    struct node *out = arena_new(r->mem, sizeof *out);

    *out = n;
    return out;
}

/* 'it''s' */
static enum rc read_text(struct reader *r, struct operand *out)
{
    struct buf b = buf_make(ODATA_FILTER_BYTES_MAX);
    enum rc rc = RC_OK;

    for (r->at++; *r->at != '\0'; r->at++) {
        if (*r->at == '\'' && r->at[1] != '\'')
            break;
        r->at += *r->at == '\'';
        buf_put(&b, r->at, 1);
    }
    if (*r->at != '\'') {
        rc = not_understood(r, "a text has no end");
    } else {
        r->at++;
        *out = (struct operand){.kind = OPERAND_TEXT,
                                .text =
                                    arena_text(r->mem, (const char *)b.p, b.n)};
    }
    buf_free(&b);
    return rc;
}

/* In decimal digits: strtod() knows 0x1f and -nan as well. */
static enum rc read_number(struct reader *r, struct operand *out)
{
    const char *digits = r->at + (*r->at == '-');
    char *end;
    double v = strtod(r->at, &end);

    if (strspn(digits, "0123456789") == 0 || digits[1] == 'x' ||
        digits[1] == 'X' || isalpha((unsigned char)*end) || *end == '_')
        return not_understood(r, "this is no number");
    r->at = end;
    *out = (struct operand){.kind = OPERAND_NUMBER, .number = v};
    return RC_OK;
}

static enum rc read_column(struct reader *r, struct operand *out)
{
    size_t n = word_length(r), i;

    for (i = 0; i < r->columns_n; i++)
        if (strlen(r->columns[i].name) == n &&
            memcmp(r->columns[i].name, r->at, n) == 0)
            break;
    if (i == r->columns_n)
        return not_understood(r, "there is no such property");
    r->at += n;
    *out = (struct operand){.kind = OPERAND_COLUMN, .column = i};
    return RC_OK;
}

static enum rc read_operand(struct reader *r, struct operand *out)
{
    enum rc rc;

    if (*r->at == '\'')
        rc = read_text(r, out);
    else if (isdigit((unsigned char)*r->at) || *r->at == '-')
        rc = read_number(r, out);
    else if (take_word(r, "null"))
        rc = (*out = (struct operand){.kind = OPERAND_NULL}, RC_OK);
    else
        rc = read_column(r, out);
    skip_spaces(r);
    return rc;
}

static bool is_number(const struct dataset_column *columns,
                      const struct operand *o)
{
    return o->kind == OPERAND_COLUMN ? column_is_number(columns[o->column].kind)
                                     : o->kind == OPERAND_NUMBER;
}

/* Text with text, numbers with numbers, null with either. */
static enum rc check_kinds(struct reader *r, const struct node *n)
{
    if (n->left.kind == OPERAND_NULL || n->right.kind == OPERAND_NULL ||
        is_number(r->columns, &n->left) == is_number(r->columns, &n->right))
        return RC_OK;
    return not_understood(r, "a text is compared with a number, before");
}

static bool take_verb(struct reader *r, enum verb *out)
{
    static const char *const words[] = {[EQ] = "eq", [NE] = "ne", [GT] = "gt",
                                        [GE] = "ge", [LT] = "lt", [LE] = "le"};
    size_t i;

    for (i = 0; i < countof(words); i++)
        if (take_word(r, words[i])) {
            *out = (enum verb)i;
            return true;
        }
    return false;
}

static enum rc read_test(struct reader *r, const struct node **out)
{
    struct node n = {.kind = NODE_TEST};
    enum rc rc = read_operand(r, &n.left);

    if (rc == RC_OK && !take_verb(r, &n.verb))
        rc = not_understood(r, "one of eq, ne, gt, ge, lt, le was expected");
    if (rc == RC_OK)
        rc = read_operand(r, &n.right);
    if (rc == RC_OK)
        rc = check_kinds(r, &n);
    if (rc == RC_OK)
        *out = new_node(r, n);
    return rc;
}

/* contains(name,'x'), after its name. */
static enum rc read_function(struct reader *r, enum verb verb,
                             const struct node **out)
{
    struct node n = {.kind = NODE_TEST, .verb = verb};
    enum rc rc;

    if (!take_mark(r, '('))
        return not_understood(r, "( was expected");
    rc = read_operand(r, &n.left);
    if (rc == RC_OK && !take_mark(r, ','))
        rc = not_understood(r, "a comma was expected");
    if (rc == RC_OK)
        rc = read_operand(r, &n.right);
    if (rc == RC_OK &&
        (is_number(r->columns, &n.left) || is_number(r->columns, &n.right)))
        rc = not_understood(r, "a number holds no text, before");
    if (rc == RC_OK && !take_mark(r, ')'))
        rc = not_understood(r, ") was expected");
    if (rc == RC_OK)
        *out = new_node(r, n);
    return rc;
}

static enum rc read_or(struct reader *r, const struct node **out);
static enum rc read_deeper(struct reader *r, const struct node **out);

static enum rc read_inner(struct reader *r, const struct node **out)
{
    struct node n = {.kind = NODE_NOT};
    enum rc rc;

    if (take_mark(r, '(')) {
        rc = read_or(r, out);
        if (rc == RC_OK && !take_mark(r, ')'))
            rc = not_understood(r, ") was expected");
        return rc;
    }
    if (take_word(r, "not")) {
        rc = read_deeper(r, &n.a);
        if (rc == RC_OK)
            *out = new_node(r, n);
        return rc;
    }
    n = (struct node){.kind = NODE_CONSTANT, .value = FALSE};
    if (take_word(r, "true"))
        n.value = TRUE;
    else if (!take_word(r, "false"))
        return take_word(r, "contains")     ? read_function(r, CONTAINS, out)
               : take_word(r, "startswith") ? read_function(r, STARTS, out)
               : take_word(r, "endswith")   ? read_function(r, ENDS, out)
                                            : read_test(r, out);
    *out = new_node(r, n);
    return RC_OK;
}

static enum rc read_deeper(struct reader *r, const struct node **out)
{
    enum rc rc;

    if (r->deep == ODATA_FILTER_DEEP)
        return not_understood(r, "too deep");
    r->deep++;
    rc = read_inner(r, out);
    r->deep--;
    return rc;
}

static enum rc read_and(struct reader *r, const struct node **out)
{
    struct node n = {.kind = NODE_AND};
    enum rc rc = read_deeper(r, out);

    while (rc == RC_OK && take_word(r, "and")) {
        n.a = *out;
        rc = read_deeper(r, &n.b);
        if (rc == RC_OK)
            *out = new_node(r, n);
    }
    return rc;
}

static enum rc read_or(struct reader *r, const struct node **out)
{
    struct node n = {.kind = NODE_OR};
    enum rc rc = read_and(r, out);

    while (rc == RC_OK && take_word(r, "or")) {
        n.a = *out;
        rc = read_and(r, &n.b);
        if (rc == RC_OK)
            *out = new_node(r, n);
    }
    return rc;
}

enum rc odata_filter_read(const char *text,
                          const struct dataset_column *columns,
                          size_t columns_n, struct arena *mem,
                          struct odata_filter **out, struct err *err)
{
    struct reader r = {text, text, columns, columns_n, mem, err, 0};
    const struct node *root = NULL;
    enum rc rc;

    if (strlen(text) > ODATA_FILTER_BYTES_MAX)
        return err_set(err, RC_INVALID, "$filter: at most %d bytes",
                       ODATA_FILTER_BYTES_MAX);
    skip_spaces(&r);
    rc = read_or(&r, &root);
    if (rc == RC_OK && *r.at != '\0')
        rc = not_understood(&r, "this is one too many");
    if (rc != RC_OK)
        return rc;
    *out = arena_new(mem, sizeof **out);
    **out = (struct odata_filter){root, columns};
    return RC_OK;
}

/* -- applying ------------------------------------------------------------ */

static const char *text_of(const struct operand *o, const char *const *cells)
{
    return o->kind == OPERAND_COLUMN ? cells[o->column] : o->text;
}

static bool has_value(const struct operand *o, const char *const *cells)
{
    return o->kind == OPERAND_NUMBER || text_of(o, cells) != NULL;
}

static double number_of(const struct operand *o, const char *const *cells)
{
    return o->kind == OPERAND_NUMBER ? o->number
                                     : strtod(text_of(o, cells), NULL);
}

static int compare(const struct odata_filter *f, const struct node *n,
                   const char *const *cells)
{
    double a, b;

    if (!is_number(f->columns, &n->left))
        return strcmp(text_of(&n->left, cells), text_of(&n->right, cells));
    a = number_of(&n->left, cells);
    b = number_of(&n->right, cells);
    return (a > b) - (a < b);
}

static enum truth of_text(const struct node *n, const char *const *cells)
{
    const char *text = text_of(&n->left, cells);
    const char *part = text_of(&n->right, cells);
    size_t text_n = strlen(text), part_n = strlen(part);

    if (n->verb == CONTAINS)
        return strstr(text, part) != NULL;
    if (part_n > text_n)
        return FALSE;
    if (n->verb == ENDS)
        text += text_n - part_n;
    return memcmp(text, part, part_n) == 0;
}

static enum truth test(const struct odata_filter *f, const struct node *n,
                       const char *const *cells)
{
    bool left = has_value(&n->left, cells), right = has_value(&n->right, cells);

    if (!left || !right)
        return n->verb == EQ        ? left == right
               : n->verb == NE      ? left != right
               : n->verb < CONTAINS ? FALSE
                                    : UNKNOWN;
    switch (n->verb) {
    case EQ: return compare(f, n, cells) == 0;
    case NE: return compare(f, n, cells) != 0;
    case GT: return compare(f, n, cells) > 0;
    case GE: return compare(f, n, cells) >= 0;
    case LT: return compare(f, n, cells) < 0;
    case LE: return compare(f, n, cells) <= 0;
    case CONTAINS:
    case STARTS:
    case ENDS: break;
    }
    return of_text(n, cells);
}

static enum truth apply(const struct odata_filter *f, const struct node *n,
                        const char *const *cells)
{
    enum truth a, b, strong = n->kind == NODE_OR;

    switch (n->kind) {
    case NODE_CONSTANT: return n->value;
    case NODE_TEST: return test(f, n, cells);
    case NODE_NOT:
        a = apply(f, n->a, cells);
        return a == UNKNOWN ? UNKNOWN : a == FALSE;
    case NODE_AND:
    case NODE_OR:
        a = apply(f, n->a, cells);
        if (a == strong)
            return strong;
        b = apply(f, n->b, cells);
        return b == strong ? strong : a == UNKNOWN ? UNKNOWN : b;
    }
    return UNKNOWN;
}

bool odata_filter_keeps(const struct odata_filter *f, const char *const *cells)
{
    return apply(f, f->root, cells) == TRUE;
}

static const char *demands(const struct node *n, size_t column)
{
    const struct operand *l = &n->left, *r = &n->right;
    const char *text;

    if (n->kind == NODE_AND) {
        text = demands(n->a, column);
        return text != NULL ? text : demands(n->b, column);
    }
    if (n->kind != NODE_TEST || n->verb != EQ)
        return NULL;
    if (l->kind == OPERAND_COLUMN && l->column == column &&
        r->kind == OPERAND_TEXT)
        return r->text;
    return r->kind == OPERAND_COLUMN && r->column == column &&
                   l->kind == OPERAND_TEXT
               ? l->text
               : NULL;
}

const char *odata_filter_demands(const struct odata_filter *f, size_t column)
{
    return demands(f->root, column);
}
