/*
 * talk: a form, question by question.
 *
 * Every answer is on the disk before the next question is asked, so it may be
 * left at any time (Ctrl-D, Ctrl-C, a flat battery); the next `stoep talk`
 * goes on there.  At the end all answers become one changeset.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/draft.h"
#include "client/edit.h"
#include "client/unlock.h"
#include "sync/base/text.h"
#include "sync/shape_text.h"

struct talking {
    struct app *a;
    const struct shape_type *type;
    uint32_t area;
    char *line; /* own */
    size_t cap;
};

/* -- asking ------------------------------------------------------------- */

static bool is_asked(struct app *a, const struct shape_field *f)
{
    return app_sees(a, f) && !f->retired && f->kind != FIELD_REF &&
           f->kind != FIELD_ATTACHMENT && (f->required || f->ask.nl != NULL);
}

static void print_question(const struct talking *t, const struct shape_field *f)
{
    enum lang lang = t->a->lang;
    const char *ask = f->ask.nl != NULL ? label_in(&f->ask, lang) : NULL;
    size_t i, n = 0;

    printf("\n%s%s\n", ask != NULL ? ask : label_in(&f->label, lang),
           f->required ? " *" : "");
    for (i = 0; f->kind == FIELD_CHOICE && i < f->list->choices_n; i++)
        if (!f->list->choices[i].retired)
            printf("  %zu  %s\n", ++n,
                   label_in(&f->list->choices[i].label, lang));
    if (f->set)
        puts(msg(lang, "  (several: with commas between)"));
    fputs("> ", stdout);
    fflush(stdout);
}

/* "2" is the second choice offered, unless it is a code of its own. */
static const char *choice_numbered(const struct shape_field *f,
                                   struct bytes typed)
{
    uint64_t want, n = 0;
    size_t i;

    if (shape_choice_coded(f->list, typed) != NULL ||
        !text_take_u64(typed, f->list->choices_n, &want))
        return NULL;
    for (i = 0; i < f->list->choices_n; i++)
        if (!f->list->choices[i].retired && ++n == want)
            return f->list->choices[i].code;
    return NULL;
}

/* Numbers typed for choices become their codes. */
static const char *with_codes(struct talking *t, const struct shape_field *f,
                              const char *typed)
{
    struct buf b = buf_make(4096);
    char *text, *word, *rest;
    const char *out, *code;

    if (f->kind != FIELD_CHOICE)
        return typed;
    text = mem_text(typed);
    for (word = strtok_r(text, f->set ? ",;" : "", &rest); word != NULL;
         word = strtok_r(NULL, f->set ? ",;" : "", &rest)) {
        word += strspn(word, " \t");
        while (word[0] != '\0' && strchr(" \t", word[strlen(word) - 1]))
            word[strlen(word) - 1] = '\0';
        code = choice_numbered(f, bytes_of(word));
        buf_printf(&b, "%s%s", b.n > 0 ? "," : "", code ? code : word);
    }
    out = arena_text(&t->a->mem, b.n > 0 ? (const char *)b.p : "", b.n);
    buf_free(&b);
    free(text);
    return out;
}

enum answer { ANSWERED, LEFT };

/* In the form of files: "today" of an answer is that day for good. */
static const char *as_kept(struct talking *t, const struct edit *e,
                           const struct shape_field *f)
{
    struct buf b = buf_make(changeset_bytes_max);
    size_t i, field = shape_field_index(t->type, f);
    const char *out;

    for (i = 0; i < e->n; i++)
        if (e->writes[i].field == field)
            shape_write_plain(f, &e->writes[i].value, &b);
    out = arena_text(&t->a->mem, b.n > 0 ? (const char *)b.p : "", b.n);
    buf_free(&b);
    return out;
}

static void on_alarm(int sig)
{
    (void)sig; /* the read ends, which is all */
}

/* -1: no more comes, or nobody answered for as long as a store stays unlocked:
 * a form that was left open is not to keep it open. */
static ssize_t wait_for_line(struct talking *t)
{
    struct sigaction act = {.sa_handler = on_alarm}; /* no SA_RESTART */
    ssize_t n;

    sigaction(SIGALRM, &act, NULL);
    alarm(UNLOCK_MINUTES * 60);
    n = getline(&t->line, &t->cap, stdin);
    if (alarm(0) == 0 && n < 0) /* what was half typed is no command */
        tcflush(STDIN_FILENO, TCIFLUSH);
    return n;
}

/* Until there is an answer that will do; an empty one passes by. */
static enum rc ask(struct talking *t, struct edit *e,
                   const struct shape_field *f, enum answer *how,
                   struct err *err)
{
    const char *answer;
    struct err wrong;
    ssize_t n;

    for (;;) {
        print_question(t, f);
        n = wait_for_line(t);
        if (n < 0) {
            *how = LEFT;
            return RC_OK;
        }
        while (n > 0 && strchr("\r\n", t->line[n - 1]) != NULL)
            t->line[--n] = '\0';
        answer = with_codes(t, f, t->line);
        if (edit_field(e, bytes_of(f->name), EDIT_SET, bytes_of(answer),
                       &wrong) == RC_OK)
            break;
        printf("  %s\n", wrong.text);
    }
    *how = ANSWERED;
    return draft_put(&t->a->l, (struct draft_name){.type = t->type}, t->area, 0,
                     &(struct draft_answer){.field = f,
                                            .text = as_kept(t, e, f),
                                            .keep = t->a->keep_words},
                     err);
}

static enum rc take_over(struct edit *e, const struct draft_answer *before,
                         struct err *err)
{
    bool keep = e->app->keep_words;
    enum rc rc;

    e->app->keep_words |= before->keep;
    rc = edit_field(e, bytes_of(before->field->name), EDIT_SET,
                    bytes_of(before->text), err);
    e->app->keep_words = keep;
    return rc;
}

/* Take over what was answered before, then ask the rest. */
static enum rc ask_all(struct talking *t, struct edit *e, enum answer *how,
                       struct err *err)
{
    struct draft d;
    size_t i;
    enum rc rc = draft_read(&t->a->l, (struct draft_name){.type = t->type},
                            &t->a->mem, &d, err);

    *how = ANSWERED;
    for (i = 1; rc == RC_OK && *how == ANSWERED && i < t->type->fields_n; i++) {
        const struct shape_field *f = &t->type->fields[i];
        const struct draft_answer *before = draft_answer_to(&d, f);

        if (!is_asked(t->a, f))
            continue;
        if (before == NULL || take_over(e, before, err) != RC_OK)
            rc = ask(t, e, f, how, err);
    }
    return rc;
}

/* Empty answers need no write. */
static void drop_empty(struct edit *e)
{
    size_t i, n = 0;

    for (i = 0; i < e->n; i++)
        if (e->writes[i].value.kind != VALUE_NULL)
            e->writes[n++] = e->writes[i];
    e->n = n;
}

static enum rc finish(struct talking *t, struct edit *e, struct err *err)
{
    enum rc rc = db_begin(t->a->l.db, err);

    if (rc != RC_OK)
        return rc;
    drop_empty(e);
    if (e->n > 0)
        rc = edit_save(e, err);
    if (rc == RC_OK)
        rc = draft_forget(&t->a->l, (struct draft_name){.type = t->type}, err);
    return db_end(t->a->l.db, rc, err);
}

static int talk(struct talking *t)
{
    struct app *a = t->a;
    char id[ID_TEXT_CHARS + 1];
    enum answer how = ANSWERED;
    const char *missing;
    struct edit e;
    struct err err;
    enum rc rc;

    edit_new(&e, a, t->type, t->area, NULL);
    printf("%s (%s)\n", label_in(&t->type->label, a->lang),
           app_area_slug(a, t->area));
    rc = ask_all(t, &e, &how, &err);
    if (rc == RC_OK && how == LEFT) {
        printf(msg(a->lang, "\nkept; `stoep talk %s` goes on here\n"),
               t->type->name);
        return EXIT_DONE;
    }
    if (rc == RC_OK)
        rc = finish(t, &e, &err);
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (e.n == 0) {
        puts(msg(a->lang, "nothing was filled in"));
        return EXIT_DONE;
    }
    printf(msg(a->lang, "\nsaved as %s\n"), id_text(&e.id, id));
    missing = edit_missing(&e);
    if (missing != NULL)
        printf(msg(a->lang, "still to be filled in: %s\n"), missing);
    return EXIT_DONE;
}

int verb_talk(struct app *a, int argc, char **argv)
{
    struct talking t = {.a = a};
    struct err err;
    int code;
    enum rc rc;

    if (argc > 2)
        return app_usage(a, argv[0]);
    rc = app_type(a, argc == 2 ? argv[1] : "conversation", &t.type, &err);
    if (rc == RC_OK)
        rc = app_area(a, &t.area, &err);
    if (rc != RC_OK)
        return app_failed(a, &err);
    code = talk(&t);
    free(t.line);
    return code;
}
