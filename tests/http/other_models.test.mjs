// The program with other models, tests/models/library.c: other types, keys that are texts and uuids, no people of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { psql, row } from './data.mjs';
import { Browser, EMAIL, PASSWORD, assertRefused, signedIn, unique } from './lib.mjs';
import { BUILD, OwnSite, ROOT, newFolder } from './own_site.mjs';

const build = join(BUILD, 'library'), migrations = newFolder('migrations');
const site = new OwnSite('library', { BUILD: build, ROSTER_MIGRATIONS: migrations });
let admin;

// make as somebody types it, whatever make started these tests.
function make(...words) {
    const env = { ...process.env };
    for (const name of ['MAKEFLAGS', 'MAKELEVEL', 'MFLAGS'])
        delete env[name];
    const run = spawnSync('make', [`BUILD=${build}`, ...words], { cwd: ROOT, env, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
}

// The command with the library's models, on an empty database beside that of the tests.
function roster(database, ...words) {
    const run = spawnSync(join(build, 'roster'), words, { cwd: ROOT, encoding: 'utf8',
        env: { ...process.env, DATABASE_URL: database, DATABASE_DIRECT_URL: database, ROSTER_MIGRATIONS: migrations } });
    return { status: run.status, said: run.stdout + run.stderr };
}

const scratch = unique('library').replace('-', '_');
const scratchUrl = process.env.DATABASE_DIRECT_URL.replace(/\/roster\?/, `/${scratch}?`);

before(async () => {
    make('MODELS=tests/models/library.c');
    copyFileSync(join(ROOT, 'migrations/template.sql'), join(migrations, 'template.sql'));
    psql(`CREATE DATABASE ${scratch}`);
    const made = roster(scratchUrl, 'revision', '--autogenerate', '-m', 'a library');
    assert.equal(made.status, 0, made.said);
    await site.start();
    admin = await signedIn(EMAIL, PASSWORD, site.url);
});
after(async () => {
    await site.remove();
    psql(`DROP DATABASE ${scratch}`);
    rmSync(migrations, { recursive: true });
});

const stored = (table, id) => row(`SELECT * FROM "${table}" WHERE id::text = :'id'`, { id }, site.database);

async function save(path, values, also = (form) => form) {
    return also((await admin.form(path)).fill(values)).submit('_save');
}

async function saved(path, values, also) {
    const answer = await save(path, values, also);
    assert.equal(answer.status, 303, answer.words);
    return { address: answer.location, id: decodeURIComponent(answer.location.split('/').pop()) };
}

const newShelf = (values = {}) => saved('/shelves/new', { id: unique('S').slice(0, 10), label: unique('Shelf'), floor: '1', ...values });
const newBook = async (values = {}, also) => saved('/books/new',
    { title: unique('Book'), place: '1', shelf_id: values.shelf_id ?? (await newShelf()).id, ...values }, also);
const newLoan = async (values = {}) => saved('/loans/new',
    { borrower: 'reader@example.com', book_id: values.book_id ?? (await newBook()).id, ...values });

// --- The schema ---------------------------------------------------------------------------------------------------------

test('its first revision goes up and down, and the database is then what the models say', () => {
    assert.equal(readdirSync(migrations).length, 2);
    for (const words of [['upgrade', 'head'], ['check'], ['downgrade', 'base'], ['upgrade', 'head'], ['check']]) {
        const { status, said } = roster(scratchUrl, ...words);
        assert.equal(status, 0, `${words.join(' ')}: ${said}`);
    }
    const tables = execFileSync('psql', ['-XqAt', scratchUrl, '-c', '\\dt'], { encoding: 'utf8' });
    for (const name of ['shelf', 'book', 'book_shelf', 'loan', 'user', 'session', 'change', 'submission'])
        assert.match(tables, new RegExp(`\\|${name}\\|`));
    assert.doesNotMatch(tables, /\|(team|member|skill)\|/);
});

test('the navigation and the overview are those of the library', async () => {
    const page = await admin.get('/');
    assert.deepEqual(page.page.all('nav.side a').map((link) => link.get('href')).filter((href) => !href.startsWith('/admin/')), ['/', '/shelves/', '/books/', '/loans/', '/cards/', '/users/']);
    assert.ok(page.page.all('section.panel h2').map((each) => each.words).includes('Books by shelf'));
    assert.equal((await admin.get('/teams/')).status, 404);
});

test('people sign in and are managed though no model declares them', async () => {
    const email = `${unique('reader')}@example.com`, password = unique('long enough');
    await saved('/users/new', { email, full_name: 'Reader', hashed_password: password });
    assert.equal((await (await signedIn(email, password, site.url)).get('/books/')).status, 200);
});

// --- A text as key --------------------------------------------------------------------------------------------------------

for (const id of ['plain', 'two words', 'a&b=c', 'q?x#y', '100%', 'Größe', '日本', "o'k", '"q"', '{a,b}', 'back\\slash', '<b>', ' trimmed ',
    'x'.repeat(20)])
    test(`a record is found by the key "${id}" on every page`, async () => {
        const shelf = await newShelf({ id });
        assert.equal(shelf.id, id.trim());
        for (const what of ['', '/edit', '/delete', '/history'])
            assert.equal((await admin.get(shelf.address + what)).status, 200, what);
        const book = await newBook({ shelf_id: shelf.id });
        assert.equal((await admin.get(book.address)).page.one(`a[href="${shelf.address}"]`).get('href'), shelf.address);
        const list = await admin.get(`/books/?shelf_id=${encodeURIComponent(shelf.id)}`);
        assert.equal(list.rows.length, 1);
        await saved(`${shelf.address}/edit`, { label: 'Renamed' });
        assert.equal(stored('shelf', shelf.id).label, 'Renamed');
    });

for (const id of ['a/b', '/', '.', '..', 'new', 'options', 'choose'])
    test(`a key that could not be an address is refused: "${id}"`, async () => {
        assertRefused(await save('/shelves/new', { id, label: 'Lost', floor: '1' }), { id: /^Enter another mark/ });
    });

test('a key is asked for, may be taken, and stays', async () => {
    assertRefused(await save('/shelves/new', { label: 'x', floor: '1' }), { id: /^Enter a mark$/ });
    const shelf = await newShelf();
    assertRefused(await save('/shelves/new', { id: shelf.id, label: 'x', floor: '1' }), { id: /^Another shelf has this / });
    assertRefused(await save('/shelves/new', { id: 'x'.repeat(21), label: 'x', floor: '1' }), { id: /at most 20 characters/ });
    assert.ok(!(await admin.form(`${shelf.address}/edit`)).has('id'));
});

test('a list is sorted by a text key, page by page', async () => {
    psql("INSERT INTO shelf (id, label, floor) SELECT 'page' || n, 'paged', 9 FROM generate_series(1, 60) n", {}, site.database);
    const seen = [];
    for (let path = '/shelves/?sort=-id&q=paged'; path;) {
        const answer = await admin.get(path);
        assert.equal(answer.status, 200);
        seen.push(...answer.page.all('tbody th a').map((link) => link.get('href').split('/').pop()));
        path = answer.page.one('nav.pager a[rel="next"]')?.get('href');
    }
    const expected = psql("SELECT id FROM shelf WHERE label = 'paged' ORDER BY id DESC", {}, site.database).trim().split('\n');
    assert.deepEqual(seen, expected);
});

test('a shelf is chosen without a script, by its text key', async () => {
    const shelf = await newShelf({ id: unique('p').slice(0, 8), label: unique('Pickable') });
    const form = (await admin.form('/books/new')).fill({ title: 'Chosen', place: '7', price: '1.5' });
    const step = (await form.submit('_pick', 'shelf_id')).form('form.picker');
    const found = (await step.set('_q', stored('shelf', shelf.id).label).submit('_search')).form('form.picker');
    const back = (await found.submit('_picked', shelf.id)).form();
    assert.deepEqual([back.get('shelf_id'), back.get('title'), back.get('price')], [shelf.id, 'Chosen', '1.5']);
    assert.equal((await back.submit('_save')).status, 303);
});

// --- Types ----------------------------------------------------------------------------------------------------------------

const bad = [
    ['shelves', 'floor', '1.5', /^Enter floor as a whole number, such as 42$/],
    ['shelves', 'floor', '1e1', /whole number/],
    ['shelves', 'floor', '-3', /^Enter floor from -2 to 9$/],
    ['shelves', 'floor', '10', /from -2 to 9/],
    ['shelves', 'floor', '', /^Enter a floor$/],
    ['shelves', 'floor', '99999999999999999999', /between -9223372036854775808 and 9223372036854775807|from -2 to 9/],
    ['shelves', 'height_m', 'tall', /^Enter height in metres as a number, such as 0.25 or 1.5e-3$/],
    ['shelves', 'height_m', 'inf', /as a number/],
    ['shelves', 'height_m', 'nan', /as a number/],
    ['shelves', 'height_m', '0x1p3', /as a number/],
    ['shelves', 'height_m', '1e999', /as a number/],
    ['shelves', 'height_m', '0.05', /of 0.1 or more/],
    ['shelves', 'plan', { name: 'p', bytes: randomBytes(1001) }, /^Choose a file of at most/],
    ['books', 'title', 'x', /^Enter a longer title: at least 2 characters$/],
    ['books', 'isbn', '12 34', /digits, X and - only/],
    ['books', 'genre', 'crime', /^Choose one of these: Novel, .*For children$/],
    ['books', 'price', '-0.001', /of 0 or more/],
    ['books', 'price', '1.2345', /at most 3 decimal places/],
    ['books', 'price', '123456.1', /at most 5 digits before the point/],
    ['books', 'acquired_at', 'now', /date and time/],
    ['books', 'print_number', 'abc', /^Enter a UUID/],
    ['books', 'print_number', '00000000-0000-0000-0000-00000000000g', /UUID/],
    ['books', 'details', '[1,', /Correct the JSON/],
    ['books', 'shelf_id', 'no such shelf', /not there any more/],
    ['books', 'place', '0', /of 1 or more/],
    ['loans', 'book_id', 'abc', /^Choose a book from the list$/],
    ['loans', 'borrower', 'nobody', /email address/],
    ['loans', 'pin', 'short', /at least 8 characters/],
];

for (const [path, field, typed, words] of bad)
    test(`${path}: ${typed.bytes ? '1001 bytes' : `"${typed}"`} is no ${field}`, async () => {
        const values = { shelves: { id: unique('b').slice(0, 8), label: 'Bad', floor: '1' }, books: { title: 'Bad', place: '1' },
            loans: { borrower: 'a@example.com' } }[path];
        if (path === 'books' && field !== 'shelf_id')
            values.shelf_id = (await newShelf()).id;
        if (path === 'loans' && field !== 'book_id')
            values.book_id = (await newBook()).id;
        const form = (await admin.form(`/${path}/new`)).fill(values);
        const answer = await (field === 'genre' ? form.drop(field).add(field, typed) : form.set(field, typed)).submit('_save');
        assertRefused(answer, { [field]: words });
    });

test('a key that is taken lands on its field, whatever its constraint is called', async () => {
    const { id } = await newShelf();
    assertRefused(await save('/shelves/new', { id, label: unique('Shelf'), floor: '1' }), { id: /^Another shelf has this \w+\. Enter a different one$/ });
});

test('every type is stored and shown as it was typed', async () => {
    const shelf = await newShelf({ floor: '-2', height_m: '1.5e-1', label: 'Typed' });
    assert.deepEqual([stored('shelf', shelf.id).floor, stored('shelf', shelf.id).height_m], [-2, 0.15]);
    const number = '123E4567-e89b-12d3-a456-426614174000';
    const book = await newBook({ shelf_id: shelf.id, title: 'All of it', isbn: unique('978').replace(/[^0-9X-]/g, 'X'), genre: 'for_children',
        price: '12345.678', published_on: '1999-12-31', acquired_at: '2020-02-29T23:59', print_number: number, details: '{"pages": 12.50}' });
    const page = await admin.get(book.address);
    for (const [label, words] of Object.entries({ Genre: 'For children', Price: '12345.678', 'Published on': '1999-12-31',
        'Acquired at': '2020-02-29 23:59', 'Print number': number.toLowerCase(), Details: '{ "pages": 12.50 }', Shelf: 'Typed', Place: '1' }))
        assert.equal(page.fact(label), words, label);
    const form = await admin.form(`${book.address}/edit`);
    assert.deepEqual([form.get('price'), form.get('genre'), form.get('acquired_at')], ['12345.678', 'for_children', '2020-02-29T23:59:00']);
    const before = stored('book', book.id);
    assert.equal((await form.submit('_save')).status, 303);
    assert.deepEqual(stored('book', book.id), before, 'saving without a change writes nothing');
});

test('more choices than radio buttons are good for are a list, with "None" when there need not be one', async () => {
    const select = (await admin.get('/books/new')).page.one('select[name="genre"]');
    assert.deepEqual(select.all('option').map((option) => option.words),
        ['None', 'Novel', 'Poetry', 'History', 'Science', 'Travel', 'Cookery', 'For children']);
    assert.equal(stored('book', (await newBook({ genre: '' })).id).genre, null);
});

test('a default that only the database knows is filled in by it', async () => {
    const loan = await newLoan();
    assert.ok(Math.abs(Date.parse(stored('loan', loan.id).lent_on) - Date.now()) < 2 * 86400000);
    assert.ok(stored('book', (await newBook()).id).acquired_at);
});

test('bytes in the row come back as they were, and stay when no file is chosen', async () => {
    const bytes = randomBytes(1000), shelf = await newShelf();
    assert.equal((await admin.get(`${shelf.address}/file/plan`)).status, 404, 'none yet');
    await saved(`${shelf.address}/edit`, { plan: { name: 'plan.png', bytes } });
    await saved(`${shelf.address}/edit`, { label: 'With a plan' });
    const answer = await admin.get(`${shelf.address}/file/plan`);
    const sum = (each) => createHash('sha256').update(each).digest('hex');
    assert.equal(sum(answer.body), sum(bytes));
    assert.match(answer.header('content-disposition')[0], /^attachment/);
});

test('a file that may be left out: no link before it is there, here and in the form', async () => {
    const book = await newBook(), link = `${book.address}/file/cover`;
    const shown = async () => {
        const [page, form] = [await admin.get(book.address), await admin.get(`${book.address}/edit`)];
        return [page, form].map((answer) => answer.page.all('a').some((each) => each.get('href') === link));
    };
    assert.deepEqual(await shown(), [false, false]);
    assert.equal((await admin.get(link)).status, 404);
    const refused = await save(`${book.address}/edit`, { title: '' });
    assert.doesNotMatch(refused.words, /Choose a file only to replace it/);
    await saved(`${book.address}/edit`, { cover: { name: 'cover.png', bytes: 'a cover' } });
    assert.deepEqual(await shown(), [true, true]);
    assert.equal((await admin.get(link)).text, 'a cover');
    await saved(`${book.address}/edit`, { cover: { name: 'cover.png', bytes: '' } });
    assert.deepEqual(await shown(), [true, true], 'an empty one is one');
});

test('a password of any model is stored as a hash and never shown', async () => {
    const word = unique('a secret word'), loan = await newLoan({ pin: word });
    assert.match(stored('loan', loan.id).pin, /^\$argon2id\$/);
    for (const path of [loan.address, `${loan.address}/edit`, `${loan.address}/history`, '/loans/'])
        assert.doesNotMatch((await admin.get(path)).text, new RegExp(`argon2|${word}`), path);
});

// --- Relations and constraints --------------------------------------------------------------------------------------------

test('a place of a shelf is for one book, also when a book moves', async () => {
    const shelf = (await newShelf()).id;
    await newBook({ shelf_id: shelf, place: '1' });
    const words = /^Another book stands at this place of the shelf\. Choose a free one$/;
    assertRefused(await save('/books/new', { title: 'Second', shelf_id: shelf, place: '1' }), { place: words });
    const other = await newBook({ shelf_id: shelf, place: '2' });
    assertRefused(await save(`${other.address}/edit`, { place: '1' }), { place: words });
});

test('two books that take a place at the same time: one is told at its field', async () => {
    const shelf = (await newShelf()).id;
    const forms = await Promise.all([1, 2].map(() => admin.form('/books/new')));
    const answers = await Promise.all(forms.map((form) => form.fill({ title: 'Race', shelf_id: shelf, place: '5' }).submit('_save')));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 422]);
    assertRefused(answers.find(({ status }) => status === 422), { place: /^Another book stands at this place/ });
});

test('a CHECK says what the model says, at its field, for new and existing ones', async () => {
    const words = /^Enter a day on or after the day it was lent$/, book = (await newBook()).id;
    const values = { borrower: 'a@example.com', book_id: book, lent_on: '2024-05-05', returned_on: '2024-05-04' };
    assertRefused(await save('/loans/new', values), { returned_on: words });
    const loan = await newLoan({ lent_on: '2024-05-05' });
    const answer = await save(`${loan.address}/edit`, { returned_on: '2024-05-04', borrower: 'kept@example.com' });
    assertRefused(answer, { returned_on: words });
    assert.equal(answer.form().get('borrower'), 'kept@example.com');
    assert.equal((await answer.form().set('returned_on', '2024-05-05').submit('_save')).status, 303);
});

test('a CHECK without words of its own is told by its name, and nothing is lost', async () => {
    const answer = await save('/loans/new', { borrower: 'a@example.com', book_id: (await newBook()).id, rating: '5' });
    assertRefused(answer, { '': /./ });
    assert.match(answer.problems[0][0], /loan_rated_when_returned/);
    assert.equal(answer.form().get('rating'), '5');
});

test('a shelf cannot stand inside itself, however deep', async () => {
    const one = await newShelf(), two = await newShelf({ inside_id: one.id }), three = await newShelf({ inside_id: two.id });
    for (const inside of [one, two, three])
        assertRefused(await save(`${one.address}/edit`, { inside_id: inside.id }), { inside_id: /leads back to it|record itself/ });
});

test('a loan renews one of the same book only', async () => {
    const loan = await newLoan(), book = stored('loan', loan.id).book_id;
    await newLoan({ book_id: book, renews_id: loan.id });
    const answer = await save('/loans/new', { borrower: 'a@example.com', book_id: (await newBook()).id, renews_id: loan.id });
    assertRefused(answer, { renews_id: /^Choose a loan of the same book$/ });
});

test('links between uuids and texts, whatever the texts hold', async () => {
    const shelves = await Promise.all(['"', ',', '{}', '\\', "'"].map((sign) => newShelf({ id: `${sign}${unique('l').slice(0, 6)}` })));
    const book = await newBook({}, (form) => shelves.reduce((each, { id }) => each.add('seen_on[]', id), form));
    const ids = () => row("SELECT json_agg(shelf_id) AS it FROM book_shelf WHERE book_id = :'id'", book, site.database).it.sort();
    assert.deepEqual(ids(), shelves.map(({ id }) => id).sort());
    await saved(`${book.address}/edit`, {}, (form) => form.tick('seen_on[]', shelves[0].id, false).tick('seen_on[]', shelves[3].id, false));
    assert.deepEqual(ids(), [shelves[1], shelves[2], shelves[4]].map(({ id }) => id).sort());
    assert.equal((await admin.get(`/books/?seen_on=${encodeURIComponent(shelves[2].id)}`)).rows.length, 1);
});

test('what refers to a deleted one and is not deleted with it loses its link, and only that is told', async () => {
    const [one, other] = [await newBook(), await newBook()];
    const first = await newLoan({ book_id: one.id });
    await newLoan({ book_id: one.id, instead_of_id: first.id, renews_id: first.id });
    const kept = await newLoan({ book_id: other.id, instead_of_id: first.id });
    const told = (await admin.get(`${one.address}/delete`)).page.all('ul.goes h2').map((each) => each.words);
    assert.deepEqual(told, ['2 loans deleted with it', '1 loan (Instead of) kept, link removed']);
    assert.equal((await (await admin.form(`${one.address}/delete`, 'form[data-once]')).submit()).status, 303);
    assert.equal(stored('loan', kept.id).instead_of_id, null);
});

test('a shelf with books cannot be deleted, and one without can', async () => {
    const shelf = await newShelf(), book = await newBook({ shelf_id: shelf.id });
    assert.match((await admin.get(`${shelf.address}/delete`)).words, /cannot be deleted while others need it/);
    await newLoan({ book_id: book.id });
    for (const { address } of [book, shelf])
        assert.equal((await (await admin.form(`${address}/delete`, 'form[data-once]')).submit()).status, 303);
    assert.equal(stored('shelf', shelf.id), undefined);
});

test('a key of these models opens what they say, with values of every type', async () => {
    const shelf = await newShelf({ id: unique('é &').slice(0, 12) }), other = await newBook(), file = Buffer.from('a cover');
    const book = await newBook({ shelf_id: shelf.id, price: '10.5', details: '{"n": [0.10]}' });
    await saved(`${book.address}/edit`, {}, (form) => form.set('cover', { name: 'x.png', type: 'image/png', bytes: file }));
    psql("UPDATE shelf SET height_m = 'NaN', plan = '\\x0102' WHERE id = :'shelf'; UPDATE book SET acquired_at = 'infinity', published_on = '0044-03-15 BC' WHERE id::text = :'book'",
        { shelf: shelf.id, book: book.id }, site.database);
    const made = await save('/cards/new', { holder: 'a program', shelf_id: shelf.id });
    const key = (await made.follow()).page.one('section.key code').words;
    const ask = (path) => new Browser(site.url).get(`/api/v1/${path}`, { Authorization: `Bearer ${key}` });
    const index = (await ask('')).json;
    assert.deepEqual(index, { opened: `/api/v1/shelves/${encodeURIComponent(shelf.id)}`, lists: { shelves: '/api/v1/shelves/', books: '/api/v1/books/' } });
    const { created_at, updated_at, ...opened } = (await ask(index.opened.slice('/api/v1/'.length))).json;
    assert.deepEqual(opened, { id: shelf.id, title: stored('shelf', shelf.id).label, label: stored('shelf', shelf.id).label, floor: 1, height_m: 'NaN',
        plan: 2, inside_id: null });
    assert.deepEqual((await ask('shelves/')).json.items.map(({ id }) => id), [shelf.id]);
    const read = (await ask(`books/${book.id}`)).json;
    assert.deepEqual([read.price, read.published_on, read.acquired_at, read.print_number, read.details, read.shelf_id, read.place, read.cover, read.seen_on],
        ['10.500', '0044-03-15 BC', 'infinity', null, { n: [0.1] }, { id: shelf.id, title: opened.title }, 1, true, { items: [], more: false }]);
    assert.equal((await ask(`books/${other.id}`)).status, 404);
    for (const path of ['loans/', 'cards/', 'users/'])
        assert.equal((await ask(path)).status, 403);
    for (const [height, is] of [['1e300', 1e300], ['Infinity', 'Infinity'], ['0.1', 0.1]]) {
        psql("UPDATE shelf SET height_m = :'height' WHERE id = :'shelf'", { shelf: shelf.id, height }, site.database);
        assert.equal((await ask(index.opened.slice('/api/v1/'.length))).json.height_m, is);
    }
});

test('two editors of other models see both sides as well', async () => {
    const shelf = await newShelf({ height_m: '1' });
    const mine = (await admin.form(`${shelf.address}/edit`)).set('height_m', '2.5').set('label', 'Mine');
    await saved(`${shelf.address}/edit`, { height_m: '3', floor: '4' });
    const answer = await mine.submit('_save');
    assert.equal(answer.status, 409);
    assert.equal((await answer.form('form.conflict').set('_take.height_m', 'theirs').submit('_save')).status, 303);
    const { height_m, floor, label } = stored('shelf', shelf.id);
    assert.deepEqual([height_m, floor, label], [3, 4, 'Mine']);
});
