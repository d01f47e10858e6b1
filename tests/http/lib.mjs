// A small browser without a script engine: cookies, pages, forms. It sends what a browser would send for what a page
// holds, and follows no redirect by itself.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { parse } from './html.mjs';

export const SITE = process.env.ROSTER_TEST_URL;
export const EMAIL = process.env.FIRST_SUPERUSER;
export const PASSWORD = process.env.FIRST_SUPERUSER_PASSWORD;

export function unique(start = 'x') {
    return `${start}-${randomBytes(5).toString('hex')}`;
}

// An address of this machine of one's own, for tries that others must not wait for.
export function newAddress() {
    return `127.${randomBytes(3).join('.').replace(/\.(0|255)$/, '.7')}`;
}

// One request, sent as it is, from an address of this machine; headers come back as [name, value] in their order.
export function send(site, method, path, headers = {}, body = null, from = undefined) {
    const { hostname, port } = new URL(site);
    return new Promise((resolve, reject) => {
        const request = http.request({ hostname, port, method, path, headers, agent: false, localAddress: from });
        let answered = false;
        request.on('response', (response) => {
            const pieces = [];
            answered = true;
            response.on('data', (piece) => pieces.push(piece));
            response.on('error', reject);
            response.on('end', () => {
                const raw = response.rawHeaders;
                const pairs = raw.flatMap((name, i) => (i % 2 ? [] : [[name.toLowerCase(), raw[i + 1]]]));
                resolve({ status: response.statusCode, headers: pairs, body: Buffer.concat(pieces) });
            });
        });
        // A server that has answered already need not read the rest of what it refused.
        request.on('error', (error) => answered || reject(error));
        request.end(body);
    });
}

export class Answer {
    constructor(browser, path, { status, headers, body }) {
        Object.assign(this, { browser, path, status, headers, body });
    }

    // All values of a header.
    header(name) {
        return this.headers.filter(([key]) => key === name.toLowerCase()).map(([, value]) => value);
    }

    get location() {
        return this.header('location')[0];
    }

    get text() {
        return this.body.toString('utf8');
    }

    get page() {
        this.parsed ??= parse(this.text);
        return this.parsed;
    }

    get json() {
        return JSON.parse(this.text);
    }

    // What the page says, whatever kind of answer this is.
    get words() {
        return /^text\/html/.test(this.header('content-type')[0]) ? this.page.one('main').words : this.text;
    }

    get title() {
        return this.page.one('title').words;
    }

    get heading() {
        return this.page.one('h1').words;
    }

    get flash() {
        return this.page.one('p.flash')?.words ?? null;
    }

    // What a record's page says under a label, or null.
    fact(label) {
        const line = this.page.all('dl.facts div').find((each) => each.one('dt').words === label);
        return line ? line.one('dd').words : null;
    }

    // The rows of the first table, each a map from the column's label to the cell's words.
    get rows() {
        const table = this.page.one('main table');
        const labels = table ? table.all('thead th').map((cell) => cell.words) : [];
        return (table ? table.all('tbody tr') : []).map((row) => {
            const cells = row.children.filter((cell) => cell.tag);
            return Object.fromEntries(cells.map((cell, i) => [labels[i], cell.words]));
        });
    }

    // The errors of the summary: [text, where its link leads].
    get problems() {
        return this.page.all('#problem li').map((line) => [line.words, line.one('a')?.get('href') ?? null]);
    }

    // The error beside a field, without its hidden beginning.
    problem(field) {
        const place = this.page.one(`#field-${field}-error`) ?? this.page.one(`#${field}-error`);
        return place ? place.words.replace(/^Error: /, '') : null;
    }

    form(selector = 'form.record') {
        const element = this.page.one(`main ${selector}`);
        assert.ok(element, `${this.path} answered ${this.status} without ${selector}: ${this.words}`);
        return new Form(this, element);
    }

    // Where a 303 leads.
    follow() {
        assert.equal(this.status, 303, `${this.path}: ${this.words}`);
        return this.browser.get(this.location);
    }

    link(words) {
        const found = this.page.all('a').find((link) => link.words === words);
        assert.ok(found, `${this.path} has no link "${words}"`);
        return found.get('href');
    }
}

function crlf(text) {
    return String(text).replace(/\r\n?|\n/g, '\r\n');
}

function quoted(name) {
    return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

export function encode(pairs) {
    const part = (text) => encodeURIComponent(crlf(text)).replace(/%20/g, '+');
    return pairs.map(([name, value]) => `${part(name)}=${part(value)}`).join('&');
}

// A value that is { name, type, bytes } is a file.
export function encodeMultipart(pairs, boundary) {
    const pieces = pairs.flatMap(([name, value]) => {
        const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
        if (value?.bytes === undefined)
            return [`${head}\r\n\r\n${crlf(value)}\r\n`];
        const type = value.type ?? 'application/octet-stream';
        return [`${head}; filename="${quoted(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value.bytes, '\r\n'];
    });
    return Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
}

export class Form {
    constructor(answer, element) {
        Object.assign(this, { answer, element, extra: [], dropped: new Set(), values: new Map(), files: new Map() });
    }

    inputs(name) {
        const all = [...this.element.all('input'), ...this.element.all('textarea'), ...this.element.all('select')];
        return name === undefined ? all : all.filter((input) => input.get('name') === name);
    }

    has(name) {
        return this.inputs(name).length > 0;
    }

    get names() {
        return [...new Set(this.inputs().map((input) => input.get('name')))].filter((name) => name);
    }

    isChecked(input) {
        return this.values.has(input) ? this.values.get(input) : input.has('checked');
    }

    valueOf(input) {
        if (this.values.has(input))
            return this.values.get(input);
        if (input.tag === 'textarea')
            return input.text;
        if (input.tag !== 'select')
            return input.get('value') ?? '';
        const options = input.all('option');
        return (options.find((option) => option.has('selected')) ?? options[0]).get('value');
    }

    // What a field holds now: a text, true or false for a box, null for radio buttons of which none is chosen.
    get(name) {
        const inputs = this.inputs(name);
        assert.ok(inputs.length > 0, `${this.answer.path} has no field ${name}`);
        const type = inputs[0].get('type');
        if (type === 'radio')
            return inputs.find((input) => this.isChecked(input))?.get('value') ?? null;
        return type === 'checkbox' ? this.isChecked(inputs[0]) : this.valueOf(inputs[0]);
    }

    // Types, ticks (true, false), chooses or attaches ({ name, type, bytes }).
    set(name, value) {
        const inputs = this.inputs(name);
        assert.ok(inputs.length > 0, `${this.answer.path} has no field ${name}`);
        const type = inputs[0].get('type');
        if (type === 'radio')
            inputs.forEach((input) => this.values.set(input, input.get('value') === value));
        else if (type === 'file')
            this.files.set(name, value);
        else
            this.values.set(inputs[0], value);
        return this;
    }

    fill(values) {
        Object.entries(values).forEach(([name, value]) => this.set(name, value));
        return this;
    }

    // The values of the boxes of that name that are ticked, of those that are there.
    ticked(name) {
        return this.inputs(name).filter((input) => this.isChecked(input)).map((input) => input.get('value'));
    }

    tick(name, value, on = true) {
        const box = this.inputs(name).find((input) => input.get('value') === String(value));
        assert.ok(box, `${this.answer.path} has no box ${name} of ${value}`);
        this.values.set(box, on);
        return this;
    }

    // What no browser would send: a field that the form does not have, or without one that it has.
    add(name, value) {
        this.extra.push([name, value]);
        return this;
    }

    drop(name) {
        this.dropped.add(name);
        return this;
    }

    // The form's entries in the order of the page (HTML, 4.10.22.4), and the button that was pressed.
    entries(button) {
        const order = [...this.element.descendants()];
        const sent = order.flatMap((input) => {
            const name = input.get('name'), type = input.get('type');
            if (input === button && name)
                return [[name, input.get('value') ?? '']];
            if (!['input', 'textarea', 'select'].includes(input.tag) || !name || input.has('disabled'))
                return [];
            if (type === 'file')
                return [[name, this.files.get(name) ?? { name: '', bytes: Buffer.alloc(0) }]];
            if ((type === 'checkbox' || type === 'radio') && !this.isChecked(input))
                return [];
            return [[name, type === 'checkbox' || type === 'radio' ? input.get('value') : this.valueOf(input)]];
        });
        return [...sent.filter(([name]) => !this.dropped.has(name)), ...this.extra];
    }

    button(name, value) {
        const buttons = this.element.all('button').filter((button) => button.get('type') === 'submit');
        const found = name === undefined ? buttons[0] : buttons.find((button) => button.get('name') === name
            && (value === undefined || button.get('value') === String(value)));
        assert.ok(found, `${this.answer.path} has no button ${name} ${value ?? ''}`);
        return found;
    }

    // Presses a button, the first one when none is named, as the Enter key does. Who is asked for their own password beside
    // what a record holds types it.
    submit(name, value) {
        const own = this.element.get('class') === 'record' ? this.inputs('_password')[0] : null;
        if (own && !this.values.has(own))
            this.values.set(own, this.answer.browser.password ?? '');
        return this.send(this.entries(this.button(name, value)));
    }

    send(entries) {
        const action = this.element.get('action') ?? this.answer.path;
        if ((this.element.get('method') ?? 'get') === 'get')
            return this.answer.browser.get(`${action}?${encode(entries)}`);
        if (this.element.get('enctype') !== 'multipart/form-data')
            return this.answer.browser.post(action, encode(entries));
        const boundary = unique('----boundary');
        const type = `multipart/form-data; boundary=${boundary}`;
        return this.answer.browser.post(action, encodeMultipart(entries, boundary), { 'Content-Type': type });
    }
}

export class Browser {
    constructor(site = SITE, from = undefined) {
        this.site = site;
        this.from = from;
        this.cookies = new Map();
    }

    async request(method, path, headers = {}, body = null) {
        const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const sent = cookies ? { Cookie: cookies, ...headers } : headers;
        const answer = new Answer(this, path, await send(this.site, method, path, sent, body, this.from));
        for (const line of answer.header('set-cookie')) {
            const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
            if (/; Max-Age=0(;|$)/.test(line))
                this.cookies.delete(name);
            else
                this.cookies.set(name, value);
        }
        return answer;
    }

    get(path, headers) {
        return this.request('GET', path, { Accept: 'text/html', ...headers });
    }

    post(path, body, headers = {}) {
        const bytes = Buffer.isBuffer(body) ? body : Buffer.from(Array.isArray(body) ? encode(body) : body);
        return this.request('POST', path, {
            Origin: this.site,
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': bytes.length,
            ...headers,
        }, bytes);
    }

    async form(path, selector) {
        return (await this.get(path)).form(selector);
    }

    async signIn(email = EMAIL, password = PASSWORD) {
        const form = await this.form('/sign-in', 'form');
        this.password = password;
        return form.fill({ email, password }).submit();
    }
}

// Somebody who is signed in: the first superuser unless told otherwise.
export async function signedIn(email, password, site, from) {
    const browser = new Browser(site, from);
    const answer = await browser.signIn(email, password);
    assert.equal(answer.status, 303, `signing in as ${email ?? EMAIL}: ${answer.words}`);
    return browser;
}

// A form that came back: everything a page of errors has to have, and exactly these errors: { field: /text/ }.
export function assertRefused(answer, errors) {
    assert.equal(answer.status, 422, `${answer.path}: ${answer.words}`);
    assert.match(answer.title, /^Error: /);
    const main = answer.page.one('main');
    assert.equal(main.one('#problem h2').words, 'There is a problem');
    const order = [...main.descendants()];
    assert.ok(order.indexOf(main.one('#problem')) < order.indexOf(main.one('h1')), 'the summary comes first');
    const expected = Object.entries(errors);
    assert.deepEqual(answer.problems.map(([, target]) => target).sort(),
        expected.map(([field]) => (field ? `#field-${field}` : null)).sort(), JSON.stringify(answer.problems));
    for (const [field, text] of expected.filter(([name]) => name)) {
        const [words] = answer.problems.find(([, target]) => target === `#field-${field}`);
        assert.match(words, text);
        assert.equal(answer.problem(field), words, `the error beside ${field}`);
        assert.ok(answer.page.one(`#field-${field}`), `the summary links to ${field}`);
        const described = order.some((each) =>
            (each.get('aria-describedby') ?? '').split(' ').includes(`field-${field}-error`));
        assert.ok(described, `${field} names its error`);
    }
}
