// Attacks every form and every parameter of the site with sqlmap and wapiti, signed in as a superuser, as an ordinary
// person, and as nobody. Ends with what was found; the exit status is 0 only when that is nothing, every target came to
// a result, and the holes of holes.c were found by the same means.
//
//   scan.mjs [--short]     --short: every fourth target
import { rmSync } from 'node:fs';
import { Browser } from '../http/lib.mjs';
import { BUILD, newFolder } from '../http/own_site.mjs';
import { join } from 'node:path';
import { attackPages, attackStatements } from './scanners.mjs';
import { ScanSite } from './site.mjs';
import { collect } from './targets.mjs';

const MODULES = 'sql,blindsql,xss,permanentxss,exec,file,crlf,redirect,shellshock';
const SHORT = process.argv.includes('--short');
const work = newFolder('scan-work');
let problems = 0;

function say(text) {
    console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
}

function problem(text) {
    problems++;
    say(`PROBLEM  ${text}`);
}

// What takes a record away comes last.
const order = ({ method, path }) => (method === 'POST' && /\/(delete|prune|earlier|end)$/.test(path) ? 1 : 0);

async function attack(site, who, browser, starts) {
    const { targets, missed } = await collect(browser, starts);
    const wanted = targets.sort((a, b) => order(a) - order(b)).filter((_, i) => !SHORT || i % 4 === 0);
    say(`${who}: ${targets.length} forms and addresses, ${targets.reduce((sum, { names }) => sum + names.length, 0)} parameters`);
    if (who === 'superuser' && missed.some((each) => each !== 'POST /sign-out'))
        problem(`no way leads to ${missed.join(', ')}`);
    const pages = [...new Set(wanted.map(({ page }) => page))];
    const report = await attackPages(browser, pages, { folder: join(work, `wapiti-${who}`), modules: MODULES, seconds: SHORT ? 30 : 120,
        exclude: ['/sign-out', '/users/1/*', '*/delete'] });
    if (report.broken)
        problem(`${who}: wapiti gave no report: ${report.output}`);
    for (const each of report.found ?? [])
        problem(`${who}: wapiti: ${each.kind}: ${each.method} ${each.path} ${each.parameter}: ${each.info}`);
    say(`${who}: wapiti is through`);
    const { results, found, broken } = await attackStatements(browser, wanted, { folder: join(work, `sqlmap-${who}`), level: 1, techniques: 'BEUST', seconds: 300 });
    found.forEach((each) => problem(`${who}: sqlmap: ${each}`));
    broken.forEach((each) => problem(`${who}: sqlmap came to no result: ${each.name}: ${each.output.slice(-1500)}`));
    say(`${who}: sqlmap is through, ${results.length} runs`);
    if (who !== 'nobody')
        await site.assertSignedIn(browser);
}

async function main() {
    const site = new ScanSite('scan', { BUILD });
    try {
        await site.start();
        const { superuser, ordinary, starts } = await site.prepare();
        await attack(site, 'ordinary', ordinary, []);
        await attack(site, 'nobody', new Browser(site.url), []);
        await attack(site, 'superuser', superuser, starts);
    } finally {
        await site.remove();
        rmSync(work, { recursive: true, force: true });
    }
    say(problems ? `${problems} problems` : 'nothing found');
    process.exitCode = problems ? 1 : 0;
}

await main();
