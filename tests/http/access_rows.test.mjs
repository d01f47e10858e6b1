// Row-level security: whatever statement the serving role sends, it sees and changes what the person may, and no more.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { MODELS, TITLES, may, world } from './access_people.mjs';
import { make, psql, rows, superuserId, value } from './data.mjs';
import { unique } from './lib.mjs';

const { people, places, records } = await world();
const SERVING = process.env.DATABASE_DIRECT_URL.replace('//roster@', '//roster_web@');
const WHO = ['outsider', 'member', 'owner', 'superuser', 'key'];
const idOf = (who) => (who === 'superuser' ? superuserId() : who === 'key' ? 0 : people[who].id);

// Statements as that person, in one transaction that is rolled back; what they print, or the error.
function as(who, sql, { superuser = who === 'superuser' } = {}) {
    const begin = `BEGIN; SELECT set_config('roster.user', '${idOf(who)}', true), set_config('roster.superuser',
        '${superuser ? 'on' : 'off'}', true), set_config('roster.opened', '${who === 'key' ? places.private.team : ''}', true) \\g /dev/null\n`;
    const run = spawnSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', '-', SERVING],
        { input: `${begin}${sql}; ROLLBACK;`, encoding: 'utf8' });
    return run.status === 0 ? run.stdout.trim().split('\n').filter((line) => line) : run.stderr;
}

const of = (model) => records.filter((record) => record.model === model);
const listed = (model) => of(model).map((record) => `'${record.id}'`).join(',');

test('the serving role owns nothing, is no superuser, and passes no policy by', () => {
    const [role] = rows(`SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
        EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) AS owns FROM pg_roles r WHERE rolname = 'roster_web'`);
    assert.deepEqual(role, { rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: false, owns: false });
    assert.equal(value(`SELECT count(*) FROM pg_roles WHERE rolname IN ('roster', 'roster_dump', 'roster_web_all') AND rolsuper`), '0');
    assert.match(as('superuser', 'CREATE TABLE mine (x int)'), /permission denied/);
    assert.match(as('superuser', 'TRUNCATE team CASCADE'), /permission denied/);
    assert.match(as('superuser', 'UPDATE change SET title = title'), /permission denied/);
    assert.match(as('superuser', 'DELETE FROM audit'), /permission denied/);
    assert.match(as('superuser', 'DELETE FROM roster_revision'), /permission denied/);
});

// The ids that each of several statements gives, each as if the others had not run.
function idsOf(who, statements) {
    const script = statements.map((sql, i) => `SAVEPOINT s; WITH q AS (${sql}) SELECT '${i} ' || id FROM q; ROLLBACK TO s`);
    const lines = as(who, script.join(';\n'));
    assert.ok(Array.isArray(lines), String(lines));
    return statements.map((_, i) => lines.filter((line) => line.startsWith(`${i} `)).map((line) => line.split(' ')[1]).sort());
}

for (const who of WHO)
    test(`a query without any condition gives the ${who} what they may read`, () => {
        const seen = idsOf(who, MODELS.map((model) => `SELECT id FROM "${model}" WHERE id IN (${listed(model)})`));
        for (const [i, model] of MODELS.entries())
            assert.deepEqual(seen[i], of(model).filter((record) => may(who, 'read', record)).map((record) => record.id).sort(), model);
    });

for (const who of WHO.filter((each) => each !== 'superuser'))
    test(`an UPDATE or a DELETE without any condition reaches what the ${who} may change`, () => {
        const reached = idsOf(who, MODELS.flatMap((model) => [
            `UPDATE "${model}" SET ${TITLES[model]} = ${TITLES[model]} WHERE id IN (${listed(model)}) RETURNING id`,
            `DELETE FROM "${model}" WHERE id IN (${listed(model)}) RETURNING id`]));
        for (const [i, model] of MODELS.entries())
            for (const [j, what] of ['change', 'delete'].entries()) {
                // one's own account may be changed there: changing a password is that
                const own = (record) => model === 'user' && what === 'change' && record.kind === who;
                const expected = of(model).filter((record) => may(who, what, record) || own(record));
                assert.deepEqual(reached[2 * i + j], expected.map((record) => record.id).sort(), `${model}, ${what}`);
            }
    });

test('while nobody is known there is what one is known by, accounts and API keys, and nothing else', () => {
    const counts = MODELS.map((model) => `SELECT '${model}', count(*) FROM "${model}"`).join('; ');
    const run = spawnSync('psql', ['-XqAt', '-c', counts, SERVING], { encoding: 'utf8' });
    for (const line of run.stdout.trim().split('\n')) {
        const [model, count] = line.split('|');
        assert.equal(count !== '0', ['user', 'api_key'].includes(model), line);
    }
    const none = MODELS.map((model) => `SELECT '${model}' FROM "${model}"`).join(' UNION ALL ');
    assert.deepEqual(as('outsider', `SELECT set_config('roster.user', '0', true) \\g /dev/null\n${none}`), [],
        'somebody who turned out to be nobody');
});

test('what a person writes does not let them in', () => {
    const [open] = records.filter((record) => record.place === 'open' && record.kind === 'team');
    const [hidden] = records.filter((record) => record.place === 'private' && record.kind === 'team');
    const [self] = records.filter((record) => record.place === 'private' && record.kind === 'self');
    const refused = /row-level security|permission denied/;
    const id = people.outsider.id;
    assert.match(as('outsider', `INSERT INTO member (team_id, name, role, user_id) VALUES (${hidden.id}, 'x', 'x', ${id})`), refused);
    assert.match(as('outsider', `INSERT INTO member (team_id, name, role, user_id) VALUES (${open.id}, 'x', 'x', ${id})`), refused);
    assert.match(as('outsider', `INSERT INTO thread (team_id, subject) VALUES (${open.id}, 'x')`), refused);
    assert.match(as('outsider', `INSERT INTO team (name, owner_id) VALUES ('x', ${people.owner.id})`), refused);
    assert.match(as('outsider', `INSERT INTO api_key (team_id, description, hashed_key) VALUES (${open.id}, 'x', 'x')`), refused);
    assert.match(as('outsider', `UPDATE "user" SET is_superuser = true WHERE id = ${id}`), refused);
    assert.match(as('member', `UPDATE member SET team_id = ${open.id} WHERE id = ${self.id}`), refused);
    assert.match(as('member', `UPDATE member SET user_id = ${id} WHERE id = ${self.id}`), refused);
});

test('nobody makes a record visible to themselves by referring to it', () => {
    const [hidden] = records.filter((record) => record.kind === 'hidden');
    const team = make.team({ owner_id: people.owner.id, visibility: 'private' });
    const add = (user) => `INSERT INTO member (team_id, name, role, user_id) VALUES (${team}, 'x', 'x', ${user}) RETURNING 'added'`;
    assert.deepEqual(as('owner', `SELECT id FROM "user" WHERE id = ${hidden.id}`), []);
    assert.match(as('owner', add(hidden.id)), /row-level security/);
    assert.deepEqual(as('superuser', add(hidden.id)), ['added']);
    assert.deepEqual(as('owner', add(people.member.id)), ['added'], 'whom one meets');
    const lead = make.member(team), other = make.member(make.team({ owner_id: people.stranger.id, visibility: 'private' }));
    const report = (to) => `INSERT INTO member (team_id, name, role, reports_to_id) VALUES (${team}, 'x', 'x', ${to}) RETURNING 'added'`;
    assert.deepEqual(as('owner', report(lead)), ['added'], 'within one table');
    assert.match(as('owner', report(other)), /row-level security/);
    const update = (user) => `UPDATE member SET role = 'y', user_id = ${user} WHERE id = ${lead} RETURNING 'saved'`;
    assert.match(as('owner', update(hidden.id)), /row-level security/, 'nor by a change');
    assert.deepEqual(as('owner', update(people.member.id)), ['saved']);
    assert.deepEqual(as('owner', `UPDATE member SET user_id = NULL WHERE id = ${lead} RETURNING 'saved'`), ['saved']);
    assert.deepEqual(as('superuser', `UPDATE member SET user_id = ${hidden.id} WHERE id = ${lead} RETURNING 'saved'`), ['saved']);
});

test('a change keeps a reference that it found, whoever may see it', () => {
    const [hidden] = records.filter((record) => record.kind === 'hidden');
    const lead = make.member(make.team({ owner_id: people.stranger.id, visibility: 'private' }), { user_id: hidden.id });
    const kept = (user, who) => as(who, `SELECT roster_member__kept_user_id('${lead}', '${user}')`);
    assert.deepEqual(kept(hidden.id, 'superuser'), ['t']);
    assert.deepEqual(kept(people.owner.id, 'superuser'), ['f']);
    assert.deepEqual(kept(hidden.id, 'owner'), ['f'], 'nor is it a way to guess');
    const [policy] = rows(`SELECT with_check AS text FROM pg_policies WHERE tablename = 'member' AND policyname = 'roster_change'`);
    assert.match(policy.text, /roster_user__seen\(\(user_id\)::text\) OR roster_member__kept_user_id\(\(id\)::text, \(user_id\)::text\)/);
});

test('what one rule lets change is not taken away with what another lets it become', () => {
    const [self] = records.filter((record) => record.place === 'private' && record.kind === 'self');
    const mine = make.team({ owner_id: people.member.id }), elsewhere = make.team({ owner_id: people.owner.id });
    const move = (team, id = self.id) => `UPDATE member SET team_id = ${team} WHERE id = ${id} RETURNING id`;
    assert.match(as('member', move(mine)), /row-level security/, 'out of a team, into an own one');
    const [shift] = as('member', `UPDATE member SET role = 'still here' WHERE id = ${self.id} RETURNING id`);
    assert.equal(shift, self.id);
    assert.deepEqual(as('owner', move(elsewhere)), [self.id], 'both are the owner\'s');
});

test('a file is not read by linking it to oneself', () => {
    const [foreign] = records.filter((record) => record.place === 'open' && record.kind === 'upload');
    const [self] = records.filter((record) => record.place === 'private' && record.kind === 'self');
    assert.match(as('member', `INSERT INTO member_upload (member_id, upload_id) VALUES (${self.id}, ${foreign.id})`), /row-level security/);
    assert.deepEqual(as('member', `SELECT position FROM upload_content WHERE record_id = ${foreign.id}`), []);
    const [given] = records.filter((record) => record.place === 'private' && record.kind === 'upload');
    assert.match(as('member', `INSERT INTO member_upload (member_id, upload_id) VALUES (${self.id}, ${given.id})`), /row-level security/, 'nor passed on');
    const [own] = records.filter((record) => record.place === 'private' && record.kind === 'upload');
    assert.deepEqual(as('member', `SELECT position FROM upload_content WHERE record_id = ${own.id}`), ['0']);
});

test('the history shows what the record does', () => {
    const word = unique('changed');
    for (const record of records.filter((each) => each.model !== 'user'))
        psql(`INSERT INTO change (action, model, record, title) VALUES ('changed', '${record.model}', '${record.id}', '${word}')`);
    for (const who of WHO) {
        const seen = as(who, `SELECT DISTINCT model || ' ' || record FROM change WHERE title = '${word}'`);
        // Keys read none of it.
        const expected = records.filter((each) => each.model !== 'user' && who !== 'key' && may(who, 'read', each));
        assert.deepEqual(seen.sort(), expected.map(({ model, id }) => `${model} ${id}`).sort(), who);
    }
});

test('a link to a file is seen by those who see both', () => {
    const [file] = records.filter((record) => record.place === 'private' && record.kind === 'upload');
    const [open] = records.filter((record) => record.place === 'open' && record.kind === 'other');
    psql(`INSERT INTO member_upload VALUES (${open.id}, ${file.id})`);
    for (const who of WHO)
        assert.equal(as(who, `SELECT count(*) FROM member_upload WHERE member_id = ${open.id} AND upload_id = ${file.id}`)[0],
            may(who, 'read', file) ? '1' : '0', who);
    psql(`DELETE FROM member_upload WHERE member_id = ${open.id} AND upload_id = ${file.id}`);
});

test('links: one sees those of records that one sees, and makes and breaks those of records that one may change', () => {
    const of_ = (place, kind) => records.find((record) => record.place === place && record.kind === kind);
    const team = of_('private', 'team'), skill = of_('private', 'skill'), other = of_('private', 'other');
    for (const who of WHO) {
        assert.equal(as(who, `SELECT count(*) FROM team_skill WHERE team_id = ${team.id}`)[0], may(who, 'read', team) ? '1' : '0', who);
        assert.equal(as(who, `WITH d AS (DELETE FROM member_skill WHERE member_id = ${other.id} AND skill_id = ${skill.id} RETURNING 1)
            SELECT count(*) FROM d`)[0], may(who, 'change', other) ? '1' : '0', who);
    }
});
