// People who use a site for a long time and know what they have been told was saved. Whatever comes back is compared with
// that; a site that is being broken may only say that it is not available, or break off.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMAIL, PASSWORD, Browser } from './lib.mjs';

const TOO_LONG_MS = 90000; // for one answer
const GIVE_UP_MS = 120000; // for one wish
const MOST = 12;           // records of a kind for each person
const WEIGHTS = { list: 22, pageOf: 24, create: 16, edit: 16, remove: 6, upload: 5, download: 8, signIn: 3, program: 6 };

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

class Wrong extends Error {}

function check(condition, what) {
    if (!condition)
        throw new Wrong(what);
}

// What is made, and what its page says of it.
const KINDS = {
    teams: {
        table: 'team', title: 'name',
        values: (chance) => ({ description: chance.word(20), visibility: chance.of(['open', 'private']) }),
        facts: ({ description, visibility }) => ({ Description: description, Visibility: visibility === 'open' ? 'Open' : 'Private' }),
    },
    skills: {
        table: 'skill', title: 'name',
        values: (chance) => ({ description: chance.word(30), definition: JSON.stringify({ level: chance.between(1, 1000) }) }),
        facts: ({ description }) => ({ Description: description }),
    },
    members: {
        table: 'member', title: 'name', within: 'teams',
        values: (chance) => ({ role: chance.word(10), capacity_hours: `${chance.between(1, 40)}.50` }),
        facts: ({ role, capacity_hours }) => ({ Role: role, 'Hours a week': capacity_hours }),
    },
};

export class Person {
    // The journal takes what happened: sent(kind, status), broke(), wrong(text), saved(); mayFail(begin) tells whether a
    // request that began then and failed just now may have, for what was broken.
    constructor(site, journal, name, chance) {
        Object.assign(this, { site, journal, name, chance, count: 0, records: [], gone: [], browser: new Browser(site.url) });
    }

    async work(end) {
        await this.once('signIn', () => this.signIn(this.browser));
        while (Date.now() < end && !this.journal.isOver()) {
            const wish = this.chance.weighted(WEIGHTS);
            await this.once(wish, () => this[wish]());
            await sleep(this.chance.between(20, 120));
        }
    }

    async once(wish, action) {
        try {
            await action();
        } catch (error) {
            if (!(error instanceof Wrong))
                throw error;
            this.journal.wrong(`${new Date().toISOString()} ${this.name}, ${wish}: ${error.message}`);
        }
    }

    async answered(action) {
        let timer;
        const late = new Promise((resolve, reject) => {
            timer = setTimeout(() => reject(new Wrong(`no answer for ${TOO_LONG_MS / 1000} s`)), TOO_LONG_MS);
        });
        try {
            return await Promise.race([action(), late]);
        } finally {
            clearTimeout(timer);
        }
    }

    // As people do: what is told to be tried again is tried again, a form with all that was typed into it.
    async persist(kind, action) {
        const giveUp = Date.now() + GIVE_UP_MS;
        for (let tries = 1; ; tries++) {
            const begin = Date.now();
            let answer = null;
            try {
                answer = await this.answered(action);
            } catch (error) {
                if (error instanceof Wrong)
                    throw error;
                this.journal.broke();
                check(this.journal.mayFail(begin), `broke off though nothing was broken: ${error.message}`);
            }
            if (answer) {
                this.journal.sent(kind, answer.status, Date.now() - begin);
                if (answer.status !== 503)
                    return { answer, tries };
                check(answer.header('retry-after').length === 1, '503 without Retry-After');
                check(this.journal.mayFail(begin), `503 though nothing was broken: ${answer.words.slice(0, 200)}`);
            }
            check(Date.now() < giveUp, `not served again for ${GIVE_UP_MS / 1000} s`);
            await sleep(this.chance.between(200, 800));
        }
    }

    async get(path) {
        const { answer } = await this.persist('read', () => this.browser.get(path));
        return answer;
    }

    async page(path) {
        const answer = await this.get(path);
        check(answer.status === 200, `${path} answered ${answer.status} ${answer.location ?? ''}`);
        check(/<\/html>\s*$/.test(answer.text), `${path} is cut off`);
        return answer;
    }

    async saved(form, name, where) {
        const { answer, tries } = await this.persist('write', () => form.submit(name));
        check(answer.status === 303 && where.test(answer.location), `a save answered ${answer.status} ${answer.location ?? answer.words}`);
        this.journal.saved();
        return { address: answer.location, tries };
    }

    of(kind) {
        return this.records.filter((record) => record.kind === kind);
    }

    // --- What they do ---

    async signIn(browser = new Browser(this.site.url)) {
        const { answer: page } = await this.persist('read', () => browser.get('/sign-in'));
        check(page.status === 200, `/sign-in answered ${page.status}`);
        const form = page.form('form').fill({ email: EMAIL, password: PASSWORD });
        let { answer } = await this.persist('sign-in', () => form.submit());
        // A try whose worker is killed counts as failed, and all of them come from one address.
        for (let i = 0; answer.status === 429 && i < 5; i++) {
            await sleep(1000 * Number(answer.header('retry-after')[0]));
            ({ answer } = await this.persist('sign-in', () => answer.form('form').set('password', PASSWORD).submit()));
        }
        check(answer.status === 303 && answer.location === '/', `signing in answered ${answer.status}: ${answer.words}`);
        const { answer: first } = await this.persist('read', () => browser.get('/'));
        check(first.status === 200, `after signing in / answered ${first.status}`);
    }

    async create() {
        const kind = this.chance.of(Object.keys(KINDS));
        const { table, title, values, within } = KINDS[kind];
        const parent = within ? this.of(within)[0] : null;
        if (this.of(kind).length >= MOST || (within && !parent))
            return;
        const record = { kind, table, saves: 1, values: { [title]: `${this.name}-${++this.count}`, ...values(this.chance) } };
        const form = (await this.page(`/${kind}/new`)).form().fill({ ...record.values, ...(parent && { team_id: parent.id }) });
        const { address } = await this.saved(form, '_save', new RegExp(`^/${kind}/\\d+$`));
        this.records.push({ ...record, parent, address, id: address.split('/').pop() });
    }

    async upload() {
        if (this.of('files').length >= MOST)
            return;
        const bytes = this.chance.bytes(this.chance.of([0, 1, 5000, 262144, 700000]));
        const name = `${this.name}-${++this.count}.bin`;
        const form = (await this.page('/files/new')).form().set('content', { name, type: 'application/octet-stream', bytes });
        const { address } = await this.saved(form, '_save', /^\/files\/\d+$/);
        this.records.push({ kind: 'files', table: 'upload', saves: 1, address, id: address.split('/').pop(), sha256: sha256(bytes),
            values: { name, sha256: sha256(bytes), size_bytes: String(bytes.length) } });
    }

    async edit() {
        const record = this.chance.of(this.records.filter(({ kind }) => KINDS[kind]).concat(null));
        if (!record)
            return;
        const values = KINDS[record.kind].values(this.chance);
        const form = (await this.page(`${record.address}/edit`)).form();
        for (const [field, value] of Object.entries(record.values))
            check(form.get(field).replace(/\s/g, '') === value, `${record.address}/edit: ${field} is ${form.get(field)}, not ${value}`);
        await this.saved(form.fill(values), '_save', new RegExp(`^${record.address}$`));
        Object.assign(record.values, values);
        record.saves++;
    }

    async remove() {
        const record = this.chance.of(this.records.concat(null));
        if (!record || this.records.some(({ parent }) => parent === record))
            return;
        const form = (await this.page(`${record.address}/delete`)).form('form[data-once]');
        const { answer, tries } = await this.persist('write', () => form.submit());
        // A deletion that was done and not told is told at the next try.
        check(answer.status === 303 || (answer.status === 404 && tries > 1), `deleting ${record.address} answered ${answer.status}`);
        this.journal.saved();
        this.records = this.records.filter((each) => each !== record);
        this.gone.push(record);
        const after = await this.get(record.address);
        check(after.status === 404, `${record.address} answered ${after.status} after it was deleted`);
    }

    async list() {
        const kind = this.chance.of(['teams', 'skills', 'members', 'files']);
        const answer = await this.page(`/${kind}/?q=${this.name}-`);
        const found = answer.page.all('main tbody th').map((cell) => cell.words).sort();
        const expected = this.of(kind).map(({ values }) => values.name).sort();
        check(JSON.stringify(found) === JSON.stringify(expected), `/${kind}/ lists ${found}, not ${expected}`);
    }

    async pageOf() {
        const record = this.chance.of(this.records.concat(null));
        if (!record)
            return this.page('/');
        const answer = await this.page(record.address);
        check(answer.heading === record.values.name, `${record.address} is headed ${answer.heading}`);
        for (const [label, words] of Object.entries(KINDS[record.kind]?.facts(record.values) ?? { 'SHA-256': record.sha256 }))
            check(answer.fact(label) === words, `${record.address}: ${label} is ${answer.fact(label)}, not ${words}`);
    }

    async download() {
        const record = this.chance.of(this.of('files').concat(null));
        if (!record)
            return;
        const answer = await this.get(`${record.address}/file/content`);
        check(answer.status === 200 && sha256(answer.body) === record.sha256, `${record.address}: ${answer.status}, other bytes`);
    }

    // A program of theirs, which has the key of a team that nobody changes.
    async program() {
        const { key, members } = this.site.program;
        const { answer } = await this.persist('program', () => new Browser(this.site.url).get('/api/v1/members/', { Authorization: `Bearer ${key}` }));
        check(answer.status === 200 && answer.json.count === members.length && answer.json.items.map(({ name }) => name).join() === members.join(),
            `/api/v1/members/ answered ${answer.status}: ${answer.text}`);
    }
}
