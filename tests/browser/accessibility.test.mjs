/* Every page of every model, and the rest of the site: axe-core finds no violation in either colour scheme, at the
 * width of a desk and of a telephone; the Nu HTML checker finds no error; at 320 pixels nothing makes the page scroll
 * sideways (WCAG 2.2, 1.4.10); the browser has nothing to complain about, neither errors of scripts nor anything that
 * the content security policy forbids. With the script and without. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import axe from 'axe-core';
import vnu from 'vnu-jar';
import { confirmSelf, endSession, first, modelPaths, newName, nobody, openBrowser, openPage, press, signedIn, signIn, visitor }
  from './site.mjs';
import { adminPages, blocked, factorPages, firstKey, managed, modelPages, ownPages, personPages, send, strangerPages } from './walk.mjs';

const all = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
/* What can differ when the same page is seen in other colours or at another width. */
const looks = { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'] };
const fixed = name => join(process.env.BUILD, 'static', name);

const browser = await openBrowser();
const saved = await mkdtemp(join(tmpdir(), 'roster-pages-'));
after(async () => {
  await browser.close();
  await rm(saved, { recursive: true });
});
const admin = await signedIn(browser);

async function violations(page, name, runOnly) {
  if (!await page.evaluate(() => 'axe' in globalThis))
    await page.evaluate(axe.source);
  const found = await page.evaluate(only =>
    globalThis.axe.run(document, { runOnly: only, resultTypes: ['violations'] }), runOnly);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${name}: ${id}: ${node.html.slice(0, 200)}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
}

/* What sticks out on the right and is not inside something that scrolls by itself. */
const overflow = page => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  const { scrollWidth } = document.documentElement;
  const wide = scrollWidth > width ? [`the page is ${scrollWidth} wide`] : [];
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    const alone = element.closest('.scroll > *, pre, textarea');
    if (box.right > width + 1 && box.width > 1 && element.checkVisibility() && !alone)
      wide.push(element.outerHTML.slice(0, 120));
  }
  return wide;
});

/* With the script: light on a desk, dark on a telephone. Without: dark on a desk. Each scheme is seen at each width by
 * the pages that hold one of everything. */
const views = {
  script: [['light', 1280], ['dark', 320]],
  plain: [['dark', 1280]],
  thorough: [['light', 1280], ['dark', 1280], ['light', 320], ['dark', 320]],
};

async function check(page, name, seen) {
  const wrong = [];
  await page.setViewportSize({ width: 320, height: 800 });
  wrong.push(...(await overflow(page)).map(what => `${name}, 320 pixels: ${what}`));
  for (const [index, [colorScheme, width]] of seen.entries()) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    wrong.push(...await violations(page, `${name}, ${colorScheme}, ${width} pixels`, index === 0 ? all : looks));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
  return wrong;
}

const names = new Map();

async function keep(name, response) {
  const file = `${names.size}.html`;
  names.set(file, name);
  await writeFile(join(saved, file), await response.text());
}

/* Without its script a page is another one only where the script would have changed it. */
const enhanced = '[data-pick], [data-reveal], [data-copy]';

const thorough = /^(overview|list|list, filtered|new, in error|record|conflict|delete|sign-in, in error)$/;

async function walk(way, cookies = admin) {
  const wrong = [];
  for (const script of [true, 'empty']) {
    const context = await visitor(browser, { script, cookies });
    const page = await openPage(context, wrong);
    for await (const { name, response } of way(page)) {
      if (script === true)
        await keep(`${response.url()} (${name})`, response);
      if (script === true)
        wrong.push(...await check(page, name, thorough.test(name) ? views.thorough : views.script));
      else if (await page.locator(enhanced).count())
        wrong.push(...await check(page, `${name}, without a script`, views.plain));
    }
    await context.close();
  }
  assert.deepEqual(wrong, []);
}

/* A list with nothing in it is a page as well; this comes before anything is made. */
test('an empty list, and a key that is shown once', async () => walk(async function* (page) {
  const response = await page.goto('/api-keys/');
  if (await page.locator('.empty.big').count())
    yield { name: 'empty list', response };
  const team = await firstKey(page, '/teams/');
  await page.goto(`/api-keys/new?team_id=${team}`);
  await page.getByLabel('Description').fill(newName('key'));
  await confirmSelf(page);
  yield { name: 'new key', response: await press(page, 'Save') };
  assert.equal(await page.locator('.secret').count(), 1);
}, await signedIn(browser)));

for (const path of await modelPaths(browser, admin))
  test(`the pages of ${path}`, () => walk(page => modelPages(page, path)));

test('overview, account, password, what does not exist', () => walk(ownPages));

/* As somebody who has not typed the password lately: it is asked for there. */
test('the admin area', async () => walk(adminPages, await signedIn(browser)));

test('what may not be done', () => walk(async function* (page) {
  yield { name: 'blocked', response: await blocked(page, '/users/') };
  const skill = await managed(page, '/skills/');
  yield { name: 'managed', response: await page.goto(skill) };
  yield { name: 'managed, edit', response: await page.goto(`${skill}/delete`) };
  yield { name: 'unknown filter', response: await page.goto('/teams/?colour=red') };
  await page.goto('/teams/new');
  await page.locator('form.record [name=csrf]').evaluate(token => { token.value = 'x'; });
  yield { name: 'foreign form', response: await send(page, 'button.main') };
}));

test('signing in', () => walk(strangerPages, nobody));

for (const name of ['down.html', 'failed.html', 'missing.html', 'refused.html', 'too-large.html', 'too-many.html'])
  test(`what the server in front answers by itself: ${name}`, () => walk(async function* (page) {
    await page.route(`**/static/${name}`, route => route.fulfill({ path: fixed(name) }));
    yield { name, response: await page.goto(`/static/${name}`) };
  }, nobody));

test('a form whose sign-in has ended on the way', () => walk(async function* (page) {
  await signIn(page);
  await page.goto('/files/new');
  await page.getByLabel('Description').fill('typed\nbefore');
  await endSession(browser, page);
  yield { name: 'sign in again', response: await send(page, 'button.main') };
  assert.equal(await page.locator('.note').count(), 1);
  await page.locator('#email').fill(first.email);
  await page.locator('#password').fill(first.password);
  yield { name: 'signed in again', response: await send(page, 'button.main') };
  await page.getByRole('button', { name: 'Send it now' }).waitFor();
}, nobody));

/* Somebody who may little, and whose first password was made for them. */
test('the first sign-in of a person without rights', async () => {
  const who = { email: `${newName('person')}@example.com`, password: 'three warm lamps' };
  const context = await visitor(browser, { cookies: await signedIn(browser) });
  const page = await context.newPage();
  await page.goto('/users/new');
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Full name').fill('A person');
  await page.getByLabel('Password (optional)').fill(who.password);
  await page.getByLabel('Must change password').check();
  await confirmSelf(page);
  await press(page, 'Save');
  await context.close();
  const cookies = await signedIn(browser, who);
  await walk(async function* (page) {
    yield { name: 'first password', response: await page.goto('/') };
    assert.match(page.url(), /\/account\/password$/);
    yield { name: 'first password, sent empty', response: await send(page, 'button.main') };
  }, cookies);
  const own = await visitor(browser, { cookies });
  const first = await own.newPage();
  await first.goto('/account/password');
  await first.getByLabel('Current password').fill(who.password);
  await first.getByLabel('New password', { exact: true }).fill('four cold lamps');
  await first.getByLabel('New password again').fill('four cold lamps');
  await press(first, 'Change password');
  await own.close();
  await walk(async function* (page) {
    yield { name: 'overview of a person without rights', response: await page.goto('/') };
    yield { name: 'users without rights', response: await page.goto('/users/') };
    const refused = await page.goto('/users/new');
    assert.equal(refused.status(), 403);
    yield { name: 'refused', response: refused };
  }, cookies);
});

/* An account of one's own for each walk: with a second factor the first one's password would not be enough. */
async function newAccount(password) {
  const who = { email: `${newName('walker')}@example.com`, password };
  const context = await visitor(browser, { cookies: await signedIn(browser) });
  const page = await context.newPage();
  await page.goto('/users/new');
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Full name').fill('Walker');
  await page.getByLabel('Password (optional)').fill(password);
  await confirmSelf(page);
  await press(page, 'Save');
  who.id = page.url().split('/').at(-1);
  await context.close();
  return who;
}

test('a second factor', async () => {
  const who = await newAccount('seven warm lamps');
  await walk(async function* (page) {
    await signIn(page, who);
    yield* factorPages(page, who);
  }, nobody);
});

test('the sign-ins of a person, and a reset link', async () => {
  const who = await newAccount('eight warm lamps');
  await walk(page => personPages(page, who.id), await signedIn(browser));
});

/* Last: all pages that the tests above have seen, in one run of the checker. */
test('the Nu HTML checker finds no error on any page', async () => {
  const files = [...names.keys()].map(file => join(saved, file));
  assert.ok(files.length > 100, `${files.length} pages were kept`);
  const { stderr } = await promisify(execFile)('java',
    ['-jar', vnu, '--errors-only', '--exit-zero-always', '--format', 'json', ...files], { maxBuffer: 64 << 20 });
  const errors = JSON.parse(stderr).messages.map(({ url, lastLine, message, extract }) =>
    `${names.get(url.split('/').at(-1))}, line ${lastLine}: ${message} ${extract}`);
  assert.deepEqual(errors, []);
});
