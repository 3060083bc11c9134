// stage.mjs - a town, a device with its pages, and a browser that reads them.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

const require = createRequire(resolve('build/npm-browser/x.js'));
const {chromium} = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const build = process.argv[2] ?? 'build/dev';
export const here = mkdtempSync(join(tmpdir(), 'browser.'));
const running = new Set();

process.on('exit', () => {
    for (const child of running)
        child.kill('SIGKILL');
    rmSync(here, {recursive: true, force: true});
});

function run(program, args, more = {}) {
    return execFileSync(`${build}/${program}`, args,
        {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...more});
}

// A program that goes on; ready once it has printed a line that matches.
function start(program, args, pattern) {
    const child = spawn(`${build}/${program}`, args,
        {stdio: ['ignore', 'pipe', 'pipe']});

    running.add(child);
    return new Promise((done, failed) => {
        let out = '', err = '';

        child.stdout.on('data', (b) => {
            out += b;
            const found = out.match(pattern);

            if (found !== null)
                done({child, found});
        });
        child.stderr.on('data', (b) => {
            err += b;
        });
        child.on('exit', (code, signal) => {
            running.delete(child);
            failed(new Error(`${program} ended (${code ?? signal}): ${err}`));
        });
    });
}

export async function end(child, signal = 'SIGTERM') {
    if (child.exitCode !== null || child.signalCode !== null)
        return;
    const gone = new Promise((done) => child.once('exit', done));

    child.kill(signal);
    await gone;
}

// -- the town -------------------------------------------------------------------

export class Town {
    async open() {
        this.store = join(here, 'srv');
        run('stoepd', ['init', this.store]);
        run('stoepd', ['areas', this.store, '--csv', 'tests/data/areas.csv']);
        this.areas = run('stoepd', ['areas', this.store]).split('\n').slice(1)
            .map((l) => l.trim().split(/\s+/)[1]).filter(Boolean).join();
        await this.serve();
        this.enrol('lead', 'veld-lead', 'lead');
        this.stoep('lead', 'import', 'tests/data/day-lead.jsonl');
        this.sync('lead');
        return this;
    }

    async serve(listen = '127.0.0.1:0') {
        const {child, found} = await start('stoepd',
            ['serve', this.store, '--listen', listen], /listening on (\S+)/);

        this.server = child;
        this.url = found[1];
    }

    async halt() {
        await end(this.server);
    }

    again() {
        return this.serve(this.url.replace('https://', ''));
    }

    code(user, role) {
        return run('stoepd', ['enrol', this.store, '--user', user, '--role', role,
            '--area', this.areas]).trim();
    }

    dir(device) {
        return join(here, device);
    }

    enrol(device, user, role) {
        this.stoep(device, 'enrol', this.url, this.code(user, role), '--no-pin');
        this.sync(device);
    }

    stoep(device, ...args) {
        return run('stoep', ['--dir', this.dir(device), '--lang', 'en', ...args]);
    }

    // What a verb says in JSON, a line each.
    told(device, ...args) {
        return this.stoep(device, ...args, '--json').trim().split('\n')
            .filter(Boolean).map((l) => JSON.parse(l));
    }

    sync(device) {
        try {
            this.stoep(device, 'sync');
        } catch (fault) {
            if (fault.status !== 4) // something is to be reviewed
                throw fault;
        }
    }

    // Take back the devices of somebody.
    withdraw(user) {
        for (const line of run('stoepd', ['devices', this.store]).split('\n'))
            if (line.includes(user))
                run('stoepd', ['devices', this.store, 'revoke', line.trim().split(/\s+/)[0]]);
    }

    files(device) {
        return readdirSync(this.dir(device));
    }

    // The pages of a device: {address, child}.
    async pages(device, lang = 'nl') {
        const {child, found} = await start('stoep', ['--dir', this.dir(device),
            '--lang', lang, 'ui'], /(http:\/\/\S+)\n/);

        return {address: found[1], child};
    }
}

// -- the browser ----------------------------------------------------------------

export const phone = {width: 360, height: 740};
export const desk = {width: 1280, height: 800};

let chrome;

export async function open({lang = 'nl', size = phone, more = {}} = {}) {
    chrome ??= await chromium.launch({executablePath: '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-dev-shm-usage']});
    const context = await chrome.newContext({viewport: size, locale: lang,
        hasTouch: size === phone, ...more});
    const page = await context.newPage();
    const faults = [];

    page.setDefaultTimeout(60000); // for machines that are busy
    page.on('console', (m) => {
        // That a call was refused, or that nobody answered, is told in the page.
        if (m.type() === 'error' &&
            !/status of 4\d\d|ERR_CONNECTION_REFUSED/.test(m.text()))
            faults.push(m.text());
    });
    page.on('pageerror', (e) => faults.push(`${e}`));
    return {context, page, faults};
}

// At a page of the device, with its heading there.
export async function visit(page, hash) {
    await page.evaluate((to) => {
        location.hash = to;
    }, hash);
    await settled(page, hash);
}

export async function settled(page, hash) {
    await page.waitForFunction((to) => location.hash === to &&
        document.body.dataset.shown === to, hash);
}

export async function begin(page, address) {
    await page.goto(address);
    await page.waitForSelector('main h1');
}

// Faults of WCAG 2.2, levels A and AA, on what is shown now.
export async function axe(page) {
    await page.evaluate(axeSource);
    const {violations} = await page.evaluate(() => window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }));

    return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) =>
        n.target.join(' ')).slice(0, 3).join('; ')})`);
}

// -- cases ------------------------------------------------------------------------

export function same(have, want, what = '') {
    const [a, b] = [JSON.stringify(have), JSON.stringify(want)];

    if (a !== b)
        throw new Error(`${what} is ${a}, not ${b}`);
}

export function holds(condition, what) {
    if (!condition)
        throw new Error(what);
}

// One case: its name is a sentence that is true.
export async function check(name, run) {
    try {
        await run();
        console.log(`ok - ${name}`);
    } catch (fault) {
        console.log(`not ok - ${name}`);
        console.log(`    ${fault.stack.split('\n').slice(0, 6).join('\n    ')}`);
        if (process.env.SHOTS && fault.page)
            await fault.page.screenshot({path: process.env.SHOTS});
    }
}

export async function finish() {
    await chrome?.close();
    await Promise.all([...running].map((c) => end(c)));
    rmSync(here, {recursive: true, force: true});
}
