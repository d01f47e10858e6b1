// An nginx of its own with the site's configuration, for files of the same size as the program's pages.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

function freePort() {
    return new Promise((resolve) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

export async function startStill(work) {
    const pages = join(work, 'static'), file = join(work, 'nginx.conf'), port = await freePort();
    const site = readFileSync(join(process.env.ROSTER_VAR, 'run', 'nginx.conf'), 'utf8');
    mkdirSync(pages, { recursive: true, mode: 0o755 });
    writeFileSync(file, site.replace(/^pid .*$/m, `pid "${join(work, 'nginx.pid')}";`)
        .replace(/listen [^;]*/, `listen 127.0.0.1:${port}`)
        .replace(/root "[^"]*"/, `root "${work}"`));
    const child = spawn('nginx', ['-e', join(work, 'nginx.log'), '-c', file], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    return {
        /* The address of a file with this text. */
        put(name, text) {
            writeFileSync(join(pages, name), text, { mode: 0o644 });
            return `http://127.0.0.1:${port}/static/${name}`;
        },
        async stop() {
            child.kill('SIGQUIT');
            await ended;
        },
    };
}
