// What a learning-rate range test says: which rates are too low, good, and too high.

const BEGUN = 0.1; // the loss has begun to fall where a tenth of its whole fall is behind it

/** The mean over neighbours: single minibatches are noisy. */
export function smoothed(losses) {
  const radius = Math.max(1, Math.floor(losses.length / 30));
  return Array.from(losses, (_, at) => {
    const near = losses.slice(Math.max(0, at - radius), at + radius + 1);
    return near.reduce((sum, loss) => sum + loss, 0) / near.length;
  });
}

/** The rates between which the good ones lie, [from, to]; null where the loss never falls. */
export function goodRates({ rates, losses }) {
  const loss = smoothed(losses);
  const lowest = loss.indexOf(Math.min(...loss));
  if (!(loss[lowest] < loss[0])) return null;
  const begun = loss.findIndex((one) => one < loss[0] - BEGUN * (loss[0] - loss[lowest]));
  return [rates[begun], rates[lowest]];
}
