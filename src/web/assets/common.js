// What every page shares: elements without innerHTML, requests that speak in words, Beijing time.

const SVG_NS = 'http://www.w3.org/2000/svg';
const BEIJING_MS = 8 * 3600 * 1000;

/** An element; `text` is always text, `on…` are listeners, false and null leave an attribute out. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_NS, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value' && 'value' in node) node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** What went wrong, in words for people (RFC 9457). */
export class Problem extends Error {
  constructor(status, title, detail, extra = {}) {
    super(detail ? `${title}：${detail}` : title);
    Object.assign(this, { status, title, detail }, extra);
  }
}

const PLAIN_TITLES = {
  400: '请求有误', 401: '请先登录', 403: '没有权限', 404: '没有找到，或不在您的辖区', 409: '状态已变化', 410: '链接已失效',
  413: '内容过大', 415: '格式不支持', 422: '内容有误', 423: '已锁定', 429: '操作过于频繁', 503: '服务暂不可用',
};

let csrf = null;
let clockOffsetMs = 0;

/** Milliseconds of the server's clock: a desk computer may be minutes wrong. */
export const now = () => Date.now() + clockOffsetMs;

export function setServerNow(text) {
  const ms = Date.parse(text);
  // Below two seconds it is the network's delay rather than a wrong clock.
  if (Number.isFinite(ms)) clockOffsetMs = Math.abs(ms - Date.now()) < 2000 ? 0 : ms - Date.now();
}

/** A request; returns parsed JSON (null for 204), or throws a Problem. */
export async function api(path, options = {}) {
  const response = await request(path, options);
  return response.status === 204 ? null : response.json();
}

/** A list that is read again and again: { page: null } when it is still what `etag` stands for. */
export async function apiUnlessSame(path, etag) {
  const response = await request(path, { etag });
  return { etag: response.headers.get('ETag'), page: response.status === 304 ? null : await response.json() };
}

async function request(path, { method = 'GET', body, raw, key, etag, seen, stayOn401 = false }) {
  const headers = { Accept: 'application/json, application/geo+json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  if (key) headers['Idempotency-Key'] = key;
  if (seen) headers['X-Status-Seen'] = seen;
  if (etag) headers['If-None-Match'] = etag;
  let response;
  try {
    response = await fetch(path, { method, headers, cache: etag ? 'no-store' : 'default', body: raw || (body === undefined ? undefined : JSON.stringify(body)) });
  } catch {
    throw new Problem(0, '网络不通', '没有收到服务器的答复，请稍后再试');
  }
  if (response.status === 401 && !stayOn401) toLogin();
  if (!response.ok && response.status !== 304) throw await problemOf(response);
  return response;
}

export async function problemOf(response) {
  let said = {};
  try { said = await response.json(); } catch { /* a proxy's page says nothing to people */ }
  const wait = Number(response.headers.get('Retry-After')) || null;
  const title = said.title || PLAIN_TITLES[response.status] || `服务器答复 ${response.status}`;
  return new Problem(response.status, title, said.detail || '', { retryAfter: wait, statusNow: said.status_now || null, errors: said.errors || [], confirm: said.confirm || null });
}

export function toLogin() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
}

/** Who is signed in; keeps the CSRF token and the server's clock. */
export async function whoAmI(options) {
  const me = await api('/me', options);
  csrf = me.csrf;
  setServerNow(me.now);
  return me;
}

export async function signOut() {
  try { await api('/logout', { method: 'POST', stayOn401: true }); } finally { location.assign('/login'); }
}

/** A random UUID; crypto.randomUUID is absent on plain http in a city's intranet. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const two = (number) => String(number).padStart(2, '0');

/** Parts of a time in Beijing (no summer time, so a fixed offset is exact). */
export function beijing(time) {
  const ms = typeof time === 'number' ? time : Date.parse(time);
  if (!Number.isFinite(ms)) return null;
  const shifted = new Date(ms + BEIJING_MS);
  return {
    year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(), weekday: shifted.getUTCDay(),
    date: `${shifted.getUTCFullYear()}-${two(shifted.getUTCMonth() + 1)}-${two(shifted.getUTCDate())}`,
    clock: `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}`,
    seconds: `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}:${two(shifted.getUTCSeconds())}`,
  };
}

/** 14:05 today, 11-28 14:05 on another day, with the year in another year. */
export function shortTime(time) {
  const then = beijing(time);
  const today = beijing(now());
  if (!then) return '—';
  if (then.date === today.date) return then.clock;
  return then.year === today.year ? `${then.date.slice(5)} ${then.clock}` : `${then.date} ${then.clock}`;
}

export function fullTime(time) {
  const then = beijing(time);
  return then ? `${then.date} ${then.seconds}` : '—';
}

/** 刚刚, 12 分钟前, 3 小时前, 2 天前 */
export function ago(time) {
  const minutes = (now() - Date.parse(time)) / 60000;
  if (!Number.isFinite(minutes)) return '';
  if (minutes < 1) return '刚刚';
  if (minutes < 60) return `${Math.floor(minutes)} 分钟前`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} 小时前`;
  return `${Math.floor(minutes / 1440)} 天前`;
}

/** A length of time: 45 秒, 12 分, 1 小时 5 分, 2 天 3 小时 */
export function lasting(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} 秒`;
  if (minutes < 60) return `${minutes} 分`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分`;
  return `${Math.floor(minutes / 1440)} 天 ${Math.floor((minutes % 1440) / 60)} 小时`;
}

/** A running clock: 1:05:09 */
export function runningClock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
}

export const percent = (share) => (share === null || share === undefined ? '—' : `${Math.round(share * 100)}%`);

export const number = (value, digits = 1) => (value === null || value === undefined ? '—' : Number(value).toFixed(digits));

/** Only web addresses become links: data must never make a javascript: link. */
export const safeUrl = (text) => (/^https?:\/\//i.test(text || '') || /^\/(?!\/)/.test(text || '') ? text : null);

/** Says a sentence to screen readers and, briefly, on the screen. */
export function say(text, tone = 'plain') {
  const live = byId('said');
  if (live) live.textContent = text;
  const box = byId('toasts');
  if (!box) return;
  const toast = el('div', { class: `toast ${tone}`, text });
  box.append(toast);
  setTimeout(() => toast.remove(), tone === 'bad' ? 9000 : 5000);
}

export async function copyText(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http has no clipboard interface; the selection's old command still works there.
    field.focus();
    field.select();
    return document.execCommand('copy');
  }
}
