// A machine whose clock is a month wrong: what expires does so by the clock of the database, neither early nor late.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { psql } from './data.mjs';
import { EMAIL, PASSWORD, Browser, signedIn, unique } from './lib.mjs';
import { BUILD, OwnSite, childrenOf, newFolder, until } from './own_site.mjs';

const folder = newFolder('clock'), offset = join(folder, 'offset');
const library = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`).find(existsSync);
const site = new OwnSite('clock', { BUILD: folder, ROSTER_WORKERS: '3' });

// All the program's processes see another time of day; clocks that only go forward are right.
const program = `#!/bin/sh
exec env LD_PRELOAD='${library}' FAKETIME_TIMESTAMP_FILE='${offset}' FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \\
    ASAN_OPTIONS=verify_asan_link_order=0 '${join(BUILD, 'roster.fcgi')}' "$@"
`;

function writeOffset(days) {
    writeFileSync(offset, `${days >= 0 ? '+' : ''}${days}d\n`);
    chmodSync(offset, 0o644);
}

// The days that the program is off the real time, by the line that it logs when it refuses a form.
async function daysOff() {
    assert.equal((await new Browser(site.url).post('/sign-in', [], { Origin: 'https://example.com' })).status, 403);
    const lines = readFileSync(join(site.environment.ROSTER_VAR, 'log/program.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    return (new Date(lines.filter(({ event }) => event === 'request refused').at(-1).time) - Date.now()) / 86400000;
}

// Sets the program's clock, and sees that the program goes by it.
async function setClock(days) {
    writeOffset(days);
    const off = await daysOff();
    assert.ok(Math.abs(off - days) < 0.1, `${off} days off, not ${days}`);
}

before(async () => {
    writeOffset(30);
    symlinkSync(join(BUILD, 'roster'), join(folder, 'roster'));
    writeFileSync(join(folder, 'roster.fcgi'), program);
    chmodSync(join(folder, 'roster.fcgi'), 0o755);
    await site.start();
});
after(async () => {
    await site.remove();
    rmSync(folder, { recursive: true });
});

const query = (sql, parameters) => psql(sql, parameters, site.database).trim();

test('the program does live in another time', async () => {
    assert.ok(library, 'libfaketime is missing');
    await until('all workers', () => childrenOf(site.processOf('program')).length === 3);
    for (const pid of childrenOf(site.processOf('program')))
        assert.match(readFileSync(`/proc/${pid}/maps`, 'utf8'), /libfaketime/);
});

test('what a page says once is said within a minute, in the session that it is for', async () => {
    const minute = 1 / 24 / 60, keptBy = async (from, browser, days) => {
        const saved = await (await from.form('/teams/new')).set('name', unique('flash')).submit('_save');
        const said = from.cookies.get('roster_flash');
        assert.ok(said);
        await setClock(days);
        browser.cookies.set('roster_flash', said);
        return (await browser.get(saved.location)).flash;
    };
    await setClock(30);
    const one = await signedIn(EMAIL, PASSWORD, site.url), other = await signedIn(EMAIL, PASSWORD, site.url);
    assert.match(await keptBy(one, one, 30 + minute / 2), /was added/);
    assert.equal(await keptBy(one, one, 30 + 2 * minute), null, 'too late');
    assert.equal(await keptBy(one, other, 30 + 2 * minute), null, "somebody else's");
});

for (const days of [30, -30]) {
    const when = `${days} days off`;

    test(`${when}: a sign-in lasts as long as the database says`, async () => {
        await setClock(days);
        const browser = await signedIn(EMAIL, PASSWORD, site.url);
        assert.equal((await browser.get('/account')).status, 200);
        assert.equal(query("SELECT count(*) > 0 FROM session WHERE expires_at > now() AND created_at BETWEEN now() - interval '5 minutes' AND now()"), 't');
        await setClock(-days);
        assert.equal((await browser.get('/account')).status, 200, 'nor does it end when the clock jumps');
        await setClock(days);
        query("UPDATE session SET expires_at = now() + interval '10 minutes'");
        assert.equal((await browser.get('/account')).status, 200, 'ten minutes are left');
        query("UPDATE session SET expires_at = now() - interval '1 second'");
        assert.equal((await browser.get('/account')).status, 303, 'it is over');
    });

    test(`${when}: cookies do not name a day that has passed`, async () => {
        await setClock(days);
        const browser = new Browser(site.url);
        const answer = await browser.signIn(EMAIL, PASSWORD);
        for (const cookie of answer.header('set-cookie')) {
            const [, expires] = cookie.match(/; expires=([^;]+)/i) ?? [];
            const [, age] = cookie.match(/; max-age=(\d+)/i) ?? [];
            assert.ok(!expires || new Date(expires) > new Date() || age === '0', cookie);
        }
    });

    test(`${when}: a password that was typed again counts for its minutes`, async () => {
        await setClock(days);
        const browser = await signedIn(EMAIL, PASSWORD, site.url);
        // Once the job of the last time has ended.
        const seed = async () => {
            let answer = null;
            await until('nothing else is at work', async () => {
                answer = await (await browser.get('/admin/seeds')).form('form[aria-labelledby="seed-initial"]').submit('_go');
                return answer.status !== 409;
            }, 60);
            return answer;
        };
        const asked = await seed();
        assert.equal(asked.heading, 'Enter your password again');
        assert.equal((await asked.form('form').set('_password', PASSWORD).submit()).status, 303);
        await setClock(-days);
        assert.equal((await seed()).status, 303, 'still');
        query("UPDATE session SET confirmed_at = now() - interval '1 day'");
        assert.equal((await seed()).heading, 'Enter your password again');
    });

    test(`${when}: a form that was opened before the clock jumped is saved`, async () => {
        await setClock(-days);
        const browser = await signedIn(EMAIL, PASSWORD, site.url), name = unique('jump');
        const form = (await browser.form('/teams/new')).set('name', name);
        await setClock(days);
        assert.equal((await form.submit('_save')).status, 303);
        assert.equal((await form.submit('_save')).status, 303);
        assert.equal(query("SELECT count(*) FROM team WHERE name = :'name' AND created_at BETWEEN now() - interval '5 minutes' AND now()", { name }), '1');
    });
}
