// The database of a site dies, hangs, or has no room for one more connection: nothing that was acknowledged is lost,
// nothing is done twice, no page waits for ever, and all is as before when it is back.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { psql, rows } from './data.mjs';
import { Session } from './faulty_database.mjs';
import { EMAIL, PASSWORD, signedIn, unique } from './lib.mjs';
import { OwnSite, childrenOf, isAlive, until } from './own_site.mjs';

const BUDGET = 5000; // milliseconds of a request
const SLOW = 6;      // seconds on top, for a machine that has other things to do
const site = new OwnSite('killed', { ROSTER_WORKERS: '4', ROSTER_REQUEST_BUDGET: String(BUDGET), ROSTER_STATEMENT_TIMEOUT: '4000' });
let admin, superuser;

before(async () => {
    await site.start();
    superuser = site.database.replace(/\/\/[^@]*@\/roster/, '//postgres@/postgres');
    // For holdTeams(), from the next start on.
    psql('ALTER SYSTEM SET max_prepared_transactions = 1', {}, superuser);
    await site.stop();
    await site.start();
    admin = await signedIn(EMAIL, PASSWORD, site.url);
});
after(() => site.remove());

const query = (sql, parameters) => psql(sql, parameters, site.database).trim();
const served = () => until('pages again', async () => (await admin.get('/teams/')).status === 200, 60).catch((e) => { e.message += site.output; throw e; });

async function timed(request) {
    const begin = Date.now();
    const answer = await request();
    return { answer, seconds: (Date.now() - begin) / 1000 };
}

function assertAway(answer) {
    assert.equal(answer.status, 503, answer.words);
    assert.deepEqual(answer.header('retry-after'), ['5']);
}

// A transaction that keeps every save of a team waiting. It is a prepared one, which belongs to no process: it is there
// until it is ended, also when the server has gone down and come back, so that no save slips in while that happens.
const holdTeams = () => query("BEGIN; LOCK TABLE team IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION 'held'");

async function endHold() {
    const said = (sql) => spawnSync('psql', ['-XqAt', '-c', sql, site.database], { encoding: 'utf8' }).stdout.trim();
    await until('the transaction is ended', () => said("ROLLBACK PREPARED 'held'") === '' && said('SELECT count(*) FROM pg_prepared_xacts') === '0', 60);
}

const waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
// A process that is always there: the youngest may be one that has just ended, which no signal reaches.
const writer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
const saveWaits = () => until('the save waits', () => query(waiting) !== '0', 10);

for (const [what, fault, back] of [
    ['is stopped', () => site.control('stop'), () => site.postmaster() ?? site.control('start')],
    ['is killed', () => process.kill(site.postmaster(), 'SIGKILL'), () => {}],
    ['loses one of its processes', () => process.kill(Number(query(writer)), 'SIGKILL'), () => {}],
])
    test(`a save in whose middle the database ${what} is rolled back, said, and saved at the next try`, async () => {
        const name = unique('middle');
        const form = (await admin.form('/teams/new')).set('name', name);
        holdTeams();
        try {
            const pending = timed(() => form.submit('_save'));
            await saveWaits();
            await fault();
            const { answer, seconds } = await pending;
            assertAway(answer);
            assert.ok(seconds < BUDGET / 1000 + SLOW, `${seconds} s`);
        } finally {
            back();
            await endHold();
        }
        await served();
        assert.equal(query("SELECT count(*) FROM team WHERE name = :'name'", { name }), '0');
        assert.equal((await form.submit('_save')).status, 303);
        assert.equal(query("SELECT count(*) FROM team WHERE name = :'name'", { name }), '1');
    });

test('kill -9 of the database while people save: every save that was acknowledged is there, once', { timeout: 180000 }, async () => {
    const prefix = unique('kept'), acknowledged = [];
    let over = false, failed = false, away = 0;
    const save = async (name) => {
        const page = await admin.get('/teams/new').catch(() => null);
        if (page?.status !== 200)
            return;
        const form = page.form().set('name', name);
        while (!failed) { // as a person would who is told to come again
            const answer = await form.submit('_save').catch(() => null);
            if (answer?.status === 303)
                return acknowledged.push([name, answer.location.split('/').pop()]);
            assert.ok(answer === null || answer.status === 503, answer?.words);
            away++;
            await sleep(200);
        }
    };
    const people = Array.from({ length: 4 }, async (_, person) => {
        for (let i = 0; !over; i++)
            await save(`${prefix}-${person}-${i}`);
    });
    try {
        for (let kills = 0; kills < 3; kills++) {
            const before = acknowledged.length;
            await until('saves', () => acknowledged.length > before + 5, 60);
            const old = site.postmaster();
            process.kill(old, 'SIGKILL');
            await until('another postmaster', () => site.postmaster() !== old && isAlive(site.postmaster() ?? 0), 60);
        }
        const before = acknowledged.length;
        await until('saves', () => acknowledged.length > before + 5, 60);
    } catch (error) {
        failed = true; // nobody goes on for ever
        throw error;
    } finally {
        over = true;
    }
    await Promise.all(people);
    const stored = rows("SELECT name, id::text FROM team WHERE name LIKE :'prefix' || '%' ORDER BY name", { prefix }, site.database);
    assert.deepEqual(stored.map(({ name, id }) => [name, id]), acknowledged.sort(([a], [b]) => (a < b ? -1 : 1)));
    assert.ok(away > 0, 'some had to come again');
});

test('a database that hangs costs each request its time, and none for ever', { timeout: 120000 }, async () => {
    const all = (signal) => [site.postmaster(), ...childrenOf(site.postmaster())].forEach((pid) => {
        try {
            process.kill(pid, signal);
        } catch {
            // it has ended meanwhile
        }
    });
    try {
        all('SIGSTOP');
        const results = await Promise.all(['/teams/', '/', '/account', '/teams/new'].map((path) => timed(() => admin.get(path))));
        for (const { answer, seconds } of results) {
            assertAway(answer);
            assert.ok(seconds < BUDGET / 1000 + SLOW, `${answer.path}: ${seconds} s`);
        }
        assert.equal((await admin.get('/healthz')).status, 200);
    } finally {
        all('SIGCONT');
    }
    await served();
});

// --- No room ---------------------------------------------------------------------------------------------------------

test('a pool of which every connection is taken is 503 soon, and served again when one is free', async () => {
    const taken = await Promise.all(Array.from({ length: 25 }, () => Session.open(site.pooler)));
    try {
        // As many of them as there is room for hold a transaction; the others wait, and are refused.
        taken.forEach((session) => session.run('BEGIN'));
        await until('the pool is taken', () => query("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") >= 20, 10);
        const { answer, seconds } = await timed(() => admin.get('/teams/'));
        assertAway(answer);
        assert.ok(seconds < BUDGET / 1000 + SLOW, `${seconds} s`);
    } finally {
        taken.forEach((session) => session.close());
    }
    await served();
});

test('a server that has no connection left is 503 soon, and served again when one is free', async () => {
    const taken = [];
    // The pool keeps connections of its own, which go first.
    query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    try {
        for (let session; (session = await Session.open(superuser)).open;)
            taken.push(session);
        assert.ok(taken.length > 50, `${taken.length} connections`);
        const results = await Promise.all(['/teams/', '/', '/account'].map((path) => timed(() => admin.get(path))));
        for (const { answer, seconds } of results) {
            assertAway(answer);
            assert.ok(seconds < BUDGET / 1000 + SLOW, `${answer.path}: ${seconds} s`);
        }
        assert.equal((await admin.get('/readyz')).status, 503);
    } finally {
        taken.forEach((session) => session.close());
    }
    await served();
});

test('a query whose client is gone stops', async () => {
    const name = unique('sleeper'), sleeps = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%' || :'name' || '%' AND wait_event = 'PgSleep'";
    for (const url of [site.pooler, site.database]) {
        const session = await Session.open(url);
        session.run(`SELECT pg_sleep(3600) /* ${name} */`);
        await until('it sleeps', () => query(sleeps, { name }) === '1');
        session.close();
        await until('it stops', () => query(sleeps, { name }) === '0', 30);
    }
});
