/* A day's work with the script: forms with errors, boxes that choose, keys, files, lists, deleting. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { confirmSelf, endSession, first, follow, newName, nobody, openBrowser, openPage, press, signedIn, signIn, visitor }
  from './site.mjs';
import { firstKey } from './walk.mjs';

const browser = await openBrowser();
after(() => browser.close());
const admin = await signedIn(browser);

/* A test of somebody signed in; what the browser complains about fails it. */
const work = (name, action, cookies = admin) => test(name, async () => {
  const problems = [];
  const context = await visitor(browser, { cookies });
  try {
    await action(await openPage(context, problems), problems);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
});

const heading = page => page.locator('h1').textContent();
const focused = page => page.evaluate(() => document.activeElement.id);
const fact = (page, label) =>
  page.locator('.facts > div', { has: page.locator('dt', { hasText: label }) }).locator('dd');
const rows = page => page.locator('tbody th').allTextContents();
const options = page => page.locator('[role=option]:visible');

/* Titles of records of a list, as it shows them. */
async function titles(page, path) {
  await page.goto(path);
  return (await rows(page)).map(text => text.trim());
}

async function newTeam(page, name = newName('team')) {
  await page.goto('/teams/new');
  await page.getByLabel('Name').fill(name);
  await press(page, 'Save');
  assert.equal(await heading(page), name);
  return { name, path: new URL(page.url()).pathname };
}

work('sign in with a mistake, then without, and out', async page => {
  await page.goto('/teams/');
  assert.match(page.url(), /\/sign-in\?next=/);
  await page.getByLabel('Email').fill(first.email);
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  await press(page, 'Sign in');
  assert.equal(await focused(page), 'problem');
  assert.equal(await page.getByLabel('Email').inputValue(), first.email);
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
  await page.getByLabel('Password', { exact: true }).fill(first.password);
  await press(page, 'Sign in');
  assert.equal(new URL(page.url()).pathname, '/teams/', 'where one wanted to go');
  await press(page, 'Sign out');
  await page.goto('/teams/');
  assert.match(page.url(), /\/sign-in/);
}, nobody);

work('a new team: told what is wrong, led to the field, mended, saved', async page => {
  await page.goto('/teams/');
  await follow(page, () => page.getByRole('link', { name: 'New team' }).click());
  await page.getByLabel('Name').fill('two words!');
  await page.getByLabel('Description').fill('kept\nas it was');
  await page.getByLabel('Hierarchical').check();
  assert.equal((await press(page, 'Save')).status(), 422);
  assert.equal(await focused(page), 'problem');
  await page.locator('#problem a').first().click();
  assert.equal(await focused(page), 'field-name');
  assert.equal(await page.getByLabel('Name').inputValue(), 'two words!');
  assert.equal(await page.getByLabel('Description').inputValue(), 'kept\nas it was');
  assert.ok(await page.getByLabel('Hierarchical').isChecked());
  const name = newName('team');
  await page.getByLabel('Name').fill(name);
  await press(page, 'Save');
  assert.equal(await heading(page), name);
  assert.match(await page.locator('.flash').textContent(), new RegExp(`^Team ${name} was added`));
  assert.equal(await fact(page, 'Description').innerText(), 'kept\nas it was');
  assert.equal(await page.reload().then(() => page.locator('.flash').count()), 0, 'said once');
});

work('save and go on, save and add another', async page => {
  const { path } = await newTeam(page);
  await page.goto(`${path}/edit`);
  await page.getByLabel('Private').check();
  await press(page, 'Save and continue editing');
  assert.equal(new URL(page.url()).pathname, `${path}/edit`);
  assert.ok(await page.getByLabel('Private').isChecked());
  await page.goto('/teams/new');
  await page.getByLabel('Name').fill(newName('team'));
  await press(page, 'Save and add another');
  assert.equal(new URL(page.url()).pathname, '/teams/new');
  assert.equal(await page.getByLabel('Name').inputValue(), '');
});

work('an owner chosen with the keyboard', async page => {
  const wanted = (await titles(page, '/users/')).at(-1);
  const { path } = await newTeam(page);
  await page.goto(`${path}/edit`);
  const box = page.getByRole('combobox', { name: 'Owner' });
  const before = await box.inputValue();
  await box.focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(wanted);
  await options(page).first().waitFor();
  assert.equal(await box.getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('Escape');
  assert.equal(await options(page).count(), 0);
  await page.keyboard.press('Escape');
  assert.equal(await box.inputValue(), before, 'nothing was chosen');
  await page.keyboard.press('Control+A');
  await page.keyboard.type(wanted);
  await options(page).first().waitFor();
  await page.keyboard.press('ArrowDown');
  const active = await box.getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('Enter');
  assert.equal(new URL(page.url()).pathname, `${path}/edit`, 'Enter chose, it did not send the form');
  assert.equal(await box.inputValue(), wanted);
  await confirmSelf(page);
  await press(page, 'Save');
  assert.equal((await fact(page, 'Owner').innerText()).trim(), wanted);
});

work('an owner chosen with the mouse', async page => {
  const wanted = (await titles(page, '/users/')).at(-1);
  const { path } = await newTeam(page);
  await page.goto(`${path}/edit`);
  const box = page.getByRole('combobox', { name: 'Owner' });
  await box.fill(wanted); /* the first page of all people need not hold this one */
  await options(page).filter({ hasText: wanted }).first().click();
  assert.equal(await box.inputValue(), wanted);
  await confirmSelf(page);
  await press(page, 'Save');
  assert.equal((await fact(page, 'Owner').innerText()).trim(), wanted);
});

work('typed and not chosen: one that fits is taken, anything else stays and is told', async page => {
  const { name } = await newTeam(page, newName('typed').toUpperCase());
  const { name: longer } = await newTeam(page, `${name}-longer`);
  await page.goto('/members/new');
  const team = page.getByRole('combobox', { name: 'Team' });
  const told = text => page.locator('#field-team_id-told').getByText(text).waitFor();
  const chosen = () => page.locator('[name=team_id]').inputValue();
  const wait = value => page.waitForFunction(([id, text]) => document.getElementById(id).value === text, ['field-team_id', value]);

  await team.fill(name.toLowerCase());
  await page.keyboard.press('Tab');
  await wait(name);
  const first = await chosen();
  assert.ok(first, 'the one of exactly this name, though another begins with it');
  await team.fill('longer');
  await team.fill(longer.slice(0, -2));
  await page.keyboard.press('Enter');
  await wait(longer);
  assert.notEqual(await chosen(), first, 'the only one that matches');

  const kept = await chosen();
  await team.fill('no team of that name');
  await page.keyboard.press('Tab');
  await told(`Nothing matches “no team of that name”: nothing was chosen, ${longer} stays.`);
  assert.equal(await team.inputValue(), 'no team of that name');
  assert.equal(await chosen(), kept);
  await team.fill(name.slice(0, -1).toLowerCase());
  await page.keyboard.press('Tab');
  await told('Several match');
  await team.focus();
  await page.keyboard.press('Escape');
  assert.equal(await team.inputValue(), longer);
  assert.equal(await page.locator('#field-team_id-told').textContent(), '');
});

/* The slow click ends when what was typed is chosen, in lines that are added above the button. */
for (const [how, delay] of [['a click', 0], ['a slow click', 600]])
  work(`${how} sends no form while something is typed and not chosen; what fits goes along`, async page => {
    const { name } = await newTeam(page);
    const [skill] = await titles(page, '/skills/');
    const save = () => page.getByRole('button', { name: 'Save', exact: true }).click({ delay });
    await page.goto('/members/new');
    const member = newName('member');
    await page.getByLabel('Name').fill(member);
    await page.getByLabel('Role').fill('tester');
    const team = page.getByRole('combobox', { name: 'Team' });
    await team.fill('no team of that name');
    await save();
    await page.locator('.told', { hasText: 'nothing was chosen' }).waitFor();
    await page.waitForFunction(() => document.activeElement.id === 'field-team_id');
    assert.equal(new URL(page.url()).pathname, '/members/new');
    await team.fill(name);
    await page.getByRole('combobox', { name: 'Add Skills' }).fill(skill);
    await follow(page, save);
    assert.equal(await heading(page), member);
    assert.equal((await fact(page, 'Team').innerText()).trim(), name);
    assert.deepEqual(await page.locator('.facts .chip').allTextContents(), [skill]);
  });

work('a box that finds nothing keeps its size and says so below', async page => {
  await page.goto('/members/new');
  const team = page.getByRole('combobox', { name: 'Team' });
  const before = await team.boundingBox();
  await team.fill('no team of that name');
  const line = page.locator('.combo .nothing', { hasText: 'Nothing matches' });
  await line.waitFor();
  assert.deepEqual(await team.boundingBox(), before);
  assert.ok((await line.boundingBox()).y >= before.y + before.height);
});

work('what must come first is asked for first', async page => {
  await page.goto('/members/new');
  const chief = page.getByRole('combobox', { name: 'Reports to' });
  await chief.click();
  await page.locator('.combo .nothing', { hasText: 'Choose the team first' }).waitFor();
  assert.equal(await options(page).count(), 0);
  await chief.fill('somebody');
  await page.keyboard.press('Tab');
  await page.locator('.told', { hasText: 'Choose the team first: nothing was chosen.' }).waitFor();
});

work('what was chosen is there again when one comes back', async page => {
  const { name } = await newTeam(page);
  const skills = (await titles(page, '/skills/')).slice(0, 3);
  await page.goto('/members/new');
  await page.getByLabel('Name').fill('kept');
  await page.getByRole('combobox', { name: 'Team' }).fill(name);
  await options(page).filter({ hasText: name }).first().click();
  for (const skill of skills) {
    await page.getByRole('combobox', { name: 'Add Skills' }).fill(skill);
    await options(page).filter({ hasText: new RegExp(`^${skill}( |$)`) }).click();
  }
  await page.getByRole('checkbox', { name: skills[1], exact: true }).uncheck();
  const picked = () => page.evaluate(() => new URLSearchParams([...new FormData(document.querySelector('form.record'))]
    .filter(([name]) => /team_id|skills/.test(name))).toString());
  const before = await picked();
  await follow(page, () => page.locator('.crumbs a').click());
  await page.goBack();
  assert.equal(await page.getByLabel('Name').inputValue(), 'kept');
  assert.equal(await page.getByRole('combobox', { name: 'Team' }).inputValue(), name);
  for (const [index, skill] of skills.entries())
    assert.equal(await page.getByRole('checkbox', { name: skill, exact: true }).isChecked(), index !== 1, skill);
  assert.equal(await picked(), before);
  await page.goto('/members/new');
  assert.equal(await page.getByRole('combobox', { name: 'Team' }).inputValue(), '', 'a form that is opened anew is empty');
});

work('whom somebody reports to is chosen within the team, and taken back', async page => {
  const [team] = await titles(page, '/teams/');
  const key = await firstKey(page, '/teams/');
  const members = (await titles(page, `/members/?team_id=${key}`));
  await page.goto('/members/new');
  const name = newName('member');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Role').fill('tester');
  await page.getByRole('combobox', { name: 'Team' }).fill(team);
  await options(page).filter({ hasText: team }).first().click();
  const chief = page.getByRole('combobox', { name: 'Reports to' });
  await chief.click();
  await options(page).first().waitFor();
  const offered = await options(page).evaluateAll(all => all.map(one => one.firstChild.textContent.trim()));
  assert.deepEqual(offered.filter(one => !members.includes(one)), []);
  await options(page).first().click();
  await press(page, 'Save');
  assert.equal((await fact(page, 'Reports to').innerText()).trim(), offered[0]);
  await follow(page, () => page.getByRole('link', { name: 'Edit', exact: true }).click());
  await page.getByRole('combobox', { name: 'Reports to' }).fill('');
  await page.getByLabel('Role').click();
  await press(page, 'Save');
  assert.match(await fact(page, 'Reports to').innerText(), /–|none/);
});

work('skills are added and taken away', async page => {
  const skills = (await titles(page, '/skills/')).slice(0, 3);
  const { path } = await newTeam(page);
  const add = async title => {
    const box = page.getByRole('combobox', { name: 'Add Needed skills' });
    await box.fill(title);
    await options(page).filter({ hasText: new RegExp(`^${title}( |$)`) }).click();
    assert.equal(await box.inputValue(), '', 'ready for the next');
    assert.ok(await page.getByRole('checkbox', { name: title, exact: true }).isChecked());
  };
  const chips = async () => (await page.locator('.facts .chip').allTextContents()).sort();
  await page.goto(`${path}/edit`);
  await add(skills[0]);
  await add(skills[1]);
  await add(skills[1]);
  assert.equal(await page.getByRole('checkbox', { name: skills[1], exact: true }).count(), 1, 'not twice');
  await press(page, 'Save');
  assert.deepEqual(await chips(), [skills[0], skills[1]].sort());
  await page.goto(`${path}/edit`);
  await page.getByRole('checkbox', { name: skills[0], exact: true }).uncheck();
  await add(skills[2]);
  await press(page, 'Save');
  assert.deepEqual(await chips(), [skills[1], skills[2]].sort());
});

/* Without an answer the box gives way to the buttons that need no script. */
work('a box that gets no answer gives way to the step without a script', async (page, problems) => {
  const { path } = await newTeam(page);
  await page.route('**/users/options*', route => route.abort());
  await page.goto(`${path}/edit`);
  await page.getByRole('combobox', { name: 'Owner' }).click();
  await page.getByRole('button', { name: 'Change Owner' }).waitFor();
  await press(page, 'Change Owner');
  assert.match(await heading(page), /^Owner/);
  problems.length = 0;
});

work('a double click saves once', async page => {
  await page.goto('/teams/new');
  const name = newName('twice');
  await page.getByLabel('Name').fill(name);
  await follow(page, () => page.getByRole('button', { name: 'Save', exact: true }).dblclick());
  await page.waitForLoadState();
  assert.equal(await heading(page), name);
  assert.deepEqual(await titles(page, `/teams/?q=${name}`), [name]);
});

work('a save that was stopped can be sent again', async page => {
  await page.goto('/teams/new');
  const name = newName('stopped');
  await page.getByLabel('Name').fill(name);
  let sent = 0;
  await page.route('**/teams/new', route => sent++ ? route.continue() : route.abort('aborted'));
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await save.click({ noWaitAfter: true });
  await page.waitForTimeout(300);
  await save.click({ noWaitAfter: true });
  await page.waitForTimeout(300);
  assert.equal(sent, 1, 'not at once');
  await page.waitForTimeout(5000);
  await press(page, 'Save');
  assert.equal(await heading(page), name);
});

work('an API key is shown once, to be copied', async page => {
  const { name } = await newTeam(page);
  await page.goto('/api-keys/new');
  const what = newName('key');
  await page.getByLabel('Description').fill(what);
  await page.getByRole('combobox', { name: 'Team' }).fill(name);
  await options(page).filter({ hasText: name }).first().click();
  await confirmSelf(page);
  await press(page, 'Save');
  const key = await page.locator('.secret').textContent();
  assert.ok(key.length >= 32, 'a long key');
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  const record = page.url();
  for (const path of [record, `${record}/edit`, `${record}/history`, `/api-keys/?q=${what}`]) {
    await page.goto(path);
    assert.ok(!(await page.content()).includes(key), `${path} does not show the key`);
  }
});

work('what was left alone stays as somebody else made it meanwhile', async (page, problems) => {
  const { path } = await newTeam(page);
  await page.goto(`/api-keys/new?team_id=${path.split('/').pop()}`);
  await page.getByLabel('Description').fill(newName('key'));
  await page.getByLabel('Expires').fill('2031-01-02T03:04');
  await confirmSelf(page);
  await press(page, 'Save');
  const record = new URL(page.url()).pathname;
  await page.goto(`${record}/edit`);
  await page.getByLabel('Description').fill('mine');
  const other = await openPage(page.context(), problems);
  await other.goto(`${record}/edit`);
  await other.getByLabel('Expires').fill('2033-03-03T03:03');
  await confirmSelf(other);
  await press(other, 'Save');
  await confirmSelf(page);
  await press(page, 'Save');
  assert.equal(await page.getByRole('radio').count(), 0, 'nothing to choose: only they changed it');
  assert.match(await page.getByRole('row').filter({ hasText: 'Expires' }).textContent(), /2033-03-03 03:03.*Theirs/s);
  await press(page, 'Save API key');
  assert.match(await fact(page, 'Expires').textContent(), /2033-03-03 03:03/);
  assert.match(await heading(page), /mine/);
});

work('a file goes up and comes down as it was', async page => {
  const bytes = randomBytes(300000), name = `${newName('picture')} "ä".bin`;
  await page.goto('/files/new');
  const file = { name, mimeType: 'application/octet-stream', buffer: bytes };
  await page.getByLabel('File', { exact: true }).setInputFiles(file);
  await page.getByLabel('Description').fill('random');
  await press(page, 'Save');
  assert.equal(await heading(page), name);
  assert.equal((await fact(page, 'SHA-256').innerText()).trim(), createHash('sha256').update(bytes).digest('hex'));
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.facts a[download]').click()]);
  assert.deepEqual(await readFile(await download.path()), bytes);
  assert.equal(download.suggestedFilename().replace(/["_%2]+/g, ''), name.replace(/["_%2]+/g, ''));
});

work('a list is sorted, filtered, searched, and kept as an address', async page => {
  await page.goto('/members/');
  const up = await rows(page);
  await follow(page, () => page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click());
  assert.equal(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort'), 'descending');
  assert.notDeepEqual(await rows(page), up);
  await follow(page, () => page.locator('.pager [rel=next]').click());
  await page.locator('.filters summary').click();
  await page.getByLabel('Type').selectOption('Leader');
  await press(page, 'Apply filters');
  assert.ok(!/after=/.test(page.url()), 'back on the first page');
  assert.match(page.url(), /sort=-name/, 'the order stays');
  const types = await page.locator('tbody .badge').allTextContents();
  assert.deepEqual([...new Set(types)], ['Leader']);
  const leaders = await rows(page);
  const team = (await page.locator('tbody td:nth-child(2)').first().textContent()).trim();
  await page.getByRole('combobox', { name: 'Team' }).fill(team);
  await options(page).filter({ hasText: team }).first().click();
  await press(page, 'Apply filters');
  assert.ok(await page.locator('.chip', { hasText: `Team: ${team}` }).count());
  const both = await rows(page);
  assert.ok(both.length > 0 && both.length < leaders.length);
  await follow(page, () => page.locator('.chip', { hasText: 'Team' }).click());
  assert.deepEqual(await rows(page), leaders);
  await page.getByRole('searchbox').fill(leaders[0].trim());
  await press(page, 'Search');
  assert.deepEqual(await rows(page), [leaders[0]]);
  assert.match(page.url(), /type=leader/);
  const address = page.url();
  await page.goto('/');
  await page.goto(address);
  assert.deepEqual(await rows(page), [leaders[0]]);
  await follow(page, () => page.getByRole('link', { name: 'Clear all' }).click());
  assert.notDeepEqual(await rows(page), [leaders[0]]);
});

work('the way back to a list leads to it as it was', async page => {
  await page.goto('/members/?type=leader&sort=-name');
  const seen = await rows(page);
  await follow(page, () => page.locator('tbody th a').first().click());
  await follow(page, () => page.getByRole('link', { name: 'Edit', exact: true }).click());
  await press(page, 'Save');
  await follow(page, () => page.locator('.crumbs a', { hasText: 'Members' }).click());
  assert.equal(new URL(page.url()).search, '?type=leader&sort=-name');
  assert.deepEqual(await rows(page), seen);
});

work('a table that goes on beyond the edge keeps its first column whole, with its header', async page => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/members/');
  const left = selector => page.locator(selector).first().evaluate(cell => Math.round(cell.getBoundingClientRect().left));
  const before = [await left('thead th'), await left('tbody th')];
  await page.locator('.scroll').evaluate(part => { part.scrollLeft = 200; });
  assert.deepEqual([await left('thead th'), await left('tbody th')], before);
  assert.ok(await left('thead th:nth-child(2)') < before[0] + 100, 'the others have moved');
});

work('on paper there is nothing to press, and which part of a list it is', async page => {
  await page.emulateMedia({ media: 'print' });
  await page.goto('/members/');
  assert.ok(await page.locator('.pager [aria-current]').isVisible());
  for (const gone of ['.pager [rel=next]', 'a:text("New member")'])
    assert.equal(await page.locator(gone).isVisible(), false, gone);
  await page.goto(await page.locator('td a[href^="/teams/"]').first().getAttribute('href'));
  assert.equal(await page.locator('a:text("Add member")').isVisible(), false);
});

work('a record is deleted after a look at what goes with it', async page => {
  const { name, path } = await newTeam(page);
  await page.goto(`/members/new?team_id=${path.split('/').at(-1)}`);
  const member = newName('member');
  await page.getByLabel('Name').fill(member);
  await page.getByLabel('Role').fill('goes as well');
  await press(page, 'Save');
  const gone = page.url();
  await page.goto(path);
  await follow(page, () => page.getByRole('link', { name: 'Delete' }).click());
  assert.match(await page.locator('.goes').innerText(), new RegExp(`1 members?[^]*deleted with it[^]*${member}`));
  await press(page, 'Delete team');
  assert.match(await page.locator('.flash').textContent(), new RegExp(`${name} was deleted`));
  for (const address of [path, gone])
    assert.equal((await page.goto(address)).status(), 404);
});

work('a form sent after the sign-in has ended is kept, and saved after signing in again', async page => {
  await signIn(page);
  const { path } = await newTeam(page);
  await page.goto(`${path}/edit`);
  await page.getByLabel('Description').fill('typed\nfor an hour');
  await endSession(browser, page);
  await press(page, 'Save');
  await page.getByLabel('Email').fill(first.email);
  await page.getByLabel('Password', { exact: true }).fill(first.password);
  await press(page, 'Sign in');
  await press(page, 'Send it now');
  assert.equal(await fact(page, 'Description').innerText(), 'typed\nfor an hour');
}, nobody);

work('the menu opens on a narrow screen, and leads on', async page => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('/');
  const link = page.getByRole('link', { name: 'Threads', exact: true }).and(page.locator('nav.side a'));
  assert.equal(await link.isVisible(), false);
  await page.getByRole('button', { name: 'Menu' }).click();
  await follow(page, () => link.click());
  assert.match(await heading(page), /^Threads/);
});
