/** Menus are <details>: Escape closes the open one and returns the focus, a click elsewhere closes it. */
export function closeMenus() {
  const open = () => document.querySelectorAll("details.portal-menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
