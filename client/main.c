/* stoep: record at the door, hand in at the office. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/app.h"
#include "sync/sys/clock.h"
#include "sync/sys/secret.h"

static const struct verb {
    const char *name, *args, *help;
    int (*run)(struct app *a, int argc, char **argv);
    enum app_opens opens;
} verbs[] = {
    {"enrol", "URL CODE | LINK [--name DEVICE] [--no-pin]",
     "make this device one of a server's, with a code from your team lead or"
     " the link\n      that its QR code holds; its store gets a PIN",
     verb_enrol, OPENS_OR_MAKES},
    {"add", "TYPE field=value ... [--area SLUG]", "record something new",
     verb_add, OPENS_STORE},
    {"edit", "ID field=value field+=value field-=value ...",
     "change a record; += and -= for sets", verb_edit, OPENS_STORE},
    {"delete", "ID",
     "delete a record; it comes back if somebody changed it"
     " meanwhile",
     verb_delete, OPENS_STORE},
    {"withdraw", "ID [--purpose CODE]",
     "a resident takes back consent, all of it or for one purpose; ID is what"
     " it was about, or the consent itself",
     verb_withdraw, OPENS_STORE},
    {"list", "TYPE [field=value ...] [--area SLUG] [--all]",
     "list records; --all with those that are deleted", verb_list, OPENS_STORE},
    {"show", "ID", "show a record, and where it is in conflict who wrote what",
     verb_show, OPENS_STORE},
    {"search", "WORDS ... [--here] [--type TYPE] [--area SLUG] [--limit N]",
     "find notes that hold all these words, the last one as the beginning of"
     " one;\n      what stands between quotes stays together; a lead asks the"
     " server,\n      others and --here look on this device",
     verb_search, OPENS_STORE},
    {"related",
     "[ID] [--area SLUG] | --same STAYS DUPLICATE ... | --different"
     " ID ID",
     "signals that may be the same matter, and why; merge them, or say that"
     " they\n      are not (and they are not proposed again)",
     verb_related, OPENS_STORE},
    {"chronicle", "ID",
     "what was done with a record: all that names it, day by day",
     verb_chronicle, OPENS_STORE},
    {"coverage", "[--area SLUG]",
     "how far street rounds came: doors visited, what came of it, how many are"
     " left;\n      numbers alone, never which door",
     verb_coverage, OPENS_STORE},
    {"where", "LAT,LON",
     "which neighbourhood holds this point; a signal with a place gets its code"
     " by itself",
     verb_where, OPENS_STORE},
    {"reviews", "", "list what a person must look at", verb_reviews,
     OPENS_STORE},
    {"resolve", "ID FIELD [--take N | VALUE]",
     "choose what it is to be; N as `stoep show` numbers them", verb_resolve,
     OPENS_STORE},
    {"import", "FILE.jsonl", "record many at once; all or nothing", verb_import,
     OPENS_STORE},
    {"export", "[TYPE] [--all]",
     "print records as JSON lines; --all with those that are deleted",
     verb_export, OPENS_STORE},
    {"sync", "[--watch]", "hand in your work and take in that of others",
     verb_sync, OPENS_TO_SYNC},
    {"status", "", "how this device stands", verb_status, OPENS_STATUS},
    {"talk", "[TYPE]",
     "answer the questions of a form one by one; you may"
     " stop at any time and go on later",
     verb_talk, OPENS_STORE},
    {"ui", "", "the same in a browser on this device; prints the address",
     verb_ui, OPENS_NOTHING},
    {"unlock", "[--minutes N]",
     "ask for the PIN, and not again until the store was not used for N"
     " minutes (15)",
     verb_unlock, OPENS_NOTHING},
    {"lock", "", "ask for the PIN again from now on", verb_lock, OPENS_NOTHING},
    {"pin", "", "choose another PIN", verb_pin, OPENS_NOTHING},
    {"rekey", "[--store]",
     "get another key to sign with, or encrypt the store with another one",
     verb_rekey, OPENS_NOTHING},
    {"check", "", "is the store whole, and unchanged from outside?", verb_check,
     OPENS_STORE},
    {"debug", "merge ID | wire FILE | hlc STAMP", "look inside", verb_debug,
     OPENS_IF_THERE},
};

static void print_help(FILE *to)
{
    size_t i;

    fputs("usage: stoep VERB ... [options]\n\n", to);
    for (i = 0; i < countof(verbs); i++)
        fprintf(to, "  stoep %s %s\n      %s\n", verbs[i].name, verbs[i].args,
                verbs[i].help);
    fputs("\noptions of every verb:\n"
          "  --dir DIR      the store (or STOEP_DIR; default"
          " ~/.local/share/stoep)\n"
          "  --lang nl|en   language (default from LANG, else nl)\n"
          "  --json         for programs\n"
          "  --keep-words   a word that looks like a name is none: keep it\n"
          "  --pin-file F   read the PIN there (or from descriptor"
          " STOEP_PIN_FD)\n"
          "\nexit codes: 0 done, 1 failed, 2 not understood, 3 no answer from"
          " the server:\ntry again later, 4 synced but something is to be"
          " reviewed, 5 this network stands\nbetween: sign in to it or take"
          " another, 6 set the clock of this device\n",
          to);
}

int app_usage(const struct app *a, const char *verb)
{
    size_t i;

    for (i = 0; i < countof(verbs); i++)
        if (strcmp(verb, verbs[i].name) == 0)
            fprintf(stderr, msg(a->lang, "usage: stoep %s %s\n"), verbs[i].name,
                    verbs[i].args);
    return EXIT_USAGE;
}

/* -- options of every verb ---------------------------------------------- */

struct options {
    const char *dir, *lang, *area, *pin_file;
    bool json, help, version, no_pin, keep_words;
};

/* --name value or --name=value; NULL if argv[*i] is another. */
static const char *option(int argc, char **argv, int *i, const char *name)
{
    size_t n = strlen(name);

    if (strncmp(argv[*i], name, n) != 0)
        return NULL;
    if (argv[*i][n] == '=')
        return argv[*i] + n + 1;
    if (argv[*i][n] != '\0' || *i + 1 >= argc)
        return NULL;
    return argv[++*i];
}

static void take_options(int *argc, char **argv, struct options *o)
{
    int i, n = 0;
    const char *v;

    for (i = 0; i < *argc; i++) {
        if ((v = option(*argc, argv, &i, "--dir")) != NULL)
            o->dir = v;
        else if ((v = option(*argc, argv, &i, "--lang")) != NULL)
            o->lang = v;
        else if ((v = option(*argc, argv, &i, "--area")) != NULL)
            o->area = v;
        else if ((v = option(*argc, argv, &i, "--pin-file")) != NULL)
            o->pin_file = v;
        else if (strcmp(argv[i], "--no-pin") == 0)
            o->no_pin = true;
        else if (strcmp(argv[i], "--keep-words") == 0)
            o->keep_words = true;
        else if (strcmp(argv[i], "--json") == 0)
            o->json = true;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            o->help = true;
        else if (strcmp(argv[i], "--version") == 0)
            o->version = true;
        else
            argv[n++] = argv[i];
    }
    *argc = n;
}

static enum lang language(const char *lang)
{
    const char *env = getenv("LC_ALL");

    if (env == NULL || env[0] == '\0')
        env = getenv("LANG");
    if (lang == NULL)
        lang = env;
    return lang != NULL && strncmp(lang, "en", 2) == 0 ? LANG_EN : LANG_NL;
}

/* Where the store is; NULL if nobody says and there is no home. */
static const char *store_dir(const struct options *o, struct arena *mem)
{
    const char *env = getenv("STOEP_DIR"), *home = getenv("HOME");

    if (o->dir != NULL)
        return o->dir;
    if (env != NULL && env[0] != '\0')
        return env;
    if (home == NULL || home[0] == '\0')
        return NULL;
    return arena_printf(mem, "%s/.local/share/stoep", home);
}

static int run(const struct verb *v, const struct options *o, int argc,
               char **argv)
{
    struct app a = {.lock = -1,
                    .lang = language(o->lang),
                    .json = o->json,
                    .keep_words = o->keep_words,
                    .area = o->area,
                    .no_pin = o->no_pin,
                    .now_ms = clock_wall_ms()};
    struct err err;
    int code;

    a.pin = (struct pin_source){.file = o->pin_file, .lang = a.lang, .fd = -1};
    a.dir = store_dir(o, &a.mem);
    if (a.dir == NULL) {
        fputs("stoep: where is the store? give --dir or STOEP_DIR\n", stderr);
        return EXIT_USAGE;
    }
    if (app_open(&a, v->opens, &err) != RC_OK)
        code = app_failed(&a, &err);
    else
        code = v->run(&a, argc, argv);
    app_close(&a);
    if (fflush(stdout) != 0 && code == EXIT_DONE) {
        perror("stoep: standard output");
        code = EXIT_FAILED;
    }
    return code;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    size_t i;

    secret_process();
    umask(077); /* what is in a store is nobody else's business */
    argc--;
    argv++;
    take_options(&argc, argv, &o);
    if (o.version) {
        puts("stoep 0.1.0");
        return EXIT_DONE;
    }
    if (argc > 0 && strcmp(argv[0], "help") == 0) {
        o.help = true;
        argc--;
        argv++;
    }
    for (i = 0; argc > 0 && i < countof(verbs); i++)
        if (strcmp(argv[0], verbs[i].name) == 0) {
            if (!o.help)
                return run(&verbs[i], &o, argc, argv);
            printf("usage: stoep %s %s\n\n%s\n", verbs[i].name, verbs[i].args,
                   verbs[i].help);
            return EXIT_DONE;
        }
    if (argc > 0) {
        fprintf(stderr,
                "stoep: there is no verb \"%s\"; `stoep help` lists"
                " them\n",
                argv[0]);
        return EXIT_USAGE;
    }
    print_help(o.help ? stdout : stderr);
    return o.help ? EXIT_DONE : EXIT_USAGE;
}
