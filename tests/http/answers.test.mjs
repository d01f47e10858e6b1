// Every kind of answer carries the headers of its safety; and whoever runs the site finds each in the logs, by its number.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { psql, value } from './data.mjs';
import { Browser, EMAIL, PASSWORD, encode, signedIn, unique } from './lib.mjs';
import { assertHeaders, assertSitePage } from './headers.mjs';
import { OwnSite, until } from './own_site.mjs';

const site = new OwnSite('answers', { ROSTER_WORKERS: '2' });
const superuser = () => site.database.replace('roster@/', 'postgres@/');
let admin, assets;

before(async () => {
    await site.start();
    admin = await signedIn(EMAIL, PASSWORD, site.url);
    assets = [...(await admin.get('/')).text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map(([, path]) => path);
});
after(() => site.remove());

// While this runs, the program fails at every list of teams: somebody has taken its rights away below it.
async function whileBroken(check) {
    psql('REVOKE SELECT ON team FROM roster_web, roster_web_all', {}, superuser());
    try {
        await check();
    } finally {
        psql('GRANT SELECT ON team TO roster_web, roster_web_all', {}, superuser());
    }
}

// While this runs, a revision seems to be missing: somebody has renamed a column.
async function whileUnlike(check) {
    psql('ALTER TABLE team RENAME COLUMN name TO elsewhere', {}, superuser());
    try {
        await check();
    } finally {
        psql('ALTER TABLE team RENAME COLUMN elsewhere TO name', {}, superuser());
    }
}

async function whileStopped(check) {
    site.control('stop');
    try {
        await check();
    } finally {
        site.control('start');
    }
    await until('pages again', async () => (await admin.get('/teams/')).status === 200);
}

// While nobody answers behind nginx.
async function whileAlone(check) {
    const program = site.processOf('program');
    site.child.kill('SIGSTOP');
    try {
        process.kill(-program, 'SIGKILL');
        await until('the program is gone', async () => (await admin.get('/healthz')).status === 503);
        await check();
    } finally {
        site.child.kill('SIGCONT');
    }
    await until('pages again', async () => (await admin.get('/healthz')).status === 200);
}

// --- Headers ----------------------------------------------------------------------------------------------------------

const empty = { 'Content-Length': '0' };
for (const [what, status, ask, heading] of [
    ['a page', 200, () => admin.get('/admin/health'), 'Health'],
    ['a page of somebody who is not signed in', 200, () => new Browser(site.url).get('/sign-in'), 'Sign in'],
    ['a page without its body', 200, () => admin.request('HEAD', '/teams/')],
    ['an answer of JSON', 200, () => admin.get('/teams/options')],
    ['a text', 200, () => admin.get('/healthz')],
    ['a redirect', 303, () => admin.get('/teams')],
    ['the way to the sign-in page', 303, () => new Browser(site.url).get('/teams/')],
    ['an address that cannot be decoded', 400, () => admin.get('/teams/%zz')],
    ['an address with a control character', 400, () => admin.get('/teams/%0d%0aSet-Cookie:a=b')],
    ['a form without a token', 403, () => admin.request('POST', '/teams/new', empty), 'You may not do this'],
    ['an address where nothing is', 404, () => admin.get('/no-such'), 'Page not found'],
    ['the same without its body', 404, () => admin.request('HEAD', '/no-such')],
    ['a method that is not for it', 405, () => admin.request('PUT', '/teams/', empty)],
    ['a method that nginx does not do', 405, () => admin.request('TRACE', '/')],
    ['a form that is refused', 422, async () => (await admin.form('/teams/new')).set('name', '').submit('_save')],
    ['a form that is too large for the program', 413, () => admin.post('/sign-in', 'a'.repeat(7 * 1024 * 1024)), 'This is too large'],
    ['a body that is too large for nginx', 413, () => admin.request('POST', '/sign-in', { 'Content-Length': String(1 << 30) }, 'x'), 'This is too large'],
    ['an address that is too long', 414, () => admin.get(`/${'x'.repeat(20000)}`), 'This request cannot be understood'],
    ['a header that is too long', 400, () => admin.get('/', { 'X-Long': 'x'.repeat(20000) }), 'This request cannot be understood'],
    ['a file that is not there', 404, () => admin.get('/static/none.css'), 'Page not found'],
    ['a folder', 404, () => admin.get('/static/'), 'Page not found'],
    ["nginx's own page, asked for by its name", 404, () => admin.get('/static/down.html'), 'Page not found'],
    ['a form sent to a file', 405, () => admin.request('POST', '/static/roster.css', empty), 'This request cannot be understood'],
])
    test(`${what}: ${status}, with every header of safety once`, async () => {
        const answer = await ask();
        assert.equal(answer.status, status, answer.text.slice(0, 300));
        assertHeaders(answer);
        if (heading)
            assertSitePage(answer, heading);
        assert.equal(answer.header('set-cookie').filter((line) => /^a=/.test(line)).length, 0);
    });

test('a failure: 500, with every header once and its number on the page', () => whileBroken(async () => {
    const answer = await admin.get('/teams/');
    assert.equal(answer.status, 500);
    assertHeaders(answer);
    assertSitePage(answer, 'Something went wrong here');
    assert.ok(answer.words.includes(`say this number: ${answer.header('x-request-id')[0]}`), answer.words);
    assert.doesNotMatch(answer.text, /column|elsewhere|SELECT/);
}));

test('a database that lacks what the models know: 503, and where to look', () => whileUnlike(async () => {
    const answer = await admin.get('/teams/');
    assert.equal(answer.status, 503);
    assertHeaders(answer);
    assertSitePage(answer, 'The database is not as the program wants it');
    assert.equal(answer.link('See what is missing, on the page Migrations'), '/admin/migrations');
    assert.doesNotMatch(answer.text, /column|elsewhere|SELECT/);
    const { page } = await admin.get('/admin/');
    assert.match(page.one('.verdict').words, /schema: the database differs from the models in \d+ points?/);
}));

test('without a database: 503, with every header once', () => whileStopped(async () => {
    const answer = await admin.get('/teams/');
    assert.equal(answer.status, 503);
    assertHeaders(answer);
    assertSitePage(answer, 'The database does not answer');
    assert.deepEqual(answer.header('retry-after'), ['5']);
}));

test('without the program: 503, with every header once and its number on the page', () => whileAlone(async () => {
    for (const path of ['/teams/', '/healthz']) {
        const answer = await admin.get(path);
        assert.equal(answer.status, 503);
        assertHeaders(answer);
        assertSitePage(answer, 'The site is not available');
        assert.deepEqual(answer.header('retry-after'), ['5']);
        assert.ok(answer.words.includes(`say this number: ${answer.header('x-request-id')[0]}`), answer.words);
    }
    assert.equal((await admin.get(assets[0])).status, 200, 'files are there all the same');
}));

// --- Static files -----------------------------------------------------------------------------------------------------

const FOR_A_YEAR = /^public, max-age=31536000, immutable$/, FOR_A_WHILE = /^public, max-age=600$/;

test('a page names its static files by their digest, and these are kept for a year', async () => {
    assert.deepEqual(assets.map((path) => path.replace(/\.[0-9a-f]{16}\./, '.')).sort(), ['/static/icon.svg', '/static/roster.css', '/static/roster.js']);
    for (const path of assets) {
        const answer = await admin.get(path), plain = await admin.get(path.replace(/\.[0-9a-f]{16}\./, '.'));
        assert.equal(answer.status, 200, path);
        assertHeaders(answer, { cache: FOR_A_YEAR });
        assert.equal(plain.status, 200, path);
        assertHeaders(plain, { cache: FOR_A_WHILE });
        assert.deepEqual(answer.body, plain.body);
        const unchanged = await admin.get(path, { 'If-None-Match': answer.header('etag')[0] });
        assert.equal(unchanged.status, 304);
        assertHeaders(unchanged, { cache: FOR_A_YEAR });
    }
});

test('a digest of another build gives the file of this one, and nobody keeps it for long', async () => {
    const answer = await admin.get('/static/roster.0123456789abcdef.css');
    assert.equal(answer.status, 200);
    assertHeaders(answer, { cache: FOR_A_WHILE });
    assert.deepEqual(answer.body, (await admin.get('/static/roster.css')).body);
    const none = await admin.get('/static/none.0123456789abcdef.css');
    assert.equal(none.status, 404);
    assertHeaders(none);
});

test('a file comes whole, whatever part of it is asked for', async () => {
    const answer = await admin.get('/static/roster.css', { Range: 'bytes=9999999-' });
    assert.equal(answer.status, 200);
    assertHeaders(answer, { cache: FOR_A_WHILE });
});

test('static files travel compressed, and nothing that may hold a secret does', async () => {
    for (const path of assets.filter((each) => !/svg/.test(each))) {
        const plain = await admin.get(path), packed = await admin.get(path, { 'Accept-Encoding': 'gzip' });
        assert.deepEqual(packed.header('content-encoding'), ['gzip'], path);
        assert.ok(packed.body.length < plain.body.length / 2);
        assert.deepEqual(gunzipSync(packed.body), plain.body);
        assert.deepEqual([packed.header('vary'), plain.header('vary')], [['Accept-Encoding'], ['Accept-Encoding']]);
    }
    for (const path of ['/', '/teams/', '/sign-in', '/teams/options', '/no-such'])
        assert.deepEqual((await admin.get(path, { 'Accept-Encoding': 'gzip, br' })).header('content-encoding'), [], path);
});

// --- Logs -------------------------------------------------------------------------------------------------------------

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// All lines of a log, each of which must be JSON.
function lines(name) {
    return readFileSync(join(site.environment.ROSTER_VAR, 'log', `${name}.log`), 'utf8').trimEnd().split('\n').map((line) => {
        const event = JSON.parse(line);
        assert.match(event.time, TIME, line);
        assert.ok(Math.abs(Date.parse(event.time) - Date.now()) < 3600000, 'in UTC');
        assert.match(event.level, /^(info|warning|error)$/, line);
        return event;
    });
}

async function logged(name, answer) {
    const [number] = answer.header('x-request-id');
    let found;
    await until(`${name}.log has ${number}`, () => (found = lines(name).find((event) => event.request === number)), 5);
    return found;
}

test("nginx's log has a line of JSON for each request", async () => {
    const { time, request, ms, bytes, upstream_seconds: seconds, ...rest } = await logged('access', await admin.get('/teams/?q=secret', { 'User-Agent': 'a "b"\\' }));
    assert.deepEqual(rest, { level: 'info', program: 'nginx', event: 'request', remote: '127.0.0.1', method: 'GET', path: '/teams/', protocol: 'HTTP/1.1',
        status: 200, upstream_status: '200', agent: 'a "b"\\' });
    assert.ok(Number.isInteger(ms) && bytes > 500 && Number(seconds) >= 0);
});

test('a failure is in the log with its cause and its SQLSTATE', () => whileBroken(async () => {
    const answer = await admin.get('/teams/?q=secret-search');
    const { time, request, ms, message, user, ...rest } = await logged('program', answer);
    assert.deepEqual(rest, { level: 'error', program: 'roster.fcgi', event: 'request failed', remote: '127.0.0.1', method: 'GET', path: '/teams/', status: 500,
        sqlstate: '42501' });
    assert.match(message, /permission denied for table team/);
    assert.ok(Number.isInteger(ms));
    assert.match(user ?? '1', /^\d+$/);
    assert.equal((await logged('access', answer)).level, 'error');
}));

test('PostgreSQL knows a request by the same number', () => whileBroken(async () => {
    const [number] = (await admin.get('/teams/')).header('x-request-id');
    await until('its log has it', () => readFileSync(join(site.environment.ROSTER_VAR, 'log/postgres.log'), 'utf8')
        .includes(` roster web ${number} roster ERROR:  permission denied`), 5);
    assert.equal(value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'roster web _%'", {}, superuser()), '0',
        'and the next one that gets the connection does not inherit it');
}));

test('a refusal is in the log', async () => {
    const answer = await admin.post('/teams/new', encode([['csrf', 'secret-token'], ['name', 'secret-name']]), { Origin: 'https://evil.example' });
    const event = await logged('program', answer);
    assert.deepEqual([event.level, event.event, event.method, event.path, event.status], ['warning', 'request refused', 'POST', '/teams/new', 403]);
});

test('nobody chooses the number of a request, or what the program takes for one', async () => {
    const answer = await admin.get('/healthz', { 'X-Request-Id': 'mine', 'Request-Id': 'mine' });
    assert.match(answer.header('x-request-id')[0], /^[0-9a-f]{32}$/);
});

// What cannot be sent with a proper client.
function sendRaw(bytes) {
    const { hostname, port } = new URL(site.url);
    return new Promise((resolve, reject) => {
        const socket = connect(port, hostname, () => socket.end(bytes));
        socket.on('error', reject);
        socket.on('data', () => {});
        socket.on('close', resolve);
    });
}

test('no line of a log begins where somebody else wants it to, and each is JSON', async () => {
    const mark = unique('mark');
    for (const path of [`/${mark}%0a{"level":"error"}`, `/${mark}%22,%22status%22:999`, `/${mark}"\\`, `/${mark}\xff\xfe`, `/${mark}%ff%00`, `/${mark}\t{`])
        for (const agent of ['x', 'a\tb"\\\x01', '\xe9\xff'])
            await sendRaw(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`, 'latin1'));
    const count = (name) => lines(name).filter((event) => JSON.stringify(event).includes(mark)).length;
    await until('all are there', () => count('access') >= 10, 5);
    lines('program');
});

test('a worker that dies is in the log', async () => {
    const before = lines('program').length;
    const children = readFileSync(`/proc/${site.processOf('program')}/task/${site.processOf('program')}/children`, 'utf8').trim().split(' ');
    process.kill(Number(children[0]), 'SIGKILL');
    await until('it is there', () => lines('program').length > before, 5);
    const { time, message, ...event } = lines('program').at(-1);
    assert.deepEqual(event, { level: 'error', program: 'roster.fcgi', event: 'worker ended', pid: Number(children[0]), signal: 9 });
    assert.match(message, /Kill/);
});

test('no log holds what somebody typed, a token or a cookie', async () => {
    const browser = new Browser(site.url), password = unique('secret-password');
    await browser.signIn(EMAIL, password);
    await whileBroken(async () => {
        const form = (await admin.form('/skills/new')).fill({ name: unique('secret-typed') });
        await form.submit('_save');
        await admin.get('/teams/?q=secret-search&after=secret-cursor');
    });
    await whileStopped(() => admin.get('/teams/?q=secret-search'));
    const secrets = [password, PASSWORD, 'secret-', ...admin.cookies.values(), ...browser.cookies.values()];
    for (const name of ['access', 'program']) {
        const text = readFileSync(join(site.environment.ROSTER_VAR, 'log', `${name}.log`), 'utf8');
        for (const secret of secrets)
            assert.ok(!text.includes(secret), `${name}.log holds ${secret}`);
    }
});
