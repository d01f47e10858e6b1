/* A record as somebody wants it to be: what was typed, what it means, what is wrong with it.
 *
 * A form page shows a draft, a form post fills one, record_save stores it. For an existing record a draft knows three
 * values of each field: base (what the form was opened with), current (what is stored now) and typed. So a field that
 * the person left alone is never written, and one that two people changed is noticed. */
#ifndef ROSTER_DRAFT_H
#define ROSTER_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"
#include "query.h"
#include "schema.h"

/* Bytes that came with a form, in a file that stays open as long as the request. */
struct draft_file {
    int descriptor;
    size_t size;
    const char *name, *content_type, *sha256;
};

struct draft_field {
    const struct field *field;
    bool sent;             /* the form had it */
    const char *typed;     /* as a form shows it; NULL is empty */
    const char *value;     /* as PostgreSQL is given it, after draft_read; NULL is SQL's NULL */
    const char *error;     /* what to do about it, or NULL */
    const char *title;     /* of the referenced record, when known */
    bool missing;          /* the referenced record does not exist, or may not be read */
    bool elsewhere;        /* it does not share what .same says it must */
    const char *base;      /* as a form shows it; only after draft_set_base */
    const char *current;   /* as a form shows it; only of an existing record */
    bool changed;          /* differs from base: it will be written */
    const struct draft_file *file;
    bool stored;           /* bytes of an existing record are there */
    bool unkept;           /* something was sent on an earlier page, which could not be carried along */
};

struct draft_item {
    const char *id, *title;
    bool chosen; /* wanted */
    bool shown;  /* was linked when the form was opened; after record_check: or not, and is so already */
    bool foreign; /* may be read, and not be given to others (model.h: gives) */
};

struct draft_link {
    const struct link *link;
    struct draft_item *items;
    size_t count;
    bool more;         /* further links exist that the form does not show, and that a save leaves alone */
    bool met;          /* something that this form links or unlinks is so already; after record_check */
    const char *error;
};

struct draft {
    const struct schema *schema;
    const struct model *model;
    enum face face;         /* ON_CREATE or ON_UPDATE */
    const char *id;         /* of the existing record; for a new one known after record_check */
    const char *title;      /* of the existing record */
    const char *user_id;    /* who is saving */
    const char *remote;     /* the address that it comes from, or NULL */
    const char *token;      /* makes a new record's form good for one save; NULL when the form had none */
    struct draft_field *fields;
    size_t field_count;     /* those on the face, in the model's order */
    struct draft_link *links;
    size_t link_count;
    bool sent;              /* a form came back with its base: what is stored is not loaded over it */
    const char *error;      /* what is wrong with the record as a whole, or NULL */
    const char *new_key;    /* a generated secret, to be shown once, after record_save */
};

/* How many links of one kind a form shows. */
#define DRAFT_LINKS_SHOWN 100

struct draft *draft_new(const void *context, const struct schema *schema, const struct model *model, enum face face);
struct draft_field *draft_field(const struct draft *draft, const char *name); /* NULL when not on this face */
struct draft_link *draft_link(const struct draft *draft, const char *name);
/* A new record's starting values: what the models declare as constant defaults. */
void draft_set_defaults(struct draft *draft);
void draft_type(struct draft_field *field, const char *typed);
/* The item of that id, added when it is not there yet. */
struct draft_item *draft_item(struct draft *draft, struct draft_link *link, const char *id);

/* What the form was opened with, as one text that a form carries along, and back from it (ERROR_BAD_REQUEST). */
const char *draft_base(const struct draft *draft);
struct error *draft_set_base(struct draft *draft, const char *base) MUST_USE;

/* Reads every typed value; fills value, changed and error. Returns whether all are good so far. */
bool draft_read(struct draft *draft);
bool draft_has_errors(const struct draft *draft);
/* Whether somebody else changed a field of this form since it was opened, to something else than what is typed. */
bool draft_is_stale(const struct draft *draft);
/* After record_check: whether all that this form changes, links too, has been changed to just that since it was opened: it
 * was saved before, and its answer never came. */
bool draft_is_done(const struct draft *draft);
/* Whether a form of this face has anything for whose sake the password is asked for again (model.h: confirm). */
bool draft_may_confirm(const struct draft *draft);
/* After draft_read: whether this draft changes such a thing; a new record always does. */
bool draft_needs_confirm(const struct draft *draft);
/* For one field: both changed it, differently. */
bool draft_field_conflicts(const struct draft *draft, const struct draft_field *field);

#endif
