// ---------------------------------------------------------------- the page begins
function restyle() { readStyle(); layout(true); drawLegend(); for (const redraw of views) redraw(); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
window.addEventListener("resize", () => { layout(zoomed()); for (const redraw of views) redraw(); });
readStyle();
layerButtons();
color();
layout(false);
openViews();
// The views may have called up a bar for scrolling the page.
layout(false);
followLink();
