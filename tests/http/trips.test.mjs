// What a page costs: one connection and at most two round trips. A proxy stands between the program and the pooler and
// counts; the program runs as plain CGI, so this also shows that it can.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { make, newSignedIn, psql, value } from './data.mjs';
import { Answer, Browser, EMAIL, PASSWORD, encode, signedIn, unique } from './lib.mjs';
import { create, samples } from './samples.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(process.env.BUILD ?? join(root, 'build'), 'roster.fcgi');
const [, host, port] = process.env.DATABASE_URL.match(/[?&]host=([^&]+)&port=(\d+)/);
const folder = mkdtempSync(join(tmpdir(), 'roster-trips-'));

// --- The proxy ------------------------------------------------------------------------------------------------------------

const counts = { connections: 0, goodbyes: 0, syncs: 0, trips: 0 };
const closed = []; // one promise a connection

// Messages of the frontend: the first has no type, every other one has (PostgreSQL 15 manual, 55.7).
function messageReader(tell) {
    let rest = Buffer.alloc(0), started = false;
    return (piece) => {
        rest = Buffer.concat([rest, piece]);
        for (;;) {
            const head = started ? 1 : 0;
            if (rest.length < head + 4 || rest.length < head + rest.readInt32BE(head))
                return;
            tell(started ? String.fromCharCode(rest[0]) : 'startup');
            rest = rest.subarray(head + rest.readInt32BE(head));
            started = true;
        }
    };
}

// A trip begins with the first message after something that the server said.
function watch(client) {
    const server = connect(`${decodeURIComponent(host)}/.s.PGSQL.${port}`);
    let answered = false;
    counts.connections++;
    closed.push(new Promise((resolve) => client.on('close', resolve)));
    const read = messageReader((type) => {
        counts.syncs += type === 'S' ? 1 : 0;
        counts.goodbyes += type === 'X' ? 1 : 0;
        counts.trips += answered && type !== 'X' ? 1 : 0;
        answered = false;
    });
    client.on('data', (piece) => {
        read(piece);
        server.write(piece);
    });
    server.on('data', (piece) => {
        answered = true;
        client.write(piece);
    });
    client.on('end', () => server.end());
    server.on('end', () => client.end());
    for (const socket of [client, server])
        socket.on('error', () => socket.destroy());
}

const proxy = createServer({ allowHalfOpen: true }, watch);
await new Promise((resolve) => proxy.listen(join(folder, `.s.PGSQL.${port}`), resolve));
after(() => {
    proxy.close();
    rmSync(folder, { recursive: true });
});

// --- The program as CGI (RFC 3875) ------------------------------------------------------------------------------------------

class CgiBrowser extends Browser {
    async request(method, path, headers = {}, body = null) {
        Object.assign(counts, { connections: 0, goodbyes: 0, syncs: 0, trips: 0 });
        const cookies = [...this.cookies].map(([name, each]) => `${name}=${each}`).join('; ');
        const [, query = ''] = path.split('?');
        const env = {
            PATH: process.env.PATH, ROSTER_VAR: process.env.ROSTER_VAR, ROSTER_ENV: process.env.ROSTER_ENV ?? '',
            DATABASE_URL: `postgresql://roster@/roster?host=${encodeURIComponent(folder)}&port=${port}`,
            GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', SERVER_SOFTWARE: 'test', REMOTE_ADDR: '127.0.0.1',
            REQUEST_METHOD: method, REQUEST_URI: path, QUERY_STRING: query, HTTP_HOST: new URL(this.site).host,
            HTTP_COOKIE: cookies, HTTP_ACCEPT: headers.Accept ?? '', HTTP_ORIGIN: headers.Origin ?? '',
            CONTENT_TYPE: headers['Content-Type'] ?? '', CONTENT_LENGTH: body ? String(body.length) : '',
        };
        const child = spawn(program, [], { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
        const pieces = [];
        child.stdout.on('data', (piece) => pieces.push(piece));
        child.stdin.on('error', () => {});
        child.stdin.end(body ?? '');
        assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
        await Promise.all(closed.splice(0));
        const output = Buffer.concat(pieces), end = output.indexOf('\r\n\r\n');
        const pairs = output.toString('latin1', 0, end).split('\r\n').map((line) => line.match(/^([^:]+): (.*)$/).slice(1))
            .map(([name, each]) => [name.toLowerCase(), each]);
        const [, status] = pairs.find(([name]) => name === 'status');
        return new Answer(this, path, { status: parseInt(status), headers: pairs, body: output.subarray(end + 4) });
    }
}

const admin = await signedIn();
const cgi = new CgiBrowser();
cgi.cookies = admin.cookies;
cgi.password = PASSWORD;

function assertCost(trips) {
    assert.equal(counts.connections, 1, 'one connection');
    assert.ok(counts.trips >= 1 && counts.trips <= trips, `${counts.trips} round trips`);
    assert.ok(counts.syncs <= counts.trips, `${counts.syncs} Sync messages in ${counts.trips} trips`);
    assert.equal(counts.goodbyes, 1, 'the connection is closed as it should be');
}

// --- Pages ------------------------------------------------------------------------------------------------------------------

const team = make.team(), boss = make.member(team), skill = make.skill();
make.member(team, { reports_to_id: boss });
const thread = make.thread(team, { opened_by_id: boss }), checkpoint = make.checkpoint(thread), key = make.apiKey(team);
psql("INSERT INTO team_skill VALUES (:'team', :'skill'); INSERT INTO member_skill VALUES (:'boss', :'skill')", { team, skill, boss });
const upload = (await create(admin, 'files')).id, user = make.user();
const records = { teams: team, members: boss, skills: skill, threads: thread, checkpoints: checkpoint, files: upload, 'api-keys': key,
    users: user };

const pages = [['/', 1], ['/admin/', 2], ['/admin/health', 2], ['/admin/schema', 2], ['/admin/migrations', 2], ['/admin/migrations/show/1c0ad537', 2], ['/admin/migrations/upgrade?to=head', 2], ['/admin/migrations/rescue', 1], ['/admin/seeds', 1], ['/admin/audit', 1], ['/admin/audit?kind=changes&who=a@example.com&from=2020-01-01', 1], ['/account', 2], ['/account/second-factor', 2], ['/teams/options?q=a', 1], ['/members/choose/team_id?_q=a', 1],
    ...Object.entries(records).flatMap(([path, id]) => [[`/${path}/`, 2], [`/${path}/?q=a`, 2], [`/${path}/new`, 1], [`/${path}/${id}`, 2],
        [`/${path}/${id}/edit`, 1], [`/${path}/${id}/delete`, 1], [`/${path}/${id}/history`, 1]]),
    [`/threads/?team_id=${team}&status=open&sort=due_on&due_on.from=2020-01-01`, 2], [`/members/new?team_id=${team}&skills=${skill}`, 1]];

for (const [path, trips] of pages)
    test(`GET ${path.replace(/[0-9a-f-]{36}|\d+/g, 'N')} costs one connection and ${trips} round trip${trips > 1 ? 's at most' : ''}`, async () => {
        const answer = await cgi.get(path);
        assert.equal(answer.status, 200, answer.text.slice(0, 300));
        assert.ok(answer.body.length > 50);
        assertCost(trips);
    });

test('the queries page makes one round trip for itself and one to where the figures are', async () => {
    assert.equal((await cgi.get('/admin/queries')).status, 200);
    assert.deepEqual([counts.connections, counts.syncs], [2, 2]);
    assert.ok(counts.trips <= 2, `${counts.trips} round trips`);
});

test('the same page comes from CGI as through nginx', async () => {
    const [one, other] = [await cgi.get(`/teams/${team}`), await admin.get(`/teams/${team}`)];
    assert.equal(one.text, other.text);
    assert.deepEqual(one.header('content-type'), other.header('content-type'));
});

test('a list of more than 10,000 asks the planner in a second trip', async () => {
    const big = make.team();
    try {
        psql("INSERT INTO member (name, role, team_id) SELECT 'm' || n, 'x', :'big' FROM generate_series(1, 10500) n", { big });
        assert.match((await cgi.get(`/members/?team_id=${big}`)).page.one('h1 .count').words, /^about /);
        assertCost(2);
    } finally {
        psql("DELETE FROM team WHERE id = :'big'", { big });
    }
});

test('of whoever may not read everything so many rows are not asked: more than 1,000, in one trip', async () => {
    const person = await newSignedIn(admin), ordinary = new CgiBrowser(), big = make.team({ visibility: 'open' });
    ordinary.cookies = person.cookies;
    const counted = async () => (await ordinary.get(`/members/?team_id=${big}`)).page.one('h1 .count').words;
    try {
        psql("INSERT INTO member (name, role, team_id) SELECT 'm' || n, 'x', :'big' FROM generate_series(1, 1000) n", { big });
        assert.equal(await counted(), '1,000');
        make.member(big);
        assert.equal(await counted(), 'more than 1,000');
        assertCost(1);
        assert.equal((await cgi.get(`/members/?team_id=${big}`)).page.one('h1 .count').words, '1,001');
    } finally {
        psql("DELETE FROM team WHERE id = :'big'", { big });
    }
});

test('a page that needs no database opens no connection', async () => {
    for (const path of ['/healthz', '/sign-in', '/no-such', '/teams/%ff']) {
        await cgi.get(path);
        assert.equal(counts.connections, 0, path);
    }
});

test('nobody is sent to the sign-in page without a connection when there is no cookie', async () => {
    const nobody = new CgiBrowser();
    assert.equal((await nobody.get('/teams/')).status, 303);
    assert.equal(counts.connections, 0);
});

test('"ready" is known after one trip', async () => {
    assert.equal((await cgi.get('/readyz')).text, 'ready\n');
    assertCost(1);
});

// --- Saves ------------------------------------------------------------------------------------------------------------------

const cgiForm = async (path, selector) => (await cgi.get(path)).form(selector);

for (const path of Object.keys(samples)) {
    test(`saving one of the new ${path} costs one connection and two round trips`, async () => {
        const sample = samples[path]();
        const answer = await (await cgiForm(`/${path}/new`)).fill(sample.values).submit('_save');
        assert.equal(answer.status, 303, answer.words);
        assertCost(2);
    });

    test(`saving one of the edited ${path} costs one connection and two round trips`, async () => {
        const made = await create(admin, path);
        const answer = await (await cgiForm(`${made.address}/edit`)).fill(made.change).submit('_save');
        assert.equal(answer.status, 303, answer.words);
        assertCost(2);
        assert.equal(value(`SELECT count(*) FROM change WHERE model = '${made.table}' AND record = :'id'`, made), '2');
    });
}

test('saving links as well costs no more', async () => {
    const form = (await cgiForm(`/members/${boss}/edit`)).set('role', unique('role')).tick('skills[]', skill, false)
        .add('skills[]', make.skill()).add('skills[]', make.skill());
    assert.equal((await form.submit('_save')).status, 303);
    assertCost(2);
});

test('a form that is refused costs one trip', async () => {
    const answer = await (await cgiForm('/teams/new')).set('name', '').submit('_save');
    assert.equal(answer.status, 422);
    assertCost(2);
});

test('a step that chooses a related record costs one trip', async () => {
    const answer = await (await cgiForm(`/members/${boss}/edit`)).submit('_pick', 'skills');
    assert.match(answer.heading, /choose what to add/);
    assertCost(1);
    const back = await answer.form('form.picker').submit('_unpick');
    assert.equal(back.status, 200);
    assertCost(1);
});

test('deleting costs one connection and two round trips', async () => {
    const made = await create(admin, 'members');
    assert.equal((await (await cgiForm(`${made.address}/delete`, 'form[data-once]')).submit()).status, 303);
    assertCost(2);
});

test('ending sign-ins costs one connection and two round trips', async () => {
    for (const path of [`/admin/accounts/${user}/end`, '/account/sign-ins/end']) {
        const { element } = await cgiForm('/account', 'form'), csrf = element.one('[name="csrf"]').get('value');
        const answer = await cgi.post(path, encode([['csrf', csrf], ['id', '0']]));
        assert.equal(answer.status, 303, answer.words);
        assertCost(2);
    }
});

test('signing in costs one connection and two round trips', async () => {
    const nobody = new Browser(), form = await nobody.form('/sign-in', 'form');
    cgi.cookies = nobody.cookies;
    try {
        const answer = await cgi.post('/sign-in', encode([['csrf', form.get('csrf')], ['email', EMAIL], ['password', PASSWORD]]));
        assert.equal(answer.status, 303, answer.words);
        assertCost(2);
    } finally {
        cgi.cookies = admin.cookies;
    }
});
