/* A backup from the first press of a button to its proof, with the script and without, and the pages on the way: nothing
 * that the browser complains about, nothing that an accessibility checker does. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import axe from 'axe-core';
import { first, follow, newName, openBrowser, openPage, press, signedIn, visitor } from './site.mjs';

const browser = await openBrowser();
after(() => browser.close());
const admin = await signedIn(browser);

async function accessible(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(found.violations.map(each => `${each.id}: ${each.nodes[0].html}`), [], page.url());
}

const work = (name, script, action) => test(name, async () => {
  const problems = [];
  const context = await visitor(browser, { script, cookies: admin });
  try {
    await action(await openPage(context, problems));
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
});

async function confirm(page) {
  if (!/Enter your password again/.test(await page.locator('h1').textContent())) return;
  await page.getByLabel('Password', { exact: true }).fill(first.password);
  await press(page, 'Go on');
}

for (const [how, script] of [['with the script', true], ['without JavaScript', false]])
  work(`back up, watch it, look at it and delete it, ${how}`, script, async page => {
    const note = newName('browser');
    await page.goto('/admin/');
    await follow(page, () => page.locator('nav.side').getByRole('link', { name: 'Backups' }).click());
    await page.getByLabel('Note (optional)').fill(note);
    await press(page, 'Back up');
    assert.match(page.url(), /\/admin\/jobs\/[\w-]+$/);
    /* Nobody reloads: the script does, or the page itself. */
    await page.locator('h1 .badge.good').waitFor({ timeout: 60000 });
    assert.match(await page.locator('#log').textContent(), /verified roster-\S+: \d+ rows in \d+ tables/);
    assert.match(await page.title(), /^Back up, done/);
    await page.goto('/admin/jobs/');
    assert.match(await page.locator('tbody tr').first().textContent(), new RegExp(note));
    await page.goto('/admin/backups/');
    const line = page.locator('tbody tr', { hasText: note });
    assert.match(await line.textContent(), /verified/);
    await follow(page, () => line.getByRole('link').click());
    await follow(page, () => page.getByRole('link', { name: 'Restore it' }).click());
    await page.getByLabel('To confirm, type roster').fill('something else');
    await press(page, 'Restore');
    await confirm(page);
    assert.match(await page.locator('#problem').innerText(), /Type roster to confirm/);
    await follow(page, () => page.getByRole('link', { name: 'Cancel' }).click());
    await follow(page, () => page.getByRole('link', { name: 'Delete' }).click());
    await press(page, 'Delete');
    await confirm(page);
    assert.match(await page.locator('.flash').textContent(), /was deleted/);
    assert.equal(await page.locator('tbody tr', { hasText: note }).count(), 0);
  });

work('the pages stand up to an accessibility checker', 'empty', async page => {
  for (const path of ['/admin/backups/', '/admin/backups/upload', '/admin/backups/earlier', '/admin/backups/prune', '/admin/jobs/']) {
    await page.goto(path);
    if (/Enter your password again/.test(await page.locator('h1').textContent())) await confirm(page);
    await accessible(page);
  }
  await page.goto('/admin/jobs/');
  await follow(page, () => page.locator('tbody a').first().click());
  await accessible(page);
});
