/*
 * line.h - what stands between this device and its server: from how a call
 * ended to one sentence for a worker, a word for programs, and an rc that says
 * whether trying again by itself is of use.
 *
 * Nothing here looks into a body: who answers shows in the status and the
 * media type.
 */
#pragma once

#include "sync/base/err.h"

enum line {
    LINE_PORTAL,  /* the network wants a sign-in, in a browser */
    LINE_PROXY,   /* the network's proxy wants a name and a password */
    LINE_GATEWAY, /* somebody before the server does not reach it */
    LINE_FOREIGN, /* another key than that of our server */
    LINE_STRANGE, /* what answers does not speak our protocol */
    LINE_CLOCK,   /* ours is too far off to sign with */
    LINE_NAME,    /* no address to the name of the server */
    LINE_REFUSED, /* nobody listens there */
    LINE_OFFLINE, /* no way there at all */
    LINE_SILENT,  /* no byte came through for a long time */
    LINE_CUT,     /* broke off under way */
    LINE_TLS      /* no safe connection came about */
};

/* Set err->reason to the word and the text to the sentence (its Dutch is
 * msg(lang, err->text)). */
enum rc line_fault(enum line l, struct err *err);

/* Of an answer that is none of our server's. */
enum line line_of_status(long status, const char *type); /* or NULL */

/* Of a connection that did not come about, by errno. */
enum line line_of_errno(int os_errno);

/* Is this Content-Type (NULL: none) of this media type?  Parameters and case
 * do not count. */
bool line_media_is(const char *type, const char *media);
