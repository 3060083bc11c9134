/*
 * csvw.h - what stands in the CSV of a data set, for programs: its metadata as
 * "Metadata Vocabulary for Tabular Data" (W3C) has it.
 *
 * It goes beside the CSV that dataset_csv() writes, with the name of that and
 * CSVW_SUFFIX.  Pure: it follows from the declaration of the columns.
 */
#pragma once

#include "server/dataset.h"

#define CSVW_SUFFIX "-metadata.json" /* counts.csv-metadata.json */

struct csvw {
    const char *url; /* of the CSV, as seen from its metadata */
    struct label title, about;
    enum lang lang;      /* of the words in its cells */
    const char *licence; /* an IRI, or NULL: nothing is said */
};

/* JSON (CSVW's profile of JSON-LD), the same bytes for the same table.  A
 * column of words is in `lang`; a figure that is not told is null; the keys of
 * the columns are the primary key and make the address of a row (#type=signal
 * &area=WK001401…). */
void csvw_metadata(const struct dataset *d, const struct csvw *about,
                   struct buf *out);
