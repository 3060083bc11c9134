// today.js - today's routes: as lists of doors, and on a map.

import {add, button, el, fresh, go, replace} from '../common/dom.js';
import {call} from '../common/api.js';
import {t} from '../common/i18n.js';
import {areaName, device} from './device.js';

let asMap = false, openOnly = true, picked = null;

// What a result looks like: its colour says whether the door is done.
const doneResults = ['gesprek', 'weigering', 'leegstand', 'geen_woning'];

function isDone(door) {
    return door.doNotVisit || (door.last !== undefined &&
        doneResults.includes(door.last.result));
}

function doorLine(route, door) {
    const last = door.last;
    const about = door.doNotVisit ? t('do not ring here')
        : last === undefined ? t('not visited yet')
            : [last.text, last.comeBack && t('come back on {day}',
                {day: last.comeBack})].filter(Boolean).join(' · ');
    const name = [el('span', {class: 'unseen'}, `${door.street} `),
        el('span', {class: 'number'}, `${door.number} `),
        el('span', {class: 'about'}, about)];

    if (door.doNotVisit)
        return el('li', {class: 'door never'}, el('div', {}, name));
    return el('li', {class: isDone(door) ? 'door done' : last ? 'door tried' : 'door'},
        el('a', {href: `#/door/${route.id}/${door.id}`}, name));
}

function byStreet(route) {
    const streets = new Map();

    for (const door of route.doors) {
        if (openOnly && isDone(door))
            continue;
        if (!streets.has(door.street))
            streets.set(door.street, []);
        streets.get(door.street).push(door);
    }
    return [...streets].map(([street, doors]) => el('section', {},
        el('h3', {}, street),
        el('ul', {class: 'doors'}, doors.map((d) => doorLine(route, d)))));
}

async function mapOf(route) {
    const {points} = await call('places');
    const doors = route.doors.filter((d) => d.lat !== undefined && !d.doNotVisit)
        .map((d) => ({...d, title: `${d.street} ${d.number}`,
            href: `#/door/${route.id}/${d.id}`,
            colour: isDone(d) ? '#5a6670' : d.last ? '#a35200' : '#0b4f6c'}));
    const signals = points.filter((p) => p.area === route.area).map((p) =>
        ({...p, href: `#/show/${p.id}`, colour: '#a3162f'}));
    const {pointMap} = await import('../common/map.js');
    const map = await pointMap([...doors, ...signals],
        t('Map of {name}; the list has the same', {name: route.title}),
        device.areas.find((a) => a.slug === route.area)?.code);

    return [map, el('p', {class: 'legend'}, t('Blue: to visit. Brown: try again. Grey: done. Red: signals.'))];
}

function drawRoute(route, holder) {
    const done = route.doors.filter(isDone).length;
    const n = route.doors.length;
    const toggles = el('div', {class: 'row'},
        button(asMap ? t('List') : t('Map'), () => {
            asMap = !asMap;
            drawRoute(route, holder);
        }),
        !asMap && button(openOnly ? t('All doors') : t('Only what is left'),
            () => {
                openOnly = !openOnly;
                drawRoute(route, holder);
            }));

    replace(holder, el('h2', {class: 'unseen'}, route.title),
        el('p', {class: 'muted'}, areaName(route.area), route.to &&
            ` · ${t('until {day}', {day: route.to})}`),
        el('label', {class: 'progress'},
            t('{done} of {n} doors done', {done, n}),
            el('progress', {max: n, value: done})), toggles);
    if (asMap) {
        const place = el('div', {}, el('p', {}, t('Looking …')));

        holder.append(place);
        mapOf(route).then(([map, legend]) => {
            replace(place, map.node, legend);
            map.draw();
        }).catch(() => replace(place, el('p', {}, t('This did not work'))));
        return;
    }
    const streets = byStreet(route);

    add(holder, [streets.length > 0 ? streets
        : el('p', {class: 'well'}, t('All doors of this route are done.'))]);
}

function chooser(routes, chosen, holder) {
    const id = fresh('route');
    const select = el('select', {
        id,
        class: 'utrecht-select utrecht-select--html-select',
        onchange: () => {
            picked = select.value;
            drawRoute(routes.find((r) => r.id === picked), holder);
        },
    }, routes.map((r) => el('option',
        {value: r.id, selected: r === chosen}, r.title)));

    return el('div', {}, el('label', {for: id, class: 'utrecht-form-label'},
        t('Route')), select);
}

export async function todayPage() {
    const {routes} = await call('today');
    const holder = el('div', {class: 'route'});
    const route = routes.find((r) => r.id === picked) ?? routes[0];

    if (route === undefined)
        return {title: t('Today'), body: [
            el('p', {}, t('There is no route for you on this device. Hand in to fetch one, or record what you hear all the same.')),
            el('div', {class: 'row'}, go(t('Hand in'), '#/sync', 'primary'),
                go(t('Record something'), '#/new'))]};
    drawRoute(route, holder);
    return {title: t('Today'), body: [
        routes.length > 1 && chooser(routes, route, holder), holder]};
}
