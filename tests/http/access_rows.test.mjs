// Row-level security: whatever statement the serving role sends, it sees and changes what the person may, and no more.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { MODELS, TITLES, may, world } from './access_people.mjs';
import { psql, rows, superuserId, value } from './data.mjs';

const { people, records } = await world();
const SERVING = process.env.DATABASE_DIRECT_URL.replace('//roster@', '//roster_web@');
const WHO = ['outsider', 'member', 'owner', 'superuser'];
const idOf = (who) => (who === 'superuser' ? superuserId() : people[who].id);

// Statements as that person, in one transaction that is rolled back; what they print, or the error.
function as(who, sql, { superuser = who === 'superuser' } = {}) {
    const begin = `BEGIN; SELECT set_config('roster.user', '${idOf(who)}', true), set_config('roster.superuser',
        '${superuser ? 'on' : 'off'}', true) \\g /dev/null\n`;
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

for (const model of MODELS)
    test(`a query of ${model} without any condition gives each person what they may read`, () => {
        for (const who of WHO) {
            const seen = as(who, `SELECT id FROM "${model}" WHERE id IN (${listed(model)})`);
            const expected = of(model).filter((record) => may(who, 'read', record)).map((record) => record.id);
            assert.deepEqual(seen.sort(), expected.sort(), who);
        }
    });

for (const model of MODELS)
    test(`${model}: an UPDATE and a DELETE without any condition reach what the person may change`, () => {
        for (const who of WHO.filter((each) => each !== 'superuser')) {
            for (const [what, sql] of [['change', `UPDATE "${model}" SET ${TITLES[model]} = ${TITLES[model]}`], ['delete', `DELETE FROM "${model}"`]]) {
                const reached = as(who, `${sql} WHERE id IN (${listed(model)}) RETURNING id`);
                // one's own account may be changed there: changing a password is that
                const own = (record) => model === 'user' && what === 'change' && record.kind === who;
                const expected = of(model).filter((record) => may(who, what, record) || own(record)).map((record) => record.id);
                assert.deepEqual([...reached].sort(), expected.sort(), `${who}, ${what}`);
            }
        }
    });

test('nobody: before anybody is known there are accounts to sign in with, and nothing else', () => {
    for (const model of MODELS.filter((each) => each !== 'user')) {
        const run = spawnSync('psql', ['-XqAt', '-c', `SELECT count(*) FROM "${model}"`, SERVING], { encoding: 'utf8' });
        assert.equal(run.stdout.trim(), model === 'skill' ? run.stdout.trim() : '0', model);
    }
    for (const model of MODELS)
        assert.deepEqual(as('outsider', `SELECT set_config('roster.user', '0', true) \\g /dev/null
            SELECT id FROM "${model}" WHERE id IN (${listed(model)})`).sort(),
        of(model).filter((record) => record.place === 'open' && !['upload', 'api_key'].includes(model) || model === 'skill').map((record) => record.id).sort(), model);
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

test('a file is not read by linking it to oneself', () => {
    const [foreign] = records.filter((record) => record.place === 'open' && record.kind === 'upload');
    const [self] = records.filter((record) => record.place === 'private' && record.kind === 'self');
    assert.match(as('member', `INSERT INTO member_upload (member_id, upload_id) VALUES (${self.id}, ${foreign.id})`), /row-level security/);
    assert.deepEqual(as('member', `SELECT position FROM upload_content WHERE record_id = ${foreign.id}`), []);
    const [own] = records.filter((record) => record.place === 'private' && record.kind === 'upload');
    assert.deepEqual(as('member', `SELECT position FROM upload_content WHERE record_id = ${own.id}`), ['0']);
});

test('the history shows what the record does', () => {
    for (const record of records.filter((each) => each.model !== 'user'))
        psql(`INSERT INTO change (action, model, record, title) VALUES ('changed', '${record.model}', '${record.id}', 'x')`);
    for (const who of WHO)
        for (const record of records.filter((each) => each.model !== 'user'))
            assert.equal(as(who, `SELECT count(*) > 0 FROM change WHERE model = '${record.model}' AND record = '${record.id}'`)[0],
                may(who, 'read', record) ? 't' : 'f', `${who}, ${record.kind} ${record.place}`);
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
