// Let the keyboard scroll wide code and tables: a region that scrolls must be able to take the focus.
document.addEventListener("DOMContentLoaded", () => {
  const focusable = () => {
    for (const region of document.querySelectorAll("article pre, article .table-wrapper")) {
      if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    }
  };
  focusable();
  addEventListener("resize", focusable);
});
