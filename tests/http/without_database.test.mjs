// Verbs that need files alone work where no database is configured.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUILD, ROOT } from './own_site.mjs';

const folder = mkdtempSync(join(tmpdir(), 'roster-without-')), migrations = join(folder, 'migrations');
cpSync(join(ROOT, 'migrations'), migrations, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));

function roster(...words) {
    const env = { PATH: process.env.PATH, ROSTER_VAR: join(folder, 'var'), ROSTER_MIGRATIONS: migrations };
    return spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, env, encoding: 'utf8' });
}

for (const [what, words, said] of [
    ['the way up as a script', ['upgrade', 'base:head', '--sql'], /CREATE TABLE "team"/],
    ['the way down as a script', ['downgrade', 'head:base', '--sql', '--allow-destructive'], /DROP TABLE/],
    ['the newest revision', ['heads'], /^[0-9a-f]{8} /],
    ['a models file', ['inspect', process.env.DATABASE_DIRECT_URL], /\.table = "team"/],
])
    test(`${what} comes without a configured database`, () => {
        const { status, stdout, stderr } = roster(...words);
        assert.equal(status, 0, stderr);
        assert.match(stdout, said);
        assert.ok(!existsSync(join(folder, 'var')), 'nothing was made on the way');
    });

test('an empty revision file is written without a configured database', () => {
    const before = readdirSync(migrations).length;
    const { status, stderr } = roster('revision', '-m', 'by hand');
    assert.equal(status, 0, stderr);
    assert.equal(readdirSync(migrations).length, before + 1);
});

for (const [what, words, said] of [
    ['the list of jobs', ['job', 'list'], /^There are no jobs\.$/m],
    ['a job that is not there', ['job', 'show', '20260101-000000-abcdef'], /there is no job/],
    ['stopping all jobs', ['job', 'cancel', '--all'], /^$/],
    ['the list of backups', ['backups'], /^no backups yet/],
    ['what would be removed of them', ['prune', '--dry-run'], /^would remove 0 of 0/],
    ['their schedule', ['backup', '--schedule'], /OnCalendar=/],
    ['taking in one', ['backup', '--import', '/nowhere.dump'], /nowhere\.dump/],
    ['the verbs of jobs', ['job', '--help'], /job start .*\n.*job list .*\n.*job show /],
    ['the verbs of accounts', ['user', '-h'], /user add .*\n.*user password .*\n.*user reset /],
])
    test(`${what} needs no database`, () => {
        const { stdout, stderr } = roster(...words);
        assert.match(stdout + stderr, said);
        assert.doesNotMatch(stderr, /database/);
    });

test('the doctor tells what it can, and that no database is configured', () => {
    const { status, stdout } = roster('doctor');
    assert.equal(status, 2);
    assert.match(stdout, /^BAD +database +no database is configured, and no embedded site runs/m);
    for (const what of ['settings', 'models', 'revisions', 'backups', 'disk'])
        assert.match(stdout, new RegExp(`^(ok|hint) +${what} `, 'm'));
});

test('what needs a database says so', () => {
    const { status, stderr } = roster('current');
    assert.equal(status, 2);
    assert.match(stderr, /no database is configured.*DATABASE_URL/);
});
