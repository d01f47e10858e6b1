// What a form is good for, and what cannot be done with it: fields that it does not have, being sent twice, text that
// wants to be code, and errors that only the database finds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, psql, row, rows, superuserId, value } from './data.mjs';
import { assertRefused, signedIn, unique } from './lib.mjs';
import { create, samples } from './samples.mjs';

const admin = await signedIn();

// --- Only the fields of its face ------------------------------------------------------------------------------------

const smuggled = [
    ['teams', { id: '77777701', created_at: '2001-01-01', updated_at: '2001-01-01' }],
    ['members', { id: '77777702', created_at: '2001-01-01' }],
    ['skills', { id: '77777703', managed: 'true' }],
    ['threads', { id: '77777777-7777-4777-8777-777777777704', created_at: '2001-01-01' }],
    ['files', { id: '77777705', size_bytes: '1', sha256: 'x', status: 'failed', content_type: 'text/html', last_modified: '2001-01-01' }],
    ['api-keys', { id: '77777706', hashed_key: 'known', short_key: 'known', last_used_at: '2001-01-01' }],
    ['users', { id: '77777707', created_at: '2001-01-01' }],
];

for (const [path, values] of smuggled) {
    test(`${path}: a new one takes nothing that its form does not have`, async () => {
        const sample = samples[path]();
        const form = (await admin.form(`/${path}/new`)).fill(sample.values);
        for (const [name, typed] of Object.entries(values)) {
            assert.ok(!form.has(name), `${name} is no field of the form`);
            form.add(name, typed);
        }
        const answer = await form.submit('_save');
        const stored = row(`SELECT * FROM "${sample.table}" WHERE id::text = :'id'`, { id: answer.location.split('/').pop() });
        for (const [name, typed] of Object.entries(values))
            assert.ok(!String(stored[name]).startsWith(typed), name);
    });

    test(`${path}: an edit changes nothing that its form does not have`, async () => {
        const made = await create(admin, path);
        const stored = () => row(`SELECT * FROM "${made.table}" WHERE id::text = :'id'`, { id: made.id });
        const before = stored();
        const form = await admin.form(`${made.address}/edit`);
        const hidden = JSON.parse(form.get('_base'));
        for (const [name, typed] of Object.entries(values)) {
            form.add(name, typed);
            hidden[name] = 'something';
        }
        assert.equal((await form.set('_base', JSON.stringify(hidden)).submit('_save')).status, 303);
        assert.deepEqual(stored(), before);
    });
}

test('the team of an API key is chosen once', async () => {
    const made = await create(admin, 'api-keys');
    const other = make.team();
    const form = await admin.form(`${made.address}/edit`);
    assert.ok(!form.has('team_id'));
    await form.add('team_id', other).set('description', unique('renamed')).submit('_save');
    assert.equal(row("SELECT team_id FROM api_key WHERE id = :'id'", made).team_id, made.values.team_id);
});

test('a new file belongs to whoever uploads it', async () => {
    const sample = samples.files();
    const form = (await admin.form('/files/new')).fill(sample.values).add('owner_id', make.user());
    const { location } = await form.submit('_save');
    assert.equal(row("SELECT owner_id FROM upload WHERE id = :'id'", { id: location.split('/').pop() }).owner_id,
        Number(superuserId()));
});

// --- Managed records ------------------------------------------------------------------------------------------------

test('a managed skill is shown, and can be neither edited nor deleted', async () => {
    const id = make.skill({ managed: true });
    const page = await admin.get(`/skills/${id}`);
    assert.equal(page.status, 200);
    assert.match(page.page.one('p.note').words, /cannot be changed here/);
    assert.equal(page.page.all('a').filter((link) => /\/(edit|delete)$/.test(link.get('href'))).length, 0);
    for (const what of ['edit', 'delete']) {
        const answer = await admin.get(`/skills/${id}/${what}`);
        assert.equal(answer.status, 403, what);
        assert.match(answer.words, /comes with the program/);
    }
});

test('what is sent for a managed skill all the same is refused', async () => {
    const made = await create(admin, 'skills');
    const edit = (await admin.form(`${made.address}/edit`)).set('name', unique('stolen'));
    const remove = await admin.form(`${made.address}/delete`, 'form[data-once]');
    psql("UPDATE skill SET managed = true WHERE id = :'id'", made);
    assert.equal((await edit.submit('_save')).status, 403);
    assert.equal((await remove.submit()).status, 403);
    assert.equal(row("SELECT name FROM skill WHERE id = :'id'", made).name, made.name);
});

// --- Sent twice -----------------------------------------------------------------------------------------------------

for (const path of ['teams', 'threads'])
    test(`${path}: a form that is sent again makes no second record`, async () => {
        const sample = samples[path]();
        const form = (await admin.form(`/${path}/new`)).fill(sample.values);
        const first = await form.submit('_save'), second = await form.submit('_save');
        assert.equal(second.status, 303, second.words);
        assert.equal(second.location, first.location);
        assert.equal(value(`SELECT count(*) FROM "${sample.table}" WHERE ${sample.title} = :'it'`,
            { it: sample.values[sample.title] }), '1');
    });

for (const path of ['teams', 'threads'])
    test(`${path}: a double click makes one record and leads to it`, async () => {
        const sample = samples[path]();
        const form = (await admin.form(`/${path}/new`)).fill(sample.values);
        const answers = await Promise.all([1, 2, 3, 4].map(() => form.submit('_save')));
        assert.equal(value(`SELECT count(*) FROM "${sample.table}" WHERE ${sample.title} = :'it'`,
            { it: sample.values[sample.title] }), '1');
        for (const answer of answers)
            assert.equal(answer.status, 303, answer.words);
        assert.equal(new Set(answers.map((answer) => answer.location)).size, 1);
    });

test('two forms of the same page make two records', async () => {
    const sample = samples.threads();
    const one = (await admin.form('/threads/new')).fill(sample.values);
    const other = (await admin.form('/threads/new')).fill(sample.values);
    assert.notEqual((await one.submit('_save')).location, (await other.submit('_save')).location);
});

test('a form with errors can still be saved once, and only once', async () => {
    const sample = samples.threads();
    const wrong = await (await admin.form('/threads/new')).fill({ ...sample.values, due_on: 'x' }).submit('_save');
    const form = wrong.form().set('due_on', '');
    const first = await form.submit('_save'), second = await form.submit('_save');
    assert.equal(first.status, 303);
    assert.equal(second.location, first.location);
});

// --- What only the database finds ------------------------------------------------------------------------------------

test('a name that is taken lands on its field', async () => {
    const made = await create(admin, 'teams');
    const sample = samples.teams();
    const answer = await (await admin.form('/teams/new')).fill({ ...sample.values, name: made.name }).submit('_save');
    assertRefused(answer, { name: /^Another team has this name\. Enter a different one$/ });
});

test('an email address that is taken in other letters lands on its field', async () => {
    const made = await create(admin, 'users');
    const form = (await admin.form('/users/new')).fill(samples.users().values);
    assertRefused(await form.set('email', made.values.email.toUpperCase()).submit('_save'), 
        { email: /Another user has this email/, hashed_password: /^Enter the password again/ });
});

test('a name that is taken in the same team lands on its field, with the words of the model', async () => {
    const made = await create(admin, 'members');
    const form = (await admin.form('/members/new')).fill({ ...samples.members().values, ...made.values });
    assertRefused(await form.submit('_save'), { name: /^Another member of this team has this name\. Choose a different one$/ });
});

test('the same name in another team is fine', async () => {
    const made = await create(admin, 'members');
    await create(admin, 'members', { name: made.name });
});

test('of two that take a name at the same time one is told at its field', async () => {
    const name = unique('race');
    const forms = await Promise.all([1, 2].map(() => admin.form('/teams/new')));
    const answers = await Promise.all(forms.map((form) => form.set('name', name).submit('_save')));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [303, 422]);
    assertRefused(answers.find((answer) => answer.status === 422), { name: /^Another team has this/ });
    assert.equal(rows("SELECT 1 FROM team WHERE name = :'name'", { name }).length, 1);
});

test('a team that was deleted while its member was typed lands on its field', async () => {
    const sample = samples.members();
    const form = (await admin.form('/members/new')).fill(sample.values);
    psql("DELETE FROM team WHERE id = :'id'", { id: sample.values.team_id });
    assertRefused(await form.submit('_save'), { team_id: /^Choose another team: this one is not there any more$/ });
});

test('an account can be a member of a team only once', async () => {
    const team = make.team(), user = make.user();
    await create(admin, 'members', { team_id: team, user_id: user });
    const form = (await admin.form('/members/new')).fill({ ...samples.members().values, team_id: team, user_id: user });
    assertRefused(await form.submit('_save'), { user_id: /^Another member of this team has this account already$/ });
});

// --- Text that wants to be code --------------------------------------------------------------------------------------

const nasty = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;{{TITLE}}%3Cb%3E\\`;

async function assertHarmless(path, words) {
    const answer = await admin.get(path);
    assert.equal(answer.status, 200, path);
    assert.ok(answer.text.includes('&lt;script&gt;alert(1)'), `${path} shows it as text`);
    assert.equal(answer.page.all('script').length, 1, path); // the site's own
    assert.equal(answer.page.all('img').length, 0, path);
    assert.ok(answer.page.words.includes(words), `${path} shows all of it`);
}

test('text that looks like HTML is shown as text wherever it appears', async () => {
    const words = `${unique()} ${nasty}`;
    const thread = await create(admin, 'threads', { subject: words });
    const checkpoint = await create(admin, 'checkpoints', { thread_id: thread.id, note: words, namespace: nasty });
    const upload = await create(admin, 'files', { name: words, description: words });
    const member = await create(admin, 'members', { role: nasty, backstory: words, team_id: thread.values.team_id });
    const search = encodeURIComponent(words.slice(0, 12));
    for (const path of [thread.address, `${thread.address}/edit`, `${thread.address}/history`, `${thread.address}/delete`,
        `/threads/?q=${search}`, '/', `/teams/${thread.values.team_id}`, checkpoint.address, `${checkpoint.address}/edit`,
        `/checkpoints/?q=${search}`, `/checkpoints/?thread_id=${thread.id}`, `/checkpoints/new?thread_id=${thread.id}`,
        upload.address, `${upload.address}/edit`, member.address, `${member.address}/edit`])
        await assertHarmless(path, path === `${thread.address}/delete` ? nasty : nasty.slice(-20));
});

test('a refused form gives back text that looks like HTML as text', async () => {
    const answer = await (await admin.form('/teams/new')).fill({ name: nasty, description: nasty }).submit('_save');
    assertRefused(answer, { name: /^Enter a shorter name/ });
    assert.equal(answer.form().get('name'), nasty);
    assert.equal(answer.form().get('description'), nasty);
    assert.equal(answer.page.all('script').length, 1);
});

test('addresses give nothing back unescaped', async () => {
    const code = encodeURIComponent(nasty);
    for (const path of [`/teams/?q=${code}`, `/teams/new?name=${code}`, `/teams/?sort=${code}`, `/teams/?${code}=1`,
        `/teams/?workflow=${code}`, `/teams/${code}`, `/${code}`, `/threads/?due_on.from=${code}`, `/teams/choose/${code}`,
        `/teams/choose/skills?_q=${code}`]) {
        const answer = await admin.get(path);
        assert.equal(answer.page.all('script').length, 1, path);
        assert.equal(answer.page.all('img').length, 0, path);
    }
});

test('a page that calls a member by a dangerous name does so as text: the flash after saving, the title, the heading', async () => {
    const made = await create(admin, 'threads', { subject: nasty });
    const page = await made.answer.follow();
    assert.equal(page.heading, nasty.replace(/\s+/g, ' '));
    assert.ok(page.flash.includes('<script>'));
    assert.equal(page.page.all('script').length, 1);
});
