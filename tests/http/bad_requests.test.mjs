// Requests that no browser sends: each is answered in words, none is misunderstood.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { make, superuserId, value } from './data.mjs';
import { Browser, SITE, encode, send, signedIn, unique } from './lib.mjs';

const admin = await signedIn();
const team = make.team();

function assertPage(answer, status, heading, words = /./) {
    assert.equal(answer.status, status, answer.words);
    assert.equal(answer.heading, heading);
    assert.match(answer.words, words);
}

// Bytes as they are; the answer as text, until the other side closes.
function raw(text) {
    const { hostname, port } = new URL(SITE);
    return new Promise((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let answer = '';
        socket.setTimeout(20000, () => socket.destroy(new Error('no end of the answer')));
        socket.on('data', (piece) => (answer += piece.toString('latin1')));
        socket.on('error', reject);
        socket.on('close', () => resolve(answer));
    });
}

const cookies = () => [...admin.cookies].map(([name, each]) => `${name}=${each}`).join('; ');

// --- Addresses ------------------------------------------------------------------------------------------------------------

for (const [path, words] of [
    ['/teams/%ff', /not UTF-8/],
    ['/teams/%c0%af', /not UTF-8/],
    ['/teams/%ed%a0%80', /not UTF-8/],
    ['/teams/%0d%0aX:%20y', /control characters/],
    ['/teams/%01', /control characters/],
    ['/teams/1%2fedit', /encoded slash/],
    ['/teams/../users/', /'\.' or '\.\.'/],
    ['/teams/%2e%2e/users/', /'\.' or '\.\.'/],
    ['/./teams/', /'\.' or '\.\.'/],
    ['/teams/?q=%ff', /not UTF-8/],
    ['/teams/?q=%00', /control characters/],
    ['/teams/?q=a%08b', /control characters/],
    ['/teams/?q=%', /'%'/],
    ['/teams/?%ff=1', /not UTF-8/],
    ['/teams/?=1', /no name/],
    ['/teams/?q=a&q=b', /'q' came more than once/],
    ['/teams/?sort=name&sort=name', /'sort' came more than once/],
    ['//evil.example/', /two slashes/],
    ['//', /two slashes/],
])
    test(`GET ${path} is refused in words`, async () => {
        assertPage(await admin.get(path), 400, 'This request cannot be understood', words);
    });

for (const path of [`/teams/${team}/edit/garbage`, `/teams/${team}/garbage`, '/garbage', '/Teams/',
    '/team/', '/session/', '/change/', '/submission/', '/upload_content/', '/teams/%20', '/.env', '/.git/config', '/cgi/main.c',
    '/static/../cgi/main.c%00', '/admin/garbage', `/teams/${team};x=y`])
    test(`GET ${path} finds nothing`, async () => {
        const answer = await admin.get(path);
        assert.ok([400, 404].includes(answer.status), `${answer.status}`);
    });

for (const [path, right] of [['/teams//', '/teams/'], [`/teams/${team}/edit/`, `/teams/${team}/edit`], ['/sign-in/', '/sign-in']])
    test(`GET ${path} leads to the page whose address has another end`, async () => {
        const answer = await admin.get(path);
        assert.deepEqual([answer.status, answer.location], [303, right]);
    });

for (const path of ['/static/../Makefile', '/static/..%2fMakefile', '/static/%2e%2e/Makefile', '/static//../../Makefile', '/Makefile',
    '/templates/layout.tpl', '/static/../.env'])
    test(`GET ${path} does not leave static/`, async () => {
        const answer = await admin.get(path);
        assert.ok([400, 404].includes(answer.status), `${answer.status}`);
        assert.ok(!answer.text.includes('BUILD'));
    });

test('a NUL or a broken escape in an address is refused', async () => {
    for (const path of ['/teams/%00', '/teams/1%00', '/%00', '/teams/%zz', '/teams/%', '/teams/%4'])
        assert.equal((await admin.get(path)).status, 400, path);
});

test('an address of 10 KB is answered, one that is longer than a header may be is refused', async () => {
    const search = await admin.get(`/teams/?q=${'x'.repeat(10000)}`);
    assert.equal(search.status, 200);
    const answer = await admin.get(`/teams/?q=${'x'.repeat(40000)}`);
    assert.equal(answer.status, 414);
});

test('more fields in an address than anybody needs are refused', async () => {
    const query = Array.from({ length: 2001 }, (_, i) => `f${i}=`).join('&');
    assertPage(await admin.get(`/teams/?${query}`), 413, 'This is too large', /more than 2000 fields/);
});

// --- Headers --------------------------------------------------------------------------------------------------------------

test('a header that is too large is refused', async () => {
    const { status } = await send(SITE, 'GET', '/teams/', { Cookie: `a=${'x'.repeat(20000)}` });
    assert.equal(status, 400);
});

test('cookies that are nonsense are no sign-in', async () => {
    for (const cookie of ['roster_session', 'roster_session=', 'roster_session==;;;', 'roster_session="x"', '=;=', 'roster_flash=AAAA',
        `roster_session=${'x'.repeat(5000)}`, "roster_session=' OR 1=1"]) {
        const { status } = await send(SITE, 'GET', '/teams/', { Cookie: cookie });
        assert.equal(status, 303, cookie);
    }
});

test('a Host that is none is refused', async () => {
    for (const host of ['a b', 'x/y', 'a"b', '<script>'])
        assert.match(await raw(`GET /sign-in HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 400 /, host);
});

test('a request that says twice how long it is is refused', async () => {
    assert.match(await raw('POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\nConnection: close\r\n\r\na=b'),
        /^HTTP\/1\.1 400 /);
    assert.match(await raw('POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\nConnection: close\r\n\r\na=b'), /^HTTP\/1\.1 400 /);
    assert.match(await raw('POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
        + '3\r\na=b\r\n0\r\n\r\n'), /^HTTP\/1\.1 400 /);
});

test('what follows a body belongs to the next request', async () => {
    const body = 'csrf=x';
    const answer = await raw(`POST /teams/new HTTP/1.1\r\nHost: x\r\nCookie: ${cookies()}\r\nContent-Length: ${body.length}\r\n`
        + `Content-Type: application/x-www-form-urlencoded\r\n\r\n${body}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 403', 'HTTP/1.1 200']);
});

test('garbage that is no request is refused', async () => {
    for (const text of ['garbage\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00'])
        assert.match(await raw(text), /^(HTTP\/1\.1 (400|505) |<html>)/, text);
});

test('a header named Proxy reaches nothing', async () => {
    const { status } = await send(SITE, 'GET', '/healthz', { Proxy: 'http://evil.example' });
    assert.equal(status, 200);
});

// --- Methods --------------------------------------------------------------------------------------------------------------

for (const [path, allow] of [['/', 'GET, HEAD'], ['/teams/', 'GET, HEAD'], ['/teams/new', 'GET, HEAD, POST'], [`/teams/${team}`, 'GET, HEAD'],
    [`/teams/${team}/edit`, 'GET, HEAD, POST'], [`/teams/${team}/delete`, 'GET, HEAD, POST'], ['/sign-in', 'GET, HEAD, POST'],
    ['/sign-out', 'POST'], ['/account', 'GET, HEAD'], ['/healthz', 'GET, HEAD']])
    test(`${path} says which methods it takes`, async () => {
        for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', ...(allow.includes('POST') ? [] : ['POST']),
            ...(allow.includes('GET') ? [] : ['GET'])]) {
            const answer = await admin.request(method, path, { 'Content-Length': '0' });
            assertPage(answer, 405, 'This page cannot be used that way');
            assert.deepEqual(answer.header('allow'), [allow], method);
        }
    });

test('TRACE echoes nothing', async () => {
    const { status, body } = await send(SITE, 'TRACE', '/', { Cookie: 'roster_session=secret' });
    assert.equal(status, 405);
    assert.ok(!body.includes('secret'));
});

for (const path of ['/', '/teams/', `/teams/${team}`, `/teams/${team}/edit`, '/teams/new', '/teams/999999999', '/sign-in', '/healthz', '/readyz',
    '/teams/options', '/static/roster.css', '/no-such-page'])
    test(`HEAD ${path} is GET without its body`, async () => {
        const [get, head] = [await admin.get(path), await admin.request('HEAD', path, { Accept: 'text/html' })];
        assert.equal(head.status, get.status);
        assert.equal(head.body.length, 0);
        const kept = ({ headers }) => headers.filter(([name]) => !['date', 'x-request-id'].includes(name));
        assert.deepEqual(kept(head), kept(get));
    });

// --- Bodies ---------------------------------------------------------------------------------------------------------------

const TYPE = 'application/x-www-form-urlencoded';

async function post(body, type = TYPE, path = '/teams/new') {
    return admin.post(path, Buffer.from(body), { 'Content-Type': type });
}

for (const [what, body, status, words] of [
    ['a NUL', 'name=a%00b', 400, /'name' is not UTF-8 or has control characters/],
    ['a raw NUL', 'name=a\0b', 400, /control characters/],
    ['bytes that are no UTF-8', 'name=%ff%fe', 400, /not UTF-8/],
    ['half a surrogate', 'name=%ed%a0%80', 400, /not UTF-8/],
    ['an overlong character', 'name=%c0%80', 400, /not UTF-8/],
    ['a control character', 'name=%1b[31m', 400, /control characters/],
    ['a broken escape', 'name=%g1', 400, /'%' in the form/],
    ['an escape that is cut', 'name=%4', 400, /'%' in the form/],
    ['a value twice', 'name=a&name=b', 400, /'name' came more than once/],
    ['a token twice', '_token=a&_token=b', 400, /'_token' came more than once/],
    ['a name of none', '=x', 400, /no name/],
    ['a name that is too long', `${'n'.repeat(129)}=x`, 413, /name is longer than 128 bytes/],
    ['too many fields', Array.from({ length: 2001 }, (_, i) => `f${i}=`).join('&'), 413, /more than 2000 fields/],
    ['too many values of one name', Array.from({ length: 2001 }, () => 'skills[]=1').join('&'), 413, /more than 2000 fields/],
    ['a value that is too long', `name=${'x'.repeat(1048577)}`, 413, /'name' is longer than 1048576 bytes/],
    ['a token that is too long', null, 400, /'_token' is damaged/],
])
    test(`a form with ${what} is refused in words`, async () => {
        const csrf = (await admin.form('/teams/new')).get('csrf');
        const answer = await post(body === null ? encode([['csrf', csrf], ['_token', 'x'.repeat(65)]]) : body);
        assertPage(answer, status, status === 400 ? 'This request cannot be understood' : 'This is too large', words);
    });

for (const [type, body] of [['application/json', '{"name": "x"}'], ['text/plain', 'name=x'], ['application/xml', '<a/>'], ['', 'name=x'],
    ['application/x-www-form-urlencodedx', 'name=x'], ['nonsense', 'x']])
    test(`a body of type "${type}" is refused in words`, async () => {
        assertPage(await post(body, type), 400, 'This request cannot be understood',
            /sent as 'application\/x-www-form-urlencoded' or 'multipart\/form-data'/);
    });

test('the type of a form may have parameters and other letters', async () => {
    const form = (await admin.form('/teams/new')).set('name', unique('typed'));
    const answer = await post(encode(form.entries(form.button('_save'))), 'Application/X-WWW-Form-URLEncoded; charset=utf-8');
    assert.equal(answer.status, 303);
});

const part = (name, content, more = '') => `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;

for (const [what, type, body, words] of [
    ['no boundary', 'multipart/form-data', part('a', 'x') + '--b--\r\n', /boundary/],
    ['an empty boundary', 'multipart/form-data; boundary=""', part('a', 'x') + '--b--\r\n', /boundary/],
    ['another boundary', 'multipart/form-data; boundary=c', part('a', 'x') + '--b--\r\n', /malformed/],
    ['no end', 'multipart/form-data; boundary=b', part('a', 'x'), /ends before its last boundary/],
    ['nothing in it', 'multipart/form-data; boundary=b', '', /malformed/],
    ['a part without a name', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n', /./],
    ['a part without headers', 'multipart/form-data; boundary=b', '--b\r\n\r\nx\r\n--b--\r\n', /no headers/],
    ['a NUL in a value', 'multipart/form-data; boundary=b', part('a', 'x\0y') + '--b--\r\n', /control characters/],
    ['a NUL in the name of a file', 'multipart/form-data; boundary=b', part('content', 'x', '; filename="a\0.txt"') + '--b--\r\n', /control/],
    ['a name twice', 'multipart/form-data; boundary=b', part('a', 'x') + part('a', 'y') + '--b--\r\n', /came more than once/],
    ['a file twice', 'multipart/form-data; boundary=b',
        part('content', 'x', '; filename="a"') + part('content', 'y', '; filename="b"') + '--b--\r\n', /came more than once/],
])
    test(`a multipart form with ${what} is refused in words`, async () => {
        assertPage(await post(body, type, '/files/new'), 400, 'This request cannot be understood', words);
    });

test('what stands behind the last boundary does not count', async () => {
    const name = unique('epilogue');
    const csrf = (await admin.form('/teams/new')).get('csrf');
    const body = `${part('csrf', csrf)}${part('name', name)}${part('owner_id', superuserId())}--b--\r\ntrailing garbage ${part('name', 'other')}`;
    const answer = await post(body, 'multipart/form-data; boundary=b');
    assert.equal(answer.status, 303, answer.words);
    assert.equal(value("SELECT count(*) FROM team WHERE name = :'name'", { name }), '1');
});

test('a body that breaks off saves nothing, and the next request is answered', async () => {
    const name = unique('broken');
    const csrf = (await admin.form('/teams/new')).get('csrf');
    const body = encode([['csrf', csrf], ['name', name]]);
    const { hostname, port } = new URL(SITE);
    await new Promise((resolve) => {
        const socket = connect(Number(port), hostname, () => {
            socket.end(`POST /teams/new HTTP/1.1\r\nHost: x\r\nCookie: ${cookies()}\r\nContent-Type: ${TYPE}\r\n`
                + `Content-Length: ${body.length + 10}\r\n\r\n${body}`, resolve);
        });
        socket.on('error', resolve);
    });
    assert.equal((await new Browser().get('/healthz')).status, 200);
    assert.equal(value("SELECT count(*) FROM team WHERE name = :'name'", { name }), '0');
});

test('a POST without a body is a form without fields', async () => {
    const answer = await admin.request('POST', '/teams/new', { 'Content-Length': '0' });
    assertPage(answer, 403, 'You may not do this');
});

// --- Security headers -------------------------------------------------------------------------------------------------------

const once = { 'content-security-policy': /default-src 'none'/, 'x-content-type-options': /^nosniff$/, 'referrer-policy': /^same-origin$/,
    'cross-origin-opener-policy': /^same-origin$/, 'cross-origin-resource-policy': /^same-origin$/, 'content-type': /./, date: /./ };

for (const [method, path, status] of [['GET', '/', 200], ['GET', '/teams/', 200], ['GET', '/teams/new', 200], ['POST', '/teams/new', 403],
    ['GET', '/no-such', 404], ['GET', '/teams/%00', 400], ['GET', '/teams/%zz', 400], ['PUT', '/teams/', 405], ['GET', '/teams', 303],
    ['GET', '/teams/options', 200], ['GET', '/static/roster.css', 200], ['GET', '/static/roster.js', 200], ['GET', '/static/icon.svg', 200],
    ['GET', '/static/no-such', 404], ['GET', '/healthz', 200], ['GET', '/readyz', 200], ['HEAD', '/', 200], ['TRACE', '/', 405]])
    test(`${method} ${path} has every security header once`, async () => {
        const answer = await admin.request(method, path, method === 'POST' ? { 'Content-Length': '0' } : {});
        assert.equal(answer.status, status);
        for (const [name, content] of Object.entries(once)) {
            assert.equal(answer.header(name).length, 1, `${name}: ${answer.header(name)}`);
            assert.match(answer.header(name)[0], content);
        }
        assert.doesNotMatch(answer.header('server').join(), /\d/, 'no version');
        assert.deepEqual(answer.header('x-powered-by'), []);
    });

test('pages are not kept in caches', async () => {
    for (const path of ['/', '/teams/', `/teams/${team}`, '/sign-in', '/account', '/no-such', '/teams/options'])
        assert.deepEqual((await admin.get(path)).header('cache-control'), ['no-store'], path);
});

test('pages hold no script and no style of their own', async () => {
    for (const path of ['/', '/teams/', `/teams/${team}`, `/teams/${team}/edit`, '/sign-in']) {
        const answer = await admin.get(path);
        for (const element of answer.page.descendants()) {
            assert.ok(element.tag !== 'style' && (element.tag !== 'script' || (element.has('src') && !element.words)), path);
            for (const name of element.attributes.keys())
                assert.doesNotMatch(name, /^(on|style$)/, `${path}: ${element.tag} ${name}`);
        }
    }
});
