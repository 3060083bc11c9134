// The worker's day, as a person would do it: at phone size in Dutch, and at a
// desk in English.
import {writeFileSync} from 'node:fs';
import {Town, begin, check, desk, finish, here, holds, open, phone, same, settled,
    visit} from './stage.mjs';

const hostile = '<img src=x onerror="document.body.dataset.owned=1"><b>dik</b> & "wijd"';

// A picture of a dark corner, as a camera would give it.
async function picture(page) {
    const url = await page.evaluate(() => {
        const canvas = document.createElement('canvas');

        canvas.width = 2400;
        canvas.height = 1600;
        const c = canvas.getContext('2d');

        c.fillStyle = '#345';
        c.fillRect(0, 0, 2400, 1600);
        return canvas.toDataURL('image/jpeg');
    });
    const path = `${here}/photo.jpg`;

    writeFileSync(path, Buffer.from(url.split(',')[1], 'base64'));
    return path;
}

function words(lang) {
    return lang === 'nl' ? {
        home: 'Niet thuis', talked: 'Gesprek gevoerd', undo: 'Ongedaan maken',
        save: 'Opslaan', kept: 'Alles is bewaard', must: 'nog in te vullen',
        green: 'Groen en openbare ruimte', safe: 'Veiligheid', high: 'Hoog',
        summary: 'Wat vertelde de bewoner', street: 'Aan de deur',
        title: 'Hoe zou je het', concern: 'Zorg of probleem', map: 'Op de kaart',
        middle: 'Neem het midden van de kaart', here: 'Waar ik nu ben',
        again: 'Nog eens langskomen', given: 'Toestemming gegeven', refused: 'Geen toestemming',
        withdraw: 'Intrekken', done: 'Gedaan', hand: 'Nu inleveren', all: 'Alles is ingeleverd.',
        lost: 'Er is niets verloren', one: 'naar één persoon', take: 'Neem deze',
    } : {
        home: 'No one home', talked: 'Conversation held', undo: 'Undo',
        save: 'Save', kept: 'Everything is kept', must: 'still to be filled in',
        green: 'Green and public space', safe: 'Safety', high: 'High',
        summary: 'What did the resident tell', street: 'At the door',
        title: 'What would you call it', concern: 'Concern', map: 'On the map',
        middle: 'Take the middle of the map', here: 'Where I am now',
        again: 'Visit again', given: 'Given', refused: 'Refused', withdraw: 'Withdraw',
        done: 'Done', hand: 'Hand in now', all: 'Everything is handed in.',
        lost: 'Nothing is lost', one: 'to one person', take: 'Take this',
    };
}

async function theDay(town, lang, size, device, user) {
    const say = words(lang), where = `${lang}, ${size.width} px`;
    const {context, page, faults} = await open({lang, size, more: {
        geolocation: {latitude: 53.2345678, longitude: 6.5512345},
        permissions: ['geolocation']}});
    const ui = await town.pages(device, lang);
    const button = (name, exact = false) => page.getByRole('button', {name, exact});
    const count = (type) => town.told(device, 'list', type).length;

    await begin(page, ui.address);
    let taps = 0;
    const tap = async (what) => {
        taps++;
        await what.click();
    };

    await check(`a door has its result in two taps (${where})`, async () => {
        const before = count('door-visit');
        const door = page.locator('.door:not(.done):not(.tried) a').first();
        const number = await door.locator('.number').textContent();

        taps = 0;
        await tap(door);
        await tap(button(say.home));
        await settled(page, '#/');
        same(taps, 2, 'taps');
        same(count('door-visit'), before + 1, 'visits');
        await page.getByRole('status').filter({hasText: say.home}).waitFor();
        holds(await page.locator('.door.tried .number', {hasText: number}).count() >= 1,
            'the door shows it');
    });

    await check(`a result that was wrong is taken back (${where})`, async () => {
        const shown = await page.locator('.door.tried').count();

        await button(say.undo).click();
        await page.waitForFunction((n) =>
            document.querySelectorAll('.door.tried').length === n - 1, shown);
    });

    let conversation;

    await check(`a talk at a door leads to a conversation, kept as it is told (${where})`, async () => {
        await page.locator('.door:not(.done):not(.tried) a').first().click();
        taps = 0;
        await tap(button(say.talked));
        await page.getByLabel(say.street).waitFor();
        await tap(page.getByLabel(say.street));
        await tap(page.locator('[data-field="themes"]').getByLabel(say.green, {exact: true}));
        await tap(page.locator('[data-field="themes"]').getByLabel(say.safe, {exact: true}));
        await page.getByLabel(say.summary).fill(`Het is donker bij het veldje. ${hostile}`);
        await page.getByText(say.kept).waitFor();
        await page.reload(); // as if the browser was closed
        await page.getByLabel(say.summary).waitFor();
        holds((await page.getByLabel(say.summary).inputValue()).includes('donker'),
            'the text is still there');
        holds(await page.getByLabel(say.street).isChecked(), 'the choice is there');
        await tap(button(say.save, true));
        await page.waitForURL(/#\/next\//);
        conversation = page.url().match(/next\/([^?]+)/)[1];
        const [told] = town.told(device, 'show', conversation);

        same(told.fields.themes, ['groen', 'veiligheid'], 'themes');
        same(told.fields.collector, user, 'collector');
        holds(told.fields.summary.endsWith(hostile), 'word for word');
        console.log(`# a conversation: ${taps} taps and one text (${where})`);
    });

    await check(`which door it was held at waits for consent, and goes with a refusal (${where})`, async () => {
        await visit(page, `#/consent/${conversation}`);
        await button(`${say.again}: ${say.given}`).click();
        await page.locator('.card', {hasText: say.given}).first().waitFor();
        const [visitOf] = town.told(device, 'list', 'door-visit',
            `conversation=${conversation}`);

        holds(visitOf !== undefined, 'the visit names the conversation');
        await button(`${say.withdraw}: ${say.again}`).click();
        await page.locator('.card', {hasText: /Ingetrokken|Withdrawn/}).waitFor();
        same(town.told(device, 'list', 'door-visit', `conversation=${conversation}`),
            [], 'visits that name it');
    });

    await check(`a note with markup in it is shown as it was written (${where})`, async () => {
        await visit(page, `#/show/${conversation}`);
        await page.getByText(hostile, {exact: false}).first().waitFor();
        same(await page.evaluate(() => document.body.dataset.owned ?? ''), '', 'owned');
        same(await page.locator('main img').count(), 0, 'images');
        await visit(page, '#/search');
        await page.getByRole('searchbox').fill('donker bij');
        await page.getByRole('searchbox').press('Enter');
        await page.locator('.lines a').first().waitFor();
    });

    await check(`what leads to one person is explained and not kept (${where})`, async () => {
        await visit(page, '#/new/signal?area=selwerd');
        await page.getByLabel(say.title).fill('Bel mevrouw Veldman 06 12345678');
        await page.getByText(say.one).waitFor();
        await page.locator('q', {hasText: '06 12345678'}).waitFor();
        await button(say.save, true).click();
        await page.locator('main [role="alert"] a').first().waitFor();
        same(town.told(device, 'export', 'signal').filter((s) =>
            JSON.stringify(s).includes('Veldman')), [], 'signals');
        await page.getByLabel(say.title).fill('Donkere hoek bij het park');
        await page.getByText(say.kept).waitFor();
        await button(say.save, true).click();
        await page.getByText(say.must).waitFor();
    });

    await check(`a signal has a severity, a place and a photo (${where})`, async () => {
        await page.getByLabel(say.concern).check();
        await page.getByLabel(say.high, {exact: true}).check();
        await button(say.here).click();
        await page.getByText('53.235,6.551').waitFor();
        await button(say.map).click();
        await page.locator('.leaflet-container').waitFor();
        await page.locator('.map').click({position: {x: 60, y: 60}});
        await page.waitForFunction(() => {
            const text = document.querySelector('.place').textContent;

            return /^\d/.test(text) && text !== '53.235,6.551';
        });
        await button(say.middle).click();
        await page.getByText('53.235,6.551').waitFor();
        await page.locator('input[type=file]').setInputFiles(await picture(page));
        await page.locator('img.photo').waitFor();
        same(await page.locator('img.photo').evaluate((i) =>
            i.decode().then(() => [i.naturalWidth, i.naturalHeight])), [1600, 1067],
        'its size');
        await button(say.save, true).click();
        await page.waitForURL(/#\/next\//);
        const [told] = town.told(device, 'show', page.url().match(/next\/([^?]+)/)[1]);

        same([told.fields.severity, told.fields.place, told.fields.photos.length],
            ['3', '53.235,6.551', 1], 'what was kept');
        same(told.fields.neighbourhood, '2022BU00141000', 'neighbourhood');
    });

    await check(`what is to be done is agreed on and ticked off (${where})`, async () => {
        await visit(page, `#/follow/${conversation}`);
        await page.locator('[data-field="kind"] select').selectOption('melden');
        await page.getByText(say.kept).waitFor();
        await button(say.save, true).click();
        await page.waitForURL(/#\/next\//);
        await visit(page, '#/due');
        const cards = await page.locator('.card').count();

        await page.locator('.card').last().getByRole('button').click();
        await page.waitForFunction((n) =>
            document.querySelectorAll('.card').length === n - 1, cards);
    });

    await check(`an initiative, an activity, an idea and a count are recorded (${where})`, async () => {
        for (const type of ['initiative', 'activity', 'idea']) {
            await visit(page, `#/new/${type}?area=de-wijert`);
            await page.locator('[data-field="title"] input').fill(`Iets moois (${type})`);
            await page.getByText(say.kept).waitFor();
            await button(say.save, true).click();
            await page.waitForURL(/#\/next\//);
        }
        await visit(page, '#/new/tally?area=de-wijert');
        await page.locator('[data-field="about"] select').selectOption({index: 1});
        await page.locator('[data-field="what"] input').last().check();
        await page.locator('[data-field="count"] input').fill('41');
        await page.getByText(say.kept).waitFor();
        await button(say.save, true).click();
        await page.waitForURL(/#\/next\//);
    });

    await check(`what could not be handed in stays, and says so (${where})`, async () => {
        await town.halt();
        await visit(page, '#/sync');
        holds(await page.locator('#foot .count').count() === 1, 'how much waits is seen');
        await button(say.hand).click();
        await page.locator('.note.utrecht-alert--warning, .note.utrecht-alert--error')
            .first().waitFor();
        await town.again(); // it comes back while the page still tries
        await page.getByText(say.all).waitFor({timeout: 60000});
        same(await page.locator('#foot .count').count(), 0, 'counts at the foot');
        same(town.told(device, 'status')[0].waiting, 0, 'waiting');
    });

    await check(`nothing was blocked, and nothing failed in the page (${where})`, () => {
        same(faults, [], 'faults');
    });
    await context.close();
}

async function conflicts(town, lang) {
    const say = words(lang);
    const {context, page, faults} = await open({lang, size: phone});
    const again = await town.pages('a', lang);
    const [signal] = town.told('a', 'list', 'signal', 'status=gemeld');

    await begin(page, again.address);
    await check('where two wrote differently both are shown, and one is chosen', async () => {
        town.stoep('a', 'edit', signal.id, 'title=Donkere hoek');
        town.stoep('b', 'edit', signal.id, 'title=Natte hoek');
        town.sync('b');
        town.sync('a');
        await visit(page, '#/reviews');
        const review = page.locator('.review', {hasText: 'Natte hoek'});

        await review.getByText(say.lost).or(page.getByText(say.lost)).first().waitFor();
        same(await review.locator('.said').allTextContents(),
            ['Donkere hoek', 'Natte hoek'], 'versions');
        await review.getByRole('button', {name: `${say.take}: Natte hoek`}).click();
        await page.waitForFunction(() =>
            !document.querySelector('main').textContent.includes('Donkere hoek'));
        same(town.told('a', 'show', signal.id)[0].fields.title, 'Natte hoek', 'title');
    });
    same(faults, [], 'faults');
    await context.close();
}

const town = await new Town().open();

town.enrol('a', 'veld-a', 'worker');
town.enrol('b', 'veld-b', 'worker');
try {
    await theDay(town, 'nl', phone, 'a', 'veld-a');
    await theDay(town, 'en', desk, 'b', 'veld-b');
    await conflicts(town, 'nl');
} finally {
    await finish();
}
