// The pages of jobs: progress with and without a script, long logs, cancelling, and what a job outlives.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { JobsSite } from './jobs_site.mjs';
import { isAlive, until } from './own_site.mjs';

const site = new JobsSite('jobs', { ROSTER_WORKERS: '2', ROSTER_SEEDS_AT_START: 'initial demo' });
before(() => site.open());
after(() => site.remove());

const part = async (id) => (await site.admin.get(`/admin/jobs/${id}`)).page.one('.part-of-job')?.words ?? '';

async function heldUp() {
    const holder = await site.holdTable();
    const id = await site.backUp({ verify: false });
    await site.says(id, 'writing the archive');
    return { holder, id };
}

test('while it runs, its page says what it does and is renewed by itself; afterwards how it ended', async () => {
    const { holder, id } = await heldUp();
    const page = await site.admin.get(`/admin/jobs/${id}`);
    assert.match(page.title, /^Back up, runs/);
    assert.match(page.page.one('.part-of-job').words, /^writing the archive "roster-/);
    assert.equal(page.page.one('progress').get('value'), '2');
    assert.equal(page.page.one('noscript meta').get('content'), '3');
    assert.match(page.page.one('#log').words, /writing the archive/);
    const still = await site.admin.get(page.link('Stop renewing this page'));
    assert.equal(still.page.all('noscript meta').length, 0);
    const busy = await site.backups();
    assert.match(busy.words, new RegExp(`The database is being changed just now: backup, by .*, job ${id}\\.`));
    const refused = await (await site.admin.form('/admin/backups/', 'form.act')).submit();
    assert.equal(refused.status, 409);
    assert.match(refused.words, new RegExp(`backup, by .* since .* UTC, job ${id}`, 'i'));
    await holder.end();
    await site.done(id);
    const ended = await site.admin.get(`/admin/jobs/${id}`);
    assert.match(ended.title, /^Back up, done/);
    assert.equal(ended.page.all('noscript meta').length, 0);
    assert.match(ended.fact('Took'), /s$/);
    assert.equal((await site.admin.get('/admin/jobs/')).rows[0].State, 'done');
});

test('the script is told the rest of the log, and when it is over', async () => {
    const { holder, id } = await heldUp();
    const ask = async (from) => (await site.admin.get(`/admin/jobs/${id}/tail?from=${from}`)).json;
    const first = await ask(0);
    assert.equal(first.running, true);
    assert.match(first.text, /^writing the archive/);
    assert.equal(first.percent, 2);
    assert.deepEqual((await ask(first.to)).text, '');
    await holder.end();
    await site.done(id);
    const rest = await ask(first.to);
    assert.deepEqual([rest.running, rest.more, rest.percent], [false, false, 100]);
    assert.match(rest.text, /backed up \d+ rows/);
    assert.equal((await site.admin.get(`/admin/jobs/${id}/tail?from=-1`)).status, 400);
    assert.equal((await site.admin.get(`/admin/jobs/${id}/tail?from=x`)).status, 400);
});

test('it is cancelled by its button', async () => {
    const { holder, id } = await heldUp();
    const answer = await (await site.admin.form(`/admin/jobs/${id}`, '.job-state form')).submit();
    assert.match((await answer.follow()).flash, /asked to stop/);
    const job = await site.over(id);
    assert.deepEqual([job.status, /^cancelled by .*@/.test(job.message)], ['cancelled', true]);
    const page = await site.admin.get(`/admin/jobs/${id}`);
    assert.match(page.words, /make another/);
    await holder.end();
});

test('one that has just ended is shown instead of being cancelled', async () => {
    const { holder, id } = await heldUp();
    const form = await site.admin.form(`/admin/jobs/${id}`, '.job-state form');
    await holder.end();
    await site.done(id);
    const answer = await form.submit();
    assert.deepEqual([answer.status, answer.location], [303, `/admin/jobs/${id}`]);
    const page = await answer.follow();
    assert.match(page.flash, /had ended already/);
    assert.match(page.title, /^Back up, done/);
    assert.ok(!existsSync(site.var('jobs', id, 'cancel')));
});

test('a last job that has failed counts, and so does a folder that cannot be read', async () => {
    const id = await site.backUp({ verify: false });
    await site.done(id);
    assert.doesNotMatch((await site.admin.get('/admin/')).page.one('.verdict').words, /jobs:/);
    writeFileSync(site.var('jobs', id, 'job.json'), JSON.stringify({ ...site.state(id), status: 'failed', message: 'no room' }));
    assert.match((await site.admin.get('/admin/')).page.one('.verdict').words, /jobs: the last one, backup.*, failed: no room/);
    assert.match((await site.admin.get('/admin/health')).words, /jobs ?bad ?the last one/);
    // No mode of it would do: a site below a folder that is root's alone reads everything.
    renameSync(site.var('jobs'), site.var('jobs.aside'));
    writeFileSync(site.var('jobs'), '');
    try {
        const page = await site.admin.get('/admin/jobs/');
        assert.equal(page.status, 200);
        assert.match(page.words, /Jobs cannot be read: cannot read the folder ".*jobs": Not a directory/);
        const state = await site.admin.get('/admin/');
        assert.doesNotMatch(state.words, /Everything is as it should be/);
        assert.match(state.page.one('.verdict').words, /cannot read the folder/);
    } finally {
        rmSync(site.var('jobs'));
        renameSync(site.var('jobs.aside'), site.var('jobs'));
    }
    await site.done(await site.backUp({ verify: false }));
});

test('an error within the area leads back to its section', async () => {
    for (const [address, label, href] of [['/admin/jobs/20200101-000000-abcdef', 'Go to Jobs', '/admin/jobs/'],
        ['/admin/backups/nothing', 'Go to Backups', '/admin/backups/'], ['/admin/migrations/show/ffff', 'Go to Migrations', '/admin/migrations'],
        ['/admin/queries/12345', 'Go to Queries', '/admin/queries'], ['/admin/queries?sort=cost', 'Go to State', '/admin/']]) {
        const page = await site.admin.get(address);
        assert.ok(page.status >= 400, address);
        assert.equal(page.link(label), href);
    }
});

test('killing the workers, restarting nginx and closing the browser change nothing', async () => {
    const { holder, id } = await heldUp();
    const program = site.processOf('program'), nginx = site.processOf('nginx');
    process.kill(program, 'SIGKILL');
    process.kill(nginx, 'SIGKILL');
    await until('the site is back', async () => {
        try {
            return site.processOf('program') !== program && site.processOf('nginx') !== nginx && (await site.admin.get('/healthz')).status === 200;
        } catch {
            return false;
        }
    }, 60);
    assert.match(await part(id), /writing the archive/);
    await holder.end();
    await site.done(id);
});

test('a killed job is shown as interrupted, with what to do', async () => {
    const { holder, id } = await heldUp();
    const pid = Number(readFileSync(site.var('jobs', id, 'lock'), 'utf8'));
    process.kill(-Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[2]), 'SIGKILL');
    await until('it is gone', () => !isAlive(pid));
    await until('its lock is free', async () => /interrupted/.test((await site.admin.get(`/admin/jobs/${id}`)).title));
    const page = await site.admin.get(`/admin/jobs/${id}`);
    assert.match(page.words, /An unfinished backup does not count/);
    await holder.end();
});

test('a log of 10,000 lines is shown in pages, the last first, each line once', async () => {
    const id = await site.backUp({ verify: false });
    await site.done(id);
    const line = (number) => `line ${number} of the log, <i>${'x'.repeat(number % 70)}</i>`;
    writeFileSync(site.var('jobs', id, 'log'), Array.from({ length: 10000 }, (_, number) => `${line(number)}\n`).join(''));
    let page = await site.admin.get(`/admin/jobs/${id}`);
    assert.ok(page.body.length < 60000, `${page.body.length} bytes`);
    assert.match(page.page.one('#log').text, /line 9999 of the log/);
    const pages = Number(page.page.one('.pager [aria-current]').words.split(' of ')[1]);
    assert.ok(pages > 10);
    const seen = [];
    for (let number = 1; number <= pages; number++) {
        page = await site.admin.get(`/admin/jobs/${id}?page=${number}`);
        seen.push(...page.page.one('#log').text.trimEnd().split('\n'));
    }
    assert.equal(seen.length, 10000);
    seen.forEach((text, number) => assert.equal(text, line(number)));
    assert.equal((await site.admin.get(`/admin/jobs/${id}?page=0`)).status, 400);
});

test('bytes that are no text do not break the page', async () => {
    const id = await site.backUp({ verify: false });
    await site.done(id);
    writeFileSync(site.var('jobs', id, 'log'), Buffer.concat([Buffer.from('good \u00e9\n'), Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x0a])]));
    const page = await site.admin.get(`/admin/jobs/${id}`);
    assert.equal(page.status, 200);
    assert.equal(page.page.one('#log').text.trim(), 'good \u00e9\n???[');
    assert.equal((await site.admin.get(`/admin/jobs/${id}/tail?from=0`)).json.text, 'good \u00e9\n???[\n');
});

// What each of them leaves when the database goes in its middle.
for (const [what, begin, words] of [
    ['a backup', async () => site.backUp({ verify: false }), 'writing the archive'],
    ['a proof', async () => site.idOf(await (await site.admin.form(`/admin/backups/${await site.newest()}`, '.buttons form')).submit()),
        'restoring it into'],
    ['a restore', async () => {
        const form = await site.admin.form(`/admin/backups/${await site.newest()}/restore`, 'form.act');
        return site.idOf(await site.confirmed(await form.set('_typed', 'roster').submit()));
    }, 'restoring "'],
])
    test(`the database stopped during ${what} leaves the data as it was`, async () => {
        if (what !== 'a backup')
            await site.done(await site.backUp({ verify: false }));
        site.query("UPDATE team SET description = 'just before'");
        const rows = site.query('SELECT count(*) FROM member');
        const holder = what === 'a backup' ? await site.holdTable() : null;
        const id = await begin();
        await site.says(id, words);
        const listed = (await site.backups()).rows.length;
        site.control('stop');
        const job = await site.over(id);
        site.control('start');
        if (holder)
            assert.equal(job.status, 'failed', job.log);
        assert.match(job.status, /failed|done/);
        await until('pages again', async () => (await site.admin.get('/sign-in')).status === 200);
        await site.signIn();
        if (job.status === 'failed') {
            assert.equal(site.query("SELECT count(*) FROM team WHERE description IS DISTINCT FROM 'just before'"), '0');
            assert.equal((await site.backups()).rows.length, listed);
        }
        assert.equal(site.query('SELECT count(*) FROM member'), rows);
        await site.done(await site.backUp());
    });

test('stopping the site stops its jobs, which are interrupted and hold nothing up afterwards', async () => {
    const { id } = await heldUp();
    const pid = Number(readFileSync(site.var('jobs', id, 'lock'), 'utf8'));
    await site.stop();
    assert.equal(isAlive(pid), false);
    const job = site.state(id);
    assert.deepEqual([job.status, job.message], ['interrupted', 'the site was stopped']);
    await site.start();
    await site.signIn();
    assert.match((await site.admin.get(`/admin/jobs/${id}`)).words, /interrupted/);
    await site.done(await site.backUp());
});
