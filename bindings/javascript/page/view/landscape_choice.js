// Which landscape?
import { landscapeNamed, LANDSCAPES } from "../model/landscapes.js";
import { choice } from "./controls.js";

/** A choice among the landscapes without noise. */
export function landscapeChoice(name, changed) {
  const quiet = LANDSCAPES.filter(({ noise }) => noise === 0);
  return choice({
    label: "Landscape", value: landscapeNamed(name).name, choices: quiet.map((one) => [one.name, one.title]), changed }).node;
}
