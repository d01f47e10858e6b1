// What comes to the program's socket and is no FastCGI: whatever it is, the site serves afterwards. Only the web server may
// reach that socket, so this is about faults rather than attacks. Every run sends the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './lib.mjs';
import { OwnSite, childrenOf, until } from './own_site.mjs';

const WORKERS = 3;
const [BEGIN, ABORT, PARAMS, STDIN, DATA] = [1, 2, 4, 5, 8];
const site = new OwnSite('fastcgi', { ROSTER_WORKERS: String(WORKERS) });

before(() => site.start());
after(() => site.remove());

// --- Records --------------------------------------------------------------------------------------------------------------

function record(type, content = '', { version = 1, id = 1, length = null, padding = 0 } = {}) {
    const bytes = Buffer.from(content, 'latin1');
    const head = Buffer.alloc(8);
    head.writeUInt8(version, 0);
    head.writeUInt8(type, 1);
    head.writeUInt16BE(id, 2);
    head.writeUInt16BE(length ?? bytes.length, 4);
    head.writeUInt8(padding, 6);
    return Buffer.concat([head, bytes, Buffer.alloc(padding)]);
}

const long = (number) => String.fromCharCode(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255);
const pair = (name, value) => long(name.length | 0x80000000) + long(value.length | 0x80000000) + name + value;
const begin = (role = 1, flags = 0) => record(BEGIN, `\0${String.fromCharCode(role, flags)}\0\0\0\0\0`);
const good = Buffer.concat([begin(), record(PARAMS, pair('REQUEST_METHOD', 'GET') + pair('REQUEST_URI', '/healthz')),
    record(PARAMS), record(STDIN)]);

// --- Chance, the same each time (a linear congruential generator) ----------------------------------------------------------

let state = 1;
function chance(below) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 65536) % below;
}
const some = (list) => list[chance(list.length)];
const noise = (length) => Array.from({ length }, () => String.fromCharCode(chance(256))).join('');

const malformed = [
    () => Buffer.from(noise(1 + chance(60)), 'latin1'),
    () => record(chance(256), noise(chance(40))),
    () => record(some([BEGIN, PARAMS, STDIN]), noise(8), { version: chance(256) }),
    () => record(BEGIN, noise(chance(20))),
    () => begin(2 + chance(250), chance(256)),
    () => record(PARAMS, noise(1 + chance(200))),
    () => record(PARAMS, pair('REQUEST_METHOD', noise(chance(30))) + pair(noise(chance(30)), noise(chance(30)))),
    () => record(PARAMS, pair('REQUEST_URI', `/${noise(chance(300))}`), { padding: chance(256) }),
    () => record(some([PARAMS, STDIN, DATA]), noise(chance(30)), { length: chance(65536) }),
    () => record(some([PARAMS, STDIN, ABORT]), noise(chance(30)), { id: chance(65536) }),
    () => record(PARAMS, long(0x80000000 | chance(70000)) + long(0x80000000 | chance(70000)) + noise(chance(50))),
    () => Buffer.concat([begin(), record(PARAMS, pair('REQUEST_METHOD', 'POST') + pair('CONTENT_LENGTH', some(['9', '-1', '99999999999'])))]),
    () => good.subarray(0, 1 + chance(good.length - 1)),
    () => Buffer.concat([good, good]),
];

// Lengths whose sum is more than an int holds; libfcgi aborts on them.
const aborting = [
    [0xc0000000, 0xc0000000], [0xfffffff0, 0x80000010], [0xfffffffe, 0x80000000],
].map(([name, value]) => Buffer.concat([begin(), record(PARAMS, long(name) + long(value) + 'x'.repeat(100))]));

const socketPath = () => join(site.environment.ROSTER_VAR, 'run', 'roster.sock');

// Sends and waits until the program has closed the connection.
function speak(bytes, { end = true } = {}) {
    return new Promise((resolve) => {
        const socket = connect(socketPath(), () => (end ? socket.end(bytes) : socket.write(bytes)));
        socket.on('error', resolve).on('close', resolve).resume();
    });
}

const health = async () => (await send(site.url, 'GET', '/healthz')).status;
const workers = () => childrenOf(site.processOf('program'));
const log = () => readFileSync(join(site.environment.ROSTER_VAR, 'log', 'program.log'), 'utf8');

// --- Tests ----------------------------------------------------------------------------------------------------------------

test('10,000 malformed records leave a site that serves', async () => {
    let answered = 0, sent = 0;
    const statuses = new Set();
    const flood = async () => {
        while (sent < 10000) {
            sent += 5;
            await speak(Buffer.concat(Array.from({ length: 5 }, () => some(malformed)())));
        }
    };
    const visitor = async () => {
        while (sent < 10000) {
            statuses.add(await health());
            answered++;
            await sleep(20);
        }
    };
    await Promise.all([flood(), flood(), flood(), flood(), visitor()]);
    assert.ok(answered > 0);
    assert.ok([...statuses].every((status) => status === 200 || status === 503), [...statuses].join());
    await until('the site serves', async () => (await health()) === 200, 10);
    await until('all workers are there', () => workers().length === WORKERS, 10);
});

test('workers that libfcgi aborts are replaced, and nobody is told a false 200', async () => {
    for (const bytes of aborting) {
        const before = workers();
        await speak(bytes);
        await until('a worker is replaced', () => workers().length === WORKERS && workers().some((pid) => !before.includes(pid)), 15);
        const { status, body } = await send(site.url, 'GET', '/healthz');
        assert.deepEqual([status, body.toString()], [200, 'ok\n']);
    }
    assert.match(log(), /"event":"worker ended","pid":\d+,"signal":6/);
});

test('peers that fall silent in the middle of a record do not keep the workers for long', async () => {
    const cuts = [Buffer.alloc(0), good.subarray(0, 3), good.subarray(0, 12), good.subarray(0, 20), good.subarray(0, good.length - 12)];
    const silent = Array.from({ length: 2 * WORKERS }, (_, i) => speak(cuts[i % cuts.length], { end: false }));
    const start = Date.now();
    await sleep(100);
    assert.equal(await health(), 200);
    assert.ok(Date.now() - start < 15000, `${Date.now() - start} ms`);
    await Promise.all(silent);
    assert.equal(workers().length, WORKERS);
});
