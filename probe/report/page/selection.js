// The metrics of a selected set: those of probe.Select, so that the page and the command say the same.

// selectionMetrics computes them of the images A and the texts B at λ. Ranks and predictions are known at λ = 0 alone; elsewhere what follows
// from them is left out.
function selectionMetrics(scene, images, texts, lambda) {
  const h = scene.header, n2 = h.shift.gap_norm ** 2, steps = stepsAt(h.shift, lambda);
  const u = scene.get("u"), v = scene.get("v"), chosen = new Set(images), m = {images: images.length, texts: texts.length};
  const mean = (list, of) => list.length ? list.reduce((sum, k) => sum + of(k), 0) / list.length : NaN;
  const matched = scene.get("matched");
  if (matched) {
    const pairs = texts.filter((j) => chosen.has(scene.imageOf(j)));
    m.pairs = pairs.length;
    m.matched_cosine_mean = mean(pairs, (j) => cosineAt(matched[j], u[scene.imageOf(j)], v[j], steps.image, steps.text, n2));
  }
  m.separation = (mean(images, (i) => alongGap(u[i], steps.image, n2)) - mean(texts, (j) => alongGap(v[j], steps.text, n2))) / h.shift.gap_norm;
  if (lambda !== 0) return m;
  const ranks = [["image_to_text", scene.get("rank_image"), images], ["text_to_image", scene.get("rank_text"), texts]];
  for (const [name, rank, list] of ranks) {
    if (!rank) continue;
    for (const k of [1, 5]) m[`${name}_recall_at_${k}`] = mean(list, (i) => rank[i] < k ? 1 : 0);
  }
  const label = scene.get("label"), predicted = scene.get("predicted");
  if (label && predicted) {
    const labelled = images.filter((i) => label[i] >= 0), right = labelled.filter((i) => predicted[i] === label[i]).length;
    m.labelled = labelled.length;
    m.accuracy = labelled.length ? right / labelled.length : NaN;
    [m.accuracy_low, m.accuracy_high] = wilson(right, labelled.length);
  }
  return m;
}

// servedSelection asks the server, which answers with a probe.ExactSelection from the embeddings themselves, and returns the metrics at λ = 0
// and at λ under the names above, and some that only the embeddings can tell.
async function servedSelection(images, texts, lambda) {
  const answer = await ask("/select", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({images, texts, lambda})});
  const r = await answer.json();
  const [zero, now] = [["_at_zero", r.accuracy], ["", r.accuracy_at_lambda]].map(([at, a]) => {
    const m = {images: r.images, texts: r.texts, pairs: r.matched, matched_cosine_mean: r["matched_cosine" + at] ?? NaN};
    for (const name of ["separation", "gap", "cosine_images", "cosine_texts"]) m[name] = r[name + at] ?? NaN;
    if (a) Object.assign(m, {accuracy: a.value ?? NaN, accuracy_low: a.low ?? NaN, accuracy_high: a.high ?? NaN, labelled: a.n, accuracy_p: a.p_value ?? NaN});
    return m;
  });
  for (const name of ["image_to_text", "text_to_image"]) for (const k of [1, 5]) zero[`${name}_recall_at_${k}`] = r[`${name}_recall_at_${k}`] ?? NaN;
  return [zero, now];
}

// selectionRows are the rows of the table.
const selectionRows = [
  ["matched_cosine_mean", "Cosine of matched pairs", (v) => fixed(v, 3)],
  ["separation", "Separation along the gap", (v) => fixed(v, 3)],
  ["gap", "Gap", (v) => fixed(v, 3)],
  ["cosine_images", "Image cone, mean cosine", (v) => fixed(v, 3)],
  ["cosine_texts", "Text cone, mean cosine", (v) => fixed(v, 3)],
  ["accuracy", "Zero-shot accuracy", (v) => percent(v, 1)],
  ["image_to_text_recall_at_1", "Image to text, recall at 1", (v) => percent(v, 1)],
  ["image_to_text_recall_at_5", "Image to text, recall at 5", (v) => percent(v, 1)],
  ["text_to_image_recall_at_1", "Text to image, recall at 1", (v) => percent(v, 1)],
  ["text_to_image_recall_at_5", "Text to image, recall at 5", (v) => percent(v, 1)],
];

// showSelection fills the panel with the metrics at λ = 0 and now.
function showSelection(zero, now) {
  const parts = [plural(zero.images, "image"), plural(zero.texts, "text")];
  if (zero.pairs !== undefined) parts.push(`of these ${plural(zero.pairs, "whole pair")}`);
  byID("selection-counts").textContent = parts.join(", ") + ".";
  const rows = selectionRows.filter(([name]) => name in zero).map(([name, label, write]) => {
    const row = element("tr"), head = element("th", label), before = element("td", write(zero[name]), "n"), after = element("td", name in now ? write(now[name]) : "–", "n");
    head.scope = "row";
    before.dataset.metric = after.dataset.metric = name;
    before.dataset.value = zero[name];
    if (name in now) after.dataset.value = now[name];
    before.dataset.at = "zero";
    after.dataset.at = "lambda";
    if (name === "accuracy") {
      for (const [cell, m] of [[before, zero], [after, now]]) if (m.labelled) cell.append(element("span", interval(m), "span"));
    }
    row.append(head, before, after);
    return row;
  });
  byID("selection-table").tBodies[0].replaceChildren(...rows);
  byID("selection").hidden = false;
}

// interval writes the interval of an accuracy and, where it was tested against λ = 0, the p-value.
function interval(m) {
  const p = m.accuracy_p;
  return `${percent(m.accuracy_low, 1)} to ${percent(m.accuracy_high, 1)}` + (Number.isFinite(p) ? p < 0.001 ? "; p < 0.001" : `; p = ${fixed(p, 3)}` : "");
}
