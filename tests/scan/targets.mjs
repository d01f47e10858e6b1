// What there is to attack: every form and every address with parameters, found by going through the site as somebody
// sees it. Nothing here knows a page: links, forms and their buttons lead on, and a page is opened again only for a
// parameter that was not met there before. The table of routes tells afterwards whether one was missed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Form } from '../http/lib.mjs';
import { ROOT } from '../http/own_site.mjs';

const SHUN = /^\/sign-out$|^\/static\//;
// Buttons that only lead to another step of a form.
const STEPS = new Set(['_pick', '_search']);
const MOST_PAGES = 1000;
// What would take the site away from under the scan is sent with a value that leads nowhere.
const DEFUSED = [{ path: /\/downgrade$/, name: 'to', value: 'scan' }];
// What is read in one place for all forms, and thus attacked once: the token, and which button was pressed.
const EVERYWHERE = /^(csrf|_save|_continue|_addanother|_search|_unpick|_go|_trial)$/;
// By the type of an input.
const TYPED = { text: 'scan', search: 'scan', email: 'scan@example.com', date: '2020-02-03', password: 'correct horse battery scan' };

// The routes of the program's table.
export function routes() {
    const source = readFileSync(join(ROOT, 'cgi/dispatch.c'), 'utf8');
    const found = [...source.matchAll(/\{ METHOD_(\w+), ROLE_(\w+), "([^"]+)"/g)];
    assert.ok(found.length > 50, 'the table of routes is where it was');
    return found.map(([, method, role, pattern]) => ({ method, role, pattern, name: `${method} ${pattern}` }));
}

// A component of a path that stands for one of many: a number, a name made of a time, a hash.
const isKey = (part) => /^\d+$|^\d{6,}|[0-9a-f]{8}/.test(part);

export function shape(path) {
    return path.split('/').map((part) => (isKey(part) ? '*' : part)).join('/');
}

// Where the script of a field asks for its options (static/roster.js); an address that has parameters keeps them.
function optionsAddress(field, parameters) {
    const url = new URL(field.get('data-options'), 'http://localhost');
    Object.entries(parameters).forEach(([name, value]) => url.searchParams.set(name, value));
    return url.pathname + url.search;
}

class Walk {
    constructor(browser, models) {
        Object.assign(this, { browser, models, targets: [], met: new Set(), opened: new Set(), waiting: [] });
    }

    // What of these names is new at this address; '' is the address itself.
    fresh(set, method, path, names) {
        const keys = ['', ...names].map((name) => [name, `${method} ${EVERYWHERE.test(name) ? 'anywhere' : shape(path)} ${name}`]);
        const left = keys.filter(([, key]) => !set.has(key)).map(([name]) => name);
        keys.forEach(([, key]) => set.add(key));
        return [...new Set(left)];
    }

    // A target says which of its names are to be attacked here, and whether the keys in its path are.
    add(method, path, entries, page, multipart = false) {
        const left = SHUN.test(path) ? [] : this.fresh(this.met, method, path, entries.map(([name]) => name));
        const defused = DEFUSED.filter((each) => method === 'POST' && each.path.test(path));
        entries = entries.map(([name, value]) => [name, defused.find((each) => each.name === name)?.value ?? value]);
        if (left.length > 0)
            this.targets.push({ method, path, entries, page, multipart, names: left.filter((name) => name),
                keys: left.includes('') && path.split('/').some(isKey) });
        return left.length > 0;
    }

    meet(href, from) {
        const url = new URL(href, new URL(from, this.browser.site));
        if (url.origin === new URL(this.browser.site).origin && !SHUN.test(url.pathname) &&
            this.fresh(this.opened, 'GET', url.pathname, url.searchParams.keys()).length > 0)
            this.waiting.push(url.pathname + url.search);
    }

    // Something that fits into what is empty, so that it gets as far as the database.
    async fill(form) {
        for (const input of form.inputs()) {
            const name = input.get('name') ?? '', type = input.get('type'), choices = input.tag === 'select' ? input.all('option') : [];
            if (/^(csrf|_.*|.*\[\])?$/.test(name) || input.has('disabled') || !(input.tag !== 'input' || TYPED[type]) || form.valueOf(input))
                continue;
            form.values.set(input, choices[1]?.get('value') ?? (input.get('inputmode') ? '1' : TYPED[type] ?? 'scan'));
        }
        for (const field of form.element.all('[data-pick="one"]')) {
            const input = form.inputs(field.get('data-name')).find((each) => each.get('type') === 'hidden');
            if (!input || form.valueOf(input))
                continue;
            const { options } = (await this.browser.get(optionsAddress(field, { q: '' }), { Accept: 'application/json' })).json;
            if (options?.length)
                form.values.set(input, String(options[0].value));
        }
        return form;
    }

    // The form as each of its buttons sends it.
    async forms(answer) {
        for (const element of answer.page.all('form')) {
            const form = await this.fill(new Form(answer, element));
            const method = (element.get('method') ?? 'get').toUpperCase();
            for (const button of element.all('button').filter((each) => each.get('type') === 'submit')) {
                const sent = form.entries(button), own = button.get('formaction');
                const [path, query] = (own ?? element.get('action') ?? answer.path).split('?');
                if (own && method === 'GET')
                    this.meet(`${path}?${new URLSearchParams(sent)}`, answer.path);
                const entries = [...new URLSearchParams(query ?? ''), ...sent];
                const isNew = this.add(method, path, entries, answer.path, element.get('enctype') === 'multipart/form-data');
                const step = `${path} ${button.get('name')} ${button.get('value')}`;
                if (method === 'POST' && STEPS.has(button.get('name')) && (isNew || !this.opened.has(step))) {
                    this.opened.add(step);
                    await this.look(await form.send(sent));
                }
            }
        }
    }

    async look(answer) {
        if (!/^text\/html/.test(answer.header('content-type')[0] ?? ''))
            return;
        assert.ok(answer.status < 500, `${answer.path} answered ${answer.status}`);
        for (const element of answer.page.descendants()) {
            if (element.has('href'))
                this.meet(element.get('href'), answer.path);
            if (element.has('data-options'))
                this.meet(optionsAddress(element, { q: 'a', ...(element.has('data-same') && { [element.get('data-same')]: '1' }) }), answer.path);
        }
        await this.forms(answer);
    }

    // A page that is opened by itself, without going on from there.
    async visit(address) {
        const url = new URL(address, this.browser.site);
        this.add('GET', url.pathname, [...url.searchParams], address);
        const answer = await this.browser.get(address);
        if (answer.location)
            this.meet(answer.location, address);
        await this.look(answer);
    }

    async run(starts) {
        starts.forEach((address) => this.meet(address, '/'));
        for (let i = 0; i < this.waiting.length; i++) {
            assert.ok(i < MOST_PAGES, 'the site goes on and on');
            await this.visit(this.waiting[i]);
        }
    }

    isReached(route) {
        const expression = new RegExp(`^${route.pattern.replace('{model}', `(?:${this.models.join('|')})`)
            .replace(/\{\w+\}/g, '[^/]+')}$`);
        return this.targets.some(({ method, path }) => method === route.method && expression.test(path));
    }

    // A form that no page shows at the moment (nothing to cancel, nothing to rescue) is sent by hand.
    complete(csrf) {
        for (const route of routes().filter((each) => each.role !== 'KEY' && !this.isReached(each) && !SHUN.test(each.pattern))) {
            const key = route.pattern.includes('{id}') && this.targets.map(({ path }) => shape(path) === path ? null : path)
                .find((path) => path && shape(path).startsWith(route.pattern.split('{id}')[0] + '*'));
            if (route.pattern.includes('{model}') || (route.pattern.includes('{id}') && !key))
                continue;
            const path = key ? route.pattern.replace('{id}', key.split('/')[route.pattern.split('/').indexOf('{id}')]) : route.pattern;
            this.add(route.method, path, route.method === 'POST' ? [['csrf', csrf], ['to', 'head'], ['_go', '1']] : [], '/');
        }
    }
}

// Parameters that an address takes together are attacked together.
function merge(targets) {
    const merged = [], alone = new Set(['_after', '_before', 'after', 'before', 'last', 'older', 'sort']);
    for (const target of targets) {
        const other = target.method === 'GET' && !target.names.some((name) => alone.has(name)) &&
            merged.find((each) => each.method === 'GET' && each.path === target.path && !each.names.some((name) => alone.has(name)));
        if (!other) {
            merged.push(target);
            continue;
        }
        const names = new Set(other.entries.map(([name]) => name));
        other.entries.push(...target.entries.filter(([name]) => !names.has(name)));
        other.names.push(...target.names);
        other.keys ||= target.keys;
    }
    return merged;
}

// All targets, for somebody signed in or for nobody, and the routes that none of them reaches. Of several records, the
// first is that of an address in starts. With complete, what no page leads to is among them.
export async function collect(browser, starts = [], complete = true) {
    const answer = await browser.get('/'), home = answer.location ? await answer.follow() : answer;
    const models = home.page.all('nav a').map((link) => link.get('href').match(/^\/([a-z-]+)\/$/)?.[1]).filter((each) => each && each !== 'admin');
    const walk = new Walk(browser, models);
    await walk.run([...starts, '/', ...routes().filter(({ method, pattern }) => method === 'GET' && !pattern.includes('{')).map(({ pattern }) => pattern),
        ...models.map((model) => `/${model}`)]);
    if (complete)
        walk.complete(home.page.one('input[name="csrf"]')?.get('value') ?? '');
    return { targets: merge(walk.targets), missed: routes().filter((route) => route.role !== 'KEY' && !walk.isReached(route)).map(({ name }) => name) };
}

// What a program with that key is answered, each list with the parameters that its page on the site takes: targets are those
// of somebody who is led there. And the routes for keys that none of them reaches.
export async function collectForKey(browser, key, targets) {
    const headers = [`Authorization: Bearer ${key}`], found = [], reached = new Set(['/api/v1/']);
    const read = async (path) => (await browser.get(path, { Authorization: `Bearer ${key}` })).json;
    const index = { method: 'GET', path: '/api/v1/', entries: [], page: '/api/v1/', names: [], keys: true };
    found.push({ ...index, headers: [`${headers[0]}*`] }); // the key itself
    for (const [model, list] of Object.entries((await read('/api/v1/')).lists)) {
        const own = targets.filter(({ method, path }) => method === 'GET' && path === `/${model}/`);
        assert.ok(own.length > 0, `a way leads to ${model}`);
        own.forEach((target) => found.push({ ...target, path: list, page: `${list}?${new URLSearchParams(target.entries)}`, keys: false, headers }));
        reached.add('/api/v1/{model}/');
        for (const { id } of (await read(list)).items.slice(0, 1)) {
            found.push({ method: 'GET', path: `${list}${id}`, entries: [], page: `${list}${id}`, names: [], keys: true, headers });
            reached.add('/api/v1/{model}/{id}');
        }
    }
    return { targets: found, missed: routes().filter(({ role, pattern }) => role === 'KEY' && !reached.has(pattern)).map(({ name }) => name) };
}

// The targets of these pages alone.
export async function collectFrom(browser, addresses) {
    const walk = new Walk(browser, []);
    for (const address of addresses)
        await walk.visit(address);
    return walk.targets;
}
