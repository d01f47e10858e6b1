// What programs read with an API key: who is let in and who is not, and what the answers are like.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { make, newPerson, psql, row, rows, value } from './data.mjs';
import { Browser, newAddress, signedIn, unique } from './lib.mjs';
import { OwnSite } from './own_site.mjs';

const admin = await signedIn();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// A program with this key, or with whatever it sends instead.
function program(authorization, { site, from } = {}) {
    const browser = new Browser(site, from);
    return (path, headers = {}, method = 'GET') => browser.request(method, path, { ...(authorization ? { Authorization: authorization } : {}), ...headers });
}

function newKey(team, values = {}) {
    const key = unique('key');
    return { key, id: make.apiKey(team, { hashed_key: sha256(key), ...values }) };
}

const team = make.team({ visibility: 'private', description: 'All of "it",\n\u2028 here' });
const { key, id: keyId } = newKey(team);
const ask = program(`Bearer ${key}`);

function assertProblem(answer, status, words) {
    assert.deepEqual([answer.status, answer.header('content-type')], [status, ['application/problem+json']], answer.text);
    assert.equal(answer.json.status, status);
    assert.match(answer.json.detail, words);
    assert.ok(answer.json.title.length > 3);
    assert.equal(answer.json.request, answer.header('x-request-id')[0]);
    assert.deepEqual(answer.header('cache-control'), ['no-store']);
}

// --- Who is let in ----------------------------------------------------------------------------------------------------------

test('a key that an owner makes on the page is shown once, and opens the team from then on', async () => {
    const owner = await newPerson(admin), browser = await signedIn(owner.email, owner.password);
    const own = make.team({ owner_id: owner.id, visibility: 'private' });
    const form = (await browser.form(`/api-keys/new?team_id=${own}`)).set('description', 'a program');
    const made = await form.submit('_save'), page = await made.follow();
    const shown = page.page.one('section.key code').words;
    assert.match(shown, /^[\w-]{43}$/);
    assert.ok(!(await browser.get(made.location)).text.includes(shown), 'shown once');
    assert.equal(value('SELECT hashed_key FROM api_key WHERE id = :id', { id: made.location.split('/').pop() }), sha256(shown));
    const answer = await program(`Bearer ${shown}`)('/api/v1/');
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, { opened: `/api/v1/teams/${own}`, lists: { teams: '/api/v1/teams/', members: '/api/v1/members/',
        skills: '/api/v1/skills/', threads: '/api/v1/threads/', checkpoints: '/api/v1/checkpoints/' } });
    assert.equal((await program(`bearer   ${shown}`)('/api/v1/')).status, 200, 'the scheme in any letters (RFC 9110, 11.1)');
});

test('without a key, with another one, and with one in another place, nobody gets in', async () => {
    const without = await program()('/api/v1/teams/');
    assertProblem(without, 401, /^Send an API key in the header 'Authorization: Bearer KEY'\.$/);
    assert.deepEqual(without.header('www-authenticate'), ['Bearer']);
    for (const given of ['Bearer', 'Bearer ', `Basic ${Buffer.from(`x:${key}`).toString('base64')}`, key, `Token ${key}`]) {
        const answer = await program(given, { from: newAddress() })('/api/v1/teams/');
        assertProblem(answer, 401, /^Send an API key/);
        assert.deepEqual(answer.header('www-authenticate'), ['Bearer error="invalid_token"']);
    }
    for (const given of [`Bearer ${key}x`, `Bearer ${key.slice(0, -1)}`, `Bearer ${key.toUpperCase()}`, `Bearer ${sha256(key)}`, "Bearer ' OR true --", `Bearer ${'x'.repeat(3000)}`]) {
        const answer = await program(given, { from: newAddress() })('/api/v1/teams/');
        assertProblem(answer, 401, /^This API key is none, was deleted or has expired/);
    }
    for (const path of [`/api/v1/teams/${team}?key=${key}`, `/api/v1/teams/${team}?access_token=${key}`])
        assertProblem(await program()(path), 401, /^Send an API key/);
    assertProblem(await program()('/api/v1/', { Cookie: `roster_session=${key}; key=${key}` }), 401, /^Send an API key/);
    assertProblem(await program()('/api/v1/', { Cookie: [...admin.cookies].map((pair) => pair.join('=')).join('; ') }), 401, /^Send an API key/);
});

test('a key ends when it expires, by the clock of the database, and when it is deleted', async () => {
    const soon = newKey(team, { expires_at: value("SELECT now() + interval '3 seconds'") }), from = newAddress();
    const send = (each) => program(`Bearer ${each}`, { from })('/api/v1/');
    assert.equal((await send(soon.key)).status, 200);
    await sleep(3100);
    assertProblem(await send(soon.key), 401, /has expired/);
    const gone = newKey(team);
    assert.equal((await send(gone.key)).status, 200);
    const page = await admin.form(`/api-keys/${gone.id}/delete`, 'form[data-once]');
    if (page.inputs('_password')[0])
        page.set('_password', admin.password);
    assert.equal((await page.submit()).status, 303);
    assertProblem(await send(gone.key), 401, /was deleted/);
});

test('who guesses keys is slowed down, and a key that was used from there is not', async () => {
    const from = newAddress(), right = program(`Bearer ${key}`, { from });
    assert.equal((await right('/api/v1/')).status, 200);
    let answer, tries = 0;
    do
        answer = await program(`Bearer ${unique('guess')}`, { from })('/api/v1/');
    while (answer.status === 401 && ++tries < 200);
    assertProblem(answer, 429, /^Too many tries have failed\. Wait \d+ seconds?, then try again\.$/);
    assert.ok(tries >= 60 && tries <= 80, `${tries} tries`); // THROTTLE_FREE_ADDRESS of cgi/throttle.h
    assert.ok(Number(answer.header('retry-after')[0]) >= 1);
    assertProblem(await program(`Bearer ${newKey(team).key}`, { from })('/api/v1/'), 429, /^Too many tries/);
    assert.equal((await right('/api/v1/')).status, 200);
    const [line] = rows("SELECT who FROM audit WHERE action = 'told to wait' AND remote = :'from'", { from });
    assert.match(line.who, /^API key [0-9a-f]{12}$/);
});

test('the use of a key is written down, at most once a minute', async () => {
    const used = newKey(team), send = program(`Bearer ${used.key}`), when = () => value('SELECT last_used_at FROM api_key WHERE id = :id', used);
    assert.equal(when(), '');
    await send('/api/v1/');
    const first = when();
    assert.notEqual(first, '');
    await send('/api/v1/');
    assert.equal(when(), first);
    psql("UPDATE api_key SET last_used_at = last_used_at - interval '61 seconds' WHERE id = :id", used);
    await send('/api/v1/teams/nonsense');
    assert.ok(when() > first, 'whatever is answered');
    psql("UPDATE api_key SET last_used_at = '2020-02-02' WHERE id = :id", used);
    await program('Bearer wrong', { from: newAddress() })('/api/v1/');
    assert.match(when(), /^2020-02-02/);
});

test('no log has a key, and what was refused stands there', async () => {
    const wrong = unique('wrong-key');
    const refused = await program(`Bearer ${wrong}`, { from: newAddress() })('/api/v1/');
    const forbidden = await ask('/api/v1/users/');
    assertProblem(forbidden, 403, /^API keys do not open users\.$/);
    const logs = ['access.log', 'nginx.log', 'program.log', 'postgres.log'].map((name) => readFileSync(join(process.env.ROSTER_VAR, 'log', name), 'utf8'));
    for (const text of logs)
        for (const secret of [key, wrong])
            assert.ok(!text.includes(secret));
    const line = (answer) => JSON.parse(logs[2].split('\n').find((each) => each.includes(answer.json.request)));
    assert.deepEqual([line(refused).event, line(refused).status, line(refused).api_key], ['request refused', 401, undefined]);
    assert.deepEqual([line(forbidden).status, line(forbidden).api_key], [403, String(keyId)]);
});

// --- What they read ---------------------------------------------------------------------------------------------------------

test('a record has what its page has, each value as what it is', async () => {
    const skill = make.skill({ name: unique('A skill') });
    const user = make.user(), lead = make.member(team, { name: unique('lead'), user_id: user, capacity_hours: '12.50', joined_on: '2024-02-29' });
    const member = make.member(team, { reports_to_id: lead, backstory: 'Tab\there, \\ and "quotes" ☃' });
    psql('INSERT INTO member_skill VALUES (:lead, :skill); INSERT INTO team_skill VALUES (:team, :skill)', { lead, skill, team });
    const thread = make.thread(team, { opened_by_id: lead, subject: '</script><b>x' });
    const point = make.checkpoint(thread, { state: '{"a": [1.50, true, null], "é": 12345678901234567890}', created_at: '2026-01-02 03:04:05.678901+00' });
    const read = async (path) => {
        const answer = await ask(`/api/v1/${path}`);
        assert.deepEqual([answer.status, answer.header('content-type'), answer.header('x-content-type-options')], [200, ['application/json'], ['nosniff']], answer.text);
        assert.deepEqual(answer.header('set-cookie'), []);
        return answer.json;
    };
    const leader = row('SELECT * FROM member WHERE id = :lead', { lead });
    const { created_at, updated_at, ...rest } = await read(`members/${lead}`);
    assert.deepEqual(rest, { id: Number(lead), title: leader.name, name: leader.name, team_id: { id: Number(team), title: value('SELECT name FROM team WHERE id = :team', { team }) },
        role: 'tester', type: 'worker', reports_to_id: null, user_id: { hidden: true }, capacity_hours: '12.50', joined_on: '2024-02-29', backstory: null,
        skills: { items: [{ id: Number(skill), title: value('SELECT name FROM skill WHERE id = :skill', { skill }) }], more: false } });
    assert.equal(Date.parse(created_at), Date.parse(leader.created_at));
    assert.match(updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/, 'RFC 3339');
    const other = await read(`members/${member}`);
    assert.deepEqual(other.reports_to_id, { id: Number(lead), title: leader.name });
    assert.equal(other.backstory, 'Tab\there, \\ and "quotes" ☃');
    const checkpoint = await ask(`/api/v1/checkpoints/${point}`);
    assert.match(checkpoint.text, /"a":\s*\[\s*1\.50,\s*true,\s*null\s*\]/, 'as it is stored, to the last digit');
    assert.match(checkpoint.text, /12345678901234567890/);
    assert.equal(checkpoint.json.created_at, '2026-01-02T03:04:05.678901+00:00');
    assert.deepEqual(checkpoint.json.thread_id, { id: thread, title: '</script><b>x' });
    const itself = await read(`teams/${team}`);
    assert.equal(itself.description, 'All of "it",\n\u2028 here');
    assert.deepEqual(itself.owner_id, { hidden: true });
    assert.deepEqual(itself.skills.items, rest.skills.items);
    assert.ok(!('uploads' in rest), 'what keys do not open is left out');
});

test('a list takes what the list of the site takes, and leads on page by page', async () => {
    const big = make.team({ visibility: 'private' }), send = program(`Bearer ${newKey(big).key}`);
    psql(`INSERT INTO member (team_id, name, role, type) SELECT :big, 'm-' || lpad(i::text, 3, '0'), 'tester', CASE WHEN i % 2 = 0 THEN 'leader' ELSE 'worker' END::member_type
        FROM generate_series(1, 60) i`, { big });
    const names = [];
    let path = '/api/v1/members/?sort=-name', pages = 0, answer;
    for (; path; path = answer.json.next, pages++) {
        answer = await send(path);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual([answer.json.count, answer.json.count_is_exact], [60, true]);
        names.push(...answer.json.items.map((item) => item.name));
    }
    assert.deepEqual(names, Array.from({ length: 60 }, (_, i) => `m-${String(60 - i).padStart(3, '0')}`));
    assert.ok(pages > 1);
    const back = await send(answer.json.previous);
    assert.equal(back.json.items.at(-1).name, names[names.indexOf(answer.json.items[0].name) - 1]);
    const leaders = await send('/api/v1/members/?type=leader&q=m-00');
    assert.deepEqual(leaders.json.items.map((item) => item.name), ['m-002', 'm-004', 'm-006', 'm-008']);
    assert.deepEqual(Object.keys(leaders.json), ['items', 'count', 'count_is_exact', 'previous', 'next']);
    assert.deepEqual([leaders.json.previous, leaders.json.next], [null, null]);
    assert.deepEqual((await send('/api/v1/threads/')).json.items, []);
    const head = await program(`Bearer ${key}`)('/api/v1/members/', {}, 'HEAD');
    assert.deepEqual([head.status, head.text], [200, '']);
});

test('what an address asks for and cannot have is said', async () => {
    assertProblem(await ask('/api/v1/members/?colour=red'), 400, /^Members have no filter 'colour'\.$/);
    assertProblem(await ask('/api/v1/members/?sort=backstory'), 400, /sort/);
    assertProblem(await ask('/api/v1/members/?after=x'), 400, /./);
    assertProblem(await ask('/api/v1/members/?type=boss'), 400, /./);
    assertProblem(await ask('/api/v1/threads/?due_on.from=tomorrow'), 400, /year-month-day/);
    assertProblem(await ask('/api/v1/members/?q=%ff'), 400, /./);
    for (const path of ['members/0', 'members/x', 'members/99999999999999999999', 'threads/1', `members/${make.member(make.team())}`])
        assertProblem(await ask(`/api/v1/${path}`), 404, /^There is no \w+ '/);
    for (const path of ['/api/', '/api/v1/nothing/', '/api/v2/teams/', '/api/v1/teams/1/edit', '/api/v1/session/'])
        assertProblem(await ask(path), 404, /^There is nothing at /);
    const slash = await ask('/api/v1/teams?q=x');
    assert.deepEqual([slash.status, slash.location], [303, '/api/v1/teams/?q=x']);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', '']) {
            const answer = await ask(`/api/v1/teams/${team}`, type ? { 'Content-Type': type, Origin: admin.site } : {}, method);
            assertProblem(answer, 405, /does not take this method/);
            assert.deepEqual(answer.header('allow'), ['GET, HEAD']);
        }
});

test('a filter by what a key does not open finds nothing, whatever is there', async () => {
    const user = make.user(), skill = make.skill({ name: unique('Theirs'), owner_id: user }), mine = make.team({ owner_id: user });
    const member = make.member(mine, { user_id: user }), send = program(`Bearer ${newKey(mine).key}`);
    const upload = make.upload({ owner_id: user });
    psql('INSERT INTO member_upload VALUES (:member, :upload)', { member, upload });
    const found = async (path) => {
        const answer = await send(`/api/v1/${path}`);
        assert.equal(answer.status, 200, answer.text);
        return [answer.json.items.length, answer.json.count];
    };
    assert.deepEqual(await found('members/'), [1, 1]);
    assert.deepEqual(await found(`skills/?q=${encodeURIComponent(value('SELECT name FROM skill WHERE id = :skill', { skill }))}`), [1, 1]);
    for (const path of [`members/?user_id=${user}`, `members/?uploads=${upload}`, `teams/?owner_id=${user}`, `skills/?owner_id=${user}`])
        assert.deepEqual(await found(path), [0, 0], path);
});

test('a superuser\'s cookie beside a key adds nothing to it', async () => {
    const send = (path) => admin.request('GET', path, { Authorization: `Bearer ${key}` });
    assert.deepEqual((await send('/api/v1/teams/')).json.items.map((item) => item.id), [Number(team)]);
    assert.equal((await send('/api/v1/users/')).status, 403);
    assert.equal((await send(`/api/v1/teams/${make.team()}`)).status, 404);
});

test('another site\'s page reads nothing: no answer lets it', async () => {
    const answer = await ask('/api/v1/', { Origin: 'https://elsewhere.example' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.headers.filter(([name]) => name.startsWith('access-control-')), []);
    assert.deepEqual(answer.header('cross-origin-resource-policy'), ['same-origin']);
});

test('a team that becomes private, or another person\'s, stays what its key opens', async () => {
    const open = make.team({ visibility: 'open' }), send = program(`Bearer ${newKey(open).key}`);
    const seen = async () => (await send('/api/v1/teams/')).json.items.map((item) => item.id);
    assert.deepEqual(await seen(), [Number(open)], 'and no other open team');
    psql("UPDATE team SET visibility = 'private', owner_id = :owner WHERE id = :open", { open, owner: make.user() });
    assert.deepEqual(await seen(), [Number(open)]);
});

// --- When things fail -------------------------------------------------------------------------------------------------------

const site = new OwnSite('api');
after(() => site.remove());

test('while the database is away a program is told so, and to come back', async () => {
    await site.start();
    const url = site.database, owner = value('SELECT min(id) FROM "user"', {}, url), word = unique('key');
    psql("INSERT INTO team (name, owner_id) VALUES ('far', :owner); INSERT INTO api_key (team_id, description, hashed_key) SELECT id, 'x', :'hash' FROM team WHERE name = 'far'",
        { owner, hash: sha256(word) }, url);
    const send = program(`Bearer ${word}`, { site: site.url });
    assert.equal((await send('/api/v1/teams/')).json.items[0].name, 'far');
    site.control('stop');
    const answer = await send('/api/v1/teams/');
    assertProblem(answer, 503, /./);
    assert.ok(Number(answer.header('retry-after')[0]) > 0);
    site.control('start');
    assert.equal((await send('/api/v1/teams/')).status, 200);
});
