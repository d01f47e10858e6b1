/* The eighteen conventions of a good form, on every page that is made from the models. What can be seen by looking at a
 * page is looked at on all of them, with the script and without (inspect.mjs); what takes a hand follows below. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { first, follow, modelPaths, newName, nobody, openBrowser, openPage, press, signedIn, visitor }
  from './site.mjs';
import { inspect } from './inspect.mjs';
import { adminPages, editable, empty, modelPages, ownPages, send, strangerPages } from './walk.mjs';

const browser = await openBrowser();
after(() => browser.close());
const admin = await signedIn(browser);
const paths = await modelPaths(browser, admin);

const complaints = new Map();
const titles = new Map();
const statuses = new Map();
const errors = new Set();
let pages = 0;

/* Two pages have titles that differ, unless they differ only in the order of their rows or in what was typed. */
function remember(page, name, title, status) {
  if (status >= 400 && ![409, 422].includes(status)) return;
  const address = new URL(page.url());
  address.searchParams.delete('sort');
  if (!titles.has(title)) titles.set(title, new Set());
  const [step] = /picker of \w+|conflict/.exec(name) ?? [];
  titles.get(title).add(`${address.pathname}${address.search} ${step ?? ''}`);
}

async function look(way, cookies) {
  for (const script of [true, 'empty']) {
    const context = await visitor(browser, { script, cookies });
    const page = await openPage(context);
    for await (const { name, response } of way(page)) {
      pages++;
      /* autofocus acts when the page is drawn, which may be a moment after it has loaded */
      if (await page.locator('#problem').count())
        await page.locator('#problem:focus').waitFor().catch(() => {});
      for (const width of [1280, 320])
        for (const colorScheme of width === 320 ? ['light'] : ['dark', 'light']) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          for (const [convention, text] of await page.evaluate(inspect)) {
            if (!complaints.has(convention)) complaints.set(convention, new Set());
            complaints.get(convention).add(`${new URL(page.url()).pathname} ${name}: ${text}`);
          }
        }
      await page.setViewportSize({ width: 1280, height: 800 });
      for (const text of await page.locator('.error').allTextContents()) errors.add(text);
      remember(page, name, await page.title(), response.status());
      statuses.set(`${name} ${response.url()}`, [name, response.status()]);
    }
    await context.close();
  }
}

for (const path of paths)
  await look(page => modelPages(page, path), admin);
await look(ownPages, admin);
/* As somebody who has not typed the password lately: it is asked for there. */
await look(adminPages, await signedIn(browser));
await look(strangerPages, nobody);

const none = convention => assert.deepEqual([...complaints.get(convention) ?? []], []);

async function somebody(options, action) {
  const context = await visitor(browser, { cookies: admin, ...options });
  try {
    await action(await openPage(context));
  } finally {
    await context.close();
  }
}

test('the pages were seen', () => {
  assert.ok(pages > 20 * paths.length, `${pages} pages`);
  assert.ok(errors.size > 20, `${errors.size} different errors`);
});

test('1. a summary comes first, and each line of it leads to its field', () => none(1));
test('2. the same words in the summary and beside the field; the title begins with Error:', () => none(2));

test('3. the focus is on the summary, also without a script', async () => {
  none(3);
  await somebody({ script: false }, async page => {
    await page.goto('/teams/new');
    await press(page, 'Save');
    await page.locator('#problem:focus').waitFor();
    await page.keyboard.press('Tab');
    await follow(page, () => page.keyboard.press('Enter')).catch(() => {});
    assert.match(page.url(), /#field-name$/, 'the first stop after the summary itself is its first link');
  });
});

test('4. label, hint, error, input, in this order and tied together', () => none(4));

test('5. everything typed stays, except passwords; the browser validates nothing', async () => {
  none(5);
  await somebody({ script: false }, async page => {
    await page.goto('/users/new');
    await page.locator('#field-email').fill('nobody at all');
    await page.locator('#field-full_name').fill('  Zoë "Z" <b>O\'Neill</b>  ');
    await page.locator('#field-hashed_password').fill('pass');
    await page.locator('#field-is_superuser').check();
    const response = await press(page, 'Save');
    assert.equal(response.status(), 422);
    assert.equal(await page.locator('#field-email').inputValue(), 'nobody at all');
    assert.equal((await page.locator('#field-full_name').inputValue()).trim(), 'Zoë "Z" <b>O\'Neill</b>');
    assert.equal(await page.locator('#field-hashed_password').inputValue(), '');
    assert.equal(await page.locator('#field-is_superuser').isChecked(), true);
  });
});

test('5. Enter saves, though other buttons come first', async () => {
  for (const script of [true, false])
    await somebody({ script }, async page => {
      await page.goto('/teams/new');
      const name = newName('enter');
      await page.getByLabel('Name').fill(name);
      const response = await follow(page, () => page.keyboard.press('Enter'));
      assert.equal(response.status(), 200);
      assert.equal(await page.locator('h1').textContent(), name);
    });
});

test('6. errors say what to do', () => none(6));

test('7. what is refused and what is missing have pages of their own', async () => {
  await somebody({}, async page => {
    for (const [path, status] of [['/nowhere/at/all', 404], ['/teams/999999999', 404], ['/teams/x/edit', 404],
      ['/teams/?colour=red', 400]]) {
      assert.equal((await page.goto(path)).status(), status);
      assert.equal(await page.locator('#problem').count(), 0);
      assert.equal(await page.locator('h1').count(), 1);
    }
  });
});

test('8. a label above, hints of one sentence, no placeholders', () => none(8));

/* Sent empty, a form complains about exactly those fields that are not marked as optional. */
test('8. what is optional says so, and nothing else', async () => {
  for (const path of paths)
    await somebody({ script: 'empty' }, async page => {
      await page.goto(`${path}new`);
      await empty(page);
      await send(page, 'button.main');
      const wrong = await page.locator('form.record .field').evaluateAll(fields => fields
        .filter(field => !field.querySelector(':scope > .tick > [type=checkbox]'))
        .filter(field => !field.querySelector('[type=radio]:checked'))
        .filter(field => Boolean(field.querySelector('.optional')) === Boolean(field.querySelector('.error')))
        .map(field => field.textContent.replace(/\s+/g, ' ').slice(0, 100)));
      assert.deepEqual(wrong, [], path);
    });
});

test('9. numbers have inputmode, not type=number; stray spaces do not count', async () => {
  none(9);
  await somebody({ script: false }, async page => {
    await page.goto('/teams/new');
    const name = newName('spaces');
    await page.getByLabel('Name').fill(`  ${name}  `);
    await press(page, 'Save');
    assert.equal(await page.locator('h1').textContent(), name);
  });
});

test('10. autocomplete tokens; codes and addresses are not spell-checked', async () => {
  none(10);
  await somebody({ cookies: nobody }, async page => {
    await page.goto('/sign-in');
    assert.equal(await page.locator('#email').getAttribute('autocomplete'), 'username');
    assert.equal(await page.locator('#password').getAttribute('autocomplete'), 'current-password');
  });
  await somebody({}, async page => {
    await page.goto('/account/password');
    const tokens = await page.locator('[type=password]').evaluateAll(all => all.map(one => one.autocomplete));
    assert.deepEqual(tokens, ['current-password', 'new-password', 'new-password']);
  });
});

test('11. radio buttons and checkboxes in a fieldset with a legend; no select multiple', () => none(11));

test('12. passwords: eight at least, no low maximum, no common ones, pasted, shown; which part was wrong stays unsaid',
  async () => {
    none(12);
    await somebody({}, async page => {
      const refused = async password => {
        await page.goto('/account/password');
        await page.locator('#current').fill(first.password);
        await page.locator('#new').fill(password);
        await page.locator('#repeat').fill('something else');
        assert.equal((await send(page, 'button.main')).status(), 422);
        return await page.locator('#new-error').count() > 0;
      };
      assert.equal(await refused('1234567'), true, 'seven');
      assert.equal(await refused('password123'), true, 'a common one');
      assert.equal(await refused('a long one '.repeat(10)), false, 'long ones');
      await page.locator('#new').evaluate(input => input.focus());
      await page.evaluate(() => navigator.clipboard.writeText('pasted words here'));
      await page.keyboard.press('Control+V');
      assert.equal(await page.locator('#new').inputValue(), 'pasted words here');
      const show = page.locator('.reveal', { has: page.locator('#new') }).getByRole('button');
      await show.click();
      assert.equal(await page.locator('#new').getAttribute('type'), 'text');
      assert.equal(await show.getAttribute('aria-pressed'), 'true');
      await show.click();
      assert.equal(await page.locator('#new').getAttribute('type'), 'password');
    });
    const answers = new Set();
    await somebody({ cookies: nobody }, async page => {
      for (const email of [first.email, 'nobody@example.com']) {
        await page.goto('/sign-in');
        await page.locator('#email').fill(email);
        await page.locator('#password').fill('not the password');
        const response = await press(page, 'Sign in');
        answers.add(`${response.status()} ${await page.locator('main').innerText()}`);
      }
    });
    assert.equal(answers.size, 1);
  });

test('13. in error 422, saved 303; reloading sends nothing again', async () => {
  none(13);
  for (const [page, [name, status]] of statuses) {
    if (/sent empty|in error/.test(name)) assert.equal(status, 422, page);
  }
  await somebody({ script: false }, async page => {
    await page.goto('/teams/new');
    const name = newName('reload');
    await page.getByLabel('Name').fill(name);
    const response = await press(page, 'Save');
    const posted = response.request().redirectedFrom();
    assert.equal(posted.method(), 'POST');
    assert.equal((await posted.response()).status(), 303);
    const again = await page.reload();
    assert.equal(again.request().method(), 'GET');
    await page.goto(`/teams/?q=${name}`);
    assert.equal(await page.locator('tbody tr').count(), 1);
  });
});

test('14. tables: caption, scope, the sorted column, numbers on the right, links that name their row', () => none(14));
test('15. pages in a nav, the present one marked and in the title; a changed filter begins anew', () => none(15));
test('16. skip link, one h1, landmarks, lang, unique ids, targets of 24 pixels', () => none(16));

test('16. no two pages have the same title', () => {
  const same = [...titles].filter(([, addresses]) => addresses.size > 1)
    .map(([title, addresses]) => `${title}: ${[...addresses].join(' ')}`);
  assert.deepEqual(same, []);
});

test('16. the skip link skips', async () => {
  await somebody({}, async page => {
    await page.goto('/teams/');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  });
});

/* Every stop of the Tab key is seen: it is on the screen, not wholly covered by something else, and has a ring of at
 * least 2 pixels (WCAG 2.2, 2.4.7 and 2.4.11). */
const stop = () => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const parts = [0.02, 0.25, 0.5, 0.75, 0.98];
  const seen = parts.some(across => parts.some(down => {
    const at = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down);
    return at && (element.contains(at) || at.contains(element));
  }));
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { html: element.outerHTML.slice(0, 140), good: seen && ring && inside, seen, ring, inside };
};

test('16. the focus is seen at every stop', async () => {
  for (const width of [1280, 320])
    for (const script of [true, 'empty'])
      await somebody({ script, width }, async page => {
        const record = await editable(page, '/teams/');
        const paths = ['/', '/members/?type=worker', '/members/new', record, `${record}/edit`, `${record}/delete`];
        for (const path of paths) {
          await page.goto(path);
          let stops = 0;
          for (;;) {
            await page.keyboard.press('Tab');
            const at = await page.evaluate(stop);
            if (!at) break;
            assert.ok(at.good, `${path} at ${width} pixels: ${JSON.stringify(at)}`);
            assert.ok(++stops < 300, 'the focus goes around in a circle');
          }
          assert.ok(stops > 8, `${stops} stops on ${path}`);
        }
      });
});

test('17. the edges of controls have a contrast of 3:1 in both schemes', () => none(17));

test('18. a link deletes nothing: it asks first, and cancelling keeps the record', async () => {
  await somebody({ script: false }, async page => {
    await page.goto('/teams/new');
    const name = newName('kept');
    await page.getByLabel('Name').fill(name);
    await press(page, 'Save');
    const record = page.url();
    await follow(page, () => page.getByRole('link', { name: 'Delete' }).click());
    assert.match(await page.locator('h1').textContent(), new RegExp(name));
    await follow(page, () => page.getByRole('link', { name: 'Cancel' }).click());
    assert.equal(page.url(), record);
    assert.equal((await page.goto(record)).status(), 200);
  });
});
