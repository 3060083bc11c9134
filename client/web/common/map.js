// map.js - maps without a server of tiles: outlines, points, and where to tap.
//
// Leaflet is loaded when the first map is shown, and not before.

import {call} from './api.js';
import {el, fresh} from './dom.js';
import {t} from './i18n.js';

let loading = null;

function leaflet() {
    loading ??= new Promise((done, failed) => {
        document.head.append(
            el('link', {rel: 'stylesheet', href: '/lib/leaflet.css'}),
            el('script', {src: '/lib/leaflet.js', onload: () => done(window.L),
                onerror: failed}));
    });
    return loading;
}

// Outlines of neighbourhoods, as GeoJSON; null: the device knows none.
export async function outlines() {
    const {shapes} = await call('outlines');

    return shapes;
}

const country = [[50.7, 3.3], [53.6, 7.3]]; // where nothing else says

// A map that shows `bounds`, or else the area with this code, or all there is.
async function base(label, code = '') {
    const [L, shapes] = await Promise.all([leaflet(), outlines()]);
    const node = el('div', {class: 'map', role: 'application',
        'aria-label': label, id: fresh('map')});

    function view(bounds, drawn) {
        const area = shapes?.features.filter((f) => f.properties.code === code) ?? [];

        if (bounds?.isValid())
            return bounds.pad(0.2);
        if (area.length > 0)
            return L.geoJSON(area).getBounds();
        return drawn?.getBounds() ?? L.latLngBounds(country);
    }

    function draw(bounds) {
        const map = L.map(node, {
            attributionControl: false,
            zoomAnimation: false,
            fadeAnimation: false,
            keyboard: true,
        });
        const drawn = shapes === null ? null : L.geoJSON(shapes, {
            style: {color: '#44525d', weight: 1, fillOpacity: 0},
            interactive: false,
        });

        map.fitBounds(view(bounds, drawn), {maxZoom: 16});
        drawn?.addTo(map);
        L.control.scale({imperial: false}).addTo(map);
        new ResizeObserver(() => map.invalidateSize()).observe(node);
        return map;
    }
    return {L, node, draw};
}

function dot(L, point, more) {
    return L.circleMarker([point.lat, point.lon], {
        radius: 11, weight: 3, color: '#ffffff', fillColor: point.colour ?? '#0b4f6c',
        fillOpacity: 1, ...more,
    });
}

// Points: {lat, lon, title, href, colour}.  Everything on it stands in a list
// beside it as well; the map is for eyes.
export async function pointMap(points, label, code = '') {
    const {L, node, draw} = await base(label, code);

    return {
        node,
        draw() {
            const marks = points.map((p) => dot(L, p).bindTooltip(
                el('span', {}, p.title)).on('click', () => {
                if (p.href !== undefined)
                    location.hash = p.href;
            }));
            const map = draw(L.featureGroup(marks).getBounds());

            marks.forEach((m) => m.addTo(map));
        },
    };
}

// A map to tap on; with the keyboard: move it, and take its middle.
export async function pickMap(place, context, chosen) {
    const area = context.areas.find((a) => a.slug === context.area);
    const {L, node, draw} = await base(t('Map: tap where it is'), area?.code);
    let map = null, mark = null;

    function put(text) {
        const [lat, lon] = text.split(',').map(Number);

        mark?.remove();
        mark = text === '' || map === null
            ? null : dot(L, {lat, lon, colour: '#a3162f'}).addTo(map);
    }
    const middle = el('button', {
        type: 'button',
        class: 'utrecht-button utrecht-button--secondary-action',
        onclick: () => {
            const at = map.getCenter();

            chosen(at.lat, at.lng);
        },
    }, t('Take the middle of the map'));

    return {
        node: el('div', {class: 'stack'}, node, middle),
        mark: put,
        draw() {
            const at = place === '' ? null : place.split(',').map(Number);

            map = draw(at === null ? null : L.latLngBounds([at, at]));
            map.on('click', (e) => chosen(e.latlng.lat, e.latlng.lng));
            put(place);
            node.focus();
        },
    };
}
