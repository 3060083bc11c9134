#include "sync/sys/httpd_head.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool httpd_head_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return *a == *b;
}

static bool is_token_char(char c) /* RFC 9110, 5.6.2 */
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *s)
{
    const char *at = s;

    while (is_token_char(*at))
        at++;
    return at > s && !*at;
}

static int hex(char c)
{
    c = lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool httpd_head_decode(char *s, bool plus)
{
    char *to = s;

    for (; *s; s++) {
        if (*s == '%') {
            int hi = hex(s[1]), lo = hi < 0 ? -1 : hex(s[2]);

            if (lo < 0 || !(hi || lo))
                return false;
            *to++ = (char)(hi * 16 + lo);
            s += 2;
        } else {
            *to++ = plus && *s == '+' ? ' ' : *s;
        }
    }
    *to = 0;
    return true;
}

bool httpd_head_match(const char *pattern, const char *path, struct arena *a,
                      char *segment[static HTTPD_SEGMENTS_MAX], size_t *n)
{
    size_t found = 0;

    while (*pattern && *path) {
        size_t len;

        if (*pattern != '*') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        len = strcspn(path, "/");
        if (len == 0 || found == HTTPD_SEGMENTS_MAX)
            return false;
        segment[found] = arena_text(a, path, len);
        if (!httpd_head_decode(segment[found++], false))
            return false;
        path += len;
        pattern++;
    }
    *n = found;
    return *pattern == *path;
}

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

static bool method_of(const char *text, enum httpd_method *out)
{
    for (int m = HTTPD_GET; m <= HTTPD_DELETE; m++) {
        if (strcmp(text, httpd_method_text((enum httpd_method)m)) == 0) {
            *out = (enum httpd_method)m;
            return true;
        }
    }
    return false;
}

/* "http://host/path" is what proxies are sent, and must be taken too; its host
 * then goes before the Host (RFC 9112, 3.2.2). */
static bool take_target(const char *target, struct arena *a,
                        struct httpd_head *out)
{
    size_t n;

    for (const char *c = target; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '#')
            return false;
    if (strncmp(target, "http://", 7) == 0 ||
        strncmp(target, "https://", 8) == 0) {
        target = strstr(target, "//") + 2;
        n = strcspn(target, "/?");
        out->authority = arena_text(a, target, n);
        target += n;
    }
    if (*target != '/')
        return false;
    n = strcspn(target, "?");
    out->target = target;
    out->path = arena_text(a, target, n);
    out->query = target[n] ? target + n + 1 : NULL;
    return true;
}

static int take_line(char *line, struct arena *a, struct httpd_head *out,
                     const char **why)
{
    char *target = strchr(line, ' '), *version;

    version = target ? strchr(target + 1, ' ') : NULL;
    if (!version)
        return refuse(why, 400, "The request line is not one.");
    *target++ = 0;
    *version++ = 0;
    if (!is_token(line) || strncmp(version, "HTTP/", 5) != 0)
        return refuse(why, 400, "The request line is not one.");
    out->old = strcmp(version, "HTTP/1.0") == 0;
    out->close = out->old;
    if (!out->old && strcmp(version, "HTTP/1.1") != 0)
        return refuse(why, 505, "This server speaks HTTP/1.1.");
    if (!method_of(line, &out->method))
        return refuse(why, 501, "This method is not known here.");
    if (!take_target(target, a, out))
        return refuse(why, 400, "The target is not a path.");
    return 0;
}

static bool has_item(const char *list, const char *item)
{
    size_t n = strlen(item);

    while (*list) {
        size_t len, i = 0;

        list += strspn(list, " \t,");
        len = strcspn(list, " \t,");
        while (i < n && i < len && lower(list[i]) == item[i])
            i++;
        if (i == n && len == n)
            return true;
        list += len;
    }
    return false;
}

static bool take_length(const char *value, uint64_t *out)
{
    uint64_t v = 0;

    if (!*value || strlen(value) > 18)
        return false;
    for (; *value; value++) {
        if (*value < '0' || *value > '9')
            return false;
        v = v * 10 + (uint64_t)(*value - '0');
    }
    *out = v;
    return true;
}

static bool take_field(char *line, struct httpd_head *out)
{
    char *value = strchr(line, ':'), *end;

    if (!value)
        return false;
    *value++ = 0;
    value += strspn(value, " \t");
    end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = 0;
    for (const char *c = value; *c; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return false;
    if (!is_token(line))
        return false;
    out->field[out->fields].name = line;
    out->field[out->fields++].value = value;
    return true;
}

/* What the fields mean for the conversation. */
static int take_meaning(struct httpd_head *out, const char **why)
{
    const char *host = NULL;
    size_t hosts = 0, lengths = 0;

    for (size_t i = 0; i < out->fields; i++) {
        const char *name = out->field[i].name, *value = out->field[i].value;

        if (httpd_head_same(name, "Host")) {
            host = value;
            hosts++;
        } else if (httpd_head_same(name, "Content-Length")) {
            if (lengths++ || !take_length(value, &out->length))
                return refuse(why, 400, "Content-Length is not one number.");
        } else if (httpd_head_same(name, "Transfer-Encoding")) {
            return refuse(why, 411, "Send a Content-Length.");
        } else if (httpd_head_same(name, "Connection")) {
            out->close = out->close || has_item(value, "close");
        } else if (httpd_head_same(name, "Expect")) {
            if (!httpd_head_same(value, "100-continue"))
                return refuse(why, 417, "Only 100-continue can be expected.");
            out->expects = !out->old;
        }
    }
    if (hosts != 1 && !(out->old && hosts == 0))
        return refuse(why, 400, "There must be one Host.");
    if (!out->authority)
        out->authority = host ? host : "";
    return 0;
}

/* Cut the line at *at, ending in CRLF; NULL if it holds a CR, LF or NUL. */
static char *cut_line(char *text, size_t n, size_t *at)
{
    char *line = text + *at, *end = memchr(line, '\r', n - *at);

    if (!end || end[1] != '\n' || memchr(line, '\n', (size_t)(end - line)) ||
        memchr(line, 0, (size_t)(end - line)))
        return NULL;
    *end = 0;
    *at = (size_t)(end - text) + 2;
    return line;
}

int httpd_head_parse(struct bytes head, struct arena *a, struct httpd_head *out,
                     const char **why)
{
    char *text = arena_text(a, (const char *)head.p, head.n), *line, *host;
    size_t at = 0;
    int status;

    *out = (struct httpd_head){.method = HTTPD_GET};
    while (head.n - at >= 2 && memcmp(text + at, "\r\n", 2) == 0)
        at += 2; /* empty lines before the first (RFC 9112, 2.2) */
    line = cut_line(text, head.n, &at);
    status = line ? take_line(line, a, out, why)
                  : refuse(why, 400, "The request line is not one.");
    while (status == 0) {
        line = cut_line(text, head.n, &at);
        if (line && !*line)
            break;
        if (out->fields == HTTPD_HEADERS_MAX)
            return refuse(why, 431, "There are too many headers.");
        if (!line || !take_field(line, out))
            return refuse(why, 400, "A header is not one.");
    }
    if (status == 0)
        status = take_meaning(out, why);
    if (status == 0) {
        host = arena_text(a, out->authority, strlen(out->authority));
        out->authority = host;
        for (; *host; host++)
            *host = lower(*host);
    }
    return status;
}
