// What tests put into the database past the site, and what they look up there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { EMAIL, Browser, signedIn, unique } from './lib.mjs';

// Runs SQL; parameters are psql's: :'name' for a value. Returns what psql prints, a line a row.
export function psql(sql, parameters = {}, url = process.env.DATABASE_DIRECT_URL) {
    const variables = Object.entries(parameters).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
    const run = spawnSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...variables, '-f', '-', url],
        { input: sql, encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(run.status, 0, run.stderr || String(run.error));
    return run.stdout;
}

// The rows of one statement as objects.
export function rows(sql, parameters, url) {
    return JSON.parse(psql(`WITH q AS (${sql}) SELECT coalesce(json_agg(q), '[]') FROM q`, parameters, url));
}

export function row(sql, parameters, url) {
    const [first] = rows(sql, parameters, url);
    return first;
}

export function value(sql, parameters, url) {
    return psql(sql, parameters, url).replace(/\n$/, '');
}

// A new row; returns its id.
export function insert(table, values) {
    const given = Object.entries(values).filter(([, each]) => each !== undefined);
    const names = given.map(([name]) => `"${name}"`).join(', ');
    const places = given.map(([, each], i) => (each === null ? 'NULL' : `:'v${i}'`)).join(', ');
    const parameters = Object.fromEntries(given.map(([, each], i) => [`v${i}`, each]));
    return row(`INSERT INTO "${table}" (${names}) VALUES (${places}) RETURNING id`, parameters).id;
}

export function superuserId() {
    return value('SELECT id FROM "user" WHERE email = :\'email\'', { email: EMAIL });
}

export function superuserName() {
    return value('SELECT full_name FROM "user" WHERE email = :\'email\'', { email: EMAIL });
}

export const make = {
    user: (values = {}) => insert('user', { email: `${unique('u')}@example.com`, full_name: unique('User'), ...values }),
    team: (values = {}) => insert('team', { name: unique('team'), owner_id: superuserId(), ...values }),
    member: (team_id, values = {}) => insert('member', { name: unique('m'), role: 'tester', team_id, ...values }),
    skill: (values = {}) => insert('skill', { name: unique('skill'), ...values }),
    thread: (team_id, values = {}) => insert('thread', { subject: unique('subject'), team_id, ...values }),
    checkpoint: (thread_id, values = {}) => insert('checkpoint', { note: unique('note'), thread_id, ...values }),
    upload: (values = {}) => insert('upload', { name: unique('file'), owner_id: superuserId(), ...values }),
    apiKey: (team_id, values = {}) =>
        insert('api_key', { description: unique('key'), hashed_key: unique('hash'), team_id, ...values }),
};

// A person with a password, made by a superuser on the site's own form.
export async function newPerson(superuser, values = {}) {
    const person = { email: `${unique('person')}@example.com`, password: unique('correct battery'), ...values };
    const form = await superuser.form('/users/new');
    const answer = await form.fill({
        email: person.email,
        full_name: person.full_name ?? unique('Person'),
        hashed_password: person.password,
        is_superuser: person.superuser ?? false,
        must_change_password: person.mustChange ?? false,
    }).submit('_save');
    assert.equal(answer.status, 303, answer.words);
    return { ...person, id: answer.location.split('/').pop() };
}

export async function newSignedIn(superuser, values) {
    const person = await newPerson(superuser, values);
    return signedIn(person.email, person.password, superuser.site);
}

export function stranger() {
    return new Browser();
}
