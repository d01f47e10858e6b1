// Measures the site of run.sh and prints a table. Everything that is compared is measured alternately: ratios of
// one run carry over to other machines, absolute numbers do not.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { measureBackup } from './backup.mjs';
import { capture } from './capture.mjs';
import { CLIENTS, SECONDS, alternate, median, pgbench, run, wrk } from './load.mjs';
import { measureMigrations } from './migrations.mjs';
import { Report } from './report.mjs';
import { SITE, Visitor, get, memory, processorTime, readForm, signIn, startOnce } from './site.mjs';
import { startStill } from './still.mjs';

const WORK = process.env.BENCH_WORK;
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const ONLY = (process.env.ONLY ?? 'memory start pages people save depth migrations backup').split(' ');
const DATABASE = process.env.DATABASE_URL;
const FRESH = 'pgbench -C, the same statements';
const report = new Report({ clients: CLIENTS, seconds: SECONDS, rounds: ROUNDS, processors: cpus().length });

async function sql(...statements) {
    const output = await run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
        ...statements.flatMap((statement) => ['-c', statement]), process.env.DATABASE_DIRECT_URL]);
    return output.trim();
}

/* --- Memory and start ---------------------------------------------------------------------------------------- */

async function measureMemory(cookie, teams) {
    const file = join(WORK, 'mix'), seen = [];
    const lines = teams.slice(0, 100).flatMap((id) => ['/teams/', `/teams/${id}`,
        '/teams/?workflow=sequential&sort=-name', `/members/?team_id=${id}`, `/teams/${id}/edit`]);
    writeFileSync(file, `${lines.join('\n')}\n`);
    let requests = 0;
    for (const goal of [1000, 10000, 100000]) {
        while (requests < goal) requests += (await wrk(SITE, { cookie, paths: file, seconds: 1 })).requests;
        const kilobytes = memory();
        seen.push({ requests, median: median(kilobytes), largest: Math.max(...kilobytes), each: kilobytes });
    }
    report.results.memory = seen;
    console.log('\nmemory of a worker (PSS), under a mix of pages');
    for (const at of seen)
        console.log(`  after ${String(at.requests).padStart(6)} requests: ${(at.median / 1024).toFixed(2)} MB,`
            + ` the largest ${(at.largest / 1024).toFixed(2)} MB`);
    report.target('largest PSS after 100,000 requests, MB', seen[2].largest / 1024, 'at most', 4);
    report.target('PSS after 100,000 beside 10,000 requests', seen[2].median / seen[1].median, 'at most', 1.02, 3);
}

async function measureStart() {
    const times = [];
    for (let number = 0; number < 20; number++) times.push(await startOnce(WORK));
    report.results.start = { median: median(times), largest: Math.max(...times) };
    console.log(`\nfrom the start of roster.fcgi to its first answer, the largest of ${times.length}:`
        + ` ${Math.max(...times).toFixed(1)} ms`);
    report.target('start to first answer, median ms', median(times), 'at most', 50, 1);
}

/* wrk, and what the site's programs worked for each of its requests, in microseconds. */
async function wrkAndWork(url, options) {
    const before = processorTime();
    const result = await wrk(url, options);
    const after = processorTime();
    for (const name of Object.keys(after)) result[name] = (after[name] - before[name]) / result.requests;
    return result;
}

function showWork({ program, nginx, pgbouncer, postgres }) {
    const text = Object.entries({ program, nginx, PgBouncer: pgbouncer, PostgreSQL: postgres })
        .map(([name, microseconds]) => `${name} ${microseconds.toFixed(0)}`);
    console.log(`  processor time of a request, microseconds: ${text.join(', ')}`);
}

/* --- Pages --------------------------------------------------------------------------------------------------- */

async function measurePage(cookie, name, path, query = '') {
    const address = query ? `${path}?${query}` : path;
    const page = await get(address, cookie), bytes = Buffer.byteLength(page);
    const script = await capture({ path, query, cookie }, WORK, name);
    const still = await startStill(WORK), file = still.put('page.htm', page);
    try {
        const medians = await alternate({
            [name]: () => wrkAndWork(SITE + address, { cookie }),
            [FRESH]: () => pgbench(DATABASE, script, { fresh: true }),
            'pgbench, kept connections': () => pgbench(DATABASE, script),
            'nginx, a file of the same size': () => wrk(file),
        }, ROUNDS);
        report.results[name] = { address, bytes, trips: script.trips, medians };
        report.table(`${address}: ${bytes} bytes, statements a round trip ${script.trips.join(' + ')}`, medians);
        showWork(medians[name]);
        report.target(`${name} beside pgbench -C`, medians[FRESH].ratio, 'at least', 0.35);
        return medians[name];
    } finally {
        await still.stop();
    }
}

async function measurePages(cookie, team) {
    const { p50, p99 } = await measurePage(cookie, 'list of 25 teams', '/teams/');
    report.target('p99 of the list beside its p50', p99 / p50, 'at most', 3);
    await measurePage(cookie, 'page of a team', `/teams/${team}`);
    await measurePage(cookie, 'filtered list of threads', '/threads/',
        `team_id=${team}&status=waiting&sort=-due_on`);
}

/* --- The same lists under the rules of access ---------------------------------------------------------------- */

/* Somebody who is no superuser and owns that team, with the first superuser's password. */
async function ordinaryOwner(team) {
    const [id, email] = (await sql(`SELECT u.id, u.email FROM "user" u JOIN team t ON t.owner_id = u.id
        WHERE t.id = ${team} AND NOT u.is_superuser`)).split('|');
    await sql(`UPDATE "user" SET must_change_password = false, is_active = true, hashed_password =
        (SELECT hashed_password FROM "user" WHERE email = '${process.env.FIRST_SUPERUSER}') WHERE id = ${id}`);
    return signIn(email);
}

async function measurePeople(team) {
    const cookie = await ordinaryOwner(team);
    for (const path of ['/teams/', '/members/', '/threads/'])
        await measurePage(cookie, `${path.split('/')[1]}, as their owner`, path);
}

/* --- Saving -------------------------------------------------------------------------------------------------- */

const BEFORE = 'Measured again and again, first state.';
const AFTER = 'Measured again and again, second state.';

/* What a browser would send of a form in which only the description was changed. */
function formBody(page, description) {
    const fields = readForm(page).map(([name, value]) => [name, name === 'description' ? description : value]);
    return new URLSearchParams([...fields, ['_save', '1']]).toString();
}

/* For each record the form that changes it, and the one that changes it back. */
async function writeForms(cookie, teams, file) {
    const lines = [];
    for (const id of teams) {
        const path = `/teams/${id}/edit`, page = await get(path, cookie);
        lines.push([path, formBody(page, AFTER), formBody(page.replaceAll(BEFORE, AFTER), BEFORE)].join('\t'));
    }
    writeFileSync(file, `${lines.join('\n')}\n`);
}

async function captureSave(cookie, teams) {
    const id = teams.at(-1), path = `/teams/${id}/edit`;
    const body = formBody(await get(path, cookie), AFTER);
    return capture({ method: 'POST', path, cookie, body, status: 303 }, WORK, 'save', {
        set: [`\\set id random(${teams[0]}, ${id})`, '\\set text random(1, 1000000000)'],
        vary: { [String(id)]: 'id', [AFTER]: 'text' },
    });
}

async function measureSave(cookie, teams) {
    const forms = join(WORK, 'forms');
    const reset = `UPDATE team SET description = '${BEFORE}' WHERE id IN (${teams.join()})`;
    await sql(reset);
    await writeForms(cookie, teams, forms);
    const script = await captureSave(cookie, teams);
    const anew = (measure) => async () => {
        await sql(reset, 'VACUUM team', 'VACUUM change');
        return measure();
    };
    const medians = await alternate({
        'save, POST to 303': anew(() => wrkAndWork(SITE, { cookie, forms })),
        [FRESH]: anew(() => pgbench(DATABASE, script, { fresh: true })),
        'pgbench, kept connections': anew(() => pgbench(DATABASE, script)),
    }, ROUNDS);
    report.results.save = { trips: script.trips, medians };
    report.table(`a changed team: statements a round trip ${script.trips.join(' + ')}`, medians);
    showWork(medians['save, POST to 303']);
    report.target('save beside pgbench -C', medians[FRESH].ratio, 'at least', 0.5);
}

/* --- Pages far behind ---------------------------------------------------------------------------------------- */

/* The page that begins behind a row, with a cursor as the program's own links have it. */
async function addressBehind(cookie, row) {
    const rows = await sql('SELECT json_build_array(created_at::text, id::text), id FROM checkpoint'
        + ` ORDER BY created_at, id LIMIT 2 OFFSET ${row - 1}`);
    const [cursor, id] = [rows.split('|')[0], rows.split('|').at(-1)];
    const address = `/checkpoints/?sort=created_at&after=${Buffer.from(cursor).toString('base64url')}`;
    const [, first] = /<tbody>[\s\S]*?href="\/checkpoints\/([^"]*)"/.exec(await get(address, cookie));
    if (first !== id) throw new Error(`the page behind row ${row} begins with ${first}, not with ${id}`);
    return address;
}

/* Asked in turn, one by one: the difference is small, and whatever else happens must meet both. */
async function measureDepth(cookie) {
    const rows = Number(await sql('SELECT count(*) FROM checkpoint')), row = Math.floor(rows * 0.9);
    const addresses = ['/checkpoints/?sort=created_at', await addressBehind(cookie, row)];
    const times = [[], []];
    for (let round = 0; round < 20; round++) {
        const visitor = new Visitor(cookie);
        for (let number = 0; number < 100; number++)
            times[number % 2].push(await visitor.ask(addresses[number % 2]));
        visitor.leave();
    }
    const [near, far] = times.map(median);
    report.results.depth = { rows, row, near, far };
    console.log(`\n${rows} checkpoints by date, medians: first page ${near.toFixed(2)} ms, behind row ${row}`
        + ` ${far.toFixed(2)} ms`);
    report.target('deep page beside the first', far / near, 'at most', 1.2);
}

const cookie = await signIn();
const teams = (await sql('SELECT id FROM team ORDER BY id LIMIT 400')).split('\n').map(Number);
const own = Number(await sql('SELECT team_id FROM thread GROUP BY 1 ORDER BY count(*) DESC LIMIT 1'));
console.log(`${CLIENTS} clients, medians of ${ROUNDS} rounds of ${SECONDS} s; ratio: the first rate beside each`);
if (ONLY.includes('memory')) await measureMemory(cookie, teams);
if (ONLY.includes('start')) await measureStart();
if (ONLY.includes('pages')) await measurePages(cookie, own);
if (ONLY.includes('people')) await measurePeople(own);
if (ONLY.includes('save')) await measureSave(cookie, teams);
if (ONLY.includes('depth')) await measureDepth(cookie);
if (ONLY.includes('migrations')) await measureMigrations(report);
if (ONLY.includes('backup')) await measureBackup(report, WORK, ROUNDS);
report.finish(join(process.env.BUILD, 'bench.json'));
