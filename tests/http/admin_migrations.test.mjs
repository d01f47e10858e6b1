// The migrations page: what is applied, pending and edited, looking before moving, and moving as a job.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { psql, rows, value } from './data.mjs';
import { Browser, PASSWORD, signedIn } from './lib.mjs';
import { BUILD, OwnSite, ROOT, newFolder, until } from './own_site.mjs';

const folder = newFolder('revisions');
const KEY = 'a key of the configuration, long enough';
cpSync(join(ROOT, 'migrations'), folder, { recursive: true });
chmodSync(folder, 0o777);
const site = await new OwnSite('migrations', { ROSTER_MIGRATIONS: folder, ADMIN_KEY: KEY }).start();
after(() => site.remove().then(() => rmSync(folder, { recursive: true })));
const admin = await signedIn(undefined, undefined, site.url);
const sql = (text, parameters) => value(text, parameters, site.database);
const head = sql('SELECT id FROM roster_revision ORDER BY applied_at DESC LIMIT 1');
const count = Number(sql('SELECT count(*) FROM roster_revision'));
const page = async () => {
    const answer = await admin.get('/admin/migrations');
    assert.equal(answer.status, 200, answer.words);
    return answer;
};

function write(id, parent, up, down, header = '') {
    const path = join(folder, `later_${id}.sql`);
    writeFileSync(path, `-- revision: ${id}\n-- parents: ${parent}\n-- message: later ${id}\n-- created: 2026-11-25T10:15:00Z\n${header}-- +up\n${up}\n-- +down\n${down}\n`);
    return path;
}

const roster = (...words) => spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, encoding: 'utf8',
    env: { ...site.environment, PORT: '', DATABASE_URL: site.pooler, DATABASE_DIRECT_URL: site.database } });

// Waits for the job that an answer leads to, and returns how it ended.
async function ended(answer) {
    assert.equal(answer.status, 303, answer.words);
    const id = answer.location.match(/^\/admin\/jobs\/([\w-]+)$/)[1];
    let job;
    await until('the job ends', () => {
        const listed = roster('job', 'list', '--json');
        assert.equal(listed.status, 0, `${listed.signal} ${listed.error} ${listed.stderr}`);
        job = JSON.parse(listed.stdout).find((each) => each.id === id);
        return job && job.status !== 'running';
    }, 60);
    return { ...job, log: readFileSync(join(site.environment.ROSTER_VAR, 'jobs', id, 'log'), 'utf8') };
}

const confirmed = async (answer) => answer.status === 403 ? answer.form('form').set('_password', PASSWORD).submit() : answer;

test('all is applied, and says when and by whom', async () => {
    const answer = await page();
    assert.match(answer.words, /All revisions are applied\. /);
    assert.match(answer.words, /The database is as the models want it/);
    assert.equal(answer.rows.length, count);
    assert.match(answer.rows[0].Revision, new RegExp(`^${head} head$`));
    for (const row of answer.rows) {
        assert.equal(row.State, 'applied');
        assert.match(row.Applied, /^\d{4}-\d\d-\d\d \d\d:\d\d UTC ?by roster$/);
    }
    assert.equal(answer.page.all('svg .box.good').length, count);
    assert.equal(answer.page.all('svg .edge').length, count - 1);
});

test('a revision tells its SQL both ways, and what each statement does to others', async () => {
    const id = 'ce415cae';
    const answer = await admin.get(`/admin/migrations/show/${id}`);
    assert.equal(answer.status, 200);
    const file = readFileSync(join(folder, readdirSync(folder).find((name) => name.includes(id))), 'utf8');
    const [up, down] = answer.page.all('pre').map((each) => each.text);
    assert.equal(up.trim(), file.split('-- +up\n')[1].split('-- +down\n')[0].trim());
    assert.equal(down.trim(), file.split('-- +down\n')[1].trim());
    assert.match(answer.words, /ALTER TABLE "change" ADD COLUMN "remote"[^;]*; ?ACCESS EXCLUSIVE on change ?nobody reads meanwhile ?no rewrite, no scan ?none/);
    assert.match(answer.words, /DROP TABLE "audit";ACCESS.*lost table audit \(its rows\)/);
    assert.equal((await admin.get('/admin/migrations/show/nothere')).status, 404);
});

test('the whole way as a script for psql', async () => {
    const answer = await admin.get('/admin/migrations/sql');
    assert.equal(answer.status, 200);
    assert.match(answer.header('content-disposition')[0], /attachment; filename="upgrade\.sql"/);
    assert.equal(answer.text, roster('upgrade', 'base:heads', '--sql').stdout);
    const down = await admin.get('/admin/migrations/sql?way=down&range=head:base');
    assert.equal(down.status, 200, down.text);
    assert.match(down.header('content-disposition')[0], /downgrade\.sql/);
    for (const query of ['range=x%27y', 'range=nothere', 'way=sideways', `range=${'a'.repeat(200)}`])
        assert.equal((await admin.get(`/admin/migrations/sql?${query}`)).status, 400, query);
});

test('what is pending is shown, looked at, tried on a copy, and applied as a job', async () => {
    write('1aaa', head, 'CREATE TABLE later_one (id int);', 'DROP TABLE later_one;');
    const pending = await page();
    assert.match(pending.words, /1 revision is pending: apply what is pending/);
    assert.equal(pending.rows[0].State, 'pending');
    assert.equal(pending.page.all('svg .box.warn').length, 1);
    const look = await admin.get(pending.link('Apply what is pending'));
    assert.equal(look.heading, 'Apply 1 revision?');
    assert.match(look.words, /later 1aaa/);
    assert.match(look.words, /not said/);
    assert.doesNotMatch(look.words, /A backup is made first/);

    const trial = await ended(await look.form('form.act').submit('_trial'));
    assert.equal(trial.status, 'done', trial.log);
    assert.match(trial.log, /dry run on a copy/);
    assert.equal(sql("SELECT to_regclass('later_one') IS NULL"), 't');

    const asked = await look.form('form.act').submit('_go');
    assert.equal(asked.heading, 'Enter your password again');
    const job = await ended(await confirmed(asked));
    assert.equal(job.status, 'done', job.log);
    assert.equal(sql("SELECT to_regclass('later_one') IS NOT NULL"), 't');
    assert.match((await page()).words, /All revisions are applied/);
    assert.equal((await admin.get('/admin/migrations/upgrade?to=heads')).heading, 'Nothing to apply');
    const [line] = rows("SELECT subject, who FROM audit WHERE action = 'job started' ORDER BY id DESC LIMIT 1", {}, site.database);
    assert.deepEqual(line, { subject: 'upgrade heads', who: process.env.FIRST_SUPERUSER });
});

test('a difference to the models is told only when it is one', async () => {
    const answer = await page();
    assert.match(answer.words, /drop table later_one/);
    const look = await admin.get(answer.link('Make a revision of this'));
    assert.equal(look.status, 200, look.words);
    assert.match(look.words, /This is lost for good/);
    assert.match(look.page.all('pre')[0].text, /DROP TABLE "later_one"/);
    const files = readdirSync(folder).length;
    const refused = await look.form('form.act').submit();
    assert.equal(refused.status, 422);
    assert.deepEqual(refused.problems, [['Enter what changes', '#message'], ['Choose that what is lost may go, or keep it in the models', '#losses']]);
    const stale = await refused.form('form.act').fill({ message: 'later one goes', losses: true });
    psql('CREATE TABLE later_two (id int)', {}, site.database);
    const changed = await stale.submit();
    assert.equal(changed.status, 409);
    assert.match(changed.words, /The difference has changed since you read it/);
    assert.equal(readdirSync(folder).length, files, 'nothing was written');
    psql('DROP TABLE later_two', {}, site.database);
    const done = await stale.submit();
    assert.equal(done.status, 303, done.words);
    const after = await done.follow();
    assert.match(after.flash, /later_one_goes\.sql was written/);
    assert.equal(readdirSync(folder).length, files + 1);
    assert.match(after.rows[0]['What it changes'], /later one goes ?takes away/);
    assert.equal(sql("SELECT to_regclass('later_one') IS NOT NULL"), 't', 'and nothing was applied');
    const destructive = await admin.get('/admin/migrations/upgrade?to=head');
    assert.match(destructive.words, /takes away: table later_one/);
    assert.match(destructive.words, /A backup is made first/);
    rmSync(join(folder, readdirSync(folder).find((name) => name.includes('later_one_goes'))));
});

test('a folder that the site may not write to is said before anything is typed, and when it happens later', async () => {
    psql('CREATE TABLE later_three (id int)', {}, site.database);
    const look = await admin.get('/admin/migrations/new'), files = readdirSync(folder).length;
    chmodSync(folder, 0o555);
    try {
        const refused = await look.form('form.act').fill({ message: 'it goes', losses: true }).submit();
        assert.equal(refused.status, 409, refused.words);
        assert.match(refused.words, /The revision was not written: cannot \w+ ".*it_goes\.sql(\.new)?": Permission denied\. Try again/);
        const denied = await admin.get('/admin/migrations/new');
        assert.equal(denied.status, 200);
        assert.match(denied.words, /may not write into \S+ \(permission denied\)\. Write the revision in a terminal/);
        assert.match(denied.words, /roster revision --autogenerate --allow-destructive -m/);
        assert.equal(denied.page.all('form.act').length, 0);
        assert.equal(readdirSync(folder).length, files);
    } finally {
        chmodSync(folder, 0o777);
        psql('DROP TABLE later_three', {}, site.database);
    }
});

test('while revisions are pending, no difference is made into a new one', async () => {
    const path = write('2bbb', '1aaa', 'SELECT 1;', 'SELECT 1;');
    const answer = await admin.get('/admin/migrations/new');
    assert.deepEqual([answer.status, answer.heading], [409, 'Revisions are pending']);
    rmSync(path);
});

test('going back asks for the password, makes a backup first, and is a job', async () => {
    const look = await admin.get('/admin/migrations/downgrade?to=-1');
    assert.equal(look.heading, 'Undo 1 revision?');
    assert.match(look.words, /A backup is made first/);
    assert.ok(!look.form('form.act').has('_typed'));
    const job = await ended(await confirmed(await look.form('form.act').submit('_go')));
    assert.equal(job.status, 'done', job.log);
    assert.equal(sql("SELECT to_regclass('later_one') IS NULL"), 't');
    assert.equal(readdirSync(join(site.environment.ROSTER_VAR, 'backups')).filter((name) => name.endsWith('.dump')).length, 1);
});

test('what cannot be brought back, and going back to the beginning, want a name typed', async () => {
    write('1aaa', head, 'CREATE TABLE later_one (id int);', 'DROP TABLE later_one;', '-- irreversible: rows of later_one\n');
    const up = await ended(await confirmed(await (await admin.get('/admin/migrations/upgrade?to=head')).form('form.act').submit('_go')));
    assert.equal(up.status, 'done', up.log);
    for (const [to, typed] of [[head, head], ['base', 'base']]) {
        const look = await admin.get(`/admin/migrations/downgrade?to=${to}`);
        assert.match(look.words, new RegExp(`To confirm, type ${typed}`));
        const refused = await confirmed(await look.form('form.act').set('_typed', `${typed} `).submit('_go'));
        assert.equal(refused.status, 422, refused.words);
        assert.deepEqual(refused.problems, [[`Type ${typed} to confirm`, '#typed']]);
        assert.equal(refused.form('form.act').get('_typed'), `${typed} `);
    }
    const look = await admin.get(`/admin/migrations/downgrade?to=${head}`);
    assert.match(look.words, /cannot bring back: rows of later_one/);
    const job = await ended(await confirmed(await look.form('form.act').set('_typed', head).submit('_go')));
    assert.equal(job.status, 'done', job.log);
    rmSync(join(folder, 'later_1aaa.sql'));
});

test('a revision that fails behind a rule of access leaves the site open', async () => {
    const policies = () => sql("SELECT string_agg(p::text, chr(10) ORDER BY tablename, policyname) FROM pg_policies p");
    const before = policies();
    const path = write('1aab', head, "ALTER TABLE team ALTER visibility TYPE text;\nSELECT 1/0;", '');
    const job = await ended(await confirmed(await (await admin.get('/admin/migrations/upgrade?to=head')).form('form.act').submit('_go')));
    assert.equal(job.status, 'failed', job.log);
    assert.match(job.log, /division by zero/);
    assert.equal(policies(), before);
    rmSync(path);
    const again = await signedIn(undefined, undefined, site.url);
    assert.equal((await again.get('/teams/')).status, 200);
    // What a run did before it failed has its rules at the end all the same.
    const good = write('1aac', head, 'DROP POLICY roster_delete ON team;', ''), bad = write('1aad', '1aac', 'SELECT 1/0;', '');
    assert.equal(roster('upgrade', 'head').status, 1);
    assert.equal(policies(), before);
    rmSync(bad);
    assert.equal(roster('downgrade', '-1', '--no-backup').status, 0);
    rmSync(good);
});

test('what may lose data is said of statements of which the file says nothing', async () => {
    const path = write('1aae', head, 'TRUNCATE team_skill;\nDELETE FROM api_key;', '');
    const shown = await admin.get('/admin/migrations/show/1aae');
    assert.match(shown.words, /TRUNCATE team_skill;\s*not said\s*not said\s*may lose data rows that are deleted or changed/);
    assert.match((await page()).rows[0]['What it changes'], /takes away line 6 may lose data/);
    const look = await admin.get('/admin/migrations/upgrade?to=head');
    assert.match(look.words, /1aae takes away: line 7 may lose data \(rows that are deleted or changed\): DELETE FROM api_key;/);
    assert.match(look.words, /A backup is made first/);
    rmSync(path);
});

test('a target that is none, or that is not there, is refused', async () => {
    for (const [path, status] of [['upgrade', 200], ['upgrade?to=', 400], ['downgrade', 400], ['upgrade?to=nothere', 400], ['upgrade?to=--sql', 400],
        ['upgrade?to=x;y', 400], ['downgrade?to=nothere', 400], ['downgrade?to=-99', 400]])
        assert.equal((await admin.get(`/admin/migrations/${path}`)).status, status, path);
});

test('a file that was edited after it was applied is said, and two heads are', async () => {
    const name = readdirSync(folder).find((each) => each.includes(head)), path = join(folder, name), before = readFileSync(path);
    appendFileSync(path, '-- a word more\n');
    try {
        const answer = await page();
        assert.match(answer.words, /was edited after it was applied/);
        assert.equal(answer.rows[0].State, 'edited');
        assert.equal(answer.page.all('svg .box.bad').length, 1);
        assert.doesNotMatch(answer.words, /Undo the last one/);
        for (const way of ['upgrade?to=head', 'downgrade?to=-1']) {
            const look = await admin.get(`/admin/migrations/${way}`);
            assert.deepEqual([look.status, look.heading], [409, way.startsWith('up') ? 'Nothing can be applied' : 'Nothing can be undone']);
            assert.ok(look.words.includes(`${name}" was edited after it was applied; bring the file back as it was`), look.words);
            assert.equal(look.page.all('form.act').length, 0);
        }
        renameSync(path, `${path}.away`);
        const lost = await admin.get('/admin/migrations/downgrade?to=-1');
        assert.equal(lost.heading, 'Nothing can be undone');
        assert.match(lost.words, new RegExp(`has the revision "${head}" .*the file was lost: bring it back`));
    } finally {
        rmSync(`${path}.away`, { force: true });
        writeFileSync(path, before);
    }
    const forks = [write('3ccc', head, 'SELECT 1;', 'SELECT 1;'), write('4ddd', head, 'SELECT 1;', 'SELECT 1;')];
    const answer = await page();
    assert.equal(answer.page.all('tbody .badge').filter((each) => each.words === 'head').length, 2);
    assert.equal((await admin.get('/admin/migrations/upgrade?to=head')).status, 409);
    assert.equal((await admin.get('/admin/migrations/upgrade?to=heads')).status, 200);
    forks.forEach((each) => rmSync(each));
});

test('a file that cannot be read is named, and rescue is still there', async () => {
    const path = join(folder, 'broken.sql');
    writeFileSync(path, 'this is no revision\n');
    const answer = await admin.get('/admin/migrations');
    assert.equal(answer.status, 409);
    assert.match(answer.words, /broken\.sql, line 1/);
    const start = await admin.get('/admin/');
    assert.equal(start.status, 200);
    assert.equal((await admin.get(start.link('Rescue the database without them'))).heading, 'Rescue this database?');
    rmSync(path);
});

test('back to base and up again with the key, since nobody can sign in to a database without tables', async () => {
    const look = await admin.get('/admin/migrations/downgrade?to=base');
    assert.match(look.words, /In all, this takes away all rows of \d\d tables, the values of \d+ columns/);
    assert.match(look.words, /nobody can sign in afterwards.*the file \S+\/admin_key on the server holds/);
    assert.doesNotMatch(look.words, /set_config/);
    const down = await ended(await confirmed(await look.form('form.act').set('_typed', 'base').submit('_go')));
    assert.equal(down.status, 'done', down.log);
    assert.equal((await admin.get('/admin/migrations')).status, 503);
    const visitor = new Browser(site.url);
    assert.equal((await (await visitor.form('/admin/key', 'form')).set('key', KEY).submit()).status, 303);
    const answer = await visitor.get('/admin/migrations');
    assert.equal(answer.status, 200, answer.words);
    assert.match(answer.words, new RegExp(`${count} revisions are pending`));
    const rescue = await visitor.get(answer.link('Rescue: create what is missing'));
    const job = await ended(await rescue.form('form.act').submit());
    assert.equal(job.status, 'done', job.log);
    assert.equal(job.who, 'admin key');
    assert.match(job.log, /created  create table team\n/);
    assert.equal((await visitor.get('/admin/migrations')).status, 303, 'from now on people sign in again');
    const again = await signedIn(undefined, undefined, site.url);
    assert.match((await again.get('/admin/migrations')).words, /All revisions are applied/);
});
