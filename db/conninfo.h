/* Connection strings as people write them, made into what libpq takes. */
#ifndef ROSTER_CONNINFO_H
#define ROSTER_CONNINFO_H

#include <stdbool.h>
#include "error.h"

/* Checks a URL or keyword string (PostgreSQL manual, 34.1.1) and writes it as keywords, complete enough that libpq
 * has nothing to look up. SQLAlchemy's spellings, postgresql+psycopg:// and the like, are taken too. Errors name
 * the variable and never hold any of the value, as it may contain a password. */
struct error *conninfo_read(const void *context, const char *variable, const char *value,
                            const char **conninfo) MUST_USE;
/* The same from its parts, any of which may be NULL. */
char *conninfo_from_parts(const void *context, const char *server, const char *port, const char *database,
                          const char *user, const char *password);
/* The part with this keyword (host, port, dbname, user), or NULL. */
char *conninfo_part(const void *context, const char *conninfo, const char *keyword);
/* The same connection string leading to another database of the same server. */
char *conninfo_with_database(const void *context, const char *conninfo, const char *database);
/* Whether both lead to the same host and port, whoever signs in there. */
bool conninfo_same_server(const char *one, const char *other);
/* Takes the variables out of the environment by which libpq could be led elsewhere (34.15: PGHOST, PGOPTIONS,
 * PGSERVICE and all the others). */
void conninfo_clear_environment(void);

#endif
