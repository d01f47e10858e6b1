/* The shape of a database as lines of text, so that two can be compared. */
#include "trial_shape.h"

#include <string.h>

#include "memory.h"
#include "query.h"
#include "text.h"

enum { SHOWN = 5 }; /* lines of a difference, each way */

/* s: schemas that are people's own; c: what lies in them and belongs to no extension. */
static const char shape_sql[] =
    "WITH s AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> "
    "'information_schema'),"
    " e AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),"
    " c AS (SELECT c.* FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM s)"
    " AND c.relname !~ '^roster_revision(_|$)'"
    " AND NOT EXISTS (SELECT FROM e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)),"
    " lines AS ("
    "SELECT 'schema ' || nspname AS line FROM s"
    " UNION ALL SELECT concat_ws(' ', CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'"
    "   WHEN 'm' THEN 'materialized view' ELSE 'table' END, oid::regclass, relpersistence, reloptions,"
    "   relrowsecurity, relforcerowsecurity, CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,"
    "   pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid)) FROM c WHERE relkind NOT IN ('i', 'I', 'c', "
    "'t')"
    " UNION ALL SELECT concat_ws(' ', 'column', a.attrelid::regclass || '.' || a.attname,"
    "   format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,"
    "   'default ' || pg_get_expr(d.adbin, d.adrelid), 'identity ' || nullif(a.attidentity::text, ''),"
    "   'generated ' || nullif(a.attgenerated::text, ''), 'collate ' || nullif(a.attcollation, "
    "t.typcollation)::regcollation)"
    "   FROM pg_attribute a JOIN c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'c')"
    "   JOIN pg_type t ON t.oid = a.atttypid"
    "   LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    "   WHERE a.attnum > 0 AND NOT a.attisdropped"
    " UNION ALL SELECT concat_ws(' ', 'constraint', coalesce(nullif(k.conrelid, 0::oid)::regclass::text,"
    "   k.contypid::regtype::text) || '.' || k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k"
    "   WHERE k.conrelid IN (SELECT oid FROM c) OR k.conrelid = 0 AND k.connamespace IN (SELECT oid FROM s)"
    " UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN"
    "   'INVALID' END, CASE WHEN i.indisclustered THEN 'clustered' END,"
    "   CASE WHEN i.indisreplident THEN 'replica identity' END) FROM pg_index i WHERE i.indrelid IN (SELECT "
    "oid FROM c)"
    " UNION ALL SELECT concat_ws(' ', 'type', t.oid::regtype, t.typtype, (SELECT "
    "string_agg(quote_literal(enumlabel),"
    "   ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), nullif(t.typbasetype, "
    "0::oid)::regtype,"
    "   t.typdefault) FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM s) AND t.typtype IN ('e', 'd', "
    "'r')"
    "   AND NOT EXISTS (SELECT FROM e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)"
    " UNION ALL SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid) || ' ' || "
    "d.description"
    "   FROM pg_description d WHERE d.classoid IN ('pg_class'::regclass, 'pg_constraint'::regclass,"
    "   'pg_type'::regclass, 'pg_proc'::regclass) AND pg_describe_object(d.classoid, d.objoid, d.objsubid) !~"
    "   'roster_revision' AND (d.objoid IN (SELECT oid FROM c)"
    "   OR EXISTS (SELECT FROM pg_constraint k WHERE k.oid = d.objoid AND k.connamespace IN (SELECT oid FROM "
    "s))"
    "   OR EXISTS (SELECT FROM pg_type t WHERE t.oid = d.objoid AND t.typnamespace IN (SELECT oid FROM s)))"
    " UNION ALL SELECT 'function ' || CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid)"
    "   ELSE p.oid::regprocedure::text END FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM s)"
    "   AND NOT EXISTS (SELECT FROM e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)"
    " UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled) FROM pg_trigger t"
    "   WHERE NOT t.tgisinternal AND t.tgrelid IN (SELECT oid FROM c)"
    " UNION ALL SELECT concat_ws(' ', 'policy', polrelid::regclass || '.' || polname, polcmd, polpermissive,"
    "   pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy"
    "   WHERE polrelid IN (SELECT oid FROM c)"
    " UNION ALL SELECT concat_ws(' ', 'rule', pg_get_ruledef(r.oid)) FROM pg_rewrite r WHERE r.rulename <> "
    "'_RETURN'"
    "   AND r.ev_class IN (SELECT oid FROM c)"
    ") SELECT line FROM lines ORDER BY line COLLATE \"C\"";

struct error *shape_read(const void *context, struct connection *connection, struct shape *shape)
{
    struct query *query = query_add(connection, sql_new(connection, shape_sql));
    TRY(query_run(connection));
    shape->count = (size_t)query_rows(query);
    shape->lines = NEW_ARRAY(context, const char *, shape->count + 1);
    for (size_t i = 0; i < shape->count; i++)
        shape->lines[i] = memory_copy(shape->lines, query_text(query, (int)i, 0));
    return NULL;
}

static void add_line(struct text *text, const char *what, const char *line, size_t *count)
{
    if (++*count <= SHOWN)
        text_addf(text, "\n    %s: %s", what, line);
    else if (*count == SHOWN + 1)
        text_addf(text, "\n    %s: and more", what);
}

const char *shape_difference(const void *context, const struct shape *is, const struct shape *wanted)
{
    struct text *text = text_new(context);
    size_t i = 0, j = 0, extra = 0, missing = 0;
    while (i < is->count || j < wanted->count) {
        const int order = i == is->count       ? 1
                          : j == wanted->count ? -1
                                               : strcmp(is->lines[i], wanted->lines[j]);
        if (order < 0)
            add_line(text, "too much", is->lines[i], &extra);
        else if (order > 0)
            add_line(text, "missing", wanted->lines[j], &missing);
        i += order <= 0;
        j += order >= 0;
    }
    return text->length > 0 ? text->data : NULL;
}
