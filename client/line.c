#include "client/line.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "sync/base/msg.h"

static const struct {
    enum rc rc;
    const char *word, *text;
} faults[] = {
    [LINE_PORTAL] = {RC_DENIED, "portal",
                     MSG("this network does not let you through yet: open a"
                         " browser, sign in to the wifi and try again; nothing"
                         " is lost")},
    [LINE_PROXY] = {RC_DENIED, "proxy",
                    MSG("the proxy of this network wants a name and a password:"
                        " take another network, such as mobile data, and try"
                        " again; nothing is lost")},
    [LINE_GATEWAY] = {RC_NETWORK, "gateway",
                      MSG("the server is out of reach just now, only the"
                          " gateway before it answers: try again later;"
                          " nothing is lost")},
    [LINE_FOREIGN] = {RC_DENIED, "foreign",
                      MSG("what answers is not the server this device was"
                          " enrolled at, and nothing was sent to it: on a guest"
                          " wifi open a browser, sign in and try again; if that"
                          " does not help, ask your team lead for a code and"
                          " enrol it again: it keeps its records")},
    [LINE_STRANGE] = {RC_CORRUPT, "strange",
                      MSG("what answers is no server of Stoep: on a guest wifi"
                          " open a browser, sign in and try again; if that does"
                          " not help, tell your team lead")},
    [LINE_CLOCK] = {RC_AUTH, "clock",
                    MSG("the clock of this device is wrong: set the date and"
                        " the time and try again; nothing is lost")},
    [LINE_NAME] = {RC_NETWORK, "name",
                   MSG("the server cannot be found by its name: see whether"
                       " wifi or mobile data is on and try again; nothing is"
                       " lost")},
    [LINE_REFUSED] = {RC_NETWORK, "refused",
                      MSG("the server is not running, or this network keeps it"
                          " off: try again later or on another network;"
                          " nothing is lost")},
    [LINE_OFFLINE] = {RC_NETWORK, "offline",
                      MSG("there is no network here: turn on wifi or mobile"
                          " data and try again; nothing is lost")},
    [LINE_SILENT] = {RC_NETWORK, "silent",
                     MSG("the line fell silent: go where there is better"
                         " reception and try again; it goes on where it was"
                         " and nothing is lost")},
    [LINE_CUT] = {RC_NETWORK, "cut",
                  MSG("the line broke off: try again; it goes on where it was"
                      " and nothing is lost")},
    [LINE_TLS] = {RC_NETWORK, "tls",
                  MSG("no safe connection came about: on a guest wifi open a"
                      " browser and sign in, otherwise try again later;"
                      " nothing is lost")},
};

enum rc line_fault(enum line l, struct err *err)
{
    enum rc rc = err_set(err, faults[l].rc, "%s", faults[l].text);

    if (err != NULL)
        err->reason = faults[l].word;
    return rc;
}

bool line_media_is(const char *type, const char *media)
{
    size_t n = strlen(media);

    return type != NULL && strncasecmp(type, media, n) == 0 &&
           (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static bool is_page(const char *type)
{
    return line_media_is(type, "text/html") ||
           line_media_is(type, "application/xhtml+xml");
}

enum line line_of_status(long status, const char *type)
{
    if (status == 407)
        return LINE_PROXY;
    if (status == 511 || (status >= 300 && status < 400))
        return LINE_PORTAL;
    if (status >= 500 || status == 408 || status == 429)
        return LINE_GATEWAY;
    /* These our own server gives with a page of libevent's, see httpd.h. */
    if (status == 400 || status == 413 || status == 417)
        return LINE_STRANGE;
    return is_page(type) ? LINE_PORTAL : LINE_STRANGE;
}

enum line line_of_errno(int os_errno)
{
    switch (os_errno) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN: return LINE_OFFLINE;
    case ETIMEDOUT: return LINE_SILENT;
    default: return LINE_REFUSED;
    }
}
