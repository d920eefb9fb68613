// The surroundings as a drawing: no tiles, no library, nothing to load on a weak signal.
import { svg, el } from './task-dom.js';
import { W } from './task-words.js';
import { offset, distance } from './task-format.js';

const WIDTH = 340;
const HEIGHT = 280;
const STEP = 1.7;
// A 2-D Gaussian has 86.5 % of its weight within two sigma.
const SIGMAS = 2;

export function firstHalfWidth(state) {
  const { ellipse, radius } = extent(state);
  const seats = seatsOf(state).map((s) => Math.hypot(...offset(centreOf(state), s.geometry.coordinates))).sort((a, b) => a - b);
  const error = ellipse ? SIGMAS * ellipse.a_km : radius;
  return Math.min(40, Math.max(1, error * 1.5, (seats[0] || 0) * 1.3));
}

const centreOf = (state) => state.event.geometry.coordinates;
const featuresOf = (state) => (state.surroundings && state.surroundings.features) || [];
const seatsOf = (state) => featuresOf(state).filter((f) => f.properties.kind === 'seat' && f.geometry.type === 'Point');

function extent(state) {
  const p = state.event.properties;
  return { ellipse: p.error_ellipse, radius: (p.position_error_m || 0) / 1000 };
}

export function drawMap(state, half_km, me) {
  const scale = WIDTH / 2 / half_km;
  const at = (lonlat) => {
    const [east, north] = offset(centreOf(state), lonlat);
    return [WIDTH / 2 + east * scale, HEIGHT / 2 - north * scale];
  };
  const taken = [];
  const layers = [
    svg('rect', { class: 'ground', width: WIDTH, height: HEIGHT }),
    featuresOf(state).filter((f) => f.properties.kind !== 'seat').map((f) => svg('path', { class: f.properties.kind === 'cell' ? 'cell' : 'border', d: pathOf(f.geometry, at) })),
    errorShape(state, scale),
    svg('path', { class: 'cross', d: `M${WIDTH / 2 - 13} ${HEIGHT / 2}h26M${WIDTH / 2} ${HEIGHT / 2 - 13}v26` }),
    svg('circle', { class: 'fire', cx: WIDTH / 2, cy: HEIGHT / 2, r: 6 }),
  ];
  taken.push([WIDTH / 2 - 14, HEIGHT / 2 - 14, WIDTH / 2 + 14, HEIGHT / 2 + 14], [0, HEIGHT - 34, 120, HEIGHT], [WIDTH - 56, 0, WIDTH, 150], [0, 0, 34, 44]);
  if (me) layers.push(own(at([me.lon, me.lat]), me, scale, state, taken));
  layers.push(seats(state, at, taken), scaleBar(half_km, scale), northArrow());
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': W.mapAlt, class: 'map' }, ...layers.flat());
}

function pathOf(geometry, at) {
  const line = (points, close) => points.map((p, i) => `${i ? 'L' : 'M'}${at(p).map((x) => x.toFixed(1)).join(' ')}`).join('') + (close ? 'Z' : '');
  const c = geometry.coordinates;
  if (geometry.type === 'LineString') return line(c);
  if (geometry.type === 'MultiLineString') return c.map((part) => line(part)).join('');
  if (geometry.type === 'Polygon') return c.map((ring) => line(ring, true)).join('');
  if (geometry.type === 'MultiPolygon') return c.map((polygon) => polygon.map((ring) => line(ring, true)).join('')).join('');
  return '';
}

function errorShape(state, scale) {
  const { ellipse, radius } = extent(state);
  const middle = { cx: WIDTH / 2, cy: HEIGHT / 2, class: 'error' };
  if (!ellipse) return radius ? svg('circle', Object.assign({ r: radius * scale }, middle)) : null;
  // y points down, so SVG turns clockwise as a bearing does; a lies along north before it is turned.
  return svg('ellipse', Object.assign({
    rx: SIGMAS * ellipse.b_km * scale, ry: SIGMAS * ellipse.a_km * scale,
    transform: `rotate(${ellipse.bearing_deg} ${WIDTH / 2} ${HEIGHT / 2})`,
  }, middle));
}

function seats(state, at, taken) {
  const near = (f) => Math.hypot(...offset(centreOf(state), f.geometry.coordinates));
  return seatsOf(state).sort((a, b) => near(a) - near(b)).map((f) => {
    const [x, y] = at(f.geometry.coordinates);
    if (x < 4 || y < 4 || x > WIDTH - 4 || y > HEIGHT - 4) return null;
    const label = placeLabel(String(f.properties.name || ''), x, y, taken);
    return svg('g', {}, svg('rect', { class: 'seat', x: x - 4, y: y - 4, width: 8, height: 8 }), label);
  }).filter(Boolean);
}

function placeLabel(name, x, y, taken) {
  const width = name.length * 14 + 2;
  const spots = [[x + 8, y - 8], [x - 8 - width, y - 8], [x - width / 2, y - 24], [x - width / 2, y + 8]];
  const free = spots.map(([left, top]) => [left, top, left + width, top + 16]).find((box) => box[0] > 2 && box[1] > 2
    && box[2] < WIDTH - 2 && box[3] < HEIGHT - 2 && !taken.some((o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1]));
  taken.push([x - 6, y - 6, x + 6, y + 6]);
  if (!free) return null;
  taken.push(free);
  return svg('text', { class: 'name', x: free[0], y: free[1] + 13 }, name);
}

function own([x, y], me, scale, state, taken) {
  const isInside = x > 12 && y > 12 && x < WIDTH - 12 && y < HEIGHT - 12;
  if (isInside) {
    taken.push([x - 9, y - 9, x + 26, y + 9]);
    return [
      svg('circle', { class: 'accuracy', cx: x, cy: y, r: Math.min(400, (me.accuracy_m / 1000) * scale) }),
      svg('circle', { class: 'me', cx: x, cy: y, r: 7 }),
      svg('text', { class: 'me-name', x: x + 10, y: y + 5 }, W.me),
    ];
  }
  const [dx, dy] = [x - WIDTH / 2, y - HEIGHT / 2];
  const shrink = Math.min((WIDTH / 2 - 22) / Math.abs(dx || 1), (HEIGHT / 2 - 22) / Math.abs(dy || 1));
  const [ex, ey] = [WIDTH / 2 + dx * shrink, HEIGHT / 2 + dy * shrink];
  const turn = (Math.atan2(dx, -dy) * 180) / Math.PI;
  taken.push([ex - 20, ey - 20, ex + 20, ey + 20]);
  const isRight = ex > WIDTH / 2;
  return [
    svg('path', { class: 'me', d: 'M0 -13L9 9L0 4L-9 9Z', transform: `translate(${ex.toFixed(1)} ${ey.toFixed(1)}) rotate(${turn.toFixed(1)})` }),
    svg('text', { class: 'me-name', x: isRight ? ex - 14 : ex + 14, y: ey + 5, 'text-anchor': isRight ? 'end' : 'start' },
      `${W.me} ${distance(Math.hypot(...offset(centreOf(state), [me.lon, me.lat])))}`),
  ];
}

function scaleBar(half_km, scale) {
  const km = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].filter((k) => k < half_km * 0.7).pop() || 0.1;
  const end = 12 + km * scale;
  return svg('g', {}, svg('path', { class: 'bar-line', d: `M12 ${HEIGHT - 18}v6H${end}v-6` }),
    svg('text', { class: 'bar-text', x: 14, y: HEIGHT - 18 }, km < 1 ? `${km * 1000} ${W.metres}` : `${km} ${W.kilometres}`));
}

function northArrow() {
  return svg('g', {}, svg('path', { class: 'north', d: 'M18 8l6 14l-6 -4l-6 4z' }), svg('text', { class: 'bar-text', x: 11, y: 38 }, W.north));
}

export function zoomButtons(zoom) {
  const button = (sign, label, factor) => el('button', { type: 'button', id: `zoom-${sign === '+' ? 'in' : 'out'}`, class: 'zoom', 'aria-label': label, onclick: () => zoom(factor) }, sign);
  return el('div', { class: 'zooms' }, button('+', W.zoomIn, 1 / STEP), button('−', W.zoomOut, STEP));
}
