// Search in captions, ids and class names: what holds the words stands out, and is stepped through.

class Search {
  constructor(scene) {
    this.scene = scene;
    this.texts = null; // lower case, made at the first search
  }

  // find returns the points whose words hold the query, in order: images by id or class, texts by caption.
  find(query) {
    const wanted = query.trim().toLowerCase();
    if (!wanted) return [];
    const {scene} = this, h = scene.header;
    this.texts ??= {ids: lower(h.ids), captions: lower(h.captions), classes: lower(h.classes)};
    const classes = this.texts.classes.map((name) => name.includes(wanted)), label = scene.get("label"), found = [];
    for (let i = 0; i < scene.images; i++) if (this.texts.ids[i]?.includes(wanted) || label && label[i] >= 0 && classes[label[i]]) found.push(i);
    for (let j = 0; j < scene.texts; j++) if (this.texts.captions[j]?.includes(wanted)) found.push(scene.ni + j);
    return found;
  }
}

function lower(list) {
  return (list ?? []).map((text) => text.toLowerCase());
}

// watchSearch connects the controls; actions are {found(points or null), focus(k), select(points)}.
function watchSearch(scene, actions) {
  const search = new Search(scene), input = byID("search"), buttons = ["search-previous", "search-next", "search-select"].map(byID);
  let points = [], at = -1, timer = 0;
  const tell = () => {
    byID("search-count").textContent = !input.value.trim() ? "" : points.length === 0 ? "none" : at < 0 ? plural(points.length, "match") :
      `${count(at + 1)} of ${count(points.length)}`;
    for (const b of buttons) b.disabled = points.length === 0;
  };
  const run = () => {
    points = search.find(input.value);
    at = -1;
    actions.found(input.value.trim() ? points : null);
    tell();
  };
  const step = (by) => {
    if (points.length === 0) return;
    at = at < 0 ? (by > 0 ? 0 : points.length - 1) : (at + by + points.length) % points.length;
    actions.focus(points[at]);
    tell();
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(timer);
    if (at < 0) run();
    step(event.shiftKey ? -1 : 1);
  });
  buttons[0].addEventListener("click", () => step(-1));
  buttons[1].addEventListener("click", () => step(1));
  buttons[2].addEventListener("click", () => actions.select(points));
  return {clear() {
    input.value = "";
    run();
  }};
}
