/* What the tables of this database hold. */
#include "tables.h"

struct query *tables_queue(struct connection *connection)
{
    static const char sql[] =
        "SELECT c.relname AS name, "
        " coalesce(nullif(c.reltuples, -1)::bigint, pg_stat_get_live_tuples(c.oid)) AS rows, pg_total_relation_size(c.oid) AS bytes,"
        " pg_size_pretty(pg_total_relation_size(c.oid)) AS size, pg_size_pretty(pg_indexes_size(c.oid)) AS indexes"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname";
    return query_add(connection, sql_new(connection, sql));
}
