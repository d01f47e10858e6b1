/* What connection.c and query.c share about a connection; nobody else looks inside. */
#ifndef ROSTER_CONNECTION_STATE_H
#define ROSTER_CONNECTION_STATE_H

#include "connection.h"

struct connection {
    const struct settings *settings;
    enum connection_use use;
    const char *application_name;
    const char *transaction_name; /* application_name while it is in a transaction */
    PGconn *handle; /* NULL while there is no connection */
    unsigned trips;
    long waited_us;      /* of the request's budget */
    bool brief;          /* bounded like a serving one */
    bool read_only;      /* the next implicit transaction */
    bool one_snapshot;   /* likewise */
    /* Who its transactions are for: what the models' rules ask, told to each transaction anew. */
    bool expects_superuser; /* statements are built for one; anybody else then sees nothing */
    bool knows_person;
    const char *person; /* a key; NULL: nobody */
    bool superuser;
    bool for_key;       /* a program with an API key; statements are built for one, and person is nobody */
    const char *opened; /* the record that the key opens, once it is known */
    struct query *first; /* queued, in order */
    struct query *last;
    struct query *greeting; /* what comes before all else: it finds out who is asking */
};

/* Sends what is left and waits until PQgetResult does not block. A request's budget that is used up cancels
 * what runs on the server, closes the connection and is ERROR_UNAVAILABLE. */
struct error *connection_wait(struct connection *connection) MUST_USE;
/* Into pipeline mode, in which calls do not block, and out of it again. */
struct error *connection_set_pipeline(struct connection *connection, bool wanted) MUST_USE;
void connection_close(struct connection *connection);
/* Closes it, and connects again a little later, within the request's budget. */
struct error *connection_reopen(struct connection *connection, long pause_ms) MUST_USE;
/* Whether this is PgBouncer's answer to whoever comes first after a server was away: it is given before another try is
 * made (its check_fast_fail), however long ago the last one failed, and nothing that was sent has reached a server. */
bool connection_fault_is_hasty(const struct error *error);
/* The error of a statement that sets what every transaction needs: the site's fault, and not that of a value
 * that a person entered. NULL for NULL. */
struct error *connection_setting_error(const struct connection *connection, struct error *error);

#endif
