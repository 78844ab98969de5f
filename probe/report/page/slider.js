// The slider of λ: continuous under a pointer, from one λ of the record to the next by keyboard, and by itself when asked to play.

const playSeconds = 8; // from one end to the other

class Slider {
  // change(lambda) is called for every new λ.
  constructor(sweep, change) {
    this.sweep = sweep;
    this.change = change;
    this.input = byID("lambda");
    this.shown = byID("lambda-value");
    this.button = byID("play");
    this.outputs = Array.from(document.querySelectorAll("#readouts output[data-quantity]"));
    this.lambda = Number(this.input.value);
    this.frame = 0;
    this.input.addEventListener("input", () => {
      this.stop();
      this.set(this.near(Number(this.input.value)));
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.button.addEventListener("click", () => this.frame ? this.stop() : this.play());
    for (const mark of document.querySelectorAll("#marks button")) {
      mark.style.left = `calc(0.5rem + ${mark.dataset.share / 100} * (100% - 1rem))`;
      mark.addEventListener("click", () => {
        this.stop();
        this.set(Number(mark.dataset.lambda));
      });
    }
    byID("marks").classList.add("placed");
    this.show();
  }

  // near takes λ for that of a mark that lies within a hundredth of the slider's length: a pointer cannot aim at one number.
  near(lambda) {
    const reach = 0.008 * (this.input.max - this.input.min);
    const mark = Array.from(document.querySelectorAll("#marks button"), (b) => Number(b.dataset.lambda)).find((l) => Math.abs(l - lambda) < reach);
    return mark ?? lambda;
  }

  key(event) {
    const steps = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 4, PageDown: -4, Home: -Infinity, End: Infinity}[event.key];
    if (steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.stop();
    const {lambdas} = this.sweep;
    this.set(steps === Infinity ? lambdas[lambdas.length - 1] : steps === -Infinity ? lambdas[0] : this.sweep.next(this.lambda, steps));
  }

  set(lambda) {
    this.lambda = Math.max(Number(this.input.min), Math.min(Number(this.input.max), lambda));
    this.input.value = this.lambda;
    this.show();
    this.change(this.lambda);
  }

  // show writes the numbers of λ.
  show() {
    const {lambda} = this, {share} = this.sweep.place(lambda);
    this.shown.value = signed(lambda, share === 0 ? 3 : 2).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    this.shown.dataset.value = lambda;
    this.input.setAttribute("aria-valuetext", this.shown.value + (share === 0 ? "" : ", between two of the sweep"));
    for (const output of this.outputs) {
      const quantity = output.dataset.quantity, now = this.sweep.at(quantity, lambda), zero = this.sweep.at(quantity, 0);
      const write = isShare(quantity) ? (v) => percent(v, 1) : number;
      output.value = (now.exact || !Number.isFinite(now.value) ? "" : "≈ ") + write(now.value);
      output.dataset.value = now.value;
      output.dataset.exact = now.exact;
      const interval = document.querySelector(`[data-interval="${CSS.escape(quantity)}"]`);
      if (interval) interval.textContent = Number.isFinite(now.low) ? `${write(now.low)} to ${write(now.high)}` : "\u00a0";
      const change = document.querySelector(`[data-change="${CSS.escape(quantity)}"]`);
      if (change) change.textContent = isShare(quantity) ? signed(100 * (now.value - zero.value), 1) + " pts" : signed(now.value - zero.value, 3);
    }
  }

  // summary says λ and its numbers in one sentence.
  summary() {
    const numbers = this.outputs.map((output) => `${output.closest("tr").querySelector("th").textContent} ${output.value.replace("≈", "about")}`);
    return `λ ${this.shown.value}: ${numbers.join(", ")}.`;
  }

  // play goes to the upper end and comes back, until stopped. Who prefers less motion sees the λ of the sweep one after the other.
  play() {
    const low = Number(this.input.min), high = Number(this.input.max), calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let direction = this.lambda >= high ? -1 : 1, last = performance.now();
    this.button.setAttribute("aria-pressed", "true");
    this.button.textContent = "Pause";
    const step = (now) => {
      this.frame = requestAnimationFrame(step);
      if (calm) {
        if (now - last < 900) return;
        this.set(this.sweep.next(this.lambda, direction));
      } else {
        this.set(this.lambda + direction * Math.min(0.1, (now - last) / 1000) * (high - low) / playSeconds);
      }
      last = now;
      if (this.lambda >= high) direction = -1;
      else if (this.lambda <= low) direction = 1;
    };
    this.frame = requestAnimationFrame(step);
  }

  stop() {
    if (!this.frame) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.button.setAttribute("aria-pressed", "false");
    this.button.textContent = "Play";
  }
}
