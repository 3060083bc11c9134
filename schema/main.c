/*
 * stoep-schema - look at the definitions of the record types.
 *
 * Exit codes: 0 all is well; 1 the definitions have faults, or a change is
 * unsafe; 2 the command was not understood, or a file could not be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/diff.h"
#include "schema/emit.h"
#include "schema/schema.h"

enum { EXIT_FINE, EXIT_FAULTS, EXIT_TROUBLE };
enum { OUTPUT_BYTES_MAX = 64 * 1024 * 1024 };

static const char help[] =
    "stoep-schema: look at the definitions of the record types\n"
    "\n"
    "  stoep-schema check [DIR]        say what is wrong, and what to do\n"
    "  stoep-schema sql [DIR]          the tables that follow\n"
    "  stoep-schema form TYPE [DIR]    the form of one type, as JSON\n"
    "  stoep-schema doc [nl|en] [DIR]  the register, as Markdown (nl)\n"
    "  stoep-schema diff OLD NEW       what changed, and whether it is safe\n"
    "\n"
    "DIR is a folder with *.yaml files; without it, the definitions that are\n"
    "built in.  How to write them: schema/README.md.\n"
    "\n"
    "Exit codes: 0 well; 1 faults, or an unsafe change; 2 not understood, or\n"
    "a file could not be read.\n";

struct job { /* what every command works with */
    struct arena mem;
    struct diags diags;
    struct buf out; /* printed at the end */
};

static int misuse(const char *what)
{
    fprintf(stderr, "stoep-schema: %s; see stoep-schema --help\n", what);
    return EXIT_TROUBLE;
}

/* Compile a folder (NULL: what is built in); prints what is wrong. */
static int load(struct job *j, const char *dir, const struct shape **out)
{
    struct err err;
    enum rc rc = dir == NULL
                     ? schema_compile_bundle(schema_builtin_bundle(), &j->mem,
                                             &j->diags, out, &err)
                     : schema_compile(dir, &j->mem, &j->diags, out, &err);

    if (rc == RC_OK)
        return EXIT_FINE;
    if (j->diags.n == 0) {
        fprintf(stderr, "stoep-schema: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    diags_print(&j->diags, &j->out);
    fputs(buf_text(&j->out), stderr);
    buf_clear(&j->out);
    return EXIT_FAULTS;
}

static int run_check(struct job *j, int argc, char **argv)
{
    const struct shape *s;
    size_t i, fields = 0;
    int code;

    if (argc > 1)
        return misuse("check takes one folder");
    code = load(j, argv[0], &s);
    if (code != EXIT_FINE)
        return code;
    for (i = 0; i < s->types_n; i++)
        fields += s->types[i].fields_n - 1;
    buf_printf(&j->out, "%zu record types, %zu fields, version %s\n",
               s->types_n, fields, s->version);
    return EXIT_FINE;
}

static int run_sql(struct job *j, int argc, char **argv)
{
    const struct shape *s;
    int code;

    if (argc > 1)
        return misuse("sql takes one folder");
    code = load(j, argv[0], &s);
    if (code == EXIT_FINE)
        emit_sql(&j->out, s);
    return code;
}

static int run_form(struct job *j, int argc, char **argv)
{
    const struct shape_type *t;
    const struct shape *s;
    size_t i;
    int code;

    if (argc < 1 || argc > 2)
        return misuse("form takes a type, and perhaps a folder");
    code = load(j, argv[1], &s);
    if (code != EXIT_FINE)
        return code;
    t = shape_type_named(s, bytes_of(argv[0]));
    if (t != NULL) {
        emit_form(&j->out, s, t);
        return EXIT_FINE;
    }
    fprintf(stderr, "stoep-schema: there is no type `%s`; there are:\n",
            argv[0]);
    for (i = 0; i < s->types_n; i++)
        fprintf(stderr, "  %s\n", s->types[i].name);
    return EXIT_TROUBLE;
}

static int run_doc(struct job *j, int argc, char **argv)
{
    enum lang lang = LANG_NL;
    const struct shape *s;
    int code;

    if (argc > 0 &&
        (strcmp(argv[0], "nl") == 0 || strcmp(argv[0], "en") == 0)) {
        lang = strcmp(argv[0], "en") == 0 ? LANG_EN : LANG_NL;
        argc--;
        argv++;
    }
    if (argc > 1)
        return misuse("doc takes a language and a folder");
    code = load(j, argv[0], &s);
    if (code == EXIT_FINE)
        emit_doc(&j->out, s, lang);
    return code;
}

static int run_diff(struct job *j, int argc, char **argv)
{
    const struct shape *old, *new;
    int code;

    if (argc != 2)
        return misuse("diff takes two folders, the old and the new");
    code = load(j, argv[0], &old);
    if (code == EXIT_FINE)
        code = load(j, argv[1], &new);
    if (code == EXIT_FINE && schema_diff(old, new, &j->out) > 0)
        code = EXIT_FAULTS;
    if (code == EXIT_FINE && j->out.n == 0)
        buf_puts(&j->out, "nothing that matters has changed\n");
    return code;
}

static const struct {
    const char *name;
    int (*run)(struct job *j, int argc, char **argv);
} commands[] = {
    {"check", run_check}, {"sql", run_sql},   {"form", run_form},
    {"doc", run_doc},     {"diff", run_diff},
};

int main(int argc, char **argv)
{
    struct job j = {.out = buf_make(OUTPUT_BYTES_MAX)};
    size_t i;
    int code = -1;

    if (argc >= 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
         strcmp(argv[1], "help") == 0)) {
        fputs(help, stdout);
        return EXIT_FINE;
    }
    for (i = 0; argc >= 2 && i < countof(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            code = commands[i].run(&j, argc - 2, argv + 2);
    if (code < 0)
        code = misuse(argc < 2 ? "say what to do" : "no such command");
    if (j.out.n > 0)
        fwrite(j.out.p, 1, j.out.n, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("stoep-schema: the output could not be written\n", stderr);
        code = EXIT_TROUBLE;
    }
    buf_free(&j.out);
    diags_free(&j.diags);
    arena_free(&j.mem);
    return code;
}
