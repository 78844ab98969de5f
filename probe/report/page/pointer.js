// Mouse, pen and fingers on the stage: drag and two fingers move, wheel and pinch zoom, Shift or the lasso's button draws a selection, and
// resting on a point brings it into focus. On a touch screen one finger still scrolls the page up and down.

const reach = 14; // pixels from a point that still mean it

// watchPointer connects the stage; actions are {focus(k), lasso(outline on the map), outline(in pixels or null)}.
function watchPointer(cloud, stage, actions) {
  const held = new Map(); // pointers that are down, by id
  let drawing = null, moved = false, hover = null;
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop];
  };
  const lassoing = () => byID("lasso").getAttribute("aria-pressed") === "true";

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    held.set(event.pointerId, place(event));
    moved = false;
    if (held.size === 1 && (event.shiftKey || lassoing())) drawing = [place(event)];
    else if (held.size > 1) cancel();
  });

  stage.addEventListener("pointermove", (event) => {
    const now = place(event), before = held.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") rest(now);
      return;
    }
    if (drawing) {
      const last = drawing[drawing.length - 1];
      if (Math.hypot(now[0] - last[0], now[1] - last[1]) > 3) drawing.push(now);
      actions.outline(drawing);
      return;
    }
    const others = [...held].filter(([id]) => id !== event.pointerId);
    if (others.length === 0) {
      if (!moved && Math.hypot(now[0] - before[0], now[1] - before[1]) < 4) return;
      cloud.camera.pan(now[0] - before[0], now[1] - before[1]);
    } else {
      // Two fingers: what lies between them stays between them.
      const other = others[0][1], middle = (p) => [(p[0] + other[0]) / 2, (p[1] + other[1]) / 2], apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      const from = middle(before), to = middle(now);
      cloud.camera.pan(to[0] - from[0], to[1] - from[1]);
      cloud.camera.zoom(apart(now) / Math.max(1, apart(before)), ...to);
    }
    moved = true;
    held.set(event.pointerId, now);
    cloud.move();
  });

  const release = (event) => {
    if (!held.delete(event.pointerId)) return;
    if (drawing) {
      const outline = drawing.flatMap((p) => cloud.camera.toMap(...p));
      const enough = drawing.length > 2;
      cancel();
      if (enough && event.type === "pointerup") actions.lasso(outline);
    } else if (!moved && event.type === "pointerup") {
      rest(place(event), true);
    }
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    cloud.camera.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * unit)) * (event.ctrlKey ? 0.01 : 0.0022)), ...place(event));
    cloud.move();
  }, {passive: false});

  function cancel() {
    drawing = null;
    actions.outline(null);
  }

  // rest looks for a point under the pointer, once a frame at most.
  function rest(now, tapped) {
    const first = hover === null;
    hover = now;
    if (!first) return;
    requestAnimationFrame(() => {
      const k = pointAt(cloud, hover);
      hover = null;
      if (k >= 0 && (k !== cloud.focus || tapped)) actions.focus(k);
    });
  }
}

// pointAt is the point within reach of a place of the stage, or −1.
function pointAt(cloud, [px, py]) {
  const {scene} = cloud;
  return nearest(cloud.where(), scene.ni, scene.images, scene.texts, ...cloud.camera.toMap(px, py), reach / cloud.camera.scale);
}
