// Run, pause, step and start again: the buttons of what goes step by step.
import { animate, stop } from "./animation.js";
import { button, element, wantsStillness, whenSeen } from "./dom.js";

export class Player {
  /** `tick(seconds)` goes on; `isOver()` tells whether it is at its end, from where running begins anew; `step` makes one step;
   * `reset` goes back to the start. `settled` is called when it has stopped. `finish` goes to the end at once, for readers who
   * want no movement. `summary()` is said to those who do not see the drawings, when it has stopped. */
  constructor({ tick, isOver, step, reset, settled = () => {}, finish = null, summary }) {
    this.running = false;
    this.seen = false;
    this.finish = finish;
    this.status = element("p", { class: "unseen", role: "status" });
    this.settled = () => {
      this.status.textContent = summary();
      settled();
    };
    this.reset = reset;
    this.isOver = isOver;
    this.move = (seconds) => {
      if (!this.running) return false;
      if (!this.seen) return true; // it waits until somebody looks
      tick(seconds);
      if (!isOver()) return true;
      this.pause();
      return false;
    };
    this.main = button("Run", () => (this.running ? this.pause() : this.run()), { class: "main" });
    this.node = element("div", { class: "player", role: "group", "aria-label": "Run" }, this.main,
      button("Step", () => { this.pause(); step(); this.settled(); }),
      button("Start again", () => { this.pause(); reset(); this.settled(); }), this.status);
  }

  /** Begins by itself when `target` is first seen, if `wanted()` says so then. */
  watch(target, wanted = () => false) {
    let first = true;
    whenSeen(target, (seen) => {
      this.seen = seen;
      if (!seen || !first) return;
      first = false;
      if (!wanted()) return;
      if (wantsStillness() && this.finish !== null) this.finish();
      else if (!wantsStillness()) this.run();
    });
  }

  run() {
    if (this.isOver()) this.reset();
    this.running = true;
    this.main.textContent = "Pause";
    animate(this.move);
  }

  pause() {
    if (!this.running) return;
    this.running = false;
    stop(this.move);
    this.main.textContent = "Run";
    this.settled();
  }
}
