// A site whose database is away, missing or cannot be brought to head when it starts: it starts all the same, closed to all
// but administrators, and opens by itself when the database is prepared.
import assert from 'node:assert/strict';
import { chmodSync, cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { psql, value } from './data.mjs';
import { Browser, EMAIL, PASSWORD, signedIn } from './lib.mjs';
import { OwnSite, ROOT, childrenOf, isAlive, newFolder, until } from './own_site.mjs';

const server = await new OwnSite('closed-server').start();
const outside = server.database.replace('/roster?', '/outside?');
// Without a password of the configuration, so that one is generated and shown.
const site = new OwnSite('closed', { ROSTER_SEEDS_AT_START: 'initial demo', FIRST_SUPERUSER_PASSWORD: '' });
site.environment.DATABASE_URL = outside;
after(() => site.remove().then(() => server.remove()));
const count = (sql) => Number(value(sql, {}, outside));
const times = (words) => site.output.split(words).length - 1;

async function withKey(of) {
    const visitor = new Browser(of.url);
    const key = readFileSync(join(of.environment.ROSTER_VAR, 'admin_key'), 'utf8').trim();
    const answer = await (await visitor.form('/admin/key', 'form')).set('key', key).submit();
    assert.deepEqual([answer.status, answer.location], [303, '/admin/'], answer.words);
    return visitor;
}

async function assertClosed(of) {
    const visitor = new Browser(of.url);
    for (const address of ['/', '/teams/', '/teams/1']) {
        const page = await visitor.get(address);
        assert.deepEqual([page.status, page.heading], [503, 'The site is not open yet'], address);
        assert.equal(page.link('For administrators'), '/admin/');
        assert.doesNotMatch(page.words, /PostgreSQL|socket|tmp|migrat|revision/, 'strangers learn no more than that');
    }
    const program = await visitor.get('/api/v1/');
    assert.deepEqual([program.status, program.json.title, program.header('retry-after').length], [503, 'The site is not open yet', 1]);
    assert.equal((await visitor.get('/readyz')).status, 503);
    assert.equal((await visitor.get('/healthz')).status, 200);
    assert.equal((await visitor.get('/static/roster.css')).status, 200);
}

test('while its outside database is down it starts, says so, and opens to the key alone', async () => {
    server.control('stop');
    await site.start();
    assert.match(site.output, /cannot connect to PostgreSQL/);
    assert.match(site.output, /The site is closed: the database cannot be used: cannot connect/);
    assert.match(site.output, /tried again every minute/);
    assert.ok(site.output.includes(join(site.environment.ROSTER_VAR, 'admin_key')), site.output);
    assert.doesNotMatch(site.output, /Roster is ready/);
    await assertClosed(site);
    const page = await (await withKey(site)).get('/admin/');
    assert.equal(page.status, 200);
    assert.match(page.words, /The site is closed; this is tried again every minute, and the site then opens by itself\./);
    assert.equal(page.words.split('cannot be reached through its pooler').length + page.words.split('cannot connect').length, 3, `said once: ${page.words}`);
});

test('it tells of a database that is missing on a server that answers', async () => {
    server.control('start');
    await until('the missing database is noticed', () => /stays closed: .*"outside" does not exist/.test(site.output), 90);
    assert.match((await (await withKey(site)).get('/admin/')).words, /does not exist/);
    assert.equal((await new Browser(site.url).get('/teams/')).status, 503);
});

test('when the database is there it is prepared as on a first start, once', async () => {
    psql('CREATE DATABASE outside', {}, server.database);
    await until('the site is open', async () => (await new Browser(site.url).get('/readyz')).status === 200, 120);
    await until('the terminal says so', () => /the site is open/.test(site.output));
    assert.equal(times('First sign-in'), 1, site.output);
    assert.equal(count('SELECT count(*) FROM roster_revision'), readdirSync(join(ROOT, 'migrations')).filter((name) => /^\d/.test(name)).length);
    assert.ok(count('SELECT count(*) FROM team') > 0, 'the demo of a first start');
    assert.equal(count('SELECT count(*) FROM "user" WHERE is_superuser'), 1);
    const password = site.output.match(/First sign-in +\S+ +(\S+)/)[1];
    assert.equal((await (await signedIn(EMAIL, password, site.url)).get('/')).location, '/account/password');
    assert.equal((await new Browser(site.url).get('/admin/')).location, '/sign-in?next=%2Fadmin%2F', 'the key is over');
});

test('the next start does none of it again', async () => {
    const before = count('SELECT count(*) FROM team');
    psql("DELETE FROM skill WHERE name = (SELECT min(name) FROM skill WHERE NOT managed)", {}, outside);
    const skills = count('SELECT count(*) FROM skill');
    assert.equal(await site.stop(), 0);
    site.output = '';
    await site.start();
    assert.match(site.output, /Roster is ready/);
    assert.equal(times('First sign-in'), 0);
    assert.deepEqual([count('SELECT count(*) FROM team'), count('SELECT count(*) FROM skill')], [before, skills]);
    assert.equal(await site.stop(), 0);
});

test('a closed site that is stopped leaves no process', async () => {
    server.control('stop');
    await site.start();
    const pids = childrenOf(site.child.pid).flatMap((pid) => [pid, ...childrenOf(pid)]);
    assert.ok(pids.length >= 4, pids.join());
    assert.equal(await site.stop(), 0);
    await until('no process is left', () => !pids.some(isAlive));
    server.control('start');
});

test('an upgrade that fails at the start leaves the site closed, and is not tried again before somebody mends it', async () => {
    const folder = newFolder('closed-revisions');
    cpSync(join(ROOT, 'migrations'), folder, { recursive: true });
    chmodSync(folder, 0o777);
    const own = await new OwnSite('closed-upgrade', { ROSTER_MIGRATIONS: folder }).start();
    try {
        psql('CREATE SEQUENCE tries', {}, own.database); // which no rollback takes back
        const head = value('SELECT id FROM roster_revision ORDER BY applied_at DESC LIMIT 1', {}, own.database);
        const write = (up) => writeFileSync(join(folder, 'later_77777777.sql'), `-- revision: 77777777\n-- parents: ${head}\n`
            + `-- message: later\n-- created: 2026-11-25T10:15:00Z\n-- +up\nSELECT nextval('tries');\n${up}\n-- +down\nDROP TABLE later;\n`);
        await own.stop();
        write('SELECT 1/0;');
        own.output = '';
        await own.start();
        assert.match(own.output, /The site is closed: the database could not be brought to head: .*division by zero/);
        await assertClosed(own);
        const admin = await signedIn(EMAIL, PASSWORD, own.url);
        const page = await admin.get('/admin/');
        assert.equal(page.status, 200);
        assert.match(page.words, /The site is closed: the database could not be brought to head: .*see the page Migrations/);
        assert.equal(page.words.split('division by zero').length, 2, 'said once');
        assert.match((await admin.get('/admin/health')).words, /start ?bad ?the site is closed: the database could not be brought to head/);
        assert.match((await admin.get('/admin/migrations')).page.one('.verdict').words, /^1 revision is pending: apply what is pending/);
        await new Promise((resolve) => setTimeout(resolve, 3500)); // longer than the first pause
        assert.equal(value('SELECT last_value FROM tries', {}, own.database), '1', 'one try');
        assert.equal((await admin.get('/teams/')).status, 503);

        write('CREATE TABLE later (id integer);');
        const asked = await (await admin.form('/admin/migrations/upgrade', 'form.act')).submit();
        const answer = asked.status === 403 ? await asked.form('form').set('_password', PASSWORD).submit() : asked;
        assert.equal(answer.status, 303, answer.words);
        await until('the site opens by itself', async () => (await admin.get('/teams/')).status === 200, 90);
        assert.equal(value("SELECT to_regclass('later')", {}, own.database), 'later');
        assert.doesNotMatch((await admin.get('/admin/')).words, /closed/);
    } finally {
        await own.remove();
        rmSync(folder, { recursive: true });
    }
});

test('a revision that was written while the site is closed waits for a person', async () => {
    const folder = newFolder('closed-later');
    cpSync(join(ROOT, 'migrations'), folder, { recursive: true });
    chmodSync(folder, 0o777);
    const own = await new OwnSite('closed-later', { ROSTER_MIGRATIONS: folder }).start();
    try {
        const head = value('SELECT id FROM roster_revision ORDER BY applied_at DESC LIMIT 1', {}, own.database);
        await own.stop();
        own.control('start');
        psql(`DELETE FROM skill WHERE managed; CREATE SEQUENCE tries; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
              AS $$ BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'no skills today'; END $$;
              CREATE TRIGGER refuse BEFORE INSERT ON skill EXECUTE FUNCTION refuse()`, {}, own.database);
        own.control('stop');
        own.output = '';
        await own.start();
        assert.match(own.output, /The site is closed: the seed 'initial' failed: .*no skills today/);
        writeFileSync(join(folder, 'later_88888888.sql'), `-- revision: 88888888\n-- parents: ${head}\n-- message: later\n`
            + '-- created: 2026-11-25T10:15:00Z\n-- +up\nDROP TABLE api_key;\n-- +down\n');
        const tries = () => Number(value('SELECT last_value FROM tries', {}, own.database));
        const before = tries();
        await until('it is tried again', () => tries() > before + 1, 60);
        psql('DROP TRIGGER refuse ON skill', {}, own.database);
        await until('the site opens', async () => (await new Browser(own.url).get('/')).status !== 503, 90);
        assert.equal(value("SELECT to_regclass('api_key') IS NOT NULL", {}, own.database), 't');
        assert.equal(value("SELECT count(*) FROM roster_revision WHERE id = '88888888'", {}, own.database), '0');
    } finally {
        await own.remove();
        rmSync(folder, { recursive: true });
    }
});
