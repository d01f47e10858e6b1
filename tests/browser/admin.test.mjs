/* The admin area as a person uses it who never read about it, with JavaScript and without. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { first, follow, nobody, openBrowser, openPage, press, signedIn, signIn, visitor } from './site.mjs';

const browser = await openBrowser();
after(() => browser.close());

const heading = page => page.locator('h1').textContent();
const click = (page, name) => follow(page, () => page.getByRole('link', { name, exact: true }).first().click());

for (const script of [true, false]) {
  const how = script ? 'with JavaScript' : 'without JavaScript';
  const work = (name, action, { width, cookies } = {}) => test(`${name}, ${how}`, async () => {
    const problems = [];
    const context = await visitor(browser, { script, width, cookies: cookies ?? await signedIn(browser) });
    try {
      await action(await openPage(context, problems));
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  });

  work('from the overview to the state, and on to each page and back', async page => {
    await page.goto('/');
    await click(page, 'Administration');
    const places = await page.locator('.places a').allTextContents();
    assert.ok(places.length >= 6, places.join());
    for (const place of places) {
      await follow(page, () => page.locator('.places a', { hasText: place }).first().click());
      assert.equal(await page.locator('nav.side a[aria-current]').textContent(), place);
      await follow(page, () => page.locator('.crumbs a').first().click());
      assert.equal(await heading(page), 'Admin');
    }
  });

  work('the diagram leads to a list, by keyboard too', async page => {
    await page.goto('/admin/schema');
    const box = page.locator('svg a[href="/teams/"]');
    await box.focus();
    await follow(page, () => page.keyboard.press('Enter'));
    assert.match(await heading(page), /^Teams/);
  });

  work('somebody who wants to undo a revision is told what goes, asked for the password, and may think again', async page => {
    await page.goto('/admin/migrations');
    await click(page, 'Undo everything');
    assert.match(await page.locator('main').innerText(), /A backup is made first/);
    await page.getByLabel('To confirm, type base').fill('bas');
    await follow(page, () => page.locator('button[name=_go]').click());
    assert.equal(await heading(page), 'Enter your password again');
    await press(page, 'Go on');
    assert.match(await page.locator('#problem').innerText(), /Enter your password/);
    await page.getByLabel('Password', { exact: true }).fill(first.password);
    await press(page, 'Go on');
    assert.match(await page.locator('#problem').innerText(), /Type base to confirm/);
    assert.equal(await page.getByLabel('To confirm, type base').inputValue(), 'bas', 'what was typed is kept');
    await click(page, 'Cancel');
    assert.match(await page.locator('.verdict').innerText(), /All revisions are applied/);
  });

  work('who signed in is found in the audit', async page => {
    await page.goto('/admin/audit');
    await page.getByLabel('What', { exact: true }).selectOption('Sign-ins and passwords');
    await page.getByLabel('Who', { exact: true }).fill(first.email);
    await press(page, 'Apply filters');
    const lines = await page.locator('tbody tr').allInnerTexts();
    assert.ok(lines.length > 0);
    for (const line of lines)
      assert.match(line, /sign|password|code|factor|tries/i);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as CSV' }).click()]);
    assert.equal(download.suggestedFilename(), 'audit.csv');
    await click(page, 'Clear all');
    assert.equal(await page.getByLabel('Who', { exact: true }).inputValue(), '');
  }, { width: 320 });

  work('a statement is looked at from the list of those that take long', async page => {
    await page.goto('/admin/queries');
    await click(page, 'Most often');
    await follow(page, () => page.locator('#statements ~ .scroll tbody th a').first().click());
    assert.equal(await heading(page), 'Query');
    assert.match(await page.locator('main').innerText(), /How PostgreSQL runs it[^]*Would an index help\?/);
  });

  work('nobody is shown the way in by key while it is not needed', async page => {
    await page.goto('/admin/key');
    assert.equal(await heading(page), 'The key is not needed');
    await click(page, 'Go to the admin page');
    assert.match(page.url(), /\/sign-in/);
    await signIn(page);
  }, { cookies: nobody });
}

test('on a narrow screen the names of figures stand in one column with the other names', async () => {
  const context = await visitor(browser, { width: 375 });
  try {
    const page = await openPage(context);
    await page.goto('/sign-in');
    await page.locator('main').evaluate(main => (main.innerHTML =
      '<table class="wraps"><tbody><tr><td data-label="Size" class="number">1</td><td data-label="By">x</td></tr></tbody></table>'));
    const aligned = await page.locator('td').evaluateAll(cells =>
      cells.map(cell => getComputedStyle(cell, '::before').textAlign.replace('start', 'left')));
    assert.deepEqual(aligned, ['left', 'left']);
  } finally {
    await context.close();
  }
});
