// A QR code of a link (ISO/IEC 18004, byte mode, level M, versions 1 to 10: up to 213 bytes), as one SVG path.

import { svg } from './common.js';

// Table 9 of the standard for level M: error correction codewords a block, and blocks (count, data codewords).
const LEVEL_M = [null, [10, [[1, 16]]], [16, [[1, 28]]], [26, [[1, 44]]], [18, [[2, 32]]], [24, [[2, 43]]], [16, [[4, 27]]],
  [18, [[4, 31]]], [22, [[2, 38], [2, 39]]], [22, [[3, 36], [2, 37]]], [26, [[4, 43], [1, 44]]]];
const ALIGNMENT = [null, [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];
const MASKS = [(x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3), (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2];

/** The code as rows of booleans (true is dark); null when the text is too long. */
export function qrModules(text) {
  const bytes = new TextEncoder().encode(text);
  const dataLength = (version) => LEVEL_M[version][1].reduce((sum, [count, length]) => sum + count * length, 0);
  const version = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].find((each) => bytes.length + (each > 9 ? 3 : 2) <= dataLength(each));
  if (!version) return null;
  const words = interleave(version, pack(bytes, version, dataLength(version)));
  let best = null;
  for (let mask = 0; mask < 8; mask += 1) {
    const grid = draw(version, words, mask);
    const cost = penalty(grid);
    if (!best || cost < best.cost) best = { grid, cost };
  }
  return best.grid;
}

function pack(bytes, version, length) {
  const bits = [];
  const push = (value, count) => { for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1); };
  push(4, 4);
  push(bytes.length, version > 9 ? 16 : 8);
  bytes.forEach((byte) => push(byte, 8));
  push(0, Math.min(4, length * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const words = [];
  for (let at = 0; at < bits.length; at += 8) words.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0xec; words.length < length; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

function times(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

function generator(degree) {
  const result = new Array(degree).fill(0);
  result[degree - 1] = 1;
  for (let step = 0, root = 1; step < degree; step += 1, root = times(root, 2)) {
    for (let at = 0; at < degree; at += 1) result[at] = times(result[at], root) ^ (result[at + 1] || 0);
  }
  return result;
}

function correction(data, divisor) {
  const rest = new Array(divisor.length).fill(0);
  for (const word of data) {
    const factor = word ^ rest.shift();
    rest.push(0);
    divisor.forEach((each, at) => { rest[at] ^= times(each, factor); });
  }
  return rest;
}

function interleave(version, data) {
  const [degree, groups] = LEVEL_M[version];
  const divisor = generator(degree);
  const blocks = [];
  let at = 0;
  for (const [count, length] of groups) for (let each = 0; each < count; each += 1, at += length) blocks.push(data.slice(at, at + length));
  const checks = blocks.map((block) => correction(block, divisor));
  const words = [];
  for (let row = 0; row < Math.max(...blocks.map((block) => block.length)); row += 1) blocks.forEach((block) => { if (row < block.length) words.push(block[row]); });
  for (let row = 0; row < degree; row += 1) checks.forEach((check) => words.push(check[row]));
  return words;
}

function draw(version, words, mask) {
  const size = 17 + 4 * version;
  const grid = Array.from({ length: size }, () => new Array(size).fill(null));
  const put = (x, y, dark) => { if (x >= 0 && y >= 0 && x < size && y < size) grid[y][x] = Boolean(dark); };
  for (let at = 0; at < size; at += 1) { put(6, at, at % 2 === 0); put(at, 6, at % 2 === 0); }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    for (let dy = -4; dy <= 4; dy += 1) for (let dx = -4; dx <= 4; dx += 1) put(cx + dx, cy + dy, ![2, 4].includes(Math.max(Math.abs(dx), Math.abs(dy))));
  }
  const lines = ALIGNMENT[version];
  const last = lines[lines.length - 1];
  for (const cx of lines) for (const cy of lines) {
    if ((cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6)) continue;
    for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) put(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
  }
  drawFormat(put, size, mask);
  if (version >= 7) drawVersion(put, size, version);
  drawData(grid, size, words, mask);
  return grid;
}

function drawFormat(put, size, mask) {
  let rest = mask; // Level M is 00, so the five bits are the mask alone.
  for (let step = 0; step < 10; step += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  const bit = (at) => (bits >> at) & 1;
  for (let at = 0; at <= 5; at += 1) put(8, at, bit(at));
  put(8, 7, bit(6)); put(8, 8, bit(7)); put(7, 8, bit(8));
  for (let at = 9; at < 15; at += 1) put(14 - at, 8, bit(at));
  for (let at = 0; at < 8; at += 1) put(size - 1 - at, 8, bit(at));
  for (let at = 8; at < 15; at += 1) put(8, size - 15 + at, bit(at));
  put(8, size - 8, true);
}

function drawVersion(put, size, version) {
  let rest = version;
  for (let step = 0; step < 12; step += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let at = 0; at < 18; at += 1) {
    const [a, b] = [size - 11 + (at % 3), Math.floor(at / 3)];
    put(a, b, (bits >> at) & 1);
    put(b, a, (bits >> at) & 1);
  }
}

function drawData(grid, size, words, mask) {
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const upward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) for (let x = right; x > right - 2; x -= 1) {
      const y = upward ? size - 1 - step : step;
      if (grid[y][x] !== null) continue;
      const bit = at < words.length * 8 ? (words[at >> 3] >> (7 - (at & 7))) & 1 : 0;
      grid[y][x] = Boolean(bit) !== (MASKS[mask](x, y) === 0);
      at += 1;
    }
  }
}

function penalty(grid) {
  const size = grid.length;
  let cost = 0;
  let dark = 0;
  for (const rows of [grid, grid[0].map((_, x) => grid.map((row) => row[x]))]) for (const row of rows) {
    const line = row.map((each) => (each ? '1' : '0')).join('');
    for (const run of line.match(/0{5,}|1{5,}/g) || []) cost += run.length - 2;
    for (let at = 0; at + 11 <= size; at += 1) if (['10111010000', '00001011101'].includes(line.slice(at, at + 11))) cost += 40;
  }
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) {
    dark += grid[y][x];
    if (x && y && grid[y][x] === grid[y - 1][x] && grid[y][x] === grid[y][x - 1] && grid[y][x] === grid[y - 1][x - 1]) cost += 3;
  }
  return cost + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

/** The code as a picture: always dark on white, because many phone cameras cannot read the inverse. */
export function qrPicture(text, side = 200) {
  const grid = qrModules(text);
  if (!grid) return null;
  const size = grid.length + 8;
  const path = grid.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ''))).join('');
  return svg('svg', { class: 'qr', width: side, height: side, viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': '任务链接二维码', 'shape-rendering': 'crispEdges' },
    svg('rect', { width: size, height: size, fill: '#fff' }), svg('path', { d: path, fill: '#000' }));
}
