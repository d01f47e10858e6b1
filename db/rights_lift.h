/* Rules of access that are in the way of a revision: PostgreSQL neither drops a column that a policy names nor gives it
 * another type. Such policies go and come back within the revision's own transaction, so that a failure leaves them as
 * they were, and nobody else ever sees a table without them. */
#ifndef ROSTER_RIGHTS_LIFT_H
#define ROSTER_RIGHTS_LIFT_H

#include "connection.h"
#include "schema.h"

struct rights_lifted_policy {
    const char *table, *name;
    const char *sql; /* makes it again as it was */
};

struct rights_lifted {
    struct rights_lifted_policy *policies;
    size_t count;
};

/* Drops, in the open transaction, the policies of the rules of access that what PostgreSQL said is about (the DETAIL of
 * SQLSTATE 2BP01 or 0A000), and the others that name the same columns; adds them to lifted. */
struct error *rights_lift(struct connection *connection, const char *detail, struct rights_lifted *lifted) MUST_USE;
/* At the end of the same transaction: each as it was or, where that does not fit the tables any more, as the models
 * (NULL: none are known) want it. One that fits neither way is left to rights_apply, and until then its table shows the
 * serving role nothing that it would allow. */
struct error *rights_put_back(struct connection *connection, const struct schema *schema,
                              const struct rights_lifted *lifted) MUST_USE;

#endif
