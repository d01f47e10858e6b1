// An authenticator: the codes of RFC 6238 for a secret in base32.
import { createHmac } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decode(secret) {
    const bits = [...secret.replace(/ /g, '')].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
    return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

export const now = () => Math.floor(Date.now() / 1000);

export function code(secret, seconds = now()) {
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
    const mac = createHmac('sha1', decode(secret)).update(step).digest(), at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// A code that is none of those that are good now.
export function wrongCode(secret) {
    const good = [-60, -30, 0, 30, 60].map((off) => code(secret, now() + off));
    return ['000000', '000001', '000002', '000003', '000004', '000005'].find((each) => !good.includes(each));
}

// Sets a second factor up for whoever is signed in with this browser: { secret, codes }.
export async function setUp(browser, password) {
    const asked = await (await browser.form('/account/second-factor', 'form')).submit();
    const shown = asked.page.one('form [name="_password"]') ? await asked.form('form').set('_password', password).submit() : asked;
    const secret = shown.page.one('code.secret').words.replace(/ /g, '');
    const done = await shown.form('form').set('code', code(secret)).submit();
    return { secret, codes: done.page.one('pre.secret').text.trim().split('\n'), done };
}

// The database forgets which code was used last, as if time had passed.
export const FORGET_STEP = 'UPDATE second_factor SET used_step = 0 WHERE user_id = :\'id\'';
