// The migration engine beside Alembic and psql: looking for differences where there are none, on the project's models and
// on a thousand tables, and applying fifty small revisions. What is compared runs in turn, as a process of its own each
// time, on the same server.
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, run } from './load.mjs';

const BUILD = process.env.BUILD, WORK = join(process.env.BENCH_WORK, 'migrations');
const ROUNDS = Number(process.env.ROUNDS ?? 3); // of what takes seconds; three times as many of the rest
const TABLES = 1000, REVISIONS = 50;
const PYTHON = '/usr/bin/python3'; // Debian's, which has the packages
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const server = new URL(process.env.DATABASE_DIRECT_URL.replace('///', '//localhost/').replace('@/', '@localhost/'));

function urls(database) {
    const query = server.search, user = server.username;
    const own = `postgresql://${user}@/${database}${query}`;
    return {
        DATABASE_URL: own,
        DATABASE_DIRECT_URL: own,
        BENCH_SQLALCHEMY_URL: `postgresql+psycopg2://${user}@/${database}${query}`,
    };
}

async function timed(program, args, env) {
    const start = process.hrtime.bigint();
    await run(program, args, env);
    return Number(process.hrtime.bigint() - start) / 1e6;
}

async function database(name) {
    const words = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', process.env.DATABASE_DIRECT_URL];
    await run('psql', [...words, '-c', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, '-c', `CREATE DATABASE ${name}`]);
}

/* In turn, so that what else the machine does meets both; each before its turn prepares what is not measured. */
async function inTurn(contenders, rounds) {
    const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
        for (const [name, { before, measure }] of Object.entries(contenders)) {
            await before?.();
            times[name].push(await measure());
        }
    return Object.fromEntries(Object.entries(times).map(([name, list]) =>
        [name, { median: median(list), least: Math.min(...list), most: Math.max(...list) }]));
}

function show(report, title, results) {
    console.log(`\n${title}`);
    for (const [name, { median: middle, least, most }] of Object.entries(results))
        console.log(`  ${name.padEnd(48)}${middle.toFixed(1).padStart(9)} ms  (${least.toFixed(1)} to ${most.toFixed(1)})`);
    report.results.migrations ??= {};
    report.results.migrations[title] = results;
}

/* --- No difference ------------------------------------------------------------------------------------------- */

/* A folder in which alembic compares that database with what SQLAlchemy read of it. */
async function alembic(name, env) {
    const folder = join(WORK, `alembic-${name}`);
    mkdirSync(join(folder, 'versions'), { recursive: true });
    writeFileSync(join(folder, 'alembic.ini'), `[alembic]\nscript_location = ${folder}\n`);
    writeFileSync(join(folder, 'script.py.mako'), '# ${up_revision}\n${upgrades}\n');
    cpSync(here('alembic_env.py'), join(folder, 'env.py'));
    const all = { ...env, BENCH_METADATA: join(folder, 'metadata') };
    const tables = Number((await run(PYTHON, [here('alembic_reflect.py')], all)).trim().split('\n').at(-1));
    const words = ['-m', 'alembic.config', '-c', join(folder, 'alembic.ini'), 'revision', '--autogenerate', '-m', 'none'];
    return {
        tables,
        measure: () => timed(PYTHON, words, all),
        check: () => {
            if (readdirSync(join(folder, 'versions')).some((file) => file.endsWith('.py')))
                throw new Error(`alembic found a difference in ${name}`);
        },
    };
}

async function compareNothing(report, name, roster, env, rounds) {
    const other = await alembic(name, env);
    const title = `no difference, ${other.tables} tables`;
    const results = await inTurn({
        'roster check': { measure: () => timed(roster, ['check'], env) },
        'alembic revision --autogenerate': other,
    }, rounds);
    other.check();
    show(report, title, results);
    report.target(`alembic beside roster check, ${other.tables} tables`,
        results['alembic revision --autogenerate'].median / results['roster check'].median, 'at least', 5);
}

/* --- A thousand tables --------------------------------------------------------------------------------------- */

/* A models file of its own making: numbers, texts, choices, dates, keys, references to the tables before. */
function manyModels() {
    const models = Array.from({ length: TABLES }, (_, i) => `static const struct model m${i} = {
    .table = "t${i}", .path = "t${i}",
    .fields = (const struct field[]){
        { .name = "name", .type = FIELD_TEXT, .max_length = 80, .required = true, .unique = true },
        { .name = "note", .type = FIELD_LONG_TEXT },
        { .name = "amount", .type = FIELD_DECIMAL, .precision = 12, .scale = 2, .minimum = "0", .default_sql = "0" },
        { .name = "count", .type = FIELD_INTEGER, .required = true, .default_sql = "1", .indexed = true },
        { .name = "active", .type = FIELD_BOOLEAN },
        ${i % 10 === 0 ? `{ .name = "state", .type = FIELD_CHOICE, .choices = (const struct choice[]){ { .value = "open" },
          { .value = "done" }, { 0 } } },` : ''}
        { .name = "due_on", .type = FIELD_DATE },
        { .name = "parent_id", .type = FIELD_REFERENCE, .references = "t${Math.floor(i / 2)}" },
        { 0 },
    },
};`);
    const list = Array.from({ length: TABLES }, (_, i) => `&m${i},`).join(' ');
    return `#include "model.h"\n\n${models.join('\n\n')}\n\nconst struct model *const models[] = { ${list} NULL };\n`
        + 'const struct panel overview_panels[] = { { 0 } };\n';
}

/* The program with those models, built on the objects that are there already. */
async function buildMany() {
    const build = join(WORK, 'build'), models = join(WORK, 'models.c');
    mkdirSync(build);
    for (const part of ['db', 'gen', '.flags', '.deps-build'])
        if (existsSync(join(BUILD, part))) cpSync(join(BUILD, part), join(build, part), { recursive: true, preserveTimestamps: true });
    writeFileSync(models, manyModels());
    await run('make', [`BUILD=${build}`, `MODELS=${models}`, join(build, 'roster')], { MAKEFLAGS: '', MFLAGS: '', MAKELEVEL: '' });
    return join(build, 'roster');
}

function folder(name) {
    const path = join(WORK, name);
    mkdirSync(path, { recursive: true });
    cpSync('migrations/template.sql', join(path, 'template.sql'));
    return path;
}

async function measureMany(report) {
    const roster = await buildMany(), name = 'bench_many';
    const env = { ...urls(name), ROSTER_MIGRATIONS: folder('many') };
    await database(name);
    await run(roster, ['revision', '--autogenerate', '-m', 'a thousand tables'], env);
    await run(roster, ['upgrade', 'head'], env);
    await compareNothing(report, name, roster, env, ROUNDS);
}

/* --- Fifty revisions ----------------------------------------------------------------------------------------- */

const two = (number) => String(number).padStart(2, '0');

/* What a small revision does: a table now and then, otherwise a column, a default, an index or a few rows. */
function statements(i) {
    const table = `s${Math.floor(i / 5)}`;
    return [
        [`CREATE TABLE ${table} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL)`],
        [`ALTER TABLE ${table} ADD COLUMN c${i} integer NOT NULL DEFAULT ${i}`, `ALTER TABLE ${table} ADD CHECK (c${i} < 1000)`],
        [`INSERT INTO ${table} (name) SELECT 'row ' || n FROM generate_series(1, 20) n`],
        [`CREATE INDEX ${table}_name_idx ON ${table} (name)`, `COMMENT ON TABLE ${table} IS 'made by revision ${i}'`],
        [`ALTER TABLE ${table} ALTER COLUMN name SET DEFAULT 'none'`],
    ][i % 5];
}

/* The same statements in the same transactions. */
function writeFifty(path) {
    const plain = [];
    for (let i = 0; i < REVISIONS; i++) {
        const up = statements(i).map((statement) => `${statement};`).join('\n');
        writeFileSync(join(path, `r0${two(i)}.sql`), `-- revision: r0${two(i)}\n-- parents: ${i ? `r0${two(i - 1)}` : ''}\n`
            + `-- message: number ${i}\n-- created: 2026-11-22T10:${two(i)}:00Z\n-- irreversible: only measured\n-- +up\n${up}\n-- +down\n`);
        plain.push(`BEGIN;\n${up}\nCOMMIT;\n`);
    }
    const file = join(WORK, 'fifty.sql');
    writeFileSync(file, plain.join(''));
    return file;
}

async function measureFifty(report) {
    const path = folder('fifty'), file = writeFifty(path), roster = join(BUILD, 'roster');
    const env = { ...urls('bench_fifty'), ROSTER_MIGRATIONS: path };
    const before = () => database('bench_fifty');
    const results = await inTurn({
        'roster upgrade head': { before, measure: () => timed(roster, ['upgrade', 'head'], env) },
        'psql -f, the same statements and transactions': {
            before,
            measure: () => timed('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', file, env.DATABASE_URL]),
        },
    }, 3 * ROUNDS);
    show(report, `${REVISIONS} small revisions`, results);
    const [own, plain] = Object.values(results);
    report.target('roster upgrade beside psql -f', own.median / plain.median, 'at most', 2);
}

export async function measureMigrations(report) {
    mkdirSync(WORK, { recursive: true });
    const name = new URL(server).pathname.slice(1);
    await compareNothing(report, name, join(BUILD, 'roster'), urls(name), 3 * ROUNDS);
    await measureMany(report);
    await measureFifty(report);
}
