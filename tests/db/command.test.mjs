// The roster command, verb by verb, on a database of its own: what it prints, and the exit code that says what happened.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { psql, value } from '../http/data.mjs';
import { BUILD, ROOT, newFolder } from '../http/own_site.mjs';

const folder = newFolder('command'), migrations = join(folder, 'migrations'), variable = join(folder, 'var');
const there = process.env.DATABASE_DIRECT_URL, database = `roster_test_command_${process.pid}`;
const url = there.replace(/\/roster\?/, `/${database}?`);
const environment = { ...process.env, DATABASE_URL: url, DATABASE_DIRECT_URL: url, ROSTER_MIGRATIONS: migrations, ROSTER_VAR: variable };
// The project's own, in their order.
const ids = readdirSync(join(ROOT, 'migrations')).filter((name) => /^\d{8}_/.test(name)).sort().map((name) => name.split('_')[2]);
const head = ids[ids.length - 1];
const usage = 2, pending = 3, differs = 4, heads = 5, edited = 6, refused = 7, unreachable = 8;

function roster(words, more = {}) {
    const run = spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, env: { ...environment, ...more }, encoding: 'utf8' });
    return { code: run.status, out: run.stdout, said: run.stderr, lines: run.stdout.trimEnd().split('\n') };
}

function done(...words) {
    const run = roster(words);
    assert.equal(run.code, 0, `roster ${words.join(' ')}: ${run.out}${run.said}`);
    return run;
}

function fails(code, words, about, more) {
    const run = roster(words, more);
    assert.equal(run.code, code, `roster ${words.join(' ')}: ${run.out}${run.said}`);
    assert.match(run.said, about);
    return run;
}

// The revisions of the folder that are not the program's own.
function write(id, parents, up, down = '') {
    const file = join(migrations, `${id}_made_by_a_test.sql`);
    writeFileSync(file, `-- revision: ${id}\n-- parents: ${parents}\n-- message: about ${id}\n-- created: 2026-11-26T10:15:00Z\n-- +up\n${up}\n-- +down\n${down}\n`);
    return file;
}

const files = () => readdirSync(migrations).filter((name) => /^\d{8}_|made_by/.test(name));

before(() => {
    mkdirSync(variable);
    cpSync(join(ROOT, 'migrations'), migrations, { recursive: true });
    psql(`CREATE DATABASE ${database}`, {}, there);
});
after(() => {
    for (const name of value(`SELECT datname FROM pg_database WHERE datname LIKE '${database}%'`, {}, there).split('\n').filter(Boolean))
        psql(`DROP DATABASE "${name}" WITH (FORCE)`, {}, there);
    rmSync(folder, { recursive: true, force: true });
});

describe('words', () => {
    test('help VERB is VERB --help; the version is said', () => {
        assert.equal(done('help', 'upgrade').out, done('upgrade', '--help').out);
        assert.equal(done('help', 'user', 'add').out, done('user', 'add', '--help').out);
        fails(usage, ['help', 'nothing'], /there is no verb "nothing"/);
        assert.match(done('--version').out, /^roster \d+\.\d+\n$/);
    });

    test('a name in .env that nobody reads is told', () => {
        const file = join(folder, 'env');
        writeFileSync(file, 'ROSTER_TIMEZONE=UTC\n', { mode: 0o600 });
        assert.match(roster(['job', 'list'], { ROSTER_ENV: file }).said, /warning: ROSTER_TIMEZONE in .* did you mean ROSTER_TIME_ZONE\?/);
        assert.match(roster(['doctor'], { ROSTER_ENV: file }).out, /^hint +settings +ROSTER_TIMEZONE in /m);
        assert.match(done('job', 'list').said, /There are no jobs/);
    });

    test('without any, or with --help, it says what there is', () => {
        const nothing = roster([]);
        assert.equal(nothing.code, usage);
        assert.match(nothing.said, /^usage: roster VERB/);
        assert.match(done('--help').out, /Exit codes: 0 done, 1 failed, 2 wrong usage, 3 revisions pending/);
        assert.match(done('merge', '--help').out, /usage: roster merge \[OPTIONS\] \[ID ID\.\.\.\][\s\S]* -m, --message TEXT +what is joined, in one line/);
    });

    test('wrong ones are told with what to write instead', () => {
        fails(usage, ['upgraid'], /upgraid/);
        fails(usage, ['upgrade', '--fast'], /fast/);
        fails(usage, ['upgrade', 'a', 'b'], /upgrade/);
        fails(usage, ['downgrade'], /downgrade/);
        fails(usage, ['merge'], /only one head/); // before a message is asked for
        fails(usage, ['revision'], /say what changes: roster revision -m/);
        fails(usage, ['revision', '-m', 'x', '--offline'], /--offline goes with --autogenerate/);
        fails(usage, ['revision', '-m', 'x', '--allow-destructive'], /--allow-destructive goes with --autogenerate/);
        fails(usage, ['seed', 'demo', '--scale', 'much'], /--scale is "much"; write a number/);
        fails(usage, ['upgrade', 'base:head'], /is a range, and only --sql takes one/);
        fails(usage, ['job', 'cancel'], /which job\? Run: roster job list/);
        fails(usage, ['restore'], /which backup\? Run: roster backups/);
    });

    test('a database that is not there is exit code 8', () => {
        fails(unreachable, ['current'], /./, { DATABASE_URL: url.replace(database, 'no_such'), DATABASE_DIRECT_URL: url.replace(database, 'no_such') });
    });

    test('output that cannot be written is a failure', () => {
        const run = spawnSync('sh', ['-c', '"$0" heads >/dev/full', join(BUILD, 'roster')], { cwd: ROOT, env: environment, encoding: 'utf8' });
        assert.equal(run.status, 1);
        assert.match(run.stderr, /cannot write the output/);
    });
});

describe('revisions', () => {
    test('before the first: everything is pending', () => {
        assert.match(done('current').out, new RegExp(`^base {2}\\(nothing is applied\\)\\npending: ${ids.length}; run: roster upgrade head\\n$`));
        fails(pending, ['current', '--check'], new RegExp(`revisions pending: ${ids.length}`));
        fails(pending, ['check'], /apply them before comparing: roster upgrade head/);
        assert.equal(done('history').lines.length, ids.length);
        assert.deepEqual(JSON.parse(done('current', '--json').out), { current: [], heads: [head], pending: ids.length, unfinished: null });
    });

    test('a dry run tells each statement and leaves everything as it was', () => {
        const run = done('upgrade', '--dry-run');
        assert.match(run.out, /line \d+ +\d+ ms/);
        assert.match(run.out, new RegExp(`dry run on a copy, which is gone; the database is as it was; revisions: ${ids.length}`));
        assert.match(done('current').out, /^base/);
    });

    test('as a script without a database', () => {
        const away = { DATABASE_URL: 'postgresql://127.0.0.1:1/x', DATABASE_DIRECT_URL: 'postgresql://127.0.0.1:1/x' };
        const up = roster(['upgrade', '--sql'], away), back = roster(['downgrade', 'head:base', '--sql', '--allow-destructive'], away);
        assert.equal(up.code, 0, up.said);
        assert.match(up.out, /CREATE TABLE/);
        assert.equal(back.code, 0, back.said);
        assert.match(back.out, /DROP TABLE/);
    });

    test('applied, told, and applied once', () => {
        const run = done('upgrade');
        assert.match(run.out, new RegExp(ids.map((id) => `^applied {2}${id} .* \\(\\d+ ms\\)\\n`).join(''), 'm'));
        assert.doesNotMatch(run.said, /NOTICE/, 'what a first run does not find is no news');
        assert.equal(done('upgrade').out, 'up to date: nothing to apply\n');
        assert.match(done('current', '--check').out, new RegExp(`^${head} \\(head\\) .* \\(applied .* by .*\\)\\n$`));
        const [now] = JSON.parse(done('current', '--json').out).current;
        assert.equal(now.id, head);
        assert.ok(now.applied_at && now.applied_by && now.head);
        assert.deepEqual(done('history').lines.map((line) => line[0]), ids.map(() => '*'));
        const history = JSON.parse(done('history', '--json').out);
        assert.deepEqual(history.map(({ id, parents }) => [id, parents]), ids.map((id, i) => [id, ids.slice(i - 1, i)]).reverse());
        assert.equal(done('check').out, 'the database is as the models want it\n');
        assert.deepEqual(JSON.parse(done('check', '--json').out), { count: 0, operations: [], access: null });
    });

    test('shown from the file alone', () => {
        const wrong = { DATABASE_URL: 'postgresql://127.0.0.1:1/x' };
        assert.match(roster(['show', '1c0'], wrong).out, /^-- file: .*1c0ad537.*\n(?:-- the way .*\n)*-- revision: 1c0ad537\n/);
        assert.equal(JSON.parse(roster(['show', 'head', '--json'], wrong).out).id, head);
        assert.match(roster(['heads'], wrong).out, new RegExp(`^${head} {2}`));
        assert.equal(JSON.parse(roster(['heads', '--json'], wrong).out)[0].head, true);
        fails(usage, ['show', 'ffff'], /ffff/);
    });

    test('an empty folder of revisions is told', () => {
        const empty = join(folder, 'empty');
        mkdirSync(empty);
        fails(usage, ['show', 'head'], /there are no revisions in/, { ROSTER_MIGRATIONS: empty });
    });

    test('a new one begins empty; without a difference none is generated', () => {
        const { out } = done('revision', '-m', 'teams have a colour');
        assert.match(readFileSync(out.trim(), 'utf8'), new RegExp(`-- parents: ${head}\\n-- message: teams have a colour\\n`));
        rmSync(out.trim());
        assert.match(done('revision', '-m', 'nothing', '--autogenerate').out, /^no difference: /);
        assert.match(done('revision', '-m', 'nothing', '--autogenerate', '--offline').out, /^no difference: /);
        assert.equal(files().length, ids.length);
    });

    test('what is missing is generated; what would be lost only when that is meant', () => {
        psql('ALTER TABLE team DROP COLUMN workflow; ALTER TABLE team ADD COLUMN colour text', {}, url);
        const check = fails(differs, ['check'], /differs from the models in \d+ points/);
        assert.match(check.out, /drop column team\.colour/);
        const { operations } = JSON.parse(roster(['check', '--json']).out);
        assert.ok(operations.some(({ kind, table, name }) => /drop/.test(kind) && table === 'team' && name === 'colour'), JSON.stringify(operations));
        fails(refused, ['revision', '-m', 'back', '--autogenerate'], /--allow-destructive/);
        const { out, said } = done('revision', '-m', 'back', '--autogenerate', '--allow-destructive');
        assert.match(said, /drop column team\.colour/);
        assert.match(readFileSync(out.trim(), 'utf8'), /DROP COLUMN[\s\S]*colour/);
        assert.match(done('upgrade', '--no-backup').out, /^applied/);
        assert.equal(done('check').out, 'the database is as the models want it\n');
        done('downgrade', head, '--allow-destructive', '--no-backup');
        rmSync(out.trim());
        psql('ALTER TABLE team DROP COLUMN colour', {}, url);
        const { out: again } = done('revision', '-m', 'workflow', '--autogenerate');
        done('upgrade');
        done('downgrade', '-1', '--allow-destructive', '--no-backup');
        done('upgrade');
        done('stamp', head);
        rmSync(again.trim());
        assert.equal(done('check').out, 'the database is as the models want it\n');
    });

    test('a revision is heard, but not of what IF EXISTS did not find', () => {
        const file = write('aaaaaaa0', head, "DROP TABLE IF EXISTS never_there;\nDO $$ BEGIN RAISE NOTICE 'three rows were mended'; END $$;");
        const run = done('upgrade');
        assert.match(run.said, /NOTICE: {2}three rows were mended/);
        assert.doesNotMatch(run.said, /never_there/);
        done('downgrade', '-1', '--no-backup');
        rmSync(file);
    });

    test('two lines are several heads until they are joined', () => {
        const a = write('aaaaaaa1', head, 'CREATE TABLE left_line (id int);', 'DROP TABLE left_line;');
        const b = write('aaaaaaa2', head, 'CREATE TABLE right_line (id int);', 'DROP TABLE right_line;');
        fails(heads, ['upgrade', 'head'], /./);
        assert.equal(done('heads').lines.length, 2);
        fails(usage, ['merge', '-m', 'x', 'aaaaaaa1', head], new RegExp(`leads to "aaaaaaa1" already|leads to "${head}" already`));
        fails(usage, ['merge', '-m', 'x', 'aaaaaaa1'], /only one head/);
        const { out } = done('merge', '-m', 'both lines');
        const id = readFileSync(out.trim(), 'utf8').match(/revision: (\w+)/)[1];
        fails(usage, ['merge', '-m', 'again'], /there is only one head, so there is nothing to join/);
        done('upgrade');
        assert.match(done('history').lines[0], new RegExp(`^\\* ${id} \\(head\\) {2}both lines {2}\\(joins aaaaaaa\\d aaaaaaa\\d\\)`));
        done('downgrade', head, '--allow-destructive', '--no-backup');
        for (const file of [a, b, out.trim()])
            rmSync(file);
    });

    test('one in the middle is told everywhere, and goes on', () => {
        const file = write('aaaaaaa3', head, 'CREATE TABLE half (id int);\n-- +commit\nALTER TABLE nowhere ADD COLUMN x int;', 'DROP TABLE half;');
        const run = roster(['upgrade']);
        assert.equal(run.code, 1, run.said);
        assert.match(done('current').out, /^unfinished: .*aaaaaaa3/m);
        fails(pending, ['current', '--check'], /aaaaaaa3/);
        assert.match(done('history').out, /^~ aaaaaaa3 .*\(partly applied\)/m);
        assert.equal(JSON.parse(done('current', '--json').out).unfinished.id, 'aaaaaaa3');
        psql('CREATE TABLE nowhere (id int)', {}, url);
        assert.match(done('upgrade').out, /^applied {2}aaaaaaa3/m);
        done('downgrade', '-1', '--allow-destructive', '--no-backup');
        psql('DROP TABLE nowhere', {}, url);
        rmSync(file);
    });

    test('an applied file that was edited is exit code 6, and stamp takes it as it is', () => {
        const file = join(migrations, files().find((name) => name.includes(head))), text = readFileSync(file, 'utf8');
        writeFileSync(file, text.replace('-- +up\n', '-- +up\n-- edited\n'));
        fails(edited, ['current'], new RegExp(head));
        assert.match(done('stamp', 'current').out, /^stamped {2}/);
        done('current');
        writeFileSync(file, text);
        assert.match(done('stamp', 'head').out, /^stamped {2}/m);
        assert.equal(done('stamp', 'base').out, 'stamped: nothing counts as applied\n');
        done('stamp', 'head');
        done('current', '--check');
    });

    test('where they end in several heads, the hints name what works', () => {
        const files = [write('5211', head, 'SELECT 1;'), write('5212', head, 'SELECT 1;')];
        assert.match(done('current').out, /^pending: 2; run: roster upgrade heads \(.*roster merge -m TEXT joins them\)$/m);
        fails(pending, ['check'], /roster upgrade heads/);
        fails(heads, ['upgrade', 'head'], /write heads for all, or join them: roster merge -m TEXT/);
        for (const file of files)
            rmSync(file);
    });

    test('what takes data away is backed up first, also when nobody wrote that it does', () => {
        const automatic = () => JSON.parse(done('backups', '--json').out).filter(({ note }) => /^before upgrade/.test(note)).length;
        const before = automatic();
        const files = [write('5111', head, 'CREATE TABLE zz (n int);\nALTER TABLE team ADD COLUMN zz text;'),
            write('5112', '5111', 'DROP TABLE zz;\nALTER TABLE team DROP COLUMN zz;\nTRUNCATE team_skill;\nDELETE FROM api_key;')];
        assert.match(done('show', '5112').out, /^-- the way up takes away: line 6 may lose data \(all rows of the table\): DROP TABLE zz;$/m);
        assert.doesNotMatch(done('upgrade', '5111').said, /backup/);
        assert.equal(automatic(), before);
        assert.match(done('upgrade', '5112').said, /this may take rows away, and they are in the backup /);
        assert.equal(automatic(), before + 1);
        done('downgrade', head, '--no-backup');
        for (const file of files)
            rmSync(file);
    });

    test('every one is proved up, down and up again', () => {
        const { lines } = done('verify');
        assert.deepEqual(lines.map((line) => line.match(/^(ok|verified)/)?.[1]), [...ids.map(() => 'ok'), 'verified']);
        assert.match(lines[0], /1c0ad537/);
    });

    test('a rescue finds everything there', () => {
        const { out } = done('rescue');
        assert.match(out, /^there +/m);
        assert.doesNotMatch(out, /^(created|left) /m);
    });
});

describe('people and rows', () => {
    test('seeds are listed and sown', () => {
        const { lines } = done('seed');
        for (const name of ['demo', 'initial', 'load'])
            assert.ok(lines.includes(name), name);
        assert.match(done('seed', 'demo', '--dry-run').out, /./);
        assert.equal(value('SELECT count(*) FROM thread', {}, url), '0');
        done('seed', 'initial', '--quiet');
        done('seed', 'demo', '--quiet');
        assert.notEqual(value('SELECT count(*) FROM thread', {}, url), '0');
        fails(usage, ['seed', 'none'], /none/);
    });

    test('an account is made with a password that is shown once', () => {
        const { out, said } = done('user', 'add', 'new@example.com', '--name', 'Somebody New', '--superuser');
        const [, password] = out.trim().split(' ');
        assert.match(out, /^new@example\.com \S{12,}\n$/);
        assert.match(said, /shown once, and must be changed/);
        assert.equal(value("SELECT full_name || is_superuser || must_change_password FROM \"user\" WHERE email = 'new@example.com'", {}, url), 'Somebody Newtruetrue');
        const again = roster(['user', 'add', 'NEW@example.com']);
        assert.notEqual(again.code, 0);
        const other = done('user', 'password', 'new@example.com').out.trim().split(' ')[1];
        assert.notEqual(other, password);
        assert.notEqual(roster(['user', 'password', 'nobody@example.com']).code, 0);
        assert.doesNotMatch(value("SELECT hashed_password FROM \"user\" WHERE email = 'new@example.com'", {}, url), new RegExp(other));
    });
});

describe('backups', () => {
    let name;

    test('none yet; one is made and proved', () => {
        done('restore', '--kept');
        assert.match(done('backup', '--note', 'of a test', '--verify').out, /^backed up \d+ rows to [\s\S]*\nverified .*: \d+ rows in \d+ tables, restored and compared in /m);
        [{ name }] = JSON.parse(done('backups', '--json').out).filter(({ note }) => note === 'of a test');
        assert.match(done('backups').out, new RegExp(`^${name} +verified .*: of a test$`, 'm'));
        assert.match(done('verify-backup', name).out, /^verified .*: \d+ rows in \d+ tables/m);
    });

    test('imported, kept and pruned', () => {
        const file = readdirSync(join(variable, 'backups')).find((each) => each.startsWith(name) && !each.endsWith('.json'));
        const copy = join(folder, 'copy.dump');
        const path = statSync(join(variable, 'backups', file)).isDirectory() ? join(variable, 'backups', file, readdirSync(join(variable, 'backups', file))[0]) : join(variable, 'backups', file);
        cpSync(path, copy);
        assert.match(done('backup', '--import', copy).out, /^imported as .*; it is not verified yet\n$/);
        assert.match(done('prune', '--dry-run').out, /would remove 0 of \d+\n$/);
        assert.match(done('prune').out, /^kept .*\n[\s\S]*removed 0 of \d+\n$/);
        fails(roster(['verify-backup', 'none']).code, ['verify-backup', 'none'], /none/);
    });

    test('the schedule names this program and this folder', () => {
        const { out } = done('backup', '--schedule');
        assert.match(out, new RegExp(`ExecStart=${join(BUILD, 'roster')} backup --verify`));
        assert.ok(out.includes(`ROSTER_VAR=${variable}`));
        const commands = [...out.matchAll(/^ExecStart=(.*)$/gm)].map(([, each]) => each.replace(join(BUILD, 'roster'), 'roster'));
        assert.deepEqual(commands, ['-roster prune audit', 'roster backup --verify --note scheduled', 'roster prune']);
        const [line] = out.match(/^30 2 \* \* \* .*$/m);
        assert.match(line, /roster' prune audit; '.*roster' backup --verify --note scheduled && '.*roster' prune; }$/);
    });

    test('restored, undone, and what was put aside dropped', () => {
        psql("UPDATE team SET name = 'changed-afterwards' WHERE id = (SELECT min(id) FROM team)", {}, url);
        assert.match(done('restore', name).out, /^restored \d+ rows\neverybody has to sign in again\nthe earlier database is kept as /m);
        assert.equal(value("SELECT count(*) FROM team WHERE name = 'changed-afterwards'", {}, url), '0');
        assert.match(done('restore', '--kept').out, / put aside .* UTC /);
        assert.match(done('restore', '--undo').out, /^the earlier database is back\n/m);
        assert.equal(value("SELECT count(*) FROM team WHERE name = 'changed-afterwards'", {}, url), '1');
        const [kept] = done('restore', '--kept').out.split(' ');
        fails(roster(['restore', '--drop-kept', 'none']).code, ['restore', '--drop-kept', 'none'], /no earlier database is kept as "none"/);
        assert.equal(done('restore', '--drop-kept', kept).out, `dropped ${kept}\n`);
        assert.equal(done('restore', '--kept').out, 'no earlier database is kept\n');
    });
});

describe('jobs', () => {
    test('started, followed, listed', () => {
        const { out } = done('job', 'start', '--', 'backup');
        const id = out.trim();
        const shown = done('job', 'show', id, '--follow').out;
        assert.match(shown, /backed up \d+ rows/);
        assert.match(shown, /\n-- done/);
        assert.match(done('job', 'show', id).out, /\n-- done/);
        const json = JSON.parse(done('job', 'show', id, '--json').out);
        assert.deepEqual([json.id, json.status, json.exit_code], [id, 'done', 0]);
        assert.match(done('job', 'list').out, new RegExp(`^${id} {2}done .*: .*backup`, 'm'));
        assert.equal(JSON.parse(done('job', 'list', '--json').out)[0].id, id);
        fails(roster(['job', 'show', 'none']).code, ['job', 'show', 'none'], /none/);
        assert.notEqual(roster(['job', 'cancel', id]).code, 0);
        done('job', 'cancel', '--all');
        assert.ok(existsSync(join(variable, 'jobs')));
    });
});
