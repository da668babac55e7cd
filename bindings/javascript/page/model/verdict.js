// What a run has come to, in words. The figures are the run's own.
import { figure } from "../view/numbers.js";

const ARRIVED = 1e-3;
const RECENT = 50;

/** {word, text}: the word is for the style sheet and for tests. */
export function verdict(run) {
  if (run.diverged) return { word: "diverged", text: `diverged in step ${run.steps}` };
  const parts = [];
  const arrived = arrival(run);
  if (run.noise > 0 && run.steps > RECENT) parts.push(wandering(run));
  else if (arrived !== null) parts.push(`arrived in step ${arrived}`);
  if (run.saddleSteps > 0) parts.push(`${run.saddleSteps} steps at the saddle`);
  if (run.overshoots.length > 0) parts.push(`overshot ${run.overshoots.length}×`);
  return { word: arrived === null ? "under-way" : "arrived", text: parts.join(" · ") || "on its way" };
}

/** The step from which on the height stays below a thousandth of the first one; null if it does not. */
export function arrival({ heights }) {
  const goal = ARRIVED * heights[0];
  let step = heights.length;
  while (step > 0 && heights[step - 1] <= goal) step -= 1;
  return step < heights.length ? step : null;
}

function wandering({ heights }) {
  const recent = heights.slice(-RECENT);
  return `thrown about: ${figure(Math.min(...recent))} to ${figure(Math.max(...recent))}`;
}
