// <cnn-quiz>: answers back when an option is checked. Without this script the reasons lie in <details>.
//
// Arrow keys change the choice of radio buttons, so a choice alone answers nothing: a button does,
// or Enter.
(function () {
  "use strict";

  class Quiz extends HTMLElement {
    connectedCallback() {
      // A deferred script runs when the page is parsed, so the options are there.
      if (this.answer) return;
      this.answer = document.createElement("div");
      this.answer.className = "cnn-quiz-answer";
      this.answer.setAttribute("role", "status");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "cnn-button";
      button.textContent = "Check";
      button.addEventListener("click", () => this.check());
      this.querySelector("fieldset").append(button, this.answer);
      this.classList.add("cnn-quiz-ready"); // hides the <details>
      this.addEventListener("change", () => this.clear());
      this.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target.type === "radio") this.check();
      });
    }

    clear() {
      for (const option of this.querySelectorAll(".cnn-quiz-option")) {
        option.classList.remove("cnn-right", "cnn-wrong");
      }
      this.answer.className = "cnn-quiz-answer";
      this.answer.replaceChildren();
      delete this.dataset.answer;
    }

    check() {
      this.clear();
      const radio = this.querySelector("input:checked");
      if (!radio) {
        this.say("", "Choose an answer first.");
        return;
      }
      const kind = radio.hasAttribute("data-right") ? "right" : "wrong";
      // A copy of the reason, so that its formulas come along as they are.
      const reason = document.getElementById(`${radio.id}-why`).querySelector("p");
      this.say(kind === "right" ? "Right." : "Not so.", ...reason.cloneNode(true).childNodes);
      radio.closest(".cnn-quiz-option").classList.add(`cnn-${kind}`);
      this.answer.classList.add(`cnn-${kind}`);
      this.dataset.answer = kind;
    }

    say(verdict, ...text) {
      const strong = document.createElement("strong");
      strong.textContent = verdict;
      const line = document.createElement("p");
      line.append(strong, verdict ? " " : "", ...text);
      this.answer.replaceChildren(line);
    }
  }

  customElements.define("cnn-quiz", Quiz);
})();
