// Lines over time, by uPlot: drawn anew when the colours or the room change.

const folder = new URL("../vendor/uplot/", import.meta.url);
let loading = null;

/** uPlot comes with the first chart: most pages have none. */
function uPlot() {
  loading ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    Object.assign(sheet, { rel: "stylesheet", href: new URL("uPlot.min.css", folder).href });
    const script = document.createElement("script");
    Object.assign(script, {
      src: new URL("uPlot.iife.min.js", folder).href,
      onload: () => resolve(window.uPlot),
      onerror: reject,
    });
    document.head.append(sheet, script);
  });
  return loading;
}

/** A token's colour as the canvas knows it: there `light-dark()` means nothing. */
function colour(token, place) {
  const probe = document.createElement("i");
  probe.style.color = `var(--${token})`;
  place.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/**
 * Keep a chart in `place`. Returns `show({times, lines, span, limit})`:
 *
 * `times` in s; `lines` `[{values, token, dash?, steps?}]`, null where a line breaks, with `steps`
 * each value holds until the next; `span` `[from, to]`; `limit` `{value, label}` a dashed line, or
 * none. `format` writes a value, `onCursor(index or null)` is told
 * where the pointer is.
 */
export function lineChart(place, { format, onCursor }) {
  let shown = null;
  let chart = null;
  let width = 0;

  const redraw = async () => {
    const Chart = await uPlot();
    if (!shown || !place.isConnected) return;
    chart?.destroy();
    width = place.clientWidth;
    const data = [shown.times, ...shown.lines.map(({ values }) => values)];
    chart = new Chart(options({ Chart, ...shown }, place, { format, onCursor }), data, place);
  };

  const sized = new ResizeObserver(() => {
    if (chart && place.clientWidth && place.clientWidth !== width) redraw();
  });
  sized.observe(place);
  addEventListener("themechange", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  return (what) => {
    shown = what;
    redraw();
  };
}

const HEIGHT = 240;
const FAR = 3; // a limit that lies so many times higher would press the lines to the ground

function options({ Chart, lines, span, limit }, place, { format, onCursor }) {
  const ink = colour("soft", place);
  const grid = { stroke: colour("line", place), width: 1 };
  const font = "12px system-ui, sans-serif";
  const highest = Math.max(1, ...lines.flatMap(({ values }) => values.filter((v) => v !== null)));
  const isNear = limit?.value <= FAR * highest;
  const top = (isNear ? Math.max(highest, limit.value) : highest) * 1.15;
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { range: () => span }, y: { range: () => [0, top] } },
    axes: [
      { stroke: ink, grid: { show: false }, ticks: grid, font, space: 70, size: 34, values: moments(span) },
      { stroke: ink, grid, ticks: { show: false }, font, size: 64, values: (_, all) => all.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ token, dash, steps }) => ({
        stroke: colour(token, place),
        width: 2,
        dash,
        paths: steps ? Chart.paths.stepped({ align: 1 }) : undefined,
        points: { size: 4 },
      })),
    ],
    hooks: {
      draw: [(chart) => limit && drawLimit(chart, limit, { isNear, stroke: colour("bad", place), font })],
      setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)],
    },
  };
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** Marks of the time axis: times within two days, else days with the times between them. */
const moments = ([from, to]) => (_, marks) =>
  marks.map((mark) => {
    const moment = new Date(mark * 1000);
    const isMidnight = !moment.getHours() && !moment.getMinutes();
    return (isMidnight || to - from > 14 * 86_400 ? DAY : TIME).format(moment);
  });

/** The limit: a dashed line where it is, or at the upper edge with words that it lies above. */
function drawLimit({ ctx, bbox, valToPos }, { value, label }, { isNear, stroke, font }) {
  const y = isNear ? Math.round(valToPos(value, "y", true)) : bbox.top + devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = stroke;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = font.replace("12px", `${12 * devicePixelRatio}px`);
  ctx.textAlign = "right";
  ctx.textBaseline = isNear ? "bottom" : "top";
  const text = isNear ? label : `${label}, above this chart ↑`;
  ctx.fillText(text, bbox.left + bbox.width - 4, y + (isNear ? -3 : 4) * devicePixelRatio);
  ctx.restore();
}
