/* Accounts of people who can sign in, as the command line and the seeds make them. */
#ifndef ROSTER_ACCOUNT_H
#define ROSTER_ACCOUNT_H

#include <stdbool.h>
#include "connection.h"
#include "error.h"
#include "settings.h"

struct account {
    const char *email;
    const char *name;     /* made from the address when NULL */
    const char *password; /* one is generated, which must be changed at first use, when NULL */
    bool superuser;
    const char *who;      /* makes it, for the audit; NULL: no line is written */
};

/* Each of these works in the transaction that is open, or else in one of its own. *generated is the password that
 * was made, or NULL; it is kept nowhere else. */

/* ERROR_USAGE for what is no address, a password that is refused, or an address that has an account already. */
struct error *account_create(struct connection *connection, const struct account *account,
                             char **generated) MUST_USE;
/* Gives a person a new password, ends all their sign-ins and forgets a reset link; who as above. ERROR_USAGE when nobody has
 * this address. */
struct error *account_set_password(struct connection *connection, const char *email, const char *password,
                                   const char *who, char **generated) MUST_USE;
/* When there is no superuser at all, makes settings->first_superuser one, with the configured password or else a
 * generated one; otherwise does nothing. A password that is refused (ERROR_USAGE) changes nothing. */
struct error *account_first_superuser(struct connection *connection, const struct settings *settings,
                                      char **generated) MUST_USE;

/* Makes a link with which a person chooses a new password (reset.h), good once and for a day; *path is what stands behind
 * the site's name, and kept nowhere else. who runs this, for the audit. ERROR_USAGE when nobody active has this address. */
struct error *account_make_reset(struct connection *connection, const char *email, const char *who,
                                 char **path) MUST_USE;
/* Takes a person's second factor off, with its recovery codes; *was: whether there was one. Likewise. */
struct error *account_factor_off(struct connection *connection, const char *email, const char *who,
                                 bool *was) MUST_USE;

#endif
