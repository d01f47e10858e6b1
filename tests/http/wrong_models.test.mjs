// Models files that contradict themselves: the build fails and says file, line, model, field, and what to write instead.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD, ROOT } from './own_site.mjs';

const build = join(BUILD, 'library'), file = join(build, 'wrong.c');
mkdirSync(build, { recursive: true });

const model = (name, fields, more = '') => `static const struct model ${name} = { .table = "${name}", ${more}
    .fields = (const struct field[]){
        ${fields.map((field) => `{ ${field} },`).join('\n        ')}
        { 0 } } };`;
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

// Builds with one model "thing", and one "other" when it is given.
function built(thing, other = '') {
    write(thing, other);
    return make(file);
}

for (const [what, thing, words, other] of [
    ['a reference to a model that is not there', model('thing', [text, '.name = "box_id", .type = FIELD_REFERENCE, .references = "box"']),
        /thing\.box_id: it references 'box', which is no model: declare that model or correct the name/],
    ['a required reference that is set to NULL', model('thing',
        [text, '.name = "in_id", .type = FIELD_REFERENCE, .references = "thing", .required = true, .on_delete = ON_DELETE_SET_NULL']),
    /thing\.in_id: it is required.*use ON_DELETE_RESTRICT or ON_DELETE_CASCADE, or drop \.required/],
    ['a choice without choices', model('thing', [text, '.name = "kind", .type = FIELD_CHOICE']),
        /thing\.kind: it is a FIELD_CHOICE without choices: list at least one/],
    ['a decimal without precision', model('thing', [text, '.name = "price", .type = FIELD_DECIMAL']),
        /thing\.price: a FIELD_DECIMAL needs \.precision/],
    ['a minimum above the maximum', model('thing', [text, '.name = "n", .type = FIELD_INTEGER, .minimum = "9", .maximum = "1"']),
        /thing\.n: \.minimum 9 is above \.maximum 1/],
    ['a field without a type', model('thing', [text, '.name = "odd"']), /thing\.odd: it has no type/],
    ['a field twice', model('thing', [text, text]), /thing\.name: this field is declared twice: remove one/],
    ['a name in capitals', model('thing', ['.name = "Name", .type = FIELD_TEXT']), /thing\.Name: 'Name' cannot be a field's name/],
    ['a sort order without an index', model('thing', [text], '.sort = "-name",'),
        /thing: \.sort 'name' must be a field that is \.indexed or \.unique/],
    ['a title that is no field', model('thing', [text], '.title = "label",'), /thing: \.title 'label' is none of its fields/],
    ['an address of the site itself', model('thing', [text], '.path = "account",'), /thing: the address '\/account\/' belongs to the site/],
    ['an address where passwords are chosen anew', model('thing', [text], '.path = "reset",'), /thing: the address '\/reset\/' belongs to the site/],
    ['the table of another', model('thing', [text], '.was = NULL,').replace('.table = "thing"', '.table = "other"'),
        /other: this table is declared twice/, model('other', [text])],
    ['a pattern that is none', model('thing', [text, '.name = "code", .type = FIELD_TEXT, .pattern = "["']),
        /thing\.code: \.pattern '\[' is no regular expression/],
    ['what a reference shares with one that cannot share it', model('thing',
        [text, '.name = "next_id", .type = FIELD_REFERENCE, .references = "thing", .same = "name"']),
    /thing\.next_id: \.same 'name' must be a required reference of both/],
    ['a constraint on a column that is not there', model('thing', [text],
        '.constraints = (const struct constraint[]){ { .kind = CONSTRAINT_UNIQUE, .fields = (const char *const[]){ "colour", NULL } }, { 0 } },'),
    /thing\.thing_colour_key: it names 'colour', which is no column of 'thing'/],
    ['a link to nowhere', model('thing', [text], '.links = (const struct link[]){ { .name = "tags", .target = "tag" }, { 0 } },'),
        /thing\.tags: it leads to 'tag', which is no model/],
    ['a user who cannot sign in', model('thing', [text]), /model 'user' needs a field 'email' so that people can sign in/,
        model('other', [text]).replace('.table = "other"', '.table = "user"')],
    ['a key longer than the history keeps', model('thing', [text, '.name = "id", .type = FIELD_TEXT, .max_length = 101']),
        /thing\.id: .*\.max_length.*100/],
])
    test(`a models file with ${what} is refused`, () => {
        const { status, said } = built(thing, other);
        assert.notEqual(status, 0, said);
        const told = said.split('\n').filter((line) => line.startsWith(`${file}:`));
        assert.equal(told.length, 1, said);
        assert.match(told[0], words);
        // the line is one that has to do with it: of the field, of its model, or of a setting
        const number = Number(told[0].slice(file.length + 1).split(':')[0]);
        const line = readFileSync(file, 'utf8').split('\n')[number - 1];
        const name = told[0].slice(file.length + 1).split(': ')[1].split('.').at(-1);
        assert.ok(line.includes(`"${name}"`) || line.includes('.constraints') || line.includes('.fields'), `${told[0]}\n${line}`);
        assert.ok(!existsSync(join(build, 'roster')), 'no program is left that would not start');
    });

test('the line is that of the setting', () => {
    const { said } = built(model('thing', [text, '.name = "kind", .type = FIELD_CHOICE,\n.choices = (const struct choice[]){\n{ .value = "a" },\n'
        + '{ .value = "a" }, { 0 } }', '.name = "price",\n.type = FIELD_INTEGER']));
    assert.match(said, /^\S+wrong\.c:8: thing\.kind: choice 'a' is listed twice/m);
});

test('a models file that is right builds, also after one that is not', () => {
    built(model('thing', [text, text]));
    const { status, said } = built(model('thing', [text]));
    assert.equal(status, 0, said);
    const checked = spawnSync(join(build, 'roster'), ['check', '--models'], { cwd: ROOT, env: process.env, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stderr);
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

test('the smallest models file is as db/model.h shows it', () => {
    const header = readFileSync(join(ROOT, 'db/model.h'), 'utf8');
    const [example] = header.match(/static const struct model book[^]*?models\[\] = .*\n/);
    writeFileSync(file, `#include "model.h"\n${example.replace(/^ \*/gm, '')}`);
    const made = make(file);
    assert.equal(made.status, 0, made.said);
});
