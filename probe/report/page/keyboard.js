// The keyboard on the stage: arrow keys walk from point to point, so that everything a pointer can bring into focus a key can too.

const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};

// watchKeyboard connects the stage; actions are {focus(k), clear()}.
function watchKeyboard(cloud, stage, actions) {
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const {camera, scene} = cloud, middle = [camera.width / 2, camera.height / 2];
    const direction = arrows[event.key];
    if (direction && event.shiftKey) camera.pan(-60 * direction[0], 60 * direction[1]);
    else if (direction) walk(direction);
    else if (event.key === "+" || event.key === "=") camera.zoom(1.3, ...middle);
    else if (event.key === "-" || event.key === "_") camera.zoom(1 / 1.3, ...middle);
    else if (event.key === "0") cloud.fit();
    else if (event.key === "Enter" && cloud.focus >= 0) actions.focus(partner(scene, cloud.focus));
    else if (event.key === "Escape") actions.clear();
    else return;
    event.preventDefault();
    cloud.invalidate();
  });

  function walk([dx, dy]) {
    const {scene, camera} = cloud, places = cloud.where();
    let k;
    if (cloud.focus < 0) k = nearest(places, scene.ni, scene.images, scene.texts, camera.x, camera.y, Infinity);
    else k = toward(places, scene.ni, scene.images, scene.texts, cloud.focus, dx, dy);
    if (k < 0) return;
    actions.focus(k);
  }
}

// partner is the other side of a point's pair: the image of a text, or the first text of an image.
function partner(scene, k) {
  if (k >= scene.ni) return scene.imageOf(k - scene.ni);
  const j = textOf(scene, k);
  return j < 0 ? k : scene.ni + j;
}

// textOf is the first text of image i, or −1.
function textOf(scene, i) {
  const of = scene.get("image_of");
  return of ? of.indexOf(i) : i < scene.nt ? i : -1;
}

// keepInView moves the camera where a point lies outside of the stage.
function keepInView(cloud, k) {
  const at = cloud.place(k);
  if (!at) return;
  const {camera} = cloud, [x, y] = camera.toStage(...at), margin = 24;
  const over = (v, size) => v < margin ? margin - v : v > size - margin ? size - margin - v : 0;
  camera.pan(over(x, camera.width), over(y, camera.height));
  cloud.invalidate();
}
