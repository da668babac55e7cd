// Paths on a landscape, and the names of what happened on them.
import { label, mark } from "../view/canvas.js";
import { clipped, drawPath } from "../view/surface.js";

const FEW = 200; // so many points can be told apart
const WIDEST = 3.4;
const THINNEST = 1.6;
const LONG_STAY = 8; // steps at a saddle

/** What there is to name on a path: [{at, text}], `at` being the number of a point. */
function events(run) {
  const named = [];
  if (run.overshoots.length > 0) named.push({ at: run.overshoots[0], text: "overshoots" });
  if (run.saddleSteps >= LONG_STAY) named.push({ at: run.firstAtSaddle, text: "waits" });
  if (run.noise > 0 && run.steps > FEW / 2) named.push({ at: run.steps, text: "never at rest" });
  return named;
}

/** `drawn`: [{run, look, title}]. What is drawn later is thinner, so that paths which take the same way can all be seen. */
export function drawRuns(context, place, drawn) {
  drawn.forEach(({ run, look }, index) => {
    const widest = run.noise > 0 ? THINNEST : WIDEST;
    const width = widest - ((widest - THINNEST) * index) / Math.max(1, drawn.length - 1);
    drawPath(context, place, run.points, { colour: look.colour, width, dash: look.dash, dots: run.points.length <= FEW });
  });
  for (const { run, look } of drawn) {
    const end = run.points[run.points.length - 1];
    mark(context, ...clipped(place(...end)), { shape: look.shape, fill: look.colour, radius: 6.5 });
  }
  nameEvents(context, place, drawn);
}

/** Writes the names where there is room. */
function nameEvents(context, place, drawn) {
  const taken = [];
  for (const { run, look, title } of drawn) {
    for (const { at, text } of events(run)) {
      const [x, y] = clipped(place(...run.points[at]));
      const box = [x + 10, y + 4, x + 10 + 6.4 * (title.length + text.length), y + 24];
      if (taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      label(context, `${title} ${text}`, box[0], y + 14, { fill: look.colour });
    }
  }
}

function overlap([left, top, right, bottom], [otherLeft, otherTop, otherRight, otherBottom]) {
  return left < otherRight && otherLeft < right && top < otherBottom && otherTop < bottom;
}
