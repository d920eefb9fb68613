// What was observed: the sentence, the table of counties and the hatching. 未监测到火点 is only said with the share that was seen.

import { ago, api, el, now, percent, shortTime, svg } from './common.js';
import { cameraPicture } from './map-cameras.js';
import { hatchPattern } from './map-draw.js';
import { AGES, symbolPicture } from './map-symbols.js';
import { CLASS } from './words.js';

const NOT_OBSERVED = '未有效观测，不能说明有无火点';

/** The summary of the chosen period; the server counts hours back from now. */
export async function fetchSummary(period) {
  const longest = 24 * 92 * 3600000;
  if (period.to && period.to < now()) {
    const from = Math.max(period.from ?? 0, period.to - longest);
    return { ...await api(`/summary?from=${new Date(from).toISOString()}&to=${new Date(period.to).toISOString()}`), chosen: true };
  }
  const hours = Math.max(1, Math.min(24 * 92, Math.ceil((now() - (period.from ?? now() - 86400000)) / 3600000)));
  return api(`/summary?hours=${hours}`);
}

export const sharesOf = (summary) => new Map((summary?.observed.counties || []).map((county) => [String(county.adcode), county.share]));

export function spanWords(hours, chosen) {
  if (chosen) return '所选时段';
  hours = Math.round(hours);
  return hours % 24 === 0 && hours > 24 ? `最近 ${hours / 24} 天` : `最近 ${hours} 小时`;
}

/** What an empty list says. */
export function emptySentence(summary, filters) {
  const { county } = filters;
  // With these filters an empty list says nothing of what was seen.
  if (['status', 'class', 'confidence', 'open', 'q'].some((name) => filters[name])) return '没有符合筛选条件的疑似火点';
  if (!summary) return '清单为空；观测情况未知，不能说明有无火点';
  if (county) {
    const seen = summary.observed.counties.find((one) => String(one.adcode) === county);
    return !seen || seen.share === null ? NOT_OBSERVED : seen.sentence;
  }
  if (summary.observed.share === null) return NOT_OBSERVED;
  return summary.observed.sentence || `未监测到火点（有效观测 ${percent(summary.observed.share)}）`;
}

/** What is wrong with the station: in the line the first of it, below all of it. */
function showAlarms(line, alarms) {
  if (line) line.textContent = alarms.length === 0 ? '' : `⚠ ${alarms[0].said}${alarms.length > 1 ? ` 等 ${alarms.length} 条` : ''}`;
  return alarms.length === 0 ? [] : [el('ul', { class: 'alarms' }, alarms.map((alarm) => el('li', {}, el('span', { class: 'bad-text', text: alarm.said }), el('span', { class: 'small quiet', text: `（${shortTime(alarm.since)} 起）` }))))];
}

/** Looks of each satellite: how many were to come, how many came. */
function looksTable(looks) {
  const names = Object.keys(looks);
  if (names.length === 0) return [];
  const columns = [['scanned', '已扫描'], ['seen', '待扫描'], ['failed', '无法使用'], ['missing', '缺'], ['planned', '计划停测']];
  const head = el('tr', {}, el('th', { scope: 'col', text: '卫星' }), ...columns.map(([, text]) => el('th', { scope: 'col', class: 'number', text })));
  const rows = names.map((name) => el('tr', {}, el('th', { scope: 'row', text: name }),
    ...columns.map(([state]) => el('td', { class: 'number', text: String(looks[name][state] || 0) }))));
  return [el('table', { class: 'looks' }, el('thead', {}, head), el('tbody', {}, rows))];
}

export function showObserved(words, table, summary) {
  const { observed, hours, chosen } = summary;
  const look = observed.last_look ? `最后观测 ${shortTime(observed.last_look.time)} ${observed.last_look.satellite}` : '尚无观测';
  words.textContent = `${spanWords(hours, chosen)}有效观测 ${observed.share === null ? '未知' : percent(observed.share)}${observed.simulated ? '（模拟数据）' : ''} · ${look}`;
  const head = el('tr', {}, ['县区', '有效观测', '云', '缺测', '最后观测'].map((text, at) => el('th', { scope: 'col', class: at > 0 && at < 4 ? 'number' : null, text })));
  const rows = observed.counties.map((county) => el('tr', {},
    el('th', { scope: 'row', text: county.name }),
    el('td', { class: 'number' }, county.share === null ? el('span', { class: 'bad-text', text: '未有效观测' }) : percent(county.share)),
    el('td', { class: 'number', text: percent(county.cloud) }),
    el('td', { class: 'number', text: percent(county.missing) }),
    el('td', { text: lookWords(county.last_look) })));
  const station = summary.station || { alarms: [], looks: {} };
  const alarms = showAlarms(words.parentElement.querySelector('#observed-alarm'), station.alarms);
  table.replaceChildren(...alarms, el('table', {}, el('thead', {}, head), el('tbody', {}, rows)), ...looksTable(station.looks),
    el('p', { class: 'small quiet', text: `云覆盖、缺测的地方看不到火点：没有列出不等于没有火。${observed.left_out || ''}` }));
}

function lookWords(look) {
  if (!look) return '—';
  const time = typeof look === 'string' ? look : look.time;
  return `${shortTime(time)}（${ago(time)}）`;
}

export function showLegend(box) {
  const plain = { shape: 'unknown', age: 1, fill: 1, ring: 'none' };
  const group = (title, items) => el('div', { class: 'legend-group' }, el('h3', { text: title }),
    el('ul', {}, items.map(([picture, text]) => el('li', {}, picture, el('span', { text })))));
  const of = (change) => symbolPicture({ ...plain, ...change }, 24);
  const swatch = svg('svg', { width: 34, height: 20, class: 'swatch', 'aria-hidden': 'true' },
    svg('defs', {}, hatchPattern('hatch-legend', 0.8)), svg('rect', { width: 34, height: 20, fill: 'url(#hatch-legend)' }));
  const lineOf = (name) => svg('svg', { width: 34, height: 16, class: 'swatch-line', 'aria-hidden': 'true' },
    name === 'ellipse' ? svg('ellipse', { class: name, cx: 17, cy: 8, rx: 13, ry: 6 }) : name === 'footprint' ? svg('rect', { class: name, x: 6, y: 2, width: 22, height: 12 }) : svg('line', { class: name, x1: 2, y1: 8, x2: 32, y2: 8 }));
  box.replaceChildren(
    group('距最后探测（颜色）', AGES.map((band, age) => [of({ age }), band.name])),
    group('类别（形状）', Object.entries(CLASS).map(([shape, text]) => [of({ shape }), text])),
    group('置信度（填充）', [[of({ fill: 1 }), '高'], [of({ fill: 0.45 }), '中'], [of({ fill: 0 }), '低']]),
    group('状态（外圈）', [[of({ ring: 'none' }), '待研判'], [of({ ring: 'work' }), '处置中'], [of({ ring: 'overdue' }), '超时'], [of({ ring: 'halt' }), '退回、挂起'], [of({ ring: 'done' }), '办结、排除']]),
    group('所选火点', [[lineOf('ellipse'), '误差椭圆（约 86% 落在其中）'], [lineOf('footprint'), '像元范围'], [lineOf('sight-line'), '摄像头视线']]),
    group('摄像机', [[cameraPicture('ok'), '正常'], [cameraPicture('bad'), '有告警'], [cameraPicture('idle'), '未接入画面']]),
    group('观测', [[swatch, '斜线=未有效观测（越密看到的越少）']]));
}
