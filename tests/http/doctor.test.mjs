// roster doctor: the facts of the health page in a terminal, and their worst as the exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { value } from './data.mjs';
import { signedIn } from './lib.mjs';
import { BUILD, ROOT, newFolder } from './own_site.mjs';

function doctor(environment = {}) {
    const { status, stdout } = spawnSync(join(BUILD, 'roster'), ['doctor'], { cwd: ROOT, env: { ...process.env, ...environment }, encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n').map((line) => line.match(/^(ok|hint|BAD) +(\S+) +(.*)$/).slice(1)) };
}
const finding = (lines, what) => lines.filter(([, about]) => about === what).map(([, , text]) => text).join('\n');

// How the last job did counts, too: one that changes nothing.
before(() => {
    const roster = (...words) => spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
    assert.match(roster('job', 'show', '--follow', roster('job', 'start', '--', 'stamp', 'current')), /-- done$/);
});

test('all is well: every line is ok but for what is only advice, and the exit code is 0', () => {
    const { status, lines } = doctor();
    assert.equal(status, 0);
    assert.deepEqual(lines.filter(([mark, what]) => mark !== 'ok' && what !== 'backups'), []);
    assert.deepEqual(lines.filter(([, what]) => what === 'backups').map(([mark, , text]) => [mark, text]),
        [['hint', 'there is none: roster backup --verify']]);
    assert.match(finding(lines, 'serving'), /through a pooler/);
    assert.match(finding(lines, 'direct'), /PostgreSQL \d/);
    assert.match(finding(lines, 'applied'), /all of them/);
    assert.match(finding(lines, 'pool'), /PgBouncer/);
    assert.equal(finding(lines, 'jobs'), 'the last one, stamp current, did its work');
    assert.match(finding(lines, 'connecting'), /^\d+\.\d ms$/);
});

test('it tells what the health page tells', async () => {
    const page = (await (await signedIn()).get('/admin/health')).rows.map((row) => row.About);
    const told = doctor().lines.map(([, about]) => about);
    for (const what of page.filter((about) => about !== 'workers'))
        assert.ok(told.includes(what), what);
});

test('a revision that is pending is exit code 3', () => {
    const folder = newFolder('pending');
    try {
        cpSync(join(ROOT, 'migrations'), folder, { recursive: true });
        const head = value('SELECT id FROM roster_revision ORDER BY applied_at DESC, id LIMIT 1');
        writeFileSync(join(folder, 'later.sql'),
            `-- revision: abcd1234\n-- parents: ${head}\n-- message: later\n-- created: 2026-11-25T10:15:00Z\n-- +up\nSELECT 1;\n-- +down\nSELECT 1;\n`);
        const { status, lines } = doctor({ ROSTER_MIGRATIONS: folder });
        assert.equal(status, 3);
        assert.match(finding(lines.filter(([mark]) => mark === 'BAD'), 'applied'), /revisions pending: 1; run: roster upgrade head/);
    } finally {
        rmSync(folder, { recursive: true });
    }
});

test('a database that is away is exit code 8, and the rest is told all the same', () => {
    const away = 'postgresql://roster@127.0.0.1:9/roster';
    const { status, lines } = doctor({ DATABASE_URL: away, DATABASE_DIRECT_URL: away });
    assert.equal(status, 8);
    assert.ok(lines.some(([mark, what]) => mark === 'BAD' && what === 'serving'));
    assert.match(finding(lines, 'revisions'), /files in/);
    assert.match(finding(lines, 'disk'), /GB free/);
});
