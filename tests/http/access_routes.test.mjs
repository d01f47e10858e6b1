// Every route of the program's own table, with every method, for people in every relation to a record: each gets what the
// rules of access say, and nobody learns of what they may not see.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MODELS, PATHS, TITLES, may, world } from './access_people.mjs';
import { make, row } from './data.mjs';
import { Browser, encode, unique } from './lib.mjs';

const { people, places, records, key } = await world();
const routes = [...readFileSync(new URL('../../cgi/dispatch.c', import.meta.url), 'utf8')
    .matchAll(/\{ METHOD_(GET|POST), ROLE_(ANYONE|USER|SUPERUSER|KEY), "([^"]+)", \w+, (true|false),/g)]
    .map(([, method, role, pattern, writes]) => ({ method, role, pattern, writes: writes === 'true' }));
const PLAIN = ['outsider', 'member', 'owner'];

// A form's token is good for every form of that person.
async function tokenOf(who) {
    const answer = await people[who].browser.get(who === 'nobody' ? '/sign-in' : '/account');
    return answer.page.all('input').find((input) => input.get('name') === 'csrf').get('value');
}

const tokens = {};
for (const who of Object.keys(people).filter((each) => people[each].browser))
    tokens[who] = await tokenOf(who);

const ask = (who, { method }, path, entries = []) => (method === 'GET'
    ? people[who].browser.get(path)
    : people[who].browser.post(path, encode([['csrf', tokens[who]], ...entries])));

// What a superuser's form at that address would send, but for its token.
async function entriesOf(path) {
    const form = await people.superuser.browser.form(path, 'form');
    return form.entries().filter(([name, value]) => name !== 'csrf' && value?.bytes === undefined);
}

const titleOf = ({ model, id }) => row(`SELECT ${TITLES[model]} AS title FROM "${model}" WHERE id = '${id}'`).title;
const fill = (pattern, { model = 'team', id = '1', part = 'x' } = {}) =>
    pattern.replace('{model}', PATHS[model]).replace('{id}', id).replace('{part}', part);

test('the table was read whole', () => {
    assert.ok(routes.length > 60, String(routes.length));
    const text = readFileSync(new URL('../../cgi/dispatch.c', import.meta.url), 'utf8');
    assert.equal(routes.length, text.match(/\{ METHOD_/g).length);
});

// Before what follows makes anybody the owner of something.
test('a form for a new record is offered to those who can save one', async () => {
    const offered = {
        outsider: ['team', 'skill', 'upload'],
        member: ['team', 'skill', 'thread', 'checkpoint', 'upload'],
        owner: ['team', 'member', 'skill', 'thread', 'checkpoint', 'upload', 'api_key'],
        superuser: MODELS,
    };
    for (const [who, models] of Object.entries(offered)) {
        const { browser } = people[who], overview = (await browser.get('/')).page;
        for (const model of MODELS) {
            const link = `a[href="/${PATHS[model]}/new"]`, { page } = await browser.get(`/${PATHS[model]}/`);
            assert.equal(page.all(link).length > 0, models.includes(model), `${who}, list of ${model}`);
            assert.equal(overview.all(link).length > 0, models.includes(model), `${who}, overview, ${model}`);
        }
    }
});

test('nobody is led to the sign-in page by everything that is not for anyone', async () => {
    for (const route of routes.filter((each) => each.role !== 'ANYONE' && each.role !== 'KEY')) {
        const path = fill(route.pattern, { id: records[0].id });
        const answer = await ask('nobody', route, path);
        if (answer.status === 303)
            assert.match(answer.location, /^\/sign-in/, `${route.method} ${path}`);
        else
            assert.deepEqual([answer.status, answer.title.startsWith('Sign in')], [403, true], `${route.method} ${path}: ${answer.status} ${answer.title}`);
        assert.ok(!records.some((record) => answer.text.includes(record.title)), path);
    }
});

test('what is for superusers refuses everybody else, and says so', async () => {
    for (const route of routes.filter((each) => each.role === 'SUPERUSER'))
        for (const who of PLAIN) {
            const answer = await ask(who, route, fill(route.pattern));
            assert.equal(answer.status, 403, `${who}: ${route.method} ${route.pattern}: ${answer.status}`);
        }
});

test('a form without its token changes nothing, whoever sends it', async () => {
    for (const route of routes.filter((each) => each.method === 'POST'))
        for (const who of ['nobody', ...PLAIN, 'superuser']) {
            const answer = await people[who].browser.post(fill(route.pattern, { id: records[0].id }), '');
            const out = who === 'nobody' && route.pattern === '/sign-out'; // already
            assert.equal(answer.status, out ? 303 : 403, `${who}: ${route.pattern}: ${answer.status}`);
        }
});

test('other methods are refused everywhere, for everybody', async () => {
    for (const pattern of new Set(routes.map((route) => route.pattern)))
        for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'])
            for (const who of ['nobody', 'outsider', 'superuser']) {
                const answer = await people[who].browser.request(method, fill(pattern, { id: records[0].id }));
                assert.ok([405, 501].includes(answer.status), `${who}: ${method} ${pattern}: ${answer.status}`);
            }
});

// --- Programs ---------------------------------------------------------------------------------------------------------------

const forKeys = routes.filter((each) => each.role === 'KEY');
const program = new Browser();
const asProgram = (method, path, headers = {}) => program.request(method, path, { Authorization: `Bearer ${key}`, ...headers });

test('what is for API keys answers no person, whoever is signed in', async () => {
    assert.deepEqual(forKeys.map((route) => route.method), ['GET', 'GET', 'GET']);
    for (const record of records) {
        const title = titleOf(record);
        for (const route of forKeys)
            for (const who of ['nobody', ...PLAIN, 'superuser']) {
                const answer = await people[who].browser.get(fill(route.pattern, record));
                assert.deepEqual([answer.status, answer.header('www-authenticate')], [401, ['Bearer']], `${who}: ${route.pattern}`);
                assert.ok(!answer.text.includes(title), 'the record is not in it');
            }
    }
});

test('an API key opens no route of people, and leaves none of them where they were not', async () => {
    for (const route of routes.filter((each) => each.role !== 'ANYONE' && each.role !== 'KEY')) {
        const answer = await asProgram(route.method, fill(route.pattern, { id: records[0].id }));
        assert.ok([303, 403].includes(answer.status) && !/^\/(?!sign-in)/.test(answer.location ?? ''), `${route.method} ${route.pattern}: ${answer.status}`);
        assert.deepEqual(answer.header('set-cookie').filter((cookie) => /session/.test(cookie)), []);
    }
});

test('an API key reads what its team is, and nothing else, and changes nothing', async () => {
    // Other tests write meanwhile, but nothing of these.
    const state = () => [...records.map(({ model, id }) => row(`SELECT * FROM "${model}" WHERE id = '${id}'`)),
        row(`SELECT (SELECT count(*) FROM member WHERE team_id = t.id) AS members, (SELECT count(*) FROM thread WHERE team_id = t.id) AS threads
            FROM team t WHERE id = ${places.private.team}`)];
    const before = state();
    for (const record of records) {
        const title = titleOf(record);
        const opens = ['team', 'member', 'thread', 'checkpoint', 'skill'].includes(record.model), readable = may('key', 'read', record);
        const one = await asProgram('GET', `/api/v1/${PATHS[record.model]}/${record.id}`);
        assert.equal(one.status, readable ? 200 : opens ? 404 : 403, `${record.kind} of ${record.place}: ${one.text}`);
        assert.equal(one.text.includes(title), readable);
        const list = await asProgram('GET', `/api/v1/${PATHS[record.model]}/?q=${encodeURIComponent(title)}`);
        assert.equal(list.status, opens ? 200 : 403, list.text);
        assert.equal(list.text.includes(title), readable, `${record.kind} of ${record.place}: ${list.text}`);
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
            for (const path of [`/api/v1/${PATHS[record.model]}/${record.id}`, `/api/v1/${PATHS[record.model]}/`]) {
                const refused = await asProgram(method, path, { 'Content-Type': 'application/json' });
                assert.ok([405, 501].includes(refused.status), `${method} ${path}: ${refused.status}`);
            }
    }
    assert.deepEqual(state(), before);
});

// What a route does with a record, and the part of its address that is neither model nor id.
const ACTIONS = { edit: 'change', delete: 'delete' };
const partOf = (model, pattern) => (pattern.includes('/file/') ? { upload: 'content' }[model] ?? 'none' : 'x');

function expected(who, route, record) {
    const action = ACTIONS[route.pattern.split('/').pop()];
    if (route.writes && record.model === 'user' && who !== 'superuser')
        return [403];
    if (!may(who, 'read', record))
        return [404];
    if (action && !may(who, action, record))
        return [403];
    if (route.pattern.includes('/file/') && record.model !== 'upload')
        return [404];
    return route.method === 'POST' ? [303] : [200];
}

const byRecord = routes.filter((each) => each.pattern.startsWith('/{model}/{id}'));
// Deleting what one may delete comes last, so that it is there for all else.
const order = (route) => (route.pattern.endsWith('/delete') && route.method === 'POST' ? 1 : 0);

for (const record of records)
    test(`${record.kind} of the ${record.place} team: each route answers each person as the rules say`, async () => {
        record.title = titleOf(record);
        for (const route of [...byRecord].sort((one, other) => order(one) - order(other)))
            for (const who of [...PLAIN, 'superuser']) {
                const path = fill(route.pattern, { ...record, part: partOf(record.model, route.pattern) });
                const allowed = expected(who, route, record);
                if (order(route) && allowed[0] === 303)
                    continue; // deleting what one may: other tests do that
                // Whoever does not know the title does not send it; what they send may come back.
                const sent = (route.method === 'POST' ? await entriesOf(path) : []).map(([name, value]) =>
                    [name, value === record.title && !may(who, 'read', record) ? 'guessed' : value]);
                const answer = await ask(who, route, path, sent);
                assert.ok(allowed.includes(answer.status), `${who}: ${route.method} ${path}: ${answer.status}, not ${allowed}: ${answer.words.slice(0, 200)}`);
                if (!may(who, 'read', record))
                    assert.ok(!answer.text.includes(record.title), `${who} reads of ${record.title} at ${path}`);
            }
        assert.ok(row(`SELECT id FROM "${record.model}" WHERE id = '${record.id}'`), 'it is still there');
    });

test('lists, their search and what forms offer hold what one may read, and nothing else', async () => {
    for (const who of [...PLAIN, 'superuser'])
        for (const model of MODELS)
            for (const record of records.filter((each) => each.model === model)) {
                const word = encodeURIComponent(record.title), readable = may(who, 'read', record);
                for (const path of [`/${PATHS[model]}/?q=${word}`, `/${PATHS[model]}/options?q=${word}`]) {
                    const answer = await people[who].browser.get(path);
                    const text = answer.text.replaceAll(`value="${record.title}"`, '').replaceAll(`“${record.title}”`, '');
                    const place = /options/.test(path) ? text : answer.rows.map((each) => Object.values(each).join(' ')).join('\n');
                    assert.equal(place.includes(record.title), readable, `${who}: ${path}`);
                }
            }
});

// Lists that are filtered by a relation, and the model that it leads to.
const FILTERS = [['members', 'team_id', 'team'], ['members', 'skills', 'skill'], ['members', 'user_id', 'user'], ['threads', 'team_id', 'team'],
    ['checkpoints', 'thread_id', 'thread'], ['files', 'owner_id', 'user']];

test('a list that is filtered by what one may not read does not name it, nor does the page where it is chosen', async () => {
    for (const who of [...PLAIN, 'superuser'])
        for (const [list, part, model] of FILTERS)
            for (const record of records.filter((each) => each.model === model)) {
                const readable = may(who, 'read', record), { browser } = people[who];
                const filtered = await browser.get(`/${list}/?${part}=${record.id}`);
                assert.equal(filtered.status, 200);
                assert.ok(readable || !filtered.text.includes(record.title), `${who}: /${list}/?${part}=${record.id}`);
                const found = await browser.get(`/${list}/choose/${part}?_q=${encodeURIComponent(record.title)}`);
                assert.equal(found.status, 200);
                assert.equal(found.page.all('ul.results a').some((link) => link.words.includes(record.title)), readable,
                    `${who}: /${list}/choose/${part}, ${record.title}`);
            }
});

test('the overview and the history of the site name nothing that one may not read', async () => {
    for (const who of PLAIN) {
        const { text } = await people[who].browser.get('/');
        for (const record of records.filter((each) => !may(who, 'read', each)))
            assert.ok(!text.includes(record.title), `${who} reads of ${record.title}`);
    }
});

test('what may not be done has no button', async () => {
    const [team] = records.filter((record) => record.place === 'private' && record.kind === 'team');
    const links = async (who, path) => (await people[who].browser.get(path)).page.one('main').all('a').map((link) => link.words);
    const seen = { member: await links('member', `/teams/${team.id}`), owner: await links('owner', `/teams/${team.id}`) };
    for (const words of ['Edit', 'Delete', 'Add member', 'Add API key']) {
        assert.ok(!seen.member.includes(words), `a member sees ${words}`);
        assert.ok(seen.owner.includes(words), `the owner sees ${words}: ${seen.owner}`);
    }
    assert.ok(seen.member.includes('Add thread'));
    assert.ok(!(await links('outsider', `/teams/${places.open.team}`)).includes('Add thread'));
    for (const [who, path] of [['outsider', `/skills/${places.private.skill}`], ['member', `/files/${places.private.upload}`]])
        assert.ok(!(await links(who, path)).includes('Add member'), `${who} sees it at ${path}`);
    for (const path of [`/skills/${places.private.skill}`, `/files/${places.private.upload}`])
        assert.ok((await links('owner', path)).includes('Add member'), path);
});

// --- Writing ----------------------------------------------------------------------------------------------------------------

test('new records: each person adds what the rules say, where they say', async () => {
    const cases = [
        ['outsider', 'threads', { subject: 'x', team_id: places.open.team }, 403],
        ['outsider', 'threads', { subject: 'x', team_id: places.private.team }, 422],
        ['member', 'threads', { subject: 'x', team_id: places.private.team }, 303],
        ['member', 'members', { name: 'another', role: 'x', team_id: places.private.team }, 403],
        ['owner', 'members', { name: 'another', role: 'x', team_id: places.private.team }, 303],
        ['member', 'checkpoints', { thread_id: places.private.thread }, 303],
        ['outsider', 'checkpoints', { thread_id: places.open.thread }, 403],
        ['outsider', 'teams', { name: `own-${process.pid}` }, 303],
        ['outsider', 'skills', { name: `Own ${process.pid}` }, 303],
    ];
    for (const [who, path, values, status] of cases) {
        const form = await people[who].browser.form(`/${path}/new`);
        const answer = await form.fill(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))).submit('_save');
        assert.equal(answer.status, status, `${who}: ${path}: ${answer.words.slice(0, 300)}`);
        if (status !== 403)
            continue;
        assert.match(answer.problems[0][0], /^You may not save this \w+ like this\. ./);
        for (const [name, value] of Object.entries(values))
            assert.equal(answer.form().inputs(name)[0].get('value'), String(value), 'what was typed is still there');
    }
});

test('one may edit oneself, and neither move nor become somebody else', async () => {
    const { browser } = people.member, path = `/members/${places.private.self}/edit`;
    const edit = async (values) => (await browser.form(path)).fill(values).submit('_save');
    assert.equal((await edit({ backstory: 'Long ago' })).status, 303);
    assert.equal((await edit({ team_id: String(places.open.team) })).status, 403);
    const other = await edit({ user_id: '' });
    assert.equal(other.status, 403);
    assert.match(other.problems[0][0], /your own record you may change, but not move/);
    assert.equal((await other.form().set('user_id', String(people.member.id)).submit('_save')).status, 303, 'mended in the form that came back');
    const kept = row(`SELECT team_id, user_id, backstory FROM member WHERE id = ${places.private.self}`);
    assert.deepEqual(kept, { team_id: places.private.team, user_id: Number(people.member.id), backstory: 'Long ago' });
});

test('what one may not see is not made visible by writing its key in another way', async () => {
    const { browser } = people.owner, team = places.private.team;
    const [hidden] = records.filter((record) => record.kind === 'hidden');
    const foreign = make.member(make.team({ visibility: 'private', owner_id: people.stranger.id }), {});
    const refused = /not there any more|from the list|of the same team/;
    for (const [name, key] of [['user_id', hidden.id], ['reports_to_id', foreign]])
        for (const typed of [`${key}`, `+${key}`, ` ${key}`, `${key} `, `\t${key}`, ` +${key}`, `0${key}`, `0x${Number(key).toString(16)}`]) {
            const form = await browser.form('/members/new');
            form.fill({ team_id: String(team), name: unique('m'), role: 'spy' }).set(name, typed);
            const answer = await form.submit('_save');
            assert.equal(answer.status, 422, `${name} ${JSON.stringify(typed)}: ${answer.status}`);
            assert.match(answer.problem(name), refused);
            const edit = await browser.form(`/members/${places.private.other}/edit`);
            edit.set(name, typed);
            const changed = await edit.submit('_save');
            assert.equal(changed.status, 422, `edit, ${name} ${JSON.stringify(typed)}: ${changed.status}`);
            assert.match(changed.problem(name), refused);
        }
    assert.equal((await browser.get(`/users/${hidden.id}`)).status, 404);
});

test('the team of a superior is compared with the team that is saved, however it is written', async () => {
    const { browser } = people.owner, other = make.team({ owner_id: people.owner.id }), member = make.member(other, {});
    for (const team of [` ${places.private.team}`, `${places.private.team}\t`]) {
        const form = await browser.form('/members/new');
        const answer = await form.fill({ team_id: team, name: unique('m'), role: 'dev', reports_to_id: String(member) }).submit('_save');
        assert.equal(answer.status, 422);
        assert.match(answer.problem('reports_to_id'), /of the same team/);
    }
});

test('an owner hands a team over, and is no owner any more', async () => {
    const team = make.team({ owner_id: people.owner.id });
    const form = await people.owner.browser.form(`/teams/${team}/edit`);
    assert.equal((await form.set('owner_id', people.stranger.id).submit('_save')).status, 303);
    assert.equal((await people.owner.browser.get(`/teams/${team}/edit`)).status, 403);
});

test('a team that changes hands while its owner deletes it stays, and they are told', async () => {
    const team = make.team({ owner_id: people.owner.id });
    const form = await people.owner.browser.form(`/teams/${team}/delete`, 'form[data-once]');
    const other = spawn('psql', ['-XqAt', process.env.DATABASE_DIRECT_URL, '-v', 'ON_ERROR_STOP=1', '-c', `BEGIN;
        UPDATE team SET owner_id = ${people.stranger.id} WHERE id = ${team}`, '-c', 'SELECT 1', '-c', `DO $$ BEGIN
        FOR i IN 1..2000 LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid);
        PERFORM pg_sleep(0.01); END LOOP; END $$`, '-c', 'COMMIT']);
    const ended = new Promise((resolve) => other.on('exit', resolve));
    await new Promise((resolve) => other.stdout.once('data', resolve)); // it has the row
    const answer = await form.submit();
    assert.equal(await ended, 0);
    assert.equal(answer.status, 409, answer.words);
    assert.match(answer.words, /changed or deleted in the meantime, and nothing was deleted/);
    assert.equal(row(`SELECT count(*) AS n FROM team WHERE id = ${team}`).n, 1);
    assert.equal(row(`SELECT count(*) AS n FROM change WHERE model = 'team' AND record = '${team}' AND action = 'deleted'`).n, 0);
});

test('an owner hands a private team over as its member, and is told so otherwise', async () => {
    const { owner, stranger } = people, team = make.team({ owner_id: owner.id, visibility: 'private' });
    const edit = () => owner.browser.form(`/teams/${team}/edit`);
    const refused = await (await edit()).set('owner_id', stranger.id).submit('_save');
    assert.equal(refused.status, 403);
    assert.match(refused.words, /hands over a private one only as its member/);
    assert.equal((await (await edit()).set('description', 'still mine').submit('_save')).status, 303);
    make.member(team, { user_id: owner.id });
    assert.equal((await (await edit()).set('owner_id', stranger.id).submit('_save')).status, 303);
    assert.equal((await owner.browser.get(`/teams/${team}`)).status, 200);
    assert.equal((await owner.browser.get(`/teams/${team}/edit`)).status, 403);
});

test('a right that is taken away while a change is being saved saves nothing, and they are told', async () => {
    const { member } = people, team = make.team({ visibility: 'open' }), subject = unique('subject');
    const self = make.member(team, { user_id: member.id }), thread = make.thread(team, { subject });
    const form = (await member.browser.form(`/threads/${thread}/edit`)).set('subject', 'never');
    // The row is let go, as it was, when the check of the save waits for it, which has seen the membership.
    const other = spawn('psql', ['-XqAt', process.env.DATABASE_DIRECT_URL, '-v', 'ON_ERROR_STOP=1', '-c', `BEGIN;
        SELECT 1 FROM thread WHERE id = '${thread}' FOR UPDATE`, '-c', `DO $$ BEGIN
        FOR i IN 1..2000 LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid);
        PERFORM pg_sleep(0.01); END LOOP; END $$`, '-c', `DELETE FROM member WHERE id = ${self}`, '-c', 'COMMIT']);
    const ended = new Promise((resolve) => other.on('exit', resolve));
    await new Promise((resolve) => other.stdout.once('data', resolve)); // it has the row
    const answer = await form.submit('_save');
    assert.equal(await ended, 0);
    assert.equal(answer.status, 403, answer.words);
    assert.equal(answer.form().get('subject'), 'never', 'what was typed is there');
    assert.equal(row(`SELECT subject FROM thread WHERE id = '${thread}'`).subject, subject);
    assert.equal(row(`SELECT count(*) AS n FROM change WHERE model = 'thread' AND record = '${thread}'`).n, 0);
});

test('rights that were taken away end what they opened', async () => {
    const { browser } = people.member, self = places.private.self;
    assert.equal((await browser.get(`/teams/${places.private.team}`)).status, 200);
    const form = await people.owner.browser.form(`/members/${self}/edit`);
    assert.equal((await form.set('user_id', '').submit('_save')).status, 303);
    assert.equal((await browser.get(`/teams/${places.private.team}`)).status, 404);
});
