// Deleting: what the page before it promises is what happens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, psql, row, rows } from './data.mjs';
import { EMAIL, signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();

// The groups of the page: { label: [count, what happens, examples...] }.
function groups(answer) {
    return Object.fromEntries(answer.page.all('ul.goes li').filter((each) => each.one('h2')).map((each) => {
        const [count, badge] = [each.one('h2 .count').words, each.one('h2 .badge').words];
        const label = each.one('h2').words.slice(count.length, -badge.length).trim();
        return [label, [count, badge, ...each.all('ul li').map((line) => line.words)]];
    }));
}

async function remove(address, browser = admin) {
    return (await browser.form(`${address}/delete`, 'form[data-once]')).submit();
}

const again = (answer, password) => answer.form('form').set('_password', password).submit();

const count = (table, where, parameters) => Number(psql(`SELECT count(*) FROM "${table}" WHERE ${where}`, parameters));

test('what depends on nothing says so', async () => {
    const answer = await admin.get(`/skills/${make.skill()}/delete`);
    assert.match(answer.words, /Nothing else depends on it/);
    assert.deepEqual(groups(answer), {});
});

test('a team takes members, threads, their checkpoints and keys with it: counted, with examples', async () => {
    const team = make.team(), skill = make.skill({ name: unique('needed') });
    const member = make.member(team, { name: 'Only' }), thread = make.thread(team, { subject: 'First' });
    make.thread(team, { subject: 'Second', opened_by_id: member });
    make.checkpoint(thread, { note: 'Saved' });
    make.apiKey(team, { description: 'Door' });
    psql("INSERT INTO team_skill VALUES (:'team', :'skill')", { team, skill });
    const answer = await admin.get(`/teams/${team}/delete`);
    const found = groups(answer);
    assert.deepEqual(found.member, ['1', 'deleted with it', 'Only']);
    assert.deepEqual(Object.keys(found).filter((label) => /\(/.test(label)), [], 'what is deleted loses no link');
    assert.deepEqual([found.threads.slice(0, 2), found.threads.slice(2).sort()], [['2', 'deleted with it'], ['First', 'Second']]);
    assert.deepEqual(found.checkpoint, ['1', 'deleted with it', 'Saved']);
    assert.deepEqual(found['API key'], ['1', 'deleted with it', 'Door']);
    assert.equal(found.skill[1], 'kept, link removed');
    assert.equal(answer.page.one(`a[href="/members/${member}"]`).words, 'Only');
});

test('what the page said goes goes, and what it said stays stays', async () => {
    const team = make.team(), skill = make.skill(), user = make.user();
    const member = make.member(team, { user_id: user }), thread = make.thread(team);
    const checkpoint = make.checkpoint(thread), key = make.apiKey(team);
    psql("INSERT INTO team_skill VALUES (:'team', :'skill'); INSERT INTO member_skill VALUES (:'member', :'skill')",
        { team, skill, member });
    assert.equal((await remove(`/teams/${team}`)).status, 303);
    for (const [table, id] of Object.entries({ team, member, thread, checkpoint, api_key: key }))
        assert.equal(count(table, "id::text = :'id'", { id }), 0, table);
    assert.equal(count('skill', "id = :'skill'", { skill }), 1);
    assert.equal(count('user', "id = :'user'", { user }), 1);
    assert.equal(count('member_skill', "skill_id = :'skill'", { skill }), 0);
});

test('more than ten are counted, and ten are shown', async () => {
    const team = make.team();
    psql("INSERT INTO member (name, role, team_id) SELECT 'm' || n, 'x', :'team' FROM generate_series(1, 1234) n", { team });
    const { members } = groups(await admin.get(`/teams/${team}/delete`));
    assert.equal(members[0], '1,234');
    assert.equal(members.length, 2 + 10 + 1);
    assert.equal(members.at(-1), 'and 1,224 more');
});

test('so many that they are not counted are "more than 10,000", soon', async () => {
    const team = make.team(), thread = make.thread(team);
    psql("INSERT INTO checkpoint (thread_id) SELECT :'thread' FROM generate_series(1, 10100); ANALYZE checkpoint", { thread });
    const begin = Date.now();
    const { checkpoints } = groups(await admin.get(`/teams/${team}/delete`));
    assert.ok(Date.now() - begin < 5000);
    assert.deepEqual([checkpoints[0], checkpoints.at(-1)], ['more than 10,000', 'and more']);
    assert.equal((await remove(`/teams/${team}`)).status, 303);
    assert.equal(count('checkpoint', "thread_id = :'thread'", { thread }), 0);
});

test('somebody who owns a team cannot be deleted, and the page says why and what to do', async () => {
    const user = make.user(), team = make.team({ owner_id: user, name: unique('owned') });
    const answer = await admin.get(`/users/${user}/delete`);
    assert.match(answer.page.one('p.note').words, /cannot be deleted while others need it\. Change or delete what is in the way first/);
    assert.equal(answer.page.all('form[data-once]').length, 0);
    const [label, [total, effect, example]] = Object.entries(groups(answer))[0];
    assert.deepEqual([label, total, effect], ['team (Owner)', '1', 'in the way']);
    assert.equal(answer.link(example), `/teams/${team}`);
});

test('a deletion that is in the way of something is refused even when its form is sent', async () => {
    const user = make.user();
    const form = await admin.form(`/users/${user}/delete`, 'form[data-once]');
    make.team({ owner_id: user });
    const answer = await form.submit();
    assert.equal(answer.status, 409);
    assert.match(answer.words, /in the way/);
    assert.equal(count('user', "id = :'user'", { user }), 1);
});

test('deleting an account asks for one\'s own password first', async () => {
    const user = make.user(), browser = await signedIn();
    const asked = await remove(`/users/${user}`, browser);
    assert.deepEqual([asked.status, asked.heading, asked.link('Cancel')], [403, 'Enter your password again', `/users/${user}`]);
    assert.match(asked.words, /needed to delete this user/);
    const wrong = await again(asked, 'not this one');
    assert.equal(wrong.status, 422);
    assert.equal(count('user', "id = :'user'", { user }), 1);
    assert.equal((await again(wrong, browser.password)).status, 303);
    assert.equal(count('user', "id = :'user'", { user }), 0);
    assert.equal(count('audit', "action = 'password confirmed' AND who = :'email'", { email: EMAIL }) > 0, true);
    const other = make.user();
    assert.equal((await remove(`/users/${other}`, browser)).status, 303, 'not asked for again within some minutes');
});

test('deleting somebody takes their account from memberships and skills, and keeps those', async () => {
    const user = make.user(), member = make.member(make.team(), { user_id: user }), skill = make.skill({ owner_id: user });
    const found = groups(await admin.get(`/users/${user}/delete`));
    assert.deepEqual(found['member (Account)'].slice(0, 2), ['1', 'kept, link removed']);
    assert.deepEqual(found['skill (Owner)'].slice(0, 2), ['1', 'kept, link removed']);
    const asked = await remove(`/users/${user}`);
    assert.equal((asked.status === 403 ? await again(asked, admin.password) : asked).status, 303);
    assert.equal(row("SELECT user_id FROM member WHERE id = :'member'", { member }).user_id, null);
    assert.equal(row("SELECT owner_id FROM skill WHERE id = :'skill'", { skill }).owner_id, null);
});

test('who reported to a deleted member reports to nobody, in the same team', async () => {
    const team = make.team(), boss = make.member(team), member = make.member(team, { reports_to_id: boss });
    const thread = make.thread(team, { opened_by_id: boss });
    assert.equal((await remove(`/members/${boss}`)).status, 303);
    assert.deepEqual(row("SELECT reports_to_id, team_id FROM member WHERE id = :'member'", { member }),
        { reports_to_id: null, team_id: team });
    assert.deepEqual(row("SELECT opened_by_id, team_id FROM thread WHERE id = :'thread'", { thread }),
        { opened_by_id: null, team_id: team });
});

test('a deleted file takes its bytes with it', async () => {
    const made = await create(admin, 'files');
    assert.equal(count('upload_content', "record_id = :'id'", made), 1);
    await remove(made.address);
    assert.equal(count('upload_content', "record_id = :'id'", made), 0);
});

test('a deletion that is sent twice is one', async () => {
    const made = await create(admin, 'skills');
    const form = await admin.form(`${made.address}/delete`, 'form[data-once]');
    assert.equal((await form.submit()).status, 303);
    assert.equal((await form.submit()).status, 404);
    assert.equal(rows("SELECT 1 FROM change WHERE model = 'skill' AND record = :'id' AND action = 'deleted'", made).length, 1);
});

test('the history of a deleted record keeps what it was', async () => {
    const made = await create(admin, 'teams', { description: 'To be remembered' });
    await remove(made.address);
    const history = await admin.get(`${made.address}/history`);
    const { Before, After } = history.rows.find(({ Field }) => Field === 'Description');
    assert.deepEqual([Before, After], ['To be remembered', '–empty']);
});

test('what an account deleted stays in the history when the account is deleted', async () => {
    const made = await create(admin, 'skills');
    const user = make.user();
    psql("UPDATE change SET user_id = :'user' WHERE model = 'skill' AND record = :'id'", { user, id: made.id });
    assert.equal((await remove(`/users/${user}`)).status, 303);
    assert.match((await admin.get(`${made.address}/history`)).page.one('ol.history h2').words, /^Somebody added it/);
});
