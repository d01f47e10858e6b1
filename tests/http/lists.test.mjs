// Lists: search, filters, counts, and addresses that ask for what cannot be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, psql, row } from './data.mjs';
import { signedIn, unique } from './lib.mjs';

const admin = await signedIn();

const names = (answer) => answer.page.all('tbody th').map((cell) => cell.words);
const list = (path, query) => admin.get(`/${path}/?${new URLSearchParams(query)}`);

// --- Search -------------------------------------------------------------------------------------------------------------

const mark = unique('search');
const subjects = {
    percent: `${mark} 100% sure`, underscore: `${mark} snake_case`, quote: `${mark} O'Brien "said"`, back: `${mark} C:\\temp`,
    plain: `${mark} snakeXcase 1000 sure`, umlaut: `${mark} Größe ÄÖÜ`, asterisk: `${mark} a*b?c[d]`, emoji: `${mark} 👍🏽 done`,
};
const searchTeam = make.team({ name: mark });
for (const subject of Object.values(subjects))
    make.thread(searchTeam, { subject });

for (const [text, found] of [
    ['100%', ['percent']],
    ['%', ['percent']],
    ['snake_', ['underscore']],
    ['_', ['underscore']],
    ["O'Brien", ['quote']],
    ['"said"', ['quote']],
    ['C:\\temp', ['back']],
    ['\\', ['back']],
    ['größe', ['umlaut']],
    ['äöü', ['umlaut']],
    ['a*b?c[d]', ['asterisk']],
    ['👍🏽', ['emoji']],
    ['SURE', ['percent', 'plain']],
    ["'; DROP TABLE thread; --", []],
    ['$1', []],
])
    test(`a search for ${text} finds just that, in any letters`, async () => {
        const query = text.length < 3 ? { q: text, team_id: searchTeam } : { q: text, team_id: searchTeam };
        const answer = await list('threads', query);
        assert.equal(answer.status, 200);
        assert.deepEqual(names(answer).sort(), found.map((each) => subjects[each]).sort());
        assert.equal(answer.form('form.filters').get('q'), text);
    });

test('a search that finds nothing says so, and offers to be cleared', async () => {
    const answer = await list('threads', { q: unique('nothing'), sort: 'subject' });
    assert.equal(answer.page.one('h1 .count').words, '0');
    assert.match(answer.words, /Nothing matches/);
    assert.equal(answer.link('Clear the search and all filters'), '/threads/?sort=subject');
});

test('blanks around what is searched for do not count, and blanks alone are no search', async () => {
    assert.deepEqual(names(await list('threads', { q: ` ${subjects.plain} ` })), [subjects.plain]);
    assert.equal((await list('threads', { q: '   ' })).page.all('ul.chips').length, 0);
});

test('every field that the hint names is searched', async () => {
    for (const [column, value] of Object.entries({ email: `${unique('find')}@example.com`, full_name: unique('Find Me') })) {
        const id = make.user({ [column]: value });
        const answer = await list('users', { q: value });
        assert.deepEqual(answer.page.all('tbody th a').map((link) => link.get('href')), [`/users/${id}`], column);
    }
    assert.equal((await admin.get('/users/')).page.one('#q-hint').words, 'Looks in email and full name.');
});

// --- Filters ------------------------------------------------------------------------------------------------------------

const team = make.team();
for (const [subject, values] of Object.entries({
    A: { status: 'open', due_on: '2030-01-01', created_at: '2020-01-01 00:00:00+00' },
    B: { status: 'waiting', due_on: '2030-01-31', created_at: '2020-01-01 23:59:59.999+00' },
    C: { status: 'done', due_on: '2030-02-01', created_at: '2020-01-02 00:00:00+00' },
    D: { status: 'done', created_at: '2020-01-03 12:00:00+00' },
}))
    make.thread(team, { subject, ...values });

for (const [query, found, chips] of [
    [{}, 'ABCD', []],
    [{ status: 'done' }, 'CD', ['Status: Done']],
    [{ status: '' }, 'ABCD', []],
    [{ 'due_on.from': '2030-01-31' }, 'BC', ['Due on: from 2030-01-31']],
    [{ 'due_on.to': '2030-01-31' }, 'AB', ['Due on: to 2030-01-31']],
    [{ 'due_on.from': '2030-01-02', 'due_on.to': '2030-01-31' }, 'B', ['Due on: 2030-01-02 to 2030-01-31']],
    [{ 'due_on.from': '2031-01-01' }, '', ['Due on: from 2031-01-01']],
    [{ 'due_on.from': '', 'due_on.to': '' }, 'ABCD', []],
    [{ 'created_at.from': '2020-01-01', 'created_at.to': '2020-01-01' }, 'AB', ['Created: 2020-01-01 to 2020-01-01']],
    [{ 'created_at.from': '2020-01-02' }, 'CD', ['Created: from 2020-01-02']],
    [{ status: 'done', 'due_on.to': '2030-12-31' }, 'C', ['Status: Done', 'Due on: to 2030-12-31']],
    [{ status: 'done', q: 'D' }, 'D', ['Status: Done', 'Search: D']],
])
    test(`threads filtered by ${JSON.stringify(query)} are ${found || 'none'}`, async () => {
        const answer = await list('threads', { team_id: team, sort: 'subject', ...query });
        assert.equal(answer.status, 200);
        assert.equal(names(answer).join(''), found);
        assert.equal(answer.page.one('h1 .count').words, String(found.length));
        const said = answer.page.all('ul.chips .chip').map((chip) => chip.words.replace(/^Remove filter | ×$/g, ''));
        assert.deepEqual(said.filter((each) => !each.startsWith('Team: ')), chips);
    });

test('a first day after the last one is told, with both to be corrected, and limits nothing', async () => {
    const team = make.team();
    make.thread(team, { due_on: '2030-05-05' });
    const answer = await list('threads', { team_id: team, 'due_on.from': '2030-02-02', 'due_on.to': '2030-02-01' });
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.problems.map(([text]) => text), ['Due on: the first day is after the last one. Change one of them']);
    assert.equal(answer.rows.length, 1);
    const form = answer.form('form.filters');
    assert.deepEqual([form.get('due_on.from'), form.get('due_on.to')], ['2030-02-02', '2030-02-01']);
});

test('a boolean filter finds yes and no', async () => {
    const mine = unique('bool'), on = make.user({ full_name: `${mine} on` });
    const off = make.user({ full_name: `${mine} off`, is_active: false });
    const ids = async (is_active) => (await list('users', { q: mine, is_active })).page.all('tbody th a')
        .map((link) => Number(link.get('href').split('/').pop()));
    assert.deepEqual(await ids('true'), [on]);
    assert.deepEqual(await ids('false'), [off]);
    assert.equal((await ids('')).length, 2);
});

test('a many-to-many filter finds who has the skill', async () => {
    const skill = make.skill({ name: unique('filter') }), has = make.member(team, { name: unique('has') });
    make.member(team);
    psql("INSERT INTO member_skill VALUES (:'has', :'skill')", { has, skill });
    const answer = await list('members', { skills: skill });
    assert.deepEqual(answer.page.all('tbody th a').map((link) => link.get('href')), [`/members/${has}`]);
    assert.match(answer.page.one('ul.chips').words, /Skills: filter-/);
});

test('a filter by a record that is gone finds nothing, without failing', async () => {
    const answer = await list('threads', { team_id: 999999999 });
    assert.equal(answer.status, 200);
    assert.equal(answer.page.one('h1 .count').words, '0');
});

test('a filter is taken away by its chip, and the others stay', async () => {
    const answer = await list('threads', { team_id: team, status: 'done', 'due_on.from': '2030-01-01', sort: 'subject' });
    const chip = answer.page.all('ul.chips .chip').find((each) => /Status: Done/.test(each.words));
    const less = await admin.get(chip.get('href'));
    assert.equal(names(less).join(''), 'ABC');
    assert.equal((await admin.get(answer.link('Clear all'))).page.all('ul.chips').length, 0);
});

test('the form of the filters keeps relation, sort order and search', async () => {
    const answer = await list('threads', { team_id: team, sort: '-subject' });
    const filtered = await answer.form('form.filters').set('status', 'done').submit();
    assert.deepEqual(names(filtered), ['D', 'C']);
    assert.equal(new URL(filtered.path, 'http://x').searchParams.get('team_id'), String(team));
});

test('a mistyped date is told beside its filter, and everything else is kept', async () => {
    for (const [end, typed] of [['from', '1.2.2030'], ['to', '2030-02-30']]) {
        const answer = await list('threads', { team_id: team, status: 'done', [`due_on.${end}`]: typed });
        assert.equal(answer.status, 422);
        assert.match(answer.title, /^Error: /);
        const [[words, target]] = answer.problems;
        assert.match(words, /year-month-day, such as 2026-03-31/);
        assert.equal(target, '#filter-due_on');
        assert.equal(answer.page.one('#filter-due_on-error').words, `Error: ${words}`);
        const form = answer.form('form.filters');
        assert.equal(form.get(`due_on.${end}`), typed);
        assert.equal(form.get('status'), 'done');
    }
});

// --- Counts -------------------------------------------------------------------------------------------------------------

test('the count is exact, with its thousands', async () => {
    const few = make.team();
    psql("INSERT INTO thread (subject, team_id) SELECT 'x', :'few' FROM generate_series(1, 1234) n", { few });
    const answer = await list('threads', { team_id: few });
    assert.equal(answer.page.one('h1 .count').words, '1,234');
    psql("DELETE FROM team WHERE id = :'few'", { few });
});

test('the overview counts what the lists count', async () => {
    const cards = (await admin.get('/')).page.all('li.card');
    assert.equal(cards.length, 8);
    for (const card of cards) {
        const answer = await admin.get(card.one('a').get('href'));
        assert.equal(card.one('.count').words, answer.page.one('h1 .count').words, card.one('h2').words);
    }
});

// --- What cannot be asked for ---------------------------------------------------------------------------------------------

for (const [path, query, words] of [
    ['threads', 'sort=no_such', /cannot be sorted by 'no_such'/],
    ['threads', 'sort=status', /cannot be sorted by 'status'/],
    ['threads', 'sort=--subject', /cannot be sorted by/],
    ['threads', 'sort=subject;DROP', /cannot be sorted by/],
    ['users', 'sort=hashed_password', /cannot be sorted by/],
    ['users', 'hashed_password=x', /no filter 'hashed_password'/],
    ['api-keys', 'hashed_key=x', /no filter 'hashed_key'/],
    ['threads', 'no_such=1', /no filter 'no_such'/],
    ['threads', 'subject=x', /no filter 'subject'/],
    ['threads', 'due_on=2030-01-01', /no filter 'due_on'/],
    ['threads', 'due_on.at=2030-01-01', /no filter 'due_on.at'/],
    ['threads', 'status.from=open', /no filter 'status.from'/],
    ['threads', 'status=closed', /filter 'status' cannot be 'closed'/],
    ['threads', 'team_id=abc', /filter 'team_id' cannot be 'abc'/],
    ['threads', 'team_id=1%20OR%201=1', /filter 'team_id' cannot be/],
    ['checkpoints', 'thread_id=1', /filter 'thread_id' cannot be '1'/],
    ['members', 'skills=x', /filter 'skills' cannot be 'x'/],
    ['users', 'is_active=maybe', /filter 'is_active' cannot be 'maybe'/],
    ['threads', 'team_id=99999999999999999999', /filter 'team_id' cannot be/],
])
    test(`/${path}/?${query} is refused in words`, async () => {
        const answer = await admin.get(`/${path}/?${query}`);
        assert.equal(answer.status, 400);
        assert.equal(answer.heading, 'This request cannot be understood');
        assert.match(answer.words, words);
    });

test('a list without its last slash is found all the same', async () => {
    const answer = await admin.get('/teams');
    assert.equal(answer.status, 303);
    assert.equal(answer.location, '/teams/');
});

test('a list with nothing in it says so', async () => {
    const answer = await list('api-keys', { team_id: make.team() });
    assert.equal(answer.page.one('h1 .count').words, '0');
    assert.equal(answer.page.all('table').length, 0);
});

test('a cell shows the beginning of a long text, cut between characters', async () => {
    const description = `${'ä👍'.repeat(60)}`;
    const id = make.skill({ name: unique('long'), description });
    psql("UPDATE skill SET owner_id = NULL WHERE id = :'id'", { id });
    const { name } = row("SELECT name FROM skill WHERE id = :'id'", { id });
    const member = make.member(make.team(), { role: 'ö'.repeat(120) });
    const answer = await list('members', { q: row("SELECT name FROM member WHERE id = :'member'", { member }).name });
    assert.equal(answer.rows[0].Role, `${'ö'.repeat(60)}…`);
    assert.ok(!answer.text.includes('\ufffd'));
    assert.equal((await list('skills', { q: name })).rows.length, 1);
});
