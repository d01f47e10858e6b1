/* Seeds: what they write, that a second run changes nothing, what they refuse, and that generated rows are
 * the same everywhere. Each test has a database of its own with the models' tables. */
#include "scratch.h"

#include <string.h>
#include <sys/stat.h>

#include "../../db/ddl.h"
#include "../../db/password.h"
#include "../../db/schema.h"
#include "../../db/seed.h"

static struct settings *settings;
static struct schema *schema;
static struct connection *db;
static void *context, *kept; /* kept: what outlives the connections */
static char folder[] = "/tmp/roster-seeds-XXXXXX";

static void open_tables(const struct model *const declared[])
{
    context = talloc_new(NULL);
    kept = talloc_new(NULL);
    settings = scratch_create(kept);
    settings->seeds = "seeds";
    settings->time_zone = "Pacific/Auckland";
    ck_ok(schema_open(context, declared, overview_panels, &schema));
    db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(db, "SET client_min_messages = warning"));
    ck_ok(connection_execute(db, ddl_create_schema(context, schema)));
}

static void setup(void)
{
    open_tables(models);
}

/* Not scratch_drop: its FORCE would have to end an autovacuum worker, which an ordinary role may not; a plain
 * DROP has PostgreSQL send it away. */
static void teardown(void)
{
    char *name = conninfo_part(kept, settings->direct_url, "dbname");
    talloc_free(context); /* closes the connections */
    scratch_command(scratch_settings(kept), memory_printf(kept, "DROP DATABASE \"%s\"", name));
    talloc_free(kept);
}

static long long number(const char *sql)
{
    return query_number(scratch_query(db, memory_printf(context, "SELECT (%s) AS n", sql)), 0, "n");
}

static const char *text(const char *sql)
{
    return query_field(scratch_query(db, memory_printf(context, "SELECT (%s)::text AS t", sql)), 0, "t");
}

static struct error *run(const char *name, struct seed_counts *counts)
{
    struct seed_options options = { .quiet = true, .counts = counts };
    return seed_run(context, settings, schema, name, &options);
}

static void run_well(const char *name, long long inserted, long long updated, long long unchanged)
{
    struct seed_counts counts;
    ck_ok(run(name, &counts));
    ck_assert_int_eq(counts.inserted, inserted);
    ck_assert_int_eq(counts.updated, updated);
    ck_assert_int_eq(counts.unchanged, unchanged);
}

/* A file of the seed "own", which lies in a folder of this test's own. */
static void write_file(const char *name, const void *bytes, size_t length)
{
    if (!strstr(folder, "XXXXXX")) {
        /* made before */
    } else {
        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(mkdir(memory_printf(context, "%s/own", folder), 0700), 0);
    }
    settings->seeds = folder;
    FILE *file = fopen(memory_printf(context, "%s/own/%s", folder, name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static void write_json(const char *name, const char *json)
{
    write_file(name, json, strlen(json));
}

static void write_seed(const char *json)
{
    write_json("10.json", json);
}

static void remove_folder(void)
{
    static const char *const names[] = { "own/10.json",   "own/20.json", "own/data.bin",
                                         "own/plan.json", "own",         "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(memory_printf(context, "%s/%s", folder, names[i]));
}

static void add_user(void)
{
    ck_ok(connection_execute(db, "INSERT INTO \"user\" (email, full_name, is_superuser) VALUES"
                                 " ('Ann.Lee@example.org', 'Ann Lee', true)"));
}

static void add_team(void)
{
    add_user();
    ck_ok(connection_execute(db, "INSERT INTO team (name, owner_id) SELECT 'red', id FROM \"user\""));
}

/* A hash over all rows of a table, whatever their order. */
static const char *hash_of(const char *table)
{
    return text(memory_printf(
        context, "SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"%s\" t", table));
}

START_TEST(initial_makes_the_superuser_and_managed_skills)
{
    run_well("initial", 20, 0, 0);
    ck_assert_int_eq(number("SELECT count(*) FROM \"user\" WHERE is_superuser"), 1);
    ck_assert_int_eq(number("SELECT count(*) FROM skill WHERE managed AND definition ? 'level'"), 20);
    ck_assert_str_eq(text("SELECT u.email FROM skill s JOIN \"user\" u ON u.id = s.owner_id LIMIT 1"),
                     settings->first_superuser);
}
END_TEST

START_TEST(initial_twice_changes_nothing)
{
    run_well("initial", 20, 0, 0);
    const char *skills = hash_of("skill"), *users = hash_of("user"), *history = hash_of("change");
    run_well("initial", 0, 0, 20);
    ck_assert_str_eq(hash_of("skill"), skills);
    ck_assert_str_eq(hash_of("user"), users);
    ck_assert_str_eq(hash_of("change"), history);
}
END_TEST

/* What a seed prints on standard output. */
static const char *output_of(const char *name, bool dry_run)
{
    struct seed_options options = { .dry_run = dry_run };
    char *said = NEW_ARRAY(context, char, 4096);
    FILE *caught = tmpfile();
    ck_assert_ptr_nonnull(caught);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    dup2(fileno(caught), STDOUT_FILENO);
    struct error *error = seed_run(context, settings, schema, name, &options);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    ck_ok(error);
    rewind(caught);
    said[fread(said, 1, 4095, caught)] = '\0';
    fclose(caught);
    return said;
}

START_TEST(the_first_sign_in_is_said_once)
{
    settings->first_superuser_password = NULL;
    ck_assert_ptr_null(strstr(output_of("initial", true), "first sign-in"));
    const char *line = strstr(output_of("initial", false), "first sign-in: ");
    ck_assert_ptr_nonnull(line);
    char email[100], password[100];
    ck_assert_int_eq(sscanf(line, "first sign-in: %99s %99s", email, password), 2);
    ck_assert_str_eq(email, settings->first_superuser);
    ck_assert(password_verify(text("SELECT hashed_password FROM \"user\""), password));
    ck_assert_ptr_null(strstr(output_of("initial", false), "first sign-in"));
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
    struct seed_counts counts;
    struct seed_options options = { .quiet = true, .dry_run = true, .counts = &counts };
    ck_ok(seed_run(context, settings, schema, "initial", &options));
    ck_assert_int_eq(counts.inserted, 20);
    ck_assert_int_eq(number("SELECT count(*) FROM skill"), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM \"user\""), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM change"), 0);
}
END_TEST

START_TEST(demo_is_an_organisation)
{
    struct seed_counts counts;
    run_well("initial", 20, 0, 0);
    ck_ok(run("demo", &counts));
    ck_assert_int_eq(number("SELECT count(*) FROM team"), 6);
    ck_assert_int_eq(number("SELECT count(*) FROM member"), 40);
    ck_assert_int_eq(number("SELECT count(*) FROM thread"), 30);
    ck_assert_int_eq(number("SELECT count(*) FROM upload"), 8);
    ck_assert_int_ge(number("SELECT min(n) FROM (SELECT count(*) AS n FROM checkpoint GROUP BY thread_id) c"),
                     2);
    ck_assert_int_gt(number("SELECT count(*) FROM thread WHERE due_on < current_date AND status <> 'done'"),
                     0);
    ck_assert_int_eq(number("SELECT count(DISTINCT n.team_id) FROM team_skill n WHERE NOT EXISTS (SELECT 1"
                            " FROM member_skill k JOIN member m ON m.id = k.member_id"
                            " WHERE k.skill_id = n.skill_id AND m.team_id = n.team_id)"),
                     2);
    /* reporting lines of at least three levels, leader included, and nobody outside them */
    ck_assert_int_eq(
        number("WITH RECURSIVE tree AS (SELECT id, 1 AS level FROM member WHERE type = 'leader'"
               " UNION ALL SELECT m.id, level + 1 FROM tree JOIN member m ON m.reports_to_id = tree.id)"
               " SELECT count(*) * 10 + max(level) FROM tree"),
        403);
    ck_assert_int_eq(
        number("SELECT count(*) FROM \"user\" WHERE hashed_password IS NOT NULL AND NOT is_superuser"), 0);
    run_well("demo", 0, 0, counts.inserted);
}
END_TEST

START_TEST(files_are_stored_as_they_are)
{
    run_well("initial", 20, 0, 0);
    ck_ok(run("demo", NULL));
    ck_assert_int_eq(
        number("SELECT count(*) FROM upload u JOIN upload_content c ON c.record_id = u.id"
               " WHERE encode(sha256(c.bytes), 'hex') = u.sha256 AND length(c.bytes) = u.size_bytes"
               " AND u.status = 'completed' AND position = 0"),
        8);
}
END_TEST

START_TEST(a_large_file_comes_in_chunks_and_is_replaced)
{
    static char bytes[600 * 1024];
    add_user();
    write_seed("{\"model\": \"upload\", \"key\": [\"name\"], \"records\": [{\"name\": \"big\", \"content\":"
               " {\"file\": \"data.bin\"}, \"owner_id\": \"Ann Lee\"}]}");
    memset(bytes, 'a', sizeof bytes);
    write_file("data.bin", bytes, sizeof bytes);
    run_well("own", 1, 0, 0);
    ck_assert_int_eq(number("SELECT count(*) FROM upload_content"), 3);
    ck_assert_int_eq(number("SELECT sum(length(bytes)) FROM upload_content"), sizeof bytes);
    run_well("own", 0, 0, 1);
    bytes[300000] = 'b';
    write_file("data.bin", bytes, sizeof bytes - 1);
    run_well("own", 0, 1, 0);
    ck_assert_str_eq(
        text("SELECT encode(sha256(string_agg(bytes, '' ORDER BY position)), 'hex') FROM upload_content"),
        text("SELECT sha256 FROM upload"));
    ck_assert_int_eq(number("SELECT size_bytes FROM upload"), sizeof bytes - 1);
    remove_folder();
}
END_TEST

START_TEST(only_what_differs_is_updated)
{
    add_user();
    write_seed(
        "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": ["
        "{\"name\": \"C\", \"description\": \"old\"}, {\"name\": \"SQL\", \"description\": \"same\"}]}");
    run_well("own", 2, 0, 0);
    ck_ok(connection_execute(db, "UPDATE skill SET owner_id = (SELECT id FROM \"user\")"));
    write_seed(
        "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": ["
        "{\"name\": \"c\", \"description\": \"new\"}, {\"name\": \"SQL\", \"description\": \"same\"}]}");
    run_well("own", 0, 1, 1);
    ck_assert_str_eq(text("SELECT description FROM skill WHERE name = 'c'"), "new");
    ck_assert_int_eq(number("SELECT count(*) FROM skill WHERE owner_id IS NOT NULL"), 2);
    ck_assert_str_eq(text("SELECT before ->> 'description' || ' ' || (after ->> 'description') FROM change"
                          " WHERE action = 'changed'"),
                     "old new");
    remove_folder();
}
END_TEST

START_TEST(links_become_what_the_file_says)
{
    add_team();
    ck_ok(connection_execute(db, "INSERT INTO skill (name) VALUES ('C'), ('SQL'), ('Python')"));
    write_seed("{\"model\": \"team\", \"key\": [\"name\"], \"records\": [{\"name\": \"red\","
               " \"skills\": [\"C\", {\"name\": \"sql\"}]}]}");
    run_well("own", 0, 1, 0);
    run_well("own", 0, 0, 1);
    write_seed("{\"model\": \"team\", \"key\": [\"name\"], \"records\": [{\"name\": \"red\","
               " \"skills\": [\"Python\", \"C\"]}]}");
    run_well("own", 0, 1, 0);
    ck_assert_str_eq(text("SELECT string_agg(s.name, ' ' ORDER BY s.name) FROM team_skill t"
                          " JOIN skill s ON s.id = t.skill_id"),
                     "C Python");
    remove_folder();
}
END_TEST

START_TEST(sync_removes_what_is_gone)
{
    struct seed_counts counts;
    add_team();
    ck_ok(connection_execute(db, "INSERT INTO skill (name, managed) VALUES ('Own', false)"));
    write_seed("{\"model\": \"skill\", \"key\": [\"name\"], \"mode\": \"sync\", \"records\": ["
               "{\"name\": \"C\"}, {\"name\": \"SQL\"}, {\"name\": \"Ada\"}]}");
    run_well("own", 3, 0, 0);
    ck_ok(connection_execute(
        db, "INSERT INTO team_skill SELECT t.id, s.id FROM team t, skill s WHERE s.name = 'Ada'"));
    write_seed(
        "{\"model\": \"skill\", \"key\": [\"name\"], \"mode\": \"sync\", \"records\": [{\"name\": \"C\"}]}");
    ck_ok(run("own", &counts));
    ck_assert_int_eq(counts.unchanged, 1);
    ck_assert_int_eq(counts.removed, 1);
    ck_assert_int_eq(counts.kept, 1);
    ck_assert_str_eq(text("SELECT string_agg(name, ' ' ORDER BY name) FROM skill"), "Ada C Own");
    ck_assert_int_eq(number("SELECT count(*) FROM team_skill"), 1);
    ck_assert_str_eq(text("SELECT before ->> 'name' FROM change WHERE action = 'deleted'"), "SQL");
    remove_folder();
}
END_TEST

START_TEST(dates_are_relative_to_the_day_in_the_site_s_zone)
{
    add_team();
    ck_ok(connection_execute(db, "SET TimeZone = 'Pacific/Auckland'"));
    write_seed(
        "{\"model\": \"thread\", \"key\": [\"subject\"], \"records\": ["
        "{\"subject\": \"a\", \"team_id\": \"red\", \"due_on\": \"today+14\", \"created_at\": \"today-3 "
        "14:20\"},"
        "{\"subject\": \"b\", \"team_id\": \"red\", \"due_on\": \"today-2w\", \"created_at\": \"now-3h\"}]}");
    run_well("own", 2, 0, 0);
    ck_assert_int_eq(number("SELECT due_on - current_date FROM thread WHERE subject = 'a'"), 14);
    ck_assert_int_eq(number("SELECT due_on - current_date FROM thread WHERE subject = 'b'"), -14);
    ck_assert_str_eq(text("SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI') FROM thread WHERE subject = 'a'"),
                     text("SELECT to_char(current_date - 3, 'YYYY-MM-DD') || ' 14:20'"));
    ck_assert_int_le(
        number("SELECT abs(extract(epoch FROM now() - created_at - interval '3 hours')) FROM thread"
               " WHERE subject = 'b'"),
        60);
    run_well("own", 0, 0, 2);
    remove_folder();
}
END_TEST

START_TEST(secrets_are_kept_as_hashes_and_never_reset)
{
    add_team();
    write_seed("{\"model\": \"user\", \"key\": [\"email\"], \"records\": [{\"email\": \"bo@example.org\","
               " \"full_name\": \"Bo\", \"hashed_password\": \"correct horse\"}]}");
    write_json("20.json",
               "{\"model\": \"api_key\", \"key\": [\"description\"], \"records\": [{\"description\": \"x\","
               " \"team_id\": \"red\"}]}");
    run_well("own", 2, 0, 0);
    ck_assert(password_verify(text("SELECT hashed_password FROM \"user\" WHERE full_name = 'Bo'"),
                              "correct horse"));
    ck_assert_int_eq(number("SELECT length(hashed_key) * 100 + length(short_key) FROM api_key"), 6408);
    ck_assert_ptr_null(strstr(text("SELECT string_agg(after::text, '') FROM change"), "hashed"));
    ck_ok(connection_execute(db, "UPDATE \"user\" SET hashed_password = 'mine' WHERE full_name = 'Bo'"));
    run_well("own", 0, 0, 2);
    ck_assert_str_eq(text("SELECT hashed_password FROM \"user\" WHERE full_name = 'Bo'"), "mine");
    remove_folder();
}
END_TEST

#define TEAM(members)                                                                                        \
    "{\"model\": \"team\", \"key\": [\"name\"], \"records\": [{\"name\": \"blue\"" members "}]}"
#define OWNER ", \"owner_id\": \"Ann Lee\""
#define THREAD(members)                                                                                      \
    "{\"model\": \"thread\", \"key\": [\"subject\"], \"records\": [{\"subject\": \"s\", \"team_id\": "       \
    "\"red\"" members "}]}"

#define MEMBER(members)                                                                                      \
    "{\"model\": \"member\", \"key\": [\"name\"], \"records\": [{\"name\": \"x\", \"team_id\": \"red\","       \
    " \"role\": \"r\"" members "}]}"

static const struct {
    const char *json, *place, *says;
} broken[] = {
    { "{\"model\": \"skill\",}", "10.json: line 1", "JSON" },
    { "{\"model\": \"skill\", \"model\": \"team\"}", "10.json: line 1", "duplicate" },
    { "[]", "10.json", "object" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"name\": \"A\"}, {\"name\": \"B\"}, {\"name\": \"C\"},"
      " {\"name\": \"B\"}]}", "record 4", "same key as record 2" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"recrods\": []}", "10.json", "'recrods' means nothing" },
    { "{\"model\": \"skil\", \"key\": [\"name\"], \"records\": []}", "10.json", "no model 'skil'" },
    { "{\"model\": \"skill\", \"records\": []}", "10.json", "\"key\"" },
    { "{\"model\": \"skill\", \"key\": [\"nam\"], \"records\": []}", "10.json: key", "'nam'" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"mode\": \"merge\", \"records\": []}", "10.json",
      "upsert" },
    { "{\"model\": \"team\", \"key\": [\"name\"], \"mode\": \"sync\", \"records\": []}", "10.json",
      "managed" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": {}}", "10.json", "array" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"name\": \"A\"}, 7]}", "record 2",
      "object" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"name\": \"A\"}, {\"name\": \"a\"}]}",
      "record 2", "record 1" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"description\": \"A\"}]}",
      "record 1: field 'name'", "key" },
    { TEAM(", \"nick\": 1" OWNER), "record 1: field 'nick'", "it has id, name" },
    { TEAM(""), "record 1: field 'owner_id'", "required" },
    { TEAM(", \"id\": 7" OWNER), "record 1: field 'id'", "leave it out" },
    { TEAM(", \"owner_id\": \"Bo\""), "record 1: field 'owner_id'", "no user \"Bo\"" },
    { TEAM(", \"owner_id\": {\"mail\": \"x\"}"), "record 1: field 'owner_id'", "'mail'" },
    { TEAM(", \"owner_id\": 7"), "record 1: field 'owner_id'", "in quotes" },
    { TEAM(", \"workflow\": \"odd\"" OWNER), "record 1: field 'workflow'",
      "\"sequential\", \"hierarchical\"" },
    { TEAM(", \"skills\": \"C\"" OWNER), "record 1: field 'skills'", "array" },
    { TEAM(", \"skills\": [\"C\"]" OWNER), "record 1: field 'skills'", "no skill \"C\"" },
    { TEAM(", \"description\": 7" OWNER), "record 1: field 'description'", "text in quotes" },
    { "{\"model\": \"team\", \"key\": [\"name\"], \"records\": [{\"name\": \"a b\"" OWNER "}]}",
      "record 1: field 'name'", "letters, digits" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"name\": "
      "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
      "x\"}]}",
      "record 1: field 'name'", "shorten it to 100" },
    { "{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"name\": \"A\", \"managed\": \"yes\"}]}",
      "record 1: field 'managed'", "true or false" },
    { THREAD(", \"due_on\": \"2026-02-31\""), "record 1: field 'due_on'", "type date" },
    { THREAD(", \"due_on\": \"today+x\""), "record 1: field 'due_on'", "today+14" },
    { THREAD(", \"due_on\": \"today 10:00\""), "record 1: field 'due_on'", "today+14" },
    { THREAD(", \"id\": \"7\""), "record 1: field 'id'", "uuid" },
    { MEMBER(", \"capacity_hours\": 168.5"), "record 1: field 'capacity_hours'", "from 0 to 168" },
    { MEMBER(", \"capacity_hours\": true"), "record 1: field 'capacity_hours'", "write a number" },
    { MEMBER(", \"reports_to_id\": \"outsider\""), "record 1: field 'reports_to_id'", "with the same 'team_id'" },
    { THREAD(", \"due_on\": 7"), "record 1: field 'due_on'", "a date such as \"2026-11-22\"" },
    { "{\"model\": \"api_key\", \"key\": [\"description\"], \"records\": [{\"description\": \"x\","
      " \"team_id\": \"red\", \"expires_at\": 7}]}",
      "record 1: field 'expires_at'", "a time such as" },
    { "{\"model\": \"user\", \"key\": [\"full_name\"], \"records\": [{\"full_name\": \"Another Ann\","
      " \"email\": \"ann.lee@example.org\"}]}",
      "record 1: field 'email'", "it must be unique; write a different one" },
    { "{\"model\": \"upload\", \"key\": [\"name\"], \"records\": [{\"name\": \"x\"" OWNER "}]}",
      "record 1: field 'content'", "needs its file" },
    { "{\"model\": \"upload\", \"key\": [\"name\"], \"records\": [{\"name\": \"x\", \"content\": {\"file\":"
      " \"../own/10.json\"}" OWNER "}]}",
      "record 1: field 'content'", "within" },
    { "{\"model\": \"upload\", \"key\": [\"name\"], \"records\": [{\"name\": \"x\", \"content\": {\"file\":"
      " \"none\"}" OWNER "}]}",
      "record 1: field 'content'", "cannot open" },
};

START_TEST(a_broken_seed_is_refused_with_its_place)
{
    add_team();
    ck_ok(connection_execute(db, "WITH t AS (INSERT INTO team (name, owner_id) SELECT 'green', id FROM \"user\" RETURNING id)"
                                 " INSERT INTO member (name, team_id, role) SELECT 'outsider', id, 'r' FROM t"));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        write_seed(broken[i].json);
        struct error *error = run("own", NULL);
        ck_assert_msg(error != NULL, "accepted: %s", broken[i].json);
        ck_assert_int_eq(error->code, ERROR_INVALID);
        ck_assert_msg(strstr(error->message, broken[i].place) != NULL, "no '%s' in: %s", broken[i].place,
                      error->message);
        ck_assert_msg(strstr(error->message, broken[i].says) != NULL, "no '%s' in: %s", broken[i].says,
                      error->message);
    }
    ck_assert_int_eq(number("SELECT count(*) FROM skill"), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM team"), 2);
    ck_assert_int_eq(number("SELECT count(*) FROM thread"), 0);
    remove_folder();
}
END_TEST

START_TEST(a_later_file_that_fails_undoes_the_earlier_ones)
{
    write_seed("{\"model\": \"skill\", \"key\": [\"name\"], \"records\": [{\"name\": \"A\"}]}");
    write_json("20.json", "{\"model\": \"team\"}");
    struct error *error = run("own", NULL);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "20.json"));
    ck_assert_int_eq(number("SELECT count(*) FROM skill"), 0);
    remove_folder();
}
END_TEST

START_TEST(an_optional_file_waits_for_its_model)
{
    write_seed(
        "{\"model\": \"boat\", \"optional\": true, \"key\": [\"name\"], \"records\": [{\"name\": \"A\"}]}");
    run_well("own", 0, 0, 0);
    remove_folder();
}
END_TEST

START_TEST(an_unknown_seed_is_named_with_those_there_are)
{
    struct error *error = run("../seeds/demo", NULL);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error->message, "demo, initial, load"));
}
END_TEST

static void load(double scale, struct seed_counts *counts)
{
    struct seed_options options = { .quiet = true, .scale = scale, .counts = counts };
    ck_ok(seed_run(context, settings, schema, "load", &options));
}

static const struct {
    const char *table;
    long long rows; /* at a thousandth */
} planned[] = {
    { "user", 3 },     { "team", 1 },          { "skill", 20 },         { "member", 50 },
    { "thread", 200 }, { "checkpoint", 1000 }, { "member_skill", 150 }, { "team_skill", 3 },
};
enum { TABLES = sizeof planned / sizeof *planned };

START_TEST(load_makes_what_is_planned)
{
    struct seed_counts counts;
    long long sum = 0;
    load(0.001, &counts);
    for (size_t i = 0; i < TABLES; i++) {
        ck_assert_int_eq(number(memory_printf(context, "SELECT count(*) FROM \"%s\"", planned[i].table)),
                         planned[i].rows);
        sum += planned[i].rows;
    }
    ck_assert_int_eq(counts.inserted, sum);
    ck_assert_int_eq(number("SELECT count(*) FROM \"user\" WHERE is_superuser"), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM member WHERE reports_to_id > id"), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM member WHERE reports_to_id IS NULL"), 1);
}
END_TEST

START_TEST(load_makes_the_same_rows_everywhere)
{
    char *first[TABLES];
    load(0.01, NULL);
    for (size_t i = 0; i < TABLES; i++)
        first[i] = memory_copy(NULL, hash_of(planned[i].table));
    teardown();
    setup();
    load(0.01, NULL);
    for (size_t i = 0; i < TABLES; i++)
        ck_assert_str_eq(hash_of(planned[i].table), first[i]);
    for (size_t i = 0; i < TABLES; i++)
        talloc_free(first[i]);
}
END_TEST

START_TEST(load_goes_on_after_what_is_there)
{
    run_well("initial", 20, 0, 0);
    load(0.001, NULL);
    load(0.001, NULL);
    ck_assert_int_eq(number("SELECT count(*) FROM member"), 100);
    ck_assert_int_eq(number("SELECT count(*) FROM checkpoint"), 2000);
    ck_assert_int_eq(number("SELECT count(*) FROM skill"), 60);
    /* the next row that somebody saves finds its number free */
    ck_ok(connection_execute(db, "INSERT INTO team (name, owner_id) SELECT 'after', min(id) FROM \"user\""));
    ck_assert_int_eq(number("SELECT id FROM team WHERE name = 'after'"), 3);
}
END_TEST

START_TEST(a_dry_load_changes_nothing)
{
    struct seed_counts counts;
    struct seed_options options = { .quiet = true, .dry_run = true, .scale = 0.001, .counts = &counts };
    ck_ok(seed_run(context, settings, schema, "load", &options));
    ck_assert_int_eq(counts.inserted, 1427);
    for (size_t i = 0; i < TABLES; i++)
        ck_assert_int_eq(number(memory_printf(context, "SELECT count(*) FROM \"%s\"", planned[i].table)), 0);
    ck_ok(connection_execute(db, "INSERT INTO skill (name) VALUES ('first')"));
    ck_assert_int_eq(number("SELECT id FROM skill"), 1);
}
END_TEST

static const struct {
    const char *plan, *says;
} bad_plans[] = {
    { "{\"rows\": {\"team\": -1}}", "'team'" },
    { "{\"rows\": {\"team\": \"many\"}}", "'team'" },
    { "{\"row\": {}}", "'row' means nothing" },
    { "{\"rows\": {\"team\": 1}}", "'team.owner_id' needs rows of 'user'" },
    { "{\"rows\": {\"user\": 1}, \"values\": {\"user.nick\": 1}}", "no field 'nick'" },
    { "{\"rows\": {\"user\": 1}, \"values\": {\"user.full_name\": []}}", "user.full_name" },
    { "{\"rows\": {\"user\": 1}, \"values\": {\"user.created_at\": {\"from\": \"x\", \"to\": \"y\"}}}",
      "2025-01-31" },
    { "{\"rows\": {\"user\": 3}, \"values\": {\"user.email\": \"same@example.org\"}}", "table 'user'" },
};

START_TEST(a_plan_that_cannot_be_is_refused)
{
    for (size_t i = 0; i < sizeof bad_plans / sizeof *bad_plans; i++) {
        write_json("plan.json", bad_plans[i].plan);
        struct error *error = run("own", NULL);
        ck_assert_msg(error != NULL, "accepted: %s", bad_plans[i].plan);
        ck_assert_int_eq(error->code, ERROR_INVALID);
        ck_assert_msg(strstr(error->message, bad_plans[i].says) != NULL, "no '%s' in: %s", bad_plans[i].says,
                      error->message);
    }
    ck_assert_int_eq(number("SELECT count(*) FROM \"user\""), 0);
    remove_folder();
}
END_TEST

/* Models that no plan knows, with a bit of everything that restricts a value. */
static const struct model shelf = {
    .table = "shelf",
    .fields =
        (const struct field[]){
            { .name = "code",
              .type = FIELD_TEXT,
              .required = true,
              .unique = true,
              .max_length = 6,
              .pattern = "^[A-Z]{2}-[0-9]+$" },
            { .name = "above_id",
              .type = FIELD_REFERENCE,
              .references = "shelf",
              .on_delete = ON_DELETE_SET_NULL,
              .acyclic = true },
            { .name = "load",
              .type = FIELD_DECIMAL,
              .precision = 4,
              .scale = 1,
              .minimum = "-5.5",
              .maximum = "99.9",
              .required = true },
            { .name = "height", .type = FIELD_FLOAT, .minimum = "0.5", .maximum = "2.5" },
            { 0 },
        },
};

static const struct model book = {
    .table = "book",
    .fields =
        (const struct field[]){
            { .name = "isbn", .type = FIELD_TEXT, .required = true, .unique = true, .pattern = "^[0-9]{8}$" },
            { .name = "title", .type = FIELD_TEXT, .required = true, .min_length = 3, .max_length = 12 },
            { .name = "summary",
              .type = FIELD_LONG_TEXT,
              .min_length = 50,
              .max_length = 60,
              .required = true },
            { .name = "contact", .type = FIELD_EMAIL, .unique = true, .ignore_case = true },
            { .name = "pages", .type = FIELD_INTEGER, .minimum = "1", .maximum = "2000", .required = true },
            { .name = "copies", .type = FIELD_INTEGER, .unique = true },
            { .name = "kind",
              .type = FIELD_CHOICE,
              .required = true,
              .choices = (const struct choice[]){ { .value = "a\\b" }, { .value = "tab\there" }, { 0 } } },
            { .name = "reading", .type = FIELD_UUID, .required = true },
            { .name = "cover", .type = FIELD_BYTES, .max_length = 10, .required = true },
            { .name = "about", .type = FIELD_JSON, .required = true },
            { .name = "printed_on", .type = FIELD_DATE },
            { .name = "seen_at", .type = FIELD_TIMESTAMP },
            { .name = "secret", .type = FIELD_PASSWORD, .required = true },
            { .name = "token", .type = FIELD_KEY, .required = true },
            { .name = "shelf_id",
              .type = FIELD_REFERENCE,
              .references = "shelf",
              .required = true,
              .on_delete = ON_DELETE_RESTRICT },
            { .name = "place", .type = FIELD_INTEGER, .required = true },
            { 0 },
        },
    .links = (const struct link[]){ { .name = "copies_on", .target = "shelf" }, { 0 } },
};

static const struct model *const library[] = { &book, &shelf, NULL };

START_TEST(load_fits_models_that_it_does_not_know)
{
    open_tables(library);
    write_json("plan.json", "{\"others\": 500, \"rows\": {\"boat\": 5}}");
    struct seed_counts counts;
    ck_ok(run("own", &counts));
    ck_assert_int_eq(number("SELECT count(*) FROM book"), 500);
    ck_assert_int_eq(number("SELECT count(*) FROM shelf"), 500);
    ck_assert_int_eq(number("SELECT count(*) FROM book_shelf"), 1000);
    ck_assert_int_eq(number("SELECT count(*) FROM \"user\" WHERE is_superuser"), 0);
    ck_assert_int_gt(number("SELECT count(DISTINCT summary) FROM book"), 100);
    ck_assert_int_eq(counts.inserted, 500 + 500 + 500 + 1000);
    remove_folder();
    teardown();
}
END_TEST

/* As `roster inspect` declares a numeric without limits, and what is at the edges of what may be declared. */
static const struct model measure = {
    .table = "measure",
    .fields =
        (const struct field[]){
            { .name = "free", .type = FIELD_DECIMAL, .precision = 1000, .scale = 500, .required = true, .unique = true },
            { .name = "whole", .type = FIELD_DECIMAL, .precision = 1000, .scale = 0, .required = true },
            { .name = "fine", .type = FIELD_DECIMAL, .precision = 100, .scale = 64, .required = true },
            { .name = "below_one", .type = FIELD_DECIMAL, .precision = 1000, .scale = 1000, .required = true },
            { .name = "far",
              .type = FIELD_DECIMAL,
              .precision = 1000,
              .scale = 400,
              .minimum = "-1e300",
              .maximum = "1e300",
              .required = true },
            { .name = "price", .type = FIELD_DECIMAL, .precision = 9, .scale = 2, .required = true },
            { 0 },
        },
};

START_TEST(numbers_of_any_precision_are_made_up)
{
    const struct model *const measures[] = { &measure, NULL };
    open_tables(measures);
    write_json("plan.json", "{\"others\": 200, \"values\": {\"measure.fine\": {\"from\": 0.5, \"to\": 2}}}");
    ck_ok(run("own", NULL));
    ck_assert_int_eq(number("SELECT count(DISTINCT free) FROM measure WHERE free BETWEEN 0 AND 9999"), 200);
    ck_assert_int_eq(number("SELECT count(*) FROM measure WHERE fine BETWEEN 0.5 AND 2"), 200);
    ck_assert_int_eq(number("SELECT count(*) FROM measure WHERE price <> trunc(price)") > 100, 1);
    remove_folder();
    teardown();
}
END_TEST

static const struct model note = {
    .table = "note",
    .fields =
        (const struct field[]){
            { .name = "name", .type = FIELD_TEXT, .required = true, .unique = true },
            { .name = "about", .type = FIELD_JSON },
            { 0 },
        },
};

/* That is how a database of somebody else's is described whose column has the type json. */
START_TEST(a_json_column_that_is_no_jsonb_is_compared_too)
{
    const struct model *const notes[] = { &note, NULL };
    open_tables(notes);
    ck_ok(connection_execute(db, "ALTER TABLE note ALTER about TYPE json"));
    for (int i = 0; i < 3; i++) {
        write_seed(memory_printf(context,
                                 "{\"model\": \"note\", \"key\": [\"name\"], \"records\": [{\"name\": \"a\","
                                 " \"about\": {\"b\": %s, \"a\": null}}]}",
                                 i < 2 ? "1" : "2"));
        run_well("own", i == 0, i == 2, i == 1);
    }
    ck_assert_str_eq(text("SELECT about ->> 'b' FROM note"), "2");
    remove_folder();
    teardown();
}
END_TEST

static const struct model riddle = {
    .table = "riddle",
    .fields =
        (const struct field[]){
            { .name = "answer", .type = FIELD_TEXT, .required = true, .pattern = "^x{3}y?[0-4]z$" },
            { 0 },
        },
};

static const struct model *const riddles[] = { &riddle, NULL };

START_TEST(a_pattern_that_no_word_fits_asks_for_values)
{
    open_tables(riddles);
    write_json("plan.json", "{\"others\": 5}");
    struct error *error = run("own", NULL);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "'riddle.answer'"));
    write_json("plan.json", "{\"others\": 5, \"values\": {\"riddle.answer\": [\"xxx1z\", \"xxxy2z\"]}}");
    ck_ok(run("own", NULL));
    ck_assert_int_eq(number("SELECT count(*) FROM riddle"), 5);
    remove_folder();
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seed");
    TCase *rows = tcase_create("rows"), *other = tcase_create("other models");
    tcase_add_checked_fixture(rows, setup, teardown);
    tcase_set_timeout(rows, 120);
    tcase_set_timeout(other, 120);
    tcase_add_test(rows, initial_makes_the_superuser_and_managed_skills);
    tcase_add_test(rows, initial_twice_changes_nothing);
    tcase_add_test(rows, the_first_sign_in_is_said_once);
    tcase_add_test(rows, a_dry_run_changes_nothing);
    tcase_add_test(rows, demo_is_an_organisation);
    tcase_add_test(rows, files_are_stored_as_they_are);
    tcase_add_test(rows, a_large_file_comes_in_chunks_and_is_replaced);
    tcase_add_test(rows, only_what_differs_is_updated);
    tcase_add_test(rows, links_become_what_the_file_says);
    tcase_add_test(rows, sync_removes_what_is_gone);
    tcase_add_test(rows, dates_are_relative_to_the_day_in_the_site_s_zone);
    tcase_add_test(rows, secrets_are_kept_as_hashes_and_never_reset);
    tcase_add_test(rows, a_broken_seed_is_refused_with_its_place);
    tcase_add_test(rows, a_later_file_that_fails_undoes_the_earlier_ones);
    tcase_add_test(rows, an_optional_file_waits_for_its_model);
    tcase_add_test(rows, an_unknown_seed_is_named_with_those_there_are);
    tcase_add_test(rows, load_makes_what_is_planned);
    tcase_add_test(rows, load_makes_the_same_rows_everywhere);
    tcase_add_test(rows, load_goes_on_after_what_is_there);
    tcase_add_test(rows, a_dry_load_changes_nothing);
    tcase_add_test(rows, a_plan_that_cannot_be_is_refused);
    tcase_add_test(other, numbers_of_any_precision_are_made_up);
    tcase_add_test(other, a_json_column_that_is_no_jsonb_is_compared_too);
    tcase_add_test(other, load_fits_models_that_it_does_not_know);
    tcase_add_test(other, a_pattern_that_no_word_fits_asks_for_values);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, other);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
