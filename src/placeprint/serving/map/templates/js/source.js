// Where the page has its data from: itself, or the service it came from. Both answer alike.

class PageSource {
  constructor(contents) {
    this.about = contents;
  }

  async values(theme) {
    return this.about.values[theme.key];
  }

  async place(at) {
    const { themes, values, modalities, present } = this.about;
    const of = (group) =>
      themes
        .filter((theme) => theme.group === group && known(values[theme.key][at]))
        .map((theme) => ({ label: theme.key.slice(theme.key.indexOf("/") + 1), unit: theme.unit, value: shown(theme, values[theme.key][at]) }));
    return {
      embedded: known(values.embedding[at]),
      modalities: modalities.map((name, i) => ({ name, present: Boolean(present[at] & (1 << i)) })),
      labels: of("Labels"),
      predictions: of("Predictions"),
    };
  }

  async nearest(at) {
    const { k, who, similarity, agreement } = this.about.nearest;
    const found = [];
    for (let i = at * k; i < (at + 1) * k && who[i] >= 0; i++) {
      const agree = Object.entries(agreement).map(([name, values]) => [name, hundredth(values[i])]);
      found.push({ at: who[i], similarity: hundredth(similarity[i]), agreement: Object.fromEntries(agree) });
    }
    return found;
  }
}

class ServiceSource {
  static async open() {
    const source = new ServiceSource();
    source.about = await source.ask("/v1/map");
    source.position = new Map(source.about.ids.map((id, at) => [id, at]));
    source.kept = new Map();
    return source;
  }

  headers() {
    return this.key ? { "X-API-Key": this.key } : {};
  }

  async ask(path, body) {
    const headers = this.headers();
    if (body) headers["Content-Type"] = "application/json";
    const options = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const answer = await fetch(path, options);
    if (answer.status === 401) {
      this.key = await askForKey(headers["X-API-Key"]);
      return this.ask(path, body);
    }
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.problem || answer.statusText);
    return found;
  }

  values(theme) {
    if (!this.kept.has(theme.key)) this.kept.set(theme.key, this.ask(`/v1/map/values/${theme.key.split("/").map(encodeURIComponent).join("/")}`));
    return this.kept.get(theme.key);
  }

  async place(at) {
    const id = this.about.ids[at].split("/").map(encodeURIComponent).join("/");
    const found = await this.ask(`/v1/regions/${id}`);
    const listed = (values) => Object.entries(values).map(([label, { value, unit }]) => ({ label, value, unit }));
    return {
      embedded: found.embedded,
      modalities: Object.entries(found.modalities).map(([name, present]) => ({ name, present })),
      labels: listed(found.labels),
      predictions: listed(found.predictions),
    };
  }

  async nearest(at) {
    const found = await this.ask("/v1/similar", { region: this.about.ids[at], k: 10 });
    return found.places.map((place) => ({ ...place, at: this.position.get(place.region_id) }));
  }
}

function askForKey(refused) {
  const dialog = document.getElementById("ask");
  const field = document.getElementById("key");
  document.getElementById("refused").hidden = !refused;
  field.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(field.value), { once: true });
  });
}

function known(value) {
  return value !== null && value !== undefined;
}

function shown(theme, value) {
  return theme.kind === "classes" ? theme.classes[value] : value;
}

function hundredth(value) {
  return known(value) ? value / 100 : null;
}
