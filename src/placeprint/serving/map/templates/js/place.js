// The card about one place: what is known, which places are like it and why, values.

function nameOf(about, at) {
  return (about.names && about.names[at]) || about.ids[at];
}

// What a modality or a label is called; labels are looked up as "label/NAME".
function titleOf(about, key) {
  return (about.titles && about.titles[key]) || key.replace(/^label\//, "");
}

// Of several levels the one of fewest units says best where a place is.
function coarsestUnit(about, at) {
  const levels = about.units.filter(({ of }) => of[at] >= 0).sort((a, b) => a.units.length - b.units.length);
  return levels.length ? `${levels[0].level} ${levels[0].units[levels[0].of[at]]}` : "";
}

function drawPlace(about, at, found, nearest, onPlace) {
  const named = about.names && about.names[at];
  document.getElementById("place-kicker").textContent = unitsOf(about, at).join(" · ") || "Place";
  document.getElementById("place-title").textContent = nameOf(about, at);
  document.getElementById("place-id").textContent = named ? about.ids[at] : "";
  const body = document.getElementById("place-body");
  body.replaceChildren();
  if (found.modalities.length) {
    body.append(element("h3", {}, "What its vector rests on"), chips(about, found.modalities));
  }
  body.append(element("h3", { id: "like-title" }, "Places most like it"));
  if (nearest.length) {
    body.append(likeTable(about, nearest, onPlace));
  } else {
    const why = found.embedded ? "There is no other place with a vector." : "It has no vector, for nothing that the model reads is known here.";
    body.append(element("p", { className: "quiet" }, why));
  }
  const rows = valueRows(found);
  if (rows.length) body.append(element("h3", {}, "Values"), valueTable(about, rows));
}

function chips(about, modalities) {
  const items = modalities.map(({ name, present }) => {
    const item = element("li", { className: present ? "" : "absent" }, titleOf(about, name));
    if (!present) item.append(element("span", { className: "hidden" }, " is missing"));
    return item;
  });
  return element("ul", { className: "chips" }, ...items);
}

// Each place with its likeness in all, and in the view of each modality alone.
function likeTable(about, nearest, onPlace) {
  const views = [...new Set(nearest.flatMap(({ agreement }) => Object.keys(agreement)))];
  const heads = ["all", ...views].map((name) => {
    const head = element("th", { className: "turned", scope: "col" }, element("span", {}, name === "all" ? name : titleOf(about, name)));
    head.title = name === "all" ? "likeness of the vectors: 1 is the same direction" : `agreement in ${titleOf(about, name)} alone`;
    return head;
  });
  const head = element("thead", {}, element("tr", {}, element("th", { colSpan: 2, scope: "col" }, "place"), ...heads));
  const rows = nearest.map((place, i) => {
    const button = element("button", { type: "button", className: "to" }, nameOf(about, place.at));
    const unit = coarsestUnit(about, place.at);
    if (unit) button.append(element("small", {}, unit));
    button.addEventListener("click", () => onPlace(place.at));
    const number = element("td", { className: "number" }, element("span", { className: "dot" }, String(i + 1)));
    const cells = [place.similarity, ...views.map((name) => place.agreement[name])].map((value, j) => {
      const cell = element("td", { className: j ? "cell" : "cell all" }, known(value) ? value.toFixed(2).replace("-", "−") : "–");
      cell.style.setProperty("--share", known(value) ? Math.max(value, 0) : 0);
      return cell;
    });
    return element("tr", {}, number, element("td", {}, button), ...cells);
  });
  const table = element("table", { className: "like" }, head, element("tbody", {}, ...rows));
  table.setAttribute("aria-labelledby", "like-title");
  return element("div", { className: "scroll" }, table);
}

function valueRows(found) {
  const rows = new Map(found.labels.map(({ label, unit, value }) => [label, { label, unit, value }]));
  for (const { label, unit, value } of found.predictions) {
    rows.set(label, { label, unit, ...rows.get(label), predicted: value });
  }
  return [...rows.values()];
}

function valueTable(about, rows) {
  const predicted = rows.some((row) => known(row.predicted));
  const columns = predicted ? ["", "known", "predicted"] : ["", "known"];
  const head = element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name))));
  const lines = rows.map((row) => {
    const name = element("th", { scope: "row" }, titleOf(about, `label/${row.label}`));
    if (row.unit) name.append(element("small", {}, row.unit));
    const cells = [row.value, ...(predicted ? [row.predicted] : [])].map((value) => element("td", {}, number(value)));
    return element("tr", {}, name, ...cells);
  });
  return element("table", { className: "values" }, head, element("tbody", {}, ...lines));
}
