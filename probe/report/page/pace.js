// Keeping pace with a slow graphics card, or with none: a frame waits until the one before is done, so that what is seen is what was asked for
// last, and while things move, only every second, fourth … point is drawn where all would take too long. What rests is always drawn whole.

// Times are seen once a frame of the browser, 16 milliseconds at best: more than two such are slow, a single one is fast.
const slowFrame = 42;
const fastFrame = 22;
const patience = 30; // fast frames in a row before more points are tried again
const restAfter = 160; // milliseconds without a change
const mostSkipped = 16;

class Pace {
  constructor() {
    this.every = 1; // of so many points one is drawn while things move
    this.slow = 0; // frames in a row that took too long
    this.fast = 0;
    this.fence = null;
    this.began = 0;
    this.drawn = 1; // what the frame under way draws
  }

  // begin marks the end of the commands of a frame that draws every n-th point. WebGL 1 cannot tell when they are done.
  begin(gl, every) {
    if (!gl.fenceSync) return;
    this.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.began = performance.now();
    this.drawn = every;
    gl.flush();
    this.watch(gl);
  }

  // watch looks once a frame whether the drawing is done: asked later, it would take the idle time since for work.
  watch(gl) {
    requestAnimationFrame(() => {
      if (this.busy(gl)) this.watch(gl);
    });
  }

  // busy says whether the last frame is still being drawn, and learns from how long it took.
  busy(gl) {
    if (!this.fence) return false;
    const state = gl.clientWaitSync(this.fence, 0, 0);
    if (state === gl.TIMEOUT_EXPIRED) return true;
    gl.deleteSync(this.fence);
    this.fence = null;
    if (this.drawn === this.every) this.learn(performance.now() - this.began);
    return false;
  }

  // learn takes the time of one frame. A single slow one may be the browser's, which is busy with something else.
  learn(took) {
    this.slow = took > slowFrame ? this.slow + 1 : 0;
    this.fast = took < fastFrame ? this.fast + 1 : 0;
    if (this.slow >= 2 && this.every < mostSkipped) {
      this.every *= 2;
      this.slow = 0;
    } else if (this.fast >= patience && this.every > 1) {
      this.every /= 2;
      this.fast = 0;
    }
  }
}
