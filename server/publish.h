/*
 * publish.h - protected figures as files in a git repository (deposit.h), for
 * whoever wants to work with them: each run that changed something is a commit
 * that can be cloned, compared and cited.
 *
 *   counts/signal/district-2026.csv        years and quarters; -months: months
 *   NAME/...csv                            the other questions (question.h)
 *   ...csv-metadata.json                   what is in a CSV (csvw.h)
 *   codes/, areas/                         what codes mean
 *   maps/LAYER.geojson                     areas with their figures
 *   stoep-figures.sqlite                   all of it, to be asked in SQL
 *   dcat.jsonld                            a description (DCAT-AP-NL 3.0)
 *   README.md, LICENSE
 *
 * All of it comes out of questions, so nothing is told that counts.h had not
 * decided to tell.  No record, and nothing that follows from one record, gets
 * here; so an erasure has nothing to do here, and a state stays what it was.
 * The same store gives the same bytes.
 */
#pragma once

#include "server/conf.h"
#include "server/deposit.h"
#include "server/store.h"

#define PUBLISH_FIGURES "stoep-figures.sqlite"

struct published {
    struct deposit_kept kept;
    size_t tables, rows;
};

/* Does it say who publishes?  RC_INVALID: which setting is missing. */
MUST_USE enum rc publish_check(const struct server_conf *conf, struct err *err);

/* The repository is conf->publish.  RC_INVALID: a setting is missing, with
 * which; RC_NOTFOUND: nothing is told yet; RC_CONFLICT, RC_BUSY: see
 * deposit_open().  Something is written in `dir` and removed again. */
MUST_USE enum rc publish(struct store *s, const char *dir,
                         const struct server_conf *conf, struct published *out,
                         struct err *err);
