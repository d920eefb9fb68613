// The wall: triaged, open points only. What it shows must be now; when it is not, it says so loudly.

import { api, beijing, byId, lasting, now, percent, say, whoAmI } from './common.js';
import { follow } from './live.js';
import { makeMap } from './map-draw.js';
import { placeWords } from './map-list.js';
import { emptySentence, fetchSummary, sharesOf, spanWords } from './map-observed.js';
import { forgetColours, isOverdue } from './map-symbols.js';
import { byUrgency, caseRow, showBars, showLegend, showLooks, tickRow } from './wall-parts.js';
import { OPEN } from './words.js';

const HOURS = 24;
const DEAD_MS = 60000;
const NEW_MS = 60000;
const PAGE_MS = 12000;
const MOST = 500;
const WEEKDAYS = '日一二三四五六';
const still = matchMedia('(prefers-reduced-motion: reduce)');

const remembered = {
  get(name, usual) { try { return JSON.parse(localStorage.getItem(`wall-${name}`)) ?? usual; } catch { return usual; } },
  set(name, value) { try { localStorage.setItem(`wall-${name}`, JSON.stringify(value)); } catch { /* private mode: nothing is kept */ } },
};

const state = {
  features: new Map(), fresh: new Map(), matched: 0, summary: null, counties: null, live: false, heardAt: 0, startedAt: Date.now(), signedOut: false,
  page: 0, pageAt: 0, looks: new Map(remembered.get('looks', [])), shownAt: remembered.get('shown', null), sound: remembered.get('sound', false), audio: null, version: null,
};
let map = null;

setTheme(remembered.get('theme', 'dark'));
tick();
setInterval(tick, 1000);
start();

async function start() {
  byId('theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
  byId('sound').addEventListener('click', () => setSound(!state.sound || state.audio?.state !== 'running'));
  showSound();
  // A wall has nobody in front of it: it tries again by itself. It does not reload, since a reload while the server is
  // away ends at the browser's own error page, from where nothing comes back.
  while (!await firstLook()) await new Promise((wake) => setTimeout(wake, 10000));
  setInterval(() => refresh().catch(() => {}), 60000);
  setInterval(() => { if (!state.live) refresh().catch(() => {}); }, 15000);
  setInterval(blink, 600);
  follow({ onMessage, onHeard: heard, onState: connection });
}

async function firstLook() {
  try {
    const me = await whoAmI();
    state.version = me.site.program_version;
    byId('site-name').textContent = me.site.name;
    if (!map) {
      map = makeMap(byId('map'), me.site, { onPick: () => {}, scale: 1.35 });
      showLegend(byId('wall-legend'));
    }
    const counties = await api('/collections/counties/items');
    if (!state.counties) map.drawCounties(counties);
    state.counties = counties;
    await refresh();
    return true;
  } catch {
    return false;
  }
}

/** A wall runs for months: after an update of the server it takes the new page. */
async function takeNewProgram() {
  const me = await whoAmI({ stayOn401: true });
  if (state.version && me.site.program_version !== state.version) location.reload();
}

const belongs = (feature) => OPEN.includes(feature.properties.status) && Boolean(feature.case?.triaged_at) && !feature.properties.merged_into;

/** Everything again: once a minute, and each 15 s while the live stream is away. */
async function refresh() {
  const midnight = `${beijing(now()).date}T00:00:00+08:00`;
  const today = new URLSearchParams({ triaged: 'true', datetime: `${new Date(midnight).toISOString().replace('.000Z', 'Z')}/..`, limit: '1000' });
  const [page, summary, sinceMidnight] = await Promise.all([
    api(`/collections/events/items?triaged=true&open=true&limit=${MOST}`, { stayOn401: true }), fetchSummary({ from: now() - HOURS * 3600000 }), api(`/collections/events/items?${today}`, { stayOn401: true }),
  ]).catch((problem) => { if (problem.status === 401) state.signedOut = true; throw problem; });
  state.signedOut = false;
  heard(now());
  Object.assign(state, { matched: page.numberMatched, summary });
  byId('today-count').textContent = sinceMidnight.features.filter((feature) => Date.parse(feature.properties.first_seen) >= Date.parse(midnight)).length;
  const first = state.features.size === 0;
  const kept = new Set(page.features.map((feature) => feature.properties.id));
  for (const id of [...state.features.keys()]) if (!kept.has(id)) drop(id);
  page.features.forEach((feature) => take(feature, !first || isSinceLastShown(feature)));
  if (summary.observed.last_look) noteLook(summary.observed.last_look);
  (summary.observed.last_looks || []).forEach(noteLook);
  showSummary();
  showCases();
  remembered.set('shown', now());
}

/** After a reload, what came while the wall was dark is new to those who look. */
const isSinceLastShown = (feature) => state.shownAt !== null && Date.parse(feature.case.triaged_at) > state.shownAt;

function take(feature, mayBeNew) {
  const { id } = feature.properties;
  const isNew = mayBeNew && !state.features.has(id);
  state.features.set(id, feature);
  if (isNew) {
    state.fresh.set(id, Date.now() + NEW_MS);
    say(`新的疑似火点：${placeWords(feature)}`);
    beep();
  }
  map.events.put(feature, { fresh: state.fresh.has(id) });
}

function drop(id) {
  state.features.delete(id);
  state.fresh.delete(id);
  map.events.remove(id);
}

function onMessage(name, data) {
  if (name === 'look' && data) { noteLook(data); return; }
  if (name === 'reload') { refresh().catch(() => {}); return; }
  if (name !== 'changed' || !data?.properties) return;
  const { id } = data.properties;
  const known = state.features.has(id);
  if (belongs(data)) { take(data, true); if (!known) state.matched += 1; } else if (known) { drop(id); state.matched -= 1; }
  showCases();
  remembered.set('shown', now());
}

function noteLook({ satellite, time }) {
  const known = state.looks.get(satellite);
  if (!known || Date.parse(time) > Date.parse(known)) state.looks.set(satellite, time);
  remembered.set('looks', [...state.looks]);
  showLooks(byId('looks'), state.looks);
}

function showSummary() {
  const { observed, hours } = state.summary;
  const share = byId('share');
  share.textContent = observed.share === null ? '未有效观测' : percent(observed.share);
  share.classList.toggle('word', observed.share === null);
  byId('share-name').textContent = observed.simulated ? '有效观测（模拟数据）' : '有效观测';
  byId('share-span').textContent = spanWords(hours);
  showBars(byId('bars'), observed.counties);
  byId('sentence').textContent = state.features.size === 0 ? emptySentence(state.summary, {})
    : `${spanWords(hours)}有效观测 ${observed.share === null ? '未知' : percent(observed.share)}${observed.simulated ? '（模拟数据，非真实火点）' : ''}，${observed.looks} 次观测；云下与缺测处看不到火点${observed.left_out ? `；${observed.left_out}` : ''}`;
  const alarms = state.summary.station?.alarms || [];
  const box = byId('alarms');
  box.hidden = alarms.length === 0;
  box.textContent = alarms.map((alarm) => alarm.said).join('；');
  if (state.counties) map.hatch(state.counties, sharesOf(state.summary));
}

function showCases() {
  const all = [...state.features.values()].sort(byUrgency);
  const box = byId('cases');
  // while it is empty or hidden its own height is none: that of what holds it counts
  const room = Math.max(box.clientHeight, box.parentElement.clientHeight - 110);
  const perPage = Math.max(3, Math.floor(room / 66));
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  state.page %= pages;
  // What is new is shown at once, on top, whatever page was turned up.
  const news = all.filter((feature) => state.fresh.has(feature.properties.id));
  const rest = all.slice(state.page * perPage, (state.page + 1) * perPage).filter((feature) => !news.includes(feature));
  box.replaceChildren(...[...news, ...rest].slice(0, perPage).map((feature) => caseRow(feature, state.fresh.has(feature.properties.id))));
  byId('pages').textContent = pages > 1 ? `第 ${state.page + 1} / ${pages} 页，最急的在前` : '';
  byId('open-count').textContent = state.matched;
  const none = byId('none');
  none.hidden = all.length > 0;
  box.hidden = all.length === 0;
  none.textContent = all.length === 0 ? `没有未办结的已研判火点。${emptySentence(state.summary, {})}` : '';
  tickRows();
}

function tickRows() {
  for (const row of byId('cases').children) {
    const feature = state.features.get(row.dataset.id);
    if (feature) tickRow(row, feature);
  }
  const late = [...state.features.values()].filter(isOverdue).length;
  byId('late-count').textContent = state.heardAt ? late : '—';
  byId('late-tile').classList.toggle('late', late > 0);
}

/** The marker's halo goes on and off while its row blinks; with reduced motion it stays on. */
let haloOn = false;
function blink() {
  haloOn = !haloOn;
  for (const [id, until] of state.fresh) {
    const over = Date.now() > until;
    if (over) state.fresh.delete(id);
    map.events.put(state.features.get(id), { fresh: !over && (still.matches || haloOn) });
    if (over) showCases();
  }
}

const heard = (ms) => { state.heardAt = ms; };

function connection(up, problem) {
  if (problem?.status === 401) state.signedOut = true;
  const was = state.live;
  state.live = up;
  byId('link-state').dataset.state = up ? 'up' : 'down';
  byId('link-words').textContent = up ? '实时' : '正在重连';
  if (up !== was) refresh().catch(() => {});
  if (up && !was) takeNewProgram().catch(() => {});
}

function tick() {
  const time = beijing(now());
  byId('clock').textContent = time.seconds;
  byId('date').textContent = `${time.month} 月 ${time.day} 日 星期${WEEKDAYS[time.weekday]}`;
  byId('data-age').textContent = state.heardAt ? `更新于 ${beijing(state.heardAt).seconds}` : '尚未更新';
  tickBand();
  if (!map) return;
  tickRows();
  if (Date.now() - state.pageAt > PAGE_MS) { state.page += 1; if (state.pageAt === 0) state.page = 0; state.pageAt = Date.now(); showCases(); showLooks(byId('looks'), state.looks); }
}

function tickBand() {
  const age = state.heardAt ? now() - state.heardAt : Date.now() - state.startedAt;
  const dead = age > DEAD_MS || state.signedOut;
  const text = state.signedOut ? '登录已失效，画面不再更新，请重新登录'
    : dead ? `数据已 ${lasting(age)} 没有更新，画面不是当前情况`
      : !state.live && state.heardAt ? '实时连接中断，正在重连（每 15 秒读取一次）' : '';
  const band = byId('band');
  band.hidden = !text;
  band.classList.toggle('dead', dead);
  if (band.textContent !== text) band.textContent = text;
  byId('data-age').classList.toggle('stale', dead);
  document.body.classList.toggle('dead', dead);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  remembered.set('theme', theme);
  byId('theme').textContent = theme === 'dark' ? '浅色' : '深色';
  forgetColours();
  if (map) state.features.forEach((feature) => map.events.put(feature, { fresh: state.fresh.has(feature.properties.id) }));
}

function setSound(on) {
  state.sound = on;
  remembered.set('sound', on);
  if (on) {
    state.audio = state.audio || new AudioContext();
    state.audio.resume().then(() => { showSound(); beep(); });
  }
  showSound();
}

/** A browser lets no page sound before a press; after a reload the wall says that it waits for one. */
function showSound() {
  const running = state.audio?.state === 'running';
  byId('sound').setAttribute('aria-pressed', String(state.sound));
  byId('sound').textContent = !state.sound ? '声音 关' : running ? '声音 开' : '声音 待点按启用';
}

function beep() {
  if (!state.sound || state.audio?.state !== 'running') return;
  const start = state.audio.currentTime;
  for (const [at, pitch] of [[0, 660], [0.22, 880]]) {
    const tone = state.audio.createOscillator();
    const loudness = state.audio.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.18, start + at);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + at + 0.2);
    tone.connect(loudness).connect(state.audio.destination);
    tone.start(start + at);
    tone.stop(start + at + 0.21);
  }
}
