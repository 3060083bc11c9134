#define _DEFAULT_SOURCE
#include "sync/sys/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const words[] = {"debug", "info", "warn", "error"};
static _Atomic int least_level = LOG_INFO;

void log_level_set(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

bool log_level_parse(const char *text, enum log_level *out)
{
    size_t i;

    for (i = 0; i < countof(words); i++)
        if (strcmp(text, words[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
    char line[LOG_LINE_BYTES];
    struct timespec now;
    struct tm tm;
    va_list args;
    size_t n;
    int more;

    if ((int)level < atomic_load(&least_level))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    n = strftime(line, sizeof line, "time=%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t)snprintf(line + n, sizeof line - n,
                          ".%03ldZ level=%s event=%s ", now.tv_nsec / 1000000,
                          words[level], event);
    if (n > sizeof line - 2)
        n = sizeof line - 2;
    va_start(args, fmt);
    more = vsnprintf(line + n, sizeof line - n - 1, fmt, args);
    va_end(args);
    n = more < 0 ? n : n + (size_t)more;
    if (n > sizeof line - 2)
        n = sizeof line - 2; /* cut */
    while (n > 0 && line[n - 1] == ' ')
        n--;
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        return; /* nobody left to tell */
}

const char *log_quote(struct log_quoted *out, const char *s)
{
    size_t n = 0, most = sizeof out->text - 2;

    out->text[n++] = '"';
    for (; *s != '\0' && n + 2 < most; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            out->text[n++] = '\\';
        out->text[n++] = c < 0x20 || c == 0x7f ? ' ' : *s;
    }
    out->text[n++] = '"';
    out->text[n] = '\0';
    return out->text;
}
