// The map itself: layers, colours, picking, and how its parts speak to each other.

const EMPTY = { type: "FeatureCollection", features: [] };

function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function graticule([west, south, east, north]) {
  const span = Math.max(east - west, north - south, 1e-6);
  const step = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001].find((s) => span / s >= 4) || span / 4;
  const lines = [];
  const reach = 6 * span;
  for (let x = Math.floor((west - reach) / step) * step; x <= east + reach; x += step) {
    lines.push([[x, Math.max(south - reach, -85)], [x, Math.min(north + reach, 85)]]);
  }
  for (let y = Math.ceil(Math.max(south - reach, -85) / step) * step; y <= Math.min(north + reach, 85); y += step) {
    lines.push([[west - reach, y], [east + reach, y]]);
  }
  return collection([feature({ type: "MultiLineString", coordinates: lines })]);
}

function borderLines(encoded, grid) {
  return encoded ? collection([feature({ type: "MultiLineString", coordinates: decodeLines(encoded, grid) })]) : EMPTY;
}

function regionsSource(about) {
  if (about.outlines) return { type: "geojson", data: decodePolygons(about.outlines, about.grid), tolerance: 0.2, buffer: 16 };
  const { minzoom, maxzoom } = about.tiles;
  return { type: "vector", tiles: [`${location.origin}/v1/tiles/{z}/{x}/{y}`], minzoom, maxzoom };
}

function basemapLayers(about) {
  if (!about.basemap) return [{}, []];
  const source = { type: "raster", tiles: [about.basemap], tileSize: 256 };
  return [{ basemap: source }, [{ id: "basemap", type: "raster", source: "basemap", paint: { "raster-saturation": -0.6, "raster-opacity": 0.7 } }]];
}

function styleOf(about) {
  const [basemap, basemapLayer] = basemapLayers(about);
  const borders = about.borders || {};
  const regions = about.outlines ? { source: "regions" } : { source: "regions", "source-layer": "regions" };
  const thin = ["interpolate", ["exponential", 2], ["zoom"], about.edges[0], 0, about.edges[1], 0.7];
  const line = (id, source, width, extra = {}) => ({
    id, type: "line", source, layout: { "line-join": "round", "line-cap": "round", ...extra.layout }, paint: { "line-width": width, ...extra.paint },
  });
  return {
    version: 8,
    sources: {
      ...basemap,
      graticule: { type: "geojson", data: graticule(about.grid) },
      regions: regionsSource(about),
      units: { type: "geojson", data: borderLines(borders.units, about.grid) },
      rim: { type: "geojson", data: borderLines(borders.rim, about.grid) },
      links: { type: "geojson", data: EMPTY },
    },
    layers: [
      { id: "page", type: "background" },
      ...basemapLayer,
      line("graticule", "graticule", 0.8, { paint: about.basemap ? { "line-opacity": 0 } : {} }),
      { id: "regions", type: "fill", ...regions, paint: { "fill-opacity": about.basemap ? 0.72 : 1 } },
      { ...line("edges", "regions", thin), ...regions },
      line("units", "units", ["interpolate", ["linear"], ["zoom"], 3, 0.8, 9, 2]),
      line("rim", "rim", ["interpolate", ["linear"], ["zoom"], 3, 0.7, 9, 1.6]),
      line("links-halo", "links", 3, { paint: { "line-opacity": 0.6 } }),
      line("links", "links", 1.2),
      { ...line("near-halo", "regions", 4.5), ...regions },
      { ...line("near", "regions", 2), ...regions },
      { ...line("picked-halo", "regions", 7), ...regions },
      { ...line("picked", "regions", 3.2), ...regions },
    ],
  };
}

class Page {
  constructor(source) {
    this.source = source;
    this.about = source.about;
    this.settings = document.getElementById("settings");
    this.card = document.getElementById("place");
    this.legend = document.getElementById("legend");
    this.tip = document.getElementById("tip");
    this.markers = [];
    this.near = [];
    this.picked = -1;
    this.only = null;
    this.drawAbout();
    this.map = this.drawMap();
  }

  drawAbout() {
    const { title, model, ids, embedded, dimensions, licence } = this.about;
    document.getElementById("kicker").textContent = `placeprint · ${model}`;
    const without = ids.length - embedded;
    const facts = `${ids.length.toLocaleString("en")} places · ${dimensions} dimensions`;
    document.getElementById("facts").textContent = without ? `${facts} · ${without.toLocaleString("en")} without a vector` : facts;
    document.getElementById("title").title = this.about.description || title;
    const credit = [licence, this.about.basemap ? `Basemap: ${new URL(this.about.basemap.replace(/[{}]/g, "x")).host}` : "", "MapLibre"];
    document.getElementById("credit").textContent = credit.filter(Boolean).join(" · ");
  }

  padding() {
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const open = !this.card.hidden;
    if (width <= 760) return { top: this.settings.offsetHeight + 14, bottom: open ? Math.min(this.card.offsetHeight, height * 0.46) : 24, left: 12, right: 12 };
    return { top: 24, bottom: 36, left: this.settings.offsetWidth + 36, right: open && width > 1000 ? this.card.offsetWidth + 44 : 24 };
  }

  bounds() {
    const [west, south, east, north] = this.about.grid;
    return [[west, Math.max(south, -85)], [east, Math.min(north, 85)]];
  }

  drawMap() {
    const map = new maplibregl.Map({
      container: "map",
      style: styleOf(this.about),
      bounds: this.bounds(),
      fitBoundsOptions: { padding: this.padding() },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 20,
      fadeDuration: 0,
      transformRequest: (url) => (url.startsWith(`${location.origin}/v1/`) ? { url, headers: this.source.headers() } : { url }),
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-left");
    map.addControl(new maplibregl.ScaleControl({ maxWidth: 90 }), "bottom-left");
    const canvas = map.getCanvas();
    canvas.setAttribute("aria-label", `Map of ${this.about.title}. Arrow keys move it, plus and minus zoom, Enter picks the place in the middle, Escape lets go.`);
    canvas.setAttribute("role", "application");
    map.on("load", () => this.start());
    map.on("click", (event) => this.pickAt(event.point));
    map.on("mousemove", (event) => this.hover(event.point, event.originalEvent));
    map.on("mouseout", () => this.hover(null));
    map.on("idle", () => (document.documentElement.dataset.ready = this.theme ? this.theme.key : ""));
    canvas.addEventListener("keydown", (event) => event.key === "Enter" && this.pickAt(this.middle()));
    canvas.addEventListener("focus", () => this.crosshair());
    canvas.addEventListener("blur", () => this.crosshair());
    map.on("move", () => this.crosshair());
    map.on("zoom", () => this.sizeDots());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.letGo());
    document.getElementById("close").addEventListener("click", () => this.letGo());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    return map;
  }

  async start() {
    const select = document.getElementById("theme");
    const groups = new Map();
    this.about.themes.forEach((theme, i) => {
      if (!groups.has(theme.group)) groups.set(theme.group, element("optgroup", { label: theme.group }));
      groups.get(theme.group).append(element("option", { value: String(i) }, theme.title));
    });
    select.append(...groups.values());
    select.disabled = false;
    select.addEventListener("change", () => this.colourBy(this.about.themes[Number(select.value)]));
    this.search = new Search(this.about, (entry) => this.go(entry));
    await this.colourBy(this.about.themes[0]);
    this.map.fitBounds(this.bounds(), { padding: this.padding(), animate: false });
  }

  async colourBy(theme) {
    const values = await this.source.values(theme);
    [this.theme, this.values, this.only] = [theme, values, null];
    delete document.documentElement.dataset.ready;
    document.getElementById("note").textContent = theme.note;
    drawLegend(this.legend, theme, values, (only) => {
      this.only = only;
      this.paint();
      this.say(only === null ? "All are shown" : `Only ${theme.classes[only]} is shown`);
    });
    this.paint();
    this.mark(this.picked);
    this.say(`Coloured by ${theme.group}: ${theme.title}`);
  }

  paint() {
    const { map, theme, values, only } = this;
    const missing = css("--missing");
    const colours = coloursOf(theme, values, missing);
    if (only !== null) values.forEach((value, i) => value !== only && (colours[i + 1] = missing));
    map.setPaintProperty("regions", "fill-color", ["to-color", ["at", ["id"], ["literal", colours]]]);
    const paints = {
      page: { "background-color": css("--page") },
      graticule: { "line-color": css("--graticule") },
      edges: { "line-color": css("--page"), "line-opacity": 0.65 },
      units: { "line-color": css("--units") },
      rim: { "line-color": css("--rim") },
      "links-halo": { "line-color": css("--halo") },
      links: { "line-color": css("--picked") },
      "near-halo": { "line-color": css("--halo") },
      near: { "line-color": css("--picked") },
      "picked-halo": { "line-color": css("--halo") },
      picked: { "line-color": css("--picked") },
    };
    for (const [layer, paint] of Object.entries(paints)) {
      for (const [name, value] of Object.entries(paint)) map.setPaintProperty(layer, name, value);
    }
    this.outline();
  }

  // Only the outlines of the picked place and of those like it are drawn.
  outline() {
    const ids = this.near.map(({ at }) => at + 1);
    for (const layer of ["near", "near-halo"]) this.map.setFilter(layer, ["in", ["id"], ["literal", ids]]);
    for (const layer of ["picked", "picked-halo"]) this.map.setFilter(layer, ["==", ["id"], this.picked + 1]);
  }

  centre(at) {
    return lonlat(this.about.grid, this.about.centres[2 * at], this.about.centres[2 * at + 1]);
  }

  middle() {
    return this.map.project(this.map.getCenter());
  }

  regionAt(point) {
    const found = this.map.queryRenderedFeatures(point, { layers: ["regions"] });
    return found.length ? found[0].id - 1 : -1;
  }

  pickAt(point) {
    if (!this.theme) return;
    const at = this.regionAt(point);
    if (at >= 0) {
      this.pick(at);
    } else {
      this.letGo();
      this.say("There is no place here");
    }
  }

  async pick(at, { move = false } = {}) {
    this.picked = at;
    this.near = [];
    this.showNear();
    this.say(`${nameOf(this.about, at)} is picked`);
    try {
      const found = await this.source.place(at);
      const near = found.embedded ? await this.source.nearest(at) : [];
      if (this.picked !== at) return;
      this.near = near;
      drawPlace(this.about, at, found, near, (other) => this.pick(other, { move: true }));
      this.open();
      this.showNear();
      this.bring([at, ...near.map((place) => place.at)], move);
      if (near.length) this.say(`${nameOf(this.about, at)}. Most like it: ${near.slice(0, 3).map((place) => nameOf(this.about, place.at)).join(", ")}`);
    } catch (error) {
      trouble(error.message);
    }
  }

  open() {
    this.card.hidden = false;
    this.card.scrollTop = 0;
    this.card.focus({ preventScroll: true });
    this.mark(this.picked);
  }

  letGo() {
    if (this.card.hidden) return;
    this.card.hidden = true;
    this.picked = -1;
    this.near = [];
    this.showNear();
    this.mark(-1);
    this.map.getCanvas().focus({ preventScroll: true });
  }

  showNear() {
    for (const marker of this.markers) marker.remove();
    this.markers = this.near.map(({ at }, i) => {
      const dot = element("div", { className: "dot", title: nameOf(this.about, at) }, String(i + 1));
      dot.addEventListener("click", (event) => {
        event.stopPropagation();
        this.pick(at, { move: true });
      });
      const marker = new maplibregl.Marker({ element: dot }).setLngLat(this.centre(at)).addTo(this.map);
      dot.removeAttribute("aria-label");
      dot.setAttribute("aria-hidden", "true");
      return marker;
    });
    const lines = this.near.map(({ at }) => feature({ type: "LineString", coordinates: [this.centre(this.picked), this.centre(at)] }));
    this.map.getSource("links").setData(collection(lines));
    this.sizeDots();
    this.outline();
  }

  // Numbers that would cover each other become plain dots.
  sizeDots() {
    const points = this.near.map(({ at }) => this.map.project(this.centre(at)));
    const close = points.filter((a, i) => points.some((b, j) => j < i && Math.hypot(a.x - b.x, a.y - b.y) < 17));
    this.map.getContainer().classList.toggle("close", close.length > 2);
  }

  // Moves the map if one of some places is out of sight or below a card.
  bring(places, always) {
    const { top, bottom, left, right } = this.padding();
    const { clientWidth, clientHeight } = this.map.getContainer();
    const seen = places.every((at) => {
      const { x, y } = this.map.project(this.centre(at));
      return x > left && x < clientWidth - right && y > top && y < clientHeight - bottom;
    });
    if (always || !seen) this.frame(places, always ? 20 : this.map.getZoom());
  }

  frame(places, maxZoom) {
    const bounds = new maplibregl.LngLatBounds();
    for (const at of places) bounds.extend(this.centre(at));
    this.map.fitBounds(bounds, { padding: this.padding(), maxZoom: Math.min(maxZoom, this.about.edges[1] + 1) });
  }

  go(entry) {
    if (entry.lonlat) {
      this.map.once("idle", () => this.pickAt(this.map.project(entry.lonlat)));
      this.map.fitBounds([entry.lonlat, entry.lonlat], { padding: this.padding(), maxZoom: this.about.edges[1], animate: false });
      this.map.triggerRepaint();
    } else if (entry.members) {
      this.letGo();
      this.frame(entry.members, 20);
    } else {
      this.pick(entry.at, { move: true });
    }
  }

  hover(point, event) {
    const at = point && this.theme ? this.regionAt(point) : -1;
    this.map.getCanvas().style.cursor = at >= 0 ? "pointer" : "";
    this.tip.hidden = at < 0 || event.buttons > 0;
    this.mark(at >= 0 ? at : this.picked);
    if (this.tip.hidden) return;
    const value = this.values[at];
    const said = this.theme.kind === "colour" ? "" : !known(value) ? "not known" : this.theme.kind === "classes" ? this.theme.classes[value] : `${number(value)} ${this.theme.unit || ""}`;
    this.tip.replaceChildren(nameOf(this.about, at), ...(said ? [element("small", {}, said)] : []));
    const left = Math.min(point.x + 14, innerWidth - this.tip.offsetWidth - 8);
    const top = point.y + 18 + this.tip.offsetHeight > innerHeight ? point.y - this.tip.offsetHeight - 10 : point.y + 18;
    this.tip.style.transform = `translate(${left}px, ${top}px)`;
  }

  mark(at) {
    if (this.theme) markRamp(this.legend, this.theme, at >= 0 ? this.values[at] : null);
  }

  crosshair() {
    const cross = document.getElementById("crosshair");
    cross.hidden = !this.map.getCanvas().matches(":focus-visible");
    const { x, y } = this.middle();
    cross.style.transform = `translate(${x}px, ${y}px)`;
  }

  say(text) {
    document.getElementById("live").textContent = text;
  }
}

function trouble(text) {
  const box = document.getElementById("trouble") || document.querySelector("main").appendChild(element("p", { id: "trouble", className: "card", role: "alert" }));
  box.textContent = text;
}

async function begin() {
  const data = document.getElementById("data");
  try {
    const source = data ? new PageSource(await embedded(data.textContent)) : await ServiceSource.open();
    window.placeprint = new Page(source);
  } catch (error) {
    trouble(`The map cannot be shown: ${error.message}`);
  }
}

begin();
