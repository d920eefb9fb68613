// The desk's page: one state, drawn three times (list, map, panel); live changes flow into the same state.

import { api, apiUnlessSame, byId, el, now, say, signOut, toLogin, whoAmI } from './common.js';
import { offerRoster } from './map-roster.js';
import { follow } from './live.js';
import { makeMap, shortCounty } from './map-draw.js';
import { drawAge, drawCounts, showExports } from './map-counts.js';
import { fromAddress, makeForm, passes, periodOf, toAddress, toQuery } from './map-filters.js';
import { makeList, placeWords } from './map-list.js';
import { fetchSummary, sharesOf, showLegend, showObserved } from './map-observed.js';
import { offerCameras } from './map-cameras.js';
import { showPanel } from './map-panel.js';
import { forgetColours } from './map-symbols.js';

const FIRST_PAGE = 100;
const NEXT_PAGE = 200;
const POLL_MS = 15000;
const FRESH_MS = 20000;

const state = {
  me: null, filters: fromAddress(), features: new Map(), matched: 0, offset: 0, summary: null, counties: null,
  chosen: null, detail: null, live: false, heardAt: 0, etag: null, loading: 0,
};
const exportLinks = el('p', { class: 'exports', 'aria-label': '导出当前筛选', role: 'group' });
let map = null;
let list = null;

start().catch((problem) => {
  byId('connection-lost').textContent = `${problem.message}。请刷新本页`;
  byId('connection-lost').hidden = false;
});

async function start() {
  byId('sign-out').addEventListener('click', signOut);
  state.me = await whoAmI();
  const { site } = state.me;
  byId('site-name').textContent = site.name;
  byId('who').textContent = state.me.display || state.me.name;
  map = makeMap(byId('map'), site, { onPick: choose, scale: innerWidth < 800 ? 0.75 : 1 });
  list = makeList(byId('rows'), { onOpen: choose, isSelected: (id) => id === state.chosen });
  showLegend(byId('legend-body'));
  byId('legend').open = matchMedia('(min-width: 1700px) and (min-height: 760px)').matches;
  byId('home').addEventListener('click', map.home);
  offerRoster(state.me, byId('roster'));
  offerCameras(state.me, map.map, byId('cameras'));
  byId('more').addEventListener('click', loadMore);
  makeForm(byId('filters'), state.filters, [], exportLinks, filtersChanged);
  await Promise.all([loadCounties(), reload()]);
  openFromAddress();
  addEventListener('hashchange', openFromAddress);
  document.addEventListener('keydown', keys);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { forgetColours(); state.features.forEach((feature) => map.events.put(feature)); });
  drawAge(state.heardAt);
  setInterval(() => drawAge(state.heardAt), 1000);
  setInterval(() => { list.redraw(state.features); state.features.forEach((feature) => map.events.age(feature)); }, 60000);
  byId('rows-scroll').addEventListener('scroll', () => list.redraw(state.features), { passive: true });
  setInterval(() => loadSummary().catch(() => {}), 60000);
  setInterval(() => { if (!state.live) poll(); }, POLL_MS);
  follow({ onMessage, onHeard: heard, onState: connection });
}

async function loadCounties() {
  state.counties = await api('/collections/counties/items');
  map.drawCounties(state.counties);
  const allowed = state.counties.features.map(({ properties }) => [String(properties.adcode), shortCounty(properties.name)])
    .filter(([code]) => state.me.areas.length === 0 || state.me.areas.includes(code));
  makeForm(byId('filters'), state.filters, allowed, exportLinks, filtersChanged);
  hatch();
}

function hatch() {
  if (state.counties && state.summary) map.hatch(state.counties, sharesOf(state.summary));
}

async function loadSummary() {
  state.summary = await fetchSummary(periodOf(state.filters));
  showObserved(byId('observed-words'), byId('observed-table'), state.summary);
  hatch();
  showCounts();
}

function summaryUnknown() {
  state.summary = null;
  byId('observed-words').textContent = '观测情况读取失败';
  byId('observed-table').replaceChildren();
  if (state.counties) map.hatch(null);
}

function filtersChanged() {
  toAddress(state.filters);
  reload().catch((problem) => say(problem.message, 'bad'));
}

/** Reads the first page again, for new filters. */
async function reload() {
  const turn = state.loading += 1;
  showExports(exportLinks, state.filters);
  const [{ etag, page }] = await Promise.all([readFirstPage(null), loadSummary().catch(summaryUnknown)]);
  if (turn !== state.loading) return;
  takeFirstPage(page, etag);
}

function takeFirstPage(page, etag) {
  heard(now());
  state.features = new Map(page.features.map((feature) => [feature.properties.id, feature]));
  Object.assign(state, { matched: page.numberMatched, offset: page.features.length, etag });
  list.replace(page.features);
  map.events.clear();
  page.features.forEach((feature) => map.events.put(feature));
  if (state.chosen) map.events.choose(state.chosen);
  showCounts();
}

async function loadMore() {
  const button = byId('more');
  button.disabled = true;
  const turn = state.loading;
  try {
    const page = await api(`/collections/events/items?${toQuery(state.filters, { limit: NEXT_PAGE, offset: state.offset })}`);
    if (turn !== state.loading) return;
    state.offset += page.features.length;
    state.matched = page.numberMatched;
    const unseen = page.features.filter((feature) => !state.features.has(feature.properties.id));
    unseen.forEach((feature) => { state.features.set(feature.properties.id, feature); map.events.put(feature); });
    list.append(unseen);
    showCounts();
  } catch (problem) { say(problem.message, 'bad'); } finally { button.disabled = false; }
}

function showCounts() {
  drawCounts(state, (status) => {
    const { status: select, period } = byId('filters').elements;
    select.value = state.filters.status === status ? '' : status;
    // The counts are of all open cases, so an old one must not hide behind the period.
    period.value = state.filters.period = 'all';
    select.dispatchEvent(new Event('change'));
  });
}

/** Live changes are taken together once a frame: a burst of a thousand must not draw a thousand times. */
let waiting = [];
function onMessage(name, data) {
  if (name === 'look') { refreshSummarySoon(); return; }
  // more happened than is told one by one
  if (name === 'reload') { reload().catch(() => {}); return; }
  if (name !== 'changed' || !data?.properties) return;
  waiting.push(data);
  if (waiting.length === 1) setTimeout(() => { const taken = waiting; waiting = []; takeChanges(taken); }, 60);
}

function takeChanges(features) {
  const arrived = [];
  for (const feature of new Map(features.map((each) => [each.properties.id, each])).values()) {
    if (takeChange(feature)) arrived.push(feature);
  }
  if (arrived.length === 1) say(`新的疑似火点：${placeWords(arrived[0])}`);
  else if (arrived.length > 1) say(`新增 ${arrived.length} 处疑似火点`);
  showCounts();
  refreshSummarySoon();
}

/** Takes one change; true when the event is new here. */
function takeChange(feature) {
  const { id } = feature.properties;
  const known = state.features.has(id);
  if (!passes(state.filters, feature)) {
    if (known) { state.features.delete(id); list.remove(id); map.events.remove(id); state.matched -= 1; state.offset -= 1; }
  } else if (known || !isBeyondLoaded(feature)) {
    state.features.set(id, feature);
    list.put(feature, !known);
    map.events.put(feature, { fresh: !known });
    if (!known) { state.matched += 1; state.offset += 1; setTimeout(() => calm(id), FRESH_MS); }
  }
  if (id === state.chosen) refreshDetail(feature);
  return !known && state.features.has(id);
}

/** An event older than what is loaded stays where it is: on a page that was not asked for. */
function isBeyondLoaded(feature) {
  if (state.matched <= state.features.size) return false;
  let oldest = Infinity;
  for (const each of state.features.values()) oldest = Math.min(oldest, Date.parse(each.properties.last_seen));
  return Date.parse(feature.properties.last_seen) < oldest;
}

function calm(id) {
  const feature = state.features.get(id);
  if (feature) { list.put(feature, false); map.events.put(feature); }
}

let summaryTimer = null;
function refreshSummarySoon() {
  clearTimeout(summaryTimer);
  summaryTimer = setTimeout(() => loadSummary().catch(() => {}), 1500);
}

function connection(up, problem) {
  if (problem?.status === 401) { toLogin(); return; }
  const was = state.live;
  state.live = up;
  byId('connection-lost').hidden = up;
  byId('link-state').dataset.state = up ? 'up' : 'down';
  byId('link-words').textContent = up ? '实时' : '正在重连';
  if (up && !was) poll();
  if (!up && was) poll();
}

const heard = (ms) => { state.heardAt = ms; };

/** The first page again, cheaply: 304 when nothing changed. */
async function poll() {
  const turn = state.loading;
  try {
    const { etag, page } = await readFirstPage(state.etag);
    heard(now());
    if (!page || turn !== state.loading) return;
    const arrived = page.features.filter((feature) => takeChange(feature));
    Object.assign(state, { etag, matched: page.numberMatched });
    if (arrived.length) say(`新增 ${arrived.length} 处疑似火点`);
    showCounts();
  } catch { /* the age of the data and the band say it */ }
}

const readFirstPage = (etag) => apiUnlessSame(`/collections/events/items?${toQuery(state.filters, { limit: FIRST_PAGE })}`, etag);

function choose(id) {
  if (state.chosen === id) { byId('panel-title')?.focus(); return; }
  list.mark(state.chosen, false);
  Object.assign(state, { chosen: id, detail: null });
  history.replaceState(null, '', `${location.pathname}${location.search}#event=${encodeURIComponent(id)}`);
  list.mark(id, true);
  map.events.choose(id);
  document.body.classList.add('has-panel');
  const feature = state.features.get(id);
  if (feature) { drawPanel(feature); comeIntoView(feature); }
  loadDetail(id, true);
}

function comeIntoView(feature) {
  const [lon, lat] = feature.geometry?.coordinates || [];
  if (Number.isFinite(lat) && !map.map.getBounds().pad(-0.08).contains([lat, lon])) map.map.panTo([lat, lon], { animate: false });
}

async function loadDetail(id, first) {
  try {
    const detail = await api(`/events/${encodeURIComponent(id)}`);
    if (state.chosen !== id) return;
    state.detail = detail;
    if (state.features.has(id)) { state.features.set(id, detail.event); list.put(detail.event, false); map.events.put(detail.event); }
    map.drawDetail(detail);
    drawPanel(detail.event);
    if (first) { comeIntoView(detail.event); byId('panel-title')?.focus({ preventScroll: true }); }
  } catch (problem) {
    say(problem.message, 'bad');
    if (first && state.chosen === id) close();
  }
}

function refreshDetail(feature) {
  drawPanel(feature);
  loadDetail(feature.properties.id, false);
}

function drawPanel(feature) {
  const panel = byId('panel');
  panel.hidden = false;
  showPanel(panel, feature, state.detail, { me: state.me, onClose: close, onDone: done, onZoom: () => map.zoomTo(feature.geometry.coordinates) });
}

/** After an action: what the server answered is shown at once; the rest is read again. */
function done(answer) {
  if (answer?.event) takeChange(answer.event);
  if (state.chosen) loadDetail(state.chosen, false);
  refreshSummarySoon();
  showCounts();
}

function close() {
  const was = state.chosen;
  Object.assign(state, { chosen: null, detail: null });
  byId('panel').hidden = true;
  document.body.classList.remove('has-panel');
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  map.drawDetail(null);
  map.events.choose(null);
  list.mark(was, false);
  list.focus(was);
}

function openFromAddress() {
  const id = new URLSearchParams(location.hash.slice(1)).get('event');
  if (id && id !== state.chosen) choose(id);
}

function keys(event) {
  if (byId('dialog').open) return;
  if (event.key === 'Escape' && state.chosen) close();
  else if (event.key === 'ArrowDown' && document.activeElement === document.body) list.move(0);
}
