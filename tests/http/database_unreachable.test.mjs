// A site whose database is somewhere behind a network that refuses, swallows, stalls and breaks off: each page is answered
// within its time, with 503, and nothing is half saved.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { psql } from './data.mjs';
import { BlackHole, Way } from './faulty_database.mjs';
import { EMAIL, PASSWORD, signedIn, unique } from './lib.mjs';
import { OwnSite } from './own_site.mjs';

const BUDGET = 4000; // milliseconds of a request
const AT_ONCE = 1.5; // seconds, in which nothing is waited for
const SLOW = 6;      // seconds on top, for a machine that has other things to do
const way = new Way(process.env.DATABASE_DIRECT_URL);
let site, admin;

before(async () => {
    site = new OwnSite('unreachable', { DATABASE_URL: await way.open(), ROSTER_WORKERS: '3', ROSTER_REQUEST_BUDGET: String(BUDGET),
        ROSTER_STATEMENT_TIMEOUT: String(BUDGET - 1000), ROSTER_LOCK_TIMEOUT: '1000' });
    await site.start();
    admin = await signedIn(EMAIL, PASSWORD, site.url);
});
after(async () => {
    await site.remove();
    await way.close();
});

const count = (name) => psql("SELECT count(*) FROM team WHERE name = :'name'", { name }).trim();

function assertAway(answer) {
    assert.equal(answer.status, 503, answer.words);
    assert.equal(answer.heading, 'The database does not answer');
    assert.deepEqual(answer.header('retry-after'), ['5']);
}

// As many requests as there are workers; returns how long the slowest took.
async function allAway() {
    const begin = Date.now();
    for (const answer of await Promise.all(['/teams/', '/', '/account'].map((path) => admin.get(path))))
        assertAway(answer);
    return (Date.now() - begin) / 1000;
}

// The quickest of several tries: a machine that has other things to do does not hold up all of them.
async function quickest(tries, action) {
    let least = Infinity;
    for (let i = 0; i < tries; i++)
        least = Math.min(least, await action());
    return least;
}

async function allServed() {
    for (const answer of await Promise.all(['/teams/', '/', '/account'].map((path) => admin.get(path))))
        assert.equal(answer.status, 200, answer.words);
}

test('a server that refuses is said at once', async () => {
    await way.close();
    try {
        const seconds = await quickest(5, allAway);
        assert.ok(seconds < AT_ONCE, `${seconds} s`);
    } finally {
        await way.open();
    }
    await allServed();
});

test('a server whose packets are swallowed costs the time for connecting, and no more', async () => {
    await way.close();
    const hole = await new BlackHole().open(way.port);
    try {
        const seconds = await allAway();
        assert.ok(seconds > 1 && seconds < BUDGET / 1000 + SLOW, `${seconds} s`);
    } finally {
        await hole.close();
        await way.open();
    }
    await allServed();
});

test('a server that takes connections and says nothing costs no more either', async () => {
    way.silent = true;
    const seconds = await allAway();
    assert.ok(seconds > 1 && seconds < BUDGET / 1000 + SLOW, `${seconds} s`);
    way.clear();
    await allServed();
});

test('a server that falls silent in the middle of its answer costs the budget of the request', async () => {
    for (const bytes of [1, 500]) {
        way.stallAfter = bytes;
        const seconds = await allAway();
        assert.ok(seconds < BUDGET / 1000 + SLOW, `after ${bytes} bytes: ${seconds} s`);
    }
    way.clear();
    await allServed();
});

test('a connection that breaks after any number of bytes gives 503, never half a page', async () => {
    const whole = (await admin.get('/skills/')).words; // not '/account', where a sign-in from before may come late
    let away = 0;
    for (let bytes = 0; bytes < 3000; bytes += bytes < 1200 ? 37 : 200) {
        way.cutAfter = bytes;
        const answer = await admin.get('/skills/');
        if (answer.status === 200) {
            assert.equal(answer.words, whole, `after ${bytes} bytes`);
            continue;
        }
        assertAway(answer);
        away++;
    }
    way.clear();
    assert.ok(away > 10, `${away} were cut`);
    await allServed();
});

test('a save that breaks off after any number of bytes is whole or not there, and once when it is sent again', async () => {
    let away = 0;
    for (let bytes = 100; bytes < 1600; bytes += 70) {
        const name = unique('cut');
        const form = (await admin.form('/teams/new')).set('name', name);
        way.cutAfter = bytes;
        const answer = await form.submit('_save');
        way.clear();
        const rows = count(name);
        if (answer.status === 303) {
            assert.equal(rows, '1');
            continue;
        }
        assertAway(answer);
        away++;
        assert.equal(psql("SELECT count(*) FROM change WHERE title = :'name'", { name }).trim(), rows, 'with its line of history');
        assert.equal((await form.submit('_save')).status, 303);
        assert.equal(count(name), '1', `after ${bytes} bytes`);
    }
    assert.ok(away > 5, `${away} were cut`);
});
