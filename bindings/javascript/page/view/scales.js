// How a slider's way, from 0 to 1, becomes a number: {toValue(share), toShare(value)}.

const clamp = (share) => Math.min(1, Math.max(0, share));

export function linear(from, to) {
  return { toValue: (share) => from + (to - from) * share, toShare: (value) => clamp((value - from) / (to - from)) };
}

/** Logarithmic, with `zero` at the very left if it is given. */
export function logarithmic(from, to, zero = null) {
  const span = Math.log(to / from);
  const begin = zero === null ? 0 : 0.04;
  return {
    toValue: (share) => (share < begin ? zero : from * Math.exp((span * (share - begin)) / (1 - begin))),
    toShare: (value) => (value < from && zero !== null ? 0 : clamp(begin + ((1 - begin) * Math.log(value / from)) / span)),
  };
}

/** For shares that are kept, such as 0.9, 0.99, 0.999: even in the number of steps that they remember. */
export function decay() {
  const span = 4 * Math.log(10);
  return { toValue: (share) => 1 - Math.exp(-span * share), toShare: (value) => clamp(-Math.log(1 - value) / span) };
}

/** Moves the numbers of another scale. */
function shifted(scale, by) {
  return { toValue: (share) => by + scale.toValue(share), toShare: (value) => scale.toShare(value - by) };
}

const DECADES = 1000;

/** The scale for an option of the library, from its range and its default. A range without an end is cut for the slider, not
 * for the number that is typed beside it. */
export function optionScale({ minimum, maximum, default: usual }) {
  if (maximum === 1 || (maximum < 1 && usual < 0.5)) return linear(minimum, maximum === 1 ? 1 : 0.9999);
  if (maximum < 1) return decay();
  const above = usual - minimum;
  const [from, to] = above > 0 ? [above / DECADES, above * DECADES] : [1e-6, 10];
  return shifted(logarithmic(from, Math.min(to, maximum - minimum), 0), minimum);
}

/** The scale for a learning rate that is `usual` here. */
export function rateScale(usual) {
  return logarithmic(usual / 300, usual * 30);
}
