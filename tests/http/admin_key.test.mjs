// The admin page while the database is away or empty: a key from the configuration opens it, and nothing else does.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { psql } from './data.mjs';
import { Browser, signedIn } from './lib.mjs';
import { OwnSite, until } from './own_site.mjs';

const KEY = randomBytes(24).toString('hex');
const site = await new OwnSite('admin-key', { ADMIN_KEY: KEY }).start();
after(() => site.remove());
const browser = () => new Browser(site.url);

test('while the database answers, the key opens nothing', async () => {
    const nobody = browser();
    assert.deepEqual([(await nobody.get('/admin/')).status, (await nobody.get('/admin/')).location], [303, '/sign-in?next=%2Fadmin%2F']);
    const page = await nobody.get('/admin/key');
    assert.equal(page.heading, 'The key is not needed');
    assert.equal(page.page.all('form').length, 0);
    const csrf = (await nobody.form('/sign-in', 'form')).get('csrf');
    const forced = await nobody.post('/admin/key', [['csrf', csrf], ['key', KEY]]);
    assert.equal(forced.heading, 'The key is not needed');
    assert.ok(!nobody.cookies.has('roster_key'));
});

const openWithKey = async (visitor, key = KEY) =>
    (await visitor.form('/admin/key', 'form')).set('key', key).submit();

async function assertOpensByKey(reason) {
    const visitor = browser();
    const closed = await visitor.get('/admin/');
    assert.equal(closed.status, 503, closed.words);
    assert.match(closed.words, reason);
    assert.equal(closed.link('Open the admin page with its key'), '/admin/key');
    const form = await visitor.get('/admin/key');
    assert.equal(form.heading, 'Nobody can sign in now');
    assert.match(form.words, reason);
    for (const page of [closed, form])
        assert.doesNotMatch(page.words, /pooler|refused|socket|\/run|roster@|5432/, 'strangers learn no more than that');
    for (const [typed, words] of [['', /^Enter the key$/], [`${KEY}x`, /^Enter the key of the configuration$/],
        [KEY.slice(1), /^Enter the key of the configuration$/]]) {
        const refused = await openWithKey(visitor, typed);
        assert.equal(refused.status, 422);
        assert.match(refused.problems[0][0], words);
        assert.ok(!visitor.cookies.has('roster_key'));
        assert.equal((await visitor.get('/admin/')).status, 503);
    }
    const opened = await openWithKey(visitor);
    assert.deepEqual([opened.status, opened.location], [303, '/admin/']);
    const page = await visitor.get('/admin/');
    assert.equal(page.status, 200);
    assert.match(page.words, reason);
    for (const link of page.page.all('nav.side a').concat(page.page.all('.places a')))
        assert.equal((await visitor.get(link.get('href'))).status, 200, link.get('href'));
    return visitor;
}

const databaseAway = /does not answer|cannot be reached|cannot connect/;

test('while the database is stopped, the key opens the admin page, and only that', async () => {
    const person = await signedIn(undefined, undefined, site.url);
    site.control('stop');
    try {
        await until('pages fail', async () => (await person.get('/')).status === 503);
        const visitor = await assertOpensByKey(databaseAway);
        assert.equal((await visitor.get('/')).location, '/sign-in', 'and nothing else');
        assert.equal((await visitor.get('/teams/')).status, 303);
        assert.equal((await person.get('/admin/')).status, 503, 'somebody signed in needs the key, too');
        const page = await visitor.get('/admin/');
        const cookie = visitor.cookies.get('roster_key');
        const [time, mac] = cookie.split('.');
        for (const forged of [`${Number(time) + 60}.${mac}`, `${time}.${'0'.repeat(64)}`, time, `.${mac}`, 'x'.repeat(90)]) {
            visitor.cookies.set('roster_key', forged);
            assert.equal((await visitor.get('/admin/')).status, 503, forged);
        }
        visitor.cookies.set('roster_key', cookie);
        assert.equal((await visitor.get('/admin/')).status, 200);
        const leave = await visitor.post('/admin/key/end', [['csrf', page.page.one('header [name="csrf"]').get('value')]]);
        assert.equal(leave.status, 303);
        assert.equal((await visitor.get('/admin/')).status, 503);
        visitor.cookies.set('roster_key', cookie);
        assert.equal((await visitor.get('/admin/')).status, 503, 'a copy that was kept has ended, too');
        await openWithKey(visitor);
        assert.equal((await visitor.get('/admin/')).status, 200, 'and the next begins at once');
    } finally {
        site.control('start');
    }
    await until('pages come back', async () => (await person.get('/')).status === 200);
    assert.equal((await person.get('/admin/')).status, 200);
});

test('a page that asks for the key again goes on with it, without the database', async () => {
    const visitor = browser();
    const confirm = async (key) => visitor.post('/admin/confirm', [['next', '/admin/jobs/'], ['_password', key],
        ['csrf', (await visitor.get('/admin/')).page.one('header [name="csrf"]').get('value')]]);
    site.control('stop');
    try {
        await until('pages fail', async () => (await visitor.get('/admin/')).status === 503);
        await openWithKey(visitor);
        const refused = await confirm(`${KEY}x`);
        assert.deepEqual([refused.status, refused.heading], [422, 'Enter the key again']);
        const right = await confirm(KEY);
        assert.deepEqual([right.status, right.location], [303, '/admin/jobs/']);
    } finally {
        site.control('start');
    }
    await until('the database is asked again', async () => (await visitor.get('/admin/')).status === 303);
});

test('once the database is back, the key that was given opens nothing', async () => {
    const visitor = browser();
    site.control('stop');
    try {
        await until('pages fail', async () => (await visitor.get('/admin/')).status === 503);
        await openWithKey(visitor);
        assert.equal((await visitor.get('/admin/')).status, 200);
    } finally {
        site.control('start');
    }
    await until('the database is asked again', async () => (await visitor.get('/admin/')).status === 303);
});

test('a database without tables is one that cannot say who is there', async () => {
    psql('ALTER SCHEMA public RENAME TO kept; CREATE SCHEMA public', {}, site.database);
    try {
        await assertOpensByKey(/no tables of users and sessions/);
    } finally {
        psql('DROP SCHEMA public CASCADE; ALTER SCHEMA kept RENAME TO public', {}, site.database);
    }
});

test('neither can one without a superuser', async () => {
    psql('UPDATE "user" SET is_active = false WHERE is_superuser', {}, site.database);
    try {
        await assertOpensByKey(/no superuser who could sign in/);
    } finally {
        psql('UPDATE "user" SET is_active = true WHERE is_superuser', {}, site.database);
    }
});

test('wrong keys from an address make it wait, also with the right one', async () => {
    site.control('stop');
    try {
        const visitor = browser();
        await until('pages fail', async () => (await visitor.get('/admin/')).status === 503);
        let answer;
        for (let i = 0; i < 41; i++) // as many, where the right one was given before
            answer = await openWithKey(visitor, randomBytes(24).toString('hex'));
        assert.equal(answer.status, 429);
        assert.ok(Number(answer.header('retry-after')[0]) >= 1);
        assert.match(answer.problems[0][0], /^Too many tries have failed/);
        assert.equal((await openWithKey(visitor)).status, 429);
    } finally {
        site.control('start');
    }
});
