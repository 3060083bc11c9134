/*
 * shape.h - the model of the record types: what fields there are, what they
 * may hold, how they merge, who may see them, how long they are kept.
 *
 * A shape is made by schema/ from the YAML in schema/types/ and is read-only
 * from then on; it lives in the arena of whoever compiled it.  This file
 * knows no YAML, no SQL and no forms.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"
#include "sync/base/msg.h"
#include "sync/value.h"

struct label { /* what people read */
    const char *nl, *en;
};

const char *label_in(const struct label *l, enum lang lang);

/* Each list below is (NAME, "word in YAML and messages"). */
#define FIELD_KINDS(X)                                                        \
    X(TEXT, "text")   /* a line */                                            \
    X(PROSE, "prose") /* sentences; lines allowed */                          \
    X(INT, "int")                                                             \
    X(MONEY, "money")           /* cents of a euro */                         \
    X(CHOICE, "choice")         /* a code of a list */                        \
    X(DATE, "date")             /* 2026-11-23 */                              \
    X(TIME, "time")             /* 2026-11-23T14:05:00Z */                    \
    X(POINT, "point")           /* "53.219,6.567": latitude, longitude */     \
    X(REF, "ref")               /* another record of the same area */         \
    X(CODE, "code")             /* CBS area: year and code, 2022BU00141001 */ \
    X(WORKER, "worker")         /* the short name of an account */            \
    X(ATTACHMENT, "attachment") /* SHA-256 in 64 hex digits */

#define POLICIES(X)                                                    \
    X(LATEST, "latest")   /* the head with the highest clock */        \
    X(REVIEW, "review")   /* the same, and a person looks at it */     \
    X(UNION, "union")     /* sets: an addition beats a removal */      \
    X(TEXT, "text")       /* sentence by sentence over the base */     \
    X(HIGHEST, "highest") /* in the order of the choices or numbers */ \
    X(LOWEST, "lowest")                                                \
    X(FIRST, "first") /* written once */

#define PRIVACY_CLASSES(X)                               \
    X(NONE, "none")         /* no personal data */       \
    X(INDIRECT, "indirect") /* locates or singles out */ \
    X(DIRECT, "direct")     /* names, reaches */         \
    X(SPECIAL, "special")   /* GDPR article 9 */         \
    X(FREE, "free")         /* free text: treat as all of these */

#define ROLES(X)            \
    X(WORKER, "worker")     \
    X(EXTERNAL, "external") \
    X(LEAD, "lead")         \
    X(ANALYST, "analyst")   \
    X(PRIVACY, "privacy")   \
    X(ADMIN, "admin")

#define FORMATS(X)                                                  \
    X(NONE, "none")                                                 \
    X(LANGUAGE, "language") /* BCP 47: nl, ar, zh-Hant */           \
    X(VERSION, "version")   /* 1.2.0 */                             \
    X(POSTCODE, "postcode") /* 9742 AK */                           \
    X(BAG, "bag")           /* 16 digits of the address register */ \
    X(PHONE, "phone")       /* E.164: +31612345678 */               \
    X(EMAIL, "email")       /* RFC 5321, the plain form: a@b.nl */

#define X(name, word) FIELD_##name,
enum field_kind { FIELD_KINDS(X) FIELD_KINDS_N };
#undef X
#define X(name, word) POLICY_##name,
enum policy { POLICIES(X) POLICIES_N };
#undef X
#define X(name, word) PRIVACY_##name,
enum privacy { PRIVACY_CLASSES(X) PRIVACY_N };
#undef X
#define X(name, word) ROLE_##name,
enum role { ROLES(X) ROLES_N };
#undef X
#define X(name, word) FORMAT_##name,
enum format { FORMATS(X) FORMATS_N };
#undef X

const char *field_kind_word(enum field_kind k);
const char *policy_word(enum policy p);
const char *privacy_word(enum privacy p);
const char *role_word(enum role r);
enum role role_named(struct bytes word); /* ROLES_N: none is called so */
const char *format_word(enum format f);

typedef unsigned role_set; /* bit 1 << role */

struct shape_choice {
    const char *code;
    struct label label;
    const char *group;      /* or NULL: e.g. the quadrant of a theme */
    unsigned sensitivity;   /* 0 ordinary, 1 sensitive, 2 special */
    bool retired;           /* understood, no longer offered */
    const char *const *was; /* codes it had in older versions */
    size_t was_n;
};

struct shape_list { /* a code list: the choices in their declared order */
    const char *name;
    struct label label;
    const struct shape_choice *choices;
    size_t choices_n;
    bool renamed; /* some choice has a code that was another */
};

struct shape_purpose { /* why data is held: a line of the register */
    const char *name;
    struct label label;
    const char *basis; /* the legal basis, as a citation */
};

struct shape_retention { /* R0, R1 … */
    const char *name;
    struct label label;
    unsigned days;     /* 0: no term of its own */
    bool from_closed;  /* counted from when the record was closed (shape_closed)
                          if its type says when that is; else from when it was
                          last written */
    bool keeps_counts; /* what may be counted stays when the term is over */
};

struct shape_type;

struct shape_field {
    const char *name; /* snake_case: column, wire and command line */
    struct label label;
    struct label ask; /* the question that `stoep talk` puts; or NULLs */
    enum field_kind kind;
    bool set;           /* several of them: the value is a set */
    enum format format; /* TEXT */
    int64_t min, max;   /* INT, MONEY: range; TEXT, PROSE: max characters */
    unsigned decimals;  /* POINT: kept of each coordinate, 3 is 100 m */
    const struct shape_list *list;      /* CHOICE */
    const struct shape_type *const *to; /* REF: what it may name */
    size_t to_n;
    enum policy policy;
    enum privacy privacy;
    const struct shape_purpose *purpose;
    const struct shape_retention *retention;
    role_set see;           /* who may read it */
    const char *consent;    /* REF: the purpose for which the record it names
                               needs consent (shape_consents), or NULL */
    bool required;          /* a record is incomplete without it */
    bool retired;           /* kept with the record, no longer offered */
    const char *const *was; /* names it had in older versions */
    size_t was_n;
};

/* What makes a record of a type a consent.  One type has this at most.
 *
 * The record that `subject` names has consent for a purpose if there is a
 * record that says so, and none that says otherwise. */
struct shape_consents {
    size_t subject, purpose, state; /* fields of the type */
    const char *const *given; /* the states that allow; all others do not */
    size_t given_n;
    const char *withdrawn; /* the state of a consent that is taken back */
};

/* Field 0 of every type is `deleted`: 1 where a write deletes the record.
 * That makes a deletion a write like any other (see merge.h). */
enum { FIELD_DELETED = 0 };

/* When is a record closed?  A deleted one is. */
struct shape_closed {
    size_t field; /* a choice that says so, in one of these codes; */
    const char *const *codes;
    size_t codes_n;
    size_t with; /* or, if not 0, a reference: closed with what it names */
};

/* Which records nobody counts: those with one of these codes. */
struct shape_uncounted {
    size_t field; /* a choice */
    const char *const *codes;
    size_t codes_n;
};

/* How one record is said to be the same matter as another, or not to be. */
struct shape_duplicates {
    size_t into;      /* a reference: the one that stays */
    size_t unlike;    /* a set of references: looked at, and another matter */
    size_t field;     /* a choice … */
    const char *code; /* … that is this one from then on */
};

struct shape_type {
    const char *name;  /* kebab-case: "door-visit" */
    const char *table; /* "door_visit" */
    struct label label;
    struct label about; /* one sentence */
    const struct shape_retention *retention;
    role_set write, see;
    const struct shape_field *fields; /* [0] is `deleted` */
    size_t fields_n;
    const char *title;   /* the field that a list shows first, or NULL */
    const char *consent; /* the purpose for which a record that one of it names
                            needs consent, or NULL */
    const struct shape_consents *consents;     /* or NULL */
    const struct shape_closed *closed;         /* or NULL: never */
    const struct shape_uncounted *uncounted;   /* or NULL */
    const struct shape_duplicates *duplicates; /* or NULL */
    const char *const *was;
    size_t was_n;
    /* Personal contact data, kept apart: each record under a key of its own,
     * given to who made it and to those whom it names in the field `given_to`
     * (sync/given.h). */
    bool apart;
    size_t given_to; /* index of that field; 0: not apart */
};

struct shape {
    char version[33]; /* 32 hex digits: the digest of the definitions */
    const struct shape_type *types;
    size_t types_n;
    const struct shape_list *lists;
    size_t lists_n;
    const struct shape_purpose *purposes;
    size_t purposes_n;
    const struct shape_retention *retentions;
    size_t retentions_n;
};

/* By today's name or a former one; NULL if there is none. */
const struct shape_type *shape_type_named(const struct shape *s,
                                          struct bytes name);
const struct shape_field *shape_field_named(const struct shape_type *t,
                                            struct bytes name);
const struct shape_choice *shape_choice_coded(const struct shape_list *l,
                                              struct bytes code);

/* A choice, or a set of them, by the codes of today: what was written with
 * older record types means the same. */
void shape_modernise(const struct shape_field *f, struct value *v,
                     struct arena *mem);

/* The first field of this kind that holds one value and is in use; 0: there is
 * none. */
size_t shape_first(const struct shape_type *t, enum field_kind kind);

/* May an analyst count by it? */
bool shape_may_count(const struct shape_field *f);

/* The type whose records are consents; NULL if there is none. */
const struct shape_type *shape_consents_type(const struct shape *s);
/* Does this state of a consent allow? */
bool shape_state_allows(const struct shape_type *consents,
                        const struct value *state);
/* Are both the code of one purpose of consent?  Former codes count. */
bool shape_same_purpose(const struct shape_type *consents,
                        const struct value *a, const char *b);

size_t shape_type_index(const struct shape *s, const struct shape_type *t);
size_t shape_field_index(const struct shape_type *t,
                         const struct shape_field *f);
