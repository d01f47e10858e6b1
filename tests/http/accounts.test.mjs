// What people do with their own accounts: limits of sign-ins, ending them, second factors; and what a superuser does for them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { make, newPerson, psql, row, rows, value } from './data.mjs';
import { Browser, EMAIL, assertRefused, newAddress, signedIn, unique } from './lib.mjs';
import { code, FORGET_STEP, now, setUp, wrongCode } from './totp.mjs';
import { BUILD, ROOT } from './own_site.mjs';

const admin = await signedIn();
const actions = (person) => rows("SELECT action FROM audit WHERE user_id = :'id' ORDER BY id", person).map(({ action }) => action);
const about = (person) => rows("SELECT action FROM audit WHERE subject = :'email' ORDER BY id", person).map(({ action }) => action);

async function newVisit(values) {
    const person = await newPerson(admin, values), from = newAddress();
    return { person, from, browser: await signedIn(person.email, person.password, undefined, from) };
}

// A superuser's page: a button of it, with the password when it is asked for.
async function press(browser, path, action) {
    const answer = await (await browser.form(path, `form[action="${action}"]`)).submit();
    const asked = answer.status === 403 && answer.form('form').has('_password');
    return asked ? answer.form('form').set('_password', browser.password).submit() : answer;
}

// --- Limits of a session -------------------------------------------------------------------------------------------------

test('a session ends when it is not used, by the clock of the database', async () => {
    const { person, browser } = await newVisit();
    const { hours } = row("SELECT round(extract(epoch FROM expires_at - now()) / 3600) AS hours FROM session WHERE user_id = :'id'", person);
    assert.equal(hours, 24);
    psql("UPDATE session SET expires_at = now() - interval '1 second' WHERE user_id = :'id'", person);
    assert.equal((await browser.get('/')).status, 303);
});

test('using a session moves its end on, and is written down once in some minutes', async () => {
    const { person, browser } = await newVisit();
    psql("UPDATE session SET last_seen_at = now() - interval '6 minutes', expires_at = now() + interval '1 hour' WHERE user_id = :'id'", person);
    assert.equal((await browser.get('/')).status, 200);
    const state = () => row(`SELECT xmin::text, now() - last_seen_at < interval '1 minute' AS fresh,
        expires_at > now() + interval '23 hours' AS moved FROM session WHERE user_id = :'id'`, person);
    const first = state();
    assert.deepEqual([first.fresh, first.moved], [true, true]);
    await browser.get('/');
    await browser.get('/teams/');
    assert.equal(state().xmin, first.xmin, 'nothing was written again');
});

test('no use moves the end past the absolute limit', async () => {
    const { person, browser } = await newVisit();
    psql(`UPDATE session SET created_at = now() - interval '14 days' + interval '1 hour', last_seen_at = now() - interval '1 hour'
        WHERE user_id = :'id'`, person);
    await browser.get('/');
    const { left } = row("SELECT extract(epoch FROM expires_at - now()) / 60 AS left FROM session WHERE user_id = :'id'", person);
    assert.ok(left > 55 && left <= 60, String(left));
});

// --- Sign-ins, listed and ended --------------------------------------------------------------------------------------------

const agents = {
    'Firefox on Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'Chrome on Windows': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
};

async function signInWith(person, agent, from) {
    const browser = new Browser(undefined, from), request = browser.request.bind(browser);
    browser.request = (method, path, headers = {}, body = null) => request(method, path, { 'User-Agent': agent, ...headers }, body);
    assert.equal((await browser.signIn(person.email, person.password)).status, 303);
    return browser;
}

test('the account page lists the sign-ins, and ends each', async () => {
    const person = await newPerson(admin), from = newAddress();
    const here = await signInWith(person, agents['Firefox on Linux'], from);
    const there = await signInWith(person, agents['Chrome on Windows'], from), third = await signInWith(person, '"<b>', from);
    const page = await here.get('/account');
    assert.deepEqual(page.rows.map((each) => each.Browser), ['Firefox on Linux this one', 'Unknown browser', 'Chrome on Windows']);
    assert.ok(page.rows.every((each) => each['From where'] === from && /^20\d\d-\d\d-\d\d \d\d:\d\d$/.test(each['Last seen'])));
    const line = page.page.all('main tbody tr').find((each) => each.words.startsWith('Chrome'));
    const ended = await here.post('/account/sign-ins/end', [['csrf', page.page.one('main [name="csrf"]').get('value')],
        ['id', line.one('[name="id"]').get('value')]]);
    assert.equal((await ended.follow()).flash, 'That sign-in has ended.');
    assert.deepEqual([(await there.get('/')).status, (await third.get('/')).status, (await here.get('/')).status], [303, 200, 200]);
    const all = await here.get('/account');
    const others = all.page.all('main form').find((each) => each.one('[name="others"]'));
    await new (all.form('form').constructor)(all, others).submit();
    assert.deepEqual([(await third.get('/')).status, (await here.get('/')).status], [303, 200]);
    assert.equal(actions(person).filter((each) => each === 'sign-ins ended').length, 2);
});

test("nobody ends somebody else's sign-ins", async () => {
    const { person: other, browser: theirs } = await newVisit();
    const { person, browser } = await newVisit();
    const { id } = row("SELECT id FROM session WHERE user_id = :'id'", other);
    const csrf = (await browser.get('/account')).page.one('main [name="csrf"]').get('value');
    for (const each of [String(id), '0', 'x', "1' OR '1'='1"])
        assert.equal((await (await browser.post('/account/sign-ins/end', [['csrf', csrf], ['id', each]])).follow()).flash,
            'It had ended already.');
    assert.equal((await (await browser.post('/account/sign-ins/end', [['csrf', csrf], ['others', '1']])).follow()).flash,
        'They had ended already.');
    assert.equal((await theirs.get('/')).status, 200);
    assert.equal(value("SELECT count(*) FROM audit WHERE action = 'sign-ins ended' AND who = :'email'", person), '0');
});

test('a superuser sees and ends the sign-ins of anybody, and nobody else does', async () => {
    const { person, browser } = await newVisit();
    const path = `/admin/accounts/${person.id}`;
    assert.equal((await admin.get(`/users/${person.id}`)).link('Sign-ins'), path);
    assert.equal((await browser.get(path)).status, 403);
    const csrf = (await browser.get('/account')).page.one('main [name="csrf"]').get('value');
    for (const each of ['end', 'reset', 'factor-off'])
        assert.equal((await browser.post(`${path}/${each}`, [['csrf', csrf]])).status, 403);
    assert.equal((await browser.get('/')).status, 200);
    const ended = await press(admin, path, `${path}/end`);
    assert.equal(ended.location, path);
    assert.equal((await browser.get('/')).status, 303);
    assert.match((await ended.follow()).words, /Nobody is signed in with this account/);
    for (const id of ['0', 'x', '99999999999999999999', '-1'])
        assert.equal((await admin.get(`/admin/accounts/${id}`)).status, 404, id);
});

test('a superuser is told which sign-ins had ended already, and only one that ends is in the audit', async () => {
    const { person, browser } = await newVisit(), path = `/admin/accounts/${person.id}`;
    const { person: other, browser: theirs } = await newVisit();
    const idOf = (whose) => String(row("SELECT id FROM session WHERE user_id = :'id'", whose).id);
    const own = idOf(person), csrf = (await admin.get(path)).page.one('main [name="csrf"]').get('value');
    const end = async (id) => (await (await admin.post(`${path}/end`, [['csrf', csrf], ...id === null ? [] : [['id', id]]])).follow()).flash;
    const lines = () => about({ email: `one of ${person.email}` }).length + about({ email: `all of ${person.email}` }).length;
    for (const id of [idOf(other), '0', 'x', "1' OR '1'='1"])
        assert.equal(await end(id), 'It had ended already.', id);
    assert.deepEqual([(await theirs.get('/')).status, (await browser.get('/')).status, lines()], [200, 200, 0]);
    psql("UPDATE session SET expires_at = now() WHERE user_id = :'id'", person);
    assert.deepEqual([await end(own), await end(null), lines()], ['It had ended already.', 'They had ended already.', 0]);
    psql("UPDATE session SET expires_at = now() + interval '1 hour' WHERE user_id = :'id'", person);
    assert.deepEqual([await end(own), await end(own), lines()], ['That sign-in has ended.', 'It had ended already.', 1]);
    await signedIn(person.email, person.password);
    assert.deepEqual([await end(null), await end(null), lines()], ['The sign-ins have ended.', 'They had ended already.', 2]);
    assert.equal((await admin.post('/admin/accounts/99999999/end', [['csrf', csrf]])).status, 404);
});

test('a password that a superuser sets, and making an account inactive, ends its sign-ins', async () => {
    for (const change of [{ hashed_password: 'four warm lamps' }, { is_active: false }]) {
        const { person, browser } = await newVisit();
        assert.equal((await (await admin.form(`/users/${person.id}/edit`)).fill(change).submit('_save')).status, 303);
        psql('UPDATE "user" SET is_active = true WHERE id = :\'id\'', person);
        assert.equal((await browser.get('/')).status, 303, JSON.stringify(change));
    }
    const { person, browser } = await newVisit();
    assert.equal((await (await admin.form(`/users/${person.id}/edit`)).fill({ full_name: 'Other' }).submit('_save')).status, 303);
    assert.equal((await browser.get('/')).status, 200, 'another name ends nothing');
});

// --- The password again on forms -------------------------------------------------------------------------------------------

test('a form that makes an account asks for the own password and keeps what was typed', async () => {
    const { person } = await newVisit({ superuser: true });
    const browser = await signedIn(person.email, person.password, undefined, newAddress());
    const email = `${unique('new')}@example.com`;
    const form = await browser.form('/users/new');
    const refused = await form.fill({ email, full_name: 'Kept Name', hashed_password: 'four warm lamps', _password: '' }).submit('_save');
    assert.equal(refused.status, 422);
    assert.equal(refused.problem('_password'), 'Enter your password');
    assert.equal(refused.form().get('full_name'), 'Kept Name');
    assert.ok(!refused.text.includes('four warm lamps'));
    const wrong = await refused.form().fill({ hashed_password: 'four warm lamps', _password: 'wrong one' }).submit('_save');
    assert.equal(wrong.problem('_password'), 'Enter the password that you signed in with');
    assert.equal(value('SELECT count(*) FROM "user" WHERE email = :\'email\'', { email }), '0');
    const saved = await wrong.form().fill({ hashed_password: 'four warm lamps', _password: person.password }).submit('_save');
    assert.equal(saved.status, 303, saved.words);
    assert.ok(!(await browser.form('/users/new')).has('_password'), 'not asked again for a while');
    assert.deepEqual(actions(person).slice(-2), ['password refused', 'password confirmed']);
});

for (const [what, change, needed] of [['the email address', { email: `${unique('moved')}@example.com` }, true],
    ['being a superuser', { is_superuser: true }, true], ['the password', { hashed_password: 'four warm lamps' }, true],
    ['the name', { full_name: 'Another' }, false]])
    test(`changing ${what} ${needed ? 'needs' : 'does not need'} the own password`, async () => {
        const { browser, person } = await newVisit({ superuser: true });
        const subject = await newPerson(admin);
        const answer = await (await browser.form(`/users/${subject.id}/edit`)).fill({ ...change, _password: '' }).submit('_save');
        assert.equal(answer.status, needed ? 422 : 303, answer.words);
        if (!needed)
            return;
        assert.equal(answer.problem('_password'), 'Enter your password');
        const saved = await answer.form().fill({ ...change, _password: person.password }).submit('_save');
        assert.equal(saved.status, 303, saved.words);
    });

test('a new API key needs the own password, and an edited one does not', async () => {
    const { browser, person } = await newVisit({ superuser: true });
    const { id: team } = row('SELECT id FROM team LIMIT 1');
    const values = { description: unique('key'), team_id: String(team) };
    const refused = await (await browser.form('/api-keys/new')).fill({ ...values, _password: '' }).submit('_save');
    assert.equal(refused.problem('_password'), 'Enter your password');
    assert.equal(value("SELECT count(*) FROM api_key WHERE description = :'description'", values), '0');
    const saved = await refused.form().set('_password', person.password).submit('_save');
    assert.equal(saved.status, 303, saved.words);
    assert.ok(!(await (await signedIn(person.email, person.password)).form(`${saved.location}/edit`)).has('_password'));
});

// --- Passwords ---------------------------------------------------------------------------------------------------------------

test('nobody takes their own address or name for a password', async () => {
    const guessed = /easily made from an address or a name that others know/;
    const form = (await admin.form('/users/new')).fill({ email: 'tess.quillmark@harrowvane.example', full_name: 'Tess Quillmark',
        hashed_password: 'Quillmark2024' });
    assertRefused(await form.submit('_save'), { hashed_password: guessed });
    const person = await newPerson(admin, { full_name: 'Tess Quillmark' }), browser = await signedIn(person.email, person.password);
    const change = async (password) => (await browser.form('/account/password', 'form[action="/account/password"]'))
        .fill({ current: person.password, new: password, repeat: password }).submit();
    for (const password of [person.email, 'tessquillmark'])
        assert.match((await change(password)).problem('new'), guessed);
});

test('a password that somebody else gives an account is in the audit', async () => {
    const person = await newPerson(admin);
    const answer = await (await admin.form(`/users/${person.id}/edit`)).set('hashed_password', 'three cold lamps').submit('_save');
    assert.equal(answer.status, 303, answer.words);
    assert.deepEqual(rows("SELECT who, subject FROM audit WHERE action = 'password changed' AND subject = :'email'", person),
        [{ who: EMAIL, subject: person.email }]);
});

test('handing a team over, and switching an account off, take the password; other edits and deleting the team do not', async () => {
    const owner = await newPerson(admin), heir = await newPerson(admin), browser = await signedIn(owner.email, owner.password);
    make.team({ owner_id: heir.id, visibility: 'open' });
    const fresh = await browser.form('/teams/new');
    assert.ok(!fresh.has('_password'), 'a new team is given away freely');
    const made = await fresh.set('name', unique('team')).submit('_save'), path = made.location;
    const edit = async (values) => (await browser.form(`${path}/edit`)).fill({ _password: '', ...values }).submit('_save');
    assert.equal((await edit({ description: 'other' })).status, 303);
    assertRefused(await edit({ owner_id: heir.id }), { _password: /password/ });
    assert.equal((await edit({ owner_id: heir.id, _password: owner.password })).status, 303);
    const again = await browser.form('/teams/new'), other = await again.set('name', unique('team')).submit('_save');
    assert.equal((await (await browser.form(`${other.location}/delete`, 'form[data-once]')).submit()).status, 303);
    const visitor = await signedIn();
    const off = (await visitor.form(`/users/${heir.id}/edit`)).fill({ is_active: false, _password: '' });
    assertRefused(await off.submit('_save'), { _password: /password/ });
});

// argon2id of "old parameters here" with 8 MiB and one pass, as libsodium writes it
function setOldHash(person) {
    const old = execFileSync('python3', ['-c', `
import ctypes, ctypes.util
sodium = ctypes.CDLL('libsodium.so.23'); sodium.sodium_init()
out = ctypes.create_string_buffer(128); word = b'old parameters here'
sodium.crypto_pwhash_str_alg(out, word, ctypes.c_ulonglong(len(word)), ctypes.c_ulonglong(1), ctypes.c_size_t(8 << 20), 2)
print(out.value.decode())`], { encoding: 'utf8' }).trim();
    psql('UPDATE "user" SET hashed_password = :\'old\' WHERE id = :\'id\'', { ...person, old });
    return old;
}

test('signing in renews a hash whose parameters are outdated', async () => {
    const person = await newPerson(admin), old = setOldHash(person);
    const hash = () => value('SELECT hashed_password FROM "user" WHERE id = :\'id\'', person);
    assert.equal((await new Browser(undefined, newAddress()).signIn(person.email, 'wrong')).status, 422);
    assert.equal(hash(), old);
    await signedIn(person.email, 'old parameters here');
    const renewed = hash();
    assert.match(renewed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await signedIn(person.email, 'old parameters here');
    assert.equal(hash(), renewed, 'once is enough');
});

test('a hash that is renewed on the way to the second factor is no reason to start again', async () => {
    const { person, browser, from } = await newVisit();
    const { secret } = await setUp(browser, person.password);
    setOldHash(person);
    psql(FORGET_STEP, person);
    const visitor = new Browser(undefined, from), asked = await visitor.signIn(person.email, 'old parameters here');
    const answer = await asked.form('form').set('code', code(secret)).submit();
    assert.equal(answer.status, 303, answer.words);
    assert.equal((await visitor.get('/account')).status, 200);
});

// --- The second factor ---------------------------------------------------------------------------------------------------------

test('a second factor is set up with a code, and asked for after the right password only', async () => {
    const { person, browser, from } = await newVisit();
    const { secret, codes, done } = await setUp(browser, person.password);
    assert.equal(done.status, 200);
    assert.equal(codes.length, 10);
    const stored = row("SELECT sealed_secret, f::text AS whole FROM second_factor f WHERE user_id = :'id'", person);
    assert.ok(!stored.whole.includes(secret));
    assert.ok(rows("SELECT code_hash FROM recovery_code WHERE user_id = :'id'", person)
        .every(({ code_hash: hash }) => /^[0-9a-f]{64}$/.test(hash)));
    const visitor = new Browser(undefined, from);
    const wrong = await visitor.signIn(person.email, 'not the password');
    assert.deepEqual(wrong.problems, [['Enter an email address and password that belong together', '#email']]);
    const asked = await visitor.signIn(person.email, person.password);
    assert.deepEqual([asked.status, asked.heading], [200, 'Enter a code']);
    assert.ok(!visitor.cookies.has('roster_session'), 'no session yet');
    assert.ok(!asked.text.includes(person.email));
    assert.equal((await visitor.get('/')).status, 303);
    psql(FORGET_STEP, person);
    const right = await asked.form('form').set('code', code(secret).replace(/^.../, '$& ')).submit();
    assert.deepEqual([right.status, right.location], [303, '/']);
    assert.equal((await visitor.get('/')).status, 200);
    assert.deepEqual(actions(person).slice(-2), ['sign-in failed', 'signed in']);
    assert.ok(actions(person).includes('second factor on'));
});

test('nothing is set up without the password, or without a right code', async () => {
    const { person, browser } = await newVisit();
    const asked = await (await browser.form('/account/second-factor', 'form')).submit();
    assert.deepEqual([asked.status, asked.heading], [403, 'Enter your password again']);
    const shown = await asked.form('form').set('_password', person.password).submit();
    const secret = shown.page.one('code.secret').words.replace(/ /g, '');
    for (const typed of ['', wrongCode(secret), 'abcdef']) {
        const refused = await shown.form('form').set('code', typed).submit();
        assert.equal(refused.status, 422);
        assert.equal(refused.page.one('code.secret').words.replace(/ /g, ''), secret, 'the same secret is shown again');
    }
    const foreign = await shown.form('form').set('setup', 'A'.repeat(90)).set('code', code(secret)).submit();
    assert.equal(foreign.location, '/account/second-factor');
    assert.equal(value("SELECT count(*) FROM second_factor WHERE user_id = :'id'", person), '0');
    assert.match(shown.text, /<svg class="qr" viewBox="0 0 \d+ \d+"/);
});

test('a code is good once, and for one step of clock skew', async () => {
    const { person, browser, from } = await newVisit();
    const { secret } = await setUp(browser, person.password);
    const attempt = async (typed) => {
        const answer = await new Browser(undefined, from).signIn(person.email, person.password);
        return (await answer.form('form').set('code', typed).submit()).status;
    };
    assert.equal(await attempt(code(secret)), 422, 'the one that set it up');
    psql(FORGET_STEP, person);
    const earlier = code(secret, now() - 30);
    assert.equal(await attempt(earlier), 303);
    assert.equal(await attempt(earlier), 422, 'used');
    assert.equal(await attempt(code(secret, now() + 30)), 303);
    assert.equal(await attempt(code(secret)), 422, 'older than the last one');
    psql(FORGET_STEP, person);
    assert.equal(await attempt(code(secret, now() - 90)), 422);
    assert.equal(await attempt(code(secret, now() + 90)), 422);
});

test('the same code sent twice at the same time signs in once', async () => {
    const { person, browser, from } = await newVisit();
    const { secret } = await setUp(browser, person.password);
    psql(FORGET_STEP, person);
    const forms = [];
    for (let i = 0; i < 4; i++)
        forms.push((await new Browser(undefined, from).signIn(person.email, person.password)).form('form'));
    const same = code(secret);
    const answers = await Promise.all(forms.map((form) => form.set('code', same).submit()));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 422, 422, 422]);
});

test('each recovery code signs in once', async () => {
    const { person, browser, from } = await newVisit();
    const { codes } = await setUp(browser, person.password);
    const attempt = async (typed) =>
        (await (await new Browser(undefined, from).signIn(person.email, person.password)).form('form').set('code', typed).submit()).status;
    assert.equal(await attempt(codes[3].toUpperCase()), 303);
    assert.equal(await attempt(codes[3]), 422);
    assert.equal(await attempt(codes[4].replace('-', ' ')), 303);
    assert.equal(await attempt('abcde-fghjk'), 422);
    assert.equal(value("SELECT count(*) FROM recovery_code WHERE user_id = :'id'", person), '8');
    assert.equal(actions(person).filter((each) => each === 'recovery code used').length, 2);
    assert.equal(actions(person).filter((each) => each === 'code refused').length, 2);
    const { person: other, browser: theirs, from: place } = await newVisit();
    await setUp(theirs, other.password);
    const foreign = await new Browser(undefined, place).signIn(other.email, other.password);
    assert.equal((await foreign.form('form').set('code', codes[5]).submit()).status, 422, 'not of somebody else');
});

test('between password and code there is a limit, and the password must stay', async () => {
    const { person, browser, from } = await newVisit();
    const { codes } = await setUp(browser, person.password);
    const visitor = new Browser(undefined, from);
    const asked = await visitor.signIn(person.email, person.password);
    for (const ticket of ['', 'x', asked.form('form').get('ticket').replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))]) {
        const form = asked.form('form').set('code', codes[0]).set('ticket', ticket);
        assert.deepEqual((await form.submit()).problems,
            [['Start again with your password: it is too long since you entered it', '#email']]);
    }
    const form = asked.form('form').set('code', codes[0]);
    psql('UPDATE "user" SET hashed_password = hashed_password || \'x\' WHERE id = :\'id\'', person);
    assert.equal((await form.submit()).status, 422);
    psql('UPDATE "user" SET hashed_password = left(hashed_password, -1), is_active = false WHERE id = :\'id\'', person);
    assert.equal((await form.submit()).status, 422, 'nor when the account was disabled in between');
    psql('UPDATE "user" SET is_active = true WHERE id = :\'id\'', person);
    assert.equal((await form.submit()).status, 303);
});

test('a form that was sent too late travels through both steps', async () => {
    const { person, browser, from } = await newVisit();
    const { codes } = await setUp(browser, person.password);
    const name = unique('late');
    const form = (await browser.form('/teams/new')).fill({ name });
    psql("UPDATE session SET expires_at = now() WHERE user_id = :'id'", person);
    const late = await form.submit('_save');
    const asked = await late.form('form').fill({ email: person.email, password: person.password }).submit();
    assert.match(asked.words, /What you typed before is kept/);
    const wrong = await asked.form('form').set('code', '000000').submit();
    const again = await wrong.form('form').set('code', codes[0]).submit();
    assert.equal(again.heading, 'You are signed in again');
    assert.equal((await (await again.form('form').submit()).follow()).heading, name);
    const visitor = new Browser(undefined, from);
    const next = await (await visitor.form('/sign-in?next=/teams/', 'form')).fill({ email: person.email, password: person.password }).submit();
    assert.equal((await next.form('form').set('code', codes[1]).submit()).location, '/teams/');
});

test('a carried form is kept when its person signs in in another window before the code is sent, or the code comes twice', async () => {
    const { person, browser } = await newVisit();
    const { codes } = await setUp(browser, person.password);
    const signIn = async (typed) => (await browser.signIn(person.email, person.password)).form('form').set('code', typed).submit();
    const name = unique('late'), form = (await browser.form('/teams/new')).fill({ name });
    psql("UPDATE session SET expires_at = now() WHERE user_id = :'id'", person);
    const late = await form.submit('_save');
    const asked = await late.form('form').fill({ email: person.email, password: person.password }).submit();
    assert.equal((await signIn(codes[0])).status, 303);
    const kept = await asked.form('form').set('code', codes[1]).submit();
    assert.deepEqual([kept.status, kept.heading], [403, 'Sign in']);
    assert.match(kept.words, /in another window meanwhile: enter your password once more/);
    const code = await kept.form('form').fill({ email: person.email, password: person.password }).submit();
    const again = await code.form('form').set('code', codes[1]).submit();
    assert.equal(again.heading, 'You are signed in again');
    const twice = await code.form('form').set('code', codes[1]).submit();
    assert.match(twice.words, /enter your password once more/);
    for (const answer of [again, (await (await twice.form('form').fill({ email: person.email, password: person.password }).submit())
        .form('form').set('code', codes[2]).submit())])
        assert.ok(answer.form('form').entries().some(([field, typed]) => field === 'name' && typed === name), answer.words);
});

test('new recovery codes replace the old ones, and taking it off asks for the password', async () => {
    const { person, browser, from } = await newVisit();
    const { codes } = await setUp(browser, person.password);
    psql("UPDATE session SET confirmed_at = NULL WHERE user_id = :'id'", person);
    const path = '/account/second-factor';
    const asked = await (await browser.form(path, `form[action="${path}/codes"]`)).submit();
    assert.equal(asked.status, 403);
    const shown = await asked.form('form').set('_password', person.password).submit();
    const fresh = shown.page.one('pre.secret').text.trim().split('\n');
    const attempt = async (typed) =>
        (await (await new Browser(undefined, from).signIn(person.email, person.password)).form('form').set('code', typed).submit()).status;
    assert.deepEqual([await attempt(codes[0]), await attempt(fresh[0])], [422, 303]);
    psql("UPDATE session SET confirmed_at = NULL WHERE user_id = :'id'", person);
    const off = await (await browser.form(path, `form[action="${path}/off"]`)).submit();
    assert.equal(off.status, 403);
    assert.equal(value("SELECT count(*) FROM second_factor WHERE user_id = :'id'", person), '1');
    assert.equal((await off.form('form').set('_password', person.password).submit()).location, path);
    assert.equal((await new Browser(undefined, from).signIn(person.email, person.password)).status, 303);
    assert.equal(value("SELECT count(*) FROM recovery_code WHERE user_id = :'id'", person), '0');
    assert.deepEqual(actions(person).filter((each) => /second factor|codes made/.test(each)),
        ['second factor on', 'recovery codes made', 'second factor off']);
});

const roster = (...words) => spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, encoding: 'utf8' });

test('a superuser, or the command, takes it off for somebody who lost the telephone', async () => {
    const { person, browser, from } = await newVisit();
    await setUp(browser, person.password);
    const path = `/admin/accounts/${person.id}`;
    assert.equal((await press(admin, path, `${path}/factor-off`)).location, path);
    assert.equal((await new Browser(undefined, from).signIn(person.email, person.password)).status, 303);
    await setUp(browser, person.password);
    const run = roster('user', 'totp-off', person.email);
    assert.equal(run.status, 0, run.stderr);
    assert.equal((await new Browser(undefined, from).signIn(person.email, person.password)).status, 303);
    assert.match(roster('user', 'totp-off', person.email).stderr, /There was no second factor/);
    assert.equal(roster('user', 'totp-off', 'nobody@example.com').status, 2);
    assert.deepEqual(about(person), ['second factor off', 'second factor off'], 'one that was off already is no line');
});

// --- Resets ----------------------------------------------------------------------------------------------------------------------

const choose = async (token, password, browser = new Browser(undefined, newAddress())) =>
    (await browser.form('/reset', 'form')).fill({ token, new: password, repeat: password }).submit();

async function edit(person, values) {
    const answer = await (await admin.form(`/users/${person.id}/edit`)).fill(values).submit('_save');
    assert.equal(answer.status, 303, answer.words);
}

async function resetLink(person) {
    const path = `/admin/accounts/${person.id}`;
    const page = await press(admin, path, `${path}/reset`);
    assert.equal(page.status, 200, page.words);
    return page.page.one('code.secret').words;
}

test('a reset link sets a password once, and ends all sign-ins of that account', async () => {
    const { person, browser } = await newVisit({ mustChange: false });
    const link = await resetLink(person);
    assert.match(link, new RegExp(`^${admin.site}/reset#[\\w-]{43}$`));
    const token = link.split('#')[1];
    assert.equal(value("SELECT count(*) FROM password_reset r WHERE r::text LIKE '%' || :'token' || '%'", { token }), '0');
    assert.ok(!(await admin.get(`/admin/accounts/${person.id}`)).text.includes(token), 'shown once');
    assert.equal((await browser.get('/')).status, 200, 'nothing happens before it is used');
    const refused = await choose(token, 'password1');
    assert.match(refused.problem('new'), /harder to guess/);
    const name = value("SELECT full_name FROM \"user\" WHERE id = :'id'", person);
    assert.match((await choose(token, `${name}1`)).problem('new'), /easily made from an address or a name/);
    const done = await choose(link, 'three warm lamps');
    assert.deepEqual([done.status, done.heading], [200, 'Your password has been set']);
    assert.equal((await browser.get('/')).status, 303);
    assert.equal((await new Browser(undefined, newAddress()).signIn(person.email, person.password)).status, 422);
    await signedIn(person.email, 'three warm lamps');
    const again = await choose(token, 'four warm lamps');
    assert.match(again.problem('token'), /not used yet/);
    await signedIn(person.email, 'three warm lamps');
    assert.deepEqual(about(person), ['password reset made']);
    assert.ok(actions(person).includes('password reset used'));
    const folder = join(process.env.ROSTER_VAR, 'log');
    const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join('');
    assert.ok(logs.includes('/reset'));
    assert.ok(!logs.includes(token), 'no log has it');
});

test('a reset form of before signing in in another window keeps its code, and says what to do', async () => {
    const { person } = await newVisit();
    const token = (await resetLink(person)).split('#')[1], browser = new Browser(undefined, newAddress());
    const typed = { token, new: 'three warm lamps', repeat: 'three warm lamps' };
    const form = (await browser.form('/reset', 'form')).fill(typed);
    assert.equal((await browser.signIn(person.email, person.password)).status, 303);
    const kept = await form.submit();
    assert.deepEqual([kept.status, kept.heading], [403, 'Choose a new password']);
    assert.match(kept.problem('new'), /in another window meanwhile, and nothing was done yet: enter the new password once more/);
    assert.ok(!kept.text.includes(typed.new));
    assert.equal(kept.form('form').get('token'), token);
    assert.equal((await kept.form('form').fill({ new: typed.new, repeat: typed.repeat }).submit()).heading, 'Your password has been set');
});

test('two who use the same link at the same time: one does', async () => {
    const { person } = await newVisit();
    const token = (await resetLink(person)).split('#')[1];
    const forms = [];
    for (let i = 0; i < 4; i++)
        forms.push((await new Browser(undefined, newAddress()).form('/reset', 'form'))
            .fill({ token, new: `lamp number ${i} glows`, repeat: `lamp number ${i} glows` }));
    const answers = await Promise.all(forms.map((form) => form.submit()));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422, 422, 422]);
});

for (const [what, sql] of [
    ['is a day old', "UPDATE password_reset SET expires_at = now() - interval '1 second' WHERE user_id = :'id'"],
    ['belongs to an account that was disabled', 'UPDATE "user" SET is_active = false WHERE id = :\'id\'']])
    test(`a reset link that ${what} does nothing`, async () => {
        const { person } = await newVisit();
        const token = (await resetLink(person)).split('#')[1];
        const { hours } = row("SELECT extract(epoch FROM expires_at - created_at) / 3600 AS hours FROM password_reset WHERE user_id = :'id'", person);
        assert.equal(hours, 24);
        const before = value('SELECT hashed_password FROM "user" WHERE id = :\'id\'', person);
        psql(sql, person);
        assert.equal((await choose(token, 'three warm lamps')).status, 422);
        assert.equal(value('SELECT hashed_password FROM "user" WHERE id = :\'id\'', person), before);
    });

test('a new reset link, and a password chosen otherwise, end an earlier one', async () => {
    const { person, browser } = await newVisit();
    const first = (await resetLink(person)).split('#')[1], second = (await resetLink(person)).split('#')[1];
    assert.equal((await choose(first, 'three warm lamps')).status, 422);
    const changed = await (await browser.form('/account/password', 'form[action="/account/password"]'))
        .fill({ current: person.password, new: 'five warm lamps', repeat: 'five warm lamps' }).submit();
    assert.equal(changed.status, 303);
    assert.equal((await choose(second, 'three warm lamps')).status, 422);
});

for (const [what, act] of [
    ['a superuser gives another password', (person) => edit(person, { hashed_password: 'six warm lamps' })],
    ['a superuser disables the account', async (person) => {
        await edit(person, { is_active: false });
        await edit(person, { is_active: true });
    }],
    ['the command gives another password', (person) => assert.equal(roster('user', 'password', person.email).status, 0)]])
    test(`a reset link ends when ${what}`, async () => {
        const { person } = await newVisit();
        const token = (await resetLink(person)).split('#')[1];
        await act(person);
        assert.equal(value("SELECT count(*) FROM password_reset WHERE user_id = :'id'", person), '0');
        const before = value('SELECT hashed_password FROM "user" WHERE id = :\'id\'', person);
        assert.equal((await choose(token, 'three warm lamps')).status, 422);
        assert.equal(value('SELECT hashed_password FROM "user" WHERE id = :\'id\'', person), before);
    });

test('a change of a name leaves a reset link', async () => {
    const { person } = await newVisit();
    const token = (await resetLink(person)).split('#')[1];
    await edit(person, { full_name: 'Another Name' });
    assert.equal((await choose(token, 'three warm lamps')).status, 200);
});

test('a reset that cannot be written down is not done, and its link stays good', async () => {
    const { person } = await newVisit();
    const token = (await resetLink(person)).split('#')[1], name = unique('full').replace('-', '_');
    psql(`ALTER TABLE audit ADD CONSTRAINT ${name} CHECK (action <> 'password reset used' OR who <> '${person.email}') NOT VALID`);
    const refused = await choose(token, 'three warm lamps');
    psql(`ALTER TABLE audit DROP CONSTRAINT ${name}`);
    assert.notEqual(refused.status, 200);
    await signedIn(person.email, person.password, undefined, newAddress());
    assert.equal((await choose(token, 'three warm lamps')).status, 200);
    assert.ok(actions(person).includes('password reset used'));
});

test('what the command does with accounts is in the audit, with who ran it', () => {
    const person = { email: `${unique('clerk')}@example.com` };
    const lines = () => rows("SELECT action, who, subject FROM audit WHERE subject LIKE :'email' || '%' ORDER BY id", person);
    const who = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
    assert.equal(roster('user', 'add', person.email, '--superuser').status, 0);
    assert.equal(roster('user', 'add', person.email).status, 2);
    assert.equal(roster('user', 'password', person.email.toUpperCase()).status, 0);
    assert.equal(roster('user', 'totp-off', person.email).status, 0);
    assert.deepEqual(lines(), [{ action: 'account made', who, subject: `${person.email}, a superuser` },
        { action: 'password changed', who, subject: person.email }]);
    psql('DELETE FROM "user" WHERE email = :\'email\'', person);
});

test('the command prints a reset link', async () => {
    const { person } = await newVisit();
    const run = roster('user', 'reset', person.email);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^\/reset#[\w-]{43}\n$/);
    assert.equal((await choose(run.stdout.trim(), 'three warm lamps')).status, 200);
    assert.deepEqual(about(person), ['password reset made']);
    assert.equal(roster('user', 'reset', 'nobody@example.com').status, 2);
});
