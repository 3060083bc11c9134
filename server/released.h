/*
 * released.h - signals of public space that a lead released to the outside, and
 * of each what the outside may see.
 *
 * RELEASED is a signal that
 *  - is shown to everybody (visibility `openbaar`), by a write of a lead alone,
 *    with which nobody's concurrent write disagrees;
 *  - goes to the destination of the setting open311_destination;
 *  - has been forwarded: its status is doorgezet or one that comes after it;
 *  - has one of the themes of the setting open311_themes;
 *  - is not about one person or household, and is not deleted.
 *
 * What is given of it: theme, status, neighbourhood, its place to three
 * decimals (about 100 m), days without hours; and of its words those that the
 * lead had on screen when releasing it and in which the screening of free text
 * (sync/screen.h) finds nothing.  Never who reported it, whose conversations it
 * came from, notes of the team, or photos.
 */
#pragma once

#include "server/conf.h"
#include "server/store.h"
#include "sync/geo.h"

struct released {
    struct id id;
    uint32_t area;
    const struct shape_choice *theme;
    bool open;
    const char *words;         /* NULL: none that may be given */
    const char *neighbourhood; /* a code with its year, and a name; NULL: not
                                  known */
    const char *name;
    struct geo_point place;
    bool placed;
    uint64_t begun_ms, changed_ms; /* days: 00:00 UTC */
};

/* Is anything released here at all? */
bool released_offered(const struct server_conf *conf);

/* The themes of the setting, by the list of themes; *n of them, in `mem`. */
void released_themes(struct store *s, const struct server_conf *conf,
                     struct arena *mem, const struct shape_choice ***out,
                     size_t *n);

/* All of them, by area and id, in `mem`. */
MUST_USE enum rc released_all(struct store *s, const struct server_conf *conf,
                              struct arena *mem, struct released **out,
                              size_t *n, struct err *err);
