// From the values of a theme to colours and to its legend.

const TRANSFORMS = { none: (value) => value, log1p: Math.log1p };
const INVERSES = { none: (value) => value, log1p: Math.expm1 };
const STEPS = 64;

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function mixed(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [a, b] = [channels(stops[low]), channels(stops[low + 1])];
  return "#" + a.map((value, i) => Math.round(value + (b[i] - value) * (at - low)).toString(16).padStart(2, "0")).join("");
}

function shareOf(theme, value) {
  return (TRANSFORMS[theme.transform](value) - theme.low) / (theme.high - theme.low || 1);
}

// One colour a region; at 0 that of no region, for ids start at 1.
function coloursOf(theme, values, missing) {
  const scale = theme.kind === "number" ? Array.from({ length: STEPS + 1 }, (_, i) => mixed(theme.stops, i / STEPS)) : [];
  const colour = {
    colour: (value) => "#" + value.toString(16).padStart(6, "0"),
    classes: (value) => theme.colours[value],
    number: (value) => scale[Math.round(Math.min(Math.max(shareOf(theme, value), 0), 1) * STEPS)],
  }[theme.kind];
  return [missing, ...values.map((value) => (known(value) ? colour(value) : missing))];
}

function number(value) {
  if (!known(value)) return "–";
  if (typeof value !== "number") return value;
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const small = size > 0 && size < 0.001;
  const text = small ? value.toPrecision(2) : value.toLocaleString("en", { maximumFractionDigits: digits });
  return text.replace("-", "−");
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function swatch(colour) {
  const made = element("span", { className: "swatch" });
  made.style.background = colour;
  return made;
}

// The legend of a theme; picking a class calls onClass with its position, or null.
function drawLegend(box, theme, values, onClass) {
  const missing = values.reduce((count, value) => count + (known(value) ? 0 : 1), 0);
  const draw = { colour: directions, classes: classKeys, number: ramp }[theme.kind];
  box.replaceChildren(...draw(theme, values, onClass));
  if (missing) {
    const what = theme.kind === "colour" || theme.key === "cluster" ? "without a vector" : "not known";
    box.append(element("p", { className: "missing" }, swatch(""), `${missing.toLocaleString("en")} ${what}`));
  }
}

function directions() {
  const ramps = [
    ["first", "oklab(.42 0 0)", "oklab(.92 0 0)"],
    ["second", "oklab(.67 0 -.13)", "oklab(.67 0 .13)"],
    ["third", "oklab(.67 -.13 0)", "oklab(.67 .13 0)"],
  ];
  return ramps.map(([name, low, high]) => {
    const bar = element("div", { className: "ramp" });
    bar.style.background = `linear-gradient(to right in oklab, ${low}, ${high})`;
    return element("div", { className: "direction" }, element("span", {}, name), bar);
  });
}

function classKeys(theme, values, onClass) {
  const counts = theme.classes.map(() => 0);
  for (const value of values) if (known(value)) counts[value]++;
  const long = theme.classes.some((name) => name.length > 10);
  const box = element("div", { className: long ? "classes long" : "classes" });
  theme.classes.forEach((name, at) => {
    if (!counts[at]) return;
    const button = element("button", { type: "button", title: "Show only these" });
    button.setAttribute("aria-pressed", "false");
    button.append(swatch(theme.colours[at]), element("b", {}, name), element("i", {}, counts[at].toLocaleString("en")));
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of box.children) other.setAttribute("aria-pressed", String(on && other === button));
      onClass(on ? at : null);
    });
    box.append(button);
  });
  return [box];
}

function ramp(theme) {
  const bar = element("div", { className: "ramp" });
  bar.style.background = `linear-gradient(to right, ${theme.stops.join(", ")})`;
  const middle = (theme.low + theme.high) / 2;
  const ticks = [theme.low, middle, theme.high].map((at) => number(INVERSES[theme.transform](at)));
  const labels = ticks.map((text) => element("span", {}, text));
  const unit = theme.unit ? [element("p", { className: "unit" }, theme.unit)] : [];
  return [...unit, bar, element("div", { className: "ticks" }, ...labels)];
}

// A mark on the ramp at the value of the place under the pointer, or of the one picked.
function markRamp(box, theme, value) {
  const bar = box.querySelector(".ramp");
  if (theme.kind !== "number" || !bar) return;
  bar.replaceChildren();
  if (!known(value)) return;
  const mark = element("span", { className: "at" });
  mark.style.left = `${100 * Math.min(Math.max(shareOf(theme, value), 0), 1)}%`;
  bar.append(mark);
}
