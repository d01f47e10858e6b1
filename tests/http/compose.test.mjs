// What can be set can be set in containers, too: docker-compose.yml hands on what .env.example lists.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ROOT } from './own_site.mjs';

const names = (text, pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name));
const listed = names(readFileSync(`${ROOT}/.env.example`, 'utf8'), /^#([A-Z][A-Z_]+)=/gm);
const compose = readFileSync(`${ROOT}/docker-compose.yml`, 'utf8');
const handedOn = names(compose, /\$\{([A-Z_]+):-/g);
// Containers have these from each other.
const OWN = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_DUMP_URL', 'POSTGRES_SERVER', 'POSTGRES_PORT', 'ROSTER_VAR', 'ROSTER_MIGRATIONS',
    'ROSTER_SEEDS', 'ROSTER_TEMPLATES'];

test('docker-compose.yml hands on every variable that .env.example lists, and no other', () => {
    assert.ok(listed.size > 25);
    assert.deepEqual([...handedOn].sort(), [...listed].filter((name) => !OWN.includes(name)).sort());
});

test('a program that upgrades its database for long is not taken for a sick one', () => {
    const [, program] = compose.match(/^ {2}program:\n((?: {4}.*\n|\n)+)/m);
    const [, hours] = program.match(/^ {6}start_period: (\d+)h$/m) ?? [];
    assert.ok(Number(hours) >= 1, program);
});

test('a variable keeps its name on the way into a container', () => {
    for (const [, inside, outside] of compose.matchAll(/^ +([A-Z_]+): \$\{([A-Z_]+):-/gm))
        assert.equal(inside, outside);
});
