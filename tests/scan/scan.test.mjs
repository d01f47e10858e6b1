// The scan in short: the way through the site misses no route, and on a program with holes (holes.c) the scanners find
// exactly these, where they find nothing on the program itself. `make scan` attacks all of the site.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Browser } from '../http/lib.mjs';
import { BUILD, newFolder } from '../http/own_site.mjs';
import { attackPages, attackStatements } from './scanners.mjs';
import { ScanSite } from './site.mjs';
import { collect, collectForKey, collectFrom } from './targets.mjs';

const work = newFolder('scan-test');
after(() => rmSync(work, { recursive: true, force: true }));

// What holes.c has a hole in, and only the names that matter.
async function chosen(browser) {
    const targets = await collectFrom(browser, ['/skills/', '/skills/new']);
    return [['GET', '/skills/', 'q'], ['POST', '/skills/new', 'name']].map(([method, path, name]) => {
        const found = targets.find((each) => each.method === method && each.path === path && each.names.includes(name));
        assert.ok(found, `${method} ${path} is attacked at ${name}`);
        return { ...found, names: [name], keys: false };
    });
}

async function sqlmapFinds(browser, folder) {
    const { results, found, broken } = await attackStatements(browser, await chosen(browser), { folder, level: 1, techniques: 'BEST', seconds: 200 });
    assert.deepEqual(broken.map(({ name, output }) => [name, output]), []);
    assert.equal(results.some(({ failed }) => failed), found.length > 0, 'what was typed breaks a statement only where there is a hole');
    return [...new Set(found.map((each) => each.match(/^(\S+ \S+)/)[1]))].sort();
}

async function wapitiFinds(browser, folder) {
    const { found, broken, unfinished, output } = await attackPages(browser, [], { folder, modules: 'xss', seconds: 600, exclude: ['/sign-out'],
        page: '/teams/', scope: 'page' });
    assert.ok(!broken, output);
    assert.deepEqual(unfinished, []);
    assert.match(output, /Launching module xss/);
    return [...new Set(found.map(({ kind, path, parameter }) => `${kind} ${path} ${parameter}`))];
}

describe('a program with holes', () => {
    const site = new ScanSite('holes', { BUILD: join(BUILD, 'holes') });
    let superuser;
    before(async () => {
        await site.start();
        superuser = await site.enter();
    });
    after(() => site.remove());

    test('sqlmap finds both statements that are put together from what was typed', async () => {
        assert.deepEqual(await sqlmapFinds(superuser, join(work, 'holes-sqlmap')), ['GET /skills/', 'POST /skills/new']);
    });

    test('wapiti finds the page that shows what was typed as it came', async () => {
        assert.deepEqual(await wapitiFinds(superuser, join(work, 'holes-wapiti')), ['Cross Site Scripting /teams/ q']);
    });
});

describe('the program', () => {
    const site = new ScanSite('scan', { BUILD });
    let people;
    before(async () => {
        await site.start();
        people = await site.prepare();
    });
    after(() => site.remove());

    test('a way leads to every route', async () => {
        const { targets, missed } = await collect(people.superuser, people.starts.superuser);
        assert.deepEqual(missed, ['POST /sign-out']);
        assert.ok(targets.length > 200, `${targets.length} targets`);
        await site.assertSignedIn(people.superuser);
    });

    test('an ordinary person is led to every page of records, and their options are asked for as the script does', async () => {
        const { targets, missed } = await collect(people.ordinary, people.starts.ordinary, false);
        assert.deepEqual(missed.filter((name) => name.includes('{model}')), []);
        const options = targets.filter(({ path }) => path === '/teams/options');
        for (const name of ['q', '_for'])
            assert.ok(options.some(({ names }) => names.includes(name)), `/teams/options is attacked at ${name}`);
        assert.ok(options.some(({ entries }) => entries.some(([name, value]) => name === '_for' && value === 'members.team_id')));
        const member = targets.find(({ method, path }) => method === 'POST' && path === '/members/new');
        assert.ok(member.entries.some(([name, value]) => name === 'team_id' && value), 'a new member is of a team');
        await site.assertSignedIn(people.ordinary);
    });

    test('what programs are answered is attacked at every parameter of a list, at the numbers of records, and at the key', async () => {
        const { targets: known } = await collect(people.ordinary, people.starts.ordinary, false);
        const { targets, missed } = await collectForKey(new Browser(site.url), people.key, known);
        assert.deepEqual(missed, []);
        const names = targets.filter(({ path }) => path === '/api/v1/members/').flatMap((target) => target.names);
        for (const name of ['q', 'sort', 'type', 'team_id', 'joined_on.from'])
            assert.ok(names.includes(name), `${name}: ${names}`);
        const folder = join(work, 'sqlmap-key'), chosen = targets.filter(({ names, path }) => names.length === 0 && !path.includes('skills'));
        const { results, found, broken } = await attackStatements(new Browser(site.url), chosen, { folder, level: 1, techniques: 'BE', seconds: 200 });
        assert.deepEqual([results.length, found, broken.map(({ name, output }) => [name, output])], [2, [], []]);
    });

    test('sqlmap finds nothing in the same places', async () => {
        assert.deepEqual(await sqlmapFinds(people.ordinary, join(work, 'sqlmap')), []);
    });

    test('a module of wapiti that runs out of time is said', async () => {
        const { found, broken, unfinished, output } = await attackPages(people.superuser, ['/skills/', '/members/', '/users/'],
            { folder: join(work, 'short'), modules: 'blindsql', seconds: 1, exclude: ['/sign-out'], page: '/teams/', scope: 'folder' });
        assert.deepEqual([broken, found, unfinished], [false, [], ['blindsql']], output);
    });

    test('wapiti finds nothing in the same place', async () => {
        assert.deepEqual(await wapitiFinds(people.ordinary, join(work, 'wapiti')), []);
        await site.assertSignedIn(people.ordinary);
    });
});
