// A database that another program made: its models are printed, built, and then there is nothing to do but to add the
// tables that the site itself needs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUILD, ROOT } from './own_site.mjs';

const folder = mkdtempSync(join(tmpdir(), 'roster-inspect-')), build = join(BUILD, 'library');
const name = `roster_test_inspect_${process.pid}`, there = process.env.DATABASE_DIRECT_URL;
const url = there.replace(/\/roster\?/, `/${name}?`);
const env = { ...process.env, DATABASE_URL: url, DATABASE_DIRECT_URL: url, ROSTER_MIGRATIONS: folder };
for (const variable of ['MAKEFLAGS', 'MAKELEVEL', 'MFLAGS']) delete env[variable];

function run(program, ...words) {
    return spawnSync(program, words, { cwd: ROOT, env, encoding: 'utf8' });
}

function psql(address, sql) {
    const { status, stderr } = run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', sql, address);
    assert.equal(status, 0, stderr);
}

const TABLES = `CREATE TYPE colour AS ENUM ('red', 'deep blue');
    CREATE TABLE boats (boat_no serial PRIMARY KEY, called varchar(40) NOT NULL, paint colour, tags text[]);
    CREATE INDEX boats_by_name ON boats (lower(called));
    CREATE TABLE trips (id serial PRIMARY KEY, boat integer NOT NULL CONSTRAINT of_boat REFERENCES boats, on_day date);
    CREATE TABLE crew (boat integer REFERENCES boats, person text, PRIMARY KEY (boat, person));
    CREATE VIEW red_boats AS SELECT * FROM boats WHERE paint = 'red'`;

mkdirSync(build, { recursive: true });
copyFileSync(join(ROOT, 'migrations/template.sql'), join(folder, 'template.sql'));
psql(there, `CREATE DATABASE ${name}`);
psql(url, TABLES);
after(() => {
    psql(there, `DROP DATABASE ${name} WITH (FORCE)`);
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(build, 'models.d'), { force: true }); // the models file is gone
});

test('the models of another program build, and check finds nothing to do', () => {
    const printed = run(join(BUILD, 'roster'), 'inspect', url);
    assert.equal(printed.status, 0, printed.stderr);
    assert.match(printed.stderr, /no terms for 2 things; look for "not said"/);
    assert.match(printed.stdout, /"tags", \/\* not said: column tags text\[\]: no field has this type \*\//);
    assert.match(printed.stdout, /\.table = "crew", \.ignored = true, \/\* not said: table crew: its primary key has several columns/);
    const file = join(folder, 'models.c');
    writeFileSync(file, printed.stdout);
    const made = run('make', `BUILD=${build}`, `MODELS=${file}`, join(build, 'roster'));
    assert.equal(made.status, 0, made.stdout + made.stderr);
    const checked = run(join(build, 'roster'), 'check');
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.match(checked.stdout, /as the models want it/);
    assert.match(checked.stderr, /the tables that the site itself needs .* are not there yet/);
});

test('the first revision makes what the site needs, and touches nothing that is there', () => {
    const written = run(join(build, 'roster'), 'revision', '--autogenerate', '-m', 'what the site needs');
    assert.equal(written.status, 0, written.stderr);
    const files = readdirSync(folder).filter((file) => /^\d.*\.sql$/.test(file));
    assert.equal(files.length, 1);
    assert.doesNotMatch(readFileSync(join(folder, files[0]), 'utf8'), /boats|trips|crew|colour/); // neither up nor down
    assert.equal(run(join(build, 'roster'), 'upgrade', 'head').status, 0);
    const checked = run(join(build, 'roster'), 'check');
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.equal(checked.stderr, '');
});

test('a change of what is described is found, and one of what is not is left alone', () => {
    psql(url, 'ALTER TABLE crew ADD COLUMN rank int; ALTER TABLE boats ALTER COLUMN tags SET DEFAULT \'{}\'; DROP VIEW red_boats');
    assert.equal(run(join(build, 'roster'), 'check').status, 0);
    psql(url, 'ALTER TABLE boats ADD COLUMN length int');
    const checked = run(join(build, 'roster'), 'check');
    assert.equal(checked.status, 4);
    assert.equal(checked.stdout.trim(), 'drop column boats.length');
});
