// The page of one task: what the phone knows is shown at once, then the server is asked.
import { el, paint } from './task-dom.js';
import { W } from './task-words.js';
import { paintHead, paintNotices, paintWhere, paintKnown, paintList } from './task-cards.js';
import { paintLatest, paintSending } from './task-sending.js';
import { paintBar } from './task-bar.js';
import { firstHalfWidth } from './task-map.js';
import { refresh, remembered, serverNow, tidy } from './task-load.js';
import { answer, expected } from './task-answer.js';
import { openForm, openReturn } from './task-form.js';
import { isSheetOpen } from './task-sheet.js';
import { lastPlace, mayWatch, onPlace, watchPlace } from './task-place.js';

const db = self.TaskDb;
const send = self.TaskSend;
const REFRESH_MS = 60000;
const TICK_MS = 15000;
const $ = (id) => document.getElementById(id);

const page = { token: '', network: 'online', half_km: 0, placeState: '', copied: '', alarm: '', refreshing: null, retry: 0, hasOfferedDraft: false };
let painting = Promise.resolve();

// One painting after the other, each of what is on the phone then.
function render() {
  painting = painting.then(fingerUp).then(renderNow).catch((error) => console.error(error));
  return painting;
}

// Nothing is drawn anew under a finger: the button that went down is the one that comes up.
let isFingerDown = false;
let lifted = () => {};
function fingerUp() {
  if (!isFingerDown) return undefined;
  return new Promise((resolve) => {
    lifted = resolve;
    setTimeout(resolve, 1500);
  });
}
document.addEventListener('pointerdown', () => { isFingerDown = true; }, true);
['pointerup', 'pointercancel'].forEach((name) => window.addEventListener(name, () => {
  isFingerDown = false;
  setTimeout(() => lifted(), 50);
}, true));

async function renderNow() {
  const token = page.token;
  const [record, queue, photos, tasks] = await Promise.all([token ? remembered(token) : null, db.all('queue'), db.all('photos'), db.all('tasks')]);
  if (token !== page.token) return;
  const items = queue.filter((item) => item.token === token).sort((a, b) => a.seq - b.seq);
  const mine = photos.filter((p) => p.token === token).sort((a, b) => (a.taken_at < b.taken_at ? -1 : 1));
  const unsentOf = (t) => queue.filter((item) => item.token === t && item.state === 'waiting').length;
  paintNetwork(token ? unsentOf(token) : queue.filter((item) => item.state === 'waiting').length);
  paintAlarm(items, mine, record);
  const now = serverNow(record);
  if (!token) return renderList(tasks, unsentOf, now);
  const known = tasks.filter((t) => t.state);
  const hasOthers = known.some((t) => t.token !== token);
  paint($('others'), [known.length, hasOthers], () => (hasOthers ? el('a', { href: '#', class: 'others' }, W.otherTasks(known.length)) : []));
  if (!record || !record.state) return renderWithoutTask(record);
  if (!page.half_km) page.half_km = firstHalfWidth(record.state);
  paintNotices($('notices'), record, now);
  paintHead($('head'), record.state, now);
  paintSending($('sending'), record, items, mine);
  paintWhere($('where'), record.state, view());
  paintKnown($('known'), record.state);
  $('dock').hidden = false;
  paintLatest($('latest'), record, items);
  paintBar($('bar'), record, items, mine, !record.link, press);
  return offerDraft(record, items);
}

function view() {
  return {
    half_km: page.half_km, me: lastPlace(), placeState: page.placeState, copied: page.copied, copy,
    zoom: (factor) => {
      page.half_km = Math.min(60, Math.max(0.2, page.half_km * factor));
      render();
    },
    ask: () => {
      page.placeState = 'asked';
      watch();
      render();
    },
  };
}

function paintNetwork(unsent) {
  const text = navigator.onLine === false ? W.offline : page.network === 'online' ? W.online : W.unreachable;
  const shown = unsent ? `${text} · ${W.unsentCount(unsent)}` : text;
  paint($('network'), shown, () => [el('i', { class: text === W.online ? 'dot' : 'dot down', 'aria-hidden': 'true' }), el('span', {}, shown)]);
}

function paintAlarm(items, photos, record) {
  const isUnsaved = items.some((item) => item.unsaved && item.state === 'waiting') || photos.some((p) => p.unsaved && !p.complete && !p.refused);
  const text = isUnsaved ? W.storageFull : record && record.unsaved ? W.taskFull : '';
  paint($('alarm'), text, () => (text ? el('p', {}, text) : []));
}

function renderWithoutTask(record) {
  const kind = record && record.link ? record.link : page.network === 'online' ? '' : 'offline';
  const [title, text] = W.links[kind] || [W.opening, ''];
  paint($('head'), [title, text], () => el('div', { class: text ? 'problem' : '' },
    text ? el('span', { class: 'problem-mark', 'aria-hidden': 'true' }, '!') : null,
    el('h1', { class: 'opening' }, title), text ? el('p', { class: 'big-text' }, text) : null,
    kind === 'offline' ? el('button', { type: 'button', class: 'primary', id: 'retry', onclick: () => update() }, W.retry) : null));
  clear(['notices', 'sending', 'where', 'known', 'bar']);
}

function clear(sections) {
  sections.forEach((id) => paint($(id), null, () => []));
  $('latest').textContent = '';
  $('dock').hidden = true;
}

function renderList(tasks, unsentOf, now) {
  clear(['notices', 'sending', 'where', 'known', 'bar', 'others']);
  paintList($('head'), tasks, unsentOf, now);
}

async function press(action) {
  const record = await remembered(page.token);
  if (action === 'report') {
    watch();
    return openForm(record, afterReport);
  }
  if (action === 'return') return openReturn(record, afterAnswer);
  $(`do-${action}`).disabled = true;
  return afterAnswer(await answer(record, action, {}));
}

async function afterAnswer(isSaved) {
  await render();
  if (isSaved !== undefined) registerSync();
}

async function afterReport(isSaved) {
  await afterAnswer(isSaved);
  if (isSaved !== undefined) $('sending').scrollIntoView({ block: 'start' });
}

// After the camera an old phone may have thrown the page away: the form comes back as it was.
function offerDraft(record, items) {
  if (page.hasOfferedDraft) return;
  page.hasOfferedDraft = true;
  const canReport = !record.link && expected(record.state, items).may.includes('report');
  if (record.draft && record.draft.open && canReport && !isSheetOpen()) openForm(record, afterReport);
}

function watch() {
  watchPlace(() => {
    page.placeState = 'refused';
    render();
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    page.copied = W.copied;
  } catch (error) {
    page.copied = W.copyFailed;
  }
  render();
  setTimeout(() => {
    page.copied = '';
    render();
  }, 3000);
}

// Asks the server, one question at a time; without an answer again after 2 s, 4 s .. 60 s.
function update() {
  if (!page.token || page.refreshing) return page.refreshing;
  const token = page.token;
  page.refreshing = refresh(token).then((came) => {
    page.refreshing = null;
    if (token !== page.token) return update();
    page.network = came === 'offline' ? 'down' : 'online';
    page.retry = came === 'offline' ? Math.min(page.retry + 1, 6) : 0;
    if (came === 'offline' && page.retry < 6) setTimeout(update, 1000 * 2 ** page.retry);
    return render();
  });
  return page.refreshing;
}

async function openFromAddress() {
  page.token = decodeURIComponent(location.hash.slice(1)).trim();
  const tasks = await db.all('tasks');
  if (!page.token && tasks.filter((t) => t.state).length === 1 && !location.href.endsWith('#')) page.token = tasks.find((t) => t.state).token;
  Object.assign(page, { half_km: 0, hasOfferedDraft: false, retry: 0 });
  window.scrollTo(0, 0);
  await render();
  await update();
}

async function registerSync() {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.ready;
  if (registration.sync) await registration.sync.register('send').catch(() => {});
}

async function keepOnPhone() {
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist().catch(() => {});
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register('/task/sw.js', { scope: '/task' }).catch(() => null);
  if (!registration) return;
  // All files of this page are loaded by now: a newer version may have the next opening.
  const takeOver = () => { if (registration.waiting) registration.waiting.postMessage('take-over'); };
  const follow = () => { if (registration.installing) registration.installing.addEventListener('statechange', takeOver); };
  takeOver();
  follow();
  registration.addEventListener('updatefound', follow);
}

function wakeUp() {
  if (document.visibilityState !== 'visible') return;
  send.run(true);
  update();
}

send.listen((kind) => {
  render();
  if (kind === 'answered') update();
});
onPlace(render);
window.addEventListener('hashchange', openFromAddress);
window.addEventListener('online', wakeUp);
window.addEventListener('offline', render);
document.addEventListener('visibilitychange', wakeUp);
setInterval(() => { if (document.visibilityState === 'visible') update(); }, REFRESH_MS);
setInterval(() => { if (document.visibilityState === 'visible') render(); }, TICK_MS);

mayWatch().then((may) => { if (may) watch(); });
openFromAddress().then(keepOnPhone).then(() => tidy(page.token));
send.run(true);
