// door.js - what came of one door: tap the door, tap the result.

import {button, el, go} from '../common/dom.js';
import {call, form} from '../common/api.js';
import {moment, t} from '../common/i18n.js';
import {say} from '../common/page.js';

// After these there is something to write down.
const talked = ['gesprek', 'gesprek_deels'];
// After these one comes back.
const later = ['nu_niet', 'niet_thuis', 'taal'];

async function undo(id) {
    await call('delete', {id});
    say(t('Taken back.'));
    window.dispatchEvent(new HashChangeEvent('hashchange'));
}

async function record(route, door, choice) {
    const {id} = await call('save', {type: 'door-visit', area: route.area, fields: {
        route: route.id, address: door.id, result: choice.code}});

    if (talked.includes(choice.code)) {
        location.hash = `#/new/conversation?area=${route.area}&visit=${id}`;
        return;
    }
    location.hash = '#/';
    say(`${door.street} ${door.number}: ${choice.label}`,
        later.includes(choice.code) &&
            go(t('Come back when?'), `#/edit/${id}`),
        button(t('Undo'), () => undo(id)));
}

export async function doorPage({route: routeId, address}) {
    const [{routes}, {fields}] = await Promise.all([call('today'),
        form('door-visit')]);
    const route = routes.find((r) => r.id === routeId);
    const door = route?.doors.find((d) => d.id === address);

    if (door === undefined)
        return {title: t('This door is not on your route'),
            body: [go(t('Today'), '#/')]};
    const result = fields.find((f) => f.name === 'result');
    const {last} = door;
    let busy = false;

    return {title: `${door.street} ${door.number}`, body: [
        last && el('p', {}, t('Last time: {result}, {when}',
            {result: last.text, when: moment(last.ms)})),
        el('h2', {}, result.ask ?? result.label),
        el('ul', {class: 'results'}, result.choices.map((choice) => el('li', {},
            button(choice.label, async () => {
                if (busy)
                    return;
                busy = true;
                try {
                    await record(route, door, choice);
                } catch (fault) {
                    busy = false;
                    say(fault.message || t('This was not kept. Try again.'));
                }
            }, talked.includes(choice.code) ? 'primary' : 'secondary')))),
        el('p', {class: 'row'}, go(t('Read out the privacy notice'), '#/notice'),
            go(t('This resident wants no more visits'), `#/edit/${door.id}`))]};
}
