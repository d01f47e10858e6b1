/* The data models: the one file to edit when the data changes. db/model.h explains the terms.
 *
 * After an edit: roster revision --autogenerate -m "what changed", read the SQL, roster upgrade head. */
#include "model.h"

#define NAME_PATTERN "^[a-zA-Z0-9_-]{1,64}$"
#define NAME_IN_WORDS "letters, digits, - and _"

#define TEAM_IS_SEEN                                                                                             \
    "(t.visibility = 'open' OR t.owner_id = {me} OR EXISTS (SELECT 1 FROM member o WHERE o.team_id = t.id"       \
    " AND o.user_id = {me}))"

static const struct model user = {
    .table = "user",
    .title = "full_name",
    .sort = "email",
    .hint = "People who can sign in.",
    .may_write = ROLE_SUPERUSER,
    .access = (const struct access[]){
        { MAY_READ | MAY_CHANGE, "{row}.id = {me}", "{row}.id = {me} AND NOT {row}.is_superuser" },
        { MAY_READ, "{user.met id}", NULL },
        { 0 },
    },
    /* Whom one meets in what one may read. A set, since every request begins with a look at this table: that must not
     * wait for another one. */
    .sets = (const struct access_set[]){
        { "met", "SELECT EXISTS (SELECT 1 FROM team t WHERE t.owner_id = {key} AND " TEAM_IS_SEEN ") OR EXISTS"
                 " (SELECT 1 FROM member m JOIN team t ON t.id = m.team_id WHERE m.user_id = {key} AND " TEAM_IS_SEEN ")"
                 " OR EXISTS (SELECT 1 FROM skill s WHERE s.owner_id = {key})" },
        { 0 },
    },
    .access_hint = "People are managed by superusers",
    .before_sign_in = true,
    .kept = "is_active AND is_superuser AND hashed_password LIKE '$%'",
    .kept_message = "This is the last active superuser with a password. Make somebody else one first",
    .fields = (const struct field[]){
        { .name = "email", .type = FIELD_EMAIL, .required = true, .unique = true, .ignore_case = true, .searched = true,
          .own_past = true, .confirm = true, .hint = "Used to sign in." },
        { .name = "full_name", .type = FIELD_TEXT, .required = true, .max_length = 120, .indexed = true,
          .searched = true },
        { .name = "hashed_password", .type = FIELD_PASSWORD, .label = "Password", .confirm = true,
          .hint = "At least 8 characters; without one, this person cannot sign in." },
        { .name = "is_active", .type = FIELD_BOOLEAN, .label = "Active", .default_sql = "true",
          .confirm = true, .own = true, .hint = "Only active people can sign in." },
        { .name = "is_superuser", .type = FIELD_BOOLEAN, .label = "Superuser", .default_sql = "false",
          .confirm = true, .own = true, .hint = "May manage people and the site itself." },
        { .name = "must_change_password", .type = FIELD_BOOLEAN, .default_sql = "false", .faces = ON_FORMS | ON_PAGE,
          .own = true, .hint = "Asks for a new password at the next sign-in." },
        { 0 },
    },
};

static const struct model team = {
    .table = "team",
    .sort = "name",
    .hint = "A group of members who work on threads together.",
    .access = (const struct access[]){
        { MAY_READ, "{row}.visibility = 'open' OR {row}.id IN {team.joined}", NULL },
        { MAY_CREATE | MAY_READ | MAY_DELETE, "{row}.owner_id = {me}", NULL },
        { MAY_CHANGE, "{row}.owner_id = {me}", /* an owner may hand the team over, but not out of their own sight */
          "{row}.owner_id = {me} OR {row}.visibility = 'open' OR {row}.id IN {team.joined}" },
        { 0 },
    },
    .key_access = (const struct access[]){ { MAY_READ, "{row}.id = {opened}", NULL }, { 0 } },
    .access_hint = "A team is changed and deleted by its owner, who hands over a private one only as its member",
    .sets = (const struct access_set[]){
        { "joined", "SELECT m.team_id FROM member m WHERE m.user_id = {me}" },
        { "owned", "SELECT t.id FROM team t WHERE t.owner_id = {me}" },
        { 0 },
    },
    .fields = (const struct field[]){
        { .name = "name", .type = FIELD_TEXT, .required = true, .unique = true, .searched = true, .max_length = 64,
          .pattern = NAME_PATTERN, .pattern_hint = NAME_IN_WORDS, .hint = "Letters, digits, - and _." },
        { .name = "description", .type = FIELD_LONG_TEXT, .max_length = 4000, .searched = true },
        { .name = "workflow", .type = FIELD_CHOICE, .required = true, .default_sql = "'sequential'",
          .hint = "Whether work passes from one member to the next, or through the leader.",
          .choices = (const struct choice[]){ { .value = "sequential" }, { .value = "hierarchical" }, { 0 } } },
        { .name = "visibility", .type = FIELD_CHOICE, .required = true, .default_sql = "'open'",
          .hint = "A private team is for its members only.",
          .choices = (const struct choice[]){ { .value = "open" }, { .value = "private" }, { 0 } } },
        { .name = "owner_id", .type = FIELD_REFERENCE, .label = "Owner", .references = "user", .required = true,
          .on_delete = ON_DELETE_RESTRICT, .current_user = true, .confirm = true, .inverse_label = "Teams owned" },
        { 0 },
    },
    .links = (const struct link[]){
        { .name = "skills", .label = "Needed skills", .target = "skill", .hint = "What this team has to be able to do.",
          .inverse_label = "Teams that need it" },
        { 0 },
    },
    .panels = (const struct panel[]){
        { .kind = PANEL_TABLE, .title = "Skill coverage", .rows = 100,
          .empty = "This team does not say which skills it needs.",
          .sql = "SELECT s.name AS \"Skill\", '/skills/' || s.id AS \"Skill@href\","
                 " coalesce(c.people, 'nobody') AS \"Through\","
                 " CASE WHEN c.people IS NULL THEN 'bad' END AS \"Through@tone\","
                 " CASE WHEN c.people IS NULL THEN 'missing' ELSE 'covered' END AS \"State\","
                 " CASE WHEN c.people IS NULL THEN 'bad' ELSE 'good' END AS \"State@tone\""
                 " FROM team_skill n JOIN skill s ON s.id = n.skill_id"
                 " LEFT JOIN LATERAL (SELECT string_agg(CASE WHEN m.place <= 8 THEN m.name ELSE 'and more' END,"
                 "     ', ' ORDER BY m.place) AS people"
                 "   FROM (SELECT m.name, row_number() OVER (ORDER BY m.name) AS place FROM member_skill k"
                 "     JOIN member m ON m.id = k.member_id"
                 "     WHERE k.skill_id = s.id AND m.team_id = n.team_id ORDER BY m.name LIMIT 9) m) c ON true"
                 " WHERE n.team_id = $1::bigint ORDER BY c.people IS NOT NULL, s.name LIMIT 101" },
        { .kind = PANEL_TREE, .title = "Who reports to whom", .rows = 200, .empty = "Nobody is in this team yet.",
          .sql = "SELECT m.id AS \"@id\", m.reports_to_id AS \"@parent\", m.name AS \"Name\","
                 " '/members/' || m.id AS \"Name@href\", m.role AS \"Name@sub\","
                 /* the rules of ICU make initcap fifty times slower, for letters that these words have not */
                 " initcap(m.type::text COLLATE \"C\") AS \"Type\","
                 " CASE m.type WHEN 'leader' THEN 'good' ELSE 'muted' END AS \"Type@tone\""
                 " FROM member m WHERE m.team_id = $1::bigint ORDER BY m.type, m.name, m.id LIMIT 201" },
        { .kind = PANEL_TABLE, .title = "Threads and where they stand", .rows = 20,
          .empty = "This team has no threads yet.",
          .sql = "SELECT t.subject AS \"Thread\", '/threads/' || t.id AS \"Thread@href\","
                 " initcap(t.status::text COLLATE \"C\") AS \"Status\","
                 " CASE t.status WHEN 'done' THEN 'good' WHEN 'waiting' THEN 'warn' ELSE 'muted' END AS \"Status@tone\","
                 " to_char(t.due_on, 'YYYY-MM-DD') AS \"Due\","
                 " CASE WHEN t.due_on < current_date AND t.status <> 'done' THEN 'bad' END AS \"Due@tone\","
                 " coalesce(c.note, c.namespace) AS \"Latest checkpoint\","
                 " '/checkpoints/' || c.id AS \"Latest checkpoint@href\","
                 " to_char(c.created_at, 'YYYY-MM-DD HH24:MI') AS \"Latest checkpoint@sub\""
                 " FROM (SELECT * FROM thread WHERE team_id = $1::bigint"
                 "   ORDER BY status, due_on NULLS LAST, id LIMIT 21) t"
                 " LEFT JOIN LATERAL (SELECT id, namespace, note, created_at FROM checkpoint"
                 "   WHERE thread_id = t.id ORDER BY created_at DESC, id DESC LIMIT 1) c ON true"
                 " ORDER BY t.status, t.due_on NULLS LAST, t.id" },
        { 0 },
    },
};

static const struct model member = {
    .table = "member",
    .sort = "name",
    .hint = "Somebody who works in a team.",
    .access = (const struct access[]){
        { MAY_READ, "{read team_id}", NULL },
        { MAY_WRITE, "{row}.team_id IN {team.owned}", NULL },
        /* oneself, who stays oneself and where one is */
        { MAY_CHANGE | MAY_READ, "{row}.user_id = {me}", "{row}.user_id = {me} AND {row}.team_id IN {team.joined}" },
        { 0 },
    },
    .key_access = (const struct access[]){ { MAY_READ, "{row}.team_id = {opened}", NULL }, { 0 } },
    .access_hint = "Members are managed by the owner of their team; your own record you may change, but not move",
    .fields = (const struct field[]){
        { .name = "name", .type = FIELD_TEXT, .required = true, .indexed = true, .searched = true, .max_length = 64,
          .pattern = NAME_PATTERN, .pattern_hint = NAME_IN_WORDS, .hint = "Letters, digits, - and _." },
        { .name = "team_id", .type = FIELD_REFERENCE, .label = "Team", .references = "team", .required = true,
          .on_delete = ON_DELETE_CASCADE, .inverse_label = "Members" },
        { .name = "role", .type = FIELD_TEXT, .required = true, .max_length = 120, .searched = true,
          .hint = "What this member does, such as backend developer." },
        { .name = "type", .type = FIELD_CHOICE, .required = true, .default_sql = "'worker'",
          .choices = (const struct choice[]){ { .value = "leader" }, { .value = "worker" }, { .value = "freelancer" },
                                              { 0 } } },
        { .name = "reports_to_id", .type = FIELD_REFERENCE, .label = "Reports to", .references = "member",
          .on_delete = ON_DELETE_SET_NULL, .same = "team_id", .acyclic = true, .inverse_label = "Reports",
          .hint = "A member of the same team." },
        { .name = "user_id", .type = FIELD_REFERENCE, .label = "Account", .references = "user",
          .on_delete = ON_DELETE_SET_NULL, .faces = ON_FORMS | ON_PAGE, .inverse_label = "Memberships",
          .hint = "The account of this person, if there is one." },
        { .name = "capacity_hours", .type = FIELD_DECIMAL, .label = "Hours a week", .precision = 5, .scale = 2,
          .minimum = "0", .maximum = "168", .required = true, .default_sql = "40" },
        { .name = "joined_on", .type = FIELD_DATE, .indexed = true },
        { .name = "backstory", .type = FIELD_LONG_TEXT, .max_length = 4000,
          .hint = "What others should know about this member." },
        { 0 },
    },
    .links = (const struct link[]){
        { .name = "skills", .label = "Skills", .target = "skill", .inverse_label = "Members who have it" },
        { .name = "uploads", .label = "Files", .target = "upload", .inverse_label = "Used by",
          .gives = true },
        { 0 },
    },
    .constraints = (const struct constraint[]){
        { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "team_id", "name", NULL },
          .message = "Another member of this team has this name. Choose a different one" },
        { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "team_id", "user_id", NULL },
          .message = "Another member of this team has this account already" },
        { 0 },
    },
};

static const struct model skill = {
    .table = "skill",
    .sort = "name",
    .managed = "managed",
    .hint = "Something that members can do and teams need.",
    .access = (const struct access[]){
        { MAY_READ, "true", NULL },
        { MAY_WRITE, "{row}.owner_id = {me} AND NOT {row}.managed", NULL },
        { 0 },
    },
    .key_access = (const struct access[]){ { MAY_READ, "true", NULL }, { 0 } },
    .access_hint = "A skill is changed and deleted by its owner",
    .fields = (const struct field[]){
        { .name = "name", .type = FIELD_TEXT, .required = true, .unique = true, .ignore_case = true, .searched = true,
          .max_length = 100 },
        { .name = "description", .type = FIELD_LONG_TEXT, .max_length = 4000, .searched = true },
        { .name = "managed", .type = FIELD_BOOLEAN, .default_sql = "false", .faces = SHOWN,
          .hint = "Managed skills come with the program and cannot be edited here." },
        { .name = "definition", .type = FIELD_JSON, .hint = "Details as JSON." },
        { .name = "owner_id", .type = FIELD_REFERENCE, .label = "Owner", .references = "user",
          .on_delete = ON_DELETE_SET_NULL, .current_user = true, .inverse_label = "Skills owned" },
        { 0 },
    },
};

static const struct model thread = {
    .table = "thread",
    .sort = "-created_at",
    .hint = "A piece of work that a team follows to its end.",
    .access = (const struct access[]){
        { MAY_READ, "{read team_id}", NULL },
        { MAY_WRITE, "{row}.team_id IN {team.owned} OR {row}.team_id IN {team.joined}", NULL },
        { 0 },
    },
    .key_access = (const struct access[]){ { MAY_READ, "{row}.team_id = {opened}", NULL }, { 0 } },
    .access_hint = "Threads are written by the members of their team and by its owner",
    .fields = (const struct field[]){
        { .name = "id", .type = FIELD_UUID, .label = "Number", .default_sql = "gen_random_uuid()", .faces = ON_PAGE },
        { .name = "subject", .type = FIELD_TEXT, .required = true, .indexed = true, .searched = true,
          .max_length = 200 },
        { .name = "team_id", .type = FIELD_REFERENCE, .label = "Team", .references = "team", .required = true,
          .on_delete = ON_DELETE_CASCADE, .inverse_label = "Threads" },
        { .name = "status", .type = FIELD_CHOICE, .required = true, .default_sql = "'open'",
          .choices = (const struct choice[]){ { .value = "open" }, { .value = "waiting" }, { .value = "done" },
                                              { 0 } } },
        { .name = "opened_by_id", .type = FIELD_REFERENCE, .label = "Opened by", .references = "member",
          .on_delete = ON_DELETE_SET_NULL, .same = "team_id", .inverse_label = "Threads opened",
          .hint = "A member of the same team." },
        { .name = "due_on", .type = FIELD_DATE, .indexed = true },
        { .name = "created_at", .type = FIELD_TIMESTAMP, .label = "Created", .required = true, .indexed = true,
          .default_sql = "now()", .faces = SHOWN },
        { 0 },
    },
};

static const struct model checkpoint = {
    .table = "checkpoint",
    .title = "note",
    .sort = "-created_at",
    .hint = "A saved state of a thread.",
    .access = (const struct access[]){
        { MAY_READ, "{read thread_id}", NULL },
        { MAY_WRITE, "{change thread_id}", NULL },
        { 0 },
    },
    .key_access = (const struct access[]){ { MAY_READ, "{read thread_id}", NULL }, { 0 } },
    .access_hint = "Checkpoints are written by the members of the thread's team and by its owner",
    .fields = (const struct field[]){
        { .name = "id", .type = FIELD_UUID, .label = "Number", .default_sql = "gen_random_uuid()", .faces = ON_PAGE },
        { .name = "namespace", .type = FIELD_TEXT, .required = true, .max_length = 100, .default_sql = "'main'" },
        { .name = "thread_id", .type = FIELD_REFERENCE, .label = "Thread", .references = "thread", .required = true,
          .on_delete = ON_DELETE_CASCADE, .inverse_label = "Checkpoints" },
        { .name = "parent_id", .type = FIELD_REFERENCE, .label = "Follows", .references = "checkpoint",
          .on_delete = ON_DELETE_SET_NULL, .same = "thread_id", .acyclic = true, .faces = ON_FORMS | ON_PAGE,
          .inverse_label = "Followed by", .hint = "An earlier checkpoint of the same thread." },
        { .name = "note", .type = FIELD_TEXT, .max_length = 300, .searched = true, .faces = EVERYWHERE },
        { .name = "state", .type = FIELD_JSON, .required = true, .default_sql = "'{}'", .hint = "The state as JSON." },
        { .name = "created_at", .type = FIELD_TIMESTAMP, .label = "Created", .required = true, .indexed = true,
          .default_sql = "now()", .faces = SHOWN },
        { 0 },
    },
    .constraints = (const struct constraint[]){
        { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "thread_id", "namespace", "id", NULL },
          .message = "This thread has this checkpoint already" },
        { 0 },
    },
};

static const struct model upload = {
    .table = "upload",
    .plural = "files",
    .label = "file",
    .sort = "name",
    .hint = "Documents and other files that members use.",
    .access = (const struct access[]){
        { MAY_ALL, "{row}.owner_id = {me}", NULL },
        { MAY_READ, "{row}.id IN {upload.shared}", NULL },
        { 0 },
    },
    .access_hint = "A file is changed and deleted by its owner",
    .sets = (const struct access_set[]){
        { "shared", "SELECT l.upload_id FROM member_upload l JOIN member m ON m.id = l.member_id JOIN team t ON"
                    " t.id = m.team_id WHERE t.owner_id = {me} OR EXISTS (SELECT 1 FROM member o"
                    " WHERE o.team_id = m.team_id AND o.user_id = {me})" },
        { 0 },
    },
    .fields = (const struct field[]){
        { .name = "content", .type = FIELD_FILE, .label = "File", .required = true, .faces = ON_FORMS | ON_PAGE,
          .file = &(const struct file_columns){ .name = "name", .content_type = "content_type", .size = "size_bytes",
                                                .sha256 = "sha256", .modified = "last_modified", .status = "status",
                                                .status_value = "completed" } },
        { .name = "name", .type = FIELD_TEXT, .required = true, .indexed = true, .searched = true, .max_length = 255,
          .hint = "Taken from the file when left empty." },
        { .name = "description", .type = FIELD_LONG_TEXT, .max_length = 4000, .searched = true },
        { .name = "content_type", .type = FIELD_TEXT, .max_length = 127, .faces = SHOWN },
        { .name = "size_bytes", .type = FIELD_INTEGER, .label = "Size in bytes", .minimum = "0", .indexed = true,
          .faces = SHOWN },
        { .name = "sha256", .type = FIELD_TEXT, .label = "SHA-256", .max_length = 64, .faces = ON_PAGE },
        { .name = "status", .type = FIELD_CHOICE, .required = true, .default_sql = "'in_progress'", .faces = SHOWN,
          .choices = (const struct choice[]){ { .value = "in_progress" }, { .value = "completed" },
                                              { .value = "failed" }, { 0 } } },
        { .name = "last_modified", .type = FIELD_TIMESTAMP, .faces = ON_PAGE },
        { .name = "owner_id", .type = FIELD_REFERENCE, .label = "Owner", .references = "user", .required = true,
          .on_delete = ON_DELETE_RESTRICT, .current_user = true, .faces = ON_UPDATE | SHOWN,
          .inverse_label = "Files owned" },
        { 0 },
    },
};

static const struct model api_key = {
    .table = "api_key",
    .label = "API key",
    .plural = "API keys",
    .path = "api-keys",
    .title = "description",
    .hint = "A secret of a team for another program, which reads the team with it at /api/v1/ and changes nothing.",
    .access = (const struct access[]){
        { MAY_READ | MAY_CHANGE, "{row}.team_id IN {team.owned}", NULL },
        { MAY_CREATE | MAY_DELETE, "{row}.team_id IN {team.owned}", NULL },
        { 0 },
    },
    .before_sign_in = true, /* a request is known by its key */
    .access_hint = "API keys are managed by the owner of their team",
    .fields = (const struct field[]){
        { .name = "description", .type = FIELD_TEXT, .required = true, .indexed = true, .searched = true,
          .max_length = 200, .hint = "What the key is for." },
        { .name = "team_id", .type = FIELD_REFERENCE, .label = "Team", .references = "team", .required = true,
          .on_delete = ON_DELETE_CASCADE, .faces = ON_CREATE | SHOWN, .inverse_label = "API keys" },
        { .name = "hashed_key", .type = FIELD_KEY, .label = "Key", .required = true, .unique = true, .confirm = true,
          .short_field = "short_key", .opens = "team_id", .expires = "expires_at", .used = "last_used_at" },
        { .name = "short_key", .type = FIELD_TEXT, .label = "Starts with", .max_length = 16, .faces = SHOWN },
        { .name = "expires_at", .type = FIELD_TIMESTAMP, .indexed = true, .label = "Expires" },
        { .name = "last_used_at", .type = FIELD_TIMESTAMP, .label = "Last used", .faces = SHOWN },
        { 0 },
    },
};

const struct model *const models[] = {
    &team, &member, &skill, &thread, &checkpoint, &upload, &api_key, &user, NULL,
};

const struct panel overview_panels[] = {
    { .kind = PANEL_TABLE, .title = "Threads due", .rows = 10, .hint = "Overdue, or due within two weeks.",
      .empty = "No thread is due within two weeks.",
      .sql = "SELECT t.subject AS \"Thread\", '/threads/' || t.id AS \"Thread@href\", g.name AS \"Team\","
             " '/teams/' || g.id AS \"Team@href\", to_char(t.due_on, 'YYYY-MM-DD') AS \"Due\","
             " CASE WHEN t.due_on < current_date THEN 'bad' WHEN t.due_on < current_date + 3 THEN 'warn' END"
             "   AS \"Due@tone\""
             " FROM (SELECT * FROM thread x WHERE due_on < current_date + 14 AND status <> 'done' AND {read thread x}"
             "   ORDER BY due_on, id LIMIT 11) t JOIN team g ON g.id = t.team_id ORDER BY t.due_on, t.id" },
    { .kind = PANEL_TABLE, .title = "Teams that lack a skill", .rows = 10,
      .empty = "Every team has the skills that it needs.",
      .sql = "SELECT g.name AS \"Team\", '/teams/' || g.id AS \"Team@href\", s.name AS \"Missing skill\","
             " '/skills/' || s.id AS \"Missing skill@href\", 'bad' AS \"Missing skill@tone\""
             /* LATERAL with LIMIT looks at one team after the other and stops when enough lack something */
             " FROM (SELECT n.team_id, n.skill_id FROM team_skill n LEFT JOIN LATERAL ("
             "   SELECT 1 AS found FROM member m JOIN member_skill k ON k.member_id = m.id"
             "   AND k.skill_id = n.skill_id WHERE m.team_id = n.team_id LIMIT 1) c ON true"
             "   JOIN team x ON x.id = n.team_id WHERE c.found IS NULL AND {read team x} LIMIT 11) n"
             " JOIN team g ON g.id = n.team_id JOIN skill s ON s.id = n.skill_id ORDER BY g.name, s.name" },
    { .kind = PANEL_BARS, .title = "Open work by team", .rows = 8, .hint = "Threads that are not done.",
      .empty = "There is no open work.",
      .sql = "SELECT g.name AS \"Team\", o.count AS \"Threads\", '/threads/?team_id=' || g.id AS \"Team@href\""
             " FROM (SELECT team_id, count(*) FROM (SELECT team_id FROM thread x WHERE status <> 'done'"
             "   AND {read thread x} LIMIT 10000) t"
             "   GROUP BY team_id ORDER BY count(*) DESC, team_id LIMIT 9) o"
             " JOIN team g ON g.id = o.team_id ORDER BY o.count DESC, g.name" },
    { 0 },
};
