// <py-exercise>: a stage of an exercise, written and checked in the page.
//
// The directive `py-exercise` writes the element: what to start from in .cnn-py-start, the check in
// .cnn-py-check. Without this script both are there to be read.
(function () {
  "use strict";

  const here = document.currentScript.src;
  const STOP_HINT_SECONDS = 10;

  // ---- Python: one worker for the page, started by the first run ----

  const python = {
    worker: null,
    waiting: new Map(),
    next: 1,

    run(job, onProgress) {
      if (!this.worker) {
        this.worker = new Worker(new URL("py-worker.js", here));
        this.worker.onmessage = ({ data }) => this.receive(data);
        this.worker.onerror = (event) => {
          event.preventDefault();
          this.end({ fault: event.message || "Python did not start." });
        };
      }
      const id = this.next++;
      return new Promise((resolve) => {
        this.waiting.set(id, { resolve, onProgress });
        this.worker.postMessage({ id, ...job });
      });
    },

    receive({ id, progress, ...result }) {
      const job = this.waiting.get(id);
      if (!job) return;
      if (progress) {
        job.onProgress(progress);
      } else {
        this.waiting.delete(id);
        job.resolve(result);
      }
    },

    // Ends the worker and answers all who wait; the next run starts a new one.
    end(result) {
      this.worker?.terminate();
      this.worker = null;
      for (const job of this.waiting.values()) job.resolve(result);
      this.waiting.clear();
    },
  };

  // ---- What a browser keeps; where it keeps nothing, the page works all the same ----

  const store = {
    get(key) {
      try {
        return localStorage.getItem(`cnn:${key}`);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(`cnn:${key}`);
        else localStorage.setItem(`cnn:${key}`, value);
      } catch {
        // A private window: the code lives as long as the page.
      }
    },
  };

  // ---- The editor: CodeMirror, or a plain field where it does not load ----

  let editorScript = null;

  function loadEditor() {
    editorScript ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = new URL("../vendor/codemirror/codemirror.js", here);
      script.onload = () => resolve(window.CnnEditor);
      script.onerror = () => resolve(null);
      document.head.append(script);
    });
    return editorScript;
  }

  function plainEditor(parent, { code, label, describedby, onChange, onRun }) {
    const field = element("textarea", { class: "cnn-py-field", spellcheck: "false", rows: 16 });
    field.setAttribute("aria-label", label);
    field.setAttribute("aria-describedby", describedby);
    field.value = code;
    field.addEventListener("input", () => onChange(field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onRun();
    });
    parent.append(field);
    return {
      get code() {
        return field.value;
      },
      set code(text) {
        field.value = text;
        onChange(text);
      },
      focus: () => field.focus(),
      mark() {},
    };
  }

  // ---- The element ----

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function button(text, onClick, main = false) {
    const node = element("button", { type: "button", class: "cnn-button" }, text);
    if (main) node.classList.add("cnn-button-main");
    node.addEventListener("click", onClick);
    return node;
  }

  const HEADINGS = {
    passed: "✓ The check passes.",
    failed: "✗ Not yet.",
    unwritten: "Nothing is written here yet.",
    error: "✗ Python stopped.",
    stopped: "Stopped.",
    fault: "Python could not run in this page.",
    needs: "An earlier stage comes first.",
    served: "Python needs the book to be served.",
  };

  class PyExercise extends HTMLElement {
    async connectedCallback() {
      if (this.status) return;
      this.key = this.dataset.key;
      this.start = this.querySelector(".cnn-py-start pre").textContent.replace(/\n*$/, "\n");
      this.check = this.querySelector(".cnn-py-check pre").textContent;
      this.helpers = this.querySelector(".cnn-py-helpers").content.textContent;
      this.build();
      const maker = await loadEditor();
      const options = {
        code: store.get(this.key) ?? this.start,
        label: `Your code: ${this.dataset.title}`,
        describedby: this.keysId,
        onChange: (code) => this.changed(code),
        onRun: () => this.run(),
      };
      this.editor = maker ? maker.create(this.home, options) : plainEditor(this.home, options);
      this.dataset.ready = "";
    }

    build() {
      this.keysId = `${this.key.replace(":", "-")}-keys`;
      this.home = this.querySelector(".cnn-py-start");
      this.home.replaceChildren();
      this.runButton = button("Run and check", () => this.run(), true);
      this.stopButton = button("Stop", () => this.stop());
      this.resetButton = button("Reset", () => this.reset());
      this.copyButton = button("Copy as .py", () => this.copy());
      this.stopButton.disabled = true;
      this.status = element("p", { class: "cnn-py-status", role: "status" });
      this.result = element("div", { class: "cnn-py-result" });
      const keys = element("p", { class: "cnn-py-keys", id: this.keysId });
      keys.append(
        element("kbd", {}, "Ctrl"), "+", element("kbd", {}, "Enter"), " runs. ",
        element("kbd", {}, "Esc"), " and then ", element("kbd", {}, "Tab"), " leaves the editor.",
      );
      const title = element("p", { class: "cnn-py-title" }, this.dataset.title);
      const bar = element("div", { class: "cnn-py-bar" });
      bar.append(this.runButton, this.stopButton, this.resetButton, this.copyButton);
      this.classList.add("cnn-panel");
      this.home.before(title);
      this.home.after(keys, bar, this.status, this.result);
    }

    changed(code) {
      store.set(this.key, code === this.start ? null : code);
      if (this.undo !== undefined && code !== this.start) this.offerReset();
    }

    // The code of earlier stages that this one calls, or null when one of them is still to be written.
    needed() {
      const keys = this.dataset.needs ? this.dataset.needs.split(" ") : [];
      const names = this.dataset.needed ? this.dataset.needed.split(" ") : [];
      const codes = keys.map((key) => store.get(key));
      const missing = codes.indexOf(null);
      if (missing < 0) return names.map((name, index) => [name, codes[index]]);
      this.show("needs", { message: `This stage calls your ${names[missing]}: write it above first.` });
      return null;
    }

    async run() {
      if (!this.stopButton.disabled || !this.editor) return;
      if (location.protocol === "file:") {
        this.show("served", {
          message:
            "The page was opened as a file, and a browser does not start Python from a file. " +
            "In the book's folder (the one that holds index.html) run the line below, " +
            "then open http://localhost:8000. Your code is kept.",
          source: "python -m http.server",
        });
        return;
      }
      const needed = this.needed();
      if (!needed) return;
      this.editor.mark(null);
      this.result.replaceChildren();
      this.busy(true);
      const hint = setTimeout(() => {
        this.status.textContent = "Still running. If a loop has no end, press Stop.";
      }, STOP_HINT_SECONDS * 1000);
      const result = await python.run(
        { code: this.editor.code, check: this.check, helpers: this.helpers, needed },
        (text) => {
          this.status.textContent = text;
        },
      );
      clearTimeout(hint);
      this.busy(false);
      if (result.report) this.show(result.report.outcome, result.report);
      else if (result.stopped) this.show("stopped", { message: "Your code is as it was." });
      else this.show("fault", { message: `${result.fault} Load the page again, or use the notebook.` });
    }

    stop() {
      python.end({ stopped: true });
      this.runButton.focus();
    }

    busy(on) {
      this.runButton.disabled = on;
      this.stopButton.disabled = !on;
      this.toggleAttribute("data-busy", on);
      delete this.dataset.outcome;
      this.status.className = "cnn-py-status";
      if (on) this.status.textContent = "Running …";
    }

    show(outcome, { message, line, place, source, output }) {
      this.status.className = `cnn-py-status cnn-${outcome}`;
      if (outcome === "unwritten") {
        message = line ? `Replace line ${line} with your code.` : message;
      }
      const text = element("span", { class: "cnn-py-message" }, message || "");
      this.status.replaceChildren(element("strong", {}, HEADINGS[outcome]), message ? " " : "", text);
      const parts = [];
      const yours = place === "your code";
      if (yours) this.editor.mark(line);
      if (line && outcome !== "unwritten") {
        const where = yours ? `Line ${line} of your code:` : `Line ${line} of ${place}:`;
        // The check's own line says nothing that its message does not say.
        if (yours || outcome !== "failed" || message === "This does not hold:") {
          parts.push(element("p", {}, where), element("pre", {}, source));
        }
      } else if (source && !place) {
        parts.push(element("pre", {}, source));
      }
      if (output) {
        const box = element("pre", { class: "cnn-py-output", tabindex: 0 }, output);
        box.setAttribute("aria-label", "What your code printed");
        box.setAttribute("role", "region");
        parts.push(element("p", {}, "Printed:"), box);
      }
      this.result.replaceChildren(...parts);
      this.dataset.outcome = outcome;
    }

    // Asks nothing; what was there can be had back until the next change.
    reset() {
      if (this.undo !== undefined) {
        this.editor.code = this.undo;
        this.offerReset();
      } else if (this.editor.code !== this.start) {
        const before = this.editor.code;
        this.editor.code = this.start;
        this.undo = before;
        this.resetButton.textContent = "Undo reset";
      }
      this.editor.focus();
    }

    offerReset() {
      this.undo = undefined;
      this.resetButton.textContent = "Reset";
    }

    async copy() {
      try {
        await navigator.clipboard.writeText(this.editor.code);
        this.copyButton.textContent = "Copied";
      } catch {
        this.copyButton.textContent = "Not allowed here";
      }
      setTimeout(() => {
        this.copyButton.textContent = "Copy as .py";
      }, 2000);
    }
  }

  customElements.define("py-exercise", PyExercise);
})();
