/* <draw-digit>: the reader draws a digit, and LeNet reads it: every map of the network, and its answer.
 *
 * uses: figure.js draw-digit-samples.js draw-digit-math.js draw-digit-network.js
 *
 * The network's weights, draw-digit-weights.js, are fetched when the figure is first used, never before.
 *
 * Attributes, all optional: sample (0 to 9, none), fit; controls (see figure.js).
 * State besides: strokes, lists of points [x, y] from 0 to 28; pen {x, y, down}, for who draws with the keyboard.
 * output: {network: "absent", "loading", "failed" or "ready", input [28][28], ink: whether there is any}; when the network
 * is ready and there is ink also {maps, logits, probabilities, order, answer}; maps are flat Float32Arrays, see STAGES.
 */
(function () {
  "use strict";
  const { choice, html, nothing, svg, toggle } = CnnFigure;
  const { range } = ConvMath;
  const { RADIUS, SIZE, STAGES, bytes, draw, forward, inside, isPoint, shrink, softmax, strokesOf } = DrawDigitMath;
  const net = DrawDigitNetwork;
  const STEP = 2; // units that a key moves the pen
  const SAMPLES = DrawDigitSamples.map((base64) => Float32Array.from(bytes(base64), (value) => value / 255));
  const MOVES = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1], // as on a number pad
  };
  const percent = (p) => (p > 0.9995 ? "over 99.9%" : p < 0.0005 ? "under 0.1%" : `${(100 * p).toFixed(1)}%`);
  const short = (p) => (p > 0.995 && p < 0.9995 ? "99%" : `${Math.round(100 * p)}%`);
  const signed = (value) => value.toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−");

  class DrawDigit extends CnnFigure {
    static title = "LeNet reads what you draw";
    static settings = {
      sample: choice("Begin with a test digit", { ...Object.fromEntries(range(10).map((d) => [d, String(d)])), none: "empty pad" }, "none"),
      fit: toggle("Center and scale it first, as MNIST was", true),
    };
    static start = { strokes: [], pen: { x: 14, y: 14, down: false } };

    static settle(state, change) {
      const strokes = "sample" in change && !("strokes" in change) ? [] : strokesOf(state.strokes);
      const { x, y, down } = state.pen ?? {};
      const pen = { x: isPoint([x, y]) ? inside(x) : 14, y: isPoint([x, y]) ? inside(y) : 14, down: Boolean(down) && strokes.length > 0 };
      return { ...state, strokes, pen };
    }

    static compute({ sample, fit, strokes }) {
      const image = SAMPLES[sample];
      // A sample as it is has been centered already.
      const input = image && !strokes.length ? image : shrink(draw(strokes, image), fit);
      const seen = { network: net.status, ink: input.some((value) => value > 0), input: range(SIZE).map((i) => [...input.slice(i * SIZE, (i + 1) * SIZE)]) };
      if (!seen.ink || !net.layers) return seen;
      const { maps, logits } = forward(input, net.layers);
      const probabilities = softmax(logits);
      const order = range(10).sort((a, b) => logits[b] - logits[a]);
      return { ...seen, maps, logits, probabilities, order, answer: order[0] };
    }

    static sentence(state, { network, ink, maps, probabilities, order }) {
      if (!ink) return "Draw a digit, or begin with one of the ten test digits. The network reads along while you draw.";
      if (network === "failed") return "The network’s weights could not be fetched. Draw on to try again.";
      if (!maps) return "The network’s weights are being fetched, 0.9 MB.";
      const [best, next] = order;
      const sure = probabilities[best] < 0.6 ? "It is unsure" : probabilities[best] < 0.95 ? "It leans to one answer" : "It is sure";
      const alive = (map) => map.reduce((count, value) => count + (value > 0), 0);
      return `${sure}: ${best}, with probability ${percent(probabilities[best])}; next is ${next}, with ${percent(probabilities[next])}. Above 0 are ${
        alive(maps.pool2).toLocaleString("en-US")} of the 2,450 numbers behind the second pooling, and ${alive(maps.hidden)} of 500 in the hidden layer.`;
    }

    connectedCallback() {
      super.connectedCallback();
      this._theme = new MutationObserver(() => this.requestUpdate());
      this._theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      this.addEventListener("cnn-change", this._used);
    }

    disconnectedCallback() {
      super.disconnectedCallback();
      this._theme.disconnect();
      this.removeEventListener("cnn-change", this._used);
    }

    /** Ink asks for the network. What comes of it is shown, and only the reader's next change asks again. */
    _used = () => {
      if (net.layers || this._waits || !this._result.ink) return;
      this._waits = true;
      net.load().then(() => {
        this.state = {};
        this._waits = false;
      });
      this._result.network = net.status;
    };

    // Drawing ------------------------------------------------------------------------------------

    _point(event) {
      const pad = event.currentTarget;
      const box = pad.getBoundingClientRect();
      const to = [event.clientX - box.left, event.clientY - box.top].map((value) => inside((value * SIZE) / box.width));
      const { strokes } = this._state;
      if (event.type === "pointerdown") {
        if (event.button) return;
        pad.setPointerCapture(event.pointerId);
        this._drawing = event.pointerId;
        this.change({ strokes: [...strokes, [to]], pen: { x: Math.round(to[0]), y: Math.round(to[1]), down: false } });
      } else if (this._drawing === event.pointerId) {
        const stroke = strokes.at(-1);
        if (!stroke || Math.hypot(to[0] - stroke.at(-1)[0], to[1] - stroke.at(-1)[1]) < 0.3) return;
        this.change({ strokes: [...strokes.slice(0, -1), [...stroke, to]] });
      }
    }

    _press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { strokes, pen } = this._state;
      const move = MOVES[event.key];
      if (move) {
        const by = event.shiftKey ? 1 : STEP;
        const [x, y] = [inside(pen.x + by * move[0]), inside(pen.y + by * move[1])];
        this.change({ pen: { ...pen, x, y }, ...(pen.down && { strokes: [...strokes.slice(0, -1), [...strokes.at(-1), [x, y]]] }) });
      } else if (event.key === " " || event.key === "Enter") {
        this.change({ pen: { ...pen, down: !pen.down }, ...(!pen.down && { strokes: [...strokes, [[pen.x, pen.y]]] }) });
      } else if (event.key === "Backspace") {
        this._undo();
      } else return;
      event.preventDefault();
    }

    _undo() {
      const { strokes, pen } = this._state;
      this.change({ strokes: strokes.slice(0, -1), pen: { ...pen, down: false } });
    }

    buttons({ sample, strokes }) {
      return html`${this.button("Undo stroke", () => this._undo(), { disabled: !strokes.length })}${
        this.button("Clear", () => this.change({ sample: "none", strokes: [] }), { disabled: sample === "none" && !strokes.length })}`;
    }

    // Looks --------------------------------------------------------------------------------------

    draw(state, result) {
      const inner = Math.max(240, this.inner ?? 640);
      const wide = inner >= 560;
      const pad = SIZE * (wide ? 8 : inner >= 290 ? 7 : 6);
      const seen = SIZE * (inner >= 290 ? 3 : 2);
      return html`<div class="dd-top" data-wide=${wide}>
          ${this.block("your drawing", this._pad(state, result, pad))}
          <div class="dd-middle">
            ${this.block("what it sees", html`<canvas class="dd-input" role="img" aria-label="The 28 × 28 pixels that the network gets"
              width=${SIZE} height=${SIZE} style=${`width: ${seen}px; height: ${seen}px`}></canvas>`)}
            ${this.block("what it reads", html`<div class="dd-answer" style=${`width: ${seen}px; height: ${pad - seen - 24}px; font-size: ${0.7 * seen}px`}
              data-sure=${(result.probabilities?.[result.answer] ?? 0) >= 0.6}>${result.answer ?? html`<span>–</span>`}</div>`)}</div>
          ${this._bars(result)}</div>
        <p class="dd-hint">Draw with the mouse or a finger. With the keyboard: arrows move the pen, and Home, End, Page Up and Page Down move it
          diagonally; Space puts it down and lifts it; Backspace takes a stroke back.</p>
        <div class="dd-stages">${this._stages(inner, wide)}</div>`;
    }

    _pad({ sample, strokes, pen }, { ink }, side) {
      const point = (event) => this._point(event);
      const end = () => (this._drawing = null);
      const path = (stroke) => svg`<polyline points=${stroke.concat(stroke.length > 1 ? [] : stroke).map((at) => at.join()).join(" ")}></polyline>`;
      return html`<div class="dd-pad" role="application" tabindex="0" style=${`width: ${side}px; height: ${side}px`}
        aria-label="Drawing pad. Arrow keys move the pen, Space puts it down and lifts it, Backspace takes a stroke back."
        @pointerdown=${point} @pointermove=${point} @pointerup=${end} @pointercancel=${end} @keydown=${(event) => this._press(event)}>
        ${SAMPLES[sample] ? html`<canvas class="dd-sample" width=${SIZE} height=${SIZE} aria-hidden="true"></canvas>` : nothing}
        <svg viewBox="0 0 ${SIZE} ${SIZE}" aria-hidden="true"><g class="dd-strokes" stroke-width=${2 * RADIUS}>${strokes.map(path)}</g>
          <circle class="dd-pen" data-down=${pen.down} cx=${pen.x} cy=${pen.y} r="1"></circle></svg>
        ${ink ? nothing : html`<span class="dd-invite">Draw a digit here</span>`}
        <span class="dd-place" aria-live="polite">pen ${pen.down ? "down" : "up"}, row ${pen.y}, column ${pen.x}</span></div>`;
    }

    _bars({ probabilities, logits, answer }) {
      return html`<table class="dd-bars"><colgroup><col><col><col><col></colgroup><thead><tr><th scope="col"><span class="dd-hidden">digit</span></th><th scope="col" colspan="2">probability</th>
        <th scope="col">logit</th></tr></thead><tbody>${range(10).map((digit) => html`<tr class=${digit === answer ? "dd-best" : ""}>
          <th scope="row">${digit}</th><td class="dd-track"><i style=${`width: ${probabilities ? 100 * probabilities[digit] : 0}%`}></i></td>
          <td>${probabilities ? short(probabilities[digit]) : "–"}</td><td class="dd-logit">${logits ? signed(logits[digit]) : "–"}</td></tr>`)}</tbody></table>`;
    }

    /** One canvas for each stage, all as wide as the figure; `_paint` fills them. */
    _stages(inner, wide) {
      const columns = wide ? { conv1: 10, pool1: 20, conv2: 17, pool2: 17, hidden: 100 } : { conv1: 5, pool1: 10, conv2: 10, pool2: 10, hidden: 50 };
      const words = {
        conv1: ["convolution 1, ReLU", "20 maps of 28 × 28"], pool1: ["pooling 1", "20 maps of 14 × 14"],
        conv2: ["convolution 2, ReLU", "50 maps of 14 × 14"], pool2: ["pooling 2", "50 maps of 7 × 7"],
        hidden: ["linear 1, ReLU", "500 numbers"],
      };
      return Object.entries(STAGES).map(([name, [maps, size]]) => {
        const gap = size === 1 ? 1 : 4;
        const room = Math.floor((inner + gap) / columns[name] - gap);
        const tile = room < 2 * size ? room : room - (room % size); // whole pixels where there is room
        const pitch = (inner - tile) / (columns[name] - 1);
        const high = (Math.ceil(maps / columns[name]) - 1) * pitch + tile;
        return html`<div><div class="dd-name"><b>${words[name][0]}</b> ${words[name][1]}</div><canvas class="dd-maps" data-stage=${name}
          data-layout=${[columns[name], pitch, tile].join()} style=${`width: ${inner}px; height: ${high}px`}
          role="img" aria-label=${`After ${words[name].join(": ")}`}></canvas></div>`;
      });
    }

    updated() {
      const style = getComputedStyle(this);
      const colors = (...names) => names.map((name) => style.getPropertyValue(`--cnn-${name}`).trim())
        .map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
      const paper = colors("bg", "fg");
      this._image(this.querySelector(".dd-input"), this._result.input.flat(), SIZE, paper);
      const sample = this.querySelector(".dd-sample");
      if (sample) this._image(sample, SAMPLES[this._state.sample], SIZE, paper);
      const ramp = colors("bg", "pos1", "pos2", "pos3", "pos4", "fg");
      for (const canvas of this.querySelectorAll(".dd-maps")) this._paint(canvas, ramp, style.getPropertyValue("--cnn-line"));
    }

    /** Numbers from 0 to 1 as pixels, in colors that lie along a ramp. */
    _image(canvas, values, width, ramp) {
      const context = canvas.getContext("2d");
      const image = context.createImageData(width, values.length / width);
      values.forEach((value, k) => {
        const at = Math.min(1, value) * (ramp.length - 1);
        const from = Math.min(ramp.length - 2, Math.floor(at));
        for (let c = 0; c < 3; c++) image.data[4 * k + c] = ramp[from][c] + (at - from) * (ramp[from + 1][c] - ramp[from][c]);
        image.data[4 * k + 3] = 255;
      });
      context.putImageData(image, 0, 0);
    }

    /** The maps of a stage, all on one scale: the strongest color is for the largest 2% of what is above 0. */
    _paint(canvas, ramp, line) {
      const [maps, size] = STAGES[canvas.dataset.stage];
      const [columns, pitch, tile] = canvas.dataset.layout.split(",").map(Number);
      const sharp = window.devicePixelRatio || 1;
      const [width, height] = [parseFloat(canvas.style.width), parseFloat(canvas.style.height)].map((side) => Math.round(side * sharp));
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d");
      context.setTransform(sharp, 0, 0, sharp, 0, 0);
      context.clearRect(0, 0, width, height);
      context.imageSmoothingEnabled = tile / size < 2;
      const values = this._result.maps?.[canvas.dataset.stage] ?? new Float32Array(maps * size * size);
      const above = values.filter((value) => value > 0).sort();
      const top = above[Math.floor(0.98 * above.length)] ?? 1;
      this._sheet ??= document.createElement("canvas");
      Object.assign(this._sheet, { width: size, height: maps * size });
      this._image(this._sheet, values.map((value) => value / top), size, ramp);
      context.strokeStyle = line;
      for (let m = 0; m < maps; m++) {
        const [x, y] = [m % columns, Math.floor(m / columns)].map((k) => Math.round(k * pitch));
        context.drawImage(this._sheet, 0, m * size, size, size, x, y, tile, tile);
        if (size > 1) context.strokeRect(x + 0.5, y + 0.5, tile - 1, tile - 1);
      }
    }
  }

  customElements.define("draw-digit", DrawDigit);
})();
