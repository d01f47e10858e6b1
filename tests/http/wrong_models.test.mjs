// Models files that contradict themselves: they build, and the programs then say which model and field, and what to write
// instead.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, ROOT } from './own_site.mjs';

const build = join(BUILD, 'library'), file = join(build, 'wrong.c');
mkdirSync(build, { recursive: true });

const model = (name, fields, more = '') => `static const struct model ${name} = { .table = "${name}", ${more}
    .fields = (const struct field[]){ ${fields.map((field) => `{ ${field} },`).join(' ')} { 0 } } };`;
const text = '.name = "name", .type = FIELD_TEXT, .required = true';

// make as somebody types it, whatever make started these tests.
function make(models) {
    const env = { ...process.env };
    for (const name of ['MAKEFLAGS', 'MAKELEVEL', 'MFLAGS'])
        delete env[name];
    const made = spawnSync('make', [`BUILD=${build}`, `MODELS=${models}`, `${build}/roster`], { cwd: ROOT, env, encoding: 'utf8' });
    return { status: made.status, said: made.stdout + made.stderr };
}

function write(thing, other) {
    writeFileSync(file, `#include "model.h"\n${other}\n${thing}
        const struct model *const models[] = { ${other && '&other, '}&thing, NULL };
        const struct panel overview_panels[] = { { 0 } };\n`);
}

// Builds with one model "thing", and one "other" when it is given, and asks the command for anything.
function refusal(thing, other = '') {
    write(thing, other);
    const { status, said } = make(file);
    assert.equal(status, 0, said);
    return spawnSync(join(build, 'roster'), ['check'], { cwd: ROOT, env: process.env, encoding: 'utf8' });
}

for (const [what, thing, words, other] of [
    ['a reference to a model that is not there', model('thing', [text, '.name = "box_id", .type = FIELD_REFERENCE, .references = "box"']),
        /field 'thing\.box_id' references 'box', which is no model: declare that model or correct the name/],
    ['a required reference that is set to NULL', model('thing',
        [text, '.name = "in_id", .type = FIELD_REFERENCE, .references = "thing", .required = true, .on_delete = ON_DELETE_SET_NULL']),
    /field 'thing\.in_id' is required.*use ON_DELETE_RESTRICT or ON_DELETE_CASCADE, or drop \.required/],
    ['a choice without choices', model('thing', [text, '.name = "kind", .type = FIELD_CHOICE']),
        /field 'thing\.kind' is a FIELD_CHOICE without choices: list at least one/],
    ['a decimal without precision', model('thing', [text, '.name = "price", .type = FIELD_DECIMAL']),
        /field 'thing\.price': a FIELD_DECIMAL needs \.precision/],
    ['a minimum above the maximum', model('thing', [text, '.name = "n", .type = FIELD_INTEGER, .minimum = "9", .maximum = "1"']),
        /field 'thing\.n': \.minimum 9 is above \.maximum 1/],
    ['a field without a type', model('thing', [text, '.name = "odd"']), /field 'thing\.odd' has no type/],
    ['a field twice', model('thing', [text, text]), /model 'thing': field 'name' is declared twice: remove one/],
    ['a name in capitals', model('thing', ['.name = "Name", .type = FIELD_TEXT']), /model 'thing': 'Name' cannot be a field's name/],
    ['a sort order without an index', model('thing', [text], '.sort = "-name",'),
        /model 'thing': \.sort 'name' must be a field that is \.indexed or \.unique/],
    ['a title that is no field', model('thing', [text], '.title = "label",'), /model 'thing': \.title 'label' is none of its fields/],
    ['an address of the site itself', model('thing', [text], '.path = "account",'), /model 'thing': the address '\/account\/' belongs to the site/],
    ['the table of another', model('thing', [text], '.was = NULL,').replace('.table = "thing"', '.table = "other"'),
        /model 'other' is declared twice/, model('other', [text])],
    ['a pattern that is none', model('thing', [text, '.name = "code", .type = FIELD_TEXT, .pattern = "["']),
        /field 'thing\.code': \.pattern '\[' is no regular expression/],
    ['what a reference shares with one that cannot share it', model('thing',
        [text, '.name = "next_id", .type = FIELD_REFERENCE, .references = "thing", .same = "name"']),
    /field 'thing\.next_id': \.same 'name' must be a required reference of both/],
    ['a constraint on a column that is not there', model('thing', [text],
        '.constraints = (const struct constraint[]){ { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "colour", NULL } }, { 0 } },'),
    /model 'thing': constraint '.*' names 'colour', which is no column of it/],
    ['a link to nowhere', model('thing', [text], '.links = (const struct link[]){ { .name = "tags", .target = "tag" }, { 0 } },'),
        /model 'thing': link 'tags' leads to 'tag', which is no model/],
    ['a user who cannot sign in', model('thing', [text]), /model 'user' needs a field 'email' so that people can sign in/,
        model('other', [text]).replace('.table = "other"', '.table = "user"')],
    ['a key longer than the history keeps', model('thing', [text, '.name = "id", .type = FIELD_TEXT, .max_length = 101']),
        /model 'thing'.*\.max_length.*100/],
])
    test(`a models file with ${what} is refused`, () => {
        const { status, stderr } = refusal(thing, other);
        assert.equal(status, 2, stderr);
        assert.match(stderr, words);
        assert.equal(stderr.trim().split('\n').length, 1, 'one line');
    });

test('a models file that is right is not refused', () => {
    assert.doesNotMatch(refusal(model('thing', [text])).stderr, /model 'thing'|field 'thing/);
});

test('a models file that was renamed builds under its new name', () => {
    write(model('thing', [text]), '');
    assert.equal(make(file).status, 0);
    const renamed = join(build, 'renamed.c');
    renameSync(file, renamed);
    try {
        const { status, said } = make(renamed);
        assert.equal(status, 0, said);
    } finally {
        rmSync(join(build, 'models.d'), { force: true }); // not for the next tests to stumble over
    }
});
