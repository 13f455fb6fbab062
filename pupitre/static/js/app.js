/* What makes the pages shorter to use. Everything here works without it, by plain links and forms. */

const live = document.getElementById("live");

/** Let a screen reader say a sentence. */
function say(sentence) {
  live.textContent = "";
  // A region that is filled twice with the same words stays silent: leave it empty for a moment.
  setTimeout(() => (live.textContent = sentence), 60);
}

/** After a form was refused, start from the summary of what is wrong. */
function focusProblems(root) {
  root.querySelector("[data-focus]")?.focus();
}

function button(label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn";
  made.textContent = label;
  return made;
}

customElements.define(
  "copy-code",
  class extends HTMLElement {
    connectedCallback() {
      if (!navigator.clipboard || this.querySelector("button")) return;
      const { copy, copied } = this.dataset;
      const press = button(copy);
      press.addEventListener("click", async () => {
        await navigator.clipboard.writeText(this.querySelector("code").textContent.trim());
        press.textContent = copied;
        say(copied);
        setTimeout(() => (press.textContent = copy), 4000);
      });
      this.append(press);
    }
  },
);

customElements.define(
  "password-toggle",
  class extends HTMLElement {
    connectedCallback() {
      if (this.querySelector("button")) return;
      const field = this.querySelector("input");
      const press = button(this.dataset.show);
      press.addEventListener("click", () => {
        const hidden = field.type === "password";
        field.type = hidden ? "text" : "password";
        press.textContent = hidden ? this.dataset.hide : this.dataset.show;
      });
      field.form?.addEventListener("submit", () => (field.type = "password"));
      this.append(press);
    }
  },
);

/** <select-all data-label="…" data-name="seat"> offers one box that ticks all those of its form. */
customElements.define(
  "select-all",
  class extends HTMLElement {
    connectedCallback() {
      if (this.firstChild) return;
      const boxes = () => [...this.closest("form").querySelectorAll(`input[type=checkbox][name="${this.dataset.name}"]:enabled`)];
      const label = document.createElement("label");
      const all = document.createElement("input");
      all.type = "checkbox";
      label.className = "row";
      label.append(all, this.dataset.label);
      all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
      this.closest("form").addEventListener("change", () => {
        const ticked = boxes().filter((box) => box.checked).length;
        all.checked = ticked > 0 && ticked === boxes().length;
        all.indeterminate = ticked > 0 && !all.checked;
      });
      this.append(label);
    }
  },
);

document.addEventListener("htmx:after:swap", ({ detail }) => {
  focusProblems(document.getElementById("contenu"));
  const spoken = detail.ctx.target?.isConnected ? detail.ctx.target : document;
  const sentence = spoken.matches?.("[data-announce]") ? spoken : spoken.querySelector("[data-announce]");
  if (sentence) say(sentence.dataset.announce || sentence.textContent);
});

/** The network failed under htmx: send the form as a browser does, so that nothing typed is lost in silence. */
document.addEventListener("htmx:error", ({ detail }) => {
  const form = detail.ctx?.sourceElement;
  const event = detail.ctx?.sourceEvent;
  if (!(form instanceof HTMLFormElement) || event?.type !== "submit") return;
  if (event.submitter?.name) {
    const pressed = document.createElement("input");
    Object.assign(pressed, { type: "hidden", name: event.submitter.name, value: event.submitter.value });
    form.append(pressed);
  }
  form.submit();
});

/** A menu closes with Escape, and when one goes elsewhere. */
for (const menu of document.querySelectorAll("details.menu")) {
  const close = () => (menu.open = false);
  document.addEventListener("click", ({ target }) => menu.contains(target) || close());
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    close();
    menu.querySelector("summary").focus();
  });
}

focusProblems(document);
