// A real server: what make install makes, the installed programs, nginx with TLS and limits in front of them, and how
// little the units allow.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { Answer, Browser, EMAIL, PASSWORD, encode, send, unique } from './lib.mjs';
import { assertHeaders, assertSitePage } from './headers.mjs';
import { BUILD, ROOT, newFolder, until } from './own_site.mjs';

const folder = newFolder('server');
const isRoot = process.getuid() === 0;
// Services are no business of root's.
const asRoster = isRoot ? ['setpriv', '--reuid=roster', '--regid=roster', '--init-groups', '--no-new-privs'] : ['env'];
const running = {};
let ports, certificate, admin;

function make(goal, environment) {
    return spawnSync('make', [goal], { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH, BUILD, MAKEFLAGS: '', ...environment } });
}

function filesBelow(path) {
    return readdirSync(path, { withFileTypes: true }).flatMap((each) =>
        (each.isDirectory() ? filesBelow(join(path, each.name)) : [join(path, each.name)]));
}

function freePorts(count) {
    const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
    return Promise.all(servers.map((server) => new Promise((resolve) => server.on('listening', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
    }))));
}

function launch(name, command, options) {
    const child = spawn(asRoster[0], [...asRoster.slice(1), ...command], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    running[name] = { child, ended, said: '' };
    for (const stream of [child.stdout, child.stderr])
        stream.on('data', (piece) => (running[name].said += piece));
    return running[name];
}

async function stop(name, signal = 'SIGTERM') {
    const { child, ended } = running[name] ?? {};
    if (!child)
        return;
    child.kill(signal);
    await ended;
    delete running[name];
}

const SERVER = { prefix: join(folder, 'usr'), config: join(folder, 'etc'), state: join(folder, 'state'), run: join(folder, 'run'), cache: join(folder, 'cache'),
    credentials: join(folder, 'credentials'), pooler: join(folder, 'pooler') };
const [, host, port] = process.env.DATABASE_DIRECT_URL.match(/[?&]host=([^&]+)&port=(\d+)/);

function installServer() {
    const made = make('install', { PREFIX: SERVER.prefix, CONFIG: SERVER.config, STATE: SERVER.state, RUN: SERVER.run, NGINX_RUN: SERVER.run,
        NGINX_CACHE: SERVER.cache, ACCESS_LOG: join(SERVER.run, 'access.log'), ERROR_LOG: join(SERVER.run, 'error.log'), CREDENTIALS: SERVER.credentials,
        WEBROOT: join(folder, 'webroot'), SERVER_NAME: 'localhost', HTTP_PORT: String(ports[0]), HTTPS_PORT: String(ports[1]), UPLOAD_MAX: '1M', ROSTER_PROXY: '127.0.0.9',
        POOLER_RUN: SERVER.pooler, DATABASE_SERVER: `host=${decodeURIComponent(host)} port=${port}`,
        DATABASE_DIRECT_URL: process.env.DATABASE_DIRECT_URL });
    assert.equal(made.status, 0, made.stderr);
    // That the cookies are secure must follow from how nginx is reached, too.
    const env = join(SERVER.config, 'env'), nginx = join(SERVER.config, 'nginx.conf');
    writeFileSync(env, readFileSync(env, 'utf8').replace(/^ROSTER_SECURE_COOKIES.*\n/m, ''));
    if (!existsSync('/proc/net/if_inet6'))
        writeFileSync(nginx, readFileSync(nginx, 'utf8').replace(/^ *listen \[::\].*\n/gm, ''));
}

function makeCertificate() {
    const [key, file] = [join(SERVER.credentials, 'key'), join(SERVER.credentials, 'certificate')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
        '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', file], { stdio: 'ignore' });
    chmodSync(key, 0o644);
    return readFileSync(file);
}

const startProgram = async () => {
    launch('program', [join(SERVER.prefix, 'bin/roster.fcgi'), '--socket', join(SERVER.run, 'roster.sock'), '--workers', '2'],
        { cwd: '/', env: { PATH: process.env.PATH } });
    await until('the program listens', () => existsSync(join(SERVER.run, 'roster.sock')));
};

before(async () => {
    ports = await freePorts(2);
    for (const each of Object.values(SERVER))
        mkdirSync(each, { recursive: true });
    certificate = makeCertificate();
    installServer();
    mkdirSync(join(folder, 'webroot/.well-known/acme-challenge'), { recursive: true });
    writeFileSync(join(folder, 'webroot/.well-known/acme-challenge/token'), 'answer');
    if (isRoot)
        execFileSync('chown', ['-R', 'roster:roster', folder]);
    const path = `${process.env.PATH}:/usr/sbin`;
    launch('pooler', ['pgbouncer', join(SERVER.config, 'pgbouncer.ini')], { env: { PATH: path } });
    await until('the pooler listens', () => existsSync(join(SERVER.pooler, '.s.PGSQL.6432')));
    await startProgram();
    const nginx = launch('nginx', ['nginx', '-e', 'stderr', '-c', join(SERVER.config, 'nginx.conf')], { env: { PATH: path, TZ: 'UTC' } });
    admin = new SecureBrowser();
    await until('nginx serves', async () => {
        assert.equal(nginx.child.exitCode, null, nginx.said);
        return admin.get('/healthz').then((answer) => answer.status === 200, () => false);
    });
});
after(async () => {
    await stop('nginx', 'SIGQUIT');
    await stop('program');
    await stop('pooler', 'SIGINT');
    rmSync(folder, { recursive: true, force: true });
});

function sendSecurely(method, path, headers, body, options = {}) {
    return new Promise((resolve, reject) => {
        const request = https.request({ host: '127.0.0.1', port: ports[1], servername: 'localhost', ca: certificate, agent: false, method, path,
            headers: { Host: `localhost:${ports[1]}`, ...headers }, ...options });
        let answered = false;
        request.on('response', (response) => {
            const pieces = [], raw = response.rawHeaders;
            answered = true;
            response.on('data', (piece) => pieces.push(piece));
            response.on('error', reject);
            response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(pieces),
                headers: raw.flatMap((name, i) => (i % 2 ? [] : [[name.toLowerCase(), raw[i + 1]]])) }));
        });
        request.on('error', (error) => answered || reject(error));
        request.end(body);
    });
}

class SecureBrowser extends Browser {
    constructor() {
        super(`https://localhost:${ports[1]}`);
    }

    async request(method, path, headers = {}, body = null) {
        const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const answer = new Answer(this, path, await sendSecurely(method, path, cookies ? { Cookie: cookies, ...headers } : headers, body));
        for (const line of answer.header('set-cookie')) {
            const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
            this.cookies.set(name, value);
        }
        return answer;
    }
}

const plainly = async (path, headers = {}, port = ports[0]) => new Answer(null, path, await send(`http://127.0.0.1:${port}`, 'GET', path, headers));

// --- Installing -------------------------------------------------------------------------------------------------------

test('make install puts everything below DESTDIR, and make uninstall leaves the configuration', () => {
    const destination = newFolder('destination');
    try {
        const made = make('install', { DESTDIR: destination });
        assert.equal(made.status, 0, made.stderr);
        assert.match(made.stderr, /left to do.*\n.*systemd-sysusers.*\n.*chgrp roster '\/etc\/roster\/env'.*\n.*chown roster:roster '\/var\/lib\/roster'/);
        const files = filesBelow(destination).map((path) => `/${relative(destination, path)}`);
        for (const wanted of ['/usr/local/bin/roster', '/usr/local/bin/roster.fcgi', '/usr/local/share/roster/templates/layout.tpl',
            '/usr/local/share/roster/static/roster.css', '/usr/local/share/roster/migrations/template.sql', '/usr/local/share/roster/seeds/initial/10-skill.json',
            '/usr/local/share/roster/nginx/site.conf', '/usr/local/lib/systemd/system/roster.service', '/usr/local/lib/systemd/system/roster-backup.timer',
            '/usr/local/lib/sysusers.d/roster.conf', '/etc/roster/env', '/etc/roster/nginx.conf', '/etc/roster/pgbouncer.ini'])
            assert.ok(files.includes(wanted), wanted);
        const texts = files.filter((path) => !path.startsWith('/usr/local/bin/') && lstatSync(destination + path).isFile());
        for (const path of texts) {
            const text = readFileSync(destination + path, 'utf8');
            assert.doesNotMatch(text, /@[A-Z_]{2,}@/, `${path} has a value that was not filled in`);
            assert.ok(!text.includes(destination) && !text.includes(ROOT), `${path} names a folder that is not the system's`);
        }
        assert.equal(lstatSync(`${destination}/etc/roster/env`).mode & 0o777, 0o640);

        writeFileSync(`${destination}/etc/roster/nginx.conf`, 'mine');
        writeFileSync(`${destination}/usr/local/share/roster/migrations/20990101_0000_00000000_mine.sql`, 'mine');
        assert.equal(make('install', { DESTDIR: destination, TLS_KEY: '/etc/ssl/private/mine.pem' }).status, 0);
        assert.equal(readFileSync(`${destination}/etc/roster/nginx.conf`, 'utf8'), 'mine');
        assert.ok(existsSync(`${destination}/usr/local/share/roster/migrations/20990101_0000_00000000_mine.sql`), 'a revision of the site stays');

        assert.equal(make('uninstall', { DESTDIR: destination }).status, 0);
        assert.deepEqual(filesBelow(destination).map((path) => relative(destination, path)).sort(),
            [...['env', 'nginx.conf', 'pgbouncer.ini', 'pgbouncer.users', 'tls/certificate', 'tls/key'].map((name) => `etc/roster/${name}`),
                'usr/local/share/roster/migrations/20990101_0000_00000000_mine.sql']);
    } finally {
        rmSync(destination, { recursive: true });
    }
});

for (const [what, environment, message] of [
    ['nothing is built', { BUILD: '/nonexistent' }, /'\/nonexistent\/roster' is missing; run: make/],
    ['a name is none', { SERVER_NAME: 'a b;' }, /SERVER_NAME is 'a b;'; write a host's name/],
    ['a folder would be read as something else', { PREFIX: '/opt/a;b' }, /'\/opt\/a;b' has a character/],
    ['a value has two lines', { DATABASE_URL: 'postgresql://a\nb' }, /DATABASE_URL has a line break/],
])
    test(`make install says so when ${what}`, () => {
        const made = make('install', { DESTDIR: join(folder, 'none'), ...environment });
        assert.notEqual(made.status, 0);
        assert.match(made.stderr, message);
        assert.ok(!existsSync(join(folder, 'none')));
    });

test('make install writes values down as they are given', () => {
    const destination = newFolder('values');
    const given = { DATABASE_URL: 'postgresql://web:a%26b@db.example.com/roster?port=6432&sslmode=require', DATABASE_DIRECT_URL: 'host=db|1 user=a\\1b',
        DATABASE_DUMP_URL: 'postgresql://dump@db.example.com/roster?a=1&b=2', DATABASE_SERVER: 'host=db.example.com port=5432 application_name=a&b|c\\d' };
    try {
        const made = make('install', { DESTDIR: destination, ...given });
        assert.equal(made.status, 0, made.stderr);
        const { DATABASE_SERVER: server, ...urls } = given, env = readFileSync(`${destination}/etc/roster/env`, 'utf8').split('\n');
        for (const [name, value] of Object.entries(urls))
            assert.ok(env.includes(`${name}=${value}`), env.join('\n'));
        assert.ok(readFileSync(`${destination}/etc/roster/pgbouncer.ini`, 'utf8').split('\n').includes(`* = ${server}`));
    } finally {
        rmSync(destination, { recursive: true });
    }
});

// make install by root where the user roster is missing, until systemd-sysusers (the given script) has made it. What
// the commands that look for users and give files away were asked is returned.
function installWithoutUser(at, sysusers) {
    const commands = join(at, 'commands'), said = join(at, 'said');
    const script = (name, text) => writeFileSync(join(commands, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    mkdirSync(commands);
    script('id', `[ "$1" != -u ] || { echo 0; exit; }\n[ -e '${at}/made' ]`);
    script('systemd-sysusers', `echo "systemd-sysusers $*" >>'${said}'\n${sysusers}`);
    for (const name of ['chgrp', 'chown'])
        script(name, `echo "${name} $*" >>'${said}'`);
    const made = make('install', { PATH: `${commands}:${process.env.PATH}`, PREFIX: join(at, 'usr'), CONFIG: join(at, 'etc'), STATE: join(at, 'state') });
    return { ...made, said: existsSync(said) ? readFileSync(said, 'utf8').trim().split('\n') : [] };
}

test('make install makes the user roster when it is missing, and gives it what the services read', () => {
    const at = newFolder('user');
    try {
        const made = installWithoutUser(at, `touch '${at}/made'`);
        assert.equal(made.status, 0, made.stderr);
        assert.deepEqual(made.said, [`systemd-sysusers ${at}/usr/lib/sysusers.d/roster.conf`, `chgrp roster ${at}/etc/env ${at}/etc/pgbouncer.users`,
            `chown roster:roster ${at}/state ${at}/state/tmp`]);
    } finally {
        rmSync(at, { recursive: true });
    }
});

for (const [what, sysusers] of [['fails', 'exit 1'], ['makes none', 'exit 0']])
    test(`make install fails, and says what to do, when systemd-sysusers ${what}`, () => {
        const at = newFolder('no-user');
        try {
            const made = installWithoutUser(at, sysusers);
            assert.notEqual(made.status, 0);
            assert.match(made.stderr, /no user roster|could not make the user roster/);
            assert.match(made.stderr, /adduser --system --group roster.*run this again/);
            assert.equal(made.said.length, 1);
        } finally {
            rmSync(at, { recursive: true });
        }
    });

test('the installed command finds its files and its configuration, wherever it is called', () => {
    const roster = (...words) => spawnSync(asRoster[0], [...asRoster.slice(1), join(SERVER.prefix, 'bin/roster'), ...words],
        { cwd: '/', env: { PATH: process.env.PATH }, encoding: 'utf8' });
    const current = roster('current');
    assert.equal(current.status, 0, current.stderr);
    assert.match(current.stdout, /ce415cae|head/);
    assert.equal(roster('check').status, 0);
    const seeded = roster('seed', 'initial');
    assert.equal(seeded.status, 0, seeded.stderr);
});

// --- TLS --------------------------------------------------------------------------------------------------------------

test('HTTP leads to HTTPS, under the name of the configuration', async () => {
    for (const host of ['localhost', 'evil.example']) {
        const answer = await plainly('/teams/?q=a%20b', { Host: host });
        assert.equal(answer.status, 308);
        assert.equal(answer.location, `https://localhost:${ports[1]}/teams/?q=a%20b`);
        assertHeaders(answer);
    }
    assert.equal((await plainly('/.well-known/acme-challenge/token')).text, 'answer');
    assert.equal((await plainly('/teams/', { Host: 'localhost' }, ports[1])).location, `https://localhost:${ports[1]}/teams/`);
});

const handshake = (options) => new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port: ports[1], servername: 'localhost', ca: certificate, ciphers: 'DEFAULT:@SECLEVEL=0', ...options });
    socket.on('secureConnect', () => {
        resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, ticket: socket.getTLSTicket(), alpn: socket.alpnProtocol });
        socket.destroy();
    });
    socket.on('error', (error) => resolve({ error: error.code }));
});

test('only TLS 1.2 and 1.3 are spoken, with forward secrecy and without tickets', async () => {
    assert.equal((await handshake({})).protocol, 'TLSv1.3');
    const older = await handshake({ maxVersion: 'TLSv1.2' });
    assert.equal(older.protocol, 'TLSv1.2');
    assert.match(older.cipher, /^ECDHE-.*(GCM|POLY1305)/);
    assert.equal(older.ticket, undefined);
    assert.equal((await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).error, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    assert.match((await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:AES128-SHA:@SECLEVEL=0' })).error, /HANDSHAKE_FAILURE/);
});

test('whoever asks for another name gets no certificate', async () => {
    assert.match((await handshake({ servername: 'evil.example' })).error, /UNRECOGNIZED_NAME/);
});

const connectHttp2 = () => http2.connect(`https://localhost:${ports[1]}`, {
    createConnection: () => tls.connect({ host: '127.0.0.1', port: ports[1], servername: 'localhost', ca: certificate, ALPNProtocols: ['h2'] }) });

test('HTTP/2 is spoken, with the same headers', async () => {
    const client = connectHttp2();
    try {
        const headers = await new Promise((resolve, reject) => {
            client.on('error', reject);
            client.request({ ':path': '/sign-in' }).on('response', resolve).on('error', reject).resume();
        });
        assert.equal(headers[':status'], 200);
        assert.equal(client.alpnProtocol, 'h2');
        assert.equal(headers['strict-transport-security'], 'max-age=63072000');
        assert.match(headers['set-cookie'][0], /^__Host-roster_visit=/);
    } finally {
        client.close();
    }
});

// --- Answers over TLS -------------------------------------------------------------------------------------------------

test('cookies over TLS are __Host- and Secure, and a planted one without that is nothing', async () => {
    const answer = await admin.signIn(EMAIL, PASSWORD);
    assert.equal(answer.status, 303, answer.text);
    const [line] = answer.header('set-cookie').filter((each) => /roster_session=/.test(each));
    assert.match(line, /^__Host-roster_session=[\w-]{43}\.s; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/);
    assert.equal((await admin.get('/account')).status, 200);
    const planted = new SecureBrowser();
    planted.cookies.set('roster_session', admin.cookies.get('__Host-roster_session'));
    assert.equal((await planted.get('/account')).status, 303);
});

test('the settings alone make cookies secure, for a proxy that speaks TLS in front of nginx', () => {
    const output = (more) => execFileSync(join(BUILD, 'roster.fcgi'), [], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env.PATH, ROSTER_VAR: process.env.ROSTER_VAR, ROSTER_ENV: process.env.ROSTER_ENV, DATABASE_URL: process.env.DATABASE_URL,
            GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', REQUEST_URI: '/sign-in', QUERY_STRING: '', HTTP_HOST: 'localhost', REQUEST_SCHEME: 'http', ...more } });
    assert.match(output({ ROSTER_SECURE_COOKIES: '1' }), /Set-Cookie: __Host-roster_visit=.*; Secure/);
    // What a browser can say is no reason.
    assert.match(output({ HTTP_X_FORWARDED_PROTO: 'https', HTTP_FORWARDED: 'proto=https', HTTPS: 'off' }), /Set-Cookie: roster_visit=[^;]*; Path=\/; HttpOnly; SameSite=Lax\r\n/);
});

test('a form comes from this site only when it comes over TLS', async () => {
    const form = (await admin.form('/teams/new')).set('name', '');
    const sent = (headers) => admin.post('/teams/new', form.entries(form.button('_save')), headers);
    assert.equal((await sent({})).status, 422);
    assert.equal((await sent({ Origin: admin.site.replace('https:', 'http:') })).status, 403);
    assert.equal((await sent({ Origin: 'https://localhost' })).status, 403, 'another port');
});

for (const [what, status, ask, heading, cache] of [
    ['a page', 200, () => admin.get('/account')],
    ['a redirect', 303, () => admin.get('/teams')],
    ['an address that cannot be decoded', 400, () => admin.get('/teams/%zz')],
    ['an address where nothing is', 404, () => admin.get('/no-such'), 'Page not found'],
    ['a file that is not there', 404, () => admin.get('/static/no-such'), 'Page not found'],
    ['a file', 200, () => admin.get('/static/roster.css'), null, /^public, max-age=600$/],
    ['a file sent to', 405, () => admin.request('POST', '/static/roster.css', { 'Content-Length': '0' }), 'This request cannot be understood'],
    ['a body larger than is taken', 413, () => admin.request('POST', '/sign-in', { 'Content-Length': String(2 << 20) }, 'x'), 'This is too large'],
    ['an address that is too long', 414, () => admin.get(`/${'x'.repeat(20000)}`), 'This request cannot be understood'],
    ['another name than in the handshake', 421, () => admin.get('/', { Host: 'evil.example' })],
])
    test(`over TLS, ${what}: ${status}, with every header once`, async () => {
        const answer = await ask();
        assert.equal(answer.status, status);
        assertHeaders(answer, { secure: true, ...(cache && { cache }) });
        if (heading)
            assertSitePage(answer, heading);
    });

test('files are kept for a year under their digest, and travel compressed; pages do neither', async () => {
    const [path] = (await admin.get('/account')).text.match(/\/static\/roster\.[0-9a-f]{16}\.css/);
    const answer = await admin.get(path, { 'Accept-Encoding': 'gzip' });
    assertHeaders(answer, { secure: true, cache: /^public, max-age=31536000, immutable$/ });
    assert.deepEqual(answer.header('content-encoding'), ['gzip']);
    assert.deepEqual(gunzipSync(answer.body), readFileSync(join(BUILD, path)));
    assert.deepEqual((await admin.get('/account', { 'Accept-Encoding': 'gzip' })).header('content-encoding'), []);
});

test('without the program: 503, with every header once', async () => {
    await stop('program');
    try {
        const answer = await admin.get('/teams/');
        assert.equal(answer.status, 503);
        assertHeaders(answer, { secure: true });
        assertSitePage(answer, 'The site is not available');
    } finally {
        await startProgram();
    }
    await until('pages again', async () => (await admin.get('/healthz')).status === 200);
});

test('a file that is uploaded arrives, through temporary files of the installed site', async () => {
    const form = await admin.form('/files/new'), name = unique('installed');
    form.fill({ name }).set('content', { name: 'a.txt', type: 'text/plain', bytes: Buffer.alloc(300000, 'x') });
    const answer = await form.submit('_save');
    assert.equal(answer.status, 303, answer.words);
});

test('a proxy that make install was told of says whose request it is', async () => {
    const asked = (from, word) => send(`http://127.0.0.1:${ports[0]}`, 'GET', `/${word}`, { 'X-Forwarded-For': '203.0.113.5' }, null, from);
    await asked('127.0.0.9', 'through-the-proxy');
    await asked('127.0.0.10', 'past-the-proxy');
    const lines = readFileSync(join(SERVER.run, 'access.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    const remote = (word) => lines.find(({ path }) => path === `/${word}`).remote;
    assert.deepEqual([remote('through-the-proxy'), remote('past-the-proxy')], ['203.0.113.5', '127.0.0.10']);
});

test('its logs are JSON', () => {
    const said = running.program.said.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual([said[0].event, said[0].workers], ['started', 2]);
    const lines = readFileSync(join(SERVER.run, 'access.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.some(({ path, status, protocol }) => path === '/sign-in' && status === 200 && protocol === 'HTTP/2.0'));
    assert.ok(lines.every(({ time }) => /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/.test(time)));
});

// --- Limits -----------------------------------------------------------------------------------------------------------

test('whoever tries passwords is slowed down, and reads pages all the same', async () => {
    const tries = await Promise.all(Array.from({ length: 40 }, () => new SecureBrowser().post('/sign-in', encode([['email', 'a@example.com'], ['password', 'x']]))));
    const refused = tries.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 10 && refused.length < 40, `${refused.length} of 40`);
    for (const answer of refused) {
        assertHeaders(answer, { secure: true });
        assertSitePage(answer, 'Too many requests');
        assert.deepEqual(answer.header('retry-after'), ['10']);
        assert.ok(answer.words.includes(answer.header('x-request-id')[0]));
    }
    assert.equal((await admin.get('/account')).status, 200);
});

test('all addresses of one IPv6 network are counted as one, and other networks are not', async () => {
    const tries = async (name, address) => {
        const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => sendSecurely('POST', '/sign-in',
            { 'X-Forwarded-For': address(i + 1), 'Content-Type': 'application/x-www-form-urlencoded' },
            encode([['email', `${name}@example.com`], ['password', 'x']]), { localAddress: '127.0.0.9' })));
        return answers.filter(({ status }) => status === 429).length;
    };
    assert.equal(await tries('many', (i) => `2001:db8:0:${i.toString(16)}::1`), 0);
    const refused = await tries('one', (i) => `2001:db8:1::${i.toString(16)}`);
    assert.ok(refused >= 10 && refused < 40, `${refused} of 40`);
});

test('whoever asks for too much at once is slowed down', async () => {
    await sleep(4500); // what earlier tests took of the burst has come back
    const client = connectHttp2(), statuses = [];
    const ask = () => new Promise((resolve, reject) => client.request({ ':path': '/static/icon.svg' })
        .on('response', (headers) => resolve(headers[':status'])).on('error', reject).resume());
    try {
        // A connection does 1000 requests.
        for (let i = 0; i < 16 && !statuses.includes(429); i++)
            statuses.push(...await Promise.all(Array.from({ length: 60 }, ask)));
    } finally {
        client.close();
    }
    assert.ok(statuses.includes(429), 'some are refused');
    assert.ok(statuses.filter((status) => status === 200).length >= 200, 'a burst is served');
    assert.deepEqual([...new Set(statuses)].sort(), [200, 429]);
    await until('pages again', async () => (await admin.get('/account')).status === 200);
});

// --- Units ------------------------------------------------------------------------------------------------------------

// A system's root with the units in it, and what they start.
function unitRoot() {
    const root = newFolder('units');
    assert.equal(make('install', { DESTDIR: root }).status, 0);
    mkdirSync(join(root, 'usr/lib/systemd'), { recursive: true });
    cpSync('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), { recursive: true, verbatimSymlinks: true });
    for (const program of ['usr/sbin/nginx', 'usr/sbin/pgbouncer', 'bin/sh']) {
        mkdirSync(join(root, program, '..'), { recursive: true });
        writeFileSync(join(root, program), '', { mode: 0o755 });
    }
    return root;
}

const analyze = (...words) => spawnSync('systemd-analyze', words, { encoding: 'utf8' });
// Ten times the exposure that systemd-analyze(1) finds: 15 is "OK", at the edge to "SAFE" at 10.
const UNITS = { 'roster.service': 12, 'roster-pooler.service': 12, 'roster-backup.service': 12, 'roster-prune.service': 12, 'roster-nginx.service': 15 };

test('systemd understands the units, and finds that they allow little', () => {
    const root = unitRoot();
    try {
        for (const [unit, most] of Object.entries(UNITS)) {
            const verified = analyze('verify', '--man=no', `--root=${root}`, unit);
            assert.equal(verified.status, 0, verified.stderr);
            assert.doesNotMatch(verified.stderr, /roster/);
            const secure = analyze('security', '--offline=true', `--root=${root}`, '--no-pager', `--threshold=${most}`, unit);
            assert.equal(secure.status, 0, secure.stdout + secure.stderr);
            assert.match(secure.stdout, new RegExp(`exposure level for ${unit}: \\d\\.\\d`));
        }
        for (const timer of ['roster-backup.timer', 'roster-prune.timer'])
            assert.equal(analyze('verify', '--man=no', `--root=${root}`, timer).status, 0);
        const unit = (name) => readFileSync(join(root, 'usr/local/lib/systemd/system', name), 'utf8');
        assert.match(unit('roster-prune.service'), /^ExecStart=\/usr\/local\/bin\/roster prune audit$/m);
        assert.match(unit('roster.service'), /^Wants=.*\broster-prune\.timer\b/m, 'a site that runs prunes, backups or not');
        // So that the check can fail.
        const path = join(root, 'usr/local/lib/systemd/system/roster.service');
        writeFileSync(path, readFileSync(path, 'utf8').replace(/^(NoNewPrivileges|ProtectSystem|SystemCallFilter|CapabilityBoundingSet)=.*\n/gm, ''));
        assert.notEqual(analyze('security', '--offline=true', `--root=${root}`, '--threshold=12', 'roster.service').status, 0);
        writeFileSync(path, readFileSync(path, 'utf8').replace('bin/roster.fcgi', 'bin/nothing'));
        assert.notEqual(analyze('verify', `--root=${root}`, 'roster.service').status, 0);
    } finally {
        rmSync(root, { recursive: true });
    }
});
