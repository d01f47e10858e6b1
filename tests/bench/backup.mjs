// Backing up and restoring beside PostgreSQL's own programs on the same rows, alternately: what the manifest, the proof and
// the swap cost.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, run } from './load.mjs';

const DATABASE = process.env.DATABASE_DIRECT_URL;
const ROSTER = join(process.env.BUILD, 'roster');
const other = (name) => DATABASE.replace(/\/[^/?]*\?/, `/${name}?`);

async function seconds(action) {
    const begin = process.hrtime.bigint();
    await action();
    const time = Number(process.hrtime.bigint() - begin) / 1e9;
    return { rate: 1 / time, p50: time * 1000 };
}

const sql = (statement, database = 'postgres') => run('psql', ['-X', '-q', '-A', '-t', '-c', statement, other(database)]);

async function bareRestore(file, jobs) {
    await sql('CREATE DATABASE bare TEMPLATE template0');
    const result = await seconds(() => run('pg_restore', ['--no-owner', '-j', String(jobs), '-d', other('bare'), file]));
    await sql('DROP DATABASE bare');
    return result;
}

async function forgetEarlier() {
    const names = (await sql("SELECT datname FROM pg_database WHERE datname ~ '_before_[0-9]{8}_[0-9]{6}$'")).trim();
    for (const name of names.split('\n').filter(Boolean)) await run(ROSTER, ['restore', '--drop-kept', name]);
}

async function newest() {
    return JSON.parse(await run(ROSTER, ['backups', '--json']))[0];
}

export async function measureBackup(report, work, rounds) {
    const file = join(work, 'bare.dump');
    const backups = await alternate({
        'pg_dump -Fc': () => seconds(() => run('pg_dump', ['-Fc', '-f', file, DATABASE])),
        'roster backup': () => seconds(() => run(ROSTER, ['backup'])),
    }, rounds);
    report.table('backup of all rows (p50: milliseconds of one)', backups);
    const { name, size } = await newest();
    const bytes = { 'pg_dump -Fc': statSync(file).size, 'roster backup': size };
    console.log(`bytes of one archive: ${JSON.stringify(bytes)}`);
    const restores = await alternate({
        'pg_restore': () => bareRestore(file, 1),
        'pg_restore -j 2': () => bareRestore(file, 2),
        'roster verify-backup': () => seconds(() => run(ROSTER, ['verify-backup', name])),
        'roster restore': async () => {
            const result = await seconds(() => run(ROSTER, ['restore', name]));
            await forgetEarlier();
            return result;
        },
    }, rounds);
    report.table('restore and comparison of all rows', restores);
    report.results.backup = { backups, bytes, restores };
    report.target('backup beside pg_dump -Fc', backups['roster backup'].ratio, 'at most', 1.1);
    report.target('restore and comparison beside pg_restore', restores['roster restore'].ratio, 'at most', 1.5);
    report.target('proof of a backup beside pg_restore', restores['roster verify-backup'].ratio, 'at most', 1.5);
    rmSync(file);
}
