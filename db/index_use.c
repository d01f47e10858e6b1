/* Indexes that cost more than they give. */
#include "index_use.h"

struct query *index_use_queue_unused(struct connection *connection)
{
    static const char sql[] =
        "SELECT s.indexrelname AS name, s.relname AS \"table\", pg_size_pretty(pg_relation_size(s.indexrelid)) AS size"
        " FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)"
        " WHERE s.schemaname = 'public' AND s.idx_scan = 0 AND NOT i.indisunique"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = s.indexrelid)"
        " ORDER BY pg_relation_size(s.indexrelid) DESC, 1 LIMIT 100";
    return query_add(connection, sql_new(connection, sql));
}

/* Of two that are the same, the one with the higher number. An index that holds rows unique, or only some rows, or
 * expressions, is left alone. Numbers and classes are lists with blanks between them. */
struct query *index_use_queue_duplicates(struct connection *connection)
{
    static const char sql[] =
        "SELECT DISTINCT ON (1) a.indexrelid::regclass::text AS name, a.indrelid::regclass::text AS \"table\","
        " pg_size_pretty(pg_relation_size(a.indexrelid)) AS size, b.indexrelid::regclass::text AS other"
        " FROM pg_index a JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid"
        " JOIN pg_class ca ON ca.oid = a.indexrelid JOIN pg_class cb ON cb.oid = b.indexrelid AND cb.relam = ca.relam"
        " WHERE ca.relnamespace = 'public'::regnamespace AND NOT a.indisunique AND a.indisvalid AND b.indisvalid"
        " AND a.indpred IS NULL AND b.indpred IS NULL AND a.indexprs IS NULL AND b.indexprs IS NULL"
        " AND a.indnkeyatts = a.indnatts AND b.indnkeyatts = b.indnatts"
        " AND b.indkey::text || ' ' LIKE a.indkey::text || ' %' AND b.indclass::text || ' ' LIKE a.indclass::text || ' %'"
        " AND b.indcollation::text || ' ' LIKE a.indcollation::text || ' %'"
        " AND b.indoption::text || ' ' LIKE a.indoption::text || ' %'"
        " AND (a.indnatts < b.indnatts OR b.indisunique OR a.indexrelid > b.indexrelid) ORDER BY 1, b.indnatts";
    return query_add(connection, sql_new(connection, sql));
}
