// The code editor of the page's exercises: CodeMirror 6, bundled by tools/vendor.py into one classic
// script that py-exercise loads when a page holds an exercise.
//
//   const editor = CnnEditor.create(parent, { code, label, describedby, onChange, onRun });
//   editor.code = "...";  editor.focus();  editor.mark(7);

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  codeFolding,
  foldEffect,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Colors are the book's variables, so that the editor follows the theme by itself.
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--cnn-c4)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--cnn-c3)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--cnn-c2)" },
  { tag: tags.comment, color: "var(--cnn-muted)", fontStyle: "italic" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--cnn-c1)", fontWeight: "600" },
  { tag: tags.definition(tags.className), color: "var(--cnn-c1)", fontWeight: "600" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--cnn-fg)", backgroundColor: "var(--cnn-bg)" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { caretColor: "var(--cnn-accent)", padding: "0.6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--cnn-accent)", borderLeftWidth: "2px" },
  ".cm-gutters": {
    color: "var(--cnn-muted)",
    backgroundColor: "var(--cnn-bg)",
    border: "0",
    paddingRight: "0.2rem",
  },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--cnn-accent-soft) !important",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--cnn-accent-soft)" },
  ".cm-foldPlaceholder": {
    margin: "0 0.4em",
    padding: "0 0.4em",
    border: "1px solid var(--cnn-line)",
    color: "var(--cnn-accent)",
    backgroundColor: "var(--cnn-surface)",
  },
  ".cm-marked": { backgroundColor: "var(--cnn-no-soft)" },
});

// One line can be marked: the one that a message names. The next edit takes the mark away.
const setMark = StateEffect.define();
const markField = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMark)) {
        return effect.value === null
          ? Decoration.none
          : Decoration.set([Decoration.line({ class: "cm-marked" }).range(effect.value)]);
      }
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// A long docstring pushes the code out of sight: all but its first line is folded away.
function foldDescription(view) {
  const text = view.state.doc.toString();
  const docstring = /"""[^\n"]*(\n[\s\S]*?)"""/.exec(text);
  if (!docstring || docstring[1].split("\n").length < 6) return;
  const to = docstring.index + docstring[0].length - 3;
  view.dispatch({ effects: foldEffect.of({ from: to - docstring[1].length, to }) });
}

function create(parent, { code, label, describedby, onChange, onRun }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: code,
      extensions: [
        lineNumbers(),
        codeFolding({ placeholderText: "… the description" }),
        foldGutter({ openText: "▾", closedText: "▸" }),
        EditorView.lineWrapping,
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        python(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        syntaxHighlighting(highlight),
        theme,
        markField,
        keymap.of([
          { key: "Mod-Enter", run: () => (onRun(), true) },
          ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
          ...historyKeymap,
          ...foldKeymap,
          indentWithTab, // Escape, then Tab, leaves the editor: CodeMirror's own rule
        ]),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-describedby": describedby,
          autocapitalize: "off",
          spellcheck: "false",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  foldDescription(view);
  document.fonts?.ready.then(() => view.requestMeasure()); // measured anew in the book's font
  return {
    get code() {
      return view.state.doc.toString();
    },
    set code(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      foldDescription(view);
    },
    focus: () => view.focus(),
    mark(line) {
      const known = line >= 1 && line <= view.state.doc.lines;
      view.dispatch({ effects: setMark.of(known ? view.state.doc.line(line).from : null) });
    },
  };
}

window.CnnEditor = { create };
