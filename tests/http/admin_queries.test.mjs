// The queries page: what took how long, how it is run, index advice, what runs now, and cancelling it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { make, newPerson, psql, rows, value } from './data.mjs';
import { PASSWORD, signedIn, unique } from './lib.mjs';
import { until } from './own_site.mjs';

const admin = await signedIn();
const superuser = process.env.DATABASE_SUPERUSER_URL;
const inSite = superuser.replace('/postgres?', '/roster?');
const section = (page, id) => {
    const order = [...page.page.one('main').descendants()], start = order.findIndex((each) => each.get('id') === id);
    const end = order.findIndex((each, i) => i > start && each.tag === 'h2');
    return order.slice(start, end < 0 ? undefined : end);
};
const statementLinks = (page) => section(page, 'statements').filter((each) => each.tag === 'a' && /^\/admin\/queries\/-?\d+$/.test(each.get('href')));

// Runs a statement and returns its page. What was counted before is forgotten, so that it is among those shown.
async function pageOf(sql, mark) {
    psql('SELECT pg_stat_statements_reset()', {}, superuser);
    psql(sql);
    for (const sort of ['mean', 'total', 'calls', 'rows']) {
        const link = statementLinks(await admin.get(`/admin/queries?sort=${sort}`)).find((each) => each.words.includes(mark));
        if (link)
            return admin.get(link.get('href'));
    }
    return assert.fail(`no statement with ${mark}`);
}

test('every order shows statements with their figures, the largest first', async () => {
    psql('SELECT pg_sleep(0.05)');
    for (const [sort, column] of [['total', 'Total, ms'], ['mean', 'Mean, ms'], ['calls', 'Calls'], ['rows', 'Rows']]) {
        const page = await admin.get(`/admin/queries?sort=${sort}`);
        assert.equal(page.status, 200, page.words);
        const table = page.page.all('main table').find((each) => each.one('caption').words === 'Statements and what they cost');
        const labels = table.all('thead th').map((cell) => cell.words), at = labels.indexOf(column);
        const figures = table.all('tbody tr').map((line) => Number(line.children.filter((cell) => cell.tag)[at].words.replace(/,/g, '')));
        assert.ok(figures.length >= 10);
        assert.deepEqual(figures, [...figures].sort((a, b) => b - a), sort);
    }
});

test('an order that there is not is refused', async () => {
    assert.equal((await admin.get('/admin/queries?sort=cost')).status, 400);
});

test('no statement of another database is shown', async () => {
    const mark = unique('elsewhere').replace(/-/g, '_');
    psql(`SELECT 1 AS ${mark}`, {}, superuser);
    psql(`SELECT 1 AS ${mark}here`);
    assert.ok(statementLinks(await admin.get('/admin/queries?sort=mean')).every((each) => !each.words.endsWith(mark)));
    assert.equal((await admin.get('/admin/queries/12345')).status, 404);
    assert.equal((await admin.get('/admin/queries/x%27')).status, 404);
});

test('a statement has its text and its plan, whatever its parameters are', async () => {
    const mark = unique('planned').replace(/-/g, '_');
    const page = await pageOf(`SELECT count(*) AS ${mark}, pg_sleep(0.02) FROM team WHERE name = 'x' AND visibility = 'open'`, mark);
    assert.equal(page.status, 200);
    const [text, plan] = page.page.all('pre').map((each) => each.words);
    assert.match(text, new RegExp(mark));
    assert.match(plan, /cost=\d/);
    assert.match(plan, /team/);
});

test('one that changes rows is planned and not run', async () => {
    const mark = unique('changes').replace(/-/g, '_'), id = make.skill();
    const version = () => value("SELECT xmin FROM skill WHERE id = :'id'", { id });
    const first = await pageOf(`UPDATE skill AS ${mark} SET name = name WHERE id = ${id} AND pg_sleep(0.03) IS NOT NULL`, mark);
    const before = version(), page = await admin.get(first.path);
    assert.match(page.page.all('pre')[1].words, /Update on skill/);
    assert.equal(version(), before);
});

test('one that has no plan says so', async () => {
    const mark = unique('checkpointing').replace(/-/g, '_');
    const page = await pageOf(`DO $$ BEGIN PERFORM pg_sleep(0.05); /* ${mark} */ END $$`, mark);
    assert.equal(page.status, 200);
    assert.match(page.words, /PostgreSQL gives no plan for it/);
});

test('an index is advised when hypopg proves it, as a line for the models file', async () => {
    const mark = unique('advised').replace(/-/g, '_');
    const sql = `SELECT count(*) AS ${mark} FROM submission WHERE record = 'r7' AND pg_sleep(0) IS NOT NULL`;
    psql("INSERT INTO submission (token, record) SELECT 'advice' || n, 'r' || n FROM generate_series(1, 20000) n; ANALYZE submission");
    try {
        const unproved = await pageOf(sql, mark);
        assert.match(unproved.words, /Perhaps: a table is read whole.*hypopg/);
        psql('CREATE EXTENSION hypopg', {}, inSite);
        const proved = await admin.get(unproved.path);
        const [, now, then] = proved.words.match(/reckons (\d+) instead of (\d+)/).map(Number);
        assert.ok(now * 5 < then, proved.words);
        assert.match(proved.words, /\.indexes of the model submission/);
        assert.equal(proved.page.all('pre').at(-1).words, '{ .columns = (const char *const[]){ "record", NULL } },');
        assert.equal(value("SELECT count(*) FROM pg_indexes WHERE tablename = 'submission' AND indexdef LIKE '%(record)%'"), '0');
    } finally {
        psql('DROP EXTENSION IF EXISTS hypopg', {}, inSite);
        psql("DELETE FROM submission WHERE token LIKE 'advice%'");
    }
});

test('a statement that is served by an index gets no advice', async () => {
    const mark = unique('served').replace(/-/g, '_');
    const page = await pageOf(`SELECT count(*) AS ${mark}, pg_sleep(0.02) FROM submission WHERE token = 'x'`, mark);
    assert.match(page.words, /Would an index help\? No/);
});

test('an index that another one replaces is named', async () => {
    psql('CREATE INDEX twin_one ON thread (due_on, status); CREATE INDEX twin_two ON thread (due_on)');
    try {
        const page = await admin.get('/admin/queries');
        const row = section(page, 'duplicates').filter((each) => each.tag === 'tr').map((each) => each.words).join('\n');
        assert.match(row, /twin_two/);
        assert.doesNotMatch(row, /^twin_one/m);
        assert.match(section(page, 'unused').map((each) => each.words).join('\n'), /twin_one/);
    } finally {
        psql('DROP INDEX twin_one, twin_two');
    }
    assert.match(section(await admin.get('/admin/queries'), 'duplicates').map((each) => each.words).join(' '), /There is none/);
});

test('without the extension the page says what to do', async () => {
    psql('DROP EXTENSION pg_stat_statements', {}, superuser);
    try {
        const page = await admin.get('/admin/queries');
        assert.equal(page.status, 200);
        assert.match(page.words, /lets nobody look yet.*CREATE EXTENSION pg_stat_statements;/);
        assert.equal((await admin.get('/admin/queries/1')).status, 404);
        psql('CREATE EXTENSION pg_stat_statements', {}, inSite);
        assert.ok(statementLinks(await admin.get('/admin/queries')).length > 5, 'it may also be in the database itself');
    } finally {
        psql('DROP EXTENSION IF EXISTS pg_stat_statements', {}, inSite);
        psql('CREATE EXTENSION pg_stat_statements', {}, superuser);
    }
});

// --- What runs now --------------------------------------------------------------------------------------------------

async function sleeper() {
    const mark = unique('sleeper');
    const child = spawn('psql', ['-XqAt', '-c', `SELECT pg_sleep(300) /* ${mark} */`, process.env.DATABASE_DIRECT_URL], { stdio: ['ignore', 'pipe', 'pipe'] });
    after(() => child.kill());
    const ended = new Promise((resolve) => {
        let said = '';
        child.stderr.on('data', (piece) => (said += piece));
        child.on('exit', () => resolve(said));
    });
    await until('it runs', () => value(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%${mark}%'
        AND now() - query_start > interval '1.1 s'`) === '1');
    return { mark, ended };
}

const cancelForm = (page, mark) => {
    const line = section(page, 'now').find((each) => each.tag === 'tr' && each.words.includes(mark));
    assert.ok(line, page.words);
    const csrf = line.one('[name="csrf"]').get('value');
    return [['csrf', csrf], ['pid', line.one('[name="pid"]').get('value')], ['started', line.one('[name="started"]').get('value')]];
};

test('a statement that runs for long is shown, and cancelled after the password was asked for', async () => {
    const browser = await signedIn(), { mark, ended } = await sleeper();
    const page = await browser.get('/admin/queries');
    const fields = cancelForm(page, mark);
    const asked = await browser.post('/admin/queries/cancel', fields);
    assert.deepEqual([asked.status, asked.heading], [403, 'Enter your password again']);
    assert.equal(value(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%${mark}%'`), '1', 'it still runs');
    const done = await asked.form('form').set('_password', PASSWORD).submit();
    assert.equal(done.status, 303, done.words);
    assert.match((await done.follow()).flash, /was cancelled/);
    assert.match(await ended, /canceling statement due to user request/);
    assert.match(rows("SELECT subject FROM audit WHERE action = 'query cancelled' ORDER BY id DESC LIMIT 1")[0].subject, /^process \d+ of psql$/);
    const late = await browser.post('/admin/queries/cancel', fields);
    assert.match((await late.follow()).flash, /had ended already/);
});

test('another statement of the same process is not cancelled by an old page', async () => {
    const browser = await signedIn(), { mark, ended } = await sleeper();
    const [csrf, pid, [, started]] = cancelForm(await browser.get('/admin/queries'), mark);
    const asked = await browser.post('/admin/queries/cancel', [csrf, pid, ['started', started.replace(/^\d{4}/, '2001')]]);
    assert.match((await (await asked.form('form').set('_password', PASSWORD).submit()).follow()).flash, /had ended already/);
    assert.equal((await browser.post('/admin/queries/cancel', [csrf, ['pid', '1; x'], ['started', started]])).status, 400);
    assert.equal((await browser.post('/admin/queries/cancel', [csrf, pid, ['started', 'now']])).status, 400);
    assert.equal(value(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%${mark}%'`), '1');
    psql(`SELECT pg_cancel_backend(${pid[1]})`);
    await ended;
});

// A session that holds a table and does nothing.
async function holder(url, sql) {
    const name = unique('holder');
    const child = spawn('psql', ['-Xq', url], { stdio: ['pipe', 'ignore', 'pipe'] });
    after(() => child.kill());
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.stdin.write(`SET application_name = '${name}'; BEGIN; ${sql}\n`);
    await until('it holds', () => value(`SELECT count(*) FROM pg_stat_activity WHERE application_name = :'name'
        AND state = 'idle in transaction' AND now() - query_start > interval '1.1 s'`, { name }, superuser) === '1');
    return { name, child, ended };
}
const isThere = (name) => value("SELECT count(*) FROM pg_stat_activity WHERE application_name = :'name'", { name }, superuser) === '1';
const lineOf = (page, name) => section(page, 'now').find((each) => each.tag === 'tr' && each.words.includes(name));

test('a transaction that holds a table and does nothing is named as what it is, and its session is ended', async () => {
    const browser = await signedIn(), { name, child, ended } = await holder(process.env.DATABASE_DIRECT_URL, 'LOCK TABLE team IN ACCESS EXCLUSIVE MODE;');
    const held = await browser.get('/teams/');
    assert.deepEqual([held.status, held.heading, held.header('retry-after')[0]], [503, 'Somebody else holds these records', '5']);
    assert.match(held.words, /did not let go in time\. Nothing was saved/);
    const page = await browser.get(held.link('See who, on the page Queries'));
    const line = lineOf(page, name);
    assert.match(line.words, /idle in transaction/);
    assert.match(line.one('button').words, /^End the session of process \d+$/);
    const fields = line.all('input').map((each) => [each.get('name'), each.get('value')]);
    const answer = await browser.post('/admin/queries/cancel', fields);
    const done = answer.status === 403 ? await answer.form('form').set('_password', PASSWORD).submit() : answer;
    assert.match((await done.follow()).flash, /session of process \d+ was ended, and its locks are free/);
    await until('it is gone', () => !isThere(name));
    child.kill(); // psql finds out when it is asked for more
    await ended;
    assert.equal((await browser.get('/teams/')).status, 200);
    assert.match(rows("SELECT subject FROM audit WHERE action = 'query cancelled' ORDER BY id DESC LIMIT 1")[0].subject, /^session, process \d+ of holder/);
    const late = await browser.post('/admin/queries/cancel', fields);
    assert.match((await late.follow()).flash, /had ended already/);
});

test('somebody else is told the same, without the way to who it is', async () => {
    const person = await newPerson(admin), browser = await signedIn(person.email, person.password);
    const { name, child, ended } = await holder(process.env.DATABASE_DIRECT_URL, 'LOCK TABLE skill IN ACCESS EXCLUSIVE MODE;');
    const held = await browser.get('/skills/');
    assert.deepEqual([held.status, held.heading], [503, 'Somebody else holds these records']);
    assert.doesNotMatch(held.words, /Queries/);
    child.kill();
    await ended;
    await until('it is gone', () => !isThere(name));
});

test('what belongs to a superuser of PostgreSQL has no button, and says who may end it', async () => {
    const browser = await signedIn(), { name, child, ended } = await holder(inSite, 'SELECT 1;');
    const page = await browser.get('/admin/queries'), line = lineOf(page, name);
    assert.equal(line.all('button').length, 0);
    assert.match(line.words, /Only a superuser of PostgreSQL may end this/);
    const csrf = page.page.one('header [name="csrf"]').get('value');
    const [pid, started] = value("SELECT pid || '|' || query_start FROM pg_stat_activity WHERE application_name = :'name'", { name }, superuser).split('|');
    const asked = await browser.post('/admin/queries/cancel', [['csrf', csrf], ['pid', pid], ['started', started], ['idle', '1']]);
    const refused = await asked.form('form').set('_password', PASSWORD).submit();
    assert.equal(refused.status, 403, refused.words);
    assert.match(refused.words, new RegExp(`lets only one of its own superusers end process ${pid}`));
    assert.equal(isThere(name), true);
    child.kill();
    await ended;
});
