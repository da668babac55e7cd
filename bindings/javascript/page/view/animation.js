// All that moves is moved and drawn here, once a frame; nothing is done while nothing moves.

const moving = new Set();
const drawings = new Set();
let waiting = false;
let last = 0;

/** Frames so far, and milliseconds of work in them: for whoever wants to know how smooth this is. */
export const frames = { count: 0, work: 0 };

const LONGEST = 0.1; // seconds: after a pause things go on, and do not jump

function frame(now) {
  const began = performance.now();
  const seconds = Math.min(Math.max(0, now - last) / 1000, LONGEST);
  last = now;
  waiting = false;
  for (const tick of [...moving]) if (!tick(seconds)) moving.delete(tick);
  const due = [...drawings];
  drawings.clear();
  for (const draw of due) draw();
  frames.count += 1;
  frames.work += performance.now() - began;
  if (moving.size > 0 || drawings.size > 0) ask();
}

function ask() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(frame);
}

/** Calls tick(seconds) for each frame, as long as it returns true. */
export function animate(tick) {
  if (moving.size === 0) last = performance.now();
  moving.add(tick);
  ask();
}

export function stop(tick) {
  moving.delete(tick);
}

/** Draws with the next frame, once, however often it is asked for. */
export function drawSoon(draw) {
  drawings.add(draw);
  ask();
}
