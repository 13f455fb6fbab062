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
