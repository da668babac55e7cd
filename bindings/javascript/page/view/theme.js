// Light and dark: the system's choice, unless the reader's. The style sheet has the colours; drawings ask for them here.
import { button, element } from "./dom.js";

const THEMES = ["system", "light", "dark"];
const KEY = "descent-theme";
const probe = element("span", { hidden: true });
const known = new Map();
const listeners = new Set();

/** A colour of the style sheet, "--ink", as the canvas wants it. */
export function colour(name) {
  if (!known.has(name)) {
    if (!probe.isConnected) document.body.append(probe);
    probe.style.color = `var(${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}

/** The same as [red, green, blue]. */
export function channels(name) {
  return colour(name).match(/[\d.]+/g).slice(0, 3).map(Number);
}

/** `draw` is called when the colours have changed. */
export function whenThemeChanges(draw) {
  listeners.add(draw);
}

function apply(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  known.clear();
  for (const draw of listeners) draw();
}

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system"; // no storage for pages from a disk
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It lasts until the page is closed.
  }
}

/** The switch. */
export function themeSwitch() {
  let theme = remembered();
  const label = () => `Colours: ${theme}`;
  const made = button(label(), () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    remember(theme);
    apply(theme);
    made.textContent = label();
  }, { class: "theme" });
  apply(theme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(theme));
  return made;
}
