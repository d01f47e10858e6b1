/* What the pages below /admin/ have in common: who may use them, also while the database cannot say who is there, and
 * what is asked before something is destroyed.
 *
 * A page that only shows:          TRY(admin_run(request, NULL));
 * One that works without database: TRY(admin_run(request, &away)); and then, when away is not NULL, nothing that was
 *                                  queued was run.
 * A form that destroys something:  TRY(admin_run_confirmed(request, "restore a backup", &away, &asked));
 *                                  if (asked)
 *                                      return NULL; */
#ifndef ROSTER_ADMIN_H
#define ROSTER_ADMIN_H

#include "../db/audit.h"
#include "page.h"
#include "request.h"
#include "view.h"

/* page_run (page.h) for a superuser. When the database cannot say who is there (it is away, lacks the tables of users
 * and sessions, or has no superuser), somebody who has given the admin key is let in instead: request->by_key is set,
 * request->session is a superuser's without a user_id, and *away is why. With away NULL, and without the key, that
 * reason is the error (ERROR_UNAVAILABLE), and its page leads to where the key is asked for. */
struct error *admin_run(struct request *request, const struct error **away) MUST_USE;

/* The same for what needs the password again (ASVS 7.5.3), or the key. Unless that was done on this session within the
 * last minutes, the request is answered with a page that asks for it and carries the whole form along; from there it
 * comes back to the same handler, with the password: then asked is false, and the handler does its work. A GET comes
 * back the same way. what ends the sentence "Enter your password to ...". Files are not carried: ask on the page that
 * has the form for them. away may be NULL. */
struct error *admin_run_confirmed(struct request *request, const char *what, const struct error **away,
                                  bool *asked) MUST_USE;

/* Typing a name to confirm what cannot be undone. Includes typed.tpl at TYPED; problem is NULL or what
 * admin_typed_problem said, and stands in the page's error summary, too. */
void admin_typed_fill(struct page *page, const char *name, const char *problem);
/* NULL when the form has the name typed into it exactly, otherwise what to do. */
const char *admin_typed_problem(const struct request *request, const char *name);

/* Lets somebody in who has given the admin key: only after it was looked whether that may be. */
void admin_enter_by_key(struct request *request);
/* Who did something by the key, in jobs and the audit. */
#define ADMIN_KEY_WHO "admin key"

/* One round trip: NULL when the database can say who is there, otherwise why not. */
struct error *admin_probe(struct request *request) MUST_USE;
/* Why nobody can sign in: as the error of admin_probe says it, and *away of admin_run, which has it of PostgreSQL itself
 * where a pooler only knows that it cannot connect. */
enum admin_trouble {
    ADMIN_AWAY,    /* the server does not answer, or lets nobody in */
    ADMIN_MISSING, /* it has no such database */
    ADMIN_EMPTY,   /* the database answers, and has no tables of users and sessions */
    ADMIN_NOBODY,  /* it has them, and no superuser who could sign in */
};
enum admin_trouble admin_trouble(const struct error *problem);
/* Whether this is what PostgreSQL says of a table, column or schema that is not there. */
bool admin_is_missing(const struct error *error);
/* What strangers are told of that: neither names nor places (ASVS 16.5.1). */
const char *admin_public_words(const struct error *problem);
/* Whether this is the admin key of the configuration, with or without blanks around it; takes as long for any other text. */
bool admin_key_matches(const struct request *request, const char *typed);

/* Queues, or with the database away logs, what this person did. */
void admin_audit(struct request *request, const char *action, const char *subject);

/* Makes a change (a DELETE or UPDATE with a RETURNING) together with its line in the audit, which is written only if the
 * change touches a row; *count is how many it touched. */
struct error *admin_change(struct request *request, const struct sql *change, const char *action, const char *subject,
                           int *count) MUST_USE;

/* The pages of the area, for the navigation; ends with a NULL href. Those that work without the database say so. */
struct admin_place {
    const char *href, *label, *hint;
    bool without_database;
};
extern const struct admin_place admin_places[];

#endif
