// How an event looks: age is colour, class is shape, confidence is fill, state is the ring. One geometry for canvas and SVG.

import { now, svg } from './common.js';

const L = window.L;

/** Corners on a unit circle; null is the circle itself. */
const SHAPES = {
  straw: [[0, -1.1], [1, 0.72], [-1, 0.72]],
  vegetation: [[0, 1.1], [1, -0.72], [-1, -0.72]],
  industrial: [[-0.86, -0.86], [0.86, -0.86], [0.86, 0.86], [-0.86, 0.86]],
  solar: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
  unknown: null,
};

export const AGES = [
  { until: 1, name: '1 小时内' }, { until: 6, name: '1–6 小时' }, { until: 24, name: '6–24 小时' }, { until: Infinity, name: '24 小时前' },
];

export function isOverdue(feature) {
  const work = feature.case || {};
  const running = ['triage', 'dispatched', 'acknowledged', 'on_site', 'reported', 'reviewed', 'returned'].includes(feature.properties.status);
  return running && (work.overdue === true || (Boolean(work.due_at) && Date.parse(work.due_at) < now()));
}

/** What is drawn for an event. */
export function lookOf(feature) {
  const event = feature.properties;
  const hours = (now() - Date.parse(event.last_seen)) / 3600000;
  return {
    shape: event.class in SHAPES ? event.class : 'unknown',
    age: AGES.findIndex((band) => hours < band.until),
    fill: event.confidence === 'high' ? 1 : event.confidence === 'nominal' ? 0.45 : 0,
    ring: ringOf(feature),
    simulated: Boolean(event.simulated),
  };
}

function ringOf(feature) {
  const { status } = feature.properties;
  if (status === 'closed' || status === 'excluded') return 'done';
  if (isOverdue(feature)) return 'overdue';
  if (status === 'returned' || status === 'suspended') return 'halt';
  return status === 'triage' ? 'none' : 'work';
}

/** A small picture of the symbol for lists and the legend. */
export function symbolPicture(look, size = 26) {
  const shape = SHAPES[look.shape];
  const radius = 5.6;
  const body = { class: `age-${look.age}`, 'fill-opacity': look.fill, 'stroke-width': 1.8 };
  const figure = shape
    ? svg('polygon', { ...body, points: shape.map(([x, y]) => `${(x * radius).toFixed(2)},${(y * radius).toFixed(2)}`).join(' ') })
    : svg('circle', { ...body, r: radius });
  const ring = look.ring === 'none' || look.ring === 'done' ? null : svg('circle', { class: `ring ring-${look.ring}`, r: 10.4 });
  return svg('svg', { class: `symbol ${look.ring === 'done' ? 'symbol-done' : ''}`, width: size, height: size, viewBox: '-13 -13 26 26', 'aria-hidden': 'true' }, ring, figure);
}

let colours = null;

function themeColours() {
  if (colours) return colours;
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  colours = {
    ages: [0, 1, 2, 3].map((age) => of(`--age-${age}`)), halo: of('--halo'), ink: of('--ink'), work: of('--ring-work'),
    overdue: of('--ring-overdue'), halt: of('--ring-halt'), fresh: of('--fresh'), tag: of('--surface'),
  };
  return colours;
}

export const forgetColours = () => { colours = null; };

function trace(ctx, shape, x, y, radius) {
  ctx.beginPath();
  if (!shape) ctx.arc(x, y, radius, 0, Math.PI * 2);
  else {
    shape.forEach(([dx, dy], index) => ctx[index ? 'lineTo' : 'moveTo'](x + dx * radius, y + dy * radius));
    ctx.closePath();
  }
}

function circle(ctx, x, y, radius, width, colour, dash = []) {
  ctx.beginPath();
  ctx.setLineDash(dash);
  ctx.arc(x, y, radius, 0, Math.PI * 2);
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.stroke();
  ctx.setLineDash([]);
}

const RINGS = { work: [2, []], overdue: [3.4, []], halt: [2, [3, 3]] };

function drawEvent(ctx, x, y, look, scale, selected, fresh) {
  const theme = themeColours();
  const colour = theme.ages[look.age];
  ctx.save();
  ctx.globalAlpha = look.ring === 'done' && !selected ? 0.45 : 1;
  if (fresh) circle(ctx, x, y, 15 * scale, 5, theme.fresh);
  if (RINGS[look.ring]) {
    const [width, dash] = RINGS[look.ring];
    circle(ctx, x, y, 10 * scale, width + 2, theme.halo);
    circle(ctx, x, y, 10 * scale, width, theme[look.ring], dash);
  }
  trace(ctx, SHAPES[look.shape], x, y, 5.6 * scale);
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4.5;
  ctx.strokeStyle = theme.halo;
  ctx.stroke();
  ctx.fillStyle = theme.halo;
  ctx.fill();
  ctx.globalAlpha *= look.fill;
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.globalAlpha = look.ring === 'done' && !selected ? 0.45 : 1;
  ctx.lineWidth = 2;
  ctx.strokeStyle = colour;
  ctx.stroke();
  if (selected) circle(ctx, x, y, 15 * scale, 2.5, theme.ink);
  if (look.simulated) tag(ctx, x, y - 17 * scale, '模拟', theme);
  ctx.restore();
}

function tag(ctx, x, y, text, theme) {
  ctx.font = '10px system-ui, sans-serif';
  const width = ctx.measureText(text).width + 6;
  ctx.fillStyle = theme.tag;
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 1;
  ctx.fillRect(x - width / 2, y - 7, width, 13);
  ctx.strokeRect(x - width / 2, y - 7, width, 13);
  ctx.fillStyle = theme.ink;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(text, x, y);
}

/** A marker on the canvas: ten thousand of them stay quick, which images would not. Radius 12 makes a target of 24 px. */
export const EventMarker = L.CircleMarker.extend({
  options: { radius: 12, scale: 1, look: null, selected: false, fresh: false },
  _updatePath() { this._renderer._drawFireEvent(this); },
  // the mark 模拟 and the ring of the chosen one lie outside the circle: they are redrawn with it
  _updateBounds() {
    const wide = L.point(24, 30);
    this._pxBounds = new L.Bounds(this._point.subtract(wide), this._point.add(wide));
  },
});

L.Canvas.include({
  _drawFireEvent(layer) {
    if (!this._drawing || layer._empty()) return;
    const { look, scale, selected, fresh } = layer.options;
    drawEvent(this._ctx, layer._point.x, layer._point.y, look, scale, selected, fresh);
  },
});
