// place.js - a place: where the device is, or a tap on the map.

import {button, el, replace} from './dom.js';
import {t} from './i18n.js';

function rounded(lat, lon, decimals) {
    return `${lat.toFixed(decimals)},${lon.toFixed(decimals)}`;
}

export function placeControl(field, value, change, context) {
    const decimals = field.decimals ?? 3;
    const shown = el('p', {class: 'place', role: 'status'});
    const holder = el('div', {});
    const clear = button(t('Remove the place'), () => set(''), 'secondary',
        {class: 'quiet'});
    let map = null;

    function set(place) {
        shown.textContent = place === '' ? t('No place yet') : place;
        clear.hidden = place === '';
        if (place !== value)
            change(place, true);
        value = place;
        map?.mark(place);
    }

    function here() {
        shown.textContent = t('Looking …');
        navigator.geolocation.getCurrentPosition(
            (p) => set(rounded(p.coords.latitude, p.coords.longitude, decimals)),
            () => {
                shown.textContent =
                    t('This device does not say where it is. Tap on the map.');
            }, {timeout: 15000, maximumAge: 60000});
    }

    async function choose() {
        const {pickMap} = await import('./map.js');

        map = await pickMap(value, context,
            (lat, lon) => set(rounded(lat, lon, decimals)));
        replace(holder, map.node);
        map.draw();
    }

    set(value);
    return {
        node: el('div', {class: 'stack'},
            shown,
            el('div', {class: 'row'},
                'geolocation' in navigator && button(t('Where I am now'), here),
                button(t('On the map'), choose),
                clear),
            holder),
        labels: null,
    };
}
