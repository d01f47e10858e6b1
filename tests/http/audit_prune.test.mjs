// Old lines of the audit go, in batches and never silently; sign-ins that have ended and old tokens of forms go with them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { newPerson, psql, rows, value } from './data.mjs';
import { signedIn, unique } from './lib.mjs';
import { BUILD, OwnSite, ROOT, until } from './own_site.mjs';

const admin = await signedIn();
const old = unique('long-ago');

function prune(days, ...more) {
    const { status, stdout, stderr } = spawnSync(join(BUILD, 'roster'), ['prune', 'audit', ...more], { cwd: ROOT, encoding: 'utf8',
        env: { ...process.env, PORT: '', ROSTER_AUDIT_DAYS: String(days), ROSTER_TIME_ZONE: 'Europe/Berlin' } });
    assert.equal(status, 0, stderr);
    return stdout;
}

const count = (table, condition = "who = :'old'") => Number(value(`SELECT count(*) FROM ${table} WHERE ${condition}`, { old }));
const add = (lines, at) => psql(`INSERT INTO audit (at, action, who) SELECT ${at}, 'signed in', :'old' FROM generate_series(1, :lines)`, { old, lines });
const told = () => rows("SELECT id, who, subject FROM audit WHERE action = 'audit pruned' ORDER BY id");

const FIRST_KEPT = "(((now() AT TIME ZONE 'Europe/Berlin')::date - 300)::timestamp AT TIME ZONE 'Europe/Berlin')";

test('lines from before the first day that is kept go, and none after', () => {
    psql(`DELETE FROM audit WHERE at < ${FIRST_KEPT}`);
    const before = told();
    add(12003, `${FIRST_KEPT} - interval '1 microsecond'`);
    add(4, FIRST_KEPT);
    psql(`INSERT INTO change (at, action, model, record, title) VALUES (now() - interval '20 years', 'created', 'team', '90000000', :'old')`, { old });
    assert.match(prune(300, '--dry-run'), /^would remove 12003 lines of the audit from before \d{4}-\d\d-\d\d /);
    assert.deepEqual([count('audit'), told().length], [12007, before.length], 'a dry run only looks');

    assert.match(prune(300), /^removed 12003 lines of the audit from before /);
    assert.equal(count('audit'), 4);
    assert.equal(count('change', "title = :'old'"), 1, 'the history stays');
    const [line, ...others] = told().slice(before.length);
    assert.deepEqual(others, [], 'one line for all batches');
    assert.match(line.subject, /^12003 lines from before \d{4}-\d\d-\d\d$/);
    assert.equal(line.subject.slice(-10), value(`SELECT ((now() AT TIME ZONE 'Europe/Berlin')::date - 300)::text`));
    assert.ok(line.who);

    assert.match(prune(300), /^removed 0 lines /);
    assert.equal(told().length, before.length + 1, 'where nothing went there is nothing to tell');
});

test('the page tells how long lines are kept, and shows what removed others', async () => {
    const page = await admin.get('/admin/audit?kind=administration');
    assert.match(page.words, /kept for 400 days \(ROSTER_AUDIT_DAYS\); what removes older ones is itself a line here\. Changes of records are always kept\./);
    const line = page.rows.find((row) => row.What === 'audit pruned');
    assert.match(line['To what'], /^12003 lines from before /);
});

test('0 days keep all lines', () => {
    add(3, "now() - interval '30 years'");
    assert.match(prune(0), /^all lines of the audit are kept/);
    assert.equal(count('audit'), 7);
    assert.match(prune(300), /^removed 3 lines/);
});

test('sign-ins that have ended and old tokens go, those of now stay', async () => {
    const person = await newPerson(admin);
    await signedIn(person.email, person.password);
    const { email } = person;
    psql(`INSERT INTO session (token_hash, user_id, expires_at) SELECT md5(i::text || :'email'), u.id, now() - interval '2 days'
        FROM generate_series(1, 6000) i, "user" u WHERE email = :'email'`, { email });
    psql(`INSERT INTO submission (token, record, at) VALUES (:'old', '1', now() - interval '31 days'), (:'old' || 'b', '1', now() - interval '29 days')`, { old });
    assert.match(prune(300), /removed \d{4,} sign-ins that have ended and [1-9]\d* tokens/);
    assert.equal(value(`SELECT count(*) FROM session s JOIN "user" u ON u.id = user_id WHERE email = :'email'`, { email }), '1');
    assert.deepEqual(rows("SELECT token FROM submission WHERE token LIKE :'old' || '%'", { old }), [{ token: `${old}b` }]);
});

test('days that are none are refused', () => {
    const { status, stderr } = spawnSync(join(BUILD, 'roster'), ['prune', 'audit'], { cwd: ROOT, encoding: 'utf8',
        env: { ...process.env, ROSTER_AUDIT_DAYS: '-1' } });
    assert.equal(status, 2);
    assert.match(stderr, /ROSTER_AUDIT_DAYS/);
});

test('a site that runs does it by itself, and goes on when it fails', async () => {
    const site = await new OwnSite('pruning', { ROSTER_AUDIT_DAYS: '7' }).start();
    try {
        psql("INSERT INTO audit (at, action) SELECT now() - interval '9 days', 'signed in' FROM generate_series(1, 3)", {}, site.database);
        await until('the lines are gone', () => value("SELECT subject FROM audit WHERE action = 'audit pruned'", {}, site.database).startsWith('3 lines from'), 60);
        assert.equal((await fetch(`${site.url}/readyz`)).status, 200);
        await site.stop();
        site.output = '';
        await site.start();
        psql('ALTER TABLE submission RENAME TO elsewhere', {}, site.database);
        await until('it is said', () => /old lines of the audit could not be removed: .*submission/.test(site.output), 60);
        psql('ALTER TABLE elsewhere RENAME TO submission', {}, site.database);
        assert.equal((await fetch(`${site.url}/readyz`)).status, 200);
    } finally {
        await site.remove();
    }
});
