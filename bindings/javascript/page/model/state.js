// What the page shows, as the part of its address behind "#": section.name=value, where values at their defaults are left out.
// So a link keeps all of it, and a link that was written by hand or by another version does what it can.

const WAIT = 250; // milliseconds: browsers limit how often an address may change

function write(value) {
  if (value === null) return "";
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "object") return Object.entries(value).map(([key, entry]) => `${key}:${entry}`).join(",");
  return String(Number(value) === value || typeof value === "string" ? value : Number(value));
}

/** The value that a text stands for, of the default's type, or the default. null is a point that has not been chosen, an array
 * one of words. */
function read(text, usual) {
  const parts = text.split(",").filter((part) => part !== "");
  if (usual === null) return parts.length === 2 && parts.map(Number).every(Number.isFinite) ? parts.map(Number) : null;
  if (Array.isArray(usual)) return parts;
  if (typeof usual === "object") {
    const entries = parts.map((part) => part.split(":")).map(([key, entry]) => [key, Number(entry)]);
    return Object.fromEntries(entries.filter(([, entry]) => Number.isFinite(entry)));
  }
  if (typeof usual === "string") return text;
  const number = Number(text);
  if (text === "" || !Number.isFinite(number)) return usual;
  return typeof usual === "boolean" ? number !== 0 : number;
}

/** A text as a part of an address, with the signs left that do no harm there. */
function legible(text) {
  return encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/** The values of one section: read them as properties of `values`, change them with `set`. */
class Section {
  constructor(name, defaults, changed) {
    this.name = name;
    this.defaults = defaults;
    this.changed = changed;
    this.values = structuredClone(defaults);
  }

  set(changes) {
    Object.assign(this.values, changes);
    this.changed();
  }

  /** All values at their defaults. */
  reset() {
    this.set(structuredClone(this.defaults));
  }

  load(parameters) {
    for (const [key, usual] of Object.entries(this.defaults)) {
      const text = parameters.get(`${this.name}.${key}`);
      this.values[key] = text === null ? structuredClone(usual) : read(text, usual);
    }
  }

  save(parameters) {
    for (const [key, usual] of Object.entries(this.defaults)) {
      const text = write(this.values[key]);
      if (text !== write(usual)) parameters.push(`${this.name}.${key}=${legible(text)}`);
    }
  }
}

/** Whether it is the address of a place in the page. */
function isPlace(hash) {
  return hash.length > 1 && document.getElementById(hash.slice(1)) !== null;
}

export class State {
  constructor() {
    this.sections = [];
    this.timer = 0;
    this.written = location.hash;
    this.restorers = [];
    addEventListener("hashchange", () => {
      if (location.hash !== this.written && !isPlace(location.hash)) this.#restore();
    });
  }

  /** A section with its defaults, and what the address says of it. */
  section(name, defaults) {
    const section = new Section(name, defaults, () => this.#later());
    section.load(new URLSearchParams(location.hash.slice(1)));
    this.sections.push(section);
    return section;
  }

  /** `restore` is called when somebody has opened another link to this page. */
  whenRestored(restore) {
    this.restorers.push(restore);
  }

  /** The address's part that stands for all of it. */
  get hash() {
    const parameters = [];
    for (const section of this.sections) section.save(parameters);
    return parameters.length > 0 ? `#${parameters.join("&")}` : "";
  }

  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), WAIT);
  }

  save() {
    this.written = this.hash;
    if (this.written !== location.hash) history.replaceState(null, "", this.written || location.pathname + location.search);
  }

  #restore() {
    this.written = location.hash;
    const parameters = new URLSearchParams(location.hash.slice(1));
    for (const section of this.sections) section.load(parameters);
    for (const restore of this.restorers) restore();
  }
}
