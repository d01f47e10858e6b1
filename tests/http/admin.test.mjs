// The admin area: who may use it, its first page, its health, and the password that destructive actions ask for again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { newPerson, newSignedIn, psql, rows, value } from './data.mjs';
import { PASSWORD, signedIn, unique } from './lib.mjs';

const admin = await signedIn();
const source = readFileSync(new URL('../../cgi/dispatch.c', import.meta.url), 'utf8');
const routes = [...source.matchAll(/\{ METHOD_(GET|POST), ROLE_SUPERUSER, "(\/admin[^"]*)"/g)].map(([, method, path]) =>
    ({ method, path: path.replace('{id}', 'x1').replace('{part}', 'x2') }));
const user = await newSignedIn(admin);

test('the routes of the admin area were read', () => assert.ok(routes.length >= 4, JSON.stringify(routes)));

for (const { method, path } of routes)
    test(`${method} ${path} is for superusers alone`, async () => {
        const csrf = (await user.get('/account')).page.one('[name="csrf"]').get('value');
        const answer = method === 'GET' ? await user.get(path) : await user.post(path, [['csrf', csrf], ['_password', user.password ?? 'x']]);
        assert.equal(answer.status, 403, answer.words);
        assert.match(answer.words, /Only a superuser may do this/);
    });

test('only superusers are shown the way there', async () => {
    assert.equal((await user.get('/')).page.all('nav.side a[href="/admin/"]').length, 0);
    assert.equal((await admin.get('/')).page.all('nav.side a[href="/admin/"]').length, 1);
});

test('the first page says the state, and leads to every page of the area', async () => {
    const page = await admin.get('/admin/');
    assert.equal(page.status, 200);
    assert.equal(page.heading, 'Admin');
    const states = Object.fromEntries(page.page.all('.state').map((each) => [each.one('h2').words, each.one('.badge').words]));
    assert.equal(states.Database, 'answers');
    assert.match(page.page.one('.verdict').words, /^(Everything is as it should be|Nothing is wrong)/);
    assert.equal(states.Revisions, 'at head');
    assert.match(states.Disk, /enough|nearly full/);
    assert.match(states.Backups, /fresh|old or not verified|none/);
    assert.match(states.Jobs, /none|runs|done|failed|cancelled|interrupted/);
    for (const link of page.page.all('nav.side a[href^="/admin/"]').concat(page.page.all('.places a')))
        assert.equal((await admin.get(link.get('href'))).status, 200, link.get('href'));
});

for (const [asked, right] of [['/admin', '/admin/'], ['/admin/jobs?status=failed', '/admin/jobs/?status=failed'], ['/admin/backups', '/admin/backups/'],
    ['/admin/migrations/', '/admin/migrations'], ['/admin/audit/?kind=sign-ins&who=a%2Fb', '/admin/audit?kind=sign-ins&who=a%2Fb'],
    ['/admin/migrations/upgrade/', '/admin/migrations/upgrade'], ['/account/', '/account'], ['/teams/new/?name=x', '/teams/new?name=x']])
    test(`${asked} leads to ${right}`, async () => {
        const answer = await admin.get(asked);
        assert.deepEqual([answer.status, answer.location], [303, right]);
    });

test('no link of the admin area leads to an address with the wrong ending', async () => {
    const seen = new Set(['/admin/']);
    for (const address of seen) { // grows meanwhile
        const answer = await admin.get(address);
        assert.ok(answer.status < 300 || !new RegExp(`^${address.replace(/\/?(\?.*)?$/, '')}/?([?]|$)`).test(answer.location), `${address} leads to ${answer.location}`);
        const links = /text\/html/.test(answer.header('content-type')[0]) ? answer.page.all('nav a').concat(answer.page.all('main a')) : [];
        for (const link of links.filter((each) => each.get('href')?.startsWith('/admin/') && !/[?#]|\/(download|manifest|show)\b|\/(jobs|queries)\/./.test(each.get('href'))))
            seen.add(link.get('href'));
    }
    assert.ok(seen.size >= 12, [...seen].join());
});

test('what is nowhere is nowhere with a slash, too', async () => {
    for (const address of ['/no-such/', '/admin/no-such/', '/teams/1/no-such/'])
        assert.equal((await admin.get(address)).status, 404, address);
});

test('a revision that is pending is said on the first page', async () => {
    const lines = rows('SELECT * FROM roster_revision ORDER BY applied_at DESC, id LIMIT 1');
    psql("DELETE FROM roster_revision WHERE id = :'id'", { id: lines[0].id });
    try {
        const page = await admin.get('/admin/');
        assert.match(page.words, /1 pending|Revisions pending|revisions pending: 1/);
        assert.equal(page.page.all('.state').find((each) => each.one('h2').words === 'Revisions').one('.badge').words, 'pending');
    } finally {
        psql(`INSERT INTO roster_revision SELECT * FROM json_populate_record(NULL::roster_revision, :'line')`,
            { line: JSON.stringify(lines[0]) });
    }
    assert.match((await admin.get('/admin/')).words, /at head/);
});

test('the health page tells versions, connections, disk and workers', async () => {
    const facts = (await admin.get('/admin/health')).rows;
    const about = (what) => facts.filter((row) => row.About === what).map((row) => row.Finding).join('\n');
    assert.match(about('serving'), /^PostgreSQL \d+\.\d+.* through a pooler, database \d+ \w+, \d+ of \d+ connections/);
    assert.match(about('pool'), /^PgBouncer: \d+ clients at work, \d+ waiting/);
    assert.match(about('workers'), /^\d+ of them, \d+\.\d MB each on average/);
    assert.match(about('applied'), /^all of them$/);
    assert.match(about('disk'), /GB free/);
});

// --- The password again ---------------------------------------------------------------------------------------------

const confirmForm = async (browser, next) => {
    const csrf = (await browser.get('/account')).page.one('[name="csrf"]').get('value');
    return browser.post('/admin/confirm', [['csrf', csrf], ['next', next], ['kept', 'line 1\nline "2" <b>']]);
};

test('what destroys asks for the password, keeps the form, and goes on', async () => {
    const browser = await signedIn();
    const asked = await confirmForm(browser, '/admin/health');
    assert.equal(asked.status, 403);
    assert.equal(asked.heading, 'Enter your password again');
    assert.equal(asked.form('form').get('kept'), 'line 1\nline "2" <b>');
    const wrong = await asked.form('form').set('_password', 'not this one').submit();
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.problems, [['Enter the password that you signed in with', '#password']]);
    assert.equal(wrong.form('form').get('_password'), '');
    assert.equal(wrong.form('form').get('kept'), 'line 1\nline "2" <b>');
    const empty = await wrong.form('form').submit();
    assert.deepEqual(empty.problems, [['Enter your password', '#password']]);
    const done = await empty.form('form').set('_password', PASSWORD).submit();
    assert.deepEqual([done.status, done.location], [303, '/admin/health']);
    const again = await confirmForm(browser, '/admin/');
    assert.deepEqual([again.status, again.location], [303, '/admin/'], 'not asked again for a while');
});

test('the password is asked for again when some minutes have passed, and on another sign-in of the same person', async () => {
    const browser = await signedIn(), other = await signedIn();
    await (await confirmForm(browser, '/admin/')).form('form').set('_password', PASSWORD).submit();
    assert.equal((await confirmForm(other, '/admin/')).status, 403);
    assert.equal((await confirmForm(browser, '/admin/')).status, 303);
    psql("UPDATE session SET confirmed_at = now() - interval '5 minutes 1 second' WHERE confirmed_at IS NOT NULL");
    assert.equal((await confirmForm(browser, '/admin/')).status, 403);
});

test('after it was asked for, the way on stays on this site', async () => {
    const browser = await signedIn();
    const done = await (await confirmForm(browser, '//evil.example/')).form('form').set('_password', PASSWORD).submit();
    assert.equal(done.location, '/');
});

test('wrong passwords in a row make whoever types them wait', async () => {
    const person = await newPerson(admin, { superuser: true });
    const browser = await signedIn(person.email, person.password);
    let answer = await confirmForm(browser, '/admin/');
    for (let i = 0; i < 40; i++) // as many, where one has signed in before
        answer = await answer.form('form').set('_password', unique('wrong')).submit();
    answer = await answer.form('form').set('_password', person.password).submit();
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.header('retry-after')[0]) >= 1);
    assert.match(answer.problems[0][0], /^Too many tries have failed/);
    assert.equal((await (await confirmForm(await signedIn(), '/admin/')).form('form').set('_password', PASSWORD).submit()).status, 303,
        'others are not kept out by that');
});

test('the password again, right and wrong, is in the audit', async () => {
    const person = await newPerson(admin, { superuser: true });
    const browser = await signedIn(person.email, person.password);
    const asked = await confirmForm(browser, '/admin/');
    await asked.form('form').set('_password', 'wrong').submit();
    await asked.form('form').set('_password', person.password).submit();
    assert.deepEqual(rows("SELECT action, who, remote FROM audit WHERE user_id = :'id' ORDER BY id", person), [
        { action: 'signed in', who: person.email, remote: '127.0.0.1' },
        { action: 'password refused', who: person.email, remote: '127.0.0.1' },
        { action: 'password confirmed', who: person.email, remote: '127.0.0.1' },
    ]);
    assert.equal(value("SELECT count(*) FROM audit a WHERE a::text LIKE '%' || :'password' || '%'", person), '0');
});
