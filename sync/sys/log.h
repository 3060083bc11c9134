/*
 * log.h - one line per event, in logfmt, to standard error.
 *
 *     log_info("push.done", "device=%u changesets=%zu", device, n);
 *     log_error("push.failed", "err=%s", LOG_QUOTE(err.text));
 *
 * Never personal data: no names, no addresses, no values of fields.
 * A line leaves in one write(2), so lines of threads do not mix; what is
 * longer than LOG_LINE_BYTES is cut.
 */
#pragma once

#include "sync/base/def.h"

enum { LOG_LINE_BYTES = 1024, LOG_QUOTED_BYTES = 512 };
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_level_set(enum log_level least); /* LOG_INFO unless told otherwise */
/* "debug", "info", "warn" or "error"; false if it is none of them. */
bool log_level_parse(const char *text, enum log_level *out);

void log_line(enum log_level level, const char *event, const char *fmt, ...)
    PRINTF(3, 4);
#define log_debug(event, ...) log_line(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...)  log_line(LOG_INFO, event, __VA_ARGS__)
#define log_warn(event, ...)  log_line(LOG_WARN, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_ERROR, event, __VA_ARGS__)

/* A value that may hold spaces, quotes or worse; lives until the end of the
 * enclosing block. */
struct log_quoted {
    char text[LOG_QUOTED_BYTES];
};
#define LOG_QUOTE(s) log_quote(&(struct log_quoted){{0}}, s)
const char *log_quote(struct log_quoted *out, const char *s);
