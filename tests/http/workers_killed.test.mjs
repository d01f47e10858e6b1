// Workers that are killed while they answer: a page is whole and right or it is not there, never half a page that looks
// whole. And what a site says that has no workers, or whose workers hang.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance, newSeed } from './chance.mjs';
import { EMAIL, PASSWORD, signedIn, unique } from './lib.mjs';
import { OwnSite, childrenOf, isAlive, until } from './own_site.mjs';

const site = new OwnSite('workers', { ROSTER_WORKERS: '4', ROSTER_SEEDS_AT_START: 'initial demo' });
const chance = new Chance(newSeed());
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
let admin;

before(async () => {
    await site.start();
    admin = await signedIn(EMAIL, PASSWORD, site.url);
});
after(() => site.remove());

const program = () => site.processOf('program');
const workers = () => childrenOf(program());

function kill(pid, signal = 'SIGKILL') {
    try {
        process.kill(pid, signal);
    } catch {
        // it has ended meanwhile
    }
}

async function upload(length) {
    const bytes = chance.bytes(length);
    const form = (await admin.form('/files/new')).set('content', { name: 'large.bin', bytes });
    const answer = await form.submit('_save');
    await answer.follow(); // which says once that it was added
    return { path: `${answer.location}/file/content`, sha256: sha256(bytes) };
}

// What differs from one time to the next and says nothing about the page.
const plain = (answer) => answer.text.replace(/name="(csrf|_token)" value="[^"]*"/g, '');

test('workers are killed at any moment under load: every 200 is whole and right, and they are replaced', { timeout: 180000 }, async () => {
    const file = await upload(3000000), pages = new Map();
    for (const path of ['/teams/', '/members/', '/', '/account', '/skills/', '/teams/new'])
        pages.set(path, plain(await admin.get(path)));
    const tally = { whole: 0, away: 0, broken: 0, kills: 0 }, seen = new Set(workers());
    let over = false;
    const look = async (path) => {
        const answer = await admin.get(path).catch(() => null);
        if (!answer)
            tally.broken++; // noticed, as it has to be
        else if (answer.status === 503) {
            assert.equal(answer.heading, 'The site is not available');
            tally.away++;
        } else {
            assert.equal(answer.status, 200, `${path}: ${answer.text}`);
            if (path === file.path)
                assert.equal(sha256(answer.body), file.sha256);
            else
                assert.ok(plain(answer) === pages.get(path), `${path} is another page: ${answer.words}`);
            tally.whole++;
        }
    };
    const load = Array.from({ length: 6 }, async () => {
        while (!over)
            await look(chance.of([file.path, ...pages.keys()]));
    });
    while (tally.kills < 80) {
        await sleep(chance.between(5, 120));
        const alive = workers();
        alive.forEach((pid) => seen.add(pid));
        if (alive.length > 0) {
            kill(chance.of(alive));
            tally.kills++;
        }
    }
    over = true;
    await Promise.all(load);
    assert.ok(tally.whole > 50 && tally.away + tally.broken > 0, JSON.stringify(tally));
    await until('all workers', () => workers().length === 4 && workers().every((pid) => isAlive(pid)), 30);
    workers().forEach((pid) => seen.add(pid));
    assert.ok(seen.size > 40, `${seen.size} workers were seen`);
});

test('a worker that is killed in the middle of sending never makes a false whole', { timeout: 120000 }, async () => {
    const file = await upload(20000000);
    const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { hostname, port } = new URL(site.url);
    let cut = 0;
    for (let i = 0; i < 12; i++) {
        const socket = connect(Number(port), hostname);
        const pieces = [];
        let length = 0;
        socket.on('data', (piece) => {
            pieces.push(piece);
            length += piece.length;
            if (length > 1000 + i * 300000 && !socket.killed) {
                socket.killed = true;
                workers().forEach((pid) => kill(pid));
            }
        });
        socket.on('error', () => {});
        socket.write(`GET ${file.path} HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
        await new Promise((resolve) => socket.on('close', resolve));
        const answer = Buffer.concat(pieces), head = answer.indexOf('\r\n\r\n');
        const announced = Number(answer.toString('latin1', 0, head).match(/\r\ncontent-length: (\d+)/i)?.[1]);
        const body = answer.subarray(head + 4);
        assert.equal(announced, 20000000, 'the length is said before');
        if (body.length === announced)
            assert.equal(sha256(body), file.sha256);
        else
            cut++;
        await until('pages again', async () => (await admin.get('/teams/').catch(() => ({}))).status === 200, 30);
    }
    assert.ok(cut > 0, 'none was cut');
});

test('all workers and their supervisor dead: 503 with Retry-After and the page of the site; served again after', async () => {
    site.child.kill('SIGSTOP'); // who would start them again
    try {
        process.kill(-program(), 'SIGKILL');
        await until('all are dead', async () => (await admin.get('/healthz')).status === 503);
        for (const [method, path] of [['GET', '/teams/'], ['POST', '/teams/new'], ['GET', '/readyz']]) {
            const answer = await admin.request(method, path);
            assert.equal(answer.status, 503);
            assert.equal(answer.heading, 'The site is not available');
            assert.deepEqual(answer.header('retry-after'), ['5']);
        }
        assert.equal((await admin.request('HEAD', '/teams/')).status, 503);
    } finally {
        site.child.kill('SIGCONT');
    }
    await until('pages again', async () => (await admin.get('/teams/')).status === 200);
});

test('workers that hang: 503 with Retry-After in bounded time; served again when they go on', { timeout: 180000 }, async () => {
    await until('all workers', () => workers().length === 4, 30);
    const hung = [program(), ...workers()], name = unique('hung');
    const form = (await admin.form('/teams/new')).set('name', name);
    hung.forEach((pid) => kill(pid, 'SIGSTOP'));
    try {
        const answers = await Promise.all([admin.get('/teams/'), admin.get('/healthz'), form.submit('_save')]);
        for (const answer of answers) {
            assert.equal(answer.status, 503);
            assert.equal(answer.heading, 'The site is not available');
            assert.deepEqual(answer.header('retry-after'), ['5']);
        }
        assert.equal((await admin.get('/static/roster.css')).status, 200);
    } finally {
        hung.forEach((pid) => kill(pid, 'SIGCONT'));
    }
    await until('pages again', async () => (await admin.get('/teams/')).status === 200);
    assert.equal((await form.submit('_save')).status, 303);
    const found = (await admin.get(`/teams/?q=${name}`)).rows;
    assert.equal(found.length, 1, 'once, whatever became of the first try');
});
