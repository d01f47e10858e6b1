// What the start of a site and the roster command say when the site lies somewhere unusual, or its files are broken.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EMAIL, PASSWORD, signedIn } from './lib.mjs';
import { BUILD, OwnSite, ROOT } from './own_site.mjs';

const site = new OwnSite('broken');
site.environment.ROSTER_VAR = join(site.folder, 'va r ü');
site.environment.BUILD = join(site.folder, 'build');

before(async () => {
    mkdirSync(site.environment.BUILD);
    for (const name of ['roster', 'roster.fcgi'])
        cpSync(join(BUILD, name), join(site.environment.BUILD, name));
    await site.start();
});
after(() => site.remove());

test('the command finds a running site whose sockets are elsewhere', () => {
    assert.match(readFileSync(join(site.environment.ROSTER_VAR, 'run/sockets'), 'utf8'), /^\/tmp\/roster\./);
    const { DATABASE_URL, DATABASE_DIRECT_URL, ...environment } = { ...site.environment, PORT: '8080' };
    const { status, stdout, stderr } = spawnSync(join(BUILD, 'roster'), ['doctor'], { cwd: ROOT, env: environment, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^ok +direct +PostgreSQL \d/m);
});

test('a program that was built anew while another runs is said to need a restart', async () => {
    const admin = await signedIn(EMAIL, PASSWORD, site.url), program = join(site.environment.BUILD, 'roster.fcgi');
    const before = await admin.get('/admin/');
    assert.match(before.words, /Program ?runs/);
    assert.doesNotMatch(before.words, /restart/);
    copyFileSync(program, `${program}.new`);
    renameSync(`${program}.new`, program);
    const page = await admin.get('/admin/');
    assert.match(page.words, /Program ?restart needed/);
    assert.match(page.page.one('.verdict').words, /the program on the disk is newer than the one that runs/);
});

test('a cluster that does not start is said with the way out, which works', async () => {
    const cluster = join(site.environment.ROSTER_VAR, 'postgres');
    await site.stop();
    rmSync(join(cluster, 'global/pg_control'));
    const { status, stdout, stderr } = spawnSync('bash', ['nginx/site.sh'], { cwd: ROOT, env: site.environment, encoding: 'utf8', timeout: 60000 });
    assert.equal(status, 1, stdout + stderr);
    assert.match(stderr, /PostgreSQL did not start: /);
    assert.match(stderr, /when its files are damaged.*mv '.*postgres' '.*postgres\.damaged', then make run, then .*restore NAME/);
    assert.doesNotMatch(stderr, /a job does not stop|no database is configured/);
    renameSync(cluster, `${cluster}.damaged`);
    await site.start();
    assert.ok(existsSync(join(cluster, 'PG_VERSION')));
    assert.equal((await (await signedIn(EMAIL, PASSWORD, site.url)).get('/')).status, 200);
});
