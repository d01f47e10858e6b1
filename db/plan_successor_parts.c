/* What hangs on a column, and how it reads over the successor. */
#include "plan_successor.h"

#include <string.h>

#include "memory.h"
#include "sql.h"

static bool same(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

const struct plan_successor *plan_successor_of(const struct plan_succession *succession, const char *column)
{
    for (size_t i = 0; i < succession->count; i++)
        if (same(succession->columns[i].to->name, column))
            return &succession->columns[i];
    return NULL;
}

static bool spans(const struct plan_build *build, const struct plan_succession *succession, const char *table,
                  const char *const *columns, bool old)
{
    for (; same(table, succession->table) && *columns; columns++)
        if (plan_successor_of(succession, old ? plan_column_now(build, table, *columns) : *columns))
            return true;
    return false;
}

bool plan_succession_ties(const struct plan_build *build, const struct plan_succession *succession,
                          const char *table, const struct catalog_constraint *constraint, bool old)
{
    if (spans(build, succession, table, constraint->columns, old))
        return true;
    if (constraint->kind != 'f')
        return false;
    const char *other = old ? plan_table_now(build, constraint->references) : constraint->references;
    return spans(build, succession, other, constraint->referenced, old);
}

/* As if the columns were renamed, each to what its successor is called. */
static const char *rewritten(const struct plan_build *build, const struct plan_succession *succession,
                             const char *text, bool old)
{
    const struct catalog_table *table = old ? succession->from : succession->to;
    struct catalog_table next = *table;
    struct table_match names = { .from = table, .to = &next };
    next.columns = NEW_ARRAY(build->context, struct catalog_column, table->column_count);
    names.from_columns = NEW_ARRAY(build->context, const struct catalog_column *, table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        const char *now =
            old ? plan_column_now(build, succession->table, table->columns[i].name) : table->columns[i].name;
        const struct plan_successor *successor = plan_successor_of(succession, now);
        names.from_columns[i] = &table->columns[i];
        next.columns[i] = table->columns[i];
        next.columns[i].name = successor ? successor->next : table->columns[i].name;
    }
    struct enum_match *types = NEW_ARRAY(build->context, struct enum_match, succession->count);
    struct match match = { .tables = &names, .enums = types, .table_count = 1, .renames = true };
    for (size_t i = 0; i < succession->count && !old; i++) {
        const struct operation *operation = succession->columns[i].operation;
        if (operation->kind != OPERATION_REBUILD_ENUM)
            continue;
        struct catalog_enum *type = NEW(build->context, struct catalog_enum);
        type->name = plan_next_enum(build, operation->to_enum);
        types[match.enum_count++] = (struct enum_match){ .from = operation->to_enum, .to = type };
    }
    return match_rewrite(build->context, &match, &names, text);
}

bool plan_succession_mentions(const struct plan_build *build, const struct plan_succession *succession,
                              const char *shape, bool old)
{
    return !same(rewritten(build, succession, shape, old), shape);
}

const char *plan_succession_shape(const struct plan_build *build, const struct plan_succession *succession,
                                  const char *shape)
{
    return rewritten(build, succession, shape, false);
}

const char *plan_next_enum(const struct plan_build *build, const struct catalog_enum *type)
{
    return plan_name(build, type->name, "new");
}

/* Views, policies, triggers on just this column, statistics, rights and what else a catalog does not know.
 * Keys, checks, indexes, defaults and an ordinary identity are made anew. */
const char *plan_succession_obstacles(const struct plan_build *build, const char *table, const char *column)
{
    return memory_printf(
        build->context,
        "SELECT FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attname = %s AND (a.attacl IS NOT "
        "NULL\n"
        "        OR EXISTS (SELECT FROM unnest(a.attoptions) o WHERE left(o, 10) = 'n_distinct') OR a.attstattarget >= 0\n"
        "        OR EXISTS (SELECT FROM pg_class WHERE oid = a.attrelid AND relkind <> 'r')\n"
        "        OR EXISTS (SELECT FROM pg_inherits WHERE a.attrelid IN (inhrelid, inhparent))\n"
        "        OR EXISTS (SELECT FROM pg_index WHERE indrelid = a.attrelid AND a.attnum = ANY (indkey)\n"
        "            AND (indisclustered OR indisreplident))\n"
        "        OR EXISTS (SELECT FROM pg_depend d LEFT JOIN pg_class c ON d.classid = "
        "'pg_class'::regclass\n"
        "            AND c.oid = d.objid LEFT JOIN pg_sequence s ON s.seqrelid = c.oid\n"
        "            WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid\n"
        "            AND d.refobjsubid = a.attnum\n"
        "            AND d.classid NOT IN ('pg_constraint'::regclass, 'pg_attrdef'::regclass)\n"
        "            AND c.relkind IS DISTINCT FROM 'i' AND (d.deptype = 'i' AND s.seqstart = 1\n"
        "            AND s.seqincrement = 1 AND s.seqmin = 1 AND s.seqcache = 1 AND NOT s.seqcycle) IS NOT "
        "TRUE))",
        sql_quote_literal(build->context, plan_quoted(build, table)),
        sql_quote_literal(build->context, column));
}

const char *plan_keeper(const struct plan_build *build, const struct plan_succession *succession)
{
    const char *columns =
        memory_printf(build->context, "%s_%s", succession->table, succession->columns[0].to->name);
    return plan_name(build, columns, "keep");
}
