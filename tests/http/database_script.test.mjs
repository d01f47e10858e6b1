// nginx/database.sh on a server of its own that lets everybody in as themselves alone, as Debian's does.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT, newFolder, until } from './own_site.mjs';

// PostgreSQL refuses root; there, the site's user does it.
const root = userInfo().uid === 0, user = root ? 'roster' : userInfo().username;
const as = root ? ['setpriv', '--reuid=roster', '--regid=roster', '--init-groups'] : [];
const version = readdirSync('/usr/lib/postgresql').sort((one, other) => other - one)[0];
const bin = `/usr/lib/postgresql/${version}/bin`;
const folder = newFolder('database');
if (root)
    execFileSync('chown', ['roster', folder]);
else
    chmodSync(folder, 0o700);
const data = join(folder, 'data'), env = { PATH: `${bin}:${process.env.PATH}`, PGHOST: folder, PGPORT: '5432', PGUSER: 'postgres', LC_ALL: 'C.UTF-8' };

function run(...words) {
    const [program, ...rest] = [...as, ...words];
    return spawnSync(program, rest, { env, cwd: '/', encoding: 'utf8' });
}

assert.equal(run('initdb', '-D', data, '-U', 'postgres', '--auth-local=peer', '--auth-host=reject', '--no-instructions').status, 0);
// On a real server the system has a user postgres, whose name the server's own role has.
const rules = join(data, 'pg_hba.conf');
writeFileSync(rules, `local all postgres trust\n${readFileSync(rules, 'utf8')}`);
const [program, ...words] = [...as, 'postgres', '-D', data, '-k', folder, '-c', 'listen_addresses='];
const server = spawn(program, words, { env, cwd: '/', stdio: 'ignore' });
await until('the server answers', () => run('pg_isready', '-q').status === 0);
after(async () => {
    const ended = new Promise((resolve) => server.on('exit', resolve));
    server.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
});

const signIn = (role, sql = 'SELECT current_user') => run('psql', '-XqAt', '-U', role, '-d', 'roster', '-c', sql);
// Where the site's user can read it, wherever the checkout is.
const copy = join(folder, 'database.sh');
copyFileSync(join(ROOT, 'nginx/database.sh'), copy);
chmodSync(copy, 0o755);
const script = () => run('bash', copy, user);

test('before it, nobody is let in as the role that serves', () => {
    assert.match(signIn('roster_web').stderr, /Peer authentication failed/);
});

test('it makes the database and its roles, and lets the user in as each; a second run changes nothing', () => {
    const first = script(), hba = readFileSync(join(data, 'pg_hba.conf'), 'utf8'), ident = readFileSync(join(data, 'pg_ident.conf'), 'utf8');
    assert.equal(first.status, 0, first.stderr);
    for (const role of ['roster', 'roster_web', 'roster_dump'])
        assert.equal(signIn(role).stdout.trim(), role, signIn(role).stderr);
    assert.equal(script().status, 0);
    assert.equal(readFileSync(join(data, 'pg_hba.conf'), 'utf8'), hba);
    assert.equal(readFileSync(join(data, 'pg_ident.conf'), 'utf8'), ident);
});

test('what it makes is owned by the role that migrates, and none of the roles is a superuser', () => {
    const facts = run('psql', '-XqAt', '-d', 'postgres', '-c', `SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcanlogin
        FROM pg_roles WHERE rolname LIKE 'roster%' ORDER BY 1`).stdout.trim().split('\n');
    assert.deepEqual(facts, ['roster|f|f|t|t', 'roster_dump|f|t|f|t', 'roster_web|f|f|f|t', 'roster_web_all|f|t|f|f']);
    assert.equal(run('psql', '-XqAt', '-d', 'postgres', '-c', "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'roster'").stdout.trim(), 'roster');
    assert.equal(signIn('roster_web', 'SET ROLE roster_web_all; SELECT current_user').stdout.trim(), 'roster_web_all');
    assert.match(signIn('roster_web', 'CREATE DATABASE x').stderr, /permission denied/);
});

test('a name that is none is refused before anything is done', () => {
    const refused = run('bash', copy, 'x y');
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /'x y' is not the name of a user/);
});
