// The algebra of a shift: from the raw numbers of a point to where it lies, and which cosine it has, at any λ. The embeddings themselves are
// not needed. In the words of probe.Scene: images move by −aΔ, texts by +bΔ, and each row is scaled back to unit length.
//
// Both sides follow one formula with a step s, which is a for images and −b for texts:
// x' = (x − sΔ)/r,  r² = 1 − 2s·u + s²‖Δ‖²,  u = x·Δ.

// stepsAt returns the steps {image, text} of both sides at λ.
function stepsAt(shift, lambda) {
  let s = lambda;
  if (shift.unit === "distance") s = shift.gap_norm > 0 ? lambda / shift.gap_norm : 0;
  switch (shift.side) {
    case "image": return {image: s, text: 0};
    case "text": return {image: 0, text: -s};
  }
  return {image: s / 2, text: -s / 2};
}

// lengthAt is r, the length of a row after the step s; n2 is ‖Δ‖².
function lengthAt(u, s, n2) {
  return Math.sqrt(Math.max(1e-30, 1 - 2 * s * u + s * s * n2));
}

// placeInto writes where n points lie on a map after the step s into out, from place `at` on: (raw − s·gap)/r − offset.
function placeInto(out, at, raw, u, n, s, map, n2) {
  const live = map.live && s !== 0;
  const gx = map.gap[0], gy = map.gap[1], ox = map.offset[0], oy = map.offset[1];
  for (let i = 0; i < n; i++) {
    const r = live ? lengthAt(u[i], s, n2) : 1, t = live ? s : 0;
    out[2 * (at + i)] = (raw[2 * i] - t * gx) / r - ox;
    out[2 * (at + i) + 1] = (raw[2 * i + 1] - t * gy) / r - oy;
  }
}

// cosineAt is the cosine of two rows that had the cosine c at λ = 0 and the projections u1, u2 on Δ, after the steps s1, s2. With one step
// for both it is that within a side, with two that across.
function cosineAt(c, u1, u2, s1, s2, n2) {
  return (c - s2 * u1 - s1 * u2 + s1 * s2 * n2) / (lengthAt(u1, s1, n2) * lengthAt(u2, s2, n2));
}

// alongGap is x'·Δ after the step s: where a row lies along the gap, times ‖Δ‖.
function alongGap(u, s, n2) {
  return (u - s * n2) / lengthAt(u, s, n2);
}
