// Where the parts meet. Everything starts after the first paint: the page is read before it is played with.

// start connects the page; the scene may be absent, and then only the exports live.
async function start() {
  const status = byID("status");
  const tell = (text) => { status.textContent = text; };
  watchExports(tell);
  reachable();
  if (!byID("explorer")) return;
  const served = document.body.dataset.scene;
  let explorer = null;
  const scene = served ? await servedScene(served, (name) => explorer?.more(name), (error) => tell(error.message)) : inlineScene();
  if (!scene) return;
  explorer = explore(scene, readJSON("record"), tell);
}

// explore makes the explorer of a scene that has arrived.
function explore(scene, record, tell) {
  const stage = byID("stage"), shift = scene.header.shift;
  const cloud = new Cloud(scene, byID("cloud"), stage), overlay = new Overlay(cloud, byID("overlay"));
  const points = record?.results?.shift?.points ?? [], sweep = points.length > 1 ? new Sweep(points) : null;
  const inspector = new Inspector(scene, byID("inspector"), focus, selectClass);
  const moveLines = liveLines();
  const served = Boolean(document.body.dataset.scene);
  let histogram = null, slider = null, selection = null, found = null, wanted = false, asked = 0, resting = 0;
  cloud.onLegend = showLegend;
  showLegend(cloud.legend);

  // focus brings a point into focus, and into view unless a pointer is on it already.
  function focus(k, pointed) {
    cloud.focus = k;
    overlay.neighbours = inspector.points(k);
    inspector.show(k);
    tell(inspector.describe(k));
    if (!pointed) keepInView(cloud, k);
    cloud.invalidate();
  }

  // measure shows the metrics of the selection; where the page is served, its server says them of all data.
  function measure() {
    const {images, texts} = selection, lambda = cloud.lambda;
    showSelection(selectionMetrics(scene, images, texts, 0), selectionMetrics(scene, images, texts, lambda));
    if (!served) return;
    clearTimeout(asked);
    asked = setTimeout(async () => {
      const chosen = selection;
      try {
        const [zero, now] = await servedSelection(images, texts, lambda);
        if (chosen === selection && lambda === cloud.lambda) showSelection(zero, now);
      } catch (error) {
        tell(error.message);
      }
    }, 200);
  }

  // stand lets matches and selected points stand out.
  function stand() {
    let standing = null;
    if (found || selection) {
      standing = new Uint8Array(scene.ni + scene.nt);
      for (const k of found ?? []) standing[k] = 1;
      for (const i of selection?.images ?? []) standing[i] = 1;
      for (const j of selection?.texts ?? []) standing[scene.ni + j] = 1;
    }
    cloud.stand(standing);
    byID("clear").disabled = !standing;
  }

  function select(set) {
    selection = set.images.length + set.texts.length > 0 ? set : null;
    stand();
    if (selection) {
      measure();
      tell(`Selected ${plural(set.images.length, "image")} and ${plural(set.texts.length, "text")}.`);
    } else {
      byID("selection").hidden = true;
      tell("Nothing is selected.");
    }
  }

  // selectClass selects the images of a class and their texts.
  function selectClass(c) {
    const label = scene.get("label"), images = [], texts = [];
    for (let i = 0; i < scene.images; i++) if (label[i] === c) images.push(i);
    for (let j = 0; j < scene.texts; j++) if (label[scene.imageOf(j)] === c) texts.push(j);
    select({images, texts});
  }

  function setLambda(lambda) {
    cloud.setLambda(lambda);
    // Said once the slider rests: a sentence for every step would never end.
    clearTimeout(resting);
    resting = setTimeout(() => { if (!slider.frame) tell(slider.summary()); }, 800);
    if (wanted) return;
    wanted = true;
    // Histograms and metrics follow once a frame, however often the slider speaks.
    requestAnimationFrame(() => {
      wanted = false;
      moveLines(cloud.lambda);
      histogram?.show(cloud.lambda);
      if (selection) measure();
    });
  }

  const search = watchSearch(scene, {
    found(list) { found = list; stand(); if (list) tell(plural(list.length, "match") + "."); },
    focus,
    select: (list) => select({images: list.filter((k) => k < scene.ni), texts: list.filter((k) => k >= scene.ni).map((k) => k - scene.ni)}),
  });
  const clear = () => {
    search.clear();
    select({images: [], texts: []});
  };
  if (cloud.renderer) {
    watchPointer(cloud, stage, {
      focus: (k) => focus(k, true),
      outline(outline) { overlay.outline = outline; cloud.invalidate(); },
      lasso: (outline) => select(within(cloud.where(), scene.ni, scene.images, scene.texts, outline)),
    });
  }
  watchKeyboard(cloud, stage, {focus, clear});

  fill(byID("map-choice"), scene.header.maps.map((m) => [m.method, clean(m.title)]));
  byID("map-choice").addEventListener("change", (event) => setMap(event.target.value));
  fill(byID("colour-choice"), colourModes.filter((m) => m.possible(scene)).map((m) => [m.name, m.label]));
  byID("colour-choice").addEventListener("change", (event) => cloud.setMode(event.target.value));
  byID("pairs").addEventListener("change", (event) => {
    cloud.setPairs(event.target.checked);
    if (cloud.pairs && cloud.pairStride > 1) tell(`One pair of ${cloud.pairStride} is drawn as a line.`);
  });
  const zoom = (factor) => () => {
    cloud.camera.zoom(factor, cloud.camera.width / 2, cloud.camera.height / 2);
    cloud.invalidate();
  };
  byID("zoom-in").addEventListener("click", zoom(1.5));
  byID("zoom-out").addEventListener("click", zoom(1 / 1.5));
  byID("zoom-fit").addEventListener("click", () => cloud.fit());
  byID("clear").addEventListener("click", clear);
  byID("save-map").addEventListener("click", () => saveMap(cloud));
  byID("lasso").addEventListener("click", (event) => {
    const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", on);
    stage.classList.toggle("lassoing", on);
  });

  function setMap(method) {
    if (!cloud.setMap(method)) tell("This map has not arrived yet.");
    byID("map-choice").value = cloud.map.method;
    showMap();
  }

  // showMap says what the axes are, and what this map cannot show.
  function showMap() {
    const {axes, explained, live} = cloud.map;
    const share = (k) => Number.isFinite(explained?.[k]) && explained[k] !== null ? ` (${percent(explained[k], 0)} of variance)` : "";
    byID("axes").textContent = `Across: ${clean(axes[0])}${share(0)}. Up: ${clean(axes[1])}${share(1)}.` +
      (live ? "" : " This map is not linear: its points stay where they are when λ changes.");
    cloud.invalidate();
  }

  // more takes up what has arrived: all rows of the first map, or a further array.
  function more(name) {
    if (name === undefined) {
      cloud.load();
      cloud.paint();
    }
    fill(byID("colour-choice"), colourModes.filter((m) => m.possible(scene)).map((m) => [m.name, m.label]));
    byID("colour-choice").value = cloud.mode;
    if (cloud.focus >= 0 && name?.startsWith("near_")) inspector.show(cloud.focus);
    draw();
  }

  // draw makes the histogram as soon as its numbers are there.
  function draw() {
    if (histogram || !cosineKinds.every((kind) => scene.get(kind.sample ? kind.sample + "_s" : "matched"))) return;
    if (scene.texts < scene.nt || scene.images < scene.ni) return;
    histogram = new CosineHistogram(scene, byID("histogram"), sweep?.lambdas ?? []);
    histogram.show(cloud.lambda);
  }

  if (!cloud.renderer) still(stage);
  if (sweep && byID("lambda")) {
    slider = new Slider(sweep, shift, setLambda);
    cloud.setLambda(slider.lambda);
    moveLines(slider.lambda);
  }
  showMap();
  draw();
  describeSize(scene);
  const explorer = {more};
  // What the tests of the page drive it by; nothing on the page uses it.
  window.mindgap = {
    ready: true, scene, cloud,
    setLambda: (lambda) => slider?.set(lambda), setMap, focus, select, search: (query) => new Search(scene).find(query),
    metrics: (images, texts, lambda) => selectionMetrics(scene, images, texts, lambda),
    state: () => ({lambda: cloud.lambda, map: cloud.map.method, mode: cloud.mode, focus: cloud.focus, selection, frames: cloud.frames, webgl: cloud.renderer !== null, every: cloud.pace.every,
      images: scene.images, texts: scene.texts}),
    place: (k) => cloud.camera.toStage(...cloud.place(k)),
  };
  document.documentElement.dataset.explorer = "ready";
  return explorer;
}

// fill gives a list its choices.
function fill(list, choices) {
  list.replaceChildren(...choices.map(([value, label]) => {
    const option = element("option", label);
    option.value = value;
    return option;
  }));
  list.disabled = choices.length < 2;
}

// still puts a copy of the still map where the moving one cannot be drawn, and turns off what would move it. Search, keyboard, slider and
// numbers stay.
function still(stage) {
  for (const id of ["map-choice", "colour-choice", "pairs", "zoom-in", "zoom-out", "zoom-fit", "lasso", "save-map"]) byID(id).disabled = true;
  byID("overlay").remove();
  stage.classList.add("still");
  const note = byID("stage-note"), map = document.querySelector("#gap-map svg");
  note.textContent = "This browser offers no WebGL, so that the map stands still. The slider, the numbers and the histograms move.";
  note.hidden = false;
  if (map) {
    const copy = map.cloneNode(true);
    copy.classList.add("still-map");
    stage.append(copy);
  }
}

// describeSize says where a sample is shown.
function describeSize(scene) {
  const h = scene.header, all = h.of_images <= h.images && h.of_texts <= h.texts;
  byID("stage").setAttribute("aria-label", `The two clouds: ${plural(h.images, "image")} and ${plural(h.texts, "text")}`);
  if (!all) byID("explorer-title").after(element("p", `A random sample: ${count(h.images)} of ${plural(h.of_images, "image")}, ${count(h.texts)} of ${plural(h.of_texts, "text")}.`, "note"));
}

requestAnimationFrame(() => setTimeout(() => start().catch((error) => {
  byID("status").textContent = error.message;
  console.error(error);
})));
