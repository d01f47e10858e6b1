// A backup of one site restored into a fresh one elsewhere, with a folder, a cluster, keys and accounts of its own: by pages
// as somebody does who has only the two files, and with the roster command.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { newPerson, rows, value } from './data.mjs';
import { Browser, EMAIL, PASSWORD, signedIn, unique } from './lib.mjs';
import { JobsSite } from './jobs_site.mjs';
import { BUILD, ROOT, newFolder, until } from './own_site.mjs';

const THEIRS = 'a password of the other machine';
const bytes = randomBytes(700 * 1024 + 3);
const carried = newFolder('carried');
const here = await new JobsSite('here', { ROSTER_SEEDS_AT_START: 'initial demo' }).open();
const there = await new JobsSite('there', { FIRST_SUPERUSER_PASSWORD: THEIRS }).start();
after(() => Promise.all([here.remove(), there.remove()]).then(() => rmSync(carried, { recursive: true })));

const person = await newPerson(here.admin);
const made = await (await here.admin.form('/files/new')).set('content', { name: 'plan.bin', bytes }).submit('_save');
const before = { teams: here.query('SELECT count(*) FROM team'), people: here.query('SELECT string_agg(email, \',\' ORDER BY id) FROM "user"') };
let name;

function roster(site, ...words) {
    const { status, stdout, stderr } = spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, encoding: 'utf8',
        env: { ...site.environment, PORT: '', DATABASE_URL: site.pooler, DATABASE_DIRECT_URL: site.database } });
    assert.equal(status, 0, stderr);
    return stdout;
}

const confirmed = async (answer) => answer.status === 403 && answer.heading === 'Enter your password again' ? answer.form('form').set('_password', THEIRS).submit() : answer;

async function assertIsTheSame() {
    await until('the pages are those of the restored database', async () => (await new Browser(there.url).signIn(person.email, person.password)).status === 303);
    assert.equal(there.query('SELECT count(*) FROM team'), before.teams);
    assert.equal(there.query('SELECT string_agg(email, \',\' ORDER BY id) FROM "user"'), before.people);
    await signedIn(person.email, person.password, there.url);
    const browser = await signedIn(EMAIL, PASSWORD, there.url);
    assert.equal((await browser.get(made.location)).status, 200);
    assert.ok((await browser.get(`${made.location}/file/content`)).body.equals(bytes), 'byte for byte');
    assert.equal((await new Browser(there.url).signIn(EMAIL, THEIRS)).status, 422, 'the accounts are those of the backup');
    assert.equal((await fetch(`${there.url}/readyz`)).status, 200);
}

test('the two files are downloaded here and uploaded there, where the backup counts as unverified', async () => {
    await here.done(await here.backUp());
    name = await here.newest();
    const page = await here.admin.get(`/admin/backups/${name}`);
    assert.match(page.words, /verified/);
    for (const kind of ['download', 'manifest']) {
        let answer = await here.confirmed(await here.admin.get(`/admin/backups/${name}/${kind}`));
        answer = answer.status === 303 ? await answer.follow() : answer;
        assert.equal(answer.status, 200, answer.words);
        here[kind] = answer.body;
    }
    there.admin = await signedIn(EMAIL, THEIRS, there.url);
    const asked = await confirmed(await there.admin.get('/admin/backups/upload'));
    const form = (asked.status === 303 ? await asked.follow() : asked).form('form.act');
    const answer = await form.set('archive', { name: `${name}.dump`, bytes: here.download })
        .set('manifest', { name: `${name}.json`, bytes: here.manifest }).submit();
    assert.equal(answer.status, 303, answer.words);
    const row = (await there.backups()).rows[0];
    assert.match(row.State, /^(not verified|unverified)/, JSON.stringify(row));
    assert.equal(there.sha(await there.newest()), here.sha(name));
});

test('restored there by the page it has the same records, files and accounts', async () => {
    const arrived = await there.newest();
    const asked = await confirmed(await (await there.admin.form(`/admin/backups/${arrived}/restore`, 'form.act')).set('_typed', 'roster').submit());
    await there.done(there.idOf(asked));
    await assertIsTheSame();
});

test('no sign-in of either machine holds on the other, and keys stay what they were', async () => {
    const token = here.admin.cookies.get('roster_session');
    assert.ok(token);
    const stranger = new Browser(there.url);
    stranger.cookies.set('roster_session', token);
    assert.match((await stranger.get('/teams/')).location, /^\/sign-in/);
    assert.match((await there.admin.get('/teams/')).location, /^\/sign-in/, 'nor that of who restored it');
    assert.equal((await here.admin.get('/teams/')).status, 200, 'the first site goes on as before');
    for (const key of ['secret_key', 'admin_key'])
        assert.notEqual(readFileSync(there.var(key), 'utf8'), readFileSync(here.var(key), 'utf8'));
});

test('the database of before is kept there, and the next start changes nothing', async () => {
    assert.match(roster(there, 'restore', '--kept'), /roster_before_\d{8}_\d{6}/);
    assert.equal(await there.stop(), 0);
    there.output = '';
    await there.start();
    assert.doesNotMatch(there.output, /First sign-in|closed/);
    await assertIsTheSame();
});

test('the command does the same with the copied files, and a proof does not travel', async () => {
    for (const ending of ['dump', 'json', 'checked.json'])
        copyFileSync(here.var('backups', `${name}.${ending}`), join(carried, `${name}.${ending}`));
    assert.ok(existsSync(join(carried, `${name}.checked.json`)));
    there.query("DELETE FROM checkpoint; DELETE FROM team");
    for (const each of JSON.parse(roster(there, 'backups', '--json')))
        rmSync(there.var('backups', `${each.name}.dump`));
    const imported = roster(there, 'backup', '--import', join(carried, `${name}.dump`)).match(/imported as (\S+); it is not verified yet/)[1];
    assert.match(roster(there, 'verify-backup', imported), /verified/);
    roster(there, 'restore', imported);
    await assertIsTheSame();
    assert.equal(rows("SELECT id FROM upload WHERE name = 'plan.bin'", {}, there.database).length, 1);
    assert.equal(value('SELECT count(*) FROM roster_revision', {}, there.database), here.query('SELECT count(*) FROM roster_revision'));
});
