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
