// A database or a name server behind a network that swallows every packet, in a network namespace: bounded, and said.
import assert from 'node:assert/strict';
import { writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SANITIZERS } from './cgi.mjs';
import { BUILD, newFolder } from './own_site.mjs';
import { inNamespace, namespace } from './namespaces.mjs';

const folder = newFolder('network'), NEVER = 120; // seconds; what waits for ever is ended
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.77.0.2\nnameserver 127.77.0.3\n');

// Whatever is sent there is dropped when it arrives, and nobody says so.
const HOLE = `PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
nft 'add table ip hole; add chain ip hole in { type filter hook input priority 0; }; add rule ip hole in ip daddr 127.77.0.0/16 drop'
mount --bind '${folder}/resolv.conf' /etc/resolv.conf`;

async function inHole(command, database, more = {}) {
    const result = await inNamespace(namespace('mn'), `${HOLE}\nexec timeout ${NEVER} ${command}`, { ...SANITIZERS,
        DATABASE_URL: database, DATABASE_DIRECT_URL: database, ROSTER_VAR: folder, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET',
        REQUEST_URI: '/teams/', DOCUMENT_URI: '/teams/', QUERY_STRING: '', SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1',
        HTTP_HOST: 'localhost', HTTP_COOKIE: `roster_session=${'x'.repeat(43)}`, SECRET_KEY: 'x'.repeat(64), ...more });
    assert.notEqual(result.status, 124, `${command} would wait for ever`);
    return result;
}

// The bounds leave room for a machine that has other things to do: without them it would be more than 40 s for the names,
// and more than two minutes for the packets.
for (const [what, database, bound] of [
    ['a database whose packets are swallowed', 'postgresql://roster@127.77.0.9/roster', 10],
    ['a name server that says nothing', 'postgresql://roster@database.example/roster', 15],
]) {
    test(`${what}: the page says so in time`, { timeout: NEVER * 1000 }, async () => {
        const { stdout, stderr, seconds } = await inHole(`${join(BUILD, 'roster.fcgi')}`, database);
        assert.match(stdout, /^Status: 503 [^]*Retry-After: 5\r\n[^]*The database does not answer/, stderr);
        assert.ok(seconds < bound, `${seconds} s`);
    });

    test(`${what}: the command says so in time`, { timeout: NEVER * 1000 }, async () => {
        const { status, stderr, seconds } = await inHole(`${join(BUILD, 'roster')} current`, database);
        assert.notEqual(status, 0);
        assert.match(stderr, /does not answer|cannot connect|could not translate host name/);
        assert.ok(seconds < bound + 20, `${seconds} s`);
    });
}
