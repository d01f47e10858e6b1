// The audit page: every sign-in, change of a record and act of administration, filtered, turned over, and as a file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPerson, psql, rows, value } from './data.mjs';
import { Browser, PASSWORD, signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();
const audit = async (query = {}) => {
    const page = await admin.get(`/admin/audit?${new URLSearchParams(query)}`);
    assert.equal(page.status, 200, page.words);
    return page;
};
const actions = (page) => page.rows.map((row) => row.What);

test('signing in, failing to, changing the password and signing out are lines, with who and from where', async () => {
    const person = await newPerson(admin);
    const browser = await signedIn(person.email, person.password);
    await new Browser().signIn(person.email, 'not this one');
    const form = await browser.form('/account/password', 'form');
    const password = unique('a new one');
    assert.equal((await form.fill({ current: person.password, new: password, repeat: password }).submit()).status, 303);
    const page = await browser.get('/account');
    await new (page.form('form').constructor)(page, page.page.one('header form')).submit();
    const lines = (await audit({ who: person.email })).rows;
    assert.deepEqual(lines.map((row) => row.What), ['signed out', 'password changed', 'sign-in failed', 'signed in']);
    for (const row of lines)
        assert.deepEqual([row.Who, row['From where']], [person.email, '127.0.0.1']);
    assert.match(lines[0].When, /^\d{4}-\d\d-\d\d \d\d:\d\d$/);
});

test('an address that nobody has is kept as it was typed, cut to what fits', async () => {
    const email = `${unique('nobody')}@example.com`;
    await new Browser().signIn(email, 'not this one');
    assert.deepEqual(actions(await audit({ who: email })), ['sign-in failed']);
    assert.deepEqual(actions(await audit({ who: email.toUpperCase() })), ['sign-in failed']);
    const long = `${unique('long')}${'ü'.repeat(400)}`;
    assert.equal((await new Browser().signIn(long, 'x')).status, 422);
    assert.equal(value("SELECT length(who) FROM audit WHERE who LIKE :'start' || '%'", { start: long.slice(0, 15) }), '254');
    assert.equal(value("SELECT count(*) FROM audit a WHERE a::text LIKE '%not this one%'"), '0');
});

test('changes of records are lines that lead to the history, with the address that they came from', async () => {
    const made = await create(admin, 'teams');
    await (await admin.form(`${made.address}/edit`)).fill(made.change).submit('_save');
    const lines = (await audit({ kind: 'changes' })).rows.filter((row) => row['To what'] === `team ${value("SELECT name FROM team WHERE id = :'id'", made)}`
        || row['To what'].startsWith('team '));
    assert.deepEqual(lines.slice(0, 2).map((row) => row.What), ['changed', 'created']);
    assert.deepEqual(rows("SELECT DISTINCT remote FROM change WHERE model = 'team' AND record = :'id'", made), [{ remote: '127.0.0.1' }]);
    const href = (await audit({ kind: 'changes' })).page.one('tbody a').get('href');
    assert.match(href, new RegExp(`^${made.address}/history#change-\\d+$`));
    const history = await admin.get(href.split('#')[0]);
    assert.ok(history.page.one(`#${href.split('#')[1]}`), 'the line is there');
    await (await admin.form(`${made.address}/delete`, 'form[data-once]')).submit();
    assert.equal(value("SELECT remote FROM change WHERE model = 'team' AND record = :'id' AND action = 'deleted'", made), '127.0.0.1');
    assert.equal(actions(await audit({ kind: 'changes' }))[0], 'deleted');
});

test('each kind shows its own lines and no others', async () => {
    const browser = await signedIn();
    const csrf = (await browser.get('/account')).page.one('[name="csrf"]').get('value');
    await (await browser.post('/admin/confirm', [['csrf', csrf], ['next', '/admin/']])).form('form').set('_password', PASSWORD).submit();
    const signIns = actions(await audit({ kind: 'sign-ins' })), changes = actions(await audit({ kind: 'changes' }));
    const administration = actions(await audit({ kind: 'administration' }));
    assert.ok(signIns.every((what) => /^(signed in|signed out|sign-in failed|password changed|told to wait|code refused|recovery code used|second factor (on|off)|recovery codes made|password reset (made|used)|sign-ins ended)$/.test(what)));
    assert.ok(changes.every((what) => /^(created|changed|deleted)$/.test(what)));
    assert.equal(administration[0], 'password confirmed');
    assert.ok(administration.every((what) => !signIns.includes(what) && !changes.includes(what)));
    assert.equal((await admin.get('/admin/audit?kind=other')).status, 400);
});

test('days are inclusive, an address and a day that match nothing show nothing', async () => {
    const email = `${unique('days')}@example.com`;
    psql(`INSERT INTO audit (at, who, action, remote) SELECT day::timestamptz, :'email', 'signed in', '192.0.2.7'
        FROM unnest(ARRAY['2020-02-01 23:59:59+00', '2020-02-02 00:00:00+00', '2020-02-03 23:59:59.9+00', '2020-02-04 00:00:00+00']) day`, { email });
    const days = async (query) => (await audit({ who: email, ...query })).rows.map((row) => row.When.slice(0, 10));
    assert.deepEqual(await days({ from: '2020-02-02', to: '2020-02-03' }), ['2020-02-03', '2020-02-02']);
    assert.deepEqual(await days({ from: '2020-02-04' }), ['2020-02-04']);
    assert.deepEqual(await days({ to: '2020-02-01' }), ['2020-02-01']);
    assert.equal((await audit({ who: email, remote: '192.0.2.7' })).rows.length, 4);
    assert.match((await audit({ who: email, remote: '192.0.2.70' })).words, /Nothing matches/);
});

for (const [field, text] of [['from', '2020-02-30'], ['to', 'yesterday'], ['from', '2020-2-3'], ['to', "2020-01-01'"]])
    test(`${field}=${text} is no day, and what was typed is kept`, async () => {
        const page = await admin.get(`/admin/audit?${new URLSearchParams({ [field]: text, who: 'x@example.com' })}`);
        assert.equal(page.status, 422);
        assert.match(page.title, /^Error: /);
        assert.deepEqual(page.problems, [['Enter a day like 2026-11-25', `#${field}`]]);
        assert.equal(page.problem(field), 'Enter a day like 2026-11-25');
        const form = page.form('form.filters');
        assert.deepEqual([form.get(field), form.get('who')], [text, 'x@example.com']);
    });

test('turning the pages shows every line once, in order, whatever is written at the same instant', async () => {
    const email = `${unique('pages')}@example.com`, id = value(`INSERT INTO "user" (email, full_name) VALUES (:'email', 'x') RETURNING id`, { email });
    psql(`INSERT INTO audit (at, user_id, who, action, subject) SELECT now() - interval '1 s' * (n / 4), :'id', :'email', 'signed in', 'a' || n FROM generate_series(1, 40) n;
        INSERT INTO change (at, user_id, action, model, record, title) SELECT now() - interval '1 s' * (n / 4), :'id', 'changed', 'team', 90000000 + n, 'c' || n FROM generate_series(1, 40) n`,
    { email, id });
    const seen = [];
    let page = await audit({ who: email });
    for (;;) {
        seen.push(...page.rows.map((row) => row['To what']));
        const older = page.page.one('.pager [rel="next"]');
        if (!older)
            break;
        assert.match(older.get('href'), /who=/, 'the filters stay');
        page = await admin.get(older.get('href'));
        assert.equal(page.status, 200);
    }
    assert.equal(seen.length, 80);
    assert.equal(new Set(seen).size, 80);
    assert.equal((await admin.get(page.page.one('.pager [rel="first"]').get('href'))).rows[0]['To what'], seen[0]);
    for (const cursor of ['x', 'a.1', 'b.1.2026-11-25 10:00:00+00', "a.1.2026-11-25 10:00:00+00'", 'a..2026-11-25 10:00:00+00', 'a.99999999999999999999.2026-11-25 10:00:00+00'])
        assert.equal((await admin.get(`/admin/audit?after=${encodeURIComponent(cursor)}`)).status, 400, cursor);
});

test('the file holds what the filters leave, is harmless in a spreadsheet, and is itself a line', async () => {
    const email = `${unique('file')}@example.com`;
    psql(`INSERT INTO audit (who, action, subject, remote) VALUES (:'email', 'signed in', '=1+1', '192.0.2.7'), (:'email', 'signed in', 'he said "a, b"' || chr(10) || 'c', NULL)`, { email });
    const answer = await (await audit({ who: email })).form('form[action="/admin/audit/export"]').submit();
    assert.equal(answer.status, 200);
    assert.match(answer.header('content-type')[0], /^text\/csv; charset=utf-8/);
    assert.match(answer.header('content-disposition')[0], /^attachment; filename="audit\.csv"$/);
    const lines = answer.text.split('\r\n');
    assert.equal(lines[0], '"at","who","action","subject","remote","model","record"');
    assert.equal(lines.length, 4, answer.text);
    assert.ok(answer.text.includes(`,"'=1+1","192.0.2.7",,`));
    assert.ok(answer.text.includes(',"he said ""a, b""\nc",,,'));
    const [line] = (await audit({ kind: 'administration' })).rows;
    assert.deepEqual([line.What, line['To what']], ['audit exported', '2 lines']);
    assert.equal((await admin.get('/admin/audit/export')).status, 405);
});

test('a database of before there was an audit lets people sign in, and out', async () => {
    psql('ALTER TABLE audit RENAME TO later');
    try {
        const browser = await signedIn();
        assert.equal((await new Browser().signIn('nobody@example.com', 'x')).status, 422);
        const page = await browser.get('/account');
        assert.equal((await new (page.form('form').constructor)(page, page.page.one('header form')).submit()).status, 303);
    } finally {
        psql('ALTER TABLE later RENAME TO audit');
    }
});
