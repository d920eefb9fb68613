// The curve of fire radiative power: axes, MW, Beijing time. A point without power is left out, never drawn as 0.

import { beijing, fullTime, number, svg } from './common.js';

const WIDTH = 380;
const HEIGHT = 150;
const BOX = { left: 38, right: 20, top: 20, bottom: 26 };

/** points: [[time, mw], …] in any order; null when there is nothing to draw. */
export function powerChart(points) {
  const known = (points || []).filter(([time, mw]) => mw !== null && mw !== undefined && Number.isFinite(Date.parse(time)))
    .map(([time, mw]) => ({ ms: Date.parse(time), mw: Number(mw) })).sort((a, b) => a.ms - b.ms);
  if (known.length === 0) return null;
  const start = known[0].ms;
  const end = Math.max(known[known.length - 1].ms, start + 600000);
  const step = niceStep(Math.max(...known.map((point) => point.mw)) / 3);
  const top = Math.max(step, Math.ceil(Math.max(...known.map((point) => point.mw)) / step) * step);
  const x = (ms) => BOX.left + ((ms - start) / (end - start)) * (WIDTH - BOX.left - BOX.right);
  const y = (mw) => HEIGHT - BOX.bottom - (mw / top) * (HEIGHT - BOX.top - BOX.bottom);
  const strongest = known.reduce((best, point) => (point.mw > best.mw ? point : best));
  const chart = svg('svg', {
    class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img',
    'aria-label': `辐射功率曲线，${known.length} 次，最大 ${number(strongest.mw)} MW，${fullTime(strongest.ms)} 北京时间`,
  });
  chart.append(svg('text', { class: 'chart-unit', x: 4, y: 12, text: 'MW' }), svg('text', { class: 'chart-unit', x: WIDTH - BOX.right, y: 12, 'text-anchor': 'end', text: '北京时间' }));
  for (let mw = 0; mw <= top + step / 2; mw += step) {
    chart.append(svg('line', { class: 'chart-grid', x1: BOX.left, x2: WIDTH - BOX.right, y1: y(mw), y2: y(mw) }),
      svg('text', { class: 'chart-tick', x: BOX.left - 5, y: y(mw) + 4, 'text-anchor': 'end', text: trimmed(mw) }));
  }
  for (const tick of timeTicks(start, end)) {
    chart.append(svg('line', { class: 'chart-axis', x1: x(tick.ms), x2: x(tick.ms), y1: HEIGHT - BOX.bottom, y2: HEIGHT - BOX.bottom + 4 }),
      svg('text', { class: 'chart-tick', x: x(tick.ms), y: HEIGHT - 8, 'text-anchor': 'middle', text: tick.text }));
  }
  chart.append(svg('line', { class: 'chart-axis', x1: BOX.left, x2: WIDTH - BOX.right, y1: y(0), y2: y(0) }));
  if (known.length > 1) chart.append(svg('polyline', { class: 'chart-line', points: known.map((point) => `${x(point.ms).toFixed(1)},${y(point.mw).toFixed(1)}`).join(' ') }));
  for (const point of known) {
    const dot = svg('circle', { class: 'chart-dot', cx: x(point.ms), cy: y(point.mw), r: point === strongest ? 4 : 2.6 });
    dot.append(svg('title', { text: `${fullTime(point.ms)}　${number(point.mw)} MW` }));
    chart.append(dot);
  }
  return chart;
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 0.1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) || power;
}

const trimmed = (value) => String(Number(value.toFixed(2)));

function timeTicks(start, end) {
  const minutes = [10, 20, 30, 60, 120, 180, 360, 720, 1440, 2880].find((step) => (end - start) / (step * 60000) <= 5) || 5760;
  const step = minutes * 60000;
  // Ticks on whole hours of Beijing, which are whole hours of UTC; whole days need the eight hours.
  const shift = 8 * 3600000;
  const ticks = [];
  for (let ms = Math.ceil((start + shift) / step) * step - shift; ms <= end; ms += step) {
    const at = beijing(ms);
    ticks.push({ ms, text: minutes >= 1440 ? at.date.slice(5) : at.clock });
  }
  return ticks;
}
