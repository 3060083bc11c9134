// keep.js - answers on their way to the disk.
//
// Each field has one value that waits at most; a newer one takes its place.  If
// nobody answers, it is tried again until somebody does: what was not kept is
// still here, and the page says so.

import {call} from './api.js';

const PAUSE_MS = 400;
const AGAIN_MS = 2000;

export class Keeper {
    // `base`: {type} or {id}, and {area}; tell(field, state, fault) with state
    // 'waiting', 'kept' or 'refused'.
    constructor(base, tell) {
        this.base = base;
        this.tell = tell;
        this.waiting = new Map();
        this.running = null;
        this.timer = 0;
        this.refused = new Map();
    }

    // Soon, while somebody types; at once when a control is left.
    put(field, value, {now = false, keepWords = false} = {}) {
        this.waiting.set(field, {value, keepWords});
        this.tell(field, 'waiting');
        clearTimeout(this.timer);
        if (now)
            return this.flush();
        this.timer = setTimeout(() => this.flush(), PAUSE_MS);
        return undefined;
    }

    // Resolves when nothing waits any more.
    async flush() {
        clearTimeout(this.timer);
        while (this.running !== null)
            await this.running;
        if (this.waiting.size === 0)
            return;
        this.running = this.send();
        await this.running;
        this.running = null;
        await this.flush();
    }

    async send() {
        const [field, what] = this.waiting.entries().next().value;

        this.waiting.delete(field);
        try {
            await call('draft-put', {...this.base, field, ...what});
            this.refused.delete(field);
            this.tell(field, 'kept');
        } catch (fault) {
            await this.failed(field, what, fault);
        }
    }

    async failed(field, what, fault) {
        const later = fault.code === 'gone' || fault.code === 'busy' ||
            fault.code === 'locked';

        if (!later) {
            this.refused.set(field, fault);
            this.tell(field, 'refused', fault);
            return;
        }
        if (!this.waiting.has(field))
            this.waiting.set(field, what);
        await new Promise((done) => setTimeout(done, AGAIN_MS));
    }

    get busy() {
        return this.waiting.size > 0 || this.running !== null;
    }
}
