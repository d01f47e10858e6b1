// A form that is sent after its sign-in has ended travels through the sign-in page: nothing that was typed is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { psql, value } from './data.mjs';
import { assertRefused, EMAIL, PASSWORD, signedIn, unique } from './lib.mjs';

// The session ends on the server while the form is open.
async function expiredForm(path, values) {
    const browser = await signedIn();
    const form = await browser.form(path);
    form.fill(values);
    psql('UPDATE session SET expires_at = now()');
    return form;
}

test('a form sent too late asks to sign in and then sends what was typed', async () => {
    const name = unique('late'), description = 'first line\nsecond "line" & <more>';
    const late = await (await expiredForm('/teams/new', { name, description })).submit('_save');
    assert.equal(late.status, 403);
    assert.match(late.words, /what you typed is kept/);
    const again = await late.form('form').fill({ email: EMAIL, password: PASSWORD }).submit();
    assert.equal(again.status, 200);
    assert.match(again.words, /signed in again/);
    const page = await (await again.form('form').submit()).follow();
    assert.equal(page.heading, name);
    assert.equal(value("SELECT description FROM team WHERE name = :'name'", { name }), description);
});

test('a wrong password on the way loses nothing either', async () => {
    const name = unique('late');
    const late = await (await expiredForm('/skills/new', { name })).submit('_save');
    const wrong = await late.form('form').fill({ email: EMAIL, password: 'not the password' }).submit();
    assert.equal(wrong.status, 422);
    const again = await wrong.form('form').fill({ email: EMAIL, password: PASSWORD }).submit();
    const page = await (await again.form('form').submit()).follow();
    assert.equal(page.heading, name);
});

test('a password typed into the form does not travel along', async () => {
    const values = { email: `${unique('late')}@example.com`, full_name: 'Late Comer', hashed_password: 'a secret of theirs', _password: PASSWORD };
    const late = await (await expiredForm('/users/new', values)).submit('_save');
    assert.equal(late.status, 403);
    assert.ok(late.text.includes('Late Comer'));
    assert.ok(!late.text.includes('a secret of theirs') && !late.text.includes(PASSWORD));
    const again = await late.form('form').fill({ email: EMAIL, password: PASSWORD }).submit();
    const form = await again.form('form').submit();
    assertRefused(form, { hashed_password: /^Enter the password again/, _password: /^Enter your password$/ });
    assert.equal((await form.form().set('hashed_password', 'another secret of theirs').submit('_save')).status, 303);
});

test('the carried form goes only to a page of this site', async () => {
    const browser = await signedIn();
    psql('UPDATE session SET expires_at = now()');
    const form = await browser.form('/sign-in', 'form');
    const answer = await form.fill({ email: EMAIL, password: PASSWORD }).add('_again_path', '//evil.example/x').submit();
    assert.equal(answer.status, 303);
    assert.equal(answer.location, '/');
});

// The form is open in one window while something happens in another: both have the browser's cookies.
async function openForm(name) {
    const browser = await signedIn();
    return [browser, (await browser.form('/skills/new')).fill({ name, description: 'typed before' })];
}

test('a form of before signing out and in again in another window is sent once more', async () => {
    const name = unique('window'), [browser, form] = await openForm(name);
    await (await browser.form('/account', 'form[action="/sign-out"]')).submit();
    await browser.signIn(EMAIL, PASSWORD);
    const kept = await form.submit('_save');
    assert.equal(kept.status, 403);
    assert.match(kept.words, /What you typed is kept/);
    assert.equal(value("SELECT count(*) FROM skill WHERE name = :'name'", { name }), '0');
    const page = await (await kept.form('form').submit()).follow();
    assert.equal(page.heading, name);
    assert.equal(value("SELECT description FROM skill WHERE name = :'name'", { name }), 'typed before');
});

test('a form of before signing out in another window travels through the sign-in page', async () => {
    const name = unique('window'), [browser, form] = await openForm(name);
    await (await browser.form('/account', 'form[action="/sign-out"]')).submit();
    await browser.get('/sign-in');
    const late = await form.submit('_save');
    assert.equal(late.status, 403);
    const again = await late.form('form').fill({ email: EMAIL, password: PASSWORD }).submit();
    const page = await (await again.form('form').submit()).follow();
    assert.equal(page.heading, name);
});

test('passwords of a form of before are not in the page that sends it once more', async () => {
    const browser = await signedIn(), form = await browser.form('/users/new');
    form.fill({ email: `${unique('window')}@example.com`, full_name: 'Of Before', hashed_password: 'a secret of theirs', _password: PASSWORD });
    await browser.signIn(EMAIL, PASSWORD);
    const kept = await form.submit('_save');
    assert.ok(kept.text.includes('Of Before'));
    assert.ok(!kept.text.includes('a secret of theirs') && !kept.text.includes(PASSWORD));
    assertRefused(await kept.form('form').submit(), { hashed_password: /^Enter the password again/, _password: /^Enter your password$/ });
});

test('two sign-in pages, both used: the second asks once more, and keeps the address', async () => {
    const browser = await signedIn(), mine = await browser.form('/sign-in', 'form');
    await browser.signIn(EMAIL, PASSWORD);
    const kept = await mine.set('csrf', 'b'.repeat(64)).fill({ email: EMAIL, password: PASSWORD }).submit();
    assert.equal(kept.status, 403);
    assert.match(kept.words, /in another window meanwhile: enter your password once more/);
    assert.equal(kept.form('form').get('email'), EMAIL);
    assert.equal((await kept.form('form').fill({ password: PASSWORD }).submit()).status, 303);
});

test('signing out twice is once', async () => {
    const browser = await signedIn(), other = await browser.form('/account', 'form[action="/sign-out"]');
    await (await browser.form('/account', 'form[action="/sign-out"]')).submit();
    await browser.get('/sign-in');
    const answer = await other.submit();
    assert.deepEqual([answer.status, answer.location], [303, '/sign-in']);
});
