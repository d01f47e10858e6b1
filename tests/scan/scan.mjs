// Attacks every form and every parameter of the site with sqlmap and wapiti, signed in as a superuser, as an ordinary
// person, and as nobody, and what programs are answered with an API key. Ends with what was found; the exit status is 0
// only when that is nothing and every attack came to a result. That the same means do find holes is tested by scan.test.mjs.
//
//   scan.mjs [MINUTES [WHO...]]     stop after that time (0: when all is done), with as much done as fits into it, in an order
//                                   of chance; as nobody, ordinary, superuser, key, or all of them
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../http/lib.mjs';
import { BUILD, newFolder } from '../http/own_site.mjs';
import { attackPages, attackStatements } from './scanners.mjs';
import { ScanSite } from './site.mjs';
import { collect, collectForKey } from './targets.mjs';

// Boolean, by errors, stacked, by time. What a UNION could find, one of these finds, too; and where pages differ for other
// reasons, sqlmap tries it with a thousand columns.
const TECHNIQUES = 'BEST';
const MODULES = 'sql,blindsql,xss,permanentxss,exec,file,crlf,redirect,shellshock';
const MODULE_SECONDS = 3600; // of a scan without a limit; a module that needs more is a problem, and told
// What wapiti leaves out: it attacks in no order, so that it would take away from under the scan what the scan needs. To
// sign out ends it, and so does a new password for the account that attacks, or its end; a deletion takes away what is yet
// to be attacked; a downgrade the tables. sqlmap attacks the deletions, last, and an account that may be spoiled.
const SPARED = ['/sign-out', '/users/1/*', '*/delete', '/admin/migrations/downgrade*'];
const minutes = Number(process.argv[2]) || null;
const persons = process.argv.length > 3 ? process.argv.slice(3) : ['nobody', 'ordinary', 'superuser', 'key'];
const start = Date.now();
const work = newFolder('scan-work');
let problems = 0, left = 0;

function say(text) {
    console.log(`${String(Math.round((Date.now() - start) / 1000)).padStart(5)} s  ${text}`);
}

function problem(text) {
    problems++;
    say(`PROBLEM  ${text}`);
}

// What takes a record away comes last.
const order = ({ method, path }) => (method === 'POST' && /\/(delete|prune|earlier|end)$/.test(path) ? 1 : 0);

// Each of those who attack has a part of the time.
async function attack(site, who, { browser, headers = [], find }, part) {
    const isComplete = who === 'superuser' || who === 'key', budget = minutes && minutes * 60000 * part;
    const { targets, missed } = await find();
    const chance = new Map(targets.map((target) => [target, minutes ? Math.random() : 0]));
    targets.sort((a, b) => order(a) - order(b) || chance.get(a) - chance.get(b));
    say(`${who}: ${targets.length} forms and addresses, ${targets.reduce((sum, { names, keys }) => sum + names.length + keys, 0)} parameters`);
    if (isComplete && missed.some((each) => each !== 'POST /sign-out'))
        problem(`no way leads to ${missed.join(', ')}`);
    const report = ({ name, found, clean, failed, output }) => {
        if (failed)
            problem(`${who}: sqlmap: ${name} was answered with 500`);
        found.forEach((each) => problem(`${who}: sqlmap: ${name}: ${each}`));
        if (!clean && found.length === 0)
            problem(`${who}: sqlmap came to no result: ${name}: ${output.slice(-1500)}`);
    };
    const { results, left: undone } = await attackStatements(browser, targets, { folder: join(work, `sqlmap-${who}`), level: 1,
        techniques: TECHNIQUES, seconds: 600, report, until: budget ? Date.now() + budget * 0.7 : undefined });
    left += undone;
    say(`${who}: sqlmap attacked ${results.length} times, ${undone} left undone`);
    const pages = await attackPages(browser, [...new Set(targets.map(({ page }) => page))], { folder: join(work, `wapiti-${who}`), modules: MODULES,
        seconds: budget ? Math.ceil(budget * 0.03 / 1000) : MODULE_SECONDS, exclude: SPARED,
        headers, page: who === 'key' ? '/api/v1/' : '/' });
    if (pages.broken)
        problem(`${who}: wapiti gave no report: ${pages.output}`);
    for (const each of pages.found)
        problem(`${who}: wapiti: ${each.kind}: ${each.method} ${each.path} ${each.parameter}: ${each.info}`);
    for (const module of budget ? [] : pages.unfinished)
        problem(`${who}: wapiti: ${module} did not come to its end`);
    left += pages.unfinished.length;
    say(`${who}: wapiti attacked${pages.unfinished.length ? `, and left undone a part of ${pages.unfinished.join(', ')}` : ''}`);
    if (who !== 'nobody')
        await site.assertSignedIn(browser, headers);
}

async function main() {
    const site = new ScanSite('scan', { BUILD });
    try {
        await site.start();
        const { superuser, ordinary, key, starts } = await site.prepare(), nobody = new Browser(site.url);
        const walk = (who, browser) => ({ browser, find: () => collect(browser, starts[who], who === 'superuser') });
        const attackers = { nobody: walk('nobody', nobody), ordinary: walk('ordinary', ordinary), superuser: walk('superuser', superuser),
            key: { browser: nobody, headers: [`Authorization: Bearer ${key}`],
                find: async () => collectForKey(nobody, key, (await collect(ordinary, starts.ordinary, false)).targets) } };
        const shares = { nobody: 1, ordinary: 4, superuser: 5, key: 1 }, all = persons.reduce((sum, who) => sum + shares[who], 0);
        for (const who of persons)
            await attack(site, who, attackers[who], shares[who] / all);
    } finally {
        await site.remove();
        rmSync(work, { recursive: true, force: true });
    }
    say(`${problems === 0 ? 'nothing' : problems} found${left ? `, ${left} attacks not made for lack of time` : ''}`);
    process.exitCode = problems ? 1 : 0;
}

await main();
