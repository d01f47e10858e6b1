/* The same without JavaScript: what the script makes easier, the server does in a step of its own, and nothing typed is
 * lost on the way. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { confirmSelf, first, follow, newName, nobody, openBrowser, openPage, press, signedIn, visitor } from './site.mjs';

const browser = await openBrowser();
after(() => browser.close());
const admin = await signedIn(browser);

const work = (name, action, { cookies = admin, width } = {}) => test(name, async () => {
  const problems = [];
  const context = await visitor(browser, { script: false, cookies, width });
  try {
    await action(await openPage(context, problems));
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
});

const heading = page => page.locator('h1').textContent();
const fact = (page, label) =>
  page.locator('.facts > div', { has: page.locator('dt', { hasText: label }) }).locator('dd');
const chips = async page => (await page.locator('.facts .chip').allTextContents()).sort();
const title = async (page, path, place = 0) => {
  await page.goto(path);
  return (await page.locator('tbody th').nth(place).textContent()).trim();
};

async function newTeam(page, name = newName('plain')) {
  await page.goto('/teams/new');
  await page.getByLabel('Name').fill(name);
  await press(page, 'Save');
  assert.equal(await heading(page), name);
  return { name, path: new URL(page.url()).pathname, id: page.url().split('/').at(-1) };
}

/* Chooses one record in the step between. */
async function choose(page, button, text) {
  await press(page, button);
  await page.getByRole('searchbox').fill(text);
  await press(page, 'Search');
  const result = page.locator('.results button', { has: page.getByText(text, { exact: true }) }).first();
  await follow(page, () => result.click());
}

work('sign in with a mistake, then without, and out', async page => {
  await page.goto('/members/');
  await page.getByLabel('Email').fill(first.email);
  await press(page, 'Sign in');
  assert.match(await page.locator('#problem').innerText(), /There is a problem\s+Enter your password/);
  await page.getByLabel('Password').fill(first.password);
  await press(page, 'Sign in');
  assert.equal(new URL(page.url()).pathname, '/members/');
  await press(page, 'Sign out');
  await page.goto('/members/');
  assert.match(page.url(), /\/sign-in/);
}, { cookies: nobody });

work('a new member: choosing team, chief and skills in steps keeps everything that was typed', async page => {
  const team = await newTeam(page);
  const skills = [await title(page, '/skills/'), await title(page, '/skills/?sort=-name')];
  await page.goto(`/members/new?team_id=${team.id}`);
  const chief = newName('chief');
  await page.getByLabel('Name').fill(chief);
  await page.getByLabel('Role').fill('chief');
  await press(page, 'Save');

  await page.goto('/members/new');
  const typed = {
    Name: 'not yet right!', Role: ' <b>"kept"</b> & \'safe\' ', 'Hours a week': '12,5',
    Backstory: '\n  first line\n\nlast ü\n',
  };
  const name = newName('member');
  for (const [label, text] of Object.entries(typed))
    await page.getByLabel(label).fill(text);
  await page.getByLabel('Freelancer').check();
  await page.getByLabel('Joined on').fill('2024-02-29');
  const kept = async () => {
    for (const [label, text] of Object.entries(typed))
      assert.equal(await page.getByLabel(label).inputValue(), text, label);
    assert.ok(await page.getByLabel('Freelancer').isChecked());
    assert.equal(await page.getByLabel('Joined on').inputValue(), '2024-02-29');
    assert.equal(await page.locator('#problem').count(), 0, 'a step on the way judges nothing');
  };
  await choose(page, 'Choose Team', team.name);
  await kept();
  await choose(page, 'Choose Reports to', chief);
  await kept();
  await press(page, 'Change Team');
  await press(page, 'Back without choosing');
  await kept();

  await press(page, 'Add… Skills');
  await page.getByRole('checkbox', { name: skills[0] }).check();
  await page.getByRole('searchbox').fill(skills[1]);
  await press(page, 'Search');
  await page.getByRole('checkbox', { name: skills[1] }).check();
  await press(page, 'Add the chosen');
  await kept();
  for (const skill of skills)
    assert.ok(await page.getByRole('checkbox', { name: skill }).isChecked(), `${skill}, with a search in between`);

  assert.equal((await press(page, 'Save')).status(), 422);
  assert.equal(await page.getByLabel('Backstory').inputValue(), typed.Backstory);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Hours a week').fill('12.5');
  await press(page, 'Save');
  assert.equal(await heading(page), name);
  assert.equal((await fact(page, 'Team').innerText()).trim(), team.name);
  assert.equal((await fact(page, 'Reports to').innerText()).trim(), chief);
  assert.equal((await fact(page, 'Role').innerText()).trim(), '<b>"kept"</b> & \'safe\'');
  assert.deepEqual(await chips(page), [...skills].sort());

  await follow(page, () => page.getByRole('link', { name: 'Edit', exact: true }).click());
  await press(page, 'Clear Reports to');
  await page.getByRole('checkbox', { name: skills[0] }).uncheck();
  await press(page, 'Save');
  assert.match(await fact(page, 'Reports to').innerText(), /–|none/);
  assert.deepEqual(await chips(page), [skills[1]]);
});

work('what was chosen survives turning the pages of a step', async page => {
  const { path } = await newTeam(page);
  await page.goto(`${path}/edit`);
  await press(page, 'Add… Needed skills');
  const [one] = await page.locator('.results label').allTextContents();
  await page.locator('.results input').first().check();
  await press(page, 'Next page');
  const [other] = await page.locator('.results label').allTextContents();
  assert.notEqual(one, other);
  await page.locator('.results input').first().check();
  await press(page, 'Add the chosen');
  assert.equal(await page.locator('fieldset input[type=checkbox]:checked').count(), 2);
});

work('only members of the team are offered as its members\' chiefs', async page => {
  const team = await newTeam(page);
  await page.goto(`/members/new?team_id=${team.id}`);
  await press(page, 'Choose Reports to');
  assert.equal(await page.locator('.results').count(), 0, 'a team without members');
});

work('a list is filtered by a record that is chosen in a step', async page => {
  await page.goto('/members/?type=worker');
  const all = await page.locator('tbody th').count();
  await page.getByLabel('Type').selectOption('Leader');
  await press(page, 'Choose Team');
  const team = (await page.locator('.results .title').first().textContent()).trim();
  await follow(page, () => page.locator('.results a').first().click());
  assert.match(page.url(), /type=leader/, 'what was not sent yet goes along');
  const cells = await page.locator('tbody td:nth-child(2)').allTextContents();
  assert.deepEqual([...new Set(cells.map(text => text.trim()))], [team]);
  await page.getByLabel('Type').selectOption('Worker');
  await press(page, 'Apply filters');
  assert.match(page.url(), /team_id=\d+/, 'the form keeps what was chosen elsewhere');
  await follow(page, () => page.getByRole('link', { name: 'Clear all' }).click());
  assert.ok(await page.locator('tbody th').count() >= all);
});

/* Two people, two browsers. */
test('two people change a team: both sides are shown, both are kept', async () => {
  const windows = [];
  for (const cookies of [admin, await signedIn(browser)])
    windows.push(await visitor(browser, { script: false, cookies }));
  const [mine, theirs] = await Promise.all(windows.map(window => openPage(window)));
  const { name, path } = await newTeam(mine);
  const skill = await title(mine, '/skills/');
  await mine.goto(`${path}/edit`);
  await theirs.goto(`${path}/edit`);
  await theirs.getByLabel('Description').fill('as they want it');
  await theirs.getByLabel('Private').check();
  await press(theirs, 'Save');

  await mine.getByLabel('Description').fill('as I want it');
  await mine.getByLabel('Hierarchical').check();
  await press(mine, 'Add… Needed skills');
  await mine.getByRole('checkbox', { name: skill }).check();
  await press(mine, 'Add the chosen');
  const conflict = await press(mine, 'Save');
  assert.equal(conflict.status(), 409);
  assert.match(await heading(mine), new RegExp(name));
  const row = label => mine.locator('tr', { has: mine.getByRole('rowheader', { name: label }) });
  assert.match(await row('Description').innerText(), /as they want it[^]*as I want it/);
  assert.match(await row('Visibility').innerText(), /Open[^]*Private[^]*Theirs/);
  assert.match(await row('Workflow').innerText(), /Sequential[^]*Hierarchical[^]*Yours/);
  assert.ok(await row('Description').getByLabel('Yours').isChecked());
  await row('Description').getByLabel('Theirs').check();
  await press(mine, 'Save team');
  assert.equal(await heading(mine), name);
  assert.equal((await fact(mine, 'Description').innerText()).trim(), 'as they want it');
  assert.equal((await fact(mine, 'Visibility').innerText()).trim(), 'Private');
  assert.equal((await fact(mine, 'Workflow').innerText()).trim(), 'Hierarchical');
  assert.deepEqual(await chips(mine), [skill]);
  await Promise.all(windows.map(window => window.close()));
});

work('a key is shown once, a file goes up', async page => {
  const { name } = await newTeam(page);
  await page.goto('/api-keys/new');
  await page.getByLabel('Description').fill(newName('key'));
  await choose(page, 'Choose Team', name);
  await confirmSelf(page);
  await press(page, 'Save');
  assert.match(await page.locator('.secret').textContent(), /^\S{32,}$/);
  await page.reload();
  assert.equal(await page.locator('.secret').count(), 0);
  await page.goto('/files/new');
  const file = `${newName('notes')}.txt`;
  await page.getByLabel('File', { exact: true })
    .setInputFiles({ name: file, mimeType: 'text/plain', buffer: Buffer.from('ä note\n') });
  await press(page, 'Save');
  assert.equal(await heading(page), file);
  assert.match(await fact(page, 'Content type').innerText(), /text\/plain/);
});

work('a team is deleted', async page => {
  const { name, path } = await newTeam(page);
  await page.goto(path);
  await follow(page, () => page.getByRole('link', { name: 'Delete' }).click());
  await press(page, 'Delete team');
  assert.match(await page.locator('.flash').textContent(), new RegExp(`${name} was deleted`));
  assert.equal((await page.goto(path)).status(), 404);
});

work('the menu opens on a narrow screen', async page => {
  await page.goto('/');
  const link = page.locator('nav.side a', { hasText: 'Threads' });
  assert.equal(await link.isVisible(), false);
  await page.getByRole('button', { name: 'Menu' }).click();
  await follow(page, () => link.click());
  assert.match(await heading(page), /^Threads/);
}, { width: 320 });
