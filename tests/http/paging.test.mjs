// Lists page by page: every row exactly once, in both directions, whatever the sort order.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { make, newSignedIn, psql, rows } from './data.mjs';
import { signedIn, unique } from './lib.mjs';

const admin = await signedIn();
const PAGE = 25;

// 83 rows of each model that a filter finds, with ties and empty values in all that may be sorted by.
const owner = make.user(), team = make.team({ owner_id: owner }), thread = make.thread(team), prefix = unique('paging');
const N = 'FROM generate_series(1, 83) n';
psql(`
    INSERT INTO member (name, role, team_id, joined_on, capacity_hours)
        SELECT 'm' || n * 7 % 83, 'x', :'team', CASE WHEN n % 4 > 0 THEN date '2020-01-01' + n % 5 END, n % 3 ${N};
    INSERT INTO thread (subject, team_id, due_on, created_at)
        SELECT 's' || n % 6, :'team', CASE WHEN n % 3 > 0 THEN date '2020-01-01' + n % 4 END,
            timestamptz '2020-01-01 00:00:00.123456+00' + n % 7 * interval '1 microsecond' ${N};
    INSERT INTO checkpoint (thread_id, namespace, note, created_at)
        SELECT :'thread', 'main', 'n' || n, timestamptz '2020-01-01' + n % 9 * interval '1 day' ${N};
    INSERT INTO api_key (description, team_id, hashed_key, expires_at)
        SELECT 'k' || n % 5, :'team', md5(:'prefix' || n), CASE WHEN n % 2 > 0 THEN timestamptz '2030-01-01' + n % 5 * interval '1 h' END ${N};
    INSERT INTO upload (name, owner_id, size_bytes)
        SELECT CASE n % 3 WHEN 0 THEN 'Ä' WHEN 1 THEN 'a' ELSE 'B' END || n % 10, :'owner', CASE WHEN n % 3 > 0 THEN n % 4 END ${N};
    INSERT INTO skill (name, owner_id)
        SELECT (ARRAY['a-', 'B-', 'Ä-', 'ß-', '_-', '%-', '"-'])[n % 7 + 1] || n || :'prefix', :'owner' ${N};
    INSERT INTO team (name, owner_id) SELECT :'prefix' || '-' || n, :'owner' ${N};
    INSERT INTO "user" (email, full_name) SELECT n || :'prefix' || '@Example.com', 'P' || n % 4 ${N};
`, { team, thread, owner, prefix });
after(() => psql(`DELETE FROM team WHERE owner_id = :'owner'; DELETE FROM skill WHERE owner_id = :'owner';
    DELETE FROM upload WHERE owner_id = :'owner'; DELETE FROM "user" WHERE email LIKE '%' || :'prefix' || '%'`, { owner, prefix }));

const lists = [
    ['members', 'member', `team_id=${team}`, 'team_id = :team'],
    ['threads', 'thread', `team_id=${team}`, 'team_id = :team'],
    ['checkpoints', 'checkpoint', `thread_id=${thread}`, "thread_id = :'thread'"],
    ['api-keys', 'api_key', `team_id=${team}`, 'team_id = :team'],
    ['files', 'upload', `owner_id=${owner}`, 'owner_id = :owner'],
    ['skills', 'skill', `owner_id=${owner}`, 'owner_id = :owner'],
    ['teams', 'team', `owner_id=${owner}`, 'owner_id = :owner'],
    ['users', 'user', `q=${prefix}`, "email LIKE '%' || :'prefix' || '%'"],
];

const idsOn = (answer) => answer.page.all('tbody th a').map((link) => link.get('href').split('/').pop());
const pageLink = (answer, words) => answer.page.all('nav.pager a').find((link) => link.words === words)?.get('href');

// All pages that a link leads to, one after the other.
async function walk(path, words) {
    const pages = [];
    for (let next = path; next; next = pageLink(pages.at(-1), words)) {
        const answer = await admin.get(next);
        assert.equal(answer.status, 200, next);
        pages.push(answer);
        assert.ok(pages.length < 10, 'the pages end');
    }
    return pages;
}

function expected(table, where, sort) {
    const [name, direction] = sort.startsWith('-') ? [sort.slice(1), 'DESC'] : [sort, 'ASC'];
    const folded = ['user.email', 'skill.name'].includes(`${table}.${name}`) ? `lower("${name}")` : `"${name}"`;
    return rows(`SELECT id::text FROM "${table}" WHERE ${where} ORDER BY ${folded} ${direction} NULLS LAST, "${table}".id ${direction}`,
        { team, thread, owner, prefix }).map(({ id }) => id);
}

const sortable = {};
for (const [path] of lists) {
    const answer = await admin.get(`/${path}/?${lists.find(([each]) => each === path)[2]}`);
    const links = answer.page.all('thead th a').map((link) => new URLSearchParams(link.get('href').split('?')[1]).get('sort'));
    sortable[path] = links.map((sort) => sort.replace(/^-/, ''));
}

test('the columns that are indexed can be sorted by', () => {
    for (const [path, names] of Object.entries({ members: ['name', 'joined_on'], threads: ['subject', 'due_on', 'created_at'],
        'api-keys': ['description', 'expires_at'], files: ['name', 'size_bytes'], skills: ['name'], teams: ['name'],
        users: ['full_name', 'email'], checkpoints: ['created_at'] }))
        for (const name of names)
            assert.ok(sortable[path].includes(name), `${path} by ${name}: ${sortable[path]}`);
});

for (const [path, table, query, where] of lists)
    for (const sort of sortable[path].flatMap((name) => [name, `-${name}`])) {
        test(`${path} by ${sort}: forwards from the first page, every row once and in order`, async () => {
            const pages = await walk(`/${path}/?${query}&sort=${sort}`, 'Next page');
            assert.deepEqual(pages.flatMap(idsOn), expected(table, where, sort));
            assert.ok(pages.slice(0, -1).every((page) => idsOn(page).length === PAGE));
            assert.equal(pageLink(pages[0], 'Previous page'), undefined);
        });

        test(`${path} by ${sort}: backwards from the last page, every row once and in order`, async () => {
            const first = await admin.get(`/${path}/?${query}&sort=${sort}`);
            const pages = await walk(pageLink(first, 'Last page'), 'Previous page');
            assert.deepEqual(pages.reverse().flatMap(idsOn), expected(table, where, sort));
            assert.equal(pageLink(pages.at(-1), 'Next page'), undefined);
        });
    }

test('a page is the same when it is come to from the other side', async () => {
    const path = `/threads/?team_id=${team}&sort=due_on`;
    const [first, second, third] = await walk(path, 'Next page');
    const back = await admin.get(pageLink(third, 'Previous page'));
    assert.deepEqual(idsOn(back), idsOn(second));
    assert.deepEqual(idsOn(await admin.get(pageLink(back, 'Previous page'))), idsOn(first));
    assert.deepEqual(idsOn(await admin.get(pageLink(second, 'First page'))), idsOn(first));
});

test('the first page knows whether there is a next one, when the rows fill it exactly', async () => {
    const full = make.team();
    psql(`INSERT INTO thread (subject, team_id) SELECT 't' || n, :'full' FROM generate_series(1, :count) n`, { full, count: PAGE });
    const answer = await admin.get(`/threads/?team_id=${full}`);
    assert.equal(idsOn(answer).length, PAGE);
    assert.equal(answer.page.all('nav.pager').length, 0);
});

test('a row that is deleted between two pages shifts nothing', async () => {
    const few = make.team();
    psql(`INSERT INTO thread (subject, team_id) SELECT 't' || lpad(n::text, 3, '0'), :'few' FROM generate_series(1, 60) n`, { few });
    const first = await admin.get(`/threads/?team_id=${few}&sort=subject`);
    psql("DELETE FROM thread WHERE team_id = :'few' AND subject IN ('t001', 't025')", { few });
    const second = await admin.get(pageLink(first, 'Next page'));
    assert.equal(second.rows[0].Subject, 't026');
    psql("INSERT INTO thread (subject, team_id) VALUES ('t000', :'few')", { few });
    assert.equal((await admin.get(pageLink(second, 'Next page'))).rows[0].Subject, 't051');
});

test('an address of a page can be kept: somebody else sees the same rows, sorted and filtered', async () => {
    const [, second] = await walk(`/threads/?team_id=${team}&sort=-due_on&status=open`, 'Next page');
    const other = await newSignedIn(admin);
    const seen = await other.get(second.path);
    assert.deepEqual(idsOn(seen), idsOn(second));
    assert.equal(seen.page.one('th[aria-sort="descending"]').words, 'Due on');
});

// Of members, whose names differ: the ends of two pages can be alike otherwise.
test('pages of a list have titles of their own', async () => {
    const [first, second] = await walk(`/members/?team_id=${team}`, 'Next page');
    const last = await admin.get(pageLink(first, 'Last page'));
    const titles = [first, second, last].map((page) => page.title);
    assert.equal(new Set(titles).size, 3, titles.join());
});

test('a changed sort order or filter begins at the first page', async () => {
    const [, second] = await walk(`/threads/?team_id=${team}`, 'Next page');
    const links = [...second.page.all('thead th a'), ...second.page.all('ul.chips a')].map((link) => link.get('href'));
    assert.ok(links.length >= 4);
    for (const link of links)
        assert.doesNotMatch(link, /[?&](after|before|last)=/);
    assert.deepEqual(second.form('form.filters').names.filter((name) => ['after', 'before', 'last'].includes(name)), []);
});

test('the column that is sorted by says so, and its link turns the order round', async () => {
    for (const [sort, said, next] of [['subject', 'ascending', '-subject'], ['-subject', 'descending', 'subject']]) {
        const answer = await admin.get(`/threads/?team_id=${team}&sort=${sort}`);
        const [column, ...others] = answer.page.all('th[aria-sort]');
        assert.deepEqual([column.words, column.get('aria-sort'), others.length], ['Subject', said, 0]);
        assert.equal(new URLSearchParams(column.one('a').get('href').split('?')[1]).get('sort'), next);
    }
});

for (const [what, query] of [
    ['nonsense', 'after=x'], ['nothing', 'after='], ['JSON that is no list', 'after=e30'], ['one value', 'after=WyJhIl0'],
    ['a key that is none', `after=${btoa('["a","b"]').replace(/=+$/, '')}`],
    ['a date that is none', `sort=due_on&after=${btoa(`["never","${thread}"]`).replace(/=+$/, '')}`],
    ['both directions', 'after=x&before=x'], ['base64 that is cut', 'before=WyJhIiwi'], ['a very long one', `after=${'W'.repeat(8000)}`],
])
    test(`a page after ${what} is refused in words`, async () => {
        const answer = await admin.get(`/threads/?team_id=${team}&${query}`);
        assert.equal(answer.status, 400, answer.words);
        assert.equal(answer.heading, 'This request cannot be understood');
    });

test('counts beyond 10,000 say "about", and are exact again when a filter leaves fewer', async () => {
    const big = make.team();
    try {
        psql("INSERT INTO thread (subject, team_id) SELECT 'big', :'big' FROM generate_series(1, 12000); ANALYZE thread", { big });
        const all = await admin.get('/threads/');
        assert.match(all.page.one('h1 .count').words, /^about 1[1-9],000$/);
        assert.match((await admin.get('/')).page.all('li.card').find((card) => card.one('h2').words === 'Threads').words, /about 1[1-9],000/);
        assert.match((await admin.get(`/threads/?team_id=${big}`)).page.one('h1 .count').words, /^about 1[1-3],000$/);
        assert.equal((await admin.get(`/threads/?team_id=${team}`)).page.one('h1 .count').words, '84');
        psql("DELETE FROM thread WHERE id IN (SELECT id FROM thread WHERE team_id = :'big' LIMIT 2000)", { big });
        assert.equal((await admin.get(`/threads/?team_id=${big}`)).page.one('h1 .count').words, '10,000');
    } finally {
        psql("DELETE FROM team WHERE id = :'big'", { big });
        psql('VACUUM ANALYZE thread');
    }
});
