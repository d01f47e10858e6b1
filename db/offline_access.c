/* Policies out of the way of a script's statements and back, and the models' rules at its end. */
#include "offline_access.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "migrate.h"
#include "rights_list.h"
#include "sql.h"
#include "statement_loss.h"

/* A function goes without a loss, and a policy may call it. */
static bool may_meet(const struct statement *statement)
{
    const enum loss_kind kind = statement_loss(statement->sql).kind;
    return (kind != LOSS_NONE && kind != LOSS_ROWS) || strncasecmp(statement->sql, "drop", strlen("drop")) == 0;
}

static bool in_word(char character)
{
    return isalnum((unsigned char)character) || character == '_' || ((unsigned char)character & 0x80) != 0;
}

/* In small letters, with blanks between. Names in them are found, whatever else is. */
static void add_words(struct text *words, const char *sql)
{
    for (; *sql; sql++)
        if (in_word(*sql))
            text_add_char(words, (char)tolower((unsigned char)*sql));
        else if (words->length > 0 && words->data[words->length - 1] != ' ')
            text_add_char(words, ' ');
    text_add_char(words, ' ');
}

/* What a policy names is known from what it depends on (manual, "pg_depend"); what follows from its own table alone goes
 * with that. */
static void add_condition(struct text *text, const char *words)
{
    text_addf(text,
              "            AND EXISTS (SELECT FROM pg_depend d\n"
              "                LEFT JOIN pg_class r ON d.refclassid = 'pg_class'::regclass AND r.oid = d.refobjid\n"
              "                LEFT JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid\n"
              "                LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid\n"
              "                WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.deptype = 'n'\n"
              "                AND lower(coalesce(r.relname, f.proname, t.typname)) = ANY (string_to_array(\n"
              "                %s, ' ')))\n",
              sql_quote_literal(text, words));
}

/* words: NULL for all policies. */
static void add_lift(struct text *text, const char *words)
{
    text_add(text,
             "DO $roster$\n"
             "DECLARE\n"
             "    policy record;\n"
             "BEGIN\n"
             "    CREATE TEMPORARY TABLE roster_lifted (name text, place text, made text) ON COMMIT DROP;\n"
             "    FOR policy IN SELECT p.polname AS name, c.oid::regclass::text AS place,\n"
             "            " RIGHTS_POLICY_MADE("p") " AS made\n"
             "            FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid\n"
             "            WHERE c.relnamespace = 'public'::regnamespace\n"
             "            AND p.polname IN (" RIGHTS_POLICY_NAMES ")\n");
    if (words)
        add_condition(text, words);
    text_add(text,
             "            ORDER BY 2, 1 LOOP\n"
             "        EXECUTE format('DROP POLICY %I ON %s', policy.name, policy.place);\n"
             "        INSERT INTO pg_temp.roster_lifted VALUES (policy.name, policy.place, policy.made);\n"
             "    END LOOP;\n"
             "END\n"
             "$roster$;\n");
}

bool offline_lift(struct text *text, const struct statement *statements, size_t count)
{
    struct text *words = text_new(text);
    bool any = false, all = false;
    for (size_t i = 0; i < count; i++) {
        if (!may_meet(&statements[i]))
            continue;
        any = true;
        all |= statement_loss(statements[i].sql).kind == LOSS_UNKNOWN;
        add_words(words, statements[i].sql);
    }
    if (any)
        add_lift(text, all ? NULL : words->data);
    return any;
}

/* The classes of rights_do_not_fit, by their names in PL/pgSQL (manual, appendix A). */
#define DOES_NOT_FIT "syntax_error_or_access_rule_violation OR data_exception OR feature_not_supported"

void offline_put_back(struct text *text)
{
    text_add(text,
             "DO $roster$\n"
             "DECLARE\n"
             "    policy record;\n"
             "BEGIN\n"
             "    FOR policy IN SELECT * FROM pg_temp.roster_lifted WHERE to_regclass(place) IS NOT NULL LOOP\n"
             "        BEGIN\n"
             "            EXECUTE policy.made;\n"
             "        EXCEPTION\n"
             "            WHEN duplicate_object THEN NULL; -- the revision made one of that name\n"
             "            WHEN insufficient_privilege THEN RAISE;\n"
             "            WHEN " DOES_NOT_FIT " THEN\n"
             "            RAISE NOTICE 'policy % on % does not fit any more: %', policy.name, policy.place, SQLERRM;\n"
             "        END;\n"
             "    END LOOP;\n"
             "END\n"
             "$roster$;\n");
}

bool offline_wants_transaction(const struct statement *statement)
{
    const enum loss_kind kind = statement_loss(statement->sql).kind;
    return kind == LOSS_TABLES || kind == LOSS_COLUMNS || kind == LOSS_VALUES;
}

/* To be read where that can be. */
static const char *as_string(const void *context, const char *statement)
{
    return strstr(statement, "$rule$") ? sql_quote_literal(context, statement)
                                       : memory_printf(context, "$rule$%s$rule$", statement);
}

static void add_item(struct text *text, const struct rights_item *item)
{
    text_addf(text, "\n-- %s\nDO $rules$\nBEGIN\n    SET LOCAL lock_timeout = '%dms';\n", item->name,
              MIGRATE_LOCK_TIMEOUT_MS);
    for (size_t i = 0; i < item->count; i++)
        text_addf(text, "    EXECUTE %s;\n", as_string(text, item->statements[i]));
    text_addf(text,
              "EXCEPTION\n"
              "    WHEN insufficient_privilege THEN RAISE;\n"
              "    WHEN " DOES_NOT_FIT " THEN\n"
              "    RAISE WARNING 'the rules of access do not fit the database yet: %%: %%', %s, SQLERRM;\n"
              "END\n"
              "$rules$;\n",
              sql_quote_literal(text, item->name));
}

void offline_rules(struct text *text, const struct schema *schema)
{
    const struct rights *rights = rights_list(text, schema);
    text_add(text, "\n-- The rules of access of the models.\n"
                   "SET search_path = public;\nSET client_min_messages = warning;\n");
    for (size_t i = 0; i < rights->count; i++)
        add_item(text, &rights->items[i]);
    text_add(text, "\nRESET client_min_messages;\n");
}
