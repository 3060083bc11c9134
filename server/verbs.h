/*
 * verbs.h - what stoepd can do, one function each.
 *
 * A verb gets its own arguments (argv[0] is its name), writes results to
 * standard output and faults to standard error, and returns the exit code.
 */
#pragma once

#include "server/conf.h"
#include "server/store.h"

enum verb_exit { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int verb_init(int argc, char **argv);
int verb_serve(int argc, char **argv);
int verb_check(int argc, char **argv); /* -n */
int verb_areas(int argc, char **argv);
int verb_enrol(int argc, char **argv);
int verb_accounts(int argc, char **argv);
int verb_devices(int argc, char **argv);
int verb_passkeys(int argc, char **argv);
int verb_key(int argc, char **argv);
int verb_forward(int argc, char **argv);
int verb_access_key(int argc, char **argv);
int verb_parked(int argc, char **argv);
int verb_types(int argc, char **argv);
int verb_query(int argc, char **argv);
int verb_ask(int argc, char **argv);
int verb_sheet(int argc, char **argv);
int verb_publish(int argc, char **argv);
int verb_regions(int argc, char **argv);
int verb_access(int argc, char **argv);
int verb_subject(int argc, char **argv);
int verb_retention(int argc, char **argv);
int verb_register(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_backup(int argc, char **argv);
int verb_restored(int argc, char **argv);

/* Settings: defaults, DIR/stoepd.conf, the command line; then the paths. */
MUST_USE enum rc verb_conf(const char *dir, int *argc, char **argv,
                           struct server_conf *conf, struct err *err);

/* 2026-11-23 14:05 in Dutch time, or a dash for 0; returns `out`. */
const char *verb_when(uint64_t ms, char out[20]);
/* 2026-11-23: when that day begins, or ends, in Dutch time. */
MUST_USE enum rc verb_day(const char *text, bool end, uint64_t *ms,
                          struct err *err);

/* Say what went wrong; returns EXIT_FAILED. */
int verb_failed(const struct err *err);
/* Say how the verb is used; returns EXIT_USAGE. */
int verb_usage(const char *verb);

/* The access log (access.h).  What a verb did goes into it, with how it went
 * (`rc`, which is returned unless the line fails: then that says so); `on` may
 * be NULL. */
MUST_USE enum rc verb_note(const char *dir, const char *act, const char *on,
                           enum rc rc, struct err *err);
/* What a verb read is shown once its line is written. */
struct table;
MUST_USE enum rc verb_show(const char *dir, const char *act,
                           const struct table *t, bool json, struct err *err);

/* Options of a verb: `--name value` or `--name=value`, and `--name` for
 * flags.  Returns false after saying what is wrong.  What is no option goes
 * to `rest`. */
struct option_spec {
    const char *name;
    const char **value; /* or NULL */
    bool *flag;         /* or NULL */
};
bool verb_options(int argc, char **argv, const struct option_spec *spec,
                  size_t specs, const char **rest, size_t rest_max,
                  size_t *rest_n);
