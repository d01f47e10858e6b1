// nginx/site.sh: how a site starts, keeps going, refuses to start, and stops. It runs sites of its own, in folders and
// on ports of their own.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIn } from './own_site.mjs';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
const build = process.env.BUILD ?? join(root, 'build');
const folders = [];

function newFolder() {
    const folder = mkdtempSync(join(tmpdir(), 'roster-site-'));
    folders.push(folder);
    return folder;
}

function environment(folder, more = {}) {
    const clean = { ...process.env, ROSTER_VAR: folder, PORT: '0', ROSTER_SEEDS_AT_START: 'initial', ...more };
    for (const name of ['DATABASE_URL', 'DATABASE_DIRECT_URL'])
        if (!(name in more)) delete clean[name];
    return clean;
}

// A site that serves: its address, its database, and how it ends.
async function startSite(folder, more = {}) {
    const ready = join(folder, 'ready');
    rmSync(ready, { force: true });
    const child = spawn('bash', ['nginx/site.sh', '--ready-file', ready], { cwd: root, env: environment(folder, more) });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
    for (let i = 0; i < 600 && !existsSync(ready); i++) {
        assert.equal(child.exitCode, null, output);
        await sleep(50);
    }
    const values = {};
    for (const line of readFileSync(ready, 'utf8').trim().split('\n')) {
        const [, name, value] = line.match(/^([A-Z_]+)=(.*)$/);
        values[name] = value.replace(/\\(.)/g, '$1');
    }
    return {
        folder, child, ended, url: values.ROSTER_URL, database: values.DATABASE_DIRECT_URL, output: () => output,
        get: (path, options) => fetch(values.ROSTER_URL + path, { redirect: 'manual', ...options }),
        processOf: (name) => processIn(join(folder, 'run', `${name}.pid`)),
        stop: (signal = 'SIGTERM') => (child.kill(signal), ended),
    };
}

// A site that is expected not to start: its exit status and what it said.
function refusedSite(folder, more, args = []) {
    const result = spawnSync('bash', ['nginx/site.sh', ...args], {
        cwd: root, env: environment(folder, more), encoding: 'utf8', timeout: 60000 });
    return { status: result.status, said: result.stderr.trim(), lines: result.stderr.trim().split('\n') };
}

// The processes that run in a folder, or name it.
function processesOf(folder) {
    return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).filter((name) => {
        try {
            return Number(name) !== process.pid && (readlinkSync(`/proc/${name}/cwd`).startsWith(folder) ||
                readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(folder));
        } catch {
            return false;
        }
    });
}

async function until(what, condition, seconds = 15) {
    for (let i = 0; i < seconds * 20; i++) {
        if (await Promise.resolve().then(condition).catch(() => false)) return;
        await sleep(50);
    }
    assert.fail(`not within ${seconds} s: ${what}`);
}

function sql(site, text) {
    return execFileSync('psql', ['-X', '-A', '-t', '-d', site.database, '-c', text], { encoding: 'utf8' }).trim();
}

function databaseControl(site, verb) {
    execFileSync('bash', ['nginx/site.sh', 'database', verb], { cwd: root, env: environment(site.folder) });
}

let site;
before(async () => {
    site = await startSite(newFolder(), { ROSTER_SEEDS_AT_START: '' }); // that is the default: initial and demo
});
after(async () => {
    site.child.kill('SIGCONT');
    await site.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('the first start prints the address and works', async () => {
    assert.match(site.output(), /Roster is ready at http:\/\/127\.0\.0\.1:\d+\//);
    assert.equal((await site.get('/readyz')).status, 200);
    assert.equal(sql(site, 'SHOW data_checksums'), 'on');
    assert.equal(sql(site, "SELECT datlocprovider::text || daticulocale FROM pg_database WHERE datname = 'roster'"), 'iund');
    assert.equal(sql(site, 'SHOW listen_addresses'), '');
    assert.equal(sql(site, "SELECT rolsuper FROM pg_roles WHERE rolname = 'roster'"), 'f');
});

const headers = ['content-security-policy', 'x-content-type-options', 'referrer-policy'];
for (const [path, status] of [['/sign-in', 200], ['/', 303], ['/static/roster.css', 200], ['/static/none', 404],
    ['/static/../Makefile', 303], ['/static/down.html', 404]])
    test(`${path} has each security header once`, async () => {
        const { stdout } = spawnSync('curl', ['-s', '-i', '--path-as-is', site.url + path], { encoding: 'utf8' });
        const head = stdout.slice(0, stdout.search(/\r?\n\r?\n/)).toLowerCase();
        if (path !== '/static/../Makefile') assert.match(head, new RegExp(`^http/1.1 ${status} `));
        for (const name of headers) assert.equal(head.split('\n').filter((line) => line.startsWith(name + ':')).length, 1, name);
        assert.ok(!/\$\(BUILD\)/.test(stdout), 'no file outside static/ is served');
    });

const post = ['-X', 'POST', '--data-binary', '@Makefile'];
for (const [what, path, options, status, words] of [
    ['a file that is not there', '/static/none.css', [], 404, 'There is nothing at this address'],
    ['a folder', '/static/', [], 404, 'There is nothing at this address'],
    ['a form sent to a file', '/static/roster.css', post, 405, 'This request cannot be understood'],
    ['an address that is too long', `/${'x'.repeat(20000)}`, [], 414, 'This request cannot be understood'],
    ['a header that is too long', '/', ['-H', `Cookie: a=${'x'.repeat(20000)}`], 400, 'This request cannot be understood'],
    ['a body that announces too much', '/', ['-H', 'Content-Length: 99999999999', ...post], 413, 'This is too large'],
])
    test(`what nginx itself says to ${what} is a page of the site`, () => {
        const { stdout } = spawnSync('curl', ['-s', '-i', '--max-time', '20', ...options, site.url + path],
            { cwd: root, encoding: 'utf8' });
        assert.match(stdout, new RegExp(`^HTTP/1.1 ${status} `));
        assert.match(stdout, new RegExp(`<h1>.*</h1>[^]*${words}|<h1>${words}`));
        assert.match(stdout, /content-security-policy:/i);
        assert.doesNotMatch(stdout, /<center>/);
    });

test('a body over the limit is refused with 413 before the program sees it', async () => {
    const body = new Uint8Array(33 * 1024 * 1024);
    const response = await site.get('/sign-in', { method: 'POST', body }).catch((error) => error);
    // nginx may close the connection while the body is still being sent.
    assert.ok(response.status === 413 || response instanceof TypeError, String(response.status));
    assert.equal((await site.get('/healthz')).status, 200);
});

for (const [name, path] of [['nginx', '/healthz'], ['program', '/healthz'], ['pgbouncer', '/readyz'], ['postgres', '/readyz']])
    test(`${name} is started again when it is killed`, async () => {
        const old = site.processOf(name), file = openSync(join(site.folder, 'run', `${name}.pid`));
        try {
            process.kill(old, 'SIGKILL');
            await until('another process', () => site.processOf(name) !== old);
            await until('pages again', async () => (await site.get(path)).status === 200);
            assert.equal(Number(readFileSync(file, 'utf8')), old, 'its file is another one, not the same written anew');
        } finally {
            closeSync(file);
        }
    });

test('without its database the site answers 503 with Retry-After, and 200 as soon as it is back', async () => {
    databaseControl(site, 'stop');
    try {
        const response = await site.get('/readyz');
        assert.equal(response.status, 503);
        assert.match(response.headers.get('retry-after'), /^[0-9]+$/);
        assert.equal((await site.get('/healthz')).status, 200);
        const begin = Date.now();
        assert.equal((await site.get('/readyz')).status, 503);
        assert.ok(Date.now() - begin < 1000, 'refused at once');
    } finally {
        databaseControl(site, 'start');
    }
    await until('200 again', async () => (await site.get('/readyz')).status === 200, 3);
});

test('a database that is killed while a long query runs is started again, once', async () => {
    const postmaster = () => processIn(join(site.folder, 'postgres/postmaster.pid'));
    await until('it is looked after', () => site.processOf('postgres') === postmaster());
    const old = postmaster(), said = site.output().length;
    // Nothing in it waits for anything, which is when it would notice.
    const client = spawn('psql', ['-Xqc', 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b', site.database],
        { stdio: 'ignore' });
    await until('it runs', () => sql(site, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 100000)%'"
        + ' AND pid <> pg_backend_pid()') === '1');
    process.kill(old, 'SIGKILL');
    await until('pages again', async () => (await site.get('/readyz')).status === 200 && site.processOf('postgres') !== old, 30);
    client.kill();
    assert.equal(site.output().slice(said).match(/postgres ended with status/g).length, 1, site.output().slice(said));
});

test('a database that was stopped and started by hand is started again when it is killed', async () => {
    const first = site.processOf('postgres');
    databaseControl(site, 'stop');
    databaseControl(site, 'start');
    await until('it is looked after', () => site.processOf('postgres') !== first);
    const second = site.processOf('postgres');
    process.kill(second, 'SIGKILL');
    await until('another process', () => site.processOf('postgres') !== second);
    await until('pages again', async () => (await site.get('/readyz')).status === 200);
    for (let i = 0; i < 3; i++) { // faster than the site looks
        databaseControl(site, 'stop');
        databaseControl(site, 'start');
    }
    await until('it is looked after again', () => site.processOf('postgres') !== second && sql(site, 'SELECT 1') === '1');
});

test('without workers nginx answers with its own page', async () => {
    site.child.kill('SIGSTOP');
    try {
        process.kill(-site.processOf('program'), 'SIGKILL');
        await sleep(200);
        for (const method of ['GET', 'POST']) {
            const response = await site.get('/teams/', { method });
            assert.equal(response.status, 503, method);
            assert.equal(response.headers.get('retry-after'), '5');
            assert.match(await response.text(), /<html/);
        }
    } finally {
        site.child.kill('SIGCONT');
    }
    await until('pages again', async () => (await site.get('/healthz')).status === 200);
});

test('the same program answers as plain CGI', () => {
    const cgi = (path) => execFileSync(join(build, 'roster.fcgi'), [], {
        cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...environment(newFolder(), { DATABASE_URL: site.database }), GATEWAY_INTERFACE: 'CGI/1.1',
            REQUEST_METHOD: 'GET', REQUEST_URI: path, QUERY_STRING: '', SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1',
            PORT: '8080', HTTP_HOST: 'localhost' } });
    assert.match(cgi('/sign-in'), /^Status: 200[^]*\r\n\r\n[^]*<h1>Sign in<\/h1>/);
    assert.match(cgi('/readyz'), /^Status: 200/);
    assert.match(cgi('/teams/'), /^Status: 303/);
});

test('a second site in the same folder is refused', () => {
    const { status, said } = refusedSite(site.folder);
    assert.equal(status, 1);
    assert.match(said, /runs already, as process [0-9]+/);
});

test('a taken port is said before anything is started', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const folder = newFolder();
    const { port } = server.address();
    // Not spawnSync: the server must be able to accept.
    const child = spawn('bash', ['nginx/site.sh'], { cwd: root, env: environment(folder, { PORT: String(port) }) });
    let said = '';
    child.stderr.on('data', (data) => (said += data));
    const status = await new Promise((resolve) => child.on('exit', resolve));
    server.close();
    assert.equal(status, 1);
    assert.match(said, new RegExp(`^roster: error: port ${port} is taken.*PORT=[0-9]+\n$`));
    assert.ok(!existsSync(join(folder, 'postgres')));
});

for (const [what, more, message] of [
    ['a port that is none', { PORT: '80000' }, /PORT is '80000'/],
    ['a number of workers that is none', { ROSTER_WORKERS: 'many' }, /ROSTER_WORKERS is 'many'/],
    ['an address that is none', { ROSTER_LISTEN: 'here' }, /ROSTER_LISTEN is 'here'/],
    ['an address of a database that is none', { DATABASE_URL: 'http://127.0.0.1/roster' }, /DATABASE_URL/],
])
    test(`${what} is refused in clear words`, () => {
        const { status, said, lines } = refusedSite(newFolder(), more);
        assert.notEqual(status, 0);
        assert.match(said, message);
        assert.ok(lines.length <= 2, said);
    });

test('a server of somebody else is used as it is, and a wrong password is told', async () => {
    const superuser = { ...site, database: site.database.replace('roster@', 'postgres@') };
    const hba = join(site.folder, 'postgres/pg_hba.conf');
    const before = readFileSync(hba, 'utf8');
    writeFileSync(hba, 'local all guest scram-sha-256\n' + before);
    sql(superuser, "CREATE ROLE guest LOGIN PASSWORD 'p%s w'");
    sql(superuser, 'CREATE DATABASE guest OWNER guest');
    sql(superuser, 'SELECT pg_reload_conf()');
    const url = (password) => site.database.replace('roster@/roster', `guest:${encodeURIComponent(password)}@/guest`);
    const closed = await startSite(newFolder(), { DATABASE_URL: url('wrong') });
    assert.equal(await closed.stop(), 0);
    assert.match(closed.output(), /The site is closed: .*password authentication failed for user "guest"/);
    assert.ok(!closed.output().includes('wrong'), 'the password is not shown');
    const guest = await startSite(newFolder(), { DATABASE_URL: url('p%s w') });
    try {
        assert.equal((await guest.get('/readyz')).status, 200);
        assert.ok(!existsSync(join(guest.folder, 'postgres')));
        assert.ok(!existsSync(join(guest.folder, 'run/pgbouncer.pid')));
    } finally {
        assert.equal(await guest.stop(), 0);
        writeFileSync(hba, before);
    }
});

test('a terminal that goes away does not keep the site from stopping properly', async () => {
    const other = await startSite(newFolder());
    other.child.stdout.destroy();
    other.child.stderr.destroy();
    const old = other.processOf('program');
    process.kill(old, 'SIGKILL'); // which the site wants to tell
    await until('another process', () => other.processOf('program') !== old);
    assert.equal(await other.stop('SIGHUP'), 0);
    assert.deepEqual(processesOf(other.folder), []);
});

test('a folder with strange things in it is left alone', () => {
    if (process.getuid() !== 0) return;
    const folder = newFolder();
    execFileSync('touch', [join(folder, 'thesis.odt')]);
    const { status, said } = refusedSite(folder);
    assert.equal(status, 1);
    assert.match(said, /thesis\.odt/);
});


test('SIGTERM stops everything, with status 0, and the data is there again after the next start', async () => {
    sql(site, "CREATE TABLE kept AS SELECT 'yes' AS answer");
    const users = sql(site, 'SELECT count(*) FROM "user"');
    assert.ok(Number(sql(site, 'WITH gone AS (DELETE FROM team RETURNING 1) SELECT count(*) FROM gone')) > 0, 'the demo was there');
    assert.equal(await site.stop(), 0);
    assert.deepEqual(processesOf(site.folder), []);
    await assert.rejects(fetch(site.url));
    const begin = Date.now();
    site = await startSite(site.folder, { ROSTER_SEEDS_AT_START: '' });
    assert.ok(Date.now() - begin < 10000, 'the second start is fast');
    assert.equal(sql(site, 'SELECT answer FROM kept'), 'yes');
    assert.equal(sql(site, 'SELECT count(*) FROM "user"'), users);
    assert.equal(sql(site, 'SELECT count(*) FROM team'), '0', 'nothing is seeded twice');
    assert.doesNotMatch(site.output(), /First sign-in/);
});

test('a site that was killed leaves nothing running and starts again', async () => {
    assert.equal(await site.stop('SIGKILL'), 'SIGKILL');
    await until('everything is gone', () => processesOf(site.folder).length === 0, 20);
    site = await startSite(site.folder);
    assert.equal((await site.get('/readyz')).status, 200);
});

test('what outlived a killed site is ended by the next one', async () => {
    const nginx = site.processOf('nginx');
    site.child.kill('SIGSTOP');
    process.kill(nginx, 'SIGKILL'); // its workers live on and hold the port
    assert.equal(await site.stop('SIGKILL'), 'SIGKILL');
    site = await startSite(site.folder);
    assert.equal((await site.get('/readyz')).status, 200);
});

// bash remembers how children ended long after their numbers went to others.
test('a database that was started by hand and killed is started again, also when its number was once a child\'s', () => {
    const folder = newFolder(), log = spawnSync('bash', ['-euo', 'pipefail', '-c', `
        var=$1 own_database=yes sockets=$1
        . nginx/lib/processes.sh
        . nginx/lib/cluster.sh
        mkdir "$var/postgres" "$var/run"
        launch_postgres() { echo launched; }
        true &
        child=$!
        sleep 0.2
        echo $child >"$var/postgres/postmaster.pid"
        adopt_postgres
        revive postgres`, 'site', folder], { cwd: root, encoding: 'utf8' });
    assert.equal(log.status, 0, log.stderr);
    assert.match(log.stderr, /postgres ended with status 127 and is started again/);
    assert.equal(log.stdout, 'launched\n');
});
