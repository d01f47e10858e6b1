/* What every browser test starts with: Chromium, the site, somebody who is signed in, and pages that remember what went
 * wrong on them. */
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const variable = name => {
  assert.ok(process.env[name], `${name} is not set: run this with tests/run.sh`);
  return process.env[name];
};

export const address = variable('ROSTER_TEST_URL');
export const first = { email: variable('FIRST_SUPERUSER'), password: variable('FIRST_SUPERUSER_PASSWORD') };

/* Tests run as root in many a container, where Chromium's sandbox cannot. */
export const openBrowser = () => chromium.launch({
  executablePath: '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
});

/* A visitor is a browser of its own: cookies, colours, and with script: false nothing of JavaScript. With script:
 * 'empty' the site's script arrives, but holds nothing: the page is as without one, and tests can still look into it. */
export async function visitor(browser, { script = true, scheme = 'light', cookies, width = 1280 } = {}) {
  const context = await browser.newContext({
    baseURL: address, viewport: { width, height: 800 }, colorScheme: scheme, javaScriptEnabled: script !== false,
    storageState: cookies, reducedMotion: 'reduce', locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(15000);
  if (script === 'empty')
    await context.route('**/static/roster*.js', route => route.fulfill({ contentType: 'text/javascript', body: '' }));
  return context;
}

/* problems fills with everything the browser complains about: errors of scripts, what the content security policy
 * forbids, what does not load. A page that answers with an error by intention is no problem. */
export async function openPage(context, problems = []) {
  const page = await context.newPage();
  page.on('pageerror', error => problems.push(`${page.url()}: ${error}`));
  page.on('console', message => {
    const refusal = message.text().startsWith('Failed to load resource') && message.location().url === page.url();
    if (!refusal && ['error', 'warning'].includes(message.type()))
      problems.push(`${page.url()}: ${message.text()}`);
  });
  page.on('requestfailed', request => {
    if (request.failure().errorText !== 'net::ERR_ABORTED')
      problems.push(`${request.url()}: ${request.failure().errorText}`);
  });
  page.on('response', response => {
    if (response.status() >= 400 && !response.request().isNavigationRequest())
      problems.push(`${response.url()}: ${response.status()}`);
  });
  return page;
}

/* The page that an action (a click, Enter) leads to. What a script writes into the history is not one. */
export async function follow(page, action) {
  const arrives = response => response.request().isNavigationRequest() && ![301, 302, 303, 307, 308].includes(response.status());
  const [response] = await Promise.all([page.waitForResponse(arrives), page.waitForEvent('load'), action()]);
  return response;
}

export const press = (page, name) => follow(page, () => page.getByRole('button', { name, exact: true }).click());

export async function signIn(page, { email, password } = first) {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press(page, 'Sign in');
  assert.ok(!page.url().includes('/sign-in'), `signed in as ${email}`);
}

/* Types one's own password where a form asks for it, which it does not for some minutes after that. */
export async function confirmSelf(page, { password } = first) {
  const field = page.getByLabel('Your own password');
  if (await field.count())
    await field.fill(password);
}

/* Cookies of somebody signed in, for any number of visitors. */
export async function signedIn(browser, who) {
  const context = await visitor(browser);
  await signIn(await context.newPage(), who);
  const cookies = await context.storageState();
  await context.close();
  return cookies;
}

/* Ends the session on the server, as its time does: the browser keeps its cookie. */
export async function endSession(browser, page) {
  const twin = await visitor(browser, { cookies: await page.context().storageState() });
  const other = await twin.newPage();
  await other.goto('/');
  await press(other, 'Sign out');
  await twin.close();
}

export const nobody = { cookies: [], origins: [] };

/* The addresses of the models, as the navigation has them. */
export async function modelPaths(browser, cookies) {
  const context = await visitor(browser, { cookies });
  const page = await context.newPage();
  await page.goto('/');
  const paths = await page.locator('nav.side a').evaluateAll(links => links.map(link => link.getAttribute('href')));
  await context.close();
  return paths.filter(path => path !== '/' && !path.startsWith('/admin/'));
}

/* A name that no other test uses. */
let names = 0;
export const newName = (start = 'test') => `${start}-${process.pid}-${++names}`;
