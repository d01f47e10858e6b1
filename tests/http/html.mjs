// Reads the HTML that the site sends: as much of the syntax as its pages use, into elements that a test can ask.

const EMPTY = new Set(['area', 'base', 'br', 'col', 'hr', 'img', 'input', 'link', 'meta', 'source', 'wbr']);
const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

export function unescape(text) {
    return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hexadecimal, decimal, name) => {
        if (name)
            return NAMED[name] ?? all;
        return String.fromCodePoint(hexadecimal ? parseInt(hexadecimal, 16) : Number(decimal));
    });
}

export class Element {
    constructor(tag, attributes, parent) {
        Object.assign(this, { tag, attributes, parent, children: [] });
    }

    get(name) {
        return this.attributes.get(name) ?? null;
    }

    has(name) {
        return this.attributes.has(name);
    }

    // The text as it is written, and the same as people read it.
    get text() {
        return this.children.map((child) => (typeof child === 'string' ? child : child.text)).join('');
    }

    get words() {
        return this.text.replace(/\s+/g, ' ').trim();
    }

    *descendants() {
        for (const child of this.children) {
            if (typeof child === 'string')
                continue;
            yield child;
            yield* child.descendants();
        }
    }

    // 'form.record input[name="skills[]"]': tag, #id, .class, [attribute], [attribute="value"]; a blank means "inside".
    all(selector) {
        const parts = selector.match(/(?:\[[^"\]]+(?:"[^"]*")?\]|[^\s[])+/g).map(readPart);
        const last = parts.pop();
        return [...this.descendants()].filter((element) => last(element) && isInside(element, parts, this));
    }

    one(selector) {
        return this.all(selector)[0] ?? null;
    }
}

function readPart(part) {
    const tests = part.match(/\[[^"\]]+(?:"[^"]*")?\]|[#.]?[^#.[]+/g).map((test) => {
        const found = test.match(/^\[([^=]+?)(?:="(.*)")?\]$/);
        if (found)
            return (element) => (found[2] === undefined ? element.has(found[1]) : element.get(found[1]) === found[2]);
        if (test[0] === '#')
            return (element) => element.get('id') === test.slice(1);
        if (test[0] === '.')
            return (element) => (element.get('class') ?? '').split(/\s+/).includes(test.slice(1));
        return (element) => element.tag === test;
    });
    return (element) => tests.every((test) => test(element));
}

function isInside(element, parts, root) {
    const left = [...parts];
    for (let around = element.parent; left.length > 0 && around && around !== root.parent; around = around.parent)
        if (left.at(-1)(around))
            left.pop();
    return left.length === 0;
}

const ATTRIBUTE = /([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g;

// What a browser would forgive is an error here: an element that is not closed, or closed without having been opened.
export function parse(html) {
    const root = new Element('#document', new Map(), null);
    let at = root;
    const token = /<!--[\s\S]*?-->|<!doctype[^>]*>|<\/([a-z][a-z0-9]*)\s*>|<([a-z][a-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>|[^<]+|</gi;
    for (const [text, closed, opened, rest] of html.matchAll(token)) {
        if (closed) {
            if (at.tag !== closed.toLowerCase())
                throw new Error(`</${closed}> closes <${at.tag}>`);
            at = at.parent;
        } else if (opened) {
            const attributes = new Map();
            for (const [, name, double, single, bare] of rest.matchAll(ATTRIBUTE))
                attributes.set(name.toLowerCase(), unescape(double ?? single ?? bare ?? ''));
            const element = new Element(opened.toLowerCase(), attributes, at);
            at.children.push(element);
            if (!EMPTY.has(element.tag))
                at = element;
        } else if (text[0] !== '<') {
            // The line's end right after <textarea> and <pre> is not part of them (HTML, 13.1.2.5).
            const first = (at.tag === 'textarea' || at.tag === 'pre') && at.children.length === 0;
            at.children.push(unescape(first ? text.replace(/^\n/, '') : text));
        } else if (!/^<!/.test(text)) {
            throw new Error('a "<" that begins no tag');
        }
    }
    if (at !== root)
        throw new Error(`<${at.tag}> is not closed`);
    return root;
}
