// A place as somebody on the telephone says it: a click on the map, a township or village by name, or numbers; with how far it may be off.

import { el } from './common.js';
import { choice, field } from './desk-parts.js';
import { shortCounty } from './map-draw.js';

/* global L */

/** How far it may be off, by how it was said, metres. */
const CLICKED = 500;
const TYPED = 100;

export function placePicker({ me, known, counties }) {
  const ground = el('div', { class: 'place-map', role: 'application', 'aria-label': '地图：点击选择位置' });
  const lon = el('input', { inputmode: 'decimal', autocomplete: 'off' });
  const lat = el('input', { inputmode: 'decimal', autocomplete: 'off' });
  const datum = choice('', [['wgs84', 'WGS84（GPS）'], ['gcj02', 'GCJ-02（高德、腾讯地图）']], 'wgs84');
  const error = el('input', { type: 'number', min: '20', max: '20000', step: 'any', value: '' });
  const named = el('input', { list: 'place-names', autocomplete: 'off', placeholder: '乡镇、街道或村名' });
  const hint = el('p', { class: 'small quiet', role: 'status' });
  const label = (place) => `${place.county || ''}${place.name}`;
  const names = el('datalist', { id: 'place-names' }, known.places.map((place) => el('option', { value: label(place) })));
  const node = el('div', { class: 'place-picker' }, ground, el('div', { class: 'form-grid' }, field('按名称', named), names, field('经度', lon), field('纬度', lat), field('坐标系', datum), field('误差（米）', error)), hint);
  const map = drawn(ground, me, counties);
  let mark = null;

  const put = (x, y, metres) => {
    mark?.remove();
    // what is typed in the other datum is moved by the server; here it is shown some hundred metres off
    mark = L.layerGroup([L.circle([y, x], { radius: metres, color: '#0a5aa8', weight: 2, fillOpacity: 0.12 }), L.circleMarker([y, x], { radius: 5, color: '#0a5aa8', fillOpacity: 1 })]).addTo(map.map);
  };
  const read = () => [Number.parseFloat(lon.value), Number.parseFloat(lat.value), Number.parseFloat(error.value)];
  const redraw = () => {
    const [x, y, metres] = read();
    if (Number.isFinite(x) && Number.isFinite(y) && Math.abs(y) <= 90) put(x, y, Number.isFinite(metres) ? metres : TYPED);
  };
  map.map.on('click', ({ latlng }) => {
    Object.assign(lon, { value: latlng.lng.toFixed(5) });
    Object.assign(lat, { value: latlng.lat.toFixed(5) });
    datum.value = 'wgs84';
    // who clicks on half the prefecture does not point at a field
    error.value = String(Math.max(CLICKED, Math.round((8 * 40075016 * Math.cos((latlng.lat * Math.PI) / 180)) / 2 ** (map.map.getZoom() + 8))));
    hint.textContent = '';
    redraw();
  });
  named.addEventListener('change', () => {
    const place = known.places.find((one) => label(one) === named.value || one.name === named.value);
    if (!place) { hint.textContent = named.value ? '名单中没有这个名称，请在地图上点选' : ''; return; }
    if (place.lon === null) { hint.textContent = `${place.name}没有坐标，请在地图上点选大致位置`; return; }
    Object.assign(lon, { value: place.lon.toFixed(5) });
    Object.assign(lat, { value: place.lat.toFixed(5) });
    error.value = String(Math.round(place.position_error_m));
    datum.value = 'wgs84';
    hint.textContent = `${place.name}所在地，误差按 ${(place.position_error_m / 1000).toFixed(1)} km 计`;
    redraw();
    map.map.setView([place.lat, place.lon], 11);
  });
  [lon, lat, error].forEach((input) => input.addEventListener('change', () => { if (!error.value) error.value = String(TYPED); redraw(); }));

  return {
    node,
    /** What the server takes; all null without a place. */
    value() {
      const [x, y, metres] = read();
      if (!lon.value.trim() && !lat.value.trim()) return { lon: null, lat: null, datum: null, position_error_m: null };
      return { lon: Number.isFinite(x) ? x : null, lat: Number.isFinite(y) ? y : null, datum: datum.value, position_error_m: Number.isFinite(metres) ? metres : null };
    },
    clear() {
      [lon, lat, error, named].forEach((input) => { input.value = ''; });
      hint.textContent = '';
      mark?.remove();
      mark = null;
    },
  };
}

function drawn(ground, me, counties) {
  const [west, south, east, north] = me.site.bbox;
  const map = L.map(ground, { zoomSnap: 0.25, attributionControl: Boolean(me.site.tiles), zoomControl: true, maxZoom: 18 });
  if (me.site.tiles) L.tileLayer(me.site.tiles.url, { attribution: me.site.tiles.attribution, maxZoom: me.site.tiles.max_zoom }).addTo(map);
  L.geoJSON(counties, { interactive: false, style: { color: '#6d7985', weight: 1.5, fill: false } }).addTo(map)
    .eachLayer((layer) => layer.bindTooltip(shortCounty(layer.feature.properties.name), { permanent: true, direction: 'center', className: 'county-name', interactive: false }));
  const fit = () => { map.invalidateSize(); map.fitBounds([[south, west], [north, east]]); };
  fit();
  // it is drawn before it stands on the page, where it has no size yet
  let width = 0;
  new ResizeObserver(() => { if (ground.clientWidth && !width) { width = ground.clientWidth; fit(); } else map.invalidateSize(); }).observe(ground);
  return { map };
}
