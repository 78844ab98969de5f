// The beginning: everything starts after the first paint, because the page is read before it is played with.

// start connects the page; the scene may be absent, and then only the figures live.
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
  explorer = new Explorer(scene, readJSON("record"), tell);
  watchControls(explorer);
  window.mindgap = hook(explorer);
  document.documentElement.dataset.explorer = "ready";
}

// hook is what the tests of the page drive it by; nothing on the page uses it.
function hook(explorer) {
  const {scene, cloud, slider} = explorer;
  return {
    scene, cloud,
    setLambda: (lambda) => slider?.set(lambda),
    setMap: (method) => explorer.setMap(method),
    focus: (k) => explorer.focus(k),
    select: (set) => explorer.select(set),
    search: (query) => new Search(scene).find(query),
    metrics: (images, texts, lambda) => selectionMetrics(scene, images, texts, lambda),
    place: (k) => cloud.camera.toStage(...cloud.place(k)),
    state: () => ({
      lambda: cloud.lambda, map: cloud.map.method, mode: cloud.mode, focus: cloud.focus, selection: explorer.selection, frames: cloud.frames,
      webgl: cloud.renderer !== null, every: cloud.pace.every, images: scene.images, texts: scene.texts,
    }),
  };
}

requestAnimationFrame(() => setTimeout(() => start().catch((error) => {
  byID("status").textContent = error.message;
  console.error(error);
})));
