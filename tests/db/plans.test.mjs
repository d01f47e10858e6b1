// The plans that the tests of the planner make, each way, read by squawk, a linter for migrations. It must find
// nothing but what is answered otherwise, and says so in the plan where it matters.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const programs = ['test_plan', 'test_plan_matrix'].map((name) => join(process.env.BUILD, 'tests/db', name));

const always = () => true;
const destructive = (remarks) => /data lost: (?!none)/.test(remarks);
const slow = (remarks) => /others wait until it is done/.test(remarks);

// Rule: when it is answered otherwise, and how.
const answers = {
  // The engine waits for the end of a VALIDATE or an index as long as it takes: that keeps nobody waiting. What
  // does is bounded by lock_timeout.
  'require-statement-timeout': always,
  // The journal knows which statement is next. IF NOT EXISTS would take what a broken-off attempt left for a good
  // index, which is why that is dropped before.
  'prefer-robust-stmts': always,
  // The models say which types columns have.
  'prefer-bigint-over-int': always,
  'prefer-text-field': always,
  // Declared in the models (was), never guessed; or a column that takes the place of one that just went.
  'renaming-column': (remarks, sql) => /_new" TO/.test(sql) || /what still uses the old name fails/.test(remarks),
  'renaming-table': (remarks) => /what still uses the old name fails/.test(remarks),
  // Only with --allow-destructive, and counted; or values that are elsewhere: in what takes the column's place, or
  // in what it was computed from.
  'ban-drop-column': (remarks) =>
    destructive(remarks) || /in whose place others stand|computed from others/.test(remarks),
  'ban-drop-table': destructive,
  // The models want it.
  'ban-drop-not-null': always,
  // Only those that neither rewrite nor read the table; the others say that they keep everybody waiting, and why.
  'changing-column-type': (remarks) => /no rewrite, no scan/.test(remarks) || slow(remarks),
  'adding-field-with-default': (remarks) => slow(remarks) || /no rewrite, no scan/.test(remarks),
  'constraint-missing-not-valid': slow,
  // Asked about before the revision is written, when there are rows; on the way back of a dropped column there is no
  // value to be had.
  'adding-required-field': (remarks) => slow(remarks) && /fails when the table has rows/.test(remarks),
};

// The comment above the statement that begins at or after this line, and the statement.
function statementAt(lines, line) {
  let first = line;
  while (first < lines.length && (lines[first].startsWith('--') || lines[first] === '')) first++;
  while (first > 0 && !lines[first - 1].endsWith(';') && !lines[first - 1].startsWith('--')) first--;
  let top = first;
  while (top > 0 && lines[top - 1].startsWith('--')) top--;
  return { remarks: lines.slice(top, first).join('\n'), sql: lines[first] };
}

async function lint(folder, files) {
  const squawk = join(root, 'tests/node_modules/.bin/squawk');
  const words = ['--reporter', 'json', '--pg-version', '15.0', ...files];
  const { stdout } = await run(squawk, words, { cwd: folder, maxBuffer: 1 << 26 }).catch((error) => {
    assert.equal(error.code, 1, error.stderr); // there are findings
    return error;
  });
  return JSON.parse(stdout);
}

test('a linter finds nothing in plans that is not answered otherwise', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roster-plans-'));
  try {
    const env = { ...process.env, ROSTER_TEST_PLANS: folder, CK_RUN_CASE: 'changes' };
    for (const program of programs) await run(program, { env, maxBuffer: 1 << 26 });
    const files = (await readdir(folder)).sort();
    assert.ok(files.length > 500, `only ${files.length} plans`);
    const findings = await lint(folder, files);
    const met = new Set();
    const open = [];
    for (const finding of findings) {
      const text = await readFile(join(folder, finding.file), 'utf8');
      const { remarks, sql } = statementAt(text.split('\n'), finding.line);
      met.add(finding.rule_name);
      if (!answers[finding.rule_name]?.(remarks, sql))
        open.push(`${finding.rule_name}: ${finding.message}\n${remarks}\n${sql}`);
    }
    assert.deepEqual(open, []);
    const idle = Object.keys(answers).filter((rule) => !met.has(rule));
    assert.deepEqual(idle, [], 'answers that nothing asks for');
  } finally {
    await rm(folder, { recursive: true });
  }
});
