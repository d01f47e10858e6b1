// What happens to an account while somebody signs in to it, or changes it in another window: each race is stopped in its
// middle by a transaction that holds the account, and let go on from there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { newPerson, psql, row, value } from './data.mjs';
import { Browser, newAddress, signedIn, unique } from './lib.mjs';
import { until } from './own_site.mjs';
import { code, FORGET_STEP, setUp } from './totp.mjs';

const admin = await signedIn();
const WRONG = /^Enter an email address and password that belong together$/;

// Does something while a transaction that has run sql for the person is open, and commits that as soon as the other waits
// for it.
async function within(sql, person, something) {
    const open = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', `id=${person.id}`, process.env.DATABASE_DIRECT_URL],
        { stdio: ['pipe', 'pipe', 'inherit'] });
    open.stdin.write(`BEGIN; ${sql}; SELECT pg_backend_pid();\n`);
    const pid = String(await once(open.stdout, 'data')).trim(), ended = once(open, 'close');
    const answer = something();
    answer.catch(() => {}); // told below
    try {
        await until('the other waits', () => value("SELECT count(*) FROM pg_stat_activity WHERE :'pid'::int = ANY(pg_blocking_pids(pid))", { pid }) !== '0');
    } finally {
        open.stdin.end('COMMIT;\n');
        await ended;
    }
    return answer;
}

const sessions = (person) => Number(value("SELECT count(*) FROM session WHERE user_id = :'id'", person));
const hashOf = (person) => value("SELECT hashed_password FROM \"user\" WHERE id = :'id'", person);
const signIn = (person) => new Browser(undefined, newAddress()).signIn(person.email, person.password);
const begun = "SELECT FROM \"user\" WHERE id = :'id' FOR SHARE; INSERT INTO session (user_id, token_hash, expires_at)"
    + " VALUES (:'id', md5(random()::text), now() + interval '1 hour')";

for (const [what, sql] of [
    ['gets another password', "UPDATE \"user\" SET hashed_password = '$2b$' WHERE id = :'id'"],
    ['is disabled', "UPDATE \"user\" SET is_active = false WHERE id = :'id'"],
    ['becomes a superuser', "UPDATE \"user\" SET is_superuser = true WHERE id = :'id'; UPDATE \"user\" SET hashed_password = '$2b$' WHERE id = :'id'"],
])
    test(`a sign-in under way while the account ${what} comes to nothing`, async () => {
        const person = await newPerson(admin), answer = await within(sql, person, () => signIn(person));
        assert.equal(answer.status, 422);
        assert.match(answer.problems[0][0], WRONG);
        assert.equal(sessions(person), 0);
        assert.equal(value("SELECT count(*) FROM audit WHERE user_id = :'id' AND action = 'signed in'", person), '0');
    });

test('one under way while the same password gets another hash is none the worse', async () => {
    const person = await newPerson(admin), hash = hashOf(await newPerson(admin, { password: person.password }));
    const answer = await within(`UPDATE "user" SET hashed_password = '${hash}' WHERE id = :'id'`, person, () => signIn(person));
    assert.deepEqual([answer.status, answer.location, sessions(person)], [303, '/', 1]);
});

test('one under way while a second factor is set up asks for its code', async () => {
    const person = await newPerson(admin);
    const answer = await within("SELECT FROM \"user\" WHERE id = :'id' FOR NO KEY UPDATE;"
        + " INSERT INTO second_factor (user_id, sealed_secret, used_step) VALUES (:'id', 'x', 0)", person, () => signIn(person));
    assert.deepEqual([answer.status, answer.heading, sessions(person)], [200, 'Enter a code', 0]);
});

test('a code under way while the account gets another password comes to nothing', async () => {
    const person = await newPerson(admin), { secret } = await setUp(await signedIn(person.email, person.password), person.password);
    psql(`${FORGET_STEP}; DELETE FROM session WHERE user_id = :'id'`, person);
    const asked = await signIn(person);
    const answer = await within("UPDATE \"user\" SET hashed_password = '$2b$' WHERE id = :'id'", person,
        () => asked.form('form').set('code', code(secret)).submit());
    assert.deepEqual([answer.status, answer.heading, sessions(person)], [422, 'Sign in', 0]);
});

// The other way round: the sign-in was first, and is ended with all the others.
const ends = {
    async 'a password given by a superuser'(person) {
        const form = (await admin.form(`/users/${person.id}/edit`)).set('hashed_password', unique('correct battery'));
        return () => form.submit('_save');
    },
    async 'disabling the account'(person) {
        const form = (await admin.form(`/users/${person.id}/edit`)).fill({ is_active: false });
        return () => form.submit('_save');
    },
    async 'the own new password'(person) {
        const browser = await signedIn(person.email, person.password), chosen = unique('correct battery');
        const form = (await browser.form('/account/password', 'form')).fill({ current: person.password, new: chosen, repeat: chosen });
        return () => form.submit();
    },
    async 'the second factor'(person) {
        const browser = await signedIn(person.email, person.password);
        const asked = await (await browser.form('/account/second-factor', 'form')).submit();
        const shown = await asked.form('form').set('_password', person.password).submit();
        const form = shown.form('form').set('code', code(shown.page.one('code.secret').words));
        return () => form.submit();
    },
};
for (const [what, prepare] of Object.entries(ends))
    test(`${what} ends a sign-in that began just before`, async () => {
        const person = await newPerson(admin), change = await prepare(person), own = sessions(person);
        const answer = await within(begun, person, change);
        assert.ok([200, 303].includes(answer.status), answer.words);
        assert.equal(sessions(person), own);
    });

async function resetOf(person) {
    const path = `/admin/accounts/${person.id}`, asked = await (await admin.form(path, `form[action="${path}/reset"]`)).submit();
    const made = asked.status === 403 ? await asked.form('form').set('_password', admin.password).submit() : asked;
    const token = made.words.match(/#(\S+)/)[1], chosen = unique('correct battery');
    const visitor = new Browser(undefined, newAddress());
    const form = (await visitor.form('/reset', 'form')).fill({ token, new: chosen, repeat: chosen });
    return { form, chosen };
}

test('a reset link ends a sign-in that began just before', async () => {
    const person = await newPerson(admin), { form } = await resetOf(person);
    const answer = await within(begun, person, () => form.submit());
    assert.deepEqual([answer.status, sessions(person)], [200, 0]);
});

test('a change of the password does not undo one that came before it', async () => {
    const person = await newPerson(admin), browser = await signedIn(person.email, person.password);
    const chosen = unique('correct battery'), set = hashOf(await newPerson(admin));
    const form = (await browser.form('/account/password', 'form')).fill({ current: person.password, new: chosen, repeat: chosen });
    const answer = await within(`UPDATE "user" SET hashed_password = '${set}' WHERE id = :'id'`, person, () => form.submit());
    assert.equal(answer.status, 422);
    assert.match(answer.problems[0][0], /^It was changed meanwhile/);
    assert.equal(hashOf(person), set);
    assert.equal(value("SELECT count(*) FROM audit WHERE user_id = :'id' AND action = 'password changed'", person), '0');
});

test('a reset link that comes second to a change of the password is not used', async () => {
    const person = await newPerson(admin), { form } = await resetOf(person);
    const answer = await within("UPDATE \"user\" SET hashed_password = '$2b$' WHERE id = :'id'; DELETE FROM password_reset WHERE user_id = :'id'",
        person, () => form.submit());
    assert.deepEqual([answer.status, hashOf(person)], [422, '$2b$']);
});

// Each of the forms at once, all of them held up at the account.
async function atOnce(person, forms) {
    return within("SELECT FROM \"user\" WHERE id = :'id' FOR UPDATE", person, () => Promise.all(forms.map((form) => form.submit())));
}

test('new recovery codes asked for at once are one set, and those of the last page are good', async () => {
    const person = await newPerson(admin), browser = await signedIn(person.email, person.password);
    await setUp(browser, person.password);
    const forms = await Promise.all([1, 2, 3].map(() => browser.form('/account/second-factor', 'form[action="/account/second-factor/codes"]')));
    const answers = await atOnce(person, forms);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
    assert.equal(value("SELECT count(*) FROM recovery_code WHERE user_id = :'id'", person), '10');
});

test('there are no recovery codes without a second factor, whatever comes at once', async () => {
    const person = await newPerson(admin), browser = await signedIn(person.email, person.password);
    await setUp(browser, person.password);
    const forms = await Promise.all(['codes', 'off', 'codes'].map((each) => browser.form('/account/second-factor', `form[action="/account/second-factor/${each}"]`)));
    await atOnce(person, forms);
    assert.equal(value("SELECT count(*) FROM recovery_code WHERE user_id = :'id'", person), '0');
});

test('of two that are set up at once, one is on, and the other page says nothing else', async () => {
    const person = await newPerson(admin), browser = await signedIn(person.email, person.password);
    const asked = await (await browser.form('/account/second-factor', 'form')).submit();
    await asked.form('form').set('_password', person.password).submit();
    const forms = [], secrets = [];
    for (let i = 0; i < 2; i++) {
        const shown = await (await browser.form('/account/second-factor', 'form')).submit();
        secrets.push(shown.page.one('code.secret').words);
        forms.push(shown.form('form').set('code', code(secrets[i])));
    }
    const answers = await atOnce(person, forms);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 303]);
    const winner = answers.findIndex(({ status }) => status === 200);
    psql(FORGET_STEP, person);
    const signing = await (await signIn(person)).form('form').set('code', code(secrets[winner])).submit();
    assert.equal(signing.status, 303);
    assert.equal(value("SELECT count(*) FROM recovery_code WHERE user_id = :'id'", person), '10');
});

test('the right password of somebody else, without the code, ends nobody\'s session', async () => {
    const person = await newPerson(admin), { secret } = await setUp(await signedIn(person.email, person.password), person.password);
    psql(FORGET_STEP, person);
    const mine = await newPerson(admin), browser = await signedIn(mine.email, mine.password);
    const asked = await (await browser.form('/sign-in', 'form')).fill({ email: person.email, password: person.password }).submit();
    assert.equal(asked.heading, 'Enter a code');
    assert.equal((await browser.get('/account')).status, 200);
    const wrong = await asked.form('form').set('code', 'aaaaa-aaaaa').submit();
    assert.equal(wrong.status, 422);
    assert.equal((await browser.get('/account')).status, 200);
    assert.equal((await wrong.form('form').set('code', code(secret)).submit()).status, 303);
    assert.equal(sessions(mine), 0, 'it ends when the other begins');
    assert.equal(row("SELECT count(*) AS n FROM session WHERE user_id = :'id'", person).n, 2);
});
