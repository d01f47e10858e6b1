// Shell scripts in a mount or network namespace of their own, as root or, where the kernel lets them, as anybody.
import { spawnSync } from 'node:child_process';
import { run } from './cgi.mjs';

// The words that give a namespace (unshare(1)): m mounts, n network. Null when this machine gives none.
export function namespace(letters) {
    return [[`-${letters}`], [`-r${letters}`]].map((words) => ['unshare', ...words])
        .find(([program, ...words]) => spawnSync(program, [...words, 'true']).status === 0) ?? null;
}

export function inNamespace(words, script, env) {
    return run([...words, 'bash', '-euc', script], { env: { ...process.env, ...env } });
}
