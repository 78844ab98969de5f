// Drawing by WebGL: the buffers hold what never changes, the raw projections and u of every point, and the vertex shader moves the points. A
// new λ is then a few uniforms, however many points there are.

const moving = `
attribute vec2 raw;
attribute float u;
uniform float n2;
uniform vec2 gap, offset, centre, halfStage;
uniform float scale;
vec4 placed(float s) {
  float r = sqrt(max(1e-30, 1.0 - 2.0 * s * u + s * s * n2));
  vec2 at = (raw - s * gap) / r - offset;
  return vec4((at - centre) * scale / halfStage, 0.0, 1.0);
}`;

const pointVertex = `precision highp float;${moving}
attribute vec4 colour;
uniform float s, size, raised;
varying vec4 tint;
varying float pixels;
void main() {
  gl_Position = placed(s);
  // The fourth byte of a colour says whether the point stands out (255) or stands back.
  pixels = size * (colour.a > 0.9 ? raised : 1.0);
  gl_PointSize = pixels + 2.0;
  tint = colour;
}`;

const pointFragment = `precision mediump float;
varying vec4 tint;
varying float pixels;
uniform float diamond, opacity;
void main() {
  vec2 p = (gl_PointCoord - 0.5) * (pixels + 2.0);
  float d = mix(length(p), 0.78 * (abs(p.x) + abs(p.y)), diamond);
  float cover = clamp(0.5 * pixels - d + 0.5, 0.0, 1.0);
  float alpha = cover * opacity * tint.a;
  gl_FragColor = vec4(tint.rgb * alpha, alpha);
}`;

const lineVertex = `precision highp float;${moving}
attribute float side;
uniform vec2 steps;
void main() { gl_Position = placed(mix(steps.x, steps.y, side)); }`;

const lineFragment = `precision mediump float;
uniform vec4 tone;
void main() { gl_FragColor = vec4(tone.rgb * tone.a, tone.a); }`;

// turns is in how many slices each cloud is drawn, one of each side after the other, so that neither hides the other where they overlap.
const turns = 8;

class Renderer {
  // make returns a renderer on the canvas, or null where there is no WebGL.
  static make(canvas) {
    const options = {alpha: true, premultipliedAlpha: true, antialias: false, depth: false, stencil: false};
    const gl = canvas.getContext("webgl2", options) ?? canvas.getContext("webgl", options);
    if (!gl) return null;
    try {
      return new Renderer(gl);
    } catch (error) {
      console.warn(error.message);
      return null;
    }
  }

  constructor(gl) {
    this.gl = gl;
    this.restore();
  }

  // restore makes everything that a lost context has lost, but the contents of the buffers.
  restore() {
    const gl = this.gl;
    this.points = program(gl, pointVertex, pointFragment, ["raw", "u", "colour"]);
    this.lines = program(gl, lineVertex, lineFragment, ["raw", "u", "side"]);
    this.buffers = {};
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.clearColor(0, 0, 0, 0);
  }

  // load puts numbers into the buffer of that name.
  load(name, numbers) {
    const gl = this.gl;
    this.buffers[name] ??= gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.DYNAMIC_DRAW);
  }

  // draw draws one frame of v: camera, pixel ratio, map, steps, n2, images, texts, ni, size, opacity, raised,
  // pairs (their number and tone), and every: of so many points and pairs, one is drawn.
  draw(v) {
    const gl = this.gl;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (v.pairs && this.buffers.pairs) {
      this.begin(this.lines, v);
      const stride = 16;
      this.attribute(this.lines.raw, "pairs", 2, gl.FLOAT, false, stride, 0);
      this.attribute(this.lines.u, "pairs", 1, gl.FLOAT, false, stride, 8);
      this.attribute(this.lines.side, "pairs", 1, gl.FLOAT, false, stride, 12);
      gl.uniform2f(this.lines.uniform("steps"), v.steps.image, v.steps.text);
      gl.uniform4fv(this.lines.uniform("tone"), v.tone);
      gl.drawArrays(gl.LINES, 0, 2 * Math.ceil(v.pairs / v.every));
    }
    const p = this.points;
    this.begin(p, v);
    gl.uniform1f(p.uniform("size"), v.size * v.ratio);
    gl.uniform1f(p.uniform("opacity"), v.opacity);
    gl.uniform1f(p.uniform("raised"), v.raised);
    const sides = [{raw: "images", u: "u", from: 0, n: v.images, s: v.steps.image}, {raw: "texts", u: "v", from: v.ni, n: v.texts, s: v.steps.text}];
    for (let turn = 0; turn < turns; turn++) {
      sides.forEach((side, diamond) => {
        const first = Math.floor(turn * side.n / turns), n = Math.ceil((Math.floor((turn + 1) * side.n / turns) - first) / v.every);
        if (n === 0) return;
        this.attribute(p.raw, side.raw, 2, gl.FLOAT, false, 8 * v.every, 8 * first);
        this.attribute(p.u, side.u, 1, gl.FLOAT, false, 4 * v.every, 4 * first);
        this.attribute(p.colour, "colours", 4, gl.UNSIGNED_BYTE, true, 4 * v.every, 4 * (side.from + first));
        gl.uniform1f(p.uniform("s"), side.s);
        gl.uniform1f(p.uniform("diamond"), diamond);
        gl.drawArrays(gl.POINTS, 0, n);
      });
    }
  }

  // begin sets what both programs share.
  begin(p, v) {
    const gl = this.gl, c = v.camera;
    gl.useProgram(p.program);
    gl.uniform1f(p.uniform("n2"), v.n2);
    gl.uniform2f(p.uniform("gap"), v.map.gap[0], v.map.gap[1]);
    gl.uniform2f(p.uniform("offset"), v.map.offset[0], v.map.offset[1]);
    gl.uniform2f(p.uniform("centre"), c.x, c.y);
    gl.uniform2f(p.uniform("halfStage"), c.width / 2, c.height / 2);
    gl.uniform1f(p.uniform("scale"), c.scale);
  }

  attribute(location, buffer, ...layout) {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[buffer]);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, ...layout);
  }
}

// program compiles and links; attributes become properties of the result, uniforms are found by name once.
function program(gl, vertex, fragment, attributes) {
  const made = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const part = gl.createShader(type);
    gl.shaderSource(part, source);
    gl.compileShader(part);
    gl.attachShader(made, part);
  }
  // The first attribute is bound to place 0, which some drivers need to be in use.
  attributes.forEach((name, i) => gl.bindAttribLocation(made, i, name));
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error("the shaders do not link: " + gl.getProgramInfoLog(made));
  const found = new Map();
  const uniform = (name) => {
    if (!found.has(name)) found.set(name, gl.getUniformLocation(made, name));
    return found.get(name);
  };
  return Object.assign({program: made, uniform}, Object.fromEntries(attributes.map((name, i) => [name, i])));
}
