/* The configuration: environment variables, with .env (or the file ROSTER_ENV names) filling what the environment
 * leaves open. .env.example documents each. */
#ifndef ROSTER_SETTINGS_H
#define ROSTER_SETTINGS_H

#include <stddef.h>
#include "error.h"

struct settings {
    const char *database_url; /* a libpq connection string: through the pooler when there is one */
    const char *direct_url;   /* past the pooler, for what needs a session: migrations, seeds, COPY */
    const char *dump_url;     /* for pg_dump: a role that reads everything and writes nothing; else direct_url */
    const char *serving_role, *superuser_role; /* of database_url's, and the one a superuser's requests take on, where
                                                  there is one: the same with _all behind it */
    const char *secret_key;   /* signs and seals cookies; at least 32 characters; generated when absent */
    const char *admin_key;  /* opens /admin/ while the database cannot say who is there; as long; generated when absent */
    const char *metrics_key; /* what /metrics asks for, as long; NULL: there is no /metrics */
    const char *first_superuser;          /* an email address */
    const char *first_superuser_password; /* NULL: generated and shown once */
    const char *var;        /* files that belong to this site: var */
    const char *migrations; /* folder: migrations */
    const char *seeds;      /* folder: seeds */
    const char *time_zone;  /* an IANA name; times are shown and read in it: UTC */
    const char *site_name;  /* Roster */
    int port;
    int workers;               /* FastCGI processes: 8 */
    size_t upload_max;         /* bytes of one request's body: 32 MiB */
    int request_budget_ms;     /* the longest that a request waits for the database: 10000 */
    int statement_timeout_ms;  /* 8000 */
    int lock_timeout_ms;       /* 3000 */
    int page_rows;             /* rows of a list page: 25 */
    int keep_last, keep_daily, keep_weekly, keep_monthly; /* backups that prune leaves: 7, 7, 4, 6 */
    int audit_days;            /* how long lines of the audit are kept: 400; 0: for ever */
    int session_days;          /* the longest that a sign-in lasts: 14 */
    int session_idle_hours;    /* and how long it lasts unused: 24 */
    int secure_cookies;        /* 1 when served over TLS */
    const char *unknown;       /* names in the file that nobody reads, in a sentence; NULL: none */
};

/* Every error names the variable, the value's fault and what to write instead. */
struct error *settings_open(const void *context, struct settings **settings) MUST_USE;
/* For what works with files alone: no database need be configured, and nothing is said of one (both addresses and the
 * secret key are NULL). */
struct error *settings_open_files(const void *context, struct settings **settings) MUST_USE;

#endif
