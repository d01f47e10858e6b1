// Behind a proxy: whose request it is, is what a trusted proxy says, and what nobody else says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { rows } from './data.mjs';
import { Browser, EMAIL, PASSWORD, unique } from './lib.mjs';
import { OwnSite, ROOT } from './own_site.mjs';

const PROXY = '127.0.0.9', NETWORK = '127.7.0.3', STRANGER = '127.0.0.10';
const site = await new OwnSite('proxy', { ROSTER_PROXY: `${PROXY}, 127.7.0.0/16` }).start();
after(() => site.remove());

// A browser whose requests come from that address, with what a proxy there writes.
class Forwarded extends Browser {
    constructor(from, forwarded) {
        super(site.url, from);
        this.forwarded = forwarded;
    }

    request(method, path, headers = {}, body = null) {
        return super.request(method, path, { ...headers, 'X-Forwarded-For': this.forwarded }, body);
    }
}

async function remoteOf(from, forwarded) {
    const email = `${unique('nobody')}@example.com`;
    assert.equal((await new Forwarded(from, forwarded).signIn(email, 'wrong')).status, 422);
    return rows("SELECT remote FROM audit WHERE who = :'email'", { email }, site.database).map((line) => line.remote);
}

for (const [what, from, forwarded, remote] of [
    ['a proxy tells who asks', PROXY, '203.0.113.7', '203.0.113.7'],
    ['so does one of a network of proxies', NETWORK, '2001:db8::7', '2001:db8::7'],
    ['what a visitor writes before the proxy does counts nothing', PROXY, '198.51.100.1, 203.0.113.8', '203.0.113.8'],
    ['proxies behind one another are followed to the first stranger', PROXY, `203.0.113.9, ${NETWORK}`, '203.0.113.9'],
    ['what a stranger says counts nothing', STRANGER, '203.0.113.10', STRANGER],
    ['what is no address counts nothing', PROXY, 'somewhere', PROXY],
])
    test(what, async () => assert.deepEqual(await remoteOf(from, forwarded), [remote]));

test('whoever guesses behind a proxy locks out themselves, and nobody else', async () => {
    const guesser = '203.0.113.66';
    for (let i = 0; i < 8; i++)
        assert.equal((await new Forwarded(PROXY, guesser).signIn(EMAIL, 'wrong')).status, 422);
    assert.equal((await new Forwarded(PROXY, guesser).signIn(EMAIL, PASSWORD)).status, 429);
    assert.equal((await new Forwarded(PROXY, '203.0.113.67').signIn(EMAIL, PASSWORD)).status, 303);
});

for (const wrong of ['proxy.example.com', '10.0.0', '256.0.0.1', '10.0.0.0/33', '0.0.0.0/0', '::/0', '::1/129', '1::2::3', '10.0.0.1;', '10.0.0.1,x'])
    test(`ROSTER_PROXY=${wrong} is refused in clear words`, () => {
        const run = spawnSync('bash', ['nginx/site.sh'], { cwd: ROOT, env: { ...site.environment, ROSTER_PROXY: wrong }, encoding: 'utf8' });
        assert.equal(run.status, 1);
        assert.match(run.stderr, /^roster: error: '\S+' in ROSTER_PROXY is no address; write those of your proxies, such as 10\.0\.0\.5 or 10\.0\.0\.0\/24\n$/);
    });
