/*
 * subject.h - what the store knows of a person: for requests of access and of
 * erasure.
 *
 * A person has no record; what is known of one stands in records.  So the
 * privacy officer looks for words (a name, a street, a number), picks the
 * records that are about the person, and hands them out or erases them.
 */
#pragma once

#include "server/erasure.h"

/* A field of a record that holds the words; all lives until it returns. */
struct subject_hit {
    const struct record *record;
    const struct shape_field *field;
    const char *text; /* the value, for people */
};
typedef void subject_visit(void *ctx, const struct subject_hit *hit);

/* Look for words in every field of every record, also in versions of a field
 * that are not shown; upper or lower case. */
MUST_USE enum rc subject_find(struct store *s, const char *words,
                              subject_visit *visit, void *ctx, struct err *err);

/* Everything about these records as JSON: what is shown, what else stands in
 * the fields, who wrote what when by the journal, who could read it, and who
 * had access by the access log of `dir`. */
MUST_USE enum rc subject_export(const char *dir, struct store *s,
                                const struct rows_name *names, size_t n,
                                struct buf *out, struct err *err);

/* Who has not heard of an erasure or an emptying: device, user, name, area,
 * n. */
#define subject_unconfirmed                                             \
    SQL("SELECT device.number AS device, account.name AS user,"         \
        " device.name AS name, gone.area AS area, count(*) AS n"        \
        " FROM (SELECT area, version, at_ms FROM erasure"               \
        " UNION SELECT area, version, at_ms FROM emptying) gone"        \
        " JOIN account_area ON account_area.area = gone.area"           \
        " JOIN account ON account.number = account_area.account"        \
        " JOIN device ON device.account = account.number"               \
        " LEFT JOIN contact ON contact.device = device.number"          \
        " AND contact.area = gone.area"                                 \
        " WHERE coalesce(contact.cursor, 0) < gone.version"             \
        " AND device.enrolled_ms < gone.at_ms"                          \
        " AND device.role NOT IN ('analyst', 'admin')"                  \
        " GROUP BY device.number, account.name, device.name, gone.area" \
        " ORDER BY device.number, gone.area")

/* The same as a list of records that the caller ends (jansson), with values in
 * this language. */
struct json_t;
MUST_USE enum rc subject_json(const char *dir, struct store *s,
                              const struct rows_name *names, size_t n,
                              enum lang lang, struct json_t **out,
                              struct err *err);
