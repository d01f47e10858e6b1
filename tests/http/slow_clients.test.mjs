// Clients that are slow on purpose or by nature are nginx's business, and cost nobody else a worker.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SITE, send, signedIn } from './lib.mjs';

const MANY = 100;
const ENOUGH = 10; // seconds for a page, on a machine that has other things to do; a slow client is cut off after 15
const { hostname, port } = new URL(SITE);
const admin = await signedIn();
const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

// Many clients that send the beginning, and then a byte a second of the rest; or, with reads false, take nothing.
async function slowClients({ head, drip = '', reads = true }) {
    const sockets = await Promise.all(Array.from({ length: MANY }, () => new Promise((resolve, reject) => {
        const socket = connect({ port: Number(port), host: hostname }, () => resolve(socket));
        socket.on('error', (error) => (socket.wasOpen ? undefined : reject(error)));
        socket.on('connect', () => (socket.wasOpen = true));
        if (reads)
            socket.resume();
        else
            socket.pause();
    })));
    sockets.forEach((socket) => socket.write(head));
    const timer = setInterval(() => drip && sockets.forEach((socket) => socket.writable && socket.write(drip)), 1000);
    return () => {
        clearInterval(timer);
        sockets.forEach((socket) => socket.destroy());
    };
}

const common = `Host: ${hostname}:${port}\r\nCookie: ${cookie}\r\n`;
const form = 'Content-Type: application/x-www-form-urlencoded\r\n';

for (const [what, client] of [
    ['headers slowly', { head: `GET /teams/ HTTP/1.1\r\n${common}`, drip: 'X-A: b\r\n' }],
    ['a body slowly', { head: `POST /teams/new HTTP/1.1\r\n${common}${form}Content-Length: 100000\r\n\r\nname=`, drip: 'x' }],
    ['a body in slow chunks', { head: `POST /teams/new HTTP/1.1\r\n${common}${form}Transfer-Encoding: chunked\r\n\r\n`, drip: '1\r\nx\r\n' }],
    ['nothing at all', { head: '' }],
    ['requests without taking the answers', { head: `GET /static/roster.css HTTP/1.1\r\n${common}\r\nGET /teams/ HTTP/1.1\r\n${common}\r\n`.repeat(20), reads: false }],
])
    test(`while ${MANY} clients send ${what}, pages are served`, { timeout: 120000 }, async () => {
        const end = await slowClients(client);
        try {
            for (let i = 0; i < 5; i++) {
                await sleep(500);
                const begin = Date.now();
                const answer = await admin.get('/teams/');
                assert.equal(answer.status, 200);
                assert.match(answer.text, /<\/html>\s*$/);
                assert.ok(Date.now() - begin < ENOUGH * 1000, `${Date.now() - begin} ms`);
            }
        } finally {
            end();
        }
        assert.equal((await admin.get('/healthz')).status, 200);
    });

test('a client that never finishes its headers is cut off in time', { timeout: 120000 }, async () => {
    const socket = connect(Number(port), hostname);
    const begin = Date.now();
    let text = '';
    socket.on('data', (piece) => (text += piece));
    socket.on('error', () => {});
    socket.write(`GET / HTTP/1.1\r\n${common}`);
    const timer = setInterval(() => socket.writable && socket.write('X-A: b\r\n'), 1000);
    await new Promise((resolve) => socket.on('close', resolve));
    clearInterval(timer);
    const seconds = (Date.now() - begin) / 1000;
    assert.ok(seconds < 60, `${seconds} s`);
    assert.doesNotMatch(text, /^HTTP\/1\.1 [235]/);
});

for (const [what, headers, statuses] of [
    ['one header of 20 KB', { 'X-Large': 'x'.repeat(20000) }, [400]],
    ['a hundred headers of 1 KB', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`X-${i}`, 'x'.repeat(1000)])), [400]],
])
    test(`${what}: refused`, async () => {
        assert.ok(statuses.includes((await send(SITE, 'GET', '/', headers)).status));
    });

test('an address of 20 KB is refused', async () => {
    assert.equal((await send(SITE, 'GET', `/?q=${'x'.repeat(20000)}`)).status, 414);
});
