// Chance that can be had again: numbers that follow from a seed.

// A generator of 32 bits of state (a Weyl sequence through a mixing function); good enough to choose by.
export class Chance {
    constructor(seed) {
        this.state = seed >>> 0;
    }

    // At least 0 and less than 1.
    next() {
        this.state = (this.state + 0x9e3779b9) >>> 0;
        let mixed = Math.imul(this.state ^ (this.state >>> 16), 0x21f0aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
        return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296;
    }

    // A whole number from low to high, both included.
    between(low, high) {
        return low + Math.floor(this.next() * (high - low + 1));
    }

    of(list) {
        return list[this.between(0, list.length - 1)];
    }

    // One of the names, by their weights: { name: weight }.
    weighted(weights) {
        let left = this.next() * Object.values(weights).reduce((sum, each) => sum + each, 0);
        for (const [name, weight] of Object.entries(weights))
            if ((left -= weight) < 0)
                return name;
        return Object.keys(weights)[0];
    }

    bytes(length) {
        const bytes = Buffer.alloc(length);
        for (let i = 0; i < length; i++)
            bytes[i] = this.next() * 256;
        return bytes;
    }

    word(length = 8) {
        return Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz'[this.between(0, 25)]).join('');
    }
}

// The seed that TEST_SEED names, or a new one.
export function newSeed() {
    return Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 4294967296));
}
