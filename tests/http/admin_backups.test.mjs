// The pages of backups: making, proving, downloading, uploading, restoring, going back and removing, as a person does it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PASSWORD } from './lib.mjs';
import { JobsSite } from './jobs_site.mjs';
import { until } from './own_site.mjs';

const SURE = 'form.act';
const site = new JobsSite('backups', { ROSTER_WORKERS: '2', ROSTER_SEEDS_AT_START: 'initial demo' });
before(() => site.open());
after(() => site.remove());

test('without a backup the page says what to do', async () => {
    const page = await site.backups();
    assert.equal(page.status, 200);
    assert.match(page.words, /There is no backup\. Make one now\./);
    assert.match(page.words, /There is none yet/);
});

test('one is made and proved by pressing a button', async () => {
    const job = await site.done(await site.backUp({ note: 'before the <b>summer</b>' }));
    assert.deepEqual(job.words.slice(0, 2), ['backup', '--verify']);
    const page = await site.backups();
    assert.match(page.words, /The newest backup that is proved to be good is \d+ s old/);
    const [line] = page.rows;
    assert.equal(line.State, 'verified');
    assert.match(line.Made, /before the <b>summer<\/b>/);
    assert.match(line.By, /@/);
    assert.equal(line.Stays, 'one of the last 7');
    const one = await site.admin.get(page.page.one('main tbody th a').get('href'));
    assert.match(one.fact('Verified'), /by .*@.*, in \d/);
    assert.equal(one.fact('SHA-256').length, 64);
    assert.equal(Number(one.rows.find((row) => row.Table === 'team').Rows), Number(site.query('SELECT count(*) FROM team')));
});

test('a note of two lines, or too long, is refused and kept', async () => {
    for (const note of ['x'.repeat(201), 'a\nb']) {
        const answer = await (await site.admin.form('/admin/backups/', 'form.act')).set('note', note).submit();
        assert.equal(answer.status, 422);
        assert.deepEqual(answer.problems, [['Enter one line of up to 200 letters', '#note']]);
        assert.match(answer.title, /^Error: /);
    }
});

test('a note that looks like an option is a note', async () => {
    const job = await site.done(await site.backUp({ note: '--import /etc/passwd', verify: false }));
    assert.deepEqual(job.words, ['backup', '--note=--import /etc/passwd']);
    assert.equal((await site.backups()).rows[0].State, 'unverified');
});

test('it is downloaded after the password was asked for, byte for byte, and comes back by uploading', async () => {
    const name = await site.newest(), fresh = site.admin;
    await site.signIn(); // nobody has typed a password again on this one
    const asked = await site.admin.get(`/admin/backups/${name}/download`);
    assert.equal(asked.heading, 'Enter your password again');
    assert.equal((await asked.form('form').set('_password', 'wrong').submit()).status, 422);
    const offered = await (await asked.form('form').set('_password', PASSWORD).submit()).follow();
    assert.deepEqual([offered.path, offered.flash], [`/admin/backups/${name}`, 'Your password was right: download it now.']);
    const answer = await site.admin.get(offered.link('Download'));
    assert.equal(answer.header('content-type')[0], 'application/octet-stream');
    assert.equal(answer.header('content-disposition')[0], `attachment; filename="${name}.dump"`);
    assert.equal(createHash('sha256').update(answer.body).digest('hex'), site.sha(name));
    const manifest = await site.admin.get(`/admin/backups/${name}/manifest`);
    assert.equal(JSON.parse(manifest.text).content.name, name);

    const upload = (archive, about) => site.admin.form('/admin/backups/upload', 'form.act').then((form) => {
        if (archive) form.set('archive', { name: 'from elsewhere.dump', bytes: archive });
        if (about) form.set('manifest', { name: 'from elsewhere.json', bytes: about });
        return form.submit();
    });
    const taken = await upload(answer.body, manifest.body);
    assert.equal(taken.location, `/admin/backups/${name}-2`);
    const page = await taken.follow();
    assert.match(page.flash, /taken over/);
    assert.match(page.words, /Nobody knows yet whether it is good/);
    assert.equal(page.fact('Origin'), 'imported');

    const flipped = Buffer.from(answer.body);
    flipped[flipped.length >> 1] ^= 1;
    assert.match((await upload(flipped, manifest.body)).problems[0][0], /Choose a backup of this program: the archive is damaged/);
    assert.match((await upload(Buffer.from('no dump'), null)).problems[0][0], /it does not begin as an archive/);
    assert.match((await upload(answer.body, Buffer.from('{}'))).problems[0][0], /Choose the manifest as it was written/);
    assert.deepEqual((await upload(null, null)).problems,
        [['Choose the archive, a file such as roster-20261125-031502.dump', '#archive']]);

    // Without its manifest there is nothing to compare it with, and it stands in for none of this site's own.
    const bare = (await upload(answer.body, null)).location;
    await site.done(site.idOf(await (await site.admin.form(bare, '.buttons form')).submit()));
    const restorable = await site.admin.get(bare);
    assert.match(restorable.heading, /restorable$/);
    assert.match(restorable.words, /there is nothing to compare its rows with/);
    assert.match((await site.admin.get(`${bare}/restore`)).words, /there is nothing to compare it with/);
    const line = (await site.backups()).rows.find((row) => row.State === 'restorable');
    assert.equal(line.Stays, 'imported: it goes only when you delete it');
    await site.confirmed(await (await site.admin.get(`${bare}/delete`)).form(SURE).submit());
    site.admin = fresh;
});

test('the page of backups says what can be uploaded, and how a larger one comes in', async () => {
    assert.match((await site.backups()).words, /Up to 32(\.0)? MB can be uploaded; a larger one is copied to the server, and taken over by roster backup --import FILE/);
});

test('one is not downloaded while it is being deleted', async () => {
    const name = await site.newest(), holder = spawn('flock', ['-x', site.var('backups', `${name}.dump`), 'sh', '-c', 'echo held; read end'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    try {
        const refused = await site.download(name);
        assert.equal(refused.status, 409);
        assert.match(refused.words, /being restored, verified, downloaded or deleted just now/);
    } finally {
        holder.stdin.end();
    }
});

test('a folder that cannot be listed is nobody\'s fault, and says what to do', async () => {
    const folder = site.var('backups');
    renameSync(folder, `${folder}.aside`);
    writeFileSync(folder, '');
    try {
        const page = await site.backups();
        assert.equal(page.status, 409);
        assert.match(page.words, /is no folder: move it away, and it is made anew/);
    } finally {
        rmSync(folder);
        renameSync(`${folder}.aside`, folder);
    }
});

// Its manifest with another revision, sealed as the program does it.
function giveRevision(name, revision) {
    const path = site.var('backups', `${name}.json`), text = readFileSync(path, 'utf8');
    const content = text.match(/^\{"content":(.*),"sha256":"\w+"\}\n$/)[1].replace(/"revision":"[^"]*"/, `"revision":"${revision}"`);
    writeFileSync(path, `{"content":${content},"sha256":"${createHash('sha256').update(content).digest('hex')}"}\n`);
    return text;
}

test('the page before a restore says what becomes of accounts and revisions', async () => {
    const name = await site.newest(), path = site.var('backups', `${name}.json`);
    const page = async () => (await site.admin.get(`/admin/backups/${name}/restore`)).words;
    assert.match(await page(), /Accounts, passwords and second factors become those of the backup's time/);
    assert.doesNotMatch(await page(), /pending|unknown/);
    const before = giveRevision(name, 'aaaa1111');
    try {
        assert.match(await page(), /Its revision aaaa1111 is unknown to this program/);
        giveRevision(name, site.query('SELECT id FROM roster_revision WHERE parents = \'\''));
        assert.match(await page(), /revisions? (is|are) pending afterwards: \w+ "/);
    } finally {
        writeFileSync(path, before);
    }
});

test('a damaged one is said, and neither restored nor downloaded', async () => {
    const name = await site.newest(), path = site.var('backups', `${name}.dump`);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 1));
    let page = await site.admin.get(`/admin/backups/${name}`);
    assert.match(page.words, /It cannot be restored: its file has \d+ bytes instead of \d+\. Make another one, and delete this one then\./);
    assert.equal(page.page.all('main a').some((link) => link.words === 'Restore it'), false);
    const flipped = Buffer.from(bytes);
    flipped[1000] ^= 16;
    writeFileSync(path, flipped);
    const download = await site.download(name);
    assert.equal(download.status, 500);
    const job = await site.over(site.idOf(await (await site.admin.form(`/admin/backups/${name}`, '.buttons form')).submit()));
    assert.equal(job.status, 'failed');
    assert.match(job.message, /SHA-256/);
    page = await site.backups();
    assert.equal(page.rows.find((row) => row.State.startsWith('damaged')) !== undefined, true);
    writeFileSync(path, bytes);
    await site.done(site.idOf(await site.confirmed(await site.admin.post(`/admin/backups/${name}/verify`,
        [['csrf', page.page.one('main form [name="csrf"]').get('value')]]))));
    assert.equal((await site.backups()).rows.some((row) => row.State.startsWith('damaged')), false);
});

test('when all are damaged, the page does not send anybody to verify one', async () => {
    const files = readdirSync(site.var('backups')).filter((file) => file.endsWith('.dump')).map((file) => site.var('backups', file));
    const kept = files.map((file) => readFileSync(file));
    files.forEach((file, i) => writeFileSync(file, kept[i].subarray(1)));
    try {
        assert.equal((await site.backups()).page.one('.verdict').words, 'What there is is damaged or cannot be read, and cannot be restored. Make another one now.');
    } finally {
        files.forEach((file, i) => writeFileSync(file, kept[i]));
    }
});

test('a restore wants the name typed and the password, swaps, signs everybody out, and can be undone', async () => {
    const name = await site.newest(), teams = site.query('SELECT count(*) FROM team');
    site.query("DELETE FROM thread; INSERT INTO team (name, owner_id) SELECT 'later', min(id) FROM \"user\"");
    const page = await site.admin.get(`/admin/backups/${name}/restore`);
    assert.match(page.words, /Everybody has to sign in again/);
    const wrong = await site.confirmed(await page.form(SURE).set('_typed', 'nothing').submit());
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.problems, [['Type roster to confirm', '#typed']]);
    assert.equal(site.query("SELECT count(*) FROM team WHERE name = 'later'"), '1');
    const id = site.idOf(await site.confirmed(await wrong.form(SURE).set('_typed', 'roster').submit()));
    await site.done(id);
    assert.equal(site.query('SELECT count(*) FROM team'), teams);
    assert.equal(site.query('SELECT count(*) FROM session'), '0');
    await until('the pages are those of the restored database', async () => [303, 200].includes((await site.admin.get('/teams/')).status));
    assert.match((await site.admin.get('/teams/')).location ?? '', /^\/sign-in/);
    await site.signIn();
    const shown = await site.admin.get(`/admin/jobs/${id}`);
    assert.match(shown.words, /done/);
    assert.match(shown.words, /the earlier database is kept as roster_before_/);

    const earlier = await site.admin.get('/admin/backups/earlier');
    assert.equal(earlier.rows.length, 1);
    assert.match(site.query("SELECT who || ': ' || subject FROM audit WHERE action = 'database restored'"),
        new RegExp(`@.*: ${name}; the earlier database is kept as ${earlier.rows[0].Database}$`));
    assert.match(readFileSync(site.var('log', 'program.log'), 'utf8'), new RegExp(`"action":"job started".*"subject":"restore ${name}"`));
    for (const path of ['/admin/', '/admin/health', '/admin/backups/'])
        assert.match((await site.admin.get(path)).words, /1 earlier database kept by restores, [\d.]+ MB/, path);
    const kept = earlier.rows[0].Database;
    const asked = await site.confirmed(await earlier.form('form').submit('_back'));
    assert.match(asked.heading, /Go back to roster_before_/);
    assert.equal((await asked.form(SURE).set('_typed', 'x').submit()).status, 422);
    await site.done(site.idOf(await asked.form(SURE).set('_typed', kept).submit()));
    assert.equal(site.query("SELECT count(*) FROM team WHERE name = 'later'"), '1');
    await until('the pages are those of the earlier database', async () => (await site.admin.get('/sign-in')).status === 200);
    await site.signIn();
    const now = await site.admin.get('/admin/backups/earlier');
    const drop = await site.confirmed(await now.form('form').submit('_drop'));
    const gone = await drop.form(SURE).set('_typed', now.rows[0].Database).submit();
    assert.match((await gone.follow()).words, /There is none/);
    assert.equal(site.query("SELECT subject FROM audit WHERE action = 'earlier database deleted'"), now.rows[0].Database);
});

test('deleting and removing old ones ask first', async () => {
    const name = await site.newest(), before = (await site.backups()).rows.length;
    const sure = await site.admin.get(`/admin/backups/${name}/delete`);
    assert.match(sure.heading, /^Delete the backup/);
    const answer = await site.confirmed(await sure.form(SURE).submit());
    assert.match((await answer.follow()).flash, /was deleted/);
    assert.equal((await site.backups()).rows.length, before - 1);
    assert.equal((await site.admin.get(`/admin/backups/${name}`)).status, 404);
    const prune = await site.admin.get('/admin/backups/prune');
    assert.match(prune.words, /None would go just now/);
    const job = await site.done(site.idOf(await site.confirmed(await prune.form(SURE).submit())));
    assert.match(job.log, /removed 0 of/);
});

for (const path of ['/admin/backups/..%2fsecret_key', '/admin/backups/nothere', '/admin/backups/nothere/restore', '/admin/jobs/..%2f..'])
    test(`${path} is not there`, async () => {
        assert.ok([400, 404].includes((await site.admin.get(path)).status));
    });

test('with the database away the pages open by the key, and offer what can be done', async () => {
    site.control('stop');
    try {
        const key = readFileSync(site.var('admin_key'), 'utf8').trim();
        const form = await site.admin.form('/admin/key', 'form');
        assert.equal((await form.set('key', key).submit()).status, 303);
        for (const path of ['/admin/backups/', '/admin/jobs/', `/admin/backups/${await site.newest()}`])
            assert.equal((await site.admin.get(path)).status, 200, path);
        const earlier = await site.admin.get('/admin/backups/earlier');
        assert.equal(earlier.status, 503);
        assert.match(earlier.words, /They cannot be listed now: /);
        const id = await site.backUp({ verify: false });
        const job = await site.over(id);
        assert.equal(job.who, 'admin key');
        assert.equal(job.status, 'failed');
        assert.match((await site.admin.get(`/admin/jobs/${id}`)).words, /failed/);
    } finally {
        site.control('start');
    }
});
