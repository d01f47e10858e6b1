// What every answer of a site says to the browser, whoever gives it: the program, nginx with a file, nginx with an error.
import assert from 'node:assert/strict';

const DIRECTIVES = { 'default-src': "'none'", 'object-src': "'none'", 'base-uri': "'none'", 'frame-ancestors': "'none'", 'form-action': "'self'",
    'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self'", 'connect-src': "'self'" };
const ALWAYS = { 'x-content-type-options': /^nosniff$/, 'referrer-policy': /^same-origin$/, 'cross-origin-opener-policy': /^same-origin$/,
    'cross-origin-resource-policy': /^same-origin$/, 'permissions-policy': /^camera=\(\), .*microphone=\(\)/, 'x-request-id': /^[0-9a-f]{32}$/,
    'cache-control': /./ };

// cache: what Cache-Control must match; a page is kept by nobody.
export function assertHeaders(answer, { secure = false, cache = /^(private, )?no-store$/ } = {}) {
    for (const [name, content] of Object.entries({ ...ALWAYS, 'cache-control': cache })) {
        assert.equal(answer.header(name).length, 1, `${answer.path}: ${name}: ${answer.header(name)}`);
        assert.match(answer.header(name)[0], content, `${answer.path}: ${name}`);
    }
    const policies = answer.header('content-security-policy');
    assert.equal(policies.length, 1, answer.path);
    assert.doesNotMatch(policies[0], /unsafe|\*|https?:|data:|blob:/);
    assert.deepEqual(Object.fromEntries(policies[0].split('; ').map((each) => each.split(/ (.*)/).slice(0, 2))), DIRECTIVES);
    assert.deepEqual(answer.header('strict-transport-security'), secure ? ['max-age=63072000'] : [], answer.path);
    assert.doesNotMatch(answer.header('server').join(), /\d/, 'no version');
    assert.deepEqual(answer.header('x-powered-by'), []);
    assert.equal(answer.header('content-type').length, answer.status === 304 ? 0 : 1, answer.path);
    if (answer.status !== 304)
        assert.match(answer.header('content-type')[0], /^(text|application|image)\/[a-z.+-]+(; version=\S+)?(; charset=utf-8)?$/);
    if (/^text\/html/.test(answer.header('content-type')[0] ?? ''))
        assert.match(answer.header('content-type')[0], /; charset=utf-8$/);
}

// A page for a person, and not what nginx says by itself.
export function assertSitePage(answer, heading) {
    assert.match(answer.text, /^\s*<!DOCTYPE html>/, answer.text.slice(0, 200));
    assert.equal(answer.heading, heading);
    assert.match(answer.text, /<link rel="stylesheet" href="\/static\/roster\.[0-9a-f]{16}\.css">/);
    assert.doesNotMatch(answer.text, /<!--#|<center>|style=|<style/);
}
