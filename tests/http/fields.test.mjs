// What may be typed into a field: every type's bad values come back with words that say what to do, its good ones are
// stored.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, row, superuserId, value } from './data.mjs';
import { assertRefused, signedIn, unique } from './lib.mjs';
import { create, samples } from './samples.mjs';

const admin = await signedIn();

async function refused(path, values, errors) {
    const sample = samples[path]();
    const form = (await admin.form(`/${path}/new`)).fill(sample.values);
    for (const [name, typed] of Object.entries(values))
        if (form.inputs(name)[0].get('type') === 'radio')
            form.drop(name).add(name, typed); // no button stands for it
        else
            form.set(name, typed);
    const answer = await form.submit('_save');
    assertRefused(answer, errors);
    return { answer, sample, form: answer.form() };
}

const bad = [
    ['members', 'name', '', /^Enter a name$/],
    ['members', 'name', '   ', /^Enter a name$/],
    ['members', 'name', 'two words', /^Enter a name of letters, digits, - and _ only$/],
    ['members', 'name', 'ä', /letters, digits, - and _ only/],
    ['members', 'name', 'x'.repeat(65), /^Enter a shorter name: at most 64 characters, this has 65$/],
    ['members', 'name', 'x'.repeat(4096), /at most 64 characters, this has 4096/],
    ['members', 'role', '', /^Enter a role$/],
    ['members', 'type', 'boss', /^Choose one of these: Leader, Worker, Freelancer$/],
    ['members', 'team_id', '', /^Choose a team$/],
    ['members', 'team_id', 'abc', /^Choose a team from the list$/],
    ['members', 'team_id', '999999999999', /^Choose another team: this one is not there any more$/],
    ['members', 'capacity_hours', 'many', /^Enter hours a week as a number, such as 12.5$/],
    ['members', 'capacity_hours', '-1', /^Enter hours a week from 0 to 168$/],
    ['members', 'capacity_hours', '168.01', /from 0 to 168/],
    ['members', 'capacity_hours', '1.005', /at most 2 decimal places/],
    ['members', 'capacity_hours', '1e2', /as a number/],
    ['members', 'capacity_hours', '1,5', /as a number/],
    ['members', 'capacity_hours', '0x10', /as a number/],
    ['members', 'capacity_hours', 'NaN', /as a number/],
    ['members', 'joined_on', '29.2.2024', /^Enter joined on as year-month-day, such as 2026-03-31$/],
    ['members', 'joined_on', '2023-02-29', /year-month-day/],
    ['members', 'joined_on', '2024-13-01', /year-month-day/],
    ['members', 'joined_on', '0000-01-01', /year-month-day/],
    ['members', 'joined_on', 'infinity', /year-month-day/],
    ['members', 'joined_on', '2024-01-01; DROP', /year-month-day/],
    ['members', 'backstory', 'x'.repeat(4001), /at most 4000 characters, this has 4001/],
    ['skills', 'definition', '{', /^Correct the JSON of definition: line 1, column \d+: /],
    ['skills', 'definition', '{"a": 1, "a": 2}', /Correct the JSON.*duplicate/],
    ['skills', 'definition', "{'a': 1}", /Correct the JSON/],
    ['skills', 'definition', '{}{}', /Correct the JSON/],
    ['skills', 'definition', '"\\u0000"', /Correct the JSON|Enter/],
    ['skills', 'definition', '1e999999', /Correct the JSON|Enter/],
    ['skills', 'definition', '['.repeat(101) + ']'.repeat(101), /^Correct the JSON of definition: it has 101 levels, and may have at most 100$/],
    ['skills', 'definition', `[${Array(1500).fill('1e-16383')}]`, /^Correct the JSON of definition: a number that .* 16384 digits may have at most 400$/],
    ['skills', 'definition', JSON.stringify({ long: 'x'.repeat(529 * 1024) }), /^Enter a shorter definition: with a line for each value it has 530 KB, and may have at most 512$/],
    ['threads', 'due_on', 'tomorrow', /year-month-day/],
    ['checkpoints', 'thread_id', '1', /^Choose a thread from the list$/],
    ['checkpoints', 'thread_id', '00000000-0000-4000-8000-000000000000', /not there any more/],
    ['api-keys', 'expires_at', '2026-03-31', /^Enter expires as date and time, such as 2026-03-31 14:30$/],
    ['api-keys', 'expires_at', '2026-03-31T25:00', /date and time/],
    ['api-keys', 'expires_at', '2026-03-31T12:00+99:00', /date and time/],
    ['api-keys', 'expires_at', 'now', /date and time/],
    ['users', 'email', 'nobody', /^Enter an email address like name@example.com$/],
    ['users', 'email', 'a b@example.com', /email address/],
    ['users', 'email', 'a@b@example.com', /email address/],
    ['users', 'email', `${'x'.repeat(65)}@example.com`, /email address/],
    ['users', 'email', `x@${'y'.repeat(260)}`, /at most 254 characters/],
    ['users', 'hashed_password', 'short', /^Enter a password of at least 8 characters$/],
    ['users', 'hashed_password', 'Password123!', /harder to guess/],
    ['users', 'hashed_password', '1234567890', /harder to guess/],
    ['users', 'hashed_password', 'x'.repeat(1025), /at most 1024/],
];

for (const [path, field, typed, words] of bad) {
    const shown = typed.length > 30 ? `${typed.slice(0, 12)}... (${typed.length})` : typed;
    test(`${path}: "${shown}" is no ${field}`, async () => {
        const unkept = path === 'users' && field !== 'hashed_password' ? { hashed_password: /^Enter the password again/ } : {};
        const { form, sample } = await refused(path, { [field]: typed }, { [field]: words, ...unkept });
        for (const [name, kept] of Object.entries(sample.values))
            if (name === 'hashed_password')
                assert.equal(form.get(name), '', 'a password never comes back');
            else if (name === field && field === 'type')
                assert.equal(form.get(name), null);
            else
                assert.equal(form.get(name), name === field ? typed : String(kept), `${name} is kept`);
    });
}

test('all errors are told at once, in the order of the form', async () => {
    const answer = await (await admin.form('/members/new')).fill({ name: 'a b', capacity_hours: '200' }).submit('_save');
    assertRefused(answer, { name: /only/, team_id: /Choose a team/, role: /Enter a role/, capacity_hours: /168/ });
    const order = answer.problems.map(([, target]) => target);
    assert.deepEqual(order, ['#field-name', '#field-team_id', '#field-role', '#field-capacity_hours']);
});

test('what is no date comes back into a box that shows it', async () => {
    const { answer } = await refused('threads', { due_on: '31.12.2031' }, { due_on: /such as/ });
    assert.equal(answer.page.one('#field-due_on').get('type'), 'text');
    assert.equal(answer.page.one('#field-due_on').get('aria-invalid'), 'true');
    assert.equal((await admin.get('/threads/new')).page.one('#field-due_on').get('type'), 'date');
});

test('a bad value saves nothing', async () => {
    const name = unique('not-saved');
    await refused('members', { name, capacity_hours: '169' }, { capacity_hours: /168/ });
    assert.equal(value("SELECT count(*) FROM member WHERE name = :'name'", { name }), '0');
});

const good = [
    ['members', 'name', ` ${unique('spaces')} `, (typed) => typed.trim()],
    ['members', 'name', 'x'.repeat(64)],
    ['members', 'capacity_hours', '0', () => 0],
    ['members', 'capacity_hours', '168.00', () => 168],
    ['members', 'capacity_hours', '007.50', () => 7.5],
    ['members', 'joined_on', '2024-02-29'],
    ['members', 'joined_on', '', () => null],
    ['members', 'backstory', 'ä'.repeat(4000)],
    ['members', 'backstory', 'one\n\n  two\tthree', (typed) => typed],
    ['members', 'role', 'Köchin · 料理人 · 👩‍🍳'],
    ['threads', 'subject', "Robert'); DROP TABLE thread; --"],
    ['threads', 'subject', '\\ % _ $1 {{NAME}} :name'],
    ['threads', 'subject', '日本語の件名'],
    ['threads', 'subject', 'two\nlines', () => 'two lines'],
    ['skills', 'definition', '', () => null],
    ['skills', 'definition', 'null', () => null],
    ['skills', 'definition', '{"ä": "\\u00e4 \\n"}', () => ({ ä: 'ä \n' })],
    ['api-keys', 'expires_at', '2026-03-31 14:30', () => '2026-03-31T14:30:00+00:00'],
    ['api-keys', 'expires_at', '2026-03-31T14:30:15.5+02:00', () => '2026-03-31T12:30:15.5+00:00'],
    ['checkpoints', 'note', '', () => null],
];

for (const [path, field, typed, stored = (text) => text] of good)
    test(`${path}: "${typed.length > 30 ? `${typed.slice(0, 12)}...` : typed}" is a good ${field}`, async () => {
        const made = await create(admin, path, { [field]: typed });
        const found = row(`SELECT ${field} AS it FROM "${made.table}" WHERE id::text = :'id'`, { id: made.id });
        assert.deepEqual(found.it, stored(typed));
    });

test('what a form shows of a text of several lines is what was typed', async () => {
    const typed = '\n  first\n\n\tlast & <b>';
    const made = await create(admin, 'members', { backstory: typed });
    assert.equal((await admin.form(`${made.address}/edit`)).get('backstory'), typed.trim());
});

test('a number in JSON keeps all its digits, through an edit as well', async () => {
    const made = await create(admin, 'skills', { definition: '{"n": 123456789012345678901234567890.12345}' });
    const form = await admin.form(`${made.address}/edit`);
    await form.set('definition', `${form.get('definition')} `).set('description', 'edited').submit('_save');
    assert.match(value("SELECT definition FROM skill WHERE id = :'id'", made), /123456789012345678901234567890\.12345/);
});

test('the largest JSON that is taken can be edited as well', async () => {
    const definition = `{"long": "${'\\"\u00e9<'.repeat(74800)}", "list": []}`;
    const made = await create(admin, 'skills', { definition });
    const form = await admin.form(`${made.address}/edit`);
    const answer = await form.set('definition', form.get('definition').replace('[\n', '[ 1\n')).submit('_save');
    assert.equal(answer.status, 303, answer.words.slice(0, 500));
    assert.equal(value("SELECT definition->>'list' FROM skill WHERE id = :'id'", made), '[1]');
});

test('a field with a default takes it when it is left empty', async () => {
    const made = await create(admin, 'members', { capacity_hours: '' });
    assert.equal(row("SELECT capacity_hours FROM member WHERE id = :'id'", made).capacity_hours, 40);
});

test('a box that is not ticked is "no", also where the default is "yes"', async () => {
    const form = await admin.form('/users/new');
    assert.equal(form.get('is_active'), true);
    const made = await create(admin, 'users', { is_active: false });
    assert.equal(row('SELECT is_active FROM "user" WHERE id = :\'id\'', made).is_active, false);
});

test('an edit empties a field that may be empty', async () => {
    const made = await create(admin, 'teams');
    await (await admin.form(`${made.address}/edit`)).set('description', '').submit('_save');
    assert.equal(row("SELECT description FROM team WHERE id = :'id'", made).description, null);
});

test('an edit does not empty a required field', async () => {
    const made = await create(admin, 'teams');
    const answer = await (await admin.form(`${made.address}/edit`)).set('name', '').submit('_save');
    assertRefused(answer, { name: /^Enter a name$/ });
    assert.equal(answer.heading, `Edit team ${made.name}`);
});

test('an empty password in an edit keeps the present one', async () => {
    const made = await create(admin, 'users');
    const hash = () => value('SELECT hashed_password FROM "user" WHERE id = :\'id\'', made);
    const before = hash();
    assert.match(before, /^\$argon2id\$/);
    await (await admin.form(`${made.address}/edit`)).set('full_name', unique('Renamed')).submit('_save');
    assert.equal(hash(), before);
    await (await admin.form(`${made.address}/edit`)).set('hashed_password', unique('another one')).submit('_save');
    assert.notEqual(hash(), before);
});

test('whoever makes a team owns it unless another is chosen', async () => {
    assert.equal(row("SELECT owner_id FROM team WHERE id = :'id'", await create(admin, 'teams')).owner_id,
        Number(superuserId()));
    const other = make.user();
    assert.equal(row("SELECT owner_id FROM team WHERE id = :'id'", await create(admin, 'teams', { owner_id: other })).owner_id,
        other);
});
