// The map: county borders always, tiles where a site has them, events, and what belongs to the chosen event.

import { el, svg } from './common.js';
import { EventMarker, lookOf } from './map-symbols.js';

const L = window.L;
const KM_PER_DEGREE = 111.32;

/** Makes the map; returns the functions that draw on it. */
export function makeMap(node, site, { onPick, scale = 1 }) {
  const [west, south, east, north] = site.bbox;
  const bounds = L.latLngBounds([south, west], [north, east]);
  const map = L.map(node, {
    attributionControl: false, zoomControl: false, zoomSnap: 0.25, maxBounds: bounds.pad(1), minZoom: 6, maxZoom: 18,
    fadeAnimation: false, preferCanvas: true,
  });
  L.control.zoom({ position: 'topright', zoomInTitle: '放大', zoomOutTitle: '缩小' }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  for (const [name, z] of [['counties', 300], ['hatch', 320], ['labels', 340], ['detail', 380], ['events', 420]]) map.createPane(name).style.zIndex = z;
  if (site.tiles) L.tileLayer(site.tiles.url, { maxZoom: site.tiles.max_zoom || 18 }).addTo(map);
  node.classList.toggle('with-tiles', Boolean(site.tiles));
  const home = keepHome(map, bounds);
  const credit = el('p', { class: 'credit', text: site.tiles ? `Leaflet · ${site.tiles.attribution}` : 'Leaflet · 无底图，仅县界' });
  node.append(credit);
  drawGraticule(map);
  const hatch = makeHatch(map);
  const detail = L.layerGroup().addTo(map);
  const events = makeEvents(map, onPick, scale);
  return {
    map, events, hatch,
    home,
    zoomTo: ([lon, lat]) => map.setView([lat, lon], Math.max(map.getZoom(), 12)),
    drawCounties: (counties) => drawCounties(map, counties),
    drawDetail: (shown) => { detail.clearLayers(); if (shown) drawDetail(map, detail, shown); },
  };
}

/** Shows the whole site, and again at every change of size until somebody moves the map. */
function keepHome(map, bounds) {
  let going = false;
  let atHome = true;
  const home = () => {
    going = true;
    map.fitBounds(bounds, { padding: [10, 10], animate: false });
    going = false;
    atHome = true;
  };
  map.on('movestart zoomstart', () => { if (!going) atHome = false; });
  new ResizeObserver(() => {
    const was = atHome;
    map.invalidateSize({ pan: !was, animate: false });
    if (was) home();
  }).observe(map.getContainer());
  home();
  return home;
}

/** Half-degree lines: without tiles they say how large things are and where north is. */
function drawGraticule(map) {
  const renderer = L.svg({ pane: 'counties', padding: 0.5 });
  const style = { renderer, pane: 'counties', className: 'graticule', interactive: false, weight: 1 };
  for (let lon = 100; lon <= 105; lon += 0.5) L.polyline([[33, lon], [39, lon]], style).addTo(map);
  for (let lat = 33; lat <= 39; lat += 0.5) L.polyline([[lat, 100], [lat, 105]], style).addTo(map);
}

function drawCounties(map, counties) {
  const renderer = L.svg({ pane: 'counties', padding: 0.5 });
  L.geoJSON(counties, {
    pane: 'counties', interactive: false,
    style: { renderer, className: 'county', weight: 1.4 },
    onEachFeature: (feature, layer) => {
      const label = el('span', { text: shortCounty(feature.properties.name) });
      layer.bindTooltip(label, { permanent: true, direction: 'center', className: 'county-name', pane: 'labels', interactive: false });
    },
  }).addTo(map);
}

/** 民和回族土族自治县 -> 民和县: the long name does not fit and nobody says it. */
export const shortCounty = (name) => (name || '').replace(/^(..).*自治县$/, '$1县');

/** Hatched counties: the lines are as strong as the share that was NOT observed. */
function makeHatch(map) {
  const renderer = L.svg({ pane: 'hatch', padding: 0.5 });
  const group = L.layerGroup().addTo(map);
  const holder = svg('svg', { class: 'patterns', width: 0, height: 0, 'aria-hidden': 'true' });
  document.body.append(holder);
  return (counties, shares) => {
    group.clearLayers();
    holder.replaceChildren();
    if (!counties) return;
    for (const county of counties.features) {
      const { adcode } = county.properties;
      // A county that the account may not see has no share, which is not the same as a share of null.
      if (!shares.has(String(adcode))) continue;
      const missed = 1 - (shares.get(String(adcode)) ?? 0);
      if (missed < 0.1) continue;
      holder.append(hatchPattern(`hatch-${adcode}`, missed));
      L.geoJSON(county, {
        pane: 'hatch', interactive: false,
        style: { renderer, stroke: false, fill: true, fillOpacity: 1, fillColor: `url(#hatch-${adcode})` },
      }).addTo(group);
    }
  };
}

export function hatchPattern(id, missed) {
  // Closer and stronger lines where less was seen, so that it reads without colour too.
  const gap = 14 - 8 * missed;
  const line = svg('line', { class: 'hatch-line', x1: 0, y1: 0, x2: 0, y2: gap, 'stroke-width': (0.8 + 1.4 * missed).toFixed(2), 'stroke-opacity': (0.15 + 0.4 * missed).toFixed(2) });
  return svg('pattern', { id, width: gap, height: gap, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, line);
}

function makeEvents(map, onPick, scale) {
  const renderer = L.canvas({ pane: 'events', padding: 0.3, tolerance: 3 });
  const group = L.layerGroup().addTo(map);
  const markers = new Map();
  let chosen = null;
  const put = (feature, { fresh = false } = {}) => {
    const { id } = feature.properties;
    const [lon, lat] = feature.geometry?.coordinates || [];
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return;
    const options = { look: lookOf(feature), selected: id === chosen, fresh };
    let marker = markers.get(id);
    if (!marker) {
      marker = new EventMarker([lat, lon], { renderer, pane: 'events', scale, radius: Math.max(12, 12 * scale), ...options });
      marker.on('click', () => onPick(id));
      markers.set(id, marker);
      marker.addTo(group);
      return;
    }
    marker.setLatLng([lat, lon]);
    marker.setStyle(options);
  };
  return {
    put,
    /** Only what time has changed, colour or ring, is drawn again. */
    age(feature) {
      const marker = markers.get(feature.properties.id);
      const look = marker && lookOf(feature);
      if (look && (look.age !== marker.options.look.age || look.ring !== marker.options.look.ring)) marker.setStyle({ look });
    },
    remove(id) {
      const marker = markers.get(id);
      if (marker) { group.removeLayer(marker); markers.delete(id); }
    },
    clear() { group.clearLayers(); markers.clear(); },
    choose(id) {
      for (const each of [chosen, id]) markers.get(each)?.setStyle({ selected: each === id });
      chosen = id;
      markers.get(id)?.bringToFront();
    },
    has: (id) => markers.has(id),
  };
}

function drawDetail(map, group, { event, fires, sightings, viewsheds }) {
  const canvas = L.svg({ pane: 'detail', padding: 0.5 });
  const common = { pane: 'detail', renderer: canvas, interactive: false };
  for (const viewshed of asFeatures(viewsheds)) L.geoJSON(viewshed, { ...common, style: { ...common, className: 'viewshed' } }).addTo(group);
  for (const fire of asFeatures(fires)) {
    if (fire.footprint) L.geoJSON(fire.footprint, { ...common, style: { ...common, className: 'footprint' } }).addTo(group);
  }
  for (const sighting of asFeatures(sightings)) {
    if (!sighting.geometry) continue;
    // from the camera to what it sees: thin, for it only says from where
    if (sighting.from && sighting.geometry.type === 'Point') L.polyline([flip(sighting.from), flip(sighting.geometry.coordinates)], { ...common, className: 'sight-ray' }).addTo(group);
    if (sighting.geometry.type === 'Point') L.circleMarker(flip(sighting.geometry.coordinates), { ...common, radius: 4, className: 'sighting' }).addTo(group);
    else L.geoJSON(sighting, { ...common, style: { ...common, className: 'sight-line' } }).addTo(group);
  }
  const ring = ellipseRing(event);
  if (ring) L.polygon(ring, { ...common, className: 'ellipse' }).addTo(group);
}

const flip = ([lon, lat]) => [lat, lon];

const asFeatures = (given) => (Array.isArray(given) ? given : given?.features || []);

/** Two standard errors: about 86 % of the true places lie inside. */
function ellipseRing(event) {
  const ellipse = event.properties.error_ellipse;
  if (!ellipse || !event.geometry) return null;
  const [lon, lat] = event.geometry.coordinates;
  const bearing = (ellipse.bearing_deg * Math.PI) / 180;
  return Array.from({ length: 72 }, (_, step) => {
    const turn = (step / 72) * Math.PI * 2;
    const along = 2 * ellipse.a_km * Math.cos(turn);
    const across = 2 * ellipse.b_km * Math.sin(turn);
    const east = along * Math.sin(bearing) + across * Math.cos(bearing);
    const north = along * Math.cos(bearing) - across * Math.sin(bearing);
    return [lat + north / KM_PER_DEGREE, lon + east / (KM_PER_DEGREE * Math.cos((lat * Math.PI) / 180))];
  });
}
