/* The audit, read. */
#include "audit_list.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "memory.h"

/* Lines are in the order of (at, source, id). A cursor is those three: "a.17.2026-11-25 10:15:00.123+00". */
struct cursor {
    char source; /* 'a' audit, 'c' changes; 0: none */
    const char *id, *at;
};

struct source {
    char letter;
    const char *columns; /* at, id and those of the list */
    const char *table;
};

static const struct source sources[] = {
    { 'a', "'a' AS source, id, at, user_id, who, action, NULL AS model, NULL AS record, subject AS title, remote", "audit" },
    { 'c', "'c' AS source, id, at, user_id, NULL AS who, action::text AS action, model, record, title, remote", "change" },
};

static struct error *read_cursor(const void *context, const char *text, struct cursor *cursor)
{
    *cursor = (struct cursor){ 0 };
    if (!text)
        return NULL;
    size_t digits = strlen(text) > 2 && strchr("ac", *text) && text[1] == '.' ? strspn(text + 2, "0123456789") : 0;
    const char *at = text + 2 + digits;
    if (digits == 0 || digits > 18 || *at != '.' || strlen(at) > 40 || strlen(at) < 20 ||
        strspn(at + 1, "0123456789-+:. ") != strlen(at + 1))
        return error_new(context, ERROR_BAD_REQUEST, "this address does not name a page of the audit");
    *cursor = (struct cursor){ *text, memory_copy_length(context, text + 2, digits), at + 1 };
    return NULL;
}

/* What comes behind the cursor in this source. */
static void add_cursor(struct sql *sql, const struct source *source, const struct cursor *cursor)
{
    if (!cursor->source)
        return;
    if (source->letter == cursor->source) {
        sql_add(sql, " AND (at, id) < (");
        sql_value(sql, cursor->at, "timestamptz");
        sql_add(sql, ", ");
        sql_value(sql, cursor->id, "bigint");
        sql_add(sql, ")");
        return;
    }
    sql_add(sql, source->letter < cursor->source ? " AND at <= " : " AND at < ");
    sql_value(sql, cursor->at, "timestamptz");
}

static void add_kind(struct sql *sql, enum audit_kind kind)
{
    static const char *const sign_ins[] = { AUDIT_SIGNED_IN, AUDIT_SIGN_IN_FAILED, AUDIT_SIGNED_OUT,
                                            AUDIT_PASSWORD_CHANGED, AUDIT_THROTTLED, AUDIT_CODE_FAILED,
                                            AUDIT_RECOVERY_USED, AUDIT_FACTOR_ON, AUDIT_FACTOR_OFF, AUDIT_CODES_MADE,
                                            AUDIT_RESET_MADE, AUDIT_RESET_USED, AUDIT_SESSIONS_ENDED };
    if (kind != AUDIT_SIGN_INS && kind != AUDIT_ADMINISTRATION)
        return;
    sql_addf(sql, " AND action %s (", kind == AUDIT_SIGN_INS ? "IN" : "NOT IN");
    for (size_t i = 0; i < sizeof sign_ins / sizeof *sign_ins; i++) {
        sql_add(sql, i ? ", " : "");
        sql_value(sql, sign_ins[i], "text");
    }
    sql_add(sql, ")");
}

static void add_who(struct sql *sql, const struct source *source, const char *who)
{
    sql_add(sql, " AND (user_id = (SELECT id FROM \"user\" WHERE lower(email) = lower(");
    sql_value(sql, who, "text");
    sql_add(sql, "))");
    if (source->letter == 'a') {
        sql_add(sql, " OR lower(who) = lower(");
        sql_value(sql, who, "text");
        sql_add(sql, ")");
    }
    sql_add(sql, ")");
}

static void add_days(struct sql *sql, const struct audit_filter *filter)
{
    if (filter->from) {
        sql_add(sql, " AND at >= ");
        sql_value(sql, filter->from, "date");
    }
    if (filter->to) {
        sql_add(sql, " AND at < ");
        sql_value(sql, filter->to, "date");
        sql_add(sql, " + 1");
    }
}

static bool is_wanted(const struct source *source, enum audit_kind kind)
{
    return kind == AUDIT_ALL || (kind == AUDIT_CHANGES) == (source->letter == 'c');
}

static void add_source(struct sql *sql, const struct source *source, const struct audit_filter *filter,
                       const struct cursor *cursor)
{
    sql_addf(sql, "(SELECT %s FROM %s WHERE true", source->columns, source->table);
    add_cursor(sql, source, cursor);
    if (source->letter == 'a')
        add_kind(sql, filter->kind);
    if (filter->who)
        add_who(sql, source, filter->who);
    if (filter->remote) {
        sql_add(sql, " AND remote = ");
        sql_value(sql, filter->remote, "text");
    }
    add_days(sql, filter);
    sql_addf(sql, " ORDER BY at DESC, id DESC LIMIT %d)", filter->limit);
}

struct error *audit_list_queue(struct connection *connection, const struct audit_filter *filter, struct query **query)
{
    struct cursor cursor;
    bool first = true;
    TRY(read_cursor(connection, filter->after, &cursor));
    struct sql *sql = sql_new(connection, "SELECT l.source || '.' || l.id || '.' || l.at AS cursor, l.at,"
                                          " coalesce(l.who, u.email) AS who, l.action, l.model, l.record, l.title, l.remote,"
                                          " CASE l.source WHEN 'c' THEN l.id END AS id FROM (");
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (!is_wanted(&sources[i], filter->kind))
            continue;
        sql_add(sql, first ? "" : " UNION ALL ");
        add_source(sql, &sources[i], filter, &cursor);
        first = false;
    }
    sql_addf(sql, ") l LEFT JOIN \"user\" u ON u.id = l.user_id ORDER BY l.at DESC, l.source DESC, l.id DESC LIMIT %d",
             filter->limit);
    *query = query_add(connection, sql);
    return NULL;
}
