// Mixed load while workers and the database are killed at random: no wrong answer, none refused but for what was just
// broken, no acknowledged write lost or done twice, no memory that grows. SOAK_SECONDS says how long (300); `make soak`
// takes an hour. TEST_SEED repeats the choices of an earlier run, though not its timing.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance, newSeed } from './chance.mjs';
import { psql, rows } from './data.mjs';
import { unique } from './lib.mjs';
import { BUILD, OwnSite, until } from './own_site.mjs';
import { Breaker, Scales } from './soak_faults.mjs';
import { Person } from './soak_people.mjs';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 300);
const PEOPLE = 6;
const MOST_WRONG = 20;      // then it is not worth going on
// Who is refused after waiting so long was not served by a machine that had other things to do; seldom, and that is all.
const HELD_UP_MS = 1000, SELDOM = 0.002;
// Of one process: caches and the heap's unevenness, whatever the length of the run. Sanitizers have more of both.
const GROWTH_KB = Number(process.env.MEMORY_GROWTH_KB ?? 1536);
const site = new OwnSite('soak', { ROSTER_WORKERS: '4', ROSTER_SEEDS_AT_START: 'initial demo' });

const seed = newSeed();
const journal = {
    requests: {}, statuses: {}, brokenOff: 0, acknowledged: 0, wrongs: [], slowest: 0, heldUp: 0, quiet: 0,
    mayFail(begin) {
        if (this.isFelt(begin))
            return true;
        const heldUp = Date.now() - begin >= HELD_UP_MS;
        this.heldUp += heldUp;
        return heldUp;
    },
    sent(kind, status, milliseconds) {
        this.requests[kind] = (this.requests[kind] ?? 0) + 1;
        this.statuses[status] = (this.statuses[status] ?? 0) + 1;
        this.quiet += !this.isFelt(Date.now() - milliseconds);
        this.slowest = Math.max(this.slowest, milliseconds);
    },
    broke() {
        this.brokenOff++;
    },
    saved() {
        this.acknowledged++;
    },
    wrong(text) {
        this.wrongs.push(text);
    },
    isOver() {
        return this.wrongs.length >= MOST_WRONG || site.child.exitCode !== null;
    },
};

before(async () => {
    await site.start();
    site.program = { key: unique('key'), members: ['one', 'other'] };
    psql(`WITH t AS (INSERT INTO team (name, owner_id, visibility) SELECT 'read-by-programs', min(id), 'private'::team_visibility FROM "user" RETURNING id),
        m AS (INSERT INTO member (team_id, name, role) SELECT id, unnest('{one,other}'::text[]), 'x' FROM t)
        INSERT INTO api_key (team_id, description, hashed_key) SELECT id, 'x', encode(sha256(:'key'), 'hex') FROM t`, site.program, site.database);
});
after(() => site.remove());

// Rows of a person's that are not as the last answer said, in words.
function differences(person) {
    const found = [];
    for (const table of new Set([...person.records, ...person.gone].map((record) => record.table))) {
        const stored = rows(`SELECT * FROM "${table}" WHERE name LIKE :'like'`, { like: `${person.name}-%` }, site.database);
        const kept = person.records.filter((record) => record.table === table);
        if (stored.length !== kept.length)
            found.push(`${table}: ${stored.length} rows of ${person.name}, ${kept.length} were acknowledged`);
        for (const { id, values } of kept) {
            const row = stored.find((each) => String(each.id) === id);
            for (const [field, value] of Object.entries(row ? values : { id })) {
                const is = field === 'capacity_hours' ? Number(row?.[field]).toFixed(2)
                    : row?.[field] instanceof Object ? JSON.stringify(row[field]) : String(row?.[field]);
                if (is !== value)
                    found.push(`${table} ${id} of ${person.name}: ${field} is ${is}, not ${value}`);
            }
        }
    }
    return found;
}

// Each save stands in the history as often as it was acknowledged.
function historyDifferences(person) {
    const counted = new Map(rows("SELECT model, record, count(*) FILTER (WHERE action = 'created') AS created,"
        + " count(*) FILTER (WHERE action = 'changed') AS changed, count(*) FILTER (WHERE action = 'deleted') AS deleted FROM change"
        + " WHERE title LIKE :'like' GROUP BY model, record", { like: `${person.name}-%` }, site.database)
        .map(({ model, record, created, changed, deleted }) => [`${model} ${record}`, [created, changed, deleted].join()]));
    return [...person.records, ...person.gone].flatMap((record) => {
        const wanted = [1, record.saves - 1, person.gone.includes(record) ? 1 : 0].join();
        const is = counted.get(`${record.table} ${record.id}`);
        return is === wanted ? [] : [`history of ${record.table} ${record.id}: created, changed, deleted ${is}, not ${wanted}`];
    });
}

// What happened last, for when the site does not come back.
function lastWords(breaker) {
    const folder = join(site.environment.ROSTER_VAR, 'log');
    const logs = readdirSync(folder).map((name) => `${name}:\n${readFileSync(join(folder, name), 'utf8').slice(-3000)}`);
    return [...journal.wrongs, ...breaker.diary.slice(-12), site.output.slice(-3000), ...logs].join('\n');
}

test(`${SECONDS} seconds of load, with processes killed at random`, { timeout: SECONDS * 1000 + 600000 }, async (context) => {
    const breaker = new Breaker(site, new Chance(seed)), scales = new Scales(site);
    journal.isFelt = (time) => breaker.isFelt(time);
    const people = Array.from({ length: PEOPLE }, (_, i) => new Person(site, journal, `soaked${i}`, new Chance(seed + i + 1)));
    const end = Date.now() + SECONDS * 1000, isOver = () => journal.isOver();
    const begin = Date.now();
    await Promise.all([
        ...people.map((person) => person.work(end)),
        breaker.work(end - Math.min(10000, SECONDS * 100), isOver),
        scales.work(end, isOver, Math.max(1000, SECONDS * 5)),
    ]);
    assert.equal(site.child.exitCode, null, `the site gave up: ${site.output.slice(-2000)}`);
    await until('the site serves', async () => (await people[0].browser.get('/readyz').catch(() => ({ status: 0 }))).status === 200, 60)
        .catch((error) => assert.fail(`${error.message}\n${lastWords(breaker)}`));
    await sleep(1000);
    const lost = people.flatMap((person) => [...differences(person), ...historyDifferences(person)]);
    const growth = scales.growth();
    const answers = Object.values(journal.statuses).reduce((sum, each) => sum + each, 0);
    const failed = (journal.statuses[503] ?? 0) + journal.brokenOff, explained = breaker.explained(PEOPLE);
    const checked = people.reduce((sum, { records, gone }) => sum + records.length + gone.length, 0);
    const summary = [
        `seed ${seed}, ${Math.round((Date.now() - begin) / 1000)} s, ${PEOPLE} people`,
        `requests ${JSON.stringify(journal.requests)}, answers ${JSON.stringify(journal.statuses)}, broken off ${journal.brokenOff},`
            + ` slowest ${journal.slowest} ms`,
        `failed ${failed} of ${answers + journal.brokenOff}, the faults explain ${explained} at most; answered while all was well ${journal.quiet},`
            + ` held up ${journal.heldUp}`,
        `killed ${JSON.stringify(breaker.kills)}`,
        `acknowledged writes ${journal.acknowledged}, in ${checked} records that were compared: ${lost.length} differ`,
        `wrong answers ${journal.wrongs.length}`,
        ...growth.map(({ name, pid, seconds, early, late }) => `memory of ${name} ${pid} over ${seconds} s: ${early} kB, then ${late} kB`),
    ];
    [...summary, ...lost.slice(0, 50)].forEach((line) => context.diagnostic(line));
    writeFileSync(join(BUILD, 'soak.txt'), `${summary.join('\n')}\n`);
    assert.deepEqual(journal.wrongs, [], summary.join('\n'));
    assert.ok(failed <= explained + journal.heldUp, summary.join('\n'));
    assert.ok(journal.heldUp <= answers * SELDOM, summary.join('\n'));
    assert.ok(journal.quiet > answers / 5, summary.join('\n'));
    assert.deepEqual(lost, [], summary.join('\n'));
    assert.ok(journal.acknowledged > SECONDS / 5, summary.join('\n'));
    assert.ok(growth.some(({ name }) => name === 'worker'), 'no worker lived long enough to be weighed');
    for (const { name, pid, early, late } of growth)
        assert.ok(late - early <= GROWTH_KB, `${name} ${pid} grew from ${early} kB to ${late} kB\n${summary.join('\n')}`);
});
