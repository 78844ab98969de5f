// Colours of points. The palette is Okabe and Ito's, which readers with any common colour vision tell apart; on a dark page lighter members of
// it take the place of those that would sink. Shape says the side, dots images and diamonds texts, so that colour is free to say more.

const lightPalette = {
  image: [0x00, 0x72, 0xb2], text: [0xd5, 0x5e, 0x00], muted: [0xb4, 0xb4, 0xb4], right: [0x00, 0x72, 0xb2], wrong: [0xd5, 0x5e, 0x00],
  gained: [0x00, 0x9e, 0x73], lost: [0x8f, 0x2f, 0x6b],
  classes: [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00], [0x00, 0x9e, 0x73], [0xcc, 0x79, 0xa7], [0xe6, 0x9f, 0x00], [0x56, 0xb4, 0xe9], [0x22, 0x22, 0x22], [0x8a, 0x5a, 0x2b]],
};
const darkPalette = {
  image: [0x56, 0xb4, 0xe9], text: [0xe6, 0x9f, 0x00], muted: [0x5e, 0x5e, 0x64], right: [0x56, 0xb4, 0xe9], wrong: [0xe6, 0x9f, 0x00],
  gained: [0x2f, 0xc9, 0x9c], lost: [0xe0, 0x8f, 0xc0],
  classes: [[0x56, 0xb4, 0xe9], [0xe6, 0x9f, 0x00], [0x2f, 0xc9, 0x9c], [0xe0, 0x8f, 0xbc], [0xf0, 0xe4, 0x42], [0x5c, 0x8d, 0xff], [0xf4, 0xf4, 0xf4], [0xff, 0x7f, 0x50]],
};

// cividis, sampled: a scale from low to high that readers with any common colour vision see rise evenly (Nuñez, Anderton and Renslow, 2018).
const cividis = [[0, 34, 78], [35, 62, 108], [87, 92, 109], [124, 123, 120], [165, 156, 116], [211, 193, 100], [254, 232, 56]];

// ramp reads the scale at t between 0 and 1; on a dark page its dark end would vanish, so that it begins later.
function ramp(t, dark) {
  const from = dark ? 0.3 : 0, x = (from + (1 - from) * Math.max(0, Math.min(1, t))) * (cividis.length - 1);
  const k = Math.min(cividis.length - 2, Math.floor(x));
  return cividis[k].map((v, i) => Math.round(v + (x - k) * (cividis[k + 1][i] - v)));
}

// css writes a colour for a style.
function css([r, g, b]) {
  return `rgb(${r} ${g} ${b})`;
}

// colourModes are what the points can be coloured by, with what each needs of the scene.
const colourModes = [
  {name: "side", label: "side", possible: () => true, paint: paintSides},
  {name: "class", label: "class", possible: (s) => s.get("label") && (s.header.classes ?? []).length > 0, paint: paintClasses},
  {name: "correct", label: "correctness", possible: (s) => s.get("label") && s.get("predicted"), paint: paintCorrectness},
  {name: "cosine", label: "matched cosine", possible: (s) => s.get("matched"), paint: paintCosines},
];

// Every paint function returns four bytes a point, images and then texts, and the legend.

function paintSides(scene, palette) {
  return paintEach(scene, () => palette.image, () => palette.text, [
    {label: "images", colour: palette.image, kind: "image"}, {label: "texts", colour: palette.text, kind: "text"}]);
}

function paintClasses(scene, palette) {
  const label = scene.get("label"), names = scene.header.classes;
  const sizes = new Int32Array(names.length);
  for (let i = 0; i < scene.ni; i++) if (label[i] >= 0) sizes[label[i]]++;
  const order = Array.from(sizes.keys()).sort((a, b) => sizes[b] - sizes[a] || a - b).slice(0, palette.classes.length);
  const colours = new Map(order.map((c, k) => [c, palette.classes[k]]));
  const of = (i) => colours.get(label[i]) ?? palette.muted;
  const legend = order.map((c, k) => ({label: clean(names[c]), colour: palette.classes[k], kind: "both"}));
  if (names.length > order.length) legend.push({label: plural(names.length - order.length, "other class"), colour: palette.muted, kind: "both"});
  return paintEach(scene, of, (j) => of(scene.imageOf(j)), legend);
}

function paintCorrectness(scene, palette) {
  const label = scene.get("label"), before = scene.get("predicted"), after = scene.get("predicted_best");
  const of = (i) => {
    if (label[i] < 0) return palette.muted;
    const was = before[i] === label[i], is = after ? after[i] === label[i] : was;
    return was ? (is ? palette.right : palette.lost) : (is ? palette.gained : palette.wrong);
  };
  const legend = [{label: "right", colour: palette.right, kind: "image"}, {label: "wrong", colour: palette.wrong, kind: "image"}];
  if (after) {
    const at = " at λ = " + signed(scene.header.lambda_best ?? NaN, 3);
    legend.push({label: "gained" + at, colour: palette.gained, kind: "image"}, {label: "lost" + at, colour: palette.lost, kind: "image"});
  }
  legend.push({label: "texts", colour: palette.muted, kind: "text"});
  return paintEach(scene, of, () => palette.muted, legend);
}

function paintCosines(scene, palette, dark) {
  const matched = scene.get("matched"), sum = new Float64Array(scene.ni), n = new Int32Array(scene.ni);
  let low = Infinity, high = -Infinity;
  for (let j = 0; j < scene.nt; j++) {
    low = Math.min(low, matched[j]);
    high = Math.max(high, matched[j]);
    sum[scene.imageOf(j)] += matched[j];
    n[scene.imageOf(j)]++;
  }
  const of = (v) => ramp((v - low) / (high - low || 1), dark);
  const legend = [0, 0.5, 1].map((t) => ({label: fixed(low + t * (high - low), 3), colour: ramp(t, dark), kind: "both"}));
  legend.push({label: "images", colour: palette.muted, kind: "image"}, {label: "texts", colour: palette.muted, kind: "text"});
  return paintEach(scene, (i) => n[i] ? of(sum[i] / n[i]) : palette.muted, (j) => of(matched[j]), legend);
}

function paintEach(scene, image, text, legend) {
  const bytes = new Uint8Array(4 * (scene.ni + scene.nt)).fill(255);
  for (let i = 0; i < scene.ni; i++) bytes.set(image(i), 4 * i);
  for (let j = 0; j < scene.nt; j++) bytes.set(text(j), 4 * (scene.ni + j));
  return {bytes, legend};
}
