// What was done: a record's history, and the overview, which shows what changed lately and what wants to be looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, newPerson, newSignedIn, psql, row, superuserName } from './data.mjs';
import { signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();

const edit = async (address, values) => {
    const answer = await (await admin.form(`${address}/edit`)).fill(values).submit('_save');
    assert.equal(answer.status, 303, answer.words);
};

const lines = (answer) => answer.page.all('ol.history h2').map((each) => each.words);

test('a change shows each field before and after, as people read it', async () => {
    const made = await create(admin, 'teams', { description: 'Old\nwords' });
    await edit(made.address, { description: 'New "words" <b>', visibility: 'open' });
    assert.deepEqual((await admin.get(`${made.address}/history`)).rows, [
        { Field: 'Description', Before: 'Old words', After: 'New "words" <b>' },
        { Field: 'Visibility', Before: 'Private', After: 'Open' },
    ]);
});

test('a field that was emptied or filled says so', async () => {
    const made = await create(admin, 'members', { joined_on: '' });
    await edit(made.address, { joined_on: '2020-01-01', backstory: '' });
    const history = await admin.get(`${made.address}/history`);
    assert.deepEqual(history.rows.map(({ Field, Before, After }) => [Field, Before, After]),
        [['Joined on', '–empty', '2020-01-01'], ['Backstory', 'Long ago', '–empty']]);
});

test('numbers are shown with all their digits', async () => {
    const [before, after] = ['123456789012345678901234567890', '123456789012345678901234567891.50'];
    const made = await create(admin, 'skills', { definition: `{"n": ${before}}` });
    await edit(made.address, { definition: `{"n": ${after}}`, description: 'counted' });
    assert.deepEqual((await admin.get(`${made.address}/history`)).rows.map(({ Field, Before, After }) => [Field, Before, After]).slice(-1),
        [['Definition', `{ "n": ${before} }`, `{ "n": ${after} }`]]);
});

test('a box that was ticked is "Yes" afterwards', async () => {
    const made = await create(admin, 'users');
    await edit(made.address, { is_superuser: true });
    assert.deepEqual((await admin.get(`${made.address}/history`)).rows, [{ Field: 'Superuser', Before: 'No', After: 'Yes' }]);
});

test('who did it is told by name, whoever looks', async () => {
    const name = unique('Doer');
    const other = await newSignedIn(admin, { full_name: name });
    const made = await create(other, 'teams');
    assert.match(lines(await admin.get(`${made.address}/history`))[0], new RegExp(`^${name} added it `));
});

test('a change and its history are one: what cannot be saved leaves no line', async () => {
    const made = await create(admin, 'teams'), taken = await create(admin, 'teams');
    const answer = await (await admin.form(`${made.address}/edit`)).set('name', taken.name).submit('_save');
    assert.equal(answer.status, 422);
    assert.equal(lines(await admin.get(`${made.address}/history`)).length, 1);
});

test('a long history has pages, each change on one of them', async () => {
    const made = await create(admin, 'skills');
    psql(`INSERT INTO change (action, model, record, title, before, after)
        SELECT 'changed', 'skill', :'id', 'x', jsonb_build_object('description', 'd' || n), jsonb_build_object('description', 'd' || n + 1)
        FROM generate_series(1, 44) n`, made);
    const seen = [];
    let answer, pages = 0;
    for (let path = `${made.address}/history`; path; path = answer.page.one('nav.pager a[rel="next"]')?.get('href')) {
        answer = await admin.get(path);
        assert.equal(answer.status, 200);
        seen.push(...answer.page.all('ol.history h2').map((each) => each.get('id')));
        assert.ok(++pages < 5);
    }
    assert.deepEqual([pages, seen.length, new Set(seen).size], [3, 45, 45]);
    assert.equal((await admin.get(answer.page.one('nav.pager a[rel="prev"]').get('href'))).path, `${made.address}/history`);
});

test('a page of the history that is none is refused', async () => {
    const made = await create(admin, 'skills');
    for (const older of ['x', '-1', '1e5', '9'.repeat(19)])
        assert.equal((await admin.get(`${made.address}/history?older=${older}`)).status, 400, older);
});

test('what was written past the forms has no line, and that is said', async () => {
    const history = await admin.get(`/skills/${make.skill()}/history`);
    assert.equal(history.status, 200);
    assert.match(history.words, /Nothing has been recorded yet/);
});

// --- The overview ---------------------------------------------------------------------------------------------------------

const panel = (answer, title) => answer.page.all('section.panel').find((each) => each.one('h2').words === title);

test('the overview shows what changed lately, newest first, with links to what is still there', async () => {
    const kept = await create(admin, 'skills'), gone = await create(admin, 'skills');
    await (await admin.form(`${gone.address}/delete`, 'form[data-once]')).submit();
    const changes = panel(await admin.get('/'), 'Changed lately').all('li');
    assert.ok(changes[0].words.startsWith(`${superuserName()} deleted skill ${gone.name}`), changes[0].words);
    assert.equal(changes[0].one('a'), null);
    const added = changes.find((line) => line.words.includes(`added skill ${kept.name}`));
    assert.equal(added.one('a').get('href'), kept.address);
});

test('the overview shows threads that are due, and marks those that are late', async () => {
    const team = make.team();
    const days = (n) => row('SELECT (current_date + :n)::text AS it', { n }).it;
    const late = make.thread(team, { subject: unique('late'), due_on: '1999-01-01' });
    const far = make.thread(team, { subject: unique('far'), due_on: days(60) });
    const done = make.thread(team, { subject: unique('done'), due_on: '1999-01-01', status: 'done' });
    const links = panel(await admin.get('/'), 'Threads due').all('a').map((link) => link.get('href'));
    assert.ok(links.includes(`/threads/${late}`));
    assert.ok(!links.includes(`/threads/${far}`) && !links.includes(`/threads/${done}`));
    psql("DELETE FROM thread WHERE id = :'late'", { late });
});

test('bars of the overview lead to the list that they count', async () => {
    const team = make.team();
    psql("INSERT INTO thread (subject, team_id) SELECT 'busy', :'team' FROM generate_series(1, 500)", { team });
    const bar = panel(await admin.get('/'), 'Open work by team').all('li').find((line) => line.one(`a[href="/threads/?team_id=${team}"]`));
    assert.equal(bar.one('.number').words, '500');
    psql("DELETE FROM team WHERE id = :'team'", { team });
});

test('neither a history nor a page tells the key of a record that one may not see', async () => {
    const person = await newSignedIn(admin), hidden = make.team({ visibility: 'private' }), open = make.team({ visibility: 'open' });
    const thread = make.thread(hidden);
    const form = await admin.form(`/threads/${thread}/edit`);
    assert.equal((await form.set('team_id', open).submit('_save')).status, 303);
    const teams = async (who) => (await who.get(`/threads/${thread}/history`)).rows.filter((each) => each.Field === 'Team')
        .map(({ Before, After }) => [Before, After]);
    assert.deepEqual(await teams(person), [['Hidden', String(open)]]);
    assert.deepEqual(await teams(admin), [[String(hidden), String(open)]]);
    const who = await newPerson(admin), far = await newPerson(admin, { full_name: unique('Far') });
    const file = make.upload({ owner_id: far.id }), member = make.member(make.team({ owner_id: who.id }));
    psql('INSERT INTO member_upload VALUES (:member, :file)', { member, file });
    const page = await (await signedIn(who.email, who.password)).get(`/files/${file}`);
    assert.equal(page.status, 200);
    assert.match(page.page.one('main').words, /Owner ?Hidden/);
    assert.ok(!page.page.one('main').all('a').some((link) => link.get('href') === `/users/${far.id}`));
    assert.match((await admin.get(`/files/${file}`)).page.one('main').words, new RegExp(`Owner ?${far.full_name}`));
});
