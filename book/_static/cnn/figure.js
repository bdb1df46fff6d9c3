/* CnnFigure: the base of the figures that answer, drawn with Lit (vendor/lit). A classic script, for file://.
 *
 * uses: ../vendor/lit/lit.js conv-math.js
 *
 * A figure is a function of its state. A subclass has
 *   static title                    what the figure is, for who hears the page;
 *   static settings                 {name: number(...) or slider, choice, toggle}, in the order shown;
 *                                   one that also has when(state) is there only while that is true;
 *   static start                    the rest of the state, if there is more than settings;
 *   static settle(state, change)    (optional) the state made consistent, after `change` went into it;
 *   static compute(state)           the result: arithmetic alone, no page;
 *   static sentence(state, result)  what is seen, in words: below the figure, and read out when it changes;
 *   draw(state, result)             the template.
 * Attributes in kebab-case are the settings' start values; controls="a b" names those that the reader gets (all).
 * Properties: state (any part of it can be set) and output, what compute gave. Event: cnn-change.
 */
(function () {
  "use strict";
  const { LitElement, classMap, html, live, nothing, svg } = CnnLit;
  const { clamp, kebab, moved, range, show, tintOf } = ConvMath;
  const copy = (value) => structuredClone(value);
  let count = 0;

  const number = (label, least, greatest, start) => ({ kind: "number", label, least, greatest, start });
  /** A setting with many values; `text` says one of them. */
  const slider = (label, least, greatest, start, text = show) => ({ kind: "slider", label, least, greatest, start, text });
  /** One of a few: options is {value: label}; as a row of buttons, or, with menu, as a list. */
  const choice = (label, options, start, { menu = false } = {}) => ({ kind: menu ? "menu" : "choice", label, options, start });
  const toggle = (label, start = false) => ({ kind: "toggle", label, start });

  /** A value of the setting, whatever `value` is: a number in range, an option that exists. */
  function fit(setting, value) {
    if (setting.kind === "toggle") return value !== "false" && Boolean(value);
    if (setting.options) return Object.hasOwn(setting.options, value) ? String(value) : setting.start;
    return Number.isFinite(Number(value)) ? clamp(Number(value), setting.least, setting.greatest) : setting.start;
  }

  class CnnFigure extends LitElement {
    static settings = {};
    static start = {};
    static settle = (state) => state;

    createRenderRoot() {
      return this; // the book's style sheets and the print hold for what is drawn
    }

    connectedCallback() {
      if (!this._state) {
        this._id = `${this.localName}-${++count}`;
        this._places = {};
        this.replaceChildren(); // the text for who has no scripts
        this._state = this._first();
        this._result = this.constructor.compute(this._state);
        this._said = this.constructor.sentence(this._state, this._result);
      }
      super.connectedCallback();
      if (this._ruler) this._observer.observe(this._ruler);
    }

    disconnectedCallback() {
      super.disconnectedCallback();
      this.pause();
      clearTimeout(this._speech);
      this._observer?.disconnect();
    }

    firstUpdated() {
      this._ruler = this.querySelector(".cf-ruler"); // has no height, so that what is drawn never sets it off
      this._observer = new ResizeObserver(() => this._measure());
      this._observer.observe(this._ruler);
      this._measure();
    }

    _measure() {
      if (this.inner !== this._ruler.clientWidth) this.requestUpdate();
      this.inner = this._ruler.clientWidth;
    }

    _first() {
      const { settings, start, settle } = this.constructor;
      const state = copy(start);
      for (const [name, setting] of Object.entries(settings)) {
        state[name] = fit(setting, this.getAttribute(kebab(name)) ?? setting.start);
      }
      return settle(state, state);
    }

    /** A copy of the state. */
    get state() {
      return copy(this._state);
    }

    /** Set any part of the state; what does not fit is brought into range. */
    set state(change) {
      const { settings, settle, compute, sentence } = this.constructor;
      const state = { ...this._state, ...copy(change) };
      for (const [name, setting] of Object.entries(settings)) state[name] = fit(setting, state[name]);
      this._state = settle(state, change);
      this._result = compute(this._state);
      this.requestUpdate();
      clearTimeout(this._speech); // said when the reader pauses: a held key shall not fill the queue
      this._speech = setTimeout(() => {
        this._said = sentence(this._state, this._result);
        this.requestUpdate();
      }, 150);
      const detail = { state: this.state, output: this.output };
      this.dispatchEvent(new CustomEvent("cnn-change", { bubbles: true, detail }));
    }

    get output() {
      return copy(this._result);
    }

    /** What a control does: it also ends what plays. */
    change(state) {
      this.pause();
      this.state = state;
    }

    reset() {
      this._places = {};
      this.change(this._first());
    }

    get playing() {
      return Boolean(this._timer);
    }

    /** Call step() again and again until it returns false; slower where less motion is asked for. */
    play(step, wait = 700) {
      this.pause();
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this._timer = setInterval(() => {
        if (step() === false) this.pause();
      }, still ? 2 * wait : wait);
      this.requestUpdate();
    }

    pause() {
      if (this._timer) clearInterval(this._timer);
      this._timer = null;
      this.requestUpdate();
    }

    render() {
      const { title, settings } = this.constructor;
      const shown = this.getAttribute("controls")?.split(/\s+/) ?? Object.keys(settings);
      const there = (name) => settings[name] && (settings[name].when?.(this._state) ?? true);
      const fields = shown.filter(there).map((name) => this.field(name));
      return html`<section class="cf" aria-label=${title}>
        <div class="cf-ruler"></div>
        ${fields.length ? html`<div class="cf-fields">${fields}</div>` : nothing}
        ${this.draw(this._state, this._result)}
        <p class="cf-says" role="status">${this._said}</p>
        <div class="cf-bar">${this.buttons?.(this._state, this._result) ?? nothing}${
          this.button("Reset", () => this.reset())}</div>
      </section>`;
    }

    /** The control of a setting; `value` and `set` serve one that stands for a part of the state, such as a layer's. */
    field(name, { setting = this.constructor.settings[name], key = name, value = this._state[name],
      set = (to) => this.change({ [name]: to }) } = {}) {
      const id = `${this._id}-${key}`;
      const { label, least, greatest, kind } = setting;
      const take = (event) => {
        if (event.target.value !== "") set(fit(setting, event.target.value));
      };
      const settle = (event) => (event.target.value = value);
      if (kind === "toggle") {
        return html`<label class="cf-field cf-toggle"><input type="checkbox" data-setting=${key} .checked=${live(value)}
          @change=${(event) => set(event.target.checked)}> <span>${label}</span></label>`;
      }
      if (kind === "choice") {
        return html`<fieldset class="cf-field cf-choice"><legend>${label}</legend><div>${
          Object.entries(setting.options).map(([option, text]) => html`<label><input type="radio" name=${id}
            data-setting=${key} value=${option} .checked=${live(value === option)}
            @change=${() => set(option)}><span>${text}</span></label>`)}</div></fieldset>`;
      }
      if (kind === "menu") {
        return html`<div class="cf-field cf-menu"><label for=${id}>${label}</label><select id=${id} data-setting=${key}
          @change=${take}>${Object.entries(setting.options).map(([option, text]) =>
            html`<option value=${option} .selected=${live(value === option)}>${text}</option>`)}</select></div>`;
      }
      if (kind === "slider") {
        return html`<div class="cf-field cf-slider"><label for=${id}>${label} <output for=${id}>${setting.text(value)}</output>
          </label><input id=${id} data-setting=${key} type="range" min=${least} max=${greatest} .value=${live(String(value))}
          aria-valuetext=${setting.text(value)} @input=${take}></div>`;
      }
      // The buttons are for the pointer: the field itself has the arrow keys.
      const step = (by, sign) => html`<button type="button" tabindex="-1" aria-hidden="true" data-by=${by}
        ?disabled=${value + by < least || value + by > greatest} @click=${() => set(value + by)}>${sign}</button>`;
      return html`<div class="cf-field"><label for=${id}>${label}</label><span class="cf-number">${step(-1, "−")}<input
        id=${id} data-setting=${key} type="number" min=${least} max=${greatest} .value=${live(String(value))}
        @input=${take} @change=${settle}>${step(1, "+")}</span></div>`;
    }

    button(label, act, { disabled = false, pressed } = {}) {
      return html`<button type="button" class="cnn-button" ?disabled=${disabled} aria-pressed=${pressed ?? nothing}
        @click=${act}>${label}</button>`;
    }

    /** A grid of numbers.
     *
     * values: rows of what stands in the cells; cell(value, i, j): {text, tint, label, classes, style} where the usual will not
     * do, and note, for the cell's corner.
     * Without pick or type it is a table to read. With them one cell has the Tab key and arrows move:
     * pick(i, j, event) is a click, Enter or Space (with follow, also an arrow); type(i, j, key) a digit, + or −.
     * at: the cell with the Tab key, where the figure itself holds it. size: the cells' width in pixels.
     * frames: what is framed, each [row, column, rows, columns, class].
     */
    grid({ name, label, values, cell = () => ({}), size = 32, pick, type, follow = false, at, hover, frames = [] }) {
      const used = Boolean(pick || type);
      const top = Math.max(4, ...values.flat().map((value) => Math.abs(value)).filter(Number.isFinite));
      const [row, column] = at ?? this._places[name] ?? [0, 0];
      const place = [Math.min(row, values.length - 1), Math.min(column, values[0].length - 1)]; // it may have shrunk
      const frame = ([i, j, rows, columns, kind = ""]) => html`<div class="cf-frame ${kind}" aria-hidden="true"
        style="--i: ${i}; --j: ${j}; --rows: ${rows}; --columns: ${columns}"></div>`;
      const one = (value, i, j) => {
        const { text = show(value), tint = tintOf(value, top), classes = {}, style = nothing, label: words, note } = cell(value, i, j);
        const long = text.length > 4 ? "very" : text.length > 3 ? "true" : "false";
        return html`<div role=${used ? "gridcell" : "cell"} class="cf-cell ${classMap(classes)}" data-tint=${tint} style=${style}
          data-long=${long} data-at="${name},${i},${j}" aria-label=${words ?? `row ${i}, column ${j}: ${text}`}
          tabindex=${used ? (i === place[0] && j === place[1] ? 0 : -1) : nothing}>${text}${note ? html`<small>${note}</small>` : nothing}</div>`;
      };
      const where = (event) => event.target.closest("[data-at]")?.dataset.at.split(",").slice(-2).map(Number);
      const go = (i, j) => {
        this._places[name] = [i, j];
        this.requestUpdate();
        this.updateComplete.then(() => this.querySelector(`[data-at="${name},${i},${j}"]`)?.focus());
      };
      const press = (event) => {
        const from = where(event);
        if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
        const to = moved(event.key, ...from, [values.length, values[0].length]);
        if (to) {
          if (follow) pick(...to, event);
          go(...to);
        } else if (pick && ["Enter", " "].includes(event.key)) pick(...from, event);
        else if (type && /^[0-9+=−-]$/.test(event.key)) type(...from, event.key);
        else return;
        event.preventDefault();
      };
      const click = (event) => {
        const to = where(event);
        if (!to) return;
        (pick ?? ((i, j) => type(i, j, event.shiftKey ? "-" : "+")))(...to, event);
        go(...to);
      };
      return html`<div class="cf-grid" role=${used ? "grid" : "table"} aria-label=${label} style="--cf-cell: ${size}px"
        @click=${used ? click : nothing} @keydown=${used ? press : nothing}
        @pointerover=${hover ? (event) => event.pointerType === "mouse" && where(event) && hover(...where(event)) : nothing}
        @pointerleave=${hover ? () => hover(null) : nothing}>
        ${values.map((line, i) => html`<div role="row">${line.map((value, j) => one(value, i, j))}</div>`)}${frames.map(frame)}</div>`;
    }

    /** A grid, or anything else, under its caption. */
    block(caption, content) {
      return html`<div class="cf-block"><div class="cf-caption">${caption}</div>${content}</div>`;
    }
  }

  globalThis.CnnFigure = CnnFigure;
  Object.assign(CnnFigure, { choice, copy, fit, html, nothing, number, range, show, slider, svg, toggle });
})();
