/* stoepd: the server of Stoep, and the tool to run it with. */
#include <stdio.h>
#include <string.h>

#include "server/conf.h"
#include "server/verbs.h"
#include "sync/sys/secret.h"

static const struct verb {
    const char *name, *args, *help;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"init", "DIR [--name HOST]",
     "make a server in DIR: store, key,"
     " certificate, settings",
     verb_init},
    {"serve", "DIR [--listen ADDR:PORT] [settings]",
     "run it until SIGTERM; SIGHUP reads the certificate anew", verb_serve},
    {"-n", "DIR [settings]",
     "check settings, certificate, store and record"
     " types, and exit",
     verb_check},
    {"areas", "DIR [add SLUG --name NAME [--code CBS]] [--csv FILE] [--json]",
     "list areas, add one, or many from a CSV of slug,name,code", verb_areas},
    {"enrol",
     "DIR --user NAME --role ROLE --area SLUG[,SLUG...]\n"
     "          [--worker-type TYPE] [--rules-signed DATE]"
     " [--until DATE|never | --days N]\n"
     "          [--replaces DEVICE] [--browser | --qr] [--png FILE] [--url URL]\n"
     "          [--json]",
     "print a one-time code that enrols a device for this user, or makes a"
     " passkey\n      (--browser: as a link for a browser); what is not"
     " said of a\n      user who is known stays as it is; volunteers, interns"
     " and residents' groups\n      sign rules first; --replaces withdraws a"
     " device that is lost",
     verb_enrol},
    {"accounts", "DIR [--json]", "list users: role, worker type, areas, end",
     verb_accounts},
    {"devices", "DIR [revoke NUMBER | report NUMBER [--lang nl|en]] [--json]",
     "list devices; withdraw one that is lost or stolen, which makes it wipe"
     " itself at\n      its next contact; say what is on one, for the report of"
     " a breach",
     verb_devices},
    {"passkeys", "DIR [revoke NUMBER] [--json]",
     "list the passkeys with which people sign in to the pages of this server;"
     " withdraw one,\n      which ends all sessions of its user",
     verb_passkeys},
    {"key", "DIR [rotate | finish [--yes]]",
     "show by which key devices know this server; make the next one; put it in"
     " force",
     verb_key},
    {"access-key",
     "DIR make USER [--until DATE] | list | revoke NUMBER [--json]",
     "keys with which programs of analysts (curl, Excel, Power BI) ask for"
     " protected\n      figures, and for nothing else; a key is shown once",
     verb_access_key},
    {"parked", "DIR [--json]", "list what came in and could not be merged",
     verb_parked},
    {"types", "DIR [FOLDER]",
     "show the record types in force, or put those of"
     " a folder in force",
     verb_types},
    {"query", "DIR \"SELECT ...\" [--json]",
     "ask the store; nothing can be changed", verb_query},
    {"regions",
     "DIR [import YEAR FILE.csv | outlines YEAR FILE.geojson |"
     " layers YEAR FILE.csv\n     | crosswalk FILE.csv] [--json]",
     "neighbourhoods by which is counted: list them; take in codes and names"
     " (CBS), their\n      outlines, the town's own layers, what codes of"
     " other years are now",
     verb_regions},
    {"ask",
     "DIR [QUESTION [NAME=VALUE]... [--lang nl|en] [--json|--csv|--svg]]\n"
     "  stoepd ask DIR --renew",
     "protected figures of what was merged, of months, quarters and years that"
     " are over;\n      without a question: those there are.  `0-4` is fewer"
     " than 5, zero too, and `.`\n      withheld, so that nobody is betrayed;"
     " --renew decides what is told, as the server\n      does each night",
     verb_ask},
    {"sheet", "DIR AREA [--period 2026Q3] [--lang nl|en] > sheet.html",
     "what protected figures say of one area, as one page to print; AREA is a"
     " code\n      (WK001400), or a layer and a code (team/a)",
     verb_sheet},
    {"publish", "DIR [REPOSITORY] [settings]",
     "put protected figures into a bare git repository that others clone: CSV,"
     " SQLite,\n      a description; a commit if something changed.  Settings"
     " say who publishes",
     verb_publish},
    {"forward", "DIR [--run] [--json]",
     "signals that leads released (open311_jurisdiction): which the"
     " municipality's own\n      system has taken, and as what; --run sends it"
     " those that it has not",
     verb_forward},
    {"subject",
     "DIR find WORDS | export ID... [--html [--lang nl|en]] | erase ID..."
     " [--yes]\n      | correct ID FIELD=VALUE... --note WHY [--forget] |"
     " unconfirmed [--json]",
     "what is known of a person: look for it, hand it out, erase it for ever,"
     " write it\n      right (--forget: what was wrong goes from the journal and"
     " from devices too);\n      list devices that have not heard of an erasure",
     verb_subject},
    {"retention",
     "DIR [--run] [--json]\n  stoepd retention DIR register [--json]",
     "what is kept too long, per type, field and class, now and within 30"
     " days; --run\n      deletes it, as the server does each night; register:"
     " what was deleted, without\n      content",
     verb_retention},
    {"register", "DIR [nl|en] [--html]",
     "the register of processing (GDPR article 30) and a draft of the DPIA, from"
     " the\n      record types in force; Markdown, or one page of HTML",
     verb_register},
    {"access",
     "DIR [--user U] [--record ID] [--area SLUG] [--from DATE] [--to DATE]"
     " [--json|--csv]\n  stoepd access DIR review [--json|--csv]",
     "the access log: who read or changed what; with --record, who had access"
     " to it;\n      review: accounts, roles, areas, devices, last use, end"
     " dates",
     verb_access},
    {"verify", "DIR [--git COPY]",
     "check the journal, its chain, the store, the access log and journal.git"
     " (or a\n      copy of it from elsewhere) against each other, and name the"
     " first difference",
     verb_verify},
    {"backup", "DIR FOLDER",
     "copy all of DIR into a new folder, while the server works: the store, the"
     " keys of\n      contact data, attachments, the journal's notes, the access"
     " log, lists, settings;\n      whole and on the disk, or not at all",
     verb_backup},
    {"restored", "DIR [--without-keys]",
     "say that the store was put back from a backup, so"
     " that devices hand in again;\n      without its keys what they are of is"
     " lost",
     verb_restored},
};

static void print_help(FILE *to)
{
    struct buf b = buf_make(16384);
    size_t i;

    fputs("usage: stoepd VERB DIR ...\n\n", to);
    for (i = 0; i < countof(verbs); i++)
        fprintf(to, "  stoepd %s %s\n      %s\n", verbs[i].name, verbs[i].args,
                verbs[i].help);
    fputs("\nsettings, in DIR/stoepd.conf as `name value` or as options:\n",
          to);
    conf_help(&server_conf_table, &b);
    fputs(buf_text(&b), to);
    buf_free(&b);
    fputs("\nexit codes: 0 done, 1 failed, 2 not understood\n", to);
}

int verb_usage(const char *verb)
{
    size_t i;

    for (i = 0; i < countof(verbs); i++)
        if (strcmp(verb, verbs[i].name) == 0)
            fprintf(stderr, "usage: stoepd %s %s\n", verbs[i].name,
                    verbs[i].args);
    return EXIT_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    size_t i;

    secret_process();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    for (i = 0; i < countof(verbs); i++)
        if (strcmp(argv[1], verbs[i].name) == 0) {
            if (!wants_help(argc, argv))
                return verbs[i].run(argc - 1, argv + 1);
            printf("usage: stoepd %s %s\n\n%s\n", verbs[i].name, verbs[i].args,
                   verbs[i].help);
            return EXIT_DONE;
        }
    if (wants_help(argc, argv) || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    fprintf(stderr,
            "stoepd: there is no verb \"%s\"; `stoepd help` lists"
            " them\n",
            argv[1]);
    return EXIT_USAGE;
}
