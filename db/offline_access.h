/* The rules of access in a script for psql: out of the way of a revision's statements and back, as a run does it
 * (rights_lift.h), and at its end as the models want them (rights.h). */
#ifndef ROSTER_OFFLINE_ACCESS_H
#define ROSTER_OFFLINE_ACCESS_H

#include <stdbool.h>
#include "revision.h"
#include "schema.h"
#include "text.h"

/* At the beginning of a transaction with these statements: drops, and remembers for its end, the policies that name what
 * they name, when one of them may drop something or give it another type. Of a statement whose doing only the server
 * knows (DO, CALL), every policy may be in the way. False: none of them is of that kind, and nothing was added. */
bool offline_lift(struct text *text, const struct statement *statements, size_t count);
/* Before its COMMIT, where offline_lift was true: each policy comes back as it was, where it still fits. */
void offline_put_back(struct text *text);
/* Whether a statement outside of any transaction is one that offline_lift has to go before, and may be in one. */
bool offline_wants_transaction(const struct statement *statement);
/* Functions and policies of the models, each item in a transaction of its own. What does not fit the tables is told by a
 * warning, and stays as it is. */
void offline_rules(struct text *text, const struct schema *schema);

#endif
