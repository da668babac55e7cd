// Elements of the page.

/** element("p", {class: "note", onclick: go}, "text", another): properties that begin with "on" are listeners. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

let lastId = 0;

/** An id that no other element has. */
export function freshId(stem) {
  lastId += 1;
  return `${stem}-${lastId}`;
}

/** A button: `call` is what it does. */
export function button(label, call, attributes = {}) {
  return element("button", { type: "button", onclick: call, ...attributes }, label);
}

/** Replaces what is in a container; who was at one of its controls is at the one in its place afterwards. */
export function refill(container, ...children) {
  const controls = () => [...container.querySelectorAll("button, input, select, summary")];
  const at = controls().indexOf(document.activeElement);
  container.replaceChildren(...children);
  if (at >= 0) controls()[at]?.focus({ preventScroll: true });
}

/** A part that is wider than a small screen, and scrolls there. */
export function scrolling(name, content) {
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, content);
}

/** The head of a table. */
export function headOf(titles) {
  return element("thead", {}, element("tr", {}, titles.map((title) => element("th", { scope: "col" }, title))));
}

/** Calls `seen(true)` or `seen(false)` as the element comes into view and leaves it. */
export function whenSeen(target, seen) {
  new IntersectionObserver((entries) => seen(entries[entries.length - 1].isIntersecting), { threshold: 0.25 }).observe(target);
}

/** Whether the reader has asked for less movement. */
export function wantsStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
