// The page: loads the library that it carries, and puts each section's figure into its place.
import { digits, library } from "./model/embedded.js";
import { State } from "./model/state.js";
import { BiasSection } from "./sections/bias.js";
import { DigitsSection } from "./sections/digits.js";
import { RaceSection } from "./sections/race.js";
import { RateSection } from "./sections/rate.js";
import { SearchSection } from "./sections/search.js";
import { SlopeSection } from "./sections/slope.js";
import { frames } from "./view/animation.js";
import { button, element, wantsStillness } from "./view/dom.js";
import { themeSwitch } from "./view/theme.js";

const SECTIONS = {
  search: SearchSection, slope: SlopeSection, rate: RateSection, race: RaceSection, bias: BiasSection, digits: DigitsSection };
const SAID = 2000; // milliseconds
const SHARE = "Copy a link";

function linkButton(state) {
  const made = button(SHARE, async () => {
    state.save();
    try {
      await navigator.clipboard.writeText(location.href);
      made.textContent = "Copied";
    } catch {
      made.textContent = "It is in the address bar";
    }
    setTimeout(() => { made.textContent = SHARE; }, SAID);
  });
  return made;
}

/** Goes to a section and leaves the address, which is the state's, as it is. */
function visit(event) {
  const target = document.querySelector(event.target.getAttribute("href"));
  event.preventDefault();
  target.scrollIntoView({ behavior: wantsStillness() ? "auto" : "smooth" });
  target.querySelector("h2").focus({ preventScroll: true });
}

/** Shows what the address says of a section, or, if that cannot be, the section as it usually begins. */
function restore(section, place) {
  place.querySelector(":scope > .problem")?.remove();
  try {
    section.restore();
  } catch (error) {
    section.state.reset();
    section.restore();
    place.prepend(element("p", { class: "problem", role: "alert" }, `The link asks for what cannot be: ${error.message}.`));
  }
}

async function begin() {
  const [{ descent, size }, images] = await Promise.all([library(), digits()]);
  const state = new State();
  const made = {};
  const placeOf = (name) => document.querySelector(`[data-figure=${name}]`);
  for (const [name, Section] of Object.entries(SECTIONS)) {
    made[name] = new Section({ descent, state, digits: images });
    placeOf(name).replaceChildren(made[name].node);
    restore(made[name], placeOf(name));
  }
  state.whenRestored(() => Object.entries(made).forEach(([name, section]) => restore(section, placeOf(name))));
  for (const link of document.querySelectorAll("nav a")) link.addEventListener("click", visit);
  document.querySelector("#tools").append(linkButton(state), themeSwitch());
  document.querySelector("#facts").textContent = `libdescent ${descent.version}, ${Math.round(size / 1000)} KB of WebAssembly, `
    + `${descent.algorithms.length} methods.`;
  globalThis.descentPage = { descent, state, sections: made, frames }; // for the curious, and for the tests
  document.documentElement.dataset.ready = "";
}

begin().catch((error) => {
  const told = `The page could not start: ${error.message}`;
  document.querySelector("main").prepend(element("p", { class: "problem", role: "alert" }, told));
  throw error;
});
