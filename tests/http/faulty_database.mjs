// What can be wrong on the way to a database, played without any right of root's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const part = (url, name) => new URLSearchParams(url.slice(url.indexOf('?') + 1)).get(name);

// The socket that an address such as postgresql://roster@/roster?host=/folder&port=5432 leads to.
export function socketOf(url) {
    return `${part(url, 'host')}/.s.PGSQL.${part(url, 'port') ?? 5432}`;
}

// A TCP port that leads to the server of an address, until it is told otherwise.
export class Way {
    constructor(url) {
        Object.assign(this, { target: socketOf(url), url, port: 0, sockets: new Set() });
        this.clear();
    }

    // Lets everything through.
    clear() {
        Object.assign(this, { silent: false, stallAfter: Infinity, cutAfter: Infinity, cuts: 0 });
    }

    async open() {
        this.server = createServer((client) => this.carry(client));
        this.server.listen(this.port, '127.0.0.1');
        await once(this.server, 'listening');
        this.port = this.server.address().port;
        return this.url.replace(/@\/([^?]*).*/, `@127.0.0.1:${this.port}/$1`);
    }

    keep(socket) {
        this.sockets.add(socket);
        socket.on('close', () => this.sockets.delete(socket));
        socket.on('error', () => {});
    }

    // What the server says is counted: after so many bytes nothing more comes, or the connection breaks.
    carry(client) {
        let told = 0;
        this.keep(client);
        if (this.silent)
            return client.resume();
        const server = connect(this.target);
        this.keep(server);
        client.pipe(server);
        server.on('data', (bytes) => {
            const left = Math.min(this.cutAfter, this.stallAfter) - told;
            told += bytes.length;
            if (left > 0 && !client.destroyed)
                client.write(bytes.subarray(0, left));
            if (told >= this.cutAfter && !client.destroyed) {
                this.cuts++;
                client.end();
                client.unpipe(server);
                server.destroy();
            }
        });
        server.on('close', () => client.end());
        client.on('close', () => server.destroy());
    }

    async close() {
        this.server.close();
        this.sockets.forEach((socket) => socket.destroy());
        await once(this.server, 'close');
    }
}

// A port whose backlog is full: whatever is sent to it is dropped, as by a firewall that says nothing.
export class BlackHole {
    async open(port) {
        const program = `require('net').createServer().listen(${port}, '127.0.0.1', 1, () => {
            require('fs').writeSync(1, 'listens'); for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); })`;
        this.child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(this.child.stdout, 'data');
        this.sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
        return this;
    }

    async close() {
        this.sockets.forEach((socket) => socket.destroy());
        this.child.kill('SIGKILL');
        await once(this.child, 'exit');
    }
}

// A session with PostgreSQL that says what it is told (PostgreSQL 15, chapter 55), as cheap as a socket.
export class Session {
    static async open(url) {
        const session = new Session();
        const words = ['user', url.match(/\/\/([^:@/]+)/)[1], 'database', url.match(/@[^/]*\/([^?]+)/)[1], ''].map((word) => `${word}\0`).join('');
        session.socket = connect(socketOf(url));
        session.socket.on('error', () => {});
        session.socket.write(session.message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(words)])));
        await session.ready();
        return session;
    }

    message(type, body) {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(body.length + 4);
        return Buffer.concat([Buffer.from(type), length, body]);
    }

    // Until the server waits for the next statement; false when it refused or went away.
    async ready() {
        let bytes = Buffer.alloc(0);
        for (;;) {
            while (bytes.length >= 5 && bytes.length > bytes.readUInt32BE(1)) {
                const type = String.fromCharCode(bytes[0]);
                bytes = bytes.subarray(bytes.readUInt32BE(1) + 1);
                if (type === 'Z')
                    return (this.open = true);
                if (type === 'E')
                    return (this.open = false);
            }
            const piece = await Promise.race([once(this.socket, 'data'), once(this.socket, 'close').then(() => null)]);
            if (!piece || typeof piece[0] === 'boolean')
                return (this.open = false);
            bytes = Buffer.concat([bytes, piece[0]]);
        }
    }

    async run(sql) {
        this.socket.write(this.message('Q', Buffer.from(`${sql}\0`)));
        return this.ready();
    }

    close() {
        this.socket.destroy();
    }
}
