// /metrics: figures for monitoring, for those who send the key of the configuration.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { Browser, SITE } from './lib.mjs';
import { OwnSite, until } from './own_site.mjs';

const KEY = randomBytes(24).toString('hex');
const site = await new OwnSite('metrics', { METRICS_KEY: KEY }).start();
after(() => site.remove());
const read = (authorization) => new Browser(site.url).get('/metrics', authorization === undefined ? {} : { Authorization: authorization });
const figures = (answer) => Object.fromEntries(answer.text.split('\n').filter((line) => line && line[0] !== '#')
    .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));

test('without a key in the configuration there is no such page', async () => {
    assert.equal((await new Browser(SITE).get('/metrics', { Authorization: 'Bearer ' })).status, 404);
});

for (const authorization of [undefined, '', KEY, 'Bearer', 'Bearer ', `Bearer ${KEY}x`, `Bearer ${KEY.slice(1)}`, `Basic ${KEY}`])
    test(`${authorization?.replace(KEY, 'KEY').replace(KEY.slice(1), 'EY')} reads nothing`, async () => {
        const answer = await read(authorization);
        assert.equal(answer.status, 403);
        assert.doesNotMatch(answer.text, /roster_/);
    });

test('every line is as Prometheus reads it, and each figure is told once', async () => {
    const answer = await read(`Bearer ${KEY}`);
    assert.equal(answer.status, 200);
    assert.match(answer.header('content-type')[0], /^text\/plain; version=0\.0\.4/);
    assert.match(answer.header('cache-control')[0], /no-store/);
    const lines = answer.text.split('\n');
    assert.equal(lines.pop(), '');
    const told = new Set();
    let name = null;
    for (const line of lines) {
        const [, kind, about] = line.match(/^# (HELP|TYPE) (\w+) /) ?? [];
        if (kind === 'HELP') {
            assert.ok(!told.has(about), about);
            told.add(name = about);
        } else if (kind === 'TYPE') {
            assert.equal(line, `# TYPE ${name} gauge`);
        } else {
            assert.match(line, new RegExp(`^${name}(\\{\\w+="\\w+"(,\\w+="\\w+")*\\})? -?\\d+(\\.\\d+)?(e[+-]?\\d+)?$`));
        }
    }
    const values = figures(answer);
    assert.equal(values.roster_up, 1);
    assert.equal(values.roster_revisions_pending, 0);
    assert.ok(values.roster_database_size_bytes > 1e6);
    assert.ok(values.roster_database_connections >= 1);
    assert.ok(values.roster_disk_free_bytes > 0 && values.roster_disk_free_bytes < values.roster_disk_size_bytes);
    assert.ok(values.roster_workers >= 1 && values.roster_workers_memory_bytes >= values.roster_worker_memory_max_bytes);
    assert.ok(values.roster_database_connect_seconds > 0);
    assert.ok('roster_pool_connections{side="server",state="idle"}' in values);
});

test('while the database is away, that is what it tells', async () => {
    site.control('stop');
    try {
        await until('it is noticed', async () => figures(await read(`Bearer ${KEY}`)).roster_up === 0);
        const values = figures(await read(`bearer ${KEY}`));
        assert.ok(values.roster_disk_free_bytes > 0);
        assert.ok(!('roster_database_size_bytes' in values));
    } finally {
        site.control('start');
    }
    await until('it is noticed', async () => figures(await read(`Bearer ${KEY}`)).roster_up === 1);
});
