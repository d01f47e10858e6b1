/* Saving and deleting records: what is checked, what is written, what PostgreSQL has the last word on. */
#include "organisation.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../db/content.h"
#include "../../db/draft.h"
#include "../../db/history.h"
#include "../../db/record.h"
#include "../../db/removal.h"

static struct draft *new_draft(const char *table)
{
    struct draft *draft = draft_new(context, schema, model_of(table), ON_CREATE);
    draft->user_id = "1";
    return draft;
}

static void type(struct draft *draft, const char *name, const char *typed)
{
    draft_type(draft_field(draft, name), typed);
}

/* A form of this record as it is stored, about to be sent back unchanged. */
static struct draft *edit_draft(const char *table, const char *id)
{
    struct draft *draft = draft_new(context, schema, model_of(table), ON_UPDATE);
    draft->id = id;
    draft->user_id = "1";
    struct record_form *form = record_queue_form(db, draft, false);
    ck_ok(query_run(db));
    ck_ok(record_load(form));
    const char *base = draft_base(draft);
    ck_ok(draft_set_base(draft, base));
    for (size_t i = 0; i < draft->field_count; i++)
        if (!draft->fields[i].field->secret)
            draft_type(&draft->fields[i], draft->fields[i].typed);
    return draft;
}

static struct error *save(struct draft *draft)
{
    const char *saved_as = NULL;
    draft_read(draft);
    struct record_checks *checks = record_queue_checks(db, draft);
    TRY(query_run(db));
    struct error *error = record_check(checks, &saved_as);
    if (!error && !saved_as)
        error = record_save(db, draft);
    if (error || saved_as)
        transaction_rollback(db);
    if (saved_as)
        draft->id = saved_as;
    return error;
}

static void assert_refused(struct draft *draft, const char *field, const char *words)
{
    const struct error *error = save(draft);
    ck_assert_msg(error && error->code == ERROR_INVALID, "%s", error ? error->message : "was saved");
    const struct draft_field *place = draft_field(draft, field);
    ck_assert_msg(place->error && strstr(place->error, words), "'%s' lacks '%s'", place->error ? place->error : "", words);
}

static struct draft *new_member(const char *name, const char *team)
{
    struct draft *draft = new_draft("member");
    draft_set_defaults(draft);
    type(draft, "name", name);
    type(draft, "team_id", team);
    type(draft, "role", "dev");
    type(draft, "type", "worker");
    return draft;
}

START_TEST(a_new_record_is_stored_with_its_history)
{
    struct draft *draft = new_member("eve", "1");
    draft_item(draft, draft_link(draft, "skills"), "2")->chosen = true;
    ck_ok(save(draft));
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member WHERE name = 'eve' AND capacity_hours = 40"), 1);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member_skill s JOIN member m ON m.id = member_id"
                              " WHERE m.name = 'eve' AND skill_id = 2"), 1);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM change WHERE model = 'member' AND action = 'created' AND title ="
                              " 'eve' AND user_id = 1 AND after ->> 'role' = 'dev' AND after -> 'skills' = '[\"SQL\"]'"), 1);
}
END_TEST

START_TEST(all_that_is_wrong_is_told_at_once)
{
    struct draft *draft = new_member("not a name", "99");
    type(draft, "capacity_hours", "200");
    assert_refused(draft, "name", "letters, digits");
    ck_assert_ptr_nonnull(strstr(draft_field(draft, "capacity_hours")->error, "0 to 168"));
    ck_assert_ptr_nonnull(strstr(draft_field(draft, "team_id")->error, "not there"));
}
END_TEST

/* Whatever draft_read lets through: a foreign key looks past the rules of access, so no key is saved unseen. */
START_TEST(a_reference_that_was_not_looked_up_is_not_there)
{
    struct draft *draft = new_member("eve", "1");
    const char *saved_as = NULL;
    draft_read(draft);
    draft_field(draft, "team_id")->value = draft_field(draft, "team_id")->typed = "+1";
    struct record_checks *checks = record_queue_checks(db, draft);
    ck_ok(query_run(db));
    const struct error *error = record_check(checks, &saved_as);
    ck_assert(error && error->code == ERROR_INVALID);
    ck_assert_ptr_nonnull(strstr(draft_field(draft, "team_id")->error, "not there"));
}
END_TEST

START_TEST(a_unique_field_is_told_at_its_place)
{
    struct draft *draft = new_draft("team");
    draft_set_defaults(draft);
    type(draft, "name", "core");
    type(draft, "owner_id", "1");
    assert_refused(draft, "name", "Another team has this name");
}
END_TEST

START_TEST(several_unique_fields_are_told_at_the_last)
{
    assert_refused(new_member("ann", "1"), "name", "Another member of this team");
    ck_ok(save(new_member("ann", "2")));
}
END_TEST

START_TEST(unique_without_regard_to_case)
{
    struct draft *draft = new_draft("user");
    type(draft, "email", "ADA@example.com");
    type(draft, "full_name", "Another Ada");
    assert_refused(draft, "email", "Another user has this email");
}
END_TEST

START_TEST(nobody_reports_to_another_team)
{
    struct draft *draft = new_member("eve", "2");
    type(draft, "reports_to_id", "1");
    assert_refused(draft, "reports_to_id", "same team");
}
END_TEST

START_TEST(nobody_reports_in_a_circle)
{
    struct draft *draft = edit_draft("member", "1");
    type(draft, "reports_to_id", "3");
    assert_refused(draft, "reports_to_id", "leads back");
    draft = edit_draft("member", "1");
    type(draft, "reports_to_id", "1");
    assert_refused(draft, "reports_to_id", "leads back");
}
END_TEST

START_TEST(nobody_leaves_the_people_behind_who_report_to_them)
{
    struct draft *draft = edit_draft("member", "2");
    type(draft, "team_id", "2");
    type(draft, "reports_to_id", NULL);
    assert_refused(draft, "team_id", "Change those first");
}
END_TEST

START_TEST(only_what_was_changed_is_written)
{
    struct draft *draft = edit_draft("member", "2");
    run_script("UPDATE member SET created_at = '2020-01-01 00:00:00.123456'");
    type(draft, "role", "lead dev");
    ck_ok(save(draft));
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member WHERE id = 2 AND role = 'lead dev' AND reports_to_id = 1"
                              " AND updated_at > now() - interval '1 minute'"), 1);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM change WHERE record = '2' AND before ->> 'role' = 'dev'"
                              " AND after ->> 'role' = 'lead dev'"), 1);
}
END_TEST

START_TEST(saving_without_a_change_writes_nothing)
{
    ck_ok(save(edit_draft("member", "2")));
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM change"), 0);
}
END_TEST

START_TEST(a_stale_edit_is_noticed)
{
    struct draft *draft = edit_draft("member", "2");
    run_script("UPDATE member SET role = 'tester' WHERE id = 2");
    type(draft, "backstory", "mine");
    const struct error *error = save(draft);
    ck_assert(error && error->code == ERROR_STALE);
    ck_assert(!draft_field_conflicts(draft, draft_field(draft, "role")));
    ck_assert_str_eq(draft_field(draft, "role")->current, "tester");
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member WHERE backstory = 'mine'"), 0);
}
END_TEST

START_TEST(two_changes_of_one_field_conflict)
{
    struct draft *draft = edit_draft("member", "2");
    run_script("UPDATE member SET role = 'tester' WHERE id = 2");
    type(draft, "role", "writer");
    const struct error *error = save(draft);
    ck_assert(error && error->code == ERROR_STALE);
    ck_assert(draft_field_conflicts(draft, draft_field(draft, "role")));
}
END_TEST

START_TEST(the_same_change_by_two_is_no_conflict)
{
    struct draft *draft = edit_draft("member", "2");
    run_script("UPDATE member SET role = 'tester' WHERE id = 2");
    type(draft, "role", "tester");
    ck_ok(save(draft));
}
END_TEST

START_TEST(links_of_others_stay)
{
    struct draft *draft = edit_draft("member", "2");
    struct draft_link *skills = draft_link(draft, "skills");
    run_script("INSERT INTO member_skill VALUES (2, 3)");
    draft_item(draft, skills, "1")->shown = true; /* shown, and unchecked by this person */
    draft_item(draft, skills, "1")->chosen = false;
    draft_item(draft, skills, "2")->shown = true;
    draft_item(draft, skills, "2")->chosen = true;
    ck_ok(save(draft));
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member_skill WHERE member_id = 2 AND skill_id IN (2, 3)"), 2);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member_skill WHERE member_id = 2"), 2);
}
END_TEST

/* An edit that gives a role, takes a skill away and adds another. */
static struct draft *relinked(const char *role)
{
    struct draft *draft = edit_draft("member", "2");
    struct draft_link *skills = draft_link(draft, "skills");
    type(draft, "role", role);
    *draft_item(draft, skills, "1") = (struct draft_item){ .id = "1", .shown = true };
    *draft_item(draft, skills, "2") = (struct draft_item){ .id = "2", .shown = true, .chosen = true };
    *draft_item(draft, skills, "3") = (struct draft_item){ .id = "3", .chosen = true };
    return draft;
}

#define LINES "SELECT count(*) AS n FROM change WHERE record = '2'"

/* Its answer never came: so it is sent once more, just as it was. */
START_TEST(links_that_were_saved_before_are_not_saved_again)
{
    static const char *const roles[] = { "lead dev", "dev" }; /* with a field that changes, and with links alone */
    for (size_t i = 0; i < 2; i++) {
        struct draft *first = relinked(roles[i]), *again = relinked(roles[i]);
        const long long lines = count_of(LINES);
        ck_ok(save(first));
        ck_assert_int_eq(count_of(LINES), lines + 1);
        const char *row = query_field(scratch_query(db, "SELECT xmin::text FROM member WHERE id = 2"), 0, "xmin");
        ck_ok(save(again));
        ck_assert(draft_is_done(again));
        ck_assert_int_eq(count_of(LINES), lines + 1);
        ck_assert_str_eq(query_field(scratch_query(db, "SELECT xmin::text FROM member WHERE id = 2"), 0, "xmin"), row);
        ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member_skill WHERE member_id = 2 AND skill_id IN (2, 3)"), 2);
        run_script("DELETE FROM member_skill; INSERT INTO member_skill VALUES (2, 1), (2, 2)");
    }
}
END_TEST

START_TEST(a_link_that_others_made_is_not_told_as_mine)
{
    struct draft *draft = relinked("dev");
    run_script("INSERT INTO member_skill VALUES (2, 3)");
    ck_ok(save(draft));
    ck_assert_int_eq(count_of(LINES " AND before -> 'skills' = '[\"C\"]' AND NOT after ? 'skills'"), 1);
}
END_TEST

START_TEST(a_form_is_good_for_one_record)
{
    struct draft *first = new_member("eve", "1"), *second = new_member("eve", "1");
    first->token = second->token = "token";
    ck_ok(save(first));
    ck_ok(save(second));
    ck_assert_str_eq(first->id, second->id);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member WHERE name = 'eve'"), 1);
}
END_TEST

START_TEST(a_managed_record_cannot_be_edited)
{
    struct draft *draft = draft_new(context, schema, model_of("skill"), ON_UPDATE);
    draft->id = "1";
    struct record_form *form = record_queue_form(db, draft, false);
    ck_ok(query_run(db));
    const struct error *error = record_load(form);
    ck_assert(error && error->code == ERROR_FORBIDDEN);
}
END_TEST

START_TEST(a_key_is_kept_as_its_hash)
{
    struct draft *draft = new_draft("api_key");
    type(draft, "description", "for the build");
    type(draft, "team_id", "1");
    ck_ok(save(draft));
    ck_assert_ptr_nonnull(draft->new_key);
    const struct query *stored = scratch_query(db, "SELECT hashed_key, short_key FROM api_key");
    ck_assert_ptr_null(strstr(query_field(stored, 0, "hashed_key"), draft->new_key));
    ck_assert_int_eq(strncmp(query_field(stored, 0, "short_key"), draft->new_key, 8), 0);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM change WHERE after ? 'hashed_key'"), 0);
}
END_TEST

START_TEST(the_database_has_the_last_word)
{
    /* Between the checks and the save somebody else takes the name. */
    struct draft *draft = new_draft("team");
    const char *saved_as = NULL;
    draft_set_defaults(draft);
    type(draft, "name", "fresh");
    type(draft, "owner_id", "1");
    draft_read(draft);
    struct record_checks *checks = record_queue_checks(db, draft);
    ck_ok(query_run(db));
    ck_ok(record_check(checks, &saved_as));
    run_script("INSERT INTO team (name, owner_id) VALUES ('fresh', 1)");
    const struct error *error = record_save(db, draft);
    ck_assert(error && error->code == ERROR_INVALID);
    ck_assert_ptr_nonnull(strstr(draft_field(draft, "name")->error, "has this name"));
}
END_TEST

#define CHUNK_BYTES ((size_t)256 * 1024)
#define REPLACE(chunks)                                                                                                \
    "BEGIN; UPDATE upload SET updated_at = now() WHERE id = 1; DELETE FROM upload_content WHERE record_id = 1;"          \
    "INSERT INTO upload_content (record_id, position, bytes) SELECT 1, n, convert_to(repeat('n', 262144), 'UTF8')"       \
    " FROM generate_series(0, " #chunks " - 1) n; COMMIT"

/* Reads what a pipe brings; the rest of it only after somebody has run this SQL in between. */
static size_t drain(int descriptor, const char *meanwhile)
{
    static char bytes[CHUNK_BYTES];
    size_t total = 0;
    for (ssize_t length; (length = read(descriptor, bytes, sizeof bytes)) > 0; total += (size_t)length)
        if (total == 0 && meanwhile)
            run_script(meanwhile);
    return total;
}

/* The pipe holds the reader up in the middle of its first trip. */
static struct error *read_file(const char *meanwhile, size_t *size)
{
    int ends[2];
    *size = 0;
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        drain(ends[0], meanwhile);
        _exit(0);
    }
    close(ends[0]);
    struct error *error = content_read(db, model_field(model_of("upload"), "content"), "1", NULL, ends[1], size);
    close(ends[1]);
    waitpid(child, NULL, 0);
    return error;
}

/* Five chunks are two trips. */
START_TEST(a_file_that_is_replaced_while_it_is_read_is_no_success)
{
    size_t size = 0;
    run_script("INSERT INTO upload (id, name, owner_id) VALUES (1, 'file', 1)");
    run_script(REPLACE(5));
    ck_ok(read_file(NULL, &size));
    ck_assert_uint_eq(size, 5 * CHUNK_BYTES);
    static const char *const replacements[] = { REPLACE(5), REPLACE(2), REPLACE(0), REPLACE(9), "DELETE FROM upload" };
    for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++) {
        run_script(REPLACE(5));
        const struct error *error = read_file(replacements[i], &size);
        ck_assert_msg(error && error->code == ERROR_STALE, "%s: %s", replacements[i], error ? error->message : "was served");
    }
    const struct error *gone = read_file(NULL, &size);
    ck_assert(gone && gone->code == ERROR_NOT_FOUND);
    run_script("INSERT INTO upload (id, name, owner_id) VALUES (1, 'empty', 1)");
    ck_ok(read_file(NULL, &size));
    ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(deleting_takes_along_what_it_says)
{
    struct removal *removal = removal_queue(db, model_of("team"), "1");
    ck_ok(query_run(db));
    removal_load(removal);
    ck_assert(!removal->blocked);
    ck_assert_uint_eq(removal->count, 1);
    ck_assert_int_eq(removal->groups[0].effect, REMOVAL_DELETES);
    ck_assert_int_eq(removal->groups[0].total, 3);
    struct query *deleted = record_queue_delete(db, model_of("team"), "1", "1", "192.0.2.7");
    ck_ok(query_run(db));
    ck_assert_int_eq(query_affected(deleted), 1);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM member WHERE team_id = 1"), 0);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM change WHERE action = 'deleted' AND before ->> 'name' = 'core'"), 1);
}
END_TEST

START_TEST(what_is_in_the_way_is_named)
{
    struct removal *removal = removal_queue(db, model_of("user"), "1");
    ck_ok(query_run(db));
    removal_load(removal);
    ck_assert(removal->blocked);
    ck_assert_int_eq(removal->groups[0].effect, REMOVAL_BLOCKS);
    ck_assert_str_eq(removal->groups[0].model->table, "team");
    record_queue_delete(db, model_of("user"), "1", "1", NULL);
    const struct error *error = query_run(db);
    ck_assert(error && error->code == ERROR_INVALID);
}
END_TEST

START_TEST(the_last_superuser_stays_one)
{
    run_script("UPDATE \"user\" SET is_superuser = true WHERE id IN (1, 2)"); /* the first cannot sign in */
    run_script("UPDATE \"user\" SET hashed_password = '$' WHERE id = 2");
    struct draft *draft = edit_draft("user", "2");
    type(draft, "is_active", "");
    const struct error *error = save(draft);
    ck_assert(error && error->code == ERROR_INVALID);
    ck_assert(draft->error && strstr(draft->error, "last active superuser with a password"));
    record_queue_delete(db, model_of("user"), "2", "1", NULL);
    error = query_run(db);
    ck_assert(error && record_breaks_kept(model_of("user"), error));
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM \"user\" WHERE is_superuser AND is_active"), 2);
    draft = edit_draft("user", "2");
    type(draft, "full_name", "Bo the last");
    ck_ok(save(draft));
    run_script("UPDATE \"user\" SET hashed_password = '$' WHERE id = 1");
    draft = edit_draft("user", "2");
    type(draft, "is_superuser", "");
    ck_ok(save(draft));
}
END_TEST

/* The second waits for the lock of the first, and only then looks who is left. */
START_TEST(two_superusers_cannot_both_step_down_at_once)
{
    run_script("UPDATE \"user\" SET is_superuser = true, hashed_password = '$' WHERE id IN (1, 2)");
    transaction_begin(db);
    query_add(db, sql_new(db, "UPDATE \"user\" SET is_superuser = false WHERE id = 1"));
    record_queue_kept(db, model_of("user"));
    ck_ok(query_run(db));
    pid_t child = fork();
    if (child == 0) {
        struct connection *other = connection_new(context, settings, CONNECTION_SERVE, "roster test second");
        query_add(other, sql_new(other, "UPDATE \"user\" SET is_superuser = false WHERE id = 2"));
        record_queue_kept(other, model_of("user"));
        const struct error *error = query_run(other);
        _exit(error && record_breaks_kept(model_of("user"), error) ? 0 : 1);
    }
    struct connection *watcher = connection_new(context, settings, CONNECTION_SERVE, "roster test watcher");
    while (query_rows(scratch_query(watcher, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
                                             " application_name LIKE '%second%'")) == 0)
        usleep(10000);
    transaction_commit(db);
    ck_ok(query_run(db));
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(counts_of_a_deletion_are_capped)
{
    run_script("INSERT INTO thread (subject, team_id) SELECT 'thread ' || n, 1 FROM generate_series(1, 12000) n");
    struct removal *removal = removal_queue(db, model_of("team"), "1");
    ck_ok(query_run(db));
    removal_load(removal);
    long long threads = 0;
    for (size_t i = 0; i < removal->count; i++)
        if (strcmp(removal->groups[i].model->table, "thread") == 0)
            threads = removal->groups[i].total;
    ck_assert_int_eq(threads, REMOVAL_COUNT_MAX + 1);
}
END_TEST

/* A line as earlier versions wrote it: titles, and nothing to tell who may read them by. */
START_TEST(the_history_keeps_back_titles_of_every_link_that_may_not_be_seen)
{
    struct model doubled = *model_of("member");
    const struct link *uploads = model_link(&doubled, "uploads");
    ck_assert_ptr_nonnull(uploads);
    struct link links[2] = { *uploads, *uploads };
    links[0].name = "first";
    links[1].name = "second";
    doubled.links = links;
    doubled.link_count = 2;
    run_script("INSERT INTO change (action, model, record, title, before, after) VALUES ('changed', 'member', '2', 'ben',"
               " '{\"first\": [\"secret\"], \"second\": [\"secret\"]}', '{\"role\": \"dev\", \"second\": [\"secret\"]}')");
    struct connection *person = connection_new(context, settings, CONNECTION_SERVE, "roster test");
    connection_act_for(person, "1", false);
    const struct query *lines = history_queue_record(person, &doubled, "2", NULL, 9);
    ck_ok(query_run(person));
    ck_assert_int_eq(query_rows(lines), 1);
    ck_assert_str_eq(query_field(lines, 0, "before"), "{}");
    ck_assert_str_eq(query_field(lines, 0, "after"), "{\"role\": \"dev\"}");
}
END_TEST

/* Or a page would ask about all of a long history to find nothing in it. */
START_TEST(the_latest_changes_are_looked_for_among_the_latest)
{
    run_script("INSERT INTO change (action, model, record, title) VALUES ('changed', 'member', '2', 'ben')");
    struct connection *person = connection_new(context, settings, CONNECTION_SERVE, "roster test");
    connection_act_for(person, "1", false);
    const struct query *seen = history_queue_latest(person, schema, 9);
    ck_ok(query_run(person));
    ck_assert_int_eq(query_rows(seen), 1);
    run_script("INSERT INTO change (action, model, record, title)"
               " SELECT 'changed', 'upload', '0', 'gone' FROM generate_series(1, 2000)");
    const struct query *beyond = history_queue_latest(person, schema, 9);
    ck_ok(query_run(person));
    ck_assert_int_eq(query_rows(beyond), 0);
    connection_expect_superuser(db);
    const struct query *all = history_queue_latest(db, schema, 3000);
    ck_ok(query_run(db));
    ck_assert_int_eq(query_rows(all), 2001);
}
END_TEST

int main(void)
{
    const struct organisation_test tests[] = {
        { a_new_record_is_stored_with_its_history }, { all_that_is_wrong_is_told_at_once },
        { a_reference_that_was_not_looked_up_is_not_there }, { a_unique_field_is_told_at_its_place }, { several_unique_fields_are_told_at_the_last },
        { unique_without_regard_to_case }, { nobody_reports_to_another_team }, { nobody_reports_in_a_circle },
        { nobody_leaves_the_people_behind_who_report_to_them }, { only_what_was_changed_is_written },
        { saving_without_a_change_writes_nothing }, { a_stale_edit_is_noticed },
        { two_changes_of_one_field_conflict }, { the_same_change_by_two_is_no_conflict }, { links_of_others_stay },
        { links_that_were_saved_before_are_not_saved_again }, { a_link_that_others_made_is_not_told_as_mine },
        { a_form_is_good_for_one_record }, { a_managed_record_cannot_be_edited }, { a_key_is_kept_as_its_hash },
        { the_database_has_the_last_word },
        { a_file_that_is_replaced_while_it_is_read_is_no_success }, { deleting_takes_along_what_it_says }, { what_is_in_the_way_is_named },
        { the_last_superuser_stays_one }, { two_superusers_cannot_both_step_down_at_once },
        { counts_of_a_deletion_are_capped },
        { the_history_keeps_back_titles_of_every_link_that_may_not_be_seen },
        { the_latest_changes_are_looked_for_among_the_latest },
    };
    return organisation_run("record", tests, sizeof tests / sizeof *tests);
}
