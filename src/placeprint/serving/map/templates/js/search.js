// The search box: places by id or name, units, and coordinates.

const MOST_FOUND = 8;
const PAIR = /^([+-]?\d+(?:\.\d*)?)\s*[,; ]\s*([+-]?\d+(?:\.\d*)?)$/;

function parseLonLat(text) {
  const match = text.trim().match(PAIR);
  if (!match) return null;
  const [lon, lat] = [Number(match[1]), Number(match[2])];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

// Whether two numbers are a place in the area, but for their order.
function looksSwapped(text, [west, south, east, north]) {
  const match = text.trim().match(PAIR);
  if (!match) return false;
  const inside = (lon, lat) => lon >= west && lon <= east && lat >= south && lat <= north;
  const [first, second] = [Number(match[1]), Number(match[2])];
  return inside(second, first) && !inside(first, second);
}

// Letters without accents, in lower case; signs count as spaces, and full stops as nothing.
function plain(text) {
  const letters = text.normalize("NFD").replace(/[\p{M}.'’]/gu, "").toLowerCase();
  return letters.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

// What can be found: places first, then units; each with the text that is searched.
function searchable(about) {
  const places = about.ids.map((id, at) => {
    const name = about.names ? about.names[at] : null;
    return { at, title: name || id, note: [name ? id : "", ...unitsOf(about, at)].filter(Boolean).join(" · "), words: plain(`${id} ${name || ""}`) };
  });
  const units = about.units.flatMap(({ level, units: names, of }) => {
    const members = names.map(() => []);
    of.forEach((unit, at) => unit >= 0 && members[unit].push(at));
    return names.map((name, i) => ({
      members: members[i],
      title: `${level} ${name}`,
      note: `${members[i].length.toLocaleString("en")} places`,
      words: plain(`${name} ${level} ${name}`),
    }));
  });
  return [...places, ...units];
}

function unitsOf(about, at) {
  return about.units.filter(({ of }) => of[at] >= 0).map(({ level, units, of }) => `${level} ${units[of[at]]}`);
}

function find(entries, text) {
  const wanted = plain(text);
  if (!wanted) return [];
  const ranked = [[], [], []];
  for (const entry of entries) {
    const at = entry.words.indexOf(wanted);
    if (at < 0) continue;
    const rank = at === 0 ? (`${entry.words} `.startsWith(`${wanted} `) ? 0 : 1) : 2;
    if (ranked[rank].length < MOST_FOUND) ranked[rank].push(entry);
    if (ranked[0].length === MOST_FOUND) break;
  }
  return ranked.flat().slice(0, MOST_FOUND);
}

class Search {
  constructor(about, onChoice) {
    this.entries = searchable(about);
    this.area = about.grid;
    this.field = document.getElementById("search");
    this.list = document.getElementById("found");
    this.onChoice = onChoice;
    this.field.disabled = false;
    this.field.addEventListener("input", () => this.look());
    this.field.addEventListener("focus", () => this.field.value && this.look());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.close();
  }

  look() {
    const text = this.field.value;
    const swapped = looksSwapped(text, this.area);
    const place = swapped ? null : parseLonLat(text);
    this.found = place
      ? [{ lonlat: place, title: `${place[0]}, ${place[1]}`, note: "longitude, latitude" }]
      : find(this.entries, text);
    this.active = this.found.length ? 0 : -1;
    this.list.replaceChildren(...this.found.map((entry, i) => this.option(entry, i)));
    const nothing = swapped ? "Longitude comes first: swap the two numbers." : "Nothing of that name here.";
    if (text.trim() && !this.found.length) this.list.append(element("li", { className: "none" }, nothing));
    this.show(Boolean(text.trim()));
  }

  option(entry, i) {
    const item = element("li", { id: `found-${i}`, role: "option" }, entry.title);
    if (entry.note) item.append(element("small", {}, entry.note));
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.choose(i);
    });
    return item;
  }

  show(open) {
    this.list.hidden = !open;
    this.field.setAttribute("aria-expanded", String(open));
    [...this.list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === this.active)));
    if (open && this.active >= 0) {
      this.field.setAttribute("aria-activedescendant", `found-${this.active}`);
      this.list.children[this.active].scrollIntoView({ block: "nearest" });
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  close() {
    this.found = [];
    this.active = -1;
    this.show(false);
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      event.preventDefault();
      this.active = (this.active + step + this.found.length) % this.found.length;
      this.show(true);
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    }
  }

  choose(i) {
    const entry = this.found[i];
    this.field.value = entry.title;
    this.close();
    this.onChoice(entry);
  }
}
