// The schema page: every table against its model, and the diagram of the models.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { psql } from './data.mjs';
import { signedIn } from './lib.mjs';
import { OwnSite } from './own_site.mjs';

const admin = await signedIn();
const schema = () => admin.get('/admin/schema');
const table = (page, name) => page.rows.find((row) => row.Table === name);

async function withChange(there, back, look) {
    psql(there);
    try {
        await look(await schema());
    } finally {
        psql(back);
    }
}

test('after the revisions, every table is as its model wants it', async () => {
    const page = await schema();
    assert.equal(page.status, 200);
    assert.match(page.words, /The database is as the models want it/);
    assert.equal(page.rows.length, Number(psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")));
    for (const row of page.rows)
        assert.match(row.State, /^(as modelled|the program's own)$/, row.Table);
    assert.equal(page.link('team'), '/teams/');
    for (const name of ['session', 'audit'])
        assert.equal(page.page.all('main table a').filter((link) => link.words === name).length, 0);
    assert.match(table(page, 'team').Size, /^\d+ kB$/);
});

test('a column that differs is named beside its table', () =>
    withChange('ALTER TABLE team ALTER name DROP NOT NULL; ALTER TABLE team ADD extra int',
        'ALTER TABLE team ALTER name SET NOT NULL, DROP extra', (page) => {
            assert.match(table(page, 'team').State, /^differs.*name.*extra|^differs.*extra.*name/);
            assert.match(page.words, /differs from the models in 2 points/);
            assert.equal(table(page, 'member').State, 'as modelled');
        }));

test('a table that is missing, and one that no model has', () =>
    withChange('ALTER TABLE submission RENAME TO stray', 'ALTER TABLE stray RENAME TO submission', async (page) => {
        assert.match(table(page, 'submission').State, /^missing/);
        assert.match(table(page, 'stray').State, /^not in the models/);
        const card = (await admin.get('/admin/')).page.all('.state').find((each) => each.one('h2').words === 'Schema');
        assert.equal(card.one('.badge').words, 'differs');
    }));

test('the diagram has a box for every model, leading to its list, and the same in words', async () => {
    const page = await schema();
    const boxes = page.page.all('svg .box');
    assert.deepEqual(boxes.map((box) => box.one('a').get('href')).sort(),
        ['/api-keys/', '/checkpoints/', '/files/', '/members/', '/skills/', '/teams/', '/threads/', '/users/']);
    for (const box of boxes)
        for (const name of ['x', 'y', 'width', 'height'])
            assert.match(box.one('rect').get(name), /^\d+\.\d$/);
    assert.ok(page.page.all('svg .edge').length >= 12);
    for (const edge of page.page.all('svg .edge'))
        assert.match(edge.get('d'), /^M[\d.,-]+C/);
    const relations = page.page.all('details tbody tr').map((row) =>
        row.children.filter((cell) => cell.tag).map((cell) => cell.words).join(' '));
    assert.ok(relations.some((words) => /^member team_id team deleted with it$/.test(words)), relations.join('\n'));
    assert.ok(relations.some((words) => /^member table member_skill skill/.test(words)));
    assert.equal(relations.length, page.page.all('svg .edge').length);
});

test('boxes do not overlap', async () => {
    const boxes = (await schema()).page.all('svg .box').map((box) => box.one('rect')).map((rect) => Object.fromEntries(['x', 'y', 'width', 'height']
        .map((name) => [name, Number(rect.get(name))])));
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x
        || a.y + a.height <= b.y || b.y + b.height <= a.y, JSON.stringify([a, b]))));
});

test('without the program that lays it out, the page says what to install and tells the same in words', async () => {
    // A folder of everything that this machine's PATH offers, but for dot.
    const bin = mkdtempSync(join(tmpdir(), 'roster-no-dot-'));
    after(() => rmSync(bin, { recursive: true }));
    chmodSync(bin, 0o755);
    const found = new Map(process.env.PATH.split(':').filter((folder) => existsSync(folder)).reverse()
        .flatMap((folder) => readdirSync(folder).map((file) => [file, join(folder, file)])));
    found.delete('dot');
    for (const [file, target] of found)
        symlinkSync(target, join(bin, file));
    const site = await new OwnSite('no-dot', { PATH: bin }).start();
    try {
        const page = await (await signedIn(undefined, undefined, site.url)).get('/admin/schema');
        assert.equal(page.status, 200);
        assert.match(page.words, /There is no picture: .*install the package graphviz/);
        assert.equal(page.page.all('svg').length, 0);
        assert.ok(page.page.all('details tbody tr').length >= 12);
    } finally {
        await site.remove();
    }
});
