// Shell scripts in a mount or network namespace of their own: as root; as anybody, where the kernel lets them; or with sudo,
// where it does not (in a chroot) and no password is asked for.
import { spawnSync } from 'node:child_process';
import { run } from './cgi.mjs';

// The words that give a namespace (unshare(1)): m mounts, n network. Null when this machine gives none.
export function namespace(letters) {
    return [['unshare', `-${letters}`], ['unshare', `-r${letters}`], ['sudo', '-n', '-E', 'unshare', `-${letters}`]]
        .find(([program, ...words]) => spawnSync(program, [...words, 'true']).status === 0) ?? null;
}

export function inNamespace(words, script, env) {
    return run([...words, 'bash', '-euc', script], { env: { ...process.env, ...env } });
}
