// Guessing: every path that checks a password or a code slows whoever fails down, and says the same whatever is guessed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { newPerson, rows, value } from './data.mjs';
import { Browser, newAddress, signedIn, unique } from './lib.mjs';
import { code, FORGET_STEP, setUp, wrongCode } from './totp.mjs';
import { psql } from './data.mjs';
import { BUILD, ROOT } from './own_site.mjs';

const admin = await signedIn();
const FREE = 8; // THROTTLE_FREE of cgi/throttle.h
const FREE_KNOWN = 40; // THROTTLE_FREE_ACCOUNT: where the account was opened before

async function failSignIns(browser, email, times = FREE) {
    for (let i = 0; i < times; i++)
        assert.equal((await browser.signIn(email, unique('wrong'))).status, 422);
}

function assertWaits(answer, field) {
    assert.equal(answer.status, 429, answer.words);
    const seconds = Number(answer.header('retry-after')[0]);
    assert.ok(seconds >= 1 && seconds <= 300, String(seconds));
    assert.match(answer.title, /^Error: /);
    assert.equal(answer.problems.length, 1);
    assert.match(answer.problems[0][0], /^Too many tries have failed\. Wait \d+ seconds?, then try again$/);
    assert.equal(answer.problems[0][1], `#${field}`);
}

test('after some failures a sign-in waits, known account or not, with the right password or not', async () => {
    const person = await newPerson(admin), from = newAddress();
    const answers = [];
    for (const email of [person.email, `${unique('nobody')}@example.com`]) {
        const browser = new Browser(undefined, from);
        await failSignIns(browser, email);
        answers.push(await browser.signIn(email.toUpperCase(), person.password));
        assertWaits(answers.at(-1), 'email');
        assert.ok(!browser.cookies.has('roster_session'));
    }
    const [one, other] = answers.map((answer) => answer.words.replace(/\d+ seconds?/g, 'N seconds'));
    assert.equal(one, other);
    assert.equal((await new Browser(undefined, newAddress()).signIn(person.email, person.password)).status, 303, 'from elsewhere');
    const kept = rows("SELECT who FROM audit WHERE action = 'told to wait' AND lower(who) = lower(:'email')", person);
    assert.equal(kept.length, 1, 'one line, however many are told');
});

test('who has waited may try again, and being right ends it', async () => {
    const person = await newPerson(admin), browser = new Browser(undefined, newAddress());
    await failSignIns(browser, person.email);
    const answer = await browser.signIn(person.email, person.password);
    assertWaits(answer, 'email');
    await sleep(Number(answer.header('retry-after')[0]) * 1000 + 100);
    assert.equal((await browser.signIn(person.email, person.password)).status, 303);
    await failSignIns(browser, person.email);
});

test('a password that was chosen with a reset link lets its person in at once, however often the earlier one failed', async () => {
    const person = await newPerson(admin), from = newAddress(), browser = new Browser(undefined, from);
    await failSignIns(browser, person.email);
    assertWaits(await browser.signIn(person.email, person.password), 'email');
    const run = spawnSync(join(BUILD, 'roster'), ['user', 'reset', person.email], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    const reset = (await browser.form('/reset', 'form')).fill({ token: 'A'.repeat(43), new: 'three warm lamps', repeat: 'three warm lamps' });
    assert.equal((await reset.submit()).status, 422);
    assertWaits(await browser.signIn(person.email, person.password), 'email');
    assert.equal((await reset.set('token', run.stdout.trim()).submit()).status, 200);
    assert.equal((await browser.signIn(person.email, 'three warm lamps')).status, 303);
});

test('an address that tries many accounts waits, and others do not', async () => {
    const person = await newPerson(admin), browser = new Browser(undefined, newAddress());
    for (let i = 0; i < 80; i++)
        assert.equal((await browser.signIn(`${unique('nobody')}@example.com`, 'wrong')).status, 422);
    assertWaits(await browser.signIn(person.email, person.password), 'email');
    assert.equal((await new Browser(undefined, newAddress()).signIn(person.email, person.password)).status, 303);
});

test('an account that is guessed from many addresses waits, but not where it was opened before', async () => {
    const person = await newPerson(admin), home = newAddress();
    await signedIn(person.email, person.password, undefined, home);
    for (let i = 0; i < 40; i++)
        await failSignIns(new Browser(undefined, newAddress()), person.email, 1);
    assertWaits(await new Browser(undefined, newAddress()).signIn(person.email, person.password), 'email');
    await signedIn(person.email, person.password, undefined, home);
});

test('who signed in here before does not wait for others at the same address', async () => {
    const person = await newPerson(admin), from = newAddress();
    await signedIn(person.email, person.password, undefined, from);
    await failSignIns(new Browser(undefined, from), person.email);
    for (let i = 0; i < 80; i++)
        await new Browser(undefined, from).signIn(`${unique('nobody')}@example.com`, 'wrong');
    assertWaits(await new Browser(undefined, from).signIn(`${unique('nobody')}@example.com`, 'wrong'), 'email');
    await signedIn(person.email, person.password, undefined, from);
});

test('an address in other letters that are the same to the database is the same account', async () => {
    // U+212A, the sign of Kelvin, is a small k there
    for (const known of [true, false]) {
        const email = `${unique('kim')}@example.com`, person = known ? await newPerson(admin, { email }) : { email };
        const browser = new Browser(undefined, newAddress()), spelled = person.email.replace('k', '\u212a');
        await failSignIns(browser, spelled, FREE / 2);
        await failSignIns(browser, email.toUpperCase(), FREE / 2);
        assertWaits(await browser.signIn(spelled, person.password ?? 'wrong'), 'email');
        assertWaits(await browser.signIn(email, person.password ?? 'wrong'), 'email');
    }
});

test('guessing the current password of an open session waits', async () => {
    const person = await newPerson(admin);
    const browser = await signedIn(person.email, person.password, undefined, newAddress());
    const values = { current: 'wrong one', new: 'three cold lamps', repeat: 'three cold lamps' };
    const form = async () => (await browser.form('/account/password', 'form[action="/account/password"]')).fill(values);
    for (let i = 0; i < FREE_KNOWN; i++)
        assert.equal((await (await form()).submit()).status, 422);
    assertWaits(await (await form()).set('current', person.password).submit(), 'current');
    assert.equal(value("SELECT count(*) FROM audit WHERE action = 'password refused' AND user_id = :'id'", person), String(FREE_KNOWN));
});

test('guessing the password that a form of a record asks for waits', async () => {
    const person = await newPerson(admin, { superuser: true });
    const browser = await signedIn(person.email, person.password, undefined, newAddress());
    const form = async (password) => (await browser.form('/users/new'))
        .fill({ email: `${unique('u')}@example.com`, full_name: 'New', _password: password });
    for (let i = 0; i < FREE_KNOWN; i++)
        assert.equal((await (await form('wrong one')).submit('_save')).status, 422);
    assertWaits(await (await form(person.password)).submit('_save'), 'field-_password');
});

test('guessing codes waits, and the right password in between does not help', async () => {
    const person = await newPerson(admin), from = newAddress();
    const { secret } = await setUp(await signedIn(person.email, person.password, undefined, from), person.password);
    const browser = new Browser(undefined, from);
    let answer;
    for (let i = 0; i < FREE_KNOWN; i++) {
        answer = await browser.signIn(person.email, person.password);
        answer = await answer.form('form').set('code', wrongCode(secret)).submit();
        assert.equal(answer.status, 422);
    }
    psql(FORGET_STEP, person);
    assertWaits(await answer.form('form').set('code', code(secret)).submit(), 'code');
    assertWaits(await browser.signIn(person.email, person.password), 'email');
});

test('guessing reset codes waits', async () => {
    const browser = new Browser(undefined, newAddress());
    const form = async () => (await browser.form('/reset', 'form'))
        .fill({ token: unique('made-up-token-of-a-reset'), new: 'three cold lamps', repeat: 'three cold lamps' });
    for (let i = 0; i < 80; i++)
        assert.equal((await (await form()).submit()).status, 422);
    assertWaits(await (await form()).submit(), 'token');
});

test('a wrong password, an unknown address and a disabled account take comparable time', async () => {
    const person = await newPerson(admin), disabled = await newPerson(admin);
    psql('UPDATE "user" SET is_active = false WHERE id = :\'id\'', disabled);
    const best = async (email) => {
        let least = Infinity;
        for (let i = 0; i < FREE - 1; i++) {
            const browser = new Browser(undefined, newAddress()), form = await browser.form('/sign-in', 'form');
            const start = process.hrtime.bigint();
            assert.equal((await form.fill({ email, password: 'wrong' }).submit()).status, 422);
            least = Math.min(least, Number(process.hrtime.bigint() - start));
        }
        return least;
    };
    const [known, unknown, off] = [await best(person.email), await best(`${unique('nobody')}@example.com`), await best(disabled.email)];
    for (const other of [unknown, off])
        assert.ok(other > known / 2 && other < known * 2, `${known / 1e6} ms, ${other / 1e6} ms`);
});
