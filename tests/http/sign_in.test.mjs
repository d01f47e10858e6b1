// Who gets in: signing in and out, first passwords, forged forms, and every route without a sign-in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { make, newPerson, newSignedIn, psql, value } from './data.mjs';
import { Browser, EMAIL, PASSWORD, SITE, signedIn, unique } from './lib.mjs';

const admin = await signedIn();

// The table of routes, as the program has it: METHOD, role, pattern.
const source = readFileSync(new URL('../../cgi/dispatch.c', import.meta.url), 'utf8');
const routes = [...source.matchAll(/\{ METHOD_(GET|POST), (ROLE_\w+), "([^"]+)"/g)].map(([, method, role, path]) =>
    ({ method, path, role }));
const team = make.team();
const guarded = routes.filter(({ role }) => role !== 'ROLE_ANYONE' && role !== 'ROLE_KEY').map(({ method, path }) => ({
    method,
    path: path.replace('{model}', 'teams').replace('{id}', team).replace('{part}', 'owner_id'),
}));

test('the table of routes was read', () => {
    assert.ok(guarded.length >= 15, JSON.stringify(guarded));
    assert.deepEqual(routes.filter(({ role }) => role === 'ROLE_ANYONE').map(({ method, path }) => `${method} ${path}`),
        ['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /sign-in', 'POST /sign-in', 'GET /sign-in/code', 'POST /sign-in/code', 'GET /reset', 'POST /reset', 'GET /admin/key', 'POST /admin/key', 'POST /admin/key/end']);
});

// --- Nobody ----------------------------------------------------------------------------------------------------------

for (const { method, path } of guarded) {
    test(`${method} ${path} needs a sign-in`, async () => {
        const nobody = new Browser();
        if (method === 'GET') {
            const answer = await nobody.get(path);
            assert.equal(answer.status, 303);
            assert.equal(answer.location, path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`);
            assert.equal(answer.text, '');
            return;
        }
        const refused = path === '/sign-out' ? 303 : 403; // nobody is out already
        assert.equal((await nobody.post(path, 'a=b')).status, refused, 'without a token');
        const { element } = await nobody.form('/sign-in', 'form');
        const csrf = element.one('[name="csrf"]').get('value');
        const empty = await nobody.post(path, [['csrf', csrf]]);
        assert.equal(empty.status, 303, 'with the token of the sign-in page');
        assert.equal(empty.location, '/sign-in');
        const full = await nobody.post(path, [['csrf', csrf], ['_base', '{}'], ['name', 'x']]);
        if (/^\/teams/.test(path)) // what was typed travels through the sign-in
            assert.deepEqual([full.status, full.heading], [403, 'Sign in']);
        else
            assert.deepEqual([full.status, full.location], [303, '/sign-in']);
    });

    test(`${method} ${path} with a made-up session needs a sign-in`, async () => {
        const nobody = new Browser();
        nobody.cookies.set('roster_session', 'A'.repeat(43));
        const answer = method === 'GET' ? await nobody.get(path) : await nobody.post(path, 'csrf=x');
        assert.equal(answer.status, method === 'GET' ? 303 : 403);
    });
}

for (const path of ['/teams/abc', '/teams/abc/edit', '/teams/abc/delete', '/teams/abc/history', '/teams/1/history?older=x',
    '/teams/?no_such_filter=1', '/teams/?sort=description', '/teams/?after=x', '/teams/new?no_such_field=1',
    '/teams/options?no_such_filter=1', '/teams/choose/no_such_relation', '/teams/1/file/no_such_file'])
    test(`nobody learns from ${path} what there is`, async () => {
        const answer = await new Browser().get(path);
        assert.equal(answer.status, 303, answer.words);
        assert.match(answer.location, /^\/sign-in/);
    });

test('what nobody sends to a form is not judged', async () => {
    const nobody = new Browser();
    const csrf = (await nobody.form('/sign-in', 'form')).get('csrf');
    for (const path of ['/teams/abc/edit', `/teams/${team}/edit`, '/teams/abc/delete'])
        assert.equal((await nobody.post(path, [['csrf', csrf]])).status, 303, path);
});

for (const path of ['/static/roster.css', '/static/roster.js', '/static/icon.svg', '/healthz', '/readyz', '/sign-in'])
    test(`${path} needs no sign-in`, async () => {
        assert.equal((await new Browser().get(path)).status, 200);
    });

test('the address of the code leads to the beginning when it is opened by itself', async () => {
    for (const browser of [new Browser(), admin]) {
        const answer = await browser.get('/sign-in/code');
        assert.deepEqual([answer.status, answer.location], [303, '/sign-in']);
    }
});

// --- Signing in ------------------------------------------------------------------------------------------------------

test('signing in leads to the overview, with a cookie that scripts cannot read', async () => {
    const browser = new Browser();
    const answer = await browser.signIn();
    assert.equal(answer.status, 303);
    assert.equal(answer.location, '/');
    const cookie = answer.header('set-cookie').find((line) => line.startsWith('roster_session='));
    assert.match(cookie, /^roster_session=[\w-]{43}\.s; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    assert.equal((await answer.follow()).heading, 'Overview');
});

test('the database keeps no token of a session', async () => {
    const browser = await signedIn();
    const token = browser.cookies.get('roster_session');
    assert.equal(value("SELECT count(*) FROM session s WHERE s::text LIKE '%' || :'token' || '%'", { token }), '0');
});

test('the email address may be typed in other letters', async () => {
    assert.equal((await new Browser().signIn(EMAIL.toUpperCase(), PASSWORD)).status, 303);
});

const without = unique('without-password');
make.user({ email: `${without}@example.com` });
const disabled = await newPerson(admin);
psql("UPDATE \"user\" SET is_active = false WHERE id = :'id'", disabled);

const refusals = [
    ['a wrong password', EMAIL, 'wrong password'],
    ['an unknown address', 'nobody@example.com', 'wrong password'],
    ['an account without a password', `${without}@example.com`, 'wrong password'],
    ['a disabled account', disabled.email, disabled.password],
    ['a password in other letters', EMAIL, PASSWORD.toUpperCase() === PASSWORD ? `${PASSWORD}x` : PASSWORD.toUpperCase()],
    ['a password with a blank behind it', EMAIL, `${PASSWORD} `],
    ['a password of a megabyte', EMAIL, 'x'.repeat(1000000)],
];

for (const [what, email, password] of refusals)
    test(`${what} is refused in the same words as any other`, async () => {
        const browser = new Browser();
        const answer = await browser.signIn(email, password);
        assert.equal(answer.status, 422);
        assert.match(answer.title, /^Error: /);
        assert.deepEqual(answer.problems, [['Enter an email address and password that belong together', '#email']]);
        assert.equal(answer.form('form').get('email'), email, 'the address is kept');
        assert.equal(answer.form('form').get('password'), '', 'the password is not');
        assert.ok(!browser.cookies.has('roster_session'));
        assert.equal((await browser.get('/')).status, 303);
    });

test('what is left empty is asked for', async () => {
    const answer = await new Browser().signIn('', '');
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.problems, [['Enter your email address', '#email'], ['Enter your password', '#password']]);
});

test('signing in ends the session that the browser had', async () => {
    const browser = await signedIn();
    const old = browser.cookies.get('roster_session');
    await browser.signIn();
    assert.notEqual(browser.cookies.get('roster_session'), old);
    const thief = new Browser();
    thief.cookies.set('roster_session', old);
    assert.equal((await thief.get('/')).status, 303);
});

for (const [next, leads] of [['/teams/', '/teams/'], ['/teams/?q=a b&sort=-name', '/teams/?q=a b&sort=-name'],
    ['//evil.example', '/'], ['https://evil.example/', '/'], ['/\\evil.example', '/'], ['\\\\evil.example', '/'],
    ['javascript:alert(1)', '/'], ['/%0d%0aSet-Cookie:a=b', '/%0d%0aSet-Cookie:a=b'], ['/\r\nSet-Cookie: a=b', '/'],
    ['teams/', '/'], ['', '/'], ['///evil.example', '/'], ['/.//evil.example', '/'], ['/\t/evil.example', '/'], ['/teams/\\..\\evil', '/'],
    ['HTTPS:evil.example', '/'], ['http:evil.example', '/'], ['evil.example', '/'], ['@evil.example', '/'], [' //evil.example', '/'],
    ['/%5cevil.example', '/%5cevil.example'], ['/%2f%2fevil.example', '/%2f%2fevil.example']])
    test(`after signing in, next=${JSON.stringify(next)} leads to ${leads}`, async () => {
        const browser = new Browser();
        const form = await browser.form(`/sign-in?next=${encodeURIComponent(next)}`, 'form');
        form.fill({ email: EMAIL, password: PASSWORD });
        const offered = form.has('next') ? form.get('next') : '';
        assert.ok(offered === '' || offered === next);
        const answer = await form.submit();
        assert.equal(answer.status, 303);
        assert.equal(answer.location, leads);
        assert.equal(answer.header('set-cookie').filter((line) => line.startsWith('a=')).length, 0);
        const forced = await (await new Browser().form('/sign-in', 'form')).fill({ email: EMAIL, password: PASSWORD })
            .add('next', next).submit();
        assert.equal(forced.location ?? '/', leads, 'also when it is sent without being offered');
    });

test('an address that is too long to be come back to leads to the sign-in page all the same', async () => {
    const long = `/account?${'&'.repeat(11000)}`;
    const answer = await new Browser().get(long);
    assert.deepEqual([answer.status, answer.location], [303, '/sign-in']);
    const sent = await (await new Browser().form('/sign-in', 'form')).fill({ email: EMAIL, password: PASSWORD }).add('next', long).submit();
    assert.deepEqual([sent.status, sent.location], [303, '/']);
});

test('a page that needed a sign-in is where signing in leads', async () => {
    const browser = new Browser();
    const asked = await browser.get('/teams/?sort=-name&q=x%26y');
    const answer = await (await browser.form(asked.location, 'form')).fill({ email: EMAIL, password: PASSWORD }).submit();
    assert.equal(answer.location, '/teams/?sort=-name&q=x%26y');
});

// --- Passwords that must be changed ----------------------------------------------------------------------------------

test('a first password opens nothing but the form that changes it', async () => {
    const browser = await newSignedIn(admin, { mustChange: true });
    for (const { method, path } of guarded.filter((route) => !/^\/(account\/password|sign-out)$/.test(route.path))) {
        if (method !== 'GET')
            continue;
        const answer = await browser.get(path);
        assert.equal(answer.status, 303, path);
        assert.equal(answer.location, '/account/password', path);
    }
    const csrf = (await browser.form('/account/password', 'form')).get('csrf');
    const answer = await browser.post('/teams/new', [['csrf', csrf], ['name', unique('sneaked')]]);
    assert.equal(answer.location, '/account/password');
});

test('a changed first password opens the site, and is the only one that works', async () => {
    const person = await newPerson(admin, { mustChange: true });
    const browser = await signedIn(person.email, person.password);
    const password = unique('a new one');
    const form = (await browser.form('/account/password', 'form')).fill({ current: person.password, new: password, repeat: password });
    assert.equal((await (await form.submit()).follow()).heading, 'Your account');
    assert.equal((await browser.get('/')).status, 200);
    assert.equal((await new Browser().signIn(person.email, person.password)).status, 422);
    assert.equal((await new Browser().signIn(person.email, password)).status, 303);
});

test('changing a password ends the other sign-ins of this person, and of nobody else', async () => {
    const person = await newPerson(admin);
    const here = await signedIn(person.email, person.password), there = await signedIn(person.email, person.password);
    const password = unique('a new one');
    await (await here.form('/account/password', 'form')).fill({ current: person.password, new: password, repeat: password }).submit();
    assert.equal((await here.get('/')).status, 200);
    assert.equal((await there.get('/')).status, 303);
    assert.equal((await admin.get('/')).status, 200);
});

for (const [what, values, field, words] of [
    ['a wrong current password', { current: 'wrong one here' }, 'current', /^Enter the password that you signed in with$/],
    ['no current password', { current: '' }, 'current', /^Enter your current password$/],
    ['a short one', { new: 'short', repeat: 'short' }, 'new', /at least 8 characters/],
    ['a common one', { new: 'password1', repeat: 'password1' }, 'new', /harder to guess/],
    ['none', { new: '', repeat: '' }, 'new', /^Enter a new password$/],
    ['another one the second time', { repeat: 'something else' }, 'repeat', /^Enter the new password again, exactly as above$/],
])
    test(`a password is not changed with ${what}`, async () => {
        const person = await newPerson(admin);
        const browser = await signedIn(person.email, person.password);
        const form = (await browser.form('/account/password', 'form'))
            .fill({ current: person.password, new: 'a good new password', repeat: 'a good new password', ...values });
        const answer = await form.submit();
        assert.equal(answer.status, 422);
        assert.deepEqual(answer.problems.map(([, target]) => target), [`#${field}`]);
        assert.match(answer.problem(field), words);
        for (const name of ['current', 'new', 'repeat'])
            assert.equal(answer.form('form[action="/account/password"]').get(name), '');
        assert.equal((await new Browser().signIn(person.email, person.password)).status, 303);
    });

test('the new password must differ from the current one', async () => {
    const person = await newPerson(admin);
    const browser = await signedIn(person.email, person.password);
    const form = (await browser.form('/account/password', 'form'))
        .fill({ current: person.password, new: person.password, repeat: person.password });
    assert.match((await form.submit()).problem('new'), /differs from the current one/);
});

// --- Signing out, and what ends a session -------------------------------------------------------------------------------

test('signing out ends the session on the server', async () => {
    const browser = await signedIn();
    const token = browser.cookies.get('roster_session');
    const page = await browser.get('/account');
    const answer = await new (page.form('form').constructor)(page, page.page.one('header form')).submit();
    assert.equal(answer.status, 303);
    assert.equal(answer.location, '/sign-in');
    assert.ok(!browser.cookies.has('roster_session'));
    const thief = new Browser();
    thief.cookies.set('roster_session', token);
    assert.equal((await thief.get('/')).status, 303);
});

test('an account that is disabled is out at once', async () => {
    const person = await newPerson(admin);
    const browser = await signedIn(person.email, person.password);
    assert.equal((await browser.get('/')).status, 200);
    await (await admin.form(`/users/${person.id}/edit`)).set('is_active', false).submit('_save');
    assert.equal((await browser.get('/')).status, 303);
});

test('an account that is deleted is out at once', async () => {
    const person = await newPerson(admin);
    const browser = await signedIn(person.email, person.password);
    assert.equal((await (await admin.form(`/users/${person.id}/delete`, 'form[data-once]')).submit()).status, 303);
    assert.equal((await browser.get('/')).status, 303);
});

test('a session that has expired is out', async () => {
    const person = await newPerson(admin);
    const browser = await signedIn(person.email, person.password);
    psql("UPDATE session SET expires_at = now() - interval '1 second' WHERE user_id = :'id'", person);
    assert.equal((await browser.get('/')).status, 303);
});

// --- Forged forms -----------------------------------------------------------------------------------------------------

const forgeries = [
    ['without a token', (form) => form.drop('csrf'), {}],
    ['with an empty token', (form) => form.set('csrf', ''), {}],
    ['with a made-up token', (form) => form.set('csrf', 'a'.repeat(64)), {}],
    ['from another site', (form) => form, { Origin: 'https://evil.example' }],
    ['from a site of the same name and another port', (form) => form, { Origin: 'http://127.0.0.1:1' }],
    ['from a page of no origin', (form) => form, { Origin: 'null' }],
    ['from the same host over another scheme', (form) => form, { Origin: SITE.replace('http:', 'https:') }],
    ['from a host whose name begins with ours', (form) => form, { Origin: `${SITE}.evil.example` }],
    ['from a host with our name before an at sign', (form) => form, { Origin: `${SITE}@evil.example` }],
    ['from an origin with more behind it', (form) => form, { Origin: `${SITE}/` }],
    ['from an origin of two', (form) => form, { Origin: `${SITE} https://evil.example` }],
    ['from another site, as only the browser says', (form) => form, { Origin: '', 'Sec-Fetch-Site': 'cross-site' }],
    ['from another host of the domain, as only the browser says', (form) => form, { Origin: '', 'Sec-Fetch-Site': 'same-site' }],
    ['from another site, with an origin planted', (form) => form, { 'Sec-Fetch-Site': 'cross-site' }],
    ['with words for where it comes from that no browser says', (form) => form, { 'Sec-Fetch-Site': 'same-origin, cross-site' }],
];

for (const [what, forge, headers] of forgeries)
    test(`a form that is sent ${what} is refused and saves nothing`, async () => {
        const name = unique('forged');
        const form = forge((await admin.form('/teams/new')).fill({ name }));
        const answer = await admin.post('/teams/new', form.entries(form.button('_save')), headers);
        assert.equal(answer.status, 403);
        assert.match(answer.words, headers.Origin === undefined && !headers['Sec-Fetch-Site']
            ? /^Not saved yet|Not saved yet The page was opened before you signed in/
            : /does not come from a page of this site that is still valid/);
        assert.equal(value("SELECT count(*) FROM team WHERE name = :'name'", { name }), '0');
    });

test("another person's token is refused", async () => {
    const other = await newSignedIn(admin);
    const token = (await other.form('/teams/new')).get('csrf');
    const name = unique('forged');
    const answer = await (await admin.form('/teams/new')).fill({ name, csrf: token }).submit('_save');
    assert.equal(answer.status, 403);
    assert.equal(value("SELECT count(*) FROM team WHERE name = :'name'", { name }), '0');
});

test('a token that is not right, of a program that does not say where its form comes from, is refused', async () => {
    const form = (await admin.form('/teams/new')).fill({ name: unique('forged'), csrf: 'a'.repeat(64) });
    const answer = await admin.post('/teams/new', form.entries(form.button('_save')), { Origin: '' });
    assert.equal(answer.status, 403);
    assert.match(answer.words, /does not come from a page of this site that is still valid/);
});

for (const [what, headers] of [['says so', { 'Sec-Fetch-Site': 'same-origin' }], ['says that a person did it', { 'Sec-Fetch-Site': 'none' }],
    ['says so in capitals', { Origin: SITE.toUpperCase() }], ['says no origin', { Origin: '', 'Sec-Fetch-Site': 'same-origin' }]])
    test(`a form of this site is taken when the browser ${what}`, async () => {
        const form = (await admin.form('/teams/new')).fill({ name: unique('own') });
        assert.equal((await admin.post('/teams/new', form.entries(form.button('_save')), headers)).status, 303);
    });

test('a program that sends no Origin, but the token, is served', async () => {
    const form = (await admin.form('/teams/new')).fill({ name: unique('no-origin') });
    const bytes = Buffer.from(new URLSearchParams(form.entries(form.button('_save'))).toString());
    const answer = await admin.request('POST', '/teams/new',
        { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': bytes.length }, bytes);
    assert.equal(answer.status, 303);
});

test('a GET changes nothing, whatever it carries', async () => {
    const name = unique('by-get');
    await admin.get(`/teams/new?name=${name}&_save=1`);
    await admin.get(`/teams/${team}/delete?_save=1`);
    await admin.get('/sign-out');
    assert.equal(value("SELECT count(*) FROM team WHERE name = :'name'", { name }), '0');
    assert.equal((await admin.get(`/teams/${team}`)).status, 200);
});

// --- What only a superuser may do --------------------------------------------------------------------------------------

// Who may do what with which record is for access_routes.test.mjs.
test('somebody who is no superuser cannot write users', async () => {
    const browser = await newSignedIn(admin);
    const person = await newPerson(admin);
    for (const path of ['/users/new', `/users/${person.id}/edit`, `/users/${person.id}/delete`]) {
        const answer = await browser.get(path);
        assert.equal(answer.status, 403, path);
        assert.equal(answer.heading, 'You may not do this');
    }
    assert.equal((await browser.get(`/users/${person.id}`)).status, 404);
    const links = (await browser.get('/users/')).page.all('main a').map((link) => link.get('href'));
    assert.deepEqual(links.filter((href) => /^\/users\/(new|\d+\/(edit|delete))/.test(href)), []);
});

test('what somebody who is no superuser sends for a user is refused', async () => {
    const browser = await newSignedIn(admin);
    const person = await newPerson(admin);
    const csrf = (await browser.form('/teams/new')).get('csrf');
    const email = `${unique('made')}@example.com`;
    for (const [path, entries] of [
        ['/users/new', { email, full_name: 'Made', is_superuser: 'true' }],
        [`/users/${person.id}/edit`, { _base: '{}', is_superuser: 'true', full_name: 'Taken' }],
        [`/users/${person.id}/delete`, {}],
    ])
        assert.equal((await browser.post(path, Object.entries({ csrf, ...entries }))).status, 403, path);
    assert.equal(value('SELECT count(*) FROM "user" WHERE email = :\'email\'', { email }), '0');
    assert.equal(value('SELECT is_superuser FROM "user" WHERE id = :\'id\'', person), 'f');
});
