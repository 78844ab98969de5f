// The cosines under the shift: four outlines that follow λ. Matched pairs are all of the scene's, up to mostMatched, the others sampled pairs,
// because all pairs of thousands of points are too many to follow a slider.

const cosineBins = 80;
const mostMatched = 16000; // more are sampled: every second, every third, … of points that lie in random order

// cosineKinds have the colours and dashes of the still figure.
const cosineKinds = [
  {name: "images", label: "image–image", sample: "sample_images"},
  {name: "texts", label: "text–text", sample: "sample_texts"},
  {name: "matched", label: "image–text, matched"},
  {name: "unmatched", label: "image–text, unmatched", sample: "sample_cross"},
];

class CosineHistogram {
  constructor(scene, svg, lambdas) {
    this.scene = scene;
    this.svg = svg;
    this.kinds = cosineKinds.filter((kind) => scene.get(kind.sample ? kind.sample + "_s" : "matched"));
    // Axes that hold over the whole sweep: an outline that grows must not look as if it stayed.
    this.low = 1;
    this.high = -1;
    this.top = 0;
    const some = lambdas.filter((_, i) => i % Math.ceil(lambdas.length / 9) === 0);
    const all = (some.length ? some : [0]).map((lambda) => this.kinds.map((kind) => this.counts(kind, lambda)));
    for (const outlines of all) {
      for (const {bins, n} of outlines) {
        bins.forEach((b, i) => {
          if (b < 0.002 * n) return;
          this.low = Math.min(this.low, -1 + 2 * i / cosineBins);
          this.high = Math.max(this.high, -1 + 2 * (i + 1) / cosineBins);
        });
      }
    }
    // The narrowest cone may tower over all else; the axis ends where nine of ten of the highest bins fit.
    const peaks = all.flat().map(({bins, n}) => n ? Math.max(...bins) / n : 0).sort((a, b) => a - b);
    this.top = 1.08 * (peaks[Math.floor(0.9 * (peaks.length - 1))] || 1);
    this.build();
  }

  // counts puts the cosines of a kind at λ into bins of [−1, 1], and returns their mean.
  counts(kind, lambda) {
    const {scene} = this, n2 = scene.header.shift.gap_norm ** 2, steps = stepsAt(scene.header.shift, lambda), u = scene.get("u"), v = scene.get("v");
    const bins = new Float64Array(cosineBins);
    let sum = 0, n = 0;
    const add = (c) => {
      if (!(c >= -1.001 && c <= 1.001)) return;
      bins[Math.max(0, Math.min(cosineBins - 1, Math.floor((c + 1) / 2 * cosineBins)))]++;
      sum += c;
      n++;
    };
    if (kind.name === "matched") {
      const matched = scene.get("matched");
      const stride = Math.ceil(scene.texts / mostMatched);
      for (let j = 0; j < scene.texts; j += stride) add(cosineAt(matched[j], u[scene.imageOf(j)], v[j], steps.image, steps.text, n2));
    } else {
      const i = scene.get(kind.sample + "_i"), j = scene.get(kind.sample + "_j"), s = scene.get(kind.sample + "_s");
      const [a, sa] = kind.name === "texts" ? [v, steps.text] : [u, steps.image], [b, sb] = kind.name === "images" ? [u, steps.image] : [v, steps.text];
      for (let k = 0; k < s.length; k++) add(cosineAt(s[k], a[i[k]], b[j[k]], sa, sb, n2));
    }
    return {bins, n, mean: n ? sum / n : NaN};
  }

  build() {
    const {svg} = this, axis = shape("g", {class: "axis"});
    this.x = (c) => 14 + (c - this.low) / (this.high - this.low) * 452;
    for (let k = Math.ceil(this.low * 5); k <= this.high * 5 + 1e-9; k++) {
      axis.append(shape("path", {d: `M${this.x(k / 5)} 200v5`}));
      const label = shape("text", {x: this.x(k / 5), y: 220, "text-anchor": "middle"});
      label.textContent = fixed(k / 5, 1);
      axis.append(label);
    }
    axis.append(shape("path", {d: "M14 200H466"}));
    this.outlines = this.kinds.map((kind) => shape("path", {class: "outline " + kind.name}));
    svg.replaceChildren(axis, ...this.outlines);
    const list = element("ul", undefined, "means");
    this.means = this.kinds.map((kind) => {
      const item = element("li"), swatch = shape("svg", {viewBox: "0 0 24 8", width: 24, height: 8, "aria-hidden": "true"});
      swatch.append(shape("path", {d: "M0 4H24", class: "outline " + kind.name}));
      const mean = element("output");
      mean.setAttribute("aria-live", "off");
      mean.dataset.quantity = `mean_cosine_${kind.name}`;
      item.append(swatch, element("span", kind.label), document.createTextNode(" mean "), mean);
      list.append(item);
      return mean;
    });
    svg.parentElement.querySelector(".means")?.remove();
    svg.after(list);
  }

  show(lambda) {
    this.kinds.forEach((kind, k) => {
      const {bins, n, mean} = this.counts(kind, lambda);
      const y = (b) => 200 - 190 * Math.min(1.04, (n ? b / n : 0) / this.top);
      let d = "", level = 200;
      bins.forEach((b, i) => {
        const to = y(b);
        if (to === level && b === 0) return;
        const x = Math.max(14, Math.min(466, this.x(-1 + 2 * i / cosineBins)));
        d += d ? `H${x.toFixed(1)}V${to.toFixed(1)}` : `M${x.toFixed(1)} 200V${to.toFixed(1)}`;
        level = to;
      });
      if (d && level !== 200) d += `H${Math.min(466, this.x(1)).toFixed(1)}V200`;
      this.outlines[k].setAttribute("d", d);
      this.means[k].value = fixed(mean, 3);
      this.means[k].dataset.value = mean;
    });
  }
}
