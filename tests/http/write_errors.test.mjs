// Disks that fail: each call that writes fails once, the first, the second and so on, by strace; and file systems that
// are really full, in a mount namespace. The outcome is what was wanted, or an error that is said; never less, and never
// half of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SANITIZERS, cgi, run } from './cgi.mjs';
import { Chance, newSeed } from './chance.mjs';
import { psql, rows } from './data.mjs';
import { encode, encodeMultipart, signedIn, unique } from './lib.mjs';
import { inNamespace, namespace } from './namespaces.mjs';
import { BUILD, newFolder } from './own_site.mjs';

const folder = newFolder('disk'), chance = new Chance(newSeed());
const roster = join(BUILD, 'roster');
const admin = await signedIn();
after(() => rmSync(folder, { recursive: true, force: true }));

// The words that make a system call fail at its n-th time, in each process that is started. The trace tells whether it
// ever came so far.
const trace = join(folder, 'trace');
const failing = (call, error, n) => ['strace', '-f', '-qq', '-o', trace, '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${n}`];
const wasInjected = () => readFileSync(trace, 'utf8').includes('(INJECTED)');

// Does it again and again, with the first call failing, the second, ..., until no call is left to fail.
async function sweep(call, error, most, action) {
    let n = 0;
    for (let injected = true; injected && n < most;) {
        await action(failing(call, error, ++n), `${call} number ${n}: ${error}`);
        injected = wasInjected();
    }
    assert.ok(n > 1, `${call} is never called`);
}

const environment = (name, more = {}) => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true, mode: 0o755 });
    return { ...process.env, ...SANITIZERS, ROSTER_VAR: own, ...more };
};

// --- Backups ---

async function backups(env) {
    const { status, stdout, stderr } = await run([roster, 'backups', '--json'], { env });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
}

// Every archive that is listed is what its manifest says.
function assertWhole(env, listed, what) {
    for (const { name, state, sha256 } of listed) {
        assert.notEqual(state, 'damaged', `${what}: ${name}`);
        const bytes = readFileSync(join(env.ROSTER_VAR, 'backups', `${name}.dump`));
        assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, `${what}: ${name}`);
    }
}

for (const [call, error] of [['fsync', 'EIO'], ['write', 'ENOSPC'], ['rename', 'EIO']])
    test(`a backup during which a ${call} fails with ${error} is made whole, or said to have failed`, { timeout: 300000 }, async () => {
        const env = environment(`backup-${call}`);
        let failed = 0, before = 0;
        await sweep(call, error, 8, async (words, what) => {
            const { status, stderr } = await run([...words, roster, 'backup'], { env });
            const listed = await backups(env);
            assertWhole(env, listed, what);
            assert.ok(status === 0 || call === 'write' || /cannot|could not|failed/.test(stderr), `${what}: ${stderr}`);
            assert.ok(status !== 0 || listed.length === before + 1, `${what}: said to be made, and is not there`);
            failed += status !== 0;
            before = listed.length;
        });
        assert.ok(failed > 0, 'none failed');
        const { status, stderr } = await run([roster, 'backup', '--verify'], { env });
        assert.equal(status, 0, stderr);
        assert.deepEqual(readdirSync(join(env.ROSTER_VAR, 'backups')).filter((name) => name.includes('.part')), [], 'nothing is left over');
    });

// --- Jobs ---

for (const [call, error] of [['fsync', 'EIO'], ['rename', 'ENOSPC']])
    test(`a job during which a ${call} fails with ${error} ends, and its page can be read`, { timeout: 300000 }, async () => {
        const env = environment(`job-${call}`);
        await sweep(call, error, 8, async (words, what) => {
            const { status, stderr } = await run([...words, roster, 'job', 'start', '--', 'backup'], { env });
            assert.ok(status === 0 || /cannot|could not|failed/.test(stderr), `${what}: ${status} ${stderr}`);
            // strace has waited for all of them.
            const list = await run([roster, 'job', 'list', '--json'], { env });
            assert.equal(list.status, 0, `${what}: ${list.stderr}`);
            for (const job of JSON.parse(list.stdout))
                assert.notEqual(job.status, 'running', `${what}: ${job.id}`);
            assertWhole(env, await backups(env), what);
        });
        const { status, stderr } = await run([roster, 'backup'], { env });
        assert.equal(status, 0, `nothing is held up: ${stderr}`);
    });

// --- Revisions ---

for (const [call, error] of [['fsync', 'EIO'], ['write', 'ENOSPC']])
    test(`a revision whose ${call} fails with ${error} is a whole file, or none`, { timeout: 120000 }, async () => {
        const migrations = join(folder, `migrations-${call}`);
        cpSync('migrations', migrations, { recursive: true });
        const env = environment('revision', { ROSTER_MIGRATIONS: migrations });
        let n = 0;
        for (let injected = true; injected && n < 6;) {
            const before = readdirSync(migrations);
            const { status } = await run([...failing(call, error, ++n), roster, 'revision', '-m', 'of a test'], { env });
            injected = wasInjected();
            const made = readdirSync(migrations).filter((name) => !before.includes(name));
            const heads = await run([roster, 'heads'], { env });
            assert.equal(heads.status, 0, `${call} ${n}: ${heads.stderr}`);
            assert.ok(status !== 0 || made.length === 1, `${call} ${n}: said to be written, and ${made.length} are there`);
            made.forEach((name) => assert.match(name, /\.sql$/));
            made.forEach((name) => assert.match(readFileSync(join(migrations, name), 'utf8'), /-- revision: [^]*-- \+up[^]*-- \+down/));
            made.forEach((name) => rmSync(join(migrations, name)));
        }
        assert.ok(n > 1, `${call} is never called`);
    });

// --- Uploads ---

async function uploadForm(bytes) {
    const form = (await admin.form('/files/new')).set('content', { name: `${unique('disk')}.bin`, bytes });
    const entries = form.entries(form.button('_save'));
    return { name: form.files.get('content').name, type: 'multipart/form-data; boundary=b0undary', body: encodeMultipart(entries, 'b0undary') };
}

// What the form made is whole or not there; returns how often it is there.
function stored(name, bytes) {
    const found = rows("SELECT status, sha256, size_bytes FROM upload WHERE name = :'name'", { name });
    for (const row of found)
        assert.deepEqual([row.status, row.sha256, Number(row.size_bytes)],
            ['completed', createHash('sha256').update(bytes).digest('hex'), bytes.length]);
    return found.length;
}

for (const [call, error] of [['write', 'ENOSPC'], ['write', 'EIO']])
    test(`an upload during which a ${call} fails with ${error} is whole or said to have failed`, { timeout: 180000 }, async () => {
        const bytes = chance.bytes(300000);
        let n = 0;
        for (let injected = true; injected && n < 12;) {
            const { name, type, body } = await uploadForm(bytes);
            const { code, stdout, stderr, signal } = await cgi(admin, 'POST', '/files/new', { before: failing(call, error, ++n), type, body });
            injected = wasInjected();
            const times = stored(name, bytes), what = `${call} ${n}: ${code} ${stderr}`;
            assert.equal(signal, null, what);
            assert.ok(code === null || code === 303 || code >= 500, what);
            assert.equal(times, code === 303 || (code === null && times) ? 1 : 0, what);
            if (code >= 500)
                assert.match(stdout, /\r\n\r\n[^]*<\/html>\s*$/, what);
            if (code === 303)
                continue;
            // Sent again, as people do.
            assert.equal((await cgi(admin, 'POST', '/files/new', { type, body })).code, 303, what);
            assert.equal(stored(name, bytes), 1, what);
        }
        assert.ok(n > 1, `${call} is never called`);
    });

// --- Failed tries ---

test('where failed tries cannot be counted, none is allowed, and the log says why', async () => {
    const asked = await (await admin.get('/admin/seeds')).form('form[aria-labelledby="seed-initial"]').submit('_go');
    assert.equal(asked.heading, 'Enter your password again');
    for (const [call, error] of [['pwrite64', 'ENOSPC'], ['flock', 'EIO']]) {
        const form = asked.form('form').set('_password', 'wrong');
        const { code, stdout, stderr } = await cgi(admin, 'POST', '/admin/seeds', { type: 'application/x-www-form-urlencoded',
            body: Buffer.from(encode(form.entries(form.button()))), before: failing(call, error, '1+') });
        assert.equal(code, 429, `${call}: ${stderr}`);
        assert.match(String(stdout), /tries cannot be counted: the program's log says why|tries cannot be counted: the program&#39;s log says why/);
        assert.match(stderr, /cannot count/, call);
    }
});

// --- A file system that is full ---------------------------------------------------------------------------------------

// Where no namespace is to be had, a limit for the size of files stands in: a write that passes it fails as well.
const mounts = namespace('m');
const small = (path, kilobytes) => (mounts ? `mount -t tmpfs -o size=${kilobytes}k,mode=700 none '${path}'` : `ulimit -f ${kilobytes}`);
const large = (path) => (mounts ? `mount -o remount,size=200m '${path}'` : 'true');
const inMounts = (script, env) => inNamespace(mounts ?? ['env'], script, env);

test('a file system that fills during a backup: said, not listed, and of use afterwards', { timeout: 120000 }, async () => {
    const env = environment('full'), place = join(env.ROSTER_VAR, 'backups');
    mkdirSync(place, { mode: 0o700 });
    const { name, type, body } = await uploadForm(chance.bytes(3000000));
    assert.equal((await cgi(admin, 'POST', '/files/new', { type, body })).code, 303);
    const { stdout, stderr, status } = await inMounts(`
        (${small(place, 1000)}; ${mounts ? ':' : 'trap "" XFSZ'}
         for i in 1 2 3; do '${roster}' backup 2>&1 && echo MADE; done
         echo "FILES $(ls -A '${place}' | tr '\\n' ' ')"
         echo "LISTED $('${roster}' backups --json | tr -d '\\n')"
         ${mounts ? `echo "FREE $(df --output=avail -k '${place}' | tail -n 1)"` : ''}
         ${large(place)}
         ${mounts ? `'${roster}' backup --verify 2>&1; echo "AGAIN $?"; '${roster}' backups` : ''})`, env);
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout.match(/make room/g)?.length, 3, stdout);
    assert.doesNotMatch(stdout, /MADE/);
    assert.match(stdout, /^LISTED \[\]$/m);
    assert.doesNotMatch(stdout.match(/^FILES (.*)$/m)[1], /\.(part|dump|json)/);
    if (mounts) {
        assert.ok(Number(stdout.match(/^FREE +(\d+)$/m)[1]) > 900, stdout);
        assert.match(stdout, /^AGAIN 0$/m);
        assert.match(stdout.slice(stdout.indexOf('AGAIN')), /verified/);
    }
    psql("DELETE FROM upload WHERE name = :'name'", { name });
});

test('a file system that fills during an upload: said on a page, nothing is stored, and the next one is', { timeout: 120000 }, async () => {
    const place = join(process.env.ROSTER_VAR, 'tmp'), bytes = chance.bytes(600000);
    const { name, type, body } = await uploadForm(bytes);
    const wrapped = [...(mounts ?? ['env']), 'bash', '-euc', `${small(place, 100)}; ${mounts ? '' : 'trap "" XFSZ;'} exec "$@"`, 'bash'];
    const full = await cgi(admin, 'POST', '/files/new', { before: wrapped, type, body });
    assert.ok(full.code >= 500, JSON.stringify(full));
    assert.match(full.stdout, /<\/html>\s*$/);
    assert.equal(stored(name, bytes), 0);
    assert.equal((await cgi(admin, 'POST', '/files/new', { type, body })).code, 303);
    assert.equal(stored(name, bytes), 1);
});
