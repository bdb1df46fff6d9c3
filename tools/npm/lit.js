// What the figures that answer take from Lit, bundled by tools/vendor.py into one classic script that
// sets CnnLit, so that the book's figures also work from file://.

import { html, LitElement, nothing, svg } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { live } from "lit/directives/live.js";
import { styleMap } from "lit/directives/style-map.js";

globalThis.CnnLit = { LitElement, classMap, html, live, nothing, styleMap, svg };
