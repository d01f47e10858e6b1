// The web side's program by itself: its options, one request as a plain CGI program, and FastCGI on the socket that it
// was given as standard input.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUILD, ROOT, newFolder, until } from './own_site.mjs';

const program = join(BUILD, 'roster.fcgi'), folder = newFolder('program');
after(() => rmSync(folder, { recursive: true, force: true }));

function run(words, environment = {}, input = '') {
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: ROOT, env: { ...process.env, ...environment }, encoding: 'utf8', input });
    return { status, stdout, stderr };
}

test('--help says what it does', () => {
    const { status, stdout } = run(['--help']);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: roster\.fcgi \[--socket PATH\] \[--workers N\]/);
});

for (const [words, about] of [
    [['--workers', '0'], /--workers is '0', but must be a number from 1 to 256/],
    [['--workers', '257'], /--workers is '257'/],
    [['--workers', 'many'], /--workers is 'many'/],
    [['--sockets'], /Try 'roster\.fcgi --help'/],
    [['--socket'], /Try 'roster\.fcgi --help'/],
    [['here'], /'here' is not an option; try 'roster\.fcgi --help'/],
    [[], /there is no socket to serve \(--socket PATH\) and no CGI request to answer/],
])
    test(`${words.join(' ') || 'nothing at all'}: exit code 2, and what to write instead`, () => {
        const { status, stdout, stderr } = run(words);
        assert.equal(status, 2, stderr);
        assert.equal(stdout, '');
        assert.match(stderr, about);
    });

test('settings that are wrong are said before it listens', () => {
    const { status, stderr } = run(['--socket', join(folder, 'never')], { ROSTER_PAGE_ROWS: 'many' });
    assert.equal(status, 2);
    assert.match(stderr, /"event":"not started","message":"ROSTER_PAGE_ROWS/);
});

test('a socket that cannot be made is said', () => {
    const { status, stderr } = run(['--socket', join(folder, 'no', 'such', 'folder', 'socket')]);
    assert.notEqual(status, 0);
    assert.match(stderr, /"event":"not started","message":"cannot listen on .*no\/such\/folder/);
    writeFileSync(join(folder, 'file'), 'mine');
    assert.notEqual(run(['--socket', join(folder, 'file')]).status, 0);
});

const request = { REQUEST_METHOD: 'GET', DOCUMENT_URI: '/healthz', REQUEST_URI: '/healthz', QUERY_STRING: '', HTTP_HOST: 'example.com', REMOTE_ADDR: '127.0.0.1' };

test('as a CGI program it answers one request', () => {
    const { status, stdout } = run([], request);
    assert.equal(status, 0);
    assert.match(stdout, /^Status: 200[\s\S]*\r\n\r\nok\n$/);
});

test('as a CGI program it reads the body from standard input', () => {
    const { stdout } = run([], { ...request, REQUEST_METHOD: 'POST', DOCUMENT_URI: '/sign-in', REQUEST_URI: '/sign-in', CONTENT_LENGTH: '7',
        CONTENT_TYPE: 'application/x-www-form-urlencoded' }, 'email=x');
    assert.match(stdout, /^Status: 403/); // a form without its token
});

test('as a CGI program it says at least that it is not set up, as nobody sees its standard error', () => {
    const { status, stdout, stderr } = run([], { ...request, ROSTER_PAGE_ROWS: 'many' });
    assert.equal(status, 2);
    assert.match(stdout, /^Status: 503 [\s\S]*\r\n\r\nThis site is not set up rightly; its log says why\.\n$/);
    assert.match(stderr, /ROSTER_PAGE_ROWS/);
});

// A record of FastCGI 1.0: version, type, request 1, length, padding.
function record(type, content = Buffer.alloc(0)) {
    return Buffer.concat([Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]), content]);
}

function ask(path, parameters) {
    const pairs = Object.entries(parameters).map(([name, value]) => Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]));
    return new Promise((resolve, reject) => {
        const socket = net.connect(path, () => socket.write(Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
            record(4, Buffer.concat(pairs)), record(4), record(5)])));
        const pieces = [];
        socket.on('data', (piece) => pieces.push(piece));
        socket.on('end', () => resolve(Buffer.concat(pieces).toString('latin1')));
        socket.on('error', reject);
    });
}

test('with a socket as standard input it serves FastCGI there until SIGTERM', async () => {
    const path = join(folder, 'socket');
    const listen = 'import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); '
        + 'os.dup2(s.fileno(), 0); os.execv(sys.argv[2], sys.argv[2:])';
    const child = spawn('/usr/bin/python3', ['-c', listen, path, program, '--workers', '1'], { cwd: ROOT, env: process.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (piece) => (said += piece));
    const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
    try {
        await until('it listens', () => existsSync(path));
        const answer = await ask(path, request);
        assert.match(answer, /Status: 200[\s\S]*ok\n/);
    } finally {
        child.kill('SIGTERM');
    }
    assert.equal(await ended, 0, said);
});
