// What people see while the database is away, and that nothing they saved is lost by it, nor by a worker that dies.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { psql } from './data.mjs';
import { Browser, EMAIL, PASSWORD, newAddress, signedIn, unique } from './lib.mjs';
import { OwnSite, childrenOf, isAlive, until } from './own_site.mjs';

const AT_ONCE = 1.5; // seconds, in which nothing is waited for
const site = new OwnSite('away', { ROSTER_WORKERS: '3' });
let admin;

before(async () => {
    await site.start();
    admin = await signedIn(EMAIL, PASSWORD, site.url);
});
after(() => site.remove());

const query = (sql, parameters) => psql(sql, parameters, site.database).trim();

async function timed(request) {
    const begin = Date.now();
    const answer = await request();
    return { answer, seconds: (Date.now() - begin) / 1000 };
}

async function whileAway(check) {
    site.control('stop');
    try {
        await check();
    } finally {
        site.control('start');
    }
    await until('pages again', async () => (await admin.get('/teams/')).status === 200, 5);
}

const workers = () => childrenOf(site.processOf('program'));

test('every page says at once that the database does not answer, and when to come again', async () => {
    await whileAway(async () => {
        let least = Infinity;
        for (const path of ['/', '/teams/', '/teams/1', '/teams/new', '/teams/1/edit', '/teams/1/history', '/teams/options', '/account']) {
            const { answer, seconds } = await timed(() => admin.get(path));
            assert.equal(answer.status, 503, path);
            assert.equal(answer.heading, 'The database does not answer');
            assert.deepEqual(answer.header('retry-after'), ['5']);
            assert.equal(answer.link('Try again'), path);
            assert.ok(seconds < 5, `${path}: ${seconds} s`);
            least = Math.min(least, seconds);
        }
        // The quickest of them all: a machine that has other things to do does not hold up each.
        assert.ok(least < AT_ONCE, `${least} s`);
    });
});

test('the program lives on, says that it is not ready, and serves what needs no database', async () => {
    const before = workers();
    await whileAway(async () => {
        assert.equal((await admin.get('/healthz')).status, 200);
        const ready = await admin.get('/readyz');
        assert.deepEqual([ready.status, ready.text, ready.header('retry-after')[0]], [503, 'the database does not answer\n', '5']);
        assert.equal((await admin.get('/static/roster.css')).status, 200);
        assert.equal((await admin.get('/sign-in')).status, 200);
    });
    assert.deepEqual(workers(), before, 'the same workers');
    assert.equal((await admin.get('/readyz')).status, 200);
});

test('a form that is sent while the database is away can be sent again when it is back', async () => {
    const name = unique('patient');
    const form = (await admin.form('/teams/new')).set('name', name);
    await whileAway(async () => {
        const { answer, seconds } = await timed(() => form.submit('_save'));
        assert.equal(answer.status, 503);
        assert.match(answer.words, /Nothing was changed, or what you sent was saved whole/);
        assert.ok(seconds < 5, `${seconds} s`);
    });
    assert.equal((await form.submit('_save')).status, 303);
    assert.equal(query("SELECT count(*) FROM team WHERE name = :'name'", { name }), '1');
});

test('who tries to sign in or to use a reset link while the database is away need not wait when it is back', async () => {
    const person = new Browser(site.url, newAddress()); // its first page sets the cookie that forms are bound to
    const signIn = (await person.form('/sign-in', 'form')).fill({ email: EMAIL, password: PASSWORD });
    const reset = (await person.form('/reset', 'form')).fill({ token: unique('token'), new: 'three cold lamps', repeat: 'three cold lamps' });
    await whileAway(async () => {
        for (let i = 0; i < 10; i++)
            assert.equal((await signIn.submit()).status, 503);
        for (let i = 0; i < 82; i++)
            assert.equal((await reset.submit()).status, 503);
    });
    assert.equal((await reset.submit()).status, 422);
    assert.equal((await signIn.submit()).status, 303);
});

test('many requests at once while the database is away are all answered soon', async () => {
    await whileAway(async () => {
        const { answer, seconds } = await timed(() => Promise.all(Array.from({ length: 24 }, () => admin.get('/teams/'))));
        assert.ok(answer.every(({ status }) => status === 503), answer.map(({ status }) => status).join());
        assert.ok(seconds < 20, `${seconds} s`);
    });
});

test('a database that restarts under load loses no save and makes none twice', { timeout: 120000 }, async () => {
    const prefix = unique('load');
    const answers = [];
    const save = async (i) => {
        const form = (await admin.get('/teams/new')).form().set('name', `${prefix}-${i}`);
        for (;;) { // as a person would who is told to come again
            const answer = await form.submit('_save');
            if (answer.status !== 503)
                return answers.push(answer.status);
            await sleep(200);
        }
    };
    const run = async (from) => {
        for (let i = from; i < from + 10; i++)
            for (;;)
                try {
                    await save(i);
                    break;
                } catch { // the form could not be opened
                    await sleep(200);
                }
    };
    const load = Promise.all([run(0), run(10), run(20)]);
    await sleep(200);
    site.control('stop');
    await sleep(500);
    site.control('start');
    await load;
    assert.deepEqual([...new Set(answers)], [303]);
    assert.equal(query("SELECT count(*) || ' ' || count(DISTINCT name) FROM team WHERE name LIKE :'prefix' || '%'", { prefix }), '30 30');
});

test('a statement that waits for a lock is given up in time, and says so', async () => {
    const name = unique('locked');
    const made = await (await admin.form('/teams/new')).set('name', name).submit('_save');
    const form = (await admin.form(`${made.location}/edit`)).set('description', 'late');
    const holder = spawn('psql', ['-Xq', site.database], { stdio: ['pipe', 'pipe', 'inherit'] });
    holder.stdin.write(`BEGIN; UPDATE team SET description = 'held' WHERE name = '${name}'; SELECT 'held';\n`);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    try {
        const { answer, seconds } = await timed(() => form.submit('_save'));
        assert.equal(answer.status, 503, answer.words);
        assert.ok(seconds > 2 && seconds < 8, `${seconds} s`);
    } finally {
        holder.stdin.end('ROLLBACK;\n');
        await new Promise((resolve) => holder.on('close', resolve));
    }
    assert.equal((await form.submit('_save')).status, 303);
});

test('a worker that is killed is replaced, and requests go on', async () => {
    const old = workers();
    assert.equal(old.length, 3);
    for (const pid of old) {
        process.kill(pid, 'SIGKILL');
        const answer = await admin.get('/teams/');
        assert.ok([200, 503].includes(answer.status), `${answer.status}`);
    }
    await until('three new workers', () => workers().length === 3 && !workers().some((pid) => old.includes(pid)));
    const answers = await Promise.all(Array.from({ length: 12 }, () => admin.get('/teams/')));
    assert.ok(answers.every(({ status }) => status === 200));
});

test('a worker that is killed while it saves leaves nothing half done', async () => {
    const name = unique('halfway');
    const form = (await admin.form('/teams/new')).set('name', name);
    const holder = spawn('psql', ['-Xq', site.database], { stdio: ['pipe', 'pipe', 'inherit'] });
    holder.stdin.write("BEGIN; LOCK TABLE change; SELECT 'held';\n");
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const pending = form.submit('_save');
    await until('the save waits', () => query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") !== '0', 5);
    workers().forEach((pid) => process.kill(pid, 'SIGKILL'));
    const answer = await pending;
    assert.equal(answer.status, 503);
    assert.equal(answer.heading, 'The site is not available');
    holder.stdin.end('ROLLBACK;\n');
    await new Promise((resolve) => holder.on('close', resolve));
    await until('pages again', async () => (await admin.get('/teams/')).status === 200);
    const saved = Number(query("SELECT count(*) FROM team WHERE name = :'name'", { name }));
    assert.equal(Number(query("SELECT count(*) FROM change WHERE title = :'name'", { name })), saved, 'whole or not at all');
    assert.equal((await form.submit('_save')).status, 303);
    assert.equal(query("SELECT count(*) FROM team WHERE name = :'name'", { name }), '1');
});

test('SIGTERM ends everything that the site started, also while the database is away', async () => {
    const pids = ['nginx', 'program', 'pgbouncer'].map((name) => site.processOf(name)).flatMap((pid) => [pid, ...childrenOf(pid)]);
    assert.ok(pids.length >= 3 + 2 + 3 && pids.every(isAlive), pids.join());
    site.control('stop');
    assert.equal(await site.stop(), 0);
    await until('no process is left', () => !pids.some(isAlive));
});
