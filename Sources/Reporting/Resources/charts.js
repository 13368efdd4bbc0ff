// Charts that can be zoomed and read: of report.html and of the page of `rondo watch`.
//
// rondoCharts.draw(element, chart, options) draws a chart (the JSON of Chart+JSON.swift) into an element, and
// returns { update(chart), zoomTo(range) }. Options: onZoom(from, to), called when the shown stretch changes, with nulls for all.
// rondoCharts.upgrade(root) draws every chart of a page anew whose data stands beside its picture.
"use strict";
const rondoCharts = (() => {
  const HEIGHT = 230, TOP = 8, BOTTOM = 34, RIGHT = 10, COLORS = 8;

  function svg(name, attributes, parent, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  }

  function html(name, properties, parent) {
    const made = Object.assign(document.createElement(name), properties);
    if (parent) parent.append(made);
    return made;
  }

  // A number in the fewest digits that are read back equal, without a long tail of a double's.
  function exact(value) {
    return String(Math.fround(value) === value ? Number(value.toPrecision(8)) : value);
  }

  function short(value) {
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size >= 1e6) return Number((value / 1e6).toPrecision(4)) + "M";
    if (size >= 1e4) return Number((value / 1e3).toPrecision(4)) + "k";
    if (size < 1e-3) return value.toExponential(1).replace(".0e", "e");
    return String(Number(value.toPrecision(4)));
  }

  function axis(low, high, isLog, from, to) {
    if (!(low < high)) {
      const room = isLog ? 0 : Math.max(0.5, Math.abs(low) * 1e-6);
      [low, high] = isLog ? [low / 2, low * 2] : [low - room, low + room];
    }
    const scale = isLog ? Math.log : (value) => value;
    const first = scale(low), span = scale(high) - first;
    return {
      low, high,
      pixel: (value) => from + (scale(value) - first) / span * (to - from),
      value: (pixel) => {
        const part = first + (pixel - from) / (to - from) * span;
        return isLog ? Math.exp(part) : part;
      },
      ticks: isLog ? logTicks(low, high) : linearTicks(low, high, Math.abs(to - from) / (from < to ? 70 : 34)),
    };
  }

  function linearTicks(low, high, room) {
    const rough = (high - low) / Math.max(2, Math.min(6, room));
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999);
    const ticks = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9 && ticks.length < 20; at++)
      ticks.push([at * step, short(Number((at * step).toPrecision(12)))]);
    return ticks;
  }

  function logTicks(low, high) {
    const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
    const steps = last - first <= 2 ? [1, 2, 5] : [1], every = 1 + Math.floor((last - first) / 8);
    const ticks = [];
    for (let decade = first; decade <= last; decade += every)
      for (const step of steps) {
        const value = Number((step * 10 ** decade).toPrecision(3));
        if (value >= low * 0.999 && value <= high * 1.001) ticks.push([value, short(value)]);
      }
    return ticks;
  }

  // The index of the value nearest to a place in an ordered list.
  function nearest(list, place) {
    let low = 0, high = list.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] < place) low = middle + 1; else high = middle;
    }
    return low > 0 && place - list[low - 1] < list[low] - place ? low - 1 : low;
  }

  function draw(element, chart, options = {}) {
    const hidden = new Set();
    let zoom = null, yLog = chart.ylog, width = 0, axes = null, drag = null, cursor = null;

    element.textContent = "";
    const head = html("div", { className: "chart-head" }, element);
    const title = html("h3", {}, head);
    const back = html("button", { type: "button", textContent: "whole run", hidden: true }, head);
    const log = html("button", { type: "button", textContent: "log" }, head);
    const legend = html("div", { className: "legend" }, element);
    const plot = html("div", { className: "plot" }, element);
    const picture = svg("svg", { class: "chart", tabindex: "0", role: "img" }, plot);
    const tip = html("div", { className: "tip", hidden: true }, plot);
    log.title = "logarithmic vertical axis";
    back.addEventListener("click", () => show(null));
    log.addEventListener("click", () => { yLog = !yLog; render(); });

    function dash(index) {
      const lines = chart.series.map((each, at) => [each, at])
        .filter(([each]) => each.style === "line" && each.name && each.x.length).map(([, at]) => at);
      const number = lines.indexOf(index);
      return lines.length < 3 || number < 1 ? "" : " d" + (number + Math.floor(number / COLORS)) % COLORS;
    }

    function style(index) {
      const series = chart.series[index];
      return (series.style === "faint" ? "faint" : "line") + " c" + series.color % COLORS + dash(index);
    }

    const isShown = (series) => !hidden.has(series.name || "color " + series.color);

    function bounds() {
      let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
      for (const series of chart.series) {
        if (!isShown(series)) continue;
        for (let at = 0; at < series.x.length; at++) {
          const x = series.x[at], y = series.y[at];
          if (x === null || (chart.log && x <= 0)) continue;
          if (!zoom) { if (x < x0) x0 = x; if (x > x1) x1 = x; }
          else if (x < zoom[0] || x > zoom[1]) continue;
          if (y === null || (yLog && y <= 0)) continue;
          if (y < y0) y0 = y;
          if (y > y1) y1 = y;
        }
      }
      if (zoom) [x0, x1] = zoom;
      if (x0 > x1) [x0, x1] = chart.log ? [0.1, 1] : [0, 1];
      if (y0 > y1) [y0, y1] = yLog ? [0.1, 1] : [0, 1];
      if (!yLog) {
        const room = (y1 - y0) * 0.05;
        [y0, y1] = [y0 >= 0 ? Math.max(0, y0 - room) : y0 - room, y1 + room];
      }
      return [x0, x1, y0, y1];
    }

    function path(series) {
      let text = "", isDown = false, lastX = NaN, lastY = NaN;
      for (let at = 0; at < series.x.length; at++) {
        const x = series.x[at], y = series.y[at];
        if (x === null || y === null || (yLog && y <= 0) || (chart.log && x <= 0)) { isDown = false; continue; }
        const px = axes.x.pixel(x).toFixed(1), py = axes.y.pixel(y).toFixed(1);
        if (isDown && px === lastX && py === lastY) continue;
        text += (isDown ? "L" : "M") + px + " " + py;
        [isDown, lastX, lastY] = [true, px, py];
      }
      return text;
    }

    function dots(series, parent) {
      const count = series.x.length;
      for (let at = 0; at < count; at++) {
        const x = series.x[at], y = series.y[at];
        if (x === null || y === null || x < axes.x.low || x > axes.x.high || (yLog && y <= 0)) continue;
        svg("circle", { class: (count === 1 ? "point" : "dot") + " c" + series.color % COLORS,
          cx: axes.x.pixel(x).toFixed(1), cy: axes.y.pixel(y).toFixed(1), r: count === 1 ? 4 : 2 }, parent);
      }
    }

    function render() {
      width = Math.max(220, Math.round(plot.clientWidth || 720));
      const [x0, x1, y0, y1] = bounds();
      const y = axis(y0, y1, yLog, HEIGHT - BOTTOM, TOP);
      const left = 12 + 6.4 * Math.max(3, ...y.ticks.map(([, label]) => label.length));
      axes = { x: axis(x0, x1, chart.log, left, width - RIGHT), y, left };
      title.textContent = chart.title;
      log.setAttribute("aria-pressed", yLog);
      back.hidden = !zoom;
      renderLegend();
      picture.textContent = "";
      picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      picture.setAttribute("aria-label", description());
      const clip = svg("clipPath", { id: "clip" + (draw.count = (draw.count || 0) + 1) }, picture);
      svg("rect", { x: left, y: 0, width: width - RIGHT - left, height: HEIGHT - BOTTOM + 3 }, clip);
      const inside = (parent) => svg("g", { "clip-path": `url(#${clip.id})` }, parent);
      const back0 = inside(picture);
      if (chart.band) {
        const [a, b] = chart.band.map(axes.x.pixel);
        svg("rect", { class: "band", x: a, y: TOP, width: Math.max(1, b - a), height: HEIGHT - BOTTOM - TOP }, back0);
      }
      for (const [value, label] of y.ticks) {
        const at = y.pixel(value);
        svg("line", { class: "grid", x1: left, x2: width - RIGHT, y1: at, y2: at }, picture);
        svg("text", { class: "tick end", x: left - 6, y: at + 4 }, picture, label);
      }
      for (const [value, label] of axes.x.ticks)
        svg("text", { class: "tick " + (axes.x.pixel(value) > width - 30 ? "end" : "middle"),
          x: Math.min(width - 2, axes.x.pixel(value)), y: HEIGHT - BOTTOM + 15 }, picture, label);
      const floor = HEIGHT - BOTTOM;
      svg("line", { class: "axis", x1: left, x2: width - RIGHT, y1: floor, y2: floor }, picture);
      svg("text", { class: "tick middle", x: (left + width) / 2, y: HEIGHT - 4 }, picture, chart.x);
      for (const mark of chart.marks) {
        const at = axes.x.pixel(mark);
        svg("line", { class: "mark", x1: at, x2: at, y1: TOP, y2: floor }, back0);
      }
      const lines = inside(picture);
      chart.series.forEach((series, index) => {
        if (!isShown(series)) return;
        if (series.style !== "dots") svg("path", { class: style(index), d: path(series) }, lines);
        if (series.style === "dots" || (series.style === "line" && series.x.length <= 60)) dots(series, lines);
      });
      renderLabels(inside(picture), floor);
      svg("rect", { class: "selection", y: TOP, height: floor - TOP, width: 0 }, lines);
      svg("line", { class: "cross", y1: TOP, y2: floor, visibility: "hidden" }, lines);
      if (cursor !== null) point(cursor);
    }

    // Names of places, each in the first row in which it lies on no other.
    function renderLabels(parent, floor) {
      const rows = [];
      for (const [place, text] of chart.labels) {
        const at = axes.x.pixel(place), size = 6.6 * text.length + 12;
        svg("line", { class: "bound", x1: at, x2: at, y1: TOP, y2: floor }, parent);
        if (at < axes.left || at > width) continue;
        const isLeft = at + size > width, from = isLeft ? at - size : at;
        let row = rows.findIndex((taken) => taken.every(([a, b]) => from > b || from + size < a));
        if (row < 0) row = rows.push([]) - 1;
        rows[row].push([from, from + size]);
        svg("text", { class: "bound-label" + (isLeft ? " end" : ""), x: isLeft ? at - 4 : at + 4,
          y: TOP + 11 + 12 * row }, parent, text);
      }
    }

    function renderLegend() {
      const names = chart.series.map((each) => each.name + each.color + each.style).join("\n");
      if (legend.dataset.names !== names) {
        legend.dataset.names = names;
        legend.textContent = "";
        chart.series.forEach((series, index) => {
          if (!series.name || !series.x.length) return;
          const entry = html("button", { type: "button" }, legend);
          const mark = svg("svg", { viewBox: "0 0 24 10", "aria-hidden": "true" }, entry);
          if (series.style === "dots") svg("circle", { class: "dot c" + series.color % COLORS, cx: 12, cy: 5, r: 3 }, mark);
          else svg("line", { class: style(index), x1: 0, x2: 24, y1: 5, y2: 5 }, mark);
          entry.append(series.name);
          entry.addEventListener("click", () => {
            if (!hidden.delete(series.name)) hidden.add(series.name);
            render();
          });
          entry.dataset.name = series.name;
        });
      }
      for (const entry of legend.children) entry.setAttribute("aria-pressed", !hidden.has(entry.dataset.name));
    }

    function description() {
      const parts = chart.series.filter((each) => each.name && each.y.some((y) => y !== null)).map((each) => {
        const values = each.y.filter((y) => y !== null);
        return `${each.name}: first ${short(values[0])}, lowest ${short(values.reduce((a, b) => Math.min(a, b)))}, `
          + `highest ${short(values.reduce((a, b) => Math.max(a, b)))}, last ${short(values[values.length - 1])}`;
      });
      return `${chart.title} by ${chart.x}. ${parts.join(". ")}`;
    }

    function show(range) {
      zoom = range;
      render();
      if (options.onZoom) options.onZoom(range ? range[0] : null, range ? range[1] : null);
    }

    // Shows the values at a place.
    function point(place) {
      cursor = place;
      const shown = chart.series.filter((each) => each.name && isShown(each) && each.x.length)
        .map((each) => ({ each, at: nearest(each.x, place) }))
        .filter(({ each, at }) => each.y[at] !== null && each.x[at] >= axes.x.low && each.x[at] <= axes.x.high);
      const cross = picture.querySelector(".cross");
      if (!shown.length) { leave(); return; }
      const first = shown.reduce((a, b) =>
        Math.abs(a.each.x[a.at] - place) <= Math.abs(b.each.x[b.at] - place) ? a : b);
      const x = first.each.x[first.at], pixel = axes.x.pixel(x);
      cross.setAttribute("visibility", "visible");
      cross.setAttribute("x1", pixel);
      cross.setAttribute("x2", pixel);
      tip.textContent = "";
      html("b", { textContent: `${chart.x} ${exact(x)}` }, tip);
      for (const { each, at } of shown) {
        const line = html("span", {}, tip);
        html("i", { className: "k" + each.color % COLORS }, line);
        const where = each.x[at] === x ? "" : ` (at ${exact(each.x[at])})`;
        line.append(`${each.name} ${exact(each.y[at])}${where}`);
      }
      tip.hidden = false;
      const share = plot.clientWidth / width, room = tip.offsetWidth + 14;
      const isRight = pixel * share + room < plot.clientWidth;
      tip.style.left = Math.max(0, isRight ? pixel * share + 14 : pixel * share - room) + "px";
      tip.style.top = "10px";
    }

    function leave() {
      cursor = null;
      tip.hidden = true;
      picture.querySelector(".cross")?.setAttribute("visibility", "hidden");
    }

    const pixelOf = (event) =>
      (event.clientX - picture.getBoundingClientRect().left) * width / picture.getBoundingClientRect().width;

    picture.addEventListener("pointerdown", (event) => {
      if (event.button === 0) { drag = pixelOf(event); picture.setPointerCapture(event.pointerId); }
    });
    picture.addEventListener("pointermove", (event) => {
      const pixel = pixelOf(event);
      if (drag !== null && Math.abs(pixel - drag) > 4) {
        const selection = picture.querySelector(".selection");
        selection.setAttribute("x", Math.min(pixel, drag));
        selection.setAttribute("width", Math.abs(pixel - drag));
      }
      point(axes.x.value(pixel));
    });
    picture.addEventListener("pointerup", (event) => {
      const pixel = pixelOf(event), begun = drag;
      drag = null;
      if (begun === null || Math.abs(pixel - begun) <= 4) return;
      const ends = [axes.x.value(Math.min(pixel, begun)), axes.x.value(Math.max(pixel, begun))];
      show([Math.max(axes.x.low, ends[0]), Math.min(axes.x.high, ends[1])]);
    });
    picture.addEventListener("pointerleave", () => { if (drag === null) leave(); });
    picture.addEventListener("pointercancel", () => { drag = null; render(); });
    picture.addEventListener("dblclick", () => show(null));
    picture.addEventListener("blur", leave);
    picture.addEventListener("keydown", (event) => {
      const middle = cursor ?? axes.x.value((axes.left + width) / 2);
      const pixel = axes.x.pixel(middle), value = axes.x.value;
      const step = { ArrowLeft: -8, ArrowRight: 8 }[event.key];
      if (step) point(Math.min(axes.x.high, Math.max(axes.x.low, value(pixel + step))));
      else if (event.key === "+") show([value((pixel + axes.left) / 2), value((pixel + width - RIGHT) / 2)]);
      else if (event.key === "0" || event.key === "Escape") show(null);
      else return;
      event.preventDefault();
    });
    // A page that is printed or folded has another width.
    new ResizeObserver(() => { if (Math.abs(plot.clientWidth - width) > 1) render(); }).observe(plot);
    render();
    return {
      update(next) { chart = next; render(); },
      zoomTo(range) { zoom = range; render(); },
    };
  }

  function upgrade(root) {
    for (const data of root.querySelectorAll(".card > script[type='application/json']")) {
      const card = data.parentElement, picture = card.querySelector("svg.chart");
      const holder = html("div", {});
      picture.replaceWith(holder);
      draw(holder, JSON.parse(data.textContent));
    }
  }

  return { draw, upgrade };
})();
