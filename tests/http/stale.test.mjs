// Two people who edit the same record: the second sees both sides and loses nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, newSignedIn, psql, row, superuserId } from './data.mjs';
import { assertRefused, signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();
const name = unique('Second Person');
const other = await newSignedIn(admin, { full_name: name, superuser: true });

// Both open the form; theirs is saved first. Returns what mine is answered.
async function both(path, theirs, mine, values) {
    const made = await create(admin, path, values);
    const form = (await admin.form(`${made.address}/edit`)).fill(mine);
    const first = await (await other.form(`${made.address}/edit`)).fill(theirs).submit('_save');
    assert.equal(first.status, 303, first.words);
    return { made, form, answer: await form.submit('_save') };
}

const stored = ({ table, id }) => row(`SELECT * FROM "${table}" WHERE id::text = :'id'`, { id });
const conflict = (answer) => answer.form('form.conflict');

// The lines of the page of two sides, by the label of the field.
function sides(answer) {
    return Object.fromEntries(answer.rows.map(({ Field, ...line }) => [Field, line]));
}

test('a form that is sent once more, as after an answer that never came, is no conflict with itself', async () => {
    for (const [path, values] of [['skills', { definition: '{"level":7,"list":[1,2]}' }], ['members', { capacity_hours: '7.5', role: ' spelled  ' }],
        ['teams', { description: 'two\r\nlines ' }]]) {
        const made = await create(admin, path), form = (await admin.form(`${made.address}/edit`)).fill(values);
        const history = () => row("SELECT count(*) AS n FROM change WHERE model = :'table' AND record = :'id'", made).n;
        assert.equal((await form.submit('_save')).status, 303);
        const saved = stored(made), lines = history();
        const again = await form.submit('_save');
        assert.equal(again.status, 303, `${path}: ${again.words}`);
        assert.deepEqual({ ...stored(made), updated_at: null }, { ...saved, updated_at: null });
        assert.equal(history(), lines, 'nothing is done twice');
    }
});

test('the second save is told who was faster, and sees before, theirs and mine of each field that differs', async () => {
    const { answer, made } = await both('teams', { description: 'theirs', visibility: 'open' },
        { description: 'mine', workflow: 'sequential' });
    assert.equal(answer.status, 409);
    assert.equal(answer.heading, `Team ${made.name} was changed while you edited it`);
    assert.match(answer.words, new RegExp(`${name} saved it (at )?2\\d{3}-`));
    const lines = sides(answer);
    assert.deepEqual(Object.keys(lines), ['Description', 'Workflow', 'Visibility']);
    assert.deepEqual(Object.values(lines.Description).slice(0, 3), ['First line second line', 'theirs', 'mine']);
    assert.deepEqual(Object.values(lines.Workflow), ['Hierarchical', 'Hierarchical', 'Sequential', 'Yours']);
    assert.deepEqual(Object.values(lines.Visibility), ['Private', 'Open', 'Private', 'Theirs']);
});

test('nothing is written before the second one has seen both sides', async () => {
    const { made } = await both('teams', { description: 'theirs' }, { description: 'mine', workflow: 'sequential' });
    assert.equal(stored(made).description, 'theirs');
    assert.equal(stored(made).workflow, 'hierarchical');
});

test('the merged save keeps what only one side changed, and mine where I leave the choice', async () => {
    const { answer, made } = await both('teams', { description: 'theirs', visibility: 'open' },
        { description: 'mine', workflow: 'sequential' });
    const saved = await conflict(answer).submit('_save');
    assert.equal(saved.status, 303, saved.words);
    const { description, workflow, visibility } = stored(made);
    assert.deepEqual([description, workflow, visibility], ['mine', 'sequential', 'open']);
});

test('the merged save takes theirs where I choose it', async () => {
    const { answer, made } = await both('teams', { description: 'theirs' }, { description: 'mine', workflow: 'sequential' });
    const saved = await conflict(answer).set('_take.description', 'theirs').submit('_save');
    assert.equal(saved.status, 303, saved.words);
    assert.equal(stored(made).description, 'theirs');
    assert.equal(stored(made).workflow, 'sequential');
});

test('only fields that both changed are for choosing', async () => {
    const { answer } = await both('teams', { description: 'theirs', visibility: 'open' },
        { description: 'mine', workflow: 'sequential' });
    assert.deepEqual(conflict(answer).names.filter((each) => each.startsWith('_take.')), ['_take.description']);
});

test('the choice of an emptied field works in both directions', async () => {
    for (const take of ['yours', 'theirs']) {
        const { answer, made } = await both('members', { joined_on: '' }, { joined_on: '2020-05-05' });
        assert.equal(answer.status, 409);
        await conflict(answer).set('_take.joined_on', take).submit('_save');
        assert.equal(stored(made).joined_on, take === 'yours' ? '2020-05-05' : null, `mine typed, ${take}`);
        const again = await both('members', { joined_on: '2020-05-05' }, { joined_on: '' });
        await conflict(again.answer).set('_take.joined_on', take).submit('_save');
        assert.equal(stored(again.made).joined_on, take === 'yours' ? null : '2020-05-05', `mine emptied, ${take}`);
    }
});

for (const [path, field, theirs, mine] of [
    ['members', 'capacity_hours', '10', '20.25'],
    ['members', 'type', 'leader', 'worker'],
    ['threads', 'due_on', '2033-03-03', '2034-04-04'],
    ['skills', 'definition', '{"their": [1]}', '{"my": {"a": "b\\n\\"c\\""}}'],
    ['skills', 'description', 'their\nlines', '\tmy\n\n"lines" & <more> '],
    ['api-keys', 'expires_at', '2031-01-01T00:00', '2032-02-02T02:02:02'],
])
    test(`${path}: both changed ${field}, and either can be chosen`, async () => {
        const takes = async (take) => {
            const { answer, made } = await both(path, { [field]: theirs }, { [field]: mine });
            assert.equal(answer.status, 409);
            const saved = await conflict(answer).set(`_take.${field}`, take).submit('_save');
            assert.equal(saved.status, 303, saved.words);
            return stored(made)[field];
        };
        const plain = async (typed) => stored(await create(admin, path, { [field]: typed }))[field];
        assert.deepEqual(await takes('theirs'), await plain(theirs));
        assert.deepEqual(await takes('yours'), await plain(mine));
    });

test('a box that both changed the same way is no conflict', async () => {
    const made = await create(admin, 'users');
    const forms = await Promise.all([1, 2].map(() => admin.form(`${made.address}/edit`)));
    for (const form of forms) {
        const answer = await form.set('is_active', false).submit('_save');
        assert.equal(answer.status, 303, answer.words);
    }
    assert.equal(stored(made).is_active, false);
});

test('a box that only they changed stays as they left it', async () => {
    const made = await create(admin, 'users');
    const mine = (await admin.form(`${made.address}/edit`)).set('full_name', unique('Renamed'));
    await (await admin.form(`${made.address}/edit`)).set('is_active', false).submit('_save');
    const answer = await mine.submit('_save');
    assert.equal(answer.status, 409);
    assert.equal((await conflict(answer).submit('_save')).status, 303);
    assert.equal(stored(made).is_active, false);
});

test('a relation that both changed is shown by name on each side', async () => {
    const [their, my] = [make.user({ full_name: unique('Their') }), make.user({ full_name: unique('My') })];
    const { answer, made } = await both('teams', { owner_id: their }, { owner_id: my });
    assert.equal(answer.status, 409);
    const title = (id) => row('SELECT full_name FROM "user" WHERE id = :\'id\'', { id }).full_name;
    const [before, theirs, yours] = Object.values(sides(answer).Owner);
    assert.deepEqual([before, theirs, yours], [title(superuserId()), title(their), title(my)]);
    await conflict(answer).set('_take.owner_id', 'theirs').submit('_save');
    assert.equal(stored(made).owner_id, their);
});

test('the same change by both is no conflict', async () => {
    const { answer, made } = await both('teams', { description: 'agreed' }, { description: 'agreed' });
    assert.equal(answer.status, 303, answer.words);
    assert.equal(stored(made).description, 'agreed');
});

test('a change of theirs that I made as well, beside one of mine, is no conflict', async () => {
    const { answer, made } = await both('teams', { description: 'agreed' }, { description: 'agreed', visibility: 'open' });
    assert.equal(answer.status, 303, answer.words);
    assert.deepEqual([stored(made).description, stored(made).visibility], ['agreed', 'open']);
});

test('what I linked is kept through the page of two sides', async () => {
    const [skill, gone] = [make.skill(), make.skill()];
    const made = await create(admin, 'teams');
    psql("INSERT INTO team_skill VALUES (:'id', :'gone')", { id: made.id, gone });
    const form = (await admin.form(`${made.address}/edit`)).set('description', 'mine')
        .add('skills[]', skill).tick('skills[]', gone, false);
    await (await other.form(`${made.address}/edit`)).set('description', 'theirs').submit('_save');
    const saved = await conflict(await form.submit('_save')).submit('_save');
    assert.equal(saved.status, 303);
    assert.deepEqual(row("SELECT json_agg(skill_id) AS it FROM team_skill WHERE team_id = :'id'", made).it, [skill]);
});

test('a third save in between is a conflict again', async () => {
    const { answer, made } = await both('teams', { description: 'theirs' }, { description: 'mine' });
    await (await other.form(`${made.address}/edit`)).set('description', 'theirs again').submit('_save');
    const second = await conflict(answer).submit('_save');
    assert.equal(second.status, 409);
    assert.deepEqual(Object.values(sides(second).Description).slice(0, 3), ['theirs', 'theirs again', 'mine']);
    assert.equal((await conflict(second).submit('_save')).status, 303);
    assert.equal(stored(made).description, 'mine');
});

test('an error in what I typed is told as soon as both sides are merged', async () => {
    const { answer, made } = await both('members', { role: 'theirs' }, { role: 'mine', capacity_hours: '500' });
    assert.equal(answer.status, 409);
    const merged = await conflict(answer).submit('_save');
    assertRefused(merged, { capacity_hours: /168/ });
    const saved = await merged.form().set('capacity_hours', '50').submit('_save');
    assert.equal(saved.status, 303, saved.words);
    assert.deepEqual([stored(made).role, stored(made).capacity_hours], ['mine', 50]);
});

test('"Discard mine" leads to the form as it is now', async () => {
    const { answer, made } = await both('teams', { description: 'theirs' }, { description: 'mine' });
    const form = (await admin.get(answer.link('Discard mine'))).form();
    assert.equal(form.get('description'), 'theirs');
    assert.equal(stored(made).description, 'theirs');
});

test('two saves at the same time: one is saved, the other sees both sides', async () => {
    for (let round = 0; round < 5; round++) {
        const made = await create(admin, 'teams');
        const forms = [await admin.form(`${made.address}/edit`), await other.form(`${made.address}/edit`)];
        const answers = await Promise.all(forms.map((form, i) => form.set('description', `of ${i}`).submit('_save')));
        assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409]);
    }
});

test('a field that others changed and the form does not have is no conflict', async () => {
    const made = await create(admin, 'files');
    const form = (await admin.form(`${made.address}/edit`)).set('description', 'mine');
    psql("UPDATE upload SET status = 'failed', updated_at = now() WHERE id = :'id'", made);
    assert.equal((await form.submit('_save')).status, 303);
    assert.equal(stored(made).status, 'failed');
});

test('a save of a form that was saved with "continue" is no conflict with itself', async () => {
    const made = await create(admin, 'skills');
    let form = await admin.form(`${made.address}/edit`);
    for (const description of ['one', 'two', 'three']) {
        const saved = await form.set('description', description).submit('_continue');
        assert.equal(saved.status, 303, saved.words);
        form = (await saved.follow()).form();
        assert.equal(form.get('description'), description);
    }
});

test('a value of each type that nobody changed is never seen as changed', async () => {
    const times = { expires_at: '2031-01-02T03:04:05.678901+05:00' };
    const key = await create(admin, 'api-keys', times), before = stored(key);
    await (await admin.form(`${key.address}/edit`)).set('description', unique('renamed')).submit('_save');
    assert.equal(stored(key).expires_at, before.expires_at);
});

// What Chromium sends for value="2031-01-02T03:04:00" that nobody touched.
const untouched = (form) => form.set('expires_at', form.get('expires_at').replace(/:00$/, ''));

test('a time that the browser spells in its own way is not a change of mine', async () => {
    const made = await create(admin, 'api-keys', { expires_at: '2031-01-02T03:04:00' });
    const form = untouched(await admin.form(`${made.address}/edit`)).set('description', unique('mine'));
    const theirs = await (await other.form(`${made.address}/edit`)).set('expires_at', '2033-03-03T03:03').submit('_save');
    assert.equal(theirs.status, 303, theirs.words);
    const answer = await form.submit('_save');
    assert.equal(answer.status, 409);
    assert.equal(sides(answer).Expires['What is saved'], 'Theirs', JSON.stringify(sides(answer)));
    assert.deepEqual(conflict(answer).names.filter((each) => each.startsWith('_take.')), []);
    assert.equal((await conflict(answer).submit('_save')).status, 303);
    assert.match(stored(made).expires_at, /^2033-03-03T03:03:00/);
});

test('what was left alone keeps what the form does not show of it', async () => {
    const made = await create(admin, 'api-keys', { expires_at: '2031-01-02T03:04:00.678901' }), before = stored(made);
    assert.match(before.expires_at, /03:04:00\.678901/);
    await untouched(await admin.form(`${made.address}/edit`)).set('description', unique('mine')).submit('_save');
    assert.equal(stored(made).expires_at, before.expires_at);
    psql("UPDATE api_key SET expires_at = 'infinity' WHERE id = :'id'", made);
    const form = await admin.form(`${made.address}/edit`);
    assert.equal(form.inputs('expires_at')[0].get('type'), 'text', 'no box for dates can hold it');
    assert.equal((await form.set('description', unique('mine')).submit('_save')).status, 303);
    assert.equal(stored(made).expires_at, 'infinity');
});

test('line ends that a browser sends in its own way are no change', async () => {
    const made = await create(admin, 'teams');
    psql("UPDATE team SET description = E'one\\r\\ntwo\\rthree' WHERE id = :'id'", made);
    const history = () => row("SELECT count(*) AS n FROM change WHERE model = 'team' AND record = :'id'", made).n, lines = history();
    const form = await admin.form(`${made.address}/edit`);
    assert.equal((await form.set('description', 'one\ntwo\nthree').submit('_save')).status, 303);
    assert.equal(stored(made).description, 'one\r\ntwo\rthree');
    assert.equal(history(), lines);
});

test('an edit that does not say what it was based on is refused', async () => {
    const made = await create(admin, 'teams');
    const form = (await admin.form(`${made.address}/edit`)).drop('_base').set('description', 'blind');
    const answer = await form.submit('_save');
    assert.equal(answer.status, 428);
    assert.match(answer.words, /'_base'/);
    assert.notEqual(stored(made).description, 'blind');
});

for (const base of ['', 'x', '[]', '"text"', '{"a":1', '{"name":"a","name":"b"}', 'null'])
    test(`an edit based on ${JSON.stringify(base)} is refused`, async () => {
        const made = await create(admin, 'teams');
        const answer = await (await admin.form(`${made.address}/edit`)).set('_base', base).submit('_save');
        assert.equal(answer.status, 400);
        assert.match(answer.words, /'_base' is damaged/);
    });

test('what was typed for a record that somebody deleted meanwhile is offered as a new one', async () => {
    const team = make.team(), made = make.member(team, { name: unique('going') }), typed = unique('typed');
    const form = (await admin.form(`/members/${made}/edit`)).fill({ name: typed, role: 'What was typed' });
    assert.equal((await (await other.form(`/members/${made}/delete`, 'form[data-once]')).submit()).status, 303);
    const kept = await form.submit('_save');
    assert.equal(kept.status, 404);
    assert.match(kept.words, /This member is not there any more: it was deleted, or you may not see it now\. What you typed is kept here/);
    const saved = await kept.form().submit('_save');
    assert.equal(saved.status, 303, saved.words);
    const { role, team_id } = row("SELECT role, team_id FROM member WHERE name = :'typed'", { typed });
    assert.deepEqual([role, team_id], ['What was typed', team]);
});
