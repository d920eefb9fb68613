// 研判: what waits for a decision, the oldest first, and all that helps to decide of the one that is chosen: map, likely duplicates, what burned
// there before, what always burns there, how well the ground was seen, cameras, and the next step.

import { ago, api, byId, el, lasting, number, percent, say, shortTime } from './common.js';
import { follow } from './live.js';
import { makeMap } from './map-draw.js';
import { dueWords, placeWords, simulatedBadge, statusBadge } from './map-list.js';
import { showPanel } from './map-panel.js';
import { CAUSE, CLASS, FINDING, STATUS, word } from './words.js';

const WAITING = '/collections/events/items?status=triage,returned&open=true&limit=500';

export async function show(root, { me, rest, signal }) {
  const queue = el('section', { class: 'card queue-card', 'aria-label': '待研判队列' });
  const middle = el('section', { class: 'around', 'aria-label': '研判依据' });
  const panel = el('section', { class: 'panel triage-panel', 'aria-label': '所选火点' });
  root.append(queue, middle, panel);
  const state = { me, chosen: rest[0] || null, waiting: [], queue, middle, panel, counties: null, drawn: null, signal };
  await readQueue(state);
  if (!state.chosen && state.waiting[0]) state.chosen = state.waiting[0].properties.id;
  drawQueue(state);
  // The map needs its place on the page before it can be drawn.
  setTimeout(() => { if (!signal.aborted) choose(state, state.chosen).catch((problem) => say(problem.message, 'bad')); });
  const again = () => { if (!signal.aborted) readQueue(state).then(() => drawQueue(state)).catch(() => {}); };
  const timer = setInterval(again, 30000);
  signal.addEventListener('abort', () => clearInterval(timer));
  follow({ onMessage: again, onHeard: () => {}, onState: () => {}, signal });
}

async function readQueue(state) {
  const page = await api(WAITING);
  // what has a clock goes before what came too late for one (an old list): of that the latest first
  const due = (feature) => (feature.case?.due_at ? Date.parse(feature.case.due_at) : Infinity);
  const seen = (feature) => Date.parse(feature.properties.last_seen);
  state.waiting = page.features.filter((feature) => feature.properties.status !== 'closed')
    .sort((a, b) => (due(a) === due(b) ? seen(b) - seen(a) : due(a) - due(b)));
  state.matched = page.numberMatched;
}

function drawQueue(state) {
  const scroll = state.queue.querySelector('ol')?.scrollTop || 0;
  const rows = state.waiting.map((feature) => {
    const due = dueWords(feature);
    const { id } = feature.properties;
    return el('li', {}, el('a', { href: `#triage/${encodeURIComponent(id)}`, 'data-id': id, 'aria-current': id === state.chosen ? 'true' : null },
      el('span', { class: 'queue-place', text: placeWords(feature) }),
      el('span', { class: 'row-badges' }, simulatedBadge(feature), statusBadge(feature), due ? el('span', { class: `badge ${due.late ? 'late' : 'done'}`, text: due.text }) : null),
      el('span', { class: 'quiet small', text: `${word(CLASS, feature.properties.class)} · ${ago(feature.properties.last_seen)}` })));
  });
  state.queue.replaceChildren(el('h2', { text: `待研判 ${state.matched}` }),
    rows.length ? el('ol', { class: 'queue' }, rows) : el('p', { class: 'empty', text: '没有待研判的疑似火点' }));
  const list = state.queue.querySelector('ol');
  if (list) list.scrollTop = scroll;
}

async function choose(state, id) {
  state.chosen = id;
  if (!id) {
    state.middle.replaceChildren();
    state.panel.replaceChildren(el('p', { class: 'empty', text: '选择左侧一条开始研判' }));
    return;
  }
  const path = `/events/${encodeURIComponent(id)}`;
  const [detail, around] = await Promise.all([api(path), api(`${path}/around`)]);
  if (state.signal.aborted || state.chosen !== id) return;
  const onDone = (answer) => done(state, id, answer);
  showPanel(state.panel, detail.event, detail, { me: { ...state.me, may: state.me.may.filter((step) => detail.may.includes(step) || step === 'link') }, onClose: () => { location.hash = '#triage'; }, onDone, onZoom: () => state.drawn?.zoomTo(detail.event.geometry.coordinates) });
  drawAround(state, detail, around);
  await drawMap(state, detail, around);
}

/** What was judged leaves the queue; the next one comes. What was only confirmed still waits for its dispatch. */
async function done(state, id, answer) {
  await readQueue(state);
  const isStill = state.waiting.some((feature) => feature.properties.id === id);
  if (answer?.link || isStill) {
    drawQueue(state);
    await choose(state, id);
    return;
  }
  const next = state.waiting[0]?.properties.id;
  location.hash = next ? `#triage/${encodeURIComponent(next)}` : '#triage';
}

const block = (title, id, ...content) => el('section', { class: 'card', id }, el('h2', { text: title }), ...content);

function drawAround(state, detail, around) {
  const event = detail.event.properties;
  state.middle.replaceChildren(
    el('div', { class: 'triage-map', id: 'triage-map' }),
    block('可能是同一处', 'triage-duplicates', others(around.duplicates, '附近时段内没有其他疑似火点', (other) => [
      `相距 ${km(other.distance_m)}`, other.apart_h > 0 ? `相隔 ${lasting(other.apart_h * 3600000)}` : '同一时段'])),
    block('此处以往', 'triage-before',
      el('p', { text: `近 ${around.recent.within_days} 天内此前有 ${around.recent.days} 天监测到热异常（白天 ${around.recent.by_day} 天，夜间 ${around.recent.by_night} 天）` }),
      others(around.before, '以往没有记录的事件', (other) => [`${other.days_ago} 天前`, other.finding ? word(FINDING, other.finding) : '无核查结果', other.cause ? word(CAUSE, other.cause) : null])),
    block('固定热源', 'triage-static', around.static_sources.length ? el('ul', { class: 'plain-list' }, around.static_sources.map((source) => el('li', {
      text: `${source.cause || source.note || source.id}：相距 ${km(source.distance_m)}，半径 ${km(source.radius_m)}` }))) : el('p', { class: 'quiet', text: '附近没有已知的固定热源' })),
    block('观测条件', 'triage-seen', seen(around.seen, event)));
}

const km = (metres) => (metres < 1000 ? `${Math.round(metres)} m` : `${number(metres / 1000)} km`);

function others(list, none, words) {
  if (list.length === 0) return el('p', { class: 'quiet', text: none });
  return el('ul', { class: 'others' }, list.map((other) => el('li', {},
    el('a', { href: `/#event=${encodeURIComponent(other.id)}`, target: '_blank', rel: 'noopener', text: `${shortTime(other.last_seen)} ${other.township || ''} ${(other.sources || []).join('、')}` }),
    el('span', { class: 'badge done', text: word(STATUS, other.status) }),
    el('span', { class: 'small quiet', text: words(other).filter(Boolean).join(' · ') }))));
}

/** Each satellite once, with its last look and how much of the county it saw. */
function seen(told, event) {
  if (told.looks.length === 0) return el('p', { class: 'bad-text', text: `近 ${told.hours} 小时对${event.county || '此县'}没有有效观测` });
  const last = new Map();
  for (const look of told.looks) {
    const known = last.get(look.satellite) || { ...look, count: 0 };
    known.count += 1;
    last.set(look.satellite, known);
  }
  return el('div', { class: 'scroll-x' }, el('table', {},
    el('thead', {}, el('tr', {}, ['卫星', '最近观测', '可见', '云', '缺', `${told.hours} 小时内`].map((text) => el('th', { scope: 'col', text })))),
    el('tbody', {}, Array.from(last.values()).map((look) => el('tr', {}, el('td', { text: look.satellite }), el('td', { text: shortTime(look.time) }),
      el('td', { text: percent(look.observed) }), el('td', { text: percent(look.cloud) }), el('td', { text: percent(look.missing) }), el('td', { text: `${look.count} 次` }))))));
}

async function drawMap(state, detail, around) {
  state.counties ||= await api('/collections/counties/items');
  const box = byId('triage-map');
  if (!box || state.signal.aborted) return;
  const drawn = makeMap(box, state.me.site, { onPick: () => {} });
  state.drawn = drawn;
  drawn.drawCounties(state.counties);
  drawn.events.put(detail.event);
  drawn.drawDetail({ event: detail.event, fires: detail.fires.features });
  const L = window.L;
  // drawn as SVG, so that the theme colours it
  const renderer = L.svg({ pane: 'detail', padding: 0.5 });
  const circle = (place, metres, style, words) => L.circle([place.lat, place.lon], { renderer, pane: 'detail', radius: metres, ...style }).bindTooltip(el('span', { text: words })).addTo(drawn.map);
  drawGround(L, drawn.map, renderer, around.ground);
  for (const other of around.duplicates) circle(other, 300, { className: 'near-now' }, `可能是同一处：${shortTime(other.last_seen)}`);
  for (const other of around.before) circle(other, 200, { className: 'near-before' }, `${other.days_ago} 天前`);
  for (const source of around.static_sources) circle(source, source.radius_m, { className: 'near-static' }, source.cause || source.id);
  const [lon, lat] = detail.event.geometry.coordinates;
  const metres = Math.max(6000, 1.6 * (detail.event.properties.position_error_m || 3000));
  drawn.map.fitBounds(L.latLng(lat, lon).toBounds(2 * metres), { animate: false });
}

/** The cell of the patrol and the seats of townships around: by these a person knows the place. */
function drawGround(L, map, renderer, ground) {
  for (const feature of ground.features) {
    const { kind, name } = feature.properties;
    if (kind === 'cell') L.geoJSON(feature, { interactive: false, pane: 'detail', style: { renderer, className: 'near-cell' } }).bindTooltip(el('span', { text: name })).addTo(map);
    if (kind !== 'seat') continue;
    const [lon, lat] = feature.geometry.coordinates;
    L.circleMarker([lat, lon], { renderer, pane: 'detail', radius: 3, className: 'near-seat' })
      .bindTooltip(el('span', { text: name }), { permanent: true, direction: 'right', className: 'county-name', interactive: false }).addTo(map);
  }
}
