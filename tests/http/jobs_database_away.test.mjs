// The database goes in the middle of a job that changes it: the data is as before, the job says so, and the next one works.
import assert from 'node:assert/strict';
import { cpSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { spawn, spawnSync } from 'node:child_process';
import { BUILD, ROOT, newFolder, until } from './own_site.mjs';
import { JobsSite } from './jobs_site.mjs';

const folder = newFolder('revisions');
const site = new JobsSite('jobsaway', { ROSTER_MIGRATIONS: folder, ROSTER_SEEDS_AT_START: 'initial' });

before(async () => {
    cpSync(join(ROOT, 'migrations'), folder, { recursive: true });
    chmodSync(folder, 0o777);
    await site.open();
    const head = site.query('SELECT id FROM roster_revision ORDER BY applied_at DESC LIMIT 1');
    // While anything is in the gate, a move stays in its middle.
    const wait = 'SELECT count(pg_sleep(600)) FROM gate;';
    writeFileSync(join(folder, 'later_1aaa.sql'), `-- revision: 1aaa\n-- parents: ${head}\n-- message: later\n-- created: 2026-11-25T10:15:00Z\n`
        + `-- +up\nCREATE TABLE later_one (id int);\nUPDATE team SET description = 'moved up';\n${wait}\n`
        + `-- +down\nUPDATE team SET description = 'moved down';\n${wait}\nDROP TABLE later_one;\n`);
    site.query('CREATE TABLE gate (id int)');
});
after(async () => {
    await site.remove();
    rmSync(folder, { recursive: true });
});

// As the site's user, who may read what only root can reach, as in the site itself (nginx/lib/root.sh).
const READING = '-all,+dac_read_search';
const AS_SITE = process.getuid() !== 0 ? [] : ['setpriv', '--reuid=roster', '--regid=roster', '--init-groups',
    `--inh-caps=${READING}`, `--ambient-caps=${READING}`, `--bounding-set=${READING}`];

function roster(...words) {
    const [program, ...rest] = [...AS_SITE, join(BUILD, 'roster'), ...words];
    const { status, stdout, stderr } = spawnSync(program, rest, { cwd: ROOT, encoding: 'utf8',
        env: { ...site.environment, PORT: '', DATABASE_URL: site.pooler, DATABASE_DIRECT_URL: site.database } });
    assert.equal(status, 0, stderr);
    return stdout.trim();
}

const start = (words) => roster('job', 'start', '--', ...words);
const moving = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%gate%' AND pid <> pg_backend_pid()";
const look = () => site.query("SELECT concat_ws(' ', to_regclass('later_one') IS NOT NULL, (SELECT count(*) FROM roster_revision),"
    + " (SELECT string_agg(DISTINCT description, ',') FROM team), (SELECT count(*) FROM skill), (SELECT max(updated_at) FROM skill))");

const faults = {
    'is stopped': { go: () => site.control('stop'), back: () => site.control('start') },
    'is killed': { go: () => process.kill(site.postmaster(), 'SIGKILL'), back: () => {} },
};

// Waits with the locks of a seed in its way.
async function holdSkills() {
    const holder = spawn('psql', ['-X', '-q', site.database], { stdio: ['pipe', 'pipe', 'ignore'] });
    holder.stdin.on('error', () => {});
    holder.stdin.write("BEGIN; LOCK TABLE skill; SELECT 'held';\n");
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    return holder;
}

for (const fault of Object.keys(faults))
    for (const [what, words, again] of [
        ['an upgrade', ['upgrade', 'head'], () => site.done(start(['upgrade', 'head']))],
        ['a downgrade', ['downgrade', '-1'], () => site.done(start(['downgrade', '-1']))],
        ['a seed', ['seed', 'initial'], () => site.done(start(['seed', 'initial']))],
    ])
        test(`the database ${fault} during ${what}: all is as before, and it works at the next try`, { timeout: 180000 }, async (context) => {
            site.query('INSERT INTO gate VALUES (1)');
            site.query("UPDATE skill SET description = 'changed here' WHERE managed");
            const before = look(), holder = what === 'a seed' ? await holdSkills() : null;
            context.after(() => holder?.kill()); // whatever happens: these tests do not end while it lives
            const id = start(words);
            await until('it is in its middle', () => site.query(holder
                ? "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'" : moving) !== '0', 60);
            await faults[fault].go();
            const job = await site.over(id);
            holder?.kill(); // not before: a server process whose postmaster is gone could still finish
            assert.equal(job.status, 'failed', `${job.message}\n${job.log}`);
            assert.match(job.message, /connection|database|PostgreSQL|terminat/i);
            await faults[fault].back();
            await until(() => `the database is back; the site says:\n${site.output}`, () => spawnSync('psql', ['-Xqc', 'SELECT 1', site.database]).status === 0, 60);
            assert.equal(look(), before);
            await until('its page is shown', async () => (await site.admin.get(`/admin/jobs/${id}`)).status === 200, 60);
            site.query('DELETE FROM gate');
            await again();
            assert.notEqual(look(), before);
        });
