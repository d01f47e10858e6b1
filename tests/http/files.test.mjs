// Files: what is uploaded is what is stored and what comes back, and never anything a browser would run. And keys, which
// are shown once.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { psql, row, value } from './data.mjs';
import { Browser, SITE, assertRefused, encodeMultipart, signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function upload(file, values = {}) {
    const form = (await admin.form('/files/new')).set('content', file).fill(values);
    const answer = await form.submit('_save');
    assert.equal(answer.status, 303, answer.words);
    const id = answer.location.split('/').pop();
    return { id, address: answer.location, ...row("SELECT * FROM upload WHERE id = :'id'", { id }) };
}

for (const [what, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0])],
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['what looks like the end of a form', Buffer.from('\r\n--boundary--\r\n\r\n------boundary\r\n')],
    ['exactly one chunk', randomBytes(256 * 1024)],
    ['one chunk and a byte', randomBytes(256 * 1024 + 1)],
    ['exactly one trip', randomBytes(1024 * 1024)],
    ['3 MB', randomBytes(3 * 1024 * 1024 + 12345)],
])
    test(`a file of ${what} is stored with its SHA-256 and comes back byte for byte`, async () => {
        const made = await upload({ name: `${unique()}.bin`, bytes });
        assert.equal(made.sha256, sha256(bytes));
        assert.equal(made.size_bytes, bytes.length);
        assert.equal(made.status, 'completed');
        assert.ok(made.last_modified);
        assert.equal(value(`SELECT encode(sha256(coalesce(string_agg(bytes, ''::bytea ORDER BY position), ''::bytea)), 'hex')
            FROM upload_content WHERE record_id = :'id'`, made), sha256(bytes));
        const answer = await admin.get(`${made.address}/file/content`);
        assert.equal(answer.status, 200);
        assert.equal(answer.header('content-length')[0], String(bytes.length));
        assert.equal(sha256(answer.body), sha256(bytes));
    });

for (const [sent, stored] of [
    ['plain.txt', 'plain.txt'],
    ['two words.txt', 'two words.txt'],
    ['say "hello".txt', 'say "hello".txt'],
    ['Größe – ä.txt', 'Größe – ä.txt'],
    ['日本語.txt', '日本語.txt'],
    ['👍.txt', '👍.txt'],
    ['/etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['C:\\Users\\Me\\a.txt', 'a.txt'],
    ['../../escape.sh', 'escape.sh'],
    ["o'brien;x=y.txt", "o'brien;x=y.txt"],
    ['<b>.html', '<b>.html'],
    ['100%25.txt', '100%25.txt'],
])
    test(`a file that is sent as ${sent} is called ${stored}, here and when it comes back`, async () => {
        const made = await upload({ name: sent, bytes: Buffer.from(sent) });
        assert.equal(made.name, stored);
        const answer = await admin.get(`${made.address}/file/content`);
        const [disposition] = answer.header('content-disposition');
        const [, plain, encoded] = disposition.match(/^attachment; filename="([ -~]*)"; filename\*=UTF-8''([\w.~%-]*)$/);
        assert.doesNotMatch(plain, /["\\/]/);
        assert.equal(decodeURIComponent(encoded), stored);
        assert.equal((await admin.get(made.address)).heading, stored);
    });

for (const [type, stored] of [['text/html', 'text/html'], ['image/svg+xml', 'image/svg+xml'],
    ['text/plain; charset=utf-8', 'text/plain'], ['nonsense', 'application/octet-stream'], ['text/html\tx: y', null]])
    test(`a file of type ${JSON.stringify(type)} never runs in a browser`, async () => {
        const made = await upload({ name: 'page.html', type, bytes: Buffer.from('<script>alert(1)</script>') });
        const answer = await admin.get(`${made.address}/file/content`);
        if (stored)
            assert.equal(answer.header('content-type')[0].split(';')[0], stored);
        assert.match(answer.header('content-disposition')[0], /^attachment;/);
        assert.deepEqual(answer.header('x-content-type-options'), ['nosniff']);
        assert.equal(answer.header('content-security-policy').length, 1);
        assert.match(answer.header('content-security-policy')[0], /default-src 'none'/);
        assert.match(answer.header('cache-control')[0], /no-store/);
        assert.equal(answer.text, '<script>alert(1)</script>');
    });

test('a name that was typed wins over the name of the file', async () => {
    assert.equal((await upload({ name: 'sent.txt', bytes: 'x' }, { name: 'typed.txt' })).name, 'typed.txt');
});

test('a new file replaces the old bytes and keeps the typed name', async () => {
    const made = await upload({ name: 'old.bin', type: 'text/plain', bytes: randomBytes(600000) });
    const bytes = randomBytes(300000);
    const form = await admin.form(`${made.address}/edit`);
    assert.equal((await form.set('content', { name: 'new.bin', bytes }).submit('_save')).status, 303);
    const stored = row("SELECT * FROM upload WHERE id = :'id'", made);
    assert.deepEqual([stored.name, stored.size_bytes, stored.sha256], ['old.bin', 300000, sha256(bytes)]);
    assert.equal(sha256((await admin.get(`${made.address}/file/content`)).body), sha256(bytes));
});

test('an emptied name is taken from the new file', async () => {
    const made = await upload({ name: 'old.bin', bytes: 'x' });
    const form = (await admin.form(`${made.address}/edit`)).set('name', '').set('content', { name: 'new.bin', bytes: 'y' });
    assert.equal((await form.submit('_save')).status, 303);
    assert.equal(row("SELECT name FROM upload WHERE id = :'id'", made).name, 'new.bin');
});

test('an edit without a file keeps the bytes', async () => {
    const made = await upload({ name: 'kept.bin', bytes: 'kept bytes' });
    await (await admin.form(`${made.address}/edit`)).set('description', 'changed').submit('_save');
    assert.equal((await admin.get(`${made.address}/file/content`)).text, 'kept bytes');
});

test('a new record without a file is refused at its field', async () => {
    const answer = await (await admin.form('/files/new')).set('name', 'nothing').submit('_save');
    assertRefused(answer, { content: /^Choose a file$/ });
    assert.equal(answer.form().get('name'), 'nothing');
});

test('a name of more than 255 characters is refused at its field', async () => {
    const form = (await admin.form('/files/new')).set('content', { name: 'a.txt', bytes: 'x' }).set('name', 'ä'.repeat(256));
    const answer = await form.submit('_save');
    assertRefused(answer, { content: /^Choose the file again/, name: /at most 255 characters, this has 256/ });
    const saved = await answer.form().set('name', 'short').set('content', { name: 'a.txt', bytes: 'x' }).submit('_save');
    assert.equal(saved.status, 303);
});

test('a file that was chosen before a step without a script is asked for again, once', async () => {
    const made = await upload({ name: 'old.bin', bytes: 'old' });
    const form = (await admin.form(`${made.address}/edit`)).set('content', { name: 'new.bin', bytes: 'new' });
    const step = await (await form.submit('_pick', 'owner_id')).form('form.picker').set('_q', 'nobody at all').submit('_search');
    const back = await step.form('form.picker').submit('_unpick');
    assert.match(back.problems.map(([text]) => text).join(), /^Choose the file again/);
    const saved = await back.form().set('content', { name: 'new.bin', bytes: 'new' }).submit('_save');
    assert.equal(saved.status, 303, saved.words);
    assert.equal((await admin.get(`${made.address}/file/content`)).text, 'new');
    assert.equal((await back.form().submit('_save')).status, 303, 'whoever was asked may do without');
});

test('a file does not get lost between two people', async () => {
    const made = await upload({ name: 'old.bin', bytes: 'old' });
    const form = (await admin.form(`${made.address}/edit`)).fill({ description: 'mine', content: { name: 'new.bin', bytes: 'new' } });
    psql("UPDATE upload SET description = 'theirs' WHERE id = :'id'", made);
    const conflict = await form.submit('_save');
    assert.equal(conflict.status, 409);
    const merged = await conflict.form('form.conflict').submit('_save');
    assertRefused(merged, { content: /^Choose the file again/ });
    const saved = await merged.form().set('content', { name: 'new.bin', bytes: 'new' }).submit('_save');
    assert.equal(saved.status, 303, saved.words);
    const { description } = row("SELECT description FROM upload WHERE id = :'id'", made);
    assert.deepEqual([description, (await admin.get(`${made.address}/file/content`)).text], ['mine', 'new']);
});

test('a file whose own name is longer than file systems have it is refused in words', async () => {
    const form = (await admin.form('/files/new')).set('content', { name: 'n'.repeat(256), bytes: 'x' });
    const answer = await form.submit('_save');
    assert.equal(answer.status, 413);
    assert.match(answer.words, /A file's name is longer than 255 characters/);
});

test('bytes are for those who are signed in', async () => {
    const made = await upload({ name: 'secret.txt', bytes: 'secret' });
    const answer = await new Browser().get(`${made.address}/file/content`);
    assert.equal(answer.status, 303);
    assert.equal(answer.text, '');
});

test('a name of 255 characters that are three bytes each comes back as it was', async () => {
    const name = `${'名'.repeat(251)}.txt`;
    const made = await upload({ name, bytes: 'x' });
    const answer = await admin.get(`${made.address}/file/content`);
    assert.equal(answer.status, 200);
    assert.ok(answer.header('content-disposition')[0].endsWith(`filename*=UTF-8''${encodeURIComponent(name)}`));
});

test('only a field with bytes can be fetched', async () => {
    const made = await upload({ name: 'a.txt', bytes: 'x' });
    for (const [path, status] of [[`${made.address}/file/name`, 404], [`${made.address}/file/no_such`, 404],
        ['/files/999999999/file/content', 404], ['/files/abc/file/content', 404], ['/users/1/file/hashed_password', 404]])
        assert.equal((await admin.get(path)).status, status, path);
});

test('damaged bytes are never sent as if they were whole', async () => {
    const made = await upload({ name: 'damaged.bin', bytes: randomBytes(1000) });
    psql("UPDATE upload_content SET bytes = 'damaged' WHERE record_id = :'id'", made);
    const answer = await admin.get(`${made.address}/file/content`);
    assert.equal(answer.status, 500);
    assert.match(answer.text, /stored bytes are not those that were uploaded/);
    assert.deepEqual(answer.header('content-disposition'), []);
});

test('the page of a file shows its size, type and sum, and links to its bytes', async () => {
    const bytes = Buffer.from('x'.repeat(1234));
    const made = await upload({ name: 'facts.txt', type: 'text/plain', bytes });
    const page = await admin.get(made.address);
    assert.equal(page.fact('Size in bytes'), '1234');
    assert.equal(page.fact('Content type'), 'text/plain');
    assert.equal(page.fact('SHA-256'), sha256(bytes));
    assert.equal(page.link('facts.txt'), `${made.address}/file/content`);
});

test('no temporary file is left behind', async () => {
    await upload({ name: 'temporary.bin', bytes: randomBytes(2000000) });
    assert.deepEqual(readdirSync(`${process.env.ROSTER_VAR}/tmp`), []);
});

// --- Too large ----------------------------------------------------------------------------------------------------------

// The first line of the answer to a request of which only as much is sent as the server takes.
function tooLarge(head, body) {
    const { hostname, port } = new URL(SITE);
    return new Promise((resolve, reject) => {
        const socket = connect(Number(port), hostname);
        let text = '';
        socket.on('data', (piece) => {
            text += piece;
            if (text.includes('\r\n'))
                socket.destroy();
        });
        socket.on('error', () => {}); // it may be closed while it is still written to
        socket.on('close', () => (text ? resolve(text.split('\r\n')[0]) : reject(new Error('no answer'))));
        socket.write(head);
        body(socket);
    });
}

const cookie = () => [...admin.cookies].map(([name, each]) => `${name}=${each}`).join('; ');

test('more files than any form has are refused before a worker runs out of descriptors', async () => {
    const form = await admin.form('/files/new');
    for (let i = 0; i < 1990; i++)
        form.add(`f${i}`, { name: 'x', type: 'text/plain', bytes: Buffer.from('x') });
    const answer = await form.submit('_save');
    assert.equal(answer.status, 413);
    assert.match(answer.words, /more than 8 files/);
});

test('a body that announces too much is refused with 413 before it is sent', async () => {
    const line = await tooLarge(`POST /files/new HTTP/1.1\r\nHost: x\r\nCookie: ${cookie()}\r\nContent-Length: 34603009\r\n`
        + 'Content-Type: multipart/form-data; boundary=x\r\n\r\n', () => {});
    assert.match(line, /^HTTP\/1\.1 413 /);
});

test('a body in chunks that grows too large is refused with 413', async () => {
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000), Buffer.from('\r\n')]);
    const line = await tooLarge(`POST /files/new HTTP/1.1\r\nHost: x\r\nCookie: ${cookie()}\r\nTransfer-Encoding: chunked\r\n`
        + 'Content-Type: multipart/form-data; boundary=x\r\n\r\n', (socket) => {
        for (let i = 0; i < 34; i++)
            socket.write(chunk);
    });
    assert.match(line, /^HTTP\/1\.1 413 /);
});

test('a form without files has a smaller limit, told in words', async () => {
    const form = (await admin.form('/teams/new')).fill({ name: unique('big'), description: 'x'.repeat(1100000) });
    const answer = await form.submit('_save');
    assert.equal(answer.status, 413);
    assert.equal(answer.heading, 'This is too large');
    assert.match(answer.words, /'description' is longer than 1048576 bytes/);
});

test('a file that comes in chunks is stored like any other', async () => {
    const form = (await admin.form('/files/new')).set('content', { name: 'chunked.bin', bytes: 'in pieces' });
    const body = encodeMultipart(form.entries(form.button('_save')), 'b0undary');
    const answer = await admin.request('POST', '/files/new',
        { 'Content-Type': 'multipart/form-data; boundary=b0undary', 'Transfer-Encoding': 'chunked' }, body);
    assert.equal(answer.status, 303, answer.words);
    assert.equal((await admin.get(`${answer.location}/file/content`)).text, 'in pieces');
});

// --- Keys ---------------------------------------------------------------------------------------------------------------

test('a key is shown exactly once, and only its hash is stored', async () => {
    const made = await create(admin, 'api-keys');
    const page = await made.answer.follow();
    const key = page.page.one('code.secret').words;
    assert.match(key, /^[\w-]{43}$/);
    assert.match(page.words, /Copy this key now\. It is not shown again\./);
    const stored = row("SELECT * FROM api_key WHERE id = :'id'", made);
    assert.equal(stored.hashed_key, sha256(key));
    assert.equal(stored.short_key, key.slice(0, 8));
    const dump = psql(`SELECT t::text FROM api_key t UNION ALL SELECT t::text FROM change t UNION ALL
        SELECT t::text FROM submission t UNION ALL SELECT t::text FROM session t`);
    assert.ok(!dump.includes(key), 'the key itself is nowhere in the database');
    for (const path of [made.address, `${made.address}/edit`, `${made.address}/history`, '/api-keys/', '/']) {
        const again = await admin.get(path);
        assert.ok(!again.text.includes(key), path);
        assert.ok(!again.text.includes(stored.hashed_key), path);
    }
});

test('an edit makes no new key', async () => {
    const made = await create(admin, 'api-keys');
    const hash = () => value("SELECT hashed_key FROM api_key WHERE id = :'id'", made), before = hash();
    const page = await (await (await admin.form(`${made.address}/edit`)).set('description', unique('renamed')).submit('_save')).follow();
    assert.equal(page.page.all('code.secret').length, 0);
    assert.equal(hash(), before);
});

test('the history of a user keeps no hash of a password', async () => {
    const made = await create(admin, 'users');
    await (await admin.form(`${made.address}/edit`)).set('hashed_password', unique('another one')).submit('_save');
    assert.equal(value("SELECT count(*) FROM change c WHERE c::text LIKE '%argon2%'"), '0');
});
