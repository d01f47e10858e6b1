// Choosing a related record without a script: a step in the middle of a form that keeps everything typed, a list's filter,
// and the options that a script asks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, newPerson, psql, row } from './data.mjs';
import { signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();

const picker = (answer) => answer.form('form.picker');
const results = (form) => form.element.all('.results li').map((line) => line.words);

// Skills, teams, ... whose names share a beginning: prefix-000, prefix-001, ...
function many(table, count, values = '') {
    const prefix = unique('p');
    const column = table === 'thread' ? 'subject' : 'name';
    psql(`INSERT INTO "${table}" (${column}${values && ', '}${values.split('=')[0]}) SELECT :'prefix' || '-' || lpad(n::text, greatest(3, length(n::text)), '0')
        ${values && `, ${values.split('=')[1]}`} FROM generate_series(0, :count - 1) n`, { prefix, count });
    return prefix;
}

const teams = (count) => many('team', count, 'owner_id=(SELECT min(id) FROM "user")');

// A form for a new member with something in every field.
async function typedForm() {
    const team = make.team();
    const typed = { name: unique('member'), team_id: String(team), role: 'a "role" & more', type: 'freelancer',
        capacity_hours: '12.5 hours', joined_on: '2024-02-30', backstory: '\n first\n\nsecond <b>' };
    return { team, typed, form: (await admin.form('/members/new')).fill(typed) };
}

function assertKept(form, typed, without = []) {
    for (const [name, value] of Object.entries(typed).filter(([each]) => !without.includes(each)))
        assert.equal(form.get(name), value, name);
}

// --- One of many --------------------------------------------------------------------------------------------------------

test('choosing one: a searched page of records, and back in the form everything typed is there', async () => {
    const prefix = teams(3);
    const { typed, form } = await typedForm();
    const step = await form.submit('_pick', 'team_id');
    assert.equal(step.status, 200);
    assert.equal(step.heading, 'Team: choose one');
    const found = picker(await picker(step).set('_q', prefix).submit('_search'));
    assert.equal(found.get('_q'), prefix);
    assert.deepEqual(results(found).map((words) => words.split(' ')[0]), [0, 1, 2].map((n) => `${prefix}-00${n}`));
    const button = found.element.all('button[name="_picked"]')[1];
    const back = (await found.submit('_picked', button.get('value'))).form();
    assert.equal(back.get('team_id'), button.get('value'));
    assert.ok(back.element.words.includes(`${prefix}-001`), 'its name is shown');
    assertKept(back, typed, ['team_id']);
});

test('going back without choosing changes nothing', async () => {
    const { typed, form } = await typedForm();
    const back = (await picker(await form.submit('_pick', 'team_id')).submit('_unpick')).form();
    assertKept(back, typed);
});

test('looking for a related record judges nothing yet', async () => {
    const { form } = await typedForm();
    const back = await picker(await form.submit('_pick', 'team_id')).submit('_unpick');
    assert.equal(back.status, 200);
    assert.deepEqual(back.problems, []);
});

test('pressing Enter in the search box searches', async () => {
    const prefix = teams(2);
    const { form } = await typedForm();
    const found = await picker(await form.submit('_pick', 'team_id')).set('_q', prefix).submit();
    assert.equal(found.heading, 'Team: choose one');
    assert.equal(results(picker(found)).length, 2);
});

test('the pages of a picker show every record once, forwards and back', async () => {
    const prefix = teams(60);
    const { form, typed } = await typedForm();
    let page = picker(await picker(await form.submit('_pick', 'team_id')).set('_q', prefix).submit('_search'));
    const first = results(page), seen = [];
    const button = (words) => page.element.all('button[name="_page"]').find((each) => each.words === words);
    for (;;) {
        seen.push(...results(page));
        if (!button('Next page'))
            break;
        page = picker(await page.submit('_page', button('Next page').get('value')));
    }
    assert.equal(seen.length, 60);
    assert.equal(new Set(seen).size, 60);
    while (button('Previous page'))
        page = picker(await page.submit('_page', button('Previous page').get('value')));
    assert.deepEqual(results(page), first);
    assertKept((await page.submit('_unpick')).form(), typed);
});

test('a search that finds nothing says so, and leads back', async () => {
    const { form, typed } = await typedForm();
    const found = await picker(await form.submit('_pick', 'team_id')).set('_q', unique('nothing')).submit('_search');
    assert.match(found.words, /Nothing matches\. Try fewer or other words\./);
    assertKept((await picker(found).submit('_unpick')).form(), typed);
});

test('who is reported to is chosen among the members of the team', async () => {
    const { team, form } = await typedForm();
    const boss = make.member(team);
    make.member(make.team());
    const early = await (await admin.form('/members/new')).submit('_pick', 'reports_to_id');
    assert.deepEqual(results(picker(early)), [], 'none before the team is chosen');
    assert.ok(picker(early).element.words.includes('Choose the team first.'));
    const step = picker(await form.submit('_pick', 'reports_to_id'));
    assert.deepEqual(step.element.all('button[name="_picked"]').map((button) => button.get('value')), [String(boss)]);
});

test('a relation that may be empty is cleared, and the rest kept', async () => {
    const { team, form, typed } = await typedForm();
    form.set('reports_to_id', String(make.member(team)));
    const shown = (await picker(await form.submit('_pick', 'reports_to_id')).submit('_unpick')).form();
    const cleared = (await shown.submit('_clear', 'reports_to_id')).form();
    assert.equal(cleared.get('reports_to_id'), '');
    assertKept(cleared, typed);
});

test('a step in the form of a record that exists keeps what was typed, emptied and unticked', async () => {
    const skill = make.skill();
    const made = await create(admin, 'members', { backstory: 'to be emptied' });
    psql("INSERT INTO member_skill VALUES (:'id', :'skill')", { id: made.id, skill });
    const form = (await admin.form(`${made.address}/edit`)).fill({ role: 'another', backstory: '' }).tick('skills[]', skill, false);
    const back = (await picker(await form.submit('_pick', 'team_id')).submit('_unpick')).form();
    assert.equal(back.get('role'), 'another');
    assert.equal(back.get('backstory'), '');
    assert.deepEqual(back.ticked('skills[]'), []);
    assert.equal((await back.submit('_save')).status, 303);
    assert.deepEqual(row("SELECT role, backstory, name FROM member WHERE id = :'id'", made),
        { role: 'another', backstory: null, name: made.name });
    assert.equal(row("SELECT count(*) FROM member_skill WHERE member_id = :'id'", made).count, 0);
});

test('a box that was unticked stays unticked through a step, and one that was ticked ticked', async () => {
    const made = await create(admin, 'files');
    const form = (await admin.form(`${made.address}/edit`)).set('description', 'kept');
    const back = (await picker(await form.submit('_pick', 'owner_id')).submit('_unpick')).form();
    assert.equal(back.get('description'), 'kept');
    assert.equal(back.get('name'), made.name);
});

test('a step notices what others changed meanwhile as late as the save', async () => {
    const made = await create(admin, 'teams');
    const form = (await admin.form(`${made.address}/edit`)).set('description', 'mine');
    psql("UPDATE team SET description = 'theirs' WHERE id = :'id'", made);
    const back = (await picker(await form.submit('_pick', 'owner_id')).submit('_unpick')).form();
    assert.equal(back.get('description'), 'mine');
    assert.equal((await back.submit('_save')).status, 409);
});

// --- Several of many -----------------------------------------------------------------------------------------------------

test('choosing several: what is ticked is added to what was there', async () => {
    const prefix = many('skill', 4), there = make.skill();
    const { form, typed } = await typedForm();
    form.add('skills[]', there);
    const found = picker(await picker(await form.submit('_pick', 'skills')).set('_q', prefix).submit('_search'));
    const ids = found.inputs('_picked[]').map((input) => input.get('value'));
    assert.equal(ids.length, 4);
    const back = (await found.tick('_picked[]', ids[1]).tick('_picked[]', ids[3]).submit('_picked', '')).form();
    assert.deepEqual(back.ticked('skills[]').sort(), [String(there), ids[1], ids[3]].sort());
    assertKept(back, typed);
});

test('what is ticked survives another search', async () => {
    const one = many('skill', 2), other = many('skill', 2);
    const { form } = await typedForm();
    let page = picker(await picker(await form.submit('_pick', 'skills')).set('_q', one).submit('_search'));
    const first = page.inputs('_picked[]')[0].get('value');
    page = picker(await page.tick('_picked[]', first).set('_q', other).submit('_search'));
    const second = page.inputs('_picked[]').find((input) => !input.has('disabled')).get('value');
    const back = (await page.tick('_picked[]', second).submit('_picked', '')).form();
    assert.deepEqual(back.ticked('skills[]').sort(), [first, second].sort());
});

test('what is ticked survives going to another page', async () => {
    const prefix = many('skill', 60);
    const { form } = await typedForm();
    let page = picker(await picker(await form.submit('_pick', 'skills')).set('_q', prefix).submit('_search'));
    const first = page.inputs('_picked[]')[0].get('value');
    const next = page.element.all('button[name="_page"]').find((button) => button.words === 'Next page').get('value');
    page = picker(await page.tick('_picked[]', first).submit('_page', next));
    const back = (await page.submit('_picked', '')).form();
    assert.deepEqual(back.ticked('skills[]'), [first]);
});

test('going back without choosing adds nothing of this page', async () => {
    const prefix = many('skill', 2);
    const { form } = await typedForm();
    const page = picker(await picker(await form.submit('_pick', 'skills')).set('_q', prefix).submit('_search'));
    page.tick('_picked[]', page.inputs('_picked[]')[0].get('value'));
    assert.deepEqual((await page.submit('_unpick')).form().ticked('skills[]'), []);
});

test('what is chosen already is marked and cannot be ticked again', async () => {
    const skill = make.skill(), { name } = row("SELECT name FROM skill WHERE id = :'skill'", { skill });
    const { form } = await typedForm();
    const page = picker(await picker(await form.add('skills[]', skill).submit('_pick', 'skills')).set('_q', name).submit('_search'));
    assert.match(results(page)[0], /chosen already/);
    assert.ok(page.inputs('_picked[]')[0].has('disabled'));
});

test('several are chosen and saved on the way through both steps', async () => {
    const prefix = many('skill', 3), team = make.team();
    const form = (await admin.form('/members/new')).fill({ name: unique('member'), role: 'x', team_id: team });
    const found = picker(await picker(await form.submit('_pick', 'skills')).set('_q', prefix).submit('_search'));
    found.inputs('_picked[]').forEach((input) => found.tick('_picked[]', input.get('value')));
    const page = await (await (await found.submit('_picked', '')).form().submit('_save')).follow();
    assert.deepEqual(page.page.one('#links-skills').all('a').map((link) => link.words), [0, 1, 2].map((n) => `${prefix}-00${n}`));
});

test('a relation that the form does not have cannot be picked', async () => {
    const { form } = await typedForm();
    for (const name of ['no_such', 'role', 'id', 'managed']) {
        const answer = await admin.post('/members/new', [...form.entries(form.button('_save')), ['_pick', name]]);
        assert.equal(answer.status, 400, name);
        assert.match(answer.words, new RegExp(`no relation '${name}'`));
    }
});

test('a damaged page of a picker is refused in words', async () => {
    const { form } = await typedForm();
    const entries = [...form.entries(form.button('_save')), ['_pick', 'team_id']];
    for (const page of ['x', '<', '<x', 'e30', '<WyIxIl0'])
        assert.equal((await admin.post('/members/new', [...entries, ['_page', page]])).status, 400, page);
});

test('a form stays small with many records on the other side', async () => {
    many('skill', 5000);
    const { form } = await typedForm();
    const page = await form.submit('_pick', 'skills');
    assert.ok(page.body.length < 60000, `${page.body.length} bytes`);
    assert.ok((await admin.get('/members/new')).body.length < 60000);
    psql("DELETE FROM skill WHERE name LIKE 'p-%'");
});

// --- A list's filter ------------------------------------------------------------------------------------------------------

test('a list is filtered by a record that is searched for, and keeps its other filters', async () => {
    const team = make.team(), name = row("SELECT name FROM team WHERE id = :'team'", { team }).name;
    make.thread(team, { status: 'done' });
    make.thread(team);
    const list = await admin.get('/threads/?status=done&sort=due_on');
    const choose = list.page.one('#filter-team_id').get('formaction');
    const step = await admin.get(`${choose}?q=&status=done&sort=due_on&team_id=&due_on.from=&due_on.to=`); // as the form sends it
    assert.equal(step.heading, 'Threads: filter by Team');
    const found = await step.form('form.picker').set('_q', name).submit();
    const filtered = await admin.get(found.page.one('ul.results a').get('href'));
    assert.equal(filtered.rows.length, 1);
    assert.equal(filtered.page.one('th[aria-sort]').words, 'Due on');
    assert.deepEqual(filtered.page.all('ul.chips .chip').map((chip) => chip.words.replace(/^Remove filter | ×$/g, '')),
        [`Team: ${name}`, 'Status: Done']);
    assert.equal(found.link('Back without choosing'), '/threads/?status=done&sort=due_on');
});

// --- Options for a script -------------------------------------------------------------------------------------------------

test('options are JSON: keys as texts, labels, what tells them apart, and whether there are more', async () => {
    const prefix = teams(3);
    const answer = await admin.get(`/teams/options?q=${prefix}`, { Accept: 'application/json' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.header('content-type'), ['application/json']);
    const { options, more } = answer.json;
    assert.equal(more, false);
    assert.deepEqual(options.map(({ label }) => label), [0, 1, 2].map((n) => `${prefix}-00${n}`));
    assert.ok(options.every(({ value, detail }) => /^\d+$/.test(value) && typeof detail === 'string'));
});

test('options say when there are more of them', async () => {
    const prefix = teams(40);
    const { options, more } = (await admin.get(`/teams/options?q=${prefix}`)).json;
    assert.equal(more, true);
    assert.ok(options.length < 40);
});

test('options are limited to what the form has chosen', async () => {
    const team = make.team(), member = make.member(team);
    make.member(make.team());
    const { options } = (await admin.get(`/members/options?q=m&team_id=${team}`)).json;
    assert.deepEqual(options.map(({ value }) => value), [String(member)]);
});

test('options keep characters that JSON must escape', async () => {
    const label = `${unique()} "\\/<>&\u2028 ä 👍`;
    make.skill({ name: label });
    const { options } = (await admin.get(`/skills/options?q=${encodeURIComponent(label)}`)).json;
    assert.deepEqual(options.map((option) => option.label), [label]);
});

// --- What a new record may lead to ----------------------------------------------------------------------------------------

test('a form for a new record offers only what one may add it to', async () => {
    const person = await newPerson(admin, {}), browser = await signedIn(person.email, person.password);
    const word = unique('where'), named = (end, values) => make.team({ name: `${word}-${end}`, visibility: 'open', ...values });
    const mine = named('mine', { owner_id: person.id }), joined = named('joined', {});
    named('other', {});
    make.member(joined, { user_id: person.id });
    const thread = make.thread(joined, { subject: `${word}-joined` });
    make.thread(mine, { subject: `${word}-mine` });
    make.thread(named('third', {}), { subject: `${word}-other` });

    const offered = async (who, path, name) => {
        const form = await who.form(path);
        const step = await form.submit('_pick', name);
        const found = picker(await picker(step).set('_q', word).submit('_search'));
        const plain = results(found).map((words) => words.split(' ')[0]).sort();
        const field = form.element.all('[data-options]').find((each) => each.get('data-name') === name);
        const address = field.get('data-options');
        const { options } = (await who.get(`${address}${address.includes('?') ? '&' : '?'}q=${word}`)).json;
        assert.deepEqual(options.map(({ label }) => label).sort(), plain, 'with a script as without');
        return plain.map((label) => label.slice(word.length + 1)).join(' ');
    };
    assert.equal(await offered(browser, '/members/new', 'team_id'), 'mine');
    assert.equal(await offered(browser, '/threads/new', 'team_id'), 'joined mine');
    assert.equal(await offered(browser, '/checkpoints/new', 'thread_id'), 'joined mine');
    assert.equal(await offered(admin, '/members/new', 'team_id'), 'joined mine other third');
    assert.match((await browser.get('/members/new')).words, /Only teams that you may add members to are offered\./);
    assert.doesNotMatch((await admin.get('/members/new')).words, /are offered/);
    assert.doesNotMatch((await browser.get('/skills/new')).words, /are offered/);

    const saved = await (await browser.form('/checkpoints/new')).fill({ thread_id: thread, note: word }).submit('_save');
    assert.equal(saved.status, 303, saved.words);
});

test('options for what is no field are refused', async () => {
    for (const wrong of ['members', 'members.', 'members.name', 'members.user_id', 'nothing.team_id', ''])
        assert.equal((await admin.get(`/teams/options?_for=${wrong}`)).status, 400, wrong);
});
