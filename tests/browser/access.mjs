// Every page for everybody: axe, keyboard alone, large text, right to left,
// targets for a thumb.
import {Town, axe, begin, check, desk, finish, holds, open, phone, same, settled,
    visit} from './stage.mjs';

const TARGET = 44; // px, both ways

const town = await new Town().open();

town.enrol('a', 'veld-a', 'worker');
town.enrol('b', 'veld-b', 'worker');
const [signal] = town.told('a', 'list', 'signal', 'status=gemeld');

town.stoep('a', 'import', 'tests/data/day-a.jsonl');

for (const [device, title] of [['a', 'Donkere hoek'], ['b', 'Natte hoek']])
    town.stoep(device, 'edit', signal.id, `title=${title}`);
town.sync('b');
town.sync('a');
town.stoep('a', 'edit', signal.id, 'severity=3');
const [conversation] = town.told('a', 'list', 'conversation');
const [route] = town.told('a', 'list', 'route', 'status=loopt');
const [address] = town.told('a', 'list', 'address').filter((x) => x.area === route.area);

const pages = ['#/', `#/door/${route.id}/${address.id}`, '#/new', '#/new/conversation',
    '#/new/signal?area=selwerd', '#/new/initiative', '#/new/activity', '#/new/idea',
    '#/new/tally', '#/new/person', `#/edit/${signal.id}`, `#/next/${conversation.id}`,
    `#/show/${signal.id}`, `#/show/${conversation.id}`, '#/list/signal', '#/search',
    '#/due', '#/sync', '#/reviews', `#/consent/${conversation.id}`, '#/notice',
    '#/emergency', '#/menu', '#/settings'];

// Everything is opened up, so that nothing is left unseen.
async function unfold(page) {
    await page.evaluate(() => {
        for (const d of document.querySelectorAll('details'))
            d.open = true;
    });
}

// What can be tapped and is too small for it.
function small(page) {
    return page.evaluate((least) => {
        const found = [];
        const nodes = document.querySelectorAll(
            'a, button, summary, select, textarea, input:not([type=file])');

        for (const node of nodes) {
            const box = (node.closest('label.tile') ?? node).getBoundingClientRect();
            const seen = node.checkVisibility() && box.width > 0 &&
                !node.classList.contains('skip');

            if (seen && (box.height < least - 0.5 || box.width < least - 0.5))
                found.push(`${node.tagName} "${node.textContent}" ` +
                    `${Math.round(box.width)}x${Math.round(box.height)}`);
        }
        return found;
    }, TARGET);
}

function overflow(page) {
    return page.evaluate(() => {
        const wide = document.documentElement.clientWidth;
        const out = document.documentElement.scrollWidth - wide;

        if (out <= 0)
            return '';
        const worst = [...document.querySelectorAll('main *, header *, nav *')]
            .find((n) => n.getBoundingClientRect().right > wide + 1);

        return `${out} px by ${worst?.outerHTML.slice(0, 120)}`;
    });
}

async function each(page, look, only = pages) {
    const found = [];

    for (const hash of only) {
        await visit(page, hash);
        await unfold(page);
        for (const fault of await look(page))
            found.push(`${hash}: ${fault}`);
    }
    return found;
}

let looked = 0;

for (const lang of ['nl', 'en'])
    for (const size of [phone, desk]) {
        const {context, page, faults} = await open({lang, size});
        const ui = await town.pages('a', lang);

        await begin(page, ui.address);
        await check(`no page breaks a rule of WCAG 2.2 AA (${lang}, ${size.width} px)`,
            async () => same(await each(page, async (p) => {
                looked++;
                return axe(p);
            }), [], 'violations'));
        await check(`no page is wider than its screen, and a thumb can tap all of it (${lang}, ${size.width} px)`,
            async () => same(await each(page, async (p) =>
                [...await small(p), await overflow(p)].filter(Boolean)), [], 'faults'));
        await check(`no page fails (${lang}, ${size.width} px)`, () =>
            same(faults, [], 'faults'));
        await context.close();
    }
console.log(`# pages looked at by axe: ${looked}, of ${pages.length} pages`);

// -- large text, high contrast, the other way round --------------------------------

{
    const {context, page} = await open({size: phone});
    const ui = await town.pages('a', 'nl');

    await begin(page, ui.address);
    await visit(page, '#/settings');
    await page.getByLabel('Grootst').check();
    await page.waitForFunction(() => document.documentElement.dataset.size === '200');
    await page.getByLabel('Hoog, voor in de zon').check();
    await page.waitForFunction(() =>
        document.documentElement.dataset.contrast === 'high');
    await check('at 200 % and high contrast every page fits 360 px and breaks no rule', async () =>
        same(await each(page, async (p) =>
            [...await axe(p), await overflow(p)].filter(Boolean)), [], 'faults'));
    await check('what was chosen is kept on the device', async () => {
        await page.reload();
        await page.waitForFunction(() =>
            document.documentElement.dataset.size === '200');
        await visit(page, '#/settings');
        await page.getByLabel('Gewoon').first().check();
        await page.getByLabel('Gewoon').last().check();
        await page.waitForFunction(() => ['100', 'normal'].join() ===
            [document.documentElement.dataset.size,
                document.documentElement.dataset.contrast].join());
    });
    await check('from right to left every page fits and breaks no rule', async () =>
        same(await each(page, async (p) => {
            await p.evaluate(() => {
                document.documentElement.dir = 'rtl';
            });
            const title = await p.locator('h1').boundingBox();
            const home = await p.locator('#top .home').boundingBox();

            return [...await axe(p), await overflow(p),
                title.x + title.width < 300 && 'the title stands left',
                home.x < 180 && 'the name stands left'].filter(Boolean);
        }), [], 'faults'));
    await context.close();
}

// -- keyboard alone -------------------------------------------------------------------

{
    const {context, page} = await open({lang: 'en', size: desk});
    const ui = await town.pages('b', 'en');
    const key = (k) => page.keyboard.press(k);
    const focused = () => page.evaluate(() => {
        const node = document.activeElement;
        const label = node.labels?.[0]?.textContent;

        return `${node.tagName} ${node.getAttribute('aria-label') ?? label ??
            node.textContent}`.trim();
    });

    // Tab on until it is there; it must be seen to be there.
    async function tabTo(pattern, most = 150) {
        for (let i = 0; i < most; i++) {
            await key('Tab');
            if (!pattern.test(await focused()))
                continue;
            holds(await page.evaluate(() => {
                const node = document.activeElement;
                const style = getComputedStyle(node.closest('label.tile') ?? node);
                const box = node.getBoundingClientRect();

                return style.outlineStyle !== 'none' && box.bottom > 0 &&
                    box.top < innerHeight;
            }), `${pattern} shows no focus`);
            return;
        }
        throw new Error(`no way to ${pattern}; at ${await focused()}`);
    }

    await begin(page, ui.address);
    await check('with the keyboard alone a door has its result and a conversation is saved', async () => {
        await tabTo(/^A To the page/);
        await key('Enter');
        await tabTo(/not visited yet/);
        await key('Enter');
        await page.waitForURL(/#\/door\//);
        await page.waitForFunction(() => document.activeElement.tagName === 'H1');
        await tabTo(/^BUTTON Conversation held/);
        await key('Enter');
        await page.waitForURL(/#\/new\/conversation/);
        await tabTo(/At the door/);
        await key('Space');
        await tabTo(/Green and public space/);
        await key('Space');
        await tabTo(/^TEXTAREA What did the resident tell/);
        await page.keyboard.type('It is dark near the field.');
        await tabTo(/^BUTTON Save$/);
        await key('Enter');
        await page.waitForURL(/#\/next\//);
        const id = page.url().match(/next\/([^?]+)/)[1];
        const [{fields}] = town.told('b', 'show', id);

        same([fields.setting, fields.themes, fields.summary],
            ['deur', ['groen'], 'It is dark near the field.'], 'conversation');
    });
    await check('with the keyboard alone a place is taken from the map', async () => {
        await visit(page, '#/new/signal?area=selwerd');
        await tabTo(/^BUTTON On the map/);
        await key('Enter');
        await page.locator('.leaflet-container').waitFor();
        await page.waitForFunction(() =>
            document.activeElement.classList.contains('map'));
        await key('ArrowRight');
        await tabTo(/^BUTTON Take the middle/);
        await key('Enter');
        await page.waitForFunction(() =>
            /^\d/.test(document.querySelector('.place').textContent));
    });
    await check('what is missing is named, and leads to where it is filled in', async () => {
        await tabTo(/^BUTTON Save$/);
        await key('Enter');
        await page.locator('main [role="alert"] a').first().waitFor();
        await tabTo(/^A Type/);
        await key('Enter');
        same(await page.evaluate(() =>
            document.activeElement.closest('[data-field]').dataset.field), 'type', 'at');
    });
    await context.close();
}

await finish();
