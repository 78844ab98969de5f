// The controls around the stage, and what they say before anybody touches them.

// watchControls connects every control to the explorer.
function watchControls(explorer) {
  const {cloud, scene, stage} = explorer;
  const search = watchSearch(scene, {
    found: (points) => explorer.setFound(points),
    focus: (k) => explorer.focus(k),
    select: (points) => explorer.selectPoints(points),
  });
  const clear = () => {
    search.clear();
    explorer.select({images: [], texts: []});
  };
  watchKeyboard(cloud, stage, {focus: (k) => explorer.focus(k), clear});
  if (cloud.renderer) {
    watchPointer(cloud, stage, {
      focus: (k) => explorer.focus(k, true),
      outline(outline) { explorer.overlay.outline = outline; cloud.invalidate(); },
      lasso: (outline) => explorer.selectWithin(outline),
    });
  } else {
    still(stage);
  }

  const zoom = (factor) => () => {
    cloud.camera.zoom(factor, cloud.camera.width / 2, cloud.camera.height / 2);
    cloud.invalidate();
  };
  const actions = {
    "zoom-in": zoom(1.5), "zoom-out": zoom(1 / 1.5), "zoom-fit": () => cloud.fit(), clear, "save-map": () => saveMap(cloud),
    lasso(event) {
      const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
      event.currentTarget.setAttribute("aria-pressed", on);
      stage.classList.toggle("lassoing", on);
    },
  };
  for (const [id, action] of Object.entries(actions)) byID(id).addEventListener("click", action);
  const choices = {"map-choice": (value) => explorer.setMap(value), "colour-choice": (value) => cloud.setMode(value)};
  for (const [id, choose] of Object.entries(choices)) byID(id).addEventListener("change", (event) => choose(event.target.value));
  byID("pairs").addEventListener("change", (event) => explorer.setPairs(event.target.checked));

  fill(byID("map-choice"), scene.header.maps.map((m) => [m.method, clean(m.title)]));
  offerColours(explorer);
  describeSize(scene);
}

// offerColours lists what the points can be coloured by with the arrays that have arrived.
function offerColours({cloud, scene}) {
  fill(byID("colour-choice"), colourModes.filter((m) => m.possible(scene)).map((m) => [m.name, m.label]));
  byID("colour-choice").value = cloud.mode;
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
