// The sweep of the record: every number that the page shows at a λ of the sweep is the record's; between two of them it is read off the
// straight line, and the page says so.

class Sweep {
  // points are those of results.shift, best the λ that the page calls best.
  constructor(points) {
    this.points = points.filter((p) => Number.isFinite(p.lambda)).sort((a, b) => a.lambda - b.lambda);
    this.lambdas = this.points.map((p) => p.lambda);
  }

  // place finds λ: between the points low and high, at that share of the way from one to the other.
  place(lambda) {
    const last = this.lambdas.length - 1;
    let high = this.lambdas.findIndex((l) => l >= lambda - 1e-9);
    if (high < 0) high = last;
    if (high === 0 || Math.abs(this.lambdas[high] - lambda) < 1e-9) return {low: high, high, share: 0};
    const low = high - 1;
    return {low, high, share: Math.min(1, (lambda - this.lambdas[low]) / (this.lambdas[high] - this.lambdas[low]))};
  }

  // at reads a quantity, "loss@100" or the name of a field, at λ: value, low and high where it has an interval, and whether it is the record's.
  at(quantity, lambda) {
    const {low, high, share} = this.place(lambda);
    const a = reading(this.points[low], quantity), b = reading(this.points[high], quantity);
    const mix = (x, y) => share === 0 ? x : x + share * (y - x);
    return {value: mix(a.value, b.value), low: mix(a.low, b.low), high: mix(a.high, b.high), exact: share === 0};
  }

  // next is the λ of the sweep after λ in a direction, ±1 or more, or the outermost.
  next(lambda, direction) {
    const {low, high, share} = this.place(lambda);
    let i = share === 0 ? low + direction : direction > 0 ? high + direction - 1 : low + direction + 1;
    i = Math.max(0, Math.min(this.lambdas.length - 1, i));
    return this.lambdas[i];
  }
}

// reading takes a quantity from one point of the sweep; NaN where the record has none.
function reading(point, quantity) {
  const [name, scale] = quantity.split("@");
  if (name === "loss") return {value: point.loss?.[scale] ?? NaN, low: NaN, high: NaN};
  const v = point[name];
  if (v !== null && typeof v === "object") return {value: v.value ?? NaN, low: v.low ?? NaN, high: v.high ?? NaN};
  const [low, high] = point[name + "_interval"] ?? [NaN, NaN];
  return {value: v ?? NaN, low: low ?? NaN, high: high ?? NaN};
}

// isShare says whether a quantity is written as a percentage.
function isShare(quantity) {
  return quantity.startsWith("accuracy") || quantity.includes("recall");
}
