// From nothing back to a site, by the admin key alone: an empty database, one without an account, one that was dropped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { psql, value } from './data.mjs';
import { Browser, EMAIL, signedIn } from './lib.mjs';
import { BUILD, OwnSite, ROOT, until } from './own_site.mjs';

const KEY = randomBytes(24).toString('hex');
// Without a password of the configuration, so that one is generated.
const site = await new OwnSite('admin-rescue', { ADMIN_KEY: KEY, FIRST_SUPERUSER_PASSWORD: '' }).start();
after(() => site.remove());

function roster(...words) {
    const { status, stdout, stderr } = spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, env: { ...site.environment, PORT: '8080' }, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    return stdout;
}

async function withKey() {
    const visitor = new Browser(site.url);
    // As it is pasted.
    assert.equal((await (await visitor.form('/admin/key', 'form')).set('key', ` ${KEY}\n`).submit()).status, 303);
    return visitor;
}

const offers = (page) => page.page.all('[aria-labelledby="offers"] .buttons').map((each) => each.words);

async function ended(visitor, answer) {
    assert.equal(answer.status, 303, answer.words);
    assert.match(answer.location, /^\/admin\/jobs\//);
    const state = join(site.environment.ROSTER_VAR, answer.location.slice('/admin'.length), 'job.json');
    await until('the job ends', () => JSON.parse(readFileSync(state, 'utf8')).status !== 'running', 60);
    const page = await answer.follow();
    assert.equal(page.status, 200, 'its page can still be read');
    assert.match(page.title, /, done,/, page.page.one('#log').text);
    return { page, state, address: answer.location };
}

async function assertCanSignIn(page) {
    const [, email, password] = page.page.one('#log').text.match(/first sign-in: (\S+) (\S+)/);
    assert.equal((await (await signedIn(email, password, site.url)).get('/')).location, '/account/password');
}

// Whoever reads the job on may do nothing else by the key.
async function assertNothingElse(visitor, { state, address, page }) {
    assert.match(page.words, /the admin key opens nothing more than this page/);
    const tail = await visitor.get(`${address}/tail?from=0`);
    assert.equal(tail.status, 200);
    assert.equal(tail.json.running, false);
    for (const other of ['/admin/', '/admin/jobs/', '/admin/health', '/admin/backups/', '/teams/'])
        assert.equal((await visitor.get(other)).status, 303, other);
    const csrf = page.page.one('header [name="csrf"]').get('value');
    assert.equal((await visitor.post(`${address}/cancel`, [['csrf', csrf]])).location, '/sign-in');
    assert.equal((await new Browser(site.url).get(address)).status, 303, 'without the key');
    const before = JSON.parse(readFileSync(state, 'utf8'));
    for (const change of [{ who: 'somebody@example.com' }, { ended_at: before.ended_at - 700 }]) {
        writeFileSync(state, JSON.stringify({ ...before, ...change }));
        assert.equal((await visitor.get(address)).status, 303, JSON.stringify(change));
        assert.equal((await visitor.get(`${address}/tail?from=0`)).status, 303);
    }
    writeFileSync(state, JSON.stringify(before));
    assert.equal((await visitor.get(address)).status, 200);
}

test('with some revisions undone the site is closed, and says so', async () => {
    psql('CREATE TABLE aside AS SELECT * FROM roster_revision; ALTER TABLE session RENAME COLUMN remote TO elsewhere;'
        + ' DELETE FROM roster_revision WHERE applied_at = (SELECT max(applied_at) FROM roster_revision)', {}, site.database);
    const person = new Browser(site.url), form = await person.form('/sign-in', 'form');
    const [, email, password] = site.output.match(/First sign-in +(\S+) +(\S+)/);
    const page = await form.fill({ email, password }).submit();
    psql('DELETE FROM roster_revision; INSERT INTO roster_revision SELECT * FROM aside; DROP TABLE aside;'
        + ' ALTER TABLE session RENAME COLUMN elsewhere TO remote', {}, site.database);
    assert.deepEqual([page.status, page.heading], [503, 'The site is not open yet']);
});

test('an empty database is told as such wherever somebody comes in', async () => {
    roster('backup', '--verify');
    const [, email, password] = site.output.match(/First sign-in +(\S+) +(\S+)/);
    const person = await signedIn(email, password, site.url), form = await person.form('/sign-in', 'form');
    roster('downgrade', 'base', '--allow-destructive');
    for (const answer of [await person.get('/'), await person.get('/teams/'), await person.get('/account'),
        await form.fill({ email, password }).submit()]) {
        assert.deepEqual([answer.status, answer.heading], [503, 'Nobody can sign in now'], answer.path);
        assert.match(answer.words, /the database has no tables of users and sessions/);
        assert.equal(answer.link('Open the admin page with its key'), '/admin/key');
        assert.doesNotMatch(answer.words, /does not answer|few seconds|our fault/);
    }
});

test('it is rescued by the key, and the first password can be read', async () => {
    const visitor = await withKey(), state = await visitor.get('/admin/');
    assert.deepEqual(offers(state), ['Restore the newest verified backup', 'Rescue: create what is missing', 'Apply all revisions']);
    assert.match(state.words, /Database ?empty ?PostgreSQL \d/);
    const page = await visitor.get(state.link('Rescue: create what is missing'));
    assert.match(page.words, /has no tables of users and sessions\. When there is a backup, restore that instead/);
    const job = await ended(visitor, await page.form('form.act').submit());
    assert.match(job.page.page.one('#log').text, /nothing yet that a backup could keep/);
    await assertCanSignIn(job.page);
    await assertNothingElse(visitor, job);
});

test('an upgrade by the key leads on to the first account', async () => {
    roster('downgrade', 'base', '--allow-destructive');
    const visitor = await withKey();
    await ended(visitor, await (await visitor.form('/admin/migrations/upgrade?to=heads', 'form.act')).submit());
    const state = await visitor.get('/admin/');
    assert.deepEqual(offers(state), ['Make the first account']);
    assert.match(state.words, /Database ?has no superuser ?PostgreSQL \d/);
    assert.equal((await visitor.get('/admin/migrations')).link('Rescue: create what is missing'), '/admin/migrations/rescue');
    assert.equal((await visitor.get('/admin/seeds')).status, 200);
    const job = await ended(visitor, await state.form('[aria-labelledby="offers"] form').submit());
    await assertCanSignIn(job.page);
    await assertNothingElse(visitor, job);
});

const dropDatabase = () => psql('DROP DATABASE roster WITH (FORCE)', {}, site.database.replace('/roster?', '/postgres?'));

async function assertMissing(visitor) {
    const state = await visitor.get('/admin/');
    assert.match(state.words, /database "roster" does not exist/);
    assert.match(state.words, /Database ?missing/);
    const health = await visitor.get('/admin/health');
    assert.match(health.words, /database "roster" does not exist/);
    const good = health.rows.filter((row) => row.State === 'ok').map((row) => row.About);
    for (const what of ['database', 'direct', 'serving'])
        assert.ok(!good.includes(what), `${what} is not ok`);
    assert.deepEqual(offers(state), ['Restore the newest verified backup', 'Rescue: start anew without the earlier data']);
    assert.doesNotMatch((await new Browser(site.url).get('/admin/')).words, /exist|roster"/, 'strangers learn no more');
    return state;
}

test('a database that was dropped is told as such, and made anew', async () => {
    dropDatabase();
    const visitor = await withKey(), state = await assertMissing(visitor);
    const page = await visitor.get(state.link('Rescue: start anew without the earlier data'));
    const job = await ended(visitor, await page.form('form.act').submit());
    assert.match(job.page.page.one('#log').text, /created +database roster/);
    await until('the site serves', async () => (await new Browser(site.url).get('/readyz')).status === 200);
    await assertCanSignIn(job.page);
});

test('or restored', async () => {
    dropDatabase();
    const visitor = await withKey(), state = await assertMissing(visitor);
    const page = await visitor.get(state.link('Restore the newest verified backup'));
    await ended(visitor, await page.form('form.act').set('_typed', 'roster').submit());
    await until('the site serves', async () => (await new Browser(site.url).get('/readyz')).status === 200);
    assert.equal(value('SELECT count(*) FROM "user"', {}, site.database), '1');
});

test('a stopped server is told from a missing database', async () => {
    site.control('stop');
    try {
        const visitor = await withKey(), state = await visitor.get('/admin/');
        assert.match(state.words, /cannot connect to PostgreSQL/);
        assert.doesNotMatch(state.words, /does not exist; create it/);
        assert.deepEqual(offers(state), []);
    } finally {
        site.control('start');
    }
    // PgBouncer turns the first one away without having tried: that is for Roster to know, and not for people.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal((await new Browser(site.url).get('/readyz')).status, 200, 'the first request');
});

test('a rescue can do without its backup, and makes one without being told', async () => {
    psql('DELETE FROM "user"', {}, site.database);
    const visitor = await withKey();
    const page = await visitor.get('/admin/migrations/rescue');
    const job = await ended(visitor, await page.form('form.act').set('_without_backup', '1').submit());
    assert.match(job.page.page.one('#log').text, /no backup is made by this/);
    psql('DELETE FROM "user"', {}, site.database);
    const again = await ended(visitor, await (await visitor.get('/admin/migrations/rescue')).form('form.act').submit());
    assert.match(again.page.page.one('#log').text, /backed up first, as roster-/);
    assert.equal(EMAIL, value('SELECT email FROM "user"', {}, site.database));
});
