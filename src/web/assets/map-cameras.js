// Cameras: what they saw of the chosen event, in the panel; where they stand and what they see, on the map.

import { api, el, fullTime, number, safeUrl, say, shortTime, svg } from './common.js';
import { ORIGIN, SIGHTING, word } from './words.js';

const L = window.L;
const REFRESH_MS = 60000;
/** Ground that is known no finer than this hides ridges. */
const COARSE_M = 200;

/** Origins of sightings that are what people told. */
const PEOPLE = ['hotline', 'patrol', 'neighbour'];
const isTold = (sighting) => PEOPLE.includes(sighting.properties?.origin);

/** What people told of it, a line each; null where nobody did. */
export function toldParts(detail) {
  const told = (detail.sightings || []).filter(isTold);
  return told.length === 0 ? null : el('ul', { class: 'plain-list' }, told.map(({ properties: seen }) => el('li', {},
    el('strong', { text: seen.camera || word(ORIGIN, seen.origin) }), ` ${fullTime(seen.time)} 反映${word(SIGHTING, seen.kind)}，误差 ${number((seen.position_error_m || 0) / 1000)} km`,
    seen.image?.startsWith('/') ? el('div', { class: 'photos' }, picture(seen.image, `${seen.camera || ''}照片，${fullTime(seen.time)}`)) : null)));
}

/** The section of the panel; null where no camera has anything to say. */
export function cameraParts(detail) {
  const seen = (detail.sightings || []).filter((sighting) => !isTold(sighting)).map(sightingItem);
  const looks = (detail.camera_looks || []).map(lookItem);
  return seen.length + looks.length === 0 ? null : el('ul', { class: 'photos' }, seen, looks);
}

/** Pieces of 30 m and 20 m imagery that were cut of it; null where there are none. */
export function imageryParts(detail) {
  const pieces = detail.imagery || [];
  return pieces.length === 0 ? null : el('ul', { class: 'photos' }, pieces.map((piece) => el('li', {}, picture(piece.image, `卫星影像，${fullTime(piece.time)}`),
    el('p', { class: 'small', text: fullTime(piece.time) }), el('p', { class: 'small quiet', text: piece.product }))));
}

function sightingItem({ properties: seen = {}, clip }) {
  const where = [seen.azimuth_deg === null || seen.azimuth_deg === undefined ? null : `方位 ${number(seen.azimuth_deg, 0)}°`,
    seen.range_m ? `距离 ${number(seen.range_m / 1000)} km` : null, seen.vendor_id ? `编号 ${seen.vendor_id}` : null].filter(Boolean);
  const own = seen.image?.startsWith('/') ? seen.image : null;
  const link = own ? null : safeUrl(seen.image);
  return el('li', {}, picture(own, `${word(ORIGIN, seen.origin)}图片，${fullTime(seen.time)}`),
    el('p', { class: 'small' }, el('strong', { text: [seen.camera, word(SIGHTING, seen.kind)].filter(Boolean).join(' · ') }), el('span', { class: 'quiet', text: `（${word(ORIGIN, seen.origin)}）` })),
    el('p', { class: 'small quiet', text: [fullTime(seen.time), ...where].join(' · ') }),
    clip || link ? el('p', { class: 'camera-links' }, clip ? outside(clip, '视频片段') : null, link ? outside(link, '对方平台图片') : null) : null);
}

function lookItem(look) {
  return el('li', {}, picture(look.image, `摄像机画面，${fullTime(look.time)}`),
    el('p', { class: 'small' }, el('strong', { text: [look.camera, look.preset].filter(Boolean).join(' / ') }), el('span', { class: 'quiet', text: '（调看）' })),
    el('p', { class: 'small', text: look.said }), el('p', { class: 'small quiet', text: fullTime(look.time) }));
}

const outside = (href, text) => el('a', { class: 'button small-button', href, target: '_blank', rel: 'noopener noreferrer', text });

/** A small picture that opens the whole one; what cannot be shown says so. */
function picture(address, alt) {
  const none = (text) => el('span', { class: 'no-picture', text });
  if (!address) return none('无图片');
  const image = el('img', { src: address, alt, loading: 'lazy' });
  const link = el('a', { href: address, target: '_blank', rel: 'noopener', 'aria-label': `打开${alt}` }, image);
  image.addEventListener('error', () => link.replaceWith(none('图片不在本系统')));
  return link;
}

/** Offers the layer of cameras to desks; nobody else may ask for them. */
export function offerCameras(me, map, button) {
  button.hidden = !['city', 'county'].includes(me.role);
  const layer = L.layerGroup();
  const ground = L.layerGroup();
  let timer = null;
  const refresh = () => api('/cameras').then((cameras) => drawCameras(map, layer, ground, cameras)).catch((problem) => say(problem.message, 'bad'));
  button.addEventListener('click', () => {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    clearInterval(timer);
    for (const each of [layer, ground]) { if (on) each.addTo(map); else each.remove(); }
    ground.clearLayers();
    if (on) { refresh(); timer = setInterval(refresh, REFRESH_MS); }
  });
}

function drawCameras(map, layer, ground, cameras) {
  // an open popup would be closed by its marker's end
  if (map.getContainer().querySelector('.camera-popup')) return;
  layer.clearLayers();
  if (cameras.features.length === 0) say('本系统未配置摄像机（cameras.toml）');
  for (const camera of cameras.features) {
    const { name } = camera.properties;
    const [lon, lat] = camera.geometry.coordinates;
    const state = stateOf(camera);
    const { view } = camera.properties;
    const side = view ? 40 : 30;
    const icon = L.divIcon({ className: 'camera-mark', html: cameraPicture(state, view, side), iconSize: [side, side] });
    const marker = L.marker([lat, lon], { icon, title: `${name}：${STATES[state]}`, alt: `摄像机 ${name}，${STATES[state]}`, pane: 'markerPane' });
    marker.bindPopup(() => popup(camera, state), { className: 'camera-popup', maxWidth: 260 });
    marker.on('popupopen', () => showGround(ground, camera, marker));
    marker.on('popupclose', () => ground.clearLayers());
    marker.addTo(layer);
  }
}

const STATES = { ok: '正常', bad: '有告警', idle: '未接入画面' };

function stateOf({ properties: camera }) {
  if (camera.alarms.length > 0) return 'bad';
  return camera.watched ? 'ok' : 'idle';
}

/** A camera: the wedge is where a fixed one looks; one with something wrong is struck through, so that it reads without colour. */
export function cameraPicture(state, view = null, size = 30) {
  const wedge = view ? svg('path', { class: 'camera-wedge', d: 'M0 0 L-7 -19 A20 20 0 0 1 7 -19 Z', transform: `rotate(${view.azimuth_deg})` }) : null;
  return svg('svg', { class: `camera-picture camera-${state}`, width: size, height: size, viewBox: view ? '-20 -20 40 40' : '-15 -15 30 30', 'aria-hidden': 'true' },
    wedge, svg('path', { class: 'camera-body', d: 'M-9 -5 H4 V-1.5 L9 -5 V5 L4 1.5 V5 H-9 Z' }),
    state === 'bad' ? svg('path', { class: 'camera-halo', d: 'M-9 9 L9 -9' }) : null,
    state === 'bad' ? svg('path', { class: 'camera-strike', d: 'M-9 9 L9 -9' }) : null);
}

function popup({ properties: camera }, state) {
  return el('div', { class: 'camera-words' }, el('strong', { text: camera.name }), el('p', { class: 'small', text: STATES[state] }),
    camera.alarms.map((alarm) => el('p', { class: 'small bad-text', text: `${alarm.said}（${shortTime(alarm.since)} 起）` })),
    camera.presets.length ? el('p', { class: 'small quiet', text: `预置位 ${camera.presets.join('、')}` }) : null,
    el('p', { class: 'small quiet ground', text: '正在计算视域' }));
}

async function showGround(ground, camera, marker) {
  const words = (text) => { const line = marker.getPopup().getElement()?.querySelector('.ground'); if (line) line.textContent = text; };
  try {
    const seen = await api(`/cameras/${encodeURIComponent(camera.properties.id)}/viewshed`);
    if (!marker.isPopupOpen()) return;
    ground.clearLayers();
    const renderer = L.svg({ pane: 'detail', padding: 0.5 });
    L.geoJSON(seen, { pane: 'detail', interactive: false, style: { renderer, className: 'viewshed', interactive: false } }).addTo(ground);
    const { area_km2: area, range_km: range, target_m: above, dem_cell_m: cell } = seen.properties;
    const coarse = cell > COARSE_M ? `；高程格网 ${number(cell / 1000)} km，仅供参考` : '';
    words(`视域 ${number(area, 0)} km²（${number(range, 0)} km 内，离地 ${number(above, 0)} m 处可见）${coarse}`);
  } catch (problem) { words(problem.message); }
}
