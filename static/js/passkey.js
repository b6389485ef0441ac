/**
 * Passkeys. A form with data-passkey="create" or "get" asks the browser for a passkey before it is sent, and carries the
 * answer in its hidden field `credential`. The question stands in the element named by data-options, else the form's own
 * address gives it.
 */
const ceremonies = {
  create: async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  },
  get: async (options) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  },
};

async function question(form) {
  const asked = form.dataset.options
    ? JSON.parse(document.getElementById(form.dataset.options).textContent)
    : await fetched(form.action);
  return (asked.creation_options ?? asked.request_options).publicKey;
}

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

/** A passkey that is to sign in alone must stay on the device and check that it is you. */
function strengthened(options, form) {
  if (form.elements.passwordless?.checked) {
    options.authenticatorSelection = {
      ...options.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
  }
  return options;
}

async function ask(form) {
  const credential = await ceremonies[form.dataset.passkey](strengthened(await question(form), form));
  form.elements.credential.value = JSON.stringify(credential);
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const complaint = form.querySelector("[data-passkey-error]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    complaint.hidden = true;
    try {
      await ask(form);
    } catch (error) {
      console.info(error);
      complaint.hidden = false;
    }
  });
}
