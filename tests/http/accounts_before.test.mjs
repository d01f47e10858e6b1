// A database of before second factors and idle limits: a superuser still signs in, and upgrades it from the page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { row } from './data.mjs';
import { EMAIL, PASSWORD, signedIn } from './lib.mjs';
import { BUILD, OwnSite, ROOT } from './own_site.mjs';

const site = await new OwnSite('accounts-before').start();
after(() => site.remove());

const roster = (...words) => {
    const run = spawnSync(join(BUILD, 'roster'), words, { cwd: ROOT, encoding: 'utf8', env: { ...site.environment, PORT: '' } });
    assert.equal(run.status, 0, run.stderr);
};

test('without the tables of accounts people sign in, and are asked for their password again', async () => {
    const early = await signedIn(EMAIL, PASSWORD, site.url);
    roster('downgrade', 'ce415cae', '--allow-destructive', '--no-backup');
    const columns = row("SELECT count(*) AS n FROM pg_attribute WHERE attrelid = 'session'::regclass AND attname = 'browser'", {}, site.database);
    assert.equal(columns.n, 0);
    assert.equal((await early.get('/teams/')).status, 200, 'a sign-in of before goes on');
    const browser = await signedIn(EMAIL, PASSWORD, site.url);
    const account = await browser.get('/account');
    assert.equal(account.status, 200);
    assert.equal(account.fact('Second factor'), null);
    assert.equal(account.rows.length, 2);
    const csrf = account.page.one('main [name="csrf"]').get('value');
    const asked = await browser.post('/admin/confirm', [['csrf', csrf], ['next', '/admin/migrations']]);
    assert.equal(asked.status, 403);
    assert.equal((await asked.form('form').set('_password', PASSWORD).submit()).location, '/admin/migrations');
    assert.equal((await browser.get('/admin/migrations')).status, 200);
    roster('upgrade', 'head', '--no-backup');
    assert.equal((await browser.get('/account')).fact('Second factor'), 'Off');
    assert.equal((await browser.get('/admin/accounts/1')).status, 200);
});
