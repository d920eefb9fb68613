// Times, distances and directions in words.
import { W } from './task-words.js';

const EIGHT_HOURS = 8 * 3600000;
const EARTH_KM = 6371.0088;

// China has one time without summer time: shifting and reading UTC needs no time zone data of the phone.
const china = (ms) => new Date(ms + EIGHT_HOURS);
const two = (n) => String(n).padStart(2, '0');

export function clock(ms) {
  const t = china(ms);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
}

export function dayAndClock(ms, now) {
  const dayOf = (x) => Math.floor((x + EIGHT_HOURS) / 86400000);
  const back = dayOf(now) - dayOf(ms);
  const t = china(ms);
  const day = back === 0 ? W.today : back === 1 ? W.yesterday : `${t.getUTCMonth() + 1}${W.month}${t.getUTCDate()}${W.day}`;
  return `${day} ${clock(ms)}`;
}

export function duration(ms) {
  const minutes = Math.round(Math.abs(ms) / 60000);
  if (minutes < 1) return `${Math.round(Math.abs(ms) / 1000)} ${W.seconds}`;
  if (minutes < 60) return `${minutes} ${W.minutes}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} ${W.hours} ${minutes % 60} ${W.minutes}` : `${hours} ${W.hours}`;
  return `${Math.floor(hours / 24)} ${W.days}`;
}

export const ago = (ms, now) => (now - ms < 60000 ? W.justNow : `${duration(now - ms)}${W.ago}`);

export function distance(km) {
  if (km < 0.995) return `${Math.max(10, Math.round(km * 100) * 10)} ${W.metres}`;
  return `${km < 20 ? km.toFixed(1) : Math.round(km)} ${W.kilometres}`;
}

export function powerSize(mw) {
  return W.powerSize(mw < 10 ? mw.toFixed(1) : Math.round(mw), W.sizes.find(([most]) => mw < most)[1]);
}

// Kilometres east and north of a place, good for some tens of kilometres.
export function offset(from, to) {
  const degree = (EARTH_KM * Math.PI) / 180;
  return [(to[0] - from[0]) * degree * Math.cos((from[1] * Math.PI) / 180), (to[1] - from[1]) * degree];
}

export function between(from, to) {
  const [east, north] = offset(from, to);
  const bearing = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
  return { km: Math.hypot(east, north), direction: W.directions[Math.round(bearing / 45) % 8] };
}
