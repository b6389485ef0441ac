// Enhancement only: every page works without this file.
import { initAll } from "govuk-frontend";
import "htmx.org";
import { closeMenus } from "./menus.js";
import { guardUnsavedWork } from "./unsaved.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
closeMenus();
guardUnsavedWork();
document.addEventListener("htmx:after:swap", ({ target }) => initAll(target));
