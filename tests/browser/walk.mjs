/* Every page of the site, one after the other, as somebody sees them who tries everything: full and empty lists, forms
 * in error, the steps in between. Nothing here knows a model: what a page offers decides where the way goes on. */
import assert from 'node:assert/strict';
import { code } from '../http/totp.mjs';
import { confirmSelf, first, follow, newName } from './site.mjs';

const seen = (page, name, response) => ({ name, response, page });

async function* go(page, name, path, status = 200) {
  const response = await page.goto(path);
  assert.equal(response.status(), status, `${name}: ${path}`);
  yield seen(page, name, response);
}

const hrefs = (page, selector) =>
  page.locator(selector).evaluateAll(links => [...new Set(links.map(link => link.getAttribute('href')))]);

/* Sends a form of the page with one of its buttons, also with one that the script has hidden. */
export const send = (page, button) => follow(page, () => page.evaluate(selector => {
  const element = document.querySelector(selector);
  element.form.requestSubmit(element);
}, button));

/* Empties what a person can empty: all but radio buttons. */
export const empty = page => page.evaluate(() => {
  for (const control of document.querySelector('form.record').elements) {
    if (!control.name || /^(csrf|_.*|.*\[\])$/.test(control.name)) continue;
    if (control.type === 'checkbox') control.checked = false;
    else if (!['radio', 'file'].includes(control.type)) control.value = '';
  }
});

/* Fills in what no field can take. */
export const spoil = page => page.evaluate(() => {
  for (const control of document.querySelector('form.record').elements) {
    if (!control.name || /^(csrf|_.*|.*\[\])$/.test(control.name) || control.disabled) continue;
    if (control.type === 'radio') control.value = 'neither';
    else if (control.type === 'hidden') control.value = control.value.includes('-') || !control.value
      ? '00000000-0000-4000-8000-000000000000' : '999999999999';
    else if (control.type === 'password') control.value = 'short';
    else if (control.inputMode) control.value = '1 %';
    else if (/date|email/.test(control.type)) {
      control.type = 'text';
      control.value = '31.02.20xx <b>';
    } else if (['text', 'textarea'].includes(control.type)) control.value = '{"ü": <b>&amp;' + 'x '.repeat(3000);
  }
});

async function* lists(page, path) {
  yield* go(page, 'list', path);
  const sorts = await hrefs(page, 'thead a');
  const next = await hrefs(page, '.pager a[rel=next]'), last = await hrefs(page, '.pager li:last-child a');
  const choosers = await page.locator('.filters [formaction]')
    .evaluateAll(all => all.map(one => one.getAttribute('formaction')));
  const dates = await page.locator('.filters input[type=date]').evaluateAll(inputs => inputs.map(input => input.name));
  const selects = await page.locator('.filters select')
    .evaluateAll(all => all.map(one => [one.name, one.options[1].value]));
  const search = await page.locator('.filters #q').count();
  if (sorts.length)
    yield* go(page, 'list, sorted', sorts.at(-1));
  if (next.length) {
    yield* go(page, 'list, next page', next[0]);
    yield* go(page, 'list, last page', last[0]);
  }
  if (search)
    yield* go(page, 'list, nothing found', `${path}?q=zzzzzzzz`);
  const filters = [...selects, ...dates.map(name => [name, '2020-02-03'])];
  if (filters.length)
    yield* go(page, 'list, filtered', `${path}?${new URLSearchParams(filters)}`);
  if (dates.length)
    yield* go(page, 'list, date in error', `${path}?${dates[0]}=31.02.`, 422);
  for (const href of choosers)
    yield* go(page, `filter picker ${href}`, href);
  if (choosers.length) {
    const results = await hrefs(page, '.results a');
    if (results.length)
      yield* go(page, 'list filtered by a picker', results[0]);
    yield* go(page, 'filter picker, nothing found', `${choosers[0]}?_q=zzzzzzzz`);
  }
}

async function* pickers(page, path) {
  await page.goto(path);
  const names = await page.locator('form.record [name=_pick]').evaluateAll(buttons => buttons.map(one => one.value));
  for (const name of names) {
    await page.goto(path);
    yield seen(page, `picker of ${name}`, await send(page, `[name=_pick][value="${name}"]`));
  }
  if (names.length) {
    await page.locator('#q').fill('zzzzzzzz');
    yield seen(page, `picker of ${names.at(-1)}, nothing found`, await send(page, '[name=_search]'));
  }
}

async function* forms(page, path, about) {
  yield* go(page, `${about}`, path);
  await empty(page);
  yield seen(page, `${about}, sent empty`, await send(page, 'button.main'));
  await page.goto(path);
  await spoil(page);
  yield seen(page, `${about}, in error`, await send(page, 'button.main'));
  yield* pickers(page, path);
}

/* Makes a first record where there is none: what must be chosen is the first that is offered. */
async function ensure(page, path) {
  await page.goto(path);
  if (await page.locator('tbody tr').count())
    return;
  await page.goto(`${path}new`);
  const names = await page.locator('form.record .field:not(:has(.optional)) [name=_pick]')
    .evaluateAll(buttons => buttons.map(one => one.value));
  for (const name of names) {
    await send(page, `[name=_pick][value="${name}"]`);
    await send(page, '.results button');
  }
  for (const input of await page.locator('form.record input[type=text][name]').all())
    await input.fill(newName());
  await confirmSelf(page);
  assert.equal((await send(page, 'button.main')).status(), 200, await page.title());
}

/* The first record that may be edited. */
export async function editable(page, path) {
  await page.goto(path);
  for (const href of await hrefs(page, 'tbody th a')) {
    await page.goto(href);
    if (await page.locator(`.head a[href$="/edit"]`).count())
      return href;
  }
  return null;
}

/* A record that comes with the program. */
export async function managed(page, path) {
  await page.goto(path);
  for (const href of await hrefs(page, 'tbody th a')) {
    await page.goto(href);
    if (!await page.locator(`.head a[href$="/edit"]`).count())
      return href;
  }
  return assert.fail(`${path} has nothing that comes with the program`);
}

/* The page before deleting a record that others need. */
export async function blocked(page, path) {
  await page.goto(path);
  for (const href of await hrefs(page, 'tbody th a')) {
    const response = await page.goto(`${href}/delete`);
    if (await page.locator('.note.bad').count())
      return response;
  }
  return assert.fail(`nothing in ${path} is needed`);
}

export async function firstKey(page, path) {
  await page.goto(path);
  return (await hrefs(page, 'tbody th a'))[0].split('/').at(-1);
}

/* Two people change the same field. Leaves the page at what the second one gets. */
export async function collide(page, path) {
  const box = 'form.record textarea:not(.code), form.record input[type=text][name]';
  const other = await page.context().newPage();
  for (const [one, text] of [[page, 'mine'], [other, 'theirs']]) {
    await one.goto(path);
    const input = one.locator(box).last();
    await input.fill(`${(await input.inputValue()).slice(0, 30)}-${newName(text)}`);
  }
  const saved = await send(other, 'button.main');
  assert.equal(saved.status(), 200, await other.title());
  await other.close();
  const response = await send(page, 'button.main');
  assert.equal(response.status(), 409, await page.title());
  return response;
}

/* All pages of one model. */
export async function* modelPages(page, path) {
  await ensure(page, path);
  yield* lists(page, path);
  yield* forms(page, `${path}new`, 'new');
  const record = await editable(page, path);
  assert.ok(record, `${path} has a record to edit`);
  yield* go(page, 'record', record);
  yield* forms(page, `${record}/edit`, 'edit');
  yield seen(page, 'conflict', await collide(page, `${record}/edit`));
  yield* go(page, 'history', `${record}/history`);
  yield* go(page, 'delete', `${record}/delete`);
  yield* go(page, 'no such record', `${record}0000000/edit`, 404);
}

/* The pages of the site that belong to no model, for somebody signed in. */
export async function* ownPages(page) {
  yield* go(page, 'overview', '/');
  yield* go(page, 'account', '/account');
  yield* go(page, 'password', '/account/password');
  yield seen(page, 'password, sent empty', await send(page, 'button.main'));
  await page.getByLabel('Current password').fill('not this one');
  await page.getByLabel('New password', { exact: true }).fill('short');
  yield seen(page, 'password, in error', await send(page, 'button.main'));
  yield* go(page, 'no such page', '/nowhere/at/all', 404);
}

/* The second factor, from being off to being off again; and what a superuser sees of an account. */
export async function* factorPages(page, { email, password }) {
  yield* go(page, 'second factor, off', '/account/second-factor');
  await send(page, 'button.main');
  await page.locator('#password').fill(password);
  yield seen(page, 'second factor, set up', await send(page, 'button.main'));
  const secret = (await page.locator('.secret').textContent()).replace(/ /g, '');
  await page.locator('#code').fill('12');
  yield seen(page, 'second factor, wrong code', await send(page, 'button.main'));
  await page.locator('#code').fill(code(secret));
  yield seen(page, 'recovery codes', await send(page, 'button.main'));
  const [recovery] = (await page.locator('pre.secret').textContent()).trim().split('\n');
  yield* go(page, 'second factor, on', '/account/second-factor');
  yield* go(page, 'account with a second factor', '/account');
  await send(page, 'header form button');
  await page.goto('/sign-in');
  await page.locator('#email').fill(email);
  await page.locator('#password').fill(password);
  yield seen(page, 'sign-in, code asked', await send(page, 'button.main'));
  await page.locator('#code').fill('12');
  yield seen(page, 'sign-in, wrong code', await send(page, 'button.main'));
  await page.locator('#code').fill(recovery);
  assert.equal((await send(page, 'button.main')).status(), 200);
  await page.goto('/account/second-factor');
  await send(page, 'button.danger');
  await page.locator('#password').fill(password);
  yield seen(page, 'second factor, off again', await send(page, 'button.main'));
}

/* What a superuser does about the account of somebody, and what comes of it. */
export async function* personPages(page, id) {
  yield* go(page, 'sign-ins of a person', `/admin/accounts/${id}`);
  await send(page, 'form[action$="/reset"] button');
  if (await page.locator('#password').count()) {
    await page.locator('#password').fill(first.password);
    await send(page, 'button.main');
  }
  const link = await page.locator('.secret').textContent();
  const response = await page.goto(link);
  assert.equal(response.status(), 200);
  yield seen(page, 'reset', response);
  if (!await page.locator('#token').inputValue())
    await page.locator('#token').fill(link);
  yield seen(page, 'reset, sent empty', await send(page, 'button.main'));
  await page.locator('#new').fill('six warm lamps');
  await page.locator('#repeat').fill('six warm lamps');
  yield seen(page, 'reset, done', await send(page, 'button.main'));
}

/* What somebody sees who is not signed in. */
export async function* strangerPages(page) {
  yield* go(page, 'sign-in', '/sign-in');
  yield seen(page, 'sign-in, sent empty', await send(page, 'button.main'));
  await page.getByLabel('Email').fill('nobody@example.com');
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  yield seen(page, 'sign-in, in error', await send(page, 'button.main'));
  yield* go(page, 'no such page, not signed in', '/nowhere/at/all', 404);
}

/* The admin area, as a superuser sees it: nothing here is started. */
export async function* adminPages(page) {
  yield* go(page, 'admin', '/admin/');
  yield* go(page, 'health', '/admin/health');
  yield* go(page, 'schema', '/admin/schema');
  await page.locator('details summary').click();
  yield* go(page, 'migrations', '/admin/migrations');
  const [revision] = await hrefs(page, 'tbody th a'), [undo] = await hrefs(page, '.buttons a.danger');
  yield* go(page, 'revision', revision);
  yield* go(page, 'undo a revision', undo);
  yield* go(page, 'undo everything', '/admin/migrations/downgrade?to=base');
  yield seen(page, 'undo everything, password asked', await send(page, 'button[name=_go]'));
  await page.locator('#password').fill('not this one');
  yield seen(page, 'undo everything, wrong password', await send(page, 'button.main'));
  yield* go(page, 'nothing to apply', '/admin/migrations/upgrade?to=head');
  yield* go(page, 'new revision', '/admin/migrations/new');
  yield* go(page, 'rescue', '/admin/migrations/rescue');
  yield* go(page, 'seeds', '/admin/seeds');
  await page.locator('#seed-load-scale').fill('much');
  yield seen(page, 'seeds, in error', await send(page, '#seed-load-scale ~ * [name=_trial], form:has(#seed-load-scale) [name=_trial]'));
  yield* go(page, 'queries', '/admin/queries');
  yield* go(page, 'queries, most often', '/admin/queries?sort=calls');
  const statements = await hrefs(page, '#statements ~ .scroll tbody th a[href^="/admin/queries/"]');
  if (statements.length)
    yield* go(page, 'query', statements[0]);
  yield* go(page, 'audit', '/admin/audit');
  const older = await hrefs(page, '.pager a[rel=next]');
  if (older.length)
    yield* go(page, 'audit, older', older[0]);
  yield* go(page, 'audit, nothing found', '/admin/audit?who=nobody-at-all');
  yield* go(page, 'audit, in error', '/admin/audit?from=31.02.&to=yesterday', 422);
  yield* go(page, 'admin key, not needed', '/admin/key');
  yield* backupPages(page);
}

/* One backup is made, and looked at from all sides. */
async function* backupPages(page) {
  yield* go(page, 'backups', '/admin/backups/');
  await page.locator('#note').fill('x'.repeat(300));
  yield seen(page, 'backups, in error', await send(page, 'form.act button'));
  await page.locator('#note').fill('of a walk through the pages');
  yield seen(page, 'job', await send(page, 'form.act button'));
  await page.waitForFunction(async () => /class="badge good"/.test(await (await fetch(location.href)).text()), null, { timeout: 60000 });
  yield* go(page, 'job that has ended', new URL(page.url()).pathname);
  yield* go(page, 'jobs', '/admin/jobs/');
  yield* go(page, 'backups with one', '/admin/backups/');
  await page.locator('tbody th a').first().waitFor({ timeout: 15000 }).catch(() => {}); // told below
  const [backup] = await hrefs(page, 'tbody th a');
  assert.ok(backup, await page.locator('main').innerText());
  yield* go(page, 'backup', backup);
  yield* go(page, 'restore', `${backup}/restore`);
  yield* go(page, 'delete a backup', `${backup}/delete`);
  yield* go(page, 'remove old backups', '/admin/backups/prune');
  yield* go(page, 'databases put aside', '/admin/backups/earlier');
  yield* go(page, 'upload, password asked', '/admin/backups/upload', 403);
}
