// What is let out of hand: records moved to where they are not wanted, files passed on, and what that tells of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, newPerson, psql, value } from './data.mjs';
import { signedIn, unique } from './lib.mjs';

const superuser = await signedIn();
const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map(async (name) => {
    const person = await newPerson(superuser, { full_name: unique(name) });
    return { ...person, browser: await signedIn(person.email, person.password) };
}));
const teamOf = (person, visibility = 'private') => make.team({ owner_id: person.id, visibility });

test('a member does not take their own record to a team of theirs', async () => {
    const team = teamOf(alice), mine = teamOf(carol);
    const id = make.member(team, { user_id: carol.id });
    const form = await carol.browser.form(`/members/${id}/edit`);
    const answer = await form.fill({ team_id: mine, backstory: 'taken along' }).submit('_save');
    assert.equal(answer.status, 403, answer.words);
    assert.match(answer.words, /not move/);
    assert.equal(value(`SELECT team_id FROM member WHERE id = ${id}`), String(team));
    const stays = await (await carol.browser.form(`/members/${id}/edit`)).set('backstory', 'here').submit('_save');
    assert.equal(stays.status, 303, stays.words);
    const other = teamOf(alice);
    const moved = await (await alice.browser.form(`/members/${id}/edit`)).set('team_id', other).submit('_save');
    assert.equal(moved.status, 303, moved.words);
});

// A file of that person's, read by others through a member of that team.
function fileOf(person, team) {
    const upload = make.upload({ name: `${unique('secret')}.txt`, owner_id: person.id, status: 'completed' });
    const member = make.member(team);
    psql(`INSERT INTO member_upload VALUES (${member}, ${upload})`);
    return { upload, member, name: value(`SELECT name FROM upload WHERE id = ${upload}`) };
}

async function edit(person, member, change) {
    const form = await person.browser.form(`/members/${member}/edit`);
    change(form);
    return form.submit('_save');
}

test('who reads a file through a team does not pass it on', async () => {
    const shared = teamOf(alice), own = teamOf(bob);
    make.member(shared, { user_id: bob.id });
    const { upload, member, name } = fileOf(alice, shared);
    assert.equal((await bob.browser.get(`/files/${upload}`)).status, 200);
    const target = make.member(own);
    const refused = await edit(bob, target, (form) => form.add('uploads[]', upload));
    assert.equal(refused.status, 422, refused.words);
    assert.match(refused.problem('uploads'), /only who may change this file may add it here/);
    assert.ok(refused.problem('uploads').includes(name));
    assert.equal(value(`SELECT count(*) FROM member_upload WHERE member_id = ${target}`), '0');
    const fresh = await bob.browser.form('/members/new');
    const made = await fresh.fill({ name: unique('m'), team_id: own, role: 'taker' }).add('uploads[]', upload).submit('_save');
    assert.equal(made.status, 422, made.words);
    // once the owner takes it away, nothing is left of it
    assert.equal((await edit(alice, member, (form) => form.drop('uploads[]'))).status, 303);
    assert.equal((await bob.browser.get(`/files/${upload}`)).status, 404);
});

test('who edits a member keeps the files that others have put there', async () => {
    const team = teamOf(alice), { upload, member } = fileOf(alice, team);
    psql(`UPDATE member SET user_id = ${bob.id} WHERE id = ${member}`);
    const answer = await edit(bob, member, (form) => form.set('backstory', 'edited'));
    assert.equal(answer.status, 303, answer.words);
    assert.equal(value(`SELECT count(*) FROM member_upload WHERE member_id = ${member} AND upload_id = ${upload}`), '1');
    const own = make.upload({ owner_id: bob.id });
    assert.equal((await edit(bob, member, (form) => form.add('uploads[]', own))).status, 303, 'and adds their own');
});

test('a filter by a record that one may not see finds nothing', async () => {
    const team = teamOf(alice, 'open'), { upload, member } = fileOf(alice, team);
    const hidden = teamOf(alice);
    make.thread(hidden);
    const found = async (person, path) => (await person.browser.get(path)).rows.length;
    assert.equal(await found(alice, `/members/?uploads=${upload}`), 1);
    assert.equal(await found(carol, `/members/?uploads=${upload}`), 0);
    assert.equal((await carol.browser.get(`/members/${member}`)).status, 200);
    assert.equal(await found(alice, `/threads/?team_id=${hidden}`), 1);
    assert.equal(await found(carol, `/threads/?team_id=${hidden}`), 0);
});

test('the history names files to those who may read them', async () => {
    const team = teamOf(alice, 'open'), member = make.member(team);
    const name = `${unique('merger')}.txt`, upload = make.upload({ name, owner_id: alice.id, status: 'completed' });
    assert.equal((await edit(alice, member, (form) => form.add('uploads[]', upload))).status, 303);
    const shown = async (browser) => (await browser.get(`/members/${member}/history`)).rows.map(({ Field, After }) => `${Field}: ${After}`);
    assert.deepEqual(await shown(alice.browser), [`Files: ${name}`]);
    assert.deepEqual(await shown(superuser), [`Files: ${name}`]);
    const page = await carol.browser.get(`/members/${member}/history`);
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes(name), 'hidden from who may not read it');
    assert.deepEqual(page.rows, []);
    assert.ok(!value(`SELECT after FROM change WHERE model = 'member' AND record = '${member}'`).includes(name));
    // what is gone is remembered for superusers
    await (await alice.browser.form(`/files/${upload}/delete`, 'form[data-once]')).submit();
    assert.deepEqual(await shown(superuser), [`Files: ${name}`]);
    assert.deepEqual(await shown(alice.browser), []);
    // lines of earlier versions have titles
    psql(`INSERT INTO change (action, model, record, title, before, after) VALUES ('changed', 'member', '${member}', 'x', '{}', '{"uploads": ["${name}"]}')`);
    assert.ok((await superuser.get(`/members/${member}/history`)).text.includes(name));
    assert.ok(!(await carol.browser.get(`/members/${member}/history`)).text.includes(name));
});

test('a name that is taken is told in the same words whether one may see whose it is or not', async () => {
    const said = async (visibility, values = {}) => {
        const name = value(`SELECT name FROM team WHERE id = ${teamOf(alice, visibility)}`);
        const form = (await carol.browser.form('/teams/new')).fill({ name, ...values });
        const answer = await form.submit('_save');
        assert.equal(answer.status, 422, answer.words);
        return answer.problems;
    };
    assert.deepEqual(await said('open'), [['Another team has this name. Enter a different one', '#field-name']]);
    assert.deepEqual(await said('private'), await said('open'));
    const other = { description: 'x'.repeat(4001) };
    assert.deepEqual(await said('private', other), await said('open', other), 'beside another mistake');
});

test('the token of a form is good for who it was given to, and for what', async () => {
    const form = (await alice.browser.form('/teams/new')).fill({ name: unique('team') });
    const first = await form.submit('_save'), token = form.get('_token');
    assert.equal((await form.submit('_save')).location, first.location, 'twice is once');
    const other = (await carol.browser.form('/teams/new')).fill({ name: unique('team') }).drop('_token').add('_token', token);
    const answer = await other.submit('_save');
    assert.equal(answer.status, 303);
    assert.notEqual(answer.location, first.location);
    const skill = (await alice.browser.form('/skills/new')).fill({ name: unique('skill') }).drop('_token').add('_token', token);
    assert.match((await skill.submit('_save')).location, /^\/skills\//);
    assert.equal((await alice.browser.get(first.location)).status, 200);
});
