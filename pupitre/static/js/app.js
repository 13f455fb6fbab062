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

/* Passkeys: the browser makes one, or shows it, and the form takes the answer to the server. Without scripts, or in a
   browser that knows no passkeys, these elements offer nothing and the other ways to sign in stay. */

const known = () => window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential?.parseRequestOptionsFromJSON;

class Passkey extends HTMLElement {
  connectedCallback() {
    if (!known() || this.querySelector("button")) return;
    const press = document.createElement("button");
    press.type = "button";
    press.className = this.constructor.look;
    press.textContent = this.dataset.label;
    const trouble = document.createElement("p");
    trouble.setAttribute("role", "status");
    press.addEventListener("click", async () => {
      trouble.textContent = "";
      try {
        const credential = await this.credential();
        const form = this.closest("form");
        form.elements.credential.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch {
        trouble.textContent = this.dataset.stopped;
      }
    });
    this.replaceChildren(press, trouble);
  }
}

customElements.define(
  "passkey-maker",
  class extends Passkey {
    static look = "btn main";

    credential() {
      const { publicKey } = JSON.parse(this.dataset.options);
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
    }
  },
);

customElements.define(
  "passkey-user",
  class extends Passkey {
    static look = "btn";

    async credential() {
      const options = this.dataset.options ?? (await this.asked());
      const { publicKey } = JSON.parse(options);
      return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    }

    async asked() {
      const answer = await fetch(this.dataset.ask, { headers: { Accept: "application/json" } });
      return answer.text();
    }
  },
);

focusProblems(document);
