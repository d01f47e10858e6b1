// A site of the scan's own, with something of everything in it: people, records, a backup and its job.
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newPerson, psql } from '../http/data.mjs';
import { EMAIL, PASSWORD, signedIn } from '../http/lib.mjs';
import { OwnSite, ROOT, until } from '../http/own_site.mjs';

// The first superuser of a scan that was not started by tests/run.sh.
export const FIRST = { email: EMAIL ?? 'admin@example.com', password: PASSWORD ?? 'correct horse battery scan' };

async function makeBackup(superuser) {
    const started = await (await superuser.form('/admin/backups/', 'form.act')).submit();
    await until('a backup is made', async () => /class="badge good"/.test((await superuser.get(started.location)).text), 60);
}

export class ScanSite extends OwnSite {
    constructor(name, environment = {}) {
        super(name, { FIRST_SUPERUSER: FIRST.email, FIRST_SUPERUSER_PASSWORD: FIRST.password, ROSTER_SEEDS_AT_START: 'initial demo',
            ROSTER_PAGE_ROWS: '4', ...environment });
        this.environment.ROSTER_MIGRATIONS = join(this.folder, 'migrations'); // pages write there
        if (!process.env.ROSTER_ENV) // nothing of this machine's configuration
            writeFileSync((this.environment.ROSTER_ENV = join(this.folder, 'env')), '');
        cpSync(join(ROOT, 'migrations'), this.environment.ROSTER_MIGRATIONS, { recursive: true });
    }

    // Signs somebody in. The password counts as typed again for good, so that what asks for it goes on.
    async enter({ email, password } = FIRST) {
        const browser = await signedIn(email, password, this.url);
        psql("UPDATE session SET confirmed_at = 'infinity'", {}, this.database);
        return browser;
    }

    // Returns the superuser, an ordinary person, a key of that person's team, and the addresses that each starts at: of a
    // record that may be spoiled, and of their own, without which there would be nothing to change or to delete.
    async prepare() {
        // A scanner gets everything wrong all the time: what was counted is forgotten at once.
        const throttle = join(this.environment.ROSTER_VAR, 'throttle');
        setInterval(() => rmSync(throttle, { force: true }), 100).unref();
        const superuser = await this.enter(), person = await newPerson(superuser), spare = await newPerson(superuser);
        await makeBackup(superuser);
        const ordinary = await this.enter(person);
        const team = await (await ordinary.form('/teams/new')).set('name', 'Scanned').submit('_save');
        const file = await (await ordinary.form('/files/new')).set('content', { name: 'scan.txt', type: 'text/plain', bytes: Buffer.from('scan') }).submit('_save');
        const made = await (await ordinary.form(`/api-keys/new?team_id=${team.location.split('/').pop()}`)).set('description', 'scan').submit('_save');
        const key = (await made.follow()).page.one('section.key code').words;
        return { superuser, ordinary, key, starts: { nobody: [], ordinary: [team.location, file.location], superuser: [`/users/${spare.id}`] } };
    }

    // Whoever was signed in at the start has to be so at the end: otherwise the scan saw nothing but the sign-in page.
    async assertSignedIn(browser, headers = []) {
        const answer = await browser.get(headers.length ? '/api/v1/' : '/', Object.fromEntries(headers.map((header) => header.split(': '))));
        assert.equal(answer.status, 200, 'the scan was signed in to its end');
    }
}
