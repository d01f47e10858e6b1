// Every model's pages: new, list, page, edit, history, delete.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { row, superuserName, value } from './data.mjs';
import { signedIn, unique } from './lib.mjs';
import { create, samples } from './samples.mjs';

const admin = await signedIn();

test('every model of the navigation has a sample here', async () => {
    const overview = await admin.get('/');
    const paths = overview.page.all('nav.side a').map((link) => link.get('href')).filter((href) => href !== '/' && !href.startsWith('/admin/'));
    assert.deepEqual(paths.sort(), Object.keys(samples).map((path) => `/${path}/`).sort());
});

for (const path of Object.keys(samples)) {
    test(`${path}: the form for a new one`, async () => {
        const { label } = samples[path]();
        const answer = await admin.get(`/${path}/new`);
        assert.equal(answer.status, 200);
        assert.equal(answer.heading, `New ${label}`);
        assert.equal(answer.title, `New ${label} - Roster`);
        assert.deepEqual(answer.problems, []);
    });

    test(`${path}: a new one is saved and shown`, async () => {
        const made = await create(admin, path);
        assert.match(made.address, new RegExp(`^/${path}/[0-9a-f-]+$`));
        const page = await made.answer.follow();
        assert.equal(page.status, 200);
        assert.equal(page.heading, made.name);
        assert.equal(page.flash, `${made.label[0].toUpperCase()}${made.label.slice(1)} ${made.name} was added.`);
        for (const [label, words] of Object.entries(made.facts))
            assert.equal(page.fact(label), words, label);
    });

    test(`${path}: "was added" is said once`, async () => {
        const page = await (await create(admin, path)).answer.follow();
        assert.ok(page.flash);
        assert.equal((await admin.get(page.path)).flash, null);
    });

    test(`${path}: the list shows a new one and links to it`, async () => {
        const made = await create(admin, path);
        const list = await admin.get(`/${path}/?q=${encodeURIComponent(made.name)}`);
        assert.equal(list.status, 200);
        assert.equal(list.rows.length, 1);
        assert.equal(list.link(made.name), made.address);
    });

    test(`${path}: the form of one that exists holds what is stored, and saves what is changed`, async () => {
        const made = await create(admin, path);
        const form = await admin.form(`${made.address}/edit`);
        assert.equal(form.get(made.title), made.name);
        const page = await (await form.fill(made.change).submit('_save')).follow();
        assert.equal(page.path, made.address);
        assert.equal(page.heading, made.name);
        for (const [label, words] of Object.entries(made.changed))
            assert.equal(page.fact(label), words, label);
    });

    test(`${path}: saving without a change writes nothing`, async () => {
        const made = await create(admin, path);
        const stored = () => row(`SELECT t.*, t.xmin FROM "${made.table}" t WHERE id::text = :'id'`, { id: made.id });
        const before = stored();
        const answer = await (await admin.form(`${made.address}/edit`)).submit('_save');
        assert.equal(answer.status, 303);
        assert.deepEqual(stored(), before);
        assert.equal(value("SELECT count(*) FROM change WHERE record = :'id' AND model = :'table'", made), '1');
    });

    test(`${path}: the history tells who did what, newest first`, async () => {
        const made = await create(admin, path);
        await (await admin.form(`${made.address}/edit`)).fill(made.change).submit('_save');
        const history = await admin.get(`${made.address}/history`);
        assert.equal(history.status, 200);
        const lines = history.page.all('ol.history li h2').map((line) => line.words);
        assert.equal(lines.length, 2);
        assert.ok(lines[0].startsWith(`${superuserName()} changed it 2`), lines[0]);
        assert.ok(lines[1].startsWith(`${superuserName()} added it 2`), lines[1]);
        const labels = history.page.one('ol.history li').all('tbody th').map((cell) => cell.words);
        assert.equal(labels.length, Object.keys(made.change).length, labels.join());
    });

    test(`${path}: looking at what a deletion takes away deletes nothing`, async () => {
        const made = await create(admin, path);
        const preview = await admin.get(`${made.address}/delete`);
        assert.equal(preview.status, 200);
        assert.equal(preview.heading, `Delete ${made.label} ${made.name}?`);
        assert.equal((await admin.get(made.address)).status, 200);
    });

    test(`${path}: a deleted one is gone, and its history stays`, async () => {
        const made = await create(admin, path);
        const answer = await (await admin.form(`${made.address}/delete`, 'form[data-once]')).submit();
        const list = await answer.follow();
        assert.equal(list.path, `/${path}/`);
        assert.match(list.flash, new RegExp(`${made.name} was deleted\\.$`));
        assert.equal((await admin.get(made.address)).status, 404);
        assert.equal((await admin.get(`${made.address}/edit`)).status, 404);
        const history = await admin.get(`${made.address}/history`);
        assert.equal(history.status, 200);
        assert.match(history.page.one('ol.history h2').words, /deleted it/);
    });

    test(`${path}: "Save and continue editing" comes back to the form`, async () => {
        const sample = samples[path]();
        const answer = await (await admin.form(`/${path}/new`)).fill(sample.values).submit('_continue');
        assert.match(answer.location, new RegExp(`^/${path}/[0-9a-f-]+/edit$`));
        assert.equal((await answer.follow()).form().get(sample.title), sample.values[sample.title]);
    });

    test(`${path}: "Save and add another" leads to an empty form`, async () => {
        const sample = samples[path]();
        const answer = await (await admin.form(`/${path}/new`)).fill(sample.values).submit('_addanother');
        assert.equal(answer.location, `/${path}/new`);
        assert.equal((await answer.follow()).form().get(sample.title), '');
    });

    test(`${path}: a value in the address is typed into the new form`, async () => {
        const { title } = samples[path]();
        const form = await admin.form(`/${path}/new?${title}=${encodeURIComponent('a "b" & c')}`);
        assert.equal(form.get(title), 'a "b" & c');
    });

    test(`${path}: an address with a field that the form does not have is refused`, async () => {
        const answer = await admin.get(`/${path}/new?no_such_field=1`);
        assert.equal(answer.status, 400);
        assert.match(answer.words, /no field 'no_such_field'/);
    });

    test(`${path}: what does not exist is "not found"`, async () => {
        for (const id of ['999999999999', '-1', '0', 'abc', '1e3', '99999999999999999999999', '%C3%A4',
            '00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-00000000000'])
            for (const what of ['', '/edit', '/delete', '/history']) {
                const answer = await admin.get(`/${path}/${id}${what}`);
                assert.equal(answer.status, 404, `/${path}/${id}${what}`);
                assert.equal(answer.heading, 'Page not found');
            }
    });
}

test('a save of a record that is gone meanwhile says so', async () => {
    const made = await create(admin, 'threads');
    const form = await admin.form(`${made.address}/edit`);
    value("DELETE FROM thread WHERE id = :'id'", made);
    const answer = await form.set('subject', unique('late')).submit('_save');
    assert.equal(answer.status, 404);
    assert.match(answer.words, /this thread is not there any more/i);
});
