/*
 * conf.h - settings: one table makes the struct, the defaults, the parser and
 * the help.
 *
 *     #define SERVER_CONF(X)                                             \
 *         X(listen, TEXT, "127.0.0.1:8443", "address and port")          \
 *         X(store_max, BYTES, "10g", "refuse pushes beyond this size")
 *
 *     struct server_conf {
 *         SERVER_CONF(CONF_MEMBER)
 *     };
 *     #define X(name, kind, value, help) \
 *         CONF_SETTING(struct server_conf, name, kind, value, help)
 *     static const struct conf_setting settings[] = {SERVER_CONF(X)};
 *     #undef X
 *     static const struct conf_table table = {settings, countof(settings)};
 *
 * A file holds lines `store-max 20g`; `#` opens a comment at the start of a
 * line or after a space.  On a command line the same is `--store-max 20g` or
 * `--store-max=20g`.  A `_` in a name is written `-` (both are understood).
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

enum { CONF_TEXT_BYTES = 256, CONF_FILE_BYTES = 64 * 1024 };

/* TEXT: up to 255 bytes.  COUNT: 0, 1, 2 ...  BYTES: the same with k, m or g
 * behind it (times 1024).  FLAG: yes or no; on a command line the name alone
 * means yes. */
enum conf_kind { CONF_TEXT, CONF_COUNT, CONF_BYTES, CONF_FLAG };

struct conf_setting {
    const char *name;
    enum conf_kind kind;
    const char *value; /* default */
    const char *help;
    size_t offset; /* in the struct */
};

struct conf_table {
    const struct conf_setting *settings; /* foreign */
    size_t n;
};

#define CONF_MEMBER(name, kind, value, help) CONF_MEMBER_##kind(name)
#define CONF_MEMBER_TEXT(name)               char name[CONF_TEXT_BYTES];
#define CONF_MEMBER_COUNT(name)              uint64_t name;
#define CONF_MEMBER_BYTES(name)              uint64_t name;
#define CONF_MEMBER_FLAG(name)               bool name;
#define CONF_SETTING(type, name, kind, value, help) \
    {#name, CONF_##kind, value, help, offsetof(type, name)},

/* A default that does not parse is a bug: the process stops. */
void conf_defaults(const struct conf_table *t, void *out);
/* RC_INVALID names file, line and what to write instead; RC_NOTFOUND: no such
 * file.  On failure `out` holds what came before the fault. */
MUST_USE enum rc conf_file(const struct conf_table *t, const char *path,
                           void *out, struct err *err);
/* Take the settings out of argv[1..]; what is no setting stays, in order, and
 * *argc tells how many are left.  `--` ends them and stays. */
MUST_USE enum rc conf_args(const struct conf_table *t, int *argc, char **argv,
                           void *out, struct err *err);
/* A line per setting: name, default, help. */
void conf_help(const struct conf_table *t, struct buf *out);
