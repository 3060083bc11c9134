// The pages of the desk, as a team lead, an analyst, a privacy officer and an
// administrator use them; and every page for everybody: axe, small and large
// screens, both languages, large text, the keyboard alone.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {axe, build, check, desk, finish, holds, open, phone, same, settled, visit} from
    './stage.mjs';

const town = spawn('tests/browser/desk-town', [build],
    {stdio: ['pipe', 'pipe', 'inherit']});
const lines = createInterface({input: town.stdout})[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value.split(' ');
const [url] = await next();
const links = {};

for (const _ of ['lead', 'privacy', 'analyst', 'admin']) {
    const [role, link] = await next();

    links[role] = link;
}

// A browser with a passkey of its own, as the machine of a person has one.
async function machine(options) {
    const opened = await open({...options, more: {ignoreHTTPSErrors: true}});
    const devtools = await opened.context.newCDPSession(opened.page);

    await devtools.send('WebAuthn.enable');
    const {authenticatorId} = await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: {protocol: 'ctap2', transport: 'internal', hasResidentKey: true,
            hasUserVerification: true, isUserVerified: true,
            automaticPresenceSimulation: true}});

    return {...opened, devtools, authenticatorId};
}

const words = {
    nl: {name: 'Naam voor deze computer of telefoon', make: 'Passkey maken',
        use: 'Aanmelden met een passkey', out: 'Afmelden'},
    en: {name: 'Name for this computer or phone', make: 'Make a passkey',
        use: 'Sign in with a passkey', out: 'Sign out'},
};

async function begin(page, address, lang = 'nl') {
    await page.goto(address);
    await page.getByLabel(words[lang].name).fill('laptop');
    await page.getByRole('button', {name: words[lang].make}).click();
    await page.locator('#head nav').waitFor();
}

// -- coming in ----------------------------------------------------------------------

const lead = await machine({size: desk});
const page = lead.page;

await check('a code makes a passkey, and the passkey opens the pages again', async () => {
    await begin(page, links.lead);
    await page.getByRole('button', {name: words.nl.out, exact: true}).click();
    await page.getByRole('button', {name: words.nl.use}).click();
    await page.locator('#head nav').waitFor();
    same(new URL(page.url()).hash, '#/', 'the address');
});
await check('a code is good once, and says so', async () => {
    const other = await machine({size: desk});

    await other.page.goto(links.lead);
    await other.page.getByLabel(words.nl.name).fill('laptop');
    await other.page.getByRole('button', {name: words.nl.make}).click();
    await other.page.getByText('deze code is al gebruikt').waitFor();
    await other.context.close();
});
await check('who does not show who they are does not come in', async () => {
    const other = await machine({size: desk});

    await other.devtools.send('WebAuthn.setUserVerified',
        {authenticatorId: other.authenticatorId, isUserVerified: false});
    await other.page.goto(links.privacy);
    await other.page.getByLabel(words.nl.name).fill('laptop');
    await other.page.getByRole('button', {name: words.nl.make}).click();
    await other.page.getByRole('alert').waitFor();
    same(await other.page.locator('#head nav').count(), 0, 'menu');
    await other.context.close();
});
await check('no script reads the session, and no markup comes from text', async () => {
    same(await page.evaluate(() => document.cookie), '', 'cookies');
    same(await page.evaluate(() => {
        try {
            document.createElement('p').innerHTML = '<b>x</b>';
            return 'made';
        } catch {
            return 'refused';
        }
    }), 'refused', 'markup');
});

// -- the lead --------------------------------------------------------------------------

await check('a lead looks through signals, and the choice stands in the address', async () => {
    await visit(page, '#/inbox');
    await page.getByLabel('Gebied').selectOption({label: 'Beijum-West'});
    await page.waitForURL(/area=\d+/);
    await settled(page, new URL(page.url()).hash);
    const areas = await page.locator('td[data-head="Gebied"]').allTextContents();

    holds(areas.length > 0 && areas.every((a) => a === 'Beijum-West'), `${areas}`);
    await page.goBack();
    await settled(page, '#/inbox');
});
await check('a lead gives a signal to somebody and changes its status', async () => {
    await visit(page, '#/inbox');
    await page.getByRole('link', {name: 'Taalcafé in de avond'}).click();
    await page.getByText('Aan iemand geven').click();
    await page.locator('form', {hasText: 'Wie doet het'}).locator('select')
        .selectOption({index: 1});
    await page.getByRole('button', {name: 'Geven'}).click();
    await page.getByText('Gegeven aan veld-lead').waitFor();
    await page.getByLabel('Status').selectOption({label: 'In behandeling'});
    await page.getByRole('button', {name: 'Opslaan'}).click();
    await page.getByText('Opgeschreven.').waitFor();
    await page.locator('dd', {hasText: 'In behandeling'}).waitFor();
    same(await page.locator('td[data-head="Wie doet het"]').textContent(), 'veld-lead', 'owner');
});
await check('two versions stand side by side, and one is taken', async () => {
    await visit(page, '#/reviews');
    const before = await page.locator('tbody tr').count();

    await page.getByRole('link', {name: 'Onvrede over de containers'}).click();
    await page.getByRole('heading', {name: 'Versie 2'}).waitFor();
    holds(await page.locator('mark').count() > 0, 'nothing is marked');
    await page.getByRole('button', {name: 'Versie 1 nemen'}).click();
    await page.getByText('Hier is alles beslist').waitFor();
    await page.getByText('Ongedaan maken: anders kiezen').click();
    await page.getByRole('button', {name: 'Versie 2 nemen'}).click();
    await page.getByText('Ongedaan maken').waitFor({state: 'detached'});
    await page.getByRole('link', {name: 'Alles bekijken'}).click();
    await page.locator('dd', {hasText: 'elke maandag vol en stinken'}).first().waitFor();
    await visit(page, '#/reviews');
    same(await page.locator('tbody tr').count(), before - 1, 'reviews left');
});
await check('one writes in words of one\'s own what is to stand', async () => {
    await page.getByRole('link', {name: 'Oude schuur als werkplaats'}).click();
    await page.getByRole('button', {name: 'Laten bestaan'}).click();
    await page.getByText('Hier is alles beslist').waitFor();
});
await check('what others wrote is text, whatever it holds', async () => {
    const hostile = '<img src=x onerror="document.body.id=1"><script>x</script>';

    await visit(page, '#/inbox');
    await page.getByRole('link', {name: 'Praatgroep voor mantelzorgers'}).click();
    await page.getByLabel('Aantekening van het team').fill(hostile);
    await page.getByRole('button', {name: 'Opslaan'}).click();
    await page.locator('dd', {hasText: hostile}).waitFor();
    same(await page.locator('main img, main script').count(), 0, 'elements');
});
await check('with the keyboard alone a lead decides', async () => {
    await visit(page, '#/reviews');
    const tabTo = async (text) => {
        for (let i = 0; i < 120; i++) {
            await page.keyboard.press('Tab');
            if (await page.evaluate((t) =>
                document.activeElement.textContent.trim().startsWith(t), text))
                return;
        }
        throw new Error(`no way to "${text}"`);
    };

    await tabTo('Moestuin tussen de heerden');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/review\//);
    await tabTo('Laten bestaan');
    await page.keyboard.press('Enter');
    await page.getByText('Hier is alles beslist').waitFor();
});

// What is filled in, by its label, and handed in.
async function fill(p, values, button) {
    for (const [label, value] of Object.entries(values))
        await p.getByLabel(label).first().fill(value);
    await p.getByRole('button', {name: button}).click();
}

let roundHash;

await check('a round is made, counted twice, and two counts that differ are told', async () => {
    await visit(page, '#/new/voting-round');
    await fill(page, {Naam: 'Zomerronde'}, 'Opslaan');
    await page.waitForURL(/#\/record\/voting-round\//);
    roundHash = new URL(page.url()).hash.replace('#/record/voting-round', '#/voting');
    await visit(page, roundHash);
    await page.getByRole('link', {name: 'Een idee toevoegen'}).click();
    await page.getByLabel('Titel').waitFor();
    await fill(page, {Titel: 'Bankje bij de vijver'}, 'Opslaan');
    await page.waitForURL(/#\/record\/idea\//);
    await visit(page, roundHash);
    const counts = async (turn, n) => {
        const box = page.locator('details', {has: page.getByText(turn)});

        await box.locator('summary').click();
        await fill(box, {'Bankje bij de vijver': n}, 'Deze telling inleveren');
        await page.getByText('De telling is binnen.').waitFor();
    };

    await counts('Eerste telling', '41');
    await page.getByText('eenmaal geteld').waitFor();
    same(await page.locator('td', {hasText: '41'}).count(), 0, 'figures told early');
    await counts('Tweede telling, door iemand anders', '40');
    await page.getByText('niet gelijk: tel opnieuw').waitFor();
});

// -- the others --------------------------------------------------------------------------

const analyst = await machine({size: desk});

await check('an analyst asks, sees a map and keeps table and pictures', async () => {
    await begin(analyst.page, links.analyst);
    await visit(analyst.page,
        '#/figures/counts?type=signal&layer=neighbourhood&period=2025&ask=1');
    await analyst.page.getByRole('button', {name: 'Kaart'}).click();
    await analyst.page.locator('img.picture').waitFor();
    await analyst.page.getByText('niet verteld').first().waitFor();
    for (const [name, file] of [['Tabel als CSV', 'counts.csv'],
        ['Plaatje als SVG', 'counts.svg'], ['Plaatje als PNG', 'counts.png']]) {
        const [download] = await Promise.all([analyst.page.waitForEvent('download'),
            analyst.page.getByRole('button', {name}).click()]);

        same(download.suggestedFilename(), file, 'file');
    }
});
await check('an analyst has no page that shows a record', async () => {
    const menu = await analyst.page.locator('#head nav a').allTextContents();

    same(menu, ['Begin', 'Cijfers'], 'menu');
    await visit(analyst.page, '#/inbox');
    same(await analyst.page.locator('table').count(), 0, 'tables');
});

const admin = await machine({size: desk});

await check('an administrator gives a role and shows its code', async () => {
    await begin(admin.page, links.admin);
    await visit(admin.page, '#/people/');
    await admin.page.getByLabel('Naam').fill('nieuw');
    await admin.page.getByText('Selwerd', {exact: true}).click();
    await admin.page.getByRole('button', {name: 'Opslaan en code maken'}).click();
    await admin.page.locator('img.qr').waitFor();
    await visit(admin.page, '#/people');
    await admin.page.getByRole('link', {name: 'nieuw', exact: true}).waitFor();
});

await check('an administrator sees what a proposed version of the types would lose', async () => {
    const p = admin.page;

    await visit(p, '#/shapes');
    await p.getByRole('button', {name: 'Wat zou er veranderen?'}).click();
    await p.getByText('Er verandert niets.').waitFor();
    // As a paste of all of it: typed, so much text takes a browser many seconds.
    await p.getByLabel('Definities').evaluate((box) => {
        box.value = box.value.replace('type: signal\n', 'type: sein\n');
        box.dispatchEvent(new Event('input', {bubbles: true}));
    });
    await p.getByRole('button', {name: 'Wat zou er veranderen?'}).click();
    await p.locator('pre').waitFor();
    same(await p.getByRole('button', {name: 'Van kracht laten worden'}).count(), 0, 'ways on');
});

const privacy = await machine({size: desk});

await check('a privacy officer finds what is about somebody and erases it', async () => {
    const p = privacy.page;

    await begin(p, links.privacy);
    await visit(p, '#/subjects');
    await p.getByLabel('Woorden').fill('containers');
    await p.getByRole('button', {name: 'Zoeken'}).click();
    const found = await p.locator('tbody tr').count().then(async (n) => n ||
        (await p.locator('tbody tr').first().waitFor(), p.locator('tbody tr').count()));

    await p.locator('tbody tr').first().getByRole('checkbox').check({force: true});
    await p.getByLabel('Waarom, zonder inhoud').fill('brief van vandaag');
    await p.getByRole('button', {name: 'Voorgoed wissen'}).click();
    await p.locator('.note').getByRole('button', {name: 'Voorgoed wissen'}).click();
    await p.getByText('Gewist.').waitFor();
    await p.waitForFunction((n) =>
        document.querySelectorAll('tbody tr').length === n, found - 1);
    await visit(p, '#/proof');
    await p.getByText('brief van vandaag').waitFor();
});
await check('who is withdrawn by an administrator is out in mid-work', async () => {
    await visit(admin.page, '#/passkeys');
    await admin.page.locator('tr', {hasText: 'veld-analyst'})
        .getByRole('button', {name: 'Intrekken'}).click();
    await admin.page.locator('.note').getByRole('button', {name: 'Intrekken'}).click();
    await admin.page.getByText('Ingetrokken.').waitFor();
    await analyst.page.evaluate(() => {
        location.hash = '#/figures/periods?ask=1';
    });
    await analyst.page.getByRole('button', {name: words.nl.use}).waitFor();
});

// -- every page for everybody ---------------------------------------------------------------

const [review] = await (async () => {
    await visit(page, '#/reviews');
    return page.locator('tbody a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
})();
const [signal] = await (async () => {
    await visit(page, '#/inbox');
    return page.locator('tbody a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
})();
const figures = ['#/figures', '#/figures/periods',
    '#/figures/counts?type=signal&layer=neighbourhood&period=2025&ask=1'];
const pages = {
    lead: ['#/', '#/inbox', signal, '#/reviews', review, '#/people', '#/people/',
        '#/devices', '#/devices/2', '#/work/route', '#/new/idea?area=3', '#/voting',
        roundHash, ...figures],
    admin: ['#/', '#/people', '#/people/veld-a', '#/devices', '#/passkeys', '#/shapes'],
    privacy: ['#/', '#/subjects', '#/proof', '#/access', '#/people', ...figures],
};
const browsers = {lead, admin, privacy};
let looked = 0;

async function overflow(p) {
    return p.evaluate(() => {
        const out = document.documentElement.scrollWidth -
            document.documentElement.clientWidth;

        return out > 0 ? `${out} px too wide` : '';
    });
}

async function each(p, only) {
    const found = [];

    for (const hash of only) {
        await visit(p, hash);
        await p.evaluate(() => {
            for (const d of document.querySelectorAll('details'))
                d.open = true;
        });
        looked++;
        for (const fault of [...await axe(p), await overflow(p)].filter(Boolean))
            found.push(`${hash}: ${fault}`);
    }
    return found;
}

for (const lang of ['nl', 'en'])
    for (const size of [phone, desk])
        await check(`every page fits and breaks no rule of WCAG 2.2 AA (${lang}, ${size.width} px)`,
            async () => {
                const found = [];

                for (const [role, {page: p}] of Object.entries(browsers)) {
                    await p.setViewportSize(size);
                    await p.evaluate((to) => localStorage.setItem('stoep-language', to), lang);
                    await p.reload();
                    await p.locator('#head nav').waitFor();
                    found.push(...await each(p, pages[role]));
                }
                same(found, [], 'faults');
            });
await check('at 200 % every page fits 360 px and breaks no rule', async () => {
    const found = [];

    for (const [role, {page: p}] of Object.entries(browsers)) {
        await p.setViewportSize(phone);
        await p.evaluate(() => {
            document.documentElement.dataset.size = '200';
        });
        found.push(...await each(p, pages[role]));
    }
    same(found, [], 'faults');
});
await check('no page failed', () => same([lead, analyst, admin, privacy].flatMap((b) =>
    b.faults.filter((f) => !f.includes('TrustedHTML'))), [], 'faults'));
console.log(`# pages looked at by axe: ${looked}`);

town.stdin.end();
await finish();
